//! The terminal's side of the card's toolkit: messages for the card, and commands from it.
//!
//! Spec: TS 31.111 clause 7.1.1 (SMS-PP download), ETSI TS 102 223 clauses 6.4.7 (REFRESH), 6.8 (responses). A command is
//! fetched as soon as the card announces it. REFRESH is carried out here; any other command is one that this terminal
//! said it cannot do, and is answered so. The host sees commands once it asked for reports.

use super::Modem;
use super::mobile::Incoming;
use crate::defect::Defect;
use crate::sim::toolkit::object;
use crate::sim::{PinRef, PinState};
use wire::cause::RpCause;
use wire::ota::RefreshKind;
use wire::sms::{
    Address, DataCoding, Deliver, DeliverReport, FailureCause, MessageClass, ProtocolId, ReportParameters,
    UserData, UserDataHeader,
};
use wire::time::Instant;

/// Profile download, SMS-PP download, REFRESH (TS 102 223 clause 5.2).
pub(super) const TERMINAL_PROFILE: [u8; 3] = [0x13, 0x00, 0x80];
/// TP-PID "(U)SIM data download" (TS 23.040 9.2.3.9).
const DATA_DOWNLOAD: ProtocolId = ProtocolId(0x7f);
/// Service 28 of EF_UST: data download via SMS-PP.
const EF_UST: u16 = 0x6f38;
const SMS_PP_SERVICE: (usize, u8) = (3, 0x08);
/// TP-FCS "(U)SIM data download error".
const DOWNLOAD_ERROR: u8 = 0xd5;
/// General results (TS 102 223 clause 8.12).
const PERFORMED: u8 = 0x00;
const BUSY: u8 = 0x20;
const BEYOND_CAPABILITIES: u8 = 0x30;
/// Additional information of "currently unable": busy with a call.
const IN_A_CALL: u8 = 0x02;
const COMMAND_DETAILS: u8 = 0x01;
const REFRESH: u8 = 0x01;

impl Modem {
    /// Whether a message is for the card itself: of class 2, for data download, and the card offers the service.
    pub(super) fn is_for_the_card(&self, deliver: &Deliver) -> bool {
        let (octet, bit) = SMS_PP_SERVICE;
        let offered = self.mobile.card().is_some_and(|card| {
            card.read_binary(EF_UST, 0, 0)
                .is_ok_and(|table| table.get(octet).is_some_and(|services| services & bit != 0))
        });
        deliver.pid == DATA_DOWNLOAD
            && deliver.user_data.dcs().class() == Some(MessageClass::Class2)
            && offered
            && !self.config.defects.contains(&Defect::ShowsCardMessages)
    }

    /// Passes a message to the card and its answer to the network.
    pub(super) fn download(&mut self, now: Instant, incoming: &Incoming) {
        let envelope = envelope(incoming.service_centre.as_ref(), &incoming.tpdu);
        let Some(card) = self.mobile.card_mut() else { return };
        match card.envelope(&envelope) {
            Ok(data) => {
                let report = DeliverReport { failure: None, parameters: parameters(&data) };
                self.mobile.accept_message_with(incoming, report);
            }
            Err(_) => {
                let failure = FailureCause::new(DOWNLOAD_ERROR);
                self.refuse_download(incoming, failure);
            }
        }
        self.serve_card(now);
    }

    fn refuse_download(&mut self, incoming: &Incoming, failure: Option<FailureCause>) {
        let answer = super::mobile::DeliveryAnswer::Refused { cause: RpCause::PROTOCOL_ERROR, failure };
        self.mobile.answer_message(incoming, answer);
    }

    /// Fetches and carries out what the card wants.
    pub(super) fn serve_card(&mut self, now: Instant) {
        let mut served = false;
        while let Some(command) = self.mobile.card_mut().and_then(crate::sim::SimCard::fetch) {
            served = true;
            if self.local.toolkit.reports {
                self.line.report(vec![format!("+CUSATP: \"{}\"", hex::encode_upper(&command))]);
            }
            self.carry_out(now, &command);
        }
        if served && self.local.toolkit.reports {
            self.line.report(vec!["+CUSATEND".to_owned()]);
        }
    }

    fn carry_out(&mut self, now: Instant, command: &[u8]) {
        let objects = command.get(2..).unwrap_or_default();
        let details = object(objects, COMMAND_DETAILS).map(<[u8]>::to_vec).unwrap_or_default();
        let kind = match details[..] {
            [_, REFRESH, qualifier] => RefreshKind::of_qualifier(qualifier),
            _ => None,
        };
        match kind {
            None => self.respond(&details, &[BEYOND_CAPABILITIES]),
            // A call is not cut for the sake of the card.
            Some(kind) if kind != RefreshKind::FileChange && self.mobile.has_call() => {
                self.respond(&details, &[BUSY, IN_A_CALL]);
            }
            Some(RefreshKind::UiccReset) => self.reset_card(now),
            Some(kind) => {
                self.mobile.card_refreshed(now, kind);
                self.respond(&details, &[PERFORMED]);
            }
        }
    }

    /// A card that is reset gets no response: it has forgotten what it asked for.
    fn reset_card(&mut self, now: Instant) {
        self.mobile.reset_card(now);
        let ready = self.mobile.card().is_some_and(|card| {
            matches!(card.pin_state(PinRef::Pin1), PinState::Disabled | PinState::Verified)
        });
        if !ready {
            self.report_card_state();
        }
    }

    fn respond(&mut self, details: &[u8], result: &[u8]) {
        let mut response = vec![0x81, details.len() as u8];
        response.extend(details);
        response.extend([0x82, 2, 0x82, 0x81, 0x83, result.len() as u8]);
        response.extend(result);
        if let Some(card) = self.mobile.card_mut() {
            // A card that gave a command without details has to live without an answer.
            let _ = card.terminal_response(&response);
        }
    }
}

/// ENVELOPE (SMS-PP DOWNLOAD): the devices, the service centre, the message.
fn envelope(service_centre: Option<&Address>, tpdu: &[u8]) -> Vec<u8> {
    let mut content = vec![0x82, 2, 0x83, 0x81];
    if service_centre.is_some() {
        // The length of the service centre's own field stands where the object has its own.
        content.push(0x06);
        content.extend(Address::service_centre_octets(service_centre));
    }
    push(&mut content, 0x8b, tpdu);
    let mut octets = Vec::new();
    push(&mut octets, 0xd1, &content);
    octets
}

fn push(octets: &mut Vec<u8>, tag: u8, value: &[u8]) {
    octets.push(tag);
    if value.len() > 127 {
        octets.push(0x81);
    }
    octets.push(value.len() as u8);
    octets.extend(value);
}

/// The card's answer as user data of the report: its header, then the packet.
fn parameters(data: &[u8]) -> ReportParameters {
    let user_data = data.split_first().and_then(|(length, rest)| {
        let (header, packet) = rest.split_at_checked(usize::from(*length))?;
        let header = UserDataHeader::from_octets(header.to_vec())?;
        UserData::binary(DataCoding(0xf6), Some(header), packet.to_vec()).ok()
    });
    match user_data {
        Some(user_data) => ReportParameters {
            pid: Some(DATA_DOWNLOAD),
            dcs: Some(DataCoding(0xf6)),
            user_data: Some(user_data),
        },
        None => ReportParameters::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wireshark shows this envelope as SMS-PP download from the network to the card, with the service centre
    /// +33639998000 and a DELIVER of PID 127, class 2, that holds pySim's packet.
    #[test]
    fn an_envelope_has_the_octets_that_a_dissector_understands() {
        let centre = Address::from_number(&"+33639998000".parse().unwrap());
        let tpdu = "440b913336998900f07ff6626262626262622d02700000281506192222b00011e87cceebb2d93083011ce294f93fc4d8de\
                    80da1abae8c37ca3e72ec4432e5058";
        let envelope = envelope(Some(&centre), &hex::decode(tpdu).unwrap());
        assert_eq!(hex::encode(envelope), format!("d14f820283810607913336998900f08b40{tpdu}"));
    }
}
