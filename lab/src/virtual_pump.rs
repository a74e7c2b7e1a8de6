//! The virtual pump: in-memory lines and a clock that jumps to the next thing that is due.

use crate::bench::{Bench, Lines};
use crate::cable::Cable;
use crate::line_fault::LineFault;
use crate::trace::SeatId;
use std::collections::BTreeSet;
use wire::time::{Instant, Wakeup};

/// One in-memory line for each seat, and an agenda of when bytes arrive on which.
#[derive(Debug)]
pub struct VirtualLines {
    cables: Vec<Cable>,
    arrivals: BTreeSet<(Instant, SeatId)>,
}

impl VirtualLines {
    /// These lines, in the order of the seats.
    #[must_use]
    pub const fn new(cables: Vec<Cable>) -> Self {
        Self { cables, arrivals: BTreeSet::new() }
    }

    /// Jumps to the next thing that is due, does it, and says what time it is then; `limit` when nothing is due before.
    pub fn step(&mut self, bench: &mut Bench, now: Instant, limit: Instant) -> Instant {
        bench.settle(now, self);
        let arrival = self.arrivals.first().map(|(at, _)| Wakeup::new(*at, "bytes arrive"));
        let Some(next) = Wakeup::earliest(bench.next_wakeup(), arrival).filter(|next| next.at <= limit)
        else {
            return limit;
        };
        let now = next.at.max(now);
        self.deliver(bench, now);
        bench.handle_timeouts(now);
        bench.settle(now, self);
        now
    }

    /// Hands over everything that has arrived, in the order of the seats.
    fn deliver(&mut self, bench: &mut Bench, now: Instant) {
        let mut arrived: Vec<SeatId> =
            self.arrivals.iter().take_while(|(at, _)| *at <= now).map(|(_, seat)| *seat).collect();
        arrived.sort_unstable();
        for seat in arrived {
            let Some(cable) = self.cables.get_mut(seat.0) else { continue };
            let before = cable.next_wakeup();
            while let Some(bytes) = cable.receive_at_device(now) {
                bench.device_input(now, seat, &bytes);
            }
            while let Some(bytes) = cable.receive_at_host(now) {
                bench.host_input(now, seat, &bytes);
            }
            reschedule(&mut self.arrivals, seat, before, cable.next_wakeup());
        }
    }

    fn send(&mut self, seat: SeatId, send: impl FnOnce(&mut Cable)) {
        if let Some(cable) = self.cables.get_mut(seat.0) {
            let before = cable.next_wakeup();
            send(cable);
            reschedule(&mut self.arrivals, seat, before, cable.next_wakeup());
        }
    }
}

fn reschedule(
    arrivals: &mut BTreeSet<(Instant, SeatId)>,
    seat: SeatId,
    before: Option<Wakeup>,
    after: Option<Wakeup>,
) {
    if let Some(before) = before {
        arrivals.remove(&(before.at, seat));
    }
    if let Some(after) = after {
        arrivals.insert((after.at, seat));
    }
}

impl Lines for VirtualLines {
    fn to_device(&mut self, now: Instant, seat: SeatId, bytes: Vec<u8>) {
        self.send(seat, |cable| cable.send_to_device(now, bytes));
    }

    fn to_host(&mut self, now: Instant, seat: SeatId, bytes: Vec<u8>) {
        self.send(seat, |cable| cable.send_to_host(now, bytes));
    }

    fn poll_fault(&mut self, seat: SeatId) -> Option<LineFault> {
        self.cables.get_mut(seat.0)?.poll_fault()
    }
}
