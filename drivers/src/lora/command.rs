//! The command lines of the RN2483 (DS40001784 clauses 2.3 and 2.4), one plain function each.
//!
//! Numbers are decimal, octets are hexadecimal without prefix. A line that carries a key shows itself without it.

use std::borrow::Cow;
use std::fmt;
use wire::air::lora::Hertz;
use wire::id::{Eui64, Key};
use wire::lorawan::DevAddr;
use wire::time::Duration;

const ANSWER: Duration = Duration::from_secs(1);
/// Writing the EEPROM takes up to a second, starting up somewhat less.
const SLOW_ANSWER: Duration = Duration::from_secs(5);
/// A join is one request and its two windows: 1.5 s on air, 6 s to RX2, 1.2 to 1.8 s of join-accept, all at SF12.
const JOIN_OUTCOME: Duration = Duration::from_secs(15);
/// Up to fifteen transmissions with their windows (NbTrans), which wait for the duty cycle.
const UNCONFIRMED_OUTCOME: Duration = Duration::from_secs(300);
/// Eight transmissions with ACK_TIMEOUT between them, which wait for the duty cycle.
const CONFIRMED_OUTCOME: Duration = Duration::from_secs(300);

/// What follows the `ok` of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// `accepted` or `denied`.
    Join,
    /// `mac_tx_ok`, `mac_rx`, `mac_err` or `invalid_data_len`.
    Transmit,
}

/// A command line with how long its answer, and its outcome where it has one, may take.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    pub(super) line: String,
    pub(super) answer_timeout: Duration,
    pub(super) outcome: Option<(Outcome, Duration)>,
}

impl Command {
    /// Any command line with an immediate answer and nothing after it.
    #[must_use]
    pub fn new(line: impl Into<String>) -> Self {
        Self { line: line.into(), answer_timeout: ANSWER, outcome: None }
    }

    /// Waits this long for the immediate answer.
    #[must_use]
    pub const fn with_answer_timeout(mut self, timeout: Duration) -> Self {
        self.answer_timeout = timeout;
        self
    }

    /// Waits this long for the outcome after `ok`. Commands without an outcome stay as they are.
    #[must_use]
    pub fn with_outcome_timeout(mut self, timeout: Duration) -> Self {
        self.outcome = self.outcome.map(|(outcome, _)| (outcome, timeout));
        self
    }

    /// The line as people may see it: without a key.
    #[must_use]
    pub fn shown(&self) -> String {
        redact(&self.line).into_owned()
    }

    fn with_outcome(mut self, outcome: Outcome, timeout: Duration) -> Self {
        self.outcome = Some((outcome, timeout));
        self
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command").field("line", &self.shown()).finish_non_exhaustive()
    }
}

/// The text with the keys of `mac set …key` lines hidden, for whoever records the bytes of this port.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut shown = Cow::Borrowed(text);
    for name in ["mac set appkey ", "mac set nwkskey ", "mac set appskey "] {
        let Some(start) = shown.find(name).map(|at| at + name.len()) else { continue };
        let length = shown[start..].find(['\r', '\n']).unwrap_or(shown.len() - start);
        shown = Cow::Owned(format!("{}[REDACTED]{}", &shown[..start], &shown[start + length..]));
    }
    shown
}

/// `sys get ver`: the version line.
#[must_use]
pub fn get_version() -> Command {
    Command::new("sys get ver")
}

/// `sys get hweui`: the EUI that the module was made with.
#[must_use]
pub fn get_hw_eui() -> Command {
    Command::new("sys get hweui")
}

/// `sys get vdd`: the supply voltage in millivolts.
#[must_use]
pub fn get_vdd() -> Command {
    Command::new("sys get vdd")
}

/// `sys reset`: restarts; the answer is the version line.
#[must_use]
pub fn reset() -> Command {
    Command::new("sys reset").with_answer_timeout(SLOW_ANSWER)
}

/// `sys factoryRESET`: forgets what was saved and restarts; the answer is the version line.
#[must_use]
pub fn factory_reset() -> Command {
    Command::new("sys factoryRESET").with_answer_timeout(SLOW_ANSWER)
}

/// `sys sleep`: answers `ok` when it wakes.
#[must_use]
pub fn sleep(span: Duration) -> Command {
    Command::new(format!("sys sleep {}", span.as_millis())).with_answer_timeout(span + ANSWER)
}

/// `mac reset 868`: every parameter of the stack back to its default, keys included.
#[must_use]
pub fn mac_reset() -> Command {
    Command::new("mac reset 868").with_answer_timeout(SLOW_ANSWER)
}

/// `mac save`: keeps identities, keys, counters and parameters over a power cycle.
#[must_use]
pub fn save() -> Command {
    Command::new("mac save").with_answer_timeout(SLOW_ANSWER)
}

/// `mac pause`: the answer is how many milliseconds the stack can pause; 0 when it cannot.
#[must_use]
pub fn pause() -> Command {
    Command::new("mac pause")
}

/// `mac resume`.
#[must_use]
pub fn resume() -> Command {
    Command::new("mac resume")
}

/// `mac join otaa`: one join-request; the outcome is `accepted` or `denied`.
#[must_use]
pub fn join_otaa() -> Command {
    Command::new("mac join otaa").with_outcome(Outcome::Join, JOIN_OUTCOME)
}

/// `mac join abp`: takes the address, keys and counters that are set.
#[must_use]
pub fn join_abp() -> Command {
    Command::new("mac join abp").with_outcome(Outcome::Join, JOIN_OUTCOME)
}

/// `mac tx`: an uplink of `payload` on FPort `port`. Port 0 and ports above 223 are the node's to refuse.
#[must_use]
pub fn transmit(confirmed: bool, port: u8, payload: &[u8]) -> Command {
    let (word, timeout) = if confirmed { ("cnf", CONFIRMED_OUTCOME) } else { ("uncnf", UNCONFIRMED_OUTCOME) };
    let line = format!("mac tx {word} {port} {}", hex::encode_upper(payload));
    Command::new(line).with_outcome(Outcome::Transmit, timeout)
}

/// `mac set deveui`.
#[must_use]
pub fn set_dev_eui(eui: Eui64) -> Command {
    Command::new(format!("mac set deveui {:016X}", eui.value()))
}

/// `mac set appeui`.
#[must_use]
pub fn set_app_eui(eui: Eui64) -> Command {
    Command::new(format!("mac set appeui {:016X}", eui.value()))
}

/// `mac set appkey`.
#[must_use]
pub fn set_app_key(key: &Key) -> Command {
    set_key("appkey", key)
}

/// `mac set nwkskey`.
#[must_use]
pub fn set_nwk_s_key(key: &Key) -> Command {
    set_key("nwkskey", key)
}

/// `mac set appskey`.
#[must_use]
pub fn set_app_s_key(key: &Key) -> Command {
    set_key("appskey", key)
}

fn set_key(name: &str, key: &Key) -> Command {
    Command::new(format!("mac set {name} {}", hex::encode_upper(key.expose())))
}

/// The three commands that make a node ready for `mac join otaa`, in their order.
#[must_use]
pub fn set_keys(dev_eui: Eui64, app_eui: Eui64, app_key: &Key) -> [Command; 3] {
    [set_dev_eui(dev_eui), set_app_eui(app_eui), set_app_key(app_key)]
}

/// `mac set devaddr`.
#[must_use]
pub fn set_dev_addr(addr: DevAddr) -> Command {
    Command::new(format!("mac set devaddr {:08X}", addr.value()))
}

/// `mac set adr`.
#[must_use]
pub fn set_adr(on: bool) -> Command {
    Command::new(format!("mac set adr {}", on_off(on)))
}

/// `mac set ar`: answers confirmed and pending downlinks at once with an empty uplink.
#[must_use]
pub fn set_automatic_reply(on: bool) -> Command {
    Command::new(format!("mac set ar {}", on_off(on)))
}

/// `mac set dr`.
#[must_use]
pub fn set_data_rate(data_rate: u8) -> Command {
    Command::new(format!("mac set dr {data_rate}"))
}

/// `mac set pwridx`: 0 to 5 at 868 MHz.
#[must_use]
pub fn set_power_index(index: u8) -> Command {
    Command::new(format!("mac set pwridx {index}"))
}

/// `mac set retx`: how often an unacknowledged uplink is sent again.
#[must_use]
pub fn set_retransmissions(count: u8) -> Command {
    Command::new(format!("mac set retx {count}"))
}

/// `mac set rx2`.
#[must_use]
pub fn set_rx2(data_rate: u8, frequency: Hertz) -> Command {
    Command::new(format!("mac set rx2 {data_rate} {}", frequency.0))
}

/// `mac set rxdelay1`.
#[must_use]
pub fn set_rx_delay1(delay: Duration) -> Command {
    Command::new(format!("mac set rxdelay1 {}", delay.as_millis()))
}

/// `mac set ch freq`, channels 3 to 15.
#[must_use]
pub fn set_channel_frequency(channel: u8, frequency: Hertz) -> Command {
    Command::new(format!("mac set ch freq {channel} {}", frequency.0))
}

/// `mac set ch drrange`.
#[must_use]
pub fn set_channel_data_rates(channel: u8, min: u8, max: u8) -> Command {
    Command::new(format!("mac set ch drrange {channel} {min} {max}"))
}

/// `mac set ch dcycle`: the channel may be used 100/(value + 1) per cent of the time.
#[must_use]
pub fn set_channel_duty_cycle(channel: u8, value: u16) -> Command {
    Command::new(format!("mac set ch dcycle {channel} {value}"))
}

/// `mac set ch status`.
#[must_use]
pub fn set_channel_status(channel: u8, on: bool) -> Command {
    Command::new(format!("mac set ch status {channel} {}", on_off(on)))
}

/// `mac set linkchk`: a link check every so often; zero ends them.
#[must_use]
pub fn set_link_check(interval: Duration) -> Command {
    Command::new(format!("mac set linkchk {}", interval.as_secs()))
}

/// `mac set bat`: 0 external power, 1 to 254 level, 255 cannot measure.
#[must_use]
pub fn set_battery(level: u8) -> Command {
    Command::new(format!("mac set bat {level}"))
}

/// `mac set upctr`.
#[must_use]
pub fn set_up_counter(counter: u32) -> Command {
    Command::new(format!("mac set upctr {counter}"))
}

/// `mac set dnctr`.
#[must_use]
pub fn set_down_counter(counter: u32) -> Command {
    Command::new(format!("mac set dnctr {counter}"))
}

/// `mac get …`: `deveui`, `appeui`, `devaddr`, `dr`, `adr`, `upctr`, `dnctr`, `status`, `mrgn`, `gwnb`, `rx2 868`, …
#[must_use]
pub fn get(what: &str) -> Command {
    Command::new(format!("mac get {what}"))
}

/// `mac get deveui`.
#[must_use]
pub fn get_dev_eui() -> Command {
    get("deveui")
}

/// `mac get status`.
#[must_use]
pub fn get_status() -> Command {
    get("status")
}

const fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_the_command_reference() {
        let eui: Eui64 = "0004a30b001a2b3c".parse().unwrap();
        let key: Key = "2b7e151628aed2a6abf7158809cf4f3c".parse().unwrap();
        let rows = [
            (get_version(), "sys get ver"),
            (reset(), "sys reset"),
            (factory_reset(), "sys factoryRESET"),
            (get_hw_eui(), "sys get hweui"),
            (get_vdd(), "sys get vdd"),
            (sleep(Duration::from_secs(5)), "sys sleep 5000"),
            (mac_reset(), "mac reset 868"),
            (set_dev_eui(eui), "mac set deveui 0004A30B001A2B3C"),
            (get_dev_eui(), "mac get deveui"),
            (set_app_key(&key), "mac set appkey 2B7E151628AED2A6ABF7158809CF4F3C"),
            (set_dev_addr(DevAddr::from_value(0x2601_1bda)), "mac set devaddr 26011BDA"),
            (set_adr(true), "mac set adr on"),
            (get("adr"), "mac get adr"),
            (set_data_rate(5), "mac set dr 5"),
            (set_power_index(1), "mac set pwridx 1"),
            (set_retransmissions(7), "mac set retx 7"),
            (set_rx2(3, Hertz(869_525_000)), "mac set rx2 3 869525000"),
            (set_rx_delay1(Duration::from_secs(1)), "mac set rxdelay1 1000"),
            (set_channel_frequency(3, Hertz(867_100_000)), "mac set ch freq 3 867100000"),
            (set_channel_data_rates(3, 0, 5), "mac set ch drrange 3 0 5"),
            (set_channel_duty_cycle(3, 799), "mac set ch dcycle 3 799"),
            (set_channel_status(3, true), "mac set ch status 3 on"),
            (set_link_check(Duration::from_secs(60)), "mac set linkchk 60"),
            (set_battery(127), "mac set bat 127"),
            (set_automatic_reply(true), "mac set ar on"),
            (set_up_counter(0), "mac set upctr 0"),
            (set_down_counter(0), "mac set dnctr 0"),
            (save(), "mac save"),
            (pause(), "mac pause"),
            (resume(), "mac resume"),
            (join_otaa(), "mac join otaa"),
            (join_abp(), "mac join abp"),
            (transmit(false, 10, b"Hello"), "mac tx uncnf 10 48656C6C6F"),
            (transmit(true, 10, b"Hello"), "mac tx cnf 10 48656C6C6F"),
        ];
        for (command, line) in rows {
            assert_eq!(command.line, line);
        }
    }

    #[test]
    fn a_key_shows_itself_nowhere() {
        let key: Key = "2b7e151628aed2a6abf7158809cf4f3c".parse().unwrap();
        for command in [set_app_key(&key), set_nwk_s_key(&key), set_app_s_key(&key)] {
            assert!(!format!("{command:?} {}", command.shown()).contains("2B7E"), "{command:?}");
        }
        let recorded = "mac set appkey 2B7E\r\nmac set appskey 2B7E\r\nmac save\r\n";
        assert_eq!(
            redact(recorded),
            "mac set appkey [REDACTED]\r\nmac set appskey [REDACTED]\r\nmac save\r\n"
        );
        assert_eq!(redact("mac tx uncnf 1 2B7E"), "mac tx uncnf 1 2B7E");
    }
}
