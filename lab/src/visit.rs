//! Work that another thread wants done on the pump's thread: a door's datagram, a hand's order to a running lab.

use crate::Lab;
use std::task::{Context, Poll};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// One piece of work.
pub type Visit = Box<dyn FnOnce(&mut Lab) + Send>;

/// The way in, for other threads.
#[derive(Clone, Debug)]
pub struct Visitors(UnboundedSender<Visit>);

impl Visitors {
    /// Leaves work for the pump; `false` when the lab is no more.
    pub fn send(&self, visit: impl FnOnce(&mut Lab) + Send + 'static) -> bool {
        self.0.send(Box::new(visit)).is_ok()
    }
}

/// The pump's side.
pub struct Visits {
    receiver: UnboundedReceiver<Visit>,
    waiting: Option<Visit>,
}

/// A way in and the pump's side of it.
#[must_use]
pub fn visits() -> (Visitors, Visits) {
    let (sender, receiver) = unbounded_channel();
    (Visitors(sender), Visits { receiver, waiting: None })
}

impl Visits {
    /// Whether work waits; otherwise the task is woken when some comes.
    pub(crate) fn poll_waiting(&mut self, cx: &mut Context<'_>) -> bool {
        if self.waiting.is_none()
            && let Poll::Ready(Some(visit)) = self.receiver.poll_recv(cx)
        {
            self.waiting = Some(visit);
        }
        self.waiting.is_some()
    }

    /// The next piece of work.
    pub(crate) fn take(&mut self) -> Option<Visit> {
        self.waiting.take().or_else(|| self.receiver.try_recv().ok())
    }
}
