//! Keys in what goes over a node's port, hidden from whoever reads the record.

use std::borrow::Cow;

/// What stands before a key, in lines of the host and of the node.
const BEFORE: [&str; 17] = [
    "mac set appkey ",
    "mac set nwkskey ",
    "mac set appskey ",
    "mac set mcastnwkskey ",
    "mac set mcastappskey ",
    "AT+ADDMULC=",
    "AT+LW=MC,ON,",
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
    match without_listed_keys(&shown) {
        Some(hidden) => Cow::Owned(hidden),
        None => shown,
    }
}

/// RUI3 lists the keys of its multicast groups as fields between colons; `None` where there are none.
fn without_listed_keys(text: &str) -> Option<String> {
    let is_key = |field: &str| field.len() == 32 && field.bytes().all(|byte| byte.is_ascii_hexdigit());
    let fields: Vec<&str> = text.split(':').collect();
    let last = fields.len().saturating_sub(1);
    let is_listed = |index: usize, field: &str| (1..last).contains(&index) && is_key(field);
    let found = fields.iter().enumerate().any(|(index, field)| is_listed(index, field));
    let hide = |(index, field): (usize, &&str)| {
        if is_listed(index, field) { "[REDACTED]".to_owned() } else { (*field).to_owned() }
    };
    found.then(|| fields.iter().enumerate().map(hide).collect::<Vec<_>>().join(":"))
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
        assert_eq!(redact("mac set mcastappskey 2B7E\r\n"), "mac set mcastappskey [REDACTED]\r\n");
        let key = "2B7E151628AED2A6ABF7158809CF4F3C";
        assert_eq!(redact(&format!("AT+ADDMULC=C:26FF0001:{key}:{key}\r\n")), "AT+ADDMULC=[REDACTED]\r\n");
        assert_eq!(redact(&format!("AT+LW=MC,ON,\"26FF0001\",\"{key}\",0\r")), "AT+LW=MC,ON,[REDACTED]\r");
        let listed =
            format!("C:26FF0001:{key}:{key}:869525000:00:0,0:00000000:{key}:{key}:000000000:00:0\r\n");
        assert_eq!(
            redact(&listed),
            "C:26FF0001:[REDACTED]:[REDACTED]:869525000:00:0,0:00000000:[REDACTED]:[REDACTED]:000000000:00:0\r\n"
        );
        let data = format!("+EVT:RX_C:-70:8:UNICAST:1:{key}\r\n");
        assert_eq!(redact(&data), data, "a payload as long as a key");
    }
}
