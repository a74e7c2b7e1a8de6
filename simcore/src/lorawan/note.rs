//! What the LoRaWAN core decided, for a test to ask for and a person to read.
//!
//! A note has a stable code, a subject and a sentence. It never shows a key.

use super::link::{TxAck, Window};
use std::fmt;
use wire::air::lora::{Hertz, Modulation};
use wire::id::Eui64;
use wire::lorawan::mac::{DownlinkCommand, MacError, UplinkCommand};
use wire::lorawan::{DataRate, DevAddr, DevNonce, FrameError};
use wire::time::{Duration, Instant};

/// A decision of the network or join server, or of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LorawanNote {
    /// A gateway that is not registered sent something; it is not served.
    GatewayUnknown {
        /// The gateway.
        gateway: Eui64,
    },
    /// A door did not serve a datagram or message, or a frame in it.
    GatewayRefused {
        /// The gateway, where that can be told.
        gateway: Option<Eui64>,
        /// The address that it came from.
        peer: String,
        /// What is wrong.
        why: String,
    },
    /// What says that it is of a gateway came in clear, while the gateway's backhaul is a tunnel.
    GatewayOutsideTunnel {
        /// The gateway that it names.
        gateway: Eui64,
        /// The address that it came from.
        peer: String,
        /// The addresses of the tunnel, as a prefix.
        tunnel: String,
    },
    /// What nobody could serve came too fast, and was dropped at the door.
    GatewayFlood {
        /// How many datagrams since the last note.
        datagrams: u64,
    },
    /// A gateway outside will use more of its backhaul than it may, both ways.
    GatewayOverPlan {
        /// The gateway.
        gateway: Eui64,
        /// Octets in 30 days that go on as measured.
        octets: u64,
        /// Octets that it may use.
        plan: u64,
    },
    /// Something about a gateway.
    Gateway {
        /// The gateway.
        gateway: Eui64,
        /// What.
        event: GatewayEvent,
    },
    /// A gateway's antenna heard a frame that the gateway could not receive.
    GatewayMissed {
        /// The gateway.
        gateway: Eui64,
        /// Carrier frequency of the frame.
        frequency: Hertz,
        /// Its modulation.
        modulation: Modulation,
        /// Why.
        why: MissReason,
    },
    /// A frame whose shape is wrong.
    FrameMalformed {
        /// The best gateway that heard it.
        gateway: Eui64,
        /// What is wrong.
        error: FrameError,
    },
    /// A proprietary frame, or one that only a network sends.
    FrameUnexpected {
        /// The best gateway that heard it.
        gateway: Eui64,
    },
    /// A join-request was not answered.
    JoinRefused {
        /// Who asked.
        dev_eui: Eui64,
        /// With which nonce.
        dev_nonce: DevNonce,
        /// Why not.
        cause: JoinRefusal,
    },
    /// A join-accept was made.
    JoinAccepted {
        /// Who asked.
        dev_eui: Eui64,
        /// With which nonce.
        dev_nonce: DevNonce,
        /// The address given.
        dev_addr: DevAddr,
    },
    /// The first valid uplink under new keys: the old session is gone.
    SessionStarted {
        /// The device.
        dev_eui: Eui64,
        /// Its address.
        dev_addr: DevAddr,
    },
    /// An authentic new uplink.
    UplinkAccepted {
        /// The device.
        dev_eui: Eui64,
        /// The whole counter.
        fcnt: u32,
        /// FPort, where there is one.
        f_port: Option<u8>,
        /// How many gateways heard it.
        gateways: usize,
    },
    /// A device that may begin anew did so.
    CounterReset {
        /// The device.
        dev_eui: Eui64,
        /// Where it begins.
        fcnt: u32,
    },
    /// The last uplink again: it is answered, and not delivered twice.
    UplinkRepeated {
        /// The device.
        dev_eui: Eui64,
        /// The whole counter.
        fcnt: u32,
    },
    /// An uplink that is not served.
    UplinkRefused {
        /// Who it is from, as far as that is known.
        sender: Sender,
        /// Why not.
        cause: UplinkRefusal,
    },
    /// No session has the address.
    UplinkUnknownDevAddr {
        /// The address.
        dev_addr: DevAddr,
    },
    /// A MAC command of the device.
    MacReceived {
        /// The device.
        dev_eui: Eui64,
        /// The command.
        command: UplinkCommand,
    },
    /// A request that the device took or refused.
    MacAnswered {
        /// The device.
        dev_eui: Eui64,
        /// What was asked.
        request: DownlinkCommand,
        /// Whether all of it was taken.
        applied: bool,
    },
    /// A request that the next uplink did not answer; it is dropped.
    MacUnanswered {
        /// The device.
        dev_eui: Eui64,
        /// What was asked.
        request: DownlinkCommand,
    },
    /// An answer to nothing that was asked.
    MacUnasked {
        /// The device.
        dev_eui: Eui64,
        /// The answer.
        command: UplinkCommand,
    },
    /// An answer that the device must give again until it hears a downlink was missing, and none had been sent.
    MacNotRepeated {
        /// The device.
        dev_eui: Eui64,
        /// The command's CID.
        id: u8,
    },
    /// MAC commands that could not be read to their end.
    MacUnreadable {
        /// The device.
        dev_eui: Eui64,
        /// What is wrong.
        error: MacError,
    },
    /// A gateway took a downlink.
    DownlinkSent {
        /// The device.
        dev_eui: Eui64,
        /// The gateway.
        gateway: Eui64,
        /// The receive window; none for class C at once.
        window: Option<Window>,
        /// What it carries.
        kind: SentKind,
    },
    /// The way that would have been the first is closed, and the server takes another.
    DownlinkMoved {
        /// The device.
        dev_eui: Eui64,
        /// The gateway of the closed way.
        gateway: Eui64,
        /// What closes it.
        obstacle: Obstacle,
    },
    /// A gateway refused, and another way is tried.
    DownlinkRetried {
        /// The device.
        dev_eui: Eui64,
        /// The gateway that refused.
        gateway: Eui64,
        /// Its word.
        error: TxAck,
        /// For TOO_LATE and TOO_EARLY, by how much the request missed the window, as far as the server can tell.
        missed_by: Option<Duration>,
        /// The gateway that is asked now.
        by: Eui64,
        /// The receive window; none for class C at once.
        window: Option<Window>,
    },
    /// A downlink did not go out.
    DownlinkFailed {
        /// The device.
        dev_eui: Eui64,
        /// Why.
        cause: DownlinkFailure,
    },
    /// The device acknowledged a confirmed downlink.
    DownlinkAcknowledged {
        /// The device.
        dev_eui: Eui64,
        /// Its counter.
        fcnt: u32,
    },
    /// The uplink after a confirmed downlink did not acknowledge it.
    DownlinkNotAcknowledged {
        /// The device.
        dev_eui: Eui64,
        /// Its counter.
        fcnt: u32,
        /// How often it has been sent.
        tries: u8,
        /// Whether that was the last try; else it is sent again with the same counter.
        given_up: bool,
    },
    /// What became of a gateway's copy of a multicast message.
    Multicast {
        /// McAddr.
        address: DevAddr,
        /// The group's counter.
        fcnt: u32,
        /// The gateway.
        gateway: Eui64,
        /// What became of it.
        fate: MulticastFate,
    },
}

/// What became of a gateway's copy of a multicast message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MulticastFate {
    /// The gateway took it.
    Sent,
    /// The gateway refused it with this word.
    Refused(TxAck),
    /// It could not be asked.
    Blocked(Obstacle),
}

/// Why the server does not ask a gateway to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It sends something else then, by order of this server.
    Busy,
    /// It has used up the band.
    DutyCycle(DutyCycleBreach),
    /// It is no longer registered.
    NotServed,
    /// Nothing has come from it for too long.
    Offline,
}

/// How a wrong MIC could have come about: what else it fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MicFits {
    /// A join-request under the registered AppKey with its octets in reverse.
    AppKeyReversed,
    /// A join-request under the AppKey that was registered before.
    FormerAppKey,
    /// A data frame under the AppSKey, where the NwkSKey belongs.
    AppSKey,
    /// A data frame under the AppKey, where the NwkSKey belongs.
    AppKey,
    /// A data frame whose sender counts with 16 bits only.
    SixteenBits,
    /// A data frame whose counter is some 65536 further on.
    AnotherHighHalf,
}

/// Why a gateway could not receive what its antenna heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissReason {
    /// No demodulator listens on this frequency and bandwidth.
    OutsidePlan,
    /// It was sending.
    Sending,
    /// All demodulators of the concentrator were busy when it began.
    Demodulators,
}

/// Why a join-request is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinRefusal {
    /// The DevEUI is not registered.
    UnknownDevice,
    /// The device is registered under another AppEUI.
    WrongAppEui {
        /// What the request says.
        got: Eui64,
    },
    /// The MIC does not fit the registered AppKey.
    WrongMic {
        /// What it fits instead.
        fits: Option<MicFits>,
    },
    /// The DevNonce was used before.
    DevNonceUsed {
        /// When.
        at: Instant,
    },
    /// Not on one of the join channels.
    WrongChannel {
        /// Where.
        frequency: Hertz,
    },
    /// Not with a data rate of the join channels.
    WrongDataRate {
        /// With which.
        modulation: Modulation,
    },
    /// The device has used up its band.
    DutyCycle(DutyCycleBreach),
}

/// Who sent an uplink that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The MIC, or an address that only one device has, tells which device it is.
    Device(Eui64),
    /// Only the address is known.
    Address(DevAddr),
}

/// Why an uplink is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UplinkRefusal {
    /// The MIC fits no session with this address.
    WrongMic {
        /// How many sessions have the address.
        sessions: usize,
        /// What it fits instead.
        fits: Option<MicFits>,
    },
    /// The frame belongs to a session that a newer one has replaced.
    SessionEnded {
        /// When the newer one began.
        at: Instant,
    },
    /// The counter was used before.
    Replay {
        /// The counter of the frame.
        fcnt: u32,
        /// The last one that was accepted.
        last: u32,
    },
    /// The counter jumped by MAX_FCNT_GAP or more.
    CounterGap {
        /// The counter of the frame.
        fcnt: u32,
        /// The last one that was accepted.
        last: Option<u32>,
    },
    /// Not one of the device's channels.
    WrongChannel {
        /// Where.
        frequency: Hertz,
    },
    /// Not a data rate of the channel.
    WrongDataRate {
        /// With which.
        modulation: Modulation,
    },
    /// More payload than the data rate allows.
    TooLong {
        /// FOpts and FRMPayload.
        got: usize,
        /// The most that is allowed.
        limit: usize,
        /// At this data rate.
        data_rate: DataRate,
    },
    /// The device has used up its band.
    DutyCycle(DutyCycleBreach),
}

/// A device sent for longer than its band allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DutyCycleBreach {
    /// Time on air in the last hour, this frame included.
    pub used: Duration,
    /// What the band allows in an hour.
    pub allowed: Duration,
}

/// What a downlink carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentKind {
    /// A join-accept.
    JoinAccept,
    /// A data frame.
    Data {
        /// The whole counter.
        fcnt: u32,
        /// FPort, where there is one.
        f_port: Option<u8>,
        /// Whether the device is asked to acknowledge.
        confirmed: bool,
        /// Whether it acknowledges an uplink.
        ack: bool,
    },
}

/// Why a downlink did not go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownlinkFailure {
    /// The gateway refused every window.
    Gateway {
        /// The gateway.
        gateway: Eui64,
        /// Its last word.
        error: TxAck,
        /// For TOO_LATE and TOO_EARLY, by how much the request missed the window, as far as the server can tell.
        missed_by: Option<Duration>,
    },
    /// No gateway could be asked.
    Blocked {
        /// The one that would have been the first.
        gateway: Eui64,
        /// What is in its way.
        obstacle: Obstacle,
    },
    /// The gateway did not say what became of it.
    NoTxAck {
        /// The gateway.
        gateway: Eui64,
    },
    /// The window's data rate is FSK or reserved, which no gateway of this core sends.
    NotLora {
        /// The data rate.
        data_rate: DataRate,
    },
    /// The last counter of the session is used. One is never used twice with the same keys, so only a new join helps.
    CounterAtEnd,
    /// The payload does not fit the data rate that the uplink leaves; it is dropped.
    TooLong {
        /// Octets of FRMPayload.
        got: usize,
        /// The most that is allowed.
        limit: usize,
    },
}

impl LorawanNote {
    /// The stable name of the decision.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::GatewayUnknown { .. } => "gateway-unknown",
            Self::GatewayRefused { .. } => "gateway-refused",
            Self::GatewayOutsideTunnel { .. } => "gateway-outside-tunnel",
            Self::GatewayFlood { .. } => "gateway-flood",
            Self::GatewayOverPlan { .. } => "gateway-over-plan",
            Self::Gateway { event, .. } => event.code(),
            Self::GatewayMissed { why: MissReason::OutsidePlan, .. } => "gateway-missed-outside-plan",
            Self::GatewayMissed { why: MissReason::Sending, .. } => "gateway-missed-while-sending",
            Self::GatewayMissed { why: MissReason::Demodulators, .. } => "gateway-missed-without-demodulator",
            Self::FrameMalformed { .. } => "frame-malformed",
            Self::FrameUnexpected { .. } => "frame-unexpected",
            Self::JoinRefused { cause, .. } => cause.code(),
            Self::JoinAccepted { .. } => "join-accepted",
            Self::SessionStarted { .. } => "session-started",
            Self::UplinkAccepted { .. } => "uplink-accepted",
            Self::CounterReset { .. } => "counter-reset",
            Self::UplinkRepeated { .. } => "uplink-repeated",
            Self::UplinkRefused { cause, .. } => cause.code(),
            Self::UplinkUnknownDevAddr { .. } => "uplink-unknown-dev-addr",
            Self::MacReceived { .. } => "mac-received",
            Self::MacAnswered { applied: true, .. } => "mac-request-applied",
            Self::MacAnswered { applied: false, .. } => "mac-request-refused",
            Self::MacUnanswered { .. } => "mac-request-unanswered",
            Self::MacUnasked { .. } => "mac-answer-unasked",
            Self::MacNotRepeated { .. } => "mac-answer-not-repeated",
            Self::MacUnreadable { .. } => "mac-unreadable",
            Self::DownlinkSent { .. } => "downlink-sent",
            Self::DownlinkMoved { .. } => "downlink-moved",
            Self::DownlinkRetried { .. } => "downlink-retried",
            Self::DownlinkFailed { .. } => "downlink-failed",
            Self::DownlinkAcknowledged { .. } => "downlink-acknowledged",
            Self::DownlinkNotAcknowledged { .. } => "downlink-not-acknowledged",
            Self::Multicast { fate: MulticastFate::Sent, .. } => "multicast-sent",
            Self::Multicast { fate: MulticastFate::Refused(_), .. } => "multicast-refused",
            Self::Multicast { fate: MulticastFate::Blocked(_), .. } => "multicast-blocked",
        }
    }

    /// Whom it is about: a DevEUI, a gateway EUI, or a DevAddr where no device is known.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::GatewayRefused { gateway: None, peer, .. } => peer.clone(),
            Self::GatewayFlood { .. } => "gateways".to_owned(),
            Self::GatewayUnknown { gateway }
            | Self::GatewayRefused { gateway: Some(gateway), .. }
            | Self::GatewayOutsideTunnel { gateway, .. }
            | Self::GatewayOverPlan { gateway, .. }
            | Self::Gateway { gateway, .. }
            | Self::GatewayMissed { gateway, .. }
            | Self::FrameMalformed { gateway, .. }
            | Self::FrameUnexpected { gateway } => gateway.to_string(),
            Self::JoinRefused { dev_eui, .. }
            | Self::JoinAccepted { dev_eui, .. }
            | Self::SessionStarted { dev_eui, .. }
            | Self::UplinkAccepted { dev_eui, .. }
            | Self::CounterReset { dev_eui, .. }
            | Self::UplinkRepeated { dev_eui, .. }
            | Self::MacReceived { dev_eui, .. }
            | Self::MacAnswered { dev_eui, .. }
            | Self::MacUnanswered { dev_eui, .. }
            | Self::MacUnasked { dev_eui, .. }
            | Self::MacNotRepeated { dev_eui, .. }
            | Self::MacUnreadable { dev_eui, .. }
            | Self::DownlinkSent { dev_eui, .. }
            | Self::DownlinkMoved { dev_eui, .. }
            | Self::DownlinkRetried { dev_eui, .. }
            | Self::DownlinkFailed { dev_eui, .. }
            | Self::DownlinkAcknowledged { dev_eui, .. }
            | Self::DownlinkNotAcknowledged { dev_eui, .. } => dev_eui.to_string(),
            Self::UplinkRefused { sender: Sender::Device(dev_eui), .. } => dev_eui.to_string(),
            Self::UplinkRefused { sender: Sender::Address(dev_addr), .. }
            | Self::UplinkUnknownDevAddr { dev_addr } => dev_addr.to_string(),
            Self::Multicast { address, .. } => address.to_string(),
        }
    }
}

impl JoinRefusal {
    const fn code(self) -> &'static str {
        match self {
            Self::UnknownDevice => "join-refused-unknown-device",
            Self::WrongAppEui { .. } => "join-refused-wrong-app-eui",
            Self::WrongMic { .. } => "join-refused-wrong-mic",
            Self::DevNonceUsed { .. } => "join-refused-dev-nonce-used",
            Self::WrongChannel { .. } => "join-refused-wrong-channel",
            Self::WrongDataRate { .. } => "join-refused-wrong-data-rate",
            Self::DutyCycle(_) => "join-refused-duty-cycle",
        }
    }
}

impl UplinkRefusal {
    const fn code(self) -> &'static str {
        match self {
            Self::WrongMic { .. } => "uplink-refused-wrong-mic",
            Self::SessionEnded { .. } => "uplink-refused-session-ended",
            Self::Replay { .. } => "uplink-refused-replay",
            Self::CounterGap { .. } => "uplink-refused-counter-gap",
            Self::WrongChannel { .. } => "uplink-refused-wrong-channel",
            Self::WrongDataRate { .. } => "uplink-refused-wrong-data-rate",
            Self::TooLong { .. } => "uplink-refused-too-long",
            Self::DutyCycle(_) => "uplink-refused-duty-cycle",
        }
    }
}

mod gateway;
mod text;

pub use gateway::GatewayEvent;

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(dev_eui) => write!(f, "device {dev_eui}"),
            Self::Address(dev_addr) => write!(f, "DevAddr {dev_addr}"),
        }
    }
}
