//! The test mode of FPort 224 that a node for certification has (the protocol of LoRaMac-node 4.4; no text of 1.0.2 fixes it).
//!
//! An unconfirmed downlink 01 01 01 01 begins it: the node then sends by itself every five seconds, reports how many
//! downlinks it heard, obeys the commands of the tester, and minds no duty cycle. While it sends a carrier it does nothing
//! else.

use super::mac::{Mac, MacOutput};
use super::uplink;
use wire::air::lora::{Carrier, Hertz};
use wire::lorawan::PortPayload;
use wire::time::{Duration, Instant};

/// FPort of the test mode.
pub(super) const PORT: u8 = 224;
/// Between two uplinks.
const PERIOD: Duration = Duration::from_secs(5);
/// Between two join-requests, after an answer that did not come.
const JOIN_PAUSE: Duration = Duration::from_secs(10);
const ACTIVATE: [u8; 4] = [1, 1, 1, 1];

/// First octets of the commands.
mod command {
    pub(super) const DEACTIVATE: u8 = 0;
    pub(super) const CONFIRMED: u8 = 2;
    pub(super) const UNCONFIRMED: u8 = 3;
    pub(super) const ECHO: u8 = 4;
    pub(super) const LINK_CHECK: u8 = 5;
    pub(super) const REJOIN: u8 = 6;
    pub(super) const CARRIER: u8 = 7;
}

/// What the node does of the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TestMode {
    /// The port is closed.
    Absent,
    /// It waits for the activation.
    Idle,
    Running(Run),
    /// It left the mode to join, and asks again at this time.
    Joining(Instant),
}

/// The mode while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    next_uplink: Instant,
    downlinks: u16,
    confirmed: bool,
    /// What the next uplink carries in place of the counter.
    reply: Option<Vec<u8>>,
    /// A link check is under way, whose result is to be reported.
    link_check: bool,
    /// ADR as the application had it.
    adr: bool,
}

impl Run {
    fn payload(&mut self) -> Vec<u8> {
        self.reply.take().unwrap_or_else(|| self.downlinks.to_be_bytes().to_vec())
    }
}

impl TestMode {
    pub(super) const fn new(present: bool) -> Self {
        if present { Self::Idle } else { Self::Absent }
    }

    pub(super) const fn is_running(&self) -> bool {
        matches!(self, Self::Running(_))
    }

    /// When the node does something by itself.
    pub(super) const fn due(&self) -> Option<Instant> {
        match self {
            Self::Absent | Self::Idle => None,
            Self::Running(run) => Some(run.next_uplink),
            Self::Joining(at) => Some(*at),
        }
    }
}

impl Mac {
    /// A downlink was heard: counts it, and obeys it when it came on the port of the protocol.
    pub(super) fn take_test_downlink(
        &mut self,
        now: Instant,
        confirmed: bool,
        payload: Option<&PortPayload>,
    ) {
        if let TestMode::Running(run) = &mut self.test {
            run.downlinks = run.downlinks.wrapping_add(1);
        }
        let Some(payload) = payload.filter(|payload| payload.port == PORT) else { return };
        match &mut self.test {
            TestMode::Absent | TestMode::Joining(_) => {}
            TestMode::Idle if !confirmed && payload.octets == ACTIVATE => {
                let adr = std::mem::replace(&mut self.parameters.adr, true);
                let next_uplink = now + PERIOD;
                let (downlinks, confirmed, reply, link_check) = (0, false, None, false);
                self.test =
                    TestMode::Running(Run { next_uplink, downlinks, confirmed, reply, link_check, adr });
            }
            TestMode::Idle => {}
            TestMode::Running(_) => self.obey(now, &payload.octets),
        }
    }

    /// Ends the mode, if it runs: ADR is again as the application had it.
    pub(super) fn leave_test_mode(&mut self) {
        match &self.test {
            TestMode::Absent | TestMode::Idle => {}
            TestMode::Running(Run { adr, .. }) => {
                self.parameters.adr = *adr;
                self.test = TestMode::Idle;
            }
            TestMode::Joining(_) => self.test = TestMode::Idle,
        }
    }

    fn obey(&mut self, now: Instant, octets: &[u8]) {
        let TestMode::Running(run) = &mut self.test else { return };
        match octets {
            [command::DEACTIVATE, ..] => self.leave_test_mode(),
            [command::CONFIRMED, ..] => run.confirmed = true,
            [command::UNCONFIRMED, ..] => run.confirmed = false,
            [command::ECHO, rest @ ..] => {
                let echo = rest.iter().map(|octet| octet.wrapping_add(1));
                run.reply = Some(std::iter::once(command::ECHO).chain(echo).collect());
            }
            [command::LINK_CHECK, ..] => {
                run.link_check = true;
                self.link_check_due = Some(now);
            }
            [command::CARRIER, high, low] => self.send_carrier(now, [*high, *low], None),
            [command::CARRIER, high, low, frequency @ .., power] => {
                if let Ok([a, b, c]) = <[u8; 3]>::try_from(frequency) {
                    let frequency = Hertz(u32::from_be_bytes([0, a, b, c]) * 100);
                    self.send_carrier(now, [*high, *low], Some((frequency, power.cast_signed())));
                }
            }
            [command::REJOIN, ..] => {
                self.parameters.adr = run.adr;
                self.test = TestMode::Joining(now);
            }
            _ => {}
        }
    }

    /// Sends a carrier for so many seconds: where the last uplink was and as loud, unless the tester says otherwise.
    fn send_carrier(&mut self, now: Instant, seconds: [u8; 2], place: Option<(Hertz, i8)>) {
        let network = &self.parameters.network;
        let usual = network.channels.usable(network.data_rate).next().map(|(_, channel)| {
            let eirp_dbm = network.eirp_dbm(network.tx_power).unwrap_or(network.max_eirp_dbm);
            (channel.frequency, eirp_dbm)
        });
        let lasts = Duration::from_secs(u64::from(u16::from_be_bytes(seconds)));
        let allowed = |(frequency, _): &(Hertz, i8)| network.region().sub_band(*frequency).is_some();
        let Some((frequency, eirp_dbm)) = place.or(usual).filter(allowed) else { return };
        let eirp_dbm = eirp_dbm.min(network.max_eirp_dbm);
        if let TestMode::Running(run) = &mut self.test {
            run.next_uplink = run.next_uplink.max(now + lasts);
        }
        self.open_receiver.stop();
        self.outputs.push_back(MacOutput::Carrier(Carrier { frequency, eirp_dbm, lasts }));
    }

    /// The network has answered a link check.
    pub(super) fn take_test_link_check(&mut self, margin: u8, gateways: u8) {
        if let TestMode::Running(run) = &mut self.test
            && std::mem::take(&mut run.link_check)
        {
            run.reply = Some(vec![command::LINK_CHECK, margin, gateways]);
        }
    }

    /// Sends what the mode has to say, when it is time and nothing else is under way.
    pub(super) fn run_test_mode(&mut self, now: Instant) {
        if self.exchange.is_some() || !self.joined {
            return;
        }
        let TestMode::Running(run) = &mut self.test else { return };
        if run.next_uplink > now {
            return;
        }
        run.next_uplink = now + PERIOD;
        let (confirmed, mut octets) = (run.confirmed, run.payload());
        let network = &self.parameters.network;
        octets.truncate(network.max_frm_payload(network.data_rate).unwrap_or_default());
        self.exchange = uplink::build_unasked(self, now, confirmed, Some((PORT, octets)));
        self.continue_exchange(now);
    }

    /// Whether the mode wants a join-request now; the next one is due a pause later.
    pub(super) fn wants_test_join(&mut self, now: Instant) -> bool {
        match &mut self.test {
            TestMode::Joining(at) if *at <= now && self.exchange.is_none() => {
                *at = now + JOIN_PAUSE;
                true
            }
            TestMode::Absent | TestMode::Idle | TestMode::Running(_) | TestMode::Joining(_) => false,
        }
    }
}
