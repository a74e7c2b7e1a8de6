//! `+CNMI` and `+CNMA`: every mode and class, what is held back, what must be acknowledged (TS 27.005 3.4.1, 3.4.4).

use super::messages::{D1, D1_WITH_CENTRE, R1, answer, deliver, hex_of};
use super::storages::with_coding;
use super::*;

/// What the host sees of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    Nothing,
    Stored,
    Direct,
}

#[test]
fn each_class_goes_its_way_for_each_mt() {
    use Seen::{Direct, Nothing, Stored};
    // <mt> 0 to 3 for each data coding scheme: none, class 0 to 3, voice mail waits (store, discard).
    let rows = [
        ("00", [Nothing, Stored, Direct, Stored]),
        ("F0", [Nothing, Direct, Direct, Direct]),
        ("F1", [Nothing, Stored, Direct, Stored]),
        ("F2", [Nothing, Stored, Stored, Stored]),
        ("F3", [Nothing, Stored, Direct, Direct]),
        ("D8", [Nothing, Stored, Stored, Stored]),
        ("C8", [Nothing, Nothing, Direct, Nothing]),
    ];
    for (dcs, ways) in rows {
        let tpdu = if dcs == "00" { D1.to_owned() } else { with_coding(dcs) };
        for (mt, want) in ways.into_iter().enumerate() {
            let mut bench = Bench::registered();
            bench.at(&format!("AT+CNMI=2,{mt}"), &["OK"]);
            deliver(&mut bench, 1, &tpdu);
            assert!(answer(&mut bench).starts_with("02"), "DCS {dcs}, mt {mt}");
            let lines = bench.lines();
            let seen = match lines.first() {
                None => Nothing,
                Some(line) if line.starts_with("+CMTI: \"SM\",1") => Stored,
                Some(line) if line.starts_with("+CMT: ,30") => Direct,
                Some(line) => panic!("{line}"),
            };
            assert_eq!(seen, want, "DCS {dcs}, mt {mt}");
            let stored = !matches!((dcs, want), ("F0" | "C8", _) | (_, Direct));
            bench.type_line("AT+CPMS?");
            let used = bench.lines()[0].contains("\"SM\",1,6");
            assert_eq!(used, stored, "DCS {dcs}, mt {mt}");
        }
    }
}

#[test]
fn mode_0_holds_back_until_another_mode_sends_or_forgets() {
    for (bfr, flushed) in [(0, true), (1, false)] {
        let mut bench = Bench::registered();
        bench.at("AT+CNMI=0,2,0,1", &["OK"]);
        deliver(&mut bench, 1, D1);
        deliver(&mut bench, 2, R1);
        assert_eq!(bench.lines(), [""; 0]);
        let report = format!("07913336999800F0{R1}");
        let held = ["+CMT: ,30", D1_WITH_CENTRE, "+CDS: 25", &report];
        let want: Vec<&str> = ["OK"].into_iter().chain(held.into_iter().filter(|_| flushed)).collect();
        bench.at(&format!("AT+CNMI=2,2,0,1,{bfr}"), &want);
        bench.at("AT+CNMI=0", &["OK"]);
        bench.at("AT+CNMI=1,,,,0", &["OK"]);
    }
}

/// In the data state mode 1 refuses what it would show, and mode 2 keeps it.
#[test]
fn mode_1_rejects_in_the_data_state_what_mode_2_keeps() {
    for (mode, accepted) in [(1, false), (2, true)] {
        let mut bench = Bench::registered();
        bench.at(&format!("AT+CNMI={mode},2"), &["OK"]);
        bench.type_line("ATD*99#");
        deliver(&mut bench, 1, D1);
        let said = answer(&mut bench);
        assert_eq!(said.starts_with("02"), accepted, "mode {mode}: {said}");
        bench.wait(secs(2));
        bench.type_bytes(b"+++");
        bench.wait(secs(2));
        let text = String::from_utf8_lossy(&bench.take_raw()).into_owned();
        assert_eq!(text.contains("+CMT: ,30"), accepted, "mode {mode}: {text}");
        // In command state both show it.
        deliver(&mut bench, 2, D1);
        assert_eq!(bench.lines(), ["+CMT: ,30", D1_WITH_CENTRE], "mode {mode}");
    }
}

#[test]
fn of_too_many_indications_the_oldest_is_forgotten() {
    let mut bench = Bench::registered();
    bench.at("AT+CNMI=0,2", &["OK"]);
    for reference in 0..40 {
        deliver(&mut bench, reference, D1);
    }
    bench.type_line("AT+CNMI=2,2");
    assert_eq!(bench.lines().iter().filter(|line| line.starts_with("+CMT:")).count(), 32);
}

#[test]
fn ds_says_what_becomes_of_a_report() {
    for (ds, want) in [(0, None), (1, Some("+CDS: 25")), (2, Some("+CDSI: \"SR\",1"))] {
        let mut bench = Bench::registered();
        bench.at(&format!("AT+CNMI=2,1,0,{ds}"), &["OK"]);
        deliver(&mut bench, 1, R1);
        assert!(answer(&mut bench).starts_with("02"));
        assert_eq!(bench.lines().first().map(String::as_str), want, "ds {ds}");
    }
}

#[test]
fn the_next_message_is_shown_when_the_one_before_is_acknowledged() {
    let mut bench = Bench::registered();
    bench.at("AT+CSMS=1;+CNMI=2,2,0,1", &["+CSMS: 1,1,1", "OK"]);
    deliver(&mut bench, 1, D1);
    deliver(&mut bench, 2, R1);
    assert_eq!(bench.lines(), ["+CMT: ,30", D1_WITH_CENTRE]);
    bench.sent.clear();
    bench.at("AT+CNMA=0", &["OK", "+CDS: 25", &format!("07913336999800F0{R1}")]);
    assert!(hex_of(bench.nas()).contains("0201"), "RP-ACK of the first");
    bench.at("AT+CNMA=2", &["OK"]);
    assert!(hex_of(bench.nas())[6..].starts_with("0402"), "RP-ERROR of the second");
    bench.at("AT+CNMA", &["+CMS ERROR: 340"]);
}

#[test]
fn the_host_acknowledges_with_a_report_of_its_own() {
    let mut bench = Bench::registered();
    bench.at("AT+CSMS=1;+CNMI=2,2", &["+CSMS: 1,1,1", "OK"]);
    deliver(&mut bench, 1, D1);
    bench.sent.clear();
    bench.type_line("AT+CNMA=1,3");
    bench.take_text();
    // DELIVER-REPORT with TP-PI 01 and TP-PID 00.
    bench.type_bytes(b"000100\x1a");
    assert_eq!(bench.lines(), ["OK"]);
    assert!(hex_of(bench.nas()).ends_with("02014103000100"));
    deliver(&mut bench, 2, D1);
    bench.sent.clear();
    bench.type_line("AT+CNMA=1,9");
    bench.take_text();
    bench.type_bytes(b"000100\x1a");
    assert_eq!(bench.lines(), ["+CMS ERROR: 304"]);
    bench.at("AT+CMGF=1;+CNMA=1", &["+CMS ERROR: 302"]);
    bench.at("AT+CNMA", &["OK"]);
}

#[test]
fn the_relay_link_ends_when_no_message_follows() {
    let mut bench = Bench::registered();
    bench.at("AT+CMMS=1", &["OK"]);
    bench.wait(secs(4));
    bench.at("AT+CMMS?", &["+CMMS: 1", "OK"]);
    bench.wait(secs(2));
    bench.at("AT+CMMS?", &["+CMMS: 0", "OK"]);
    bench.at("AT+CMMS=2", &["OK"]);
    bench.wait(secs(60));
    bench.at("AT+CMMS?", &["+CMMS: 2", "OK"]);
}
