//! Families of cellular modules: what one says and takes where the standards leave freedom, as rows.
//!
//! One file per family, read by both ends of the cable: the simulated modem speaks what the row says, the driver asks and
//! reads what the row says. A difference between families is a row, never a branch; what a family's file does not name is
//! as in [`plain`]. Specifications leave these points to the maker (TS 27.007 clauses 5, 7.3, 8, 9.2, 10; V.250 6.1), so
//! every row is what was seen of modules, and a firmware may differ.

pub mod nordic_nrf91;
pub mod plain;
pub mod quectel_bg95;
pub mod quectel_ec25;
pub mod row;
pub mod sierra_hl78;
pub mod simcom_sim7600;
pub mod telit_me910;
pub mod template;
pub mod ublox_sara_r4;
pub mod ublox_sara_r5;

pub use row::{
    Applies, Asked, Attempts, Does, Field, HotSwap, Iccid, Identity, Order, Query, Reply, Setting, When,
};

use crate::air::cellular::Rat;
use crate::sockets::SocketFamily;

/// What a family of modules says and takes. Lines are templates: see [`template`].
#[derive(Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The name in lab files.
    pub name: &'static str,
    /// Who it says it is.
    pub identity: Identity,
    /// What it sends by itself once it has started.
    pub banner: &'static [&'static str],
    /// The technologies that its radio has.
    pub rats: &'static [Rat],
    /// Whether it is of a machine-type category (M1, NB1), whose search periods are hours, not minutes.
    pub low_power: bool,
    /// The `<AcT>` that it shows for technologies where that is not the number of TS 27.007.
    pub acts: &'static [(Rat, u8)],
    /// Whether it can make calls.
    pub voice: bool,
    /// Commands of the standards that it does not have.
    pub absent: &'static [&'static str],
    /// How the identity of the card is asked for.
    pub iccid: Iccid,
    /// How the remaining attempts of the card's codes are asked for.
    pub attempts: Attempts,
    /// How it reports that a card was taken or put in.
    pub hot_swap: Option<HotSwap>,
    /// The question that tells most of the serving cell.
    pub radio: Option<Query>,
    /// Other questions that it answers.
    pub queries: &'static [Query],
    /// Settings of its own.
    pub settings: &'static [Setting],
    /// Commands that switch it off or start it anew; the first of each is the one to use.
    pub orders: &'static [Order],
    /// Names of reports of its own.
    pub reports: &'static [&'static str],
    /// Commands whose refusals are a plain `ERROR` whatever `+CMEE` says.
    pub plain_errors: &'static [&'static str],
    /// `+CEER` once something has failed.
    pub failure: &'static str,
    /// `+CEER` before anything has failed.
    pub no_failure: &'static str,
    /// Whether `+CGAUTH` takes the password before the user name.
    pub password_first: bool,
    /// Whether ESC at a prompt is answered with `+CMS ERROR` in place of `OK`.
    pub escape_refused: bool,
    /// What `+CSCS` can be.
    pub character_sets: &'static [&'static str],
    /// Whether `+CIEV` names the indicator in place of giving its number.
    pub named_indicators: bool,
    /// An entry of `+COPS=?`.
    pub scan_entry: &'static str,
    /// What stands between the entries of `+COPS=?` and after them.
    pub scan_frame: [&'static str; 2],
    /// Whose socket commands it has.
    pub sockets: Option<SocketFamily>,
    /// Manners of its lines, by the names that `quirks` of a lab file takes.
    pub quirks: &'static [&'static str],
}

/// Every family, in the order in which they are told.
pub const ALL: &[&Dialect] = &[
    &plain::DIALECT,
    &quectel_bg95::DIALECT,
    &quectel_ec25::DIALECT,
    &simcom_sim7600::DIALECT,
    &ublox_sara_r4::DIALECT,
    &ublox_sara_r5::DIALECT,
    &telit_me910::DIALECT,
    &sierra_hl78::DIALECT,
    &nordic_nrf91::DIALECT,
];

/// The family of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Dialect> {
    ALL.iter().copied().find(|dialect| dialect.name == name)
}

/// Whether a family has a command of the standards.
#[must_use]
pub fn has(dialect: &Dialect, command: &str) -> bool {
    !dialect.absent.contains(&command)
}

/// Whether a module of the family uses a technology as it is delivered.
#[must_use]
pub fn uses(dialect: &Dialect, rat: Rat) -> bool {
    let allowed = |setting: &Setting| {
        let row = setting.technologies.iter().find(|row| row.0 == setting.initial);
        row.is_none_or(|(_, rats)| rats.contains(&rat))
    };
    dialect.rats.contains(&rat) && dialect.settings.iter().all(allowed)
}

/// The names of all families, for messages.
#[must_use]
pub fn names() -> String {
    ALL.iter().map(|dialect| dialect.name).collect::<Vec<_>>().join(", ")
}

/// The family whose maker and model these answers name, whatever stands around the words; `None` for an unknown one.
#[must_use]
pub fn recognised(manufacturer: &str, model: &str) -> Option<&'static Dialect> {
    let (manufacturer, model) = (manufacturer.to_lowercase(), model.to_lowercase());
    ALL.iter().copied().find(|dialect| {
        let identity = &dialect.identity;
        manufacturer.contains(identity.maker_word)
            && identity.model_words.iter().any(|word| model.contains(word))
    })
}

/// Whether this is the name of a report that some family sends.
#[must_use]
pub fn is_report_name(name: &str) -> bool {
    ALL.iter().any(|dialect| dialect.reports.contains(&name))
}

#[cfg(test)]
mod tests;
