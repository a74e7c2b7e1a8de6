//! Whether a data downlink is for this node and new (LoRaWAN 1.0.2 clauses 4.3.1.2, 4.3.1.5, 4.4).

use super::parameters::Parameters;
use crate::defect::Defect;
use std::collections::BTreeSet;
use wire::lorawan::crypto::{Direction, Mic, data_mic};
use wire::lorawan::{DataFrame, DataMessage, Frame, SessionKeys, counter};

/// A downlink that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub message: DataMessage,
    /// A confirmed downlink that was heard before: it is acknowledged again, but its data is not told again.
    pub repeated: bool,
}

/// Opens `frame` when its address, counter and MIC are right. `last_confirmed` is the MIC of the last confirmed downlink.
pub(super) fn open(
    parameters: &Parameters,
    last_confirmed: Option<Mic>,
    frame: &DataFrame,
    defects: &BTreeSet<Defect>,
) -> Option<Received> {
    let (dev_addr, keys) = parameters.session()?;
    if frame.direction() != Direction::Down || frame.dev_addr() != dev_addr {
        return None;
    }
    let last = parameters.fcnt_down.checked_sub(1);
    if frame.is_confirmed() && last_confirmed == Some(frame.mic()) {
        let used = counter::last_used(last, frame.fcnt()).filter(|used| Some(*used) == last)?;
        let message = frame.open(&keys, used).ok()?;
        return Some(Received { message, repeated: true });
    }
    let next = counter::next_above(last, frame.fcnt()).filter(|next| !counter::exceeds_gap(last, *next));
    let new = next.and_then(|next| frame.open(&keys, next).ok());
    let message = new
        .or_else(|| old(&keys, last, frame).filter(|_| defects.contains(&Defect::AcceptsOldDownlinks)))
        .or_else(|| forged(&keys, next?, frame).filter(|_| defects.contains(&Defect::IgnoresDownlinkMic)))?;
    Some(Received { message, repeated: false })
}

/// A downlink that came before.
fn old(keys: &SessionKeys, last: Option<u32>, frame: &DataFrame) -> Option<DataMessage> {
    frame.open(keys, counter::last_used(last, frame.fcnt())?).ok()
}

/// A downlink as it would be if its MIC were right.
fn forged(keys: &SessionKeys, fcnt: u32, frame: &DataFrame) -> Option<DataMessage> {
    let mut octets = frame.octets().to_vec();
    octets.truncate(octets.len().checked_sub(frame.mic().len())?);
    octets.extend(data_mic(&keys.nwk_s_key, Direction::Down, frame.dev_addr(), fcnt, &octets));
    match Frame::parse(&octets) {
        Ok(Frame::Data(frame)) => frame.open(keys, fcnt).ok(),
        Ok(_) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::lorawan::DevAddr;

    fn open(parameters: &Parameters, last_confirmed: Option<Mic>, frame: &DataFrame) -> Option<Received> {
        super::open(parameters, last_confirmed, frame, &BTreeSet::new())
    }

    /// The session of vectors P05 to P16.
    fn parameters(fcnt_down: u32) -> Parameters {
        Parameters {
            dev_addr: Some(DevAddr::from_value(0x2601_1bda)),
            nwk_s_key: Some("5b70d14f51b43828904bb305fdc9c87c".parse().unwrap()),
            app_s_key: Some("59256e497e4a52e972e4c3ffe1d7bb11".parse().unwrap()),
            fcnt_down,
            ..Parameters::default()
        }
    }

    fn frame(hex: &str) -> DataFrame {
        match Frame::parse(&hex::decode(hex).unwrap()) {
            Ok(Frame::Data(frame)) => frame,
            other => panic!("{other:?}"),
        }
    }

    const P09: &str = "60da1b012620000040619216";
    const P10: &str = "a0da1b0126b501000351ff00012ae1230af970130746";
    const P15: &str = "60da1b0126000500e04c16f3760fe70ee8";

    #[test]
    fn counters_decide_what_is_new() {
        let rows = [
            ("P09, the first downlink", P09, 0, true),
            ("P09 again", P09, 1, false),
            ("P10 follows", P10, 1, true),
            ("P10 with one lost", P10, 0, true),
            ("P10 replayed", P10, 5, false),
            ("P15 at 0x10005", P15, 0x1_0005, true),
            ("P15 after the wrap of 16 bits", P15, 0xfff0, true),
            ("P15 replayed", P15, 0x1_0006, false),
            ("16383 ahead", P15, 0x1_0005 - 16382, true),
            ("16384 ahead", P15, 0x1_0005 - 16383, false),
        ];
        for (name, hex, expected, accepted) in rows {
            assert_eq!(open(&parameters(expected), None, &frame(hex)).is_some(), accepted, "{name}");
        }
    }

    #[test]
    fn a_confirmed_downlink_may_be_heard_twice_but_is_told_once() {
        let p10 = frame(P10);
        let first = open(&parameters(1), None, &p10).unwrap();
        assert!(!first.repeated && first.message.f_pending);
        assert_eq!(first.message.payload.unwrap().octets, [0xde, 0xad, 0xbe, 0xef]);
        assert!(open(&parameters(2), Some(p10.mic()), &p10).unwrap().repeated);
        assert_eq!(open(&parameters(3), Some(p10.mic()), &p10), None, "a newer downlink came meanwhile");
    }

    #[test]
    fn a_wrong_address_mic_or_direction_is_ignored() {
        let mut stranger = parameters(0);
        stranger.dev_addr = Some(DevAddr::from_value(0x2601_1bdb));
        assert_eq!(open(&stranger, None, &frame(P09)), None);
        assert_eq!(open(&parameters(0), None, &frame("60da1b012620000040619217")), None);
        assert_eq!(open(&parameters(1), None, &frame("40da1b012680010001a0d4b4a69d846ba11e")), None);
        assert_eq!(open(&Parameters::default(), None, &frame(P09)), None);
    }
}
