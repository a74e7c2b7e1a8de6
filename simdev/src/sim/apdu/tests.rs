//! Commands and answers in octets, in the order in which a host sends them.

use super::*;
use crate::sim::PinState;
use crate::sim::example::{PUK2, card};
use crate::sim::pin::PinRef;

fn send(card: &mut SimCard, command: &str) -> String {
    hex::encode_upper(card.apdu(&hex::decode(command.replace(' ', "")).unwrap()))
}

#[track_caller]
fn exchange(card: &mut SimCard, rows: &[(&str, &str)]) {
    for (command, answer) in rows {
        assert_eq!(send(card, command), answer.replace(' ', ""), "{command}");
    }
}

#[test]
fn files_are_selected_read_and_written() {
    exchange(
        &mut card(),
        &[
            ("00B0000009", "6986"),
            ("00A40004026F07", "611E"),
            ("00C000001E", "621C8202412183026F07A5038001718A01058B036F0605800200098801389000"),
            ("00C0000000", "6985"),
            ("00B0000009", "0829801000000000109000"),
            ("00B000000A", "6C09"),
            ("00D6000001FF", "6982"),
            ("00B0870009", "0829801000000000109000"),
            ("00A40804047FFF6F7B", "611E"),
            ("00A4040C07A0000000871002", "9000"),
            ("00A4040C07A0000000871003", "6A82"),
            ("00A4000C026F3C", "9000"),
            ("00B20704B0", "6A83"),
            ("00B20104AF", "6CB0"),
            ("00B2010100", "6A86"),
            ("00A4000C026FFE", "6A82"),
            ("0044000000", "6D00"),
            ("0144000000", "6881"),
            ("4144000000", "6881"),
            ("0444000000", "6882"),
            ("10A40000023F00", "6E00"),
            ("80A40000023F00", "6E00"),
            ("00A4", "6700"),
        ],
    );
}

/// TS 102 221 8.4: from the telecom directory its files, the directories beside it and the application are in reach.
#[test]
fn directories_are_walked_and_hide_the_files_of_others() {
    exchange(
        &mut card(),
        &[
            ("00A4000C023F00", "9000"),
            ("00A4000C026F07", "6A82"),
            ("00A4000C022FE2", "9000"),
            ("00B0000000", "983310000000000000F2 9000"),
            ("00A4000C027F10", "9000"),
            ("00A4000C026F3A", "9000"),
            ("00A4000C027F20", "9000"),
            ("00A4000C026F3A", "6A82"),
            ("00A4000C026F07", "9000"),
            ("00B0000009", "082980100000000010 9000"),
            ("00A4080C047F106F3A", "9000"),
            ("00A4080C063F007F106F3A", "6A82"),
            ("00A4080C047F106F07", "6A82"),
            ("00A4080C036F07FF", "6700"),
            ("00A4030C", "9000"),
            ("80F2000C", "9000"),
            ("00A4010C027F20", "9000"),
            ("00A4010C027F10", "6A82"),
            ("00A4090C027F10", "6A82"),
            ("00A4020C027F20", "6A86"),
        ],
    );
    let mut card = card();
    assert_eq!(send(&mut card, "00A4000402 3F00").len(), 4);
    let template = send(&mut card, "00C0000000");
    assert!(template.starts_with("62") && template.contains("83023F00") && template.contains("C60C9001"));
    assert_eq!(
        send(&mut card, "80F2000100"),
        format!("8410{}9000", hex::encode_upper(super::super::files::USIM_AID))
    );
    assert_eq!(send(&mut card, "80F2000003"), format!("6C{:02X}", (template.len() - 4) / 2));
    assert_eq!(send(&mut card, "00F2000000"), "6E00", "STATUS is of class 80");
}

#[test]
fn records_are_walked_with_the_pointer() {
    exchange(
        &mut card(),
        &[
            ("00A4000C026F49", "9000"),
            ("00B200041C", "6A83"),
            ("00B200021C", "53657276696365203 0FFFFFFFFFF 03819300FFFFFFFFFFFFFFFFFFFF 9000"),
            ("00B200021C", "53657276696365203 1FFFFFFFFFF 03819310FFFFFFFFFFFFFFFFFFFF 9000"),
            ("00B200041C", "53657276696365203 1FFFFFFFFFF 03819310FFFFFFFFFFFFFFFFFFFF 9000"),
            ("00B20A041C", "53657276696365203 9FFFFFFFFFF 03819390FFFFFFFFFFFFFFFFFFFF 9000"),
            ("00B200031C", "53657276696365203 0FFFFFFFFFF 03819300FFFFFFFFFFFFFFFFFFFF 9000"),
            ("00B200031C", "6A83"),
            ("00A4000C026F49", "9000"),
            ("00B200031C", "53657276696365203 9FFFFFFFFFF 03819390FFFFFFFFFFFFFFFFFFFF 9000"),
            ("00B200021C", "6A83"),
            // 3903 is in one record, 39 in all, from the fifth backward in five.
            ("00A201040 2 9330", "6101"),
            ("00C0000001", "04 9000"),
            ("00A201040 3 819310", "6101"),
            ("00A205050 2 0381", "6105"),
            ("00C0000005", "0504030201 9000"),
            ("00A201040 2 0000", "6282"),
            ("00A2000602 0400", "6700"),
            ("00A2000604 040E 0381", "6106"),
            ("00A2000604 060E 0381", "6105"),
            ("00A2000604 050E 0381", "6106"),
            ("00A2000604 0C FF 0381", "6105"),
            ("00A20B0401 03", "6A83"),
            ("00A4000C026F7B", "9000"),
            ("00A2010401 03", "6981"),
        ],
    );
}

#[test]
fn a_meter_is_increased_in_a_ring() {
    exchange(
        &mut card(),
        &[
            ("00A4000C026F39", "9000"),
            ("00B2010403", "000000 9000"),
            ("80320000 03 0000FF", "6106"),
            ("00C0000006", "0000FF0000FF 9000"),
            ("80320000 02 0102", "6105"),
            ("00B2010403", "000201 9000"),
            ("00B2020403", "0000FF 9000"),
            ("80320000 03 FFFFFF", "9850"),
            ("80320000 04 00000001", "6700"),
            ("00DC0003 03 000000", "6982"),
            ("00DC0104 03 000000", "6981"),
            ("00200081 08 3030303030303030", "9000"),
            ("00DC0003 03 000007", "9000"),
            ("00B2010403", "000007 9000"),
            ("00B2030403", "0000FF 9000"),
            ("00A4000C026F3C", "9000"),
            ("80320000 01 01", "6981"),
            ("00320000 01 01", "6E00"),
        ],
    );
}

#[test]
fn pins_are_presented_as_eight_octets() {
    let mut card = card();
    exchange(
        &mut card,
        &[
            ("0020000100", "63C3"),
            ("0020008100", "63C3"),
            ("00200081 08 30303030FFFFFFFF", "63C2"),
            ("00200081 08 3030303030303030", "9000"),
            ("00240081 10 3030303030303030 31323334FFFFFFFF", "9000"),
            ("00200001 08 30303030FFFFFFFF", "6984"),
            ("00280001 08 30303030FFFFFFFF", "9000"),
            ("00260001 08 30303030FFFFFFFF", "9000"),
            ("00280081 08 31323334FFFFFFFF", "6A81"),
            ("0020000A 08 3030303030303030", "6A88"),
            ("00200081 04 30303030", "6700"),
            ("002C008100", "63CA"),
        ],
    );
    let unblock = format!("002C0081 10 {} 3030303030303030", hex::encode(PUK2));
    assert_eq!(send(&mut card, &unblock), "9000");
    assert_eq!(card.pin_state(PinRef::Pin2), PinState::Verified);
}

/// The challenge is another implementation's: TS 35.208 set 1 with SQN 1, which this card's array takes for SEQ 0, and
/// so asks for synchronisation; its GSM answer and its response are those of the set.
#[test]
fn a_challenge_is_answered_in_both_contexts() {
    let k = "465b5ce8b199b49faa5f0a2ee238a6bc".parse().unwrap();
    let milenage = wire::milenage::Milenage::with_op(k, &"cdc202d5123e20f62b6d676ac72cb318".parse().unwrap());
    let profile = crate::sim::CardProfile { milenage: milenage.clone(), ..crate::sim::example::profile() };
    let mut card = SimCard::new(profile);
    let rand = "23553CBE9637A89D218AE64DAE47BF35";
    let octets: [u8; 16] = hex::decode(rand).unwrap().try_into().unwrap();
    let sqn = wire::milenage::Sqn::new(1, 1);
    let autn = hex::encode_upper(milenage.challenge(&octets, sqn, wire::milenage::AMF_EPS).0);
    let answer = "DB 08A54211D5E3BA50BF 10B40BA9A3C58B2A05BBF0D987B21BF8CB 10F769BCD751044604127672711C6D3441 \
                  08EAE4BE823AF9A08B 9000";
    let challenge = format!("00880081 22 10{rand} 10{autn}");
    let gsm = format!("00880080 11 10{rand}");
    exchange(
        &mut card,
        &[
            (&challenge, "6135"),
            ("00C0000035", answer),
            (&challenge, "6110"),
            (&gsm, "610E"),
            ("00C000000E", "04 46F8416A 08 EAE4BE823AF9A08B 9000"),
            ("00880081 22 10AA6489C64837180000F48B60145BEACF 10AA6489C64837180000F48B60145BEACF", "9862"),
            ("00880081 11 10AA6489C64837180000F48B60145BEACF", "6700"),
            ("00880082 00", "9864"),
            ("00880181 00", "6A86"),
        ],
    );
    assert!(
        send(&mut card, "00880081 22 1023553CBE9637A89D218AE64DAE47BF3510AA689C6483718000F48B60145BEACF8E")
            .starts_with("61")
    );
    assert!(send(&mut card, "00C0000000").starts_with("DC0E"));
}

#[test]
fn channels_are_opened_used_and_closed() {
    exchange(
        &mut card(),
        &[
            ("01A4000C023F00", "6881"),
            ("0070000001", "01 9000"),
            ("01A4000C026F07", "6A82"),
            ("01A4040C07A0000000871002", "9000"),
            ("01B0870009", "082980100000000010 9000"),
            ("00B0000009", "6986"),
            ("0070000001", "02 9000"),
            ("0070000001", "03 9000"),
            ("0070000001", "6A81"),
            ("00708002", "9000"),
            ("02A4000C023F00", "6881"),
            ("00700002", "9000"),
            ("00700002", "6A85"),
            ("00708000", "6A86"),
            ("00708003", "9000"),
            ("00708003", "6881"),
        ],
    );
}

/// TS 51.011 clauses 8 and 9; the answer to SELECT of EF_FPLMN has the octets of the worked example but for the access
/// conditions, which are CHV1 for both here.
#[test]
fn a_2g_mobile_finds_its_directories_and_words() {
    exchange(
        &mut card(),
        &[
            ("A0B0000009", "9400"),
            ("A0A40000026F07", "9404"),
            ("A0A40000027F20", "9F16"),
            ("A0C0000016", "00000000 7F20 02 0000000000 09 93 00 19 04 00 838A838A 9000"),
            ("A0A40000026F7B", "9F0F"),
            ("A0C000000F", "0000000C6F7B04 00 11FF44 01 02 00 00 9000"),
            ("A0B000000C", "FFFFFFFFFFFFFFFFFFFFFFFF 9000"),
            ("A0B000000D", "670C"),
            ("A0B0000D01", "6B00"),
            ("A0B2010401", "9408"),
            ("A0A40000026F61", "9F0F"),
            ("A0D600000 1 00", "9804"),
            ("A0A40000027F10", "9F16"),
            ("A0A40000026F3A", "9F0F"),
            ("A0B2010403", "671C"),
            ("A0B203041C", "9402"),
            ("A0A20000 01 53", "9404"),
            ("A0A40000026F49", "9F0F"),
            ("A0A21000 01 53", "6B00"),
            ("A0A20010 02 9330", "9F01"),
            ("A0C0000001", "04 9000"),
            ("A0200001 08 30303030FFFFFFFF", "9808"),
            ("A0200002 08 30303030FFFFFFFF", "9804"),
            ("A0200002 08 31303030FFFFFFFF", "9804"),
            ("A0200002 08 32303030FFFFFFFF", "9840"),
            ("A0200002 08 3030303030303030", "9840"),
            ("A0200003 08 3030303030303030", "6B00"),
            ("A0880000 10 23553CBE9637A89D218AE64DAE47BF35", "9400"),
            ("A0A40000027FFF", "9404"),
            ("A0A40000027F20", "9F16"),
            ("A0880000 10 23553CBE9637A89D218AE64DAE47BF35", "9F0C"),
            ("A0FF000000", "6D00"),
            ("A0F2000016", "00000000 7F20 02 0000000000 09 93 00 19 04 00 838A 808A 9000"),
        ],
    );
}

#[test]
fn any_command_is_answered_with_a_status_word() {
    let mut rng = wire::seed::Seed(4).child("apdu").rng();
    let instructions = [
        0xa4, 0xb0, 0xb2, 0xc0, 0xd6, 0xdc, 0xf2, 0x20, 0x24, 0x26, 0x28, 0x2c, 0xa2, 0x32, 0x70, 0x88, 0x10,
        0xc2, 0x12, 0x14, 0xcb, 0xdb,
    ];
    let fids = [0x6f07u16, 0x6f3c, 0x6f61, 0x7fff, 0x6f3b, 0x7f10, 0x7f20, 0x3f00, 0x6f39, 0x6f44];
    let classes = [0x00, 0x01, 0x80, 0x81, 0xa0];
    let mut card = card();
    let size = format!("{card:?}").len();
    for round in 0..60_000 {
        let mut command: Vec<u8> = (0..rng.below(40)).map(|_| rng.below(256) as u8).collect();
        if round % 4 != 0 {
            let class = classes[rng.below(classes.len() as u64) as usize];
            let instruction = instructions[rng.below(instructions.len() as u64) as usize];
            command.splice(..command.len().min(2), [class, instruction]);
            if round % 2 == 0 && command.len() > 5 {
                command[4] = (command.len() - 5) as u8;
                command[2] = rng.below(4) as u8;
                command[3] = rng.below(8) as u8;
            }
        }
        if round % 3 == 0 {
            command = vec![classes[rng.below(5) as usize], 0xa4, 0, 4, 2];
            command.extend(fids[rng.below(fids.len() as u64) as usize].to_be_bytes());
        }
        let answer = card.apdu(&command);
        assert!((2..=258).contains(&answer.len()), "{command:02x?}");
    }
    assert_eq!(card.operator_plmns().map_or(2, |list| list.len()), 2, "nothing was written that may not be");
    assert!(format!("{card:?}").len() < 2 * size, "the card has grown");
}
