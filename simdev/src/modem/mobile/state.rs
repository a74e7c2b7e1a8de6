//! Mobility states and the registration as the host sees it (TS 24.301 5.1.3.2, TS 27.007 7.2, 10.1.20 and 10.1.22).

use super::Mobile;
use super::legacy::DomainState;
use wire::air::cellular::{HeardCell, Rat};
use wire::cause::EmmCause;
use wire::nas::{Guti, MobilityGrant, PowerSaving};
use wire::plmn::Plmn;
use wire::time::Duration;

/// EMM state, as far as a mobile's behaviour depends on it; on GSM and UTRAN that of both domains together.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Registered {
    pub(super) plmn: Plmn,
    pub(super) rat: Rat,
    /// Circuit-switched services: combined attach, or location updating.
    pub(super) combined: bool,
    /// Packet services: EPS or GPRS attach.
    pub(super) packet: bool,
    /// Where no update is needed: areas of `plmn`.
    pub(super) areas: Vec<u16>,
    /// The last update was accepted: EU1.
    pub(super) updated: bool,
    pub(super) grant: MobilityGrant,
}

impl Registered {
    /// Whether a cell belongs to this network or to one that counts as this one.
    pub(super) fn covers(&self, plmn: Plmn) -> bool {
        self.plmn == plmn || self.grant.equivalents.contains(&plmn)
    }

    /// Whether a mobile may be in this cell without saying so.
    pub(super) fn knows(&self, cell: &HeardCell) -> bool {
        self.updated && self.plmn == cell.id.plmn && self.rat == cell.rat && self.areas.contains(&cell.id.tac)
    }

    /// The periodic timer that holds; `None` when it is deactivated.
    pub(super) fn periodic(&self) -> Option<Duration> {
        match self.grant.power.t3412_extended {
            Some(timer) => timer.span(),
            None => Some(self.grant.periodic),
        }
        .filter(|span| !span.is_zero())
    }
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

/// One domain of the registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DomainView {
    pub(crate) stat: Stat,
    /// The reject cause while denied.
    pub(crate) cause: Option<EmmCause>,
}

impl DomainView {
    const NONE: Self = Self { stat: Stat::NotRegistered, cause: None };
}

/// The registration as the host may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RegistrationView {
    /// The state as a whole.
    pub(crate) stat: Stat,
    /// `+CREG`.
    pub(crate) circuit: DomainView,
    /// `+CGREG`.
    pub(crate) packet: DomainView,
    /// `+CEREG`.
    pub(crate) eps: DomainView,
    /// The serving cell while registered in any domain.
    pub(crate) cell: Option<HeardCell>,
    /// Power saving that was granted.
    pub(crate) power: PowerSaving,
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
}

impl Mobile {
    pub(crate) fn registration(&self) -> RegistrationView {
        let stat = self.stat();
        let here = matches!(stat, Stat::Home | Stat::Roaming);
        let all = DomainView { stat, cause: self.last_reject.filter(|_| stat == Stat::Denied) };
        let cell = self.serving.filter(|_| here);
        let (circuit, packet, eps) = match cell.map(|cell| cell.rat) {
            None => (all, all, all),
            Some(Rat::Eutran) => {
                let combined = self.registered.as_ref().is_some_and(|registered| registered.combined);
                (if combined { all } else { DomainView::NONE }, DomainView::NONE, all)
            }
            Some(Rat::Gsm | Rat::Utran) => {
                (self.domain_view(&self.circuit, all), self.domain_view(&self.packet, all), DomainView::NONE)
            }
        };
        let power = self.registered.as_ref().map_or_else(PowerSaving::default, |known| known.grant.power);
        RegistrationView { stat, circuit, packet, eps, cell, power, acts: self.config.model.acts }
    }

    /// One of the two domains of GSM and UTRAN, where the mobile is registered in at least one.
    fn domain_view(&self, domain: &super::legacy::Domain, registered: DomainView) -> DomainView {
        match domain.state {
            DomainState::Registered => registered,
            // An update that is under way takes nothing from the registration that it is about.
            DomainState::Asked if domain.update => registered,
            DomainState::Asked => DomainView { stat: Stat::Searching, cause: None },
            DomainState::Waiting | DomainState::Null => match domain.cause {
                Some(cause) => DomainView { stat: Stat::Denied, cause: Some(cause) },
                None if domain.state == DomainState::Waiting => {
                    DomainView { stat: Stat::Searching, cause: None }
                }
                None => DomainView::NONE,
            },
        }
    }

    fn stat(&self) -> Stat {
        match self.emm {
            Emm::Null | Emm::DeregisteredInitiated | Emm::Deregistered => Stat::NotRegistered,
            Emm::PlmnSearch | Emm::RegisteredInitiated => Stat::Searching,
            Emm::LimitedService if self.subscriber.is_none() => Stat::NotRegistered,
            Emm::LimitedService => Stat::Denied,
            Emm::AttemptingToAttach if self.last_reject.is_some() => Stat::Denied,
            Emm::AttemptingToAttach => Stat::Searching,
            Emm::Registered | Emm::TrackingAreaUpdating => self.registered_stat(),
        }
    }

    fn registered_stat(&self) -> Stat {
        // An equivalent network counts as what it is, not as what it is equivalent to.
        let plmn = self.serving.map(|cell| cell.id.plmn);
        let home = plmn.is_some_and(|plmn| self.subscriber.as_ref().is_some_and(|who| who.is_home(plmn)));
        if home { Stat::Home } else { Stat::Roaming }
    }

    /// Whether messages can be exchanged with the network.
    pub(crate) fn is_registered(&self) -> bool {
        matches!(self.emm, Emm::Registered | Emm::TrackingAreaUpdating)
    }

    /// Whether calls and short messages are possible.
    pub(crate) fn has_circuit_services(&self) -> bool {
        self.is_registered() && self.registered.as_ref().is_some_and(|registered| registered.combined)
    }

    /// Whether packet services are possible (`+CGATT`).
    pub(crate) fn has_packet_services(&self) -> bool {
        self.is_registered() && self.registered.as_ref().is_some_and(|registered| registered.packet)
    }

    /// The cell that the mobile camps on, registered or not.
    pub(crate) fn serving(&self) -> Option<HeardCell> {
        self.serving
    }

    pub(super) fn guti(&self) -> Option<Guti> {
        self.guti
    }

    /// Enters a state and tells the host.
    pub(super) fn enter(&mut self, state: Emm) {
        self.emm = state;
        self.tell_registration();
    }

    pub(super) fn tell_registration(&mut self) {
        let view = self.registration();
        self.event(super::MobileEvent::Registration(view));
    }
}
