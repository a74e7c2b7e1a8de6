//! How a test ends, as a person sees it and as a CI server sees it.
//!
//! The suite `tests/suites/endings` has one test for every way to end, in a lab of one modem.

use crate::program::{Ended, Out};
use ::reports::run::{TestRun, Verdict};
use runner::exit;

const LAB: &str = "tests/labs/one-modem.toml";
const SUITES: &str = "tests/suites/endings";
const FILE: &str = "tests/suites/endings/endings.rhai";

fn run(out: &Out, filter: &str) -> Ended {
    out.dtk(&["run", filter, "--lab", LAB, "--suites", SUITES])
}

/// The only test of the latest run.
fn only_test(out: &Out) -> TestRun {
    let mut run = ::reports::read_run(&out.path().join("latest")).unwrap();
    assert_eq!(run.tests.len(), 1);
    run.tests.remove(0)
}

/// The lines of a finding on the terminal, from its headline to the empty line behind it.
fn finding<'a>(ended: &'a Ended, headline: &str) -> Vec<&'a str> {
    let lines: Vec<&str> = ended
        .stdout
        .lines()
        .skip_while(|line| !line.starts_with(headline))
        .take_while(|line| !line.is_empty())
        .collect();
    assert!(!lines.is_empty(), "no {headline} in\n{}", ended.stdout);
    lines
}

#[test]
fn a_failing_test_shows_place_comparison_exchange_and_repeat_command() {
    let out = Out::new();
    let ended = run(&out, "compares_and_fails").has_code(exit::TESTS_FAILED);
    let lines = finding(&ended, "FAIL endings::compares_and_fails ");
    assert!(lines[0].contains("lab time "), "{lines:#?}");
    assert_eq!(lines[1], format!("  --> {FILE}:16:5"));
    assert!(lines[2].starts_with("16 |     expect_eq(modem.at("), "{lines:#?}");
    assert_eq!(lines[3], "   |     ^ the modem has another error mode");
    assert_eq!(lines[2].find("expect_eq"), lines[3].find('^'), "the caret is not under the verb");
    assert_eq!(lines[4], "   = expected  \"+CMEE: 7\"");
    assert_eq!(lines[5], "   = seen      \"+CMEE: 0\"");
    assert_eq!(lines[6], "   = blame     device");
    assert!(lines[7].starts_with("   = exchange  +0.000 modem-a > AT"), "{lines:#?}");
    assert!(lines.iter().any(|line| line.ends_with("modem-a > AT+CMEE?")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.ends_with("+CMEE: 0 | OK")), "{lines:#?}");
    // Whole, so that it can be copied.
    let want = format!(
        "   = repeat    dtk run 'endings::compares_and_fails' --seed 1 --lab {LAB} --suites {SUITES}"
    );
    assert_eq!(lines.last(), Some(&want.as_str()));
}

#[test]
fn the_repeat_command_repeats_just_that_test() {
    for filter in ["compares_and_fails", "has_rows[2]"] {
        let out = Out::new();
        run(&out, filter).has_code(exit::TESTS_FAILED);
        let first = only_test(&out);
        let words: Vec<&str> = first.repeat.split(' ').map(|word| word.trim_matches('\'')).collect();
        assert_eq!(words[0], "dtk");
        let again = Out::new();
        again.dtk(&words[1..]).has_code(exit::TESTS_FAILED);
        assert_eq!(only_test(&again), first);
    }
}

#[test]
fn an_expectation_shows_its_own_words() {
    let out = Out::new();
    let ended = run(&out, "expects_and_fails").has_code(exit::TESTS_FAILED);
    let lines = finding(&ended, "FAIL endings::expects_and_fails ");
    assert_eq!(lines[1], format!("  --> {FILE}:23:5"));
    assert_eq!(lines[3], "   |     ^ the modem is not what it should be");
    assert!(!lines.iter().any(|line| line.contains("expected")), "nothing was compared: {lines:#?}");
}

#[test]
fn an_error_in_a_script_is_shown_with_its_line() {
    let out = Out::new();
    let ended = run(&out, "calls_an_unknown_verb").has_code(exit::BROKEN);
    let lines = finding(&ended, "ERROR endings::calls_an_unknown_verb ");
    assert_eq!(lines[1], format!("  --> {FILE}:31:11"));
    assert_eq!(lines[2], "31 |     modem.atach(60);");
    assert_eq!(lines[2].find("atach"), lines[3].find('^'), "the caret is not under the verb");
    assert!(lines[3].contains("Function not found: atach"), "{lines:#?}");
    assert_eq!(lines[4], "   = blame     script");
}

/// How a test ends: filter, verdict, exit code, blame, words of the finding.
const ENDINGS: &[(&str, Verdict, u8, &str, &str)] = &[
    ("endings::passes", Verdict::Pass, exit::PASSED, "", ""),
    ("compares_and_fails", Verdict::Fail, exit::TESTS_FAILED, "device", "the modem has another error mode"),
    ("calls_an_unknown_verb", Verdict::Error, exit::BROKEN, "script", "Function not found: atach"),
    ("runs_away", Verdict::Error, exit::BROKEN, "script", "the script runs away: more than"),
    (
        "uses_up_its_time",
        Verdict::Error,
        exit::BROKEN,
        "script",
        "used up its 5 s of lab time (see @timeout)",
    ),
    (
        "misses_a_precondition",
        Verdict::Inconclusive,
        exit::TESTS_FAILED,
        "lab",
        "the reference modem is not registered",
    ),
    ("needs_what_the_lab_lacks", Verdict::NotApplicable, exit::PASSED, "", "the lab has no LoRaWAN node"),
    ("has_rows[1]", Verdict::Pass, exit::PASSED, "", ""),
    ("has_rows[2]", Verdict::Fail, exit::TESTS_FAILED, "device", "row 2 is too large"),
];

#[test]
fn every_ending_has_its_verdict_its_code_and_its_words() {
    for (filter, verdict, code, blame, words) in ENDINGS {
        let out = Out::new();
        run(&out, filter).has_code(*code);
        let test = only_test(&out);
        assert_eq!(test.verdict, *verdict, "{filter}");
        let (seen_blame, message) =
            test.finding.map(|finding| (finding.blame, finding.message)).unwrap_or_default();
        assert_eq!(seen_blame, *blame, "{filter}: {message}");
        assert!(message.contains(words), "{filter}: {message}");
    }
}

#[test]
fn the_worst_verdict_decides_the_exit_code() {
    let rows = [
        (["endings::passes", "needs_what_the_lab_lacks"], exit::PASSED),
        (["endings::passes", "misses_a_precondition"], exit::TESTS_FAILED),
        (["misses_a_precondition", "compares_and_fails"], exit::TESTS_FAILED),
        (["compares_and_fails", "calls_an_unknown_verb"], exit::BROKEN),
    ];
    for ([one, other], code) in rows {
        let out = Out::new();
        let ended = out.dtk(&["run", one, other, "--lab", LAB, "--suites", SUITES]);
        ended.has_code(code);
    }
}

/// The element of a test in `junit.xml`.
fn junit_case<'a>(junit: &'a str, id: &str) -> &'a str {
    let (_, rest) = junit
        .split_once(&format!("<testcase name=\"{id}\""))
        .unwrap_or_else(|| panic!("no {id} in\n{junit}"));
    rest.split("</testcase>").next().unwrap()
}

#[test]
fn junit_tells_a_ci_server_the_same() {
    let out = Out::new();
    let ended = run(&out, "endings").has_code(exit::BROKEN);
    let junit = out.report("junit.xml");
    let rows = [
        (
            "endings::compares_and_fails",
            "<failure type=\"fail\" message=\"the modem has another error mode\"",
        ),
        ("endings::calls_an_unknown_verb", "<error type=\"error\" message=\"Function not found: atach"),
        ("endings::runs_away", "<error type=\"error\" message=\"the script runs away"),
        (
            "endings::misses_a_precondition",
            "<error type=\"inconclusive\" message=\"the reference modem is not registered\"",
        ),
        ("endings::needs_what_the_lab_lacks", "<skipped type=\"not applicable\" message=\"needs lora-node"),
    ];
    for (id, element) in rows {
        assert!(junit_case(&junit, id).contains(element), "{id}:\n{junit}");
    }
    for id in ["endings::passes", "endings::has_rows[1]"] {
        let case = junit_case(&junit, id);
        assert!(!["<failure", "<error", "<skipped"].iter().any(|element| case.contains(element)), "{case}");
    }
    assert!(junit.contains("tests=\"10\" errors=\"4\" failures=\"3\""), "{junit}");
    assert!(
        junit_case(&junit, "endings::calls_an_unknown_verb").contains(&format!("--> {FILE}:31:11")),
        "{junit}"
    );
    ended.shows(&["10 tests: 2 pass, 3 fail, 3 error, 1 inconclusive, 1 not applicable"]);
}

#[test]
fn a_script_cannot_swallow_the_end_of_its_test() {
    let bodies = [
        "attempt(|| expect(false, \"the device is broken\"));",
        "try { expect(false, \"the device is broken\"); } catch { }",
        "attempt(|| require(false, \"the device is broken\"));",
    ];
    for body in bodies {
        let out = Out::new();
        let text = format!(
            "//! Sly.\n\n/// It hides.\n/// @case TST-01\n/// @needs modem\nfn test_hides(lab) {{\n    {body}\n}}\n"
        );
        out.file("kit/sly.rhai", &text);
        let kit = out.path().join("kit").display().to_string();
        let ended = out.dtk(&["run", "--lab", LAB, "--suites", &kit]);
        assert_ne!(ended.code, Some(i32::from(exit::PASSED)), "{body}\n{}", ended.stdout);
    }
}

#[test]
fn results_have_no_colour_when_nobody_looks() {
    let out = Out::new();
    let ended = run(&out, "endings").has_code(exit::BROKEN);
    assert!(
        !ended.stdout.contains('\x1b') && !ended.stderr.contains('\x1b'),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
}

#[test]
fn a_known_failure_is_excused_until_its_last_day_and_an_unexpected_pass_is_not() {
    let rows = [
        (
            "known::excused",
            exit::PASSED,
            Verdict::ExpectedFail,
            "expected (DTK-7, until 9999-12-31): the modem forgets",
        ),
        (
            "known::expired",
            exit::TESTS_FAILED,
            Verdict::Fail,
            "DTK-8 excused this until 2020-01-01: the modem still forgets",
        ),
        ("known::mended", exit::TESTS_FAILED, Verdict::Fail, "passed although DTK-9 says that it fails"),
    ];
    for (id, code, verdict, says) in rows {
        let out = Out::new();
        out.dtk(&["run", id, "--lab", LAB, "--suites", "tests/suites/known"]).has_code(code);
        let test = only_test(&out);
        let message = test.finding.unwrap().message;
        assert_eq!(test.verdict, verdict, "{message}");
        assert!(message.starts_with(says), "{message}");
    }
}
