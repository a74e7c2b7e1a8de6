//! `+CRSM` (TS 27.007 clause 8.18): one command to one file, as a modem sends it for its host.
//!
//! The modem selects the file by its path, or the first one with the identifier, and passes the command on. The record
//! pointer is where a fresh selection leaves it, so "next" is the first record and "previous" the last.

use super::super::directory::{Directory, FilePlace};
use super::super::{SimCard, StatusWord};
use super::{Answer, Channel, Command};

/// The parameters of `+CRSM`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestrictedAccess {
    /// The instruction, decimal in the command.
    pub command: u32,
    /// The file.
    pub file: Option<u16>,
    /// P1.
    pub p1: u8,
    /// P2.
    pub p2: u8,
    /// P3: how many octets.
    pub p3: u8,
    /// What is written.
    pub data: Vec<u8>,
    /// The directory of the file, from the master file.
    pub path: Option<Vec<u8>>,
}

impl SimCard {
    /// Carries out a command to a file.
    ///
    /// # Errors
    /// The status word of the card.
    pub fn restricted_access(
        &mut self,
        access: &RestrictedAccess,
    ) -> Result<(Vec<u8>, StatusWord), StatusWord> {
        let instruction = match access.command {
            176 | 178 | 192 | 203 | 214 | 219 | 220 | 242 => access.command as u8,
            _ => return Err(StatusWord::UNKNOWN_INSTRUCTION),
        };
        let writes = matches!(instruction, 0xd6 | 0xdc | 0xdb);
        let data = if writes { access.data.as_slice() } else { &[] };
        let outcome = self.unseen(|card| card.pass_on(access, instruction, data));
        let yielded = outcome.as_ref().map(|(data, _)| data.as_slice()).map_err(|status| *status);
        self.saw_restricted_access(access, instruction, data, yielded);
        outcome
    }

    fn pass_on(
        &mut self,
        access: &RestrictedAccess,
        instruction: u8,
        data: &[u8],
    ) -> Result<(Vec<u8>, StatusWord), StatusWord> {
        let mut channel = self.select_for(access)?;
        if instruction == 0xc0 {
            let template = match channel.file {
                Some(place) => self.template_at(place)?,
                None => self.directory_template(channel.directory),
            };
            return Ok((template, self.normal_ending()));
        }
        if matches!(instruction, 0xd6 | 0xdc | 0xdb) && data.len() != usize::from(access.p3) {
            return Err(StatusWord::WRONG_LENGTH);
        }
        let (p1, p2) = (access.p1, access.p2);
        let command = Command { class: 0, instruction, p1, p2, data, expected: access.p3 };
        match self.execute(&mut channel, &command)? {
            Answer::Done(StatusWord::OK) => Ok((Vec::new(), self.normal_ending())),
            Answer::Done(status) => Err(status),
            Answer::Data(data) | Answer::Waiting(data) => Ok((data, self.normal_ending())),
        }
    }

    fn select_for(&self, access: &RestrictedAccess) -> Result<Channel, StatusWord> {
        let directory = match &access.path {
            Some(path) => Some(Directory::of_path(path).ok_or(StatusWord::FILE_NOT_FOUND)?),
            None => None,
        };
        let Some(fid) = access.file else {
            return Ok(Channel::at(directory.unwrap_or(Directory::Usim), None));
        };
        if let Some(named) = Directory::of_fid(fid) {
            return Ok(Channel::at(named, None));
        }
        let place = match directory {
            Some(directory) => FilePlace::new(directory, fid),
            None => self.locate(fid)?,
        };
        if self.file_at(place).is_none() {
            return Err(StatusWord::FILE_NOT_FOUND);
        }
        Ok(Channel::at(place.directory, Some(place)))
    }
}
