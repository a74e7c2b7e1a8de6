//! The figures that tests measured, and what a picture says about them: median, share, longest.

use crate::run::{Run, What};

/// One figure, in the unit that its picture wants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Figure<'a> {
    /// The figure.
    pub value: f64,
    /// What it is compared with: `MO`, `RX1`, or nothing.
    pub reference: &'a str,
}

/// All figures of this name, in the order of the run, in seconds. A figure in a unit that is no time is left out.
pub(super) fn in_seconds<'a>(run: &'a Run, wanted: &str) -> Vec<Figure<'a>> {
    let events = run.tests.iter().flat_map(|test| &test.events);
    let figures = events.filter_map(|event| match &event.what {
        What::Measure { name, value, unit, reference, .. } if name == wanted => {
            let value = value / per_second(unit)?;
            value.is_finite().then_some(Figure { value, reference })
        }
        What::Measure { .. }
        | What::Serial { .. }
        | What::Air { .. }
        | What::Note { .. }
        | What::Step { .. } => None,
    });
    figures.collect()
}

fn per_second(unit: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 4] = [("s", 1.0), ("ms", 1e3), ("us", 1e6), ("µs", 1e6)];
    UNITS.iter().find(|(known, _)| *known == unit).map(|(_, factor)| *factor)
}

/// The value that this share (0 to 1) of the figures does not exceed; the nearest rank. `None` without figures.
pub(super) fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted.get(rank - 1).copied()
}

/// The smallest of 1, 2, 5 times a power of ten that is at least `least`.
pub(super) fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.max(1e-9).log10().floor());
    // A hair of slack keeps 0.1 + 0.2 from jumping a step.
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|step| *step >= least * 0.999_999)
        .unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_take_the_nearest_rank() {
        let values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(quantile(&values, 0.5), Some(2.0));
        assert_eq!(quantile(&values, 0.95), Some(4.0));
        assert_eq!(quantile(&values, 0.0), Some(1.0));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn steps_are_round() {
        let rows = [(0.3, 0.5), (1.0, 1.0), (1.2, 2.0), (6.0, 10.0), (0.04, 0.05), (20.0, 20.0)];
        for (least, want) in rows {
            assert!((round_step(least) - want).abs() < 1e-9, "{least}: {}", round_step(least));
        }
    }

    #[test]
    fn units_are_brought_together() {
        assert_eq!(per_second("ms"), Some(1000.0));
        assert_eq!(per_second("dBm"), None);
    }
}
