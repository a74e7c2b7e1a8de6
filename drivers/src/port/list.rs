//! The serial ports of this machine with an identity that survives replugging.

use tokio_serial::{SerialPortType, UsbPortInfo};

/// A serial port that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortInfo {
    /// The path that opens it today, such as `/dev/ttyUSB2`.
    pub path: String,
    /// The path that stays the same, from `/dev/serial`, where there is one.
    pub stable_path: Option<String>,
    /// The USB device behind it, where it is one.
    pub usb: Option<UsbIdentity>,
    /// What is behind it, in words: USB vendor, product and serial number.
    pub description: String,
}

/// The numbers of a USB device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbIdentity {
    /// Vendor.
    pub vendor: u16,
    /// Product.
    pub product: u16,
    /// Serial number, where it has one.
    pub serial: Option<String>,
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
        .map(|port| {
            let (usb, description) = match &port.port_type {
                SerialPortType::UsbPort(usb) => (Some(identity(usb)), describe(usb)),
                SerialPortType::PciPort => (None, "PCI serial port".to_owned()),
                SerialPortType::BluetoothPort => (None, "Bluetooth serial port".to_owned()),
                SerialPortType::Unknown => (None, "serial port".to_owned()),
            };
            PortInfo { stable_path: stable_path(&port.port_name), usb, description, path: port.port_name }
        })
        .collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn identity(usb: &UsbPortInfo) -> UsbIdentity {
    UsbIdentity { vendor: usb.vid, product: usb.pid, serial: usb.serial_number.clone() }
}

fn describe(usb: &UsbPortInfo) -> String {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let names = format!("{} {}", text(&usb.manufacturer), text(&usb.product));
    let serial = usb.serial_number.as_ref().map(|serial| format!(" serial {serial}")).unwrap_or_default();
    format!("USB {:04x}:{:04x} {}{serial}", usb.vid, usb.pid, names.trim())
}

/// The path of the same port that stays the same: by the identity of the device, or else by the socket it is in.
#[must_use]
pub fn stable_path(path: &str) -> Option<String> {
    let target = std::fs::canonicalize(path).ok()?;
    ["/dev/serial/by-id", "/dev/serial/by-path"].iter().find_map(|folder| {
        let mut links: Vec<String> = std::fs::read_dir(folder)
            .ok()?
            .filter_map(Result::ok)
            .filter(|entry| std::fs::canonicalize(entry.path()).is_ok_and(|link| link == target))
            .map(|entry| entry.path().display().to_string())
            .collect();
        links.sort();
        links.into_iter().next()
    })
}
