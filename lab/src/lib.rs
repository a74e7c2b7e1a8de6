//! A lab: drivers, devices, ether and core on one table, and the pump that moves bytes and time among them.
//!
//! Whoever calls [`Lab::step`] is the pump: a script's verb runs the lab until what it waits for has happened. A virtual
//! lab jumps from one thing that is due to the next; a live lab waits for the monotonic clock and for real ports.

mod backhaul;
mod bench;
mod cable;
mod capture;
pub mod ether;
pub mod field;
mod gateways;
mod hands;
mod host;
mod keep;
mod line_fault;
mod live_pump;
pub mod plan;
mod power;
mod seats;
mod setup;
mod timed_frames;
mod trace;
mod virtual_pump;
mod visit;

pub use backhaul::Backhaul;
pub use bench::{Bench, GatewaySeat, Lines};
pub use cable::Cable;
pub use capture::{Capture, Packet, Plane, Whose};
pub use gateways::NotSimulated;
pub use host::Host;
pub use keep::{Keeper, Past};
pub use line_fault::{Harm, LineFault, LineFaults, Rate, Way};
pub use live_pump::{LiveError, LiveLines, PortPlace, PortRole};
pub use power::PowerError;
pub use seats::{Identity, NodeKeys, Seat, Seats, Simulated};
pub use setup::{SetupError, Style};
pub use simdev::modem::{Place, UnknownPlace};
pub use timed_frames::TimedFrames;
pub use trace::{Happening, LineEvent, Record, SeatId, Trace};
pub use virtual_pump::VirtualLines;
pub use visit::{Visit, Visitors, Visits, visits};

use ether::lora::RadioIndex;
use simcore::lorawan::{GatewayDownlink, Stream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use wire::id::Eui64;
use wire::seed::Seed;
use wire::time::{Calendar, Duration, Instant};

/// The longest that a live pump sleeps before it looks whether it is to stop.
const ATTENTION: Duration = Duration::from_millis(100);

/// Serial lines of one of the two kinds.
#[derive(Debug)]
enum Wires {
    Virtual(VirtualLines),
    Live(Box<LiveLines>),
}

/// A lab with its clock.
pub struct Lab {
    bench: Bench,
    wires: Wires,
    now: Instant,
    calendar: Calendar,
    stop: Arc<AtomicBool>,
    /// A transmitter that belongs to nobody, for frames that somebody sends again.
    stray_radio: RadioIndex,
    outlet: Option<Outlet>,
    keeper: Option<Keeper>,
    datagram_outlet: Option<DatagramOutlet>,
    /// What chance comes from.
    seed: Seed,
    /// The power switches of hardware, by seat.
    power: Vec<Option<plan::PowerPlan>>,
}

impl std::fmt::Debug for Lab {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lab").field("now", &self.now).field("wires", &self.wires).finish_non_exhaustive()
    }
}

/// Where downlinks for gateways outside the lab go.
pub type Outlet = Box<dyn FnMut(Eui64, GatewayDownlink)>;

/// Where datagrams of simulated gateways for network servers that are not ours go.
pub type DatagramOutlet = Box<dyn FnMut(Eui64, Stream, Vec<u8>)>;

/// Somebody wants the lab to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run was interrupted")]
pub struct Interrupted;

impl Lab {
    /// What time it is.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The date of lab time zero.
    #[must_use]
    pub const fn calendar(&self) -> Calendar {
        self.calendar
    }

    /// Whether the clock is real.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.wires, Wires::Live(_))
    }

    /// The table.
    #[must_use]
    pub const fn bench(&self) -> &Bench {
        &self.bench
    }

    /// The table, for hands that change something on it. What a change causes happens at the next step.
    pub const fn bench_mut(&mut self) -> &mut Bench {
        &mut self.bench
    }

    /// Stops the lab when the flag becomes true.
    pub fn stop_on(&mut self, flag: Arc<AtomicBool>) {
        self.stop = flag;
    }

    /// Hands every downlink for a gateway outside to `outlet`, as soon as the core has it.
    pub fn set_outlet(&mut self, outlet: Outlet) {
        self.outlet = Some(outlet);
    }

    /// Hands every datagram of a simulated gateway for its own network server to `outlet`, as soon as there is one.
    pub fn set_datagram_outlet(&mut self, outlet: DatagramOutlet) {
        self.datagram_outlet = Some(outlet);
    }

    /// The path at which an outside program reaches the device of `seat`; `None` in a virtual lab.
    #[must_use]
    pub fn path(&self, seat: SeatId) -> Option<&str> {
        match &self.wires {
            Wires::Virtual(_) => None,
            Wires::Live(lines) => lines.path(seat),
        }
    }

    /// Moves on to the next thing that happens, but not beyond `limit`. Returns whether `limit` is still ahead.
    ///
    /// # Errors
    /// [`Interrupted`] when the stop flag is set, or when what has changed cannot be kept.
    pub fn step(&mut self, limit: Instant) -> Result<bool, Interrupted> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Interrupted);
        }
        self.now = match &mut self.wires {
            Wires::Virtual(lines) => lines.step(&mut self.bench, self.now, limit),
            Wires::Live(lines) => lines.step(&mut self.bench, self.now, limit.min(self.now + ATTENTION)),
        };
        while let Some(visit) = self.next_visit() {
            visit(self);
        }
        // Nothing leaves through a door before what it tells of is kept.
        if !self.commit() {
            return Err(Interrupted);
        }
        let downlinks = std::mem::take(&mut self.bench.outside_downlinks);
        let datagrams = std::mem::take(&mut self.bench.outside_datagrams);
        if let Some(outlet) = &mut self.datagram_outlet {
            datagrams.into_iter().for_each(|(gateway, stream, octets)| outlet(gateway, stream, octets));
        }
        if let Some(outlet) = &mut self.outlet {
            downlinks.into_iter().for_each(|(gateway, downlink)| outlet(gateway, downlink));
        }
        Ok(self.now < limit)
    }

    /// Runs the lab until `done` or until `limit`. Returns whether it was done.
    ///
    /// # Errors
    /// [`Interrupted`] when the stop flag is set.
    pub fn run_until(
        &mut self,
        limit: Instant,
        mut done: impl FnMut(&mut Self) -> bool,
    ) -> Result<bool, Interrupted> {
        loop {
            if done(self) {
                return Ok(true);
            }
            if !self.step(limit)? {
                return Ok(done(self));
            }
        }
    }

    fn next_visit(&mut self) -> Option<Visit> {
        match &mut self.wires {
            Wires::Virtual(_) => None,
            Wires::Live(lines) => lines.next_visit(),
        }
    }
}
