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
    /// Whether the node by itself answers what a downlink asks for.
    SetAutomaticReply(bool),
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
}

/// The kind of an order, and what a dialect that has no command for it is said to lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderKind {
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
    /// [`Order::SetAutomaticReply`].
    SetAutomaticReply,
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
}

/// Each kind with its word for scripts and lab reports, and with what is lacking where a dialect has no command for it.
const KINDS: [(OrderKind, &str, &str); 26] = [
    (OrderKind::Version, "version", "its version"),
    (OrderKind::ReadDevEui, "dev-eui", "reading the DevEUI"),
    (OrderKind::SetDevEui, "set-dev-eui", "setting the DevEUI"),
    (OrderKind::SetAppEui, "set-app-eui", "setting the AppEUI"),
    (OrderKind::SetAppKey, "set-app-key", "setting the AppKey"),
    (OrderKind::SetSession, "personalisation", "setting a session (ABP)"),
    (OrderKind::Join, "join", "joining"),
    (OrderKind::Resume, "resume", "taking up a session that was set or saved"),
    (OrderKind::Send, "send", "sending"),
    (OrderKind::SetDataRate, "data-rate", "the data rate"),
    (OrderKind::SetAdr, "adr", "ADR"),
    (OrderKind::SetPower, "power-index", "the step of the power"),
    (OrderKind::SetRetransmissions, "retransmissions", "the number of retransmissions"),
    (OrderKind::SetSecondWindow, "second-window", "the second receive window"),
    (OrderKind::SetDelay, "receive-delay", "the delay of the receive windows"),
    (OrderKind::AskLinkCheck, "link-check", "link checks"),
    (OrderKind::ReadLinkCheck, "link-check-result", "the result of a link check"),
    (OrderKind::SetBattery, "battery", "the battery level of DevStatusAns"),
    (OrderKind::SetAutomaticReply, "automatic-reply", "automatic replies"),
    (OrderKind::SetUpCounter, "set-up-counter", "setting the uplink counter"),
    (OrderKind::ReadCounters, "counters", "reading the frame counters"),
    (OrderKind::SetClass, "class", "the class"),
    (OrderKind::Save, "save", "saving the session"),
    (OrderKind::Restart, "restart", "a restart"),
    (OrderKind::SetChannelShare, "channel-share", "the duty cycle of one channel"),
    (OrderKind::ReadKey, "read-key", "reading a key"),
];

impl OrderKind {
    /// The word for scripts.
    #[must_use]
    pub fn word(self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, word, _)| word)
    }

    /// What a dialect without a command for it lacks, after "has no command for".
    #[must_use]
    pub fn what(self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| *kind == self).map_or("", |(.., what)| what)
    }

    /// The kind with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        KINDS.iter().find(|(_, name, _)| *name == word).map(|(kind, ..)| *kind)
    }

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().map(|(kind, ..)| *kind)
    }
}

impl Order {
    /// What kind of order it is.
    #[must_use]
    pub const fn kind(&self) -> OrderKind {
        match self {
            Self::Version => OrderKind::Version,
            Self::ReadDevEui => OrderKind::ReadDevEui,
            Self::SetDevEui(_) => OrderKind::SetDevEui,
            Self::SetAppEui(_) => OrderKind::SetAppEui,
            Self::SetAppKey(_) => OrderKind::SetAppKey,
            Self::SetSession { .. } => OrderKind::SetSession,
            Self::Join => OrderKind::Join,
            Self::Resume => OrderKind::Resume,
            Self::Send(_) => OrderKind::Send,
            Self::SetDataRate(_) => OrderKind::SetDataRate,
            Self::SetAdr(_) => OrderKind::SetAdr,
            Self::SetPower(_) => OrderKind::SetPower,
            Self::SetRetransmissions(_) => OrderKind::SetRetransmissions,
            Self::SetSecondWindow { .. } => OrderKind::SetSecondWindow,
            Self::SetDelay(_) => OrderKind::SetDelay,
            Self::AskLinkCheck => OrderKind::AskLinkCheck,
            Self::ReadLinkCheck => OrderKind::ReadLinkCheck,
            Self::SetBattery(_) => OrderKind::SetBattery,
            Self::SetAutomaticReply(_) => OrderKind::SetAutomaticReply,
            Self::SetUpCounter(_) => OrderKind::SetUpCounter,
            Self::ReadCounters => OrderKind::ReadCounters,
            Self::SetClass(_) => OrderKind::SetClass,
            Self::Save => OrderKind::Save,
            Self::Restart => OrderKind::Restart,
            Self::SetChannelShare { .. } => OrderKind::SetChannelShare,
            Self::ReadKey(_) => OrderKind::ReadKey,
        }
    }
}
