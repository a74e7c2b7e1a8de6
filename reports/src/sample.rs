//! A varied run to look at and to test with: every verdict, every kind of event, every measurement. Its figures come from
//! a small counter, so that it is the same each time.

use crate::run::{
    About, DeviceInfo, Direction, Event, Finding, Mode, Place, Run, Source, TestRun, Verdict, What,
};

/// The run.
pub fn varied() -> Run {
    let mut tests = Vec::new();
    for (suite, title, names) in SUITES {
        for (number, name) in names.iter().enumerate() {
            tests.push(test(suite, title, name, number, tests.len()));
        }
    }
    Run { about: about(), tests, interrupted: false }
}

/// One test with this verdict and message.
#[cfg(test)]
pub fn test_with(verdict: Verdict, message: &str) -> TestRun {
    let mut test = test("cellular/voice_whitelist", "Voice", "unlisted_number_is_refused", 0, 0);
    test.verdict = verdict;
    test.finding = (verdict != Verdict::Pass).then(|| finding(verdict, message, &test.id));
    test.lab_time_micros = 34_102_000;
    test
}

const SUITES: [(&str, &str, &[&str]); 6] = [
    (
        "cellular/sim",
        "The SIM card: PIN, PUK and identity.",
        &[
            "pin1_disabled_as_delivered",
            "pin1_blocks_after_three_wrong_tries",
            "puk1_unblocks_pin1",
            "iccid_matches_inventory",
            "pin2_blocks_after_three_wrong_tries",
            "puk1_is_final_after_ten_wrong_tries",
        ],
    ),
    (
        "cellular/registration",
        "Registration on home and partner networks.",
        &[
            "attaches_at_home",
            "attaches_in_a_partner_network",
            "leaves_a_forbidden_network",
            "backs_off_after_congestion",
            "returns_after_power_loss",
            "keeps_fplmn_over_power_cycle",
            "honours_t3402",
        ],
    ),
    (
        "cellular/sms",
        "Short messages from and to the device.",
        &[
            "mo_reaches_the_application",
            "mt_reaches_the_device",
            "mt_is_held_while_away",
            "receipt_is_given",
            "concatenated_message_is_whole",
        ],
    ),
    (
        "cellular/voice_whitelist",
        "Mobile-originated calls against an account's voice whitelist.",
        &["listed_number_rings", "unlisted_number_is_refused", "emergency_call_is_never_refused"],
    ),
    (
        "lorawan/join",
        "Over-the-air activation.",
        &[
            "joins_in_rx1",
            "joins_in_rx2",
            "dev_nonce_is_never_reused",
            "wrong_key_is_not_answered",
            "join_back_off_is_kept",
        ],
    ),
    (
        "lorawan/downlink",
        "Confirmed and unconfirmed downlinks.",
        &["confirmed_downlink_is_acknowledged", "counter_never_goes_back", "class_c_listens_always"],
    ),
];

fn about() -> About {
    let source = |path: &str, digit: &str| Source { path: path.to_owned(), sha256: digit.repeat(32) };
    About {
        version: "0.1.0".to_owned(),
        lab: "demo".to_owned(),
        lab_file: "lab.toml".to_owned(),
        lab_hash: "9f4c2a17".repeat(8),
        sources: vec![
            source("cellular/sim.rhai", "1a"),
            source("cellular/registration.rhai", "2b"),
            source("cellular/sms.rhai", "3c"),
            source("cellular/voice_whitelist.rhai", "4d"),
            source("lorawan/join.rhai", "5e"),
            source("lorawan/downlink.rhai", "6f"),
            source("lib/cellular.rhai", "70"),
        ],
        seed: 7,
        mode: Mode::Virtual,
        calendar: "2026-01-05T08:00:00Z".to_owned(),
        devices: vec![
            device(
                "modem-a",
                "modem",
                "quectel-bg95",
                &[("IMEI", "867997030000019"), ("IMSI", "208011234567890")],
            ),
            device("node-a", "lora-node", "rn2483", &[("DevEUI", "0004a30b001a2b3c"), ("firmware", "1.0.5")]),
        ],
    }
}

fn device(name: &str, kind: &str, model: &str, identities: &[(&str, &str)]) -> DeviceInfo {
    DeviceInfo {
        name: name.to_owned(),
        kind: kind.to_owned(),
        model: model.to_owned(),
        port: "simulated".to_owned(),
        identities: identities
            .iter()
            .map(|(label, value)| ((*label).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

fn test(suite: &str, suite_title: &str, name: &str, number: usize, position: usize) -> TestRun {
    let (_, file) = suite.rsplit_once('/').unwrap_or(("", suite));
    let id = format!("{file}::{name}");
    let verdict = verdict_of(name);
    let clause = if suite.starts_with("lorawan") { "ICA-1.5a" } else { "ICX-1.3.2.3a" };
    TestRun {
        suite: suite.to_owned(),
        suite_title: suite_title.to_owned(),
        family: file.replace('_', " "),
        title: format!("{}.", sentence(name)),
        cases: vec![format!("{}-{:02}", file.get(..3).unwrap_or("").to_uppercase(), number + 1)],
        clauses: vec![clause.to_owned(), format!("ICX-1.{}.{}a", 2 + position % 9, 1 + position % 12)],
        needs: vec!["modem".to_owned(), "core:control".to_owned()],
        verdict,
        finding: finding_of(verdict, name, &id),
        lab_time_micros: 1_301_000 + 7_919_113 * position as u64,
        repeat: format!("dtk run {id} --seed 7"),
        events: if verdict == Verdict::NotApplicable { Vec::new() } else { events(suite, name, position) },
        frames: Vec::new(),
        lora_keys: Vec::new(),
        id,
    }
}

fn sentence(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn verdict_of(name: &str) -> Verdict {
    match name {
        "unlisted_number_is_refused" | "dev_nonce_is_never_reused" => Verdict::Fail,
        "receipt_is_given" => Verdict::Error,
        "class_c_listens_always" => Verdict::Inconclusive,
        "returns_after_power_loss" => Verdict::Flaky,
        "honours_t3402" => Verdict::ExpectedFail,
        "emergency_call_is_never_refused" | "puk1_is_final_after_ten_wrong_tries" => Verdict::NotApplicable,
        _ => Verdict::Pass,
    }
}

fn finding_of(verdict: Verdict, name: &str, id: &str) -> Option<Finding> {
    let message = match verdict {
        Verdict::Pass => return None,
        Verdict::NotApplicable => "the lab has no device with power control",
        Verdict::ExpectedFail => "T3402 is not restarted (ticket DEV-118, until 2026-06-30)",
        Verdict::Flaky => "passed on the second try; the first ended without a registration within 60 s",
        Verdict::Inconclusive => "the gateway heard no uplink for 120 s",
        Verdict::Error => "no property \"recipt\" in the answer; is it \"receipt\"?",
        Verdict::Fail if name.starts_with("dev") => "the device joined twice with the same DevNonce",
        Verdict::Fail => "the network let the call through",
    };
    Some(finding(verdict, message, id))
}

fn finding(verdict: Verdict, message: &str, id: &str) -> Finding {
    let blame = match verdict {
        Verdict::NotApplicable | Verdict::Pass => "",
        Verdict::Error => "script",
        Verdict::Inconclusive => "lab",
        Verdict::Fail | Verdict::ExpectedFail | Verdict::Flaky => "device",
    };
    let ran = verdict != Verdict::NotApplicable;
    let own = |text: &str| text.to_owned();
    Finding {
        message: own(message),
        expected: (verdict == Verdict::Fail).then(|| own("refused with cause 21 (call rejected)")),
        seen: (verdict == Verdict::Fail).then(|| own("OK after 2.1 s")),
        blame: own(blame),
        place: ran.then(|| Place {
            file: format!("suites/cellular/{}.rhai", id.split("::").next().unwrap_or("")),
            line: 14,
            column: 5,
            source: own("    expect(call.refused(), \"the network let the call through\");"),
        }),
        exchange: if ran {
            vec![
                own("+30.000 modem-a > AT+COPS?"),
                own("+30.020 modem-a < +COPS: 0,0,\"Orange F\",7"),
                own("+32.001 modem-a > ATD+33999999999;"),
                own("+34.101 modem-a < OK"),
            ]
        } else {
            Vec::new()
        },
        notes: if ran {
            vec![own("+32.050 208011234567890 call-accepted: no whitelist on account \"acme\"")]
        } else {
            Vec::new()
        },
    }
}

fn events(suite: &str, name: &str, position: usize) -> Vec<Event> {
    let lora = suite.starts_with("lorawan");
    let mut events = Vec::new();
    let mut at = 0;
    let long = if name == "keeps_fplmn_over_power_cycle" { 220 } else { 4 };
    push(&mut events, at, What::Step { text: "power on".to_owned() });
    for turn in 0..long {
        at += 20_113 + 977 * turn;
        let command = if lora { "mac join otaa\\r\\n" } else { "AT+CEREG?\\r" };
        push(&mut events, at, serial(lora, Direction::ToDevice, command));
        at += 3_002;
        let answer = if lora { "ok\\r\\n" } else { "\\r\\n+CEREG: 0,5\\r\\n\\r\\nOK\\r\\n" };
        push(&mut events, at, serial(lora, Direction::FromDevice, answer));
    }
    let (layer, text, hex) = if lora {
        (
            "lora",
            "JoinRequest DevEUI 0004a30b001a2b3c DevNonce 1f2e, 868.100 MHz SF7 -47 dBm",
            "00d0b3703e4a1f2e",
        )
    } else {
        ("nas", "ATTACH REQUEST, IMSI 208011234567890, combined EPS/IMSI attach", "0741720880390123")
    };
    let air = |direction, text: &str, hex: Option<&str>| What::Air {
        device: if lora { "node-a" } else { "modem-a" }.to_owned(),
        direction,
        layer: layer.to_owned(),
        text: text.to_owned(),
        hex: hex.map(str::to_owned),
    };
    push(&mut events, at + 1_000, air(Direction::FromDevice, text, Some(hex)));
    let note = What::Note {
        code: "subscriber-accepted".to_owned(),
        subject: "208011234567890".to_owned(),
        text: "attach accepted on 208-01, TAC 0001".to_owned(),
    };
    push(&mut events, at + 42_000, note);
    push(&mut events, at + 44_000, air(Direction::ToDevice, "answer of the network", None));
    measures(&mut events, suite, at + 50_000, position);
    events
}

fn measures(events: &mut Vec<Event>, suite: &str, at: u64, position: usize) {
    let spread = |number: usize, width: usize| ((position * 7919 + number * 104_729) % width) as f64;
    let measure = |name: &str, value: f64, unit: &str, reference: &str| What::Measure {
        name: name.to_owned(),
        device: "modem-a".to_owned(),
        value,
        unit: unit.to_owned(),
        reference: reference.to_owned(),
    };
    match suite {
        "cellular/registration" | "cellular/sim" => {
            for number in 0..6 {
                let value = 1.25 + spread(number, 97) / 40.0 * (1.0 + spread(number, 5));
                push(events, at, measure("attach-time", value, "s", ""));
            }
        }
        "cellular/sms" => {
            for number in 0..8 {
                push(events, at, measure("sms-latency", 0.4 + spread(number, 61) / 80.0, "s", "MO"));
                push(events, at, measure("sms-latency", 1.1 + spread(number, 83) / 30.0, "s", "MT"));
            }
        }
        "lorawan/join" => {
            for number in 0..5 {
                let late = spread(number, 23) - 9.0;
                push(events, at, measure("join-accept-offset", 5_000_000.0 + late, "us", "RX1"));
                push(events, at, measure("join-accept-offset", 6_000_000.0 - late, "us", "RX2"));
            }
            if position.is_multiple_of(4) {
                push(events, at, measure("join-accept-offset", 5_000_031.0, "us", "RX1"));
            }
        }
        "lorawan/downlink" => field(events, at, position),
        _ => {}
    }
}

/// Ten days of a field with three gateways.
fn field(events: &mut Vec<Event>, at: u64, position: usize) {
    const DAY: u64 = 86_400_000_000;
    let mut measure = |day: u64, name: &str, value: f64, unit: &str, reference: &str| {
        let (name, unit, reference) = (name.to_owned(), unit.to_owned(), reference.to_owned());
        push(events, at + day * DAY, What::Measure { name, device: String::new(), value, unit, reference });
    };
    let spread = |number: u64, width: u64| ((position as u64 * 7919 + number * 104_729) % width) as f64;
    for day in 1..=10 {
        for (gateway, base) in
            [("0016c001f1500001", 6.1), ("0016c001f1500002", 5.2), ("0016c001f1500003", 3.9)]
        {
            measure(day, "backhaul-day", base + spread(day, 23) / 100.0, "MB", gateway);
        }
        for (number, cause) in (0..).zip(["too faint", "collision", "no demodulator", "gateway sending"]) {
            let lost = spread(day + number, 17) * [4.0, 9.0, 0.0, 1.0][number as usize];
            measure(day, "uplinks-lost", lost, "frames", cause);
        }
        measure(day, "receptions-destroyed", 150.0 + spread(day, 61), "frames", "");
    }
    for (number, rate) in
        (0..).zip(["SF7BW125", "SF8BW125", "SF9BW125", "SF10BW125", "SF11BW125", "SF12BW125"])
    {
        measure(10, "uplinks-sent", 40_000.0 / (1.0 + number as f64), "frames", rate);
        measure(10, "packet-error-rate", 0.4 + 0.7 * number as f64, "%", rate);
    }
    measure(10, "backhaul-plan", 10.0, "MB", "");
}

fn serial(lora: bool, direction: Direction, text: &str) -> What {
    let device = if lora { "node-a" } else { "modem-a" };
    What::Serial { device: device.to_owned(), direction, text: text.to_owned() }
}

fn push(events: &mut Vec<Event>, at: u64, what: What) {
    events.push(Event { at, what });
}
