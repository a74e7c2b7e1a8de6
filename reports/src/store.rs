//! The store: every run with its tests, measurements and findings, so that runs can be compared over months; and the state
//! of served labs.
//!
//! SQLite through sqlx, in one file; the schema is in `migrations/` and is brought up to date when a store is opened.
//! Events are not stored: they are in `events.jsonl`. Times are microseconds. This is the one place of this crate that
//! is asynchronous and the one that knows the wall clock, which the caller reads.

mod address;
mod history;
mod insert;
mod state;
mod table;

use crate::run::Run;
use address::Address;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, SqlSafeStr};
use std::path::PathBuf;
use std::time::Duration;

pub use history::{RunRow, TestRow};
pub use state::{CoreState, KeptChange, KeptRecord, StateStore};
pub use table::{history_table, test_history_table};

/// Another process may hold the file while it writes a run; nobody takes longer than this.
const BUSY: Duration = Duration::from_secs(10);

/// Versions with their names and texts.
type Migrations = [(i64, &'static str, &'static str)];

const MIGRATIONS: [(i64, &str, &str); 2] = [
    (1, "runs", include_str!("../migrations/0001_runs.sql")),
    (2, "core state", include_str!("../migrations/0002_core_state.sql")),
];

/// Why the store could not be used. The texts name the file and the cause, never an address, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address is of a PostgreSQL server.
    #[error(
        "open the store: results go to SQLite only, PostgreSQL is not supported; give a file such as \
         sqlite:out/dtk.sqlite"
    )]
    PostgresNotSupported,
    /// The address is of something else.
    #[error(
        "open the store: {scheme:?} is not a known kind of database; give a file such as sqlite:out/dtk.sqlite"
    )]
    UnknownScheme {
        /// What stands before the colon.
        scheme: String,
    },
    /// The address names no file.
    #[error("open the store: the address names no file; give one such as sqlite:out/dtk.sqlite")]
    NoFile,
    /// The folder of the file cannot be made.
    #[error("create the folder {} of the store: {cause}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file cannot be opened as a database.
    #[error("open the store {}: {cause}", .file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// What the database said.
        cause: sqlx::Error,
    },
    /// The schema cannot be brought up to date.
    #[error("bring the store {} up to date: {cause}", .file.display())]
    Migrate {
        /// The file.
        file: PathBuf,
        /// What the database said.
        cause: sqlx::migrate::MigrateError,
    },
    /// The PostgreSQL server cannot be reached, or refuses.
    #[error("open the store in PostgreSQL: {0}")]
    OpenPostgres(sqlx::Error),
    /// The schema there cannot be brought up to date.
    #[error("bring the store in PostgreSQL up to date: {0}")]
    MigratePostgres(sqlx::migrate::MigrateError),
    /// The state of a core cannot be read.
    #[error("read the state of the core: {0}")]
    ReadState(sqlx::Error),
    /// The state of a core begins at no date.
    #[error("read the state of the core: {micros} µs since 1970 is no date")]
    StateTime {
        /// What stands in its place.
        micros: i64,
    },
    /// What has changed in a core cannot be written; nothing of it is.
    #[error("keep the state of the core: {0}")]
    Keep(sqlx::Error),
    /// A run cannot be stored; nothing of it is.
    #[error("store the run: {0}")]
    Save(sqlx::Error),
    /// A list of lines has no JSON form.
    #[error("store the finding of {test}: {cause}")]
    Finding {
        /// The test.
        test: String,
        /// What the JSON writer said.
        cause: serde_json::Error,
    },
    /// The store cannot be read.
    #[error("read the store: {0}")]
    Read(sqlx::Error),
    /// The store holds a word that this version does not know.
    #[error("read the store: run {run} has the unknown {what} {word:?}")]
    UnknownWord {
        /// The run.
        run: i64,
        /// Which kind of word.
        what: &'static str,
        /// The word.
        word: String,
    },
}

/// An open store. Clones share the connection.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
}

impl Store {
    /// Opens the store at `url`: `sqlite:out/dtk.sqlite` or the path of a file. File and folder are made if they are
    /// missing, and the schema is brought up to date.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let Address { file } = Address::parse(url)?;
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|cause| StoreError::Folder { folder: folder.to_owned(), cause })?;
        }
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await
            .map_err(|cause| StoreError::Open { file: file.clone(), cause })?;
        migrator(&MIGRATIONS).run(&pool).await.map_err(|cause| StoreError::Migrate { file, cause })?;
        Ok(Self { pool })
    }

    /// Stores a run, all of it or nothing, and gives its number. `finished_at` is the wall clock at its end and
    /// `wall_micros` how long it took by that clock, µs.
    ///
    /// # Errors
    /// [`StoreError::Save`] or [`StoreError::Finding`].
    pub async fn save(
        &self,
        run: &Run,
        finished_at: jiff::Timestamp,
        wall_micros: u64,
    ) -> Result<i64, StoreError> {
        // A transaction that begins to read and then writes could not wait for another writer.
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(StoreError::Save)?;
        let id = insert::run(&mut transaction, run, finished_at, wall_micros).await?;
        insert::tests(&mut transaction, id, run).await?;
        insert::measurements(&mut transaction, id, run).await?;
        insert::findings(&mut transaction, id, run).await?;
        transaction.commit().await.map_err(StoreError::Save)?;
        Ok(id)
    }

    /// The last `limit` runs, newest first.
    ///
    /// # Errors
    /// [`StoreError::Read`] or [`StoreError::UnknownWord`].
    pub async fn history(&self, limit: u32) -> Result<Vec<RunRow>, StoreError> {
        history::runs(&self.pool, limit).await
    }

    /// The last `limit` results of the test with this identifier, newest first.
    ///
    /// # Errors
    /// [`StoreError::Read`] or [`StoreError::UnknownWord`].
    pub async fn test_history(&self, id: &str, limit: u32) -> Result<Vec<TestRow>, StoreError> {
        history::test(&self.pool, id, limit).await
    }

    /// Closes the store, so that all is in its one file.
    pub async fn close(self) {
        self.pool.close().await;
    }
}

fn migrator(migrations: &Migrations) -> Migrator {
    let migrations = migrations.iter().map(|(version, name, sql)| {
        // Our own text, compiled in.
        let sql = AssertSqlSafe(*sql).into_sql_str();
        Migration::new(*version, (*name).into(), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(migrations.collect())
}

/// An unsigned count as SQLite's signed integer; what is beyond three hundred thousand years becomes the largest.
fn integer(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
