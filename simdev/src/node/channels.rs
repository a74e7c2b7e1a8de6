//! The channels of a node (LoRaWAN 1.0.2 clause 5.6, Regional Parameters EU863-870).
//!
//! Channels 0 to 2 have fixed frequencies. A channel may have an RX1 frequency of its own (DlChannelReq).

use wire::air::lora::Hertz;
use wire::lorawan::{CfList, DataRate, eu868};

/// How many of the channels are fixed; they are also the join channels.
pub(super) const DEFAULTS: usize = eu868::DEFAULT_CHANNELS.len();
/// The divider of a channel's share of time, less one: 302 is 0.33 %, so that three channels make one per cent.
const DEFAULT_DUTY_DIVIDER: u16 = 302;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Channel {
    pub frequency: Hertz,
    /// Where RX1 listens, when not on `frequency`.
    pub downlink: Option<Hertz>,
    pub min_data_rate: u8,
    pub max_data_rate: u8,
    pub enabled: bool,
    /// The channel may be used one part in `duty_divider + 1` of the time.
    pub duty_divider: u16,
}

impl Channel {
    pub(super) const fn new(frequency: Hertz, enabled: bool) -> Self {
        let (min_data_rate, max_data_rate) = (0, 5);
        let duty_divider = DEFAULT_DUTY_DIVIDER;
        Self { frequency, downlink: None, min_data_rate, max_data_rate, enabled, duty_divider }
    }

    pub(super) fn allows(&self, data_rate: DataRate) -> bool {
        (self.min_data_rate..=self.max_data_rate).contains(&data_rate.0)
    }
}

/// Sixteen places for channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChannelPlan {
    slots: [Option<Channel>; eu868::MAX_CHANNELS],
}

impl Default for ChannelPlan {
    fn default() -> Self {
        let mut slots = [None; eu868::MAX_CHANNELS];
        for (slot, frequency) in slots.iter_mut().zip(eu868::DEFAULT_CHANNELS) {
            *slot = Some(Channel::new(frequency, true));
        }
        Self { slots }
    }
}

impl ChannelPlan {
    pub(super) fn get(&self, index: usize) -> Option<&Channel> {
        self.slots.get(index)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Channel> {
        self.slots.get_mut(index)?.as_mut()
    }

    /// Fills or empties a place. Places that do not exist stay so.
    pub(super) fn set(&mut self, index: usize, channel: Option<Channel>) {
        if let Some(slot) = self.slots.get_mut(index) {
            *slot = channel;
        }
    }

    /// Takes the channel list of a join-accept: channels 3 to 7. Entries outside every band are left out.
    pub(super) fn apply(&mut self, list: &CfList) {
        // Other types than 0 came with later texts; 1.0.2 ignores what it does not know.
        if list.list_type != 0 {
            return;
        }
        for (slot, frequency) in self.slots.iter_mut().skip(DEFAULTS).zip(list.frequencies) {
            *slot = eu868::band_of(frequency).map(|_| Channel::new(frequency, true));
        }
    }

    /// The channels that are on and allow the data rate, with their numbers.
    pub(super) fn usable(&self, data_rate: DataRate) -> impl Iterator<Item = (usize, &Channel)> {
        self.defined().filter(move |(_, channel)| channel.enabled && channel.allows(data_rate))
    }

    pub(super) fn defined(&self) -> impl Iterator<Item = (usize, &Channel)> {
        self.slots.iter().enumerate().filter_map(|(index, slot)| Some((index, slot.as_ref()?)))
    }

    /// Switches the three default channels on, beside those that are on.
    pub(super) fn enable_defaults(&mut self) {
        self.slots.iter_mut().take(DEFAULTS).flatten().for_each(|channel| channel.enabled = true);
    }

    /// The channels that are on; bit 0 is channel 0.
    #[cfg(test)]
    pub(super) fn mask(&self) -> u16 {
        self.defined().filter(|(_, channel)| channel.enabled).fold(0, |mask, (index, _)| mask | 1 << index)
    }

    pub(super) fn defined_mask(&self) -> u16 {
        self.defined().fold(0, |mask, (index, _)| mask | 1 << index)
    }

    pub(super) fn set_mask(&mut self, mask: u16) {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if let Some(channel) = slot {
                channel.enabled = mask & 1 << index != 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_list_fills_channels_three_to_seven() {
        let mut plan = ChannelPlan::default();
        assert_eq!(plan.mask(), 0b111);
        plan.apply(&CfList::new(eu868::USUAL_CHANNELS));
        assert_eq!(plan.mask(), 0xff);
        assert_eq!(plan.get(3).unwrap().frequency, Hertz(867_100_000));
        plan.apply(&CfList::new([Hertz(868_800_000), Hertz(0), Hertz(0), Hertz(0), Hertz(0)]));
        assert_eq!(plan.mask(), 0b1111, "an empty entry is no channel");
        let other = CfList { frequencies: eu868::USUAL_CHANNELS, list_type: 1 };
        plan.apply(&other);
        assert_eq!(plan.mask(), 0b1111, "an unknown list is ignored");
    }
}
