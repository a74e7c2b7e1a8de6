//! The state of the protocol: who pulled from where, what has to be acknowledged, what came in.

use super::allowance::Allowance;
use simcore::lorawan::{GatewayDownlink, GatewayUplink, Traffic, TxAck};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use wire::id::Eui64;
use wire::ip::Prefix;
use wire::semtech_udp::{
    CrcStatus, Datagram, DatagramError, PushBody, PushError, RadioModulation, Rxpk, RxpkError, Stat,
    TxAckCode, TxAckError, Version,
};
use wire::time::Instant;

/// IPv4 and UDP headers of a datagram.
const HEADERS: usize = 28;
/// A LoRa radio sends no longer frame.
const LONGEST_FRAME: usize = 255;
/// A forwarder takes at most sixteen frames from its concentrator at once; four of them are the largest gateways.
const MOST_FRAMES: usize = 64;
/// How many gateways that nobody registered are remembered.
const STRANGERS: usize = 64;

/// What came through the door.
#[derive(Debug)]
pub enum DoorEvent {
    /// A gateway heard a frame.
    Uplink(GatewayUplink),
    /// A gateway says what became of a downlink.
    TxAck {
        /// The gateway.
        gateway: Eui64,
        /// That of the downlink.
        token: u16,
        /// Its word; accepted where it is of version 1 and has none.
        ack: TxAck,
    },
    /// A gateway can be reached, for the first time or at another address.
    GatewayReachable {
        /// The gateway.
        gateway: Eui64,
        /// Where PULL_RESP goes from now on.
        address: SocketAddr,
    },
    /// A gateway's statistics.
    Statistics {
        /// The gateway.
        gateway: Eui64,
        /// What it counted.
        stat: Box<Stat>,
    },
    /// What crossed a served gateway's backhaul since the last event of this kind, IP and UDP headers included.
    Traffic {
        /// The gateway.
        gateway: Eui64,
        /// What was counted.
        traffic: Traffic,
    },
    /// Datagrams that nobody serves came too fast; they are only counted.
    Flood {
        /// How many.
        datagrams: u64,
    },
    /// Something in the name of a gateway that came in clear, while its backhaul is a tunnel. It is neither answered nor served.
    OutsideTunnel {
        /// Who sent it.
        address: SocketAddr,
        /// The gateway that the header names.
        gateway: Eui64,
        /// The addresses of the tunnel.
        tunnel: Prefix,
    },
    /// Something that is not served.
    Refused {
        /// Who sent it.
        address: SocketAddr,
        /// The gateway, where the header says so.
        gateway: Option<Eui64>,
        /// What is wrong.
        problem: DoorProblem,
    },
}

/// Why something is not served.
#[derive(Debug, thiserror::Error)]
pub enum DoorProblem {
    /// The header.
    #[error(transparent)]
    Datagram(#[from] DatagramError),
    /// A datagram that only a server sends.
    #[error("the datagram is one that only a server sends")]
    FromServer,
    /// The body of a PUSH_DATA.
    #[error(transparent)]
    Push(#[from] PushError),
    /// More frames than a concentrator can have heard at once.
    #[error("the PUSH_DATA has {0} frames, at most 64 are read")]
    TooManyFrames(usize),
    /// One frame of a PUSH_DATA.
    #[error(transparent)]
    Frame(#[from] RxpkError),
    /// The gateway says that the CRC is wrong or missing.
    #[error("the frame has no good CRC")]
    Crc,
    /// No LoRa frame is that long.
    #[error("the frame has {0} octets, a LoRa frame has at most 255")]
    FrameTooLong(usize),
    /// FSK, which the core does not serve.
    #[error("the frame is FSK, only LoRa is served")]
    Fsk,
    /// The statistics of a PUSH_DATA.
    #[error("stat is not the JSON object that it should be")]
    Stat(#[source] serde_json::Error),
    /// The body of a TX_ACK.
    #[error(transparent)]
    TxAck(#[from] TxAckError),
}

/// Why a downlink cannot be addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Without a PULL_DATA nobody knows where the gateway is.
    #[error("gateway {0} has not sent PULL_DATA")]
    NotReachable(Eui64),
}

/// The protocol without its socket.
///
/// Served gateways are those of the lab file. Whoever else sends is acknowledged and handed over like them, but only so
/// often: beyond [`Allowance`] their datagrams are counted, and neither answered nor told one by one.
#[derive(Debug, Default)]
pub struct Session {
    served: BTreeSet<Eui64>,
    /// The addresses of those whose backhaul is a tunnel.
    tunnels: BTreeMap<Eui64, Prefix>,
    allowance: Allowance,
    /// The source of each gateway's latest PULL_DATA, and its version.
    pullers: BTreeMap<Eui64, (SocketAddr, Version)>,
    answers: VecDeque<(SocketAddr, Vec<u8>)>,
    events: VecDeque<DoorEvent>,
}

impl Session {
    /// A door for these gateways; whoever else sends is told of, as far as it does not flood.
    #[must_use]
    pub fn new(served: BTreeSet<Eui64>) -> Self {
        Self { served, ..Self::default() }
    }

    /// Serves these gateways only from the addresses of their tunnel.
    #[must_use]
    pub fn with_tunnels(self, tunnels: BTreeMap<Eui64, Prefix>) -> Self {
        Self { tunnels, ..self }
    }

    /// Takes a datagram; its acknowledgement is ready before its events.
    pub fn handle_datagram(&mut self, now: Instant, from: SocketAddr, octets: &[u8]) {
        let datagram = Datagram::parse(octets);
        let gateway = sender(&datagram);
        let missed = gateway.and_then(|gateway| Some((gateway, *self.tunnels.get(&gateway)?)));
        let missed = missed.filter(|(_, tunnel)| !tunnel.contains(from.ip()));
        // What comes beside the tunnel is a stranger's, whatever name it has.
        let served = gateway.filter(|gateway| missed.is_none() && self.served.contains(gateway));
        if served.is_none() && !self.allowance.take(now) {
            return;
        }
        if let Some(datagrams) = self.allowance.take_dropped(now) {
            self.events.push_back(DoorEvent::Flood { datagrams });
        }
        if let Some((gateway, tunnel)) = missed {
            return self.events.push_back(DoorEvent::OutsideTunnel { address: from, gateway, tunnel });
        }
        let answers = self.answers.len();
        let events = self.events.len();
        self.take_datagram(from, datagram);
        if let Some(gateway) = served {
            let mut traffic = Traffic::default();
            traffic.up(octets.len() + HEADERS);
            self.answers.iter().skip(answers).for_each(|(_, answer)| traffic.down(answer.len() + HEADERS));
            self.events.insert(events, DoorEvent::Traffic { gateway, traffic });
        }
    }

    /// Whether [`Session::handle_timeout`] has something to tell when nothing more comes.
    #[must_use]
    pub const fn owes(&self) -> bool {
        self.allowance.owes()
    }

    /// Tells of a flood that has ended.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Some(datagrams) = self.allowance.take_dropped(now) {
            self.events.push_back(DoorEvent::Flood { datagrams });
        }
    }

    fn take_datagram(&mut self, from: SocketAddr, datagram: Result<Datagram, DatagramError>) {
        match datagram {
            Ok(Datagram::PushData { version, token, gateway, body }) => {
                self.answer(from, &Datagram::PushAck { version, token });
                self.take_push(from, gateway, &body);
            }
            Ok(Datagram::PullData { version, token, gateway }) => {
                self.answer(from, &Datagram::PullAck { version, token });
                self.make_room(gateway);
                let before = self.pullers.insert(gateway, (from, version));
                if before.is_none_or(|(address, _)| address != from) {
                    self.events.push_back(DoorEvent::GatewayReachable { gateway, address: from });
                }
            }
            Ok(Datagram::TxAck { token, gateway, body }) => match TxAckCode::parse(&body) {
                Ok(ack) => self.events.push_back(DoorEvent::TxAck { gateway, token, ack }),
                Err(error) => self.refuse(from, Some(gateway), error.into()),
            },
            Ok(Datagram::PushAck { .. } | Datagram::PullAck { .. } | Datagram::PullResp { .. }) => {
                self.refuse(from, None, DoorProblem::FromServer);
            }
            Err(error) => self.refuse(from, None, error.into()),
        }
    }

    /// The datagram that asks a gateway to send, and where it goes.
    ///
    /// # Errors
    /// [`SendError`] when the gateway has not pulled.
    pub fn pull_resp(
        &mut self,
        gateway: Eui64,
        downlink: &GatewayDownlink,
    ) -> Result<(SocketAddr, Vec<u8>), SendError> {
        let (address, version) = self.pullers.get(&gateway).ok_or(SendError::NotReachable(gateway))?;
        let token = match version {
            Version::V1 => 0,
            Version::V2 => downlink.token,
        };
        let octets = Datagram::PullResp { version: *version, token, body: downlink.to_txpk().emit() }.emit();
        let mut traffic = Traffic::default();
        traffic.down(octets.len() + HEADERS);
        self.events.push_back(DoorEvent::Traffic { gateway, traffic });
        Ok((*address, octets))
    }

    /// The datagram of [`Session::pull_resp`] is on its way. A gateway of version 1 has no TX_ACK, so that the request itself
    /// is all that can be told of the frame; it counts as taken.
    pub fn pull_resp_sent(&mut self, gateway: Eui64, downlink: &GatewayDownlink) {
        if let Some((_, Version::V1)) = self.pullers.get(&gateway) {
            let (token, ack) = (downlink.token, TxAck::Accepted);
            self.events.push_back(DoorEvent::TxAck { gateway, token, ack });
        }
    }

    /// The acknowledgement that has to go out next; it stays until [`Session::answer_sent`].
    #[must_use]
    pub fn next_answer(&self) -> Option<(SocketAddr, &[u8])> {
        self.answers.front().map(|(to, octets)| (*to, octets.as_slice()))
    }

    /// The acknowledgement of [`Session::next_answer`] is on its way.
    pub fn answer_sent(&mut self) {
        self.answers.pop_front();
    }

    /// What came in, until `None`.
    pub fn poll_event(&mut self) -> Option<DoorEvent> {
        self.events.pop_front()
    }

    fn take_push(&mut self, from: SocketAddr, gateway: Eui64, body: &[u8]) {
        let body = match PushBody::parse(body) {
            Ok(body) => body,
            Err(error) => return self.refuse(from, Some(gateway), error.into()),
        };
        if body.frames.len() > MOST_FRAMES {
            return self.refuse(from, Some(gateway), DoorProblem::TooManyFrames(body.frames.len()));
        }
        for frame in body.frames {
            match frame.map_err(DoorProblem::from).and_then(|rxpk| uplink(gateway, rxpk)) {
                Ok(uplink) => self.events.push_back(DoorEvent::Uplink(uplink)),
                Err(problem) => self.refuse(from, Some(gateway), problem),
            }
        }
        match body.stat {
            Some(Ok(stat)) => {
                self.events.push_back(DoorEvent::Statistics { gateway, stat: Box::new(stat) });
            }
            Some(Err(error)) => self.refuse(from, Some(gateway), DoorProblem::Stat(error)),
            None => {}
        }
    }

    /// Forgets a stranger where there are too many: served gateways must not pay for their number.
    fn make_room(&mut self, gateway: Eui64) {
        let stranger = |known: &&Eui64| !self.served.contains(*known);
        if !self.pullers.contains_key(&gateway)
            && !self.served.contains(&gateway)
            && self.pullers.keys().filter(stranger).count() >= STRANGERS
            && let Some(oldest) = self.pullers.keys().find(stranger).copied()
        {
            self.pullers.remove(&oldest);
        }
    }

    fn answer(&mut self, to: SocketAddr, datagram: &Datagram) {
        self.answers.push_back((to, datagram.emit()));
    }

    fn refuse(&mut self, address: SocketAddr, gateway: Option<Eui64>, problem: DoorProblem) {
        self.events.push_back(DoorEvent::Refused { address, gateway, problem });
    }
}

/// The gateway that a datagram says it is from.
const fn sender(datagram: &Result<Datagram, DatagramError>) -> Option<Eui64> {
    match datagram {
        Ok(
            Datagram::PushData { gateway, .. }
            | Datagram::PullData { gateway, .. }
            | Datagram::TxAck { gateway, .. },
        ) => Some(*gateway),
        Ok(Datagram::PushAck { .. } | Datagram::PullAck { .. } | Datagram::PullResp { .. }) | Err(_) => None,
    }
}

/// What the network server gets of a frame.
fn uplink(gateway: Eui64, rxpk: Rxpk) -> Result<GatewayUplink, DoorProblem> {
    if rxpk.crc != CrcStatus::Ok {
        return Err(DoorProblem::Crc);
    }
    if rxpk.payload.len() > LONGEST_FRAME {
        return Err(DoorProblem::FrameTooLong(rxpk.payload.len()));
    }
    let RadioModulation::Lora(modulation) = rxpk.modulation else { return Err(DoorProblem::Fsk) };
    Ok(GatewayUplink {
        gateway,
        tmst: rxpk.tmst,
        frequency: rxpk.frequency,
        modulation,
        rssi_dbm: rxpk.rssi_dbm,
        snr_decibel_tenths: rxpk.snr_decibel_tenths.unwrap_or_default(),
        payload: rxpk.payload,
    })
}

#[cfg(test)]
mod tests {
    mod tunnel;

    use super::*;
    use simcore::lorawan::When;
    use wire::air::lora::{Hertz, Modulation};
    use wire::seed::Seed;

    const GATEWAY: Eui64 = Eui64::from_value(0x0016_c001_f150_0001);

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    fn pull(session: &mut Session, port: u16, version: u8) {
        let mut octets = vec![version, 0xa1, 0xb2, 2];
        octets.extend(GATEWAY.value().to_be_bytes());
        session.handle_datagram(Instant::ZERO, address(port), &octets);
    }

    fn push(session: &mut Session, body: &str) {
        let body = body.as_bytes().to_vec();
        let push = Datagram::PushData { version: Version::V2, token: 7, gateway: GATEWAY, body };
        session.handle_datagram(Instant::ZERO, address(1), &push.emit());
    }

    fn next_answer(session: &mut Session) -> Option<(SocketAddr, Vec<u8>)> {
        let answer = session.next_answer().map(|(to, octets)| (to, octets.to_vec()));
        session.answer_sent();
        answer
    }

    /// The next event that is not about octets.
    fn event(session: &mut Session) -> Option<DoorEvent> {
        std::iter::from_fn(|| session.poll_event()).find(|event| !matches!(event, DoorEvent::Traffic { .. }))
    }

    fn downlink() -> GatewayDownlink {
        GatewayDownlink {
            token: 0x1234,
            dev_eui: None,
            when: When::AtCounter(3_513_348_611),
            frequency: Hertz(868_100_000),
            modulation: Modulation { spreading_factor: 7, bandwidth_khz: 125 },
            eirp_dbm: 14,
            inverted_iq: true,
            payload: vec![0x60; 12],
        }
    }

    #[test]
    fn a_pull_is_acknowledged_and_opens_the_way_back() {
        let mut session = Session::new(BTreeSet::from([GATEWAY]));
        assert_eq!(session.pull_resp(GATEWAY, &downlink()), Err(SendError::NotReachable(GATEWAY)));
        pull(&mut session, 40_000, 2);
        assert_eq!(next_answer(&mut session), Some((address(40_000), vec![2, 0xa1, 0xb2, 4])));
        assert!(matches!(event(&mut session), Some(DoorEvent::GatewayReachable { .. })));
        let (to, octets) = session.pull_resp(GATEWAY, &downlink()).unwrap();
        assert_eq!(to, address(40_000));
        assert_eq!(octets[..4], [2, 0x12, 0x34, 3]);
    }

    #[test]
    fn the_latest_pull_counts_and_the_same_address_is_told_once() {
        let mut session = Session::new(BTreeSet::from([GATEWAY]));
        for port in [40_000, 40_000, 40_001] {
            pull(&mut session, port, 2);
        }
        let mut told = Vec::new();
        while let Some(DoorEvent::GatewayReachable { address, .. }) = event(&mut session) {
            told.push(address);
        }
        assert_eq!(told, [address(40_000), address(40_001)]);
        assert_eq!(session.pull_resp(GATEWAY, &downlink()).unwrap().0, address(40_001));
    }

    #[test]
    fn version_one_is_answered_in_kind_without_a_token() {
        let mut session = Session::new(BTreeSet::from([GATEWAY]));
        pull(&mut session, 40_000, 1);
        assert_eq!(next_answer(&mut session).unwrap().1, [1, 0xa1, 0xb2, 4]);
        assert_eq!(session.pull_resp(GATEWAY, &downlink()).unwrap().1[..4], [1, 0, 0, 3]);
        while event(&mut session).is_some() {}
        session.pull_resp_sent(GATEWAY, &downlink());
        let Some(DoorEvent::TxAck { token: 0x1234, ack: TxAck::Accepted, .. }) = event(&mut session) else {
            panic!("nobody says that the downlink was taken")
        };
        pull(&mut session, 40_000, 2);
        session.pull_resp_sent(GATEWAY, &downlink());
        assert!(event(&mut session).is_none(), "version 2 speaks for itself");
    }

    #[test]
    fn a_push_is_acknowledged_whatever_its_body_says() {
        let good = r#"{"tmst":3512348611,"chan":2,"rfch":0,"freq":868.100000,"stat":1,"modu":"LORA","datr":"SF7BW125","codr":"4/5","rssi":-57,"lsnr":7.8,"size":18,"data":"QNobASaAAQABoNS0pp2Ea6Ee"}"#;
        let bad_crc = good.replace(r#""stat":1"#, r#""stat":-1"#);
        let fsk = good.replace(r#""LORA""#, r#""FSK""#).replace(r#""SF7BW125""#, "50000");
        let rows: [(&str, String, &[&str]); 6] = [
            ("one frame", format!(r#"{{"rxpk":[{good}]}}"#), &["uplink"]),
            ("two frames", format!(r#"{{"rxpk":[{good},{good}]}}"#), &["uplink", "uplink"]),
            ("bad beside good", format!(r#"{{"rxpk":[{bad_crc},{good}]}}"#), &["refused", "uplink"]),
            ("FSK", format!(r#"{{"rxpk":[{fsk}]}}"#), &["refused"]),
            ("statistics alone", r#"{"stat":{"rxnb":1}}"#.to_owned(), &["statistics"]),
            ("no JSON", "{".to_owned(), &["refused"]),
        ];
        for (name, body, want) in rows {
            let mut session = Session::new(BTreeSet::from([GATEWAY]));
            push(&mut session, &body);
            assert_eq!(next_answer(&mut session), Some((address(1), vec![2, 0, 7, 1])), "{name}");
            let mut kinds = Vec::new();
            while let Some(event) = event(&mut session) {
                kinds.push(match event {
                    DoorEvent::Uplink(uplink) => {
                        assert_eq!((uplink.tmst, uplink.snr_decibel_tenths), (3_512_348_611, 78));
                        "uplink"
                    }
                    DoorEvent::Statistics { .. } => "statistics",
                    DoorEvent::Refused { gateway, .. } => {
                        assert_eq!(gateway, Some(GATEWAY));
                        "refused"
                    }
                    DoorEvent::TxAck { .. }
                    | DoorEvent::GatewayReachable { .. }
                    | DoorEvent::Traffic { .. }
                    | DoorEvent::OutsideTunnel { .. }
                    | DoorEvent::Flood { .. } => "other",
                });
            }
            assert_eq!(kinds, want, "{name}");
        }
    }

    #[test]
    fn a_tx_ack_carries_the_token_of_its_downlink() {
        let mut session = Session::new(BTreeSet::from([GATEWAY]));
        let body = TxAckCode::TooLate.emit();
        let ack = Datagram::TxAck { token: 0x1234, gateway: GATEWAY, body };
        session.handle_datagram(Instant::ZERO, address(1), &ack.emit());
        assert_eq!(session.next_answer(), None);
        let Some(DoorEvent::TxAck { token: 0x1234, ack, .. }) = event(&mut session) else {
            panic!("no TX_ACK")
        };
        assert_eq!(ack, TxAck::TooLate);
    }

    #[test]
    fn garbage_is_refused_and_never_answered() {
        let mut session = Session::new(BTreeSet::from([GATEWAY]));
        let mut rng = Seed(1).rng();
        for second in 0..3000 {
            let octets: [u8; 32] = rng.octets();
            let now = Instant::from_micros(second * 1_000_000);
            session.handle_datagram(now, address(1), &octets[..rng.below(33) as usize]);
            if !matches!(octets[0], 1 | 2) {
                assert_eq!(session.next_answer(), None);
                assert!(matches!(event(&mut session), Some(DoorEvent::Refused { .. })));
            }
            while event(&mut session).is_some() {}
            while next_answer(&mut session).is_some() {}
        }
    }

    fn traffic(session: &mut Session) -> Traffic {
        let mut sum = Traffic::default();
        for event in std::iter::from_fn(|| session.poll_event()) {
            if let DoorEvent::Traffic { gateway: GATEWAY, traffic } = event {
                sum.octets_up += traffic.octets_up;
                sum.octets_down += traffic.octets_down;
                sum.datagrams_up += traffic.datagrams_up;
                sum.datagrams_down += traffic.datagrams_down;
            }
        }
        sum
    }

    #[test]
    fn every_octet_of_a_served_gateway_is_counted_with_its_headers() {
        let mut session = Session::new(BTreeSet::from([GATEWAY]));
        pull(&mut session, 40_000, 2);
        let counted = traffic(&mut session);
        assert_eq!((counted.octets_up, counted.octets_down), (12 + 28, 4 + 28));
        push(&mut session, "not JSON at all");
        let counted = traffic(&mut session);
        assert_eq!((counted.octets_up, counted.octets_down), (12 + 15 + 28, 4 + 28), "refused, but sent");
        let length = session.pull_resp(GATEWAY, &downlink()).unwrap().1.len() as u64;
        let counted = traffic(&mut session);
        assert_eq!((counted.octets_down, counted.datagrams_down, counted.datagrams_up), (length + 28, 1, 0));
    }

    #[test]
    fn a_flood_is_counted_told_once_and_costs_the_served_gateway_nothing() {
        let mut session = Session::new(BTreeSet::from([GATEWAY]));
        pull(&mut session, 40_000, 2);
        for number in 0..10_000 {
            let gateway = Eui64::from_value(number);
            let pull = Datagram::PullData { version: Version::V2, token: 1, gateway };
            session.handle_datagram(Instant::from_micros(number * 50), address(9), &pull.emit());
        }
        session.handle_datagram(Instant::from_micros(400_000), address(9), b"\x09junk");
        let told = std::iter::from_fn(|| event(&mut session)).count();
        assert!(told < 40, "{told} events");
        assert!(session.owes());
        session.handle_timeout(Instant::from_micros(2_000_000));
        let Some(DoorEvent::Flood { datagrams }) = event(&mut session) else {
            panic!("no word of the flood")
        };
        assert!((9_900..10_001).contains(&datagrams), "{datagrams}");
        assert!(!session.owes());
        assert!(session.pullers.len() <= STRANGERS + 1);
        assert!(session.pull_resp(GATEWAY, &downlink()).is_ok(), "the served gateway was forgotten");
        push(&mut session, r#"{"stat":{"rxnb":1}}"#);
        assert!(matches!(event(&mut session), Some(DoorEvent::Statistics { .. })));
    }

    #[test]
    fn what_no_concentrator_can_have_heard_is_refused() {
        use base64::Engine as _;
        let frame = |length: usize| {
            let data = base64::prelude::BASE64_STANDARD.encode(vec![0x40; length]);
            format!(
                r#"{{"tmst":5,"freq":868.1,"stat":1,"datr":"SF7BW125","rssi":-57,"size":{length},"data":"{data}"}}"#
            )
        };
        let many = vec![frame(1); 65].join(",");
        for (name, frames) in [("a frame of 256 octets", frame(256)), ("65 frames", many)] {
            let mut session = Session::new(BTreeSet::from([GATEWAY]));
            push(&mut session, &format!(r#"{{"rxpk":[{frames}]}}"#));
            assert!(matches!(event(&mut session), Some(DoorEvent::Refused { .. })), "{name}");
            assert!(event(&mut session).is_none(), "{name}");
        }
    }
}
