//! The commands of the card's toolkit as octets (TS 102 221 clause 11.2).

use super::super::{SimCard, StatusWord};
use super::{Answer, Command, OK, Outcome};

impl SimCard {
    pub(super) fn terminal_profile_command(&mut self, command: &Command<'_>) -> Outcome {
        if command.data.is_empty() {
            return Err(StatusWord::WRONG_LENGTH);
        }
        self.terminal_profile(command.data);
        OK
    }

    pub(super) fn envelope_command(&mut self, command: &Command<'_>) -> Outcome {
        if (command.p1, command.p2) != (0, 0) {
            return Err(StatusWord::INCORRECT_P1_P2);
        }
        self.envelope(command.data).map(Answer::Waiting)
    }

    /// The command that waits, whole: its length is in the status word that announced it.
    pub(super) fn fetch_command(&mut self, command: &Command<'_>) -> Outcome {
        let length = self.pending_proactive().map(<[u8]>::len).ok_or(StatusWord::CONDITIONS_NOT_SATISFIED)?;
        if command.expected != 0 && usize::from(command.expected) != length {
            return Err(StatusWord::wrong_expected_length(u8::try_from(length).unwrap_or(0)));
        }
        self.fetch().map(Answer::Data).ok_or(StatusWord::CONDITIONS_NOT_SATISFIED)
    }

    pub(super) fn terminal_response_command(&mut self, command: &Command<'_>) -> Outcome {
        self.terminal_response(command.data)?;
        OK
    }
}
