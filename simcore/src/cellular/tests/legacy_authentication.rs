//! Challenges of GSM and UTRAN, and of updates, with a card that the test plays.

use super::*;
use wire::air::cellular::Rat;
use wire::cause::EmmCause;
use wire::milenage::{AMF_PLAIN, Autn, Milenage, Rand, Response};
use wire::nas::LocationUpdateType;

fn timeline(rat: Rat) -> Timeline {
    with_policy(rat, false)
}

fn with_policy(rat: Rat, authenticate_updates: bool) -> Timeline {
    let mut config = config();
    config.policy.authenticate_updates = authenticate_updates;
    let mut t = Timeline::with(config);
    t.answers_challenges = false;
    t.core.plan_cells([(cell(FRANCE), rat)]);
    t
}

fn card() -> Milenage {
    Milenage::derived(&VOICE.imsi())
}

fn location(update: LocationUpdateType) -> NasUp {
    NasUp::LocationUpdatingRequest { imsi: VOICE.imsi(), imei: VOICE.imei(), update }
}

fn gprs() -> NasUp {
    NasUp::GprsAttachRequest { imsi: VOICE.imsi(), imei: VOICE.imei() }
}

/// The challenge that a request gets.
fn challenged(t: &mut Timeline, request: NasUp) -> (Rand, Option<Autn>) {
    let heard = t.ask(VOICE, FRANCE, request);
    let [NasDown::AuthenticationRequest { rand, autn }] = heard[..] else { panic!("{heard:?}") };
    (rand, autn)
}

fn answer(t: &mut Timeline, res: Response) -> Vec<NasDown> {
    t.ask(VOICE, FRANCE, NasUp::AuthenticationResponse { res })
}

/// Asks, and answers the challenge as the card does.
fn prove(t: &mut Timeline, request: NasUp) -> Vec<NasDown> {
    let (rand, autn) = challenged(t, request);
    answer(t, response(&VOICE.imsi(), &rand, autn.as_ref()))
}

#[test]
fn a_triplet_is_asked_for_on_gsm_in_each_domain() {
    let mut t = timeline(Rat::Gsm);
    let (rand, autn) = challenged(&mut t, location(LocationUpdateType::ImsiAttach));
    assert_eq!(autn, None);
    let sres = Response::Sres(card().agree(&rand).gsm().0);
    assert!(matches!(answer(&mut t, sres)[..], [NasDown::LocationUpdatingAccept(_)]));
    let (next, autn) = challenged(&mut t, gprs());
    assert!(autn.is_none() && next != rand);
    let sres = Response::Sres(card().agree(&next).gsm().0);
    assert!(matches!(answer(&mut t, sres)[..], [NasDown::GprsAttachAccept(_)]));
    assert_eq!(t.core.counters(&VOICE.imsi()).authentications.len(), 2);
}

#[test]
fn a_response_of_another_kind_or_of_another_challenge_is_rejected() {
    for (rat, wrong) in [(Rat::Gsm, Response::Sres([0; 4])), (Rat::Utran, Response::Res([0; 8]))] {
        let mut t = timeline(rat);
        challenged(&mut t, location(LocationUpdateType::ImsiAttach));
        assert_eq!(answer(&mut t, wrong), [NasDown::AuthenticationReject], "{rat:?}");
        assert_eq!(t.core.registration(&VOICE.imsi()), None);
    }
    let mut t = timeline(Rat::Gsm);
    let (rand, _) = challenged(&mut t, gprs());
    let res = Response::Res(card().agree(&rand).res);
    assert_eq!(answer(&mut t, res), [NasDown::AuthenticationReject], "RES where SRES was asked for");
}

#[test]
fn a_quintuplet_is_asked_for_on_utran_without_the_separation_bit() {
    let mut t = timeline(Rat::Utran);
    let (rand, autn) = challenged(&mut t, location(LocationUpdateType::ImsiAttach));
    let (opened, agreement) = card().open(&rand, &autn.unwrap()).expect("the challenge is not genuine");
    assert_eq!(opened.amf, AMF_PLAIN);
    let heard = answer(&mut t, Response::Res(agreement.res));
    assert!(matches!(heard[..], [NasDown::LocationUpdatingAccept(_)]), "{heard:?}");
}

#[test]
fn the_challenge_of_location_updating_is_sent_once_and_that_of_gprs_attach_five_times() {
    for (request, times) in [(location(LocationUpdateType::ImsiAttach), 1), (gprs(), 5)] {
        let mut t = timeline(Rat::Utran);
        let first = challenged(&mut t, request.clone());
        t.pass(secs(60));
        let again = t.heard(VOICE);
        assert_eq!(again.len(), times - 1, "{request}");
        for message in again {
            assert_eq!(message, NasDown::AuthenticationRequest { rand: first.0, autn: first.1 });
        }
        assert_eq!(t.codes(), ["authentication-unanswered"]);
    }
}

#[test]
fn a_mobile_that_the_network_knows_is_challenged_where_the_operator_wants_it() {
    let periodic = || location(LocationUpdateType::Periodic);
    let routing = || NasUp::RoutingAreaUpdateRequest { periodic: true, contexts: Vec::new() };
    for wanted in [false, true] {
        let mut t = with_policy(Rat::Utran, wanted);
        prove(&mut t, location(LocationUpdateType::ImsiAttach));
        prove(&mut t, gprs());
        for request in [periodic(), routing()] {
            let heard = t.ask(VOICE, FRANCE, request.clone());
            let challenge = matches!(heard[..], [NasDown::AuthenticationRequest { .. }]);
            assert_eq!(challenge, wanted, "{request}: {heard:?}");
        }
        let heard = prove_if(wanted, &mut t, routing());
        assert!(matches!(heard[..], [NasDown::RoutingAreaUpdateAccept { .. }]), "{heard:?}");
        t.answers_challenges = true;
        t.attach(VOICE, FRANCE);
        t.answers_challenges = false;
        let heard = prove_if(wanted, &mut t, Timeline::update(UpdateType::Periodic));
        assert!(matches!(heard[..], [NasDown::TrackingAreaUpdateAccept { .. }]), "{heard:?}");
    }
}

fn prove_if(wanted: bool, t: &mut Timeline, request: NasUp) -> Vec<NasDown> {
    if wanted { prove(t, request) } else { t.ask(VOICE, FRANCE, request) }
}

#[test]
fn a_challenge_is_false_only_where_it_can_be() {
    let mut t = timeline(Rat::Gsm);
    t.core.falsify_challenges(&VOICE.imsi(), FalseChallenge::WrongMac, 1);
    let heard = prove(&mut t, gprs());
    assert!(matches!(heard[..], [NasDown::GprsAttachAccept(_)]), "nothing is false about RAND: {heard:?}");
    t.core.plan_cells([(cell(FRANCE), Rat::Utran)]);
    let (rand, autn) = challenged(&mut t, gprs());
    assert_eq!(card().open(&rand, &autn.unwrap()), None, "the order waited");

    t.core.falsify_challenges(&VOICE.imsi(), FalseChallenge::ForGsm, 1);
    t.codes();
    assert_eq!(challenged(&mut t, gprs()).1, None);
    let failure = NasUp::AuthenticationFailure { cause: EmmCause(23), auts: None };
    assert!(matches!(
        t.ask(VOICE, FRANCE, failure)[..],
        [NasDown::AuthenticationRequest { autn: Some(_), .. }]
    ));
    assert!(
        t.sentences().iter().any(|text| text.ends_with("#23 (GSM authentication unacceptable)")),
        "#23 has another name in EMM"
    );
}

#[test]
fn an_order_is_carried_out_after_the_challenge_and_silence_comes_before_it() {
    let mut t = timeline(Rat::Gsm);
    let order = |answer| Injection::new(Procedure::LocationUpdate, answer, 1, None).unwrap();
    t.core.inject(order(Answer::Emm(EmmCause(17).into())));
    let heard = prove(&mut t, location(LocationUpdateType::ImsiAttach));
    assert_eq!(heard, [NasDown::LocationUpdatingReject(EmmCause(17).into())]);
    t.core.inject(order(Answer::Silence));
    assert_eq!(t.ask(VOICE, FRANCE, location(LocationUpdateType::ImsiAttach)), []);
}
