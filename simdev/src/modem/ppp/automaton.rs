//! The option negotiation automaton (RFC 1661 clause 4), which LCP, IPCP and IPV6CP share.
//!
//! The lower layer is up for as long as this exists. Two states of the table are therefore left out, and a link that
//! has stopped is not begun anew. The peer's Terminate-Request ends the layer at once: the pause after the answer,
//! which gives the peer time to send it again, would only keep the line from its command state.

use wire::ppp::{ConfigOption, Packet, code};
use wire::time::{Duration, Instant};

const RESTART_TIMER: Duration = Duration::from_secs(3);
const MAX_CONFIGURE: u8 = 10;
const MAX_TERMINATE: u8 = 2;
/// This many Configure-Naks, then what is not acceptable is rejected.
const MAX_FAILURE: u8 = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Closed or Stopped: nothing more is expected.
    Over,
    /// Closing: a Terminate-Request is out.
    Closing,
    RequestSent,
    AckReceived,
    AckSent,
    Opened,
}

/// What became of the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    Up,
    Down,
    Finished,
}

/// What an end thinks of the options that the other asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Objections {
    /// Options with the values that would do.
    pub(super) nak: Vec<ConfigOption>,
    /// Options that are not known or not for negotiation.
    pub(super) reject: Vec<ConfigOption>,
}

/// What differs from one protocol to the other.
pub(super) trait Negotiation {
    /// The options that this end asks for now.
    fn wishes(&self) -> Vec<ConfigOption>;
    /// Looks at what the peer asks for; what it can have is noted.
    fn examine(&mut self, options: &[ConfigOption]) -> Objections;
    /// The peer would rather have these values.
    fn refused(&mut self, options: &[ConfigOption]);
    /// The peer does not negotiate these.
    fn rejected(&mut self, options: &[ConfigOption]);
}

/// One layer.
#[derive(Debug)]
pub(super) struct Automaton<N> {
    pub(super) negotiation: N,
    state: State,
    due: Option<Instant>,
    tries_left: u8,
    naks_left: u8,
    identifier: u8,
    /// The data of the last Configure-Request: an answer must fit it.
    requested: Vec<u8>,
    out: Vec<Packet>,
    told: Vec<Layer>,
}

impl<N: Negotiation> Automaton<N> {
    /// Begins to negotiate.
    pub(super) fn open(now: Instant, negotiation: N) -> Self {
        let mut automaton = Self {
            negotiation,
            state: State::RequestSent,
            due: None,
            tries_left: MAX_CONFIGURE,
            naks_left: MAX_FAILURE,
            identifier: 0,
            requested: Vec::new(),
            out: Vec::new(),
            told: Vec::new(),
        };
        automaton.send_request(now);
        automaton
    }

    pub(super) fn is_opened(&self) -> bool {
        self.state == State::Opened
    }

    /// Whether this side has asked for the end and waits for the answer.
    pub(super) fn is_closing(&self) -> bool {
        self.state == State::Closing
    }

    /// Ends the layer from this side.
    pub(super) fn close(&mut self, now: Instant) {
        match self.state {
            State::Over | State::Closing => return,
            State::Opened => self.told.push(Layer::Down),
            State::RequestSent | State::AckReceived | State::AckSent => {}
        }
        self.state = State::Closing;
        self.tries_left = MAX_TERMINATE;
        self.send_terminate(now);
    }

    /// What is to be sent.
    pub(super) fn take_output(&mut self) -> Vec<Packet> {
        std::mem::take(&mut self.out)
    }

    /// What became of the layer since the last time.
    pub(super) fn take_told(&mut self) -> Vec<Layer> {
        std::mem::take(&mut self.told)
    }

    pub(super) const fn next_wakeup(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.due.is_none_or(|due| due > now) {
            return;
        }
        self.due = None;
        match self.state {
            _ if self.tries_left == 0 => self.finish(),
            State::Closing => self.send_terminate(now),
            State::RequestSent | State::AckReceived => {
                self.state = State::RequestSent;
                self.send_request(now);
            }
            State::AckSent => self.send_request(now),
            State::Over | State::Opened => {}
        }
    }

    /// A packet of one of the first seven codes; any other is answered with a Code-Reject.
    pub(super) fn receive(&mut self, now: Instant, packet: &Packet) {
        match packet.code {
            code::CONFIGURE_REQUEST => self.configure_request(now, packet),
            code::CONFIGURE_ACK => self.configure_ack(now, packet),
            code::CONFIGURE_NAK | code::CONFIGURE_REJECT => self.configure_refused(now, packet),
            code::TERMINATE_REQUEST => self.terminate_request(packet.identifier),
            code::TERMINATE_ACK => self.terminate_ack(now),
            code::CODE_REJECT => {
                // Without these codes there is no negotiation.
                if packet.data.first().is_some_and(|code| (1..=7).contains(code)) {
                    self.lose();
                }
            }
            _ => {
                let identifier = self.next_identifier();
                self.out.push(Packet { code: code::CODE_REJECT, identifier, data: packet.encode() });
            }
        }
    }

    /// The peer cannot speak this protocol (Protocol-Reject).
    pub(super) fn lose(&mut self) {
        if self.state == State::Opened {
            self.told.push(Layer::Down);
        }
        self.finish();
    }

    fn finish(&mut self) {
        if self.state != State::Over {
            self.state = State::Over;
            self.due = None;
            self.told.push(Layer::Finished);
        }
    }

    fn configure_request(&mut self, now: Instant, packet: &Packet) {
        let Ok(options) = packet.options() else { return };
        match self.state {
            State::Over => return self.send(code::TERMINATE_ACK, packet.identifier, Vec::new()),
            State::Closing => return,
            State::Opened => {
                self.told.push(Layer::Down);
                self.state = State::RequestSent;
                self.tries_left = MAX_CONFIGURE;
                self.send_request(now);
            }
            State::RequestSent | State::AckReceived | State::AckSent => {}
        }
        let mut objections = self.negotiation.examine(&options);
        if !objections.nak.is_empty() && self.naks_left == 0 {
            let kinds: Vec<u8> = objections.nak.iter().map(|option| option.kind).collect();
            objections.reject.extend(options.iter().filter(|option| kinds.contains(&option.kind)).cloned());
        }
        let identifier = packet.identifier;
        if !objections.reject.is_empty() {
            self.out.push(Packet::with_options(code::CONFIGURE_REJECT, identifier, &objections.reject));
        } else if !objections.nak.is_empty() {
            self.naks_left -= 1;
            self.out.push(Packet::with_options(code::CONFIGURE_NAK, identifier, &objections.nak));
        } else {
            self.naks_left = MAX_FAILURE;
            self.send(code::CONFIGURE_ACK, identifier, packet.data.clone());
            match self.state {
                State::AckReceived => self.up(),
                State::RequestSent => self.state = State::AckSent,
                State::Over | State::Closing | State::AckSent | State::Opened => {}
            }
            return;
        }
        if self.state == State::AckSent {
            self.state = State::RequestSent;
        }
    }

    fn up(&mut self) {
        self.state = State::Opened;
        self.due = None;
        self.told.push(Layer::Up);
    }

    fn configure_ack(&mut self, now: Instant, packet: &Packet) {
        if packet.identifier != self.identifier || packet.data != self.requested {
            return;
        }
        match self.state {
            State::Over => self.send(code::TERMINATE_ACK, packet.identifier, Vec::new()),
            State::Closing => {}
            State::RequestSent => {
                self.tries_left = MAX_CONFIGURE;
                self.state = State::AckReceived;
            }
            State::AckSent => self.up(),
            State::AckReceived | State::Opened => self.begin_again(now),
        }
    }

    fn configure_refused(&mut self, now: Instant, packet: &Packet) {
        let Ok(options) = packet.options() else { return };
        if packet.identifier != self.identifier {
            return;
        }
        match self.state {
            State::Over => return self.send(code::TERMINATE_ACK, packet.identifier, Vec::new()),
            State::Closing => return,
            State::RequestSent | State::AckReceived | State::AckSent | State::Opened => {}
        }
        if packet.code == code::CONFIGURE_NAK {
            self.negotiation.refused(&options);
        } else {
            self.negotiation.rejected(&options);
        }
        match self.state {
            State::AckSent => self.send_request(now),
            State::RequestSent | State::AckReceived | State::Opened => self.begin_again(now),
            State::Over | State::Closing => {}
        }
    }

    /// Crossed or late answers: the negotiation starts over.
    fn begin_again(&mut self, now: Instant) {
        if self.state == State::Opened {
            self.told.push(Layer::Down);
            self.tries_left = MAX_CONFIGURE;
        }
        self.state = State::RequestSent;
        self.send_request(now);
    }

    fn terminate_request(&mut self, identifier: u8) {
        self.send(code::TERMINATE_ACK, identifier, Vec::new());
        match self.state {
            State::Opened => {
                self.told.push(Layer::Down);
                self.finish();
            }
            State::AckReceived | State::AckSent => self.state = State::RequestSent,
            State::Over | State::Closing | State::RequestSent => {}
        }
    }

    fn terminate_ack(&mut self, now: Instant) {
        match self.state {
            State::Closing => self.finish(),
            State::AckReceived => self.state = State::RequestSent,
            State::Opened => self.begin_again(now),
            State::Over | State::RequestSent | State::AckSent => {}
        }
    }

    fn next_identifier(&mut self) -> u8 {
        self.identifier = self.identifier.wrapping_add(1);
        self.identifier
    }

    fn send_request(&mut self, now: Instant) {
        self.tries_left = self.tries_left.saturating_sub(1);
        let identifier = self.next_identifier();
        let packet = Packet::with_options(code::CONFIGURE_REQUEST, identifier, &self.negotiation.wishes());
        self.requested.clone_from(&packet.data);
        self.out.push(packet);
        self.due = Some(now + RESTART_TIMER);
    }

    fn send_terminate(&mut self, now: Instant) {
        self.tries_left = self.tries_left.saturating_sub(1);
        let identifier = self.next_identifier();
        self.send(code::TERMINATE_REQUEST, identifier, Vec::new());
        self.due = Some(now + RESTART_TIMER);
    }

    fn send(&mut self, code: u8, identifier: u8, data: Vec<u8>) {
        self.out.push(Packet { code, identifier, data });
    }

    /// A packet with an identifier that was not used before, such as a Protocol-Reject.
    pub(super) fn send_new(&mut self, code: u8, data: Vec<u8>) {
        let identifier = self.next_identifier();
        self.send(code, identifier, data);
    }

    /// The answer to a packet, with its identifier.
    pub(super) fn answer(&mut self, code: u8, identifier: u8, data: Vec<u8>) {
        self.send(code, identifier, data);
    }
}
