//! The speed of a line: what a question brings back says whether it is the right one.
//!
//! At a wrong speed a UART makes other octets of what was sent, most of them with the eighth bit or a control character,
//! or hears nothing. Nothing here repairs a line: the lab file asks for `baud = "auto"`, and what was found is told.

use super::PortError;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_serial::{SerialPort as _, SerialStream};

/// The speeds that modules come with, likeliest first, bit/s.
pub const COMMON_RATES: &[u32] = &[115_200, 9_600, 57_600, 38_400, 19_200, 230_400, 460_800, 921_600];

/// How long a module may take to answer `AT`.
const PATIENCE: Duration = Duration::from_millis(300);

/// What a question brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing.
    Silence,
    /// Octets that are no text: the speed is wrong, or the line is bad.
    Garbage,
    /// Text, but no result code.
    Text,
    /// A result code.
    Answer,
}

/// What these octets are.
#[must_use]
pub fn judge(octets: &[u8]) -> Heard {
    if octets.is_empty() {
        return Heard::Silence;
    }
    let lines = octets.split(|octet| matches!(octet, b'\r' | b'\n'));
    if lines.clone().any(|line| matches!(line, b"OK" | b"ERROR") || line.starts_with(b"+CME ERROR:")) {
        return Heard::Answer;
    }
    let readable = |octet: &&u8| matches!(octet, b' '..=b'~' | b'\r' | b'\n' | b'\t');
    let unreadable = octets.len() - octets.iter().filter(readable).count();
    if unreadable * 4 >= octets.len() { Heard::Garbage } else { Heard::Text }
}

/// Asks `AT` at the speed that is set; twice, since some modules lose the first line while they find out the speed.
pub(super) async fn ask(stream: &mut SerialStream) -> Heard {
    judge(&ask_for_octets(stream).await)
}

/// The same; the octets that came to the last question.
pub(super) async fn ask_for_octets(stream: &mut SerialStream) -> Vec<u8> {
    let mut octets = Vec::new();
    for _ in 0..2 {
        if stream.write_all(b"AT\r").await.is_err() {
            return Vec::new();
        }
        octets = listen(stream).await;
        if judge(&octets) == Heard::Answer {
            break;
        }
    }
    octets
}

async fn listen(stream: &mut SerialStream) -> Vec<u8> {
    let mut octets = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, async {
        let mut chunk = [0_u8; 256];
        while let Ok(length @ 1..) = stream.read(&mut chunk).await {
            octets.extend_from_slice(chunk.get(..length).unwrap_or_default());
            if judge(&octets) == Heard::Answer || octets.len() > 4_096 {
                break;
            }
        }
    })
    .await;
    octets
}

/// Finds the speed at which the module answers, and leaves the port at it.
pub(super) async fn find(stream: &mut SerialStream, path: &str, rates: &[u32]) -> Result<u32, PortError> {
    let mut garbage = false;
    for rate in rates {
        // A speed that the port does not have is passed over.
        if stream.set_baud_rate(*rate).is_err() {
            continue;
        }
        let _ = stream.clear(tokio_serial::ClearBuffer::Input);
        match ask(stream).await {
            Heard::Answer => return Ok(*rate),
            Heard::Garbage => garbage = true,
            Heard::Silence | Heard::Text => {}
        }
    }
    let tried = rates.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    let heard = if garbage { "octets that are no text came" } else { "nothing readable came" };
    Err(PortError::NoSpeed { path: path.to_owned(), tried, heard })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbage_is_told_from_text_and_answers() {
        let rows: &[(&[u8], Heard)] = &[
            (b"", Heard::Silence),
            (b"AT\r\r\nOK\r\n", Heard::Answer),
            (b"\r\n+CME ERROR: 10\r\n", Heard::Answer),
            (b"\xfe\xf8\x00\x80OK\r\n", Heard::Garbage),
            (b"\x00\xe0\x1c\xfc\xfe", Heard::Garbage),
            (b"$GPGGA,123519,4807.038,N\r\n", Heard::Text),
            (b"AT\r", Heard::Text),
        ];
        for (octets, want) in rows {
            assert_eq!(judge(octets), *want, "{octets:?}");
        }
    }
}
