//! Customers' applications at the service centre: what reaches whom, in which order, and once.

use super::sms::{Phone, SHORT_CODE, mo, smsc, submit};
use super::*;
use wire::sms::{Address, CpMessage, Status, Submit, Tpdu, UserData};

pub(super) const OWN: &str = "36200";

pub(super) fn esmes() -> Vec<Esme> {
    let esme = |system_id: &str, account: &str, addresses: &[&str]| Esme {
        system_id: system_id.to_owned(),
        password: "secret".to_owned(),
        account: account.to_owned(),
        addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        max_binds: 2,
        window: 2,
        rate: 100,
        queue: 10,
        outbind: None,
    };
    vec![esme("acme-app", "acme", &[OWN, "ACME"]), esme("zeta-app", "zeta", &["36300"])]
}

fn with_esmes() -> Timeline {
    Timeline::with(CellularConfig { esmes: esmes(), ..config() })
}

impl Timeline {
    pub(super) fn bind(&mut self, mode: BindMode) -> BindId {
        self.core.bind_esme(self.now(), "acme-app", "secret", mode, "test").unwrap()
    }

    pub(super) fn next(&mut self, bind: BindId) -> Option<EsmeDelivery> {
        self.core.esme_next(self.now(), bind)
    }

    pub(super) fn taken(&mut self, bind: BindId, delivery: &EsmeDelivery) {
        let known = self.core.esme_answered(self.now(), bind, delivery.id, EsmeAnswer::Taken);
        assert_ne!(known, matches!(delivery.content, EsmeContent::Alert(_)), "an alert has no answer");
    }
}

pub(super) fn to_device(to: PhoneNumber, text: &str) -> EsmeSubmit {
    EsmeSubmit {
        from: None,
        to,
        service_type: String::new(),
        pid: wire::sms::ProtocolId::NORMAL,
        parts: vec![UserData::text(text).unwrap()],
        validity: None,
        schedule: None,
        receipt: ReceiptWish::Always,
        intermediate: false,
        replace: false,
        user_reference: Some(7),
        alert: false,
    }
}

pub(super) fn texts(deliveries: &[EsmeDelivery]) -> Vec<String> {
    let text = |delivery: &EsmeDelivery| match &delivery.content {
        EsmeContent::Message { user_data, .. } => user_data.decoded_text().unwrap(),
        EsmeContent::Receipt(receipt) => format!("{} {}", receipt.message, receipt.state.name()),
        EsmeContent::Alert(alert) => format!("{} is there again", alert.device),
    };
    deliveries.iter().map(text).collect()
}

fn from_device(t: &mut Timeline, phone: &mut Phone, reference: u8, text: &str, report: bool) {
    let submit = Submit {
        message_reference: reference,
        status_report_request: report,
        ..Submit::new(Address::from_number(&number(OWN)), UserData::text(text).unwrap())
    };
    t.up(VOICE, FRANCE, mo(0, reference, smsc(), &Tpdu::from(submit)));
    phone.live(t, secs(2));
    phone.say(t, &CpMessage::ack(wire::sms::TransactionId::originator(0)));
    let answer = phone.answers.pop();
    assert!(matches!(answer, Some(wire::sms::RpMessage::Ack { .. })), "{answer:?}");
}

#[test]
fn messages_of_devices_wait_for_their_application_and_are_given_once() {
    let mut t = with_esmes();
    t.attach(VOICE, FRANCE);
    let mut phone = Phone::new(VOICE, FRANCE);
    for (reference, text) in (1..).zip(["one", "two", "three"]) {
        from_device(&mut t, &mut phone, reference, text, reference == 1);
    }
    assert_eq!(t.core.esme_waiting("acme-app"), 3);
    assert!(t.core.application_inbox(&number(OWN)).is_empty(), "nobody has read it yet");
    let transmitter = t.bind(BindMode::Transmitter);
    assert_eq!(t.next(transmitter), None);
    let bind = t.bind(BindMode::Receiver);
    let given: Vec<_> = std::iter::from_fn(|| t.next(bind)).collect();
    assert_eq!(texts(&given), ["one", "two"], "as many as the window allows");
    let EsmeContent::Message { from, to, .. } = &given[0].content else { panic!("{given:?}") };
    assert_eq!((from, to), (&VOICE.msisdn(), &number(OWN)));
    t.taken(bind, &given[0]);
    assert!(!t.core.esme_answered(t.now(), bind, given[0].id, EsmeAnswer::Taken), "answered twice");
    // The second was not answered for: it comes again, and first.
    let now = t.now();
    t.core.unbind_esme(now, bind, UnbindCause::ConnectionLost);
    let bind = t.bind(BindMode::Transceiver);
    let given: Vec<_> = std::iter::from_fn(|| t.next(bind)).collect();
    assert_eq!(texts(&given), ["two", "three"]);
    given.iter().for_each(|one| t.taken(bind, one));
    assert_eq!((t.next(bind), t.core.esme_waiting("acme-app")), (None, 0));
    assert_eq!(t.core.application_inbox(&number(OWN)).len(), 3);
    // The device learns of the delivery when the application has the message, and not before.
    phone.live(&mut t, secs(3));
    let [Tpdu::StatusReport(report)] = phone.got.as_slice() else { panic!("{:?}", phone.got) };
    assert_eq!(report.status, Status::DELIVERED);
}

#[test]
fn a_message_that_no_application_fetches_expires() {
    let mut t = with_esmes();
    t.attach(VOICE, FRANCE);
    let mut phone = Phone::new(VOICE, FRANCE);
    from_device(&mut t, &mut phone, 1, "one", false);
    t.codes();
    t.pass(secs(48 * 3600));
    assert!(t.codes().contains(&"sms-expired"));
    assert_eq!(t.core.esme_waiting("acme-app"), 0);
}

#[test]
fn only_devices_of_the_account_reach_an_application() {
    let mut t = with_esmes();
    t.attach(OTHER, FRANCE);
    let mut phone = Phone::new(OTHER, FRANCE);
    let tpdu = Tpdu::from(submit(OWN));
    t.up(OTHER, FRANCE, mo(0, 1, smsc(), &tpdu));
    phone.live(&mut t, secs(2));
    let refused = matches!(
        phone.answers.as_slice(),
        [wire::sms::RpMessage::Error { cause: wire::cause::RpCause::UNASSIGNED_NUMBER, .. }]
    );
    assert!(refused, "{:?}", phone.answers);
    let bind = t.bind(BindMode::Transmitter);
    let refusal = t.core.esme_submit(t.now(), bind, to_device(OTHER.msisdn(), "x"));
    assert_eq!(refusal, Err(SubmitRefusal::UnknownRecipient));
    assert!(t.codes().contains(&"esme-submit-refused"));
    // A number that is no application's is where it always was.
    t.up(OTHER, FRANCE, mo(1, 2, smsc(), &Tpdu::from(submit(SHORT_CODE))));
    phone.live(&mut t, secs(2));
    assert_eq!(t.core.application_inbox(&number(SHORT_CODE)).len(), 1);
}

#[test]
fn a_message_of_an_application_reaches_the_device_and_gets_one_receipt() {
    let mut t = with_esmes();
    t.attach(VOICE, FRANCE);
    let bind = t.bind(BindMode::Transceiver);
    let first = t.core.esme_submit(t.now(), bind, to_device(VOICE.msisdn(), "first")).unwrap();
    let silent = EsmeSubmit { receipt: ReceiptWish::OnFailure, ..to_device(VOICE.msisdn(), "second") };
    t.core.esme_submit(t.now(), bind, silent).unwrap();
    let mut phone = Phone::new(VOICE, FRANCE);
    phone.live(&mut t, secs(5));
    assert_eq!(phone.texts(), ["first", "second"]);
    let Some(Tpdu::Deliver(deliver)) = phone.got.first() else { panic!("{:?}", phone.got) };
    assert_eq!(deliver.originator.to_string(), OWN, "the first address of the application");
    let given: Vec<_> = std::iter::from_fn(|| t.next(bind)).collect();
    let EsmeContent::Receipt(receipt) = &given[0].content else { panic!("{given:?}") };
    assert_eq!((given.len(), receipt.message, receipt.kind), (1, first, ReceiptKind::Final));
    assert!(matches!(receipt.state, SmsState::Delivered { .. }));
    assert_eq!((receipt.text.as_str(), receipt.parts, receipt.delivered), ("first", 1, 1));
    assert_eq!((receipt.to.clone(), receipt.user_reference), (VOICE.msisdn(), Some(7)));
}

#[test]
fn a_scheduled_message_leaves_when_its_time_has_come() {
    let mut t = with_esmes();
    t.attach(VOICE, FRANCE);
    let bind = t.bind(BindMode::Transmitter);
    let schedule = Some(EsmeTime::After(secs(100)));
    let later = EsmeSubmit { schedule, ..to_device(VOICE.msisdn(), "later") };
    t.core.esme_submit(t.now(), bind, later).unwrap();
    t.core.esme_submit(t.now(), bind, to_device(VOICE.msisdn(), "now")).unwrap();
    let mut phone = Phone::new(VOICE, FRANCE);
    phone.live(&mut t, secs(99));
    assert_eq!(phone.texts(), ["now"]);
    phone.live(&mut t, secs(3));
    assert_eq!(phone.texts(), ["now", "later"]);
}

#[test]
fn failed_attempts_are_told_where_that_is_asked_for() {
    let mut t = with_esmes();
    let bind = t.bind(BindMode::Transceiver);
    let told = EsmeSubmit { intermediate: true, ..to_device(VOICE.msisdn(), "x") };
    t.core.esme_submit(t.now(), bind, told).unwrap();
    t.pass(secs(10));
    let delivery = t.next(bind).unwrap();
    let EsmeContent::Receipt(receipt) = &delivery.content else { panic!("{delivery:?}") };
    assert_eq!((receipt.kind, receipt.state), (ReceiptKind::Intermediate, SmsState::Enroute));
}

#[test]
fn what_cannot_be_configured_is_refused() {
    let t = with_esmes();
    let esmes: Vec<Esme> = t.core.esmes().cloned().collect();
    let changed = |change: fn(&mut Esme)| {
        let mut esmes = esmes.clone();
        change(&mut esmes[1]);
        let config = CellularConfig { esmes, ..config() };
        CellularCore::new(config, Calendar::virtual_start(), Seed(1)).map(drop).unwrap_err()
    };
    let name = changed(|esme| "acme-app".clone_into(&mut esme.system_id));
    assert_eq!(name, ConfigError::DuplicateEsme("acme-app".to_owned()));
    let account = changed(|esme| "nobody".clone_into(&mut esme.account));
    assert!(matches!(account, ConfigError::NoSuchEsmeAccount { .. }), "{account}");
    let taken = changed(|esme| esme.addresses = vec!["36100-36250".parse().unwrap()]);
    assert!(matches!(taken, ConfigError::EsmeAddressTaken { .. }), "{taken}");
}
