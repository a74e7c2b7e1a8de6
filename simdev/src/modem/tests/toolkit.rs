//! Messages for the card and commands from it, as network and host see them.

use super::*;
use wire::ota::{
    CommandPacket, OtaKeys, RefreshKind, ResponsePacket, ResponseStatus, Script, Security, TAR_USIM_FILES,
};
use wire::sms::{
    Address, CpMessage, DataCoding, Deliver, Direction, ProtocolId, RpMessage, RpUserData, Timestamp, Tpdu,
    TransactionId, UserData, UserDataHeader,
};

fn keys() -> OtaKeys {
    OtaKeys::derived(&profile().iccid)
}

fn deliver(packet: &[u8], dcs: u8) -> NasDown {
    let header = UserDataHeader::from_octets(vec![0x70, 0]);
    let data = UserData::binary(DataCoding(dcs), header, packet.to_vec()).unwrap();
    let centre = Address::from_number(&"+33639989000".parse().unwrap());
    let deliver = Deliver::new(centre.clone(), Timestamp::from_octets([0x62; 7]), data);
    let tpdu = Tpdu::from(Deliver { pid: ProtocolId(0x7f), ..deliver });
    let rp =
        RpMessage::Data { reference: 7, service_centre: Some(centre), user_data: RpUserData::from(tpdu) };
    let cp = CpMessage::data(TransactionId::originator(1), &rp, Direction::NetworkToMobile);
    NasDown::Sms(cp.to_octets())
}

fn sealed(counter: u64, script: &Script) -> Vec<u8> {
    let data = script.to_octets();
    CommandPacket { security: Security::FULL, tar: TAR_USIM_FILES, counter, data }.seal(&keys())
}

fn refresh(counter: u64, kind: RefreshKind) -> NasDown {
    let script = Script::Expanded { action: Some(kind.objects(&[])), commands: vec![] };
    deliver(&sealed(counter, &script), 0xf6)
}

fn update(counter: u64) -> NasDown {
    let commands = ["00a40004026f61", "00d600000512f470c080"].map(|text| hex::decode(text).unwrap());
    deliver(&sealed(counter, &Script::Compact(commands.to_vec())), 0xf6)
}

impl Bench {
    /// The relay message that answers a delivery.
    fn relay_answer(&mut self) -> RpMessage {
        let data = self.sent.drain(..).filter_map(|(_, _, message)| {
            if let NasUp::Sms(octets) = message { CpMessage::parse(&octets).ok() } else { None }
        });
        let bodies: Vec<_> = data.map(|cp| cp.body).collect();
        let octets = bodies.iter().find_map(|body| match body {
            wire::sms::CpBody::Data(data) => Some(data.as_slice().to_vec()),
            wire::sms::CpBody::Ack | wire::sms::CpBody::Error(_) => None,
        });
        RpMessage::parse(Direction::MobileToNetwork, &octets.expect("no answer")).unwrap()
    }
}

#[test]
fn a_message_for_the_card_goes_to_it_and_its_proof_to_the_network() {
    let mut bench = Bench::registered();
    bench.at("AT+CNMI=2,2", &["OK"]);
    bench.network(update(1));
    let RpMessage::Ack { reference: 7, user_data: Some(report) } = bench.relay_answer() else { panic!() };
    let Ok(Tpdu::DeliverReport(report)) = report.tpdu(Direction::MobileToNetwork) else { panic!() };
    assert_eq!(report.parameters.pid, Some(ProtocolId(0x7f)));
    let data = report.parameters.user_data.unwrap();
    assert_eq!((data.dcs(), data.header().unwrap().octets()), (DataCoding(0xf6), &[0x71, 0][..]));
    let response = ResponsePacket::open(data.payload().octets(), &keys(), Security::FULL.proof).unwrap();
    assert_eq!((response.status, hex::encode(response.data).as_str()), (ResponseStatus::OK, "029000"));
    assert_eq!(bench.lines(), [""; 0], "the host sees nothing of it");
    bench.at("AT+CRSM=176,28513,0,0,5", &["+CRSM: 144,0,\"12F470C080\"", "OK"]);
    bench.at("AT+CPMS?", &["+CPMS: \"SM\",0,6,\"SM\",0,6,\"SM\",0,6", "OK"]);
}

#[test]
fn what_the_card_does_not_understand_is_refused_and_another_class_is_an_ordinary_message() {
    let mut bench = Bench::registered();
    bench.network(deliver(&[1, 2, 3], 0xf6));
    let RpMessage::Error { user_data: Some(report), .. } = bench.relay_answer() else { panic!() };
    let Ok(Tpdu::DeliverReport(report)) = report.tpdu(Direction::MobileToNetwork) else { panic!() };
    assert_eq!(report.failure.map(|failure| failure.value()), Some(0xd5));
    bench.network(deliver(&[1, 2, 3], 0xf5));
    assert!(matches!(bench.relay_answer(), RpMessage::Ack { .. }));
    assert!(bench.lines()[0].starts_with("+CMTI: "));
}

#[test]
fn a_refresh_is_shown_to_the_host_that_asks_for_it() {
    let mut bench = Bench::registered();
    bench.at("AT+CUSATR=1;+CUSATR?", &["+CUSATR: 1", "OK"]);
    bench.network(refresh(1, RefreshKind::FileChange));
    bench.relay_answer();
    assert_eq!(bench.lines(), ["+CUSATP: \"D009810301010182028182\"", "+CUSATEND"]);
    assert_eq!(bench.modem.card().unwrap().last_terminal_result(), Some(0));
    bench.expect_no_nas();
}

#[test]
fn a_reset_of_the_card_ends_the_session_and_asks_for_the_pin_where_there_is_one() {
    let mut bench = Bench::registered();
    bench.network(refresh(1, RefreshKind::UiccReset));
    let messages: Vec<NasUp> = bench.sent.drain(..).map(|(_, _, message)| message).collect();
    assert!(messages.contains(&NasUp::DetachRequest { switch_off: true }), "{messages:?}");
    assert!(is_attach(messages.last().unwrap()), "{messages:?}");
    bench.sent.clear();
    bench.network(accept());
    bench.sent.clear();
    bench.at("AT+CLCK=\"SC\",1,\"0000\"", &["OK"]);
    bench.network(refresh(2, RefreshKind::UiccReset));
    assert_eq!(bench.lines(), ["+CPIN: SIM PIN"]);
    bench.sent.clear();
    bench.wait(secs(120));
    bench.expect_no_nas();
}

#[test]
fn a_call_is_not_cut_for_a_refresh() {
    let mut bench = Bench::registered();
    bench.at("ATD+33639980002;", &["OK"]);
    bench.sent.clear();
    bench.network(refresh(1, RefreshKind::SessionReset));
    bench.relay_answer();
    assert_eq!(bench.modem.card().unwrap().last_terminal_result(), Some(0x20));
}

#[test]
fn a_host_can_pass_envelopes_and_cannot_answer_for_the_modem() {
    let mut bench = Bench::registered();
    bench.at("AT+CUSATE=\"D100\"", &["+CME ERROR: 3"]);
    bench.at("AT+CUSATE=\"xy\"", &["+CME ERROR: 50"]);
    bench.at("AT+CUSATT=\"810301010482028281830100\"", &["+CME ERROR: 3"]);
    bench.at("AT+CUSATW=0,\"FFFFFF\"", &["OK"]);
    bench.at("AT+CUSATA=2", &["+CME ERROR: 50"]);
}
