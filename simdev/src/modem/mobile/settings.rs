//! What the host sets about registration: technologies, mode of operation, power saving (TS 27.007 5.9, 7.38, 7.40, 10.1.28).

use super::{Emm, Mobile};
use wire::air::cellular::Rat;
use wire::dialect::Dialect;
use wire::nas::{Edrx, GprsTimer2, GprsTimer3, PowerSaving, UpdateType};
use wire::time::Instant;

/// They outlive a power cycle.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// The technologies that may be used, of those that the model has (`+WS46`).
    rats: Vec<Rat>,
    /// Circuit-switched services are asked for, too (`+CEMODE` 1 and 2).
    pub(super) combined: bool,
    pub(super) saving: PowerSettings,
}

/// What the host wants of power saving (`+CPSMS`, `+CEDRXS`); the values stay while it is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PowerSettings {
    /// Power saving mode is asked for.
    pub(crate) psm: bool,
    pub(crate) periodic: GprsTimer3,
    pub(crate) active: GprsTimer2,
    /// eDRX is asked for.
    pub(crate) edrx: bool,
    pub(crate) cycle: u8,
    /// `+CEDRXP` reports what the network makes of it.
    pub(crate) edrx_reports: bool,
}

impl Default for PowerSettings {
    /// Everything is off; an hour and eight seconds, 81.92 s.
    fn default() -> Self {
        Self {
            psm: false,
            periodic: GprsTimer3(0b0000_0110),
            active: GprsTimer2(0b0000_0100),
            edrx: false,
            cycle: 0b0101,
            edrx_reports: false,
        }
    }
}

impl PowerSettings {
    /// What goes into attach and update.
    pub(super) fn request(self) -> PowerSaving {
        PowerSaving {
            t3324: self.psm.then_some(self.active),
            t3412_extended: self.psm.then_some(self.periodic),
            edrx: self.edrx.then_some(Edrx { cycle: self.cycle, window: None }),
        }
    }
}

impl Settings {
    pub(super) fn of(model: &Dialect) -> Self {
        Self { rats: model.rats.to_vec(), combined: true, saving: PowerSettings::default() }
    }
}

impl Mobile {
    /// The technologies that may be used.
    pub(super) fn rats(&self) -> &[Rat] {
        &self.settings.rats
    }

    /// Restricts the technologies; false when the model has none of them.
    pub(crate) fn set_rats(&mut self, now: Instant, wanted: &[Rat]) -> bool {
        let possible = self.config.model.rats;
        let rats: Vec<Rat> = possible.iter().copied().filter(|rat| wanted.contains(rat)).collect();
        if rats.is_empty() {
            return false;
        }
        self.use_technologies(now, rats);
        true
    }

    /// Uses these technologies and no others; what it is registered on is left when it is not among them.
    pub(crate) fn use_technologies(&mut self, now: Instant, technologies: Vec<Rat>) {
        let lost = self.serving.is_some_and(|cell| !technologies.contains(&cell.rat));
        self.settings.rats = technologies;
        if lost && self.radio {
            self.set_radio(now, false);
            self.set_radio(now, true);
        } else if self.is_registered() {
            self.plan_better_technology(now);
        }
    }

    pub(crate) fn wants_circuit_services(&self) -> bool {
        self.settings.combined
    }

    /// `+CEMODE`: packet services alone, or both; it holds from the next attach.
    pub(crate) fn set_circuit_services(&mut self, wanted: bool) {
        self.settings.combined = wanted;
    }

    pub(crate) const fn power_settings(&self) -> PowerSettings {
        self.settings.saving
    }

    /// The technologies that may be used, as `+WS46` shows them.
    pub(crate) fn allowed_rats(&self) -> &[Rat] {
        self.rats()
    }

    /// The eDRX that the network granted.
    pub(crate) fn edrx(&self) -> Option<Edrx> {
        self.registered.as_ref().and_then(|known| known.grant.power.edrx)
    }

    /// Asks for other power saving: at once where there is a registration (24.301 5.5.3.2.2), else with the next attach.
    pub(crate) fn set_power_settings(&mut self, now: Instant, wanted: PowerSettings) {
        let before = std::mem::replace(&mut self.settings.saving, wanted).request();
        let changed = before != wanted.request();
        if changed && self.emm == Emm::Registered && self.serving.is_some_and(|cell| cell.rat == Rat::Eutran)
        {
            self.send_update(now, UpdateType::Area);
        }
    }
}
