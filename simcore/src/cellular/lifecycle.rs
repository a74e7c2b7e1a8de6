//! The life of a card: who may move it from which state to which (service description 1.7.1.1).
//!
//! The table is the whole rule; what is not in it is refused. The operator may do what its customer may. A card that the
//! operator suspended is resumed by the operator only. Not here: what a move does to a running service.

use super::CellularCore;
use super::agenda::Timer;
use super::config::SimState;
use std::str::FromStr;
use wire::id::Imsi;
use wire::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// A card leaves the test after this time at the latest.
pub const LONGEST_TEST: Duration = Duration::from_secs(30 * DAY.as_secs());
/// A sleeping card wakes after this time at the latest.
pub const LONGEST_SLEEP: Duration = Duration::from_secs(180 * DAY.as_secs());

/// Who moves a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// The card's own traffic, or the end of its time in a state.
    Itself,
    /// The customer, at its portal or by a rule of an alarm.
    Customer,
    /// The operator.
    Operator,
}

impl Actor {
    /// The word for messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Itself => "the card itself",
            Self::Customer => "the customer",
            Self::Operator => "the operator",
        }
    }
}

/// Who may order a move.
type Orderers = &'static [Actor];
const BY_ORDER: Orderers = &[Actor::Customer, Actor::Operator];
const BY_ORDER_OR_ITSELF: Orderers = &[Actor::Itself, Actor::Customer, Actor::Operator];
const BY_OPERATOR: Orderers = &[Actor::Operator];

/// Every move there is.
const MOVES: [(SimState, SimState, Orderers); 14] = {
    use SimState::{Activated, Cancelled, PreActivated, Sleeping, Suspended, Test};
    [
        (PreActivated, Test, BY_ORDER),
        (PreActivated, Sleeping, BY_ORDER),
        (PreActivated, Activated, BY_ORDER),
        (Test, Sleeping, BY_ORDER_OR_ITSELF),
        (Test, Activated, BY_ORDER),
        (Sleeping, Activated, BY_ORDER_OR_ITSELF),
        (Activated, Sleeping, BY_ORDER),
        (Activated, Suspended, BY_ORDER),
        (Suspended, Activated, BY_ORDER),
        (PreActivated, Cancelled, BY_OPERATOR),
        (Test, Cancelled, BY_OPERATOR),
        (Sleeping, Cancelled, BY_OPERATOR),
        (Activated, Cancelled, BY_OPERATOR),
        (Suspended, Cancelled, BY_OPERATOR),
    ]
};

impl SimState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::PreActivated, Self::Test, Self::Sleeping, Self::Activated, Self::Suspended, Self::Cancelled];

    /// The word in lab files and scripts: `pre-activated`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::PreActivated => "pre-activated",
            Self::Test => "test",
            Self::Sleeping => "sleeping",
            Self::Activated => "activated",
            Self::Suspended => "suspended",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether a card may go from this state to another by order of this actor.
    #[must_use]
    pub fn may_become(self, to: Self, by: Actor) -> bool {
        MOVES.iter().any(|(from, into, who)| *from == self && *into == to && who.contains(&by))
    }

    /// Where a card goes by itself, and how long it stays here before.
    #[must_use]
    pub const fn ends(self) -> Option<(Self, Duration)> {
        match self {
            Self::Test => Some((Self::Sleeping, LONGEST_TEST)),
            Self::Sleeping => Some((Self::Activated, LONGEST_SLEEP)),
            Self::PreActivated | Self::Activated | Self::Suspended | Self::Cancelled => None,
        }
    }
}

impl FromStr for SimState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|state| state.word() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::word).join(", ");
            format!("\"{text}\" is not a state of a card: expected one of {known}")
        })
    }
}

impl CellularCore {
    /// Starts the clock of the state that a card is in now.
    pub(super) fn watch_sim_state(&mut self, imsi: &Imsi, state: SimState) {
        let timer = Timer::SimState(imsi.clone());
        match state.ends() {
            Some((_, after)) => self.agenda.start(self.now + after, timer),
            None => self.agenda.stop(&timer),
        }
    }

    /// The time of a card in its state is over.
    pub(super) fn sim_state_ends(&mut self, imsi: &Imsi) {
        if let Some((to, _)) = self.sim_state(imsi).and_then(SimState::ends) {
            self.enter_sim_state(imsi, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_moves_is_the_one_of_the_service() {
        use Actor::{Customer, Itself, Operator};
        // Rows from, columns to: pre-activated, test, sleeping, activated, suspended, cancelled.
        let want = [". c c c . o", ". . i c . o", ". . . i . o", ". . c . c o", ". . . c . o", ". . . . . ."];
        for (from, line) in SimState::ALL.into_iter().zip(want) {
            for (to, word) in SimState::ALL.into_iter().zip(line.split(' ')) {
                let may = [Itself, Customer, Operator].map(|by| from.may_become(to, by));
                let expected = match word {
                    "i" => [true, true, true],
                    "c" => [false, true, true],
                    "o" => [false, false, true],
                    _ => [false; 3],
                };
                assert_eq!(may, expected, "{} to {}", from.name(), to.name());
            }
        }
    }
}
