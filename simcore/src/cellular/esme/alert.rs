//! Delivery pending flags: an ESME that asked for it learns that a device which missed its message is there again.
//!
//! Spec: SMPP 3.4 clauses 4.12 (alert_notification) and 5.3.2.29 (set_dpf), which only data_sm has. The flag is set by the first
//! attempt that fails for now, and not by the submission: data_sm is answered before anything is tried. One flag stands for
//! all messages of one sender to one device; it outlives the message, and goes with the alert.

use super::outgoing::Queued;
use super::{EsmeName, MessageId};
use crate::cellular::CellularCore;
use crate::cellular::note::EsmeNote;
use wire::id::{Imsi, PhoneNumber};
use wire::sms::Address;

/// A device is there again.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Alert {
    /// The number of the device.
    pub device: PhoneNumber,
    /// The sender of the message that it missed.
    pub to: Address,
}

/// Who is to learn that a device is there again.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Flag {
    esme: EsmeName,
    alert: Alert,
}

impl CellularCore {
    /// An attempt at a message failed for now: sets the flag where the message asks for it.
    pub(super) fn set_delivery_pending(&mut self, id: MessageId, imsi: &Imsi) {
        let Some(submitted) = self.esmes.submitted.get(&id).filter(|submitted| submitted.alert) else {
            return;
        };
        let alert = Alert { device: submitted.to.clone(), to: submitted.from.clone() };
        let flag = Flag { esme: submitted.esme.clone(), alert };
        let flags = self.esmes.pending_alerts.entry(imsi.clone()).or_default();
        if !flags.contains(&flag) {
            flags.push(flag);
        }
    }

    /// A device was heard: whoever waits for that is told.
    pub(in crate::cellular) fn alert_esmes(&mut self, imsi: &Imsi) {
        for Flag { esme, alert } in self.esmes.pending_alerts.remove(imsi).unwrap_or_default() {
            let (system_id, device) = (esme.to_string(), alert.device.to_string());
            self.note(EsmeNote::Alert { system_id, device });
            self.enqueue_with_validity(&esme, Queued::Alert(alert));
        }
    }
}
