//! Who calls whom, as the host is told: calling and connected line, waiting calls, notifications (TS 27.007 7.6 to 7.12,
//! 7.17, 7.30, 7.31).

use super::super::Modem;
use super::super::mobile::CallPhase;
use super::super::outcome::{Flow, Outcome, Pending};
use super::super::settings::{Field, Setting};
use super::service::Shown;
use super::{Entry, Test, open, setting};
use wire::at::command::Form;
use wire::id::PhoneNumber;
use wire::ss::{Notification, SsCode, SsStatus};
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    open("+CLIP", Test::Text("(0,1)"), Modem::calling_line),
    open("+CLIR", Test::Text("(0-2)"), Modem::line_restriction),
    open("+COLP", Test::Text("(0,1)"), Modem::connected_line),
    open("+CDIP", Test::Text("(0,1)"), Modem::called_line),
    open("+CNAP", Test::Text("(0,1)"), Modem::calling_name),
    open("+CCWA", Test::Text("(0,1)"), Modem::call_waiting),
    open("+CSSN", Test::Own, Modem::notifications),
];

const FLAG: &[Field] = &[Field { allowed: &[0..=1], factory: 0 }];
const COLP: Setting = Setting { name: "+COLP", fields: FLAG };
const CDIP: Setting = Setting { name: "+CDIP", fields: FLAG };
const CNAP: Setting = Setting { name: "+CNAP", fields: FLAG };
const CSSN: Setting = Setting {
    name: "+CSSN",
    fields: &[Field { allowed: &[0..=1], factory: 0 }, Field { allowed: &[0..=1], factory: 0 }],
};

/// A number with its type and, of a call, whether it was withheld.
fn line_text(number: Option<&PhoneNumber>) -> (String, u8) {
    match number {
        Some(number) => (format!("\"{number}\",{}", number.type_of_address()), 0),
        None => ("\"\",128".to_owned(), 1),
    }
}

impl Modem {
    /// `+CLIP: <number>,<type>,,,,<validity>` of the call that rings.
    pub(in crate::modem) fn caller_text(&self) -> String {
        let calls = self.mobile.calls();
        let rings = calls.iter().find(|call| call.phase == CallPhase::Incoming);
        let (text, validity) = line_text(rings.and_then(|call| call.number.as_ref()));
        format!("+CLIP: {text},,,,{validity}")
    }

    /// The second number of the read form, whether the subscription has the service, is 2: not known without asking.
    pub(super) fn calling_line(&mut self, now: Instant, form: &Form) -> Outcome {
        if *form == Form::Read {
            return self.ask_line(now, SsCode::CLIP, Shown::CallingLine);
        } else if let Some(value) = setting(self, form, "+CLIP", 0, 0..=1)? {
            self.profile.clip = value == 1;
        }
        Ok(Flow::Done)
    }

    pub(super) fn line_restriction(&mut self, now: Instant, form: &Form) -> Outcome {
        if *form == Form::Read {
            return self.ask_line(now, SsCode::CLIR, Shown::Restriction);
        } else if let Some(value) = setting(self, form, "+CLIR", 0, 0..=2)? {
            self.profile.clir = value;
        }
        Ok(Flow::Done)
    }

    /// The number that answered, before the result code where one is awaited.
    pub(super) fn connected_line(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.line_setting(&COLP, form)
    }

    /// The network of the lab gives a device one number: there is nothing to tell apart.
    pub(super) fn called_line(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.line_setting(&CDIP, form)
    }

    pub(super) fn calling_name(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.line_setting(&CNAP, form)
    }

    /// `<n>,<m>` with `<m>` 2: whether the subscription has the service is not known.
    fn line_setting(&mut self, row: &'static Setting, form: &Form) -> Outcome {
        if *form != Form::Read {
            return self.keep_numbers(row, form);
        }
        let shown = self.number(row, 0);
        self.information(&format!("{}: {shown},2", row.name));
        Ok(Flow::Done)
    }

    pub(super) fn notifications(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.keep_numbers(&CSSN, form)
    }

    /// `+COLP` of a call that was answered: before the result code where one is awaited, else a report.
    pub(in crate::modem) fn show_connected_line(&mut self, number: Option<&PhoneNumber>) {
        if self.number(&COLP, 0) == 0 {
            return;
        }
        let text = format!("+COLP: {}", line_text(number).0);
        if self.pending() == Some(&Pending::Call) {
            self.line.begin_response();
            self.information(&text);
        } else {
            self.line.report(vec![text]);
        }
    }

    /// A call comes in beside another.
    pub(in crate::modem) fn call_waits(&mut self, number: Option<&PhoneNumber>) {
        if self.profile.ccwa {
            let (text, validity) = line_text(number);
            self.line.report(vec![format!("+CCWA: {text},1,,{validity}")]);
        }
    }

    /// What the network tells about a call: `+CSSI` while the device sets it up, `+CSSU` otherwise.
    pub(in crate::modem) fn call_noticed(&mut self, notice: &Notification, setting_up: bool) {
        let (name, place, code) =
            if setting_up { ("+CSSI", 0, intermediate(notice)) } else { ("+CSSU", 1, unsolicited(notice)) };
        if let Some(code) = code.filter(|_| self.number(&CSSN, place) == 1) {
            self.line.report(vec![format!("{name}: {code}")]);
        }
    }

    /// The other side of a held call has hung up.
    pub(in crate::modem) fn held_call_released(&mut self) {
        if self.number(&CSSN, 1) == 1 {
            self.line.report(vec!["+CSSU: 5".to_owned()]);
        }
    }

    pub(super) fn call_waiting(&mut self, now: Instant, form: &Form) -> Outcome {
        if let Form::Set(list) = form
            && list.len() > 1
        {
            if let Some(shown @ (0 | 1)) = list.number(0)? {
                self.profile.ccwa = shown == 1;
            }
            return self.switch_waiting(now, list);
        }
        let current = u32::from(self.profile.ccwa);
        if let Some(value) = setting(self, form, "+CCWA", current, 0..=1)? {
            self.profile.ccwa = value == 1;
        }
        Ok(Flow::Done)
    }
}

/// `<code1>`.
fn intermediate(notice: &Notification) -> Option<u8> {
    let active = notice.status.is_some_and(SsStatus::is_active);
    match notice.code {
        _ if notice.forwarding.is_some_and(|bits| bits & Notification::OUTGOING_FORWARDED != 0) => Some(2),
        _ if notice.is_waiting => Some(3),
        _ if notice.clir_rejected => Some(7),
        Some(SsCode::CFU) if active => Some(0),
        Some(code) if code.is_forwarding() && active => Some(1),
        Some(SsCode::BAIC | SsCode::BIC_ROAM | SsCode::BARRING_OF_INCOMING) => Some(6),
        Some(code) if code.is_barring() => Some(5),
        Some(_) | None => None,
    }
}

/// `<code2>`.
fn unsolicited(notice: &Notification) -> Option<u8> {
    let forwarding = notice.forwarding.unwrap_or_default();
    match (notice.on_hold, notice.transferred) {
        _ if forwarding & Notification::IS_FORWARDED != 0 => Some(0),
        _ if forwarding & Notification::INCOMING_FORWARDED != 0 => Some(10),
        (Some(true), _) => Some(2),
        (Some(false), _) => Some(3),
        _ if notice.multiparty => Some(4),
        (None, Some(0)) => Some(7),
        (None, Some(_)) => Some(8),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_notification_has_its_code() {
        let none = Notification::default();
        let of = |code, active| Notification {
            code: Some(code),
            status: Some(SsStatus::new(true, true, active)),
            ..none
        };
        let rows = [
            (of(SsCode::CFU, true), Some(0), None),
            (of(SsCode::CFB, true), Some(1), None),
            (Notification { forwarding: Some(1), ..none }, Some(2), None),
            (Notification { is_waiting: true, ..none }, Some(3), None),
            (of(SsCode::BAOC, true), Some(5), None),
            (of(SsCode::BAIC, true), Some(6), None),
            (Notification { clir_rejected: true, ..none }, Some(7), None),
            (Notification { forwarding: Some(4), ..none }, None, Some(0)),
            (Notification { on_hold: Some(true), ..none }, None, Some(2)),
            (Notification { on_hold: Some(false), ..none }, None, Some(3)),
            (Notification { multiparty: true, ..none }, None, Some(4)),
            (Notification { transferred: Some(0), ..none }, None, Some(7)),
            (Notification { transferred: Some(1), ..none }, None, Some(8)),
            (Notification { forwarding: Some(2), ..none }, None, Some(10)),
            (none, None, None),
        ];
        for (notice, code1, code2) in rows {
            assert_eq!((intermediate(&notice), unsolicited(&notice)), (code1, code2), "{notice:?}");
        }
    }
}
