//! Messages as text mode shows them (TS 27.005 3.1, 3.4.1 to 3.4.3).

use super::super::Modem;
use wire::sms::{Address, Command, Deliver, Payload, StatusReport, Submit, Tpdu, ValidityPeriod};

impl Modem {
    /// `<oa>,<alpha>,<scts>` and, with `+CSDH=1`, the rest of a DELIVER's header.
    pub(in crate::modem) fn deliver_header(&self, deliver: &Deliver, centre: Option<&Address>) -> String {
        let mut text = self.originator_and_time(deliver);
        if self.profile.csdh {
            text += &format!(
                ",{},{},{},{},{},{}",
                deliver.originator.type_of_address().0,
                first_octet(&Tpdu::Deliver(deliver.clone())),
                deliver.pid.0,
                deliver.user_data.dcs().0,
                centre_text(centre),
                deliver.user_data.length(),
            );
        }
        text
    }

    /// The same in a list, which shows less of the header.
    pub(in crate::modem) fn deliver_in_list(&self, deliver: &Deliver) -> String {
        let mut text = self.originator_and_time(deliver);
        if self.profile.csdh {
            let (kind, length) = (deliver.originator.type_of_address().0, deliver.user_data.length());
            text += &format!(",{kind},{length}");
        }
        text
    }

    fn originator_and_time(&self, deliver: &Deliver) -> String {
        format!("\"{}\",,\"{}\"", self.host_text(&deliver.originator.to_string()), deliver.timestamp)
    }

    /// `<da>,<alpha>` and, with `+CSDH=1`, the rest of a SUBMIT's header.
    pub(in crate::modem) fn submit_header(&self, submit: &Submit, centre: Option<&Address>) -> String {
        let mut text = format!("\"{}\",", self.host_text(&submit.destination.to_string()));
        if self.profile.csdh {
            text += &format!(
                ",{},{},{},{},{},{},{}",
                submit.destination.type_of_address().0,
                first_octet(&Tpdu::Submit(submit.clone())),
                submit.pid.0,
                submit.user_data.dcs().0,
                submit.validity.map_or_else(String::new, validity_text),
                centre_text(centre),
                submit.user_data.length(),
            );
        }
        text
    }

    /// The same in a list.
    pub(in crate::modem) fn submit_in_list(&self, submit: &Submit) -> String {
        let mut text = format!("\"{}\",", self.host_text(&submit.destination.to_string()));
        if self.profile.csdh {
            let (kind, length) = (submit.destination.type_of_address().0, submit.user_data.length());
            text += &format!(",,{kind},{length}");
        }
        text
    }

    /// `<fo>,<mr>,<ra>,<tora>,<scts>,<dt>,<st>`.
    pub(in crate::modem) fn status_report_text(&self, report: &StatusReport) -> String {
        format!(
            "{},{},\"{}\",{},\"{}\",\"{}\",{}",
            first_octet(&Tpdu::StatusReport(report.clone())),
            report.message_reference,
            self.host_text(&report.recipient.to_string()),
            report.recipient.type_of_address().0,
            report.submitted,
            report.discharge,
            report.status.0,
        )
    }

    /// `<fo>,<ct>` and, with `+CSDH=1` where one message is shown, the rest of a COMMAND.
    pub(in crate::modem) fn command_text(&self, command: &Command, listed: bool) -> String {
        let mut text = format!("{},{}", first_octet(&Tpdu::Command(command.clone())), command.command_type);
        if self.profile.csdh && !listed {
            text += &format!(
                ",{},{},\"{}\",{},{}",
                command.pid.0,
                command.message_number,
                self.host_text(&command.destination.to_string()),
                command.destination.type_of_address().0,
                command.data().len(),
            );
        }
        text
    }

    /// The text of a message in the host's character set; hexadecimal digits where it is not made of GSM characters.
    pub(in crate::modem) fn body(&self, tpdu: &Tpdu) -> String {
        match tpdu.user_data().map(|data| (data.payload(), tpdu.text())) {
            Some((Payload::Septets(_), Some(text))) => self.host_text(&text),
            Some((payload, _)) => hex::encode_upper(payload.octets()),
            None => String::new(),
        }
    }
}

fn first_octet(tpdu: &Tpdu) -> u8 {
    tpdu.to_octets().first().copied().unwrap_or_default()
}

/// TP-VP as `+CSMP` and the headers show it.
pub(in crate::modem) fn validity_text(validity: ValidityPeriod) -> String {
    match validity {
        ValidityPeriod::Relative(octet) => octet.to_string(),
        ValidityPeriod::Absolute(until) => format!("\"{until}\""),
        ValidityPeriod::Enhanced(octets) => format!("\"{}\"", hex::encode_upper(octets)),
    }
}

/// `"<sca>",<tosca>`, both empty where there is none.
fn centre_text(centre: Option<&Address>) -> String {
    centre.map_or_else(
        || "\"\",129".to_owned(),
        |centre| format!("\"{centre}\",{}", centre.type_of_address().0),
    )
}
