//! The authentication phase: the host says who it is (RFC 1334, RFC 1994).
//!
//! The modem cannot check a password; only the network behind it can, when it is asked for the connection. So the
//! modem accepts what the host says, keeps it for the protocol configuration options, and a wrong password ends the
//! link one phase later (TS 27.060 clause 9 has it so).

use super::lcp::Proof;
use wire::nas::Authentication;
use wire::ppp::{Packet, chap, pap, protocol};
use wire::seed::Rng;
use wire::time::{Duration, Instant};

const RESTART_TIMER: Duration = Duration::from_secs(3);
const MOST_TRIES: u8 = 10;
/// The name in the challenge: hosts look their password up by it, or by any name.
const NAME: &[u8] = b"UMTS_CHAP_SRVR";

/// What became of the phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Proven {
    /// The host said who it is, or does not have to.
    As(Option<Authentication>),
    /// The host keeps silent.
    Silent,
}

/// The phase; afterwards it answers what the host repeats.
#[derive(Debug)]
pub(super) struct Authenticator {
    proof: Proof,
    challenge: Vec<u8>,
    identifier: u8,
    tries: u8,
    due: Option<Instant>,
    done: bool,
    out: Vec<Packet>,
}

impl Authenticator {
    pub(super) fn new(now: Instant, proof: Proof, rng: &mut Rng) -> Self {
        let mut phase = Self {
            proof,
            challenge: rng.octets::<16>().to_vec(),
            identifier: 1,
            tries: 0,
            due: None,
            done: false,
            out: Vec::new(),
        };
        phase.ask(now);
        phase
    }

    /// The protocol of this phase.
    pub(super) const fn protocol(&self) -> Option<u16> {
        match self.proof {
            Proof::Chap => Some(protocol::CHAP),
            Proof::Pap => Some(protocol::PAP),
            Proof::Nothing => None,
        }
    }

    pub(super) fn take_output(&mut self) -> Vec<Packet> {
        std::mem::take(&mut self.out)
    }

    pub(super) const fn next_wakeup(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) -> Option<Proven> {
        if self.due.is_none_or(|due| due > now) {
            return None;
        }
        if self.tries >= MOST_TRIES {
            self.due = None;
            return Some(Proven::Silent);
        }
        self.ask(now);
        None
    }

    fn ask(&mut self, now: Instant) {
        if self.proof == Proof::Chap {
            let value = chap::Value { value: self.challenge.clone(), name: NAME.to_vec() };
            let identifier = self.identifier;
            self.out.push(Packet { code: chap::CHALLENGE, identifier, data: value.encode() });
        }
        self.tries += 1;
        self.due = Some(now + RESTART_TIMER);
    }

    /// A packet of the phase's protocol; what the host said, the first time it says it.
    pub(super) fn receive(&mut self, packet: &Packet) -> Option<Proven> {
        let proven = match (self.proof, packet.code) {
            (Proof::Pap, pap::AUTHENTICATE_REQUEST) => self.password(packet)?,
            (Proof::Chap, chap::RESPONSE) if packet.identifier == self.identifier => self.response(packet)?,
            _ => return None,
        };
        self.due = None;
        (!std::mem::replace(&mut self.done, true)).then_some(Proven::As(Some(proven)))
    }

    fn password(&mut self, packet: &Packet) -> Option<Authentication> {
        let credentials = pap::Credentials::parse(&packet.data).ok()?;
        let (code, identifier) = (pap::AUTHENTICATE_ACK, packet.identifier);
        self.out.push(Packet { code, identifier, data: pap::message("") });
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        Some(Authentication::Pap { user: text(&credentials.user), password: text(&credentials.password) })
    }

    fn response(&mut self, packet: &Packet) -> Option<Authentication> {
        let answer = chap::Value::parse(&packet.data).ok()?;
        let response = answer.value.try_into().ok()?;
        self.out.push(Packet { code: chap::SUCCESS, identifier: packet.identifier, data: Vec::new() });
        Some(Authentication::Chap {
            user: String::from_utf8_lossy(&answer.name).into_owned(),
            identifier: packet.identifier,
            challenge: self.challenge.clone(),
            response,
        })
    }
}
