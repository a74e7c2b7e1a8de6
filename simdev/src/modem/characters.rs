//! Strings between host and modem in the character set of `+CSCS` (TS 27.007 5.5).
//!
//! Inside the modem a text is a text. `HEX` shows the characters of the GSM alphabet as two hexadecimal digits each,
//! `UCS2` shows four digits; `8859-1` and `GSM` put one octet on the line for each character.

use super::Modem;
use super::profile::CharacterSet;
use wire::at::text::{octets_of, private};
use wire::sms::gsm7;

/// What stands for a character that the set lacks.
const LACKING: char = '?';

impl Modem {
    /// A string as the host is to see it; what its character set lacks becomes `?`.
    pub(super) fn host_text(&self, text: &str) -> String {
        match self.profile.character_set {
            CharacterSet::Utf8 => text.to_owned(),
            CharacterSet::Ira => text.chars().map(|c| if c.is_ascii() { c } else { LACKING }).collect(),
            CharacterSet::Ucs2 => text.encode_utf16().map(|unit| format!("{unit:04X}")).collect(),
            CharacterSet::Gsm => septets(text).into_iter().map(char::from).collect(),
            CharacterSet::Hex => hex::encode_upper(septets(text)),
            CharacterSet::Latin1 => text.chars().map(|c| u8::try_from(c).map_or(LACKING, private)).collect(),
        }
    }

    /// A string that the host sent; `None` where its character set has no such string.
    pub(super) fn text_of_host(&self, text: &str) -> Option<String> {
        match self.profile.character_set {
            CharacterSet::Utf8 => String::from_utf8(octets_of(text)).ok(),
            CharacterSet::Ira => text.is_ascii().then(|| text.to_owned()),
            CharacterSet::Gsm => text.is_ascii().then(|| gsm7::decode(text.as_bytes())),
            CharacterSet::Hex => {
                let septets = hex::decode(text).ok().filter(|octets| octets.is_ascii())?;
                Some(gsm7::decode(&septets))
            }
            CharacterSet::Latin1 => Some(octets_of(text).into_iter().map(char::from).collect()),
            CharacterSet::Ucs2 => {
                let octets = hex::decode(text).ok().filter(|octets| octets.len() % 2 == 0)?;
                let units: Vec<u16> =
                    octets.chunks_exact(2).map(|pair| u16::from(pair[0]) << 8 | u16::from(pair[1])).collect();
                String::from_utf16(&units).ok()
            }
        }
    }
}

fn septets(text: &str) -> Vec<u8> {
    let septets = |c: char| gsm7::encode(&c.to_string()).unwrap_or_else(|| vec![b'?']);
    text.chars().flat_map(septets).collect()
}
