//! Short messages in both directions, byte by byte where the specification gives the bytes.

use super::*;
use wire::cause::RpCause;
use wire::sms::{
    Address, CpBody, CpMessage, Deliver, DeliverReport, Direction as Way, FailureCause, RpMessage,
    RpUserData, Status, StatusReport, Submit, Tpdu, TransactionId, UserData, ValidityPeriod,
};

pub(super) const SHORT_CODE: &str = "36123";

pub(super) fn smsc() -> Option<Address> {
    Some(Address::from_number(&number("+33639989000")))
}

pub(super) fn submit(to: &str) -> Submit {
    Submit::new(Address::from_number(&number(to)), UserData::text("hello").unwrap())
}

pub(super) fn mo(transaction: u8, reference: u8, service_centre: Option<Address>, tpdu: &Tpdu) -> NasUp {
    let data = RpMessage::Data { reference, service_centre, user_data: RpUserData::from(tpdu) };
    let message = CpMessage::data(TransactionId::originator(transaction), &data, Way::MobileToNetwork);
    NasUp::Sms(message.to_octets())
}

fn octets(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

/// A device that answers as a good one does.
pub(super) struct Phone {
    dev: Dev,
    pub(super) plmn: &'static str,
    pub(super) got: Vec<Tpdu>,
    pub(super) answers: Vec<RpMessage>,
    pub(super) full: bool,
}

impl Phone {
    pub(super) fn new(dev: Dev, plmn: &'static str) -> Self {
        Self { dev, plmn, got: Vec::new(), answers: Vec::new(), full: false }
    }

    pub(super) fn say(&self, t: &mut Timeline, message: &CpMessage) {
        t.up(self.dev, self.plmn, NasUp::Sms(message.to_octets()));
    }

    /// Lets time pass in small steps and answers every short message.
    pub(super) fn live(&mut self, t: &mut Timeline, span: Duration) {
        let end = t.now() + span;
        while t.now() < end {
            t.pass(Duration::from_millis(50).min(end.since(t.now())));
            for message in t.heard(self.dev) {
                if let NasDown::Sms(octets) = message {
                    self.answer(t, &octets);
                }
            }
        }
    }

    fn answer(&mut self, t: &mut Timeline, octets: &[u8]) {
        let message = CpMessage::parse(octets).unwrap();
        let CpBody::Data(data) = &message.body else { return };
        self.say(t, &CpMessage::ack(message.transaction.opposite()));
        let relay = RpMessage::parse(Way::NetworkToMobile, data.as_slice()).unwrap();
        let RpMessage::Data { reference, user_data, .. } = relay else {
            self.answers.push(relay);
            return;
        };
        let answer = if self.full {
            let report = Tpdu::from(DeliverReport::refused(FailureCause::MEMORY_CAPACITY_EXCEEDED));
            let user_data = Some(RpUserData::from(&report));
            RpMessage::Error {
                reference,
                cause: RpCause::MEMORY_CAPACITY_EXCEEDED,
                diagnostic: None,
                user_data,
            }
        } else {
            self.got.push(user_data.tpdu(Way::NetworkToMobile).unwrap());
            RpMessage::Ack {
                reference,
                user_data: Some(RpUserData::from(&Tpdu::from(DeliverReport::accepted()))),
            }
        };
        self.say(t, &CpMessage::data(message.transaction.opposite(), &answer, Way::MobileToNetwork));
    }

    pub(super) fn texts(&self) -> Vec<String> {
        self.got.iter().filter_map(Tpdu::text).collect()
    }
}

pub(super) fn send(t: &mut Timeline, to: Dev, text: &str, validity: Option<Duration>) -> MessageId {
    let request = SmsRequest::new(&number(SHORT_CODE), to.msisdn(), UserData::text(text).unwrap());
    let now = t.now();
    t.core.send_sms(now, SmsRequest { validity, ..request }).unwrap()
}

#[test]
fn a_message_from_a_device_reaches_the_application_and_gets_the_octets_of_the_specification() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.codes();
    // CP-DATA and RP-DATA around a SUBMIT to the short code; the answers are those of TS 24.011 clauses 7 and 8.
    let tpdu = octets("00010605816321F3000006536A905A9D02").split_off(1);
    let mut message = octets("090118000300079133369998 00F010".replace(' ', "").as_str());
    message.extend(&tpdu);
    message[2] = (message.len() - 3) as u8;
    t.up(VOICE, FRANCE, NasUp::Sms(message));
    t.pass(secs(1));
    let heard = t.heard(VOICE);
    assert_eq!(heard, [NasDown::Sms(octets("8904")), NasDown::Sms(octets("8901020303"))]);
    let inbox = t.core.application_inbox(&number(SHORT_CODE));
    assert_eq!(inbox.len(), 1);
    assert_eq!(inbox[0].user_data.decoded_text().unwrap(), "STATUS");
    assert_eq!((inbox[0].from.as_str(), inbox[0].to.as_str()), ("+33639980001", SHORT_CODE));
    assert_eq!(t.codes(), ["sms-accepted", "sms-delivered"]);
    t.up(VOICE, FRANCE, NasUp::Sms(octets("0904")));
    t.pass(secs(60));
    assert_eq!(t.heard(VOICE), [], "acknowledged, so not repeated");
}

#[test]
fn an_answer_that_is_not_acknowledged_is_repeated_and_the_message_is_treated_once() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let message = mo(0, 7, smsc(), &submit(SHORT_CODE).into());
    t.up(VOICE, FRANCE, message.clone());
    t.pass(secs(1));
    t.up(VOICE, FRANCE, message);
    t.pass(secs(60));
    let heard = t.heard(VOICE);
    let answer = NasDown::Sms(octets("8901020307"));
    assert_eq!(heard.iter().filter(|heard| **heard == answer).count(), 3, "{heard:?}");
    assert_eq!(t.core.application_inbox(&number(SHORT_CODE)).len(), 1);
}

#[test]
fn a_message_from_a_device_is_refused_with_the_cause_of_its_reason() {
    let refusal = |reference: u8, cause: RpCause, failure: Option<u8>| (reference, cause, failure);
    let mut t = Timeline::new();
    t.attach(VOICE, SPAIN_BEST);
    t.core.set_external(&number("+33600000009"), ExternalParty::Unassigned);
    let mut rows = vec![
        ("foreign centre", Some(Address::from_number(&number("+4917000000"))), Tpdu::from(submit("36123"))),
        ("no centre", None, Tpdu::from(submit("36123"))),
        ("unassigned number", smsc(), Tpdu::from(submit("+33600000009"))),
    ];
    let again = Submit { reject_duplicates: true, message_reference: 4, ..submit("36123") };
    rows.push(("first", smsc(), again.clone().into()));
    rows.push(("duplicate", smsc(), again.into()));
    let want = [
        refusal(0, RpCause::NETWORK_OUT_OF_ORDER, None),
        refusal(1, RpCause::NETWORK_OUT_OF_ORDER, None),
        refusal(2, RpCause::UNASSIGNED_NUMBER, None),
        refusal(4, RpCause::TRANSFER_REJECTED, Some(0xc5)),
    ];
    let mut phone = Phone::new(VOICE, SPAIN_BEST);
    for (reference, (name, centre, tpdu)) in rows.into_iter().enumerate() {
        t.up(VOICE, SPAIN_BEST, mo(reference as u8, reference as u8, centre, &tpdu));
        phone.live(&mut t, secs(1));
        assert_eq!(phone.answers.len(), reference + 1, "{name}");
    }
    let refused = phone.answers.iter().filter_map(|answer| match answer {
        RpMessage::Error { reference, cause, user_data, .. } => {
            let tpdu = user_data.as_ref().map(|data| data.tpdu(Way::NetworkToMobile).unwrap());
            let failure = tpdu.map(|tpdu| {
                let Tpdu::SubmitReport(report) = tpdu else { panic!("{tpdu:?}") };
                report.failure.unwrap().value()
            });
            Some((*reference, *cause, failure))
        }
        RpMessage::Ack { .. } | RpMessage::Data { .. } | RpMessage::Smma { .. } => None,
    });
    assert_eq!(refused.collect::<Vec<_>>(), want);
}

#[test]
fn sms_barred_by_roaming_control_is_refused_in_both_directions() {
    let mut t = Timeline::new();
    let bar = Bearers { sms: true, ..Bearers::default() };
    t.core.set_roaming_control(Instant::ZERO, "acme", 214, bar).unwrap();
    t.attach(VOICE, SPAIN_BEST);
    t.codes();
    // RP-ERROR 8, as in facts: 8901 04 05 <ref> 01 08.
    t.up(VOICE, SPAIN_BEST, mo(0, 1, smsc(), &submit(SHORT_CODE).into()));
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [NasDown::Sms(octets("8904")), NasDown::Sms(octets("89010405010108"))]);
    t.up(VOICE, SPAIN_BEST, NasUp::Sms(octets("0904")));
    let id = send(&mut t, VOICE, "no", None);
    t.pass(secs(60));
    assert_eq!(t.heard(VOICE), []);
    let cause = RpCause::OPERATOR_DETERMINED_BARRING;
    assert_eq!(t.core.sms_state(id), Some(SmsState::Undeliverable { cause }));
    assert_eq!(t.codes(), ["sms-refused", "sms-accepted", "sms-refused", "sms-undeliverable"]);
}

#[test]
fn a_message_to_a_device_arrives_within_seconds_and_is_taken() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.codes();
    let mut phone = Phone::new(VOICE, FRANCE);
    let id = send(&mut t, VOICE, "How are you?", None);
    assert_eq!(t.core.sms_state(id), Some(SmsState::Enroute));
    phone.live(&mut t, secs(2));
    assert_eq!(phone.texts(), ["How are you?"]);
    let Tpdu::Deliver(Deliver { originator, timestamp, more_messages, .. }) = &phone.got[0] else { panic!() };
    assert_eq!(originator.to_string(), SHORT_CODE);
    assert_eq!(timestamp.to_string(), "26/03/14,09:00:06+04", "lab time 6 s, one hour east of Greenwich");
    assert!(!more_messages);
    assert!(matches!(t.core.sms_state(id), Some(SmsState::Delivered { .. })));
    assert_eq!(t.codes(), ["sms-accepted", "sms-delivered"]);
}

#[test]
fn messages_between_devices_keep_their_order_and_say_that_more_follow() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.attach(DATA, FRANCE);
    let mut sender = Phone::new(DATA, FRANCE);
    for n in 0..3u8 {
        let text = UserData::text(&format!("number {n}")).unwrap();
        let message =
            Submit { message_reference: n, ..Submit::new(Address::from_number(&VOICE.msisdn()), text) };
        t.up(DATA, FRANCE, mo(n, n, smsc(), &message.into()));
    }
    sender.live(&mut t, Duration::from_millis(400));
    let mut receiver = Phone::new(VOICE, FRANCE);
    receiver.live(&mut t, secs(5));
    assert_eq!(receiver.texts(), ["number 0", "number 1", "number 2"]);
    let more =
        receiver.got.iter().map(|tpdu| matches!(tpdu, Tpdu::Deliver(deliver) if deliver.more_messages));
    let more: Vec<bool> = more.collect();
    assert_eq!(more, [true, true, false]);
}

#[test]
fn a_message_waits_for_a_device_that_is_away_and_comes_with_its_attach() {
    let mut t = Timeline::new();
    let ids = [send(&mut t, VOICE, "first", None), send(&mut t, VOICE, "second", None)];
    t.pass(secs(3600));
    assert_eq!(t.core.sms_waiting(&VOICE.imsi()), 2);
    let tries: Vec<u64> =
        t.note_times("sms-deferred").iter().map(|at| at.as_micros() / 1_000_000 / 60).collect();
    assert_eq!(tries, [0, 1, 6, 21, 51], "after 1, 5, 15 and 30 minutes");
    assert!(matches!(t.try_attach(VOICE, FRANCE), NasDown::AttachAccept { .. }));
    let mut phone = Phone::new(VOICE, FRANCE);
    phone.live(&mut t, secs(10));
    assert_eq!(phone.texts(), ["first", "second"]);
    for id in ids {
        assert!(matches!(t.core.sms_state(id), Some(SmsState::Delivered { .. })));
    }
}

#[test]
fn a_device_that_does_not_answer_paging_gets_its_message_when_it_is_heard() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.codes();
    send(&mut t, VOICE, "hello", None);
    t.pass(secs(1));
    let [message] = &t.heard(VOICE)[..] else { panic!() };
    let now = t.now();
    t.core.handle_undeliverable(now, VOICE.ue(), message.clone());
    t.pass(secs(30));
    assert_eq!(t.heard(VOICE), [], "the next try is after a minute");
    t.up(VOICE, FRANCE, Timeline::update(UpdateType::Periodic));
    let mut phone = Phone::new(VOICE, FRANCE);
    phone.live(&mut t, secs(3));
    assert_eq!(phone.texts(), ["hello"]);
    assert_eq!(t.codes(), ["sms-accepted", "sms-deferred", "tau-accepted", "sms-delivered"]);
}

#[test]
fn a_silent_device_is_asked_three_times_and_then_later() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.codes();
    send(&mut t, VOICE, "hello", None);
    t.pass(secs(40));
    let heard = t.heard(VOICE);
    assert_eq!(heard.len(), 3, "CP-DATA and two repeats");
    assert!(heard.iter().all(|message| *message == heard[0]), "the same octets each time");
    assert_eq!(t.codes(), ["sms-accepted", "sms-deferred"]);
    t.pass(secs(80));
    assert_eq!(t.heard(VOICE).len(), 3, "the schedule goes on");
}

#[test]
fn a_full_memory_holds_messages_until_the_device_has_room() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.codes();
    let mut phone = Phone::new(VOICE, FRANCE);
    phone.full = true;
    send(&mut t, VOICE, "one", None);
    send(&mut t, VOICE, "two", None);
    phone.live(&mut t, secs(10));
    assert_eq!(t.codes(), ["sms-accepted", "sms-accepted", "sms-memory-full"]);
    t.pass(secs(50 * 60));
    t.up(VOICE, FRANCE, Timeline::update(UpdateType::Periodic));
    t.pass(secs(60));
    assert!(matches!(t.heard(VOICE)[..], [NasDown::TrackingAreaUpdateAccept { .. }]), "only RP-SMMA helps");
    t.codes();
    phone.full = false;
    t.up(VOICE, FRANCE, NasUp::Sms(octets("0901020605")));
    phone.live(&mut t, secs(10));
    assert_eq!(phone.answers, [RpMessage::Ack { reference: 5, user_data: None }]);
    assert_eq!(phone.texts(), ["one", "two"]);
    assert_eq!(t.codes(), ["sms-memory-available", "sms-delivered", "sms-delivered"]);
}

#[test]
fn a_message_expires_with_its_validity_and_is_not_delivered_late() {
    let mut t = Timeline::new();
    let id = send(&mut t, VOICE, "too late", Some(secs(300)));
    t.pass(secs(600));
    assert_eq!(t.core.sms_state(id), Some(SmsState::Expired { at: Instant::ZERO + secs(300) }));
    assert!(matches!(t.try_attach(VOICE, FRANCE), NasDown::AttachAccept { .. }));
    let mut phone = Phone::new(VOICE, FRANCE);
    phone.live(&mut t, secs(60));
    assert_eq!(phone.texts(), [""; 0]);
    let id = send(&mut t, OTHER, "for ever?", Some(secs(3600 * 24 * 365)));
    t.pass(secs(3600 * 24 * 8));
    assert!(
        matches!(t.core.sms_state(id), Some(SmsState::Expired { .. })),
        "capped by the operator's maximum"
    );
}

#[test]
fn the_sender_gets_the_status_report_it_asked_for() {
    for (name, away, want) in
        [("delivered", false, Status::DELIVERED), ("expired", true, Status::VALIDITY_PERIOD_EXPIRED)]
    {
        let mut t = Timeline::new();
        t.attach(DATA, FRANCE);
        if !away {
            t.attach(VOICE, FRANCE);
        }
        let validity = Some(ValidityPeriod::relative(secs(300)));
        let text = UserData::text("report, please").unwrap();
        let message = Submit {
            message_reference: 0x2a,
            status_report_request: true,
            validity,
            ..Submit::new(Address::from_number(&VOICE.msisdn()), text)
        };
        let (mut sender, mut receiver) = (Phone::new(DATA, FRANCE), Phone::new(VOICE, FRANCE));
        t.up(DATA, FRANCE, mo(0, 1, smsc(), &message.into()));
        for _ in 0..320 {
            sender.live(&mut t, Duration::from_millis(500));
            if !away {
                receiver.live(&mut t, Duration::from_millis(500));
            } else {
                t.pass(Duration::from_millis(500));
            }
        }
        let [Tpdu::StatusReport(StatusReport { message_reference, status, recipient, .. })] = &sender.got[..]
        else {
            panic!("{name}: {:?}", sender.got)
        };
        assert_eq!((*message_reference, *status), (0x2a, want), "{name}");
        assert_eq!(recipient.to_string(), VOICE.msisdn().to_string(), "{name}");
    }
}

#[test]
fn a_refusal_for_good_ends_the_message_and_the_next_one_goes() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let first = send(&mut t, VOICE, "first", None);
    send(&mut t, VOICE, "second", None);
    t.pass(secs(1));
    let [NasDown::Sms(data)] = &t.heard(VOICE)[..] else { panic!() };
    let cp = CpMessage::parse(data).unwrap();
    let CpBody::Data(rp) = &cp.body else { panic!() };
    let reference = RpMessage::parse(Way::NetworkToMobile, rp.as_slice()).unwrap().reference();
    let cause = RpCause::PROTOCOL_ERROR;
    let error = RpMessage::Error { reference, cause, diagnostic: None, user_data: None };
    let answer = CpMessage::data(cp.transaction.opposite(), &error, Way::MobileToNetwork);
    t.up(VOICE, FRANCE, NasUp::Sms(answer.to_octets()));
    assert_eq!(t.core.sms_state(first), Some(SmsState::Undeliverable { cause }));
    let mut phone = Phone::new(VOICE, FRANCE);
    phone.live(&mut t, secs(3));
    assert_eq!(phone.texts(), ["second"]);
}

#[test]
fn silence_on_purpose_is_silence_on_every_layer() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.core.inject(Injection::new(Procedure::MoSms, Answer::Silence, 1, None).unwrap());
    t.core.inject(Injection::new(Procedure::MoSms, Answer::Rp(RpCause::CONGESTION), 1, None).unwrap());
    let message = || mo(0, 1, smsc(), &submit(SHORT_CODE).into());
    assert_eq!(t.ask(VOICE, FRANCE, message()), []);
    let congestion = NasDown::Sms(octets("8901040501012A"));
    assert_eq!(t.ask(VOICE, FRANCE, message()), [NasDown::Sms(octets("8904")), congestion]);
}

#[test]
fn an_application_cannot_send_to_a_number_that_nobody_has() {
    let mut t = Timeline::new();
    let to = number("+33600000000");
    let request = SmsRequest::new(&number(SHORT_CODE), to.clone(), UserData::text("x").unwrap());
    assert_eq!(t.core.send_sms(Instant::ZERO, request), Err(ControlError::UnknownNumber(to)));
}

#[test]
fn no_octets_from_a_device_make_it_panic() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let good = mo(0, 1, smsc(), &submit(SHORT_CODE).into());
    let NasUp::Sms(good) = good else { panic!() };
    let mut rng = Seed(5).rng();
    for round in 0..3000 {
        let mut bytes = good.clone();
        if round % 2 == 0 {
            bytes = (0..rng.below(40)).map(|_| rng.below(256) as u8).collect();
            bytes.splice(..0, [0x09, 0x01].into_iter().filter(|_| round % 4 == 0));
        } else {
            let at = rng.below(bytes.len() as u64) as usize;
            bytes[at] = rng.below(256) as u8;
            bytes.truncate(rng.between(1, good.len() as u64) as usize);
        }
        t.up(VOICE, FRANCE, NasUp::Sms(bytes));
        t.pass(Duration::from_millis(5));
        t.heard(VOICE);
    }
}
