//! Small fields of a day, whole: from the serial port of each node to the platform.

use super::*;
use crate::plan::Plan;
use crate::{Record, Style};
use simcore::lorawan::MONTHLY_PLAN;
use wire::time::Calendar;

const DAY: Duration = Duration::from_secs(86_400);

/// Nodes within 3 km of two gateways, which stand this many metres apart in a town with this model of loss.
fn lab(seed: u64, nodes: u16, radio: &str, gateways: &[&str]) -> Lab {
    let mut source = format!(
        "[lab]\nname = \"t\"\n[operator]\nhome = \"208-01\"\nservice_centre = \"+33639989000\"\n{radio}\n\
         [[device]]\nkind = \"lora-node\"\nname = \"meter\"\ncopies = {nodes}\ndev_eui = \"70b3d54990000001\"\n\
         app_eui = \"70b3d57ed0000001\"\napp_key = \"2b7e151628aed2a6abf7158809cf4f3c\"\n"
    );
    if !radio.is_empty() {
        source.push_str("position = { latitude = 47.0, longitude = 6.0 }\nspread = 3000\n");
    }
    for (number, position) in gateways.iter().enumerate() {
        source.push_str(&format!("[[gateway]]\neui = \"0016c001f150000{number}\"\n{position}\n"));
    }
    let plan = Plan::parse(&source).unwrap_or_else(|errors| panic!("{errors:?}"));
    Lab::build(&plan, Seed(seed), Calendar::virtual_start(), Style::Virtual).unwrap()
}

const TOWN: &str = "[radio]\nmodel = \"urban\"\nfading = 2.0";
const MAST: &str = "position = { latitude = 47.0, longitude = 6.0, height = 30 }";
const FAR_MAST: &str = "position = { latitude = 47.0, longitude = 6.03, height = 30 }";

fn habit() -> Habit {
    let period = (Duration::from_secs(600), Duration::from_secs(1200));
    let beginning = Beginning::Fresh(period.1);
    Habit { period, port: 2, octets: 16, confirmed: false, adr: true, beginning }
}

fn figures(lab: &Lab) -> Vec<Record> {
    let is_figure = |record: &&Record| matches!(record.what, Happening::Measure(..));
    lab.bench().trace().iter().filter(is_figure).cloned().collect()
}

#[test]
fn the_same_seed_gives_the_same_day_and_another_one_another() {
    let run = |seed| {
        let mut lab = lab(seed, 8, TOWN, &[MAST, FAR_MAST]);
        let tally = lab.run_field(&habit(), DAY).unwrap();
        (tally, figures(&lab), lab.bench().trace().len())
    };
    let first = run(1);
    assert_eq!(first, run(1));
    assert_ne!(first.0, run(2).0);
    // 8 nodes, one message every 900 s on average.
    assert!((700..900).contains(&first.0.messages), "{}", first.0.messages);
    assert_eq!(first.0.joins, 8);
}

#[test]
fn every_uplink_is_forwarded_or_lost_by_a_cause() {
    let mut lab = lab(3, 12, TOWN, &[MAST, FAR_MAST]);
    let tally = lab.run_field(&habit(), DAY).unwrap();
    let lost: u64 = tally.rates.values().map(|rate| rate.lost).sum();
    assert_eq!(lost, Loss::ALL.iter().map(|cause| tally.lost(*cause)).sum::<u64>());
    assert_eq!(tally.sent(), tally.days.iter().map(|day| day.sent).sum::<u64>());
    // What the gateways forwarded is at least what was not lost, and no more than that at each of them.
    let forwarded: u64 = tally.forwarded.values().sum();
    assert!(forwarded >= tally.sent() - lost && forwarded <= 2 * (tally.sent() - lost));
    assert!(tally.messages <= tally.sent() - lost - tally.joins);
}

#[test]
fn on_a_table_without_places_all_hear_all_and_only_collisions_and_downlinks_cost_frames() {
    let mut lab = lab(1, 6, "", &["", ""]);
    let tally = lab.run_field(&habit(), DAY).unwrap();
    assert_eq!(tally.lost(Loss::Faint), 0);
    assert_eq!(tally.joins, 6);
    assert_eq!(tally.rates.keys().map(|rate| rate.spreading_factor).collect::<Vec<_>>(), [7]);
}

#[test]
fn the_backhaul_of_a_day_is_its_idle_part_and_its_frames() {
    let mut lab = lab(1, 8, TOWN, &[MAST]);
    let tally = lab.run_field(&habit(), DAY).unwrap();
    let gateway = tally.gateways()[0];
    let octets = tally.backhaul(gateway);
    // Idle 2.73 MB a day; a frame costs some 270 octets up and 96 down, a downlink some 350 and more.
    let frames = tally.forwarded[&gateway];
    let (least, most) = (2_700_000 + frames * 330, 2_760_000 + frames * 450 + tally.downlinks * 500);
    assert!((least..most).contains(&octets), "{octets} is not within {least} to {most}");
    assert!(octets * 30 < MONTHLY_PLAN);
}

#[test]
fn adr_brings_a_near_node_up_and_the_lab_forgets_what_it_need_not_keep() {
    let mut lab = lab(1, 4, TOWN, &[MAST]);
    let tally = lab.run_field(&habit(), DAY).unwrap();
    assert!(tally.downlinks > 4, "joins and requests of ADR were answered");
    assert!(lab.bench().trace().len() <= 2 * RECORDS + 100);
}

#[test]
fn nodes_that_have_joined_send_on_and_all_that_was_heard_becomes_a_message_once() {
    let mut lab = lab(1, 6, TOWN, &[MAST, FAR_MAST]);
    let hour = Duration::from_secs(3600);
    let joining = lab.run_field(&habit(), hour).unwrap();
    assert!(joining.nodes == 6 && joining.joins > 2, "{joining:?}");
    let sending = Habit { beginning: Beginning::Joined(5), ..habit() };
    let tally = lab.run_field(&sending, hour).unwrap();
    assert!(tally.join_requests.is_empty() && tally.sent() > 6, "{tally:?}");
    let service = &tally.service;
    assert!(service.delivered > 0 && service.delivered <= tally.messages, "{service:?}");
    assert_eq!((service.lost, service.unexpected), (0, 0));
    assert_eq!(service.latency(1000), Some(Duration::from_millis(200)), "the time of de-duplication");
}

#[test]
fn what_the_server_refuses_is_lost_there_and_not_in_the_air() {
    let mut lab = lab(1, 2, "", &[""]);
    let hour = Duration::from_secs(3600);
    assert_eq!(lab.run_field(&habit(), hour).unwrap().joins, 2);
    let forgotten = wire::id::Eui64::from_value(0x70b3_d549_9000_0002);
    assert!(lab.bench_mut().core.lorawan.unregister(forgotten));
    let tally = lab.run_field(&Habit { beginning: Beginning::Joined(5), ..habit() }, hour).unwrap();
    let service = &tally.service;
    assert!(service.lost >= 2 && service.delivered >= 2, "{service:?}");
    assert!(service.heard - service.lost - service.delivered <= 2, "{service:?}");
}

#[test]
fn after_a_power_failure_nobody_is_heard_until_the_gateways_are_back() {
    let mut lab = lab(1, 6, TOWN, &[MAST]);
    let away = Duration::from_secs(600);
    let habit = Habit { beginning: Beginning::PowerFailure(away), ..habit() };
    let tally = lab.run_field(&habit, Duration::from_secs(3600)).unwrap();
    let back = tally.gateways_back.unwrap();
    assert_eq!(back.since(tally.began()), away);
    let early = tally.join_requests.iter().filter(|at| **at < back).count() as u64;
    assert!(early >= 6 && tally.lost(Loss::Away) >= early - 6, "{early}: {tally:?}");
    assert!(tally.joins > 0 && tally.last_join.unwrap() > back);
}
