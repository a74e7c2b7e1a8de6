//! What the mobile tells becomes reports to the host and the outcome of commands that wait.

use super::Modem;
use super::commands::Service;
use super::mobile::{CallEnd, DomainView, MobileEvent, RegistrationView, ScanEntry, Stat};
use super::outcome::{Flow, MessageOrigin, Outcome, Pending, ResultCode};
use wire::air::cellular::HeardCell;
use wire::at::error::{CmeError, CmsError};
use wire::id::PhoneNumber;
use wire::time::Instant;

/// Whose registration is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    /// `+CREG`.
    Circuit,
    /// `+CGREG`: GSM and UTRAN.
    Packet,
    /// `+CEREG`: E-UTRAN.
    Eps,
}

impl Domain {
    const ALL: [Self; 3] = [Self::Circuit, Self::Packet, Self::Eps];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Circuit => "+CREG",
            Self::Packet => "+CGREG",
            Self::Eps => "+CEREG",
        }
    }

    /// The highest `<n>`. With 4 and 5 `+CEREG` adds power saving timers.
    pub(super) const fn most_detail(self) -> u32 {
        match self {
            Self::Circuit | Self::Packet => 3,
            Self::Eps => 5,
        }
    }

    const fn view(self, view: &RegistrationView) -> DomainView {
        match self {
            Self::Circuit => view.circuit,
            Self::Packet => view.packet,
            Self::Eps => view.eps,
        }
    }

    /// State, and place, cause or power saving timers as far as the detail asks for them.
    pub(super) fn text(self, view: &RegistrationView, detail: u32) -> String {
        let DomainView { stat, cause } = self.view(view);
        let number = stat.number();
        let registered = matches!(stat, Stat::Home | Stat::Roaming);
        match (view.cell.filter(|_| registered && detail >= 2), cause.filter(|_| matches!(detail, 3 | 5))) {
            (Some(cell), _) => {
                let timers = if self == Self::Eps && detail >= 4 { timers(view) } else { String::new() };
                let HeardCell { id, rat, .. } = cell;
                format!("{number},\"{:04X}\",\"{:08X}\",{}{timers}", id.tac, id.cell, view.act(rat))
            }
            (None, Some(cause)) => format!("{number},,,,0,{}", cause.0),
            (None, None) => number.to_string(),
        }
    }
}

/// `,,,<Active-Time>,<Periodic-TAU>`, where power saving was granted.
fn timers(view: &RegistrationView) -> String {
    let power = view.power;
    if power.t3324.is_none() && power.t3412_extended.is_none() {
        return String::new();
    }
    let bits = |timer: Option<String>| timer.map_or_else(String::new, |bits| format!("\"{bits}\""));
    let active = bits(power.t3324.map(|timer| timer.to_string()));
    let periodic = bits(power.t3412_extended.map(|timer| timer.to_string()));
    format!(",,,{active},{periodic}")
}

impl Modem {
    pub(super) fn report_detail(&self, domain: Domain) -> u32 {
        match domain {
            Domain::Circuit => self.profile.creg,
            Domain::Packet => self.profile.cgreg,
            Domain::Eps => self.profile.cereg,
        }
    }

    pub(super) fn set_report_detail(&mut self, domain: Domain, detail: u32) {
        match domain {
            Domain::Circuit => self.profile.creg = detail,
            Domain::Packet => self.profile.cgreg = detail,
            Domain::Eps => self.profile.cereg = detail,
        }
        // What stands when reporting begins is no change.
        let view = self.mobile.registration();
        self.set_last_report(domain, Some(domain.text(&view, detail)));
    }

    fn set_last_report(&mut self, domain: Domain, text: Option<String>) {
        let place = Domain::ALL.iter().position(|known| *known == domain);
        if let Some(last) = place.and_then(|place| self.local.last_reports.get_mut(place)) {
            *last = text;
        }
    }

    fn report_registration(&mut self, view: &RegistrationView) {
        for (place, domain) in Domain::ALL.into_iter().enumerate() {
            let detail = self.report_detail(domain);
            let text = domain.text(view, detail);
            let last = self.local.last_reports.get(place).cloned().flatten();
            if detail > 0 && last.as_ref() != Some(&text) {
                self.line.report(vec![format!("{}: {text}", domain.name())]);
            }
            self.set_last_report(domain, Some(text));
        }
    }

    fn report_packet_event(&mut self, text: &str) {
        let line = format!("+CGEV: {text}");
        match self.profile.cgerep {
            0 => self.hold_packet_event(line),
            1 if self.is_link_reserved() => {}
            _ => self.line.report(vec![line]),
        }
    }

    /// Handles one thing that the mobile has told, on the channel that waits for it.
    pub(super) fn handle_event(&mut self, now: Instant, event: MobileEvent) {
        match event {
            MobileEvent::Registration(view) => self.report_registration(&view),
            MobileEvent::SelectionEnded(result) => self.selection_ended(now, result),
            MobileEvent::Detached { attached } => {
                if attached {
                    self.report_packet_event("ME DETACH");
                    self.send_reports(now);
                }
                if self.pending() == Some(&Pending::Detach) {
                    self.after_command(now, Ok(Flow::Done), Service::Mobile);
                }
            }
            MobileEvent::NetworkDetached => self.report_packet_event("NW DETACH"),
            MobileEvent::Scanned(entries) => self.scan_ended(now, &entries),
            MobileEvent::PdnActivated { cid, reason } => {
                self.session_ended(now, cid, true, None);
                self.context_settled(now, cid, Ok(()));
                let reason = reason.map_or_else(String::new, |reason| format!(",{reason}"));
                self.report_packet_event(&format!("ME PDN ACT {cid}{reason}"));
            }
            MobileEvent::PdnRefused { cid, error } => {
                self.session_ended(now, cid, true, Some(error));
                self.context_settled(now, cid, Err(error));
            }
            MobileEvent::PdnDeactivated { cid, by_network } => {
                self.session_ended(now, cid, false, None);
                self.context_gone(now, cid);
                let who = if by_network { "NW" } else { "ME" };
                self.report_packet_event(&format!("{who} PDN DEACT {cid}"));
            }
            // `<change_reason>` 2 is the quality of service, `<event_type>` 0 asks nothing of the host.
            MobileEvent::PdnModified { cid } => self.report_packet_event(&format!("NW MODIFY {cid},2,0")),
            MobileEvent::PdnKept { cid, error } => self.session_ended(now, cid, false, Some(error)),
            MobileEvent::PdnLost { cid } => self.context_gone(now, cid),
            MobileEvent::Information(information) => self.network_told(now, &information),
            MobileEvent::Broadcast(page) => self.broadcast_arrived(&page),
            MobileEvent::BackOff { apn, event } => self.report_back_off(apn.as_deref(), event),
            MobileEvent::Packet { cid, packet } => {
                if !self.report_user_data(cid, &packet) {
                    self.packet_for_sockets(now, cid, packet);
                }
            }
            MobileEvent::SmsSent(result) => self.message_sent(now, result),
            MobileEvent::SmsArrived(incoming) => self.message_arrived(now, incoming),
            MobileEvent::ServiceEnded(result) => self.service_ended(now, result),
            MobileEvent::Ussd(event) => self.ussd_told(&event),
            MobileEvent::CallOffered => {
                self.rings = 0;
                self.ring(now);
            }
            MobileEvent::Connected(connected) => self.report_connection(connected),
            MobileEvent::Rejected { procedure, cause } => self.report_network_error(procedure, cause),
            MobileEvent::SessionRejected { cid, cause } => self.report_session_error(cid, cause),
            MobileEvent::Asleep => {}
            MobileEvent::Edrx(granted) => self.report_edrx(granted),
            MobileEvent::CallWaits(number) => self.call_waits(number.as_ref()),
            MobileEvent::CallNotice { notice, setting_up } => self.call_noticed(&notice, setting_up),
            MobileEvent::HeldReleased => self.held_call_released(),
            MobileEvent::HoldEnded(result) => self.hold_ended(now, result),
            MobileEvent::CallConnected(number) => self.call_connected(now, number.as_ref()),
            MobileEvent::CallEnded(end) => self.call_ended(now, end),
        }
    }

    /// A call that was dialled is answered.
    fn call_connected(&mut self, now: Instant, number: Option<&PhoneNumber>) {
        self.show_connected_line(number);
        if self.pending() == Some(&Pending::Call) {
            self.after_command(now, Ok(Flow::Done), Service::Mobile);
        }
    }

    fn call_ended(&mut self, now: Instant, end: CallEnd) {
        if !self.mobile.is_ringing() {
            self.stop_ringing();
        }
        let code = match end {
            CallEnd::Busy => ResultCode::Busy.allowed_by(&self.profile),
            CallEnd::NoAnswer => ResultCode::NoAnswer,
            CallEnd::Cleared => ResultCode::NoCarrier,
        };
        if self.pending() == Some(&Pending::Call) {
            self.finish(now, code);
        } else {
            self.line.report_code(code);
        }
    }

    fn scan_ended(&mut self, now: Instant, entries: &[ScanEntry]) {
        if self.pending() == Some(&Pending::Scan) {
            self.line.begin_response();
            self.show_scan(entries);
            self.after_command(now, Ok(Flow::Done), Service::Mobile);
        }
    }

    fn selection_ended(&mut self, now: Instant, result: Result<(), CmeError>) {
        if let Some(Pending::Selection { .. }) = self.pending() {
            let outcome: Outcome = result.map(|()| Flow::Done).map_err(Into::into);
            self.after_command(now, outcome, Service::Mobile);
        }
    }

    /// A context came or went, or did not: the command that asked for it goes on.
    fn session_ended(&mut self, now: Instant, cid: u8, connect: bool, error: Option<CmeError>) {
        let then = match self.pending() {
            Some(Pending::Sessions { cid: asked, connect: wanted, then })
                if *asked == cid && *wanted == connect =>
            {
                then.clone()
            }
            _ => return,
        };
        let outcome = match error {
            Some(error) => Err(error.into()),
            None => self.next_session(now, connect, then),
        };
        self.after_command(now, outcome, Service::Mobile);
    }

    fn message_sent(&mut self, now: Instant, result: Result<u8, CmsError>) {
        let Some(Pending::Message(origin)) = self.pending() else { return };
        let origin = *origin;
        let outcome: Outcome = match result {
            Ok(reference) => {
                let name = match origin {
                    MessageOrigin::Prompt => "+CMGS",
                    MessageOrigin::Command => "+CMGC",
                    MessageOrigin::Stored { memory, index, report } => {
                        self.mark_sent(memory, index, report);
                        "+CMSS"
                    }
                };
                self.relay_link_used(now);
                self.line.begin_response();
                self.information(&format!("{name}: {reference}"));
                Ok(Flow::Done)
            }
            Err(error) => Err(error.into()),
        };
        self.after_command(now, outcome, Service::Message);
    }
}
