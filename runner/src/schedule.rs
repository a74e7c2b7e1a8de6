//! Tests over threads: each thread has an engine of its own, each test a lab of its own, and nothing is shared.

use crate::execute::{Bed, blank, finding, run_test};
use crate::known::{judge_known, told};
use crate::suite::{SuiteSource, TestSpec, compile, engine, reserve};
use reports::run::{TestRun, Verdict};
use rhai::{AST, Engine};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many live tests run at once: they wait far more than they work.
const LIVE_THREADS: usize = 64;

/// Runs `tests` and hands each finished one to `done`, in any order; the result is in the order of `tests`.
///
/// Tests that were interrupted are left out.
pub fn run_all(bed: &Bed<'_>, tests: &[TestSpec], done: impl Fn(&TestRun) + Sync) -> Vec<TestRun> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if bed.live { LIVE_THREADS } else { cores }.min(tests.len()).max(1);
    let next = AtomicUsize::new(0);
    let finished: Mutex<BTreeMap<usize, TestRun>> = Mutex::new(BTreeMap::new());
    let hardware: Vec<Mutex<()>> = bed.plan.devices.iter().map(|_| Mutex::new(())).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut bench = Workbench::new(bed, &hardware);
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(test) = tests.get(index) else { return };
                    if bed.stop.load(Ordering::Relaxed) {
                        return;
                    }
                    // One broken test must not take the others' results with it.
                    let run = catch_unwind(AssertUnwindSafe(|| bench.run(test))).unwrap_or_else(|_| {
                        bench = Workbench::new(bed, &hardware);
                        let message =
                            "dtk itself broke in this test; what it said is above, on standard error";
                        Some(blank(bed, test, Verdict::Error, finding(message, "lab")))
                    });
                    if let Some(run) = run {
                        done(&run);
                        if let Ok(mut finished) = finished.lock() {
                            finished.insert(index, run);
                        }
                    }
                }
            });
        }
    });
    finished.into_inner().unwrap_or_default().into_values().collect()
}

/// One thread's engine with the suites that it has compiled.
struct Workbench<'a> {
    bed: &'a Bed<'a>,
    /// One lock for each device of the lab file: hardware serves one test at a time.
    hardware: &'a [Mutex<()>],
    engine: Engine,
    compiled: BTreeMap<String, AST>,
}

impl<'a> Workbench<'a> {
    fn new(bed: &'a Bed<'a>, hardware: &'a [Mutex<()>]) -> Self {
        let engine = engine(bed.kit.library.clone(), bed.stop.clone());
        Self { bed, hardware, engine, compiled: BTreeMap::new() }
    }

    fn run(&mut self, test: &TestSpec) -> Option<TestRun> {
        let reservation = match reserve(self.bed.plan, &test.document.needs, self.bed.live) {
            Ok(reservation) => reservation,
            Err(reason) => return Some(blank(self.bed, test, Verdict::NotApplicable, finding(&reason, ""))),
        };
        let suite: &SuiteSource = self.bed.kit.suites.iter().find(|suite| suite.name == test.suite)?;
        if !self.compiled.contains_key(&suite.name) {
            match compile(&self.engine, suite) {
                Ok(ast) => drop(self.compiled.insert(suite.name.clone(), ast)),
                Err(fault) => {
                    return Some(blank(self.bed, test, Verdict::Error, finding(&fault.message, "script")));
                }
            }
        }
        let ast = self.compiled.get(&suite.name)?;
        // In the order of the lab file, so that two tests never wait for each other.
        let mut devices: Vec<usize> = reservation.hardware(self.bed.plan).collect();
        devices.sort_unstable();
        let _held: Vec<MutexGuard<'_, ()>> = devices
            .iter()
            .filter_map(|index| self.hardware.get(*index))
            .map(|lock| lock.lock().unwrap_or_else(PoisonError::into_inner))
            .collect();
        let attempt = || run_test(self.bed, &self.engine, ast, suite, test, &reservation);
        let run = retried(attempt()?, self.bed.retries, attempt)?;
        Some(match &test.document.known_failure {
            Some(known) => judge_known(run, known, self.bed.today),
            None => run,
        })
    }
}

/// The first attempt, or, where it failed and a later one passed, that one as flaky with the first one's finding.
fn retried(first: TestRun, retries: u32, mut attempt: impl FnMut() -> Option<TestRun>) -> Option<TestRun> {
    for _ in 0..retries {
        if !matches!(first.verdict, Verdict::Fail | Verdict::Inconclusive) {
            break;
        }
        let again = attempt()?;
        if again.verdict == Verdict::Pass {
            let finding = first.finding;
            return Some(told(
                TestRun { finding, ..again },
                Verdict::Flaky,
                "passed when tried again; at first: ",
            ));
        }
    }
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(verdict: Verdict) -> TestRun {
        TestRun {
            id: String::new(),
            suite: String::new(),
            suite_title: String::new(),
            family: String::new(),
            title: String::new(),
            cases: Vec::new(),
            clauses: Vec::new(),
            needs: Vec::new(),
            verdict,
            finding: finding("the modem did not register", "device"),
            lab_time_micros: 0,
            repeat: String::new(),
            events: Vec::new(),
            frames: Vec::new(),
            lora_keys: Vec::new(),
        }
    }

    #[test]
    fn a_test_that_passes_when_tried_again_is_flaky_and_tells_what_failed() {
        let mut later = vec![run(Verdict::Pass), run(Verdict::Fail)];
        let ended = retried(run(Verdict::Fail), 3, || later.pop()).unwrap();
        assert_eq!(ended.verdict, Verdict::Flaky);
        assert!(ended.finding.unwrap().message.ends_with("at first: the modem did not register"));
    }

    #[test]
    fn a_test_that_passes_or_breaks_is_not_tried_again() {
        for verdict in [Verdict::Pass, Verdict::Error] {
            assert_eq!(retried(run(verdict), 3, || panic!("tried again")).unwrap().verdict, verdict);
        }
        assert_eq!(retried(run(Verdict::Fail), 0, || panic!("tried again")).unwrap().verdict, Verdict::Fail);
    }
}
