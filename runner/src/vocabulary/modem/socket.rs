//! Sockets, names and pings at the device's end, with the commands of its maker.

use super::{ModemHandle, family, read};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::values::{array, map};
use drivers::at::{Answer, Command};
use drivers::blame::Blame;
use drivers::modem::socket::{self, Arrival, Peer, PingReport, Protocol, SocketCommands, SocketError};
use rhai::{Dynamic, Engine, Map};
use std::cell::Cell;
use std::rc::Rc;
use wire::at::text::{octets_of, text_of};
use wire::time::{Duration, Instant};

/// A socket that a script opened.
#[derive(Clone, Debug)]
struct SocketHandle {
    modem: ModemHandle,
    family: &'static SocketCommands,
    id: u8,
    peer: Peer,
    opened: Instant,
    /// How many reports of arrivals were answered by reading.
    seen: Rc<Cell<usize>>,
}

/// The context that sockets use when the script names none.
const CONTEXT: u8 = 1;

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("open_socket", |modem: &mut ModemHandle, protocol: &str, host: &str, port: i64| {
            open(modem, CONTEXT, protocol, host, port)
        })
        .register_fn(
            "open_socket",
            |modem: &mut ModemHandle, cid: i64, protocol: &str, host: &str, port: i64| {
                open(modem, narrow(cid, "a context")?, protocol, host, port)
            },
        )
        .register_fn("look_up", |modem: &mut ModemHandle, host: &str| look_up(modem, CONTEXT, host))
        .register_fn("look_up", |modem: &mut ModemHandle, cid: i64, host: &str| {
            look_up(modem, narrow(cid, "a context")?, host)
        })
        .register_fn("ping", |modem: &mut ModemHandle, host: &str, count: i64| {
            ping(modem, CONTEXT, host, count)
        })
        .register_fn("ping", |modem: &mut ModemHandle, cid: i64, host: &str, count: i64| {
            ping(modem, narrow(cid, "a context")?, host, count)
        });
    engine
        .register_type_with_name::<SocketHandle>("Socket")
        .register_fn("send", |socket: &mut SocketHandle, text: &str| send(socket, text))
        .register_fn("received", |socket: &mut SocketHandle, seconds: Dynamic| {
            received(socket, crate::context::span(&seconds)?)
        })
        .register_fn("closed", closed)
        .register_fn("close", |socket: &mut SocketHandle| {
            socket.execute((socket.family.close)(socket.id)).map(drop)
        });
}

fn narrow<T: TryFrom<i64>>(number: i64, what: &str) -> Verb<T> {
    T::try_from(number).map_err(|_| Trouble::new(Blame::Script, format!("{number} is not {what}")).terminal())
}

/// The socket commands of the modem's family.
fn family_of(modem: &ModemHandle) -> Verb<&'static SocketCommands> {
    let dialect = family::identity(modem)?.dialect;
    let commands = dialect.sockets.and_then(socket::commands);
    commands.ok_or_else(|| {
        let message = format!("the driver knows no socket commands of family {}", dialect.name);
        Trouble::new(Blame::Script, message).terminal()
    })
}

impl SocketHandle {
    /// Runs a command that is about this socket.
    fn execute(&self, command: Command) -> Verb<Answer> {
        if let Some(select) = self.family.select {
            self.modem.execute(select(self.id))?;
        }
        self.modem.execute(command)
    }
}

/// A refusal with the maker's number as its code.
fn refused(what: &str, error: SocketError) -> Box<rhai::EvalAltResult> {
    let mut trouble = Trouble::new(Blame::Device, format!("{what}: error {}", error.0));
    trouble.code = Some(error.0);
    trouble.thrown()
}

/// Makes a context usable for sockets.
fn prepare(modem: &ModemHandle, family: &SocketCommands, cid: u8) -> Verb<()> {
    if let Some(preparation) = &family.preparation {
        let answer = modem.execute(preparation.ask())?;
        if preparation.is_done(&answer, cid) {
            return Ok(());
        }
        modem.execute((preparation.command)(cid))?;
    }
    if let Some(line) = family.keep_received {
        modem.execute(Command::new(line, socket::LOCAL))?;
    }
    Ok(())
}

fn open(modem: &mut ModemHandle, cid: u8, protocol: &str, host: &str, port: i64) -> Verb<SocketHandle> {
    let family = family_of(modem)?;
    let protocol = match protocol {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        other => {
            let message = format!("\"{other}\" is not a protocol: expected \"tcp\" or \"udp\"");
            return Err(Trouble::new(Blame::Script, message).terminal());
        }
    };
    let peer = Peer { protocol, host: host.to_owned(), port: narrow(port, "a port")? };
    prepare(modem, family, cid)?;
    let opened = modem.context.now();
    let id = match &family.creation {
        Some(creation) => read(creation.number(&modem.execute((creation.command)(protocol))?))?,
        None => 0,
    };
    let link = SocketHandle { modem: modem.clone(), family, id, peer, opened, seen: Rc::default() };
    link.execute((family.open)(cid, id, &link.peer))?;
    if let Some(opening) = family.opening {
        match wait(modem, opened, socket::NETWORK, |line: &str| opening(line, id))? {
            Some(Ok(())) => {}
            Some(Err(error)) => return Err(refused("the socket was not opened", error)),
            None => return Err(silent("what became of the socket")),
        }
    }
    Ok(link)
}

fn silent(what: &str) -> Box<rhai::EvalAltResult> {
    Trouble::new(Blame::Device, format!("the modem did not tell {what}")).thrown()
}

/// Runs the lab until a report from `since` on says what is waited for; `None` when none does in time.
fn wait<T>(
    modem: &ModemHandle,
    since: Instant,
    span: Duration,
    choose: impl Fn(&str) -> Option<T>,
) -> Verb<Option<T>> {
    let limit = modem.context.now() + span;
    loop {
        let found = modem.reports_from(since, |report| choose(&report.line)).into_iter().next();
        if found.is_some() || !modem.context.advance(limit)? {
            return Ok(found);
        }
    }
}

fn send(socket: &SocketHandle, text: &str) -> Verb<()> {
    let command = (socket.family.send)(socket.id, &socket.peer, octets_of(text));
    let command = command.map_err(|error| Trouble::new(Blame::Script, error.to_string()).terminal())?;
    socket.execute(command).map(drop)
}

/// What arrives within the time; empty when nothing does.
fn received(socket: &SocketHandle, span: Duration) -> Verb<String> {
    let first = match socket.family.arrival {
        Arrival::Reported { arrived, .. } => wait_for_report(socket, span, arrived)?.then(String::new),
        Arrival::Asked { wait, .. } => wait_in_command(socket, span, wait)?,
    };
    let Some(mut text) = first else { return Ok(String::new()) };
    loop {
        let answer = socket.execute((socket.family.read)(socket.id, socket.peer.protocol));
        // A module may answer that nothing is left with a refusal.
        let Ok(answer) = answer else { break };
        let piece = read((socket.family.received)(&answer))?;
        if piece.is_empty() {
            break;
        }
        text.push_str(&piece);
    }
    Ok(text_of(&octets_of(&text)))
}

/// Whether a report of an arrival came that has not been followed yet.
fn wait_for_report(socket: &SocketHandle, span: Duration, arrived: fn(&str, u8) -> bool) -> Verb<bool> {
    let limit = socket.modem.context.now() + span;
    loop {
        let arrivals =
            socket.modem.reports_from(socket.opened, |report| arrived(&report.line, socket.id).then_some(()));
        if arrivals.len() > socket.seen.get() {
            socket.seen.set(arrivals.len());
            return Ok(true);
        }
        if !socket.modem.context.advance(limit)? {
            return Ok(false);
        }
    }
}

/// Waits in a command of the modem, in whole seconds; a refusal says that nothing came.
fn wait_in_command(socket: &SocketHandle, span: Duration, wait: fn(u16) -> Command) -> Verb<Option<String>> {
    let seconds = u16::try_from(span.as_secs()).unwrap_or(u16::MAX);
    let Ok(answer) = socket.execute(wait(seconds)) else { return Ok(None) };
    read((socket.family.received)(&answer)).map(Some)
}

fn closed(socket: &mut SocketHandle) -> Verb<bool> {
    match socket.family.arrival {
        Arrival::Reported { closed, .. } => {
            let told = socket
                .modem
                .reports_from(socket.opened, |report| closed(&report.line, socket.id).then_some(()));
            Ok(!told.is_empty())
        }
        // What came before the end is not to be lost: it is read first, by whoever asks for it.
        Arrival::Asked { look, closed, .. } => {
            let answer = socket.execute(Command::new(look, socket::LOCAL));
            Ok(answer.is_ok_and(|answer| answer.lines.first().is_some_and(|line| line == closed)))
        }
    }
}

fn look_up(modem: &mut ModemHandle, cid: u8, host: &str) -> Verb<String> {
    let family = family_of(modem)?;
    prepare(modem, family, cid)?;
    let since = modem.context.now();
    let answer = modem.execute((family.look_up)(cid, host))?;
    let told = answer.lines.iter().find_map(|line| (family.found)(line));
    let told = match told {
        Some(told) => Some(told),
        None => wait(modem, since, socket::NETWORK, |line: &str| (family.found)(line))?,
    };
    match told {
        Some(Ok(address)) => Ok(address.to_string()),
        Some(Err(error)) => Err(refused("the name was not found", error)),
        None => Err(silent("the address of the name")),
    }
}

/// Pings and waits for the end: sent, received, and the times in milliseconds.
fn ping(modem: &mut ModemHandle, cid: u8, host: &str, count: i64) -> Verb<Map> {
    let family = family_of(modem)?;
    let count: u8 = narrow(count, "a number of pings, at most 10")?;
    prepare(modem, family, cid)?;
    let since = modem.context.now();
    modem.execute((family.ping)(cid, host, count))?;
    let limit = since + Duration::from_secs(20) * u32::from(count.max(1));
    let told = loop {
        let told = modem.reports_from(since, |report| (family.ping_report)(&report.line));
        let done = told.contains(&PingReport::Ended) || told.len() >= usize::from(count);
        if done || !modem.context.advance(limit)? {
            break told;
        }
    };
    let times: Vec<i64> = told
        .iter()
        .filter_map(|report| match report {
            PingReport::Answered(ms) => Some(i64::from(*ms)),
            PingReport::Lost | PingReport::Ended => None,
        })
        .collect();
    let received = i64::try_from(times.len()).unwrap_or(i64::MAX);
    Ok(map([
        ("sent", Dynamic::from_int(count.into())),
        ("received", Dynamic::from_int(received)),
        ("times", Dynamic::from_array(array(times))),
    ]))
}
