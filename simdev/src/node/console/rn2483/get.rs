//! `mac get …` (RN2483 command reference, DS40001784 clause 2.4.9). Keys cannot be read.

use super::super::super::exchange::Phase;
use super::super::super::mac::Mac;
use super::super::super::windows::Stage;
use super::super::notation::{dev_addr, eui, number};
use super::Maker;
use wire::lorawan::timing::RX2_AFTER_RX1;
use wire::time::Instant;

pub(super) fn get(maker: &Maker, mac: &Mac, now: Instant, words: &[&str]) -> Option<String> {
    let parameters = &mac.parameters;
    let network = &parameters.network;
    let [group, ..] = &parameters.groups;
    let rx2 = || format!("{} {}", network.rx2_data_rate.0, network.rx2_frequency.0);
    Some(match words {
        ["deveui"] => eui(parameters.dev_eui),
        ["appeui"] => eui(parameters.app_eui),
        ["devaddr"] => dev_addr(parameters.dev_addr),
        ["dr"] => network.data_rate.0.to_string(),
        ["band"] if maker.names_bands => band(mac),
        ["pwridx"] => network.tx_power.to_string(),
        ["adr"] => on_off(parameters.adr),
        ["ar"] => on_off(parameters.automatic_reply),
        ["retx"] => parameters.retransmissions.to_string(),
        ["rxdelay1"] => network.rx_delay1.as_millis().to_string(),
        ["rxdelay2"] => (network.rx_delay1 + RX2_AFTER_RX1).as_millis().to_string(),
        ["rx2", number] if maker.names_bands && *number == band(mac) => rx2(),
        ["rx2"] if !maker.names_bands => rx2(),
        ["mrgn"] => mac.link_quality.map_or(255, |quality| quality.margin).to_string(),
        ["gwnb"] => mac.link_quality.map_or(0, |quality| quality.gateways).to_string(),
        ["dcycleps"] => (1_u32 << network.max_duty_cycle.min(15)).to_string(),
        ["upctr"] => parameters.fcnt_up.to_string(),
        ["dnctr"] => parameters.fcnt_down.to_string(),
        ["mcast"] => on_off(group.enabled),
        ["mcastdevaddr"] => dev_addr(group.address),
        ["mcastdnctr"] => group.fcnt_down.to_string(),
        ["sync"] => "34".to_owned(),
        ["class"] => parameters.class.letter().to_string(),
        ["status"] => format!("{:08X}", status(mac, now)),
        ["ch", what, index] => channel(mac, what, number::<usize>(index)?)?,
        _ => return None,
    })
}

/// The band as the module names it: `868`.
pub(super) fn band(mac: &Mac) -> String {
    let name = mac.parameters.network.region().band.to_string();
    name.trim_start_matches(|letter: char| letter.is_ascii_alphabetic()).to_owned()
}

fn channel(mac: &Mac, what: &str, index: usize) -> Option<String> {
    let channel = mac.parameters.network.channels.get(index)?;
    Some(match what {
        "freq" => channel.frequency.0.to_string(),
        "drrange" => format!("{} {}", channel.min_data_rate, channel.max_data_rate),
        "dcycle" => channel.duty_divider.to_string(),
        "status" => on_off(channel.enabled),
        _ => return None,
    })
}

/// Bit 0 joined, bits 1 to 3 what the stack is doing, 4 automatic reply, 5 ADR, 7 paused, 9 link check.
fn status(mac: &Mac, now: Instant) -> u32 {
    let state = match mac.exchange.as_ref().map(|exchange| exchange.phase) {
        None => 0,
        Some(Phase::Waiting { .. }) => 6,
        Some(Phase::Listening(windows)) => match windows.stage(now) {
            Stage::Transmitting => 1,
            Stage::BeforeRx1 => 2,
            Stage::Rx1 => 3,
            Stage::BetweenWindows => 4,
            Stage::Rx2 => 5,
        },
    };
    u32::from(mac.joined)
        | state << 1
        | u32::from(mac.parameters.automatic_reply) << 4
        | u32::from(mac.parameters.adr) << 5
        | u32::from(mac.paused) << 7
        | u32::from(mac.parameters.link_check.is_some()) << 9
}

fn on_off(on: bool) -> String {
    if on { "on" } else { "off" }.to_owned()
}
