//! `+CME ERROR` and `+CMS ERROR`: the numbers, their texts, and the numbers that stand for a cause of the network.
//!
//! Spec: TS 27.007 clause 9.2, TS 27.005 clause 3.2.5. A number is kept as it came, so that a vendor's own code is
//! carried through unchanged.

mod table;

use crate::cause::{EmmCause, EsmCause, RpCause};
use std::fmt;

/// The `<err>` of `+CME ERROR`: what went wrong in the mobile or the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CmeError(pub u16);

/// The `<err>` of `+CMS ERROR`: what went wrong with a short message.
///
/// 0 to 127 are the RP causes of TS 24.011, 128 to 255 the TP failure causes of TS 23.040.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CmsError(pub u16);

impl CmeError {
    /// 3: operation not allowed.
    pub const OPERATION_NOT_ALLOWED: Self = Self(3);
    /// 4: operation not supported.
    pub const OPERATION_NOT_SUPPORTED: Self = Self(4);
    /// 10: SIM not inserted.
    pub const SIM_NOT_INSERTED: Self = Self(10);
    /// 11: SIM PIN required.
    pub const SIM_PIN_REQUIRED: Self = Self(11);
    /// 12: SIM PUK required.
    pub const SIM_PUK_REQUIRED: Self = Self(12);
    /// 13: SIM failure.
    pub const SIM_FAILURE: Self = Self(13);
    /// 14: SIM busy.
    pub const SIM_BUSY: Self = Self(14);
    /// 15: SIM wrong.
    pub const SIM_WRONG: Self = Self(15);
    /// 16: incorrect password.
    pub const INCORRECT_PASSWORD: Self = Self(16);
    /// 17: SIM PIN2 required.
    pub const SIM_PIN2_REQUIRED: Self = Self(17);
    /// 18: SIM PUK2 required.
    pub const SIM_PUK2_REQUIRED: Self = Self(18);
    /// 20: memory full.
    pub const MEMORY_FULL: Self = Self(20);
    /// 21: invalid index.
    pub const INVALID_INDEX: Self = Self(21);
    /// 22: not found.
    pub const NOT_FOUND: Self = Self(22);
    /// 23: memory failure.
    pub const MEMORY_FAILURE: Self = Self(23);
    /// 24: text string too long.
    pub const TEXT_TOO_LONG: Self = Self(24);
    /// 25: invalid characters in text string.
    pub const INVALID_TEXT: Self = Self(25);
    /// 26: dial string too long.
    pub const DIAL_STRING_TOO_LONG: Self = Self(26);
    /// 27: invalid characters in dial string.
    pub const INVALID_DIAL_STRING: Self = Self(27);
    /// 30: no network service.
    pub const NO_NETWORK_SERVICE: Self = Self(30);
    /// 31: network timeout.
    pub const NETWORK_TIMEOUT: Self = Self(31);
    /// 32: network not allowed - emergency calls only.
    pub const EMERGENCY_CALLS_ONLY: Self = Self(32);
    /// 50: incorrect parameters.
    pub const INCORRECT_PARAMETERS: Self = Self(50);
    /// 52: command aborted by user.
    pub const ABORTED_BY_USER: Self = Self(52);
    /// 56: fixed dial number only allowed - called number is not a fixed dial number.
    pub const FIXED_DIAL_NUMBER_ONLY: Self = Self(56);
    /// 100: unknown.
    pub const UNKNOWN: Self = Self(100);
    /// 148: unspecified GPRS error.
    pub const UNSPECIFIED_GPRS_ERROR: Self = Self(148);

    /// The text that `+CMEE=2` shows; `None` for a number that the standard does not name.
    #[must_use]
    pub fn text(self) -> Option<&'static str> {
        look_up(table::CME, self.0)
    }

    /// The number whose text this is, without regard to case.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        number_of(table::CME, text).map(Self)
    }

    /// The number for an attach that the network refused: 100 and the cause where that number stands for an attach
    /// cause, else 148.
    #[must_use]
    pub fn from_emm(cause: EmmCause) -> Self {
        match cause.0 {
            2..=19 | 22 | 25 => Self(100 + u16::from(cause.0)),
            31 => Self(226),
            35 => Self(189),
            39 => Self(139),
            40 => Self(185),
            42 => Self(204),
            _ => Self::UNSPECIFIED_GPRS_ERROR,
        }
    }

    /// The number for a PDN connection that the network refused, else 148.
    #[must_use]
    pub fn from_esm(cause: EsmCause) -> Self {
        match cause.0 {
            8 => Self(177),
            26..=37 => Self(100 + u16::from(cause.0)),
            38 => Self(190),
            39 => Self(191),
            40..=46 => Self(100 + u16::from(cause.0)),
            49 => Self(171),
            50..=52 => Self(142 + u16::from(cause.0)),
            53..=55 => Self(148 + u16::from(cause.0)),
            56..=58 => Self(139 + u16::from(cause.0)),
            59 => Self(181),
            60 => Self(198),
            61 => Self(230),
            65 => Self(178),
            66 => Self(179),
            81 => Self(184),
            95..=97 => Self(77 + u16::from(cause.0)),
            100 => Self(175),
            101 => Self(186),
            112 => Self(199),
            113 => Self(200),
            _ => Self::UNSPECIFIED_GPRS_ERROR,
        }
    }
}

impl CmsError {
    /// 300: ME failure.
    pub const ME_FAILURE: Self = Self(300);
    /// 302: operation not allowed.
    pub const OPERATION_NOT_ALLOWED: Self = Self(302);
    /// 303: operation not supported.
    pub const OPERATION_NOT_SUPPORTED: Self = Self(303);
    /// 304: invalid PDU mode parameter.
    pub const INVALID_PDU_PARAMETER: Self = Self(304);
    /// 305: invalid text mode parameter.
    pub const INVALID_TEXT_PARAMETER: Self = Self(305);
    /// 310: (U)SIM not inserted.
    pub const SIM_NOT_INSERTED: Self = Self(310);
    /// 311: (U)SIM PIN required.
    pub const SIM_PIN_REQUIRED: Self = Self(311);
    /// 313: (U)SIM failure.
    pub const SIM_FAILURE: Self = Self(313);
    /// 316: (U)SIM PUK required.
    pub const SIM_PUK_REQUIRED: Self = Self(316);
    /// 320: memory failure.
    pub const MEMORY_FAILURE: Self = Self(320);
    /// 321: invalid memory index.
    pub const INVALID_INDEX: Self = Self(321);
    /// 322: memory full.
    pub const MEMORY_FULL: Self = Self(322);
    /// 330: SMSC address unknown.
    pub const SMSC_UNKNOWN: Self = Self(330);
    /// 331: no network service.
    pub const NO_NETWORK_SERVICE: Self = Self(331);
    /// 332: network timeout.
    pub const NETWORK_TIMEOUT: Self = Self(332);
    /// 340: no +CNMA acknowledgement expected.
    pub const NO_ACKNOWLEDGEMENT_EXPECTED: Self = Self(340);
    /// 500: unknown error.
    pub const UNKNOWN: Self = Self(500);

    /// The text that `+CMEE=2` shows; `None` for a number that the standards do not name.
    #[must_use]
    pub fn text(self) -> Option<&'static str> {
        match u8::try_from(self.0) {
            Ok(cause) if cause < 128 => Some(RpCause(cause).name()).filter(|name| *name != "unknown cause"),
            _ => look_up(table::CMS, self.0),
        }
    }

    /// The number from 128 on whose text this is, without regard to case. The texts of RP causes repeat some of these
    /// and are not looked at.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        number_of(table::CMS, text).map(Self)
    }

    /// The number for an RP-ERROR.
    #[must_use]
    pub fn from_rp(cause: RpCause) -> Self {
        Self(u16::from(cause.0 & 0x7f))
    }

    /// The number for a TP failure cause octet, 128 to 255.
    #[must_use]
    pub fn from_failure_cause(octet: u8) -> Self {
        Self(u16::from(octet))
    }
}

impl fmt::Display for CmeError {
    /// As in `+CME ERROR: 11 (SIM PIN required)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+CME ERROR: {} ({})", self.0, self.text().unwrap_or("vendor code"))
    }
}

impl fmt::Display for CmsError {
    /// As in `+CMS ERROR: 331 (no network service)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+CMS ERROR: {} ({})", self.0, self.text().unwrap_or("vendor code"))
    }
}

fn look_up(rows: &'static [(u16, &str)], number: u16) -> Option<&'static str> {
    rows.binary_search_by_key(&number, |row| row.0).ok().and_then(|place| rows.get(place)).map(|row| row.1)
}

fn number_of(rows: &[(u16, &str)], text: &str) -> Option<u16> {
    rows.iter().find(|row| row.1.eq_ignore_ascii_case(text.trim())).map(|row| row.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_so_that_every_row_is_found() {
        for rows in [table::CME, table::CMS] {
            assert!(rows.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
    }

    #[test]
    fn numbers_have_the_texts_of_the_standards() {
        assert_eq!(CmeError(11).text(), Some("SIM PIN required"));
        assert_eq!(CmeError(133).text(), Some("requested service option not subscribed"));
        assert_eq!(CmeError(9999).text(), None);
        assert_eq!(CmeError::from_text("sim busy"), Some(CmeError::SIM_BUSY));
        assert_eq!(CmsError(331).text(), Some("no network service"));
        assert_eq!(CmsError(8).text(), Some("operator determined barring"));
        assert_eq!(CmsError(208).text(), Some("(U)SIM SMS storage full"));
        assert_eq!(CmsError(5).text(), None);
    }

    /// Facts: the tables of `+CME ERROR` and of the ESM causes.
    #[test]
    fn causes_of_the_network_have_the_numbers_of_27_007() {
        for (cause, number) in [
            (2, 102),
            (3, 103),
            (7, 107),
            (11, 111),
            (15, 115),
            (19, 119),
            (22, 122),
            (35, 189),
            (40, 185),
            (42, 204),
            (96, 148),
        ] {
            assert_eq!(CmeError::from_emm(EmmCause(cause)).0, number, "EMM #{cause}");
        }
        for (cause, number) in [
            (8, 177),
            (26, 126),
            (27, 127),
            (33, 133),
            (37, 137),
            (38, 190),
            (39, 191),
            (41, 141),
            (49, 171),
            (50, 192),
            (52, 194),
            (53, 201),
            (54, 202),
            (55, 203),
            (56, 195),
            (57, 196),
            (58, 197),
            (59, 181),
            (60, 198),
            (65, 178),
            (66, 179),
            (81, 184),
            (95, 172),
            (96, 173),
            (97, 174),
            (111, 148),
            (112, 199),
        ] {
            assert_eq!(CmeError::from_esm(EsmCause(cause)).0, number, "ESM #{cause}");
        }
    }
}
