//! An in-memory serial line: bytes take the time that they take at the line's speed.
//!
//! 8N1: ten bit times an octet. A chunk arrives when the stop bit of its last octet has passed; the next one waits until
//! the line is free. A bad line does more to the octets ([`crate::line_fault`]).

use crate::line_fault::{Disturber, LineFault, LineFaults, Way};
use std::collections::VecDeque;
use wire::seed::Seed;
use wire::time::{Duration, Instant, Wakeup};

/// One direction of a serial line.
#[derive(Debug)]
struct Lane {
    nanos_per_octet: u64,
    free_at: Instant,
    chunks: VecDeque<(Instant, Vec<u8>)>,
    disturber: Option<Disturber>,
}

impl Lane {
    fn new(baud: u32) -> Self {
        Self {
            nanos_per_octet: 10_000_000_000 / u64::from(baud.max(1)),
            free_at: Instant::ZERO,
            chunks: VecDeque::new(),
            disturber: None,
        }
    }

    fn send(&mut self, now: Instant, bytes: Vec<u8>) {
        let Some(disturber) = &mut self.disturber else { return self.carry(now, bytes) };
        for (pause, piece) in disturber.disturb(now, &bytes) {
            self.free_at = self.free_at.max(now) + pause;
            if !piece.is_empty() {
                self.carry(now, piece);
            }
        }
    }

    fn carry(&mut self, now: Instant, bytes: Vec<u8>) {
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

    /// A bad line of `baud` bit/s; each way draws from a stream of its own.
    #[must_use]
    pub fn faulty(baud: u32, faults: LineFaults, seed: Seed) -> Self {
        let mut cable = Self::new(baud);
        if !faults.is_none() {
            let to_device = seed.child("to-device").rng();
            let to_host = seed.child("to-host").rng();
            cable.to_device.disturber = Some(Disturber::new(faults, Way::ToDevice, to_device));
            cable.to_host.disturber = Some(Disturber::new(faults, Way::ToHost, to_host));
        }
        cable
    }

    /// The next fault that nobody has written down; call it until `None` after every write.
    pub fn poll_fault(&mut self) -> Option<LineFault> {
        [&mut self.to_device, &mut self.to_host]
            .into_iter()
            .filter_map(|lane| lane.disturber.as_mut())
            .find_map(Disturber::poll_fault)
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

    #[test]
    fn a_line_that_only_cuts_and_holds_back_carries_every_octet_in_order() {
        let rate = |rate| crate::line_fault::Rate::new(rate).unwrap();
        let faults = LineFaults { split: rate(0.3), delay: rate(0.1), ..LineFaults::default() };
        let mut cable = Cable::faulty(115_200, faults, Seed(3));
        let text: Vec<u8> = (0..2_000u32).map(|number| number as u8).collect();
        for part in text.chunks(100) {
            cable.send_to_host(Instant::ZERO, part.to_vec());
        }
        let (mut carried, mut chunks, mut last) = (Vec::new(), 0, Instant::ZERO);
        while let Some(wakeup) = cable.next_wakeup() {
            assert!(wakeup.at >= last);
            last = wakeup.at;
            carried.extend(cable.receive_at_host(last).unwrap());
            chunks += 1;
        }
        assert_eq!(carried, text);
        assert!(chunks > 400, "{chunks}");
        assert!(std::iter::from_fn(|| cable.poll_fault()).count() > 100);
    }
}
