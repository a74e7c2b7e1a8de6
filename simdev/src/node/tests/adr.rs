//! Adaptive data rate and link check (LoRaWAN 1.0.2 clauses 4.3.1.1 and 5.1).

use super::*;
use std::collections::BTreeSet;

#[test]
fn silence_asks_after_64_uplinks_and_lowers_the_data_rate_every_32() {
    let mut b = Bench::personalised();
    b.command("mac set adr on");
    b.command("mac set ch status 1 off");
    for number in 0..64 + 32 * 5 + 10 {
        let sent = b.plain_uplink();
        let rate = 5_u8.saturating_sub(((number as u8).saturating_sub(64)) / 32);
        let want = eu868::modulation(wire::lorawan::DataRate(rate)).unwrap();
        assert_eq!(sent.frame.modulation, want, "uplink {number}");
        assert_eq!(sent.fctrl() & 0x80, 0x80);
        assert_eq!(sent.fctrl() & 0x40 != 0, number >= 64 && rate > 0, "uplink {number}");
        let power = if number >= 64 { 16 } else { 14 };
        assert_eq!(sent.frame.eirp_dbm, power, "uplink {number}");
    }
    assert_eq!(b.command("mac get dr"), ["0"]);
    assert_eq!(b.command("mac get ch status 1"), ["on"], "the default channels are back");
}

#[test]
fn any_downlink_starts_the_count_again() {
    let mut b = Bench::personalised();
    b.command("mac set adr on");
    for _ in 0..70 {
        b.plain_uplink();
    }
    assert_eq!(b.last().fctrl() & 0x40, 0x40);
    b.start("mac tx uncnf 1 00");
    b.rx1(secs(1), message(0).seal(&keys()));
    b.rest();
    for _ in 0..64 {
        assert_eq!(b.plain_uplink().fctrl() & 0x40, 0);
    }
    assert_eq!(b.plain_uplink().fctrl() & 0x40, 0x40);
}

#[test]
fn without_adr_nothing_is_asked() {
    let mut b = Bench::personalised();
    for _ in 0..100 {
        assert_eq!(b.plain_uplink().fctrl() & 0xc0, 0);
    }
}

#[test]
fn a_link_check_rides_on_an_uplink_and_its_answer_can_be_read() {
    let mut b = Bench::personalised();
    assert_eq!(b.command("mac set linkchk 60"), ["ok"]);
    assert_eq!(b.start("mac tx uncnf 1 00").f_opts(), "");
    b.run_for(secs(61));
    assert_eq!(b.start("mac tx uncnf 1 00").f_opts(), "02");
    b.rx1(secs(1), with_f_opts(0, "021602"));
    assert_eq!(b.command("mac get mrgn"), ["22"]);
    assert_eq!(b.command("mac get gwnb"), ["2"]);
}

/// In the session, with ADR on, after commands of the network that were answered.
fn after(commands: &str, answers: &str) -> Bench {
    let mut b = Bench::personalised();
    b.command("mac set adr on");
    b.start("mac tx uncnf 1 00");
    b.rx1(secs(1), with_data(0, 0, &unhex(&commands.replace(' ', ""))).seal(&keys()));
    b.rest();
    assert_eq!(b.plain_uplink().f_opts(), answers);
    b
}

#[test]
fn the_back_off_goes_on_to_a_data_rate_that_a_channel_allows() {
    // Channel 3 allows DR5 only, channel 4 DR2 only, and no other is on.
    let mut b = after("0703184f8455 0704e8568422 0351180001", "070307030307");
    for number in 1..96 + 32 {
        let want = if number < 96 { SF7 } else { Modulation { spreading_factor: 10, bandwidth_khz: 125 } };
        assert_eq!(b.plain_uplink().frame.modulation, want, "uplink {number}");
    }
    assert_eq!(b.plain_uplink().frame.modulation, SF12);
    let frequencies: BTreeSet<Hertz> = (0..20).map(|_| b.plain_uplink().frame.frequency).collect();
    assert_eq!(frequencies, eu868::DEFAULT_CHANNELS.into(), "the default channels are back");
}

#[test]
fn a_node_whose_last_channel_is_taken_away_uses_the_default_channels() {
    let mut b = after("0703184f8455 0351080001", "07030307");
    b.start("mac tx uncnf 1 00");
    b.rx1(secs(1), with_f_opts(1, "070300000050"));
    b.rest();
    let sent = b.plain_uplink();
    assert_eq!(sent.f_opts(), "0703");
    assert!(eu868::DEFAULT_CHANNELS.contains(&sent.frame.frequency), "{sent:?}");
}
