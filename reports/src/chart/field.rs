//! A field of nodes over days: what its gateways' backhaul carried, and which uplinks were lost, by cause and by data
//! rate. Where several tests ran a field, the pictures show the one with the most days.

mod axes;
mod backhaul;
mod error_rate;
mod losses;

pub(super) use backhaul::draw as backhaul;
pub(super) use error_rate::draw as error_rate;
pub(super) use losses::draw as losses;

use crate::run::{Run, TestRun, What};

const WIDTH: u32 = 900;

/// One figure with the time that it is of.
struct Dated<'a> {
    at: u64,
    value: f64,
    reference: &'a str,
}

/// Whether a field ran.
pub(super) fn has_run(run: &Run) -> bool {
    !figures(run, "backhaul-day").is_empty()
}

/// The figures of this name of one test, in their order.
fn figures<'a>(run: &'a Run, wanted: &str) -> Vec<Dated<'a>> {
    let of_test = |test: &'a TestRun| -> Vec<Dated<'a>> {
        let figure = |event: &'a crate::run::Event| match &event.what {
            What::Measure { name, value, reference, .. } if name == wanted && value.is_finite() => {
                Some(Dated { at: event.at, value: value.max(0.0), reference })
            }
            What::Measure { .. }
            | What::Serial { .. }
            | What::Air { .. }
            | What::Note { .. }
            | What::Step { .. } => None,
        };
        test.events.iter().filter_map(figure).collect()
    };
    // Of equal ones the first.
    run.tests.iter().map(of_test).rev().max_by_key(Vec::len).unwrap_or_default()
}

/// The values by day, the first day first, for each thing that figures refer to, in the order of their first figure.
fn by_day<'a>(figures: &[Dated<'a>]) -> Vec<(&'a str, Vec<f64>)> {
    let mut ends: Vec<u64> = figures.iter().map(|figure| figure.at).collect();
    ends.sort_unstable();
    ends.dedup();
    let mut found: Vec<(&str, Vec<f64>)> = Vec::new();
    for figure in figures {
        let Ok(day) = ends.binary_search(&figure.at) else { continue };
        let place = found.iter().position(|(name, _)| *name == figure.reference).unwrap_or_else(|| {
            found.push((figure.reference, vec![0.0; ends.len()]));
            found.len() - 1
        });
        found[place].1[day] += figure.value;
    }
    found
}

/// A number as people read it: 288,311.
fn grouped(number: f64) -> String {
    let digits = format!("{:.0}", number.max(0.0));
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_apart_by_their_ends() {
        let figure = |at, value, reference| Dated { at, value, reference };
        let figures = [
            figure(20, 1.0, "a"),
            figure(20, 2.0, "b"),
            figure(40, 3.0, "a"),
            figure(60, 4.0, "b"),
            figure(60, 5.0, "b"),
        ];
        assert_eq!(by_day(&figures), [("a", vec![1.0, 3.0, 0.0]), ("b", vec![2.0, 0.0, 9.0])]);
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, want) in [(0.0, "0"), (999.0, "999"), (1_000.0, "1,000"), (288_311.4, "288,311")] {
            assert_eq!(grouped(number), want);
        }
    }
}
