//! Adaptive data rate and link check (LoRaWAN 1.0.2 clauses 4.3.1.1 and 5.1).

use super::*;

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
