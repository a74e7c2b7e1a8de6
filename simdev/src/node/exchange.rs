//! What is under way: a join-request or an uplink with its repetitions (LoRaWAN 1.0.2 clauses 3.3 and 18.4).

use super::event::{Done, Event};
use super::parameters::NetworkParameters;
use super::windows::Windows;
use wire::lorawan::{DataRate, DevNonce};
use wire::time::Instant;

/// What an exchange is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Join {
        dev_nonce: DevNonce,
    },
    /// `reply`: an empty uplink that the host did not ask for.
    Uplink {
        confirmed: bool,
        reply: bool,
    },
}

/// What an exchange waits for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    Waiting { until: Instant, why: &'static str },
    Listening(Windows),
}

#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub purpose: Purpose,
    /// The PHYPayload, the same for every repetition.
    pub octets: Vec<u8>,
    pub data_rate: DataRate,
    pub last_data_rate: DataRate,
    /// Transmissions so far.
    pub sent: u8,
    /// Transmissions at most.
    pub limit: u8,
    pub last_channel: Option<usize>,
    /// A downlink was heard.
    pub answered: bool,
    /// The last downlink had FPending.
    pub more_pending: bool,
    pub phase: Phase,
}

impl Exchange {
    pub(super) const fn new(purpose: Purpose, octets: Vec<u8>, data_rate: DataRate, limit: u8) -> Self {
        let phase = Phase::Waiting { until: Instant::ZERO, why: "duty cycle" };
        Self {
            purpose,
            octets,
            data_rate,
            last_data_rate: data_rate,
            sent: 0,
            limit,
            last_channel: None,
            answered: false,
            more_pending: false,
            phase,
        }
    }

    /// What the host is told at its end.
    pub(super) const fn ended(&self, well: bool) -> Event {
        match self.purpose {
            Purpose::Join { .. } if well => Event::Joined,
            Purpose::Join { .. } => Event::JoinFailed,
            Purpose::Uplink { confirmed, reply } => {
                Event::Done(Done { confirmed, unasked: reply, acknowledged: confirmed && well })
            }
        }
    }

    pub(super) const fn has_tries_left(&self) -> bool {
        self.sent < self.limit
    }

    /// Two tries per data rate for a confirmed uplink, as far as its length allows; else the same for all.
    pub(super) fn data_rate_of_try(&self, network: &NetworkParameters) -> DataRate {
        let Purpose::Uplink { confirmed: true, .. } = self.purpose else { return self.data_rate };
        let slower = DataRate(self.data_rate.0.saturating_sub(self.sent / 2));
        if network.allows_length(slower, self.octets.len()) { slower } else { self.last_data_rate }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(data_rate: u8, length: usize) -> Vec<u8> {
        let purpose = Purpose::Uplink { confirmed: true, reply: false };
        let mut exchange = Exchange::new(purpose, vec![0; length], DataRate(data_rate), 8);
        let mut rates = Vec::new();
        let network = NetworkParameters::new(&wire::lorawan::eu868::REGION);
        while exchange.has_tries_left() {
            exchange.last_data_rate = exchange.data_rate_of_try(&network);
            rates.push(exchange.last_data_rate.0);
            exchange.sent += 1;
        }
        rates
    }

    #[test]
    fn the_data_rate_falls_with_every_second_try_as_far_as_the_length_allows() {
        assert_eq!(rates(5, 20), [5, 5, 4, 4, 3, 3, 2, 2]);
        assert_eq!(rates(1, 20), [1, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(rates(5, 129), [5, 5, 4, 4, 4, 4, 4, 4]);
    }
}
