//! What the network makes of the uplinks that a gateway forwarded: each with data becomes a message once, and how soon.
//!
//! Told apart by address and counter: a copy of another gateway and a repetition on the air are the same uplink. An uplink that
//! waits longer than [`PATIENCE`] is lost at the server; one that waits shorter when the field ends is on its way. The time
//! counts from the end of the uplink at the first gateway that forwarded it; in a virtual lab the backhaul costs none, so
//! what is left is what the network server itself waits for.

use simcore::lorawan::{GatewayUplink, UplinkMessage};
use std::collections::BTreeMap;
use wire::lorawan::crypto::Direction;
use wire::lorawan::{DataFrame, DevAddr, Frame};
use wire::time::{Duration, Instant};

/// From when on an uplink without a message is lost.
const PATIENCE: Duration = Duration::from_secs(2);

/// Uplinks with data that were forwarded, and what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Different uplinks with data that at least one gateway forwarded.
    pub heard: u64,
    /// Those that became a message.
    pub delivered: u64,
    /// Messages of an uplink that had become one before, or that no gateway had forwarded.
    pub unexpected: u64,
    /// Those that became none.
    pub lost: u64,
    /// When the first gateway had the end of those that have not become a message.
    waiting: BTreeMap<(DevAddr, u16), Instant>,
    /// The counter of the last message of each address.
    last: BTreeMap<DevAddr, u16>,
    /// How many messages took so long.
    latencies: BTreeMap<Duration, u64>,
}

impl Service {
    /// A gateway forwards what it heard.
    pub(super) fn uplink(&mut self, now: Instant, uplink: &GatewayUplink) {
        let Ok(Frame::Data(frame)) = Frame::parse(&uplink.payload) else { return };
        if !has_data(&frame) {
            return;
        }
        let key = (frame.dev_addr(), frame.fcnt());
        let repeated = self.last.get(&key.0) == Some(&key.1);
        if !repeated && !self.waiting.contains_key(&key) {
            self.waiting.insert(key, now);
            self.heard += 1;
        }
    }

    /// A message reached the platform; `began` is when this was first counted.
    pub(super) fn message(&mut self, now: Instant, began: Instant, message: &UplinkMessage) {
        let fcnt = u16::try_from(message.fcnt & 0xffff).unwrap_or_default();
        self.last.insert(message.dev_addr, fcnt);
        match self.waiting.remove(&(message.dev_addr, fcnt)) {
            Some(heard) => {
                self.delivered += 1;
                *self.latencies.entry(now.since(heard)).or_default() += 1;
            }
            None if message.received_at < began => {}
            None => self.unexpected += 1,
        }
    }

    /// Counts what is lost.
    pub(super) fn finish(&mut self, now: Instant) {
        let late = |heard: &&Instant| now.since(**heard) > PATIENCE;
        self.lost = self.waiting.values().filter(late).count() as u64;
    }

    /// So many thousandths of the messages took this long or less; `None` without messages.
    #[must_use]
    pub fn latency(&self, per_mille: u64) -> Option<Duration> {
        let rank = (self.delivered * per_mille).div_ceil(1000).max(1);
        let mut counted = 0;
        self.latencies.iter().find_map(|(latency, count)| {
            counted += count;
            (counted >= rank).then_some(*latency)
        })
    }
}

/// Whether the platform is to get it: data of an application.
fn has_data(frame: &DataFrame) -> bool {
    frame.direction() == Direction::Up && frame.port().is_some_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::air::lora::{Hertz, Modulation};
    use wire::id::Eui64;
    use wire::lorawan::{DataMessage, DataRate, PortPayload, SessionKeys};

    const SF7: Modulation = Modulation { spreading_factor: 7, bandwidth_khz: 125 };
    const ADDR: DevAddr = DevAddr::from_value(0x2601_1bda);

    fn at(milliseconds: u64) -> Instant {
        Instant::ZERO + Duration::from_millis(milliseconds)
    }

    fn uplink(fcnt: u32, port: Option<u8>) -> GatewayUplink {
        let payload = port.map(|port| PortPayload { port, octets: vec![1] });
        let message = DataMessage { payload, ..DataMessage::new(Direction::Up, ADDR, fcnt) };
        let key = || "5b70d14f51b43828904bb305fdc9c87c".parse().unwrap();
        GatewayUplink {
            gateway: Eui64::from_value(1),
            tmst: 0,
            frequency: Hertz(868_100_000),
            modulation: SF7,
            rssi_dbm: -80,
            snr_decibel_tenths: 70,
            payload: message.seal(&SessionKeys { nwk_s_key: key(), app_s_key: key() }),
        }
    }

    fn message(fcnt: u32, received_at: Instant) -> UplinkMessage {
        UplinkMessage {
            received_at,
            account: String::new(),
            dev_eui: Eui64::from_value(2),
            dev_addr: ADDR,
            f_port: 1,
            fcnt,
            missing_fcnt: 0,
            payload: vec![1],
            confirmed: false,
            ack: false,
            data_rate: DataRate(5),
            modulation: SF7,
            frequency: Hertz(868_100_000),
            receptions: Vec::new(),
            location: None,
        }
    }

    #[test]
    fn copies_and_repetitions_are_one_uplink_and_its_message_is_timed_from_the_first() {
        let mut service = Service::default();
        service.uplink(at(1000), &uplink(7, Some(1)));
        service.uplink(at(1000), &uplink(7, Some(1)));
        service.message(at(1200), at(0), &message(7, at(1000)));
        service.uplink(at(4000), &uplink(7, Some(1)));
        service.finish(at(60_000));
        assert_eq!((service.heard, service.delivered, service.lost, service.unexpected), (1, 1, 0, 0));
        assert_eq!(service.latency(990), Some(Duration::from_millis(200)));
    }

    #[test]
    fn what_becomes_no_message_is_lost_and_what_becomes_two_is_told() {
        let mut service = Service::default();
        for fcnt in 1..=3 {
            service.uplink(at(1000), &uplink(fcnt, Some(1)));
        }
        service.uplink(at(59_000), &uplink(4, Some(1)));
        service.message(at(1200), at(0), &message(0x1_0002, at(1000)));
        service.message(at(1300), at(0), &message(2, at(1000)));
        service.finish(at(60_000));
        assert_eq!((service.heard, service.delivered, service.lost, service.unexpected), (4, 1, 2, 1));
    }

    #[test]
    fn what_was_heard_before_the_count_and_what_has_no_data_does_not_count() {
        let mut service = Service::default();
        service.message(at(1100), at(1000), &message(1, at(900)));
        for port in [None, Some(0)] {
            service.uplink(at(2000), &uplink(2, port));
        }
        service.finish(at(60_000));
        assert_eq!(service, Service { last: BTreeMap::from([(ADDR, 1)]), ..Service::default() });
        assert_eq!(service.latency(500), None);
    }

    #[test]
    fn a_share_of_the_latencies_is_that_of_the_rank() {
        let mut service = Service::default();
        for fcnt in 1..=100 {
            service.uplink(at(0), &uplink(fcnt, Some(1)));
            service.message(at(fcnt.into()), at(0), &message(fcnt, at(0)));
        }
        let millis = |share| service.latency(share).unwrap().as_millis();
        assert_eq!([0, 500, 985, 990, 1000].map(millis), [1, 50, 99, 99, 100]);
    }
}
