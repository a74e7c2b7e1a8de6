//! Lines as modules sent them.

use super::*;
use wire::at::response::FinalResult;
use wire::sockets::SocketFamily::{self, Nordic, Quectel, Simcom, UbloxR4};

fn row(family: SocketFamily) -> &'static SocketCommands {
    commands(family).unwrap()
}

fn opened(family: SocketFamily, report: &str, id: u8) -> Option<Result<(), SocketError>> {
    row(family).opening.unwrap()(report, id)
}

fn has_arrived(family: SocketFamily, report: &str, id: u8) -> bool {
    matches!(row(family).arrival, Arrival::Reported { arrived, .. } if arrived(report, id))
}

fn has_closed(family: SocketFamily, report: &str, id: u8) -> bool {
    matches!(row(family).arrival, Arrival::Reported { closed, .. } if closed(report, id))
}

fn found(family: SocketFamily, line: &str) -> Option<Result<IpAddr, SocketError>> {
    (row(family).found)(line)
}

fn ping_report(family: SocketFamily, report: &str) -> Option<PingReport> {
    (row(family).ping_report)(report)
}

fn answer(lines: &[&str]) -> Answer {
    let lines = lines.iter().map(|line| (*line).to_owned()).collect();
    Answer { command: "AT+X".to_owned(), lines, result: FinalResult::Ok }
}

/// Lines as modules sent them.
#[test]
fn reports_of_each_family_are_read() {
    assert_eq!(opened(Quectel, "+QIOPEN: 0,0", 0), Some(Ok(())));
    assert_eq!(opened(Quectel, "+QIOPEN: 0,566", 0), Some(Err(SocketError(566))));
    assert_eq!(opened(Quectel, "+QIOPEN: 1,0", 0), None);
    assert_eq!(opened(Simcom, "+CIPOPEN: 0,10", 0), Some(Err(SocketError(10))));
    assert!(has_arrived(Quectel, "+QIURC: \"recv\",0", 0));
    assert!(has_arrived(Quectel, "+QIURC: \"recv\",0,5", 0));
    assert!(!has_arrived(Quectel, "+QIURC: \"closed\",0", 0));
    assert!(has_arrived(Simcom, "+CIPRXGET: 1,0", 0));
    assert!(has_arrived(UbloxR4, "+UUSORD: 0,5", 0));
    assert!(has_closed(Quectel, "+QIURC: \"closed\",0", 0));
    assert!(has_closed(Quectel, "+QIURC: \"pdpdeact\",1", 0));
    assert!(has_closed(Simcom, "+IPCLOSE: 0,1", 0));
    assert!(has_closed(UbloxR4, "+UUSOCL: 0", 0));
    assert_eq!(found(Quectel, "+QIURC: \"dnsgip\",\"192.0.2.1\""), Some(Ok("192.0.2.1".parse().unwrap())));
    assert_eq!(found(Quectel, "+QIURC: \"dnsgip\",0,1,600"), None);
    assert_eq!(found(Quectel, "+QIURC: \"dnsgip\",565"), Some(Err(SocketError(565))));
    assert_eq!(found(UbloxR4, "+UDNSRN: \"192.0.2.1\""), Some(Ok("192.0.2.1".parse().unwrap())));
    let ping = |family, line| ping_report(family, line);
    assert_eq!(ping(Quectel, "+QPING: 0,\"192.0.2.1\",32,192,255"), Some(PingReport::Answered(192)));
    assert_eq!(ping(Quectel, "+QPING: 0,4,4,0,192,479,287"), Some(PingReport::Ended));
    assert_eq!(ping(Quectel, "+QPING: 569"), Some(PingReport::Lost));
    assert_eq!(ping(Simcom, "+CPING: 1,192.0.2.1,60,85,54"), Some(PingReport::Answered(85)));
    assert_eq!(ping(Simcom, "+CPING: 3,4,4,0,25,85,43"), Some(PingReport::Ended));
    let line = "+UUPING: 1,32,\"host\",\"192.0.2.1\",55,812";
    assert_eq!(ping(UbloxR4, line), Some(PingReport::Answered(812)));
    assert_eq!(ping(UbloxR4, "+UUPING: 1,32,\"host\",\"192.0.2.1\",0,-1"), Some(PingReport::Lost));
}

#[test]
fn names_and_pings_of_the_nordic_family_are_read() {
    let address = "104.20.251.111".parse().unwrap();
    assert_eq!(found(Nordic, "#XGETADDRINFO: \"104.20.251.111\""), Some(Ok(address)));
    let ping = |told: &str| ping_report(Nordic, &format!("#XPING: {told}"));
    assert_eq!(ping("0.637 seconds"), Some(PingReport::Answered(637)));
    assert_eq!(ping("12.005 seconds"), Some(PingReport::Answered(12_005)));
    assert_eq!(ping("timeout"), Some(PingReport::Lost));
    assert_eq!(ping("average 0.341 seconds"), Some(PingReport::Ended));
    for garbage in ["", "0.6 seconds", "-1.637 seconds", "9999999999.000 seconds", "x.637", "."] {
        assert_eq!(ping(garbage), None, "{garbage}");
    }
}

#[test]
fn what_was_read_has_the_length_that_is_told() {
    let read = |family, lines: &[&str]| (row(family).received)(&answer(lines)).ok();
    assert_eq!(read(Quectel, &["+QIRD: 5", "hello"]).as_deref(), Some("hello"));
    assert_eq!(read(Quectel, &["+QIRD: 0"]).as_deref(), Some(""));
    assert_eq!(read(Quectel, &["+QIRD: 6", "hello"]), None);
    assert_eq!(read(Simcom, &["+CIPRXGET: 2,0,5,0", "hello"]).as_deref(), Some("hello"));
    assert_eq!(read(UbloxR4, &["+USORD: 0,5,\"68656C6C6F\""]).as_deref(), Some("hello"));
    assert_eq!(read(UbloxR4, &["+USORF: 0,\"192.0.2.1\",80,5,\"68656C6C6F\""]).as_deref(), Some("hello"));
    assert_eq!(read(UbloxR4, &[]), None);
    assert_eq!(read(Nordic, &["#XRECV: 7", "a,b\"\r\nc"]).as_deref(), Some("a,b\"\r\nc"));
    assert_eq!(read(Nordic, &["#XRECV: 0"]).as_deref(), Some(""));
    assert_eq!(read(Nordic, &["#XRECV: 8", "a,b"]), None);
}

/// The octets go out after `OK`, and nothing but the end of data mode is the result.
#[test]
fn octets_in_data_mode_are_sent_after_ok_and_end_with_its_end() {
    use crate::at::{AtChannel, AtEvent, Output};
    let peer = Peer { protocol: Protocol::Tcp, host: "192.0.2.10".to_owned(), port: 7 };
    let send = |text: &str| (row(Nordic).send)(1, &peer, octets_of(text));
    let now = wire::time::Instant::ZERO;
    let mut channel = AtChannel::default();
    channel.send(now, send("say \"OK\"\r\n").unwrap()).unwrap();
    assert_eq!(channel.poll_output(), Some(Output::Transmit(b"AT#XSEND\r".to_vec())));
    channel.handle_input(now, b"\r\nOK\r\n");
    assert_eq!(channel.poll_output(), Some(Output::Transmit(b"say \"OK\"\r\n+++".to_vec())));
    assert!(channel.is_busy());
    channel.handle_input(now, b"\r\n#XDATAMODE: 0\r\n");
    let done = channel.poll_output();
    assert!(
        matches!(done, Some(Output::Event(AtEvent::Done { ref answer, .. })) if answer.lines.is_empty()),
        "{done:?}"
    );
    for text in ["a+++b", "ends with +"] {
        assert_eq!(send(text).unwrap_err(), Unsendable("+++"), "{text}");
    }
}

#[test]
fn a_refused_data_mode_gets_no_octets() {
    use crate::at::{AtChannel, Output};
    let peer = Peer { protocol: Protocol::Tcp, host: "192.0.2.10".to_owned(), port: 7 };
    let mut channel = AtChannel::default();
    let now = wire::time::Instant::ZERO;
    channel.send(now, (row(Nordic).send)(1, &peer, octets_of("secret")).unwrap()).unwrap();
    channel.handle_input(now, b"\r\nERROR\r\n");
    let sent = std::iter::from_fn(|| channel.poll_output())
        .filter(|output| matches!(output, Output::Transmit(_)))
        .count();
    assert_eq!(sent, 1, "only the command");
    assert!(!channel.is_busy());
}
