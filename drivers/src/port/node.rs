//! Which LoRaWAN node is behind a port: it is asked for its version in the words of one dialect after the other.
//!
//! Only for ports that were named to be asked. Modules that answer AT with OK get one question at the speed at which they
//! did so; the others one for each way to word it, at the speed with which such a module is delivered.

use super::speed::{self, Heard};
use crate::lora::dialect::{self, Dialect};
use crate::lora::{Command, NodeEvent, NodeHost, Order, Output};
use std::collections::BTreeSet;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_serial::{SerialPort as _, SerialStream};
use wire::time::{Duration, Instant};

/// How long the answer to a line that was left unfinished by an earlier question may take.
const LEFTOVERS: Duration = Duration::from_millis(200);
/// What modules print that answer AT with OK.
const AT_QUESTION: &str = "AT+VER=?";

/// A node that said who it is.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub baud: u32,
    pub dialect: &'static Dialect,
    pub version: String,
}

/// Asks a node that answered AT with OK at `baud`, the speed that is set.
pub(super) async fn ask_at(stream: &mut SerialStream, baud: u32) -> Option<Found> {
    let dialect =
        dialect::ALL.into_iter().find(|dialect| question(dialect).as_deref() == Some(AT_QUESTION))?;
    let version = ask(stream, dialect, true).await?;
    Some(Found { baud, dialect: dialect::recognised(&version)?, version })
}

/// Asks a node that did not, each dialect at its own speed; the one that answered is left set.
pub(super) async fn ask_all(stream: &mut SerialStream) -> Option<Found> {
    let mut asked = BTreeSet::from([AT_QUESTION.to_owned()]);
    for dialect in dialect::ALL {
        let Some(question) = question(dialect) else { continue };
        // Two dialects with one question are told apart by the answer.
        if !asked.insert(question) || stream.set_baud_rate(dialect.baud).is_err() {
            continue;
        }
        let _ = stream.clear(tokio_serial::ClearBuffer::Input);
        // What was asked before at this speed may wait in the module for the end of its line.
        if stream.write_all(dialect.line_end.as_bytes()).await.is_err() {
            continue;
        }
        drain(stream).await;
        let version = ask(stream, dialect, false).await;
        if let Some((version, dialect)) =
            version.and_then(|version| dialect::recognised(&version).map(|dialect| (version, dialect)))
        {
            let baud = stream.baud_rate().unwrap_or(dialect.baud);
            return Some(Found { baud, dialect, version });
        }
    }
    None
}

/// The line with which a dialect asks for the version.
fn question(dialect: &Dialect) -> Option<String> {
    (dialect.lines)(&Order::Version)?.first().map(|line| line.text.clone())
}

/// The question for the version, and the first value of each of its lines. It may be a modem that is asked, for which LF begins the next line.
async fn ask(stream: &mut SerialStream, dialect: &'static Dialect, modem: bool) -> Option<String> {
    let began = tokio::time::Instant::now();
    let now = || Instant::from_micros(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
    let mut host = NodeHost::new(dialect);
    let lines = (dialect.lines)(&Order::Version)?.len();
    host.send(now(), Command::order(dialect, &Order::Version)?).ok()?;
    loop {
        while let Some(output) = host.poll_output() {
            match output {
                Output::Transmit(octets) => {
                    let line = octets.strip_suffix(b"\n").filter(|_| modem).unwrap_or(&octets);
                    stream.write_all(line).await.ok()?;
                }
                Output::Event(NodeEvent::Done { answer, .. }) => {
                    let version = answer.values.into_iter().take(lines).collect::<Vec<_>>().join(" ");
                    return Some(version).filter(|version| !version.is_empty());
                }
                Output::Event(NodeEvent::Failed { .. }) => return None,
                // A modem knows no such command.
                Output::Event(NodeEvent::Report(report))
                    if speed::judge(report.line.as_bytes()) == Heard::Answer =>
                {
                    return None;
                }
                Output::Event(NodeEvent::Report(_)) => {}
            }
        }
        let due = host.next_wakeup()?.at;
        let mut chunk = [0_u8; 256];
        let limit = began + Duration::from_micros(due.as_micros());
        match tokio::time::timeout_at(limit, stream.read(&mut chunk)).await {
            Err(_) => host.handle_timeout(now().max(due)),
            Ok(Ok(length @ 1..)) => host.handle_input(now(), chunk.get(..length).unwrap_or_default()),
            Ok(Ok(_) | Err(_)) => return None,
        }
    }
}

async fn drain(stream: &mut SerialStream) {
    let mut chunk = [0_u8; 256];
    let reads = async { while let Ok(1..) = stream.read(&mut chunk).await {} };
    let _ = tokio::time::timeout(LEFTOVERS, reads).await;
}
