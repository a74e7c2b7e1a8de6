//! The card that the tests use, with the values of the worked examples.

use super::{CardProfile, PhoneBookEntry, SimCard};
use wire::plmn::Plmn;

pub(super) const PUK1: &str = "12345678";
pub(super) const PUK2: &str = "87654321";

pub(super) fn plmn(text: &str) -> Plmn {
    text.parse().unwrap()
}

pub(super) fn profile() -> CardProfile {
    CardProfile {
        msisdn: Some("+33639980001".parse().unwrap()),
        spn: "Orange".to_owned(),
        operator_plmns: vec![(plmn("214-03"), 0xc080), (plmn("260-03"), 0xc080)],
        ehplmns: vec![plmn("208-01"), plmn("647-00")],
        service_numbers: (0..10)
            .map(|n| PhoneBookEntry::new(&format!("390{n}").parse().unwrap(), &format!("Service {n}")))
            .collect(),
        ..CardProfile::new(
            "8933010000000000002".parse().unwrap(),
            "208010000000001".parse().unwrap(),
            2,
            "+33639989000".parse().unwrap(),
            PUK1.parse().unwrap(),
            PUK2.parse().unwrap(),
        )
    }
}

pub(super) fn card() -> SimCard {
    SimCard::new(profile())
}
