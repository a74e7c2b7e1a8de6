//! The multiplexer: one line carries several channels (TS 27.010 basic option, TS 27.007 5.7).
//!
//! The host is the initiator. It opens DLCI 0 and then the channels, each by a SABM; the modem answers, tells the
//! signals of each channel, and repeats what is not answered. Nothing here knows what a channel carries. Choices: a
//! connection above [`CHANNELS`] is refused (DM); a host that does not open DLCI 0 in time gets the plain line back;
//! what the modem sends is never longer than N1, while a longer frame of the host is taken, as modules do.

mod control;
mod link;
mod parameters;

pub(super) use parameters::{Parameters, RANGES};

use control::Control;
use link::Link;
use std::collections::{BTreeMap, VecDeque};
use wire::cmux::{
    ControlMessage, Decoder, FLAG, Frame, Kind, Message, ModemStatus, ParameterNegotiation, Received, Role,
};
use wire::time::{Duration, Instant};

/// How many channels there are, DLCI 1 and up.
pub(super) const CHANNELS: u8 = 4;
/// The longest information field that is taken from the host.
const LONGEST: usize = 2048;
/// A host that asked for the multiplexer opens DLCI 0 within this time, or the line is plain again.
const OPENING_TIME: Duration = Duration::from_secs(5);
/// Flags that wake the host, or answer a host that wakes the modem.
const WAKING: [u8; 4] = [FLAG; 4];

/// What the modem is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MuxEvent {
    /// The host opened a channel.
    Opened(u8),
    /// The host closed a channel.
    Closed(u8),
    /// Octets for a channel.
    Data(u8, Vec<u8>),
    /// The host's signals on a channel.
    Signals(u8, ModemStatus),
    /// The line is plain again.
    Ended,
}

/// Whether frames may be sent at once (5.4.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Power {
    Awake,
    /// The host has announced power saving.
    Asleep,
    /// Flags are sent until the host answers.
    Waking {
        since: Instant,
        next: Instant,
    },
}

/// The modem's end of the multiplexer.
#[derive(Debug)]
pub(super) struct Multiplexer {
    parameters: Parameters,
    decoder: Decoder,
    since: Instant,
    /// DLCI 0 is open.
    open: bool,
    ended: bool,
    /// FCoff: the host takes nothing on any channel.
    stopped: bool,
    links: BTreeMap<u8, Link>,
    /// Frame sizes that were negotiated before their channel was opened.
    sizes: BTreeMap<u8, usize>,
    control: Control,
    power: Power,
    /// Frames that wait for a host that sleeps.
    held: Vec<u8>,
    out: Vec<u8>,
    events: VecDeque<MuxEvent>,
}

impl Multiplexer {
    pub(super) fn new(now: Instant, parameters: Parameters) -> Self {
        Self {
            control: Control::new(parameters.t2, parameters.retransmissions),
            parameters,
            decoder: Decoder::new(LONGEST),
            since: now,
            open: false,
            ended: false,
            stopped: false,
            links: BTreeMap::new(),
            sizes: BTreeMap::new(),
            power: Power::Awake,
            held: Vec::new(),
            out: Vec::new(),
            events: VecDeque::new(),
        }
    }

    pub(super) fn poll_event(&mut self) -> Option<MuxEvent> {
        self.events.pop_front()
    }

    pub(super) fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// What came after the end: it belongs to the plain line.
    pub(super) fn into_rest(self) -> Vec<u8> {
        self.decoder.into_rest()
    }

    /// Octets from the line; [`Self::step`] looks at them.
    pub(super) fn push(&mut self, octets: &[u8]) {
        self.decoder.push(octets);
    }

    /// Looks at the next frame; whether there was one. What it asks for is to be done before the one behind it.
    pub(super) fn step(&mut self, now: Instant) -> bool {
        if self.ended {
            return false;
        }
        let Some(received) = self.decoder.next() else { return false };
        self.wake(now);
        match received {
            Received::Frame(frame) => self.receive_frame(now, frame),
            // The frame is lost; who misses it sends it again.
            Received::Fill | Received::Refused(_) => {}
        }
        true
    }

    /// Sends octets on a channel; what a closed channel has to say is lost.
    pub(super) fn send(&mut self, now: Instant, dlci: u8, octets: &[u8]) {
        if let Some(link) = self.links.get_mut(&dlci) {
            link.push(octets);
        }
        self.pump(now);
    }

    /// Sets the modem's signals on a channel; the host is told of a change, and of a carrier that is lost.
    pub(super) fn set_signals(&mut self, now: Instant, dlci: u8, status: ModemStatus, carrier: bool) {
        let Some(link) = self.links.get_mut(&dlci) else { return };
        let lost = std::mem::replace(&mut link.carrier, carrier) && !carrier;
        let changed = link.told.replace(status) != Some(status);
        if lost {
            self.tell(now, dlci, ModemStatus { data_valid: false, ..status });
        }
        if lost || changed {
            self.tell(now, dlci, status);
        }
    }

    fn tell(&mut self, now: Instant, dlci: u8, status: ModemStatus) {
        self.control.ask(Message::Msc { dlci, status, line_break: None });
        self.send_due(now);
    }

    pub(super) fn next_wakeup(&self) -> Option<Instant> {
        let opening = (!self.open).then_some(self.since + OPENING_TIME);
        let waking = match self.power {
            Power::Waking { next, .. } => Some(next),
            Power::Awake | Power::Asleep => None,
        };
        [opening, waking, self.control.next_wakeup()].into_iter().flatten().min()
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if !self.open && now >= self.since + OPENING_TIME {
            self.end();
        }
        if let Power::Waking { since, next } = self.power {
            if now >= since + self.parameters.t3 {
                // A host that cannot be woken is gone (5.4.7).
                self.end();
            } else if now >= next {
                self.out.extend(WAKING);
                self.power = Power::Waking { since, next: now + self.parameters.t1 };
            }
        }
        self.send_due(now);
    }

    fn receive_frame(&mut self, now: Instant, frame: Frame) {
        let commands = matches!(frame.kind, Kind::Sabm | Kind::Disc);
        // A command without its poll bit, or with the C/R bit of the other end, is none (5.2.1.2, 5.4.4).
        if commands && !(frame.poll_final && frame.is_from(Role::Initiator)) {
            return;
        }
        match (frame.kind, frame.dlci) {
            (Kind::Sabm, dlci) => self.establish(now, dlci),
            (Kind::Disc, dlci) => self.release(now, dlci),
            (Kind::Uih | Kind::Ui, 0) if self.open => self.receive_control(now, &frame.information),
            (Kind::Uih | Kind::Ui, dlci) if self.links.contains_key(&dlci) => {
                self.events.push_back(MuxEvent::Data(dlci, frame.information));
            }
            (Kind::Uih | Kind::Ui, dlci) => self.respond(now, Kind::Dm, dlci),
            // The modem opens and closes nothing: there is nothing to acknowledge.
            (Kind::Ua | Kind::Dm, _) => {}
        }
    }

    fn establish(&mut self, now: Instant, dlci: u8) {
        if dlci == 0 {
            self.open = true;
            self.respond(now, Kind::Ua, 0);
        } else if !self.open || dlci > CHANNELS {
            self.respond(now, Kind::Dm, dlci);
        } else {
            self.respond(now, Kind::Ua, dlci);
            let size = self.sizes.get(&dlci).copied().unwrap_or(self.parameters.frame_size);
            if self.links.insert(dlci, Link::new(size)).is_none() {
                self.events.push_back(MuxEvent::Opened(dlci));
            }
        }
    }

    fn release(&mut self, now: Instant, dlci: u8) {
        if dlci == 0 && self.open {
            self.respond(now, Kind::Ua, 0);
            self.end();
        } else if self.links.remove(&dlci).is_some() {
            self.sizes.remove(&dlci);
            self.control.forget(dlci);
            self.respond(now, Kind::Ua, dlci);
            self.events.push_back(MuxEvent::Closed(dlci));
        } else {
            self.respond(now, Kind::Dm, dlci);
        }
    }

    fn end(&mut self) {
        if !std::mem::replace(&mut self.ended, true) {
            self.events.push_back(MuxEvent::Ended);
        }
    }

    fn receive_control(&mut self, now: Instant, octets: &[u8]) {
        // Octets that are no message cannot even be refused by name.
        let Ok(messages) = ControlMessage::parse_all(octets) else { return };
        for ControlMessage { command, message } in messages {
            if command {
                self.obey(now, message);
            } else {
                self.control.answered(&message);
            }
        }
        self.send_due(now);
    }

    /// A command of the host, and its answer.
    fn obey(&mut self, now: Instant, message: Message) {
        let answer = match &message {
            Message::Pn(wanted) => Message::Pn(self.negotiate(*wanted)),
            Message::Rpn { dlci, settings } if settings.is_empty() => {
                Message::Rpn { dlci: *dlci, settings: control::PORT.to_vec() }
            }
            // Service negotiation is about voice codecs.
            Message::Snc { .. } | Message::Unknown { .. } | Message::Nsc(_) => {
                Message::Nsc(control::type_octet(&message))
            }
            Message::Psc
            | Message::Cld
            | Message::Test(_)
            | Message::FlowOn
            | Message::FlowOff
            | Message::Msc { .. }
            | Message::Rpn { .. }
            | Message::Rls { .. } => message.clone(),
        };
        self.send_control(now, &ControlMessage { command: false, message: answer });
        match message {
            Message::Cld => self.end(),
            Message::Psc => self.power = Power::Asleep,
            Message::FlowOff => self.stopped = true,
            Message::FlowOn => {
                self.stopped = false;
                self.pump(now);
            }
            Message::Msc { dlci, status, .. } => self.signals(now, dlci, status),
            Message::Pn(_)
            | Message::Test(_)
            | Message::Nsc(_)
            | Message::Rpn { .. }
            | Message::Rls { .. }
            | Message::Snc { .. }
            | Message::Unknown { .. } => {}
        }
    }

    fn signals(&mut self, now: Instant, dlci: u8, status: ModemStatus) {
        if let Some(link) = self.links.get_mut(&dlci) {
            link.ready = status.ready_to_receive && !status.flow_control;
            self.events.push_back(MuxEvent::Signals(dlci, status));
            self.pump(now);
        }
    }

    /// The modem can do with a smaller frame, and knows nothing but UIH frames of plain octets (5.4.6.3.1).
    fn negotiate(&mut self, wanted: ParameterNegotiation) -> ParameterNegotiation {
        let size = usize::from(wanted.frame_size).clamp(1, LONGEST);
        self.sizes.insert(wanted.dlci, size);
        if let Some(link) = self.links.get_mut(&wanted.dlci) {
            link.frame_size = size;
        }
        let frame_size = u16::try_from(size).unwrap_or(u16::MAX);
        ParameterNegotiation { frame_type: 0, convergence_layer: 0, frame_size, ..wanted }
    }

    /// The host is awake: it was heard.
    fn wake(&mut self, now: Instant) {
        match std::mem::replace(&mut self.power, Power::Awake) {
            Power::Awake => return,
            // It wakes the modem and waits for an answer.
            Power::Asleep => self.out.extend(WAKING),
            Power::Waking { .. } => {}
        }
        let held = std::mem::take(&mut self.held);
        self.out.extend(held);
        self.pump(now);
    }

    fn pump(&mut self, now: Instant) {
        if self.stopped {
            return;
        }
        let mut frames = Vec::new();
        for (dlci, link) in &mut self.links {
            while let Some(information) = link.next_piece() {
                frames.push(Frame::data(Role::Responder, *dlci, information));
            }
        }
        for frame in frames {
            self.send_frame(now, &frame);
        }
    }

    fn send_due(&mut self, now: Instant) {
        for message in self.control.due(now) {
            self.send_control(now, &ControlMessage { command: true, message });
        }
    }

    fn send_control(&mut self, now: Instant, message: &ControlMessage) {
        self.send_frame(now, &Frame::data(Role::Responder, 0, message.encode()));
    }

    fn respond(&mut self, now: Instant, kind: Kind, dlci: u8) {
        self.send_frame(now, &Frame::response(Role::Responder, kind, dlci));
    }

    fn send_frame(&mut self, now: Instant, frame: &Frame) {
        match self.power {
            Power::Awake => self.out.extend(frame.encode()),
            Power::Asleep => {
                self.held.extend(frame.encode());
                self.power = Power::Waking { since: now, next: now };
            }
            Power::Waking { .. } => self.held.extend(frame.encode()),
        }
    }
}
