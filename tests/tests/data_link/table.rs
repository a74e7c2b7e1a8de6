//! The default lab with a bare line in the place of a modem's driver, and time that goes from one event to the next.

use lab::plan::Plan;
use lab::{Lab, LineFault, Lines, SeatId, Style};
use std::path::Path;
use wire::seed::Seed;
use wire::time::{Calendar, Duration, Instant};

/// What the devices write.
#[derive(Default)]
struct Wires {
    written: Vec<(SeatId, Vec<u8>)>,
}

impl Lines for Wires {
    fn to_device(&mut self, _: Instant, _: SeatId, _: Vec<u8>) {}

    fn to_host(&mut self, _: Instant, seat: SeatId, bytes: Vec<u8>) {
        self.written.push((seat, bytes));
    }

    fn poll_fault(&mut self, _: SeatId) -> Option<LineFault> {
        None
    }
}

/// A line to a modem, plain or a channel of a multiplexer.
pub trait Line {
    /// What time it is.
    fn now(&self) -> Instant;

    /// Writes to the modem.
    fn write(&mut self, octets: &[u8]);

    /// What the modem writes next; `None` when it says nothing for this long.
    fn read(&mut self, patience: Duration) -> Option<Vec<u8>>;

    /// Reads up to this text, which must come within a minute; what stood before it, and what came behind.
    #[track_caller]
    fn read_up_to(&mut self, text: &str) -> (Vec<u8>, Vec<u8>) {
        let mut heard = Vec::new();
        loop {
            let place = heard.windows(text.len()).position(|window| window == text.as_bytes());
            if let Some(place) = place {
                let behind = heard.split_off(place + text.len());
                return (heard, behind);
            }
            let shown = String::from_utf8_lossy(&heard).into_owned();
            heard.extend(
                self.read(Duration::from_secs(60)).unwrap_or_else(|| panic!("no {text:?} in {shown:?}")),
            );
        }
    }

    /// A command line and its answer.
    #[track_caller]
    fn command(&mut self, line: &str) -> String {
        self.write(format!("{line}\r").as_bytes());
        let (heard, _) = self.read_up_to("\r\nOK\r\n");
        String::from_utf8(heard).unwrap()
    }
}

/// A lab with one modem whose line lies in the hands of a test.
pub struct Table {
    lab: Lab,
    wires: Wires,
    seat: SeatId,
    now: Instant,
}

impl Table {
    /// Registered, echo off, errors as numbers.
    pub fn new(modem: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let text = std::fs::read_to_string(root.join("lab.toml")).unwrap();
        let plan = Plan::parse(&text).unwrap();
        let mut lab = Lab::build(&plan, Seed(1), Calendar::virtual_start(), Style::Virtual).unwrap();
        let seat = lab.bench().seat(modem).unwrap();
        lab.bench_mut().seats.touch(seat).unwrap().host = None;
        let mut table = Self { lab, wires: Wires::default(), seat, now: Instant::ZERO };
        table.rest(30);
        table.command("ATE0");
        table.command("AT+CMEE=1");
        assert!(table.command("AT+CGATT?").contains("+CGATT: 1"));
        table
    }

    /// Lets time pass; what the modem says meanwhile is not looked at.
    fn rest(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        while self.now < end {
            self.read(end.since(self.now));
        }
    }
}

impl Line for Table {
    fn now(&self) -> Instant {
        self.now
    }

    fn write(&mut self, octets: &[u8]) {
        self.lab.bench_mut().device_input(self.now, self.seat, octets);
    }

    fn read(&mut self, patience: Duration) -> Option<Vec<u8>> {
        let limit = self.now + patience;
        loop {
            self.lab.bench_mut().settle(self.now, &mut self.wires);
            let own = |(seat, octets): (SeatId, Vec<u8>)| if seat == self.seat { octets } else { Vec::new() };
            let written: Vec<u8> = self.wires.written.drain(..).flat_map(own).collect();
            if !written.is_empty() {
                return Some(written);
            }
            let bench = self.lab.bench_mut();
            let Some(next) = bench.next_wakeup().filter(|next| next.at <= limit) else {
                self.now = limit;
                return None;
            };
            self.now = self.now.max(next.at);
            bench.handle_timeouts(self.now);
        }
    }
}
