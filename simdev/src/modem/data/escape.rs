//! The escape from the data state: a pause, three plus signs, a pause (S12, in fiftieths of a second).

use wire::time::{Duration, Instant};

const PLUS: u8 = b'+';
const SIGNS: usize = 3;

/// Looks for the escape in what the host sends.
#[derive(Debug)]
pub(super) struct Escape {
    guard: Duration,
    /// The last octet, whatever it was.
    heard: Instant,
    /// Plus signs that may be the escape; they are held back until that is clear.
    signs: usize,
}

impl Escape {
    pub(super) const fn new(now: Instant, guard: Duration) -> Self {
        Self { guard, heard: now, signs: 0 }
    }

    /// The guard time of register S12.
    pub(super) fn guard_time(fiftieths: u8) -> Duration {
        Duration::from_millis(u64::from(fiftieths) * 20)
    }

    /// Octets from the host; what of them is data.
    pub(super) fn filter(&mut self, now: Instant, octets: &[u8]) -> Vec<u8> {
        let mut data = Vec::with_capacity(octets.len());
        for octet in octets {
            let silent = now.since(self.heard) >= self.guard;
            self.heard = now;
            let goes_on = match self.signs {
                0 => silent,
                signs => signs < SIGNS && (!silent || self.guard.is_zero()),
            };
            if *octet == PLUS && goes_on {
                self.signs += 1;
                continue;
            }
            data.extend(std::iter::repeat_n(PLUS, std::mem::take(&mut self.signs)));
            data.push(*octet);
        }
        data
    }

    /// When the pause after the signs is over.
    pub(super) fn due(&self) -> Option<Instant> {
        (self.signs > 0).then(|| self.heard + self.guard)
    }

    /// The pause is over: whether this was the escape; plus signs that were fewer are data after all.
    pub(super) fn handle_timeout(&mut self, now: Instant) -> Option<Result<(), Vec<u8>>> {
        if self.due().is_none_or(|due| due > now) {
            return None;
        }
        match std::mem::take(&mut self.signs) {
            SIGNS => Some(Ok(())),
            fewer => Some(Err(vec![PLUS; fewer])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::ZERO + Duration::from_millis(millis)
    }

    /// What is sent when, and what of it is data; at last whether the escape came, a second after the last octet.
    #[test]
    fn only_three_signs_between_two_pauses_escape() {
        type Row<'a> = (&'a [(u64, &'a str, &'a str)], bool);
        let rows: &[Row] = &[
            (&[(1000, "+++", "")], true),
            (&[(1000, "+", ""), (1500, "+", ""), (2400, "+", "")], true),
            (&[(0, "ab", "ab"), (1000, "+++", "")], true),
            (&[(0, "ab", "ab"), (999, "+++", "+++")], false),
            (&[(1000, "+++\r", "+++\r")], false),
            (&[(1000, "++++", "++++")], false),
            (&[(1000, "+++", ""), (1500, "x", "+++x")], false),
            (&[(1000, "+", ""), (2100, "++", "+++")], false),
            (&[(1000, "++", "")], false),
            (&[(1000, "a+++", "a+++")], false),
        ];
        for (sent, escapes) in rows {
            let mut escape = Escape::new(Instant::ZERO, Escape::guard_time(50));
            let mut last = 0;
            for (when, octets, data) in *sent {
                assert_eq!(escape.filter(at(*when), octets.as_bytes()), data.as_bytes(), "{sent:?}");
                last = *when;
            }
            assert_eq!(escape.handle_timeout(at(last + 999)), None, "{sent:?}");
            assert_eq!(escape.handle_timeout(at(last + 1000)) == Some(Ok(())), *escapes, "{sent:?}");
        }
    }

    #[test]
    fn without_guard_time_the_signs_alone_escape() {
        let mut escape = Escape::new(Instant::ZERO, Escape::guard_time(0));
        assert_eq!(escape.filter(at(0), b"ab+++"), b"ab");
        assert_eq!(escape.handle_timeout(at(0)), Some(Ok(())));
    }

    #[test]
    fn signs_that_came_to_nothing_are_data() {
        let mut escape = Escape::new(Instant::ZERO, Escape::guard_time(50));
        assert_eq!(escape.filter(at(2000), b"++"), b"");
        assert_eq!(escape.handle_timeout(at(3000)), Some(Err(b"++".to_vec())));
        assert_eq!(escape.due(), None);
    }
}
