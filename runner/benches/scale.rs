//! How a lab grows: 100 to 10,000 modems attach in one virtual lab.
//!
//! Every size runs in a process of its own, so that its memory is its own. An event is a record of the trace: a search, a
//! NAS message in either direction, a line on a serial port or a note of the core. The last line compares the cost of an
//! event at the largest size with that at the smallest; linear growth is a ratio near 1.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::fmt::Write as _;
use std::time::Instant as Clock;
use wire::seed::Seed;
use wire::time::{Calendar, Duration, Instant};

const SIZES: [usize; 4] = [100, 1_000, 3_000, 10_000];
/// How often each size is run; the fastest counts, since everything that disturbs a run makes it slower.
const RUNS: usize = 3;
/// Lab time within which every modem must be registered.
const LIMIT: Duration = Duration::from_secs(60);

fn main() {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("--size"), Some(size)) => print(&measure(size.parse().expect("a number of modems"))),
        _ => compare(),
    }
}

/// What one size costs.
struct Figures {
    modems: usize,
    registered: usize,
    events: usize,
    /// Wall time to read the lab file and to lay the table.
    setup: f64,
    /// Wall time of the attach.
    seconds: f64,
    bytes_per_modem: u64,
}

fn compare() {
    let program = std::env::current_exe().expect("the path of this program");
    println!(
        "{:>8} {:>10} {:>10} {:>12} {:>12} {:>10}",
        "modems", "registered", "events", "events/s", "KiB/modem", "set-up ms"
    );
    let mut costs = Vec::new();
    for size in SIZES {
        let runs = (0..RUNS).map(|_| run(&program, size));
        let best = runs.min_by(|a, b| a[4].total_cmp(&b[4])).expect("there is a run");
        let [modems, registered, events, setup, seconds, bytes] = best;
        println!(
            "{modems:>8} {registered:>10} {events:>10} {:>12.0} {:>12.1} {:>10.1}",
            events / seconds,
            bytes / 1_024.0,
            setup * 1_000.0
        );
        assert!(modems == registered, "only {registered} of {modems} modems registered");
        costs.push(seconds / events);
    }
    if let (Some(first), Some(last)) = (costs.first(), costs.last()) {
        println!("cost of an event at {} modems: {:.2} times that at {}", SIZES[3], last / first, SIZES[0]);
    }
}

/// One size in a process of its own: the figures that [`print`] prints.
fn run(program: &std::path::Path, size: usize) -> [f64; 6] {
    let command = std::process::Command::new(program).args(["--size", &size.to_string()]).output();
    let output = command.expect("this program starts again");
    let text = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<f64> = text.split_whitespace().filter_map(|figure| figure.parse().ok()).collect();
    figures
        .try_into()
        .unwrap_or_else(|_| panic!("{size} modems: {}", String::from_utf8_lossy(&output.stderr)))
}

fn print(figures: &Figures) {
    let Figures { modems, registered, events, setup, seconds, bytes_per_modem } = figures;
    println!("{modems} {registered} {events} {setup} {seconds} {bytes_per_modem}");
}

fn measure(modems: usize) -> Figures {
    let text = lab_file(modems);
    let began = Clock::now();
    let plan = lab::plan::Plan::parse(&text).expect("the generated lab file is valid");
    let before = resident();
    let mut table = lab::Lab::build(&plan, Seed(1), Calendar::virtual_start(), lab::Style::Virtual)
        .expect("the lab can be built");
    let setup = began.elapsed().as_secs_f64();
    let began = Clock::now();
    let limit = Instant::ZERO + LIMIT;
    while table.step(limit).expect("nobody interrupts") {}
    let seconds = began.elapsed().as_secs_f64();
    let registered = (0..modems)
        .filter_map(|index| table.subscription(lab::SeatId(index)))
        .filter(|imsi| table.bench().core.cellular.registration(imsi).is_some())
        .count();
    let events = table.bench().trace().len();
    let bytes_per_modem = resident().saturating_sub(before) / modems as u64;
    Figures { modems, registered, events, setup, seconds, bytes_per_modem }
}

/// A lab file with this many modems, each with its card, around one home network.
fn lab_file(modems: usize) -> String {
    let mut text = String::from(
        "[lab]\nname = \"scale\"\nseed = 1\nclock = \"virtual\"\ncountry = \"FR\"\n\
         [operator]\nhome = \"208-01\"\nservice_centre = \"+33639989000\"\nnet_id = 0x000013\n\
         [[network]]\nplmn = \"208-01\"\nname = \"Orange F\"\ncountry = \"FR\"\nrank = \"home\"\nrsrp = -85\n\
         [[network]]\nplmn = \"208-10\"\nname = \"F SFR\"\ncountry = \"FR\"\nrank = \"none\"\nrsrp = -80\n\
         [[apn]]\nname = \"iot.private\"\nkind = \"shared-private\"\npool = \"10.64.0.0/16\"\ndns = [\"10.10.10.10\"]\n\
         [[account]]\nname = \"acme\"\n",
    );
    for index in 0..modems {
        let iccid = with_check_digit(&format!("893301{index:012}"));
        let imei = with_check_digit(&format!("35693803{index:06}"));
        write!(
            text,
            "[[sim]]\nname = \"sim-{index}\"\niccid = \"{iccid}\"\nimsi = \"20801{index:010}\"\n\
             msisdn = \"+336{index:08}\"\naccount = \"acme\"\nprofile = \"data-voice\"\napns = [\"iot.private\"]\n\
             puk1 = \"12345678\"\npuk2 = \"87654321\"\n\
             [[device]]\nkind = \"modem\"\nname = \"modem-{index}\"\nmodel = \"3gpp\"\nimei = \"{imei}\"\n\
             sim = \"sim-{index}\"\n"
        )
        .expect("a string takes every text");
    }
    text
}

/// Digits with their Luhn digit (ITU-T E.118, TS 23.003 annex B).
fn with_check_digit(digits: &str) -> String {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0') * if place % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// Resident memory of this process, bytes (proc(5)); 0 where the system does not tell.
fn resident() -> u64 {
    const PAGE: u64 = 4_096;
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    pages.and_then(|text| text.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) * PAGE
}
