//! New uplinks: what they carry, and what their number does to ADR (LoRaWAN 1.0.2 clauses 4.3.1.1 and 5).

use super::exchange::{Exchange, Purpose};
use super::mac::Mac;
use crate::defect::Defect;
use wire::lorawan::crypto::Direction;
use wire::lorawan::mac::UplinkCommand;
use wire::lorawan::timing::{ADR_ACK_DELAY, ADR_ACK_LIMIT};
use wire::lorawan::{DataMessage, FOpts, PortPayload};
use wire::time::Instant;

/// Builds the next uplink that the host asked for. None when there is no session.
///
/// Waiting MAC answers go to FOpts as far as they fit beside the data. In an empty uplink they go to FPort 0 when FOpts
/// is too small for them.
pub(super) fn build(
    mac: &mut Mac,
    now: Instant,
    confirmed: bool,
    data: Option<(u8, Vec<u8>)>,
) -> Option<Exchange> {
    build_for(mac, now, confirmed, false, data)
}

/// As [`build`], for an uplink that the host did not ask for.
pub(super) fn build_unasked(
    mac: &mut Mac,
    now: Instant,
    confirmed: bool,
    data: Option<(u8, Vec<u8>)>,
) -> Option<Exchange> {
    build_for(mac, now, confirmed, true, data)
}

fn build_for(
    mac: &mut Mac,
    now: Instant,
    confirmed: bool,
    reply: bool,
    data: Option<(u8, Vec<u8>)>,
) -> Option<Exchange> {
    let (dev_addr, keys) = mac.parameters.session()?;
    add_link_check(mac, now);
    let network = &mac.parameters.network;
    let (data_rate, nb_trans) = (network.data_rate, network.nb_trans);
    let mut message = DataMessage::new(Direction::Up, dev_addr, mac.parameters.fcnt_up);
    message.confirmed = confirmed;
    message.adr = mac.parameters.adr;
    message.adr_ack_req = message.adr
        && !mac.has(Defect::NeverAsksForAdr)
        && mac.unanswered >= ADR_ACK_LIMIT
        && data_rate > network.lowest_data_rate();
    message.ack = mac.ack_due;
    mac.ack_due &= mac.has(Defect::AcknowledgesForever);
    let most = network.max_frm_payload(data_rate).unwrap_or_default();
    if data.is_none() && mac.answers.octets() > FOpts::MAX {
        message.payload = Some(PortPayload { port: 0, octets: mac.answers.take(most) });
    } else {
        message.payload = data.map(|(port, octets)| PortPayload { port, octets });
        let used = message.payload.as_ref().map_or(0, |payload| payload.octets.len());
        let space = most.saturating_sub(used).min(FOpts::MAX);
        message.f_opts = FOpts::new(mac.answers.take(space)).unwrap_or_default();
    }
    if mac.has(Defect::ForgetsStickyAnswers) {
        mac.answers.downlink_heard();
    }
    if mac.has(Defect::CutsCounterTo16Bits) {
        message.fcnt &= 0xffff;
    }
    let nb_trans = if mac.has(Defect::IgnoresNbTrans) { 1 } else { nb_trans };
    let limit = if confirmed { mac.parameters.retransmissions.saturating_add(1) } else { nb_trans };
    Some(Exchange::new(Purpose::Uplink { confirmed, reply }, message.seal(&keys), data_rate, limit))
}

fn add_link_check(mac: &mut Mac, now: Instant) {
    if mac.link_check_due.is_some_and(|due| due <= now) {
        mac.answers.push(UplinkCommand::LinkCheckReq);
        mac.link_check_due = mac.parameters.link_check.map(|interval| now + interval);
    }
}

/// An uplink has come to its end: counts it, and lets ADR fall back when nobody answers.
pub(super) fn count(mac: &mut Mac, exchange: &Exchange) {
    let answered = exchange.answered;
    let failed = matches!(exchange.purpose, Purpose::Uplink { confirmed: true, .. }) && !answered;
    if failed && mac.has(Defect::KeepsCounterAfterFailure) {
        return;
    }
    mac.parameters.fcnt_up = mac.parameters.fcnt_up.saturating_add(1);
    if answered || !mac.parameters.adr || mac.has(Defect::NeverAsksForAdr) {
        mac.unanswered = 0;
        return;
    }
    mac.unanswered = mac.unanswered.saturating_add(1);
    let loses_channels = mac.has(Defect::LosesChannelsInBackOff);
    let network = &mut mac.parameters.network;
    if mac.unanswered == ADR_ACK_LIMIT {
        network.tx_power = 0;
    }
    let beyond = mac.unanswered.checked_sub(ADR_ACK_LIMIT + ADR_ACK_DELAY);
    if beyond.is_some_and(|beyond| beyond.is_multiple_of(ADR_ACK_DELAY)) {
        network.lower_data_rate();
        if network.data_rate == network.lowest_data_rate() {
            network.channels.enable_defaults();
            if loses_channels {
                network.channels.enable_only((0..network.region().default_channels()).collect());
            }
        }
        network.keep_able_to_send();
    }
}
