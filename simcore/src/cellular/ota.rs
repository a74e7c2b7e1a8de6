//! The operator's server for cards: updates of files over the air, and REFRESH.
//!
//! Spec: TS 31.115 (secured packets in short messages), TS 102 226 (file management). A file is written from its first
//! octet on, in as many messages as it takes; the counter of a card rises with every packet. What the card answers comes
//! in the report of the delivery. The content of a packet is never part of a note.

use super::config::Subscriber;
use super::note::OtaNote;
use super::smsc::{MessageId, SmsRequest};
use super::{CellularCore, ControlError};
use crate::state::{Kept, Parts};
use wire::id::{Imsi, Key};
use wire::ota::{
    COMMAND_ELEMENT, CommandPacket, OtaKeys, RESPONSE_ELEMENT, RefreshKind, ResponsePacket, ResponseStatus,
    Script, Security, TAR_USIM_FILES,
};
use wire::sms::{Address, DataCoding, Direction, ProtocolId, RpUserData, Tpdu, UserData, UserDataHeader};
use wire::time::Instant;

/// TP-PID and TP-DCS of a message for the card: data download, 8 bit, class 2.
const DATA_DOWNLOAD: ProtocolId = ProtocolId(0x7f);
const CLASS_2_OCTETS: DataCoding = DataCoding(0xf6);
/// Octets that one message writes: seventeen networks of five octets.
const PIECE: usize = 85;

/// What is wrong with a packet on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtaFault {
    /// A checksum of another key.
    WrongKey,
    /// A counter that the card has seen.
    OldCounter,
    /// Neither ciphered nor with a checksum.
    Unsecured,
}

impl OtaFault {
    /// All of them with their names.
    pub const ALL: &'static [(&'static str, Self)] =
        &[("wrong-key", Self::WrongKey), ("old-counter", Self::OldCounter), ("unsecured", Self::Unsecured)];
}

/// What a card answered to a packet.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OtaAnswer {
    /// When.
    pub at: Instant,
    /// The message that carried the packet.
    pub message: MessageId,
    /// The answer; `None` where it is none, or not genuine.
    pub response: Option<ResponsePacket>,
}

/// What the server remembers.
#[derive(Debug, Default)]
pub(super) struct Ota {
    counters: Kept<Imsi, u64>,
    sent: Kept<MessageId, Security>,
    answers: Kept<Imsi, Vec<OtaAnswer>>,
}

impl Ota {
    pub(super) fn parts(&mut self) -> Parts<'_> {
        vec![
            ("ota-counter", &mut self.counters),
            ("ota-packet", &mut self.sent),
            ("ota-answers", &mut self.answers),
        ]
    }
}

impl CellularCore {
    /// Writes a file of the USIM from its first octet on.
    ///
    /// # Errors
    /// No such subscriber.
    pub fn ota_update(
        &mut self,
        now: Instant,
        imsi: &Imsi,
        file: u16,
        data: &[u8],
        fault: Option<OtaFault>,
    ) -> Result<Vec<MessageId>, ControlError> {
        let mut messages = Vec::new();
        for (place, piece) in data.chunks(PIECE).enumerate() {
            let [high, low] = ((place * PIECE) as u16).to_be_bytes();
            let mut update = vec![0x00, 0xd6, high, low, piece.len() as u8];
            update.extend(piece);
            let script = Script::Compact(vec![select(file), update]);
            messages.push(self.send_packet(now, imsi, &script, fault)?);
        }
        Ok(messages)
    }

    /// Writes a record of a file of the USIM.
    ///
    /// # Errors
    /// No such subscriber.
    pub fn ota_update_record(
        &mut self,
        now: Instant,
        imsi: &Imsi,
        file: u16,
        record: u8,
        data: &[u8],
    ) -> Result<MessageId, ControlError> {
        let mut update = vec![0x00, 0xdc, record, 0x04, data.len() as u8];
        update.extend(data);
        self.send_packet(now, imsi, &Script::Compact(vec![select(file), update]), None)
    }

    /// Makes the card ask for a REFRESH.
    ///
    /// # Errors
    /// No such subscriber.
    pub fn ota_refresh(
        &mut self,
        now: Instant,
        imsi: &Imsi,
        kind: RefreshKind,
        files: &[u16],
    ) -> Result<MessageId, ControlError> {
        let script = Script::Expanded { action: Some(kind.objects(files)), commands: Vec::new() };
        self.send_packet(now, imsi, &script, None)
    }

    /// What a card has answered, oldest first.
    #[must_use]
    pub fn ota_answers(&self, imsi: &Imsi) -> &[OtaAnswer] {
        self.ota.answers.get(imsi).map_or(&[], Vec::as_slice)
    }

    fn send_packet(
        &mut self,
        now: Instant,
        imsi: &Imsi,
        script: &Script,
        fault: Option<OtaFault>,
    ) -> Result<MessageId, ControlError> {
        let subscriber =
            self.subscriber(imsi).ok_or_else(|| ControlError::UnknownSubscriber(imsi.clone()))?;
        let (to, mut keys) = (subscriber.msisdn.clone(), keys_of(subscriber));
        let counter = self.ota.counters.entry(imsi.clone()).or_insert(0);
        if fault != Some(OtaFault::OldCounter) {
            *counter += 1;
        }
        let counter = *counter;
        if fault == Some(OtaFault::WrongKey) {
            keys.kid = Key::new([0x5a; 16]);
        }
        let security = if fault == Some(OtaFault::Unsecured) { Security::NONE } else { Security::FULL };
        let packet = CommandPacket { security, tar: TAR_USIM_FILES, counter, data: script.to_octets() };
        let header = UserDataHeader::from_octets(vec![COMMAND_ELEMENT, 0]);
        let user_data = UserData::binary(CLASS_2_OCTETS, header, packet.seal(&keys))
            .map_err(|_| ControlError::PacketTooLong)?;
        let request = SmsRequest {
            from: Address::from_number(&self.config.smsc),
            pid: DATA_DOWNLOAD,
            ..SmsRequest::new(&self.config.smsc, to, user_data)
        };
        let id = self.send_sms(now, request)?;
        self.ota.sent.insert(id, security);
        self.note(OtaNote::Sent { imsi: imsi.clone(), id });
        Ok(id)
    }

    /// The report of a delivery: the answer of the card, where the message was a packet.
    pub(super) fn ota_reported(&mut self, imsi: &Imsi, id: MessageId, report: Option<&RpUserData>) {
        let Some(security) = self.ota.sent.remove(&id) else { return };
        let keys = self.subscriber(imsi).map(keys_of);
        let packet = report.and_then(packet_of);
        // A card does not sign its answer to a packet that it could not trust; success is always signed.
        let open = |octets: &[u8], keys: &OtaKeys| {
            ResponsePacket::open(octets, keys, security.proof).or_else(|| {
                ResponsePacket::open(octets, keys, Security::NONE.proof)
                    .filter(|response| response.status != ResponseStatus::OK)
            })
        };
        let response = packet.zip(keys).and_then(|(octets, keys)| open(&octets, &keys));
        self.note(match &response {
            Some(response) => OtaNote::Answered { imsi: imsi.clone(), id, status: response.status },
            None => OtaNote::NoAnswer { imsi: imsi.clone(), id },
        });
        let answer = OtaAnswer { at: self.now, message: id, response };
        self.ota.answers.entry(imsi.clone()).or_default().push(answer);
    }
}

fn keys_of(subscriber: &Subscriber) -> OtaKeys {
    OtaKeys::derived(&subscriber.iccid)
}

fn select(file: u16) -> Vec<u8> {
    let [high, low] = file.to_be_bytes();
    vec![0x00, 0xa4, 0x00, 0x04, 0x02, high, low]
}

fn packet_of(report: &RpUserData) -> Option<Vec<u8>> {
    let Ok(Tpdu::DeliverReport(report)) = report.tpdu(Direction::MobileToNetwork) else { return None };
    let data = report.parameters.user_data?;
    match data.header()?.octets() {
        [RESPONSE_ELEMENT, 0, ..] => Some(data.payload().octets().to_vec()),
        _ => None,
    }
}
