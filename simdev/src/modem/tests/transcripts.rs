//! Conversations of the reference transcripts, line for line.

use super::messages::{D1, R1, S2, deliver, hex_of, network_says};
use super::*;

fn quectel(card: SimCard) -> Modem {
    let config = ModemConfig {
        model: wire::dialect::named("quectel-bg95").unwrap(),
        imei: "356938035643809".parse().unwrap(),
        defects: std::collections::BTreeSet::new(),
        quirks: Quirks::new(),
        voice: true,
    };
    Modem::new(config, Some(card), Calendar::virtual_start(), Seed(1))
}

/// Boot to registered, at home, PIN1 disabled; the network grants power saving.
#[test]
fn a1_from_the_boot_to_the_registration() {
    let mut bench = Bench::new(Some(SimCard::new(profile())));
    bench.modem.power_on(bench.now);
    bench.wait(secs(2));
    assert_eq!(bench.lines(), ["RDY", "+CPIN: READY"]);
    bench.at("AT", &["AT\r", "OK"]);
    bench.type_line("ATE0;+CMEE=1;+CREG=2;+CEREG=5;+CGEREP=2,0");
    assert_eq!(bench.lines().last().unwrap(), "OK");
    bench.at("AT+CPIN?", &["+CPIN: READY", "OK"]);
    bench.at("AT+CEREG?", &["+CEREG: 5,2", "OK"]);
    let mut grant = periodic(54 * 60);
    grant.power.t3324 = Some("00000100".parse().unwrap());
    grant.power.t3412_extended = Some("00000110".parse().unwrap());
    let pdn = Some(super::grant("iot.example"));
    bench.network(NasDown::AttachAccept { pdn, esm: None, combined: true, grant });
    let lines: Vec<String> = bench.lines().into_iter().filter(|line| !line.starts_with("+CGEV")).collect();
    assert_eq!(
        lines,
        ["+CREG: 1,\"0064\",\"0012BEEF\",7", "+CEREG: 1,\"0064\",\"0012BEEF\",7,,,\"00000100\",\"00000110\"",]
    );
    bench.at("AT+COPS?", &["+COPS: 0,0,\"Orange F\",7", "OK"]);
}

/// SMS in PDU mode with a status report, then the storage full.
#[test]
fn a4_a_message_with_its_report_and_a_full_storage() {
    let mut card = SimCard::new(profile());
    card.set_last_message_reference(41).unwrap();
    let mut bench = Bench::new(None);
    bench.modem = quectel(card);
    bench.boot();
    bench.register();
    bench.at("AT+CMER=2,0,0,2", &["OK"]);
    bench.at(
        "AT+CSMS=1;+CNMI=2,1,0,1,0;+CMGF=0;+CPMS=\"SM\",\"SM\",\"SM\"",
        &["+CSMS: 1,1,1", "+CPMS: 0,6,0,6,0,6", "OK"],
    );
    bench.type_line("AT+CMGS=25");
    assert_eq!(bench.take_text(), "\r\n> ");
    bench.type_bytes(S2.as_bytes());
    bench.type_bytes(&[0x1a]);
    let data = hex_of(bench.nas());
    network_says(&mut bench, &format!("89010203{}", &data[8..10]));
    assert_eq!(bench.lines(), ["+CMGS: 42", "OK"]);
    deliver(&mut bench, 1, R1);
    assert_eq!(
        bench.lines(),
        ["+CDS: 25", "07913336999800F0062A0B913336990800F2623041906235406230419072504000"]
    );
    bench.at("AT+CNMA", &["OK"]);
    let mut seen = Vec::new();
    for reference in 2..9 {
        deliver(&mut bench, reference, D1);
        seen.extend(bench.lines());
    }
    assert_eq!(seen.iter().filter(|line| *line == "+CIEV: \"smsfull\",1").count(), 1, "{seen:?}");
    let last = hex_of(bench.sent.pop_back().unwrap().2);
    assert!(last.contains("040801164103") || last.contains("0408011641"), "RP-ERROR 22: {last}");
}
