//! The share of uplinks that no gateway forwarded, by data rate.

use super::axes::{self, Axes};
use super::{WIDTH, figures, grouped};
use crate::chart::canvas::{self, ChartError, Text, px};
use crate::chart::palette;
use crate::run::Run;
use plotters::prelude::*;
use std::collections::BTreeMap;

const SIZE: (u32, u32) = (WIDTH, 320);
const LABEL: &str = "Packet error rate by data rate";
/// Half of the width of a bar; a data rate has one.
const HALF: f64 = 0.3;

pub(in crate::chart) fn draw(run: &Run) -> Result<String, ChartError> {
    let rates = figures(run, "packet-error-rate");
    if rates.is_empty() {
        return canvas::no_data((SIZE.0, 160), LABEL, "no test measured the uplinks of a field");
    }
    let sent: BTreeMap<&str, f64> =
        figures(run, "uplinks-sent").iter().map(|figure| (figure.reference, figure.value)).collect();
    let all: f64 = sent.values().sum();
    canvas::svg(SIZE, LABEL, |surface| {
        let name = |step: usize| {
            rates
                .get(step.wrapping_sub(1))
                .map_or(String::new(), |rate| crate::clean::line(rate.reference).into())
        };
        let axes = Axes {
            heading: "Uplinks that no gateway forwarded",
            told: &format!("of {} uplinks", grouped(all)),
            x_label: "modulation",
            y_label: "packet error rate [%]",
            steps: rates.len(),
            most: rates.iter().map(|rate| rate.value).fold(0.0, f64::max),
            top: 34,
            x_name: &name,
        };
        let chart = axes.draw(surface)?;
        for (rate, middle) in rates.iter().zip(1_u32..) {
            let middle = f64::from(middle);
            let foot = axes::point(surface, &chart, (middle - HALF, 0.0));
            let head = axes::point(surface, &chart, (middle + HALF, rate.value));
            surface.draw(&Rectangle::new([foot, head], palette::FIGURE.filled()))?;
            let count = sent.get(rate.reference).copied().unwrap_or(0.0);
            let text = format!("{:.2} % of {}", rate.value, grouped(count));
            let figure = Text { size: 11, ..Text::default() };
            figure.at(surface, &text, ((foot.0 + head.0) / 2, head.1 - px(9)))?;
        }
        Ok(())
    })
}
