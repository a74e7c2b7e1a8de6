//! What the backhaul of each gateway carried, day by day, against the plan of its mobile subscription.

use super::axes::{self, Axes, Plot};
use super::{WIDTH, by_day, figures};
use crate::chart::canvas::{self, ChartError, Surface, Text, px};
use crate::chart::palette;
use crate::run::Run;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

const LABEL: &str = "Backhaul volume of each gateway by day";
const LEGEND_ROW: i32 = 18;
/// Colours of gateways; the marker tells them apart as well.
const COLOURS: [RGBColor; 4] =
    [palette::FIGURE, RGBColor(0x8a, 0x5a, 0x1f), RGBColor(0x3d, 0x7a, 0x5c), RGBColor(0x6a, 0x4c, 0x93)];

pub(in crate::chart) fn draw(run: &Run) -> Result<String, ChartError> {
    let figures = figures(run, "backhaul-day");
    let gateways = by_day(&figures);
    let Some(days) = gateways.first().map(|(_, days)| days.len()) else {
        return canvas::no_data((WIDTH, 160), LABEL, "no test measured the backhaul of a gateway");
    };
    let plan = super::figures(run, "backhaul-plan").first().map(|plan| plan.value);
    let most = gateways.iter().flat_map(|(_, days)| days).copied().fold(plan.unwrap_or(0.0), f64::max);
    let top = 34 + LEGEND_ROW * i32::try_from(gateways.len()).unwrap_or(0);
    canvas::svg((WIDTH, 290 + top.unsigned_abs()), LABEL, |surface| {
        let told = format!("{days} days, both ways, inside the IPsec tunnel");
        let axes = Axes {
            heading: "Backhaul by gateway",
            told: &told,
            x_label: "day",
            y_label: "a day [MB]",
            steps: days,
            most,
            top,
            x_name: &axes::day,
        };
        let chart = axes.draw(surface)?;
        if let Some(plan) = plan {
            plan_line(surface, &chart, plan, days)?;
        }
        for (number, (name, volumes)) in gateways.iter().enumerate() {
            line(surface, &chart, number, volumes)?;
            legend(surface, number, name, volumes, plan)?;
        }
        Ok(())
    })
}

/// A dashed line with its name.
fn plan_line(surface: &Surface<'_>, chart: &Plot<'_, '_>, plan: f64, days: usize) -> Result<(), ChartError> {
    let (left, y) = axes::point(surface, chart, (0.5, plan));
    let (right, _) = axes::point(surface, chart, (days as f64 + 0.5, plan));
    for x in (left..right).step_by(px(8).unsigned_abs() as usize) {
        let dash = vec![(x, y), ((x + px(5)).min(right), y)];
        surface.draw(&PathElement::new(dash, palette::OUTSIDE.stroke_width(5)))?;
    }
    let name = Text { size: 11, colour: palette::OUTSIDE, side: HPos::Right, ..Text::default() };
    name.at(surface, &format!("plan: {plan} MB a day, {} MB in 30 days", plan * 30.0), (right, y - px(9)))
}

fn line(
    surface: &Surface<'_>,
    chart: &Plot<'_, '_>,
    number: usize,
    volumes: &[f64],
) -> Result<(), ChartError> {
    let points: Vec<(i32, i32)> = volumes
        .iter()
        .enumerate()
        .map(|(day, volume)| axes::point(surface, chart, (day as f64 + 1.0, *volume)))
        .collect();
    surface.draw(&PathElement::new(points.clone(), colour(number).stroke_width(6)))?;
    for point in points {
        marker(surface, number, point)?;
    }
    Ok(())
}

fn colour(number: usize) -> RGBColor {
    COLOURS.get(number % COLOURS.len()).copied().unwrap_or(palette::INK)
}

/// A circle, a triangle, a square, a cross, and again.
fn marker(surface: &Surface<'_>, number: usize, (x, y): (i32, i32)) -> Result<(), ChartError> {
    let style = colour(number).filled();
    match number % 4 {
        0 => surface.draw(&Circle::new((x, y), px(3), style))?,
        1 => surface.draw(&TriangleMarker::new((x, y), px(4), style))?,
        2 => surface.draw(&Rectangle::new([(x - px(3), y - px(3)), (x + px(3), y + px(3))], style))?,
        _ => surface.draw(&Cross::new((x, y), px(3), colour(number).stroke_width(6)))?,
    }
    Ok(())
}

fn legend(
    surface: &Surface<'_>,
    number: usize,
    name: &str,
    volumes: &[f64],
    plan: Option<f64>,
) -> Result<(), ChartError> {
    let y = px(34 + LEGEND_ROW * i32::try_from(number).unwrap_or(0));
    marker(surface, number, (px(70), y))?;
    let sum: f64 = volumes.iter().sum();
    let share = plan.map_or(String::new(), |plan| {
        format!(", {:.0} % of the plan", 100.0 * sum / (plan * volumes.len() as f64).max(1e-9))
    });
    let text = format!("{}: {sum:.1} MB{share}", crate::clean::line(name));
    Text { side: HPos::Left, ..Text::default() }.at(surface, &text, (px(80), y))
}
