//! The user data header: information elements before the text.
//!
//! Spec: 3GPP TS 23.040 clause 9.2.3.24. The octets are kept as they came; elements are read from them. An element
//! that runs over the end of the header is left out, and so is everything after it.

/// The most octets of a header after its length octet, so that it fits the 140 octets of user data.
pub const MAX_OCTETS: usize = 139;

/// One information element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InformationElement {
    /// Identifier: 00 and 08 concatenation, 04 and 05 ports, 24 and 25 national language, 70 to 7F (U)SIM toolkit.
    pub id: u8,
    /// The octets after the length.
    pub data: Vec<u8>,
}

/// Which part of a concatenated message this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Concatenation {
    /// The reference that all parts share.
    pub reference: u16,
    /// How many parts there are, at least 1.
    pub total: u8,
    /// This part, 1 to `total`.
    pub sequence: u8,
    /// Whether the reference has 16 bits.
    pub wide: bool,
}

/// Application ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// Where the message goes.
    pub destination: u16,
    /// Where it comes from.
    pub source: u16,
    /// Whether the ports have 16 bits.
    pub wide: bool,
}

/// A national language that the header selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NationalLanguage {
    /// Language identifier of TS 23.038 6.2.1.2.4, such as 1 for Turkish.
    pub language: u8,
    /// Whether the locking shift table is meant; otherwise the single shift table.
    pub locking: bool,
}

/// The user data header without its length octet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserDataHeader {
    octets: Vec<u8>,
}

impl UserDataHeader {
    /// A header of these elements; `None` when they do not fit the user data.
    #[must_use]
    pub fn new(elements: &[InformationElement]) -> Option<Self> {
        let mut octets = Vec::new();
        for element in elements {
            octets.push(element.id);
            octets.push(u8::try_from(element.data.len()).ok()?);
            octets.extend(&element.data);
        }
        Self::from_octets(octets)
    }

    /// A header of raw octets, well-formed or not; `None` when they do not fit the user data.
    #[must_use]
    pub fn from_octets(octets: Vec<u8>) -> Option<Self> {
        (octets.len() <= MAX_OCTETS).then_some(Self { octets })
    }

    /// The header of one part of a concatenated message.
    #[must_use]
    pub fn concatenated(part: Concatenation) -> Self {
        let [high, low] = part.reference.to_be_bytes();
        let octets = if part.wide {
            vec![8, 4, high, low, part.total, part.sequence]
        } else {
            vec![0, 3, low, part.total, part.sequence]
        };
        Self { octets }
    }

    /// The octets after the length octet.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The information elements in their order.
    #[must_use]
    pub fn elements(&self) -> Vec<InformationElement> {
        let mut elements = Vec::new();
        let mut rest = self.octets.as_slice();
        while let [id, length, after @ ..] = rest {
            let Some((data, next)) = after.split_at_checked(usize::from(*length)) else { break };
            elements.push(InformationElement { id: *id, data: data.to_vec() });
            rest = next;
        }
        elements
    }

    /// The place in a concatenated message; `None` without one, or when the place is impossible (a part 0, a part
    /// beyond the total), which the clause says to ignore. The last element counts when there are several.
    #[must_use]
    pub fn concatenation(&self) -> Option<Concatenation> {
        let place =
            self.elements().iter().rev().find_map(|element| match (element.id, element.data.as_slice()) {
                (0, &[reference, total, sequence]) => {
                    Some(Concatenation { reference: u16::from(reference), total, sequence, wide: false })
                }
                (8, &[high, low, total, sequence]) => Some(Concatenation {
                    reference: u16::from_be_bytes([high, low]),
                    total,
                    sequence,
                    wide: true,
                }),
                _ => None,
            })?;
        (1..=place.total).contains(&place.sequence).then_some(place)
    }

    /// The application ports.
    #[must_use]
    pub fn ports(&self) -> Option<Ports> {
        self.elements().iter().rev().find_map(|element| match (element.id, element.data.as_slice()) {
            (4, &[destination, source]) => {
                Some(Ports { destination: u16::from(destination), source: u16::from(source), wide: false })
            }
            (5, &[d1, d0, s1, s0]) => Some(Ports {
                destination: u16::from_be_bytes([d1, d0]),
                source: u16::from_be_bytes([s1, s0]),
                wide: true,
            }),
            _ => None,
        })
    }

    /// The national language tables that the text asks for. They are not applied: such a text is shown with the
    /// default tables.
    #[must_use]
    pub fn national_languages(&self) -> Vec<NationalLanguage> {
        let language = |element: &InformationElement| match (element.id, element.data.as_slice()) {
            (0x24 | 0x25, &[language]) => Some(NationalLanguage { language, locking: element.id == 0x25 }),
            _ => None,
        };
        self.elements().iter().filter_map(language).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    fn header(hex: &str) -> UserDataHeader {
        UserDataHeader::from_octets(hex::decode(hex).unwrap()).unwrap()
    }

    /// The headers of the worked PDUs S5a, S6, S7, D5 and D8.
    #[test]
    fn elements_have_their_meaning() {
        let short = Concatenation { reference: 0xa5, total: 2, sequence: 1, wide: false };
        assert_eq!(header("0003A50201").concatenation(), Some(short));
        assert_eq!(UserDataHeader::concatenated(short), header("0003A50201"));
        let long = Concatenation { reference: 0x1234, total: 2, sequence: 2, wide: true };
        assert_eq!(header("080412340202").concatenation(), Some(long));
        assert_eq!(UserDataHeader::concatenated(long), header("080412340202"));
        assert_eq!(
            header("05043E803E81").ports(),
            Some(Ports { destination: 16000, source: 16001, wide: true })
        );
        assert_eq!(header("04021718").ports(), Some(Ports { destination: 0x17, source: 0x18, wide: false }));
        assert_eq!(header("7000").elements(), [InformationElement { id: 0x70, data: vec![] }]);
        assert_eq!(header("240101").national_languages(), [NationalLanguage { language: 1, locking: false }]);
    }

    #[test]
    fn unknown_elements_are_skipped_by_their_length() {
        let header = header("AA0201020003070301");
        assert_eq!(header.elements().len(), 2);
        assert_eq!(header.concatenation().unwrap().reference, 7);
    }

    #[test]
    fn an_impossible_place_and_a_broken_element_are_left_out() {
        assert_eq!(header("0003A50200").concatenation(), None);
        assert_eq!(header("0003A50203").concatenation(), None);
        assert_eq!(header("0003A50000").concatenation(), None);
        assert_eq!(header("0005A50201").elements(), []);
        assert_eq!(header("00").elements(), []);
    }

    #[test]
    fn a_header_that_does_not_fit_is_not_made() {
        let element = |length| InformationElement { id: 0x70, data: vec![0; length] };
        assert!(UserDataHeader::new(&[element(137)]).is_some());
        assert!(UserDataHeader::new(&[element(138)]).is_none());
        assert!(UserDataHeader::new(&[element(256)]).is_none());
    }

    #[test]
    fn any_octets_are_read_without_panic() {
        let mut rng = Seed(4).child("header").rng();
        for _ in 0..5000 {
            let octets: Vec<u8> = (0..rng.below(20)).map(|_| rng.below(10) as u8).collect();
            let header = UserDataHeader::from_octets(octets).unwrap();
            let (_, _, _) = (header.concatenation(), header.ports(), header.national_languages());
            assert!(header.octets().starts_with(UserDataHeader::new(&header.elements()).unwrap().octets()));
        }
    }
}
