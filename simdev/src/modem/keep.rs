//! How long a command's setting lives: one row for each command that keeps anything.
//!
//! `&W` stores the profile, `Z` and power-on restore it, `&F` sets it to the factory's values; what is written at once
//! outlives all of these; what is volatile ends with the power and is not touched by `Z` and `&F`; the rest is on the
//! card (V.250 6.1, TS 27.007 clause 8, TS 27.005 clause 3).

/// Where a setting lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// Until the power goes.
    Volatile,
    /// In the profile that `&W` stores.
    Profile,
    /// Written at once.
    Flash,
    /// Written to the card at once.
    Card,
}

/// Every command that keeps something, with its class.
pub(super) const KEEP: &[(&str, Keep)] = &[
    ("E", Keep::Profile),
    ("Q", Keep::Profile),
    ("V", Keep::Profile),
    ("X", Keep::Profile),
    ("&C", Keep::Profile),
    ("&D", Keep::Profile),
    ("S0", Keep::Profile),
    ("S3", Keep::Profile),
    ("S4", Keep::Profile),
    ("S5", Keep::Profile),
    ("S6", Keep::Profile),
    ("S7", Keep::Profile),
    ("S8", Keep::Profile),
    ("S10", Keep::Profile),
    ("S12", Keep::Profile),
    ("+IPR", Keep::Profile),
    ("+IFC", Keep::Profile),
    ("+ICF", Keep::Profile),
    ("+CMEE", Keep::Profile),
    ("+CSCS", Keep::Profile),
    ("+CFUN", Keep::Flash),
    ("+CCLK", Keep::Flash),
    ("+CTZU", Keep::Flash),
    ("+CTZR", Keep::Profile),
    ("+CMER", Keep::Volatile),
    ("+CRC", Keep::Profile),
    ("+CSTA", Keep::Profile),
    ("+CVHU", Keep::Profile),
    ("+CSSN", Keep::Profile),
    ("+CMOD", Keep::Profile),
    ("+CBST", Keep::Profile),
    ("+CRLP", Keep::Profile),
    ("+CR", Keep::Profile),
    ("+CLCC", Keep::Volatile),
    ("+COLP", Keep::Volatile),
    ("+CDIP", Keep::Volatile),
    ("+CNAP", Keep::Volatile),
    ("+VTD", Keep::Volatile),
    ("+CREG", Keep::Profile),
    ("+CGREG", Keep::Profile),
    ("+CEREG", Keep::Profile),
    ("+CGDSCONT", Keep::Flash),
    ("+CGTFT", Keep::Volatile),
    ("+CGEQOS", Keep::Volatile),
    ("+CGPIAF", Keep::Volatile),
    ("+CABTSR", Keep::Volatile),
    ("+CRTDCP", Keep::Volatile),
    ("+CGEREP", Keep::Profile),
    ("+CPLS", Keep::Volatile),
    ("+CPBS", Keep::Volatile),
    ("+CSCA", Keep::Card),
    ("+CSMS", Keep::Profile),
    ("+CPMS", Keep::Profile),
    ("+CMGF", Keep::Profile),
    ("+CSMP", Keep::Profile),
    ("+CSDH", Keep::Profile),
    ("+CSCB", Keep::Profile),
    ("+CNMI", Keep::Profile),
    ("+CMMS", Keep::Volatile),
];

/// The class of a command that keeps something.
pub(super) fn keep_of(name: &str) -> Option<Keep> {
    KEEP.iter().find(|row| row.0 == name).map(|row| row.1)
}
