//! `dtk list`: the tests, with what they prove and whether this lab can run them.

use crate::cli::ListArgs;
use crate::select::select;
use crate::suite::{Document, TestSpec, reserve};
use crate::{console, exit, loading};
use serde_json::json;

/// Lists the selected tests.
#[must_use]
pub fn run(args: &ListArgs) -> u8 {
    if args.coverage {
        return coverage(args);
    }
    let lab = match loading::lab_file(&args.lab) {
        Ok(lab) => lab,
        Err(code) => return code,
    };
    let kit = match loading::kit(&args.lab) {
        Ok(kit) => kit,
        Err(code) => return code,
    };
    let (mut selected, faults) = loading::tests(&kit);
    loading::tell_faults(&kit, &faults);
    select(&mut selected, &args.filters);
    for test in &selected {
        let reason = reserve(&lab.plan, &test.document.needs, true).err();
        console::result(&if args.lab.json {
            as_json(test, reason.as_deref())
        } else {
            as_text(test, reason.as_deref())
        });
    }
    console::talk(&format!("{} tests", selected.len()));
    if !faults.is_empty() {
        exit::BAD_USAGE
    } else if selected.is_empty() {
        exit::NOTHING_SELECTED
    } else {
        exit::PASSED
    }
}

/// Lists the requirements; the kit alone decides, no lab is read.
fn coverage(args: &ListArgs) -> u8 {
    let kit = match loading::kit(&args.lab) {
        Ok(kit) => kit,
        Err(code) => return code,
    };
    let (tests, faults) = loading::tests(&kit);
    loading::tell_faults(&kit, &faults);
    let code = super::coverage::show(&tests, &args.filters, args.lab.json);
    if faults.is_empty() { code } else { exit::BAD_USAGE }
}

fn needs(test: &TestSpec) -> Vec<String> {
    test.document.needs.iter().map(ToString::to_string).collect()
}

/// The clauses whose opposite the test shows to be refused, marked as such.
fn refuses(document: &Document) -> String {
    document.refuses.iter().map(|clause| format!("not:{clause}")).collect::<Vec<_>>().join(" ")
}

fn as_text(test: &TestSpec, reason: Option<&str>) -> String {
    let document = &test.document;
    let marks =
        [document.cases.join(" "), document.clauses.join(" "), refuses(document), needs(test).join(" ")]
            .join("  ");
    let able = reason.map(|reason| format!("\n    not applicable here: {reason}")).unwrap_or_default();
    format!("{}\n    {}\n    {marks}{able}", test.id, document.title)
}

fn as_json(test: &TestSpec, reason: Option<&str>) -> String {
    json!({
        "id": test.id,
        "suite": test.suite,
        "title": test.document.title,
        "cases": test.document.cases,
        "clauses": test.document.clauses,
        "refuses": test.document.refuses,
        "needs": needs(test),
        "tags": test.document.tags,
        "applicable": reason.is_none(),
        "reason": reason,
    })
    .to_string()
}
