//! What may be asked of bearers, how addresses are written, and events that wait (TS 27.007 10.1).

use super::*;
use std::net::IpAddr;
use wire::ip::{Advertisement, advertisement};
use wire::nas::InterfaceIdentifier;

/// Context 2 with both families, whose prefix the router has told.
fn dual_stack() -> Bench {
    let mut bench = Bench::registered();
    bench.at("AT+CGDCONT=2,\"IPV4V6\",\"iot.dual\"", &["OK"]);
    bench.type_line("AT+CGACT=1,2");
    let NasUp::PdnConnectivityRequest { pti, .. } = bench.nas() else { panic!("no request") };
    let interface = InterfaceIdentifier([0, 0, 0, 0, 0, 0, 0, 0x12]);
    let mut pdn = grant("iot.dual");
    pdn.bearer = 6;
    pdn.address = PdnAddress::Ipv4v6(Ipv4Addr::new(10, 64, 0, 7), interface);
    pdn.dns = ["10.10.10.10", "2001:db8::53"].map(|server| server.parse::<IpAddr>().unwrap()).to_vec();
    pdn.mtu = Some(1420);
    bench.network(NasDown::PdnGranted { pti, pdn });
    bench.take_text();
    bench
}

fn tell_prefix(bench: &mut Bench) {
    let told = Advertisement { prefix: "2001:db8:0:cd30::".parse().unwrap(), mtu: None };
    let packet = advertisement("fe80::1".parse().unwrap(), told);
    bench.modem.handle_radio(bench.now, RadioDown::Packet { bearer: 6, packet });
    bench.drain();
}

#[test]
fn an_address_of_both_families_is_whole_once_the_prefix_is_known() {
    let mut bench = dual_stack();
    let local = "254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.18";
    bench.at("AT+CGPADDR=2", &[&format!("+CGPADDR: 2,\"10.64.0.7\",\"{local}\""), "OK"]);
    tell_prefix(&mut bench);
    let whole = "32.1.13.184.0.0.205.48.0.0.0.0.0.0.0.18";
    bench.at("AT+CGPADDR=2", &[&format!("+CGPADDR: 2,\"10.64.0.7\",\"{whole}\""), "OK"]);
    bench.at("AT+CGPIAF=1,1,0,1", &["OK"]);
    bench.at("AT+CGPADDR=2", &["+CGPADDR: 2,\"10.64.0.7\",\"2001:DB8:0:CD30::12\"", "OK"]);
    bench.at("AT+CGPIAF=1,1,1", &["OK"]);
    let full = "2001:0DB8:0000:CD30::0012";
    bench.at("AT+CGPADDR=2", &[&format!("+CGPADDR: 2,\"10.64.0.7\",\"{full}\""), "OK"]);
}

#[test]
fn each_family_has_its_parameters_and_the_mtu_is_that_of_ipv4() {
    let mut bench = dual_stack();
    tell_prefix(&mut bench);
    let apn = "iot.dual.mnc001.mcc208.gprs";
    let four =
        format!("+CGCONTRDP: 2,6,\"{apn}\",\"10.64.0.7.255.255.255.255\",,\"10.10.10.10\",,,,0,0,1420");
    let six = "32.1.13.184.0.0.205.48.0.0.0.0.0.0.0.18.255.255.255.255.255.255.255.255.0.0.0.0.0.0.0.0";
    let server = "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.83";
    let six = format!("+CGCONTRDP: 2,6,\"{apn}\",\"{six}\",,\"{server}\"");
    bench.at("AT+CGCONTRDP=2", &[&four, &six, "OK"]);
    bench.at("AT+CGPIAF=1,1,0,1", &["OK"]);
    let six = format!("+CGCONTRDP: 2,6,\"{apn}\",\"2001:DB8:0:CD30::12/64\",,\"2001:DB8::53\"");
    bench.at("AT+CGCONTRDP=2", &[&four, &six, "OK"]);
}

#[test]
fn a_secondary_context_lives_beside_its_primary_and_is_never_active() {
    let mut bench = Bench::registered();
    for (command, want) in [
        ("AT+CGDSCONT=1,1", "+CME ERROR: 3"),
        ("AT+CGDSCONT=3,2", "+CME ERROR: 3"),
        ("AT+CGDSCONT=3,1,9", "+CME ERROR: 50"),
        ("AT+CGDSCONT=9,1", "+CME ERROR: 50"),
        ("AT+CGDSCONT=3,1,1,2,1", "OK"),
        ("AT+CGACT=1,3", "+CME ERROR: 4"),
    ] {
        bench.at(command, &[want]);
    }
    bench.at("AT+CGDSCONT?", &["+CGDSCONT: 3,1,1,2,1", "OK"]);
    bench.at("AT+CGACT?", &["+CGACT: 1,1", "+CGACT: 3,0", "OK"]);
    bench.at("AT+CGSCONTRDP", &["OK"]);
    bench.expect_no_nas();
    bench.at("AT+CGDSCONT=3;+CGDSCONT?", &["OK"]);
    // A secondary context that is defined as a primary one is one; one whose primary goes goes too.
    bench.at("AT+CGDCONT=2,\"IP\";+CGDSCONT=3,2;+CGDSCONT=4,2;+CGDCONT=3,\"IP\"", &["OK"]);
    bench.at("AT+CGDSCONT?", &["+CGDSCONT: 4,2,0,0,0", "OK"]);
    bench.at("AT+CGDCONT=2;+CGDSCONT?", &["OK"]);
}

#[test]
fn a_packet_filter_is_checked_as_the_network_would_check_it() {
    let mut bench = Bench::registered();
    for (wrong, code) in [
        ("2,1,5", 143),
        ("1,0,5", 145),
        ("1,17,5", 145),
        ("1,1", 145),
        ("1,1,256", 145),
        ("1,1,5,\"192.0.2.1\"", 145),
        ("1,1,5,\"192.0.2.1.255.255.255.256\"", 145),
        ("1,1,5,,256", 145),
        ("1,1,5,,,\"20.10\"", 145),
        ("1,1,5,,,\"1.65536\"", 145),
        ("1,1,5,,,,,GG", 145),
        ("1,1,5,,,,,,,,4", 145),
        // Ports beside a security parameter index, a flow label beside a protocol.
        ("1,1,5,,,\"1.2\",,FF", 144),
        ("1,1,5,,17,,,,,0FFFF", 144),
    ] {
        bench.at(&format!("AT+CGTFT={wrong}"), &[&format!("+CME ERROR: {code}")]);
    }
    bench.at("AT+CGTFT=1,2,5,\"192.0.2.1.255.255.255.255\",17,\"1.1000\",\"53.53\",,\"0.255\",,2", &["OK"]);
    bench.at("AT+CGTFT=1,1,6", &["OK"]);
    bench.at("AT+CGTFT=1,3,5", &["+CME ERROR: 144"]);
    let filter = "+CGTFT: 1,2,5,\"192.0.2.1.255.255.255.255\",17,\"1.1000\",\"53.53\",,\"0.255\",,2";
    bench.at("AT+CGTFT?", &["+CGTFT: 1,1,6", filter, "OK"]);
    bench.at("AT+CGTFT=1;+CGTFT?", &["OK"]);
    bench.at("AT+CGTFT=1,1,6;+CGTFT=;+CGTFT?", &["OK"]);
}

#[test]
fn a_quality_that_cannot_be_is_refused() {
    let mut bench = Bench::registered();
    for (wrong, code) in
        [("1,10", 181), ("1,1,200,0,100,0", 137), ("1,9,64,64,128,128", 137), ("2,9", 50), ("1", 0)]
    {
        let want = if code == 0 { "OK".to_owned() } else { format!("+CME ERROR: {code}") };
        bench.at(&format!("AT+CGEQOS={wrong}"), &[&want]);
    }
    bench.at("AT+CGEQOS=1,1,64,64,128,128;+CGEQOS?", &["+CGEQOS: 1,1,64,64,128,128", "OK"]);
    bench.at("AT+CGEQOS=1;+CGEQOS?", &["OK"]);
    // The network gives the default bearer what it gives every default bearer.
    bench.at("AT+CGEQOSRDP", &["+CGEQOSRDP: 1,9", "OK"]);
    bench.at("AT+CGEQOSRDP=?", &["+CGEQOSRDP: (1)", "OK"]);
    bench.at("AT+CGAPNRC=1", &["+CGAPNRC: 1", "OK"]);
}

#[test]
fn the_class_of_the_mobile_decides_what_the_next_attach_asks_for() {
    let mut bench = Bench::registered();
    bench.at("AT+CGCLASS?", &["+CGCLASS: \"A\"", "OK"]);
    bench.at("AT+CGCLASS=\"B\"", &["+CME ERROR: 50"]);
    bench.at("AT+CGCLASS=\"CG\";+CGCLASS?;+CEMODE?", &["+CGCLASS: \"CG\"", "+CEMODE: 0", "OK"]);
    bench.type_line("AT+CGATT=0");
    bench.nas();
    bench.network(NasDown::DetachAccept);
    bench.type_line("AT+CGATT=1");
    let NasUp::AttachRequest { attach_type, .. } = bench.nas() else { panic!("no attach") };
    assert_eq!(attach_type, wire::nas::AttachType::Eps);
}

#[test]
fn a_back_off_of_an_access_point_is_reported_when_it_begins_and_when_it_ends() {
    let mut bench = Bench::registered();
    bench.at("AT+CABTSR=1;+CGDCONT=2,\"IP\",\"wrong.apn\"", &["OK"]);
    bench.type_line("AT+CGACT=1,2");
    let NasUp::PdnConnectivityRequest { pti, .. } = bench.nas() else { panic!("no request") };
    let (cause, t3396) = (EsmCause(33), Some(secs(60)));
    bench.network(NasDown::PdnConnectivityReject { pti, cause, t3396 });
    assert_eq!(bench.lines(), ["+CABTSRI: \"wrong.apn\",0,60", "+CME ERROR: 133"]);
    bench.wait(secs(61));
    bench.type_line("AT+CGACT=1,2");
    let NasUp::PdnConnectivityRequest { pti, .. } = bench.nas() else { panic!("no request") };
    bench.network(NasDown::PdnGranted { pti, pdn: PdnGrant { bearer: 6, ..grant("wrong.apn") } });
    assert!(bench.lines().contains(&"+CABTSRI: \"wrong.apn\",1".to_owned()));
}

#[test]
fn user_data_goes_both_ways_in_hexadecimal() {
    let mut bench = Bench::registered();
    for (wrong, code) in
        [("2,2,\"4500\"", 3), ("1,3,\"4500\"", 50), ("1,2,\"45\"", 50), ("1,2,\"4500\",3", 50)]
    {
        bench.at(&format!("AT+CSODCP={wrong}"), &[&format!("+CME ERROR: {code}")]);
    }
    bench.at("AT+CSODCP=1,2,\"4500\",1", &["OK"]);
    assert_eq!(bench.packets.pop_front(), Some((5, vec![0x45, 0])));
    let arrives = |bench: &mut Bench| {
        let packet = vec![0xde, 0xad, 0xbe, 0xef];
        bench.modem.handle_radio(bench.now, RadioDown::Packet { bearer: 5, packet });
        bench.drain();
        bench.lines()
    };
    assert_eq!(arrives(&mut bench), [""; 0]);
    bench.at("AT+CRTDCP=1", &["OK"]);
    assert_eq!(arrives(&mut bench), ["+CRTDCP: 1,4,\"DEADBEEF\""]);
}

#[test]
fn a_rejected_connection_is_a_network_error_of_session_management() {
    for (wanted, reported) in [(16, true), (8, false)] {
        let mut bench = Bench::registered();
        bench.at(&format!("AT+CNEC={wanted};+CGDCONT=2,\"IP\",\"wrong.apn\""), &["OK"]);
        bench.type_line("AT+CGACT=1,2");
        let NasUp::PdnConnectivityRequest { pti, .. } = bench.nas() else { panic!("no request") };
        bench.network(NasDown::PdnConnectivityReject { pti, cause: EsmCause(33), t3396: None });
        let seen = bench.lines();
        assert_eq!(seen.contains(&"+CNEC_ESM: 33,2".to_owned()), reported, "{seen:?}");
    }
}

/// The network takes context 1 away.
fn lose_context(bench: &mut Bench) {
    bench.network(NasDown::BearerDeactivated { pti: 0, bearer: 5, cause: EsmCause::REGULAR_DEACTIVATION });
}

#[test]
fn packet_events_wait_in_mode_0_and_are_sent_or_forgotten() {
    for (buffer, want) in [(1, vec!["OK", "+CGEV: NW PDN DEACT 1"]), (0, vec!["OK"])] {
        let mut bench = Bench::registered();
        bench.at("AT+CGEREP=2,0;+CGEREP=0", &["OK"]);
        lose_context(&mut bench);
        assert_eq!(bench.lines(), [""; 0]);
        bench.at(&format!("AT+CGEREP=2,{buffer}"), &want);
        bench.at("AT+CGEREP=0;+CGEREP=2", &["OK"]);
        bench.at("AT+CGEREP?", &[&format!("+CGEREP: 2,{buffer}"), "OK"]);
    }
}

/// A second context goes while the first one carries a data call.
#[test]
fn mode_1_drops_in_the_data_state_what_mode_2_keeps() {
    for (mode, kept) in [(1, false), (2, true)] {
        let mut bench = dual_stack();
        bench.at(&format!("AT+CGEREP={mode}"), &["OK"]);
        bench.type_line("ATD*99#");
        bench.network(NasDown::BearerDeactivated {
            pti: 0,
            bearer: 6,
            cause: EsmCause::REGULAR_DEACTIVATION,
        });
        bench.take_raw();
        bench.wait(secs(2));
        bench.type_bytes(b"+++");
        bench.wait(secs(2));
        let text = String::from_utf8_lossy(&bench.take_raw()).into_owned();
        assert!(text.contains("OK"), "{text}");
        assert_eq!(text.contains("+CGEV: NW PDN DEACT 2"), kept, "mode {mode}: {text}");
    }
}
