//! The backhaul of a simulated gateway, which a hand may cut, and the keep-alive by which a network server notices.
//!
//! The gateway is one of Semtech's: PULL_DATA every ten seconds from lab time zero on, nothing kept for later, nothing sent
//! twice. While nobody has touched the backhaul its keep-alives would tell nobody anything, and none are made.

use wire::time::{Duration, Instant, Wakeup};

const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// One gateway's way to the network server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backhaul {
    /// It carries everything, and nobody has ever touched it.
    #[default]
    Untouched,
    /// It carries everything again.
    Mended {
        /// When the next keep-alive passes.
        next: Instant,
    },
    /// Nothing passes, either way.
    Cut,
}

impl Backhaul {
    /// Whether nothing passes.
    #[must_use]
    pub fn is_cut(self) -> bool {
        self == Self::Cut
    }

    /// Cuts it. Where no keep-alive was made so far: when the last one passed.
    pub(crate) fn cut(&mut self, now: Instant) -> Option<Instant> {
        let before = std::mem::replace(self, Self::Cut);
        (before == Self::Untouched).then(|| last_keep_alive(now))
    }

    /// Mends it, where it is cut.
    pub(crate) fn mend(&mut self, now: Instant) {
        if self.is_cut() {
            *self = Self::Mended { next: last_keep_alive(now) + KEEP_ALIVE };
        }
    }

    /// A keep-alive that passes, and its time.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Instant> {
        let Self::Mended { next } = self else { return None };
        let due = *next;
        (due <= now).then(|| {
            *next = due + KEEP_ALIVE;
            due
        })
    }

    pub(crate) fn next_wakeup(self) -> Option<Wakeup> {
        let Self::Mended { next } = self else { return None };
        Some(Wakeup::new(next, "keep-alive of a gateway"))
    }
}

fn last_keep_alive(now: Instant) -> Instant {
    let period = KEEP_ALIVE.as_micros() as u64;
    Instant::from_micros(now.as_micros() / period * period)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn keep_alives_stop_with_a_cut_and_go_on_in_step_when_it_is_mended() {
        let mut backhaul = Backhaul::default();
        assert_eq!((backhaul.next_wakeup(), backhaul.take_due(secs(100))), (None, None));
        assert_eq!(backhaul.cut(secs(107)), Some(secs(100)));
        assert_eq!((backhaul.cut(secs(130)), backhaul.next_wakeup()), (None, None), "it is cut already");
        backhaul.mend(secs(3_701));
        assert_eq!(backhaul.next_wakeup().map(|wakeup| wakeup.at), Some(secs(3_710)));
        assert_eq!(backhaul.take_due(secs(3_709)), None);
        assert_eq!(backhaul.take_due(secs(3_721)), Some(secs(3_710)));
        assert_eq!(backhaul.take_due(secs(3_721)), Some(secs(3_720)));
        assert_eq!(backhaul.take_due(secs(3_721)), None);
        assert_eq!(backhaul.cut(secs(3_725)), None, "the last one has been told");
    }
}
