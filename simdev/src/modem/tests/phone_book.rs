//! Phone books in all forms and with all errors; PINs by dialled codes; what fixed dialling and access point lists stop.

use super::*;

#[test]
fn every_book_says_its_size_and_what_may_be_written() {
    let mut bench = Bench::registered();
    bench.at(
        "AT+CPBS=?",
        &["+CPBS: (\"SM\",\"FD\",\"SN\",\"ON\",\"EN\",\"ME\",\"LD\",\"DC\",\"MC\",\"RC\")", "OK"],
    );
    bench.at("AT+CPBS=\"XX\"", &["+CME ERROR: 22"]);
    for (book, size, written) in [
        ("SM", "0,2", "OK"),
        ("FD", "0,2", "+CME ERROR: 17"),
        ("SN", "0,10", "+CME ERROR: 3"),
        ("ON", "1,1", "OK"),
        ("EN", "2,2", "+CME ERROR: 3"),
        ("ME", "0,50", "OK"),
        ("LD", "0,10", "+CME ERROR: 3"),
    ] {
        bench.at(&format!("AT+CPBS=\"{book}\";+CPBS?"), &[&format!("+CPBS: \"{book}\",{size}"), "OK"]);
        bench.at("AT+CPBW=1,\"3900\"", &[written]);
    }
    bench.at("AT+CPBS=\"FD\",\"00000000\"", &["OK"]);
    bench.at("AT+CPBW=1,\"3900\"", &["OK"]);
    bench.at("AT+CPBS=\"FD\",\"1111\"", &["+CME ERROR: 16"]);
    bench.at("AT+CPBS=\"SM\",\"00000000\"", &["+CME ERROR: 50"]);
    bench.at("AT+CNUM", &["+CNUM: \"\",\"3900\",129", "OK"]);
}

#[test]
fn entries_are_found_by_the_beginning_of_their_name() {
    let mut bench = Bench::registered();
    bench.at("AT+CPBF=?", &["+CPBF: 20,14", "OK"]);
    bench.at("AT+CPBF=\"S\"", &["+CME ERROR: 22"]);
    bench.at("AT+CPBW=2,\"33639980002\",145,\"Server\"", &["OK"]);
    bench.at("AT+CPBF=\"SER\"", &["+CPBF: 2,\"+33639980002\",145,\"Server\"", "OK"]);
    bench.at("AT+CPBF=\"erver\"", &["+CME ERROR: 22"]);
    bench.at("AT+CPBR=1", &["+CME ERROR: 22"]);
    bench.at("AT+CPBR=2", &["+CPBR: 2,\"+33639980002\",145,\"Server\"", "OK"]);
    bench.at("AT+CPBR=2,1", &["+CME ERROR: 21"]);
    bench.at("AT+CPBR=0", &["+CME ERROR: 21"]);
}

#[test]
fn what_no_entry_holds_has_its_own_error() {
    let mut bench = Bench::registered();
    bench.at("AT+CPBW=?", &["+CPBW: (1-2),20,(129,145,161),14", "OK"]);
    for (command, error) in [
        ("AT+CPBW=3,\"1\"", 21),
        ("AT+CPBW=0,\"1\"", 21),
        ("AT+CPBW", 0),
        ("AT+CPBW=,\"123456789012345678901\"", 26),
        ("AT+CPBW=,\"12a\"", 27),
        ("AT+CPBW=,\"1+2\"", 27),
        ("AT+CPBW=,\"\"", 27),
        ("AT+CPBW=,\"1\",130", 50),
        ("AT+CPBW=,\"1\",129,\"fifteen letters\"", 24),
    ] {
        let want = if error == 0 { "ERROR".to_owned() } else { format!("+CME ERROR: {error}") };
        bench.at(command, &[&want]);
    }
    bench.at(
        "AT+CPBS=\"ME\";+CPBW=,\"06?p#\",129,\"Wild\";+CPBR=1",
        &["+CPBR: 1,\"06?p#\",129,\"Wild\"", "OK"],
    );
    bench.at("AT+CPBW=1;+CPBR=1", &["+CME ERROR: 22"]);
}

#[test]
fn dialled_numbers_are_kept_over_a_restart() {
    let mut bench = Bench::registered();
    bench.at("ATD3900;", &["OK"]);
    bench.at("AT+CHUP", &["OK"]);
    bench.at("AT+CPBS=\"ME\";+CPBW=7,\"3901\",129,\"Seven\"", &["OK"]);
    bench.modem.power_off(bench.now);
    bench.sent.clear();
    bench.boot();
    bench.at("AT+CPBS=\"LD\";+CPBR=1", &["+CPBR: 1,\"3900\",129,\"\"", "OK"]);
    bench.at("AT+CPBS=\"ME\";+CPBR=1,50", &["+CPBR: 7,\"3901\",129,\"Seven\"", "OK"]);
}

#[test]
fn pins_are_changed_and_unblocked_by_dialled_codes() {
    let mut bench = Bench::registered();
    bench.at("ATD**04*0000*1234*1234#", &["+CME ERROR: 3"]);
    bench.at("AT+CLCK=\"SC\",1,\"0000\"", &["OK"]);
    bench.at("ATD**04*0000*1234*4321#;", &["+CME ERROR: 16"]);
    bench.at("ATD**04*0000*1234*1234#;", &["OK"]);
    bench.at("ATD**042*0000*1234*1234#", &["+CME ERROR: 16"]);
    bench.at("AT+CPINR=\"SIM PIN2\"", &["+CPINR: SIM PIN2,2,3", "OK"]);
    bench.at("ATD**042*00000000*13579*13579#", &["OK"]);
    bench.at("ATD**052*11111111*1234*1234#", &["+CME ERROR: 16"]);
    bench.at("AT+CPINR=\"SIM PUK2\"", &["+CPINR: SIM PUK2,9,10", "OK"]);
    bench.at(&format!("ATD**052*{PUK2}*2468*2468#"), &["OK"]);
    bench.at("ATD**04*1234*12*12#", &["+CME ERROR: 16"]);
    bench.at("ATD**04*1234#", &["+CME ERROR: 50"]);
    bench.modem.power_off(bench.now);
    bench.boot();
    for _ in 0..3 {
        bench.at("AT+CPIN=\"9999\"", &["+CME ERROR: 16"]);
    }
    bench.at(&format!("ATD**05*{PUK1}*0000*0000#"), &["OK", "+CPIN: READY"]);
    bench.expect_no_call();
}

impl Bench {
    fn expect_no_call(&self) {
        assert!(!self.sent.iter().any(|(_, _, message)| matches!(message, NasUp::Call(_))));
    }
}

/// A code of the wrong form is not presented to the card: it costs no try.
#[test]
fn what_cannot_be_a_pin_is_refused_before_the_card_sees_it() {
    let mut bench = Bench::registered();
    bench.at("AT+CLCK=\"SC\",1,\"12\"", &["+CME ERROR: 16"]);
    bench.at("AT+CLCK=\"SC\",1,\"123456789\"", &["+CME ERROR: 16"]);
    bench.at("AT+CLCK=\"SC\",1,\"12ab\"", &["+CME ERROR: 16"]);
    bench.at("AT+CPWD=\"P2\",\"000\",\"1234\"", &["+CME ERROR: 16"]);
    bench.at("AT+CPWD=\"P2\",\"00000000\",\"12\"", &["+CME ERROR: 16"]);
    bench.at(
        "AT+CPINR",
        &[
            "+CPINR: SIM PIN,3,3",
            "+CPINR: SIM PUK,10,10",
            "+CPINR: SIM PIN2,3,3",
            "+CPINR: SIM PUK2,10,10",
            "OK",
        ],
    );
    bench.at("AT+CLCK=\"SC\",1,\"0000\"", &["OK"]);
    bench.modem.power_off(bench.now);
    bench.boot();
    bench.at("AT+CPIN=\"000\"", &["+CME ERROR: 16"]);
    bench.at("AT+CPINR=\"SIM PIN\"", &["+CPINR: SIM PIN,3,3", "OK"]);
}

#[test]
fn fixed_dialling_holds_for_service_codes_too() {
    let mut bench = Bench::registered();
    bench.at("AT+CLCK=\"FD\",1,\"00000000\"", &["OK"]);
    bench.at("AT+CUSD=1,\"*100#\"", &["+CME ERROR: 56"]);
    bench.expect_no_nas();
    bench.at("AT+CPBS=\"FD\";+CPBW=1,\"*100#\"", &["OK"]);
    bench.at("AT+CUSD=1,\"*100#\"", &["OK"]);
    assert!(matches!(bench.nas(), NasUp::Ss(_)));
}

#[test]
fn access_points_off_the_list_are_not_asked_for() {
    let mut bench = Bench::registered();
    bench.at("AT+CGDCONT=2,\"IP\",\"other\"", &["OK"]);
    bench.at("AT+CSIM=26,\"00200081083030303030303030\"", &["+CSIM: 4,\"9000\"", "OK"]);
    bench.at("AT+CRSM=214,28502,0,0,1,\"04\"", &["+CRSM: 144,0", "OK"]);
    bench.at("AT+CGACT=1,2", &["+CME ERROR: 3"]);
    bench.expect_no_nas();
    bench.at("AT+CRSM=214,28503,0,0,9,\"01DD06056F74686572\"", &["+CRSM: 144,0", "OK"]);
    bench.type_line("AT+CGACT=1,2");
    assert!(matches!(bench.nas(), NasUp::PdnConnectivityRequest { .. }));
}
