//! What a console may touch while it works.

use super::super::NodeConfig;
use super::super::mac::{Mac, Refused, When};
use super::super::nonce::Nonces;
use super::super::parameters::Parameters;
use wire::time::{Duration, Instant};

/// Why a node does not take commands at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Stall {
    Starting,
    Saving,
    Sleeping,
}

/// What a console wants done after its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Wish {
    Stall(Stall, Duration),
    Restart,
}

/// The node in front of its console.
#[derive(Debug)]
pub(in super::super) struct Desk<'a> {
    pub now: Instant,
    pub config: &'a NodeConfig,
    pub mac: &'a mut Mac,
    /// What outlives a power cycle.
    pub saved: &'a mut Parameters,
    pub nonces: &'a mut Nonces,
    /// What is written to the host.
    pub text: Vec<u8>,
    pub wish: Option<Wish>,
}

impl Desk<'_> {
    /// Writes text as it is.
    pub(super) fn print(&mut self, text: &str) {
        self.text.extend(text.as_bytes());
    }

    /// Writes a line that ends with CR LF.
    pub(super) fn line(&mut self, text: &str) {
        self.print(text);
        self.print("\r\n");
    }

    /// Changes a parameter now and for good; a change that is refused leaves both as they were.
    pub(super) fn keep<E>(&mut self, change: impl Fn(&mut Parameters) -> Result<(), E>) -> Result<(), E> {
        change(&mut self.mac.parameters)?;
        change(self.saved)
    }

    /// Starts one join-request.
    pub(super) fn join(&mut self, when: When) -> Result<(), Refused> {
        self.mac.join(self.now, self.nonces, when)
    }

    /// Sends an uplink.
    pub(super) fn send(
        &mut self,
        confirmed: bool,
        data: Option<(u8, Vec<u8>)>,
        when: When,
    ) -> Result<(), Refused> {
        self.mac.send(self.now, confirmed, data, when)
    }

    /// Goes to another band: the channels and radio parameters are those of the band, the session is over.
    pub(super) fn change_band(&mut self, band: wire::lorawan::Band) {
        self.mac.end_session();
        let change = |parameters: &Parameters| parameters.in_region(band.region());
        *self.saved = change(self.saved);
        let parameters = change(&self.mac.parameters);
        self.mac.reset(parameters);
    }

    pub(super) fn wish(&mut self, wish: Wish) {
        self.wish = Some(wish);
    }
}
