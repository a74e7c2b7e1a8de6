//! Alarms of a customer on its lines: use above or below a threshold, another country or operator, another device.
//!
//! Spec: service description 1.7.1.2. An alarm watches one line, or each line of an account. What is used counts from the
//! beginning of the alarm's period; above a threshold is told once in a period, at once, and below it when the period
//! ends, of lines that may use the network. An alarm may suspend the line, as its customer would: a moment later, when
//! the procedure that raised it is over. The seconds of a call count when it ends. Not here: e-mail.

use super::CellularCore;
use super::agenda::Timer;
use super::calls::Direction;
use super::config::SimState;
use super::control::ControlError;
use super::history::Medium;
use super::lifecycle::Actor;
use super::note::AlarmNote;
use crate::state::{Kept, KeptCell, Parts, StateError};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use wire::id::{Imei, Imsi};
use wire::plmn::Plmn;
use wire::time::{Duration, Instant};

/// From an alarm to its action: an attach that raised it has been accepted by then.
pub const ACTION_DELAY: Duration = Duration::from_millis(500);

/// The identity of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct AlarmId(pub u32);

impl fmt::Display for AlarmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "alarm {}", self.0)
    }
}

/// Whose lines an alarm watches.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Scope {
    /// One.
    Line(Imsi),
    /// Each of an account.
    Account(String),
}

/// Which traffic is measured: octets of data, short messages, seconds of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Measure {
    /// What kind.
    pub medium: Medium,
    /// From the device or to it; `None` for both.
    pub direction: Option<Direction>,
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.medium {
            Medium::Data => "octets of data",
            Medium::Sms => "short messages",
            Medium::Voice => "seconds of calls",
        })?;
        self.direction.map_or(Ok(()), |direction| write!(f, " {direction}"))
    }
}

/// What raises an alarm.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Criterion {
    /// More than this in a period.
    Above {
        /// Which traffic.
        measure: Measure,
        /// The most that is in order.
        threshold: u64,
        /// How long use adds up.
        period: Duration,
    },
    /// Less than this in a period.
    Below {
        /// Which traffic.
        measure: Measure,
        /// The least that is in order.
        threshold: u64,
        /// How long use adds up.
        period: Duration,
    },
    /// The line is in another country than before.
    CountryChanged,
    /// The line is in another network than before.
    OperatorChanged,
    /// The line is in none of these countries, ISO 3166 alpha-2.
    OutsideCountries(BTreeSet<String>),
    /// The card is in another device than before.
    ImeiChanged,
}

impl Criterion {
    const fn period(&self) -> Option<Duration> {
        match self {
            Self::Above { period, .. } | Self::Below { period, .. } => Some(*period),
            Self::CountryChanged | Self::OperatorChanged | Self::OutsideCountries(_) | Self::ImeiChanged => {
                None
            }
        }
    }
}

/// An alarm that a customer has set.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AlarmRule {
    /// Whom it watches.
    pub scope: Scope,
    /// What raises it.
    pub criterion: Criterion,
    /// Whether it suspends the line.
    pub suspends: bool,
}

/// Why an alarm was raised.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[expect(missing_docs, reason = "the fields carry the names of the criterion")]
pub enum Evidence {
    /// More was used than the threshold.
    Above { measure: Measure, used: u64, threshold: u64 },
    /// Less was used than the threshold.
    Below { measure: Measure, used: u64, threshold: u64 },
    /// Another country, by its network.
    Country { from: Plmn, to: Plmn },
    /// Another network.
    Operator { from: Plmn, to: Plmn },
    /// A country outside those allowed, by its network.
    Outside { at: Plmn },
    /// Another device.
    Imei { from: Imei, to: Imei },
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Above { measure, used, threshold } => {
                write!(f, "{used} {measure}, more than {threshold}")
            }
            Self::Below { measure, used, threshold } => {
                write!(f, "{used} {measure}, less than {threshold}")
            }
            Self::Country { from, to } => write!(f, "another country: from {from} to {to}"),
            Self::Operator { from, to } => write!(f, "another operator: from {from} to {to}"),
            Self::Outside { at } => write!(f, "outside the allowed countries: {at}"),
            Self::Imei { from, to } => write!(f, "another device: IMEI {to}, before {from}"),
        }
    }
}

/// An alarm that was raised.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RaisedAlarm {
    /// Which one.
    pub alarm: AlarmId,
    /// For which line.
    pub imsi: Imsi,
    /// When.
    pub at: Instant,
    /// Why.
    pub evidence: Evidence,
}

/// What an alarm has seen of a line in its period.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Seen {
    used: u64,
    /// Whether it was raised.
    told: bool,
}

/// All alarms.
#[derive(Debug)]
pub(super) struct Alarms {
    rules: Kept<AlarmId, AlarmRule>,
    seen: Kept<(AlarmId, Imsi), Seen>,
    by_line: BTreeMap<Imsi, BTreeSet<AlarmId>>,
    by_account: BTreeMap<String, BTreeSet<AlarmId>>,
    /// By number, from one.
    raised: Kept<u64, RaisedAlarm>,
    made: KeptCell<u32>,
}

impl Default for Alarms {
    fn default() -> Self {
        Self {
            rules: Kept::default(),
            seen: Kept::default(),
            by_line: BTreeMap::new(),
            by_account: BTreeMap::new(),
            raised: Kept::default(),
            made: KeptCell::new(0),
        }
    }
}

impl Alarms {
    pub(super) fn parts(&mut self) -> Parts<'_> {
        vec![
            ("alarm", &mut self.rules),
            ("alarm-use", &mut self.seen),
            ("alarm-raised", &mut self.raised),
            ("alarm-number", &mut self.made),
        ]
    }

    /// Use adds up from zero.
    fn begin_period(&mut self, id: AlarmId) -> BTreeMap<Imsi, Seen> {
        let lines: Vec<Imsi> =
            self.seen.keys().filter(|(alarm, _)| *alarm == id).map(|(_, imsi)| imsi.clone()).collect();
        let seen = |imsi: Imsi| self.seen.remove(&(id, imsi.clone())).map(|seen| (imsi, seen));
        lines.into_iter().filter_map(seen).collect()
    }

    /// The set in which a scope's alarms are listed.
    fn listed(&mut self, scope: &Scope) -> &mut BTreeSet<AlarmId> {
        match scope {
            Scope::Line(imsi) => self.by_line.entry(imsi.clone()).or_default(),
            Scope::Account(account) => self.by_account.entry(account.clone()).or_default(),
        }
    }

    fn concerning(&self, imsi: &Imsi, account: &str) -> Vec<AlarmId> {
        let line = self.by_line.get(imsi).into_iter().flatten();
        line.chain(self.by_account.get(account).into_iter().flatten()).copied().collect()
    }

    /// Adds use to one alarm; the evidence where that raises it.
    fn consume(
        &mut self,
        id: AlarmId,
        imsi: &Imsi,
        medium: Medium,
        way: Direction,
        more: u64,
    ) -> Option<Evidence> {
        let criterion = &self.rules.get(&id)?.criterion;
        let (Criterion::Above { measure, threshold, .. } | Criterion::Below { measure, threshold, .. }) =
            *criterion
        else {
            return None;
        };
        if measure.medium != medium || measure.direction.is_some_and(|only| only != way) {
            return None;
        }
        let is_above = matches!(criterion, Criterion::Above { .. });
        let seen = self.seen.entry((id, imsi.clone())).or_default();
        seen.used = seen.used.saturating_add(more);
        let used = seen.used;
        let is_new = is_above && used > threshold && !std::mem::replace(&mut seen.told, used > threshold);
        is_new.then_some(Evidence::Above { measure, used, threshold })
    }
}

impl CellularCore {
    /// Sets an alarm.
    ///
    /// # Errors
    /// Unknown subscriber or account; a period of no length.
    pub fn set_alarm(&mut self, now: Instant, rule: AlarmRule) -> Result<AlarmId, ControlError> {
        self.advance(now);
        match &rule.scope {
            Scope::Line(imsi) if !self.subscribers.contains_key(imsi) => {
                return Err(ControlError::UnknownSubscriber(imsi.clone()));
            }
            Scope::Account(account) if !self.accounts.contains_key(account) => {
                return Err(ControlError::UnknownAccount(account.clone()));
            }
            Scope::Line(_) | Scope::Account(_) => {}
        }
        check(&rule.criterion)?;
        *self.alarms.made += 1;
        let id = AlarmId(*self.alarms.made);
        self.alarms.listed(&rule.scope).insert(id);
        self.arm(id, rule);
        self.note(AlarmNote::Set { alarm: id });
        Ok(id)
    }

    /// Gives an alarm another criterion or action; its period begins again.
    ///
    /// # Errors
    /// Unknown alarm; a period of no length.
    pub fn change_alarm(
        &mut self,
        now: Instant,
        id: AlarmId,
        criterion: Criterion,
        suspends: bool,
    ) -> Result<(), ControlError> {
        self.advance(now);
        check(&criterion)?;
        let scope = self.alarms.rules.get(&id).map(|rule| rule.scope.clone());
        let scope = scope.ok_or(ControlError::UnknownAlarm(id))?;
        self.arm(id, AlarmRule { scope, criterion, suspends });
        self.note(AlarmNote::Changed { alarm: id });
        Ok(())
    }

    /// Removes an alarm; an action of it that is under way is not taken.
    ///
    /// # Errors
    /// Unknown alarm.
    pub fn remove_alarm(&mut self, now: Instant, id: AlarmId) -> Result<(), ControlError> {
        self.advance(now);
        let rule = self.alarms.rules.remove(&id).ok_or(ControlError::UnknownAlarm(id))?;
        self.alarms.begin_period(id);
        self.alarms.listed(&rule.scope).remove(&id);
        self.agenda.stop(&Timer::AlarmPeriod(id));
        self.note(AlarmNote::Removed { alarm: id });
        Ok(())
    }

    /// The alarms that are set.
    pub fn alarms(&self) -> impl Iterator<Item = (AlarmId, &AlarmRule)> {
        self.alarms.rules.iter().map(|(id, rule)| (*id, rule))
    }

    /// The alarms that were raised, oldest first.
    pub fn raised_alarms(&self) -> impl Iterator<Item = &RaisedAlarm> {
        self.alarms.raised.values()
    }

    /// The alarms that were taken up are listed under their lines and accounts.
    pub(super) fn alarms_restored(&mut self) -> Result<(), StateError> {
        let rules: Vec<_> = self.alarms.rules.iter().map(|(id, rule)| (*id, rule.scope.clone())).collect();
        for (id, scope) in rules {
            let is_known = match &scope {
                Scope::Line(imsi) => self.subscribers.contains_key(imsi),
                Scope::Account(account) => self.accounts.contains_key(account),
            };
            if !is_known {
                let (kind, key) = ("alarm".to_owned(), id.0.to_string());
                return Err(StateError::Missing { kind, key });
            }
            self.alarms.listed(&scope).insert(id);
        }
        Ok(())
    }

    fn arm(&mut self, id: AlarmId, rule: AlarmRule) {
        let timer = Timer::AlarmPeriod(id);
        match rule.criterion.period() {
            Some(period) => self.agenda.start(self.now + period, timer),
            None => self.agenda.stop(&timer),
        }
        self.alarms.begin_period(id);
        self.alarms.rules.insert(id, rule);
    }

    fn alarms_concerning(&self, imsi: &Imsi) -> Vec<AlarmId> {
        if self.alarms.rules.is_empty() {
            return Vec::new();
        }
        let account = self.subscribers.get(imsi).map(|subscriber| &*subscriber.account);
        self.alarms.concerning(imsi, account.unwrap_or_default())
    }

    /// A subscriber has used something.
    pub(super) fn consumed(&mut self, imsi: &Imsi, medium: Medium, way: Direction, more: u64) {
        for id in self.alarms_concerning(imsi) {
            if let Some(evidence) = self.alarms.consume(id, imsi, medium, way, more) {
                self.raise(id, imsi, evidence);
            }
        }
    }

    /// A subscriber is seen in a network; `from` is the one in which it was before.
    pub(super) fn watch_location(&mut self, imsi: &Imsi, from: Option<Plmn>, to: Plmn) {
        for id in self.alarms_concerning(imsi) {
            let Some(rule) = self.alarms.rules.get(&id) else { continue };
            let evidence = match (&rule.criterion, from) {
                (Criterion::CountryChanged, Some(from)) if self.country_of(from) != self.country_of(to) => {
                    Evidence::Country { from, to }
                }
                (Criterion::OperatorChanged, Some(from)) if from != to => Evidence::Operator { from, to },
                (Criterion::OutsideCountries(allowed), _) if !allowed.contains(&self.country_of(to)) => {
                    Evidence::Outside { at: to }
                }
                _ => continue,
            };
            self.raise(id, imsi, evidence);
        }
    }

    /// A card is in another device.
    pub(super) fn equipment_changed(&mut self, imsi: &Imsi, from: &Imei, to: &Imei) {
        for id in self.alarms_concerning(imsi) {
            let watched = self.alarms.rules.get(&id).map(|rule| &rule.criterion);
            if watched == Some(&Criterion::ImeiChanged) {
                self.raise(id, imsi, Evidence::Imei { from: from.clone(), to: to.clone() });
            }
        }
    }

    /// The country of a network, or its country code where the operator does not know it.
    fn country_of(&self, plmn: Plmn) -> String {
        self.network(plmn).map_or_else(|| format!("{:03}", plmn.mcc()), |network| network.country.clone())
    }

    fn raise(&mut self, id: AlarmId, imsi: &Imsi, evidence: Evidence) {
        let raised = RaisedAlarm { alarm: id, imsi: imsi.clone(), at: self.now, evidence };
        self.note(AlarmNote::Raised { alarm: id, imsi: imsi.clone(), evidence: raised.evidence.clone() });
        let number = self.alarms.raised.last_key_value().map_or(1, |(last, _)| last + 1);
        self.alarms.raised.insert(number, raised);
        if self.alarms.rules.get(&id).is_some_and(|rule| rule.suspends) {
            self.agenda.start(self.now + ACTION_DELAY, Timer::AlarmAction(id, imsi.clone()));
        }
    }

    /// The suspension that an alarm orders.
    pub(super) fn alarm_acts(&mut self, id: AlarmId, imsi: &Imsi) {
        if !self.alarms.rules.get(&id).is_some_and(|rule| rule.suspends)
            || self.sim_state(imsi) == Some(SimState::Suspended)
        {
            return;
        }
        if let Err(error) = self.move_sim(self.now, imsi, SimState::Suspended, Actor::Customer) {
            self.note(AlarmNote::ActionRefused { alarm: id, imsi: imsi.clone(), error });
        }
    }

    /// A period is over: who has used too little is told, and use adds up from zero.
    pub(super) fn alarm_period_ends(&mut self, id: AlarmId) {
        let Some(rule) = self.alarms.rules.get(&id).cloned() else { return };
        let seen = self.alarms.begin_period(id);
        if let Some(period) = rule.criterion.period() {
            self.agenda.start(self.now + period, Timer::AlarmPeriod(id));
        }
        let Criterion::Below { measure, threshold, .. } = rule.criterion else { return };
        for imsi in self.lines_in_use(&rule.scope) {
            let used = seen.get(&imsi).map_or(0, |seen| seen.used);
            if used < threshold {
                self.raise(id, &imsi, Evidence::Below { measure, used, threshold });
            }
        }
    }

    fn lines_in_use(&self, scope: &Scope) -> Vec<Imsi> {
        let one = match scope {
            Scope::Line(imsi) => self.subscribers.get(imsi),
            Scope::Account(_) => None,
        };
        let account = match scope {
            Scope::Line(_) => "",
            Scope::Account(account) => account,
        };
        let lines = one.into_iter().chain(self.subscribers.fleet(account));
        lines.filter(|known| known.state.may_use_network()).map(|known| known.imsi.clone()).collect()
    }
}

fn check(criterion: &Criterion) -> Result<(), ControlError> {
    match criterion.period() {
        Some(period) if period.is_zero() => Err(ControlError::AlarmPeriod),
        Some(_) | None => Ok(()),
    }
}
