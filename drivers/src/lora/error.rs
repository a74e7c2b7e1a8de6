//! What can go wrong with a command to a node, and whose fault it is.

use crate::blame::Blame;
use wire::time::Duration;

/// Why a node refuses an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// A parameter out of range, or in the words of some dialects an unknown command.
    InvalidParam,
    /// The node does not know the command.
    UnknownCommand,
    /// An identity or key is missing.
    KeysNotInit,
    /// The duty cycle leaves no channel at the moment.
    NoFreeChannel,
    /// The network has silenced the node.
    Silent,
    /// A transmission or its receive windows are under way.
    Busy,
    /// The stack is paused.
    MacPaused,
    /// There is no session.
    NotJoined,
    /// There is a session already.
    AlreadyJoined,
    /// The uplink counter is used up.
    FrameCounter,
    /// More than the data rate allows.
    TooLong,
    /// A word that gives no reason.
    Unexplained,
}

const NAMES: [(Refusal, &str); 12] = [
    (Refusal::InvalidParam, "invalid-parameter"),
    (Refusal::UnknownCommand, "unknown-command"),
    (Refusal::KeysNotInit, "keys-missing"),
    (Refusal::NoFreeChannel, "no-free-channel"),
    (Refusal::Silent, "silent"),
    (Refusal::Busy, "busy"),
    (Refusal::MacPaused, "paused"),
    (Refusal::NotJoined, "not-joined"),
    (Refusal::AlreadyJoined, "already-joined"),
    (Refusal::FrameCounter, "counter-used-up"),
    (Refusal::TooLong, "too-long"),
    (Refusal::Unexplained, "unexplained"),
];

impl Refusal {
    /// The name for scripts, whatever the word of the dialect.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(refusal, _)| *refusal == self).map_or("", |(_, name)| name)
    }

    /// A node that keeps the law or the order of steps is right to refuse: then the procedure asked too early.
    const fn blame(self) -> Blame {
        match self {
            Self::KeysNotInit
            | Self::NoFreeChannel
            | Self::Busy
            | Self::MacPaused
            | Self::NotJoined
            | Self::AlreadyJoined
            | Self::TooLong => Blame::Script,
            Self::InvalidParam | Self::UnknownCommand | Self::FrameCounter | Self::Unexplained => {
                Blame::Device
            }
            Self::Silent => Blame::Network,
        }
    }
}

/// A command that did not do what it was sent for. Command lines are shown without their keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoraError {
    /// The node said no.
    #[error("{command} was refused: {word}")]
    Refused {
        /// The command line.
        command: String,
        /// The word of the node.
        word: String,
        /// What the word may mean, in its dialect.
        meanings: Vec<Refusal>,
    },
    /// Nothing was answered in time.
    #[error("{command}: no answer after {} s", waited.as_secs_f64())]
    NoAnswer {
        /// The command line.
        command: String,
        /// How long the driver waited.
        waited: Duration,
    },
    /// The command was taken with `ok`, but its outcome was never told.
    #[error("{command}: no outcome {} s after ok", waited.as_secs_f64())]
    NoOutcome {
        /// The command line.
        command: String,
        /// How long the driver waited after the `ok`.
        waited: Duration,
    },
    /// The answer does not have the form of the dialect.
    #[error("{command}: expected {expected}, got \"{got}\"")]
    Malformed {
        /// The command line.
        command: String,
        /// The form of the dialect.
        expected: &'static str,
        /// What came.
        got: String,
    },
    /// The node printed its version line, unasked.
    #[error("{command}: the node restarted")]
    Restarted {
        /// The command that was running.
        command: String,
    },
    /// Another command is still running: a node takes one at a time.
    #[error("{command}: {running} is still running on this port")]
    Running {
        /// The command that was to be sent.
        command: String,
        /// The command that is running.
        running: String,
    },
    /// The port is gone.
    #[error("port {port} is gone: {reason}")]
    PortGone {
        /// Its path.
        port: String,
        /// What the operating system said.
        reason: String,
    },
}

impl LoraError {
    /// Device faults fail a test; lab and script faults make it an error. Never the other way round.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::Refused { meanings, .. } => blame_of(meanings),
            Self::NoAnswer { .. }
            | Self::NoOutcome { .. }
            | Self::Malformed { .. }
            | Self::Restarted { .. } => Blame::Device,
            Self::Running { .. } => Blame::Script,
            Self::PortGone { .. } => Blame::Lab,
        }
    }

    /// What the word of the node may mean, where it refused; nothing for any other error.
    #[must_use]
    pub fn meanings(&self) -> &[Refusal] {
        match self {
            Self::Refused { meanings, .. } => meanings,
            Self::NoAnswer { .. }
            | Self::NoOutcome { .. }
            | Self::Malformed { .. }
            | Self::Restarted { .. }
            | Self::Running { .. }
            | Self::PortGone { .. } => &[],
        }
    }
}

/// A device is blamed for a word only if no meaning of it excuses the device.
fn blame_of(meanings: &[Refusal]) -> Blame {
    let excuse = meanings.iter().map(|meaning| meaning.blame()).find(|blame| *blame != Blame::Device);
    excuse.unwrap_or(Blame::Device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_keeps_the_law_is_not_to_blame() {
        let refused = |meanings: &[Refusal]| LoraError::Refused {
            command: "mac tx uncnf 1 00".into(),
            word: "busy".into(),
            meanings: meanings.to_vec(),
        };
        assert_eq!(refused(&[Refusal::NoFreeChannel]).blame(), Blame::Script);
        assert_eq!(refused(&[Refusal::InvalidParam]).blame(), Blame::Device);
        assert_eq!(refused(&[Refusal::InvalidParam, Refusal::TooLong]).blame(), Blame::Script);
        assert_eq!(refused(&[]).blame(), Blame::Device);
        assert_eq!(refused(&[Refusal::Silent]).blame(), Blame::Network);
        assert_eq!(refused(&[Refusal::Busy]).to_string(), "mac tx uncnf 1 00 was refused: busy");
    }
}
