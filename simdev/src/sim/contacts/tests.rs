//! What was written down is played to a twin of the card, which has to give the same answers.

use super::*;
use crate::sim::example::{PUK1, card, plmn};
use crate::sim::{EpsUpdateStatus, PhoneBook, PhoneBookEntry, SmsRecord, SmsStatus};
use wire::milenage::{AMF_EPS, Milenage, Sqn};

const RAND: Rand = [0x5a; 16];

fn watched() -> SimCard {
    let mut card = card();
    card.watch(true);
    card
}

fn twin() -> SimCard {
    card()
}

/// Plays exchanges to a card that is like the first one was.
#[track_caller]
fn play(mut twin: SimCard, exchanges: &[Exchange]) {
    for Exchange { command, answer, after_reset } in exchanges {
        if *after_reset {
            twin.reset();
        }
        let twins = hex::encode_upper(twin.apdu(command));
        assert_eq!(twins, hex::encode_upper(answer), "{}", hex::encode_upper(command));
    }
}

fn commands(card: &mut SimCard) -> Vec<String> {
    card.take_exchanges().iter().map(|exchange| hex::encode_upper(&exchange.command)).collect()
}

fn restricted(command: u32, file: Option<u16>, p3: u8, path: &str) -> RestrictedAccess {
    let path = (!path.is_empty()).then(|| hex::decode(path).unwrap());
    RestrictedAccess { command, file, p3, path, ..RestrictedAccess::default() }
}

#[test]
fn a_file_is_selected_on_the_channel_of_the_modem_and_read() {
    let mut card = watched();
    card.imsi().unwrap();
    card.read_binary(0x6f07, 0, 1).unwrap();
    card.read_binary(0x2fe2, 0, 0).unwrap();
    assert_eq!(
        commands(&mut card),
        [
            "0070000400",
            "40A4040C10A0000000871002FF33FF018900000100",
            "40A4080C047FFF6F07",
            "40B0000000",
            "40B0000001",
            "40A4080C022FE2",
            "40B0000000",
        ]
    );
}

#[test]
fn a_twin_answers_what_the_modem_does_as_the_card_did() {
    let mut card = watched();
    card.reset();
    card.terminal_profile(&[0x13, 0x00, 0x80]);
    card.home().unwrap();
    card.set_last_registered(plmn("208-01"), 0x64, EpsUpdateStatus::Updated).unwrap();
    card.add_forbidden_plmn(plmn("208-10")).unwrap();
    card.write_phone_book(
        PhoneBook::Adn,
        Some(1),
        &PhoneBookEntry::new(&"+33639980009".parse().unwrap(), "A"),
    )
    .unwrap();
    card.phone_book(PhoneBook::Sdn).unwrap();
    let record = SmsRecord { status: SmsStatus::ReceivedUnread, pdu: vec![0; 20] };
    card.store_sms(&record).unwrap();
    card.read_record(0x6f3a, 99).unwrap_err();
    card.read_binary(0x6f07, 0, 200).unwrap_err();
    card.read_binary(0x6fff, 0, 0).unwrap_err();
    card.update_binary(0x6f07, 0, &[1]).unwrap_err();
    let exchanges = card.take_exchanges();
    assert!(exchanges[0].after_reset && !exchanges[1].after_reset);
    assert!(exchanges.len() > 30, "{}", exchanges.len());
    assert!(exchanges.iter().all(Exchange::is_well_formed));
    play(twin(), &exchanges);
}

#[test]
fn a_twin_answers_pins_and_challenges_as_the_card_did() {
    let mut card = watched();
    card.enable_pin1("0000");
    card.change(PinRef::Pin1, "0000", "4711");
    card.reset();
    card.imsi().unwrap_err();
    for pin in ["", "1", "2", "3", "4"] {
        card.verify(PinRef::Pin1, pin);
    }
    card.verify(PinRef::Pin1, "too long for it");
    card.unblock(PinRef::Pin1, "00000000", "1111");
    card.unblock(PinRef::Pin1, PUK1, "1111");
    card.verify(PinRef::Pin2, "00000000");
    card.disable_pin1("1111");
    let milenage = Milenage::derived(&"208010000000001".parse().unwrap());
    let autn = milenage.challenge(&RAND, Sqn::new(1, 0), AMF_EPS).0;
    card.authenticate(&RAND, &autn).unwrap();
    card.authenticate(&RAND, &autn).unwrap();
    card.authenticate(&RAND, &[7; 16]).unwrap_err();
    card.authenticate_gsm(&RAND).unwrap();
    let exchanges = card.take_exchanges();
    let pairs = exchanges.iter().map(|exchange| (exchange.command[1], exchange.answer.len()));
    let challenges: Vec<_> = pairs.filter(|(instruction, _)| matches!(instruction, 0x88 | 0xc0)).collect();
    assert_eq!(challenges, [(0x88, 2), (0xc0, 55), (0x88, 2), (0xc0, 18), (0x88, 2), (0x88, 2), (0xc0, 16)]);
    play(twin(), &exchanges);
}

#[test]
fn a_twin_answers_restricted_access_as_the_card_did() {
    let mut card = watched();
    let update = RestrictedAccess { data: vec![0xff; 12], ..restricted(214, Some(0x6f7b), 12, "") };
    for access in [
        restricted(176, Some(0x6f07), 0, ""),
        restricted(178, Some(0x6f3a), 28, "3F007F10"),
        restricted(192, Some(0x6f07), 0, ""),
        restricted(192, Some(0x6fff), 0, ""),
        restricted(176, Some(0x6f07), 9, "7F10"),
        restricted(176, Some(0x6f07), 9, "3F007F107F20"),
        restricted(242, None, 0, ""),
        restricted(242, Some(0x3f00), 0, ""),
        restricted(192, Some(0x7f10), 0, ""),
        restricted(203, Some(0x6f07), 0, ""),
        restricted(176, Some(0x6f07), 99, ""),
        update.clone(),
    ] {
        let _ = card.restricted_access(&access);
    }
    let exchanges = card.take_exchanges();
    assert!(exchanges.iter().all(Exchange::is_well_formed));
    play(twin(), &exchanges);
    // What no command can carry does not reach the card.
    for access in [RestrictedAccess { p3: 11, ..update }, restricted(1, Some(0x6f07), 0, "")] {
        card.restricted_access(&access).unwrap_err();
    }
    assert_eq!(card.take_exchanges(), []);
}

#[test]
fn what_the_host_has_selected_stays_while_the_modem_reads() {
    let mut card = watched();
    let host = |card: &mut SimCard, command: &str| card.apdu(&hex::decode(command).unwrap());
    host(&mut card, "00A4000C026F7B");
    card.imsi().unwrap();
    host(&mut card, "00B000000C");
    let number = card.open_channel().unwrap();
    host(&mut card, "01A4040C07A0000000871002");
    host(&mut card, "A0A40000023F00");
    host(&mut card, "00A4");
    card.close_channel(number).unwrap();
    card.close_channel(number).unwrap_err();
    let exchanges = card.take_exchanges();
    play(twin(), &exchanges);
    let odd = exchanges.iter().filter(|exchange| !exchange.is_well_formed());
    assert_eq!(odd.map(|exchange| exchange.command.as_slice()).collect::<Vec<_>>(), [[0x00, 0xa4]]);
}

#[test]
fn nothing_is_written_down_for_nobody_and_a_command_of_the_host_once() {
    let mut card = card();
    card.imsi().unwrap();
    assert_eq!(card.take_exchanges(), []);
    card.watch(true);
    card.apdu(&hex::decode("8010000003130080").unwrap());
    card.apdu(&hex::decode("80C2000002D100").unwrap());
    assert_eq!(commands(&mut card), ["8010000003130080", "80C2000002D100"]);
    assert_eq!(card.envelope(&[0xd1, 0]), Err(StatusWord::INCORRECT_DATA));
    let [envelope] = &card.take_exchanges()[..] else { panic!() };
    assert!(!envelope.is_well_formed(), "{envelope:?}");
    card.watch(false);
    card.imsi().unwrap();
    assert_eq!(card.take_exchanges(), []);
}
