//! How the core grows: 1,000 to 1,000,000 subscribers are provisioned and attach in one core.
//!
//! Every size runs in a process of its own, so that its memory is its own. An attach is the whole procedure with
//! authentication and a PDN connection; the card's side of the challenge is computed beforehand where it can be and is part
//! of the time where it cannot, which is once for each attach. The last line compares the cost of an attach at the largest
//! size with that at the smallest: the same number attach in each, so that only the number of subscribers differs.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use simcore::cellular::{
    Account, Apn, ApnKind, CardItem, CellularConfig, CellularCore, CellularOutput, Network, Policy, Profile,
    Rank, Services, SimState, Steering, Subscriber,
};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Instant as Clock;
use wire::air::cellular::{CellId, UeId};
use wire::id::Imsi;
use wire::milenage::{Milenage, Response};
use wire::nas::{AttachType, NasDown, NasUp, PdnRequest, PdnType, PowerSaving, Qci};
use wire::seed::Seed;
use wire::time::{Calendar, Duration, Instant};

const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// How many attach at every size, spread over all subscribers.
const ATTACHES: usize = 1_000;
/// How often they do.
const ROUNDS: usize = 5;
/// How many attach at once.
const AT_ONCE: usize = 100;

fn main() {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("--size"), Some(size)) => measure(size.parse().expect("a number of subscribers")),
        _ => compare(),
    }
}

fn compare() {
    let program = std::env::current_exe().expect("the path of this program");
    println!(
        "{:>11} {:>12} {:>13} {:>12} {:>12} {:>13} {:>14}",
        "subscribers",
        "provision s",
        "octets each",
        "attach us",
        "number ns",
        "all attach/s",
        "attached each"
    );
    let mut costs = Vec::new();
    for size in SIZES {
        let output = std::process::Command::new(&program).args(["--size", &size.to_string()]).output();
        let text =
            String::from_utf8(output.expect("the bench runs itself").stdout).expect("figures are text");
        let figures: Vec<f64> = text.split_whitespace().map(|word| word.parse().expect("a figure")).collect();
        let [provision, octets, attach, number, all, attached] = figures[..] else {
            panic!("figures: {text}")
        };
        println!(
            "{size:>11} {provision:>12.3} {octets:>13.0} {attach:>12.1} {number:>12.0} {all:>13.0} {attached:>14.0}"
        );
        costs.push(attach);
    }
    if let (Some(first), Some(last)) = (costs.first(), costs.last()) {
        println!("cost of an attach, largest to smallest: {:.2}", last / first);
    }
}

/// Prints the figures of one size.
fn measure(size: usize) {
    let empty = resident();
    let begin = Clock::now();
    let mut core = CellularCore::new(config(), Calendar::virtual_start(), Seed(1)).expect("a core");
    for index in 0..size {
        core.provision(Instant::ZERO, subscriber(index)).expect("nothing is taken");
        while core.poll_output().is_some() {}
    }
    let provision = begin.elapsed().as_secs_f64();
    let octets = resident().saturating_sub(empty) as f64 / size as f64;
    let mut now = Instant::ZERO;
    let few: Vec<usize> = (0..ATTACHES).map(|index| index * (size / ATTACHES)).collect();
    // The first ones warm the caches, as in a core that runs; of the others the round counts that the machine disturbed least.
    let round = |_| {
        let begin = Clock::now();
        attach_all(&mut core, &mut now, &few);
        begin.elapsed().as_secs_f64() * 1e6 / ATTACHES as f64
    };
    let attach = (0..=ROUNDS).map(round).skip(1).fold(f64::INFINITY, f64::min);
    let numbers: Vec<_> = few.iter().map(|index| subscriber(*index).msisdn).collect();
    let begin = Clock::now();
    let found = numbers.iter().filter(|number| core.imsi_of(number).is_some()).count();
    let number = begin.elapsed().as_secs_f64() * 1e9 / found as f64;
    let everybody: Vec<usize> = (0..size).collect();
    let begin = Clock::now();
    attach_all(&mut core, &mut now, &everybody);
    let all = size as f64 / begin.elapsed().as_secs_f64();
    let attached = resident().saturating_sub(empty) as f64 / size as f64;
    println!("{provision} {octets} {attach} {number} {all} {attached}");
}

/// Attaches subscribers, a group at a time.
fn attach_all(core: &mut CellularCore, now: &mut Instant, indices: &[usize]) {
    let cell = CellId { plmn: "208-01".parse().expect("a network"), tac: 0x64, cell: 1 };
    for group in indices.chunks(AT_ONCE) {
        for index in group {
            core.handle_nas(*now, ue(*index), cell, request(*index));
        }
        let mut accepted = 0;
        for _ in 0..4 {
            *now += Duration::from_millis(25);
            core.handle_timeout(*now);
            while let Some(output) = core.poll_output() {
                let CellularOutput::Nas { to, message } = output else { continue };
                if let NasDown::AuthenticationRequest { rand, autn } = message {
                    let card = Milenage::derived(&imsi(to.0 as usize));
                    let res =
                        card.open(&rand, &autn.expect("a quintuplet")).expect("the challenge is ours").1.res;
                    core.handle_nas(
                        *now,
                        to,
                        cell,
                        NasUp::AuthenticationResponse { res: Response::Res(res) },
                    );
                } else if let NasDown::AttachAccept { .. } = message {
                    accepted += 1;
                    core.handle_nas(*now, to, cell, NasUp::AttachComplete);
                }
            }
        }
        assert_eq!(accepted, group.len(), "everybody is accepted");
    }
}

fn ue(index: usize) -> UeId {
    UeId(u32::try_from(index).expect("a small number"))
}

fn imsi(index: usize) -> Imsi {
    format!("20801{index:010}").parse().expect("an IMSI")
}

fn request(index: usize) -> NasUp {
    NasUp::AttachRequest {
        imsi: Some(imsi(index)),
        imei: format!("35{index:013}").parse().expect("an IMEI"),
        attach_type: AttachType::Combined,
        pdn: PdnRequest::new(None, PdnType::Ipv4),
        guti: None,
        power: PowerSaving::default(),
    }
}

fn subscriber(index: usize) -> Subscriber {
    Subscriber {
        imsi: imsi(index),
        iccid: format!("893301{index:013}").parse().expect("an ICCID"),
        card: CardItem::default(),
        imei_lock: None,
        msisdn: format!("+336{index:08}").parse().expect("a number"),
        account: "acme".into(),
        profile: Profile::DataVoice,
        apns: ["iot.private".to_owned()].into(),
        static_addresses: BTreeMap::new(),
        roaming_control_compatible: true,
        state: SimState::Activated,
        services: Services::default(),
    }
}

fn config() -> CellularConfig {
    let home = "208-01".parse().expect("a network");
    CellularConfig {
        home,
        country_code: "33".to_owned(),
        networks: vec![Network {
            plmn: home,
            name: "Home".to_owned(),
            country: "FR".to_owned(),
            rank: Rank::Home,
        }],
        accounts: vec![Account { name: "acme".to_owned(), ..Account::default() }],
        subscribers: Vec::new(),
        apns: vec![Apn {
            name: "iot.private".to_owned(),
            kind: ApnKind::SharedPrivate,
            pool_start: Ipv4Addr::new(10, 0, 0, 0),
            pool_size: 1 << 24,
            dns: Vec::new(),
            pdn_type: PdnType::Ipv4,
            prefix: None,
            single_address: false,
            mtu: None,
            credentials: None,
            filtered: false,
            nat_idle: None,
            in_roaming: true,
            tunnel: false,
            qci: Qci::BEST_EFFORT,
        }],
        esmes: Vec::new(),
        servers: Vec::new(),
        smsc: "+33639989000".parse().expect("a number"),
        emergency_numbers: Vec::new(),
        ussd: Vec::new(),
        steering: Steering::default(),
        policy: Policy::default(),
    }
}

/// Resident memory of this process, octets (proc(5)); 0 where the system does not tell.
fn resident() -> u64 {
    const PAGE: u64 = 4_096;
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    pages.and_then(|text| text.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) * PAGE
}
