//! A node that breaks a rule of ICA-1.5b is not served by the network itself, and the note has the evidence: what was used, when,
//! and what would have been right. Node, air, gateway and network server are those of a virtual lab.

#![cfg(test)]

#[path = "node_bed/bed.rs"]
mod node_bed;

use node_bed::{Bed, DEVICE};
use simcore::platform::Query;
use wire::time::Duration;

/// What is wrong, the node's defects, what its host types (the last line until it is refused, for a node that breaks the rule by
/// chance), and the note: its code and words in it.
struct Breach {
    name: &'static str,
    defects: &'static str,
    typed: &'static [&'static str],
    code: &'static str,
    words: &'static [&'static str],
}

const JOIN: &str = "mac join otaa";
const SEND: &str = "mac tx uncnf 1 00";

const BREACHES: &[Breach] = &[
    Breach {
        name: "a DevNonce again",
        defects: "\"reuses-dev-nonce\"",
        typed: &[JOIN, SEND, JOIN],
        code: "join-refused-dev-nonce-used",
        words: &["join-request with DevNonce", "the DevNonce was already used at +"],
    },
    Breach {
        name: "another AppKey",
        defects: "",
        typed: &["mac set appkey 00112233445566778899AABBCCDDEEFF", JOIN],
        code: "join-refused-wrong-mic",
        words: &["the MIC does not fit the registered AppKey"],
    },
    Breach {
        name: "the AppKey typed backwards",
        defects: "",
        typed: &["mac set appkey 3C4FCF098815F7ABA6D2AE2816157E2B", JOIN],
        code: "join-refused-wrong-mic",
        words: &["it fits that key with its octets in reverse"],
    },
    Breach {
        name: "another DevEUI",
        defects: "",
        typed: &["mac set deveui 0004A30B00FFFFFF", JOIN],
        code: "join-refused-unknown-device",
        words: &["the DevEUI is not registered"],
    },
    Breach {
        name: "a counter that goes back",
        defects: "",
        typed: &[JOIN, SEND, SEND, SEND, "mac set upctr 1", SEND],
        code: "uplink-refused-replay",
        words: &["frame counter 1 was already used, the last one is 2"],
    },
    Breach {
        name: "a counter that jumps",
        defects: "",
        typed: &[JOIN, SEND, "mac set upctr 20000", SEND],
        code: "uplink-refused-counter-gap",
        words: &["frame counter 20000 is 16384 or more above the last one, 0"],
    },
    Breach {
        name: "another NwkSKey",
        defects: "",
        typed: &[JOIN, SEND, "mac set nwkskey 000102030405060708090A0B0C0D0E0F", "mac join abp", SEND],
        code: "uplink-refused-wrong-mic",
        words: &["the MIC fits the NwkSKey of no session with this DevAddr (1 session)"],
    },
    Breach {
        name: "a frequency of its own",
        defects: "\"leaves-its-channels\"",
        typed: &[JOIN, SEND],
        code: "gateway-missed-outside-plan",
        words: &["missed a frame on", "no demodulator listens there"],
    },
];

/// The texts of the network's notes of this kind.
fn texts(bed: &Bed, code: &str) -> Vec<String> {
    let notes = bed.lab.bench().trace().iter().filter_map(|record| record.note());
    notes.filter(|note| note.code() == code).map(ToString::to_string).collect()
}

#[test]
fn every_breach_is_refused_with_its_evidence() {
    for Breach { name, defects, typed, code, words } in BREACHES {
        let mut bed = Bed::new(defects);
        let (last, first) = typed.split_last().unwrap();
        let tries = if defects.is_empty() { 1 } else { 20 };
        for line in first.iter().chain(std::iter::repeat_n(last, tries)) {
            bed.types(line);
            bed.rest(Duration::from_secs(60));
            if !texts(&bed, code).is_empty() {
                assert_eq!(line, last, "{name}: refused before it is broken");
                break;
            }
        }
        let told = texts(&bed, code);
        let text = told.last().unwrap_or_else(|| panic!("{name}: nothing is told"));
        for word in *words {
            assert!(text.contains(word), "{name}: \"{word}\" is not in: {text}");
        }
    }
}

#[test]
fn a_node_that_uses_up_its_band_is_refused_with_the_time_that_it_used() {
    let mut bed = Bed::new("\"ignores-duty-cycle\"");
    bed.types(JOIN);
    bed.rest(Duration::from_secs(60));
    bed.types("mac set dr 0");
    let long = format!("mac tx uncnf 1 {}", "00".repeat(51));
    for _ in 0..60 {
        bed.types(&long);
        bed.rest(Duration::from_secs(15));
    }
    let told = texts(&bed, "uplink-refused-duty-cycle");
    let text = told.first().expect("nothing is told");
    assert!(text.contains("s on the air within an hour") && text.contains("allows 36.000 s"), "{text}");
    let accepted = texts(&bed, "uplink-accepted").len();
    // 2.793 s each: twelve in a band of one per cent, and there are two such bands.
    assert!((12..=25).contains(&accepted), "{accepted} uplinks of an hour were served");
    let query = Query { dev_eui: Some(DEVICE), ..Query::default() };
    let messages = bed.lab.bench().core.platform.find(&query);
    assert_eq!(messages.count(), accepted, "a refused uplink reached the platform");
}
