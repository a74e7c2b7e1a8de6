//! Packets of the operator's server at the card: what is carried out, what is refused, and what the proof says.

use super::super::example::{card, plmn};
use super::super::{CardProfile, example};
use super::*;
use wire::id::Key;
use wire::ota::{CommandPacket, Security};
use wire::sms::{Address, DataCoding, Deliver, ProtocolId, Timestamp, UserData, UserDataHeader};

/// The new first entry of the operator's list: 214-07 on all technologies.
const UPDATE: [&str; 2] = ["00a40004026f61", "00d600000512f470c080"];

fn keys() -> OtaKeys {
    OtaKeys::derived(&example::profile().iccid)
}

fn script(commands: &[&str]) -> Vec<u8> {
    Script::Compact(commands.iter().map(|text| hex::decode(text).unwrap()).collect()).to_octets()
}

fn packet(counter: u64, data: Vec<u8>) -> CommandPacket {
    CommandPacket { security: Security::FULL, tar: TAR_USIM_FILES, counter, data }
}

/// The envelope that a terminal makes of a short message with this packet.
fn envelope(packet: &[u8]) -> Vec<u8> {
    let header = UserDataHeader::from_octets(vec![COMMAND_ELEMENT, 0]).unwrap();
    let data = UserData::binary(DataCoding(0xf6), Some(header), packet.to_vec()).unwrap();
    let deliver = Deliver::new(
        Address::from_number(&"+33639989000".parse().unwrap()),
        Timestamp::from_octets([0x62, 0x11, 0x12, 0x50, 0x64, 0x11, 0x40]),
        data,
    );
    let tpdu = Tpdu::from(Deliver { pid: ProtocolId(0x7f), ..deliver }).to_octets();
    let mut content = vec![0x82, 2, 0x83, 0x81, 0x0b, 0x81, tpdu.len() as u8];
    content.extend(tpdu);
    let mut octets = vec![0xd1, 0x81, content.len() as u8];
    octets.extend(content);
    octets
}

/// What the server learns of a packet.
fn answered(card: &mut SimCard, sealed: &[u8]) -> ResponsePacket {
    let proof = card.envelope(&envelope(sealed)).unwrap();
    assert_eq!(proof[..3], [2, RESPONSE_ELEMENT, 0]);
    ResponsePacket::open(&proof[3..], &keys(), Security::FULL.proof)
        .or_else(|| ResponsePacket::open(&proof[3..], &keys(), Security::NONE.proof))
        .unwrap()
}

#[test]
fn the_operators_list_is_written_over_the_air() {
    let mut card = card();
    let response = answered(&mut card, &packet(1, script(&UPDATE)).seal(&keys()));
    assert_eq!((response.status, hex::encode(&response.data).as_str()), (ResponseStatus::OK, "029000"));
    assert_eq!(card.operator_plmns().unwrap()[0], (plmn("214-07"), 0xc080));
    // Remote management needs no PIN, and reads what it wrote.
    card.enable_pin1("0000");
    card.reset();
    let read = script(&["00a40004026f61", "00b0000005"]);
    let response = answered(&mut card, &packet(2, read).seal(&keys()));
    assert_eq!(hex::encode(&response.data), "02900012f470c080");
}

#[test]
fn what_is_not_genuine_fresh_or_secured_changes_nothing() {
    let mut card = card();
    answered(&mut card, &packet(7, script(&["00a40004026f31"])).seal(&keys()));
    let other = OtaKeys { kid: Key::new([1; 16]), ..keys() };
    let none = CommandPacket { security: Security::NONE, ..packet(8, script(&UPDATE)) };
    let clear = Security { ciphered: false, ..Security::FULL };
    let rows = [
        (packet(7, script(&UPDATE)).seal(&keys()), ResponseStatus::COUNTER_LOW),
        (packet(8, script(&UPDATE)).seal(&other), ResponseStatus::CHECKSUM_FAILED),
        (none.seal(&keys()), ResponseStatus::INSUFFICIENT_SECURITY),
        (
            CommandPacket { security: clear, ..packet(8, script(&UPDATE)) }.seal(&keys()),
            ResponseStatus::INSUFFICIENT_SECURITY,
        ),
        (
            CommandPacket { tar: [0xb0, 0, 0x10], ..packet(8, script(&UPDATE)) }.seal(&keys()),
            ResponseStatus::UNKNOWN_APPLICATION,
        ),
    ];
    for (sealed, status) in rows {
        assert_eq!(answered(&mut card, &sealed).status, status);
        assert_eq!(card.operator_plmns().unwrap()[0].0, plmn("214-03"), "{}", status.name());
    }
    let one_higher = Security { counter: Counter::OneHigher, ..Security::FULL };
    let ahead = CommandPacket { security: one_higher, ..packet(9, script(&UPDATE)) };
    assert_eq!(answered(&mut card, &ahead.seal(&keys())).status, ResponseStatus::COUNTER_HIGH);
    let next = CommandPacket { counter: 8, ..ahead };
    assert_eq!(answered(&mut card, &next.seal(&keys())).status, ResponseStatus::OK);
}

#[test]
fn a_script_ends_with_the_first_command_that_fails() {
    let mut card = card();
    let commands =
        script(&["00a40004026f61", "00d600000512f470c080", "00a40004026ffe", "00d600000500000000"]);
    assert!(commands.len() > 20);
    let response =
        answered(&mut card, &packet(1, script(&["00a40004026ffe", UPDATE[0], UPDATE[1]])).seal(&keys()));
    assert_eq!(hex::encode(&response.data), "016a82");
    assert_eq!(card.operator_plmns().unwrap()[0].0, plmn("214-03"));
    // Nobody writes the identity of the card, and files cannot be managed with a PIN command.
    let response = answered(&mut card, &packet(2, script(&["00a40804022fe2", "00d6000001ff"])).seal(&keys()));
    assert_eq!(hex::encode(&response.data), "026982");
    let verify = format!("0020008108{}", "30".repeat(8));
    let response = answered(&mut card, &packet(3, script(&[&verify])).seal(&keys()));
    assert_eq!(hex::encode(&response.data), "016d00");
}

#[test]
fn an_expanded_script_can_ask_for_a_refresh() {
    let mut card = card();
    card.terminal_profile(&[0xff]);
    let action = Some(hex::decode("810301010782028182").unwrap());
    let commands = UPDATE.iter().map(|text| hex::decode(text).unwrap()).collect();
    let script = Script::Expanded { action, commands }.to_octets();
    let sealed = packet(1, script).seal(&keys());
    let response = answered(&mut card, &sealed);
    assert_eq!(hex::encode(&response.data), "ab0780010223029000");
    assert_eq!(card.fetch().map(hex::encode_upper).as_deref(), Some("D009810301010782028182"));
}

#[test]
fn a_proof_is_sent_when_it_is_wanted() {
    let mut card = card();
    let with = |wanted| Security { proof: Proof { wanted, ..Security::FULL.proof }, ..Security::FULL };
    let send = |card: &mut SimCard, counter, wanted| {
        let packet = CommandPacket { security: with(wanted), ..packet(counter, script(&UPDATE)) };
        card.envelope(&envelope(&packet.seal(&keys()))).unwrap()
    };
    assert!(send(&mut card, 1, ProofWanted::Never).is_empty());
    assert!(send(&mut card, 2, ProofWanted::OnError).is_empty());
    assert!(!send(&mut card, 2, ProofWanted::OnError).is_empty());
    assert!(!send(&mut card, 3, ProofWanted::Always).is_empty());
}

#[test]
fn messages_that_hold_no_packet_are_refused() {
    let mut card = SimCard::new(CardProfile { ..example::profile() });
    for octets in ["", "d1", "d103820283", "d10482028381", "d503820283", "d10a820283810b0400000000"] {
        assert!(card.envelope(&hex::decode(octets).unwrap()).is_err(), "{octets}");
    }
    let mut rng = wire::seed::Seed(2).child("ota").rng();
    for _ in 0..20_000 {
        let garbage: Vec<u8> = (0..rng.below(80)).map(|_| rng.below(256) as u8).collect();
        let _ = card.envelope(&envelope(&garbage));
        let _ = card.envelope(&garbage);
    }
    assert_eq!(card.operator_plmns().unwrap().len(), 2);
}
