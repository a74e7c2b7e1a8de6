//! A lab whose gateway speaks Semtech UDP to another network server: here the server of a second lab, in a process of its
//! own, with which it shares nothing but the datagrams.

use crate::program::{Out, PATIENCE};
use crate::serve::{Served, Terminal};
use runner::exit;

const OUTSIDE: &str = "eui = \"0016c001f1500002\"\nsimulated = false";

/// The default lab with the gateway that is outside for the other lab, and no other.
fn lab_with_server(server: &str) -> String {
    let path = format!("{}/../lab.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let inside = |number: u8| format!("[[gateway]]\neui = \"0016c001f150000{number}\"\n");
    let own = [1, 3, 4].map(inside);
    assert!(own.iter().all(|own| text.contains(own)) && text.contains(OUTSIDE), "lab.toml has changed");
    let gateway = format!("eui = \"0016c001f1500002\"\nserver = \"{server}\"");
    own.iter().fold(text, |text, own| text.replace(own, "")).replace(OUTSIDE, &gateway)
}

/// Sends as soon as the band is free.
fn send(node: &mut Terminal, command: &str) {
    let began = std::time::Instant::now();
    loop {
        node.type_in(&format!("{command}\r\n"));
        let answer = node.until("\r\n");
        if answer.contains("ok") {
            return;
        }
        assert!(answer.contains("no_free_ch") && began.elapsed() < PATIENCE, "{command}: {answer}");
    }
}

fn count(served: &Served, code: &str) -> String {
    served.ctl(&format!("lab.core().note_count(\"{code}\")"))
}

#[test]
fn a_node_of_one_lab_joins_the_server_of_another_and_exchanges_data() {
    let theirs = Served::start();
    let folder = Out::new();
    let ours =
        Served::of(&folder.file("lab.toml", &lab_with_server(&format!("udp://{}", theirs.semtech_udp()))));
    let mut node = ours.open("node-a");
    node.type_in("sys get ver\r\n");
    node.until("RN2483");
    // Short frames: the node keeps the duty cycle of its band.
    node.type_in("mac set dr 5\r\n");
    node.until("ok\r\n");
    node.type_in("mac join otaa\r\n");
    node.until("ok\r\n");
    node.until("accepted\r\n");
    // A confirmed uplink: the other server acknowledges it in RX1, and sends what waits.
    let device = "lab.core().node(lab.node(\"node-a\"))";
    send(&mut node, "mac tx uncnf 7 0102");
    node.until("mac_tx_ok\r\n");
    theirs.ctl(&format!("{device}.downlink(9, \"CAFE\")"));
    send(&mut node, "mac tx cnf 8 aabb");
    assert!(node.until("\r\n").contains("mac_rx 9 CAFE"), "no downlink");
    // And in RX2.
    theirs.ctl(&format!("{device}.prefer_window(\"RX2\")"));
    send(&mut node, "mac tx cnf 8 ccdd");
    node.until("mac_tx_ok\r\n");
    let wanted = [("join-accepted", "1"), ("session-started", "1"), ("uplink-accepted", "3")];
    for (code, number) in wanted {
        assert_eq!(count(&theirs, code), number, "{code} there");
        assert_eq!(count(&ours, code), "0", "{code} here");
    }
    assert_eq!(theirs.ctl(&format!("{device}.messages().len()")), "3");
    assert_ne!(count(&theirs, "downlink-sent"), "0", "no TX_ACK came back");
    assert_eq!(count(&theirs, "downlink-failed"), "0");
    assert_eq!(count(&theirs, "gateway-refused"), "0", "our datagrams are not what the door expects");
}

#[test]
fn a_server_that_is_not_there_is_told_and_the_lab_goes_on() {
    let free = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let folder = Out::new();
    let ours = Served::of(&folder.file("lab.toml", &lab_with_server(&format!("udp://{address}"))));
    let mut node = ours.open("node-a");
    node.type_in("sys get ver\r\n");
    node.until("RN2483");
    node.type_in("mac join otaa\r\n");
    node.until("ok\r\n");
    node.until("denied\r\n");
    ours.open("modem-a").wake();
}

#[test]
fn a_server_needs_a_live_lab_and_a_gateway_of_ours() {
    let out = Out::new();
    let lab = out.file("lab.toml", &lab_with_server("udp://127.0.0.1:1700"));
    let ended = out.dtk(&["run", "--lab", &lab, "lorawan/join"]);
    assert_ne!(ended.code, Some(i32::from(exit::PASSED)));
    assert!((ended.stdout.clone() + &ended.stderr).contains("run it with --live"), "{ended:?}");
    let bad = lab_with_server("http://127.0.0.1:1700");
    let lab = out.file("bad.toml", &bad);
    out.dtk(&["run", "--lab", &lab, "lorawan/join"])
        .has_code(exit::BAD_USAGE)
        .complains(&["udp://host:port"]);
    let outside = lab_with_server("udp://127.0.0.1:1700").replace("server =", "simulated = false\nserver =");
    let lab = out.file("outside.toml", &outside);
    out.dtk(&["run", "--lab", &lab, "lorawan/join"]).has_code(exit::BAD_USAGE).complains(&["not simulated"]);
}
