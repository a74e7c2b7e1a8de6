//! Verdicts by family: one horizontal bar for each family, stacked by verdict.

use super::canvas::{self, ChartError, Surface, Text, px};
use super::palette;
use crate::clean;
use crate::run::{Run, Verdict};
use crate::summary::{self, Counts, Group};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

const WIDTH: u32 = 900;
const LABEL: &str = "Verdicts by family";
/// Where the bars begin and end, and where the legend and the first row are, pixels.
const LEFT: i32 = 190;
const RIGHT: i32 = 560;
/// Where the words that give a bar's parts begin, pixels.
const WORDS: i32 = 576;
const TOP: i32 = 44;
const ROW: i32 = 28;
const BAR: i32 = 18;

pub(super) fn draw(run: &Run) -> Result<String, ChartError> {
    let families = summary::families(run);
    let rows = i32::try_from(families.len()).unwrap_or(0);
    if rows == 0 {
        return canvas::no_data((WIDTH, 160), LABEL, "no test was run");
    }
    let bottom = TOP + rows * ROW;
    let most = families.iter().map(|family| family.counts().total()).max().unwrap_or(1);
    let scale = Scale { step: step(most), most };
    canvas::svg((WIDTH, (bottom + 44).unsigned_abs()), LABEL, |surface| {
        legend(surface, &summary::counts(&run.tests))?;
        axis(surface, &scale, bottom)?;
        for (row, family) in (0..).zip(&families) {
            bar(surface, &scale, family, TOP + row * ROW)?;
        }
        Ok(())
    })
}

struct Scale {
    step: u64,
    most: u64,
}

impl Scale {
    /// Drawing units from the left for a number of tests.
    fn x(&self, tests: u64) -> i32 {
        let end = self.most.div_ceil(self.step) * self.step;
        let width = u64::from(px(RIGHT - LEFT).unsigned_abs());
        px(LEFT) + i32::try_from(width * tests / end.max(1)).unwrap_or(0)
    }
}

fn step(most: u64) -> u64 {
    super::figures::round_step(most as f64 / 6.0).max(1.0) as u64
}

fn legend(surface: &Surface<'_>, all: &Counts) -> Result<(), ChartError> {
    let words = Text { side: HPos::Left, ..Text::default() };
    let mut x = px(LEFT);
    for (verdict, _) in all.iter().filter(|(_, count)| *count > 0) {
        surface.draw(&Rectangle::new(
            [(x, px(10)), (x + px(12), px(22))],
            palette::verdict(verdict).0.filled(),
        ))?;
        words.at(surface, verdict.words(), (x + px(17), px(16)))?;
        x += px(17) + words.width(verdict.words()) + px(16);
    }
    Ok(())
}

fn axis(surface: &Surface<'_>, scale: &Scale, bottom: i32) -> Result<(), ChartError> {
    let figures = Text { size: 11, colour: palette::FAINT, ..Text::default() };
    let mut tests = 0;
    loop {
        let x = scale.x(tests);
        surface.draw(&PathElement::new(
            vec![(x, px(TOP - 4)), (x, px(bottom))],
            palette::GRID.stroke_width(4),
        ))?;
        figures.at(surface, &tests.to_string(), (x, px(bottom + 10)))?;
        if tests >= scale.most {
            break;
        }
        tests += scale.step;
    }
    Text { size: 12, ..Text::default() }.at(
        surface,
        "number of tests",
        (px((LEFT + RIGHT) / 2), px(bottom + 30)),
    )
}

fn bar(surface: &Surface<'_>, scale: &Scale, family: &Group<'_>, y: i32) -> Result<(), ChartError> {
    let middle = px(y + BAR / 2);
    let name = Text { size: 12, side: HPos::Right, ..Text::default() };
    name.at(surface, &shortened(&clean::line(family.name)), (px(LEFT - 8), middle))?;
    let counts = family.counts();
    let mut before = 0;
    for (verdict, count) in counts.iter().filter(|(_, count)| *count > 0) {
        let (from, to) = (scale.x(before), scale.x(before + count));
        before += count;
        let (fill, ink) = palette::verdict(verdict);
        surface.draw(&Rectangle::new([(from, px(y)), (to, px(y + BAR))], fill.filled()))?;
        // A white line keeps neighbours apart where their greys are close.
        surface.draw(&PathElement::new(vec![(to, px(y)), (to, px(y + BAR))], WHITE.stroke_width(4)))?;
        let figure = Text { size: 11, bold: true, colour: ink, side: HPos::Center };
        if to - from > figure.width(&count.to_string()) + px(4) {
            figure.at(surface, &count.to_string(), ((from + to) / 2, middle))?;
        }
    }
    let words = Text { size: 11, colour: palette::FAINT, side: HPos::Left, ..Text::default() };
    words.at(surface, &in_short(&counts), (px(WORDS), middle))
}

/// The counts in words; a family that only passes says so.
fn in_short(counts: &Counts) -> String {
    if counts.of(Verdict::Pass) == counts.total() { "all pass".to_owned() } else { counts.words() }
}

fn shortened(name: &str) -> String {
    const LONGEST: usize = 26;
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let head: String = name.chars().take(LONGEST - 1).collect();
    format!("{head}…")
}
