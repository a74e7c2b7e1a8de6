//! Mobility states and the registration as the host sees it (TS 24.301 5.1.3.2, TS 27.007 7.2 and 10.1.22).

use super::Mobile;
use wire::air::cellular::{HeardCell, Rat};
use wire::cause::EmmCause;
use wire::plmn::Plmn;

/// EMM state, as far as a mobile's behaviour depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Emm {
    /// No power, or the radio is off.
    Null,
    /// A search for networks runs, or none was heard and the next search is awaited.
    PlmnSearch,
    /// Camped on a cell for emergency calls only.
    LimitedService,
    /// ATTACH REQUEST sent.
    RegisteredInitiated,
    /// An attempt failed; a timer runs towards the next one.
    AttemptingToAttach,
    /// Registered.
    Registered,
    /// TRACKING AREA UPDATE REQUEST sent.
    TrackingAreaUpdating,
    /// DETACH REQUEST sent.
    DeregisteredInitiated,
    /// Camped, and told not to register.
    Deregistered,
}

/// A registration that the network has granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Registered {
    pub(super) plmn: Plmn,
    pub(super) combined: bool,
    pub(super) t3412: wire::time::Duration,
}

/// `<stat>` of `+CREG`, `+CGREG` and `+CEREG`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stat {
    NotRegistered,
    Home,
    Searching,
    Denied,
    Roaming,
}

impl Stat {
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::NotRegistered => 0,
            Self::Home => 1,
            Self::Searching => 2,
            Self::Denied => 3,
            Self::Roaming => 5,
        }
    }
}

/// The registration as the host may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RegistrationView {
    pub(crate) stat: Stat,
    /// Whether circuit-switched services are part of it.
    pub(crate) combined: bool,
    /// The serving cell while registered.
    pub(crate) cell: Option<HeardCell>,
    /// The reject cause while denied.
    pub(crate) cause: Option<EmmCause>,
    /// Technologies that the family shows under another number.
    pub(crate) acts: &'static [(Rat, u8)],
}

impl RegistrationView {
    pub(crate) fn is_registered(&self) -> bool {
        matches!(self.stat, Stat::Home | Stat::Roaming)
    }

    /// The `<AcT>` that the family shows for a technology.
    pub(crate) fn act(&self, rat: Rat) -> u8 {
        self.acts.iter().find(|row| row.0 == rat).map_or_else(|| rat.act(), |row| row.1)
    }

    pub(crate) fn rat(&self) -> Option<Rat> {
        self.cell.map(|cell| cell.rat)
    }
}

impl Mobile {
    pub(crate) fn registration(&self) -> RegistrationView {
        let stat = match self.emm {
            Emm::Null | Emm::DeregisteredInitiated | Emm::Deregistered => Stat::NotRegistered,
            Emm::PlmnSearch | Emm::RegisteredInitiated => Stat::Searching,
            Emm::LimitedService if self.subscriber.is_none() => Stat::NotRegistered,
            Emm::LimitedService => Stat::Denied,
            Emm::AttemptingToAttach if self.last_reject.is_some() => Stat::Denied,
            Emm::AttemptingToAttach => Stat::Searching,
            Emm::Registered | Emm::TrackingAreaUpdating => self.registered_stat(),
        };
        let here = matches!(stat, Stat::Home | Stat::Roaming);
        RegistrationView {
            stat,
            combined: self.registered.is_some_and(|registered| registered.combined),
            cell: self.serving.filter(|_| here),
            cause: self.last_reject.filter(|_| stat == Stat::Denied),
            acts: self.config.model.acts,
        }
    }

    fn registered_stat(&self) -> Stat {
        let home =
            |registered: Registered| self.subscriber.as_ref().is_some_and(|who| who.is_home(registered.plmn));
        if self.registered.is_some_and(home) { Stat::Home } else { Stat::Roaming }
    }

    /// Whether messages can be exchanged with the network.
    pub(crate) fn is_registered(&self) -> bool {
        matches!(self.emm, Emm::Registered | Emm::TrackingAreaUpdating)
    }

    /// Whether calls and short messages are possible.
    pub(crate) fn has_circuit_services(&self) -> bool {
        self.is_registered() && self.registered.is_some_and(|registered| registered.combined)
    }

    /// The cell that the mobile camps on, registered or not.
    pub(crate) fn serving(&self) -> Option<HeardCell> {
        self.serving
    }

    /// Enters a state and tells the host.
    pub(super) fn enter(&mut self, state: Emm) {
        self.emm = state;
        let view = self.registration();
        self.event(super::MobileEvent::Registration(view));
    }
}
