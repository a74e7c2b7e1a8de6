//! Idle, connected and asleep on a time line (TS 24.301 5.3.11 and 5.6).

use super::*;
use wire::nas::{Edrx, PowerSaving, Reject, ServiceType};

fn idle() -> Bench {
    let mut bench = Bench::registered();
    bench.release();
    bench
}

/// Registered with these power saving timers, and idle.
fn saving(t3324: &str, periodic: &str) -> Bench {
    let mut bench = Bench::booted();
    bench.nas();
    let power = PowerSaving {
        t3324: Some(t3324.parse().unwrap()),
        t3412_extended: Some(periodic.parse().unwrap()),
        edrx: None,
    };
    let grant = MobilityGrant { power, ..periodic_grant() };
    let (pdn, esm) = (Some(grant_of("iot.example")), None);
    bench.network(NasDown::AttachAccept { pdn, esm, combined: true, grant });
    bench.nas();
    bench.take_text();
    bench
}

fn periodic_grant() -> MobilityGrant {
    periodic(54 * 60)
}

fn grant_of(apn: &str) -> PdnGrant {
    grant(apn)
}

#[test]
fn what_an_idle_mobile_sends_waits_for_the_service_accept() {
    let mut bench = idle();
    bench.at("AT+CSCON=1;+CSCON?", &["+CSCON: 1,0", "OK"]);
    bench.type_line("ATD+33123456789;");
    assert_eq!(bench.nas(), NasUp::ServiceRequest(ServiceType::MobileOriginated));
    bench.expect_no_nas();
    bench.network(NasDown::ServiceAccept);
    assert!(matches!(bench.nas(), NasUp::Call(_)));
    assert!(bench.lines().contains(&"+CSCON: 1".to_owned()));
}

#[test]
fn paging_is_answered_once() {
    let mut bench = idle();
    for _ in 0..2 {
        bench.modem.handle_radio(bench.now, RadioDown::Paging);
        bench.drain();
    }
    assert_eq!(bench.nas(), NasUp::ServiceRequest(ServiceType::PagingResponse));
    bench.expect_no_nas();
}

#[test]
fn a_service_request_ends_after_t3417_and_pauses_after_the_fifth() {
    let mut bench = idle();
    for count in 1..=5 {
        bench.modem.handle_radio(bench.now, RadioDown::Paging);
        bench.drain();
        assert!(matches!(bench.nas(), NasUp::ServiceRequest(_)), "{count}");
        bench.wait(secs(5));
    }
    bench.type_line("ATD+33123456789;");
    bench.expect_no_nas();
    bench.wait(secs(90));
    // The release of the call that could not be set up asks by itself.
    assert!(matches!(bench.nas(), NasUp::ServiceRequest(_)), "after T3325 it may ask again");
}

#[test]
fn a_service_reject_with_9_makes_it_attach_with_its_imsi() {
    let mut bench = idle();
    bench.modem.handle_radio(bench.now, RadioDown::Paging);
    bench.drain();
    bench.nas();
    bench.network(NasDown::ServiceReject(wire::cause::EmmCause::IDENTITY_NOT_DERIVED.into()));
    let NasUp::AttachRequest { guti, .. } = bench.nas() else { panic!("no attach") };
    assert_eq!(guti, None);
}

#[test]
fn after_t3324_it_hears_nothing_until_t3412_or_its_own_traffic() {
    // Eight seconds, one hour.
    let mut bench = saving("00000100", "00100001");
    bench.release();
    bench.wait(secs(9));
    bench.modem.handle_radio(bench.now, RadioDown::Paging);
    bench.drain();
    bench.expect_no_nas();
    assert!(bench.modem.mobile.is_asleep());
    bench.wait(secs(3600));
    assert!(is_update(&bench.nas(), UpdateType::Periodic));
    bench.network(update_accept());
    assert!(!bench.modem.mobile.is_asleep());
}

#[test]
fn traffic_of_its_own_wakes_it_without_an_attach() {
    let mut bench = saving("00000100", "00100001");
    bench.release();
    bench.wait(secs(60));
    bench.type_line("ATD+33123456789;");
    assert_eq!(bench.nas(), NasUp::ServiceRequest(ServiceType::MobileOriginated));
}

#[test]
fn traffic_before_t3324_ends_keeps_it_awake() {
    let mut bench = saving("00000100", "00100001");
    bench.release();
    bench.wait(secs(7));
    bench.modem.handle_radio(bench.now, RadioDown::Paging);
    bench.drain();
    assert!(matches!(bench.nas(), NasUp::ServiceRequest(_)));
    bench.network(NasDown::ServiceAccept);
    bench.wait(secs(60));
    assert!(!bench.modem.mobile.is_asleep(), "a connected mobile does not fall asleep");
}

#[test]
fn a_cell_that_goes_while_it_sleeps_is_missed_when_it_wakes() {
    let mut bench = saving("00000100", "00100001");
    bench.release();
    bench.wait(secs(60));
    let mut other = cell(HOME, -90);
    other.id.tac = 0x65;
    bench.cells = vec![other];
    let searches = bench.searches;
    bench.modem.handle_radio(bench.now, RadioDown::CellLost);
    bench.drain();
    assert_eq!(bench.searches, searches, "it did not notice in its sleep");
    bench.wait(secs(3600));
    assert_eq!(bench.searches, searches + 1);
    let (_, asked, message) = bench.sent.pop_front().unwrap();
    assert_eq!(asked.tac, 0x65);
    assert!(matches!(message, NasUp::TrackingAreaUpdateRequest { .. }), "{message}");
}

#[test]
fn power_saving_is_asked_for_with_an_update_and_shown_as_granted() {
    let mut bench = Bench::registered();
    bench.at("AT+CEREG=4;+CPSMS?", &["+CPSMS: 0,,,\"00000110\",\"00000100\"", "OK"]);
    bench.at("AT+CPSMS=1,,,\"00100001\",\"00000101\"", &["OK"]);
    let NasUp::TrackingAreaUpdateRequest { update: UpdateType::Area, power, bearers } = bench.nas() else {
        panic!("no update")
    };
    assert_eq!(bearers, [5]);
    assert_eq!(power.t3324.unwrap().to_string(), "00000101");
    let power = PowerSaving { t3324: power.t3324, ..PowerSaving::default() };
    let grant = MobilityGrant { power, ..periodic(3240) };
    bench.network(NasDown::TrackingAreaUpdateAccept { combined: true, bearers: vec![5], grant });
    assert_eq!(bench.lines(), ["+CEREG: 1,\"0064\",\"0012BEEF\",7,,,\"00000101\","]);
    bench.at("AT+CPSMS=1,,,\"00100001\",\"00000101\"", &["OK"]);
    bench.expect_no_nas();
    bench.at("AT+CPSMS=0", &["OK"]);
    let NasUp::TrackingAreaUpdateRequest { power, .. } = bench.nas() else { panic!("no update") };
    assert!(power.is_empty());
}

#[test]
fn extended_reception_is_asked_for_reported_and_shown() {
    let mut bench = Bench::registered();
    bench.at("AT+CEDRXRDP", &["+CEDRXRDP: 0", "OK"]);
    bench.at("AT+CEDRXS=2,4,\"0010\"", &["OK"]);
    bench.nas();
    let edrx = Some(Edrx { cycle: 1, window: Some(3) });
    let grant = MobilityGrant { power: PowerSaving { edrx, ..PowerSaving::default() }, ..periodic(3240) };
    bench.network(NasDown::TrackingAreaUpdateAccept { combined: true, bearers: vec![5], grant });
    assert_eq!(bench.lines(), ["+CEDRXP: 4,\"0010\",\"0001\",\"0011\""]);
    bench.at("AT+CEDRXRDP", &["+CEDRXRDP: 4,\"0010\",\"0001\",\"0011\"", "OK"]);
    bench.at("AT+CEDRXS?", &["+CEDRXS: 4,\"0010\"", "OK"]);
}

#[test]
fn what_is_no_setting_is_refused() {
    let mut bench = Bench::registered();
    for line in [
        "AT+CPSMS=3",
        "AT+CPSMS=1,,,\"0010000\"",
        "AT+CPSMS=1,,,\"0010000x\"",
        "AT+CEDRXS=1,5,\"0101\"",
        "AT+CEDRXS=1,4,\"01011\"",
        "AT+CEDRXS=4",
        "AT+WS46=99",
        "AT+CEMODE=4",
        "AT+CCIOTOPT=1,1",
        "AT+CSCON=4",
        "AT+C5GREG=4",
    ] {
        bench.at(line, &["+CME ERROR: 50"]);
    }
    bench.expect_no_nas();
    bench.at("AT+C5GREG?;+CEMODE?;+CCIOTOPT?", &["+C5GREG: 0,0", "+CEMODE: 2", "+CCIOTOPT: 0,0,0", "OK"]);
    bench.at("AT+WS46?", &["+WS46: 25", "OK"]);
    bench.at("AT+WS46=?", &["+WS46: (12,22,25,28,29,30,31)", "OK"]);
}

#[test]
fn packet_services_alone_are_asked_for_where_the_host_says_so() {
    let mut bench = Bench::registered();
    bench.at("AT+CEMODE=0;+CFUN=4", &["OK"]);
    bench.sent.clear();
    bench.type_line("AT+CFUN=1");
    let NasUp::AttachRequest { attach_type, .. } = bench.nas() else { panic!("no attach") };
    assert_eq!(attach_type, wire::nas::AttachType::Eps);
}

#[test]
fn congestion_outlives_a_power_cycle_and_holds_for_its_network_only() {
    let mut bench = Bench::booted();
    bench.nas();
    let reject = Reject::from(wire::cause::EmmCause::CONGESTION).with_back_off(Some(secs(1200)));
    bench.network(NasDown::AttachReject { reject, esm: None });
    bench.modem.power_off(bench.now);
    bench.modem.power_on(bench.now);
    bench.wait(secs(1100));
    bench.expect_no_nas();
    bench.wait(secs(101));
    assert!(is_attach(&bench.nas()));
    bench.network(NasDown::AttachReject { reject, esm: None });
    bench.cells = vec![cell("214-03", -80)];
    bench.modem.handle_radio(bench.now, RadioDown::CellLost);
    bench.drain();
    assert_eq!(bench.sent[0].1.plmn, plmn("214-03"), "another network did not ask for silence");
}
