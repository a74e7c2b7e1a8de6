//! The virtual pump: in-memory lines and a clock that jumps to the next thing that is due.

use crate::bench::{Bench, Lines};
use crate::cable::Cable;
use crate::trace::SeatId;
use wire::time::{Instant, Wakeup};

/// One in-memory line for each seat.
#[derive(Debug)]
pub struct VirtualLines(Vec<Cable>);

impl VirtualLines {
    /// Lines of these speeds, bit/s, in the order of the seats.
    #[must_use]
    pub fn new(speeds: &[u32]) -> Self {
        Self(speeds.iter().map(|baud| Cable::new(*baud)).collect())
    }

    /// Jumps to the next thing that is due, does it, and says what time it is then; `limit` when nothing is due before.
    pub fn step(&mut self, bench: &mut Bench, now: Instant, limit: Instant) -> Instant {
        bench.settle(now, self);
        let arrival = self.0.iter().filter_map(Cable::next_wakeup).min_by_key(|wakeup| wakeup.at);
        let Some(next) = Wakeup::earliest(bench.next_wakeup(), arrival).filter(|next| next.at <= limit)
        else {
            return limit;
        };
        let now = next.at.max(now);
        for (index, cable) in self.0.iter_mut().enumerate() {
            while let Some(bytes) = cable.receive_at_device(now) {
                bench.device_input(now, SeatId(index), &bytes);
            }
            while let Some(bytes) = cable.receive_at_host(now) {
                bench.host_input(now, SeatId(index), &bytes);
            }
        }
        bench.handle_timeouts(now);
        bench.settle(now, self);
        now
    }
}

impl Lines for VirtualLines {
    fn to_device(&mut self, now: Instant, seat: SeatId, bytes: Vec<u8>) {
        if let Some(cable) = self.0.get_mut(seat.0) {
            cable.send_to_device(now, bytes);
        }
    }

    fn to_host(&mut self, now: Instant, seat: SeatId, bytes: Vec<u8>) {
        if let Some(cable) = self.0.get_mut(seat.0) {
            cable.send_to_host(now, bytes);
        }
    }
}
