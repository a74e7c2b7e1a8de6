//! The multiplexer on the modem's line: connections become AT channels (TS 27.007 5.7, TS 27.010 5.4).
//!
//! Each channel is a command line with echo, result codes, character set and error format of its own, as they are after
//! power-on, and each can enter the data state. Reports go to every channel that is in command state. The plain line
//! rests and comes back as it was.

use super::Modem;
use super::channel::PLAIN;
use super::mux::{Multiplexer, MuxEvent, Parameters, RANGES};
use super::outcome::{Flow, Outcome, Refusal};
use wire::at::command::Form;
use wire::at::error::CmeError;
use wire::cmux::ModemStatus;
use wire::time::{Instant, Wakeup};

impl Modem {
    /// `+CMUX`.
    pub(super) fn multiplex(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Test => {
                self.information(&format!("+CMUX: {RANGES}"));
                Ok(Flow::Done)
            }
            Form::Read => {
                let text = self.local.multiplexer.text();
                self.information(&format!("+CMUX: {text}"));
                Ok(Flow::Done)
            }
            Form::Set(_) if self.mux.is_some() => Err(CmeError::OPERATION_NOT_ALLOWED.into()),
            Form::Set(list) => Ok(Flow::Multiplex(Parameters::parse(list)?)),
            Form::Action => Err(Refusal::NoSuchForm),
        }
    }

    /// `OK` has been said: from here on frames.
    pub(super) fn begin_multiplexer(&mut self, now: Instant, parameters: Parameters) {
        // A call that was left with +++ does not outlive the line that it was on.
        self.end_data(now, None);
        self.collect_output(now);
        self.local.multiplexer = parameters.clone();
        self.mux = Some(Multiplexer::new(now, parameters));
        let early = self.line.take_backlog();
        self.receive_frames(now, &early);
    }

    /// Octets from the line while it is multiplexed.
    pub(super) fn receive_frames(&mut self, now: Instant, octets: &[u8]) {
        if let Some(mux) = &mut self.mux {
            mux.push(octets);
        }
        while self.mux.as_mut().is_some_and(|mux| mux.step(now)) {
            self.settle_multiplexer(now);
            self.collect_output(now);
        }
    }

    pub(super) fn multiplexer_timeout(&mut self, now: Instant) {
        if let Some(mux) = &mut self.mux {
            mux.handle_timeout(now);
        }
        self.settle_multiplexer(now);
    }

    pub(super) fn multiplexer_wakeup(&self) -> Option<Wakeup> {
        let at = self.mux.as_ref().and_then(Multiplexer::next_wakeup);
        at.map(|at| Wakeup::new(at, "multiplexer"))
    }

    fn settle_multiplexer(&mut self, now: Instant) {
        while let Some(event) = self.mux.as_mut().and_then(Multiplexer::poll_event) {
            match event {
                MuxEvent::Opened(dlci) => self.open_channel(dlci),
                MuxEvent::Closed(dlci) => self.close_channel(now, dlci),
                MuxEvent::Data(dlci, octets) => self.on_channel(dlci, |modem| {
                    modem.line.received(&octets);
                    modem.read_input(now);
                }),
                MuxEvent::Signals(dlci, status) => self.on_channel(dlci, |modem| {
                    let before =
                        std::mem::replace(&mut modem.line.terminal_ready, status.ready_to_communicate);
                    if before && !status.ready_to_communicate {
                        modem.data_terminal_lost(now);
                    }
                }),
                MuxEvent::Ended => self.end_multiplexer(now),
            }
        }
        self.tell_signals(now);
    }

    /// The line is plain again, and what came after the end is typed on it.
    fn end_multiplexer(&mut self, now: Instant) {
        self.on_each_channel(|modem| modem.end_data(now, None));
        self.collect_output(now);
        self.close_channels();
        if let Some(mux) = self.mux.take() {
            self.line.received(&mux.into_rest());
            self.read_input(now);
        }
    }

    /// Tells the host the modem's signals, where they have changed. DV says that the channel can be used: it is on from
    /// the opening on, so that a program that waits for the carrier gets its port, and falls for a moment when a data
    /// call ends, unless `&C0`.
    pub(super) fn tell_signals(&mut self, now: Instant) {
        if self.mux.is_none() {
            return;
        }
        let incoming_call = self.next_ring.is_some();
        self.on_each_channel(|modem| {
            let carrier_follows = modem.profile.inert.get("&C") != Some(&0);
            let status = ModemStatus {
                flow_control: false,
                ready_to_communicate: true,
                ready_to_receive: true,
                incoming_call,
                data_valid: true,
            };
            let carrier = carrier_follows && modem.data.is_some();
            let dlci = modem.active_channel();
            if let Some(mux) = modem.mux.as_mut().filter(|_| dlci != PLAIN) {
                mux.set_signals(now, dlci, status, carrier);
            }
        });
    }

    /// Moves what the channels have to say to the line.
    pub(super) fn collect_output(&mut self, now: Instant) {
        if self.mux.is_none() {
            self.wire_out.extend(self.line.take_output().unwrap_or_default());
            return;
        }
        self.on_each_channel(|modem| {
            let dlci = modem.active_channel();
            let octets = modem.line.take_output().unwrap_or_default();
            if let Some(mux) = modem.mux.as_mut().filter(|_| dlci != PLAIN && !octets.is_empty()) {
                mux.send(now, dlci, &octets);
            }
        });
        self.tell_signals(now);
        if let Some(mux) = &mut self.mux {
            self.wire_out.extend(mux.take_output());
        }
    }
}
