//! A field of a hundred nodes, as a person runs it: a day passes, one seed gives one result, and its pictures are drawn.

use crate::program::Out;
use runner::exit;

const LAB: &str = "tests/labs/field.toml";
const DAY: &str = "field::day_reaches_the_platform";
const PICTURES: [&str; 3] = ["backhaul", "lost-uplinks", "packet-error-rate"];

fn day(seed: &str) -> (String, Vec<String>) {
    let out = Out::new();
    out.dtk(&["run", DAY, "--lab", LAB, "--seed", seed]).has_code(exit::PASSED);
    let latest = out.path().join("latest");
    let read = |path: String| {
        std::fs::read_to_string(latest.join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    (read("events.jsonl".to_owned()), PICTURES.map(|name| read(format!("charts/{name}.svg"))).into())
}

#[test]
fn one_seed_gives_the_same_events_and_pictures_to_the_octet() {
    let (events, pictures) = day("5");
    let again = day("5");
    assert!((&events, &pictures) == (&again.0, &again.1), "the second run differs");
    assert!(events != day("6").0, "another seed changes nothing");
    for (name, picture) in PICTURES.iter().zip(&pictures) {
        assert!(!picture.contains("no data"), "{name}");
    }
    // 3 gateways and 6 other figures of the day, two for each data rate, and the plan.
    let figures = events.lines().filter(|line| line.contains("\"event\":\"measure\"")).count();
    assert!(figures > 10, "{figures}");
}

#[test]
fn in_a_lab_without_places_a_field_is_not_applicable_with_the_reason() {
    let out = Out::new();
    let ended = out.dtk(&["run", DAY]).has_code(exit::PASSED);
    assert!(ended.stdout.contains("1 not applicable"), "{}", ended.stdout);
}
