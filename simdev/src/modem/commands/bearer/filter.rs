//! One packet filter of a traffic flow template (TS 27.007 10.1.3, TS 23.060 15.3.2).

use super::super::super::outcome::Refusal;
use std::fmt;
use wire::at::command::Parameters;
use wire::at::error::CmeError;

/// 143, unknown PDP context.
pub(super) const UNKNOWN_CONTEXT: CmeError = CmeError(143);
/// 144, semantic error in the packet filter.
pub(super) const SEMANTIC_ERROR: CmeError = CmeError(144);
/// 145, syntactical error in the packet filter.
const SYNTACTICAL_ERROR: CmeError = CmeError(145);

/// A filter; what was left out is empty, and strings are kept with their quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PacketFilter {
    pub(super) identifier: u8,
    pub(super) precedence: u8,
    /// From `<remote address and subnet mask>` on.
    fields: Vec<String>,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// `a.b.c.d.m1.m2.m3.m4`, or thirty-two numbers.
    Address,
    /// A number up to this.
    Number(u32),
    /// `<from>.<to>`.
    Ports,
    /// This many hexadecimal digits.
    Digits(usize),
    /// `<type of service>.<mask>`.
    TypeOfService,
}

/// The fields after `<evaluation precedence index>`.
const FIELDS: [Kind; 9] = [
    Kind::Address,
    Kind::Number(255),
    Kind::Ports,
    Kind::Ports,
    Kind::Digits(8),
    Kind::TypeOfService,
    Kind::Digits(5),
    Kind::Number(3),
    Kind::Address,
];
// Places among them.
const PROTOCOL: usize = 1;
const LOCAL_PORTS: usize = 2;
const REMOTE_PORTS: usize = 3;
const SECURITY_INDEX: usize = 4;
const FLOW_LABEL: usize = 6;

impl PacketFilter {
    /// `<cid>,<identifier>,<precedence>[,…]`.
    pub(super) fn read(list: &Parameters) -> Result<Self, Refusal> {
        let number = |place, most: u32| match list.required_number(place) {
            Ok(number) if number <= most => u8::try_from(number).map_err(|_| SYNTACTICAL_ERROR),
            Ok(_) | Err(_) => Err(SYNTACTICAL_ERROR),
        };
        let identifier = number(1, 16)?;
        let precedence = number(2, 255)?;
        if identifier == 0 || list.len() > 3 + FIELDS.len() {
            return Err(SYNTACTICAL_ERROR.into());
        }
        let field = |(kind, place): (Kind, usize)| kind.read(list, place).ok_or(SYNTACTICAL_ERROR);
        let fields: Vec<String> =
            FIELDS.into_iter().zip(3..list.len()).map(field).collect::<Result<_, _>>()?;
        let filter = Self { identifier, precedence, fields };
        if filter.contradicts_itself() { Err(SEMANTIC_ERROR.into()) } else { Ok(filter) }
    }

    fn has(&self, place: usize) -> bool {
        self.fields.get(place).is_some_and(|field| !field.is_empty())
    }

    /// The combinations that TS 23.060 15.3.2.0 rules out: ports beside a security parameter index, and a flow label
    /// beside any of these.
    fn contradicts_itself(&self) -> bool {
        let ports = self.has(LOCAL_PORTS) || self.has(REMOTE_PORTS);
        let index = self.has(SECURITY_INDEX);
        (ports && index) || (self.has(FLOW_LABEL) && (ports || index || self.has(PROTOCOL)))
    }
}

impl Kind {
    /// The field as it is shown; `None` where it is none.
    fn read(self, list: &Parameters, place: usize) -> Option<String> {
        let Some(text) = list.characters(place).filter(|text| !text.is_empty()) else {
            return Some(String::new());
        };
        let right = match self {
            Self::Address => matches!(numbers(text, 255)?.len(), 8 | 32),
            Self::Number(most) => numbers(text, most)?.len() == 1,
            Self::Ports => matches!(numbers(text, 65_535)?.as_slice(), [from, to] if from <= to),
            Self::TypeOfService => numbers(text, 255)?.len() == 2,
            Self::Digits(count) => text.len() <= count && text.bytes().all(|digit| digit.is_ascii_hexdigit()),
        };
        right.then(|| match self {
            Self::Address | Self::Ports | Self::TypeOfService => format!("\"{text}\""),
            Self::Number(_) | Self::Digits(_) => text.to_owned(),
        })
    }
}

/// Decimal numbers with dots between them, each up to `most`.
fn numbers(text: &str, most: u32) -> Option<Vec<u32>> {
    let number = |digits: &str| {
        let decimal = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        digits.parse().ok().filter(|number| decimal && *number <= most)
    };
    text.split('.').map(number).collect()
}

impl fmt::Display for PacketFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.identifier, self.precedence)?;
        self.fields.iter().try_for_each(|field| write!(f, ",{field}"))
    }
}
