//! The modem's own commands on DLCI 0: each is repeated after T2 until it is answered, N2 times (TS 27.010 5.7).

use wire::cmux::{ControlMessage, Message};
use wire::time::{Duration, Instant};

/// The settings of the port that a host asks for: 115200 Bd, eight bits, no parity, XON and XOFF (5.4.6.3.9).
pub(super) const PORT: [u8; 7] = [7, 0x03, 0x00, 0x11, 0x13, 0x00, 0x00];

/// A command that was not answered yet.
#[derive(Debug)]
struct Asked {
    message: Message,
    /// When it is sent next; `None` before the first time.
    due: Option<Instant>,
    tries_left: u32,
}

#[derive(Debug)]
pub(super) struct Control {
    asked: Vec<Asked>,
    t2: Duration,
    retransmissions: u32,
}

impl Control {
    pub(super) const fn new(t2: Duration, retransmissions: u32) -> Self {
        Self { asked: Vec::new(), t2, retransmissions }
    }

    /// A command; a newer one about the same channel takes the place of the older.
    pub(super) fn ask(&mut self, message: Message) {
        self.asked.retain(|asked| dlci(&asked.message) != dlci(&message));
        self.asked.push(Asked { message, due: None, tries_left: self.retransmissions + 1 });
    }

    /// The channel is gone, and what was said about it.
    pub(super) fn forget(&mut self, channel: u8) {
        self.asked.retain(|asked| dlci(&asked.message) != Some(channel));
    }

    /// An answer of the host. An answer that repeats other signals belongs to an older command.
    pub(super) fn answered(&mut self, answer: &Message) {
        if let Message::Nsc(octet) = answer {
            self.asked.retain(|asked| type_octet(&asked.message) & !0x02 != octet & !0x02);
        } else {
            self.asked.retain(|asked| !(asked.due.is_some() && dlci(&asked.message) == dlci(answer)));
        }
    }

    /// What is to be sent now.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Message> {
        self.asked.retain(|asked| asked.tries_left > 0 || asked.due.is_none_or(|due| due > now));
        let mut messages = Vec::new();
        for asked in &mut self.asked {
            if asked.due.is_none_or(|due| due <= now) {
                asked.tries_left -= 1;
                asked.due = Some(now + self.t2);
                messages.push(asked.message.clone());
            }
        }
        messages
    }

    pub(super) fn next_wakeup(&self) -> Option<Instant> {
        self.asked.iter().filter_map(|asked| asked.due).min()
    }
}

/// The channel that a message is about.
fn dlci(message: &Message) -> Option<u8> {
    match message {
        Message::Msc { dlci, .. }
        | Message::Rpn { dlci, .. }
        | Message::Rls { dlci, .. }
        | Message::Snc { dlci, .. } => Some(*dlci),
        Message::Pn(parameters) => Some(parameters.dlci),
        Message::Psc
        | Message::Cld
        | Message::Test(_)
        | Message::FlowOn
        | Message::FlowOff
        | Message::Nsc(_)
        | Message::Unknown { .. } => None,
    }
}

/// The type octet of a command.
pub(super) fn type_octet(message: &Message) -> u8 {
    let octets = ControlMessage { command: true, message: message.clone() }.encode();
    octets.first().copied().unwrap_or_default()
}
