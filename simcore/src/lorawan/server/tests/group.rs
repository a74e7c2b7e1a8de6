//! Class C multicast, location and device status.

use super::*;
use crate::lorawan::{DeviceStatus, MulticastError, MulticastGroup, Position};
use wire::lorawan::mac::UplinkCommand;
use wire::lorawan::{DevAddr, FOpts};

const ADDRESS: DevAddr = DevAddr::from_value(0x2600_00ff);

fn keys() -> SessionKeys {
    SessionKeys { nwk_s_key: Key::new([1; 16]), app_s_key: Key::new([2; 16]) }
}

fn group(members: Vec<Eui64>) -> MulticastGroup {
    let (frequency, data_rate) = (eu868::RX2_FREQUENCY, DataRate(3));
    MulticastGroup { address: ADDRESS, keys: keys(), frequency, data_rate, members }
}

/// Two devices, each heard best by another gateway.
fn two_devices() -> Timeline {
    let other = Eui64::from_value(2);
    let mut both = config();
    both.devices.push(DeviceConfig { dev_eui: other, ..device_config() });
    let mut t = Timeline::new(both).joined();
    let theirs = DevAddr::from_value(0x2600_0001);
    t.server.personalise(secs(9), other, theirs, keys()).unwrap();
    let octets = t.seal(&t.message(0));
    t.heard_at(secs(10), F0, 5, &octets, &[(0, 60), (1, -20)]);
    let octets = DataMessage { dev_addr: theirs, ..t.message(0) }.seal(&keys());
    t.heard_at(secs(12), F0, 5, &octets, &[(0, -20), (1, 60)]);
    t.run_until(secs(15));
    t.notes.clear();
    t.server.set_multicast_group(group(vec![DEVICE, other]));
    t
}

#[test]
fn a_message_goes_out_by_every_gateway_that_covers_a_member_one_after_the_other() {
    let mut t = two_devices();
    assert_eq!(t.server.send_multicast(secs(15), ADDRESS, 7, vec![1, 2, 3]), Ok(0));
    t.settle();
    t.run_until(secs(20));
    let [(first_at, 0, first), (second_at, 1, second)] = t.sent.as_slice() else { panic!("{:?}", t.sent) };
    assert_eq!(first, second);
    assert!(*second_at > *first_at + first.time_on_air(), "the copies do not overlap");
    assert_eq!(
        (first.frequency, eu868::data_rate(first.modulation)),
        (eu868::RX2_FREQUENCY, Some(DataRate(3)))
    );
    let Ok(Frame::Data(frame)) = Frame::parse(&first.payload) else { panic!("no data frame") };
    let message = frame.open(&keys(), 0).unwrap();
    assert!(!message.confirmed && !message.ack && message.f_opts.as_slice().is_empty());
    assert_eq!((message.dev_addr, message.payload.unwrap().octets), (ADDRESS, vec![1, 2, 3]));
    assert_eq!(t.codes(), ["multicast-sent", "multicast-sent"]);
    assert_eq!(t.server.multicast_counter(ADDRESS), Some(1));
    assert_eq!(t.server.send_multicast(secs(20), ADDRESS, 7, vec![4]), Ok(1));
}

#[test]
fn a_message_that_cannot_be_sent_is_refused_and_counts_nothing() {
    let mut t = two_devices();
    let stranger = DevAddr::from_value(1);
    let long = MulticastError::TooLong { got: 116, limit: 115, data_rate: DataRate(3) };
    let rows = [
        (stranger, 7, 1, MulticastError::UnknownGroup(stranger)),
        (ADDRESS, 0, 1, MulticastError::Port(0)),
        (ADDRESS, 225, 1, MulticastError::Port(225)),
        (ADDRESS, 7, 116, long),
    ];
    for (address, port, length, want) in rows {
        assert_eq!(t.server.send_multicast(secs(15), address, port, vec![0; length]), Err(want));
    }
    t.server.set_multicast_group(group(vec![APP]));
    let uncovered = t.server.send_multicast(secs(15), ADDRESS, 7, vec![1]);
    assert_eq!(uncovered, Err(MulticastError::NoCoverage(ADDRESS)));
    assert_eq!(t.server.multicast_counter(ADDRESS), Some(0));
    assert!(t.server.remove_multicast_group(ADDRESS));
    assert_eq!(t.server.multicast_counter(ADDRESS), None);
}

#[test]
fn a_device_is_where_the_gateways_that_heard_it_are() {
    let mut t = two_devices();
    assert_eq!(t.server.location(DEVICE), None, "nobody knows where the gateways are");
    let place = Position { latitude: 48_000_000, longitude: 2_000_000 };
    t.server.register_gateway(GatewayConfig { position: Some(place), ..GatewayConfig::new(GATEWAYS[0]) });
    let location = t.server.location(DEVICE).unwrap();
    assert_eq!((location.position, location.gateways, location.at), (place, 1, secs(10)));
}

#[test]
fn the_status_of_a_device_is_remembered() {
    let mut t = two_devices();
    assert_eq!(t.server.device_status(DEVICE), None);
    let mut answer = t.message(1);
    answer.f_opts = FOpts::new(UplinkCommand::DevStatusAns { battery: 254, margin: -5 }.to_octets()).unwrap();
    t.send_at(secs(20), &answer);
    t.run_until(secs(25));
    let want = DeviceStatus { at: secs(20), battery: 254, margin: -5 };
    assert_eq!(t.server.device_status(DEVICE), Some(want));
}
