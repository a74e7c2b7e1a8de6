//! What a node answered, read into values (RN2483, DS40001784).

use super::error::{LoraError, Refusal};
use std::str::FromStr;
use wire::id::Eui64;

/// The answer to a command, and its outcome where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The command line, without a key.
    pub command: String,
    /// The immediate answer.
    pub line: String,
    /// The later outcome of `mac join` and `mac tx`.
    pub outcome: Option<String>,
}

/// How a join ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinOutcome {
    /// `accepted`.
    Accepted,
    /// `denied`: no join-accept came in either window.
    Denied,
}

/// How an uplink ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransmitOutcome {
    /// `mac_tx_ok`: sent, and acknowledged where it was confirmed; no data came back.
    Sent,
    /// `mac_rx`: as before, and a downlink with data came back.
    Received {
        /// FPort.
        port: u8,
        /// FRMPayload in clear.
        payload: Vec<u8>,
    },
    /// `mac_err`: no acknowledgement after all tries, or the transmission failed.
    NotAcknowledged,
    /// `invalid_data_len`: the data rate fell and the payload does not fit any more.
    TooLong,
}

/// The version line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Such as `RN2483`.
    pub model: String,
    /// Such as `1.0.5`.
    pub firmware: String,
    /// When the firmware was built, as printed.
    pub built: String,
}

/// What the stack is doing: bits 1 to 3 of the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacState {
    /// 0.
    Idle,
    /// 1: on the air.
    Transmitting,
    /// 2: before RX1.
    BeforeRx1,
    /// 3: RX1 is open.
    Rx1,
    /// 4: between RX1 and RX2.
    BetweenWindows,
    /// 5: RX2 is open.
    Rx2,
    /// 6: ACK_TIMEOUT runs.
    AckTimeout,
    /// 7: not in the command reference.
    Reserved,
}

/// The status word; older firmware prints four digits, newer eight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Bit 0.
    pub joined: bool,
    /// Bits 1 to 3.
    pub state: MacState,
    /// The whole word.
    pub word: u32,
}

impl Answer {
    /// Whether the immediate answer is `ok`.
    ///
    /// # Errors
    /// [`LoraError::Refused`] with the word of the node, or [`LoraError::Malformed`].
    pub fn accepted(&self) -> Result<(), LoraError> {
        match self.value()? {
            "ok" => Ok(()),
            _ => Err(self.malformed(&self.line, "ok")),
        }
    }

    /// The immediate answer, unless it is a refusal.
    ///
    /// # Errors
    /// [`LoraError::Refused`] with the word of the node.
    pub fn value(&self) -> Result<&str, LoraError> {
        match Refusal::parse(&self.line) {
            Some(refusal) => Err(LoraError::Refused { command: self.command.clone(), refusal }),
            None => Ok(&self.line),
        }
    }

    /// How `mac join` ended.
    ///
    /// # Errors
    /// As [`Answer::accepted`]; a denied join is no error.
    pub fn join_outcome(&self) -> Result<JoinOutcome, LoraError> {
        self.accepted()?;
        match self.outcome.as_deref().unwrap_or_default() {
            "accepted" => Ok(JoinOutcome::Accepted),
            "denied" => Ok(JoinOutcome::Denied),
            other => Err(self.malformed(other, "accepted or denied")),
        }
    }

    /// How `mac tx` ended.
    ///
    /// # Errors
    /// As [`Answer::accepted`]; a missing acknowledgement is no error.
    pub fn transmit_outcome(&self) -> Result<TransmitOutcome, LoraError> {
        self.accepted()?;
        match self.outcome.as_deref().unwrap_or_default() {
            "mac_tx_ok" => Ok(TransmitOutcome::Sent),
            "mac_err" => Ok(TransmitOutcome::NotAcknowledged),
            "invalid_data_len" => Ok(TransmitOutcome::TooLong),
            other => parse_downlink(other)
                .map(|(port, payload)| TransmitOutcome::Received { port, payload })
                .ok_or_else(|| {
                    self.malformed(other, "mac_tx_ok, mac_rx <port> <hex>, mac_err or invalid_data_len")
                }),
        }
    }

    /// An EUI of sixteen upper-case digits.
    ///
    /// # Errors
    /// [`LoraError::Refused`] or [`LoraError::Malformed`].
    pub fn eui(&self) -> Result<Eui64, LoraError> {
        let line = self.value()?;
        let digits = line.len() == 16 && line.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
        let eui = digits.then(|| Eui64::from_str(line).ok()).flatten();
        eui.ok_or_else(|| self.malformed(line, "16 upper-case hexadecimal digits"))
    }

    /// A decimal number.
    ///
    /// # Errors
    /// [`LoraError::Refused`] or [`LoraError::Malformed`].
    pub fn number(&self) -> Result<u32, LoraError> {
        let line = self.value()?;
        let digits = line.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.then(|| line.parse().ok()).flatten();
        number.ok_or_else(|| self.malformed(line, "a decimal number"))
    }

    /// `on` or `off`.
    ///
    /// # Errors
    /// [`LoraError::Refused`] or [`LoraError::Malformed`].
    pub fn on_off(&self) -> Result<bool, LoraError> {
        match self.value()? {
            "on" => Ok(true),
            "off" => Ok(false),
            other => Err(self.malformed(other, "on or off")),
        }
    }

    /// The version line.
    ///
    /// # Errors
    /// [`LoraError::Refused`] or [`LoraError::Malformed`].
    pub fn version(&self) -> Result<Version, LoraError> {
        let line = self.value()?;
        let mut words = line.splitn(3, ' ');
        match (words.next(), words.next(), words.next()) {
            (Some(model), Some(firmware), Some(built)) if is_version_line(line) => Ok(Version {
                model: model.to_owned(),
                firmware: firmware.to_owned(),
                built: built.to_owned(),
            }),
            _ => Err(self.malformed(line, "a version line such as RN2483 1.0.5 Oct 31 2018 15:06:52")),
        }
    }

    /// The status word.
    ///
    /// # Errors
    /// [`LoraError::Refused`] or [`LoraError::Malformed`].
    pub fn status(&self) -> Result<Status, LoraError> {
        let line = self.value()?;
        let digits = matches!(line.len(), 4 | 8) && line.bytes().all(|byte| byte.is_ascii_hexdigit());
        let word = digits.then(|| u32::from_str_radix(line, 16).ok()).flatten();
        let word = word.ok_or_else(|| self.malformed(line, "4 or 8 hexadecimal digits"))?;
        let state = match word >> 1 & 0x07 {
            0 => MacState::Idle,
            1 => MacState::Transmitting,
            2 => MacState::BeforeRx1,
            3 => MacState::Rx1,
            4 => MacState::BetweenWindows,
            5 => MacState::Rx2,
            6 => MacState::AckTimeout,
            _ => MacState::Reserved,
        };
        Ok(Status { joined: word & 1 != 0, state, word })
    }

    fn malformed(&self, got: &str, expected: &'static str) -> LoraError {
        LoraError::Malformed { command: self.command.clone(), expected, got: got.to_owned() }
    }
}

/// Reads `mac_rx <port> <hex>`; the octets may be missing. None when the line is anything else.
#[must_use]
pub fn parse_downlink(line: &str) -> Option<(u8, Vec<u8>)> {
    let rest = line.strip_prefix("mac_rx ")?;
    // The command reference does not say whether the second space stays when there are no octets.
    let (port, octets) = rest.split_once(' ').unwrap_or((rest, ""));
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    Some((digits.then(|| port.parse().ok()).flatten()?, hex::decode(octets).ok()?))
}

/// Whether a line is what the module prints when it starts.
pub(super) fn is_version_line(line: &str) -> bool {
    ["RN2483 ", "RN2903 "].iter().any(|model| line.starts_with(model))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blame::Blame;
    use wire::seed::Seed;

    fn answer(line: &str, outcome: Option<&str>) -> Answer {
        Answer { command: "mac tx cnf 1 00".into(), line: line.into(), outcome: outcome.map(str::to_owned) }
    }

    #[test]
    fn outcomes_of_an_uplink() {
        let received = TransmitOutcome::Received { port: 42, payload: vec![0xde, 0xad, 0xbe, 0xef] };
        let empty = TransmitOutcome::Received { port: 1, payload: vec![] };
        let rows = [
            ("mac_tx_ok", Some(TransmitOutcome::Sent)),
            ("mac_rx 42 DEADBEEF", Some(received)),
            ("mac_rx 1 ", Some(empty.clone())),
            ("mac_rx 1", Some(empty)),
            ("mac_err", Some(TransmitOutcome::NotAcknowledged)),
            ("invalid_data_len", Some(TransmitOutcome::TooLong)),
            ("mac_rx 256 00", None),
            ("mac_rx +1 00", None),
            ("mac_rx 1 0", None),
            ("mac_rx  1 00", None),
            ("accepted", None),
        ];
        for (line, want) in rows {
            assert_eq!(answer("ok", Some(line)).transmit_outcome().ok(), want, "{line}");
        }
    }

    #[test]
    fn a_refusal_is_told_with_its_word_and_its_blame() {
        for (line, blame) in
            [("no_free_ch", Blame::Script), ("silent", Blame::Network), ("huh", Blame::Device)]
        {
            let error = answer(line, None).transmit_outcome().unwrap_err();
            assert_eq!(error.blame(), blame, "{error}");
        }
        assert_eq!(answer("ok", Some("denied")).join_outcome(), Ok(JoinOutcome::Denied));
        assert_eq!(answer("ok", Some("accepted")).join_outcome(), Ok(JoinOutcome::Accepted));
    }

    #[test]
    fn values_of_the_command_reference() {
        let value = |line: &str| answer(line, None);
        let version = value("RN2483 1.0.5 Oct 31 2018 15:06:52").version().unwrap();
        assert_eq!((version.model.as_str(), version.firmware.as_str()), ("RN2483", "1.0.5"));
        assert_eq!(version.built, "Oct 31 2018 15:06:52");
        assert_eq!(value("0004A30B001A2B3C").eui().unwrap().to_string(), "0004a30b001a2b3c");
        assert!(value("0004a30b001a2b3c").eui().is_err());
        assert_eq!(value("3284").number(), Ok(3284));
        assert_eq!(value("4294967245").number(), Ok(4_294_967_245));
        assert!(value("").number().is_err() && value("+1").number().is_err());
        assert_eq!(value("off").on_off(), Ok(false));
        let status = value("00000001").status().unwrap();
        assert_eq!((status.joined, status.state), (true, MacState::Idle));
        assert_eq!(value("0007").status().unwrap().state, MacState::Rx1);
        assert!(value("007").status().is_err());
    }

    #[test]
    fn garbage_never_panics() {
        let mut rng = Seed(5).child("answers").rng();
        for _ in 0..3000 {
            let text = String::from_utf8_lossy(&rng.octets::<12>()).into_owned();
            let answer = answer(&text, Some(&format!("mac_rx {text}")));
            let _ = (answer.eui(), answer.number(), answer.on_off(), answer.version(), answer.status());
            let _ = (answer.transmit_outcome(), parse_downlink(&format!("mac_rx {text}")));
        }
    }
}
