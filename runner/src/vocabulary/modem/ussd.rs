//! USSD at the device's end.

use super::ModemHandle;
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::values::{array, map};
use drivers::blame::Blame;
use drivers::modem::ussd::{self, UssdReport, UssdStatus};
use rhai::{Array, Dynamic, Engine, Map};
use wire::time::Instant;

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("ussd", request)
        .register_fn("cancel_ussd", |modem: &mut ModemHandle| modem.execute(ussd::cancel()).map(drop))
        .register_fn("listen_ussd", |modem: &mut ModemHandle| modem.execute(ussd::listen()).map(drop))
        .register_fn("ussd_reports", reports);
}

/// Sends a code or a reply.
fn request(modem: &mut ModemHandle, text: &str) -> Verb<()> {
    if text.is_empty() || text.contains(['"', '\r', '\n']) {
        let message = format!("\"{text}\" cannot be sent as USSD: one line without quotes");
        return Err(Trouble::new(Blame::Script, message).terminal());
    }
    modem.execute(ussd::request(text)).map(drop)
}

/// Everything that the network has said in dialogues, oldest first.
fn reports(modem: &mut ModemHandle) -> Array {
    array(modem.reports_from(Instant::ZERO, |report| ussd::report(&report.line).map(view)))
}

fn view(report: UssdReport) -> Map {
    let status = match report.status {
        UssdStatus::Done => "done",
        UssdStatus::ReplyWanted => "reply-wanted",
        UssdStatus::Ended => "ended",
        UssdStatus::AnsweredElsewhere => "answered-elsewhere",
        UssdStatus::NotSupported => "not-supported",
        UssdStatus::TimedOut => "timed-out",
    };
    map([("status", Dynamic::from(status)), ("text", Dynamic::from(report.text))])
}
