//! Notes on what a person or a test changed, and on answers on purpose.

use super::Who;
use crate::cellular::config::{Bearers, Profile, SimState};
use crate::cellular::inject::{Answer, Procedure};
use crate::cellular::inventory::CardItem;
use std::fmt;
use wire::id::Imsi;

/// What was changed, or answered on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields carry the names of the specification")]
pub enum ControlNote {
    /// A procedure got the answer that a test had ordered.
    Injected { who: Who, procedure: Procedure, answer: Answer },
    /// A subscriber was provisioned.
    Provisioned { imsi: Imsi, account: String, card: CardItem },
    /// A prototype card has another profile.
    ProfileChanged { imsi: Imsi, profile: Profile },
    /// A card has shared and dedicated access points, and its customer has not accepted that weakness.
    MixedApns { imsi: Imsi, account: String },
    /// A card changed its state.
    SimStateChanged { imsi: Imsi, from: SimState, to: SimState },
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
            Self::SimStateChanged { .. } => "sim-state-changed",
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
            | Self::MixedApns { imsi, .. } => imsi.to_string(),
            Self::WhitelistChanged { account, .. } | Self::RoamingControlChanged { account, .. } => {
                account.clone()
            }
        }
    }
}

impl fmt::Display for ControlNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Injected { who, procedure, answer } => {
                write!(f, "{procedure} of {who} answered with {answer}: ordered by the test")
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
