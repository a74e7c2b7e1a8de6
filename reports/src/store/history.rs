//! What the store tells about earlier runs.

use super::StoreError;
use crate::run::{Mode, Verdict};
use crate::summary::Counts;
use sqlx::SqlitePool;
use std::collections::BTreeMap;

/// A run of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    /// Its number in the store.
    pub id: i64,
    /// When it ended, by the wall clock.
    pub finished_at: jiff::Timestamp,
    /// How long it took by the wall clock, µs.
    pub wall_micros: u64,
    /// Lab time of all its tests, µs.
    pub lab_time_micros: u64,
    /// Name of the lab.
    pub lab: String,
    /// The seed.
    pub seed: u64,
    /// The mode.
    pub mode: Mode,
    /// Version of the program.
    pub version: String,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// Its tests by verdict.
    pub counts: Counts,
}

/// A result of one test in the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestRow {
    /// The run's number in the store.
    pub run_id: i64,
    /// When the run ended, by the wall clock.
    pub finished_at: jiff::Timestamp,
    /// Name of the lab.
    pub lab: String,
    /// The seed.
    pub seed: u64,
    /// The mode.
    pub mode: Mode,
    /// Version of the program.
    pub version: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Lab time that the test took, µs.
    pub lab_time_micros: u64,
    /// Why the verdict was no plain pass.
    pub message: Option<String>,
}

type Run = (i64, i64, i64, i64, String, String, String, String, i64);
type Test = (i64, i64, String, String, String, String, String, i64, Option<String>);

pub(super) async fn runs(pool: &SqlitePool, limit: u32) -> Result<Vec<RunRow>, StoreError> {
    let rows: Vec<Run> = sqlx::query_as(
        "SELECT id, finished_at, wall_time, lab_time, lab, seed, mode, version, interrupted FROM run \
         ORDER BY finished_at DESC, id DESC LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await
    .map_err(StoreError::Read)?;
    let counts = counts(pool, limit).await?;
    rows.into_iter()
        .map(|(id, finished_at, wall_time, lab_time, lab, seed, mode, version, interrupted)| {
            Ok(RunRow {
                id,
                finished_at: instant(id, finished_at)?,
                wall_micros: u64::try_from(wall_time).unwrap_or(0),
                lab_time_micros: u64::try_from(lab_time).unwrap_or(0),
                lab,
                seed: word(id, "seed", seed, |text| text.parse().ok())?,
                mode: word(id, "mode", mode, Mode::from_code)?,
                version,
                interrupted: interrupted != 0,
                counts: counts.get(&id).copied().unwrap_or_default(),
            })
        })
        .collect()
}

async fn counts(pool: &SqlitePool, limit: u32) -> Result<BTreeMap<i64, Counts>, StoreError> {
    let rows: Vec<(i64, String, i64)> = sqlx::query_as(
        "SELECT run_id, verdict, COUNT(*) FROM test WHERE run_id IN \
         (SELECT id FROM run ORDER BY finished_at DESC, id DESC LIMIT $1) GROUP BY run_id, verdict",
    )
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await
    .map_err(StoreError::Read)?;
    let mut by_run: BTreeMap<i64, Counts> = BTreeMap::new();
    for (id, verdict, count) in rows {
        let verdict = word(id, "verdict", verdict, Verdict::from_code)?;
        by_run.entry(id).or_default().add(verdict, u64::try_from(count).unwrap_or(0));
    }
    Ok(by_run)
}

pub(super) async fn test(pool: &SqlitePool, name: &str, limit: u32) -> Result<Vec<TestRow>, StoreError> {
    let rows: Vec<Test> = sqlx::query_as(
        "SELECT run.id, run.finished_at, run.lab, run.seed, run.mode, run.version, test.verdict, test.lab_time, \
         finding.message FROM test JOIN run ON run.id = test.run_id LEFT JOIN finding ON finding.run_id = test.run_id \
         AND finding.position = test.position WHERE test.name = $1 \
         ORDER BY run.finished_at DESC, run.id DESC, test.position DESC LIMIT $2",
    )
    .bind(name)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await
    .map_err(StoreError::Read)?;
    rows.into_iter()
        .map(|(run_id, finished_at, lab, seed, mode, version, verdict, lab_time, message)| {
            Ok(TestRow {
                run_id,
                finished_at: instant(run_id, finished_at)?,
                lab,
                seed: word(run_id, "seed", seed, |text| text.parse().ok())?,
                mode: word(run_id, "mode", mode, Mode::from_code)?,
                version,
                verdict: word(run_id, "verdict", verdict, Verdict::from_code)?,
                lab_time_micros: u64::try_from(lab_time).unwrap_or(0),
                message,
            })
        })
        .collect()
}

fn instant(run: i64, micros: i64) -> Result<jiff::Timestamp, StoreError> {
    jiff::Timestamp::from_microsecond(micros).map_err(|_| StoreError::UnknownWord {
        run,
        what: "time",
        word: micros.to_string(),
    })
}

fn word<T>(
    run: i64,
    what: &'static str,
    word: String,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    read(&word).ok_or(StoreError::UnknownWord { run, what, word })
}
