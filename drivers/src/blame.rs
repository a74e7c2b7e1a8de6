//! Whom an error is to be blamed on: the one place that decides between a failed test and a broken one.

use std::fmt;

/// Where the cause of an error lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The device under test misbehaved.
    Device,
    /// The network misbehaved.
    Network,
    /// The lab broke: a port, a file, a door.
    Lab,
    /// The test procedure broke.
    Script,
}

impl Blame {
    /// Whether the test fails. Otherwise it is an error, which says nothing about the device.
    #[must_use]
    pub const fn fails_the_test(self) -> bool {
        match self {
            Self::Device | Self::Network => true,
            Self::Lab | Self::Script => false,
        }
    }

    /// The word for reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Network => "network",
            Self::Lab => "lab",
            Self::Script => "script",
        }
    }
}

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
