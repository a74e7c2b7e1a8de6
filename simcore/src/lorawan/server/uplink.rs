//! Data uplinks: whose is it, is it new, is it allowed; then its MAC commands and its payload.
//!
//! A DevAddr is not unique: every session that has it is tried until a MIC fits. The steps are in the order in which
//! they happen; a refused frame changes nothing but the device's time on air.

use super::super::link::UplinkMessage;
use super::super::note::{LorawanNote, Sender, UplinkRefusal};
use super::dedup::Collected;
use super::device::{Device, LastUplink, SessionSlot};
use super::duty::sent_frame;
use super::session::Session;
use super::{NetworkServer, NsOutput};
use wire::id::Eui64;
use wire::lorawan::{DataFrame, DataMessage, DataRate, counter, eu868};

/// How the counter of an authentic frame relates to the last accepted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Freshness {
    New(u32),
    Repeated(u32),
    Replayed(u32),
    BeyondGap(u32),
}

/// Which session a frame belongs to.
struct Owner {
    dev_eui: Eui64,
    slot: SessionSlot,
    freshness: Freshness,
}

impl NetworkServer {
    pub(super) fn judge_uplink(&mut self, collected: &Collected, frame: &DataFrame) {
        let owner = match self.find_owner(frame) {
            Ok(owner) => owner,
            Err(note) => return self.note(note),
        };
        let Some(device) = self.devices.get_mut(&owner.dev_eui) else { return };
        match judge_frame(device, &owner, collected, frame, self.config.enforce_duty_cycle) {
            Ok((message, data_rate)) => match owner.freshness {
                Freshness::Repeated(fcnt) => {
                    self.note(LorawanNote::UplinkRepeated { dev_eui: owner.dev_eui, fcnt });
                    self.answer_repetition(owner.dev_eui, collected, &message, data_rate);
                }
                Freshness::New(_) | Freshness::Replayed(_) | Freshness::BeyondGap(_) => {
                    self.accept_uplink(&owner, collected, frame, &message, data_rate);
                }
            },
            Err(cause) => {
                self.note(LorawanNote::UplinkRefused { sender: Sender::Device(owner.dev_eui), cause });
            }
        }
    }

    /// The session whose key and counter fit the MIC.
    fn find_owner(&self, frame: &DataFrame) -> Result<Owner, LorawanNote> {
        let dev_addr = frame.dev_addr();
        let mut candidates = Vec::new();
        for (dev_eui, device) in &self.devices {
            for slot in [SessionSlot::Offered, SessionSlot::Current] {
                let Some(session) = device.session(slot).filter(|session| session.dev_addr == dev_addr)
                else {
                    continue;
                };
                if let Some(freshness) = freshness(session, frame) {
                    return Ok(Owner { dev_eui: *dev_eui, slot, freshness });
                }
                candidates.push(*dev_eui);
            }
        }
        candidates.dedup();
        let sender = match candidates.as_slice() {
            [] => return Err(LorawanNote::UplinkUnknownDevAddr { dev_addr }),
            [only] => Sender::Device(*only),
            [..] => Sender::Address(dev_addr),
        };
        Err(LorawanNote::UplinkRefused { sender, cause: UplinkRefusal::WrongMic })
    }

    fn accept_uplink(
        &mut self,
        owner: &Owner,
        collected: &Collected,
        frame: &DataFrame,
        message: &DataMessage,
        data_rate: DataRate,
    ) {
        let dev_eui = owner.dev_eui;
        if owner.slot == SessionSlot::Offered {
            self.start_offered_session(dev_eui);
        }
        let Some(device) = self.devices.get_mut(&dev_eui) else { return };
        let Some(session) = device.current.as_mut() else { return };
        let missing_fcnt = session.fcnt_up.map_or(message.fcnt, |last| message.fcnt - last - 1);
        session.fcnt_up = Some(message.fcnt);
        session.last_mic = Some(frame.mic());
        device.last_uplink = Some(LastUplink {
            octets: collected.payload.clone(),
            best: collected.best(),
            frequency: collected.frequency,
            data_rate,
        });
        let account = device.config.account.clone();
        self.note(LorawanNote::UplinkAccepted {
            dev_eui,
            fcnt: message.fcnt,
            f_port: message.payload.as_ref().map(|payload| payload.port),
            gateways: collected.receptions.len(),
        });
        self.take_acknowledgement(dev_eui, message);
        self.take_mac_commands(dev_eui, collected, message);
        self.adapt_data_rate(dev_eui, collected, message, data_rate);
        if let Some(payload) = message.payload.as_ref().filter(|payload| payload.port > 0) {
            self.outputs.push_back(NsOutput::Message(UplinkMessage {
                received_at: collected.first_at,
                account,
                dev_eui,
                dev_addr: message.dev_addr,
                f_port: payload.port,
                fcnt: message.fcnt,
                missing_fcnt,
                payload: payload.octets.clone(),
                confirmed: message.confirmed,
                ack: message.ack,
                data_rate,
                modulation: collected.modulation,
                frequency: collected.frequency,
                receptions: collected.receptions.clone(),
            }));
        }
        self.answer_uplink(dev_eui, message);
    }

    /// The device has the new keys: the old session ends.
    fn start_offered_session(&mut self, dev_eui: Eui64) {
        let Some(device) = self.devices.get_mut(&dev_eui) else { return };
        let Some(session) = device.offered.take() else { return };
        let dev_addr = session.dev_addr;
        device.current = Some(session);
        self.note(LorawanNote::SessionStarted { dev_eui, dev_addr });
    }

    /// Settles the confirmed downlink that waits for this uplink's ACK bit.
    fn take_acknowledgement(&mut self, dev_eui: Eui64, message: &DataMessage) {
        let session = self.devices.get_mut(&dev_eui).and_then(|device| device.current.as_mut());
        let Some(fcnt) = session.and_then(|session| session.unacknowledged.take()) else { return };
        self.note(if message.ack {
            LorawanNote::DownlinkAcknowledged { dev_eui, fcnt }
        } else {
            LorawanNote::DownlinkNotAcknowledged { dev_eui, fcnt }
        });
    }
}

/// Recovers the counter; `None` when no possible counter fits the MIC.
fn freshness(session: &Session, frame: &DataFrame) -> Option<Freshness> {
    let last = session.fcnt_up;
    let fits = |fcnt: &u32| frame.is_authentic(&session.keys.nwk_s_key, *fcnt);
    if let Some(next) = counter::next_above(last, frame.fcnt()).filter(fits) {
        let beyond = counter::exceeds_gap(last, next);
        return Some(if beyond { Freshness::BeyondGap(next) } else { Freshness::New(next) });
    }
    let used = counter::last_used(last, frame.fcnt()).filter(fits)?;
    let repeated = Some(used) == last && session.last_mic == Some(frame.mic());
    Some(if repeated { Freshness::Repeated(used) } else { Freshness::Replayed(used) })
}

/// All that can be wrong with an authentic frame; else the clear message.
fn judge_frame(
    device: &mut Device,
    owner: &Owner,
    collected: &Collected,
    frame: &DataFrame,
    enforce_duty_cycle: bool,
) -> Result<(DataMessage, DataRate), UplinkRefusal> {
    let sent = sent_frame(collected.frequency, collected.modulation, &collected.payload);
    let replayed = matches!(owner.freshness, Freshness::Replayed(_));
    // A replay may be somebody else's transmission and does not count as the device's own time on air.
    let breach = if replayed { None } else { device.airtime.record(collected.first_at, &sent) };
    let Some(session) = device.session(owner.slot) else { return Err(UplinkRefusal::WrongMic) };
    let last = session.fcnt_up;
    let fcnt = match owner.freshness {
        Freshness::New(fcnt) | Freshness::Repeated(fcnt) => fcnt,
        Freshness::Replayed(fcnt) => {
            return Err(UplinkRefusal::Replay { fcnt, last: last.unwrap_or_default() });
        }
        Freshness::BeyondGap(fcnt) => return Err(UplinkRefusal::CounterGap { fcnt, last }),
    };
    let channel = session
        .channel(collected.frequency)
        .ok_or(UplinkRefusal::WrongChannel { frequency: collected.frequency })?;
    let data_rate = eu868::data_rate(collected.modulation)
        .filter(|rate| channel.allows(*rate))
        .ok_or(UplinkRefusal::WrongDataRate { modulation: collected.modulation })?;
    let message = frame.open(&session.keys, fcnt).map_err(|_| UplinkRefusal::WrongMic)?;
    let octets = message.payload.as_ref().map_or(0, |payload| payload.octets.len());
    let got = octets + message.f_opts.as_slice().len();
    let limit = eu868::max_frm_payload(data_rate).unwrap_or_default();
    if got > limit {
        return Err(UplinkRefusal::TooLong { got, limit, data_rate });
    }
    match breach.filter(|_| enforce_duty_cycle) {
        Some(breach) => Err(UplinkRefusal::DutyCycle(breach)),
        None => Ok((message, data_rate)),
    }
}
