//! Who answers at the devices of a lab: asked once for a run, in a lab that holds nothing but the device.

use crate::context::Context;
use crate::execute::Bed;
use crate::vocabulary::modem::{ModemHandle, identity};
use drivers::at::Command;
use lab::plan::{DevicePlan, PortPlan};
use lab::{Lab, SeatId, Style, visits};
use wire::time::Duration;

/// How long a simulated modem may take to start, and how long hardware that has just run its tests is asked.
const STARTS_WITHIN: Duration = Duration::from_secs(30);
const HARDWARE_ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// Who answers at the modem with this index in the lab file, in words; `None` when nobody does or nobody can be asked.
///
/// A simulated modem is asked in virtual time. Hardware is asked in a live run only, at its port.
#[must_use]
pub fn identify(bed: &Bed<'_>, index: usize) -> Option<String> {
    let device = bed.plan.devices.get(index)?;
    let DevicePlan::Modem(_) = device else { return None };
    let simulated = *device.port() == PortPlan::Simulated;
    if !simulated && !bed.live {
        return None;
    }
    let plan = bed.plan.with_devices(&[index]);
    let style = if simulated { Style::Virtual } else { Style::Driven(visits().1) };
    let mut lab = Lab::build(&plan, bed.seed.child("identify"), bed.calendar, style).ok()?;
    lab.stop_on(bed.stop.clone());
    let limit = if simulated { STARTS_WITHIN } else { HARDWARE_ANSWERS_WITHIN };
    let modem = ModemHandle { context: Context::new(lab, limit), seat: SeatId(0) };
    let second = Duration::from_secs(1);
    while modem.context.ask(modem.seat, Command::new("AT", second)).is_err() {
        modem.context.run_for(second).ok()?;
    }
    identity(&modem).ok().map(|who| who.to_string())
}
