//! From the name of a port to the port: by path, by USB identity, by the IMEI that answers; also once it has come back.

use super::converse::Conversation;
use super::list::{PortInfo, list};
use super::name::PortName;
use super::probe::ask_imei;
use super::speed::{self, COMMON_RATES, Heard};
use super::{PortError, node, open};
use std::time::Duration;
use tokio_serial::SerialStream;

/// How often a port that is gone is looked for.
const LOOKS_EVERY: Duration = Duration::from_millis(250);

/// A port that was found by its name and opened.
#[derive(Debug)]
pub struct Opened {
    /// The port.
    pub stream: SerialStream,
    /// The path that it has today.
    pub path: String,
    /// Its speed, bit/s.
    pub baud: u32,
}

/// Finds the port called `name` among those of this machine.
///
/// # Errors
/// [`PortError::NotFound`] with what was looked at.
pub async fn locate(name: &PortName, baud: u32) -> Result<String, PortError> {
    if let PortName::Path(path) = name {
        return Ok(path.clone());
    }
    let ports = list().map_err(|why| PortError::NotFound { name: name.to_string(), why })?;
    locate_among(name, &ports, baud).await
}

/// As [`locate`], among these ports. A port that another program has open is passed over, never disturbed.
///
/// # Errors
/// As [`locate`].
pub async fn locate_among(name: &PortName, ports: &[PortInfo], baud: u32) -> Result<String, PortError> {
    let not_found = |why: String| PortError::NotFound { name: name.to_string(), why };
    let mut passed_over = Vec::new();
    match name {
        PortName::Path(path) => Ok(path.clone()),
        PortName::Usb { vendor, product, serial } => {
            let is_meant = |port: &&PortInfo| {
                port.usb.as_ref().is_some_and(|usb| {
                    (usb.vendor, usb.product) == (*vendor, *product)
                        && (serial.is_none() || usb.serial == *serial)
                })
            };
            let meant: Vec<&PortInfo> = ports.iter().filter(is_meant).collect();
            if let [only] = meant.as_slice() {
                return Ok(only.path.clone());
            }
            // A modem has ports for commands, for positions, for diagnosis: the one that answers AT is meant.
            for port in &meant {
                if that_answers(&port.path, baud, &mut passed_over).await.is_some() {
                    return Ok(port.path.clone());
                }
            }
            Err(not_found(looked_at(meant.len(), "have these numbers, none answers AT", &passed_over)))
        }
        PortName::Imei(imei) => {
            for port in ports {
                let Some(mut stream) = that_answers(&port.path, baud, &mut passed_over).await else {
                    continue;
                };
                if ask_imei(&mut Conversation::new(&mut stream, &port.path)).await.as_ref() == Some(imei) {
                    return Ok(port.path.clone());
                }
            }
            Err(not_found(looked_at(ports.len(), "were asked, none answers with it", &passed_over)))
        }
    }
}

/// The port at `path` if it answers AT; why it could not be asked goes to `passed_over`.
async fn that_answers(path: &str, baud: u32, passed_over: &mut Vec<String>) -> Option<SerialStream> {
    match open(path, baud) {
        Ok(mut stream) => (speed::ask(&mut stream).await == Heard::Answer).then_some(stream),
        Err(error) => {
            passed_over.push(error.to_string());
            None
        }
    }
}

fn looked_at(count: usize, what: &str, passed_over: &[String]) -> String {
    let others =
        if passed_over.is_empty() { String::new() } else { format!(" ({})", passed_over.join("; ")) };
    format!("{count} ports {what}{others}")
}

/// Finds and opens the port called `name`, at `baud` or, without one, at the speed at which it answers AT, or as a LoRaWAN node
/// as delivered.
///
/// # Errors
/// [`PortError`] says which of the usual causes it is.
pub async fn open_named(name: &PortName, baud: Option<u32>) -> Result<Opened, PortError> {
    let first = COMMON_RATES.first().copied().unwrap_or(115_200);
    let path = locate(name, baud.unwrap_or(first)).await?;
    let mut stream = open(&path, baud.unwrap_or(first))?;
    let baud = match baud {
        Some(baud) => baud,
        None => match speed::find(&mut stream, &path, COMMON_RATES).await {
            Ok(baud) => baud,
            // Most LoRaWAN nodes have other words than OK.
            Err(error) => node::ask_all(&mut stream).await.ok_or(error)?.baud,
        },
    };
    Ok(Opened { stream, path, baud })
}

/// Waits until the port called `name` is there again, and opens it. It never gives up: whoever waits has a limit.
pub async fn wait_for_return(name: PortName, baud: Option<u32>) -> Opened {
    // Not at once: a port that dies as soon as it is opened must not be opened in a circle.
    let first = tokio::time::Instant::now() + LOOKS_EVERY;
    let mut looks = tokio::time::interval_at(first, LOOKS_EVERY);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        if let Ok(opened) = open_named(&name, baud).await {
            return opened;
        }
    }
}
