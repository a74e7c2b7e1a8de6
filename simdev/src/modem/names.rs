//! Network names that the modem knows by itself (`+COPN`), as module makers ship them; others show their digits.

use wire::plmn::Plmn;

/// Digits, long name (up to 16 characters), short name (up to 8).
pub(super) const NAMES: &[(&str, &str, &str)] = &[
    ("20404", "vodafone NL", "voda NL"),
    ("20408", "NL KPN", "NL KPN"),
    ("20601", "Proximus", "PROXIMUS"),
    ("20610", "Orange B", "Orange B"),
    ("20620", "BASE", "BASE"),
    ("20801", "Orange F", "Orange"),
    ("20810", "F SFR", "SFR"),
    ("20815", "Free", "Free"),
    ("20820", "Bouygues Telecom", "BYTEL"),
    ("21401", "vodafone ES", "voda ES"),
    ("21403", "Orange SP", "Orange"),
    ("21404", "YOIGO", "YOIGO"),
    ("21407", "Movistar", "Movistar"),
    ("22201", "I TIM", "TIM"),
    ("22210", "vodafone IT", "voda IT"),
    ("22610", "Orange RO", "Orange"),
    ("22801", "Swisscom", "Swisscom"),
    ("23101", "Orange SK", "Orange"),
    ("23410", "O2 - UK", "O2 - UK"),
    ("23415", "vodafone UK", "voda UK"),
    ("23430", "EE", "EE"),
    ("26001", "Plus", "Plus"),
    ("26002", "T-Mobile.pl", "TM PL"),
    ("26003", "Orange PL", "Orange"),
    ("26006", "Play", "Play"),
    ("26201", "Telekom.de", "TDG"),
    ("26202", "Vodafone.de", "Vodafone"),
    ("26203", "o2 - de", "o2 - de"),
    ("26806", "P MEO", "MEO"),
    ("27099", "Orange", "Orange"),
    ("310260", "T-Mobile", "T-Mobile"),
    ("310410", "AT&T", "AT&T"),
    ("60201", "Orange EG", "Orange"),
    ("60400", "Orange MA", "Orange"),
    ("60501", "Orange TN", "Orange"),
    ("61203", "Orange CI", "Orange"),
    ("90131", "Orange M2M", "Orange"),
];

/// Long and short name of a network.
pub(super) fn names_of(plmn: Plmn) -> (String, String) {
    let digits = plmn.digits();
    match NAMES.iter().find(|row| row.0 == digits) {
        Some((_, long, short)) => ((*long).to_owned(), (*short).to_owned()),
        None => (digits.clone(), digits),
    }
}

/// The network of a long or short name; the first one where several share a short name.
pub(super) fn network_named(name: &str) -> Option<Plmn> {
    let by_long = NAMES.iter().find(|row| row.1 == name);
    by_long.or_else(|| NAMES.iter().find(|row| row.2 == name))?.0.parse().ok()
}
