//! Keys in what goes over a node's port, hidden from whoever reads the record.

use std::borrow::Cow;

/// What stands before a key, in lines of the host and of the node.
const BEFORE: [&str; 13] = [
    "mac set appkey ",
    "mac set nwkskey ",
    "mac set appskey ",
    "AT+APPKEY=",
    "AT+NWKKEY=",
    "AT+NWKSKEY=",
    "AT+APPSKEY=",
    "AT+KEY=APPKEY,",
    "AT+KEY=NWKSKEY,",
    "AT+KEY=APPSKEY,",
    "+KEY: APPKEY ",
    "+KEY: NWKSKEY ",
    "+KEY: APPSKEY ",
];

/// The text with the keys in it hidden. A question for a key stays.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut shown = Cow::Borrowed(text);
    for name in BEFORE {
        let mut from = 0;
        while let Some(at) = shown.get(from..).and_then(|rest| rest.find(name)) {
            let start = from + at + name.len();
            let (before, key) = shown.split_at(start);
            let length = key.find(['\r', '\n', '\\']).unwrap_or(key.len());
            from = start;
            if key.get(..length).is_some_and(|key| key != "?" && key != "[REDACTED]") {
                let after = key.get(length..).unwrap_or_default();
                shown = Cow::Owned(format!("{before}[REDACTED]{after}"));
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_shows_itself_nowhere() {
        let recorded = "mac set appkey 2B7E\r\nmac set appskey 2B7E\r\nmac save\r\nmac set appkey 2B7E\r\n";
        assert_eq!(
            redact(recorded),
            "mac set appkey [REDACTED]\r\nmac set appskey [REDACTED]\r\nmac save\r\nmac set appkey [REDACTED]\r\n"
        );
        assert_eq!(redact("mac tx uncnf 1 2B7E"), "mac tx uncnf 1 2B7E");
        assert_eq!(redact("AT+KEY=APPKEY,\"2B7E\"\\r\\n"), "AT+KEY=APPKEY,[REDACTED]\\r\\n");
        assert_eq!(redact("+KEY: NWKSKEY 2B7E"), "+KEY: NWKSKEY [REDACTED]");
        assert_eq!(redact("AT+APPKEY=2B:7E\r"), "AT+APPKEY=[REDACTED]\r");
        assert_eq!(redact("AT+APPKEY=?"), "AT+APPKEY=?");
    }
}
