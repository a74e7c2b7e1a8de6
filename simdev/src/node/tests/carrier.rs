//! The carrier of the test mode (command 07 of LoRaMac-node 4.4).

use super::*;

#[test]
fn a_carrier_lasts_as_long_as_asked_and_the_test_mode_goes_on_after_it() {
    let rows = [
        ("070007", Some((868_100_000, 14, 7))),
        ("070102", Some((868_100_000, 14, 258))),
        ("070007846e580a", Some((867_900_000, 10, 7))),
        ("070007846e5814", Some((867_900_000, 16, 7))),
        ("070007895c500a", None),
        ("0700", None),
        ("07000784", None),
    ];
    for (order, want) in rows {
        let mut b = Bench::personalised_as(NodeConfig { test_mode: true, ..NodeConfig::default() });
        b.start("mac tx uncnf 1 00");
        b.rx1(secs(1), with_data(0, 224, &[1, 1, 1, 1]).seal(&keys()));
        b.run_for(secs(5));
        b.rx1(secs(1), with_data(1, 224, &unhex(order)).seal(&keys()));
        let sent = b.sent.len();
        b.run_for(secs(300));
        let seen = b
            .carriers
            .first()
            .map(|(_, carrier)| (carrier.frequency.0, carrier.eirp_dbm, carrier.lasts.as_secs()));
        assert_eq!(seen, want, "{order}");
        let next = b.sent[sent].at;
        if let Some((began, carrier)) = b.carriers.first() {
            assert!(next >= *began + carrier.lasts, "{order}: a frame beside the carrier");
        }
    }
}

#[test]
fn the_limit_of_the_network_holds_in_the_test_mode() {
    let mut b = Bench::personalised_as(NodeConfig { test_mode: true, ..NodeConfig::default() });
    b.start("mac tx uncnf 1 00");
    b.rx1(secs(1), with_data(0, 224, &[1, 1, 1, 1]).seal(&keys()));
    b.run_for(secs(5));
    b.rx1(secs(1), with_f_opts(1, "0407"));
    let first = b.sent.len();
    b.run_for(secs(300));
    assert!(b.sent.len() > first + 10, "{} uplinks", b.sent.len());
    for pair in b.sent[first..].windows(2) {
        let closed = pair[0].ended + pair[0].frame.time_on_air() * 127;
        assert!(pair[1].at >= closed, "{} after {}", pair[1].at, pair[0].ended);
    }
}
