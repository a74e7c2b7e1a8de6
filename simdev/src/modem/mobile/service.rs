//! Idle and connected: the service request, paging, and the release of the connection (TS 24.301 clause 5.6).
//!
//! On E-UTRAN what an idle mobile wants to send waits until SERVICE ACCEPT. On GSM and UTRAN a message is sent as it is:
//! the connection is a matter of the lower layers there. Power saving mode (5.3.11) is a deeper idle: the mobile hears
//! nothing until it has something to send or T3412 expires.

use super::reject::Procedure;
use super::timers::MobileTimer;
use super::{Emm, Mobile, MobileEvent};
use std::collections::VecDeque;
use wire::air::cellular::{RadioUp, Rat};
use wire::nas::{CallContent, NasUp, Reject, ServiceType};
use wire::time::{Duration, Instant};

const T3417: Duration = Duration::from_secs(5);
const T3325: Duration = Duration::from_secs(60);
const MOST_ATTEMPTS: u8 = 5;

/// The signalling connection.
#[derive(Debug, Default)]
pub(super) struct Connection {
    connected: bool,
    /// SERVICE REQUEST was sent.
    requested: bool,
    attempts: u8,
    /// What waits for the connection.
    waiting: VecDeque<RadioUp>,
    /// Power saving mode: nothing is heard.
    asleep: bool,
    /// The cell was lost meanwhile.
    lost_cell: bool,
}

impl Mobile {
    /// Whether there is a signalling connection (`+CSCON`).
    pub(crate) fn is_connected(&self) -> bool {
        self.link.connected
    }

    /// Whether a service request waits for its answer.
    pub(super) fn service_requested(&self) -> bool {
        self.link.requested
    }

    /// Whether the mobile is in power saving mode.
    pub(crate) fn is_asleep(&self) -> bool {
        self.link.asleep
    }

    /// Sends to the network behind the serving cell; nothing leaves without one.
    pub(super) fn send(&mut self, message: NasUp) {
        if let Some(cell) = self.serving {
            let begins = begins_a_connection(&message);
            self.send_up(RadioUp::Nas { cell: cell.id, message }, begins);
        }
    }

    /// Sends, or keeps until there is a connection.
    pub(super) fn send_up(&mut self, message: RadioUp, begins_connection: bool) {
        let idle = self.emm == Emm::Registered
            && !self.link.connected
            && self.serving.is_some_and(|cell| cell.rat == Rat::Eutran);
        if idle && !begins_connection {
            self.link.waiting.push_back(message);
            self.request_service(ServiceType::MobileOriginated);
            return;
        }
        self.up.push_back(message);
        self.set_connected(true);
    }

    fn request_service(&mut self, kind: ServiceType) {
        let now = self.now;
        let congested = self.serving.is_some_and(|cell| self.congested_until(cell.id.plmn, now).is_some());
        let paused = self.timers.is_running(MobileTimer::T3325) || congested;
        if paused && kind == ServiceType::MobileOriginated {
            self.link.waiting.clear();
            return;
        }
        self.wake();
        // Without a cell the message waits for the registration that follows the search.
        if self.link.requested || self.emm != Emm::Registered {
            return;
        }
        self.link.requested = true;
        self.send(NasUp::ServiceRequest(kind));
        self.timers.start(MobileTimer::T3417, now, T3417);
    }

    /// Power saving mode ends; a mobile that lost its cell in its sleep looks for another.
    pub(super) fn wake(&mut self) {
        self.link.asleep = false;
        if std::mem::take(&mut self.link.lost_cell) {
            let now = self.now;
            self.serving_lost(now);
        }
    }

    pub(super) fn service_accepted(&mut self) {
        if std::mem::take(&mut self.link.requested) {
            self.timers.stop(MobileTimer::T3417);
            self.link.attempts = 0;
            self.send_waiting();
        }
    }

    /// There is a connection: what waited for it goes.
    pub(super) fn send_waiting(&mut self) {
        self.link.requested = false;
        let waiting = std::mem::take(&mut self.link.waiting);
        // A registration may have moved the mobile to another cell.
        let Some(serving) = self.serving else { return };
        self.up.extend(waiting.into_iter().map(|message| match message {
            RadioUp::Nas { message, .. } => RadioUp::Nas { cell: serving.id, message },
            RadioUp::Packet { bearer, packet, .. } => RadioUp::Packet { cell: serving.id, bearer, packet },
            RadioUp::Search | RadioUp::Camped(_) => message,
        }));
    }

    /// The mobile is back in service without having said so: what waits asks for a connection of its own.
    pub(super) fn resume_waiting(&mut self) {
        if !self.link.waiting.is_empty() && self.emm == Emm::Registered {
            if self.on_legacy() {
                self.send_waiting();
            } else {
                self.request_service(ServiceType::MobileOriginated);
            }
        }
    }

    pub(super) fn service_rejected(&mut self, now: Instant, reject: Reject) {
        if !std::mem::take(&mut self.link.requested) {
            return;
        }
        self.timers.stop(MobileTimer::T3417);
        self.link.waiting.clear();
        self.last_failure = Some(reject.cause.name());
        self.call_service_rejected(reject.cause);
        self.react(now, Procedure::Service, reject);
    }

    /// T3417: back to idle; after the fifth time the mobile leaves the network alone for a while (5.6.1.6).
    pub(super) fn service_unanswered(&mut self, now: Instant) {
        if !std::mem::take(&mut self.link.requested) {
            return;
        }
        self.link.waiting.clear();
        self.set_connected(false);
        self.link.attempts += 1;
        if self.link.attempts >= MOST_ATTEMPTS {
            self.link.attempts = 0;
            self.timers.start(MobileTimer::T3325, now, T3325);
        }
    }

    pub(super) fn paged(&mut self) {
        if self.emm == Emm::Registered && !self.link.connected {
            self.request_service(ServiceType::PagingResponse);
        }
    }

    /// A message came: there is a connection, whatever the mobile thought.
    pub(super) fn heard(&mut self) {
        self.set_connected(true);
    }

    /// The network released the connection, or T3440 expired without that.
    pub(super) fn released(&mut self, now: Instant) {
        self.timers.stop(MobileTimer::T3440);
        self.set_connected(false);
        let active = self.registered.as_ref().and_then(|known| known.grant.power.t3324);
        if let (Emm::Registered, Some(span)) = (self.emm, active.and_then(|timer| timer.span())) {
            self.timers.start(MobileTimer::T3324, now, span);
        }
    }

    /// T3324: the mobile falls asleep.
    pub(super) fn active_time_ended(&mut self) {
        if self.emm == Emm::Registered && !self.link.connected && !self.link.requested {
            self.link.asleep = true;
            self.event(MobileEvent::Asleep);
        }
    }

    /// The cell can no longer be heard; a mobile that sleeps does not notice.
    pub(super) fn sleeps_through_loss(&mut self) -> bool {
        self.link.lost_cell |= self.link.asleep;
        self.link.asleep
    }

    fn set_connected(&mut self, connected: bool) {
        if connected {
            self.timers.stop(MobileTimer::T3324);
            self.link.asleep = false;
        }
        if self.link.connected != connected {
            self.link.connected = connected;
            self.event(MobileEvent::Connected(connected));
        }
    }

    /// The registration is gone, and the connection with it.
    pub(super) fn link_gone(&mut self) {
        self.link.waiting.clear();
        self.link.requested = false;
        self.link.asleep = false;
        self.timers.stop(MobileTimer::T3417);
        self.timers.stop(MobileTimer::T3324);
    }

    /// The radio link is gone.
    pub(super) fn radio_link_lost(&mut self) {
        self.link.requested = false;
        self.timers.stop(MobileTimer::T3417);
        self.set_connected(false);
    }
}

/// Initial messages need no connection: they make one.
fn begins_a_connection(message: &NasUp) -> bool {
    match message {
        NasUp::AttachRequest { .. }
        | NasUp::TrackingAreaUpdateRequest { .. }
        | NasUp::ServiceRequest(_)
        | NasUp::LocationUpdatingRequest { .. }
        | NasUp::ImsiDetach
        | NasUp::GprsAttachRequest { .. }
        | NasUp::RoutingAreaUpdateRequest { .. }
        | NasUp::AuthenticationResponse { .. }
        | NasUp::AuthenticationFailure { .. }
        | NasUp::IdentityResponse(_)
        | NasUp::MobilityStatus { .. }
        | NasUp::EsmStatus { .. }
        | NasUp::BearerRejected { .. }
        | NasUp::BearerModificationAccepted { .. }
        | NasUp::BearerModificationRejected { .. }
        | NasUp::DetachRequest { .. } => true,
        NasUp::AttachComplete
        | NasUp::PdnConnectivityRequest { .. }
        | NasUp::PdnDisconnectRequest { .. }
        | NasUp::Sms(_)
        | NasUp::Ss(_) => false,
        // An emergency call waits for nothing.
        NasUp::Call(message) => matches!(message.content, CallContent::EmergencySetup { .. }),
    }
}
