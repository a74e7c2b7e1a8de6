//! The identities that a network may ask a mobile for (TS 24.301 9.9.3.17, TS 24.008 10.5.1.4).

use crate::id::{Imei, Imsi};
use std::fmt;

/// Which identity is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdentityKind {
    /// Of the subscriber.
    Imsi,
    /// Of the equipment.
    Imei,
    /// Of the equipment, with the version of its software.
    Imeisv,
}

impl IdentityKind {
    /// All of them with their names in scripts.
    pub const ALL: &'static [(&'static str, Self)] =
        &[("imsi", Self::Imsi), ("imei", Self::Imei), ("imeisv", Self::Imeisv)];
}

impl fmt::Display for IdentityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Imsi => "IMSI",
            Self::Imei => "IMEI",
            Self::Imeisv => "IMEISV",
        })
    }
}

/// What a mobile answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The subscriber.
    Imsi(Imsi),
    /// The equipment.
    Imei(Imei),
    /// The equipment, and the two digits of its software version (TS 23.003 6.2.2).
    Imeisv(Imei, u8),
}

impl Identity {
    /// Which one it is.
    #[must_use]
    pub const fn kind(&self) -> IdentityKind {
        match self {
            Self::Imsi(_) => IdentityKind::Imsi,
            Self::Imei(_) => IdentityKind::Imei,
            Self::Imeisv(..) => IdentityKind::Imeisv,
        }
    }

    /// Its digits. An IMEISV has 14 digits of the IMEI and two of the software version, and no check digit.
    #[must_use]
    pub fn digits(&self) -> String {
        match self {
            Self::Imsi(imsi) => imsi.to_string(),
            Self::Imei(imei) => imei.to_string(),
            Self::Imeisv(imei, version) => {
                let body: String = imei.to_string().chars().take(14).collect();
                format!("{body}{:02}", version % 100)
            }
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.digits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_software_version_takes_the_place_of_the_check_digit() {
        let imei: Imei = "356938035643809".parse().unwrap();
        assert_eq!(Identity::Imeisv(imei.clone(), 7).to_string(), "IMEISV 3569380356438007");
        assert_eq!(Identity::Imei(imei).digits(), "356938035643809");
    }
}
