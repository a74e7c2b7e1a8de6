//! The registered devices, found by DevEUI.
//!
//! As in a [`crate::state::Kept`] map, those that are given out for a change are noted.

use super::device::Device;
use super::table::Table;
use crate::state::{Change, Part, Record, StateError, Touched, read_record};
use std::collections::BTreeSet;
use wire::id::Eui64;

#[derive(Debug, Default)]
pub(super) struct Devices {
    places: Table<Eui64, Device>,
    /// Of all, in order.
    euis: BTreeSet<Eui64>,
    touched: Touched<Eui64>,
}

impl Devices {
    pub(super) fn contains(&self, dev_eui: Eui64) -> bool {
        self.get(dev_eui).is_some()
    }

    pub(super) fn get(&self, dev_eui: Eui64) -> Option<&Device> {
        self.places.get(dev_eui)
    }

    pub(super) fn get_mut(&mut self, dev_eui: Eui64) -> Option<&mut Device> {
        if self.touched.is_kept() && self.contains(dev_eui) {
            self.touched.note(&dev_eui);
        }
        self.places.get_mut(dev_eui)
    }

    /// In the place of the one with the same DevEUI.
    pub(super) fn insert(&mut self, device: Device) {
        self.touched.note(&device.config.dev_eui);
        self.put(device);
    }

    /// False where there was none.
    pub(super) fn remove(&mut self, dev_eui: Eui64) -> bool {
        let known = self.take(dev_eui).is_some();
        if known {
            self.touched.note(&dev_eui);
        }
        known
    }

    /// The DevEUIs of all, in order.
    pub(super) fn euis(&self) -> Vec<Eui64> {
        self.euis.iter().copied().collect()
    }

    /// In order of their DevEUI.
    pub(super) fn all(&self) -> impl Iterator<Item = &Device> {
        self.euis.iter().filter_map(|dev_eui| self.get(*dev_eui))
    }

    fn put(&mut self, device: Device) {
        let dev_eui = device.config.dev_eui;
        self.euis.insert(dev_eui);
        self.places.insert(dev_eui, device);
    }

    fn take(&mut self, dev_eui: Eui64) -> Option<Device> {
        self.euis.remove(&dev_eui);
        self.places.remove(dev_eui)
    }
}

impl FromIterator<Device> for Devices {
    fn from_iter<I: IntoIterator<Item = Device>>(devices: I) -> Self {
        let mut all = Self::default();
        devices.into_iter().for_each(|device| all.put(device));
        all
    }
}

impl Part for Devices {
    fn keep(&mut self) {
        self.touched.keep();
    }

    fn take_changes(&mut self, kind: &'static str, changes: &mut Vec<Change>) -> Result<(), StateError> {
        self.touched.take_changes(kind, |dev_eui| self.places.get(*dev_eui), changes)
    }

    fn restore(&mut self, record: &Record) -> Result<(), StateError> {
        let (_, device) = read_record(record, |dev_eui: &Eui64| self.take(*dev_eui))?;
        self.put(device);
        Ok(())
    }
}
