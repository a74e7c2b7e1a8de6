//! PIN commands and AUTHENTICATE (TS 102 221 clauses 11.1.9 to 11.1.13, TS 31.102 clause 7.1).

use super::super::authentication::gsm_octets;
use super::super::pin::Code;
use super::super::{PinRef, SimCard, StatusWord};
use super::{Answer, Command, Outcome};

/// AUTHENTICATE: P2 names the context, its highest bit says that the keys are those of the application.
const CONTEXT_GSM: u8 = 0x80;
const CONTEXT_3G: u8 = 0x81;

impl SimCard {
    pub(super) fn pin_command(&mut self, command: &Command<'_>) -> Result<StatusWord, StatusWord> {
        let which = match (command.p1, command.p2) {
            (0, 0x01) => PinRef::Pin1,
            (0, 0x81) => PinRef::Pin2,
            (0, _) => return Err(StatusWord::DATA_NOT_FOUND),
            _ => return Err(StatusWord::INCORRECT_P1_P2),
        };
        self.pin_operation(which, command.instruction, command.data)
    }

    /// One or two codes of eight octets each; none asks for the tries that remain.
    pub(super) fn pin_operation(
        &mut self,
        which: PinRef,
        instruction: u8,
        data: &[u8],
    ) -> Result<StatusWord, StatusWord> {
        let (one, two) = (data.as_array::<8>(), data.as_array::<16>());
        let pair = two.map(|octets| {
            let (first, second) = octets.split_at(8);
            (Code(first.try_into().unwrap_or([0xff; 8])), Code(second.try_into().unwrap_or([0xff; 8])))
        });
        let pin = self.pins.get_mut(which);
        Ok(match (instruction, one, pair, data.is_empty()) {
            (0x20, _, _, true) => pin.query(),
            (0x2c, _, _, true) => pin.query_puk(),
            (0x20, Some(code), _, _) => pin.verify(Code(*code)),
            (0x24, _, Some((old, new)), _) => pin.change(old, new),
            (0x2c, _, Some((puk, new)), _) => pin.unblock(puk, new),
            (0x26 | 0x28, Some(code), _, _) if which == PinRef::Pin1 => {
                pin.set_enabled(instruction == 0x28, Code(*code))
            }
            (0x26 | 0x28, Some(_), _, _) => StatusWord::FUNCTION_NOT_SUPPORTED,
            _ => StatusWord::WRONG_LENGTH,
        })
    }

    /// Each field of the data has its length in front.
    pub(super) fn authenticate_command(&mut self, command: &Command<'_>) -> Outcome {
        if command.p1 != 0 {
            return Err(StatusWord::INCORRECT_P1_P2);
        }
        match (command.p2, command.data) {
            (CONTEXT_3G, [16, rest @ ..]) => {
                let (rand, rest) = rest.split_first_chunk::<16>().ok_or(StatusWord::WRONG_LENGTH)?;
                let Some(([16], autn)) = rest.split_first_chunk::<1>() else {
                    return Err(StatusWord::WRONG_LENGTH);
                };
                let autn = autn.as_array::<16>().ok_or(StatusWord::WRONG_LENGTH)?;
                Ok(Answer::Waiting(self.authenticate(rand, autn)?.octets()))
            }
            (CONTEXT_GSM, [16, rand @ ..]) => {
                let rand = rand.as_array::<16>().ok_or(StatusWord::WRONG_LENGTH)?;
                Ok(Answer::Waiting(gsm_octets(&self.authenticate_gsm(rand)?)))
            }
            (CONTEXT_3G | CONTEXT_GSM, _) => Err(StatusWord::WRONG_LENGTH),
            _ => Err(StatusWord::AUTHENTICATION_CONTEXT_NOT_SUPPORTED),
        }
    }
}
