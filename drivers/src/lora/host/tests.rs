//! The channel: pairing, stages and time-outs, in the words of the RN2483 where nothing depends on the dialect.

use super::*;
use crate::lora::dialect::named;
use crate::lora::{JoinOutcome, Refusal, TransmitOutcome, Uplink};
use wire::seed::Seed;

const VERSION: &str = "RN2483 1.0.5 Oct 31 2018 15:06:52";

fn rn2483() -> NodeHost {
    NodeHost::new(named("rn2483").unwrap())
}

fn at(millis: u64) -> Instant {
    Instant::from_micros(millis * 1000)
}

fn order(order: &Order) -> Command {
    Command::order(named("rn2483").unwrap(), order).unwrap()
}

fn uplink(confirmed: bool) -> Command {
    order(&Order::Send(Uplink { confirmed, port: 1, payload: vec![0] }))
}

fn events(host: &mut NodeHost) -> Vec<NodeEvent> {
    std::iter::from_fn(|| host.poll_output())
        .filter_map(|output| match output {
            Output::Event(event) => Some(event),
            Output::Transmit(_) => None,
        })
        .collect()
}

fn done(events: &[NodeEvent]) -> &Answer {
    let mut answers = events.iter().filter_map(|event| match event {
        NodeEvent::Done { answer, .. } => Some(answer),
        NodeEvent::Failed { .. } | NodeEvent::Report(_) => None,
    });
    answers.next().unwrap_or_else(|| panic!("not done: {events:?}"))
}

fn failure(events: &[NodeEvent]) -> &LoraError {
    let mut errors = events.iter().filter_map(|event| match event {
        NodeEvent::Failed { error, .. } => Some(error),
        NodeEvent::Done { .. } | NodeEvent::Report(_) => None,
    });
    errors.next_back().unwrap()
}

fn reported(host: &NodeHost) -> Vec<&str> {
    host.reports().iter().map(|report| report.line.as_str()).collect()
}

fn exchange(command: Command, lines: &str) -> Vec<NodeEvent> {
    let mut host = rn2483();
    host.send(Instant::ZERO, command).unwrap();
    host.handle_input(at(10), lines.as_bytes());
    events(&mut host)
}

#[test]
fn a_command_goes_out_with_its_line_end_and_its_value_comes_back() {
    let mut host = rn2483();
    host.send(Instant::ZERO, order(&Order::ReadDevEui)).unwrap();
    assert!(matches!(host.poll_output(), Some(Output::Transmit(bytes)) if bytes == b"mac get deveui\r\n"));
    for byte in b"0004A30B001A2B3C\r\n" {
        host.handle_input(at(7), &[*byte]);
    }
    let seen = events(&mut host);
    assert_eq!(done(&seen).eui().unwrap().to_string(), "0004a30b001a2b3c");
    assert!(matches!(seen[0], NodeEvent::Done { took, .. } if took == Duration::from_millis(7)));
    assert!(!host.is_busy());
    assert!(done(&exchange(order(&Order::ReadDevEui), "0004a30b001a2b3c\r\n")).eui().is_err());
}

#[test]
fn a_join_ends_with_its_outcome_and_not_with_its_ok() {
    let mut host = rn2483();
    host.send(Instant::ZERO, order(&Order::Join)).unwrap();
    host.handle_input(at(10), b"ok\r\n");
    let ended = |event: &NodeEvent| !matches!(event, NodeEvent::Report(_));
    assert!(!events(&mut host).iter().any(ended) && host.is_busy());
    assert_eq!(host.next_wakeup().map(|wakeup| wakeup.at), Some(at(15_010)));
    host.handle_input(at(5200), b"accepted\r\n");
    let seen = events(&mut host);
    assert_eq!(done(&seen).join_outcome(), Ok(JoinOutcome::Accepted));
    assert_eq!(done(&seen).exchange.as_ref().unwrap().evidence, ["accepted"]);
    assert_eq!(
        done(&exchange(order(&Order::Join), "ok\r\ndenied\r\n")).join_outcome(),
        Ok(JoinOutcome::Denied)
    );
    let refused = exchange(order(&Order::Join), "keys_not_init\r\n");
    assert_eq!(failure(&refused).meanings(), [Refusal::KeysNotInit]);
}

#[test]
fn the_outcomes_of_an_uplink_are_kept_apart_from_other_lines() {
    let received = |port, payload: &[u8]| TransmitOutcome::Received { port, payload: payload.to_vec() };
    let rows = [
        ("mac_tx_ok", Some(TransmitOutcome::Sent)),
        ("mac_rx 42 DEADBEEF", Some(received(42, &[0xde, 0xad, 0xbe, 0xef]))),
        ("mac_rx 1 ", Some(received(1, &[]))),
        ("mac_rx 1", Some(received(1, &[]))),
        ("mac_err", Some(TransmitOutcome::NotAcknowledged)),
        ("invalid_data_len", Some(TransmitOutcome::TooLong)),
        ("mac_rx 256 00", None),
        ("mac_rx +1 00", None),
        ("mac_rx 1 0", None),
        ("mac_rx  1 00", None),
    ];
    for (line, want) in rows {
        let seen = exchange(uplink(true), &format!("ok\r\n{line}\r\n"));
        match want {
            Some(want) => assert_eq!(done(&seen).transmit_outcome(), Ok(want), "{line}"),
            None => assert!(matches!(failure(&seen), LoraError::Malformed { .. }), "{line}"),
        }
    }
    let mut host = rn2483();
    host.send(Instant::ZERO, uplink(false)).unwrap();
    host.handle_input(at(10), b"mac_rx 3 00\r\nok\r\nbusy\r\naccepted\r\nmac_tx_ok\r\nmac_rx 4 01\r\n");
    assert_eq!(done(&events(&mut host)).transmit_outcome(), Ok(TransmitOutcome::Sent));
    assert_eq!(reported(&host), ["mac_rx 3 00", "busy", "accepted", "mac_rx 4 01"]);
}

#[test]
fn a_version_line_that_nobody_asked_for_is_a_restart() {
    let version = format!("{VERSION}\r\n");
    for command in [order(&Order::Version), order(&Order::Restart), Command::typed("sys factoryRESET")] {
        assert_eq!(done(&exchange(command, &version)).value(), VERSION);
    }
    for (command, before) in [(order(&Order::ReadDevEui), ""), (uplink(true), "ok\r\n")] {
        let seen = exchange(command, &format!("{before}{version}"));
        assert!(matches!(&seen[0], NodeEvent::Report(report) if report.line == VERSION));
        assert!(matches!(failure(&seen), LoraError::Restarted { .. }));
    }
}

#[test]
fn silence_ends_each_stage_at_its_own_time_out() {
    let mut host = rn2483();
    host.send(Instant::ZERO, order(&Order::ReadDevEui)).unwrap();
    host.handle_timeout(at(999));
    assert!(host.is_busy());
    host.handle_timeout(at(1000));
    assert_eq!(failure(&events(&mut host)).to_string(), "mac get deveui: no answer after 1 s");
    host.send(at(2000), order(&Order::Join)).unwrap();
    host.handle_input(at(2100), b"ok\r\n");
    host.handle_timeout(at(17_099));
    assert!(host.is_busy());
    host.handle_timeout(at(17_100));
    assert_eq!(failure(&events(&mut host)).to_string(), "mac join otaa: no outcome 15 s after ok");
    host.handle_input(at(18_000), b"denied\r\n");
    assert_eq!(reported(&host), ["denied"]);
}

#[test]
fn a_second_command_is_refused_and_shows_no_key() {
    let key = "2b7e151628aed2a6abf7158809cf4f3c".parse().unwrap();
    let mut host = rn2483();
    host.send(Instant::ZERO, order(&Order::SetAppKey(key))).unwrap();
    assert!(!format!("{host:?}").contains("2B7E"));
    let error = host.send(at(1), order(&Order::Save)).unwrap_err();
    assert_eq!(error.to_string(), "mac save: mac set appkey [REDACTED] is still running on this port");
    host.handle_port_gone("/dev/ttyACM0", "no such device");
    assert!(matches!(failure(&events(&mut host)), LoraError::PortGone { .. }));
    assert!(!host.is_busy());
}

#[test]
fn an_order_of_several_lines_ends_at_the_first_refusal() {
    let mut host = rn2483();
    host.send(Instant::ZERO, order(&Order::ReadCounters)).unwrap();
    host.handle_input(at(5), b"17\r\n");
    host.handle_input(at(9), b"3\r\n");
    assert_eq!(done(&events(&mut host)).two_numbers(), Ok([17, 3]));
    host.send(at(10), order(&Order::ReadCounters)).unwrap();
    host.handle_input(at(15), b"invalid_param\r\n");
    assert_eq!(failure(&events(&mut host)).to_string(), "mac get upctr was refused: invalid_param");
    assert!(!host.is_busy());
}

#[test]
fn what_somebody_typed_is_answered_whatever_the_word() {
    for word in ["ok", "invalid_param", "22"] {
        assert_eq!(done(&exchange(Command::typed("mac get mrgn"), &format!("{word}\r\n"))).value(), word);
    }
}

#[test]
fn garbage_never_panics_and_nothing_is_lost() {
    for dialect in dialect::ALL {
        let mut rng = Seed(3).child("garbage").rng();
        let mut host = NodeHost::new(dialect);
        let line = Uplink { confirmed: true, port: 1, payload: vec![1, 2] };
        let orders = [Order::Join, Order::Send(line), Order::ReadDevEui, Order::Version];
        let starts = ["", "+EVT:", "+MSGHEX: ", "+RECV=", "+OK", "mac_rx ", "+JOIN: ", "AT_", "+ID: "];
        for step in 0..4000_u64 {
            let order = &orders[usize::try_from(step).unwrap() % orders.len()];
            let _ = host.send(at(step), Command::order(dialect, order).unwrap());
            let start = starts[usize::try_from(step).unwrap() % starts.len()];
            host.handle_input(at(step), start.as_bytes());
            host.handle_input(at(step), &rng.octets::<7>());
            host.handle_input(at(step), b"\r\n");
            host.handle_timeout(at(step));
        }
        for event in events(&mut host) {
            if let NodeEvent::Done { answer, .. } = event {
                let _ =
                    (answer.eui(), answer.two_numbers(), answer.join_outcome(), answer.transmit_outcome());
            }
        }
        assert!(!host.reports().is_empty(), "{}", dialect.name);
        host.handle_input(at(5000), &[b'x'; 5000]);
    }
}
