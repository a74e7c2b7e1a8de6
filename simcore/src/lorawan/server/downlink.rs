//! Downlinks: what goes into one, in which window and by which gateway, and what a gateway's answer means.
//!
//! At most one per uplink. RX1 of the gateway that heard best is tried first, unless RX2 is preferred for the device; then
//! its RX2, then the other gateways. A gateway without duty cycle left is passed over, one that is busy comes last. A frame
//! that never went on the air gives its counter back.

use super::super::link::{GatewayDownlink, Reception, TxAck, When, Window};
use super::super::note::{DownlinkFailure, LorawanNote, Obstacle, SentKind};
use super::config::Class;
use super::dedup::Receptions;
use super::device::QueuedDownlink;
use super::flights::{Flight, TX_ACK_PATIENCE};
use super::gateways::Slot;
use super::session::{Session, Unacknowledged};
use super::{Device, NetworkServer, NsOutput};
use smallvec::SmallVec;
use std::collections::VecDeque;
use wire::air::lora::{Hertz, Modulation};
use wire::id::Eui64;
use wire::lorawan::airtime::time_on_air;
use wire::lorawan::mac::DownlinkCommand;
use wire::lorawan::{DataMessage, DataRate, Direction, FOpts, PayloadRule, PortPayload, Region, timing};
use wire::time::{Duration, Instant, Wakeup};

/// A packet forwarder says TOO_LATE this long before the target (`jitqueue.c`).
const TOO_LATE: i64 = 42_500;

/// The receive windows that an uplink opens, and the gateways that can reach them.
#[derive(Clone, Debug)]
pub(super) struct ReplyPath {
    /// When the uplink reached the server.
    pub(super) first_at: Instant,
    /// The best first.
    pub(super) receptions: Receptions,
    pub(super) rx1_frequency: Hertz,
    pub(super) rx1_data_rate: DataRate,
    pub(super) rx1_delay: Duration,
    pub(super) rx2_frequency: Hertz,
    pub(super) rx2_data_rate: DataRate,
    pub(super) preferred: Window,
    pub(super) region: &'static Region,
    pub(super) class: Class,
    /// Which limits of length hold.
    pub(super) rule: PayloadRule,
}

impl ReplyPath {
    pub(super) fn data_rate(&self, window: Window) -> DataRate {
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

    /// From the end of the uplink to the window.
    pub(super) fn delay(&self, window: Window) -> Duration {
        match window {
            Window::Rx1 => self.rx1_delay,
            Window::Rx2 => self.rx1_delay + timing::RX2_AFTER_RX1,
        }
    }

    /// The count of the gateway at which the window opens.
    fn count(&self, reception: &Reception, window: Window) -> u32 {
        reception.tmst.wrapping_add(self.delay(window).as_micros() as u32)
    }
}

/// What a downlink took from the device's queues, to be given back when it never went on the air.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    item: Option<QueuedDownlink>,
    answers: Vec<DownlinkCommand>,
    requests: Vec<DownlinkCommand>,
    /// A confirmed downlink again, with the counter that it has.
    again: bool,
}

/// One way of sending a frame: a gateway, and a window or, in class C, at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) reception: Reception,
    pub(super) window: Option<Window>,
}

/// A sealed frame on its way to a gateway. It goes through many hands, so it lies in one place.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) dev_eui: Eui64,
    pub(super) octets: Vec<u8>,
    pub(super) path: ReplyPath,
    pub(super) kind: SentKind,
    pub(super) carried: Carried,
    /// What has not been tried, in order.
    ways: SmallVec<[Way; 2]>,
    /// For class C, outside the windows.
    pub(super) at_once: bool,
}

impl Outgoing {
    /// A frame for the windows of `path`.
    pub(super) fn new(
        dev_eui: Eui64,
        octets: Vec<u8>,
        path: ReplyPath,
        kind: SentKind,
        carried: Carried,
    ) -> Box<Self> {
        let windows: &[Window] = match path.preferred {
            Window::Rx1 => &[Window::Rx1, Window::Rx2],
            Window::Rx2 => &[Window::Rx2],
        };
        let fits = |window: &&Window| {
            // MHDR and MIC surround the MACPayload.
            **window == path.preferred
                || path
                    .region
                    .max_mac_payload(path.data_rate(**window), path.rule)
                    .is_some_and(|limit| octets.len() <= limit + 5)
        };
        let of = |reception: &Reception| {
            let reception = *reception;
            windows.iter().filter(fits).map(move |window| Way { reception, window: Some(*window) })
        };
        let ways = path.receptions.iter().flat_map(of).collect();
        Box::new(Self { dev_eui, octets, path, kind, carried, ways, at_once: false })
    }

    /// The same frame at once, for class C.
    fn for_class_c(mut self: Box<Self>) -> Box<Self> {
        self.at_once = true;
        let way = |reception: &Reception| Way { reception: *reception, window: None };
        self.ways = self.path.receptions.iter().map(way).collect();
        self
    }

    fn slot(&self, way: &Way) -> Option<(Slot, Modulation)> {
        let window = way.window.unwrap_or(Window::Rx2);
        let modulation = self.path.region.modulation(self.path.data_rate(window))?;
        let slot = Slot {
            start: way.window.map(|window| self.path.count(&way.reception, window)),
            frequency: self.path.frequency(window),
            time_on_air: time_on_air(modulation, self.octets.len(), false),
        };
        Some((slot, modulation))
    }

    /// How late the request was, judged by the gateway's count when the uplink reached the server.
    fn missed_by(&self, now: Instant, way: &Way) -> Option<Duration> {
        let window = way.window?;
        let waited = now.since(self.path.first_at).as_micros() as i64;
        let ahead = self.path.count(&way.reception, window).wrapping_sub(way.reception.tmst);
        u64::try_from(waited + TOO_LATE - i64::from(ahead)).ok().map(Duration::from_micros)
    }
}

impl NetworkServer {
    /// A gateway says what became of the downlink `token`. Unknown tokens are ignored.
    pub fn handle_tx_ack(&mut self, now: Instant, gateway: Eui64, token: u16, ack: TxAck) {
        self.handle_timeout(now);
        if self.take_group_ack(gateway, token, &ack) {
            return;
        }
        let Some(Flight { outgoing, way, slot, .. }) = self.flights.take(gateway, token) else { return };
        let dev_eui = outgoing.dev_eui;
        if ack == TxAck::Accepted {
            let (window, kind) = (way.window, outgoing.kind);
            self.outbox.note(LorawanNote::DownlinkSent { dev_eui, gateway, window, kind });
            return;
        }
        self.gateways.release(gateway, &slot);
        // A time that has passed is too early to a packet forwarder.
        let of_time = matches!(ack, TxAck::TooLate | TxAck::TooEarly);
        let missed_by = outgoing.missed_by(self.now, &way).filter(|_| of_time);
        let refusal = DownlinkFailure::Gateway { gateway, error: ack, missed_by };
        self.send_next(outgoing, Some(refusal));
    }

    /// Sends by the first way that is open.
    pub(super) fn send(&mut self, outgoing: Box<Outgoing>) {
        self.send_next(outgoing, None);
    }

    /// Answers a new uplink, or a repeated one that asks for it, where there is a reason to.
    pub(super) fn answer_uplink(&mut self, dev_eui: Eui64, ack: bool, adr_ack_req: bool) {
        let Some(device) = self.devices.get_mut(dev_eui) else { return };
        if !(ack || adr_ack_req || has_reason(device)) {
            return;
        }
        let Some(path) = reply_path(device) else { return };
        let (failure, outgoing) = build(device, path, ack, ack || adr_ack_req);
        if let Some(session) = device.traffic.current.as_mut().filter(|_| outgoing.is_some()) {
            // The device hears a downlink in a window, and need not repeat its answers.
            session.sticky.clear();
        }
        if let Some(cause) = failure {
            self.outbox.note(LorawanNote::DownlinkFailed { dev_eui, cause });
        }
        if let Some(outgoing) = outgoing {
            self.send(outgoing);
        }
    }

    /// When the next frame to a class C device can go out.
    pub(super) fn class_c_wakeup(&self) -> Option<Wakeup> {
        let next = self.class_c.iter().filter_map(|dev_eui| self.class_c_due(*dev_eui)).min()?;
        Some(Wakeup::new(next.max(self.now), "class C downlink"))
    }

    /// Sends what class C devices have waiting, one frame at a time.
    pub(super) fn send_class_c(&mut self) {
        if self.class_c.is_empty() {
            return;
        }
        let is_due = |dev_eui: &Eui64| self.class_c_due(*dev_eui).is_some_and(|due| due <= self.now);
        let ready: Vec<Eui64> = self.class_c.iter().copied().filter(is_due).collect();
        for dev_eui in ready {
            let Some(device) = self.devices.get_mut(dev_eui) else { continue };
            let path = reply_path(device).map(|path| ReplyPath { preferred: Window::Rx2, ..path });
            let (failure, outgoing) = path.map_or((None, None), |path| build(device, path, false, false));
            // What cannot be built now cannot be built in the same moment again.
            if device.traffic.queue.is_empty() || outgoing.is_none() {
                self.class_c.remove(&dev_eui);
            }
            if let Some(cause) = failure {
                self.outbox.note(LorawanNote::DownlinkFailed { dev_eui, cause });
            }
            if let Some(outgoing) = outgoing {
                self.send_next(outgoing.for_class_c(), None);
            }
        }
    }

    pub(super) fn give_up_on_silent_gateways(&mut self) {
        while let Some((gateway, flight)) = self.flights.take_silent(self.now) {
            // It may have been on the air, so its counter is spent.
            let cause = DownlinkFailure::NoTxAck { gateway };
            let dev_eui = flight.outgoing.dev_eui;
            self.outbox.note(LorawanNote::DownlinkFailed { dev_eui, cause });
        }
    }

    /// When what a class C device has waiting can go out: not before a frame in a window, nor before an acknowledgement.
    fn class_c_due(&self, dev_eui: Eui64) -> Option<Instant> {
        let device = self.devices.get(dev_eui)?;
        let session = device.traffic.current.as_ref()?;
        let can = device.config.class == Class::C
            && device.traffic.last_uplink.is_some()
            && session.unacknowledged.is_none()
            && !device.traffic.queue.is_empty();
        self.flights.is_free_at(dev_eui).filter(|_| can)
    }

    /// Asks a gateway: the first without an obstacle, else the first that is only busy. `refusal` is what the gateway
    /// before said.
    fn send_next(&mut self, mut outgoing: Box<Outgoing>, refusal: Option<DownlinkFailure>) {
        let dev_eui = outgoing.dev_eui;
        // What closes the first way, the first that is only busy, and the first that is open.
        let (mut first, mut busy, mut open) = (None, None, None);
        for (index, way) in outgoing.ways.iter().enumerate() {
            let Some((slot, modulation)) = outgoing.slot(way) else { continue };
            let duty_cycle = self.config.enforce_gateway_duty_cycle;
            let gateway = way.reception.gateway;
            let Some(obstacle) = self.gateways.obstacle(self.now, gateway, &slot, duty_cycle) else {
                open = Some((index, slot, modulation));
                break;
            };
            first.get_or_insert((index, gateway, obstacle));
            if obstacle == Obstacle::Busy {
                busy.get_or_insert((index, slot, modulation));
            }
        }
        let Some((index, slot, modulation)) = open.or(busy) else {
            let blocked = first.map(|(_, gateway, obstacle)| DownlinkFailure::Blocked { gateway, obstacle });
            let data_rate = outgoing.path.data_rate(outgoing.path.preferred);
            let cause = refusal.or(blocked).unwrap_or(DownlinkFailure::NotLora { data_rate });
            return self.fail(&outgoing, cause);
        };
        if let Some((_, gateway, obstacle)) = first.filter(|(first, ..)| *first != index) {
            self.outbox.note(LorawanNote::DownlinkMoved { dev_eui, gateway, obstacle });
        }
        let way = outgoing.ways.remove(index);
        if let Some(DownlinkFailure::Gateway { gateway, error, missed_by }) = refusal {
            let (by, window) = (way.reception.gateway, way.window);
            let retried = LorawanNote::DownlinkRetried { dev_eui, gateway, error, missed_by, by, window };
            self.outbox.note(retried);
        }
        self.launch(outgoing, way, slot, modulation);
    }

    fn launch(&mut self, outgoing: Box<Outgoing>, way: Way, slot: Slot, modulation: Modulation) {
        let gateway = way.reception.gateway;
        let downlink = GatewayDownlink {
            token: self.flights.next_token(),
            dev_eui: Some(outgoing.dev_eui),
            when: slot.start.map_or(When::Immediately, When::AtCounter),
            frequency: slot.frequency,
            modulation,
            eirp_dbm: outgoing.path.region.sub_band(slot.frequency).map_or(14, |band| band.max_erp_dbm),
            inverted_iq: true,
            payload: outgoing.octets.clone(),
        };
        let token = downlink.token;
        self.gateways.book(self.now, gateway, slot);
        self.outbox.push(NsOutput::Downlink { gateway, downlink });
        let gives_up_at = self.now + TX_ACK_PATIENCE;
        self.flights.add(gateway, token, Flight { outgoing, way, slot, gives_up_at });
    }

    fn fail(&mut self, outgoing: &Outgoing, cause: DownlinkFailure) {
        let dev_eui = outgoing.dev_eui;
        self.give_back(outgoing);
        self.outbox.note(LorawanNote::DownlinkFailed { dev_eui, cause });
    }

    /// The frame never went on the air: counter, payload and commands are as before.
    fn give_back(&mut self, outgoing: &Outgoing) {
        let Some(device) = self.devices.get_mut(outgoing.dev_eui) else { return };
        let SentKind::Data { fcnt, .. } = outgoing.kind else { return };
        let Some(session) = device.traffic.current.as_mut() else { return };
        if session.fcnt_down != fcnt + 1 {
            return;
        }
        session.awaiting.retain(|request| !outgoing.carried.requests.contains(request));
        if outgoing.carried.again {
            if let Some(waiting) = session.unacknowledged.as_mut() {
                waiting.tries = waiting.tries.saturating_sub(1);
            }
            return;
        }
        session.fcnt_down = fcnt;
        session.unacknowledged.take_if(|waiting| waiting.fcnt == fcnt);
        session.answers.extend(&outgoing.carried.answers);
        for request in outgoing.carried.requests.iter().rev() {
            session.requests.push_front(*request);
        }
        // In class C the same payload would be refused again at once.
        if let Some(item) = outgoing.carried.item.clone().filter(|_| !outgoing.at_once) {
            device.traffic.queue.push_front(item);
        }
    }
}

/// Whether anything waits for the device's next receive window.
pub(super) fn has_reason(device: &Device) -> bool {
    !device.traffic.queue.is_empty()
        || device.traffic.current.as_ref().is_some_and(|session| {
            !session.answers.is_empty() || !session.requests.is_empty() || session.unacknowledged.is_some()
        })
}

/// The windows that the device's last uplink opened.
pub(super) fn reply_path(device: &Device) -> Option<ReplyPath> {
    let (session, last) = (device.traffic.current.as_ref()?, device.traffic.last_uplink.as_ref()?);
    let (windows, frequency, region) = (session.windows, last.heard.frequency, device.region);
    Some(ReplyPath {
        first_at: last.heard.first_at,
        receptions: last.heard.receptions.clone(),
        rx1_frequency: session.channel(region, frequency).map_or(frequency, |channel| channel.downlink),
        rx1_data_rate: region.rx1_data_rate(last.data_rate, windows.rx1_dr_offset, session.downlink_dwell)?,
        rx1_delay: timing::receive_delay(windows.rx_delay),
        rx2_frequency: session.rx2_frequency,
        rx2_data_rate: windows.rx2_data_rate,
        preferred: device.preferred,
        region,
        class: device.config.class,
        rule: session.downlink_rule(),
    })
}

/// Builds the downlink for a window: commands first, then a queued payload. Nothing when there is no reason for one.
fn build(
    device: &mut Device,
    path: ReplyPath,
    ack: bool,
    must: bool,
) -> (Option<DownlinkFailure>, Option<Box<Outgoing>>) {
    let Some(session) = device.traffic.current.as_mut() else { return (None, None) };
    if let Some(again) = session.unacknowledged.clone() {
        return (None, Some(send_again(device, path, ack, again)));
    }
    // A counter is never used twice with the same keys: at its end only a new join helps.
    let Some(next_fcnt) = session.fcnt_down.checked_add(1) else {
        return (Some(DownlinkFailure::CounterAtEnd), None);
    };
    let (commands, mut carried, late) = take_commands(path.region, session);
    let must = must || late;
    let limit = path.region.max_frm_payload(path.data_rate(path.preferred), path.rule).unwrap_or_default();
    let mut failure = None;
    let mut message = DataMessage::new(Direction::Down, session.dev_addr, session.fcnt_down);
    match FOpts::new(commands) {
        Ok(f_opts) => {
            let room = limit.saturating_sub(f_opts.as_slice().len());
            (carried.item, failure) = take_payload(&mut device.traffic.queue, room, limit);
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
    let f_pending = !device.traffic.queue.is_empty();
    (message.ack, message.f_pending) = (ack, f_pending);
    session.fcnt_down = next_fcnt;
    session.awaiting.extend(&carried.requests);
    if let Some(item) = carried.item.clone().filter(|item| item.confirmed) {
        let (f_opts, requests) = (message.f_opts.clone(), carried.requests.clone());
        session.unacknowledged =
            Some(Unacknowledged { fcnt: message.fcnt, item, f_opts, requests, tries: 1, ack, f_pending });
    }
    let kind = SentKind::Data {
        fcnt: message.fcnt,
        f_port: message.payload.as_ref().map(|payload| payload.port),
        confirmed: message.confirmed,
        ack,
    };
    let octets = message.seal(&session.keys);
    (failure, Some(Outgoing::new(device.config.dev_eui, octets, path, kind, carried)))
}

/// A confirmed downlink again (clause 4.3.1.5). A device knows a repetition by its MIC, so it is the same octets; where the ACK bit
/// must be another, it is a new frame with the next counter, for a counter never stands for two frames.
fn send_again(device: &mut Device, path: ReplyPath, ack: bool, again: Unacknowledged) -> Box<Outgoing> {
    let dev_eui = device.config.dev_eui;
    let (mut fcnt, mut bits) = (again.fcnt, (again.ack, again.f_pending));
    let pending = !device.traffic.queue.is_empty();
    let octets = device.traffic.current.as_mut().map(|session| {
        if let Some(next) = session.fcnt_down.checked_add(1).filter(|_| ack != again.ack) {
            (fcnt, bits) = (session.fcnt_down, (ack, pending));
            session.fcnt_down = next;
        }
        let mut message = DataMessage::new(Direction::Down, session.dev_addr, fcnt);
        message.payload = Some(again.item.payload.clone());
        message.confirmed = true;
        (message.ack, message.f_pending) = bits;
        message.f_opts = again.f_opts;
        session.awaiting.extend(&again.requests);
        if let Some(waiting) = session.unacknowledged.as_mut() {
            waiting.tries = waiting.tries.saturating_add(1);
            (waiting.fcnt, (waiting.ack, waiting.f_pending)) = (fcnt, bits);
        }
        message.seal(&session.keys)
    });
    let kind = SentKind::Data { fcnt, f_port: Some(again.item.payload.port), confirmed: true, ack: bits.0 };
    let carried = Carried { requests: again.requests, again: true, ..Carried::default() };
    Outgoing::new(dev_eui, octets.unwrap_or_default(), path, kind, carried)
}

/// The largest FRMPayload that every data rate of downlinks allows; a device without a session has the region's rule.
pub(super) fn smallest_limit(region: &Region, rule: Option<PayloadRule>) -> usize {
    let rule = rule.unwrap_or(PayloadRule::with_dwell(region.starts_in_dwell()));
    let rates = (0..16).map(DataRate).filter(|rate| region.is_defined(*rate, Direction::Down));
    rates.filter_map(|rate| region.max_frm_payload(rate, rule)).min().unwrap_or_default()
}

/// Takes all answers, and those requests of whose kind none waits for its answer, as far as a frame can hold them.
///
/// A request whose last answer the device still repeats waits, and a frame is needed so that it hears one: that is the last
/// value.
fn take_commands(region: &Region, session: &mut Session) -> (Vec<u8>, Carried, bool) {
    let answers = std::mem::take(&mut session.answers);
    let mut octets = DownlinkCommand::write_all(&answers);
    let mut waiting: Vec<u8> =
        session.awaiting.iter().filter_map(|r| r.to_octets().first().copied()).collect();
    waiting.extend(&session.sticky);
    let mut late = false;
    let limit = smallest_limit(region, Some(session.downlink_rule()));
    let (mut requests, mut later) = (Vec::new(), VecDeque::new());
    for request in session.requests.drain(..) {
        let more = request.to_octets();
        let repeats = more.first().is_some_and(|id| waiting.contains(id));
        // Requests stay in their order: once one waits, so do those behind it.
        if repeats || !later.is_empty() || octets.len() + more.len() > limit {
            late |= repeats;
            later.push_back(request);
        } else {
            octets.extend(more);
            requests.push(request);
        }
    }
    session.requests = later;
    (octets, Carried { item: None, answers, requests, again: false }, late)
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
