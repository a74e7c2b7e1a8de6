//! How a line looks on a modem with quirks: the text of the standard in, the text of the module out.
//!
//! Each quirk is a plain function from one line to one or more. A line that the quirk is not about stays as it is.

use super::quirk::{Quirk, Quirks};

/// A line as this modem shows it; more than one where the quirk takes it apart.
pub(super) fn dressed(quirks: &Quirks, line: &str) -> Vec<String> {
    let mut lines = vec![line.to_owned()];
    for quirk in quirks {
        lines = lines.iter().flat_map(|line| dress(*quirk, line)).collect();
    }
    lines
}

/// The text of an error on this modem.
pub(super) fn dressed_error(quirks: &Quirks, text: &str) -> String {
    let Some((name, error)) = text.split_once(": ").filter(|(name, _)| name.ends_with(" ERROR")) else {
        return text.to_owned();
    };
    let number: Option<u16> = error.parse().ok();
    match number {
        Some(number) if quirks.contains(&Quirk::PrivateErrors) => format!("{name}: {}", PRIVATE + number),
        None if quirks.contains(&Quirk::ErrorTextInCapitals) => format!("{name}: {}", error.to_uppercase()),
        Some(_) | None => text.to_owned(),
    }
}

/// Where a vendor's own error numbers begin.
const PRIVATE: u16 = 5000;

fn dress(quirk: Quirk, line: &str) -> Vec<String> {
    let dressed = match quirk {
        Quirk::NoSpace => without_space(line),
        Quirk::LocationBare => location(line, |digits| {
            let digits = digits.trim_start_matches('0');
            if digits.is_empty() { "0".to_owned() } else { digits.to_owned() }
        }),
        Quirk::LocationPadded => padded(line),
        Quirk::LocationSpaced => location(line, |digits| format!(" {} ", digits.trim_start_matches('0'))),
        Quirk::LocationWithRac => with_rac(line),
        Quirk::LocationEmpty => emptied(line),
        Quirk::SearchWithoutTechnology => search(line, |fields| drop(fields.pop())),
        Quirk::SearchWithoutNames => search(line, |fields| blank(fields, &[1, 2], "\"\"")),
        Quirk::SearchWithoutShortName => search(line, |fields| blank(fields, &[2], "")),
        Quirk::SearchLineByLine => return line_by_line(line),
        Quirk::SearchUnbalanced => in_search(line).then(|| format!("{line},)")),
        Quirk::ShortPlmn => short_plmn(line),
        Quirk::StrangeName => strange_name(line),
        Quirk::StoragesEmpty => line.starts_with("+CPMS: (").then(|| "+CPMS: (),(),()".to_owned()),
        Quirk::StoragesBare => {
            line.starts_with("+CPMS: (").then(|| "+CPMS: (\"ME\",\"SM\"),\"SM\",(\"SM\")".to_owned())
        }
        Quirk::ContextRangeSplit => line
            .strip_prefix("+CGDCONT: (1-")
            .and_then(|rest| rest.split_once(')'))
            .map(|(last, rest)| format!("+CGDCONT: (1-{last},101-116){rest}")),
        Quirk::MaskApart => mask_apart(line),
        Quirk::ClockBare => line.starts_with("+CCLK: ").then(|| line.replace('"', "")),
        Quirk::ClockWithoutZone => without_zone(line),
        Quirk::CardDataBare => line
            .strip_prefix("+CRSM: ")
            .map(|rest| format!("+CRSM: {}", rest.replacen(',', ", ", 1).replace('"', ""))),
        Quirk::CardLengthWrong => card_length(line),
        Quirk::FunctionalityPair => line
            .strip_prefix("+CFUN: ")
            .filter(|level| is_number(level))
            .map(|level| format!("+CFUN: {level},0")),
        Quirk::LongCause => return long_cause(line),
        Quirk::CardIdentityFilled => card_identity(line, |digits| format!("{digits:F<20}")),
        Quirk::CardIdentityBare => card_identity(line, str::to_owned),
        Quirk::MixedCasePrefix
        | Quirk::EchoTwice
        | Quirk::EchoPartly
        | Quirk::NoiseAtBoot
        | Quirk::LosesFirstLine
        | Quirk::ChattyBoot
        | Quirk::BlankLines
        | Quirk::ErrorTextInCapitals
        | Quirk::PrivateErrors
        | Quirk::DialWaits => None,
    };
    vec![dressed.unwrap_or_else(|| line.to_owned())]
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn without_space(line: &str) -> Option<String> {
    let (name, rest) = line.split_once(": ")?;
    name.starts_with('+').then(|| format!("{name}:{rest}"))
}

/// The name and the fields of a registration line.
fn registration(line: &str) -> Option<(&str, Vec<&str>)> {
    let (name, rest) = line.split_once(": ")?;
    matches!(name, "+CREG" | "+CGREG" | "+CEREG").then(|| (name, rest.split(',').collect()))
}

/// A registration line with area and cell written otherwise and without quotes; timers stay the bit strings they are.
fn location(line: &str, write: impl Fn(&str) -> String) -> Option<String> {
    let (name, fields) = registration(line)?;
    let first = fields.iter().position(|field| field.starts_with('"')).unwrap_or(fields.len());
    let write = |field: &str| match field.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(digits) => write(digits),
        None => field.to_owned(),
    };
    let is_place = |index: usize| (first..first + 2).contains(&index);
    let each = fields.into_iter().enumerate();
    let fields: Vec<String> =
        each.map(|(index, field)| if is_place(index) { write(field) } else { field.to_owned() }).collect();
    Some(format!("{name}: {}", fields.join(",")))
}

fn padded(line: &str) -> Option<String> {
    let (name, fields) = registration(line)?;
    let write = |field: &str| {
        if is_number(field) { format!("{field:0>3}") } else { field.to_lowercase() }
    };
    let fields: Vec<String> = fields.into_iter().map(write).collect();
    Some(format!("{name}:{}", fields.join(",")))
}

fn with_rac(line: &str) -> Option<String> {
    let (name, fields) = registration(line)?;
    let located = fields.iter().any(|field| field.starts_with('"'));
    (name == "+CGREG" && located).then(|| format!("{line},\"01\""))
}

/// The report that nothing is served, with the places of area and cell.
fn emptied(line: &str) -> Option<String> {
    let (name, fields) = registration(line)?;
    match fields.as_slice() {
        [stat] if !matches!(*stat, "1" | "5") => Some(format!("{name}: {stat},,")),
        [..] => None,
    }
}

fn in_search(line: &str) -> bool {
    line.starts_with("+COPS: (") && line.contains("\",")
}

/// A list of networks with the fields of each network changed.
fn search(line: &str, change: impl Fn(&mut Vec<String>)) -> Option<String> {
    if !in_search(line) {
        return None;
    }
    let entry = |entry: &str| {
        let mut fields: Vec<String> = entry.split(',').map(str::to_owned).collect();
        change(&mut fields);
        fields.join(",")
    };
    // The networks stand before the empty field, the capability lists behind it.
    let (networks, rest) = line.strip_prefix("+COPS: (")?.split_once("),,")?;
    let networks: Vec<String> = networks.split("),(").map(entry).collect();
    Some(format!("+COPS: ({}),,{rest}", networks.join("),(")))
}

fn blank(fields: &mut [String], places: &[usize], with: &str) {
    for place in places {
        if let Some(field) = fields.get_mut(*place) {
            with.clone_into(field);
        }
    }
}

fn line_by_line(line: &str) -> Vec<String> {
    let networks = line.strip_prefix("+COPS: (").filter(|_| in_search(line));
    match networks.and_then(|rest| rest.split_once("),,")) {
        Some((networks, _)) => networks.split("),(").map(|entry| format!("+COPS: ({entry})")).collect(),
        None => vec![line.to_owned()],
    }
}

/// Six digits between quotes lose the last one.
fn short_plmn(line: &str) -> Option<String> {
    let of_six = |part: &str| part.len() == 6 && is_number(part);
    let parts = line.starts_with("+COPS: ").then(|| line.split('"'))?;
    let parts: Vec<&str> =
        parts.map(|part| if of_six(part) { part.get(..5).unwrap_or(part) } else { part }).collect();
    Some(parts.join("\""))
}

fn strange_name(line: &str) -> Option<String> {
    if !line.starts_with("+COPS: ") {
        return None;
    }
    let mut parts: Vec<&str> = line.split('"').collect();
    let name = parts.get_mut(1).filter(|name| !is_number(name))?;
    *name = "AT&T (OK), MicroCell";
    Some(parts.join("\""))
}

fn mask_apart(line: &str) -> Option<String> {
    let rest = line.strip_prefix("+CGCONTRDP: ")?;
    let mut fields: Vec<String> = rest.split(',').map(str::to_owned).collect();
    let address = fields.get_mut(3)?;
    let numbers: Vec<&str> = address.trim_matches('"').split('.').collect();
    if let [a, b, c, d, mask @ ..] = numbers.as_slice()
        && mask.len() == 4
    {
        *address = format!("\"{}\",\"{}\"", [*a, *b, *c, *d].join("."), mask.join("."));
    }
    Some(format!("+CGCONTRDP: {}", fields.join(",")))
}

fn without_zone(line: &str) -> Option<String> {
    let time = line.strip_prefix("+CCLK: ")?;
    let quote = if time.starts_with('"') { "\"" } else { "" };
    let time = time.trim_matches('"').get(..17)?;
    Some(format!("+CCLK: {quote}{time}{quote}"))
}

fn card_length(line: &str) -> Option<String> {
    let (length, data) = line.strip_prefix("+CSIM: ")?.split_once(',')?;
    let length: usize = length.parse().ok()?;
    Some(format!("+CSIM: {}, {}", length + 4, data.trim_start_matches('"')))
}

fn long_cause(line: &str) -> Vec<String> {
    match line.strip_prefix("+CEER: ") {
        Some(text) => vec![
            format!("+CEER: {text}"),
            "EMM_CAUSE_ESM_FAILURE".to_owned(),
            "ESM cause: see the last attach".to_owned(),
        ],
        None => vec![line.to_owned()],
    }
}

/// The digits of a card's identity, however its command is called.
fn card_identity(line: &str, write: impl Fn(&str) -> String) -> Option<String> {
    let (name, identity) = line.split_once(": ")?;
    let digits = identity.trim_end_matches('F');
    let is_identity = matches!(name.get(1..)?, "CCID" | "QCCID" | "ICCID" | "XICCID")
        && is_number(digits)
        && digits.len() >= 19;
    is_identity.then(|| format!("{name}: {}", write(digits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the field that each quirk has to produce.
    const ROWS: &[(Quirk, &str, &[&str])] = &[
        (Quirk::NoSpace, "+CREG: 2,1,\"0001\",\"00000010\",7", &["+CREG:2,1,\"0001\",\"00000010\",7"]),
        (Quirk::LocationBare, "+CREG: 2,1,\"8BE3\",\"00002BAF\"", &["+CREG: 2,1,8BE3,2BAF"]),
        (Quirk::LocationPadded, "+CREG: 2,1,\"18D8\",\"FFFF\"", &["+CREG:002,001,\"18d8\",\"ffff\""]),
        (Quirk::LocationSpaced, "+CEREG: 2,1,\"2CA8\",\"00B5583D\",7", &["+CEREG: 2,1, 2CA8 , B5583D ,7"]),
        (
            Quirk::LocationWithRac,
            "+CGREG: 1,\"0064\",\"0012BEEF\",0",
            &["+CGREG: 1,\"0064\",\"0012BEEF\",0,\"01\""],
        ),
        (Quirk::LocationEmpty, "+CREG: 2", &["+CREG: 2,,"]),
        (Quirk::LocationEmpty, "+CREG: 2,1", &["+CREG: 2,1"]),
        (
            Quirk::SearchWithoutTechnology,
            "+COPS: (2,\"Orange F\",\"Orange\",\"20801\",7),(1,\"Free\",\"Free\",\"20815\",7),,(0-4),(0-2)",
            &["+COPS: (2,\"Orange F\",\"Orange\",\"20801\"),(1,\"Free\",\"Free\",\"20815\"),,(0-4),(0-2)"],
        ),
        (
            Quirk::SearchWithoutNames,
            "+COPS: (1,\"T-Mobile\",\"T-Mobile\",\"31026\",0),,(0-4),(0-2)",
            &["+COPS: (1,\"\",\"\",\"31026\",0),,(0-4),(0-2)"],
        ),
        (
            Quirk::SearchWithoutShortName,
            "+COPS: (2,\"T - Mobile\",\"TMO\",\"31026\"),,(0,1,3),(0,2)",
            &["+COPS: (2,\"T - Mobile\",,\"31026\"),,(0,1,3),(0,2)"],
        ),
        (
            Quirk::SearchLineByLine,
            "+COPS: (2,\"A\",\"A\",\"20801\",7),(1,\"B\",\"B\",\"20815\",7),,(0-4),(0-2)",
            &["+COPS: (2,\"A\",\"A\",\"20801\",7)", "+COPS: (1,\"B\",\"B\",\"20815\",7)"],
        ),
        (
            Quirk::SearchUnbalanced,
            "+COPS: (2,\"A\",\"A\",\"20801\",7),,(0-4)",
            &["+COPS: (2,\"A\",\"A\",\"20801\",7),,(0-4),)"],
        ),
        (Quirk::SearchUnbalanced, "+COPS: (0-4),(0-2)", &["+COPS: (0-4),(0-2)"]),
        (Quirk::ShortPlmn, "+COPS: 0,2,\"310260\",7", &["+COPS: 0,2,\"31026\",7"]),
        (Quirk::StrangeName, "+COPS: 0,0,\"AT&T\",7", &["+COPS: 0,0,\"AT&T (OK), MicroCell\",7"]),
        (Quirk::StoragesEmpty, "+CPMS: (\"SM\"),(\"SM\"),(\"SM\")", &["+CPMS: (),(),()"]),
        (
            Quirk::StoragesBare,
            "+CPMS: (\"SM\"),(\"SM\"),(\"SM\")",
            &["+CPMS: (\"ME\",\"SM\"),\"SM\",(\"SM\")"],
        ),
        (
            Quirk::ContextRangeSplit,
            "+CGDCONT: (1-17),\"IP\",,,(0),(0-4)",
            &["+CGDCONT: (1-17,101-116),\"IP\",,,(0),(0-4)"],
        ),
        (
            Quirk::MaskApart,
            "+CGCONTRDP: 1,5,\"iot\",\"2.197.17.49.255.255.255.255\",,\"10.10.10.10\"",
            &["+CGCONTRDP: 1,5,\"iot\",\"2.197.17.49\",\"255.255.255.255\",,\"10.10.10.10\""],
        ),
        (Quirk::ClockBare, "+CCLK: \"17/07/26,11:42:15+01\"", &["+CCLK: 17/07/26,11:42:15+01"]),
        (Quirk::ClockWithoutZone, "+CCLK: \"15/02/28,20:30:40-32\"", &["+CCLK: \"15/02/28,20:30:40\""]),
        (Quirk::CardDataBare, "+CRSM: 144,0,\"0054FF\"", &["+CRSM: 144, 0,0054FF"]),
        (Quirk::CardLengthWrong, "+CSIM: 4,\"63C1\"", &["+CSIM: 8, 63C1\""]),
        (Quirk::FunctionalityPair, "+CFUN: 1", &["+CFUN: 1,0"]),
        (
            Quirk::LongCause,
            "+CEER: ESM failure",
            &["+CEER: ESM failure", "EMM_CAUSE_ESM_FAILURE", "ESM cause: see the last attach"],
        ),
        (Quirk::CardIdentityFilled, "+CCID: 8933010000000000002", &["+CCID: 8933010000000000002F"]),
        (Quirk::CardIdentityBare, "+QCCID: 8933010000000000002F", &["+QCCID: 8933010000000000002"]),
    ];

    #[test]
    fn every_quirk_of_a_line_shows_the_example_of_the_field() {
        for (quirk, line, want) in ROWS {
            assert_eq!(dressed(&Quirks::from([*quirk]), line), *want, "{quirk}");
        }
    }

    #[test]
    fn errors_are_shown_in_the_vendor_s_words_and_numbers() {
        let quirks = Quirks::from([Quirk::ErrorTextInCapitals, Quirk::PrivateErrors]);
        assert_eq!(dressed_error(&quirks, "+CME ERROR: SIM busy"), "+CME ERROR: SIM BUSY");
        assert_eq!(dressed_error(&quirks, "+CME ERROR: 50"), "+CME ERROR: 5050");
        assert_eq!(dressed_error(&quirks, "OK"), "OK");
    }

    #[test]
    fn no_line_makes_a_quirk_panic() {
        let mut rng = wire::seed::Seed(8).rng();
        let names = ["+CREG: ", "+COPS: (", "+CCLK: ", "+CGCONTRDP: ", "+CSIM: ", "+CCID: ", "+CPMS: ", "é"];
        let parts = ["1", ",", "\"", "(", ")", ",,", "é", "0064", ".", ": ", "310260", " "];
        for round in 0..3_000 {
            let mut line = names[round % names.len()].to_owned();
            for _ in 0..rng.below(12) {
                line += parts[rng.below(parts.len() as u64) as usize];
            }
            for quirk in Quirk::all() {
                assert!(!dressed(&Quirks::from([quirk]), &line).is_empty());
            }
        }
    }
}
