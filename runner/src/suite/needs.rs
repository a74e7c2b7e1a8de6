//! What a test needs of a lab, and which devices of the lab meet it.

use lab::plan::{DevicePlan, ModemPlan, Plan, PortPlan, Profile};
use std::fmt;
use std::str::FromStr;

/// One need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A modem, with the feature that its subscription or slot must have.
    Modem(Feature),
    /// A second modem beside the first.
    SecondModem,
    /// A LoRaWAN node.
    LoraNode,
    /// A core that does what the script orders.
    CoreControl,
    /// A radio that does what the script orders.
    RadioControl,
    /// Power that the script can cut.
    Power,
    /// A card that the script may change and block.
    CardWrite,
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

/// The words of `@needs`.
const WORDS: &[(&str, Need)] = &[
    ("modem", Need::Modem(Feature::Any)),
    ("modem:voice", Need::Modem(Feature::Voice)),
    ("modem:data-only", Need::Modem(Feature::DataOnly)),
    ("modem:no-card", Need::Modem(Feature::NoCard)),
    ("second-modem", Need::SecondModem),
    ("lora-node", Need::LoraNode),
    ("core:control", Need::CoreControl),
    ("radio:control", Need::RadioControl),
    ("power", Need::Power),
    ("card:write", Need::CardWrite),
];

impl Need {
    /// Whether it is something that the lab does, and not a device.
    const fn is_control(self) -> bool {
        match self {
            Self::CoreControl | Self::RadioControl | Self::Power | Self::CardWrite => true,
            Self::Modem(_) | Self::SecondModem | Self::LoraNode => false,
        }
    }
}

impl FromStr for Need {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        WORDS.iter().find(|(word, _)| *word == text).map(|(_, need)| *need).ok_or_else(|| {
            let words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
            format!("\"{text}\" is not a need; known needs: {}", words.join(", "))
        })
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
    let mut devices: Vec<usize> = Vec::new();
    for need in needs.iter().filter(|need| !need.is_control()) {
        let free =
            |(index, device): &(usize, &DevicePlan)| !devices.contains(index) && fits(plan, *need, device);
        match plan.devices.iter().enumerate().find(free) {
            Some((index, _)) => devices.push(index),
            None => return Err(format!("needs {need}: {}", why_not(*need))),
        }
    }
    let reservation = Reservation(devices);
    let hardware = reservation.hardware(plan).next().and_then(|index| plan.devices.get(index));
    if let Some(name) = hardware.map(|device| device.name().get_ref()) {
        if !live {
            return Err(format!("{name} is hardware and needs real time: run it with --live"));
        }
        if let Some(need) = needs.iter().find(|need| need.is_control()) {
            let why = if *need == Need::CardWrite {
                "the card in it is not the kit's to change"
            } else {
                "the simulated operator does not serve it"
            };
            return Err(format!("needs {need}: {name} is hardware, and {why}"));
        }
    }
    Ok(reservation)
}

/// Whether a device meets a need.
fn fits(plan: &Plan, need: Need, device: &DevicePlan) -> bool {
    match (need, device) {
        (Need::Modem(feature), DevicePlan::Modem(modem)) => has(plan, modem, feature),
        (Need::SecondModem, DevicePlan::Modem(modem)) => has(plan, modem, Feature::Voice),
        (Need::LoraNode, DevicePlan::Node(_)) => true,
        (Need::Modem(_) | Need::SecondModem, DevicePlan::Node(_))
        | (Need::LoraNode, DevicePlan::Modem(_))
        | (Need::CoreControl | Need::RadioControl | Need::Power | Need::CardWrite, _) => false,
    }
}

fn has(plan: &Plan, modem: &ModemPlan, feature: Feature) -> bool {
    let profile = modem.sim.as_ref().and_then(|sim| plan.sim(sim.get_ref())).map(|sim| sim.profile);
    match feature {
        Feature::Any => profile.is_some() || matches!(modem.port.0, PortPlan::Serial(_)),
        Feature::Voice => profile == Some(Profile::DataVoice),
        Feature::DataOnly => profile == Some(Profile::DataOnly),
        Feature::NoCard => modem.sim.is_none() && modem.port.0 == PortPlan::Simulated,
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
        Need::CoreControl | Need::RadioControl | Need::Power | Need::CardWrite => "the lab cannot do that",
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
    fn one_device_serves_one_need() {
        let plan = Plan::parse(LAB).unwrap();
        assert!(reserve(&plan, &needs("modem modem"), true).is_err());
    }
}
