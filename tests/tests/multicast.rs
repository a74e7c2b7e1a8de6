//! A message to a multicast group over several gateways: each sends its copy, one after the other, and each member, which hears
//! them all, has the message once.

#![cfg(test)]

use lab::plan::Plan;
use lab::{Happening, Host, Lab, SeatId, Style};
use simcore::lorawan::MulticastGroup;
use wire::id::Eui64;
use wire::lorawan::{DevAddr, SessionKeys, eu868};
use wire::seed::Seed;
use wire::time::{Calendar, Duration};

const ADDRESS: DevAddr = DevAddr::from_value(0x26ff_0001);
const NWK_S_KEY: &str = "A1B2C3D4E5F60718293A4B5C6D7E8F90";
const APP_S_KEY: &str = "0F1E2D3C4B5A69788796A5B4C3D2E1F0";
const NODES: [&str; 3] = ["west", "east", "outsider"];

/// Two gateways 1.5 km apart, a node beside each, and one between them that is not in the group.
const PLAN: &str = r#"
[lab]
name = "multicast"
[operator]
home = "208-01"
service_centre = "+33639989000"
[radio]
shadowing = 0
[[account]]
name = "acme"
[[device]]
kind = "lora-node"
name = "west"
model = "rn2483"
dev_eui = "0004a30b00000001"
app_eui = "70b3d57ed0000001"
app_key = "2b7e151628aed2a6abf7158809cf4f3c"
account = "acme"
position = { latitude = 48.85, longitude = 2.30 }
[[device]]
kind = "lora-node"
name = "east"
model = "rn2483"
dev_eui = "0004a30b00000002"
app_eui = "70b3d57ed0000001"
app_key = "2b7e151628aed2a6abf7158809cf4f3d"
account = "acme"
position = { latitude = 48.85, longitude = 2.32 }
[[device]]
kind = "lora-node"
name = "outsider"
model = "rn2483"
dev_eui = "0004a30b00000003"
app_eui = "70b3d57ed0000001"
app_key = "2b7e151628aed2a6abf7158809cf4f3e"
account = "acme"
position = { latitude = 48.85, longitude = 2.31 }
[[gateway]]
eui = "0016c001f1500001"
position = { latitude = 48.851, longitude = 2.30, height = 20 }
[[gateway]]
eui = "0016c001f1500002"
position = { latitude = 48.851, longitude = 2.32, height = 20 }
"#;

struct Table(Lab);

impl Table {
    fn new() -> Self {
        let plan = Plan::parse(PLAN).unwrap_or_else(|errors| panic!("{}", errors[0]));
        let lab = Lab::build(&plan, Seed(1), Calendar::virtual_start(), Style::Virtual).unwrap();
        let mut table = Self(lab);
        table.rest(5);
        table
    }

    fn rest(&mut self, seconds: u64) {
        let until = self.0.now() + Duration::from_secs(seconds);
        self.0.run_until(until, |_| false).unwrap();
    }

    fn seat(&self, node: &str) -> SeatId {
        self.0.bench().seat(node).unwrap()
    }

    fn types(&mut self, node: &str, line: &str) {
        let (now, seat) = (self.0.now(), self.seat(node));
        self.0.bench_mut().device_input(now, seat, format!("{line}\r\n").as_bytes());
        self.rest(1);
    }

    /// What the host of a node was told outside its exchanges.
    fn told(&self, node: &str) -> Vec<Vec<u8>> {
        match &self.0.bench().seats.get(self.seat(node)).unwrap().host {
            Some(Host::Node { driver, .. }) => {
                driver.downlinks().iter().map(|downlink| downlink.payload.clone()).collect()
            }
            _ => panic!("no host"),
        }
    }

    /// When frames to the group began that the node could decode.
    fn copies(&self, node: &str) -> Vec<u64> {
        let seat = Some(self.seat(node));
        let copy = |what: &Happening| {
            let Happening::Lora { seat: heard, uplink: false, frame } = what else { return None };
            let to_group = frame.frame.payload.get(1..5) == Some(&[0x01, 0x00, 0xff, 0x26]);
            (*heard == seat && to_group).then(|| frame.started.as_micros())
        };
        self.0.bench().trace().iter().filter_map(|record| copy(&record.what)).collect()
    }
}

#[test]
fn members_under_several_gateways_have_each_message_once() {
    let mut table = Table::new();
    for node in NODES {
        table.types(node, "mac set dr 5");
        table.types(node, "mac join otaa");
        table.rest(20);
        if node != "outsider" {
            table.types(node, "mac set mcastdevaddr 26FF0001");
            table.types(node, &format!("mac set mcastnwkskey {NWK_S_KEY}"));
            table.types(node, &format!("mac set mcastappskey {APP_S_KEY}"));
            table.types(node, "mac set mcast on");
        }
        table.types(node, "mac set class c");
        table.types(node, "mac tx uncnf 1 00");
        table.rest(20);
    }
    let members = [1, 2].map(|number| Eui64::from_value(0x0004_a30b_0000_0000 + number)).to_vec();
    let keys = SessionKeys { nwk_s_key: NWK_S_KEY.parse().unwrap(), app_s_key: APP_S_KEY.parse().unwrap() };
    let (frequency, data_rate) = (eu868::REGION.rx2_frequency, eu868::REGION.rx2_data_rate);
    let group = MulticastGroup { address: ADDRESS, keys, frequency, data_rate, members };
    table.0.bench_mut().core.lorawan.set_multicast_group(group);
    for number in 0..3_u8 {
        let now = table.0.now();
        let sent = table.0.bench_mut().core.lorawan.send_multicast(now, ADDRESS, 7, vec![0xc0, number]);
        assert_eq!(sent, Ok(u32::from(number)));
        table.rest(20);
    }
    let messages: Vec<Vec<u8>> = (0..3).map(|number| vec![0xc0, number]).collect();
    for node in NODES {
        let copies = table.copies(node);
        assert_eq!(copies.len(), 6, "{node} hears every copy of both gateways: {copies:?}");
        let want = if node == "outsider" { [].as_slice() } else { &messages };
        assert_eq!(table.told(node), want, "{node}");
    }
    let notes = |code: &str| {
        let is = |what: &&Happening| matches!(what, Happening::Note(note) if note.code() == code);
        table.0.bench().trace().iter().map(|record| &record.what).filter(is).count()
    };
    assert_eq!(notes("multicast-sent"), 6, "each gateway sent each message");
    assert_eq!((notes("uplink-accepted"), notes("downlink-acknowledged")), (3, 0), "nobody answered");
}
