//! Services that a device sets and asks for, and what they do to calls.

use super::*;
use wire::cause::{CcCause, SsError};
use wire::ss::{
    BasicService, Component, Interrogation, InvokeId, ServiceRequest, SsCode, SsMessage, SsMessageKind,
    SsStatus, operation, password, service_alone,
};

const PEER: &str = "+33123456789";

impl Timeline {
    /// An operation of the device; gives the component that answers it.
    fn service(&mut self, operation: u8, argument: Vec<u8>) -> Component {
        let invoke = Component::Invoke { id: InvokeId(1), linked: None, operation, argument };
        let message = SsMessage::new(mo(0), SsMessageKind::Register, invoke);
        self.ss_answer(&message)
    }

    fn ss_answer(&mut self, message: &SsMessage) -> Component {
        let answer = self.ask(VOICE, FRANCE, NasUp::Ss(message.encode(Side::Mobile)));
        let [NasDown::Ss(octets)] = answer.as_slice() else { panic!("{answer:?}") };
        SsMessage::parse(Side::Network, octets).unwrap().components.remove(0)
    }

    fn asks(&mut self, code: SsCode) -> Interrogation {
        let answer = self.service(operation::INTERROGATE_SS, ServiceRequest::new(code).encode());
        let Component::ReturnResult { result: Some((operation::INTERROGATE_SS, octets)), .. } = answer else {
            panic!("{answer:?}")
        };
        Interrogation::parse(&octets).unwrap()
    }

    /// Gives a password to the network, which has asked for it.
    fn gives(&mut self, asked: &Component, digits: &str) -> Component {
        let Component::Invoke { id, linked: Some(InvokeId(1)), operation: operation::GET_PASSWORD, .. } =
            asked
        else {
            panic!("{asked:?}")
        };
        let result = Some((operation::GET_PASSWORD, password(digits)));
        let component = Component::ReturnResult { id: *id, result };
        self.ss_answer(&SsMessage::new(mo(0), SsMessageKind::Facility, component))
    }

    fn bars(&mut self, code: SsCode, digits: &str) -> Component {
        let asked = self.service(operation::ACTIVATE_SS, ServiceRequest::new(code).encode());
        self.gives(&asked, digits)
    }
}

fn attached() -> Timeline {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.codes();
    t
}

fn error(component: &Component) -> Option<SsError> {
    match component {
        Component::ReturnError { error, .. } => Some(*error),
        Component::Invoke { .. } | Component::ReturnResult { .. } | Component::Reject { .. } => None,
    }
}

fn to(number_of: &str, code: SsCode) -> Vec<u8> {
    ServiceRequest { number: Some(number(number_of)), no_reply: Some(10), ..ServiceRequest::new(code) }
        .encode()
}

#[test]
fn services_stand_as_they_were_sold() {
    let mut t = attached();
    let speech = Interrogation::Groups(vec![BasicService::SPEECH]);
    let provisioned = SsStatus::new(true, false, true);
    assert_eq!(t.asks(SsCode::CALL_WAITING), speech);
    assert_eq!(t.asks(SsCode::CFU), Interrogation::Status(SsStatus(0)));
    assert_eq!(t.asks(SsCode::BAOC), Interrogation::Status(SsStatus(4)));
    assert_eq!(t.asks(SsCode::CLIP), Interrogation::Generic { status: provisioned, restriction: None });
    assert_eq!(t.asks(SsCode::CLIR), Interrogation::Generic { status: provisioned, restriction: Some(2) });
    let refused = t.service(operation::REGISTER_SS, to(PEER, SsCode::CFU));
    assert_eq!(error(&refused), Some(SsError::SUBSCRIPTION_VIOLATION));
    let refused = t.service(operation::ACTIVATE_SS, ServiceRequest::new(SsCode::CLIP).encode());
    assert_eq!(error(&refused), Some(SsError::ILLEGAL_SS_OPERATION));
    t.service(operation::DEACTIVATE_SS, ServiceRequest::new(SsCode::CALL_WAITING).encode());
    assert_eq!(t.asks(SsCode::CALL_WAITING), Interrogation::Status(SsStatus(4)));
}

#[test]
fn forwarded_calls_go_where_the_subscriber_said() {
    for (code, absent, rings) in
        [(SsCode::CFU, false, false), (SsCode::CFNRC, true, false), (SsCode::CFNRY, false, true)]
    {
        let mut t = attached();
        let now = t.now();
        t.core.set_service(now, &VOICE.imsi(), Service::Forwarding, true).unwrap();
        assert_eq!(error(&t.service(operation::REGISTER_SS, to("+33123456780", code))), None);
        let Interrogation::Forwarding(features) = t.asks(code) else { panic!("{code}") };
        assert_eq!(features[0].number, Some(number("+33123456780")));
        if absent {
            t.up(VOICE, FRANCE, NasUp::DetachRequest { switch_off: true });
        }
        let now = t.now();
        t.core.call(now, number(PEER), VOICE.msisdn(), false);
        t.pass(secs(1));
        if rings {
            t.up(VOICE, FRANCE, says(mt(0), CallContent::Alerting));
            t.pass(secs(9));
            assert!(!t.codes().contains(&"call-forwarded"), "{code}");
        }
        t.pass(secs(8));
        assert!(t.codes().contains(&"call-forwarded"), "{code}");
        let call = t.core.calls().last().unwrap().1.clone();
        assert_eq!(
            (call.callee.to_string().as_str(), call.state),
            ("+33123456780", CallState::Active),
            "{code}"
        );
    }
}

/// A device that says busy, one that does not answer SETUP, and a caller who hides: forwarded, and hidden to the end.
#[test]
fn an_offered_call_that_is_not_taken_goes_on_and_stays_hidden() {
    for code in [SsCode::CFB, SsCode::CFNRC] {
        let mut t = attached();
        let now = t.now();
        t.core.set_service(now, &VOICE.imsi(), Service::Forwarding, true).unwrap();
        assert_eq!(error(&t.service(operation::REGISTER_SS, to("+33123456780", code))), None);
        let now = t.now();
        t.core.call(now, number(PEER), VOICE.msisdn(), true);
        t.pass(secs(1));
        if code == SsCode::CFB {
            t.up(VOICE, FRANCE, says(mt(0), CallContent::ReleaseComplete(CcCause::USER_BUSY)));
            t.pass(secs(1));
        } else {
            t.pass(secs(31));
        }
        assert!(t.codes().contains(&"call-forwarded"), "{code}");
        let call = t.core.calls().last().unwrap().1.clone();
        assert_eq!(call.callee.to_string(), "+33123456780", "{code}");
        assert!(call.hidden, "{code}: the number that was withheld is shown to whom the call went");
    }
}

/// A subscriber who forwards every call, with this whitelist; what became of a call from `from`.
fn forwarded_under(list: &[&str], from: &str) -> (Timeline, String, CallState) {
    let mut t = attached();
    let now = t.now();
    t.core.set_service(now, &VOICE.imsi(), Service::Forwarding, true).unwrap();
    assert_eq!(error(&t.service(operation::REGISTER_SS, to("+33123456780", SsCode::CFU))), None);
    let list: Vec<PhoneNumber> = list.iter().map(|listed| number(listed)).collect();
    t.core.set_voice_whitelist("acme", &list).unwrap();
    t.codes();
    let now = t.now();
    t.core.call(now, number(from), VOICE.msisdn(), false);
    t.pass(secs(20));
    let call = t.core.calls().last().unwrap().1.clone();
    (t, call.callee.to_string(), call.state)
}

#[test]
fn the_whitelist_holds_for_the_number_that_a_call_is_forwarded_to() {
    let (_, callee, state) = forwarded_under(&[PEER, "0123456780"], PEER);
    assert_eq!((callee.as_str(), state), ("+33123456780", CallState::Active), "both are listed");
    let (mut t, _, state) = forwarded_under(&[PEER], PEER);
    let CallState::Ended { cause, refused: Some(Reason::OffWhitelist { .. }), .. } = state else {
        panic!("{state:?}")
    };
    assert_eq!(cause, CcCause::CALL_REJECTED);
    assert_eq!(
        t.sentences(),
        [
            "MO call of 208010000000001 to +33123456780 refused #21 (call rejected): not on the voice whitelist of account acme"
        ]
    );
    let (mut t, _, state) = forwarded_under(&["+33123456780"], PEER);
    assert!(
        matches!(state, CallState::Ended { refused: Some(Reason::OffWhitelist { .. }), .. }),
        "{state:?}"
    );
    assert_eq!(t.codes(), ["call-refused-by-whitelist"], "a caller off the list is not forwarded");
    let (_, callee, _) = forwarded_under(&["+33123456780"], "112");
    assert_eq!(callee, "+33123456780", "the emergency centre is not filtered");
}

#[test]
fn barring_needs_its_password_and_stops_calls() {
    let mut t = attached();
    assert_eq!(error(&t.bars(SsCode::BAOC, "1111")), Some(SsError::NEGATIVE_PASSWORD_CHECK));
    assert_eq!(error(&t.bars(SsCode::BAOC, "0000")), None);
    t.codes();
    let answer = t.ask(VOICE, FRANCE, setup(&number(PEER)));
    let [_, NasDown::Call(CallMessage { content, facility: Some(facility), .. })] = answer.as_slice() else {
        panic!("{answer:?}")
    };
    assert_eq!(*content, CallContent::Disconnect(CcCause::OPERATOR_DETERMINED_BARRING));
    assert_eq!(wire::ss::Notification::of_facility(facility)[0].code, Some(SsCode::BAOC));
    assert_eq!(t.codes(), ["call-refused-by-barring"]);
    let answer = t.ask(VOICE, FRANCE, says(mo(1), CallContent::EmergencySetup { dialled: number("112") }));
    assert_eq!(answer[0], told(mo(1), CallContent::CallProceeding), "an emergency call passes");

    let mut t = attached();
    assert_eq!(error(&t.bars(SsCode::BAIC, "0000")), None);
    let now = t.now();
    t.core.call(now, number(PEER), VOICE.msisdn(), false);
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), []);

    let mut t = attached();
    assert_eq!(error(&t.bars(SsCode::BOIC, "0000")), None);
    let rings = |t: &mut Timeline, called: &str, value: u8| {
        let clir = Clir::Subscription;
        t.ask(VOICE, FRANCE, says(mo(value), CallContent::Setup { called: number(called), clir })).len() == 2
            && t.core.calls().last().unwrap().1.state == CallState::Alerting
    };
    assert!(!rings(&mut t, "+44123456789", 0));
    assert!(rings(&mut t, "0123456789", 1));
}

#[test]
fn a_new_password_is_entered_twice_and_three_wrong_ones_are_enough() {
    let mut t = attached();
    let asked = t.service(operation::REGISTER_PASSWORD, service_alone(SsCode::ALL_BARRING));
    let asked = t.gives(&asked, "0000");
    let asked = t.gives(&asked, "1234");
    assert_eq!(error(&t.gives(&asked, "1234")), None);
    for _ in 0..3 {
        assert_eq!(error(&t.bars(SsCode::BAOC, "0000")), Some(SsError::NEGATIVE_PASSWORD_CHECK));
    }
    let blocked = t.service(operation::ACTIVATE_SS, ServiceRequest::new(SsCode::BAOC).encode());
    assert_eq!(error(&blocked), Some(SsError::TOO_MANY_PASSWORD_ATTEMPTS));
}
