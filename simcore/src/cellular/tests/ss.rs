//! Supplementary services outside a call: USSD both ways.

use super::*;
use wire::cause::{CcCause, SsError};
use wire::nas::{Side, TransactionId};
use wire::ss::{Component, InvokeId, Problem, SsMessage, SsMessageKind, UssdArgument, UssdString, operation};

/// A final answer, and a menu with one way on.
pub(super) fn menu() -> Vec<UssdService> {
    let page = |text: &str| UssdPage { text: text.to_owned(), choices: Vec::new() };
    let mine = page("Your number is {msisdn}");
    let root = UssdPage { text: "1: number".to_owned(), choices: vec![("1".to_owned(), mine)] };
    vec![
        UssdService { code: "*#100#".to_owned(), page: page("{msisdn}") },
        UssdService { code: "#123#".to_owned(), page: root },
    ]
}

fn mobile(value: u8) -> TransactionId {
    TransactionId::new(Side::Mobile, value).unwrap()
}

fn text(string: &str) -> Vec<u8> {
    UssdArgument::new(UssdString::new(string).unwrap()).encode()
}

fn up(message: &SsMessage) -> NasUp {
    NasUp::Ss(message.encode(Side::Mobile))
}

pub(super) fn request(code: &str) -> NasUp {
    let id = InvokeId(7);
    let component =
        Component::Invoke { id, linked: None, operation: operation::PROCESS_USSD, argument: text(code) };
    up(&SsMessage::new(mobile(0), SsMessageKind::Register, component))
}

/// The one message that a device has heard.
fn heard(t: &mut Timeline) -> SsMessage {
    let heard = t.heard(VOICE);
    let [NasDown::Ss(octets)] = heard.as_slice() else { panic!("{heard:?}") };
    SsMessage::parse(Side::Network, octets).unwrap()
}

fn string_of(message: &SsMessage) -> String {
    let octets = match message.components.as_slice() {
        [Component::ReturnResult { result: Some((operation::PROCESS_USSD, octets)), .. }]
        | [Component::Invoke { argument: octets, .. }] => octets,
        other => panic!("{other:?}"),
    };
    UssdArgument::parse(octets).unwrap().string.text().unwrap()
}

#[test]
fn a_code_is_answered_with_its_text() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.codes();
    t.up(VOICE, FRANCE, request("*#100#"));
    t.pass(secs(1));
    let answer = heard(&mut t);
    assert_eq!((answer.kind, answer.transaction), (SsMessageKind::ReleaseComplete, mobile(0)));
    assert_eq!(string_of(&answer), VOICE.msisdn().to_string());
    assert!(matches!(answer.components[0], Component::ReturnResult { id: InvokeId(7), .. }));
    assert_eq!(t.codes(), ["ussd-answered"]);
    assert!(t.core.next_wakeup().is_none_or(|wakeup| !wakeup.why.contains("USSD")));
}

#[test]
fn an_unknown_code_and_what_is_no_request_are_refused() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.codes();
    t.up(VOICE, FRANCE, request("*999*12345#"));
    t.pass(secs(1));
    let refused = Component::ReturnError { id: InvokeId(7), error: SsError::UNEXPECTED_DATA_VALUE };
    assert_eq!(heard(&mut t).components, [refused]);
    assert_eq!(
        t.sentences(),
        [
            "USSD request *999*… of 208010000000001 refused #36 (unexpected data value): the operator has no such code"
        ]
    );
    let invoke = |operation, argument: &[u8]| Component::Invoke {
        id: InvokeId(2),
        linked: None,
        operation,
        argument: argument.to_vec(),
    };
    let rows = [
        (invoke(99, &[]), Some(InvokeId(2)), Problem::UNRECOGNIZED_OPERATION),
        (invoke(operation::PROCESS_USSD, &[4, 1, 15]), Some(InvokeId(2)), Problem::MISTYPED_PARAMETER),
        (Component::ReturnResult { id: InvokeId(2), result: None }, None, Problem::General(0)),
    ];
    for (component, id, problem) in rows {
        t.up(VOICE, FRANCE, up(&SsMessage::new(mobile(3), SsMessageKind::Register, component)));
        t.pass(secs(1));
        let answer = heard(&mut t);
        assert_eq!(answer.components, [Component::Reject { id, problem }]);
        assert_eq!(answer.transaction, mobile(3));
    }
    t.up(VOICE, FRANCE, NasUp::Ss(vec![0x2b, 0x3b, 0x1c, 9]));
    t.pass(secs(1));
    assert_eq!(
        heard(&mut t).components,
        [Component::Reject { id: None, problem: Problem::BADLY_STRUCTURED }]
    );
    t.up(VOICE, FRANCE, NasUp::Ss(vec![0xff]));
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), []);
}

#[test]
fn a_menu_waits_for_its_reply() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.codes();
    t.up(VOICE, FRANCE, request("#123#"));
    t.pass(secs(1));
    let question = heard(&mut t);
    assert_eq!((question.kind, string_of(&question).as_str()), (SsMessageKind::Facility, "1: number"));
    let reply = |string| {
        let result = Some((operation::USSD_REQUEST, text(string)));
        let component = Component::ReturnResult { id: InvokeId(1), result };
        up(&SsMessage::new(mobile(0), SsMessageKind::Facility, component))
    };
    t.up(VOICE, FRANCE, reply("8"));
    t.pass(secs(1));
    assert_eq!(string_of(&heard(&mut t)), "1: number", "a reply that is no choice gets the menu again");
    t.up(VOICE, FRANCE, reply("1"));
    t.pass(secs(1));
    let answer = heard(&mut t);
    assert_eq!(string_of(&answer), format!("Your number is {}", VOICE.msisdn()));
    assert_eq!(answer.kind, SsMessageKind::ReleaseComplete);
    t.pass(secs(120));
    assert_eq!(t.heard(VOICE), [], "the dialogue is over");

    t.up(VOICE, FRANCE, request("#123#"));
    t.pass(secs(1));
    heard(&mut t);
    t.pass(secs(60));
    assert_eq!(heard(&mut t), SsMessage::release(mobile(0), Some(CcCause::RECOVERY_ON_TIMER)));
    assert_eq!(t.codes().last(), Some(&"ussd-ended"));

    t.up(VOICE, FRANCE, request("#123#"));
    t.pass(secs(1));
    heard(&mut t);
    t.up(VOICE, FRANCE, up(&SsMessage::release(mobile(0), None)));
    t.pass(secs(120));
    assert_eq!(t.heard(VOICE), [], "the device gave the dialogue up");
}

#[test]
fn the_network_asks_and_notifies_by_itself() {
    let network = TransactionId::new(Side::Network, 0).unwrap();
    let result = |value| Component::ReturnResult { id: InvokeId(1), result: value };
    let rows = [
        (true, result(Some((operation::USSD_REQUEST, text("yes")))), UssdOutcome::Replied("yes".to_owned())),
        (false, result(None), UssdOutcome::Acknowledged),
        (
            true,
            Component::ReturnError { id: InvokeId(1), error: SsError::USSD_BUSY },
            UssdOutcome::Refused(SsError::USSD_BUSY),
        ),
    ];
    for (wants_reply, answer, outcome) in rows {
        let mut t = Timeline::new();
        t.attach(VOICE, FRANCE);
        let now = t.now();
        t.core.send_ussd(now, &VOICE.imsi(), "Still there?", wants_reply).unwrap();
        t.pass(secs(1));
        let question = heard(&mut t);
        assert_eq!((question.kind, question.transaction), (SsMessageKind::Register, network));
        assert_eq!(string_of(&question), "Still there?");
        t.up(VOICE, FRANCE, up(&SsMessage::new(network, SsMessageKind::Facility, answer)));
        t.pass(secs(1));
        assert_eq!(heard(&mut t), SsMessage::release(network, None));
        assert_eq!(t.core.ussd_outcomes(&VOICE.imsi()), [outcome]);
    }
    let mut t = Timeline::new();
    let now = t.now();
    let error = t.core.send_ussd(now, &VOICE.imsi(), "Hello", true).unwrap_err();
    assert_eq!(error, ControlError::NotRegistered(VOICE.imsi()));
    t.attach(VOICE, FRANCE);
    let now = t.now();
    assert_eq!(t.core.send_ussd(now, &VOICE.imsi(), &"x".repeat(200), true), Err(ControlError::UssdText));
    t.core.send_ussd(now, &VOICE.imsi(), "Hello", true).unwrap();
    t.pass(secs(62));
    assert_eq!(t.core.ussd_outcomes(&VOICE.imsi()), [UssdOutcome::TimedOut]);
}

#[test]
fn a_request_can_be_left_without_an_answer() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.core.inject(Injection::new(Procedure::Ss, Answer::Silence, 1, None).unwrap());
    t.up(VOICE, FRANCE, request("*#100#"));
    t.pass(secs(60));
    assert_eq!(t.heard(VOICE), []);
}
