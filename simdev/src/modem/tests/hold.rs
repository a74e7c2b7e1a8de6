//! Several calls at once: waiting, held, swapped, joined, split, transferred.

use super::calls::{connect, incoming, mo, mt, number, setup};
use super::*;
use wire::cause::{CcCause, SsError};
use wire::nas::{CallContent, CallMessage, TransactionId};
use wire::ss::{Component, InvokeId, Notification, SsCode, operation};

const NORMAL: CcCause = CcCause::NORMAL_CLEARING;

impl Bench {
    /// An outgoing call that was answered; the transaction is the next free one.
    #[track_caller]
    fn talks_to(&mut self, called: &str, transaction: TransactionId) {
        self.at(&format!("ATD{called};"), &["OK"]);
        assert_eq!(self.said(transaction), setup(called));
        self.call(transaction, connect());
        assert_eq!(self.said(transaction), CallContent::ConnectAcknowledge);
    }

    /// Call 1 held, call 2 active.
    fn with_two_calls() -> Self {
        let mut bench = Self::registered();
        bench.talks_to("3901", mo(0));
        bench.at("ATD3902;", &["OK"]);
        assert_eq!(bench.said(mo(0)), CallContent::Hold);
        bench.expect_no_nas();
        bench.call(mo(0), CallContent::HoldAcknowledge);
        assert_eq!(bench.said(mo(1)), setup("3902"));
        bench.call(mo(1), connect());
        bench.said(mo(1));
        bench.has(&["1,0,1,0,0,\"3901\"", "2,0,0,0,0,\"3902\""]);
        bench
    }

    /// The two calls joined.
    fn in_conference() -> Self {
        let mut bench = Self::with_two_calls();
        bench.at("AT+CHLD=3", &[]);
        assert_eq!(bench.operation(mo(1)), operation::BUILD_MPTY);
        bench.returns(mo(1));
        assert_eq!(bench.lines(), ["OK"]);
        bench.has(&["1,0,0,0,1,\"3901\"", "2,0,0,0,1,\"3902\""]);
        bench
    }

    /// The list of calls, without the type of their numbers.
    #[track_caller]
    fn has(&mut self, want: &[&str]) {
        self.take_text();
        self.type_line("AT+CLCC");
        let lines: Vec<String> = self.lines();
        let calls: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("+CLCC: ")).collect();
        let short: Vec<String> =
            calls.iter().map(|call| call.rsplit_once(",1").map_or(*call, |cut| cut.0).to_owned()).collect();
        assert_eq!(short, want);
    }

    /// The operation that the modem invokes on a call.
    #[track_caller]
    fn operation(&mut self, transaction: TransactionId) -> u8 {
        let message = self.nas();
        let NasUp::Call(CallMessage {
            transaction: of,
            content: CallContent::Facility,
            facility: Some(octets),
        }) = &message
        else {
            panic!("{message}")
        };
        assert_eq!(*of, transaction);
        match Component::parse_all(octets).unwrap().as_slice() {
            [Component::Invoke { id: InvokeId(1), operation, .. }] => *operation,
            other => panic!("{other:?}"),
        }
    }

    fn returns(&mut self, transaction: TransactionId) {
        let result = Component::ReturnResult { id: InvokeId(1), result: None };
        self.network(NasDown::Call(CallMessage::facility(transaction, &result)));
    }

    fn refuses(&mut self, transaction: TransactionId, error: SsError) {
        let error = Component::ReturnError { id: InvokeId(1), error };
        self.network(NasDown::Call(CallMessage::facility(transaction, &error)));
    }
}

#[test]
fn a_second_call_waits_and_is_taken_while_the_first_is_held() {
    let mut bench = Bench::registered();
    bench.at("AT+CCWA=1", &["OK"]);
    bench.talks_to("3901", mo(0));
    bench.is_called(mt(0), Some("+33639980002"));
    assert_eq!(bench.lines(), ["+CCWA: \"+33639980002\",145,1,,0"]);
    bench.wait(secs(20));
    assert_eq!(bench.lines(), [""; 0], "a call that waits does not ring");
    bench.has(&["1,0,0,0,0,\"3901\"", "2,1,5,0,0,\"+33639980002\""]);
    bench.at("ATA", &["NO CARRIER"]);
    bench.call(mt(1), incoming(None));
    assert_eq!(bench.said(mt(1)), CallContent::ReleaseComplete(CcCause::USER_BUSY), "one may wait");
    bench.at("AT+CHLD=2", &[]);
    assert_eq!(bench.said(mo(0)), CallContent::Hold);
    bench.call(mo(0), CallContent::HoldAcknowledge);
    assert_eq!(bench.said(mt(0)), connect());
    assert_eq!(bench.lines(), ["OK"]);
    bench.has(&["1,0,1,0,0,\"3901\"", "2,1,0,0,0,\"+33639980002\""]);
    bench.at("AT+CHLD=2", &[]);
    assert_eq!((bench.said(mt(0)), bench.said(mo(0))), (CallContent::Hold, CallContent::Retrieve));
    bench.call(mo(0), CallContent::RetrieveAcknowledge);
    assert_eq!(bench.lines(), [""; 0], "the other step has no answer");
    bench.call(mt(0), CallContent::HoldAcknowledge);
    assert_eq!(bench.lines(), ["OK"]);
    bench.has(&["1,0,0,0,0,\"3901\"", "2,1,1,0,0,\"+33639980002\""]);
}

#[test]
fn a_call_that_waits_can_be_told_busy_taken_or_left_to_ring() {
    let waits = || {
        let mut bench = Bench::registered();
        bench.talks_to("3901", mo(0));
        bench.is_called(mt(0), Some("3902"));
        bench
    };
    let mut bench = waits();
    bench.at("AT+CHLD=0", &["OK"]);
    bench.clears(mt(0), CcCause::USER_BUSY);
    bench.has(&["1,0,0,0,0,\"3901\""]);

    let mut bench = waits();
    bench.at("AT+CHLD=1", &["OK"]);
    assert_eq!(bench.said(mo(0)), CallContent::Disconnect(NORMAL));
    assert_eq!(bench.said(mt(0)), connect());
    bench.has(&["2,1,0,0,0,\"3902\""]);
    assert_eq!(bench.lines(), [""; 0]);

    let mut bench = waits();
    bench.is_cleared(mo(0), NORMAL);
    assert_eq!(bench.lines(), ["NO CARRIER", "RING"]);
    bench.at("ATA", &["OK"]);
    assert_eq!(bench.said(mt(0)), connect());

    let mut bench = waits();
    bench.is_cleared(mt(0), NORMAL);
    assert_eq!(bench.lines(), ["NO CARRIER"]);
    bench.has(&["1,0,0,0,0,\"3901\""]);
}

#[test]
fn two_calls_can_be_released_each_by_itself_or_by_what_they_do() {
    let rows: &[(&str, &[u8], &[&str])] = &[
        ("AT+CHLD=0", &[0], &["2,0,0,0,0,\"3902\""]),
        ("AT+CHLD=11", &[0], &["2,0,0,0,0,\"3902\""]),
        ("AT+CHLD=12", &[1], &["1,0,1,0,0,\"3901\""]),
        ("AT+CHUP", &[0, 1], &[]),
        ("ATH", &[0, 1], &[]),
    ];
    for (command, released, left) in rows {
        let mut bench = Bench::with_two_calls();
        bench.at(command, &["OK"]);
        for transaction in *released {
            assert_eq!(bench.said(mo(*transaction)), CallContent::Disconnect(NORMAL), "{command}");
        }
        bench.expect_no_nas();
        bench.has(left);
    }
    let mut bench = Bench::with_two_calls();
    bench.at("AT+CHLD=1", &[]);
    assert_eq!(bench.said(mo(1)), CallContent::Disconnect(NORMAL));
    assert_eq!(bench.said(mo(0)), CallContent::Retrieve);
    bench.call(mo(0), CallContent::RetrieveAcknowledge);
    assert_eq!(bench.lines(), ["OK"]);
    bench.has(&["1,0,0,0,0,\"3901\""]);
}

#[test]
fn what_the_network_does_not_hold_stays_active() {
    let mut bench = Bench::registered();
    bench.talks_to("3901", mo(0));
    bench.at("AT+CHLD=2", &[]);
    bench.nas();
    bench.call(mo(0), CallContent::HoldReject(CcCause::FACILITY_NOT_SUBSCRIBED));
    assert_eq!(bench.lines(), ["+CME ERROR: 3"]);
    bench.has(&["1,0,0,0,0,\"3901\""]);
    bench.at("AT+CHLD=2", &[]);
    bench.wait(secs(16));
    assert_eq!(bench.lines(), ["+CME ERROR: 31"]);
    bench.sent.clear();

    bench.at("ATD3902;", &["OK"]);
    bench.nas();
    bench.call(mo(0), CallContent::HoldReject(CcCause::FACILITY_NOT_SUBSCRIBED));
    assert_eq!(bench.lines(), ["NO CARRIER"], "the second call is not set up");
    bench.expect_no_nas();
    bench.has(&["1,0,0,0,0,\"3901\""]);
}

#[test]
fn without_the_calls_that_it_needs_a_command_is_refused() {
    let mut bench = Bench::registered();
    for command in ["0", "1", "11", "2", "21", "3", "4"] {
        bench.at(&format!("AT+CHLD={command}"), &["+CME ERROR: 3"]);
    }
    for command in ["5", "18", "20", "\"2\""] {
        bench.at(&format!("AT+CHLD={command}"), &["+CME ERROR: 50"]);
    }
    bench.at("AT+CHLD=?", &["+CHLD: (0,1,1x,2,2x,3,4)", "OK"]);
    bench.talks_to("3901", mo(0));
    for command in ["0", "12", "21", "3", "4"] {
        bench.at(&format!("AT+CHLD={command}"), &["+CME ERROR: 3"]);
    }
    let mut bench = Bench::with_two_calls();
    bench.at("ATD3903;", &["+CME ERROR: 3"]);
    bench.is_called(mt(0), Some("3903"));
    bench.at("AT+CHLD=2", &["+CME ERROR: 3"]);
    bench.expect_no_nas();
}

#[test]
fn calls_are_joined_held_and_split() {
    let mut bench = Bench::in_conference();
    bench.at("AT+CHLD=2", &[]);
    assert_eq!(bench.operation(mo(0)), operation::HOLD_MPTY);
    bench.returns(mo(0));
    assert_eq!(bench.lines(), ["OK"]);
    bench.has(&["1,0,1,0,1,\"3901\"", "2,0,1,0,1,\"3902\""]);
    bench.at("AT+CHLD=2", &[]);
    assert_eq!(bench.operation(mo(0)), operation::RETRIEVE_MPTY);
    bench.returns(mo(0));
    bench.at("AT+CHLD=22", &[]);
    assert_eq!(bench.operation(mo(1)), operation::SPLIT_MPTY);
    bench.returns(mo(1));
    assert_eq!(bench.lines(), ["OK"]);
    bench.has(&["1,0,1,0,0,\"3901\"", "2,0,0,0,0,\"3902\""]);

    let mut bench = Bench::in_conference();
    bench.is_cleared(mo(0), NORMAL);
    bench.has(&["2,0,0,0,0,\"3902\""]);
}

#[test]
fn a_conference_that_is_not_subscribed_is_refused_and_both_calls_live() {
    let mut bench = Bench::with_two_calls();
    for (error, code) in
        [(SsError::ILLEGAL_SS_OPERATION, 3), (SsError::SYSTEM_FAILURE, 60), (SsError::CALL_BARRED, 62)]
    {
        bench.at("AT+CHLD=3", &[]);
        bench.nas();
        bench.refuses(mo(1), error);
        assert_eq!(bench.lines(), [format!("+CME ERROR: {code}")]);
    }
    bench.has(&["1,0,1,0,0,\"3901\"", "2,0,0,0,0,\"3902\""]);
}

#[test]
fn a_transfer_leaves_both_calls_to_the_network() {
    let mut bench = Bench::with_two_calls();
    bench.at("AT+CHLD=4", &[]);
    assert_eq!(bench.operation(mo(1)), operation::EXPLICIT_CT);
    bench.returns(mo(1));
    assert_eq!(bench.lines(), ["OK"]);
    bench.is_cleared(mo(0), NORMAL);
    bench.is_cleared(mo(1), NORMAL);
    bench.has(&[]);
}

#[test]
fn a_command_ends_when_its_call_does() {
    let mut bench = Bench::with_two_calls();
    bench.at("AT+CHLD=2", &[]);
    bench.sent.clear();
    bench.is_cleared(mo(0), NORMAL);
    bench.call(mo(1), CallContent::HoldAcknowledge);
    let lines = bench.lines();
    assert!(lines.contains(&"OK".to_owned()) && lines.contains(&"NO CARRIER".to_owned()), "{lines:?}");
    bench.has(&["2,0,1,0,0,\"3902\""]);
}

#[test]
fn notifications_about_calls_are_reported_on_request() {
    let mut bench = Bench::registered();
    bench.at("AT+CSSN?;+CSSN=1,1;+CSSN?", &["+CSSN: 0,0", "+CSSN: 1,1", "OK"]);
    bench.at("ATD3901;", &["OK"]);
    let waiting = Notification { is_waiting: true, ..Notification::default() };
    let alerting = CallMessage::new(mo(0), CallContent::Alerting).with(&waiting.component(InvokeId(1)));
    bench.network(NasDown::Call(alerting));
    assert_eq!(bench.lines(), ["+CSSI: 3"]);
    bench.call(mo(0), connect());
    for (on_hold, report) in [(true, "+CSSU: 2"), (false, "+CSSU: 3")] {
        let hold =
            Notification { code: Some(SsCode::HOLD), on_hold: Some(on_hold), ..Notification::default() };
        bench.network(NasDown::Call(CallMessage::facility(mo(0), &hold.component(InvokeId(2)))));
        assert_eq!(bench.lines(), [report]);
    }
    bench.at("AT+CSSN=0", &["OK"]);
    bench.at("ATH", &["OK"]);
    bench.sent.clear();
    let mut bench = Bench::with_two_calls();
    bench.at("AT+CSSN=0,1", &["OK"]);
    bench.is_cleared(mo(0), NORMAL);
    assert_eq!(bench.lines(), ["+CSSU: 5", "NO CARRIER"], "a held call was released");
}

#[test]
fn an_emergency_call_ends_every_other() {
    let mut bench = Bench::with_two_calls();
    bench.at("ATD112;", &["OK"]);
    assert_eq!(bench.said(mo(0)), CallContent::Disconnect(NORMAL));
    assert_eq!(bench.said(mo(1)), CallContent::Disconnect(NORMAL));
    assert_eq!(bench.said(mo(2)), CallContent::EmergencySetup { dialled: number("112") });
    bench.has(&["1,0,2,0,0,\"112\""]);
}
