//! A modem in a script: the verbs that type on its port.

mod call;
mod card;
mod clock;
mod family;
mod messages;
mod network;
mod socket;
mod supplementary;
mod ussd;

pub use family::identity;

use super::values;
use crate::context::{Shared, Verb, span};
use crate::trouble::Trouble;
use drivers::at::{Answer, Command};
use drivers::blame::Blame;
use drivers::modem::{Report, sim};
use lab::{Host, Place, SeatId, UnknownPlace};
use rhai::{Array, Dynamic, Engine, Map};
use wire::at::response::{ErrorCode, FinalResult};
use wire::time::{Duration, Instant};

/// How long `at` waits when the script does not say.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// A modem of the lab.
#[derive(Clone, Debug)]
pub struct ModemHandle {
    /// The lab of the test.
    pub context: Shared,
    /// The modem's place on the table.
    pub seat: SeatId,
}

/// Registers the verbs of a modem.
pub fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<ModemHandle>("Modem")
        .register_get("name", |modem: &mut ModemHandle| modem.name())
        .register_fn("at", |modem: &mut ModemHandle, line: &str| at(modem, line, DEFAULT_TIMEOUT))
        .register_fn("at", |modem: &mut ModemHandle, line: &str, seconds: Dynamic| {
            at(modem, line, span(&seconds)?)
        })
        .register_fn("ask", |modem: &mut ModemHandle, line: &str| ask(modem, line, DEFAULT_TIMEOUT))
        .register_fn("ask", |modem: &mut ModemHandle, line: &str, seconds: Dynamic| {
            ask(modem, line, span(&seconds)?)
        })
        .register_fn("reports", |modem: &mut ModemHandle| reports(modem, ""))
        .register_fn("reports", |modem: &mut ModemHandle, start: &str| reports(modem, start))
        .register_fn("reports_since", |modem: &mut ModemHandle, since: Dynamic, start: &str| {
            reports_since(modem, &since, start)
        })
        .register_fn("imei", |modem: &mut ModemHandle| single(modem, "AT+CGSN"))
        .register_fn("imsi", |modem: &mut ModemHandle| single(modem, "AT+CIMI"))
        .register_fn("interject", interject)
        .register_fn("crash", crash)
        .register_fn("power_on", |modem: &mut ModemHandle| power(modem, true))
        .register_fn("power_off", |modem: &mut ModemHandle| power(modem, false));
    network::register(engine);
    card::register(engine);
    clock::register(engine);
    family::register(engine);
    messages::register(engine);
    call::register(engine);
    socket::register(engine);
    supplementary::register(engine);
    ussd::register(engine);
}

impl ModemHandle {
    /// Its name in the lab file.
    pub fn name(&self) -> String {
        let lab = self.context.lab();
        lab.bench().seats.get(self.seat).map(|seat| seat.name.clone()).unwrap_or_default()
    }

    /// Sends a command and expects success.
    pub fn execute(&self, command: Command) -> Verb<Answer> {
        self.context.execute(self.seat, command)
    }

    /// The reports from `since` on for which `choose` has a value.
    pub fn reports_from<T>(&self, since: Instant, mut choose: impl FnMut(&Report) -> Option<T>) -> Vec<T> {
        match self.context.lab().bench().seats.get(self.seat).and_then(|seat| seat.host.as_ref()) {
            Some(Host::Modem { driver, .. }) => {
                driver.reports().iter().filter(|report| report.at >= since).filter_map(&mut choose).collect()
            }
            Some(Host::Node { .. }) | None => Vec::new(),
        }
    }
}

/// An error of a driver's parser as a trouble of the script.
pub fn read<T>(result: Result<T, drivers::at::AtError>) -> Verb<T> {
    result.map_err(|error| Trouble::from(error).thrown())
}

fn command(line: &str, timeout: Duration) -> Verb<Command> {
    if line.contains(['\r', '\n', '\u{1a}']) {
        let message = "an AT command is one line: no CR, LF or Ctrl-Z inside";
        return Err(Trouble::new(Blame::Script, message).terminal());
    }
    Ok(Command::new(line, timeout))
}

fn at(modem: &mut ModemHandle, line: &str, timeout: Duration) -> Verb<String> {
    Ok(modem.execute(command(line, timeout)?)?.lines.join("\n"))
}

fn ask(modem: &mut ModemHandle, line: &str, timeout: Duration) -> Verb<Map> {
    let answer = modem.context.ask(modem.seat, command(line, timeout)?)?;
    let code = match &answer.result {
        FinalResult::Cme(ErrorCode::Number(code)) | FinalResult::Cms(ErrorCode::Number(code)) => Some(*code),
        FinalResult::Cme(ErrorCode::Text(_))
        | FinalResult::Cms(ErrorCode::Text(_))
        | FinalResult::Ok
        | FinalResult::Connect(_)
        | FinalResult::Sent
        | FinalResult::NotSent
        | FinalResult::Error
        | FinalResult::NoCarrier
        | FinalResult::NoDialtone
        | FinalResult::Busy
        | FinalResult::NoAnswer => None,
    };
    Ok(values::map([
        ("ok", Dynamic::from(answer.result.is_success())),
        ("code", values::optional(code)),
        ("result", Dynamic::from(answer.result.to_string())),
        ("text", Dynamic::from(answer.lines.join("\n"))),
        ("lines", Dynamic::from_array(values::array(answer.lines))),
    ]))
}

fn single(modem: &ModemHandle, line: &str) -> Verb<String> {
    let answer = modem.execute(Command::new(line, Duration::from_secs(15)))?;
    read(sim::single_line(&answer))
}

fn reports(modem: &ModemHandle, start: &str) -> Array {
    values::array(
        modem.reports_from(Instant::ZERO, |report| report.begins(start).then(|| report.line.clone())),
    )
}

fn reports_since(modem: &ModemHandle, since: &Dynamic, start: &str) -> Verb<Array> {
    let since = Instant::ZERO + span(since)?;
    Ok(values::array(modem.reports_from(since, |report| report.begins(start).then(|| report.line.clone()))))
}

fn power(modem: &mut ModemHandle, on: bool) -> Verb<()> {
    let name = modem.name();
    modem.context.step(format!("power of {name} {}", if on { "on" } else { "off" }));
    let switched = modem.context.lab().set_power(modem.seat, on);
    switched.map_err(|error| Trouble::new(Blame::Lab, error.to_string()).terminal())
}

/// Lets the simulated modem say something at a place of its conversation, P1 to P6; lines of one report are parted by LF.
fn interject(modem: &mut ModemHandle, place: &str, report: &str) -> Verb<()> {
    let place: Place = place
        .parse()
        .map_err(|error: UnknownPlace| Trouble::new(Blame::Script, error.to_string()).terminal())?;
    let lines = report.split('\n').map(str::to_owned).collect();
    let done = modem.context.lab().interject(modem.seat, place, lines);
    if done { Ok(()) } else { Err(not_simulated(modem)) }
}

fn crash(modem: &mut ModemHandle) -> Verb<()> {
    let name = modem.name();
    modem.context.step(format!("{name} starts anew by itself"));
    let done = modem.context.lab().crash(modem.seat);
    if done { Ok(()) } else { Err(not_simulated(modem)) }
}

fn not_simulated(modem: &ModemHandle) -> Box<rhai::EvalAltResult> {
    let message = format!("{} is hardware: only a simulated modem can be told what to say", modem.name());
    Trouble::new(Blame::Lab, message).terminal()
}
