//! The traps that real modules set for a host's parser: this modem can set each of them. The drivers' tests of the same
//! names show that the host at the other end understands it.

use super::super::Place;
use super::*;
use wire::nas::PdnRequest;

fn bench_with(quirks: &[Quirk]) -> Bench {
    let config = ModemConfig {
        model: wire::dialect::named("3gpp").unwrap(),
        imei: "356938035643809".parse().unwrap(),
        defects: [].into(),
        quirks: quirks.iter().copied().collect(),
        voice: true,
    };
    let card = Some(SimCard::new(profile()));
    Bench { modem: Modem::new(config, card, Calendar::virtual_start(), Seed(1)), ..Bench::new(None) }
}

fn registered_with(quirks: &[Quirk]) -> Bench {
    let mut bench = bench_with(quirks);
    bench.boot();
    bench.register();
    bench
}

fn say(bench: &mut Bench, place: Place, report: &str) {
    let lines = report.split('\n').map(str::to_owned).collect();
    bench.modem.interject(bench.now, place, lines);
    bench.drain();
}

/// What a modem with this quirk answers once it is registered.
#[track_caller]
fn answers(quirk: Quirk, line: &str, want: &[&str]) {
    let mut bench = registered_with(&[quirk]);
    bench.take_text();
    bench.type_line(line);
    bench.wait(secs(1));
    assert_eq!(bench.lines(), want, "{quirk}: {line}");
}

fn first_answers(quirk: Quirk) -> String {
    let mut bench = bench_with(&[quirk]);
    bench.modem.power_on(bench.now);
    bench.wait(secs(2));
    bench.serial.clear();
    bench.type_line("AT");
    bench.type_line("AT");
    bench.take_text()
}

#[test]
fn trap_01_echo_comes_twice_or_in_part_at_boot() {
    assert_eq!(first_answers(Quirk::EchoTwice), "AT\rAT\r\r\nOK\r\nAT\r\r\nOK\r\n");
    assert_eq!(first_answers(Quirk::EchoPartly), "T\r\r\nOK\r\nAT\r\r\nOK\r\n");
}

#[test]
fn trap_02_noise_at_power_up_and_a_first_line_that_is_lost() {
    let mut bench = bench_with(&[Quirk::NoiseAtBoot]);
    bench.modem.power_on(bench.now);
    bench.wait(secs(2));
    assert_eq!(&bench.serial[..7], b"\x00\xff\xff\x00\r\nR");
    assert_eq!(first_answers(Quirk::LosesFirstLine), "AT\r\r\nOK\r\n");
}

#[test]
fn trap_03_banners_before_any_command() {
    let mut bench = bench_with(&[Quirk::ChattyBoot]);
    bench.modem.power_on(bench.now);
    bench.wait(secs(2));
    let seen = bench.lines();
    for banner in
        ["RDY", "APP RDY", "^SYSSTART", "+CFUN: 1", "+CPIN: READY", "SMS DONE", "PB DONE", "*ATREADY: 1"]
    {
        assert!(seen.iter().any(|line| line == banner), "{banner}: {seen:?}");
    }
}

#[test]
fn trap_04_area_and_cell_in_every_dress() {
    answers(Quirk::LocationBare, "AT+CEREG=2;+CEREG?", &["+CEREG: 2,1,64,12BEEF,7", "OK"]);
    answers(Quirk::LocationPadded, "AT+CEREG=2;+CEREG?", &["+CEREG:002,001,\"0064\",\"0012beef\",007", "OK"]);
    answers(Quirk::LocationSpaced, "AT+CEREG=2;+CEREG?", &["+CEREG: 2,1, 64 , 12BEEF ,7", "OK"]);
}

#[test]
fn trap_05_no_space_after_the_colon() {
    answers(Quirk::NoSpace, "AT+CREG=2;+CREG?", &["+CREG:2,1,\"0064\",\"0012BEEF\",7", "OK"]);
}

#[test]
fn trap_06_empty_location_on_loss() {
    let mut bench = registered_with(&[Quirk::LocationEmpty]);
    bench.at("AT+CREG=2", &["OK"]);
    bench.cells.clear();
    bench.modem.handle_radio(bench.now, RadioDown::CellLost);
    bench.wait(secs(1));
    assert!(bench.lines().contains(&"+CREG: 2,,".to_owned()));
}

#[test]
fn trap_07_lists_of_networks_in_every_form() {
    let rows: &[(Quirk, &[&str])] = &[
        (
            Quirk::SearchWithoutTechnology,
            &["+COPS: (2,\"Orange F\",\"Orange\",\"20801\"),,(0-4),(0-2)", "OK"],
        ),
        (Quirk::SearchWithoutNames, &["+COPS: (2,\"\",\"\",\"20801\",7),,(0-4),(0-2)", "OK"]),
        (Quirk::SearchWithoutShortName, &["+COPS: (2,\"Orange F\",,\"20801\",7),,(0-4),(0-2)", "OK"]),
        (Quirk::SearchLineByLine, &["+COPS: (2,\"Orange F\",\"Orange\",\"20801\",7)", "OK"]),
        (Quirk::SearchUnbalanced, &["+COPS: (2,\"Orange F\",\"Orange\",\"20801\",7),,(0-4),(0-2),)", "OK"]),
    ];
    for (quirk, want) in rows {
        answers(*quirk, "AT+COPS=?", want);
    }
}

#[test]
fn trap_08_five_digits_for_a_network_of_six() {
    let mut bench = bench_with(&[Quirk::ShortPlmn]);
    bench.cells = vec![cell("310-260", -80), cell(HOME, -95)];
    bench.boot();
    bench.register();
    bench.type_line("AT+COPS=?");
    bench.wait(secs(1));
    assert!(bench.take_text().contains("\"31026\""));
}

#[test]
fn trap_09_strings_with_commas_brackets_and_an_ok() {
    answers(Quirk::StrangeName, "AT+COPS?", &["+COPS: 0,0,\"AT&T (OK), MicroCell\",7", "OK"]);
}

/// Number of septets and packed septets of "ERROR", by hand after TS 23.038 6.1.2.1.
const ERROR: &str = "0545A9F42905";
/// The same of "How are you?", out of D1.
const HOW_ARE_YOU: &str = "0CC8F71D14969741F977FD07";

/// A text message from +33639980002 that the network hands over.
fn deliver_text(bench: &mut Bench, user_data: &str) {
    let tpdu = format!("040B913336990800F2000062304190623580{user_data}");
    let rp = format!("010107913336999800F000{:02X}{tpdu}", tpdu.len() / 2);
    let cp = format!("0901{:02X}{rp}", rp.len() / 2);
    bench.network(NasDown::Sms(hex::decode(cp).unwrap()));
}

#[test]
fn trap_10_a_message_whose_text_is_a_result_code() {
    let mut bench = registered_with(&[]);
    bench.at("AT+CMGF=1;+CNMI=2,1", &["OK"]);
    deliver_text(&mut bench, ERROR);
    assert_eq!(bench.lines(), ["+CMTI: \"SM\",1"]);
    bench.at(
        "AT+CMGR=1",
        &["+CMGR: \"REC UNREAD\",\"+33639980002\",,\"26/03/14,09:26:53+08\"", "ERROR", "OK"],
    );
}

#[test]
fn trap_11_several_reports_in_one_go() {
    let mut bench = registered_with(&[]);
    bench.type_bytes(b"AT");
    say(&mut bench, Place::Idle, "+CREG: 5");
    say(&mut bench, Place::Idle, "+CGREG: 0");
    assert_eq!(bench.take_text(), "");
    bench.type_bytes(b"\r");
    assert_eq!(bench.take_text(), "\r\nOK\r\n\r\n+CREG: 5\r\n\r\n+CGREG: 0\r\n");
}

#[test]
fn trap_12_storages_empty_or_without_brackets() {
    answers(Quirk::StoragesEmpty, "AT+CPMS=?", &["+CPMS: (),(),()", "OK"]);
    answers(Quirk::StoragesBare, "AT+CPMS=?", &["+CPMS: (\"ME\",\"SM\"),\"SM\",(\"SM\")", "OK"]);
}

#[test]
fn trap_13_contexts_one_line_per_type_with_a_split_range() {
    let mut bench = registered_with(&[Quirk::ContextRangeSplit]);
    bench.type_line("AT+CGDCONT=?");
    let lines = bench.lines();
    assert!(lines.len() > 2, "{lines:?}");
    let (result, rows) = lines.split_last().unwrap();
    assert!(result == "OK" && rows.iter().all(|row| row.contains(",101-116),\"")), "{lines:?}");
}

#[test]
fn trap_14_address_and_mask_together_or_apart() {
    let mut bench = registered_with(&[]);
    bench.type_line("AT+CGCONTRDP=1");
    assert!(bench.take_text().contains("\"10.64.0.1.255.255.255.255\""));
    let mut bench = registered_with(&[Quirk::MaskApart]);
    bench.type_line("AT+CGCONTRDP=1");
    assert!(bench.take_text().contains("\"10.64.0.1\",\"255.255.255.255\""));
}

#[test]
fn trap_15_the_clock_without_quotes_or_zone() {
    answers(
        Quirk::ClockBare,
        "AT+CCLK=\"17/07/26,11:42:15+01\";+CCLK?",
        &["+CCLK: 17/07/26,11:42:15+01", "OK"],
    );
    answers(
        Quirk::ClockWithoutZone,
        "AT+CCLK=\"15/02/28,20:30:40-32\";+CCLK?",
        &["+CCLK: \"15/02/28,20:30:40\"", "OK"],
    );
}

#[test]
fn trap_16_card_data_without_quotes() {
    answers(Quirk::CardDataBare, "AT+CRSM=176,12258,0,0,10", &["+CRSM: 144, 0,983310000000000000F2", "OK"]);
}

#[test]
fn trap_17_a_wrong_length_and_half_the_quotes() {
    answers(Quirk::CardLengthWrong, "AT+CSIM=10,\"0020000100\"", &["+CSIM: 8, 63C3\"", "OK"]);
}

#[test]
fn trap_18_a_second_field_of_functionality() {
    answers(Quirk::FunctionalityPair, "AT+CFUN?", &["+CFUN: 1,0", "OK"]);
}

#[test]
fn trap_19_private_numbers_and_other_words_for_errors() {
    answers(Quirk::PrivateErrors, "AT+CGSN=9", &["+CME ERROR: 5050"]);
    answers(Quirk::ErrorTextInCapitals, "AT+CMEE=2;+CGSN=9", &["+CME ERROR: INCORRECT PARAMETERS"]);
}

#[test]
fn trap_20_a_cause_of_several_lines() {
    answers(
        Quirk::LongCause,
        "AT+CEER",
        &[
            "+CEER: No cause information available",
            "EMM_CAUSE_ESM_FAILURE",
            "ESM cause: see the last attach",
            "OK",
        ],
    );
}

#[test]
fn trap_21_a_menu_of_several_lines() {
    let mut bench = registered_with(&[]);
    say(&mut bench, Place::Idle, "+CUSD: 1,\"Menu \"A\"\n1. Balance\n2. OK\",15");
    assert_eq!(bench.take_text(), "\r\n+CUSD: 1,\"Menu \"A\"\r\n1. Balance\r\n2. OK\",15\r\n");
}

#[test]
fn trap_22_dial_answers_once_the_other_side_has() {
    let mut bench = registered_with(&[Quirk::DialWaits]);
    bench.at("ATD3900;", &[]);
    bench.call(calls::mo(0), wire::nas::CallContent::Alerting);
    assert_eq!(bench.take_text(), "");
    bench.call(calls::mo(0), calls::connect());
    assert_eq!(bench.lines(), ["OK"]);
    bench.at("ATH", &["OK"]);
    bench.at("ATD3900;", &[]);
    bench.call(calls::mo(1), wire::nas::CallContent::Disconnect(wire::cause::CcCause::USER_BUSY));
    assert_eq!(bench.lines(), ["BUSY"]);
    // A character from the host gives the call up.
    bench.at("ATD3900;", &[]);
    bench.wait(secs(1));
    bench.sent.clear();
    bench.type_bytes(b"\r");
    assert_eq!(bench.lines(), ["NO CARRIER"]);
    assert_eq!(
        bench.said(calls::mo(2)),
        wire::nas::CallContent::Disconnect(wire::cause::CcCause::NORMAL_CLEARING)
    );
}

#[test]
fn trap_23_the_password_comes_before_the_name_in_one_family() {
    for (family, command) in [
        ("3gpp", "AT+CGAUTH=1,1,\"user\",\"secret\""),
        ("simcom-sim7600", "AT+CGAUTH=1,1,\"secret\",\"user\""),
    ] {
        let mut bench = Bench::of(family);
        bench.at("AT+CGDCONT=1,\"IP\",\"iot.private\"", &["OK"]);
        bench.at(command, &["OK"]);
        // The password is never shown.
        bench.at("AT+CGAUTH?", &["+CGAUTH: 1,1,\"user\"", "OK"]);
    }
}

#[test]
fn trap_24_the_card_s_identity_with_and_without_its_filler() {
    answers(Quirk::CardIdentityFilled, "AT+CCID", &["+CCID: 8933010000000000002F", "OK"]);
    answers(Quirk::CardIdentityBare, "AT+CCID", &["+CCID: 8933010000000000002", "OK"]);
}

#[test]
fn trap_25_a_completion_after_the_result_code() {
    let mut bench = registered_with(&[]);
    say(&mut bench, Place::AfterResult, "+QIOPEN: 0,0");
    bench.at("AT", &["OK", "+QIOPEN: 0,0"]);
}

#[test]
fn trap_26_it_starts_anew_in_the_middle_of_a_command() {
    let mut bench = registered_with(&[]);
    bench.at("AT+CGDCONT=2,\"IP\",\"acme.dedicated\"", &["OK"]);
    bench.type_line("AT+CGACT=1,2");
    assert!(matches!(bench.nas(), NasUp::PdnConnectivityRequest { pdn: PdnRequest { .. }, .. }));
    bench.modem.crash(bench.now);
    bench.expect_no_nas();
    bench.wait(secs(2));
    assert_eq!(bench.lines(), ["RDY", "+CPIN: READY"]);
    bench.type_line("AT+CGMI");
    assert_eq!(bench.lines(), ["AT+CGMI\r", "dtk", "OK"], "the profile is that of power-on");
}

#[test]
fn trap_27_a_listed_message_without_a_name() {
    let mut bench = registered_with(&[]);
    bench.at("AT+CMGF=0;+CNMI=2,1", &["OK"]);
    deliver_text(&mut bench, HOW_ARE_YOU);
    bench.take_text();
    bench.type_line("AT+CMGL=4");
    assert!(bench.take_text().starts_with("\r\n+CMGL: 1,0,,30\r\n07913336"));
}
