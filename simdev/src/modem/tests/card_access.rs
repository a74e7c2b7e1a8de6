//! The card by its own commands: `+CSIM`, `+CRSM` in all its forms, logical channels.

use super::*;

#[test]
fn raw_commands_reach_the_card_and_their_length_is_checked() {
    let mut bench = Bench::registered();
    bench.at("AT+CSIM=14,\"00A40004026F07\"", &["+CSIM: 4,\"611E\"", "OK"]);
    bench.at(
        "AT+CSIM=10,\"00C000001E\"",
        &["+CSIM: 64,\"621C8202412183026F07A5038001718A01058B036F0605800200098801389000\"", "OK"],
    );
    bench.at("AT+CSIM=10,\"00B0000009\"", &["+CSIM: 22,\"0829801000000000109000\"", "OK"]);
    bench.at("AT+CSIM=10,00B0000009", &["+CSIM: 22,\"0829801000000000109000\"", "OK"]);
    bench.at("AT+CSIM=10,\"0020000100\"", &["+CSIM: 4,\"63C3\"", "OK"]);
    bench.at("AT+CSIM=14,\"A0A40000027F20\"", &["+CSIM: 4,\"9F16\"", "OK"]);
    for wrong in ["AT+CSIM=12,\"00B0000009\"", "AT+CSIM=9,\"00B000000\"", "AT+CSIM=4", "AT+CSIM=4,\"xyzw\""] {
        bench.at(wrong, &["+CME ERROR: 50"]);
    }
    bench.at("AT+CSIM=?", &["OK"]);
    bench.modem.remove_card(bench.now);
    bench.wait(secs(1));
    bench.take_text();
    bench.at("AT+CSIM=10,\"0020000100\"", &["+CME ERROR: 10"]);
}

/// Worked examples, and what they leave out: paths, record modes, STATUS, files that hold no objects.
#[test]
fn restricted_access_takes_every_command() {
    let mut bench = Bench::registered();
    let template = "621C8202412183026F7BA5038001718A01058B036F06048002000C880168";
    bench.at("AT+CRSM=192,28539", &[&format!("+CRSM: 144,0,\"{template}\""), "OK"]);
    let messages = "621E8205422100B00683026F3CA5038001718A01058B036F0603800204208800";
    bench.at("AT+CRSM=192,28476,0,0,15,,\"3F007FFF\"", &[&format!("+CRSM: 144,0,\"{messages}\""), "OK"]);
    bench.at("AT+CRSM=214,28539,0,0,12,\"02F801FFFFFFFFFFFFFFFFFF\"", &["+CRSM: 144,0", "OK"]);
    bench.at("AT+CRSM=176,28539,0,0,12", &["+CRSM: 144,0,\"02F801FFFFFFFFFFFFFFFFFF\"", "OK"]);
    bench.at("AT+CRSM=176,28539,0,0,12,,\"7F20\"", &["+CRSM: 144,0,\"02F801FFFFFFFFFFFFFFFFFF\"", "OK"]);
    bench.at("AT+CRSM=176,28539,0,0,12,,\"7F10\"", &["+CRSM: 106,130", "OK"]);
    bench.at("AT+CRSM=176,28539,0,0,12,,\"7F99\"", &["+CRSM: 106,130", "OK"]);
    bench.at("AT+CRSM=176,28539,0,20,1", &["+CRSM: 107,0", "OK"]);
    bench.at("AT+CRSM=178,28539,1,4,12", &["+CRSM: 105,129", "OK"]);
    bench.at("AT+CRSM=220,28475,1,4,28,\"".to_owned().as_str(), &["ERROR"]);
    let record = format!("AT+CRSM=220,28475,1,4,28,\"{}\"", "FF".repeat(28));
    bench.at(&record, &["+CRSM: 105,130", "OK"]);
    let next = "416263FFFFFFFFFFFFFFFFFFFFFF03819300FFFFFFFFFFFFFFFFFFFF";
    bench.at(&format!("AT+CRSM=220,28474,2,4,28,\"{next}\""), &["+CRSM: 144,0", "OK"]);
    bench.at("AT+CRSM=178,28474,0,3,28", &[&format!("+CRSM: 144,0,\"{next}\""), "OK"]);
    bench.at("AT+CRSM=178,28474,0,2,28", &[&format!("+CRSM: 144,0,\"{}\"", "FF".repeat(28)), "OK"]);
    bench.at("AT+CRSM=203,28539,0,0,1", &["+CRSM: 105,129", "OK"]);
    bench.at("AT+CRSM=219,28539,0,0,1,\"00\"", &["+CRSM: 105,129", "OK"]);
    bench.type_line("AT+CRSM=242");
    assert!(bench.lines()[0].starts_with("+CRSM: 144,0,\"62"));
    bench.at("AT+CRSM=176,28539,0,0,256", &["+CME ERROR: 50"]);
    bench.at("AT+CRSM=176,65536,0,0,1", &["+CME ERROR: 50"]);
}

#[test]
fn a_card_that_waits_for_its_pin_still_answers_for_itself() {
    let mut bench = Bench::registered();
    bench.at("AT+CLCK=\"SC\",1,\"0000\"", &["OK"]);
    bench.modem.power_off(bench.now);
    bench.boot();
    bench.at("AT+CRSM=176,28423,0,0,9", &["+CRSM: 105,130", "OK"]);
    bench.at("AT+CRSM=176,12258,0,0,10", &["+CRSM: 144,0,\"983310000000000000F2\"", "OK"]);
    bench.at("AT+CSIM=26,\"002000010830303030FFFFFFFF\"", &["+CSIM: 4,\"9000\"", "OK", "+CPIN: READY"]);
    assert!(is_attach(&bench.nas()), "the open card is used");
    bench.at("AT+CRSM=176,28423,0,0,9", &["+CRSM: 144,0,\"082980100000000010\"", "OK"]);
}

#[test]
fn applications_are_reached_on_channels_of_their_own() {
    let mut bench = Bench::registered();
    bench.at("AT+CCHO=\"A0000000871002\"", &["1", "OK"]);
    bench.at("AT+CGLA=1,14,\"00A40004026F07\"", &["+CGLA: 4,\"611E\"", "OK"]);
    bench.at("AT+CGLA=1,10,\"01B0000009\"", &["+CGLA: 22,\"0829801000000000109000\"", "OK"]);
    bench.at("AT+CCHO=\"A0000005591010\"", &["+CME ERROR: 22"]);
    bench.at("AT+CCHO=\"A0000000871002\"", &["2", "OK"]);
    bench.at("AT+CCHO=\"A0000000871002\"", &["3", "OK"]);
    bench.at("AT+CCHO=\"A0000000871002\"", &["+CME ERROR: 20"]);
    bench.at("AT+CCHC=2", &["OK"]);
    bench.at("AT+CGLA=2,10,\"00B0000009\"", &["+CME ERROR: 50"]);
    bench.at("AT+CCHC=2", &["+CME ERROR: 50"]);
    bench.at("AT+CCHC=0", &["+CME ERROR: 50"]);
    bench.at("AT+CCHO=\"A0000000871002\"", &["2", "OK"]);
}
