//! How the JSON bodies write frequencies, data rates and octets.

use crate::air::lora::{Hertz, Modulation};
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};
use serde_json::Number;

/// Standard alphabet; written padded, read padded or not.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// `modu` and `datr` together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RadioModulation {
    /// `LORA`, with `datr` as in `SF7BW125`.
    Lora(Modulation),
    /// `FSK`, with `datr` in bit/s.
    Fsk {
        /// Bit rate.
        bits_per_second: u32,
    },
}

/// `modu` and `datr` do not fit together, or name no modulation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("modulation \"{modulation}\" with data rate \"{data_rate}\" is not known")]
pub struct WrongDataRate {
    modulation: String,
    data_rate: String,
}

/// `datr`: text for LoRa, a number for FSK.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub(super) enum RawDataRate {
    Text(String),
    Number(Number),
}

impl RadioModulation {
    pub(super) fn from_json(modulation: Option<&str>, datr: &RawDataRate) -> Result<Self, WrongDataRate> {
        let error = || WrongDataRate {
            modulation: modulation.unwrap_or_default().to_owned(),
            data_rate: match datr {
                RawDataRate::Text(text) => text.clone(),
                RawDataRate::Number(number) => number.to_string(),
            },
        };
        match (modulation.unwrap_or("LORA"), datr) {
            ("LORA", RawDataRate::Text(text)) => parse_lora(text).map(Self::Lora).ok_or_else(error),
            ("FSK", RawDataRate::Number(number)) => number
                .as_f64()
                .filter(|rate| (1.0..=1e6).contains(rate))
                .map(|rate| Self::Fsk { bits_per_second: rate.round() as u32 })
                .ok_or_else(error),
            _ => Err(error()),
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Lora(_) => "LORA",
            Self::Fsk { .. } => "FSK",
        }
    }

    pub(super) fn datr(self) -> RawDataRate {
        match self {
            Self::Lora(modulation) => RawDataRate::Text(modulation.to_string()),
            Self::Fsk { bits_per_second } => RawDataRate::Number(bits_per_second.into()),
        }
    }

    /// The coding rate that LoRaWAN uses with LoRa.
    pub(super) fn coding_rate(self) -> Option<String> {
        match self {
            Self::Lora(_) => Some("4/5".to_owned()),
            Self::Fsk { .. } => None,
        }
    }
}

fn parse_lora(text: &str) -> Option<Modulation> {
    let (factor, bandwidth) = text.strip_prefix("SF")?.split_once("BW")?;
    let spreading_factor = factor.parse().ok().filter(|factor| (5..=12).contains(factor))?;
    let bandwidth_khz = bandwidth.parse().ok().filter(|khz| matches!(khz, 125 | 250 | 500))?;
    Some(Modulation { spreading_factor, bandwidth_khz })
}

/// From MHz with the precision of one hertz; none when it is no frequency.
pub(super) fn hertz(mhz: f64) -> Option<Hertz> {
    (mhz > 0.0 && mhz < 4000.0).then(|| Hertz((mhz * 1e6).round() as u32))
}

pub(super) fn mhz(frequency: Hertz) -> f64 {
    f64::from(frequency.0) / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_rates_are_text_for_lora_and_numbers_for_fsk() {
        let text = |text: &str| RawDataRate::Text(text.to_owned());
        let sf7 = Modulation { spreading_factor: 7, bandwidth_khz: 125 };
        let lora = RadioModulation::from_json(Some("LORA"), &text("SF7BW125"));
        assert_eq!(lora, Ok(RadioModulation::Lora(sf7)));
        let fsk = RadioModulation::from_json(Some("FSK"), &RawDataRate::Number(50000.into()));
        assert_eq!(fsk, Ok(RadioModulation::Fsk { bits_per_second: 50000 }));
        for wrong in ["SF13BW125", "SF7BW126", "SF7", "7BW125", ""] {
            assert!(RadioModulation::from_json(Some("LORA"), &text(wrong)).is_err(), "{wrong}");
        }
        assert!(RadioModulation::from_json(Some("FSK"), &text("SF7BW125")).is_err());
        assert!(RadioModulation::from_json(Some("AM"), &text("SF7BW125")).is_err());
    }

    #[test]
    fn frequencies_keep_every_hertz() {
        assert_eq!(hertz(868.1), Some(Hertz(868_100_000)));
        assert_eq!(hertz(867.099_999), Some(Hertz(867_099_999)));
        assert_eq!(hertz(-1.0), None);
        assert_eq!(hertz(f64::NAN), None);
        assert_eq!(mhz(Hertz(869_525_000)).to_string(), "869.525");
    }
}
