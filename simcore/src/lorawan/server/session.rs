//! One session: address, keys, counters, receive windows and channels.

use super::adr::AdrState;
use super::channels::Channels;
use super::config::WindowSettings;
use super::device::QueuedDownlink;
use smallvec::SmallVec;
use std::collections::VecDeque;
use wire::air::lora::Hertz;
use wire::lorawan::mac::DownlinkCommand;
use wire::lorawan::region::ChannelSet;
use wire::lorawan::{DataRate, DevAddr, FOpts, Mic, PayloadRule, Region, SessionKeys};
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
    pub(super) const fn usual(region: &Region, frequency: Hertz) -> Self {
        let rates = &region.channel_data_rates;
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

/// A confirmed downlink on its way: sent again it is the same octets, or it has another counter.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Unacknowledged {
    pub(super) fcnt: u32,
    pub(super) item: QueuedDownlink,
    pub(super) f_opts: FOpts,
    pub(super) requests: Vec<DownlinkCommand>,
    /// How often it has been sent.
    pub(super) tries: u8,
    /// Its ACK bit.
    #[serde(default)]
    pub(super) ack: bool,
    /// Its FPending bit.
    #[serde(default)]
    pub(super) f_pending: bool,
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
    /// Channels that the network added, and those of the region unless all are fixed.
    pub(super) channels: Channels,
    /// The fixed channels that the device has on, as far as its answers say.
    #[serde(default)]
    pub(super) enabled: ChannelSet,
    /// Uplinks last 400 ms at most.
    #[serde(default)]
    pub(super) uplink_dwell: bool,
    /// Downlinks last 400 ms at most.
    #[serde(default)]
    pub(super) downlink_dwell: bool,
    /// Answers to the device's MAC requests, for the next downlink.
    pub(super) answers: Vec<DownlinkCommand>,
    /// Requests to the device that have not been sent.
    pub(super) requests: VecDeque<DownlinkCommand>,
    /// Requests that were sent and that the next uplink should answer.
    pub(super) awaiting: Vec<DownlinkCommand>,
    /// Requests that the next uplink did not answer. The answer may be late, for want of room, and then it counts.
    #[serde(default)]
    pub(super) unanswered: Vec<DownlinkCommand>,
    /// Answers that the device must repeat until it hears a downlink, and none has been sent.
    pub(super) sticky: Vec<u8>,
    /// A confirmed downlink that waits for its ACK.
    pub(super) unacknowledged: Option<Unacknowledged>,
    pub(super) adr: AdrState,
}

/// How far a session's uplinks are, which is what decides whose a frame is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count<'a> {
    pub(super) keys: &'a SessionKeys,
    /// The last accepted uplink counter.
    pub(super) fcnt_up: Option<u32>,
    /// The MIC of that uplink.
    pub(super) last_mic: Option<Mic>,
}

impl Session {
    pub(super) fn new(
        region: &Region,
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
            rx2_frequency: region.rx2_frequency,
            channels,
            enabled: if region.is_fixed() { region.all_channels() } else { ChannelSet::default() },
            uplink_dwell: region.starts_in_dwell(),
            downlink_dwell: region.starts_in_dwell(),
            answers: Vec::new(),
            requests: VecDeque::new(),
            awaiting: Vec::new(),
            unanswered: Vec::new(),
            sticky: Vec::new(),
            unacknowledged: None,
            adr: AdrState::default(),
        }
    }

    pub(super) const fn count(&self) -> Count<'_> {
        Count { keys: &self.keys, fcnt_up: self.fcnt_up, last_mic: self.last_mic }
    }

    /// The channel on this frequency.
    pub(super) fn channel(&self, region: &Region, frequency: Hertz) -> Option<Channel> {
        if !region.is_fixed() {
            return self.channels.values().find(|channel| channel.uplink == frequency).copied();
        }
        region.channel_on(frequency).map(|channel| Channel {
            uplink: frequency,
            downlink: region.rx1_frequency(frequency),
            min_data_rate: channel.min_data_rate,
            max_data_rate: channel.max_data_rate,
        })
    }

    /// The channel on this frequency, as it is and as the device may have it since a request whose answer has not come: the
    /// answer itself may come on the new one.
    pub(super) fn possible_channels(&self, region: &Region, frequency: Hertz) -> SmallVec<[Channel; 2]> {
        let asked = self.may_be_taken().filter_map(|request| {
            let DownlinkCommand::NewChannelReq { frequency: asked, min_data_rate, max_data_rate, .. } =
                *request
            else {
                return None;
            };
            let channel = Channel { min_data_rate, max_data_rate, ..Channel::usual(region, asked) };
            Some(channel).filter(|_| asked == frequency && !region.is_fixed())
        });
        self.channel(region, frequency).into_iter().chain(asked).collect()
    }

    /// Requests that the device may have taken: those that were sent and not answered.
    fn may_be_taken(&self) -> impl Iterator<Item = &DownlinkCommand> {
        self.awaiting.iter().chain(&self.unanswered)
    }

    /// The numbers of the channels that the device has on.
    pub(super) fn channels_on(&self, region: &Region) -> ChannelSet {
        if region.is_fixed() {
            self.enabled
        } else {
            self.channels.keys().copied().map(usize::from).collect()
        }
    }

    /// Which limits of length hold for uplinks: the looser ones while the device may have taken a request and its answer
    /// has not come, which is the very uplink with the answer too.
    pub(super) fn uplink_rule(&self) -> PayloadRule {
        let freed = |request: &DownlinkCommand| {
            matches!(request, DownlinkCommand::TxParamSetupReq { uplink_dwell: false, .. })
        };
        PayloadRule::with_dwell(self.uplink_dwell && !self.may_be_taken().any(freed))
    }

    /// Which limits of length hold for downlinks.
    pub(super) const fn downlink_rule(&self) -> PayloadRule {
        PayloadRule::with_dwell(self.downlink_dwell)
    }
}
