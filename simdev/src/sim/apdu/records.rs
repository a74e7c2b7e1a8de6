//! SEARCH RECORD and INCREASE (TS 102 221 clauses 11.1.7 and 11.1.8).

use super::super::directory::FilePlace;
use super::super::{SimCard, StatusWord, Structure};
use super::{Answer, Channel, Command, Outcome};

/// Where in a record the pattern may begin.
#[derive(Clone, Copy)]
enum From {
    /// At this octet or behind it.
    Octet(usize),
    /// Behind the first octet of this value.
    Value(u8),
}

/// Which records are looked at, in order, and how.
struct Search<'a> {
    records: Vec<u8>,
    from: From,
    pattern: &'a [u8],
}

impl SimCard {
    /// The answer is the numbers of all records that hold the pattern; the pointer moves to the first of them.
    pub(super) fn search_record(&mut self, channel: &mut Channel, command: &Command<'_>) -> Outcome {
        let place = self.record_target(channel, command)?;
        let structure = self.file_at(place).ok_or(StatusWord::FILE_NOT_FOUND)?.structure;
        let (_, count) = structure.records().ok_or(StatusWord::INCOMPATIBLE_STRUCTURE)?;
        let ring = matches!(structure, Structure::Cyclic { .. });
        let search = plan(channel, command, count, ring)?;
        let mut found = Vec::new();
        for number in search.records {
            let record = self.read_record_at(place, number, channel.rights)?;
            if holds(&record, search.from, search.pattern) {
                found.push(number);
            }
        }
        match found.first() {
            Some(first) => {
                channel.record = Some(*first);
                Ok(Answer::Waiting(found))
            }
            None => Err(StatusWord::UNSUCCESSFUL_SEARCH),
        }
    }

    /// P1 may name a short file identifier; the answer is the new value and what was added.
    pub(super) fn increase_command(&mut self, channel: &mut Channel, command: &Command<'_>) -> Outcome {
        let place: FilePlace = match (command.p1, command.p2) {
            (0, 0) => channel.file.ok_or(StatusWord::NO_EF_SELECTED)?,
            (sfi @ 0x80..=0x9f, 0) => self.by_sfi(channel, sfi & 0x1f)?,
            _ => return Err(StatusWord::INCORRECT_P1_P2),
        };
        let answer = self.increase_at(place, command.data, channel.rights)?;
        channel.record = Some(1);
        Ok(Answer::Waiting(answer))
    }
}

/// P2, lowest bits: 4 forward and 5 backward from record P1, 6 as the first two octets of the data say.
fn plan<'a>(
    channel: &Channel,
    command: &Command<'a>,
    count: u8,
    ring: bool,
) -> Result<Search<'a>, StatusWord> {
    let (direction, from, pattern) = match (command.p2 & 7, command.data) {
        (4 | 5, [_, ..]) => (command.p2 & 7, From::Octet(0), command.data),
        (6, [mode @ (0x04..=0x07 | 0x0c..=0x0f), value, pattern @ ..]) if !pattern.is_empty() => {
            let from = if mode & 8 == 0 { From::Octet(usize::from(*value)) } else { From::Value(*value) };
            (mode & 7, from, pattern)
        }
        (4..=6, _) => return Err(StatusWord::WRONG_LENGTH),
        _ => return Err(StatusWord::INCORRECT_P1_P2),
    };
    let pointer = channel.record;
    let first = match (direction, command.p1, pointer) {
        (4 | 5, 0, pointer) => pointer.ok_or(StatusWord::RECORD_NOT_FOUND)?,
        (4 | 5, number, _) => number,
        (6, _, Some(last)) if last >= count && !ring => return Err(StatusWord::RECORD_NOT_FOUND),
        (6, _, pointer) => pointer.map_or(1, |record| record % count.max(1) + 1),
        (_, _, Some(1)) if !ring => return Err(StatusWord::RECORD_NOT_FOUND),
        (_, _, pointer) => pointer.filter(|record| *record > 1).map_or(count, |record| record - 1),
    };
    if first > count {
        return Err(StatusWord::RECORD_NOT_FOUND);
    }
    let forward = direction & 1 == 0;
    let records = if forward { (first..=count).collect() } else { (1..=first).rev().collect() };
    Ok(Search { records, from, pattern })
}

fn holds(record: &[u8], from: From, pattern: &[u8]) -> bool {
    let start = match from {
        From::Octet(offset) => Some(offset),
        From::Value(value) => record.iter().position(|octet| *octet == value).map(|place| place + 1),
    };
    let rest = start.and_then(|start| record.get(start..)).unwrap_or_default();
    rest.windows(pattern.len().max(1)).any(|window| window == pattern)
}
