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

/// Sections 2.3, 2.5 and 2.7; the read forms of `+CLIP` and `+CLIR` ask the network and are not here.
const MORE_ROWS: &[Row] = &[
    ("+CPIN", Ok, Lines(&["+CPIN: READY"]), "=\"12\"", Cme(3)),
    (
        "+CPINR",
        Lines(&["+CPINR: (\"SIM PIN\",\"SIM PUK\",\"SIM PIN2\",\"SIM PUK2\")"]),
        Error,
        "=\"SIM PIN9\"",
        Cme(50),
    ),
    (
        "+CLCK",
        Lines(&["+CLCK: (\"SC\",\"FD\",\"AO\",\"OI\",\"OX\",\"AI\",\"IR\",\"AB\",\"AG\",\"AC\")"]),
        Error,
        "=\"SC\",3",
        Cme(50),
    ),
    (
        "+CPWD",
        Lines(&[
            "+CPWD: (\"SC\",8),(\"P2\",8),(\"AO\",4),(\"OI\",4),(\"OX\",4),(\"AI\",4),(\"IR\",4),(\"AB\",4),(\"AG\",4),(\"AC\",4)",
        ]),
        Error,
        "=\"XX\",\"1111\",\"2222\"",
        Cme(4),
    ),
    ("+CSIM", Ok, Error, "=3,\"00\"", Cme(50)),
    ("+CRSM", Ok, Error, "=1", Lines(&["+CRSM: 109,0"])),
    ("+CCHO", Ok, Error, "=\"A\"", Cme(50)),
    ("+CGLA", Ok, Error, "=9,2,\"00\"", Cme(50)),
    ("+CCHC", Ok, Error, "=9", Cme(50)),
    (
        "+CPBS",
        Lines(&["+CPBS: (\"SM\",\"FD\",\"SN\",\"ON\",\"EN\",\"ME\",\"LD\",\"DC\",\"MC\",\"RC\")"]),
        Lines(&["+CPBS: \"SM\",0,2"]),
        "=\"XX\"",
        Cme(22),
    ),
    ("+CPBR", Lines(&["+CPBR: (1-2),20,14"]), Error, "=0", Cme(21)),
    ("+CPBF", Lines(&["+CPBF: 20,14"]), Error, "=\"XX\"", Cme(22)),
    ("+CPBW", Lines(&["+CPBW: (1-2),20,(129,145,161),14"]), Error, "=99", Cme(21)),
    ("+CUSATR", Lines(&["+CUSATR: (0,1)"]), Lines(&["+CUSATR: 0"]), "=2", Cme(50)),
    ("+CUSATW", Ok, Error, "=\"X\"", Cme(50)),
    ("+CUSATE", Ok, Error, "=\"X\"", Cme(50)),
    ("+CUSATT", Ok, Error, "=\"X\"", Cme(50)),
    ("+CGATT", Lines(&["+CGATT: (0,1)"]), Lines(&["+CGATT: 1"]), "=2", Cme(50)),
    (
        "+CGDCONT",
        Lines(&[
            "+CGDCONT: (1-8),\"IP\",,,(0),(0)",
            "+CGDCONT: (1-8),\"IPV6\",,,(0),(0)",
            "+CGDCONT: (1-8),\"IPV4V6\",,,(0),(0)",
        ]),
        Lines(&["+CGDCONT: 1,\"IP\",\"\",\"0.0.0.0\",0,0"]),
        "=9",
        Cme(50),
    ),
    (
        "+CGDSCONT",
        Lines(&[
            "+CGDSCONT: (1-8),(1),\"IP\",(0),(0),(0,1)",
            "+CGDSCONT: (1-8),(1),\"IPV6\",(0),(0),(0,1)",
            "+CGDSCONT: (1-8),(1),\"IPV4V6\",(0),(0),(0,1)",
        ]),
        Ok,
        "=9",
        Cme(50),
    ),
    ("+CGACT", Lines(&["+CGACT: (0,1)"]), Lines(&["+CGACT: 1,1"]), "=2", Cme(50)),
    ("+CGPADDR", Lines(&["+CGPADDR: (1)"]), Error, "=9", Cme(50)),
    ("+CGCONTRDP", Lines(&["+CGCONTRDP: (1)"]), Error, "=9", Cme(50)),
    ("+CGSCONTRDP", Lines(&["+CGSCONTRDP: ()"]), Error, "=9", Cme(50)),
    (
        "+CGTFT",
        Lines(&[
            "+CGTFT: \"IP\",(1-16),(0-255),,(0-255),,,,,(00000-FFFFF),(0-3)",
            "+CGTFT: \"IPV6\",(1-16),(0-255),,(0-255),,,,,(00000-FFFFF),(0-3)",
            "+CGTFT: \"IPV4V6\",(1-16),(0-255),,(0-255),,,,,(00000-FFFFF),(0-3)",
        ]),
        Ok,
        "=2,1,5",
        Cme(143),
    ),
    (
        "+CGEQOS",
        Lines(&["+CGEQOS: (1-8),(0-9),(0-10000000),(0-10000000),(0-10000000),(0-10000000)"]),
        Ok,
        "=1,10",
        Cme(181),
    ),
    ("+CGEQOSRDP", Lines(&["+CGEQOSRDP: (1)"]), Error, "=9", Cme(50)),
    ("+CGEREP", Lines(&["+CGEREP: (0-2),(0,1)"]), Lines(&["+CGEREP: 0,0"]), "=3", Cme(50)),
    ("+CGAUTH", Lines(&["+CGAUTH: (1-8),(0-2),(0-64),(0-64)"]), Lines(&["+CGAUTH: 1,0"]), "=1,4", Cme(50)),
    ("+CGDATA", Lines(&["+CGDATA: (\"PPP\")"]), Error, "=\"M-HEX\"", Cme(50)),
    ("+CGCLASS", Lines(&["+CGCLASS: (\"A\",\"CG\")"]), Lines(&["+CGCLASS: \"A\""]), "=\"B\"", Cme(50)),
    ("+CGPIAF", Lines(&["+CGPIAF: (0,1),(0,1),(0,1),(0,1)"]), Lines(&["+CGPIAF: 0,0,0,0"]), "=2", Error),
    ("+CGSMS", Lines(&["+CGSMS: (1)"]), Lines(&["+CGSMS: 1"]), "=4", Cme(50)),
    ("+CGAPNRC", Lines(&["+CGAPNRC: (1)"]), Error, "=9", Cme(50)),
    ("+CABTSR", Lines(&["+CABTSR: (0,1)"]), Lines(&["+CABTSR: 0"]), "=2", Error),
    ("+CNEC", Lines(&["+CNEC: (0-31)"]), Lines(&["+CNEC: 0"]), "=32", Cme(50)),
    ("+CSODCP", Lines(&["+CSODCP: (1-8),(1500),(0-2),(0,1)"]), Error, "=1,2,\"00\"", Cme(50)),
    ("+CRTDCP", Lines(&["+CRTDCP: (0,1),(1-8),(1500)"]), Lines(&["+CRTDCP: 0"]), "=2", Error),
    ("+COLP", Lines(&["+COLP: (0,1)"]), Lines(&["+COLP: 0,2"]), "=2", Error),
    ("+CDIP", Lines(&["+CDIP: (0,1)"]), Lines(&["+CDIP: 0,2"]), "=2", Error),
    ("+CNAP", Lines(&["+CNAP: (0,1)"]), Lines(&["+CNAP: 0,2"]), "=2", Error),
    ("+CCWA", Lines(&["+CCWA: (0,1)"]), Lines(&["+CCWA: 0"]), "=2", Cme(50)),
    ("+CCFC", Lines(&["+CCFC: (0-5)"]), Error, "=6,2", Cme(50)),
    ("+CHLD", Lines(&["+CHLD: (0,1,1x,2,2x,3,4)"]), Error, "=5", Cme(50)),
    ("+CLCC", Lines(&["+CLCC: (0,1)"]), Lines(&["+CLCC: 0"]), "=2", Error),
    ("+CHUP", Ok, Error, "=1", Error),
    ("+CSSN", Lines(&["+CSSN: (0,1),(0,1)"]), Lines(&["+CSSN: 0,0"]), "=2", Error),
    ("+CUSD", Lines(&["+CUSD: (0-2)"]), Lines(&["+CUSD: 0"]), "=3", Cme(50)),
    ("+VTS", Lines(&["+VTS: (0-9,A-D,*,#)"]), Error, "=\"X\"", Cme(50)),
    ("+VTD", Lines(&["+VTD: (0-255)"]), Lines(&["+VTD: 0"]), "=256", Error),
    ("+CMOD", Lines(&["+CMOD: (0-3)"]), Lines(&["+CMOD: 0"]), "=4", Error),
    ("+CBST", Lines(&["+CBST: (0,7,71),(0),(0-3)"]), Lines(&["+CBST: 0,0,1"]), "=999", Error),
    ("+CRLP", Lines(&["+CRLP: (0-61),(0-61),(39-255),(1-255)"]), Lines(&["+CRLP: 61,61,48,6"]), "=99", Error),
    ("+CR", Lines(&["+CR: (0,1)"]), Lines(&["+CR: 0"]), "=2", Error),
];

#[test]
fn every_form_of_every_row_is_answered_as_the_facts_say() {
    let mut bench = Bench::registered();
    for (name, test, read, wrong, refusal) in ROWS.iter().chain(MORE_ROWS) {
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
    for row in ROWS.iter().chain(MORE_ROWS) {
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
