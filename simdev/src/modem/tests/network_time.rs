//! What the network tells of itself: the clock, reports of the zone, names (TS 27.007 7.3, 8.15, 8.40, 8.41).

use super::*;
use wire::nas::NetworkInformation;

fn told(zone: i8, daylight_saving: u8) -> NetworkInformation {
    NetworkInformation {
        full_name: Some("Test Network".to_owned()),
        short_name: None,
        zone: Some(zone),
        time: Some("2027-01-31T22:30:00Z".parse().unwrap()),
        daylight_saving: Some(daylight_saving),
    }
}

#[test]
fn the_clock_follows_the_network_where_the_host_wants_it_to() {
    let mut bench = Bench::registered();
    bench.network(NasDown::EmmInformation(told(8, 1)));
    bench.type_line("AT+CCLK?");
    assert!(bench.lines()[0].starts_with("+CCLK: \"26/03/14,08:00:"));
    bench.at("AT+CTZU=1", &["OK"]);
    bench.network(NasDown::EmmInformation(told(8, 1)));
    bench.at("AT+CCLK?", &["+CCLK: \"27/02/01,00:30:00+08\"", "OK"]);
    bench.wait(secs(75));
    bench.at("AT+CCLK?", &["+CCLK: \"27/02/01,00:31:15+08\"", "OK"]);
    // A network that tells the time and no zone leaves the zone as it is.
    bench.network(NasDown::EmmInformation(NetworkInformation { zone: None, ..told(0, 0) }));
    bench.at("AT+CCLK?", &["+CCLK: \"27/02/01,00:30:00+08\"", "OK"]);
    bench.network(NasDown::EmmInformation(told(-20, 0)));
    bench.at("AT+CCLK?", &["+CCLK: \"27/01/31,17:30:00-20\"", "OK"]);
}

#[test]
fn a_change_of_the_zone_is_reported_as_asked_and_told_once() {
    for (reporting, want) in [
        (1, "+CTZV: +08"),
        (2, "+CTZE: \"+08\",1,\"2027/02/01,00:30:00\""),
        (3, "+CTZEU: \"+08\",1,\"2027/01/31,22:30:00\""),
    ] {
        let mut bench = Bench::registered();
        bench.at(&format!("AT+CTZR={reporting}"), &["OK"]);
        bench.network(NasDown::MmInformation(told(8, 1)));
        assert_eq!(bench.lines(), [want]);
        bench.network(NasDown::GmmInformation(told(8, 1)));
        assert_eq!(bench.lines(), [""; 0]);
        bench.at("AT+CTZR=1", &["OK"]);
        bench.network(NasDown::GmmInformation(told(4, 0)));
        assert_eq!(bench.lines(), ["+CTZV: +04"]);
        bench.at("AT+CTZR=0", &["OK"]);
        bench.network(NasDown::GmmInformation(told(8, 1)));
        assert_eq!(bench.lines(), [""; 0]);
    }
}

#[test]
fn the_name_that_a_network_tells_is_the_name_that_is_shown() {
    let mut bench = Bench::registered();
    bench.at("AT+COPS=3,0;+COPS?", &["+COPS: 0,0,\"Orange F\",7", "OK"]);
    bench.network(NasDown::EmmInformation(told(8, 1)));
    bench.at("AT+COPS?", &["+COPS: 0,0,\"Test Network\",7", "OK"]);
    // It has told no short one.
    bench.at("AT+COPS=3,1;+COPS?", &["+COPS: 0,1,\"Orange\",7", "OK"]);
    bench.network(NasDown::EmmInformation(NetworkInformation {
        short_name: Some("Test".to_owned()),
        ..told(8, 1)
    }));
    bench.at("AT+COPS?", &["+COPS: 0,1,\"Test\",7", "OK"]);
    bench.at("AT+COPS=3,2;+COPS?", &["+COPS: 0,2,\"20801\",7", "OK"]);
}
