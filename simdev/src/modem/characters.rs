//! Strings between host and modem in the character set of `+CSCS` (TS 27.007 5.5).

use super::Modem;
use super::profile::CharacterSet;
use wire::sms::gsm7;

impl Modem {
    /// A string as the host is to see it; what its character set lacks becomes `?`.
    pub(super) fn host_text(&self, text: &str) -> String {
        match self.profile.character_set {
            CharacterSet::Utf8 => text.to_owned(),
            CharacterSet::Ira => text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect(),
            CharacterSet::Ucs2 => text.encode_utf16().map(|unit| format!("{unit:04X}")).collect(),
            CharacterSet::Gsm => {
                let septets = |c: char| gsm7::encode(&c.to_string()).unwrap_or_else(|| vec![b'?']);
                text.chars().flat_map(septets).map(char::from).collect()
            }
        }
    }

    /// A string that the host sent; `None` where its character set has no such string.
    pub(super) fn text_of_host(&self, text: &str) -> Option<String> {
        match self.profile.character_set {
            CharacterSet::Utf8 => Some(text.to_owned()),
            CharacterSet::Ira => text.is_ascii().then(|| text.to_owned()),
            CharacterSet::Gsm => text.is_ascii().then(|| gsm7::decode(text.as_bytes())),
            CharacterSet::Ucs2 => {
                let octets = hex::decode(text).ok().filter(|octets| octets.len() % 2 == 0)?;
                let units: Vec<u16> =
                    octets.chunks_exact(2).map(|pair| u16::from(pair[0]) << 8 | u16::from(pair[1])).collect();
                String::from_utf16(&units).ok()
            }
        }
    }
}
