//! Commands as octets: what `AT+CSIM` passes to the card.
//!
//! Spec: ETSI TS 102 221 clauses 10.1 and 11.1. Basic logical channel and class 00 only. An answer to SELECT waits for
//! GET RESPONSE (`61XX`), as on a card that speaks T=0. Not here: logical channels, secured commands, SEARCH RECORD,
//! INCREASE, AUTHENTICATE, toolkit commands.

use super::files::{USIM_AID, is_directory};
use super::pin::Code;
use super::{FileDescription, PinRef, SimCard, StatusWord};

/// What is selected, and what waits for GET RESPONSE.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    file: Option<u16>,
    response: Vec<u8>,
}

/// A command taken apart.
struct Command<'a> {
    instruction: u8,
    p1: u8,
    p2: u8,
    data: &'a [u8],
    /// Octets that are expected back; 0 for all.
    expected: u8,
}

impl<'a> Command<'a> {
    /// Cases 1 to 4 of ISO 7816-3, short lengths.
    fn parse(octets: &'a [u8]) -> Result<Self, StatusWord> {
        let [class, instruction, p1, p2, body @ ..] = octets else { return Err(StatusWord::WRONG_LENGTH) };
        if *class != 0 {
            let other_channel = matches!(class, 0x01..=0x03 | 0x40..=0x4f);
            return Err(if other_channel {
                StatusWord::LOGICAL_CHANNEL_NOT_SUPPORTED
            } else {
                StatusWord::UNKNOWN_CLASS
            });
        }
        let (data, expected) = match body {
            [] => (&[][..], 0),
            [expected] => (&[][..], *expected),
            [length, rest @ ..] => match rest.split_at_checked(usize::from(*length)) {
                Some((data, [])) => (data, 0),
                Some((data, [expected])) => (data, *expected),
                Some(_) | None => return Err(StatusWord::WRONG_LENGTH),
            },
        };
        Ok(Self { instruction: *instruction, p1: *p1, p2: *p2, data, expected })
    }
}

impl SimCard {
    /// One command and its answer: response data, then the two octets of the status word.
    pub fn apdu(&mut self, command: &[u8]) -> Vec<u8> {
        let answer = Command::parse(command).and_then(|command| self.execute(&command));
        let (mut octets, status) = match answer {
            Ok((data, status)) => (data, status),
            Err(status) => (Vec::new(), status),
        };
        octets.extend(status.0.to_be_bytes());
        octets
    }

    fn execute(&mut self, command: &Command<'_>) -> Result<(Vec<u8>, StatusWord), StatusWord> {
        let response = std::mem::take(&mut self.selection.response);
        let data = match command.instruction {
            0xa4 => return self.select(command).map(|status| (Vec::new(), status)),
            0xc0 => {
                let wanted =
                    if command.expected == 0 { response.len() } else { usize::from(command.expected) };
                if response.is_empty() {
                    return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
                }
                let wrong = StatusWord::wrong_expected_length(response.len() as u8);
                response.get(..wanted).ok_or(wrong)?.to_vec()
            }
            0xf2 => self.status(),
            0xb0 => {
                let (fid, offset) = self.binary_target(command)?;
                self.read_binary(fid, offset, command.expected)?
            }
            0xd6 => {
                let (fid, offset) = self.binary_target(command)?;
                self.update_binary(fid, offset, command.data).map(|()| Vec::new())?
            }
            0xb2 => {
                let fid = self.record_target(command)?;
                let record = self.read_record(fid, command.p1)?;
                if command.expected != 0 && usize::from(command.expected) != record.len() {
                    return Err(StatusWord::wrong_expected_length(record.len() as u8));
                }
                record
            }
            0xdc => {
                let fid = self.record_target(command)?;
                self.update_record(fid, command.p1, command.data).map(|()| Vec::new())?
            }
            0x20 | 0x24 | 0x26 | 0x28 | 0x2c => return Ok((Vec::new(), self.pin_command(command)?)),
            _ => return Err(StatusWord::UNKNOWN_INSTRUCTION),
        };
        Ok((data, StatusWord::OK))
    }

    /// By identifier (P1 00), application (04), or path from the MF (08) or the current directory (09).
    fn select(&mut self, command: &Command<'_>) -> Result<StatusWord, StatusWord> {
        let fid = match (command.p1, command.data) {
            (0x00, []) => 0x3f00,
            (0x00, [high, low]) => u16::from_be_bytes([*high, *low]),
            (0x04, name) if !name.is_empty() && USIM_AID.starts_with(name) => 0x7fff,
            (0x04, _) => return Err(StatusWord::FILE_NOT_FOUND),
            (0x08 | 0x09, [path @ .., high, low]) if path.len() % 2 == 0 => u16::from_be_bytes([*high, *low]),
            (0x00 | 0x08 | 0x09, _) => return Err(StatusWord::WRONG_LENGTH),
            _ => return Err(StatusWord::INCORRECT_P1_P2),
        };
        let response = self.get_response(fid)?;
        self.selection.file = (!is_directory(fid)).then_some(fid);
        if command.p2 & 0x0c == 0x0c {
            return Ok(StatusWord::OK);
        }
        let status = StatusWord::response_available(response.len() as u8);
        self.selection.response = response;
        Ok(status)
    }

    /// P1 with its highest bit names a short file identifier, otherwise P1 and P2 are the offset.
    fn binary_target(&self, command: &Command<'_>) -> Result<(u16, u16), StatusWord> {
        if command.p1 & 0x80 == 0 {
            let fid = self.selection.file.ok_or(StatusWord::NO_EF_SELECTED)?;
            return Ok((fid, u16::from_be_bytes([command.p1, command.p2])));
        }
        Ok((self.by_sfi(command.p1 & 0x1f)?.fid, u16::from(command.p2)))
    }

    /// Absolute mode only (P2 04), with a short file identifier in the five highest bits or none.
    fn record_target(&self, command: &Command<'_>) -> Result<u16, StatusWord> {
        match (command.p2 & 7, command.p2 >> 3) {
            (4, 0) => self.selection.file.ok_or(StatusWord::NO_EF_SELECTED),
            (4, sfi) => self.by_sfi(sfi).map(|description| description.fid),
            _ => Err(StatusWord::INCORRECT_P1_P2),
        }
    }

    fn by_sfi(&self, sfi: u8) -> Result<FileDescription, StatusWord> {
        self.file_of_sfi(sfi).ok_or(StatusWord::FILE_NOT_FOUND)
    }

    fn pin_command(&mut self, command: &Command<'_>) -> Result<StatusWord, StatusWord> {
        let which = match (command.p1, command.p2) {
            (0, 0x01) => PinRef::Pin1,
            (0, 0x81) => PinRef::Pin2,
            (0, _) => return Err(StatusWord::DATA_NOT_FOUND),
            _ => return Err(StatusWord::INCORRECT_P1_P2),
        };
        let (one, two) = (command.data.as_array::<8>(), command.data.as_array::<16>());
        let pair = two.map(|octets| {
            let (first, second) = octets.split_at(8);
            (Code(first.try_into().unwrap_or([0xff; 8])), Code(second.try_into().unwrap_or([0xff; 8])))
        });
        let pin = self.pins.get_mut(which);
        Ok(match (command.instruction, one, pair, command.data.is_empty()) {
            (0x20, _, _, true) => pin.query(),
            (0x2c, _, _, true) => pin.query_puk(),
            (0x20, Some(code), _, _) => pin.verify(Code(*code)),
            (0x24, _, Some((old, new)), _) => pin.change(old, new),
            (0x2c, _, Some((puk, new)), _) => pin.unblock(puk, new),
            (0x26 | 0x28, Some(code), _, _) if which == PinRef::Pin1 => {
                pin.set_enabled(command.instruction == 0x28, Code(*code))
            }
            (0x26 | 0x28, Some(_), _, _) => StatusWord::FUNCTION_NOT_SUPPORTED,
            _ => StatusWord::WRONG_LENGTH,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::PinState;
    use crate::sim::example::{PUK2, card};

    fn send(card: &mut SimCard, command: &str) -> String {
        hex::encode_upper(card.apdu(&hex::decode(command.replace(' ', "")).unwrap()))
    }

    #[test]
    fn files_are_selected_read_and_written() {
        let mut card = card();
        for (command, answer) in [
            ("00B0000009", "6986"),
            ("00A40004026F07", "611E"),
            ("00C000001E", "621C8202412183026F07A5038001718A01058B036F0605800200098801389000"),
            ("00C0000000", "6985"),
            ("00B0000009", "0829801000000000109000"),
            ("00B000000A", "6C09"),
            ("00D6000001FF", "6982"),
            ("00B0870009", "0829801000000000109000"),
            ("00A40804047FFF6F7B", "611E"),
            ("00A4040C07A0000000871002", "9000"),
            ("00A4040C07A0000000871003", "6A82"),
            ("00A4000C026F3C", "9000"),
            ("00B20704B0", "6A83"),
            ("00B20104AF", "6CB0"),
            ("00B2010300", "6A86"),
            ("00A4000C026FFE", "6A82"),
            ("0044000000", "6D00"),
            ("0144000000", "6881"),
            ("A0A40000023F00", "6E00"),
            ("00A4", "6700"),
        ] {
            assert_eq!(send(&mut card, command), answer.replace(' ', ""), "{command}");
        }
    }

    #[test]
    fn pins_are_presented_as_eight_octets() {
        let mut card = card();
        for (command, answer) in [
            ("0020000100", "63C3"),
            ("0020008100", "63C3"),
            ("00200081 08 30303030FFFFFFFF", "63C2"),
            ("00200081 08 3030303030303030", "9000"),
            ("00240081 10 3030303030303030 31323334FFFFFFFF", "9000"),
            ("00200001 08 30303030FFFFFFFF", "6984"),
            ("00280001 08 30303030FFFFFFFF", "9000"),
            ("00260001 08 30303030FFFFFFFF", "9000"),
            ("00280081 08 31323334FFFFFFFF", "6A81"),
            ("0020000A 08 3030303030303030", "6A88"),
            ("00200081 04 30303030", "6700"),
            ("002C008100", "63CA"),
        ] {
            assert_eq!(send(&mut card, command), answer, "{command}");
        }
        let unblock = format!("002C0081 10 {} 3030303030303030", hex::encode(PUK2));
        assert_eq!(send(&mut card, &unblock), "9000");
        assert_eq!(card.pin_state(PinRef::Pin2), PinState::Verified);
    }

    #[test]
    fn any_command_is_answered_with_a_status_word() {
        let mut rng = wire::seed::Seed(4).child("apdu").rng();
        let instructions = [0xa4, 0xb0, 0xb2, 0xc0, 0xd6, 0xdc, 0xf2, 0x20, 0x24, 0x26, 0x28, 0x2c];
        let fids = [0x6f07u16, 0x6f3c, 0x6f61, 0x7fff, 0x6f3b];
        let mut card = card();
        for round in 0..20_000 {
            let mut command: Vec<u8> = (0..rng.below(12)).map(|_| rng.below(256) as u8).collect();
            if round % 4 != 0 {
                let instruction = instructions[rng.below(12) as usize];
                command.splice(..command.len().min(2), [0, instruction]);
            }
            if round % 3 == 0 {
                command = vec![0, 0xa4, 0, 4, 2];
                command.extend(fids[rng.below(5) as usize].to_be_bytes());
            }
            let answer = card.apdu(&command);
            assert!((2..=258).contains(&answer.len()), "{command:02x?}");
        }
        assert_eq!(card.operator_plmns().unwrap().len(), 2, "nothing was written that may not be");
    }
}
