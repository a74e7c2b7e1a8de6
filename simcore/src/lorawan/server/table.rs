//! A map with numbers for keys that is asked, changed, and never gone through: it has no order.
//!
//! An entry is found in one step through memory; the way through a tree of a hundred thousand is four, each of which waits
//! for the one before.

use hashbrown::HashTable;

#[derive(Debug)]
pub(super) struct Table<V>(HashTable<(u64, V)>);

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self(HashTable::new())
    }
}

impl<V> Table<V> {
    pub(super) fn get(&self, key: u64) -> Option<&V> {
        self.0.find(spread(key), |(other, _)| *other == key).map(|(_, value)| value)
    }

    pub(super) fn get_mut(&mut self, key: u64) -> Option<&mut V> {
        self.0.find_mut(spread(key), |(other, _)| *other == key).map(|(_, value)| value)
    }

    /// What stands at `key`, `fresh` where nothing did.
    pub(super) fn get_or_insert_with(&mut self, key: u64, fresh: impl FnOnce() -> V) -> &mut V {
        let entry = self.0.entry(spread(key), |(other, _)| *other == key, |(other, _)| spread(*other));
        &mut entry.or_insert_with(|| (key, fresh())).into_mut().1
    }

    /// The value that stood there.
    pub(super) fn insert(&mut self, key: u64, value: V) -> Option<V> {
        if let Some(place) = self.get_mut(key) {
            return Some(std::mem::replace(place, value));
        }
        self.0.insert_unique(spread(key), (key, value), |(other, _)| spread(*other));
        None
    }

    pub(super) fn remove(&mut self, key: u64) -> Option<V> {
        let found = self.0.find_entry(spread(key), |(other, _)| *other == key).ok()?;
        Some(found.remove().0.1)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Neighbouring keys far apart (the finaliser of MurmurHash3): the upper bits are looked at first, the lower ones are the place.
const fn spread(key: u64) -> u64 {
    let key = (key ^ (key >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let key = (key ^ (key >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    key ^ (key >> 33)
}
