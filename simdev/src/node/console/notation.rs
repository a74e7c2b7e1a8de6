//! How values are written on a line: decimal numbers, and octets with or without separators.

use std::str::FromStr;
use wire::id::{Eui64, Key};
use wire::lorawan::DevAddr;

/// A decimal number without sign.
pub(super) fn number<T: FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// A value of so many hexadecimal digits without separators.
pub(super) fn hex_value<T: FromStr>(text: &str, digits: usize) -> Option<T> {
    let is_hex = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| text.parse().ok()).flatten()
}

/// A value of so many octets, written as pairs of digits with colons between them.
pub(super) fn colon_value<T: FromStr>(text: &str, octets: usize) -> Option<T> {
    let pairs: Vec<&str> = text.split(':').collect();
    let whole = pairs.len() == octets && pairs.iter().all(|pair| pair.len() == 2);
    whole.then(|| hex_value(&pairs.concat(), octets * 2)).flatten()
}

/// Upper-case digits in pairs with colons between them.
pub(super) fn with_colons(hex: &str) -> String {
    let digits: Vec<char> = hex.to_ascii_uppercase().chars().collect();
    digits.chunks(2).map(String::from_iter).collect::<Vec<_>>().join(":")
}

/// Sixteen upper-case digits; zeros when it was never set.
pub(super) fn eui(eui: Option<Eui64>) -> String {
    format!("{:016X}", eui.map_or(0, Eui64::value))
}

/// Eight upper-case digits; zeros when it was never set.
pub(super) fn dev_addr(address: Option<DevAddr>) -> String {
    format!("{:08X}", address.unwrap_or_default().value())
}

/// Thirty-two upper-case digits; zeros when it was never set. Some modules print their keys.
pub(super) fn key(key: Option<&Key>) -> String {
    key.map_or_else(|| "0".repeat(32), |key| hex::encode_upper(key.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colons_are_where_they_belong_or_the_value_is_refused() {
        let eui: Eui64 = "0080e115000a9b5c".parse().unwrap();
        assert_eq!(colon_value("00:80:E1:15:00:0A:9B:5C", 8), Some(eui));
        assert_eq!(with_colons(&format!("{eui}")), "00:80:E1:15:00:0A:9B:5C");
        for wrong in
            ["0080E115000A9B5C", "00:80:E1:15:00:0A:9B", "00:80:E1:15:00:0A:9B:5G", "008:0:E1:15:00:0A:9B:5C"]
        {
            assert_eq!(colon_value::<Eui64>(wrong, 8), None, "{wrong}");
        }
        assert_eq!((number::<u8>("255"), number::<u8>("256"), number::<u8>("+1")), (Some(255), None, None));
    }
}
