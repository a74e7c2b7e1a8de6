//! Packets that pySim made and reads (its key set 2 of an AES card), and garbage.

use super::*;

fn keys() -> OtaKeys {
    OtaKeys {
        index: 2,
        kic: "200102030405060708090a0b0c0d0e0f".parse().unwrap(),
        kid: "201102030405060708090a0b0c0d0e0f".parse().unwrap(),
    }
}

const PROOF: Proof = Proof { wanted: ProofWanted::Always, checksum: true, ciphered: true };

fn command() -> CommandPacket {
    CommandPacket {
        security: Security { checksum: true, ciphered: true, counter: Counter::Absent, proof: PROOF },
        tar: TAR_USIM_FILES,
        counter: 0,
        data: hex::decode("00a40004023f00").unwrap(),
    }
}

const SEALED: &str = "00281506192222b00011e87cceebb2d93083011ce294f93fc4d8de80da1abae8c37ca3e72ec4432e5058";

#[test]
fn a_command_has_the_octets_of_another_implementation_both_ways() {
    assert_eq!(hex::encode(command().seal(&keys())), SEALED);
    let sealed = SealedCommand::parse(&hex::decode(SEALED).unwrap()).unwrap();
    assert_eq!((sealed.tar, sealed.keys), (TAR_USIM_FILES, [0x22; 2]));
    assert_eq!(sealed.open(&keys()), Ok(command()));
}

#[test]
fn a_response_of_another_implementation_is_read() {
    let octets = "002412b00011ebc6b497e2cad7aedf36ace0e3a29b38853f0fe9ccde81913be5702b73abce1f";
    let octets = hex::decode(octets).unwrap();
    let response = ResponsePacket::open(&octets, &keys(), PROOF).unwrap();
    assert_eq!((response.status, response.tar), (ResponseStatus::OK, TAR_USIM_FILES));
    assert_eq!(hex::encode(&response.data), "016132", "one command, status 6132");
    assert_eq!(response.seal(&keys(), PROOF), octets);
    // Without security: as in the comment of that implementation, of another card.
    let plain = hex::decode("000e0ab0001100000000000000016132").unwrap();
    let none = Proof { wanted: ProofWanted::Always, checksum: false, ciphered: false };
    let response = ResponsePacket::open(&plain, &keys(), none).unwrap();
    assert_eq!(hex::encode(&response.data), "016132");
    assert_eq!(response.seal(&keys(), none), plain);
}

#[test]
fn what_was_bent_or_made_with_other_keys_is_refused() {
    let octets = hex::decode(SEALED).unwrap();
    for place in 10..octets.len() {
        let mut bent = octets.clone();
        bent[place] ^= 1;
        let opened = SealedCommand::parse(&bent).unwrap().open(&keys());
        assert!(matches!(opened, Err(ResponseStatus(1 | 5))), "octet {place}: {opened:?}");
    }
    let other = OtaKeys { kid: Key::new([9; 16]), ..keys() };
    let sealed = SealedCommand::parse(&octets).unwrap();
    assert_eq!(sealed.open(&other), Err(ResponseStatus::CHECKSUM_FAILED));
    assert_eq!(sealed.open(&OtaKeys { index: 1, ..keys() }), Err(ResponseStatus::SECURITY_ERROR));
}

#[test]
fn every_kind_of_security_is_read_back() {
    for first in 0..32 {
        for second in 0..32 {
            let security = Security::from_octets([first, second]);
            assert_eq!(Security::from_octets(security.octets()), security);
            let packet = CommandPacket { security, counter: 0x12_3456_789a, ..command() };
            let sealed = SealedCommand::parse(&packet.seal(&keys())).unwrap();
            assert_eq!(sealed.open(&keys()), Ok(packet));
        }
    }
    assert_eq!(hex::encode(Security::FULL.octets()), "1609");
    assert_eq!(hex::encode(Security::NONE.octets()), "0001");
}

/// The template is that of another implementation; the object in it is its GET STATUS.
#[test]
fn scripts_are_written_and_read() {
    let status = hex::decode("80f24002024f0000").unwrap();
    let select = hex::decode("00a40004023f0000").unwrap();
    let script = Script::Expanded { action: None, commands: vec![status.clone(), select] };
    assert_eq!(hex::encode(script.to_octets()), "aa14220880f24002024f0000220800a40004023f0000");
    assert_eq!(Script::parse(&script.to_octets()), Ok(script));
    let action = Some(hex::decode("810301010782028182").unwrap());
    let script = Script::Expanded { action, commands: vec![vec![7; 200]] };
    assert_eq!(hex::encode(&script.to_octets()[..5]), "aa81d68109");
    assert_eq!(Script::parse(&script.to_octets()), Ok(script));
    let compact = Script::Compact(
        ["00a40004026f61", "00d600000512f470c080", "00b000000a"]
            .map(|text| hex::decode(text).unwrap())
            .to_vec(),
    );
    assert_eq!(Script::parse(&compact.to_octets()), Ok(compact));
    for cut in ["00a40004026f", "aa05220800", "aa", "aa8001", "00"] {
        assert_eq!(Script::parse(&hex::decode(cut).unwrap()), Err(ScriptError), "{cut}");
    }
}

#[test]
fn any_octets_are_read_without_panic() {
    let mut rng = Seed(8).child("ota").rng();
    let good = hex::decode(SEALED).unwrap();
    for round in 0..20_000 {
        let mut octets: Vec<u8> = (0..rng.below(60)).map(|_| rng.below(256) as u8).collect();
        if round % 2 == 0 {
            octets.clone_from(&good);
            let place = rng.below(octets.len() as u64) as usize;
            octets[place] = rng.below(256) as u8;
            octets.truncate(rng.below(43) as usize);
        }
        if let Some(sealed) = SealedCommand::parse(&octets) {
            let _ = sealed.open(&keys());
        }
        let _ = (ResponsePacket::open(&octets, &keys(), PROOF), Script::parse(&octets));
    }
}

#[test]
fn keys_show_nothing() {
    let shown = format!("{:?}", OtaKeys::derived(&"8933010000000000002".parse().unwrap()));
    assert_eq!(shown, "OtaKeys { index: 1, kic: Key([REDACTED]), kid: Key([REDACTED]) }");
}
