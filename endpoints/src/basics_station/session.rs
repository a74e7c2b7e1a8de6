//! One station's session: what it says becomes events, what it is to send becomes messages.

use super::config::router_config;
use super::message::{Heard, MessageError, StationMessage, class_a, class_c};
use serde_json::{Value, json};
use simcore::lorawan::{ChannelPlan, GatewayDownlink, GatewayUplink, Traffic, TxAck, When};
use std::collections::VecDeque;
use std::net::SocketAddr;
use wire::id::Eui64;
use wire::ip::Prefix;
use wire::time::{Calendar, Instant};

/// How many uplinks a downlink may refer to.
const REMEMBERED: usize = 256;
/// A class A window opens at most this many seconds after its uplink: RxDelay 15, and RX2.
const LONGEST_DELAY: u32 = 16;
const SECOND: u32 = 1_000_000;
/// A station with so many malformed messages one after the other has no meaning any more.
const MOST_MALFORMED: u32 = 100;
/// The words by which the door says that a station cannot be asked for a downlink.
const NOT_CONFIGURED: &str = "STATION_NOT_CONFIGURED";
const NO_UPLINK: &str = "STATION_UNKNOWN_UPLINK";
const NO_DATA_RATE: &str = "STATION_DATA_RATE";
/// GPS time began on 1980-01-06, and has no leap seconds: 18 of them by now.
const GPS_EPOCH: i64 = 315_964_800 - 18;

/// What came from a station.
#[derive(Debug)]
pub enum StationEvent {
    /// A station is there, and what it says it is.
    Connected {
        /// The gateway.
        gateway: Eui64,
        /// From where.
        address: SocketAddr,
        /// Its version.
        station: String,
    },
    /// A station that nobody registered.
    Unknown {
        /// The gateway.
        gateway: Eui64,
    },
    /// Somebody with the name of a gateway who came in clear, while its backhaul is a tunnel.
    OutsideTunnel {
        /// From where.
        address: SocketAddr,
        /// The gateway.
        gateway: Eui64,
        /// The addresses of the tunnel.
        tunnel: Prefix,
    },
    /// It heard a frame.
    Uplink(GatewayUplink),
    /// What became of the frame with this token.
    TxAck {
        /// The gateway.
        gateway: Eui64,
        /// That of the downlink.
        token: u16,
        /// Accepted where the station said so; a word of the door's where it could not be asked. That a station did not
        /// place a frame, only its silence tells.
        ack: TxAck,
    },
    /// What crossed its backhaul.
    Traffic {
        /// The gateway.
        gateway: Eui64,
        /// What was counted, websocket, TCP and IP headers included.
        traffic: Traffic,
    },
    /// Something that is not served.
    Refused {
        /// From where.
        address: SocketAddr,
        /// The gateway, where the path says so.
        gateway: Option<Eui64>,
        /// What is wrong.
        why: String,
    },
}

/// The session of a registered station, without its socket.
#[derive(Debug)]
pub struct StationSession {
    gateway: Eui64,
    plan: ChannelPlan,
    address: SocketAddr,
    calendar: Calendar,
    greeted: bool,
    /// How many messages before were malformed, one after the other.
    malformed: u32,
    heard: VecDeque<(u32, Heard)>,
    events: VecDeque<StationEvent>,
}

impl StationSession {
    /// A session that has just begun; `calendar` is the date of time zero.
    #[must_use]
    pub fn new(gateway: Eui64, plan: ChannelPlan, address: SocketAddr, calendar: Calendar) -> Self {
        let (heard, events) = (VecDeque::new(), VecDeque::new());
        Self { gateway, plan, address, calendar, greeted: false, malformed: 0, heard, events }
    }

    /// Takes a message; the answer, where there is one.
    pub fn handle_text(&mut self, now: Instant, text: &str) -> Option<String> {
        self.count(|traffic, octets| traffic.up(octets), text.len());
        let parsed = StationMessage::parse(self.plan.band().region(), self.gateway, text);
        if parsed.is_ok() && self.greeted {
            self.malformed = 0;
        }
        let message = match parsed {
            Ok(StationMessage::Version { station, protocol }) => {
                let station = format!("{station}, protocol {protocol}");
                let (gateway, address) = (self.gateway, self.address);
                self.greeted = true;
                self.events.push_back(StationEvent::Connected { gateway, address, station });
                Some(router_config(self.plan, self.unix_seconds(now)))
            }
            Ok(_) if !self.greeted => {
                self.refuse(&MessageError::NoVersion);
                None
            }
            Ok(StationMessage::Frame { uplink, heard }) => {
                self.heard.push_back((uplink.tmst, heard));
                if self.heard.len() > REMEMBERED {
                    self.heard.pop_front();
                }
                self.events.push_back(StationEvent::Uplink(uplink));
                None
            }
            Ok(StationMessage::Sent { diid }) => {
                if let Ok(token) = u16::try_from(diid) {
                    let (gateway, ack) = (self.gateway, TxAck::Accepted);
                    self.events.push_back(StationEvent::TxAck { gateway, token, ack });
                }
                None
            }
            Ok(StationMessage::TimeSync { txtime }) => {
                let gps = self.calendar.timestamp(now).as_microsecond() - GPS_EPOCH * 1_000_000;
                Some(json!({ "msgtype": "timesync", "txtime": txtime, "gpstime": gps }))
            }
            Err(error) => {
                self.refuse(&error);
                None
            }
        };
        message.map(|message| self.told(&message))
    }

    /// Takes a message that is not text.
    pub fn handle_binary(&mut self, octets: usize) {
        self.count(|traffic, octets| traffic.up(octets), octets);
        self.refuse(&MessageError::Binary);
    }

    /// Takes a message of another layer that is wrong.
    pub fn handle_protocol_error(&mut self, why: String) {
        let (address, gateway) = (self.address, Some(self.gateway));
        self.events.push_back(StationEvent::Refused { address, gateway, why });
    }

    /// The message for a downlink; `None` where the station cannot be asked for it, of which there is an event then.
    pub fn dnmsg(&mut self, now: Instant, downlink: &GatewayDownlink) -> Option<String> {
        match self.request(now, downlink) {
            Ok(message) => Some(self.told(&message)),
            Err(word) => {
                let (gateway, token, ack) = (self.gateway, downlink.token, TxAck::Vendor(word.to_owned()));
                self.events.push_back(StationEvent::TxAck { gateway, token, ack });
                None
            }
        }
    }

    fn request(&self, now: Instant, downlink: &GatewayDownlink) -> Result<Value, &'static str> {
        // A station drops what comes before `router_config` and does not tell.
        if !self.greeted {
            return Err(NOT_CONFIGURED);
        }
        let (region, mux_time) = (self.plan.band().region(), self.unix_seconds(now));
        let message = match downlink.when {
            When::AtCounter(at) => {
                let (delay, heard) = self.uplink_before(at).ok_or(NO_UPLINK)?;
                class_a(region, downlink, heard, delay, mux_time)
            }
            // The antenna that heard last, else the first (`handle_dnmsg` of `s2e.c` takes it where none is named).
            When::Immediately => {
                let rctx = self.heard.back().map_or(0, |(_, heard)| heard.rctx);
                class_c(region, downlink, rctx, mux_time)
            }
        };
        message.ok_or(NO_DATA_RATE)
    }

    /// The latest uplink to which the count is a whole number of seconds, and that number.
    fn uplink_before(&self, at: u32) -> Option<(u32, Heard)> {
        self.heard.iter().rev().find_map(|(tmst, heard)| {
            let ahead = at.wrapping_sub(*tmst);
            let whole = ahead.is_multiple_of(SECOND) && (1..=LONGEST_DELAY).contains(&(ahead / SECOND));
            whole.then_some((ahead / SECOND, *heard))
        })
    }

    /// Whether so much was wrong that the connection should end.
    #[must_use]
    pub const fn is_hopeless(&self) -> bool {
        self.malformed >= MOST_MALFORMED
    }

    /// What happened, until `None`.
    pub fn poll_event(&mut self) -> Option<StationEvent> {
        self.events.pop_front()
    }

    fn told(&mut self, message: &Value) -> String {
        let text = message.to_string();
        self.count(|traffic, octets| traffic.down(octets), text.len());
        text
    }

    /// A message has a websocket header of 2 or 4 octets, 4 of mask, and of TCP and IP 40.
    fn count(&mut self, add: impl FnOnce(&mut Traffic, usize), octets: usize) {
        let mut traffic = Traffic::default();
        add(&mut traffic, octets + if octets < 126 { 46 } else { 48 });
        self.events.push_back(StationEvent::Traffic { gateway: self.gateway, traffic });
    }

    fn refuse(&mut self, error: &MessageError) {
        if error.is_malformed() {
            self.malformed = self.malformed.saturating_add(1);
        }
        self.handle_protocol_error(error.to_string());
    }

    fn unix_seconds(&self, now: Instant) -> f64 {
        self.calendar.timestamp(now).as_microsecond() as f64 / 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::air::lora::{Hertz, Modulation};

    const GATEWAY: Eui64 = Eui64::from_value(0x0016_c001_f150_0001);
    const DEVICE: Eui64 = Eui64::from_value(0x0004_a30b_001a_2b3c);
    const VERSION: &str = r#"{"msgtype":"version","station":"2.0.6(test)","firmware":"","package":"","model":"linux","protocol":2,"features":""}"#;
    const XTIME: i64 = 0x00ab_0000_fff0_0000;

    fn session() -> StationSession {
        let address = SocketAddr::from(([127, 0, 0, 1], 9));
        StationSession::new(GATEWAY, ChannelPlan::Eu868Eight, address, Calendar::virtual_start())
    }

    fn greeted() -> StationSession {
        let mut session = session();
        let config: Value =
            serde_json::from_str(&session.handle_text(Instant::ZERO, VERSION).unwrap()).unwrap();
        assert_eq!(config["msgtype"], "router_config");
        assert!(matches!(event(&mut session), Some(StationEvent::Connected { .. })));
        session
    }

    fn event(session: &mut StationSession) -> Option<StationEvent> {
        std::iter::from_fn(|| session.poll_event())
            .find(|event| !matches!(event, StationEvent::Traffic { .. }))
    }

    fn heard(session: &mut StationSession, xtime: i64) {
        let text = format!(
            r#"{{"msgtype":"propdf","FRMPayload":"e0","DR":5,"Freq":868100000,"upinfo":{{"rctx":7,"xtime":{xtime},"rssi":-57,"snr":7.5}}}}"#
        );
        assert_eq!(session.handle_text(Instant::ZERO, &text), None);
        let Some(StationEvent::Uplink(uplink)) = event(session) else { panic!("no uplink") };
        assert_eq!(uplink.tmst, xtime as u32);
    }

    fn downlink(when: When, frequency: u32, spreading_factor: u8) -> GatewayDownlink {
        GatewayDownlink {
            token: 9,
            dev_eui: Some(DEVICE),
            when,
            frequency: Hertz(frequency),
            modulation: Modulation { spreading_factor, bandwidth_khz: 125 },
            eirp_dbm: 14,
            inverted_iq: true,
            payload: vec![0x60, 1],
        }
    }

    #[test]
    fn a_downlink_refers_to_its_uplink_and_names_its_window() {
        let mut session = greeted();
        heard(&mut session, XTIME);
        heard(&mut session, XTIME + 500_000);
        let counter = XTIME as u32;
        let rows = [
            (1, 868_100_000, 7, 1, "RX1", 5),
            (2, 869_525_000, 12, 1, "RX2", 0),
            (5, 868_100_000, 7, 5, "RX1", 5),
            (16, 869_525_000, 12, 15, "RX2", 0),
        ];
        for (seconds, frequency, sf, rx_delay, window, data_rate) in rows {
            // The counter wraps on the way.
            let when = When::AtCounter(counter.wrapping_add(seconds * SECOND));
            let text = session.dnmsg(Instant::ZERO, &downlink(when, frequency, sf)).unwrap();
            let message: Value = serde_json::from_str(&text).unwrap();
            assert_eq!((&message["msgtype"], &message["pdu"]), (&json!("dnmsg"), &json!("6001")));
            assert_eq!(message["DevEui"], "00-04-A3-0B-00-1A-2B-3C", "without it a station tells nothing");
            assert_eq!((&message["xtime"], &message["rctx"]), (&json!(XTIME), &json!(7)));
            assert_eq!((&message["RxDelay"], &message["diid"]), (&json!(rx_delay), &json!(9)), "{text}");
            assert_eq!(message[format!("{window}DR")], data_rate, "{text}");
            assert_eq!(message[format!("{window}Freq")], frequency, "{text}");
        }
        for seconds in [0, 17, 4_000] {
            let when = When::AtCounter(counter.wrapping_add(seconds * SECOND));
            assert_eq!(session.dnmsg(Instant::ZERO, &downlink(when, 868_100_000, 7)), None);
            expect_refusal(&mut session, "STATION_UNKNOWN_UPLINK");
        }
        let when = When::AtCounter(counter.wrapping_add(SECOND));
        assert_eq!(session.dnmsg(Instant::ZERO, &downlink(when, 868_100_000, 6)), None);
        expect_refusal(&mut session, "STATION_DATA_RATE");
        let text = session.dnmsg(Instant::ZERO, &downlink(When::Immediately, 869_525_000, 12)).unwrap();
        assert!(text.contains(r#""dC":2"#) && !text.contains("xtime"), "{text}");
    }

    #[track_caller]
    fn expect_refusal(session: &mut StationSession, want: &str) {
        let Some(StationEvent::TxAck { token: 9, ack: TxAck::Vendor(word), .. }) = event(session) else {
            panic!("no word of the downlink")
        };
        assert_eq!(word, want);
    }

    #[test]
    fn what_is_to_go_at_once_needs_no_uplink_before_it() {
        let mut session = session();
        let at_once = downlink(When::Immediately, 869_525_000, 12);
        assert_eq!(
            session.dnmsg(Instant::ZERO, &at_once),
            None,
            "a station drops what comes before router_config"
        );
        expect_refusal(&mut session, "STATION_NOT_CONFIGURED");
        let mut session = greeted();
        let group = GatewayDownlink { dev_eui: None, ..at_once.clone() };
        for (downlink, dev_eui) in [(at_once, "00-04-A3-0B-00-1A-2B-3C"), (group, "00-00-00-00-00-00-00-01")]
        {
            let text = session.dnmsg(Instant::ZERO, &downlink).expect("nothing was asked for");
            let message: Value = serde_json::from_str(&text).unwrap();
            assert_eq!((&message["rctx"], &message["dC"]), (&json!(0), &json!(2)), "{text}");
            assert_eq!((&message["RX2Freq"], &message["RX2DR"]), (&json!(869_525_000), &json!(0)), "{text}");
            assert_eq!(message["DevEui"], dev_eui);
        }
        heard(&mut session, XTIME);
        let text = session.dnmsg(Instant::ZERO, &downlink(When::Immediately, 869_525_000, 12)).unwrap();
        assert!(text.contains(r#""rctx":7"#), "{text}");
    }

    #[test]
    fn time_is_told_as_gps_counts_it() {
        let mut session = greeted();
        let text = r#"{"msgtype":"timesync","txtime":12345.5}"#;
        let answer = session.handle_text(Instant::from_micros(7), text).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        // 2026-03-14 08:00:00 UTC is 1457510418 s of GPS time.
        assert_eq!(
            answer,
            json!({"msgtype": "timesync", "txtime": 12345.5, "gpstime": 1_457_510_418_000_007_i64})
        );
    }

    #[test]
    fn a_word_that_a_frame_was_sent_is_its_acknowledgement() {
        let mut session = greeted();
        session.handle_text(Instant::ZERO, r#"{"msgtype":"dntxed","seqno":9,"diid":9}"#);
        assert!(matches!(
            event(&mut session),
            Some(StationEvent::TxAck { token: 9, ack: TxAck::Accepted, .. })
        ));
    }

    #[test]
    fn nothing_is_served_before_the_version_and_a_hopeless_station_is_known() {
        let mut session = session();
        session.handle_text(Instant::ZERO, r#"{"msgtype":"timesync","txtime":1}"#);
        let Some(StationEvent::Refused { why, .. }) = event(&mut session) else { panic!("served") };
        assert!(why.contains("version"), "{why}");
        for _ in 1..MOST_MALFORMED {
            assert!(!session.is_hopeless());
            session.handle_text(Instant::ZERO, "{");
        }
        assert!(session.is_hopeless());
    }

    #[test]
    fn a_station_in_order_is_never_hopeless() {
        let mut session = greeted();
        let unserved = [r#"{"msgtype":"rejoin"}"#, r#"{"msgtype":"dndf"}"#, r#"{"msgtype":"getxtime"}"#];
        for text in unserved.iter().cycle().take(1000) {
            session.handle_text(Instant::ZERO, text);
            assert!(matches!(event(&mut session), Some(StationEvent::Refused { .. })), "{text} is not told");
        }
        assert!(!session.is_hopeless(), "it said nothing that is malformed");
        for _ in 0..10 {
            (1..MOST_MALFORMED).for_each(|_| drop(session.handle_text(Instant::ZERO, "{")));
            session.handle_text(Instant::ZERO, r#"{"msgtype":"timesync","txtime":1}"#);
        }
        assert!(!session.is_hopeless(), "a good message begins the count anew");
    }
}
