//! The parameters of `+CMUX` (TS 27.007 5.7).

use std::ops::RangeInclusive;
use wire::at::command::{Parameters as List, WrongParameter};
use wire::time::Duration;

/// Each value that can be given: its range and its default. The mode is basic and frames are UIH: nothing else is
/// there. The speed of the port is taken and changes nothing, since the cable has it.
const VALUES: [(RangeInclusive<u32>, u32); 9] = [
    (0..=0, 0),
    (0..=0, 0),
    (1..=8, 5),
    (1..=32768, 31),
    (1..=255, 10),
    (0..=100, 3),
    (2..=255, 30),
    (1..=255, 10),
    (1..=7, 2),
];

/// The text of the test form.
pub(in crate::modem) const RANGES: &str = "(0),(0),(1-8),(1-32768),(1-255),(0-100),(2-255),(1-255),(1-7)";

/// What `+CMUX` set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::modem) struct Parameters {
    values: [u32; 9],
    /// N1: the longest information field that the modem sends.
    pub(super) frame_size: usize,
    /// T1: how long a frame waits for its acknowledgement.
    pub(super) t1: Duration,
    /// N2.
    pub(super) retransmissions: u32,
    /// T2: how long a message of the control channel waits for its answer.
    pub(super) t2: Duration,
    /// T3: how long the host may take to wake up.
    pub(super) t3: Duration,
}

impl Default for Parameters {
    fn default() -> Self {
        Self::from_values(VALUES.map(|(_, otherwise)| otherwise))
    }
}

impl Parameters {
    /// The parameters of the command; one that is left out has its default.
    pub(in crate::modem) fn parse(list: &List) -> Result<Self, WrongParameter> {
        list.required_number(0)?;
        let mut values = [0; 9];
        for (place, (value, (range, otherwise))) in values.iter_mut().zip(VALUES).enumerate() {
            *value = list.number(place)?.unwrap_or(otherwise);
            if !range.contains(value) {
                return Err(WrongParameter { index: place });
            }
        }
        let [_, _, _, _, t1, _, t2, ..] = values;
        if list.len() > VALUES.len() {
            return Err(WrongParameter { index: VALUES.len() });
        }
        // T2 must be longer than T1 (27.010 5.7.3).
        if t2 <= t1 {
            return Err(WrongParameter { index: 6 });
        }
        Ok(Self::from_values(values))
    }

    fn from_values(values: [u32; 9]) -> Self {
        let [_, _, _, frame_size, t1, retransmissions, t2, t3, _] = values;
        let hundredths = |count: u32| Duration::from_millis(u64::from(count) * 10);
        Self {
            values,
            frame_size: usize::try_from(frame_size).unwrap_or(usize::MAX),
            t1: hundredths(t1),
            retransmissions,
            t2: hundredths(t2),
            t3: Duration::from_secs(u64::from(t3)),
        }
    }

    /// As the read form shows them.
    pub(in crate::modem) fn text(&self) -> String {
        self.values.map(|value| value.to_string()).join(",")
    }
}
