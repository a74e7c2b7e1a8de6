//! Network server and join server of one private network (LoRaWAN 1.0.2, EU863-870, classes A and C).
//!
//! Uplinks of all gateways come in, are held for the de-duplication window, and are judged once; downlinks go out by the
//! best gateway, in RX1 or RX2 of the uplink that caused them. The server never sees lab time of the radio: a downlink's
//! time is the gateway's own count plus a delay. Not here: class B, multicast, the gateways' duty cycle.

mod adr;
mod config;
mod control;
mod dedup;
mod device;
mod downlink;
mod duty;
mod join;
mod kept;
mod mac;
mod session;
mod uplink;

pub use config::{Class, DeviceConfig, GatewayConfig, NsConfig, WindowSettings};
pub use control::{AlreadyRegistered, DownlinkError, SessionInfo, UnknownDevice};

use super::link::{GatewayDownlink, GatewayUplink, UplinkMessage};
use super::note::LorawanNote;
use crate::state::Kept;
use dedup::{Collected, Dedup};
use device::Device;
use downlink::InFlight;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use wire::id::Eui64;
use wire::lorawan::{Direction, Frame};
use wire::seed::Seed;
use wire::time::{Instant, Wakeup};

/// What the server does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NsOutput {
    /// A frame for a gateway to send; its answer comes back by [`NetworkServer::handle_tx_ack`].
    Downlink {
        /// The gateway.
        gateway: Eui64,
        /// The frame.
        downlink: GatewayDownlink,
    },
    /// A decision.
    Note(LorawanNote),
    /// A payload for the customer's platform.
    Message(UplinkMessage),
}

/// The server.
#[derive(Debug)]
pub struct NetworkServer {
    config: NsConfig,
    seed: Seed,
    devices: Kept<Eui64, Device>,
    gateways: BTreeSet<Eui64>,
    dedup: Dedup,
    in_flight: Vec<InFlight>,
    last_token: u16,
    /// The latest time that anybody told.
    now: Instant,
    outputs: VecDeque<NsOutput>,
}

impl NetworkServer {
    /// A server with the devices and gateways of `config`; addresses are drawn from `seed`. Where a DevEUI stands twice
    /// in the configuration, the last entry counts.
    #[must_use]
    pub fn new(config: NsConfig, seed: Seed) -> Self {
        let devices =
            config.devices.iter().cloned().map(|device| (device.dev_eui, Device::new(device, seed)));
        Self {
            seed,
            devices: devices.collect::<BTreeMap<_, _>>().into(),
            gateways: config.gateways.iter().map(|gateway| gateway.eui).collect(),
            dedup: Dedup::new(config.dedup_window),
            in_flight: Vec::new(),
            last_token: 0,
            now: Instant::ZERO,
            outputs: VecDeque::new(),
            config,
        }
    }

    /// A gateway forwards what it heard.
    pub fn handle_uplink(&mut self, now: Instant, uplink: GatewayUplink) {
        self.handle_timeout(now);
        if self.gateways.contains(&uplink.gateway) {
            self.dedup.add(self.now, uplink);
        } else {
            self.note(LorawanNote::GatewayUnknown { gateway: uplink.gateway });
        }
    }

    /// A gateway says that it is there, without an uplink; one that is not registered is noted.
    pub fn handle_gateway_contact(&mut self, now: Instant, gateway: Eui64) {
        self.handle_timeout(now);
        if !self.gateways.contains(&gateway) {
            self.note(LorawanNote::GatewayUnknown { gateway });
        }
    }

    /// Does what is due: ends de-duplication windows, sends class C downlinks, gives up on silent gateways.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = self.now.max(now);
        while let Some(collected) = self.dedup.take_due(self.now) {
            self.judge(collected);
        }
        self.give_up_on_silent_gateways();
        self.send_class_c();
    }

    /// What the server does, until `None`.
    pub fn poll_output(&mut self) -> Option<NsOutput> {
        self.outputs.pop_front()
    }

    /// When something is due.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        let dedup = self.dedup.next_wakeup();
        let silent = self.in_flight.iter().map(|flight| flight.gives_up_at).min();
        let silent = silent.map(|at| Wakeup::new(at, "TX_ACK missing"));
        let class_c = self.has_class_c_downlink().then(|| Wakeup::new(self.now, "class C downlink"));
        Wakeup::earliest(Wakeup::earliest(dedup, silent), class_c)
    }

    fn judge(&mut self, collected: Collected) {
        let gateway = collected.best().gateway;
        match Frame::parse(&collected.payload) {
            Ok(Frame::JoinRequest(frame)) => self.judge_join(&collected, &frame),
            Ok(Frame::Data(frame)) if frame.direction() == Direction::Up => {
                self.judge_uplink(&collected, &frame);
            }
            Ok(Frame::Data(_) | Frame::JoinAccept(_) | Frame::Proprietary(_)) => {
                self.note(LorawanNote::FrameUnexpected { gateway });
            }
            Err(error) => self.note(LorawanNote::FrameMalformed { gateway, error }),
        }
    }

    fn note(&mut self, note: LorawanNote) {
        self.outputs.push_back(NsOutput::Note(note));
    }
}

#[cfg(test)]
mod tests;
