//! What a network tells of itself: after registration on each technology, on order, and to everybody.

use super::*;
use wire::nas::{LocationUpdateType, NetworkInformation};
use wire::sms::BroadcastPage;

fn telling() -> Timeline {
    let mut config = config();
    config.policy.network_information = true;
    Timeline::with(config)
}

/// What was told, and how.
fn told_by(message: &NasDown) -> Option<(&'static str, &NetworkInformation)> {
    if let NasDown::EmmInformation(information) = message {
        return Some(("EMM", information));
    }
    if let NasDown::MmInformation(information) = message {
        return Some(("MM", information));
    }
    if let NasDown::GmmInformation(information) = message { Some(("GMM", information)) } else { None }
}

#[test]
fn a_mobile_is_told_name_time_and_zone_once_it_has_attached() {
    let mut line = telling();
    let accept = line.try_attach(VOICE, SPAIN_BEST);
    assert!(told_by(&accept).is_none());
    let heard = line.ask(VOICE, SPAIN_BEST, NasUp::AttachComplete);
    let [message] = heard.as_slice() else { panic!("{heard:?}") };
    let information = told_by(message).unwrap().1;
    assert!(matches!(message, NasDown::EmmInformation(_)));
    assert_eq!(information.full_name.as_deref(), Some("Affiliate"));
    assert_eq!((information.zone, information.daylight_saving), (Some(4), Some(0)));
    assert_eq!(information.time.unwrap().to_string(), "2026-03-14T08:00:01Z");
    // The periodic update of a mobile that has not moved tells nothing new.
    let heard = line.ask(VOICE, SPAIN_BEST, Timeline::update(UpdateType::Periodic));
    assert!(heard.iter().all(|message| told_by(message).is_none()), "{heard:?}");
    let heard = line.ask(VOICE, FRANCE, Timeline::update(UpdateType::Area));
    let names: Vec<_> = heard.iter().filter_map(told_by).map(|(_, told)| told.full_name.clone()).collect();
    assert_eq!(names, [Some("Home".to_owned())]);
}

#[test]
fn each_domain_of_gsm_is_told() {
    let mut line = telling();
    let (imsi, imei) = (VOICE.imsi(), VOICE.imei());
    let update = LocationUpdateType::ImsiAttach;
    let asked = NasUp::LocationUpdatingRequest { imsi: imsi.clone(), imei: imei.clone(), update };
    let heard = line.ask(VOICE, FRANCE, asked);
    assert_eq!(heard.iter().filter_map(told_by).map(|told| told.0).collect::<Vec<_>>(), ["MM"]);
    assert!(matches!(heard[0], NasDown::LocationUpdatingAccept(_)), "{heard:?}");
    let heard = line.ask(VOICE, FRANCE, NasUp::GprsAttachRequest { imsi, imei });
    assert_eq!(heard.iter().filter_map(told_by).map(|told| told.0).collect::<Vec<_>>(), ["GMM"]);
}

#[test]
fn an_order_tells_what_it_changes_and_needs_a_registration() {
    let mut line = Timeline::new();
    let now = line.now();
    let order = |line: &mut Timeline, now| {
        line.core.order_information(now, &VOICE.imsi(), |told| {
            told.zone = Some(-20);
            told.daylight_saving = Some(1);
        })
    };
    assert_eq!(order(&mut line, now), Err(ControlError::NotRegistered(VOICE.imsi())));
    line.attach(VOICE, FRANCE);
    let now = line.now();
    order(&mut line, now).unwrap();
    line.pass(secs(1));
    let heard = line.heard(VOICE);
    let told: Vec<_> = heard.iter().filter_map(told_by).collect();
    let [("EMM", information)] = told.as_slice() else { panic!("{heard:?}") };
    assert_eq!((information.zone, information.daylight_saving), (Some(-20), Some(1)));
    assert_eq!(information.full_name.as_deref(), Some("Home"));
}

#[test]
fn a_broadcast_goes_to_a_network_page_by_page() {
    let mut line = Timeline::new();
    let pages = BroadcastPage::of_text(0x0110, 4370, &"ALERT ".repeat(20)).unwrap();
    let now = line.now();
    line.core.broadcast(now, FRANCE.parse().unwrap(), &pages);
    line.collect();
    let sent: Vec<Vec<u8>> = line.broadcasts.iter().map(|(_, page)| page.clone()).collect();
    assert_eq!(sent, pages.iter().map(BroadcastPage::octets).collect::<Vec<_>>());
    assert_eq!(sent.len(), 2);
}
