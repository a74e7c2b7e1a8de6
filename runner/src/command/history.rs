//! `dtk history`: what the store remembers.

use crate::cli::HistoryArgs;
use crate::{console, exit};
use reports::{RunRow, Store, StoreError, TestRow};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Shows the last runs, or the last results of one test.
#[must_use]
pub fn run(args: &HistoryArgs) -> u8 {
    let address = address(args.db.as_deref(), &args.out);
    let file = address.strip_prefix("sqlite:").unwrap_or(&address).trim_start_matches("//");
    // Other schemes are the store's own to refuse.
    if !address.contains("://") && !Path::new(file).exists() {
        console::talk(&format!(
            "error: there is no store at {address} yet; `dtk run` makes one, --db names another"
        ));
        return exit::BAD_USAGE;
    }
    match crate::runtime::block_on(show(&address, args)) {
        Ok(Ok(table)) => {
            console::result(table.trim_end());
            exit::PASSED
        }
        Ok(Err(error)) => {
            console::talk(&format!("error: {error}"));
            exit::BAD_USAGE
        }
        Err(error) => {
            console::talk(&format!("error: {error}"));
            exit::BROKEN
        }
    }
}

/// The store's address: the one that was given, or the file in the out folder.
#[must_use]
pub fn address(db: Option<&str>, out: &Path) -> String {
    db.filter(|db| !db.is_empty()).map_or_else(|| out.join("dtk.sqlite").display().to_string(), str::to_owned)
}

async fn show(address: &str, args: &HistoryArgs) -> Result<String, StoreError> {
    let store = Store::open(address).await?;
    let text = match &args.test {
        Some(test) => {
            let rows = store.test_history(test, args.limit).await?;
            if args.json {
                lines(rows.iter().map(test_json))
            } else {
                reports::store::test_history_table(&rows)
            }
        }
        None => {
            let rows = store.history(args.limit).await?;
            if args.json { lines(rows.iter().map(run_json)) } else { reports::history_table(&rows) }
        }
    };
    store.close().await;
    Ok(text)
}

fn lines(rows: impl Iterator<Item = Value>) -> String {
    rows.map(|row| row.to_string()).collect::<Vec<_>>().join("\n")
}

fn run_json(row: &RunRow) -> Value {
    let verdicts: BTreeMap<&str, u64> =
        row.counts.iter().map(|(verdict, count)| (verdict.words(), count)).collect();
    json!({
        "run": row.id,
        "finished_at": row.finished_at.to_string(),
        "lab": row.lab,
        "seed": row.seed,
        "mode": row.mode.to_string(),
        "version": row.version,
        "interrupted": row.interrupted,
        "lab_time_s": row.lab_time_micros as f64 / 1e6,
        "wall_time_s": row.wall_micros as f64 / 1e6,
        "verdicts": verdicts,
    })
}

fn test_json(row: &TestRow) -> Value {
    json!({
        "run": row.run_id,
        "finished_at": row.finished_at.to_string(),
        "lab": row.lab,
        "seed": row.seed,
        "mode": row.mode.to_string(),
        "version": row.version,
        "verdict": row.verdict.words(),
        "lab_time_s": row.lab_time_micros as f64 / 1e6,
        "message": row.message,
    })
}
