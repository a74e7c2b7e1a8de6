//! What a frame that was received in a window does (LoRaWAN 1.0.2 clauses 3.3.6, 4.3.1, 6.2.5).

use super::downlink::{self, Received};
use super::exchange::{Exchange, Purpose};
use super::mac::{Mac, MacOutput, Outcome};
use super::parameters::NetworkParameters;
use super::requests;
use crate::defect::Defect;
use wire::air::lora::HeardFrame;
use wire::lorawan::crypto::Direction;
use wire::lorawan::mac::DownlinkCommand;
use wire::lorawan::{DataFrame, DevNonce, Frame, JoinAcceptFrame, PayloadRule, timing};
use wire::time::Instant;

/// Ports of applications; 224 is that of the test mode.
const APPLICATION_PORTS: std::ops::RangeInclusive<u8> = 1..=223;

impl Mac {
    /// A frame ended that the receiver was locked on to. What is not for this node leaves the windows as they are.
    pub(super) fn receive(&mut self, now: Instant, exchange: Exchange, heard: &HeardFrame) {
        let frame = Frame::parse(&heard.frame.payload)
            .ok()
            .filter(|_| has_legal_length(&self.parameters.network, heard));
        match (exchange.purpose, frame) {
            (Purpose::Join { dev_nonce }, Some(Frame::JoinAccept(accept))) => {
                if self.take_join_accept(&accept, dev_nonce, &exchange) {
                    self.finish(now, &exchange, Some(Outcome::Joined));
                } else {
                    self.exchange = Some(exchange);
                }
            }
            (Purpose::Uplink { .. }, Some(Frame::Data(data))) => {
                match downlink::open(&self.parameters, self.last_confirmed, &data, &self.defects) {
                    Some(received) => self.take_downlink(now, exchange, &data, received, heard),
                    None => self.exchange = Some(exchange),
                }
            }
            (Purpose::Join { .. } | Purpose::Uplink { .. }, _) => self.exchange = Some(exchange),
        }
    }

    /// Opens a session when the MIC fits; false leaves everything as it was.
    fn take_join_accept(
        &mut self,
        frame: &JoinAcceptFrame,
        dev_nonce: DevNonce,
        exchange: &Exchange,
    ) -> bool {
        let Some(app_key) = self.parameters.app_key.clone() else { return false };
        let Ok(accept) = frame.open(&app_key) else { return false };
        let keys = accept.session_keys(&app_key, dev_nonce);
        let mut network = NetworkParameters {
            // The text does not say which data rate a session begins with: the one that reached the network.
            data_rate: exchange.data_rate,
            tx_power: self.parameters.network.tx_power,
            rx1_dr_offset: accept.dl_settings.rx1_dr_offset,
            rx2_data_rate: wire::lorawan::DataRate(accept.dl_settings.rx2_data_rate),
            rx_delay1: timing::receive_delay(accept.rx_delay),
            ..NetworkParameters::new(self.parameters.network.region())
        };
        if let Some(list) = &accept.cf_list {
            network.channels.apply(list);
        }
        if self.has(Defect::IgnoresRxDelay) {
            network.rx_delay1 = timing::RECEIVE_DELAY1;
        }
        self.parameters.network = network;
        self.parameters.dev_addr = Some(accept.dev_addr);
        self.parameters.nwk_s_key = Some(keys.nwk_s_key);
        self.parameters.app_s_key = Some(keys.app_s_key);
        self.parameters.fcnt_up = 0;
        self.parameters.fcnt_down = 0;
        self.begin_session();
        true
    }

    fn take_downlink(
        &mut self,
        now: Instant,
        mut exchange: Exchange,
        frame: &DataFrame,
        received: Received,
        heard: &HeardFrame,
    ) {
        let Received { message, repeated } = received;
        self.unanswered = 0;
        self.answers.downlink_heard();
        self.parameters.fcnt_down = message.fcnt.saturating_add(1);
        if message.confirmed {
            self.ack_due = true;
            self.last_confirmed = Some(frame.mic());
        }
        let commands = DownlinkCommand::read_all(message.mac_octets()).commands;
        let snr = i8::try_from(heard.snr_decibel_tenths / 10).unwrap_or(i8::MAX);
        let quality = requests::apply(&commands, snr, &mut self.parameters, &mut self.answers, &self.defects);
        if self.has(Defect::ReversesMacAnswers) {
            self.answers.reverse();
        }
        self.link_quality = quality.or(self.link_quality);
        if let Some(quality) = quality {
            self.take_test_link_check(quality.margin, quality.gateways);
        }
        exchange.answered = true;
        exchange.more_pending = message.f_pending;
        self.take_test_downlink(now, message.confirmed, message.payload.as_ref().filter(|_| !repeated));
        let data = message.payload.filter(|payload| APPLICATION_PORTS.contains(&payload.port) && !repeated);
        exchange.held = data.or(exchange.held.take());
        match exchange.purpose {
            Purpose::Uplink { confirmed: true, .. } if !message.ack => self.await_ack(now, exchange),
            Purpose::Uplink { .. } | Purpose::Join { .. } => self.conclude(now, exchange),
        }
    }

    /// The downlink ends the exchange well.
    fn conclude(&mut self, now: Instant, mut exchange: Exchange) {
        let outcome = match (exchange.held.take(), exchange.purpose) {
            (Some(data), _) => Some(Outcome::Received { port: data.port, octets: data.octets }),
            (None, Purpose::Uplink { reply: true, .. } | Purpose::Join { .. }) => None,
            (None, Purpose::Uplink { reply: false, .. }) => Some(Outcome::Sent),
        };
        self.finish(now, &exchange, outcome);
    }

    /// A downlink came, but not the acknowledgement: RX2 stays shut, and the uplink is sent again.
    fn await_ack(&mut self, now: Instant, mut exchange: Exchange) {
        if exchange.has_tries_left() {
            exchange.phase = self.ack_timeout(now);
            self.exchange = Some(exchange);
        } else {
            self.give_up(now, &mut exchange);
        }
    }
}

/// A frame longer than the data rate allows is ignored.
fn has_legal_length(network: &NetworkParameters, heard: &HeardFrame) -> bool {
    let (region, rule) = (network.region(), PayloadRule::with_dwell(network.downlink_dwell));
    let data_rate = region.data_rate(heard.frame.modulation, Direction::Down);
    let most = data_rate.and_then(|data_rate| region.max_mac_payload(data_rate, rule));
    most.is_some_and(|most| heard.frame.payload.len() <= most + 5)
}

impl MacOutput {
    /// The line that tells the host, where it is told something.
    pub(super) fn line(&self) -> Option<String> {
        match self {
            Self::Transmit(_) => None,
            Self::Outcome(Outcome::Joined) => Some("accepted".to_owned()),
            Self::Outcome(Outcome::Denied) => Some("denied".to_owned()),
            Self::Outcome(Outcome::Sent) => Some("mac_tx_ok".to_owned()),
            Self::Outcome(Outcome::NotAcknowledged) => Some("mac_err".to_owned()),
            Self::Outcome(Outcome::Received { port, octets }) => {
                Some(format!("mac_rx {port} {}", hex::encode_upper(octets)))
            }
        }
    }
}
