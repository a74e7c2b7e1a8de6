//! What a command leads to: done, waiting, a prompt, or a refusal.

use super::messages::Memory;
use super::mux::Parameters;
use super::profile::{ErrorFormat, Profile};
use super::sockets::{Awaited, SocketData, Until};
use wire::at::command::WrongParameter;
use wire::at::error::{CmeError, CmsError};
use wire::sms::Command;

/// A result code (V.250 6.3, TS 27.007 9.1, TS 27.005 3.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResultCode {
    Ok,
    /// With the speed where `X` wants one.
    Connect(Option<u32>),
    Ring,
    NoCarrier,
    Error,
    NoDialtone,
    Busy,
    NoAnswer,
    Cme(CmeError),
    Cms(CmsError),
    /// A maker's own, such as `SEND OK`.
    Own(&'static str),
}

impl ResultCode {
    /// The text of the code, and its number where it has one.
    pub(super) fn text(self, errors: ErrorFormat) -> (String, Option<u8>) {
        let error = ("ERROR".to_owned(), Some(4));
        match (self, errors) {
            (Self::Ok, _) => ("OK".to_owned(), Some(0)),
            (Self::Connect(None), _) => ("CONNECT".to_owned(), Some(1)),
            (Self::Connect(Some(speed)), _) => (format!("CONNECT {speed}"), Some(1)),
            (Self::Ring, _) => ("RING".to_owned(), Some(2)),
            (Self::NoCarrier, _) => ("NO CARRIER".to_owned(), Some(3)),
            (Self::Error, _) | (Self::Cme(_) | Self::Cms(_), ErrorFormat::Plain) => error,
            (Self::NoDialtone, _) => ("NO DIALTONE".to_owned(), Some(6)),
            (Self::Busy, _) => ("BUSY".to_owned(), Some(7)),
            (Self::Own(text), _) => (text.to_owned(), None),
            (Self::NoAnswer, _) => ("NO ANSWER".to_owned(), Some(8)),
            (Self::Cme(code), ErrorFormat::Number) => (format!("+CME ERROR: {}", code.0), None),
            (Self::Cms(code), ErrorFormat::Number) => (format!("+CMS ERROR: {}", code.0), None),
            (Self::Cme(code), ErrorFormat::Text) => {
                (format!("+CME ERROR: {}", code.text().unwrap_or("unknown")), None)
            }
            (Self::Cms(code), ErrorFormat::Text) => {
                (format!("+CMS ERROR: {}", code.text().unwrap_or("unknown error")), None)
            }
        }
    }

    /// The code that the `X` setting lets through in place of this one (V.250 6.2.7).
    pub(super) fn allowed_by(self, profile: &Profile) -> Self {
        let shown = match self {
            Self::Busy => matches!(profile.result_set, 3 | 4),
            Self::NoDialtone => matches!(profile.result_set, 2 | 4),
            Self::Ok
            | Self::Connect(_)
            | Self::Ring
            | Self::NoCarrier
            | Self::NoAnswer
            | Self::Error
            | Self::Cme(_)
            | Self::Cms(_)
            | Self::Own(_) => true,
        };
        if shown { self } else { Self::NoCarrier }
    }
}

/// A command that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// It is done; the next command of the line follows.
    Done,
    /// It is done, and the rest of the line is ignored (`Z`).
    EndOfLine,
    /// It waits for the network.
    Pending(Pending),
    /// It asks for a text.
    Prompt(Prompt),
    /// The data state begins on a context; whether its connection was made for that.
    Connect { cid: u8, made_here: bool },
    /// Back to the data state.
    Resume,
    /// The line is multiplexed after the result code.
    Multiplex(Parameters),
    /// The modem starts anew after the result code.
    Restart,
    /// The modem switches off after the result code, with these reports.
    PowerDown(&'static [&'static str]),
}

/// What a command waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pending {
    /// The end of a selection or attach.
    Selection {
        /// Whether any character from the host aborts it.
        abortable: bool,
    },
    /// The end of a detach.
    Detach,
    /// A scan (`+COPS=?`).
    Scan,
    /// PDN connections to come or go, one after the other.
    Sessions { cid: u8, connect: bool, then: Vec<u8> },
    /// The connection of a data call, of `D` or of `+CGDATA`.
    Data { cid: u8, dialled: bool },
    /// The other side of a call to answer, on a modem that says OK only then.
    Call,
    /// An operation on a service, and what its answer is shown as.
    Ss(super::commands::Shown),
    /// A command about several calls (`+CHLD`).
    Hold,
    /// A short message to be accepted.
    Message(MessageOrigin),
    /// Something of the sockets.
    Socket(Awaited),
}

impl Pending {
    /// The result code of a command that a character from the host ends; `None` where it cannot be aborted and what the
    /// host types waits (V.250 5.6.1, TS 27.007 4.6).
    pub(super) const fn when_aborted(&self) -> Option<ResultCode> {
        match self {
            Self::Selection { abortable: true } | Self::Scan => Some(ResultCode::Error),
            Self::Call | Self::Data { .. } => Some(ResultCode::NoCarrier),
            Self::Selection { abortable: false }
            | Self::Detach
            | Self::Sessions { .. }
            | Self::Message { .. }
            | Self::Hold
            | Self::Ss(_)
            | Self::Socket(_) => None,
        }
    }
}

/// Where a message that is being sent came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MessageOrigin {
    /// `+CMGS`.
    Prompt,
    /// `+CMSS`: its place is marked as sent, with a report to come or without.
    Stored { memory: Memory, index: u16, report: bool },
    /// `+CMGC`.
    Command,
}

/// What the text after a prompt is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Prompt {
    /// `+CMGS` in text mode: the text for this number.
    SendText { number: String, type_of_address: Option<u8> },
    /// `+CMGS` in PDU mode: a PDU of this TPDU length.
    SendPdu { length: usize },
    /// `+CMGW` in text mode, to be kept as sent or not.
    WriteText { number: Option<String>, type_of_address: Option<u8>, sent: bool },
    /// `+CMGW` in PDU mode, to be kept as sent or not.
    WritePdu { length: usize, sent: bool },
    /// `+CMGC` in text mode: the data of this command.
    CommandText { command: Command },
    /// `+CMGC` in PDU mode.
    CommandPdu { length: usize },
    /// `+CNMA`: the host's own report.
    Acknowledge { accepted: bool, length: usize },
    /// A socket command: octets to send.
    SocketData(SocketData),
}

impl Prompt {
    /// Whether the host is in the data mode of a socket command.
    pub(super) const fn is_data_mode(&self) -> bool {
        matches!(self, Self::SocketData(SocketData { until: Until::Terminator, .. }))
    }

    /// What the modem says when it is ready.
    pub(super) const fn sign(&self) -> &'static str {
        match self {
            Self::SocketData(data) => data.sign,
            Self::SendText { .. }
            | Self::SendPdu { .. }
            | Self::WriteText { .. }
            | Self::WritePdu { .. }
            | Self::CommandText { .. }
            | Self::CommandPdu { .. }
            | Self::Acknowledge { .. } => "> ",
        }
    }
}

/// A command that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A parameter is wrong; the code depends on the family of the command.
    Parameter,
    /// The command does not exist in this form.
    NoSuchForm,
    /// `ERROR` whatever `+CMEE` says: a wrong parameter of a command that has no codes of its own (TS 27.007 9.1).
    Plain,
    /// This code.
    Code(ResultCode),
}

impl From<WrongParameter> for Refusal {
    fn from(_: WrongParameter) -> Self {
        Self::Parameter
    }
}

impl From<CmeError> for Refusal {
    fn from(error: CmeError) -> Self {
        Self::Code(ResultCode::Cme(error))
    }
}

impl From<CmsError> for Refusal {
    fn from(error: CmsError) -> Self {
        Self::Code(ResultCode::Cms(error))
    }
}

impl From<ResultCode> for Refusal {
    fn from(code: ResultCode) -> Self {
        Self::Code(code)
    }
}

/// What a command handler returns.
pub(super) type Outcome = Result<Flow, Refusal>;
