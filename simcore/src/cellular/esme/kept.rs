//! What is kept of the ESMEs over a restart: what they have submitted, and what waits for each of them.
//!
//! Binds end with their connections. What was not answered for waits again; whether the ESME had it nobody knows, so it is
//! given out again.

use super::{EsmeName, Esmes, Known};
use crate::cellular::CellularCore;
use crate::state::{Change, Part, Parts, Record, StateError};
use std::collections::BTreeMap;

impl Esmes {
    pub(in crate::cellular) fn parts(&mut self) -> Parts<'_> {
        vec![
            ("esme-message", &mut self.submitted),
            ("esme-delivery", &mut self.all),
            ("esme-alert", &mut self.pending_alerts),
        ]
    }
}

/// One thing that waits is one record: `meters 17`.
impl Part for BTreeMap<EsmeName, Known> {
    fn keep(&mut self) {
        self.values_mut().for_each(|known| known.outgoing.all.keep());
    }

    fn take_changes(&mut self, kind: &'static str, changes: &mut Vec<Change>) -> Result<(), StateError> {
        for (name, known) in self {
            let from = changes.len();
            known.outgoing.all.take_changes(kind, changes)?;
            changes.iter_mut().skip(from).for_each(|change| change.key = format!("{name} {}", change.key));
        }
        Ok(())
    }

    fn restore(&mut self, record: &Record) -> Result<(), StateError> {
        let Record { kind, key, .. } = record;
        let missing = || StateError::Missing { kind: kind.clone(), key: key.clone() };
        let (name, number) = key.rsplit_once(' ').ok_or_else(missing)?;
        let known = self.get_mut(name).ok_or_else(missing)?;
        known.outgoing.all.restore(&Record { key: number.to_owned(), ..record.clone() })
    }
}

impl CellularCore {
    /// Every record has been taken up: what is not final counts, and what waited waits.
    pub(in crate::cellular) fn esmes_restored(&mut self) -> Result<(), StateError> {
        let Esmes { all, submitted, pending, .. } = &mut self.esmes;
        let smsc = &self.smsc;
        all.values_mut().for_each(|known| known.outgoing.restored(|id| smsc.device_for_esme(id)));
        for (id, message) in &*submitted {
            let missing = || StateError::Missing {
                kind: "esme-message".to_owned(),
                key: format!("{}, of ESME {}", id.0, message.esme),
            };
            let known = all.get_mut(&message.esme).ok_or_else(missing)?;
            if message.open > 0 {
                known.unfinished += message.open;
                let key = (message.esme.clone(), message.from.to_string(), message.to.to_string());
                pending.entry(key).or_default().insert(*id);
            }
        }
        Ok(())
    }
}
