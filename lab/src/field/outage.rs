//! The power of a whole town fails: every node starts anew at one moment, and the gateways come back later.

use super::{Beginning, Field, FieldTally, Habit};
use crate::{Interrupted, Lab};
use wire::time::{Duration, Instant};

/// How long the nodes are without power.
const DARK: Duration = Duration::from_secs(1);
/// From the failure to the first word of the hosts.
pub(super) const STARTED: Duration = Duration::from_secs(3);

impl Lab {
    /// Does what comes before the first act of an application, and for a power failure all until the gateways are back.
    pub(super) fn begin_field(
        &mut self,
        field: &mut Field,
        habit: &Habit,
        end: Instant,
    ) -> Result<(), Interrupted> {
        let Beginning::PowerFailure(away) = habit.beginning else { return Ok(()) };
        let back = (self.now + away).min(end);
        self.set_lora_coverage(false);
        self.bench.field_count(FieldTally::gateways_leave);
        let ran = self.fail_power(field).and_then(|()| self.run_until_end(field, back));
        self.set_lora_coverage(true);
        let now = self.now;
        self.bench.field_count(|tally| tally.gateways_return(now));
        ran
    }

    fn fail_power(&mut self, field: &Field) -> Result<(), Interrupted> {
        for on in [false, true] {
            for application in &field.applications {
                self.power_simulated(application.seat, on);
            }
            if !on {
                let until = self.now + DARK;
                self.run_until(until, |_| false)?;
            }
        }
        Ok(())
    }
}
