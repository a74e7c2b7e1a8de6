//! What a bad serial line means for a verdict: nothing that crossed it says anything about the device.
//!
//! Where the lab itself harmed octets, that is known, and no verdict of the test holds: what a test expects not to see may
//! have been lost as well as what it expects to see. Where only the driver saw octets that no modem sends, that is
//! evidence: it excuses a device that seems to have failed, and takes nothing from a test that passed in spite of it.

use super::Judgement;
use drivers::blame::Blame;
use lab::{Bench, Happening, LineEvent, Record, SeatId};
use reports::run::{Finding, Verdict};
use std::collections::BTreeMap;

/// What is known of one line: how often it did harm, and the first and the last time.
struct Line<'a> {
    events: u32,
    first: (&'a Record, &'a LineEvent),
    last: (&'a Record, &'a LineEvent),
}

/// The judgement in the light of what is known of the lines that it rests on.
#[must_use]
pub fn weigh_lines(judgement: Judgement, bench: &Bench) -> Judgement {
    let injected = lines(bench, |event| matches!(event, LineEvent::Injected(_)));
    if !injected.is_empty() {
        let told = told(bench, &injected, "harmed");
        return blamed(
            judgement,
            &format!("{told}: nothing that this test saw says anything about the device"),
        );
    }
    let noticed = lines(bench, LineEvent::points_at_the_line);
    if judgement.verdict == Verdict::Fail && !noticed.is_empty() {
        let told = told(bench, &noticed, "seems to have harmed");
        return blamed(judgement, &format!("{told}: the failure may be the line's, not the device's"));
    }
    judgement
}

fn lines(bench: &Bench, wanted: impl Fn(&LineEvent) -> bool) -> BTreeMap<SeatId, Line<'_>> {
    let mut lines: BTreeMap<SeatId, Line<'_>> = BTreeMap::new();
    for record in bench.trace() {
        let Happening::Line(seat, event) = &record.what else { continue };
        if wanted(event) {
            let line = lines.entry(*seat).or_insert(Line {
                events: 0,
                first: (record, event),
                last: (record, event),
            });
            line.events += 1;
            line.last = (record, event);
        }
    }
    lines
}

/// Each line with how often, and its first and last harm: which octets, and when.
fn told(bench: &Bench, lines: &BTreeMap<SeatId, Line<'_>>, did: &str) -> String {
    let tell = |(seat, line): (&SeatId, &Line<'_>)| {
        let name = bench.seats.get(*seat).map_or("", |seat| seat.name.as_str());
        let (first, event) = line.first;
        let mut text = match line.events {
            1 => format!("the serial line of {name} {did} what crossed it, at {}: {event}", first.at),
            count => {
                format!(
                    "the serial line of {name} {did} what crossed it {count} times, first at {}: {event}",
                    first.at
                )
            }
        };
        if line.events > 1 {
            let (last, event) = line.last;
            text += &format!(", last at {}: {event}", last.at);
        }
        text
    };
    lines.iter().map(tell).collect::<Vec<_>>().join("; ")
}

/// An error of the lab in place of whatever the test had come to.
fn blamed(judgement: Judgement, evidence: &str) -> Judgement {
    if judgement.interrupted {
        return judgement;
    }
    let before = judgement.verdict;
    let finding = judgement.finding.unwrap_or_else(|| Finding {
        message: String::new(),
        expected: None,
        seen: None,
        blame: String::new(),
        place: None,
        exchange: Vec::new(),
        notes: Vec::new(),
    });
    let message = match finding.message.as_str() {
        "" => format!("{evidence} (it had ended with \"{before}\")"),
        message => format!("{evidence} (it had ended with \"{before}\": {message})"),
    };
    let finding = Finding { message, blame: Blame::Lab.word().to_owned(), ..finding };
    Judgement { verdict: Verdict::Error, finding: Some(finding), interrupted: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drivers::at::Oddity;
    use lab::plan::Plan;
    use lab::{Harm, Lab, LineFault, Style, Way};
    use wire::seed::Seed;
    use wire::time::{Calendar, Instant};

    const LAB: &str = include_str!("../../../tests/labs/one-modem.toml");

    fn judged(verdict: Verdict, events: &[LineEvent]) -> Judgement {
        let plan = Plan::parse(LAB).unwrap();
        let mut lab = Lab::build(&plan, Seed(1), Calendar::virtual_start(), Style::Virtual).unwrap();
        for (second, event) in events.iter().enumerate() {
            let at = Instant::from_micros(second as u64 * 1_000_000);
            lab.bench_mut().record(at, Happening::Line(SeatId(0), event.clone()));
        }
        weigh_lines(Judgement { verdict, finding: None, interrupted: false }, lab.bench())
    }

    fn injected() -> LineEvent {
        let (at, way) = (Instant::ZERO, Way::ToHost);
        LineEvent::Injected(LineFault { at, way, octet: b'O', harm: Harm::Lost })
    }

    fn noticed(oddity: Oddity) -> LineEvent {
        LineEvent::Noticed(oddity)
    }

    #[test]
    fn no_verdict_holds_on_a_line_that_the_lab_has_harmed() {
        for verdict in [Verdict::Pass, Verdict::Fail, Verdict::Inconclusive, Verdict::Error] {
            let judgement = judged(verdict, &[injected(), injected()]);
            let finding = judgement.finding.unwrap();
            assert_eq!((judgement.verdict, finding.blame.as_str()), (Verdict::Error, "lab"));
            for words in [
                "the serial line of modem-a harmed what crossed it 2 times, first at +0.000: 'O' (4F) was lost on its way",
                "last at +1.000",
                &format!("it had ended with \"{verdict}\""),
            ] {
                assert!(finding.message.contains(words), "{}", finding.message);
            }
        }
    }

    #[test]
    fn what_only_the_driver_saw_excuses_a_failure_and_nothing_else() {
        let garbled = noticed(Oddity::Garbled("+CSQ\u{ba} 20".to_owned()));
        let judgement = judged(Verdict::Fail, std::slice::from_ref(&garbled));
        assert_eq!(judgement.verdict, Verdict::Error);
        assert!(judgement.finding.unwrap().message.contains("may be the line's"));
        assert_eq!(judged(Verdict::Pass, &[garbled]).verdict, Verdict::Pass);
    }

    #[test]
    fn a_module_s_own_manners_excuse_nothing() {
        for oddity in [Oddity::Noise(vec![0]), Oddity::EchoTwice("AT".to_owned())] {
            assert_eq!(judged(Verdict::Fail, &[noticed(oddity)]).verdict, Verdict::Fail);
        }
    }
}
