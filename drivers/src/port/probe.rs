//! What answers on a port, asked with as few questions as possible and only where nobody else is at it.

use super::converse::Conversation;
use super::speed::{self, Heard};
use super::{PortError, node, open};
use crate::at::Command;
use crate::modem::family::{self, ModuleIdentity};
use tokio_serial::{SerialPort as _, SerialStream};
use wire::id::Imei;
use wire::time::Duration;

/// What answers on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answers {
    /// A modem.
    Modem {
        /// The speed at which it answers, bit/s.
        baud: u32,
        /// Who it says it is.
        identity: Box<ModuleIdentity>,
        /// Its IMEI, where it tells one.
        imei: Option<Imei>,
    },
    /// A LoRaWAN node, with what it says of itself.
    Node {
        /// The speed at which it answers, bit/s.
        baud: u32,
        /// The name of its dialect in lab files.
        model: &'static str,
        /// Its version.
        version: String,
    },
    /// Octets that are no text at any speed that was tried.
    Garbage,
    /// Text that is no answer, such as the sentences of a positioning port: its first line.
    Text(String),
    /// Nothing.
    Silence,
}

impl From<node::Found> for Answers {
    fn from(found: node::Found) -> Self {
        Self::Node { baud: found.baud, model: found.dialect.name, version: found.version }
    }
}

/// Asks what is behind the port at `path`, at the `rates` in this order.
///
/// # Errors
/// [`PortError`] when the port cannot be opened; a port that another program has open is not touched.
pub async fn probe(path: &str, rates: &[u32]) -> Result<Answers, PortError> {
    let mut stream = open(path, rates.first().copied().unwrap_or(115_200))?;
    let mut worst = Answers::Silence;
    for baud in rates {
        if stream.set_baud_rate(*baud).is_err() {
            continue;
        }
        let _ = stream.clear(tokio_serial::ClearBuffer::Input);
        let octets = speed::ask_for_octets(&mut stream).await;
        match speed::judge(&octets) {
            Heard::Answer => {
                if let Some(found) = node::ask_at(&mut stream, *baud).await {
                    return Ok(found.into());
                }
                let (identity, imei) = who(&mut stream, path).await;
                return Ok(Answers::Modem { baud: *baud, identity: Box::new(identity), imei });
            }
            Heard::Garbage => worst = Answers::Garbage,
            Heard::Text if worst == Answers::Silence => worst = Answers::Text(first_line(&octets)),
            Heard::Text | Heard::Silence => {}
        }
    }
    match node::ask_all(&mut stream).await {
        Some(found) => Ok(found.into()),
        None => Ok(worst),
    }
}

/// The first readable line.
fn first_line(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets);
    let lines = text.split(['\r', '\n']).map(str::trim);
    lines.filter(|line| !line.is_empty() && line.is_ascii()).map(str::to_owned).next().unwrap_or_default()
}

/// Who is at the other end of a port that answers AT. A question without an answer leaves its place empty.
pub(super) async fn who(stream: &mut SerialStream, path: &str) -> (ModuleIdentity, Option<Imei>) {
    let mut conversation = Conversation::new(stream, path);
    let mut answers = [const { None }; 4];
    for (question, answer) in family::questions().into_iter().zip(&mut answers) {
        *answer = conversation.ask(question).await.ok();
    }
    let imei = ask_imei(&mut conversation).await;
    (family::identity(&answers), imei)
}

/// The IMEI of the module (TS 27.007 5.4): the one line of fifteen digits, with or without a name before it.
pub(super) async fn ask_imei(conversation: &mut Conversation<'_>) -> Option<Imei> {
    let answer = conversation.ask(Command::new("AT+CGSN", Duration::from_secs(2))).await.ok()?;
    answer.lines.iter().find_map(|line| {
        let digits: String = line.chars().filter(char::is_ascii_digit).collect();
        digits.parse().ok()
    })
}
