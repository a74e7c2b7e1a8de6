//! What a run leaves behind: the only thing that the reports know.
//!
//! The runner fills these values in; nothing here knows a modem, a core or a script. Times are microseconds of lab time
//! since the test's own lab began. Wall-clock figures have no place here: in a virtual lab the same seed must give the
//! same bytes.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A whole run, in the order in which the tests were selected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// What ran, with what.
    pub about: About,
    /// One entry for each test and row, in the order of selection.
    pub tests: Vec<TestRun>,
    /// Whether the run was stopped before its end; the tests that had finished are here.
    pub interrupted: bool,
}

/// What ran, with what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Version of the program.
    pub version: String,
    /// Name of the lab, from its file.
    pub lab: String,
    /// Path of the lab file as it was given.
    pub lab_file: String,
    /// SHA-256 of the lab file, hexadecimal.
    pub lab_hash: String,
    /// Every suite and library file with its SHA-256.
    pub sources: Vec<Source>,
    /// The seed.
    pub seed: u64,
    /// Which clock and which ports.
    pub mode: Mode,
    /// The calendar date of lab time zero, RFC 3339 in UTC.
    pub calendar: String,
    /// What was under test: device, model, identity and firmware, in the words of the lab.
    pub devices: Vec<DeviceInfo>,
}

/// A file that took part in the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Path relative to the suites folder.
    pub path: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// A device of the lab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// Its name in the lab file.
    pub name: String,
    /// `modem` or `lora-node`.
    pub kind: String,
    /// The dialect it speaks.
    pub model: String,
    /// How it is connected: `simulated`, or the path of its port.
    pub port: String,
    /// IMEI, IMSI, DevEUI and the like, as label and value. Never a secret.
    pub identities: Vec<(String, String)>,
}

/// Which clock, and what is at the far end of the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Event queue, simulated devices in process.
    Virtual,
    /// Real time, devices behind real ports or PTYs.
    Live,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Virtual => "virtual",
            Self::Live => "live",
        })
    }
}

/// The verdict on a test, from the mildest to the most severe; the verdict on a suite is its worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// A need of the test is not met by this lab.
    NotApplicable,
    /// The device and the network behaved as the clause says.
    Pass,
    /// A known failure with a ticket that has not expired.
    ExpectedFail,
    /// Passed, but only when it was tried again.
    Flaky,
    /// A precondition outside the test was not met.
    Inconclusive,
    /// The device or the network misbehaved.
    Fail,
    /// The script or the lab broke; nothing is said about the device.
    Error,
}

impl Verdict {
    /// All verdicts, in the order in which a summary names them.
    pub const ALL: [Self; 7] = [
        Self::Pass,
        Self::Fail,
        Self::Error,
        Self::Inconclusive,
        Self::Flaky,
        Self::ExpectedFail,
        Self::NotApplicable,
    ];

    /// The words for a person.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotApplicable => "not applicable",
            Self::Pass => "pass",
            Self::ExpectedFail => "expected fail",
            Self::Flaky => "flaky",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.words())
    }
}

/// One test, or one row of a test with rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestRun {
    /// Identifier as filters use it: `voice_whitelist::unlisted_number_is_refused` or `…::name[row]`.
    pub id: String,
    /// The suite: path of its file without the ending, `cellular/voice_whitelist`.
    pub suite: String,
    /// Title of the suite: the first line of its `//!` comment.
    pub suite_title: String,
    /// The family that charts and the summary group by: the suite's path as words, `cellular voice whitelist`.
    pub family: String,
    /// First paragraph of the doc comment.
    pub title: String,
    /// Catalogue cases, such as `VOI-04`.
    pub cases: Vec<String>,
    /// Clauses, such as `ICX-1.4.2a`.
    pub clauses: Vec<String>,
    /// What the test needs of the lab.
    pub needs: Vec<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// Why the verdict is not a plain pass.
    pub finding: Option<Finding>,
    /// Lab time that the test took, µs.
    pub lab_time_micros: u64,
    /// The command that repeats just this test.
    pub repeat: String,
    /// Everything that happened, in order.
    pub events: Vec<Event>,
    /// What crossed the air and the gateway, in order; kept in the captures and not with the events.
    #[serde(skip)]
    pub frames: Vec<Frame>,
    /// Lines of Wireshark's table `encryption_keys_lorawan` that open the LoRaWAN frames among them; for the captures only.
    #[serde(skip)]
    pub lora_keys: Vec<String>,
}

/// A packet of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Lab time, µs.
    pub at: u64,
    /// The interface: `nas`, `sms`, `ip` and others.
    pub plane: String,
    /// Link type of pcap files, such as 101 for an IP packet.
    pub link_type: u16,
    /// Who sent it.
    pub direction: Direction,
    /// What a reader of the packet should know; may be empty.
    pub comment: String,
    /// The packet.
    pub octets: Vec<u8>,
}

/// Why a verdict is what it is, for a person who has to act on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// One sentence in an engineer's words.
    pub message: String,
    /// What was expected, where a comparison failed.
    pub expected: Option<String>,
    /// What was seen, where a comparison failed.
    pub seen: Option<String>,
    /// `device`, `network`, `lab` or `script`; empty for a test that is not applicable.
    pub blame: String,
    /// Where in the suite.
    pub place: Option<Place>,
    /// The last exchange with the device, oldest first, as in `+32.001 modem-a > ATD+33999999999;`.
    pub exchange: Vec<String>,
    /// The core's last notes about the device, oldest first.
    pub notes: Vec<String>,
}

/// A place in a suite file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Path of the file as a person would open it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The text of that line.
    pub source: String,
}

/// One thing that happened in the lab of a test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Lab time, µs.
    pub at: u64,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// The kinds of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum What {
    /// Bytes on a device's port.
    Serial {
        /// The device.
        device: String,
        /// Who sent them.
        direction: Direction,
        /// The bytes as text, with control characters and bytes above 0x7e escaped as `\r`, `\n`, `\x1a`.
        text: String,
    },
    /// A message or frame on the air.
    Air {
        /// The device.
        device: String,
        /// Who sent it.
        direction: Direction,
        /// `nas` or `lora`.
        layer: String,
        /// The message in words.
        text: String,
        /// Its bytes, hexadecimal, where it has any.
        hex: Option<String>,
    },
    /// A note of the core: a decision, a refusal, an injection.
    Note {
        /// Kebab-case code, such as `call-refused-by-whitelist`.
        code: String,
        /// Whom it is about: IMSI, DevEUI, account.
        subject: String,
        /// The note in words.
        text: String,
    },
    /// A step that the script announced, or a change that it made by hand (a move, power, an order to the core).
    Step {
        /// The step in words.
        text: String,
    },
    /// A figure worth a chart.
    Measure {
        /// What was measured: `attach-time`, `sms-latency`, `join-accept-offset`.
        name: String,
        /// The device.
        device: String,
        /// The figure.
        value: f64,
        /// Its unit: `s`, `us`.
        unit: String,
        /// What the figure is to be compared with, such as `RX1`; empty where there is nothing.
        reference: String,
    },
}

/// Which way something went over a port or over the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the host to the device, or from the network to the device.
    ToDevice,
    /// From the device.
    FromDevice,
}

impl Mode {
    /// The mode as a word in files and in the store.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Virtual => "virtual",
            Self::Live => "live",
        }
    }

    /// The mode of a word of [`Mode::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Virtual, Self::Live].into_iter().find(|mode| mode.code() == code)
    }
}

impl Verdict {
    /// The verdict as one word in files and in the store: the same as its JSON form.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotApplicable => "not-applicable",
            Self::Pass => "pass",
            Self::ExpectedFail => "expected-fail",
            Self::Flaky => "flaky",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }

    /// The verdict of a word of [`Verdict::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.code() == code)
    }
}
