//! The worked examples of `+CRSM`, the settings of the service that live in files, and garbage.

use super::super::example::{card, plmn, profile};
use super::super::{
    AccessCondition, CardProfile, PhoneBook, PhoneBookEntry, PhoneBookError, SmsRecord, SmsStatus,
};
use super::super::{PinRef, SmsStoreError};
use super::*;

fn hexed(answer: Result<Vec<u8>, StatusWord>) -> String {
    answer.map_or_else(|status| format!("{},{}", status.sw1(), status.sw2()), hex::encode_upper)
}

#[test]
fn emergency_numbers_stand_in_the_files_of_both_generations() {
    let numbers = ["112", "999", "08", "123456", "911", "118"].map(|number| number.parse().unwrap());
    let card = SimCard::new(CardProfile { emergency_numbers: numbers.to_vec(), ..profile() });
    let records: Vec<String> = (1..=6).map(|record| hexed(card.read_record(0x6fb7, record))).collect();
    assert_eq!(records, ["11F2FF00", "99F9FF00", "80FFFF00", "21436500", "19F1FF00", "106,131"]);
}

#[test]
fn files_answer_as_in_the_examples() {
    let mut card = card();
    for text in ["208-10", "214-01"] {
        card.add_forbidden_plmn(plmn(text)).unwrap();
    }
    let rows = [
        ("IMSI", card.read_binary(28423, 0, 9), "082980100000000010"),
        ("ICCID", card.read_binary(12258, 0, 10), "983310000000000000F2"),
        ("FPLMN", card.read_binary(28539, 0, 12), "02F80112F410FFFFFFFFFFFF"),
        ("AD", card.read_binary(28589, 0, 4), "00000002"),
        ("SPN", card.read_binary(28486, 0, 17), "014F72616E6765FFFFFFFFFFFFFFFFFFFF"),
        ("HPLMNwAcT", card.read_binary(28514, 0, 5), "02F810C080"),
        ("HPPLMN", card.read_binary(28465, 0, 1), "0A"),
        ("ECC", card.read_record(28599, 1), "11F2FF00"),
        ("ACC", card.read_binary(28536, 0, 2), "0002"),
        ("SMS record 7", card.read_record(28476, 7), "106,131"),
        ("SMS record 0", card.read_record(28476, 0), "106,131"),
        ("no such file", card.read_binary(28670, 0, 1), "106,130"),
        ("a directory", card.read_binary(0x7f10, 0, 1), "105,134"),
        ("records as octets", card.read_binary(28476, 0, 1), "105,129"),
        ("octets as records", card.read_record(28423, 1), "105,129"),
        ("too much", card.read_binary(28423, 0, 10), "108,9"),
        ("behind the end", card.read_binary(28423, 9, 1), "107,0"),
        (
            "FCP of FPLMN",
            card.get_response(28539),
            "621C8202412183026F7BA5038001718A01058B036F06048002000C880168",
        ),
        (
            "FCP of SMS",
            card.get_response(28476),
            "621E8205422100B00683026F3CA5038001718A01058B036F0603800204208800",
        ),
        ("FCP of nothing", card.get_response(28670), "106,130"),
    ];
    for (name, answer, want) in rows {
        assert_eq!(hexed(answer), want, "{name}");
    }
    assert_eq!(card.update_binary(28539, 0, &[0xff; 12]), Ok(()));
    assert_eq!(card.forbidden_plmns(), Ok(vec![]));
    assert_eq!(card.get_response(0x7fff), Ok(card.status()));
}

#[test]
fn the_status_of_the_application_says_which_pins_are_enabled() {
    let mut card = card();
    assert!(hex::encode_upper(card.status()).ends_with("C60C90016083010183018183010A"));
    card.enable_pin1("0000");
    assert!(hex::encode_upper(card.status()).ends_with("C60C9001E083010183018183010A"));
    assert!(hex::encode_upper(card.status()).contains("8410A0000000871002"));
}

/// TS 31.102 4.2.8: service n is bit (n - 1) % 8 of octet (n - 1) / 8 + 1.
#[test]
fn the_service_table_names_what_the_card_offers() {
    let table = card().read_binary(0x6f38, 0, 0).unwrap();
    assert_eq!(hex::encode_upper(&table), "0A1E1D0C27B60000400010800000");
}

#[test]
fn the_access_rules_of_a_file_say_what_the_card_does() {
    let card = card();
    let rule = |fid| {
        let description = card.file(fid).unwrap();
        hex::encode_upper(card.read_record(0x6f06, description.access_rule_record()).unwrap())
    };
    let pin = "A406830101950108";
    assert!(rule(0x6f7b).starts_with(&format!("800101{pin}800102{pin}")));
    assert!(rule(0x6f3b).starts_with(&format!("800101{pin}800102A406830181950108")));
    assert!(rule(0x6f61).starts_with(&format!("800101{pin}800102A40683010A950108")));
    assert!(rule(0x2fe2).starts_with("80010190008001029700"));
}

/// Clause ICX-1.3.2.3f.
#[test]
fn the_phone_book_has_two_editable_records_and_refuses_a_third() {
    let mut card = card();
    let entry = PhoneBookEntry::new(&"+33639980002".parse().unwrap(), "SERVER");
    assert_eq!(card.phone_book_capacity(PhoneBook::Adn), 2);
    assert_eq!(card.write_phone_book(PhoneBook::Adn, None, &entry), Ok(1));
    assert_eq!(card.write_phone_book(PhoneBook::Adn, None, &entry), Ok(2));
    assert_eq!(card.write_phone_book(PhoneBook::Adn, None, &entry), Err(PhoneBookError::Full));
    let missing = card.write_phone_book(PhoneBook::Adn, Some(3), &entry);
    assert_eq!(missing, Err(PhoneBookError::Card(StatusWord::RECORD_NOT_FOUND)));
    assert_eq!(
        hexed(card.read_record(0x6f3a, 1)),
        "534552564552FFFFFFFFFFFFFFFF07913336990800F2FFFFFFFFFFFF"
    );
    card.delete_phone_book(PhoneBook::Adn, 1).unwrap();
    assert_eq!(card.phone_book(PhoneBook::Adn).unwrap(), [(2, entry.clone())]);
    assert_eq!(card.write_phone_book(PhoneBook::Adn, None, &entry), Ok(1));
}

/// Clause ICX-1.3.2.3g.
#[test]
fn ten_service_numbers_can_be_read_and_not_written() {
    let mut card = card();
    card.verify(PinRef::Pin2, "00000000");
    let numbers = card.phone_book(PhoneBook::Sdn).unwrap();
    assert_eq!(numbers.len(), 10);
    assert_eq!(numbers[9].1, PhoneBookEntry::new(&"3909".parse().unwrap(), "Service 9"));
    let refused = StatusWord::SECURITY_STATUS_NOT_SATISFIED;
    let write = card.write_phone_book(PhoneBook::Sdn, Some(1), &numbers[1].1);
    assert_eq!(write, Err(PhoneBookError::Card(refused)));
    assert_eq!(
        card.write_phone_book(PhoneBook::Sdn, None, &numbers[1].1),
        Err(PhoneBookError::Card(refused))
    );
    assert_eq!(card.delete_phone_book(PhoneBook::Sdn, 1), Err(refused));
    assert_eq!(card.phone_book(PhoneBook::Sdn).unwrap(), numbers);
}

/// Clause ICX-1.3.2.3h.
#[test]
fn two_fixed_dialling_numbers_are_written_only_after_pin2() {
    let mut card = card();
    let refused = StatusWord::SECURITY_STATUS_NOT_SATISFIED;
    let entry = PhoneBookEntry::new(&"+33123456789".parse().unwrap(), "");
    assert_eq!(card.phone_book_capacity(PhoneBook::Fdn), 2);
    assert_eq!(card.phone_book(PhoneBook::Fdn), Ok(vec![]), "reading needs no PIN2");
    assert_eq!(card.update_record(28475, 1, &[0; 28]), Err(refused));
    assert_eq!(card.write_phone_book(PhoneBook::Fdn, None, &entry), Err(PhoneBookError::Card(refused)));
    assert_eq!(card.set_fdn_enabled(true), Err(refused));
    card.verify(PinRef::Pin2, "0000");
    assert_eq!(card.write_phone_book(PhoneBook::Fdn, None, &entry), Err(PhoneBookError::Card(refused)));

    card.verify(PinRef::Pin2, "00000000");
    assert_eq!(card.write_phone_book(PhoneBook::Fdn, None, &entry), Ok(1));
    assert_eq!(card.write_phone_book(PhoneBook::Fdn, None, &entry), Ok(2));
    assert_eq!(card.write_phone_book(PhoneBook::Fdn, None, &entry), Err(PhoneBookError::Full));
    let other = "+33999999999".parse().unwrap();
    assert_eq!(card.fdn_allows(&other), Ok(true), "fixed dialling is off");
    card.set_fdn_enabled(true).unwrap();
    card.reset();
    assert_eq!(card.fdn_enabled(), Ok(true));
    assert_eq!(card.fdn_allows(&other), Ok(false));
    assert_eq!(card.fdn_allows(&"+33123456789".parse().unwrap()), Ok(true));
    assert_eq!(card.set_fdn_enabled(false), Err(refused), "a reset ends the session of PIN2");
}

/// Clause ICX-1.3.2.3i.
#[test]
fn six_messages_fit_and_a_seventh_once_one_is_deleted() {
    let mut card = card();
    let record = SmsRecord { status: SmsStatus::ReceivedUnread, pdu: vec![0; 20] };
    assert_eq!((card.sms_capacity(), card.sms_free()), (6, Ok(6)));
    for index in 1..=6 {
        assert_eq!(card.store_sms(&record), Ok(index));
    }
    assert_eq!((card.store_sms(&record), card.sms_free()), (Err(SmsStoreError::Full), Ok(0)));
    card.delete_sms(4).unwrap();
    assert_eq!(card.sms_free(), Ok(1));
    assert_eq!(card.store_sms(&record), Ok(4));
    assert_eq!(card.delete_sms(7), Err(StatusWord::RECORD_NOT_FOUND));
}

/// Clause ICX-1.3.2.3j.
#[test]
fn the_network_list_has_eighty_places_that_only_the_operator_writes() {
    let list: Vec<_> = (0..100).map(|n| (plmn(&format!("214-{n:02}")), 0x4000)).collect();
    let mut card = SimCard::new(CardProfile { operator_plmns: list.clone(), ..profile() });
    card.verify(PinRef::Pin2, "00000000");
    assert_eq!(card.operator_plmns().unwrap(), list[..80]);
    assert_eq!(card.file(28513).unwrap().structure, Structure::Transparent { size: 400 });
    let first = card.read_binary(28513, 0, 250).unwrap();
    let second = card.read_binary(28513, 250, 150).unwrap();
    assert_eq!((first.len(), second.len()), (250, 150));
    assert_eq!(hex::encode_upper(&first[..10]), "12F400400012F4104000");
    assert_eq!(card.read_binary(28513, 0, 0).unwrap().len(), 256, "one command carries no more");
    let refused = StatusWord::SECURITY_STATUS_NOT_SATISFIED;
    let entry = [0x12, 0xf4, 0x30, 0xc0, 0x80];
    assert_eq!(card.update_binary(28513, 0, &entry), Err(refused));
    assert_eq!(card.update_binary(28512, 0, &entry), Err(refused), "nor has the customer a list of his own");
    card.set_operator_plmns(&[(plmn("260-03"), 0xc080)]);
    assert_eq!(card.operator_plmns().unwrap(), [(plmn("260-03"), 0xc080)]);
    assert_eq!(hex::encode_upper(card.read_binary(28513, 5, 5).unwrap()), "FFFFFF0000");
}

#[test]
fn a_profile_may_give_the_customer_a_list_of_networks() {
    let mut card = SimCard::new(CardProfile { customer_plmn_edit: true, ..profile() });
    assert_eq!(card.update_binary(28512, 0, &[0x12, 0xf4, 0x30, 0xc0, 0x80]), Ok(()));
    assert_eq!(card.user_plmns().unwrap(), [(plmn("214-03"), 0xc080)]);
}

#[test]
fn identities_are_read_back_as_they_were_written() {
    let card = card();
    assert_eq!(card.iccid().as_str(), "8933010000000000002");
    assert_eq!(card.imsi().unwrap().as_str(), "208010000000001");
    assert_eq!(card.home(), Ok(plmn("208-01")));
    assert_eq!(card.own_number().unwrap().unwrap().as_str(), "+33639980001");
    assert_eq!(card.spn(), "Orange");
    let long = CardProfile { imsi: "310260000000001".parse().unwrap(), mnc_length: 3, ..profile() };
    assert_eq!(SimCard::new(long).home(), Ok(plmn("310-260")));
}

#[test]
fn nothing_that_asks_for_pin1_is_read_before_it() {
    let mut card = card();
    card.enable_pin1("0000");
    card.reset();
    let refused = StatusWord::SECURITY_STATUS_NOT_SATISFIED;
    for (place, description) in card.files.all() {
        let answer = match description.structure {
            Structure::Transparent { .. } => card.read_binary_at(place, 0, 0, Rights::Holder),
            Structure::LinearFixed { .. } | Structure::Cyclic { .. } => {
                card.read_record_at(place, 1, Rights::Holder)
            }
        };
        let open = description.read == AccessCondition::Always;
        assert_eq!(answer.is_ok(), open, "{}", description.name);
        assert!(open || answer == Err(refused), "{}", description.name);
    }
    assert_eq!(card.sms_free(), Err(refused));
    assert_eq!(card.operator_plmns(), Err(refused));
    assert_eq!(card.forbidden_plmns(), Err(refused));
}

#[test]
fn any_parameters_are_answered_without_panic() {
    let mut rng = wire::seed::Seed(6).child("files").rng();
    let mut card = card();
    card.verify(PinRef::Pin2, "00000000");
    let fids: Vec<u16> =
        card.files.all().map(|(place, _)| place.fid).chain([0x3f00, 0x7fff, 0x6ffe]).collect();
    for _ in 0..20_000 {
        let fid = fids[rng.below(fids.len() as u64) as usize];
        let offset = if rng.chance(900) { rng.below(500) } else { rng.below(0x1_0000) } as u16;
        let record = rng.below(12) as u8;
        let data: Vec<u8> = (0..rng.below(200)).map(|_| rng.below(256) as u8).collect();
        let _ = card.read_binary(fid, offset, rng.below(256) as u8);
        let _ = card.update_binary(fid, offset, &data);
        let _ = card.read_record(fid, record);
        if let Some(Structure::LinearFixed { record_size, .. }) = card.file(fid).map(|file| file.structure) {
            let garbage: Vec<u8> = (0..record_size).map(|_| rng.below(256) as u8).collect();
            let _ = card.update_record(fid, record, &garbage);
        }
        let _ = card.update_record(fid, record, &data);
    }
    // What the views make of a card full of garbage.
    let _ =
        (card.smsc(), card.sms_records(), card.phone_book(PhoneBook::Adn), card.phone_book(PhoneBook::Fdn));
    let _ = (card.forbidden_plmns(), card.last_registered_plmn(), card.own_number(), card.memory_exceeded());
    assert_eq!(
        card.imsi().unwrap().as_str(),
        "208010000000001",
        "what only the operator writes is untouched"
    );
    assert_eq!(card.operator_plmns().unwrap().len(), 2);
    assert_eq!(card.phone_book(PhoneBook::Sdn).unwrap().len(), 10);
}
