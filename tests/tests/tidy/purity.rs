//! Rules about the world: who may touch it, and who gets bytes and `now` instead.

use crate::tree::{PURE, SourceFile, files, has_word, nothing_found, product_files};

/// Where tokio may be named, as beginnings of paths.
const TOKIO_PLACES: &[&str] = &[
    "drivers/src/port",
    "lab/src/live_pump.rs",
    "lab/src/power.rs",
    "lab/src/visit.rs",
    "endpoints/",
    "reports/src/store",
    "runner/src/runtime.rs",
    "runner/src/command/ports.rs",
    "runner/src/command/serve.rs",
    "runner/src/main.rs",
];

/// The places of the protocol crates that touch the world because that is what they are for.
const WORLD_PLACES: &[(&str, &str)] = &[
    ("drivers/src/port", "serial ports of the operating system"),
    ("lab/src/live_pump.rs", "real time and real ports"),
    ("lab/src/power.rs", "the switch of a device's power"),
    ("lab/src/visit.rs", "the way in for other threads"),
    ("lab/src/plan/text.rs", "secrets that come from the environment or a file"),
];

/// What of the world a protocol crate must not name.
const WORLD: &[(&str, &str)] = &[
    ("Instant::now", "time is an argument"),
    ("SystemTime", "time is an argument"),
    ("std::time", "time is wire::time"),
    ("Zoned::now", "time is an argument"),
    ("Timestamp::now", "time is an argument"),
    ("thread", "nothing runs beside the pump"),
    ("std::fs", "nothing is opened"),
    ("std::env", "nothing is looked up"),
    ("std::io", "bytes go in and come out"),
    ("std::process", "nothing is started"),
    ("UdpSocket", "nothing is opened"),
    ("TcpStream", "nothing is opened"),
    ("TcpListener", "nothing is opened"),
    ("HashMap", "order must not depend on hashing"),
    ("HashSet", "order must not depend on hashing"),
    ("RandomState", "chance is a Seed's"),
    ("thread_rng", "chance is a Seed's"),
    ("OsRng", "chance is a Seed's"),
    ("getrandom", "chance is a Seed's"),
    ("thread_local", "no state beside the values"),
    ("OnceLock", "no state beside the values"),
    ("LazyLock", "no state beside the values"),
    ("println", "notes and events, no print"),
    ("async", "sans-IO"),
    ("await", "sans-IO"),
];

fn is_in(file: &SourceFile, places: &[&str]) -> bool {
    places.iter().any(|place| file.path.starts_with(place))
}

#[test]
fn tokio_lives_in_ports_pump_doors_store_and_runtime() {
    let mut found = Vec::new();
    for file in files(&[".rs"]).iter().filter(|file| !file.is_test() && !is_in(file, TOKIO_PLACES)) {
        for (number, line) in file.product_lines() {
            if has_word(line, "tokio") || has_word(line, "tokio_serial") {
                found.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    nothing_found("tokio has no business here", &found);
}

#[test]
fn protocol_code_never_touches_the_world() {
    let places: Vec<&str> = WORLD_PLACES.iter().map(|(place, _)| *place).collect();
    let mut found = Vec::new();
    for file in product_files(PURE).iter().filter(|file| !is_in(file, &places)) {
        for (number, line) in file.product_lines() {
            for (word, reason) in WORLD.iter().filter(|(word, _)| has_word(line, word)) {
                let implements_error = *word == "std::io" && line.contains("std::io::Error");
                if !implements_error {
                    found.push(format!("{}:{number}: {word}: {reason}", file.path));
                }
            }
        }
    }
    nothing_found("bytes and `now` go in; bytes, events and the next wake-up come out", &found);
}

#[test]
fn even_the_live_pump_knows_only_the_monotonic_clock() {
    let mut found = Vec::new();
    for file in product_files(PURE) {
        for (number, line) in file.product_lines() {
            let own_clock = line.contains("Instant::now") && !line.contains("tokio::time::Instant::now");
            if own_clock || has_word(line, "SystemTime") {
                found.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    nothing_found("the only clock below the runner is tokio's, in the live pump", &found);
}

#[test]
fn nobody_sleeps_on_the_wall_clock() {
    let sleeps = [concat!("thread::", "sleep"), concat!("time::", "sleep("), concat!("sleep_", "ms(")];
    let mut found = Vec::new();
    for file in files(&[".rs"]) {
        for (number, line) in file.lines().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            if sleeps.iter().any(|sleep| line.contains(sleep)) {
                found.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    nothing_found("wait for what happens, with a limit; tests too", &found);
}

#[test]
fn every_protocol_crate_forbids_clocks_to_the_compiler_too() {
    for name in PURE {
        let path = crate::tree::root().join(name).join("clippy.toml");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            text.contains("std::time::Instant::now"),
            "{name}/clippy.toml does not forbid std::time::Instant::now"
        );
    }
}
