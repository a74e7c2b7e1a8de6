//! What a test needs of a lab, and which devices of the lab meet it.

use drivers::lora::{Skill, dialect};
use drivers::modem::socket;
use lab::plan::{DevicePlan, ModemPlan, Plan, PortPlan, Profile};
use std::fmt;
use std::str::FromStr;
use wire::air::cellular::Rat;
use wire::dialect::Dialect;
use wire::lorawan::Band;

/// One need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A modem, with the feature that its subscription or slot must have.
    Modem(Feature),
    /// A second modem beside the first.
    SecondModem,
    /// A LoRaWAN node.
    LoraNode,
    /// A LoRaWAN node whose firmware has the test mode of certification.
    LoraTestNode,
    /// Every simulated LoRaWAN node that has a position, and a gateway that has one.
    LoraField,
    /// Something that not every family of modules has; the modems that the test gets must.
    Ability(Ability),
    /// A command that not every dialect of nodes has; the node that the test gets must.
    Command(Skill),
    /// A LoRaWAN network in one of these bands.
    Band(Bands),
    /// So many simulated gateways of the lab's own network server.
    Gateways(usize),
    /// A core that does what the script orders.
    CoreControl,
    /// A radio that does what the script orders.
    RadioControl,
    /// Power that the script can cut.
    Power,
    /// A card that the script may change and block.
    CardWrite,
}

/// What a family of modules may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// Calls, whatever the subscription says of them.
    Calls,
    /// GSM, as delivered.
    Gsm,
    /// UTRAN, as delivered; of two modems the second must have it.
    Utran,
    /// Phone books (TS 27.007 8.11 to 8.14).
    PhoneBook,
    /// The multiplexer (TS 27.007 5.7).
    Multiplexer,
    /// Socket commands of the maker that the driver speaks.
    Sockets,
}

impl Ability {
    /// What a family without it is said to lack.
    const fn what(self) -> &'static str {
        match self {
            Self::Calls => "voice",
            Self::Gsm => "GSM",
            Self::Utran => "UTRAN",
            Self::PhoneBook => "+CPBS",
            Self::Multiplexer => "+CMUX",
            Self::Sockets => "sockets",
        }
    }
}

/// What a modem must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Any.
    Any,
    /// A subscription with voice.
    Voice,
    /// A subscription without voice.
    DataOnly,
    /// An empty card slot.
    NoCard,
}

/// In which band the LoRaWAN network of the lab is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bands {
    /// One whose channels are all fixed.
    Fixed,
    /// One whose channels the network adds.
    Dynamic,
    /// Just this one.
    Only(Band),
}

impl Bands {
    fn include(self, band: Band) -> bool {
        match self {
            Self::Fixed => band.region().is_fixed(),
            Self::Dynamic => !band.region().is_fixed(),
            Self::Only(only) => band == only,
        }
    }
}

/// The words of `@needs`.
const WORDS: &[(&str, Need)] = &[
    ("modem", Need::Modem(Feature::Any)),
    ("modem:voice", Need::Modem(Feature::Voice)),
    ("modem:data-only", Need::Modem(Feature::DataOnly)),
    ("modem:no-card", Need::Modem(Feature::NoCard)),
    ("second-modem", Need::SecondModem),
    ("lora-node", Need::LoraNode),
    ("lora-node:test-mode", Need::LoraTestNode),
    ("lora-field", Need::LoraField),
    ("calls", Need::Ability(Ability::Calls)),
    ("gsm", Need::Ability(Ability::Gsm)),
    ("utran", Need::Ability(Ability::Utran)),
    ("phone-book", Need::Ability(Ability::PhoneBook)),
    ("multiplexer", Need::Ability(Ability::Multiplexer)),
    ("sockets", Need::Ability(Ability::Sockets)),
    ("band:fixed", Need::Band(Bands::Fixed)),
    ("band:dynamic", Need::Band(Bands::Dynamic)),
    ("band:eu868", Need::Band(Bands::Only(Band::Eu868))),
    ("band:us915", Need::Band(Bands::Only(Band::Us915))),
    ("band:as923", Need::Band(Bands::Only(Band::As923))),
    ("band:au915", Need::Band(Bands::Only(Band::Au915))),
    ("core:control", Need::CoreControl),
    ("radio:control", Need::RadioControl),
    ("power", Need::Power),
    ("card:write", Need::CardWrite),
];

/// What stands before the word for what a node must have a command for.
const COMMAND: &str = "node:";
/// What stands before a number of gateways.
const GATEWAYS: &str = "gateways:";

impl Need {
    /// Whether it is something that the lab does, and not a device.
    const fn is_control(self) -> bool {
        match self {
            Self::CoreControl | Self::RadioControl | Self::Power | Self::CardWrite => true,
            Self::Modem(_)
            | Self::SecondModem
            | Self::LoraNode
            | Self::LoraTestNode
            | Self::LoraField
            | Self::Band(_)
            | Self::Gateways(_)
            | Self::Ability(_)
            | Self::Command(_) => false,
        }
    }

    /// Whether it asks for a device of its own.
    const fn is_device(self) -> bool {
        matches!(self, Self::Modem(_) | Self::SecondModem | Self::LoraNode | Self::LoraTestNode)
    }
}

impl FromStr for Need {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(skill) = text.strip_prefix(COMMAND).and_then(Skill::named) {
            return Ok(Self::Command(skill));
        }
        let number = text.strip_prefix(GATEWAYS).and_then(|number| number.parse().ok());
        if let Some(number) = number.filter(|number| (1..=99).contains(number)) {
            return Ok(Self::Gateways(number));
        }
        WORDS.iter().find(|(word, _)| *word == text).map(|(_, need)| *need).ok_or_else(|| {
            let words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
            let commands: Vec<&str> = Skill::all().map(Skill::word).collect();
            let (words, commands) = (words.join(", "), commands.join(", "));
            format!(
                "\"{text}\" is not a need; known needs: {words}; {GATEWAYS} with a number; and {COMMAND} with one of {commands}"
            )
        })
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Command(skill) = self {
            return write!(f, "{COMMAND}{}", skill.word());
        }
        if let Self::Gateways(number) = self {
            return write!(f, "{GATEWAYS}{number}");
        }
        f.write_str(WORDS.iter().find(|(_, need)| need == self).map_or("", |(word, _)| word))
    }
}

/// The devices that a test gets, by their index in the lab file, in the order in which it asked for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reservation(pub Vec<usize>);

impl Reservation {
    /// The reserved devices that are hardware, by their index in the lab file.
    pub fn hardware<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = usize> + 'a {
        self.0.iter().copied().filter(|index| plan.devices.get(*index).is_some_and(is_hardware))
    }
}

/// Finds the devices of `plan` that meet `needs`; `live` says whether the lab has real time.
///
/// # Errors
/// The reason why the test is not applicable in this lab.
pub fn reserve(plan: &Plan, needs: &[Need], live: bool) -> Result<Reservation, String> {
    let band = plan.band();
    let elsewhere = |need: &&Need| matches!(need, Need::Band(bands) if !bands.include(band));
    if let Some(need) = needs.iter().find(elsewhere) {
        return Err(format!("needs {need}: the band of the lab is {band}"));
    }
    enough_gateways(plan, needs)?;
    let mut devices: Vec<usize> = Vec::new();
    let modems = needs.iter().filter(|need| matches!(need, Need::Modem(_) | Need::SecondModem)).count();
    for need in needs.iter().filter(|need| need.is_device()) {
        let is_last = devices.len() + 1 >= modems;
        let free = |(index, device): &(usize, &DevicePlan)| {
            !devices.contains(index) && fits(plan, *need, device) && missing(device, needs, is_last).is_none()
        };
        match plan.devices.iter().enumerate().find(free) {
            Some((index, _)) => devices.push(index),
            None => return Err(unmet(plan, *need, needs, is_last)),
        }
    }
    if needs.contains(&Need::LoraField) {
        devices.extend(field(plan, needs, live)?);
    }
    let reservation = Reservation(devices);
    let hardware = reservation.hardware(plan).next().and_then(|index| plan.devices.get(index));
    if let Some(name) = hardware.map(|device| device.name().get_ref()) {
        if !live {
            return Err(format!("{name} is hardware and needs real time: run it with --live"));
        }
        let switched = |index: usize| plan.devices.get(index).is_some_and(|device| device.power().is_some());
        let has_switches = reservation.hardware(plan).all(switched);
        let unmet = |need: &&Need| need.is_control() && !(**need == Need::Power && has_switches);
        if let Some(need) = needs.iter().find(unmet) {
            let why = if *need == Need::CardWrite {
                "the card in it is not the kit's to change"
            } else if *need == Need::Power {
                "its section has no power = { on = \"…\", off = \"…\" }"
            } else {
                "the simulated operator does not serve it"
            };
            return Err(format!("needs {need}: {name} is hardware, and {why}"));
        }
    }
    Ok(reservation)
}

/// Whether there are as many gateways as the needs say.
fn enough_gateways(plan: &Plan, needs: &[Need]) -> Result<(), String> {
    let own = plan.gateways.iter().filter(|gateway| gateway.simulated && gateway.server.is_none()).count();
    let short = needs.iter().find(|need| matches!(need, Need::Gateways(wanted) if *wanted > own));
    let reason = |need| format!("needs {need}: simulated gateways of the lab's own network server: {own}");
    short.map_or(Ok(()), |need| Err(reason(need)))
}

/// Every node of the field.
fn field(plan: &Plan, needs: &[Need], live: bool) -> Result<Vec<usize>, String> {
    if live {
        return Err("needs lora-field: a field lives for days, and this lab has real time".to_owned());
    }
    let nodes = plan.devices.iter().enumerate().filter(|(_, device)| fits(plan, Need::LoraField, device));
    let nodes: Vec<usize> = nodes.map(|(index, _)| index).collect();
    let stands = plan.gateways.iter().any(|gateway| gateway.simulated && gateway.position.is_some());
    if nodes.is_empty() || !stands {
        return Err(unmet(plan, Need::LoraField, &[], true));
    }
    let device = |index: &usize| plan.devices.get(*index);
    match nodes.iter().filter_map(device).find_map(|node| Some((node, missing(node, needs, true)?))) {
        Some((node, (need, lacks))) => Err(format!("needs {need}: {} is {lacks}", node.name().get_ref())),
        None => Ok(nodes),
    }
}

/// Whether a device meets a need.
fn fits(plan: &Plan, need: Need, device: &DevicePlan) -> bool {
    match (need, device) {
        (Need::Modem(feature), DevicePlan::Modem(modem)) => has(plan, modem, feature),
        (Need::SecondModem, DevicePlan::Modem(modem)) => has(plan, modem, Feature::Voice),
        (Need::LoraNode, DevicePlan::Node(_)) => true,
        (Need::LoraTestNode, DevicePlan::Node(node)) => node.test_mode,
        (Need::LoraField, DevicePlan::Node(node)) => node.position.is_some() && !is_hardware(device),
        (Need::Modem(_) | Need::SecondModem, DevicePlan::Node(_))
        | (Need::LoraNode | Need::LoraTestNode | Need::LoraField, DevicePlan::Modem(_))
        | (Need::CoreControl | Need::RadioControl | Need::Power | Need::CardWrite | Need::Band(_), _)
        | (Need::Ability(_) | Need::Command(_) | Need::Gateways(_), _) => false,
    }
}

/// The family of a modem, where the lab file names a known one.
fn family(modem: &ModemPlan) -> Option<&'static Dialect> {
    wire::dialect::named(modem.model.get_ref())
}

/// The need that the device does not meet, and what it has not.
fn missing(device: &DevicePlan, needs: &[Need], is_last: bool) -> Option<(Need, String)> {
    match device {
        DevicePlan::Modem(modem) => missing_of_modem(modem, needs, is_last),
        DevicePlan::Node(node) => {
            let dialect = dialect::named(node.model.get_ref())?;
            let lacks = |need: &Need| {
                if let Need::Command(skill) = need
                    && !dialect.can(*skill)
                {
                    return Some((*need, *skill));
                }
                None
            };
            let (need, skill) = needs.iter().find_map(lacks)?;
            Some((need, format!("a {}, which has no command or report for {}", dialect.name, skill.what())))
        }
    }
}

/// The need for which the family of a modem lacks something.
fn missing_of_modem(modem: &ModemPlan, needs: &[Need], is_last: bool) -> Option<(Need, String)> {
    let dialect = family(modem)?;
    let lacks = |need: &&Need| match need {
        Need::Ability(Ability::Calls) | Need::Modem(Feature::Voice) => !dialect.voice,
        Need::Ability(Ability::Gsm) => !wire::dialect::uses(dialect, Rat::Gsm),
        Need::Ability(Ability::Utran) => is_last && !wire::dialect::uses(dialect, Rat::Utran),
        Need::Ability(ability @ (Ability::PhoneBook | Ability::Multiplexer)) => {
            !wire::dialect::has(dialect, ability.what())
        }
        Need::Ability(Ability::Sockets) => dialect.sockets.and_then(socket::commands).is_none(),
        Need::Modem(Feature::Any | Feature::DataOnly | Feature::NoCard)
        | Need::SecondModem
        | Need::LoraNode
        | Need::LoraTestNode
        | Need::LoraField
        | Need::Band(_)
        | Need::Gateways(_)
        | Need::CoreControl
        | Need::RadioControl
        | Need::Power
        | Need::CardWrite
        | Need::Command(_) => false,
    };
    let need = needs.iter().find(lacks)?;
    let what = if let Need::Ability(ability) = need { ability.what() } else { "voice" };
    Some((*need, format!("a {}, which has no {what}", dialect.name)))
}

/// Why no device is left for `need`: the family of those that would fit lacks something, or none fits.
fn unmet(plan: &Plan, need: Need, needs: &[Need], is_last: bool) -> String {
    let fitting = plan.devices.iter().filter(|device| fits(plan, need, device));
    match fitting.filter_map(|device| Some((device, missing(device, needs, is_last)?))).next() {
        Some((device, (lacking, what))) => format!("needs {lacking}: {} is {what}", device.name().get_ref()),
        None => format!("needs {need}: {}", why_not(need)),
    }
}

fn has(plan: &Plan, modem: &ModemPlan, feature: Feature) -> bool {
    let profile = modem.sim.as_ref().and_then(|sim| plan.sim(sim.get_ref())).map(|sim| sim.profile);
    match feature {
        Feature::Any => profile.is_some() || matches!(modem.port.get_ref().0, PortPlan::Serial(_)),
        Feature::Voice => profile == Some(Profile::DataVoice),
        Feature::DataOnly => profile == Some(Profile::DataOnly),
        Feature::NoCard => modem.sim.is_none() && modem.port.get_ref().0 == PortPlan::Simulated,
    }
}

fn is_hardware(device: &DevicePlan) -> bool {
    matches!(device.port(), PortPlan::Serial(_))
}

const fn why_not(need: Need) -> &'static str {
    match need {
        Need::Modem(Feature::Any) => "the lab has no modem with a card",
        Need::Modem(Feature::Voice) => "the lab has no modem whose subscription has voice",
        Need::Modem(Feature::DataOnly) => "the lab has no modem with a data-only subscription",
        Need::Modem(Feature::NoCard) => "the lab has no simulated modem with an empty slot",
        Need::SecondModem => "the lab has no second modem whose subscription has voice",
        Need::LoraNode => "the lab has no LoRaWAN node",
        Need::LoraTestNode => "the lab has no LoRaWAN node with test_mode = true",
        Need::LoraField => "the lab has no simulated LoRaWAN nodes and gateways with a position",
        Need::CoreControl
        | Need::RadioControl
        | Need::Power
        | Need::CardWrite
        | Need::Band(_)
        | Need::Gateways(_)
        | Need::Ability(_)
        | Need::Command(_) => "the lab cannot do that",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAB: &str = r#"
        [lab]
        name = "t"
        [operator]
        home = "208-01"
        service_centre = "+33639989000"
        [[device]]
        kind = "modem"
        name = "real"
        imei = "356938035643809"
        port = "/dev/ttyUSB2"
        [[device]]
        kind = "modem"
        name = "bare"
        imei = "356938035643809"
    "#;

    fn needs(words: &str) -> Vec<Need> {
        words.split(' ').map(|word| word.parse().unwrap()).collect()
    }

    #[test]
    fn a_need_that_is_not_met_gives_its_reason() {
        let plan = Plan::parse(LAB).unwrap();
        assert_eq!(reserve(&plan, &needs("modem"), true), Ok(Reservation(vec![0])));
        assert_eq!(reserve(&plan, &needs("modem:no-card power"), false), Ok(Reservation(vec![1])));
        assert_eq!(
            reserve(&plan, &needs("lora-node"), true).unwrap_err(),
            "needs lora-node: the lab has no LoRaWAN node"
        );
        assert!(reserve(&plan, &needs("modem"), false).unwrap_err().contains("run it with --live"));
        assert!(reserve(&plan, &needs("modem core:control"), true).unwrap_err().contains("real is hardware"));
    }

    #[test]
    fn power_of_hardware_needs_a_switch() {
        let plan = Plan::parse(LAB).unwrap();
        let reason = reserve(&plan, &needs("modem power"), true).unwrap_err();
        assert!(reason.contains("needs power: real is hardware") && reason.contains("power = {"), "{reason}");
        let port = "port = \"/dev/ttyUSB2\"\n";
        let switched = LAB.replace(port, &format!("{port}power = {{ on = \"true\", off = \"true\" }}\n"));
        let plan = Plan::parse(&switched).unwrap();
        assert_eq!(reserve(&plan, &needs("modem power"), true), Ok(Reservation(vec![0])));
        assert!(reserve(&plan, &needs("modem power core:control"), true).is_err());
    }

    #[test]
    fn what_a_family_lacks_is_a_reason_that_names_it() {
        let nordic = LAB.replace("name = \"bare\"", "name = \"bare\"\nmodel = \"nordic-nrf91\"");
        let plan = Plan::parse(&nordic).unwrap();
        assert_eq!(
            reserve(&plan, &needs("modem:no-card phone-book"), false).unwrap_err(),
            "needs phone-book: bare is a nordic-nrf91, which has no +CPBS"
        );
        assert_eq!(reserve(&plan, &needs("modem phone-book"), true), Ok(Reservation(vec![0])));
        assert_eq!(reserve(&plan, &needs("modem:no-card"), false), Ok(Reservation(vec![1])));
    }

    #[test]
    fn a_field_is_every_node_that_stands_somewhere() {
        let node = |name: &str, rest: &str| {
            format!(
                "[[device]]\nkind = \"lora-node\"\nname = \"{name}\"\ndev_eui = \"70b3d5499000000{}\"\n\
                 app_eui = \"70b3d57ed0000001\"\napp_key = \"2b7e151628aed2a6abf7158809cf4f3c\"\n{rest}\n",
                name.len()
            )
        };
        let place = "position = { latitude = 47.0, longitude = 6.0 }\n";
        let nodes = format!("{}{}{}", node("a", ""), node("bb", place), node("ccc", place));
        let gateway = "[radio]\n[[gateway]]\neui = \"0016c001f1500001\"\n";
        let homeless = Plan::parse(&format!("{LAB}\n{nodes}\n{gateway}")).unwrap();
        assert!(reserve(&homeless, &needs("lora-field"), false).unwrap_err().contains("with a position"));
        let plan = Plan::parse(&format!("{LAB}\n{nodes}\n{gateway}{place}")).unwrap();
        assert_eq!(reserve(&plan, &needs("lora-field core:control"), false), Ok(Reservation(vec![3, 4])));
        assert!(reserve(&plan, &needs("lora-field"), true).unwrap_err().contains("real time"));
    }

    #[test]
    fn what_a_dialect_of_nodes_lacks_is_a_reason_that_names_it() {
        let node = r#"
            [[device]]
            kind = "lora-node"
            name = "node"
            model = "stm32wl"
            dev_eui = "0004a30b001a2b3c"
            app_eui = "70b3d57ed0000001"
            app_key = "2b7e151628aed2a6abf7158809cf4f3c"
        "#;
        let plan = Plan::parse(&format!("{LAB}{node}")).unwrap();
        assert_eq!(reserve(&plan, &needs("lora-node node:save"), false), Ok(Reservation(vec![2])));
        assert_eq!(
            reserve(&plan, &needs("lora-node node:battery"), false).unwrap_err(),
            "needs node:battery: node is a stm32wl, which has no command or report for the battery level of DevStatusAns"
        );
        assert!("node:wings".parse::<Need>().unwrap_err().contains("battery"));
    }

    #[test]
    fn only_simulated_gateways_of_the_own_server_count() {
        let gateways = |rests: &[&str]| {
            let section = |(number, rest): (usize, &&str)| {
                format!("[[gateway]]\neui = \"0016c001f150000{number}\"\n{rest}\n")
            };
            let sections: String = rests.iter().enumerate().map(section).collect();
            reserve(
                &Plan::parse(&format!("{LAB}{sections}")).unwrap(),
                &needs("modem:no-card gateways:2"),
                false,
            )
        };
        assert_eq!(gateways(&["", ""]), Ok(Reservation(vec![1])));
        let reason = "needs gateways:2: simulated gateways of the lab's own network server: 1";
        for other in ["simulated = false", "server = \"udp://192.0.2.1:1700\""] {
            assert_eq!(gateways(&["", other]).unwrap_err(), reason);
        }
        for odd in ["gateways:0", "gateways:", "gateways:many"] {
            assert!(odd.parse::<Need>().unwrap_err().contains("with a number"), "{odd}");
        }
    }

    #[test]
    fn one_device_serves_one_need() {
        let plan = Plan::parse(LAB).unwrap();
        assert!(reserve(&plan, &needs("modem modem"), true).is_err());
    }
}
