//! Microchip RN2483 and RN2903 (command references DS40001784 and DS40001811, firmware 1.0.5).
//!
//! Lower-case words with single spaces, lines with CR LF. What is wrong in any way is `invalid_param`. A command that
//! starts something is answered at once, and its outcome is a line of its own later. `mac save` keeps everything that the
//! MAC has set. Not here: `radio` commands.

mod get;
mod set;

use super::super::event::{Done, Downlink, Event, Slot};
use super::super::mac::{Mac, Refused, When};
use super::super::parameters::Parameters;
use super::notation::number;
use super::{Desk, Dialect, Ends, Framing, Line, Stall, Wish, delivered};
use std::ops::RangeInclusive;
use wire::lorawan::{Band, PortPayload};
use wire::time::Duration;

/// A longer line is an unknown command: the longest legal one has about 500 octets.
const LONGEST_LINE: usize = 1024;
/// What `mac pause` answers when nothing is under way: as long as you like, in milliseconds.
const PAUSE_WITHOUT_LIMIT: &str = "4294967245";
/// How long `mac save` writes.
const SAVE_TIME: Duration = Duration::from_millis(500);
/// The shortest `sys sleep`, milliseconds.
const SHORTEST_SLEEP: u32 = 100;
/// In EU868 each channel has a share of its own, 0.33 %: three make one per cent. Of the channels that are added no manual
/// says it; they have the same here.
const SHARE: u16 = 302;
/// Ports of applications.
const PORTS: RangeInclusive<u8> = 1..=223;

/// What the two modules differ in.
#[derive(Debug)]
pub(in super::super) struct Maker {
    version: &'static str,
    /// `mac reset` and `mac get rx2` take the band, which can be asked for.
    names_bands: bool,
    power_indexes: RangeInclusive<u8>,
}

pub(in super::super) const RN2483: Maker =
    Maker { version: "RN2483 1.0.5 Oct 31 2018 15:06:52", names_bands: true, power_indexes: 0..=5 };
pub(in super::super) const RN2903: Maker =
    Maker { version: "RN2903 1.0.5 Nov 06 2018 10:45:27", names_bands: false, power_indexes: 5..=10 };

/// The console.
#[derive(Debug)]
pub(in super::super) struct Rn2483 {
    maker: &'static Maker,
    /// Data that came while its exchange went on.
    held: Option<PortPayload>,
}

impl Rn2483 {
    pub(in super::super) const fn new(maker: &'static Maker) -> Self {
        Self { maker, held: None }
    }
}

impl Dialect for Rn2483 {
    fn framing(&self) -> Framing {
        let data_after = |_: &str| None;
        Framing {
            ends: Ends::CrLf,
            longest: LONGEST_LINE,
            backspace: false,
            echo: false,
            waking: None,
            data_after,
        }
    }

    fn factory(&self, config: &super::NodeConfig) -> Parameters {
        let mut parameters = delivered(config);
        parameters.set_power(parameters.tx_power.max(*self.maker.power_indexes.start()));
        if config.band == Band::Eu868 {
            parameters.network.channels.give_share(SHARE);
        }
        parameters
    }

    fn woken(&mut self, desk: &mut Desk<'_>, stall: Stall) {
        match stall {
            Stall::Starting => desk.line(self.maker.version),
            Stall::Saving | Stall::Sleeping => desk.line("ok"),
        }
    }

    fn run(&mut self, desk: &mut Desk<'_>, line: &Line) {
        let Line::Text(text) = line else { return desk.line("invalid_param") };
        let words: Vec<&str> = text.split(' ').collect();
        match words.as_slice() {
            ["sys", "reset"] => desk.wish(Wish::Restart),
            ["sys", "factoryRESET"] => {
                *desk.saved = self.factory(desk.config);
                desk.wish(Wish::Restart);
            }
            ["sys", "sleep", span] => sleep(desk, span),
            ["mac", "save"] => {
                *desk.saved = desk.mac.parameters.clone();
                desk.wish(Wish::Stall(Stall::Saving, SAVE_TIME));
            }
            ["sys", "get", what] => answer(desk, self.get_system(desk, what)),
            ["mac", rest @ ..] => {
                let said = self.run_mac(desk, rest);
                answer(desk, said);
            }
            _ => answer(desk, None),
        }
    }

    fn tell(&mut self, desk: &mut Desk<'_>, event: &Event) {
        match event {
            Event::Joined => desk.line("accepted"),
            Event::JoinFailed => desk.line("denied"),
            Event::Downlink(downlink) => self.tell_downlink(desk, downlink),
            Event::Done(done) => self.tell_done(desk, *done),
        }
    }

    fn power_off(&mut self) {
        self.held = None;
    }
}

impl Rn2483 {
    fn tell_downlink(&mut self, desk: &mut Desk<'_>, downlink: &Downlink) {
        let data = downlink.data.clone();
        if downlink.slot == Slot::ClassC && !downlink.ends_exchange {
            data.iter().for_each(|data| received(desk, data));
        } else {
            self.held = data.or(self.held.take());
        }
    }

    /// Data takes the place of `mac_tx_ok`; after a failure it is told besides.
    fn tell_done(&mut self, desk: &mut Desk<'_>, done: Done) {
        let held = self.held.take();
        if !done.unasked && !done.is_good() {
            desk.line("mac_err");
        } else if !done.unasked && held.is_none() {
            desk.line("mac_tx_ok");
        }
        held.iter().for_each(|data| received(desk, data));
    }

    fn get_system(&self, desk: &Desk<'_>, what: &str) -> Option<String> {
        match what {
            "ver" => Some(self.maker.version.to_owned()),
            "hweui" => Some(format!("{:016X}", desk.config.hw_eui.value())),
            "vdd" => Some("3284".to_owned()),
            _ => None,
        }
    }

    /// Everything as delivered, and no identity.
    fn reset_mac(&self, desk: &mut Desk<'_>) {
        let nobody = super::NodeConfig { provisioned: None, ..desk.config.clone() };
        desk.mac.reset(self.factory(&nobody));
    }

    /// None when a word is wrong.
    fn run_mac(&self, desk: &mut Desk<'_>, words: &[&str]) -> Option<String> {
        let now = desk.now;
        let done = || Some("ok".to_owned());
        match words {
            ["reset", band] if self.maker.names_bands && *band == get::band(desk.mac) => {
                self.reset_mac(desk);
                done()
            }
            ["reset"] if !self.maker.names_bands => {
                self.reset_mac(desk);
                done()
            }
            ["pause"] => Some(pause(desk.mac)),
            ["resume"] => {
                desk.mac.paused = false;
                done()
            }
            // The network of 1.0.2 cannot silence a node, so there is nothing to undo.
            ["forceENABLE"] => done(),
            ["join", "otaa"] => Some(word(desk.join(When::Now))),
            ["join", "abp"] => Some(join_abp(desk.mac)),
            ["tx", rest @ ..] => transmit(desk, rest),
            ["set", rest @ ..] => set::set(self.maker, desk.mac, now, rest).and_then(|()| done()),
            ["get", rest @ ..] => get::get(self.maker, desk.mac, now, rest),
            _ => None,
        }
    }
}

fn answer(desk: &mut Desk<'_>, line: Option<String>) {
    desk.line(line.as_deref().unwrap_or("invalid_param"));
}

fn received(desk: &mut Desk<'_>, data: &PortPayload) {
    desk.line(&format!("mac_rx {} {}", data.port, hex::encode_upper(&data.octets)));
}

fn sleep(desk: &mut Desk<'_>, span: &str) {
    match number::<u32>(span).filter(|millis| *millis >= SHORTEST_SLEEP) {
        Some(millis) if desk.mac.exchange.is_none() => {
            desk.wish(Wish::Stall(Stall::Sleeping, Duration::from_millis(u64::from(millis))));
        }
        Some(_) | None => answer(desk, None),
    }
}

/// `ok`, or the word for a refusal.
fn word(result: Result<(), Refused>) -> String {
    match result {
        Ok(()) => "ok",
        Err(Refused::KeysNotInit) => "keys_not_init",
        Err(Refused::NoFreeChannel(_)) => "no_free_ch",
        Err(Refused::Busy) => "busy",
        Err(Refused::Paused) => "mac_paused",
        Err(Refused::NotJoined) => "not_joined",
        Err(Refused::CounterUsedUp) => "frame_counter_err_rejoin_needed",
        Err(Refused::DataTooLong(_)) => "invalid_data_len",
    }
    .to_owned()
}

fn pause(mac: &mut Mac) -> String {
    if mac.exchange.is_some() {
        return "0".to_owned();
    }
    mac.paused = true;
    PAUSE_WITHOUT_LIMIT.to_owned()
}

fn join_abp(mac: &mut Mac) -> String {
    let result = mac.personalise();
    if result.is_ok() {
        mac.tell(Event::Joined);
    }
    word(result)
}

/// `mac tx`; none when a word is wrong.
fn transmit(desk: &mut Desk<'_>, words: &[&str]) -> Option<String> {
    let [kind, port, octets] = words else { return None };
    let confirmed = match *kind {
        "cnf" => true,
        "uncnf" => false,
        _ => return None,
    };
    let port = number::<u8>(port).filter(|port| PORTS.contains(port))?;
    let octets = hex::decode(octets).ok().filter(|octets| !octets.is_empty())?;
    Some(word(desk.send(confirmed, Some((port, octets)), When::Now)))
}
