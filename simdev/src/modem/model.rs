//! Models of simulated modems: data rows that make one model differ from another.

use wire::air::cellular::Rat;

/// What a model says of itself and what its radio can do.
#[derive(Debug, PartialEq, Eq)]
pub struct ModemModel {
    /// The name in lab files.
    pub name: &'static str,
    /// `+CGMI`.
    pub manufacturer: &'static str,
    /// `+CGMM`.
    pub model: &'static str,
    /// `+CGMR`.
    pub revision: &'static str,
    /// What it sends by itself once it has started.
    pub banner: &'static [&'static str],
    /// The technologies that it searches.
    pub rats: &'static [Rat],
    /// Whether it is of a machine-type category (M1, NB1), whose search periods are hours, not minutes.
    pub low_power: bool,
}

impl ModemModel {
    /// Every model.
    pub const ALL: &'static [Self] = &[
        Self {
            name: "3gpp",
            manufacturer: "dtk",
            model: "Simulated 3GPP module",
            revision: "1.0",
            banner: &["RDY"],
            rats: &[Rat::Gsm, Rat::Utran, Rat::Eutran],
            low_power: false,
        },
        Self {
            name: "quectel-bg95",
            manufacturer: "Quectel",
            model: "BG95-M3",
            revision: "BG95M3LAR02A04",
            banner: &["RDY", "APP RDY"],
            rats: &[Rat::Gsm, Rat::Eutran],
            low_power: true,
        },
    ];

    /// The model of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|model| model.name == name)
    }
}
