//! The data state of a channel: dialling, PPP, the way out and the way back (V.250 6.3, TS 27.007 10.1.12 and 10.2.1).
//!
//! The connection is asked for before `CONNECT`, so that a refusal is the final result of the command. A network that
//! wants credentials where `+CGAUTH` has none is asked again with those of PPP, after `CONNECT`. What ends the state,
//! whoever ends it, ends with `NO CARRIER`; a connection that was made for the call is given back.

mod dial;
mod escape;

use super::Modem;
use super::mobile::MobileEvent;
use super::outcome::{Flow, Outcome, Pending, Refusal, ResultCode};
use super::ppp::{PppEvent, PppLink};
use super::profile::ErrorFormat;
use escape::Escape;
use wire::at::command::Form;
use wire::at::error::CmeError;
use wire::cause::EsmCause;
use wire::nas::Authentication;
use wire::seed::Seed;
use wire::time::{Instant, Wakeup};

/// The speed that `CONNECT` tells: that of the radio link, as modules show it.
const SPEED: u32 = 150_000_000;
/// What waits for a host that is in command state; more is lost.
const MOST_HELD: usize = 64 * 1024;

/// A data call.
#[derive(Debug)]
pub(super) struct DataCall {
    cid: u8,
    /// The connection was made for this call.
    made_here: bool,
    /// The connection is asked for with the host's credentials.
    asked: bool,
    /// The connection has been there: without it there is nothing to call for.
    connected: bool,
    /// Data state; online command state otherwise.
    online: bool,
    escape: Escape,
    link: PppLink,
    held: Vec<u8>,
}

impl DataCall {
    pub(super) const fn cid(&self) -> u8 {
        self.cid
    }

    pub(super) const fn is_online(&self) -> bool {
        self.online
    }

    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        let link = self.link.next_wakeup().map(|at| Wakeup::new(at, "PPP"));
        let escape = self.escape.due().map(|at| Wakeup::new(at, "guard time after +++"));
        Wakeup::earliest(link, escape)
    }
}

impl Modem {
    /// Whether what the host sends on the active channel is data.
    pub(super) fn is_online(&self) -> bool {
        self.data.as_ref().is_some_and(|call| call.online)
    }

    /// `D*99…#`; `None` for a number of the telephone network.
    pub(super) fn dial_packet(&mut self, now: Instant, string: &str) -> Option<Outcome> {
        let wanted = dial::packet_context(string)?;
        Some(match wanted {
            Ok(cid) => self.begin_data(now, cid, true).map_err(|_| ResultCode::NoCarrier.into()),
            Err(_) => Err(ResultCode::NoCarrier.into()),
        })
    }

    /// `+CGDATA="PPP",<cid>`.
    pub(super) fn enter_data_state(&mut self, now: Instant, form: &Form) -> Outcome {
        let list = match form {
            Form::Set(list) => list,
            Form::Action => return self.begin_data(now, 1, false),
            Form::Read | Form::Test => return Err(Refusal::NoSuchForm),
        };
        if list.text(0)?.is_some_and(|layer| layer != "PPP") || list.len() > 2 {
            return Err(Refusal::Parameter);
        }
        let cid = u8::try_from(list.number(1)?.unwrap_or(1)).map_err(|_| Refusal::Parameter)?;
        self.begin_data(now, cid, false)
    }

    fn begin_data(&mut self, now: Instant, cid: u8, dialled: bool) -> Outcome {
        self.require_card(super::commands::Service::Mobile)?;
        if self.data.is_some() || self.data_channel(cid).is_some() {
            return Err(CmeError::OPERATION_NOT_ALLOWED.into());
        }
        if !self.mobile.contexts().contains_key(&cid) {
            return Err(CmeError::INCORRECT_PARAMETERS.into());
        }
        if self.mobile.context_grant(cid).is_some() {
            return Ok(Flow::Connect { cid, made_here: false });
        }
        self.mobile.activate(now, cid);
        Ok(Flow::Pending(Pending::Data { cid, dialled }))
    }

    /// What the mobile told may be what a data command waits for.
    pub(super) fn data_command_answered(&mut self, now: Instant, event: &MobileEvent) {
        let Some(Pending::Data { cid, dialled }) = self.pending() else { return };
        let (cid, dialled) = (*cid, *dialled);
        if matches!(event, MobileEvent::PdnActivated { cid: told, .. } if *told == cid) {
            self.connect(now, cid, true);
        } else if let MobileEvent::PdnRefused { cid: told, error } = event
            && *told == cid
        {
            self.data_refused(now, cid, dialled, *error);
        }
    }

    fn data_refused(&mut self, now: Instant, cid: u8, dialled: bool, error: CmeError) {
        let wants_credentials = error == CmeError::from_esm(EsmCause::USER_AUTHENTICATION_FAILED);
        if wants_credentials && !self.mobile.has_credentials(cid) {
            self.connect(now, cid, true);
        } else if dialled || self.profile.errors == ErrorFormat::Plain {
            self.finish(now, ResultCode::NoCarrier);
        } else {
            self.finish(now, ResultCode::Cme(error));
        }
    }

    /// `CONNECT`, and from here on data.
    pub(super) fn connect(&mut self, now: Instant, cid: u8, made_here: bool) {
        self.running = None;
        self.say_connect();
        let unit = self.mobile.context_grant(cid).and_then(|grant| grant.mtu);
        let rng = Seed(u64::from_be_bytes(self.data_rng.octets())).rng();
        self.data = Some(DataCall {
            cid,
            made_here,
            asked: false,
            connected: self.mobile.context_grant(cid).is_some(),
            online: true,
            escape: self.escape(now),
            link: PppLink::open(now, rng, unit),
            held: Vec::new(),
        });
        self.settle_data(now);
    }

    fn escape(&self, now: Instant) -> Escape {
        Escape::new(now, Escape::guard_time(self.profile.guard_time()))
    }

    fn say_connect(&mut self) {
        let speed = (self.profile.result_set > 0).then_some(SPEED);
        self.line.result(&self.profile, &self.config.quirks, ResultCode::Connect(speed));
    }

    /// `O`: back to the data state.
    pub(super) fn resume_data(&mut self) -> Outcome {
        if self.data.is_some() { Ok(Flow::Resume) } else { Err(ResultCode::NoCarrier.into()) }
    }

    pub(super) fn resume(&mut self, now: Instant) {
        self.running = None;
        self.say_connect();
        let escape = self.escape(now);
        if let Some(call) = &mut self.data {
            call.online = true;
            call.escape = escape;
            self.line.data(&std::mem::take(&mut call.held));
        }
        self.settle_data(now);
    }

    /// What the host sent in the data state.
    pub(super) fn read_data(&mut self, now: Instant) {
        let octets = self.line.take_backlog();
        if let Some(call) = &mut self.data {
            let data = call.escape.filter(now, &octets);
            call.link.receive(now, &data);
        }
        self.settle_data(now);
    }

    pub(super) fn data_timeout(&mut self, now: Instant) {
        let Some(call) = &mut self.data else { return };
        call.link.handle_timeout(now);
        match call.escape.handle_timeout(now) {
            Some(Ok(())) => self.leave_data(),
            Some(Err(data)) => call.link.receive(now, &data),
            None => {}
        }
        self.settle_data(now);
    }

    /// To the online command state.
    fn leave_data(&mut self) {
        if let Some(call) = self.data.as_mut().filter(|call| call.online) {
            call.online = false;
            self.line.result(&self.profile, &self.config.quirks, ResultCode::Ok);
        }
    }

    /// DTR fell on the active channel (V.250 6.2.9).
    pub(super) fn data_terminal_lost(&mut self, now: Instant) {
        match self.profile.inert.get("&D") {
            Some(1) => self.leave_data(),
            Some(2) => self.end_data(now, Some(ResultCode::NoCarrier)),
            Some(_) | None => {}
        }
    }

    /// Ends the call of the active channel, if there is one.
    pub(super) fn end_data(&mut self, now: Instant, code: Option<ResultCode>) {
        let Some(call) = self.data.take() else { return };
        if call.made_here && self.mobile.context_grant(call.cid).is_some() {
            self.mobile.deactivate(now, call.cid);
        }
        self.mobile.set_dial_credentials(call.cid, None);
        // What was told while data flowed comes first: why the call ended may be among it.
        self.send_reports(now);
        match code {
            Some(code) if call.online => self.line.result(&self.profile, &self.config.quirks, code),
            Some(code) => self.line.report_here(code),
            None => {}
        }
        self.handle_events(now);
        self.send_reports(now);
    }

    /// What the mobile told may be about the connection of the active channel's call.
    pub(super) fn tell_data(&mut self, now: Instant, event: MobileEvent) {
        let Some(call) = &mut self.data else { return };
        let lost = matches!(event, MobileEvent::PdnDeactivated { .. } | MobileEvent::PdnLost { .. })
            || matches!(event, MobileEvent::PdnRefused { .. } if call.asked);
        if let MobileEvent::Packet { packet, .. } = event {
            call.link.send_packet(packet);
        } else if lost {
            call.link.close(now);
        } else if let Some(grant) = self.mobile.context_grant(call.cid).filter(|_| call.asked) {
            call.connected = true;
            call.link.granted(now, grant);
        }
        self.settle_data(now);
    }

    /// A registration that is lost takes the connections with it, without a word about each.
    pub(super) fn check_connection(&mut self, now: Instant) {
        let Some(call) = self.data.as_mut().filter(|call| call.connected) else { return };
        if self.mobile.context_grant(call.cid).is_none() {
            call.connected = false;
            call.link.close(now);
            self.settle_data(now);
        }
    }

    /// Does what the link asks for, and sends what it has to say.
    fn settle_data(&mut self, now: Instant) {
        while let Some(call) = &mut self.data {
            let event = call.link.poll_event();
            let octets = call.link.take_output();
            if call.online {
                self.line.data(&octets);
            } else if call.held.len() + octets.len() <= MOST_HELD {
                call.held.extend(octets);
            }
            let cid = call.cid;
            match event {
                Some(PppEvent::NetworkWanted(credentials)) => self.want_network(now, credentials),
                Some(PppEvent::Packet(packet)) => self.mobile.send_packet(cid, packet),
                Some(PppEvent::Ended) => self.end_data(now, Some(ResultCode::NoCarrier)),
                None => return,
            }
        }
    }

    /// The host may have the connection, with its credentials when it is not there yet.
    fn want_network(&mut self, now: Instant, credentials: Option<Authentication>) {
        let Some(call) = &mut self.data else { return };
        if let Some(grant) = self.mobile.context_grant(call.cid) {
            call.link.granted(now, grant);
        } else if !std::mem::replace(&mut call.asked, true) {
            let cid = call.cid;
            self.mobile.set_dial_credentials(cid, credentials);
            self.mobile.activate(now, cid);
            self.handle_events(now);
        }
    }
}
