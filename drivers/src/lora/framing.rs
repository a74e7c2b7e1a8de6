//! From the bytes of a node to its lines.

use super::dialect::Framing;

/// Longer lines are handed on in pieces: a downlink of 242 octets in hexadecimal has about 500 characters.
pub const LONGEST_LINE: usize = 1024;
/// No frame carries more octets, in hexadecimal.
const LONGEST_DATA: usize = 2 * 255;

/// What has come of the line that is not complete.
#[derive(Debug, Default)]
pub struct Lines {
    line: Vec<u8>,
    data: Option<Data>,
}

/// The octets that belong to a line which is complete.
#[derive(Debug)]
struct Data {
    line: String,
    /// How many LF may still come before the first octet.
    feeds: u8,
    length: usize,
    octets: Vec<u8>,
}

impl Lines {
    /// Takes a byte; the line that it completes.
    pub fn push(&mut self, framing: Framing, byte: u8) -> Option<String> {
        if self.data.is_some() {
            return self.push_data(byte);
        }
        let ends = match framing {
            Framing::Whole => byte == b'\n',
            Framing::Filled | Framing::Octets => matches!(byte, b'\r' | b'\n'),
        };
        if !ends {
            self.line.push(byte);
        }
        if !ends && self.line.len() < LONGEST_LINE {
            return None;
        }
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
        if framing == Framing::Whole {
            return Some(line.trim_end_matches('\r').to_owned());
        }
        let line = line.trim().to_owned();
        if framing == Framing::Octets
            && let Some(length) = data_length(&line)
        {
            self.data = Some(Data { line, feeds: 2, length, octets: Vec::new() });
            return if length == 0 { self.take_data() } else { None };
        }
        (!line.is_empty()).then_some(line)
    }

    /// Forgets the octets that a line had promised and that did not come: what was promised, if anything.
    pub fn give_up_data(&mut self) -> Option<String> {
        self.data.take().map(|data| data.line)
    }

    fn push_data(&mut self, byte: u8) -> Option<String> {
        let data = self.data.as_mut()?;
        if data.feeds > 0 && byte == b'\n' && data.octets.is_empty() {
            data.feeds -= 1;
            return None;
        }
        data.octets.push(byte);
        if data.octets.len() < data.length { None } else { self.take_data() }
    }

    fn take_data(&mut self) -> Option<String> {
        self.data.take().map(|data| format!("{} {}", data.line, hex::encode_upper(&data.octets)))
    }
}

/// The number of octets after `+RECV=port,length`.
fn data_length(line: &str) -> Option<usize> {
    let (_, length) = line.strip_prefix("+RECV=")?.split_once(',')?;
    length.parse().ok().filter(|length| *length <= LONGEST_DATA)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(framing: Framing, bytes: &[u8]) -> Vec<String> {
        let mut lines = Lines::default();
        bytes.iter().filter_map(|byte| lines.push(framing, *byte)).collect()
    }

    #[test]
    fn lines_end_as_the_dialect_ends_them() {
        assert_eq!(read(Framing::Whole, b"ok\r\n\r\nmac_rx 1 \r\n"), ["ok", "", "mac_rx 1 "]);
        assert_eq!(read(Framing::Filled, b"\r\nAT+DR=5\r\n\r\nOK\r\n"), ["AT+DR=5", "OK"]);
        assert_eq!(read(Framing::Octets, b"+OK=1\r+OK\r"), ["+OK=1", "+OK"]);
    }

    #[test]
    fn octets_after_a_line_are_counted_and_not_read_as_lines() {
        let got = read(Framing::Octets, b"+RECV=3,4\r\n\n\r\n+O+OK\r");
        assert_eq!(got, ["+RECV=3,4 0D0A2B4F", "+OK"]);
        assert_eq!(read(Framing::Octets, b"+RECV=3,0\r\n\n+OK\r"), ["+RECV=3,0 ", "+OK"]);
        assert_eq!(read(Framing::Octets, b"+RECV=3,4000\r+OK\r"), ["+RECV=3,4000", "+OK"]);
    }

    #[test]
    fn data_that_does_not_come_is_given_up() {
        let mut lines = Lines::default();
        for byte in b"+RECV=3,4\r\n\nab" {
            assert_eq!(lines.push(Framing::Octets, *byte), None);
        }
        assert_eq!(lines.give_up_data(), Some("+RECV=3,4".to_owned()));
        assert_eq!(lines.push(Framing::Octets, b'\r'), None);
    }
}
