//! One test in a lab of its own.

use crate::command::forwarding;
use crate::context::Context;
use crate::judge::{judge, weigh_lines};
use crate::suite::{Kit, Reservation, SuiteSource, TestSpec};
use crate::vocabulary::lab::LabHandle;
use crate::{capture, measure, record};
use lab::plan::Plan;
use lab::{Lab, Style, visits};
use reports::run::{Finding, TestRun, Verdict};
use rhai::{AST, Array, CallFnOptions, Dynamic, Engine, EvalAltResult, Scope};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use wire::seed::Seed;
use wire::time::Calendar;

/// What all tests of a run share.
#[derive(Debug)]
pub struct Bed<'a> {
    /// The kit.
    pub kit: &'a Kit,
    /// The lab file.
    pub plan: &'a Plan,
    /// The run's seed.
    pub seed: Seed,
    /// Whether the clock is real.
    pub live: bool,
    /// The date of lab time zero.
    pub calendar: Calendar,
    /// The day on which known failures are judged.
    pub today: jiff::civil::Date,
    /// Whether the captures tell what is in LoRaWAN frames.
    pub decrypted: bool,
    /// How often a test that fails is tried again.
    pub retries: u32,
    /// The command line options that repeat a test in the same lab.
    pub repeat_options: String,
    /// Becomes true when somebody stops the run.
    pub stop: Arc<AtomicBool>,
}

/// Runs one test; `None` when the run was interrupted before it ended.
#[must_use]
pub fn run_test(
    bed: &Bed<'_>,
    engine: &Engine,
    ast: &AST,
    suite: &SuiteSource,
    test: &TestSpec,
    reservation: &Reservation,
) -> Option<TestRun> {
    let plan = bed.plan.with_devices(&reservation.0);
    let (visitors, visits) = visits();
    let style = if bed.live { Style::Driven(visits) } else { Style::Virtual };
    // Every test draws from a stream of its own: adding a test does not change the others.
    let mut lab = match Lab::build(&plan, bed.seed.child(&test.id), bed.calendar, style) {
        Ok(lab) => lab,
        Err(error) => return Some(blank(bed, test, Verdict::Error, finding(&error.to_string(), "lab"))),
    };
    lab.stop_on(bed.stop.clone());
    if bed.decrypted {
        lab.bench_mut().open_lora_frames();
    }
    if let Err(error) = forwarding::open(&mut lab, &plan, &visitors) {
        return Some(blank(bed, test, Verdict::Error, finding(&error, "lab")));
    }
    let context = Context::new(lab, test.document.timeout);
    let result = call(engine, ast, test, &context);
    let judgement = judge(&result, suite, bed.kit.files());
    if judgement.interrupted {
        return None;
    }
    let mut lab = context.lab();
    let judgement = weigh_lines(judgement, lab.bench());
    let figures = measure::measure(lab.bench());
    for figure in figures {
        lab.bench_mut().record(figure.at, figure.what);
    }
    let finding = judgement.finding.map(|finding| Finding {
        // Where an error has no place of its own, the test's first line is the best there is.
        place: finding.place.or_else(|| Some(suite.place(test.line, 1))),
        exchange: record::exchange(lab.bench()),
        notes: record::notes(lab.bench()),
        ..finding
    });
    Some(TestRun {
        lab_time_micros: lab.now().as_micros(),
        events: record::events(lab.bench()),
        frames: capture::of_test(lab.bench_mut(), &test.id),
        lora_keys: lab.bench().capture.lora_keys(),
        ..blank(bed, test, judgement.verdict, finding)
    })
}

/// A test that did not run, or has yet to get its events.
#[must_use]
pub fn blank(bed: &Bed<'_>, test: &TestSpec, verdict: Verdict, finding: Option<Finding>) -> TestRun {
    TestRun {
        id: test.id.clone(),
        suite: test.suite.clone(),
        suite_title: test.suite_title.clone(),
        family: test.suite.replace(['/', '_'], " "),
        title: test.document.title.clone(),
        cases: test.document.cases.clone(),
        clauses: test.document.clauses().cloned().collect(),
        needs: test.document.needs.iter().map(ToString::to_string).collect(),
        verdict,
        finding,
        lab_time_micros: 0,
        repeat: format!("dtk run {}{}", quoted(&test.id), bed.repeat_options),
        events: Vec::new(),
        frames: Vec::new(),
        lora_keys: Vec::new(),
    }
}

/// A word as a shell takes it whole.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// A finding that is one sentence.
#[must_use]
pub fn finding(message: &str, blame: &str) -> Option<Finding> {
    Some(Finding {
        message: message.to_owned(),
        expected: None,
        seen: None,
        blame: blame.to_owned(),
        place: None,
        exchange: Vec::new(),
        notes: Vec::new(),
    })
}

fn call(
    engine: &Engine,
    ast: &AST,
    test: &TestSpec,
    context: &Rc<Context>,
) -> Result<(), Box<EvalAltResult>> {
    let lab = LabHandle(context.clone());
    let options = || CallFnOptions::new().with_tag(context.clone());
    let mut scope = Scope::new();
    let Some(row) = test.row else {
        return engine
            .call_fn_with_options::<Dynamic>(options(), &mut scope, ast, &test.function, (lab,))
            .map(drop);
    };
    let rows_of = test.function.replacen("test_", "rows_", 1);
    let rows: Array = engine.call_fn(&mut Scope::new(), ast, &rows_of, ())?;
    let row = rows.get(row).cloned().unwrap_or(Dynamic::UNIT);
    engine.call_fn_with_options::<Dynamic>(options(), &mut scope, ast, &test.function, (lab, row)).map(drop)
}
