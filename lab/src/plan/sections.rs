//! The sections of a lab file, as they are written.

use super::copies::Copies;
use super::ground::{NotNegative, Position};
use super::hardware::{Baud, PowerPlan};
use super::line::LinePlan;
use super::text::{Secret, Text};
use drivers::lora::dialect;
use drivers::port::{PortName, PortNameError};
use serde::Deserialize;
use simcore::cellular::{FormFactor, Memory, SimKind, SimState};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::num::NonZeroU32;
use std::str::FromStr;
use toml::Spanned;
use wire::id::{Eui64, Iccid, Imei, Imsi, PhoneNumber};
use wire::lorawan::Band;
use wire::plmn::Plmn;

/// `[lab]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabSection {
    /// Name, for reports.
    pub name: String,
    /// The seed, unless the command line gives another.
    #[serde(default = "one")]
    pub seed: u64,
    /// Which clock.
    #[serde(default)]
    pub clock: Clock,
    /// Where the devices are at the start: a country of the `[[network]]` sections.
    #[serde(default = "france")]
    pub country: Spanned<String>,
}

fn one() -> u64 {
    1
}

fn france() -> Spanned<String> {
    Spanned::new(0..0, "FR".to_owned())
}

/// `clock`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// Event queue.
    #[default]
    Virtual,
    /// Real time.
    Live,
}

/// `[operator]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorSection {
    /// Home network.
    pub home: Spanned<Text<Plmn>>,
    /// Address of the short message service centre.
    pub service_centre: Text<PhoneNumber>,
    /// LoRaWAN network identifier, 24 bits.
    #[serde(default)]
    pub net_id: u32,
    /// Band of the LoRaWAN network; EU868 where nothing is said.
    pub band: Option<Spanned<Text<Band>>>,
    /// Where all channels are fixed: the sub-band, 1 to 8, that devices are left with and that gateways begin at.
    pub sub_band: Option<Spanned<u8>>,
    /// Where TxParamSetupReq exists: whether transmissions stay limited to 400 ms.
    pub dwell_time: Option<Spanned<bool>>,
    /// Which networks the operator knows.
    #[serde(default)]
    pub networks: KnownNetworks,
}

/// `networks` of `[operator]`: whom the operator knows. What is on the air is always what `[[network]]` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KnownNetworks {
    /// Those of the `[[network]]` sections.
    #[default]
    Listed,
    /// Those of the world as delivered; a `[[network]]` section holds for its own.
    World,
}

/// Rank of a network in the steering of roaming.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rank {
    /// The home network.
    Home,
    /// An affiliate of the operator's group.
    Affiliate,
    /// A partner of the operator's alliance.
    Alliance,
    /// Another roaming partner.
    Partner,
    /// No roaming agreement.
    None,
}

/// `[[network]]`: a network on the air in one country, and what the operator has agreed with it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkPlan {
    /// Its identity.
    pub plmn: Text<Plmn>,
    /// The name it shows.
    pub name: String,
    /// Country, ISO 3166 alpha-2.
    pub country: String,
    /// Rank.
    pub rank: Rank,
    /// Reference signal received power where the devices are, dBm.
    pub rsrp: i16,
    /// Further cells; the first is one of E-UTRAN and has no name.
    #[serde(default)]
    pub cells: Vec<CellPlan>,
}

/// An entry of `cells` of a `[[network]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CellPlan {
    /// What scripts call it.
    pub name: Spanned<String>,
    /// Its technology.
    pub rat: RatPlan,
    /// Tracking or location area code; that of the first cell where it is not given.
    pub area: Option<u16>,
    /// As of the first cell.
    pub rsrp: i16,
    /// Whether it transmits from the start.
    #[serde(default = "yes")]
    pub on_air: bool,
}

/// `rat` of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RatPlan {
    /// GSM.
    Gsm,
    /// UTRAN.
    Utran,
    /// E-UTRAN.
    Eutran,
}

/// `[[account]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountPlan {
    /// Name.
    pub name: Spanned<String>,
    /// Voice whitelist; absent means that calls are not filtered.
    pub voice_whitelist: Option<Vec<Text<PhoneNumber>>>,
    /// How many test cards were agreed.
    pub test_sims: Option<usize>,
    /// How many prototype cards were agreed.
    pub prototype_sims: Option<usize>,
    /// The customer has accepted the weakness of shared and dedicated access points on one card.
    #[serde(default)]
    pub mixed_apns_accepted: bool,
}

/// Usage profile of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Packet data and SMS.
    DataOnly,
    /// Packet data, SMS and voice.
    DataVoice,
}

/// `[[sim]]`: a card and its subscription.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimPlan {
    /// The name by which a device refers to it.
    pub name: Spanned<String>,
    /// Card identity.
    pub iccid: Text<Iccid>,
    /// Subscriber identity.
    pub imsi: Text<Imsi>,
    /// The one number for all bearers.
    pub msisdn: Text<PhoneNumber>,
    /// The account that it belongs to.
    pub account: Spanned<String>,
    /// Profile.
    pub profile: Profile,
    /// Subscribed access points; the first is the default.
    pub apns: Vec<Spanned<String>>,
    /// Fixed addresses, by access point.
    #[serde(default)]
    pub addresses: BTreeMap<String, Ipv4Addr>,
    /// PUK1, eight digits.
    pub puk1: Secret,
    /// PUK2, eight digits.
    pub puk2: Secret,
    /// K of card and home network, 32 hexadecimal digits; absent, it follows from the IMSI.
    pub k: Option<Secret>,
    /// OPc, with `k`.
    pub opc: Option<Secret>,
    /// OP, with `k`, in place of `opc`.
    pub op: Option<Secret>,
    /// Form of the card, such as `"3FFR"`.
    #[serde(default = "mini")]
    pub form: Text<FormFactor>,
    /// Memory of the card, `"64k"` or `"128k"`; that of its form where it is not given.
    pub memory: Option<Text<Memory>>,
    /// `"production"`, `"test"` or `"prototype"`.
    #[serde(default = "production")]
    pub kind: Text<SimKind>,
    /// Where the card is in its life at the start.
    #[serde(default = "activated")]
    pub state: Text<SimState>,
    /// Whether roaming control can be ordered for this card.
    #[serde(default = "yes")]
    pub roaming_control: bool,
    /// Emergency numbers on the card (EF_ECC), at most 5 of at most 6 digits. A number that is not there, 112 and 911
    /// aside, is an ordinary call to a device with this card.
    #[serde(default = "emergency_numbers")]
    pub emergency_numbers: Vec<Text<EmergencyNumber>>,
}

/// An emergency number as a card holds it (TS 31.102 4.2.21): up to six digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmergencyNumber(pub PhoneNumber);

impl FromStr for EmergencyNumber {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_one = (1..=6).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
        let number = text.parse().ok().filter(|_| is_one);
        number.map(Self).ok_or_else(|| {
            format!(
                "\"{text}\" is not an emergency number of a card: expected 1 to 6 digits, such as \"112\""
            )
        })
    }
}

/// The service promises 112 and 999.
fn emergency_numbers() -> Vec<Text<EmergencyNumber>> {
    ["112", "999"].into_iter().filter_map(|number| number.parse().ok().map(Text)).collect()
}

fn mini() -> Text<FormFactor> {
    Text(FormFactor::default())
}

fn production() -> Text<SimKind> {
    Text(SimKind::default())
}

fn activated() -> Text<SimState> {
    Text(SimState::Activated)
}

fn yes() -> bool {
    true
}

/// `[[fault]]`: something that goes wrong by itself, as often as it says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultSection {
    /// The procedure, as scripts name it.
    pub procedure: String,
    /// `refuse`, `ignore`, `late`, `twice` or `malformed`.
    pub fault: String,
    /// Share of the procedures, 0 to 1.
    pub rate: f64,
    /// The cause of a refusal.
    pub cause: Option<u8>,
    /// Its back-off, or how late a message is.
    pub seconds: Option<u32>,
    /// What is malformed.
    pub damage: Option<String>,
}

/// How a device is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortPlan {
    /// A simulated device.
    Simulated,
    /// A serial port of this machine.
    Serial(PortName),
}

impl FromStr for PortPlan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "simulated" => Ok(Self::Simulated),
            name => name
                .parse()
                .map(Self::Serial)
                .map_err(|error: PortNameError| format!("{error}, or \"simulated\"")),
        }
    }
}

/// The speeds of devices whose section names none.
const MODEM_RATE: NonZeroU32 = rate(115_200);
const NODE_RATE: NonZeroU32 = rate(57_600);

const fn rate(bits_per_second: u32) -> NonZeroU32 {
    match NonZeroU32::new(bits_per_second) {
        Some(rate) => rate,
        None => NonZeroU32::MIN,
    }
}

/// `[[device]]`.
#[derive(Clone, Debug)]
pub enum DevicePlan {
    /// `kind = "modem"`.
    Modem(ModemPlan),
    /// `kind = "lora-node"`.
    Node(NodePlan),
}

impl DevicePlan {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &Spanned<String> {
        match self {
            Self::Modem(modem) => &modem.name,
            Self::Node(node) => &node.name,
        }
    }

    /// Line speed, bit/s; `None` where the device is asked for it.
    #[must_use]
    pub fn baud(&self) -> Option<NonZeroU32> {
        let baud = match self {
            Self::Modem(modem) => modem.baud,
            Self::Node(node) => node.baud.unwrap_or_else(|| Baud::Rate(node_rate(node.model.get_ref()))),
        };
        match baud {
            Baud::Rate(rate) => Some(rate),
            Baud::Auto => None,
        }
    }

    /// Line speed of a simulated device, bit/s: it answers at whichever speed it is spoken to.
    #[must_use]
    pub fn simulated_baud(&self) -> u32 {
        let usual = match self {
            Self::Modem(_) => MODEM_RATE,
            Self::Node(node) => node_rate(node.model.get_ref()),
        };
        self.baud().unwrap_or(usual).get()
    }

    /// The switch of its power, where it is not simulated and has one.
    #[must_use]
    pub const fn power(&self) -> Option<&PowerPlan> {
        match self {
            Self::Modem(modem) => modem.power.as_ref(),
            Self::Node(node) => node.power.as_ref(),
        }
    }

    /// What is wrong with its serial line.
    #[must_use]
    pub const fn line(&self) -> &LinePlan {
        match self {
            Self::Modem(modem) => &modem.line,
            Self::Node(node) => &node.line,
        }
    }

    /// Where the lab file says how it is reached.
    #[must_use]
    pub fn port_span(&self) -> std::ops::Range<usize> {
        match self {
            Self::Modem(modem) => modem.port.span(),
            Self::Node(node) => node.port.span(),
        }
    }

    /// How it is reached.
    #[must_use]
    pub fn port(&self) -> &PortPlan {
        match self {
            Self::Modem(modem) => &modem.port.get_ref().0,
            Self::Node(node) => &node.port.get_ref().0,
        }
    }
}

/// A cellular modem.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModemPlan {
    /// Name.
    pub name: Spanned<String>,
    /// The dialect that it speaks.
    #[serde(default = "generic")]
    pub model: Spanned<String>,
    /// How it is reached.
    #[serde(default = "simulated")]
    pub port: Spanned<Text<PortPlan>>,
    /// Line speed, bit/s.
    #[serde(default = "modem_baud")]
    pub baud: Baud,
    /// What is wrong with its line.
    #[serde(default)]
    pub line: LinePlan,
    /// The switch of its power, for hardware.
    pub power: Option<PowerPlan>,
    /// Equipment identity.
    pub imei: Text<Imei>,
    /// The card in it; absent means an empty slot.
    pub sim: Option<Spanned<String>>,
    /// Defects that a simulated modem imitates.
    #[serde(default)]
    pub defects: Vec<Spanned<String>>,
    /// Manners of real modules that a simulated modem has.
    #[serde(default)]
    pub quirks: Vec<Spanned<String>>,
}

fn generic() -> Spanned<String> {
    Spanned::new(0..0, "3gpp".to_owned())
}

fn simulated() -> Spanned<Text<PortPlan>> {
    Spanned::new(0..0, Text(PortPlan::Simulated))
}

fn modem_baud() -> Baud {
    Baud::Rate(MODEM_RATE)
}

/// A LoRaWAN node.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodePlan {
    /// Name.
    pub name: Spanned<String>,
    /// The dialect that it speaks; `auto` asks hardware for it.
    #[serde(default = "rn2483")]
    pub model: Spanned<String>,
    /// How it is reached.
    #[serde(default = "simulated")]
    pub port: Spanned<Text<PortPlan>>,
    /// Line speed, bit/s; by default that of its dialect as delivered.
    pub baud: Option<Baud>,
    /// What is wrong with its line.
    #[serde(default)]
    pub line: LinePlan,
    /// The switch of its power, for hardware.
    pub power: Option<PowerPlan>,
    /// Device identity.
    pub dev_eui: Text<Eui64>,
    /// Application identity.
    pub app_eui: Text<Eui64>,
    /// Application key.
    pub app_key: Secret,
    /// The account that its messages belong to.
    pub account: Option<Spanned<String>>,
    /// The band that it is built for, where that is another than the network's: nobody will hear it.
    pub band: Option<Text<Band>>,
    /// Whether its firmware has the test mode of certification on FPort 224.
    #[serde(default)]
    pub test_mode: bool,
    /// Defects that a simulated node imitates.
    #[serde(default)]
    pub defects: Vec<Spanned<String>>,
    /// Where it stands; absent where everybody hears it.
    pub position: Option<Spanned<Position>>,
    /// Gain of its aerial, dBi.
    #[serde(default)]
    pub antenna_gain: f64,
    /// For how many simulated nodes the section stands.
    #[serde(default)]
    pub copies: Copies,
    /// Which of them it is, from 0 on; its key is so much higher than that of the section.
    #[serde(skip)]
    pub copy: u16,
    /// Within how many metres of `position` it stands; where exactly, the seed says.
    #[serde(default = "super::ground::none")]
    pub spread: NotNegative,
}

/// The speed at which nodes of this model are delivered.
fn node_rate(model: &str) -> NonZeroU32 {
    let delivered = dialect::named(model).and_then(|dialect| NonZeroU32::new(dialect.baud));
    delivered.unwrap_or(NODE_RATE)
}

fn rn2483() -> Spanned<String> {
    Spanned::new(0..0, "rn2483".to_owned())
}
