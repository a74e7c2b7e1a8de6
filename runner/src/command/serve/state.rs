//! The state of a served lab: taken up at the start, written away after every step.

use super::complain;
use crate::cli::ServeArgs;
use crate::command::history;
use crate::loading::LabFile;
use crate::runtime::Steady;
use crate::{console, exit};
use lab::{Keeper, Past};
use reports::{CoreState, KeptChange, StateStore, StoreError};
use simcore::Record;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use wire::seed::Seed;
use wire::time::{Calendar, Duration, Instant};

/// What a lab goes on with.
pub struct State {
    /// What an earlier lab left.
    pub past: Past,
    /// Lab time zero: the first start.
    pub calendar: Calendar,
    /// The seed of this start.
    pub seed: Seed,
    /// Whether something could not be written.
    pub failed: Arc<AtomicBool>,
    runtime: Steady,
    store: StateStore,
    id: i64,
}

impl State {
    /// Opens the store and reads what it knows of the lab, or tells what is wrong and gives the exit code.
    pub fn take_up(args: &ServeArgs, file: &LabFile) -> Result<Self, u8> {
        let runtime = Steady::start().map_err(|error| complain(&error))?;
        let address = history::address(args.lab.db.as_deref(), &args.lab.out);
        let folder = std::fs::canonicalize(&args.lab.out)
            .map_err(|error| super::complain_about(&args.lab.out, &error))?
            .display()
            .to_string();
        let now = jiff::Timestamp::now();
        let opened = runtime.block_on(async {
            let store = StateStore::open(&address).await?;
            let state = store.start(&file.plan.lab.name, &folder, now, args.fresh).await?;
            Ok((store, state))
        });
        let (store, state) = opened.map_err(|error: StoreError| complain(&error))?;
        if state.starts > 1 {
            console::talk(&format!(
                "start {} of this lab: its core goes on with {} records; --fresh forgets them",
                state.starts,
                state.records.len()
            ));
        }
        let CoreState { id, epoch, reached, starts, records } = state;
        let record = |kept: reports::KeptRecord| Record { kind: kept.kind, key: kept.key, value: kept.value };
        Ok(Self {
            past: Past {
                now: lab_time(epoch, reached, now),
                records: records.into_iter().map(record).collect(),
            },
            calendar: Calendar::starting_at(epoch),
            seed: seed_of(file.seed, starts),
            failed: Arc::default(),
            runtime,
            store,
            id,
        })
    }

    /// Writes changes away for as long as the lab lives. What cannot be written takes the lab down: it may not go on telling
    /// what it would have forgotten tomorrow.
    pub fn keeper(self, stop: Arc<AtomicBool>) -> Keeper {
        let Self { runtime, store, id, failed, .. } = self;
        Box::new(move |now, changes| {
            let written = changes.map_err(|error| error.to_string()).and_then(|changes| {
                let changes: Vec<KeptChange<'_>> = changes
                    .iter()
                    .map(|change| KeptChange {
                        kind: change.kind,
                        key: &change.key,
                        value: change.value.as_deref(),
                    })
                    .collect();
                let commit = store.commit(id, now.as_micros(), &changes);
                runtime.block_on(commit).map_err(|error| error.to_string())
            });
            if let Err(error) = &written {
                console::talk(&format!("error: {error}; the lab is taken down"));
                failed.store(true, Ordering::Relaxed);
                stop.store(true, Ordering::Relaxed);
            }
            written.is_ok()
        })
    }
}

/// The exit code of a lab that ended.
pub fn exit_code(failed: &AtomicBool) -> u8 {
    if failed.load(Ordering::Relaxed) { exit::BROKEN } else { exit::PASSED }
}

/// The wall clock since lab time zero, but never earlier than where an earlier lab has been: that clock can be set back.
fn lab_time(epoch: jiff::Timestamp, reached: u64, now: jiff::Timestamp) -> Instant {
    let since = Duration::try_from(now.duration_since(epoch)).unwrap_or_default();
    (Instant::ZERO + since).max(Instant::from_micros(reached))
}

/// The first start draws as every lab of this seed does; a later one must not draw the same nonces and challenges again.
fn seed_of(seed: Seed, starts: u64) -> Seed {
    if starts <= 1 { seed } else { seed.child(&format!("start {starts}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lab_time_goes_on_and_never_back() {
        let at = |second| jiff::Timestamp::from_second(second).unwrap();
        let secs = |seconds: u64| Instant::from_micros(seconds * 1_000_000);
        assert_eq!(lab_time(at(1_000), 0, at(1_000)), secs(0));
        assert_eq!(lab_time(at(1_000), 5_000_000, at(1_060)), secs(60));
        assert_eq!(lab_time(at(1_000), 90_000_000, at(1_060)), secs(90), "the clock was set back");
        assert_eq!(lab_time(at(1_000), 0, at(10)), secs(0));
    }

    #[test]
    fn every_start_draws_anew_and_the_first_as_always() {
        let seeds = [0, 1, 2, 3].map(|starts| seed_of(Seed(7), starts));
        assert_eq!((seeds[0], seeds[1]), (Seed(7), Seed(7)));
        assert!(seeds[2] != Seed(7) && seeds[2] != seeds[3]);
    }
}
