//! Short messages at the application's end.

use super::{OperatorHandle, permitted};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::values::{array, map, narrow, parse};
use drivers::blame::Blame;
use rhai::{Array, Dynamic, Engine, Map};
use simcore::cellular::{MessageId, ReceivedSms, SmsRequest, SmsState};
use wire::id::PhoneNumber;
use wire::sms::{MessageClass, ProtocolId, UserData};
use wire::time::Duration;

/// A message that a script sent to a device.
#[derive(Clone, Debug)]
struct MessageHandle {
    core: OperatorHandle,
    id: MessageId,
}

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("send_sms", |core: &mut OperatorHandle, from: &str, to: &str, text: &str| {
            send(core, from, to, text, &Map::new())
        })
        .register_fn(
            "send_sms",
            |core: &mut OperatorHandle, from: &str, to: &str, text: &str, options: Map| {
                send(core, from, to, text, &options)
            },
        )
        .register_fn("inbox", inbox)
        .register_type_with_name::<MessageHandle>("Message")
        .register_fn("state", |message: &mut MessageHandle| state(message))
        .register_fn("delivered", |message: &mut MessageHandle| state(message) == "delivered")
        .register_fn("delivered_at", |message: &mut MessageHandle| {
            match message.core.order(|core, _| core.sms_state(message.id)) {
                Some(SmsState::Delivered { at }) => Dynamic::from_float(at.as_secs_f64()),
                Some(
                    SmsState::Enroute
                    | SmsState::Expired { .. }
                    | SmsState::Undeliverable { .. }
                    | SmsState::Deleted { .. },
                )
                | None => Dynamic::UNIT,
            }
        });
}

/// Sends a text; options: `validity` in seconds, `class` 0 to 3, `pid` (TP-PID) 0 to 255.
fn send(core: &OperatorHandle, from: &str, to: &str, text: &str, options: &Map) -> Verb<MessageHandle> {
    let (from, to): (PhoneNumber, PhoneNumber) = (parse(from)?, parse(to)?);
    let wrong = |message: String| Trouble::new(Blame::Script, message).terminal();
    if let Some(unknown) = options.keys().find(|key| !matches!(key.as_str(), "validity" | "class" | "pid")) {
        return Err(wrong(format!(
            "\"{unknown}\" is not an option of send_sms: validity, class and pid are"
        )));
    }
    let number = |key: &str| options.get(key).map(|value| value.as_int().unwrap_or(-1));
    let class = match number("class") {
        None => None,
        Some(0) => Some(MessageClass::Class0),
        Some(1) => Some(MessageClass::Class1),
        Some(2) => Some(MessageClass::Class2),
        Some(3) => Some(MessageClass::Class3),
        Some(_) => return Err(wrong("a message class is 0 to 3".to_owned())),
    };
    let user_data = UserData::text_with(text, class, None)
        .map_err(|error| wrong(format!("failed to write the message: {error}")))?;
    let validity = match number("validity").map(u64::try_from) {
        None => None,
        Some(Ok(seconds)) => Some(Duration::from_secs(seconds)),
        Some(Err(_)) => return Err(wrong("a validity is a number of seconds".to_owned())),
    };
    let pid = ProtocolId(narrow(number("pid").unwrap_or_default(), "a protocol identifier")?);
    let request = SmsRequest { validity, pid, ..SmsRequest::new(&from, to, user_data) };
    let id = permitted(core.order(|core, now| core.send_sms(now, request)))?;
    Ok(MessageHandle { core: core.clone(), id })
}

fn state(message: &MessageHandle) -> &'static str {
    match message.core.order(|core, _| core.sms_state(message.id)) {
        Some(state) => state.name(),
        None => "unknown",
    }
}

/// What has arrived at an application's number.
fn inbox(core: &mut OperatorHandle, number: &str) -> Verb<Array> {
    let number: PhoneNumber = parse(number)?;
    let message = |message: &ReceivedSms| -> Map {
        map([
            ("from", Dynamic::from(message.from.to_string())),
            ("text", Dynamic::from(message.user_data.decoded_text().unwrap_or_default())),
            ("at", Dynamic::from_float(message.at.as_secs_f64())),
        ])
    };
    Ok(core.order(|core, _| array(core.application_inbox(&number).iter().map(message))))
}
