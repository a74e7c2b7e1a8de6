//! The protocol without its sockets: sessions, their states and timers, and who answers what.
//!
//! Spec: SMPP 3.4 clauses 2 and 4. Octets and `now` go in; what they cause in the service centre happens at once, and
//! what is to be sent waits until [`Server::take_outgoing`], so that whoever keeps the state can do so before anybody
//! is told of it.

use super::pdu::{BadLength, Body, Flaw, Pdu, command, read, status};
use super::session::{Sent, Session, State};
use super::translate;
use rusmpp::decode::DecodeWithLength;
use rusmpp::pdus::{
    BindReceiver, BindReceiverResp, BindTransceiver, BindTransceiverResp, BindTransmitter,
    BindTransmitterResp, DataSmResp, Outbind, SubmitSmResp,
};
use rusmpp::values::InterfaceVersion;
use simcore::cellular::{BindId, BindMode, BindRefusal, CellularCore, EsmeAnswer, EsmeContent, UnbindCause};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use wire::time::{Duration, Instant};

/// The name by which the service centre answers a bind.
const SYSTEM_ID: &str = "dtk";
/// Binds that may fail on one connection.
const FAILURES: u32 = 3;
/// From one call of an ESME to the next.
const NEXT_CALL: Duration = Duration::from_secs(60);
/// The version of SMPP that is spoken; parties of earlier ones do not know optional parameters.
const VERSION: u8 = 0x34;

/// How long the server waits for what (SMPP 3.4 clause 7.2, which leaves the values open).
#[derive(Clone, Copy, Debug)]
pub struct Timers {
    /// From the connection to the bind.
    pub session_init: Duration,
    /// Silence after which the server asks whether the ESME is there.
    pub enquire_link: Duration,
    /// Silence, answers to this question aside, after which the server unbinds.
    pub inactivity: Duration,
    /// For the answer to a request.
    pub response: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            session_init: Duration::from_secs(30),
            enquire_link: Duration::from_secs(60),
            inactivity: Duration::from_secs(300),
            response: Duration::from_secs(10),
        }
    }
}

/// A connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// What goes out on a connection.
#[derive(Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// On which.
    pub connection: ConnectionId,
    /// Octets to send.
    pub octets: Vec<u8>,
    /// Whether the connection ends after them.
    pub close: bool,
    /// How many pieces of input have been dealt with.
    pub handled: usize,
}

/// An ESME that is to be called, because something waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its system_id.
    pub system_id: String,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Every session.
#[derive(Debug, Default)]
pub struct Server {
    timers: Timers,
    sessions: BTreeMap<ConnectionId, Session>,
    /// When each ESME that was called may be called again.
    next_calls: BTreeMap<String, Instant>,
    /// For the concatenation of what is split.
    reference: u8,
}

impl Server {
    /// A server with these timers.
    #[must_use]
    pub fn new(timers: Timers) -> Self {
        Self { timers, ..Self::default() }
    }

    /// Somebody has connected from `peer`.
    pub fn connected(&mut self, now: Instant, connection: ConnectionId, peer: String) {
        self.sessions.insert(connection, Session::new(now, peer));
    }

    /// An ESME that was called has taken the call: it is asked to bind.
    pub fn called(&mut self, core: &mut CellularCore, now: Instant, connection: ConnectionId, call: &Call) {
        let mut session = Session::new(now, call.address.to_string());
        let outbind = core.esmes().find(|esme| esme.system_id == call.system_id);
        let password = outbind.and_then(|esme| esme.outbind.as_ref()).map(|outbind| &*outbind.password);
        let body = Outbind::new(translate::text(SYSTEM_ID), translate::text(password.unwrap_or_default()));
        session.tell(command::OUTBIND, Some(&body));
        core.note_esme_call(now, &call.system_id, Ok(()));
        self.sessions.insert(connection, session);
    }

    /// The ESMEs to call now: something waits for them, and they are not bound. Each is called once a minute.
    pub fn take_calls(&mut self, core: &CellularCore, now: Instant) -> Vec<Call> {
        let mut calls = Vec::new();
        for (esme, outbind) in core.esmes_to_call() {
            if self.next_calls.get(&esme.system_id).is_none_or(|next| now >= *next) {
                self.next_calls.insert(esme.system_id.clone(), now + NEXT_CALL);
                calls.push(Call { system_id: esme.system_id.clone(), address: outbind.address });
            }
        }
        calls
    }

    /// A connection was cut from outside.
    pub fn lost(&mut self, core: &mut CellularCore, now: Instant, connection: ConnectionId) {
        let Some(session) = self.sessions.remove(&connection) else { return };
        if session.is_cut() {
            core.note_esme_protocol(
                now,
                session.bind(),
                &session.peer,
                "the connection ended within a PDU".to_owned(),
            );
        }
        if let Some(bind) = session.bind() {
            core.unbind_esme(now, bind, UnbindCause::ConnectionLost);
        }
    }

    /// Octets have come.
    pub fn received(
        &mut self,
        core: &mut CellularCore,
        now: Instant,
        connection: ConnectionId,
        octets: &[u8],
    ) {
        let Self { sessions, reference, .. } = self;
        let Some(session) = sessions.get_mut(&connection) else { return };
        session.handled += 1;
        session.push(octets);
        let mut desk = Desk { core, now, session, reference };
        while !desk.session.closing {
            match desk.session.next_pdu() {
                Ok(Some(pdu)) => desk.handle(&pdu),
                Ok(None) => return,
                Err(length) => desk.lose_the_thread(length),
            }
        }
    }

    /// Does what is due, and gives out what waits for the ESMEs.
    pub fn handle_timeout(&mut self, core: &mut CellularCore, now: Instant) {
        let Self { sessions, reference, timers, .. } = self;
        for session in sessions.values_mut() {
            let mut desk = Desk { core, now, session, reference };
            desk.timers(timers);
            desk.deliver();
        }
    }

    /// What is to be sent now, oldest connection first.
    pub fn take_outgoing(&mut self) -> Vec<Outgoing> {
        let mut all = Vec::new();
        for (connection, session) in &mut self.sessions {
            let handled = std::mem::take(&mut session.handled);
            let octets = session.take_octets();
            let close = session.closing;
            if close || handled > 0 || !octets.is_empty() {
                all.push(Outgoing { connection: *connection, octets, close, handled });
            }
        }
        self.sessions.retain(|_, session| !session.closing);
        all
    }

    /// How many connections there are.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.sessions.len()
    }
}

/// One session with everything that its requests need.
struct Desk<'a> {
    core: &'a mut CellularCore,
    now: Instant,
    session: &'a mut Session,
    reference: &'a mut u8,
}

impl Desk<'_> {
    fn handle(&mut self, pdu: &Pdu) {
        self.session.hear(self.now, pdu.command != command::ENQUIRE_LINK_RESP);
        match pdu.command {
            command::BIND_TRANSMITTER => {
                self.bind::<BindTransmitter>(pdu, BindMode::Transmitter);
            }
            command::BIND_RECEIVER => self.bind::<BindReceiver>(pdu, BindMode::Receiver),
            command::BIND_TRANSCEIVER => self.bind::<BindTransceiver>(pdu, BindMode::Transceiver),
            command::UNBIND => self.unbind(pdu),
            command::ENQUIRE_LINK => self.answer(pdu, None),
            command::SUBMIT_SM | command::DATA_SM => self.with_bind(pdu, Self::submit),
            command::SUBMIT_MULTI => self.with_bind(pdu, Self::submit_multi),
            command::QUERY_SM => self.with_bind(pdu, Self::query),
            command::CANCEL_SM => self.with_bind(pdu, Self::cancel),
            command::REPLACE_SM => self.with_bind(pdu, Self::replace),
            command::DELIVER_SM => {
                self.refuse(
                    pdu,
                    &Flaw::new(status::RINVBNDSTS, "a request that only a service centre makes"),
                );
            }
            response if response & command::RESPONSE != 0 => self.take_response(pdu),
            command::OUTBIND | command::ALERT_NOTIFICATION => {
                self.nack(pdu, &Flaw::new(status::RINVCMDID, "a command that only a service centre sends"));
            }
            _ => self
                .nack(pdu, &Flaw::new(status::RINVCMDID, "a command that the specification does not know")),
        }
    }

    fn bind<T: DecodeWithLength + AsBind>(&mut self, pdu: &Pdu, mode: BindMode) {
        if self.session.state != State::Open {
            return self.refuse(pdu, &Flaw::new(status::RALYBND, "a second bind on one connection"));
        }
        let fields = match read::<T>(&pdu.body) {
            Ok(request) => request.fields(),
            Err(flaw) => return self.refuse(pdu, &flaw),
        };
        let peer = self.session.peer.clone();
        match self.core.bind_esme(self.now, &fields.system_id, &fields.password, mode, &peer) {
            Ok(bind) => {
                self.session.state = State::Bound { bind, mode };
                self.session.window = self.core.esme_window(bind);
                let version = (fields.version >= VERSION).then_some(InterfaceVersion::Smpp3_4);
                let name = translate::text(SYSTEM_ID);
                let body: Box<dyn Body> = match mode {
                    BindMode::Transmitter => Box::new(BindTransmitterResp::new(name, version)),
                    BindMode::Receiver => Box::new(BindReceiverResp::new(name, version)),
                    BindMode::Transceiver => Box::new(BindTransceiverResp::new(name, version)),
                };
                self.answer(pdu, Some(body.as_ref()));
            }
            Err(refusal) => {
                let status = match refusal {
                    BindRefusal::UnknownSystemId => status::RINVSYSID,
                    BindRefusal::WrongPassword => status::RINVPASWD,
                    BindRefusal::TooManyBinds(_) => status::RBINDFAIL,
                };
                self.session.respond(pdu, status, None);
                self.session.failures += 1;
                if self.session.failures >= FAILURES {
                    self.session.closing = true;
                }
            }
        }
    }

    fn unbind(&mut self, pdu: &Pdu) {
        let Some(bind) = self.session.bind() else {
            return self.refuse(pdu, &Flaw::new(status::RINVBNDSTS, "unbind without a bind"));
        };
        self.answer(pdu, None);
        self.core.unbind_esme(self.now, bind, UnbindCause::Asked);
        self.session.close();
    }

    /// A request that takes a bind for submitting.
    fn with_bind(&mut self, pdu: &Pdu, serve: fn(&mut Self, &Pdu, BindId) -> Result<(), Flaw>) {
        let State::Bound { bind, mode } = self.session.state else {
            return self.refuse(pdu, &Flaw::new(status::RINVBNDSTS, "a request without a bind"));
        };
        if !mode.transmits() {
            return self
                .refuse(pdu, &Flaw::new(status::RINVBNDSTS, "a request of a transmitter by a receiver"));
        }
        if self.session.unanswered >= self.session.window {
            let text = format!("more than {} requests are unanswered", self.session.window);
            return self.refuse(pdu, &Flaw::new(status::RTHROTTLED, text));
        }
        self.session.unanswered += 1;
        if let Err(flaw) = serve(self, pdu, bind) {
            self.refuse(pdu, &flaw);
        }
    }

    fn submit(&mut self, pdu: &Pdu, bind: BindId) -> Result<(), Flaw> {
        let is_data = pdu.command == command::DATA_SM;
        let request = if is_data { translate::data } else { translate::submit };
        let request = request(&pdu.body, *self.reference)?;
        if request.parts.len() > 1 {
            *self.reference = self.reference.wrapping_add(1);
        }
        match self.core.esme_submit(self.now, bind, request) {
            Ok(id) if is_data => {
                self.answer(pdu, Some(&DataSmResp::new(translate::written(id), Vec::new())));
            }
            Ok(id) => self.answer(pdu, Some(&SubmitSmResp::new(translate::written(id), Vec::new()))),
            // The service centre has noted why.
            Err(refusal) => self.session.respond(pdu, translate::status_of(refusal), None),
        }
        Ok(())
    }

    fn submit_multi(&mut self, pdu: &Pdu, bind: BindId) -> Result<(), Flaw> {
        let all = translate::submit_multi(&pdu.body, *self.reference)?;
        if all.is_split() {
            *self.reference = self.reference.wrapping_add(1);
        }
        all.flaws().for_each(|flaw| self.note(format!("submit_multi: {}", flaw.text)));
        let results = self.core.esme_submit_multi(self.now, bind, all.requests());
        match all.answer(&results) {
            Ok(body) => self.answer(pdu, Some(&body)),
            // None was accepted; what the service centre refused is noted.
            Err(status) => self.session.respond(pdu, status, None),
        }
        Ok(())
    }

    fn query(&mut self, pdu: &Pdu, bind: BindId) -> Result<(), Flaw> {
        let (message, from) = translate::query(&pdu.body)?;
        match self.core.esme_query(self.now, bind, message, from.as_ref()) {
            Ok(receipt) => self.answer(pdu, Some(&translate::query_resp(&receipt))),
            Err(refusal) => {
                self.session.respond(pdu, translate::status_of_order(refusal, status::RQUERYFAIL), None);
            }
        }
        Ok(())
    }

    fn cancel(&mut self, pdu: &Pdu, bind: BindId) -> Result<(), Flaw> {
        let (which, from) = translate::cancel(&pdu.body)?;
        let result = self.core.esme_cancel(self.now, bind, from.as_ref(), &which);
        let status = result.map_or_else(
            |refusal| translate::status_of_order(refusal, status::RCANCELFAIL),
            |()| status::ROK,
        );
        self.session.respond(pdu, status, None);
        Ok(())
    }

    fn replace(&mut self, pdu: &Pdu, bind: BindId) -> Result<(), Flaw> {
        let (replace, from) = translate::replace(&pdu.body)?;
        let result = self.core.esme_replace(self.now, bind, from.as_ref(), replace);
        let status = result.map_or_else(
            |refusal| translate::status_of_order(refusal, status::RREPLACEFAIL),
            |()| status::ROK,
        );
        self.session.respond(pdu, status, None);
        Ok(())
    }

    fn take_response(&mut self, pdu: &Pdu) {
        let sent = self.session.answered(pdu.sequence, pdu.command);
        match (sent, self.session.bind()) {
            (Some(Sent::Delivery(id)), Some(bind)) => {
                let answer = match pdu.status {
                    _ if pdu.command == command::GENERIC_NACK => EsmeAnswer::Refused,
                    status::ROK => EsmeAnswer::Taken,
                    status::RX_T_APPN | status::RMSGQFUL | status::RTHROTTLED | status::RSYSERR => {
                        EsmeAnswer::Later
                    }
                    _ => EsmeAnswer::Refused,
                };
                self.core.esme_answered(self.now, bind, id, answer);
                self.deliver();
            }
            (Some(Sent::Delivery(_) | Sent::EnquireLink), _) => {}
            (Some(Sent::Unbind), _) => self.session.close(),
            (None, _) => {
                let text = format!("{} to no request", self.name_of(pdu));
                self.note(text);
            }
        }
    }

    /// Gives out what waits for the ESME, as far as the window goes.
    fn deliver(&mut self) {
        let State::Bound { bind, .. } = self.session.state else { return };
        while let Some(delivery) = self.core.esme_next(self.now, bind) {
            match &delivery.content {
                EsmeContent::Alert(alert) => {
                    self.session.tell(command::ALERT_NOTIFICATION, Some(&translate::alert(alert)));
                }
                EsmeContent::Message { .. } | EsmeContent::Receipt(_) => {
                    let body = translate::deliver(&delivery.content);
                    let sent = Sent::Delivery(delivery.id);
                    self.session.request(self.now, command::DELIVER_SM, sent, Some(&body));
                }
            }
        }
    }

    fn timers(&mut self, timers: &Timers) {
        let (now, session) = (self.now, &mut *self.session);
        match session.state {
            State::Open if now >= session.connected + timers.session_init => {
                session.close();
                self.note("no bind within the session-init timer".to_owned());
            }
            State::Open | State::Closed => {}
            State::Bound { bind, .. } => {
                if session.oldest_request().is_some_and(|sent| now >= sent + timers.response) {
                    self.core.unbind_esme(now, bind, UnbindCause::Unanswered);
                    session.close();
                } else if now >= session.active + timers.inactivity {
                    self.core.unbind_esme(now, bind, UnbindCause::Inactive);
                    session.state = State::Unbinding;
                    session.request(now, command::UNBIND, Sent::Unbind, None);
                } else if now >= session.heard + timers.enquire_link && session.oldest_request().is_none() {
                    session.request(now, command::ENQUIRE_LINK, Sent::EnquireLink, None);
                }
            }
            State::Unbinding => {
                if session.oldest_request().is_none_or(|sent| now >= sent + timers.response) {
                    session.close();
                }
            }
        }
    }

    /// The frames of the stream cannot be told apart any more.
    fn lose_the_thread(&mut self, bad: BadLength) {
        let BadLength { length, sequence } = bad;
        self.note(format!("command_length {length}: no PDU is so long or so short"));
        let pdu = Pdu { command: 0, status: 0, sequence, body: Vec::new() };
        self.session.respond_as(command::GENERIC_NACK, &pdu, status::RINVCMDLEN, None);
        if let Some(bind) = self.session.bind() {
            self.core.unbind_esme(self.now, bind, UnbindCause::Malformed);
        }
        self.session.close();
    }

    fn answer(&mut self, pdu: &Pdu, body: Option<&dyn Body>) {
        self.session.respond(pdu, status::ROK, body);
    }

    /// Answers that a request is wrong, and writes it down.
    fn refuse(&mut self, pdu: &Pdu, flaw: &Flaw) {
        self.session.respond(pdu, flaw.status, None);
        self.note(format!("{} refused with {:#x}: {}", self.name_of(pdu), flaw.status, flaw.text));
    }

    /// Answers that a command is none.
    fn nack(&mut self, pdu: &Pdu, flaw: &Flaw) {
        self.session.respond_as(command::GENERIC_NACK, pdu, flaw.status, None);
        self.note(format!("{} refused with {:#x}: {}", self.name_of(pdu), flaw.status, flaw.text));
    }

    fn name_of(&self, pdu: &Pdu) -> String {
        command::name(pdu.command).map_or_else(|| format!("command {:#010x}", pdu.command), str::to_owned)
    }

    fn note(&mut self, problem: String) {
        self.core.note_esme_protocol(self.now, self.session.bind(), &self.session.peer, problem);
    }
}

/// What counts in the three binds.
struct BindFields {
    system_id: String,
    password: String,
    version: u8,
}

trait AsBind {
    fn fields(&self) -> BindFields;
}

macro_rules! as_bind {
    ($($name:ident),*) => {
        $(impl AsBind for $name {
            fn fields(&self) -> BindFields {
                BindFields {
                    system_id: self.system_id.as_str().to_owned(),
                    password: self.password.as_str().to_owned(),
                    version: u8::from(self.interface_version),
                }
            }
        })*
    };
}

as_bind!(BindTransmitter, BindReceiver, BindTransceiver);
