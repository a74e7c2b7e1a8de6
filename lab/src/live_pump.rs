//! The live pump: real ports, and a clock that nobody can hurry.
//!
//! A simulated device sits at the master end of a kernel PTY; the driver, or an outside program, opens the other end by its
//! path. What is due is done with the time at which it was due, not with the time at which this thread got to it: radio
//! windows of a few symbols stay exact however busy the machine is. Only bytes carry the time at which they came.

use crate::bench::{Bench, Lines};
use crate::cable::Cable;
use crate::line_fault::LineFault;
use crate::plan::PowerPlan;
use crate::power::{self, PowerError};
use crate::trace::{Happening, LineEvent, SeatId};
use crate::visit::Visits;
use drivers::port::{self, Opened, PortError, PortName};
use std::collections::VecDeque;
use std::future::Future as _;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::task::JoinHandle;
use tokio_serial::{SerialPort as _, SerialStream};
use wire::time::{Instant, Wakeup};

/// How much a device may have said that nobody has read, beside the kernel's own buffer; beyond it the line loses bytes.
const UNREAD_LIMIT: usize = 64 * 1024;

/// The speed of a pseudo terminal, which takes no notice of it.
const PTY_BAUD: u32 = 115_200;

/// Why a live lab cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// A port cannot be opened.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The kernel gave no PTY.
    #[error("failed to make a pseudo terminal for {device}: {reason}")]
    Pty {
        /// For which device.
        device: String,
        /// What the operating system said.
        reason: String,
    },
    /// The runtime did not start.
    #[error("failed to start the input and output runtime")]
    Runtime(#[source] std::io::Error),
}

/// What one seat's port is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortRole {
    /// A simulated device behind a PTY, with the driver at its other end.
    Driven,
    /// A simulated device behind a PTY that outside programs open.
    Offered,
    /// Hardware at the port of this name.
    Hardware(PortName),
}

/// What the port of one seat is to be.
#[derive(Debug)]
pub struct PortPlace {
    /// The device's name.
    pub device: String,
    /// Line speed, bit/s; `None` where hardware is asked for it.
    pub baud: Option<u32>,
    /// What stands at its ends.
    pub role: PortRole,
    /// A bad line between the pseudo terminal and the simulated device.
    pub faulty: Option<Cable>,
}

/// One end of a line with the bytes that wait to be written.
#[derive(Debug)]
struct End {
    stream: SerialStream,
    pending: VecDeque<u8>,
    losing: Losing,
}

/// Whether bytes are being lost because nobody reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Losing {
    No,
    Begun,
    Told,
}

impl End {
    const fn new(stream: SerialStream) -> Self {
        Self { stream, pending: VecDeque::new(), losing: Losing::No }
    }

    /// Writes what can be written now.
    fn flush(&mut self, cx: &mut Context<'_>) {
        while !self.pending.is_empty() {
            let (head, _) = self.pending.as_slices();
            match Pin::new(&mut self.stream).poll_write(cx, head) {
                Poll::Ready(Ok(written)) if written > 0 => drop(self.pending.drain(..written)),
                // A port that is gone shows at the next read.
                Poll::Ready(_) => self.pending.clear(),
                Poll::Pending => return,
            }
        }
    }

    /// Writes at once where the line takes it; keeps the rest, up to what a UART without flow control would lose.
    fn write(&mut self, bytes: &[u8]) {
        if self.pending.len() > UNREAD_LIMIT {
            if self.losing == Losing::No {
                self.losing = Losing::Begun;
            }
            return;
        }
        self.losing = Losing::No;
        let written =
            if self.pending.is_empty() { self.stream.try_write(bytes).unwrap_or_default() } else { 0 };
        self.pending.extend(bytes.get(written..).unwrap_or_default());
    }
}

#[derive(Debug)]
struct Port {
    host: Option<End>,
    device: Option<End>,
    /// A bad line between the device and its end.
    faulty: Option<Cable>,
    path: String,
    /// The name of a port of hardware and its speed: by that it is found again.
    name: Option<(PortName, Option<u32>)>,
    /// Why the port is gone, once it is.
    gone: Option<String>,
    /// Looks for a port that is gone.
    returning: Option<JoinHandle<Opened>>,
    /// Keeps the PTY's other end open while no program has it, so that the device's end never reads an error.
    _other_end: Option<SerialStream>,
}

/// What came in from outside.
enum Input {
    AtDevice(SeatId, Vec<u8>),
    AtHost(SeatId, Vec<u8>),
    Gone(SeatId, String),
    Returned(SeatId, Opened),
}

/// Real ports, one for each seat, and the monotonic clock.
pub struct LiveLines {
    // The ports must go before the runtime that drives them.
    ports: Vec<Port>,
    /// What was found out while the ports were opened, until it is written down.
    news: Vec<String>,
    visits: Visits,
    runtime: tokio::runtime::Runtime,
    began: tokio::time::Instant,
    /// Lab time at that moment.
    began_at: Instant,
}

impl std::fmt::Debug for LiveLines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveLines").field("ports", &self.ports).finish_non_exhaustive()
    }
}

impl LiveLines {
    /// Opens the ports of the seats; lab time goes on from `now`.
    ///
    /// # Errors
    /// [`LiveError`] names the port or device.
    pub fn open(seats: Vec<PortPlace>, visits: Visits, now: Instant) -> Result<Self, LiveError> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(LiveError::Runtime)?;
        let guard = runtime.enter();
        let (mut ports, mut news) = (Vec::new(), Vec::new());
        for PortPlace { device, baud, role, faulty } in seats {
            if let PortRole::Hardware(name) = role {
                let (port, told) = runtime.block_on(open_hardware(&device, name, baud))?;
                ports.push(port);
                news.extend(told);
            } else {
                ports.push(open_simulated(&device, role == PortRole::Driven, faulty)?);
            }
        }
        let began = tokio::time::Instant::now();
        drop(guard);
        Ok(Self { ports, news, visits, runtime, began, began_at: now })
    }

    /// The path that a program opens to reach the device of `seat`.
    #[must_use]
    pub fn path(&self, seat: SeatId) -> Option<&str> {
        self.ports.get(seat.0).map(|port| port.path.as_str())
    }

    /// Waits for the next input or for what is due, does it, and says what time it is then.
    pub fn step(&mut self, bench: &mut Bench, now: Instant, limit: Instant) -> Instant {
        self.news.drain(..).for_each(|news| bench.record(now, Happening::Step(news)));
        bench.settle(now, self);
        if self.end_commands_without_a_port(bench) {
            bench.settle(now, self);
        }
        let arrival = self.ports.iter().filter_map(|port| port.faulty.as_ref()?.next_wakeup());
        let next = arrival.map(Some).fold(bench.next_wakeup(), Wakeup::earliest);
        let due = next.map_or(limit, |wakeup| wakeup.at.min(limit)).max(now);
        let inputs = self.wait(due);
        if inputs.is_empty() {
            let clock = self.clock().max(now);
            if clock < due {
                // A visitor came before anything was due.
                return clock;
            }
            self.deliver(bench, due);
            bench.handle_timeouts(due);
            bench.settle(due, self);
            return due;
        }
        let now = self.clock().max(now).min(due);
        for input in inputs {
            match input {
                Input::AtDevice(seat, bytes) => {
                    if bench.seats.get(seat).is_some_and(|seat| seat.host.is_none()) {
                        bench.record(now, Happening::ToDevice(seat, bytes.clone()));
                    }
                    match self.ports.get_mut(seat.0).and_then(|port| port.faulty.as_mut()) {
                        Some(line) => line.send_to_device(now, bytes),
                        None => bench.device_input(now, seat, &bytes),
                    }
                }
                Input::AtHost(seat, bytes) => {
                    if bench.seats.get(seat).is_some_and(|seat| seat.device.is_none()) {
                        bench.record(now, Happening::FromDevice(seat, bytes.clone()));
                    }
                    bench.host_input(now, seat, &bytes);
                }
                Input::Gone(seat, reason) => self.port_gone(bench, now, seat, reason),
                Input::Returned(seat, opened) => self.port_returned(bench, now, seat, opened),
            }
        }
        self.deliver(bench, now);
        // A line that never falls silent must not hold up what is due.
        if now >= due {
            bench.handle_timeouts(now);
        }
        self.tell_losses(bench, now);
        bench.settle(now, self);
        now
    }

    /// Hands over what has come to either end of a bad line, and writes down what was done to it.
    fn deliver(&mut self, bench: &mut Bench, now: Instant) {
        for (port, seat) in self.ports.iter_mut().zip((0..).map(SeatId)) {
            let Some(line) = &mut port.faulty else { continue };
            while let Some(fault) = line.poll_fault() {
                bench.record(fault.at, Happening::Line(seat, LineEvent::Injected(fault)));
            }
            while let Some(bytes) = line.receive_at_device(now) {
                bench.device_input(now, seat, &bytes);
            }
            while let Some(bytes) = line.receive_at_host(now) {
                if let Some(device) = &mut port.device {
                    device.write(&bytes);
                }
            }
        }
    }

    /// Work that other threads have left for the pump; call it until `None`.
    pub fn next_visit(&mut self) -> Option<crate::visit::Visit> {
        self.visits.take()
    }

    /// Writes down once that a line has lost bytes since nobody reads them.
    fn tell_losses(&mut self, bench: &mut Bench, now: Instant) {
        for (port, seat) in self.ports.iter_mut().zip(0..) {
            let Some(device) = &mut port.device else { continue };
            if device.losing == Losing::Begun {
                device.losing = Losing::Told;
                let name = bench.seats.get(SeatId(seat)).map(|seat| seat.name.clone()).unwrap_or_default();
                bench.record(
                    now,
                    Happening::Step(format!("the line of {name} loses bytes: nobody reads them")),
                );
            }
        }
    }

    fn port_gone(&mut self, bench: &mut Bench, now: Instant, seat: SeatId, reason: String) {
        if let Some(port) = self.ports.get_mut(seat.0) {
            port.host = None;
            port.gone = Some(reason.clone());
            let name = port.name.clone();
            port.returning = name.map(|(name, baud)| self.runtime.spawn(port::wait_for_return(name, baud)));
        }
        bench.record(now, Happening::PortGone(seat, reason));
        self.end_commands_without_a_port(bench);
    }

    fn port_returned(&mut self, bench: &mut Bench, now: Instant, seat: SeatId, opened: Opened) {
        if let Some(port) = self.ports.get_mut(seat.0) {
            port.path.clone_from(&opened.path);
            port.gone = None;
            port.host = Some(End::new(opened.stream));
        }
        bench.record(now, Happening::PortBack(seat, opened.path));
    }

    /// Switches the power of hardware with the command of the lab file; what the command said.
    ///
    /// # Errors
    /// [`PowerError`] with the command and what came of it.
    pub fn switch_power(&mut self, device: &str, plan: &PowerPlan, on: bool) -> Result<String, PowerError> {
        self.runtime.block_on(power::switch(device, plan, on))
    }

    /// Ends what was sent into ports that are gone: silence there says nothing about a device. Whether there are any.
    fn end_commands_without_a_port(&self, bench: &mut Bench) -> bool {
        let mut any = false;
        for (index, port) in self.ports.iter().enumerate() {
            let Some(reason) = &port.gone else { continue };
            if let Some(host) = bench.seats.touch(SeatId(index)).and_then(|seat| seat.host.as_mut()) {
                host.handle_port_gone(&port.path, reason);
                any = true;
            }
        }
        any
    }

    fn clock(&self) -> Instant {
        self.began_at + self.began.elapsed()
    }

    /// Waits until bytes have come, a visitor stands at the door, or `until` has passed.
    fn wait(&mut self, until: Instant) -> Vec<Input> {
        let Self { ports, visits, runtime, began, began_at, news: _ } = self;
        let deadline = *began + until.since(*began_at);
        runtime.block_on(async {
            let ready = poll_fn(|cx| {
                let inputs = poll_ports(ports, cx);
                if !inputs.is_empty() || visits.poll_waiting(cx) {
                    Poll::Ready(inputs)
                } else {
                    Poll::Pending
                }
            });
            tokio::select! {
                biased;
                inputs = ready => inputs,
                () = tokio::time::sleep_until(deadline) => Vec::new(),
            }
        })
    }
}

impl Lines for LiveLines {
    fn to_device(&mut self, _: Instant, seat: SeatId, bytes: Vec<u8>) {
        if let Some(host) = self.ports.get_mut(seat.0).and_then(|port| port.host.as_mut()) {
            host.write(&bytes);
        }
    }

    fn to_host(&mut self, now: Instant, seat: SeatId, bytes: Vec<u8>) {
        match self.ports.get_mut(seat.0) {
            Some(Port { faulty: Some(line), .. }) => line.send_to_host(now, bytes),
            Some(Port { device: Some(device), .. }) => device.write(&bytes),
            Some(_) | None => {}
        }
    }

    fn poll_fault(&mut self, seat: SeatId) -> Option<LineFault> {
        self.ports.get_mut(seat.0)?.faulty.as_mut()?.poll_fault()
    }
}

fn open_simulated(device: &str, driven: bool, faulty: Option<Cable>) -> Result<Port, LiveError> {
    let (near, far) = SerialStream::pair()
        .map_err(|reason| LiveError::Pty { device: device.to_owned(), reason: reason.to_string() })?;
    let path = far.name().unwrap_or_default();
    // A pseudo terminal takes any speed.
    let host = if driven { Some(End::new(port::open(&path, PTY_BAUD)?)) } else { None };
    let device = Some(End::new(near));
    Ok(Port { host, device, faulty, path, name: None, gone: None, returning: None, _other_end: Some(far) })
}

/// Finds and opens the port of hardware; also what is worth telling about it.
async fn open_hardware(
    device: &str,
    name: PortName,
    baud: Option<u32>,
) -> Result<(Port, Option<String>), PortError> {
    let opened = port::open_named(&name, baud).await?;
    let news = (baud.is_none() || name.to_string() != opened.path)
        .then(|| format!("{device} answers at {}, {} bit/s", opened.path, opened.baud));
    let host = Some(End::new(opened.stream));
    let name = Some((name, Some(opened.baud)));
    let port = Port {
        host,
        device: None,
        faulty: None,
        path: opened.path,
        name,
        gone: None,
        returning: None,
        _other_end: None,
    };
    Ok((port, news))
}

fn poll_ports(ports: &mut [Port], cx: &mut Context<'_>) -> Vec<Input> {
    let mut inputs = Vec::new();
    for (index, port) in ports.iter_mut().enumerate() {
        let seat = SeatId(index);
        if let Some(device) = &mut port.device {
            device.flush(cx);
            // An outside program that closes the path is no event: the next one may open it.
            if let Some(Ok(bytes)) = poll_read(device, cx) {
                inputs.push(Input::AtDevice(seat, bytes));
            }
        }
        if let Some(returning) = &mut port.returning
            && let Poll::Ready(found) = Pin::new(returning).poll(cx)
        {
            port.returning = None;
            inputs.extend(found.ok().map(|opened| Input::Returned(seat, opened)));
        }
        if let Some(host) = &mut port.host {
            host.flush(cx);
            match poll_read(host, cx) {
                Some(Ok(bytes)) => inputs.push(Input::AtHost(seat, bytes)),
                Some(Err(reason)) => inputs.push(Input::Gone(seat, reason)),
                None => {}
            }
        }
    }
    inputs
}

fn poll_read(end: &mut End, cx: &mut Context<'_>) -> Option<Result<Vec<u8>, String>> {
    let mut space = [0_u8; 4096];
    let mut buffer = ReadBuf::new(&mut space);
    match Pin::new(&mut end.stream).poll_read(cx, &mut buffer) {
        Poll::Pending => None,
        Poll::Ready(Ok(())) if buffer.filled().is_empty() => Some(Err("the device has gone away".to_owned())),
        Poll::Ready(Ok(())) => Some(Ok(buffer.filled().to_vec())),
        Poll::Ready(Err(error)) => Some(Err(error.to_string())),
    }
}
