//! The operator's cellular core: everything behind the antenna, for all subscribers and visited networks at once.
//!
//! Spec: TS 24.301 (mobility and sessions), TS 24.008 clause 5 (calls), TS 24.011 and TS 23.040 (short messages), as
//! NAS messages of [`wire::nas`]. Messages and `now` go in; answers and notes come out of
//! [`CellularCore::poll_output`]. Every refusal is a note with its cause and its reason. One core plays the visited
//! networks and the home network together, since they decide together. Not here: NAS security,
//! the protocols of the doors.

mod access;
mod agenda;
mod alarms;
mod authentication;
mod calls;
mod config;
mod connection;
mod control;
mod directory;
mod equipment;
mod esme;
mod gateway;
mod history;
mod identity;
mod information;
mod inject;
mod inventory;
mod legacy;
mod lifecycle;
mod mobility;
mod modification;
mod note;
mod number;
mod orders;
mod ota;
mod pool;
mod query;
mod restart;
mod rights;
mod session;
mod smsc;
mod ss;
mod state;
mod steering;
#[cfg(test)]
mod tests;
mod time_zone;
mod whitelist;
pub mod world;

pub use alarms::{AlarmId, AlarmRule, Criterion, Evidence, Measure, RaisedAlarm, Scope};
pub use authentication::FalseChallenge;
pub use calls::{Call, CallId, CallState, Direction, EndedBy, ExternalParty, Leg, Party};
pub use config::{
    Account, Apn, ApnKind, Bearers, CellularConfig, Credentials, Network, Policy, PowerPolicy, Profile, Rank,
    RoamingBar, Services, SimState, Steering, Subscriber,
};
pub use control::{ConfigError, ControlError, Service};
pub use equipment::EquipmentList;
pub use esme::{
    Alert, BindId, BindMode, BindRefusal, Cancel, DeliveryId, Esme, EsmeAddress, EsmeAddressError,
    EsmeAnswer, EsmeContent, EsmeDelivery, EsmeSubmit, EsmeTime, ManageRefusal, Outbind, Receipt,
    ReceiptKind, ReceiptWish, Replace, SubmitRefusal, UnbindCause,
};
pub use gateway::{
    Behaviour, Condition, DropReason, NatIdle, Protocol, Server, Service as ServerService, SessionRecord,
    Stored, Traffic, UnknownServer,
};
pub use history::{Closing, Communication, Medium, Place, RadioAccess, Usage};
pub use inject::{
    Answer, Damage, Disturbance, Effect, FaultLine, FaultPlan, FaultRate, Injection, PlanError, Procedure,
    Unasked, UnfitAnswer,
};
pub use inventory::{CardItem, FormFactor, Memory, SimKind};
pub use lifecycle::{Actor, LONGEST_SLEEP, LONGEST_TEST};
pub use modification::SessionChange;
pub use note::{
    AlarmNote, AuthenticationNote, CallCause, CallNote, CellularNote, ControlNote, DetachReason, EsmeNote,
    MobilityNote, OtaNote, Reason, SessionNote, SmsNote, SsNote, SsReason, Who,
};
pub use number::{Canonical, canonical};
pub use ota::{OtaAnswer, OtaFault};
pub use query::{Counters, RegistrationView, SessionView};
pub use smsc::{MessageId, ReceivedSms, SmsRequest, SmsState};
pub use ss::{UssdOutcome, UssdPage, UssdService};
pub use whitelist::LIMIT as WHITELIST_LIMIT;

pub(crate) use state::SUBSCRIBER;

use crate::state::{Kept, KeptCell};
use agenda::{Agenda, Due, Timer};
use rights::AccountRights;
use std::collections::{BTreeMap, VecDeque};
use wire::air::cellular::{CellId, UeId};
use wire::id::{Imei, Imsi};
use wire::nas::{CallContent, NasDown, NasUp};
use wire::plmn::Plmn;
use wire::seed::Seed;
use wire::time::{Calendar, Duration, Instant, Wakeup};

/// How long the core takes over an attach or a tracking area update in a new network: the home network is asked.
pub const MOBILITY_DELAY: Duration = Duration::from_millis(50);
/// How long the core takes over anything else.
pub const ANSWER_DELAY: Duration = Duration::from_millis(20);

/// What comes out of the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellularOutput {
    /// A message to a mobile.
    Nas {
        /// Whom it is for.
        to: UeId,
        /// The message.
        message: NasDown,
    },
    /// An IP packet for a mobile.
    Packet {
        /// Whom it is for.
        to: UeId,
        /// EPS bearer identity.
        bearer: u8,
        /// The packet.
        packet: Vec<u8>,
    },
    /// Page a mobile.
    Page {
        /// Whom.
        to: UeId,
    },
    /// Release the connection of a mobile.
    Release {
        /// Whose.
        to: UeId,
    },
    /// One page of a cell broadcast message, in every cell of a network.
    Broadcast {
        /// The network.
        plmn: Plmn,
        /// The octets of the page.
        page: Vec<u8>,
    },
    /// Something that the core decided or saw.
    Note(CellularNote),
}

/// What the network knows of a mobile that is registered.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Registration {
    imsi: Option<Imsi>,
    imei: Imei,
    cell: CellId,
    combined: bool,
    /// Packet services; on GSM and UTRAN a mobile may have the others alone.
    packet: bool,
    emergency: bool,
    since: Instant,
    /// The periodic update timer that the mobile was given; zero when it is deactivated.
    periodic: Duration,
    connection: connection::Connection,
    bearers: Vec<session::Bearer>,
}

impl Registration {
    fn who(&self) -> Who {
        self.imsi.clone().map_or_else(|| Who::Imei(self.imei.clone()), Who::Imsi)
    }
}

/// The cellular core.
#[derive(Debug)]
pub struct CellularCore {
    config: CellularConfig,
    calendar: Calendar,
    now: Instant,
    subscribers: directory::Directory,
    /// The suspended cards that their customer cannot resume.
    suspended_by_operator: Kept<Imsi, ()>,
    accounts: Kept<String, AccountRights>,
    pools: pool::Pools,
    /// Access points whose gateway fails, with the cause.
    gateway_failures: BTreeMap<String, wire::cause::EsmCause>,
    registrations: Kept<UeId, Registration>,
    /// Which mobile serves a subscriber that is registered for more than emergencies.
    ue_by_imsi: BTreeMap<Imsi, UeId>,
    /// The last M-TMSI that was given.
    last_tmsi: KeptCell<u32>,
    /// Mobiles that were registered at some time: their update is answered with #10 and not with #9.
    known: Kept<UeId, ()>,
    /// Where and in which equipment a subscriber was last seen.
    last_seen: Kept<Imsi, (CellId, Imei)>,
    history: history::History,
    alarms: alarms::Alarms,
    orders: orders::Orders,
    steering: steering::SteeringMemory,
    faults: inject::Faults,
    identities: identity::Identities,
    /// Equipment that is on a list other than the white one.
    equipment: Kept<Imei, EquipmentList>,
    /// Mobiles that were detached for not being heard, until they are purged.
    unheard: Kept<UeId, Who>,
    modifications: modification::Modifications,
    counters: Kept<Imsi, Counters>,
    authentication: authentication::Authentication,
    ota: ota::Ota,
    calls: calls::Calls,
    smsc: smsc::Smsc,
    esmes: esme::Esmes,
    ss: ss::SsTransactions,
    gateway: gateway::Gateway,
    addresses: gateway::Addresses,
    agenda: Agenda,
    outputs: VecDeque<CellularOutput>,
}

impl CellularCore {
    /// A core of this operator, at lab time zero. The seed gives the first RP message reference.
    ///
    /// # Errors
    /// [`ConfigError`] for a configuration that contradicts itself or that the service forbids.
    pub fn new(mut config: CellularConfig, calendar: Calendar, seed: Seed) -> Result<Self, ConfigError> {
        let accounts = control::accounts(&config)?;
        let pools = session::pools(&config);
        let subscribers = control::subscribers(&mut config, &accounts)?;
        let esmes = control::esmes(&config)?;
        let mut core = Self {
            calendar,
            now: Instant::ZERO,
            subscribers,
            suspended_by_operator: Kept::default(),
            accounts: accounts.into(),
            pools: pools.into(),
            gateway_failures: BTreeMap::new(),
            registrations: Kept::default(),
            ue_by_imsi: BTreeMap::new(),
            last_tmsi: KeptCell::new(0xc000_0000),
            known: Kept::default(),
            last_seen: Kept::default(),
            history: history::History::default(),
            alarms: alarms::Alarms::default(),
            orders: orders::Orders::default(),
            steering: steering::SteeringMemory::default(),
            faults: inject::Faults::new(seed.child("faults").rng()),
            identities: identity::Identities::default(),
            equipment: Kept::default(),
            unheard: Kept::default(),
            modifications: modification::Modifications::default(),
            counters: Kept::default(),
            authentication: authentication::Authentication::new(seed.child("authentication").rng()),
            ota: ota::Ota::default(),
            calls: calls::Calls::default(),
            smsc: smsc::Smsc::new(seed.child("smsc")),
            esmes,
            ss: ss::SsTransactions::default(),
            gateway: gateway::Gateway::new(&config.servers, seed.child("gateway")),
            addresses: gateway::Addresses::default(),
            agenda: Agenda::default(),
            outputs: VecDeque::new(),
            config,
        };
        core.begin_lives();
        Ok(core)
    }

    /// A message from a mobile that camps on `cell`.
    pub fn handle_nas(&mut self, now: Instant, ue: UeId, cell: CellId, message: NasUp) {
        self.advance(now);
        self.heard(ue, cell, &message);
        match message {
            NasUp::AttachRequest { imsi, imei, attach_type, pdn, guti, power } => {
                self.attach(ue, cell, mobility::Attach { imsi, imei, attach_type, pdn, guti, power });
            }
            NasUp::AttachComplete => self.attach_completed(ue, cell),
            NasUp::AuthenticationResponse { res } => self.challenge_answered(ue, res),
            NasUp::AuthenticationFailure { cause, auts } => self.challenge_failed(ue, cause, auts),
            NasUp::TrackingAreaUpdateRequest { update, bearers, power } => {
                self.tracking_area_update(ue, cell, update, &bearers, power);
            }
            NasUp::ServiceRequest(kind) => self.service_request(ue, cell, kind),
            NasUp::LocationUpdatingRequest { imsi, imei, update } => {
                self.location_update(ue, cell, imsi, imei, update);
            }
            NasUp::ImsiDetach => self.imsi_detach(ue),
            NasUp::GprsAttachRequest { imsi, imei } => self.gprs_attach(ue, cell, imsi, imei),
            NasUp::RoutingAreaUpdateRequest { periodic, contexts } => {
                self.routing_area_update(ue, cell, periodic, &contexts);
            }
            NasUp::DetachRequest { switch_off } => self.detach(ue, switch_off),
            NasUp::PdnConnectivityRequest { pti, pdn } => self.pdn_connectivity(ue, pti, &pdn),
            NasUp::PdnDisconnectRequest { pti, bearer } => self.pdn_disconnect(ue, pti, bearer),
            NasUp::Sms(octets) => self.sms_from(ue, &octets),
            NasUp::Ss(octets) => self.ss_from(ue, &octets),
            NasUp::Call(message) => self.call_message(ue, cell, message),
            NasUp::IdentityResponse(identity) => self.identified_itself(ue, identity),
            NasUp::MobilityStatus { protocol, cause } => {
                let who = self.who(ue);
                self.note(MobilityNote::Status { who, protocol, cause });
            }
            NasUp::EsmStatus { pti, cause } => {
                let who = self.who(ue);
                self.note(SessionNote::Status { who, pti, cause });
            }
            NasUp::BearerRejected { bearer, cause } => self.grant_rejected(ue, bearer, cause),
            NasUp::BearerModificationAccepted { bearer } => self.modification_accepted(ue, bearer),
            NasUp::BearerModificationRejected { bearer, cause } => {
                self.modification_rejected(ue, bearer, cause);
            }
        }
    }

    /// The ether could not deliver a message: the mobile does not answer paging, or is out of reach.
    pub fn handle_undeliverable(&mut self, now: Instant, ue: UeId, message: NasDown) {
        self.advance(now);
        self.undeliverable(ue, message);
    }

    fn undeliverable(&mut self, ue: UeId, message: NasDown) {
        match message {
            NasDown::Sms(octets) => self.sms_undeliverable(ue, &octets),
            NasDown::Ss(octets) => self.ss_undeliverable(ue, &octets),
            NasDown::Call(message) if matches!(message.content, CallContent::IncomingSetup { .. }) => {
                self.call_unreachable(ue, message.transaction);
            }
            NasDown::Call(_) => self.call_lost(ue),
            NasDown::ModifyBearer(change) => self.modification_failed(ue, change.bearer),
            NasDown::CmServiceReject(_) => self.call_lost(ue),
            NasDown::AttachAccept { .. }
            | NasDown::AttachReject { .. }
            | NasDown::AuthenticationRequest { .. }
            | NasDown::AuthenticationReject
            | NasDown::IdentityRequest(_)
            | NasDown::MobilityStatus { .. }
            | NasDown::TrackingAreaUpdateAccept { .. }
            | NasDown::TrackingAreaUpdateReject(_)
            | NasDown::ServiceAccept
            | NasDown::ServiceReject(_)
            | NasDown::LocationUpdatingAccept(_)
            | NasDown::LocationUpdatingReject(_)
            | NasDown::GprsAttachAccept(_)
            | NasDown::GprsAttachReject(_)
            | NasDown::RoutingAreaUpdateAccept { .. }
            | NasDown::RoutingAreaUpdateReject(_)
            | NasDown::EmmInformation(_)
            | NasDown::MmInformation(_)
            | NasDown::GmmInformation(_)
            | NasDown::DetachAccept
            | NasDown::DetachRequest { .. }
            | NasDown::PdnGranted { .. }
            | NasDown::PdnConnectivityReject { .. }
            | NasDown::BearerDeactivated { .. }
            | NasDown::PdnDisconnectReject { .. } => {}
        }
    }

    /// Does what is due at `now`, and nothing when nothing is.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
    }

    /// The next message or note; to be called until `None` after every input.
    pub fn poll_output(&mut self) -> Option<CellularOutput> {
        while let Some(output) = self.outputs.pop_front() {
            match output {
                CellularOutput::Packet { to, bearer, packet } => {
                    let packet = self.hold_packet(to, bearer, packet);
                    if let Some(packet) = packet.and_then(|packet| self.deliver_counted(to, bearer, packet)) {
                        return Some(CellularOutput::Packet { to, bearer, packet });
                    }
                }
                CellularOutput::Nas { .. }
                | CellularOutput::Page { .. }
                | CellularOutput::Release { .. }
                | CellularOutput::Broadcast { .. }
                | CellularOutput::Note(_) => return Some(output),
            }
        }
        None
    }

    /// When something falls due, and what.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        Wakeup::earliest(self.agenda.next_wakeup(), self.gateway.next_wakeup())
    }

    /// Moves time on; an older `now` is ignored. Everything due happens before the input that brought the time.
    fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
        while let Some(due) = self.agenda.take_due(self.now) {
            match due {
                Due::Send(to, message) => self.send_or_page(to, message),
                Due::Expired(timer) => self.expired(timer),
            }
        }
        if self.gateway.next_wakeup().is_some_and(|wakeup| wakeup.at <= self.now) {
            self.poll_servers();
        }
    }

    fn expired(&mut self, timer: Timer) {
        match timer {
            Timer::MobileReachable(ue) => self.detach_implicitly(ue),
            Timer::Inactivity(ue) => self.inactive(ue),
            Timer::Page(ue) => self.page_now(ue),
            Timer::LatePage(ue) => self.outputs.push_back(CellularOutput::Page { to: ue }),
            Timer::T3470(ue) => self.identity_unanswered(ue),
            Timer::Purge(ue) => self.purge(ue),
            Timer::T3413(ue) => self.page_unanswered(ue),
            Timer::T3460(ue) => self.challenge_unanswered(ue),
            Timer::T303(call) => self.t303_expired(call),
            Timer::T301(call) => self.t301_expired(call),
            Timer::T305(leg) => self.t305_expired(leg),
            Timer::T308(leg) => self.t308_expired(leg),
            Timer::T310(call) => self.t310_expired(call),
            Timer::T313(leg) => self.t313_expired(leg),
            Timer::ExternalReacts(call) => self.external_reacts(call),
            Timer::ExternalAnswers(call) => self.external_answers(call),
            Timer::NoReply(call) => self.no_reply(call),
            Timer::Ussd(ue, transaction) => self.ussd_timed_out(ue, transaction),
            Timer::SmsAttempt(imsi) => self.sms_attempt(&imsi),
            Timer::SmsTc1n(imsi) => self.sms_repeat(&imsi),
            Timer::SmsTr1n(imsi) => self.sms_unanswered(&imsi),
            Timer::SmsReplyTc1n(ue, transaction) => self.sms_repeat_reply(ue, transaction),
            Timer::SmsForward(id) => self.sms_forward(id),
            Timer::SmsScheduled(id) => self.sms_scheduled(id),
            Timer::SmsValidity(id) => self.sms_validity_ended(id),
            Timer::EsmeDelivery(esme, id) => self.esme_delivery_expired(&esme, id),
            Timer::SimState(imsi) => self.sim_state_ends(&imsi),
            Timer::AlarmPeriod(id) => self.alarm_period_ends(id),
            Timer::AlarmAction(id, imsi) => self.alarm_acts(id, &imsi),
            Timer::T3486(ue, bearer) => self.modification_unanswered(ue, bearer),
            Timer::Advertise(ue, bearer) => self.advertise_first(ue, bearer),
        }
    }

    fn note(&mut self, note: impl Into<CellularNote>) {
        self.outputs.push_back(CellularOutput::Note(note.into()));
    }

    fn send(&mut self, to: UeId, message: NasDown) {
        self.send_after(ANSWER_DELAY, to, message);
    }

    /// Who speaks, as far as the core knows.
    fn who(&self, ue: UeId) -> Who {
        self.registrations.get(&ue).map_or(Who::Ue(ue), Registration::who)
    }

    /// The subscriber behind a mobile that is registered for more than emergencies.
    fn served(&self, ue: UeId) -> Option<(Imsi, CellId)> {
        let registration = self.registrations.get(&ue).filter(|registration| !registration.emergency)?;
        Some((registration.imsi.clone()?, registration.cell))
    }

    /// The mobile of a subscriber that is registered for more than emergencies.
    fn ue_of(&self, imsi: &Imsi) -> Option<UeId> {
        self.ue_by_imsi.get(imsi).copied()
    }

    /// What every message says before it is read. A registration does not follow a mobile into another network: that
    /// takes an attach or a tracking area update.
    fn heard(&mut self, ue: UeId, cell: CellId, message: &NasUp) {
        let changed =
            self.registrations.get(&ue).is_some_and(|registration| registration.cell.plmn != cell.plmn);
        self.keep_connection(ue);
        self.watch(ue);
        self.heard_again(ue);
        match message {
            NasUp::AttachRequest { .. }
            | NasUp::AuthenticationResponse { .. }
            | NasUp::AuthenticationFailure { .. }
            | NasUp::TrackingAreaUpdateRequest { .. }
            | NasUp::ServiceRequest(_)
            | NasUp::LocationUpdatingRequest { .. }
            | NasUp::ImsiDetach
            | NasUp::GprsAttachRequest { .. }
            | NasUp::RoutingAreaUpdateRequest { .. }
            | NasUp::IdentityResponse(_)
            | NasUp::MobilityStatus { .. }
            | NasUp::EsmStatus { .. }
            | NasUp::BearerRejected { .. }
            | NasUp::BearerModificationAccepted { .. }
            | NasUp::BearerModificationRejected { .. }
            | NasUp::DetachRequest { .. } => {}
            NasUp::AttachComplete
            | NasUp::PdnConnectivityRequest { .. }
            | NasUp::PdnDisconnectRequest { .. }
            | NasUp::Sms(_)
            | NasUp::Ss(_)
            | NasUp::Call(_) => {
                if changed {
                    self.drop_registration(ue, DetachReason::Replaced);
                } else {
                    self.contact(ue, cell);
                }
            }
        }
    }

    /// A mobile was heard: its cell is known, and messages that wait for it may go.
    fn contact(&mut self, ue: UeId, cell: CellId) {
        let Some(registration) = self.registrations.get_mut(&ue) else { return };
        registration.cell = cell;
        self.keep_connection(ue);
        self.watch(ue);
        let Some(registration) = self.registrations.get(&ue) else { return };
        let Some(imsi) = registration.imsi.clone() else { return };
        self.seen(&imsi, cell, None);
        self.sms_contact(&imsi);
    }
}
