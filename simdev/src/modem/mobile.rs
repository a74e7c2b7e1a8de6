//! The mobile inside the modem: card, network selection, registration, sessions, short messages and calls.
//!
//! Spec: TS 23.122 (selection), TS 24.301 (mobility and session management), TS 24.011 (short messages), TS 24.008
//! (calls). It speaks to the network in [`RadioUp`] and [`RadioDown`] and to the AT side in [`MobileEvent`]s; it knows
//! nothing of AT commands. On GSM and UTRAN it registers in each domain by itself (TS 24.008 4.4.4 and 4.7). Not here:
//! NAS security.

mod authentication;
mod call;
mod context;
mod detach;
mod forbidden;
mod legacy;
mod mobility;
mod modification;
mod packet;
mod reaction;
mod refresh;
mod reject;
mod search;
mod selection;
mod service;
mod service_operation;
mod session;
mod settings;
mod short_message;
mod ss;
mod state;
mod status;
mod subscriber;
mod t3245;
mod timers;

pub(crate) use call::{CallEnd, CallPhase, CallView, DialError, HoldCommand, HoldFlow};
pub(crate) use context::{ContextDefinition, Credentials, Protocol};
pub(crate) use reject::Procedure;
pub(crate) use search::{ScanEntry, ScanStatus};
pub(crate) use selection::SelectionMode;
pub(crate) use session::BackOffEvent;
pub(crate) use settings::PowerSettings;
pub(crate) use short_message::{DeliveryAnswer, Incoming};
pub(crate) use ss::UssdEvent;
pub(crate) use state::{DomainView, Emm, RegistrationView, Stat};

use super::ModemConfig;
use crate::defect::Defect;
use crate::sim::SimCard;
use forbidden::Forbidden;
use legacy::Domain;
use search::Search;
use selection::Selection;
use service::Connection;
use session::Sessions;
use settings::Settings;
use short_message::SmsLink;
use state::Registered;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use subscriber::Subscriber;
use timers::{MobileTimer, Timers};
use wire::air::cellular::{HeardCell, RadioDown, RadioUp};
use wire::at::error::{CmeError, CmsError};
use wire::cause::{CcCause, EmmCause, EsmCause};
use wire::id::PhoneNumber;
use wire::nas::{Guti, NasDown, NetworkInformation};
use wire::plmn::Plmn;
use wire::seed::Rng;
use wire::ss::Notification;
use wire::time::{Instant, Wakeup};

/// What the AT side is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MobileEvent {
    /// The registration state is now this.
    Registration(RegistrationView),
    /// A selection or attach that was asked for ended.
    SelectionEnded(Result<(), CmeError>),
    /// A detach that was asked for ended; `attached` is whether there was anything to end.
    Detached { attached: bool },
    /// The network took the service away.
    NetworkDetached,
    /// A search that a person asked for ended.
    Scanned(Vec<ScanEntry>),
    /// A PDN connection is there; `reason` is the `<reason>` of `+CGEV: ME PDN ACT`.
    PdnActivated { cid: u8, reason: Option<u8> },
    /// A PDN connection that was asked for was refused.
    PdnRefused { cid: u8, error: CmeError },
    /// A PDN connection is gone.
    PdnDeactivated { cid: u8, by_network: bool },
    /// A PDN connection went with the registration.
    PdnLost { cid: u8 },
    /// The network gave a PDN connection another class of service or other bit rates.
    PdnModified { cid: u8 },
    /// A deactivation that was asked for was refused.
    PdnKept { cid: u8, error: CmeError },
    /// The network told its name, the time and the zone.
    Information(NetworkInformation),
    /// A page of a cell broadcast message.
    Broadcast(Vec<u8>),
    /// A back-off of an access point begins or ends.
    BackOff { apn: Option<String>, event: BackOffEvent },
    /// An IP packet came over a PDN connection.
    Packet { cid: u8, packet: Vec<u8> },
    /// A short message was accepted under this TP-MR, or refused.
    SmsSent(Result<u8, CmsError>),
    /// A short message arrived and waits for an answer.
    SmsArrived(Incoming),
    /// A USSD dialogue has something to show.
    Ussd(UssdEvent),
    /// The network has answered an operation on a service.
    ServiceEnded(Result<Vec<u8>, CmeError>),
    /// An incoming call rings.
    CallOffered,
    /// There is a signalling connection now, or none any longer.
    Connected(bool),
    /// A procedure was rejected.
    Rejected { procedure: Procedure, cause: EmmCause },
    /// A PDN connection was rejected.
    SessionRejected { cid: u8, cause: EsmCause },
    /// The mobile entered power saving mode.
    Asleep,
    /// The network granted another eDRX than before.
    Edrx(Option<wire::nas::Edrx>),
    /// A call comes in beside another; its number where it has one.
    CallWaits(Option<PhoneNumber>),
    /// The other side answered, under this number where the network tells it.
    CallConnected(Option<PhoneNumber>),
    /// The call is over.
    CallEnded(CallEnd),
    /// The network tells something about a call, which is being set up or not.
    CallNotice { notice: Notification, setting_up: bool },
    /// The other side of a held call has hung up.
    HeldReleased,
    /// A command about several calls has ended.
    HoldEnded(Result<(), CmeError>),
}

/// The mobile. Its card stays in it; it lives through power cycles, with what a mobile keeps.
pub(crate) struct Mobile {
    config: ModemConfig,
    rng: Rng,
    card: Option<SimCard>,
    card_watched: bool,
    subscriber: Option<Subscriber>,
    /// Whether the radio may be used (`+CFUN=1`).
    radio: bool,
    emm: Emm,
    registered: Option<Registered>,
    serving: Option<HeardCell>,
    selection: Selection,
    forbidden: Forbidden,
    search: Search,
    attempts: u8,
    /// Challenges in a row that the network failed.
    failed_challenges: u8,
    /// The two domains of GSM and UTRAN.
    circuit: Domain,
    packet: Domain,
    link: Connection,
    settings: Settings,
    /// The temporary identity.
    guti: Option<Guti>,
    /// The network that asked not to be asked (T3346), and until when. It outlives a power cycle with the same card.
    congestion: Option<(Plmn, Instant)>,
    /// When T3245 of this card expires; it runs on while the power is off.
    t3245: Option<Instant>,
    /// Whether packet services are wanted (`+CGATT`).
    packet_wanted: bool,
    detach_attempts: u8,
    /// The time of the input that is being handled.
    now: Instant,
    last_reject: Option<EmmCause>,
    last_failure: Option<&'static str>,
    /// Whether the AT side waits for `SelectionEnded`.
    selection_awaited: bool,
    /// Whether the AT side waits for `Detached`.
    detach_awaited: bool,
    sessions: Sessions,
    /// The /64 of each context that has an IPv6 address and was told its prefix.
    prefixes: BTreeMap<u8, IpAddr>,
    sms: SmsLink,
    ss: ss::SsLink,
    calls: call::Calls,
    timers: Timers,
    up: VecDeque<RadioUp>,
    events: VecDeque<MobileEvent>,
}

impl Mobile {
    pub(crate) fn new(config: ModemConfig, card: Option<SimCard>, rng: Rng) -> Self {
        let settings = Settings::of(config.model);
        Self {
            config,
            rng,
            card,
            card_watched: false,
            subscriber: None,
            radio: false,
            emm: Emm::Null,
            registered: None,
            serving: None,
            selection: Selection::default(),
            forbidden: Forbidden::default(),
            search: Search::default(),
            attempts: 0,
            failed_challenges: 0,
            circuit: Domain::default(),
            packet: Domain::default(),
            link: Connection::default(),
            settings,
            guti: None,
            congestion: None,
            t3245: None,
            packet_wanted: true,
            detach_attempts: 0,
            now: Instant::ZERO,
            last_reject: None,
            last_failure: None,
            selection_awaited: false,
            detach_awaited: false,
            sessions: Sessions::default(),
            prefixes: BTreeMap::new(),
            sms: SmsLink::default(),
            ss: ss::SsLink::default(),
            calls: call::Calls::default(),
            timers: Timers::default(),
            up: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Begins a new power cycle: resets the card, reads it, and uses the radio if `radio` says so.
    pub(crate) fn start(&mut self, now: Instant, radio: bool) {
        self.stop();
        if let Some(card) = &mut self.card {
            card.reset();
        }
        self.introduce();
        self.read_card();
        self.resume_t3245(now);
        self.set_radio(now, radio);
    }

    /// The power is gone. Nothing is sent; what a mobile forgets is forgotten.
    pub(crate) fn stop(&mut self) {
        self.radio = false;
        self.emm = Emm::Null;
        self.registered = None;
        self.serving = None;
        self.subscriber = None;
        self.selection.end_round();
        self.selection.stay_on = None;
        self.forbidden = Forbidden::default();
        self.search = Search::default();
        self.attempts = 0;
        self.failed_challenges = 0;
        self.circuit = Domain::default();
        self.packet = Domain::default();
        self.link = Connection::default();
        self.guti = None;
        self.packet_wanted = true;
        self.last_reject = None;
        self.last_failure = None;
        self.selection_awaited = false;
        self.detach_awaited = false;
        self.sessions.power_cycle();
        self.prefixes.clear();
        self.sms = SmsLink::default();
        self.ss = ss::SsLink::default();
        self.calls = call::Calls::default();
        self.timers = Timers::default();
        self.up.clear();
        self.events.clear();
    }

    pub(crate) fn card(&self) -> Option<&SimCard> {
        self.card.as_ref()
    }

    pub(crate) fn card_mut(&mut self) -> Option<&mut SimCard> {
        self.card.as_mut()
    }

    pub(crate) fn watch_card(&mut self, watched: bool) {
        self.card_watched = watched;
        if let Some(card) = &mut self.card {
            card.watch(watched);
        }
    }

    /// Puts a card into the slot; a running mobile reads it and selects a network anew.
    pub(crate) fn insert_card(&mut self, now: Instant, card: SimCard, running: bool) {
        let same = self.card.as_ref().is_some_and(|old| old.iccid() == card.iccid());
        self.card = Some(card);
        self.watch_card(self.card_watched);
        if !same {
            self.sessions.forget_back_offs();
            self.congestion = None;
            self.t3245 = None;
        }
        if running {
            if let Some(card) = &mut self.card {
                card.reset();
            }
            self.introduce();
            self.card_unlocked(now);
        }
    }

    /// Takes the card out of the slot; without it the mobile is in limited service at best.
    pub(crate) fn remove_card(&mut self, now: Instant, running: bool) -> Option<SimCard> {
        if running {
            self.tell_switch_off();
        }
        let card = self.card.take()?;
        self.subscriber = None;
        self.forbidden = Forbidden::default();
        self.timers.stop(MobileTimer::T3245);
        self.guti = None;
        self.last_reject = None;
        if running {
            self.lose_registration();
            self.end_detach(true);
            if self.radio {
                self.begin_selection(now);
            }
        }
        Some(card)
    }

    /// The card can be read: after start, insertion, or the right PIN.
    pub(crate) fn card_unlocked(&mut self, now: Instant) {
        self.read_card();
        self.resume_t3245(now);
        if self.subscriber.is_some() && self.radio && self.registered.is_none() {
            self.begin_selection_as(now, selection::Recall::Last);
        }
    }

    fn read_card(&mut self) {
        self.subscriber =
            self.card.as_ref().and_then(|card| Subscriber::read(card, self.config.model.low_power));
        self.guti = self.card.as_ref().and_then(|card| card.guti().ok().flatten());
    }

    fn has(&self, defect: Defect) -> bool {
        self.config.defects.contains(&defect)
    }

    /// The last failure in words, for `+CEER`.
    pub(crate) fn last_failure(&self) -> Option<&'static str> {
        self.last_failure
    }

    pub(crate) fn poll_radio(&mut self) -> Option<RadioUp> {
        self.up.pop_front()
    }

    /// Puts back what had been sent before the mobile stopped.
    pub(crate) fn restore_radio_output(&mut self, leaving: Vec<RadioUp>) {
        self.up = leaving.into();
    }

    pub(crate) fn poll_event(&mut self) -> Option<MobileEvent> {
        self.events.pop_front()
    }

    pub(crate) fn next_wakeup(&self) -> Option<Wakeup> {
        self.timers.next_wakeup()
    }

    /// Says what time it is, before anything that happens then.
    pub(crate) fn at(&mut self, now: Instant) {
        self.now = now;
    }

    pub(crate) fn handle_radio(&mut self, now: Instant, message: RadioDown) {
        self.at(now);
        if self.is_asleep() && !matches!(message, RadioDown::CellLost | RadioDown::Searched(_)) {
            // Power saving mode: the receiver is off.
            return;
        }
        match message {
            RadioDown::Searched(cells) => self.searched(now, cells),
            RadioDown::Paging => self.paged(),
            RadioDown::Released => self.released(now),
            RadioDown::CellLost => self.cell_lost(now),
            RadioDown::Nas(message) => self.handle_nas(now, message),
            RadioDown::Packet { bearer, packet } => self.packet_arrived(bearer, packet),
            RadioDown::Broadcast(page) if self.serving.is_some() => self.event(MobileEvent::Broadcast(page)),
            RadioDown::Broadcast(_) => {}
        }
    }

    fn handle_nas(&mut self, now: Instant, message: NasDown) {
        if self.emm == Emm::Null && self.calls.is_idle() {
            // The radio is off: nobody hears this.
            return;
        }
        self.heard();
        if let Some(protocol) = self.misplaced(&message) {
            return self.refuse_misplaced(now, message, protocol);
        }
        match message {
            NasDown::AttachAccept { pdn, esm, combined, grant } => {
                self.attach_accepted(now, pdn, esm, combined, grant)
            }
            NasDown::AuthenticationRequest { rand, autn } => self.authentication_requested(now, &rand, autn),
            NasDown::AuthenticationReject => self.authentication_rejected(now),
            NasDown::AttachReject { reject, esm } => self.attach_rejected(now, reject, esm),
            NasDown::TrackingAreaUpdateAccept { combined, bearers, grant } => {
                self.update_accepted(now, combined, &bearers, grant)
            }
            NasDown::TrackingAreaUpdateReject(reject) => self.update_rejected(now, reject),
            NasDown::ServiceAccept => self.service_accepted(),
            NasDown::ServiceReject(reject) => self.service_rejected(now, reject),
            NasDown::LocationUpdatingAccept(grant) => self.location_accepted(now, grant),
            NasDown::LocationUpdatingReject(reject) => self.location_rejected(now, reject),
            NasDown::GprsAttachAccept(grant) => self.gprs_accepted(now, None, grant),
            NasDown::GprsAttachReject(reject) | NasDown::RoutingAreaUpdateReject(reject) => {
                self.gprs_rejected(now, reject)
            }
            NasDown::RoutingAreaUpdateAccept { contexts, grant } => {
                self.gprs_accepted(now, Some(&contexts), grant)
            }
            NasDown::EmmInformation(information)
            | NasDown::MmInformation(information)
            | NasDown::GmmInformation(information) => self.event(MobileEvent::Information(information)),
            NasDown::DetachAccept => self.detach_accepted(),
            NasDown::DetachRequest { reattach, cause } => self.detached_by_network(now, reattach, cause),
            NasDown::PdnGranted { pti, pdn } => self.pdn_granted(now, pti, pdn),
            NasDown::PdnConnectivityReject { pti, cause, t3396 } => self.pdn_rejected(now, pti, cause, t3396),
            NasDown::BearerDeactivated { pti, bearer, cause } => {
                self.bearer_deactivated(now, pti, bearer, cause)
            }
            NasDown::ModifyBearer(change) => self.modification_ordered(&change),
            NasDown::PdnDisconnectReject { pti, cause } => self.pdn_disconnect_rejected(now, pti, cause),
            NasDown::Sms(octets) => self.handle_cp(now, &octets),
            NasDown::Ss(octets) => self.ss_received(&octets),
            NasDown::CmServiceReject(cause) => self.call_service_rejected(cause),
            NasDown::Call(message) => self.call_message(now, message),
            NasDown::IdentityRequest(kind) => self.identity_requested(kind),
            // No transition and no action (TS 24.301 5.7, TS 24.008 4.7.10 and 8.4).
            NasDown::MobilityStatus { .. } => {}
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.at(now);
        while let Some(timer) = self.timers.pop_expired(now) {
            self.expired(now, timer);
        }
    }

    fn expired(&mut self, now: Instant, timer: MobileTimer) {
        match timer {
            MobileTimer::T3410 => self.attach_unanswered(now),
            MobileTimer::T3346 | MobileTimer::T3396 if self.emm == Emm::AttemptingToAttach => {
                self.register(now)
            }
            MobileTimer::T3411 | MobileTimer::T3402 => self.next_attempt(now),
            MobileTimer::NextSelection => self.repeat_selection(),
            MobileTimer::T3417 => self.service_unanswered(now),
            MobileTimer::T3440 => self.released(now),
            MobileTimer::T3324 => self.active_time_ended(),
            MobileTimer::T3247 => self.forget_unprotected(now),
            MobileTimer::T3245 => self.t3245_expired(now),
            MobileTimer::ForbiddenAreas => self.forbidden.forget_areas(),
            MobileTimer::T3210 => self.location_unanswered(now),
            MobileTimer::T3211 | MobileTimer::T3212 => self.location_again(now),
            MobileTimer::T3310 | MobileTimer::T3330 => self.gprs_unanswered(now),
            MobileTimer::T3311 | MobileTimer::T3302 => self.gprs_again(now),
            MobileTimer::T3312 => self.periodic_routing(now),
            MobileTimer::BetterTechnology => self.look_for_better_technology(now),
            // Nothing is done when these end: what they held back may be asked for again.
            MobileTimer::T3346 | MobileTimer::T3396 | MobileTimer::T3325 | MobileTimer::T3442 => {}
            MobileTimer::T3412 => self.periodic_update(now),
            MobileTimer::T3421 => self.detach_unanswered(now),
            MobileTimer::T3430 => self.update_unanswered(now),
            MobileTimer::T3418
            | MobileTimer::T3420
            | MobileTimer::T3214
            | MobileTimer::T3216
            | MobileTimer::T3318
            | MobileTimer::T3320 => self.network_not_authentic(now),
            MobileTimer::HigherPrioritySearch => self.look_for_better(now),
            MobileTimer::T3482 | MobileTimer::T3492 | MobileTimer::T3380 | MobileTimer::T3390 => {
                self.session_unanswered(now);
            }
            MobileTimer::DefectRetry => self.retry_refused(now),
            MobileTimer::Tc1 | MobileTimer::Tr1m | MobileTimer::Tram => self.sms_timer(now, timer),
            MobileTimer::SsOperation => self.operation_unanswered(),
            MobileTimer::Ussd => self.ussd_timed_out(),
            MobileTimer::T303(call) | MobileTimer::T310(call) | MobileTimer::T313(call) => {
                self.give_up(now, call, CcCause::RECOVERY_ON_TIMER);
            }
            MobileTimer::T301(call) => self.give_up(now, call, CcCause::NO_ANSWER),
            MobileTimer::T305(call) => self.disconnect_unanswered(now, call),
            MobileTimer::T308(call) => self.release_unanswered(now, call),
            MobileTimer::Hold => self.hold_unanswered(now),
            MobileTimer::Dtmf => self.end_tone(),
        }
    }

    fn event(&mut self, event: MobileEvent) {
        self.events.push_back(event);
    }
}
