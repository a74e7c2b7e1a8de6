//! Frame counters: 32 bits of which 16 travel (LoRaWAN 1.0.2 clause 4.3.1.5).
//!
//! The low bits leave the high bits open. What arrives is either the next value above the last accepted one, or a value
//! that was used before; only the MIC, which covers all 32 bits, tells which.

/// The largest step is one less: a frame that is 16384 or more ahead is discarded.
pub const MAX_FCNT_GAP: u32 = 16384;

/// The smallest counter above `last` whose low half is `wire`; `None` when 32 bits are used up.
///
/// `last` is the last accepted counter, `None` before the first frame of a session.
#[must_use]
pub const fn next_above(last: Option<u32>, wire: u16) -> Option<u32> {
    let Some(last) = last else { return Some(wire as u32) };
    let candidate = last & 0xffff_0000 | wire as u32;
    if candidate > last { Some(candidate) } else { candidate.checked_add(0x1_0000) }
}

/// The largest counter at or below `last` whose low half is `wire`: a repetition when it is `last`, else a replay.
#[must_use]
pub const fn last_used(last: Option<u32>, wire: u16) -> Option<u32> {
    let Some(last) = last else { return None };
    let candidate = last & 0xffff_0000 | wire as u32;
    if candidate <= last { Some(candidate) } else { candidate.checked_sub(0x1_0000) }
}

/// Whether `next` is too far above `last` to be accepted.
#[must_use]
pub const fn exceeds_gap(last: Option<u32>, next: u32) -> bool {
    let base = match last {
        Some(last) => last,
        None => 0,
    };
    next.saturating_sub(base) >= MAX_FCNT_GAP
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, last accepted, on the air, next above, last used.
    type Row = (&'static str, Option<u32>, u16, Option<u32>, Option<u32>);

    #[test]
    fn the_high_half_is_recovered() {
        let rows: &[Row] = &[
            ("first frame", None, 0, Some(0), None),
            ("first frame heard late", None, 7, Some(7), None),
            ("next", Some(5), 6, Some(6), None),
            ("repetition", Some(5), 5, Some(0x1_0005), Some(5)),
            ("replay", Some(5), 2, Some(0x1_0002), Some(2)),
            ("wrap", Some(0xffff), 0, Some(0x1_0000), Some(0)),
            ("after the wrap", Some(0x1_0005), 0xfffe, Some(0x1_fffe), Some(0xfffe)),
            ("end of the counter", Some(u32::MAX), 0, None, Some(0xffff_0000)),
        ];
        for (name, last, wire, next, used) in rows {
            assert_eq!(next_above(*last, *wire), *next, "{name}");
            assert_eq!(last_used(*last, *wire), *used, "{name}");
        }
    }

    #[test]
    fn a_step_of_16383_is_accepted_and_of_16384_is_not() {
        assert!(!exceeds_gap(Some(10), 10 + 16383));
        assert!(exceeds_gap(Some(10), 10 + 16384));
        assert!(exceeds_gap(None, 16384));
    }
}
