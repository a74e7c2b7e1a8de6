//! The LoRaWAN kit runs in every band: each test has the verdict that it has in the others, or is not applicable because the
//! band has nothing of what it is about.

#![cfg(test)]

use clap::Parser as _;
use reports::run::{Run, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use wire::lorawan::Band;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The default lab in this band, with gateways of `channels` channels and more lines of `[operator]`.
fn lab_of(band: Band, channels: u16, operator: &str) -> String {
    let text = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    let (net_id, gateway) = ("net_id = 0x000013\n", "[[gateway]]\n");
    assert_eq!((text.matches(net_id).count(), text.matches(gateway).count()), (1, 4), "lab.toml is another");
    text.replace(net_id, &format!("{net_id}band = \"{band}\"\n{operator}\n"))
        .replace(gateway, &format!("{gateway}channels = {channels}\n"))
}

fn run_kit(lab: &str, filter: &str) -> Run {
    run_suites(lab, filter, &root().join("suites"))
}

fn run_suites(lab: &str, filter: &str, suites: &Path) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lab.toml");
    std::fs::write(&file, lab).unwrap();
    let mut words: Vec<String> = ["dtk", "run", "--json", filter].map(str::to_owned).into();
    let out = folder.path().join("out");
    for (option, value) in [("--lab", file.as_path()), ("--suites", suites), ("--out", &out)] {
        words.extend([option.to_owned(), value.display().to_string()]);
    }
    let code = runner::run(&runner::cli::Cli::try_parse_from(words).unwrap());
    reports::read_run(&out.join("latest")).unwrap_or_else(|error| panic!("exit code {code}: {error}"))
}

fn message(test: &reports::run::TestRun) -> &str {
    test.finding.as_ref().map_or("", |finding| finding.message.as_str())
}

/// Tests that a good node must pass and does not, those of whole fields left out: "id: verdict: message".
fn wrong(run: &Run, band: Band) -> Vec<String> {
    let elsewhere = format!("the band of the lab is {band}");
    let fits = |test: &&reports::run::TestRun| {
        test.verdict == Verdict::Pass
            || (test.verdict == Verdict::NotApplicable
                && message(test).starts_with("needs band:")
                && message(test).ends_with(&elsewhere))
    };
    let others = run
        .tests
        .iter()
        .filter(|test| !["field::", "load::"].iter().any(|field| test.id.starts_with(field)) && !fits(test));
    others.map(|test| format!("{band}: {}: {}: {}", test.id, test.verdict, message(test))).collect()
}

#[test]
fn the_kit_runs_in_every_band_with_equal_verdicts_or_says_what_the_band_lacks() {
    let mut differences = Vec::new();
    let mut passed = BTreeMap::new();
    let labs = [(Band::Us915, 64), (Band::As923, 8), (Band::Au915, 64)];
    let runs: Vec<_> = std::thread::scope(|scope| {
        let run =
            |(band, channels)| (band, scope.spawn(move || run_kit(&lab_of(band, channels, ""), "lorawan/")));
        let runs = labs.map(run);
        runs.into_iter().map(|(band, run)| (band, run.join().unwrap())).collect()
    });
    for (band, run) in runs {
        differences.extend(wrong(&run, band));
        let own = run.tests.iter().filter(|test| test.verdict == Verdict::Pass);
        passed.insert(band, own.map(|test| test.id.clone()).collect::<BTreeSet<_>>());
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    let has = |band: Band, name: &str| passed[&band].iter().any(|id| id.contains(name));
    assert!(has(Band::Us915, "fixed_channels::sub_band_by_mask"));
    assert!(has(Band::As923, "dwell_time::lengths_follow_the_dwell_time"));
    assert!(passed.values().all(|own| own.len() > 100), "where is the kit?");
}

/// A gateway of eight channels hears sub-band 2: a node that begins on all channels gets in, and is left with those.
const SUB_BAND: &str = r#"//! A gateway of eight channels, and a node that begins on all 72.

/// A node finds the sub-band of its network.
/// @case LREG-06
/// @clause ICA-1.3.4a
/// @needs lora-node core:control radio:control band:fixed
/// @timeout 20000
fn test_a_node_finds_its_sub_band(lab) {
    let node = lab.node();
    wait_until(|| attempt(|| node.command("sys get ver")).ok, 30, "no answer");
    for number in 0..60 { if node.join() { break; } sleep(60); }
    for number in 0..60 { sleep(2); node.send(1, "00"); }
    let sent = lab.radio().transmissions(node);
    let first = if lab.band().name == "US915" { 903900000 } else { 916800000 };
    for index in sent.len() - 20..sent.len() {
        let frequency = sent[index].frequency;
        expect(frequency >= first && frequency <= first + 1400000, `${frequency} Hz lies outside the sub-band`);
    }
    expect(lab.core().node(node).messages().len() >= 20, "the uplinks were not heard");
}
"#;

#[test]
fn a_node_finds_its_sub_band() {
    for band in [Band::Us915, Band::Au915] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("sub_band.rhai"), SUB_BAND).unwrap();
        let run = run_suites(&lab_of(band, 8, "sub_band = 2"), "sub_band", folder.path());
        assert_eq!(run.tests.len(), 1);
        assert_eq!(run.tests[0].verdict, Verdict::Pass, "{band}: {}", message(&run.tests[0]));
    }
}

/// A node that is built for another band is heard by nobody, and the kit says so.
#[test]
fn a_node_of_another_band_does_not_join() {
    let node = "name = \"node-a\"\n";
    let lab = lab_of(Band::Eu868, 8, "").replace(node, &format!("{node}band = \"US915\"\n"));
    let run = run_kit(&lab, "join::first_uplink_decodes_under_the_derived_keys");
    assert_eq!(run.tests.len(), 1);
    let test = &run.tests[0];
    assert_eq!(test.verdict, Verdict::Fail);
    assert!(message(test).contains("no join-request of it reached the join server"), "{}", message(test));
}

/// What is on any channel of a gateway of 16 or of 64 channels reaches the network server.
///
/// @clause ICA-1.3.4b
#[test]
fn gateways_of_16_and_of_64_channels_hear_every_one() {
    for (band, channels) in [(Band::Eu868, 16), (Band::As923, 16), (Band::Us915, 64), (Band::Au915, 64)] {
        let run = run_kit(&lab_of(band, channels, ""), "every_channel_of_the_gateway_is_heard");
        let seen: Vec<_> = run.tests.iter().map(|test| (test.verdict, message(test))).collect();
        assert_eq!(seen, [(Verdict::Pass, "")], "{band} {channels}");
    }
}

/// A gateway and a node of US915 beside those of EU868, on one network server.
const TWO_BANDS: &str = r#"//! Two bands at one network server.

/// What comes from the gateway of the other band is named and not served, and it never gets a downlink.
/// @case LNS-06
/// @clause ICA-1.3.4a
/// @needs lora-node lora-node core:control radio:control
fn test_bands_stay_apart(lab) {
    let core = lab.core();
    let foreign = core.gateway("0016c001f1500005");
    let european = lab.node("node-a");
    let american = lab.node("node-us");
    for node in [european, american] {
        wait_until(|| attempt(|| node.command("sys get ver")).ok, 30, "no answer");
        node.set_data_rate(3);
    }
    for number in 0..5 { expect(!american.join(), "a node of another band got in"); sleep(60); }
    let told = core.notes("gateway-of-another-band");
    expect(told.len() >= 5, "the frames of the other band were not told");
    expect(told[0].subject == foreign.eui && told[0].text.contains("built for US915"), told[0].text);
    expect(european.join(), "the node of the network's own band did not join");
    foreign.install(48.8, 2.3);
    for number in 0..10 {
        sleep(20);
        american.join();
        expect_eq(european.send_confirmed(1, "01").outcome, "sent", "the node of the own band is not served");
    }
    expect_eq(core.node(european).messages()[-1].gateways, 3, "another number of gateways heard the node");
    expect_eq(foreign.transmissions().len(), 0, "the gateway of the other band got a downlink");
    let own = lab.radio().receptions(american).filter(|frame| frame.frequency > 900000000);
    expect_eq(own.len(), 0, "a downlink went out in the other band");
    expect_eq(core.note_count("join-accepted"), 1, "a join of the other band was accepted");
}
"#;

/// One network server serves one band: a gateway of another one is told and left alone, however well it hears.
///
/// @case LNS-06
/// @clause ICA-1.3.4a
#[test]
fn a_gateway_of_another_band_is_told_and_gets_no_downlink() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("two_bands.rhai"), TWO_BANDS).unwrap();
    let node = "[[device]]\nkind = \"lora-node\"\nname = \"node-us\"\nmodel = \"rn2483\"\nband = \"US915\"\n\
                dev_eui = \"0004a30b001a2b3d\"\napp_eui = \"70b3d57ed0000001\"\n\
                app_key = \"2b7e151628aed2a6abf7158809cf4f3d\"\naccount = \"acme\"\n";
    let gateway = "[[gateway]]\neui = \"0016c001f1500005\"\nband = \"US915\"\nchannels = 64\n";
    let lab = format!("{}\n{node}\n{gateway}", lab_of(Band::Eu868, 8, ""));
    let run = run_suites(&lab, "two_bands", folder.path());
    let seen: Vec<_> = run.tests.iter().map(|test| (test.verdict, message(test))).collect();
    assert_eq!(seen, [(Verdict::Pass, "")]);
}
