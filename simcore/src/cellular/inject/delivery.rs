//! Messages on their way out, with what was ordered for them.
//!
//! An effect on a procedure that a mobile begins is taken when the request comes, and waits for the answer; one on a
//! procedure that the network begins is taken when its message is sent.

use super::{Answer, Disturbance, Effect, FaultPlan, Injection, Injections, Procedure};
use crate::cellular::CellularCore;
use crate::cellular::agenda::Timer;
use crate::cellular::note::{ControlNote, Who};
use std::collections::BTreeMap;
use wire::air::cellular::UeId;
use wire::nas::{CallContent, NasDown};
use wire::seed::Rng;
use wire::time::{Duration, Instant};

/// From a message to its second copy, which overtakes every answer.
const SECOND_COPY: Duration = Duration::from_millis(10);

/// What was ordered, and what has become of it.
#[derive(Debug)]
pub(in crate::cellular) struct Faults {
    injections: Injections,
    plan: FaultPlan,
    rng: Rng,
    /// What happens to the answer of a procedure that runs.
    pending: BTreeMap<(UeId, Procedure), Disturbance>,
    /// Until when a late message holds back what follows it.
    held: BTreeMap<(UeId, Protocol), Instant>,
}

impl Faults {
    pub(in crate::cellular) fn new(rng: Rng) -> Self {
        Self {
            injections: Injections::default(),
            plan: FaultPlan::default(),
            rng,
            pending: BTreeMap::new(),
            held: BTreeMap::new(),
        }
    }
}

/// Messages of one protocol keep their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Protocol {
    Mobility,
    Session,
    ShortMessage,
    Service,
    Call,
}

impl Protocol {
    #[expect(clippy::wildcard_enum_match_arm, reason = "everything else is mobility management")]
    const fn of(message: &NasDown) -> Self {
        match message {
            NasDown::PdnGranted { .. }
            | NasDown::PdnConnectivityReject { .. }
            | NasDown::BearerDeactivated { .. }
            | NasDown::ModifyBearer(_)
            | NasDown::PdnDisconnectReject { .. } => Self::Session,
            NasDown::Sms(_) => Self::ShortMessage,
            NasDown::Ss(_) => Self::Service,
            NasDown::Call(_) | NasDown::CmServiceReject(_) => Self::Call,
            _ => Self::Mobility,
        }
    }
}

/// Of CP octets: whether they are CP-DATA, and of which side's transaction.
fn carries_data(octets: &[u8], of_mobile: bool) -> bool {
    /// The transaction identifier flag: the side that began it is the other one.
    const FLAG: u8 = 0x80;
    const CP_DATA: u8 = 1;
    matches!(octets, [first, CP_DATA, ..] if (first & FLAG != 0) == of_mobile)
}

/// The procedure that a message of the network begins.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other message answers")]
fn begun_by(message: &NasDown) -> Option<Procedure> {
    Some(match message {
        NasDown::AuthenticationRequest { .. } => Procedure::Authentication,
        NasDown::IdentityRequest(_) => Procedure::Identity,
        NasDown::DetachRequest { .. } => Procedure::NetworkDetach,
        NasDown::BearerDeactivated { pti: 0, .. } => Procedure::Deactivation,
        NasDown::ModifyBearer(_) => Procedure::Modification,
        NasDown::Sms(octets) if carries_data(octets, false) => Procedure::MtSms,
        NasDown::Call(call) if matches!(call.content, CallContent::IncomingSetup { .. }) => Procedure::MtCall,
        _ => return None,
    })
}

/// The procedure of a mobile that a message answers.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other message begins something")]
fn answered_by(message: &NasDown) -> Option<Procedure> {
    Some(match message {
        NasDown::AttachAccept { .. } | NasDown::AttachReject { .. } => Procedure::Attach,
        NasDown::TrackingAreaUpdateAccept { .. } | NasDown::TrackingAreaUpdateReject(_) => {
            Procedure::TrackingAreaUpdate
        }
        NasDown::ServiceAccept | NasDown::ServiceReject(_) => Procedure::Service,
        NasDown::LocationUpdatingAccept(_) | NasDown::LocationUpdatingReject(_) => Procedure::LocationUpdate,
        NasDown::GprsAttachAccept(_) | NasDown::GprsAttachReject(_) => Procedure::GprsAttach,
        NasDown::RoutingAreaUpdateAccept { .. } | NasDown::RoutingAreaUpdateReject(_) => {
            Procedure::RoutingAreaUpdate
        }
        NasDown::DetachAccept => Procedure::Detach,
        NasDown::PdnGranted { .. } | NasDown::PdnConnectivityReject { .. } => Procedure::Pdn,
        NasDown::PdnDisconnectReject { .. } | NasDown::BearerDeactivated { .. } => Procedure::PdnDisconnect,
        NasDown::Sms(octets) if carries_data(octets, true) => Procedure::MoSms,
        NasDown::Call(_) | NasDown::CmServiceReject(_) => Procedure::MoCall,
        NasDown::Ss(_) => Procedure::Ss,
        _ => return None,
    })
}

impl CellularCore {
    /// Does something to the next procedures of a kind.
    pub fn inject(&mut self, injection: Injection) {
        self.faults.injections.add(injection);
    }

    /// Lets faults happen by themselves from now on, as often as the plan says.
    pub fn set_fault_plan(&mut self, plan: FaultPlan) {
        self.faults.plan = plan;
    }

    /// Forgets everything on purpose that has not happened yet, and the plan of faults.
    pub fn clear_injections(&mut self) {
        self.faults.injections.clear();
        self.faults.plan = FaultPlan::default();
        self.faults.pending.clear();
    }

    /// The answer that was ordered for this procedure, with its note. What only disturbs the usual answer is kept for it.
    pub(in crate::cellular) fn injected(
        &mut self,
        procedure: Procedure,
        ue: UeId,
        who: &Who,
    ) -> Option<Answer> {
        self.faults.pending.remove(&(ue, procedure));
        match self.take_effect(procedure, who)? {
            Effect::Answer(answer) => Some(answer),
            Effect::Disturb(disturbance) => {
                self.faults.pending.insert((ue, procedure), disturbance);
                None
            }
        }
    }

    fn take_effect(&mut self, procedure: Procedure, who: &Who) -> Option<Effect> {
        let imsi = match who {
            Who::Imsi(imsi) => Some(imsi),
            Who::Imei(_) | Who::Ue(_) => None,
        };
        let faults = &mut self.faults;
        let ordered = faults.injections.take(procedure, imsi);
        let planned = ordered.is_none();
        let effect = ordered.or_else(|| faults.plan.draw(procedure, &mut faults.rng))?;
        self.note(ControlNote::Injected { who: who.clone(), procedure, effect, planned });
        Some(effect)
    }

    /// What is done to a message that begins a procedure of the network.
    fn effect_on_own(&mut self, to: UeId, procedure: Procedure) -> Option<Effect> {
        if self.registrations.get(&to).is_some_and(|known| known.emergency) {
            return None;
        }
        let who = match self.who(to) {
            Who::Ue(ue) => self.identified(ue).map_or(Who::Ue(ue), Who::Imsi),
            who @ (Who::Imsi(_) | Who::Imei(_)) => who,
        };
        self.take_effect(procedure, &who)
    }

    /// Lets a message leave after a time, unless something else was ordered.
    pub(in crate::cellular) fn send_after(&mut self, delay: Duration, to: UeId, message: NasDown) {
        let effect = match begun_by(&message) {
            Some(procedure) => self.effect_on_own(to, procedure),
            None => answered_by(&message)
                .and_then(|procedure| self.faults.pending.remove(&(to, procedure)))
                .map(Effect::Disturb),
        };
        let protocol = Protocol::of(&message);
        self.faults.held.retain(|_, until| *until >= self.now);
        let held = self.faults.held.get(&(to, protocol)).copied().unwrap_or_default();
        let at = held.max(self.now + delay);
        match effect {
            None => self.agenda.send(at, to, message),
            Some(Effect::Answer(_)) => {}
            Some(Effect::Disturb(Disturbance::Late(span))) => {
                self.faults.held.insert((to, protocol), at + span);
                self.agenda.send(at + span, to, message);
            }
            Some(Effect::Disturb(Disturbance::Twice)) => {
                self.agenda.send(at, to, message.clone());
                self.agenda.send(at + SECOND_COPY, to, message);
            }
            Some(Effect::Disturb(Disturbance::Malformed(damage))) => {
                self.agenda.send(at, to, damage.spoil(message));
            }
        }
    }

    /// When the last late message to a mobile leaves, where one waits: its connection stays until then.
    pub(in crate::cellular) fn late_until(&self, ue: UeId) -> Option<Instant> {
        let held = self.faults.held.iter().filter(|((of, _), until)| *of == ue && **until > self.now);
        held.map(|(_, until)| *until).max()
    }

    /// Whether a page leaves now; a late or second one leaves later by itself.
    pub(in crate::cellular) fn page_leaves(&mut self, ue: UeId) -> bool {
        match self.effect_on_own(ue, Procedure::Paging) {
            None | Some(Effect::Disturb(Disturbance::Malformed(_))) => true,
            Some(Effect::Answer(_)) => false,
            Some(Effect::Disturb(Disturbance::Late(span))) => {
                self.agenda.start(self.now + span, Timer::LatePage(ue));
                false
            }
            Some(Effect::Disturb(Disturbance::Twice)) => {
                self.agenda.start(self.now + SECOND_COPY, Timer::LatePage(ue));
                true
            }
        }
    }
}
