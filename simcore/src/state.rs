//! What a core keeps over a restart: maps that remember which of their entries were touched.
//!
//! A [`Kept`] map reads like the map inside and notes the key of every entry that is given out for a change, so that no place
//! that changes something can forget to say so. Nothing is noted until [`Part::keep`]: a lab that keeps nothing pays for a
//! comparison. Here nothing is stored: whoever runs the core takes the changes away and brings the records back. Not here:
//! which maps a core keeps, which each module says of its own.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Borrow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};

/// A thing that is kept, as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What kind of thing, such as `short-message`.
    pub kind: String,
    /// Which one: an IMSI, an EUI, a number.
    pub key: String,
    /// The thing as JSON.
    pub value: String,
}

/// A record that is new, was changed or is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What kind of thing.
    pub kind: &'static str,
    /// Which one.
    pub key: String,
    /// The thing as JSON; `None` when it is gone.
    pub value: Option<String>,
}

/// Why a state cannot be kept, or not be taken up.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Written by another version of the program.
    #[error("a record of the unknown kind \"{kind}\" (key \"{key}\")")]
    UnknownKind {
        /// The kind.
        kind: String,
        /// Which one.
        key: String,
    },
    /// Not the JSON of such a thing.
    #[error("the {kind} record \"{key}\" cannot be read: {cause}")]
    Unreadable {
        /// The kind.
        kind: String,
        /// Which one.
        key: String,
        /// What the reader said.
        cause: serde_json::Error,
    },
    /// The thing has no JSON form.
    #[error("a record of the kind {kind} cannot be written: {cause}")]
    Unwritable {
        /// The kind.
        kind: &'static str,
        /// What the writer said.
        cause: serde_json::Error,
    },
    /// The lab file that wrote it was another one.
    #[error("there is a {kind} record of \"{key}\", which the lab file does not have, or has otherwise")]
    Missing {
        /// The kind.
        kind: String,
        /// Whose record it is.
        key: String,
    },
}

/// A thing that can be written down.
pub(crate) trait Durable: Sized {
    fn write(&self) -> serde_json::Result<String>;
    /// Reads it back over what the configuration says of it; `None` when that does not have it.
    fn read(text: &str, configured: Option<Self>) -> serde_json::Result<Option<Self>>;
}

impl<T: Serialize + DeserializeOwned> Durable for T {
    fn write(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    fn read(text: &str, _: Option<Self>) -> serde_json::Result<Option<Self>> {
        serde_json::from_str(text).map(Some)
    }
}

/// Some of what a core keeps: all of one kind.
pub(crate) trait Part {
    /// From now on changes are noted.
    fn keep(&mut self);
    /// Takes what has changed since the last call.
    fn take_changes(&mut self, kind: &'static str, changes: &mut Vec<Change>) -> Result<(), StateError>;
    /// Takes up a record. That is no change.
    fn restore(&mut self, record: &Record) -> Result<(), StateError>;
}

/// The parts of a module, each with its kind.
pub(crate) type Parts<'a> = Vec<(&'static str, &'a mut dyn Part)>;

/// Takes what has changed in these parts.
pub(crate) fn take_changes(parts: Parts<'_>) -> Result<Vec<Change>, StateError> {
    let mut changes = Vec::new();
    for (kind, part) in parts {
        part.take_changes(kind, &mut changes)?;
    }
    Ok(changes)
}

/// Gives a record to the part of its kind; false when no part has it.
pub(crate) fn restore(parts: Parts<'_>, record: &Record) -> Result<bool, StateError> {
    match parts.into_iter().find(|(kind, _)| *kind == record.kind) {
        Some((_, part)) => part.restore(record).map(|()| true),
        None => Ok(false),
    }
}

/// The keys of the entries that were touched since the changes were last taken.
#[derive(Debug)]
pub(crate) struct Touched<K>(Option<BTreeSet<K>>);

impl<K> Default for Touched<K> {
    /// Nobody keeps them yet, so none is noted.
    fn default() -> Self {
        Self(None)
    }
}

impl<K: Ord> Touched<K> {
    /// From now on they are noted.
    pub(crate) fn keep(&mut self) {
        self.0 = Some(BTreeSet::new());
    }

    /// Whether they are noted.
    pub(crate) const fn is_kept(&self) -> bool {
        self.0.is_some()
    }

    /// Notes a key.
    pub(crate) fn note<Q>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Ord + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(touched) = &mut self.0
            && !touched.contains(key)
        {
            touched.insert(key.to_owned());
        }
    }

    /// What has become of each since the last call, in order of the keys.
    pub(crate) fn take_changes<'a, V: Durable + 'a>(
        &mut self,
        kind: &'static str,
        entry: impl Fn(&K) -> Option<&'a V>,
        changes: &mut Vec<Change>,
    ) -> Result<(), StateError>
    where
        K: Serialize,
    {
        let unwritable = |cause| StateError::Unwritable { kind, cause };
        for key in self.0.as_mut().map(std::mem::take).unwrap_or_default() {
            let value = entry(&key).map(Durable::write).transpose().map_err(unwritable)?;
            changes.push(Change { kind, key: key_text(&key).map_err(unwritable)?, value });
        }
        Ok(())
    }
}

/// Reads a record over what the configuration says of its place.
pub(crate) fn read_record<K: DeserializeOwned, V: Durable>(
    record: &Record,
    configured: impl FnOnce(&K) -> Option<V>,
) -> Result<(K, V), StateError> {
    let Record { kind, key, value } = record;
    let unreadable = |cause| StateError::Unreadable { kind: kind.clone(), key: key.clone(), cause };
    let missing = || StateError::Missing { kind: kind.clone(), key: key.clone() };
    let place: K = key_of(key).map_err(unreadable)?;
    let configured = configured(&place);
    let value = V::read(value, configured).map_err(unreadable)?.ok_or_else(missing)?;
    Ok((place, value))
}

/// A map whose entries are kept.
#[derive(Debug)]
pub(crate) struct Kept<K, V> {
    entries: BTreeMap<K, V>,
    touched: Touched<K>,
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        BTreeMap::new().into()
    }
}

impl<K, V> From<BTreeMap<K, V>> for Kept<K, V> {
    fn from(entries: BTreeMap<K, V>) -> Self {
        Self { entries, touched: Touched::default() }
    }
}

impl<K, V> Deref for Kept<K, V> {
    type Target = BTreeMap<K, V>;
    fn deref(&self) -> &BTreeMap<K, V> {
        &self.entries
    }
}

impl<'a, K, V> IntoIterator for &'a Kept<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = std::collections::btree_map::Iter<'a, K, V>;
    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl<K: Ord + Clone, V> Kept<K, V> {
    pub(crate) fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Ord + ToOwned<Owned = K> + ?Sized,
    {
        if self.touched.is_kept() && self.entries.contains_key(key) {
            self.touched.note(key);
        }
        self.entries.get_mut(key)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.touched.note(&key);
        self.entries.insert(key, value)
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let removed = self.entries.remove(key);
        if removed.is_some() {
            self.touched.note(key);
        }
        removed
    }

    pub(crate) fn clear(&mut self) {
        if let Some(touched) = &mut self.touched.0 {
            touched.extend(self.entries.keys().cloned());
        }
        self.entries.clear();
    }

    pub(crate) fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        self.touched.note(&key);
        self.entries.entry(key)
    }

    /// Whether changes are noted.
    pub(crate) const fn is_kept(&self) -> bool {
        self.touched.is_kept()
    }

    /// Forgets that these were touched: they are not kept.
    pub(crate) fn drop_changes(&mut self, is_not_kept: impl Fn(&K) -> bool) {
        if let Some(touched) = &mut self.touched.0 {
            touched.retain(|key| !is_not_kept(key));
        }
    }
}

impl<K, V> Part for Kept<K, V>
where
    K: Ord + Clone + Serialize + DeserializeOwned,
    V: Durable,
{
    fn keep(&mut self) {
        self.touched.keep();
    }

    fn take_changes(&mut self, kind: &'static str, changes: &mut Vec<Change>) -> Result<(), StateError> {
        self.touched.take_changes(kind, |key| self.entries.get(key), changes)
    }

    fn restore(&mut self, record: &Record) -> Result<(), StateError> {
        let (key, value) = read_record(record, |key| self.entries.remove(key))?;
        self.entries.insert(key, value);
        Ok(())
    }
}

/// One value that is kept.
#[derive(Debug)]
pub(crate) struct KeptCell<T> {
    value: T,
    touched: Option<bool>,
}

impl<T> KeptCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { value, touched: None }
    }
}

impl<T> Deref for KeptCell<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for KeptCell<T> {
    fn deref_mut(&mut self) -> &mut T {
        if let Some(touched) = &mut self.touched {
            *touched = true;
        }
        &mut self.value
    }
}

impl<T: Durable> Part for KeptCell<T> {
    fn keep(&mut self) {
        self.touched = Some(false);
    }

    fn take_changes(&mut self, kind: &'static str, changes: &mut Vec<Change>) -> Result<(), StateError> {
        if self.touched == Some(true) {
            self.touched = Some(false);
            let value = self.value.write().map_err(|cause| StateError::Unwritable { kind, cause })?;
            changes.push(Change { kind, key: String::new(), value: Some(value) });
        }
        Ok(())
    }

    fn restore(&mut self, record: &Record) -> Result<(), StateError> {
        let Record { kind, key, value } = record;
        let unreadable = |cause| StateError::Unreadable { kind: kind.clone(), key: key.clone(), cause };
        let missing = || StateError::Missing { kind: kind.clone(), key: key.clone() };
        self.value = T::read(value, None).map_err(unreadable)?.ok_or_else(missing)?;
        Ok(())
    }
}

/// A key as text: its own where it is one, else its JSON.
pub(crate) fn key_text(key: &impl Serialize) -> serde_json::Result<String> {
    let value = serde_json::to_value(key)?;
    Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// The key that a text stands for.
pub(crate) fn key_of<K: DeserializeOwned>(text: &str) -> serde_json::Result<K> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).or_else(|_| serde_json::from_str(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(map: &mut Kept<u32, String>) -> Vec<(String, Option<String>)> {
        let mut changes = Vec::new();
        map.take_changes("thing", &mut changes).unwrap();
        changes.into_iter().map(|change| (change.key, change.value)).collect()
    }

    #[test]
    fn every_way_to_change_an_entry_is_noted_once_and_reading_is_none() {
        let mut map: Kept<u32, String> = BTreeMap::from([(1, "a".to_owned())]).into();
        map.insert(2, "b".to_owned());
        assert_eq!(changes(&mut map), [], "nobody keeps it yet");
        map.keep();
        assert_eq!(map.get(&1).map(String::as_str), Some("a"));
        assert_eq!(map.get_mut(&9), None);
        assert_eq!(changes(&mut map), []);
        map.get_mut(&1).unwrap().push('!');
        map.get_mut(&1).unwrap().push('!');
        map.entry(3).or_default().push('c');
        map.remove(&2);
        map.remove(&7);
        let text = |text: &str| Some(format!("{text:?}"));
        let want = [("1", text("a!!")), ("2", None), ("3", text("c"))].map(|(k, v)| (k.to_owned(), v));
        assert_eq!(changes(&mut map), want);
        assert_eq!(changes(&mut map), [], "they are taken once");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let mut map: Kept<u32, String> = Kept::default();
        let record = |key: &str, value: &str| Record {
            kind: "thing".to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
        };
        map.restore(&record("4", "\"d\"")).unwrap();
        assert_eq!(map.get(&4).map(String::as_str), Some("d"));
        for (key, value) in [("four", "\"d\""), ("4", "d"), ("4", "7")] {
            let error = map.restore(&record(key, value)).unwrap_err().to_string();
            assert!(error.contains(&format!("the thing record \"{key}\" cannot be read")), "{error}");
        }
    }
}
