//! The join server: join-request in, join-accept or refusal out (LoRaWAN 1.0.2 clause 6.2).
//!
//! A DevNonce is spent when a join-request with a valid MIC is accepted; a wrong MIC burns none.

use super::super::note::{JoinRefusal, LorawanNote, SentKind};
use super::dedup::Collected;
use super::downlink::{Carried, Outgoing, ReplyPath};
use super::duty::sent_frame;
use super::session::Session;
use super::{Device, NetworkServer, NsConfig};
use wire::air::lora::Hertz;
use wire::lorawan::{CfList, DevAddr, JoinAccept, JoinRequest, JoinRequestFrame, eu868, timing};
use wire::time::Instant;

impl NetworkServer {
    pub(super) fn judge_join(&mut self, collected: &Collected, frame: &JoinRequestFrame) {
        let request = frame.request();
        let (dev_eui, dev_nonce) = (request.dev_eui, request.dev_nonce);
        let verdict = match self.devices.get_mut(&dev_eui) {
            Some(device) => check(device, collected, frame, self.config.enforce_duty_cycle)
                .map(|path| (accept(device, &self.config, request, self.now), path)),
            None => Err(JoinRefusal::UnknownDevice),
        };
        match verdict {
            Ok(((octets, dev_addr), path)) => {
                self.note(LorawanNote::JoinAccepted { dev_eui, dev_nonce, dev_addr });
                self.send(Outgoing {
                    dev_eui,
                    octets,
                    path,
                    kind: SentKind::JoinAccept,
                    carried: Carried::default(),
                });
            }
            Err(cause) => self.note(LorawanNote::JoinRefused { dev_eui, dev_nonce, cause }),
        }
    }
}

/// All that can be wrong with a join-request of a registered device; else the way of the answer.
fn check(
    device: &mut Device,
    collected: &Collected,
    frame: &JoinRequestFrame,
    enforce_duty_cycle: bool,
) -> Result<ReplyPath, JoinRefusal> {
    let request = frame.request();
    if request.app_eui != device.config.app_eui {
        return Err(JoinRefusal::WrongAppEui { got: request.app_eui });
    }
    if !frame.is_authentic(&device.config.app_key) {
        return Err(JoinRefusal::WrongMic);
    }
    if let Some(at) = device.used_nonces.get(&request.dev_nonce) {
        return Err(JoinRefusal::DevNonceUsed { at: *at });
    }
    if !eu868::DEFAULT_CHANNELS.contains(&collected.frequency) {
        return Err(JoinRefusal::WrongChannel { frequency: collected.frequency });
    }
    let data_rate = eu868::data_rate(collected.modulation)
        .filter(|rate| eu868::CHANNEL_DATA_RATES.contains(&rate.0))
        .ok_or(JoinRefusal::WrongDataRate { modulation: collected.modulation })?;
    let sent = sent_frame(collected.frequency, collected.modulation, &collected.payload);
    let breach = device.airtime.record(collected.first_at, &sent);
    if let Some(breach) = breach.filter(|_| enforce_duty_cycle) {
        return Err(JoinRefusal::DutyCycle(breach));
    }
    Ok(ReplyPath {
        best: collected.best(),
        rx1_frequency: collected.frequency,
        rx1_data_rate: data_rate,
        rx1_delay: timing::JOIN_ACCEPT_DELAY1,
        rx2_frequency: eu868::RX2_FREQUENCY,
        rx2_data_rate: eu868::RX2_DATA_RATE,
        preferred: device.preferred,
    })
}

/// Spends the nonce and offers a new session; the old one stays until the device uses the new keys.
fn accept(device: &mut Device, config: &NsConfig, request: JoinRequest, now: Instant) -> (Vec<u8>, DevAddr) {
    device.used_nonces.insert(request.dev_nonce, now);
    let dev_addr = DevAddr::in_network(config.net_id, device.rng.below(1 << 25) as u32);
    let accept = JoinAccept {
        app_nonce: device.next_app_nonce(),
        net_id: config.net_id,
        dev_addr,
        dl_settings: config.windows.dl_settings(),
        rx_delay: config.windows.rx_delay,
        cf_list: config.cf_list.map(|frequencies: [Hertz; 5]| CfList::new(frequencies)),
    };
    let app_key = &device.config.app_key;
    let keys = accept.session_keys(app_key, request.dev_nonce);
    device.offered = Some(Session::new(dev_addr, keys, now, config.windows, config.cf_list));
    (accept.seal(app_key), dev_addr)
}
