//! Short messages both ways. PDUs are those that Wireshark and other decoders agreed on.

use super::*;

/// SUBMIT with TP-MR 2A, status report requested, "Temp=21.5 OK" to +33639980002.
pub const S2: &str = "00312A0B913336990800F20000A70CD4721BDE93C55C35D07309";
/// DELIVER from +33639980002, "How are you?".
pub const D1: &str = "040B913336990800F20000623041906235800CC8F71D14969741F977FD07";
pub const D1_WITH_CENTRE: &str =
    "07913336999800F0040B913336990800F20000623041906235800CC8F71D14969741F977FD07";
/// DELIVER of type 0, empty.
pub const D6: &str = "040B913336990800F240006230419062354000";
/// STATUS-REPORT for TP-MR 2A.
pub const R1: &str = "062A0B913336990800F2623041906235406230419072504000";

pub fn hex_of(message: NasUp) -> String {
    let NasUp::Sms(octets) = message else { panic!("not a short message: {message}") };
    hex::encode_upper(octets)
}

pub fn network_says(bench: &mut Bench, cp: &str) {
    bench.network(NasDown::Sms(hex::decode(cp).unwrap()));
}

/// CP-DATA with an RP-DATA of this TPDU, as the network sends it.
pub fn deliver(bench: &mut Bench, reference: u8, tpdu: &str) {
    let length = tpdu.len() / 2;
    let rp = format!("01{reference:02X}07913336999800F000{length:02X}{tpdu}");
    network_says(bench, &format!("0901{:02X}{rp}", rp.len() / 2));
}

/// The modem's CP-ACK, and then its answer as hexadecimal RP octets.
#[track_caller]
pub fn answer(bench: &mut Bench) -> String {
    assert_eq!(hex_of(bench.nas()), "8904", "CP-ACK");
    let data = hex_of(bench.nas());
    assert!(data.starts_with("8901"), "{data}");
    data[6..].to_owned()
}

#[test]
fn a_pdu_is_sent_and_its_reference_shown() {
    let mut bench = Bench::registered();
    bench.type_line("AT+CMGS=25");
    assert_eq!(bench.take_text(), "\r\n> ");
    bench.type_bytes(S2.as_bytes());
    bench.type_bytes(&[0x1a]);
    let data = hex_of(bench.nas());
    // CP-DATA and RP-DATA as in the worked example, up to the references that the modem chooses.
    assert_eq!(&data[..8], "09012500");
    assert!(data[10..].starts_with("0007913336999800F01931"), "{data}");
    assert!(data.ends_with("0B913336990800F20000A70CD4721BDE93C55C35D07309"), "{data}");
    let reference = data[8..10].to_owned();
    let message_reference = u8::from_str_radix(&data[32..34], 16).unwrap();
    network_says(&mut bench, "8904");
    assert_eq!(bench.take_text(), "");
    network_says(&mut bench, &format!("89010203{reference}"));
    assert_eq!(hex_of(bench.nas()), "0904");
    assert_eq!(bench.lines(), [format!("+CMGS: {message_reference}"), "OK".to_owned()]);
}

#[test]
fn the_echo_of_a_prompt_shows_what_is_typed() {
    let mut bench = Bench::registered();
    bench.at("ATE1", &["OK"]);
    bench.at("AT+CMGF=1", &["AT+CMGF=1\r", "OK"]);
    bench.take_text();
    bench.type_line("AT+CMGS=\"+33639980002\"");
    bench.type_bytes(b"one\rtwo\x1a");
    assert_eq!(bench.take_text(), "AT+CMGS=\"+33639980002\"\r\r\n> one\r\n> two");
    assert!(hex_of(bench.nas()).len() > 20);
}

#[test]
fn refusals_of_the_network_become_cms_errors() {
    // RP-ERROR as the network sends it, and the number that the host sees.
    let rows = [("32", 50), ("08", 8), ("2A", 42), ("29", 41)];
    for (cause, number) in rows {
        let mut bench = Bench::registered();
        bench.type_line("AT+CMGF=1");
        bench.type_line("AT+CMGS=\"+33639980002\"");
        bench.type_bytes(b"hello\x1a");
        let data = hex_of(bench.nas());
        network_says(&mut bench, &format!("89010405{}01{cause}", &data[8..10]));
        assert_eq!(bench.lines().last().unwrap(), &format!("+CMS ERROR: {number}"));
    }
}

#[test]
fn an_unanswered_message_is_repeated_and_then_given_up() {
    let mut bench = Bench::registered();
    bench.type_line("AT+CMGF=1");
    bench.type_line("AT+CMGS=\"+33639980002\"");
    bench.type_bytes(b"hello\x1a");
    bench.take_text();
    bench.wait(secs(60));
    assert_eq!(bench.sent.len(), 3);
    assert_eq!(bench.lines(), ["+CMS ERROR: 332"]);
}

#[test]
fn what_cannot_be_sent_is_refused_at_home() {
    let mut bench = Bench::registered();
    for (length, pdu, number) in [(24, S2, 304), (25, "nonsense", 304), (25, &S2[..40], 304)] {
        bench.type_line(&format!("AT+CMGS={length}"));
        bench.take_text();
        bench.type_bytes(pdu.as_bytes());
        bench.type_bytes(&[8; 1]);
        bench.type_bytes(&pdu.as_bytes()[pdu.len() - 1..]);
        bench.take_text();
        bench.type_bytes(&[0x1a]);
        assert_eq!(bench.lines(), [format!("+CMS ERROR: {number}")]);
    }
    bench.type_line("AT+CMGS=25");
    bench.take_text();
    bench.type_bytes(b"0031\x1b");
    assert_eq!(bench.lines().last().unwrap(), "OK");
    bench.at("AT+CMGS=\"x\"", &["+CMS ERROR: 304"]);
    bench.expect_no_nas();

    let mut bench = Bench::booted();
    bench.type_line("AT+CMGF=1");
    bench.type_line("AT+CMGS=\"+33639980002\"");
    bench.type_bytes(b"hello\x1a");
    assert_eq!(bench.lines().last().unwrap(), "+CMS ERROR: 331");
}

#[test]
fn a_message_is_stored_read_and_deleted() {
    let mut bench = Bench::registered();
    deliver(&mut bench, 7, D1);
    assert_eq!(answer(&mut bench), "020741020000");
    assert_eq!(bench.lines(), ["+CMTI: \"SM\",1"]);
    bench.at("AT+CMGL=4", &["+CMGL: 1,0,,30", D1_WITH_CENTRE, "OK"]);
    bench.at("AT+CMGL=0", &["OK"]);
    bench.at("AT+CMGR=1", &["+CMGR: 1,,30", D1_WITH_CENTRE, "OK"]);
    bench.at(
        "AT+CMGF=1;+CMGL=\"ALL\"",
        &["+CMGL: 1,\"REC READ\",\"+33639980002\",,\"26/03/14,09:26:53+08\"", "How are you?", "OK"],
    );
    bench.at(
        "AT+CSDH=1;+CMGR=1",
        &[
            "+CMGR: \"REC READ\",\"+33639980002\",,\"26/03/14,09:26:53+08\",145,4,0,0,\"+33639989000\",145,12",
            "How are you?",
            "OK",
        ],
    );
    bench.at("AT+CPMS?", &["+CPMS: \"SM\",1,6,\"SM\",1,6,\"SM\",1,6", "OK"]);
    bench.at("AT+CMGD=1", &["OK"]);
    bench.at("AT+CPMS=\"SM\",\"SM\",\"SM\"", &["+CPMS: 0,6,0,6,0,6", "OK"]);
    bench.at("AT+CMGR=1", &["+CMS ERROR: 321"]);
    bench.at("AT+CMGD=7", &["+CMS ERROR: 321"]);
}

#[test]
fn a_seventh_message_meets_a_full_card_and_room_is_announced() {
    let mut bench = Bench::registered();
    for reference in 0..6 {
        deliver(&mut bench, reference, D1);
        assert!(answer(&mut bench).starts_with("02"));
    }
    bench.take_text();
    deliver(&mut bench, 6, D1);
    // RP-ERROR 22 with a DELIVER-REPORT of TP-FCS D0.
    let refusal = answer(&mut bench);
    assert!(refusal.starts_with("040601164103") || refusal.starts_with("0406011641"), "{refusal}");
    assert!(refusal.contains("00D0"), "{refusal}");
    assert_eq!(bench.lines(), [""; 0]);
    bench.at("AT+CPMS?", &["+CPMS: \"SM\",6,6,\"SM\",6,6,\"SM\",6,6", "OK"]);
    bench.expect_no_nas();
    bench.at("AT+CMGD=3", &["OK"]);
    let smma = hex_of(bench.nas());
    assert_eq!(&smma[..8], "09010206");
    network_says(&mut bench, &format!("89010203{}", &smma[8..10]));
    bench.sent.clear();
    deliver(&mut bench, 8, D1);
    assert!(answer(&mut bench).starts_with("02"));
    assert_eq!(bench.lines(), ["+CMTI: \"SM\",3"]);
}

#[test]
fn the_defect_acknowledges_a_message_that_it_cannot_store() {
    let mut bench = Bench::with_defects(Some(SimCard::new(profile())), &[Defect::StoresSeventhSms]);
    bench.boot();
    bench.register();
    for reference in 0..7 {
        deliver(&mut bench, reference, D1);
        assert!(answer(&mut bench).starts_with("02"), "{reference}");
    }
    bench.at("AT+CPMS?", &["+CPMS: \"SM\",7,6,\"SM\",7,6,\"SM\",7,6", "OK"]);
}

#[test]
fn messages_are_routed_as_cnmi_says() {
    let mut bench = Bench::registered();
    bench.at("AT+CNMI=2,2,0,1,0", &["OK"]);
    deliver(&mut bench, 1, D1);
    assert_eq!(bench.lines(), ["+CMT: ,30", D1_WITH_CENTRE]);
    assert!(answer(&mut bench).starts_with("02"));
    bench.at("AT+CMGF=1", &["OK"]);
    deliver(&mut bench, 2, D1);
    assert_eq!(bench.take_text(), "\r\n+CMT: \"+33639980002\",,\"26/03/14,09:26:53+08\"\r\nHow are you?\r\n");
    answer(&mut bench);
    deliver(&mut bench, 3, R1);
    assert_eq!(
        bench.lines(),
        ["+CDS: 6,42,\"+33639980002\",145,\"26/03/14,09:26:53+04\",\"26/03/14,09:27:05+04\",0"]
    );
    answer(&mut bench);
    bench.at("AT+CMGF=0", &["OK"]);
    deliver(&mut bench, 4, R1);
    assert_eq!(bench.lines(), ["+CDS: 25", &format!("07913336999800F0{R1}")]);
    answer(&mut bench);
    // A message of type 0 is acknowledged and leaves no trace.
    deliver(&mut bench, 5, D6);
    assert_eq!(bench.lines(), [""; 0]);
    assert!(answer(&mut bench).starts_with("02"));
    bench.at("AT+CMGL=4", &["OK"]);
}

#[test]
fn with_csms_the_host_acknowledges() {
    let mut bench = Bench::registered();
    bench.at("AT+CSMS=1;+CNMI=2,2", &["+CSMS: 1,1,1", "OK"]);
    bench.at("AT+CNMA", &["+CMS ERROR: 340"]);
    deliver(&mut bench, 1, D1);
    assert_eq!(hex_of(bench.nas()), "8904");
    bench.expect_no_nas();
    bench.at("AT+CNMA", &["OK"]);
    assert!(hex_of(bench.nas()).contains("0201"));
    deliver(&mut bench, 2, D1);
    bench.nas();
    bench.wait(secs(16));
    assert!(hex_of(bench.nas())[6..].starts_with("0402"), "RP-ERROR");
    bench.at("AT+CNMI?", &["+CNMI: 2,0,0,0,0", "OK"]);
}

#[test]
fn no_report_comes_between_a_prompt_and_its_end() {
    let mut bench = Bench::registered();
    bench.type_line("AT+CMGS=25");
    deliver(&mut bench, 1, D1);
    assert_eq!(bench.take_text(), "\r\n> ");
    bench.type_bytes(b"\x1b");
    assert_eq!(bench.lines(), ["OK", "+CMTI: \"SM\",1"]);
}

#[test]
fn a_message_is_written_to_the_card_and_sent_from_there() {
    let mut bench = Bench::registered();
    bench.type_line("AT+CMGW=25");
    bench.type_bytes(S2.as_bytes());
    bench.take_text();
    bench.type_bytes(&[0x1a]);
    assert_eq!(bench.lines(), ["+CMGW: 1", "OK"]);
    bench.at("AT+CMGL=2", &["+CMGL: 1,2,,25", S2, "OK"]);
    bench.type_line("AT+CMSS=1");
    let data = hex_of(bench.nas());
    network_says(&mut bench, &format!("89010203{}", &data[8..10]));
    assert!(bench.lines()[0].starts_with("+CMSS: "));
    bench.at("AT+CMGL=3", &["+CMGL: 1,3,,25", S2, "OK"]);
}

#[test]
fn the_service_centre_is_on_the_card() {
    let mut bench = Bench::registered();
    bench.at("AT+CSCA?", &["+CSCA: \"+33639989000\",145", "OK"]);
    bench.at("AT+CSCA=\"33639989001\",145", &["OK"]);
    bench.at("AT+CSCA?", &["+CSCA: \"+33639989001\",145", "OK"]);
    bench.at("AT+CSMP?", &["+CSMP: 17,167,0,0", "OK"]);
    bench.at("AT+CSMP=49,,,8;+CSMP?", &["+CSMP: 49,167,0,8", "OK"]);
}

#[test]
fn a_waiting_indication_that_is_to_be_stored_is_not_routed() {
    // D1 with the coding of "voice mail waits, store": 27.005 3.4.1, table of <mt>.
    let stored = D1.replacen("F2000062", "F200D862", 1);
    assert_ne!(stored, D1);
    for mt in 1..=3 {
        let mut bench = Bench::registered();
        bench.at(&format!("AT+CNMI=2,{mt}"), &["OK"]);
        deliver(&mut bench, 1, &stored);
        assert_eq!(bench.lines(), ["+CMTI: \"SM\",1"], "mt {mt}");
    }
}

#[test]
fn a_written_message_has_the_state_that_the_host_gives_it() {
    let mut bench = Bench::registered();
    for (index, command) in ["AT+CMGW=25,3", "AT+CMGW=25,2"].into_iter().enumerate() {
        bench.type_line(command);
        bench.type_bytes(S2.as_bytes());
        bench.take_text();
        bench.type_bytes(&[0x1a]);
        assert_eq!(bench.lines(), [format!("+CMGW: {}", index + 1), "OK".to_owned()]);
    }
    bench.at("AT+CMGL=3", &["+CMGL: 1,3,,25", S2, "OK"]);
    bench.at("AT+CMGL=2", &["+CMGL: 2,2,,25", S2, "OK"]);
    bench.at("AT+CMGW=25,0", &["+CMS ERROR: 303"]);
    bench.at("AT+CMGW=25,4", &["+CMS ERROR: 304"]);
    bench.at("AT+CMGF=1", &["OK"]);
    bench.at("AT+CMGW=\"+33639980002\",145,\"REC READ\"", &["+CMS ERROR: 305"]);
    bench.type_line("AT+CMGW=\"+33639980002\",145,\"STO SENT\"");
    bench.take_text();
    bench.type_bytes(b"x\x1a");
    assert_eq!(bench.lines(), ["+CMGW: 3", "OK"]);
    bench.at("AT+CMGR=3", &["+CMGR: \"STO SENT\",\"+33639980002\",", "x", "OK"]);
}

#[test]
fn a_stored_message_goes_to_a_number_in_the_character_set_of_the_host() {
    let mut bench = Bench::registered();
    bench.type_line("AT+CMGW=25");
    bench.type_bytes(S2.as_bytes());
    bench.type_bytes(&[0x1a]);
    bench.at("AT+CSCS=\"UCS2\"", &["OK"]);
    bench.at("AT+CMSS=1,\"+33639980003\"", &["+CMS ERROR: 305"]);
    bench.type_line("AT+CMSS=1,\"002B00330033003600330039003900380030003000300033\"");
    assert!(hex_of(bench.nas()).contains("0B913336990800F3"));
}
