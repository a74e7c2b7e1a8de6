//! Authentication made to go wrong on purpose.

use super::{OperatorHandle, subscription};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::modem::ModemHandle;
use crate::vocabulary::values::narrow;
use drivers::blame::Blame;
use rhai::Engine;
use simcore::cellular::FalseChallenge;

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine.register_fn("falsify_challenges", falsify);
}

fn falsify(core: &mut OperatorHandle, modem: ModemHandle, what: &str, count: i64) -> Verb<()> {
    let known = FalseChallenge::ALL;
    let fault = known.iter().find(|row| row.0 == what).map(|row| row.1).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|row| row.0).collect();
        let text = format!("\"{what}\" makes no challenge false; known ones: {}", names.join(", "));
        Trouble::new(Blame::Script, text).terminal()
    })?;
    let imsi = subscription(&modem)?;
    let count = narrow(count, "a count")?;
    core.order(|core, _| core.falsify_challenges(&imsi, fault, count));
    Ok(())
}
