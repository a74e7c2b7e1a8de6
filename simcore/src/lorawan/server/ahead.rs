//! What a frame needs is asked of memory at once.
//!
//! What a server knows of a hundred thousand devices lies in no cache. Where a frame comes upon one place after the other it
//! waits for each; asked together, and for the frames that are judged next as well, they are waited for once. Nothing here
//! changes what the server does.

use super::NetworkServer;
use wire::lorawan::Claim;

/// So many frames are looked up side by side: about as much as a processor waits for at a time.
pub(super) const GROUP: usize = 8;

impl NetworkServer {
    /// Looks up the devices of the frames whose de-duplication windows end next, each step for all of them.
    pub(super) fn look_ahead(&self) {
        if !self.dedup.begins_group() {
            return;
        }
        let mut claims = [None; GROUP];
        for (claim, payload) in claims.iter_mut().zip(self.dedup.payloads()) {
            *claim = Claim::of(payload);
        }
        let senders = claims.map(|claim| match claim? {
            Claim::Joins(dev_eui) => Some((dev_eui, false)),
            Claim::Sends(dev_addr) => {
                let holder = self.addresses.get(dev_addr)?.likely(0).next()?;
                Some((holder.dev_eui, true))
            }
        });
        let devices = senders.map(|sender| {
            let (dev_eui, sends) = sender?;
            Some((self.devices.get(dev_eui)?, sends))
        });
        for (device, _) in devices.iter().flatten() {
            device.fetch();
        }
        for (device, _) in devices.iter().flatten().filter(|(_, sends)| *sends) {
            device.traffic.fetch();
        }
    }
}
