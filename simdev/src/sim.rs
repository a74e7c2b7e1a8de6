//! The card of the service: a UICC with a USIM, its PINs, its files and their access conditions.
//!
//! Spec: ETSI TS 102 221 (commands, PINs, status words), 3GPP TS 31.102 (files), TS 51.011 (phone book coding). The
//! values of the service: PIN1 disabled, `0000`; PIN2 enabled, `00000000`; 3 tries each, 10 with the PUK; 2 phone book
//! records, 2 fixed dialling numbers, 10 service numbers, 6 short messages, 80 operator-controlled networks. The card
//! acts only when it is called and knows no time.

mod access_points;
mod alpha;
pub mod apdu;
mod authentication;
mod contacts;
mod digits;
pub mod directory;
#[cfg(test)]
mod example;
pub mod file;
mod files;
pub mod identity;
pub mod messages;
pub mod networks;
mod ota;
mod personalisation;
pub mod phone_book;
pub mod pin;
pub mod profile;
pub mod status_word;
pub mod toolkit;

pub use authentication::Authenticated;
pub use contacts::Exchange;
pub use directory::{Directory, FilePlace};
pub use file::{AccessCondition, FileDescription, Structure};
pub use messages::{SmsRecord, SmsStatus, SmsStoreError};
pub use networks::EpsUpdateStatus;
pub use phone_book::{
    PHONE_BOOK_NAME_LENGTH, PHONE_BOOK_NUMBER_LENGTH, PhoneBook, PhoneBookEntry, PhoneBookError,
};
pub use pin::{Attempts, PinRef, PinState};
pub use profile::{CardProfile, Puk, PukError};
pub use status_word::StatusWord;

use apdu::{Channels, GsmSession};
use authentication::Secrets;
use contacts::Contacts;
use files::Files;
use ota::Remote;
use pin::Pins;
use toolkit::Toolkit;
use wire::id::Iccid;

/// The card.
#[derive(Clone, Debug)]
pub struct SimCard {
    iccid: Iccid,
    pins: Pins,
    files: Files,
    channels: Channels,
    gsm: GsmSession,
    secrets: Secrets,
    toolkit: Toolkit,
    remote: Remote,
    contacts: Contacts,
}

impl SimCard {
    /// A fresh card as the operator delivers it.
    #[must_use]
    pub fn new(profile: CardProfile) -> Self {
        let files = personalisation::files(&profile);
        Self {
            iccid: profile.iccid,
            pins: Pins::new(profile.puk1, profile.puk2),
            files,
            channels: Channels::default(),
            gsm: GsmSession::default(),
            secrets: Secrets::new(profile.milenage),
            toolkit: Toolkit::default(),
            remote: Remote::new(profile.ota_keys),
            contacts: Contacts::default(),
        }
    }

    /// Cold reset: PINs that are enabled have to be presented again; tries and files stay.
    pub fn reset(&mut self) {
        self.pins.reset();
        self.channels = Channels::default();
        self.gsm = GsmSession::default();
        self.toolkit = Toolkit::default();
        self.contacts.reset();
    }

    fn require(&self, condition: AccessCondition) -> Result<(), StatusWord> {
        let satisfied = match condition {
            AccessCondition::Always => true,
            AccessCondition::Pin => self.pins.satisfied(PinRef::Pin1),
            AccessCondition::Pin2 => self.pins.satisfied(PinRef::Pin2),
            AccessCondition::Administrative | AccessCondition::Never => false,
        };
        if satisfied { Ok(()) } else { Err(StatusWord::SECURITY_STATUS_NOT_SATISFIED) }
    }
}
