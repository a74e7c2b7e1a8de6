//! The drawing surface: SVG of a given size, with coordinates finer than a pixel, and text.
//!
//! `plotters` has whole-pixel coordinates only. So everything is drawn [`SCALE`] times as large, and the view box
//! brings it back.

use super::palette;
use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::io;

/// Drawing units per pixel.
pub(super) const SCALE: i32 = 4;

/// `plotters` divides a font's size by this before it writes it.
const FONT_FACTOR: f64 = 1.24;

/// The surface that pictures draw on.
pub(super) type Surface<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Why a picture could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ChartError(#[from] DrawingAreaErrorKind<io::Error>);

/// Pixels as drawing units.
pub(super) const fn px(pixels: i32) -> i32 {
    pixels * SCALE
}

/// An `svg` element of this size in pixels. `label` is what a screen reader says.
pub(super) fn svg(
    (width, height): (u32, u32),
    label: &str,
    draw: impl FnOnce(&Surface<'_>) -> Result<(), ChartError>,
) -> Result<String, ChartError> {
    let (inner_width, inner_height) = (width * SCALE.unsigned_abs(), height * SCALE.unsigned_abs());
    let mut text = String::new();
    {
        let surface = SVGBackend::with_string(&mut text, (inner_width, inner_height)).into_drawing_area();
        surface.fill(&WHITE)?;
        draw(&surface)?;
        // Errors of the drawing calls above show only here.
        surface.present()?;
    }
    let body = text.split_once('>').map_or("", |(_, body)| body);
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {inner_width} {inner_height}\" role=\"img\" aria-label=\"{label}\">{body}"
    ))
}

/// A picture that says that there is nothing to show.
pub(super) fn no_data(size: (u32, u32), label: &str, why: &str) -> Result<String, ChartError> {
    svg(size, label, |surface| {
        let (width, height) = surface.dim_in_pixel();
        let (middle, centre) = ((width / 2).cast_signed(), (height / 2).cast_signed());
        let frame = [(px(1), px(1)), (width.cast_signed() - px(1), height.cast_signed() - px(1))];
        surface.draw(&Rectangle::new(frame, palette::GRID))?;
        Text { size: 15, bold: true, ..Text::default() }.at(surface, "no data", (middle, centre - px(10)))?;
        Text { size: 12, ..Text::default() }.at(surface, why, (middle, centre + px(12)))
    })
}

/// How a piece of text is set.
#[derive(Clone, Copy)]
pub(super) struct Text {
    /// Height of the font, pixels.
    pub size: i32,
    /// Whether it is bold.
    pub bold: bool,
    /// Colour.
    pub colour: RGBColor,
    /// Which side of the text is at the point.
    pub side: HPos,
}

impl Default for Text {
    fn default() -> Self {
        Self { size: 12, bold: false, colour: palette::INK, side: HPos::Center }
    }
}

impl Text {
    /// Draws the text, centred vertically, at a point in drawing units.
    pub fn at(self, surface: &Surface<'_>, text: &str, point: (i32, i32)) -> Result<(), ChartError> {
        surface.draw_text(text, &self.style(), point)?;
        Ok(())
    }

    /// The same as a style for axes.
    pub fn style(self) -> TextStyle<'static> {
        let weight = if self.bold { FontStyle::Bold } else { FontStyle::Normal };
        let size = f64::from(px(self.size)) * FONT_FACTOR;
        let font = FontDesc::new(FontFamily::SansSerif, size, weight);
        TextStyle { font, color: self.colour.to_backend_color(), pos: Pos::new(self.side, VPos::Center) }
    }

    /// About how wide a text will be, drawing units; no font is known, so this is the width of a common sans serif.
    pub fn width(self, text: &str) -> i32 {
        let letters = i32::try_from(text.chars().count()).unwrap_or(0);
        px(letters * self.size * 51 / 100)
    }
}
