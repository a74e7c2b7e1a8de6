//! The DevNonces that a device has spent, each with the time of its use.

use smallvec::SmallVec;
use std::collections::BTreeMap;
use wire::lorawan::DevNonce;
use wire::time::Instant;

/// A device joins a few times in its life: that many lie in the device itself.
const USUAL: usize = 4;

/// In order of the nonce.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(from = "BTreeMap<DevNonce, Instant>", into = "BTreeMap<DevNonce, Instant>")]
pub(super) struct UsedNonces(SmallVec<[(DevNonce, Instant); USUAL]>);

impl UsedNonces {
    /// When the nonce was used.
    pub(super) fn get(&self, nonce: DevNonce) -> Option<Instant> {
        let at = self.place(nonce).ok()?;
        self.0.get(at).map(|(_, used)| *used)
    }

    pub(super) fn insert(&mut self, nonce: DevNonce, now: Instant) {
        match self.place(nonce) {
            Ok(at) => self.0[at] = (nonce, now),
            Err(at) => self.0.insert(at, (nonce, now)),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (DevNonce, Instant)> {
        self.0.iter().copied()
    }

    fn place(&self, nonce: DevNonce) -> Result<usize, usize> {
        self.0.binary_search_by_key(&nonce, |(used, _)| *used)
    }
}

impl From<BTreeMap<DevNonce, Instant>> for UsedNonces {
    fn from(used: BTreeMap<DevNonce, Instant>) -> Self {
        Self(used.into_iter().collect())
    }
}

impl From<UsedNonces> for BTreeMap<DevNonce, Instant> {
    fn from(used: UsedNonces) -> Self {
        used.0.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_are_found_in_whatever_order_they_were_spent() {
        let mut used = UsedNonces::default();
        for (number, at) in [(7, 1), (3, 2), (0xffff, 3), (0, 4), (300, 5), (7, 6)] {
            used.insert(DevNonce::from_value(number), Instant::from_micros(at));
        }
        let all: Vec<_> = used.iter().map(|(nonce, at)| (nonce.value(), at.as_micros())).collect();
        assert_eq!(all, [(0, 4), (3, 2), (7, 6), (300, 5), (0xffff, 3)]);
        assert_eq!(used.get(DevNonce::from_value(300)), Some(Instant::from_micros(5)));
        assert_eq!(used.get(DevNonce::from_value(301)), None);
        let text = serde_json::to_string(&used).unwrap();
        let back: UsedNonces = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
    }
}
