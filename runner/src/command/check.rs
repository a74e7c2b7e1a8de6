//! `dtk check`: the lab file and all suites, without running anything.

use crate::cli::LabArgs;
use crate::{console, exit, loading};
use serde_json::json;

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
    let well = lab.is_ok() && faults.is_empty();
    let suites: Vec<(&str, usize, usize)> = kit
        .suites
        .iter()
        .map(|suite| {
            let count = tests.iter().filter(|test| test.suite == suite.name).count();
            let wrong = faults.iter().filter(|fault| fault.path == suite.path).count();
            (suite.path.as_str(), count, wrong)
        })
        .collect();
    if args.json {
        let suites: Vec<_> = suites
            .iter()
            .map(|(path, count, wrong)| json!({ "path": path, "tests": count, "errors": wrong }))
            .collect();
        console::result(&json!({ "ok": well, "lab": lab.is_ok(), "suites": suites }).to_string());
    } else {
        for (path, count, wrong) in suites {
            let state = if wrong == 0 { format!("ok, {count} tests") } else { format!("{wrong} errors") };
            console::result(&format!("{path:<40} {state}"));
        }
        match &lab {
            Ok(lab) => console::result(&format!("{:<40} ok, {} devices", lab.path, lab.plan.devices.len())),
            Err(_) => console::result(&format!("{:<40} has errors", args.lab.display())),
        }
    }
    if well { exit::PASSED } else { exit::BAD_USAGE }
}
