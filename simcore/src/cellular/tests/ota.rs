//! The server for cards: what a packet is made of, and what an answer becomes.

use super::*;
use wire::ota::{OtaKeys, RefreshKind, ResponsePacket, ResponseStatus, Script, SealedCommand, Security};
use wire::sms::{
    CpBody, CpMessage, DataCoding, DeliverReport, Direction as Way, ProtocolId, ReportParameters, RpMessage,
    RpUserData, Tpdu, UserData, UserDataHeader,
};

fn keys() -> OtaKeys {
    OtaKeys::derived(&"8933010000000000001".parse().unwrap())
}

/// The packet of the message that is under way, and the CP message that carried it.
fn delivered(t: &mut Timeline) -> (SealedCommand, CpMessage, u8) {
    t.pass(secs(3));
    let heard = t.heard(VOICE).into_iter().filter_map(|message| {
        if let NasDown::Sms(octets) = message { CpMessage::parse(&octets).ok() } else { None }
    });
    let cp = heard.into_iter().find(|cp| matches!(cp.body, CpBody::Data(_))).expect("no message");
    let CpBody::Data(data) = &cp.body else { panic!() };
    let Ok(RpMessage::Data { reference, user_data, .. }) =
        RpMessage::parse(Way::NetworkToMobile, data.as_slice())
    else {
        panic!()
    };
    let Ok(Tpdu::Deliver(deliver)) = user_data.tpdu(Way::NetworkToMobile) else { panic!() };
    assert_eq!((deliver.pid, deliver.user_data.dcs()), (ProtocolId(0x7f), DataCoding(0xf6)));
    assert_eq!(deliver.user_data.header().unwrap().octets(), [0x70, 0]);
    (SealedCommand::parse(deliver.user_data.payload().octets()).unwrap(), cp, reference)
}

fn answer(t: &mut Timeline, cp: &CpMessage, reference: u8, response: &[u8]) {
    let header = UserDataHeader::from_octets(vec![0x71, 0]);
    let user_data = UserData::binary(DataCoding(0xf6), header, response.to_vec()).unwrap();
    let parameters = ReportParameters {
        pid: Some(ProtocolId(0x7f)),
        dcs: Some(DataCoding(0xf6)),
        user_data: Some(user_data),
    };
    let report = Tpdu::DeliverReport(DeliverReport { failure: None, parameters });
    let ack = RpMessage::Ack { reference, user_data: Some(RpUserData::from(report)) };
    let message = CpMessage::data(cp.transaction.opposite(), &ack, Way::MobileToNetwork);
    t.up(VOICE, FRANCE, NasUp::Sms(message.to_octets()));
    t.pass(secs(1));
}

fn response(status: ResponseStatus, data: &[u8]) -> Vec<u8> {
    ResponsePacket { tar: [0xb0, 0, 0x11], counter: 1, status, data: data.to_vec() }
        .seal(&keys(), Security::FULL.proof)
}

#[test]
fn an_update_is_a_secured_packet_and_its_answer_is_kept() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.codes();
    let now = t.now();
    t.core.ota_update(now, &VOICE.imsi(), 0x6f61, &[0x12, 0xf4, 0x70, 0xc0, 0x80], None).unwrap();
    let (sealed, cp, reference) = delivered(&mut t);
    let packet = sealed.open(&keys()).unwrap();
    assert_eq!((packet.counter, packet.security), (1, Security::FULL));
    let script = Script::parse(&packet.data).unwrap();
    assert_eq!(hex::encode(script.to_octets()), "00a40004026f6100d600000512f470c080");
    answer(&mut t, &cp, reference, &response(ResponseStatus::OK, &[2, 0x90, 0x00]));
    let answers = t.core.ota_answers(&VOICE.imsi());
    assert_eq!(answers[0].response.as_ref().unwrap().data, [2, 0x90, 0x00]);
    assert_eq!(t.codes(), ["sms-accepted", "ota-sent", "ota-carried-out", "sms-delivered"]);
}

#[test]
fn a_long_file_takes_several_messages_and_each_a_new_counter() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let now = t.now();
    let messages = t.core.ota_update(now, &VOICE.imsi(), 0x6f61, &[0xff; 400], None).unwrap();
    assert_eq!(messages.len(), 5);
    for counter in 1..=5 {
        let (sealed, cp, reference) = delivered(&mut t);
        assert_eq!(sealed.open(&keys()).unwrap().counter, counter);
        answer(&mut t, &cp, reference, &response(ResponseStatus::OK, &[]));
    }
    t.core.ota_refresh(t.now(), &VOICE.imsi(), RefreshKind::SteeringOfRoaming, &[]).unwrap();
    let (sealed, ..) = delivered(&mut t);
    let packet = sealed.open(&keys()).unwrap();
    assert_eq!(hex::encode(packet.data), "aa0b8109810301010782028182");
}

#[test]
fn an_answer_that_is_not_the_cards_is_none() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let now = t.now();
    for _ in 0..2 {
        t.core.ota_update(now, &VOICE.imsi(), 0x6f31, &[1], Some(OtaFault::WrongKey)).unwrap();
    }
    let (sealed, cp, reference) = delivered(&mut t);
    assert!(sealed.open(&keys()).is_err());
    let mut bent = response(ResponseStatus::OK, &[]);
    bent[14] ^= 1;
    t.codes();
    answer(&mut t, &cp, reference, &bent);
    assert_eq!(t.codes()[0], "ota-no-answer");
    // The card does not sign what it cannot trust.
    let (_, cp, reference) = delivered(&mut t);
    let plain = ResponsePacket {
        tar: [0xb0, 0, 0x11],
        counter: 0,
        status: ResponseStatus::CHECKSUM_FAILED,
        data: Vec::new(),
    };
    answer(&mut t, &cp, reference, &plain.seal(&keys(), Security::NONE.proof));
    assert_eq!(t.codes()[0], "ota-refused");
}
