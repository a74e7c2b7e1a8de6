//! The kit in real time, over real ports of the operating system.
//!
//! Where a test needs a device that is not simulated, it is one: the test holds the other end of a pseudo terminal.

use crate::program::{Ended, Out, PATIENCE, root};
use crate::serve::Served;
use ::reports::run::{Run, Verdict};
use runner::exit;
use serialport::{SerialPort as _, TTYPort};
use std::io::{Read as _, Write as _};

/// The default lab with its first modem at `port`.
pub fn lab_with_modem_at(out: &Out, port: &str) -> String {
    let text = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    let name = "name = \"modem-a\"\n";
    assert_eq!(text.matches(name).count(), 1);
    out.file("lab.toml", &text.replace(name, &format!("{name}port = \"{port}\"\n")))
}

/// A test that needs a modem and nothing of the operator, and so runs on hardware.
const ON_HARDWARE: &str = "attach::registration_report_carries_area_and_cell";
/// A test that runs on a simulated node beside it.
const ELSEWHERE: &str = "join::join_in_rx1";

pub fn read(out: &Out) -> Run {
    ::reports::read_run(&out.path().join("latest")).unwrap()
}

fn verdict(run: &Run, id: &str) -> Verdict {
    run.tests.iter().find(|test| test.id == id).unwrap_or_else(|| panic!("{id} was not run")).verdict
}

/// Two ends of a cable: the test's, and the path of the program's.
fn cable() -> (TTYPort, TTYPort, String) {
    let (mut near, far) = TTYPort::pair().unwrap();
    near.set_timeout(PATIENCE).unwrap();
    let path = far.name().unwrap();
    (near, far, path)
}

#[test]
fn live_verdicts_equal_virtual_ones() {
    let filters = ["attach::cold_attach_at_home", "sim::service_numbers_are_read_only", ELSEWHERE];
    let (live, virtually) = (Out::new(), Out::new());
    let ended = live.dtk(&[&["run", "--live"], &filters[..]].concat()).has_code(exit::PASSED);
    virtually.dtk(&[&["run"], &filters[..]].concat()).has_code(exit::PASSED);
    let (live, virtually) = (read(&live), read(&virtually));
    assert_eq!(live.tests.len(), virtually.tests.len());
    assert!(live.tests.len() >= 3, "a filter no longer selects anything");
    for test in &live.tests {
        assert_eq!(test.verdict, verdict(&virtually, &test.id), "{}", test.id);
        assert!(test.lab_time_micros > 0 && !test.events.is_empty(), "{} did not run", test.id);
    }
    let count = live.tests.len();
    ended.shows(&[&format!("live verdicts equal to the virtual run's: {count} of {count}")]);
}

#[test]
fn a_test_that_takes_too_long_for_a_live_run_is_not_applicable_with_the_reason() {
    let out = Out::new();
    let ended = out.dtk(&["run", "--live", "attach::periodic_update_runs_for_a_day"]).has_code(exit::PASSED);
    let test = read(&out).tests.remove(0);
    assert_eq!(test.verdict, Verdict::NotApplicable);
    let message = test.finding.unwrap().message;
    assert!(message.starts_with("longer than the 60 s of a live run (--live-limit): "), "{message}");
    ended.shows(&["1 not applicable"]);
}

/// A run in which one device cannot be reached: its test is an error of the lab, the other runs.
fn assert_only_that_test_breaks(out: &Out, ended: Ended, words: &[&str]) {
    let ended = ended.has_code(exit::BROKEN);
    let run = read(out);
    assert_eq!(verdict(&run, ON_HARDWARE), Verdict::Error, "{}", ended.stdout);
    assert_eq!(verdict(&run, ELSEWHERE), Verdict::Pass, "{}", ended.stdout);
    ended.shows(words).shows(&["blame     lab"]);
}

#[test]
fn a_port_that_does_not_exist_breaks_only_the_tests_that_need_it() {
    let out = Out::new();
    let lab = lab_with_modem_at(&out, "/dev/does-not-exist");
    let ended = out.dtk(&["run", "--live", ON_HARDWARE, ELSEWHERE, "--lab", &lab]);
    assert_only_that_test_breaks(
        &out,
        ended,
        &["port /dev/does-not-exist does not exist", "`dtk ports` lists"],
    );
}

#[test]
fn a_port_that_another_program_holds_is_said_to_be_in_use() {
    let out = Out::new();
    let (_near, _far, path) = cable();
    let _holder = serialport::new(&path, 115_200).open_native().unwrap();
    let lab = lab_with_modem_at(&out, &path);
    let ended = out.dtk(&["run", "--live", ON_HARDWARE, ELSEWHERE, "--lab", &lab]);
    assert_only_that_test_breaks(&out, ended, &[&format!("port {path} is in use by "), "close it there"]);
}

#[test]
fn hardware_in_a_virtual_run_is_never_opened() {
    let out = Out::new();
    let lab = lab_with_modem_at(&out, "/dev/does-not-exist");
    out.dtk(&["run", ON_HARDWARE, ELSEWHERE, "--lab", &lab]).has_code(exit::PASSED);
    let run = read(&out);
    assert_eq!(verdict(&run, ELSEWHERE), Verdict::Pass);
    assert_eq!(verdict(&run, ON_HARDWARE), Verdict::NotApplicable, "a device that was not asked cannot fail");
    let mut findings = run.tests.into_iter().filter_map(|test| test.finding);
    assert!(findings.any(|finding| finding.message.contains("--live")), "what to do is not said");
}

#[test]
fn a_modem_that_says_nothing_fails_and_is_blamed() {
    let out = Out::new();
    let (_near, _far, path) = cable();
    let lab = lab_with_modem_at(&out, &path);
    let text = "//! Mute.\n\n/// It answers.\n/// @case TST-01\n/// @needs modem\nfn test_answers(lab) {\n    lab.modem().at(\"AT\", 1);\n}\n";
    out.file("kit/mute.rhai", text);
    let kit = out.path().join("kit").display().to_string();
    let ended = out.dtk(&["run", "--live", "--lab", &lab, "--suites", &kit]).has_code(exit::TESTS_FAILED);
    ended.shows(&["FAIL mute::answers", "no final result code", "blame     device", "modem-a > AT"]);
}

#[test]
fn a_driver_cannot_tell_a_served_modem_from_hardware() {
    let served = Served::start();
    let out = Out::new();
    let lab = lab_with_modem_at(&out, &served.port("modem-a"));
    out.dtk(&["run", "--live", ON_HARDWARE, "--lab", &lab]).has_code(exit::PASSED).shows(&["1 test: 1 pass"]);
}

#[test]
fn a_modem_that_is_unplugged_is_an_error_of_the_lab() {
    let served = Served::start();
    let out = Out::new();
    let port = served.port("modem-a");
    let lab = lab_with_modem_at(&out, &port);
    let text = "//! Long.\n\n/// It answers on and on.\n/// @case TST-01\n/// @needs modem\nfn test_answers(lab) {\n    let modem = lab.modem();\n    wait_until(|| attempt(|| modem.at(\"AT\", 1)).ok, 30, \"no answer\");\n    wait_until(|| modem.is_registered(), 30, \"no network\");\n    modem.at(\"AT+CFUN=4\", 20);\n    wait_until(|| !attempt(|| modem.at(\"AT\", 5)).ok, 60, \"the modem went on\");\n}\n";
    out.file("kit/long.rhai", text);
    let kit = out.path().join("kit").display().to_string();
    let running = out.start(&["run", "--live", "--lab", &lab, "--suites", &kit]);
    // The modem of the served lab was asked to leave the network: the run is in its middle.
    served.ctl("wait_until(|| lab.core().note_count(\"detach\") > 0, 50)");
    drop(served);
    let ended = running.end().has_code(exit::BROKEN);
    ended.shows(&["ERROR long::answers", "blame     lab", &format!("port {port} is gone")]);
}

#[test]
fn hardware_serves_one_test_at_a_time() {
    let out = Out::new();
    let (mut near, _far, path) = cable();
    std::thread::spawn(move || {
        let mut octet = [0];
        while near.read_exact(&mut octet).is_ok() {
            if octet == *b"\r" && near.write_all(b"\r\nOK\r\n").is_err() {
                return;
            }
        }
    });
    let lab = lab_with_modem_at(&out, &path);
    let text = "//! Shared.\n\n/// It answers each.\n/// @case TST-01\n/// @needs modem\nfn test_answers(lab, row) {\n    for i in 0..5 { lab.modem().at(\"AT\", 5); }\n}\n\nfn rows_answers() { [1, 2, 3, 4, 5, 6, 7, 8] }\n";
    out.file("kit/shared.rhai", text);
    let kit = out.path().join("kit").display().to_string();
    out.dtk(&["run", "--live", "--lab", &lab, "--suites", &kit])
        .has_code(exit::PASSED)
        .shows(&["8 tests: 8 pass"]);
}

#[test]
fn an_interrupted_run_still_writes_its_reports() {
    let out = Out::new();
    let (mut near, _far, path) = cable();
    let lab = lab_with_modem_at(&out, &path);
    let running = out.start(&["run", "--live", ON_HARDWARE, ELSEWHERE, "--lab", &lab]);
    // The modem is asked and never answers: the run is in its middle.
    wait_for(&mut near, b"AT\r");
    running.interrupt();
    let ended = running.end().has_code(exit::INTERRUPTED);
    let run = read(&out);
    assert!(run.interrupted);
    assert!(!run.tests.iter().any(|test| test.id == ON_HARDWARE), "a test that was cut off has a verdict");
    for name in ["junit.xml", "report.html", "events.jsonl", "run.json"] {
        assert!(!out.report(name).is_empty(), "{name} is empty");
    }
    ended.complains(&["interrupted:"]).shows(&["interrupted before the end"]);
}

/// Reads until these bytes have come.
fn wait_for(port: &mut TTYPort, bytes: &[u8]) {
    let mut seen = Vec::new();
    let mut octet = [0];
    while !seen.ends_with(bytes) {
        port.read_exact(&mut octet)
            .unwrap_or_else(|error| panic!("{error}; until then {}", seen.escape_ascii()));
        seen.push(octet[0]);
    }
}
