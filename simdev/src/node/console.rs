//! Lines of the serial port, and the commands that start something (RN2483 command reference, DS40001784 clause 2.4).
//!
//! A line ends with CR LF; any other end makes it an unknown command. Words are separated by single spaces.

use super::mac::{Mac, MacOutput, Outcome, Refused};
use super::set::number;
use std::collections::VecDeque;
use wire::time::Instant;

/// A longer line is an unknown command: the longest legal one has about 500 octets.
const LONGEST_LINE: usize = 1024;
/// What `mac pause` answers when nothing is under way: as long as you like, in milliseconds.
const PAUSE_WITHOUT_LIMIT: &str = "4294967245";

/// What came in, cut into lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Console {
    partial: Vec<u8>,
    overlong: bool,
    lines: VecDeque<Line>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Text between two line ends.
    Complete(String),
    /// Not text, too long, or without CR before the LF.
    Broken,
}

impl Console {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\n' {
                let octets = std::mem::take(&mut self.partial);
                let overlong = std::mem::take(&mut self.overlong);
                let line = octets
                    .strip_suffix(b"\r")
                    .filter(|_| !overlong)
                    .and_then(|octets| str::from_utf8(octets).ok());
                self.lines.push_back(line.map_or(Line::Broken, |line| Line::Complete(line.to_owned())));
            } else if self.partial.len() < LONGEST_LINE {
                self.partial.push(*byte);
            } else {
                self.overlong = true;
            }
        }
    }

    pub(super) fn next_line(&mut self) -> Option<Line> {
        self.lines.pop_front()
    }
}

/// `ok`, or the word for a refusal.
pub(super) fn word(result: Result<(), Refused>) -> String {
    match result {
        Ok(()) => "ok",
        Err(Refused::KeysNotInit) => "keys_not_init",
        Err(Refused::NoFreeChannel) => "no_free_ch",
        Err(Refused::Busy) => "busy",
        Err(Refused::Paused) => "mac_paused",
        Err(Refused::NotJoined) => "not_joined",
        Err(Refused::CounterUsedUp) => "frame_counter_err_rejoin_needed",
        Err(Refused::DataTooLong) => "invalid_data_len",
    }
    .to_owned()
}

pub(super) fn pause(mac: &mut Mac) -> String {
    if mac.exchange.is_some() {
        return "0".to_owned();
    }
    mac.paused = true;
    PAUSE_WITHOUT_LIMIT.to_owned()
}

pub(super) fn join_abp(mac: &mut Mac) -> String {
    let result = mac.personalise();
    if result.is_ok() {
        mac.outputs.push_back(MacOutput::Outcome(Outcome::Joined));
    }
    word(result)
}

/// `mac tx`; none when a word is wrong.
pub(super) fn transmit(mac: &mut Mac, now: Instant, words: &[&str]) -> Option<String> {
    let [kind, port, octets] = words else { return None };
    let confirmed = match *kind {
        "cnf" => true,
        "uncnf" => false,
        _ => return None,
    };
    let port = number::<u8>(port).filter(|port| (1..=223).contains(port))?;
    let octets = hex::decode(octets).ok().filter(|octets| !octets.is_empty())?;
    Some(word(mac.send(now, confirmed, port, octets)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_however_the_bytes_arrive() {
        let bytes = b"sys get ver\r\nmac get dr\n\r\nx\xff\r\nrest";
        let want =
            [Line::Complete("sys get ver".into()), Line::Broken, Line::Complete(String::new()), Line::Broken];
        for cut in 0..=bytes.len() {
            let mut console = Console::default();
            let (head, tail) = bytes.split_at(cut);
            console.push(head);
            console.push(tail);
            let lines: Vec<_> = std::iter::from_fn(|| console.next_line()).collect();
            assert_eq!(lines, want, "cut at {cut}");
        }
    }

    #[test]
    fn an_endless_line_is_cut_and_refused() {
        let mut console = Console::default();
        console.push(&[b'x'; 5000]);
        assert!(console.partial.len() <= LONGEST_LINE);
        console.push(b"\r\n");
        assert_eq!(console.next_line(), Some(Line::Broken));
    }
}
