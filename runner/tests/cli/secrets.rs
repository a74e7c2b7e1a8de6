//! Keys and PUKs appear nowhere: not in reports, not in the store, not on the terminal.

use crate::program::{Out, files_under, root};
use std::collections::BTreeSet;
use wire::id::Key;
use wire::lorawan::Frame;

const APP_KEY: &str = "2b7e151628aed2a6abf7158809cf4f3c";
/// Digits that no test types and that occur in nothing else.
const PUK1: &str = "31415926";
const PUK2: &str = "27182818";

/// Every way in which sixteen octets could slip out.
fn spellings(key: &Key) -> Vec<Vec<u8>> {
    let octets = key.expose();
    let hex = hex::encode(octets);
    let reversed: Vec<u8> = octets.iter().rev().copied().collect();
    let spaced: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    let listed: Vec<String> = octets.iter().map(ToString::to_string).collect();
    vec![
        hex.clone().into_bytes(),
        hex.to_uppercase().into_bytes(),
        hex::encode(&reversed).into_bytes(),
        spaced.join(" ").into_bytes(),
        spaced.join(":").into_bytes(),
        listed.join(", ").into_bytes(),
        octets.to_vec(),
    ]
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Every place in which a secret could be: the files of a run, the store, and what was said.
fn everything(out: &Out, arguments: &[&str]) -> Vec<(String, Vec<u8>)> {
    let ended = out.dtk(arguments);
    let mut places: Vec<(String, Vec<u8>)> = files_under(out.path())
        .into_iter()
        .map(|(path, bytes)| (path.display().to_string(), bytes))
        .collect();
    assert!(places.iter().any(|(path, _)| path.ends_with("dtk.sqlite")), "no store was written");
    places.push(("standard output".to_owned(), ended.stdout.into_bytes()));
    places.push(("standard error".to_owned(), ended.stderr.into_bytes()));
    places
}

/// The keys of every session that the nodes of a run had, from what an eavesdropper saw and the AppKey.
fn session_keys(events: &str, app_key: &Key) -> Vec<Key> {
    let (mut nonces, mut accepts, mut keys) = (BTreeSet::new(), Vec::new(), Vec::new());
    for line in events.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(octets) = event["hex"].as_str().and_then(|text| hex::decode(text).ok()) else { continue };
        match Frame::parse(&octets) {
            Ok(Frame::JoinRequest(frame)) => {
                nonces.insert(frame.request().dev_nonce);
            }
            Ok(Frame::JoinAccept(frame)) => accepts.extend(frame.open(app_key)),
            Ok(Frame::Data(_) | Frame::Proprietary(_)) | Err(_) => {}
        }
    }
    for accept in accepts {
        for nonce in &nonces {
            let session = accept.session_keys(app_key, *nonce);
            keys.extend([session.nwk_s_key, session.app_s_key]);
        }
    }
    keys
}

#[test]
fn no_key_of_a_node_gets_out() {
    let lab = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    assert!(lab.contains(APP_KEY), "lab.toml has another key");
    let app_key: Key = APP_KEY.parse().unwrap();
    let out = Out::new();
    let places = everything(&out, &["run", "lorawan/join"]);
    for spelling in spellings(&app_key) {
        for (place, bytes) in &places {
            assert!(!contains(bytes, &spelling), "the AppKey is in {place} as {}", spelling.escape_ascii());
        }
    }
}

#[test]
fn no_key_of_a_session_gets_out() {
    let app_key: Key = APP_KEY.parse().unwrap();
    let out = Out::new();
    let places = everything(&out, &["run", "join::join_in_rx1"]);
    let keys = session_keys(&out.report("events.jsonl"), &app_key);
    assert!(!keys.is_empty(), "no join was heard");
    for key in keys {
        for (place, bytes) in &places {
            for spelling in spellings(&key) {
                assert!(!contains(bytes, &spelling), "a session key is in {place}");
            }
        }
    }
}

/// K and OPc in the lab file: the card is authenticated with them, and they are nowhere else.
#[test]
fn no_key_of_a_card_gets_out() {
    const K: &str = "465b5ce8b199b49faa5f0a2ee238a6bc";
    const OPC: &str = "cd63cb71954a9f4e48a5994e37a02baf";
    let lab = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    let keys = format!("puk1 = \"12345678\"\nk = \"{K}\"\nopc = \"{OPC}\"\n");
    let lab = lab.replacen("puk1 = \"12345678\"\n", &keys, 1);
    assert!(lab.contains(K), "lab.toml has other PUKs");
    let (out, elsewhere) = (Out::new(), Out::new());
    let lab = elsewhere.file("lab.toml", &lab);
    let places = everything(&out, &["run", "authentication::attach", "cellular/attach", "--lab", &lab]);
    assert!(out.report("events.jsonl").contains("AUTHENTICATION RESPONSE"), "no card was authenticated");
    for key in [K, OPC] {
        for spelling in spellings(&key.parse().unwrap()) {
            for (place, bytes) in &places {
                assert!(!contains(bytes, &spelling), "a key is in {place} as {}", spelling.escape_ascii());
            }
        }
    }
}

#[test]
fn keys_of_a_card_that_are_not_a_set_are_refused() {
    let lab = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    let lab = lab.replacen("puk1 =", "k = \"465b5ce8b199b49faa5f0a2ee238a6bc\"\npuk1 =", 1);
    let (out, elsewhere) = (Out::new(), Out::new());
    let lab = elsewhere.file("lab.toml", &lab);
    let ended = out.dtk(&["check", "--lab", &lab]).has_code(runner::exit::BAD_USAGE);
    ended.complains(&["k goes with either opc or op"]);
}

#[test]
fn no_puk_gets_out() {
    let lab = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    let lab = lab.replace("puk1 = \"12345678\"", &format!("puk1 = \"{PUK1}\""));
    let lab = lab.replace("puk2 = \"87654321\"", &format!("puk2 = \"{PUK2}\""));
    assert!(lab.contains(PUK1) && lab.contains(PUK2), "lab.toml has other PUKs");
    let (out, elsewhere) = (Out::new(), Out::new());
    let lab = elsewhere.file("lab.toml", &lab);
    for (place, bytes) in everything(&out, &["run", "cellular/attach", "cellular/apn", "--lab", &lab]) {
        for puk in [PUK1, PUK2] {
            assert!(!contains(&bytes, puk.as_bytes()), "a PUK is in {place}");
        }
    }
}

#[test]
fn a_secret_from_the_environment_that_is_not_set_is_named_and_not_guessed() {
    let lab = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    let lab = lab.replace(
        &format!("app_key = \"{APP_KEY}\""),
        "app_key = { env = \"DTK_TEST_KEY_THAT_NOBODY_SETS\" }",
    );
    let (out, elsewhere) = (Out::new(), Out::new());
    let lab = elsewhere.file("lab.toml", &lab);
    let ended = out.dtk(&["run", "join::join_in_rx1", "--lab", &lab]).has_code(runner::exit::BAD_USAGE);
    ended.complains(&["app_key of \"node-a\"", "DTK_TEST_KEY_THAT_NOBODY_SETS is not set"]);
}
