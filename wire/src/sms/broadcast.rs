//! One page of a cell broadcast message as GSM sends it and as AT commands show it: 88 octets.
//!
//! Spec: 3GPP TS 23.041 clause 9.4.1.2 (the page), TS 23.038 clause 5 (its coding). Not here: the forms of UTRAN and
//! E-UTRAN on the air, compressed text, user data headers.

use super::data_coding::{Alphabet, MessageClass};
use super::gsm7;

/// Octets of a page, its six octets of header included.
pub const PAGE_OCTETS: usize = 88;
const CONTENT_OCTETS: usize = 82;
const SEPTETS: usize = 93;
/// What fills a page after its text (TS 23.038 6.1.2.2.2): carriage returns.
const FILL: u8 = 0x0d;
const MOST_PAGES: u8 = 15;
/// GSM alphabet, language unspecified.
const DEFAULT_ALPHABET: u8 = 0x0f;
/// General data coding, UCS2, no class.
const UCS2: u8 = 0x48;

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BroadcastPage {
    /// Serial number: geographical scope, message code, update number.
    pub serial: u16,
    /// Message identifier: what the message is about, or the kind of warning.
    pub identifier: u16,
    /// Data coding scheme.
    pub coding: u8,
    /// The number of this page, from 1.
    pub page: u8,
    /// How many pages the message has, up to 15.
    pub pages: u8,
    content: [u8; CONTENT_OCTETS],
}

/// Why there is no message or no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BroadcastError {
    /// A text that takes more than 15 pages.
    #[error("a cell broadcast message has at most 15 pages, of 93 GSM characters or 41 others each")]
    TooLong,
    /// Octets of another length than a page has.
    #[error("a page of a cell broadcast message has 88 octets, not {0}")]
    Length(usize),
}

impl BroadcastPage {
    /// The pages of a text: in the GSM alphabet where that has all of its characters, else in UCS2.
    ///
    /// # Errors
    /// The text is too long.
    pub fn of_text(serial: u16, identifier: u16, text: &str) -> Result<Vec<Self>, BroadcastError> {
        let (coding, contents) = match gsm7::encode(text) {
            Some(septets) => (DEFAULT_ALPHABET, septet_pages(&septets)),
            None => (UCS2, ucs2_pages(text)),
        };
        let pages = u8::try_from(contents.len()).ok().filter(|pages| *pages <= MOST_PAGES);
        let pages = pages.ok_or(BroadcastError::TooLong)?;
        let numbered = (1_u8..).zip(contents);
        Ok(numbered
            .map(|(page, content)| Self { serial, identifier, coding, page, pages, content })
            .collect())
    }

    /// A page of these octets.
    ///
    /// # Errors
    /// There are not 88.
    pub fn parse(octets: &[u8]) -> Result<Self, BroadcastError> {
        let wrong = BroadcastError::Length(octets.len());
        let [serial, more, identifier, low, coding, parameter, content @ ..] = octets else {
            return Err(wrong);
        };
        let content = content.try_into().map_err(|_| wrong)?;
        // A page parameter of zero means the only page (TS 23.041 9.4.1.2.4).
        let (page, pages) = if parameter >> 4 == 0 || parameter & 15 == 0 {
            (1, 1)
        } else {
            (parameter >> 4, parameter & 15)
        };
        let serial = u16::from_be_bytes([*serial, *more]);
        let identifier = u16::from_be_bytes([*identifier, *low]);
        Ok(Self { serial, identifier, coding: *coding, page, pages, content })
    }

    /// The octets.
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(PAGE_OCTETS);
        octets.extend(self.serial.to_be_bytes());
        octets.extend(self.identifier.to_be_bytes());
        octets.extend([self.coding, self.page << 4 | self.pages]);
        octets.extend(self.content);
        octets
    }

    /// The alphabet (TS 23.038 clause 5).
    #[must_use]
    pub const fn alphabet(&self) -> Alphabet {
        match (self.coding >> 4, self.coding >> 2 & 3) {
            (1, _) if self.coding == 0x11 => Alphabet::Ucs2,
            (4..=7, 2) => Alphabet::Ucs2,
            (4..=7, 1) | (9, _) => Alphabet::EightBit,
            (15, 1 | 3) => Alphabet::EightBit,
            _ => Alphabet::Gsm7,
        }
    }

    /// The message class, where the coding has one.
    #[must_use]
    pub const fn class(&self) -> Option<MessageClass> {
        match (self.coding >> 4, self.coding & 3) {
            (5 | 7 | 15, 0) => Some(MessageClass::Class0),
            (5 | 7 | 15, 1) => Some(MessageClass::Class1),
            (5 | 7 | 15, 2) => Some(MessageClass::Class2),
            (5 | 7 | 15, 3) => Some(MessageClass::Class3),
            _ => None,
        }
    }

    /// The text without its filling; `None` for octets that are no text.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let text = match self.alphabet() {
            Alphabet::Gsm7 => gsm7::decode(&gsm7::unpack(&self.content, 0, SEPTETS)),
            Alphabet::Ucs2 => {
                let units: Vec<u16> = self
                    .content
                    .chunks_exact(2)
                    .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
                    .map(u16::from_be_bytes)
                    .collect();
                String::from_utf16_lossy(&units)
            }
            Alphabet::EightBit => return None,
        };
        Some(text.trim_end_matches('\r').to_owned())
    }
}

fn septet_pages(septets: &[u8]) -> Vec<[u8; CONTENT_OCTETS]> {
    let mut pages: Vec<Vec<u8>> = septets.chunks(SEPTETS).map(<[u8]>::to_vec).collect();
    if pages.is_empty() {
        pages.push(Vec::new());
    }
    let packed = |mut page: Vec<u8>| {
        page.resize(SEPTETS, FILL);
        filled(&gsm7::pack(&page, 0))
    };
    pages.into_iter().map(packed).collect()
}

fn ucs2_pages(text: &str) -> Vec<[u8; CONTENT_OCTETS]> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let page = |units: &[u16]| {
        let fill = std::iter::repeat_n(u16::from(FILL), CONTENT_OCTETS / 2 - units.len());
        let octets: Vec<u8> = units.iter().copied().chain(fill).flat_map(u16::to_be_bytes).collect();
        filled(&octets)
    };
    units.chunks(CONTENT_OCTETS / 2).map(page).collect()
}

fn filled(octets: &[u8]) -> [u8; CONTENT_OCTETS] {
    let mut content = [0; CONTENT_OCTETS];
    content.iter_mut().zip(octets).for_each(|(place, octet)| *place = *octet);
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page that a network sent, as in the tests of several open modem stacks, and what they read in it.
    const SENT: &str = "011000320111C2327BFC76BBCBEE46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D1\
                        68341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D100";

    #[test]
    fn a_page_of_a_network_is_read() {
        let octets = hex::decode(SENT).unwrap();
        let page = BroadcastPage::parse(&octets).unwrap();
        assert_eq!((page.serial, page.identifier, page.coding), (0x0110, 50, 1));
        assert_eq!((page.page, page.pages), (1, 1));
        assert_eq!((page.text().as_deref(), page.class()), (Some("Belconnen"), None));
        assert_eq!(page.octets(), octets);
        assert_eq!(BroadcastPage::parse(&octets[1..]), Err(BroadcastError::Length(87)));
    }

    #[test]
    fn a_text_is_written_as_the_network_wrote_it() {
        let pages = BroadcastPage::of_text(0x0110, 50, "Belconnen").unwrap();
        let written = BroadcastPage { coding: 1, ..pages[0].clone() };
        assert_eq!(hex::encode_upper(written.octets()), SENT);
    }

    #[test]
    fn a_long_text_has_pages_and_other_characters_ucs2() {
        let long = "0123456789".repeat(10);
        let pages = BroadcastPage::of_text(0, 4370, &long).unwrap();
        let texts: Vec<String> = pages.iter().filter_map(BroadcastPage::text).collect();
        assert_eq!((texts.concat(), pages.len()), (long, 2));
        assert_eq!(pages.iter().map(|page| (page.page, page.pages)).collect::<Vec<_>>(), [(1, 2), (2, 2)]);
        let other = BroadcastPage::of_text(0, 4370, "Внимание").unwrap();
        assert_eq!((other[0].coding, other[0].text().as_deref()), (0x48, Some("Внимание")));
        let endless = "x".repeat(15 * 93 + 1);
        assert_eq!(BroadcastPage::of_text(0, 0, &endless), Err(BroadcastError::TooLong));
    }
}
