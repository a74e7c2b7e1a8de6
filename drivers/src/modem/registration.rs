//! Network registration and selection (TS 27.007 clauses 7.2, 7.3, 8.5).

use crate::at::{Answer, AtError, Command};
use wire::at::response::{fields, fields_with_quotes, parameters};
use wire::time::Duration;

/// Which registration a command asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Circuit switched: `+CREG`.
    CircuitSwitched,
    /// Packet in GSM and UTRAN: `+CGREG`.
    Packet,
    /// Packet in E-UTRAN: `+CEREG`.
    Eps,
}

impl Domain {
    /// The command's name with its sign.
    #[must_use]
    pub const fn command(self) -> &'static str {
        match self {
            Self::CircuitSwitched => "+CREG",
            Self::Packet => "+CGREG",
            Self::Eps => "+CEREG",
        }
    }
}

/// A registration as the modem tells it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Registration {
    /// `<stat>`: 0 idle, 1 home, 2 searching, 3 denied, 4 unknown, 5 roaming, 6 and 7 SMS only, 8 emergency only, 9 and
    /// 10 home and roaming with CSFB not preferred.
    pub stat: u8,
    /// Tracking or location area code, where given.
    pub area: Option<u16>,
    /// Cell identity, where given.
    pub cell: Option<u32>,
    /// Access technology number, where given.
    pub act: Option<u8>,
    /// Reject cause with cause type 0, where given.
    pub cause: Option<u8>,
    /// Routing area code, where a module gives one after or inside the location.
    pub routing_area: Option<u8>,
}

impl Registration {
    /// Whether normal service is given, at home or roaming.
    #[must_use]
    pub const fn is_registered(&self) -> bool {
        matches!(self.stat, 1 | 5 | 9 | 10)
    }

    /// Reads `<stat>[,<area>,[<rac>,]<cell>[,<AcT>[,<cause_type>,<reject_cause> or <rac>]]]` with the location in any of
    /// the forms that modules give it (trap 4); `None` when a field is something else.
    fn parse(fields: &[String]) -> Option<Self> {
        // Modules pad with spaces, even inside a value.
        let mut fields: Vec<String> = fields.iter().map(|field| field.replace(' ', "")).collect();
        let mut registration = Self { stat: fields.first()?.parse().ok()?, ..Self::default() };
        // A routing area code between area and cell has two digits, a cell after it has more.
        let length = |index: usize| fields.get(index).map_or(0, String::len);
        if length(1) > 0 && (1..=2).contains(&length(2)) && length(3) >= 4 {
            registration.routing_area = Some(u8::from_str_radix(&fields.remove(2), 16).ok()?);
        }
        registration.area = hexadecimal(&fields, 1)?.map(u16::try_from).transpose().ok()?;
        registration.cell = hexadecimal(&fields, 2)?;
        registration.act = decimal(&fields, 3)?;
        if fields.len() == 5 {
            registration.routing_area = hexadecimal(&fields, 4)?.map(u8::try_from).transpose().ok()?;
        } else if decimal(&fields, 4)? == Some(0) {
            registration.cause = decimal(&fields, 5)?;
        }
        Some(registration)
    }
}

/// A field that may be missing or empty; the outer `None` is a field that is no number.
fn hexadecimal(fields: &[String], index: usize) -> Option<Option<u32>> {
    optional(fields, index, |digits| u32::from_str_radix(digits, 16).ok())
}

fn decimal(fields: &[String], index: usize) -> Option<Option<u8>> {
    optional(fields, index, |digits| digits.parse().ok())
}

fn optional<T>(fields: &[String], index: usize, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match fields.get(index).map(String::as_str) {
        None | Some("") => Some(None),
        Some(digits) => read(digits).map(Some),
    }
}

/// Asks for the registration state.
#[must_use]
pub fn read(domain: Domain) -> Command {
    Command::new(format!("AT{}?", domain.command()), Duration::from_secs(5))
}

/// Reads `+CREG: <n>,<stat>[,…]`.
///
/// # Errors
/// [`AtError::Malformed`] when the line or its state is missing.
pub fn registration(answer: &Answer, domain: Domain) -> Result<Registration, AtError> {
    const FORM: &str = "<n>,<stat>[,<area>,<cell>,<AcT>[,<cause_type>,<reject_cause>]]";
    let fields = fields(answer.parameters(domain.command(), FORM)?);
    fields.get(1..).and_then(Registration::parse).ok_or_else(|| answer.malformed(FORM))
}

/// Reads the report `+CREG: <stat>[,…]`; `None` when the line is another report.
#[must_use]
pub fn report(line: &str, domain: Domain) -> Option<Registration> {
    (wire::at::response::name(line) == domain.command())
        .then(|| Registration::parse(&fields(parameters(line))))?
}

/// Asks for registration reports: 0 none, 1 state, 2 with location, 3 with reject cause.
#[must_use]
pub fn set_reports(domain: Domain, n: u8) -> Command {
    Command::new(format!("AT{}={n}", domain.command()), Duration::from_secs(5))
}

/// The operator that the modem uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Selection mode: 0 automatic, 1 manual, 2 deregistered.
    pub mode: u8,
    /// The network's digits, such as `20801`; empty when not registered.
    pub plmn: String,
    /// Access technology number.
    pub act: Option<u8>,
}

/// Sets the numeric format and asks for the operator in one line.
#[must_use]
pub fn read_operator() -> Command {
    Command::new("AT+COPS=3,2;+COPS?", Duration::from_secs(10))
}

/// Reads `+COPS: <mode>[,<format>,<oper>[,<AcT>]]`.
///
/// # Errors
/// [`AtError::Malformed`] when the line or its mode is missing.
pub fn operator(answer: &Answer) -> Result<Operator, AtError> {
    const FORM: &str = "+COPS: <mode>[,<format>,<oper>[,<AcT>]]";
    let fields = fields(answer.parameters("+COPS", FORM)?);
    let mode = fields.first().and_then(|field| field.parse().ok()).ok_or_else(|| answer.malformed(FORM))?;
    Ok(Operator {
        mode,
        plmn: fields.get(2).cloned().unwrap_or_default(),
        act: fields.get(3).and_then(|field| field.parse().ok()),
    })
}

/// Selects a network automatically.
#[must_use]
pub fn select_automatically() -> Command {
    Command::new("AT+COPS=0", Duration::from_secs(180))
}

/// Selects a network by its digits (`20801`), without falling back to another one.
#[must_use]
pub fn select_manually(plmn: &str) -> Command {
    Command::new(format!("AT+COPS=1,2,\"{plmn}\""), Duration::from_secs(180))
}

/// Deregisters from the network.
#[must_use]
pub fn deregister() -> Command {
    Command::new("AT+COPS=2", Duration::from_secs(180))
}

/// A network that a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundNetwork {
    /// 0 unknown, 1 available, 2 current, 3 forbidden.
    pub stat: u8,
    /// The long name; empty where the module knows none.
    pub name: String,
    /// The network's digits.
    pub plmn: String,
    /// Access technology number, where given.
    pub act: Option<u8>,
}

/// Whether two digit strings may mean the same network: modules show a network code of three digits with two (trap 8).
#[must_use]
pub fn may_be_the_same(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    short == long || (short.len() == 5 && long.len() == 6 && long.starts_with(short))
}

/// Searches for networks.
#[must_use]
pub fn search() -> Command {
    Command::new("AT+COPS=?", Duration::from_secs(180))
}

/// Reads the list of networks, in one line or in several; the capability lists at its end are left out.
///
/// # Errors
/// [`AtError::Malformed`] when there is no line, or an entry is neither a network nor a capability list.
pub fn found_networks(answer: &Answer) -> Result<Vec<FoundNetwork>, AtError> {
    const FORM: &str = "+COPS: (<stat>,<long>,<short>,<numeric>[,<AcT>]),…";
    answer.parameters("+COPS", FORM)?;
    let mut found = Vec::new();
    for line in answer.lines.iter().filter(|line| wire::at::response::name(line) == "+COPS") {
        for entry in fields_with_quotes(parameters(line)) {
            let inside = entry.trim().trim_start_matches('(').trim_end_matches(')');
            match network(&fields(inside)) {
                Some(network) => found.push(network),
                None if is_capability_list(inside) => {}
                None => return Err(answer.malformed(FORM)),
            }
        }
    }
    Ok(found)
}

fn network(fields: &[String]) -> Option<FoundNetwork> {
    let [stat, name, _, plmn, rest @ ..] = fields else { return None };
    let digits = (5..=6).contains(&plmn.len()) && plmn.bytes().all(|byte| byte.is_ascii_digit());
    let act = optional(rest, 0, |digits| digits.trim().parse().ok())?;
    let stat = stat.trim().parse().ok()?;
    (digits && rest.len() <= 1).then(|| FoundNetwork { stat, name: name.clone(), plmn: plmn.clone(), act })
}

/// Numbers and ranges, or nothing at all, as where a bracket was closed that nothing had opened.
fn is_capability_list(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'-' | b' '))
}

/// Sets the phone functionality: 0 minimum, 1 full, 4 radio off.
#[must_use]
pub fn set_functionality(level: u8) -> Command {
    Command::new(format!("AT+CFUN={level}"), Duration::from_secs(15))
}

/// Asks for the phone functionality.
#[must_use]
pub fn read_functionality() -> Command {
    Command::new("AT+CFUN?", Duration::from_secs(5))
}

/// Reads `+CFUN: <fun>`; some modules add a second number, which says nothing of the functionality (trap 18).
///
/// # Errors
/// [`AtError::Malformed`] when a field is no number or there are more than two.
pub fn functionality(answer: &Answer) -> Result<u8, AtError> {
    const FORM: &str = "+CFUN: <fun>[,<a number>]";
    let fields = fields(answer.parameters("+CFUN", FORM)?);
    match fields.iter().map(|field| field.trim().parse::<u8>()).collect::<Result<Vec<_>, _>>().as_deref() {
        Ok([level] | [level, _]) => Ok(*level),
        Ok(_) | Err(_) => Err(answer.malformed(FORM)),
    }
}

/// Asks for the signal quality.
#[must_use]
pub fn read_signal() -> Command {
    Command::new("AT+CSQ", Duration::from_secs(5))
}

/// Reads `+CSQ: <rssi>,<ber>` in dBm; `None` where the modem knows none.
///
/// # Errors
/// [`AtError::Malformed`] when the figure is missing or beyond 31 and not 99.
pub fn signal_dbm(answer: &Answer) -> Result<Option<i32>, AtError> {
    const FORM: &str = "+CSQ: <rssi 0..31 or 99>,<ber>";
    let fields = fields(answer.parameters("+CSQ", FORM)?);
    match fields.first().and_then(|field| field.parse::<i32>().ok()) {
        Some(99) => Ok(None),
        Some(rssi @ 0..=31) => Ok(Some(-113 + 2 * rssi)),
        Some(_) | None => Err(answer.malformed(FORM)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::at::response::FinalResult;

    fn answer(line: &str) -> Answer {
        Answer { command: "AT".into(), lines: vec![line.into()], result: FinalResult::Ok }
    }

    #[test]
    fn registration_is_read_in_the_forms_seen_in_the_field() {
        let rows: &[(&str, u8, Option<u16>, Option<u32>)] = &[
            ("+CREG: 2,1,\"0064\",\"0012BEEF\",7", 1, Some(0x64), Some(0x12_beef)),
            ("+CREG: 2,1,8BE3,2BAF", 1, Some(0x8be3), Some(0x2baf)),
            ("+CREG:002,001,\"18d8\",\"ffff\"", 1, Some(0x18d8), Some(0xffff)),
            ("+CREG: 0,5", 5, None, None),
        ];
        for (line, stat, area, cell) in rows {
            let seen = registration(&answer(line), Domain::CircuitSwitched).unwrap();
            assert_eq!((seen.stat, seen.area, seen.cell), (*stat, *area, *cell), "{line}");
        }
    }

    #[test]
    fn a_reject_cause_is_read_from_a_report() {
        let seen = report("+CEREG: 3,,,,0,11", Domain::Eps).unwrap();
        assert_eq!((seen.stat, seen.cause), (3, Some(11)));
        assert_eq!(report("+CREG: 3", Domain::Eps), None);
    }

    #[test]
    fn a_network_list_survives_its_variants() {
        let rows: &[(&str, &[(u8, &str)])] = &[
            (
                "+COPS: (2,\"Orange F\",\"Orange\",\"20801\",7),(1,\"F SFR\",\"SFR\",\"20810\",7),,(0-4),(0-2)",
                &[(2, "20801"), (1, "20810")],
            ),
            ("+COPS: (2,\"T - Mobile\",,\"31026\"),,(0,1,3),(0,2)", &[(2, "31026")]),
            ("+COPS: (1,\"\",\"\",\"31026\",0),,(0,1,2,3,4),)", &[(1, "31026")]),
        ];
        for (line, want) in rows {
            let seen = found_networks(&answer(line)).unwrap();
            let seen: Vec<_> = seen.iter().map(|network| (network.stat, network.plmn.as_str())).collect();
            assert_eq!(&seen, want, "{line}");
        }
    }

    #[test]
    fn an_unknown_signal_is_none_and_nonsense_is_malformed() {
        assert_eq!(signal_dbm(&answer("+CSQ: 20,99")).unwrap(), Some(-73));
        assert_eq!(signal_dbm(&answer("+CSQ: 99,99")).unwrap(), None);
        assert!(signal_dbm(&answer("+CSQ: 45,99")).is_err());
    }
}
