//! The data coding scheme and the protocol identifier of a short message.
//!
//! Spec: 3GPP TS 23.038 clause 4 (TP-DCS), TS 23.040 clause 9.2.3.9 (TP-PID). Both keep the octet that travelled.

/// The alphabet of user data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// GSM 7-bit default alphabet, packed.
    Gsm7,
    /// Octets without a meaning as text.
    EightBit,
    /// UCS2, in practice UTF-16 big endian.
    Ucs2,
}

/// The class of a message: what the receiver does with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageClass {
    /// Displayed at once, not stored ("flash").
    Class0,
    /// For the mobile equipment.
    Class1,
    /// For the (U)SIM.
    Class2,
    /// For the terminal equipment.
    Class3,
}

/// What is waiting, in a message waiting indication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingKind {
    /// Voice mail.
    Voicemail,
    /// Fax.
    Fax,
    /// Electronic mail.
    Email,
    /// Something else.
    Other,
}

/// A message waiting indication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageWaiting {
    /// Whether the message itself is to be kept.
    pub store: bool,
    /// Whether messages are waiting (`true`) or no more (`false`).
    pub active: bool,
    /// What is waiting.
    pub kind: WaitingKind,
}

/// TP-DCS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataCoding(pub u8);

impl DataCoding {
    /// GSM 7-bit, no class.
    pub const GSM7: Self = Self(0x00);
    /// 8-bit data, no class.
    pub const EIGHT_BIT: Self = Self(0x04);
    /// UCS2, no class.
    pub const UCS2: Self = Self(0x08);

    /// The general group: uncompressed, in this alphabet, with or without a class.
    #[must_use]
    pub const fn general(alphabet: Alphabet, class: Option<MessageClass>) -> Self {
        let alphabet = match alphabet {
            Alphabet::Gsm7 => 0x00,
            Alphabet::EightBit => 0x04,
            Alphabet::Ucs2 => 0x08,
        };
        let class = match class {
            None => 0x00,
            Some(MessageClass::Class0) => 0x10,
            Some(MessageClass::Class1) => 0x11,
            Some(MessageClass::Class2) => 0x12,
            Some(MessageClass::Class3) => 0x13,
        };
        Self(alphabet | class)
    }

    /// The alphabet; a reserved coding is taken to be GSM 7-bit, as the clause asks for.
    #[must_use]
    pub const fn alphabet(self) -> Alphabet {
        match (self.0 >> 4, self.0 >> 2 & 3) {
            (0..=7, 1) => Alphabet::EightBit,
            (0..=7, 2) | (0xe, _) => Alphabet::Ucs2,
            (0xf, 1 | 3) => Alphabet::EightBit,
            _ => Alphabet::Gsm7,
        }
    }

    /// The message class, where one is given.
    #[must_use]
    pub const fn class(self) -> Option<MessageClass> {
        let has_class = match self.0 >> 4 {
            0..=7 => self.0 & 0x10 != 0,
            group => group == 0xf,
        };
        if !has_class {
            return None;
        }
        Some(match self.0 & 3 {
            0 => MessageClass::Class0,
            1 => MessageClass::Class1,
            2 => MessageClass::Class2,
            _ => MessageClass::Class3,
        })
    }

    /// Whether the user data is compressed text (TS 23.042), which is carried but not read here.
    #[must_use]
    pub const fn is_compressed(self) -> bool {
        self.0 < 0x80 && self.0 & 0x20 != 0
    }

    /// Whether the message is to be deleted once it was read.
    #[must_use]
    pub const fn deletes_itself(self) -> bool {
        self.0 >> 6 == 1
    }

    /// The message waiting indication, where it is one.
    #[must_use]
    pub const fn message_waiting(self) -> Option<MessageWaiting> {
        let store = match self.0 >> 4 {
            0xc => false,
            0xd | 0xe => true,
            _ => return None,
        };
        let kind = match self.0 & 3 {
            0 => WaitingKind::Voicemail,
            1 => WaitingKind::Fax,
            2 => WaitingKind::Email,
            _ => WaitingKind::Other,
        };
        Some(MessageWaiting { store, active: self.0 & 8 != 0, kind })
    }

    /// The alphabet of text that can be read here; `None` for 8-bit data and compressed text.
    pub(super) fn text_alphabet(self) -> Option<Alphabet> {
        Some(self.alphabet()).filter(|alphabet| *alphabet != Alphabet::EightBit && !self.is_compressed())
    }

    /// Whether the user data is counted in septets.
    pub(super) fn is_septets(self) -> bool {
        self.text_alphabet() == Some(Alphabet::Gsm7)
    }
}

/// TP-PID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtocolId(pub u8);

impl ProtocolId {
    /// An ordinary message from mobile to mobile.
    pub const NORMAL: Self = Self(0x00);
    /// Short message type 0: acknowledged, neither shown nor stored.
    pub const TYPE_0: Self = Self(0x40);
    /// Return call message.
    pub const RETURN_CALL: Self = Self(0x5f);
    /// Mobile equipment data download.
    pub const ME_DATA_DOWNLOAD: Self = Self(0x7d);
    /// Mobile equipment de-personalisation.
    pub const ME_DEPERSONALISATION: Self = Self(0x7e);
    /// (U)SIM data download.
    pub const SIM_DATA_DOWNLOAD: Self = Self(0x7f);

    /// 1 to 7 for "replace short message type n": it overwrites the one of the same type and originator.
    #[must_use]
    pub const fn replace_type(self) -> Option<u8> {
        match self.0 {
            0x41..=0x47 => Some(self.0 - 0x40),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Alphabet::{EightBit, Gsm7, Ucs2};
    use MessageClass::{Class0, Class1, Class2};

    #[test]
    fn codings_have_the_meaning_of_the_clause() {
        let rows = [
            (0x00, Gsm7, None),
            (0x04, EightBit, None),
            (0x08, Ucs2, None),
            (0x0c, Gsm7, None),
            (0x10, Gsm7, Some(Class0)),
            (0xf0, Gsm7, Some(Class0)),
            (0x11, Gsm7, Some(Class1)),
            (0xf1, Gsm7, Some(Class1)),
            (0x12, Gsm7, Some(Class2)),
            (0xf2, Gsm7, Some(Class2)),
            (0x18, Ucs2, Some(Class0)),
            (0xf6, EightBit, Some(Class2)),
            (0x48, Ucs2, None),
            (0xc8, Gsm7, None),
            (0xd8, Gsm7, None),
            (0xe8, Ucs2, None),
            (0x90, Gsm7, None),
        ];
        for (octet, alphabet, class) in rows {
            assert_eq!(DataCoding(octet).alphabet(), alphabet, "{octet:02x}");
            assert_eq!(DataCoding(octet).class(), class, "{octet:02x}");
        }
        assert!(DataCoding(0x20).is_compressed() && !DataCoding(0xf0).is_compressed());
        assert!(DataCoding(0x40).deletes_itself() && !DataCoding(0x00).deletes_itself());
        assert_eq!(DataCoding::general(Ucs2, Some(Class0)), DataCoding(0x18));
    }

    #[test]
    fn message_waiting_groups_say_what_waits_and_whether_to_store() {
        let waiting = |store, active, kind| Some(MessageWaiting { store, active, kind });
        assert_eq!(DataCoding(0xc8).message_waiting(), waiting(false, true, WaitingKind::Voicemail));
        assert_eq!(DataCoding(0xd1).message_waiting(), waiting(true, false, WaitingKind::Fax));
        assert_eq!(DataCoding(0xea).message_waiting(), waiting(true, true, WaitingKind::Email));
        assert_eq!(DataCoding(0x08).message_waiting(), None);
    }

    #[test]
    fn replace_types_are_one_to_seven() {
        assert_eq!(ProtocolId(0x41).replace_type(), Some(1));
        assert_eq!(ProtocolId(0x47).replace_type(), Some(7));
        assert_eq!(ProtocolId::TYPE_0.replace_type(), None);
        assert_eq!(ProtocolId(0x48).replace_type(), None);
    }
}
