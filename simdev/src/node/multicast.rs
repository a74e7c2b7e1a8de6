//! Multicast groups of a node in class C (LoRaWAN 1.0.2 clause 17.3): agreed out of band, each with keys and a counter of its own.
//!
//! A message to a group is unconfirmed data down on a port of applications, without ACK and FOpts. Whatever else comes under
//! a group's address is ignored, and its counter stays free. Nothing of the node's own session changes, and nobody is answered.

use super::class_c::Class;
use super::event::{Downlink, Event, Slot};
use super::mac::Mac;
use super::windows::Tuning;
use crate::defect::Defect;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use wire::air::lora::{HeardFrame, Hertz};
use wire::id::Key;
use wire::lorawan::crypto::Direction;
use wire::lorawan::{DataFrame, DataMessage, DataRate, DevAddr, SessionKeys, counter};

/// How many groups a node can be in, as in LoRaMac-node.
pub(super) const MOST_GROUPS: usize = 4;
/// Ports of applications.
const PORTS: RangeInclusive<u8> = 1..=223;

/// A place for a group; the host may fill it piece by piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Group {
    pub enabled: bool,
    /// McAddr.
    pub address: Option<DevAddr>,
    /// McNwkSKey.
    pub nwk_s_key: Option<Key>,
    /// McAppSKey.
    pub app_s_key: Option<Key>,
    /// The counter of the next message, if none is lost.
    pub fcnt_down: u32,
    /// Where its messages are sent; none for the parameters of RX2.
    pub receive: Option<(Hertz, DataRate)>,
}

impl Group {
    /// The message of a frame that is right for this group and new.
    fn open(&self, frame: &DataFrame, defects: &BTreeSet<Defect>) -> Option<DataMessage> {
        let (address, keys) = self.session()?;
        if frame.direction() != Direction::Down || frame.dev_addr() != address {
            return None;
        }
        let last = self.fcnt_down.checked_sub(1);
        let next = counter::next_above(last, frame.fcnt()).filter(|next| !counter::exceeds_gap(last, *next));
        let new = next.and_then(|fcnt| frame.open(&keys, fcnt).ok());
        let old = || {
            let used = defects.contains(&Defect::IgnoresMulticastCounter).then_some(last)?;
            frame.open(&keys, counter::last_used(used, frame.fcnt())?).ok()
        };
        let message = new.or_else(old)?;
        let confirmed = message.confirmed && !defects.contains(&Defect::AcknowledgesMulticast);
        let port = message.payload.as_ref().is_some_and(|payload| PORTS.contains(&payload.port));
        let plain = !confirmed && !message.ack && message.f_opts.as_slice().is_empty();
        (plain && port).then_some(message)
    }

    fn session(&self) -> Option<(DevAddr, SessionKeys)> {
        let keys = SessionKeys { nwk_s_key: self.nwk_s_key.clone()?, app_s_key: self.app_s_key.clone()? };
        Some((self.address?, keys)).filter(|_| self.enabled)
    }
}

impl Mac {
    /// Where the receiver of class C listens: the first group that has a place of its own decides, as in LoRaMac-node, else
    /// it is that of RX2.
    pub(super) fn class_c_tuning(&self) -> Tuning {
        let network = &self.parameters.network;
        let own = self.parameters.groups.iter().find(|group| group.enabled).and_then(|group| group.receive);
        let (frequency, data_rate) = own.unwrap_or((network.rx2_frequency, network.rx2_data_rate));
        Tuning { frequency, modulation: network.region().modulation(data_rate) }
    }

    /// Takes a frame that is none of the node's own session, if it is one of a group.
    pub(super) fn hear_group(&mut self, frame: &DataFrame, heard: &HeardFrame) {
        if self.parameters.class != Class::C {
            return;
        }
        let opened = self.parameters.groups.iter_mut().find_map(|group| {
            let message = group.open(frame, &self.defects)?;
            group.fcnt_down = message.fcnt.saturating_add(1);
            Some(message)
        });
        let Some(message) = opened else { return };
        // Only one that is broken takes a confirmed one.
        self.ack_due |= message.confirmed;
        let (rssi_dbm, snr_tenths) = (heard.rssi_dbm, heard.snr_decibel_tenths);
        self.last_signal = Some((rssi_dbm, snr_tenths / 10));
        let data_rate = self.parameters.network.region().data_rate(heard.frame.modulation, Direction::Down);
        self.tell(Event::Downlink(Downlink {
            slot: Slot::ClassC,
            group: true,
            rssi_dbm,
            snr_tenths,
            data_rate: data_rate.unwrap_or_default(),
            data: message.payload,
            ack: false,
            more_pending: false,
            link: None,
            ends_exchange: false,
        }));
    }
}
