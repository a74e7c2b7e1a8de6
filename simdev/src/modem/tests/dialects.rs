//! Each family says and takes what its rows say, served by the same few handlers.

use super::*;
use wire::dialect::{ALL, Does};

#[test]
fn the_card_and_its_codes_are_asked_for_in_the_way_of_each_family() {
    let rows: &[(&str, &str, &[&str])] = &[
        ("3gpp", "AT+CCID", &["+CCID: 8933010000000000002", "OK"]),
        ("quectel-bg95", "AT+QCCID", &["+QCCID: 8933010000000000002F", "OK"]),
        ("quectel-ec25", "AT+QPINC=\"SC\"", &["+QPINC: \"SC\",3,10", "OK"]),
        ("quectel-ec25", "AT+QPINC?", &["+QPINC: \"SC\",3,10", "+QPINC: \"P2\",3,10", "OK"]),
        ("simcom-sim7600", "AT+CICCID", &["+ICCID: 8933010000000000002F", "OK"]),
        ("simcom-sim7600", "AT+SPIC", &["+SPIC: 3,10,3,10", "OK"]),
        ("ublox-sara-r4", "AT+UPINCNT", &["+UPINCNT: 3,3,10,10", "OK"]),
        ("telit-me910", "AT#CCID", &["#CCID: 8933010000000000002", "OK"]),
        ("telit-me910", "AT#PCT", &["#PCT: 3", "OK"]),
        ("sierra-hl78", "AT+CCID", &["+CCID: 8933010000000000002", "OK"]),
        ("nordic-nrf91", "AT%XICCID", &["%XICCID: 8933010000000000002F", "OK"]),
        ("nordic-nrf91", "AT+CPINR=\"SIM PIN2\"", &["+CPINR: \"SIM PIN2\",3", "OK"]),
        // A command of another maker, and one that this maker leaves out, are unknown.
        ("quectel-bg95", "AT+CCID", &["ERROR"]),
        ("3gpp", "AT+QCCID", &["ERROR"]),
        ("nordic-nrf91", "AT+CPBS?", &["ERROR"]),
        ("nordic-nrf91", "AT+CPBS=?", &["ERROR"]),
    ];
    for (family, command, wanted) in rows {
        Bench::of(family).at(command, wanted);
    }
}

#[test]
fn the_cell_is_shown_in_the_words_of_each_family_and_its_absence_too() {
    let rows: &[(&str, &str, &[&str], &[&str])] = &[
        (
            "quectel-ec25",
            "AT+QNWINFO",
            &["+QNWINFO: \"FDD LTE\",\"20801\",\"LTE BAND 3\",1650", "OK"],
            &["+QNWINFO: No Service", "OK"],
        ),
        (
            "quectel-ec25",
            "AT+QCSQ",
            &["+QCSQ: \"LTE\",-67,-95,190,-10", "OK"],
            &["+QCSQ: \"NOSERVICE\"", "OK"],
        ),
        (
            "quectel-ec25",
            "AT+QENG=\"servingcell\"",
            &[
                "+QENG: \"servingcell\",\"NOCONN\",\"LTE\",\"FDD\",208,01,12BEEF,279,1650,3,3,3,0064,-95,-10,-67,18,38",
                "OK",
            ],
            &["+QENG: \"servingcell\",\"SEARCH\"", "OK"],
        ),
        (
            "simcom-sim7600",
            "AT+CPSI?",
            &["+CPSI: LTE,Online,208-01,0x0064,1228527,279,EUTRAN-BAND3,1650,3,3,-100,-950,-670,18", "OK"],
            &["+CPSI: NO SERVICE,Online", "OK"],
        ),
        (
            "ublox-sara-r5",
            "AT+UCGED?",
            &[
                "+UCGED: 2",
                "6,4,208,01",
                "1650,3,50,50,0064,12beef,279,d60814d1,8001,01,46,20,18,3,1,10,28,-50,-6,0,255,255,0",
                "OK",
            ],
            &["+UCGED: 2", "0,0,0,0", "OK"],
        ),
        (
            "nordic-nrf91",
            "AT%XMONITOR",
            &[
                "%XMONITOR: 1,\"Orange F\",\"Orange\",\"20801\",\"0064\",7,3,\"0012BEEF\",279,1650,46,42,\"\",\"\",\"\",\"\"",
                "OK",
            ],
            &["%XMONITOR: 0", "OK"],
        ),
    ];
    for (family, command, served, unserved) in rows {
        let mut bench = Bench::of(family);
        bench.at(command, served);
        bench.at("AT+CFUN=4", &["OK"]);
        bench.at(command, unserved);
    }
}

#[test]
fn every_question_order_and_setting_of_every_family_is_served() {
    for dialect in ALL {
        let mut bench = Bench::of(dialect.name);
        let radio = dialect.radio.iter();
        for query in radio.chain(dialect.queries) {
            bench.type_line(&query.line());
            let lines = bench.lines();
            assert_eq!(lines.last().map(String::as_str), Some("OK"), "{}: {}", dialect.name, query.line());
        }
        for setting in dialect.settings {
            let key = setting.key.map(|key| format!("\"{key}\""));
            let read = key.as_ref().map_or("?".to_owned(), |key| format!("={key}"));
            let shown = format!("{}{}", setting.shown, setting.initial);
            bench.at(&format!("AT{}{read}", setting.name), &[&shown, "OK"]);
            let key = key.map(|key| key + ",").unwrap_or_default();
            bench.at(&format!("AT{}={key}{}", setting.name, setting.initial), &["OK"]);
            bench.at(&format!("AT{}={key}-1", setting.name), &["+CME ERROR: 50"]);
        }
        for order in dialect.orders {
            let mut bench = Bench::of(dialect.name);
            bench.type_line(&order.line());
            let lines = bench.lines();
            assert_eq!(lines[0], "OK", "{}: {}", dialect.name, order.line());
            assert_eq!(lines[1..], *order.reports, "{}: {}", dialect.name, order.line());
            assert_eq!(bench.nas(), NasUp::DetachRequest { switch_off: true });
            assert_eq!(bench.modem.is_on(), order.does != Does::SwitchOff);
            bench.wait(secs(2));
            if order.does != Does::SwitchOff {
                assert!(is_attach(&bench.nas()), "{}: {}", dialect.name, order.line());
                let banner = bench.lines();
                assert!(dialect.banner.iter().all(|line| banner.contains(&(*line).to_owned())), "{banner:?}");
            }
        }
    }
}

#[test]
fn a_choice_of_technology_rules_the_radio_at_once_or_from_the_next_start() {
    let mut bench = Bench::of("simcom-sim7600");
    bench.at("AT+CNMP=13", &["OK"]);
    assert_eq!(bench.nas(), NasUp::DetachRequest { switch_off: true }, "LTE is left at once");
    bench.wait(secs(5));
    bench.at("AT+CEREG?", &["+CEREG: 0,2", "OK"]);
    bench.at("AT+CNMP?", &["+CNMP: 13", "OK"]);
    bench.at("AT+CNMP=2", &["OK"]);
    bench.wait(secs(3600));
    assert!(is_attach(&bench.nas()), "all technologies again");

    let mut bench = Bench::of("ublox-sara-r4");
    bench.at("AT+URAT=9", &["OK"]);
    bench.expect_no_nas();
    bench.at("AT+CFUN=15", &["OK"]);
    assert_eq!(bench.nas(), NasUp::DetachRequest { switch_off: true });
    bench.wait(secs(5));
    bench.expect_no_nas();
    bench.at("ATE0", &["ATE0\r", "OK"]);
    bench.at("AT+URAT?", &["+URAT: 9", "OK"]);
}

#[test]
fn a_card_in_motion_is_reported_once_the_host_has_asked_for_it() {
    let mut bench = Bench::of("quectel-bg95");
    for (asked, removed, inserted) in [
        ("0", &["+CPIN: NOT INSERTED"][..], &["+CPIN: READY"][..]),
        ("1", &["+QSIMSTAT: 1,0", "+CPIN: NOT INSERTED"], &["+QSIMSTAT: 1,1", "+CPIN: READY"]),
    ] {
        bench.at(&format!("AT+QSIMSTAT={asked}"), &["OK"]);
        let card = bench.modem.remove_card(bench.now).unwrap();
        bench.drain();
        assert_eq!(bench.lines(), removed);
        bench.modem.insert_card(bench.now, card);
        bench.drain();
        assert_eq!(bench.lines(), inserted);
    }
}

#[test]
fn identity_and_scan_have_the_shape_of_the_family() {
    Bench::of("simcom-sim7600").at("AT+CGMR", &["+CGMR: LE20B04SIM7600M22", "OK"]);
    Bench::of("quectel-ec25").at("ATI", &["Quectel", "EC25", "Revision: EC25EFAR06A06M4G", "OK"]);
    Bench::of("nordic-nrf91").at("ATI", &["ERROR"]);
    Bench::of("quectel-ec25")
        .at("AT+COPS=?", &["+COPS: (2,\"Orange F\",\"Orange\",\"20801\",7),,(0,1,2,3,4),(0,1,2)", "OK"]);
}

#[test]
fn garbage_never_panics_in_any_family_and_gets_one_result_code() {
    let mut rng = Seed(16).child("garbage").rng();
    for dialect in ALL {
        let mut bench = Bench::of(dialect.name);
        let settings = dialect.settings.iter().map(|setting| setting.name);
        let queries = dialect.radio.iter().chain(dialect.queries).map(|query| query.name);
        let names: Vec<&str> = settings.chain(queries).collect();
        for _ in 0..400 {
            if names.is_empty() {
                break;
            }
            let mut body = format!("AT{}", names[rng.below(names.len() as u64) as usize]);
            for _ in 0..rng.below(6) {
                body += ["=", "?", ",", "1", "2", "0", "\"band\"", "\"x", "\"", "7", "-", ";", "0xf"]
                    [rng.below(13) as usize];
            }
            bench.type_line(&body);
            let lines = bench.lines();
            let finals = lines.iter().filter(|line| *line == "OK" || line.contains("ERROR")).count();
            assert_eq!(finals, 1, "{}: {body} -> {lines:?}", dialect.name);
        }
    }
}
