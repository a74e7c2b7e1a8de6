//! A simulated gateway: concentrator, counter and just-in-time queue (Semtech packet forwarder, `jitqueue.c`).
//!
//! Its 32-bit microsecond counter starts anywhere and wraps every 71 min 35 s. It receives on its channel plan only,
//! normal polarity only, eight frames at a time with each concentrator, and nothing while it sends. Not here: antenna and
//! place, the backhaul, and GPS time.

mod demodulators;
mod forwarder;
mod plan;
mod queue;

pub use forwarder::{PacketForwarder, Stream};
pub use plan::{ChannelPlan, UnknownPlan};

use super::link::{GatewayDownlink, GatewayUplink, TxAck, When};
use super::note::{LorawanNote, MissReason};
use demodulators::Demodulators;
use queue::{JitQueue, Slot};
use std::collections::VecDeque;
use wire::air::lora::{HeardFrame, LoraFrame};
use wire::id::Eui64;
use wire::seed::Seed;
use wire::time::{Duration, Instant, Wakeup};

/// What a gateway makes of a frame that its antenna could decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It goes to the server.
    Forwarded,
    /// It was not received.
    Missed(MissReason),
    /// It is a downlink.
    Ignored,
}

/// What a gateway does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatewayOutput {
    /// Sends now; the first symbol begins at the `now` of the call that made this output.
    Transmit(LoraFrame),
    /// Forwards what it heard.
    Uplink(GatewayUplink),
    /// What it could not receive.
    Note(LorawanNote),
}

/// The most that the power table holds; more is sent with this (a warning since protocol 1.5).
const MAX_POWER_DBM: i8 = 27;
/// `imme` means this much later.
const IMMEDIATE_DELAY: Duration = Duration::from_millis(80);

/// One simulated gateway.
#[derive(Debug)]
pub struct Gateway {
    eui: Eui64,
    plan: ChannelPlan,
    counter_offset: u32,
    queue: JitQueue,
    demodulators: Demodulators,
    /// Frames that are on the air or have just been; needed to be deaf meanwhile.
    sending: Vec<Slot>,
    /// What it answers to the next requests, whatever it could do.
    refusals: VecDeque<TxAck>,
    outputs: VecDeque<GatewayOutput>,
}

impl Gateway {
    /// A gateway whose counter starts where `seed` says.
    #[must_use]
    pub fn new(eui: Eui64, plan: ChannelPlan, seed: Seed) -> Self {
        let counter_offset = seed.child(&eui.to_string()).rng().below(1 << 32) as u32;
        Self::with_counter(eui, plan, counter_offset)
    }

    /// A gateway whose counter is `counter_offset` at lab time zero, to test its wrap.
    #[must_use]
    pub fn with_counter(eui: Eui64, plan: ChannelPlan, counter_offset: u32) -> Self {
        let (queue, sending, outputs) = (JitQueue::default(), Vec::new(), VecDeque::new());
        let (demodulators, refusals) = (Demodulators::default(), VecDeque::new());
        Self { eui, plan, counter_offset, queue, demodulators, sending, refusals, outputs }
    }

    /// Its EUI.
    #[must_use]
    pub const fn eui(&self) -> Eui64 {
        self.eui
    }

    /// What it listens on.
    #[must_use]
    pub const fn plan(&self) -> ChannelPlan {
        self.plan
    }

    /// Its counter at `at`.
    #[must_use]
    pub const fn counter(&self, at: Instant) -> u32 {
        (at.as_micros() as u32).wrapping_add(self.counter_offset)
    }

    /// A preamble that its antenna can tell from noise: it takes a demodulator until the end of the frame, whatever
    /// becomes of the frame. A frame of which nobody told this way finds one free.
    pub fn handle_preamble(&mut self, started: Instant, frame: &LoraFrame) {
        if !frame.inverted_iq && self.plan.hears(frame.frequency, frame.modulation) {
            self.demodulators.begin(self.plan.concentrator(frame.frequency), started, frame);
        }
    }

    /// What its antenna heard, called at the end of the frame.
    pub fn handle_radio(&mut self, now: Instant, heard: &HeardFrame) -> Taken {
        self.handle_timeout(now);
        let frame = &heard.frame;
        if frame.inverted_iq {
            return Taken::Ignored;
        }
        if !self.plan.hears(frame.frequency, frame.modulation) {
            self.note_missed(frame, MissReason::OutsidePlan)
        } else if self.sending.iter().any(|slot| slot.overlaps(heard.started, heard.ended)) {
            self.note_missed(frame, MissReason::Sending)
        } else if self.demodulators.take_missed(heard.started, frame) {
            self.note_missed(frame, MissReason::Demodulators)
        } else {
            self.outputs.push_back(GatewayOutput::Uplink(GatewayUplink {
                gateway: self.eui,
                tmst: self.counter(heard.ended),
                frequency: frame.frequency,
                modulation: frame.modulation,
                rssi_dbm: heard.rssi_dbm,
                snr_decibel_tenths: heard.snr_decibel_tenths,
                payload: frame.payload.clone(),
            }));
            Taken::Forwarded
        }
    }

    /// Puts a downlink into the queue, or says why not.
    pub fn schedule(&mut self, now: Instant, downlink: GatewayDownlink) -> TxAck {
        self.handle_timeout(now);
        if let Some(word) = self.refusals.pop_front() {
            return word;
        }
        if !self.plan.radio_limits().contains(&downlink.frequency) {
            return TxAck::TxFreq;
        }
        let frame = LoraFrame {
            frequency: downlink.frequency,
            modulation: downlink.modulation,
            inverted_iq: downlink.inverted_iq,
            crc: false,
            eirp_dbm: downlink.eirp_dbm.min(MAX_POWER_DBM),
            payload: downlink.payload,
        };
        let verdict = match downlink.when {
            When::Immediately => self.queue.insert_when_free(now + IMMEDIATE_DELAY, frame, &self.sending),
            When::AtCounter(tmst) => {
                let ahead = tmst.wrapping_sub(self.counter(now));
                self.queue.insert(now, ahead, frame, &self.sending)
            }
        };
        verdict.err().unwrap_or(TxAck::Accepted)
    }

    /// Lets it answer a request with this word instead of doing it, as a gateway does whose concentrator is in trouble. Words
    /// that are already waiting come first.
    pub fn refuse_next(&mut self, word: TxAck) {
        self.refusals.push_back(word);
    }

    /// Sends what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.sending.retain(|slot| slot.is_recent(now));
        while let Some((slot, frame)) = self.queue.take_due(now) {
            self.sending.push(slot);
            self.outputs.push_back(GatewayOutput::Transmit(frame));
        }
    }

    /// What it does, until `None`.
    pub fn poll_output(&mut self) -> Option<GatewayOutput> {
        self.outputs.pop_front()
    }

    /// When the next frame has to go out.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        self.queue.next_start().map(|at| Wakeup::new(at, "gateway transmission"))
    }

    fn note_missed(&mut self, frame: &LoraFrame, why: MissReason) -> Taken {
        let (frequency, modulation) = (frame.frequency, frame.modulation);
        let note = LorawanNote::GatewayMissed { gateway: self.eui, frequency, modulation, why };
        self.outputs.push_back(GatewayOutput::Note(note));
        Taken::Missed(why)
    }
}

#[cfg(test)]
mod tests;
