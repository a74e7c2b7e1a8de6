//! Lines with named values: `+QCSQ: "LTE",{rssi},{rsrp},{sinr_quectel},{rsrq}`.
//!
//! The device's end fills a template, the host's end reads a line with it. A value is any text up to the next character
//! of the template. Spaces after a colon or comma are as the sender likes (V.250 5.2.2), so the reader passes over them.

use std::collections::BTreeMap;

/// Every name that may stand in a template, with what it stands for.
pub const VALUES: &[(&str, &str)] = &[
    ("act", "access technology number as the family shows it"),
    ("active_time", "granted active time, eight bits"),
    ("band", "band number"),
    ("cause", "name of the last failure, first letter upper case"),
    ("cause_code", "number of the last failure"),
    ("cause_name", "name of the last failure in upper case with underscores"),
    ("cell", "cell identity, eight hexadecimal digits, upper case"),
    ("cell_decimal", "cell identity, decimal"),
    ("cell_lower", "cell identity, hexadecimal digits without leading zeros, lower case"),
    ("cell_upper", "cell identity, hexadecimal digits without leading zeros, upper case"),
    ("dl_bandwidth", "downlink bandwidth index, 0 to 5"),
    ("dl_blocks", "downlink bandwidth in resource blocks"),
    ("domains", "domains of service, as the family counts them"),
    ("drx", "paging cycle"),
    ("earfcn", "channel number"),
    ("edrx", "granted extended paging cycle, four bits"),
    ("extended_tau", "granted periodic update with the long unit, eight bits"),
    ("iccid", "card identity, 19 digits"),
    ("iccid_filled", "card identity with its filler F, 20 characters"),
    ("imei", "equipment identity"),
    ("imsi", "subscriber identity"),
    ("long", "long name of a network"),
    ("manufacturer", "`+CGMI`"),
    ("mcc", "mobile country code"),
    ("mme_code", "MME code, hexadecimal"),
    ("mme_group", "MME group, hexadecimal"),
    ("mnc", "mobile network code"),
    ("mobility", "mobility state, as the family counts it"),
    ("model", "`+CGMM`"),
    ("network", "long name of the serving network"),
    ("network_short", "short name of the serving network"),
    ("pci", "physical cell identity"),
    ("pending", "remaining attempts of the code that is asked for"),
    ("periodic_tau", "granted periodic update, eight bits"),
    ("pin1", "remaining attempts of PIN1"),
    ("pin2", "remaining attempts of PIN2"),
    ("plmn", "digits of a network"),
    ("plmn_dashed", "digits of the serving network with - after the country"),
    ("plmn_spaced", "digits of the serving network with a space after the country"),
    ("power", "transmit power, empty while idle"),
    ("puk1", "remaining attempts of PUK1"),
    ("puk2", "remaining attempts of PUK2"),
    ("rac", "routing area code"),
    ("registration", "`<stat>` of the registration"),
    ("remainder", "fields that nobody here reads"),
    ("revision", "firmware"),
    ("rrc", "NOCONN or CONNECT"),
    ("rrc_number", "the radio connection: 0 idle, 1 connected"),
    ("rsrp", "reference signal received power, dBm"),
    ("rsrp_index", "the same as a number from 0 to 97 (TS 36.133 9.1.4)"),
    ("rsrp_tenths", "the same, tenths of a dBm"),
    ("rsrq", "reference signal received quality, dB"),
    ("rsrq_index", "the same as a number from 0 to 34 (TS 36.133 9.1.7)"),
    ("rsrq_tenths", "the same, tenths of a dB"),
    ("rssi", "received signal strength, dBm"),
    ("rssi_tenths", "the same, tenths of a dBm"),
    ("short", "short name of a network"),
    ("sinr", "signal to interference and noise, dB"),
    ("sinr_quectel", "the same in fifths of a dB above -20 dB"),
    ("snr_index", "signal to noise, dB above -24 dB"),
    ("srxlev", "selection level"),
    ("stat", "status of a network in a scan"),
    ("tac", "area code, four hexadecimal digits, upper case"),
    ("tac_decimal", "area code, decimal"),
    ("tac_lower", "area code, four hexadecimal digits, lower case"),
    ("tmsi", "temporary identity, hexadecimal"),
    ("ul_bandwidth", "uplink bandwidth index, 0 to 5"),
    ("ul_blocks", "uplink bandwidth in resource blocks"),
];

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Value(&'a str),
}

/// Cuts a template into its parts. A brace that does not close is text.
fn parts(template: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((text, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else { break };
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        parts.push(Part::Value(name));
        rest = tail;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// The names of the values of a template, in order.
#[must_use]
pub fn values(template: &str) -> Vec<&str> {
    parts(template)
        .into_iter()
        .filter_map(|part| match part {
            Part::Value(name) => Some(name),
            Part::Text(_) => None,
        })
        .collect()
}

/// Fills a template. A value that is not known leaves its place empty, as modules do.
#[must_use]
pub fn fill(template: &str, mut value: impl FnMut(&str) -> Option<String>) -> String {
    let mut line = String::with_capacity(template.len() + 32);
    for part in parts(template) {
        match part {
            Part::Text(text) => line.push_str(text),
            Part::Value(name) => line.push_str(&value(name).unwrap_or_default()),
        }
    }
    line
}

/// Reads a line with a template: the values by name, or `None` when the line has another form.
#[must_use]
pub fn read<'a>(template: &'a str, line: &str) -> Option<BTreeMap<&'a str, String>> {
    let parts = parts(template);
    let mut found = BTreeMap::new();
    let mut rest = line.trim();
    let mut index = 0;
    while let Some(part) = parts.get(index) {
        match part {
            Part::Text(text) => rest = after_text(rest, text)?,
            Part::Value(name) => {
                let end = match parts.get(index + 1) {
                    Some(Part::Text(next)) => rest.find(next.chars().next()?)?,
                    Some(Part::Value(_)) | None => rest.len(),
                };
                let (value, tail) = rest.split_at_checked(end)?;
                found.insert(*name, value.trim().to_owned());
                rest = tail;
            }
        }
        index += 1;
    }
    rest.is_empty().then_some(found)
}

/// What follows `text` at the beginning of `rest`; spaces after colons and commas do not count.
fn after_text<'a>(rest: &'a str, text: &str) -> Option<&'a str> {
    let mut rest = rest;
    let mut last = None;
    for wanted in text.chars() {
        let loose = matches!(last, Some(':' | ','));
        last = Some(wanted);
        if loose {
            rest = rest.trim_start_matches(' ');
            if wanted == ' ' {
                last = Some(':');
                continue;
            }
        }
        rest = rest.strip_prefix(wanted)?;
    }
    if matches!(last, Some(':' | ',')) {
        rest = rest.trim_start_matches(' ');
    }
    Some(rest)
}
