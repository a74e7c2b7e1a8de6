//! The bands by name.

use super::super::{as923, au915, eu868, us915};
use super::Region;
use std::fmt;
use std::str::FromStr;

/// A frequency band of the Regional Parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    /// EU863-870.
    #[default]
    Eu868,
    /// US902-928.
    Us915,
    /// AS923.
    As923,
    /// AU915-928.
    Au915,
}

/// A name that no band has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no LoRaWAN band; EU868, US915, AS923 and AU915 are known")]
pub struct UnknownBand(pub String);

impl Band {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Eu868, Self::Us915, Self::As923, Self::Au915];

    /// Its parameters.
    #[must_use]
    pub const fn region(self) -> &'static Region {
        match self {
            Self::Eu868 => &eu868::REGION,
            Self::Us915 => &us915::REGION,
            Self::As923 => &as923::REGION,
            Self::Au915 => &au915::REGION,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Eu868 => "EU868",
            Self::Us915 => "US915",
            Self::As923 => "AS923",
            Self::Au915 => "AU915",
        }
    }
}

impl fmt::Display for Band {
    /// The common name, as in `EU868`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Band {
    type Err = UnknownBand;
    fn from_str(text: &str) -> Result<Self, UnknownBand> {
        let known = Self::ALL.into_iter().find(|band| band.name().eq_ignore_ascii_case(text));
        known.ok_or_else(|| UnknownBand(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_band_is_found_by_its_name_and_has_its_own_region() {
        for band in Band::ALL {
            assert_eq!(band.to_string().parse(), Ok(band));
            assert_eq!(band.to_string().to_lowercase().parse(), Ok(band));
            assert_eq!(band.region().band, band);
        }
        let error = "CN470".parse::<Band>().unwrap_err().to_string();
        assert_eq!(error, "\"CN470\" is no LoRaWAN band; EU868, US915, AS923 and AU915 are known");
    }
}
