//! What crosses the contacts of the card: each command with its answer, for whoever wants to see them.
//!
//! Spec: ETSI TS 102 221 clauses 10.1, 10.2 and 11.1. The modem calls methods of the card; what it does for itself is written
//! down as the commands that have this effect. They go over a channel of its own, so that what the host has selected
//! with `+CSIM` stays as it is. What the modem remembers from an earlier answer is not asked again.

use super::apdu::{Command, RestrictedAccess};
use super::directory::{Directory, FilePlace};
use super::files::USIM_AID;
use super::{PinRef, SimCard, StatusWord};
use std::cell::{Cell, RefCell};
use wire::milenage::{Autn, Rand};

/// The channel of the modem, in the class byte of the specification of cards and in that of ISO 7816-4.
const CHANNEL: u8 = 4;
const CLASS: u8 = 0x40;
const PROPRIETARY: u8 = 0xc0;
/// The class of toolkit commands, which belong to the basic channel.
const TOOLKIT: u8 = 0x80;

const GET_RESPONSE: u8 = 0xc0;
/// P1 of SELECT.
const BY_IDENTIFIER: u8 = 0x00;
const BY_NAME: u8 = 0x04;
const BY_PATH: u8 = 0x08;

/// A command and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// From the class byte on.
    pub command: Vec<u8>,
    /// Data and status word.
    pub answer: Vec<u8>,
    /// Whether the card was reset since the exchange before.
    pub after_reset: bool,
}

impl Exchange {
    /// Whether the command has a form: the lengths agree, and an envelope or response of the terminal has its objects.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let status = self.answer.last_chunk::<2>().map(|status| StatusWord(u16::from_be_bytes(*status)));
        let toolkit = matches!(self.command.get(1), Some(0xc2 | 0x14));
        let refused = match status {
            Some(StatusWord::WRONG_LENGTH) => true,
            Some(StatusWord::INCORRECT_DATA | StatusWord::FUNCTION_NOT_SUPPORTED) => toolkit,
            Some(_) | None => false,
        };
        !refused && Command::parse(&self.command).is_ok()
    }

    /// Whether the command is AUTHENTICATE, in 2G RUN GSM ALGORITHM.
    #[must_use]
    pub fn is_challenge(&self) -> bool {
        self.command.get(1) == Some(&0x88)
    }

    /// Whether the command is the GET RESPONSE that the answer of the exchange before asks for.
    #[must_use]
    pub fn fetches_answer_of(&self, before: &Self) -> bool {
        match (&self.command[..], &before.command[..], &before.answer[..]) {
            ([class, GET_RESPONSE, 0, 0, size], [channel, ..], [0x61 | 0x9f, waiting]) => {
                class == channel && size == waiting
            }
            _ => false,
        }
    }

    /// The command with what GET RESPONSE has fetched, as where the transport needs no such command.
    #[must_use]
    pub fn with_answer_of(&self, fetched: &Self) -> Self {
        Self { answer: fetched.answer.clone(), ..self.clone() }
    }
}

/// Where exchanges are written down while somebody watches.
#[derive(Clone, Debug, Default)]
pub(super) struct Contacts {
    watched: Cell<bool>,
    record: RefCell<Record>,
}

#[derive(Clone, Debug, Default)]
struct Record {
    exchanges: Vec<Exchange>,
    reset: bool,
    /// The channel of the modem is open, with the USIM on it.
    open: bool,
    selected: Option<FilePlace>,
}

impl Contacts {
    /// The card forgets its channels.
    pub(super) fn reset(&mut self) {
        let record = self.record.get_mut();
        (record.open, record.selected, record.reset) = (false, None, true);
    }

    fn push(&self, command: Vec<u8>, data: &[u8], status: StatusWord) {
        let mut record = self.record.borrow_mut();
        let after_reset = std::mem::take(&mut record.reset);
        let answer = [data, &status.0.to_be_bytes()].concat();
        record.exchanges.push(Exchange { command, answer, after_reset });
    }
}

/// What a command yielded.
pub(super) type Yield<'a> = Result<&'a [u8], StatusWord>;

impl SimCard {
    /// Writes down what crosses the contacts from now on, or no longer; what was written down before is forgotten.
    pub fn watch(&mut self, watched: bool) {
        *self.contacts.record.get_mut() = Record::default();
        self.contacts.watched.set(watched);
    }

    /// What has crossed the contacts since the last call, in order.
    pub fn take_exchanges(&mut self) -> Vec<Exchange> {
        std::mem::take(&mut self.contacts.record.get_mut().exchanges)
    }

    /// Whether anybody wants to see what crosses the contacts.
    pub(super) const fn is_watched(&self) -> bool {
        self.contacts.watched.get()
    }

    /// What the card does within itself crosses no contacts.
    pub(super) fn unseen<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let watched = self.contacts.watched.replace(false);
        let result = work(self);
        self.contacts.watched.set(watched);
        result
    }

    /// A command of the host and its answer, as they are.
    pub(super) fn saw(&self, command: &[u8], answer: &[u8]) {
        if let (true, Some((data, status))) = (self.contacts.watched.get(), answer.split_last_chunk::<2>()) {
            self.contacts.push(command.to_vec(), data, StatusWord(u16::from_be_bytes(*status)));
        }
    }

    /// The modem read or wrote a file that it named by its identifier.
    pub(super) fn saw_file_command(&self, fid: u16, command: &Command<'_>, outcome: Yield<'_>) {
        if !self.contacts.watched.get() {
            return;
        }
        self.saw_channel();
        let place = self.named_place(fid);
        let selected = self.contacts.record.borrow().selected;
        if selected != Some(place) && !self.saw_selection(place) {
            return;
        }
        self.saw_command(CLASS, command, outcome);
    }

    /// The modem asked for a PIN command; a code that no command can carry never reaches the card.
    pub(super) fn saw_pin_command(
        &self,
        which: PinRef,
        instruction: u8,
        codes: &[[u8; 8]],
        status: StatusWord,
    ) {
        if !self.contacts.watched.get() {
            return;
        }
        self.saw_channel();
        let p2 = match which {
            PinRef::Pin1 => 0x01,
            PinRef::Pin2 => 0x81,
        };
        let (data, outcome) = (codes.concat(), if status.is_ok() { Ok(&[][..]) } else { Err(status) });
        let command = Command { class: CLASS, instruction, p1: 0, p2, data: &data, expected: 0 };
        self.saw_command(CLASS, &command, outcome);
    }

    /// The modem passed a challenge on; without `autn` in the GSM context.
    pub(super) fn saw_challenge(&self, rand: &Rand, autn: Option<&Autn>, outcome: Yield<'_>) {
        if !self.contacts.watched.get() {
            return;
        }
        self.saw_channel();
        let mut data = vec![16];
        data.extend(rand);
        if let Some(autn) = autn {
            data.push(16);
            data.extend(autn);
        }
        let p2 = if autn.is_some() { 0x81 } else { 0x80 };
        let command = Command { class: CLASS, instruction: 0x88, p1: 0, p2, data: &data, expected: 0 };
        self.saw_command(CLASS, &command, outcome);
    }

    /// A command of the toolkit.
    pub(super) fn saw_toolkit_command(
        &self,
        instruction: u8,
        data: &[u8],
        expected: usize,
        outcome: Yield<'_>,
    ) {
        if !self.contacts.watched.get() {
            return;
        }
        let expected = u8::try_from(expected).unwrap_or(0);
        let command = Command { class: TOOLKIT, instruction, p1: 0, p2: 0, data, expected };
        self.saw_command(TOOLKIT, &command, outcome);
    }

    /// MANAGE CHANNEL for the host.
    pub(super) fn saw_manage_channel(&self, p1: u8, p2: u8, expected: u8, outcome: Yield<'_>) {
        if self.contacts.watched.get() {
            let command = Command { class: 0, instruction: 0x70, p1, p2, data: &[], expected };
            self.saw_command(0, &command, outcome);
        }
    }

    /// `+CRSM`: the modem selects by path, and passes the command on; what is to be written has the length that P3 says.
    pub(super) fn saw_restricted_access(
        &self,
        access: &RestrictedAccess,
        instruction: u8,
        data: &[u8],
        outcome: Yield<'_>,
    ) {
        let writes = matches!(instruction, 0xd6 | 0xdb | 0xdc);
        if !self.contacts.watched.get() || writes && data.len() != usize::from(access.p3) {
            return;
        }
        self.saw_channel();
        self.contacts.record.borrow_mut().selected = None;
        let (p1, name, found) = self.selection_for(access);
        if instruction == GET_RESPONSE {
            match outcome {
                Ok(template) => self.saw_template(p1, &name, template),
                Err(status) => self.saw_select(p1, &name, status),
            }
        } else {
            let status = if found { self.normal_ending() } else { StatusWord::FILE_NOT_FOUND };
            self.saw_select(p1, &name, status);
            if found {
                let class = if matches!(instruction, 0xf2 | 0xcb | 0xdb) { PROPRIETARY } else { CLASS };
                let (p1, p2, expected) = (access.p1, access.p2, access.p3);
                self.saw_command(class, &Command { class, instruction, p1, p2, data, expected }, outcome);
            }
        }
    }

    /// How the modem selects what `+CRSM` names, and whether it is there.
    fn selection_for(&self, access: &RestrictedAccess) -> (u8, Vec<u8>, bool) {
        let directory = match access.path.as_deref() {
            None => None,
            Some(path) => match Directory::of_path(path) {
                Some(directory) => Some(directory),
                None => return lost_path(path, access.file),
            },
        };
        let named = match access.file {
            None => Some(directory.unwrap_or(Directory::Usim)),
            Some(fid) => Directory::of_fid(fid),
        };
        if let Some(named) = named {
            let (p1, name) = directory_name(named);
            return (p1, name, true);
        }
        let fid = access.file.unwrap_or_default();
        let place =
            directory.map_or_else(|| self.named_place(fid), |directory| FilePlace::new(directory, fid));
        (BY_PATH, path_of(place), self.file_at(place).is_some())
    }

    /// The modem opens its channel, and the USIM on it, when it first needs them.
    fn saw_channel(&self) {
        if !std::mem::replace(&mut self.contacts.record.borrow_mut().open, true) {
            let command = Command { class: 0, instruction: 0x70, p1: 0, p2: CHANNEL, data: &[], expected: 0 };
            self.saw_command(0, &command, Ok(&[]));
            self.saw_select(BY_NAME, &USIM_AID, self.normal_ending());
        }
    }

    /// Whether the file is there to be selected.
    fn saw_selection(&self, place: FilePlace) -> bool {
        let found = self.file_at(place).is_some();
        let status = if found { self.normal_ending() } else { StatusWord::FILE_NOT_FOUND };
        self.saw_select(BY_PATH, &path_of(place), status);
        if found {
            self.contacts.record.borrow_mut().selected = Some(place);
        }
        found
    }

    /// SELECT without the template, which the modem knows from the specification.
    fn saw_select(&self, p1: u8, name: &[u8], status: StatusWord) {
        self.contacts.push(select(p1, 0x0c, name), &[], status);
    }

    /// SELECT with the template, which GET RESPONSE fetches.
    fn saw_template(&self, p1: u8, name: &[u8], template: &[u8]) {
        let size = u8::try_from(template.len()).unwrap_or(0);
        self.contacts.push(select(p1, 0x04, name), &[], StatusWord::response_available(size));
        self.contacts.push(vec![CLASS, GET_RESPONSE, 0, 0, size], template, self.normal_ending());
    }

    /// A command, and GET RESPONSE where it carried data and yields some.
    fn saw_command(&self, class: u8, command: &Command<'_>, outcome: Yield<'_>) {
        let Ok(length) = u8::try_from(command.data.len()) else { return };
        let mut octets = vec![class, command.instruction, command.p1, command.p2];
        octets.push(if length == 0 { command.expected } else { length });
        octets.extend(command.data);
        match outcome {
            Err(status) => self.contacts.push(octets, &[], status),
            Ok(data) if length == 0 || data.is_empty() => {
                self.contacts.push(octets, data, self.normal_ending());
            }
            Ok(data) => {
                let size = u8::try_from(data.len()).unwrap_or(0);
                self.contacts.push(octets, &[], StatusWord::response_available(size));
                self.contacts.push(vec![class & 0x4f, GET_RESPONSE, 0, 0, size], data, self.normal_ending());
            }
        }
    }

    /// The path by which the modem knows a file: the first that leads to it, or where the USIM would have it.
    fn named_place(&self, fid: u16) -> FilePlace {
        let mut places = Directory::SEARCH.iter().map(|directory| FilePlace::new(*directory, fid));
        places.find(|place| self.file_at(*place).is_some()).unwrap_or(FilePlace::new(Directory::Usim, fid))
    }
}

fn select(p1: u8, p2: u8, name: &[u8]) -> Vec<u8> {
    [&[CLASS, 0xa4, p1, p2, u8::try_from(name.len()).unwrap_or(0)], name].concat()
}

/// The path of a file from the master file, which is left out.
fn path_of(place: FilePlace) -> Vec<u8> {
    let directory = match place.directory {
        Directory::Master => Vec::new(),
        other @ (Directory::Telecom | Directory::Gsm | Directory::Usim) => other.fid().to_be_bytes().to_vec(),
    };
    [directory, place.fid.to_be_bytes().to_vec()].concat()
}

/// P1 and data of the SELECT of a directory.
fn directory_name(directory: Directory) -> (u8, Vec<u8>) {
    match directory {
        Directory::Usim => (BY_NAME, USIM_AID.to_vec()),
        Directory::Master => (BY_IDENTIFIER, vec![0x3f, 0x00]),
        Directory::Telecom | Directory::Gsm => (BY_PATH, directory.fid().to_be_bytes().to_vec()),
    }
}

/// A path that leads to no directory.
fn lost_path(path: &[u8], file: Option<u16>) -> (u8, Vec<u8>, bool) {
    let inside = path.strip_prefix(&[0x3f, 0x00]).unwrap_or(path);
    let file = file.map(u16::to_be_bytes).unwrap_or_default();
    (BY_PATH, [inside, &file].concat(), false)
}

#[cfg(test)]
mod tests;
