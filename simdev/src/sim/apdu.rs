//! Commands as octets: what `AT+CSIM`, `AT+CGLA` and `AT+CRSM` pass to the card.
//!
//! Spec: ETSI TS 102 221 clauses 8.7 (logical channels), 10.1, 10.2 and 11.1; TS 51.011 clause 9 for the class A0. An answer
//! to a command that carries data waits for GET RESPONSE (`61XX`, `9FXX` in 2G), as on a card that speaks T=0. The basic
//! channel has the USIM selected after a reset, as a modem leaves it; other channels begin at the master file. Not here:
//! secure messaging, channels above 4, creation and deactivation of files.

mod access;
mod gsm;
mod records;
mod restricted;
mod security;
mod select;
#[cfg(test)]
mod tests;
mod toolkit;

pub use gsm::GsmSession;
pub use restricted::RestrictedAccess;

use super::directory::{Directory, FilePlace};
use super::files::Rights;
use super::{SimCard, StatusWord};

/// The basic channel, three for the host, and one that the modem opens for itself.
const CHANNELS: usize = 5;
/// How many of them the card gives out when it is not told which one to open.
const GIVEN_OUT: usize = 4;

/// What is selected on a channel, and what waits for GET RESPONSE.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    directory: Directory,
    /// Whether the USIM is the application of this channel, so that 7FFF is its name.
    usim: bool,
    file: Option<FilePlace>,
    /// The record pointer.
    record: Option<u8>,
    response: Vec<u8>,
    rights: Rights,
}

impl Channel {
    fn at_master() -> Self {
        Self { usim: false, ..Self::at(Directory::Master, None) }
    }

    /// A channel on which the USIM is known and this is selected.
    pub(super) const fn at(directory: Directory, file: Option<FilePlace>) -> Self {
        Self { directory, usim: true, file, record: None, response: Vec::new(), rights: Rights::Holder }
    }

    /// A channel of remote management.
    pub(super) fn of_operator(directory: Directory) -> Self {
        Self { rights: Rights::Operator, ..Self::at(directory, None) }
    }
}

/// The logical channels.
#[derive(Clone, Debug)]
pub(super) struct Channels([Option<Channel>; CHANNELS]);

impl Default for Channels {
    fn default() -> Self {
        Self([Some(Channel::at(Directory::Usim, None)), None, None, None, None])
    }
}

/// A command taken apart.
pub(super) struct Command<'a> {
    pub(super) class: u8,
    pub(super) instruction: u8,
    pub(super) p1: u8,
    pub(super) p2: u8,
    pub(super) data: &'a [u8],
    /// Octets that are expected back; 0 for all.
    pub(super) expected: u8,
}

impl<'a> Command<'a> {
    /// Cases 1 to 4 of ISO 7816-3, short lengths.
    pub(super) fn parse(octets: &'a [u8]) -> Result<Self, StatusWord> {
        let [class, instruction, p1, p2, body @ ..] = octets else { return Err(StatusWord::WRONG_LENGTH) };
        let (data, expected) = match body {
            [] => (&[][..], 0),
            [expected] => (&[][..], *expected),
            [length, rest @ ..] => match rest.split_at_checked(usize::from(*length)) {
                Some((data, [])) => (data, 0),
                Some((data, [expected])) => (data, *expected),
                Some(_) | None => return Err(StatusWord::WRONG_LENGTH),
            },
        };
        Ok(Self { class: *class, instruction: *instruction, p1: *p1, p2: *p2, data, expected })
    }
}

/// What a command yields.
pub(super) enum Answer {
    /// Nothing but the status word.
    Done(StatusWord),
    /// Data that goes out with the status word.
    Data(Vec<u8>),
    /// Data that waits for GET RESPONSE, because the command itself carried data.
    Waiting(Vec<u8>),
}

type Outcome = Result<Answer, StatusWord>;

const OK: Outcome = Ok(Answer::Done(StatusWord::OK));

impl SimCard {
    /// One command and its answer: response data, then the two octets of the status word.
    pub fn apdu(&mut self, command: &[u8]) -> Vec<u8> {
        let answer = self.unseen(|card| Command::parse(command).and_then(|command| card.route(&command)));
        let (mut octets, status) = answer.unwrap_or_else(|status| (Vec::new(), status));
        octets.extend(status.0.to_be_bytes());
        self.saw(command, &octets);
        octets
    }

    fn route(&mut self, command: &Command<'_>) -> Result<(Vec<u8>, StatusWord), StatusWord> {
        if command.class == 0xa0 {
            return self.gsm_command(command);
        }
        let number = channel_of(command)?;
        if command.instruction == 0x70 {
            return self.manage_channel(command).map(|data| (data, StatusWord::OK));
        }
        let open = self.channels.0.get_mut(usize::from(number)).and_then(Option::take);
        let mut channel = open.ok_or(StatusWord::LOGICAL_CHANNEL_NOT_SUPPORTED)?;
        let outcome = self.on_channel(&mut channel, command);
        if let Some(place) = self.channels.0.get_mut(usize::from(number)) {
            *place = Some(channel);
        }
        outcome
    }

    fn on_channel(
        &mut self,
        channel: &mut Channel,
        command: &Command<'_>,
    ) -> Result<(Vec<u8>, StatusWord), StatusWord> {
        if command.instruction == 0xc0 {
            return get_response(&mut channel.response, command.expected).map(|(data, rest)| match rest {
                0 => (data, self.normal_ending()),
                rest => (data, StatusWord::response_available(rest)),
            });
        }
        channel.response.clear();
        match self.execute(channel, command)? {
            Answer::Done(StatusWord::OK) => Ok((Vec::new(), self.normal_ending())),
            Answer::Done(status) => Ok((Vec::new(), status)),
            Answer::Data(data) => Ok((data, self.normal_ending())),
            Answer::Waiting(data) if data.is_empty() => Ok((Vec::new(), self.normal_ending())),
            Answer::Waiting(data) => {
                let status = StatusWord::response_available(u8::try_from(data.len()).unwrap_or(0));
                channel.response = data;
                Ok((Vec::new(), status))
            }
        }
    }

    /// A command on a channel, GET RESPONSE and MANAGE CHANNEL aside.
    pub(super) fn execute(&mut self, channel: &mut Channel, command: &Command<'_>) -> Outcome {
        match command.instruction {
            0xa4 => self.select(channel, command),
            0xf2 => self.status_command(channel, command),
            0xb0 => self.read_binary_command(channel, command),
            0xd6 => self.update_binary_command(channel, command),
            0xb2 => self.read_record_command(channel, command),
            0xdc => self.update_record_command(channel, command),
            0xa2 => self.search_record(channel, command),
            0x32 => self.increase_command(channel, command),
            // No file of the card holds BER-TLV objects.
            0xcb | 0xdb => Err(match channel.file {
                Some(_) => StatusWord::INCOMPATIBLE_STRUCTURE,
                None => StatusWord::NO_EF_SELECTED,
            }),
            0x20 | 0x24 | 0x26 | 0x28 | 0x2c => self.pin_command(command).map(Answer::Done),
            0x88 => self.authenticate_command(command),
            0x10 => self.terminal_profile_command(command),
            0xc2 => self.envelope_command(command),
            0x12 => self.fetch_command(command),
            0x14 => self.terminal_response_command(command),
            _ => Err(StatusWord::UNKNOWN_INSTRUCTION),
        }
    }

    /// 9000, or 91XX while a command to the terminal waits.
    pub(super) fn normal_ending(&self) -> StatusWord {
        match self.pending_proactive() {
            Some(command) => StatusWord::proactive_pending(u8::try_from(command.len()).unwrap_or(0)),
            None => StatusWord::OK,
        }
    }

    /// MANAGE CHANNEL (11.1.17): P1 00 opens, 80 closes.
    fn manage_channel(&mut self, command: &Command<'_>) -> Result<Vec<u8>, StatusWord> {
        match (command.p1, command.p2) {
            (0x00, 0) => self.open_channel().map(|number| vec![number]),
            (0x00, number @ 1..=4) => match self.channels.0.get_mut(usize::from(number)) {
                Some(place @ None) => {
                    *place = Some(Channel::at_master());
                    Ok(Vec::new())
                }
                Some(Some(_)) | None => Err(StatusWord::NO_CHANNEL_AVAILABLE),
            },
            (0x80, number @ 1..=4) => self.close_channel(number).map(|()| Vec::new()),
            _ => Err(StatusWord::INCORRECT_P1_P2),
        }
    }

    /// Opens the next free channel.
    ///
    /// # Errors
    /// `6A81` when all are taken.
    pub fn open_channel(&mut self) -> Result<u8, StatusWord> {
        let mut places = self.channels.0.iter_mut().zip(0..).take(GIVEN_OUT);
        let opened = places.find(|(channel, _)| channel.is_none()).map(|(place, number)| {
            *place = Some(Channel::at_master());
            number
        });
        let number = opened.ok_or(StatusWord::FUNCTION_NOT_SUPPORTED);
        self.saw_manage_channel(0, 0, 1, number.as_ref().map(std::slice::from_ref).map_err(|status| *status));
        number
    }

    /// Whether a channel besides the basic one is open.
    #[must_use]
    pub fn has_channel(&self, number: u8) -> bool {
        number != 0 && self.channels.0.get(usize::from(number)).is_some_and(Option::is_some)
    }

    /// Closes a channel.
    ///
    /// # Errors
    /// `6881` when it is not open, or is the basic one.
    pub fn close_channel(&mut self, number: u8) -> Result<(), StatusWord> {
        let open =
            self.channels.0.get_mut(usize::from(number)).filter(|_| number != 0).and_then(Option::take);
        let closed = open.map(drop).ok_or(StatusWord::LOGICAL_CHANNEL_NOT_SUPPORTED);
        self.saw_manage_channel(0x80, number, 0, closed.map(|()| &[][..]));
        closed
    }
}

/// The channel of a class byte that fits the instruction (table 10.2): most commands are of class 0X, some of class 8X.
fn channel_of(command: &Command<'_>) -> Result<u8, StatusWord> {
    let proprietary = matches!(command.instruction, 0xf2 | 0x32 | 0x10 | 0xc2 | 0x12 | 0x14 | 0xcb | 0xdb);
    match (command.class >> 4, proprietary) {
        (0x0, false) | (0x8, true) if command.class & 0x0c == 0 => Ok(command.class & 3),
        (0x4, false) | (0xc, true) if command.class & 0x0f == 0 => Ok(4),
        (0x0, false) | (0x8, true) => Err(StatusWord::SECURE_MESSAGING_NOT_SUPPORTED),
        (0x4..=0x7, false) | (0xc..=0xf, true) => Err(StatusWord::LOGICAL_CHANNEL_NOT_SUPPORTED),
        _ => Err(StatusWord::UNKNOWN_CLASS),
    }
}

/// Takes what was asked for, and says how much is left.
fn get_response(response: &mut Vec<u8>, expected: u8) -> Result<(Vec<u8>, u8), StatusWord> {
    if response.is_empty() {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    let wanted = if expected == 0 { response.len() } else { usize::from(expected) };
    if wanted > response.len() {
        return Err(StatusWord::wrong_expected_length(u8::try_from(response.len()).unwrap_or(0)));
    }
    let rest = response.split_off(wanted);
    let data = std::mem::replace(response, rest);
    Ok((data, u8::try_from(response.len()).unwrap_or(0)))
}
