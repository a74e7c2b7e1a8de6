//! Figures for the charts, taken from what happened on the table.

use lab::{Bench, Happening, Record, SeatId};
use simcore::Note;
use simcore::cellular::{CellularNote, SmsNote};
use std::collections::{BTreeMap, BTreeSet};
use wire::lorawan::Frame;
use wire::nas::{NasDown, NasUp};
use wire::time::{Duration, Instant};

/// The longest attempt to deliver a short message, s (TR1N, TS 24.011 clause 10): what took longer had to wait.
const LONGEST_ATTEMPT: f64 = 45.0;

/// The longest pause within an attempt to attach: T3410 and T3411 together (TS 24.301 10.2), and the way of a message. In a
/// longer one the mobile waited for a back-off or for T3402.
const LONGEST_PAUSE: Duration = Duration::from_secs(26);

/// Everything that can be measured in the trace of a test, as records to add behind it.
#[must_use]
pub fn measure(bench: &Bench) -> Vec<Record> {
    let mut found = attach_times(bench.trace());
    found.extend(sms_latencies(bench));
    found.extend(join_offsets(bench.trace()));
    found.sort_by_key(|record| record.at);
    found
}

fn figure(
    at: Instant,
    seat: SeatId,
    name: &'static str,
    value: f64,
    unit: &'static str,
    reference: &'static str,
) -> Record {
    Record { at, what: Happening::Measure(seat, name, value, unit, reference.into()) }
}

/// From the last search, or from the first request where none was needed, to ATTACH COMPLETE; refused attaches are left
/// out, and so is the time in which a mobile waited until it might ask again.
fn attach_times(trace: &[Record]) -> Vec<Record> {
    let mut began: BTreeMap<SeatId, Instant> = BTreeMap::new();
    let mut last_sign: BTreeMap<SeatId, Instant> = BTreeMap::new();
    let mut found = Vec::new();
    for record in trace {
        match &record.what {
            Happening::Search(seat) => {
                began.insert(*seat, record.at);
                last_sign.insert(*seat, record.at);
            }
            Happening::NasUp(seat, NasUp::AttachRequest { .. }) => {
                let before = last_sign.insert(*seat, record.at);
                if before.is_some_and(|before| record.at.since(before) > LONGEST_PAUSE) {
                    began.insert(*seat, record.at);
                }
                began.entry(*seat).or_insert(record.at);
            }
            Happening::NasUp(seat, NasUp::AttachComplete) => {
                if let Some(start) = began.remove(seat) {
                    let value = record.at.since(start).as_secs_f64();
                    found.push(figure(record.at, *seat, "attach-time", value, "s", ""));
                }
            }
            Happening::NasDown(seat, NasDown::AttachReject { .. } | NasDown::DetachAccept) => {
                began.remove(seat);
            }
            Happening::ToDevice(..)
            | Happening::FromDevice(..)
            | Happening::NasUp(..)
            | Happening::NasDown(..)
            | Happening::Lora { .. }
            | Happening::Carrier(..)
            | Happening::Note(_)
            | Happening::Step(_)
            | Happening::Measure(..)
            | Happening::Line(..)
            | Happening::PortGone(..)
            | Happening::PortBack(..)
            | Happening::Identified(..) => {}
        }
    }
    found
}

/// From the acceptance of a short message by the service centre to its delivery.
fn sms_latencies(bench: &Bench) -> Vec<Record> {
    let mut accepted = BTreeMap::new();
    let mut stored = BTreeSet::new();
    let mut found = Vec::new();
    for record in bench.trace() {
        let Happening::Note(Note::Cellular(CellularNote::Sms(note))) = &record.what else { continue };
        if let SmsNote::Accepted { id, .. } = note {
            accepted.insert(*id, record.at);
        }
        if let SmsNote::Deferred { id, .. } | SmsNote::MemoryFull { id, .. } = note {
            stored.insert(*id);
        }
        if let SmsNote::Delivered { id, to } = note
            && let Some(start) = accepted.remove(id)
        {
            let to_device = to.parse().is_ok_and(|number| bench.core.cellular.imsi_of(&number).is_some());
            let value = record.at.since(start).as_secs_f64();
            // How long a message waited for its recipient says nothing about the network.
            let reference = match (to_device, stored.contains(id) || value > LONGEST_ATTEMPT) {
                (true, true) => "MT stored",
                (true, false) => "MT",
                (false, _) => "MO",
            };
            found.push(figure(record.at, SeatId(0), "sms-latency", value, "s", reference));
        }
    }
    found
}

/// From the end of a join-request to the start of the join-accept that the node heard.
fn join_offsets(trace: &[Record]) -> Vec<Record> {
    let mut asked: Option<(SeatId, Instant)> = None;
    let mut found = Vec::new();
    for record in trace {
        let Happening::Lora { seat: Some(seat), uplink, frame } = &record.what else { continue };
        match Frame::parse(&frame.frame.payload) {
            Ok(Frame::JoinRequest(_)) if *uplink => asked = Some((*seat, frame.ended)),
            Ok(Frame::JoinAccept(_)) if !*uplink => {
                if let Some((_, ended)) = asked.filter(|(asker, _)| asker == seat) {
                    let offset = frame.started.since(ended).as_micros() as f64;
                    let reference = if offset < 5_500_000.0 { "RX1" } else { "RX2" };
                    found.push(figure(record.at, *seat, "join-accept-offset", offset, "us", reference));
                }
            }
            Ok(_) | Err(_) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::nas::{AttachType, PdnRequest, PdnType, PowerSaving};

    const SEAT: SeatId = SeatId(0);

    fn request() -> Happening {
        let message = NasUp::AttachRequest {
            imsi: None,
            imei: "867997030000019".parse().unwrap(),
            attach_type: AttachType::Eps,
            pdn: PdnRequest::new(None, PdnType::Ipv4),
            guti: None,
            power: PowerSaving::default(),
        };
        Happening::NasUp(SEAT, message)
    }

    fn seconds(steps: &[(u64, Happening)]) -> Vec<f64> {
        let record = |(at, what): &(u64, Happening)| Record {
            at: Instant::from_micros(at * 1_000_000),
            what: what.clone(),
        };
        let found = attach_times(&steps.iter().map(record).collect::<Vec<_>>());
        let value = |record: &Record| {
            if let Happening::Measure(_, _, value, _, _) = record.what { Some(value) } else { None }
        };
        found.iter().filter_map(value).collect()
    }

    #[test]
    fn an_attach_time_has_its_retries_and_no_back_off() {
        let complete = || Happening::NasUp(SEAT, NasUp::AttachComplete);
        assert_eq!(seconds(&[(0, Happening::Search(SEAT)), (5, request()), (6, complete())]), [6.0]);
        let retried = [(0, Happening::Search(SEAT)), (5, request()), (30, request()), (31, complete())];
        assert_eq!(seconds(&retried), [31.0]);
        let waited = [(0, Happening::Search(SEAT)), (5, request()), (485, request()), (486, complete())];
        assert_eq!(seconds(&waited), [1.0]);
    }
}
