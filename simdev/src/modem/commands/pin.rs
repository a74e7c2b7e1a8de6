//! PINs and locks (TS 27.007 7.4, 7.5, 8.3, 8.65). No PIN or PUK is ever shown or kept.

use super::super::Modem;
use super::super::outcome::{Flow, Outcome, Refusal};
use super::{Entry, Service, Test, free, open};
use crate::sim::{PinRef, PinState, SimCard, StatusWord};
use wire::at::command::Form;
use wire::at::error::CmeError;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    free("+CPIN", Test::Bare, Modem::pin),
    free("+CPINR", Test::Text("(\"SIM PIN\",\"SIM PUK\",\"SIM PIN2\",\"SIM PUK2\")"), Modem::pin_retries),
    open(
        "+CLCK",
        Test::Text("(\"SC\",\"FD\",\"AO\",\"OI\",\"OX\",\"AI\",\"IR\",\"AB\",\"AG\",\"AC\")"),
        Modem::facility_lock,
    ),
    open(
        "+CPWD",
        Test::Text(
            "(\"SC\",8),(\"P2\",8),(\"AO\",4),(\"OI\",4),(\"OX\",4),(\"AI\",4),(\"IR\",4),(\"AB\",4),(\"AG\",4),(\"AC\",4)",
        ),
        Modem::change_password,
    ),
];

/// What `+CPIN?` says of a card.
fn state_text(card: &SimCard, pin2_wanted: bool) -> Option<&'static str> {
    match card.pin_state(PinRef::Pin1) {
        PinState::Required => Some("SIM PIN"),
        PinState::Blocked => Some("SIM PUK"),
        PinState::Dead => None,
        PinState::Disabled | PinState::Verified => Some(match card.pin_state(PinRef::Pin2) {
            PinState::Required if pin2_wanted => "SIM PIN2",
            PinState::Blocked if pin2_wanted => "SIM PUK2",
            PinState::Required
            | PinState::Blocked
            | PinState::Dead
            | PinState::Disabled
            | PinState::Verified => "READY",
        }),
    }
}

/// The card's answer to a PIN command as an error of the mobile.
fn check(status: StatusWord, pin: PinRef) -> Result<(), CmeError> {
    if status.is_ok() {
        return Ok(());
    }
    match (status.0, pin) {
        _ if status.attempts_left().is_some() => Err(CmeError::INCORRECT_PASSWORD),
        (0x6983, PinRef::Pin1) => Err(CmeError::SIM_PUK_REQUIRED),
        (0x6983, PinRef::Pin2) => Err(CmeError::SIM_PUK2_REQUIRED),
        (0x6984 | 0x6985, _) => Err(CmeError::OPERATION_NOT_ALLOWED),
        // Of the wrong length: the card does not even compare it.
        (0x6700 | 0x6a80, _) => Err(CmeError::INCORRECT_PASSWORD),
        _ => Err(CmeError::SIM_FAILURE),
    }
}

/// A PIN or PUK has four to eight decimal digits; anything else does not reach the card, and costs no attempt.
fn well_formed<'a>(codes: impl IntoIterator<Item = &'a str>) -> Result<(), CmeError> {
    let code = |text: &str| (4..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if codes.into_iter().all(code) { Ok(()) } else { Err(CmeError::INCORRECT_PASSWORD) }
}

impl Modem {
    /// The report that a card is ready, locked, or gone.
    pub(in crate::modem) fn report_card_state(&mut self) {
        let text = match self.mobile.card() {
            None => "NOT INSERTED",
            Some(card) => state_text(card, false).unwrap_or("ERROR"),
        };
        self.line.report(vec![format!("+CPIN: {text}")]);
    }

    /// The card, or the error that there is none.
    pub(super) fn card_or_error(&mut self) -> Result<&mut SimCard, CmeError> {
        self.mobile.card_mut().ok_or(CmeError::SIM_NOT_INSERTED)
    }

    pub(super) fn pin(&mut self, now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let wanted = self.local.pin2_wanted;
                let text = state_text(self.card_or_error()?, wanted).ok_or(CmeError::SIM_FAILURE)?;
                self.information(&format!("+CPIN: {text}"));
            }
            Form::Set(list) => {
                let first = list.characters(0).ok_or(Refusal::Parameter)?.to_owned();
                let second = list.characters(1).map(str::to_owned);
                self.enter_pin(now, &first, second.as_deref())?;
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    fn enter_pin(&mut self, now: Instant, first: &str, second: Option<&str>) -> Result<(), Refusal> {
        let wanted = self.local.pin2_wanted;
        let card = self.card_or_error()?;
        let state = state_text(card, wanted);
        if state.is_some_and(|state| state != "READY") {
            well_formed([first, second.unwrap_or(first)])?;
        }
        match (state, second) {
            (Some("SIM PIN"), None) => check(card.verify(PinRef::Pin1, first), PinRef::Pin1)?,
            (Some("SIM PUK"), Some(new)) => self.unblock_pin(PinRef::Pin1, first, new)?,
            (Some("SIM PUK"), None) => return Err(CmeError::SIM_PUK_REQUIRED.into()),
            (Some("SIM PIN2"), None) => {
                check(card.verify(PinRef::Pin2, first), PinRef::Pin2)?;
                self.local.pin2_wanted = false;
                return Ok(());
            }
            (Some("SIM PUK2"), Some(new)) => return self.unblock_pin(PinRef::Pin2, first, new),
            (Some("SIM PUK2"), None) => return Err(CmeError::SIM_PUK2_REQUIRED.into()),
            (None, _) => return Err(CmeError::SIM_FAILURE.into()),
            // PUK2 may be given at any time PIN2 is blocked; otherwise nothing is pending.
            (Some(_), Some(new)) if card.pin_state(PinRef::Pin2) == PinState::Blocked => {
                return self.unblock_pin(PinRef::Pin2, first, new);
            }
            (Some(_), _) => return Err(CmeError::OPERATION_NOT_ALLOWED.into()),
        }
        self.mobile.card_unlocked(now);
        self.local.card_report_due = true;
        Ok(())
    }

    pub(super) fn pin_retries(&mut self, _now: Instant, form: &Form) -> Outcome {
        let wanted = match form {
            Form::Action => None,
            Form::Set(list) => Some(list.required_text(0)?.to_owned()),
            Form::Read | Form::Test => return Err(Refusal::NoSuchForm),
        };
        let card = self.card_or_error()?;
        let (one, two) = (card.attempts(PinRef::Pin1), card.attempts(PinRef::Pin2));
        let rows = [
            ("SIM PIN", one.pin, 3),
            ("SIM PUK", one.puk, 10),
            ("SIM PIN2", two.pin, 3),
            ("SIM PUK2", two.puk, 10),
        ];
        let rows: Vec<_> =
            rows.into_iter().filter(|row| wanted.as_deref().is_none_or(|name| name == row.0)).collect();
        if rows.is_empty() {
            return Err(Refusal::Parameter);
        }
        for (name, left, most) in rows {
            self.information(&format!("+CPINR: {name},{left},{most}"));
        }
        Ok(Flow::Done)
    }

    pub(super) fn facility_lock(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        if let Some(outcome) = self.lock_calls(now, list) {
            return outcome;
        }
        let facility = list.required_text(0)?.to_owned();
        let mode = list.required_number(1)?;
        let password = list.characters(2).map(str::to_owned);
        match facility.as_str() {
            "SC" => self.lock_card(mode, password.as_deref()),
            "FD" => self.lock_fixed_dialling(mode, password.as_deref()),
            _ => Err(CmeError::OPERATION_NOT_SUPPORTED.into()),
        }
    }

    fn lock_card(&mut self, mode: u32, password: Option<&str>) -> Outcome {
        let card = self.card_or_error()?;
        well_formed(password.filter(|_| mode < 2))?;
        match (mode, password) {
            (0, Some(pin)) => check(card.disable_pin1(pin), PinRef::Pin1)?,
            (1, Some(pin)) => check(card.enable_pin1(pin), PinRef::Pin1)?,
            (2, _) => {
                let locked = card.pin_state(PinRef::Pin1) != PinState::Disabled;
                self.information(&format!("+CLCK: {}", u8::from(locked)));
            }
            _ => return Err(Refusal::Parameter),
        }
        Ok(Flow::Done)
    }

    fn lock_fixed_dialling(&mut self, mode: u32, password: Option<&str>) -> Outcome {
        match mode {
            0 | 1 => {
                if let Some(pin2) = password {
                    self.present_pin(PinRef::Pin2, pin2)?;
                }
                self.require_pin2()?;
                let done = self.card_or_error()?.set_fdn_enabled(mode == 1);
                done.map_err(|_| CmeError::OPERATION_NOT_ALLOWED)?;
            }
            2 => {
                let enabled = self.card_or_error()?.fdn_enabled().unwrap_or(false);
                self.information(&format!("+CLCK: {}", u8::from(enabled)));
            }
            _ => return Err(Refusal::Parameter),
        }
        Ok(Flow::Done)
    }

    /// PIN2 has been verified in this session of the card; if not, `+CPIN` may give it next.
    pub(super) fn require_pin2(&mut self) -> Result<(), Refusal> {
        self.require_card(Service::Mobile)?;
        let error = match self.card_or_error()?.pin_state(PinRef::Pin2) {
            PinState::Disabled | PinState::Verified => return Ok(()),
            PinState::Required => CmeError::SIM_PIN2_REQUIRED,
            PinState::Blocked => CmeError::SIM_PUK2_REQUIRED,
            PinState::Dead => CmeError::SIM_FAILURE,
        };
        self.local.pin2_wanted = true;
        Err(error.into())
    }

    pub(super) fn change_password(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        if let Some(outcome) = self.change_call_password(now, list) {
            return outcome;
        }
        let facility = list.required_text(0)?.to_owned();
        let old = list.characters(1).ok_or(Refusal::Parameter)?.to_owned();
        let new = list.characters(2).ok_or(Refusal::Parameter)?.to_owned();
        let pin = match facility.as_str() {
            "SC" => PinRef::Pin1,
            "P2" => PinRef::Pin2,
            _ => return Err(CmeError::OPERATION_NOT_SUPPORTED.into()),
        };
        self.change_pin(pin, &old, &new)?;
        Ok(Flow::Done)
    }

    /// VERIFY with a code that a host or a person gave.
    pub(super) fn present_pin(&mut self, pin: PinRef, given: &str) -> Result<(), Refusal> {
        well_formed([given])?;
        Ok(check(self.card_or_error()?.verify(pin, given), pin)?)
    }

    pub(super) fn change_pin(&mut self, pin: PinRef, old: &str, new: &str) -> Result<(), Refusal> {
        well_formed([old, new])?;
        let changed = check(self.card_or_error()?.change(pin, old, new), pin);
        self.local.pin2_wanted |= changed == Err(CmeError::SIM_PUK2_REQUIRED);
        Ok(changed?)
    }

    pub(super) fn unblock_pin(&mut self, pin: PinRef, puk: &str, new: &str) -> Result<(), Refusal> {
        well_formed([puk, new])?;
        check_unblock(self.card_or_error()?.unblock(pin, puk, new), pin)?;
        if pin == PinRef::Pin2 {
            self.local.pin2_wanted = false;
        }
        Ok(())
    }
}

/// As [`check`], for PUKs: an exhausted one leaves a card that has failed.
fn check_unblock(status: StatusWord, pin: PinRef) -> Result<(), CmeError> {
    if status.0 == 0x6983 { Err(CmeError::SIM_FAILURE) } else { check(status, pin) }
}
