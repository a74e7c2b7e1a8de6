//! Calls both ways, one at a time, and emergency calls from every state.

use super::*;
use wire::cause::{CcCause, EmmCause};
use wire::id::PhoneNumber;
use wire::nas::{CallContent, CallMessage, Clir, Side, TransactionId};

/// The transactions that the mobile gives, and those of the network.
pub(super) fn mo(value: u8) -> TransactionId {
    TransactionId::new(Side::Mobile, value).unwrap()
}

pub(super) fn mt(value: u8) -> TransactionId {
    TransactionId::new(Side::Network, value).unwrap()
}

pub(super) fn number(text: &str) -> PhoneNumber {
    text.parse().unwrap()
}

pub(super) fn setup(called: &str) -> CallContent {
    CallContent::Setup { called: number(called), clir: Clir::Subscription }
}

pub(super) fn incoming(calling: Option<&str>) -> CallContent {
    CallContent::IncomingSetup { calling: calling.map(number) }
}

pub(super) fn connect() -> CallContent {
    CallContent::Connect { connected: None }
}

impl Bench {
    /// The network says something about a call.
    pub(super) fn call(&mut self, transaction: TransactionId, content: CallContent) {
        self.network(NasDown::Call(CallMessage::new(transaction, content)));
    }

    /// What the modem says next, which has to be about this call.
    #[track_caller]
    pub(super) fn said(&mut self, transaction: TransactionId) -> CallContent {
        let message = self.nas();
        let NasUp::Call(message) = message else { panic!("{message}") };
        assert_eq!(message.transaction, transaction, "{message}");
        message.content
    }

    /// A call to the modem, which confirms it and rings.
    #[track_caller]
    pub(super) fn is_called(&mut self, transaction: TransactionId, calling: Option<&str>) {
        self.call(transaction, incoming(calling));
        assert_eq!(self.said(transaction), CallContent::CallConfirmed);
        assert_eq!(self.said(transaction), CallContent::Alerting);
    }

    /// The modem hangs up, and the network agrees.
    #[track_caller]
    pub(super) fn clears(&mut self, transaction: TransactionId, cause: CcCause) {
        assert_eq!(self.said(transaction), CallContent::Disconnect(cause));
        self.call(transaction, CallContent::Release(cause));
        assert_eq!(self.said(transaction), CallContent::ReleaseComplete(cause));
    }

    /// The network ends a call.
    #[track_caller]
    pub(super) fn is_cleared(&mut self, transaction: TransactionId, cause: CcCause) {
        self.call(transaction, CallContent::Disconnect(cause));
        assert_eq!(self.said(transaction), CallContent::Release(cause));
        self.call(transaction, CallContent::ReleaseComplete(cause));
    }
}

#[test]
fn an_outgoing_call_goes_through_its_phases() {
    let mut bench = Bench::registered();
    bench.at("ATD+33639980002;", &["OK"]);
    assert_eq!(bench.said(mo(0)), setup("+33639980002"));
    bench.at("AT+CLCC", &["+CLCC: 1,0,2,0,0,\"+33639980002\",145", "OK"]);
    bench.call(mo(0), CallContent::CallProceeding);
    bench.call(mo(0), CallContent::Alerting);
    bench.at("AT+CLCC", &["+CLCC: 1,0,3,0,0,\"+33639980002\",145", "OK"]);
    bench.call(mo(0), connect());
    assert_eq!(bench.said(mo(0)), CallContent::ConnectAcknowledge);
    bench.at("AT+CLCC;+CPAS", &["+CLCC: 1,0,0,0,0,\"+33639980002\",145", "+CPAS: 4", "OK"]);
    bench.at("ATH", &["OK"]);
    assert_eq!(bench.said(mo(0)), CallContent::Disconnect(CcCause::NORMAL_CLEARING));
    bench.at("AT+CLCC", &["OK"]);
    // The next call does not suffer from the end of this one, whose transaction is still in use.
    bench.at("ATD3900;", &["OK"]);
    assert_eq!(bench.said(mo(1)), setup("3900"));
    bench.call(mo(0), CallContent::Release(CcCause::NORMAL_CLEARING));
    assert_eq!(bench.said(mo(0)), CallContent::ReleaseComplete(CcCause::NORMAL_CLEARING));
    bench.at("AT+CLCC", &["+CLCC: 1,0,2,0,0,\"3900\",129", "OK"]);
    assert_eq!(bench.lines(), [""; 0]);
}

#[test]
fn the_end_of_a_call_shows_in_result_and_cause() {
    let call = |content| NasDown::Call(CallMessage::new(mo(0), content));
    let reject = NasDown::CmServiceReject(EmmCause::SERVICE_OPTION_NOT_SUBSCRIBED);
    let rows = [
        (call(CallContent::Disconnect(CcCause::USER_BUSY)), "BUSY", "User busy"),
        (call(CallContent::Disconnect(CcCause::CALL_REJECTED)), "NO CARRIER", "Call rejected"),
        (call(CallContent::Release(CcCause::NO_ANSWER)), "NO ANSWER", "User alerting, no answer"),
        (call(CallContent::Release(CcCause::NO_USER_RESPONDING)), "NO ANSWER", "No user responding"),
        (
            call(CallContent::ReleaseComplete(CcCause::OPERATOR_DETERMINED_BARRING)),
            "NO CARRIER",
            "Operator determined barring",
        ),
        (reject, "NO CARRIER", "Requested service option not subscribed"),
    ];
    for (message, result, cause) in rows {
        let mut bench = Bench::registered();
        bench.at("ATD+33139980099;", &["OK"]);
        bench.network(message.clone());
        assert_eq!(bench.lines(), [result], "{message}");
        bench.at("AT+CEER", &[&format!("+CEER: {cause}"), "OK"]);
        bench.at("AT+CLCC", &["OK"]);
    }
}

#[test]
fn busy_needs_the_right_result_set() {
    let mut bench = Bench::registered();
    bench.at("ATX1D3900;", &["OK"]);
    bench.call(mo(0), CallContent::Disconnect(CcCause::USER_BUSY));
    assert_eq!(bench.lines(), ["NO CARRIER"]);
}

#[test]
fn a_release_that_nobody_confirms_is_repeated_once() {
    let mut bench = Bench::registered();
    bench.at("ATD3900;", &["OK"]);
    bench.said(mo(0));
    bench.at("ATH", &["OK"]);
    assert_eq!(bench.said(mo(0)), CallContent::Disconnect(CcCause::NORMAL_CLEARING));
    let release = CallContent::Release(CcCause::RECOVERY_ON_TIMER);
    bench.wait(secs(30));
    assert_eq!(bench.said(mo(0)), release, "T305");
    bench.wait(secs(30));
    assert_eq!(bench.said(mo(0)), release, "T308");
    bench.wait(secs(300));
    bench.expect_no_nas();
    bench.at("ATD3900;", &["OK"]);
    assert_eq!(bench.said(mo(0)), setup("3900"), "the transaction is free again");
}

#[test]
fn disconnects_that_cross_end_in_one_release() {
    let mut bench = Bench::registered();
    bench.at("ATD3900;", &["OK"]);
    bench.said(mo(0));
    bench.at("ATH", &["OK"]);
    assert_eq!(bench.said(mo(0)), CallContent::Disconnect(CcCause::NORMAL_CLEARING));
    bench.is_cleared(mo(0), CcCause::USER_BUSY);
    bench.wait(secs(120));
    bench.expect_no_nas();
    assert_eq!(bench.lines(), [""; 0]);
}

#[test]
fn a_message_for_a_call_that_is_not_there_is_answered_so() {
    let mut bench = Bench::registered();
    bench.call(mt(3), CallContent::Disconnect(CcCause::NORMAL_CLEARING));
    assert_eq!(bench.said(mt(3)), CallContent::ReleaseComplete(CcCause(81)));
    bench.call(mt(3), CallContent::ReleaseComplete(CcCause::NORMAL_CLEARING));
    bench.expect_no_nas();
}

#[test]
fn an_incoming_call_rings_every_five_seconds_with_its_number() {
    let mut bench = Bench::registered();
    bench.at("AT+CLIP=1", &["OK"]);
    bench.is_called(mt(0), Some("+33639980002"));
    let ring = ["RING", "+CLIP: \"+33639980002\",145,,,,0"];
    assert_eq!(bench.lines(), ring);
    bench.wait(Duration::from_millis(4999));
    assert_eq!(bench.lines(), [""; 0]);
    bench.wait(Duration::from_millis(2));
    assert_eq!(bench.lines(), ring);
    bench.at("AT+CLCC;+CPAS", &["+CLCC: 1,1,4,0,0,\"+33639980002\",145", "+CPAS: 3", "OK"]);
    bench.at("ATA", &["OK"]);
    assert_eq!(bench.said(mt(0)), connect());
    bench.call(mt(0), CallContent::ConnectAcknowledge);
    bench.wait(secs(60));
    assert_eq!(bench.lines(), [""; 0]);
    bench.is_cleared(mt(0), CcCause::NORMAL_CLEARING);
    assert_eq!(bench.lines(), ["NO CARRIER"]);
    bench.at("ATA", &["NO CARRIER"]);
}

#[test]
fn an_answer_that_the_network_does_not_acknowledge_ends_the_call() {
    let mut bench = Bench::registered();
    bench.is_called(mt(0), None);
    bench.at("ATA", &["OK"]);
    bench.said(mt(0));
    bench.wait(secs(30));
    assert_eq!(bench.said(mt(0)), CallContent::Disconnect(CcCause::RECOVERY_ON_TIMER), "T313");
    assert_eq!(bench.lines(), ["NO CARRIER"]);
}

#[test]
fn an_incoming_call_can_be_refused_hidden_or_answered_by_itself() {
    let mut bench = Bench::registered();
    bench.at("AT+CRC=1;+CLIP=1", &["OK"]);
    bench.is_called(mt(0), None);
    assert_eq!(bench.lines(), ["+CRING: VOICE", "+CLIP: \"\",128,,,,1"]);
    bench.at("AT+CHUP", &["OK"]);
    bench.clears(mt(0), CcCause::CALL_REJECTED);

    bench.at("ATS0=2", &["OK"]);
    bench.is_called(mt(0), None);
    bench.call(mt(1), incoming(None));
    assert_eq!(bench.said(mt(1)), CallContent::ReleaseComplete(CcCause::USER_BUSY));
    bench.wait(secs(6));
    assert_eq!(bench.said(mt(0)), connect());
}

#[test]
fn a_number_can_be_withheld_or_shown() {
    for (command, clir) in [
        ("AT+CLIR=1;D3900;", Clir::Invoked),
        ("ATD3900I;", Clir::Invoked),
        ("ATD*31#3900;", Clir::Invoked),
        ("AT+CLIR=1;D3900i;", Clir::Suppressed),
        ("AT+CLIR=1;D#31#3900;", Clir::Suppressed),
        ("AT+CLIR=2;D3900;", Clir::Suppressed),
        ("ATD3900;", Clir::Subscription),
    ] {
        let mut bench = Bench::registered();
        bench.at(command, &["OK"]);
        assert_eq!(bench.said(mo(0)), CallContent::Setup { called: number("3900"), clir }, "{command}");
    }
}

#[test]
fn a_call_that_nobody_takes_care_of_times_out_where_it_stuck() {
    let rows = [
        (vec![], 30, CcCause::RECOVERY_ON_TIMER, "NO CARRIER"),
        (vec![CallContent::CallProceeding], 30, CcCause::RECOVERY_ON_TIMER, "NO CARRIER"),
        (vec![CallContent::CallProceeding, CallContent::Alerting], 180, CcCause::NO_ANSWER, "NO ANSWER"),
    ];
    for (said, seconds, cause, result) in rows {
        let mut bench = Bench::registered();
        bench.at("ATS7=255;D3900;", &["OK"]);
        bench.nas();
        said.into_iter().for_each(|content| bench.call(mo(0), content));
        bench.wait(secs(seconds) - Duration::from_millis(1));
        assert_eq!(bench.lines(), [""; 0], "{seconds}");
        bench.wait(secs(1));
        assert_eq!(bench.lines(), [result], "{seconds}");
        assert_eq!(bench.said(mo(0)), CallContent::Disconnect(cause));
    }
}

#[test]
fn the_number_that_answered_is_shown_on_request() {
    let mut bench = Bench::registered();
    bench.at("AT+COLP=1;+COLP?", &["+COLP: 1,2", "OK"]);
    bench.at("ATD3900;", &["OK"]);
    bench.call(mo(0), CallContent::Connect { connected: Some(number("+33123456789")) });
    assert_eq!(bench.lines(), ["+COLP: \"+33123456789\",145"]);
}

#[test]
fn settings_of_data_calls_are_kept_for_old_programs() {
    let mut bench = Bench::registered();
    bench.at(
        "AT+CBST?;+CRLP?;+CR?;+CMOD?",
        &["+CBST: 0,0,1", "+CRLP: 61,61,48,6", "+CR: 0", "+CMOD: 0", "OK"],
    );
    bench.at("AT+CBST=7,0,1;+CR=1;+CMOD=0;+CDIP=1;+CNAP=1", &["OK"]);
    bench.at("AT+CBST?;+CR?;+CDIP?;+CNAP?", &["+CBST: 7,0,1", "+CR: 1", "+CDIP: 1,2", "+CNAP: 1,2", "OK"]);
    bench.at("AT+CBST=8", &["ERROR"]);
}

#[test]
fn tones_are_sent_one_after_the_other() {
    let mut bench = Bench::registered();
    bench.at("AT+VTS=1", &["+CME ERROR: 3"]);
    bench.at("ATD3900;", &["OK"]);
    bench.nas();
    bench.at("AT+VTS=1", &["+CME ERROR: 3"]);
    bench.call(mo(0), connect());
    bench.nas();
    bench.at("AT+VTD=5;+VTD?;+VTS=\"1#\"", &["+VTD: 5", "OK"]);
    for key in ['1', '#'] {
        assert_eq!(bench.said(mo(0)), CallContent::StartDtmf(key));
        bench.call(mo(0), CallContent::StartDtmfAcknowledge);
        bench.wait(Duration::from_millis(499));
        bench.expect_no_nas();
        bench.wait(Duration::from_millis(1));
        assert_eq!(bench.said(mo(0)), CallContent::StopDtmf);
        bench.call(mo(0), CallContent::StopDtmfAcknowledge);
    }
    bench.expect_no_nas();
    for command in ["AT+VTS=", "AT+VTS=E", "AT+VTS=1,999"] {
        bench.at(command, &["+CME ERROR: 50"]);
    }
    bench.at("AT+VTS=a,1", &["OK"]);
    assert_eq!(bench.said(mo(0)), CallContent::StartDtmf('A'));
    bench.call(mo(0), CallContent::StartDtmfReject(CcCause::FACILITY_REJECTED));
    bench.wait(secs(5));
    bench.expect_no_nas();
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

fn emergency(dialled: &str) -> CallContent {
    CallContent::EmergencySetup { dialled: number(dialled) }
}

#[test]
fn an_emergency_call_leaves_from_every_state() {
    let mut bench = Bench::registered();
    bench.at("ATD112;", &["OK"]);
    assert_eq!(bench.said(mo(0)), emergency("112"));

    // No card.
    let mut bench = Bench::new(None);
    bench.boot();
    bench.at("AT+CPIN?", &["+CME ERROR: 10"]);
    bench.at("ATD3900;", &["+CME ERROR: 10"]);
    bench.at("ATD999;", &["OK"]);
    assert_eq!(bench.said(mo(0)), emergency("999"));

    // Limited service on a network that refuses the subscriber.
    let mut bench = Bench::new(Some(SimCard::new(profile())));
    bench.cells = vec![cell("208-10", -100)];
    bench.boot();
    bench.nas();
    bench.network(reject(11));
    bench.at("ATD112;", &["OK"]);
    assert_eq!(bench.sent[0].1.plmn, plmn("208-10"));
    assert_eq!(bench.said(mo(0)), emergency("112"));
    bench.call(mo(0), connect());
    bench.at("AT+CLCC", &["+CLCC: 1,0,0,0,0,\"112\",129", "OK"]);

    // The radio is switched off.
    bench.sent.clear();
    bench.is_cleared(mo(0), CcCause::NORMAL_CLEARING);
    bench.at("AT+CFUN=4", &["OK"]);
    bench.sent.clear();
    bench.at("ATD112;", &["OK"]);
    assert_eq!(bench.said(mo(0)), emergency("112"));

    // No cell at all.
    bench.sent.clear();
    bench.is_cleared(mo(0), CcCause::NORMAL_CLEARING);
    bench.cells.clear();
    bench.at("ATD112;", &["OK", "NO CARRIER"]);
}

#[test]
fn with_a_card_999_is_an_ordinary_call() {
    let mut bench = Bench::registered();
    bench.at("ATD999;", &["OK"]);
    assert_eq!(bench.said(mo(0)), setup("999"));
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
    bench.is_called(mt(0), None);
    bench.at("ATA", &["OK"]);
    bench.call(mt(0), CallContent::ConnectAcknowledge);
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
    assert_eq!(bench.said(mo(0)), emergency("112"));
    bench.at("ATH", &["OK"]);
    bench.sent.clear();
    bench.type_line("AT+CGATT=1");
    assert_eq!(bench.sent[0].1.plmn, plmn(HOME), "the attach goes where the mobile was");
}
