//! The card behind AT commands: PINs, phone books, files. Values are those of the service description.

use super::*;

#[test]
fn pin1_is_off_by_default_can_be_enabled_and_then_guards_the_boot() {
    let mut bench = Bench::registered();
    bench.at("AT+CPIN?;+CLCK=\"SC\",2", &["+CPIN: READY", "+CLCK: 0", "OK"]);
    bench.at("AT+CLCK=\"SC\",1,\"1111\"", &["+CME ERROR: 16"]);
    bench.at("AT+CLCK=\"SC\",1,\"0000\"", &["OK"]);
    bench.at("AT+CLCK=\"SC\",2", &["+CLCK: 1", "OK"]);
    bench.at("AT+CPWD=\"SC\",\"0000\",\"4321\"", &["OK"]);
    bench.modem.power_off(bench.now);
    bench.sent.clear();
    bench.modem.power_on(bench.now);
    bench.wait(secs(2));
    assert_eq!(bench.lines(), ["RDY", "+CPIN: SIM PIN"]);
    bench.expect_no_nas();
    bench.at("ATE0+CMEE=1", &["ATE0+CMEE=1\r", "OK"]);
    bench.at("AT+CIMI", &["+CME ERROR: 11"]);
    bench.at("AT+CMGF=1", &["+CMS ERROR: 311"]);
    bench.at("ATD3900;", &["+CME ERROR: 11"]);
    bench.at("AT+CPIN=\"4321\"", &["OK", "+CPIN: READY"]);
    assert!(is_attach(&bench.nas()));
    bench.register_after_attach();
    bench.at("AT+CIMI", &["208010000000001", "OK"]);
}

impl Bench {
    fn register_after_attach(&mut self) {
        self.network(accept());
        self.nas();
        self.take_text();
    }
}

#[test]
fn three_wrong_pins_block_and_the_puk_unblocks() {
    let mut bench = Bench::registered();
    bench.at("AT+CLCK=\"SC\",1,\"0000\"", &["OK"]);
    bench.modem.power_off(bench.now);
    bench.boot();
    for left in [2, 1, 0] {
        bench.at("AT+CPIN=\"9999\"", &["+CME ERROR: 16"]);
        bench.at("AT+CPINR=\"SIM PIN\"", &[&format!("+CPINR: SIM PIN,{left},3"), "OK"]);
    }
    bench.at("AT+CPIN?", &["+CPIN: SIM PUK", "OK"]);
    bench.at("AT+CPIN=\"0000\"", &["+CME ERROR: 12"]);
    bench.at("AT+CMGF=1", &["+CMS ERROR: 316"]);
    bench.at("AT+CPIN=\"00000000\",\"1234\"", &["+CME ERROR: 16"]);
    bench.at("AT+CPINR=\"SIM PUK\"", &["+CPINR: SIM PUK,9,10", "OK"]);
    bench.at(&format!("AT+CPIN=\"{PUK1}\",\"1234\""), &["OK", "+CPIN: READY"]);
    bench.at("AT+CPIN?", &["+CPIN: READY", "OK"]);
    bench.at("AT+CPIN=\"1234\"", &["+CME ERROR: 3"]);
}

#[test]
fn ten_wrong_puks_kill_the_card() {
    let mut bench = Bench::registered();
    bench.at("AT+CLCK=\"SC\",1,\"0000\"", &["OK"]);
    bench.modem.power_off(bench.now);
    bench.boot();
    for _ in 0..3 {
        bench.type_line("AT+CPIN=\"9999\"");
    }
    for _ in 0..10 {
        bench.at("AT+CPIN=\"00000000\",\"1234\"", &["+CME ERROR: 16"]);
    }
    bench.at(&format!("AT+CPIN=\"{PUK1}\",\"1234\""), &["+CME ERROR: 13"]);
    bench.at("AT+CPIN?", &["+CME ERROR: 13"]);
}

#[test]
fn fixed_dialling_needs_the_eight_zeros() {
    let mut bench = Bench::registered();
    bench.at("AT+CPBS=\"FD\"", &["OK"]);
    bench.at("AT+CPBW=1,\"+33639980002\",145,\"SERVER\"", &["+CME ERROR: 17"]);
    bench.at("AT+CPIN?", &["+CPIN: SIM PIN2", "OK"]);
    bench.at("AT+CPWD=\"P2\",\"0000\",\"1234\"", &["+CME ERROR: 16"]);
    bench.at("AT+CPINR=\"SIM PIN2\"", &["+CPINR: SIM PIN2,2,3", "OK"]);
    bench.at("AT+CPWD=\"P2\",\"00000000\",\"123456\"", &["OK"]);
    bench.at("AT+CPBW=1,\"+33639980002\",145,\"SERVER\"", &["OK"]);
    bench.at("AT+CLCK=\"FD\",1,\"123456\"", &["OK"]);
    bench.at("ATD0612345678;", &["+CME ERROR: 56"]);
    bench.expect_no_nas();
    bench.at("ATD+33639980002;", &["OK"]);
    bench.at("AT+CHUP", &["OK"]);
    // A message needs its service centre on the list, too.
    bench.type_line("AT+CMGF=1");
    bench.type_line("AT+CMGS=\"+33639980002\"");
    bench.type_bytes(b"x\x1a");
    assert_eq!(bench.lines().last().unwrap(), "+CMS ERROR: 302");
    bench.at("ATD112;", &["OK"]);
}

#[test]
fn pin2_blocks_and_puk2_unblocks_it() {
    let mut bench = Bench::registered();
    for _ in 0..3 {
        bench.at("AT+CPWD=\"P2\",\"1111\",\"1234\"", &["+CME ERROR: 16"]);
    }
    bench.at("AT+CLCK=\"FD\",1,\"00000000\"", &["+CME ERROR: 18"]);
    bench.at(&format!("AT+CPIN=\"{PUK2}\",\"2468\""), &["OK"]);
    bench.at("AT+CLCK=\"FD\",1,\"2468\"", &["OK"]);
    bench.at("AT+CLCK=\"FD\",2", &["+CLCK: 1", "OK"]);
}

#[test]
fn the_phone_book_has_two_records_and_the_service_numbers_are_read_only() {
    let mut bench = Bench::registered();
    bench.at("AT+CPBS?;+CPBR=?", &["+CPBS: \"SM\",0,2", "+CPBR: (1-2),20,14", "OK"]);
    bench.at("AT+CPBR=1,2", &["+CME ERROR: 22"]);
    bench.at("AT+CPBW=,\"+33639980002\",145,\"SERVER\"", &["OK"]);
    bench.at("AT+CPBW=,\"3900\",129,\"HELP\"", &["OK"]);
    bench.at("AT+CPBW=,\"3901\",129,\"MORE\"", &["+CME ERROR: 20"]);
    bench.at(
        "AT+CPBR=1,2",
        &["+CPBR: 1,\"+33639980002\",145,\"SERVER\"", "+CPBR: 2,\"3900\",129,\"HELP\"", "OK"],
    );
    bench.at("AT+CPBR=3", &["+CME ERROR: 21"]);
    bench.at("AT+CPBW=1,\"+33639980002\",145,\"a name that is far too long\"", &["+CME ERROR: 24"]);
    bench.at("AT+CPBW=1,\"abc\"", &["+CME ERROR: 27"]);
    bench.at("ATD>1;", &["OK"]);
    bench.at("AT+CHUP", &["OK"]);
    bench.at("AT+CPBW=1;+CPBS?", &["+CPBS: \"SM\",1,2", "OK"]);
    bench.at("AT+CPBS=\"SN\";+CPBW=1,\"3900\"", &["+CME ERROR: 3"]);
    bench.at("AT+CNUM", &["+CNUM: \"\",\"+33639980001\",145", "OK"]);
}

/// Commands and answers of the worked `+CRSM` examples.
#[test]
fn files_are_reached_as_in_the_examples() {
    let mut bench = Bench::registered();
    bench.at("AT+CRSM=176,28423,0,0,9", &["+CRSM: 144,0,\"082980100000000010\"", "OK"]);
    bench.at("AT+CRSM=176,12258,0,0,10", &["+CRSM: 144,0,\"983310000000000000F2\"", "OK"]);
    bench.at("AT+CRSM=214,28513,0,0,5,\"12F430C080\"", &["+CRSM: 105,130", "OK"]);
    bench.at("AT+CRSM=176,28589,0,0,4", &["+CRSM: 144,0,\"00000002\"", "OK"]);
    bench.at("AT+CRSM=178,28476,7,4,176", &["+CRSM: 106,131", "OK"]);
    bench.at("AT+CRSM=176,28670,0,0,1", &["+CRSM: 106,130", "OK"]);
    bench.at("AT+CRSM=178,28476,1,4,10", &["+CRSM: 108,176", "OK"]);
    bench.at("AT+CRSM=214,28539,0,0,12,\"FFFF\"", &["+CRSM: 103,0", "OK"]);
    bench.at("AT+CRSM=99,28539", &["+CRSM: 109,0", "OK"]);
    bench.at("AT+CCID", &["+CCID: 8933010000000000002", "OK"]);
}

#[test]
fn the_operator_list_is_shown_and_not_written() {
    let mut bench = Bench::registered();
    bench.at(
        "AT+CPLS=1;+CPOL?",
        &[
            "+CPOL: 1,2,\"21403\",1,0,1,1",
            "+CPOL: 2,2,\"21407\",1,0,1,1",
            "+CPOL: 3,2,\"26003\",1,0,1,1",
            "OK",
        ],
    );
    bench.at("AT+CPOL=1,2,\"21407\",1,0,1,1", &["+CME ERROR: 3"]);
}

#[test]
fn a_card_can_be_taken_out_and_put_back() {
    let mut bench = Bench::registered();
    let card = bench.modem.remove_card(bench.now).unwrap();
    bench.wait(secs(1));
    assert_eq!(bench.nas(), NasUp::DetachRequest { switch_off: true });
    assert_eq!(bench.lines(), ["+CPIN: NOT INSERTED"]);
    bench.at("AT+CPIN?", &["+CME ERROR: 10"]);
    bench.at("AT+CMGF=0", &["+CMS ERROR: 310"]);
    bench.modem.insert_card(bench.now, card);
    bench.wait(secs(1));
    assert_eq!(bench.lines(), ["+CPIN: READY"]);
    assert!(is_attach(&bench.nas()));
}

#[test]
fn a_detach_ends_with_the_card() {
    for command in ["AT+CGATT=0", "AT+COPS=2"] {
        let mut bench = Bench::registered();
        bench.at(command, &[]);
        bench.modem.remove_card(bench.now).unwrap();
        bench.wait(secs(1));
        assert_eq!(bench.lines(), ["+CPIN: NOT INSERTED", "OK"], "{command}");
        bench.at("AT", &["OK"]);
    }
}
