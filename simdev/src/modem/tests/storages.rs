//! Storages of short messages: the card, the modem, both as one, and status reports.

use super::messages::{D1, D1_WITH_CENTRE, R1, S2, answer, deliver, hex_of, network_says};
use super::*;

/// D1 of another class: its data coding scheme is the octet before the time stamp.
pub fn with_coding(dcs: &str) -> String {
    let changed = D1.replacen("F2000062", &format!("F200{dcs}62"), 1);
    assert_ne!(changed, D1);
    changed
}

#[test]
fn a_message_goes_where_cpms_says_and_class_2_to_the_card() {
    let mut bench = Bench::registered();
    bench.at("AT+CPMS=\"ME\",\"ME\",\"ME\"", &["+CPMS: 0,50,0,50,0,50", "OK"]);
    deliver(&mut bench, 1, D1);
    assert!(answer(&mut bench).starts_with("02"));
    assert_eq!(bench.lines(), ["+CMTI: \"ME\",1"]);
    deliver(&mut bench, 2, &with_coding("12"));
    answer(&mut bench);
    assert_eq!(bench.lines(), ["+CMTI: \"SM\",1"]);
    bench.at("AT+CPMS?", &["+CPMS: \"ME\",1,50,\"ME\",1,50,\"ME\",1,50", "OK"]);
    bench.at("AT+CMGR=1", &["+CMGR: 0,,30", D1_WITH_CENTRE, "OK"]);
    bench.at("AT+CPMS=\"MT\"", &["+CPMS: 2,56,1,50,1,50", "OK"]);
    bench.at(
        "AT+CMGF=1;+CMGL=\"ALL\"",
        &[
            "+CMGL: 1,\"REC UNREAD\",\"+33639980002\",,\"26/03/14,09:26:53+08\"",
            "How are you?",
            "+CMGL: 7,\"REC READ\",\"+33639980002\",,\"26/03/14,09:26:53+08\"",
            "How are you?",
            "OK",
        ],
    );
    bench.at("AT+CMGD=?", &["+CMGD: (1-56),(0-4)", "OK"]);
    bench.at("AT+CMGD=7", &["OK"]);
    bench.at("AT+CPMS=\"SM\"", &["+CPMS: 1,6,0,50,0,50", "OK"]);
}

#[test]
fn what_lies_in_the_modem_outlives_the_power_and_what_lies_on_the_card_goes_with_it() {
    let mut bench = Bench::registered();
    bench.at("AT+CPMS=\"ME\",\"ME\",\"ME\"", &["+CPMS: 0,50,0,50,0,50", "OK"]);
    deliver(&mut bench, 1, D1);
    bench.modem.power_off(bench.now);
    bench.sent.clear();
    let card = bench.modem.remove_card(bench.now);
    assert!(card.is_some());
    bench.modem.insert_card(bench.now, SimCard::new(profile()));
    bench.boot();
    bench.at("AT+CPMS?", &["+CPMS: \"SM\",0,6,\"SM\",0,6,\"SM\",0,6", "OK"]);
    bench.at("AT+CPMS=\"ME\"", &["+CPMS: 1,50,0,6,0,6", "OK"]);
    bench.at("AT+CMGL=0", &["+CMGL: 1,0,,30", D1_WITH_CENTRE, "OK"]);
}

#[test]
fn status_reports_have_a_storage_of_their_own() {
    let mut bench = Bench::registered();
    bench.at("AT+CNMI=2,1,0,2,0", &["OK"]);
    deliver(&mut bench, 1, R1);
    assert!(answer(&mut bench).starts_with("02"));
    assert_eq!(bench.lines(), ["+CDSI: \"SR\",1"]);
    bench.at("AT+CPMS=\"SR\"", &["+CPMS: 1,20,0,6,0,6", "OK"]);
    bench.at("AT+CMGR=1", &["+CMGR: 0,,25", &format!("07913336999800F0{R1}"), "OK"]);
    bench.at("AT+CMGF=1", &["OK"]);
    let fields = "6,42,\"+33639980002\",145,\"26/03/14,09:26:53+04\",\"26/03/14,09:27:05+04\",0";
    bench.at("AT+CMGR=1", &[&format!("+CMGR: \"REC READ\",{fields}"), "OK"]);
    bench.at("AT+CMGL=\"ALL\"", &[&format!("+CMGL: 1,\"REC READ\",{fields}"), "OK"]);
    bench.at("AT+CMGD=1,4", &["OK"]);
    bench.at("AT+CMGL=\"ALL\"", &["OK"]);
    bench.at("AT+CPMS=\"SM\",\"SR\"", &["+CMS ERROR: 302"]);
}

#[test]
fn a_full_modem_refuses_with_another_cause_than_a_full_card() {
    for (memory, places, cause) in [("SM", 6, "D0"), ("ME", 50, "D3"), ("MT", 56, "D3")] {
        let mut bench = Bench::registered();
        bench.type_line(&format!("AT+CPMS=\"{memory}\",\"{memory}\",\"{memory}\""));
        for reference in 100..100 + places {
            deliver(&mut bench, reference, D1);
            assert!(answer(&mut bench).starts_with("02"), "{memory}");
        }
        deliver(&mut bench, 2, D1);
        let refusal = answer(&mut bench);
        assert!(
            refusal.starts_with("04020116") && refusal.contains(&format!("00{cause}")),
            "{memory}: {refusal}"
        );
        bench.at("AT+CMGD=2", &["OK"]);
        let smma = hex_of(bench.nas());
        assert_eq!(&smma[..8], "09010206", "{memory}");
        network_says(&mut bench, &format!("89010203{}", &smma[8..10]));
        bench.sent.clear();
        bench.at("AT+CMGD=3", &["OK"]);
        bench.expect_no_nas();
    }
}

#[test]
fn smsfull_comes_and_goes_with_the_room() {
    let mut bench = Bench::registered();
    bench.at("AT+CMER=2,0,0,2;+CNMI=2,0", &["OK"]);
    for reference in 0..6 {
        assert!(!bench.take_text().contains("+CIEV: 8"));
        deliver(&mut bench, reference, D1);
    }
    assert!(bench.lines().contains(&"+CIEV: 8,1".to_owned()));
    bench.type_line("AT+CMGD=1,4");
    assert!(bench.lines().contains(&"+CIEV: 8,0".to_owned()));
}

#[test]
fn delflag_says_what_goes() {
    // States that stand after each flag: received unread, received read, to be sent, sent.
    for (flag, left) in [(0, vec![0, 2, 3]), (1, vec![0, 2, 3]), (2, vec![0, 2]), (3, vec![0]), (4, vec![])] {
        let mut bench = Bench::registered();
        deliver(&mut bench, 1, D1);
        bench.type_line("AT+CMGR=1");
        deliver(&mut bench, 2, D1);
        for state in [2, 3] {
            bench.type_line(&format!("AT+CMGW=25,{state}"));
            bench.type_bytes(format!("{S2}\x1a").as_bytes());
        }
        bench.at(&format!("AT+CMGD=1,{flag}"), &["OK"]);
        // Listing marks as read: the unread ones come last.
        for state in (0..4).rev() {
            bench.type_line(&format!("AT+CMGL={state}"));
            let there = bench.lines().iter().any(|line| line.starts_with("+CMGL:"));
            assert_eq!(there, left.contains(&state), "flag {flag}, state {state}");
        }
    }
    Bench::registered().at("AT+CMGD=1,5", &["+CMS ERROR: 321"]);
}

#[test]
fn messages_are_written_to_and_sent_from_the_modem() {
    let mut bench = Bench::registered();
    bench.at("AT+CPMS=\"ME\",\"ME\"", &["+CPMS: 0,50,0,50,0,6", "OK"]);
    bench.type_line("AT+CMGW=25");
    bench.type_bytes(S2.as_bytes());
    bench.take_text();
    bench.type_bytes(&[0x1a]);
    assert_eq!(bench.lines(), ["+CMGW: 1", "OK"]);
    bench.type_line("AT+CMSS=1");
    let data = hex_of(bench.nas());
    network_says(&mut bench, &format!("89010203{}", &data[8..10]));
    assert!(bench.lines()[0].starts_with("+CMSS: "));
    bench.at("AT+CMGL=3", &["+CMGL: 1,3,,25", S2, "OK"]);
}

#[test]
fn settings_are_put_aside_and_brought_back() {
    let mut bench = Bench::registered();
    bench.at("AT+CRES", &["+CMS ERROR: 320"]);
    bench.at("AT+CSMP=49,169,1,8;+CSCB=1,\"0-3,50\";+CSAS=1", &["OK"]);
    bench.at("AT+CSMP=17,167,0,0;+CSCB=0;+CSCA=\"+336\"", &["OK"]);
    bench.modem.power_off(bench.now);
    bench.sent.clear();
    bench.boot();
    bench.at("AT+CRES=1", &["OK"]);
    bench.at(
        "AT+CSMP?;+CSCB?;+CSCA?",
        &["+CSMP: 49,169,1,8", "+CSCB: 1,\"0-3,50\",\"\"", "+CSCA: \"+33639989000\",145", "OK"],
    );
}

#[test]
fn validity_periods_have_the_format_that_the_first_octet_names() {
    let mut bench = Bench::registered();
    // S8 of the worked PDUs: absolute, 2026-03-15 12:00:00 +01:00.
    bench.at("AT+CSMP=25,\"26/03/15,12:00:00+04\"", &["OK"]);
    bench.at("AT+CSMP?", &["+CSMP: 25,\"26/03/15,12:00:00+04\",0,0", "OK"]);
    bench.at("AT+CMGF=1", &["OK"]);
    bench.type_line("AT+CMGS=\"+33639980002\"");
    bench.type_bytes(b"VP abs\x1a");
    assert!(hex_of(bench.nas()).ends_with("0B913336990800F2000062305121000040065628282C9E03"));
    let mut bench = Bench::registered();
    for wrong in ["25,167", "17,\"26/03/15,12:00:00+04\"", "25", "9,\"00\"", "17,256", "17,167,0,0,0"] {
        bench.at(&format!("AT+CSMP={wrong}"), &["+CMS ERROR: 302"]);
    }
    bench.at("AT+CSMP=9,\"0100000000000A\";+CSMP?", &["+CSMP: 9,\"0100000000000A\",0,0", "OK"]);
    bench.at("AT+CSMP=17;+CSMP?", &["+CSMP: 17,167,0,0", "OK"]);
}

#[test]
fn binary_data_with_a_header_is_typed_as_octets() {
    let mut bench = Bench::registered();
    // S7 of the worked PDUs: ports 16000 and 16001, DE AD BE EF.
    bench.at("AT+CSMP=65,,0,4;+CMGF=1", &["OK"]);
    bench.type_line("AT+CMGS=\"+33639980002\"");
    bench.type_bytes(b"0605043E803E81DEADBEEF\x1a");
    assert!(hex_of(bench.nas()).ends_with("0B913336990800F200040B0605043E803E81DEADBEEF"));
    bench.take_text();
    bench.type_bytes(b"AT+CMGS=\"+33639980002\"\r");
    let mut bench = Bench::registered();
    bench.at("AT+CSMP=65,,0,4;+CMGF=1", &["OK"]);
    for wrong in ["0605", "zz", "abc", ""] {
        bench.type_line("AT+CMGS=\"+33639980002\"");
        bench.take_text();
        bench.type_bytes(format!("{wrong}\x1a").as_bytes());
        assert_eq!(bench.lines().last().unwrap(), "+CMS ERROR: 305", "{wrong}");
    }
    bench.expect_no_nas();
}

#[test]
fn a_command_to_the_service_centre_is_sent_in_both_modes() {
    let mut bench = Bench::registered();
    bench.at("AT+CMGF=1", &["OK"]);
    bench.type_line("AT+CMGC=2,2,0,42,\"+33639980002\"");
    bench.type_bytes(b"\x1a");
    let data = hex_of(bench.nas());
    // COMMAND: PID 00, delete, TP-MN 42, destination, no data.
    assert!(data.ends_with("00022A0B913336990800F200"), "{data}");
    bench.take_text();
    network_says(&mut bench, &format!("89010203{}", &data[8..10]));
    assert_eq!(bench.lines(), ["+CMGC: 0", "OK"]);
    bench.at("AT+CMGC=1,2", &["+CMS ERROR: 305"]);
    bench.sent.clear();
    bench.at("AT+CMGF=0", &["OK"]);
    bench.type_line("AT+CMGC=14");
    bench.take_text();
    bench.type_bytes(b"00020000022A0B913336990800F200\x1a");
    assert!(hex_of(bench.nas()).contains("00022A0B913336990800F200"));
}
