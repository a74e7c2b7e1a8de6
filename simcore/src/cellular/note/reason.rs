//! Why the core refused something, as a typed reason and as words.

use crate::cellular::config::SimState;
use std::fmt;
use wire::plmn::Plmn;
use wire::ss::SsCode;

/// Why the core refused something.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Reason {
    /// The IMSI was never issued.
    UnknownImsi,
    /// The card's state allows no traffic.
    SimState(SimState),
    /// The card is locked to another equipment.
    ImeiLock,
    /// The equipment is on the black list.
    BlackEquipment,
    /// No roaming agreement with the network.
    NoAgreement(Plmn),
    /// Roaming control of the account bars bearers in this country.
    RoamingControl {
        /// The account whose list it is.
        account: String,
        /// The country code.
        mcc: u16,
    },
    /// The customer had the bearer barred.
    Barred,
    /// The APN is not in the subscription.
    ApnNotSubscribed,
    /// The operator has no such APN, or it cannot be one.
    ApnUnknown,
    /// No APN was asked for and the subscription has no default.
    NoDefaultApn,
    /// The APN belongs to another account.
    ApnOfAnotherAccount,
    /// The APN works at home only.
    ApnNotInRoaming,
    /// The address family is not subscribed.
    PdnType,
    /// The APN asks for credentials, and these are missing or wrong.
    Authentication,
    /// The volume that the subscriber may use is used up.
    QuotaUsedUp,
    /// The volume that the account may use is used up.
    AccountQuotaUsedUp(String),
    /// The gateway of the APN fails.
    GatewayFailure,
    /// A connection to this APN exists.
    DuplicateApn,
    /// As many connections as one subscriber may have.
    TooManyPdn(usize),
    /// The last connection has to stay.
    LastPdn,
    /// There is no such bearer.
    NoSuchBearer(u8),
    /// All addresses of the APN are taken.
    PoolExhausted,
    /// A test asked for it.
    Injected,
    /// The mobile is not registered.
    NotRegistered,
    /// The attach did not ask for circuit-switched services.
    NotCombined,
    /// The profile has no calls.
    Profile,
    /// The number is not on the account's voice whitelist.
    OffWhitelist {
        /// The account whose list it is.
        account: String,
    },
    /// The caller's number is withheld, so that no list can match it.
    WithheldNumber {
        /// The account whose list it is.
        account: String,
    },
    /// The subscriber has set this barring.
    BarredByService(SsCode),
    /// Incoming calls are barred in roaming.
    BarredInRoaming,
    /// Video calls are no part of the service.
    VideoOff,
    /// The party is in a call.
    Busy,
    /// The number belongs to nobody.
    UnassignedNumber,
    /// The subscriber cannot be reached.
    Unreachable,
    /// The short message goes to another service centre.
    ForeignServiceCentre,
    /// The octets are not a short message.
    Malformed,
    /// The same short message was accepted before.
    Duplicate,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownImsi => f.write_str("no such subscriber"),
            Self::SimState(state) => write!(f, "the SIM is {}", state.name()),
            Self::ImeiLock => f.write_str("the SIM is locked to another device"),
            Self::BlackEquipment => f.write_str("the equipment is on the black list"),
            Self::NoAgreement(plmn) => write!(f, "no roaming agreement with {plmn}"),
            Self::RoamingControl { account, mcc } => {
                write!(f, "roaming control of account {account} in MCC {mcc:03}")
            }
            Self::Barred => f.write_str("barred on request of the customer"),
            Self::ApnNotSubscribed => f.write_str("the APN is not in the subscription"),
            Self::ApnUnknown => f.write_str("the operator has no such APN"),
            Self::NoDefaultApn => f.write_str("no APN requested and none in the subscription"),
            Self::ApnOfAnotherAccount => f.write_str("the APN is dedicated to another account"),
            Self::ApnNotInRoaming => f.write_str("the APN is not available in roaming"),
            Self::PdnType => f.write_str("the PDN type is not subscribed"),
            Self::Authentication => f.write_str("wrong or missing credentials for the APN"),
            Self::QuotaUsedUp => f.write_str("the volume of the subscriber is used up"),
            Self::AccountQuotaUsedUp(account) => write!(f, "the volume of account {account} is used up"),
            Self::GatewayFailure => f.write_str("the gateway of the APN fails"),
            Self::DuplicateApn => f.write_str("a connection to this APN exists"),
            Self::TooManyPdn(limit) => write!(f, "{limit} connections exist, which is the limit"),
            Self::LastPdn => f.write_str("it is the last connection"),
            Self::NoSuchBearer(bearer) => write!(f, "there is no bearer {bearer}"),
            Self::PoolExhausted => f.write_str("no address is free"),
            Self::Injected => f.write_str("ordered by the test"),
            Self::NotRegistered => f.write_str("the mobile is not registered"),
            Self::NotCombined => f.write_str("the attach was for EPS services only"),
            Self::Profile => f.write_str("the profile is data only"),
            Self::OffWhitelist { account } => write!(f, "not on the voice whitelist of account {account}"),
            Self::WithheldNumber { account } => {
                write!(f, "a withheld number cannot be on the voice whitelist of account {account}")
            }
            Self::BarredByService(code) => write!(f, "{code} is active"),
            Self::BarredInRoaming => f.write_str("incoming calls are barred in roaming"),
            Self::VideoOff => f.write_str("video calls are no part of the service"),
            Self::Busy => f.write_str("the party is in a call"),
            Self::UnassignedNumber => f.write_str("nobody has this number"),
            Self::Unreachable => f.write_str("the subscriber cannot be reached"),
            Self::ForeignServiceCentre => f.write_str("addressed to another service centre"),
            Self::Malformed => f.write_str("the octets are not a valid message"),
            Self::Duplicate => f.write_str("the same message was accepted before"),
        }
    }
}
