//! Who the card is: ICCID, IMSI, home network, own number, provider name.
//!
//! Spec: ETSI TS 102 221 clause 13.2 (EF_ICCID), 3GPP TS 31.102 clauses 4.2.2 (EF_IMSI), 4.2.12 (EF_SPN), 4.2.18
//! (EF_AD).

use super::phone_book::PhoneBook;
use super::{SimCard, StatusWord, alpha, digits};
use wire::id::{Iccid, Imsi, PhoneNumber};
use wire::plmn::Plmn;

pub(super) fn encode_iccid(iccid: &Iccid) -> Vec<u8> {
    digits::pack(&digits::values(iccid.as_str()), 10)
}

/// Length, then the digits after a half octet that says whether their number is odd (9) or even (1).
pub(super) fn encode_imsi(imsi: &Imsi) -> Vec<u8> {
    let mut halves = digits::values(imsi.as_str());
    halves.insert(0, if halves.len() % 2 == 1 { 9 } else { 1 });
    let mut octets = vec![halves.len().div_ceil(2) as u8];
    octets.extend(digits::pack(&halves, 8));
    octets
}

impl SimCard {
    /// The identity of the card, which EF_ICCID shows to everyone and no one can change.
    #[must_use]
    pub const fn iccid(&self) -> &Iccid {
        &self.iccid
    }

    /// The identity of the subscriber, from EF_IMSI.
    ///
    /// # Errors
    /// `6982` before PIN1; `6A80` when the file holds no IMSI.
    pub fn imsi(&self) -> Result<Imsi, StatusWord> {
        let content = self.read_binary(0x6f07, 0, 0)?;
        let (length, octets) = content.split_first().ok_or(StatusWord::INCORRECT_DATA)?;
        let octets = octets.get(..usize::from(*length)).ok_or(StatusWord::INCORRECT_DATA)?;
        digits::unpack(octets).get(1..).and_then(|text| text.parse().ok()).ok_or(StatusWord::INCORRECT_DATA)
    }

    /// Digits of the network code in the IMSI, from EF_AD.
    #[must_use]
    pub fn mnc_length(&self) -> u8 {
        self.read_binary(0x6fad, 0, 0)
            .ok()
            .and_then(|content| content.get(3).copied())
            .map_or(2, |length| length & 15)
    }

    /// The home network.
    ///
    /// # Errors
    /// As [`Self::imsi`].
    pub fn home(&self) -> Result<Plmn, StatusWord> {
        self.imsi()?.home(usize::from(self.mnc_length())).ok_or(StatusWord::INCORRECT_DATA)
    }

    /// The own number, from the first record of EF_MSISDN.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn own_number(&self) -> Result<Option<PhoneNumber>, StatusWord> {
        Ok(self.phone_book_entry(PhoneBook::Msisdn, 1)?.and_then(|entry| entry.phone_number()))
    }

    /// The service provider name, from EF_SPN.
    #[must_use]
    pub fn spn(&self) -> String {
        alpha::decode(self.files.content(0x6f46).get(1..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_have_the_octets_of_the_examples() {
        let iccid = encode_iccid(&"8933010000000000002".parse().unwrap());
        assert_eq!(hex::encode_upper(iccid), "983310000000000000F2");
        let imsi = encode_imsi(&"208010000000001".parse().unwrap());
        assert_eq!(hex::encode_upper(imsi), "082980100000000010");
        let even = encode_imsi(&"20801000000001".parse().unwrap());
        assert_eq!(hex::encode_upper(even), "0821801000000000F1");
    }
}
