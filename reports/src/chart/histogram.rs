//! Distributions of durations: how many figures fell into each step of time, with the median marked. One panel for each
//! reference that the figures are told apart by. A few figures far beyond the others are gathered in the last step, so that
//! they do not press the others into one bar.

use super::canvas::{self, ChartError, Surface, Text, px};
use super::figures::{self, Figure};
use super::palette;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

const WIDTH: u32 = 900;
const PANEL_HEIGHT: u32 = 240;

/// What a histogram is of.
pub(super) struct Subject {
    label: &'static str,
    measure: &'static str,
    x_label: &'static str,
    y_label: &'static str,
    /// Reference and heading of each panel; one panel with an empty reference takes all figures.
    panels: &'static [(&'static str, &'static str)],
    nothing: &'static str,
}

pub(super) const ATTACH_TIME: Subject = Subject {
    label: "Distribution of attach times",
    measure: "attach-time",
    x_label: "attach time [s]",
    y_label: "attaches",
    panels: &[("", "All attaches")],
    nothing: "no test measured an attach time",
};

pub(super) const SMS_LATENCY: Subject = Subject {
    label: "Distribution of SMS latencies",
    measure: "sms-latency",
    x_label: "latency [s]",
    y_label: "messages",
    panels: &[("MO", "MO: from the device"), ("MT", "MT: to the device")],
    nothing: "no test measured an SMS latency",
};

pub(super) fn draw(run: &crate::run::Run, subject: &Subject) -> Result<String, ChartError> {
    let figures = figures::in_seconds(run, subject.measure);
    let panels: Vec<(&str, Vec<f64>)> = subject
        .panels
        .iter()
        .map(|(reference, heading)| (*heading, of_reference(&figures, reference)))
        .filter(|(_, values)| !values.is_empty())
        .collect();
    if panels.is_empty() {
        return canvas::no_data((WIDTH, 160), subject.label, subject.nothing);
    }
    let bins = Bins::over(&panels.iter().flat_map(|(_, values)| values).copied().collect::<Vec<_>>());
    let height = PANEL_HEIGHT * u32::try_from(panels.len()).unwrap_or(1);
    canvas::svg((WIDTH, height), subject.label, |surface| {
        for (area, (heading, values)) in surface.split_evenly((panels.len(), 1)).iter().zip(&panels) {
            panel(area, subject, heading, values, &bins)?;
        }
        Ok(())
    })
}

fn of_reference(figures: &[Figure<'_>], reference: &str) -> Vec<f64> {
    let wanted = figures.iter().filter(|figure| reference.is_empty() || figure.reference == reference);
    wanted.map(|figure| figure.value.max(0.0)).collect()
}

/// Steps of equal width from zero on: an axis that began elsewhere would make small differences look large.
struct Bins {
    step: f64,
    number: usize,
    /// Whether the last step holds everything that is longer, too.
    open: bool,
}

/// How many times the time of nearly all figures the longest may take before it counts as far beyond them.
const FAR_BEYOND: f64 = 2.5;

impl Bins {
    fn over(values: &[f64]) -> Self {
        let longest = values.iter().copied().fold(0.0, f64::max);
        let nearly_all = figures::quantile(values, 0.95).unwrap_or(longest);
        if longest > nearly_all * FAR_BEYOND && nearly_all > 0.0 {
            Self { open: true, ..Self::up_to(nearly_all * 1.1) }
        } else {
            Self::up_to(longest)
        }
    }

    fn up_to(longest: f64) -> Self {
        let step = figures::round_step(longest / 40.0).max(1e-6);
        Self { step, number: (longest / step) as usize + 2, open: false }
    }

    /// Where the last step begins.
    fn last(&self) -> f64 {
        self.step * self.number.saturating_sub(1) as f64
    }

    /// The step of a value. A value on a boundary belongs to the step that begins there, whatever the last bit of a
    /// division says.
    fn of(&self, value: f64) -> usize {
        let step = (value / self.step + 1e-9) as usize;
        if self.open { step.min(self.number.saturating_sub(1)) } else { step }
    }

    fn end(&self) -> f64 {
        self.step * self.number as f64
    }

    fn fill(&self, values: &[f64]) -> Vec<u32> {
        let mut counts = vec![0; self.number];
        for value in values {
            if let Some(count) = counts.get_mut(self.of(*value)) {
                *count += 1;
            }
        }
        counts
    }
}

fn panel(
    surface: &Surface<'_>,
    subject: &Subject,
    heading: &str,
    values: &[f64],
    bins: &Bins,
) -> Result<(), ChartError> {
    let counts = bins.fill(values);
    let most = counts.iter().copied().max().unwrap_or(1).max(1);
    let mut chart = ChartBuilder::on(surface)
        .margin_top(px(34))
        .margin_right(px(24))
        .margin_left(px(6))
        .set_label_area_size(LabelAreaPosition::Left, px(52))
        .set_label_area_size(LabelAreaPosition::Bottom, px(42))
        .build_cartesian_2d(0.0..bins.end(), 0.0..f64::from(most) * 1.15)?;
    let whole = |count: &f64| if count.fract() == 0.0 { format!("{count}") } else { String::new() };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .set_all_tick_mark_size(px(4))
        .bold_line_style(palette::GRID.stroke_width(4))
        .light_line_style(TRANSPARENT)
        .axis_style(palette::FAINT.stroke_width(4))
        .label_style(Text { size: 11, colour: palette::FAINT, ..Text::default() }.style())
        .axis_desc_style(Text::default().style())
        .x_desc(subject.x_label)
        .y_desc(subject.y_label)
        .x_labels(10)
        .y_labels(5)
        .y_label_formatter(&whole)
        .draw()?;
    chart.draw_series(counts.iter().enumerate().filter(|(_, count)| **count > 0).map(|(bin, count)| {
        let from = bin as f64 * bins.step;
        Rectangle::new([(from, 0.0), (from + bins.step * 0.92, f64::from(*count))], palette::FIGURE.filled())
    }))?;
    let median = figures::quantile(values, 0.5).unwrap_or(0.0);
    let (right, _) = chart.backend_coord(&(bins.end(), 0.0));
    let (x, top) = chart.backend_coord(&(median, f64::from(most) * 1.15));
    let (_, bottom) = chart.backend_coord(&(median, 0.0));
    let (left, above) = surface.get_base_pixel();
    median_line(surface, (x - left, top - above), bottom - above)?;
    let beyond = counts.last().copied().filter(|count| bins.open && *count > 0);
    if let Some(count) = beyond {
        let name = Text { size: 11, side: HPos::Right, ..Text::default() };
        let told = format!("{count} ≥ {:.3} s", bins.last());
        name.at(surface, &told, (right - left, top - above + px(7)))?;
    }
    captions(surface, heading, values, median)
}

/// A dashed line with its name, so that it is not taken for a bar.
fn median_line(surface: &Surface<'_>, (x, top): (i32, i32), bottom: i32) -> Result<(), ChartError> {
    for y in (top..bottom).step_by(px(8).unsigned_abs() as usize) {
        let dash = vec![(x, y), (x, (y + px(5)).min(bottom))];
        surface.draw(&PathElement::new(dash, palette::INK.stroke_width(5)))?;
    }
    let name = Text { size: 11, side: HPos::Left, ..Text::default() };
    name.at(surface, "median", (x + px(5), top + px(7)))
}

fn captions(surface: &Surface<'_>, heading: &str, values: &[f64], median: f64) -> Result<(), ChartError> {
    let longest = values.iter().copied().fold(0.0, f64::max);
    let most = figures::quantile(values, 0.95).unwrap_or(0.0);
    let told = format!(
        "{} measured · median {median:.3} s · 95 % within {most:.3} s · longest {longest:.3} s",
        values.len()
    );
    let (width, _) = surface.dim_in_pixel();
    let title = Text { size: 13, bold: true, side: HPos::Left, ..Text::default() };
    title.at(surface, heading, (px(58), px(16)))?;
    let figures = Text { size: 12, colour: palette::FAINT, side: HPos::Right, ..Text::default() };
    figures.at(surface, &told, (width.cast_signed() - px(24), px(16)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_falls_into_one_step() {
        let values = [0.0, 0.1, 0.3, 0.7, 2.999_999, 3.0];
        let bins = Bins::up_to(3.0);
        assert_eq!(bins.fill(&values).iter().sum::<u32>(), 6);
        assert!(bins.end() > 3.0);
        assert_eq!(Bins::up_to(0.0).fill(&[0.0]).iter().sum::<u32>(), 1);
    }

    #[test]
    fn figures_far_beyond_the_others_are_gathered_in_the_last_step() {
        let mut values = vec![5.0; 98];
        values.extend([480.0, 720.0]);
        let bins = Bins::over(&values);
        assert!(bins.open && bins.end() < 7.0, "{}", bins.end());
        let counts = bins.fill(&values);
        assert_eq!((counts.iter().sum::<u32>(), counts.last()), (100, Some(&2)));
        values.truncate(98);
        assert!(!Bins::over(&values).open, "without them the scale is whole");
    }

    #[test]
    fn a_value_on_a_boundary_begins_a_step() {
        let bins = Bins { step: 0.1, number: 10, open: false };
        assert_eq!(bins.fill(&[0.3]).iter().position(|count| *count == 1), Some(3));
    }
}
