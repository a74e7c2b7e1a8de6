//! Answers of modules, as they came, against what the driver makes of them.

use super::*;
use wire::at::response::FinalResult;
use wire::dialect::named;
use wire::seed::Seed;

fn answer(lines: &[&str]) -> Answer {
    let lines = lines.iter().map(|line| (*line).to_owned()).collect();
    Answer { command: "AT".into(), lines, result: FinalResult::Ok }
}

fn refused() -> Answer {
    Answer { result: FinalResult::Error, ..answer(&[]) }
}

fn of(manufacturer: &[&str], model: &[&str], revision: &[&str], card: &[&str]) -> ModuleIdentity {
    let one = |lines: &[&str]| Some(if lines.is_empty() { refused() } else { answer(lines) });
    identity(&[one(manufacturer), one(model), one(revision), one(card)])
}

#[test]
fn modules_are_recognised_however_they_word_it() {
    let rows: &[(ModuleIdentity, &str, bool)] = &[
        (of(&["Quectel"], &["EC25"], &["EC25EFAR06A06M4G"], &[]), "quectel-ec25", true),
        (of(&["QUECTEL"], &["BG96"], &["BG96MAR02A07M1G"], &[]), "quectel-bg95", true),
        (
            of(&["SIMCOM INCORPORATED"], &["SIMCOM_SIM7600E-H"], &["+CGMR: LE20B04SIM7600M22"], &[]),
            "simcom-sim7600",
            true,
        ),
        (of(&["+CGMI: \"Telit\""], &["+CGMM: ME910C1-E1"], &["30.00.269"], &["332"]), "telit-me910", true),
        (of(&["u-blox"], &["SARA-R410M-02B"], &[], &[]), "ublox-sara-r4", true),
        (
            of(&["Nordic Semiconductor ASA"], &["nRF9160-SICA"], &["mfw_nrf9160_1.3.5"], &[]),
            "nordic-nrf91",
            true,
        ),
        // What +CGMI and +CGMM do not say, ATI may, with labels or by place.
        (of(&[], &[], &[], &["Quectel", "EC25", "Revision: EC25EFAR06A06M4G"]), "quectel-ec25", true),
        (
            of(
                &[],
                &[],
                &[],
                &["Manufacturer: SIMCOM INCORPORATED", "Model: SIMCOM_SIM7600E-H", "Revision: x"],
            ),
            "simcom-sim7600",
            true,
        ),
        (of(&["Acme"], &["M2M-1"], &["7"], &[]), "3gpp", false),
        (of(&[], &[], &[], &[]), "3gpp", false),
    ];
    for (identity, family, recognised) in rows {
        assert_eq!((identity.dialect.name, identity.recognised), (*family, *recognised), "{identity}");
    }
    assert_eq!(rows[2].0.revision, "LE20B04SIM7600M22");
    assert_eq!(rows[8].0.to_string(), "Acme M2M-1 7, of no known family: spoken to as 3gpp");
    assert_eq!(rows[0].0.to_string(), "Quectel EC25 EC25EFAR06A06M4G, family quectel-ec25");
    assert!(rows[9].0.to_string().starts_with("a module that says nothing of itself"));
}

#[test]
fn a_card_identity_is_read_with_and_without_its_filler_and_from_its_file() {
    let rows = [
        ("quectel-ec25", "AT+QCCID", "+QCCID: 8933010000000000002F"),
        ("simcom-sim7600", "AT+CICCID", "+ICCID: 8933010000000000002F"),
        ("ublox-sara-r4", "AT+CCID", "+CCID: 8933010000000000002"),
        ("telit-me910", "AT#CCID", "#CCID: 8933010000000000002"),
        ("nordic-nrf91", "AT%XICCID", "%XICCID: 8933010000000000002F"),
        ("3gpp", "AT+CRSM=176,12258,0,0,10", "+CRSM: 144,0,\"983310000000000000F2\""),
    ];
    for (family, line, said) in rows {
        let dialect = named(family).unwrap();
        assert_eq!(read_iccid(dialect).line, line);
        assert_eq!(iccid(dialect, &answer(&[said])).as_deref(), Ok("8933010000000000002"), "{said}");
        assert!(iccid(dialect, &answer(&["OK then"])).is_err());
        assert!(iccid(dialect, &answer(&[])).is_err());
    }
    assert!(iccid(named("3gpp").unwrap(), &answer(&["+CRSM: 106,130"])).is_err());
}

#[test]
fn attempts_are_asked_for_and_read_in_the_way_of_the_family() {
    let rows = [
        ("quectel-ec25", "SIM PIN2", "AT+QPINC=\"P2\"", "+QPINC: \"P2\",2,10", 2),
        ("simcom-sim7600", "SIM PUK2", "AT+SPIC", "+SPIC: 3,10,3,9", 9),
        ("ublox-sara-r5", "SIM PUK", "AT+UPINCNT", "+UPINCNT: 3,3,8,10", 8),
        ("nordic-nrf91", "SIM PIN", "AT+CPINR=\"SIM PIN\"", "+CPINR: \"SIM PIN\",1", 1),
        ("telit-me910", "SIM PIN", "AT+CPINR", "+CPINR: SIM PIN,3,3", 3),
    ];
    for (family, code, line, said, left) in rows {
        let dialect = named(family).unwrap();
        assert_eq!(read_attempts(dialect, code).line, line);
        assert_eq!(attempts(dialect, code, &answer(&[said])), Ok(left), "{said}");
        assert!(attempts(dialect, code, &answer(&["+X: 1"])).is_err());
    }
}

#[test]
fn the_serving_cell_is_the_same_whatever_its_units() {
    let seen =
        |family: &str, lines: &[&str]| serving_cell(named(family).unwrap(), &answer(lines)).unwrap().unwrap();
    let quectel = seen(
        "quectel-ec25",
        &[
            "+QENG: \"servingcell\",\"NOCONN\",\"LTE\",\"FDD\",208,01,12BEEF,248,1650,3,5,5,0064,-98,-10,-65,18,38",
        ],
    );
    let place = |cell: &ServingCell| (cell.plmn.clone(), cell.tac, cell.cell);
    assert_eq!(place(&quectel), (Some("20801".into()), Some(0x64), Some(0x0012_beef)));
    assert_eq!((quectel.rsrp, quectel.rsrq, quectel.rssi), (Some(-98), Some(-10), Some(-65)));
    let simcom = seen(
        "simcom-sim7600",
        &["+CPSI: LTE,Online,208-01,0x0064,1228527,203,EUTRAN-BAND3,1650,5,5,-92,-672,-418,14"],
    );
    assert_eq!(place(&simcom), place(&quectel));
    assert_eq!((simcom.rsrp, simcom.rsrq, simcom.rssi), (Some(-67), Some(-9), Some(-41)));
    let sara = seen(
        "ublox-sara-r4",
        &[
            "+UCGED: 2",
            "6,4,208,01",
            "1650,3,50,50,0064,12beef,203,d60814d1,8001,01,28,31,13.75,3,1,10,28,-50,-6,0,255,255,0",
        ],
    );
    assert_eq!((place(&sara), sara.rsrp), (place(&quectel), Some(-113)));
    let nordic = seen(
        "nordic-nrf91",
        &[
            "%XMONITOR: 5,\"\",\"\",\"20801\",\"0064\",7,20,\"0012BEEF\",211,6200,49,31,\"\",\"00000100\",\"00000110\",\"01001001\"",
        ],
    );
    assert_eq!((place(&nordic), nordic.band, nordic.rsrp), (place(&quectel), Some(20), Some(-92)));
    for (family, line) in [("simcom-sim7600", "+CPSI: NO SERVICE,Online"), ("nordic-nrf91", "%XMONITOR: 2")] {
        assert_eq!(serving_cell(named(family).unwrap(), &answer(&[line])), Ok(None), "{line}");
    }
    assert!(serving_cell(named("3gpp").unwrap(), &answer(&["+QENG: 1"])).is_err());
    assert!(serving_cell(named("quectel-ec25").unwrap(), &answer(&["+QENG: 1"])).is_err());
}

#[test]
fn power_commands_are_those_of_the_family() {
    let rows = [
        ("3gpp", "AT+CPOF", "AT+CFUN=1,1"),
        ("quectel-bg95", "AT+QPOWD=1", "AT+CFUN=1,1"),
        ("simcom-sim7600", "AT+CPOF", "AT+CRESET"),
        ("ublox-sara-r4", "AT+CPWROFF", "AT+CFUN=15"),
        ("telit-me910", "AT#SHDN", "AT#REBOOT"),
        ("nordic-nrf91", "AT#XSHUTDOWN", "AT#XRESET"),
    ];
    for (family, off, again) in rows {
        let dialect = named(family).unwrap();
        assert_eq!(switch_off(dialect).unwrap().line, off);
        assert_eq!(restart(dialect).unwrap().line, again);
    }
}

#[test]
fn a_session_cause_in_words_is_its_number() {
    let rows = [
        ("Requested service option not subscribed", Some(133)),
        ("OPERATOR_DETERMINED_BARRING", Some(177)),
        ("insufficient resources", Some(126)),
        ("No cause information available", None),
        ("", None),
    ];
    for (words, number) in rows {
        assert_eq!(session_error(words).map(|error| error.0), number, "{words}");
    }
    assert!(hides_cause_of(named("quectel-bg95").unwrap(), "+CGACT"));
    assert!(!hides_cause_of(named("3gpp").unwrap(), "+CGACT"));
}

#[test]
fn garbage_never_panics() {
    let mut rng = Seed(12).child("garbage").rng();
    for _ in 0..2_000 {
        let lines: Vec<String> = (0..rng.below(4))
            .map(|_| rng.octets::<20>().iter().map(|byte| char::from(*byte)).collect())
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let said = answer(&lines);
        let _ = identity(&[Some(said.clone()), None, Some(said.clone()), Some(said.clone())]).to_string();
        for dialect in dialect::ALL {
            let _ = iccid(dialect, &said);
            let _ = attempts(dialect, "SIM PIN", &said);
            let _ = serving_cell(dialect, &said);
        }
    }
}
