//! The contents of the files, and the commands that read and write them under their access conditions.
//!
//! Spec: ETSI TS 102 221 clauses 11.1.3 to 11.1.8. What is checked first: the file, its structure, the access condition,
//! then offsets, record numbers and lengths. Methods that take an identifier alone look for the file in the USIM, the
//! master file and the telecom directory, in that order, as a modem does.

use super::apdu::Command;
use super::contacts::Yield;
use super::directory::{Directory, FilePlace};
use super::file::{AccessCondition, FileDescription, Structure, directory_fcp};
use super::{PinRef, SimCard, StatusWord};
use std::collections::BTreeMap;

/// Application identifier of the USIM.
pub(super) const USIM_AID: [u8; 16] =
    [0xa0, 0, 0, 0, 0x87, 0x10, 0x02, 0xff, 0x33, 0xff, 0x01, 0x89, 0, 0, 0x01, 0];

/// P2 of the commands to the record whose number is P1.
const ABSOLUTE: u8 = 4;

/// All elementary files, and the places that are other names of one.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    files: BTreeMap<FilePlace, File>,
    links: BTreeMap<FilePlace, FilePlace>,
}

#[derive(Clone, Debug)]
struct File {
    description: FileDescription,
    /// Records follow each other, in a ring the newest first.
    content: Vec<u8>,
}

/// In whose name a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rights {
    /// Whoever sends commands: the PINs decide.
    Holder,
    /// The operator, by remote management: everything but what is never changed.
    Operator,
}

impl Files {
    /// Adds a file; missing octets of its content are FF, excess octets are cut off.
    pub(super) fn add(&mut self, directory: Directory, description: FileDescription, mut content: Vec<u8>) {
        content.resize(usize::from(description.structure.size()), 0xff);
        self.files.insert(FilePlace::new(directory, description.fid), File { description, content });
    }

    /// Makes a file reachable from another directory too.
    pub(super) fn link(&mut self, from: FilePlace, to: FilePlace) {
        self.links.insert(from, to);
    }

    /// The file itself behind a place.
    pub(super) fn resolve(&self, place: FilePlace) -> Option<FilePlace> {
        let place = self.links.get(&place).copied().unwrap_or(place);
        self.files.contains_key(&place).then_some(place)
    }

    /// The first file with this identifier.
    fn locate(&self, fid: u16) -> Result<FilePlace, StatusWord> {
        let places = Directory::SEARCH.iter().map(|directory| FilePlace::new(*directory, fid));
        places.filter_map(|place| self.resolve(place)).next().ok_or(if Directory::of_fid(fid).is_some() {
            StatusWord::NO_EF_SELECTED
        } else {
            StatusWord::FILE_NOT_FOUND
        })
    }

    /// The whole content, without asking for rights; empty when there is no such file.
    pub(super) fn content(&self, fid: u16) -> &[u8] {
        self.locate(fid).ok().and_then(|place| self.files.get(&place)).map_or(&[], |file| &file.content)
    }

    /// Replaces octets without asking for rights; what lies outside the file is left out.
    pub(super) fn overwrite(&mut self, fid: u16, offset: usize, data: &[u8]) {
        if let Ok(place) = self.locate(fid) {
            self.overwrite_at(place, offset, data);
        }
    }

    fn overwrite_at(&mut self, place: FilePlace, offset: usize, data: &[u8]) {
        let Some(file) = self.files.get_mut(&place) else { return };
        for (octet, new) in file.content.iter_mut().skip(offset).zip(data) {
            *octet = *new;
        }
    }

    fn get(&self, place: FilePlace) -> Result<&File, StatusWord> {
        let place = self.resolve(place).ok_or(StatusWord::FILE_NOT_FOUND)?;
        self.files.get(&place).ok_or(StatusWord::FILE_NOT_FOUND)
    }

    fn transparent(&self, place: FilePlace) -> Result<&File, StatusWord> {
        let file = self.get(place)?;
        match file.description.structure {
            Structure::Transparent { .. } => Ok(file),
            Structure::LinearFixed { .. } | Structure::Cyclic { .. } => {
                Err(StatusWord::INCOMPATIBLE_STRUCTURE)
            }
        }
    }

    /// A file of records, with the length of a record.
    fn of_records(&self, place: FilePlace) -> Result<(&File, usize), StatusWord> {
        let file = self.get(place)?;
        let (record_size, _) =
            file.description.structure.records().ok_or(StatusWord::INCOMPATIBLE_STRUCTURE)?;
        Ok((file, usize::from(record_size)))
    }

    #[cfg(test)]
    pub(super) fn all(&self) -> impl Iterator<Item = (FilePlace, FileDescription)> {
        self.files.iter().map(|(place, file)| (*place, file.description))
    }
}

impl SimCard {
    /// What a file is; `None` when the card has no such file.
    #[must_use]
    pub fn file(&self, fid: u16) -> Option<FileDescription> {
        self.file_at(self.files.locate(fid).ok()?)
    }

    /// What a file of a directory is.
    #[must_use]
    pub fn file_at(&self, place: FilePlace) -> Option<FileDescription> {
        self.files.get(place).ok().map(|file| file.description)
    }

    /// Where the first file with this identifier is.
    ///
    /// # Errors
    /// `6A82`, or `6986` for the identifier of a directory.
    pub fn locate(&self, fid: u16) -> Result<FilePlace, StatusWord> {
        self.files.locate(fid)
    }

    /// READ BINARY. A length of 0 asks for all that follows the offset, at most 256 octets.
    ///
    /// # Errors
    /// Status words as of TS 102 221; `6CXX` when fewer octets are there.
    pub fn read_binary(&self, fid: u16, offset: u16, length: u8) -> Result<Vec<u8>, StatusWord> {
        let place = self.files.locate(fid);
        let outcome = place.and_then(|place| self.read_binary_at(place, offset, length, Rights::Holder));
        let command = file_command(0xb0, offset.to_be_bytes(), &[], length);
        self.saw_file_command(fid, &command, yielded(&outcome));
        outcome
    }

    pub(super) fn read_binary_at(
        &self,
        place: FilePlace,
        offset: u16,
        length: u8,
        rights: Rights,
    ) -> Result<Vec<u8>, StatusWord> {
        let file = self.files.transparent(place)?;
        self.require_of(rights, file.description.read)?;
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
        let place = self.files.locate(fid);
        let outcome = place.and_then(|place| self.update_binary_at(place, offset, data, Rights::Holder));
        let command = file_command(0xd6, offset.to_be_bytes(), data, 0);
        self.saw_file_command(fid, &command, outcome.map(|()| &[][..]));
        outcome
    }

    pub(super) fn update_binary_at(
        &mut self,
        place: FilePlace,
        offset: u16,
        data: &[u8],
        rights: Rights,
    ) -> Result<(), StatusWord> {
        let file = self.files.transparent(place)?;
        self.require_of(rights, file.description.update)?;
        let rest = after(&file.content, offset)?;
        if data.is_empty() || data.len() > rest.len() {
            return Err(StatusWord::WRONG_LENGTH);
        }
        let place = self.files.resolve(place).ok_or(StatusWord::FILE_NOT_FOUND)?;
        self.files.overwrite_at(place, usize::from(offset), data);
        Ok(())
    }

    /// READ RECORD in absolute mode; records count from 1.
    ///
    /// # Errors
    /// Status words as of TS 102 221.
    pub fn read_record(&self, fid: u16, record: u8) -> Result<Vec<u8>, StatusWord> {
        let place = self.files.locate(fid);
        let outcome = place.and_then(|place| self.read_record_at(place, record, Rights::Holder));
        let length = outcome.as_ref().map_or(0, |data| u8::try_from(data.len()).unwrap_or(0));
        let command = file_command(0xb2, [record, ABSOLUTE], &[], length);
        self.saw_file_command(fid, &command, yielded(&outcome));
        outcome
    }

    pub(super) fn read_record_at(
        &self,
        place: FilePlace,
        record: u8,
        rights: Rights,
    ) -> Result<Vec<u8>, StatusWord> {
        let (file, record_size) = self.files.of_records(place)?;
        self.require_of(rights, file.description.read)?;
        record_offset(file, record)
            .and_then(|offset| file.content.get(offset..offset + record_size))
            .map(<[u8]>::to_vec)
            .ok_or(StatusWord::RECORD_NOT_FOUND)
    }

    /// UPDATE RECORD in absolute mode; the data must have the length of a record.
    ///
    /// # Errors
    /// Status words as of TS 102 221; nothing is written then.
    pub fn update_record(&mut self, fid: u16, record: u8, data: &[u8]) -> Result<(), StatusWord> {
        let place = self.files.locate(fid);
        let outcome = place.and_then(|place| self.update_record_at(place, record, data, Rights::Holder));
        let command = file_command(0xdc, [record, ABSOLUTE], data, 0);
        self.saw_file_command(fid, &command, outcome.map(|()| &[][..]));
        outcome
    }

    pub(super) fn update_record_at(
        &mut self,
        place: FilePlace,
        record: u8,
        data: &[u8],
        rights: Rights,
    ) -> Result<(), StatusWord> {
        let (file, record_size) = self.files.of_records(place)?;
        self.require_of(rights, file.description.update)?;
        let offset = record_offset(file, record).ok_or(StatusWord::RECORD_NOT_FOUND)?;
        if data.len() != record_size {
            return Err(StatusWord::WRONG_LENGTH);
        }
        let place = self.files.resolve(place).ok_or(StatusWord::FILE_NOT_FOUND)?;
        self.files.overwrite_at(place, offset, data);
        Ok(())
    }

    /// UPDATE RECORD in mode "previous" of a cyclic file: the oldest record becomes the first.
    pub(super) fn push_record_at(
        &mut self,
        place: FilePlace,
        data: &[u8],
        rights: Rights,
    ) -> Result<(), StatusWord> {
        let (file, record_size) = self.files.of_records(place)?;
        self.require_of(rights, file.description.update)?;
        if data.len() != record_size {
            return Err(StatusWord::WRONG_LENGTH);
        }
        self.turn(place, data)
    }

    /// INCREASE: the newest record and a number added to it become the first record.
    pub(super) fn increase_at(
        &mut self,
        place: FilePlace,
        added: &[u8],
        rights: Rights,
    ) -> Result<Vec<u8>, StatusWord> {
        let (file, record_size) = self.files.of_records(place)?;
        if !matches!(file.description.structure, Structure::Cyclic { .. }) {
            return Err(StatusWord::INCOMPATIBLE_STRUCTURE);
        }
        self.require_of(rights, file.description.increase)?;
        if added.is_empty() || added.len() > record_size {
            return Err(StatusWord::WRONG_LENGTH);
        }
        let mut sum = file.content.get(..record_size).unwrap_or_default().to_vec();
        let mut carry = 0;
        for (octet, plus) in sum.iter_mut().rev().zip(added.iter().rev().chain(std::iter::repeat(&0))) {
            let value = u16::from(*octet) + u16::from(*plus) + carry;
            *octet = value as u8;
            carry = value >> 8;
        }
        if carry != 0 {
            return Err(StatusWord::GSM_INCREASE_IMPOSSIBLE);
        }
        self.turn(place, &sum)?;
        sum.extend(added);
        Ok(sum)
    }

    fn turn(&mut self, place: FilePlace, first: &[u8]) -> Result<(), StatusWord> {
        let place = self.files.resolve(place).ok_or(StatusWord::FILE_NOT_FOUND)?;
        let file = self.files.files.get_mut(&place).ok_or(StatusWord::FILE_NOT_FOUND)?;
        let turn = first.len().min(file.content.len());
        file.content.rotate_right(turn);
        self.files.overwrite_at(place, 0, first);
        Ok(())
    }

    /// GET RESPONSE after a SELECT: the template with the file control parameters.
    ///
    /// # Errors
    /// `6A82` when there is no such file.
    pub fn get_response(&self, fid: u16) -> Result<Vec<u8>, StatusWord> {
        match Directory::of_fid(fid) {
            Some(directory) => Ok(self.directory_template(directory)),
            None => self.files.get(self.files.locate(fid)?).map(|file| file.description.fcp()),
        }
    }

    /// The template of a file.
    pub(super) fn template_at(&self, place: FilePlace) -> Result<Vec<u8>, StatusWord> {
        self.files.get(place).map(|file| file.description.fcp())
    }

    pub(super) fn directory_template(&self, directory: Directory) -> Vec<u8> {
        directory_fcp(directory, &USIM_AID, &self.pin_status())
    }

    /// STATUS while the USIM application is selected.
    #[must_use]
    pub fn status(&self) -> Vec<u8> {
        self.directory_template(Directory::Usim)
    }

    /// The file that a short file identifier names, 1 to 30, within a directory.
    #[must_use]
    pub fn file_of_sfi(&self, directory: Directory, sfi: u8) -> Option<FilePlace> {
        let files = self.files.files.iter().map(|(place, file)| (*place, file.description));
        let mut inside = files.filter(|(place, _)| place.directory == directory);
        inside.find(|(_, description)| description.sfi == Some(sfi)).map(|(place, _)| place)
    }

    /// How many records a file has; 0 for any other file.
    pub(super) fn records(&self, fid: u16) -> u8 {
        let structure = self.file(fid).map(|description| description.structure);
        structure.and_then(Structure::records).map_or(0, |(_, records)| records)
    }

    /// The PIN status template of TS 102 221 clause 9.5.2: PIN1 (01), PIN2 (81), ADM1 (0A), enabled or not.
    fn pin_status(&self) -> Vec<u8> {
        let enabled = |which, bit| if self.pins.get(which).enabled { bit } else { 0 };
        let bits = enabled(PinRef::Pin1, 0x80) | enabled(PinRef::Pin2, 0x40) | 0x20;
        vec![0x90, 0x01, bits, 0x83, 0x01, 0x01, 0x83, 0x01, 0x81, 0x83, 0x01, 0x0a]
    }

    fn require_of(&self, rights: Rights, condition: AccessCondition) -> Result<(), StatusWord> {
        match (rights, condition) {
            (Rights::Operator, AccessCondition::Never) => Err(StatusWord::SECURITY_STATUS_NOT_SATISFIED),
            (Rights::Operator, _) => Ok(()),
            (Rights::Holder, condition) => self.require(condition),
        }
    }
}

/// A command to a file, on the channel of whoever sends it.
const fn file_command<'a>(instruction: u8, [p1, p2]: [u8; 2], data: &'a [u8], expected: u8) -> Command<'a> {
    Command { class: 0, instruction, p1, p2, data, expected }
}

fn yielded(outcome: &Result<Vec<u8>, StatusWord>) -> Yield<'_> {
    outcome.as_deref().map_err(|status| *status)
}

fn record_offset(file: &File, record: u8) -> Option<usize> {
    let (record_size, records) = file.description.structure.records()?;
    (1..=records).contains(&record).then(|| (usize::from(record) - 1) * usize::from(record_size))
}

/// The octets from an offset on; the offset of the end is outside.
fn after(content: &[u8], offset: u16) -> Result<&[u8], StatusWord> {
    content.get(usize::from(offset)..).filter(|rest| !rest.is_empty()).ok_or(StatusWord::WRONG_P1_P2)
}

#[cfg(test)]
mod tests;
