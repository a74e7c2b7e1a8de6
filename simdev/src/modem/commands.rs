//! The extended commands: one table, each row with what it needs and what carries it out.

mod basic;
mod call;
mod card;
mod control;
mod identity;
mod message;
mod network;
mod operator;
mod packet;
mod phone_book;
mod pin;

pub(super) use operator::PlmnListChoice;
pub(super) use phone_book::PhoneBookChoice;

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
const fn free(name: &'static str, test: Test, run: Run) -> Entry {
    Entry { name, needs: Needs::Nothing, service: Service::Mobile, test, run }
}

/// A command that needs an open card.
const fn open(name: &'static str, test: Test, run: Run) -> Entry {
    Entry { name, needs: Needs::Pin, service: Service::Mobile, test, run }
}

/// A command of TS 27.005.
const fn sms(name: &'static str, test: Test, run: Run) -> Entry {
    Entry { name, needs: Needs::Pin, service: Service::Message, test, run }
}

/// The row of a command.
pub(super) fn entry(name: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.name == name)
}

use Test::{Bare, Own, Text};

/// All of them, in the order in which `+CLAC` lists them.
const TABLE: &[Entry] = &[
    free("+CLAC", Bare, Modem::list_commands),
    free("+GMI", Bare, Modem::manufacturer),
    free("+GMM", Bare, Modem::model_name),
    free("+GMR", Bare, Modem::revision),
    free("+GSN", Bare, Modem::serial_number),
    free("+GCAP", Bare, Modem::capabilities),
    free("+CGMI", Bare, Modem::manufacturer),
    free("+CGMM", Bare, Modem::model_name),
    free("+CGMR", Bare, Modem::revision),
    free("+CGSN", Text("(0,1)"), Modem::serial_number),
    free("+CMEE", Text("(0-2)"), Modem::error_format),
    free("+CEER", Bare, Modem::extended_error),
    free("+CSCS", Own, Modem::character_set),
    free("+CFUN", Text("(0,1,4),(0,1)"), Modem::functionality),
    free("+CPAS", Text("(0,3,4)"), Modem::activity),
    free("+CCLK", Bare, Modem::clock),
    free("+CPOF", Bare, Modem::switch_off),
    free("+QPOWD", Text("(0,1)"), Modem::switch_off),
    free("+IPR", Text("(0,9600,115200)"), Modem::port_speed),
    free("+IFC", Text("(0,2),(0,2)"), Modem::flow_control),
    free("+ICF", Text("(3),(3)"), Modem::framing),
    free("+CPIN", Bare, Modem::pin),
    free("+CPINR", Text("(\"SIM PIN\",\"SIM PUK\",\"SIM PIN2\",\"SIM PUK2\")"), Modem::pin_retries),
    free("+CCID", Bare, Modem::card_identity),
    free("+QCCID", Bare, Modem::card_identity),
    open("+CIMI", Bare, Modem::subscriber_identity),
    open("+CNUM", Bare, Modem::own_number),
    open("+CLCK", Text("(\"SC\",\"FD\")"), Modem::facility_lock),
    open("+CPWD", Text("(\"SC\",8),(\"P2\",8)"), Modem::change_password),
    open("+CRSM", Bare, Modem::restricted_sim_access),
    open("+CPBS", Text("(\"SM\",\"FD\",\"SN\",\"ON\")"), Modem::phone_book_storage),
    open("+CPBR", Own, Modem::read_phone_book),
    open("+CPBW", Own, Modem::write_phone_book),
    open("+COPS", Own, Modem::operator_selection),
    free("+COPN", Bare, Modem::operator_names),
    free("+CREG", Text("(0-3)"), Modem::circuit_registration),
    free("+CGREG", Text("(0-3)"), Modem::packet_registration),
    free("+CEREG", Text("(0-5)"), Modem::eps_registration),
    free("+CSQ", Text("(0-31,99),(0-7,99)"), Modem::signal_quality),
    free(
        "+CESQ",
        Text("(0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)"),
        Modem::extended_quality,
    ),
    open("+CPOL", Text("(1-80),(2)"), Modem::preferred_operators),
    open("+CPLS", Text("(0-2)"), Modem::preferred_list),
    open("+CGATT", Text("(0,1)"), Modem::packet_attach),
    open("+CGDCONT", Own, Modem::define_context),
    open("+CGACT", Text("(0,1)"), Modem::activate_context),
    open("+CGPADDR", Own, Modem::addresses),
    open("+CGCONTRDP", Own, Modem::dynamic_parameters),
    open("+CGEREP", Text("(0-2),(0)"), Modem::packet_events),
    open("+CGSMS", Text("(1)"), Modem::message_bearer),
    sms("+CSMS", Text("(0,1)"), Modem::message_service),
    sms("+CPMS", Text("(\"SM\"),(\"SM\"),(\"SM\")"), Modem::message_storage),
    sms("+CMGF", Text("(0,1)"), Modem::message_format),
    sms("+CSCA", Bare, Modem::service_centre),
    sms("+CSMP", Bare, Modem::text_parameters),
    sms("+CSDH", Text("(0,1)"), Modem::show_headers),
    sms("+CNMI", Text("(0-3),(0-3),(0),(0,1),(0,1)"), Modem::indications),
    sms("+CMGS", Bare, Modem::send_message),
    sms("+CMGW", Bare, Modem::write_message),
    sms("+CMSS", Bare, Modem::send_stored),
    sms("+CMGL", Own, Modem::list_messages),
    sms("+CMGR", Bare, Modem::read_message),
    sms("+CMGD", Own, Modem::delete_message),
    sms("+CNMA", Text("(0-2)"), Modem::acknowledge_message),
    free("+CHUP", Bare, Modem::hang_up_voice),
    free("+CLCC", Bare, Modem::list_calls),
    open("+CLIP", Text("(0,1)"), Modem::calling_line),
    open("+CLIR", Text("(0-2)"), Modem::line_restriction),
    open("+CCWA", Text("(0,1)"), Modem::call_waiting),
    free("+CRC", Text("(0,1)"), Modem::ring_format),
    free("+CVHU", Text("(0-2)"), Modem::voice_hang_up),
    free("+CSTA", Text("(129,145)"), Modem::address_type),
];

impl Modem {
    fn list_commands(&mut self, _now: Instant, form: &Form) -> Outcome {
        action(form)?;
        for entry in TABLE {
            self.information(entry.name);
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
