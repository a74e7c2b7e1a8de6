//! A tester's session with a node: how uplinks are opened, and how downlinks are made, right or wrong.

use super::options::Options;
use super::script_error;
use crate::context::Verb;
use crate::vocabulary::values::{octets, parse};
use wire::air::lora::Hertz;
use wire::id::Key;
use wire::lorawan::crypto::data_mic;
use wire::lorawan::{
    DataFrame, DataMessage, DataRate, DevAddr, Direction, FOpts, PortPayload, Region, SessionKeys, counter,
};

/// What `answer` takes.
pub const ANSWER_OPTIONS: &[&str] = &[
    "window",
    "offset_us",
    "delay_ms",
    "frequency",
    "data_rate",
    "eirp",
    "port",
    "payload",
    "f_opts",
    "ack",
    "confirmed",
    "f_pending",
    "adr",
    "fcnt",
    "mhdr",
    "dev_addr",
    "wrong_mic",
    "app_s_key",
];

/// Octets of the MIC.
const MIC: usize = 4;

/// Where a node listens.
#[derive(Clone, Copy, Debug)]
pub struct TesterWindows {
    /// Seconds to RX1.
    pub rx_delay: u8,
    /// RX1DROffset.
    pub rx1_dr_offset: u8,
    /// Frequency of RX2.
    pub rx2_frequency: Hertz,
    /// Data rate of RX2.
    pub rx2_data_rate: DataRate,
    /// Downlinks last 400 ms at most, which RX1 follows where TxParamSetupReq exists.
    pub dwell: bool,
}

impl TesterWindows {
    /// Those of the region, RX1 after a second.
    pub fn of(region: &Region) -> Self {
        Self {
            rx_delay: 1,
            rx1_dr_offset: 0,
            rx2_frequency: region.rx2_frequency,
            rx2_data_rate: region.rx2_data_rate,
            dwell: region.starts_in_dwell(),
        }
    }
}

/// Address, keys, counters and windows.
#[derive(Clone, Debug)]
pub struct Session {
    dev_addr: DevAddr,
    keys: SessionKeys,
    /// The last uplink's counter.
    pub fcnt_up: Option<u32>,
    /// The counter of the next downlink.
    pub fcnt_down: u32,
    /// Where the node should listen.
    pub windows: TesterWindows,
}

impl Session {
    /// A session whose counters are at zero.
    pub const fn new(dev_addr: DevAddr, keys: SessionKeys, windows: TesterWindows) -> Self {
        Self { dev_addr, keys, fcnt_up: None, fcnt_down: 0, windows }
    }

    /// A session by personalisation, with the windows of the region.
    ///
    /// # Errors
    /// A trouble of the script when the address or a key is not one.
    pub fn personalised(region: &Region, dev_addr: &str, nwk_s_key: &str, app_s_key: &str) -> Verb<Self> {
        let keys = SessionKeys { nwk_s_key: parse(nwk_s_key)?, app_s_key: parse(app_s_key)? };
        Ok(Self::new(parse(dev_addr)?, keys, TesterWindows::of(region)))
    }

    /// The address and the keys.
    pub const fn identity(&self) -> (DevAddr, &SessionKeys) {
        (self.dev_addr, &self.keys)
    }

    /// Opens an uplink of this session: a new one, or any that came before.
    pub fn open(&mut self, frame: &DataFrame) -> Option<DataMessage> {
        if frame.direction() != Direction::Up || frame.dev_addr() != self.dev_addr {
            return None;
        }
        let next = counter::next_above(self.fcnt_up, frame.fcnt());
        let new = next.and_then(|fcnt| frame.open(&self.keys, fcnt).ok());
        if let Some(message) = new {
            self.fcnt_up = Some(message.fcnt);
            return Some(message);
        }
        frame.open(&self.keys, counter::last_used(self.fcnt_up, frame.fcnt())?).ok()
    }

    /// Makes a downlink. Without a counter of its own it takes the next one.
    ///
    /// # Errors
    /// A trouble of the script for an option that is not of its form.
    pub fn seal(&mut self, options: &Options<'_>) -> Verb<Vec<u8>> {
        let chosen = options.number::<u32>("fcnt")?;
        let fcnt = chosen.unwrap_or(self.fcnt_down);
        let dev_addr = options.parsed::<DevAddr>("dev_addr")?.unwrap_or(self.dev_addr);
        let mut message = DataMessage::new(Direction::Down, dev_addr, fcnt);
        message.confirmed = options.flag("confirmed")?;
        message.ack = options.flag("ack")?;
        message.adr = options.flag("adr")?;
        message.f_pending = options.flag("f_pending")?;
        let f_opts = options.text("f_opts").map(|text| octets(&text)).transpose()?.unwrap_or_default();
        message.f_opts = FOpts::new(f_opts).map_err(|error| script_error(error.to_string()))?;
        let payload = options.text("payload").map(|text| octets(&text)).transpose()?;
        message.payload = match (options.number::<u8>("port")?, payload) {
            (Some(port), payload) => Some(PortPayload { port, octets: payload.unwrap_or_default() }),
            (None, Some(_)) => return Err(script_error("a payload needs a port")),
            (None, None) => None,
        };
        let mut keys = self.keys.clone();
        if let Some(key) = options.parsed::<Key>("app_s_key")? {
            keys.app_s_key = key;
        }
        let mut sealed = message.seal(&keys);
        if let Some(mhdr) = options.number::<u8>("mhdr")? {
            let end = sealed.len().saturating_sub(MIC);
            sealed.truncate(end);
            if let Some(first) = sealed.first_mut() {
                *first = mhdr;
            }
            let mic = data_mic(&keys.nwk_s_key, Direction::Down, dev_addr, fcnt, &sealed);
            sealed.extend(mic);
        }
        if options.flag("wrong_mic")?
            && let Some(last) = sealed.last_mut()
        {
            *last ^= 1;
        }
        if chosen.is_none() {
            self.fcnt_down = self.fcnt_down.saturating_add(1);
        }
        Ok(sealed)
    }
}
