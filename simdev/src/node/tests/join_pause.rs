//! The time from a join-request that nobody answered to the next one (LoRaWAN 1.0.2 clause 7).

use super::*;

/// A RAK3172 that has just got its power.
fn powered(defects: &[Defect], seed: u64) -> Bench {
    let config = NodeConfig {
        model: NodeModel::Rak3172,
        provisioned: Some(identity()),
        defects: defects.iter().copied().collect(),
        ..NodeConfig::default()
    };
    let mut b = Bench::around(Node::new(config, Seed(seed)));
    b.node.power_on(b.now);
    b.run_for(secs(1));
    b
}

/// When a RAK3172 sends its requests whose host asks again in the second in which it hears that one failed.
fn requests(defects: &[Defect], seed: u64, count: usize) -> Vec<Sent> {
    let mut b = powered(defects, seed);
    b.typed("AT+DR=5\r\n");
    b.typed("AT+JOIN\r\n");
    while b.sent.len() < count {
        b.run_for(secs(1));
        if b.said().contains("JOIN_FAILED") {
            b.typed("AT+JOIN\r\n");
        }
    }
    b.sent
}

fn times(sent: &[Sent]) -> Vec<Instant> {
    sent.iter().map(|sent| sent.at).collect()
}

#[test]
fn nodes_that_began_together_do_not_ask_together_again() {
    let [first, second] = [1, 2].map(|seed| times(&requests(&[], seed, 10)));
    assert_eq!(first[0], second[0]);
    assert!(first[1..].iter().all(|at| !second.contains(at)), "{first:?} {second:?}");
    let [first, second] = [1, 2].map(|seed| times(&requests(&[Defect::RetriesInStep], seed, 10)));
    assert_eq!(first, second);
}

#[test]
fn the_pause_is_added_to_what_the_duty_cycle_demands() {
    // 1 % of the band, 0.33 % of each channel, and up to a hundred times as long by chance.
    let sent = requests(&[], 3, 40);
    let shares: Vec<u128> = sent
        .windows(2)
        .map(|pair| {
            let on_air = pair[0].ended.since(pair[0].at).as_micros();
            pair[1].at.since(pair[0].ended).as_micros() * 10 / on_air
        })
        .collect();
    assert!(shares.iter().all(|share| (990..=4030).contains(share)), "{shares:?}");
    assert!(
        shares.iter().any(|share| *share < 1300) && shares.iter().any(|share| *share > 1700),
        "{shares:?}"
    );
}

#[test]
fn the_end_of_a_span_of_the_back_off_is_not_a_signal_to_all() {
    // At DR0 the budget of the first hour is 24 requests; here it is used up before.
    let span = |defects: &[Defect], seed| {
        let mut b = powered(defects, seed);
        // The law of another country: the back-off of joins alone holds the node.
        b.typed("AT+DCS=0\r\n");
        while b.now < Instant::ZERO + secs(3600) {
            b.typed("AT+JOIN\r\n");
            b.run_for(secs(10));
        }
        b.run_for(secs(400));
        b.sent.iter().map(|sent| sent.at).find(|at| *at >= Instant::ZERO + secs(3600))
    };
    let in_step = span(&[Defect::RetriesInStep], 1);
    assert_eq!(in_step, Some(Instant::ZERO + secs(3600)));
    let [first, second] = [1, 2].map(|seed| span(&[], seed).unwrap());
    assert_ne!(first, second);
    assert!(first > in_step.unwrap() && second > in_step.unwrap());
}
