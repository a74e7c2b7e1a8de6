//! What every command reads first: the lab file and the kit.

use crate::cli::LabArgs;
use crate::suite::{Kit, SuiteFault, TestSpec, discover, engine};
use crate::{console, diagnostics, exit};
use lab::plan::Plan;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use wire::seed::Seed;

/// A lab file that was read.
#[derive(Debug)]
pub struct LabFile {
    /// Its path as it was given.
    pub path: String,
    /// SHA-256 of its text, hexadecimal.
    pub hash: String,
    /// What it says.
    pub plan: Plan,
    /// The seed: the command line's, or else its own.
    pub seed: Seed,
}

/// Reads the lab file, or tells what is wrong with it and gives the exit code.
///
/// # Errors
/// The exit code.
pub fn lab_file(args: &LabArgs) -> Result<LabFile, u8> {
    let path = args.lab.display().to_string();
    let text = std::fs::read_to_string(&args.lab).map_err(|error| {
        console::talk(&format!("error: failed to read the lab file {path}: {error}; --lab names another"));
        exit::BAD_USAGE
    })?;
    let plan = Plan::parse(&text).map_err(|errors| {
        for error in errors {
            console::talk(&diagnostics::plan_error(&path, &text, &error));
        }
        exit::BAD_USAGE
    })?;
    for warning in plan.warnings(drivers::port::stable_path) {
        console::talk(&diagnostics::plan_warning(&path, &text, &warning));
    }
    lab::Lab::verify(&plan).map_err(|error| {
        console::talk(&format!("error: {path}: {error}"));
        exit::BAD_USAGE
    })?;
    let seed = Seed(args.seed.unwrap_or(plan.lab.seed));
    Ok(LabFile { path, hash: hex::encode(Sha256::digest(text.as_bytes())), plan, seed })
}

/// Reads the kit, or tells what is wrong with it and gives the exit code.
///
/// # Errors
/// The exit code.
pub fn kit(args: &LabArgs) -> Result<Kit, u8> {
    Kit::read(&args.suites).map_err(|error| {
        console::talk(&format!("error: {error}"));
        exit::BAD_USAGE
    })
}

/// Every test of the kit, and everything that is wrong with its suites.
#[must_use]
pub fn tests(kit: &Kit) -> (Vec<TestSpec>, Vec<SuiteFault>) {
    let engine = engine(kit.library.clone(), Arc::new(AtomicBool::new(false)));
    let (mut tests, mut faults) = (Vec::new(), Vec::new());
    let mut stems: BTreeMap<&str, &str> = BTreeMap::new();
    for suite in &kit.suites {
        match discover(&engine, suite) {
            Ok(found) => tests.extend(found),
            Err(found) => faults.extend(found),
        }
        // Identifiers begin with the stem; two suites of one stem could not be told apart by a filter.
        if let Some(other) = stems.insert(suite.stem(), &suite.path) {
            let message = format!("{other} has the same name; rename one of them");
            faults.push(SuiteFault { path: suite.path.clone(), line: 0, column: 0, message });
        }
    }
    for (name, source) in &kit.library {
        if let Err(fault) = crate::suite::compile(&engine, source) {
            faults.push(SuiteFault { message: format!("{name}: {}", fault.message), ..fault });
        }
    }
    (tests, faults)
}

/// Tells what is wrong with suites.
pub fn tell_faults(kit: &Kit, faults: &[SuiteFault]) {
    for fault in faults {
        let source = kit.files().find(|file| file.path == fault.path);
        console::talk(&diagnostics::suite_fault(fault, source));
    }
}
