//! A host with the multiplexer of factbird's at-cmux, an asynchronous program that is polled by hand.

use crate::table::{Line, Table};
use at_cmux::{Channel, Control, FrameError, Mux};
use critical_section as _;
use embedded_io_async::{BufRead, ErrorType, Read as _, Write};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use wire::time::{Duration, Instant};

const BUFFER: usize = 8192;

/// What lies between the multiplexer and the line.
#[derive(Default)]
struct Port {
    received: VecDeque<u8>,
    to_send: Vec<u8>,
}

struct Reader {
    port: Rc<RefCell<Port>>,
    current: Vec<u8>,
}

struct Writer(Rc<RefCell<Port>>);

impl ErrorType for Reader {
    type Error = Infallible;
}

impl ErrorType for Writer {
    type Error = Infallible;
}

impl embedded_io_async::Read for Reader {
    async fn read(&mut self, octets: &mut [u8]) -> Result<usize, Infallible> {
        let current = self.fill_buf().await?;
        let length = current.len().min(octets.len());
        octets[..length].copy_from_slice(&current[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Reader {
    async fn fill_buf(&mut self) -> Result<&[u8], Infallible> {
        if self.current.is_empty() {
            let port = Rc::clone(&self.port);
            self.current = poll_fn(move |_| {
                let received = std::mem::take(&mut port.borrow_mut().received);
                if received.is_empty() { Poll::Pending } else { Poll::Ready(received.into()) }
            })
            .await;
        }
        Ok(&self.current)
    }

    fn consume(&mut self, length: usize) {
        self.current.drain(..length);
    }
}

impl Write for Writer {
    async fn write(&mut self, octets: &[u8]) -> Result<usize, Infallible> {
        self.0.borrow_mut().to_send.extend(octets);
        Ok(octets.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

type Run = Pin<Box<dyn Future<Output = Result<Infallible, FrameError>>>>;

/// A channel on the line of a modem. at-cmux 0.1 sends on the first of its channels only, so there is one.
pub struct Channels {
    table: Table,
    port: Rc<RefCell<Port>>,
    run: Run,
    channel: Channel<'static, BUFFER>,
    /// Every octet on the line, and whether the host sent it.
    pub crossed: Vec<(bool, Vec<u8>)>,
}

impl Channels {
    /// Begins the multiplexer.
    pub fn open(mut table: Table, command: &str) -> Self {
        table.command(command);
        let mux: &'static mut Mux<1, BUFFER> = Box::leak(Box::new(Mux::new()));
        let (mut runner, [channel]) = mux.start();
        let port = Rc::new(RefCell::new(Port::default()));
        let (reader, writer) =
            (Reader { port: Rc::clone(&port), current: Vec::new() }, Writer(Rc::clone(&port)));
        let run: Run = Box::pin(async move { runner.run(reader, writer, 31).await });
        Self { table, port, run, channel, crossed: Vec::new() }
    }

    /// The signals of the modem on the channel.
    pub fn signals(&self) -> Control {
        self.channel.get_lines().0
    }

    /// Lets the multiplexer work on what has come, and sends what it has to say.
    fn poll(&mut self) {
        for _ in 0..50 {
            let ended = self.run.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(ended.is_pending(), "the multiplexer gave up: {ended:?}");
        }
        let to_send = std::mem::take(&mut self.port.borrow_mut().to_send);
        if !to_send.is_empty() {
            self.table.write(&to_send);
            self.crossed.push((true, to_send));
        }
    }
}

impl Line for Channels {
    fn now(&self) -> Instant {
        self.table.now()
    }

    fn write(&mut self, octets: &[u8]) {
        let mut rest = octets;
        while !rest.is_empty() {
            let written = {
                let writing = pin!(self.channel.write(rest));
                writing.poll(&mut Context::from_waker(Waker::noop()))
            };
            if let Poll::Ready(written) = written {
                rest = &rest[written.unwrap()..];
            }
            self.poll();
        }
    }

    fn read(&mut self, patience: Duration) -> Option<Vec<u8>> {
        let limit = self.now() + patience;
        loop {
            self.poll();
            let mut octets = [0; 512];
            let read = {
                let mut reading = pin!(self.channel.read(&mut octets));
                // A wake-up that is left from before costs it a round.
                let mut poll = || reading.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                (0..4).map(|_| poll()).find(Poll::is_ready).unwrap_or(Poll::Pending)
            };
            if let Poll::Ready(length) = read {
                return Some(octets[..length.unwrap()].to_vec());
            }
            let heard = self.table.read(limit.since(self.now()))?;
            self.port.borrow_mut().received.extend(&heard);
            self.crossed.push((false, heard));
        }
    }
}
