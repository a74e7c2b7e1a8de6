//! How octets of the host become lines.

use std::collections::VecDeque;

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Ends {
    /// CR LF; a line without its CR is broken.
    CrLf,
    /// LF, with or without CR. Empty lines do not count.
    Lf,
    /// CR or LF. Empty lines do not count.
    CrOrLf,
    /// CR. A LF at the beginning of a line does not count, nor do empty lines.
    Cr,
}

/// How a console reads.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Framing {
    pub ends: Ends,
    /// A longer line is cut and told as too long.
    pub longest: usize,
    /// BS and DEL take the last character away.
    pub backspace: bool,
    /// Whether the host sees what it types.
    pub echo: bool,
    /// An octet that does not count before a line: with it the host wakes the module.
    pub waking: Option<u8>,
    /// How many octets follow a line as they are.
    pub data_after: fn(&str) -> Option<usize>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Line {
    /// Text before its end.
    Text(String),
    /// Text, and the octets that followed it.
    WithData(String, Vec<u8>),
    /// More than the module can hold.
    TooLong,
    /// Octets that are no text, or without the end that the module asks for.
    NoText,
}

/// What came in, cut into lines.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct LineCutter {
    partial: Vec<u8>,
    overlong: bool,
    /// A line whose octets are still coming, and how many are missing.
    collecting: Option<(String, Vec<u8>, usize)>,
    lines: VecDeque<Line>,
}

impl LineCutter {
    /// Takes octets; gives what is echoed.
    pub(in super::super) fn push(&mut self, bytes: &[u8], framing: &Framing) -> Vec<u8> {
        let mut echo = Vec::new();
        for byte in bytes {
            if self.collect(*byte) || (self.partial.is_empty() && framing.waking == Some(*byte)) {
                continue;
            }
            if self.is_end(*byte, framing.ends) {
                self.end_line(framing);
                echo.extend(b"\n\r");
            } else if framing.backspace && matches!(*byte, 0x08 | 0x7f) {
                if self.partial.pop().is_some() {
                    echo.extend(b"\x08 \x08");
                }
            } else if self.partial.len() < framing.longest {
                self.partial.push(*byte);
                echo.push(*byte);
            } else {
                self.overlong = true;
            }
        }
        if framing.echo { echo } else { Vec::new() }
    }

    pub(in super::super) fn next_line(&mut self) -> Option<Line> {
        self.lines.pop_front()
    }

    /// Whether the octet belongs to the data of the last line.
    fn collect(&mut self, byte: u8) -> bool {
        let Some((text, mut data, missing)) = self.collecting.take() else { return false };
        data.push(byte);
        if missing > 1 {
            self.collecting = Some((text, data, missing - 1));
        } else {
            self.lines.push_back(Line::WithData(text, data));
        }
        true
    }

    fn is_end(&self, byte: u8, ends: Ends) -> bool {
        match (ends, byte) {
            (Ends::CrLf | Ends::Lf | Ends::CrOrLf, b'\n') | (Ends::CrOrLf | Ends::Cr, b'\r') => true,
            (Ends::Cr, b'\n') => self.partial.is_empty(),
            _ => false,
        }
    }

    fn end_line(&mut self, framing: &Framing) {
        let mut octets = std::mem::take(&mut self.partial);
        let has_cr = octets.last() == Some(&b'\r');
        if has_cr && matches!(framing.ends, Ends::CrLf | Ends::Lf) {
            octets.pop();
        }
        let whole = has_cr || framing.ends != Ends::CrLf;
        if std::mem::take(&mut self.overlong) {
            self.lines.push_back(Line::TooLong);
        } else if octets.is_empty() && framing.ends != Ends::CrLf {
            // Only the RN2483 answers to an empty line.
        } else {
            match String::from_utf8(octets) {
                Ok(text) if whole => self.begin_data(text, framing),
                Ok(_) | Err(_) => self.lines.push_back(Line::NoText),
            }
        }
    }

    fn begin_data(&mut self, text: String, framing: &Framing) {
        match (framing.data_after)(&text) {
            None => self.lines.push_back(Line::Text(text)),
            Some(0) => self.lines.push_back(Line::WithData(text, Vec::new())),
            Some(octets) => self.collecting = Some((text, Vec::new(), octets)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framing(ends: Ends) -> Framing {
        Framing { ends, longest: 1024, backspace: true, echo: false, waking: None, data_after: |_| None }
    }

    fn lines(framing: &Framing, parts: &[&[u8]]) -> Vec<Line> {
        let mut cutter = LineCutter::default();
        for part in parts {
            cutter.push(part, framing);
        }
        std::iter::from_fn(|| cutter.next_line()).collect()
    }

    fn text(text: &str) -> Line {
        Line::Text(text.to_owned())
    }

    #[test]
    fn lines_are_the_same_however_the_bytes_arrive() {
        let bytes = b"sys get ver\r\nmac get dr\n\r\nx\xff\r\nrest";
        let rows = [
            (Ends::CrLf, vec![text("sys get ver"), Line::NoText, text(""), Line::NoText]),
            (Ends::Lf, vec![text("sys get ver"), text("mac get dr"), Line::NoText]),
            (Ends::CrOrLf, vec![text("sys get ver"), text("mac get dr"), Line::NoText]),
            (Ends::Cr, vec![text("sys get ver"), text("mac get dr\n"), Line::NoText]),
        ];
        for (ends, want) in rows {
            for cut in 0..=bytes.len() {
                let (head, tail) = bytes.split_at(cut);
                assert_eq!(lines(&framing(ends), &[head, tail]), want, "{ends:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn an_endless_line_is_cut_and_refused() {
        let mut cutter = LineCutter::default();
        let framing = framing(Ends::CrLf);
        cutter.push(&[b'x'; 5000], &framing);
        assert!(cutter.partial.len() <= framing.longest);
        cutter.push(b"\r\n", &framing);
        assert_eq!(cutter.next_line(), Some(Line::TooLong));
    }

    #[test]
    fn a_line_can_be_corrected_and_is_echoed() {
        let framing = Framing { echo: true, ..framing(Ends::CrOrLf) };
        let mut cutter = LineCutter::default();
        assert_eq!(cutter.push(b"ATX\x08\r", &framing), b"ATX\x08 \x08\n\r");
        assert_eq!(cutter.next_line(), Some(text("AT")));
    }

    #[test]
    fn octets_that_follow_a_line_are_taken_as_they_are() {
        let data_after = |text: &str| text.strip_prefix("TX ").and_then(|count| count.parse().ok());
        let framing = Framing { data_after, ..framing(Ends::Cr) };
        let want = vec![
            Line::WithData("TX 3".into(), b"\r\n\x08".to_vec()),
            Line::WithData("TX 0".into(), vec![]),
            text("AT"),
        ];
        assert_eq!(lines(&framing, &[b"TX 3\r\r\n", b"\x08TX 0\rAT\r"]), want);
    }
}
