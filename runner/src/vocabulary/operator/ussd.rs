//! USSD at the network's end.

use super::{OperatorHandle, permitted, subscription};
use crate::context::Verb;
use crate::vocabulary::modem::ModemHandle;
use crate::vocabulary::values::array;
use rhai::{Array, Engine};
use simcore::cellular::UssdOutcome;

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("ussd_codes", |core: &mut OperatorHandle| {
            core.order(|core, _| array(core.config().ussd.iter().map(|service| service.code.clone())))
        })
        .register_fn("ask_ussd", |core: &mut OperatorHandle, modem: ModemHandle, text: &str| {
            send(core, &modem, text, true)
        })
        .register_fn("notify_ussd", |core: &mut OperatorHandle, modem: ModemHandle, text: &str| {
            send(core, &modem, text, false)
        })
        .register_fn("ussd_outcomes", outcomes);
}

fn send(core: &OperatorHandle, modem: &ModemHandle, text: &str, wants_reply: bool) -> Verb<()> {
    let imsi = subscription(modem)?;
    permitted(core.order(|core, now| core.send_ussd(now, &imsi, text, wants_reply)))
}

/// What came of each text that the network sent, in words.
fn outcomes(core: &mut OperatorHandle, modem: ModemHandle) -> Verb<Array> {
    let imsi = subscription(&modem)?;
    let words = |outcome: &UssdOutcome| match outcome {
        UssdOutcome::Replied(text) => format!("replied: {text}"),
        UssdOutcome::Acknowledged => "acknowledged".to_owned(),
        UssdOutcome::Refused(error) => format!("refused: {}", error.name()),
        UssdOutcome::Released => "released".to_owned(),
        UssdOutcome::Unreachable => "unreachable".to_owned(),
        UssdOutcome::TimedOut => "timed out".to_owned(),
    };
    Ok(core.order(|core, _| array(core.ussd_outcomes(&imsi).iter().map(words))))
}
