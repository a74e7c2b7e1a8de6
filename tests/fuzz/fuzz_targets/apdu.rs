//! The card: a session of commands, each answered with a status word and never with more than 256 octets before it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use simdev::sim::{CardProfile, SimCard};

fn card() -> SimCard {
    let profile = CardProfile::new(
        "8933010000000000002".parse().expect("an ICCID"),
        "208010000000001".parse().expect("an IMSI"),
        2,
        "+33639989000".parse().expect("a number"),
        "12345678".parse().expect("a PUK"),
        "87654321".parse().expect("a PUK"),
    );
    SimCard::new(profile)
}

fuzz_target!(|octets: &[u8]| {
    let mut card = card();
    let mut rest = octets;
    // A length octet and a command, again and again.
    while let [length, after @ ..] = rest {
        let (command, after) = after.split_at(usize::from(*length).min(after.len()));
        let answer = card.apdu(command);
        assert!((2..=258).contains(&answer.len()), "{command:02x?} -> {answer:02x?}");
        rest = after;
    }
});
