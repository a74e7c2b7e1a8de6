//! `dtk history`: what the store remembers.

use crate::cli::HistoryArgs;
use crate::{console, exit};
use reports::{Store, StoreError};
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
    let table = match &args.test {
        Some(test) => reports::store::test_history_table(&store.test_history(test, args.limit).await?),
        None => reports::history_table(&store.history(args.limit).await?),
    };
    store.close().await;
    Ok(table)
}
