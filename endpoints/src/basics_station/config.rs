//! `router_config`: what a station is told to listen to.

use serde_json::{Map, Value, json};
use simcore::lorawan::ChannelPlan;
use wire::air::lora::Hertz;
use wire::lorawan::NetId;
use wire::lorawan::eu868::{self, DataRate};

/// One concentrator: the centres of its two radios, and its eight channels as radio and distance from its centre.
struct Concentrator {
    centres: [u32; 2],
    channels: [(u8, i32); 8],
    /// Whether it has the SF7/250 kHz channel.
    standard: bool,
}

/// 867.1 to 867.9 and 868.1 to 868.5 MHz.
const USUAL: Concentrator = Concentrator {
    centres: [867_500_000, 868_500_000],
    channels: [
        (1, -400_000),
        (1, -200_000),
        (1, 0),
        (0, -400_000),
        (0, -200_000),
        (0, 0),
        (0, 200_000),
        (0, 400_000),
    ],
    standard: true,
};

/// 865.1 to 866.5 MHz.
const SECOND: Concentrator = Concentrator {
    centres: [865_500_000, 866_300_000],
    channels: [
        (0, -400_000),
        (0, -200_000),
        (0, 0),
        (0, 200_000),
        (1, -400_000),
        (1, -200_000),
        (1, 0),
        (1, 200_000),
    ],
    standard: false,
};

/// The configuration of a station with this channel plan; `mux_time` in seconds since 1970.
#[must_use]
pub fn router_config(plan: ChannelPlan, net_id: NetId, mux_time: f64) -> Value {
    let concentrators: &[Concentrator] = match plan {
        ChannelPlan::Eu868Eight => &[USUAL],
        ChannelPlan::Eu868Sixteen => &[USUAL, SECOND],
    };
    let upchannels: Vec<Value> = concentrators
        .iter()
        .flat_map(Concentrator::frequencies)
        .map(|frequency| {
            json!([frequency, eu868::CHANNEL_DATA_RATES.start(), eu868::CHANNEL_DATA_RATES.end()])
        })
        .collect();
    json!({
        "msgtype": "router_config",
        "NetID": [net_id.value()],
        "JoinEui": null,
        "region": "EU868",
        "hwspec": format!("sx1301/{}", concentrators.len()),
        "freq_range": [863_000_000, 870_000_000],
        "DRs": data_rates(),
        "upchannels": upchannels,
        "max_eirp": eu868::MAX_EIRP_DBM,
        "sx1301_conf": concentrators.iter().map(Concentrator::configuration).collect::<Vec<_>>(),
        "bcning": null,
        "MuxTime": mux_time,
    })
}

/// Spreading factor, bandwidth and "downlink only" of the sixteen data rates; -1 where there is none, 0 for FSK.
fn data_rates() -> Vec<Value> {
    (0..16)
        .map(|index| match eu868::modulation(DataRate(index)) {
            Some(modulation) => json!([modulation.spreading_factor, modulation.bandwidth_khz, 0]),
            None if eu868::is_defined(DataRate(index)) => json!([0, 0, 0]),
            None => json!([-1, 0, 0]),
        })
        .collect()
}

impl Concentrator {
    fn frequencies(&self) -> Vec<u32> {
        let centre = |radio: u8| self.centres.get(usize::from(radio)).copied().unwrap_or_default();
        self.channels
            .iter()
            .map(|(radio, distance)| centre(*radio).saturating_add_signed(*distance))
            .collect()
    }

    fn configuration(&self) -> Value {
        let mut object = Map::new();
        for (index, centre) in self.centres.iter().enumerate() {
            object.insert(format!("radio_{index}"), json!({ "enable": true, "freq": centre }));
        }
        for (index, (radio, distance)) in self.channels.iter().enumerate() {
            let channel = json!({ "enable": true, "radio": radio, "if": distance });
            object.insert(format!("chan_multiSF_{index}"), channel);
        }
        let Hertz(standard) = eu868::DEFAULT_CHANNELS[1];
        let distance = i64::from(standard) - i64::from(self.centres[1]);
        let standard = if self.standard {
            json!({ "enable": true, "radio": 1, "if": distance, "bandwidth": 250_000, "spread_factor": 7 })
        } else {
            json!({ "enable": false })
        };
        object.insert("chan_Lora_std".to_owned(), standard);
        object.insert("chan_FSK".to_owned(), json!({ "enable": false }));
        Value::Object(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::air::lora::Modulation;

    #[test]
    fn every_channel_that_is_configured_is_one_that_the_plan_hears_and_lies_in_its_radio() {
        let modulation = Modulation { spreading_factor: 7, bandwidth_khz: 125 };
        for (plan, channels, hwspec) in
            [(ChannelPlan::Eu868Eight, 8, "sx1301/1"), (ChannelPlan::Eu868Sixteen, 16, "sx1301/2")]
        {
            let config = router_config(plan, NetId::from_value(0x13), 1.5);
            assert_eq!(config["hwspec"], hwspec);
            let mut heard = Vec::new();
            for concentrator in config["sx1301_conf"].as_array().unwrap() {
                for index in 0..8 {
                    let channel = &concentrator[format!("chan_multiSF_{index}")];
                    let distance = channel["if"].as_i64().unwrap();
                    assert!(distance.abs() <= 400_000, "{channel}");
                    let centre =
                        concentrator[format!("radio_{}", channel["radio"])]["freq"].as_i64().unwrap();
                    heard.push(u32::try_from(centre + distance).unwrap());
                }
            }
            assert!(heard.iter().all(|frequency| plan.hears(Hertz(*frequency), modulation)), "{heard:?}");
            let listed: Vec<u32> = config["upchannels"]
                .as_array()
                .unwrap()
                .iter()
                .map(|channel| u32::try_from(channel[0].as_u64().unwrap()).unwrap())
                .collect();
            assert_eq!(listed, heard);
            heard.sort_unstable();
            heard.dedup();
            assert_eq!(heard.len(), channels);
        }
    }

    #[test]
    fn the_data_rates_are_those_of_the_region() {
        let config = router_config(ChannelPlan::Eu868Eight, NetId::from_value(0x13), 0.0);
        let rates = config["DRs"].as_array().unwrap();
        assert_eq!(rates.len(), 16);
        assert_eq!((&rates[0], &rates[5]), (&json!([12, 125, 0]), &json!([7, 125, 0])));
        assert_eq!(
            (&rates[6], &rates[7], &rates[8]),
            (&json!([7, 250, 0]), &json!([0, 0, 0]), &json!([-1, 0, 0]))
        );
        assert_eq!(config["NetID"], json!([0x13]));
    }
}
