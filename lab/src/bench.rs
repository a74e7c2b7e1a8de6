//! The table: every part, and what passes between them at one moment.
//!
//! The bench does not know where the serial lines lead; it hands bytes for a line to a [`Lines`]. It owns no clock:
//! whoever pumps says what time it is.

use crate::backhaul::Backhaul;
use crate::capture::Capture;
use crate::ether::cellular::{Arrival, CellularAir};
use crate::ether::lora::{AirOutput, LoraAir, RadioIndex};
use crate::field::FieldTally;
use crate::line_fault::LineFault;
use crate::seats::{Identity, Seat, Seats, Simulated};
use crate::timed_frames::TimedFrames;
use crate::trace::{Happening, LineEvent, Record, SeatId, Trace};
use simcore::cellular::CellularOutput;
use simcore::lorawan::{
    Gateway, GatewayDownlink, GatewayEvent, GatewayOutput, GatewayUplink, LorawanNote, NsOutput,
    PacketForwarder, Stream,
};
use simcore::{Core, Note};
use simdev::modem::ModemOutput;
use simdev::node::{Node, NodeOutput};
use std::collections::VecDeque;
use wire::air::cellular::{RadioDown, RadioUp, UeId};
use wire::air::lora::{HeardFrame, LoraFrame};
use wire::id::Eui64;
use wire::nas::Side;
use wire::time::{Instant, Wakeup};

/// Where the bytes of a serial line go.
pub trait Lines {
    /// The host wrote to the port of `seat`.
    fn to_device(&mut self, now: Instant, seat: SeatId, bytes: Vec<u8>);
    /// The device of `seat` wrote to its port.
    fn to_host(&mut self, now: Instant, seat: SeatId, bytes: Vec<u8>);
    /// The next fault of the line of `seat` that is not written down; called until `None` after every write.
    fn poll_fault(&mut self, seat: SeatId) -> Option<LineFault>;
}

/// A simulated gateway with its radio.
#[derive(Debug)]
pub struct GatewaySeat {
    /// The concentrator.
    pub gateway: Gateway,
    /// Its radio.
    pub radio: RadioIndex,
    /// Its way to a network server that is not ours.
    pub forwarder: Option<PacketForwarder>,
    /// What carries its frames to the network server.
    pub backhaul: Backhaul,
    /// What it sent, the latest last.
    sent: VecDeque<HeardFrame>,
}

impl GatewaySeat {
    /// How many of its frames are remembered.
    const REMEMBERED: usize = 1_000;

    /// A gateway that has sent nothing yet.
    pub(crate) fn new(gateway: Gateway, radio: RadioIndex, forwarder: Option<PacketForwarder>) -> Self {
        Self { gateway, radio, forwarder, backhaul: Backhaul::default(), sent: VecDeque::new() }
    }

    /// The latest frames that it sent, as they left its aerial.
    pub fn transmissions(&self) -> impl Iterator<Item = &HeardFrame> {
        self.sent.iter()
    }

    fn remember(&mut self, now: Instant, frame: &LoraFrame) {
        if self.sent.len() >= Self::REMEMBERED {
            self.sent.pop_front();
        }
        self.sent.push_back(sent(now, frame.clone()));
    }
}

/// A frame that begins now, as it leaves the aerial.
fn sent(now: Instant, frame: LoraFrame) -> HeardFrame {
    HeardFrame {
        started: now,
        ended: now + frame.time_on_air(),
        rssi_dbm: i16::from(frame.eirp_dbm),
        snr_decibel_tenths: 0,
        frame,
    }
}

/// Every part of a lab.
#[derive(Debug)]
pub struct Bench {
    /// Devices.
    pub seats: Seats,
    /// The operator.
    pub core: Core,
    /// The cellular air.
    pub cellular_air: CellularAir,
    /// The LoRa air.
    pub lora_air: LoraAir,
    /// Frames of a test's own transmitter that wait for their time.
    pub timed_frames: TimedFrames,
    /// Simulated gateways.
    pub gateways: Vec<GatewaySeat>,
    /// Downlinks for gateways that are not simulated, until a door fetches them.
    pub outside_downlinks: Vec<(Eui64, GatewayDownlink)>,
    /// Datagrams of simulated gateways for network servers that are not ours, until somebody sends them.
    pub outside_datagrams: Vec<(Eui64, Stream, Vec<u8>)>,
    /// What crosses the radio path, as packets.
    pub capture: Capture,
    /// What is counted while a field of nodes lives by itself.
    pub(crate) field: Option<FieldTally>,
    trace: Trace,
}

impl Bench {
    /// A table with these parts; nothing has happened yet.
    #[must_use]
    pub fn new(
        seats: Vec<Seat>,
        core: Core,
        cellular_air: CellularAir,
        lora_air: LoraAir,
        gateways: Vec<GatewaySeat>,
        trace: Trace,
    ) -> Self {
        Self {
            seats: Seats::new(seats),
            core,
            cellular_air,
            lora_air,
            timed_frames: TimedFrames::default(),
            gateways,
            outside_downlinks: Vec::new(),
            outside_datagrams: Vec::new(),
            capture: Capture::running(),
            field: None,
            trace,
        }
    }

    /// Takes down what crosses the radio path and the contacts of the cards, or no longer.
    pub fn run_capture(&mut self, running: bool) {
        self.capture.run(running);
        for seat in self.seats.iter_mut() {
            if let Some(Simulated::Modem(modem, _)) = &mut seat.device {
                modem.watch_card(running);
            }
        }
    }

    /// Opens the LoRaWAN frames of the lab file's nodes in the capture, from now on.
    pub fn open_lora_frames(&mut self) {
        for (_, seat) in self.seats.iter() {
            if let Identity::Node(keys) = &seat.identity {
                self.capture.follow(keys.dev_eui, keys.app_key.clone());
            }
        }
    }

    /// A gateway outside the lab has heard a frame.
    pub fn outside_uplink(&mut self, now: Instant, uplink: GatewayUplink) {
        self.capture.outside_uplink(now, &uplink);
        self.core.lorawan.handle_uplink(now, uplink);
    }

    /// Everything that happened so far.
    #[must_use]
    pub fn trace(&self) -> &[Record] {
        self.trace.records()
    }

    /// Writes down something that happened.
    pub fn record(&mut self, at: Instant, what: Happening) {
        if let Happening::Note(note) = &what {
            self.core.notes.push(at, note);
        }
        self.trace.push(Record { at, what });
    }

    /// Keeps at least the latest `limit` records from now on.
    pub(crate) const fn bound_trace(&mut self, limit: usize) {
        self.trace.bound(limit);
    }

    /// Counts something, while somebody counts.
    pub(crate) fn field_count(&mut self, count: impl FnOnce(&mut FieldTally)) {
        if let Some(field) = &mut self.field {
            count(field);
        }
    }

    /// Bytes arrived at a device.
    pub fn device_input(&mut self, now: Instant, seat: SeatId, bytes: &[u8]) {
        match self.seats.touch(seat).and_then(|seat| seat.device.as_mut()) {
            Some(Simulated::Modem(modem, _)) => modem.handle_serial(now, bytes),
            Some(Simulated::Node(node, _)) => node.handle_serial(now, bytes),
            None => {}
        }
    }

    /// Bytes arrived at the host.
    pub fn host_input(&mut self, now: Instant, seat: SeatId, bytes: &[u8]) {
        if let Some(host) = self.seats.touch(seat).and_then(|seat| seat.host.as_mut()) {
            host.handle_input(now, bytes);
        }
    }

    /// Does everything that is due.
    pub fn handle_timeouts(&mut self, now: Instant) {
        for id in self.seats.due(now) {
            let Some(seat) = self.seats.touch(id) else { continue };
            if let Some(host) = &mut seat.host {
                host.handle_timeout(now);
            }
            match &mut seat.device {
                Some(Simulated::Modem(modem, _)) => modem.handle_timeout(now),
                Some(Simulated::Node(node, _)) => node.handle_timeout(now),
                None => {}
            }
        }
        self.core.cellular.handle_timeout(now);
        self.core.lorawan.handle_timeout(now);
        while let Some((radio, frame)) = self.timed_frames.take_due(now) {
            self.send_stray(now, radio, frame);
        }
        self.lora_air.handle_timeout(now);
        for seat in &mut self.gateways {
            seat.gateway.handle_timeout(now);
            if let Some(forwarder) = &mut seat.forwarder {
                forwarder.handle_timeout(now);
            }
            while let Some(at) = seat.backhaul.take_due(now) {
                if seat.forwarder.is_none() {
                    self.core.lorawan.handle_keep_alive(at, seat.gateway.eui());
                }
            }
        }
    }

    /// Passes on what the parts have for each other, until none has anything left.
    pub fn settle(&mut self, now: Instant, lines: &mut impl Lines) {
        loop {
            let mut moved = false;
            for id in self.seats.take_touched() {
                moved |= self.drain_host(now, id, lines);
                moved |= self.drain_device(now, id, lines);
                self.note_line_events(now, id, lines);
                self.seats.reschedule(id);
            }
            moved |= self.drain_cellular(now);
            moved |= self.drain_lora(now);
            if !moved {
                return;
            }
        }
    }

    /// The earliest wake-up of any part.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        let others = [
            self.seats.next_wakeup(),
            self.core.cellular.next_wakeup(),
            self.core.lorawan.next_wakeup(),
            self.cellular_air.next_wakeup(),
            self.lora_air.next_wakeup(),
            self.timed_frames.next_wakeup(),
        ];
        let gateways = self.gateways.iter().map(|seat| seat.gateway.next_wakeup());
        let forwarders =
            self.gateways.iter().map(|seat| seat.forwarder.as_ref().map(PacketForwarder::next_wakeup));
        let backhauls = self.gateways.iter().map(|seat| seat.backhaul.next_wakeup());
        others.into_iter().chain(gateways).chain(forwarders).chain(backhauls).fold(None, Wakeup::earliest)
    }

    /// The seat of the device called `name`.
    #[must_use]
    pub fn seat(&self, name: &str) -> Option<SeatId> {
        self.seats.named(name)
    }

    /// The radio handle of a simulated modem.
    #[must_use]
    pub fn ue(&self, seat: SeatId) -> Option<UeId> {
        match self.seats.get(seat)?.device.as_ref()? {
            Simulated::Modem(_, ue) => Some(*ue),
            Simulated::Node(..) => None,
        }
    }

    fn drain_host(&mut self, now: Instant, id: SeatId, lines: &mut impl Lines) -> bool {
        let mut moved = false;
        let Some(host) = self.seats.settling(id).and_then(|seat| seat.host.as_mut()) else { return false };
        while let Some(bytes) = host.poll_transmit(now) {
            moved = true;
            self.trace.push(Record { at: now, what: Happening::ToDevice(id, bytes.clone()) });
            lines.to_device(now, id, bytes);
        }
        moved
    }

    /// Writes down what the lab did to the octets of a line, and what its driver noticed.
    fn note_line_events(&mut self, now: Instant, id: SeatId, lines: &mut impl Lines) {
        while let Some(fault) = lines.poll_fault(id) {
            self.record(fault.at, Happening::Line(id, LineEvent::Injected(fault)));
        }
        while let Some(oddity) = self.seats.settling(id).and_then(|seat| seat.host.as_mut()?.poll_oddity()) {
            self.record(now, Happening::Line(id, LineEvent::Noticed(oddity)));
        }
    }

    fn drain_device(&mut self, now: Instant, id: SeatId, lines: &mut impl Lines) -> bool {
        match self.seats.settling(id).and_then(|seat| seat.device.as_mut()) {
            Some(Simulated::Modem(modem, ue)) => {
                let (ue, cards) = (*ue, modem.take_card_exchanges());
                let outputs: Vec<ModemOutput> = std::iter::from_fn(|| modem.poll_output()).collect();
                self.capture.card(now, id, cards);
                let moved = !outputs.is_empty();
                outputs.into_iter().for_each(|output| self.take_from_modem(now, id, ue, output, lines));
                moved
            }
            Some(Simulated::Node(node, radio)) => {
                let radio = *radio;
                let outputs: Vec<NodeOutput> = std::iter::from_fn(|| node.poll_output()).collect();
                let moved = !outputs.is_empty();
                outputs.into_iter().for_each(|output| self.take_from_node(now, id, radio, output, lines));
                moved
            }
            None => false,
        }
    }

    fn take_from_modem(
        &mut self,
        now: Instant,
        id: SeatId,
        ue: UeId,
        output: ModemOutput,
        lines: &mut impl Lines,
    ) {
        let message = match output {
            ModemOutput::Serial(bytes) => return self.take_serial(now, id, bytes, lines),
            ModemOutput::Radio(message) => message,
        };
        let what = match &message {
            RadioUp::Search => Some(Happening::Search(id)),
            RadioUp::Nas { message, .. } => Some(Happening::NasUp(id, message.clone())),
            // The core counts packets; a record of each would drown the rest.
            RadioUp::Packet { .. } | RadioUp::Camped(_) => None,
        };
        if let Some(what) = what {
            self.trace.push(Record { at: now, what });
        }
        if let RadioUp::Camped(cell) | RadioUp::Nas { cell, .. } = &message
            && let Some(rat) = self.cellular_air.rat_of(*cell)
        {
            self.capture.cell(id, rat, *cell);
        }
        if let RadioUp::Nas { message, .. } = &message {
            self.capture.nas_up(now, id, message);
        }
        self.cellular_air.from_mobile(now, ue, message);
    }

    fn take_from_node(
        &mut self,
        now: Instant,
        id: SeatId,
        radio: RadioIndex,
        output: NodeOutput,
        lines: &mut impl Lines,
    ) {
        let frame = match output {
            NodeOutput::Serial(bytes) => return self.take_serial(now, id, bytes, lines),
            // A carrier on one line of the spectrum disturbs no spread frame.
            NodeOutput::Carrier(carrier) => {
                return self.trace.push(Record { at: now, what: Happening::Carrier(id, carrier) });
            }
            NodeOutput::Transmit(frame) => frame,
        };
        let sent = sent(now, frame);
        if self.capture.tester_listens() {
            self.capture.lora_sent(now, "heard beside the node".to_owned(), &sent.frame);
        }
        self.field_count(|field| field.begins(now, &sent.frame));
        self.lora_air.transmit(now, radio, sent.frame.clone());
        let what = Happening::Lora { seat: Some(id), uplink: true, frame: sent };
        self.trace.push(Record { at: now, what });
    }

    fn take_serial(&mut self, now: Instant, id: SeatId, bytes: Vec<u8>, lines: &mut impl Lines) {
        self.trace.push(Record { at: now, what: Happening::FromDevice(id, bytes.clone()) });
        lines.to_host(now, id, bytes);
    }

    fn drain_cellular(&mut self, now: Instant) -> bool {
        let mut moved = false;
        while let Some(arrival) = self.cellular_air.poll_arrival(now) {
            moved = true;
            match arrival {
                Arrival::AtCore(ue, cell, message) => self.core.cellular.handle_nas(now, ue, cell, message),
                Arrival::PacketAtCore(ue, cell, bearer, packet) => {
                    self.capture_packet(now, ue, Side::Mobile, &packet);
                    self.core.cellular.handle_packet(now, ue, cell, bearer, packet);
                }
                Arrival::Undeliverable(ue, message) => {
                    self.core.cellular.handle_undeliverable(now, ue, message)
                }
                Arrival::AtMobile(ue, message) => self.deliver_to_mobile(now, ue, message),
            }
        }
        while let Some(output) = self.core.cellular.poll_output() {
            moved = true;
            match output {
                CellularOutput::Nas { to, message } => self.cellular_air.from_core(now, to, message),
                CellularOutput::Page { to } => self.cellular_air.page(now, to),
                CellularOutput::Release { to } => self.cellular_air.release(now, to),
                CellularOutput::Broadcast { plmn, page } => self.cellular_air.broadcast(now, plmn, &page),
                CellularOutput::Packet { to, bearer, packet } => {
                    self.capture_packet(now, to, Side::Network, &packet);
                    self.cellular_air.packet_from_core(now, to, bearer, packet);
                }
                CellularOutput::Note(note) => self.record(now, Happening::Note(Note::Cellular(note))),
            }
        }
        moved
    }

    fn capture_packet(&mut self, now: Instant, ue: UeId, sender: Side, packet: &[u8]) {
        if let Some(seat) = self.seats.of_ue(ue) {
            self.capture.user_packet(now, seat, sender, packet);
        }
    }

    fn deliver_to_mobile(&mut self, now: Instant, to: UeId, message: RadioDown) {
        let Some(id) = self.seats.of_ue(to) else { return };
        let Some(Simulated::Modem(modem, _)) = self.seats.touch(id).and_then(|seat| seat.device.as_mut())
        else {
            return;
        };
        if let RadioDown::Nas(nas) = &message {
            self.trace.push(Record { at: now, what: Happening::NasDown(id, nas.clone()) });
            self.capture.nas_down(now, id, nas);
        }
        modem.handle_radio(now, message);
    }

    fn drain_lora(&mut self, now: Instant) -> bool {
        let mut moved = false;
        while let Some(output) = self.lora_air.poll_output() {
            moved = true;
            match output {
                AirOutput::Preamble { to, started, frame } => {
                    if let Some(seat) = self.gateways.iter_mut().find(|seat| seat.radio == to) {
                        seat.gateway.handle_preamble(started, &frame);
                    } else if let Some((_, node)) = self.node_at(to) {
                        node.handle_preamble(now, started, &frame);
                    }
                }
                AirOutput::Heard { to, heard } => self.deliver_frame(now, to, heard),
                AirOutput::Ended(frame) => self.field_count(|field| field.ended(now, frame)),
            }
        }
        for index in 0..self.gateways.len() {
            moved |= self.drain_gateway(now, index);
        }
        while let Some(output) = self.core.lorawan.poll_output() {
            moved = true;
            match output {
                NsOutput::Downlink { gateway, downlink } => self.send_to_gateway(now, gateway, downlink),
                NsOutput::Note(note) => self.record(now, Happening::Note(Note::Lorawan(note))),
                NsOutput::Message(message) => {
                    self.field_count(|field| field.message(now, &message));
                    self.core.platform.accept(now, message);
                }
            }
        }
        moved
    }

    /// Sends a frame from a transmitter that belongs to nobody; gateways hear those of uplink polarity.
    pub(crate) fn send_stray(&mut self, now: Instant, radio: RadioIndex, frame: LoraFrame) {
        if frame.inverted_iq {
            self.capture.lora_sent(now, "a transmitter of the test".to_owned(), &frame);
        }
        self.lora_air.transmit(now, radio, frame);
    }

    fn node_at(&mut self, at: RadioIndex) -> Option<(SeatId, &mut Node)> {
        let id = self.seats.of_radio(at)?;
        match self.seats.touch(id)?.device.as_mut()? {
            Simulated::Node(node, _) => Some((id, node)),
            Simulated::Modem(..) => None,
        }
    }

    fn deliver_frame(&mut self, now: Instant, to: RadioIndex, heard: HeardFrame) {
        if let Some(seat) = self.gateways.iter_mut().find(|seat| seat.radio == to) {
            self.capture.lora_heard(now, seat.gateway.eui(), &heard);
            let taken = seat.gateway.handle_radio(now, &heard);
            self.field_count(|field| field.taken(taken));
        } else if let Some((seat, node)) = self.node_at(to) {
            node.handle_radio(now, &heard);
            self.record(now, Happening::Lora { seat: Some(seat), uplink: false, frame: heard });
        }
    }

    fn drain_gateway(&mut self, now: Instant, index: usize) -> bool {
        let mut moved = false;
        let Some(seat) = self.gateways.get_mut(index) else { return false };
        while let Some(output) = seat.gateway.poll_output() {
            moved = true;
            match output {
                GatewayOutput::Uplink(uplink) if seat.forwarder.is_none() && seat.backhaul.is_cut() => {
                    let GatewayUplink { gateway, frequency, modulation, .. } = uplink;
                    let event = GatewayEvent::UplinkLost { frequency, modulation };
                    let note = Note::Lorawan(LorawanNote::Gateway { gateway, event });
                    self.core.notes.push(now, &note);
                    self.trace.push(Record { at: now, what: Happening::Note(note) });
                }
                GatewayOutput::Uplink(uplink) => {
                    if let Some(field) = &mut self.field {
                        field.uplink(now, &uplink);
                    }
                    match &mut seat.forwarder {
                        Some(forwarder) => forwarder.handle_uplink(now, uplink),
                        None => self.core.lorawan.handle_uplink(now, uplink),
                    }
                }
                GatewayOutput::Transmit(frame) => {
                    if let Some(forwarder) = &mut seat.forwarder {
                        forwarder.handle_transmission();
                    }
                    self.capture.lora_sent(now, format!("gateway {}", seat.gateway.eui()), &frame);
                    seat.remember(now, &frame);
                    self.lora_air.transmit(now, seat.radio, frame);
                }
                GatewayOutput::Note(note) => {
                    let note = Note::Lorawan(note);
                    self.core.notes.push(now, &note);
                    self.trace.push(Record { at: now, what: Happening::Note(note) });
                }
            }
        }
        let eui = seat.gateway.eui();
        let Some(forwarder) = &mut seat.forwarder else { return moved };
        while let Some((stream, octets)) = forwarder.poll_datagram() {
            if !seat.backhaul.is_cut() {
                self.outside_datagrams.push((eui, stream, octets));
            }
        }
        while let Some(note) = forwarder.poll_note() {
            self.trace.push(Record { at: now, what: Happening::Note(Note::Lorawan(note)) });
        }
        moved
    }

    /// A network server that is not ours sent a datagram to a simulated gateway.
    pub fn gateway_datagram(&mut self, now: Instant, eui: Eui64, octets: &[u8]) {
        let Some(seat) = self.gateways.iter_mut().find(|seat| seat.gateway.eui() == eui) else { return };
        if let Some(forwarder) = seat.forwarder.as_mut().filter(|_| !seat.backhaul.is_cut()) {
            forwarder.handle_datagram(now, &mut seat.gateway, octets);
        }
    }

    fn send_to_gateway(&mut self, now: Instant, eui: Eui64, downlink: GatewayDownlink) {
        self.field_count(|field| field.downlink(now, eui, &downlink));
        match self.gateways.iter_mut().find(|seat| seat.gateway.eui() == eui) {
            // Nobody answers: the server waits for a TX_ACK that does not come.
            Some(seat) if seat.backhaul.is_cut() => {}
            Some(seat) => {
                let token = downlink.token;
                let answer = seat.gateway.schedule(now, downlink);
                self.core.lorawan.handle_tx_ack(now, eui, token, answer);
            }
            None => {
                self.capture.outside_downlink(now, eui, &downlink);
                self.outside_downlinks.push((eui, downlink));
            }
        }
    }
}
