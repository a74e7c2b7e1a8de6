//! Serial ports of the operating system, opened for exclusive use through tokio-serial.
//!
//! The only module of this crate that touches the world. A port is named by what survives replugging: its path under
//! `/dev/serial`, the identity of a USB device, or the IMEI that answers on it.

mod converse;
mod holder;
mod list;
mod locate;
mod name;
mod node;
mod probe;
mod speed;
#[cfg(test)]
mod tests;

pub use holder::{Holder, holders};
pub use list::{PortInfo, UsbIdentity, list, stable_path};
pub use locate::{Opened, locate, locate_among, open_named, wait_for_return};
pub use name::{PortName, PortNameError};
pub use probe::{Answers, probe};
pub use speed::{COMMON_RATES, Heard, judge};

use std::path::Path;
use tokio_serial::{SerialPort as _, SerialPortBuilderExt as _, SerialStream};

/// Why a port cannot be used, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// Nothing is at that path.
    #[error("port {path} does not exist; `dtk ports` lists the ports of this machine")]
    Missing {
        /// The path.
        path: String,
    },
    /// Another program holds the port.
    #[error("port {path} is in use by {by}; close it there")]
    InUse {
        /// The path.
        path: String,
        /// Who holds it, as far as it can be told.
        by: String,
    },
    /// The user may not open the port.
    #[error("no permission to open port {path}; on most systems the user must be in the group `dialout`")]
    Forbidden {
        /// The path.
        path: String,
    },
    /// The operating system refused for another reason.
    #[error("failed to open port {path}: {reason}")]
    Refused {
        /// The path.
        path: String,
        /// What the operating system said.
        reason: String,
    },
    /// No port has that identity.
    #[error("no port is {name}: {why}; `dtk ports` shows what answers on this machine")]
    NotFound {
        /// The name in the lab file.
        name: String,
        /// What was looked at.
        why: String,
    },
    /// Nothing readable came at any of the usual speeds.
    #[error("port {path} answers AT at none of the usual speeds ({tried}): {heard}")]
    NoSpeed {
        /// The path.
        path: String,
        /// The speeds that were tried, bit/s.
        tried: String,
        /// What came instead.
        heard: &'static str,
    },
}

/// Opens `path` at `baud`, 8N1, for exclusive use; must be called inside a tokio runtime.
///
/// What waits in the input buffer is thrown away: it belongs to an earlier conversation. A port that another program has
/// open is left alone, whether that program locked it or not; TIOCEXCL and a lock of the file keep others out from then on.
///
/// # Errors
/// [`PortError`] says which of the usual causes it is.
pub fn open(path: &str, baud: u32) -> Result<SerialStream, PortError> {
    let real = std::fs::canonicalize(path).map_err(|_| PortError::Missing { path: path.to_owned() })?;
    if !is_pseudo_terminal(&real)
        && let Some(holder) = holders(path).first()
    {
        return Err(PortError::InUse { path: path.to_owned(), by: holder.to_string() });
    }
    let stream = tokio_serial::new(path, baud).open_native_async().map_err(|error| refusal(path, &error))?;
    stream.clear(tokio_serial::ClearBuffer::Input).map_err(|error| refusal(path, &error))?;
    Ok(stream)
}

/// Whoever made a pseudo terminal keeps it open, so that it means nothing that somebody has it open.
fn is_pseudo_terminal(path: &Path) -> bool {
    path.starts_with("/dev/pts")
}

fn refusal(path: &str, error: &tokio_serial::Error) -> PortError {
    let reason = error.to_string();
    let text = reason.to_lowercase();
    let owned = path.to_owned();
    // tokio-serial has no error kind for a port in use: it is the text of EBUSY, or its own text about the lock.
    if text.contains("busy") || text.contains("exclusive lock") {
        let by = holders(path).first().map_or_else(|| "another program".to_owned(), Holder::to_string);
        PortError::InUse { path: owned, by }
    } else if text.contains("permission denied") {
        PortError::Forbidden { path: owned }
    } else if text.contains("no such file") {
        PortError::Missing { path: owned }
    } else {
        PortError::Refused { path: owned, reason }
    }
}
