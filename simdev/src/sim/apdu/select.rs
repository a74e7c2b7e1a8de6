//! SELECT and STATUS (TS 102 221 clauses 8.4, 11.1.1 and 11.1.2).

use super::super::directory::{Directory, FilePlace};
use super::super::files::USIM_AID;
use super::super::{SimCard, StatusWord};
use super::{Answer, Channel, Command, OK, Outcome};

/// What is to be selected.
enum Target {
    Directory(Directory),
    File(FilePlace),
}

impl SimCard {
    /// P1: 00 by identifier, 01 child directory, 03 parent, 04 application, 08 and 09 by path.
    pub(super) fn select(&mut self, channel: &mut Channel, command: &Command<'_>) -> Outcome {
        let wants_template = match command.p2 & !0x63 {
            0x00 | 0x04 => true,
            0x0c => false,
            _ => return Err(StatusWord::INCORRECT_P1_P2),
        };
        let mut usim = channel.usim;
        let target = match (command.p1, command.data) {
            (0x00, []) => Target::Directory(Directory::Master),
            (0x00, [high, low]) => {
                self.child(channel.directory, usim, u16::from_be_bytes([*high, *low]), true)?
            }
            (0x01, [high, low]) => self.subdirectory(channel, u16::from_be_bytes([*high, *low]))?,
            (0x03, []) => Target::Directory(Directory::Master),
            (0x04, name) if (5..=16).contains(&name.len()) && USIM_AID.starts_with(name) => {
                usim = true;
                Target::Directory(Directory::Usim)
            }
            (0x04, _) => return Err(StatusWord::FILE_NOT_FOUND),
            (0x08, path) => self.walk(Directory::Master, usim, path)?,
            (0x09, path) => self.walk(channel.directory, usim, path)?,
            (0x00 | 0x01 | 0x03, _) => return Err(StatusWord::WRONG_LENGTH),
            _ => return Err(StatusWord::INCORRECT_P1_P2),
        };
        let template = match target {
            Target::Directory(directory) => self.directory_template(directory),
            Target::File(place) => self.template_at(place)?,
        };
        let (directory, file) = match target {
            Target::Directory(directory) => (directory, None),
            Target::File(place) => (place.directory, Some(place)),
        };
        *channel = Channel { usim, rights: channel.rights, ..Channel::at(directory, file) };
        if wants_template { Ok(Answer::Waiting(template)) } else { OK }
    }

    /// A file or directory next to the current directory (8.4.1).
    fn child(&self, current: Directory, usim: bool, fid: u16, near: bool) -> Result<Target, StatusWord> {
        if let Some(directory) = Directory::of_fid(fid) {
            // Every directory is a child of the master file, and so a child, a sibling, the parent or itself.
            let reachable = match directory {
                Directory::Usim => usim,
                Directory::Master => near,
                Directory::Telecom | Directory::Gsm => near || current == Directory::Master,
            };
            return if reachable {
                Ok(Target::Directory(directory))
            } else {
                Err(StatusWord::FILE_NOT_FOUND)
            };
        }
        let place = FilePlace::new(current, fid);
        self.file_at(place).map(|_| Target::File(place)).ok_or(StatusWord::FILE_NOT_FOUND)
    }

    fn subdirectory(&self, channel: &Channel, fid: u16) -> Result<Target, StatusWord> {
        match Directory::of_fid(fid) {
            Some(directory @ (Directory::Telecom | Directory::Gsm))
                if channel.directory == Directory::Master =>
            {
                Ok(Target::Directory(directory))
            }
            Some(_) | None => Err(StatusWord::FILE_NOT_FOUND),
        }
    }

    fn walk(&self, from: Directory, usim: bool, path: &[u8]) -> Result<Target, StatusWord> {
        let (pairs, []) = path.as_chunks::<2>() else { return Err(StatusWord::WRONG_LENGTH) };
        let mut target = None;
        let mut current = from;
        for pair in pairs {
            if matches!(target, Some(Target::File(_))) {
                return Err(StatusWord::FILE_NOT_FOUND);
            }
            let next = self.child(current, usim, u16::from_be_bytes(*pair), false)?;
            if let Target::Directory(directory) = next {
                current = directory;
            }
            target = Some(next);
        }
        target.ok_or(StatusWord::WRONG_LENGTH)
    }

    /// P2: 00 the template of the directory, 01 the name of the application, 0C nothing.
    pub(super) fn status_command(&mut self, channel: &Channel, command: &Command<'_>) -> Outcome {
        if command.p1 > 2 {
            return Err(StatusWord::INCORRECT_P1_P2);
        }
        let data = match command.p2 {
            0x00 => self.directory_template(channel.directory),
            0x01 if channel.usim => {
                let mut name = vec![0x84, USIM_AID.len() as u8];
                name.extend(USIM_AID);
                name
            }
            0x01 => return Err(StatusWord::DATA_NOT_FOUND),
            0x0c => return OK,
            _ => return Err(StatusWord::INCORRECT_P1_P2),
        };
        let wanted = usize::from(command.expected);
        if wanted != 0 && wanted != data.len() {
            return Err(StatusWord::wrong_expected_length(data.len() as u8));
        }
        Ok(Answer::Data(data))
    }
}
