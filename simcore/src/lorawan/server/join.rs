//! The join server: join-request in, join-accept or refusal out (LoRaWAN 1.0.2 clause 6.2).
//!
//! A DevNonce is spent when a join-request with a valid MIC is accepted; a wrong MIC burns none.

use super::super::note::{JoinRefusal, LorawanNote, MicFits, SentKind};
use super::addresses::Holder;
use super::channels::Channels;
use super::dedup::Collected;
use super::device::SessionSlot;
use super::downlink::{Carried, Outgoing, ReplyPath};
use super::offer::Offer;
use super::{Device, NetworkServer, NsConfig};
use wire::air::lora::Hertz;
use wire::id::Key;
use wire::lorawan::airtime::time_on_air;
use wire::lorawan::crypto::ReadyAppKey;
use wire::lorawan::region::MAX_DWELL;
use wire::lorawan::{
    CfList, DevAddr, Direction, JoinAccept, JoinRequest, JoinRequestFrame, PayloadRule, timing,
};
use wire::time::Instant;

/// Octets of a join-accept with a CFList.
const JOIN_ACCEPT_WITH_LIST: usize = 33;

impl NetworkServer {
    pub(super) fn judge_join(&mut self, collected: &Collected, frame: &JoinRequestFrame) {
        let request = frame.request();
        let (dev_eui, dev_nonce) = (request.dev_eui, request.dev_nonce);
        let verdict = match self.devices.get_mut(dev_eui) {
            Some(device) => {
                device.fetch();
                let is_first = device.offered.is_none();
                let app_key = ReadyAppKey::new(&device.config.app_key);
                let terms = Terms { app_key: &app_key, config: &self.config, channels: &self.channels };
                check(device, &app_key, collected, frame, self.config.enforce_duty_cycle)
                    .map(|path| (accept(device, &terms, request, &path, self.now), path, is_first))
            }
            None => Err(JoinRefusal::UnknownDevice),
        };
        match verdict {
            Ok(((octets, dev_addr), path, is_first)) => {
                if is_first {
                    self.addresses.add(dev_addr, Holder { dev_eui, slot: SessionSlot::Offered });
                }
                self.outbox.note(LorawanNote::JoinAccepted { dev_eui, dev_nonce, dev_addr });
                let carried = Carried::default();
                self.send(Outgoing::new(dev_eui, octets, path, SentKind::JoinAccept, carried));
            }
            Err(cause) => self.outbox.note(LorawanNote::JoinRefused { dev_eui, dev_nonce, cause }),
        }
    }
}

/// All that can be wrong with a join-request of a registered device; else the way of the answer.
fn check(
    device: &mut Device,
    app_key: &ReadyAppKey,
    collected: &Collected,
    frame: &JoinRequestFrame,
    enforce_duty_cycle: bool,
) -> Result<ReplyPath, JoinRefusal> {
    let request = frame.request();
    if request.app_eui != device.config.app_eui {
        return Err(JoinRefusal::WrongAppEui { got: request.app_eui });
    }
    if !frame.is_authentic_by(app_key) {
        return Err(JoinRefusal::WrongMic { fits: other_key(device, frame) });
    }
    if let Some(at) = device.used_nonces.get(request.dev_nonce) {
        return Err(JoinRefusal::DevNonceUsed { at });
    }
    let region = device.region;
    if region.channel_on(collected.frequency).is_none() {
        return Err(JoinRefusal::WrongChannel { frequency: collected.frequency });
    }
    let data_rate = region
        .data_rate(collected.modulation, Direction::Up)
        .filter(|rate| region.allows_join(collected.frequency, *rate))
        .ok_or(JoinRefusal::WrongDataRate { modulation: collected.modulation })?;
    let breach = {
        let (at, time_on_air) = (collected.first_at, collected.time_on_air());
        device.airtime.record(region, at, collected.frequency, time_on_air)
    };
    if let Some(breach) = breach.filter(|_| enforce_duty_cycle) {
        return Err(JoinRefusal::DutyCycle(breach));
    }
    Ok(ReplyPath {
        first_at: collected.first_at,
        receptions: collected.receptions.clone(),
        rx1_frequency: region.rx1_frequency(collected.frequency),
        rx1_data_rate: region.rx1_data_rate(data_rate, 0, region.starts_in_dwell()).unwrap_or(data_rate),
        rx1_delay: timing::JOIN_ACCEPT_DELAY1,
        rx2_frequency: region.rx2_frequency,
        rx2_data_rate: region.rx2_data_rate,
        region,
        rule: PayloadRule::with_dwell(region.starts_in_dwell()),
        preferred: device.preferred,
        class: device.config.class,
    })
}

/// The key that a device with a usual mistake would have used.
fn other_key(device: &Device, frame: &JoinRequestFrame) -> Option<MicFits> {
    let mut reversed = *device.config.app_key.expose();
    reversed.reverse();
    if frame.is_authentic(&Key::new(reversed)) {
        return Some(MicFits::AppKeyReversed);
    }
    let former = device.traffic.former_app_key.as_ref();
    former.filter(|key| frame.is_authentic(key)).map(|_| MicFits::FormerAppKey)
}

/// What an accepted device gets its session by.
struct Terms<'a> {
    app_key: &'a ReadyAppKey,
    config: &'a NsConfig,
    /// Those of a session with the whole CFList.
    channels: &'a Channels,
}

/// Spends the nonce and offers a new session; the old one stays until the device uses the new keys.
fn accept(
    device: &mut Device,
    terms: &Terms<'_>,
    request: JoinRequest,
    path: &ReplyPath,
    now: Instant,
) -> (Vec<u8>, DevAddr) {
    device.used_nonces.insert(request.dev_nonce, now);
    let Terms { app_key, config, channels } = *terms;
    let app_nonce = device.next_app_nonce();
    // An address that was offered and not used is offered again: a device that cannot hear its join-accept burns none.
    let offered = device.offered.as_ref().map(|offer| offer.dev_addr);
    let dev_addr = offered.unwrap_or_else(|| device.draw_address(config.net_id));
    let cf_list = channel_list(config, path);
    let accept = JoinAccept {
        app_nonce,
        net_id: config.net_id,
        dev_addr,
        dl_settings: config.windows.dl_settings(),
        rx_delay: config.windows.rx_delay,
        cf_list: cf_list.map(CfList::new),
    };
    let keys = accept.session_keys_by(app_key, request.dev_nonce);
    let region = device.region;
    let whole = cf_list.is_some() || region.is_fixed();
    let channels = if whole { channels.clone() } else { Channels::new(region, None) };
    device.offered = Some(Offer { dev_addr, keys, joined_at: now, windows: config.windows, channels });
    (accept.seal_by(app_key), dev_addr)
}

/// The CFList, unless the region has none, or the join-accept would last longer with it than dwell time allows.
fn channel_list(config: &NsConfig, path: &ReplyPath) -> Option<[Hertz; 5]> {
    let region = path.region;
    let lasts = |modulation| time_on_air(modulation, JOIN_ACCEPT_WITH_LIST, false);
    let too_long = region.starts_in_dwell()
        && region.modulation(path.data_rate(path.preferred)).is_some_and(|it| lasts(it) > MAX_DWELL);
    config.cf_list.filter(|_| !region.is_fixed() && !too_long)
}
