//! The class of the mobile, the rates and pauses that the network sets for an access point, and user data over the
//! control plane (TS 27.007 10.1.11, 10.1.43, 10.1.44, 10.1.47, 10.1.60).

use super::super::Modem;
use super::super::mobile::BackOffEvent;
use super::super::outcome::{Flow, Outcome, Refusal};
use super::super::settings::{Field, Setting};
use super::packet::context_id;
use super::{Entry, Test, open};
use wire::at::command::{Form, Parameters};
use wire::at::error::CmeError;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    open("+CGCLASS", Test::Text("(\"A\",\"CG\")"), Modem::mobile_class),
    open("+CGAPNRC", Test::Own, Modem::rate_control),
    open("+CABTSR", Test::Own, Modem::back_off_reports),
    open("+CSODCP", Test::Text("(1-8),(1500),(0-2),(0,1)"), Modem::send_user_data),
    open("+CRTDCP", Test::Text("(0,1),(1-8),(1500)"), Modem::user_data_reports),
];

const SWITCH: Field = Field { allowed: &[0..=1], factory: 0 };
const BACK_OFF: Setting = Setting { name: "+CABTSR", fields: &[SWITCH] };
const USER_DATA: Setting = Setting { name: "+CRTDCP", fields: &[SWITCH] };
/// Octets of one `+CSODCP`.
const MOST_USER_DATA: usize = 1500;

impl Modem {
    /// Class A has both domains, CG packet services alone; it holds from the next attach.
    pub(super) fn mobile_class(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let class = if self.mobile.wants_circuit_services() { "A" } else { "CG" };
                self.information(&format!("+CGCLASS: \"{class}\""));
            }
            Form::Set(list) => {
                let wanted = match list.required_text(0)? {
                    "A" => true,
                    "CG" => false,
                    _ => return Err(Refusal::Parameter),
                };
                self.set_mode_of_operation(wanted);
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    /// The operator sets no rates: a connection is shown without any.
    pub(super) fn rate_control(&mut self, _now: Instant, form: &Form) -> Outcome {
        if *form == Form::Test {
            let cids: Vec<u8> = self.mobile.connections().keys().copied().collect();
            return self.show_contexts("+CGAPNRC", cids.into_iter());
        }
        for cid in self.named_contexts(form)? {
            if self.mobile.connection(cid).is_some() {
                self.information(&format!("+CGAPNRC: {cid}"));
            }
        }
        Ok(Flow::Done)
    }

    pub(super) fn back_off_reports(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.keep_numbers(&BACK_OFF, form)
    }

    /// `+CABTSRI: <apn>,<event>[,<residual time>]`: 0 is a back-off that begins, 1 one that is stopped.
    pub(in crate::modem) fn report_back_off(&mut self, apn: Option<&str>, event: BackOffEvent) {
        if self.number(&BACK_OFF, 0) == 0 {
            return;
        }
        let apn = apn.unwrap_or_default();
        let text = match event {
            BackOffEvent::Started(Some(seconds)) => format!("+CABTSRI: \"{apn}\",0,{seconds}"),
            BackOffEvent::Started(None) => format!("+CABTSRI: \"{apn}\",0"),
            BackOffEvent::Stopped => format!("+CABTSRI: \"{apn}\",1"),
        };
        self.line.report(vec![text]);
    }

    /// The IP packet of a context travels as its user data does: the air has one way for both.
    pub(super) fn send_user_data(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let (cid, packet) = user_data(list)?;
        if self.mobile.connection(cid).is_none() {
            return Err(CmeError::OPERATION_NOT_ALLOWED.into());
        }
        self.mobile.send_packet(cid, packet);
        Ok(Flow::Done)
    }

    pub(super) fn user_data_reports(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.keep_numbers(&USER_DATA, form)
    }

    /// Tells the host of a packet, where it asked for that; else it is for the sockets.
    pub(in crate::modem) fn report_user_data(&mut self, cid: u8, packet: &[u8]) -> bool {
        let wanted = self.number(&USER_DATA, 0) == 1;
        if wanted {
            let (length, octets) = (packet.len(), hex::encode_upper(packet));
            self.line.report(vec![format!("+CRTDCP: {cid},{length},\"{octets}\"")]);
        }
        wanted
    }
}

/// `<cid>,<cpdata_length>,<cpdata>[,<RAI>[,<type_of_user_data>]]`.
fn user_data(list: &Parameters) -> Result<(u8, Vec<u8>), Refusal> {
    let cid = context_id(list.required_number(0)?)?;
    let length = usize::try_from(list.required_number(1)?).map_err(|_| Refusal::Parameter)?;
    let packet = list.octets(2)?.ok_or(Refusal::Parameter)?;
    let release = list.number(3)?.unwrap_or(0);
    let kind = list.number(4)?.unwrap_or(0);
    if packet.len() != length || length > MOST_USER_DATA || release > 2 || kind > 1 || list.len() > 5 {
        return Err(Refusal::Parameter);
    }
    Ok((cid, packet))
}
