//! Short messages on the card: six records, the service centre, and the state of the short message service.
//!
//! Spec: 3GPP TS 31.102 clauses 4.2.25 (EF_SMS), 4.2.27 (EF_SMSP), 4.2.28 (EF_SMSS). A record is a status octet and the
//! service centre address with the TPDU, filled up with FF.

use super::{SimCard, StatusWord};
use wire::id::PhoneNumber;
use wire::sms::{Address, Direction, SmscPdu, smsc_pdu};

const EF_SMS: u16 = 0x6f3c;
const EF_SMSP: u16 = 0x6f42;
const EF_SMSS: u16 = 0x6f43;

/// Octets of a record.
const RECORD_SIZE: usize = 176;

/// Bit 2 of the parameter indicators: set when the service centre is absent.
const SERVICE_CENTRE_ABSENT: u8 = 0x02;

/// Offset of the service centre in EF_SMSP, which has no name here: indicators (1), destination (12).
const SERVICE_CENTRE_OFFSET: usize = 13;

/// What a stored message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsStatus {
    /// Received and read.
    ReceivedRead,
    /// Received and not read yet.
    ReceivedUnread,
    /// To be sent.
    ToBeSent,
    /// Sent, no status report asked for.
    Sent,
    /// Sent, the status report has not come.
    SentReportPending,
    /// Sent, the status report came and is not on the card.
    SentReportReceived,
    /// Sent, the status report came and is on the card.
    SentReportStored,
}

impl SmsStatus {
    const fn octet(self) -> u8 {
        match self {
            Self::ReceivedRead => 0x01,
            Self::ReceivedUnread => 0x03,
            Self::ToBeSent => 0x07,
            Self::Sent => 0x05,
            Self::SentReportPending => 0x0d,
            Self::SentReportReceived => 0x15,
            Self::SentReportStored => 0x1d,
        }
    }

    /// `None` for a free record. The three highest bits are reserved.
    const fn from_octet(octet: u8) -> Option<Self> {
        Some(match octet & 0x1f {
            0x0d => Self::SentReportPending,
            0x15 => Self::SentReportReceived,
            0x1d => Self::SentReportStored,
            other => match other & 7 {
                1 => Self::ReceivedRead,
                3 => Self::ReceivedUnread,
                5 => Self::Sent,
                7 => Self::ToBeSent,
                _ => return None,
            },
        })
    }

    /// Which way the stored message travels.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::ReceivedRead | Self::ReceivedUnread => Direction::NetworkToMobile,
            Self::ToBeSent
            | Self::Sent
            | Self::SentReportPending
            | Self::SentReportReceived
            | Self::SentReportStored => Direction::MobileToNetwork,
        }
    }
}

/// A stored message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsRecord {
    /// What it is.
    pub status: SmsStatus,
    /// Service centre address and TPDU, at most 175 octets, without the filler.
    pub pdu: Vec<u8>,
}

/// Why a message cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmsStoreError {
    /// No free record.
    #[error("the message storage is full")]
    Full,
    /// More than 175 octets.
    #[error("the message is longer than a record")]
    TooLong,
    /// The card refuses.
    #[error("the card answers {0}")]
    Card(#[from] StatusWord),
}

impl SmsRecord {
    fn encode(&self) -> Result<Vec<u8>, SmsStoreError> {
        if self.pdu.len() >= RECORD_SIZE {
            return Err(SmsStoreError::TooLong);
        }
        let mut record = vec![self.status.octet()];
        record.extend(&self.pdu);
        record.resize(RECORD_SIZE, 0xff);
        Ok(record)
    }

    /// `None` for a free record. Octets that are no message are kept up to the filler.
    fn decode(record: &[u8]) -> Option<Self> {
        let (status, rest) = record.split_first()?;
        let status = SmsStatus::from_octet(*status)?;
        let length = match SmscPdu::parse_record(status.direction(), rest) {
            Ok((_, length)) => length,
            Err(_) => rest.iter().rposition(|octet| *octet != 0xff).map_or(0, |last| last + 1),
        };
        Some(Self { status, pdu: rest.get(..length)?.to_vec() })
    }
}

impl SimCard {
    /// How many messages the card holds.
    #[must_use]
    pub fn sms_capacity(&self) -> u8 {
        self.records(EF_SMS)
    }

    /// How many records are free.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn sms_free(&self) -> Result<u8, StatusWord> {
        Ok(self.sms_capacity() - self.sms_records()?.len() as u8)
    }

    /// The message of a record, counted from 1; `None` when it is free.
    ///
    /// # Errors
    /// `6982` before PIN1, `6A83` when there is no such record.
    pub fn sms_record(&self, index: u8) -> Result<Option<SmsRecord>, StatusWord> {
        self.read_record(EF_SMS, index).map(|record| SmsRecord::decode(&record))
    }

    /// All messages with their records.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn sms_records(&self) -> Result<Vec<(u8, SmsRecord)>, StatusWord> {
        let mut records = Vec::new();
        for index in 1..=self.sms_capacity() {
            records.extend(self.sms_record(index)?.map(|record| (index, record)));
        }
        Ok(records)
    }

    /// Stores a message in the first free record and says in which.
    ///
    /// # Errors
    /// When there is no free record, the message is too long, or the card refuses.
    pub fn store_sms(&mut self, record: &SmsRecord) -> Result<u8, SmsStoreError> {
        let octets = record.encode()?;
        let used: Vec<u8> = self.sms_records()?.into_iter().map(|(index, _)| index).collect();
        let free =
            (1..=self.sms_capacity()).find(|index| !used.contains(index)).ok_or(SmsStoreError::Full)?;
        self.update_record(EF_SMS, free, &octets)?;
        Ok(free)
    }

    /// Overwrites a record, used or not.
    ///
    /// # Errors
    /// When the message is too long, or the card refuses.
    pub fn write_sms(&mut self, index: u8, record: &SmsRecord) -> Result<(), SmsStoreError> {
        let octets = record.encode()?;
        Ok(self.update_record(EF_SMS, index, &octets)?)
    }

    /// Changes the status of a stored message; a free record stays free.
    ///
    /// # Errors
    /// `6982` before PIN1, `6A83` when there is no such record.
    pub fn set_sms_status(&mut self, index: u8, status: SmsStatus) -> Result<(), StatusWord> {
        let mut octets = self.read_record(EF_SMS, index)?;
        match octets.first_mut() {
            Some(first) if SmsStatus::from_octet(*first).is_some() => *first = status.octet(),
            Some(_) | None => return Ok(()),
        }
        self.update_record(EF_SMS, index, &octets)
    }

    /// Frees a record and wipes its octets.
    ///
    /// # Errors
    /// `6982` before PIN1, `6A83` when there is no such record.
    pub fn delete_sms(&mut self, index: u8) -> Result<(), StatusWord> {
        let mut octets = [0xff; RECORD_SIZE];
        octets[0] = 0;
        self.update_record(EF_SMS, index, &octets)
    }

    /// The service centre, from the first record of EF_SMSP; `None` when it is absent there.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn smsc(&self) -> Result<Option<PhoneNumber>, StatusWord> {
        let record = self.read_record(EF_SMSP, 1)?;
        if record.first().is_none_or(|indicators| indicators & SERVICE_CENTRE_ABSENT != 0) {
            return Ok(None);
        }
        let field = record.get(SERVICE_CENTRE_OFFSET..).unwrap_or_default();
        let address = smsc_pdu::split(field).ok().and_then(|(address, _)| address);
        Ok(address.and_then(|address| address.number()))
    }

    /// Stores the service centre (`AT+CSCA`).
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn set_smsc(&mut self, number: &PhoneNumber) -> Result<(), StatusWord> {
        let mut record = self.read_record(EF_SMSP, 1)?;
        if let Some(indicators) = record.first_mut() {
            *indicators &= !SERVICE_CENTRE_ABSENT;
        }
        let mut field = Address::service_centre_octets(Some(&Address::from_number(number)));
        field.resize(12, 0xff);
        for (octet, new) in record.iter_mut().skip(SERVICE_CENTRE_OFFSET).zip(field) {
            *octet = new;
        }
        self.update_record(EF_SMSP, 1, &record)
    }

    /// Whether the memory capacity exceeded flag is set, from EF_SMSS: a message was refused for want of room.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn memory_exceeded(&self) -> Result<bool, StatusWord> {
        Ok(self.read_binary(EF_SMSS, 1, 1)?.first().is_some_and(|flags| flags & 1 == 0))
    }

    /// Sets the flag when a message was refused, and takes it back once the network was told of free memory.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn set_memory_exceeded(&mut self, exceeded: bool) -> Result<(), StatusWord> {
        let flags = self.files.content(EF_SMSS).get(1).copied().unwrap_or(0xff);
        self.update_binary(EF_SMSS, 1, &[if exceeded { flags & !1 } else { flags | 1 }])
    }

    /// The TP-Message-Reference that was used last.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn last_message_reference(&self) -> Result<u8, StatusWord> {
        Ok(self.read_binary(EF_SMSS, 0, 1)?.first().copied().unwrap_or(0xff))
    }

    /// Stores the TP-Message-Reference that was used last.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn set_last_message_reference(&mut self, reference: u8) -> Result<(), StatusWord> {
        self.update_binary(EF_SMSS, 0, &[reference])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::example::card;

    const D1: &str = "07913336999800F0040B913336990800F20000623041906235800CC8F71D14969741F977FD07";

    fn received() -> SmsRecord {
        SmsRecord { status: SmsStatus::ReceivedUnread, pdu: hex::decode(D1).unwrap() }
    }

    #[test]
    fn a_message_is_stored_read_and_deleted() {
        let mut card = card();
        assert_eq!(card.store_sms(&received()), Ok(1));
        let octets = card.read_record(EF_SMS, 1).unwrap();
        assert_eq!(hex::encode_upper(&octets[..39]), format!("03{D1}"));
        assert!(octets[39..].iter().all(|octet| *octet == 0xff) && octets.len() == 176);
        assert_eq!(card.sms_record(1), Ok(Some(received())));
        card.set_sms_status(1, SmsStatus::ReceivedRead).unwrap();
        assert_eq!(card.sms_record(1).unwrap().unwrap().status, SmsStatus::ReceivedRead);
        card.set_sms_status(2, SmsStatus::ReceivedRead).unwrap();
        assert_eq!(card.sms_record(2), Ok(None), "a free record stays free");
        card.delete_sms(1).unwrap();
        assert_eq!(card.sms_free(), Ok(6));
        assert_eq!(card.read_record(EF_SMS, 1).unwrap()[..2], [0x00, 0xff]);
    }

    #[test]
    fn every_status_has_its_octet() {
        use SmsStatus::*;
        for (status, octet) in [
            (ReceivedRead, 0x01),
            (ReceivedUnread, 0x03),
            (Sent, 0x05),
            (ToBeSent, 0x07),
            (SentReportPending, 0x0d),
            (SentReportReceived, 0x15),
            (SentReportStored, 0x1d),
        ] {
            assert_eq!(status.octet(), octet);
            assert_eq!(SmsStatus::from_octet(octet), Some(status));
        }
        assert_eq!(SmsStatus::from_octet(0), None);
    }

    #[test]
    fn a_message_of_a_whole_record_fits_and_a_longer_one_does_not() {
        let mut card = card();
        let record = |length| SmsRecord { status: SmsStatus::ToBeSent, pdu: vec![0x41; length] };
        assert_eq!(card.store_sms(&record(175)), Ok(1));
        assert_eq!(card.store_sms(&record(176)), Err(SmsStoreError::TooLong));
        assert_eq!(card.sms_record(1).unwrap().unwrap().pdu.len(), 175);
    }

    #[test]
    fn the_service_centre_is_that_of_the_profile_until_it_is_changed() {
        let mut card = card();
        let record = card.read_record(EF_SMSP, 1).unwrap();
        assert_eq!(hex::encode_upper(record), format!("E1{}07913336999800F0FFFFFFFF0000A7", "FF".repeat(12)));
        assert_eq!(card.smsc().unwrap().unwrap().as_str(), "+33639989000");
        card.set_smsc(&"+336".parse().unwrap()).unwrap();
        assert_eq!(card.smsc().unwrap().unwrap().as_str(), "+336");
        card.update_record(EF_SMSP, 1, &[0xff; 28]).unwrap();
        assert_eq!(card.smsc(), Ok(None));
        card.set_smsc(&"3900".parse().unwrap()).unwrap();
        assert_eq!(card.smsc().unwrap().unwrap().as_str(), "3900");
    }

    #[test]
    fn the_memory_flag_and_the_last_reference_are_kept_apart() {
        let mut card = card();
        assert_eq!(card.memory_exceeded(), Ok(false));
        card.set_memory_exceeded(true).unwrap();
        card.set_last_message_reference(0x2a).unwrap();
        assert_eq!(card.read_binary(EF_SMSS, 0, 2), Ok(vec![0x2a, 0xfe]));
        assert_eq!((card.memory_exceeded(), card.last_message_reference()), (Ok(true), Ok(0x2a)));
        card.set_memory_exceeded(false).unwrap();
        assert_eq!(card.memory_exceeded(), Ok(false));
    }
}
