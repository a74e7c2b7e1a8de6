//! Status words: how a card answers a command.
//!
//! Spec: ETSI TS 102 221 clause 10.2; TS 51.011 clause 9.4 for the values 94xx and 98xx of 2G cards.

use std::fmt;

/// SW1 and SW2.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusWord(pub u16);

macro_rules! status_words {
    ($($constant:ident = $value:literal, $text:literal;)*) => {
        impl StatusWord {
            $(#[doc = concat!("`", stringify!($value), "`: ", $text, ".")] pub const $constant: Self = Self($value);)*

            const fn listed(self) -> Option<&'static str> {
                match self.0 { $($value => Some($text),)* _ => None }
            }
        }
    };
}

status_words! {
    OK = 0x9000, "normal ending";
    WRONG_LENGTH = 0x6700, "wrong length";
    UNSUCCESSFUL_SEARCH = 0x6282, "end of file or unsuccessful search";
    LOGICAL_CHANNEL_NOT_SUPPORTED = 0x6881, "logical channel not supported";
    SECURE_MESSAGING_NOT_SUPPORTED = 0x6882, "secure messaging not supported";
    INCOMPATIBLE_STRUCTURE = 0x6981, "command incompatible with file structure";
    SECURITY_STATUS_NOT_SATISFIED = 0x6982, "security status not satisfied";
    AUTHENTICATION_BLOCKED = 0x6983, "authentication method blocked";
    DATA_INVALIDATED = 0x6984, "referenced data invalidated";
    CONDITIONS_NOT_SATISFIED = 0x6985, "conditions of use not satisfied";
    NO_EF_SELECTED = 0x6986, "command not allowed, no EF selected";
    INCORRECT_DATA = 0x6a80, "incorrect parameters in the data field";
    FUNCTION_NOT_SUPPORTED = 0x6a81, "function not supported";
    FILE_NOT_FOUND = 0x6a82, "file not found";
    RECORD_NOT_FOUND = 0x6a83, "record not found";
    NO_CHANNEL_AVAILABLE = 0x6a85, "channel is open already or does not exist";
    NOT_ENOUGH_MEMORY = 0x6a84, "not enough memory space";
    INCORRECT_P1_P2 = 0x6a86, "incorrect parameters P1 to P2";
    DATA_NOT_FOUND = 0x6a88, "referenced data not found";
    WRONG_P1_P2 = 0x6b00, "wrong parameters P1 to P2";
    UNKNOWN_INSTRUCTION = 0x6d00, "instruction code not supported";
    UNKNOWN_CLASS = 0x6e00, "class not supported";
    GSM_NO_EF_SELECTED = 0x9400, "no EF selected";
    GSM_OUT_OF_RANGE = 0x9402, "out of range";
    GSM_FILE_NOT_FOUND = 0x9404, "file ID not found";
    GSM_INCONSISTENT_FILE = 0x9408, "file is inconsistent with the command";
    GSM_NO_CHV = 0x9802, "no CHV initialised";
    GSM_ACCESS_NOT_FULFILLED = 0x9804, "access condition not fulfilled";
    GSM_CHV_CONTRADICTION = 0x9808, "in contradiction with CHV status";
    GSM_CHV_BLOCKED = 0x9840, "unsuccessful CHV verification, no attempt left";
    AUTHENTICATION_INCORRECT_MAC = 0x9862, "authentication error, incorrect MAC";
    AUTHENTICATION_CONTEXT_NOT_SUPPORTED = 0x9864, "authentication error, security context not supported";
    GSM_INCREASE_IMPOSSIBLE = 0x9850, "increase cannot be performed, maximum reached";
}

impl StatusWord {
    /// `63CX`: a wrong PIN or PUK, `left` attempts remain (at most 15).
    #[must_use]
    pub const fn verification_failed(left: u8) -> Self {
        Self(0x63c0 | (left & 15) as u16)
    }

    /// `6CXX`: the length that was asked for is wrong, `length` is right.
    #[must_use]
    pub const fn wrong_expected_length(length: u8) -> Self {
        Self(0x6c00 | length as u16)
    }

    /// `61XX`: a response of `length` octets waits for GET RESPONSE.
    #[must_use]
    pub const fn response_available(length: u8) -> Self {
        Self(0x6100 | length as u16)
    }

    /// `91XX`: normal ending, a command of `length` octets for the terminal waits.
    #[must_use]
    pub const fn proactive_pending(length: u8) -> Self {
        Self(0x9100 | length as u16)
    }

    /// `9FXX`: a 2G response of `length` octets waits.
    #[must_use]
    pub const fn gsm_response_available(length: u8) -> Self {
        Self(0x9f00 | length as u16)
    }

    /// `67XX`: a 2G command has the wrong length, `length` is right.
    #[must_use]
    pub const fn gsm_wrong_length(length: u8) -> Self {
        Self(0x6700 | length as u16)
    }

    /// The first octet, which `+CRSM` shows in decimal.
    #[must_use]
    pub const fn sw1(self) -> u8 {
        self.0.to_be_bytes()[0]
    }

    /// The second octet.
    #[must_use]
    pub const fn sw2(self) -> u8 {
        self.0.to_be_bytes()[1]
    }

    /// Whether the command ended normally: 9000, or 91XX with a proactive command waiting.
    #[must_use]
    pub const fn is_ok(self) -> bool {
        matches!(self.sw1(), 0x91) || self.0 == 0x9000
    }

    /// The attempts that remain, from `63CX`.
    #[must_use]
    pub const fn attempts_left(self) -> Option<u8> {
        if self.0 & 0xfff0 == 0x63c0 { Some(self.sw2() & 15) } else { None }
    }

    /// The name of the value, or of its range.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.listed().unwrap_or(match self.sw1() {
            0x91 => "normal ending, a proactive command is pending",
            0x61 | 0x9f => "response data available",
            0x63 if self.attempts_left().is_some() => "verification failed, attempts left",
            0x6c => "wrong length, the right one is given",
            _ => "unknown status",
        })
    }
}

impl fmt::Debug for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatusWord({:04X})", self.0)
    }
}

impl fmt::Display for StatusWord {
    /// As in `6982 (security status not satisfied)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X} ({})", self.0, self.name())
    }
}

impl std::error::Error for StatusWord {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The decimal pairs of `+CRSM` (3GPP TS 27.007 clause 8.18 shows SW1 and SW2 in decimal).
    #[test]
    fn status_words_show_their_octets_and_names() {
        let rows = [
            (StatusWord::OK, (144, 0), "9000 (normal ending)"),
            (StatusWord::SECURITY_STATUS_NOT_SATISFIED, (105, 130), "6982 (security status not satisfied)"),
            (StatusWord::AUTHENTICATION_BLOCKED, (105, 131), "6983 (authentication method blocked)"),
            (StatusWord::FILE_NOT_FOUND, (106, 130), "6A82 (file not found)"),
            (StatusWord::RECORD_NOT_FOUND, (106, 131), "6A83 (record not found)"),
            (StatusWord::verification_failed(2), (99, 194), "63C2 (verification failed, attempts left)"),
            (StatusWord::wrong_expected_length(9), (108, 9), "6C09 (wrong length, the right one is given)"),
            (StatusWord(0x1234), (18, 52), "1234 (unknown status)"),
        ];
        for (word, octets, shown) in rows {
            assert_eq!((word.sw1(), word.sw2()), octets);
            assert_eq!(word.to_string(), shown);
        }
    }

    #[test]
    fn only_63cx_tells_attempts() {
        assert_eq!(StatusWord(0x63c0).attempts_left(), Some(0));
        assert_eq!(StatusWord(0x63c9).attempts_left(), Some(9));
        assert_eq!(StatusWord(0x6300).attempts_left(), None);
        assert!(StatusWord(0x9104).is_ok() && !StatusWord(0x63c0).is_ok());
    }
}
