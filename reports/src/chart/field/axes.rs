//! Axes of the pictures of a field: days or data rates to the right, a figure upwards from zero.

use crate::chart::canvas::{ChartError, Surface, Text, px};
use crate::chart::palette;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

pub(super) type Plot<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// What is written at the axes.
pub(super) struct Axes<'a> {
    pub heading: &'a str,
    pub told: &'a str,
    pub x_label: &'a str,
    pub y_label: &'a str,
    /// How many steps the x axis has, the first from 0.5 to 1.5.
    pub steps: usize,
    /// The highest figure.
    pub most: f64,
    /// Pixels above the plot, for heading and legend.
    pub top: i32,
    pub x_name: &'a dyn Fn(usize) -> String,
}

impl Axes<'_> {
    pub(super) fn draw<'a, 'b>(&self, surface: &'a Surface<'b>) -> Result<Plot<'a, 'b>, ChartError> {
        let end = self.steps as f64 + 0.5;
        let highest = if self.most > 0.0 { self.most * 1.15 } else { 1.0 };
        let mut chart = ChartBuilder::on(surface)
            .margin_top(px(self.top))
            .margin_right(px(24))
            .margin_left(px(6))
            .set_label_area_size(LabelAreaPosition::Left, px(56))
            .set_label_area_size(LabelAreaPosition::Bottom, px(42))
            .build_cartesian_2d(0.5..end, 0.0..highest)?;
        let x_name = |step: &f64| {
            let whole = step.fract() == 0.0 && *step >= 1.0 && *step < end;
            if whole { (self.x_name)(*step as usize) } else { String::new() }
        };
        let digits = usize::from(self.most < 5.0);
        let y_name = |value: &f64| format!("{value:.digits$}");
        chart
            .configure_mesh()
            .disable_x_mesh()
            .set_all_tick_mark_size(px(4))
            .bold_line_style(palette::GRID.stroke_width(4))
            .light_line_style(TRANSPARENT)
            .axis_style(palette::FAINT.stroke_width(4))
            .label_style(Text { size: 11, colour: palette::FAINT, ..Text::default() }.style())
            .axis_desc_style(Text::default().style())
            .x_desc(self.x_label)
            .y_desc(self.y_label)
            .x_labels(self.steps.clamp(2, 16))
            .y_labels(5)
            .x_label_formatter(&x_name)
            .y_label_formatter(&y_name)
            .draw()?;
        let (width, _) = surface.dim_in_pixel();
        let title = Text { size: 13, bold: true, side: HPos::Left, ..Text::default() };
        title.at(surface, self.heading, (px(62), px(16)))?;
        let figures = Text { size: 12, colour: palette::FAINT, side: HPos::Right, ..Text::default() };
        figures.at(surface, self.told, (width.cast_signed() - px(24), px(16)))?;
        Ok(chart)
    }
}

/// A point of the plot on the surface.
pub(super) fn point(surface: &Surface<'_>, chart: &Plot<'_, '_>, at: (f64, f64)) -> (i32, i32) {
    let (left, above) = surface.get_base_pixel();
    let (x, y) = chart.backend_coord(&at);
    (x - left, y - above)
}

/// The name of a day.
pub(super) fn day(number: usize) -> String {
    number.to_string()
}
