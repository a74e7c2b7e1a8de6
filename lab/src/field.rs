//! A field of nodes that live by themselves for days: each joins, then sends at its own pace, as its application would
//! have it do, while the lab counts what becomes of its frames.
//!
//! The application sits at the node's serial port. It joins at the highest data rate and goes one down after each refusal,
//! from the lowest to the highest again; it waits at random between two tries and between two messages. What a node does
//! not take is counted and not said again. Virtual time only. While the field runs the lab keeps only the latest records
//! and no packets: a month of a hundred nodes would fill the memory. A field begins with nodes that are switched on one by
//! one, or with those that joined in a field before, or with a power failure of the whole town ([`Beginning`]).

mod backhaul;
mod outage;
mod service;
mod tally;

pub use backhaul::Octets;
pub use service::Service;
pub use tally::{DayTally, FieldTally, Loss, RateTally};

use crate::seats::{Identity, Simulated};
use crate::{Happening, Host, Interrupted, Lab, SeatId};
use drivers::lora::{Answer, Command, CommandId, JoinOutcome, LoraError, Order, Uplink};
use std::collections::BTreeSet;
use wire::seed::{Rng, Seed};
use wire::time::{Duration, Instant};

/// How many records are kept at least while a field runs.
const RECORDS: usize = 2_000;
/// The highest data rate that a join is tried with, and the lowest that follows it at last (EU863-870, 125 kHz).
const JOIN_RATES: std::ops::RangeInclusive<u8> = 0..=5;
/// From a setting to the next command.
const SETTING: Duration = Duration::from_secs(1);
/// Both windows of a join and the longest join-accept are over then.
const JOIN: Duration = Duration::from_secs(15);
/// Between two tries to join, seconds.
const JOIN_PAUSE: (u64, u64) = (60, 300);
/// How soon a host that asks again at once knows that a join has failed.
const ATTENTION: Duration = Duration::from_secs(1);

/// What every node of a field does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Habit {
    /// The shortest and the longest time between two messages.
    pub period: (Duration, Duration),
    /// Their FPort.
    pub port: u8,
    /// Their length in octets.
    pub octets: u8,
    /// Whether they ask for an acknowledgement.
    pub confirmed: bool,
    /// Whether the network may move data rate and power.
    pub adr: bool,
    /// What came before.
    pub beginning: Beginning,
}

/// How a field begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// The nodes are switched on one by one within this time.
    Fresh(Duration),
    /// They have joined before, and send at this data rate.
    Joined(u8),
    /// They lose their power and get it back at one moment. Their hosts ask to join at once, and at once again whenever they
    /// hear that it failed, so that only the node itself parts it from the others. The gateways are back after this time.
    PowerFailure(Duration),
}

/// What the application of a node does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    SetAdr,
    SetRate,
    Join,
    Joining,
    Send,
}

/// The application of one node.
#[derive(Debug)]
struct Application {
    seat: SeatId,
    stage: Stage,
    join_rate: u8,
    pending: Option<CommandId>,
    /// It asks again as soon as it hears that a join failed, and leaves the data rate to the node.
    impatient: bool,
    sent: u32,
    rng: Rng,
}

/// Every application, and when each is due.
#[derive(Debug)]
struct Field {
    habit: Habit,
    applications: Vec<Application>,
    due: BTreeSet<(Instant, usize)>,
}

impl Lab {
    /// Lets all simulated nodes with a driver live as `habit` says for `span`; their choices come from the seed of the lab.
    /// What was counted is also written down as figures, at the end of each day.
    ///
    /// # Errors
    /// [`Interrupted`] as [`Lab::step`].
    pub fn run_field(&mut self, habit: &Habit, span: Duration) -> Result<FieldTally, Interrupted> {
        let end = self.now + span;
        let mut field = Field::new(self, habit, self.seed.child("field"));
        self.bench.bound_trace(RECORDS);
        self.bench.capture.run(false);
        let gateways = self.bench.gateways.iter().map(|seat| seat.gateway.eui());
        self.bench.field = Some(FieldTally::new(self.now, field.applications.len(), gateways));
        let ran = self.begin_field(&mut field, habit, end).and_then(|()| self.run_until_end(&mut field, end));
        let mut tally = self.bench.field.take().unwrap_or_default();
        self.bench.bound_trace(usize::MAX);
        self.bench.capture.run(true);
        ran?;
        tally.finish(self.now);
        for (at, figure) in tally.figures() {
            self.bench.record(
                at,
                Happening::Measure(SeatId::NOBODY, figure.name, figure.value, figure.unit, figure.reference),
            );
        }
        Ok(tally)
    }

    fn run_until_end(&mut self, field: &mut Field, end: Instant) -> Result<(), Interrupted> {
        loop {
            let next = field.due.first().map_or(end, |(at, _)| (*at).min(end));
            let ahead = self.step(next)?;
            if self.now >= end {
                return Ok(());
            }
            if !ahead {
                field.act(self);
            }
        }
    }
}

impl Field {
    fn new(lab: &Lab, habit: &Habit, seed: Seed) -> Self {
        let mut field = Self { habit: habit.clone(), applications: Vec::new(), due: BTreeSet::new() };
        for (seat, place) in lab.bench.seats.iter() {
            let is_node = matches!(place.identity, Identity::Node(_))
                && matches!(place.device, Some(Simulated::Node(..)))
                && place.host.is_some();
            if !is_node {
                continue;
            }
            let mut rng = seed.child(&place.name).rng();
            let (start, join_rate) = match habit.beginning {
                // Nobody switches a hundred meters on at one moment.
                Beginning::Fresh(longest) => {
                    (within(&mut rng, (Duration::from_secs(1), longest)), *JOIN_RATES.end())
                }
                Beginning::Joined(rate) => (within(&mut rng, (Duration::from_secs(1), habit.period.1)), rate),
                Beginning::PowerFailure(_) => (outage::STARTED, *JOIN_RATES.end()),
            };
            field.due.insert((lab.now + start, field.applications.len()));
            let impatient = matches!(habit.beginning, Beginning::PowerFailure(_));
            field.applications.push(Application {
                seat,
                stage: Stage::SetAdr,
                join_rate,
                pending: None,
                impatient,
                sent: 0,
                rng,
            });
        }
        field
    }

    /// Lets everybody act whose time has come.
    fn act(&mut self, lab: &mut Lab) {
        while let Some((at, index)) = self.due.first().copied().filter(|(at, _)| *at <= lab.now) {
            self.due.remove(&(at, index));
            if let Some(application) = self.applications.get_mut(index) {
                let pause = application.act(lab, &self.habit);
                self.due.insert((lab.now + pause, index));
            }
        }
    }
}

impl Application {
    /// Does the next thing; how long until the one after it.
    fn act(&mut self, lab: &mut Lab, habit: &Habit) -> Duration {
        if self.stage == Stage::Joining && self.impatient && !self.has_ended(lab) {
            return ATTENTION;
        }
        let ended = self.take_ended(lab);
        match self.stage {
            Stage::SetAdr => {
                self.send(lab, &Order::SetAdr(habit.adr));
                self.stage = Stage::SetRate;
                SETTING
            }
            Stage::SetRate => {
                self.send(lab, &Order::SetDataRate(self.join_rate));
                self.stage =
                    if let Beginning::Joined(_) = habit.beginning { Stage::Send } else { Stage::Join };
                SETTING
            }
            Stage::Join => {
                self.send(lab, &Order::Join);
                self.stage = Stage::Joining;
                if self.impatient { ATTENTION } else { JOIN }
            }
            Stage::Joining => self.take_join(lab, habit, ended),
            Stage::Send => {
                self.take_outcome(lab, ended);
                self.sent = self.sent.wrapping_add(1);
                let octets = self.sent.to_be_bytes().into_iter().cycle().take(usize::from(habit.octets));
                let (confirmed, port, payload) = (habit.confirmed, habit.port.into(), octets.collect());
                self.send(lab, &Order::Send(Uplink { confirmed, port, payload }));
                within(&mut self.rng, habit.period)
            }
        }
    }

    fn take_join(
        &mut self,
        lab: &mut Lab,
        habit: &Habit,
        ended: Option<Result<Answer, LoraError>>,
    ) -> Duration {
        let outcome = ended.and_then(|ended| ended.and_then(|answer| answer.join_outcome()).ok());
        if outcome == Some(JoinOutcome::Accepted) {
            let now = lab.now;
            lab.bench.field_count(|field| field.joined(now));
            self.stage = Stage::Send;
            return within(&mut self.rng, (SETTING, habit.period.1));
        }
        if self.impatient {
            self.stage = Stage::Join;
            return Duration::ZERO;
        }
        self.join_rate = self.join_rate.checked_sub(1).unwrap_or(*JOIN_RATES.end());
        self.stage = Stage::SetRate;
        Duration::from_secs(self.rng.between(JOIN_PAUSE.0, JOIN_PAUSE.1))
    }

    /// Counts a message that the node did not take, or that was not acknowledged.
    fn take_outcome(&self, lab: &mut Lab, ended: Option<Result<Answer, LoraError>>) {
        let outcome = ended.map(|ended| ended.and_then(|answer| answer.transmit_outcome()));
        if let Some(Err(_)) = outcome {
            lab.bench.field_count(FieldTally::refused);
        }
    }

    /// Whether nothing runs any more.
    fn has_ended(&self, lab: &Lab) -> bool {
        let host = lab.bench.seats.get(self.seat).and_then(|seat| seat.host.as_ref());
        match (self.pending, host) {
            (Some(id), Some(Host::Node { ended, .. })) => ended.contains_key(&id),
            (None, _) | (_, Some(Host::Modem { .. }) | None) => true,
        }
    }

    /// How the command before has ended.
    fn take_ended(&mut self, lab: &mut Lab) -> Option<Result<Answer, LoraError>> {
        let id = self.pending.take()?;
        match lab.bench.seats.touch(self.seat)?.host.as_mut()? {
            Host::Node { ended, .. } => ended.remove(&id),
            Host::Modem { .. } => None,
        }
    }

    /// Gives an order in the words of the node's dialect. One that needs no words, or for which there are none, is
    /// passed over: such a node does it by itself, or not at all.
    fn send(&mut self, lab: &mut Lab, order: &Order) {
        let now = lab.now;
        let host = lab.bench.seats.touch(self.seat).and_then(|seat| seat.host.as_mut());
        let Some(Host::Node { driver, .. }) = host else { return };
        let command = driver.dialect().and_then(|dialect| Command::order(dialect, order));
        let Some(command) = command.filter(|command| !command.is_empty()) else { return };
        self.pending = driver.send(now, command).ok();
        if self.pending.is_none() {
            // The one before is still under way.
            lab.bench.field_count(FieldTally::refused);
        }
    }
}

/// A span between two, to the millisecond, so that nodes of the same habit do not meet on the beat of a second.
fn within(rng: &mut Rng, (shortest, longest): (Duration, Duration)) -> Duration {
    let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(rng.between(millis(shortest), millis(longest).max(millis(shortest))))
}

#[cfg(test)]
mod tests;
