//! The AT channels of a modem: the plain line is the only one until a multiplexer opens more (TS 27.010 5.4).
//!
//! A channel has a command line of its own: what is typed, what runs, what waits to be sent, and how its answers look.
//! How the modem behaves (`+CREG`, `+CNMI`, `+CGEREP`…) is the same on all of them. One channel is active and lies in
//! the modem itself, so that a command speaks to the channel that it came from; the others are parked here. A report
//! goes to every channel.

use super::Modem;
use super::data::DataCall;
use super::dispatch::Running;
use super::line::Line;
use super::mobile::MobileEvent;
use super::outcome::Pending;
use super::profile::LineSettings;
use super::sockets::Awaited;
use wire::time::{Instant, Wakeup};

/// The channel that is there without a multiplexer.
pub(super) const PLAIN: u8 = 0;

/// A channel that is not the active one.
#[derive(Debug, Default)]
struct Channel {
    number: u8,
    line: Line,
    settings: LineSettings,
    running: Option<Running>,
    data: Option<DataCall>,
}

/// Which channel is active, and the others.
#[derive(Debug, Default)]
pub(super) struct Channels {
    active: u8,
    parked: Vec<Channel>,
}

impl Channels {
    /// All numbers, in order.
    fn numbers(&self) -> Vec<u8> {
        let mut numbers: Vec<u8> = self.parked.iter().map(|channel| channel.number).collect();
        numbers.push(self.active);
        numbers.sort_unstable();
        numbers
    }
}

impl Modem {
    /// Makes another channel the active one; one that does not exist changes nothing.
    fn select_channel(&mut self, number: u8) {
        self.share_reports();
        let Some(channel) = self.channels.parked.iter_mut().find(|channel| channel.number == number) else {
            return;
        };
        std::mem::swap(&mut channel.number, &mut self.channels.active);
        std::mem::swap(&mut channel.line, &mut self.line);
        std::mem::swap(&mut channel.running, &mut self.running);
        std::mem::swap(&mut channel.data, &mut self.data);
        self.profile.exchange(&mut channel.settings);
    }

    /// Does something on one channel; the active one is the same as before.
    pub(super) fn on_channel(&mut self, number: u8, work: impl FnOnce(&mut Self)) {
        let before = self.channels.active;
        self.select_channel(number);
        work(self);
        self.select_channel(before);
    }

    /// Does something on each channel.
    pub(super) fn on_each_channel(&mut self, mut work: impl FnMut(&mut Self)) {
        for number in self.channels.numbers() {
            self.on_channel(number, &mut work);
        }
    }

    /// The number of the active channel.
    pub(super) const fn active_channel(&self) -> u8 {
        self.channels.active
    }

    /// A channel of the multiplexer, with the settings that a line has after power-on.
    pub(super) fn open_channel(&mut self, number: u8) {
        let [stored, _] = &self.stored;
        let settings = stored.clone().line_settings();
        self.channels.parked.push(Channel { number, settings, ..Channel::default() });
    }

    /// The channel is gone, with its data call and with what was typed on it.
    pub(super) fn close_channel(&mut self, now: Instant, number: u8) {
        self.on_channel(number, |modem| modem.end_data(now, None));
        self.channels.parked.retain(|channel| channel.number != number);
    }

    /// The channel of the data call on a context.
    pub(super) fn data_channel(&self, cid: u8) -> Option<u8> {
        let parked = self.channels.parked.iter().map(|channel| (channel.number, channel.data.as_ref()));
        let mut channels = parked.chain([(self.channels.active, self.data.as_ref())]);
        channels.find(|(_, call)| call.is_some_and(|call| call.cid() == cid)).map(|(number, _)| number)
    }

    /// Whether the reports of the active channel stay where they are: it carries frames or data. When another channel
    /// hears them they are not kept.
    pub(super) fn keeps_reports(&mut self) -> bool {
        let rests = self.mux.is_some() && self.channels.active == PLAIN;
        let keeps = rests || self.is_online();
        let online = |call: &Option<DataCall>| call.as_ref().is_some_and(DataCall::is_online);
        if keeps && self.channels.parked.iter().any(|other| other.number != PLAIN && !online(&other.data)) {
            self.line.drop_reports();
        }
        keeps
    }

    /// Whether no channel hears a report at this moment: each carries data, or frames.
    pub(super) fn is_link_reserved(&self) -> bool {
        let online = |call: &Option<DataCall>| call.as_ref().is_some_and(DataCall::is_online);
        let rests = |number| self.mux.is_some() && number == PLAIN;
        let parked = self.channels.parked.iter().map(|channel| (channel.number, &channel.data));
        parked.chain([(self.channels.active, &self.data)]).all(|(number, data)| rests(number) || online(data))
    }

    /// Only the plain line is left, as after power-on.
    pub(super) fn close_channels(&mut self) {
        self.select_channel(PLAIN);
        self.channels.parked.clear();
    }

    /// Gives the reports that the active channel has made to the other channels too.
    pub(super) fn share_reports(&mut self) {
        let fresh = self.line.fresh_reports();
        for channel in &mut self.channels.parked {
            channel.line.queue_shared(&fresh);
        }
    }

    /// What was said, with the channel on which the command runs that waits for it.
    pub(super) fn handle_events(&mut self, now: Instant) {
        while let Some(event) = self.mobile.poll_event() {
            let call = connection(&event).and_then(|cid| self.data_channel(cid));
            if let (MobileEvent::Packet { .. }, Some(number)) = (&event, call) {
                self.on_channel(number, |modem| modem.tell_data(now, event));
                continue;
            }
            let number = self.channel_that_awaits(&event);
            self.on_channel(number, |modem| {
                modem.handle_event(now, event.clone());
                modem.send_reports(now);
                modem.data_command_answered(now, &event);
            });
            if let Some(number) = call {
                self.on_channel(number, |modem| modem.tell_data(now, event));
            }
        }
        self.watch_calls();
        self.on_each_channel(|modem| modem.check_connection(now));
        if !self.channels.parked.is_empty() {
            self.on_each_channel(|modem| modem.send_reports(now));
        }
    }

    /// The channel whose command waits for an event: of several the one that has waited longest; the active one when
    /// none waits.
    fn channel_that_awaits(&self, event: &MobileEvent) -> u8 {
        self.channel_that_waits_for(|pending| answers(event, pending))
    }

    /// The channel whose command waits for this: of several the one that has waited longest; the active one when none
    /// does.
    pub(super) fn channel_that_waits_for(&self, waits: impl Fn(&Pending) -> bool) -> u8 {
        let parked = self.channels.parked.iter().map(|channel| (channel.number, channel.running.as_ref()));
        parked
            .chain([(self.channels.active, self.running.as_ref())])
            .filter_map(|(number, running)| running.map(|running| (number, running)))
            .filter(|(_, running)| running.pending().is_some_and(&waits))
            .min_by_key(|(_, running)| running.since())
            .map_or(self.channels.active, |(number, _)| number)
    }

    pub(super) fn channels_wakeup(&self) -> Option<Wakeup> {
        let wakeup = |line: &Line, data: &Option<DataCall>| {
            Wakeup::earliest(line.next_wakeup(), data.as_ref().and_then(DataCall::next_wakeup))
        };
        let parked = self.channels.parked.iter().map(|channel| wakeup(&channel.line, &channel.data));
        parked.fold(wakeup(&self.line, &self.data), Wakeup::earliest)
    }
}

/// The context whose connection an event is about.
fn connection(event: &MobileEvent) -> Option<u8> {
    if let MobileEvent::PdnActivated { cid, .. }
    | MobileEvent::PdnRefused { cid, .. }
    | MobileEvent::PdnDeactivated { cid, .. }
    | MobileEvent::PdnLost { cid }
    | MobileEvent::Packet { cid, .. } = event
    {
        Some(*cid)
    } else {
        None
    }
}

/// Whether an event may be what a command waits for. Where events and commands are told apart by more than this, the
/// handler of the event looks closer.
fn answers(event: &MobileEvent, pending: &Pending) -> bool {
    match pending {
        Pending::Selection { .. } => matches!(event, MobileEvent::SelectionEnded(_)),
        Pending::Detach => matches!(event, MobileEvent::Detached { .. }),
        Pending::Scan => matches!(event, MobileEvent::Scanned(_)),
        Pending::Sessions { cid, connect: true, .. } | Pending::Data { cid, .. } => {
            matches!(event, MobileEvent::PdnActivated { cid: told, .. } | MobileEvent::PdnRefused { cid: told, .. }
                if told == cid)
        }
        Pending::Sessions { cid, connect: false, .. } => {
            matches!(event, MobileEvent::PdnDeactivated { cid: told, .. } | MobileEvent::PdnKept { cid: told, .. }
                if told == cid)
        }
        Pending::Socket(Awaited::Context(cid)) => {
            matches!(event, MobileEvent::PdnActivated { cid: told, .. } | MobileEvent::PdnRefused { cid: told, .. }
                if told == cid)
        }
        Pending::Socket(Awaited::Open(_) | Awaited::Lookup | Awaited::Arrival(_)) => false,
        Pending::Call => matches!(event, MobileEvent::CallConnected(_) | MobileEvent::CallEnded(_)),
        Pending::Ss(_) => matches!(event, MobileEvent::ServiceEnded(_)),
        Pending::Hold => matches!(event, MobileEvent::HoldEnded(_)),
        Pending::Message(_) => matches!(event, MobileEvent::SmsSent(_)),
    }
}
