//! The channels of a node (LoRaWAN 1.0.2 clause 5.6, Regional Parameters 1.0.2rB).
//!
//! The first channels are the region's and have fixed frequencies. A channel may have an RX1 frequency of its own (DlChannelReq).

use wire::air::lora::Hertz;
use wire::lorawan::region::ChannelSet;
use wire::lorawan::{CfList, DataRate, Region};

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
    /// A channel with all of the region's usual data rates and no share of its own.
    pub(super) fn new(region: &Region, frequency: Hertz, enabled: bool) -> Self {
        let (min_data_rate, max_data_rate) = region.channel_data_rates.clone().into_inner();
        Self { frequency, downlink: None, min_data_rate, max_data_rate, enabled, duty_divider: 0 }
    }

    pub(super) fn allows(&self, data_rate: DataRate) -> bool {
        (self.min_data_rate..=self.max_data_rate).contains(&data_rate.0)
    }
}

/// As many places for channels as the region has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChannelPlan {
    region: &'static Region,
    slots: Vec<Option<Channel>>,
    /// Where all channels are fixed: those that the host has chosen, to which a join goes back.
    chosen: ChannelSet,
    /// What the module gives each channel beside the law of the band, as [`Channel::duty_divider`].
    share: u16,
}

impl ChannelPlan {
    /// The channels that every node of the region has.
    pub(super) fn new(region: &'static Region) -> Self {
        let mut slots: Vec<_> = region
            .channels()
            .map(|row| {
                let channel = Channel::new(region, row.frequency, true);
                let (min_data_rate, max_data_rate) = (row.min_data_rate, row.max_data_rate);
                Some(Channel { min_data_rate, max_data_rate, ..channel })
            })
            .collect();
        slots.resize(region.max_channels, None);
        let chosen = ChannelSet::span(0, region.max_channels);
        Self { region, slots, chosen, share: 0 }
    }

    /// What a join leaves of it.
    pub(super) fn after_join(&self) -> Self {
        let mut plan = Self { chosen: self.chosen, ..Self::new(self.region) };
        plan.give_share(self.share);
        plan.enable_defaults();
        plan
    }

    /// The module limits each channel.
    pub(super) fn give_share(&mut self, share: u16) {
        self.share = share;
        self.slots.iter_mut().flatten().for_each(|channel| channel.duty_divider = share);
    }

    /// A channel that the network or the host adds.
    pub(super) fn added(&self, frequency: Hertz, enabled: bool) -> Channel {
        Channel { duty_divider: self.share, ..Channel::new(self.region, frequency, enabled) }
    }

    /// The host switches on these of the fixed channels, and no others.
    pub(super) fn choose(&mut self, set: ChannelSet) {
        self.chosen = set;
        self.enable_only(set);
    }

    pub(super) const fn region(&self) -> &'static Region {
        self.region
    }

    /// Whether the channel's place is one that the network and the host may fill.
    pub(super) fn is_changeable(&self, index: usize) -> bool {
        (self.region.default_channels()..self.slots.len()).contains(&index)
    }

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

    /// Takes the channel list of a join-accept: the five channels after the region's own. Entries outside every band are
    /// left out.
    pub(super) fn apply(&mut self, list: &CfList) {
        // Other types than 0 came with later texts; 1.0.2 ignores what it does not know.
        if list.list_type != 0 || self.region.is_fixed() {
            return;
        }
        let region = self.region;
        for (index, frequency) in (region.default_channels()..).zip(list.frequencies) {
            let channel = region.sub_band(frequency).map(|_| self.added(frequency, true));
            self.set(index, channel);
        }
    }

    /// The channels that are on and allow the data rate, with their numbers.
    pub(super) fn usable(&self, data_rate: DataRate) -> impl Iterator<Item = (usize, &Channel)> {
        self.defined().filter(move |(_, channel)| channel.enabled && channel.allows(data_rate))
    }

    /// Whether a channel that is on allows the data rate.
    pub(super) fn allow(&self, data_rate: DataRate) -> bool {
        self.usable(data_rate).next().is_some()
    }

    pub(super) fn defined(&self) -> impl Iterator<Item = (usize, &Channel)> {
        self.slots.iter().enumerate().filter_map(|(index, slot)| Some((index, slot.as_ref()?)))
    }

    /// Switches the region's own channels on, beside those that are on; of fixed channels those that the host has chosen.
    pub(super) fn enable_defaults(&mut self) {
        if self.region.is_fixed() {
            return self.enable_only(self.chosen);
        }
        self.slots
            .iter_mut()
            .take(self.region.default_channels())
            .flatten()
            .for_each(|channel| channel.enabled = true);
    }

    /// The first sixteen channels that are on; bit 0 is channel 0.
    #[cfg(test)]
    pub(super) fn mask(&self) -> u16 {
        self.enabled_set().mask(0)
    }

    pub(super) fn enabled_set(&self) -> ChannelSet {
        self.defined().filter(|(_, channel)| channel.enabled).map(|(index, _)| index).collect()
    }

    pub(super) fn defined_set(&self) -> ChannelSet {
        self.defined().map(|(index, _)| index).collect()
    }

    pub(super) fn enable_only(&mut self, set: ChannelSet) {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if let Some(channel) = slot {
                channel.enabled = set.contains(index);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::lorawan::{Band, eu868};

    #[test]
    fn a_channel_list_fills_channels_three_to_seven() {
        let mut plan = ChannelPlan::new(&eu868::REGION);
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

    #[test]
    fn a_fixed_plan_has_72_channels_and_takes_no_list() {
        let mut plan = ChannelPlan::new(Band::Us915.region());
        assert_eq!(plan.enabled_set(), ChannelSet::span(0, 72));
        assert_eq!(
            plan.usable(DataRate(4)).map(|(index, _)| index).collect::<Vec<_>>(),
            [64, 65, 66, 67, 68, 69, 70, 71]
        );
        plan.apply(&CfList::new(eu868::USUAL_CHANNELS));
        assert_eq!(plan.defined().count(), 72);
        assert!(!plan.is_changeable(71) && !plan.is_changeable(72));
    }
}
