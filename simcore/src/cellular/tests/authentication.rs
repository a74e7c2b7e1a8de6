//! Challenges, failures, resynchronisation and rejects, with a card that the test plays.

use super::*;
use wire::cause::EmmCause;
use wire::id::Key;
use wire::milenage::{AMF_EPS, AMF_PLAIN, Autn, Milenage, Rand, Response, Sqn};

/// Asks for an attach and gives the challenge.
fn challenged(t: &mut Timeline) -> (Rand, Autn) {
    t.up(VOICE, FRANCE, Timeline::request(VOICE, AttachType::Combined, no_apn()));
    challenge(t)
}

fn challenge(t: &mut Timeline) -> (Rand, Autn) {
    t.pass(secs(1));
    let heard = t.heard(VOICE);
    let [NasDown::AuthenticationRequest { rand, autn: Some(autn) }] = heard[..] else { panic!("{heard:?}") };
    (rand, autn)
}

fn timeline() -> Timeline {
    let mut t = Timeline::new();
    t.answers_challenges = false;
    t
}

fn card() -> Milenage {
    Milenage::derived(&VOICE.imsi())
}

fn failure(cause: EmmCause) -> NasUp {
    NasUp::AuthenticationFailure { cause, auts: None }
}

#[test]
fn an_attach_is_accepted_once_the_card_has_proved_itself() {
    let mut t = timeline();
    let (rand, autn) = challenged(&mut t);
    let (opened, agreement) = card().open(&rand, &autn).expect("the challenge is not genuine");
    assert_eq!((opened.amf, opened.sqn), (AMF_EPS, Sqn::new(1, 1)));
    assert_eq!(t.core.registration(&VOICE.imsi()), None);
    let answer = t.ask(VOICE, FRANCE, NasUp::AuthenticationResponse { res: Response::Res(agreement.res) });
    assert!(matches!(answer[..], [NasDown::AttachAccept { .. }]), "{answer:?}");
    assert_eq!(t.core.counters(&VOICE.imsi()).authentications.len(), 1);
    // The next challenge has a new number and another RAND.
    let (next, autn) = challenged(&mut t);
    assert_eq!(card().open(&next, &autn).unwrap().0.sqn, Sqn::new(2, 2));
    assert_ne!(rand, next);
}

#[test]
fn a_wrong_response_is_rejected_and_so_is_a_card_with_another_key() {
    let mut t = timeline();
    challenged(&mut t);
    let answer = t.ask(VOICE, FRANCE, NasUp::AuthenticationResponse { res: Response::Res([0; 8]) });
    assert_eq!(answer, [NasDown::AuthenticationReject]);
    assert_eq!(t.core.registration(&VOICE.imsi()), None);
    assert_eq!(t.codes(), ["authentication-rejected"]);

    t.core.set_subscriber_key(&VOICE.imsi(), Some(Key::new([7; 16])));
    let (rand, autn) = challenged(&mut t);
    assert_eq!(card().open(&rand, &autn), None, "the card sees that the key is another");
    let answer = t.ask(VOICE, FRANCE, failure(EmmCause::MAC_FAILURE));
    assert_eq!(answer, [NasDown::AuthenticationReject]);
    assert_eq!(
        t.sentences(),
        [
            "208010000000001 on 208-01 does not accept the challenge: #20 (MAC failure)",
            "authentication of 208010000000001 on 208-01 rejected: the card has another key than the home network",
        ]
    );
    t.core.set_subscriber_key(&VOICE.imsi(), None);
    let (rand, autn) = challenged(&mut t);
    assert!(card().open(&rand, &autn).is_some());
}

#[test]
fn a_card_that_is_ahead_is_followed_once() {
    let mut t = timeline();
    let (rand, _) = challenged(&mut t);
    let auts = card().resynchronise(&rand, Sqn::new(1000, 3));
    t.up(VOICE, FRANCE, NasUp::AuthenticationFailure { cause: EmmCause::SYNCH_FAILURE, auts: Some(auts) });
    let (rand, autn) = challenge(&mut t);
    assert_eq!(card().open(&rand, &autn).unwrap().0.sqn.seq(), 1001);
    assert_eq!(t.codes(), ["authentication-failure", "authentication-resynchronised"]);
    // A second one in the same procedure is a card that cannot be served.
    let auts = card().resynchronise(&rand, Sqn::new(5000, 3));
    let again = NasUp::AuthenticationFailure { cause: EmmCause::SYNCH_FAILURE, auts: Some(auts) };
    assert_eq!(t.ask(VOICE, FRANCE, again), [NasDown::AuthenticationReject]);
}

#[test]
fn a_forged_auts_moves_nothing() {
    let mut t = timeline();
    let (rand, _) = challenged(&mut t);
    let mut auts = card().resynchronise(&rand, Sqn::new(1000, 3));
    auts[0] ^= 1;
    let forged = NasUp::AuthenticationFailure { cause: EmmCause::SYNCH_FAILURE, auts: Some(auts) };
    assert_eq!(t.ask(VOICE, FRANCE, forged), [NasDown::AuthenticationReject]);
    let (rand, autn) = challenged(&mut t);
    assert_eq!(card().open(&rand, &autn).unwrap().0.sqn.seq(), 2);
}

#[test]
fn a_challenge_without_answer_is_repeated_four_times_and_given_up() {
    let mut t = timeline();
    let first = challenged(&mut t);
    for _ in 0..4 {
        t.pass(secs(5));
        assert_eq!(challenge(&mut t), first, "the same challenge");
    }
    t.pass(secs(60));
    assert_eq!(t.heard(VOICE), []);
    assert_eq!(t.codes(), ["authentication-unanswered"]);
    let res = card().agree(&first.0).res;
    t.ask(VOICE, FRANCE, NasUp::AuthenticationResponse { res: Response::Res(res) });
    assert_eq!(t.codes(), ["unexpected-message"], "too late");
}

#[test]
fn challenges_are_falsified_as_ordered() {
    let mut t = timeline();
    let imsi = VOICE.imsi();
    t.core.falsify_challenges(&imsi, FalseChallenge::WrongMac, 1);
    let (rand, autn) = challenged(&mut t);
    assert_eq!(card().open(&rand, &autn), None);
    t.up(VOICE, FRANCE, failure(EmmCause::MAC_FAILURE));
    let (rand, autn) = challenge(&mut t);
    assert!(card().open(&rand, &autn).is_some(), "the next one is right");
    t.core.falsify_challenges(&imsi, FalseChallenge::NotForEps, 1);
    let (rand, autn) = challenged(&mut t);
    assert_eq!(card().open(&rand, &autn).unwrap().0.amf, AMF_PLAIN);
    t.core.falsify_challenges(&imsi, FalseChallenge::OldSequenceNumber, 1);
    let (rand, autn) = challenged(&mut t);
    assert_eq!(card().open(&rand, &autn).unwrap().0.sqn, Sqn::default());
    t.core.falsify_challenges(&imsi, FalseChallenge::WrongResponse, 1);
    let (rand, autn) = challenged(&mut t);
    let res = card().open(&rand, &autn).unwrap().1.res;
    t.codes();
    assert_eq!(
        t.ask(VOICE, FRANCE, NasUp::AuthenticationResponse { res: Response::Res(res) }),
        [NasDown::AuthenticationReject]
    );
}

#[test]
fn an_unknown_card_and_an_emergency_are_not_challenged() {
    let mut config = config();
    config.subscribers.remove(0);
    let mut t = Timeline::with(config);
    t.answers_challenges = false;
    assert!(matches!(t.try_attach(VOICE, FRANCE), NasDown::AttachReject { .. }));
    let answer = t.ask(DATA, FRANCE, Timeline::request(DATA, AttachType::Emergency, no_apn()));
    assert!(matches!(answer[..], [NasDown::AttachAccept { .. }]));
}
