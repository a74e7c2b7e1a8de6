//! The serial side: a console per command language, over one MAC.
//!
//! A console cuts the host's octets into lines, runs each at once, and words what the MAC tells later. What it keeps beside
//! the MAC (a port, a verbosity) is its own affair; what outlives a power cycle it saves as its module does.

mod at;
mod desk;
mod line;
pub(super) mod lora_e5;
pub(super) mod murata;
mod notation;
pub(super) mod rn2483;
pub(super) mod rui3;
mod settings;
pub(super) mod st_slave;

pub(super) use desk::{Desk, Stall, Wish};
pub(super) use line::{Ends, Framing, Line, LineCutter};

use super::NodeConfig;
use super::event::Event;
use super::parameters::Parameters;
use std::fmt;
use wire::time::Wakeup;

/// A command language.
pub(super) trait Dialect: fmt::Debug + Send {
    /// How the host's octets become lines.
    fn framing(&self) -> Framing;

    /// What the module is delivered with.
    fn factory(&self, config: &NodeConfig) -> Parameters {
        delivered(config)
    }

    /// A stall is over: the module has started, written or slept.
    fn woken(&mut self, desk: &mut Desk<'_>, stall: Stall);

    /// Runs a line.
    fn run(&mut self, desk: &mut Desk<'_>, line: &Line);

    /// The MAC has something to tell.
    fn tell(&mut self, desk: &mut Desk<'_>, event: &Event);

    /// Whether these octets wake the module from its sleep. A break reads as an octet of zeros.
    fn wakes_on(&self, bytes: &[u8]) -> bool {
        bytes.contains(&0)
    }

    /// When the console does something by itself.
    fn due(&self) -> Option<Wakeup> {
        None
    }

    /// Does what is due.
    fn handle_timeout(&mut self, _desk: &mut Desk<'_>) {}

    /// The power is gone: everything that was not saved is forgotten.
    fn power_off(&mut self);
}

/// The region's defaults, with the identity that was set before delivery.
pub(super) fn delivered(config: &NodeConfig) -> Parameters {
    let identity = config.provisioned.as_ref();
    Parameters {
        dev_eui: identity.map(|identity| identity.dev_eui),
        app_eui: identity.map(|identity| identity.app_eui),
        app_key: identity.map(|identity| identity.app_key.clone()),
        ..Parameters::new(config.band.region())
    }
}
