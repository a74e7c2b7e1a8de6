//! The mobile is challenged on GSM and UTRAN: triplets and quintuplets, false networks, rejected cards.

use super::*;
use wire::cause::EmmCause;
use wire::milenage::{AMF_PLAIN, Milenage, Response, Sqn};

const RAND: [u8; 16] = [0x11; 16];

fn home() -> Milenage {
    Milenage::derived(&"208010000000001".parse().unwrap())
}

/// A bench whose only cell is of this technology, and whose location updating is under way.
fn bench(rat: Rat) -> Bench {
    let mut bench = Bench::new(Some(SimCard::new(profile())));
    bench.cells = vec![HeardCell { rat, ..cell(HOME, -80) }];
    bench.boot();
    assert!(matches!(bench.nas(), NasUp::LocationUpdatingRequest { .. }));
    bench
}

fn quintuplet(seq: u64) -> NasDown {
    let (autn, _) = home().challenge(&RAND, Sqn::new(seq, 0), AMF_PLAIN);
    NasDown::AuthenticationRequest { rand: RAND, autn: Some(autn) }
}

fn triplet() -> NasDown {
    NasDown::AuthenticationRequest { rand: RAND, autn: None }
}

fn failure(cause: EmmCause) -> NasUp {
    NasUp::AuthenticationFailure { cause, auts: None }
}

fn sres() -> NasUp {
    NasUp::AuthenticationResponse { res: Response::Sres(home().agree(&RAND).gsm().0) }
}

fn res() -> NasUp {
    NasUp::AuthenticationResponse { res: Response::Res(home().agree(&RAND).res) }
}

fn location_accept() -> NasDown {
    NasDown::LocationUpdatingAccept(MobilityGrant::default())
}

#[test]
fn a_triplet_is_answered_on_gsm_and_a_quintuplet_on_both() {
    let mut gsm = bench(Rat::Gsm);
    gsm.network(triplet());
    assert_eq!(gsm.nas(), sres());
    gsm.network(location_accept());
    assert!(matches!(gsm.nas(), NasUp::GprsAttachRequest { .. }));
    gsm.network(quintuplet(1));
    assert_eq!(gsm.nas(), res());
    let mut utran = bench(Rat::Utran);
    utran.network(quintuplet(1));
    assert_eq!(utran.nas(), res());
}

#[test]
fn a_triplet_is_not_acceptable_on_utran() {
    let mut bench = bench(Rat::Utran);
    bench.network(triplet());
    assert_eq!(bench.nas(), failure(EmmCause(23)));
    bench.network(quintuplet(1));
    assert_eq!(bench.nas(), res());
    // T3210 runs anew.
    bench.wait(secs(19));
    bench.expect_no_nas();
    bench.network(location_accept());
    assert!(matches!(bench.nas(), NasUp::GprsAttachRequest { .. }));
}

#[test]
fn a_number_that_was_used_asks_for_synchronisation_in_each_domain() {
    let mut bench = bench(Rat::Utran);
    bench.network(quintuplet(7));
    bench.nas();
    bench.network(location_accept());
    bench.nas();
    bench.network(quintuplet(7));
    let NasUp::AuthenticationFailure { cause: EmmCause::SYNCH_FAILURE, auts: Some(auts) } = bench.nas()
    else {
        panic!("no synch failure")
    };
    assert_eq!(home().open_auts(&RAND, &auts), Some(Sqn::new(7, 0)));
    bench.network(quintuplet(8));
    assert_eq!(bench.nas(), res());
    bench.wait(secs(14));
    bench.expect_no_nas();
    bench.network(NasDown::GprsAttachAccept(MobilityGrant::default()));
    bench.at("AT+CGATT?", &["+CGATT: 1", "OK"]);
}

#[test]
fn a_network_that_sends_no_better_challenge_is_left_after_t3214() {
    let mut bench = bench(Rat::Utran);
    bench.network(NasDown::AuthenticationRequest { rand: RAND, autn: Some([0; 16]) });
    assert_eq!(bench.nas(), failure(EmmCause::MAC_FAILURE));
    bench.wait(secs(270));
    bench.expect_no_nas();
    bench.wait(secs(120));
    let again = bench.nas();
    assert!(matches!(again, NasUp::LocationUpdatingRequest { .. }), "barred for five minutes: {again}");
}

#[test]
fn a_card_that_is_rejected_in_one_domain_is_rejected_in_both() {
    for domain in ["circuit", "packet"] {
        let mut bench = bench(Rat::Gsm);
        if domain == "packet" {
            bench.network(location_accept());
            assert!(matches!(bench.nas(), NasUp::GprsAttachRequest { .. }));
        }
        bench.network(NasDown::AuthenticationReject);
        bench.wait(secs(3600));
        bench.expect_no_nas();
        bench.at("AT+CREG?", &["+CREG: 0,3", "OK"]);
        bench.at("AT+CEER", &["+CEER: Authentication rejected", "OK"]);
    }
}
