//! An in-memory serial line: bytes take the time that they take at the line's speed.
//!
//! 8N1: ten bit times an octet. A chunk arrives when the stop bit of its last octet has passed; the next one waits until
//! the line is free.

use std::collections::VecDeque;
use wire::time::{Duration, Instant, Wakeup};

/// One direction of a serial line.
#[derive(Debug)]
struct Lane {
    nanos_per_octet: u64,
    free_at: Instant,
    chunks: VecDeque<(Instant, Vec<u8>)>,
}

impl Lane {
    fn new(baud: u32) -> Self {
        Self {
            nanos_per_octet: 10_000_000_000 / u64::from(baud.max(1)),
            free_at: Instant::ZERO,
            chunks: VecDeque::new(),
        }
    }

    fn send(&mut self, now: Instant, bytes: Vec<u8>) {
        let span = Duration::from_nanos(self.nanos_per_octet.saturating_mul(bytes.len() as u64));
        self.free_at = self.free_at.max(now) + span;
        self.chunks.push_back((self.free_at, bytes));
    }

    fn receive(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.chunks.pop_front_if(|(arrival, _)| *arrival <= now).map(|(_, bytes)| bytes)
    }

    fn next_arrival(&self) -> Option<Instant> {
        self.chunks.front().map(|(arrival, _)| *arrival)
    }
}

/// A serial line between a host and a device.
#[derive(Debug)]
pub struct Cable {
    to_device: Lane,
    to_host: Lane,
}

impl Cable {
    /// A line of `baud` bit/s.
    #[must_use]
    pub fn new(baud: u32) -> Self {
        Self { to_device: Lane::new(baud), to_host: Lane::new(baud) }
    }

    /// The host writes.
    pub fn send_to_device(&mut self, now: Instant, bytes: Vec<u8>) {
        self.to_device.send(now, bytes);
    }

    /// The device writes.
    pub fn send_to_host(&mut self, now: Instant, bytes: Vec<u8>) {
        self.to_host.send(now, bytes);
    }

    /// What has arrived at the device by now; call it until `None`.
    pub fn receive_at_device(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.to_device.receive(now)
    }

    /// What has arrived at the host by now; call it until `None`.
    pub fn receive_at_host(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.to_host.receive(now)
    }

    /// When the next chunk arrives at either end.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        let arrivals = [self.to_device.next_arrival(), self.to_host.next_arrival()];
        arrivals.into_iter().flatten().min().map(|at| Wakeup::new(at, "bytes arrive"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_take_ten_bit_times_each_and_queue_behind_each_other() {
        let mut cable = Cable::new(9_600);
        cable.send_to_device(Instant::ZERO, b"AT\r".to_vec());
        cable.send_to_device(Instant::ZERO, b"X".to_vec());
        let first = Instant::from_micros(3_124);
        assert_eq!(cable.next_wakeup().map(|wakeup| wakeup.at), Some(first));
        assert_eq!(cable.receive_at_device(Instant::from_micros(3_123)), None);
        assert_eq!(cable.receive_at_device(first), Some(b"AT\r".to_vec()));
        assert_eq!(cable.receive_at_device(first), None);
        assert_eq!(cable.receive_at_device(Instant::from_micros(4_166)), Some(b"X".to_vec()));
        assert_eq!(cable.next_wakeup(), None);
    }
}
