//! What becomes of calls, as their list shows it: `+CLCC` reports, the numbers that were missed and received, and the time
//! that a call may take to be set up (TS 27.007 7.18 and 8.11, V.250 6.3.7 S7).

use super::Modem;
use super::mobile::{CallPhase, CallView};
use super::settings::{Field, Setting};
use std::collections::BTreeSet;
use wire::time::{Duration, Instant, Wakeup};

/// Whether each change of a call is reported.
pub(super) const REPORTS: Setting =
    Setting { name: "+CLCC", fields: &[Field { allowed: &[0..=1], factory: 0 }] };

/// The calls as they were last seen.
#[derive(Debug, Default)]
pub(super) struct CallWatch {
    calls: Vec<CallView>,
    /// Incoming calls that were answered.
    answered: BTreeSet<u8>,
    /// Until when the call that was dialled has to be answered.
    set_up_until: Option<Instant>,
}

impl CallWatch {
    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        self.set_up_until.map(|at| Wakeup::new(at, "S7: call not answered"))
    }
}

impl CallView {
    /// As `+CLCC` lists it.
    pub(super) fn text(&self) -> String {
        let number = match &self.number {
            Some(number) => format!(",\"{number}\",{}", number.type_of_address()),
            None => String::new(),
        };
        let (incoming, multiparty) = (u8::from(!self.outgoing), u8::from(self.multiparty));
        format!("+CLCC: {},{incoming},{},0,{multiparty}{number}", self.id, self.phase.stat())
    }
}

impl Modem {
    /// Compares the calls with those that were last seen.
    pub(super) fn watch_calls(&mut self) {
        let calls = self.mobile.calls();
        if calls == self.local.calls.calls {
            return;
        }
        let before = std::mem::replace(&mut self.local.calls.calls, calls.clone());
        let reported = self.number(&REPORTS, 0) == 1;
        for call in calls.iter().filter(|call| !before.contains(call)) {
            if reported {
                self.line.report(vec![call.text()]);
            }
            if !call.outgoing && matches!(call.phase, CallPhase::Active | CallPhase::Held) {
                self.local.calls.answered.insert(call.id);
            }
        }
        for call in before.iter().filter(|call| calls.iter().all(|now| now.id != call.id)) {
            let answered = self.local.calls.answered.remove(&call.id);
            if let (false, Some(number)) = (call.outgoing, &call.number) {
                self.flash.numbers_kept.push_incoming(number.as_str(), answered);
            }
        }
        if !calls.iter().any(is_being_set_up) {
            self.local.calls.set_up_until = None;
        }
    }

    /// A call was dialled: S7 runs.
    pub(super) fn limit_call_setup(&mut self, now: Instant) {
        let limit = Duration::from_secs(self.profile.connection_wait().into());
        self.local.calls.set_up_until = Some(now + limit);
    }

    /// Gives up a call that nobody has answered in the time of S7.
    pub(super) fn call_setup_timeout(&mut self, now: Instant) {
        if self.local.calls.set_up_until.take_if(|until| *until <= now).is_some() {
            self.mobile.give_up_setting_up(now);
            self.handle_events(now);
        }
    }
}

fn is_being_set_up(call: &CallView) -> bool {
    call.outgoing && matches!(call.phase, CallPhase::Dialling | CallPhase::Alerting)
}
