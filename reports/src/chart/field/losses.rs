//! Uplinks that no gateway forwarded, by cause, and receptions that another frame destroyed; day by day.

use super::axes::{self, Axes};
use super::{WIDTH, by_day, figures, grouped};
use crate::chart::canvas::{self, ChartError, Surface, Text, px};
use crate::chart::palette;
use crate::run::Run;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

const LABEL: &str = "Lost uplinks by day and cause, and collisions";
/// Fills of the causes, from the foot of a bar upwards; their lightness differs too.
const FILLS: [RGBColor; 5] = [
    RGBColor(0x9a, 0xa5, 0xb1),
    palette::OUTSIDE,
    RGBColor(0x4b, 0x36, 0x6e),
    RGBColor(0xe0, 0xb0, 0x4f),
    palette::FIGURE,
];
/// How much of a day's width its bar takes, either side of the middle.
const HALF: f64 = 0.38;

pub(in crate::chart) fn draw(run: &Run) -> Result<String, ChartError> {
    let lost = figures(run, "uplinks-lost");
    let causes = by_day(&lost);
    if causes.is_empty() {
        return canvas::no_data((WIDTH, 160), LABEL, "no test measured the uplinks of a field");
    }
    let destroyed = figures(run, "receptions-destroyed");
    let destroyed = by_day(&destroyed);
    let sent: f64 = figures(run, "uplinks-sent").iter().map(|figure| figure.value).sum();
    canvas::svg((WIDTH, 600), LABEL, |surface| {
        let (upper, lower) = surface.split_vertically(px(320));
        by_cause(&upper, &causes, sent)?;
        let collisions = destroyed.first().map_or(&[][..], |(_, days)| days.as_slice());
        collided(&lower, collisions)
    })
}

fn by_cause(surface: &Surface<'_>, causes: &[(&str, Vec<f64>)], sent: f64) -> Result<(), ChartError> {
    let days = causes.first().map_or(0, |(_, days)| days.len());
    let of_day = |day: usize| causes.iter().filter_map(|(_, days)| days.get(day)).sum::<f64>();
    let most = (0..days).map(of_day).fold(0.0, f64::max);
    let lost: f64 = (0..days).map(of_day).sum();
    let told = format!("{} of {} lost, {:.2} %", grouped(lost), grouped(sent), 100.0 * lost / sent.max(1.0));
    let axes = Axes {
        heading: "Uplinks that no gateway forwarded",
        told: &told,
        x_label: "day",
        y_label: "uplinks a day",
        steps: days,
        most,
        top: 54,
        x_name: &axes::day,
    };
    let chart = axes.draw(surface)?;
    for day in 0..days {
        let mut foot = 0.0;
        for (number, (_, values)) in causes.iter().enumerate() {
            let value = values.get(day).copied().unwrap_or(0.0);
            if value > 0.0 {
                bar(surface, &chart, day, (foot, foot + value), fill(number))?;
            }
            foot += value;
        }
    }
    legend(surface, causes)
}

fn collided(surface: &Surface<'_>, days: &[f64]) -> Result<(), ChartError> {
    let all: f64 = days.iter().sum();
    let told = format!("{} at all gateways; another gateway may have had the frame", grouped(all));
    let axes = Axes {
        heading: "Collisions",
        told: &told,
        x_label: "day",
        y_label: "receptions a day",
        steps: days.len().max(1),
        most: days.iter().copied().fold(0.0, f64::max),
        top: 34,
        x_name: &axes::day,
    };
    let chart = axes.draw(surface)?;
    for (day, value) in days.iter().enumerate().filter(|(_, value)| **value > 0.0) {
        bar(surface, &chart, day, (0.0, *value), palette::OUTSIDE)?;
    }
    Ok(())
}

/// A bar of the day with this index, with a white edge on top that keeps neighbours in a stack apart.
fn bar(
    surface: &Surface<'_>,
    chart: &axes::Plot<'_, '_>,
    day: usize,
    (from, to): (f64, f64),
    fill: RGBColor,
) -> Result<(), ChartError> {
    let middle = day as f64 + 1.0;
    let foot = axes::point(surface, chart, (middle - HALF, from));
    let head = axes::point(surface, chart, (middle + HALF, to));
    surface.draw(&Rectangle::new([foot, head], fill.filled()))?;
    surface.draw(&PathElement::new(vec![(foot.0, head.1), head], WHITE.stroke_width(3)))?;
    Ok(())
}

fn fill(number: usize) -> RGBColor {
    FILLS.get(number % FILLS.len()).copied().unwrap_or(palette::INK)
}

/// The causes in the order of the stack, from its foot, each with its number.
fn legend(surface: &Surface<'_>, causes: &[(&str, Vec<f64>)]) -> Result<(), ChartError> {
    let words = Text { side: HPos::Left, ..Text::default() };
    let mut x = px(62);
    for (number, (name, days)) in causes.iter().enumerate() {
        surface.draw(&Rectangle::new([(x, px(30)), (x + px(12), px(42))], fill(number).filled()))?;
        let text = format!("{}: {}", crate::clean::line(name), grouped(days.iter().sum()));
        words.at(surface, &text, (x + px(17), px(36)))?;
        x += px(17) + words.width(&text) + px(18);
    }
    Ok(())
}
