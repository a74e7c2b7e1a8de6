//! Short messages that arrive, and what becomes of them (TS 23.038 4, TS 23.040 9.2.3, TS 27.005 3.4.1).
//!
//! A message is routed to the host or stored where `+CPMS` says; one of class 2 is for the card and nothing else. Messages
//! for the card's toolkit go to it.

mod broadcast;
mod indication;
mod memory;
mod text;

pub(super) use memory::{Memory, Shelves};
pub(super) use text::validity_text;

use super::Modem;
use super::mobile::{DeliveryAnswer, Incoming};
use crate::defect::Defect;
use crate::sim::{SmsRecord, SmsStatus};
use indication::Indications;
use std::collections::VecDeque;
use wire::at::error::CmsError;
use wire::cause::RpCause;
use wire::sms::{
    Address, Deliver, Direction, FailureCause, MessageClass, ProtocolId, SmscPdu, StatusReport, Tpdu,
};
use wire::time::{Duration, Instant, Wakeup};

/// How long `+CMMS=1` keeps the relay link after a message (TS 27.005 3.5.6: one to five seconds).
const LINK: Duration = Duration::from_secs(5);

/// What the modem does about messages at this moment.
#[derive(Debug, Default)]
pub(super) struct Messages {
    indications: Indications,
    /// Until when `+CMMS=1` keeps the relay link.
    link_until: Option<Instant>,
    /// Pages of cell broadcast messages that were shown, the oldest first.
    broadcasts: VecDeque<broadcast::Shown>,
    /// How many messages a defective modem accepted although the card was full.
    hidden: usize,
}

impl Messages {
    pub(super) fn power_cycle(&mut self) {
        *self = Self { hidden: self.hidden, ..Self::default() };
    }

    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        let host = self.indications.deadline.map(|at| Wakeup::new(at, "+CNMA from the host"));
        let link = self.link_until.map(|at| Wakeup::new(at, "end of the relay link"));
        Wakeup::earliest(host, link)
    }

    pub(super) const fn hidden(&self) -> usize {
        self.hidden
    }
}

impl Modem {
    pub(super) fn message_arrived(&mut self, now: Instant, incoming: Incoming) {
        match Tpdu::parse(Direction::NetworkToMobile, &incoming.tpdu) {
            Ok(Tpdu::Deliver(deliver)) => self.delivered(now, incoming, &deliver),
            Ok(Tpdu::StatusReport(report)) => self.status_reported(now, incoming, &report),
            Ok(Tpdu::Submit(_) | Tpdu::SubmitReport(_) | Tpdu::DeliverReport(_) | Tpdu::Command(_)) => {
                self.refuse(&incoming, RpCause::MESSAGE_TYPE_NOT_IMPLEMENTED, None);
            }
            Err(_) => self.refuse(&incoming, RpCause::INVALID_MANDATORY_INFORMATION, None),
        }
    }

    fn accept(&mut self, incoming: &Incoming) {
        self.mobile.answer_message(incoming, DeliveryAnswer::Accepted);
    }

    fn refuse(&mut self, incoming: &Incoming, cause: RpCause, failure: Option<FailureCause>) {
        self.mobile.answer_message(incoming, DeliveryAnswer::Refused { cause, failure });
    }

    fn delivered(&mut self, now: Instant, incoming: Incoming, deliver: &Deliver) {
        let class = deliver.user_data.dcs().class();
        let waiting = deliver.user_data.dcs().message_waiting();
        let discarded = waiting.is_some_and(|waiting| !waiting.store);
        let mt = self.profile.cnmi.mt;
        if deliver.pid == ProtocolId::TYPE_0 {
            self.accept(&incoming);
            return;
        }
        if self.is_for_the_card(deliver) {
            self.download(now, &incoming);
            return;
        }
        let direct = match class {
            Some(MessageClass::Class0) => mt >= 1,
            Some(MessageClass::Class2) => false,
            Some(MessageClass::Class3) => mt >= 2,
            // 27.005 3.4.1: what the network wants stored is indicated with +CMTI, not routed.
            None if waiting.is_some_and(|waiting| waiting.store) => false,
            Some(MessageClass::Class1) | None => mt == 2,
        };
        if direct {
            self.route_to_host(now, incoming, deliver);
        } else if discarded || class == Some(MessageClass::Class0) {
            self.accept(&incoming);
        } else {
            self.store(&incoming, deliver);
        }
    }

    fn route_to_host(&mut self, now: Instant, incoming: Incoming, deliver: &Deliver) {
        let lines = if self.profile.text_mode {
            let header = self.deliver_header(deliver, incoming.service_centre.as_ref());
            vec![format!("+CMT: {header}"), self.body(&Tpdu::Deliver(deliver.clone()))]
        } else {
            vec![format!("+CMT: ,{}", incoming.tpdu.len()), hex::encode_upper(octets_of(&incoming))]
        };
        self.route(now, incoming, lines);
    }

    fn status_reported(&mut self, now: Instant, incoming: Incoming, report: &StatusReport) {
        match self.profile.cnmi.ds {
            0 => self.accept(&incoming),
            1 => {
                let lines = if self.profile.text_mode {
                    vec![format!("+CDS: {}", self.status_report_text(report))]
                } else {
                    let pdu = hex::encode_upper(octets_of(&incoming));
                    vec![format!("+CDS: {}", incoming.tpdu.len()), pdu]
                };
                self.route(now, incoming, lines);
            }
            _ => self.store_report(&incoming),
        }
    }

    fn store_report(&mut self, incoming: &Incoming) {
        let record = SmsRecord { status: SmsStatus::ReceivedUnread, pdu: octets_of(incoming) };
        match self.store_record(Memory::Reports, &record) {
            Ok(index) => {
                self.accept(incoming);
                self.indicate(vec![format!("+CDSI: \"{}\",{index}", Memory::Reports.name())]);
            }
            Err(_) => self.refuse_for_room(incoming, Memory::Reports),
        }
    }

    fn store(&mut self, incoming: &Incoming, deliver: &Deliver) {
        let record = SmsRecord { status: SmsStatus::ReceivedUnread, pdu: octets_of(incoming) };
        let for_card = deliver.user_data.dcs().class() == Some(MessageClass::Class2);
        let memory = if for_card { Memory::Card } else { self.profile.storage[2] };
        if memory == Memory::Card && self.mobile.card().is_none() {
            let failure = Some(FailureCause::NO_STORAGE_IN_SIM);
            self.refuse(incoming, RpCause::MEMORY_CAPACITY_EXCEEDED, failure);
            return;
        }
        let stored = match self.record_to_replace(memory, deliver) {
            Some(index) => self.overwrite_record(memory, index, &record).map(|()| index),
            None => self.store_record(memory, &record),
        };
        match stored {
            Ok(index) => {
                self.accept(incoming);
                if self.profile.cnmi.mt >= 1 {
                    self.indicate(vec![format!("+CMTI: \"{}\",{index}", memory.name())]);
                }
            }
            Err(CmsError::MEMORY_FULL) if self.config.defects.contains(&Defect::StoresSeventhSms) => {
                self.messages.hidden += 1;
                self.accept(incoming);
            }
            Err(CmsError::MEMORY_FULL) => self.refuse_for_room(incoming, memory),
            Err(_) => self.refuse(incoming, RpCause::PROTOCOL_ERROR, Some(FailureCause::UNSPECIFIED)),
        }
    }

    /// The network keeps the message until it is told that there is room.
    fn refuse_for_room(&mut self, incoming: &Incoming, memory: Memory) {
        if let Some(card) = self.mobile.card_mut() {
            // Without the flag a later RP-SMMA is lost, not the refusal.
            let _ = card.set_memory_exceeded(true);
        }
        let failure = match memory {
            Memory::Card => FailureCause::SIM_STORAGE_FULL,
            Memory::Equipment | Memory::Any | Memory::Reports => FailureCause::MEMORY_CAPACITY_EXCEEDED,
        };
        self.refuse(incoming, RpCause::MEMORY_CAPACITY_EXCEEDED, Some(failure));
    }

    /// The stored message of the same originator and replace type (TS 23.040 9.2.3.9).
    fn record_to_replace(&self, memory: Memory, deliver: &Deliver) -> Option<u16> {
        let kind = deliver.pid.replace_type()?;
        let same = |record: &SmsRecord| match SmscPdu::parse_record(Direction::NetworkToMobile, &record.pdu) {
            Ok((SmscPdu { tpdu: Tpdu::Deliver(old), .. }, _)) => {
                old.pid.replace_type() == Some(kind) && old.originator == deliver.originator
            }
            _ => false,
        };
        let records = self.records(memory).ok()?;
        records.into_iter().find(|(_, record)| same(record)).map(|(index, _)| index)
    }

    /// What is stored, by state.
    pub(super) fn stored_messages(&self) -> Vec<SmsStatus> {
        let records = self.records(Memory::Any).unwrap_or_default();
        records.into_iter().map(|(_, record)| record.status).collect()
    }

    /// Whether the next message finds no room.
    pub(super) fn message_storage_is_full(&self) -> bool {
        self.is_full(self.profile.storage[2])
    }

    /// Does what is due.
    pub(super) fn messages_timeout(&mut self, now: Instant) {
        self.acknowledgement_timeout(now);
        if self.messages.link_until.is_some_and(|until| until <= now) {
            self.messages.link_until = None;
            self.relay_link_ended();
        }
    }

    /// `+CMMS=1` keeps the relay link for a while from now on.
    pub(super) fn keep_relay_link(&mut self, now: Instant) {
        self.messages.link_until = Some(now + LINK);
    }
}

/// Service centre address and TPDU.
fn octets_of(incoming: &Incoming) -> Vec<u8> {
    let mut octets = Address::service_centre_octets(incoming.service_centre.as_ref());
    octets.extend(&incoming.tpdu);
    octets
}
