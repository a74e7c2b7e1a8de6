//! The packet forwarder of a simulated gateway: its end of Semtech UDP, towards a network server that is not ours.
//!
//! It behaves as Semtech's does (`lora_pkt_fwd`): one socket up, one down; PULL_DATA every ten seconds, statistics every
//! thirty; PUSH_ACK is waited for 100 ms and only counted; nothing is ever sent again. A PULL_RESP that cannot be read is
//! dropped without a TX_ACK. Not here: the sockets, GPS time, beacons and FSK.

use super::Gateway;
use crate::lorawan::link::{GatewayDownlink, GatewayUplink, TxAck, When};
use crate::lorawan::note::{GatewayEvent, LorawanNote};
use std::collections::VecDeque;
use wire::id::Eui64;
use wire::semtech_udp::{Datagram, PushBody, RadioModulation, Stat, Txpk, Version};
use wire::time::{Calendar, Duration, Instant, Wakeup};

const KEEP_ALIVE: Duration = Duration::from_secs(10);
const STATISTICS: Duration = Duration::from_secs(30);
const PUSH_ACK_PATIENCE: Duration = Duration::from_millis(100);

/// One of the forwarder's two sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// PUSH_DATA and its acknowledgement.
    Up,
    /// PULL_DATA, PULL_RESP and TX_ACK.
    Down,
}

/// What a forwarder counted since its last `stat`.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    received: u32,
    pushed: u32,
    acknowledged: u32,
    downlinks: u32,
    transmitted: u32,
}

/// The protocol of one forwarder, without its sockets.
#[derive(Debug)]
pub struct PacketForwarder {
    gateway: Eui64,
    calendar: Calendar,
    next_token: u16,
    next_pull: Instant,
    next_stat: Instant,
    /// The token of a PUSH_DATA, and when it was sent.
    unacknowledged: VecDeque<(u16, Instant)>,
    counts: Counts,
    outputs: VecDeque<(Stream, Vec<u8>)>,
    notes: VecDeque<LorawanNote>,
}

impl PacketForwarder {
    /// A forwarder that is switched on at lab time zero; `first_token` is where its tokens begin.
    #[must_use]
    pub const fn new(gateway: Eui64, calendar: Calendar, first_token: u16) -> Self {
        Self {
            gateway,
            calendar,
            next_token: first_token,
            next_pull: Instant::ZERO,
            next_stat: Instant::from_micros(STATISTICS.as_secs() * 1_000_000),
            unacknowledged: VecDeque::new(),
            counts: Counts { received: 0, pushed: 0, acknowledged: 0, downlinks: 0, transmitted: 0 },
            outputs: VecDeque::new(),
            notes: VecDeque::new(),
        }
    }

    /// The gateway's radio heard a frame.
    pub fn handle_uplink(&mut self, now: Instant, uplink: GatewayUplink) {
        self.counts.received = self.counts.received.saturating_add(1);
        self.push(now, PushBody::emit(&[uplink.into_rxpk()], None));
    }

    /// The gateway's radio began to send a frame.
    pub const fn handle_transmission(&mut self) {
        self.counts.transmitted = self.counts.transmitted.saturating_add(1);
    }

    /// A datagram of the server; frames to send go to `gateway` at once.
    pub fn handle_datagram(&mut self, now: Instant, gateway: &mut Gateway, octets: &[u8]) {
        match Datagram::parse(octets) {
            Ok(Datagram::PushAck { token, .. }) => self.take_push_ack(now, token),
            Ok(Datagram::PullAck { .. }) => {}
            Ok(Datagram::PullResp { version, token, body }) => {
                self.counts.downlinks = self.counts.downlinks.saturating_add(1);
                match self.read(token, &body) {
                    Ok(downlink) => {
                        let ack = gateway.schedule(now, downlink);
                        if version == Version::V2 {
                            self.acknowledge(token, &ack);
                        }
                    }
                    Err(why) => self.refuse(why),
                }
            }
            Ok(Datagram::PushData { .. } | Datagram::PullData { .. } | Datagram::TxAck { .. }) => {
                self.refuse("the datagram is one that only a gateway sends".to_owned());
            }
            Err(error) => self.refuse(error.to_string()),
        }
    }

    /// Sends what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        while self.next_pull <= now {
            let token = self.token();
            let pull = Datagram::PullData { version: Version::V2, token, gateway: self.gateway };
            self.outputs.push_back((Stream::Down, pull.emit()));
            self.next_pull += KEEP_ALIVE;
        }
        while self.next_stat <= now {
            let stat = self.statistics(now);
            self.push(now, PushBody::emit(&[], Some(&stat)));
            self.next_stat += STATISTICS;
        }
    }

    /// The next datagram for the server, until `None`.
    pub fn poll_datagram(&mut self) -> Option<(Stream, Vec<u8>)> {
        self.outputs.pop_front()
    }

    /// What it does not serve, until `None`.
    pub fn poll_note(&mut self) -> Option<LorawanNote> {
        self.notes.pop_front()
    }

    /// When something has to be sent.
    #[must_use]
    pub fn next_wakeup(&self) -> Wakeup {
        Wakeup::new(self.next_pull.min(self.next_stat), "packet forwarder")
    }

    fn push(&mut self, now: Instant, body: Vec<u8>) {
        let token = self.token();
        let push = Datagram::PushData { version: Version::V2, token, gateway: self.gateway, body };
        self.unacknowledged.retain(|(_, sent)| now.since(*sent) <= PUSH_ACK_PATIENCE);
        self.unacknowledged.push_back((token, now));
        self.counts.pushed = self.counts.pushed.saturating_add(1);
        self.outputs.push_back((Stream::Up, push.emit()));
    }

    fn take_push_ack(&mut self, now: Instant, token: u16) {
        let waiting = |(sent_token, sent): &(u16, Instant)| {
            *sent_token == token && now.since(*sent) <= PUSH_ACK_PATIENCE
        };
        if let Some(at) = self.unacknowledged.iter().position(waiting) {
            self.unacknowledged.remove(at);
            self.counts.acknowledged = self.counts.acknowledged.saturating_add(1);
        }
    }

    fn acknowledge(&mut self, token: u16, ack: &TxAck) {
        let datagram = Datagram::TxAck { token, gateway: self.gateway, body: ack.emit() };
        self.outputs.push_back((Stream::Down, datagram.emit()));
    }

    /// What a PULL_RESP asks for, or why it cannot be done. What is odd about it is noted and done all the same.
    fn read(&mut self, token: u16, body: &[u8]) -> Result<GatewayDownlink, String> {
        let txpk = Txpk::parse(body).map_err(|error| error.to_string())?;
        let RadioModulation::Lora(modulation) = txpk.modulation else {
            return Err("the frame is FSK, only LoRa is sent".to_owned());
        };
        let (when, frequency, inverted_iq): (When, _, _) = (txpk.when, txpk.frequency, txpk.inverted_iq);
        let (announced, got) = (txpk.size, txpk.payload.len());
        if announced != got {
            self.note(GatewayEvent::DownlinkSize { announced, got });
        }
        if !inverted_iq {
            self.note(GatewayEvent::DownlinkUpright { frequency });
        }
        let (eirp_dbm, payload) = (txpk.power_dbm, txpk.into_octets());
        Ok(GatewayDownlink {
            token,
            dev_eui: None,
            when,
            frequency,
            modulation,
            eirp_dbm,
            inverted_iq,
            payload,
        })
    }

    fn note(&mut self, event: GatewayEvent) {
        self.notes.push_back(LorawanNote::Gateway { gateway: self.gateway, event });
    }

    fn refuse(&mut self, why: String) {
        let (gateway, peer) = (Some(self.gateway), "its network server".to_owned());
        self.notes.push_back(LorawanNote::GatewayRefused { gateway, peer, why });
    }

    fn statistics(&mut self, now: Instant) -> Stat {
        let counts = std::mem::take(&mut self.counts);
        let share = f64::from(counts.acknowledged) * 100.0 / f64::from(counts.pushed.max(1));
        Stat {
            time: Some(self.calendar.timestamp(now).strftime("%Y-%m-%d %H:%M:%S GMT").to_string()),
            received: Some(counts.received),
            received_ok: Some(counts.received),
            forwarded: Some(counts.received),
            acknowledged_percent: Some((share * 10.0).round() / 10.0),
            downlinks: Some(counts.downlinks),
            transmitted: Some(counts.transmitted),
            ..Stat::default()
        }
    }

    const fn token(&mut self) -> u16 {
        self.next_token = self.next_token.wrapping_add(1);
        self.next_token
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ChannelPlan, GatewayOutput};
    use super::*;
    use wire::air::lora::{Hertz, Modulation};

    const GATEWAY: Eui64 = Eui64::from_value(0x0016_c001_f150_0001);

    struct Bed {
        forwarder: PacketForwarder,
        gateway: Gateway,
    }

    fn bed() -> Bed {
        let forwarder = PacketForwarder::new(GATEWAY, Calendar::virtual_start(), 0xa1b1);
        Bed { forwarder, gateway: Gateway::with_counter(GATEWAY, ChannelPlan::Eu868Eight, 0) }
    }

    fn at(millis: u64) -> Instant {
        Instant::from_micros(millis * 1000)
    }

    impl Bed {
        fn receives(&mut self, now: Instant, octets: &[u8]) -> Vec<(Stream, Datagram)> {
            self.forwarder.handle_datagram(now, &mut self.gateway, octets);
            self.sent()
        }

        fn sent(&mut self) -> Vec<(Stream, Datagram)> {
            std::iter::from_fn(|| self.forwarder.poll_datagram())
                .map(|(stream, octets)| (stream, Datagram::parse(&octets).unwrap()))
                .collect()
        }

        /// What becomes of a PULL_RESP with this body.
        fn pull_resp(&mut self, now: Instant, body: &str) -> Option<String> {
            let octets = [&[2, 0x12, 0x34, 3], body.as_bytes()].concat();
            let sent = self.receives(now, &octets);
            sent.first().map(|(stream, datagram)| match (stream, datagram) {
                (Stream::Down, Datagram::TxAck { token: 0x1234, gateway: GATEWAY, body }) => {
                    String::from_utf8(body.clone()).unwrap()
                }
                other => panic!("{other:?}"),
            })
        }
    }

    fn uplink() -> GatewayUplink {
        GatewayUplink {
            gateway: GATEWAY,
            tmst: 3_512_348_611,
            frequency: Hertz(868_100_000),
            modulation: Modulation { spreading_factor: 7, bandwidth_khz: 125 },
            rssi_dbm: -57,
            snr_decibel_tenths: 78,
            payload: vec![0x40; 18],
        }
    }

    #[test]
    fn the_first_datagram_is_a_keep_alive_of_known_octets() {
        let mut bed = bed();
        bed.forwarder.handle_timeout(Instant::ZERO);
        let (stream, octets) = bed.forwarder.poll_datagram().unwrap();
        let expected = [0x02, 0xa1, 0xb2, 0x02, 0x00, 0x16, 0xc0, 0x01, 0xf1, 0x50, 0x00, 0x01];
        assert_eq!((stream, octets.as_slice()), (Stream::Down, expected.as_slice()));
        assert_eq!(bed.forwarder.next_wakeup().at, at(10_000));
    }

    #[test]
    fn statistics_tell_which_share_was_acknowledged_in_time() {
        let mut bed = bed();
        for (sent, answered) in [(1_000, 1_050), (2_000, 2_101)] {
            bed.forwarder.handle_uplink(at(sent), uplink());
            let [(Stream::Up, Datagram::PushData { token, .. })] = bed.sent()[..] else { panic!("no push") };
            let ack = Datagram::PushAck { version: Version::V2, token };
            // The second time, and a second time: too late, and nobody waits.
            bed.receives(at(answered), &ack.emit());
            bed.receives(at(answered), &ack.emit());
        }
        bed.forwarder.handle_timeout(at(30_000));
        let sent = bed.sent();
        let Some((Stream::Up, Datagram::PushData { body, .. })) = sent.last() else { panic!("{sent:?}") };
        let stat = PushBody::parse(body).unwrap().stat.unwrap().unwrap();
        assert_eq!(stat.time.as_deref(), Some("2026-03-14 08:00:30 GMT"));
        assert_eq!((stat.received, stat.acknowledged_percent), (Some(2), Some(50.0)));
        let pulls = sent.iter().filter(|(_, sent)| matches!(sent, Datagram::PullData { .. })).count();
        assert_eq!(pulls, 4, "at 0, 10, 20 and 30 s");
    }

    #[test]
    fn a_downlink_is_sent_at_its_count_or_refused_with_the_forwarders_word() {
        let txpk = |tmst: u64, freq: &str| {
            format!(
                r#"{{"txpk":{{"imme":false,"tmst":{tmst},"freq":{freq},"rfch":0,"powe":14,"modu":"LORA","datr":"SF7BW125","codr":"4/5","ipol":true,"ncrc":true,"size":2,"data":"YAA="}}}}"#
            )
        };
        let mut bed = bed();
        let now = at(1_000);
        let rows = [
            (2_000_000, "868.1", "NONE"),
            (2_000_000, "868.1", "COLLISION_PACKET"),
            (1_042_000, "868.1", "TOO_LATE"),
            (999_000, "868.1", "TOO_EARLY"),
            (600_000_000, "868.1", "TOO_EARLY"),
            (3_000_000, "915.0", "TX_FREQ"),
        ];
        for (tmst, freq, word) in rows {
            let said = bed.pull_resp(now, &txpk(tmst, freq)).unwrap();
            assert_eq!(said, format!(r#"{{"txpk_ack":{{"error":"{word}"}}}}"#), "{tmst} {freq}");
        }
        assert_eq!(bed.gateway.next_wakeup().unwrap().at, at(2_000));
        bed.gateway.handle_timeout(at(2_000));
        assert!(
            matches!(bed.gateway.poll_output(), Some(GatewayOutput::Transmit(frame)) if frame.payload == [0x60, 0])
        );
    }

    #[test]
    fn what_is_odd_is_sent_all_the_same_and_noted() {
        let rows: [(&str, &[&str], bool, &[u8]); 5] = [
            (r#""ipol":true,"size":2"#, &[], true, &[0x60, 1]),
            (r#""ipol":true,"size":1"#, &["gateway-downlink-size"], true, &[0x60]),
            (r#""ipol":true,"size":3"#, &["gateway-downlink-size"], true, &[0x60, 1, 0]),
            (r#""ipol":false,"size":2"#, &["gateway-downlink-upright"], false, &[0x60, 1]),
            (r#""size":3"#, &["gateway-downlink-size", "gateway-downlink-upright"], false, &[0x60, 1, 0]),
        ];
        for (fields, notes, inverted, octets) in rows {
            let mut bed = bed();
            let body = format!(
                r#"{{"txpk":{{"imme":false,"tmst":2000000,"freq":868.1,"rfch":0,"powe":14,"modu":"LORA","datr":"SF7BW125","codr":"4/5",{fields},"data":"YAE="}}}}"#
            );
            let said = bed.pull_resp(at(1_000), &body);
            assert_eq!(said.as_deref(), Some(r#"{"txpk_ack":{"error":"NONE"}}"#), "{fields}");
            let noted: Vec<_> =
                std::iter::from_fn(|| bed.forwarder.poll_note()).map(|note| note.code()).collect();
            assert_eq!(noted, notes, "{fields}");
            bed.gateway.handle_timeout(at(2_000));
            let Some(GatewayOutput::Transmit(frame)) = bed.gateway.poll_output() else {
                panic!("not sent: {fields}")
            };
            assert_eq!((frame.inverted_iq, frame.payload.as_slice()), (inverted, octets), "{fields}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_noted_and_never_acknowledged() {
        let mut bed = bed();
        let rows = [
            "{",
            r#"{"txpk":{}}"#,
            r#"{"txpk":{"imme":true,"freq":868.1,"rfch":0,"datr":50000,"modu":"FSK","fdev":25000,"ipol":true,"size":1,"data":"AA=="}}"#,
            r#"{"txpk":{"imme":true,"freq":868.1,"rfch":0,"modu":"LORA","datr":"SF7BW125","codr":"4/5","ipol":true,"size":256,"data":"AA=="}}"#,
            r#"{"txpk":{"imme":true,"freq":868.1,"rfch":0,"modu":"LORA","datr":"SF7BW125","codr":"4/5","ipol":true,"size":1,"data":"!!"}}"#,
        ];
        for body in rows {
            assert_eq!(bed.pull_resp(at(1), body), None, "{body}");
            assert_eq!(bed.forwarder.poll_note().map(|note| note.code()), Some("gateway-refused"), "{body}");
        }
        for octets in [
            &b""[..],
            b"\x02\0\0",
            b"\x07\0\0\x03",
            &Datagram::PullData { version: Version::V2, token: 1, gateway: GATEWAY }.emit(),
        ] {
            assert_eq!(bed.receives(at(2), octets), []);
            assert_eq!(bed.forwarder.poll_note().map(|note| note.code()), Some("gateway-refused"));
        }
        assert_eq!(bed.gateway.next_wakeup(), None);
    }
}
