//! What can happen to a message on its way out: late, twice, or not as it should be.
//!
//! Mobility and session management are typed values on this air, so that only what has octets can be cut: short messages
//! and supplementary services. What is malformed about a typed message is a value that its receiver must not take: a
//! transaction that it did not begin, a reserved bearer identity, options that mean nothing, or the answer to another
//! procedure. What a mobile owes then: TS 24.301 clause 7, TS 24.011 clause 9, TS 24.008 clause 8.

use super::{Procedure, by_name};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use wire::cause::EsmCause;
use wire::nas::{BearerModification, NasDown, PdnGrant, TransactionId};
use wire::sms::{CpBody, CpMessage, CpUserData, Direction, RpMessage, RpUserData};
use wire::time::Duration;

/// What happens to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// It leaves this much later. What follows it in the same protocol waits behind it.
    Late(Duration),
    /// It leaves a second time.
    Twice,
    /// It is not as it should be.
    Malformed(Damage),
}

impl Disturbance {
    pub(super) fn fits(self, procedure: Procedure) -> bool {
        match self {
            Self::Late(_) | Self::Twice => true,
            Self::Malformed(damage) => damage.fits(procedure),
        }
    }
}

impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late(span) => write!(f, "a message that is {} s late", span.as_secs()),
            Self::Twice => f.write_str("a message that comes twice"),
            Self::Malformed(damage) => write!(f, "{damage}"),
        }
    }
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Damage {
    /// A short message whose CP octets end too early.
    ConnectionLayer,
    /// A short message to a device whose RP octets end after the message reference.
    RelayLayer,
    /// A short message to a device whose TPDU ends after its first octets.
    TransferLayer,
    /// A supplementary service whose components end too early.
    Component,
    /// A PDN connection with a reserved bearer identity.
    Bearer,
    /// A PDN connection whose options name a DNS server 0.0.0.0 and an MTU of 20 octets.
    Options,
    /// A transaction or bearer that the mobile does not have.
    Transaction,
    /// The answer to another procedure.
    Message,
}

/// An EPS bearer identity that is reserved (TS 24.007 11.2.3.1.5).
const RESERVED_BEARER: u8 = 3;
/// Octets of a TPDU that are left of it: no message is so short.
const TPDU_REST: usize = 3;

impl Damage {
    /// All of them with their names in scripts and lab files.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("connection-layer", Self::ConnectionLayer),
        ("relay-layer", Self::RelayLayer),
        ("transfer-layer", Self::TransferLayer),
        ("component", Self::Component),
        ("bearer", Self::Bearer),
        ("options", Self::Options),
        ("transaction", Self::Transaction),
        ("message", Self::Message),
    ];

    fn fits(self, procedure: Procedure) -> bool {
        use Procedure::{
            Attach, Deactivation, Detach, MoCall, MoSms, Modification, MtSms, Pdn, PdnDisconnect, Ss,
        };
        match self {
            Self::ConnectionLayer => matches!(procedure, MoSms | MtSms),
            Self::RelayLayer | Self::TransferLayer => procedure == MtSms,
            Self::Component => procedure == Ss,
            Self::Bearer => procedure == Pdn,
            Self::Options => matches!(procedure, Pdn | Attach),
            Self::Transaction => {
                matches!(procedure, Pdn | PdnDisconnect | Deactivation | Modification | MoSms | MoCall | Ss)
            }
            Self::Message => procedure.is_registration() || matches!(procedure, Detach | Pdn | PdnDisconnect),
        }
    }

    /// The message with this wrong about it; one that has no such part stays as it is.
    pub(super) fn spoil(self, message: NasDown) -> NasDown {
        match self {
            Self::ConnectionLayer | Self::Component => cut_octets(message),
            Self::RelayLayer => in_short_message(message, |rp| rp.get(..2).unwrap_or(rp).to_vec()),
            Self::TransferLayer => in_short_message(message, cut_tpdu),
            Self::Bearer => in_grant(message, |grant| grant.bearer = RESERVED_BEARER),
            Self::Options => in_grant(message, |grant| {
                grant.dns = vec![IpAddr::V4(Ipv4Addr::UNSPECIFIED)];
                grant.mtu = Some(20);
            }),
            Self::Transaction => other_transaction(message),
            Self::Message => other_message(&message),
        }
    }
}

impl std::str::FromStr for Damage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        by_name(Self::ALL, text, "a damage")
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ConnectionLayer => "CP octets that end too early",
            Self::RelayLayer => "RP octets that end too early",
            Self::TransferLayer => "a TPDU that ends too early",
            Self::Component => "components that end too early",
            Self::Bearer => "a reserved bearer identity",
            Self::Options => "options that mean nothing",
            Self::Transaction => "a transaction that the mobile does not have",
            Self::Message => "the answer to another procedure",
        })
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "nothing else has octets")]
fn cut_octets(message: NasDown) -> NasDown {
    let cut = |mut octets: Vec<u8>| {
        octets.pop();
        octets
    };
    match message {
        NasDown::Sms(octets) => NasDown::Sms(cut(octets)),
        NasDown::Ss(octets) => NasDown::Ss(cut(octets)),
        other => other,
    }
}

/// The same CP-DATA with other octets of the relay layer.
fn in_short_message(message: NasDown, change: impl Fn(&[u8]) -> Vec<u8>) -> NasDown {
    let NasDown::Sms(octets) = message else { return message };
    match CpMessage::parse(&octets) {
        Ok(CpMessage { transaction, body: CpBody::Data(data) }) => {
            let changed = CpUserData::new(change(data.as_slice()));
            let body = changed.map_or(CpBody::Data(data), CpBody::Data);
            NasDown::Sms(CpMessage { transaction, body }.to_octets())
        }
        Ok(_) | Err(_) => NasDown::Sms(octets),
    }
}

fn cut_tpdu(rp: &[u8]) -> Vec<u8> {
    match RpMessage::parse(Direction::NetworkToMobile, rp) {
        Ok(RpMessage::Data { reference, service_centre, user_data }) => {
            let rest = user_data.as_slice().iter().copied().take(TPDU_REST).collect();
            let user_data = RpUserData::new(rest).unwrap_or(user_data);
            RpMessage::Data { reference, service_centre, user_data }.to_octets(Direction::NetworkToMobile)
        }
        Ok(_) | Err(_) => rp.to_vec(),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "nothing else has a grant")]
fn in_grant(mut message: NasDown, change: impl Fn(&mut PdnGrant)) -> NasDown {
    match &mut message {
        NasDown::PdnGranted { pdn, .. } | NasDown::AttachAccept { pdn: Some(pdn), .. } => change(pdn),
        _ => {}
    }
    message
}

/// In short messages and services the transaction is in the upper half of the first octet.
#[expect(clippy::wildcard_enum_match_arm, reason = "nothing else has a transaction")]
fn other_transaction(mut message: NasDown) -> NasDown {
    const LOWEST_BIT: u8 = 0x10;
    match &mut message {
        NasDown::Sms(octets) | NasDown::Ss(octets) => {
            if let Some(first) = octets.first_mut() {
                *first ^= LOWEST_BIT;
            }
        }
        NasDown::Call(call) => {
            let other = TransactionId::new(call.transaction.origin(), call.transaction.value() ^ 1);
            call.transaction = other.unwrap_or(call.transaction);
        }
        NasDown::BearerDeactivated { pti: 0, bearer, .. }
        | NasDown::ModifyBearer(BearerModification { bearer, .. }) => {
            *bearer = if *bearer == 15 { 14 } else { 15 }
        }
        NasDown::PdnGranted { pti, .. }
        | NasDown::PdnConnectivityReject { pti, .. }
        | NasDown::BearerDeactivated { pti, .. }
        | NasDown::PdnDisconnectReject { pti, .. } => *pti = if *pti >= 254 { 1 } else { *pti + 1 },
        _ => {}
    }
    message
}

#[expect(clippy::wildcard_enum_match_arm, reason = "one answer stands for all that is no session")]
fn other_message(message: &NasDown) -> NasDown {
    let cause = EsmCause::PROTOCOL_ERROR;
    match *message {
        NasDown::PdnGranted { pti, .. } | NasDown::PdnConnectivityReject { pti, .. } => {
            NasDown::PdnDisconnectReject { pti, cause }
        }
        NasDown::BearerDeactivated { pti, .. } | NasDown::PdnDisconnectReject { pti, .. } => {
            NasDown::PdnConnectivityReject { pti, cause, t3396: None }
        }
        NasDown::DetachAccept => NasDown::ServiceAccept,
        _ => NasDown::DetachAccept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CP-DATA of a DELIVER to a device: transaction 2, reference 5.
    fn delivery() -> NasDown {
        let tpdu = hex::decode("040b911326880736f40000111081017362401c4f").unwrap();
        let user_data = RpUserData::new(tpdu).unwrap();
        let data = RpMessage::Data { reference: 5, service_centre: None, user_data };
        let transaction = wire::sms::TransactionId::originator(2);
        NasDown::Sms(CpMessage::data(transaction, &data, Direction::NetworkToMobile).to_octets())
    }

    fn octets(message: NasDown) -> Vec<u8> {
        let (NasDown::Sms(octets) | NasDown::Ss(octets)) = message else { panic!("{message}") };
        octets
    }

    #[test]
    fn a_short_message_is_cut_in_the_layer_that_is_named_and_the_layers_below_hold() {
        let whole = CpMessage::parse(&octets(delivery()));
        assert!(whole.is_ok(), "{whole:?}");
        assert!(CpMessage::parse(&octets(Damage::ConnectionLayer.spoil(delivery()))).is_err());
        let relay = CpMessage::parse(&octets(Damage::RelayLayer.spoil(delivery()))).unwrap();
        let CpBody::Data(data) = relay.body else { panic!("{relay:?}") };
        assert_eq!(data.as_slice(), [1, 5], "message type and reference are left");
        let transfer = CpMessage::parse(&octets(Damage::TransferLayer.spoil(delivery()))).unwrap();
        let CpBody::Data(data) = transfer.body else { panic!("{transfer:?}") };
        let RpMessage::Data { user_data, .. } =
            RpMessage::parse(Direction::NetworkToMobile, data.as_slice()).unwrap()
        else {
            panic!("{data:?}")
        };
        assert!(user_data.tpdu(Direction::NetworkToMobile).is_err());
    }

    #[test]
    fn another_transaction_is_one_that_exists() {
        for pti in [1, 253, 254] {
            let cause = EsmCause(26);
            let spoilt =
                Damage::Transaction.spoil(NasDown::PdnConnectivityReject { pti, cause, t3396: None });
            let NasDown::PdnConnectivityReject { pti: other, .. } = spoilt else { panic!("{spoilt}") };
            assert!(other != pti && (1..=254).contains(&other));
        }
        let cause = EsmCause(36);
        let spoilt = Damage::Transaction.spoil(NasDown::BearerDeactivated { pti: 0, bearer: 5, cause });
        assert_eq!(spoilt, NasDown::BearerDeactivated { pti: 0, bearer: 15, cause });
    }

    #[test]
    fn damage_has_to_fit() {
        assert!(!Damage::RelayLayer.fits(Procedure::MoSms));
        assert!(!Damage::Component.fits(Procedure::MoSms));
        assert!(!Damage::Message.fits(Procedure::Paging));
        assert!(!Damage::Options.fits(Procedure::PdnDisconnect));
        assert!(Disturbance::Twice.fits(Procedure::Paging));
    }
}
