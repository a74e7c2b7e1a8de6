//! A serial line has no packets: wherever a stream of bytes is cut, both ends of the cable make the same of it.

#![cfg(test)]

use drivers::at::{AtChannel, Command, Output};
use proptest::prelude::*;
use simdev::modem::{Modem, ModemConfig, ModemOutput, Quirks};
use simdev::sim::SimCard;
use wire::seed::Seed;
use wire::time::{Calendar, Duration, Instant};

/// Pieces of what modems send, whole and broken.
const MODEM_WORDS: &[&[u8]] = &[
    b"\r\n",
    b"\r",
    b"\n",
    b"OK\r\n",
    b"ERROR\r\n",
    b"> ",
    b"AT+CMGS=22\r",
    b"AT+CMGS=22",
    b"RING",
    b"RDY\r\n",
    b"+CREG: 5",
    b"+CREG: 2,1,\"0064\",\"0012BEEF\",7",
    b"+CMT: ,30\r\n",
    b"+CMT: \"+336\",,\"26/03/14,09:26:53+08\",145,4,0,0,\"+336\",145,5\r\n",
    b"+CMGR: \"REC READ\",\"+336\",,\"26/03/14,09:26:53+08\"\r\n",
    b"+CUSD: 1,\"Menu\r\n",
    b"2. \"B\"\",15\r\n",
    b"+CME ERROR: 3\r\n",
    b"NO CARRIER\r\n",
    b"CONNECT 150000000\r\n",
    b"\0\xff",
    b"\xe9",
    b"0001\x1a",
    b"x",
];

/// Pieces of what hosts type, whole and broken.
const HOST_WORDS: &[&[u8]] = &[
    b"AT",
    b"at",
    b"A/",
    b"a/",
    b"\r",
    b"\n",
    b"+CREG?",
    b"+COPS=?",
    b"+CGMI",
    b"E0",
    b"V0",
    b"Q1",
    b"S3=33",
    b"I",
    b";",
    b"=1,\"a\\22\"",
    b"+CMGS=25",
    b"0011\x1a",
    b"\x1b",
    b"\x08",
    b"\x18",
    b"+CMGF=1",
    b"D112;",
    b"H",
    b"Z",
    b"&F",
    b"\0",
    b"\xff",
    b"!",
    b"+CFUN=1,1",
    b"+CMEE=2",
    b"+CPIN?",
    b"\xc3\xa9",
];

fn stream(words: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        9 => prop::sample::select(words).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 1..4),
    ];
    prop::collection::vec(word, 0..30).prop_map(|words| words.concat())
}

/// A stream, and the places where it is cut.
fn cut_stream(words: &'static [&'static [u8]]) -> impl Strategy<Value = (Vec<u8>, Vec<prop::sample::Index>)> {
    (stream(words), prop::collection::vec(any::<prop::sample::Index>(), 0..12))
}

fn parts(bytes: &[u8], cuts: &[prop::sample::Index]) -> Vec<Vec<u8>> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| bytes[pair[0]..pair[1]].to_vec()).collect()
}

/// Everything that the driver says of a stream while a command with a prompt runs.
fn heard_by_the_driver(parts: &[Vec<u8>]) -> Vec<Output> {
    let mut channel = AtChannel::default();
    channel.send(Instant::ZERO, Command::with_text("AT+CMGS=22", "0001", Duration::from_secs(60))).unwrap();
    let mut outputs = Vec::new();
    for part in parts {
        channel.handle_input(Instant::from_micros(10), part);
        outputs.extend(std::iter::from_fn(|| channel.poll_output()));
    }
    channel.handle_timeout(Instant::ZERO + Duration::from_secs(60));
    outputs.extend(std::iter::from_fn(|| channel.poll_output()));
    outputs
}

fn modem() -> Modem {
    let config = ModemConfig {
        model: wire::dialect::named("3gpp").unwrap(),
        imei: "356938035643809".parse().unwrap(),
        defects: [].into(),
        quirks: Quirks::new(),
        voice: true,
    };
    let card: Option<SimCard> = None;
    let mut modem = Modem::new(config, card, Calendar::virtual_start(), Seed(1));
    modem.power_on(Instant::ZERO);
    modem.handle_timeout(Instant::from_micros(2_000_000));
    modem
}

/// Everything that the modem sends while and after a stream is typed.
fn said_by_the_modem(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut modem = modem();
    let mut now = Instant::from_micros(2_000_000);
    let mut said = Vec::new();
    let mut take = |modem: &mut Modem| {
        while let Some(output) = modem.poll_output() {
            if let ModemOutput::Serial(bytes) = output {
                said.extend(bytes);
            }
        }
    };
    for part in parts {
        modem.handle_serial(now, part);
        take(&mut modem);
    }
    for _ in 0..20 {
        let Some(wakeup) = modem.next_wakeup() else { break };
        now = now.max(wakeup.at);
        modem.handle_timeout(now);
        take(&mut modem);
    }
    said
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_driver_hears_the_same_wherever_a_stream_is_cut((bytes, cuts) in cut_stream(MODEM_WORDS)) {
        let whole = heard_by_the_driver(std::slice::from_ref(&bytes));
        prop_assert_eq!(heard_by_the_driver(&parts(&bytes, &cuts)), whole);
    }

    #[test]
    fn a_modem_says_the_same_wherever_a_stream_is_cut((bytes, cuts) in cut_stream(HOST_WORDS)) {
        let whole = said_by_the_modem(std::slice::from_ref(&bytes));
        prop_assert_eq!(said_by_the_modem(&parts(&bytes, &cuts)), whole);
    }
}
