//! READ and UPDATE of octets and records (TS 102 221 clauses 11.1.3 to 11.1.6).

use super::super::directory::FilePlace;
use super::super::{SimCard, StatusWord, Structure};
use super::{Answer, Channel, Command, OK, Outcome};

/// Which record a command means (P2, lowest three bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// The one behind the pointer.
    Next,
    /// The one before the pointer.
    Previous,
    /// The one of this number, or with 0 the one at the pointer.
    Absolute(u8),
}

impl SimCard {
    pub(super) fn read_binary_command(&mut self, channel: &mut Channel, command: &Command<'_>) -> Outcome {
        let (place, offset) = self.binary_target(channel, command)?;
        self.read_binary_at(place, offset, command.expected, channel.rights).map(Answer::Data)
    }

    pub(super) fn update_binary_command(&mut self, channel: &mut Channel, command: &Command<'_>) -> Outcome {
        let (place, offset) = self.binary_target(channel, command)?;
        self.update_binary_at(place, offset, command.data, channel.rights)?;
        OK
    }

    pub(super) fn read_record_command(&mut self, channel: &mut Channel, command: &Command<'_>) -> Outcome {
        let place = self.record_target(channel, command)?;
        let number = self.record_number(channel, place, mode(command)?)?;
        let record = self.read_record_at(place, number, channel.rights)?;
        if command.expected != 0 && usize::from(command.expected) != record.len() {
            return Err(StatusWord::wrong_expected_length(record.len() as u8));
        }
        move_pointer(channel, command, number);
        Ok(Answer::Data(record))
    }

    pub(super) fn update_record_command(&mut self, channel: &mut Channel, command: &Command<'_>) -> Outcome {
        let place = self.record_target(channel, command)?;
        let mode = mode(command)?;
        let structure = self.file_at(place).map(|file| file.structure);
        if matches!(structure, Some(Structure::Cyclic { .. })) {
            // Only the oldest record of a ring can be written.
            if mode != Mode::Previous {
                return Err(StatusWord::INCOMPATIBLE_STRUCTURE);
            }
            self.push_record_at(place, command.data, channel.rights)?;
            channel.record = Some(1);
            return OK;
        }
        let number = self.record_number(channel, place, mode)?;
        self.update_record_at(place, number, command.data, channel.rights)?;
        move_pointer(channel, command, number);
        OK
    }

    /// P1 with its highest bit names a short file identifier, otherwise P1 and P2 are the offset.
    fn binary_target(
        &self,
        channel: &mut Channel,
        command: &Command<'_>,
    ) -> Result<(FilePlace, u16), StatusWord> {
        if command.p1 & 0x80 == 0 {
            let place = channel.file.ok_or(StatusWord::NO_EF_SELECTED)?;
            return Ok((place, u16::from_be_bytes([command.p1, command.p2])));
        }
        if command.p1 & 0x60 != 0 {
            return Err(StatusWord::INCORRECT_P1_P2);
        }
        Ok((self.by_sfi(channel, command.p1 & 0x1f)?, u16::from(command.p2)))
    }

    /// A short file identifier is in the five highest bits of P2; 0 means the current file.
    pub(super) fn record_target(
        &self,
        channel: &mut Channel,
        command: &Command<'_>,
    ) -> Result<FilePlace, StatusWord> {
        match command.p2 >> 3 {
            0 => channel.file.ok_or(StatusWord::NO_EF_SELECTED),
            sfi => self.by_sfi(channel, sfi),
        }
    }

    /// The file becomes the current one (8.6.2).
    pub(super) fn by_sfi(&self, channel: &mut Channel, sfi: u8) -> Result<FilePlace, StatusWord> {
        let place = self.file_of_sfi(channel.directory, sfi).ok_or(StatusWord::FILE_NOT_FOUND)?;
        channel.file = Some(place);
        channel.record = None;
        Ok(place)
    }

    /// The number of the record that a mode means.
    fn record_number(&self, channel: &Channel, place: FilePlace, mode: Mode) -> Result<u8, StatusWord> {
        let structure = self.file_at(place).ok_or(StatusWord::FILE_NOT_FOUND)?.structure;
        let (_, records) = structure.records().ok_or(StatusWord::INCOMPATIBLE_STRUCTURE)?;
        let ring = matches!(structure, Structure::Cyclic { .. });
        match (mode, channel.record) {
            (Mode::Absolute(0), pointer) => pointer.ok_or(StatusWord::RECORD_NOT_FOUND),
            (Mode::Absolute(number), _) => Ok(number),
            (Mode::Next, None) => Ok(1),
            (Mode::Next, Some(last)) if last >= records && !ring => Err(StatusWord::RECORD_NOT_FOUND),
            (Mode::Next, Some(record)) => Ok(record % records + 1),
            (Mode::Previous, None | Some(0)) => Ok(records),
            (Mode::Previous, Some(1)) if !ring => Err(StatusWord::RECORD_NOT_FOUND),
            (Mode::Previous, Some(1)) => Ok(records),
            (Mode::Previous, Some(record)) => Ok(record - 1),
        }
    }
}

fn mode(command: &Command<'_>) -> Result<Mode, StatusWord> {
    match (command.p2 & 7, command.p1) {
        (2, 0) => Ok(Mode::Next),
        (3, 0) => Ok(Mode::Previous),
        (4, number) => Ok(Mode::Absolute(number)),
        _ => Err(StatusWord::INCORRECT_P1_P2),
    }
}

/// An absolute number leaves the pointer where it is.
fn move_pointer(channel: &mut Channel, command: &Command<'_>, number: u8) {
    if command.p2 & 7 != 4 {
        channel.record = Some(number);
    }
}
