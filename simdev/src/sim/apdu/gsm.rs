//! The class A0: the card as a 2G mobile sees it.
//!
//! Spec: TS 51.011 clauses 8 and 9. The files are those of DF GSM and DF TELECOM; CHV1 and CHV2 are PIN1 and PIN2. A 2G
//! session begins at the master file and has no short file identifiers, no channels and no 3G authentication.

use super::super::directory::{Directory, FilePlace};
use super::super::{PinRef, PinState, SimCard, StatusWord};
use super::{Answer, Channel, Command, get_response};
use wire::milenage::Rand;

/// What a 2G mobile has selected.
#[derive(Clone, Debug)]
pub struct GsmSession(Channel);

impl Default for GsmSession {
    fn default() -> Self {
        Self(Channel::at(Directory::Master, None))
    }
}

impl SimCard {
    pub(super) fn gsm_command(&mut self, command: &Command<'_>) -> Result<(Vec<u8>, StatusWord), StatusWord> {
        let mut channel = std::mem::take(&mut self.gsm).0;
        let outcome = self.gsm_on_channel(&mut channel, command);
        self.gsm = GsmSession(channel);
        outcome.map_err(gsm_status)
    }

    fn gsm_on_channel(
        &mut self,
        channel: &mut Channel,
        command: &Command<'_>,
    ) -> Result<(Vec<u8>, StatusWord), StatusWord> {
        if command.instruction == 0xc0 {
            let (data, rest) = get_response(&mut channel.response, command.expected)?;
            let status = if rest == 0 { StatusWord::OK } else { StatusWord::gsm_response_available(rest) };
            return Ok((data, status));
        }
        channel.response.clear();
        match self.gsm_execute(channel, command)? {
            Answer::Done(status) if status.is_ok() => Ok((Vec::new(), self.normal_ending())),
            Answer::Done(status) => Err(status),
            Answer::Data(data) => Ok((data, self.normal_ending())),
            Answer::Waiting(data) => {
                let length = u8::try_from(data.len()).unwrap_or(0);
                channel.response = data;
                Ok((Vec::new(), StatusWord::gsm_response_available(length)))
            }
        }
    }

    fn gsm_execute(&mut self, channel: &mut Channel, command: &Command<'_>) -> Result<Answer, StatusWord> {
        match command.instruction {
            0xa4 => self.gsm_select(channel, command),
            0xf2 => {
                let answer = self.gsm_directory(channel.directory);
                let wanted = if command.expected == 0 { answer.len() } else { usize::from(command.expected) };
                let wrong = StatusWord::gsm_wrong_length(answer.len() as u8);
                answer.get(..wanted).map(<[u8]>::to_vec).map(Answer::Data).ok_or(wrong)
            }
            // 2G has no short file identifiers.
            0xb0 | 0xd6 if command.p1 & 0x80 != 0 => Err(StatusWord::WRONG_P1_P2),
            0xb2 | 0xdc if command.p2 > 7 => Err(StatusWord::WRONG_P1_P2),
            0xb0 | 0xd6 | 0xb2 | 0xdc | 0x32 => self.execute(channel, command),
            0xa2 => self.gsm_seek(channel, command),
            0x20 | 0x24 | 0x26 | 0x28 | 0x2c => self.gsm_chv(command).map(Answer::Done),
            0x88 => {
                let rand: &Rand = command.data.as_array().ok_or(StatusWord::gsm_wrong_length(16))?;
                if !matches!(channel.directory, Directory::Gsm) {
                    return Err(StatusWord::NO_EF_SELECTED);
                }
                let (sres, kc) = self.authenticate_gsm(rand)?;
                Ok(Answer::Waiting([&sres[..], &kc[..]].concat()))
            }
            0x10 | 0xc2 | 0x12 | 0x14 => self.execute(channel, command),
            _ => Err(StatusWord::UNKNOWN_INSTRUCTION),
        }
    }

    /// By identifier only: a child, a sibling directory, the parent or the directory itself.
    fn gsm_select(&self, channel: &mut Channel, command: &Command<'_>) -> Result<Answer, StatusWord> {
        if (command.p1, command.p2) != (0, 0) {
            return Err(StatusWord::WRONG_P1_P2);
        }
        let fid = u16::from_be_bytes(*command.data.as_array().ok_or(StatusWord::gsm_wrong_length(2))?);
        match Directory::of_fid(fid) {
            Some(Directory::Usim) => Err(StatusWord::FILE_NOT_FOUND),
            Some(directory) => {
                *channel = Channel::at(directory, None);
                Ok(Answer::Waiting(self.gsm_directory(directory)))
            }
            None => {
                let place = FilePlace::new(channel.directory, fid);
                let description = self.file_at(place).ok_or(StatusWord::FILE_NOT_FOUND)?;
                *channel = Channel::at(channel.directory, Some(place));
                Ok(Answer::Waiting(description.gsm_response()))
            }
        }
    }

    /// The answer to SELECT of a directory and to STATUS (9.2.1): 22 octets.
    fn gsm_directory(&self, directory: Directory) -> Vec<u8> {
        let [high, low] = directory.fid().to_be_bytes();
        let (kind, children) = if directory == Directory::Master { (0x01, 2) } else { (0x02, 0) };
        let pin1 = self.pin_state(PinRef::Pin1) == PinState::Disabled;
        let status = |tries: u8| 0x80 | tries;
        let (one, two) = (self.attempts(PinRef::Pin1), self.attempts(PinRef::Pin2));
        let files = self.files_in(directory);
        vec![
            0,
            0,
            0,
            0,
            high,
            low,
            kind,
            0,
            0,
            0,
            0,
            0,
            9,
            u8::from(pin1) << 7 | 0x13,
            children,
            files,
            4,
            0,
            status(one.pin),
            status(one.puk),
            status(two.pin),
            status(two.puk),
        ]
    }

    fn files_in(&self, directory: Directory) -> u8 {
        let fids = (0x2f00..=0x2fff).chain(0x6f00..=0x6fff);
        let count = fids.filter(|fid| self.file_at(FilePlace::new(directory, *fid)).is_some()).count();
        u8::try_from(count).unwrap_or(u8::MAX)
    }

    /// SEEK type 1 (P2 0x) moves the pointer, type 2 (P2 1x) also answers with the record; from the beginning, the end,
    /// the next or the previous record.
    fn gsm_seek(&mut self, channel: &mut Channel, command: &Command<'_>) -> Result<Answer, StatusWord> {
        let place = channel.file.ok_or(StatusWord::NO_EF_SELECTED)?;
        let structure = self.file_at(place).ok_or(StatusWord::FILE_NOT_FOUND)?.structure;
        let (_, count) = structure.records().ok_or(StatusWord::INCOMPATIBLE_STRUCTURE)?;
        if command.p1 != 0 || command.p2 > 0x1f {
            return Err(StatusWord::WRONG_P1_P2);
        }
        let records: Vec<u8> = match (command.p2 & 0x0f, channel.record) {
            (0, _) | (2, None) => (1..=count).collect(),
            (1, _) | (3, None) => (1..=count).rev().collect(),
            (2, Some(record)) => (record.saturating_add(1)..=count).collect(),
            (3, Some(record)) => (1..record).rev().collect(),
            _ => return Err(StatusWord::WRONG_P1_P2),
        };
        if command.data.is_empty() {
            return Err(StatusWord::WRONG_LENGTH);
        }
        for number in records {
            let record = self.read_record_at(place, number, channel.rights)?;
            if record.windows(command.data.len()).any(|window| window == command.data) {
                channel.record = Some(number);
                return Ok(if command.p2 >> 4 == 1 {
                    Answer::Waiting(vec![number])
                } else {
                    Answer::Done(StatusWord::OK)
                });
            }
        }
        Err(StatusWord::FILE_NOT_FOUND)
    }

    /// CHV1 is P2 01 (00 to unblock it), CHV2 is 02.
    fn gsm_chv(&mut self, command: &Command<'_>) -> Result<StatusWord, StatusWord> {
        let which = match (command.instruction, command.p1, command.p2) {
            (0x2c, 0, 0) | (0x20..=0x28, 0, 1) => PinRef::Pin1,
            (_, 0, 2) => PinRef::Pin2,
            _ => return Err(StatusWord::WRONG_P1_P2),
        };
        let length = if matches!(command.instruction, 0x24 | 0x2c) { 16 } else { 8 };
        if command.data.len() != length {
            return Err(StatusWord::gsm_wrong_length(length as u8));
        }
        self.pin_operation(which, command.instruction, command.data)
    }
}

/// The words of a UICC in those of a 2G card (9.4).
fn gsm_status(status: StatusWord) -> StatusWord {
    match status {
        StatusWord::SECURITY_STATUS_NOT_SATISFIED => StatusWord::GSM_ACCESS_NOT_FULFILLED,
        StatusWord::AUTHENTICATION_BLOCKED => StatusWord::GSM_CHV_BLOCKED,
        StatusWord::DATA_INVALIDATED | StatusWord::CONDITIONS_NOT_SATISFIED => {
            StatusWord::GSM_CHV_CONTRADICTION
        }
        StatusWord::NO_EF_SELECTED => StatusWord::GSM_NO_EF_SELECTED,
        StatusWord::FILE_NOT_FOUND => StatusWord::GSM_FILE_NOT_FOUND,
        StatusWord::RECORD_NOT_FOUND => StatusWord::GSM_OUT_OF_RANGE,
        StatusWord::INCOMPATIBLE_STRUCTURE => StatusWord::GSM_INCONSISTENT_FILE,
        StatusWord::INCORRECT_P1_P2 => StatusWord::WRONG_P1_P2,
        _ => match status.attempts_left() {
            Some(0) => StatusWord::GSM_CHV_BLOCKED,
            Some(_) => StatusWord::GSM_ACCESS_NOT_FULFILLED,
            None if status.sw1() == 0x6c => StatusWord::gsm_wrong_length(status.sw2()),
            None => status,
        },
    }
}
