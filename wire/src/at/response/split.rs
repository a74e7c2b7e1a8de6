//! Cuts the bytes of a modem into lines, prompts and message texts, however they arrive.
//!
//! Whoever reads the pieces says what may come next: a prompt is a prompt only where one is awaited, and a message text
//! is taken by its position and length, never by what it looks like (27.005 3.4; traps 2, 10, 11 and 21). The splitter
//! has a state for each octet and none for a read, so that the pieces are the same wherever a stream is cut.

use super::string_is_open;
use crate::at::text::text_of;

/// What belongs to a line beside the line itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// The next line that is not empty.
    NextLine,
    /// A text of at least so many characters, up to the end of its line. It may be empty, and may have several lines.
    Text(usize),
    /// The rest of a string that has line ends in it.
    RestOfString,
    /// So many octets, whatever they are.
    Octets(usize),
}

/// What the splitter found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A line that is not empty, without its terminator. Bytes that are not UTF-8 are kept as Latin-1 characters.
    Line(String),
    /// The body that was asked for; line ends in it are LF.
    Body(String),
    /// The prompt `> ` that asks for a message text.
    Prompt,
    /// Octets at the start of a line that no line begins with: what a UART makes of the levels at power-up.
    Noise(Vec<u8>),
}

/// The longest line that is kept: `+CEER` may have 2041 characters, a PDU line 600.
pub const LONGEST_LINE: usize = 4096;
/// The longest text of a report over several lines; whoever never closes its quotes is not waited for longer.
const LONGEST_STRING: usize = 1024;
/// So much noise is told at once.
const LONGEST_NOISE: usize = 64;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Reading {
    #[default]
    Lines,
    Text {
        characters: usize,
    },
    Octets {
        count: usize,
    },
    /// With the line on which the string began.
    RestOfString,
}

/// The splitter.
#[derive(Clone, Debug, Default)]
pub struct LineSplitter {
    line: Vec<u8>,
    noise: Vec<u8>,
    reading: Reading,
    /// The line on which an open string began.
    opened: String,
    /// The last octet was a CR: a LF now belongs to it.
    after_return: bool,
    /// The prompt that may come.
    prompt: Option<&'static str>,
}

impl LineSplitter {
    /// Whether `> ` at the start of a line is a prompt. Without that, it is text.
    pub const fn expect_prompt(&mut self, prompt: Option<&'static str>) {
        self.prompt = prompt;
    }

    /// What follows the line that was just found is its body.
    pub fn expect_body(&mut self, line: &str, body: Body) {
        self.reading = match body {
            // The next line comes as any other; the reader knows whose it is.
            Body::NextLine => Reading::Lines,
            Body::Text(characters) => Reading::Text { characters },
            Body::Octets(count) => Reading::Octets { count },
            Body::RestOfString => {
                line.clone_into(&mut self.opened);
                Reading::RestOfString
            }
        };
    }

    /// Takes one byte; at most one piece ends with it, and noise before it is told on its own.
    pub fn push(&mut self, byte: u8) -> (Option<Piece>, Option<Piece>) {
        if self.reading != Reading::Lines {
            return (None, self.push_to_body(byte));
        }
        // Never the beginning of a line (trap 2).
        if matches!(byte, 0 | 0xff) && self.line.is_empty() {
            self.noise.push(byte);
            let told = (self.noise.len() >= LONGEST_NOISE).then(|| self.take_noise());
            return (told, None);
        }
        let noise = (!self.noise.is_empty()).then(|| self.take_noise());
        (noise, self.push_to_line(byte))
    }

    /// Takes bytes and hands each finished piece to `found`; for readers who ask for no bodies.
    pub fn push_all(&mut self, bytes: &[u8], mut found: impl FnMut(Piece)) {
        for byte in bytes {
            let (noise, piece) = self.push(*byte);
            noise.into_iter().chain(piece).for_each(&mut found);
        }
    }

    /// What has arrived of a line or body that is not finished.
    #[must_use]
    pub fn unfinished(&self) -> &[u8] {
        &self.line
    }

    /// Gives up on a body that does not end, and gives what there is of it; `None` when none is awaited.
    pub fn abandon_body(&mut self) -> Option<String> {
        if std::mem::take(&mut self.reading) == Reading::Lines {
            return None;
        }
        Some(body_text(std::mem::take(&mut self.line)))
    }

    fn take_noise(&mut self) -> Piece {
        Piece::Noise(std::mem::take(&mut self.noise))
    }

    fn push_to_line(&mut self, byte: u8) -> Option<Piece> {
        self.after_return = byte == b'\r';
        if matches!(byte, b'\r' | b'\n') {
            let line = std::mem::take(&mut self.line);
            return (!line.is_empty()).then(|| Piece::Line(text(line)));
        }
        self.keep(byte);
        if self.prompt.is_some_and(|prompt| self.line == prompt.as_bytes()) {
            self.line.clear();
            self.prompt = None;
            return Some(Piece::Prompt);
        }
        None
    }

    fn push_to_body(&mut self, byte: u8) -> Option<Piece> {
        // The LF of the header's own line end.
        if std::mem::take(&mut self.after_return) && byte == b'\n' {
            return None;
        }
        self.keep(byte);
        let finished = match self.reading {
            Reading::Lines => true,
            Reading::Octets { count } => self.line.len() >= count,
            Reading::Text { characters } => {
                byte == b'\n' && text(without_line_end(&self.line).to_vec()).chars().count() >= characters
            }
            Reading::RestOfString => {
                let line_ends = matches!(byte, b'\r' | b'\n');
                line_ends
                    && (self.line.len() > LONGEST_STRING
                        || !string_is_open(&format!("{}\n{}", self.opened, body_text(self.line.clone()))))
            }
        } || self.line.len() >= LONGEST_LINE;
        if !finished {
            return None;
        }
        if let Reading::Octets { .. } = std::mem::take(&mut self.reading) {
            return Some(Piece::Body(text_of(&std::mem::take(&mut self.line))));
        }
        self.after_return = byte == b'\r';
        Some(Piece::Body(body_text(std::mem::take(&mut self.line))))
    }

    fn keep(&mut self, byte: u8) {
        if self.line.len() < LONGEST_LINE {
            self.line.push(byte);
        }
    }
}

fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// The text of a body: CR LF inside as LF, none at its end.
fn body_text(bytes: Vec<u8>) -> String {
    let text = text(bytes).replace("\r\n", "\n").replace('\r', "\n");
    text.trim_end_matches('\n').to_owned()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    fn line(text: &str) -> Piece {
        Piece::Line(text.to_owned())
    }

    /// The pieces of a stream; a line that has a body gets it.
    fn split(bytes: &[u8], prompt: bool) -> Vec<Piece> {
        let mut splitter = LineSplitter::default();
        splitter.expect_prompt(prompt.then_some("> "));
        let mut pieces = Vec::new();
        for byte in bytes {
            let (noise, piece) = splitter.push(*byte);
            if let Some(Piece::Line(line)) = &piece
                && let Some(body) = super::super::body(line)
            {
                splitter.expect_body(line, body);
            }
            pieces.extend(noise.into_iter().chain(piece));
        }
        pieces
    }

    #[test]
    fn octets_with_their_number_are_taken_as_they_are() {
        let seen = split(b"\r\n+QIRD: 6\r\n\r\nOK\r\n\r\n\r\nOK\r\n", false);
        assert_eq!(seen, [line("+QIRD: 6"), Piece::Body("\r\nOK\r\n".to_owned()), line("OK")]);
    }

    #[test]
    fn lines_prompts_and_noise_are_told_apart() {
        let rows: &[(&str, &[u8], bool, Vec<Piece>)] = &[
            ("ok after echo", b"AT\r\r\nOK\r\n", false, vec![line("AT"), line("OK")]),
            (
                "several reports",
                b"\r\n+CREG: 5\r\n\r\n+CGREG: 0\r\n",
                false,
                vec![line("+CREG: 5"), line("+CGREG: 0")],
            ),
            ("prompt", b"AT+CMGS=22\r\r\n> ", true, vec![line("AT+CMGS=22"), Piece::Prompt]),
            ("no prompt expected", b"\r\n> x\r\n", false, vec![line("> x")]),
            (
                "noise at power-up",
                b"\0\xff\0\r\nRDY\r\n",
                false,
                vec![Piece::Noise(vec![0, 0xff, 0]), line("RDY")],
            ),
        ];
        for (row, bytes, prompt, want) in rows {
            assert_eq!(&split(bytes, *prompt), want, "{row}");
        }
    }

    #[test]
    fn a_body_is_taken_by_position_and_length_whatever_it_looks_like() {
        let body = |text: &str| Piece::Body(text.to_owned());
        let header = "+CMGR: \"REC READ\",\"+336\",,\"26/03/14,09:26:53+08\"";
        let long = format!("{header},145,4,0,0,\"+336\",145");
        let rows = [
            (format!("\r\n{header}\r\nOK\r\n\r\nOK\r\n"), vec![line(header), body("OK"), line("OK")]),
            (format!("\r\n{header}\r\n\r\n\r\nOK\r\n"), vec![line(header), body(""), line("OK")]),
            (
                format!("\r\n{long},8\r\na\r\nOK\r\nb\r\n\r\nOK\r\n"),
                vec![line(&format!("{long},8")), body("a\nOK\nb"), line("OK")],
            ),
            (
                "\r\n+CUSD: 1,\"Menu \"A\"\r\n\r\nOK\r\n2. \"B\"\",15\r\n\r\nRING\r\n".to_owned(),
                vec![line("+CUSD: 1,\"Menu \"A\""), body("\nOK\n2. \"B\"\",15"), line("RING")],
            ),
        ];
        for (text, want) in rows {
            assert_eq!(split(text.as_bytes(), false), want, "{text:?}");
        }
    }

    #[test]
    fn a_body_that_never_ends_is_given_up() {
        let mut splitter = LineSplitter::default();
        splitter.expect_body("+CUSD: 1,\"a", Body::RestOfString);
        splitter.push_all(b"\r\nb\r\n", |piece| panic!("{piece:?}"));
        assert_eq!(splitter.abandon_body().as_deref(), Some("\nb"));
        assert_eq!(splitter.abandon_body(), None);
        splitter.expect_body("", Body::Text(usize::MAX));
        let mut pieces = Vec::new();
        splitter.push_all(&[b'x'; 2 * LONGEST_LINE], |piece| pieces.push(piece));
        assert_eq!(pieces.len(), 1, "a body has its bounds");
    }

    #[test]
    fn garbage_never_panics_and_never_makes_a_line_without_its_end() {
        let mut rng = Seed(1).child("garbage").rng();
        let mut splitter = LineSplitter::default();
        for _ in 0..20_000 {
            splitter.push_all(&rng.octets::<7>(), |piece| {
                if let Piece::Line(line) = piece {
                    assert!(!line.is_empty() && !line.contains(['\r', '\n']));
                }
            });
            assert!(splitter.unfinished().len() <= LONGEST_LINE);
        }
    }
}
