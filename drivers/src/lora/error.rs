//! What can go wrong with a command to a node, and whose fault it is.

use crate::blame::Blame;
use std::fmt;
use wire::time::Duration;

/// The word with which a node refuses a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// `invalid_param`: unknown command, or a parameter out of range.
    InvalidParam,
    /// `keys_not_init`: an identity or key is missing.
    KeysNotInit,
    /// `no_free_ch`: the duty cycle leaves no channel at the moment.
    NoFreeChannel,
    /// `silent`: the network has silenced the node.
    Silent,
    /// `busy`: a transmission or its receive windows are under way.
    Busy,
    /// `mac_paused`: the stack is paused.
    MacPaused,
    /// `not_joined`: there is no session.
    NotJoined,
    /// `frame_counter_err_rejoin_needed`: the uplink counter is used up.
    FrameCounter,
    /// `invalid_data_len`: more than the data rate allows.
    InvalidDataLength,
}

const WORDS: [(Refusal, &str); 9] = [
    (Refusal::InvalidParam, "invalid_param"),
    (Refusal::KeysNotInit, "keys_not_init"),
    (Refusal::NoFreeChannel, "no_free_ch"),
    (Refusal::Silent, "silent"),
    (Refusal::Busy, "busy"),
    (Refusal::MacPaused, "mac_paused"),
    (Refusal::NotJoined, "not_joined"),
    (Refusal::FrameCounter, "frame_counter_err_rejoin_needed"),
    (Refusal::InvalidDataLength, "invalid_data_len"),
];

impl Refusal {
    /// Reads the line; none when it is not a refusal.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        // Firmware and manuals disagree about the beginning of this one word.
        if line.ends_with("_counter_err_rejoin_needed") {
            return Some(Self::FrameCounter);
        }
        WORDS.iter().find(|(_, word)| *word == line).map(|(refusal, _)| *refusal)
    }

    /// The word that the node sends.
    #[must_use]
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(refusal, _)| *refusal == self).map_or("", |(_, word)| word)
    }

    /// A node that keeps the law or the order of steps is right to refuse: then the procedure asked too early.
    const fn blame(self) -> Blame {
        match self {
            Self::KeysNotInit
            | Self::NoFreeChannel
            | Self::Busy
            | Self::MacPaused
            | Self::NotJoined
            | Self::InvalidDataLength => Blame::Script,
            Self::InvalidParam | Self::FrameCounter => Blame::Device,
            Self::Silent => Blame::Network,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A command that did not do what it was sent for. Command lines are shown without their keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoraError {
    /// The node said no.
    #[error("{command} was refused: {refusal}")]
    Refused {
        /// The command line.
        command: String,
        /// The word of the node.
        refusal: Refusal,
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
    /// The answer does not have the form of the command reference.
    #[error("{command}: expected {expected}, got \"{got}\"")]
    Malformed {
        /// The command line.
        command: String,
        /// The form of the command reference.
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
    pub const fn blame(&self) -> Blame {
        match self {
            Self::Refused { refusal, .. } => refusal.blame(),
            Self::NoAnswer { .. }
            | Self::NoOutcome { .. }
            | Self::Malformed { .. }
            | Self::Restarted { .. } => Blame::Device,
            Self::Running { .. } => Blame::Script,
            Self::PortGone { .. } => Blame::Lab,
        }
    }

    /// The word of the node, where it refused.
    #[must_use]
    pub const fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused { refusal, .. } => Some(*refusal),
            Self::NoAnswer { .. }
            | Self::NoOutcome { .. }
            | Self::Malformed { .. }
            | Self::Restarted { .. }
            | Self::Running { .. }
            | Self::PortGone { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_and_written_the_same() {
        for (refusal, word) in WORDS {
            assert_eq!(Refusal::parse(word), Some(refusal));
            assert_eq!(refusal.to_string(), word);
        }
        assert_eq!(Refusal::parse("fram_counter_err_rejoin_needed"), Some(Refusal::FrameCounter));
        for line in ["ok", "", "Busy", "denied", "mac_err", "busy "] {
            assert_eq!(Refusal::parse(line), None, "{line}");
        }
    }

    #[test]
    fn a_node_that_keeps_the_law_is_not_to_blame() {
        let refused = |refusal| LoraError::Refused { command: "mac tx uncnf 1 00".into(), refusal };
        assert_eq!(refused(Refusal::NoFreeChannel).blame(), Blame::Script);
        assert_eq!(refused(Refusal::InvalidParam).blame(), Blame::Device);
        assert_eq!(refused(Refusal::Silent).blame(), Blame::Network);
        assert_eq!(refused(Refusal::Busy).to_string(), "mac tx uncnf 1 00 was refused: busy");
    }
}
