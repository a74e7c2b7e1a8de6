//! What a person at the table does by hand: power, a transmitter of unknown origin, the aerials.

use crate::power::PowerError;
use crate::seats::{Identity, NodeKeys, Simulated};
use crate::{Happening, Lab, SeatId, Wires};
use simdev::modem::{Modem, Place};
use wire::air::lora::{LoraFrame, Modulation};
use wire::id::{Eui64, Imsi};
use wire::time::Instant;

/// A path loss that no frame survives, dB.
pub(crate) const DISCONNECTED: u16 = 250;

impl Lab {
    /// Cuts or gives power to a device: a simulated one has a switch, hardware a command of the lab file, whose output is
    /// written down.
    ///
    /// # Errors
    /// [`PowerError`] where there is no switch, or with the command and what came of it.
    pub fn set_power(&mut self, seat: SeatId, on: bool) -> Result<(), PowerError> {
        if self.power_simulated(seat, on) {
            return Ok(());
        }
        let device = self.bench.seats.get(seat).map(|seat| seat.name.clone()).unwrap_or_default();
        let plan = self.power.get(seat.0).cloned().flatten();
        let (Wires::Live(lines), Some(plan)) = (&mut self.wires, plan) else {
            return Err(PowerError::NoSwitch { device });
        };
        let said = lines.switch_power(&device, &plan, on)?;
        let text = format!("power of {device}: {} -> {said:?}", plan.command(on));
        self.bench.record(self.now, Happening::Step(text));
        Ok(())
    }

    /// Cuts or gives power to a simulated device; `false` for hardware.
    pub(crate) fn power_simulated(&mut self, seat: SeatId, on: bool) -> bool {
        let now = self.now;
        match self.bench.seats.touch(seat).and_then(|seat| seat.device.as_mut()) {
            Some(Simulated::Modem(modem, _)) if on => modem.power_on(now),
            Some(Simulated::Modem(modem, _)) => modem.power_off(now),
            Some(Simulated::Node(node, _)) if on => node.power_on(now),
            Some(Simulated::Node(node, _)) => node.power_off(now),
            None => return false,
        }
        true
    }

    /// Lets a simulated modem say these lines, which belong together, at a place of its conversation; `false` where there
    /// is none.
    pub fn interject(&mut self, seat: SeatId, place: Place, lines: Vec<String>) -> bool {
        let now = self.now;
        let modem = self.simulated_modem(seat);
        modem.map(|modem| modem.interject(now, place, lines)).is_some()
    }

    /// Lets a simulated modem start anew by itself, as after a watchdog; `false` where there is none.
    pub fn crash(&mut self, seat: SeatId) -> bool {
        let now = self.now;
        self.simulated_modem(seat).map(|modem| modem.crash(now)).is_some()
    }

    fn simulated_modem(&mut self, seat: SeatId) -> Option<&mut Modem> {
        match self.bench.seats.touch(seat)?.device.as_mut()? {
            Simulated::Modem(modem, _) => Some(modem),
            Simulated::Node(..) => None,
        }
    }

    /// The subscription of the card that the lab file puts into a modem.
    #[must_use]
    pub fn subscription(&self, seat: SeatId) -> Option<&Imsi> {
        match &self.bench.seats.get(seat)?.identity {
            Identity::Modem(imsi) => imsi.as_ref(),
            Identity::Node(_) => None,
        }
    }

    /// Identities and key that the lab file gives a node.
    #[must_use]
    pub fn node_keys(&self, seat: SeatId) -> Option<&NodeKeys> {
        match &self.bench.seats.get(seat)?.identity {
            Identity::Node(keys) => Some(keys),
            Identity::Modem(_) => None,
        }
    }

    /// Sends the last uplink that the network server accepted from a node once more, from a transmitter that belongs to
    /// nobody; `false` when there is none.
    pub fn replay_last_uplink(&mut self, dev_eui: Eui64) -> bool {
        let Some(payload) = self.bench.core.lorawan.last_uplink_frame(dev_eui) else { return false };
        let region = self.bench.core.lorawan.region();
        let Some(first) = region.channels().next().map(|channel| channel.frequency) else { return false };
        let frame = LoraFrame {
            frequency: first,
            modulation: Modulation { spreading_factor: 7, bandwidth_khz: 125 },
            inverted_iq: false,
            crc: true,
            eirp_dbm: region.max_eirp_dbm,
            payload,
        };
        self.transmit_stray(frame);
        true
    }

    /// Sends a LoRa frame from a transmitter that belongs to nobody.
    pub fn transmit_stray(&mut self, frame: LoraFrame) {
        self.bench.send_stray(self.now, self.stray_radio, frame);
    }

    /// Sends a LoRa frame from a transmitter that belongs to nobody, beginning at `at`; at once when that has passed.
    pub fn transmit_stray_at(&mut self, at: Instant, frame: LoraFrame) {
        self.bench.timed_frames.add(at, self.stray_radio, frame);
    }

    /// Connects or disconnects the aerials of all simulated gateways.
    pub fn set_lora_coverage(&mut self, covered: bool) {
        let loss = (!covered).then_some(DISCONNECTED);
        for seat in &self.bench.gateways {
            self.bench.lora_air.set_path_loss(seat.radio, loss);
        }
    }
}
