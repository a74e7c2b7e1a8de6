//! A gateway whose backhaul is a tunnel, as the Semtech UDP door of a served lab sees it: the operator's concentrator gives it an
//! address of 127.8.0.0/16, and what comes from elsewhere in its name came in clear.
//!
//! The tunnel itself is not here: that its client is strongSwan, and that it is re-keyed, no door can see.

use crate::program::{Out, root};
use crate::serve::Served;
use crate::served_gateway::{Forwarder, GATEWAY, PULL_RESP, TX_ACK, join_request, notes};
use std::net::UdpSocket;

/// A gateway beside it, without a tunnel.
const OTHER: u64 = 0x0016_c001_f150_0009;

/// The default lab, whose gateway outside is behind a tunnel.
fn served() -> Served {
    let out = Out::new();
    let text = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    let own = "eui = \"0016c001f1500002\"\nsimulated = false\n";
    assert_eq!(text.matches(own).count(), 1, "lab.toml has not exactly one gateway outside");
    let other = format!("[[gateway]]\neui = \"{OTHER:016x}\"\nsimulated = false\n");
    let lab =
        out.file("tunnel.toml", &text.replace(own, &format!("{own}tunnel = \"127.8.0.0/16\"\n{other}")));
    Served::start_in(out, &["--lab", &lab])
}

/// A forwarder whose datagrams come from this address.
fn forwarder(served: &Served, eui: u64, address: &str) -> Forwarder {
    Forwarder::from(served, eui, UdpSocket::bind((address, 0)).unwrap())
}

/// The count at which the next downlink is to be sent.
fn next_downlink(forwarder: &Forwarder) -> u64 {
    let (kind, token, body) = forwarder.receive();
    assert_eq!(kind, PULL_RESP, "{body}");
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    forwarder.send(TX_ACK, token, "{\"txpk_ack\":{\"error\":\"NONE\"}}");
    body["txpk"]["tmst"].as_u64().unwrap()
}

/// The tunnel is up, breaks, and comes back: what is sent in clear meanwhile is neither answered nor served.
///
/// @case LNS-04
/// @clause ICA-1.3.4e
/// @refuses ICA-1.3.4e
#[test]
fn a_gateway_behind_a_tunnel_is_served_through_it_and_never_in_clear() {
    let served = served();
    let other = forwarder(&served, OTHER, "127.0.0.1");
    other.pull();
    let tunnel = forwarder(&served, GATEWAY, "127.8.0.1");
    tunnel.pull();
    tunnel.push(10_000_000, &join_request(0x0101));
    assert_eq!(next_downlink(&tunnel), 15_000_000);
    // It breaks: the gateway sends on without it.
    let clear = forwarder(&served, GATEWAY, "127.0.0.1");
    clear.send(2, 0xa1b2, "");
    clear.send_frame(20_000_000, &join_request(0x0102));
    clear.send(TX_ACK, 1, "");
    other.push(30_000_000, &join_request(0x0103));
    assert_eq!(next_downlink(&other), 35_000_000, "another gateway did not notice");
    assert_eq!(notes(&served, "gateway-outside-tunnel"), "3");
    assert_eq!(notes(&served, "join-accepted"), "2", "a frame in clear was served");
    clear.socket.set_nonblocking(true).unwrap();
    assert!(clear.socket.recv(&mut [0; 64]).is_err(), "somebody outside the tunnel got an answer");
    let note = served.ctl("lab.core().notes(\"gateway-outside-tunnel\")[-1].text");
    let from = clear.socket.local_addr().unwrap().to_string();
    for words in ["0016c001f1500002", &from, "outside its tunnel 127.8.0.0/16"] {
        assert!(note.contains(words), "{words}: {note}");
    }
    let refused =
        served.ctl("lab.core().gateways().filter(|gateway| gateway.eui == \"0016c001f1500002\")[0].refused");
    assert_eq!(refused, "3");
    // It is back, at another address of the concentrator, and the nonce of the frame in clear is still unused.
    let back = forwarder(&served, GATEWAY, "127.8.3.7");
    back.pull();
    back.push(40_000_000, &join_request(0x0102));
    assert_eq!(next_downlink(&back), 45_000_000);
    assert_eq!(notes(&served, "join-accepted"), "3");
}

#[test]
fn a_tunnel_that_is_none_is_an_error_of_the_lab_file() {
    let out = Out::new();
    let text = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    let outside = "eui = \"0016c001f1500002\"\n";
    let simulated = "eui = \"0016c001f1500001\"\n";
    let rows = [
        (outside, "10.8.0.1/16", "is not a prefix of addresses: expected the first address and a length"),
        (outside, "strongswan", "10.8.0.0/16 or 2001:db8::/32"),
        (simulated, "10.8.0.0/16", "a simulated gateway has no backhaul"),
    ];
    for (gateway, tunnel, words) in rows {
        let lab = out.file("lab.toml", &text.replace(gateway, &format!("{gateway}tunnel = \"{tunnel}\"\n")));
        let code = runner::exit::BAD_USAGE;
        out.dtk(&["serve", "--lab", &lab]).has_code(code).complains(&[words]);
    }
}
