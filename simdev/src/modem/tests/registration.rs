//! Network selection, attach, rejects and updates on a time line.

use super::*;
use wire::nas::{AttachType, Reject};

#[test]
fn boots_attaches_and_reports_its_place() {
    let mut bench = Bench::booted();
    bench.at("AT+CREG=2;+CEREG=2;+CGEREP=2,0", &["OK"]);
    let NasUp::AttachRequest { imsi, attach_type, pdn, .. } = bench.nas() else { panic!("no attach") };
    assert_eq!(imsi.unwrap().as_str(), "208010000000001");
    assert_eq!((attach_type, pdn.apn), (AttachType::Combined, None));
    bench.network(accept());
    assert_eq!(bench.nas(), NasUp::AttachComplete);
    assert_eq!(
        bench.lines(),
        ["+CREG: 1,\"0064\",\"0012BEEF\",7", "+CEREG: 1,\"0064\",\"0012BEEF\",7", "+CGEV: ME PDN ACT 1"]
    );
    bench.at("AT+CEREG?", &["+CEREG: 2,1,\"0064\",\"0012BEEF\",7", "OK"]);
    bench.at("AT+CGREG?", &["+CGREG: 0,0", "OK"]);
    bench.at("AT+COPS?", &["+COPS: 0,0,\"Orange F\",7", "OK"]);
    bench.at("AT+COPS=3,2;+COPS?", &["+COPS: 0,2,\"20801\",7", "OK"]);
    bench.at("AT+CGPADDR=1", &["+CGPADDR: 1,\"10.64.0.1\"", "OK"]);
    bench.at("AT+CESQ", &["+CESQ: 99,99,255,255,255,46", "OK"]);
    bench.at("AT+CSQ", &["+CSQ: 23,99", "OK"]);
}

#[test]
fn a_forbidden_network_goes_onto_the_card_and_another_is_tried() {
    let mut bench = Bench::new(Some(SimCard::new(profile())));
    bench.cells = vec![cell("214-03", -80), cell("214-07", -90)];
    bench.boot();
    bench.at("AT+CEREG=3", &["OK"]);
    assert_eq!(bench.sent[0].1.plmn, plmn("214-03"));
    bench.nas();
    bench.network(reject(11));
    assert_eq!(bench.lines(), ["+CEREG: 3,,,,0,11", "+CEREG: 2"]);
    assert_eq!(bench.sent[0].1.plmn, plmn("214-07"));
    bench.register();
    bench.at("AT+CRSM=176,28539,0,0,3", &["+CRSM: 144,0,\"12F430\"", "OK"]);
    bench.at("AT+CEREG?", &["+CEREG: 3,5,\"0064\",\"0012BEEF\",7", "OK"]);
    bench.at("AT+CREG?", &["+CREG: 0,5", "OK"]);
}

#[test]
fn only_forbidden_networks_leave_it_in_limited_service_without_a_storm() {
    let mut bench = Bench::new(Some(SimCard::new(profile())));
    bench.cells = vec![cell("214-03", -80)];
    bench.boot();
    bench.nas();
    bench.network(reject(11));
    bench.wait(secs(3600));
    bench.expect_no_nas();
    bench.at("AT+CEREG?", &["+CEREG: 0,3", "OK"]);
    assert!((30..=120).contains(&bench.searches), "{}", bench.searches);
    // A network without the ban ends it.
    bench.cells.push(cell("214-07", -100));
    bench.wait(secs(120));
    assert_eq!(bench.sent[0].1.plmn, plmn("214-07"));
}

#[test]
fn the_defect_tries_a_forbidden_network_again() {
    let mut bench = Bench::with_defects(Some(SimCard::new(profile())), &[Defect::IgnoresPlmnForbidden]);
    bench.cells = vec![cell("214-03", -80)];
    bench.boot();
    bench.nas();
    bench.network(reject(11));
    bench.wait(secs(120));
    assert!(is_attach(&bench.nas()));
}

/// TS 24.301 5.5.1.2.5: cause, whether the same network is asked again within ten minutes with another area in reach.
#[test]
fn each_reject_has_its_prescribed_consequence() {
    // cause, next cell asked: another area of the same network, another network, nobody
    let rows: &[(u8, &str)] = &[
        (3, "nobody"),
        (6, "nobody"),
        (7, "nobody"),
        (8, "nobody"),
        (11, "other network"),
        (12, "other area"),
        (13, "other area"),
        (14, "other network"),
        (15, "other area"),
        (42, "other network"),
    ];
    for (cause, want) in rows {
        let mut bench = Bench::new(Some(SimCard::new(profile())));
        let mut other_area = cell("214-03", -100);
        other_area.id.tac = 0x65;
        bench.cells = vec![cell("214-03", -80), other_area, cell("214-07", -70)];
        bench.boot();
        bench.nas();
        bench.network(reject(*cause));
        bench.wait(secs(1));
        let next = match bench.sent.front() {
            None => "nobody",
            Some((_, asked, _)) if asked.plmn == plmn("214-07") => "other network",
            Some((_, asked, _)) if asked.tac == 0x65 => "other area",
            Some(_) => "the same cell",
        };
        assert_eq!(next, *want, "#{cause}");
    }
}

#[test]
fn a_reject_is_reported_as_a_network_error_where_the_host_asked_for_it() {
    let mut bench = Bench::booted();
    bench.nas();
    bench.at("AT+CNEC=8;+CNEC?", &["+CNEC: 8", "OK"]);
    bench.network(reject(15));
    assert_eq!(bench.lines(), ["+CNEC_EMM: 15"]);
}

#[test]
fn a_rejected_card_stays_rejected_until_the_power_goes() {
    let mut bench = Bench::booted();
    bench.nas();
    bench.network(reject(8));
    bench.at("AT+CEREG=3;+CEREG?", &["+CEREG: 3,3,,,,0,8", "OK"]);
    bench.wait(secs(7200));
    bench.expect_no_nas();
    bench.at("AT+CEREG=0;+COPS=0", &["+CME ERROR: 108"]);
    bench.expect_no_nas();
    bench.modem.power_off(bench.now);
    bench.modem.power_on(bench.now);
    bench.wait(secs(2));
    assert!(is_attach(&bench.nas()));
}

#[test]
fn five_failures_ten_seconds_apart_lead_to_another_network() {
    let mut bench = Bench::new(Some(SimCard::new(profile())));
    bench.cells = vec![cell("214-03", -80), cell("214-07", -90)];
    bench.boot();
    let mut times = Vec::new();
    for _ in 0..5 {
        let (at, asked, _) = bench.sent.pop_front().unwrap();
        assert_eq!(asked.plmn, plmn("214-03"));
        times.push(at);
        bench.network(reject(17));
        bench.wait(secs(10));
    }
    for pair in times.windows(2) {
        assert_eq!(pair[1].since(pair[0]).as_secs() / 10, 1, "{times:?}");
    }
    let (_, asked, _) = bench.sent.pop_front().unwrap();
    assert_eq!(asked.plmn, plmn("214-07"));
}

#[test]
fn a_network_that_failed_five_times_rests_for_t3402() {
    let mut bench = Bench::booted();
    for _ in 0..5 {
        assert!(is_attach(&bench.nas()));
        bench.network(reject(17));
        bench.wait(secs(10));
    }
    bench.expect_no_nas();
    bench.wait(secs(11 * 60));
    bench.expect_no_nas();
    bench.wait(secs(120));
    assert!(is_attach(&bench.nas()));
}

#[test]
fn an_unanswered_attach_is_repeated_after_t3410_and_t3411() {
    let mut bench = Bench::booted();
    let first = bench.sent.pop_front().unwrap().0;
    bench.wait(secs(30));
    let second = bench.sent.pop_front().unwrap().0;
    assert_eq!(second.since(first), secs(25));
}

#[test]
fn congestion_with_t3346_silences_it_for_that_long() {
    let mut bench = Bench::booted();
    bench.nas();
    let cause = wire::cause::EmmCause::CONGESTION;
    let reject = Reject::from(cause).with_back_off(Some(secs(1200)));
    bench.network(NasDown::AttachReject { reject, esm: None });
    bench.wait(secs(1199));
    bench.expect_no_nas();
    bench.wait(secs(2));
    assert!(is_attach(&bench.nas()));
}

#[test]
fn the_periodic_update_follows_t3412() {
    let mut bench = Bench::registered();
    bench.wait(secs(54 * 60 - 1));
    bench.expect_no_nas();
    bench.wait(secs(2));
    assert!(is_update(&bench.nas(), UpdateType::Periodic));
    bench.network(update_accept());
    bench.wait(secs(54 * 60 + 1));
    assert!(is_update(&bench.nas(), UpdateType::Periodic));
    bench.network(NasDown::TrackingAreaUpdateReject(wire::cause::EmmCause::IDENTITY_NOT_DERIVED.into()));
    assert!(is_attach(&bench.nas()));
}

#[test]
fn a_lost_cell_is_replaced_by_another_of_the_same_network_with_an_update() {
    let mut bench = Bench::registered();
    bench.at("AT+CEREG=2", &["OK"]);
    bench.cells = vec![];
    bench.modem.handle_radio(bench.now, RadioDown::CellLost);
    bench.drain();
    assert_eq!(bench.lines(), ["+CEREG: 2"]);
    bench.wait(secs(61));
    let mut other = cell(HOME, -90);
    other.id.tac = 0x65;
    bench.cells = vec![other];
    bench.wait(secs(61));
    assert!(is_update(&bench.nas(), UpdateType::Combined { imsi_attach: false }));
    bench.network(update_accept());
    assert_eq!(bench.lines(), ["+CEREG: 1,\"0065\",\"0012BEEF\",7"]);
    bench.at("AT+CGPADDR=1", &["+CGPADDR: 1,\"10.64.0.1\"", "OK"]);
}

#[test]
fn the_lists_of_the_card_decide_and_not_the_signal() {
    let mut bench = Bench::new(Some(SimCard::new(profile())));
    bench.cells = vec![cell("214-01", -60), cell("214-07", -70), cell("214-03", -110)];
    bench.boot();
    assert_eq!(bench.sent[0].1.plmn, plmn("214-03"));
}

#[test]
fn abroad_it_moves_to_a_better_network_of_the_same_country() {
    let mut bench = Bench::new(Some(SimCard::new(profile())));
    bench.cells = vec![cell("214-07", -70)];
    bench.boot();
    bench.register();
    bench.release();
    bench.cells = vec![cell("214-07", -70), cell("214-03", -90), cell(HOME, -90)];
    bench.wait(secs(119));
    bench.expect_no_nas();
    bench.wait(secs(2));
    assert_eq!(bench.sent[0].1.plmn, plmn("214-03"));
    bench.nas();
    bench.network(NasDown::AttachAccept { pdn: None, esm: None, combined: true, grant: periodic(24 * 3600) });
    bench.nas();
    bench.release();
    // It is the best of this country: the search goes on, the mobile stays.
    let searches = bench.searches;
    bench.wait(secs(3 * 3600));
    bench.expect_no_nas();
    assert_eq!(bench.searches - searches, 3);
}

#[test]
fn manual_selection_ignores_the_ban_and_success_lifts_it() {
    let mut bench = Bench::new(Some(SimCard::new(profile())));
    bench.cells = vec![cell("214-03", -80), cell("214-07", -90)];
    bench.boot();
    bench.nas();
    bench.network(reject(11));
    bench.register();
    bench.type_line("AT+COPS=1,2,\"21403\"");
    assert_eq!(bench.sent[0].1.plmn, plmn("214-03"));
    bench.nas();
    bench.network(accept());
    bench.nas();
    assert_eq!(bench.lines(), ["OK"]);
    bench.at("AT+CRSM=176,28539,0,0,3", &["+CRSM: 144,0,\"FFFFFF\"", "OK"]);
    bench.at("AT+COPS?", &["+COPS: 1,2,\"21403\",7", "OK"]);
    bench.type_line("AT+COPS=1,2,\"20810\"");
    assert_eq!(bench.lines(), ["+CME ERROR: 30"]);
}

#[test]
fn a_scan_lists_networks_with_their_state() {
    let mut bench = Bench::registered();
    bench.cells = vec![cell("208-10", -70), cell(HOME, -95), cell("208-20", -80)];
    bench.modem.card_mut().unwrap().add_forbidden_plmn(plmn("208-10")).unwrap();
    bench.at(
        "AT+COPS=?",
        &[
            "+COPS: (2,\"Orange F\",\"Orange\",\"20801\",7),(3,\"F SFR\",\"SFR\",\"20810\",7),\
             (1,\"Bouygues Telecom\",\"BYTEL\",\"20820\",7),,(0-4),(0-2)",
            "OK",
        ],
    );
}

#[test]
fn a_character_aborts_a_selection_that_waits_but_not_at_once() {
    let mut bench = Bench::booted();
    bench.type_line("AT+COPS=0");
    bench.type_bytes(b"\n");
    bench.wait(Duration::from_millis(100));
    bench.type_bytes(b"A");
    assert_eq!(bench.lines(), [""; 0]);
    bench.wait(secs(1));
    bench.type_bytes(b"A");
    assert_eq!(bench.lines(), ["ERROR"]);
    bench.at("AT", &["OK"]);
}

#[test]
fn leaving_the_network_waits_for_its_answer_and_flight_mode_does_not() {
    let mut bench = Bench::registered();
    bench.at("AT+CREG=1", &["OK"]);
    bench.type_line("AT+COPS=2");
    assert_eq!(bench.nas(), NasUp::DetachRequest { switch_off: false });
    assert_eq!(bench.lines(), ["+CREG: 0"]);
    bench.network(NasDown::DetachAccept);
    assert_eq!(bench.lines(), ["OK"]);
    bench.wait(secs(3600));
    bench.expect_no_nas();
    bench.type_line("AT+COPS=0");
    bench.register();
    bench.at("AT+CFUN=4", &["+CREG: 0", "OK"]);
    assert_eq!(bench.nas(), NasUp::DetachRequest { switch_off: true });
    bench.at("AT+CFUN=1;+CFUN?", &["+CREG: 2", "+CFUN: 1", "OK"]);
    assert!(is_attach(&bench.nas()));
}

#[test]
fn a_detach_by_the_network_is_reported_and_obeyed() {
    let mut bench = Bench::registered();
    bench.at("AT+CGEREP=2", &["OK"]);
    bench.network(NasDown::DetachRequest { reattach: true, cause: None });
    assert_eq!(bench.lines(), ["+CGEV: NW DETACH"]);
    assert!(is_attach(&bench.nas()));
    bench.network(accept());
    bench.nas();
    bench.network(NasDown::DetachRequest { reattach: false, cause: Some(wire::cause::EmmCause::ILLEGAL_UE) });
    bench.wait(secs(3600));
    bench.expect_no_nas();
}

#[test]
fn without_circuit_services_creg_stays_at_zero() {
    let mut bench = Bench::booted();
    bench.nas();
    bench.network(NasDown::AttachAccept {
        pdn: Some(grant("a")),
        esm: None,
        combined: false,
        grant: periodic(3600),
    });
    bench.at("AT+CREG?;+CEREG?", &["+CREG: 0,0", "+CEREG: 0,1", "OK"]);
}

#[test]
fn packet_detach_and_attach_by_hand() {
    let mut bench = Bench::registered();
    bench.type_line("AT+CGATT=0");
    bench.nas();
    bench.network(NasDown::DetachAccept);
    assert_eq!(bench.lines(), ["OK"]);
    bench.at("AT+CGATT?", &["+CGATT: 0", "OK"]);
    bench.type_line("AT+CGATT=1");
    bench.nas();
    bench.network(reject(7));
    assert_eq!(bench.lines(), ["+CME ERROR: 107"]);
    bench.at("AT+CEER", &["+CEER: EPS services not allowed", "OK"]);
}

#[test]
fn a_detach_is_reported_when_there_was_one() {
    let mut bench = Bench::registered();
    bench.at("AT+CGEREP=2", &["OK"]);
    bench.type_line("AT+CGATT=0");
    bench.nas();
    bench.network(NasDown::DetachAccept);
    assert_eq!(bench.lines(), ["+CGEV: ME DETACH", "OK"]);
    bench.at("AT+CGATT=0", &["OK"]);
    bench.at("AT+COPS=2", &["OK"]);
    bench.expect_no_nas();
}
