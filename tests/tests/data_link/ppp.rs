//! PPP and TCP over the plain line.

use crate::dissect::{self, Seen};
use crate::peer::{Crossed, Peer, Stack};
use crate::table::{Line, Table};
use std::net::Ipv4Addr;

/// The default lab: the pool of iot.private, its DNS servers, and the server of the customer.
const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 10);
const DNS: [Option<Ipv4Addr>; 2] = [Some(Ipv4Addr::new(10, 10, 10, 10)), Some(Ipv4Addr::new(10, 10, 10, 11))];

/// Dials, exchanges data with the customer's server, hangs up; gives what crossed the line.
pub fn exchange(line: &mut dyn Line) -> Crossed {
    line.write(b"ATDT*99***1#\r");
    let (_, heard) = line.read_up_to("\r\nCONNECT 150000000\r\n");
    let mut peer = Peer::open(line, "", "", &heard);
    let (address, dns) = peer.bring_up(line).expect("the link does not come up");
    assert_eq!(address.octets()[..2], [10, 64], "the pool of the access point");
    assert_eq!(dns, DNS);
    let mut stack = Stack::new(line.now(), address);
    assert_eq!(stack.resolve(line, &mut peer, dns[0].unwrap(), "telemetry.acme.example"), SERVER);
    let octets: Vec<u8> = (0..3000_u32).map(|count| (count % 256) as u8).collect();
    assert_eq!(stack.echo(line, &mut peer, SERVER, &octets), octets);
    peer.terminate(line);
    assert_eq!(line.command("AT+CGPADDR=1"), format!("\r\n+CGPADDR: 1,\"{address}\"\r\n\r\nOK\r\n"));
    peer.crossed
}

#[test]
fn a_foreign_host_reaches_its_server_twice_in_a_row() {
    for modem in ["modem-a", "modem-b"] {
        let mut table = Table::new(modem);
        exchange(&mut table);
        exchange(&mut table);
    }
}

#[test]
fn one_seed_gives_the_same_octets() {
    assert_eq!(exchange(&mut Table::new("modem-a")), exchange(&mut Table::new("modem-a")));
}

#[test]
fn an_access_point_with_a_password_wants_the_right_one_from_ppp() {
    for (password, address) in [("hunter2", Some(Ipv4Addr::new(172, 22, 0, 77))), ("wrong", None)] {
        let mut table = Table::new("modem-a");
        table.command("AT+CGDCONT=2,\"IP\",\"acme.secure\"");
        table.write(b"ATD*99***2#\r");
        let (_, heard) = table.read_up_to("\r\nCONNECT 150000000\r\n");
        let mut peer = Peer::open(&mut table, "meter", password, &heard);
        assert_eq!(peer.bring_up(&mut table).map(|(address, _)| address), address, "{password}");
        if address.is_some() {
            peer.terminate(&mut table);
        }
        table.command("AT");
    }
}

#[test]
fn every_frame_of_the_link_dissects_as_what_it_is() {
    let crossed = exchange(&mut Table::new("modem-a"));
    let Some(seen) = dissect::ppp(&crossed) else { return };
    assert_eq!(seen.len(), dissect::ppp_frames(&crossed).len());
    for Seen { protocols, info, good, complaint } in &seen {
        assert!(*good && complaint.is_empty(), "{protocols} {info}: {complaint}");
    }
    let has = |wanted: &str, text: &str| {
        seen.iter().any(|seen| seen.protocols.ends_with(wanted) && seen.info.contains(text))
    };
    for (protocol, text) in [
        ("lcp", "Configuration Request"),
        ("lcp", "Configuration Ack"),
        ("lcp", "Configuration Nak"),
        ("pap", "Authenticate-Request"),
        ("pap", "Authenticate-Ack"),
        ("ipcp", "Configuration Request"),
        ("ipcp", "Configuration Nak"),
        ("ipcp", "Configuration Ack"),
        ("dns", "telemetry.acme.example"),
        ("tcp", "[SYN]"),
        ("tcp", "[FIN, ACK]"),
        ("lcp", "Termination Request"),
        ("lcp", "Termination Ack"),
    ] {
        assert!(has(protocol, text), "no {protocol} {text} in {seen:#?}");
    }
}
