//! Errors in files, shown with file, line, column and the line itself.

use crate::suite::{SuiteFault, SuiteSource};
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use lab::plan::PlanError;
use std::ops::Range;

/// Shows what is wrong with a lab file.
#[must_use]
pub fn plan_error(path: &str, source: &str, error: &PlanError) -> String {
    show(path, source, error.span(), error.message(), error.help())
}

/// Shows what is unwise in a lab file and works all the same.
#[must_use]
pub fn plan_warning(path: &str, source: &str, warning: &PlanError) -> String {
    draw(Level::WARNING, path, source, warning.span(), warning.message(), warning.help())
}

/// Shows what is wrong with a suite file.
#[must_use]
pub fn suite_fault(fault: &SuiteFault, source: Option<&SuiteSource>) -> String {
    let Some(source) = source.filter(|_| fault.line > 0) else {
        return format!("error: {}: {}", fault.path, fault.message);
    };
    show(&fault.path, &source.text, span(&source.text, fault.line, fault.column), &fault.message, None)
}

fn show(path: &str, source: &str, span: Range<usize>, message: &str, help: Option<&str>) -> String {
    draw(Level::ERROR, path, source, span, message, help)
}

fn draw(
    level: Level<'_>,
    path: &str,
    source: &str,
    span: Range<usize>,
    message: &str,
    help: Option<&str>,
) -> String {
    let snippet = Snippet::source(source).path(path).annotation(AnnotationKind::Primary.span(span));
    let mut group = level.primary_title(message).element(snippet);
    if let Some(help) = help {
        group = group.element(Level::HELP.message(help));
    }
    let renderer = if crate::console::colours() { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// The bytes of a place that is given in lines and characters; a column of 0 means the whole line.
fn span(source: &str, line: usize, column: usize) -> Range<usize> {
    let start: usize = source.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let text = source.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
    if column == 0 {
        return start..start + text.len();
    }
    let offset = text.char_indices().nth(column - 1).map_or(text.len(), |(offset, _)| offset);
    let width = text.get(offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    start + offset..start + offset + width
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_counts_characters_and_a_span_counts_bytes() {
        let source = "é = 1\nlet é = 2;\n";
        assert_eq!(source.get(span(source, 2, 5)), Some("é"));
        assert_eq!(source.get(span(source, 2, 0)), Some("let é = 2;"));
        assert_eq!(span(source, 9, 1), source.len()..source.len());
    }
}
