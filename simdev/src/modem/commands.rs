//! The extended commands: one table in parts, each row with what it needs and what carries it out.

mod address_format;
mod basic;
mod bearer;
mod call;
mod card;
mod clock;
mod control;
mod credentials;
mod data_call;
mod dial_string;
mod identity;
mod indicator;
mod line_identity;
mod message;
mod mmi;
mod mobility;
mod network;
mod network_time;
mod operator;
mod packet;
mod packet_class;
mod phone_book;
mod pin;
mod pin_mmi;
mod port;
mod service;
mod toolkit;
mod ussd;
mod vendor;

pub(super) use bearer::{BearerWishes, SecondaryContexts};
pub(super) use clock::ClockSetting;
use clock::parse_clock;
pub(super) use indicator::IndicatorReports;
pub(super) use message::{Accepted, SavedSettings, TextParameters};
pub(super) use mobility::RadioReports;
pub(super) use network_time::Told;
pub(super) use operator::PlmnListChoice;
pub(super) use phone_book::{NumberShelf, PhoneBookChoice};
pub(super) use service::Shown;
pub(super) use toolkit::ToolkitReports;
pub(super) use vendor::VendorSettings;

use super::Modem;
use super::outcome::Outcome;
use wire::at::command::Form;
use wire::time::Instant;

/// Whether a command is accepted while the card's PIN is pending (TS 27.007 8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    Nothing,
    Pin,
}

/// Whose error codes a command answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// `+CME ERROR`.
    Mobile,
    /// `+CMS ERROR`.
    Message,
}

/// The answer to the test form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// `OK` and nothing else.
    Bare,
    /// The name and this text.
    Text(&'static str),
    /// The command's own.
    Own,
}

/// A row of the table.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) needs: Needs,
    pub(super) service: Service,
    pub(super) test: Test,
    pub(super) run: fn(&mut Modem, Instant, &Form) -> Outcome,
}

type Run = fn(&mut Modem, Instant, &Form) -> Outcome;

/// A command that works without an open card.
pub(super) const fn free(name: &'static str, test: Test, run: Run) -> Entry {
    Entry { name, needs: Needs::Nothing, service: Service::Mobile, test, run }
}

/// A command that needs an open card.
pub(super) const fn open(name: &'static str, test: Test, run: Run) -> Entry {
    Entry { name, needs: Needs::Pin, service: Service::Mobile, test, run }
}

/// A command of TS 27.005.
const fn sms(name: &'static str, test: Test, run: Run) -> Entry {
    Entry { name, needs: Needs::Pin, service: Service::Message, test, run }
}

/// The row of a command.
pub(super) fn entry(name: &str) -> Option<&'static Entry> {
    rows().find(|entry| entry.name == name)
}

/// All of them, in the order in which `+CLAC` lists them.
const TABLES: &[&[Entry]] = &[
    &[free("+CLAC", Test::Bare, Modem::list_commands)],
    identity::ROWS,
    control::ROWS,
    port::ROWS,
    clock::ROWS,
    indicator::ROWS,
    pin::ROWS,
    card::ROWS,
    phone_book::ROWS,
    toolkit::ROWS,
    operator::ROWS,
    network::ROWS,
    mobility::ROWS,
    packet::ROWS,
    bearer::ROWS,
    address_format::ROWS,
    packet_class::ROWS,
    credentials::ROWS,
    message::ROWS,
    call::ROWS,
    line_identity::ROWS,
    service::ROWS,
    data_call::ROWS,
    ussd::ROWS,
];

fn rows() -> impl Iterator<Item = &'static Entry> {
    TABLES.iter().copied().flatten()
}

impl Modem {
    fn list_commands(&mut self, _now: Instant, form: &Form) -> Outcome {
        action(form)?;
        let dialect = self.config.model;
        let standard = rows().map(|entry| entry.name).filter(|name| !dialect.absent.contains(name));
        let own = vendor::names(dialect).into_iter().filter(|name| entry(name).is_none());
        let sockets = super::sockets::rows(dialect.sockets).iter().map(|entry| entry.name);
        for name in standard.chain(own).chain(sockets) {
            self.information(name);
        }
        Ok(super::outcome::Flow::Done)
    }
}

/// Refuses every form but the action.
fn action(form: &Form) -> Result<(), super::outcome::Refusal> {
    match form {
        Form::Action => Ok(()),
        Form::Read | Form::Set(_) | Form::Test => Err(super::outcome::Refusal::NoSuchForm),
    }
}

/// Whatever was wrong is `ERROR`: the command has no codes of its own.
fn plain<T>(result: Result<T, super::outcome::Refusal>) -> Result<T, super::outcome::Refusal> {
    result.map_err(|_| super::outcome::Refusal::Plain)
}

/// A setting of one number within a range, with its read form; the new value, if one was set.
fn setting(
    modem: &mut Modem,
    form: &Form,
    name: &str,
    current: u32,
    range: std::ops::RangeInclusive<u32>,
) -> Result<Option<u32>, super::outcome::Refusal> {
    use super::outcome::Refusal;
    match form {
        Form::Read => {
            modem.information(&format!("{name}: {current}"));
            Ok(None)
        }
        Form::Set(list) => {
            let value = list.number(0)?.unwrap_or(*range.start());
            if range.contains(&value) && list.len() == 1 { Ok(Some(value)) } else { Err(Refusal::Parameter) }
        }
        Form::Action | Form::Test => Err(Refusal::NoSuchForm),
    }
}
