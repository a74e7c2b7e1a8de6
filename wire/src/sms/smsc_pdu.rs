//! The PDU of AT commands: the service centre address before the TPDU.
//!
//! Spec: 3GPP TS 27.005 clauses 3.1 (`<pdu>`, `<length>`) and 4.3. The `<length>` of `+CMGS`, `+CMGR`, `+CMGL`, `+CMT`
//! and `+CMGW` counts the octets of the TPDU alone. A service centre of no octets (`00`) means the one of the card.

use super::Direction;
use super::address::Address;
use super::reader::Reader;
use super::tpdu::{Tpdu, TpduError};

/// A service centre address and a TPDU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmscPdu {
    /// The service centre; `None` for the one of the card.
    pub smsc: Option<Address>,
    /// The message.
    pub tpdu: Tpdu,
}

/// Why a text or octets are not the PDU of an AT command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmscPduError {
    /// An odd number of characters, or one that is no hexadecimal digit.
    #[error("the text is not hexadecimal octets")]
    NotHexadecimal,
    /// The service centre address is broken.
    #[error("the service centre address is wrong: {0}")]
    ServiceCentre(#[source] TpduError),
    /// The `<length>` of the command is not the number of octets after the service centre address.
    #[error("the TPDU has {actual} octets, and the stated length is {stated}")]
    Length {
        /// What the command said.
        stated: usize,
        /// What came.
        actual: usize,
    },
    /// The TPDU is broken.
    #[error("the TPDU is wrong: {0}")]
    Tpdu(#[from] TpduError),
}

/// The service centre address at the start of a PDU, and the octets of the TPDU after it, unread.
///
/// # Errors
/// When the address is broken.
pub fn split(octets: &[u8]) -> Result<(Option<Address>, &[u8]), SmscPduError> {
    let mut reader = Reader::new(octets);
    let smsc = Address::read_service_centre(&mut reader).map_err(SmscPduError::ServiceCentre)?;
    Ok((smsc, reader.rest()))
}

impl SmscPdu {
    /// Reads octets, all of which must belong to the PDU.
    ///
    /// # Errors
    /// When the address or the TPDU is broken.
    pub fn parse(direction: Direction, octets: &[u8]) -> Result<Self, SmscPduError> {
        let (smsc, tpdu) = split(octets)?;
        Ok(Self { smsc, tpdu: Tpdu::parse(direction, tpdu)? })
    }

    /// Reads the hexadecimal text of an AT command, with the `<length>` that the command stated.
    ///
    /// # Errors
    /// When the text is not hexadecimal, the length does not agree, or the octets are broken, in this order.
    pub fn parse_hex(
        direction: Direction,
        text: &str,
        stated_length: Option<usize>,
    ) -> Result<Self, SmscPduError> {
        let octets = hex::decode(text).map_err(|_| SmscPduError::NotHexadecimal)?;
        let (_, tpdu) = split(&octets)?;
        match stated_length {
            Some(stated) if stated != tpdu.len() => Err(SmscPduError::Length { stated, actual: tpdu.len() }),
            Some(_) | None => Self::parse(direction, &octets),
        }
    }

    /// Reads a PDU that padding may follow, as in a record of EF_SMS, and says how many octets it took.
    ///
    /// # Errors
    /// When the address or the TPDU is broken.
    pub fn parse_record(direction: Direction, octets: &[u8]) -> Result<(Self, usize), SmscPduError> {
        let (smsc, tpdu) = split(octets)?;
        let mut reader = Reader::new(tpdu);
        let tpdu = Tpdu::read(direction, true, &mut reader)?;
        Ok((Self { smsc, tpdu }, octets.len() - reader.rest().len()))
    }

    /// The octets of address and TPDU.
    #[must_use]
    pub fn to_octets(&self) -> Vec<u8> {
        let mut octets = Address::service_centre_octets(self.smsc.as_ref());
        octets.extend(self.tpdu.to_octets());
        octets
    }

    /// The octets in upper-case hexadecimal, as AT commands show them.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode_upper(self.to_octets())
    }

    /// The `<length>` of AT commands: octets of the TPDU without the service centre address.
    #[must_use]
    pub fn tpdu_length(&self) -> usize {
        self.tpdu.to_octets().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Direction::{MobileToNetwork, NetworkToMobile};

    const S1: &str = "0001000B913336990800F200000AE8329BFD4697D9EC37";
    const D1: &str = "07913336999800F0040B913336990800F20000623041906235800CC8F71D14969741F977FD07";
    const R1: &str = "07913336999800F0062A0B913336990800F2623041906235406230419072504000";

    #[test]
    fn the_stated_length_counts_the_tpdu_alone() {
        assert_eq!(SmscPdu::parse_hex(MobileToNetwork, S1, Some(22)).unwrap().tpdu_length(), 22);
        assert_eq!(SmscPdu::parse_hex(NetworkToMobile, D1, Some(30)).unwrap().tpdu_length(), 30);
        for stated in [0, 21, 23, 38] {
            let error = SmscPdu::parse_hex(MobileToNetwork, S1, Some(stated));
            assert_eq!(error, Err(SmscPduError::Length { stated, actual: 22 }));
        }
    }

    #[test]
    fn what_is_not_a_pdu_is_refused_for_its_reason() {
        let error = |text: &str| SmscPdu::parse_hex(MobileToNetwork, text, None).unwrap_err();
        assert_eq!(error("0"), SmscPduError::NotHexadecimal);
        assert_eq!(error("0G"), SmscPduError::NotHexadecimal);
        assert!(matches!(error("079133"), SmscPduError::ServiceCentre(TpduError::Truncated { .. })));
        assert!(matches!(error(""), SmscPduError::ServiceCentre(_)));
        assert!(matches!(error("00"), SmscPduError::Tpdu(TpduError::Truncated { field: "first octet" })));
        assert!(matches!(
            error(&format!("{S1}00")),
            SmscPduError::Tpdu(TpduError::TrailingOctets { count: 1 })
        ));
    }

    #[test]
    fn a_record_is_read_without_its_padding() {
        for (direction, hex) in [(MobileToNetwork, S1), (NetworkToMobile, D1), (NetworkToMobile, R1)] {
            let mut record = hex::decode(hex).unwrap();
            let length = record.len();
            record.resize(175, 0xff);
            let (pdu, used) = SmscPdu::parse_record(direction, &record).unwrap();
            assert_eq!(used, length);
            assert_eq!(pdu.to_hex(), hex);
        }
    }
}
