//! Notes on what a person or a test changed, and on answers on purpose.

use super::Who;
use crate::cellular::config::{Bearers, Profile, SimState};
use crate::cellular::equipment::EquipmentList;
use crate::cellular::inject::{Effect, Procedure, Unasked};
use crate::cellular::inventory::CardItem;
use std::fmt;
use wire::id::{Imei, Imsi};

/// What was changed, or answered on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields carry the names of the specification")]
pub enum ControlNote {
    /// A subscriber was provisioned.
    Provisioned { imsi: Imsi, account: String, card: CardItem },
    /// A prototype card has another profile.
    ProfileChanged { imsi: Imsi, profile: Profile },
    /// A card has shared and dedicated access points, and its customer has not accepted that weakness.
    MixedApns { imsi: Imsi, account: String },
    /// Something was done to a procedure that a test had ordered, or that the plan of faults brought.
    Injected { who: Who, procedure: Procedure, effect: Effect, planned: bool },
    /// A device was sent what it had not asked for.
    Unasked { imsi: Imsi, what: Unasked },
    /// A network element lost what it knew of its mobiles.
    Restarted { registrations: usize },
    /// A device's equipment is on another list than before.
    EquipmentListed { imei: Imei, list: EquipmentList },
    /// A card changed its state.
    SimStateChanged { imsi: Imsi, from: SimState, to: SimState },
    /// The tunnel of an access point to its customer's gateway is up or down.
    TunnelChanged { apn: String, up: bool },
    /// An account's voice whitelist changed; `None` says that the option is off.
    WhitelistChanged { account: String, numbers: Option<usize> },
    /// An account's roaming control changed in one country.
    RoamingControlChanged { account: String, mcc: u16, bar: Bearers },
}

impl ControlNote {
    /// The stable name of the note.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Injected { .. } => "injected",
            Self::Provisioned { .. } => "subscriber-provisioned",
            Self::ProfileChanged { .. } => "profile-changed",
            Self::MixedApns { .. } => "apns-mixed",
            Self::Unasked { .. } => "unasked",
            Self::Restarted { .. } => "network-restarted",
            Self::EquipmentListed { .. } => "equipment-listed",
            Self::SimStateChanged { .. } => "sim-state-changed",
            Self::TunnelChanged { .. } => "tunnel-changed",
            Self::WhitelistChanged { .. } => "whitelist-changed",
            Self::RoamingControlChanged { .. } => "roaming-control-changed",
        }
    }

    /// The mobile or the account that the note is about.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Injected { who, .. } => who.to_string(),
            Self::SimStateChanged { imsi, .. }
            | Self::Provisioned { imsi, .. }
            | Self::ProfileChanged { imsi, .. }
            | Self::MixedApns { imsi, .. }
            | Self::Unasked { imsi, .. } => imsi.to_string(),
            Self::Restarted { .. } => "network".to_owned(),
            Self::EquipmentListed { imei, .. } => format!("IMEI {imei}"),
            Self::TunnelChanged { apn, .. } => apn.clone(),
            Self::WhitelistChanged { account, .. } | Self::RoamingControlChanged { account, .. } => {
                account.clone()
            }
        }
    }
}

impl fmt::Display for ControlNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Injected { who, procedure, effect, planned } => {
                let by = if *planned { "planned fault" } else { "ordered by the test" };
                write!(f, "{procedure} of {who} answered with {effect}: {by}")
            }
            Self::Unasked { imsi, what } => {
                write!(f, "{imsi} is sent what it did not ask for, {}: ordered by the test", what.name())
            }
            Self::Restarted { registrations } => {
                write!(f, "a network element restarted and lost {registrations} registrations")
            }
            Self::EquipmentListed { imei, list } => {
                write!(f, "IMEI {imei} is on the {} list now", list.name())
            }
            Self::Provisioned { imsi, account, card } => {
                write!(f, "subscriber {imsi} of account {account} provisioned: {card} card")
            }
            Self::ProfileChanged { imsi, profile } => {
                write!(f, "the profile of {imsi} is {} now", profile.name())
            }
            Self::MixedApns { imsi, account } => {
                write!(f, "{imsi} has shared and dedicated access points on one card, a weakness that ")?;
                write!(f, "account {account} has not accepted")
            }
            Self::SimStateChanged { imsi, from, to } => {
                write!(f, "SIM {imsi} changed from {} to {}", from.name(), to.name())
            }
            Self::TunnelChanged { apn, up } => {
                let state = if *up { "up" } else { "down" };
                write!(f, "the tunnel of {apn} to the customer's gateway is {state} now")
            }
            Self::WhitelistChanged { account, numbers: None } => {
                write!(f, "voice whitelist of account {account} removed: calls are not filtered")
            }
            Self::WhitelistChanged { account, numbers: Some(numbers) } => {
                write!(f, "voice whitelist of account {account} now has {numbers} numbers")
            }
            Self::RoamingControlChanged { account, mcc, bar } => {
                let word = |barred: bool| if barred { "barred" } else { "allowed" };
                let (voice, sms, data) = (word(bar.voice), word(bar.sms), word(bar.data));
                write!(
                    f,
                    "roaming control of account {account} in MCC {mcc:03}: voice {voice}, SMS {sms}, data {data}"
                )
            }
        }
    }
}
