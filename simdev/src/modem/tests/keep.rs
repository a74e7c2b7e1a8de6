//! How long settings live: every row of the table of classes, through `&W`, `&F`, `Z` and a power cycle.

use super::*;
use crate::modem::keep::{KEEP, Keep};

/// A row of the table: how it is set, how it is read, what the factory set, and what is there afterwards.
const SAMPLES: &[(&str, &str, &str, &str, &str)] = &[
    ("E", "ATE0", "AT&V", "E: 1", "E: 0"),
    ("Q", "ATQ1", "AT&V", "Q: 0", "Q: 1"),
    ("V", "ATV0", "AT&V", "V: 1", "V: 0"),
    ("X", "ATX3", "AT&V", "X: 4", "X: 3"),
    ("&C", "AT&C0", "AT&V", "&C: 1", "&C: 0"),
    ("&D", "AT&D1", "AT&V", "&D: 2", "&D: 1"),
    ("S0", "ATS0=3", "ATS0?", "000", "003"),
    ("S3", "ATS3=33", "ATS3?", "013", "033"),
    ("S4", "ATS4=11", "ATS4?", "010", "011"),
    ("S5", "ATS5=9", "ATS5?", "008", "009"),
    ("S6", "ATS6=3", "ATS6?", "002", "003"),
    ("S7", "ATS7=61", "ATS7?", "060", "061"),
    ("S8", "ATS8=3", "ATS8?", "002", "003"),
    ("S10", "ATS10=3", "ATS10?", "002", "003"),
    ("S12", "ATS12=20", "ATS12?", "050", "020"),
    ("+IPR", "AT+IPR=115200", "AT+IPR?", "+IPR: 0", "+IPR: 115200"),
    ("+IFC", "AT+IFC=0,0", "AT+IFC?", "+IFC: 2,2", "+IFC: 0,0"),
    ("+ICF", "AT+ICF=2", "AT+ICF?", "+ICF: 3,3", "+ICF: 2,3"),
    ("+CMEE", "AT+CMEE=2", "AT+CMEE?", "+CMEE: 0", "+CMEE: 2"),
    ("+CSCS", "AT+CSCS=\"UTF-8\"", "AT+CSCS?", "+CSCS: \"IRA\"", "+CSCS: \"UTF-8\""),
    ("+CFUN", "AT+CFUN=4", "AT+CFUN?", "+CFUN: 1", "+CFUN: 4"),
    ("+CCLK", "AT+CCLK=\"27/01/31,12:00:00+08\"", "AT+CCLK?", "+CCLK: \"26/03/14", "+CCLK: \"27/01/31"),
    ("+CTZU", "AT+CTZU=1", "AT+CTZU?", "+CTZU: 0", "+CTZU: 1"),
    ("+CTZR", "AT+CTZR=2", "AT+CTZR?", "+CTZR: 0", "+CTZR: 2"),
    ("+CMER", "AT+CMER=2,0,0,2", "AT+CMER?", "+CMER: 0,0,0,0,0", "+CMER: 2,0,0,2,0"),
    ("+CRC", "AT+CRC=1", "AT+CRC?", "+CRC: 0", "+CRC: 1"),
    ("+CSTA", "AT+CSTA=145", "AT+CSTA?", "+CSTA: 129", "+CSTA: 145"),
    ("+CVHU", "AT+CVHU=1", "AT+CVHU?", "+CVHU: 0", "+CVHU: 1"),
    ("+CSSN", "AT+CSSN=1,1", "AT+CSSN?", "+CSSN: 0,0", "+CSSN: 1,1"),
    ("+CMOD", "AT+CMOD=1", "AT+CMOD?", "+CMOD: 0", "+CMOD: 1"),
    ("+CBST", "AT+CBST=7", "AT+CBST?", "+CBST: 0,0,1", "+CBST: 7,0,1"),
    ("+CRLP", "AT+CRLP=60", "AT+CRLP?", "+CRLP: 61,61,48,6", "+CRLP: 60,61,48,6"),
    ("+CR", "AT+CR=1", "AT+CR?", "+CR: 0", "+CR: 1"),
    ("+CLCC", "AT+CLCC=1", "AT+CLCC?", "+CLCC: 0", "+CLCC: 1"),
    ("+COLP", "AT+COLP=1", "AT+COLP?", "+COLP: 0", "+COLP: 1"),
    ("+CDIP", "AT+CDIP=1", "AT+CDIP?", "+CDIP: 0", "+CDIP: 1"),
    ("+CNAP", "AT+CNAP=1", "AT+CNAP?", "+CNAP: 0", "+CNAP: 1"),
    ("+VTD", "AT+VTD=5", "AT+VTD?", "+VTD: 0", "+VTD: 5"),
    ("+CREG", "AT+CREG=2", "AT+CREG?", "+CREG: 0,", "+CREG: 2,"),
    ("+CGREG", "AT+CGREG=2", "AT+CGREG?", "+CGREG: 0,", "+CGREG: 2,"),
    ("+CEREG", "AT+CEREG=2", "AT+CEREG?", "+CEREG: 0,", "+CEREG: 2,"),
    ("+CGDSCONT", "AT+CGDSCONT=4,1", "AT+CGDSCONT?", "?\r\r\nOK", "+CGDSCONT: 4,1,0,0,0"),
    ("+CGTFT", "AT+CGTFT=1,1,5", "AT+CGTFT?", "?\r\r\nOK", "+CGTFT: 1,1,5"),
    ("+CGEQOS", "AT+CGEQOS=1,8", "AT+CGEQOS?", "?\r\r\nOK", "+CGEQOS: 1,8"),
    ("+CGPIAF", "AT+CGPIAF=1,1", "AT+CGPIAF?", "+CGPIAF: 0,0,0,0", "+CGPIAF: 1,1,0,0"),
    ("+CABTSR", "AT+CABTSR=1", "AT+CABTSR?", "+CABTSR: 0", "+CABTSR: 1"),
    ("+CRTDCP", "AT+CRTDCP=1", "AT+CRTDCP?", "+CRTDCP: 0", "+CRTDCP: 1"),
    ("+CGEREP", "AT+CGEREP=2", "AT+CGEREP?", "+CGEREP: 0,0", "+CGEREP: 2,0"),
    ("+CPLS", "AT+CPLS=1", "AT+CPLS?", "+CPLS: 0", "+CPLS: 1"),
    ("+CPBS", "AT+CPBS=\"FD\"", "AT+CPBS?", "+CPBS: \"SM\"", "+CPBS: \"FD\""),
    ("+CSCA", "AT+CSCA=\"+33639989001\"", "AT+CSCA?", "+CSCA: \"+33639989000\"", "+CSCA: \"+33639989001\""),
    ("+CSMS", "AT+CSMS=1", "AT+CSMS?", "+CSMS: 0,", "+CSMS: 1,"),
    ("+CPMS", "AT+CPMS=\"ME\"", "AT+CPMS?", "+CPMS: \"SM\"", "+CPMS: \"ME\""),
    ("+CMGF", "AT+CMGF=1", "AT+CMGF?", "+CMGF: 0", "+CMGF: 1"),
    ("+CSMP", "AT+CSMP=49,169,1,8", "AT+CSMP?", "+CSMP: 17,167,0,0", "+CSMP: 49,169,1,8"),
    ("+CSDH", "AT+CSDH=1", "AT+CSDH?", "+CSDH: 0", "+CSDH: 1"),
    ("+CSCB", "AT+CSCB=1,\"5-7\"", "AT+CSCB?", "+CSCB: 0,\"\",\"\"", "+CSCB: 1,\"5-7\",\"\""),
    ("+CNMI", "AT+CNMI=3,2,2,2,1", "AT+CNMI?", "+CNMI: 2,1,0,0,0", "+CNMI: 3,2,2,2,1"),
    ("+CMMS", "AT+CMMS=2", "AT+CMMS?", "+CMMS: 0", "+CMMS: 2"),
];

struct Subject {
    bench: Bench,
    row: &'static (&'static str, &'static str, &'static str, &'static str, &'static str),
}

impl Subject {
    fn new(row: &'static (&'static str, &'static str, &'static str, &'static str, &'static str)) -> Self {
        let mut bench = Bench::new(Some(SimCard::new(profile())));
        bench.modem.power_on(bench.now);
        bench.wait(secs(2));
        Self { bench, row }
    }

    /// Types a line and ends it with either terminator: the one that does not count is dropped.
    fn type_line(&mut self, line: &str) -> String {
        self.bench.take_text();
        self.bench.type_bytes(format!("{line}\r!").as_bytes());
        self.bench.take_text()
    }

    fn set(&mut self) {
        self.type_line(self.row.1);
        self.expect_changed("set");
    }

    fn power_cycle(&mut self) {
        self.bench.modem.power_off(self.bench.now);
        self.bench.modem.power_on(self.bench.now);
        self.bench.wait(secs(2));
    }

    #[track_caller]
    fn expect_factory(&mut self, after: &str) {
        self.expect(self.row.3, after);
    }

    #[track_caller]
    fn expect_changed(&mut self, after: &str) {
        self.expect(self.row.4, after);
    }

    #[track_caller]
    fn expect(&mut self, want: &str, after: &str) {
        let seen = self.type_line(self.row.2);
        assert!(seen.contains(want), "{} after {after}: {seen:?} is not {want:?}", self.row.0);
    }
}

#[test]
fn every_setting_has_one_class_and_one_sample() {
    let names: Vec<&str> = KEEP.iter().map(|row| row.0).collect();
    let samples: Vec<&str> = SAMPLES.iter().map(|row| row.0).collect();
    assert_eq!(names, samples);
}

#[test]
fn every_setting_lives_as_long_as_its_class_says() {
    for (row, (_, keep)) in SAMPLES.iter().zip(KEEP) {
        let mut subject = Subject::new(row);
        subject.expect_factory("the factory");
        subject.set();
        match keep {
            Keep::Profile => in_the_profile(&mut subject),
            Keep::Flash | Keep::Card => {
                subject.type_line("ATZ");
                subject.type_line("AT&F");
                subject.expect_changed("Z and &F");
                subject.power_cycle();
                subject.expect_changed("a power cycle");
            }
            Keep::Volatile => {
                subject.type_line("AT&W");
                subject.type_line("ATZ");
                subject.type_line("AT&F");
                subject.expect_changed("Z and &F");
                subject.power_cycle();
                subject.expect_factory("a power cycle");
            }
        }
    }
}

fn in_the_profile(subject: &mut Subject) {
    subject.power_cycle();
    subject.expect_factory("a power cycle without &W");
    subject.set();
    subject.type_line("ATZ");
    subject.expect_factory("Z without &W");
    subject.set();
    subject.type_line("AT&W");
    subject.type_line("AT&F");
    subject.expect_factory("&F");
    subject.type_line("ATZ");
    subject.expect_changed("&W and Z");
    subject.type_line("AT&F");
    subject.power_cycle();
    subject.expect_changed("&W and a power cycle");
    subject.type_line("ATZ1");
    subject.expect_factory("Z1 with nothing stored there");
    subject.type_line("AT&W0");
    subject.set();
    subject.type_line("AT&W1");
    subject.type_line("ATZ0");
    subject.expect_factory("Z0");
    subject.type_line("ATZ1");
    subject.expect_changed("&W1 and Z1");
}

#[test]
fn what_the_card_keeps_goes_with_the_card() {
    for (row, _) in SAMPLES.iter().zip(KEEP).filter(|(_, (_, keep))| *keep == Keep::Card) {
        let mut subject = Subject::new(row);
        subject.set();
        let card = subject.bench.modem.remove_card(subject.bench.now).unwrap();
        let mut other = Subject::new(row);
        other.bench.modem.insert_card(other.bench.now, card);
        other.expect_changed("another modem");
    }
}
