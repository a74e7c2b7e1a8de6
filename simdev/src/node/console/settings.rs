//! Parameters that several command languages show and change under names of their own.
//!
//! RX2 is always one second after RX1: changing one delay moves the other.

use super::super::class_c::Class;
use super::super::parameters::Parameters;
use super::notation::{self, colon_value, hex_value, number};
use std::str::FromStr;
use wire::air::lora::Hertz;
use wire::lorawan::crypto::Direction;
use wire::lorawan::timing::RX2_AFTER_RX1;
use wire::lorawan::{DataRate, Region};
use wire::time::Duration;

/// RX1 may come so late, and a join's as well.
const LONGEST_DELAY: Duration = Duration::from_secs(15);

/// A parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    DevEui,
    AppEui,
    /// The key of joins.
    AppKey,
    /// The AppKey of a stack for 1.1, which has a NwkKey as well.
    AppKeyOf11,
    DevAddr,
    NwkSKey,
    AppSKey,
    Adr,
    DataRate,
    TxPower,
    DutyCycle,
    Class,
    Rx1Delay,
    Rx2Delay,
    JoinDelay1,
    JoinDelay2,
    Rx2DataRate,
    Rx2Frequency,
    Retransmissions,
    UplinkCounter,
    DownlinkCounter,
}

/// How a language writes values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Manner {
    /// Octets have colons between them.
    pub colons: bool,
    pub lower_case: bool,
    /// What delays are counted in.
    pub unit: Duration,
    /// The most retransmissions that can be asked for.
    pub most_retransmissions: u8,
}

/// The value is none that the module takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wrong;

impl Manner {
    /// The value of a parameter as the module writes it.
    pub(super) fn show(&self, parameters: &Parameters, setting: Setting) -> String {
        let network = &parameters.network;
        match setting {
            Setting::DevEui => self.octets(notation::eui(parameters.dev_eui)),
            Setting::AppEui => self.octets(notation::eui(parameters.app_eui)),
            Setting::AppKey => self.octets(notation::key(parameters.app_key.as_ref())),
            Setting::AppKeyOf11 => self.octets(notation::key(parameters.app_key_of_1_1.as_ref())),
            Setting::DevAddr => self.octets(notation::dev_addr(parameters.dev_addr)),
            Setting::NwkSKey => self.octets(notation::key(parameters.nwk_s_key.as_ref())),
            Setting::AppSKey => self.octets(notation::key(parameters.app_s_key.as_ref())),
            Setting::Adr => u8::from(parameters.adr).to_string(),
            Setting::DataRate => network.data_rate.0.to_string(),
            Setting::TxPower => network.tx_power.to_string(),
            Setting::DutyCycle => u8::from(parameters.duty_cycle).to_string(),
            Setting::Class => parameters.class.letter().to_string(),
            Setting::Rx1Delay => self.delay(network.rx_delay1),
            Setting::Rx2Delay => self.delay(network.rx_delay1 + RX2_AFTER_RX1),
            Setting::JoinDelay1 => self.delay(parameters.join_delay1),
            Setting::JoinDelay2 => self.delay(parameters.join_delay1 + RX2_AFTER_RX1),
            Setting::Rx2DataRate => network.rx2_data_rate.0.to_string(),
            Setting::Rx2Frequency => network.rx2_frequency.0.to_string(),
            Setting::Retransmissions => parameters.retransmissions.to_string(),
            Setting::UplinkCounter => parameters.fcnt_up.to_string(),
            Setting::DownlinkCounter => parameters.fcnt_down.to_string(),
        }
    }

    /// Changes a parameter; a value that is wrong changes nothing.
    pub(super) fn change(
        &self,
        parameters: &mut Parameters,
        setting: Setting,
        text: &str,
    ) -> Result<(), Wrong> {
        let network = &mut parameters.network;
        let region = network.region();
        match setting {
            Setting::DevEui => parameters.dev_eui = Some(self.value(text, 8)?),
            Setting::AppEui => parameters.app_eui = Some(self.value(text, 8)?),
            Setting::AppKey => parameters.app_key = Some(self.value(text, 16)?),
            Setting::AppKeyOf11 => parameters.app_key_of_1_1 = Some(self.value(text, 16)?),
            Setting::DevAddr => parameters.dev_addr = Some(self.value(text, 4)?),
            Setting::NwkSKey => parameters.nwk_s_key = Some(self.value(text, 16)?),
            Setting::AppSKey => parameters.app_s_key = Some(self.value(text, 16)?),
            Setting::Adr => parameters.adr = flag(text)?,
            Setting::DataRate => {
                network.data_rate = radio_data_rate(region, Direction::Up, text).ok_or(Wrong)?;
            }
            Setting::TxPower => {
                let known = |index: &u8| region.eirp_dbm(*index).is_some();
                let tx_power = number(text).filter(known).ok_or(Wrong)?;
                parameters.set_power(tx_power);
            }
            Setting::DutyCycle => parameters.duty_cycle = flag(text)?,
            Setting::Class => parameters.class = class(text)?,
            Setting::Rx1Delay => network.rx_delay1 = self.rx1_delay(text, Duration::ZERO)?,
            Setting::Rx2Delay => network.rx_delay1 = self.rx1_delay(text, RX2_AFTER_RX1)?,
            Setting::JoinDelay1 => parameters.join_delay1 = self.rx1_delay(text, Duration::ZERO)?,
            Setting::JoinDelay2 => parameters.join_delay1 = self.rx1_delay(text, RX2_AFTER_RX1)?,
            Setting::Rx2DataRate => {
                network.rx2_data_rate = radio_data_rate(region, Direction::Down, text).ok_or(Wrong)?;
            }
            Setting::Rx2Frequency => network.rx2_frequency = legal_frequency(region, text).ok_or(Wrong)?,
            Setting::Retransmissions => {
                let legal = |tries: &u8| *tries <= self.most_retransmissions;
                parameters.retransmissions = number(text).filter(legal).ok_or(Wrong)?;
            }
            Setting::UplinkCounter => parameters.fcnt_up = number(text).ok_or(Wrong)?,
            Setting::DownlinkCounter => parameters.fcnt_down = number(text).ok_or(Wrong)?,
        }
        Ok(())
    }

    fn octets(&self, upper: String) -> String {
        let text = if self.colons { notation::with_colons(&upper) } else { upper };
        if self.lower_case { text.to_ascii_lowercase() } else { text }
    }

    fn value<T: FromStr>(&self, text: &str, octets: usize) -> Result<T, Wrong> {
        let value = if self.colons { colon_value(text, octets) } else { hex_value(text, octets * 2) };
        value.ok_or(Wrong)
    }

    fn delay(&self, delay: Duration) -> String {
        (delay.as_micros() / self.unit.as_micros().max(1)).to_string()
    }

    /// RX1's delay, from a text that gives it or one that is `later`.
    fn rx1_delay(&self, text: &str, later: Duration) -> Result<Duration, Wrong> {
        let units = number::<u16>(text).ok_or(Wrong)?;
        let delay = (self.unit * u32::from(units)).checked_sub(later).ok_or(Wrong)?;
        if (Duration::from_secs(1)..=LONGEST_DELAY).contains(&delay) { Ok(delay) } else { Err(Wrong) }
    }
}

/// A data rate that the radio can do: LoRa only.
pub(super) fn radio_data_rate(region: &Region, direction: Direction, text: &str) -> Option<DataRate> {
    let known = |rate: &DataRate| region.is_defined(*rate, direction) && region.modulation(*rate).is_some();
    number(text).map(DataRate).filter(known)
}

/// A frequency in Hz that the region allows.
pub(super) fn legal_frequency(region: &Region, text: &str) -> Option<Hertz> {
    number(text).map(Hertz).filter(|frequency| region.sub_band(*frequency).is_some())
}

/// `0` or `1`.
pub(super) fn flag(text: &str) -> Result<bool, Wrong> {
    match text {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(Wrong),
    }
}

/// `A` or `C`.
pub(super) fn class(text: &str) -> Result<Class, Wrong> {
    match text {
        "A" => Ok(Class::A),
        "C" => Ok(Class::C),
        _ => Err(Wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::lorawan::Band;

    const PLAIN: Manner =
        Manner { colons: false, lower_case: false, unit: Duration::from_secs(1), most_retransmissions: 7 };
    const COLONS: Manner = Manner { colons: true, unit: Duration::from_millis(1), ..PLAIN };

    #[test]
    fn values_are_taken_and_shown_in_the_manner_of_the_language() {
        let rows = [
            (PLAIN, Setting::DevEui, "ac1f09fffe000001", Some("AC1F09FFFE000001")),
            (PLAIN, Setting::DevEui, "AC1F09FFFE00001", None),
            (COLONS, Setting::DevEui, "00:80:E1:15:00:0A:9B:5C", Some("00:80:E1:15:00:0A:9B:5C")),
            (COLONS, Setting::DevAddr, "26:01:1B:DA", Some("26:01:1B:DA")),
            (COLONS, Setting::DevAddr, "26011BDA", None),
            (PLAIN, Setting::DataRate, "5", Some("5")),
            (PLAIN, Setting::DataRate, "7", None),
            (PLAIN, Setting::TxPower, "7", Some("7")),
            (PLAIN, Setting::TxPower, "8", None),
            (PLAIN, Setting::Rx1Delay, "15", Some("15")),
            (PLAIN, Setting::Rx1Delay, "16", None),
            (PLAIN, Setting::Rx1Delay, "0", None),
            (COLONS, Setting::Rx2Delay, "2000", Some("2000")),
            (COLONS, Setting::Rx2Delay, "1999", None),
            (PLAIN, Setting::JoinDelay2, "7", Some("7")),
            (PLAIN, Setting::Rx2Frequency, "869525000", Some("869525000")),
            (PLAIN, Setting::Rx2Frequency, "902300000", None),
            (PLAIN, Setting::Retransmissions, "8", None),
            (PLAIN, Setting::Class, "B", None),
            (PLAIN, Setting::Adr, "1", Some("1")),
            (PLAIN, Setting::Adr, "01", None),
        ];
        for (manner, setting, text, want) in rows {
            let mut parameters = Parameters::new(Band::Eu868.region());
            let before = parameters.clone();
            let changed = manner.change(&mut parameters, setting, text);
            match want {
                Some(want) => assert_eq!(manner.show(&parameters, setting), want, "{setting:?} {text}"),
                None => assert!(changed == Err(Wrong) && parameters == before, "{setting:?} {text}"),
            }
        }
    }
}
