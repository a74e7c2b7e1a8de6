//! Serial ports of the operating system, opened for exclusive use through tokio-serial.
//!
//! The only module of this crate that touches the world.

mod list;

pub use list::{PortInfo, list};

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
    #[error("port {path} is in use by another program; close it there (`fuser {path}` names it)")]
    InUse {
        /// The path.
        path: String,
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
}

/// Opens `path` at `baud`, 8N1, for exclusive use; must be called inside a tokio runtime.
///
/// What waits in the input buffer is thrown away: it belongs to an earlier conversation.
///
/// # Errors
/// [`PortError`] says which of the usual causes it is.
pub fn open(path: &str, baud: u32) -> Result<SerialStream, PortError> {
    if !std::path::Path::new(path).exists() {
        return Err(PortError::Missing { path: path.to_owned() });
    }
    let stream = tokio_serial::new(path, baud).open_native_async().map_err(|error| refusal(path, &error))?;
    stream.clear(tokio_serial::ClearBuffer::Input).map_err(|error| refusal(path, &error))?;
    Ok(stream)
}

fn refusal(path: &str, error: &tokio_serial::Error) -> PortError {
    let path = path.to_owned();
    let reason = error.to_string();
    let text = reason.to_lowercase();
    // tokio-serial has no error kind for a port in use: it is the text of EBUSY, or its own text about the lock.
    if text.contains("busy") || text.contains("exclusive lock") {
        PortError::InUse { path }
    } else if text.contains("permission denied") {
        PortError::Forbidden { path }
    } else if text.contains("no such file") {
        PortError::Missing { path }
    } else {
        PortError::Refused { path, reason }
    }
}
