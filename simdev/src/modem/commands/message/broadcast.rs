//! Which cell broadcast messages are wanted (TS 27.005 3.3.4 `+CSCB`).

use super::super::super::Modem;
use super::super::super::outcome::{Flow, Outcome, Refusal};
use wire::at::command::Form;
use wire::time::Instant;

/// The message types that are accepted, or those that are not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::modem) struct Accepted {
    /// The lists say what is refused.
    refused: bool,
    identifiers: Vec<(u16, u16)>,
    codings: Vec<(u16, u16)>,
}

impl Accepted {
    /// Whether a message of this identifier and data coding scheme is wanted. Without a list of codings every coding is
    /// meant, without identifiers no message.
    pub(in crate::modem) fn wants(&self, identifier: u16, coding: u8) -> bool {
        let among = |ranges: &[(u16, u16)], number: u16| {
            ranges.iter().any(|(first, last)| (*first..=*last).contains(&number))
        };
        let (identifiers, codings) =
            (among(&self.identifiers, identifier), among(&self.codings, coding.into()));
        if self.refused {
            !identifiers && !codings
        } else {
            identifiers && (self.codings.is_empty() || codings)
        }
    }
}

const HIGHEST_IDENTIFIER: u16 = u16::MAX;
const HIGHEST_CODING: u16 = 255;

impl Modem {
    pub(in crate::modem::commands) fn broadcast_types(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let Accepted { refused, identifiers, codings } = &self.profile.broadcasts;
                let (identifiers, codings) = (shown(identifiers), shown(codings));
                self.information(&format!("+CSCB: {},\"{identifiers}\",\"{codings}\"", u8::from(*refused)));
            }
            Form::Set(list) => {
                let refused = match list.number(0).map_err(|_| Refusal::Plain)?.unwrap_or(0) {
                    0 => false,
                    1 => true,
                    _ => return Err(Refusal::Plain),
                };
                let text = |index| list.text(index).map_err(|_| Refusal::Plain);
                let identifiers = ranges(text(1)?.unwrap_or_default(), HIGHEST_IDENTIFIER);
                let codings = ranges(text(2)?.unwrap_or_default(), HIGHEST_CODING);
                self.profile.broadcasts = Accepted {
                    refused,
                    identifiers: identifiers.ok_or(Refusal::Plain)?,
                    codings: codings.ok_or(Refusal::Plain)?,
                };
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }
}

/// `0,1,5,320-478,922`; `None` where the text is no such list.
fn ranges(text: &str, highest: u16) -> Option<Vec<(u16, u16)>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| digits && *number <= highest)
    };
    let range = |item: &str| {
        let (first, last) = item.split_once('-').unwrap_or((item, item));
        Some((number(first)?, number(last)?)).filter(|(first, last)| first <= last)
    };
    text.split(',').map(range).collect()
}

fn shown(ranges: &[(u16, u16)]) -> String {
    let range = |(first, last): &(u16, u16)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    ranges.iter().map(range).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_shown_and_nonsense_is_not() {
        for text in ["", "0", "0,1,5,320-478,922"] {
            assert_eq!(shown(&ranges(text, HIGHEST_IDENTIFIER).unwrap()), text);
        }
        for wrong in [",", "5-", "-5", "9-5", "70000", "a", "+5", "1 2", "1,,2"] {
            assert_eq!(ranges(wrong, HIGHEST_IDENTIFIER), None, "{wrong}");
        }
        assert_eq!(ranges("256", HIGHEST_CODING), None);
    }
}
