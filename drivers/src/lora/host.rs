//! The command channel of a node: framing, pairing of commands with answers and outcomes, time-outs. It owns no port.
//!
//! One command at a time, its outcome included. A line that belongs to no command is a [`Report`], never dropped. A
//! version line that nobody asked for means that the node restarted: it ends the running command.

use super::answer::{Answer, is_version_line};
use super::command::{Command, Outcome};
use super::error::LoraError;
use std::collections::VecDeque;
use wire::time::{Duration, Instant, Wakeup};

/// Longer lines are handed on in pieces: the longest of the command reference has about 500 octets.
const LONGEST_LINE: usize = 1024;

/// Names a command that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommandId(u64);

/// A line that answers no command, with the time at which it was complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// When.
    pub at: Instant,
    /// The line.
    pub line: String,
}

/// What the driver wants done or has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Write these bytes to the port. They may hold a key: see [`super::redact`].
    Transmit(Vec<u8>),
    /// Something happened.
    Event(NodeEvent),
}

/// What happened on the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeEvent {
    /// A command was answered, for good or bad; where it has an outcome, that has come too.
    Done {
        /// Which command.
        id: CommandId,
        /// What the node said.
        answer: Answer,
        /// From the last byte written to the last line of it.
        took: Duration,
    },
    /// A command was not answered, or its outcome never came.
    Failed {
        /// Which command.
        id: CommandId,
        /// What went wrong.
        error: LoraError,
    },
    /// A line came that answers no command.
    Report(Report),
}

/// A command in flight.
#[derive(Debug)]
struct Running {
    id: CommandId,
    command: Command,
    sent: Instant,
    /// When the immediate `ok` came, once an outcome is due.
    taken: Option<Instant>,
}

impl Running {
    fn deadline(&self) -> Instant {
        match (self.taken, self.command.outcome) {
            (Some(taken), Some((_, timeout))) => taken + timeout,
            (Some(_) | None, _) => self.sent + self.command.answer_timeout,
        }
    }

    fn timed_out(&self) -> LoraError {
        let command = self.command.shown();
        match (self.taken, self.command.outcome) {
            (Some(_), Some((_, waited))) => LoraError::NoOutcome { command, waited },
            (Some(_) | None, _) => LoraError::NoAnswer { command, waited: self.command.answer_timeout },
        }
    }

    /// Whether the line is what the command waits for next.
    fn awaits(&self, line: &str) -> bool {
        match (self.taken, self.command.outcome) {
            (Some(_), Some((outcome, _))) => is_outcome(outcome, line),
            (Some(_) | None, _) => !is_late_line(line),
        }
    }
}

/// The host's view of one node.
#[derive(Debug, Default)]
pub struct NodeHost {
    line: Vec<u8>,
    running: Option<Running>,
    next_id: u64,
    reports: Vec<Report>,
    outputs: VecDeque<Output>,
}

impl NodeHost {
    /// Sends a command.
    ///
    /// # Errors
    /// [`LoraError::Running`] while another one has not come to its end.
    pub fn send(&mut self, now: Instant, command: Command) -> Result<CommandId, LoraError> {
        if let Some(running) = &self.running {
            return Err(LoraError::Running { command: command.shown(), running: running.command.shown() });
        }
        self.next_id += 1;
        let id = CommandId(self.next_id);
        self.outputs.push_back(Output::Transmit(format!("{}\r\n", command.line).into_bytes()));
        self.running = Some(Running { id, command, sent: now, taken: None });
        Ok(id)
    }

    /// Takes what the node sent.
    pub fn handle_input(&mut self, now: Instant, bytes: &[u8]) {
        for byte in bytes {
            self.line.push(*byte);
            if *byte == b'\n' || self.line.len() >= LONGEST_LINE {
                let line = std::mem::take(&mut self.line);
                let line = String::from_utf8_lossy(&line);
                self.handle_line(now, line.trim_end_matches(['\r', '\n']));
            }
        }
    }

    /// Ends a command whose time is up.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Some(running) = self.running.take_if(|running| running.deadline() <= now) {
            self.fail(running.id, running.timed_out());
        }
    }

    /// Ends the running command because the port is gone.
    pub fn handle_port_gone(&mut self, port: &str, reason: &str) {
        if let Some(running) = self.running.take() {
            let error = LoraError::PortGone { port: port.to_owned(), reason: reason.to_owned() };
            self.fail(running.id, error);
        }
    }

    /// The next output; call it until `None` after every input.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When the running command times out.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        self.running.as_ref().map(|running| Wakeup::new(running.deadline(), "LoRa node command time-out"))
    }

    /// Whether a command is running.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    /// Every report so far, in the order in which they came.
    #[must_use]
    pub fn reports(&self) -> &[Report] {
        &self.reports
    }

    fn handle_line(&mut self, now: Instant, line: &str) {
        let Some(running) = self.running.as_mut().filter(|running| running.awaits(line)) else {
            return self.report(now, line);
        };
        if is_version_line(line) && !prints_version(&running.command) {
            let (id, command) = (running.id, running.command.shown());
            self.running = None;
            self.report(now, line);
            return self.fail(id, LoraError::Restarted { command });
        }
        if running.taken.is_none() && running.command.outcome.is_some() && line == "ok" {
            running.taken = Some(now);
            return;
        }
        let (id, command, took) = (running.id, running.command.shown(), now.since(running.sent));
        let answer = match running.taken {
            Some(_) => Answer { command, line: "ok".to_owned(), outcome: Some(line.to_owned()) },
            None => Answer { command, line: line.to_owned(), outcome: None },
        };
        self.running = None;
        self.outputs.push_back(Output::Event(NodeEvent::Done { id, answer, took }));
    }

    fn report(&mut self, now: Instant, line: &str) {
        let report = Report { at: now, line: line.to_owned() };
        self.reports.push(report.clone());
        self.outputs.push_back(Output::Event(NodeEvent::Report(report)));
    }

    fn fail(&mut self, id: CommandId, error: LoraError) {
        self.outputs.push_back(Output::Event(NodeEvent::Failed { id, error }));
    }
}

fn prints_version(command: &Command) -> bool {
    matches!(command.line.as_str(), "sys get ver" | "sys reset" | "sys factoryRESET")
}

fn is_outcome(outcome: Outcome, line: &str) -> bool {
    // A restart is heard by whoever waits.
    is_version_line(line)
        || match outcome {
            Outcome::Join => matches!(line, "accepted" | "denied"),
            Outcome::Transmit => {
                matches!(line, "mac_tx_ok" | "mac_err" | "invalid_data_len") || line.starts_with("mac_rx ")
            }
        }
}

/// Lines that never answer a command at once.
fn is_late_line(line: &str) -> bool {
    matches!(line, "accepted" | "denied" | "mac_tx_ok" | "mac_err" | "radio_tx_ok" | "radio_err")
        || line.starts_with("mac_rx ")
        || line.starts_with("radio_rx ")
}

#[cfg(test)]
mod tests {
    use super::super::{JoinOutcome, TransmitOutcome, command};
    use super::*;
    use wire::seed::Seed;

    const VERSION: &str = "RN2483 1.0.5 Oct 31 2018 15:06:52";

    fn at(millis: u64) -> Instant {
        Instant::from_micros(millis * 1000)
    }

    fn events(host: &mut NodeHost) -> Vec<NodeEvent> {
        std::iter::from_fn(|| host.poll_output())
            .filter_map(|output| match output {
                Output::Event(event) => Some(event),
                Output::Transmit(_) => None,
            })
            .collect()
    }

    fn done(event: &NodeEvent) -> &Answer {
        match event {
            NodeEvent::Done { answer, .. } => answer,
            NodeEvent::Failed { .. } | NodeEvent::Report(_) => panic!("not done: {event:?}"),
        }
    }

    fn failure(events: &[NodeEvent]) -> &LoraError {
        let mut errors = events.iter().filter_map(|event| match event {
            NodeEvent::Failed { error, .. } => Some(error),
            NodeEvent::Done { .. } | NodeEvent::Report(_) => None,
        });
        errors.next_back().unwrap()
    }

    fn exchange(command: Command, lines: &str) -> Vec<NodeEvent> {
        let mut host = NodeHost::default();
        host.send(Instant::ZERO, command).unwrap();
        host.handle_input(at(10), lines.as_bytes());
        events(&mut host)
    }

    #[test]
    fn a_command_goes_out_with_its_line_end_and_its_value_comes_back() {
        let mut host = NodeHost::default();
        host.send(Instant::ZERO, command::get_hw_eui()).unwrap();
        assert_eq!(host.poll_output(), Some(Output::Transmit(b"sys get hweui\r\n".to_vec())));
        for byte in b"0004A30B001A2B3C\r\n" {
            host.handle_input(at(7), &[*byte]);
        }
        let seen = events(&mut host);
        assert_eq!(done(&seen[0]).eui().unwrap().to_string(), "0004a30b001a2b3c");
        assert!(matches!(seen[0], NodeEvent::Done { took, .. } if took == Duration::from_millis(7)));
        assert!(!host.is_busy());
    }

    #[test]
    fn a_join_ends_with_its_outcome_and_not_with_its_ok() {
        let mut host = NodeHost::default();
        host.send(Instant::ZERO, command::join_otaa()).unwrap();
        host.handle_input(at(10), b"ok\r\n");
        assert!(events(&mut host).is_empty() && host.is_busy());
        assert_eq!(host.next_wakeup().map(|wakeup| wakeup.at), Some(at(15_010)));
        host.handle_input(at(5200), b"accepted\r\n");
        assert_eq!(done(&events(&mut host)[0]).join_outcome(), Ok(JoinOutcome::Accepted));
        let refused = exchange(command::join_otaa(), "keys_not_init\r\n");
        assert!(done(&refused[0]).join_outcome().is_err());
    }

    #[test]
    fn the_outcomes_of_an_uplink_are_kept_apart_from_other_lines() {
        let received = TransmitOutcome::Received { port: 42, payload: vec![0xde, 0xad, 0xbe, 0xef] };
        let rows = [
            ("ok\r\nmac_tx_ok\r\n", TransmitOutcome::Sent),
            ("ok\r\nmac_rx 42 DEADBEEF\r\n", received),
            ("ok\r\nmac_err\r\n", TransmitOutcome::NotAcknowledged),
            ("ok\r\ninvalid_data_len\r\n", TransmitOutcome::TooLong),
        ];
        for (lines, want) in rows {
            let seen = exchange(command::transmit(true, 1, &[0]), lines);
            assert_eq!(done(&seen[0]).transmit_outcome(), Ok(want), "{lines}");
        }
        let seen = exchange(
            command::transmit(false, 1, &[0]),
            "mac_rx 3 00\r\nok\r\nbusy\r\nmac_tx_ok\r\nmac_rx 4 01\r\n",
        );
        let report = |line: &str| NodeEvent::Report(Report { at: at(10), line: line.to_owned() });
        assert_eq!(seen[0], report("mac_rx 3 00"), "a downlink is no immediate answer");
        assert_eq!(seen[1], report("busy"));
        assert_eq!(done(&seen[2]).transmit_outcome(), Ok(TransmitOutcome::Sent));
        assert_eq!(seen[3], report("mac_rx 4 01"));
    }

    #[test]
    fn a_version_line_that_nobody_asked_for_is_a_restart() {
        let version = format!("{VERSION}\r\n");
        for command in [command::get_version(), command::reset(), command::factory_reset()] {
            assert_eq!(done(&exchange(command, &version)[0]).line, VERSION);
        }
        for (command, before) in [(command::get("dr"), ""), (command::transmit(true, 1, &[]), "ok\r\n")] {
            let seen = exchange(command, &format!("{before}{version}"));
            assert!(matches!(&seen[0], NodeEvent::Report(report) if report.line == VERSION));
            assert!(matches!(failure(&seen), LoraError::Restarted { .. }));
        }
    }

    #[test]
    fn silence_ends_each_stage_at_its_own_time_out() {
        let mut host = NodeHost::default();
        host.send(Instant::ZERO, command::get("dr")).unwrap();
        host.handle_timeout(at(999));
        assert!(host.is_busy());
        host.handle_timeout(at(1000));
        assert_eq!(failure(&events(&mut host)).to_string(), "mac get dr: no answer after 1 s");
        host.send(at(2000), command::join_otaa()).unwrap();
        host.handle_input(at(2100), b"ok\r\n");
        host.handle_timeout(at(17_099));
        assert!(host.is_busy());
        host.handle_timeout(at(17_100));
        assert_eq!(failure(&events(&mut host)).to_string(), "mac join otaa: no outcome 15 s after ok");
        host.handle_input(at(18_000), b"denied\r\n");
        assert_eq!(host.reports().last().map(|report| report.line.as_str()), Some("denied"));
    }

    #[test]
    fn a_second_command_is_refused_and_shows_no_key() {
        let key = "2b7e151628aed2a6abf7158809cf4f3c".parse().unwrap();
        let mut host = NodeHost::default();
        host.send(Instant::ZERO, command::set_app_key(&key)).unwrap();
        let error = host.send(at(1), command::get("dr")).unwrap_err();
        assert_eq!(error.to_string(), "mac get dr: mac set appkey [REDACTED] is still running on this port");
        host.handle_port_gone("/dev/ttyACM0", "no such device");
        assert!(matches!(failure(&events(&mut host)), LoraError::PortGone { .. }));
        assert!(!host.is_busy());
    }

    #[test]
    fn garbage_never_panics_and_nothing_is_lost() {
        let mut rng = Seed(3).child("garbage").rng();
        let mut host = NodeHost::default();
        for step in 0..3000 {
            let _ = host.send(at(step), command::transmit(true, 1, &[]));
            host.handle_input(at(step), &rng.octets::<7>());
            host.handle_input(at(step), b"\r\n");
        }
        assert!(events(&mut host).len() >= 3000);
        host.handle_input(at(5000), &[b'x'; 5000]);
        assert!(host.line.len() < LONGEST_LINE);
    }
}
