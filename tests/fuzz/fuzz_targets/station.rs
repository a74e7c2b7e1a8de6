//! What a LoRa Basics Station says: whatever comes, it is read or refused in words, an uplink goes to the network server, and
//! what the server then wants sent is put into a message.

#![no_main]

use endpoints::basics_station::{StationEvent, StationSession};
use libfuzzer_sys::fuzz_target;
use simcore::lorawan::{ChannelPlan, GatewayConfig, NetworkServer, NsConfig, NsOutput};
use std::net::SocketAddr;
use wire::id::Eui64;
use wire::lorawan::NetId;
use wire::seed::Seed;
use wire::time::{Calendar, Instant};

const GATEWAY: Eui64 = Eui64::from_value(0x0016_c001_f150_0001);
const VERSION: &str = r#"{"msgtype":"version","station":"2.0.6","protocol":2}"#;

fuzz_target!(|text: &str| {
    let net_id = NetId::from_value(0x13);
    let mut config = NsConfig::new(net_id);
    config.gateways = vec![GatewayConfig::new(GATEWAY)];
    let mut server = NetworkServer::new(config, Seed(1));
    let from = SocketAddr::from(([127, 0, 0, 1], 1));
    let mut session = StationSession::new(GATEWAY, ChannelPlan::Eu868Eight, from, Calendar::virtual_start());
    for said in [text, VERSION].into_iter().chain(text.lines()) {
        session.handle_text(Instant::ZERO, said);
    }
    while let Some(event) = session.poll_event() {
        match event {
            StationEvent::Uplink(uplink) => server.handle_uplink(Instant::ZERO, uplink),
            StationEvent::TxAck { gateway, token, ack } => {
                server.handle_tx_ack(Instant::ZERO, gateway, token, ack);
            }
            StationEvent::Traffic { gateway, traffic } => {
                server.handle_backhaul(Instant::ZERO, gateway, traffic);
            }
            StationEvent::Refused { why, .. } => assert!(!why.is_empty()),
            StationEvent::Connected { .. }
            | StationEvent::Unknown { .. }
            | StationEvent::OutsideTunnel { .. } => {}
        }
    }
    server.handle_timeout(Instant::from_micros(1_000_000));
    while let Some(output) = server.poll_output() {
        if let NsOutput::Downlink { downlink, .. } = output {
            session.dnmsg(Instant::from_micros(1_000_000), &downlink);
        }
    }
});
