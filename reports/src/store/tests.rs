use super::*;
use crate::run::Verdict;
use crate::sample::varied;
use crate::summary;
use jiff::Timestamp;
use std::path::Path;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

async fn open(folder: &Path) -> Store {
    Store::open(&format!("sqlite:{}", folder.join("deep/dtk.sqlite").display())).await.unwrap()
}

#[tokio::test]
async fn a_run_comes_back_as_it_was_stored() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let mut run = varied();
    run.about.seed = u64::MAX;
    run.interrupted = true;
    let id = store.save(&run, at(1_800_000_000), 1_234_567).await.unwrap();
    let rows = store.history(10).await.unwrap();
    let want = RunRow {
        id,
        finished_at: at(1_800_000_000),
        wall_micros: 1_234_567,
        lab_time_micros: summary::lab_time_micros(&run),
        lab: "demo".to_owned(),
        seed: u64::MAX,
        mode: run.about.mode,
        version: "0.1.0".to_owned(),
        interrupted: true,
        counts: summary::counts(&run.tests),
    };
    assert_eq!(rows, [want]);
}

#[tokio::test]
async fn runs_are_kept_over_a_restart_and_listed_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    for second in [20, 10, 30] {
        let store = open(folder.path()).await;
        store.save(&varied(), at(second), 1).await.unwrap();
        store.close().await;
    }
    let store = open(folder.path()).await;
    let seconds = |rows: Vec<RunRow>| rows.iter().map(|row| row.finished_at.as_second()).collect::<Vec<_>>();
    assert_eq!(seconds(store.history(10).await.unwrap()), [30, 20, 10]);
    assert_eq!(seconds(store.history(2).await.unwrap()), [30, 20]);
}

#[tokio::test]
async fn a_test_tells_its_own_history() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let mut run = varied();
    let id = "voice_whitelist::unlisted_number_is_refused";
    store.save(&run, at(1), 1).await.unwrap();
    for test in run.tests.iter_mut().filter(|test| test.id == id) {
        test.verdict = Verdict::Pass;
        test.finding = None;
    }
    store.save(&run, at(2), 1).await.unwrap();
    let rows = store.test_history(id, 10).await.unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.verdict, row.message.as_deref())).collect();
    assert_eq!(told, [(Verdict::Pass, None), (Verdict::Fail, Some("the network let the call through"))]);
    assert_eq!(store.test_history("no::such_test", 10).await.unwrap(), []);
}

#[tokio::test]
async fn measurements_and_findings_are_all_there() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let run = varied();
    store.save(&run, at(1), 1).await.unwrap();
    let measures = run.tests.iter().flat_map(|test| &test.events);
    let measures = measures.filter(|event| matches!(event.what, crate::run::What::Measure { .. })).count();
    let findings = run.tests.iter().filter(|test| test.finding.is_some()).count();
    for (table, want) in [("measurement", measures), ("finding", findings), ("test", run.tests.len())] {
        let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        let count: i64 = sqlx::query_scalar(sql).fetch_one(&store.pool).await.unwrap();
        assert_eq!(count, want as i64, "{table}");
        assert!(count > 0, "{table}");
    }
}

#[tokio::test]
async fn many_tests_go_in_several_batches() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let mut run = varied();
    run.tests = run.tests.iter().cycle().take(2_500).cloned().collect();
    store.save(&run, at(1), 1).await.unwrap();
    assert_eq!(store.history(1).await.unwrap()[0].counts.total(), 2_500);
}

#[tokio::test]
async fn two_processes_can_store_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (open(folder.path()).await, open(folder.path()).await);
    let run = varied();
    let (first, second) = tokio::join!(one.save(&run, at(1), 1), two.save(&run, at(2), 1));
    assert_ne!(first.unwrap(), second.unwrap());
    assert_eq!(one.history(10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "these are notes and not a database at all, ".repeat(40)).unwrap();
    let error = Store::open(&file.display().to_string()).await.unwrap_err().to_string();
    assert!(error.contains("notes.txt") && error.contains("not a database"), "{error}");
    let error = Store::open(&file.join("x.sqlite").display().to_string()).await.unwrap_err().to_string();
    assert!(error.contains("create the folder") && error.contains("notes.txt"), "{error}");
}
