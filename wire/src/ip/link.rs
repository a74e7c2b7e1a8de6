//! A link of whole IP packets, as a smoltcp stack wants it: a queue in each direction.

use crate::time::Instant;
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use std::collections::VecDeque;

/// Two queues of packets, and the largest packet that the stack may send.
#[derive(Debug)]
pub struct Link {
    mtu: usize,
    received: VecDeque<Vec<u8>>,
    to_send: VecDeque<Vec<u8>>,
}

impl Link {
    /// An empty link.
    #[must_use]
    pub fn new(mtu: u16) -> Self {
        Self { mtu: usize::from(mtu), received: VecDeque::new(), to_send: VecDeque::new() }
    }

    /// A packet for the stack, which reads it at its next poll.
    pub fn receive_packet(&mut self, packet: Vec<u8>) {
        self.received.push_back(packet);
    }

    /// The next packet that the stack wants to send.
    pub fn next_to_send(&mut self) -> Option<Vec<u8>> {
        self.to_send.pop_front()
    }
}

/// Lab time as the stack counts it.
#[must_use]
pub fn stack_time(now: Instant) -> smoltcp::time::Instant {
    smoltcp::time::Instant::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX))
}

/// The stack's time as lab time.
#[must_use]
pub fn lab_time(at: smoltcp::time::Instant) -> Instant {
    Instant::from_micros(u64::try_from(at.total_micros()).unwrap_or_default())
}

/// A packet on its way into the stack.
#[derive(Debug)]
pub struct Received(Vec<u8>);

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

/// Room for a packet on its way out of the stack.
#[derive(Debug)]
pub struct ToSend<'a>(&'a mut VecDeque<Vec<u8>>);

impl TxToken for ToSend<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut packet = vec![0; len];
        let result = f(&mut packet);
        self.0.push_back(packet);
        result
    }
}

impl Device for Link {
    type RxToken<'a> = Received;
    type TxToken<'a> = ToSend<'a>;

    fn receive(&mut self, _: smoltcp::time::Instant) -> Option<(Received, ToSend<'_>)> {
        let packet = self.received.pop_front()?;
        Some((Received(packet), ToSend(&mut self.to_send)))
    }

    fn transmit(&mut self, _: smoltcp::time::Instant) -> Option<ToSend<'_>> {
        Some(ToSend(&mut self.to_send))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = self.mtu;
        capabilities
    }
}
