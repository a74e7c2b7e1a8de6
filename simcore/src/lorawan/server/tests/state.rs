//! A server that is lost and taken up again knows its devices.

use super::*;
use crate::state::{Change, Record, StateError};

/// Loses the server and takes it up again.
fn restart(t: &mut Timeline, config: NsConfig) -> Result<Vec<Record>, StateError> {
    let record =
        |Change { kind, key, value }: Change| Some(Record { kind: kind.to_owned(), key, value: value? });
    let records: Vec<_> = t.server.take_changes()?.into_iter().filter_map(record).collect();
    t.server = NetworkServer::new(config, Seed(2));
    t.server.keep_state();
    for record in &records {
        assert!(t.server.restore(record)?, "{record:?}");
    }
    t.server.restored(t.now);
    Ok(records)
}

fn kept(config: NsConfig) -> Timeline {
    let mut t = Timeline::new(config);
    t.server.keep_state();
    t
}

#[test]
fn a_session_goes_on_and_what_was_spent_stays_spent() {
    let mut t = kept(config()).joined();
    let first = t.message(0);
    t.send_at(secs(10), &first);
    t.run_until(secs(15));
    t.server.queue_downlink(DEVICE, 9, b"later".to_vec(), true).unwrap();
    t.server.request_device_status(DEVICE).unwrap();
    let before = t.server.session(DEVICE);
    t.notes.clear();
    restart(&mut t, config()).unwrap();
    assert_eq!(t.server.session(DEVICE), before);
    assert_eq!(t.server.queued_downlinks(DEVICE), 1);
    t.uplink_at(secs(20), &join_request(0x1234));
    t.run_until(secs(25));
    assert_eq!(t.codes(), ["join-refused-dev-nonce-used"]);
    t.send_at(secs(30), &first);
    t.run_until(secs(33));
    t.sent.clear();
    t.codes();
    let next = t.message(1);
    t.send_at(secs(40), &next);
    t.run_until(secs(45));
    let codes = t.codes();
    assert!(codes.contains(&"uplink-accepted") && codes.contains(&"downlink-sent"), "{codes:?}");
    let (.., message) = t.downlink(0);
    assert_eq!(message.payload.unwrap().octets, b"later");
    let old = t.message(0);
    let mut old = DataMessage { payload: Some(PortPayload { port: 2, octets: b"other".to_vec() }), ..old };
    old.confirmed = true;
    t.send_at(secs(50), &old);
    t.run_until(secs(55));
    assert_eq!(t.codes(), ["uplink-refused-replay"]);
}

#[test]
fn time_on_air_before_the_restart_counts() {
    let mut t = kept(config());
    let before = format!("{:?}", t.server.devices.get(DEVICE).map(|device| &device.airtime));
    t.uplink_at(secs(1), &join_request(1));
    t.run_until(secs(8));
    let spent = format!("{:?}", t.server.devices.get(DEVICE).map(|device| &device.airtime));
    assert_ne!(before, spent);
    restart(&mut t, config()).unwrap();
    assert_eq!(format!("{:?}", t.server.devices.get(DEVICE).map(|device| &device.airtime)), spent);
}

#[test]
fn a_device_that_was_registered_by_hand_is_kept_and_one_that_left_the_lab_file_is_named() {
    let empty = || NsConfig { devices: Vec::new(), ..config() };
    let mut t = kept(empty());
    t.server.register(device_config()).unwrap();
    let mut t = t.joined();
    restart(&mut t, empty()).unwrap();
    let next = t.message(0);
    t.send_at(secs(10), &next);
    t.run_until(secs(15));
    assert_eq!(t.codes(), ["session-started", "uplink-accepted"]);
    let mut t = kept(config()).joined();
    let error = restart(&mut t, empty()).unwrap_err().to_string();
    assert!(error.contains("0004a30b001a2b3c") && error.contains("the lab file"), "{error}");
}
