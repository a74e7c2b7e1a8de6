//! Restrained colours that stay apart in grey, and the colour of each verdict. The style sheet of the page has the same.

use crate::run::Verdict;
use plotters::style::RGBColor;

/// Text and axes.
pub(super) const INK: RGBColor = RGBColor(0x22, 0x2b, 0x35);
/// Secondary text.
pub(super) const FAINT: RGBColor = RGBColor(0x5b, 0x67, 0x75);
/// Grid lines and frames.
pub(super) const GRID: RGBColor = RGBColor(0xdf, 0xe3, 0xe8);
/// Figures of a measurement.
pub(super) const FIGURE: RGBColor = RGBColor(0x3f, 0x6c, 0x9b);
/// A band of allowed values.
pub(super) const BAND: RGBColor = RGBColor(0xe3, 0xef, 0xe8);
/// A figure outside its band.
pub(super) const OUTSIDE: RGBColor = RGBColor(0xb0, 0x3a, 0x2e);

/// The fill of a verdict, and the colour of text on it.
pub(super) const fn verdict(verdict: Verdict) -> (RGBColor, RGBColor) {
    const WHITE: RGBColor = RGBColor(0xff, 0xff, 0xff);
    match verdict {
        Verdict::Pass => (RGBColor(0x4c, 0x8f, 0x6b), WHITE),
        Verdict::Fail => (RGBColor(0xb0, 0x3a, 0x2e), WHITE),
        Verdict::Error => (RGBColor(0x6a, 0x4c, 0x93), WHITE),
        Verdict::Inconclusive => (RGBColor(0xd9, 0x9a, 0x2b), INK),
        Verdict::Flaky => (RGBColor(0xe8, 0xc9, 0x6b), INK),
        Verdict::ExpectedFail => (RGBColor(0x9a, 0xa5, 0xb1), INK),
        Verdict::NotApplicable => (RGBColor(0xd7, 0xdc, 0xe2), INK),
    }
}
