//! A server with its core and its time, and the requests of an ESME.

use crate::smpp::pdu::{Frames, Pdu, command, status};
use crate::smpp::{ConnectionId, Outgoing, Server, Timers};
use simcore::cellular::{
    Account, CardItem, CellularConfig, CellularCore, CellularOutput, Esme, Policy, Profile, Services,
    SimState, Steering, Subscriber,
};
use std::collections::BTreeMap;
use wire::seed::Seed;
use wire::time::{Calendar, Duration, Instant};

pub(super) fn octets(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

pub(super) fn pdus(octets: &[u8]) -> Vec<Pdu> {
    let mut frames = Frames::default();
    frames.push(octets);
    let all = std::iter::from_fn(|| frames.next_pdu().unwrap()).collect();
    assert!(!frames.is_cut(), "an incomplete PDU was sent");
    all
}

pub(super) fn config() -> CellularConfig {
    let subscriber = |last: u8, account: &str| Subscriber {
        imsi: format!("20801000000000{last}").parse().unwrap(),
        iccid: format!("893301000000000000{last}").parse().unwrap(),
        imei_lock: None,
        msisdn: format!("+3363998000{last}").parse().unwrap(),
        account: account.into(),
        profile: Profile::DataVoice,
        apns: Vec::new().into(),
        static_addresses: BTreeMap::new(),
        roaming_control_compatible: true,
        state: SimState::Activated,
        services: Services::default(),
        card: CardItem::default(),
    };
    let account = |name: &str| Account { name: name.to_owned(), ..Account::default() };
    CellularConfig {
        home: "208-01".parse().unwrap(),
        country_code: "33".to_owned(),
        networks: Vec::new(),
        accounts: vec![account("acme"), account("zeta")],
        esmes: vec![Esme {
            system_id: "labesme".to_owned(),
            password: "secret".to_owned(),
            account: "acme".to_owned(),
            addresses: ["Orange", "36123"].map(|address| address.parse().unwrap()).to_vec(),
            max_binds: 2,
            window: 3,
            rate: 20,
            queue: 50,
            outbind: None,
        }],
        subscribers: vec![subscriber(1, "acme"), subscriber(2, "zeta")],
        apns: Vec::new(),
        servers: Vec::new(),
        smsc: "+33639989000".parse().unwrap(),
        emergency_numbers: Vec::new(),
        ussd: Vec::new(),
        steering: Steering::default(),
        policy: Policy::default(),
    }
}

/// A server with its core and its time.
pub(super) struct Table {
    pub(super) core: CellularCore,
    pub(super) server: Server,
    pub(super) now: Instant,
    connections: u64,
}

impl Table {
    pub(super) fn new() -> Self {
        let core = CellularCore::new(config(), Calendar::virtual_start(), Seed(1)).unwrap();
        Self { core, server: Server::new(Timers::default()), now: Instant::ZERO, connections: 0 }
    }

    pub(super) fn connect(&mut self) -> ConnectionId {
        self.connections += 1;
        let connection = ConnectionId(self.connections);
        self.server.connected(self.now, connection, format!("192.0.2.1:{}", self.connections));
        connection
    }

    /// What the server sends in a round, and on which connection it closes.
    pub(super) fn round(&mut self) -> Vec<Outgoing> {
        self.server.handle_timeout(&mut self.core, self.now);
        self.server.take_outgoing()
    }

    pub(super) fn send(&mut self, connection: ConnectionId, octets: &[u8]) {
        self.server.received(&mut self.core, self.now, connection, octets);
    }

    /// Sends octets; what comes back on the connection, and whether it is closed.
    pub(super) fn talk(&mut self, connection: ConnectionId, octets: &[u8]) -> (Vec<Pdu>, bool) {
        self.send(connection, octets);
        self.hear(connection)
    }

    pub(super) fn hear(&mut self, connection: ConnectionId) -> (Vec<Pdu>, bool) {
        let all = self.round();
        let ours = all.iter().find(|outgoing| outgoing.connection == connection);
        ours.map_or((Vec::new(), false), |outgoing| (pdus(&outgoing.octets), outgoing.close))
    }

    /// The one PDU that answers another.
    pub(super) fn ask(&mut self, connection: ConnectionId, octets: &[u8]) -> Pdu {
        let (mut answers, closed) = self.talk(connection, octets);
        assert!(answers.len() == 1 && !closed, "{answers:?}, closed {closed}");
        answers.remove(0)
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.core.handle_timeout(self.now);
    }

    pub(super) fn bound(&mut self, kind: u32) -> ConnectionId {
        let connection = self.connect();
        let answer = self.ask(connection, &bind(kind, "labesme", "secret"));
        assert_eq!((answer.command, answer.status), (kind | command::RESPONSE, status::ROK));
        connection
    }

    pub(super) fn notes(&mut self) -> Vec<String> {
        let outputs = std::iter::from_fn(|| self.core.poll_output());
        outputs
            .filter_map(|output| match output {
                CellularOutput::Note(note) => Some(format!("{}: {note}", note.code())),
                CellularOutput::Nas { .. }
                | CellularOutput::Packet { .. }
                | CellularOutput::Page { .. }
                | CellularOutput::Broadcast { .. }
                | CellularOutput::Release { .. } => None,
            })
            .collect()
    }
}

pub(super) fn request(command: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + body.len()).unwrap();
    let mut octets = [length, command, 0, sequence].map(u32::to_be_bytes).concat();
    octets.extend(body);
    octets
}

pub(super) fn bind(kind: u32, system_id: &str, password: &str) -> Vec<u8> {
    let body = [system_id.as_bytes(), b"\0", password.as_bytes(), b"\0\0\x34\0\0\0"].concat();
    request(kind, 1, &body)
}

/// A submit_sm whose fields a test changes.
pub(super) struct Submit {
    pub(super) source: (u8, &'static str),
    pub(super) to: (u8, &'static str),
    pub(super) esm_class: u8,
    pub(super) priority: u8,
    pub(super) schedule: &'static str,
    pub(super) validity: &'static str,
    pub(super) registered: u8,
    pub(super) replace: u8,
    pub(super) data_coding: u8,
    pub(super) default: u8,
    pub(super) text: Vec<u8>,
    pub(super) tlvs: Vec<u8>,
}

impl Default for Submit {
    fn default() -> Self {
        Self {
            source: (5, "Orange"),
            to: (1, "33639980001"),
            esm_class: 0,
            priority: 0,
            schedule: "",
            validity: "",
            registered: 0,
            replace: 0,
            data_coding: 0,
            default: 0,
            text: b"hello".to_vec(),
            tlvs: Vec::new(),
        }
    }
}

impl Submit {
    pub(super) fn pdu(&self, sequence: u32) -> Vec<u8> {
        let mut body = vec![0, self.source.0, 0];
        body.extend(self.source.1.bytes().chain([0, self.to.0, 1]));
        body.extend(self.to.1.bytes().chain([0, self.esm_class, 0, self.priority]));
        body.extend(self.schedule.bytes().chain([0]).chain(self.validity.bytes()).chain([0]));
        body.extend([self.registered, self.replace, self.data_coding, self.default]);
        body.push(u8::try_from(self.text.len()).unwrap());
        body.extend(&self.text);
        body.extend(&self.tlvs);
        request(command::SUBMIT_SM, sequence, &body)
    }
}

pub(super) fn id_in(pdu: &Pdu) -> String {
    String::from_utf8(pdu.body.split(|octet| *octet == 0).next().unwrap().to_vec()).unwrap()
}

pub(super) fn by_id(command: u32, sequence: u32, id: &str) -> Vec<u8> {
    let service_type: &[u8] = if command == command::CANCEL_SM { b"\0" } else { b"" };
    let mut body = [service_type, id.as_bytes(), b"\0\x05\0Orange\0"].concat();
    if command == command::CANCEL_SM {
        body.extend(b"\0\0\0");
    }
    request(command, sequence, &body)
}
