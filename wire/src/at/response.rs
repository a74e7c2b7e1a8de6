//! The host's view of an AT line: bytes to lines, lines to results, reports and information text.
//!
//! Spec: ITU-T V.250 clause 5.7, 3GPP TS 27.007 clauses 4 and 9, TS 27.005 clause 3. Verbose results (`V1`) only: a
//! driver sets them before anything else. Not here: which command a line belongs to; that is the channel's affair.

use std::fmt;

/// Cuts the bytes of a modem into lines and prompts, however they arrive.
#[derive(Clone, Debug, Default)]
pub struct LineSplitter {
    line: Vec<u8>,
    expects_prompt: bool,
}

/// What the splitter found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A line that is not empty, without its terminator. Bytes that are not UTF-8 are kept as Latin-1 characters.
    Line(String),
    /// The prompt `> ` that asks for a message text.
    Prompt,
}

/// The longest line that is kept: `+CEER` may have 2041 characters, a PDU line 600.
const LONGEST_LINE: usize = 4096;

impl LineSplitter {
    /// Whether `> ` at the start of a line is a prompt. Without that, it is text.
    pub fn expect_prompt(&mut self, expected: bool) {
        self.expects_prompt = expected;
    }

    /// Takes bytes and hands each finished piece to `found`.
    pub fn push(&mut self, bytes: &[u8], mut found: impl FnMut(Piece)) {
        for byte in bytes {
            match byte {
                b'\r' | b'\n' => {
                    if let Some(line) = self.take() {
                        found(Piece::Line(line));
                    }
                }
                // Power-up noise of a UART: never part of a line (trap 2).
                0 | 0xff if self.line.is_empty() => {}
                byte => {
                    if self.line.len() < LONGEST_LINE {
                        self.line.push(*byte);
                    }
                    if self.expects_prompt && self.line == b"> " {
                        self.line.clear();
                        self.expects_prompt = false;
                        found(Piece::Prompt);
                    }
                }
            }
        }
    }

    /// What has arrived of a line that is not finished.
    #[must_use]
    pub fn unfinished(&self) -> &[u8] {
        &self.line
    }

    fn take(&mut self) -> Option<String> {
        if self.line.is_empty() {
            return None;
        }
        let bytes = std::mem::take(&mut self.line);
        Some(
            String::from_utf8(bytes)
                .unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect()),
        )
    }
}

/// A final result code (V.250 5.7.1, 27.007 clause 9, 27.005 clause 3.2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FinalResult {
    /// `OK`.
    Ok,
    /// `CONNECT` with its text: the line is in data state.
    Connect(String),
    /// `ERROR`.
    Error,
    /// `+CME ERROR: …`: the number, or the text where `+CMEE=2` is set.
    Cme(ErrorCode),
    /// `+CMS ERROR: …`.
    Cms(ErrorCode),
    /// `NO CARRIER`.
    NoCarrier,
    /// `NO DIALTONE`.
    NoDialtone,
    /// `BUSY`.
    Busy,
    /// `NO ANSWER`.
    NoAnswer,
}

/// The error of a `+CME ERROR` or `+CMS ERROR` line, in the form in which it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// A number, carried through unchanged whatever its range.
    Number(u16),
    /// The verbose text.
    Text(String),
}

impl ErrorCode {
    fn parse(text: &str) -> Self {
        let text = text.trim();
        text.parse().map_or_else(|_| Self::Text(text.to_owned()), Self::Number)
    }

    /// The number, where the modem gave one.
    #[must_use]
    pub const fn number(&self) -> Option<u16> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(_) => None,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl FinalResult {
    /// Reads a final result code; `None` for any other line.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        Some(match line {
            "OK" => Self::Ok,
            "ERROR" => Self::Error,
            "NO CARRIER" => Self::NoCarrier,
            "NO DIALTONE" | "NO DIAL TONE" => Self::NoDialtone,
            "BUSY" => Self::Busy,
            "NO ANSWER" => Self::NoAnswer,
            _ => {
                if let Some(code) = line.strip_prefix("+CME ERROR:") {
                    Self::Cme(ErrorCode::parse(code))
                } else if let Some(code) = line.strip_prefix("+CMS ERROR:") {
                    Self::Cms(ErrorCode::parse(code))
                } else {
                    let text = line.strip_prefix("CONNECT")?;
                    if !(text.is_empty() || text.starts_with(' ')) {
                        return None;
                    }
                    Self::Connect(text.trim().to_owned())
                }
            }
        })
    }

    /// Whether the result says that the command was carried out.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Ok | Self::Connect(_))
    }

    /// Whether the line may also come unasked, when a call ends.
    #[must_use]
    pub const fn may_be_unsolicited(&self) -> bool {
        matches!(self, Self::NoCarrier | Self::Busy | Self::NoAnswer)
    }
}

impl fmt::Display for FinalResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("OK"),
            Self::Connect(text) if text.is_empty() => f.write_str("CONNECT"),
            Self::Connect(text) => write!(f, "CONNECT {text}"),
            Self::Error => f.write_str("ERROR"),
            Self::Cme(code) => write!(f, "+CME ERROR: {code}"),
            Self::Cms(code) => write!(f, "+CMS ERROR: {code}"),
            Self::NoCarrier => f.write_str("NO CARRIER"),
            Self::NoDialtone => f.write_str("NO DIALTONE"),
            Self::Busy => f.write_str("BUSY"),
            Self::NoAnswer => f.write_str("NO ANSWER"),
        }
    }
}

/// Unsolicited result codes that stand alone on their line.
const PLAIN_REPORTS: &[&str] =
    &["RING", "RDY", "APP RDY", "SMS DONE", "PB DONE", "POWERED DOWN", "SMS READY", "CALL READY"];

/// Unsolicited result codes by the name before their colon.
const NAMED_REPORTS: &[&str] = &[
    "+CBM", "+CCWA", "+CDS", "+CDSI", "+CEREG", "+CFUN", "+CGEV", "+CGREG", "+CIEV", "+CLIP", "+CMT",
    "+CMTI", "+COLP", "+CPIN", "+CREG", "+CRING", "+CSSI", "+CSSU", "+CTZE", "+CTZV", "+CUSD", "+QIND",
    "+QIURC",
];

/// Reports whose payload is the next line, whatever that line looks like (trap 10).
const REPORTS_WITH_PAYLOAD: &[&str] = &["+CMT", "+CDS", "+CBM"];

/// Answers whose payload is the line after each header.
const ANSWERS_WITH_PAYLOAD: &[&str] = &["+CMGR", "+CMGL"];

/// The name of a line: what stands before its colon.
#[must_use]
pub fn name(line: &str) -> &str {
    line.split(':').next().unwrap_or(line)
}

/// The parameters of a line: what stands after its colon, with the space that may follow.
#[must_use]
pub fn parameters(line: &str) -> &str {
    line.split_once(':').map_or("", |(_, rest)| rest.trim_start())
}

/// Whether a line can be an unsolicited result code, judged by its name alone.
#[must_use]
pub fn is_report_name(line: &str) -> bool {
    PLAIN_REPORTS.contains(&line) || (line.contains(':') && NAMED_REPORTS.contains(&name(line)))
}

/// Whether the line after this report belongs to it.
#[must_use]
pub fn report_has_payload(line: &str) -> bool {
    REPORTS_WITH_PAYLOAD.contains(&name(line))
}

/// The longest text of a report over several lines; whoever never closes its quotes is not waited for longer.
const LONGEST_REPORT: usize = 1024;

/// Whether the quoted text of a `+CUSD` report goes on in the next line (trap 21). The text may hold quotes of its own:
/// what ends it is a quote at the end of a line, or one with a data coding scheme.
#[must_use]
pub fn report_continues(line: &str) -> bool {
    if name(line) != "+CUSD" || line.len() > LONGEST_REPORT {
        return false;
    }
    let Some((_, text)) = parameters(line).split_once(",\"") else { return false };
    let (before_scheme, scheme) = text.rsplit_once(',').unwrap_or((text, ""));
    let closed_before_scheme =
        before_scheme.trim_end().ends_with('"') && scheme.trim().bytes().all(|byte| byte.is_ascii_digit());
    !(text.trim_end().ends_with('"') || (closed_before_scheme && !scheme.trim().is_empty()))
}

/// Whether the line after this line of an answer belongs to it.
#[must_use]
pub fn answer_has_payload(line: &str) -> bool {
    ANSWERS_WITH_PAYLOAD.contains(&name(line))
}

/// Whether a registration line is a report and not the answer to a read command.
///
/// The answer starts `<n>,<stat>`; the report starts `<stat>`, and its second field, if any, is a quoted or empty area
/// code (27.007 clause 7.2; trap 4).
#[must_use]
pub fn is_registration_report(line: &str) -> bool {
    let fields = fields(parameters(line));
    fields.get(1).is_none_or(|second| second.parse::<u8>().is_err())
        || line.split(',').nth(1).is_some_and(|second| second.trim_start().starts_with('"'))
}

/// Splits parameters at commas outside quotes and brackets; quotes around a field are removed.
#[must_use]
pub fn fields(parameters: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let (mut quoted, mut depth) = (false, 0_u32);
    for character in parameters.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted && depth == 0 => fields.push(String::new()),
            _ => {
                match character {
                    '(' if !quoted => depth += 1,
                    ')' if !quoted => depth = depth.saturating_sub(1),
                    _ => {}
                }
                if let Some(field) = fields.last_mut()
                    && !(character == ' ' && field.is_empty() && !quoted)
                {
                    field.push(character);
                }
            }
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    fn split(parts: &[&[u8]], prompt: bool) -> Vec<Piece> {
        let mut splitter = LineSplitter::default();
        splitter.expect_prompt(prompt);
        let mut pieces = Vec::new();
        for part in parts {
            splitter.push(part, |piece| pieces.push(piece));
        }
        pieces
    }

    fn line(text: &str) -> Piece {
        Piece::Line(text.to_owned())
    }

    #[test]
    fn lines_are_the_same_however_the_bytes_arrive() {
        let rows: &[(&str, &[u8], bool, Vec<Piece>)] = &[
            ("ok after echo", b"AT\r\r\nOK\r\n", false, vec![line("AT"), line("OK")]),
            (
                "report before result",
                b"\r\n+CEREG: 5\r\n\r\nOK\r\n",
                false,
                vec![line("+CEREG: 5"), line("OK")],
            ),
            (
                "several reports",
                b"\r\n+CREG: 5\r\n\r\n+CGREG: 0\r\n",
                false,
                vec![line("+CREG: 5"), line("+CGREG: 0")],
            ),
            ("prompt", b"AT+CMGS=22\r\r\n> ", true, vec![line("AT+CMGS=22"), Piece::Prompt]),
            ("no prompt expected", b"\r\n> x\r\n", false, vec![line("> x")]),
            ("noise at power-up", b"\0\xff\0\r\nRDY\r\n", false, vec![line("RDY")]),
        ];
        for (row, bytes, prompt, want) in rows {
            for cut in 0..=bytes.len() {
                let (head, tail) = bytes.split_at(cut);
                assert_eq!(&split(&[head, tail], *prompt), want, "{row} cut at {cut}");
            }
        }
    }

    #[test]
    fn final_results_are_told_from_text() {
        let rows: &[(&str, Option<FinalResult>)] = &[
            ("OK", Some(FinalResult::Ok)),
            ("OKAY", None),
            ("CONNECT 150000000", Some(FinalResult::Connect("150000000".into()))),
            ("CONNECTED", None),
            ("+CME ERROR: 11", Some(FinalResult::Cme(ErrorCode::Number(11)))),
            ("+CME ERROR: SIM busy", Some(FinalResult::Cme(ErrorCode::Text("SIM busy".into())))),
            ("+CMS ERROR: 512", Some(FinalResult::Cms(ErrorCode::Number(512)))),
            ("NO CARRIER", Some(FinalResult::NoCarrier)),
            ("+CSQ: 20,99", None),
        ];
        for (text, want) in rows {
            assert_eq!(&FinalResult::parse(text), want, "{text}");
        }
    }

    #[test]
    fn a_registration_report_is_told_from_the_answer() {
        let rows = [
            ("+CREG: 5", true),
            ("+CREG: 2,1", false),
            ("+CREG: 2,1,\"0064\",\"0012BEEF\",7", false),
            ("+CREG: 1,\"0064\",\"0012BEEF\",7", true),
            ("+CEREG: 3,,,,0,11", true),
            ("+CREG:002,001,\"18d8\",\"ffff\"", false),
            ("+CREG: 2,,", true),
        ];
        for (text, want) in rows {
            assert_eq!(is_registration_report(text), want, "{text}");
        }
    }

    #[test]
    fn fields_keep_commas_inside_quotes_and_brackets() {
        assert_eq!(fields("(2,\"T - Mobile\",,\"31026\"),(0,1)"), ["(2,T - Mobile,,31026)", "(0,1)"]);
        assert_eq!(fields("\"a,b\", 7,"), ["a,b", "7", ""]);
        assert_eq!(fields(""), [""]);
    }

    #[test]
    fn garbage_never_panics_and_never_makes_a_line_without_its_end() {
        let mut rng = Seed(1).child("garbage").rng();
        let mut splitter = LineSplitter::default();
        for _ in 0..20_000 {
            splitter.push(&rng.octets::<7>(), |piece| {
                if let Piece::Line(line) = piece {
                    assert!(!line.is_empty() && !line.contains(['\r', '\n']));
                    let _ = (FinalResult::parse(&line), is_report_name(&line), fields(parameters(&line)));
                    let _ = is_registration_report(&line);
                }
            });
            assert!(splitter.unfinished().len() <= LONGEST_LINE);
        }
    }

    #[test]
    fn a_text_over_several_lines_ends_with_its_closing_quote() {
        for (line, continues) in [
            ("+CUSD: 1,\"menu", true),
            ("+CUSD: 1,\"menu\nsay \"yes\", or", true),
            ("+CUSD: 1,\"menu\nlast\",15", false),
            ("+CUSD: 0,\"one line\"", false),
            ("+CUSD: 0,\"\",15", false),
            ("+CUSD: 2", false),
            ("+CMTI: \"SM", false),
        ] {
            assert_eq!(report_continues(line), continues, "{line}");
        }
        assert!(!report_continues(&format!("+CUSD: 0,\"{}", "x".repeat(1100))));
    }
}
