//! What is on the card (TS 27.007 8.18 `+CRSM`, 5.6 `+CIMI`, 7.1 `+CNUM`).

use super::super::Modem;
use super::super::outcome::{Flow, Outcome, Refusal};
use super::{Entry, Test, action, open};
use crate::sim::{SimCard, StatusWord, Structure};
use wire::at::command::Form;
use wire::at::error::CmeError;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    open("+CIMI", Test::Bare, Modem::subscriber_identity),
    open("+CNUM", Test::Bare, Modem::own_number),
    open("+CRSM", Test::Bare, Modem::restricted_sim_access),
];

/// Status words of a command that the card does not get to see in full (TS 102 221 10.2.1).
const WRONG_P1_P2: StatusWord = StatusWord(0x6a86);
const UNKNOWN_INSTRUCTION: StatusWord = StatusWord(0x6d00);
const WRONG_LENGTH: StatusWord = StatusWord(0x6700);
/// Record number in P1, as `+CRSM` needs it.
const ABSOLUTE_MODE: u8 = 4;

/// The parameters of `+CRSM`.
struct Access {
    command: u32,
    file: u16,
    p1: u8,
    p2: u8,
    p3: u8,
    data: Vec<u8>,
}

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
        let file = u16::try_from(list.number(1)?.unwrap_or(0)).map_err(|_| Refusal::Parameter)?;
        let access = Access {
            command: list.required_number(0)?,
            file,
            p1: octet(2)?,
            p2: octet(3)?,
            p3: octet(4)?,
            data: list.octets(5)?.unwrap_or_default(),
        };
        let answer = carry_out(self.card_or_error()?, &access);
        let text = match answer {
            Ok(data) if data.is_empty() => "+CRSM: 144,0".to_owned(),
            Ok(data) => format!("+CRSM: 144,0,\"{}\"", hex::encode_upper(data)),
            Err(status) => format!("+CRSM: {},{}", status.sw1(), status.sw2()),
        };
        self.information(&text);
        Ok(Flow::Done)
    }
}

fn carry_out(card: &mut SimCard, access: &Access) -> Result<Vec<u8>, StatusWord> {
    let offset = u16::from(access.p1) << 8 | u16::from(access.p2);
    match access.command {
        176 => card.read_binary(access.file, offset, access.p3),
        178 => {
            let record = card.read_record(access.file, absolute(access)?)?;
            check_record_length(card, access)?;
            Ok(record)
        }
        192 => card.get_response(access.file),
        214 => {
            check_data_length(access)?;
            card.update_binary(access.file, offset, &access.data).map(|()| Vec::new())
        }
        220 => {
            check_data_length(access)?;
            card.update_record(access.file, absolute(access)?, &access.data).map(|()| Vec::new())
        }
        242 => Ok(card.status()),
        _ => Err(UNKNOWN_INSTRUCTION),
    }
}

fn absolute(access: &Access) -> Result<u8, StatusWord> {
    if access.p2 == ABSOLUTE_MODE { Ok(access.p1) } else { Err(WRONG_P1_P2) }
}

fn check_data_length(access: &Access) -> Result<(), StatusWord> {
    if access.data.len() == usize::from(access.p3) { Ok(()) } else { Err(WRONG_LENGTH) }
}

/// A record is read whole: 6CXX says how long it is.
fn check_record_length(card: &SimCard, access: &Access) -> Result<(), StatusWord> {
    match card.file(access.file).map(|file| file.structure) {
        Some(Structure::LinearFixed { record_size, .. })
            if access.p3 != 0 && usize::from(access.p3) != usize::from(record_size) =>
        {
            Err(StatusWord(0x6c00 | (record_size as u16 & 0xff)))
        }
        _ => Ok(()),
    }
}
