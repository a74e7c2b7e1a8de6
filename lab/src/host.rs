//! The host's end of a device's port: the driver that fits its kind.

use drivers::at::{Answer, AtError, AtEvent, Command, CommandId, Oddity, Output};
use drivers::lora::{self, NodeHost};
use drivers::modem::ModemHost;
use std::collections::BTreeMap;
use wire::time::{Instant, Wakeup};

/// A driver with what came of its commands.
#[derive(Debug)]
pub enum Host {
    /// A modem's.
    Modem {
        /// The driver.
        driver: Box<ModemHost>,
        /// Commands that have ended, until somebody asks for them.
        ended: BTreeMap<CommandId, Result<Answer, AtError>>,
    },
    /// A LoRaWAN node's.
    Node {
        /// The driver.
        driver: Box<NodeHost>,
        /// Commands that have ended, until somebody asks for them.
        ended: BTreeMap<lora::CommandId, Result<lora::Answer, lora::LoraError>>,
    },
}

impl Host {
    /// A modem's driver.
    #[must_use]
    pub fn modem() -> Self {
        Self::Modem { driver: Box::default(), ended: BTreeMap::new() }
    }

    /// The driver of a node that speaks this dialect; of one that is asked first without.
    #[must_use]
    pub fn node(dialect: Option<&'static lora::Dialect>) -> Self {
        let driver = dialect.map_or_else(NodeHost::unknown, NodeHost::new);
        Self::Node { driver: Box::new(driver), ended: BTreeMap::new() }
    }

    /// Sends a command to a modem.
    ///
    /// # Errors
    /// [`AtError::Busy`] while another one runs.
    pub fn send(&mut self, now: Instant, command: Command) -> Option<Result<CommandId, AtError>> {
        match self {
            Self::Modem { driver, .. } => Some(driver.channel.send(now, command)),
            Self::Node { .. } => None,
        }
    }

    /// Takes what the device wrote.
    pub fn handle_input(&mut self, now: Instant, bytes: &[u8]) {
        match self {
            Self::Modem { driver, .. } => driver.channel.handle_input(now, bytes),
            Self::Node { driver, .. } => driver.handle_input(now, bytes),
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self {
            Self::Modem { driver, .. } => driver.channel.handle_timeout(now),
            Self::Node { driver, .. } => driver.handle_timeout(now),
        }
    }

    /// Ends what runs: the port is gone.
    pub fn handle_port_gone(&mut self, port: &str, reason: &str) {
        match self {
            Self::Modem { driver, .. } => driver.channel.handle_port_gone(port, reason),
            Self::Node { driver, .. } => driver.handle_port_gone(port, reason),
        }
    }

    /// The next bytes for the port; keeps reports and the ends of commands.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<Vec<u8>> {
        match self {
            Self::Modem { driver, ended } => {
                while let Some(output) = driver.channel.poll_output() {
                    match output {
                        Output::Transmit(bytes) => return Some(bytes),
                        Output::Event(event) => match driver.keep_report(now, event) {
                            Some(AtEvent::Done { id, answer, .. }) => drop(ended.insert(id, Ok(answer))),
                            Some(AtEvent::Failed { id, error }) => drop(ended.insert(id, Err(error))),
                            Some(AtEvent::Unsolicited { .. } | AtEvent::Stray(_) | AtEvent::Odd(_))
                            | None => {}
                        },
                    }
                }
                None
            }
            Self::Node { driver, ended } => {
                while let Some(output) = driver.poll_output() {
                    match output {
                        lora::Output::Transmit(bytes) => return Some(bytes),
                        lora::Output::Event(lora::NodeEvent::Done { id, answer, .. }) => {
                            drop(ended.insert(id, Ok(answer)))
                        }
                        lora::Output::Event(lora::NodeEvent::Failed { id, error }) => {
                            drop(ended.insert(id, Err(error)))
                        }
                        lora::Output::Event(lora::NodeEvent::Report(_)) => {}
                    }
                }
                None
            }
        }
    }

    /// What the driver noticed that no device should send; call it until `None` after every input.
    pub fn poll_oddity(&mut self) -> Option<Oddity> {
        match self {
            Self::Modem { driver, .. } => driver.poll_oddity(),
            Self::Node { .. } => None,
        }
    }

    /// When something is due.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        match self {
            Self::Modem { driver, .. } => driver.channel.next_wakeup(),
            Self::Node { driver, .. } => driver.next_wakeup(),
        }
    }
}
