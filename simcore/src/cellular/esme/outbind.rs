//! ESMEs that are called when something waits for them (SMPP 3.4 clauses 2.2.1 and 4.1.7, outbind).
//!
//! Here is whom to call; calling is the door's, which says what came of it.

use super::Esme;
use crate::cellular::CellularCore;
use crate::cellular::note::EsmeNote;
use std::fmt;
use std::net::SocketAddr;
use wire::time::Instant;

/// Where an ESME waits to be called.
#[derive(Clone, PartialEq, Eq)]
pub struct Outbind {
    /// The address that is called.
    pub address: SocketAddr,
    /// What the service centre shows as its password: at most 8 characters.
    pub password: String,
}

impl fmt::Debug for Outbind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbind").field("address", &self.address).finish_non_exhaustive()
    }
}

impl CellularCore {
    /// The ESMEs to call: something waits for them and they have no bind that receives.
    pub fn esmes_to_call(&self) -> impl Iterator<Item = (&Esme, &Outbind)> {
        self.esmes.all.values().filter_map(|known| {
            let outbind = known.agreed.outbind.as_ref()?;
            let mut bound = known.binds.iter().filter_map(|bind| self.esmes.binds.get(bind));
            let listens = bound.any(|bound| bound.mode.receives());
            (known.outgoing.len() > 0 && !listens).then_some((&known.agreed, outbind))
        })
    }

    /// Writes down that an ESME was called, or why it could not be.
    pub fn note_esme_call(&mut self, now: Instant, system_id: &str, called: Result<(), String>) {
        self.advance(now);
        let Some(known) = self.esmes.all.get(system_id) else { return };
        let address = known.agreed.outbind.as_ref().map(|outbind| outbind.address.to_string());
        let (system_id, address) = (system_id.to_owned(), address.unwrap_or_default());
        self.note(match called {
            Ok(()) => EsmeNote::Called { system_id, address },
            Err(problem) => EsmeNote::NotReached { system_id, address, problem },
        });
    }
}
