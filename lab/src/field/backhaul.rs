//! The octets that a simulated gateway's packet forwarder puts on its backhaul.
//!
//! Datagrams are those of Semtech UDP as they would be sent, each inside an IPsec tunnel: ESP with AES-GCM-128 and a tag
//! of 16 octets, wrapped in UDP for the sake of address translation (RFC 4303, RFC 4106, RFC 3948), over IPv4. Counted
//! are outer IP packets. PULL_DATA goes out every ten seconds and `stat` every thirty. Not counted: key exchange, and
//! probes of a peer that is silent, which one with a keep-alive never is.

use simcore::lorawan::{GatewayDownlink, GatewayUplink};
use wire::id::Eui64;
use wire::semtech_udp::{Datagram, PushBody, Stat, TxAckCode, Version};
use wire::time::Duration;

const KEEP_ALIVE: Duration = Duration::from_secs(10);
const STATISTICS: Duration = Duration::from_secs(30);
/// IPv4 and UDP, inside and outside alike.
const IP_UDP: u64 = 28;
/// ESP's header, the explicit nonce of AES-GCM, and the tag.
const ESP: u64 = 8 + 8 + 16;
/// Padding length and next header, which end on a multiple of four.
const ESP_TRAILER: u64 = 2;

/// Octets of outer IP packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Octets {
    /// From the gateway.
    pub up: u64,
    /// To the gateway.
    pub down: u64,
}

impl Octets {
    /// Both ways.
    #[must_use]
    pub const fn sum(self) -> u64 {
        self.up + self.down
    }

    /// A frame that was heard: PUSH_DATA and PUSH_ACK.
    pub(super) fn uplink(&mut self, uplink: &GatewayUplink) {
        self.push(uplink.gateway, PushBody::emit(&[uplink.clone().into_rxpk()], None), 1);
    }

    /// A frame to send: PULL_RESP and TX_ACK.
    pub(super) fn downlink(&mut self, gateway: Eui64, downlink: &GatewayDownlink) {
        let (version, token) = (Version::V2, downlink.token);
        self.down += tunnelled(&Datagram::PullResp { version, token, body: downlink.to_txpk().emit() });
        let body = TxAckCode::Accepted.emit();
        self.up += tunnelled(&Datagram::TxAck { token, gateway, body });
    }

    /// What goes over the backhaul of a gateway that hears nothing, in `span`.
    pub(super) fn idle(&mut self, gateway: Eui64, span: Duration) {
        let times = |period: Duration| u64::try_from(span.as_micros() / period.as_micros()).unwrap_or(0);
        let (version, token) = (Version::V2, 0);
        self.up += times(KEEP_ALIVE) * tunnelled(&Datagram::PullData { version, token, gateway });
        self.down += times(KEEP_ALIVE) * tunnelled(&Datagram::PullAck { version, token });
        self.push(gateway, PushBody::emit(&[], Some(&usual_stat())), times(STATISTICS));
    }

    fn push(&mut self, gateway: Eui64, body: Vec<u8>, times: u64) {
        let (version, token) = (Version::V2, 0);
        self.up += times * tunnelled(&Datagram::PushData { version, token, gateway, body });
        self.down += times * tunnelled(&Datagram::PushAck { version, token });
    }
}

/// The length of the outer IP packet around a datagram.
fn tunnelled(datagram: &Datagram) -> u64 {
    let inner = IP_UDP + datagram.emit().len() as u64 + ESP_TRAILER;
    IP_UDP + ESP + inner.next_multiple_of(4)
}

/// Statistics of a gateway with GPS and some traffic; their length hardly changes.
fn usual_stat() -> Stat {
    Stat {
        time: Some("2026-03-14 08:00:30 GMT".to_owned()),
        latitude: Some(48.856_61),
        longitude: Some(2.352_22),
        altitude: Some(145.0),
        received: Some(12),
        received_ok: Some(10),
        forwarded: Some(10),
        acknowledged_percent: Some(100.0),
        downlinks: Some(1),
        transmitted: Some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GATEWAY: Eui64 = Eui64::from_value(0x0016_c001_f150_0001);

    #[test]
    fn packets_are_as_long_as_they_were_measured_to_be() {
        // Outer IP packets of strongSwan with AES-GCM-128 inside UDP: PULL_DATA 104, acknowledgement 96, stat 220 to 260.
        let (version, token) = (Version::V2, 1);
        assert_eq!(tunnelled(&Datagram::PullData { version, token, gateway: GATEWAY }), 104);
        assert_eq!(tunnelled(&Datagram::PullAck { version, token }), 96);
        let body = PushBody::emit(&[], Some(&usual_stat()));
        let stat = tunnelled(&Datagram::PushData { version, token, gateway: GATEWAY, body });
        assert!((220..=260).contains(&stat), "{stat}");
    }

    #[test]
    fn an_idle_month_is_what_the_intervals_make_of_it() {
        let mut octets = Octets::default();
        octets.idle(GATEWAY, Duration::from_secs(30 * 86_400));
        // 8640 keep-alives of 200 octets a day and 2880 statistics of some 350: about 82 MB.
        assert!((80_000_000..85_000_000).contains(&octets.sum()), "{octets:?}");
        assert!(octets.sum() < simcore::lorawan::MONTHLY_PLAN);
    }
}
