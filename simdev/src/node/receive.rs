//! What a frame that was received in a window does (LoRaWAN 1.0.2 clauses 3.3.6, 4.3.1, 6.2.5).

use super::downlink::{self, Received};
use super::event::{Downlink, Event, Slot};
use super::exchange::{Exchange, Purpose};
use super::mac::Mac;
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
    pub(super) fn receive(&mut self, now: Instant, exchange: Exchange, slot: Slot, heard: &HeardFrame) {
        match (exchange.purpose, self.parse(heard)) {
            (Purpose::Join { dev_nonce }, Some(Frame::JoinAccept(accept))) => {
                if self.take_join_accept(&accept, dev_nonce, &exchange) {
                    self.finish(now, &exchange, Event::Joined);
                } else {
                    self.exchange = Some(exchange);
                }
            }
            (Purpose::Uplink { .. }, Some(Frame::Data(data))) => {
                match downlink::open(&self.parameters, self.last_confirmed, &data, &self.defects) {
                    Some(received) => {
                        let told = self.absorb(now, &data, received, slot, heard);
                        self.end_or_repeat(now, exchange, told);
                    }
                    None => {
                        self.exchange = Some(exchange);
                        self.hear_group(&data, heard);
                    }
                }
            }
            (Purpose::Join { .. } | Purpose::Uplink { .. }, _) => self.exchange = Some(exchange),
        }
    }

    /// A frame ended that was received outside the windows. It ends an exchange only when it acknowledges it.
    pub(super) fn receive_in_class_c(&mut self, now: Instant, heard: &HeardFrame) {
        let Some(Frame::Data(data)) = self.parse(heard) else { return };
        let open = downlink::open(&self.parameters, self.last_confirmed, &data, &self.defects);
        let Some(received) = open else { return self.hear_group(&data, heard) };
        let mut told = self.absorb(now, &data, received, Slot::ClassC, heard);
        let awaits_ack = |exchange: &mut Exchange| {
            matches!(exchange.purpose, Purpose::Uplink { confirmed: true, .. }) && exchange.sent > 0
        };
        let ended = if told.ack { self.exchange.take_if(awaits_ack) } else { None };
        told.ends_exchange = ended.is_some();
        self.tell(Event::Downlink(told));
        match ended {
            Some(exchange) => self.conclude(now, exchange),
            None => self.reply_by_itself(now, false),
        }
    }

    fn parse(&self, heard: &HeardFrame) -> Option<Frame> {
        let legal = has_legal_length(&self.parameters.network, heard);
        Frame::parse(&heard.frame.payload).ok().filter(|_| legal)
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
            channels: self.parameters.network.channels.after_join(),
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
        self.net_id = Some(accept.net_id);
        self.begin_session();
        true
    }

    /// Does what a downlink asks for, and gives what the host may be told of it.
    fn absorb(
        &mut self,
        now: Instant,
        frame: &DataFrame,
        received: Received,
        slot: Slot,
        heard: &HeardFrame,
    ) -> Downlink {
        let Received { message, repeated } = received;
        self.unanswered = 0;
        // Answers are repeated until a downlink is heard in a window of class A (clause 5).
        if slot != Slot::ClassC {
            self.answers.downlink_heard();
        }
        self.parameters.fcnt_down = message.fcnt.saturating_add(1);
        if message.confirmed {
            self.ack_due = true;
            self.last_confirmed = Some(frame.mic());
        }
        let commands = DownlinkCommand::read_all(message.mac_octets()).commands;
        let snr = i8::try_from(heard.snr_decibel_tenths / 10).unwrap_or(i8::MAX);
        let link = requests::apply(&commands, snr, &mut self.parameters, &mut self.answers, &self.defects);
        if self.has(Defect::ReversesMacAnswers) {
            self.answers.reverse();
        }
        self.link_quality = link.or(self.link_quality);
        if let Some(quality) = link {
            self.take_test_link_check(quality.margin, quality.gateways);
        }
        self.take_test_downlink(now, message.confirmed, message.payload.as_ref().filter(|_| !repeated));
        let data_rate = self.parameters.network.region().data_rate(heard.frame.modulation, Direction::Down);
        let (rssi_dbm, snr_tenths) = (heard.rssi_dbm, heard.snr_decibel_tenths);
        self.last_signal = Some((rssi_dbm, snr_tenths / 10));
        Downlink {
            slot,
            group: false,
            rssi_dbm,
            snr_tenths,
            data_rate: data_rate.unwrap_or_default(),
            data: message.payload.filter(|data| APPLICATION_PORTS.contains(&data.port) && !repeated),
            ack: message.ack,
            more_pending: message.f_pending,
            link,
            ends_exchange: false,
        }
    }

    /// A downlink came in a window: RX2 stays shut, and a confirmed uplink without its acknowledgement is sent again.
    fn end_or_repeat(&mut self, now: Instant, mut exchange: Exchange, mut told: Downlink) {
        exchange.answered = true;
        exchange.more_pending = told.more_pending;
        let unacknowledged = matches!(exchange.purpose, Purpose::Uplink { confirmed: true, .. }) && !told.ack;
        let repeats = unacknowledged && exchange.has_tries_left();
        told.ends_exchange = !repeats;
        self.tell(Event::Downlink(told));
        if repeats {
            exchange.phase = self.ack_timeout(now);
            self.exchange = Some(exchange);
        } else if unacknowledged {
            self.give_up(now, &exchange);
        } else {
            self.conclude(now, exchange);
        }
    }

    /// The downlink ends the exchange well.
    fn conclude(&mut self, now: Instant, mut exchange: Exchange) {
        exchange.answered = true;
        self.finish(now, &exchange, exchange.ended(true));
    }
}

/// A frame longer than the data rate allows is ignored.
fn has_legal_length(network: &NetworkParameters, heard: &HeardFrame) -> bool {
    let (region, rule) = (network.region(), PayloadRule::with_dwell(network.downlink_dwell));
    let data_rate = region.data_rate(heard.frame.modulation, Direction::Down);
    let most = data_rate.and_then(|data_rate| region.max_mac_payload(data_rate, rule));
    most.is_some_and(|most| heard.frame.payload.len() <= most + 5)
}
