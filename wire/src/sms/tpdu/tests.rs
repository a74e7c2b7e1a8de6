//! The worked PDUs, both ways, and garbage. Every line of the tables was decoded by Wireshark 4.0.17 and by independent
//! libraries.

use super::*;
use crate::seed::{Rng, Seed};
use crate::sms::{
    Address, Concatenation, DataCoding, FailureCause, InformationElement, MessageClass, Ports, ProtocolId,
    ReportParameters, SmscPdu, Status, Timestamp, UserDataHeader, ValidityPeriod,
};
use Direction::{MobileToNetwork, NetworkToMobile};
use jiff::civil::date;

fn number(text: &str) -> Address {
    Address::from_number(&text.parse().unwrap())
}

fn peer() -> Address {
    number("+33639980002")
}

fn smsc() -> Option<Address> {
    Some(number("+33639989000"))
}

fn text(text: &str) -> UserData {
    UserData::text(text).unwrap()
}

fn with_header(text: &str, header: UserDataHeader) -> UserData {
    UserData::text_with(text, None, Some(header)).unwrap()
}

fn part(reference: u16, sequence: u8, wide: bool) -> UserDataHeader {
    UserDataHeader::concatenated(Concatenation { reference, total: 2, sequence, wide })
}

fn at(hour_zone: i8) -> Timestamp {
    Timestamp::from_civil(date(2026, 3, 14).at(9, 26, 53, 0), hour_zone)
}

struct Row<'a> {
    name: &'static str,
    length: usize,
    hex: &'static str,
    smsc: Option<Address>,
    tpdu: Tpdu,
    text: Option<&'a str>,
}

fn check(direction: Direction, rows: Vec<Row<'_>>) {
    for row in rows {
        let pdu = SmscPdu { smsc: row.smsc, tpdu: row.tpdu };
        assert_eq!(pdu.to_hex(), row.hex, "{} written", row.name);
        assert_eq!(pdu.tpdu_length(), row.length, "{} length", row.name);
        let read = SmscPdu::parse_hex(direction, row.hex, Some(row.length));
        assert_eq!(read.as_ref(), Ok(&pdu), "{} read", row.name);
        assert_eq!(pdu.tpdu.text().as_deref(), row.text, "{} text", row.name);
        assert_eq!(pdu.tpdu.direction(), direction, "{}", row.name);
    }
}

const S5_TEXT: (&str, &str) = ("Lab concat test: ", "0123456789");

#[test]
fn submit_lines_have_their_meaning_both_ways() {
    let plain = |data| Submit::new(peer(), data);
    let row = |name, length, hex, submit: Submit, text| Row {
        name,
        length,
        hex,
        smsc: None,
        tpdu: submit.into(),
        text,
    };
    let temperature = "Température élevée: 25°C";
    let flash = UserData::text_with("Alarm", Some(MessageClass::Class0), None).unwrap();
    let until = Timestamp::from_civil(date(2026, 3, 15).at(12, 0, 0, 0), 4);
    let extended = r#"{"t":21}[~|^\]€"#;
    check(
        MobileToNetwork,
        vec![
            row(
                "S1",
                22,
                "0001000B913336990800F200000AE8329BFD4697D9EC37",
                plain(text("hellohello")),
                Some("hellohello"),
            ),
            row(
                "S2",
                25,
                "00312A0B913336990800F20000A70CD4721BDE93C55C35D07309",
                Submit {
                    message_reference: 0x2a,
                    validity: Some(ValidityPeriod::RELATIVE_24H),
                    status_report_request: true,
                    ..plain(text("Temp=21.5 OK"))
                },
                Some("Temp=21.5 OK"),
            ),
            row(
                "S3",
                62,
                "0011000B913336990800F20008FF3000540065006D007000E9007200610074007500720065002000E9006C0065007600E90065003A00200032003500B00043",
                Submit { validity: Some(ValidityPeriod::Relative(0xff)), ..plain(text(temperature)) },
                Some(temperature),
            ),
            Row {
                smsc: smsc(),
                ..row(
                    "S4",
                    18,
                    "07913336999800F001000B913336990800F2001005417658DE06",
                    plain(flash),
                    Some("Alarm"),
                )
            },
            row(
                "S8",
                26,
                "0019050B913336990800F2000062305121000040065628282C9E03",
                Submit {
                    message_reference: 5,
                    validity: Some(ValidityPeriod::Absolute(until)),
                    ..plain(text("VP abs"))
                },
                Some("VP abs"),
            ),
            row(
                "S9",
                34,
                "0001000B913336990800F20000181B94882ED2C9629BD486B7E96D801BCAE6B5F16DCA",
                plain(text(extended)),
                Some(extended),
            ),
            row(
                "S10",
                16,
                "00010605816321F3000006536A905A9D02",
                Submit { message_reference: 6, ..Submit::new(number("36123"), text("STATUS")) },
                Some("STATUS"),
            ),
            row("S11", 17, "0001000B913336990800F2000804D83DDD25", plain(text("🔥")), Some("🔥")),
        ],
    );
}

#[test]
fn submit_lines_with_a_header_have_their_meaning_both_ways() {
    let row = |name, length, hex, message_reference, data, text| {
        let tpdu = Submit { message_reference, ..Submit::new(peer(), data) }.into();
        Row { name, length, hex, smsc: None, tpdu, text }
    };
    let long = format!("{}{}", S5_TEXT.0, S5_TEXT.1.repeat(20));
    let parts = crate::sms::concat::split_text(&long, None, crate::sms::Reference::Short(0xa5)).unwrap();
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[0].decoded_text().unwrap(), long[..153]);
    assert_eq!(parts[1], with_header(&long[153..], part(0xa5, 2, false)));
    let ports =
        UserDataHeader::new(&[InformationElement { id: 5, data: vec![0x3e, 0x80, 0x3e, 0x81] }]).unwrap();
    assert_eq!(ports.ports(), Some(Ports { destination: 16000, source: 16001, wide: true }));
    let binary = UserData::binary(DataCoding::EIGHT_BIT, Some(ports), vec![0xde, 0xad, 0xbe, 0xef]).unwrap();
    let tail = "6789012345678901234567890123456789012345678901234567890123456789";
    check(
        MobileToNetwork,
        vec![
            row(
                "S5a",
                153,
                "0041010B913336990800F20000A0050003A5020198613168FC768FC37410BD3CA7EB40B0986C46ABD96EB81C2C269BD16AB61B2E078BC966B49AED86CBC162B219AD66BBE172B0986C46ABD96EB81C2C269BD16AB61B2E078BC966B49AED86CBC162B219AD66BBE172B0986C46ABD96EB81C2C269BD16AB61B2E078BC966B49AED86CBC162B219AD66BBE172B0986C46ABD96EB81C2C269BD16A",
                1,
                parts[0].clone(),
                Some(&long[..153]),
            ),
            row(
                "S5b",
                76,
                "0041020B913336990800F2000047050003A502026C375C0E1693CD6835DB0D9783C564335ACD76C3E56031D98C56B3DD7039584C36A3D56C375C0E1693CD6835DB0D9783C564335ACD76C3E500",
                2,
                parts[1].clone(),
                Some(tail),
            ),
            row(
                "S6",
                27,
                "0041030B913336990800F200001006080412340202F0B09C0EA2DFDF",
                3,
                with_header("part two", part(0x1234, 2, true)),
                Some("part two"),
            ),
            row("S7", 24, "0041040B913336990800F200040B0605043E803E81DEADBEEF", 4, binary, None),
        ],
    );
}

#[test]
fn deliver_lines_have_their_meaning_both_ways() {
    let deliver = |zone, data| Deliver::new(peer(), at(zone), data);
    let row = |name, length, hex, deliver: Deliver, text| Row {
        name,
        length,
        hex,
        smsc: smsc(),
        tpdu: deliver.into(),
        text,
    };
    let packet = UserDataHeader::new(&[InformationElement { id: 0x70, data: vec![] }]);
    let payload = hex::decode("001015160115150000000000000000000000AA55").unwrap();
    let download = UserData::binary(DataCoding(0xf6), packet, payload).unwrap();
    let turkish = UserDataHeader::new(&[InformationElement { id: 0x24, data: vec![1] }]).unwrap();
    check(
        NetworkToMobile,
        vec![
            row(
                "D1",
                30,
                "07913336999800F0040B913336990800F20000623041906235800CC8F71D14969741F977FD07",
                deliver(8, text("How are you?")),
                Some("How are you?"),
            ),
            row(
                "D2",
                26,
                "07913336999800F0040BD04F79D87D2E0300006230419062354007D7327BFC6E9701",
                Deliver {
                    originator: Address::alphanumeric("Orange").unwrap(),
                    ..deliver(4, text("Welcome"))
                },
                Some("Welcome"),
            ),
            row(
                "D3",
                31,
                "07913336999800F0040B913336990800F20008623041906235690C041F04400438043204350442",
                deliver(-16, text("Привет")),
                Some("Привет"),
            ),
            row(
                "D4",
                30,
                "07913336999800F0400B913336990800F20000623041906235400C050003420202EE6F399B0C",
                Deliver { more_messages: true, ..deliver(4, with_header("world", part(0x42, 2, false))) },
                Some("world"),
            ),
            row(
                "D5",
                39,
                "07913336999800F04405816399F97FF66230419062354017027000001015160115150000000000000000000000AA55",
                Deliver {
                    originator: number("36999"),
                    pid: ProtocolId::SIM_DATA_DOWNLOAD,
                    ..deliver(4, download)
                },
                None,
            ),
            row(
                "D6",
                19,
                "07913336999800F0040B913336990800F240006230419062354000",
                Deliver { pid: ProtocolId::TYPE_0, ..deliver(4, text("")) },
                Some(""),
            ),
            row(
                "D7",
                19,
                "07913336999800F0040B913336990800F200C86230419062354000",
                deliver(4, UserData::empty(DataCoding(0xc8))),
                Some(""),
            ),
            row(
                "D8",
                25,
                "07913336999800F0440B913336990800F20000623041906235400603240101C003",
                deliver(4, with_header("x", turkish)),
                Some("x"),
            ),
        ],
    );
}

#[test]
fn status_report_lines_have_their_meaning_both_ways() {
    let submit = Submit { message_reference: 0x2a, ..Submit::new(peer(), text("")) };
    let row = |name, hex, minute_second: (i8, i8), status| {
        let discharge =
            Timestamp::from_civil(date(2026, 3, 14).at(9, minute_second.0, minute_second.1, 0), 4);
        let tpdu = StatusReport::new(&submit, at(4), discharge, status).into();
        Row { name, length: 25, hex, smsc: smsc(), tpdu, text: None }
    };
    let day_later = Timestamp::from_civil(date(2026, 3, 15).at(9, 27, 5, 0), 4);
    let mut expired = row(
        "R3",
        "07913336999800F0062A0B913336990800F2623041906235406230519072504046",
        (27, 5),
        Status::VALIDITY_PERIOD_EXPIRED,
    );
    expired.tpdu = StatusReport::new(&submit, at(4), day_later, Status::VALIDITY_PERIOD_EXPIRED).into();
    check(
        NetworkToMobile,
        vec![
            row(
                "R1",
                "07913336999800F0062A0B913336990800F2623041906235406230419072504000",
                (27, 5),
                Status::DELIVERED,
            ),
            row(
                "R2",
                "07913336999800F0062A0B913336990800F2623041906235406230419072504020",
                (27, 5),
                Status::TRYING_CONGESTION,
            ),
            expired,
        ],
    );
}

#[test]
fn a_delivery_carries_what_was_submitted() {
    let submit = Submit {
        pid: ProtocolId(0x41),
        status_report_request: true,
        reply_path: true,
        ..Submit::new(number("36123"), with_header("x", part(7, 1, false)))
    };
    let deliver = Deliver::from_submit(&submit, peer(), at(4));
    assert_eq!(deliver.user_data, submit.user_data);
    assert_eq!(
        (deliver.pid, deliver.reply_path, deliver.status_report_indication),
        (ProtocolId(0x41), true, true)
    );
    assert!(!deliver.more_messages);
    assert_eq!(deliver.to_octets()[0], 0b1110_0100, "RP, UDHI, SRI, no more messages");
}

#[test]
fn reports_have_the_octets_of_their_clauses_both_ways() {
    let parameters = ReportParameters {
        pid: Some(ProtocolId::SIM_DATA_DOWNLOAD),
        dcs: Some(DataCoding(0xf6)),
        user_data: Some(UserData::binary(DataCoding(0xf6), None, vec![1, 2]).unwrap()),
    };
    let text_only = ReportParameters { user_data: Some(text("ok")), ..ReportParameters::default() };
    let full = Some(FailureCause::SIM_STORAGE_FULL);
    let duplicate = Some(FailureCause::DUPLICATE_REJECTED);
    let submit_report = |failure, parameters| SubmitReport { failure, timestamp: at(4), parameters };
    let rows: [(&str, Direction, Tpdu, &str); 6] = [
        ("accepted", MobileToNetwork, DeliverReport::accepted().into(), "0000"),
        (
            "refused",
            MobileToNetwork,
            DeliverReport { failure: full, ..DeliverReport::accepted() }.into(),
            "00D000",
        ),
        (
            "card answer",
            MobileToNetwork,
            DeliverReport { failure: None, parameters }.into(),
            "00077FF6020102",
        ),
        (
            "text without coding",
            MobileToNetwork,
            DeliverReport { failure: None, parameters: text_only }.into(),
            "000402EF35",
        ),
        (
            "submitted",
            NetworkToMobile,
            submit_report(None, ReportParameters::default()).into(),
            "010062304190623540",
        ),
        (
            "duplicate",
            NetworkToMobile,
            submit_report(duplicate, ReportParameters::default()).into(),
            "01C50062304190623540",
        ),
    ];
    for (name, direction, tpdu, hex) in rows {
        assert_eq!(hex::encode_upper(tpdu.to_octets()), hex, "{name}");
        assert_eq!(Tpdu::parse(direction, &hex::decode(hex).unwrap()), Ok(tpdu), "{name}");
    }
}

#[test]
fn a_report_never_states_another_coding_than_its_user_data_has() {
    let data = UserData::binary(DataCoding::UCS2, None, vec![0, 0x41]).unwrap();
    for dcs in [None, Some(DataCoding::EIGHT_BIT)] {
        let parameters = ReportParameters { pid: None, dcs, user_data: Some(data.clone()) };
        let octets = DeliverReport { failure: None, parameters }.to_octets();
        assert_eq!(octets, [0x00, 0x06, 0x08, 0x02, 0x00, 0x41]);
    }
}

#[test]
fn what_is_not_a_tpdu_is_refused_for_its_reason() {
    let rows = [
        ("empty", MobileToNetwork, "", TpduError::Truncated { field: "first octet" }),
        ("reserved", NetworkToMobile, "07", TpduError::ReservedMessageType),
        ("no reference", MobileToNetwork, "01", TpduError::Truncated { field: "message reference" }),
        ("address", MobileToNetwork, "010015", TpduError::AddressTooLong { semi_octets: 21 }),
        ("validity", MobileToNetwork, "1900008100000102", TpduError::Truncated { field: "validity period" }),
        ("user data", MobileToNetwork, "01000081000005E832", TpduError::Truncated { field: "user data" }),
        ("141 octets", MobileToNetwork, "0100008100048D", TpduError::UserDataTooLong { octets: 141 }),
        ("161 septets", MobileToNetwork, "010000810000A1", TpduError::UserDataTooLong { octets: 141 }),
        ("no header", MobileToNetwork, "41000081000400", TpduError::HeaderTooLong),
        ("long header", MobileToNetwork, "41000081000402 0500", TpduError::HeaderTooLong),
        ("header over septets", MobileToNetwork, "4100008100000101", TpduError::HeaderTooLong),
        ("trailing", MobileToNetwork, "0100008100000000", TpduError::TrailingOctets { count: 1 }),
    ];
    for (name, direction, hex, error) in rows {
        let octets = hex::decode(hex.replace(' ', "")).unwrap();
        assert_eq!(Tpdu::parse(direction, &octets), Err(error), "{name}");
    }
}

const WORKED: [(Direction, &str); 8] = [
    (MobileToNetwork, "312A0B913336990800F20000A70CD4721BDE93C55C35D07309"),
    (MobileToNetwork, "41030B913336990800F200001006080412340202F0B09C0EA2DFDF"),
    (MobileToNetwork, "19050B913336990800F2000062305121000040065628282C9E03"),
    (NetworkToMobile, "040B913336990800F20008623041906235690C041F04400438043204350442"),
    (NetworkToMobile, "4405816399F97FF66230419062354017027000001015160115150000000000000000000000AA55"),
    (NetworkToMobile, "062A0B913336990800F2623041906235406230419072504000"),
    (NetworkToMobile, "01C50762304190623540000004D83DDD25"),
    (MobileToNetwork, "00D3077FF6020102"),
];

/// What could be read must be written so that it is read as the same again.
fn check_stable(octets: &[u8]) {
    for direction in [MobileToNetwork, NetworkToMobile] {
        if let Ok(tpdu) = Tpdu::parse(direction, octets) {
            let _ = tpdu.text();
            assert_eq!(Tpdu::parse(direction, &tpdu.to_octets()), Ok(tpdu), "{}", hex::encode(octets));
        }
        if let Ok(pdu) = SmscPdu::parse(direction, octets) {
            assert_eq!(SmscPdu::parse(direction, &pdu.to_octets()), Ok(pdu), "{}", hex::encode(octets));
        }
        let _ = SmscPdu::parse_record(direction, octets);
    }
}

fn random(rng: &mut Rng, length: u64, bound: u64) -> Vec<u8> {
    (0..rng.below(length)).map(|_| rng.below(bound) as u8).collect()
}

#[test]
fn garbage_never_panics_and_what_is_read_is_written_the_same() {
    let mut rng = Seed(7).child("tpdu").rng();
    for _ in 0..20_000 {
        check_stable(&random(&mut rng, 40, 256));
        check_stable(&random(&mut rng, 40, 8));
    }
}

#[test]
fn truncated_and_damaged_messages_never_panic() {
    let mut rng = Seed(8).child("tpdu").rng();
    for (direction, hex) in WORKED {
        let octets = hex::decode(hex).unwrap();
        assert!(Tpdu::parse(direction, &octets).is_ok() || hex.starts_with("01C5"), "{hex}");
        for cut in 0..octets.len() {
            check_stable(&octets[..cut]);
        }
        for _ in 0..2000 {
            let mut damaged = octets.clone();
            for _ in 0..rng.between(1, 3) {
                let index = rng.below(damaged.len() as u64) as usize;
                damaged[index] = rng.below(256) as u8;
            }
            check_stable(&damaged);
        }
    }
}
