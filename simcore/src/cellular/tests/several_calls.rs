//! Several calls of one device: waiting, held, joined, transferred, and what each party is told.

use super::*;
use wire::cause::{CcCause, EmmCause, SsError};
use wire::ss::{Component, InvokeId, Notification, SsCode, operation};

const NORMAL: CcCause = CcCause::NORMAL_CLEARING;
const FIRST: &str = "+33123456789";
const SECOND: &str = "+33123456780";

fn setup_of(value: u8, called: &str) -> NasUp {
    says(mo(value), CallContent::Setup { called: number(called), clir: Clir::Subscription })
}

impl Timeline {
    /// A call of the device that was answered.
    fn talks_to(&mut self, value: u8, called: &str) -> CallId {
        self.up(VOICE, FRANCE, setup_of(value, called));
        self.pass(secs(5));
        self.up(VOICE, FRANCE, says(mo(value), CallContent::ConnectAcknowledge));
        self.heard(VOICE);
        let (id, call) = self.core.calls().last().unwrap();
        assert_eq!(call.state, CallState::Active);
        id
    }

    fn holds(&mut self, value: u8) -> NasDown {
        self.ask(VOICE, FRANCE, says(mo(value), CallContent::Hold)).remove(0)
    }

    /// Two answered calls, the first of them held.
    fn with_two_calls() -> (Self, CallId, CallId) {
        let mut t = Self::new();
        t.attach(VOICE, FRANCE);
        let first = t.talks_to(0, FIRST);
        assert_eq!(t.holds(0), told(mo(0), CallContent::HoldAcknowledge));
        let second = t.talks_to(1, SECOND);
        t.codes();
        (t, first, second)
    }

    fn invokes(&mut self, value: u8, operation: u8) -> Component {
        let id = InvokeId(1);
        let invoke = Component::Invoke { id, linked: None, operation, argument: Vec::new() };
        let answer = self.ask(VOICE, FRANCE, NasUp::Call(CallMessage::facility(mo(value), &invoke)));
        let Some(NasDown::Call(CallMessage { facility: Some(octets), .. })) = answer.first() else {
            panic!("{answer:?}")
        };
        Component::parse_all(octets).unwrap().remove(0)
    }

    fn switch(&mut self, service: Service, on: bool) {
        let now = self.now();
        self.core.set_service(now, &VOICE.imsi(), service, on).unwrap();
    }

    fn is_active(&self, id: CallId) -> bool {
        self.core.call_state(id) == Some(&CallState::Active)
    }
}

const DONE: Component = Component::ReturnResult { id: InvokeId(1), result: None };

fn refused(error: SsError) -> Component {
    Component::ReturnError { id: InvokeId(1), error }
}

#[test]
fn a_second_call_needs_the_first_on_hold() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let first = t.talks_to(0, FIRST);
    let answer = t.ask(VOICE, FRANCE, setup_of(1, SECOND));
    assert_eq!(answer, [NasDown::CmServiceReject(EmmCause(34))]);
    t.holds(0);
    assert!(t.core.calls().find(|(id, _)| *id == first).unwrap().1.held_by_caller);
    let second = t.talks_to(1, SECOND);
    assert!(t.is_active(first) && t.is_active(second));
    let answer = t.ask(VOICE, FRANCE, setup_of(2, SECOND));
    assert_eq!(answer, [NasDown::CmServiceReject(EmmCause(34))], "one held and one active is all");
    t.up(VOICE, FRANCE, says(mo(0), CallContent::Disconnect(NORMAL)));
    t.pass(secs(1));
    assert!(!t.is_active(first) && t.is_active(second), "each call ends by itself");
}

#[test]
fn a_call_waits_and_its_caller_is_told() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.attach(OTHER, FRANCE);
    let first = t.talks_to(0, FIRST);
    t.up(OTHER, FRANCE, setup(&VOICE.msisdn()));
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [told(mt(0), CallContent::IncomingSetup { calling: Some(OTHER.msisdn()) })]);
    t.up(VOICE, FRANCE, says(mt(0), CallContent::CallConfirmed));
    t.up(VOICE, FRANCE, says(mt(0), CallContent::Alerting));
    t.pass(secs(1));
    let waiting = Notification { is_waiting: true, ..Notification::default() };
    let heard = t.heard(OTHER);
    let Some(NasDown::Call(CallMessage { content: CallContent::Alerting, facility: Some(facility), .. })) =
        heard.last()
    else {
        panic!("{heard:?}")
    };
    assert_eq!(Notification::of_facility(facility), [waiting]);
    let now = t.now();
    let third = t.core.call(now, number(SECOND), VOICE.msisdn(), false);
    t.pass(secs(1));
    assert!(matches!(t.core.call_state(third), Some(CallState::Ended { cause: CcCause::USER_BUSY, .. })));
    assert_eq!(t.heard(VOICE), [], "one call may wait");

    t.holds(0);
    t.up(VOICE, FRANCE, says(mt(0), CallContent::Connect { connected: None }));
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [told(mt(0), CallContent::ConnectAcknowledge)]);
    assert!(t.is_active(first));

    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.switch(Service::SecondCall, false);
    t.talks_to(0, FIRST);
    let now = t.now();
    t.core.call(now, number(SECOND), VOICE.msisdn(), false);
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [], "without the service the device is busy");
    assert_eq!(t.holds(0), told(mo(0), CallContent::HoldReject(CcCause::FACILITY_NOT_SUBSCRIBED)));
    assert_eq!(t.codes().last(), Some(&"hold-refused"));
}

#[test]
fn the_other_device_hears_that_it_is_held_and_retrieved() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.attach(OTHER, FRANCE);
    t.up(VOICE, FRANCE, setup(&OTHER.msisdn()));
    t.pass(secs(1));
    t.up(OTHER, FRANCE, says(mt(0), CallContent::Connect { connected: None }));
    t.pass(secs(1));
    t.up(VOICE, FRANCE, says(mo(0), CallContent::ConnectAcknowledge));
    t.heard(OTHER);
    t.codes();
    for (content, held) in [(CallContent::Hold, true), (CallContent::Retrieve, false)] {
        t.up(VOICE, FRANCE, says(mo(0), content));
        t.pass(secs(1));
        let heard = t.heard(OTHER);
        let [NasDown::Call(CallMessage { facility: Some(facility), .. })] = heard.as_slice() else {
            panic!("{heard:?}")
        };
        let notice =
            Notification { code: Some(SsCode::HOLD), on_hold: Some(held), ..Notification::default() };
        assert_eq!(Notification::of_facility(facility), [notice]);
    }
    t.heard(VOICE);
    let wrong = t.ask(VOICE, FRANCE, says(mo(0), CallContent::Retrieve));
    assert_eq!(wrong, [told(mo(0), CallContent::RetrieveReject(CcCause::FACILITY_REJECTED))]);
    assert_eq!(t.codes(), ["call-held", "call-retrieved", "hold-refused"]);
}

#[test]
fn joining_calls_is_refused_unless_it_was_ordered() {
    let (mut t, first, second) = Timeline::with_two_calls();
    assert_eq!(t.invokes(1, operation::BUILD_MPTY), refused(SsError::ILLEGAL_SS_OPERATION));
    assert_eq!(
        t.sentences(),
        [
            "buildMPTY of 208010000000001 refused #16 (illegal SS operation): the service is not part of the subscription"
        ]
    );
    assert!(t.is_active(first) && t.is_active(second), "both calls live");

    t.switch(Service::Conference, true);
    assert_eq!(t.invokes(1, operation::BUILD_MPTY), DONE);
    assert_eq!(t.codes(), ["call-retrieved", "calls-joined"]);
    assert_eq!(t.invokes(1, operation::BUILD_MPTY), refused(SsError::SS_ERROR_STATUS));
    assert_eq!(t.invokes(0, operation::HOLD_MPTY), DONE);
    let held = |t: &Timeline| t.core.calls().filter(|(_, call)| call.held_by_caller).count();
    assert_eq!(held(&t), 2);
    assert_eq!(t.invokes(0, operation::RETRIEVE_MPTY), DONE);
    assert_eq!(t.invokes(1, operation::SPLIT_MPTY), DONE);
    assert_eq!(held(&t), 1);
    assert_eq!(t.invokes(1, operation::SPLIT_MPTY), refused(SsError::SS_ERROR_STATUS));
    assert!(t.is_active(first) && t.is_active(second));
    assert!(matches!(t.invokes(1, 99), Component::Reject { .. }));
}

#[test]
fn calls_are_transferred_at_home_and_not_abroad() {
    let (mut t, first, second) = Timeline::with_two_calls();
    let invoke = Component::Invoke {
        id: InvokeId(1),
        linked: None,
        operation: operation::EXPLICIT_CT,
        argument: Vec::new(),
    };
    t.up(VOICE, FRANCE, NasUp::Call(CallMessage::facility(mo(1), &invoke)));
    t.pass(secs(1));
    assert_eq!(
        t.heard(VOICE),
        [
            NasDown::Call(CallMessage::facility(mo(1), &DONE)),
            told(mo(0), CallContent::Disconnect(NORMAL)),
            told(mo(1), CallContent::Disconnect(NORMAL))
        ]
    );
    assert!(!t.is_active(first) && !t.is_active(second));
    let (id, call) = t.core.calls().last().unwrap();
    assert_eq!((call.caller.to_string(), call.callee.to_string()), (FIRST.to_owned(), SECOND.to_owned()));
    assert!(t.is_active(id));
    assert_eq!(t.codes(), ["call-transferred"]);

    let (mut t, first, second) = Timeline::with_two_calls();
    t.switch(Service::Transfer, false);
    assert_eq!(t.invokes(1, operation::EXPLICIT_CT), refused(SsError::ILLEGAL_SS_OPERATION));
    assert!(t.is_active(first) && t.is_active(second));

    let mut t = Timeline::new();
    t.attach(VOICE, SPAIN_BEST);
    t.up(VOICE, SPAIN_BEST, setup(&number(FIRST)));
    t.pass(secs(5));
    t.up(VOICE, SPAIN_BEST, says(mo(0), CallContent::ConnectAcknowledge));
    t.up(VOICE, SPAIN_BEST, says(mo(0), CallContent::Hold));
    t.up(VOICE, SPAIN_BEST, setup_of(1, SECOND));
    t.pass(secs(5));
    t.heard(VOICE);
    let answer = t.ask(VOICE, SPAIN_BEST, NasUp::Call(CallMessage::facility(mo(1), &invoke)));
    let error = refused(SsError::ILLEGAL_SS_OPERATION);
    assert_eq!(answer, [NasDown::Call(CallMessage::facility(mo(1), &error))]);
    assert!(t.sentences().last().unwrap().ends_with("the service is not available in roaming"));
}

#[test]
fn a_facility_that_cannot_be_read_is_rejected() {
    let (mut t, ..) = Timeline::with_two_calls();
    let garbled =
        CallMessage { facility: Some(vec![0xa1, 9, 2]), ..CallMessage::new(mo(1), CallContent::Facility) };
    let answer = t.ask(VOICE, FRANCE, NasUp::Call(garbled));
    let reject = Component::Reject { id: None, problem: wire::ss::Problem::BADLY_STRUCTURED };
    assert_eq!(answer, [NasDown::Call(CallMessage::facility(mo(1), &reject))]);
}
