//! The just-in-time queue of one transmitter, sorted by time (`jitqueue.c` of Semtech's packet forwarder).

use super::super::link::TxAck;
use wire::air::lora::LoraFrame;
use wire::time::{Duration, Instant};

/// A target this near is too late: 1.5 ms start delay, 1 ms margin, 40 ms just-in-time delay.
const TOO_LATE: Duration = Duration::from_micros(42_500);
/// A target further ahead is too early: (3 + 1) beacon periods.
const TOO_EARLY: Duration = Duration::from_secs(512);
/// Between the end of one frame and the start of the next: start delay, just-in-time delay and margin.
const SPACING: Duration = Duration::from_micros(42_500);
const CAPACITY: usize = 32;
/// How long the end of a transmission is remembered: longer than any frame that could have begun during it.
const REMEMBERED: Duration = Duration::from_secs(10);

/// A stretch of time in which the transmitter is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    start: Instant,
    end: Instant,
}

impl Slot {
    fn of(start: Instant, frame: &LoraFrame) -> Self {
        Self { start, end: start + frame.time_on_air() }
    }

    pub(super) fn overlaps(self, start: Instant, end: Instant) -> bool {
        self.start < end && start < self.end
    }

    pub(super) fn is_recent(self, now: Instant) -> bool {
        now < self.end + REMEMBERED
    }

    fn collides(self, other: Self) -> bool {
        self.start < other.end + SPACING && other.start < self.end + SPACING
    }
}

/// Frames that wait for their time.
#[derive(Debug, Default)]
pub(super) struct JitQueue {
    waiting: Vec<(Slot, LoraFrame)>,
}

impl JitQueue {
    /// Accepts a frame that is to start `ahead` microseconds of the 32-bit counter from `now`.
    ///
    /// A time that has passed is further ahead than any other, and so too early (`jit_enqueue` of `jitqueue.c`, unsigned).
    pub(super) fn insert(
        &mut self,
        now: Instant,
        ahead: u32,
        frame: LoraFrame,
        sending: &[Slot],
    ) -> Result<(), TxAck> {
        let distance = Duration::from_micros(u64::from(ahead));
        if distance <= TOO_LATE {
            return Err(TxAck::TooLate);
        }
        if distance > TOO_EARLY {
            return Err(TxAck::TooEarly);
        }
        let slot = Slot::of(now + distance, &frame);
        if self.waiting.len() >= CAPACITY || self.obstacle(slot, sending).is_some() {
            return Err(TxAck::CollisionPacket);
        }
        self.put(slot, frame);
        Ok(())
    }

    /// Accepts a frame for the first free time from `earliest` on.
    pub(super) fn insert_when_free(
        &mut self,
        earliest: Instant,
        frame: LoraFrame,
        sending: &[Slot],
    ) -> Result<(), TxAck> {
        if self.waiting.len() >= CAPACITY {
            return Err(TxAck::CollisionPacket);
        }
        let mut slot = Slot::of(earliest, &frame);
        while let Some(obstacle) = self.obstacle(slot, sending) {
            slot = Slot::of(obstacle.end + SPACING, &frame);
        }
        self.put(slot, frame);
        Ok(())
    }

    /// The earliest frame, when its time has come.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<(Slot, LoraFrame)> {
        let due = self.next_start().is_some_and(|start| start <= now);
        due.then(|| self.waiting.remove(0))
    }

    pub(super) fn next_start(&self) -> Option<Instant> {
        self.waiting.first().map(|(slot, _)| slot.start)
    }

    fn put(&mut self, slot: Slot, frame: LoraFrame) {
        let at = self.waiting.partition_point(|(other, _)| other.start <= slot.start);
        self.waiting.insert(at, (slot, frame));
    }

    fn obstacle(&self, slot: Slot, sending: &[Slot]) -> Option<Slot> {
        let waiting = self.waiting.iter().map(|(other, _)| *other);
        waiting.chain(sending.iter().copied()).find(|other| slot.collides(*other))
    }
}
