//! Short messages that arrive, and where they are kept (TS 23.038 4, TS 23.040 9.2.3, TS 27.005 3.4).
//!
//! Everything is stored on the card. Not here: storage in the modem itself, cell broadcast, messages for the card's
//! toolkit, which need a card that takes envelopes.

use super::Modem;
use super::mobile::{DeliveryAnswer, Incoming};
use crate::defect::Defect;
use crate::sim::{SmsRecord, SmsStatus, SmsStoreError};
use std::collections::VecDeque;
use wire::cause::RpCause;
use wire::sms::{
    Address, Deliver, Direction, FailureCause, MessageClass, Payload, ProtocolId, SmscPdu, StatusReport, Tpdu,
};
use wire::time::{Duration, Instant, Wakeup};

/// How long the host may take for `+CNMA`.
const ACKNOWLEDGEMENT: Duration = Duration::from_secs(15);
/// Indications that are kept while the host does not want them.
const MOST_BUFFERED: usize = 32;

/// The messages that are neither on the card nor at the host yet.
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// Routed to the host, to be acknowledged by it, oldest first, with the time that the first has.
    awaiting: VecDeque<Incoming>,
    deadline: Option<Instant>,
    /// Indications held back by `+CNMI` mode 0.
    buffered: VecDeque<Vec<String>>,
    /// How many messages a defective modem accepted although the card was full.
    hidden: usize,
}

impl Messages {
    pub(super) fn power_cycle(&mut self) {
        self.awaiting.clear();
        self.deadline = None;
        self.buffered.clear();
    }

    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        self.deadline.map(|at| Wakeup::new(at, "+CNMA from the host"))
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
            vec![format!("+CMT: ,{}", incoming.tpdu.len()), pdu_text(&incoming)]
        };
        self.indicate(lines);
        self.await_host(now, incoming);
    }

    fn status_reported(&mut self, now: Instant, incoming: Incoming, report: &StatusReport) {
        if self.profile.cnmi.ds != 1 {
            self.accept(&incoming);
            return;
        }
        let lines = if self.profile.text_mode {
            vec![format!("+CDS: {}", status_report_text(&incoming, report))]
        } else {
            vec![format!("+CDS: {}", incoming.tpdu.len()), pdu_text(&incoming)]
        };
        self.indicate(lines);
        self.await_host(now, incoming);
    }

    /// With `+CSMS=1` the host acknowledges what was routed to it, else the modem does.
    fn await_host(&mut self, now: Instant, incoming: Incoming) {
        if self.profile.acknowledged {
            self.messages.awaiting.push_back(incoming);
            self.messages.deadline = self.messages.deadline.or(Some(now + ACKNOWLEDGEMENT));
        } else {
            self.accept(&incoming);
        }
    }

    /// The host's `+CNMA`; false when nothing waits for one.
    pub(super) fn acknowledged_by_host(&mut self, now: Instant, accepted: bool) -> bool {
        let Some(incoming) = self.messages.awaiting.pop_front() else { return false };
        self.messages.deadline = (!self.messages.awaiting.is_empty()).then_some(now + ACKNOWLEDGEMENT);
        if accepted {
            self.accept(&incoming);
        } else {
            self.refuse(&incoming, RpCause::PROTOCOL_ERROR, Some(FailureCause::UNSPECIFIED));
        }
        true
    }

    /// A host that does not acknowledge loses the direct route (TS 27.005 3.4.4).
    pub(super) fn messages_timeout(&mut self, now: Instant) {
        if self.messages.deadline.is_some_and(|deadline| deadline <= now) {
            self.messages.deadline = None;
            self.profile.cnmi.mt = 0;
            self.profile.cnmi.ds = 0;
            for incoming in std::mem::take(&mut self.messages.awaiting) {
                self.refuse(&incoming, RpCause::PROTOCOL_ERROR, Some(FailureCause::UNSPECIFIED));
            }
        }
    }

    fn store(&mut self, incoming: &Incoming, deliver: &Deliver) {
        let mut pdu = Address::service_centre_octets(incoming.service_centre.as_ref());
        pdu.extend(&incoming.tpdu);
        let record = SmsRecord { status: SmsStatus::ReceivedUnread, pdu };
        let replaced = self.record_to_replace(deliver);
        let Some(card) = self.mobile.card_mut() else {
            self.refuse(incoming, RpCause::MEMORY_CAPACITY_EXCEEDED, Some(FailureCause::NO_STORAGE_IN_SIM));
            return;
        };
        let stored = match replaced {
            Some(index) => card.write_sms(index, &record).map(|()| index),
            None => card.store_sms(&record),
        };
        match stored {
            Ok(index) => {
                self.accept(incoming);
                if self.profile.cnmi.mt >= 1 {
                    self.indicate(vec![format!("+CMTI: \"SM\",{index}")]);
                }
            }
            Err(SmsStoreError::Full) if self.config.defects.contains(&Defect::StoresSeventhSms) => {
                self.messages.hidden += 1;
                self.accept(incoming);
            }
            Err(SmsStoreError::Full) => {
                // Without the flag a later RP-SMMA is lost, not the refusal.
                let _ = card.set_memory_exceeded(true);
                self.refuse(
                    incoming,
                    RpCause::MEMORY_CAPACITY_EXCEEDED,
                    Some(FailureCause::SIM_STORAGE_FULL),
                );
            }
            Err(SmsStoreError::TooLong | SmsStoreError::Card(_)) => {
                self.refuse(incoming, RpCause::PROTOCOL_ERROR, Some(FailureCause::UNSPECIFIED));
            }
        }
    }

    /// The stored message of the same originator and replace type (TS 23.040 9.2.3.9).
    fn record_to_replace(&self, deliver: &Deliver) -> Option<u8> {
        let kind = deliver.pid.replace_type()?;
        let records = self.mobile.card()?.sms_records().ok()?;
        let same = |record: &SmsRecord| match SmscPdu::parse_record(Direction::NetworkToMobile, &record.pdu) {
            Ok((SmscPdu { tpdu: Tpdu::Deliver(old), .. }, _)) => {
                old.pid.replace_type() == Some(kind) && old.originator == deliver.originator
            }
            _ => false,
        };
        records.into_iter().find(|(_, record)| same(record)).map(|(index, _)| index)
    }

    /// What is stored, by state.
    pub(super) fn stored_messages(&self) -> Vec<SmsStatus> {
        let records = self.mobile.card().and_then(|card| card.sms_records().ok()).unwrap_or_default();
        records.into_iter().map(|(_, record)| record.status).collect()
    }

    /// Whether the next message finds no room.
    pub(super) fn message_storage_is_full(&self) -> bool {
        self.mobile.card().is_some_and(|card| card.sms_free() == Ok(0))
    }

    /// Tells the host of a message, or keeps that for later.
    fn indicate(&mut self, lines: Vec<String>) {
        if self.profile.cnmi.mode == 0 {
            self.messages.buffered.push_back(lines);
            if self.messages.buffered.len() > MOST_BUFFERED {
                self.messages.buffered.pop_front();
            }
        } else {
            self.line.report(lines);
        }
    }

    /// `+CNMI` changed: what was held back is sent or forgotten.
    pub(super) fn release_indications(&mut self) {
        if self.profile.cnmi.mode == 0 {
            return;
        }
        let buffered = std::mem::take(&mut self.messages.buffered);
        if self.profile.cnmi.bfr == 0 {
            for lines in buffered {
                self.line.report(lines);
            }
        }
    }

    /// `<oa>,<alpha>,<scts>` and, with `+CSDH=1`, the rest of a DELIVER's header.
    pub(super) fn deliver_header(&self, deliver: &Deliver, centre: Option<&Address>) -> String {
        let mut text =
            format!("\"{}\",,\"{}\"", self.host_text(&deliver.originator.to_string()), deliver.timestamp);
        if self.profile.csdh {
            let octets = deliver.to_octets();
            text += &format!(
                ",{},{},{},{},{},{}",
                deliver.originator.type_of_address().0,
                octets.first().copied().unwrap_or_default(),
                deliver.pid.0,
                deliver.user_data.dcs().0,
                centre_text(centre),
                deliver.user_data.length(),
            );
        }
        text
    }

    /// The text of a message in the host's character set; hexadecimal digits where it is not made of GSM characters.
    pub(super) fn body(&self, tpdu: &Tpdu) -> String {
        match tpdu.user_data().map(|data| (data.payload(), tpdu.text())) {
            Some((Payload::Septets(_), Some(text))) => self.host_text(&text),
            Some((payload, _)) => hex::encode_upper(payload.octets()),
            None => String::new(),
        }
    }
}

/// `"<sca>",<tosca>`, both empty where there is none.
pub(super) fn centre_text(centre: Option<&Address>) -> String {
    centre.map_or_else(
        || "\"\",129".to_owned(),
        |centre| format!("\"{centre}\",{}", centre.type_of_address().0),
    )
}

fn pdu_text(incoming: &Incoming) -> String {
    let mut octets = Address::service_centre_octets(incoming.service_centre.as_ref());
    octets.extend(&incoming.tpdu);
    hex::encode_upper(octets)
}

/// `<fo>,<mr>,<ra>,<tora>,<scts>,<dt>,<st>`.
fn status_report_text(incoming: &Incoming, report: &StatusReport) -> String {
    format!(
        "{},{},\"{}\",{},\"{}\",\"{}\",{}",
        incoming.tpdu.first().copied().unwrap_or_default(),
        report.message_reference,
        report.recipient,
        report.recipient.type_of_address().0,
        report.submitted,
        report.discharge,
        report.status.0,
    )
}
