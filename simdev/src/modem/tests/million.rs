//! A million command lines, made of the modem's own commands in every form and of noise: nothing panics, nothing hangs,
//! and every line ends in one final result code or in the silence that V.250 asks for.

use super::super::profile::Profile;
use super::*;
use wire::seed::Rng;

/// Lines in all, over the tests below.
const LINES: usize = 1_000_000;
/// The tests that share them, so that they run side by side.
const TESTS: usize = 4;
/// Lines on one modem, before its card is blocked for good by all the wrong codes.
const LINES_PER_MODEM: usize = 2_500;
/// The longest that a command line may take; selection with all its attempts is the longest.
const LONGEST: Duration = secs_const(3600);

const fn secs_const(count: u64) -> Duration {
    Duration::from_secs(count)
}

const VALUES: &[&str] = &[
    "",
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "7",
    "12",
    "16",
    "129",
    "145",
    "255",
    "256",
    "65535",
    "4294967296",
    "-1",
    "007",
    "\"\"",
    "\"SM\"",
    "\"ME\"",
    "\"SC\"",
    "\"FD\"",
    "\"P2\"",
    "\"ON\"",
    "\"IP\"",
    "\"IPV4V6\"",
    "\"0000\"",
    "\"1234\"",
    "\"12345678\"",
    "\"20801\"",
    "\"310260\"",
    "\"Orange F\"",
    "\"UCS2\"",
    "\"GSM\"",
    "\"IRA\"",
    "\"+33639980002\"",
    "\"iot.private\"",
    "\"a\\22b\"",
    "\"REC UNREAD\"",
    "\"ALL\"",
    "\"#123#\"",
    "\"0.0.0.0\"",
    "\"00A40000023F00\"",
    "(1,2)",
    "A0",
    "FF",
    "28423",
    "12258",
    "176",
    "178",
    "192",
    "214",
    "220",
    "242",
    "x",
    "\"",
    "\u{e9}",
    "\"26/03/14,09:26:53+08\"",
];

const BASICS: &[&str] = &[
    "E0",
    "E1",
    "E",
    "E2",
    "V0",
    "V1",
    "Q0",
    "Q1",
    "X0",
    "X1",
    "X4",
    "X9",
    "Z",
    "Z0",
    "Z2",
    "&F",
    "&W",
    "&V",
    "&C1",
    "&D2",
    "&Y",
    "I",
    "I3",
    "I9",
    "H",
    "H0",
    "A",
    "O",
    "L2",
    "M1",
    "P",
    "T",
    "S0=3",
    "S0?",
    "S3?",
    "S5=8",
    "S7=30",
    "S99?",
    "S",
    "S=",
    "S0=999",
    "W",
    "B0",
    "N",
    "?",
    "D112;",
    "D+33639980002;",
    "D*99#",
    "D>1;",
    "D>\"X\";",
    "D;",
    "D*31#3900;",
    "D*100#;",
    "DT",
    "D",
];

const SEPARATORS: &[&str] = &["", ";", ";", ";;", " ", " ; "];

const TEXTS: &[&[u8]] = &[
    b"hello\x1a",
    b"\x1b",
    b"\x1a",
    b"001100\x1a",
    b"00312A0B913336990800F20000A70CD4721BDE93C55C35D07309\x1a",
    b"hello\r> world\x08\x1a",
    b"\x80\xff\x00\x1a",
];

fn choose<'a, T: ?Sized>(rng: &mut Rng, from: &[&'a T]) -> &'a T {
    from[rng.below(from.len() as u64) as usize]
}

/// One command: of the table in one of its forms, basic, or noise.
fn command(rng: &mut Rng, names: &[String]) -> String {
    let name = &names[rng.below(names.len() as u64) as usize];
    match rng.below(20) {
        0..=2 => choose(rng, BASICS).to_owned(),
        3 => String::from_utf8_lossy(&rng.octets::<6>()).replace(['\r', '\n', '\u{18}'], ""),
        4..=5 => format!("{name}=?"),
        6..=8 => format!("{name}?"),
        9..=10 => name.clone(),
        11 => name.to_lowercase(),
        _ => {
            let count = rng.below(7);
            let values: Vec<&str> = (0..count).map(|_| choose(rng, VALUES)).collect();
            format!("{name}={}", values.join(","))
        }
    }
}

fn line(rng: &mut Rng, names: &[String]) -> Vec<u8> {
    if rng.chance(10) {
        return b"A/".to_vec();
    }
    let mut text = if rng.chance(100) { "at" } else { "AT" }.to_owned();
    for _ in 0..1 + rng.below(8) / 5 {
        text += &command(rng, names);
        text += choose(rng, SEPARATORS);
    }
    if rng.chance(2) {
        text += &"x".repeat(3000);
    }
    text.push('\r');
    text.into_bytes()
}

fn names() -> Vec<String> {
    let mut bench = Bench::booted();
    bench.type_line("AT+CLAC");
    let names: Vec<String> = bench.lines().into_iter().filter(|line| line != "OK").collect();
    assert!(names.len() > 60, "{names:?}");
    names
}

fn is_idle(bench: &Bench) -> bool {
    bench.modem.running.is_none() && bench.modem.line.entry.is_none()
}

/// Brings what was typed to its end: a prompt gets a text, a command that waits gets time and a network that answers.
fn bring_to_its_end(bench: &mut Bench, rng: &mut Rng, typed: &str) {
    let began = bench.now;
    while bench.modem.is_on() && !is_idle(bench) {
        if bench.modem.line.entry.is_some() {
            let text = choose(rng, TEXTS);
            bench.type_bytes(text);
            // A text may be followed by another prompt or may not have ended.
            if bench.modem.line.entry.is_some() {
                bench.type_bytes(b"\x1b");
            }
            continue;
        }
        answer_the_modem(bench, rng);
        if is_idle(bench) {
            break;
        }
        let at = bench.modem.next_wakeup().unwrap_or_else(|| panic!("{typed:?} waits for nothing")).at;
        bench.now = bench.now.max(at);
        assert!(
            bench.now.since(began) <= LONGEST,
            "{typed:?} has not ended after an hour: {:?}",
            bench.modem.pending()
        );
        bench.modem.handle_timeout(bench.now);
        bench.drain();
    }
}

/// A network that grants about half of what it is asked for.
fn answer_the_modem(bench: &mut Bench, rng: &mut Rng) {
    while let Some((_, _, message)) = bench.sent.pop_front() {
        let attached = rng.chance(700);
        let answer = if matches!(message, NasUp::AttachRequest { .. }) {
            Some(if attached { accept() } else { reject(15) })
        } else if let NasUp::PdnConnectivityRequest { pti, .. } = message {
            attached.then(|| NasDown::PdnGranted { pti, pdn: grant("x") })
        } else if matches!(message, NasUp::DetachRequest { switch_off: false }) {
            Some(NasDown::DetachAccept)
        } else {
            None
        };
        if let Some(answer) = answer {
            bench.network(answer);
        }
    }
}

fn is_verbose_final(line: &str) -> bool {
    ["OK", "ERROR", "NO CARRIER", "NO DIALTONE", "BUSY", "NO ANSWER"].contains(&line)
        || line.starts_with("CONNECT")
        || line.starts_with("+CME ERROR: ")
        || line.starts_with("+CMS ERROR: ")
}

/// What must have come back: one result code in the format that holds now, or nothing where results are switched off.
fn assert_one_result(profile: &Profile, typed: &str, came: &str) {
    let profile_text = || format!("{typed:?} -> {came:?}");
    if profile.quiet {
        let codes = came.split("\r\n").filter(|line| is_verbose_final(line)).count();
        assert_eq!(codes, 0, "{}", profile_text());
    } else if profile.verbose {
        // The end of a call is a report as well as a result.
        let codes = came.split("\r\n").filter(|line| is_verbose_final(line));
        let (calls, codes): (Vec<&str>, Vec<&str>) =
            codes.partition(|line| matches!(*line, "NO CARRIER" | "BUSY"));
        assert!(codes.len() == 1 || (codes.is_empty() && !calls.is_empty()), "{}", profile_text());
    } else {
        // What was echoed also ends in a CR.
        let came = came.strip_prefix(typed).unwrap_or(came).as_bytes();
        let is_number = |three: &[u8]| three[0].is_ascii_digit() && three[1] == b'\r' && three[2] != b'\n';
        let ends = came.ends_with(b"\r") && came.len() > 1 && came[came.len() - 2].is_ascii_digit();
        let codes = came.windows(3).any(is_number);
        let errors = came.windows(8).any(|part| part == b" ERROR: ");
        assert!(ends || codes || errors, "{}", profile_text());
    }
}

fn begin(bench: &mut Bench) {
    // A line that carries user data or frames takes no commands; what leads out of there has tests of its own.
    if bench.modem.is_online() || bench.modem.mux.is_some() {
        bench.modem.power_off(bench.now);
        bench.drain();
    }
    if !bench.modem.is_on() || !matches!(bench.modem.power, super::super::Power::On) {
        bench.modem.power_on(bench.now);
        bench.wait(secs(2));
    }
    // The next line begins with what every line of this test expects; how the last one left it was looked at.
    let profile = &mut bench.modem.profile;
    for (register, value) in [(3, 13), (4, 10), (5, 8), (0, 0)] {
        profile.registers.insert(register, value);
    }
    bench.serial.clear();
}

/// A share of the lines, with a seed of its own; how many were typed.
fn type_lines(seed: u64) -> usize {
    let mut rng = Seed(seed).child("million").rng();
    let names = names();
    let mut typed = 0;
    while typed < LINES / TESTS {
        let mut bench = Bench::registered();
        for _ in 0..LINES_PER_MODEM {
            begin(&mut bench);
            let octets = line(&mut rng, &names);
            let text = String::from_utf8_lossy(&octets).into_owned();
            bench.type_bytes(&octets);
            typed += 1;
            bring_to_its_end(&mut bench, &mut rng, &text);
            if matches!(bench.modem.power, super::super::Power::On) {
                let came = String::from_utf8_lossy(&bench.serial).into_owned();
                assert_one_result(&bench.modem.profile, &text, &came);
                // Now and then the result codes come back, or the rest would be silence.
                bench.modem.profile.quiet &= !rng.chance(200);
                bench.modem.profile.verbose |= rng.chance(200);
            }
        }
    }
    typed
}

#[test]
fn the_first_quarter_of_a_million_lines() {
    assert_eq!(type_lines(1), LINES / TESTS);
}

#[test]
fn the_second_quarter_of_a_million_lines() {
    assert_eq!(type_lines(2), LINES / TESTS);
}

#[test]
fn the_third_quarter_of_a_million_lines() {
    assert_eq!(type_lines(3), LINES / TESTS);
}

#[test]
fn the_last_quarter_of_a_million_lines() {
    assert_eq!(type_lines(4) * TESTS, LINES);
}
