//! The whole operator: both networks and the customer's message store.

use crate::cellular::{CellularCore, SUBSCRIBER};
use crate::lorawan::NetworkServer;
use crate::note_log::NoteLog;
use crate::platform::MessageStore;
use crate::state::{Change, Record, StateError};
use wire::time::Instant;

/// Everything behind the antenna.
#[derive(Debug)]
pub struct Core {
    /// Cellular: mobility, sessions, calls, short messages.
    pub cellular: CellularCore,
    /// LoRaWAN: network server and join server.
    pub lorawan: NetworkServer,
    /// Where a customer finds the messages of its LoRaWAN devices.
    pub platform: MessageStore,
    /// What the networks decided before a restart.
    pub notes: NoteLog,
}

impl Core {
    /// Takes up what an earlier core of the same configuration kept, before anything has happened in this one; `now` goes
    /// on from the time of the earlier one. What fell due in between happens at the next time-out.
    ///
    /// # Errors
    /// [`StateError`] names the record.
    pub fn restore(&mut self, now: Instant, records: &[Record]) -> Result<(), StateError> {
        // Any other record may be of a subscriber that was provisioned while the earlier core ran.
        let (subscribers, others): (Vec<_>, Vec<_>) =
            records.iter().partition(|record| record.kind == SUBSCRIBER);
        for record in subscribers.into_iter().chain(others) {
            let taken = self.cellular.restore(record)?
                || self.lorawan.restore(record)?
                || self.platform.restore(record)?
                || self.notes.restore(record)?;
            if !taken {
                let Record { kind, key, .. } = record.clone();
                return Err(StateError::UnknownKind { kind, key });
            }
        }
        self.cellular.restored(now)?;
        self.lorawan.restored(now);
        self.platform.restored();
        self.notes.restored();
        Ok(())
    }

    /// Notes from now on what changes of the state that outlives a restart.
    pub fn keep_state(&mut self) {
        self.cellular.keep_state();
        self.lorawan.keep_state();
        self.platform.keep_state();
        self.notes.keep_state();
    }

    /// What has changed since the last call; nothing unless it is kept.
    ///
    /// # Errors
    /// [`StateError::Unwritable`].
    pub fn take_changes(&mut self) -> Result<Vec<Change>, StateError> {
        let mut changes = self.cellular.take_changes()?;
        changes.extend(self.lorawan.take_changes()?);
        changes.extend(self.platform.take_changes()?);
        changes.extend(self.notes.take_changes()?);
        Ok(changes)
    }
}
