//! One session: address, keys, counters, receive windows and channels.

use super::adr::AdrState;
use super::channels::Channels;
use super::config::WindowSettings;
use super::device::QueuedDownlink;
use std::collections::VecDeque;
use wire::air::lora::Hertz;
use wire::lorawan::eu868::{self, DataRate};
use wire::lorawan::mac::DownlinkCommand;
use wire::lorawan::{DevAddr, FOpts, Mic, SessionKeys};
use wire::time::Instant;

/// A channel that the device may use.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Channel {
    pub(super) uplink: Hertz,
    /// The RX1 frequency; DlChannelReq moves it.
    pub(super) downlink: Hertz,
    pub(super) min_data_rate: u8,
    pub(super) max_data_rate: u8,
}

impl Channel {
    pub(super) const fn usual(frequency: Hertz) -> Self {
        let rates = eu868::CHANNEL_DATA_RATES;
        Self {
            uplink: frequency,
            downlink: frequency,
            min_data_rate: *rates.start(),
            max_data_rate: *rates.end(),
        }
    }

    pub(super) const fn allows(&self, rate: DataRate) -> bool {
        self.min_data_rate <= rate.0 && rate.0 <= self.max_data_rate
    }
}

/// A confirmed downlink on its way: sent again it has the same counter, commands and payload.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Unacknowledged {
    pub(super) fcnt: u32,
    pub(super) item: QueuedDownlink,
    pub(super) f_opts: FOpts,
    pub(super) requests: Vec<DownlinkCommand>,
    /// How often it has been sent.
    pub(super) tries: u8,
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Session {
    pub(super) dev_addr: DevAddr,
    #[serde(with = "super::kept::keys")]
    pub(super) keys: SessionKeys,
    pub(super) joined_at: Instant,
    /// The last accepted uplink counter.
    pub(super) fcnt_up: Option<u32>,
    /// The MIC of that uplink: the same counter and MIC is a repetition.
    pub(super) last_mic: Option<Mic>,
    /// The counter of the next downlink.
    pub(super) fcnt_down: u32,
    pub(super) windows: WindowSettings,
    pub(super) rx2_frequency: Hertz,
    pub(super) channels: Channels,
    /// Answers to the device's MAC requests, for the next downlink.
    pub(super) answers: Vec<DownlinkCommand>,
    /// Requests to the device that have not been sent.
    pub(super) requests: VecDeque<DownlinkCommand>,
    /// Requests that were sent and that the next uplink should answer.
    pub(super) awaiting: Vec<DownlinkCommand>,
    /// Answers that the device must repeat until it hears a downlink, and none has been sent.
    pub(super) sticky: Vec<u8>,
    /// A confirmed downlink that waits for its ACK.
    pub(super) unacknowledged: Option<Unacknowledged>,
    pub(super) adr: AdrState,
}

impl Session {
    pub(super) fn new(
        dev_addr: DevAddr,
        keys: SessionKeys,
        joined_at: Instant,
        windows: WindowSettings,
        channels: Channels,
    ) -> Self {
        Self {
            dev_addr,
            keys,
            joined_at,
            fcnt_up: None,
            last_mic: None,
            fcnt_down: 0,
            windows,
            rx2_frequency: eu868::RX2_FREQUENCY,
            channels,
            answers: Vec::new(),
            requests: VecDeque::new(),
            awaiting: Vec::new(),
            sticky: Vec::new(),
            unacknowledged: None,
            adr: AdrState::default(),
        }
    }

    /// The channel on this frequency.
    pub(super) fn channel(&self, frequency: Hertz) -> Option<&Channel> {
        self.channels.values().find(|channel| channel.uplink == frequency)
    }
}
