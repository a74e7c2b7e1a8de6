//! SMPP: whatever an application sends, every answer is a whole PDU, and it does not matter where the stream is cut.

#![no_main]

use endpoints::smpp::pdu::Frames;
use endpoints::smpp::{ConnectionId, Server, Timers};
use libfuzzer_sys::fuzz_target;
use simcore::cellular::{Account, CellularConfig, CellularCore, Esme, Policy, Steering};
use wire::seed::Seed;
use wire::time::{Calendar, Instant};

const BIND: &[u8] = b"\0\0\0\x25\0\0\0\x09\0\0\0\0\0\0\0\x01labesme\0secret\0\0\x34\0\0\0";
const CONNECTION: ConnectionId = ConnectionId(1);

fn answers(pieces: &[&[u8]]) -> Vec<u8> {
    let esme = Esme {
        system_id: "labesme".to_owned(),
        password: "secret".to_owned(),
        account: "acme".to_owned(),
        addresses: vec!["36123".parse().unwrap()],
        max_binds: 1,
        window: usize::MAX,
        rate: 1_000,
        queue: 1_000,
        outbind: None,
    };
    let config = CellularConfig {
        home: "208-01".parse().unwrap(),
        country_code: "33".to_owned(),
        networks: Vec::new(),
        accounts: vec![Account { name: "acme".to_owned(), ..Account::default() }],
        esmes: vec![esme],
        subscribers: Vec::new(),
        apns: Vec::new(),
        servers: Vec::new(),
        smsc: "+33639989000".parse().unwrap(),
        emergency_numbers: Vec::new(),
        ussd: Vec::new(),
        steering: Steering::default(),
        policy: Policy::default(),
    };
    let mut core = CellularCore::new(config, Calendar::virtual_start(), Seed(1)).unwrap();
    let mut server = Server::new(Timers::default());
    server.connected(Instant::ZERO, CONNECTION, "fuzz".to_owned());
    for piece in [&[BIND], pieces].concat() {
        server.received(&mut core, Instant::ZERO, CONNECTION, piece);
    }
    server.take_outgoing().into_iter().flat_map(|outgoing| outgoing.octets).collect()
}

fuzz_target!(|octets: &[u8]| {
    let whole = answers(&[octets]);
    let mut frames = Frames::default();
    frames.push(&whole);
    while frames.next_pdu().expect("an answer has a length that no PDU has").is_some() {}
    assert!(!frames.is_cut(), "an answer is not whole");
    let (front, back) = octets.split_at(octets.len() / 2);
    // A header that is cut may be answered before its sequence_number has come.
    if octets.len() > 32 {
        assert_eq!(answers(&[front, back]), whole);
    }
});
