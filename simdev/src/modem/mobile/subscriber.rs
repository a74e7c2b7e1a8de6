//! What the mobile reads from the card when it may: who the subscriber is and where home is.

use crate::sim::SimCard;
use wire::id::Imsi;
use wire::plmn::Plmn;
use wire::time::Duration;

/// EF_HPPLMN (TS 31.102 4.2.6).
const EF_HPPLMN: u16 = 0x6f31;
/// EF_NASCONFIG (TS 31.102 4.2.94).
const EF_NASCONFIG: u16 = 0x6fe8;
const HOUR: Duration = Duration::from_secs(3600);

#[derive(Debug)]
pub(super) struct Subscriber {
    pub(super) imsi: Imsi,
    pub(super) home: Plmn,
    /// Equivalent home networks in order of priority; the home network where the card lists none.
    pub(super) home_list: Vec<Plmn>,
    /// Period of the search for networks of higher priority; `None` when it is off.
    pub(super) search_period: Option<Duration>,
    /// Whether an invalid card is tried again after T3245 (EF_NASCONFIG).
    pub(super) t3245: bool,
}

impl Subscriber {
    /// `None` while the card does not let itself be read.
    pub(super) fn read(card: &SimCard, low_power: bool) -> Option<Self> {
        let imsi = card.imsi().ok()?;
        let home = card.home().ok()?;
        let mut home_list = card.equivalent_home_plmns().unwrap_or_default();
        if home_list.is_empty() {
            home_list.push(home);
        }
        let octet = card.read_binary(EF_HPPLMN, 0, 1).ok().and_then(|octets| octets.first().copied());
        let nas_config = card.read_binary(EF_NASCONFIG, 0, 0).unwrap_or_default();
        let search_period = search_period(octet, low_power);
        Some(Self { imsi, home, home_list, search_period, t3245: has_t3245(&nas_config) })
    }

    /// Whether registration here is registration at home (TS 23.122: home or equivalent home).
    pub(super) fn is_home(&self, plmn: Plmn) -> bool {
        plmn == self.home || self.home_list.contains(&plmn)
    }
}

/// EF_NASCONFIG is a list of tag, length, value; tag 85 is the behaviour of T3245, 1 for "used" (TS 31.102 4.2.94).
fn has_t3245(content: &[u8]) -> bool {
    let mut rest = content;
    while let [tag, length, value @ ..] = rest {
        let Some((value, others)) = value.split_at_checked(usize::from(*length)) else { return false };
        if *tag == 0x85 {
            return value.first() == Some(&1);
        }
        rest = others;
    }
    false
}

/// TS 23.122 4.4.3.3.1: units of 6 minutes up to 8 hours, default 60 minutes; for machine-type categories 2 to 240
/// hours, default 72 hours. The specification's coding for the latter is in steps of 2 and, above 40, of 4 hours.
fn search_period(octet: Option<u8>, low_power: bool) -> Option<Duration> {
    let steps = u32::from(octet.unwrap_or(0xff));
    match (steps, low_power) {
        (0, _) => None,
        (1..=80, false) => Some(HOUR / 10 * steps),
        (_, false) => Some(HOUR),
        (1..=40, true) => Some(HOUR * 2 * steps),
        (41..=80, true) => Some(HOUR * (80 + (steps - 40) * 4)),
        (255, true) => Some(HOUR * 72),
        (_, true) => Some(HOUR * 240),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t3245_is_used_where_the_card_says_so() {
        assert!(has_t3245(&[0x80, 1, 0, 0x85, 1, 1]));
        assert!(!has_t3245(&[0x85, 1, 0]));
        for garbage in [&[][..], &[0x85], &[0x85, 9, 1], &[0xff; 20], &[0x80, 200, 1]] {
            assert!(!has_t3245(garbage), "{garbage:?}");
        }
    }

    #[test]
    fn the_search_period_has_the_steps_of_the_standard() {
        let minutes = |octet, low_power| search_period(octet, low_power).map(|period| period.as_secs() / 60);
        assert_eq!(minutes(Some(0), false), None);
        assert_eq!(minutes(Some(10), false), Some(60));
        assert_eq!(minutes(Some(80), false), Some(480));
        assert_eq!(minutes(None, false), Some(60));
        assert_eq!(minutes(Some(1), true), Some(120));
        assert_eq!(minutes(Some(41), true), Some(84 * 60));
        assert_eq!(minutes(None, true), Some(72 * 60));
    }
}
