//! The serial ports of this machine with an identity that survives replugging.

use tokio_serial::{SerialPortType, UsbPortInfo};

/// A serial port that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortInfo {
    /// The path that opens it today, such as `/dev/ttyUSB2`.
    pub path: String,
    /// The path that stays the same, from `/dev/serial/by-id`, where there is one.
    pub stable_path: Option<String>,
    /// What is behind it, in words: USB vendor, product and serial number.
    pub description: String,
}

/// Lists the serial ports of this machine, by path.
///
/// # Errors
/// The text of the operating system.
pub fn list() -> Result<Vec<PortInfo>, String> {
    // Listing panics on a machine without this class; such a machine has no serial ports.
    if !std::path::Path::new("/sys/class/tty").exists() && cfg!(target_os = "linux") {
        return Ok(Vec::new());
    }
    let ports = tokio_serial::available_ports().map_err(|error| error.to_string())?;
    let mut found: Vec<PortInfo> = ports
        .into_iter()
        .map(|port| PortInfo {
            stable_path: stable_path(&port.port_name),
            description: match &port.port_type {
                SerialPortType::UsbPort(usb) => describe(usb),
                SerialPortType::PciPort => "PCI serial port".to_owned(),
                SerialPortType::BluetoothPort => "Bluetooth serial port".to_owned(),
                SerialPortType::Unknown => "serial port".to_owned(),
            },
            path: port.port_name,
        })
        .collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn describe(usb: &UsbPortInfo) -> String {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let names = format!("{} {}", text(&usb.manufacturer), text(&usb.product));
    let serial = usb.serial_number.as_ref().map(|serial| format!(" serial {serial}")).unwrap_or_default();
    format!("USB {:04x}:{:04x} {}{serial}", usb.vid, usb.pid, names.trim())
}

fn stable_path(path: &str) -> Option<String> {
    let target = std::fs::canonicalize(path).ok()?;
    let mut links: Vec<String> = std::fs::read_dir("/dev/serial/by-id")
        .ok()?
        .filter_map(Result::ok)
        .filter(|entry| std::fs::canonicalize(entry.path()).is_ok_and(|link| link == target))
        .map(|entry| entry.path().display().to_string())
        .collect();
    links.sort();
    links.into_iter().next()
}
