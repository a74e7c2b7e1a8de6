//! Network server and join server of one private network (LoRaWAN 1.0.2, classes A and C, multicast, one band).
//!
//! Uplinks of all gateways come in, are held for the de-duplication window, and are judged once; downlinks go out by the
//! best gateway, in RX1 or RX2 of the uplink that caused them. The server never sees lab time of the radio: a downlink's
//! time is the gateway's own count plus a delay. Not here: class B.

mod addresses;
mod adr;
mod ahead;
mod backhaul;
mod channels;
mod config;
mod control;
mod dedup;
mod device;
mod devices;
mod downlink;
mod duty;
mod flights;
mod gateways;
mod join;
mod kept;
mod location;
mod mac;
mod multicast;
mod nonces;
mod offer;
mod presence;
mod session;
mod table;
mod uplink;

pub use backhaul::{Backhaul, MONTHLY_PLAN, Traffic};
pub use config::{
    Class, CounterRule, DeviceConfig, GatewayConfig, NsConfig, Position, TxParams, WindowSettings,
};
pub use control::{AlreadyRegistered, DownlinkError, SessionInfo, UnknownDevice};
pub use device::DeviceStatus;
pub use location::Location;
pub use multicast::{MulticastError, MulticastGroup};
pub use presence::SILENCE;

use super::link::{GatewayDownlink, GatewayUplink, UplinkMessage};
use super::note::{GatewayEvent, LorawanNote};
use addresses::AddressBook;
use channels::Channels;
use dedup::{Collected, Dedup};
use device::Device;
use devices::Devices;
use flights::Flights;
use gateways::Gateways;
use multicast::Groups;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
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

/// What goes out, in order.
#[derive(Debug, Default)]
struct Outbox(VecDeque<NsOutput>);

impl Outbox {
    fn push(&mut self, output: NsOutput) {
        self.0.push_back(output);
    }

    fn note(&mut self, note: LorawanNote) {
        self.push(NsOutput::Note(note));
    }
}

/// The server.
#[derive(Debug)]
pub struct NetworkServer {
    config: NsConfig,
    seed: Seed,
    devices: Devices,
    /// Their accounts, each once.
    accounts: BTreeSet<Arc<str>>,
    /// The channels of a session that has just begun.
    channels: Channels,
    /// Which of them have which address.
    addresses: AddressBook,
    /// Class C devices with something queued.
    class_c: BTreeSet<Eui64>,
    gateways: Gateways,
    groups: Groups,
    backhauls: BTreeMap<Eui64, Backhaul>,
    dedup: Dedup,
    flights: Flights,
    /// The latest time that anybody told.
    now: Instant,
    outbox: Outbox,
}

impl NetworkServer {
    /// A server with the devices and gateways of `config`; addresses are drawn from `seed`. Where a DevEUI stands twice
    /// in the configuration, the last entry counts.
    #[must_use]
    pub fn new(config: NsConfig, seed: Seed) -> Self {
        let region = config.band.region();
        let mut accounts = BTreeSet::new();
        let devices = config.devices.iter().cloned().map(|device| {
            let account = shared(&mut accounts, &device.account);
            Device::new(device, account, region, seed)
        });
        let devices = devices.collect();
        let mut gateways = Gateways::new(region);
        config.gateways.iter().for_each(|gateway| gateways.register(*gateway));
        Self {
            seed,
            devices,
            accounts,
            channels: Channels::new(region, config.cf_list),
            addresses: AddressBook::default(),
            class_c: BTreeSet::new(),
            gateways,
            groups: Groups::default(),
            backhauls: BTreeMap::new(),
            dedup: Dedup::new(config.dedup_window),
            flights: Flights::default(),
            now: Instant::ZERO,
            outbox: Outbox::default(),
            config,
        }
    }

    /// A gateway forwards what it heard.
    pub fn handle_uplink(&mut self, now: Instant, uplink: GatewayUplink) {
        self.handle_timeout(now);
        let GatewayUplink { gateway, frequency, .. } = uplink;
        match self.gateways.config(gateway).map(|config| config.band) {
            None => self.outbox.note(LorawanNote::GatewayUnknown { gateway }),
            Some(Some(band)) if band != self.config.band => {
                let event = GatewayEvent::AnotherBand { band, frequency };
                self.outbox.note(LorawanNote::Gateway { gateway, event });
            }
            Some(_) => {
                let away = self.gateways.presence.heard(self.now, gateway);
                self.note_return(gateway, away);
                if let Some(collected) = self.dedup.add(self.now, uplink) {
                    self.judge(collected);
                }
            }
        }
    }

    /// A gateway says that it is there, without an uplink; one that is not registered is noted.
    pub fn handle_gateway_contact(&mut self, now: Instant, gateway: Eui64) {
        self.handle_timeout(now);
        if !self.gateways.contains(gateway) {
            self.outbox.note(LorawanNote::GatewayUnknown { gateway });
        }
    }

    /// Does what is due: ends de-duplication windows, sends class C downlinks, gives up on requests that nobody answered,
    /// notes gateways that are silent.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = self.now.max(now);
        while let Some(collected) = self.dedup.take_due(self.now) {
            self.look_ahead();
            self.judge(collected);
        }
        self.give_up_on_silent_gateways();
        self.note_silent_gateways();
        self.send_class_c();
        self.send_due_copies();
    }

    /// What the server does, until `None`.
    pub fn poll_output(&mut self) -> Option<NsOutput> {
        self.outbox.0.pop_front()
    }

    /// When something is due.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        let dedup = self.dedup.next_wakeup();
        let (silent, copies) = (self.flights.next_wakeup(), self.groups.next_wakeup());
        let presence = self.gateways.presence.next_wakeup();
        [silent, presence, copies, self.class_c_wakeup()].into_iter().fold(dedup, Wakeup::earliest)
    }

    /// A device that is registered by hand.
    fn new_device(&mut self, config: DeviceConfig) -> Device {
        let account = shared(&mut self.accounts, &config.account);
        let mut device = Device::new(config, account, self.config.band.region(), self.seed);
        device.traffic.by_hand = true;
        device
    }

    fn judge(&mut self, collected: Collected) {
        let gateway = collected.best().gateway;
        match Frame::parse(&collected.payload) {
            Ok(Frame::JoinRequest(frame)) => self.judge_join(&collected, &frame),
            Ok(Frame::Data(frame)) if frame.direction() == Direction::Up => {
                self.judge_uplink(collected, &frame);
            }
            Ok(Frame::Data(_) | Frame::JoinAccept(_) | Frame::Proprietary(_)) => {
                self.outbox.note(LorawanNote::FrameUnexpected { gateway });
            }
            Err(error) => self.outbox.note(LorawanNote::FrameMalformed { gateway, error }),
        }
    }
}

/// The one copy of this name.
fn shared(names: &mut BTreeSet<Arc<str>>, name: &str) -> Arc<str> {
    if let Some(known) = names.get(name) {
        return known.clone();
    }
    let name = Arc::<str>::from(name);
    names.insert(name.clone());
    name
}

#[cfg(test)]
mod tests;
