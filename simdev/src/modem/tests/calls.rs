//! Calls both ways, and emergency calls from every state.

use super::*;
use wire::cause::{CcCause, EmmCause};

#[test]
fn an_outgoing_call_goes_through_its_phases() {
    let mut bench = Bench::registered();
    bench.at("ATD+33639980002;", &["OK"]);
    assert_eq!(bench.nas(), NasUp::Setup { called: "+33639980002".parse().unwrap(), clir: false });
    bench.at("AT+CLCC", &["+CLCC: 1,0,2,0,0,\"+33639980002\",145", "OK"]);
    bench.network(NasDown::CallProceeding);
    bench.network(NasDown::Alerting);
    bench.at("AT+CLCC", &["+CLCC: 1,0,3,0,0,\"+33639980002\",145", "OK"]);
    bench.network(NasDown::Connect);
    bench.at("AT+CLCC;+CPAS", &["+CLCC: 1,0,0,0,0,\"+33639980002\",145", "+CPAS: 4", "OK"]);
    bench.at("ATH", &["OK"]);
    assert_eq!(bench.nas(), NasUp::Disconnect(CcCause::NORMAL_CLEARING));
    bench.at("AT+CLCC", &["OK"]);
    // The next call does not suffer from the end of this one.
    bench.at("ATD3900;", &["OK"]);
    bench.network(NasDown::ReleaseComplete(CcCause::NORMAL_CLEARING));
    bench.at("AT+CLCC", &["+CLCC: 1,0,2,0,0,\"3900\",129", "OK"]);
}

#[test]
fn the_end_of_a_call_shows_in_result_and_cause() {
    let rows: &[(NasDown, &str, &str)] = &[
        (NasDown::Disconnect(CcCause::USER_BUSY), "BUSY", "+CEER: User busy"),
        (NasDown::Disconnect(CcCause::CALL_REJECTED), "NO CARRIER", "+CEER: Call rejected"),
        (
            NasDown::ReleaseComplete(CcCause::OPERATOR_DETERMINED_BARRING),
            "NO CARRIER",
            "+CEER: Operator determined barring",
        ),
        (
            NasDown::CmServiceReject(EmmCause::SERVICE_OPTION_NOT_SUBSCRIBED),
            "NO CARRIER",
            "+CEER: Requested service option not subscribed",
        ),
    ];
    for (message, result, cause) in rows {
        let mut bench = Bench::registered();
        bench.at("ATD+33139980099;", &["OK"]);
        bench.network(message.clone());
        assert_eq!(bench.lines(), [*result], "{message}");
        bench.at("AT+CEER", &[cause, "OK"]);
        bench.at("AT+CLCC", &["OK"]);
    }
}

#[test]
fn busy_needs_the_right_result_set() {
    let mut bench = Bench::registered();
    bench.at("ATX1D3900;", &["OK"]);
    bench.network(NasDown::Disconnect(CcCause::USER_BUSY));
    assert_eq!(bench.lines(), ["NO CARRIER"]);
}

#[test]
fn an_incoming_call_rings_every_five_seconds_with_its_number() {
    let mut bench = Bench::registered();
    bench.at("AT+CLIP=1", &["OK"]);
    bench.network(NasDown::Setup { calling: Some("+33639980002".parse().unwrap()) });
    assert_eq!(bench.nas(), NasUp::Alerting);
    let ring = ["RING", "+CLIP: \"+33639980002\",145,,,,0"];
    assert_eq!(bench.lines(), ring);
    bench.wait(Duration::from_millis(4999));
    assert_eq!(bench.lines(), [""; 0]);
    bench.wait(Duration::from_millis(2));
    assert_eq!(bench.lines(), ring);
    bench.at("AT+CLCC;+CPAS", &["+CLCC: 1,1,4,0,0,\"+33639980002\",145", "+CPAS: 3", "OK"]);
    bench.at("ATA", &["OK"]);
    assert_eq!(bench.nas(), NasUp::Connect);
    bench.wait(secs(10));
    assert_eq!(bench.lines(), [""; 0]);
    bench.network(NasDown::Disconnect(CcCause::NORMAL_CLEARING));
    assert_eq!(bench.nas(), NasUp::ReleaseComplete(CcCause::NORMAL_CLEARING));
    assert_eq!(bench.lines(), ["NO CARRIER"]);
    bench.at("ATA", &["NO CARRIER"]);
}

#[test]
fn an_incoming_call_can_be_refused_hidden_or_answered_by_itself() {
    let mut bench = Bench::registered();
    bench.at("AT+CRC=1;+CLIP=1", &["OK"]);
    bench.network(NasDown::Setup { calling: None });
    assert_eq!(bench.lines(), ["+CRING: VOICE", "+CLIP: \"\",128,,,,1"]);
    bench.nas();
    bench.at("AT+CHUP", &["OK"]);
    assert_eq!(bench.nas(), NasUp::Disconnect(CcCause::CALL_REJECTED));
    bench.network(NasDown::ReleaseComplete(CcCause::CALL_REJECTED));

    bench.at("ATS0=2", &["OK"]);
    bench.network(NasDown::Setup { calling: None });
    bench.nas();
    bench.network(NasDown::Setup { calling: None });
    assert_eq!(bench.nas(), NasUp::ReleaseComplete(CcCause::USER_BUSY));
    bench.wait(secs(6));
    assert_eq!(bench.nas(), NasUp::Connect);
}

#[test]
fn a_number_can_be_withheld() {
    for (command, hidden) in
        [("AT+CLIR=1;D3900;", true), ("ATD3900I;", true), ("AT+CLIR=1;D3900i;", false), ("ATD3900;", false)]
    {
        let mut bench = Bench::registered();
        bench.at(command, &["OK"]);
        assert_eq!(bench.nas(), NasUp::Setup { called: "3900".parse().unwrap(), clir: hidden }, "{command}");
    }
}

#[test]
fn a_setup_that_nobody_answers_times_out() {
    let mut bench = Bench::registered();
    bench.at("ATD3900;", &["OK"]);
    bench.nas();
    bench.wait(secs(31));
    assert_eq!(bench.lines(), ["NO CARRIER"]);
    assert_eq!(bench.nas(), NasUp::Disconnect(CcCause::RECOVERY_ON_TIMER));
}

#[test]
fn without_service_an_ordinary_call_is_not_tried() {
    let mut bench = Bench::booted();
    bench.nas();
    bench.at("ATD3900;", &["NO DIALTONE"]);
    bench.network(NasDown::AttachAccept { pdn: None, esm: None, combined: false, grant: periodic(3600) });
    bench.nas();
    bench.at("ATD3900;", &["NO CARRIER"]);
    bench.expect_no_nas();
}

fn emergency(number: &str) -> NasUp {
    NasUp::EmergencySetup { dialled: number.parse().unwrap() }
}

#[test]
fn an_emergency_call_leaves_from_every_state() {
    let mut bench = Bench::registered();
    bench.at("ATD112;", &["OK"]);
    assert_eq!(bench.nas(), emergency("112"));

    // No card.
    let mut bench = Bench::new(None);
    bench.boot();
    bench.at("AT+CPIN?", &["+CME ERROR: 10"]);
    bench.at("ATD3900;", &["+CME ERROR: 10"]);
    bench.at("ATD999;", &["OK"]);
    assert_eq!(bench.nas(), emergency("999"));

    // Limited service on a network that refuses the subscriber.
    let mut bench = Bench::new(Some(SimCard::new(profile())));
    bench.cells = vec![cell("208-10", -100)];
    bench.boot();
    bench.nas();
    bench.network(reject(11));
    bench.at("ATD112;", &["OK"]);
    assert_eq!(bench.sent[0].1.plmn, plmn("208-10"));
    assert_eq!(bench.nas(), emergency("112"));
    bench.network(NasDown::Connect);
    bench.at("AT+CLCC", &["+CLCC: 1,0,0,0,0,\"112\",129", "OK"]);

    // The radio is switched off.
    bench.network(NasDown::Disconnect(CcCause::NORMAL_CLEARING));
    bench.at("AT+CFUN=4", &["OK"]);
    bench.sent.clear();
    bench.at("ATD112;", &["OK"]);
    assert_eq!(bench.nas(), emergency("112"));

    // No cell at all.
    bench.network(NasDown::Disconnect(CcCause::NORMAL_CLEARING));
    bench.cells.clear();
    bench.at("ATD112;", &["OK", "NO CARRIER"]);
}

#[test]
fn with_a_card_999_is_an_ordinary_call() {
    let mut bench = Bench::registered();
    bench.at("ATD999;", &["OK"]);
    assert_eq!(bench.nas(), NasUp::Setup { called: "999".parse().unwrap(), clir: false });
}

#[test]
fn a_call_ends_with_the_cell() {
    let mut bench = Bench::registered();
    bench.at("ATD3900;", &["OK"]);
    bench.modem.handle_radio(bench.now, RadioDown::CellLost);
    bench.drain();
    assert_eq!(bench.lines(), ["NO CARRIER"]);
}

#[test]
fn hanging_up_obeys_cvhu() {
    let mut bench = Bench::registered();
    bench.at("ATD3900;", &["OK"]);
    bench.at("AT+CVHU=1;H", &["OK"]);
    bench.at("AT+CLCC", &["+CLCC: 1,0,2,0,0,\"3900\",129", "OK"]);
    bench.at("AT+CHUP;+CLCC", &["OK"]);
}

#[test]
fn an_answered_call_lasts_longer_than_it_may_ring() {
    let mut bench = Bench::registered();
    bench.network(NasDown::Setup { calling: None });
    bench.at("ATA", &["OK"]);
    bench.sent.clear();
    bench.wait(secs(600));
    assert_eq!(bench.lines(), [""; 0]);
    bench.expect_no_nas();
    bench.at("AT+CLCC", &["+CLCC: 1,1,0,0,0", "OK"]);
}

#[test]
fn an_emergency_call_leaves_on_the_cell_that_the_mobile_camps_on() {
    let mut bench = Bench::registered();
    bench.at("AT+CGATT=0", &[]);
    bench.nas();
    bench.network(NasDown::DetachAccept);
    bench.cells = vec![cell("208-10", -70), cell(HOME, -95)];
    bench.at("ATD112;", &["OK"]);
    assert_eq!(bench.sent[0].1.plmn, plmn(HOME));
    assert_eq!(bench.nas(), emergency("112"));
    bench.at("ATH", &["OK"]);
    bench.sent.clear();
    bench.type_line("AT+CGATT=1");
    assert_eq!(bench.sent[0].1.plmn, plmn(HOME), "the attach goes where the mobile was");
}
