//! Network selection on radio maps drawn from seeds, against an oracle written from the text of TS 23.122 4.4.3.1.1.
//!
//! The oracle knows nothing of the modem: it reads the rule's steps in their order and says which choices they leave. Where
//! the rule leaves the technology open, every technology of the network is right; where it says "in random order", every
//! combination of the step is.

use super::*;
use std::collections::BTreeSet;
use wire::nas::MobilityGrant;
use wire::seed::Rng;

/// A network and a technology: what is chosen.
type Choice = (Plmn, Rat);

/// The steps of 4.4.3.1.1 that can decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Registered,
    Home,
    User,
    Operator,
    HighQuality,
    Decreasing,
    Nothing,
}

/// What is on the air and on the card.
#[derive(Clone, Debug)]
struct Map {
    cells: Vec<HeardCell>,
    equivalent_home: Vec<Plmn>,
    user: Vec<(Plmn, u16)>,
    operator: Vec<(Plmn, u16)>,
    forbidden: Vec<Plmn>,
    registered: Option<Plmn>,
}

const NETWORKS: [&str; 8] = [HOME, "208-10", "214-03", "214-01", "214-07", "260-03", "234-30", "310-410"];
/// Technology bits of the card's lists (TS 31.102 4.2.5).
const BITS: [(Rat, u16); 3] = [(Rat::Gsm, 0x0080), (Rat::Utran, 0x8000), (Rat::Eutran, 0x4000)];

fn pick(rng: &mut Rng, from: &[&str], most: u64) -> Vec<Plmn> {
    let mut left: Vec<&str> = from.to_vec();
    let count = rng.below(most + 1);
    (0..count)
        .filter(|_| !left.is_empty())
        .collect::<Vec<_>>()
        .into_iter()
        .map(|_| plmn(left.remove(rng.below(left.len() as u64) as usize)))
        .collect()
}

impl Map {
    fn of(seed: u64) -> Self {
        let mut rng = Seed(seed).child("radio map").rng();
        let mut cells = Vec::new();
        for (index, network) in NETWORKS.iter().enumerate() {
            for (place, (rat, _)) in BITS.iter().enumerate() {
                if rng.chance(if index == 0 { 150 } else { 300 }) {
                    let level = -(rng.between(60, 122) as i16);
                    let number = u32::try_from(index * 8 + place).unwrap();
                    let id = CellId { plmn: plmn(network), tac: 0x64, cell: 0x1000 + number };
                    cells.push(HeardCell { id, rat: *rat, rsrp_dbm: level });
                }
            }
        }
        let masks = [0x4000, 0x8000, 0x0080, 0xc080, 0xc000];
        let listed = |rng: &mut Rng, most| -> Vec<(Plmn, u16)> {
            let networks = pick(rng, &NETWORKS[1..], most);
            networks.into_iter().map(|plmn| (plmn, masks[rng.below(5) as usize])).collect()
        };
        let (user, operator) = (listed(&mut rng, 2), listed(&mut rng, 3));
        let equivalent_home = if rng.chance(400) { vec![plmn(HOME), plmn(NETWORKS[1])] } else { Vec::new() };
        let forbidden = pick(&mut rng, &NETWORKS[2..], 2);
        let registered = rng.chance(300).then(|| plmn(NETWORKS[rng.below(8) as usize]));
        Self { cells, equivalent_home, user, operator, forbidden, registered }
    }

    fn card(&self) -> SimCard {
        let profile = CardProfile {
            operator_plmns: self.operator.clone(),
            ehplmns: self.equivalent_home.clone(),
            customer_plmn_edit: true,
            ..profile()
        };
        let mut card = SimCard::new(profile);
        let mut octets = Vec::new();
        for (plmn, bits) in &self.user {
            octets.extend(plmn.to_octets());
            octets.extend(bits.to_be_bytes());
        }
        if !octets.is_empty() {
            card.update_binary(0x6f60, 0, &octets).unwrap();
        }
        for plmn in &self.forbidden {
            card.add_forbidden_plmn(*plmn).unwrap();
        }
        if let Some(plmn) = self.registered {
            card.set_last_registered(plmn, 0x64, crate::sim::EpsUpdateStatus::Updated).unwrap();
        }
        card
    }

    /// The choices that the rule leaves, and the step that decides.
    fn expected(&self) -> (Step, BTreeSet<Choice>) {
        let allowable: Vec<&HeardCell> =
            self.cells.iter().filter(|cell| !self.forbidden.contains(&cell.id.plmn)).collect();
        let of_network = |wanted: Plmn| -> BTreeSet<Choice> {
            allowable
                .iter()
                .filter(|cell| cell.id.plmn == wanted)
                .map(|cell| (cell.id.plmn, cell.rat))
                .collect()
        };
        if let Some(found) = self.registered.map(&of_network).filter(|found| !found.is_empty()) {
            return (Step::Registered, found);
        }
        let homes =
            if self.equivalent_home.is_empty() { vec![plmn(HOME)] } else { self.equivalent_home.clone() };
        for home in homes {
            let found = of_network(home);
            if !found.is_empty() {
                return (Step::Home, found);
            }
        }
        for (step, list) in [(Step::User, &self.user), (Step::Operator, &self.operator)] {
            for (wanted, bits) in list {
                let named =
                    |choice: &Choice| BITS.iter().any(|(rat, bit)| *rat == choice.1 && bits & bit != 0);
                let found: BTreeSet<Choice> = of_network(*wanted).into_iter().filter(named).collect();
                if !found.is_empty() {
                    return (step, found);
                }
            }
        }
        let good = |cell: &&&HeardCell| {
            let threshold = match cell.rat {
                Rat::Eutran => -110,
                Rat::Utran => -95,
                Rat::Gsm => -85,
            };
            cell.rsrp_dbm >= threshold
        };
        let found: BTreeSet<Choice> =
            allowable.iter().filter(good).map(|cell| (cell.id.plmn, cell.rat)).collect();
        if !found.is_empty() {
            return (Step::HighQuality, found);
        }
        let Some(strongest) = allowable.iter().map(|cell| cell.rsrp_dbm).max() else {
            return (Step::Nothing, BTreeSet::new());
        };
        let equals = allowable.iter().filter(|cell| cell.rsrp_dbm == strongest);
        (Step::Decreasing, equals.map(|cell| (cell.id.plmn, cell.rat)).collect())
    }
}

/// Where the modem asks for registration, and grants it there.
fn register_anywhere(bench: &mut Bench) -> Option<(Choice, CellId)> {
    let (_, asked, message) = bench.sent.pop_front()?;
    let rat = bench.cells.iter().find(|cell| cell.id == asked).map(|cell| cell.rat).unwrap();
    if rat == Rat::Eutran {
        let update = matches!(message, NasUp::TrackingAreaUpdateRequest { .. });
        assert!(update || is_attach(&message), "{message}");
        bench.network(if update { update_accept() } else { accept() });
    } else {
        assert!(matches!(message, NasUp::LocationUpdatingRequest { .. }), "{message}");
        bench.network(NasDown::LocationUpdatingAccept(MobilityGrant::default()));
        let message = bench.nas();
        let (contexts, grant) = (vec![5], MobilityGrant::default());
        if matches!(message, NasUp::RoutingAreaUpdateRequest { .. }) {
            bench.network(NasDown::RoutingAreaUpdateAccept { contexts, grant });
        } else {
            assert!(matches!(message, NasUp::GprsAttachRequest { .. }), "{message}");
            bench.network(NasDown::GprsAttachAccept(grant));
        }
    }
    bench.sent.clear();
    Some(((asked.plmn, rat), asked))
}

/// The seeds, by the name that a failure gives the map. Which step decides, the oracle says; the test sees to it that each
/// step decides on one of the twenty at least.
const MAPS: [(&str, u64); 20] = [
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("twenty", 20),
];

#[test]
fn twenty_radio_maps_give_the_choice_of_the_rule_and_the_next_when_the_winner_is_gone() {
    let mut decided = BTreeSet::new();
    for (name, seed) in MAPS {
        let mut map = Map::of(seed);
        let mut bench = Bench::new(Some(map.card()));
        bench.cells = map.cells.clone();
        bench.boot();
        for round in ["at switch-on", "after the winner is gone", "after the next winner is gone"] {
            let (step, expected) = map.expected();
            decided.insert(step);
            let Some((choice, cell)) = register_anywhere(&mut bench) else {
                assert_eq!(step, Step::Nothing, "map {name} {round}: nothing was tried, of {expected:?}");
                break;
            };
            assert!(
                expected.contains(&choice),
                "map {name} {round}: {choice:?} is not the choice of {step:?}: {expected:?}"
            );
            bench.release();
            map.cells.retain(|heard| heard.id != cell);
            map.registered = Some(choice.0);
            bench.cells = map.cells.clone();
            bench.modem.handle_radio(bench.now, RadioDown::CellLost);
            bench.drain();
        }
    }
    let steps =
        [Step::Registered, Step::Home, Step::User, Step::Operator, Step::HighQuality, Step::Decreasing];
    for step in steps {
        assert!(decided.contains(&step), "no map of the twenty is decided by {step:?}: choose other seeds");
    }
}

#[test]
fn a_thousand_more_maps_agree_with_the_rule() {
    for seed in 1_000..2_000 {
        let map = Map::of(seed);
        let mut bench = Bench::new(Some(map.card()));
        bench.cells = map.cells.clone();
        bench.boot();
        let (step, expected) = map.expected();
        match register_anywhere(&mut bench) {
            Some((choice, _)) => {
                assert!(expected.contains(&choice), "seed {seed}: {choice:?} by {step:?}: {expected:?}")
            }
            None => assert_eq!(step, Step::Nothing, "seed {seed}"),
        }
    }
}
