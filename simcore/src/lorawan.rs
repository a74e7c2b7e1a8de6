//! The private LoRaWAN network: gateways, network server and join server (LoRaWAN 1.0.2, EU863-870).
//!
//! A [`Gateway`] turns what a radio hears into uplinks with the count of its own clock, and sends downlinks at a count.
//! The [`NetworkServer`] knows gateways only by their EUI, so that simulated and real ones look the same to it. Every
//! refusal is a [`LorawanNote`] with its cause. Not here: class B and roaming.

mod gateway;
mod link;
mod note;
mod server;

pub use gateway::{ChannelPlan, Gateway, GatewayOutput, PacketForwarder, Stream, Taken, UnknownPlan};
pub use link::{GatewayDownlink, GatewayUplink, Reception, TxAck, UplinkMessage, When, Window};
pub use note::{
    DownlinkFailure, DutyCycleBreach, GatewayEvent, JoinRefusal, LorawanNote, MicFits, MissReason,
    MulticastFate, Obstacle, Sender, SentKind, UplinkRefusal,
};
pub use server::{
    AlreadyRegistered, Backhaul, Class, CounterRule, DeviceConfig, DeviceStatus, DownlinkError,
    GatewayConfig, Location, MONTHLY_PLAN, MulticastError, MulticastGroup, NetworkServer, NsConfig, NsOutput,
    Position, SILENCE, SessionInfo, Traffic, TxParams, UnknownDevice, WindowSettings,
};
