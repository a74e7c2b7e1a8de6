//! One conversation with a modem outside of any lab: the driver's channel, pumped until each command has ended.

use crate::at::{Answer, AtChannel, AtError, AtEvent, Command, Output};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_serial::SerialStream;
use wire::time::{Duration, Instant};

/// A port with the channel that speaks on it.
pub(super) struct Conversation<'a> {
    stream: &'a mut SerialStream,
    path: &'a str,
    channel: AtChannel,
    began: tokio::time::Instant,
}

impl<'a> Conversation<'a> {
    pub(super) fn new(stream: &'a mut SerialStream, path: &'a str) -> Self {
        Self { stream, path, channel: AtChannel::default(), began: tokio::time::Instant::now() }
    }

    fn now(&self) -> Instant {
        Instant::from_micros(u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    /// Sends a command and waits for its end.
    pub(super) async fn ask(&mut self, command: Command) -> Result<Answer, AtError> {
        let asked = self.channel.send(self.now(), command)?;
        loop {
            while let Some(output) = self.channel.poll_output() {
                match output {
                    Output::Transmit(bytes) => {
                        if let Err(error) = self.stream.write_all(&bytes).await {
                            self.gone(&error.to_string());
                        }
                    }
                    Output::Event(AtEvent::Done { id, answer, .. }) if id == asked => return Ok(answer),
                    Output::Event(AtEvent::Failed { id, error }) if id == asked => return Err(error),
                    Output::Event(_) => {}
                }
            }
            self.wait().await;
        }
    }

    /// Waits for octets or for the channel's own time.
    async fn wait(&mut self) {
        let now = self.now();
        let due = self.channel.next_wakeup().map_or(now, |wakeup| wakeup.at.max(now));
        let limit = self.began + Duration::from_micros(due.as_micros());
        let mut chunk = [0_u8; 512];
        match tokio::time::timeout_at(limit, self.stream.read(&mut chunk)).await {
            Err(_) => self.channel.handle_timeout(self.now().max(due)),
            Ok(Ok(length @ 1..)) => {
                let now = self.now();
                self.channel.handle_input(now, chunk.get(..length).unwrap_or_default());
            }
            Ok(Ok(_)) => self.gone("the device has gone away"),
            Ok(Err(error)) => self.gone(&error.to_string()),
        }
    }

    fn gone(&mut self, reason: &str) {
        self.channel.handle_port_gone(self.path, reason);
    }
}
