//! The history as a table for a terminal, newest first. Dates are UTC.

use super::{RunRow, TestRow};
use crate::clean;
use crate::run::Verdict;

/// Runs, one to a line; a line that says so when there is none. Verdicts that no run has get no column.
#[must_use]
pub fn history_table(rows: &[RunRow]) -> String {
    if rows.is_empty() {
        return "the store has no run\n".to_owned();
    }
    let seen =
        |verdict: &Verdict| *verdict == Verdict::Pass || rows.iter().any(|row| row.counts.of(*verdict) > 0);
    let verdicts: Vec<Verdict> = Verdict::ALL.into_iter().filter(seen).collect();
    let mut head =
        vec![right("run"), left("finished (UTC)"), left("lab"), right("seed"), left("mode"), left("version")];
    head.push(right("tests"));
    head.extend(verdicts.iter().map(|verdict| right(verdict.words())));
    head.extend([right("lab time"), right("wall time")]);
    let lines = rows.iter().map(|row| {
        let mut cells = vec![
            row.id.to_string(),
            date(row.finished_at),
            clean::line(&row.lab).into_owned(),
            row.seed.to_string(),
            row.mode.to_string(),
            clean::line(&row.version).into_owned(),
            row.counts.total().to_string(),
        ];
        cells.extend(verdicts.iter().map(|verdict| count(row.counts.of(*verdict))));
        cells.extend([seconds(row.lab_time_micros), seconds(row.wall_micros)]);
        if row.interrupted {
            cells.push("interrupted".to_owned());
        }
        cells
    });
    table(&head, lines.collect())
}

/// Results of one test, one to a line; a line that says so when there is none.
#[must_use]
pub fn test_history_table(rows: &[TestRow]) -> String {
    if rows.is_empty() {
        return "the store has no result of this test\n".to_owned();
    }
    let head = [
        right("run"),
        left("finished (UTC)"),
        left("lab"),
        right("seed"),
        left("mode"),
        left("version"),
        left("verdict"),
        right("lab time"),
        left("why"),
    ];
    let lines = rows.iter().map(|row| {
        vec![
            row.run_id.to_string(),
            date(row.finished_at),
            clean::line(&row.lab).into_owned(),
            row.seed.to_string(),
            row.mode.to_string(),
            clean::line(&row.version).into_owned(),
            row.verdict.to_string(),
            seconds(row.lab_time_micros),
            clean::attribute(row.message.as_deref().unwrap_or("")),
        ]
    });
    table(&head, lines.collect())
}

#[derive(Clone, Copy)]
struct Column {
    title: &'static str,
    right: bool,
}

const fn right(title: &'static str) -> Column {
    Column { title, right: true }
}

const fn left(title: &'static str) -> Column {
    Column { title, right: false }
}

/// Cells beyond the columns follow the line as they are.
fn table(head: &[Column], lines: Vec<Vec<String>>) -> String {
    let length = |text: &str| text.chars().count();
    let width = |(index, column): (usize, &Column)| {
        let cells = lines.iter().filter_map(|line| line.get(index)).map(|cell| length(cell));
        cells.max().unwrap_or(0).max(length(column.title))
    };
    let widths: Vec<usize> = head.iter().enumerate().map(width).collect();
    let titles = head.iter().map(|column| column.title.to_owned()).collect();
    let mut out = String::new();
    for line in std::iter::once(titles).chain(lines.iter().cloned()) {
        let aligned =
            line.iter().enumerate().map(|(index, cell)| match (head.get(index), widths.get(index)) {
                (Some(Column { right: true, .. }), Some(width)) => format!("{cell:>width$}"),
                (Some(Column { right: false, .. }), Some(width)) => format!("{cell:<width$}"),
                (None, _) | (_, None) => cell.clone(),
            });
        let text: Vec<String> = aligned.collect();
        out.push_str(text.join("  ").trim_end());
        out.push('\n');
    }
    out
}

fn date(instant: jiff::Timestamp) -> String {
    instant.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn seconds(micros: u64) -> String {
    format!("{}.{:03} s", micros / 1_000_000, micros / 1_000 % 1_000)
}

/// A dot lets the eye find the figures that are not zero.
fn count(count: u64) -> String {
    if count == 0 { "·".to_owned() } else { count.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Mode;
    use crate::summary::Counts;

    #[test]
    fn runs_line_up_and_absent_verdicts_have_no_column() {
        let mut counts = Counts::default();
        counts.add(Verdict::Pass, 27);
        counts.add(Verdict::Fail, 2);
        let row = |id, interrupted| RunRow {
            id,
            finished_at: "2026-11-20T10:11:12Z".parse().unwrap(),
            wall_micros: 1_234_567,
            lab_time_micros: 4_000_000_000,
            lab: "demo".to_owned(),
            seed: 7,
            mode: Mode::Virtual,
            version: "0.1.0".to_owned(),
            interrupted,
            counts,
        };
        let want = "\
run  finished (UTC)       lab   seed  mode     version  tests  pass  fail    lab time  wall time
 12  2026-11-20 10:11:12  demo     7  virtual  0.1.0       29    27     2  4000.000 s    1.234 s
  9  2026-11-20 10:11:12  demo     7  virtual  0.1.0       29    27     2  4000.000 s    1.234 s  interrupted
";
        assert_eq!(history_table(&[row(12, false), row(9, true)]), want);
        assert_eq!(history_table(&[]), "the store has no run\n");
    }
}
