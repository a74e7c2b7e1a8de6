//! Downlinks: what goes into one, in which window, and what a gateway's answer means.
//!
//! At most one per uplink. RX1 is tried first, unless RX2 is preferred for the device; a gateway's refusal of RX1 moves
//! the same frame to RX2. A frame that never went on the air gives its counter back.

use super::super::link::{GatewayDownlink, Reception, TxAck, When, Window};
use super::super::note::{DownlinkFailure, LorawanNote, SentKind};
use super::config::Class;
use super::dedup::Collected;
use super::device::QueuedDownlink;
use super::session::Session;
use super::{Device, NetworkServer, NsOutput};
use std::collections::VecDeque;
use wire::air::lora::Hertz;
use wire::id::Eui64;
use wire::lorawan::mac::DownlinkCommand;
use wire::lorawan::{DataMessage, DataRate, Direction, FOpts, PortPayload, eu868, timing};
use wire::time::{Duration, Instant};

/// After the target of a downlink, how long a gateway's TX_ACK is waited for.
const TX_ACK_PATIENCE: Duration = Duration::from_secs(20);
/// The largest FRMPayload that every data rate allows.
pub(super) const SMALLEST_LIMIT: usize = 51;

/// The receive windows that an uplink opens, and the gateway that can reach them.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReplyPath {
    pub(super) best: Reception,
    pub(super) rx1_frequency: Hertz,
    pub(super) rx1_data_rate: DataRate,
    pub(super) rx1_delay: Duration,
    pub(super) rx2_frequency: Hertz,
    pub(super) rx2_data_rate: DataRate,
    pub(super) preferred: Window,
}

impl ReplyPath {
    fn data_rate(&self, window: Window) -> DataRate {
        match window {
            Window::Rx1 => self.rx1_data_rate,
            Window::Rx2 => self.rx2_data_rate,
        }
    }

    fn frequency(&self, window: Window) -> Hertz {
        match window {
            Window::Rx1 => self.rx1_frequency,
            Window::Rx2 => self.rx2_frequency,
        }
    }

    fn when(&self, window: Window) -> When {
        let delay = match window {
            Window::Rx1 => self.rx1_delay,
            Window::Rx2 => self.rx1_delay + timing::RX2_AFTER_RX1,
        };
        When::AtCounter(self.best.tmst.wrapping_add(delay.as_micros() as u32))
    }
}

/// What a downlink took from the device's queues, to be given back when it never went on the air.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    item: Option<QueuedDownlink>,
    answers: Vec<DownlinkCommand>,
    requests: Vec<DownlinkCommand>,
}

/// A sealed frame on its way to a gateway.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) dev_eui: Eui64,
    pub(super) octets: Vec<u8>,
    pub(super) path: ReplyPath,
    pub(super) kind: SentKind,
    pub(super) carried: Carried,
}

/// A frame that a gateway has been asked to send.
#[derive(Clone, Debug)]
pub(super) struct InFlight {
    token: u16,
    /// None for class C.
    window: Option<Window>,
    pub(super) outgoing: Outgoing,
    pub(super) gives_up_at: Instant,
}

impl NetworkServer {
    /// A gateway says what became of the downlink `token`. Unknown tokens are ignored.
    pub fn handle_tx_ack(&mut self, now: Instant, gateway: Eui64, token: u16, ack: TxAck) {
        self.handle_timeout(now);
        let known = |flight: &InFlight| flight.token == token && flight.outgoing.path.best.gateway == gateway;
        let Some(at) = self.in_flight.iter().position(known) else { return };
        let InFlight { window, outgoing, .. } = self.in_flight.remove(at);
        let dev_eui = outgoing.dev_eui;
        if ack == TxAck::Accepted {
            self.note(LorawanNote::DownlinkSent { dev_eui, gateway, window, kind: outgoing.kind });
        } else if window == Some(Window::Rx1) && fits(&outgoing, Window::Rx2) {
            self.note(LorawanNote::DownlinkRetried { dev_eui, gateway, error: ack });
            self.send_in(outgoing, Some(Window::Rx2));
        } else {
            // In class C the same request would be refused again at once.
            if window.is_some() {
                self.give_back(&outgoing);
            }
            let cause = DownlinkFailure::Gateway { gateway, error: ack };
            self.note(LorawanNote::DownlinkFailed { dev_eui, cause });
        }
    }

    /// Sends in the preferred window.
    pub(super) fn send(&mut self, outgoing: Outgoing) {
        let window = outgoing.path.preferred;
        self.send_in(outgoing, Some(window));
    }

    /// Answers a new uplink where there is a reason to.
    pub(super) fn answer_uplink(&mut self, dev_eui: Eui64, uplink: &DataMessage) {
        let Some(device) = self.devices.get_mut(&dev_eui) else { return };
        let Some(path) = reply_path(device) else { return };
        let must = uplink.confirmed || uplink.adr_ack_req;
        let (failure, outgoing) = build(device, path, uplink.confirmed, must);
        if let Some(cause) = failure {
            self.note(LorawanNote::DownlinkFailed { dev_eui, cause });
        }
        if let Some(outgoing) = outgoing {
            self.send(outgoing);
        }
    }

    /// Answers a repetition when it asks for it: the ACK was lost.
    pub(super) fn answer_repetition(
        &mut self,
        dev_eui: Eui64,
        collected: &Collected,
        uplink: &DataMessage,
        data_rate: DataRate,
    ) {
        let Some(device) = self.devices.get_mut(&dev_eui) else { return };
        if let Some(last) = device.last_uplink.as_mut() {
            last.best = collected.best();
            last.frequency = collected.frequency;
            last.data_rate = data_rate;
        }
        if uplink.confirmed {
            self.answer_uplink(dev_eui, uplink);
        }
    }

    pub(super) fn has_class_c_downlink(&self) -> bool {
        self.devices.keys().any(|dev_eui| self.class_c_ready(*dev_eui))
    }

    /// Sends what class C devices have waiting, one frame at a time.
    pub(super) fn send_class_c(&mut self) {
        let ready: Vec<Eui64> =
            self.devices.keys().copied().filter(|dev_eui| self.class_c_ready(*dev_eui)).collect();
        for dev_eui in ready {
            let Some(device) = self.devices.get_mut(&dev_eui) else { continue };
            let Some(mut path) = reply_path(device) else { continue };
            path.preferred = Window::Rx2;
            let (failure, outgoing) = build(device, path, false, false);
            if let Some(cause) = failure {
                self.note(LorawanNote::DownlinkFailed { dev_eui, cause });
            }
            if let Some(outgoing) = outgoing {
                self.send_in(outgoing, None);
            }
        }
    }

    pub(super) fn give_up_on_silent_gateways(&mut self) {
        let now = self.now;
        let silent: Vec<_> = self.in_flight.extract_if(.., |flight| flight.gives_up_at <= now).collect();
        for InFlight { outgoing, .. } in silent {
            // It may have been on the air, so its counter is spent.
            let cause = DownlinkFailure::NoTxAck { gateway: outgoing.path.best.gateway };
            self.note(LorawanNote::DownlinkFailed { dev_eui: outgoing.dev_eui, cause });
        }
    }

    fn class_c_ready(&self, dev_eui: Eui64) -> bool {
        let flying = self.in_flight.iter().any(|flight| flight.outgoing.dev_eui == dev_eui);
        !flying
            && self.devices.get(&dev_eui).is_some_and(|device| {
                device.config.class == Class::C
                    && reply_path(device).is_some()
                    && device.current.as_ref().is_some_and(|session| session.unacknowledged.is_none())
                    && !device.queue.is_empty()
            })
    }

    /// Asks the gateway to send: in a class A window, or at once with the RX2 parameters.
    fn send_in(&mut self, outgoing: Outgoing, window: Option<Window>) {
        self.last_token = self.last_token.checked_add(1).unwrap_or(1);
        let path = &outgoing.path;
        let parameters = window.unwrap_or(Window::Rx2);
        let frequency = path.frequency(parameters);
        let data_rate = path.data_rate(parameters);
        let Some(modulation) = eu868::modulation(data_rate) else {
            let cause = DownlinkFailure::NotLora { data_rate };
            return self.note(LorawanNote::DownlinkFailed { dev_eui: outgoing.dev_eui, cause });
        };
        let downlink = GatewayDownlink {
            token: self.last_token,
            when: window.map_or(When::Immediately, |window| path.when(window)),
            frequency,
            modulation,
            eirp_dbm: eu868::band_of(frequency).map_or(14, |band| band.max_erp_dbm),
            payload: outgoing.octets.clone(),
        };
        let gateway = path.best.gateway;
        self.outputs.push_back(NsOutput::Downlink { gateway, downlink });
        let gives_up_at = self.now + TX_ACK_PATIENCE;
        self.in_flight.push(InFlight { token: self.last_token, window, outgoing, gives_up_at });
    }

    /// The frame never went on the air: counter, payload and commands are as before.
    fn give_back(&mut self, outgoing: &Outgoing) {
        let Some(device) = self.devices.get_mut(&outgoing.dev_eui) else { return };
        let SentKind::Data { fcnt, .. } = outgoing.kind else { return };
        let Some(session) = device.current.as_mut() else { return };
        if session.fcnt_down != fcnt + 1 {
            return;
        }
        session.fcnt_down = fcnt;
        session.unacknowledged = session.unacknowledged.filter(|waiting| *waiting != fcnt);
        session.awaiting.retain(|request| !outgoing.carried.requests.contains(request));
        session.answers.extend(&outgoing.carried.answers);
        for request in outgoing.carried.requests.iter().rev() {
            session.requests.push_front(*request);
        }
        if let Some(item) = outgoing.carried.item.clone() {
            device.queue.push_front(item);
        }
    }
}

/// The windows that the device's last uplink opened.
pub(super) fn reply_path(device: &Device) -> Option<ReplyPath> {
    let (session, last) = (device.current.as_ref()?, device.last_uplink.as_ref()?);
    let windows = session.windows;
    Some(ReplyPath {
        best: last.best,
        rx1_frequency: session.channel(last.frequency).map_or(last.frequency, |channel| channel.downlink),
        rx1_data_rate: eu868::rx1_data_rate(last.data_rate, windows.rx1_dr_offset)?,
        rx1_delay: timing::receive_delay(windows.rx_delay),
        rx2_frequency: session.rx2_frequency,
        rx2_data_rate: windows.rx2_data_rate,
        preferred: device.preferred,
    })
}

/// Whether the frame is short enough for the data rate of a window.
fn fits(outgoing: &Outgoing, window: Window) -> bool {
    // MHDR and MIC surround the MACPayload.
    eu868::max_mac_payload(outgoing.path.data_rate(window))
        .is_some_and(|limit| outgoing.octets.len() <= limit + 5)
}

/// Builds the downlink for a window: commands first, then a queued payload. Nothing when there is no reason for one.
fn build(
    device: &mut Device,
    path: ReplyPath,
    ack: bool,
    must: bool,
) -> (Option<DownlinkFailure>, Option<Outgoing>) {
    let Some(session) = device.current.as_mut() else { return (None, None) };
    // A counter is never used twice with the same keys: at its end only a new join helps.
    let Some(next_fcnt) = session.fcnt_down.checked_add(1) else { return (None, None) };
    let (commands, mut carried) = take_commands(session);
    let limit = eu868::max_frm_payload(path.data_rate(path.preferred)).unwrap_or_default();
    let mut failure = None;
    let mut message = DataMessage::new(Direction::Down, session.dev_addr, session.fcnt_down);
    match FOpts::new(commands) {
        Ok(f_opts) => {
            let room = limit.saturating_sub(f_opts.as_slice().len());
            (carried.item, failure) = take_payload(&mut device.queue, room, limit);
            message.f_opts = f_opts;
            message.payload = carried.item.as_ref().map(|item| item.payload.clone());
            message.confirmed = carried.item.as_ref().is_some_and(|item| item.confirmed);
        }
        // More commands than the header holds go to FPort 0 alone; the payload waits.
        Err(_) => {
            let octets = carried.answers.iter().chain(&carried.requests).flat_map(|c| c.to_octets());
            message.payload = Some(PortPayload { port: 0, octets: octets.collect() });
        }
    }
    if !must && message.payload.is_none() && message.f_opts.as_slice().is_empty() {
        return (failure, None);
    }
    message.ack = ack;
    message.f_pending = !device.queue.is_empty();
    session.fcnt_down = next_fcnt;
    session.awaiting.extend(&carried.requests);
    if message.confirmed {
        session.unacknowledged = Some(message.fcnt);
    }
    let kind = SentKind::Data {
        fcnt: message.fcnt,
        f_port: message.payload.as_ref().map(|payload| payload.port),
        confirmed: message.confirmed,
        ack,
    };
    let octets = message.seal(&session.keys);
    (failure, Some(Outgoing { dev_eui: device.config.dev_eui, octets, path, kind, carried }))
}

/// Takes all answers, and those requests of whose kind none waits for its answer, as far as a frame can hold them.
fn take_commands(session: &mut Session) -> (Vec<u8>, Carried) {
    let answers = std::mem::take(&mut session.answers);
    let mut octets = DownlinkCommand::write_all(&answers);
    let waiting: Vec<u8> = session.awaiting.iter().filter_map(|r| r.to_octets().first().copied()).collect();
    let (mut requests, mut later) = (Vec::new(), VecDeque::new());
    for request in session.requests.drain(..) {
        let more = request.to_octets();
        let repeats = more.first().is_some_and(|id| waiting.contains(id));
        // Requests stay in their order: once one waits, so do those behind it.
        if repeats || !later.is_empty() || octets.len() + more.len() > SMALLEST_LIMIT {
            later.push_back(request);
        } else {
            octets.extend(more);
            requests.push(request);
        }
    }
    session.requests = later;
    (octets, Carried { item: None, answers, requests })
}

/// The next payload when it fits beside the commands; one that can never fit is dropped and named.
fn take_payload(
    queue: &mut VecDeque<QueuedDownlink>,
    room: usize,
    limit: usize,
) -> (Option<QueuedDownlink>, Option<DownlinkFailure>) {
    let mut failure = None;
    while let Some(next) = queue.front() {
        let got = next.payload.octets.len();
        if got <= room {
            return (queue.pop_front(), failure);
        }
        if got <= limit {
            break;
        }
        failure = Some(DownlinkFailure::TooLong { got, limit });
        queue.pop_front();
    }
    (None, failure)
}
