//! The line discipline of V.250 as exact octets.

use super::*;

/// Types octets into a modem that has just booted, all at once, and gives what comes back.
fn answer(bytes: &[u8], cut: usize) -> String {
    let mut bench = Bench::new(None);
    bench.cells.clear();
    bench.modem.power_on(bench.now);
    bench.wait(secs(2));
    bench.take_text();
    let (head, tail) = bytes.split_at(cut.min(bytes.len()));
    bench.type_bytes(head);
    bench.type_bytes(tail);
    bench.take_text()
}

const ROWS: &[(&str, &[u8], &str)] = &[
    ("echo and ok", b"AT\r", "AT\r\r\nOK\r\n"),
    ("lower case", b"at\r", "at\r\r\nOK\r\n"),
    ("no echo of the line feed", b"AT\r\n", "AT\r\r\nOK\r\n"),
    ("echo off takes effect after the line", b"ATE0\rAT\r", "ATE0\r\r\nOK\r\n\r\nOK\r\n"),
    ("numeric", b"ATE0V0\rAT\rAT+X\r", "ATE0V0\r0\r0\r4\r"),
    ("numeric leaves information text", b"ATE0V0\rAT+CGMI\r", "ATE0V0\r0\rdtk\r\n0\r"),
    ("numeric leaves cme errors", b"ATE0V0+CMEE=1\rAT+CIMI\r", "ATE0V0+CMEE=1\r0\r\r\n+CME ERROR: 10\r\n"),
    ("quiet", b"ATE0Q1\rAT\rAT+CGMI\r", "ATE0Q1\r\r\ndtk\r\n"),
    (
        "errors as text",
        b"ATE0+CMEE=2\rAT+CIMI\r",
        "ATE0+CMEE=2\r\r\nOK\r\n\r\n+CME ERROR: SIM not inserted\r\n",
    ),
    ("errors without code", b"ATE0\rAT+CIMI\r", "ATE0\r\r\nOK\r\n\r\nERROR\r\n"),
    (
        "repeat",
        b"ATE0\rAT+CGMM\rA/",
        "ATE0\r\r\nOK\r\n\r\nSimulated 3GPP module\r\n\r\nOK\r\n\r\nSimulated 3GPP module\r\n\r\nOK\r\n",
    ),
    ("repeat after an error", b"ATE0\rAT+X\rA/", "ATE0\r\r\nOK\r\n\r\nERROR\r\n\r\nERROR\r\n"),
    ("first failure ends the line", b"ATE0\rAT+CGMI;+X;+CGMM\r", "ATE0\r\r\nOK\r\n\r\ndtk\r\n\r\nERROR\r\n"),
    (
        "one result for a whole line",
        b"ATE0\rAT+CGMI;+CGMR\r",
        "ATE0\r\r\nOK\r\n\r\ndtk\r\n\r\n1.0\r\n\r\nOK\r\n",
    ),
    (
        "lines of one response",
        b"ATE0\rATI\r",
        "ATE0\r\r\nOK\r\n\r\ndtk\r\nSimulated 3GPP module\r\nRevision: 1.0\r\n\r\nOK\r\n",
    ),
    ("register", b"ATE0\rATS3?;S7=30;S7?\r", "ATE0\r\r\nOK\r\n\r\n013\r\n\r\n030\r\n\r\nOK\r\n"),
    ("register out of range", b"ATE0\rATS7=0\rATS99?\r", "ATE0\r\r\nOK\r\n\r\nERROR\r\n\r\nERROR\r\n"),
    ("other terminator", b"ATE0S3=33\rAT!", "ATE0S3=33\r!\nOK!\n!\nOK!\n"),
    ("test form of an action", b"ATE0\rAT+CGMI=?\r", "ATE0\r\r\nOK\r\n\r\nOK\r\n"),
    ("test form with text", b"ATE0\rAT+CMEE=?\r", "ATE0\r\r\nOK\r\n\r\n+CMEE: (0-2)\r\n\r\nOK\r\n"),
    ("read form that is not there", b"ATE0\rAT+CGMI?\r", "ATE0\r\r\nOK\r\n\r\nERROR\r\n"),
    ("no prefix, no answer", b"ATE0\rhello\r\r", "ATE0\r\r\nOK\r\n"),
    ("echo out of range", b"ATE0\rATE2\r", "ATE0\r\r\nOK\r\n\r\nERROR\r\n"),
    ("stored profile", b"ATE0&W&F\rATZ\rAT\r", "ATE0&W&F\r\r\nOK\r\nATZ\r\r\nOK\r\n\r\nOK\r\n"),
    (
        "imei",
        b"ATE0\rAT+CGSN;+CGSN=1\r",
        "ATE0\r\r\nOK\r\n\r\n356938035643809\r\n\r\n+CGSN: \"356938035643809\"\r\n\r\nOK\r\n",
    ),
    ("backspace", b"ATE0\rAT+CGMX\x08I\r", "ATE0\r\r\nOK\r\n\r\ndtk\r\n\r\nOK\r\n"),
];

#[test]
fn the_answer_is_the_same_wherever_the_octets_are_cut() {
    for (name, bytes, want) in ROWS {
        for cut in 0..=bytes.len() {
            assert_eq!(answer(bytes, cut), *want, "{name} cut at {cut}");
        }
    }
}

#[test]
fn an_over_long_line_is_an_error() {
    let mut bytes = b"ATE0\rAT".to_vec();
    bytes.extend([b'X'; 3000]);
    bytes.push(b'\r');
    assert_eq!(answer(&bytes, 0), "ATE0\r\r\nOK\r\n\r\nERROR\r\n");
}

#[test]
fn the_banner_comes_after_the_boot_and_nothing_is_heard_before() {
    let mut bench = Bench::new(Some(SimCard::new(profile())));
    bench.modem.power_on(bench.now);
    bench.type_line("AT");
    bench.wait(Duration::from_millis(999));
    assert_eq!(bench.lines(), [""; 0]);
    bench.wait(secs(1));
    assert_eq!(bench.lines(), ["RDY", "+CPIN: READY"]);
}

#[test]
fn a_report_waits_for_the_end_of_the_line_that_is_typed() {
    let mut bench = Bench::booted();
    bench.at("AT+CEREG=1", &["OK"]);
    bench.type_bytes(b"AT+CG");
    bench.network(accept());
    assert_eq!(bench.take_text(), "");
    bench.type_bytes(b"MI\r");
    assert_eq!(bench.lines(), ["dtk", "OK", "+CEREG: 1"]);
}

#[test]
fn a_line_that_is_never_ended_does_not_hold_reports_for_ever() {
    let mut bench = Bench::booted();
    bench.at("AT+CEREG=1", &["OK"]);
    bench.type_bytes(b"AT+CG");
    bench.network(accept());
    bench.wait(secs(6));
    assert_eq!(bench.lines(), ["+CEREG: 1"]);
}

#[test]
fn the_clock_starts_with_the_calendar_and_can_be_set() {
    let mut bench = Bench::booted();
    bench.at("AT+CCLK?", &["+CCLK: \"26/03/14,08:00:02+00\"", "OK"]);
    bench.at("AT+CCLK=\"27/01/31,23:59:59+08\"", &["OK"]);
    bench.wait(secs(2));
    bench.at("AT+CCLK?", &["+CCLK: \"27/02/01,00:00:01+08\"", "OK"]);
    bench.at("AT+CCLK=\"nonsense\"", &["+CME ERROR: 50"]);
}

#[test]
fn every_listed_command_answers_its_test_form() {
    let mut bench = Bench::registered();
    bench.type_line("AT+CLAC");
    let commands = bench.lines();
    assert!(commands.len() > 60, "{commands:?}");
    for command in commands.iter().filter(|line| *line != "OK" && *line != "+COPS") {
        bench.type_line(&format!("AT{command}=?"));
        assert_eq!(bench.lines().last().map(String::as_str), Some("OK"), "{command}");
    }
}

#[test]
fn a_restart_tells_the_network_and_shows_the_banner() {
    let mut bench = Bench::registered();
    bench.at("AT+CFUN=1,1", &["OK"]);
    assert_eq!(bench.nas(), NasUp::DetachRequest { switch_off: true });
    bench.wait(secs(2));
    assert_eq!(bench.lines()[0], "RDY");
    assert!(is_attach(&bench.nas()));
}

#[test]
fn it_switches_itself_off_and_a_power_cut_is_silent() {
    let mut bench = Bench::registered();
    bench.at("AT+CPOF", &["OK"]);
    assert_eq!(bench.nas(), NasUp::DetachRequest { switch_off: true });
    assert!(!bench.modem.is_on());
    assert_eq!(bench.modem.next_wakeup(), None);

    let mut bench = Bench::registered();
    bench.modem.power_off(bench.now);
    bench.type_line("AT");
    bench.wait(secs(3600));
    assert_eq!(bench.take_text(), "");
    bench.expect_no_nas();
}
