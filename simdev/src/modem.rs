//! A simulated cellular modem: an AT command line on one side, a radio on the other.
//!
//! Spec: ITU-T V.250, TS 27.007, TS 27.005 for the line; the mobile behind it names its own. Bytes and radio messages
//! go in with the time, bytes and radio messages come out. Local commands are answered at once; what needs the network
//! takes the time that the network takes. The line has no baud rate: the cable has one.

mod call_watch;
mod channel;
mod characters;
mod commands;
mod data;
mod dispatch;
mod dress;
mod interject;
mod ip;
mod keep;
mod line;
mod messages;
mod mobile;
mod multiplex;
mod mux;
mod names;
mod outcome;
mod ppp;
mod profile;
mod quirk;
mod reports;
mod settings;
mod sockets;
#[cfg(test)]
mod tests;
mod toolkit;
mod vendor_value;

pub use interject::{Place, UnknownPlace};
pub use quirk::{Quirk, Quirks, UnknownQuirk};

use crate::defect::Defect;
use crate::sim::{Exchange, SimCard};
use channel::Channels;
use data::DataCall;
use dispatch::Running;
use line::Line;
use messages::Messages;
use mobile::Mobile;
use mux::Multiplexer;
use outcome::ResultCode;
use profile::Profile;
use settings::Numbers;
use std::collections::BTreeSet;
use wire::air::cellular::{RadioDown, RadioUp};
use wire::dialect::Dialect;
use wire::id::Imei;
use wire::seed::{Rng, Seed};
use wire::time::{Calendar, Duration, Instant, Wakeup};

/// From power-on to the banner.
const BOOT_TIME: Duration = Duration::from_secs(1);
/// Between two RINGs (TS 27.007 leaves it open; modules use 3 to 6 s).
const RING_PERIOD: Duration = Duration::from_secs(5);

/// What modules of several makers say at boot.
const CHATTY_BANNER: &[&str] =
    &["RDY", "APP RDY", "^SYSSTART", "+CFUN: 1", "SMS DONE", "PB DONE", "*ATREADY: 1"];

/// What kind of modem to simulate.
#[derive(Clone, Debug)]
pub struct ModemConfig {
    /// The family that it is of.
    pub model: &'static Dialect,
    /// Equipment identity.
    pub imei: Imei,
    /// What it does wrong on purpose.
    pub defects: BTreeSet<Defect>,
    /// What it does otherwise than the standard, as modules that were sold do.
    pub quirks: Quirks,
    /// Whether it can make calls.
    pub voice: bool,
}

/// What the modem sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModemOutput {
    /// To the host.
    Serial(Vec<u8>),
    /// To the radio path.
    Radio(RadioUp),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Power {
    Off,
    Booting(Instant),
    On,
}

/// A modem with a card slot. It is off until it is switched on.
pub struct Modem {
    config: ModemConfig,
    calendar: Calendar,
    power: Power,
    channels: Channels,
    // Of the active channel: `line`, `running`, `data`, and the part of `profile` that is `LineSettings`.
    line: Line,
    profile: Profile,
    /// What `&W0` and `&W1` stored.
    stored: [Profile; 2],
    flash: Flash,
    running: Option<Running>,
    data: Option<DataCall>,
    data_rng: Rng,
    mux: Option<Multiplexer>,
    /// What leaves on the line next.
    wire_out: Vec<u8>,
    /// A command is being executed: reports wait until it has written its lines.
    executing: bool,
    mobile: Mobile,
    messages: Messages,
    sockets: sockets::SocketService,
    local: Local,
    next_ring: Option<Instant>,
    rings: u8,
    /// Reports that wait for their place in the conversation.
    interjections: Vec<(Place, Vec<String>)>,
    /// The maker's own settings.
    vendor: commands::VendorSettings,
}

/// Settings that no profile stores.
#[derive(Debug, Default)]
struct Local {
    phone_book: commands::PhoneBookChoice,
    plmn_list: commands::PlmnListChoice,
    /// The format in which `+CPOL` shows networks; digits unless the host chose another.
    plmn_format: Option<u32>,
    radio_reports: commands::RadioReports,
    /// PIN2 was asked for by the last command that was refused.
    pin2_wanted: bool,
    /// The card was unlocked: the report follows the result code.
    card_report_due: bool,
    /// `+CUSD=1`: what the network says in a dialogue is reported.
    ussd_shown: bool,
    /// The last text of each registration report, so that only changes are reported.
    last_reports: [Option<String>; 3],
    /// What `+CMUX` set last.
    multiplexer: mux::Parameters,
    numbers: Numbers,
    indicators: commands::IndicatorReports,
    toolkit: commands::ToolkitReports,
    bearers: commands::BearerWishes,
    told: commands::Told,
    calls: call_watch::CallWatch,
    /// `+CGEV` that `+CGEREP=0` holds back.
    packet_events: std::collections::VecDeque<String>,
}

/// What outlives the power and needs no `&W`.
#[derive(Debug, Default)]
struct Flash {
    /// The clock has a battery of its own.
    clock: commands::ClockSetting,
    functionality: Functionality,
    numbers: Numbers,
    shelves: messages::Shelves,
    numbers_kept: commands::NumberShelf,
    secondary_contexts: commands::SecondaryContexts,
    /// `+CSAS`.
    saved: [Option<commands::SavedSettings>; 2],
}

/// `+CFUN`: only the full functionality uses the radio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Functionality {
    Minimum,
    #[default]
    Full,
    NoTransmitter,
    NoReceiver,
    Flight,
}

impl Functionality {
    const ALL: [Self; 5] = [Self::Minimum, Self::Full, Self::NoTransmitter, Self::NoReceiver, Self::Flight];

    fn number(self) -> usize {
        Self::ALL.iter().position(|known| *known == self).unwrap_or_default()
    }

    fn numbered(number: u32) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

impl Modem {
    /// A modem that is off, with a card in its slot or none.
    #[must_use]
    pub fn new(mut config: ModemConfig, card: Option<SimCard>, calendar: Calendar, seed: Seed) -> Self {
        config.quirks.extend(config.model.quirks.iter().filter_map(|name| name.parse::<Quirk>().ok()));
        let sockets = sockets::SocketService::new(seed.child("sockets").rng());
        let mobile = Mobile::new(config.clone(), card, seed.child("mobile").rng());
        Self {
            config,
            calendar,
            power: Power::Off,
            channels: Channels::default(),
            line: Line::default(),
            profile: Profile::default(),
            stored: [Profile::default(), Profile::default()],
            flash: Flash::default(),
            running: None,
            data: None,
            data_rng: seed.child("data").rng(),
            mux: None,
            wire_out: Vec::new(),
            executing: false,
            mobile,
            messages: Messages::default(),
            sockets,
            local: Local::default(),
            next_ring: None,
            rings: 0,
            interjections: Vec::new(),
            vendor: commands::VendorSettings::default(),
        }
    }

    /// Whether it has power, booting included.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.power != Power::Off
    }

    /// Switches it on; the banner comes when it has started. Nothing happens when it is on.
    pub fn power_on(&mut self, now: Instant) {
        if self.power == Power::Off {
            self.boot(now);
        }
    }

    fn boot(&mut self, now: Instant) {
        self.power = Power::Booting(now + BOOT_TIME);
    }

    /// Cuts the power: nothing more is sent, the network is not told.
    pub fn power_off(&mut self, _now: Instant) {
        self.halt();
        while self.mobile.poll_radio().is_some() {}
        let _ = self.line.take_output();
        self.wire_out.clear();
        self.power = Power::Off;
    }

    /// Stops everything that runs; what was sent already still leaves.
    fn halt(&mut self) {
        let leaving: Vec<RadioUp> = std::iter::from_fn(|| self.mobile.poll_radio()).collect();
        self.mobile.stop();
        self.mobile.restore_radio_output(leaving);
        self.close_channels();
        self.mux = None;
        self.data = None;
        self.line.reset();
        self.running = None;
        self.messages.power_cycle();
        self.sockets.power_cycle();
        self.local = Local::default();
        self.stop_ringing();
    }

    /// Bytes from the host. A modem that is off or boots does not hear them.
    pub fn handle_serial(&mut self, now: Instant, bytes: &[u8]) {
        if self.power == Power::On {
            self.mobile.at(now);
            if self.mux.is_some() {
                self.receive_frames(now, bytes);
            } else {
                self.line.received(bytes);
                self.read_input(now);
            }
            self.poll_sockets(now);
            self.collect_output(now);
        }
    }

    /// A message from the radio path.
    pub fn handle_radio(&mut self, now: Instant, message: RadioDown) {
        if self.power == Power::On {
            self.mobile.handle_radio(now, message);
            self.handle_events(now);
            self.on_each_channel(|modem| modem.read_input(now));
            self.poll_sockets(now);
            self.collect_output(now);
        }
    }

    /// Does what is due, early or late.
    pub fn handle_timeout(&mut self, now: Instant) {
        if matches!(self.power, Power::Booting(until) if until <= now) {
            self.start(now);
        }
        if self.power != Power::On {
            return;
        }
        self.mobile.handle_timeout(now);
        self.handle_events(now);
        self.messages_timeout(now);
        self.call_setup_timeout(now);
        self.poll_sockets(now);
        self.ring_if_due(now);
        self.on_each_channel(|modem| {
            modem.entry_timeout(now);
            modem.data_timeout(now);
            modem.send_reports(now);
            modem.read_input(now);
        });
        self.poll_sockets(now);
        self.multiplexer_timeout(now);
        self.collect_output(now);
    }

    /// What the modem sends next; call until `None` after every input.
    pub fn poll_output(&mut self) -> Option<ModemOutput> {
        if self.mux.is_none() {
            self.wire_out.extend(self.line.take_output().unwrap_or_default());
        }
        if !self.wire_out.is_empty() {
            return Some(ModemOutput::Serial(std::mem::take(&mut self.wire_out)));
        }
        self.mobile.poll_radio().map(ModemOutput::Radio)
    }

    /// When `handle_timeout` has something to do.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        match self.power {
            Power::Off => return None,
            Power::Booting(until) => return Some(Wakeup::new(until, "modem boot")),
            Power::On => {}
        }
        let ring = self.next_ring.map(|at| Wakeup::new(at, "next RING"));
        let calls = self.local.calls.next_wakeup();
        let own = [ring, calls, self.messages.next_wakeup(), self.sockets.next_wakeup()];
        own.into_iter()
            .chain([self.channels_wakeup(), self.multiplexer_wakeup()])
            .fold(self.mobile.next_wakeup(), Wakeup::earliest)
    }

    /// The card in the slot.
    #[must_use]
    pub fn card(&self) -> Option<&SimCard> {
        self.mobile.card()
    }

    /// The card in the slot, for what reaches it past the modem, such as a change over the air.
    pub fn card_mut(&mut self) -> Option<&mut SimCard> {
        self.mobile.card_mut()
    }

    /// Writes down what crosses the contacts of the card, of this one and of those that come into the slot later.
    pub fn watch_card(&mut self, watched: bool) {
        self.mobile.watch_card(watched);
    }

    /// What has crossed the contacts of the card since the last call, in order.
    pub fn take_card_exchanges(&mut self) -> Vec<Exchange> {
        self.mobile.card_mut().map(SimCard::take_exchanges).unwrap_or_default()
    }

    /// Puts a card into the slot, in place of the one that is there.
    pub fn insert_card(&mut self, now: Instant, card: SimCard) {
        let running = self.power == Power::On;
        self.mobile.insert_card(now, card, running);
        if running {
            self.report_card_motion(true);
            self.report_card_state();
            self.handle_events(now);
        }
    }

    /// Takes the card out of the slot.
    pub fn remove_card(&mut self, now: Instant) -> Option<SimCard> {
        let running = self.power == Power::On;
        let card = self.mobile.remove_card(now, running)?;
        if running {
            self.report_card_motion(false);
            self.report_card_state();
            self.handle_events(now);
        }
        Some(card)
    }

    fn start(&mut self, now: Instant) {
        self.power = Power::On;
        self.profile = self.stored[0].clone();
        self.line.begin_first_line(&self.config.quirks);
        for line in self.banner() {
            self.line.report(vec![(*line).to_owned()]);
        }
        let technologies = self.vendor.technologies(self.config.model);
        self.mobile.use_technologies(now, technologies);
        self.mobile.start(now, self.flash.functionality == Functionality::Full);
        self.report_card_state();
        self.handle_events(now);
        self.send_reports(now);
    }

    fn banner(&self) -> &'static [&'static str] {
        if self.config.quirks.contains(&Quirk::ChattyBoot) { CHATTY_BANNER } else { self.config.model.banner }
    }

    /// Starts anew (`+CFUN=1,1`): the network is told, then it is as after power-on.
    fn restart(&mut self, now: Instant) {
        self.mobile.set_radio(now, false);
        self.collect_output(now);
        self.halt();
        self.boot(now);
    }

    /// Switches itself off after telling the network.
    fn power_down(&mut self, now: Instant, farewell: &[&str]) {
        self.mobile.set_radio(now, false);
        for line in farewell {
            self.line.report(vec![(*line).to_owned()]);
        }
        self.line.flush_reports(&self.profile, &self.config.quirks);
        self.collect_output(now);
        self.halt();
        self.power = Power::Off;
    }

    /// Takes input up to a command that waits, or to the end.
    fn read_input(&mut self, now: Instant) {
        while self.power == Power::On && self.may_read(now) {
            if self.is_online() {
                self.read_data(now);
                break;
            }
            let Some(byte) = self.line.next_byte() else { break };
            if self.line.entry.is_some() {
                self.read_entry(now, byte);
            } else {
                self.read_command(now, byte);
            }
        }
        self.send_reports(now);
    }

    /// Sends reports unless they would split something.
    fn send_reports(&mut self, now: Instant) {
        if self.power == Power::On {
            self.report_indicators();
        }
        self.share_reports();
        if self.keeps_reports() {
            return;
        }
        if self.power == Power::On
            && !self.line.is_typing(now)
            && !self.executing
            && self.line.entry.is_none()
        {
            self.line.flush_reports(&self.profile, &self.config.quirks);
        }
    }

    fn information(&mut self, text: &str) {
        if self.line.is_informed() {
            self.stand_at(Place::BetweenLines);
        }
        self.line.information(&self.profile, &self.config.quirks, text);
    }

    /// An information line with the line below it that belongs to it: nothing may come between.
    fn information_with_payload(&mut self, header: &str, payload: &str) {
        self.information(header);
        self.line.payload(&self.profile, payload);
    }

    fn stop_ringing(&mut self) {
        self.next_ring = None;
        self.rings = 0;
    }

    fn ring_if_due(&mut self, now: Instant) {
        if self.next_ring.is_some_and(|at| at <= now) {
            self.ring(now);
        }
    }

    fn ring(&mut self, now: Instant) {
        self.rings = self.rings.saturating_add(1);
        let answer_after = self.profile.rings_to_answer();
        self.next_ring = Some(now + RING_PERIOD);
        if self.profile.crc {
            self.line.report(vec!["+CRING: VOICE".to_owned()]);
        } else {
            self.line.report_code(ResultCode::Ring);
        }
        if self.profile.clip {
            let text = self.caller_text();
            self.line.report(vec![text]);
        }
        if answer_after != 0 && self.rings >= answer_after {
            self.mobile.answer(now);
            self.stop_ringing();
        }
    }
}
