//! What became of the frames of a field, by day, by data rate and by gateway.
//!
//! An uplink counts once however many gateways hear it, and is lost when none of them forwards it. Each transmission
//! counts, also one of many of the same message. A day has 86,400 s of lab time from the start of the field.

use super::backhaul::Octets;
use super::service::Service;
use crate::ether::lora::Ended;
use simcore::lorawan::{GatewayDownlink, GatewayUplink, MONTHLY_PLAN, MissReason, Taken, UplinkMessage};
use std::borrow::Cow;
use std::collections::BTreeMap;
use wire::air::lora::{LoraFrame, Modulation};
use wire::id::Eui64;
use wire::lorawan::frame::MHDR_JOIN_REQUEST;
use wire::time::{Duration, Instant};

const DAY: Duration = Duration::from_secs(86_400);
const MEGABYTE: f64 = 1e6;

/// Why no gateway forwarded an uplink. Where gateways differ, the one that was nearest to success counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// Too faint for its data rate everywhere.
    Faint,
    /// Another frame destroyed it.
    Collision,
    /// No demodulator listened there, or all were busy.
    Demodulator,
    /// The gateway was sending.
    Sending,
    /// The gateways had not come back from a power failure.
    Away,
}

impl Loss {
    /// All of them, in the order in which a picture shows them.
    pub const ALL: [Self; 5] = [Self::Faint, Self::Collision, Self::Demodulator, Self::Sending, Self::Away];

    /// The word for a person.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Faint => "too faint",
            Self::Collision => "collision",
            Self::Demodulator => "no demodulator",
            Self::Sending => "gateway sending",
            Self::Away => "gateway away",
        }
    }
}

impl From<MissReason> for Loss {
    fn from(reason: MissReason) -> Self {
        match reason {
            MissReason::OutsidePlan | MissReason::Demodulators => Self::Demodulator,
            MissReason::Sending => Self::Sending,
        }
    }
}

/// One day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayTally {
    /// Uplinks on the air.
    pub sent: u64,
    /// Those that no gateway forwarded.
    pub lost: BTreeMap<Loss, u64>,
    /// Receptions that another frame destroyed, at every gateway, though another gateway may have had the frame.
    pub collisions: u64,
    /// What each gateway's backhaul carried.
    pub backhaul: BTreeMap<Eui64, Octets>,
}

/// One data rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateTally {
    /// Uplinks on the air.
    pub sent: u64,
    /// Those that no gateway forwarded.
    pub lost: u64,
}

/// Everything that was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldTally {
    began: Instant,
    ended: Instant,
    gateways: Vec<Eui64>,
    /// Nodes that live in it.
    pub nodes: usize,
    /// By day, from the first on; the last may be short.
    pub days: Vec<DayTally>,
    /// By modulation.
    pub rates: BTreeMap<Modulation, RateTally>,
    /// Uplinks that each gateway forwarded.
    pub forwarded: BTreeMap<Eui64, u64>,
    /// Frames that gateways were given to send.
    pub downlinks: u64,
    /// Payloads that reached the customer's platform.
    pub messages: u64,
    /// Joins that were accepted.
    pub joins: u64,
    /// When the last of them was.
    pub last_join: Option<Instant>,
    /// When each join-request began.
    pub join_requests: Vec<Instant>,
    /// What the network made of the uplinks that it got.
    pub service: Service,
    /// When the gateways were back from a power failure.
    pub gateways_back: Option<Instant>,
    away: bool,
    /// Commands that a node did not take.
    pub refused: u64,
    /// The frame whose receptions are being handed over: whether somebody forwards it, and who failed by what.
    forwarding: bool,
    missed: Option<Loss>,
}

/// A figure for the pictures of a report.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    pub name: &'static str,
    pub value: f64,
    pub unit: &'static str,
    pub reference: Cow<'static, str>,
}

impl FieldTally {
    pub(super) fn new(began: Instant, nodes: usize, gateways: impl IntoIterator<Item = Eui64>) -> Self {
        Self { began, nodes, gateways: gateways.into_iter().collect(), ..Self::default() }
    }

    /// The gateways have no power.
    pub(super) const fn gateways_leave(&mut self) {
        self.away = true;
    }

    /// The gateways hear again.
    pub(super) const fn gateways_return(&mut self, now: Instant) {
        (self.away, self.gateways_back) = (false, Some(now));
    }

    /// A node begins a frame.
    pub(crate) fn begins(&mut self, now: Instant, frame: &LoraFrame) {
        if frame.payload.first() == Some(&MHDR_JOIN_REQUEST) {
            self.join_requests.push(now);
        }
    }

    /// What a gateway made of a frame that its antenna could decode.
    pub(crate) fn taken(&mut self, taken: Taken) {
        match taken {
            Taken::Forwarded => self.forwarding = true,
            Taken::Missed(why) => self.missed = self.missed.max(Some(why.into())),
            Taken::Ignored => {}
        }
    }

    /// A frame has been handed to everybody.
    pub(crate) fn ended(&mut self, now: Instant, frame: Ended) {
        let (forwarded, missed) = (std::mem::take(&mut self.forwarding), self.missed.take());
        if !frame.uplink {
            return;
        }
        let collided = (frame.collided > 0).then_some(Loss::Collision);
        let loss = if self.away { Loss::Away } else { missed.or(collided).unwrap_or(Loss::Faint) };
        let rate = self.rates.entry(frame.modulation).or_default();
        rate.sent += 1;
        rate.lost += u64::from(!forwarded);
        let day = self.day(now);
        day.sent += 1;
        day.collisions += frame.collided as u64;
        if !forwarded {
            *day.lost.entry(loss).or_default() += 1;
        }
    }

    /// A gateway forwards what it heard.
    pub(crate) fn uplink(&mut self, now: Instant, uplink: &GatewayUplink) {
        *self.forwarded.entry(uplink.gateway).or_default() += 1;
        self.day(now).backhaul.entry(uplink.gateway).or_default().uplink(uplink);
        self.service.uplink(now, uplink);
    }

    /// A gateway gets a frame to send.
    pub(crate) fn downlink(&mut self, now: Instant, gateway: Eui64, downlink: &GatewayDownlink) {
        self.downlinks += 1;
        self.day(now).backhaul.entry(gateway).or_default().downlink(gateway, downlink);
    }

    /// A payload reached the platform.
    pub(crate) fn message(&mut self, now: Instant, message: &UplinkMessage) {
        self.messages += 1;
        self.service.message(now, self.began, message);
    }

    /// A node has joined.
    pub(super) const fn joined(&mut self, now: Instant) {
        self.joins += 1;
        self.last_join = Some(now);
    }

    /// A node did not take a command.
    pub(super) const fn refused(&mut self) {
        self.refused += 1;
    }

    /// Adds what went over the backhaul without any frame.
    pub(super) fn finish(&mut self, now: Instant) {
        self.ended = now;
        self.service.finish(now);
        let mut from = self.began;
        while from < now {
            let until = (from + DAY).min(now);
            let gateways = self.gateways.clone();
            let day = self.day(from);
            for gateway in gateways {
                day.backhaul.entry(gateway).or_default().idle(gateway, until.since(from));
            }
            from = until;
        }
    }

    /// Uplinks on the air.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.rates.values().map(|rate| rate.sent).sum()
    }

    /// Uplinks that no gateway forwarded, by cause.
    #[must_use]
    pub fn lost(&self, cause: Loss) -> u64 {
        self.days.iter().filter_map(|day| day.lost.get(&cause)).sum()
    }

    /// Octets on the backhaul of a gateway in all days.
    #[must_use]
    pub fn backhaul(&self, gateway: Eui64) -> u64 {
        self.days.iter().filter_map(|day| day.backhaul.get(&gateway)).map(|octets| octets.sum()).sum()
    }

    /// When it began.
    #[must_use]
    pub const fn began(&self) -> Instant {
        self.began
    }

    /// The gateways.
    #[must_use]
    pub fn gateways(&self) -> &[Eui64] {
        &self.gateways
    }

    fn day(&mut self, at: Instant) -> &mut DayTally {
        let number = at.since(self.began).as_micros() / DAY.as_micros();
        let number = usize::try_from(number).unwrap_or(usize::MAX).min(100_000);
        while self.days.len() <= number {
            self.days.push(DayTally::default());
        }
        &mut self.days[number]
    }

    /// The figures of a report: those of a day at its end, the others at the end of all; none of less than a day.
    pub(super) fn figures(&self) -> Vec<(Instant, Figure)> {
        let mut found = Vec::new();
        if self.ended < self.began + DAY {
            return found;
        }
        let figure =
            |name, value, unit, reference: Cow<'static, str>| Figure { name, value, unit, reference };
        let mut end = self.began;
        for day in &self.days {
            end += DAY;
            for (gateway, octets) in &day.backhaul {
                let megabytes = octets.sum() as f64 / MEGABYTE;
                found.push((end, figure("backhaul-day", megabytes, "MB", gateway.to_string().into())));
            }
            for cause in
                Loss::ALL.into_iter().filter(|cause| *cause != Loss::Away || self.gateways_back.is_some())
            {
                let lost = day.lost.get(&cause).copied().unwrap_or_default();
                found.push((end, figure("uplinks-lost", lost as f64, "frames", cause.word().into())));
            }
            let collisions = day.collisions as f64;
            found.push((end, figure("receptions-destroyed", collisions, "frames", "".into())));
        }
        for (modulation, rate) in &self.rates {
            let name: Cow<'static, str> = modulation.to_string().into();
            let share = 100.0 * rate.lost as f64 / rate.sent.max(1) as f64;
            found.push((end, figure("uplinks-sent", rate.sent as f64, "frames", name.clone())));
            found.push((end, figure("packet-error-rate", share, "%", name)));
        }
        found.push((end, figure("backhaul-plan", MONTHLY_PLAN as f64 / MEGABYTE / 30.0, "MB", "".into())));
        found
    }
}
