//! What answers on a port, asked with as few questions as possible and only where nobody else is at it.

use super::converse::Conversation;
use super::speed::{self, Heard};
use super::{PortError, open};
use crate::at::Command;
use crate::modem::family::{self, ModuleIdentity};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_serial::{SerialPort as _, SerialStream};
use wire::id::Imei;
use wire::time::Duration;

/// The speed and the question of an RN2483 (its user's guide, 1.4 and 2.3.5).
const RN2483: (u32, &[u8]) = (57_600, b"sys get ver\r\n");
/// How long a node may take to answer.
const NODE_PATIENCE: Duration = Duration::from_millis(500);

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
    /// A LoRaWAN node of the RN2483 family, with what it says of itself.
    Node {
        /// The speed at which it answers, bit/s.
        baud: u32,
        /// Its version line.
        version: String,
    },
    /// Octets that are no text at any speed that was tried.
    Garbage,
    /// Text that is no answer, such as the sentences of a positioning port: its first line.
    Text(String),
    /// Nothing.
    Silence,
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
        match speed::ask(&mut stream).await {
            Heard::Answer => {
                let (identity, imei) = who(&mut stream, path).await;
                return Ok(Answers::Modem { baud: *baud, identity: Box::new(identity), imei });
            }
            Heard::Garbage => worst = Answers::Garbage,
            Heard::Text if worst == Answers::Silence => worst = Answers::Text(String::new()),
            Heard::Text | Heard::Silence => {}
        }
    }
    let (baud, question) = RN2483;
    if stream.set_baud_rate(baud).is_ok() {
        let line = one_line(&mut stream, question).await;
        if line.starts_with("RN2") {
            return Ok(Answers::Node { baud, version: line });
        }
        if matches!(worst, Answers::Text(_)) {
            worst = Answers::Text(line);
        }
    }
    Ok(worst)
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

/// The first readable line that comes back.
async fn one_line(stream: &mut SerialStream, question: &[u8]) -> String {
    let mut octets = Vec::new();
    if stream.write_all(question).await.is_ok() {
        let _ = tokio::time::timeout(NODE_PATIENCE, async {
            let mut chunk = [0_u8; 256];
            while let Ok(length @ 1..) = stream.read(&mut chunk).await {
                octets.extend_from_slice(chunk.get(..length).unwrap_or_default());
                if octets.len() > 4_096 || (octets.len() > 2 && octets.ends_with(b"\r\n")) {
                    break;
                }
            }
        })
        .await;
    }
    let text = String::from_utf8_lossy(&octets).into_owned();
    let lines = text.split(['\r', '\n']).map(str::trim);
    lines.filter(|line| !line.is_empty() && line.is_ascii()).map(str::to_owned).next().unwrap_or_default()
}
