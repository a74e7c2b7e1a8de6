//! Manners of real modules that their standard does not have, as data: a host must get along with each of them.
//!
//! A quirk is no defect: modules that were sold behave so, and a verdict about one of them must not depend on it. A
//! modem without quirks does what V.250, TS 27.007 and TS 27.005 say. Most quirks change how a line looks
//! ([`super::dress`]); the others are looked up where they act.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// The quirks of one modem.
pub type Quirks = BTreeSet<Quirk>;

/// One way to differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quirk {
    /// `At` and `aT` are prefixes too.
    MixedCasePrefix,
    /// The first command line after power-on is echoed twice.
    EchoTwice,
    /// The first command line after power-on is echoed without its first character.
    EchoPartly,
    /// Octets 00 and FF before the banner.
    NoiseAtBoot,
    /// The first command line after power-on is lost while the module finds out the speed.
    LosesFirstLine,
    /// Everything that modules have been heard to say at boot.
    ChattyBoot,
    /// Information lines are a line apart.
    BlankLines,
    /// No space after the colon.
    NoSpace,
    /// Area and cell without quotes and without leading zeros.
    LocationBare,
    /// Numbers of three digits, area and cell in lower case.
    LocationPadded,
    /// Area and cell in fields padded with spaces.
    LocationSpaced,
    /// A routing area code after area and cell in `+CGREG`.
    LocationWithRac,
    /// Empty area and cell in the report of a loss.
    LocationEmpty,
    /// `+COPS=?` without access technology.
    SearchWithoutTechnology,
    /// `+COPS=?` with empty names.
    SearchWithoutNames,
    /// `+COPS=?` with an empty short name.
    SearchWithoutShortName,
    /// `+COPS=?` with one network per line.
    SearchLineByLine,
    /// `+COPS=?` ends in a comma and a bracket that nothing opened.
    SearchUnbalanced,
    /// Six-digit network codes are shown with five.
    ShortPlmn,
    /// The network's name has a comma, brackets and an OK in it.
    StrangeName,
    /// `+CPMS=?` with empty lists.
    StoragesEmpty,
    /// `+CPMS=?` with lists without brackets.
    StoragesBare,
    /// `+CGDCONT=?` with a range in two parts.
    ContextRangeSplit,
    /// `+CGCONTRDP` with address and mask in two fields.
    MaskApart,
    /// `+CCLK` without quotes.
    ClockBare,
    /// `+CCLK` without time zone.
    ClockWithoutZone,
    /// `+CRSM` data without quotes.
    CardDataBare,
    /// `+CSIM` with a wrong length and without the opening quote.
    CardLengthWrong,
    /// `+CFUN?` with a second field.
    FunctionalityPair,
    /// Errors as text in capitals.
    ErrorTextInCapitals,
    /// Error numbers of the vendor's own, above 255.
    PrivateErrors,
    /// `+CEER` with several lines.
    LongCause,
    /// `D` answers once the other side has.
    DialWaits,
    /// The card's identity with the filler of its last half octet.
    CardIdentityFilled,
    /// The card's identity without the filler of its last half octet.
    CardIdentityBare,
}

/// Each quirk with its name in lab files.
const ALL: &[(Quirk, &str)] = &[
    (Quirk::MixedCasePrefix, "mixed-case-prefix"),
    (Quirk::EchoTwice, "echo-twice"),
    (Quirk::EchoPartly, "echo-partly"),
    (Quirk::NoiseAtBoot, "noise-at-boot"),
    (Quirk::LosesFirstLine, "loses-first-line"),
    (Quirk::ChattyBoot, "chatty-boot"),
    (Quirk::BlankLines, "blank-lines"),
    (Quirk::NoSpace, "no-space"),
    (Quirk::LocationBare, "location-bare"),
    (Quirk::LocationPadded, "location-padded"),
    (Quirk::LocationSpaced, "location-spaced"),
    (Quirk::LocationWithRac, "location-with-rac"),
    (Quirk::LocationEmpty, "location-empty"),
    (Quirk::SearchWithoutTechnology, "search-without-technology"),
    (Quirk::SearchWithoutNames, "search-without-names"),
    (Quirk::SearchWithoutShortName, "search-without-short-name"),
    (Quirk::SearchLineByLine, "search-line-by-line"),
    (Quirk::SearchUnbalanced, "search-unbalanced"),
    (Quirk::ShortPlmn, "short-plmn"),
    (Quirk::StrangeName, "strange-name"),
    (Quirk::StoragesEmpty, "storages-empty"),
    (Quirk::StoragesBare, "storages-bare"),
    (Quirk::ContextRangeSplit, "context-range-split"),
    (Quirk::MaskApart, "mask-apart"),
    (Quirk::ClockBare, "clock-bare"),
    (Quirk::ClockWithoutZone, "clock-without-zone"),
    (Quirk::CardDataBare, "card-data-bare"),
    (Quirk::CardLengthWrong, "card-length-wrong"),
    (Quirk::FunctionalityPair, "functionality-pair"),
    (Quirk::ErrorTextInCapitals, "error-text-in-capitals"),
    (Quirk::PrivateErrors, "private-errors"),
    (Quirk::LongCause, "long-cause"),
    (Quirk::DialWaits, "dial-waits"),
    (Quirk::CardIdentityFilled, "card-identity-filled"),
    (Quirk::CardIdentityBare, "card-identity-bare"),
];

impl Quirk {
    /// Every quirk, in the order in which they are listed to people.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|(quirk, _)| *quirk)
    }

    /// The name in lab files and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        ALL.iter().find(|(quirk, _)| *quirk == self).map_or("", |(_, name)| name)
    }
}

impl fmt::Display for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no quirk has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a quirk: expected one of {list}", list = listed())]
pub struct UnknownQuirk(String);

fn listed() -> String {
    Quirk::all().map(Quirk::name).collect::<Vec<_>>().join(", ")
}

impl FromStr for Quirk {
    type Err = UnknownQuirk;

    fn from_str(text: &str) -> Result<Self, UnknownQuirk> {
        Self::all().find(|quirk| quirk.name() == text).ok_or_else(|| UnknownQuirk(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quirk_is_found_by_its_name_and_no_two_share_one() {
        let names: BTreeSet<&str> = Quirk::all().map(Quirk::name).collect();
        assert_eq!(names.len(), ALL.len());
        for quirk in Quirk::all() {
            assert_eq!(quirk.name().parse(), Ok(quirk));
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_list() {
        let error = "sings".parse::<Quirk>().unwrap_err().to_string();
        assert!(error.contains("\"sings\"") && error.contains("echo-twice, echo-partly"), "{error}");
    }
}
