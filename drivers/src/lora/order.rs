//! What a host may want of a node, whatever the words of the node's dialect.

use wire::id::{Eui64, Key};
use wire::lorawan::DevAddr;

/// A LoRaWAN class (LoRaWAN 1.0.2 clause 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Listens after its uplinks.
    A,
    /// Listens at the slots of a beacon.
    B,
    /// Listens always.
    C,
}

impl Class {
    /// Its letter.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::A => 'A',
            Self::B => 'B',
            Self::C => 'C',
        }
    }
}

/// A key that a node may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyName {
    /// `AppKey`.
    AppKey,
    /// `NwkSKey`.
    NwkSKey,
    /// `AppSKey`.
    AppSKey,
}

impl KeyName {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::AppKey, Self::NwkSKey, Self::AppSKey];

    /// As every dialect spells it, in lower case.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AppKey => "appkey",
            Self::NwkSKey => "nwkskey",
            Self::AppSKey => "appskey",
        }
    }
}

/// An uplink as the host asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uplink {
    /// Whether the network is to acknowledge it.
    pub confirmed: bool,
    /// FPort. Port 0 and ports above 223 are the node's to refuse.
    pub port: u16,
    /// FRMPayload in clear.
    pub payload: Vec<u8>,
}

/// One order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// What the module says of itself.
    Version,
    /// The DevEUI that it uses.
    ReadDevEui,
    /// Sets the DevEUI.
    SetDevEui(Eui64),
    /// Sets the AppEUI.
    SetAppEui(Eui64),
    /// Sets the AppKey.
    SetAppKey(Key),
    /// Sets the session of a node that does not join (ABP).
    SetSession {
        /// Its address.
        dev_addr: DevAddr,
        /// NwkSKey.
        nwk_s_key: Key,
        /// AppSKey.
        app_s_key: Key,
    },
    /// Joins over the air, with one join-request.
    Join,
    /// Takes up the session that was set, or was saved.
    Resume,
    /// Sends an uplink.
    Send(Uplink),
    /// Sets the data rate.
    SetDataRate(u8),
    /// ADR on or off.
    SetAdr(bool),
    /// Sets the step of the power as the node counts it.
    SetPower(u8),
    /// How often a confirmed uplink without an acknowledgement is sent again.
    SetRetransmissions(u8),
    /// Sets the second receive window.
    SetSecondWindow {
        /// Data rate.
        data_rate: u8,
        /// Frequency in Hz.
        frequency: u32,
    },
    /// Sets RECEIVE_DELAY1 in seconds.
    SetDelay(u8),
    /// Asks for a link check with one of the next uplinks.
    AskLinkCheck,
    /// The margin and the number of gateways of the last link check.
    ReadLinkCheck,
    /// The battery level of DevStatusAns, which the host measures.
    SetBattery(u8),
    /// By itself answers a confirmed downlink, and asks for more when more waits.
    ReplyByItself,
    /// Sends nothing but what the host asks for.
    StaySilent,
    /// Sets the counter of the next uplink.
    SetUpCounter(u32),
    /// The counters of the next uplink and of the last downlink.
    ReadCounters,
    /// Sets the class.
    SetClass(Class),
    /// Keeps session and settings over a power cycle.
    Save,
    /// Starts anew.
    Restart,
    /// The share of time that one channel may be used, as one part in `parts`.
    SetChannelShare {
        /// Index of the channel.
        channel: u8,
        /// Parts.
        parts: u16,
    },
    /// Shows a key, where the dialect has a command for it.
    ReadKey(KeyName),
    /// Becomes a member of a multicast group, whose counter begins at zero. Its messages are heard in class C, on the parameters
    /// of RX2 (LoRaWAN 1.0.2 clause 17.3).
    JoinGroup {
        /// McAddr.
        address: DevAddr,
        /// McNwkSKey.
        nwk_s_key: Key,
        /// McAppSKey.
        app_s_key: Key,
    },
    /// Is a member no longer.
    LeaveGroup(DevAddr),
}

/// What a dialect may lack: a command for an order of this kind, or telling something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skill {
    /// [`Order::Version`].
    Version,
    /// [`Order::ReadDevEui`].
    ReadDevEui,
    /// [`Order::SetDevEui`].
    SetDevEui,
    /// [`Order::SetAppEui`].
    SetAppEui,
    /// [`Order::SetAppKey`].
    SetAppKey,
    /// [`Order::SetSession`].
    SetSession,
    /// [`Order::Join`].
    Join,
    /// [`Order::Resume`].
    Resume,
    /// [`Order::Send`].
    Send,
    /// [`Order::SetDataRate`].
    SetDataRate,
    /// [`Order::SetAdr`].
    SetAdr,
    /// [`Order::SetPower`].
    SetPower,
    /// [`Order::SetRetransmissions`].
    SetRetransmissions,
    /// [`Order::SetSecondWindow`].
    SetSecondWindow,
    /// [`Order::SetDelay`].
    SetDelay,
    /// [`Order::AskLinkCheck`].
    AskLinkCheck,
    /// [`Order::ReadLinkCheck`].
    ReadLinkCheck,
    /// [`Order::SetBattery`].
    SetBattery,
    /// [`Order::ReplyByItself`].
    ReplyByItself,
    /// [`Order::StaySilent`].
    StaySilent,
    /// [`Order::SetUpCounter`].
    SetUpCounter,
    /// [`Order::ReadCounters`].
    ReadCounters,
    /// [`Order::SetClass`].
    SetClass,
    /// [`Order::Save`].
    Save,
    /// [`Order::Restart`].
    Restart,
    /// [`Order::SetChannelShare`].
    SetChannelShare,
    /// [`Order::ReadKey`].
    ReadKey,
    /// [`Order::JoinGroup`].
    JoinGroup,
    /// [`Order::LeaveGroup`].
    LeaveGroup,
    /// That a join failed is told.
    JoinFailure,
    /// That an uplink and its windows are over is told.
    UplinkEnd,
    /// A join that may not be sent yet is kept until it may, and not refused.
    KeepJoin,
}

/// Each with its word for scripts, and with what is lacking where a dialect does not have it.
const SKILLS: [(Skill, &str, &str); 32] = [
    (Skill::Version, "version", "its version"),
    (Skill::ReadDevEui, "dev-eui", "reading the DevEUI"),
    (Skill::SetDevEui, "set-dev-eui", "setting the DevEUI"),
    (Skill::SetAppEui, "set-app-eui", "setting the AppEUI"),
    (Skill::SetAppKey, "set-app-key", "setting the AppKey"),
    (Skill::SetSession, "personalisation", "setting a session (ABP)"),
    (Skill::Join, "join", "joining"),
    (Skill::Resume, "resume", "taking up a session that was set or saved"),
    (Skill::Send, "send", "sending"),
    (Skill::SetDataRate, "data-rate", "the data rate"),
    (Skill::SetAdr, "adr", "ADR"),
    (Skill::SetPower, "power-step", "the step of the power"),
    (Skill::SetRetransmissions, "retransmissions", "the number of retransmissions"),
    (Skill::SetSecondWindow, "second-window", "the second receive window"),
    (Skill::SetDelay, "receive-delay", "the delay of the receive windows"),
    (Skill::AskLinkCheck, "link-check", "link checks"),
    (Skill::ReadLinkCheck, "link-check-result", "the result of a link check"),
    (Skill::SetBattery, "battery", "the battery level of DevStatusAns"),
    (Skill::ReplyByItself, "automatic-reply", "automatic replies"),
    (Skill::StaySilent, "silence", "holding back its own replies to downlinks"),
    (Skill::SetUpCounter, "set-up-counter", "setting the uplink counter"),
    (Skill::ReadCounters, "counters", "reading the frame counters"),
    (Skill::SetClass, "class", "the class"),
    (Skill::Save, "save", "saving the session"),
    (Skill::Restart, "restart", "a restart"),
    (Skill::SetChannelShare, "channel-share", "the duty cycle of one channel"),
    (Skill::ReadKey, "read-key", "reading a key"),
    (Skill::JoinGroup, "join-group", "joining a multicast group"),
    (Skill::LeaveGroup, "leave-group", "leaving a multicast group"),
    (Skill::JoinFailure, "join-failure", "a join that failed"),
    (Skill::UplinkEnd, "uplink-end", "the end of an uplink"),
    (Skill::KeepJoin, "keep-join", "a join that waits until it may be sent"),
];

impl Skill {
    /// The word for scripts.
    #[must_use]
    pub fn word(self) -> &'static str {
        SKILLS.iter().find(|(skill, ..)| *skill == self).map_or("", |(_, word, _)| word)
    }

    /// What a dialect without it lacks, after "has no command or report for".
    #[must_use]
    pub fn what(self) -> &'static str {
        SKILLS.iter().find(|(skill, ..)| *skill == self).map_or("", |(.., what)| what)
    }

    /// The one with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        SKILLS.iter().find(|(_, name, _)| *name == word).map(|(skill, ..)| *skill)
    }

    /// Every one.
    pub fn all() -> impl Iterator<Item = Self> {
        SKILLS.iter().map(|(skill, ..)| *skill)
    }
}

impl Order {
    /// What a dialect must have for it.
    #[must_use]
    pub const fn skill(&self) -> Skill {
        match self {
            Self::Version => Skill::Version,
            Self::ReadDevEui => Skill::ReadDevEui,
            Self::SetDevEui(_) => Skill::SetDevEui,
            Self::SetAppEui(_) => Skill::SetAppEui,
            Self::SetAppKey(_) => Skill::SetAppKey,
            Self::SetSession { .. } => Skill::SetSession,
            Self::Join => Skill::Join,
            Self::Resume => Skill::Resume,
            Self::Send(_) => Skill::Send,
            Self::SetDataRate(_) => Skill::SetDataRate,
            Self::SetAdr(_) => Skill::SetAdr,
            Self::SetPower(_) => Skill::SetPower,
            Self::SetRetransmissions(_) => Skill::SetRetransmissions,
            Self::SetSecondWindow { .. } => Skill::SetSecondWindow,
            Self::SetDelay(_) => Skill::SetDelay,
            Self::AskLinkCheck => Skill::AskLinkCheck,
            Self::ReadLinkCheck => Skill::ReadLinkCheck,
            Self::SetBattery(_) => Skill::SetBattery,
            Self::ReplyByItself => Skill::ReplyByItself,
            Self::StaySilent => Skill::StaySilent,
            Self::SetUpCounter(_) => Skill::SetUpCounter,
            Self::ReadCounters => Skill::ReadCounters,
            Self::SetClass(_) => Skill::SetClass,
            Self::Save => Skill::Save,
            Self::Restart => Skill::Restart,
            Self::SetChannelShare { .. } => Skill::SetChannelShare,
            Self::ReadKey(_) => Skill::ReadKey,
            Self::JoinGroup { .. } => Skill::JoinGroup,
            Self::LeaveGroup(_) => Skill::LeaveGroup,
        }
    }
}
