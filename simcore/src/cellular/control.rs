//! What a person, a platform or a test may change while the core runs, and order it to do.
//!
//! Every change is a note and holds at once: a session that is barred ends, a suspended card is detached, the next call
//! finds the new list. Roaming control is refused for an account that has a card without the feature, since a list that
//! does not hold for the whole fleet would protect nobody. What fails changes nothing.

mod accounts;
mod orders;
mod provisioning;
mod setup;
mod subscribers;

pub use setup::ConfigError;
pub(super) use setup::{accounts, esmes, subscribers};
pub use subscribers::Service;

use super::alarms::AlarmId;
use super::calls::CallId;
use super::config::SimState;
use super::lifecycle::Actor;
use super::whitelist;
use wire::id::{Iccid, Imsi, PhoneNumber};

/// Why a change or an order was refused; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// No such account.
    #[error("there is no account \"{0}\"")]
    UnknownAccount(String),
    /// No such access point.
    #[error("there is no access point \"{0}\"")]
    UnknownApn(String),
    /// The access point has no tunnel.
    #[error("access point \"{0}\" has no tunnel: expected one with `tunnel = true`")]
    NoTunnel(String),
    /// The subscriber has no connection to the access point.
    #[error("subscriber {imsi} has no connection to the access point \"{apn}\"")]
    NoSession {
        /// The subscriber.
        imsi: Imsi,
        /// The access point.
        apn: String,
    },
    /// The device is being told of another change.
    #[error(
        "the connection of subscriber {imsi} to \"{apn}\" is being modified: expected an answer to that first"
    )]
    ModificationRuns {
        /// The subscriber.
        imsi: Imsi,
        /// The access point.
        apn: String,
    },
    /// An order to modify a connection that says nothing.
    #[error("nothing is to be modified: expected a class of service, bit rates or DNS servers")]
    NothingToModify,
    /// No such subscriber.
    #[error("there is no subscriber with the IMSI {0}")]
    UnknownSubscriber(Imsi),
    /// What a card is to be told does not fit a message.
    #[error("the packet for the card does not fit a short message")]
    PacketTooLong,
    /// No subscriber has the number.
    #[error("no subscriber has the number {0}")]
    UnknownNumber(PhoneNumber),
    /// More numbers than a whitelist holds.
    #[error("the voice whitelist of account \"{account}\" holds at most {limit} numbers; it was not changed", limit = whitelist::LIMIT)]
    WhitelistFull {
        /// The account.
        account: String,
    },
    /// The home country cannot be barred.
    #[error(
        "the home country (MCC {mcc:03}) is not a roaming country and cannot be put under roaming control"
    )]
    HomeCountry {
        /// Its code.
        mcc: u16,
    },
    /// Not a country code.
    #[error("{0} is not a mobile country code: three digits, 200 to 999")]
    NoCountryCode(u16),
    /// Not the code of a country whose mobile country codes are known.
    #[error(
        "\"{0}\" is not a known country: an ISO 3166 code of two letters, such as ES; or order by mobile country code"
    )]
    UnknownCountry(String),
    /// Roaming control needs compatible cards.
    #[error("SIM {iccid} of account \"{account}\" does not support roaming control")]
    IncompatibleSim {
        /// The account.
        account: String,
        /// The first card that does not support it.
        iccid: Iccid,
    },
    /// A terminated card stays so.
    #[error("SIM {imsi} is cancelled, which is final")]
    Cancelled {
        /// The subscriber.
        imsi: Imsi,
    },
    /// The life of a card knows no such move.
    #[error("SIM {imsi} is {from} and cannot become {to} by order of {by}", from = from.name(), to = to.name(), by = by.name())]
    StateNotAllowed {
        /// The subscriber.
        imsi: Imsi,
        /// The present state.
        from: SimState,
        /// The state that was wanted.
        to: SimState,
        /// Who wanted it.
        by: Actor,
    },
    /// The operator suspended the card, not its customer.
    #[error("SIM {0} was suspended by the operator: its customer cannot resume it")]
    SuspendedByOperator(Imsi),
    /// A profile that was sold stays; that of a prototype card may change.
    #[error("the profile of SIM {0} cannot be changed after provisioning: order a new card")]
    ProfileFixed(Imsi),
    /// No such alarm.
    #[error("there is no {0}")]
    UnknownAlarm(AlarmId),
    /// A period of no length.
    #[error("the period of an alarm is longer than zero")]
    AlarmPeriod,
    /// No party outside takes part in the call, or it is over.
    #[error("{0} has no party outside that could hang up")]
    NothingToHangUp(CallId),
    /// The text is too long for USSD, or as many dialogues as there can be are open.
    #[error(
        "a USSD text has at most 182 characters, 80 outside the GSM alphabet, and a device at most 7 dialogues"
    )]
    UssdText,
    /// The subscriber is not registered.
    #[error("subscriber {0} is not registered")]
    NotRegistered(Imsi),
}
