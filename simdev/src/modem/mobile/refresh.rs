//! What REFRESH makes the mobile do (ETSI TS 102 223 clause 6.4.7.1, TS 31.111 clause 6.4.7.1, TS 23.122 clause 4.4.6).

use super::Mobile;
use super::timers::MobileTimer;
use crate::modem::toolkit::TERMINAL_PROFILE;
use wire::ota::RefreshKind;
use wire::time::{Duration, Instant};

/// How long a mobile with a connection puts off the search that steering asks for.
const UNTIL_IDLE: Duration = Duration::from_secs(30);

impl Mobile {
    /// The card was read anew, and the mobile acts on what it says now.
    pub(crate) fn card_refreshed(&mut self, now: Instant, kind: RefreshKind) {
        self.read_card();
        match kind {
            // The lists are read at every selection; the period of the search is the only thing that runs.
            RefreshKind::FileChange
            | RefreshKind::InitialiseFiles
            | RefreshKind::Initialise
            | RefreshKind::InitialiseFull => {
                if self.timers.is_running(MobileTimer::HigherPrioritySearch) {
                    self.plan_better_search(now, false);
                }
            }
            RefreshKind::SteeringOfRoaming => self.steer(now),
            RefreshKind::ApplicationReset | RefreshKind::SessionReset | RefreshKind::UiccReset => {
                self.begin_session(now);
            }
        }
    }

    /// Resets the card: its PIN is asked for again where it is enabled.
    pub(crate) fn reset_card(&mut self, now: Instant) {
        if let Some(card) = &mut self.card {
            card.reset();
        }
        self.introduce();
        self.read_card();
        self.begin_session(now);
    }

    /// Tells the card what the terminal can do.
    pub(super) fn introduce(&mut self) {
        if let Some(card) = &mut self.card {
            card.terminal_profile(&TERMINAL_PROFILE);
        }
    }

    /// A network of higher priority is looked for at once, or when the mobile is idle.
    fn steer(&mut self, now: Instant) {
        let before = self.search.for_better;
        self.look_for_better(now);
        if !before && !self.search.for_better && self.selects_automatically() {
            self.timers.start(MobileTimer::HigherPrioritySearch, now, UNTIL_IDLE);
        }
    }

    /// The subscription's session ends and begins: the network is told, and the mobile registers anew.
    fn begin_session(&mut self, now: Instant) {
        self.tell_switch_off();
        self.lose_registration();
        self.forbidden.packet_card = false;
        self.forbidden.circuit_card = false;
        self.attempts = 0;
        if self.radio {
            self.begin_selection(now);
        }
    }
}
