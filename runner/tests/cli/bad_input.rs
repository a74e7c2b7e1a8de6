//! Whatever is wrong with what the program is given, it says what, where and what to do, and ends with the right code.

use crate::program::{Out, dtk, root};
use runner::exit;

/// The default lab with one line changed.
fn changed_lab(from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    assert!(text.contains(from), "lab.toml has no {from}");
    text.replacen(from, to, 1)
}

/// A lab file at fault.
struct Row {
    name: &'static str,
    from: &'static str,
    to: &'static str,
    says: &'static [&'static str],
}

const ROWS: &[Row] = &[
    Row {
        name: "an unknown key",
        from: "service_centre = ",
        to: "service_center = ",
        says: &["unknown key `service_center`", "did you mean `service_centre`?", "lab.toml:12:1"],
    },
    Row {
        name: "an IMSI that is a number",
        from: "imsi = \"208010000000001\"",
        to: "imsi = 208010000000001",
        says: &[
            "208010000000001 is a number here",
            "must be written in quotes: \"208010000000001\"",
            "imsi = 208010000000001",
        ],
    },
    Row {
        name: "a secret that is a number",
        from: "puk1 = \"12345678\"",
        to: "puk1 = 12345678",
        says: &["a secret must be written in quotes"],
    },
    Row {
        name: "an IMSI that is too short",
        from: "imsi = \"208010000000001\"",
        to: "imsi = \"20801\"",
        says: &["\"20801\"", "lab.toml:"],
    },
    Row {
        name: "a card that nobody has",
        from: "sim = \"sim-b\"",
        to: "sim = \"sim-d\"",
        says: &["there is no [[sim]] called \"sim-d\"", "did you mean \"sim-a\"?"],
    },
    Row {
        name: "a kind of device that does not exist",
        from: "kind = \"lora-node\"",
        to: "kind = \"lora-mode\"",
        says: &["\"lora-mode\" is not a kind of device", "did you mean \"lora-node\"?"],
    },
    Row { name: "no TOML at all", from: "[lab]", to: "[lab", says: &["lab.toml:4:"] },
];

#[test]
fn a_lab_file_at_fault_is_shown_with_its_place_and_what_to_do() {
    for row in ROWS {
        let out = Out::new();
        let lab = out.file("lab.toml", &changed_lab(row.from, row.to));
        for action in ["run", "list", "check", "serve"] {
            let ended = out.dtk(&[action, "--lab", &lab]).has_code(exit::BAD_USAGE);
            for word in row.says {
                assert!(
                    ended.stderr.contains(word),
                    "{}: dtk {action}: no \"{word}\" in\n{}",
                    row.name,
                    ended.stderr
                );
            }
        }
    }
}

#[test]
fn a_secret_that_is_a_number_is_not_repeated() {
    let out = Out::new();
    let lab = out.file("lab.toml", &changed_lab("puk1 = \"12345678\"", "puk1 = 31415926"));
    let ended = out.dtk(&["check", "--lab", &lab]).has_code(exit::BAD_USAGE);
    assert!(!ended.stderr.contains("must be written in quotes: "), "{}", ended.stderr);
}

#[test]
fn a_model_or_defect_that_does_not_exist_is_named_with_those_that_do() {
    let rows = [
        ("model = \"quectel-bg95\"", "model = \"quectel-bg96\"", ["quectel-bg96", "quectel-bg95"]),
        (
            "sim = \"sim-a\"",
            "sim = \"sim-a\"\ndefects = [\"forgets\"]",
            ["\"forgets\" is not a defect", "retries-refused-apn"],
        ),
    ];
    for (from, to, says) in rows {
        let out = Out::new();
        let lab = out.file("lab.toml", &changed_lab(from, to));
        for action in ["run", "check"] {
            out.dtk(&[action, "--lab", &lab])
                .has_code(exit::BAD_USAGE)
                .complains(&says)
                .complains(&["modem-a"]);
        }
    }
}

#[test]
fn a_missing_lab_file_is_named() {
    let out = Out::new();
    for action in ["run", "list", "check", "serve"] {
        let ended = out.dtk(&[action, "--lab", "no/such/lab.toml"]).has_code(exit::BAD_USAGE);
        ended.complains(&["failed to read the lab file no/such/lab.toml", "--lab names another"]);
    }
}

#[test]
fn a_missing_kit_is_named() {
    let out = Out::new();
    let ended = out.dtk(&["run", "--suites", "no/such/kit"]).has_code(exit::BAD_USAGE);
    ended.complains(&["no/such/kit", "--suites names the folder of the kit"]);
    let empty = out.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let ended = out.dtk(&["check", "--suites", &empty.display().to_string()]).has_code(exit::BAD_USAGE);
    ended.complains(&["no suite (*.rhai) in"]);
}

const GOOD_SUITE: &str =
    "//! Good.\n\n/// It passes.\n/// @case TST-01\n/// @needs modem\nfn test_passes(lab) { }\n";

#[test]
fn a_suite_with_a_syntax_error_is_shown_and_the_others_are_still_checked() {
    let out = Out::new();
    out.file("kit/good.rhai", GOOD_SUITE);
    let bad = out.file(
        "kit/wrong.rhai",
        "//! Wrong.\n\n/// It is cut off.\n/// @case TST-02\nfn test_cut(lab) {\n    let x = ;\n}\n",
    );
    let kit = out.path().join("kit").display().to_string();
    let ended = out.dtk(&["check", "--suites", &kit]).has_code(exit::BAD_USAGE);
    let ended = ended.complains(&[&format!("{bad}:6:13"), "let x = ;", "^"]);
    let line =
        |name: &str| ended.stdout.lines().find(|line| line.contains(name)).unwrap_or_default().to_owned();
    assert!(line("good.rhai").ends_with("ok, 1 tests"), "{}", ended.stdout);
    assert!(line("wrong.rhai").ends_with("1 errors"), "{}", ended.stdout);
    assert!(line("lab.toml").contains("ok"), "{}", ended.stdout);
    let ended = out.dtk(&["run", "--suites", &kit]).has_code(exit::BAD_USAGE);
    ended.complains(&["nothing was run", "dtk check"]);
    let ended = out.dtk(&["list", "--suites", &kit]).has_code(exit::BAD_USAGE);
    ended.shows(&["good::passes"]).complains(&["wrong.rhai:6:13"]);
}

#[test]
fn a_comment_at_fault_is_shown_with_its_line_and_the_nearest_word() {
    let out = Out::new();
    let text = GOOD_SUITE.replace("@case", "@cases").replace("modem", "modm");
    let suite = out.file("kit/wrong.rhai", &text);
    let kit = out.path().join("kit").display().to_string();
    let ended = out.dtk(&["check", "--suites", &kit]).has_code(exit::BAD_USAGE);
    ended.complains(&[
        "did you mean @case?",
        "\"modm\" is not a need",
        "known needs: modem,",
        &format!("{suite}:6"),
    ]);
}

#[test]
fn a_clause_that_does_not_exist_is_shown_with_the_nearest_one() {
    let out = Out::new();
    let text = GOOD_SUITE.replace("/// @case", "/// @clause ICX-1.4.2x\n/// @case");
    assert!(text.contains("ICX-1.4.2x"));
    out.file("kit/wrong.rhai", &text);
    let kit = out.path().join("kit").display().to_string();
    let ended = out.dtk(&["check", "--suites", &kit]).has_code(exit::BAD_USAGE);
    ended.complains(&["@clause: ICX-1.4.2x is not a clause of the requirements", "did you mean ICX-1.4.2"]);
}

#[test]
fn a_suite_reaches_no_file_outside_the_library() {
    for path in ["../secret", "/etc/passwd", "lib/../../secret", "good"] {
        let out = Out::new();
        out.file("kit/good.rhai", GOOD_SUITE);
        out.file("secret.rhai", "fn told() { 1 }");
        out.file(
            "kit/nosy.rhai",
            &format!("import \"{path}\" as other;\n{}", GOOD_SUITE.replace("Good", "Nosy")),
        );
        let kit = out.path().join("kit").display().to_string();
        let ended = out.dtk(&["run", "nosy::passes", "--suites", &kit]);
        assert_ne!(ended.code, Some(0), "import \"{path}\" was granted: {}", ended.stdout);
    }
}

#[test]
fn a_filter_that_selects_nothing_has_its_own_code_and_the_nearest_test() {
    let out = Out::new();
    let ended = out.dtk(&["run", "attach::cold_atach_at_home"]).has_code(exit::NOTHING_SELECTED);
    ended.complains(&[
        "no test is selected by \"attach::cold_atach_at_home\"",
        "did you mean attach::cold_attach_at_home?",
    ]);
    let ended = out.dtk(&["run", "xyzzy"]).has_code(exit::NOTHING_SELECTED);
    ended.complains(&["no test is selected by \"xyzzy\"", "`dtk list` shows all tests"]);
    out.dtk(&["list", "xyzzy"]).has_code(exit::NOTHING_SELECTED);
}

#[test]
fn an_out_folder_that_cannot_be_made_is_told_before_anything_runs() {
    let out = Out::new();
    let file = out.file("file", "");
    let below = format!("{file}/below");
    let ended = dtk(&["run", "cold_attach_at_home", "--out", &below]).has_code(exit::BAD_USAGE);
    let ended = ended.complains(&[&below, "--out names another"]);
    assert!(ended.stdout.is_empty(), "something ran all the same: {}", ended.stdout);
}

#[test]
fn bad_usage_has_its_own_code_and_help_has_none() {
    let out = Out::new();
    for arguments in [&["run", "--sed", "7"] as &[&str], &["fly"], &["run", "--seed", "seven"]] {
        let ended = out.dtk(arguments).has_code(exit::BAD_USAGE);
        assert!(ended.stderr.contains("error:"), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stdout.is_empty(), "{arguments:?}: {}", ended.stdout);
    }
    let ended = out.dtk(&["run", "--help"]).has_code(exit::PASSED);
    assert!(ended.stderr.is_empty(), "{}", ended.stderr);
    ended.shows(&["--lab", "--seed", "--live"]);
}

#[test]
fn ctl_without_a_served_lab_says_so() {
    let out = Out::new();
    out.dtk(&["ctl", "lab.now()"])
        .has_code(exit::BAD_USAGE)
        .complains(&["no lab answers at", "is `dtk serve` running?"]);
}

#[test]
fn history_without_a_store_says_so() {
    let out = Out::new();
    out.dtk(&["history"])
        .has_code(exit::BAD_USAGE)
        .complains(&["there is no store at", "`dtk run` makes one"]);
}

#[test]
fn modules_that_import_each_other_are_named() {
    let out = Out::new();
    let suites = out.path().join("kit");
    std::fs::create_dir_all(suites.join("lib")).unwrap();
    std::fs::write(suites.join("lib/a.rhai"), "import \"lib/b\" as b;\n").unwrap();
    std::fs::write(suites.join("lib/b.rhai"), "import \"lib/a\" as a;\n").unwrap();
    std::fs::write(suites.join("odd.rhai"), "//! Odd.\nimport \"lib/a\" as a;\n").unwrap();
    let ended = out.dtk(&["check", "--suites", &suites.display().to_string()]).has_code(exit::BAD_USAGE);
    ended.complains(&["import cycle: lib/a imports lib/b imports lib/a"]);
}

#[test]
fn rows_that_cannot_be_told_apart_or_are_missing_are_faults() {
    for (rows, says) in
        [("[]", "gives no rows"), ("[1, 1]", "two rows called \"1\""), ("[sleep(1)]", "needs a lab")]
    {
        let out = Out::new();
        let suites = out.path().join("kit");
        std::fs::create_dir_all(&suites).unwrap();
        let test = "/// T\n/// @case X-1\nfn test_odd(lab, row) {}\n";
        let text = format!("//! Odd.\n{test}fn rows_odd() {{ {rows} }}\n");
        std::fs::write(suites.join("odd.rhai"), text).unwrap();
        let ended = out.dtk(&["check", "--suites", &suites.display().to_string()]).has_code(exit::BAD_USAGE);
        ended.complains(&[says]);
    }
}
