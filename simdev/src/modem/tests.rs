//! The modem on a bench: a host that types, a radio path that hears what it is told, and a network played by hand.

mod authentication;
mod bad_input;
mod broadcast;
mod call_watch;
mod calls;
mod card;
mod card_access;
mod catalogue;
mod control;
mod data;
mod dialects;
mod garbage;
mod hold;
mod idle;
mod indications;
mod keep;
mod legacy_authentication;
mod line;
mod messages;
mod million;
mod misplaced;
mod modification;
mod multiplexer;
mod network_time;
mod packet_commands;
mod phone_book;
mod places;
mod registration;
mod selection;
mod services;
mod sessions;
mod sockets;
mod sockets_nordic;
mod storages;
mod toolkit;
mod transcripts;
mod traps;
mod ussd;

use super::{Modem, ModemConfig, ModemOutput, Quirk, Quirks};
use crate::defect::Defect;
use crate::sim::{CardProfile, SimCard};
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use wire::air::cellular::{CellId, HeardCell, RadioDown, RadioUp, Rat};
use wire::cause::EsmCause;
use wire::nas::{MobilityGrant, NasDown, NasUp, PdnAddress, PdnGrant, Qci, UpdateType};
use wire::plmn::Plmn;
use wire::seed::Seed;
use wire::time::{Calendar, Duration, Instant};

const PUK1: &str = "12345678";
const PUK2: &str = "87654321";
const HOME: &str = "208-01";

fn plmn(text: &str) -> Plmn {
    text.parse().unwrap()
}

fn cell(network: &str, rsrp_dbm: i16) -> HeardCell {
    HeardCell { id: CellId { plmn: plmn(network), tac: 0x64, cell: 0x0012_beef }, rat: Rat::Eutran, rsrp_dbm }
}

fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn profile() -> CardProfile {
    CardProfile {
        msisdn: Some("+33639980001".parse().unwrap()),
        operator_plmns: vec![(plmn("214-03"), 0xc080), (plmn("214-07"), 0xc080), (plmn("260-03"), 0xc080)],
        ..CardProfile::new(
            "8933010000000000002".parse().unwrap(),
            "208010000000001".parse().unwrap(),
            2,
            "+33639989000".parse().unwrap(),
            PUK1.parse().unwrap(),
            PUK2.parse().unwrap(),
        )
    }
}

fn grant(apn: &str) -> PdnGrant {
    PdnGrant {
        bearer: 5,
        apn: format!("{apn}.mnc001.mcc208.gprs"),
        address: PdnAddress::Ipv4(Ipv4Addr::new(10, 64, 0, 1)),
        dns: vec![Ipv4Addr::new(10, 10, 10, 10).into(), Ipv4Addr::new(10, 10, 10, 11).into()],
        mtu: None,
        cause: None,
        qci: Qci::BEST_EFFORT,
        ambr: None,
    }
}

/// A grant of nothing but the periodic timer.
fn periodic(seconds: u64) -> MobilityGrant {
    MobilityGrant::with_periodic(secs(seconds))
}

fn update_accept() -> NasDown {
    NasDown::TrackingAreaUpdateAccept { combined: true, bearers: vec![5], grant: periodic(54 * 60) }
}

/// Whether a message is a tracking area update of this type.
fn is_update(message: &NasUp, wanted: UpdateType) -> bool {
    matches!(message, NasUp::TrackingAreaUpdateRequest { update, .. } if *update == wanted)
}

fn accept() -> NasDown {
    NasDown::AttachAccept {
        pdn: Some(grant("iot.example")),
        esm: None,
        combined: true,
        grant: periodic(54 * 60),
    }
}

fn reject(cause: u8) -> NasDown {
    NasDown::AttachReject { reject: wire::cause::EmmCause(cause).into(), esm: None }
}

fn reject_session(esm: EsmCause) -> NasDown {
    NasDown::AttachReject { reject: wire::cause::EmmCause::ESM_FAILURE.into(), esm: Some(esm) }
}

/// What the network was asked for.
fn is_attach(message: &NasUp) -> bool {
    matches!(message, NasUp::AttachRequest { .. })
}

struct Bench {
    modem: Modem,
    now: Instant,
    /// What a search hears.
    cells: Vec<HeardCell>,
    /// NAS messages that the modem sent and the test has not looked at.
    sent: VecDeque<(Instant, CellId, NasUp)>,
    serial: Vec<u8>,
    searches: usize,
    /// Bearer and IP packet.
    packets: VecDeque<(u8, Vec<u8>)>,
}

impl Bench {
    fn new(card: Option<SimCard>) -> Self {
        Self::with_defects(card, &[])
    }

    fn with_defects(card: Option<SimCard>, defects: &[Defect]) -> Self {
        let config = ModemConfig {
            model: wire::dialect::named("3gpp").unwrap(),
            imei: "356938035643809".parse().unwrap(),
            defects: defects.iter().copied().collect(),
            quirks: Quirks::new(),
            voice: true,
        };
        Self {
            modem: Modem::new(config, card, Calendar::virtual_start(), Seed(1)),
            now: Instant::ZERO,
            cells: vec![cell(HOME, -95)],
            sent: VecDeque::new(),
            serial: Vec::new(),
            searches: 0,
            packets: VecDeque::new(),
        }
    }

    /// A modem of this family, registered.
    fn of(family: &str) -> Self {
        let mut bench = Self::new(None);
        let config = ModemConfig {
            model: wire::dialect::named(family).unwrap(),
            imei: "356938035643809".parse().unwrap(),
            defects: [].into(),
            quirks: Quirks::new(),
            voice: true,
        };
        let card = Some(SimCard::new(profile()));
        bench.modem = Modem::new(config, card, Calendar::virtual_start(), Seed(1));
        bench.boot();
        bench.register();
        bench
    }

    /// Powered, booted, echo off, errors as numbers; the attach request waits for an answer.
    fn booted() -> Self {
        let mut bench = Self::new(Some(SimCard::new(profile())));
        bench.boot();
        bench
    }

    /// Registered at home with circuit-switched services and one connection.
    fn registered() -> Self {
        let mut bench = Self::booted();
        bench.register();
        bench
    }

    fn boot(&mut self) {
        self.modem.power_on(self.now);
        self.wait(secs(2));
        self.type_line("ATE0+CMEE=1");
        self.take_text();
    }

    fn register(&mut self) {
        assert!(is_attach(&self.nas()), "no attach");
        self.network(accept());
        assert_eq!(self.nas(), NasUp::AttachComplete);
        self.take_text();
    }

    fn drain(&mut self) {
        while let Some(output) = self.modem.poll_output() {
            match output {
                ModemOutput::Serial(bytes) => self.serial.extend(bytes),
                ModemOutput::Radio(RadioUp::Search) => {
                    self.searches += 1;
                    let cells = self.cells.clone();
                    self.modem.handle_radio(self.now, RadioDown::Searched(cells));
                }
                ModemOutput::Radio(RadioUp::Camped(_)) => {}
                ModemOutput::Radio(RadioUp::Nas { cell, message }) => {
                    self.sent.push_back((self.now, cell, message))
                }
                ModemOutput::Radio(RadioUp::Packet { bearer, packet, .. }) => {
                    self.packets.push_back((bearer, packet));
                }
            }
        }
    }

    /// Lets time pass, from one wake-up to the next.
    fn wait(&mut self, span: Duration) {
        let end = self.now + span;
        self.drain();
        while let Some(wakeup) = self.modem.next_wakeup().filter(|wakeup| wakeup.at <= end) {
            assert!(wakeup.at >= self.now || wakeup.at == self.now, "late: {}", wakeup.why);
            self.now = self.now.max(wakeup.at);
            self.modem.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    fn type_bytes(&mut self, bytes: &[u8]) {
        self.modem.handle_serial(self.now, bytes);
        self.drain();
    }

    fn type_line(&mut self, line: &str) {
        self.type_bytes(line.as_bytes());
        self.type_bytes(b"\r");
    }

    /// The network releases the connection.
    fn release(&mut self) {
        self.modem.handle_radio(self.now, RadioDown::Released);
        self.drain();
    }

    fn network(&mut self, message: NasDown) {
        self.modem.handle_radio(self.now, RadioDown::Nas(message));
        self.drain();
    }

    /// The next NAS message that the modem sent.
    #[track_caller]
    fn nas(&mut self) -> NasUp {
        self.sent.pop_front().expect("nothing was sent to the network").2
    }

    #[track_caller]
    fn expect_no_nas(&self) {
        assert!(self.sent.is_empty(), "{:?}", self.sent);
    }

    fn take_text(&mut self) -> String {
        String::from_utf8(std::mem::take(&mut self.serial)).unwrap()
    }

    fn take_raw(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.serial)
    }

    /// Takes what came over the line up to the end of this text; whether it was there.
    fn take_raw_up_to(&mut self, text: &str) -> bool {
        let place = self.serial.windows(text.len()).position(|window| window == text.as_bytes());
        place.map(|place| self.serial.drain(..place + text.len())).is_some()
    }

    /// What came over the line, without the empty lines.
    fn lines(&mut self) -> Vec<String> {
        self.take_text().split("\r\n").filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// Types a command and expects these lines.
    #[track_caller]
    fn at(&mut self, command: &str, want: &[&str]) {
        self.take_text();
        self.type_line(command);
        assert_eq!(self.lines(), want, "{command}");
    }
}
