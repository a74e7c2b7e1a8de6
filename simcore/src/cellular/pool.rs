//! Addresses of one access point: who has which, and the same one again next time.
//!
//! A subscriber that returns gets the address it had before, as long as nobody else needed it; otherwise the lowest
//! address that nobody ever had, then the lowest that is free.

use crate::state::{Change, Part, Record, StateError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use wire::id::Imsi;

/// The addresses of one access point. Every operation costs the logarithm of the subscribers, never their number.
#[derive(Debug)]
pub struct Pool {
    start: u32,
    size: u32,
    /// How many addresses from the start on somebody has had.
    ever_used: u32,
    /// Those of them that nobody has now.
    free: BTreeSet<u32>,
    /// The last holder of each address, and the last address of each holder.
    holders: BTreeMap<u32, Imsi>,
    remembered: BTreeMap<Imsi, u32>,
    /// Fixed addresses.
    reserved: BTreeSet<u32>,
    /// Addresses whose entry has changed, where somebody keeps them.
    touched: Option<BTreeSet<u32>>,
}

impl Pool {
    /// `size` addresses from `start` on.
    #[must_use]
    pub fn new(start: Ipv4Addr, size: u32) -> Self {
        let start = u32::from(start);
        Self {
            start,
            size: size.min(u32::MAX - start),
            ever_used: 0,
            free: BTreeSet::new(),
            holders: BTreeMap::new(),
            remembered: BTreeMap::new(),
            reserved: BTreeSet::new(),
            touched: None,
        }
    }

    /// Gives an address to a subscriber; `None` when all are taken.
    pub fn take(&mut self, imsi: &Imsi) -> Option<Ipv4Addr> {
        let before = self.remembered.get(imsi).copied().filter(|address| self.free.contains(address));
        let address = before.or_else(|| self.never_used()).or_else(|| self.free.first().copied())?;
        self.free.remove(&address);
        self.touch(address);
        if let Some(holder) = self.holders.insert(address, imsi.clone())
            && holder != *imsi
        {
            self.remembered.remove(&holder);
        }
        if let Some(other) = self.remembered.insert(imsi.clone(), address)
            && other != address
            && self.holders.get(&other) == Some(imsi)
        {
            self.holders.remove(&other);
            self.touch(other);
        }
        Some(Ipv4Addr::from(address))
    }

    /// Keeps an address, inside the pool or not, for whoever has it fixed: nobody else gets it.
    pub fn reserve(&mut self, address: Ipv4Addr) {
        self.reserved.insert(u32::from(address));
    }

    /// Whether somebody has an address, or has it fixed.
    pub fn is_taken(&self, address: Ipv4Addr) -> bool {
        let address = u32::from(address);
        let given = address.checked_sub(self.start).is_some_and(|place| place < self.ever_used);
        self.reserved.contains(&address) || (given && !self.free.contains(&address))
    }

    /// The place of an address in the pool, from zero; wraps for a fixed one outside it.
    pub fn place(&self, address: Ipv4Addr) -> u32 {
        u32::from(address).wrapping_sub(self.start)
    }

    /// Takes an address back.
    pub fn release(&mut self, address: Ipv4Addr) {
        let address = u32::from(address);
        let of_pool = address.checked_sub(self.start).is_some_and(|place| place < self.ever_used);
        if of_pool && !self.reserved.contains(&address) {
            self.free.insert(address);
            self.touch(address);
        }
    }

    fn touch(&mut self, address: u32) {
        if let Some(touched) = &mut self.touched {
            touched.insert(address);
        }
    }

    /// What is kept of an address that somebody has had.
    fn entry(&self, address: u32) -> Entry {
        Entry { holder: self.holders.get(&address).cloned(), taken: !self.free.contains(&address) }
    }

    /// Takes an entry up; false where the address is not of this pool.
    fn restore(&mut self, address: u32, entry: Entry) -> bool {
        let Some(place) = address.checked_sub(self.start).filter(|place| *place < self.size) else {
            return false;
        };
        self.ever_used = self.ever_used.max(place + 1);
        if !entry.taken {
            self.free.insert(address);
        }
        if let Some(holder) = entry.holder {
            self.holders.insert(address, holder.clone());
            self.remembered.insert(holder, address);
        }
        true
    }

    fn never_used(&mut self) -> Option<u32> {
        while self.ever_used < self.size {
            self.ever_used += 1;
            let address = self.start + self.ever_used - 1;
            if !self.reserved.contains(&address) {
                return Some(address);
            }
        }
        None
    }
}

/// What is kept of one address.
#[derive(Serialize, Deserialize)]
struct Entry {
    /// Who had it last, and gets it again.
    holder: Option<Imsi>,
    /// Whether somebody has it now.
    taken: bool,
}

/// The pool of each access point. One address is one record: `iot.private 10.64.0.2`.
#[derive(Debug)]
pub(super) struct Pools(BTreeMap<String, Pool>);

impl From<BTreeMap<String, Pool>> for Pools {
    fn from(pools: BTreeMap<String, Pool>) -> Self {
        Self(pools)
    }
}

impl Pools {
    pub(super) fn get(&self, apn: &str) -> Option<&Pool> {
        self.0.get(apn)
    }

    pub(super) fn get_mut(&mut self, apn: &str) -> Option<&mut Pool> {
        self.0.get_mut(apn)
    }
}

impl Part for Pools {
    fn keep(&mut self) {
        self.0.values_mut().for_each(|pool| pool.touched = Some(BTreeSet::new()));
    }

    fn take_changes(&mut self, kind: &'static str, changes: &mut Vec<Change>) -> Result<(), StateError> {
        for (apn, pool) in &mut self.0 {
            for address in pool.touched.as_mut().map(std::mem::take).unwrap_or_default() {
                let entry = serde_json::to_string(&pool.entry(address));
                let value = Some(entry.map_err(|cause| StateError::Unwritable { kind, cause })?);
                changes.push(Change { kind, key: format!("{apn} {}", Ipv4Addr::from(address)), value });
            }
        }
        Ok(())
    }

    fn restore(&mut self, record: &Record) -> Result<(), StateError> {
        let Record { kind, key, value } = record;
        let missing = || StateError::Missing { kind: kind.clone(), key: key.clone() };
        let unreadable = |cause| StateError::Unreadable { kind: kind.clone(), key: key.clone(), cause };
        let entry: Entry = serde_json::from_str(value).map_err(unreadable)?;
        let (apn, address) = key.split_once(' ').ok_or_else(missing)?;
        let address: Ipv4Addr = address.parse().map_err(|_| missing())?;
        let pool = self.0.get_mut(apn).ok_or_else(missing)?;
        pool.restore(u32::from(address), entry).then_some(()).ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imsi(n: u32) -> Imsi {
        format!("2080100000000{n:02}").parse().unwrap()
    }

    #[test]
    fn a_subscriber_gets_its_old_address_again_and_a_full_pool_gives_none() {
        let mut pool = Pool::new(Ipv4Addr::new(10, 0, 0, 2), 2);
        let a = pool.take(&imsi(1)).unwrap();
        assert_eq!(a, Ipv4Addr::new(10, 0, 0, 2));
        pool.release(a);
        let b = pool.take(&imsi(2)).unwrap();
        assert_eq!(b, Ipv4Addr::new(10, 0, 0, 3), "the first address is kept for its subscriber");
        assert_eq!(pool.take(&imsi(1)), Some(a));
        assert_eq!(pool.take(&imsi(3)), None);
        pool.release(b);
        assert_eq!(pool.take(&imsi(3)), Some(b), "a remembered address goes to whoever needs it");
    }

    #[test]
    fn a_fixed_address_is_given_to_nobody_else() {
        let mut pool = Pool::new(Ipv4Addr::new(10, 0, 0, 2), 3);
        pool.reserve(Ipv4Addr::new(10, 0, 0, 3));
        assert_eq!(pool.take(&imsi(1)), Some(Ipv4Addr::new(10, 0, 0, 2)));
        assert_eq!(pool.take(&imsi(2)), Some(Ipv4Addr::new(10, 0, 0, 4)));
        pool.release(Ipv4Addr::new(10, 0, 0, 3));
        assert_eq!(pool.take(&imsi(3)), None);
    }

    #[test]
    fn an_empty_pool_and_one_at_the_end_of_the_address_space_do_not_panic() {
        assert_eq!(Pool::new(Ipv4Addr::new(10, 0, 0, 1), 0).take(&imsi(1)), None);
        assert!(Pool::new(Ipv4Addr::BROADCAST, 9).take(&imsi(1)).is_none());
    }
}
