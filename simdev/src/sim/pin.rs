//! PIN1 and PIN2 with their PUKs: who is asked for what, and how many tries remain.
//!
//! Spec: ETSI TS 102 221 clauses 9.5 and 11.1.9 to 11.1.13. Three tries for a PIN, ten for its PUK. A PUK that is
//! exhausted leaves its PIN working until that one is blocked too; then it is dead for ever. Where the clause leaves a
//! choice: a query about a blocked PIN answers 6983, and unblocking a disabled PIN1 enables it.

use super::profile::Puk;
use super::{SimCard, StatusWord};
use std::fmt;

/// Tries for a PIN.
pub const PIN_TRIES: u8 = 3;

/// Tries for a PUK.
pub const PUK_TRIES: u8 = 10;

/// Which PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinRef {
    /// The PIN of the card holder.
    Pin1,
    /// The second PIN of the USIM: fixed dialling and the like.
    Pin2,
}

/// Where a PIN stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinState {
    /// Not asked for.
    Disabled,
    /// To be presented.
    Required,
    /// Presented since the last reset.
    Verified,
    /// Three wrong tries: the PUK is needed.
    Blocked,
    /// Ten wrong tries of the PUK on top.
    Dead,
}

/// Tries that remain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// For the PIN, 0 to 3.
    pub pin: u8,
    /// For its PUK, 0 to 10.
    pub puk: u8,
}

impl SimCard {
    /// VERIFY PIN. An empty text asks for the tries that remain and costs none.
    pub fn verify(&mut self, which: PinRef, pin: &str) -> StatusWord {
        match Code::from_text(pin) {
            _ if pin.is_empty() => {
                let status = self.pins.get(which).query();
                self.told(which, 0x20, &[], status)
            }
            Some(code) => {
                let status = self.pins.get_mut(which).verify(code);
                self.told(which, 0x20, &[code], status)
            }
            None => StatusWord::WRONG_LENGTH,
        }
    }

    /// UNBLOCK PIN: with the right PUK the PIN becomes `new` and counts as presented.
    pub fn unblock(&mut self, which: PinRef, puk: &str, new: &str) -> StatusWord {
        match (Code::from_text(puk), Code::from_text(new)) {
            (Some(puk), Some(new)) => {
                let status = self.pins.get_mut(which).unblock(puk, new);
                self.told(which, 0x2c, &[puk, new], status)
            }
            _ => StatusWord::WRONG_LENGTH,
        }
    }

    /// CHANGE PIN; the PIN must be enabled, a wrong `old` costs a try.
    pub fn change(&mut self, which: PinRef, old: &str, new: &str) -> StatusWord {
        match (Code::from_text(old), Code::from_text(new)) {
            (Some(old), Some(new)) => {
                let status = self.pins.get_mut(which).change(old, new);
                self.told(which, 0x24, &[old, new], status)
            }
            _ => StatusWord::WRONG_LENGTH,
        }
    }

    /// ENABLE PIN for PIN1, which then counts as presented.
    pub fn enable_pin1(&mut self, pin: &str) -> StatusWord {
        self.set_pin1_enabled(true, pin)
    }

    /// DISABLE PIN for PIN1.
    pub fn disable_pin1(&mut self, pin: &str) -> StatusWord {
        self.set_pin1_enabled(false, pin)
    }

    fn set_pin1_enabled(&mut self, enabled: bool, pin: &str) -> StatusWord {
        let Some(code) = Code::from_text(pin) else { return StatusWord::WRONG_LENGTH };
        let status = self.pins.pin1.set_enabled(enabled, code);
        self.told(PinRef::Pin1, if enabled { 0x28 } else { 0x26 }, &[code], status)
    }

    /// A command with these codes crossed the contacts and was answered so.
    fn told(&self, which: PinRef, instruction: u8, codes: &[Code], status: StatusWord) -> StatusWord {
        let codes: Vec<[u8; 8]> = codes.iter().map(|code| code.0).collect();
        self.saw_pin_command(which, instruction, &codes, status);
        status
    }

    /// Where a PIN stands.
    #[must_use]
    pub fn pin_state(&self, which: PinRef) -> PinState {
        self.pins.get(which).state()
    }

    /// Whether PIN1 is enabled, blocked or not (`AT+CLCK="SC",2`).
    #[must_use]
    pub const fn pin1_enabled(&self) -> bool {
        self.pins.pin1.enabled
    }

    /// The tries that remain.
    #[must_use]
    pub fn attempts(&self, which: PinRef) -> Attempts {
        let pin = self.pins.get(which);
        Attempts { pin: pin.tries, puk: pin.puk_tries }
    }
}

/// A PIN or PUK as the card sees it: eight octets, digits in ASCII filled up with FF.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Code(pub(super) [u8; 8]);

impl Code {
    /// `None` for more than eight octets, which no command can carry.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let mut octets = [0xff; 8];
        octets.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self(octets))
    }

    /// Whether it may become a PIN: four to eight digits, then FF.
    fn is_pin(self) -> bool {
        let digits = self.0.iter().take_while(|octet| octet.is_ascii_digit()).count();
        digits >= 4 && self.0.iter().skip(digits).all(|octet| *octet == 0xff)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// Both PINs of the card.
#[derive(Clone, Debug)]
pub(super) struct Pins {
    pub(super) pin1: Pin,
    pub(super) pin2: Pin,
}

impl Pins {
    /// As delivered: PIN1 `0000` and disabled, PIN2 `00000000` and enabled.
    pub(super) const fn new(puk1: Puk, puk2: Puk) -> Self {
        Self {
            pin1: Pin::new(Code(*b"0000\xff\xff\xff\xff"), puk1, false),
            pin2: Pin::new(Code(*b"00000000"), puk2, true),
        }
    }

    pub(super) const fn reset(&mut self) {
        self.pin1.verified = false;
        self.pin2.verified = false;
    }

    pub(super) const fn get(&self, which: PinRef) -> &Pin {
        match which {
            PinRef::Pin1 => &self.pin1,
            PinRef::Pin2 => &self.pin2,
        }
    }

    pub(super) const fn get_mut(&mut self, which: PinRef) -> &mut Pin {
        match which {
            PinRef::Pin1 => &mut self.pin1,
            PinRef::Pin2 => &mut self.pin2,
        }
    }

    pub(super) fn satisfied(&self, which: PinRef) -> bool {
        matches!(self.get(which).state(), PinState::Disabled | PinState::Verified)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Pin {
    code: Code,
    puk: Puk,
    tries: u8,
    puk_tries: u8,
    pub(super) enabled: bool,
    verified: bool,
}

impl Pin {
    const fn new(code: Code, puk: Puk, enabled: bool) -> Self {
        Self { code, puk, tries: PIN_TRIES, puk_tries: PUK_TRIES, enabled, verified: false }
    }

    fn state(&self) -> PinState {
        match (self.tries, self.puk_tries) {
            (0, 0) => PinState::Dead,
            (0, _) => PinState::Blocked,
            _ if !self.enabled => PinState::Disabled,
            _ if self.verified => PinState::Verified,
            _ => PinState::Required,
        }
    }

    pub(super) const fn query(&self) -> StatusWord {
        if self.tries == 0 {
            StatusWord::AUTHENTICATION_BLOCKED
        } else {
            StatusWord::verification_failed(self.tries)
        }
    }

    pub(super) const fn query_puk(&self) -> StatusWord {
        if self.puk_tries == 0 {
            StatusWord::AUTHENTICATION_BLOCKED
        } else {
            StatusWord::verification_failed(self.puk_tries)
        }
    }

    /// Compares and counts; `Ok` sets the counter back.
    fn present(&mut self, code: Code) -> Result<(), StatusWord> {
        if self.tries == 0 {
            return Err(StatusWord::AUTHENTICATION_BLOCKED);
        }
        if code == self.code {
            self.tries = PIN_TRIES;
            return Ok(());
        }
        self.tries -= 1;
        if self.tries == 0 {
            self.verified = false;
        }
        Err(StatusWord::verification_failed(self.tries))
    }

    pub(super) fn verify(&mut self, code: Code) -> StatusWord {
        if !self.enabled {
            return self.disabled();
        }
        match self.present(code) {
            Ok(()) => {
                self.verified = true;
                StatusWord::OK
            }
            Err(status) => status,
        }
    }

    pub(super) fn change(&mut self, old: Code, new: Code) -> StatusWord {
        if !self.enabled {
            return self.disabled();
        }
        if !new.is_pin() {
            return StatusWord::INCORRECT_DATA;
        }
        match self.present(old) {
            Ok(()) => {
                self.code = new;
                self.verified = true;
                StatusWord::OK
            }
            Err(status) => status,
        }
    }

    pub(super) fn set_enabled(&mut self, enabled: bool, code: Code) -> StatusWord {
        if self.enabled == enabled {
            return if enabled { StatusWord::CONDITIONS_NOT_SATISFIED } else { self.disabled() };
        }
        match self.present(code) {
            Ok(()) => {
                self.enabled = enabled;
                self.verified = enabled;
                StatusWord::OK
            }
            Err(status) => status,
        }
    }

    pub(super) fn unblock(&mut self, puk: Code, new: Code) -> StatusWord {
        if self.puk_tries == 0 {
            return StatusWord::AUTHENTICATION_BLOCKED;
        }
        if !new.is_pin() {
            return StatusWord::INCORRECT_DATA;
        }
        if puk != self.puk.0 {
            self.puk_tries -= 1;
            return StatusWord::verification_failed(self.puk_tries);
        }
        self.code = new;
        self.tries = PIN_TRIES;
        self.puk_tries = PUK_TRIES;
        self.enabled = true;
        self.verified = true;
        StatusWord::OK
    }

    const fn disabled(&self) -> StatusWord {
        if self.tries == 0 { StatusWord::AUTHENTICATION_BLOCKED } else { StatusWord::DATA_INVALIDATED }
    }
}

#[cfg(test)]
mod tests;
