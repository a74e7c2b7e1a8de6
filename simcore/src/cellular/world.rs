//! The networks and countries of the world that the operator knows as delivered.
//!
//! `world/networks.tsv` has one network a line: PLMN, country (ISO 3166 alpha-2, `ZZ` for the shared codes of 901), rank, and
//! the name that it shows. `world/countries.tsv` has one country a line: ISO code, its mobile country codes (ITU-T E.212), and
//! its name. The networks are those of a public list of operational ones. Their ranks are the simulator's choice and no
//! statement about contracts: networks of the operator's group are affiliates; those of members of the Global M2M
//! Association are alliance partners; the others are partners, but for the competitors at home and shared codes of others.
//! Not here: which of them is on the air, which the table says.

use super::config::{Network, Rank};
use wire::plmn::Plmn;

const NETWORKS: &str = include_str!("world/networks.tsv");
const COUNTRIES: &str = include_str!("world/countries.tsv");

/// The words for ranks in the table.
const RANKS: [(&str, Rank); 5] = [
    ("home", Rank::Home),
    ("affiliate", Rank::Affiliate),
    ("alliance", Rank::Alliance),
    ("partner", Rank::Partner),
    ("none", Rank::NoAgreement),
];

/// A country and its codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166 alpha-2.
    pub iso: &'static str,
    /// Its mobile country codes; several where one was too few.
    pub codes: Vec<u16>,
    /// Its English name.
    pub name: &'static str,
}

/// Every network that is known, in the order of the table; within a country the best known comes first.
pub fn networks() -> impl Iterator<Item = Network> {
    NETWORKS.lines().filter_map(network)
}

fn network(line: &str) -> Option<Network> {
    let mut fields = line.split('\t');
    let plmn: Plmn = fields.next()?.parse().ok()?;
    let country = fields.next()?.to_owned();
    let word = fields.next()?;
    let (_, rank) = RANKS.into_iter().find(|(known, _)| *known == word)?;
    let name = fields.next()?.to_owned();
    fields.next().is_none().then_some(Network { plmn, name, country, rank })
}

/// Every country that is known.
pub fn countries() -> impl Iterator<Item = Country> {
    COUNTRIES.lines().filter_map(country)
}

fn country(line: &'static str) -> Option<Country> {
    let mut fields = line.split('\t');
    let iso = fields.next()?;
    let codes = fields.next()?.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
    let name = fields.next()?;
    fields.next().is_none().then_some(Country { iso, codes, name })
}

/// The country of an ISO code, in capitals or not.
#[must_use]
pub fn country_of(iso: &str) -> Option<Country> {
    countries().find(|country| country.iso.eq_ignore_ascii_case(iso))
}

/// Whether two mobile country codes belong to one country.
#[must_use]
pub fn are_of_one_country(one: u16, other: u16) -> bool {
    let both = |country: Country| country.codes.contains(&one) && country.codes.contains(&other);
    one == other || countries().any(both)
}

impl Rank {
    /// The word for it: `affiliate`.
    #[must_use]
    pub fn word(self) -> &'static str {
        RANKS.iter().find(|(_, rank)| *rank == self).map_or("", |(word, _)| word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_line_is_a_network_of_a_known_country_and_its_codes() {
        let known: Vec<Network> = networks().collect();
        assert_eq!(known.len(), NETWORKS.lines().count(), "a line is no network");
        assert!(known.len() > 200, "{}", known.len());
        let plmns: BTreeSet<Plmn> = known.iter().map(|network| network.plmn).collect();
        assert_eq!(plmns.len(), known.len(), "a network comes twice");
        for network in &known {
            let country = country_of(&network.country).unwrap_or_else(|| panic!("{network:?}"));
            assert!(country.codes.contains(&network.plmn.mcc()), "{network:?}");
            assert_eq!(
                network.plmn.mnc_length() == 3,
                [302, 310, 311, 334, 405].contains(&network.plmn.mcc())
            );
        }
        let home: Vec<&Network> = known.iter().filter(|network| network.rank == Rank::Home).collect();
        assert_eq!(home.iter().map(|home| home.plmn.digits()).collect::<Vec<_>>(), ["20801"]);
        assert!(
            known
                .iter()
                .filter(|network| network.country == "FR")
                .all(|network| network.rank != Rank::Partner)
        );
    }

    #[test]
    fn every_line_is_a_country_and_no_code_belongs_to_two() {
        let known: Vec<Country> = countries().collect();
        assert_eq!(known.len(), COUNTRIES.lines().count(), "a line is no country");
        let codes: Vec<u16> = known.iter().flat_map(|country| country.codes.clone()).collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        assert_eq!(country_of("GB").unwrap().codes, [234, 235]);
        assert!(are_of_one_country(310, 316) && are_of_one_country(999, 999));
        assert!(!are_of_one_country(208, 647), "overseas codes are countries of their own here");
    }
}
