//! What the messages of registration carry, on every radio access technology (TS 24.301 clause 8.2, TS 24.008 clause 9).

use super::timer::PowerSaving;
use crate::cause::EmmCause;
use crate::plmn::Plmn;
use crate::time::Duration;
use std::fmt;

/// The protocol of mobility management: EMM on E-UTRAN, on GSM and UTRAN MM for circuit-switched services and GMM for packet
/// services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MobilityProtocol {
    /// EPS mobility management (TS 24.301).
    Emm,
    /// Mobility management (TS 24.008 clause 4.4).
    Mm,
    /// GPRS mobility management (TS 24.008 clause 4.7).
    Gmm,
}

impl fmt::Display for MobilityProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Emm => "EMM",
            Self::Mm => "MM",
            Self::Gmm => "GMM",
        })
    }
}

/// The temporary identity that the network gave (TS 23.003 2.8): who gave it, and the M-TMSI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guti {
    /// The network of the MME.
    pub plmn: Plmn,
    /// MME group identity.
    pub group: u16,
    /// MME code.
    pub code: u8,
    /// The mobile within the MME.
    pub m_tmsi: u32,
}

impl fmt::Display for Guti {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GUTI {} {:04X}-{:02X}-{:08X}", self.plmn, self.group, self.code, self.m_tmsi)
    }
}

/// EPS update type (TS 24.301 9.9.3.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateType {
    /// TA updating.
    Area,
    /// Combined TA/LA updating, with IMSI attach where circuit-switched services are missing.
    Combined {
        /// Whether an IMSI attach goes with it.
        imsi_attach: bool,
    },
    /// Periodic updating.
    Periodic,
}

/// Location updating type (TS 24.008 10.5.3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocationUpdateType {
    /// Normal.
    Normal,
    /// Periodic, by T3212.
    Periodic,
    /// IMSI attach.
    ImsiAttach,
}

/// Why a mobile asks for a connection (TS 24.301 9.9.3.27 and 5.6.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceType {
    /// It has something to send.
    MobileOriginated,
    /// It was paged.
    PagingResponse,
}

/// What the network grants with a registration: ATTACH ACCEPT, TRACKING AREA UPDATE ACCEPT, LOCATION UPDATING ACCEPT and
/// the GPRS messages. A field that a message does not have is empty in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MobilityGrant {
    /// A new temporary identity.
    pub guti: Option<Guti>,
    /// The tracking areas of this network in which the mobile may be without an update; empty for the cell's own only.
    pub areas: Vec<u16>,
    /// Equivalent PLMNs.
    pub equivalents: Vec<Plmn>,
    /// Periodic update timer T3412, T3312 or T3212; zero when it is deactivated.
    pub periodic: Duration,
    /// T3402 or T3302, where the network sets it.
    pub after_attempts: Option<Duration>,
    /// Power saving.
    pub power: PowerSaving,
    /// Why a combined procedure was successful for packet services only.
    pub cause: Option<EmmCause>,
}

impl MobilityGrant {
    /// A grant with this periodic update timer and nothing else.
    #[must_use]
    pub fn with_periodic(periodic: Duration) -> Self {
        Self { periodic, ..Self::default() }
    }
}

impl fmt::Display for MobilityGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ", periodic update {} s", self.periodic.as_secs())?;
        if let Some(guti) = self.guti {
            write!(f, ", {guti}")?;
        }
        if !self.areas.is_empty() {
            let areas: Vec<String> = self.areas.iter().map(|area| format!("{area:04X}")).collect();
            write!(f, ", areas {}", areas.join(" "))?;
        }
        if !self.equivalents.is_empty() {
            let plmns: Vec<String> = self.equivalents.iter().map(ToString::to_string).collect();
            write!(f, ", equivalent PLMNs {}", plmns.join(" "))?;
        }
        if let Some(cause) = self.cause {
            write!(f, ", {cause}")?;
        }
        self.power.fmt(f)
    }
}

/// A refusal of registration or service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reject {
    /// EMM, GMM or MM cause.
    pub cause: EmmCause,
    /// T3346 (T3246 in location updating), T3442 with #39.
    pub back_off: Option<Duration>,
    /// Whether the message is integrity protected; what is not must not bind a mobile for good (TS 24.301 5.3.7b).
    pub protected: bool,
}

impl Reject {
    /// This refusal with a back-off.
    #[must_use]
    pub const fn with_back_off(self, back_off: Option<Duration>) -> Self {
        Self { back_off, ..self }
    }
}

impl From<EmmCause> for Reject {
    /// Integrity protected, without a back-off.
    fn from(cause: EmmCause) -> Self {
        Self { cause, back_off: None, protected: true }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)?;
        if let Some(back_off) = self.back_off {
            write!(f, ", back-off {} s", back_off.as_secs())?;
        }
        if self.protected { Ok(()) } else { f.write_str(", not integrity protected") }
    }
}
