//! `[radio]` and `position`: where the radios of LoRa stand, and what is between them.

use super::{DevicePlan, Plan, PlanError, PortPlan};
use crate::ether::lora::{Ground, PathLoss, Place, Surroundings};
use serde::Deserialize;

/// `[radio]`: how a signal of LoRa is lost on its way between radios that have a position.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RadioSection {
    /// What is around.
    #[serde(default)]
    pub model: Model,
    /// Metres at which `reference_loss` holds, of log-distance.
    #[serde(default = "one")]
    pub reference_distance: Positive,
    /// Loss there, dB.
    #[serde(default = "ns3_loss")]
    pub reference_loss: NotNegative,
    /// Exponent of log-distance.
    #[serde(default = "ns3_exponent")]
    pub exponent: Positive,
    /// The carrier at which losses are worked out, MHz.
    #[serde(default = "eu868")]
    pub frequency: Positive,
    /// Standard deviation of what each pair of places adds to the loss, dB.
    #[serde(default = "usual_shadowing")]
    pub shadowing: NotNegative,
    /// Standard deviation of what each frame adds, dB.
    #[serde(default = "none")]
    pub fading: NotNegative,
}

/// A model of the mean loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// Log-distance, with figures of its own.
    #[default]
    LogDistance,
    /// Okumura-Hata in a city.
    Urban,
    /// Okumura-Hata among low houses.
    Suburban,
    /// Okumura-Hata over fields.
    Open,
}

/// `position = { latitude = 48.8566, longitude = 2.3522, height = 30 }`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Degrees north of the equator.
    pub latitude: Degrees<90>,
    /// Degrees east of Greenwich.
    pub longitude: Degrees<180>,
    /// Height of the aerial above ground, metres.
    #[serde(default = "pocket")]
    pub height: NotNegative,
}

/// Degrees, at most so many either way.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
pub struct Degrees<const MOST: u8>(pub f64);

/// A number of zero or more that ends somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
pub struct NotNegative(pub f64);

/// A number above zero that ends somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
pub struct Positive(pub f64);

impl<const MOST: u8> TryFrom<f64> for Degrees<MOST> {
    type Error = String;

    fn try_from(degrees: f64) -> Result<Self, String> {
        let wrong = || format!("{degrees} is not from -{MOST} to {MOST} degrees");
        (degrees.abs() <= f64::from(MOST)).then_some(Self(degrees)).ok_or_else(wrong)
    }
}

impl TryFrom<f64> for NotNegative {
    type Error = String;

    fn try_from(number: f64) -> Result<Self, String> {
        let fits = (0.0..=1e6).contains(&number);
        fits.then_some(Self(number)).ok_or_else(|| format!("{number} is not from 0 to a million"))
    }
}

impl TryFrom<f64> for Positive {
    type Error = String;

    fn try_from(number: f64) -> Result<Self, String> {
        let fits = number > 0.0 && number <= 1e6;
        fits.then_some(Self(number)).ok_or_else(|| format!("{number} is not above 0, up to a million"))
    }
}

impl RadioSection {
    /// The ground of the lab.
    #[must_use]
    pub const fn ground(&self) -> Ground {
        let path_loss = match self.model {
            Model::LogDistance => PathLoss::LogDistance {
                reference_metres: self.reference_distance.0,
                reference_decibel: self.reference_loss.0,
                exponent: self.exponent.0,
            },
            Model::Urban => PathLoss::OkumuraHata(Surroundings::Urban),
            Model::Suburban => PathLoss::OkumuraHata(Surroundings::Suburban),
            Model::Open => PathLoss::OkumuraHata(Surroundings::Open),
        };
        let (shadowing, fading) = (self.shadowing.0, self.fading.0);
        Ground { path_loss, megahertz: self.frequency.0, shadowing, fading }
    }
}

impl Position {
    /// The place.
    #[must_use]
    pub const fn place(self) -> Place {
        Place { latitude: self.latitude.0, longitude: self.longitude.0, height: self.height.0 }
    }

    /// The place as the operator has it in its books.
    #[must_use]
    pub fn surveyed(self) -> simcore::lorawan::Position {
        let millionths = |degrees: f64| (degrees * 1e6).round() as i32;
        simcore::lorawan::Position {
            latitude: millionths(self.latitude.0),
            longitude: millionths(self.longitude.0),
        }
    }
}

/// A position needs a ground, and several nodes in one place a way to tell them apart.
pub(super) fn check(plan: &Plan, errors: &mut Vec<PlanError>) {
    let nodes = plan.devices.iter().filter_map(|device| match device {
        DevicePlan::Node(node) => Some(node),
        DevicePlan::Modem(_) => None,
    });
    let mut places: Vec<_> = plan.gateways.iter().filter_map(|gateway| gateway.position.as_ref()).collect();
    for node in nodes {
        places.extend(&node.position);
        let name = &node.name;
        if node.spread.0 > 0.0 && node.position.is_none() {
            let message = format!("{}: spread is around a position, and there is none", name.get_ref());
            errors.push(PlanError::new(name.span(), message));
        }
        if node.copies.0 > 1 && node.port.get_ref().0 != PortPlan::Simulated {
            let message =
                format!("{} is hardware, of which there is one: copies are simulated", name.get_ref());
            errors.push(PlanError::new(name.span(), message));
        }
    }
    if let Some(place) = places.first().filter(|_| plan.radio.is_none()) {
        let message = "a position says nothing without a section [radio], which says how signals are lost";
        errors.push(PlanError::new(place.span(), message.to_owned()));
    }
}

const fn one() -> Positive {
    Positive(1.0)
}

const fn ns3_loss() -> NotNegative {
    NotNegative(7.7)
}

const fn ns3_exponent() -> Positive {
    Positive(3.76)
}

const fn eu868() -> Positive {
    Positive(868.0)
}

const fn usual_shadowing() -> NotNegative {
    NotNegative(6.0)
}

pub(super) const fn none() -> NotNegative {
    NotNegative(0.0)
}

const fn pocket() -> NotNegative {
    NotNegative(1.5)
}

#[cfg(test)]
mod tests {
    use crate::plan::{DevicePlan, Plan};

    const LAB: &str =
        "[lab]\nname = \"t\"\n[operator]\nhome = \"208-01\"\nservice_centre = \"+33639989000\"\n";

    fn node(rest: &str) -> String {
        format!(
            "{LAB}[radio]\nmodel = \"suburban\"\n[[device]]\nkind = \"lora-node\"\nname = \"meter\"\n\
             dev_eui = \"70b3d549900000ff\"\napp_eui = \"70b3d57ed0000001\"\n\
             app_key = \"2b7e151628aed2a6abf7158809cf4f3c\"\n{rest}"
        )
    }

    fn error(source: &str) -> String {
        Plan::parse(source).unwrap_err()[0].to_string()
    }

    #[test]
    fn a_section_may_stand_for_many_nodes_that_are_counted_up() {
        let plan = Plan::parse(&node(
            "copies = 3\nspread = 2000\nposition = { latitude = 48.85, longitude = 2.35 }",
        ));
        let plan = plan.unwrap();
        let nodes: Vec<(String, String)> = plan
            .devices
            .iter()
            .filter_map(|device| match device {
                DevicePlan::Node(node) => Some((node.name.get_ref().clone(), node.dev_eui.0.to_string())),
                DevicePlan::Modem(_) => None,
            })
            .collect();
        let pair = |name: &str, eui: &str| (name.to_owned(), eui.to_owned());
        assert_eq!(
            nodes,
            [
                pair("meter-1", "70b3d549900000ff"),
                pair("meter-2", "70b3d54990000100"),
                pair("meter-3", "70b3d54990000101")
            ]
        );
    }

    #[test]
    fn what_cannot_stand_is_refused_with_what_was_expected() {
        let place = "position = { latitude = 48.85, longitude = 2.35 }";
        let rows = [
            (node("position = { latitude = 95.0, longitude = 2.35 }"), "95 is not from -90 to 90 degrees"),
            (node("position = { latitude = 48.0, longitude = 200 }"), "200 is not from -180 to 180 degrees"),
            (node(&format!("{place}\ncopies = 0")), "copies"),
            (node("copies = 2\nport = \"/dev/ttyUSB0\""), "hardware"),
            (node("spread = 100"), "spread"),
            (node(place).replace("suburban", "lunar"), "lunar"),
            (node(place).replace("[radio]\n", "[radio]\nshadowing = -1\n"), "-1 is not from 0"),
            (node(place).replace("[radio]\n", "[radio]\nexponent = 0\n"), "0 is not above 0"),
            (node(place).replace("[radio]\nmodel = \"suburban\"\n", ""), "[radio]"),
        ];
        for (source, word) in rows {
            let error = error(&source);
            assert!(error.contains(word), "{word}: {error}");
        }
    }
}
