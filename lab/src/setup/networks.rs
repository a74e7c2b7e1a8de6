//! The networks that the operator knows, and the list on its cards that steers by them.

use crate::plan::{KnownNetworks, NetworkPlan, Plan, Rank};
use simcore::cellular::{self, world};
use std::collections::BTreeMap;
use wire::plmn::Plmn;

/// Places of EF_OPLMNwAcT on the cards of the service.
const PLACES: usize = 80;

/// The networks of the lab file, and with `networks = "world"` those of the world that it does not name.
pub fn known(plan: &Plan) -> Vec<cellular::Network> {
    let mut networks: Vec<cellular::Network> = plan.networks.iter().map(listed).collect();
    if plan.operator.networks == KnownNetworks::World {
        let home = plan.operator.home.get_ref().0;
        let of_world =
            world::networks().filter(|known| plan.networks.iter().all(|own| own.plmn.0 != known.plmn));
        networks.extend(of_world.map(|known| {
            // The world has a home network of its own, which another operator's lab has not.
            let is_foreign = known.rank == cellular::Rank::Home && known.plmn != home;
            cellular::Network {
                rank: if is_foreign { cellular::Rank::Affiliate } else { known.rank },
                ..known
            }
        }));
    }
    networks
}

fn listed(network: &NetworkPlan) -> cellular::Network {
    cellular::Network {
        plmn: network.plmn.0,
        name: network.name.clone(),
        country: network.country.clone(),
        rank: match network.rank {
            Rank::Home => cellular::Rank::Home,
            Rank::Affiliate => cellular::Rank::Affiliate,
            Rank::Alliance => cellular::Rank::Alliance,
            Rank::Partner => cellular::Rank::Partner,
            Rank::None => cellular::Rank::NoAgreement,
        },
    }
}

/// The steering list of the card (EF_OPLMNwAcT): affiliates first, alliance partners next, other partners last, of which the
/// first of every country comes before the second of any: there are more of them than places.
pub fn operator_list(plan: &Plan) -> Vec<(Plmn, u16)> {
    /// E-UTRAN, UTRAN and GSM (TS 31.102 clause 4.2.5).
    const ALL_TECHNOLOGIES: u16 = 0xc080;
    let mut partners_of: BTreeMap<String, usize> = BTreeMap::new();
    let mut ranked: Vec<(cellular::Rank, usize, Plmn)> = Vec::new();
    for network in known(plan) {
        match network.rank {
            cellular::Rank::Affiliate | cellular::Rank::Alliance => {
                ranked.push((network.rank, 0, network.plmn))
            }
            cellular::Rank::Partner => {
                let place = partners_of.entry(network.country).or_default();
                ranked.push((network.rank, *place, network.plmn));
                *place += 1;
            }
            cellular::Rank::Home | cellular::Rank::NoAgreement => {}
        }
    }
    // Stable: within a rank and place the order of the table stays.
    ranked.sort_by_key(|(rank, place, _)| (*rank, *place));
    ranked.into_iter().map(|(_, _, plmn)| (plmn, ALL_TECHNOLOGIES)).take(PLACES).collect()
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
        networks = "world"
        [[network]]
        plmn = "208-01"
        name = "Home"
        country = "FR"
        rank = "home"
        rsrp = -85
        [[network]]
        plmn = "214-03"
        name = "Mine"
        country = "ES"
        rank = "none"
        rsrp = -85
    "#;

    fn rank(plan: &Plan, plmn: &str) -> Option<cellular::Rank> {
        let plmn: Plmn = plmn.parse().unwrap();
        known(plan).into_iter().find(|network| network.plmn == plmn).map(|network| network.rank)
    }

    #[test]
    fn the_world_is_known_and_the_lab_file_has_the_last_word() {
        let plan = Plan::parse(LAB).unwrap();
        assert!(known(&plan).len() > 200, "{}", known(&plan).len());
        assert_eq!(rank(&plan, "260-03"), Some(cellular::Rank::Affiliate));
        assert_eq!(rank(&plan, "214-03"), Some(cellular::Rank::NoAgreement));
        assert_eq!(known(&plan).iter().filter(|network| network.plmn.digits() == "21403").count(), 1);
        let listed = Plan::parse(&LAB.replace("networks = \"world\"", "")).unwrap();
        assert_eq!(known(&listed).len(), 2);
        let error = Plan::parse(&LAB.replace("\"world\"", "\"moon\"")).unwrap_err().remove(0).to_string();
        assert!(error.contains("moon") && error.contains("world"), "{error}");
        let spanish = LAB.replace("home = \"208-01\"", "home = \"214-03\"");
        let spanish = Plan::parse(&spanish.replacen("208-01", "260-02", 1)).unwrap();
        assert_eq!(rank(&spanish, "208-01"), Some(cellular::Rank::Affiliate));
    }

    #[test]
    fn the_card_has_eighty_networks_best_first_and_one_of_each_country_before_a_second() {
        let plan = Plan::parse(LAB).unwrap();
        let list = operator_list(&plan);
        assert_eq!(list.len(), PLACES);
        let ranks: Vec<cellular::Rank> =
            list.iter().map(|(plmn, _)| rank(&plan, &plmn.to_string()).unwrap()).collect();
        assert!(ranks.is_sorted(), "{ranks:?}");
        assert_eq!((ranks[0], ranks[79]), (cellular::Rank::Affiliate, cellular::Rank::Partner));
        let partners: Vec<u16> = list
            .iter()
            .zip(&ranks)
            .filter(|(_, rank)| **rank == cellular::Rank::Partner)
            .map(|((plmn, _), _)| plmn.mcc())
            .collect();
        let mut countries = partners.clone();
        countries.sort_unstable();
        countries.dedup();
        assert_eq!(countries.len(), partners.len(), "a second partner of a country took a place");
    }
}
