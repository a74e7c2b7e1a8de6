//! The cellular air: which cells a mobile hears where it is, and messages with their latency.
//!
//! How long a search and each message take is drawn from the seed, within [`SEARCH_TIME`] and [`LATENCY`]; messages of one
//! mobile never overtake each other, and neither do its packets. The ether does not judge: a message or packet to a cell
//! that the mobile cannot hear is lost, and the mobile is told that its cell is gone when it moves away from it.

use std::collections::{BTreeMap, BTreeSet};
use wire::air::cellular::{CellId, HeardCell, RadioDown, RadioUp, Rat, UeId};
use wire::nas::{NasDown, NasUp};
use wire::plmn::Plmn;
use wire::seed::{Rng, Seed};
use wire::time::{Duration, Instant, Wakeup};

/// The shortest and the longest search over all bands, ms.
pub const SEARCH_TIME: (u64, u64) = (2_500, 6_500);
/// The shortest and the longest way of a NAS message, in each direction, ms.
pub const LATENCY: (u64, u64) = (25, 75);
/// How long the network pages a mobile that does not answer, before it gives up.
pub const PAGING_TIME: Duration = Duration::from_secs(5);

/// A cell of the lab's world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its identity.
    pub id: CellId,
    /// What scripts call it; the first cell of a network has no name.
    pub name: String,
    /// Where it can be heard: ISO 3166 alpha-2.
    pub country: String,
    /// Its radio access technology.
    pub rat: Rat,
    /// How strong it is, dBm.
    pub rsrp_dbm: i16,
    /// Whether it transmits.
    pub on_air: bool,
}

/// What arrives at the other side of the ether.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// At a mobile.
    AtMobile(UeId, RadioDown),
    /// At the network behind a cell.
    AtCore(UeId, CellId, NasUp),
    /// At the network behind a cell: an IP packet of this bearer.
    PacketAtCore(UeId, CellId, u8, Vec<u8>),
    /// Back at the core: the mobile could not be reached.
    Undeliverable(UeId, NasDown),
}

#[derive(Debug)]
struct Radio {
    country: String,
    covered: bool,
    camped: Option<CellId>,
    /// When the last message in either direction arrives: none overtakes it.
    last_arrival: Instant,
    /// The same for packets, whose bearer is another.
    last_packet: Instant,
}

/// The cellular air.
#[derive(Debug)]
pub struct CellularAir {
    cells: Vec<Cell>,
    /// Networks that are switched off as a whole.
    silent: BTreeSet<Plmn>,
    radios: BTreeMap<UeId, Radio>,
    /// By arrival and by the order of sending.
    queue: BTreeMap<(Instant, u64), Arrival>,
    sent: u64,
    rng: Rng,
    /// Packets draw from a stream of their own: traffic does not shift what becomes of signalling.
    packet_rng: Rng,
}

impl CellularAir {
    /// An air with these cells.
    #[must_use]
    pub fn new(cells: Vec<Cell>, seed: Seed) -> Self {
        let (queue, packet_rng) = (BTreeMap::new(), seed.child("packets").rng());
        Self {
            cells,
            silent: BTreeSet::new(),
            radios: BTreeMap::new(),
            queue,
            sent: 0,
            rng: seed.rng(),
            packet_rng,
        }
    }

    /// Puts a mobile's radio into a country.
    pub fn add_radio(&mut self, ue: UeId, country: &str) {
        self.radios.insert(
            ue,
            Radio {
                country: country.to_owned(),
                covered: true,
                camped: None,
                last_arrival: Instant::ZERO,
                last_packet: Instant::ZERO,
            },
        );
    }

    /// The countries that have cells.
    #[must_use]
    pub fn countries(&self) -> Vec<&str> {
        let mut countries: Vec<&str> = self.cells.iter().map(|cell| cell.country.as_str()).collect();
        countries.sort_unstable();
        countries.dedup();
        countries
    }

    /// Takes what a mobile sends.
    pub fn from_mobile(&mut self, now: Instant, ue: UeId, message: RadioUp) {
        match message {
            RadioUp::Search => {
                let heard = self.heard_by(ue);
                let (shortest, longest) = SEARCH_TIME;
                let at = now + Duration::from_millis(self.rng.between(shortest, longest));
                self.push(at, Arrival::AtMobile(ue, RadioDown::Searched(heard)));
            }
            RadioUp::Camped(cell) => {
                if let Some(radio) = self.radios.get_mut(&ue) {
                    radio.camped = Some(cell);
                }
                self.tell_lost(now);
            }
            RadioUp::Nas { cell, message } => {
                if self.hears(ue, cell) {
                    if let Some(radio) = self.radios.get_mut(&ue) {
                        radio.camped = Some(cell);
                    }
                    let at = self.arrival(now, ue);
                    self.push(at, Arrival::AtCore(ue, cell, message));
                } else {
                    let at = self.arrival(now, ue);
                    self.push(at, Arrival::AtMobile(ue, RadioDown::CellLost));
                }
            }
            RadioUp::Packet { cell, bearer, packet } => {
                if self.hears(ue, cell) {
                    let at = self.packet_arrival(now, ue);
                    self.push(at, Arrival::PacketAtCore(ue, cell, bearer, packet));
                }
            }
        }
    }

    /// Takes an IP packet for a mobile; it is lost when the mobile cannot be reached.
    pub fn packet_from_core(&mut self, now: Instant, ue: UeId, bearer: u8, packet: Vec<u8>) {
        if self.reaches(ue) {
            let at = self.packet_arrival(now, ue);
            self.push(at, Arrival::AtMobile(ue, RadioDown::Packet { bearer, packet }));
        }
    }

    /// Takes what the core sends to a mobile.
    pub fn from_core(&mut self, now: Instant, ue: UeId, message: NasDown) {
        if self.reaches(ue) {
            let at = self.arrival(now, ue);
            self.push(at, Arrival::AtMobile(ue, RadioDown::Nas(message)));
        } else {
            self.push(now + PAGING_TIME, Arrival::Undeliverable(ue, message));
        }
    }

    /// Pages a mobile; one that cannot be reached does not hear it.
    pub fn page(&mut self, now: Instant, ue: UeId) {
        self.tell(now, ue, RadioDown::Paging);
    }

    /// Releases the connection of a mobile.
    pub fn release(&mut self, now: Instant, ue: UeId) {
        self.tell(now, ue, RadioDown::Released);
    }

    /// Sends one page of a cell broadcast message in every cell of a network; a mobile hears it in the cell that it
    /// camps on.
    pub fn broadcast(&mut self, now: Instant, plmn: Plmn, page: &[u8]) {
        let there = |radio: &Radio| radio.camped.is_some_and(|cell| cell.plmn == plmn);
        let listening = self.radios.iter().filter(|(_, radio)| there(radio)).map(|(ue, _)| *ue);
        for ue in listening.collect::<Vec<_>>() {
            self.tell(now, ue, RadioDown::Broadcast(page.to_vec()));
        }
    }

    fn tell(&mut self, now: Instant, ue: UeId, message: RadioDown) {
        if self.reaches(ue) {
            let at = self.arrival(now, ue);
            self.push(at, Arrival::AtMobile(ue, message));
        }
    }

    /// What has arrived by now; call it until `None`.
    pub fn poll_arrival(&mut self, now: Instant) -> Option<Arrival> {
        let first = self.queue.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    /// When the next message arrives.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        self.queue
            .first_key_value()
            .map(|((at, _), _)| Wakeup::new(*at, "a NAS message or search result arrives"))
    }

    /// Moves a mobile to another country.
    pub fn move_to(&mut self, now: Instant, ue: UeId, country: &str) {
        if let Some(radio) = self.radios.get_mut(&ue) {
            country.clone_into(&mut radio.country);
        }
        self.tell_lost(now);
    }

    /// Takes a mobile out of all coverage, or back.
    pub fn set_covered(&mut self, now: Instant, ue: UeId, covered: bool) {
        if let Some(radio) = self.radios.get_mut(&ue) {
            radio.covered = covered;
        }
        self.tell_lost(now);
    }

    /// Switches the cells of a network on or off.
    pub fn set_on_air(&mut self, now: Instant, plmn: Plmn, on_air: bool) {
        if on_air {
            self.silent.remove(&plmn);
        } else {
            self.silent.insert(plmn);
        }
        self.tell_lost(now);
    }

    /// Switches one cell of a network on or off; false when there is none of this name.
    pub fn set_cell_on_air(&mut self, now: Instant, plmn: Plmn, name: &str, on_air: bool) -> bool {
        let Some(cell) = self.cell_mut(plmn, name) else { return false };
        cell.on_air = on_air;
        self.tell_lost(now);
        true
    }

    /// Changes how strong one cell is; false when there is none of this name.
    pub fn set_cell_strength(&mut self, plmn: Plmn, name: &str, rsrp_dbm: i16) -> bool {
        let Some(cell) = self.cell_mut(plmn, name) else { return false };
        cell.rsrp_dbm = rsrp_dbm;
        true
    }

    fn cell_mut(&mut self, plmn: Plmn, name: &str) -> Option<&mut Cell> {
        self.cells.iter_mut().find(|cell| cell.id.plmn == plmn && cell.name == name)
    }

    /// Changes how strong a network is.
    pub fn set_strength(&mut self, plmn: Plmn, rsrp_dbm: i16) {
        for cell in self.cells.iter_mut().filter(|cell| cell.id.plmn == plmn) {
            cell.rsrp_dbm = rsrp_dbm;
        }
    }

    fn transmits(&self, cell: &Cell) -> bool {
        cell.on_air && !self.silent.contains(&cell.id.plmn)
    }

    /// Whether any cell belongs to this network.
    #[must_use]
    pub fn has_network(&self, plmn: Plmn) -> bool {
        self.cells.iter().any(|cell| cell.id.plmn == plmn)
    }

    /// The technology of a cell.
    #[must_use]
    pub fn rat_of(&self, id: CellId) -> Option<Rat> {
        self.cells.iter().find(|cell| cell.id == id).map(|cell| cell.rat)
    }

    fn heard_by(&self, ue: UeId) -> Vec<HeardCell> {
        let Some(radio) = self.radios.get(&ue).filter(|radio| radio.covered) else { return Vec::new() };
        let mut heard: Vec<HeardCell> = self
            .cells
            .iter()
            .filter(|cell| self.transmits(cell) && cell.country == radio.country)
            .map(|cell| HeardCell { id: cell.id, rat: cell.rat, rsrp_dbm: cell.rsrp_dbm })
            .collect();
        heard.sort_by_key(|cell| (std::cmp::Reverse(cell.rsrp_dbm), cell.id));
        heard
    }

    fn hears(&self, ue: UeId, id: CellId) -> bool {
        self.radios.get(&ue).filter(|radio| radio.covered).is_some_and(|radio| {
            self.cells
                .iter()
                .any(|cell| cell.id == id && self.transmits(cell) && cell.country == radio.country)
        })
    }

    /// Whether the mobile hears the cell that it last used.
    fn reaches(&self, ue: UeId) -> bool {
        self.radios.get(&ue).and_then(|radio| radio.camped).is_some_and(|cell| self.hears(ue, cell))
    }

    fn tell_lost(&mut self, now: Instant) {
        let lost: Vec<UeId> = self
            .radios
            .iter()
            .filter(|(ue, radio)| radio.camped.is_some_and(|cell| !self.hears(**ue, cell)))
            .map(|(ue, _)| *ue)
            .collect();
        for ue in lost {
            if let Some(radio) = self.radios.get_mut(&ue) {
                radio.camped = None;
            }
            let at = self.arrival(now, ue);
            self.push(at, Arrival::AtMobile(ue, RadioDown::CellLost));
        }
    }

    /// When a message that is sent now arrives.
    fn arrival(&mut self, now: Instant, ue: UeId) -> Instant {
        let (shortest, longest) = LATENCY;
        let at = now + Duration::from_micros(self.rng.between(shortest * 1_000, longest * 1_000));
        self.radios.get_mut(&ue).map_or(at, |radio| {
            radio.last_arrival = at.max(radio.last_arrival + Duration::from_micros(1));
            radio.last_arrival
        })
    }

    /// When a packet that is sent now arrives.
    fn packet_arrival(&mut self, now: Instant, ue: UeId) -> Instant {
        let (shortest, longest) = LATENCY;
        let at = now + Duration::from_micros(self.packet_rng.between(shortest * 1_000, longest * 1_000));
        self.radios.get_mut(&ue).map_or(at, |radio| {
            radio.last_packet = at.max(radio.last_packet + Duration::from_micros(1));
            radio.last_packet
        })
    }

    fn push(&mut self, at: Instant, arrival: Arrival) {
        self.sent += 1;
        self.queue.insert((at, self.sent), arrival);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UE: UeId = UeId(1);

    fn cell(plmn: &str, country: &str, rsrp_dbm: i16) -> Cell {
        let id = CellId { plmn: plmn.parse().unwrap(), tac: 100, cell: 1 };
        let (name, country) = (String::new(), country.to_owned());
        Cell { id, name, country, rat: Rat::Eutran, rsrp_dbm, on_air: true }
    }

    fn air() -> CellularAir {
        let mut air = CellularAir::new(
            vec![cell("208-10", "FR", -95), cell("208-01", "FR", -80), cell("214-03", "ES", -70)],
            Seed(1),
        );
        air.add_radio(UE, "FR");
        air
    }

    fn arrivals(air: &mut CellularAir, now: Instant) -> Vec<Arrival> {
        std::iter::from_fn(|| air.poll_arrival(now)).collect()
    }

    #[test]
    fn a_search_finds_the_cells_of_the_country_strongest_first() {
        let mut air = air();
        air.from_mobile(Instant::ZERO, UE, RadioUp::Search);
        let at = air.next_wakeup().unwrap().at;
        let millis = at.as_micros() / 1_000;
        assert!((SEARCH_TIME.0..=SEARCH_TIME.1).contains(&millis), "{millis} ms");
        let Some(Arrival::AtMobile(UE, RadioDown::Searched(heard))) = air.poll_arrival(at) else { panic!() };
        let plmns: Vec<String> = heard.iter().map(|cell| cell.id.plmn.to_string()).collect();
        assert_eq!(plmns, ["208-01", "208-10"]);
    }

    #[test]
    fn a_mobile_that_moves_away_loses_its_cell_and_cannot_be_reached() {
        let mut air = air();
        let home = air.cells[1].id;
        air.from_mobile(Instant::ZERO, UE, RadioUp::Nas { cell: home, message: NasUp::AttachComplete });
        air.move_to(Instant::ZERO, UE, "ES");
        air.from_core(Instant::ZERO, UE, NasDown::DetachAccept);
        let late = Instant::ZERO + PAGING_TIME;
        let seen = arrivals(&mut air, late);
        assert_eq!(seen[0], Arrival::AtCore(UE, home, NasUp::AttachComplete));
        assert_eq!(seen[1], Arrival::AtMobile(UE, RadioDown::CellLost));
        assert_eq!(seen[2], Arrival::Undeliverable(UE, NasDown::DetachAccept));
    }

    #[test]
    fn a_page_reaches_the_cell_that_the_mobile_camps_on_and_no_other() {
        let mut air = air();
        let home = air.cells[1].id;
        air.page(Instant::ZERO, UE);
        assert_eq!(arrivals(&mut air, Instant::from_micros(1_000_000)), []);
        air.from_mobile(Instant::ZERO, UE, RadioUp::Camped(home));
        air.page(Instant::ZERO, UE);
        air.release(Instant::ZERO, UE);
        let seen = arrivals(&mut air, Instant::from_micros(1_000_000));
        assert_eq!(
            seen,
            [RadioDown::Paging, RadioDown::Released].map(|message| Arrival::AtMobile(UE, message))
        );
    }

    #[test]
    fn a_broadcast_is_heard_by_every_mobile_of_the_network_and_by_no_other() {
        let mut air = air();
        let (other, home) = (air.cells[0].id, air.cells[1].id);
        for (ue, cell) in [(UE, home), (UeId(2), home), (UeId(3), other)] {
            air.add_radio(ue, "FR");
            air.from_mobile(Instant::ZERO, ue, RadioUp::Camped(cell));
        }
        air.broadcast(Instant::ZERO, home.plmn, &[1]);
        let mut hearers: Vec<UeId> = arrivals(&mut air, Instant::from_micros(1_000_000))
            .into_iter()
            .filter_map(|arrival| match arrival {
                Arrival::AtMobile(ue, RadioDown::Broadcast(page)) if page == [1] => Some(ue),
                Arrival::AtMobile(..)
                | Arrival::AtCore(..)
                | Arrival::PacketAtCore(..)
                | Arrival::Undeliverable(..) => None,
            })
            .collect();
        hearers.sort_unstable();
        assert_eq!(hearers, [UE, UeId(2)]);
    }

    #[test]
    fn one_cell_goes_and_the_network_stays() {
        let mut air = air();
        let second = CellId { tac: 200, cell: 2, ..air.cells[1].id };
        let template = air.cells[1].clone();
        air.cells.push(Cell { id: second, name: "second".to_owned(), on_air: false, ..template });
        let plmn = second.plmn;
        assert!(!air.set_cell_on_air(Instant::ZERO, plmn, "third", true));
        assert!(air.set_cell_on_air(Instant::ZERO, plmn, "second", true));
        assert!(air.hears(UE, second));
        assert!(air.set_cell_on_air(Instant::ZERO, plmn, "", false));
        assert!(air.hears(UE, second) && !air.hears(UE, air.cells[1].id));
        air.set_on_air(Instant::ZERO, plmn, false);
        assert!(!air.hears(UE, second));
        air.set_on_air(Instant::ZERO, plmn, true);
        assert!(air.hears(UE, second) && !air.hears(UE, air.cells[1].id), "each cell is what it was");
    }

    #[test]
    fn messages_of_one_mobile_never_overtake_each_other() {
        let mut air = air();
        let home = air.cells[1].id;
        for pti in 1..=100 {
            let message = NasUp::PdnDisconnectRequest { pti, bearer: 5 };
            air.from_mobile(Instant::from_micros(pti.into()), UE, RadioUp::Nas { cell: home, message });
        }
        let order: Vec<u8> = arrivals(&mut air, Instant::from_micros(1_000_000))
            .into_iter()
            .filter_map(|arrival| match arrival {
                Arrival::AtCore(_, _, NasUp::PdnDisconnectRequest { pti, .. }) => Some(pti),
                Arrival::AtCore(..)
                | Arrival::AtMobile(..)
                | Arrival::PacketAtCore(..)
                | Arrival::Undeliverable(..) => None,
            })
            .collect();
        assert_eq!(order, (1..=100).collect::<Vec<u8>>());
    }

    #[test]
    fn packets_keep_their_order_and_are_lost_out_of_coverage() {
        let mut air = air();
        let home = air.cells[1].id;
        air.from_mobile(Instant::ZERO, UE, RadioUp::Nas { cell: home, message: NasUp::AttachComplete });
        for number in 0..50 {
            let up = RadioUp::Packet { cell: home, bearer: 5, packet: vec![number] };
            air.from_mobile(Instant::from_micros(number.into()), UE, up);
            air.packet_from_core(Instant::from_micros(number.into()), UE, 5, vec![number]);
        }
        air.set_covered(Instant::from_micros(60), UE, false);
        air.from_mobile(
            Instant::from_micros(61),
            UE,
            RadioUp::Packet { cell: home, bearer: 5, packet: vec![99] },
        );
        air.packet_from_core(Instant::from_micros(61), UE, 5, vec![99]);
        let (mut up, mut down) = (Vec::new(), Vec::new());
        for arrival in arrivals(&mut air, Instant::from_micros(1_000_000)) {
            match arrival {
                Arrival::PacketAtCore(UE, cell, 5, packet) if cell == home => up.extend(packet),
                Arrival::AtMobile(UE, RadioDown::Packet { bearer: 5, packet }) => down.extend(packet),
                Arrival::AtCore(..)
                | Arrival::AtMobile(..)
                | Arrival::PacketAtCore(..)
                | Arrival::Undeliverable(..) => {}
            }
        }
        let sent: Vec<u8> = (0..50).collect();
        assert_eq!((up, down), (sent.clone(), sent));
    }

    #[test]
    fn out_of_coverage_a_search_finds_nothing() {
        let mut air = air();
        air.set_covered(Instant::ZERO, UE, false);
        air.from_mobile(Instant::ZERO, UE, RadioUp::Search);
        let seen = arrivals(&mut air, Instant::ZERO + Duration::from_millis(SEARCH_TIME.1));
        assert_eq!(seen, [Arrival::AtMobile(UE, RadioDown::Searched(Vec::new()))]);
    }
}
