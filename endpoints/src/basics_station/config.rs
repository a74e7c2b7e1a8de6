//! `router_config`: what a station is told to listen to.

use serde_json::{Map, Value, json};
use simcore::lorawan::ChannelPlan;
use wire::air::lora::Hertz;
use wire::lorawan::{Band, DataRate, Direction, Region};

/// One concentrator: the centres of its two radios, and its eight channels as radio and distance from its centre.
struct Concentrator {
    centres: [u32; 2],
    channels: [(u8, i32); 8],
    /// The channel of one spreading factor, 7 at 250 kHz or 8 at 500 kHz: radio, distance, bandwidth and spreading factor.
    standard: Option<(u8, i32, u32, u8)>,
}

/// Channels of the fixed plans from here on are wide.
const WIDE_START: usize = 64;

/// Four channels 200 kHz apart round each radio.
const EVEN: [(u8, i32); 8] =
    [(0, -400_000), (0, -200_000), (0, 0), (0, 200_000), (1, -400_000), (1, -200_000), (1, 0), (1, 200_000)];

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
    standard: Some((1, -200_000, 250_000, 7)),
};

/// 865.1 to 866.5 MHz.
const SECOND: Concentrator =
    Concentrator { centres: [865_500_000, 866_300_000], channels: EVEN, standard: None };

/// AS923: 923.2 to 924.6 MHz.
const AS923: Concentrator = Concentrator {
    centres: [923_600_000, 924_400_000],
    channels: EVEN,
    standard: Some((0, -200_000, 250_000, 7)),
};

/// AS923: 924.8 to 926.2 MHz.
const AS923_SECOND: Concentrator =
    Concentrator { centres: [925_200_000, 926_000_000], channels: EVEN, standard: None };

/// The concentrators of a channel plan.
fn concentrators(plan: ChannelPlan) -> Vec<Concentrator> {
    match plan {
        ChannelPlan::Eu868Eight => vec![USUAL],
        ChannelPlan::Eu868Sixteen => vec![USUAL, SECOND],
        ChannelPlan::As923Eight => vec![AS923],
        ChannelPlan::As923Sixteen => vec![AS923, AS923_SECOND],
        ChannelPlan::SubBands { band, first, count } => {
            (first..first.saturating_add(count)).filter_map(|number| sub_band(band, number)).collect()
        }
    }
}

/// A sub-band of a fixed plan: four channels on each side, and the wide one from the nearer radio.
fn sub_band(band: Band, number: u8) -> Option<Concentrator> {
    let at = usize::from(number).checked_sub(1)?;
    let [narrow, wide] = band.region().uplink else { return None };
    let (Hertz(first), Hertz(wide)) = (narrow.frequency(8 * at)?, wide.frequency(at)?);
    let centres = [first + 400_000, first + 1_200_000];
    let radio = u8::from(wide.abs_diff(centres[1]) < wide.abs_diff(centres[0]));
    let distance = i64::from(wide) - i64::from(centres[usize::from(radio)]);
    let standard = Some((radio, i32::try_from(distance).ok()?, 500_000, 8));
    Some(Concentrator { centres, channels: EVEN, standard })
}

/// The configuration of a station with this channel plan; `mux_time` in seconds since 1970.
#[must_use]
pub fn router_config(plan: ChannelPlan, mux_time: f64) -> Value {
    let region = plan.band().region();
    let concentrators = concentrators(plan);
    let (lowest, highest) = region.channel_data_rates.clone().into_inner();
    let narrow = concentrators.iter().flat_map(Concentrator::frequencies);
    let mut upchannels: Vec<Value> = narrow.map(|frequency| json!([frequency, lowest, highest])).collect();
    let wide = region.channels().filter(|channel| channel.index >= WIDE_START);
    let heard = wide.filter(|channel| plan.fixed_channels().contains(channel.index));
    upchannels.extend(heard.map(|it| json!([it.frequency.0, it.min_data_rate, it.max_data_rate])));
    let edges = (region.sub_bands.first(), region.sub_bands.last());
    let mut config = json!({
        "msgtype": "router_config",
        // No filter: a station hides the data frames of every network that is not named, and a device with a foreign address
        // would be silence instead of a note.
        "NetID": null,
        "JoinEui": null,
        "region": station_region(plan.band()),
        "hwspec": format!("sx1301/{}", concentrators.len()),
        "freq_range": [edges.0.map_or(0, |row| row.low.0), edges.1.map_or(0, |row| row.high.0)],
        "DRs": data_rates(region),
        "upchannels": upchannels,
        "sx1301_conf": concentrators.iter().map(Concentrator::configuration).collect::<Vec<_>>(),
        "bcning": null,
        "MuxTime": mux_time,
    });
    // It lowers every limit of a region that the station knows, that of RX2 in EU868 (27 dBm) as well, and is the power of every
    // frame where it knows none. One number fits only a band with one limit; elsewhere the station's own table counts.
    if let ([_], Some(config)) = (region.sub_bands, config.as_object_mut()) {
        config.insert("max_eirp".to_owned(), json!(region.max_eirp_dbm));
    }
    config
}

/// The name by which a station knows the band; AS923 of this network is its first group.
fn station_region(band: Band) -> String {
    if band == Band::As923 { "AS923-1".to_owned() } else { band.to_string() }
}

/// Spreading factor, bandwidth and "downlink only" of the sixteen data rates; -1 where there is none, 0 for FSK.
fn data_rates(region: &Region) -> Vec<Value> {
    (0..16)
        .map(DataRate)
        .map(|rate| match region.modulation(rate) {
            Some(modulation) => {
                let down_only = u8::from(!region.is_defined(rate, Direction::Up));
                json!([modulation.spreading_factor, modulation.bandwidth_khz, down_only])
            }
            None if region.is_defined(rate, Direction::Up) => json!([0, 0, 0]),
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
        let standard = match self.standard {
            Some((radio, distance, bandwidth, spread_factor)) => json!({
                "enable": true, "radio": radio, "if": distance,
                "bandwidth": bandwidth, "spread_factor": spread_factor,
            }),
            None => json!({ "enable": false }),
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
        let of = |band, channels| ChannelPlan::of(band, channels, 2).unwrap();
        for (plan, channels, hwspec) in [
            (ChannelPlan::Eu868Eight, 8, "sx1301/1"),
            (ChannelPlan::Eu868Sixteen, 16, "sx1301/2"),
            (of(Band::As923, 8), 8, "sx1301/1"),
            (of(Band::As923, 16), 16, "sx1301/2"),
            (of(Band::Us915, 8), 8, "sx1301/1"),
            (of(Band::Au915, 64), 64, "sx1301/8"),
        ] {
            let config = router_config(plan, 1.5);
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
            assert_eq!(listed[..channels], heard);
            let wide = Modulation { spreading_factor: 8, bandwidth_khz: 500 };
            assert!(listed[channels..].iter().all(|frequency| plan.hears(Hertz(*frequency), wide)));
            let fixed = usize::try_from(plan.fixed_channels().len()).unwrap();
            assert_eq!(listed.len(), if fixed > 0 { fixed } else { channels });
            heard.sort_unstable();
            heard.dedup();
            assert_eq!(heard.len(), channels);
        }
    }

    #[test]
    fn the_data_rates_are_those_of_the_region() {
        let config = router_config(ChannelPlan::Eu868Eight, 0.0);
        let rates = config["DRs"].as_array().unwrap();
        assert_eq!(rates.len(), 16);
        assert_eq!((&rates[0], &rates[5]), (&json!([12, 125, 0]), &json!([7, 125, 0])));
        assert_eq!(
            (&rates[6], &rates[7], &rates[8]),
            (&json!([7, 250, 0]), &json!([0, 0, 0]), &json!([-1, 0, 0]))
        );
    }

    #[test]
    fn a_station_hides_nothing_and_keeps_what_its_sub_bands_allow() {
        for (band, max_eirp) in [
            (Band::Eu868, None),
            (Band::As923, Some(json!(16))),
            (Band::Us915, Some(json!(30))),
            (Band::Au915, Some(json!(30))),
        ] {
            let config = router_config(ChannelPlan::of(band, 8, 2).unwrap(), 0.0);
            assert_eq!(
                (config.get("NetID"), config.get("JoinEui")),
                (Some(&Value::Null), Some(&Value::Null))
            );
            assert_eq!(config.get("max_eirp"), max_eirp.as_ref(), "{band}");
        }
    }

    #[test]
    fn the_wide_channel_of_a_sub_band_is_where_the_band_has_it() {
        let plan = ChannelPlan::of(Band::Us915, 8, 2).unwrap();
        let config = router_config(plan, 0.0);
        let wide = &config["sx1301_conf"][0]["chan_Lora_std"];
        let centre = config["sx1301_conf"][0][format!("radio_{}", wide["radio"])]["freq"].as_i64().unwrap();
        assert_eq!(centre + wide["if"].as_i64().unwrap(), 904_600_000);
        assert_eq!((&wide["bandwidth"], &wide["spread_factor"]), (&json!(500_000), &json!(8)));
        assert_eq!((&config["region"], &config["DRs"][8]), (&json!("US915"), &json!([12, 500, 1])));
        assert_eq!(config["freq_range"], json!([902_000_000, 928_000_000]));
    }
}
