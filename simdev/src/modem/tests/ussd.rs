//! USSD dialogues from either side, in the character sets of the line.

use super::*;
use wire::cause::{CcCause, SsError};
use wire::nas::{Side, TransactionId};
use wire::ss::{Component, InvokeId, Problem, SsMessage, SsMessageKind, UssdArgument, UssdString, operation};

/// `*#100#` in a REGISTER, as the tests of Osmocom's MSC have it but for the invoke identity.
const REQUEST: &str = "0b3b1c15a11302010102013b300b04010f0406aa510c061b017f0100";

fn own() -> TransactionId {
    TransactionId::new(Side::Mobile, 0).unwrap()
}

fn network() -> TransactionId {
    TransactionId::new(Side::Network, 3).unwrap()
}

fn argument(text: &str) -> Vec<u8> {
    UssdArgument::new(UssdString::new(text).unwrap()).encode()
}

fn message(transaction: TransactionId, kind: SsMessageKind, component: Component) -> NasDown {
    NasDown::Ss(SsMessage::new(transaction, kind, component).encode(Side::Network))
}

fn answer(component: Component) -> NasDown {
    message(own(), SsMessageKind::ReleaseComplete, component)
}

fn result(text: &str) -> NasDown {
    let result = Some((operation::PROCESS_USSD, argument(text)));
    answer(Component::ReturnResult { id: InvokeId(1), result })
}

fn question(transaction: TransactionId, kind: SsMessageKind, operation: u8, text: &str) -> NasDown {
    let id = InvokeId(5);
    message(transaction, kind, Component::Invoke { id, linked: None, operation, argument: argument(text) })
}

impl Bench {
    #[track_caller]
    fn ss(&mut self) -> SsMessage {
        let message = self.nas();
        let NasUp::Ss(octets) = &message else { panic!("{message}") };
        SsMessage::parse(Side::Mobile, octets).unwrap()
    }
}

#[test]
fn a_request_leaves_with_the_octets_of_the_standard_and_its_answer_is_a_report() {
    let mut bench = Bench::registered();
    bench.at("AT+CUSD?", &["+CUSD: 0", "OK"]);
    bench.at("AT+CUSD=1,\"*#100#\",15", &["OK"]);
    assert_eq!(bench.nas(), NasUp::Ss(hex::decode(REQUEST).unwrap()));
    bench.at("AT+CUSD=1,\"*#101#\"", &["+CME ERROR: 3"]);
    bench.network(result("Your extension is 46071\r"));
    assert_eq!(bench.take_text(), "\r\n+CUSD: 0,\"Your extension is 46071\r\r\",15\r\n");
    bench.at("AT+CUSD?;+CUSD=?", &["+CUSD: 1", "+CUSD: (0-2)", "OK"]);
    bench.expect_no_nas();
    bench.wait(secs(120));
    assert_eq!(bench.lines(), [""; 0]);
}

#[test]
fn a_menu_is_replied_to_until_the_network_is_done() {
    let mut bench = Bench::registered();
    bench.at("AT+CUSD=1,\"#123#\"", &["OK"]);
    bench.nas();
    bench.network(question(own(), SsMessageKind::Facility, operation::USSD_REQUEST, "1 \"Solde\"\n2 Fin"));
    assert_eq!(bench.take_text(), "\r\n+CUSD: 1,\"1 \"Solde\"\n2 Fin\",15\r\n");
    bench.wait(secs(300));
    assert_eq!(bench.lines(), [""; 0], "the person may think as long as the network waits");
    bench.at("AT+CUSD=1,\"1\"", &["OK"]);
    let reply = bench.ss();
    let string = Some((operation::USSD_REQUEST, argument("1")));
    assert_eq!(reply.components, [Component::ReturnResult { id: InvokeId(5), result: string }]);
    assert_eq!((reply.kind, reply.transaction), (SsMessageKind::Facility, own()));
    bench.network(result("10 EUR"));
    assert_eq!(bench.lines(), ["+CUSD: 0,\"10 EUR\",15"]);
}

#[test]
fn the_end_of_a_dialogue_says_why() {
    let error = |error| answer(Component::ReturnError { id: InvokeId(1), error });
    let reject = Component::Reject { id: None, problem: Problem::UNRECOGNIZED_OPERATION };
    let rows = [
        (error(SsError::UNEXPECTED_DATA_VALUE), "+CUSD: 4"),
        (error(SsError::SYSTEM_FAILURE), "+CUSD: 2"),
        (answer(reject), "+CUSD: 4"),
        (NasDown::Ss(SsMessage::release(own(), Some(CcCause(102))).encode(Side::Network)), "+CUSD: 2"),
    ];
    for (message, report) in rows {
        let mut bench = Bench::registered();
        bench.at("AT+CUSD=1,\"#1#\"", &["OK"]);
        bench.network(message);
        assert_eq!(bench.lines(), [report]);
        bench.at("AT+CUSD=1,\"#1#\"", &["OK"]);
    }
    let mut bench = Bench::registered();
    bench.at("AT+CUSD=1,\"#1#\"", &["OK"]);
    bench.nas();
    bench.wait(secs(61));
    assert_eq!(bench.lines(), ["+CUSD: 5"]);
    assert_eq!(bench.ss(), SsMessage::release(own(), Some(CcCause::RECOVERY_ON_TIMER)));

    bench.at("AT+CUSD=1,\"#1#\"", &["OK"]);
    bench.nas();
    bench.at("AT+CUSD=2", &["OK"]);
    assert_eq!(bench.ss(), SsMessage::release(own(), None));
    bench.at("AT+CUSD=2", &["OK"]);
    bench.expect_no_nas();

    bench.at("AT+CUSD=1,\"#1#\"", &["OK"]);
    bench.modem.handle_radio(bench.now, RadioDown::CellLost);
    bench.drain();
    assert_eq!(bench.lines()[0], "+CUSD: 2");
}

#[test]
fn the_network_asks_and_notifies_by_itself() {
    let mut bench = Bench::registered();
    bench.at("AT+CUSD=1", &["OK"]);
    bench.network(question(network(), SsMessageKind::Register, operation::USSD_NOTIFY, "Hello"));
    assert_eq!(bench.lines(), ["+CUSD: 0,\"Hello\",15"]);
    assert_eq!(bench.ss().components, [Component::ReturnResult { id: InvokeId(5), result: None }]);
    bench.network(question(network(), SsMessageKind::Register, operation::USSD_REQUEST, "Still there?"));
    assert_eq!(bench.lines(), ["+CUSD: 1,\"Still there?\",15"]);
    let second = TransactionId::new(Side::Network, 4).unwrap();
    bench.network(question(second, SsMessageKind::Register, operation::USSD_REQUEST, "And you?"));
    let busy = Component::ReturnError { id: InvokeId(5), error: SsError::USSD_BUSY };
    assert_eq!(bench.ss(), SsMessage::new(second, SsMessageKind::ReleaseComplete, busy));
    bench.at("AT+CUSD=1,\"yes\"", &["OK"]);
    assert_eq!(bench.ss().transaction, network());
    bench.network(NasDown::Ss(SsMessage::release(network(), None).encode(Side::Network)));
    assert_eq!(bench.lines(), [""; 0], "the reply was the last word");

    bench.at("AT+CUSD=0", &["OK"]);
    bench.network(question(network(), SsMessageKind::Register, operation::USSD_REQUEST, "Still there?"));
    assert_eq!(bench.lines(), [""; 0]);
    let deaf = Component::ReturnError { id: InvokeId(5), error: SsError::FACILITY_NOT_SUPPORTED };
    assert_eq!(bench.ss().components, [deaf]);
}

#[test]
fn text_is_in_the_character_set_of_the_line() {
    let mut bench = Bench::registered();
    bench.at("AT+CSCS=\"UCS2\";+CUSD=1,\"002A0023003100300030\",15", &["OK"]);
    let Component::Invoke { argument, .. } = bench.ss().components.remove(0) else { panic!() };
    assert_eq!(UssdArgument::parse(&argument).unwrap().string.text().unwrap(), "*#100");
    bench.network(result("1 €"));
    assert_eq!(bench.lines(), ["+CUSD: 0,\"0031002020AC\",15"]);

    bench.at("AT+CSCS=\"IRA\";+CUSD=1,\"#1#\"", &["OK"]);
    bench.nas();
    bench.network(result("Зд"));
    assert_eq!(bench.lines(), ["+CUSD: 0,\"04170434\",72"]);

    bench.at("AT+CUSD=1,\"00E9\",72", &["OK"]);
    let Component::Invoke { argument, .. } = bench.ss().components.remove(0) else { panic!() };
    assert_eq!(UssdArgument::parse(&argument).unwrap().string.text().unwrap(), "é");
}

#[test]
fn a_request_that_cannot_be_sent_is_refused() {
    let mut bench = Bench::registered();
    for (command, code) in [
        ("AT+CUSD=3", 50),
        ("AT+CUSD=1,\"#1#\",256", 50),
        ("AT+CUSD=1,#1#", 50),
        ("AT+CUSD=1,\"xyz\",72", 25),
        ("AT+CSCS=\"UCS2\";+CUSD=1,\"#1#\"", 25),
    ] {
        bench.at(command, &[&format!("+CME ERROR: {code}")]);
    }
    let long = format!("AT+CSCS=\"IRA\";+CUSD=1,\"{}\"", "1".repeat(183));
    bench.at(&long, &["+CME ERROR: 24"]);
    bench.expect_no_nas();
    let mut bench = Bench::booted();
    bench.at("AT+CUSD=1,\"#1#\"", &["+CME ERROR: 30"]);
}

#[test]
fn what_the_network_garbles_is_rejected() {
    let mut bench = Bench::registered();
    bench.at("AT+CUSD=1", &["OK"]);
    bench.network(NasDown::Ss(hex::decode("3b3b1c03a10201").unwrap()));
    assert_eq!(bench.ss().components, [Component::Reject { id: None, problem: Problem::BADLY_STRUCTURED }]);
    bench.network(question(network(), SsMessageKind::Register, 99, "?"));
    let unknown = Problem::UNRECOGNIZED_OPERATION;
    assert_eq!(bench.ss().components, [Component::Reject { id: Some(InvokeId(5)), problem: unknown }]);
    for octets in [&[][..], &[0xff], &[0x0b], &[0x7b, 0x3b]] {
        bench.network(NasDown::Ss(octets.to_vec()));
    }
    assert_eq!(bench.lines(), [""; 0]);
}
