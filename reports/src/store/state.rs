//! The state of a served lab's core: records by kind and key, written in one transaction for each step of the pump.
//!
//! In the SQLite file of the results, or in PostgreSQL. What a record says is the core's affair. A lab is known by its name
//! and the folder where it is served. SQLite writes with `synchronous=NORMAL` into the log: what was committed survives the
//! end of the program in whatever way, and of the machine all but the last moments.

use super::address::Address;
use super::{Store, StoreError, integer, migrator};
use sqlx::QueryBuilder;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::SqlitePool;

const POSTGRES_MIGRATIONS: [(i64, &str, &str); 1] =
    [(2, "core state", include_str!("../../migrations/postgres/0002_core_state.sql"))];

/// Rows per statement: with four values each well below the 32 766 of a statement.
const BATCH: usize = 500;

/// A thing that a core keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRecord {
    /// What kind of thing.
    pub kind: String,
    /// Which one.
    pub key: String,
    /// The thing as JSON.
    pub value: String,
}

/// A thing that is new, was changed or is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptChange<'a> {
    /// What kind of thing.
    pub kind: &'a str,
    /// Which one.
    pub key: &'a str,
    /// The thing as JSON; `None` when it is gone.
    pub value: Option<&'a str>,
}

/// What is known of a lab at its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreState {
    /// Its number in the store.
    pub id: i64,
    /// The date of lab time zero.
    pub epoch: jiff::Timestamp,
    /// How far lab time had come, µs.
    pub reached: u64,
    /// How often the lab was started, this time included.
    pub starts: u64,
    /// Everything that was kept.
    pub records: Vec<KeptRecord>,
}

/// An open store of states.
#[derive(Clone, Debug)]
pub struct StateStore {
    pool: Pool,
}

#[derive(Clone, Debug)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Number, epoch, how far it had come, starts.
type Row = (i64, i64, i64, i64);

/// Does the same with a transaction of either database. `BEGIN IMMEDIATE`: one that begins to read and then writes could
/// not wait for another writer.
macro_rules! in_transaction {
    ($pool:expr, $failed:expr, |$transaction:ident| $work:expr) => {
        match $pool {
            Pool::Sqlite(pool) => {
                #[allow(dead_code, reason = "not every transaction builds its statements")]
                type Db = sqlx::Sqlite;
                let mut $transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err($failed)?;
                let result = $work;
                $transaction.commit().await.map_err($failed)?;
                result
            }
            Pool::Postgres(pool) => {
                #[allow(dead_code, reason = "not every transaction builds its statements")]
                type Db = sqlx::Postgres;
                let mut $transaction = pool.begin().await.map_err($failed)?;
                let result = $work;
                $transaction.commit().await.map_err($failed)?;
                result
            }
        }
    };
}

impl StateStore {
    /// Opens the store at `url`, a file as for [`Store::open`] or `postgres://USER:PASSWORD@HOST/DATABASE`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        if !Address::is_postgres(url) {
            return Store::open(url).await.map(|store| Self { pool: Pool::Sqlite(store.pool) });
        }
        let options: PgConnectOptions = url.parse().map_err(StoreError::OpenPostgres)?;
        let pool = PgPoolOptions::new().max_connections(1);
        let pool = pool.connect_with(options).await.map_err(StoreError::OpenPostgres)?;
        migrator(&POSTGRES_MIGRATIONS).run(&pool).await.map_err(StoreError::MigratePostgres)?;
        Ok(Self { pool: Pool::Postgres(pool) })
    }

    /// What is known of the lab of this name in this folder, and counts the start. A lab that the store does not know begins
    /// at `now`; so does one whose state is to be forgotten.
    ///
    /// # Errors
    /// [`StoreError::ReadState`], [`StoreError::StateTime`].
    pub async fn start(
        &self,
        lab: &str,
        folder: &str,
        now: jiff::Timestamp,
        fresh: bool,
    ) -> Result<CoreState, StoreError> {
        let now = now.as_microsecond();
        let failed = StoreError::ReadState;
        let (row, records): (Row, Vec<(String, String, String)>) =
            in_transaction!(&self.pool, failed, |transaction| {
                if fresh {
                    sqlx::query("DELETE FROM core WHERE lab = $1 AND folder = $2")
                        .bind(lab)
                        .bind(folder)
                        .execute(&mut *transaction)
                        .await
                        .map_err(failed)?;
                }
                let row: Row = sqlx::query_as(
                    "INSERT INTO core (lab, folder, epoch, reached, starts) VALUES ($1, $2, $3, 0, 1) \
                     ON CONFLICT (lab, folder) DO UPDATE SET starts = core.starts + 1 \
                     RETURNING id, epoch, reached, starts",
                )
                .bind(lab)
                .bind(folder)
                .bind(now)
                .fetch_one(&mut *transaction)
                .await
                .map_err(failed)?;
                let sql = "SELECT kind, key, value FROM core_record WHERE core_id = $1 ORDER BY kind, key";
                let records =
                    sqlx::query_as(sql).bind(row.0).fetch_all(&mut *transaction).await.map_err(failed)?;
                (row, records)
            });
        let (id, epoch, reached, starts) = row;
        let date = |_| StoreError::StateTime { micros: epoch };
        Ok(CoreState {
            id,
            epoch: jiff::Timestamp::from_microsecond(epoch).map_err(date)?,
            reached: u64::try_from(reached).unwrap_or(0),
            starts: u64::try_from(starts).unwrap_or(1),
            records: records.into_iter().map(|(kind, key, value)| KeptRecord { kind, key, value }).collect(),
        })
    }

    /// Writes what has changed, all of it or nothing, and how far lab time has come, µs.
    ///
    /// # Errors
    /// [`StoreError::Keep`].
    pub async fn commit(&self, id: i64, reached: u64, changes: &[KeptChange<'_>]) -> Result<(), StoreError> {
        let failed = StoreError::Keep;
        let changed: Vec<_> =
            changes.iter().filter_map(|change| Some((change.kind, change.key, change.value?))).collect();
        let gone: Vec<_> = changes.iter().filter(|change| change.value.is_none()).collect();
        let gone: Vec<_> = gone.iter().map(|change| (change.kind, change.key)).collect();
        in_transaction!(&self.pool, failed, |transaction| {
            for batch in changed.chunks(BATCH) {
                let mut query =
                    QueryBuilder::<Db>::new("INSERT INTO core_record (core_id, kind, key, value) ");
                query.push_values(batch, |mut row, (kind, key, value)| {
                    row.push_bind(id).push_bind(*kind).push_bind(*key).push_bind(*value);
                });
                query.push(" ON CONFLICT (core_id, kind, key) DO UPDATE SET value = excluded.value");
                query.build().execute(&mut *transaction).await.map_err(failed)?;
            }
            for batch in gone.chunks(BATCH) {
                let mut query = QueryBuilder::<Db>::new("DELETE FROM core_record WHERE core_id = ");
                query.push_bind(id).push(" AND (kind, key) IN (");
                query.push_values(batch, |mut row, (kind, key)| {
                    row.push_bind(*kind).push_bind(*key);
                });
                query.push(")").build().execute(&mut *transaction).await.map_err(failed)?;
            }
            sqlx::query("UPDATE core SET reached = $1 WHERE id = $2")
                .bind(integer(reached))
                .bind(id)
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        });
        Ok(())
    }

    /// Closes the store.
    pub async fn close(self) {
        match self.pool {
            Pool::Sqlite(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }
}

#[cfg(test)]
mod tests;
