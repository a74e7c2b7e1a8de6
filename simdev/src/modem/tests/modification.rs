//! Bearers that the network modifies.

use super::*;
use wire::nas::{Ambr, BearerModification, BitRate};

fn class(bearer: u8, number: u8) -> BearerModification {
    BearerModification { bearer, qci: Qci::new(number), ambr: None, dns: Vec::new() }
}

fn rates(down: u32, up: u32) -> Option<Ambr> {
    let rate = |kbits| BitRate::new(kbits).unwrap();
    Some(Ambr { down: rate(down), up: rate(up) })
}

#[test]
fn a_change_is_accepted_told_and_shown() {
    let mut bench = Bench::registered();
    bench.at("AT+CGEREP=2,0", &["OK"]);
    bench.at("AT+CGEQOSRDP=1", &["+CGEQOSRDP: 1,9", "OK"]);
    let dns = vec![Ipv4Addr::new(10, 10, 10, 12).into()];
    let change = BearerModification { ambr: rates(2_048, 1_024), dns, ..class(5, 7) };
    for told in [&["+CGEV: NW MODIFY 1,2,0"][..], &[]] {
        bench.network(NasDown::ModifyBearer(change.clone()));
        assert_eq!(bench.nas(), NasUp::BearerModificationAccepted { bearer: 5 });
        assert_eq!(bench.lines(), told, "a repeated request is accepted and not told again");
    }
    bench.at("AT+CGEQOSRDP=1", &["+CGEQOSRDP: 1,7,,,,,2048,1024", "OK"]);
    bench.at(
        "AT+CGCONTRDP=1",
        &[
            "+CGCONTRDP: 1,5,\"iot.example.mnc001.mcc208.gprs\",\"10.64.0.1.255.255.255.255\",,\"10.10.10.12\"",
            "OK",
        ],
    );
    bench.network(NasDown::ModifyBearer(class(5, 8)));
    assert_eq!(bench.lines(), ["+CGEV: NW MODIFY 1,2,0"]);
    bench.at("AT+CGEQOSRDP=1", &["+CGEQOSRDP: 1,8,,,,,2048,1024", "OK"]);
}

#[test]
fn a_bearer_that_is_not_there_is_refused_with_43() {
    let mut bench = Bench::registered();
    for bearer in [6, 15, 0] {
        bench.network(NasDown::ModifyBearer(class(bearer, 7)));
        let cause = EsmCause::INVALID_BEARER_IDENTITY;
        assert_eq!(bench.nas(), NasUp::BearerModificationRejected { bearer, cause });
    }
    bench.at("AT+CGEQOSRDP=1", &["+CGEQOSRDP: 1,9", "OK"]);
}

#[test]
fn options_that_mean_nothing_change_nothing() {
    let mut bench = Bench::registered();
    bench.at("AT+CGEREP=2,0", &["OK"]);
    let dns = vec![Ipv4Addr::UNSPECIFIED.into()];
    bench.network(NasDown::ModifyBearer(BearerModification { dns, ..class(5, 9) }));
    assert_eq!(bench.nas(), NasUp::BearerModificationAccepted { bearer: 5 });
    assert_eq!(bench.lines(), Vec::<String>::new());
    assert_eq!(bench.modem.mobile.connection(1), Some(&grant("iot.example")));
}

#[test]
fn the_defect_accepts_and_changes_nothing() {
    let mut bench = Bench::with_defects(Some(SimCard::new(profile())), &[Defect::KeepsOldQuality]);
    bench.boot();
    bench.register();
    bench.network(NasDown::ModifyBearer(class(5, 7)));
    assert_eq!(bench.nas(), NasUp::BearerModificationAccepted { bearer: 5 });
    bench.at("AT+CGEQOSRDP=1", &["+CGEQOSRDP: 1,9", "OK"]);
}
