//! How a lab file names a port: by its path, by the USB device behind it, or by the IMEI that answers on it.

use std::fmt;
use std::str::FromStr;
use wire::id::Imei;

/// The name of a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortName {
    /// A path, best one under `/dev/serial/by-id` or `/dev/serial/by-path`.
    Path(String),
    /// The USB device with these numbers: `usb:2c7c:0125` or `usb:2c7c:0125:SERIAL`. Of its ports, the one that answers AT.
    Usb {
        /// Vendor.
        vendor: u16,
        /// Product.
        product: u16,
        /// Serial number, where there is one.
        serial: Option<String>,
    },
    /// The port on which a modem with this IMEI answers: `imei:356938035643809`.
    Imei(Imei),
}

/// A text that names no port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a port: expected a path such as \"/dev/serial/by-id/…\", \"usb:<vendor>:<product>[:<serial>]\" with \
     hexadecimal numbers, or \"imei:<15 digits>\""
)]
pub struct PortNameError(String);

impl FromStr for PortName {
    type Err = PortNameError;

    fn from_str(text: &str) -> Result<Self, PortNameError> {
        let error = || PortNameError(text.to_owned());
        if text.starts_with('/') {
            return Ok(Self::Path(text.to_owned()));
        }
        match text.split_once(':').ok_or_else(error)? {
            ("imei", digits) => digits.parse().map(Self::Imei).map_err(|_| error()),
            ("usb", device) => {
                let mut parts = device.splitn(3, ':');
                let mut number =
                    || u16::from_str_radix(parts.next().unwrap_or_default(), 16).map_err(|_| error());
                let (vendor, product) = (number()?, number()?);
                let serial = parts.next().map(str::to_owned);
                if serial.as_ref().is_some_and(String::is_empty) {
                    return Err(error());
                }
                Ok(Self::Usb { vendor, product, serial })
            }
            _ => Err(error()),
        }
    }
}

impl fmt::Display for PortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.write_str(path),
            Self::Usb { vendor, product, serial: None } => write!(f, "usb:{vendor:04x}:{product:04x}"),
            Self::Usb { vendor, product, serial: Some(serial) } => {
                write!(f, "usb:{vendor:04x}:{product:04x}:{serial}")
            }
            Self::Imei(imei) => write!(f, "imei:{imei}"),
        }
    }
}

impl PortName {
    /// Whether it is a number that the operating system gives out in the order of plugging in.
    #[must_use]
    pub fn is_fleeting(&self) -> bool {
        match self {
            Self::Path(path) => ["/dev/ttyUSB", "/dev/ttyACM"].iter().any(|start| path.starts_with(start)),
            Self::Usb { .. } | Self::Imei(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written_the_same() {
        for text in
            ["/dev/serial/by-id/usb-x-if02", "usb:2c7c:0125", "usb:2c7c:0125:A:1", "imei:356938035643809"]
        {
            assert_eq!(text.parse::<PortName>().map(|name| name.to_string()).as_deref(), Ok(text));
        }
        for text in [
            "",
            "ttyUSB2",
            "usb:",
            "usb:2c7c",
            "usb:xyz:0125",
            "usb:2c7c:0125:",
            "imei:12",
            "tcp:1",
            "usb:12c7c:1",
        ] {
            assert!(text.parse::<PortName>().is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_given_in_the_order_of_plugging_in_are_fleeting() {
        let fleeting = |text: &str| text.parse::<PortName>().unwrap().is_fleeting();
        assert!(fleeting("/dev/ttyUSB3") && fleeting("/dev/ttyACM0"));
        assert!(
            !fleeting("/dev/ttyS0") && !fleeting("/dev/serial/by-id/x") && !fleeting("imei:356938035643809")
        );
    }
}
