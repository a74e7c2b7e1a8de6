//! Exit codes: by class, never a count.

use reports::run::Verdict;

/// Every selected test passed, was not applicable, or failed as expected.
pub const PASSED: u8 = 0;
/// At least one test failed or was inconclusive: look at the device and the network.
pub const TESTS_FAILED: u8 = 1;
/// A script or the lab broke: nothing is said about the device.
pub const BROKEN: u8 = 2;
/// The command line, the lab file or a suite cannot be used.
pub const BAD_USAGE: u8 = 3;
/// No test was selected.
pub const NOTHING_SELECTED: u8 = 4;
/// The run was interrupted; reports of what had finished were written.
pub const INTERRUPTED: u8 = 5;

/// The exit code of a run whose worst verdict is `worst`; `flaky_fails` lets a flaky test fail the run.
#[must_use]
pub const fn of(worst: Option<Verdict>, flaky_fails: bool) -> u8 {
    match worst {
        Some(Verdict::Flaky) if flaky_fails => TESTS_FAILED,
        None | Some(Verdict::NotApplicable | Verdict::Pass | Verdict::ExpectedFail | Verdict::Flaky) => {
            PASSED
        }
        Some(Verdict::Inconclusive | Verdict::Fail) => TESTS_FAILED,
        Some(Verdict::Error) => BROKEN,
    }
}
