//! The MAC of a node: one exchange at a time, from the uplink to the end of its receive windows of class A.
//!
//! Spec: LoRaWAN 1.0.2 clauses 3.3, 4.3, 6.2, 7 and 18.4. An exchange is a join or a new uplink with its repetitions. A
//! repetition keeps the counter and the octets, changes the channel, and waits for the duty cycle. A lower data rate for a
//! retry lasts for that exchange only; the text is silent.

use super::answers::Answers;
use super::certification::TestMode;
use super::channels::Channel;
use super::class_c::OpenReceiver;
use super::duty::{DutyCycle, JoinBudget, JoinPause};
use super::event::Event;
use super::exchange::{Exchange, Phase, Purpose};
use super::nonce::{Nonces, join_data_rate};
use super::parameters::{NetworkParameters, Parameters};
use super::requests::LinkQuality;
use super::uplink;
use super::windows::{Tuning, Windows};
use crate::defect::Defect;
use std::collections::{BTreeSet, VecDeque};
use wire::air::lora::{Carrier, HeardFrame, Hertz, LoraFrame};
use wire::lorawan::crypto::Mic;
use wire::lorawan::{DataRate, DevNonce, JoinRequest, NetId, Region, timing};
use wire::seed::Rng;
use wire::time::{Duration, Instant, Wakeup};

/// Where a node sends that leaves its channels.
const OUTSIDE: Hertz = Hertz(868_200_000);

/// What the MAC wants done or has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MacOutput {
    Transmit(LoraFrame),
    Carrier(Carrier),
    Event(Event),
}

/// Why an exchange does not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    KeysNotInit,
    /// No channel may be used; the moment from which one may, where the duty cycle forbids it.
    NoFreeChannel(Option<Instant>),
    Busy,
    Paused,
    NotJoined,
    CounterUsedUp,
    /// The data is longer than so many octets.
    DataTooLong(usize),
}

/// What a node keeps while it has power, beside its parameters.
#[derive(Clone, Debug)]
pub(super) struct Mac {
    pub parameters: Parameters,
    pub joined: bool,
    pub paused: bool,
    pub link_quality: Option<LinkQuality>,
    /// RSSI in dBm and SNR in dB of the last downlink.
    pub last_signal: Option<(i16, i16)>,
    /// The network of the session.
    pub net_id: Option<NetId>,
    /// When the next uplink is to carry a LinkCheckReq.
    pub link_check_due: Option<Instant>,
    pub(super) answers: Answers,
    pub(super) exchange: Option<Exchange>,
    pub(super) outputs: VecDeque<MacOutput>,
    /// An acknowledgement is owed.
    pub(super) ack_due: bool,
    pub(super) last_confirmed: Option<Mic>,
    /// ADR_ACK_CNT: new uplinks since the last downlink.
    pub(super) unanswered: u32,
    pub(super) test: TestMode,
    /// The receiver of class C, between the windows.
    pub(super) open_receiver: OpenReceiver,
    /// How it misbehaves.
    pub(super) defects: BTreeSet<Defect>,
    join_tries: u32,
    join_pause: Option<JoinPause>,
    duty: DutyCycle,
    join_budget: JoinBudget,
    rng: Rng,
    clock_error_ppm: i16,
}

/// What is done while the duty cycle forbids to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// It is refused.
    Now,
    /// It is sent as soon as a channel is free.
    Free,
}

/// The channel for a transmission.
enum Pick {
    Free(usize),
    At(Instant),
    None,
}

impl Pick {
    const fn usable(&self, when: When) -> Result<(), Refused> {
        match (self, when) {
            (Self::Free(_), _) | (Self::At(_), When::Free) => Ok(()),
            (Self::At(at), When::Now) => Err(Refused::NoFreeChannel(Some(*at))),
            (Self::None, _) => Err(Refused::NoFreeChannel(None)),
        }
    }
}

impl Mac {
    pub(super) fn new(
        now: Instant,
        parameters: Parameters,
        rng: Rng,
        clock_error_ppm: i16,
        test: TestMode,
        defects: BTreeSet<Defect>,
    ) -> Self {
        let link_check_due = parameters.link_check.map(|interval| now + interval);
        let duty = DutyCycle::new(parameters.network.region());
        Self {
            parameters,
            joined: false,
            paused: false,
            link_quality: None,
            last_signal: None,
            net_id: None,
            link_check_due,
            answers: Answers::default(),
            exchange: None,
            outputs: VecDeque::new(),
            ack_due: false,
            last_confirmed: None,
            unanswered: 0,
            test,
            open_receiver: OpenReceiver::default(),
            defects,
            join_tries: 0,
            join_pause: None,
            duty,
            join_budget: JoinBudget::new(now),
            rng,
            clock_error_ppm,
        }
    }

    /// The chance that runs on when the rest is forgotten.
    pub(super) fn into_rng(self) -> Rng {
        self.rng
    }

    /// Everything back to the defaults but the duty cycle, which is the law's.
    pub(super) fn reset(&mut self, parameters: Parameters) {
        let mut fresh = {
            let test = TestMode::new(self.test != TestMode::Absent);
            Self::new(
                Instant::ZERO,
                parameters,
                self.rng.clone(),
                self.clock_error_ppm,
                test,
                self.defects.clone(),
            )
        };
        if fresh.parameters.network.region() == self.parameters.network.region() {
            fresh.duty = self.duty.clone();
        }
        fresh.join_budget = self.join_budget.clone();
        *self = fresh;
    }

    /// Sends one join-request.
    pub(super) fn join(&mut self, now: Instant, nonces: &mut Nonces, when: When) -> Result<(), Refused> {
        self.ready()?;
        let Some((dev_eui, app_eui, app_key)) = self.parameters.join_identity() else {
            return Err(Refused::KeysNotInit);
        };
        let app_key = app_key.clone();
        if self.joined {
            // The network may have switched off the channels that a join needs; a join takes its mask back.
            self.parameters.network.channels.enable_defaults();
        }
        let region = self.parameters.network.region();
        let data_rate = self.join_data_rate();
        let request = |dev_nonce| JoinRequest { app_eui, dev_eui, dev_nonce }.seal(&app_key);
        let on_air = airtime(region, data_rate, &request(DevNonce::default()));
        let back_off = self.parameters.join_duty_cycle && !self.has(Defect::IgnoresJoinBackOff);
        let free_at = if back_off { self.join_budget.free_at(now, on_air) } else { now };
        if free_at > now && when == When::Now {
            return Err(Refused::NoFreeChannel(Some(free_at)));
        }
        self.pick(now, data_rate, true, None).usable(when)?;
        self.parameters.lift_limits();
        let free_at = if when == When::Free { self.spread_join(now, free_at, on_air) } else { free_at };
        let dev_nonce = nonces.next();
        self.join_tries += 1;
        self.join_budget.record(free_at, on_air);
        let mut exchange = Exchange::new(Purpose::Join { dev_nonce }, request(dev_nonce), data_rate, 1);
        exchange.phase = Phase::Waiting { until: free_at, why: "join back-off" };
        self.exchange = Some(exchange);
        self.handle_timeout(now);
        Ok(())
    }

    /// When a join-request that may wait is sent: at once, but by chance after one that failed, and after a budget that
    /// was used up. Nodes that got their power back at one moment would else ask in step for ever.
    fn spread_join(&mut self, now: Instant, free_at: Instant, on_air: Duration) -> Instant {
        let failed = self.join_pause.take();
        if self.has(Defect::RetriesInStep) {
            return free_at;
        }
        let paused = failed.map_or(now, |pause| pause.drawn(&mut self.rng));
        if free_at > now {
            JoinPause::new(free_at, on_air).drawn(&mut self.rng).max(paused)
        } else {
            paused.max(now)
        }
    }

    /// The data rate of the next join-request: that of the next try, or of the one after it where the host has switched
    /// off all channels that would allow it.
    fn join_data_rate(&self) -> DataRate {
        let network = &self.parameters.network;
        let of_try = |ahead| join_data_rate(network.region(), self.join_tries + ahead, network.data_rate);
        let usable = |rate: &DataRate| network.channels.usable(*rate).next().is_some();
        Some(of_try(1)).filter(usable).unwrap_or_else(|| of_try(2))
    }

    /// Takes the address, keys and counters that are set as a session.
    pub(super) fn personalise(&mut self) -> Result<(), Refused> {
        self.ready()?;
        if self.parameters.session().is_none() {
            return Err(Refused::KeysNotInit);
        }
        self.begin_session();
        Ok(())
    }

    /// Sends application data; without any, an empty frame that the host asked for.
    pub(super) fn send(
        &mut self,
        now: Instant,
        confirmed: bool,
        data: Option<(u8, Vec<u8>)>,
        when: When,
    ) -> Result<(), Refused> {
        self.ready()?;
        if !self.joined {
            return Err(Refused::NotJoined);
        }
        if self.parameters.fcnt_up == u32::MAX {
            return Err(Refused::CounterUsedUp);
        }
        let data_rate = self.parameters.network.data_rate;
        let most = self.parameters.network.max_frm_payload(data_rate);
        let length = data.as_ref().map_or(0, |(_, octets)| octets.len());
        if most.is_none_or(|most| length > most) {
            return Err(Refused::DataTooLong(most.unwrap_or_default()));
        }
        self.pick(now, data_rate, false, None).usable(when)?;
        let exchange = uplink::build(self, now, confirmed, data);
        self.exchange = exchange;
        self.continue_exchange(now);
        Ok(())
    }

    /// Does what is due.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        while let Some(exchange) = &self.exchange {
            match exchange.phase {
                Phase::Waiting { until, .. } if until <= now => self.continue_exchange(now),
                Phase::Listening(windows) if windows.over_at() <= now => self.windows_closed(now),
                Phase::Waiting { .. } | Phase::Listening(_) => return,
            }
        }
        self.run_test_mode(now);
    }

    /// A preamble begins in reach.
    pub(super) fn handle_preamble(&mut self, started: Instant, frame: &LoraFrame) {
        let in_a_window = match &mut self.exchange {
            Some(Exchange { phase: Phase::Listening(windows), .. }) => windows.preamble(started, frame),
            Some(_) | None => false,
        };
        if !in_a_window {
            self.listen_in_class_c(started, frame);
        }
    }

    /// A frame has ended in reach.
    pub(super) fn handle_radio(&mut self, now: Instant, heard: &HeardFrame) {
        let slot = match &mut self.exchange {
            Some(Exchange { phase: Phase::Listening(windows), .. }) => windows.take(heard),
            Some(_) | None => None,
        };
        match (slot, self.exchange.take()) {
            (Some(slot), Some(exchange)) => self.receive(now, exchange, slot, heard),
            (_, exchange) => {
                self.exchange = exchange;
                if self.open_receiver.take(heard) {
                    self.receive_in_class_c(now, heard);
                }
            }
        }
        // A long frame for somebody else may have lasted beyond the end of RX2.
        self.handle_timeout(now);
    }

    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        match &self.exchange {
            Some(exchange) => Some(match exchange.phase {
                Phase::Waiting { until, why } => Wakeup::new(until, why),
                Phase::Listening(windows) => Wakeup::new(windows.over_at(), "end of RX2"),
            }),
            None => self.test.due().map(|at| Wakeup::new(at, "test mode")),
        }
    }

    pub(super) fn begin_session(&mut self) {
        self.joined = true;
        self.join_tries = 0;
        self.join_pause = None;
        if let TestMode::Joining(_) = self.test {
            self.test = TestMode::Idle;
        }
        self.unanswered = 0;
        self.ack_due = false;
        self.last_confirmed = None;
        self.answers.clear();
    }

    /// Forgets that it has joined. The test mode, which needs a session, ends with it.
    pub(super) fn end_session(&mut self) {
        self.leave_test_mode();
        self.joined = false;
    }

    /// Ends the exchange, tells the host, and replies by itself where that is asked for.
    pub(super) fn finish(&mut self, now: Instant, exchange: &Exchange, event: Event) {
        if let Purpose::Uplink { .. } = exchange.purpose {
            uplink::count(self, exchange);
        }
        self.tell(event);
        self.reply_by_itself(now, exchange.more_pending);
    }

    /// Sends an empty uplink when an acknowledgement is owed or more waits, where the node does so by itself.
    pub(super) fn reply_by_itself(&mut self, now: Instant, more_pending: bool) {
        let wanted = self.ack_due || more_pending;
        let able = self.exchange.is_none() && self.joined && self.parameters.fcnt_up < u32::MAX;
        if self.parameters.automatic_reply && wanted && able {
            self.exchange = uplink::build_unasked(self, now, false, None);
            self.continue_exchange(now);
        }
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.outputs.push_back(MacOutput::Event(event));
    }

    pub(super) fn has(&self, defect: Defect) -> bool {
        self.defects.contains(&defect)
    }

    fn ready(&self) -> Result<(), Refused> {
        if self.paused {
            Err(Refused::Paused)
        } else if self.exchange.is_some() || self.test.is_running() {
            Err(Refused::Busy)
        } else {
            Ok(())
        }
    }

    /// Both windows have passed without a frame that ends the exchange.
    fn windows_closed(&mut self, now: Instant) {
        let Some(mut exchange) = self.exchange.take() else { return };
        if exchange.has_tries_left() {
            exchange.phase = match exchange.purpose {
                Purpose::Uplink { confirmed: true, .. } => self.ack_timeout(now),
                Purpose::Uplink { confirmed: false, .. } | Purpose::Join { .. } => {
                    Phase::Waiting { until: now, why: "repetition" }
                }
            };
            self.exchange = Some(exchange);
            return;
        }
        self.give_up(now, &exchange);
    }

    pub(super) fn give_up(&mut self, now: Instant, exchange: &Exchange) {
        if let Purpose::Join { .. } = exchange.purpose {
            let free = self.join_channels_free_at(exchange.last_data_rate).unwrap_or(now).max(now);
            let on_air = airtime(self.parameters.network.region(), exchange.last_data_rate, &exchange.octets);
            self.join_pause = Some(JoinPause::new(free, on_air));
        }
        self.finish(now, exchange, exchange.ended(false));
    }

    pub(super) fn ack_timeout(&mut self, now: Instant) -> Phase {
        let bounds = [timing::ACK_TIMEOUT_MIN, timing::ACK_TIMEOUT_MAX].map(|bound| bound.as_micros() as u64);
        let wait = Duration::from_micros(self.rng.between(bounds[0], bounds[1]));
        Phase::Waiting { until: now + wait, why: "ACK_TIMEOUT" }
    }

    /// Sends the exchange's frame now, or when a channel is free.
    pub(super) fn continue_exchange(&mut self, now: Instant) {
        let Some(mut exchange) = self.exchange.take() else { return };
        let joining = matches!(exchange.purpose, Purpose::Join { .. });
        let wanted = exchange.data_rate_of_try(&self.parameters.network);
        let usable = |rate| self.parameters.network.channels.usable(rate).next().is_some();
        let data_rate = if joining || usable(wanted) { wanted } else { exchange.data_rate };
        match self.pick(now, data_rate, joining, exchange.last_channel) {
            Pick::Free(channel) => {
                self.transmit(now, &mut exchange, channel, data_rate);
                self.exchange = Some(exchange);
            }
            Pick::At(until) => {
                exchange.phase = Phase::Waiting { until, why: "duty cycle" };
                self.exchange = Some(exchange);
            }
            Pick::None => self.give_up(now, &exchange),
        }
    }

    /// From when a channel may be used. Test mode and host can lift the law of the bands; the network's own limit
    /// (DutyCycleReq, clause 5.3) holds all the same.
    fn free_at(&self, index: usize, channel: &Channel) -> Instant {
        if self.has(Defect::IgnoresDutyCycle) {
            Instant::ZERO
        } else if self.test.is_running() || !self.parameters.duty_cycle {
            self.duty.all_free_at()
        } else {
            self.duty.free_at(index, channel)
        }
    }

    /// When the duty cycle leaves a channel free for a join-request again.
    fn join_channels_free_at(&self, data_rate: DataRate) -> Option<Instant> {
        let channels = &self.parameters.network.channels;
        let region = channels.region();
        let usable = channels
            .usable(data_rate)
            .filter(|(_, channel)| region.allows_join(channel.frequency, data_rate));
        usable.map(|(index, channel)| self.free_at(index, channel)).min()
    }

    /// A free channel by chance, another one than last time where there is a choice.
    fn pick(&mut self, now: Instant, data_rate: DataRate, joining: bool, last: Option<usize>) -> Pick {
        let channels = &self.parameters.network.channels;
        let region = channels.region();
        let usable = channels
            .usable(data_rate)
            .filter(|(_, channel)| !joining || region.allows_join(channel.frequency, data_rate));
        let times: Vec<_> = usable.map(|(index, channel)| (self.free_at(index, channel), index)).collect();
        let mut free: Vec<usize> =
            times.iter().filter(|(at, _)| *at <= now).map(|(_, index)| *index).collect();
        if self.has(Defect::KeepsToOneChannel) {
            free.truncate(1);
        }
        if free.len() > 1 {
            free.retain(|index| Some(*index) != last);
        }
        let chosen = usize::try_from(self.rng.below(free.len() as u64)).unwrap_or_default();
        match (free.get(chosen), times.iter().min()) {
            (Some(index), _) => Pick::Free(*index),
            (None, Some((at, _))) => Pick::At(*at),
            (None, None) => Pick::None,
        }
    }

    fn transmit(&mut self, now: Instant, exchange: &mut Exchange, index: usize, data_rate: DataRate) {
        let network = &self.parameters.network;
        let region = network.region();
        let (Some(channel), Some(modulation)) = (network.channels.get(index), region.modulation(data_rate))
        else {
            return;
        };
        let mut frame = LoraFrame {
            frequency: channel.frequency,
            modulation,
            inverted_iq: false,
            crc: true,
            eirp_dbm: network.eirp_dbm(network.tx_power).unwrap_or(network.max_eirp_dbm),
            payload: exchange.octets.clone(),
        };
        let on_air = frame.time_on_air();
        let stray = self.has(Defect::LeavesItsChannels) && index == 2;
        if stray {
            frame.frequency = OUTSIDE;
        }
        self.duty.record(now + on_air, on_air, (index, channel), network.max_duty_cycle);
        let joining = matches!(exchange.purpose, Purpose::Join { .. });
        let delay = if joining { self.parameters.join_delay1 } else { network.rx_delay1 };
        let defaults = NetworkParameters::new(region);
        // The windows of a join use the region's defaults whatever the last session had.
        let receive = if joining { &defaults } else { network };
        let rx1 = Tuning {
            frequency: channel
                .downlink
                .filter(|_| !joining)
                .unwrap_or_else(|| region.rx1_frequency(channel.frequency)),
            modulation: region
                .rx1_data_rate(data_rate, receive.rx1_dr_offset, receive.downlink_dwell)
                .and_then(|rate| region.modulation(rate)),
        };
        let rx2 =
            Tuning { frequency: receive.rx2_frequency, modulation: region.modulation(receive.rx2_data_rate) };
        exchange.phase =
            Phase::Listening(Windows::new(now + on_air, delay, [rx1, rx2], self.clock_error_ppm));
        self.open_receiver.stop();
        exchange.sent += 1;
        exchange.last_channel = Some(index);
        exchange.last_data_rate = data_rate;
        self.outputs.push_back(MacOutput::Transmit(frame));
    }
}

fn airtime(region: &Region, data_rate: DataRate, octets: &[u8]) -> Duration {
    let modulation = region.modulation(data_rate);
    modulation.map_or(Duration::ZERO, |modulation| {
        wire::lorawan::airtime::time_on_air(modulation, octets.len(), true)
    })
}
