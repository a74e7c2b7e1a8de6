//! A map that is asked and changed, and that nobody goes through for more than to drop entries: it has no order.
//!
//! An entry is found in one step through memory; the way through a tree of a hundred thousand is four, each of which waits
//! for the one before.

use hashbrown::HashTable;
use wire::id::Eui64;
use wire::lorawan::DevAddr;

#[derive(Debug)]
pub(super) struct Table<K, V>(HashTable<(K, V)>);

/// What an entry is found by.
pub(super) trait Key: Copy + Eq {
    /// A number that few others share.
    fn number(self) -> u64;
}

impl Key for Eui64 {
    fn number(self) -> u64 {
        self.value()
    }
}

impl Key for DevAddr {
    fn number(self) -> u64 {
        self.value().into()
    }
}

/// A gateway and one of its tokens.
impl Key for (Eui64, u16) {
    fn number(self) -> u64 {
        // The upper octets of an EUI-64 name its maker, who is mostly the same.
        self.0.value() ^ (u64::from(self.1) << 48)
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(HashTable::new())
    }
}

impl<K: Key, V> Table<K, V> {
    pub(super) fn get(&self, key: K) -> Option<&V> {
        self.0.find(spread(key), |(other, _)| *other == key).map(|(_, value)| value)
    }

    pub(super) fn get_mut(&mut self, key: K) -> Option<&mut V> {
        self.0.find_mut(spread(key), |(other, _)| *other == key).map(|(_, value)| value)
    }

    /// What stands at `key`, `fresh` where nothing did.
    pub(super) fn get_or_insert_with(&mut self, key: K, fresh: impl FnOnce() -> V) -> &mut V {
        let entry = self.0.entry(spread(key), |(other, _)| *other == key, |(other, _)| spread(*other));
        &mut entry.or_insert_with(|| (key, fresh())).into_mut().1
    }

    /// The value that stood there.
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        if let Some(place) = self.get_mut(key) {
            return Some(std::mem::replace(place, value));
        }
        self.0.insert_unique(spread(key), (key, value), |(other, _)| spread(*other));
        None
    }

    pub(super) fn remove(&mut self, key: K) -> Option<V> {
        let found = self.0.find_entry(spread(key), |(other, _)| *other == key).ok()?;
        Some(found.remove().0.1)
    }

    /// Drops all others.
    pub(super) fn retain(&mut self, mut stays: impl FnMut(&V) -> bool) {
        self.0.retain(|(_, value)| stays(value));
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Neighbouring keys far apart (the finaliser of MurmurHash3): the upper bits are looked at first, the lower ones are the place.
fn spread(key: impl Key) -> u64 {
    let key = key.number();
    let key = (key ^ (key >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let key = (key ^ (key >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    key ^ (key >> 33)
}
