//! Reports at each place of a conversation, what aborts a command, and a prompt that nobody answers.

use super::super::Place;
use super::*;

fn interject(bench: &mut Bench, place: Place, report: &str) {
    let lines = report.split('\n').map(str::to_owned).collect();
    bench.modem.interject(bench.now, place, lines);
    bench.drain();
}

#[test]
fn a_report_stands_where_it_is_asked_for_as_exact_octets() {
    let rows: &[(Place, &str, &str)] = &[
        (Place::AfterEcho, "ATI", "ATI\r\r\n+CREG: 5\r\n\r\ndtk\r\nSimulated 3GPP module\r\n"),
        (Place::BetweenLines, "ATI", "ATI\r\r\ndtk\r\n\r\n+CREG: 5\r\n\r\nSimulated 3GPP module\r\n"),
        (Place::BeforeResult, "AT+CGMI", "AT+CGMI\r\r\ndtk\r\n\r\n+CREG: 5\r\n\r\nOK\r\n"),
        (Place::AfterResult, "AT+CGMI", "AT+CGMI\r\r\ndtk\r\n\r\nOK\r\n\r\n+CREG: 5\r\n"),
        (Place::BeforePrompt, "AT+CMGS=25", "AT+CMGS=25\r\r\n+CREG: 5\r\n\r\n> "),
    ];
    for (place, line, want) in rows {
        let mut bench = Bench::registered();
        bench.type_line("ATE1");
        bench.take_text();
        interject(&mut bench, *place, "+CREG: 5");
        assert_eq!(bench.take_text(), "", "{place:?}");
        bench.type_line(line);
        let text = bench.take_text();
        assert!(text.starts_with(want), "{place:?}: {text:?}");
        bench.type_bytes(b"\x1b");
        bench.take_text();
        bench.at("AT+CSQ", &["AT+CSQ\r", "+CSQ: 23,99", "OK"]);
    }
}

#[test]
fn an_idle_report_is_said_at_once_and_its_lines_stay_together() {
    let mut bench = Bench::registered();
    interject(&mut bench, Place::Idle, "+CMT: ,30\n0791");
    assert_eq!(bench.take_text(), "\r\n+CMT: ,30\r\n0791\r\n");
    // Not into a line that the host is typing.
    bench.type_bytes(b"AT+CG");
    interject(&mut bench, Place::Idle, "RING");
    assert_eq!(bench.take_text(), "");
    bench.type_bytes(b"MI\r");
    assert_eq!(bench.lines(), ["dtk", "OK", "RING"]);
}

#[test]
fn a_report_never_comes_between_a_message_and_its_header() {
    let mut bench = Bench::registered();
    bench.at("AT+CMGF=1", &["OK"]);
    for text in ["one", "two"] {
        bench.type_line("AT+CMGW=\"+33639980002\"");
        bench.type_bytes(text.as_bytes());
        bench.type_bytes(b"\x1a");
    }
    interject(&mut bench, Place::BetweenLines, "+CREG: 5");
    bench.at(
        "AT+CMGL=\"ALL\"",
        &[
            "+CMGL: 1,\"STO UNSENT\",\"+33639980002\",",
            "one",
            "+CREG: 5",
            "+CMGL: 2,\"STO UNSENT\",\"+33639980002\",",
            "two",
            "OK",
        ],
    );
}

#[test]
fn quiet_silences_what_is_interjected_and_a_withdrawn_report_is_not_said() {
    let mut bench = Bench::registered();
    bench.type_line("ATQ1");
    interject(&mut bench, Place::Idle, "+CREG: 5");
    assert_eq!(bench.take_text(), "");
    bench.type_line("ATQ0");
    bench.take_text();
    interject(&mut bench, Place::BeforeResult, "+CREG: 5");
    bench.modem.withdraw_interjections();
    bench.at("AT", &["OK"]);
}

#[test]
fn any_character_aborts_an_abortable_command_but_not_in_the_first_125_ms() {
    let mut bench = Bench::booted();
    bench.type_line("AT+COPS=0");
    bench.wait(Duration::from_millis(124));
    bench.type_bytes(b"\nAT\r");
    assert_eq!(bench.take_text(), "", "what comes too early is lost");
    bench.wait(Duration::from_millis(1));
    bench.type_bytes(b"X");
    assert_eq!(bench.lines(), ["ERROR"]);
    bench.at("AT+CGMI", &["dtk", "OK"]);
}

#[test]
fn what_is_typed_while_a_command_runs_that_cannot_be_aborted_waits() {
    let mut bench = Bench::registered();
    bench.type_line("AT+CGATT=0");
    bench.wait(Duration::from_millis(200));
    bench.type_line("AT+CGMI");
    assert_eq!(bench.take_text(), "");
    bench.network(NasDown::DetachAccept);
    assert_eq!(bench.lines(), ["OK", "dtk", "OK"]);
}

#[test]
fn a_prompt_that_nobody_answers_ends_after_two_minutes() {
    let mut bench = Bench::registered();
    bench.type_line("AT+CMGS=25");
    bench.wait(secs(119));
    bench.type_bytes(b"00");
    bench.wait(secs(119));
    assert_eq!(bench.take_text(), "\r\n> ");
    bench.wait(secs(1));
    assert_eq!(bench.lines(), ["ERROR"]);
    bench.at("AT", &["OK"]);
}

#[test]
fn a_text_is_edited_echoed_and_cancelled() {
    let mut bench = Bench::registered();
    bench.type_line("ATE1+CMGF=1");
    bench.take_text();
    bench.type_line("AT+CMGS=\"+33639980002\"");
    bench.type_bytes(b"ab\x08c\rd");
    assert_eq!(bench.take_text(), "AT+CMGS=\"+33639980002\"\r\r\n> ab\x08c\r\n> d");
    bench.type_bytes(b"\x1b");
    assert_eq!(bench.take_text(), "\r\nOK\r\n");
    bench.expect_no_nas();
}

#[test]
fn numeric_and_quiet_hold_in_every_position() {
    let rows: &[(&str, &str)] = &[
        // Information text keeps its line end, result codes lose theirs.
        ("ATV0+CGMI", "dtk\r\n0\r"),
        ("ATV0I", "dtk\r\nSimulated 3GPP module\r\nRevision: 1.0\r\n0\r"),
        ("ATV0;V1", "\r\nOK\r\n"),
        ("ATV0+CGMI;V1;+CGMI", "dtk\r\n\r\ndtk\r\n\r\nOK\r\n"),
        ("ATV0+X", "4\r"),
        ("ATQ1", ""),
        ("ATQ1+CGMI", "\r\ndtk\r\n"),
        ("ATQ1+X", ""),
        ("ATQ1;Q0", "\r\nOK\r\n"),
        ("ATQ1V0+CGMI", "dtk\r\n"),
        ("ATQ1+CMGS=25", "\r\n> "),
        ("ATV0+CMGS=25", "\r\n> "),
    ];
    for (line, want) in rows {
        let mut bench = Bench::registered();
        bench.type_line(line);
        assert_eq!(bench.take_text(), *want, "{line}");
    }
}

#[test]
fn a_ring_and_the_end_of_a_call_have_numbers() {
    let mut bench = Bench::registered();
    bench.type_line("ATV0");
    bench.take_text();
    bench.call(calls::mt(0), calls::incoming(None));
    assert_eq!(bench.take_text(), "2\r");
    bench.call(calls::mt(0), wire::nas::CallContent::Disconnect(wire::cause::CcCause::NORMAL_CLEARING));
    assert_eq!(bench.take_text(), "3\r");
}
