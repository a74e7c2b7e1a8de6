//! The host's view of an AT line: bytes to lines, lines to results, reports and information text.
//!
//! Spec: ITU-T V.250 clause 5.7, 3GPP TS 27.007 clauses 4 and 9, TS 27.005 clause 3. Verbose results (`V1`) only: a
//! driver sets them before anything else. Not here: which command a line belongs to; that is the channel's affair.

mod split;

pub use split::{Body, LineSplitter, Piece};

use std::fmt;

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
    /// `SEND OK` of the makers' socket commands.
    Sent,
    /// `SEND FAIL`.
    NotSent,
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

    /// The text of `+CMEE=2`, where the modem gave one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Number(_) => None,
            Self::Text(text) => Some(text),
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
            "SEND OK" => Self::Sent,
            "SEND FAIL" => Self::NotSent,
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
        matches!(self, Self::Ok | Self::Connect(_) | Self::Sent)
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
            Self::Sent => f.write_str("SEND OK"),
            Self::NotSent => f.write_str("SEND FAIL"),
        }
    }
}

/// Unsolicited result codes that stand alone on their line.
const PLAIN_REPORTS: &[&str] = &[
    "RING",
    "RDY",
    "APP RDY",
    "SMS DONE",
    "PB DONE",
    "POWERED DOWN",
    "SMS READY",
    "CALL READY",
    "SMS Ready",
    "Call Ready",
    "^SYSSTART",
    "NORMAL POWER DOWN",
];

/// Unsolicited result codes by the name before their colon: those of 27.007 and 27.005, then completions that vendors
/// send after the final result code (trap 25).
const NAMED_REPORTS: &[&str] = &[
    "+C5GREG",
    "+CABTSRI",
    "+CBM",
    "+CCWA",
    "+CDS",
    "+CDSI",
    "+CEDRXP",
    "+CEREG",
    "+CFUN",
    "+CGEV",
    "+CGREG",
    "+CIEV",
    "+CLIP",
    "+CMT",
    "+CMTI",
    "+CNEC_EMM",
    "+CNEC_ESM",
    "+CNEC_GMM",
    "+CNEC_MM",
    "+COLP",
    "+CPIN",
    "+CREG",
    "+CRING",
    "+CRTDCP",
    "+CSCON",
    "+CSSI",
    "+CSSU",
    "+CTZE",
    "+CTZEU",
    "+CTZV",
    "+CUSD",
    "*ATREADY",
    "+QIND",
    "+QIURC",
    "+QIOPEN",
    "+QICLOSE",
    "+QPING",
    "+CIPOPEN",
    "+CIPCLOSE",
    "+IPCLOSE",
    "+CPING",
    "+UUPING",
    "+UUPINGER",
    "+UUSORD",
    "+UUSORF",
    "+UUSOCL",
];

/// What a module says first when it has started. The other lines of a boot may also come later, or without one.
const STARTS: &[&str] = &["RDY", "^SYSSTART"];
const NAMED_STARTS: &[&str] = &["*ATREADY"];

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

/// Whether a line says that the module has just started.
#[must_use]
pub fn is_start(line: &str) -> bool {
    STARTS.contains(&line) || (line.contains(':') && NAMED_STARTS.contains(&name(line)))
}

/// What belongs to a line beside the line itself, whatever it looks like (traps 10 and 21); `None` for nothing.
///
/// The message of a header is found by its position, and by its length where the header gives one: in PDU mode it is the
/// next line, in text mode it may be empty or have several lines (27.005 3.4, `+CSDH`).
#[must_use]
pub fn body(line: &str) -> Option<Body> {
    let fields = fields(parameters(line));
    // Fields of the header in PDU mode, in text mode without the last optional ones, and with them.
    let (in_pdu_mode, whole) = match name(line) {
        "+CMGR" => (3, 11),
        "+CMGL" => (4, 7),
        "+CMT" => (2, 10),
        "+CDS" => return (fields.len() == 1).then_some(Body::NextLine),
        "+CBM" if fields.len() == 1 => return Some(Body::NextLine),
        "+CBM" => return Some(Body::Text(0)),
        // What was read from a socket follows with its length told.
        "+QIRD" | "#XRECV" if fields.len() == 1 => return announced(&fields, 0),
        "+CIPRXGET" if fields.len() == 4 && fields.first().is_some_and(|mode| mode == "2") => {
            return announced(&fields, 2);
        }
        "+CUSD" => return string_is_open(line).then_some(Body::RestOfString),
        _ => return None,
    };
    if fields.len() <= in_pdu_mode {
        return Some(Body::NextLine);
    }
    if is_status_report(line, &fields) {
        return None;
    }
    let length = fields.get(whole - 1).and_then(|length| length.parse().ok());
    Some(Body::Text(length.unwrap_or(0)))
}

/// A body as long as a field says, when that is not nothing.
fn announced(fields: &[String], place: usize) -> Option<Body> {
    let length: usize = fields.get(place)?.parse().ok()?;
    (length > 0).then_some(Body::Octets(length))
}

/// A status report in text mode has no message: its first octet stands where the others have an address.
fn is_status_report(line: &str, fields: &[String]) -> bool {
    let place = match name(line) {
        "+CMGR" => 1,
        "+CMGL" => 2,
        _ => return false,
    };
    fields.get(place).is_some_and(|octet| octet.len() <= 3 && octet.parse::<u8>().is_ok())
}

/// Whether a string begins on a line that does not end on it. Quotes inside are not escaped by every module: what counts
/// is whether the line ends as a string or as a number behind one.
#[must_use]
pub fn string_is_open(line: &str) -> bool {
    let quotes = line.matches('"').count();
    let tail = line.trim_end().trim_end_matches(|c: char| c.is_ascii_digit());
    let closed = tail.ends_with("\",") || (tail.ends_with('"') && quotes.is_multiple_of(2));
    quotes > 0 && !closed
}

/// Whether a registration line is a report and not the answer to a read command.
///
/// The answer starts `<n>,<stat>`; the report starts `<stat>`, and its second field, if any, is an area code, quoted or
/// not, or empty (27.007 clause 7.2; trap 4). An answer has two fields, or location as well where `<n>` is 2 or more.
#[must_use]
pub fn is_registration_report(line: &str) -> bool {
    let raw: Vec<&str> = parameters(line).split(',').map(str::trim).collect();
    let [n, stat, ..] = raw.as_slice() else { return true };
    let is_stat = (1..=3).contains(&stat.len()) && stat.parse::<u8>().is_ok_and(|stat| stat <= HIGHEST_STAT);
    let locates = n.parse::<u8>().is_ok_and(|n| n >= 2);
    !is_stat || raw.len() == 3 || (raw.len() > 2 && !locates)
}

/// The highest registration state (27.007 clause 10.1.22).
const HIGHEST_STAT: u8 = 11;

/// Splits parameters at commas outside quotes and brackets; quotes around a field are removed.
#[must_use]
pub fn fields(parameters: &str) -> Vec<String> {
    split_fields(parameters, false)
}

/// As [`fields`], with the quotes, for fields that are lists of fields themselves.
#[must_use]
pub fn fields_with_quotes(parameters: &str) -> Vec<String> {
    split_fields(parameters, true)
}

fn split_fields(parameters: &str, keep_quotes: bool) -> Vec<String> {
    let mut fields = vec![String::new()];
    let (mut quoted, mut depth) = (false, 0_u32);
    for character in parameters.chars() {
        match character {
            ',' if !quoted && depth == 0 => {
                fields.push(String::new());
                continue;
            }
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if let Some(field) = fields.last_mut()
            && (character != '"' || keep_quotes)
            && !(character == ' ' && field.is_empty() && !quoted)
        {
            field.push(character);
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

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
            ("+CREG: 2,1,8BE3,2BAF", false),
            ("+CREG: 2,1,  0 5, 2715", false),
            ("+CEREG: 2,10, 2CA8, 20 ,B5583D ,7", false),
            ("+CREG: 1,0064,0012BEEF,7", true),
            ("+CREG: 1,5,2715", true),
            ("+CREG: 1,5", false),
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
        let list = fields_with_quotes("(2,\"AT&T (OK), Cell\",,\"310410\"),(0,1)");
        assert_eq!(list, ["(2,\"AT&T (OK), Cell\",,\"310410\")", "(0,1)"]);
    }

    #[test]
    fn what_belongs_to_a_header_is_told_by_its_form() {
        let rows: &[(&str, Option<Body>)] = &[
            ("+CMGR: 0,,30", Some(Body::NextLine)),
            ("+CMGL: 0,1,,147", Some(Body::NextLine)),
            ("+CMT: ,30", Some(Body::NextLine)),
            ("+CDS: 25", Some(Body::NextLine)),
            ("+CDS: 6,42,\"+33639980002\",145,\"a\",\"b\",0", None),
            ("+CMT: \"+33639980002\",,\"26/03/14,09:26:53+08\"", Some(Body::Text(0))),
            ("+CMT: \"+336\",,\"26/03/14,09:26:53+08\",145,4,0,0,\"+336\",145,12", Some(Body::Text(12))),
            ("+CMGR: \"REC READ\",\"+336\",,\"26/03/14,09:26:53+08\"", Some(Body::Text(0))),
            (
                "+CMGR: \"REC READ\",\"+336\",,\"26/03/14,09:26:53+08\",145,4,0,0,\"+336\",145,12",
                Some(Body::Text(12)),
            ),
            ("+CMGR: \"REC READ\",6,42,\"+336\",145,\"a\",\"b\",0", None),
            ("+CMGL: 1,\"REC READ\",\"+336\",,\"26/03/14,09:26:53+08\",145,5", Some(Body::Text(5))),
            ("+CUSD: 1,\"Menu", Some(Body::RestOfString)),
            ("+CUSD: 1,\"Menu\",15", None),
            ("+CUSD: 1,\"menu\nsay \"yes\", or", Some(Body::RestOfString)),
            ("+CUSD: 1,\"menu\nlast\",15", None),
            ("+CUSD: 0,\"one line\"", None),
            ("+CUSD: 0,\"\",15", None),
            ("+CUSD: 2", None),
            ("+CMTI: \"SM", None),
            ("+CSQ: 20,99", None),
        ];
        for (line, want) in rows {
            assert_eq!(body(line), *want, "{line}");
        }
    }

    #[test]
    fn garbage_never_panics() {
        let mut rng = Seed(1).child("garbage").rng();
        let names = ["+CMGR: ", "+CMGL: ", "+CMT: ", "+CDS: ", "+CUSD: ", "+CREG: ", "+COPS: ", ""];
        for round in 0..20_000 {
            let noise = String::from_utf8_lossy(&rng.octets::<12>()).into_owned();
            let line = format!("{}{noise}", names[round % names.len()]);
            let _ = (FinalResult::parse(&line), is_report_name(&line), fields(parameters(&line)));
            let _ = (is_registration_report(&line), body(&line), is_start(&line), string_is_open(&line));
        }
    }
}
