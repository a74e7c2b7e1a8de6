//! Class C multicast (LoRaWAN 1.0.2 clause 17.3): one frame for all members, which nobody acknowledges.
//!
//! A message goes out on the RX2 parameters of the group by every gateway that heard a member best, one after the other,
//! so that gateways whose coverage overlaps do not destroy each other's copy. All copies have one counter.

use super::super::link::{GatewayDownlink, TxAck, When};
use super::super::note::{LorawanNote, MulticastFate, Obstacle};
use super::gateways::Slot;
use super::{NetworkServer, NsOutput};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use wire::air::lora::Hertz;
use wire::id::Eui64;
use wire::lorawan::airtime::time_on_air;
use wire::lorawan::{
    DataMessage, DataRate, DevAddr, Direction, PayloadRule, PortPayload, Region, SessionKeys,
};
use wire::time::{Duration, Instant, Wakeup};

/// Between the copies of two gateways: a forwarder's delay of an immediate frame, and some.
const BETWEEN_COPIES: Duration = Duration::from_millis(200);

/// A group, agreed with its members out of band.
#[derive(Clone, Debug)]
pub struct MulticastGroup {
    /// McAddr.
    pub address: DevAddr,
    /// McNwkSKey and McAppSKey.
    pub keys: SessionKeys,
    /// Where the members listen.
    pub frequency: Hertz,
    /// With which data rate.
    pub data_rate: DataRate,
    /// DevEUIs of the members, which decide by which gateways a message goes out.
    pub members: Vec<Eui64>,
}

/// Why a message is not sent to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MulticastError {
    /// Nobody has set it up.
    #[error("there is no multicast group {0}")]
    UnknownGroup(DevAddr),
    /// FPort 0 and 225 to 255 are not for applications.
    #[error("FPort {0} is not for applications, 1 to 224 are")]
    Port(u8),
    /// More than the group's data rate allows.
    #[error("the payload has {got} octets, {data_rate} allows {limit}")]
    TooLong {
        /// Octets of payload.
        got: usize,
        /// The most that is allowed.
        limit: usize,
        /// The group's data rate.
        data_rate: DataRate,
    },
    /// FSK, or a data rate that the region does not define.
    #[error("{0} is no LoRa data rate of the region")]
    DataRate(DataRate),
    /// The counter has come to its end.
    #[error("the counter of group {0} is used up")]
    CounterUsedUp(DevAddr),
    /// No member has been heard by any gateway.
    #[error("no gateway has heard a member of group {0}")]
    NoCoverage(DevAddr),
}

#[derive(Debug)]
struct State {
    group: MulticastGroup,
    fcnt: u32,
}

/// A copy that waits for its turn.
#[derive(Clone, Debug)]
struct Copy {
    due: Instant,
    address: DevAddr,
    fcnt: u32,
    gateway: Eui64,
    octets: Vec<u8>,
    slot: Slot,
    data_rate: DataRate,
}

#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: BTreeMap<DevAddr, State>,
    waiting: VecDeque<Copy>,
    asked: BTreeMap<(Eui64, u16), (DevAddr, u32, Slot)>,
}

impl Groups {
    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        self.waiting.front().map(|copy| Wakeup::new(copy.due, "multicast copy"))
    }
}

impl NetworkServer {
    /// Sets up a group, or changes it; the counter of one that is there goes on.
    pub fn set_multicast_group(&mut self, group: MulticastGroup) {
        let fcnt = self.groups.groups.get(&group.address).map_or(0, |state| state.fcnt);
        self.groups.groups.insert(group.address, State { group, fcnt });
    }

    /// Forgets a group; false when there was none.
    pub fn remove_multicast_group(&mut self, address: DevAddr) -> bool {
        self.groups.groups.remove(&address).is_some()
    }

    /// The counter of the group's next message.
    #[must_use]
    pub fn multicast_counter(&self, address: DevAddr) -> Option<u32> {
        self.groups.groups.get(&address).map(|state| state.fcnt)
    }

    /// Sends a payload to all members; its counter.
    ///
    /// # Errors
    /// One [`MulticastError`] per reason; then nothing is sent and the counter stays.
    pub fn send_multicast(
        &mut self,
        now: Instant,
        address: DevAddr,
        f_port: u8,
        payload: Vec<u8>,
    ) -> Result<u32, MulticastError> {
        self.handle_timeout(now);
        let covering = self.covering(address)?;
        let state = self.groups.groups.get_mut(&address).ok_or(MulticastError::UnknownGroup(address))?;
        let (region, rule) = (self.config.band.region(), self.config.group_rule());
        let octets = seal(region, rule, state, f_port, payload)?;
        let data_rate = state.group.data_rate;
        let modulation = region.modulation(data_rate).ok_or(MulticastError::DataRate(data_rate))?;
        let fcnt = state.fcnt;
        state.fcnt = fcnt.checked_add(1).ok_or(MulticastError::CounterUsedUp(address))?;
        let slot = Slot {
            start: None,
            frequency: state.group.frequency,
            time_on_air: time_on_air(modulation, octets.len(), false),
        };
        let step = slot.time_on_air + BETWEEN_COPIES;
        let mut due = self.groups.waiting.back().map_or(self.now, |last| (last.due + step).max(self.now));
        for gateway in covering {
            let octets = octets.clone();
            self.groups.waiting.push_back(Copy { due, address, fcnt, gateway, octets, slot, data_rate });
            due += step;
        }
        self.send_due_copies();
        Ok(fcnt)
    }

    /// The gateways that heard a member best, in order of their EUI.
    fn covering(&self, address: DevAddr) -> Result<BTreeSet<Eui64>, MulticastError> {
        let state = self.groups.groups.get(&address).ok_or(MulticastError::UnknownGroup(address))?;
        let best = |member: &Eui64| {
            self.devices.get(*member)?.traffic.last_uplink.as_ref().map(|last| last.heard.best().gateway)
        };
        let covering: BTreeSet<Eui64> = state.group.members.iter().filter_map(best).collect();
        if covering.is_empty() { Err(MulticastError::NoCoverage(address)) } else { Ok(covering) }
    }

    pub(super) fn send_due_copies(&mut self) {
        let (now, region) = (self.now, self.config.band.region());
        while let Some(copy) = self.groups.waiting.pop_front_if(|copy| copy.due <= now) {
            let Copy { address, fcnt, gateway, octets, slot, data_rate, .. } = copy;
            let Some(modulation) = region.modulation(data_rate) else { continue };
            let duty_cycle = self.config.enforce_gateway_duty_cycle;
            let obstacle = self.gateways.obstacle(now, gateway, &slot, duty_cycle);
            if let Some(obstacle) = obstacle.filter(|obstacle| *obstacle != Obstacle::Busy) {
                self.outbox.note(LorawanNote::Multicast {
                    address,
                    fcnt,
                    gateway,
                    fate: MulticastFate::Blocked(obstacle),
                });
                continue;
            }
            let downlink = GatewayDownlink {
                token: self.flights.next_token(),
                dev_eui: None,
                when: When::Immediately,
                frequency: slot.frequency,
                modulation,
                eirp_dbm: region.sub_band(slot.frequency).map_or(14, |band| band.max_erp_dbm),
                inverted_iq: true,
                payload: octets,
            };
            self.gateways.book(now, gateway, slot);
            self.groups.asked.insert((gateway, downlink.token), (address, fcnt, slot));
            self.outbox.push(NsOutput::Downlink { gateway, downlink });
        }
    }

    /// Takes the answer of a gateway to a copy; false when it is about something else.
    pub(super) fn take_group_ack(&mut self, gateway: Eui64, token: u16, ack: &TxAck) -> bool {
        let Some((address, fcnt, slot)) = self.groups.asked.remove(&(gateway, token)) else { return false };
        if *ack == TxAck::Accepted {
            self.outbox.note(LorawanNote::Multicast { address, fcnt, gateway, fate: MulticastFate::Sent });
        } else {
            self.gateways.release(gateway, &slot);
            self.outbox.note(LorawanNote::Multicast {
                address,
                fcnt,
                gateway,
                fate: MulticastFate::Refused(ack.clone()),
            });
        }
        true
    }
}

/// Unconfirmed, without ACK, ADRACKReq and FOpts, never on FPort 0.
fn seal(
    region: &Region,
    rule: PayloadRule,
    state: &State,
    f_port: u8,
    payload: Vec<u8>,
) -> Result<Vec<u8>, MulticastError> {
    if !(1..=224).contains(&f_port) {
        return Err(MulticastError::Port(f_port));
    }
    let data_rate = state.group.data_rate;
    let limit = region.max_frm_payload(data_rate, rule).ok_or(MulticastError::DataRate(data_rate))?;
    let got = payload.len();
    if got > limit {
        return Err(MulticastError::TooLong { got, limit, data_rate });
    }
    let mut message = DataMessage::new(Direction::Down, state.group.address, state.fcnt);
    message.payload = Some(PortPayload { port: f_port, octets: payload });
    Ok(message.seal(&state.group.keys))
}
