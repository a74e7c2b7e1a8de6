//! What a reject makes the mobile do: the tables of causes.
//!
//! Spec: TS 24.301 5.5.1.2.5, 5.5.1.2.6, 5.5.2.3.2, 5.5.2.3.4, 5.5.3.2.5, 5.6.1.5 (EMM); TS 24.008 4.4.4.7, 4.4.4.9 (MM); 4.7.3.1.4, 4.7.5.1.4
//! (GMM); TS 24.301 5.3.7b and TS 24.008 4.1.1.6A for rejects without integrity protection. What each reaction is in
//! deeds is in [`super::reaction`].

use wire::cause::EmmCause;

/// The procedure that was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Procedure {
    /// Attach.
    Attach,
    /// Tracking area update.
    Update,
    /// Service request.
    Service,
    /// Detach by the network.
    Detach,
    /// Location updating.
    Location,
    /// GPRS attach.
    GprsAttach,
    /// Routing area update.
    Routing,
}

/// The behaviour that a cause prescribes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reaction {
    /// The card is invalid for everything until power-off or removal.
    CardInvalid,
    /// The card is invalid for packet services.
    PacketInvalid,
    /// The card is invalid for circuit-switched services.
    CircuitInvalid,
    /// The network goes into EF_FPLMN; another one is selected.
    PlmnForbidden,
    /// No packet service on this network; another one is selected.
    PlmnForbiddenForPacket,
    /// The area is forbidden; the mobile stays with the network.
    AreaForbiddenStay,
    /// The area is forbidden; network selection.
    AreaForbiddenSelect,
    /// The area is forbidden; first other areas of the same network, then other networks.
    AreaForbiddenSameNetworkFirst,
    /// Wait for the back-off where it is given.
    Congestion,
    /// The network is avoided for a while.
    AvoidNetwork,
    /// Attach again at once.
    AttachAgain,
    /// No calls for T3442.
    NoFallback,
    /// Count the attempt as five.
    AbnormalForGood,
    /// Count the attempt.
    Abnormal,
}

pub(super) fn reaction(procedure: Procedure, cause: EmmCause) -> Reaction {
    let cause = if is_listed(procedure, cause) { cause } else { PROTOCOL_ERROR };
    match procedure {
        Procedure::Attach => in_attach(cause),
        Procedure::Update | Procedure::Service => match (cause.0, procedure) {
            (9 | 10 | 40, _) => Reaction::AttachAgain,
            (39, Procedure::Service) => Reaction::NoFallback,
            _ => in_attach(cause),
        },
        Procedure::Detach => match cause.0 {
            2 => Reaction::CircuitInvalid,
            3 | 6..=8 | 11..=15 => in_attach(cause),
            _ => Reaction::Abnormal,
        },
        Procedure::Location => match cause.0 {
            2 => Reaction::CircuitInvalid,
            3 | 6 => Reaction::CardInvalid,
            11 | 12 | 13 | 15 | 22 => in_attach(cause),
            _ => Reaction::Abnormal,
        },
        Procedure::GprsAttach => match cause.0 {
            5 => Reaction::Abnormal,
            _ => in_attach(cause),
        },
        Procedure::Routing => match cause.0 {
            9 | 10 => Reaction::AttachAgain,
            5 => Reaction::Abnormal,
            _ => in_attach(cause),
        },
    }
}

/// Protocol error, unspecified: what an unknown cause counts as.
const PROTOCOL_ERROR: EmmCause = EmmCause(111);

/// Whether the specification knows the cause (TS 24.301 9.9.3.9, TS 24.008 10.5.5.14). A cause of MM that it does not
/// know counts as #34 (10.5.3.6), which is one more abnormal case.
const fn is_listed(procedure: Procedure, cause: EmmCause) -> bool {
    match procedure {
        Procedure::Attach | Procedure::Update | Procedure::Service | Procedure::Detach => {
            matches!(cause.0, 2 | 3 | 5..=26 | 31 | 35 | 39 | 40 | 42 | 78 | 95..=101 | 111)
        }
        Procedure::GprsAttach | Procedure::Routing => {
            matches!(cause.0, 2 | 3 | 5..=17 | 20..=23 | 25 | 28 | 35 | 40 | 48 | 95..=101 | 111)
        }
        Procedure::Location => true,
    }
}

/// Attach and GPRS attach, where "attach again" has no meaning of its own.
fn in_attach(cause: EmmCause) -> Reaction {
    match cause.0 {
        3 | 5 | 6 | 8 => Reaction::CardInvalid,
        7 => Reaction::PacketInvalid,
        11 | 35 => Reaction::PlmnForbidden,
        12 => Reaction::AreaForbiddenStay,
        13 => Reaction::AreaForbiddenSelect,
        14 => Reaction::PlmnForbiddenForPacket,
        15 => Reaction::AreaForbiddenSameNetworkFirst,
        22 => Reaction::Congestion,
        42 => Reaction::AvoidNetwork,
        95 | 96 | 97 | 99 | 111 => Reaction::AbnormalForGood,
        _ => Reaction::Abnormal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As in the facts' tables of reject causes: EMM in attach, EMM in an update, MM, GMM in an attach.
    #[test]
    fn each_cause_has_its_reaction_in_each_procedure() {
        use Reaction::{
            Abnormal, AbnormalForGood, AreaForbiddenSameNetworkFirst, AreaForbiddenSelect, AreaForbiddenStay,
            AttachAgain, AvoidNetwork, CardInvalid, CircuitInvalid, Congestion, PacketInvalid, PlmnForbidden,
            PlmnForbiddenForPacket,
        };
        let rows = [
            (2, Abnormal, Abnormal, CircuitInvalid, Abnormal),
            (3, CardInvalid, CardInvalid, CardInvalid, CardInvalid),
            (4, AbnormalForGood, AbnormalForGood, Abnormal, AbnormalForGood),
            (6, CardInvalid, CardInvalid, CardInvalid, CardInvalid),
            (7, PacketInvalid, PacketInvalid, Abnormal, PacketInvalid),
            (8, CardInvalid, CardInvalid, Abnormal, CardInvalid),
            (9, Abnormal, AttachAgain, Abnormal, Abnormal),
            (10, Abnormal, AttachAgain, Abnormal, Abnormal),
            (11, PlmnForbidden, PlmnForbidden, PlmnForbidden, PlmnForbidden),
            (12, AreaForbiddenStay, AreaForbiddenStay, AreaForbiddenStay, AreaForbiddenStay),
            (13, AreaForbiddenSelect, AreaForbiddenSelect, AreaForbiddenSelect, AreaForbiddenSelect),
            (14, PlmnForbiddenForPacket, PlmnForbiddenForPacket, Abnormal, PlmnForbiddenForPacket),
            (
                15,
                AreaForbiddenSameNetworkFirst,
                AreaForbiddenSameNetworkFirst,
                AreaForbiddenSameNetworkFirst,
                AreaForbiddenSameNetworkFirst,
            ),
            (17, Abnormal, Abnormal, Abnormal, Abnormal),
            (19, Abnormal, Abnormal, Abnormal, AbnormalForGood),
            (22, Congestion, Congestion, Congestion, Congestion),
            (35, PlmnForbidden, PlmnForbidden, Abnormal, PlmnForbidden),
            (40, Abnormal, AttachAgain, Abnormal, Abnormal),
            (42, AvoidNetwork, AvoidNetwork, Abnormal, AbnormalForGood),
            (95, AbnormalForGood, AbnormalForGood, Abnormal, AbnormalForGood),
            (111, AbnormalForGood, AbnormalForGood, Abnormal, AbnormalForGood),
            (98, Abnormal, Abnormal, Abnormal, Abnormal),
            (200, AbnormalForGood, AbnormalForGood, Abnormal, AbnormalForGood),
        ];
        for (cause, attach, update, location, gprs) in rows {
            let of = |procedure| reaction(procedure, EmmCause(cause));
            assert_eq!(of(Procedure::Attach), attach, "attach #{cause}");
            assert_eq!(of(Procedure::Update), update, "update #{cause}");
            assert_eq!(of(Procedure::Location), location, "location updating #{cause}");
            assert_eq!(of(Procedure::GprsAttach), gprs, "GPRS attach #{cause}");
        }
        assert_eq!(reaction(Procedure::Service, EmmCause(39)), Reaction::NoFallback);
        assert_eq!(reaction(Procedure::Routing, EmmCause(9)), AttachAgain);
        assert_eq!(reaction(Procedure::Detach, EmmCause(2)), CircuitInvalid);
        assert_eq!(reaction(Procedure::Detach, EmmCause(11)), PlmnForbidden);
        for other in [5, 9, 10, 17, 22, 35, 40, 42, 111] {
            assert_eq!(reaction(Procedure::Detach, EmmCause(other)), Abnormal, "detach #{other}");
        }
    }
}
