//! What waits for applications: how long, in which order over several binds, and what calls them; one message to many.

use super::esme::{OWN, esmes, texts, to_device};
use super::sms::Phone;
use super::*;
use std::net::SocketAddr;

fn with_esmes() -> Timeline {
    Timeline::with(CellularConfig { esmes: esmes(), ..config() })
}

/// Submits to devices that are off, so that one receipt for each waits after ten seconds.
fn expire(t: &mut Timeline, bind: BindId, devices: &[Dev]) -> Vec<MessageId> {
    let validity = Some(EsmeTime::After(secs(10)));
    let ids = devices.iter().map(|device| {
        let request = EsmeSubmit { validity, ..to_device(device.msisdn(), "x") };
        t.core.esme_submit(t.now(), bind, request).unwrap()
    });
    let ids = ids.collect();
    t.pass(secs(20));
    ids
}

#[test]
fn receipts_that_nobody_fetches_expire() {
    let mut t = with_esmes();
    let bind = t.bind(BindMode::Transmitter);
    let ids = expire(&mut t, bind, &[VOICE, DATA]);
    let receiver = t.bind(BindMode::Receiver);
    let asked = t.next(receiver).unwrap();
    t.codes();
    t.pass(secs(48 * 3600));
    // One is expired; the other is with the application, which may still answer.
    assert_eq!(t.core.esme_waiting("acme-app"), 1);
    assert_eq!(t.codes().iter().filter(|code| **code == "esme-expired").count(), 1);
    t.core.unbind_esme(t.now(), receiver, UnbindCause::ConnectionLost);
    t.pass(secs(20));
    assert_eq!(t.core.esme_waiting("acme-app"), 0);
    assert_eq!(texts(&[asked]), [format!("{} expired", ids[0])]);
    // What was fetched in time is no longer waited for.
    let ids = expire(&mut t, bind, &[VOICE]);
    let receiver = t.bind(BindMode::Receiver);
    let taken = t.next(receiver).unwrap();
    assert_eq!(texts(std::slice::from_ref(&taken)), [format!("{} expired", ids[0])]);
    t.taken(receiver, &taken);
    t.codes();
    t.pass(secs(49 * 3600));
    assert!(!t.codes().contains(&"esme-expired"));
}

#[test]
fn the_order_of_a_device_is_kept_over_two_binds_that_receive() {
    let mut t = with_esmes();
    let first = t.bind(BindMode::Transceiver);
    let ids = expire(&mut t, first, &[VOICE, VOICE, VOICE, DATA]);
    let of = |index: usize| format!("{} expired", ids[index]);
    let second = t.bind(BindMode::Receiver);
    let given: Vec<_> = std::iter::from_fn(|| t.next(first)).collect();
    assert_eq!(texts(&given), [of(0), of(1)], "the window is two");
    let other: Vec<_> = std::iter::from_fn(|| t.next(second)).collect();
    assert_eq!(texts(&other), [of(3)], "the third of the first device has to wait for the first two");
    t.taken(first, &given[0]);
    assert_eq!(t.next(second), None, "one is still unanswered");
    t.taken(first, &given[1]);
    let other: Vec<_> = std::iter::from_fn(|| t.next(second)).collect();
    assert_eq!(texts(&other), [of(2)]);
}

#[test]
fn one_message_to_many_has_one_identity_and_a_receipt_from_each() {
    let mut t = with_esmes();
    t.attach(VOICE, FRANCE);
    let bind = t.bind(BindMode::Transceiver);
    let validity = Some(EsmeTime::After(secs(60)));
    let to = |dev: Dev| EsmeSubmit { validity, ..to_device(dev.msisdn(), "all") };
    let results = t.core.esme_submit_multi(t.now(), bind, [OTHER, DATA, VOICE].map(to).to_vec());
    let id = results[1].unwrap();
    assert_eq!(results, [Err(SubmitRefusal::UnknownRecipient), Ok(id), Ok(id)]);
    assert!(t.codes().contains(&"esme-submit-refused"));
    let mut phone = Phone::new(VOICE, FRANCE);
    phone.live(&mut t, secs(5));
    assert_eq!(phone.texts(), ["all"]);
    let state = |t: &mut Timeline| t.core.esme_query(t.now(), bind, id, None).unwrap().state.name();
    assert_eq!(state(&mut t), "enroute", "one of them has it, the other is off");
    let replace = |user_data| Replace {
        message: id,
        user_data,
        validity: None,
        schedule: None,
        receipt: ReceiptWish::Never,
    };
    let text = wire::sms::UserData::text("other").unwrap();
    let replaced = t.core.esme_replace(t.now(), bind, None, replace(text));
    assert_eq!(replaced, Err(ManageRefusal::Unfit));
    t.pass(secs(60));
    assert_eq!(state(&mut t), "expired", "the first that failed decides");
    let receipts: Vec<_> = std::iter::from_fn(|| t.next(bind)).collect();
    assert_eq!(texts(&receipts), [format!("{id} delivered"), format!("{id} expired")]);
    let of = |delivery: &EsmeDelivery| match &delivery.content {
        EsmeContent::Receipt(receipt) => Some(receipt.to.clone()),
        EsmeContent::Message { .. } | EsmeContent::Alert(_) => None,
    };
    let from: Vec<_> = receipts.iter().filter_map(of).collect();
    assert_eq!(from, [VOICE.msisdn(), DATA.msisdn()]);
    // Cancelled as one: all that wait.
    let results = t.core.esme_submit_multi(t.now(), bind, [DATA, DATA].map(to).to_vec());
    let id = results[0].unwrap();
    // The first is with the paging just now, or not: cancelling ends whatever waits, and there is something.
    t.core.esme_cancel(t.now(), bind, None, &Cancel::One(id)).unwrap();
    assert_eq!(t.core.esme_query(t.now(), bind, id, None).unwrap().state.name(), "deleted");
}

#[test]
fn each_destination_counts_for_the_rate_and_the_queue() {
    let mut t = with_esmes();
    let bind = t.bind(BindMode::Transmitter);
    let all = vec![to_device(VOICE.msisdn(), "x"); 12];
    let results = t.core.esme_submit_multi(t.now(), bind, all);
    assert!(results[..10].iter().all(Result::is_ok));
    assert_eq!(results[10..], [Err(SubmitRefusal::QueueFull(10)); 2]);
}

#[test]
fn a_device_that_is_there_again_is_told_once_to_whoever_asked() {
    let mut t = with_esmes();
    let bind = t.bind(BindMode::Transceiver);
    let asks = |text, alert| EsmeSubmit {
        alert,
        validity: Some(EsmeTime::After(secs(5))),
        ..to_device(VOICE.msisdn(), text)
    };
    for (text, alert) in [("one", true), ("two", true), ("three", false)] {
        t.core.esme_submit(t.now(), bind, asks(text, alert)).unwrap();
    }
    t.pass(secs(300));
    let receipts: Vec<_> = std::iter::from_fn(|| t.next(bind)).collect();
    receipts.iter().for_each(|one| t.taken(bind, one));
    let receipts: Vec<_> = std::iter::from_fn(|| t.next(bind)).collect();
    receipts.iter().for_each(|one| t.taken(bind, one));
    assert_eq!(t.core.esme_waiting("acme-app"), 0, "the messages are over");
    t.attach(VOICE, FRANCE);
    let alert = t.next(bind).unwrap();
    let EsmeContent::Alert(Alert { device, to }) = &alert.content else { panic!("{alert:?}") };
    assert_eq!((device, to.to_string().as_str()), (&VOICE.msisdn(), OWN));
    assert_eq!((t.next(bind), t.core.esme_waiting("acme-app")), (None, 0), "it has no answer");
    assert_eq!(t.codes().iter().filter(|code| **code == "esme-alert").count(), 1);
    // The flag is gone with it.
    t.pass(secs(100));
    assert_eq!(t.next(bind), None);
}

#[test]
fn an_application_is_called_while_something_waits_and_nobody_receives() {
    let address: SocketAddr = "192.0.2.7:2775".parse().unwrap();
    let mut all = esmes();
    all[0].outbind = Some(Outbind { address, password: "core".to_owned() });
    let mut t = Timeline::with(CellularConfig { esmes: all, ..config() });
    let called =
        |t: &Timeline| t.core.esmes_to_call().map(|(_, outbind)| outbind.address).collect::<Vec<_>>();
    assert_eq!(called(&t), [], "nothing waits");
    let bind = t.bind(BindMode::Transmitter);
    expire(&mut t, bind, &[VOICE]);
    assert_eq!(called(&t), [address], "a transmitter does not listen");
    let receiver = t.bind(BindMode::Receiver);
    assert_eq!(called(&t), []);
    let receipt = t.next(receiver).unwrap();
    t.core.unbind_esme(t.now(), receiver, UnbindCause::ConnectionLost);
    assert_eq!(called(&t), [address], "it has not answered");
    t.core.note_esme_call(t.now(), "acme-app", Err("connection refused".to_owned()));
    let receiver = t.bind(BindMode::Receiver);
    let again = t.next(receiver).unwrap();
    assert_eq!(again, receipt);
    t.taken(receiver, &again);
    t.core.unbind_esme(t.now(), receiver, UnbindCause::Asked);
    assert_eq!(called(&t), []);
    let shown = t.sentences();
    let line = "ESME acme-app not reached at 192.0.2.7:2775: connection refused";
    assert!(shown.iter().any(|note| note == line), "{shown:?}");
}
