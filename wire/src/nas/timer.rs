//! The octets in which timers travel in NAS messages (TS 24.008 10.5.7.3, 10.5.7.4, 10.5.7.4a).
//!
//! GPRS timer and GPRS timer 2 have the same units, GPRS timer 3 has others. Kept as the octet that travelled: the same
//! span has several codings, and the host sees the bits.

use crate::time::Duration;
use std::fmt;
use std::str::FromStr;

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// Unit field, unit and whether the span of that unit may be chosen by [`GprsTimer2::at_least`], finest first.
const UNITS_2: [(u8, Duration); 3] =
    [(0b000, Duration::from_secs(2)), (0b001, minutes(1)), (0b010, minutes(6))];
/// The same for GPRS timer 3.
const UNITS_3: [(u8, Duration); 7] = [
    (0b011, Duration::from_secs(2)),
    (0b100, Duration::from_secs(30)),
    (0b101, minutes(1)),
    (0b000, minutes(10)),
    (0b001, minutes(60)),
    (0b010, minutes(600)),
    (0b110, minutes(320 * 60)),
];
const DEACTIVATED: u8 = 0b111;
const LARGEST_VALUE: u32 = 31;

/// A text that is not eight binary digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a timer is written as eight binary digits")]
pub struct NotATimer;

macro_rules! gprs_timer {
    ($(#[$doc:meta])* $name:ident, $units:ident, $otherwise:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub struct $name(pub u8);

        impl $name {
            /// The timer is switched off.
            pub const DEACTIVATED: Self = Self(DEACTIVATED << 5);

            /// The span; `None` when the timer is deactivated.
            #[must_use]
            pub fn span(self) -> Option<Duration> {
                let (unit, value) = (self.0 >> 5, u32::from(self.0 & 0x1f));
                if unit == DEACTIVATED {
                    return None;
                }
                let span = $units.iter().find(|(known, _)| *known == unit).map(|(_, span)| *span);
                Some(span.unwrap_or($otherwise) * value)
            }

            /// The shortest coded span that is not shorter; the longest one where none is.
            #[must_use]
            pub fn at_least(span: Duration) -> Self {
                let coded = |(unit, step): &(u8, Duration)| {
                    let value = span.as_micros().div_ceil(step.as_micros());
                    let value = u32::try_from(value).ok().filter(|value| *value <= LARGEST_VALUE)?;
                    Some((*step * value, Self(unit << 5 | value as u8)))
                };
                let longest = $units.last().map_or(Self::DEACTIVATED, |(unit, _)| Self(unit << 5 | 0x1f));
                $units.iter().filter_map(coded).min_by_key(|(span, _)| *span).map_or(longest, |(_, timer)| timer)
            }
        }

        impl fmt::Display for $name {
            /// As in `+CPSMS`: `00000110`.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:08b}", self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotATimer;

            fn from_str(text: &str) -> Result<Self, NotATimer> {
                let binary = text.len() == 8 && text.bytes().all(|digit| matches!(digit, b'0' | b'1'));
                u8::from_str_radix(text, 2).ok().filter(|_| binary).map(Self).ok_or(NotATimer)
            }
        }
    };
}

gprs_timer! {
    /// GPRS timer and GPRS timer 2: T3324, T3346, T3402. Other units count minutes (10.5.7.4).
    GprsTimer2, UNITS_2, minutes(1)
}
gprs_timer! {
    /// GPRS timer 3: extended T3412. All units are known.
    GprsTimer3, UNITS_3, minutes(60)
}

/// Parameters of eDRX (TS 24.008 10.5.5.32): four bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Edrx {
    /// The cycle's code.
    pub cycle: u8,
    /// The paging time window's code; absent in a request that leaves it to the network.
    pub window: Option<u8>,
}

impl Edrx {
    /// The cycle in WB-S1 mode; 5.12 s times what the code stands for.
    #[must_use]
    pub fn span(self) -> Duration {
        // In units of 5.12 s.
        let steps = [1, 2, 4, 8, 12, 16, 20, 24, 28, 32, 64, 128, 256, 512, 1024, 2048];
        let steps: u32 = steps.get(usize::from(self.cycle & 0x0f)).copied().unwrap_or(1);
        Duration::from_millis(5_120) * steps
    }

    /// The paging time window in WB-S1 mode: steps of 1.28 s; the shortest where none is named.
    #[must_use]
    pub fn window_span(self) -> Duration {
        Duration::from_millis(1_280) * (u32::from(self.window.unwrap_or(0) & 0x0f) + 1)
    }
}

/// What of power saving a mobile asks for, or a network grants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PowerSaving {
    /// Active time T3324: with it, power saving mode is asked for or granted.
    pub t3324: Option<GprsTimer2>,
    /// Extended T3412.
    pub t3412_extended: Option<GprsTimer3>,
    /// Extended discontinuous reception.
    pub edrx: Option<Edrx>,
}

impl PowerSaving {
    /// Whether anything is asked for or granted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for PowerSaving {
    /// `, T3324 00000100` and so on; nothing where nothing is there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(timer) = self.t3324 {
            write!(f, ", T3324 {timer}")?;
        }
        if let Some(timer) = self.t3412_extended {
            write!(f, ", T3412 extended {timer}")?;
        }
        match self.edrx {
            Some(Edrx { cycle, window: Some(window) }) => write!(f, ", eDRX {cycle:04b} window {window:04b}"),
            Some(Edrx { cycle, window: None }) => write!(f, ", eDRX {cycle:04b}"),
            None => Ok(()),
        }
    }
}

/// A back-off time as a sentence shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackOffTime(pub Duration);

impl BackOffTime {
    /// "The timer is deactivated" (TS 24.008 10.5.7.4a) travels as the longest span: not before power-off.
    pub const DEACTIVATED: Duration = Duration::MAX;
}

impl fmt::Display for BackOffTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == Self::DEACTIVATED {
            f.write_str("deactivated")
        } else {
            write!(f, "{} s", self.0.as_secs())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(count: u64) -> Option<Duration> {
        Some(Duration::from_secs(count))
    }

    /// Values that Wireshark shows for these octets, and those of TS 24.008.
    #[test]
    fn octets_have_the_spans_of_the_specification() {
        let timer = |bits: &str| bits.parse::<GprsTimer3>().unwrap().span();
        assert_eq!(timer("00000110"), secs(60 * 60));
        assert_eq!(timer("00100001"), secs(3600));
        assert_eq!(timer("01011111"), secs(310 * 3600));
        assert_eq!(timer("01100001"), secs(2));
        assert_eq!(timer("10000010"), secs(60));
        assert_eq!(timer("10100001"), secs(60));
        assert_eq!(timer("11000001"), secs(320 * 3600));
        assert_eq!(timer("11100000"), None);
        let timer = |bits: &str| bits.parse::<GprsTimer2>().unwrap().span();
        assert_eq!(timer("00000100"), secs(8));
        assert_eq!(timer("00100101"), secs(300));
        assert_eq!(timer("01000010"), secs(720));
        assert_eq!(timer("11100000"), None);
        // 10.5.7.4: other values count minutes in this version.
        assert_eq!(timer("01100010"), secs(120));
    }

    #[test]
    fn a_span_is_coded_without_becoming_shorter() {
        assert_eq!(GprsTimer2::at_least(Duration::from_secs(8)).to_string(), "00000100");
        assert_eq!(GprsTimer2::at_least(Duration::from_secs(63)).to_string(), "00100010");
        assert_eq!(GprsTimer2::at_least(Duration::from_secs(720)).to_string(), "00101100");
        assert_eq!(GprsTimer2::at_least(Duration::from_secs(1 << 30)).span(), secs(31 * 360));
        assert_eq!(GprsTimer3::at_least(Duration::from_secs(3600)).span(), secs(3600));
        assert_eq!(GprsTimer3::at_least(Duration::from_secs(3601)).span(), secs(4200));
        assert_eq!(GprsTimer3::at_least(Duration::ZERO).span(), secs(0));
        for octet in 0..=u8::MAX {
            if let Some(span) = GprsTimer3(octet).span() {
                assert_eq!(GprsTimer3::at_least(span).span(), Some(span), "{octet:08b}");
            }
        }
    }

    #[test]
    fn anything_but_eight_bits_is_no_timer() {
        for text in ["", "0000011", "000001100", "0000011x", "+0000110", "0b000110", "é0000"] {
            assert_eq!(text.parse::<GprsTimer3>(), Err(NotATimer), "{text}");
        }
    }

    /// TS 24.008 table 10.5.5.32, E-UTRAN.
    #[test]
    fn cycles_and_windows_are_those_of_the_table() {
        let millis = |cycle| Edrx { cycle, window: None }.span().as_millis();
        let table = [
            5_120, 10_240, 20_480, 40_960, 61_440, 81_920, 102_400, 122_880, 143_360, 163_840, 327_680,
            655_360, 1_310_720, 2_621_440, 5_242_880, 10_485_760,
        ];
        for (code, want) in table.into_iter().enumerate() {
            assert_eq!(millis(u8::try_from(code).unwrap()), want, "{code:04b}");
        }
        let window = |code| Edrx { cycle: 0, window: Some(code) }.window_span().as_millis();
        assert_eq!((window(0), window(3), window(15)), (1_280, 5_120, 20_480));
    }
}
