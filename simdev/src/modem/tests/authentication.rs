//! The mobile is challenged: right answers, what a false network gets, and what a rejected card does.

use super::*;
use wire::cause::EmmCause;
use wire::milenage::{AMF_EPS, AMF_PLAIN, Milenage, Response, Sqn};

const RAND: [u8; 16] = [0x11; 16];

fn home() -> Milenage {
    Milenage::derived(&"208010000000001".parse().unwrap())
}

fn challenge(seq: u64) -> NasDown {
    NasDown::AuthenticationRequest {
        rand: RAND,
        autn: Some(home().challenge(&RAND, Sqn::new(seq, 0), AMF_EPS).0),
    }
}

fn false_challenge() -> NasDown {
    NasDown::AuthenticationRequest { rand: RAND, autn: Some([0x80; 16]) }
}

fn failure(cause: EmmCause) -> NasUp {
    NasUp::AuthenticationFailure { cause, auts: None }
}

#[test]
fn a_genuine_challenge_gets_the_response_of_the_card() {
    let mut bench = Bench::booted();
    bench.nas();
    bench.network(challenge(1));
    assert_eq!(bench.nas(), NasUp::AuthenticationResponse { res: Response::Res(home().agree(&RAND).res) });
    bench.network(accept());
    assert_eq!(bench.nas(), NasUp::AttachComplete);
    // Registered, it can be challenged again.
    bench.network(challenge(2));
    assert!(matches!(bench.nas(), NasUp::AuthenticationResponse { .. }));
}

#[test]
fn an_old_challenge_gets_the_number_of_the_card() {
    let mut bench = Bench::booted();
    bench.nas();
    bench.network(challenge(9));
    bench.nas();
    bench.network(challenge(9));
    let NasUp::AuthenticationFailure { cause: EmmCause::SYNCH_FAILURE, auts: Some(auts) } = bench.nas()
    else {
        panic!("no synch failure")
    };
    assert_eq!(home().open_auts(&RAND, &auts), Some(Sqn::new(9, 0)));
    bench.network(challenge(10));
    assert!(matches!(bench.nas(), NasUp::AuthenticationResponse { .. }));
    bench.wait(secs(14));
    bench.expect_no_nas();
    bench.network(accept());
    assert_eq!(bench.nas(), NasUp::AttachComplete);
}

#[test]
fn a_challenge_without_separation_bit_is_not_for_eps() {
    let mut bench = Bench::booted();
    bench.nas();
    let (autn, _) = home().challenge(&RAND, Sqn::new(1, 0), AMF_PLAIN);
    bench.network(NasDown::AuthenticationRequest { rand: RAND, autn: Some(autn) });
    assert_eq!(bench.nas(), failure(EmmCause::NON_EPS_AUTHENTICATION_UNACCEPTABLE));
}

#[test]
fn three_false_challenges_bar_the_cell_and_the_next_network_is_tried() {
    let mut bench = Bench::new(Some(SimCard::new(profile())));
    bench.cells = vec![cell("214-03", -80), cell("214-07", -90)];
    bench.boot();
    bench.nas();
    for _ in 0..3 {
        bench.expect_no_nas();
        bench.network(false_challenge());
        assert_eq!(bench.nas(), failure(EmmCause::MAC_FAILURE));
    }
    assert_eq!(bench.sent[0].1.plmn, plmn("214-07"));
    bench.register();
    bench.at("AT+CRSM=176,28539,0,0,3", &["+CRSM: 144,0,\"FFFFFF\"", "OK"]);
}

#[test]
fn a_network_that_sends_no_better_challenge_is_left_after_t3418() {
    let mut bench = Bench::booted();
    bench.nas();
    bench.network(false_challenge());
    assert_eq!(bench.nas(), failure(EmmCause::MAC_FAILURE));
    bench.wait(secs(19));
    bench.at("AT+CEREG?", &["+CEREG: 0,2", "OK"]);
    bench.wait(secs(2));
    bench.at("AT+CEREG?", &["+CEREG: 0,3", "OK"]);
    bench.wait(secs(270));
    bench.expect_no_nas();
    bench.wait(secs(90));
    assert!(is_attach(&bench.nas()), "the cell is barred for five minutes and not for ever");
}

#[test]
fn a_rejected_card_is_quiet_until_the_power_goes() {
    let mut bench = Bench::booted();
    bench.at("AT+CEREG=3", &["OK"]);
    bench.nas();
    bench.network(NasDown::AuthenticationReject);
    assert_eq!(bench.lines(), ["+CEREG: 3,,,,0,3"]);
    bench.wait(secs(3600));
    bench.expect_no_nas();
    bench.at("AT+CEER", &["+CEER: Authentication rejected", "OK"]);
    bench.modem.power_off(bench.now);
    bench.modem.power_on(bench.now);
    bench.wait(secs(2));
    assert!(is_attach(&bench.nas()));
}

#[test]
fn a_mobile_that_asks_for_nothing_is_not_challenged() {
    let mut bench = Bench::new(Some(SimCard::new(profile())));
    bench.cells = vec![];
    bench.boot();
    bench.network(challenge(1));
    bench.network(NasDown::AuthenticationReject);
    bench.wait(secs(60));
    bench.cells = vec![cell(HOME, -90)];
    bench.wait(secs(61));
    assert!(is_attach(&bench.nas()));
    bench.network(challenge(1));
    assert!(matches!(bench.nas(), NasUp::AuthenticationResponse { .. }), "the card was not asked before");
}
