//! One channel of the multiplexer: what waits for it and how it may be sent.

use std::collections::VecDeque;
use wire::cmux::ModemStatus;

/// What waits for a host that stopped the channel; more is lost, as in a module.
const MOST_WAITING: usize = 256 * 1024;

#[derive(Debug)]
pub(super) struct Link {
    /// N1 of this channel.
    pub(super) frame_size: usize,
    /// The host takes octets: RTR is on and FC is off. Before it says anything it does.
    pub(super) ready: bool,
    /// The signals that the host was told last.
    pub(super) told: Option<ModemStatus>,
    /// A data call is on the channel, and its end is to be seen.
    pub(super) carrier: bool,
    waiting: VecDeque<u8>,
}

impl Link {
    pub(super) const fn new(frame_size: usize) -> Self {
        Self { frame_size, ready: true, told: None, carrier: false, waiting: VecDeque::new() }
    }

    pub(super) fn push(&mut self, octets: &[u8]) {
        let room = MOST_WAITING.saturating_sub(self.waiting.len());
        self.waiting.extend(octets.iter().take(room));
    }

    /// The information field of the next frame.
    pub(super) fn next_piece(&mut self) -> Option<Vec<u8>> {
        let length = self.waiting.len().min(self.frame_size);
        (self.ready && length > 0).then(|| self.waiting.drain(..length).collect())
    }
}
