//! What makes one card differ from another: its identities, numbers, lists and PUKs.

use super::PhoneBookEntry;
use super::pin::Code;
use std::str::FromStr;
use wire::id::{Iccid, Imsi, PhoneNumber};
use wire::milenage::Milenage;
use wire::ota::OtaKeys;
use wire::plmn::Plmn;

/// A PIN unblocking key: eight digits. `Debug` shows nothing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Puk(pub(super) Code);

/// Why a text is not a PUK. The text itself is never repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a PUK has eight decimal digits")]
pub struct PukError;

impl FromStr for Puk {
    type Err = PukError;

    fn from_str(text: &str) -> Result<Self, PukError> {
        let code = Code::from_text(text).ok_or(PukError)?;
        let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { Ok(Self(code)) } else { Err(PukError) }
    }
}

/// The data of one card.
#[derive(Clone, Debug)]
pub struct CardProfile {
    /// Identity of the card.
    pub iccid: Iccid,
    /// Identity of the subscriber.
    pub imsi: Imsi,
    /// Own number, where it is stored on the card.
    pub msisdn: Option<PhoneNumber>,
    /// Digits of the network code in the IMSI: 2 or 3.
    pub mnc_length: u8,
    /// Service centre for short messages.
    pub smsc: PhoneNumber,
    /// K and OPc.
    pub milenage: Milenage,
    /// Keys of remote management.
    pub ota_keys: OtaKeys,
    /// Unblocks PIN1.
    pub puk1: Puk,
    /// Unblocks PIN2.
    pub puk2: Puk,
    /// Service provider name, at most 16 characters of the GSM 7-bit alphabet.
    pub spn: String,
    /// Operator-controlled networks with access technologies (two octets, `4000` E-UTRAN), the first one preferred. The
    /// card holds 80; more are left out.
    pub operator_plmns: Vec<(Plmn, u16)>,
    /// EF_HPPLMN: period of the search for a better network, in units of 6 minutes; 0 for never.
    pub hpplmn_period: u8,
    /// Equivalent home networks.
    pub ehplmns: Vec<Plmn>,
    /// Service dialling numbers. The card holds 10; more are left out.
    pub service_numbers: Vec<PhoneBookEntry>,
    /// Emergency numbers (EF_ECC) of at most 6 digits. The card holds 5; more are left out.
    pub emergency_numbers: Vec<PhoneNumber>,
    /// Whether the customer may write the user-controlled network list, which the service does not allow.
    pub customer_plmn_edit: bool,
}

impl CardProfile {
    /// A card with empty lists, but for the emergency number 112, a search period of 60 minutes, no rights for the customer on network lists, and the keys
    /// that follow from its IMSI and ICCID.
    #[must_use]
    pub fn new(iccid: Iccid, imsi: Imsi, mnc_length: u8, smsc: PhoneNumber, puk1: Puk, puk2: Puk) -> Self {
        Self {
            milenage: Milenage::derived(&imsi),
            ota_keys: OtaKeys::derived(&iccid),
            iccid,
            imsi,
            msisdn: None,
            mnc_length,
            smsc,
            puk1,
            puk2,
            spn: String::new(),
            operator_plmns: Vec::new(),
            hpplmn_period: 10,
            ehplmns: Vec::new(),
            service_numbers: Vec::new(),
            emergency_numbers: "112".parse().into_iter().collect(),
            customer_plmn_edit: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_puk_has_eight_digits_and_never_shows_itself() {
        for text in ["", "1234567", "123456789", "1234567x", "12345 78"] {
            assert_eq!(text.parse::<Puk>(), Err(PukError), "{text}");
        }
        let puk: Puk = "12345678".parse().unwrap();
        assert!(!format!("{puk:?}").contains("123"));
        assert!(!format!("{puk:?}").contains("49"), "nor its octets");
        assert_ne!(puk, "12345679".parse().unwrap());
    }
}
