//! A gateway's datagram: whatever comes, the door acknowledges whole datagrams, and those it takes as frames are read by the
//! network server; the same octets as a server's do no harm to a simulated forwarder.

#![no_main]

use endpoints::semtech_udp::{DoorEvent, Session};
use libfuzzer_sys::fuzz_target;
use simcore::lorawan::{ChannelPlan, Gateway, GatewayConfig, NetworkServer, NsConfig, PacketForwarder};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use wire::id::Eui64;
use wire::lorawan::NetId;
use wire::semtech_udp::Datagram;
use wire::seed::Seed;
use wire::time::{Calendar, Instant};

const GATEWAY: Eui64 = Eui64::from_value(0x0016_c001_f150_0001);

fuzz_target!(|octets: &[u8]| {
    let mut config = NsConfig::new(NetId::from_value(0x13));
    config.gateways = vec![GatewayConfig::new(GATEWAY)];
    let mut server = NetworkServer::new(config, Seed(1));
    let mut session = Session::new(BTreeSet::from([GATEWAY]));
    let from = SocketAddr::from(([127, 0, 0, 1], 1));
    let body = Datagram::PushData { version: wire::semtech_udp::Version::V2, token: 1, gateway: GATEWAY, body: octets.to_vec() };
    for datagram in [octets, &body.emit()] {
        session.handle_datagram(Instant::ZERO, from, datagram);
    }
    while let Some((_, answer)) = session.next_answer() {
        assert_eq!(answer.len(), 4);
        session.answer_sent();
    }
    while let Some(event) = session.poll_event() {
        match event {
            DoorEvent::Uplink(uplink) => server.handle_uplink(Instant::ZERO, uplink),
            DoorEvent::TxAck { gateway, token, ack } => server.handle_tx_ack(Instant::ZERO, gateway, token, ack),
            DoorEvent::Traffic { gateway, traffic } => server.handle_backhaul(Instant::ZERO, gateway, traffic),
            DoorEvent::Statistics { gateway, stat } => server.handle_gateway_stat(Instant::ZERO, gateway, *stat),
            DoorEvent::Refused { .. }
            | DoorEvent::OutsideTunnel { .. }
            | DoorEvent::Flood { .. }
            | DoorEvent::GatewayReachable { .. } => {}
        }
    }
    server.handle_timeout(Instant::from_micros(1_000_000));
    let mut gateway = Gateway::with_counter(GATEWAY, ChannelPlan::Eu868Eight, 0);
    let mut forwarder = PacketForwarder::new(GATEWAY, Calendar::virtual_start(), 0);
    let response = [&[2, 0, 1, 3], octets].concat();
    for datagram in [octets, &response] {
        forwarder.handle_datagram(Instant::ZERO, &mut gateway, datagram);
    }
    while let Some((_, sent)) = forwarder.poll_datagram() {
        Datagram::parse(&sent).expect("what the forwarder sends is a datagram");
    }
    if let Some(wakeup) = gateway.next_wakeup() {
        gateway.handle_timeout(wakeup.at);
    }
});
