//! Network name, time and zone for a mobile that has registered (TS 24.301 5.4.5, TS 24.008 4.3.6 and 4.7.12), and cell
//! broadcast (TS 23.041).

use super::time_zone;
use super::{ANSWER_DELAY, CellularCore, CellularOutput, ControlError, MOBILITY_DELAY};
use wire::air::cellular::{CellId, UeId};
use wire::id::Imsi;
use wire::nas::{NasDown, NetworkInformation};
use wire::plmn::Plmn;
use wire::sms::BroadcastPage;
use wire::time::{Duration, Instant};

/// On which technology, and for which domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InformationKind {
    Emm,
    Mm,
    Gmm,
}

impl InformationKind {
    const fn message(self, information: NetworkInformation) -> NasDown {
        match self {
            Self::Emm => NasDown::EmmInformation(information),
            Self::Mm => NasDown::MmInformation(information),
            Self::Gmm => NasDown::GmmInformation(information),
        }
    }
}

impl CellularCore {
    /// What a network tells by itself after a registration, where the policy wants it told.
    pub(super) fn inform(&mut self, ue: UeId, cell: CellId, kind: InformationKind) {
        if self.config.policy.network_information {
            let delay = MOBILITY_DELAY + ANSWER_DELAY;
            let information = self.information(cell.plmn, delay);
            self.send_after(delay, ue, kind.message(information));
        }
    }

    /// A mobile has confirmed its attach.
    pub(super) fn attach_completed(&mut self, ue: UeId, cell: CellId) {
        if self.registrations.contains_key(&ue) {
            self.inform(ue, cell, InformationKind::Emm);
        }
    }

    /// What is told in a network, as it is after this delay. Of a country whose time is not known no zone is told.
    fn information(&self, plmn: Plmn, delay: Duration) -> NetworkInformation {
        let network = self.config.networks.iter().find(|network| network.plmn == plmn);
        let time = self.calendar.timestamp(self.now + delay);
        let zone = network.and_then(|network| time_zone::at(&network.country, time));
        NetworkInformation {
            full_name: network.map(|network| network.name.clone()),
            short_name: None,
            zone: zone.map(|zone| zone.quarter_hours),
            time: jiff::Timestamp::from_second(time.as_second()).ok(),
            daylight_saving: zone.map(|zone| zone.daylight_saving),
        }
    }

    /// The time by the calendar.
    #[must_use]
    pub fn utc(&self, now: Instant) -> jiff::Timestamp {
        self.calendar.timestamp(now)
    }

    /// Tells a subscriber's mobile name, time and zone, with what the order changes about them. An idle mobile is paged.
    ///
    /// # Errors
    /// The subscriber is not registered.
    pub fn order_information(
        &mut self,
        now: Instant,
        imsi: &Imsi,
        change: impl FnOnce(&mut NetworkInformation),
    ) -> Result<(), ControlError> {
        self.advance(now);
        let missing = || ControlError::NotRegistered(imsi.clone());
        let ue = self.ue_of(imsi).ok_or_else(missing)?;
        let registration = self.registrations.get(&ue).ok_or_else(missing)?;
        let kind = match (registration.connection.evolved, registration.combined) {
            (true, _) => InformationKind::Emm,
            (false, true) => InformationKind::Mm,
            (false, false) => InformationKind::Gmm,
        };
        let mut information = self.information(registration.cell.plmn, ANSWER_DELAY);
        change(&mut information);
        self.send(ue, kind.message(information));
        Ok(())
    }

    /// Broadcasts the pages of a message in every cell of a network, once.
    pub fn broadcast(&mut self, now: Instant, plmn: Plmn, pages: &[BroadcastPage]) {
        self.advance(now);
        for page in pages {
            self.outputs.push_back(CellularOutput::Broadcast { plmn, page: page.octets() });
        }
    }
}
