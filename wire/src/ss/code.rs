//! Codes of supplementary services and of the basic services that they apply to (TS 29.002 17.7.5, TS 22.030 annex B),
//! and the status of a service.

use super::Malformed;
use super::ber::{Reader, context, octet, push};
use std::fmt;

macro_rules! ss_codes {
    ($($(#[$item:meta])* $constant:ident = $value:literal, $text:literal;)*) => {
        impl SsCode {
            $(#[doc = concat!($text, ".")] pub const $constant: Self = Self($value);)*

            /// The name; "unknown service" for a code that is not used here.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self.0 { $($value => $text,)* _ => "unknown service" }
            }
        }
    };
}

/// A supplementary service, or a group of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct SsCode(pub u8);

ss_codes! {
    CLIP = 0x11, "calling line identification presentation";
    CLIR = 0x12, "calling line identification restriction";
    COLP = 0x13, "connected line identification presentation";
    COLR = 0x14, "connected line identification restriction";
    ALL_FORWARDING = 0x20, "all call forwarding";
    CFU = 0x21, "call forwarding unconditional";
    ALL_CONDITIONAL_FORWARDING = 0x28, "all conditional call forwarding";
    CFB = 0x29, "call forwarding on busy";
    CFNRY = 0x2a, "call forwarding on no reply";
    CFNRC = 0x2b, "call forwarding on not reachable";
    ECT = 0x31, "explicit call transfer";
    CALL_WAITING = 0x41, "call waiting";
    HOLD = 0x42, "call hold";
    MPTY = 0x51, "multiparty";
    ALL_BARRING = 0x90, "all call barring";
    BARRING_OF_OUTGOING = 0x91, "all barring of outgoing calls";
    BAOC = 0x92, "barring of all outgoing calls";
    BOIC = 0x93, "barring of outgoing international calls";
    BOIC_EX_HC = 0x94, "barring of outgoing international calls except to the home country";
    BARRING_OF_INCOMING = 0x99, "all barring of incoming calls";
    BAIC = 0x9a, "barring of all incoming calls";
    BIC_ROAM = 0x9b, "barring of incoming calls when roaming";
}

impl SsCode {
    /// Whether it is call forwarding or a group of it.
    #[must_use]
    pub const fn is_forwarding(self) -> bool {
        matches!(self.0, 0x20..=0x2f)
    }

    /// Whether it is call barring or a group of it.
    #[must_use]
    pub const fn is_barring(self) -> bool {
        matches!(self.0, 0x90..=0x9f)
    }

    /// The single services of a group; a single service is its own group.
    #[must_use]
    pub const fn members(self) -> &'static [Self] {
        match self.0 {
            0x11 => &[Self::CLIP],
            0x12 => &[Self::CLIR],
            0x13 => &[Self::COLP],
            0x14 => &[Self::COLR],
            0x20 => &[Self::CFU, Self::CFB, Self::CFNRY, Self::CFNRC],
            0x21 => &[Self::CFU],
            0x28 => &[Self::CFB, Self::CFNRY, Self::CFNRC],
            0x29 => &[Self::CFB],
            0x2a => &[Self::CFNRY],
            0x2b => &[Self::CFNRC],
            0x41 => &[Self::CALL_WAITING],
            0x90 => &[Self::BAOC, Self::BOIC, Self::BOIC_EX_HC, Self::BAIC, Self::BIC_ROAM],
            0x91 => &[Self::BAOC, Self::BOIC, Self::BOIC_EX_HC],
            0x92 => &[Self::BAOC],
            0x93 => &[Self::BOIC],
            0x94 => &[Self::BOIC_EX_HC],
            0x99 => &[Self::BAIC, Self::BIC_ROAM],
            0x9a => &[Self::BAIC],
            0x9b => &[Self::BIC_ROAM],
            _ => &[],
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        octet(reader.required(super::ber::OCTET_STRING, "service code")?, "service code").map(Self)
    }
}

impl fmt::Display for SsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a service applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BasicService {
    /// A bearer service (data), or a group of them.
    Bearer(u8),
    /// A teleservice (speech, short messages, facsimile), or a group of them.
    Tele(u8),
}

impl BasicService {
    /// Telephony.
    pub const SPEECH: Self = Self::Tele(0x11);
    /// The group of speech services.
    pub const ALL_SPEECH: Self = Self::Tele(0x10);
    /// Every teleservice.
    pub const ALL_TELE: Self = Self::Tele(0x00);
    /// Every teleservice but short messages.
    pub const ALL_TELE_BUT_SMS: Self = Self::Tele(0x80);
    /// Short messages.
    pub const SMS: Self = Self::Tele(0x20);
    /// Facsimile.
    pub const FAX: Self = Self::Tele(0x60);
    /// Every bearer service.
    pub const ALL_BEARER: Self = Self::Bearer(0x00);

    /// Whether speech belongs to it.
    #[must_use]
    pub const fn has_speech(self) -> bool {
        matches!(self, Self::Tele(0x00 | 0x10 | 0x11 | 0x80))
    }

    pub(super) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Bearer(code) => push(out, context(2), &[code]),
            Self::Tele(code) => push(out, context(3), &[code]),
        }
    }

    /// The next element, if it is a basic service.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Malformed> {
        if let Some(code) = reader.optional(context(2))? {
            return Ok(Some(Self::Bearer(octet(code, "bearer service")?)));
        }
        let code = reader.optional(context(3))?;
        code.map(|code| octet(code, "teleservice").map(Self::Tele)).transpose()
    }
}

/// The status of a service (TS 29.002 SS-Status).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SsStatus(pub u8);

impl SsStatus {
    /// Provisioned: part of the subscription.
    pub const PROVISIONED: u8 = 4;
    /// Registered: has its number.
    pub const REGISTERED: u8 = 2;
    /// Active.
    pub const ACTIVE: u8 = 1;

    /// Provisioned, registered and active as said.
    #[must_use]
    pub const fn new(provisioned: bool, registered: bool, active: bool) -> Self {
        Self((provisioned as u8) << 2 | (registered as u8) << 1 | active as u8)
    }

    /// Whether the service is active.
    #[must_use]
    pub const fn is_active(self) -> bool {
        self.0 & Self::ACTIVE != 0
    }

    /// Whether the service is part of the subscription.
    #[must_use]
    pub const fn is_provisioned(self) -> bool {
        self.0 & Self::PROVISIONED != 0
    }
}
