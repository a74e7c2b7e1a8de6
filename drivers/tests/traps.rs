//! The traps that real modules set for a host's parser, fed to the driver as they were seen in the field. The simulated
//! modem's tests of the same names show that it sets them.

#![cfg(test)]

use drivers::at::{Answer, AtChannel, AtError, AtEvent, Command, Oddity, Output};
use drivers::blame::Blame;
use drivers::modem::packet::{self, CredentialOrder};
use drivers::modem::registration::{self, Domain};
use drivers::modem::{Report, call, clock, sim, sms};
use wire::at::response::{ErrorCode, FinalResult};
use wire::time::{Duration, Instant};

/// A line of a registration and what must be read from it: state, area, cell, routing area.
type Location = (&'static str, u8, Option<u16>, Option<u32>, Option<u8>);
/// Lines of a search and the networks in them: state and digits.
type Search = (&'static [&'static str], &'static [(u8, &'static str)]);

const SECOND: Duration = Duration::from_secs(1);

fn events(channel: &mut AtChannel) -> Vec<AtEvent> {
    std::iter::from_fn(|| channel.poll_output())
        .filter_map(|output| match output {
            Output::Event(event) => Some(event),
            Output::Transmit(_) => None,
        })
        .collect()
}

/// What the driver tells when this comes after that command.
fn exchange(command: Command, input: &[u8]) -> Vec<AtEvent> {
    let mut channel = AtChannel::default();
    channel.send(Instant::ZERO, command).unwrap();
    channel.handle_input(Instant::from_micros(10), input);
    events(&mut channel)
}

/// What the driver tells when this comes and nothing runs.
fn idle(input: &[u8]) -> Vec<AtEvent> {
    let mut channel = AtChannel::default();
    channel.handle_input(Instant::ZERO, input);
    events(&mut channel)
}

/// The answer to a command, with nothing told beside it.
#[track_caller]
fn answer_to(command: Command, input: &str) -> Answer {
    let seen = exchange(command, input.as_bytes());
    match seen.as_slice() {
        [AtEvent::Done { answer, .. }] => answer.clone(),
        other => panic!("{other:?}"),
    }
}

/// The answer with these lines, as a modem that echoes sends it.
#[track_caller]
fn lines(command: &Command, lines: &[&str]) -> Answer {
    let text: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    answer_to(command.clone(), &format!("{}\r\r\n{text}\r\nOK\r\n", command.line))
}

fn unsolicited(line: &str) -> AtEvent {
    AtEvent::Unsolicited { line: line.to_owned(), payload: None }
}

fn is_done(event: &AtEvent) -> bool {
    matches!(event, AtEvent::Done { answer, .. } if answer.result == FinalResult::Ok && answer.lines.is_empty())
}

#[test]
fn trap_01_an_echo_that_comes_twice_or_in_part_is_no_answer_and_is_told() {
    let seen = exchange(Command::new("AT", SECOND), b"AT\r\r\nOK\r\n");
    assert!(matches!(seen.as_slice(), [done] if is_done(done)), "{seen:?}");
    let seen = exchange(Command::new("AT", SECOND), b"AT\rAT\r\r\nOK\r\n");
    assert_eq!(seen[0], AtEvent::Odd(Oddity::EchoTwice("AT".into())));
    assert!(is_done(&seen[1]));
    let seen = exchange(Command::new("AT", SECOND), b"T\r\r\nOK\r\n");
    assert_eq!(seen[0], AtEvent::Odd(Oddity::EchoPartly { sent: "AT".into(), echoed: "T".into() }));
    assert!(is_done(&seen[1]));
}

#[test]
fn trap_02_noise_at_power_up_is_no_line_and_a_lost_first_command_is_a_silence() {
    let seen = idle(b"\0\xff\xff\0\r\nRDY\r\n");
    assert_eq!(seen[0], AtEvent::Odd(Oddity::Noise(vec![0, 0xff, 0xff, 0])));
    assert_eq!(seen[1], unsolicited("RDY"));
    let mut channel = AtChannel::default();
    channel.send(Instant::ZERO, Command::new("AT", SECOND)).unwrap();
    channel.handle_timeout(Instant::ZERO + SECOND);
    assert!(matches!(
        events(&mut channel).as_slice(),
        [AtEvent::Failed { error: AtError::NoAnswer { .. }, .. }]
    ));
    assert_eq!(channel.poll_output(), None, "nothing is sent again on the quiet");
}

#[test]
fn trap_03_banners_are_reports_or_told_as_belonging_to_nobody() {
    let banners =
        ["RDY", "APP RDY", "^SYSSTART", "+CFUN: 1", "+CPIN: READY", "SMS DONE", "PB DONE", "*ATREADY: 1"];
    let text: String = banners.iter().map(|banner| format!("\r\n{banner}\r\n")).collect();
    let seen = idle(text.as_bytes());
    assert_eq!(seen, banners.map(unsolicited));
    assert_eq!(idle(b"\r\nWELCOME\r\n"), [AtEvent::Stray("WELCOME".into())]);
}

#[test]
fn trap_04_area_and_cell_are_read_in_every_form() {
    let rows: &[Location] = &[
        ("+CREG: 2,1,8BE3,2BAF", 1, Some(0x8be3), Some(0x2baf), None),
        ("+CREG:002,001,\"18d8\",\"ffff\"", 1, Some(0x18d8), Some(0xffff), None),
        ("+CREG: 2,1,  0 5, 2715", 1, Some(5), Some(0x2715), None),
        ("+CEREG: 2,10, 2CA8, 20 ,B5583D ,7", 10, Some(0x2ca8), Some(0x00b5_583d), Some(0x20)),
        ("+CEREG: 2,1,\"0064\",\"0012BEEF\",7,\"01\"", 1, Some(0x64), Some(0x0012_beef), Some(1)),
    ];
    for (line, stat, area, cell, rac) in rows {
        let domain = if line.starts_with("+CREG") { Domain::CircuitSwitched } else { Domain::Eps };
        let answer = lines(&registration::read(domain), &[line]);
        let seen = registration::registration(&answer, domain).unwrap();
        assert_eq!(
            (seen.stat, seen.area, seen.cell, seen.routing_area),
            (*stat, *area, *cell, *rac),
            "{line}"
        );
        assert!(seen.is_registered());
    }
    let answer = lines(&registration::read(Domain::CircuitSwitched), &["+CREG: 2,1,\"00G4\",\"1\""]);
    assert!(
        registration::registration(&answer, Domain::CircuitSwitched).is_err(),
        "no area is no silent none"
    );
}

#[test]
fn trap_05_a_missing_space_after_the_colon() {
    let answer = lines(&registration::read(Domain::CircuitSwitched), &["+CREG:2,1,0001,0010"]);
    let seen = registration::registration(&answer, Domain::CircuitSwitched).unwrap();
    assert_eq!((seen.area, seen.cell), (Some(1), Some(0x10)));
    let report = |line: &str| Report { at: Instant::ZERO, line: line.to_owned(), payload: None };
    assert!(report("+CGEV:NW DETACH").begins("+CGEV: NW"));
    assert!(report("+CGEV: NW DETACH").begins("+CGEV:") && report("NO CARRIER").begins("NO"));
    assert!(!report("+CGEV: ME DETACH").begins("+CGEV: NW") && !report("+CGEV: NW").begins("+CGREG: NW"));
}

#[test]
fn trap_06_an_empty_location_on_loss_is_a_report_even_while_its_command_runs() {
    let seen = exchange(
        registration::read(Domain::CircuitSwitched),
        b"\r\n+CREG: 2,,\r\n\r\n+CREG: 2,2\r\n\r\nOK\r\n",
    );
    assert_eq!(seen[0], unsolicited("+CREG: 2,,"));
    assert!(matches!(&seen[1], AtEvent::Done { answer, .. } if answer.lines == ["+CREG: 2,2"]));
    let report = registration::report("+CREG: 2,,", Domain::CircuitSwitched).unwrap();
    assert_eq!((report.stat, report.area, report.cell), (2, None, None));
}

#[test]
fn trap_07_a_list_of_networks_in_every_form() {
    let rows: &[Search] = &[
        (
            &["+COPS: (2,\"T - Mobile\",,\"31026\"),(1,\"AT&T\",,\"310410\"),,(0,1,3),(0,2)"],
            &[(2, "31026"), (1, "310410")],
        ),
        (
            &["+COPS: (1,\"\",\"\",\"31026\",0),(3,\"\",\"\",\"310410\",2),,(0,1,2,3,4),)"],
            &[(1, "31026"), (3, "310410")],
        ),
        (
            &["+COPS: (2,\"A\",\"A\",\"20801\",7)", "+COPS: (1,\"B\",\"B\",\"20815\",7)"],
            &[(2, "20801"), (1, "20815")],
        ),
        (&["+COPS: (2,\"A\",\"A\",\"20801\"),, ( 0 , 1, 3 ),(0-2)"], &[(2, "20801")]),
        (&["+COPS: (2,\"A\",\"A\",\"20801\",0),(0,1,2,3,4),(0,1,2)"], &[(2, "20801")]),
        (&["+COPS: ,,(0-4),(0-2)"], &[]),
    ];
    for (text, want) in rows {
        let seen = registration::found_networks(&lines(&registration::search(), text)).unwrap();
        let seen: Vec<_> = seen.iter().map(|network| (network.stat, network.plmn.as_str())).collect();
        assert_eq!(&seen, want, "{text:?}");
    }
    let answer = lines(&registration::search(), &["+COPS: (2,\"A\",\"A\",\"208"]);
    assert!(registration::found_networks(&answer).is_err(), "half an entry is no entry");
}

#[test]
fn trap_08_five_digits_may_mean_a_network_of_six() {
    assert!(registration::may_be_the_same("31026", "310260"));
    assert!(registration::may_be_the_same("310260", "310260"));
    assert!(!registration::may_be_the_same("310260", "310261"));
    assert!(!registration::may_be_the_same("20801", "20810"));
}

#[test]
fn trap_09_strings_keep_their_commas_brackets_and_oks() {
    let answer = lines(&registration::read_operator(), &["+COPS: 0,0,\"AT&T (OK), MicroCell\",7"]);
    assert_eq!(registration::operator(&answer).unwrap().plmn, "AT&T (OK), MicroCell");
    let list = "+COPS: (2,\"AT&T (OK), MicroCell\",\"OK\",\"310410\",7),,(0-4),(0-2)";
    let found = registration::found_networks(&lines(&registration::search(), &[list])).unwrap();
    assert_eq!((found[0].name.as_str(), found.len()), ("AT&T (OK), MicroCell", 1));
}

#[test]
fn trap_10_a_message_that_looks_like_a_result_is_a_message() {
    for text in ["OK", "ERROR", "+CMTI: \"SM\",3", "RING", "+CME ERROR: 3", "RDY"] {
        let answer = lines(&Command::new("AT+CMGR=1", SECOND), &["+CMGR: 0,,30", text]);
        assert_eq!(answer.lines, ["+CMGR: 0,,30", text]);
        let header = "+CMT: \"+336\",,\"26/03/14,09:26:53+08\"";
        let seen = idle(format!("\r\n{header}\r\n{text}\r\n").as_bytes());
        assert_eq!(seen, [AtEvent::Unsolicited { line: header.into(), payload: Some(text.into()) }]);
    }
    // By length where the header gives one, however many lines that are.
    let header = "+CMGR: \"REC READ\",\"+336\",,\"26/03/14,09:26:53+08\",145,4,0,0,\"+336\",145,13";
    let answer = lines(&Command::new("AT+CMGR=1", SECOND), &[header, "OK", "", "ERROR", "x"]);
    assert_eq!(answer.lines, [header, "OK\n\nERROR\nx"]);
    // An empty message does not take the result code for itself.
    let header = "+CMGR: \"REC READ\",\"+336\",,\"26/03/14,09:26:53+08\"";
    assert_eq!(lines(&Command::new("AT+CMGR=1", SECOND), &[header, ""]).lines, [header, ""]);
}

#[test]
fn trap_11_reports_in_one_read_and_one_report_over_reads() {
    let want = [unsolicited("+CREG: 5"), unsolicited("+CGREG: 0")];
    assert_eq!(idle(b"\r\n+CREG: 5\r\n\r\n+CGREG: 0\r\n"), want);
    let mut channel = AtChannel::default();
    for part in [b"\r\n+CR".as_slice(), b"EG: 5\r", b"\n\r\n+CGREG: 0", b"\r\n"] {
        channel.handle_input(Instant::ZERO, part);
    }
    assert_eq!(events(&mut channel), want);
}

#[test]
fn trap_12_storages_may_be_empty_or_without_brackets() {
    let none: [Vec<String>; 3] = Default::default();
    assert_eq!(sms::storages(&lines(&sms::read_storages(), &["+CPMS: (),(),()"])).unwrap(), none);
    let seen =
        sms::storages(&lines(&sms::read_storages(), &["+CPMS: (\"ME\",\"MT\"),\"ME\",(\"SM\")"])).unwrap();
    assert_eq!(seen, [vec!["ME".to_owned(), "MT".to_owned()], vec!["ME".to_owned()], vec!["SM".to_owned()]]);
    assert!(sms::storages(&lines(&sms::read_storages(), &["+CPMS: 7"])).is_err());
}

#[test]
fn trap_13_a_range_of_contexts_for_each_type_and_in_parts() {
    let command = packet::read_context_ranges();
    let text =
        ["+CGDCONT: (1-17,101-116),\"IP\",,,(0),(0-4)", "+CGDCONT: (1-17,101-116),\"IPV6\",,,(0),(0-4)"];
    let seen = packet::context_ranges(&lines(&command, &text)).unwrap();
    assert_eq!(seen[0].parts, [(1, 17), (101, 116)]);
    assert_eq!(seen[1].pdp_type, "IPV6");
    assert!(packet::context_ranges(&lines(&command, &["+CGDCONT: (1-x),\"IP\""])).is_err());
}

#[test]
fn trap_14_both_generations_of_dynamic_parameters() {
    let rows = [
        (
            "+CGCONTRDP: 1,5,\"iot\",\"2.197.17.49.255.255.255.255\",\"2.197.17.50\",\"10.10.10.10\",\"10.10.10.11\"",
            "2.197.17.49",
            "255.255.255.255",
        ),
        (
            "+CGCONTRDP: 1,5,\"iot\",\"2.197.17.49\",\"255.255.255.255\",\"2.197.17.50\",\"10.10.10.10\",\"10.10.10.11\"",
            "2.197.17.49",
            "255.255.255.255",
        ),
        (
            "+CGCONTRDP: 1,5,\"iot\",\"32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1.255.255.255.255.255.255.255.255.0.0.0.0.0.0.0.0\",\"254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.1\",\"10.10.10.10\",\"10.10.10.11\"",
            "2001:db8::1",
            "ffff:ffff:ffff:ffff::",
        ),
        (
            "+CGCONTRDP: 1,5,\"iot\",\"2001:db8::1/64\",\"fe80::1\",\"10.10.10.10\",\"10.10.10.11\"",
            "2001:db8::1",
            "ffff:ffff:ffff:ffff::",
        ),
    ];
    for (line, address, mask) in rows {
        let seen = packet::dynamic_parameters(&lines(&packet::read_dynamic_parameters(1), &[line])).unwrap();
        assert_eq!(seen[0].address, Some(address.parse().unwrap()), "{line}");
        assert_eq!(seen[0].mask, Some(mask.parse().unwrap()), "{line}");
        assert!(seen[0].gateway.is_some(), "{line}");
        let dns: Vec<String> = seen[0].dns.iter().map(ToString::to_string).collect();
        assert_eq!(dns, ["10.10.10.10", "10.10.10.11"], "{line}");
    }
    let bare = lines(&packet::read_dynamic_parameters(1), &["+CGCONTRDP: 1,5,\"iot\""]);
    assert_eq!(packet::dynamic_parameters(&bare).unwrap()[0].address, None);
    let wrong = lines(&packet::read_dynamic_parameters(1), &["+CGCONTRDP: 1,5,\"iot\",\"2.197.17\""]);
    assert!(packet::dynamic_parameters(&wrong).is_err());
}

#[test]
fn trap_15_the_clock_with_and_without_quotes_and_zone() {
    let rows = [
        ("+CCLK: \"15/02/28,20:30:40-32\"", [15, 2, 28], Some(-32)),
        ("+CCLK: 17/07/26,11:42:15+01", [17, 7, 26], Some(1)),
        ("+CCLK: \"15/02/28,20:30:40\"", [15, 2, 28], None),
    ];
    for (line, date, quarters) in rows {
        let seen = clock::clock(&lines(&clock::read(), &[line])).unwrap();
        assert_eq!((seen.date, seen.quarter_hours), (date, quarters), "{line}");
    }
    for line in [
        "+CCLK: \"15/13/28,20:30:40\"",
        "+CCLK: \"\"",
        "+CCLK: \"15/02/28,20:30:40+99\"",
        "+CCLK: \"1/2/3,4:5:6\"",
    ] {
        assert!(clock::clock(&lines(&clock::read(), &[line])).is_err(), "{line}");
    }
}

#[test]
fn trap_16_card_data_quoted_or_not() {
    for line in ["+CRSM: 144, 0,0054FF", "+CRSM: 144,0,\"0054ff\""] {
        let answer = lines(&sim::restricted_access(176, 0x6fad, 0, 0, 3, ""), &[line]);
        assert_eq!(sim::card_answer(&answer).unwrap().data, "0054FF", "{line}");
    }
}

#[test]
fn trap_17_a_wrong_length_is_understood_and_told() {
    let command = sim::generic_access("0020000100");
    assert_eq!(command.line, "AT+CSIM=10,\"0020000100\"");
    let seen = sim::card_response(&lines(&command, &["+CSIM: 8, 000063C1\""])).unwrap();
    assert_eq!((seen.octets, seen.length_is_right), (vec![0, 0, 0x63, 0xc1], true));
    let seen = sim::card_response(&lines(&command, &["+CSIM: 8,\"63C1\""])).unwrap();
    assert_eq!((seen.octets, seen.length_is_right), (vec![0x63, 0xc1], false));
    assert!(sim::card_response(&lines(&command, &["+CSIM: 2,\"63\""])).is_err(), "half a status word");
}

#[test]
fn trap_18_a_second_field_of_functionality_and_a_vendor_s_level() {
    for (line, level) in [("+CFUN: 1,0", 1), ("+CFUN: 19", 19), ("+CFUN: 4", 4)] {
        let answer = lines(&registration::read_functionality(), &[line]);
        assert_eq!(registration::functionality(&answer).unwrap(), level, "{line}");
    }
    assert!(
        registration::functionality(&lines(&registration::read_functionality(), &["+CFUN: on"])).is_err()
    );
}

#[test]
fn trap_19_errors_beyond_255_and_in_words() {
    let rows = [
        ("+CME ERROR: 3", FinalResult::Cme(ErrorCode::Number(3)), Some(3)),
        ("+CME ERROR: 5050", FinalResult::Cme(ErrorCode::Number(5050)), Some(5050)),
        ("+CME ERROR: SIM busy", FinalResult::Cme(ErrorCode::Text("SIM busy".into())), Some(14)),
        ("+CME ERROR: SIM BUSY", FinalResult::Cme(ErrorCode::Text("SIM BUSY".into())), Some(14)),
        ("+CME ERROR: Bearer torn", FinalResult::Cme(ErrorCode::Text("Bearer torn".into())), None),
        ("+CMS ERROR: 512", FinalResult::Cms(ErrorCode::Number(512)), Some(512)),
    ];
    for (line, result, code) in rows {
        let answer = answer_to(Command::new("AT+X", SECOND), &format!("\r\n{line}\r\n"));
        assert_eq!(answer.result, result);
        let error = answer.success().unwrap_err();
        assert_eq!((error.code(), error.blame()), (code, Blame::Device), "{line}");
    }
}

#[test]
fn trap_20_a_cause_of_many_lines_and_2041_characters() {
    let long = "x".repeat(2000);
    let text = ["+CEER: EMM_CAUSE_ESM_FAILURE", "OK to retry later", long.as_str()];
    let cause = call::cause(&lines(&call::read_cause(), &text));
    assert_eq!(cause, format!("EMM_CAUSE_ESM_FAILURE OK to retry later {long}"));
}

#[test]
fn trap_21_a_menu_with_line_ends_and_quotes_is_one_report() {
    let menu = "\r\n+CUSD: 1,\"Menu \"A\"\r\n1. Balance\r\nOK\r\n2. \"B\"\",15\r\n";
    let want = unsolicited("+CUSD: 1,\"Menu \"A\"\n1. Balance\nOK\n2. \"B\"\",15");
    assert_eq!(idle(menu.as_bytes()), std::slice::from_ref(&want));
    let seen =
        exchange(Command::new("AT+CSQ", SECOND), format!("{menu}\r\n+CSQ: 20,99\r\n\r\nOK\r\n").as_bytes());
    assert_eq!(seen[0], want);
    assert!(matches!(&seen[1], AtEvent::Done { answer, .. } if answer.lines == ["+CSQ: 20,99"]));
}

#[test]
fn trap_22_dial_may_answer_at_once_or_when_the_other_side_has() {
    let dial = call::dial("+33639980002", false);
    assert!(dial.timeout >= Duration::from_secs(90), "long enough for the other side to answer");
    for result in ["OK", "NO CARRIER", "BUSY"] {
        assert_eq!(answer_to(dial.clone(), &format!("\r\n{result}\r\n")).result.to_string(), result);
    }
    // After an early OK the end of the call is a report.
    assert_eq!(idle(b"\r\nNO CARRIER\r\n"), [unsolicited("NO CARRIER")]);
}

#[test]
fn trap_23_name_and_password_in_the_order_that_the_module_takes() {
    let line = |order| packet::authenticate(1, 1, "user", "secret", order).line;
    assert_eq!(line(CredentialOrder::NameFirst), "AT+CGAUTH=1,1,\"user\",\"secret\"");
    assert_eq!(line(CredentialOrder::PasswordFirst), "AT+CGAUTH=1,1,\"secret\",\"user\"");
}

#[test]
fn trap_24_a_card_s_identity_with_and_without_its_filler() {
    let rows = [
        ("+QCCID: 8933010000000000002F", "8933010000000000002"),
        ("+ICCID: 8933010000000000002", "8933010000000000002"),
        ("#CCID: 89330100000000000025", "89330100000000000025"),
        ("89330100000000000025", "89330100000000000025"),
    ];
    for (line, want) in rows {
        let answer = lines(&Command::new("AT+CCID", SECOND), &[line]);
        assert_eq!(sim::card_identity(&answer).unwrap(), want, "{line}");
    }
    assert!(sim::card_identity(&lines(&Command::new("AT+CCID", SECOND), &["+CCID: 89"])).is_err());
}

#[test]
fn trap_25_a_completion_after_the_result_code_is_a_report() {
    for line in ["+QIOPEN: 0,0", "+CIPOPEN: 0,0", "+UUPING: 1,32,\"a\",\"1.2.3.4\",55,90"] {
        let input = format!("\r\nOK\r\n\r\n{line}\r\n");
        let seen = exchange(Command::new("AT+QIOPEN=1,0", SECOND), input.as_bytes());
        assert!(is_done(&seen[0]), "{line}");
        assert_eq!(seen[1], unsolicited(line));
        // And not part of the answer to the command that runs by then.
        let seen = exchange(Command::new("AT+CSQ", SECOND), format!("\r\n{line}\r\n\r\nOK\r\n").as_bytes());
        assert_eq!(seen[0], unsolicited(line));
        assert!(is_done(&seen[1]));
    }
}

#[test]
fn trap_26_a_restart_in_the_middle_of_a_command_ends_it() {
    for banner in ["RDY", "^SYSSTART", "*ATREADY: 1"] {
        let seen = exchange(Command::new("AT+COPS=?", SECOND), format!("\r\n{banner}\r\n").as_bytes());
        assert_eq!(seen[0], unsolicited(banner));
        let AtEvent::Failed { error, .. } = &seen[1] else { panic!("{seen:?}") };
        assert_eq!(*error, AtError::Restarted { command: "AT+COPS=?".into(), banner: banner.into() });
        assert_eq!(error.blame(), Blame::Device);
    }
    // What comes later at boot is no restart.
    let seen = exchange(Command::new("AT", SECOND), b"\r\nAPP RDY\r\n\r\n+CPIN: READY\r\n\r\nOK\r\n");
    assert_eq!(seen.len(), 3);
    assert!(is_done(&seen[2]));
    // And a port that goes away is the lab's affair.
    let mut channel = AtChannel::default();
    channel.send(Instant::ZERO, Command::new("AT", SECOND)).unwrap();
    channel.handle_port_gone("/dev/ttyUSB2", "No such device");
    let seen = events(&mut channel);
    assert!(matches!(&seen[0], AtEvent::Failed { error, .. } if error.blame() == Blame::Lab));
}

/// PDU D1 of the facts pack, decoded there by three independent programs.
const D1: &str = "07913336999800F0040B913336990800F20000623041906235800CC8F71D14969741F977FD07";

#[test]
fn trap_27_a_listed_message_with_an_empty_name() {
    let answer = lines(&sms::list(), &["+CMGL: 0,1,,30", D1]);
    let seen = sms::stored_messages(&answer).unwrap();
    assert_eq!((seen[0].index, seen[0].stat), (0, 1));
    assert_eq!(seen[0].text().unwrap(), "How are you?");
}

#[test]
fn what_a_bad_line_makes_of_an_answer_blames_the_line() {
    let rows: &[&[u8]] = &[
        b"AT+CQ\r\r\n+CSQ: 20,99\r\n",
        b"AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nO\xcb\r\n",
        b"AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOKK\r\n",
    ];
    for input in rows {
        let mut channel = AtChannel::default();
        channel.send(Instant::ZERO, Command::new("AT+CSQ", SECOND)).unwrap();
        channel.handle_input(Instant::from_micros(10), input);
        channel.handle_timeout(Instant::ZERO + SECOND);
        let seen = events(&mut channel);
        let Some(AtEvent::Failed { error, .. }) = seen.last() else { panic!("{seen:?}") };
        assert!(matches!(error, AtError::LineDisturbed { .. }), "{error}");
        assert_eq!(error.blame(), Blame::Lab);
    }
}
