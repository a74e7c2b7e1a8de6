//! What came of an order, read into values.

use super::dialect::{Dialect, Event, Later, LinkCheck};
use super::error::LoraError;
use wire::id::Eui64;

/// The answer to an order, and what the node told of its exchange on the air.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The last line of the order, without a key.
    pub command: String,
    /// The values that were answered to all of its lines.
    pub values: Vec<String>,
    /// The exchange on the air, where the order has one.
    pub exchange: Option<Exchange>,
    /// The dialect in which this was said.
    pub dialect: &'static Dialect,
}

/// An exchange on the air, as the node told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    pub(super) later: Later,
    pub(super) joined: Option<bool>,
    pub(super) acknowledged: Option<bool>,
    pub(super) too_long: bool,
    pub(super) downlink: Option<(u8, Vec<u8>)>,
    pub(super) link_check: Option<LinkCheck>,
    /// The lines of the node that say so, in their order; none where only silence said it.
    pub evidence: Vec<String>,
}

/// How a join ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinOutcome {
    /// There is a session.
    Accepted,
    /// No join-accept came in either window.
    Denied,
}

/// How an uplink ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransmitOutcome {
    /// Sent, and acknowledged where it was confirmed; no data came back.
    Sent,
    /// A downlink with data came back.
    Received {
        /// FPort.
        port: u8,
        /// FRMPayload in clear.
        payload: Vec<u8>,
    },
    /// No acknowledgement after all tries, or the transmission failed.
    NotAcknowledged,
    /// The data rate fell and the payload does not fit any more.
    TooLong,
}

impl Exchange {
    pub(super) const fn new(later: Later) -> Self {
        Self {
            later,
            joined: None,
            acknowledged: None,
            too_long: false,
            downlink: None,
            link_check: None,
            evidence: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, event: Event) {
        match event {
            Event::Joined(joined) => self.joined = Some(joined),
            Event::Acknowledged(acknowledged) => self.acknowledged = Some(acknowledged),
            Event::TooLong => self.too_long = true,
            // One uplink has one downlink with data; a second would be told as a report.
            Event::Downlink { port, payload } => {
                self.downlink = self.downlink.take().or(Some((port, payload)))
            }
            Event::LinkCheck(check) => self.link_check = Some(check),
            Event::Ended => {}
        }
    }
}

impl Answer {
    /// The last value, or nothing where the answer has none.
    #[must_use]
    pub fn value(&self) -> &str {
        self.values.last().map_or("", String::as_str)
    }

    /// How a join ended. What ended without a word of success is denied.
    ///
    /// # Errors
    /// [`LoraError::Malformed`] for an order that is no join.
    pub fn join_outcome(&self) -> Result<JoinOutcome, LoraError> {
        match &self.exchange {
            Some(Exchange { later: Later::Join { .. }, joined: Some(true), .. }) => Ok(JoinOutcome::Accepted),
            Some(Exchange { later: Later::Join { .. }, .. }) => Ok(JoinOutcome::Denied),
            Some(_) | None => Err(self.malformed(self.value(), "a join")),
        }
    }

    /// How an uplink ended; a missing acknowledgement is no error.
    ///
    /// # Errors
    /// [`LoraError::Malformed`] for an order that is no uplink.
    pub fn transmit_outcome(&self) -> Result<TransmitOutcome, LoraError> {
        let confirmed = match self.exchange.as_ref().map(|exchange| exchange.later) {
            Some(Later::Uplink { confirmed, .. }) => confirmed,
            Some(Later::UplinkAfterDelay { .. }) => false,
            Some(Later::Join { .. } | Later::Nothing) | None => {
                return Err(self.malformed(self.value(), "an uplink"));
            }
        };
        let Some(exchange) = &self.exchange else { return Err(self.malformed(self.value(), "an uplink")) };
        if exchange.too_long {
            return Ok(TransmitOutcome::TooLong);
        }
        if let Some((port, payload)) = exchange.downlink.clone() {
            return Ok(TransmitOutcome::Received { port, payload });
        }
        // RN2483 says "mac_err" of an unconfirmed uplink, too, when it could not be sent.
        let failed = exchange.acknowledged == Some(false) || confirmed && exchange.acknowledged != Some(true);
        Ok(if failed { TransmitOutcome::NotAcknowledged } else { TransmitOutcome::Sent })
    }

    /// An EUI as the dialect prints it, alone or after its name.
    ///
    /// # Errors
    /// [`LoraError::Malformed`].
    pub fn eui(&self) -> Result<Eui64, LoraError> {
        let text = self.value().rsplit(", ").next().unwrap_or_default();
        let form = self.dialect.eui;
        form.read(text).ok_or_else(|| self.malformed(self.value(), form.what()))
    }

    /// The two decimal numbers at the end of the values: counters, or the result of a link check.
    ///
    /// # Errors
    /// [`LoraError::Malformed`].
    pub fn two_numbers(&self) -> Result<[u32; 2], LoraError> {
        let text = self.values.join(",");
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let mut fields = text.rsplit(',').map(str::trim);
        let mut number = || fields.next().filter(|field| digits(field)).and_then(|field| field.parse().ok());
        match (number(), number()) {
            (Some(second), Some(first)) => Ok([first, second]),
            _ => Err(self.malformed(&text, "two decimal numbers")),
        }
    }

    pub(super) fn malformed(&self, got: &str, expected: &'static str) -> LoraError {
        LoraError::Malformed { command: self.command.clone(), expected, got: got.to_owned() }
    }
}
