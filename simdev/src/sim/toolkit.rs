//! The toolkit of the card: the terminal's profile, envelopes, and commands that the card gives to the terminal.
//!
//! Spec: ETSI TS 102 223 clauses 6.4.7 (REFRESH), 6.6.13, 6.8 and 8; TS 31.111 clause 7.1 (SMS-PP download). Commands to the
//! terminal wait until it has sent its profile, and one at a time; the only one that this card gives is REFRESH.

use super::{SimCard, StatusWord, ota};
use std::collections::VecDeque;

/// How many commands may wait.
const MOST_WAITING: usize = 8;
/// Octets of a profile that are kept.
const LONGEST_PROFILE: usize = 40;

const PROACTIVE: u8 = 0xd0;
const SMS_PP_DOWNLOAD: u8 = 0xd1;
const COMMAND_DETAILS: u8 = 0x01;
const RESULT: u8 = 0x03;
const SMS_TPDU: u8 = 0x0b;

/// What the card keeps of its toolkit.
#[derive(Clone, Debug, Default)]
pub(super) struct Toolkit {
    profile: Vec<u8>,
    waiting: VecDeque<Vec<u8>>,
    /// The number of the command whose TERMINAL RESPONSE is awaited.
    outstanding: Option<u8>,
    last_number: u8,
    /// The general result of the last response.
    result: Option<u8>,
}

impl SimCard {
    /// TERMINAL PROFILE: what the terminal can do. Commands may wait for it from now on.
    pub fn terminal_profile(&mut self, profile: &[u8]) {
        self.toolkit.profile = profile.iter().take(LONGEST_PROFILE).copied().collect();
        self.saw_toolkit_command(0x10, profile, 0, Ok(&[]));
    }

    /// The command that waits for FETCH.
    #[must_use]
    pub fn pending_proactive(&self) -> Option<&[u8]> {
        let idle = self.toolkit.outstanding.is_none() && !self.toolkit.profile.is_empty();
        self.toolkit.waiting.front().filter(|_| idle).map(Vec::as_slice)
    }

    /// FETCH.
    pub fn fetch(&mut self) -> Option<Vec<u8>> {
        self.pending_proactive()?;
        self.toolkit.outstanding = Some(self.toolkit.last_number);
        let command = self.toolkit.waiting.pop_front()?;
        self.saw_toolkit_command(0x12, &[], command.len(), Ok(&command));
        Some(command)
    }

    /// TERMINAL RESPONSE to the command that was fetched.
    ///
    /// # Errors
    /// `6985` when none was, `6A80` for a response without its objects.
    pub fn terminal_response(&mut self, response: &[u8]) -> Result<(), StatusWord> {
        let outcome = self.take_terminal_response(response);
        self.saw_toolkit_command(0x14, response, 0, outcome.map(|()| &[][..]));
        outcome
    }

    fn take_terminal_response(&mut self, response: &[u8]) -> Result<(), StatusWord> {
        if self.toolkit.outstanding.is_none() {
            return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
        }
        let details = object(response, COMMAND_DETAILS).filter(|value| value.len() == 3);
        let result = object(response, RESULT).and_then(|value| value.first().copied());
        let (Some(_), Some(result)) = (details, result) else { return Err(StatusWord::INCORRECT_DATA) };
        self.toolkit.outstanding = None;
        self.toolkit.result = Some(result);
        Ok(())
    }

    /// The general result of the last command to the terminal.
    #[must_use]
    pub const fn last_terminal_result(&self) -> Option<u8> {
        self.toolkit.result
    }

    /// ENVELOPE: the data of the answer, for the network.
    ///
    /// # Errors
    /// `6A80` for an envelope that is none, `6A81` for one of a kind that the card does not take.
    pub fn envelope(&mut self, envelope: &[u8]) -> Result<Vec<u8>, StatusWord> {
        let outcome = self.unseen(|card| card.take_envelope(envelope));
        self.saw_toolkit_command(0xc2, envelope, 0, outcome.as_deref().map_err(|status| *status));
        outcome
    }

    fn take_envelope(&mut self, envelope: &[u8]) -> Result<Vec<u8>, StatusWord> {
        let (tag, content) = template(envelope).ok_or(StatusWord::INCORRECT_DATA)?;
        if tag != SMS_PP_DOWNLOAD {
            return Err(StatusWord::FUNCTION_NOT_SUPPORTED);
        }
        let tpdu = object(content, SMS_TPDU).ok_or(StatusWord::INCORRECT_DATA)?.to_vec();
        ota::receive(self, &tpdu)
    }

    /// Gives the terminal a command made of these objects.
    pub(super) fn command_terminal(&mut self, objects: &[u8]) {
        if self.toolkit.waiting.len() < MOST_WAITING && objects.len() < 128 {
            let mut command = vec![PROACTIVE, objects.len() as u8];
            command.extend(objects);
            self.toolkit.waiting.push_back(command);
        }
    }
}

/// The tag and the content of an outer object; the length has one octet, or 81 and one.
pub(crate) fn template(octets: &[u8]) -> Option<(u8, &[u8])> {
    match octets {
        [tag, 0x81, length, rest @ ..] | [tag, length @ 0..=0x7f, rest @ ..] => {
            (rest.len() == usize::from(*length)).then_some((*tag, rest))
        }
        _ => None,
    }
}

/// The value of the first object with this tag, comprehension required or not.
pub(crate) fn object(mut octets: &[u8], wanted: u8) -> Option<&[u8]> {
    loop {
        let (tag, length, rest) = match octets {
            [tag, 0x81, length, rest @ ..] | [tag, length @ 0..=0x7f, rest @ ..] => {
                (tag & 0x7f, usize::from(*length), rest)
            }
            _ => return None,
        };
        let (value, behind) = rest.split_at_checked(length)?;
        if tag == wanted {
            return Some(value);
        }
        octets = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::example::card;
    use wire::ota::RefreshKind;

    const RESPONSE: [u8; 12] = [0x81, 3, 1, 1, 4, 0x82, 2, 0x82, 0x81, 0x83, 1, 0];

    #[test]
    fn a_refresh_has_the_octets_of_the_example() {
        let mut card = card();
        card.terminal_profile(&[0xff]);
        card.command_terminal(&RefreshKind::UiccReset.objects(&[]));
        assert_eq!(hex::encode_upper(card.apdu(&[0x80, 0xf2, 0, 0x0c])), "910B");
        assert_eq!(hex::encode_upper(card.apdu(&[0x80, 0x12, 0, 0, 0x0c])), "6C0B");
        assert_eq!(hex::encode_upper(card.apdu(&[0x80, 0x12, 0, 0, 0x0b])), "D0098103010104820281829000");
        let response = [&[0x80, 0x14, 0, 0, 12][..], &RESPONSE].concat();
        assert_eq!(hex::encode_upper(card.apdu(&response)), "9000");
        assert_eq!(hex::encode_upper(card.apdu(&response)), "6985");
    }

    #[test]
    fn commands_wait_for_the_profile_and_for_each_other() {
        let mut card = card();
        for _ in 0..20 {
            card.command_terminal(&RefreshKind::UiccReset.objects(&[]));
        }
        assert_eq!(card.fetch(), None, "the terminal has not said what it can do");
        card.terminal_profile(&[0xff]);
        for _ in 0..MOST_WAITING {
            assert!(card.fetch().is_some());
            assert_eq!(card.fetch(), None, "the last one is not answered");
            assert_eq!(card.terminal_response(&[0x81]), Err(StatusWord::INCORRECT_DATA));
            card.terminal_response(&RESPONSE).unwrap();
        }
        assert_eq!(card.fetch(), None, "no more than the queue holds");
        assert_eq!(card.last_terminal_result(), Some(0));
        assert_eq!(card.terminal_response(&RESPONSE), Err(StatusWord::CONDITIONS_NOT_SATISFIED));
    }

    #[test]
    fn a_reset_forgets_the_profile() {
        let mut card = card();
        card.terminal_profile(&[0xff]);
        card.reset();
        card.command_terminal(&RefreshKind::UiccReset.objects(&[]));
        assert_eq!(card.pending_proactive(), None);
    }
}
