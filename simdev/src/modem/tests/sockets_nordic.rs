//! The sockets of Nordic's serial modem application, with the answers of its manual.

use super::sockets::{Server, run};
use super::*;

fn bench() -> (Bench, Server) {
    (Bench::of("nordic-nrf91"), Server::new())
}

/// Lets a command that waits for the network end.
fn lines(bench: &mut Bench, server: &mut Server, line: &str, span: Duration) -> Vec<String> {
    bench.type_line(line);
    run(bench, server, span);
    bench.lines()
}

#[test]
fn a_connection_over_tcp() {
    let (mut bench, mut server) = bench();
    bench.at("AT#XSOCKET=?", &["#XSOCKET: (0,1,2),(1,2,3),(0,1),<cid>", "OK"]);
    bench.at("AT#XSOCKET?", &["OK"]);
    bench.at("AT#XSOCKET=1,1,0", &["#XSOCKET: 1,1,6", "OK"]);
    bench.at("AT#XSOCKET?", &["#XSOCKET: 1,1,0,1,0", "OK"]);
    bench.at("AT#XSEND=\"early\"", &["ERROR"]);
    bench.at("AT#XRECV=1", &["ERROR"]);
    let told = lines(&mut bench, &mut server, "AT#XCONNECT=\"192.0.2.10\",4242", secs(1));
    assert_eq!(told, ["#XCONNECT: 1", "OK"]);
    bench.at("AT#XSEND=\"hello\"", &["#XSEND: 5", "OK"]);
    run(&mut bench, &mut server, secs(1));
    assert_eq!(server.received(), b"hello");
    // What comes waits without a word until it is asked for.
    server.tcp().send_slice(b"world").unwrap();
    run(&mut bench, &mut server, secs(1));
    assert_eq!(bench.take_text(), "");
    bench.type_line("AT#XRECV=5");
    assert_eq!(bench.take_text(), "\r\n#XRECV: 5\r\nworld\r\n\r\nOK\r\n");
    // The host can wait for what comes later, and for the end.
    bench.type_line("AT#XRECV=5");
    run(&mut bench, &mut server, secs(1));
    assert_eq!(bench.take_text(), "");
    server.tcp().send_slice(b"later").unwrap();
    run(&mut bench, &mut server, secs(1));
    assert_eq!(bench.lines(), ["#XRECV: 5", "later", "OK"]);
    bench.type_line("AT#XRECV=0");
    server.tcp().close();
    run(&mut bench, &mut server, secs(1));
    assert_eq!(bench.lines(), ["#XRECV: 0", "OK"]);
    bench.at("AT#XSEND=\"late\"", &["ERROR"]);
    bench.at("AT#XSOCKET=0", &["#XSOCKET: 0,\"closed\"", "OK"]);
    bench.at("AT#XSOCKET=0", &["ERROR"]);
}

#[test]
fn datagrams_and_the_choice_of_a_socket() {
    let (mut bench, mut server) = bench();
    bench.at("AT#XSOCKET=1,2,0", &["#XSOCKET: 1,2,17", "OK"]);
    bench.at("AT#XSOCKET=1,1,0", &["#XSOCKET: 2,1,6", "OK"]);
    bench.at("AT#XSENDTO=\"192.0.2.10\",5683,\"hello\"", &["ERROR"]);
    bench.at("AT#XSOCKETSELECT=1", &["#XSOCKETSELECT: 1", "OK"]);
    bench.at("AT#XSOCKETSELECT=3", &["ERROR"]);
    let list =
        ["#XSOCKETSELECT: 1,1,0,2,-1,1,0", "#XSOCKETSELECT: 2,1,0,1,-1,2,0", "#XSOCKETSELECT: 1", "OK"];
    bench.at("AT#XSOCKETSELECT?", &list);
    bench.at("AT#XSENDTO=\"192.0.2.10\",5683,\"hello\"", &["#XSENDTO: 5", "OK"]);
    run(&mut bench, &mut server, secs(1));
    assert_eq!(server.answer_datagram(b"Test OK"), b"hello");
    let told = lines(&mut bench, &mut server, "AT#XRECVFROM=10", secs(1));
    assert_eq!(told, ["#XRECVFROM: 7,\"192.0.2.10\",5683", "Test OK", "OK"]);
    // Nothing comes: the wait ends when its time is up, or at once.
    assert_eq!(lines(&mut bench, &mut server, "AT#XRECVFROM=2", secs(1)), [""; 0]);
    run(&mut bench, &mut server, secs(2));
    assert_eq!(bench.lines(), ["ERROR"]);
    bench.at("AT#XRECVFROM=2,64", &["ERROR"]);
}

#[test]
fn a_server_that_refuses_and_a_context_that_goes() {
    let (mut bench, mut server) = bench();
    bench.at("AT#XSOCKET=1,1,0", &["#XSOCKET: 1,1,6", "OK"]);
    let told = lines(&mut bench, &mut server, "AT#XCONNECT=\"192.0.2.10\",4243", secs(1));
    assert_eq!(told, ["#XCONNECT: 0", "ERROR"]);
    bench.at("AT#XSOCKET=0", &["#XSOCKET: 0,\"closed\"", "OK"]);
    bench.at("AT#XSOCKET=1,2,0", &["#XSOCKET: 1,2,17", "OK"]);
    bench.type_line("AT#XRECV=60");
    bench.network(NasDown::BearerDeactivated { pti: 0, bearer: 5, cause: EsmCause(36) });
    assert_eq!(bench.lines(), ["ERROR"]);
    bench.at("AT#XSENDTO=\"192.0.2.10\",5683,\"hello\"", &["ERROR"]);
    assert!(bench.packets.is_empty());
}

/// What quotes cannot hold goes in data mode.
#[test]
fn data_mode_sends_whatever_comes_before_its_terminator() {
    let (mut bench, mut server) = bench();
    bench.at("AT#XSOCKET=1,1,0", &["#XSOCKET: 1,1,6", "OK"]);
    lines(&mut bench, &mut server, "AT#XCONNECT=\"192.0.2.10\",4242", secs(1));
    bench.at("AT#XSEND", &["OK"]);
    bench.type_bytes(b"{\"t\": 21}\r\nAT\x1a\x1b\0+++");
    assert_eq!(bench.lines(), ["#XDATAMODE: 0"]);
    run(&mut bench, &mut server, secs(1));
    assert_eq!(server.received(), b"{\"t\": 21}\r\nAT\x1a\x1b\0");
    // A pause sends what there is, and the mode goes on for as long as the host likes.
    bench.at("AT#XSEND", &["OK"]);
    bench.type_bytes(b"one");
    run(&mut bench, &mut server, secs(1));
    assert_eq!(server.received(), b"one");
    // Longer than anything waits for an answer.
    run(&mut bench, &mut server, secs(300));
    bench.type_bytes(b"two++");
    run(&mut bench, &mut server, secs(1));
    bench.type_bytes(b"+++");
    assert_eq!(bench.lines(), ["#XDATAMODE: 0"]);
    bench.at("AT", &["OK"]);
    assert_eq!(server.received(), b"two++");
    // The other side is gone.
    server.tcp().close();
    run(&mut bench, &mut server, secs(1));
    bench.at("AT#XSEND", &["OK"]);
    bench.type_bytes(b"late+++");
    assert_eq!(bench.lines(), ["#XDATAMODE: -1"]);
    bench.at("AT", &["OK"]);
}

#[test]
fn a_datagram_in_data_mode() {
    let (mut bench, mut server) = bench();
    bench.at("AT#XSOCKET=1,2,0", &["#XSOCKET: 1,2,17", "OK"]);
    bench.at("AT#XSENDTO=\"name.example\",5683", &["ERROR"]);
    bench.at("AT#XSENDTO=\"192.0.2.10\",5683", &["OK"]);
    bench.type_bytes(b"a \"reading\"+++");
    assert_eq!(bench.lines(), ["#XDATAMODE: 0"]);
    run(&mut bench, &mut server, secs(1));
    assert_eq!(server.answer_datagram(b"x"), b"a \"reading\"");
}

#[test]
fn pings_are_told_in_seconds() {
    let (mut bench, mut server) = bench();
    let told = lines(&mut bench, &mut server, "AT#XPING=\"192.0.2.10\",45,5000,2,1000", secs(3));
    let each = "#XPING: 0.010 seconds";
    assert_eq!(told, ["OK", each, each, "#XPING: average 0.010 seconds"]);
    let told = lines(&mut bench, &mut server, "AT#XPING=\"192.0.2.99\",45,1000", secs(3));
    assert_eq!(told, ["OK", "#XPING: timeout"]);
}

#[test]
fn what_the_application_does_not_have_is_a_plain_error() {
    let (mut bench, _) = bench();
    for command in [
        "#XSOCKET=1,3,0",
        "#XSOCKET=1,1,1",
        "#XSOCKET=9",
        "#XSEND",
        "#XCONNECT=\"x\"",
        "#XPING=\"x\",549,1",
        "#XRECV=65536",
    ] {
        bench.at(&format!("AT{command}"), &["ERROR"]);
    }
}
