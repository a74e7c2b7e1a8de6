//! Writes a run, in batches: row by row would take twenty times as long.

use super::{StoreError, integer};
use crate::run::{Finding, Run, What};
use crate::summary;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

/// Rows per statement: with twelve columns well below SQLite's 32 766 values.
const BATCH: usize = 1_000;

pub(super) async fn run(
    connection: &mut SqliteConnection,
    run: &Run,
    finished_at: jiff::Timestamp,
    wall_micros: u64,
) -> Result<i64, StoreError> {
    let about = &run.about;
    sqlx::query_scalar(
        "INSERT INTO run (finished_at, wall_time, lab_time, lab, lab_file, lab_sha256, seed, mode, version, calendar, \
         interrupted) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
    )
    .bind(finished_at.as_microsecond())
    .bind(integer(wall_micros))
    .bind(integer(summary::lab_time_micros(run)))
    .bind(&about.lab)
    .bind(&about.lab_file)
    .bind(&about.lab_hash)
    .bind(about.seed.to_string())
    .bind(about.mode.code())
    .bind(&about.version)
    .bind(&about.calendar)
    .bind(i64::from(run.interrupted))
    .fetch_one(connection)
    .await
    .map_err(StoreError::Save)
}

pub(super) async fn tests(connection: &mut SqliteConnection, id: i64, run: &Run) -> Result<(), StoreError> {
    let numbered: Vec<_> = run.tests.iter().enumerate().collect();
    for batch in numbered.chunks(BATCH) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO test (run_id, position, name, suite, family, title, cases, clauses, verdict, lab_time, repeat) ",
        );
        query.push_values(batch, |mut row, (position, test)| {
            row.push_bind(id)
                .push_bind(integer(*position))
                .push_bind(&test.id)
                .push_bind(&test.suite)
                .push_bind(&test.family)
                .push_bind(&test.title)
                .push_bind(test.cases.join(" "))
                .push_bind(test.clauses.join(" "))
                .push_bind(test.verdict.code())
                .push_bind(integer(test.lab_time_micros))
                .push_bind(&test.repeat);
        });
        query.build().execute(&mut *connection).await.map_err(StoreError::Save)?;
    }
    Ok(())
}

struct Measurement<'a> {
    position: i64,
    at: i64,
    name: &'a str,
    device: &'a str,
    value: f64,
    unit: &'a str,
    reference: &'a str,
}

pub(super) async fn measurements(
    connection: &mut SqliteConnection,
    id: i64,
    run: &Run,
) -> Result<(), StoreError> {
    let rows = measured(run);
    for batch in rows.chunks(BATCH) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO measurement (run_id, position, at, name, device, value, unit, reference) ",
        );
        query.push_values(batch, |mut row, one| {
            row.push_bind(id)
                .push_bind(one.position)
                .push_bind(one.at)
                .push_bind(one.name)
                .push_bind(one.device)
                .push_bind(one.value)
                .push_bind(one.unit)
                .push_bind(one.reference);
        });
        query.build().execute(&mut *connection).await.map_err(StoreError::Save)?;
    }
    Ok(())
}

/// A figure that is no number is left out: the database has no place for it.
fn measured(run: &Run) -> Vec<Measurement<'_>> {
    let mut rows = Vec::new();
    for (position, test) in run.tests.iter().enumerate() {
        for event in &test.events {
            if let What::Measure { name, device, value, unit, reference } = &event.what
                && value.is_finite()
            {
                let (position, at) = (integer(position), integer(event.at));
                rows.push(Measurement { position, at, name, device, value: *value, unit, reference });
            }
        }
    }
    rows
}

struct Found<'a> {
    position: i64,
    finding: &'a Finding,
    exchange: String,
    notes: String,
}

pub(super) async fn findings(
    connection: &mut SqliteConnection,
    id: i64,
    run: &Run,
) -> Result<(), StoreError> {
    let rows = found(run)?;
    for batch in rows.chunks(BATCH) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO finding (run_id, position, message, expected, seen, blame, file, line, line_column, source, \
             exchange, notes) ",
        );
        query.push_values(batch, |mut row, one| {
            let place = one.finding.place.as_ref();
            row.push_bind(id)
                .push_bind(one.position)
                .push_bind(&one.finding.message)
                .push_bind(&one.finding.expected)
                .push_bind(&one.finding.seen)
                .push_bind(&one.finding.blame)
                .push_bind(place.map(|place| &place.file))
                .push_bind(place.map(|place| integer(place.line)))
                .push_bind(place.map(|place| integer(place.column)))
                .push_bind(place.map(|place| &place.source))
                .push_bind(&one.exchange)
                .push_bind(&one.notes);
        });
        query.build().execute(&mut *connection).await.map_err(StoreError::Save)?;
    }
    Ok(())
}

fn found(run: &Run) -> Result<Vec<Found<'_>>, StoreError> {
    let mut rows = Vec::new();
    for (position, test) in run.tests.iter().enumerate() {
        let Some(finding) = &test.finding else { continue };
        let json = |lines: &Vec<String>| {
            serde_json::to_string(lines).map_err(|cause| StoreError::Finding { test: test.id.clone(), cause })
        };
        let (exchange, notes) = (json(&finding.exchange)?, json(&finding.notes)?);
        rows.push(Found { position: integer(position), finding, exchange, notes });
    }
    Ok(rows)
}
