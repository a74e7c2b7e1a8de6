//! The channels of a session, shared by all sessions that have the same: most never get others than their first.

use super::session::Channel;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use wire::air::lora::Hertz;
use wire::lorawan::Region;

/// Reads like the map inside; who changes it gets one of his own.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(from = "BTreeMap<u8, Channel>", into = "BTreeMap<u8, Channel>")]
pub(super) struct Channels(Arc<BTreeMap<u8, Channel>>);

impl Channels {
    /// The default channels of the region and those of a CFList. Fixed channels are the region's, and have no place here.
    pub(super) fn new(region: &Region, cf_list: Option<[Hertz; 5]>) -> Self {
        let own = region.channels().map(|channel| channel.frequency);
        let channels = own.chain(cf_list.into_iter().flatten()).zip(0..);
        let defined = channels.filter(|(frequency, _)| frequency.0 > 0 && !region.is_fixed());
        defined
            .map(|(frequency, index)| (index, Channel::usual(region, frequency)))
            .collect::<BTreeMap<_, _>>()
            .into()
    }
}

impl From<BTreeMap<u8, Channel>> for Channels {
    fn from(channels: BTreeMap<u8, Channel>) -> Self {
        Self(Arc::new(channels))
    }
}

impl From<Channels> for BTreeMap<u8, Channel> {
    fn from(channels: Channels) -> Self {
        Arc::unwrap_or_clone(channels.0)
    }
}

impl Deref for Channels {
    type Target = BTreeMap<u8, Channel>;
    fn deref(&self) -> &BTreeMap<u8, Channel> {
        &self.0
    }
}

impl DerefMut for Channels {
    fn deref_mut(&mut self) -> &mut BTreeMap<u8, Channel> {
        Arc::make_mut(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_in_one_session_leaves_the_others_alone() {
        let first = Channels::new(
            &wire::lorawan::eu868::REGION,
            Some([867_100_000, 0, 867_500_000, 0, 0].map(Hertz)),
        );
        assert_eq!(first.keys().copied().collect::<Vec<_>>(), [0, 1, 2, 3, 5]);
        let mut second = first.clone();
        second.remove(&3);
        assert_eq!((first.len(), second.len()), (5, 4));
    }
}
