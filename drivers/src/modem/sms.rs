//! Short messages in PDU mode (TS 27.005 clauses 3 and 4).
//!
//! PDU mode only: in text mode a message body cannot be told from a result code.

use crate::at::{Answer, AtError, Command};
use wire::at::response::{fields, name, parameters};
use wire::sms::{Address, BroadcastPage, Deliver, Direction, SmscPdu, StatusReport, Submit, Tpdu};
use wire::time::Duration;

const LOCAL: Duration = Duration::from_secs(5);
const LIST: Duration = Duration::from_secs(30);
/// TR1M of TS 24.011 is 35 to 45 s; a module repeats once.
const SEND: Duration = Duration::from_secs(120);

/// Selects PDU mode, the card as storage, and reports of new messages and status reports.
#[must_use]
pub fn prepare() -> Command {
    Command::new("AT+CMGF=0;+CPMS=\"SM\",\"SM\",\"SM\";+CNMI=2,1,0,1,0", LOCAL)
}

/// Sends a message through the card's service centre.
#[must_use]
pub fn submit(message: &Submit) -> Command {
    let pdu = SmscPdu { smsc: None, tpdu: Tpdu::Submit(message.clone()) };
    Command::with_text(format!("AT+CMGS={}", pdu.tpdu_length()), pdu.to_hex(), SEND)
}

/// Reads `+CMGS: <mr>`.
///
/// # Errors
/// [`AtError::Malformed`] when the reference is missing.
pub fn message_reference(answer: &Answer) -> Result<u8, AtError> {
    const FORM: &str = "+CMGS: <mr 0..255>";
    fields(answer.parameters("+CMGS", FORM)?)
        .first()
        .and_then(|field| field.parse().ok())
        .ok_or_else(|| answer.malformed(FORM))
}

/// Asks how full the storages are.
#[must_use]
pub fn read_storage() -> Command {
    Command::new("AT+CPMS?", LOCAL)
}

/// Reads how many messages the reading storage holds, and how many it can hold.
///
/// # Errors
/// [`AtError::Malformed`] when the figures are missing.
pub fn storage(answer: &Answer) -> Result<(u16, u16), AtError> {
    const FORM: &str = "+CPMS: <mem1>,<used1>,<total1>,…";
    let fields = fields(answer.parameters("+CPMS", FORM)?);
    let number = |index: usize| fields.get(index).and_then(|field| field.parse().ok());
    number(1).zip(number(2)).ok_or_else(|| answer.malformed(FORM))
}

/// Asks which storages there are.
#[must_use]
pub fn read_storages() -> Command {
    Command::new("AT+CPMS=?", LOCAL)
}

/// Reads `+CPMS: (<mem1>…),(<mem2>…),(<mem3>…)`; a list may be empty, and one of one storage without brackets (trap 12).
///
/// # Errors
/// [`AtError::Malformed`] when there are not one to three lists of names.
pub fn storages(answer: &Answer) -> Result<Vec<Vec<String>>, AtError> {
    const FORM: &str = "+CPMS: (<mem1>…)[,(<mem2>…)[,(<mem3>…)]]";
    let lists = fields(answer.parameters("+CPMS", FORM)?);
    let name =
        |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase());
    let names = |list: &String| -> Option<Vec<String>> {
        let inside = list.trim().trim_start_matches('(').trim_end_matches(')');
        let names: Vec<String> =
            inside.split(',').map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect();
        names.iter().all(|text| name(text)).then_some(names)
    };
    let lists: Option<Vec<Vec<String>>> = lists.iter().map(names).collect();
    lists.filter(|lists| (1..=3).contains(&lists.len())).ok_or_else(|| answer.malformed(FORM))
}

/// A message in the modem's storage, or one that was handed over directly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMessage {
    /// Position in the storage; 0 for a message that was handed over directly.
    pub index: u16,
    /// `<stat>`: 0 received unread, 1 received read, 2 stored unsent, 3 stored sent.
    pub stat: u8,
    /// The message.
    pub tpdu: Tpdu,
}

impl StoredMessage {
    /// Who sent it; `None` for a message that was not delivered to this device.
    #[must_use]
    pub const fn originator(&self) -> Option<&Address> {
        match &self.tpdu {
            Tpdu::Deliver(Deliver { originator, .. }) => Some(originator),
            Tpdu::Submit(_)
            | Tpdu::StatusReport(_)
            | Tpdu::SubmitReport(_)
            | Tpdu::DeliverReport(_)
            | Tpdu::Command(_) => None,
        }
    }

    /// Its text; `None` for binary data and for reports.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match &self.tpdu {
            Tpdu::Deliver(Deliver { user_data, .. }) | Tpdu::Submit(Submit { user_data, .. }) => {
                user_data.decoded_text()
            }
            Tpdu::StatusReport(_) | Tpdu::SubmitReport(_) | Tpdu::DeliverReport(_) | Tpdu::Command(_) => None,
        }
    }
}

/// Lists all messages of the reading storage. Listing marks them as read.
#[must_use]
pub fn list() -> Command {
    Command::new("AT+CMGL=4", LIST)
}

/// Reads `+CMGL: <index>,<stat>,[<alpha>],<length>` headers, each with its PDU line.
///
/// # Errors
/// [`AtError::Malformed`] when a header or a PDU cannot be read.
pub fn stored_messages(answer: &Answer) -> Result<Vec<StoredMessage>, AtError> {
    const FORM: &str = "+CMGL: <index>,<stat>,[<alpha>],<length> and a line with the PDU";
    answer
        .lines
        .chunks(2)
        .map(|pair| match pair {
            [header, pdu] if name(header) == "+CMGL" => {
                let fields = fields(parameters(header));
                let number = |index: usize| fields.get(index).and_then(|field| field.parse::<u16>().ok());
                let message = number(0).zip(number(1)).zip(number(3));
                let ((index, stat), length) = message.ok_or_else(|| answer.malformed(FORM))?;
                let stat = u8::try_from(stat).map_err(|_| answer.malformed(FORM))?;
                let tpdu = tpdu(stat, pdu, length).ok_or_else(|| answer.malformed(FORM))?;
                Ok(StoredMessage { index, stat, tpdu })
            }
            [_, ..] | [] => Err(answer.malformed(FORM)),
        })
        .collect()
}

fn tpdu(stat: u8, hex: &str, length: u16) -> Option<Tpdu> {
    let direction = if stat < 2 { Direction::NetworkToMobile } else { Direction::MobileToNetwork };
    SmscPdu::parse_hex(direction, hex, Some(usize::from(length))).ok().map(|pdu| pdu.tpdu)
}

/// Deletes the message at `index`.
#[must_use]
pub fn delete(index: u16) -> Command {
    Command::new(format!("AT+CMGD={index}"), LOCAL)
}

/// Deletes every message.
#[must_use]
pub fn delete_all() -> Command {
    Command::new("AT+CMGD=1,4", LIST)
}

/// The storage position that a `+CMTI` report names; `None` when the line is another report.
#[must_use]
pub fn new_message_index(line: &str) -> Option<u16> {
    (name(line) == "+CMTI").then(|| fields(parameters(line)).get(1)?.parse().ok())?
}

/// The message of a `+CMT` report with its payload line; `None` when it is another report or cannot be read.
#[must_use]
pub fn direct_message(line: &str, payload: Option<&str>) -> Option<StoredMessage> {
    let length = (name(line) == "+CMT").then(|| fields(parameters(line)).last()?.parse().ok())??;
    Some(StoredMessage { index: 0, stat: 0, tpdu: tpdu(0, payload?, length)? })
}

/// The page of a `+CBM` report with its payload line; `None` when it is another report or cannot be read.
#[must_use]
pub fn broadcast_page(line: &str, payload: Option<&str>) -> Option<BroadcastPage> {
    let length: usize = (name(line) == "+CBM").then(|| parameters(line).trim().parse().ok())??;
    let octets = hex::decode(payload?.trim()).ok().filter(|octets| octets.len() == length)?;
    BroadcastPage::parse(&octets).ok()
}

/// The status report of a `+CDS` report with its payload line; `None` when it is another report or cannot be read.
#[must_use]
pub fn status_report(line: &str, payload: Option<&str>) -> Option<StatusReport> {
    let length = (name(line) == "+CDS").then(|| fields(parameters(line)).last()?.parse().ok())??;
    match tpdu(0, payload?, length)? {
        Tpdu::StatusReport(report) => Some(report),
        Tpdu::Submit(_)
        | Tpdu::Deliver(_)
        | Tpdu::SubmitReport(_)
        | Tpdu::DeliverReport(_)
        | Tpdu::Command(_) => None,
    }
}

/// Asks for the service centre address.
#[must_use]
pub fn read_service_centre() -> Command {
    Command::new("AT+CSCA?", LOCAL)
}

/// Reads `+CSCA: <sca>,<tosca>`.
///
/// # Errors
/// [`AtError::Malformed`] when the address is missing.
pub fn service_centre(answer: &Answer) -> Result<String, AtError> {
    const FORM: &str = "+CSCA: <sca>,<tosca>";
    fields(answer.parameters("+CSCA", FORM)?).first().cloned().ok_or_else(|| answer.malformed(FORM))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::at::response::FinalResult;

    /// PDU D1 of the facts pack, decoded there by three independent programs.
    const D1: &str = "07913336999800F0040B913336990800F20000623041906235800CC8F71D14969741F977FD07";
    /// PDU R1: status report for reference 2A, delivered.
    const R1: &str = "07913336999800F0062A0B913336990800F2623041906235406230419072504000";

    #[test]
    fn a_broadcast_page_is_read_with_its_identifier_and_text() {
        // As in the tests of several open modem stacks.
        let page = "011000320111C2327BFC76BBCBEE46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D1\
                    68341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D100";
        let read = broadcast_page("+CBM: 88", Some(page)).unwrap();
        assert_eq!((read.identifier, read.text().as_deref()), (50, Some("Belconnen")));
        assert_eq!(broadcast_page("+CBM: 87", Some(page)), None);
        assert_eq!(broadcast_page("+CMT: 88", Some(page)), None);
        assert_eq!(broadcast_page("+CBM: 272,50,1,1,1", Some("Belconnen")), None);
    }

    #[test]
    fn a_stored_message_is_read_with_its_sender_and_text() {
        let lines = vec!["+CMGL: 3,0,,30".into(), D1.into()];
        let answer = Answer { command: "AT+CMGL=4".into(), lines, result: FinalResult::Ok };
        let messages = stored_messages(&answer).unwrap();
        assert_eq!((messages[0].index, messages[0].stat), (3, 0));
        assert_eq!(messages[0].text().unwrap(), "How are you?");
        assert_eq!(messages[0].originator().unwrap().to_string(), "+33639980002");
    }

    #[test]
    fn a_wrong_length_or_a_missing_pdu_is_malformed() {
        for lines in [vec!["+CMGL: 3,0,,29".to_owned(), D1.to_owned()], vec!["+CMGL: 3,0,,30".to_owned()]] {
            let answer = Answer { command: "AT+CMGL=4".into(), lines, result: FinalResult::Ok };
            assert!(stored_messages(&answer).is_err(), "{answer:?}");
        }
    }

    #[test]
    fn reports_with_a_payload_are_read() {
        assert_eq!(direct_message("+CMT: ,30", Some(D1)).unwrap().text().unwrap(), "How are you?");
        let report = status_report("+CDS: 25", Some(R1)).unwrap();
        assert_eq!((report.message_reference, report.status.is_completed()), (0x2a, true));
        assert_eq!(direct_message("+CMT: ,30", None), None);
        assert_eq!(new_message_index("+CMTI: \"SM\",3"), Some(3));
    }
}
