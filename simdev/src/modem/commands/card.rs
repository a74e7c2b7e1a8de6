//! What is on the card (TS 27.007 8.17 `+CSIM`, 8.18 `+CRSM`, 8.45 to 8.47 logical channels, 5.6 `+CIMI`,
//! 7.1 `+CNUM`).

use super::super::Modem;
use super::super::outcome::{Flow, Outcome, Refusal};
use super::{Entry, Test, action, free, open};
use crate::sim::apdu::RestrictedAccess;
use crate::sim::{PinRef, PinState};
use wire::at::command::{Form, Parameters};
use wire::at::error::CmeError;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    open("+CIMI", Test::Bare, Modem::subscriber_identity),
    open("+CNUM", Test::Bare, Modem::own_number),
    free("+CRSM", Test::Bare, Modem::restricted_sim_access),
    free("+CSIM", Test::Bare, Modem::generic_sim_access),
    free("+CCHO", Test::Bare, Modem::open_logical_channel),
    free("+CGLA", Test::Bare, Modem::generic_channel_access),
    free("+CCHC", Test::Bare, Modem::close_logical_channel),
];

impl Modem {
    pub(super) fn subscriber_identity(&mut self, _now: Instant, form: &Form) -> Outcome {
        action(form)?;
        let imsi = self.card_or_error()?.imsi().map_err(|_| CmeError::SIM_FAILURE)?;
        self.information(imsi.as_str());
        Ok(Flow::Done)
    }

    pub(super) fn own_number(&mut self, _now: Instant, form: &Form) -> Outcome {
        action(form)?;
        let number = self.card_or_error()?.own_number().map_err(|_| CmeError::SIM_FAILURE)?;
        if let Some(number) = number {
            self.information(&format!("+CNUM: \"\",\"{number}\",{}", number.type_of_address()));
        }
        Ok(Flow::Done)
    }

    pub(super) fn restricted_sim_access(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let octet = |index: usize| -> Result<u8, Refusal> {
            u8::try_from(list.number(index)?.unwrap_or(0)).map_err(|_| Refusal::Parameter)
        };
        let file = list.number(1)?.map(u16::try_from).transpose().map_err(|_| Refusal::Parameter)?;
        let access = RestrictedAccess {
            command: list.required_number(0)?,
            file,
            p1: octet(2)?,
            p2: octet(3)?,
            p3: octet(4)?,
            data: list.octets(5)?.unwrap_or_default(),
            path: list.octets(6)?,
        };
        let answer = self.card_or_error()?.restricted_access(&access);
        let (data, status) = answer.unwrap_or_else(|status| (Vec::new(), status));
        let mut text = format!("+CRSM: {},{}", status.sw1(), status.sw2());
        if !data.is_empty() {
            text += &format!(",\"{}\"", hex::encode_upper(data));
        }
        self.information(&text);
        Ok(Flow::Done)
    }

    /// What the card answers is given as it is; only a card that is not there is an error.
    pub(super) fn generic_sim_access(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let command = command_octets(list, 0)?;
        let card = self.card_or_error()?;
        let before = card.pin_state(PinRef::Pin1);
        let answer = hex::encode_upper(card.apdu(&command));
        if before != PinState::Verified && card.pin_state(PinRef::Pin1) == PinState::Verified {
            self.mobile.card_unlocked(now);
            self.local.card_report_due = true;
        }
        self.information(&format!("+CSIM: {},\"{answer}\"", answer.len()));
        Ok(Flow::Done)
    }

    /// Opens a channel and selects an application on it.
    pub(super) fn open_logical_channel(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let name = list.octets(0)?.filter(|name| name.len() <= 16).ok_or(Refusal::Parameter)?;
        let card = self.card_or_error()?;
        let channel = card.open_channel().map_err(|_| CmeError::MEMORY_FULL)?;
        let mut select = vec![channel, 0xa4, 0x04, 0x0c, name.len() as u8];
        select.extend(name);
        if card.apdu(&select) != [0x90, 0x00] {
            let _ = card.close_channel(channel);
            return Err(CmeError::NOT_FOUND.into());
        }
        self.information(&channel.to_string());
        Ok(Flow::Done)
    }

    /// The channel replaces the one that the class byte names.
    pub(super) fn generic_channel_access(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let channel = channel_number(list)?;
        let mut command = command_octets(list, 1)?;
        let card = self.card_or_error()?;
        if !card.has_channel(channel) {
            return Err(Refusal::Parameter);
        }
        if let Some(class) = command.first_mut() {
            *class = *class & 0xfc | channel;
        }
        let answer = hex::encode_upper(card.apdu(&command));
        self.information(&format!("+CGLA: {},\"{answer}\"", answer.len()));
        Ok(Flow::Done)
    }

    pub(super) fn close_logical_channel(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let channel = channel_number(list)?;
        self.card_or_error()?.close_channel(channel).map_err(|_| Refusal::Parameter)?;
        Ok(Flow::Done)
    }
}

fn channel_number(list: &Parameters) -> Result<u8, Refusal> {
    let number = list.required_number(0)?;
    u8::try_from(number).ok().filter(|number| (1..=3).contains(number)).ok_or(Refusal::Parameter)
}

/// A number of hexadecimal digits, and as many of them.
fn command_octets(list: &Parameters, index: usize) -> Result<Vec<u8>, Refusal> {
    let length = list.required_number(index)?;
    let octets = list.octets(index + 1)?.ok_or(Refusal::Parameter)?;
    let fits = usize::try_from(length).is_ok_and(|length| length == octets.len() * 2);
    if fits && octets.len() <= 261 { Ok(octets) } else { Err(Refusal::Parameter) }
}
