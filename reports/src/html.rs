//! `report.html`: one page that a customer can read and a helpdesk can act on.
//!
//! Self-contained: style sheet and pictures are inside, there is no script and nothing is fetched. Everything that a device
//! or a script said is escaped by the template; only our own pictures go in as they are. Dates are the run's own, never
//! the wall clock's.

mod timeline;
mod view;

use crate::chart::Chart;
use crate::run::Run;
use askama::Template;

/// Events that the page shows for one test; the rest is in `events.jsonl`.
pub const EVENTS_SHOWN: usize = 400;

/// The page. `charts` are the pictures of the same run.
///
/// # Errors
/// What the template engine said; writing into a string does not fail by itself.
pub fn render(run: &Run, charts: &[Chart]) -> Result<String, askama::Error> {
    view::page(run, charts).render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart;
    use crate::run::{Event, Verdict, What};
    use crate::sample::{test_with, varied};

    fn html(run: &Run) -> String {
        render(run, &chart::all(run).unwrap()).unwrap()
    }

    #[test]
    fn the_page_is_whole_repeatable_and_fetches_nothing() {
        let page = html(&varied());
        assert_eq!(page, html(&varied()));
        assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
        for outside in ["<script", "<link", "src=", "@import", "url(", "https:"] {
            assert!(!page.contains(outside), "{outside}");
        }
        let pictures = page.matches("http:").count();
        assert_eq!(pictures, 7, "only the name space of each picture");
    }

    #[test]
    fn every_test_has_its_row_and_every_bad_verdict_its_block() {
        let run = varied();
        let page = html(&run);
        for test in &run.tests {
            assert!(page.contains(&test.id), "{}", test.id);
            if test.verdict == Verdict::Fail {
                assert!(page.contains(&test.repeat), "{}", test.repeat);
            }
        }
        for words in
            ["the network let the call through", "refused with cause 21", "suites/cellular", "AT+COPS?"]
        {
            assert!(page.contains(words), "{words}");
        }
        for identity in ["867997030000019", "0004a30b001a2b3c"] {
            assert!(page.contains(identity), "{identity}");
        }
    }

    #[test]
    fn what_a_device_says_stays_text() {
        let mut run = varied();
        let mut test = test_with(Verdict::Fail, "<script>alert(1)</script>\x1b\0");
        test.events = vec![Event { at: 1, what: What::Step { text: "<b>&\"'".to_owned() } }];
        test.id = "a::<i>".to_owned();
        run.tests = vec![test];
        let page = html(&run);
        assert!(!page.contains("<script") && !page.contains("<b>&") && !page.contains("a::<i>"));
        assert!(page.chars().all(|c| c == '\n' || !c.is_control()));
    }

    #[test]
    fn a_long_timeline_is_cut_and_says_where_the_rest_is() {
        let mut run = varied();
        let events = (0..EVENTS_SHOWN as u64 + 3)
            .map(|at| Event { at, what: What::Step { text: format!("step-{at}-") } });
        run.tests = vec![test_with(Verdict::Pass, "")];
        run.tests[0].events = events.collect();
        let page = html(&run);
        assert!(page.contains("step-399-") && !page.contains("step-400-"));
        assert!(page.contains("3 more events are in events.jsonl"), "{page}");
    }

    #[test]
    fn a_run_without_tests_says_so() {
        let mut run = varied();
        run.tests.clear();
        run.interrupted = true;
        let page = html(&run);
        assert!(page.contains("No test was run"));
        assert!(page.contains("stopped before its end"));
    }
}
