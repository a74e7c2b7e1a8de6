//! `dtk check`: the lab file and all suites, without running anything.

use crate::cli::LabArgs;
use crate::{console, exit, loading};

/// Checks everything and tells everything that is wrong.
#[must_use]
pub fn run(args: &LabArgs) -> u8 {
    let lab = loading::lab_file(args);
    let kit = match loading::kit(args) {
        Ok(kit) => kit,
        Err(code) => return code,
    };
    let (tests, faults) = loading::tests(&kit);
    loading::tell_faults(&kit, &faults);
    for suite in &kit.suites {
        let count = tests.iter().filter(|test| test.suite == suite.name).count();
        let wrong = faults.iter().filter(|fault| fault.path == suite.path).count();
        let state = if wrong == 0 { format!("ok, {count} tests") } else { format!("{wrong} errors") };
        console::result(&format!("{:<40} {state}", suite.path));
    }
    match &lab {
        Ok(lab) => console::result(&format!("{:<40} ok, {} devices", lab.path, lab.plan.devices.len())),
        Err(_) => console::result(&format!("{:<40} has errors", args.lab.display())),
    }
    if lab.is_ok() && faults.is_empty() { exit::PASSED } else { exit::BAD_USAGE }
}
