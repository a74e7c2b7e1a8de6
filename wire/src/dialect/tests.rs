//! The rows against lines that modules sent, and against themselves where two of them could contradict each other.

use super::*;
use crate::seed::Seed;
use std::collections::BTreeSet;

/// Every query of a family, with where it stands.
fn queries(dialect: &Dialect) -> Vec<Query> {
    let card = match dialect.iccid {
        Iccid::File => None,
        Iccid::Query(query) => Some(query),
    };
    let attempts = match dialect.attempts {
        Attempts::Standard => Vec::new(),
        Attempts::Queries(rows) => rows.iter().map(|row| row.1).collect(),
    };
    card.into_iter().chain(attempts).chain(dialect.radio).chain(dialect.queries.iter().copied()).collect()
}

fn templates(dialect: &Dialect) -> Vec<&'static str> {
    let identity = &dialect.identity;
    let mut all: Vec<&str> = identity.card.to_vec();
    all.extend([identity.revision_line, dialect.failure, dialect.no_failure, dialect.scan_entry]);
    for query in queries(dialect) {
        all.extend(query.replies.iter().flat_map(|reply| reply.lines));
    }
    all
}

#[test]
fn every_value_of_every_template_is_known_and_none_touches_another() {
    let known: BTreeSet<&str> = template::VALUES.iter().map(|row| row.0).collect();
    assert_eq!(known.len(), template::VALUES.len(), "a value is listed twice");
    for dialect in ALL {
        for line in templates(dialect) {
            for name in template::values(line) {
                assert!(known.contains(name), "{}: {name} in {line}", dialect.name);
            }
            assert!(!line.contains("}{"), "{}: nothing tells these two apart: {line}", dialect.name);
            let line = template::fill(line, |name| Some(name.to_owned()));
            assert!(!line.contains(['{', '}']), "{}: {line}", dialect.name);
        }
    }
}

#[test]
fn every_line_is_read_back_with_the_values_that_filled_it() {
    for dialect in ALL {
        for line in templates(dialect) {
            let names = template::values(line);
            let unique: BTreeSet<&str> = names.iter().copied().collect();
            if unique.len() != names.len() {
                continue;
            }
            let sent = template::fill(line, |name| Some(format!("v{}", name.len())));
            let read = template::read(line, &sent).unwrap_or_else(|| panic!("{line}: {sent}"));
            for name in names {
                assert_eq!(read[name], format!("v{}", name.len()), "{line}");
            }
        }
    }
}

/// Lines of real modules and values that they must give, by family and command.
#[test]
fn lines_of_modules_are_read() {
    type Row = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);
    let rows: &[Row] = &[
        (
            "quectel-ec25",
            "+QCCID",
            "+QCCID: 8933010000000000002F",
            &[("iccid_filled", "8933010000000000002F")],
        ),
        ("quectel-ec25", "+QPINC", "+QPINC: \"SC\",3,10", &[("pin1", "3"), ("puk1", "10")]),
        ("ublox-sara-r4", "+UPINCNT", "+UPINCNT: 3,2,10,9", &[("pin1", "3"), ("pin2", "2"), ("puk2", "9")]),
        ("simcom-sim7600", "+SPIC", "+SPIC: 3,10,2,9", &[("pin1", "3"), ("puk1", "10"), ("pin2", "2")]),
        (
            "quectel-ec25",
            "+QNWINFO",
            "+QNWINFO: \"FDD LTE\",\"20801\",\"LTE BAND 3\",1650",
            &[("plmn", "20801"), ("band", "3"), ("earfcn", "1650")],
        ),
        ("quectel-ec25", "+QNWINFO", "+QNWINFO: No Service", &[]),
        (
            "quectel-ec25",
            "+QCSQ",
            "+QCSQ: \"LTE\",-65,-98,140,-10",
            &[("rssi", "-65"), ("rsrp", "-98"), ("sinr_quectel", "140"), ("rsrq", "-10")],
        ),
        (
            "quectel-ec25",
            "+QENG",
            "+QENG: \"servingcell\",\"NOCONN\",\"LTE\",\"FDD\",208,01,12BEEF,248,1650,3,5,5,0064,-98,-10,-65,18,38",
            &[("mcc", "208"), ("mnc", "01"), ("cell_upper", "12BEEF"), ("tac", "0064"), ("rsrp", "-98")],
        ),
        (
            "simcom-sim7600",
            "+CPSI",
            "+CPSI: LTE,Online,208-01,0x0064,1228527,203,EUTRAN-BAND3,1650,5,5,-92,-672,-418,14",
            &[
                ("plmn_dashed", "208-01"),
                ("tac", "0064"),
                ("cell_decimal", "1228527"),
                ("rsrp_tenths", "-672"),
            ],
        ),
        ("simcom-sim7600", "+CPSI", "+CPSI: NO SERVICE,Online", &[]),
        (
            "nordic-nrf91",
            "%XMONITOR",
            "%XMONITOR: 5,\"\",\"\",\"20801\",\"0064\",7,20,\"0012BEEF\",211,6200,49,31,\"\",\"00000100\",\
             \"00000110\",\"01001001\"",
            &[("registration", "5"), ("plmn", "20801"), ("rsrp_index", "49"), ("active_time", "00000100")],
        ),
        ("nordic-nrf91", "%CESQ", "%CESQ: 49,2,18,2", &[("rsrp_index", "49"), ("rsrq_index", "18")]),
    ];
    for (family, command, line, wanted) in rows {
        let dialect = named(family).unwrap();
        let read = queries(dialect)
            .iter()
            .filter(|query| query.name == *command)
            .flat_map(|query| query.replies)
            .find_map(|reply| template::read(reply.lines.first()?, line))
            .unwrap_or_else(|| panic!("{family} does not read {line}"));
        for (name, value) in *wanted {
            assert_eq!(read.get(name).map(String::as_str), Some(*value), "{name} in {line}");
        }
    }
}

#[test]
fn the_cell_line_of_a_sara_is_read() {
    let line = "1650,3,50,50,0064,12beef,203,d60814d1,8001,01,28,31,13.75,3,1,10,28,-50,-6,0,255,255,0";
    let reply = ublox_sara_r4::UCGED.replies[0];
    let read = template::read(reply.lines[2], line).unwrap();
    assert_eq!((read["cell_lower"].as_str(), read["sinr"].as_str()), ("12beef", "13.75"));
    assert_eq!(template::read(reply.lines[1], "6,4,208,01").unwrap()["mnc"], "01");
}

#[test]
fn names_are_unique_and_every_family_recognises_itself_and_no_other() {
    let unique: BTreeSet<&str> = ALL.iter().map(|dialect| dialect.name).collect();
    assert_eq!(unique.len(), ALL.len());
    for dialect in ALL {
        let found = recognised(dialect.identity.manufacturer, dialect.identity.model).unwrap();
        assert_eq!(found.name, dialect.name);
        let shouted =
            recognised(&dialect.identity.manufacturer.to_uppercase(), &dialect.identity.model.to_uppercase());
        assert_eq!(shouted.map(|found| found.name), Some(dialect.name), "case is a maker's taste");
        assert_eq!(named(dialect.name).map(|found| found.name), Some(dialect.name));
    }
    assert_eq!(
        recognised("+CGMI: \"Telit\"", "+CGMM: ME910C1-E1").map(|found| found.name),
        Some("telit-me910")
    );
    assert_eq!(recognised("Quectel", "RG500Q"), None, "an unknown model is unknown, however known its maker");
    assert_eq!(recognised("", ""), None);
}

#[test]
fn a_family_can_be_switched_off_and_restarted_by_a_command_of_its_own_rows() {
    for dialect in ALL {
        let does = |wanted: &[Does]| dialect.orders.iter().any(|order| wanted.contains(&order.does));
        assert!(does(&[Does::SwitchOff]), "{} cannot be switched off", dialect.name);
        assert!(does(&[Does::Restart, Does::RestartInFull]), "{} cannot be restarted", dialect.name);
        if let Some((name, value)) = dialect.hot_swap.and_then(|swap| swap.enabled_by) {
            let setting = dialect.settings.iter().find(|setting| setting.name == name);
            assert!(setting.is_some_and(|setting| setting.initial != value), "{}: {name}", dialect.name);
        }
    }
}

#[test]
fn spaces_are_the_senders_taste_and_other_lines_are_refused() {
    let reply = "+UPINCNT: {pin1},{pin2},{puk1},{puk2}";
    for line in ["+UPINCNT:3,3,10,10", "+UPINCNT: 3, 3, 10, 10", " +UPINCNT:  3,3,10,10 "] {
        assert_eq!(template::read(reply, line).unwrap()["puk1"], "10", "{line}");
    }
    for line in ["", "+UPINCNT", "+UPINCNT: 3,3", "+SPIC: 3,3,10,10", "UPINCNT: 3,3,10,10"] {
        assert_eq!(template::read(reply, line), None, "{line}");
    }
    assert_eq!(template::read("+CPIN: READY", "+CPIN: READY now"), None);
    assert_eq!(template::fill("a {nobody} b", |_| None), "a  b");
    assert_eq!(template::fill("a { b", |_| None), "a { b");
}

#[test]
fn garbage_never_panics() {
    let mut rng = Seed(11).child("garbage").rng();
    for _ in 0..3_000 {
        let text: String = rng.octets::<24>().iter().map(|byte| char::from(*byte)).collect();
        for dialect in ALL {
            for line in templates(dialect) {
                let _ = template::read(line, &text);
                let _ = template::read(&text, line);
            }
        }
        let _ = recognised(&text, &text);
        let _ = template::fill(&text, |name| Some(name.to_owned()));
    }
}
