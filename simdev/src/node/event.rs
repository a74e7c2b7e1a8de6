//! What the MAC tells the serial side. Each console words it in its own way and leaves out what its module never says.

use super::requests::LinkQuality;
use wire::lorawan::{DataRate, PortPayload};

/// Something that the host may be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A session is open.
    Joined,
    /// The join-request got no answer.
    JoinFailed,
    /// A frame for this node was heard.
    Downlink(Downlink),
    /// An uplink with all its repetitions is over.
    Done(Done),
}

/// Where a downlink was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Rx1,
    Rx2,
    /// Outside the windows of class A.
    ClassC,
}

/// A downlink that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Downlink {
    pub slot: Slot,
    /// It came to a multicast group that the node is in.
    pub group: bool,
    pub rssi_dbm: i16,
    /// Tenths of a dB.
    pub snr_tenths: i16,
    pub data_rate: DataRate,
    /// Application data that the host has not had yet.
    pub data: Option<PortPayload>,
    pub ack: bool,
    pub more_pending: bool,
    /// The answer to a LinkCheckReq, where it carried one.
    pub link: Option<LinkQuality>,
    /// The exchange ends with it; its [`Done`] follows.
    pub ends_exchange: bool,
}

impl Downlink {
    /// The SNR in whole dB, as most modules give it.
    pub(super) const fn snr(&self) -> i16 {
        self.snr_tenths / 10
    }
}

/// How an uplink ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Done {
    pub confirmed: bool,
    /// The host did not ask for it.
    pub unasked: bool,
    /// A confirmed uplink was acknowledged.
    pub acknowledged: bool,
}

impl Done {
    /// Whether there is nothing to complain about.
    pub(super) const fn is_good(self) -> bool {
        self.acknowledged || !self.confirmed
    }
}
