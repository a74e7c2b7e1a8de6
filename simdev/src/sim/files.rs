//! The contents of the files, and the commands that read and write them under their access conditions.
//!
//! Spec: ETSI TS 102 221 clauses 11.1.3 to 11.1.6. What is checked first: the file, its structure, the access
//! condition, then offsets, record numbers and lengths.

use super::file::{FileDescription, Structure, directory_fcp};
use super::{PinRef, SimCard, StatusWord};
use std::collections::BTreeMap;

/// Master file, telecom directory, USIM application.
const DIRECTORIES: [(u16, &str); 3] = [(0x3f00, "MF"), (0x7f10, "DF_TELECOM"), (0x7fff, "ADF_USIM")];

/// Application identifier of the USIM.
pub(super) const USIM_AID: [u8; 16] =
    [0xa0, 0, 0, 0, 0x87, 0x10, 0x02, 0xff, 0x33, 0xff, 0x01, 0x89, 0, 0, 0x01, 0];

/// All elementary files by identifier.
#[derive(Clone, Debug, Default)]
pub(super) struct Files(BTreeMap<u16, File>);

#[derive(Clone, Debug)]
struct File {
    description: FileDescription,
    /// Records follow each other.
    content: Vec<u8>,
}

impl Files {
    /// Adds a file; missing octets of its content are FF, excess octets are cut off.
    pub(super) fn add(&mut self, description: FileDescription, mut content: Vec<u8>) {
        let size = match description.structure {
            Structure::Transparent { size } => usize::from(size),
            Structure::LinearFixed { record_size, records } => {
                usize::from(record_size) * usize::from(records)
            }
            Structure::Directory => 0,
        };
        content.resize(size, 0xff);
        self.0.insert(description.fid, File { description, content });
    }

    /// The whole content, without asking for rights; empty when there is no such file.
    pub(super) fn content(&self, fid: u16) -> &[u8] {
        self.0.get(&fid).map_or(&[], |file| &file.content)
    }

    /// Replaces octets without asking for rights; what lies outside the file is left out.
    pub(super) fn overwrite(&mut self, fid: u16, offset: usize, data: &[u8]) {
        let Some(file) = self.0.get_mut(&fid) else { return };
        for (octet, new) in file.content.iter_mut().skip(offset).zip(data) {
            *octet = *new;
        }
    }

    fn get(&self, fid: u16) -> Result<&File, StatusWord> {
        self.0.get(&fid).ok_or(if is_directory(fid) {
            StatusWord::NO_EF_SELECTED
        } else {
            StatusWord::FILE_NOT_FOUND
        })
    }
}

pub(super) fn is_directory(fid: u16) -> bool {
    DIRECTORIES.iter().any(|(directory, _)| *directory == fid)
}

impl SimCard {
    /// What a file is; `None` when the card has no such file.
    #[must_use]
    pub fn file(&self, fid: u16) -> Option<FileDescription> {
        self.files.0.get(&fid).map(|file| file.description)
    }

    /// READ BINARY. A length of 0 asks for all that follows the offset, at most 256 octets.
    ///
    /// # Errors
    /// Status words as of TS 102 221; `6CXX` when fewer octets are there.
    pub fn read_binary(&self, fid: u16, offset: u16, length: u8) -> Result<Vec<u8>, StatusWord> {
        let file = self.transparent(fid)?;
        self.require(file.description.read)?;
        let rest = after(&file.content, offset)?;
        let wanted = if length == 0 { rest.len().min(256) } else { usize::from(length) };
        rest.get(..wanted)
            .map(<[u8]>::to_vec)
            .ok_or_else(|| StatusWord::wrong_expected_length(u8::try_from(rest.len()).unwrap_or(0)))
    }

    /// UPDATE BINARY.
    ///
    /// # Errors
    /// Status words as of TS 102 221; nothing is written then.
    pub fn update_binary(&mut self, fid: u16, offset: u16, data: &[u8]) -> Result<(), StatusWord> {
        let file = self.transparent(fid)?;
        self.require(file.description.update)?;
        let rest = after(&file.content, offset)?;
        if data.is_empty() || data.len() > rest.len() {
            return Err(StatusWord::WRONG_LENGTH);
        }
        self.files.overwrite(fid, usize::from(offset), data);
        Ok(())
    }

    /// READ RECORD in absolute mode; records count from 1.
    ///
    /// # Errors
    /// Status words as of TS 102 221.
    pub fn read_record(&self, fid: u16, record: u8) -> Result<Vec<u8>, StatusWord> {
        let (file, record_size) = self.linear_fixed(fid)?;
        self.require(file.description.read)?;
        self.record_offset(fid, record)
            .and_then(|offset| file.content.get(offset..offset + record_size))
            .map(<[u8]>::to_vec)
            .ok_or(StatusWord::RECORD_NOT_FOUND)
    }

    /// UPDATE RECORD in absolute mode; the data must have the length of a record.
    ///
    /// # Errors
    /// Status words as of TS 102 221; nothing is written then.
    pub fn update_record(&mut self, fid: u16, record: u8, data: &[u8]) -> Result<(), StatusWord> {
        let (file, record_size) = self.linear_fixed(fid)?;
        self.require(file.description.update)?;
        let offset = self.record_offset(fid, record).ok_or(StatusWord::RECORD_NOT_FOUND)?;
        if data.len() != record_size {
            return Err(StatusWord::WRONG_LENGTH);
        }
        self.files.overwrite(fid, offset, data);
        Ok(())
    }

    /// GET RESPONSE after a SELECT: the template with the file control parameters.
    ///
    /// # Errors
    /// `6A82` when there is no such file.
    pub fn get_response(&self, fid: u16) -> Result<Vec<u8>, StatusWord> {
        if is_directory(fid) {
            let application = (fid == 0x7fff).then_some(USIM_AID.as_slice());
            return Ok(directory_fcp(fid, application, &self.pin_status()));
        }
        self.files.get(fid).map(|file| file.description.fcp())
    }

    /// STATUS while the USIM application is selected.
    #[must_use]
    pub fn status(&self) -> Vec<u8> {
        directory_fcp(0x7fff, Some(&USIM_AID), &self.pin_status())
    }

    /// The file that a short file identifier names, 1 to 30, within the USIM application.
    #[must_use]
    pub fn file_of_sfi(&self, sfi: u8) -> Option<FileDescription> {
        let inside_usim =
            |description: &FileDescription| description.fid >> 8 == 0x6f && description.fid != 0x6f3a;
        let mut descriptions = self.files.0.values().map(|file| file.description);
        descriptions.find(|description| inside_usim(description) && description.sfi == Some(sfi))
    }

    /// How many records a file has; 0 for any other file.
    pub(super) fn records(&self, fid: u16) -> u8 {
        match self.file(fid).map(|description| description.structure) {
            Some(Structure::LinearFixed { records, .. }) => records,
            Some(Structure::Transparent { .. } | Structure::Directory) | None => 0,
        }
    }

    /// The PIN status template of TS 102 221 clause 9.5.2: PIN1 (01), PIN2 (81), ADM1 (0A), enabled or not.
    fn pin_status(&self) -> Vec<u8> {
        let enabled = |which, bit| if self.pins.get(which).enabled { bit } else { 0 };
        let bits = enabled(PinRef::Pin1, 0x80) | enabled(PinRef::Pin2, 0x40) | 0x20;
        vec![0x90, 0x01, bits, 0x83, 0x01, 0x01, 0x83, 0x01, 0x81, 0x83, 0x01, 0x0a]
    }

    fn transparent(&self, fid: u16) -> Result<&File, StatusWord> {
        let file = self.files.get(fid)?;
        match file.description.structure {
            Structure::Transparent { .. } => Ok(file),
            Structure::LinearFixed { .. } | Structure::Directory => Err(StatusWord::INCOMPATIBLE_STRUCTURE),
        }
    }

    fn linear_fixed(&self, fid: u16) -> Result<(&File, usize), StatusWord> {
        let file = self.files.get(fid)?;
        match file.description.structure {
            Structure::LinearFixed { record_size, .. } => Ok((file, usize::from(record_size))),
            Structure::Transparent { .. } | Structure::Directory => Err(StatusWord::INCOMPATIBLE_STRUCTURE),
        }
    }

    fn record_offset(&self, fid: u16, record: u8) -> Option<usize> {
        let (_, record_size) = self.linear_fixed(fid).ok()?;
        (1..=self.records(fid)).contains(&record).then(|| (usize::from(record) - 1) * record_size)
    }
}

/// The octets from an offset on; the offset of the end is outside.
fn after(content: &[u8], offset: u16) -> Result<&[u8], StatusWord> {
    content.get(usize::from(offset)..).filter(|rest| !rest.is_empty()).ok_or(StatusWord::WRONG_P1_P2)
}

#[cfg(test)]
mod tests;
