//! Join-accepts against their receive windows.
//!
//! Spec: LoRaWAN 1.0.2 clause 3.3.1 (a window opens within ±20 µs of its time) and the regional parameters for EU868
//! (JOIN_ACCEPT_DELAY1 5 s, JOIN_ACCEPT_DELAY2 6 s). Units: µs. A join-accept that lies beyond the picture is drawn at
//! its edge with its figure, so that one gross error does not make the band invisible.

use super::canvas::{self, ChartError, Surface, Text, px};
use super::{figures, palette};
use crate::run::Run;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

const SIZE: (u32, u32) = (900, 320);
const LABEL: &str = "Join-accept timing against the receive windows";
/// Allowed deviation either way, µs.
const BAND: f64 = 20.0;
/// The farthest deviation that is drawn to scale, µs.
const FARTHEST: f64 = 100.0;
/// Windows and their nominal opening after the end of the uplink, µs.
const WINDOWS: [(&str, f64); 2] = [("RX1", 5_000_000.0), ("RX2", 6_000_000.0)];

struct Join {
    /// Position among the joins of the run, from 1.
    number: usize,
    /// Index in [`WINDOWS`].
    window: usize,
    /// µs late (positive) or early.
    deviation: f64,
}

pub(super) fn draw(run: &Run) -> Result<String, ChartError> {
    let joins = joins(run);
    if joins.is_empty() {
        return canvas::no_data((SIZE.0, 160), LABEL, "no test measured a join-accept");
    }
    let farthest = joins.iter().map(|join| join.deviation.abs()).fold(0.0, f64::max);
    let reach = (farthest * 1.2).clamp(BAND * 1.6, FARTHEST);
    canvas::svg(SIZE, LABEL, |surface| {
        plot(surface, &joins, reach)?;
        legend(surface, &joins)
    })
}

/// Figures without a known window are left out: there is nothing to hold them against.
fn joins(run: &Run) -> Vec<Join> {
    let figures = figures::in_seconds(run, "join-accept-offset");
    let known = figures.iter().filter_map(|figure| {
        let window = WINDOWS.iter().position(|(name, _)| *name == figure.reference)?;
        let nominal = WINDOWS.get(window)?.1;
        // Nanoseconds are far below what is measured; rounding drops what the division by a million left.
        Some((window, ((figure.value * 1e6 - nominal) * 1e3).round() / 1e3))
    });
    known.zip(1..).map(|((window, deviation), number)| Join { number, window, deviation }).collect()
}

fn plot(surface: &Surface<'_>, joins: &[Join], reach: f64) -> Result<(), ChartError> {
    let end = joins.len() as f64 + 0.5;
    let mut chart = ChartBuilder::on(surface)
        .margin_top(px(40))
        .margin_right(px(24))
        .margin_left(px(6))
        .set_label_area_size(LabelAreaPosition::Left, px(62))
        .set_label_area_size(LabelAreaPosition::Bottom, px(42))
        .build_cartesian_2d(0.5..end, -reach..reach)?;
    chart.draw_series([Rectangle::new([(0.5, -BAND), (end, BAND)], palette::BAND.filled())])?;
    let whole = |number: &f64| if number.fract() == 0.0 { format!("{number}") } else { String::new() };
    let signed = |micros: &f64| if *micros > 0.0 { format!("+{micros}") } else { format!("{micros}") };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .set_all_tick_mark_size(px(4))
        .bold_line_style(palette::GRID.stroke_width(4))
        .light_line_style(TRANSPARENT)
        .axis_style(palette::FAINT.stroke_width(4))
        .label_style(Text { size: 11, colour: palette::FAINT, ..Text::default() }.style())
        .axis_desc_style(Text::default().style())
        .x_desc("join, in the order of the run")
        .y_desc("late by [µs]")
        .x_labels(12)
        .y_labels(7)
        .x_label_formatter(&whole)
        .y_label_formatter(&signed)
        .draw()?;
    for limit in [-BAND, 0.0, BAND] {
        chart.draw_series(LineSeries::new([(0.5, limit), (end, limit)], palette::FAINT.stroke_width(3)))?;
    }
    let (left, above) = surface.get_base_pixel();
    for join in joins {
        let shown = join.deviation.clamp(-reach, reach);
        let (x, y) = chart.backend_coord(&(join.number as f64, shown));
        mark(surface, join, (x - left, y - above))?;
    }
    Ok(())
}

/// A circle for RX1, a triangle for RX2; outside the band in another colour and with its figure.
fn mark(surface: &Surface<'_>, join: &Join, (x, y): (i32, i32)) -> Result<(), ChartError> {
    let outside = join.deviation.abs() > BAND;
    let colour = if outside { palette::OUTSIDE } else { palette::FIGURE };
    shape(surface, join.window, (x, y), colour)?;
    if outside {
        let inward = if join.deviation > 0.0 { px(13) } else { px(-13) };
        let figure = Text { size: 11, bold: true, colour, side: HPos::Center };
        figure.at(surface, &format!("{:+} µs", join.deviation), (x, y + inward))?;
    }
    Ok(())
}

fn shape(
    surface: &Surface<'_>,
    window: usize,
    point: (i32, i32),
    colour: RGBColor,
) -> Result<(), ChartError> {
    if window == 0 {
        surface.draw(&Circle::new(point, px(4), colour.filled()))?;
    } else {
        surface.draw(&TriangleMarker::new(point, px(5), colour.filled()))?;
    }
    Ok(())
}

fn legend(surface: &Surface<'_>, joins: &[Join]) -> Result<(), ChartError> {
    let words = Text { side: HPos::Left, ..Text::default() };
    let mut x = px(74);
    for (window, (name, nominal)) in WINDOWS.iter().enumerate() {
        let of_window = joins.iter().filter(|join| join.window == window);
        let (all, outside) = of_window.fold((0, 0), |(all, outside), join| {
            (all + 1, outside + usize::from(join.deviation.abs() > BAND))
        });
        let text = format!("{name} at {} s: {all} joins, {outside} outside the band", nominal / 1e6);
        shape(surface, window, (x, px(18)), palette::FIGURE)?;
        words.at(surface, &text, (x + px(10), px(18)))?;
        x += px(10) + words.width(&text) + px(24);
    }
    surface.draw(&Rectangle::new([(x, px(12)), (x + px(18), px(24))], palette::BAND.filled()))?;
    surface.draw(&Rectangle::new([(x, px(12)), (x + px(18), px(24))], palette::FAINT.stroke_width(3)))?;
    words.at(surface, "allowed: ±20 µs", (x + px(24), px(18)))
}
