//! The state of the protocol: who pulled from where, what has to be acknowledged, what came in.

use simcore::lorawan::{GatewayDownlink, GatewayUplink, TxAck};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use wire::id::Eui64;
use wire::semtech_udp::{
    CrcStatus, Datagram, DatagramError, PushBody, PushError, RadioModulation, Rxpk, RxpkError, Stat,
    TxAckCode, TxAckError, Txpk, Version,
};

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
        /// Its word.
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
    /// One frame of a PUSH_DATA.
    #[error(transparent)]
    Frame(#[from] RxpkError),
    /// The gateway says that the CRC is wrong or missing.
    #[error("the frame has no good CRC")]
    Crc,
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
#[derive(Debug, Default)]
pub struct Session {
    /// The source of each gateway's latest PULL_DATA, and its version.
    pullers: BTreeMap<Eui64, (SocketAddr, Version)>,
    answers: VecDeque<(SocketAddr, Vec<u8>)>,
    events: VecDeque<DoorEvent>,
}

impl Session {
    /// Takes a datagram; its acknowledgement is ready before its events.
    pub fn handle_datagram(&mut self, from: SocketAddr, octets: &[u8]) {
        match Datagram::parse(octets) {
            Ok(Datagram::PushData { version, token, gateway, body }) => {
                self.answer(from, &Datagram::PushAck { version, token });
                self.take_push(from, gateway, &body);
            }
            Ok(Datagram::PullData { version, token, gateway }) => {
                self.answer(from, &Datagram::PullAck { version, token });
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
        &self,
        gateway: Eui64,
        downlink: &GatewayDownlink,
    ) -> Result<(SocketAddr, Vec<u8>), SendError> {
        let (address, version) = self.pullers.get(&gateway).ok_or(SendError::NotReachable(gateway))?;
        let txpk = Txpk {
            when: downlink.when,
            frequency: downlink.frequency,
            rf_chain: 0,
            power_dbm: downlink.eirp_dbm,
            modulation: RadioModulation::Lora(downlink.modulation),
            inverted_iq: true,
            no_crc: true,
            payload: downlink.payload.clone(),
        };
        let token = match version {
            Version::V1 => 0,
            Version::V2 => downlink.token,
        };
        Ok((*address, Datagram::PullResp { version: *version, token, body: txpk.emit() }.emit()))
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

    fn answer(&mut self, to: SocketAddr, datagram: &Datagram) {
        self.answers.push_back((to, datagram.emit()));
    }

    fn refuse(&mut self, address: SocketAddr, gateway: Option<Eui64>, problem: DoorProblem) {
        self.events.push_back(DoorEvent::Refused { address, gateway, problem });
    }
}

/// What the network server gets of a frame.
fn uplink(gateway: Eui64, rxpk: Rxpk) -> Result<GatewayUplink, DoorProblem> {
    if rxpk.crc != CrcStatus::Ok {
        return Err(DoorProblem::Crc);
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
        session.handle_datagram(address(port), &octets);
    }

    fn push(session: &mut Session, body: &str) {
        let body = body.as_bytes().to_vec();
        let push = Datagram::PushData { version: Version::V2, token: 7, gateway: GATEWAY, body };
        session.handle_datagram(address(1), &push.emit());
    }

    fn next_answer(session: &mut Session) -> Option<(SocketAddr, Vec<u8>)> {
        let answer = session.next_answer().map(|(to, octets)| (to, octets.to_vec()));
        session.answer_sent();
        answer
    }

    fn downlink() -> GatewayDownlink {
        GatewayDownlink {
            token: 0x1234,
            when: When::AtCounter(3_513_348_611),
            frequency: Hertz(868_100_000),
            modulation: Modulation { spreading_factor: 7, bandwidth_khz: 125 },
            eirp_dbm: 14,
            payload: vec![0x60; 12],
        }
    }

    #[test]
    fn a_pull_is_acknowledged_and_opens_the_way_back() {
        let mut session = Session::default();
        assert_eq!(session.pull_resp(GATEWAY, &downlink()), Err(SendError::NotReachable(GATEWAY)));
        pull(&mut session, 40_000, 2);
        assert_eq!(next_answer(&mut session), Some((address(40_000), vec![2, 0xa1, 0xb2, 4])));
        assert!(matches!(session.poll_event(), Some(DoorEvent::GatewayReachable { .. })));
        let (to, octets) = session.pull_resp(GATEWAY, &downlink()).unwrap();
        assert_eq!(to, address(40_000));
        assert_eq!(octets[..4], [2, 0x12, 0x34, 3]);
    }

    #[test]
    fn the_latest_pull_counts_and_the_same_address_is_told_once() {
        let mut session = Session::default();
        for port in [40_000, 40_000, 40_001] {
            pull(&mut session, port, 2);
        }
        let mut told = Vec::new();
        while let Some(DoorEvent::GatewayReachable { address, .. }) = session.poll_event() {
            told.push(address);
        }
        assert_eq!(told, [address(40_000), address(40_001)]);
        assert_eq!(session.pull_resp(GATEWAY, &downlink()).unwrap().0, address(40_001));
    }

    #[test]
    fn version_one_is_answered_in_kind_without_a_token() {
        let mut session = Session::default();
        pull(&mut session, 40_000, 1);
        assert_eq!(next_answer(&mut session).unwrap().1, [1, 0xa1, 0xb2, 4]);
        assert_eq!(session.pull_resp(GATEWAY, &downlink()).unwrap().1[..4], [1, 0, 0, 3]);
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
            let mut session = Session::default();
            push(&mut session, &body);
            assert_eq!(next_answer(&mut session), Some((address(1), vec![2, 0, 7, 1])), "{name}");
            let mut kinds = Vec::new();
            while let Some(event) = session.poll_event() {
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
                    DoorEvent::TxAck { .. } | DoorEvent::GatewayReachable { .. } => "other",
                });
            }
            assert_eq!(kinds, want, "{name}");
        }
    }

    #[test]
    fn a_tx_ack_carries_the_token_of_its_downlink() {
        let mut session = Session::default();
        let body = TxAckCode::TooLate.emit();
        let ack = Datagram::TxAck { token: 0x1234, gateway: GATEWAY, body };
        session.handle_datagram(address(1), &ack.emit());
        assert_eq!(session.next_answer(), None);
        let Some(DoorEvent::TxAck { token: 0x1234, ack, .. }) = session.poll_event() else {
            panic!("no TX_ACK")
        };
        assert_eq!(ack, TxAck::TooLate);
    }

    #[test]
    fn garbage_is_refused_and_never_answered() {
        let mut session = Session::default();
        let mut rng = Seed(1).rng();
        for _ in 0..3000 {
            let octets: [u8; 32] = rng.octets();
            session.handle_datagram(address(1), &octets[..rng.below(33) as usize]);
            if !matches!(octets[0], 1 | 2) {
                assert_eq!(session.next_answer(), None);
                assert!(matches!(session.poll_event(), Some(DoorEvent::Refused { .. })));
            }
            while session.poll_event().is_some() {}
            while next_answer(&mut session).is_some() {}
        }
    }
}
