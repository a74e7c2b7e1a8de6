//! Gateways that fall silent and come back.

use super::*;
use crate::lorawan::Window;

/// Joined, and the first gateway has told of itself every ten seconds until `last`.
fn told_until(config: NsConfig, last: u64) -> Timeline {
    let mut t = Timeline::new(config).joined();
    for second in (10..=last).step_by(10) {
        t.run_until(secs(second));
        t.server.handle_keep_alive(secs(second), GATEWAYS[0]);
        t.settle();
    }
    t
}

#[test]
fn a_gateway_is_offline_a_minute_after_its_last_word_and_online_at_the_next() {
    let mut t = told_until(config(), 100);
    t.run_until(Instant::from_micros(159_999_999));
    assert_eq!(t.codes(), [""; 0]);
    t.run_until(secs(160));
    assert_eq!(
        t.notes[0].to_string(),
        "gateway 0016c001f1500001 has been silent since +100.000 s: it is offline"
    );
    assert_eq!(t.codes(), ["gateway-offline"]);
    assert_eq!(t.server.gateway_offline_since(GATEWAYS[0]), Some(secs(100)));
    t.run_until(secs(3_700));
    assert_eq!(t.codes(), [""; 0], "it is told once");
    t.server.handle_keep_alive(secs(3_700), GATEWAYS[0]);
    t.settle();
    assert_eq!(t.notes[0].to_string(), "gateway 0016c001f1500001 is there again after 3600.000 s");
    assert_eq!(t.codes(), ["gateway-online"]);
    assert_eq!(t.server.gateway_offline_since(GATEWAYS[0]), None);
    t.run_until(secs(3_760));
    assert_eq!(t.codes(), ["gateway-offline"], "and watched as before");
}

#[test]
fn an_uplink_is_a_sign_of_life_too() {
    let mut t = told_until(config(), 20);
    t.run_until(secs(200));
    assert_eq!(t.codes(), ["gateway-offline"]);
    let first = t.message(0);
    t.send_at(secs(200), &first);
    t.run_until(secs(210));
    assert_eq!(t.codes()[0], "gateway-online");
    assert_eq!(t.server.gateway_offline_since(GATEWAYS[0]), None);
}

#[test]
fn a_gateway_that_never_told_of_itself_or_is_gone_is_not_watched() {
    let mut t = Timeline::new(config()).joined();
    t.run_until(secs(10_000));
    assert_eq!(t.codes(), [""; 0]);
    t.server.handle_keep_alive(secs(10_000), Eui64::from_value(7));
    t.server.handle_keep_alive(secs(10_000), GATEWAYS[1]);
    t.server.unregister_gateway(GATEWAYS[1]);
    t.run_until(secs(20_000));
    assert_eq!(t.codes(), [""; 0]);
    assert_eq!(t.server.next_wakeup(), None);
}

#[test]
fn what_need_not_wait_for_an_uplink_goes_by_a_gateway_that_is_there() {
    let mut class_c = config();
    class_c.devices[0].class = Class::C;
    let mut t = told_until(class_c, 20);
    let (first, octets) = (t.message(0), t.seal(&t.message(0)));
    t.heard_at(secs(30), F0, 5, &octets, &[(0, 70), (1, 50)]);
    t.run_until(secs(100));
    assert_eq!((first.fcnt, t.codes().pop()), (0, Some("gateway-offline")));
    t.server.set_preferred_window(DEVICE, Window::Rx2).unwrap();
    t.server.queue_downlink(DEVICE, 7, vec![1], false).unwrap();
    t.run_until(secs(110));
    assert_eq!(t.sent.iter().map(|(_, gateway, _)| *gateway).collect::<Vec<_>>(), [1]);
    assert!(
        t.notes[0].to_string().ends_with("0016c001f1500001 is passed over: it is offline"),
        "{}",
        t.notes[0]
    );
    assert_eq!(t.codes(), ["downlink-moved", "downlink-sent"]);
}
