//! The catalogue of commands, one row each: test form, read form and a wrong parameter, answered as the facts say.

use super::*;

/// What a form answers: the lines before `OK`, or an error.
enum Answer {
    /// These lines and `OK`.
    Lines(&'static [&'static str]),
    /// `OK` alone.
    Ok,
    /// `ERROR`.
    Error,
    /// `+CME ERROR`.
    Cme(u16),
    /// `+CMS ERROR`.
    Cms(u16),
    /// A line that begins so, and `OK`.
    Begins(&'static str),
}
use Answer::{Begins, Cme, Cms, Error, Lines, Ok};

impl Answer {
    #[track_caller]
    fn check(&self, command: &str, seen: &[String]) {
        let want: Vec<String> = match self {
            Lines(lines) => lines.iter().map(|line| (*line).to_owned()).chain(["OK".to_owned()]).collect(),
            Ok => vec!["OK".to_owned()],
            Error => vec!["ERROR".to_owned()],
            Cme(number) => vec![format!("+CME ERROR: {number}")],
            Cms(number) => vec![format!("+CMS ERROR: {number}")],
            Begins(start) => {
                assert!(seen.first().is_some_and(|line| line.starts_with(start)), "{command}: {seen:?}");
                assert_eq!(seen.last().map(String::as_str), Some("OK"), "{command}: {seen:?}");
                return;
            }
        };
        assert_eq!(seen, want, "{command}");
    }
}

/// Name, test form, read form, a wrong parameter and its answer.
type Row = (&'static str, Answer, Answer, &'static str, Answer);

const ROWS: &[Row] = &[
    ("+CLAC", Ok, Error, "=1", Error),
    ("+GMI", Ok, Error, "=1", Error),
    ("+GMM", Ok, Error, "=1", Error),
    ("+GMR", Ok, Error, "=1", Error),
    ("+GSN", Ok, Error, "=9", Cme(50)),
    ("+GCAP", Ok, Error, "=1", Error),
    ("+CGMI", Ok, Error, "=1", Error),
    ("+CGMM", Ok, Error, "=1", Error),
    ("+CGMR", Ok, Error, "=1", Error),
    ("+CGSN", Lines(&["+CGSN: (0-3)"]), Error, "=4", Cme(50)),
    ("+CIMI", Ok, Error, "=1", Error),
    ("+CNUM", Ok, Error, "=1", Error),
    (
        "+CSCS",
        Lines(&["+CSCS: (\"GSM\",\"HEX\",\"IRA\",\"UCS2\",\"UTF-8\",\"8859-1\")"]),
        Lines(&["+CSCS: \"IRA\""]),
        "=\"KLINGON\"",
        Cme(50),
    ),
    ("+CFUN", Lines(&["+CFUN: (0-4),(0,1)"]), Lines(&["+CFUN: 1"]), "=9", Cme(3)),
    ("+CPAS", Lines(&["+CPAS: (0,3,4,5)"]), Error, "=1", Error),
    ("+CMEE", Lines(&["+CMEE: (0-2)"]), Lines(&["+CMEE: 1"]), "=3", Error),
    ("+CEER", Ok, Error, "=1", Error),
    ("+CCLK", Ok, Begins("+CCLK: \"26/03/14,08:00:"), "=\"yesterday\"", Cme(50)),
    ("+CTZU", Lines(&["+CTZU: (0,1)"]), Lines(&["+CTZU: 0"]), "=2", Error),
    ("+CTZR", Lines(&["+CTZR: (0-3)"]), Lines(&["+CTZR: 0"]), "=4", Error),
    ("+CBC", Lines(&["+CBC: (0-3),(0-100)"]), Error, "=1", Error),
    ("+CMER", Lines(&["+CMER: (0-3),(0),(0),(0-2),(0,1)"]), Lines(&["+CMER: 0,0,0,0,0"]), "=2,0,0,3", Error),
    (
        "+CIND",
        Lines(&["+CIND: (\"battchg\",(0-5)),(\"signal\",(0-5)),(\"service\",(0,1)),(\"sounder\",(0,1)),\
                 (\"message\",(0,1)),(\"call\",(0,1)),(\"roam\",(0,1)),(\"smsfull\",(0,1))"]),
        Lines(&["+CIND: 5,4,1,0,0,0,0,0"]),
        "=1",
        Error,
    ),
    (
        "+IPR",
        Lines(&["+IPR: (0,300,1200,2400,4800,9600,19200,38400,57600,115200,230400,460800,921600)"]),
        Lines(&["+IPR: 0"]),
        "=12345",
        Error,
    ),
    ("+IFC", Lines(&["+IFC: (0-2),(0-2)"]), Lines(&["+IFC: 2,2"]), "=3,3", Error),
    ("+ICF", Lines(&["+ICF: (0-6),(0-3)"]), Lines(&["+ICF: 3,3"]), "=7", Error),
    ("+FCLASS", Lines(&["+FCLASS: (0)"]), Lines(&["+FCLASS: 0"]), "=1", Error),
    ("+CPOF", Ok, Error, "=7", Cme(50)),
    ("+CRC", Lines(&["+CRC: (0,1)"]), Lines(&["+CRC: 0"]), "=2", Error),
    ("+CSTA", Lines(&["+CSTA: (129,145)"]), Lines(&["+CSTA: 129"]), "=130", Error),
    ("+CVHU", Lines(&["+CVHU: (0-2)"]), Lines(&["+CVHU: 0"]), "=3", Error),
    ("+COPN", Ok, Error, "=1", Error),
    ("+CSQ", Lines(&["+CSQ: (0-31,99),(0-7,99)"]), Error, "=1", Error),
    (
        "+CESQ",
        Lines(&["+CESQ: (0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)"]),
        Error,
        "=1",
        Error,
    ),
    ("+CSMS", Lines(&["+CSMS: (0,1)"]), Lines(&["+CSMS: 0,1,1,1"]), "=9", Cms(303)),
    (
        "+CPMS",
        Lines(&["+CPMS: (\"SM\",\"ME\",\"MT\",\"SR\"),(\"SM\",\"ME\",\"MT\"),(\"SM\",\"ME\",\"MT\")"]),
        Lines(&["+CPMS: \"SM\",0,6,\"SM\",0,6,\"SM\",0,6"]),
        "=\"TA\"",
        Cms(302),
    ),
    ("+CMGF", Lines(&["+CMGF: (0,1)"]), Lines(&["+CMGF: 0"]), "=2", Error),
    ("+CSCA", Ok, Lines(&["+CSCA: \"+33639989000\",145"]), "=\"nowhere\"", Cms(304)),
    ("+CSMP", Ok, Lines(&["+CSMP: 17,167,0,0"]), "=256", Cms(302)),
    ("+CSDH", Lines(&["+CSDH: (0,1)"]), Lines(&["+CSDH: 0"]), "=2", Error),
    ("+CSCB", Lines(&["+CSCB: (0,1)"]), Lines(&["+CSCB: 0,\"\",\"\""]), "=0,\"x\"", Error),
    ("+CSAS", Lines(&["+CSAS: (0,1)"]), Error, "=2", Cms(320)),
    ("+CRES", Lines(&["+CRES: (0,1)"]), Error, "=1", Cms(320)),
    (
        "+CNMI",
        Lines(&["+CNMI: (0-3),(0-3),(0-3),(0-2),(0,1)"]),
        Lines(&["+CNMI: 2,1,0,0,0"]),
        "=2,4",
        Cms(302),
    ),
    ("+CMGS", Ok, Error, "=\"x\"", Cms(304)),
    ("+CMGW", Ok, Error, "=0", Cms(304)),
    ("+CMSS", Ok, Error, "=99", Cms(321)),
    ("+CMGC", Ok, Error, "=0", Cms(304)),
    ("+CMGL", Lines(&["+CMGL: (0-4)"]), Error, "=5", Cms(304)),
    ("+CMGR", Ok, Error, "=7", Cms(321)),
    ("+CMGD", Lines(&["+CMGD: (1-6),(0-4)"]), Error, "=7", Cms(321)),
    ("+CNMA", Lines(&["+CNMA: (0-2)"]), Error, "=1", Cms(340)),
    ("+CMMS", Lines(&["+CMMS: (0-2)"]), Lines(&["+CMMS: 0"]), "=3", Error),
];

#[test]
fn every_form_of_every_row_is_answered_as_the_facts_say() {
    let mut bench = Bench::registered();
    for (name, test, read, wrong, refusal) in ROWS {
        for (suffix, want) in [("=?", test), ("?", read), (*wrong, refusal)] {
            bench.take_text();
            bench.type_line(&format!("AT{name}{suffix}"));
            want.check(&format!("AT{name}{suffix}"), &bench.lines());
        }
    }
}

#[test]
fn every_row_is_a_command_that_the_modem_claims() {
    let mut bench = Bench::booted();
    bench.type_line("AT+CLAC");
    let claimed = bench.lines();
    for row in ROWS {
        assert!(claimed.iter().any(|line| line == row.0), "{} is not claimed", row.0);
    }
}

/// The PIN column: accepted while the PIN is pending, or the error that says so.
#[test]
fn a_pending_pin_stops_what_needs_the_card() {
    let mut card = SimCard::new(profile());
    card.enable_pin1("0000");
    let mut bench = Bench::new(Some(card));
    bench.boot();
    for command in [
        "+CGMI", "+CGSN", "+GCAP", "+CPAS", "+CFUN?", "+CIND?", "+CIND=?", "+CMER?", "+CBC", "+CCLK?",
        "+CTZU?", "+CTZR?", "+CSCS?", "+CMEE?", "+CRC?", "+CSTA?", "+CVHU?", "+CSQ", "+CESQ", "+COPN=?",
        "+IPR?", "+IFC?", "+ICF?", "+CLAC=?", "&V", "I", "S0?", "Z", "&F", "&W", "E0",
    ] {
        bench.take_text();
        bench.type_line(&format!("AT{command}"));
        assert_eq!(bench.lines().last().map(String::as_str), Some("OK"), "{command}");
    }
    bench.at("AT+CMEE=1", &["OK"]);
    for command in ["+CIMI", "+CNUM", "+CPBS?"] {
        bench.at(&format!("AT{command}"), &["+CME ERROR: 11"]);
    }
    for command in ["+CSMS?", "+CPMS?", "+CMGF?", "+CSCA?", "+CNMI?", "+CMGL", "+CMGR=1", "+CMGD=1"] {
        bench.at(&format!("AT{command}"), &["+CMS ERROR: 311"]);
    }
}
