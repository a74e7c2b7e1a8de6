//! Bearers that the network modifies.

use super::*;
use crate::cellular::SessionChange;
use wire::cause::EsmCause;
use wire::nas::{Ambr, BearerModification, BitRate};

fn class(number: u8) -> SessionChange {
    SessionChange { qci: Qci::new(number), ..SessionChange::default() }
}

fn rates(down: u32, up: u32) -> Option<Ambr> {
    let rate = |kbits| BitRate::new(kbits).unwrap();
    Some(Ambr { down: rate(down), up: rate(up) })
}

fn modify(t: &mut Timeline, apn: &str, change: SessionChange) -> Result<(), ControlError> {
    let now = t.now();
    t.core.modify_session(now, &VOICE.imsi(), apn, change)
}

fn accepted(bearer: u8) -> NasUp {
    NasUp::BearerModificationAccepted { bearer }
}

fn attached() -> Timeline {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.codes();
    t
}

fn quality(t: &Timeline) -> (u8, Option<Ambr>) {
    let session = &t.core.sessions(&VOICE.imsi())[0];
    (session.qci.number(), session.ambr)
}

#[test]
fn a_change_holds_from_the_acceptance_on() {
    let mut t = attached();
    let dns = vec![[192, 0, 2, 54].into()];
    let change = SessionChange { ambr: rates(2_048, 1_024), dns: dns.clone(), ..class(7) };
    modify(&mut t, "IoT.Private", change).unwrap();
    t.pass(secs(1));
    let request = BearerModification { bearer: 5, qci: Qci::new(7), ambr: rates(2_048, 1_024), dns };
    assert_eq!(t.heard(VOICE), [NasDown::ModifyBearer(request)]);
    assert_eq!(quality(&t), (9, None), "nobody has accepted it");
    t.up(VOICE, FRANCE, accepted(5));
    assert_eq!(quality(&t), (7, rates(2_048, 1_024)));
    modify(&mut t, "iot.private", class(8)).unwrap();
    t.up(VOICE, FRANCE, accepted(5));
    assert_eq!(quality(&t), (8, rates(2_048, 1_024)), "the rates stay");
    assert_eq!(
        t.sentences(),
        [
            "PDN connection of 208010000000001 to iot.private modified: bearer 5, QCI 7, APN-AMBR 2048 kbit/s down, \
             1024 kbit/s up",
            "PDN connection of 208010000000001 to iot.private modified: bearer 5, QCI 8, APN-AMBR 2048 kbit/s down, \
             1024 kbit/s up",
        ]
    );
    t.pass(secs(60));
    assert_eq!(t.heard(VOICE).len(), 1, "what was answered is not repeated");
}

#[test]
fn an_unanswered_request_is_sent_five_times_eight_seconds_apart() {
    let mut t = attached();
    modify(&mut t, "iot.private", class(7)).unwrap();
    t.pass(secs(1));
    let mut heard = vec![t.heard(VOICE).len()];
    for _ in 0..5 {
        t.pass(secs(8));
        heard.push(t.heard(VOICE).len());
    }
    assert_eq!(heard, [1, 1, 1, 1, 1, 0]);
    assert_eq!(t.codes(), ["pdn-modification-unanswered"]);
    assert_eq!(quality(&t), (9, None));
    t.up(VOICE, FRANCE, accepted(5));
    assert_eq!((t.codes(), quality(&t)), (vec!["unexpected-message"], (9, None)), "too late");
}

#[test]
fn a_refusal_leaves_the_bearer_and_an_unknown_one_is_gone() {
    let mut t = attached();
    for (cause, sessions) in [(EsmCause(111), 1), (EsmCause::INVALID_BEARER_IDENTITY, 0)] {
        modify(&mut t, "iot.private", class(7)).unwrap();
        t.up(VOICE, FRANCE, NasUp::BearerModificationRejected { bearer: 5, cause });
        assert_eq!(t.core.sessions(&VOICE.imsi()).len(), sessions, "{cause}");
    }
    assert_eq!(t.codes(), ["pdn-modification-rejected", "pdn-modification-rejected", "pdn-released"]);
    t.pass(secs(60));
    assert!(t.heard(VOICE).len() <= 2, "nothing is repeated");
}

#[test]
fn an_idle_mobile_is_paged_and_told_once() {
    let policy = Policy { inactivity: Some(secs(10)), ..config().policy };
    let mut t = Timeline::with(CellularConfig { policy, ..config() });
    t.attach(VOICE, FRANCE);
    t.pass(secs(20));
    t.codes();
    modify(&mut t, "iot.private", class(7)).unwrap();
    t.pass(secs(1));
    assert_eq!((t.heard(VOICE).len(), t.pages.len()), (0, 1));
    let answer = t.ask(VOICE, FRANCE, NasUp::ServiceRequest(wire::nas::ServiceType::PagingResponse));
    assert!(matches!(answer[..], [NasDown::ServiceAccept, NasDown::ModifyBearer(_)]), "{answer:?}");
    t.up(VOICE, FRANCE, accepted(5));
    assert_eq!(quality(&t).0, 7);
    t.pass(secs(60));
    t.codes();
    modify(&mut t, "iot.private", class(8)).unwrap();
    t.pass(secs(60));
    assert_eq!(t.codes(), ["paged", "paged", "pdn-modification-unanswered"]);
    assert_eq!(quality(&t).0, 7);
}

#[test]
fn gsm_and_utran_have_no_place_for_the_rates_and_the_network_holds_them_all_the_same() {
    let mut t = Timeline::new();
    let gprs = NasUp::GprsAttachRequest { imsi: VOICE.imsi(), imei: VOICE.imei() };
    t.ask(VOICE, FRANCE, gprs);
    t.ask(VOICE, FRANCE, NasUp::PdnConnectivityRequest { pti: 1, pdn: apn("iot.private") });
    modify(&mut t, "iot.private", SessionChange { ambr: rates(64, 64), ..class(6) }).unwrap();
    t.pass(secs(1));
    let request = BearerModification { bearer: 5, qci: Qci::new(6), ambr: None, dns: Vec::new() };
    assert_eq!(t.heard(VOICE), [NasDown::ModifyBearer(request)]);
    t.up(VOICE, FRANCE, accepted(5));
    assert_eq!(quality(&t), (6, rates(64, 64)));
}

#[test]
fn an_order_that_cannot_be_is_refused_and_says_why() {
    let mut t = attached();
    let error = |result: Result<(), ControlError>| result.unwrap_err().to_string();
    assert!(error(modify(&mut t, "iot.private", SessionChange::default())).contains("expected a class"));
    assert!(error(modify(&mut t, "iot.public", class(7))).contains("no connection to the access point"));
    modify(&mut t, "iot.private", class(7)).unwrap();
    assert!(error(modify(&mut t, "iot.private", class(8))).contains("is being modified"));
    t.up(VOICE, FRANCE, NasUp::DetachRequest { switch_off: true });
    assert_eq!(modify(&mut t, "iot.private", class(8)), Err(ControlError::NotRegistered(VOICE.imsi())));
    t.pass(secs(60));
    assert!(!t.codes().contains(&"pdn-modification-unanswered"), "the connection ended first");
}

#[test]
fn a_request_can_be_kept_back_and_spoilt_on_purpose() {
    let mut t = attached();
    let spoilt = Disturbance::Malformed(Damage::Transaction);
    for effect in [Effect::from(Answer::Silence), spoilt.into()] {
        t.core.inject(Injection::new(Procedure::Modification, effect, 1, None).unwrap());
    }
    modify(&mut t, "iot.private", class(7)).unwrap();
    t.pass(secs(20));
    let heard: Vec<u8> = t
        .heard(VOICE)
        .into_iter()
        .map(|message| {
            let NasDown::ModifyBearer(request) = message else { panic!("{message}") };
            request.bearer
        })
        .collect();
    assert_eq!(heard, [15, 5]);
}
