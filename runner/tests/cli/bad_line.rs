//! A bad serial line and a modem that says what it is told to, in real time and over real pseudo terminals.

use crate::program::{Out, root};
use crate::serve::Served;
use ::reports::run::Verdict;
use runner::exit;

/// Runs one short test live, each modem on a line with these faults; its verdict and what was said of it.
fn run_on_a_line(faults: &str, code: u8) -> (Verdict, String) {
    let out = Out::new();
    let text = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    let kind = "kind = \"modem\"\n";
    assert!(text.contains(kind), "where are the modems?");
    let lab = out.file("lab.toml", &text.replace(kind, &format!("{kind}line = {{ {faults} }}\n")));
    out.dtk(&["run", "--live", "sim::service_numbers_are_read_only", "--lab", &lab]).has_code(code);
    let test = ::reports::read_run(&out.path().join("latest")).unwrap().tests.remove(0);
    (test.verdict, test.finding.map(|finding| finding.message).unwrap_or_default())
}

#[test]
fn a_live_test_on_a_line_that_only_cuts_passes() {
    assert_eq!(run_on_a_line("split = 0.3", exit::PASSED).0, Verdict::Pass);
}

#[test]
fn a_live_test_on_a_line_that_doubles_octets_blames_the_line() {
    let (verdict, message) = run_on_a_line("duplicate = 0.05", exit::BROKEN);
    assert_eq!(verdict, Verdict::Error);
    assert!(
        message.starts_with("the serial line of modem-") && message.contains("was doubled on its way"),
        "{message}"
    );
}

#[test]
fn a_hand_makes_a_served_modem_report_and_start_anew() {
    let served = Served::start();
    let mut modem = served.open("modem-a");
    modem.wake();
    served.ctl("lab.modem(\"modem-a\").interject(\"P3\", \"+CREG: 5\")");
    modem.type_in("ATI\r");
    let seen = modem.until("OK\r\n");
    assert!(seen.contains("Quectel\r\n\r\n+CREG: 5\r\n\r\nBG95"), "{seen:?}");
    served.ctl("lab.modem(\"modem-a\").crash()");
    modem.until("RDY\r\n");
}
