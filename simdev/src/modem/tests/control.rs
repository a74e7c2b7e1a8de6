//! Control of the modem: identity, character sets, functionality, indicators.

use super::*;

#[test]
fn the_imei_has_four_forms() {
    let mut bench = Bench::booted();
    bench.at("AT+CGSN", &["356938035643809", "OK"]);
    bench.at("AT+CGSN=0", &["356938035643809", "OK"]);
    bench.at("AT+CGSN=1", &["+CGSN: \"356938035643809\"", "OK"]);
    bench.at("AT+CGSN=2", &["+CGSN: \"3569380356438001\"", "OK"]);
    bench.at("AT+CGSN=3", &["+CGSN: \"01\"", "OK"]);
}

/// The name that a host writes in one character set is the name that it reads in another.
#[test]
fn a_string_is_the_same_in_every_character_set() {
    let mut bench = Bench::registered();
    bench.at("AT+CSCS=\"UTF-8\";+CPBW=1,\"+33639980002\",145,\"Zoé £\"", &["OK"]);
    let rows: [(&str, &[u8]); 6] = [
        ("GSM", b"Zo\x05 \x01"),
        ("HEX", b"5A6F052001"),
        ("IRA", b"Zo? ?"),
        ("UCS2", b"005A006F00E9002000A3"),
        ("UTF-8", "Zoé £".as_bytes()),
        ("8859-1", b"Zo\xe9 \xa3"),
    ];
    for (set, octets) in rows {
        bench.at(&format!("AT+CSCS=\"{set}\""), &["OK"]);
        bench.type_line("AT+CPBR=1");
        let seen = std::mem::take(&mut bench.serial);
        let wanted = [b"145,\"", octets, b"\"\r\n"].concat();
        assert!(seen.windows(wanted.len()).any(|part| part == wanted), "{set}: {seen:02x?}");
    }
    for (set, octets) in rows.into_iter().filter(|(set, _)| !matches!(*set, "IRA" | "GSM")) {
        bench.at(&format!("AT+CSCS=\"{set}\""), &["OK"]);
        bench.type_bytes(&[b"AT+CPBW=1,\"+33639980002\",145,\"", octets, b"\"\r"].concat());
        bench.at("AT+CSCS=\"UTF-8\"", &["OK"]);
        bench.at("AT+CPBR=1", &["+CPBR: 1,\"+33639980002\",145,\"Zoé £\"", "OK"]);
    }
    for (set, wrong) in [("HEX", "5A6"), ("HEX", "FF"), ("UCS2", "005"), ("UCS2", "hello")] {
        bench.at(&format!("AT+CSCS=\"{set}\""), &["OK"]);
        bench.at(&format!("AT+CPBW=1,\"+33639980002\",145,\"{wrong}\""), &["+CME ERROR: 25"]);
    }
}

#[test]
fn the_list_of_networks_is_shown_in_the_format_that_the_host_chose() {
    let mut bench = Bench::registered();
    bench.at("AT+CPLS=1;+CPOL=,0", &["OK"]);
    bench.type_line("AT+CPOL?");
    assert_eq!(bench.lines()[0], "+CPOL: 1,0,\"Orange SP\",1,0,1,1");
    bench.at("AT+CPOL=,3", &["+CME ERROR: 50"]);
    bench.at("AT+CPOL=", &["+CME ERROR: 50"]);
}

#[test]
fn only_the_full_functionality_uses_the_radio() {
    for number in [0, 2, 3, 4] {
        let mut bench = Bench::registered();
        bench.at(&format!("AT+CFUN={number}"), &["OK"]);
        assert!(matches!(bench.nas(), NasUp::DetachRequest { .. }), "{number}");
        bench.at("AT+CFUN?", &[&format!("+CFUN: {number}"), "OK"]);
        bench.at("AT+CPAS", &[if number == 0 { "+CPAS: 5" } else { "+CPAS: 0" }, "OK"]);
        bench.at("AT+CFUN=1", &["OK"]);
        bench.wait(secs(1));
        assert!(is_attach(&bench.nas()), "{number}");
    }
}

#[test]
fn indicators_change_with_what_happens_and_are_reported_when_asked_for() {
    let mut bench = Bench::booted();
    bench.at("AT+CIND?", &["+CIND: 5,4,0,0,0,0,0,0", "OK"]);
    bench.at("AT+CMER=2,0,0,2", &["OK"]);
    assert!(is_attach(&bench.nas()));
    bench.network(accept());
    assert_eq!(bench.lines(), ["+CIEV: 3,1"]);
    bench.at("AT+CFUN=4", &["+CIEV: 2,0", "+CIEV: 3,0", "OK"]);
    bench.at("AT+CMER=2,0,0,0", &["OK"]);
    bench.at("AT+CFUN=1", &["OK"]);
    assert_eq!(bench.lines(), [""; 0]);
}

#[test]
fn mode_0_holds_indicators_back_and_a_later_mode_sends_or_forgets_them() {
    for (command, seen) in [("AT+CMER=2,0,0,2,1", &["OK", "+CIEV: 3,1"][..]), ("AT+CMER=2,0,0,2,0", &["OK"])]
    {
        let mut bench = Bench::booted();
        bench.at("AT+CMER=0,0,0,2", &["OK"]);
        bench.network(accept());
        assert_eq!(bench.lines(), [""; 0]);
        bench.at(command, seen);
    }
}

#[test]
fn the_clock_runs_on_without_the_power() {
    let mut bench = Bench::booted();
    bench.at("AT+CCLK=\"27/01/31,23:59:50-16\"", &["OK"]);
    bench.modem.power_off(bench.now);
    bench.wait(secs(8));
    bench.modem.power_on(bench.now);
    bench.wait(secs(2));
    bench.type_line("ATE0");
    bench.at("AT+CCLK?", &["+CCLK: \"27/02/01,00:00:00-16\"", "OK"]);
}
