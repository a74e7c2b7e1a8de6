//! `dtk run`: the kit, its verdicts, its reports.

mod about;
mod live;

use crate::cli::{DEFAULT_LIVE_LIMIT, RunArgs};
use crate::execute::{Bed, quoted};
use crate::loading::{self, LabFile};
use crate::schedule::run_all;
use crate::select::select;
use crate::suite::{Kit, TestSpec};
use crate::{command::history, console, exit, runtime};
use indicatif::{ProgressBar, ProgressStyle};
use lab::plan::Clock;
use reports::run::{Run, TestRun, Verdict};
use reports::{Written, terminal};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;
use wire::time::Calendar;

/// Runs the selected tests and writes the reports.
#[must_use]
pub fn run(args: &RunArgs) -> u8 {
    match try_run(args) {
        Ok(code) | Err(code) => code,
    }
}

fn try_run(args: &RunArgs) -> Result<u8, u8> {
    let lab = loading::lab_file(&args.lab)?;
    let kit = loading::kit(&args.lab)?;
    let tests = selected_tests(args, &kit)?;
    let folder = make_folder(&args.lab.out, lab.seed.0)?;
    let live = args.live || lab.plan.lab.clock == Clock::Live;
    let bed = Bed {
        kit: &kit,
        plan: &lab.plan,
        seed: lab.seed,
        live,
        calendar: if live { runtime::calendar_from_now() } else { Calendar::virtual_start() },
        today: runtime::today(),
        decrypted: args.capture_decrypted,
        retries: args.retries,
        repeat_options: repeat_options(args, &lab),
        stop: runtime::stop_on_interrupt("the reports of what has finished are still written"),
    };
    let began = Instant::now();
    let (runs, rehearsal) = if live {
        let (runs, rehearsal) = live::run_live(&bed, &tests, args.live_limit);
        (runs, Some(rehearsal))
    } else {
        (watched(&bed, &tests), None)
    };
    let wall = began.elapsed();
    let interrupted = bed.stop.load(Ordering::Relaxed);
    let run = Run { about: about::about(&bed, &lab), tests: runs, interrupted };
    // A report or store that fails must not take the verdicts with it: they are told whatever happens.
    let written = write(&run, &folder, &args.lab.out);
    let saved = save(args, &run, u64::try_from(wall.as_micros()).unwrap_or(u64::MAX));
    tell(args, &run, written.as_ref().ok(), wall.as_secs_f64());
    if let Some(rehearsal) = rehearsal {
        live::tell_differences(&run, &rehearsal);
    }
    written.map(drop).and(saved)?;
    if interrupted {
        return Ok(exit::INTERRUPTED);
    }
    Ok(exit::of(reports::worst(&run.tests), args.flaky_fails))
}

fn selected_tests(args: &RunArgs, kit: &Kit) -> Result<Vec<TestSpec>, u8> {
    let (mut tests, faults) = loading::tests(kit);
    if !faults.is_empty() {
        loading::tell_faults(kit, &faults);
        console::talk("nothing was run: `dtk check` lists the suites that are well");
        return Err(exit::BAD_USAGE);
    }
    let ids: Vec<String> = tests.iter().map(|test| test.id.clone()).collect();
    select(&mut tests, &args.filters);
    if tests.is_empty() {
        let known: Vec<&str> = ids.iter().map(String::as_str).collect();
        let meant = args.filters.iter().find_map(|word| lab::plan::nearest(word, &known));
        let help =
            meant.map_or("`dtk list` shows all tests".to_owned(), |meant| format!("did you mean {meant}?"));
        console::talk(&format!("error: no test is selected by \"{}\"; {help}", args.filters.join(" ")));
        return Err(exit::NOTHING_SELECTED);
    }
    Ok(tests)
}

/// Makes the folder of the run before anything runs: results that cannot be written would be lost.
fn make_folder(out: &Path, seed: u64) -> Result<PathBuf, u8> {
    let stamp = jiff::Zoned::now().strftime("%Y%m%d-%H%M%S").to_string();
    let name = |number: u32| {
        if number == 1 { format!("{stamp}-seed{seed}") } else { format!("{stamp}-seed{seed}-{number}") }
    };
    let refuse = |path: &Path, error: &std::io::Error| {
        console::talk(&format!(
            "error: failed to make the folder {} for the reports: {error}; --out names another",
            path.display()
        ));
        exit::BAD_USAGE
    };
    std::fs::create_dir_all(out).map_err(|error| refuse(out, &error))?;
    for number in 1.. {
        let folder = out.join(name(number));
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(refuse(&folder, &error)),
        }
    }
    Err(exit::BAD_USAGE)
}

/// The options that put a repeated test into the same lab.
fn repeat_options(args: &RunArgs, lab: &LabFile) -> String {
    let mut options = format!(" --seed {}", lab.seed);
    for (option, path, usual) in
        [("--lab", &args.lab.lab, "lab.toml"), ("--suites", &args.lab.suites, "suites")]
    {
        if path != Path::new(usual) {
            options.push_str(&format!(" {option} {}", quoted(&path.display().to_string())));
        }
    }
    if args.capture_decrypted {
        options.push_str(" --capture-decrypted");
    }
    if args.live {
        options.push_str(" --live");
    }
    if args.live_limit != DEFAULT_LIVE_LIMIT {
        options.push_str(&format!(" --live-limit {}", args.live_limit));
    }
    options
}

/// Runs tests with a progress bar where somebody watches.
fn watched(bed: &Bed<'_>, tests: &[TestSpec]) -> Vec<TestRun> {
    if !console::is_watched() {
        return run_all(bed, tests, |_| {});
    }
    let bar = ProgressBar::new(tests.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{pos:>4}/{len} {bar:40} {wide_msg}") {
        bar.set_style(style);
    }
    let runs = run_all(bed, tests, |run| {
        if run.verdict != Verdict::Pass {
            bar.suspend(|| console::talk(&terminal::progress_line(run)));
        }
        bar.set_message(run.id.clone());
        bar.inc(1);
    });
    bar.finish_and_clear();
    runs
}

fn write(run: &Run, folder: &Path, out: &Path) -> Result<Written, u8> {
    let written = reports::write_all(run, folder).map_err(|error| {
        console::talk(&format!("error: {error}"));
        exit::BROKEN
    })?;
    let latest = out.join("latest");
    let _ = std::fs::remove_file(&latest);
    if let Some(name) = folder.file_name()
        && let Err(error) = std::os::unix::fs::symlink(name, &latest)
    {
        console::talk(&format!("warning: failed to point {} to this run: {error}", latest.display()));
    }
    Ok(written)
}

fn save(args: &RunArgs, run: &Run, wall_micros: u64) -> Result<(), u8> {
    let address = history::address(args.lab.db.as_deref(), &args.lab.out);
    let saved = runtime::block_on(async {
        let store = reports::Store::open(&address).await?;
        let saved = store.save(run, jiff::Timestamp::now(), wall_micros).await;
        store.close().await;
        saved
    });
    let complaint = match saved {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    console::talk(&format!("error: the reports are written, but the store took nothing: {complaint}"));
    Err(exit::BROKEN)
}

fn tell(args: &RunArgs, run: &Run, written: Option<&Written>, wall: f64) {
    if args.lab.json {
        let counts: BTreeMap<&str, usize> = Verdict::ALL
            .iter()
            .map(|verdict| {
                (verdict.words(), run.tests.iter().filter(|test| test.verdict == *verdict).count())
            })
            .collect();
        let line = serde_json::json!({
            "reports": written.map(|written| written.folder.display().to_string()),
            "verdicts": counts,
            "interrupted": run.interrupted,
            "seed": run.about.seed,
        });
        return console::result(&line.to_string());
    }
    for test in
        run.tests.iter().filter(|test| !matches!(test.verdict, Verdict::Pass | Verdict::NotApplicable))
    {
        console::result(&terminal::finding(test, console::WIDTH, console::colours()));
    }
    console::result(terminal::summary(run).trim_end());
    tell_not_applicable(run);
    let lab_time = run.tests.iter().map(|test| test.lab_time_micros).sum::<u64>() as f64 / 1e6;
    let ratio = lab_time / wall.max(1e-6);
    console::result(&format!(
        "lab time {lab_time:.0} s in {wall:.2} s of wall time, {ratio:.0} : 1, seed {}",
        run.about.seed
    ));
    if let Some(written) = written {
        console::result(&format!("reports  {}", written.html.display()));
        console::result(&format!("         {}", written.junit.display()));
    }
}

/// Why tests were not applicable, each reason with its number of tests.
fn tell_not_applicable(run: &Run) {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for test in run.tests.iter().filter(|test| test.verdict == Verdict::NotApplicable) {
        let reason = test.finding.as_ref().map_or("", |finding| finding.message.as_str());
        // Reasons that end in a figure of the test's own are one reason.
        let shared =
            reason.rsplit_once(": ").filter(|(_, own)| own.starts_with(|first: char| first.is_ascii_digit()));
        *reasons.entry(shared.map_or(reason, |(shared, _)| shared)).or_default() += 1;
    }
    for (reason, count) in reasons {
        console::result(&format!("not applicable: {count} × {reason}"));
    }
}
