//! Data uplinks: whose is it, is it new, is it allowed; then its MAC commands and its payload.
//!
//! A DevAddr is not unique: every session that has it is tried until a MIC fits. The steps are in the order in which
//! they happen; a refused frame changes nothing but the device's time on air.

use super::super::link::{Reception, UplinkMessage};
use super::super::note::{GatewayEvent, LorawanNote, MicFits, Sender, UplinkRefusal};
use super::addresses::{Holder, Holders};
use super::config::{CounterRule, NsConfig, Position};
use super::dedup::Collected;
use super::device::{Device, EndedSession, LastUplink, SessionSlot};
use super::downlink::has_reason;
use super::session::Count;
use super::{NetworkServer, NsOutput, Outbox};
use wire::id::Eui64;
use wire::lorawan::{DataFrame, DataMessage, DataRate, Direction, Mic, counter};

/// So many sessions of a shared address are asked for the reason of a wrong MIC.
const EXPLAINED: usize = 8;

/// How the counter of an authentic frame relates to the last accepted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Freshness {
    New(u32),
    /// The device was reset and may begin anew.
    Reset(u32),
    Repeated(u32),
    Replayed(u32),
    BeyondGap(u32),
}

/// Which session a frame belongs to.
struct Owner {
    holder: Holder,
    freshness: Freshness,
    /// Whether other sessions have the address too.
    shared: bool,
}

impl NetworkServer {
    pub(super) fn judge_uplink(&mut self, collected: Collected, frame: &DataFrame) {
        let owner = match self.find_owner(frame) {
            Ok(owner) => owner,
            Err(note) => return self.outbox.note(note),
        };
        let dev_eui = owner.holder.dev_eui;
        let Some(device) = self.devices.get_mut(dev_eui) else { return };
        if let Freshness::Repeated(fcnt) = owner.freshness
            && let Some(gateway) = forwarded_again(device, &collected)
        {
            let event = GatewayEvent::Repeats { dev_eui, fcnt };
            return self.outbox.note(LorawanNote::Gateway { gateway, event });
        }
        let (message, data_rate) =
            match judge_frame(device, &owner, &collected, frame, self.config.enforce_duty_cycle) {
                Ok(judged) => judged,
                Err(cause) => {
                    let sender = Sender::Device(dev_eui);
                    return self.outbox.note(LorawanNote::UplinkRefused { sender, cause });
                }
            };
        let (confirmed, adr_ack_req) = (message.confirmed, message.adr_ack_req);
        if let Freshness::Repeated(fcnt) = owner.freshness {
            self.outbox.note(LorawanNote::UplinkRepeated { dev_eui, fcnt });
            device.traffic.last_uplink = Some(LastUplink { heard: collected, data_rate });
            if confirmed {
                self.answer_uplink(dev_eui, confirmed, false);
            }
            return;
        }
        let device = if owner.holder.slot == SessionSlot::Offered {
            self.start_offered_session(owner.holder);
            let Some(device) = self.devices.get_mut(dev_eui) else { return };
            device
        } else {
            device
        };
        if owner.shared {
            let holder = Holder { dev_eui, slot: SessionSlot::Current };
            self.addresses.accepted(message.dev_addr, holder, message.fcnt);
        }
        if let Freshness::Reset(fcnt) = owner.freshness {
            self.outbox.note(LorawanNote::CounterReset { dev_eui, fcnt });
        }
        let location = self.gateways.locate(&collected.receptions);
        let arrival = Arrival { collected, mic: frame.mic(), data_rate, location };
        accept(device, &self.config, &mut self.outbox, arrival, message);
        if confirmed || adr_ack_req || has_reason(device) {
            self.answer_uplink(dev_eui, confirmed, adr_ack_req);
        }
    }

    /// The session whose key and counter fit the MIC.
    fn find_owner(&self, frame: &DataFrame) -> Result<Owner, LorawanNote> {
        let dev_addr = frame.dev_addr();
        let mut tried = Vec::new();
        let holders = self.addresses.get(dev_addr);
        for holder in holders.into_iter().flat_map(|holders| holders.likely(frame.fcnt())) {
            let Some(device) = self.devices.get(holder.dev_eui) else { continue };
            device.fetch();
            device.traffic.fetch();
            let Some(count) = device.count(holder.slot) else { continue };
            if let Some(freshness) = freshness(count, device.counter_rule, frame) {
                let shared = holders.is_some_and(Holders::is_shared);
                return Ok(Owner { holder, freshness, shared });
            }
            tried.push(holder);
        }
        let fits = tried.iter().take(EXPLAINED).find_map(|holder| {
            let device = self.devices.get(holder.dev_eui)?;
            other_reading(device, device.count(holder.slot)?, frame)
        });
        let sessions = tried.len();
        let mut devices: Vec<_> = tried.iter().map(|holder| holder.dev_eui).collect();
        devices.sort_unstable();
        devices.dedup();
        let sender = match devices.as_slice() {
            [] => return Err(LorawanNote::UplinkUnknownDevAddr { dev_addr }),
            [only] => Sender::Device(*only),
            [..] => Sender::Address(dev_addr),
        };
        Err(LorawanNote::UplinkRefused { sender, cause: UplinkRefusal::WrongMic { sessions, fits } })
    }

    /// The device has the new keys: the old session ends.
    fn start_offered_session(&mut self, offered: Holder) {
        let Some(device) = self.devices.get_mut(offered.dev_eui) else { return };
        for (dev_addr, slot) in device.addresses() {
            self.addresses.remove(dev_addr, Holder { slot, ..offered });
        }
        let Some(offer) = device.offered.take() else { return };
        let dev_addr = offer.dev_addr;
        let before = device.traffic.current.replace(offer.session(device.region));
        device.traffic.ended =
            before.map(|session| EndedSession { session: Box::new(session), at: self.now });
        for (dev_addr, slot) in device.addresses() {
            self.addresses.add(dev_addr, Holder { slot, ..offered });
        }
        self.outbox.note(LorawanNote::SessionStarted { dev_eui: offered.dev_eui, dev_addr });
    }
}

/// The gateway that forwards a frame that it has forwarded before: a device that repeats is heard at another count.
fn forwarded_again(device: &Device, collected: &Collected) -> Option<Eui64> {
    let known = &device.traffic.last_uplink.as_ref()?.heard.receptions;
    let same =
        |one: &&Reception| known.iter().any(|other| (other.gateway, other.tmst) == (one.gateway, one.tmst));
    collected.receptions.iter().find(same).map(|one| one.gateway)
}

/// How a new uplink came.
struct Arrival {
    collected: Collected,
    mic: Mic,
    data_rate: DataRate,
    location: Option<Position>,
}

/// Takes a new uplink: counter, acknowledgement, commands, payload.
fn accept(
    device: &mut Device,
    config: &NsConfig,
    outbox: &mut Outbox,
    arrival: Arrival,
    message: DataMessage,
) {
    let Arrival { collected, mic, data_rate, location } = arrival;
    let dev_eui = device.config.dev_eui;
    let Some(session) = device.traffic.current.as_mut() else { return };
    let missing_fcnt =
        session.fcnt_up.map_or(message.fcnt, |last| message.fcnt.saturating_sub(last).saturating_sub(1));
    session.fcnt_up = Some(message.fcnt);
    session.last_mic = Some(mic);
    outbox.note(LorawanNote::UplinkAccepted {
        dev_eui,
        fcnt: message.fcnt,
        f_port: message.payload.as_ref().map(|payload| payload.port),
        gateways: collected.receptions.len(),
    });
    take_acknowledgement(device, config, outbox, &message);
    super::mac::take_commands(device, outbox, &collected, &message);
    let region = device.region;
    if let Some(session) = device.traffic.current.as_mut() {
        session.set_up(region, config, &collected, data_rate);
        if config.adr {
            session.adapt_data_rate(region, &collected, &message, data_rate);
        }
    }
    if let Some(payload) = message.payload.filter(|payload| payload.port > 0) {
        outbox.push(NsOutput::Message(UplinkMessage {
            received_at: collected.first_at,
            account: device.traffic.account.as_ref().to_owned(),
            dev_eui,
            dev_addr: message.dev_addr,
            f_port: payload.port,
            fcnt: message.fcnt,
            missing_fcnt,
            payload: payload.octets,
            confirmed: message.confirmed,
            ack: message.ack,
            data_rate,
            modulation: collected.modulation,
            frequency: collected.frequency,
            receptions: collected.receptions.to_vec(),
            location,
        }));
    }
    device.traffic.last_uplink = Some(LastUplink { heard: collected, data_rate });
}

/// Settles the confirmed downlink that waits for this uplink's ACK bit, or gives it up after its last try.
fn take_acknowledgement(device: &mut Device, config: &NsConfig, outbox: &mut Outbox, message: &DataMessage) {
    let dev_eui = device.config.dev_eui;
    let Some(session) = device.traffic.current.as_mut() else { return };
    let Some(waiting) = session.unacknowledged.as_ref() else { return };
    let (fcnt, tries) = (waiting.fcnt, waiting.tries);
    if message.ack {
        session.unacknowledged = None;
        return outbox.note(LorawanNote::DownlinkAcknowledged { dev_eui, fcnt });
    }
    let given_up = tries >= config.confirmed_tries;
    if given_up {
        session.unacknowledged = None;
    }
    outbox.note(LorawanNote::DownlinkNotAcknowledged { dev_eui, fcnt, tries, given_up });
}

/// Recovers the counter; `None` when no possible counter fits the MIC.
fn freshness(session: Count<'_>, rule: CounterRule, frame: &DataFrame) -> Option<Freshness> {
    let last = session.fcnt_up;
    let fits = |fcnt: &u32| frame.is_authentic(&session.keys.nwk_s_key, *fcnt);
    if rule == CounterRule::SixteenBits {
        return Some(sixteen_bits(session, frame)).filter(|_| fits(&u32::from(frame.fcnt())));
    }
    if let Some(next) = counter::next_above(last, frame.fcnt()).filter(fits) {
        let beyond = counter::exceeds_gap(last, next);
        return Some(if beyond { Freshness::BeyondGap(next) } else { Freshness::New(next) });
    }
    let begun_anew =
        || Some(u32::from(frame.fcnt())).filter(|_| rule == CounterRule::ResetAllowed).filter(fits);
    let used = counter::last_used(last, frame.fcnt()).filter(fits).or_else(begun_anew)?;
    let repeated = Some(used) == last && session.last_mic == Some(frame.mic());
    Some(match used {
        _ if repeated => Freshness::Repeated(used),
        _ if rule == CounterRule::ResetAllowed && used < counter::MAX_FCNT_GAP => Freshness::Reset(used),
        _ => Freshness::Replayed(used),
    })
}

/// The device forgets the high half: after 65535 comes 0, and the step is what counts.
fn sixteen_bits(session: Count<'_>, frame: &DataFrame) -> Freshness {
    let wire = u32::from(frame.fcnt());
    let Some(last) = session.fcnt_up else {
        return if counter::exceeds_gap(None, wire) {
            Freshness::BeyondGap(wire)
        } else {
            Freshness::New(wire)
        };
    };
    match wire.wrapping_sub(last) & 0xffff {
        0 if session.last_mic == Some(frame.mic()) => Freshness::Repeated(wire),
        0 => Freshness::Replayed(wire),
        step if step < counter::MAX_FCNT_GAP => Freshness::New(wire),
        _ if wire > last => Freshness::BeyondGap(wire),
        _ => Freshness::Replayed(wire),
    }
}

/// What a device with a usual mistake would have done for this MIC.
fn other_reading(device: &Device, session: Count<'_>, frame: &DataFrame) -> Option<MicFits> {
    let fcnt = counter::next_above(session.fcnt_up, frame.fcnt())?;
    let fits = |key, fcnt| frame.is_authentic(key, fcnt);
    let (nwk, app) = (&session.keys.nwk_s_key, &session.keys.app_s_key);
    [
        (MicFits::AppSKey, fits(app, fcnt)),
        (MicFits::AppKey, fits(&device.config.app_key, fcnt)),
        (MicFits::SixteenBits, fits(nwk, u32::from(frame.fcnt()))),
        (MicFits::AnotherHighHalf, fcnt < 0x4_0000 && (1..4).any(|high| fits(nwk, fcnt + (high << 16)))),
    ]
    .into_iter()
    .find_map(|(reading, fits)| fits.then_some(reading))
}

/// All that can be wrong with an authentic frame; else the clear message.
fn judge_frame(
    device: &mut Device,
    owner: &Owner,
    collected: &Collected,
    frame: &DataFrame,
    enforce_duty_cycle: bool,
) -> Result<(DataMessage, DataRate), UplinkRefusal> {
    if let Some(ended) = device.traffic.ended.as_ref().filter(|_| owner.holder.slot == SessionSlot::Ended) {
        return Err(UplinkRefusal::SessionEnded { at: ended.at });
    }
    let region = device.region;
    let replayed = matches!(owner.freshness, Freshness::Replayed(_));
    // A replay may be somebody else's transmission and does not count as the device's own time on air.
    let airtime = &mut device.airtime;
    let time_on_air = collected.time_on_air();
    let breach = if replayed {
        None
    } else {
        airtime.record(region, collected.first_at, collected.frequency, time_on_air)
    };
    let no_session = UplinkRefusal::WrongMic { sessions: 0, fits: None };
    let begun = device.offered.as_ref().filter(|_| owner.holder.slot == SessionSlot::Offered);
    let begun = begun.map(|offer| offer.session(region));
    let Some(session) = begun.as_ref().or(device.traffic.current.as_ref()) else { return Err(no_session) };
    let last = session.fcnt_up;
    let fcnt = match owner.freshness {
        Freshness::New(fcnt) | Freshness::Reset(fcnt) | Freshness::Repeated(fcnt) => fcnt,
        Freshness::Replayed(fcnt) => {
            return Err(UplinkRefusal::Replay { fcnt, last: last.unwrap_or_default() });
        }
        Freshness::BeyondGap(fcnt) => return Err(UplinkRefusal::CounterGap { fcnt, last }),
    };
    let channels = session.possible_channels(region, collected.frequency);
    if channels.is_empty() {
        return Err(UplinkRefusal::WrongChannel { frequency: collected.frequency });
    }
    let data_rate = region
        .data_rate(collected.modulation, Direction::Up)
        .filter(|rate| channels.iter().any(|channel| channel.allows(*rate)))
        .ok_or(UplinkRefusal::WrongDataRate { modulation: collected.modulation })?;
    // Its MIC was checked when its owner was found.
    let message = frame.decipher(&session.keys, fcnt);
    let octets = message.payload.as_ref().map_or(0, |payload| payload.octets.len());
    let got = octets + message.f_opts.as_slice().len();
    let limit = region.max_frm_payload(data_rate, session.uplink_rule()).unwrap_or_default();
    if got > limit {
        return Err(UplinkRefusal::TooLong { got, limit, data_rate });
    }
    match breach.filter(|_| enforce_duty_cycle) {
        Some(breach) => Err(UplinkRefusal::DutyCycle(breach)),
        None => Ok((message, data_rate)),
    }
}
