//! Whatever comes in, nothing breaks, and every command line gets exactly one final result code.

use super::*;
use wire::cause::{CcCause, EmmCause};
use wire::nas::{CallContent, CallMessage, Side, TransactionId};
use wire::seed::Rng;

const FRAGMENTS: &[&str] = &[
    "AT",
    "at",
    "A/",
    "+",
    "CREG",
    "COPS",
    "CGACT",
    "CMGS",
    "CMGL",
    "CRSM",
    "CPBW",
    "CLCK",
    "CPIN",
    "CNMI",
    "CSMP",
    "D",
    "112",
    "E1",
    "V0",
    "Q1",
    "S3",
    "&F",
    "&W",
    "Z",
    "H",
    "A",
    "=",
    "?",
    "=?",
    ",",
    ";",
    "\"",
    "\"SM\"",
    "\"a\\22b\"",
    "0",
    "1",
    "2",
    "25",
    "255",
    "999999999999",
    "FF",
    "(",
    ")",
    " ",
    "\r",
    "\r",
    "\r",
    "\n",
    "\x08",
    "\x18",
    "\x1a",
    "\x1b",
    "é",
];

fn random_network(rng: &mut Rng) -> RadioDown {
    let cause = rng.below(128) as u8;
    let octets: Vec<u8> = (0..rng.below(40)).map(|_| rng.below(256) as u8).collect();
    match rng.below(16) {
        0 => RadioDown::CellLost,
        1 => RadioDown::Searched(vec![cell("208-10", -120), cell(HOME, -90)]),
        2 => RadioDown::Nas(accept()),
        3 => RadioDown::Nas(reject(cause)),
        4 => RadioDown::Nas(NasDown::TrackingAreaUpdateReject(EmmCause(cause).into())),
        5 => {
            RadioDown::Nas(NasDown::DetachRequest { reattach: rng.chance(500), cause: Some(EmmCause(cause)) })
        }
        6 => RadioDown::Nas(NasDown::PdnGranted { pti: cause % 4, pdn: grant("x") }),
        7 => RadioDown::Nas(NasDown::PdnConnectivityReject {
            pti: cause % 4,
            cause: EsmCause(cause),
            t3396: None,
        }),
        8 => RadioDown::Nas(NasDown::BearerDeactivated { pti: cause % 2, bearer: 5, cause: EsmCause(cause) }),
        9 | 10 => RadioDown::Nas(NasDown::Call(random_call(rng))),
        11 => RadioDown::Nas(NasDown::Ss(octets)),
        12 => RadioDown::Nas(NasDown::DetachAccept),
        13 => RadioDown::Nas(NasDown::AuthenticationRequest { rand: rng.octets(), autn: Some(rng.octets()) }),
        14 => RadioDown::Nas(NasDown::AuthenticationReject),
        _ => RadioDown::Nas(NasDown::Sms(octets)),
    }
}

/// A call control message of any of a few calls, with any facility element.
fn random_call(rng: &mut Rng) -> CallMessage {
    let side = if rng.chance(500) { Side::Mobile } else { Side::Network };
    let cause = CcCause(rng.below(128) as u8);
    let content = match rng.below(14) {
        0..=2 => CallContent::IncomingSetup { calling: None },
        3 => CallContent::CallProceeding,
        4 => CallContent::Alerting,
        5 => CallContent::Connect { connected: None },
        6 => CallContent::Disconnect(cause),
        7 => CallContent::Release(cause),
        8 => CallContent::ReleaseComplete(cause),
        9 => CallContent::HoldAcknowledge,
        10 => CallContent::RetrieveReject(cause),
        11 => CallContent::StartDtmfAcknowledge,
        12 => CallContent::StopDtmfAcknowledge,
        _ => CallContent::Facility,
    };
    let transaction = TransactionId::new(side, rng.below(3) as u8).unwrap();
    let octets = (0..rng.below(20)).map(|_| rng.below(256) as u8).collect();
    let facility = rng.chance(500).then_some(octets);
    CallMessage { transaction, content, facility }
}

#[test]
fn no_input_makes_it_panic() {
    let mut rng = Seed(5).rng();
    let mut bench = Bench::registered();
    for _ in 0..30_000 {
        match rng.below(10) {
            0 => {
                let message = random_network(&mut rng);
                bench.modem.handle_radio(bench.now, message);
                bench.drain();
            }
            1 => bench.wait(Duration::from_millis(rng.below(20_000))),
            2 => bench.type_bytes(&rng.octets::<6>()),
            _ => bench.type_bytes(FRAGMENTS[rng.below(FRAGMENTS.len() as u64) as usize].as_bytes()),
        }
        bench.sent.clear();
        bench.serial.clear();
        bench.modem.power_on(bench.now);
    }
}

fn is_final(line: &str) -> bool {
    ["OK", "ERROR", "NO CARRIER", "NO DIALTONE", "BUSY"].contains(&line)
        || line.starts_with("+CME ERROR: ")
        || line.starts_with("+CMS ERROR: ")
}

#[test]
fn every_line_gets_exactly_one_final_result_code() {
    let mut rng = Seed(6).rng();
    let names: Vec<String> = {
        let mut bench = Bench::booted();
        bench.type_line("AT+CLAC");
        bench.lines().into_iter().filter(|line| line.starts_with('+')).collect()
    };
    let mut bench = Bench::registered();
    for round in 0..20_000 {
        let name = &names[rng.below(names.len() as u64) as usize];
        // What would take the modem away or wait for a network that says nothing has tests of its own.
        if [
            "+CMUX", "+CGDATA", "+CPOF", "+QPOWD", "+CFUN", "+COPS", "+CGATT", "+CGACT", "+CMSS", "+CPIN",
            "+CLCK", "+CPWD", "+CCFC", "+CCWA", "+CLIP", "+CLIR",
        ]
        .contains(&name.as_str())
        {
            continue;
        }
        let mut body = format!("AT{name}");
        for _ in 0..rng.below(6) {
            body +=
                ["=", "?", ",", "1", "2", "0", "\"SM\"", "\"x", "\"", "7", "-", ";"][rng.below(12) as usize];
        }
        bench.take_text();
        bench.type_line(&body);
        let text = bench.take_text();
        if text.ends_with("> ") {
            bench.type_bytes(b"\x1b");
            assert!(bench.take_text().ends_with("OK\r\n"), "round {round}: {body}");
            continue;
        }
        let finals = text.split("\r\n").filter(|line| is_final(line)).count();
        assert_eq!(finals, 1, "round {round}: {body} -> {text:?}");
        assert!(
            is_final(text.trim_end().rsplit("\r\n").next().unwrap()),
            "round {round}: {body} -> {text:?}"
        );
    }
}
