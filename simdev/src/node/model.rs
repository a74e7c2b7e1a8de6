//! The modules that a node can be: each is a console in front of the same MAC.

use super::console::{Dialect, lora_e5, murata, rn2483, rui3, st_slave};
use std::fmt;
use std::str::FromStr;
use wire::lorawan::Band;

/// A LoRaWAN module with a serial command language of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeModel {
    /// Microchip RN2483, firmware 1.0.5.
    #[default]
    Rn2483,
    /// Microchip RN2903, firmware 1.0.5: the RN2483 of US902-928.
    Rn2903,
    /// Seeed LoRa-E5 (Wio-E5), firmware 4.0.11.
    LoraE5,
    /// RAKwireless RAK3172, RUI3.
    Rak3172,
    /// STMicroelectronics STM32WL with LoRaWAN_AT_Slave 1.3.
    Stm32wl,
    /// Murata CMWX1ZZABZ with the firmware of Arduino's MKR WAN boards.
    Murata,
}

/// A name that no module has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no model of a node; known are rn2483, rn2903, lora-e5, rak3172, stm32wl and murata")]
pub struct UnknownModel(pub String);

impl NodeModel {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Rn2483, Self::Rn2903, Self::LoraE5, Self::Rak3172, Self::Stm32wl, Self::Murata];

    /// The name in a lab file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rn2483 => "rn2483",
            Self::Rn2903 => "rn2903",
            Self::LoraE5 => "lora-e5",
            Self::Rak3172 => "rak3172",
            Self::Stm32wl => "stm32wl",
            Self::Murata => "murata",
        }
    }

    /// The only band that it is made for. The others are made for several; the RN2483's lines serve any band here.
    #[must_use]
    pub const fn only_band(self) -> Option<Band> {
        match self {
            Self::Rn2903 => Some(Band::Us915),
            Self::Rn2483 | Self::LoraE5 | Self::Rak3172 | Self::Stm32wl | Self::Murata => None,
        }
    }

    pub(super) fn console(self) -> Box<dyn Dialect> {
        match self {
            Self::Rn2483 => Box::new(rn2483::Rn2483::new(&rn2483::RN2483)),
            Self::Rn2903 => Box::new(rn2483::Rn2483::new(&rn2483::RN2903)),
            Self::LoraE5 => Box::new(lora_e5::LoraE5::default()),
            Self::Rak3172 => Box::new(rui3::Rui3::default()),
            Self::Stm32wl => Box::new(st_slave::StSlave::default()),
            Self::Murata => Box::new(murata::Murata::default()),
        }
    }
}

impl fmt::Display for NodeModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for NodeModel {
    type Err = UnknownModel;
    fn from_str(text: &str) -> Result<Self, UnknownModel> {
        Self::ALL.into_iter().find(|model| model.name() == text).ok_or_else(|| UnknownModel(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_is_found_by_its_name_and_named_in_the_error() {
        let error = "rn2484".parse::<NodeModel>().unwrap_err().to_string();
        for model in NodeModel::ALL {
            assert_eq!(model.to_string().parse(), Ok(model));
            assert!(error.contains(model.name()), "{error}");
        }
    }
}
