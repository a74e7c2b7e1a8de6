//! What it costs to keep the state of a core: a thousand short messages to one modem, with and without a store.
//!
//! The lab is virtual, so that nothing waits: what is measured is the work. Messages are of type 0, which a modem takes and
//! does not store. `-- postgres://…` measures another store than an SQLite file.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use lab::{Lab, Past, Style};
use reports::{KeptChange, StateStore};
use runner::runtime::Steady;
use simcore::cellular::{SmsRequest, SmsState};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration as Wall, Instant as Clock};
use wire::seed::Seed;
use wire::sms::{ProtocolId, UserData};
use wire::time::{Calendar, Duration};

const MESSAGES: u32 = 1_000;
const RUNS: usize = 3;

/// What was written and how long it took.
#[derive(Default)]
struct Written {
    commits: u32,
    records: usize,
    octets: usize,
    time: Wall,
}

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = format!("sqlite:{}", folder.path().join("dtk.sqlite").display());
    let url = std::env::args().skip(1).find(|argument| !argument.starts_with("--")).unwrap_or(file);
    let runtime = Rc::new(Steady::start().expect("a runtime"));
    let store = runtime.block_on(StateStore::open(&url)).expect("a store");
    let fastest = |kept: bool| {
        let runs = (0..RUNS).map(|_| run(kept.then_some((&runtime, &store))));
        runs.min_by(|a, b| a.0.cmp(&b.0)).expect("there is a run")
    };
    let (bare, _) = fastest(false);
    let (whole, written) = fastest(true);
    let each = |time: Wall| time.as_secs_f64() * 1e6 / f64::from(MESSAGES);
    println!("{MESSAGES} messages, not kept: {:.0} µs each", each(bare));
    println!(
        "{MESSAGES} messages, kept:     {:.0} µs each, {:.0} of it in commits",
        each(whole),
        each(written.time)
    );
    let count = f64::from(MESSAGES);
    println!(
        "per message: {:.1} commits of {:.0} µs, {:.1} records, {:.0} octets",
        f64::from(written.commits) / count,
        written.time.as_secs_f64() * 1e6 / f64::from(written.commits.max(1)),
        written.records as f64 / count,
        written.octets as f64 / count
    );
}

/// Delivers the messages one after the other; how long it took, and what was written.
fn run(store: Option<(&Rc<Steady>, &StateStore)>) -> (Wall, Written) {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../lab.toml")).expect("the lab file");
    let plan = lab::plan::Plan::parse(&text).expect("the lab file is well-formed");
    let past = store.is_some().then(Past::default);
    let mut table = Lab::build_on(past.as_ref(), &plan, Seed(1), Calendar::virtual_start(), Style::Virtual)
        .expect("the lab can be built");
    let written = Rc::new(RefCell::new(Written::default()));
    if let Some((runtime, store)) = store {
        let start = store.start("bench", "/bench", jiff::Timestamp::UNIX_EPOCH, true);
        let (id, runtime, store) =
            (runtime.block_on(start).expect("a state").id, runtime.clone(), store.clone());
        let count = written.clone();
        table.keep_with(Box::new(move |now, changes| {
            let changes = changes.expect("every change can be written");
            let began = Clock::now();
            let changes: Vec<KeptChange<'_>> = changes
                .iter()
                .map(|change| KeptChange {
                    kind: change.kind,
                    key: &change.key,
                    value: change.value.as_deref(),
                })
                .collect();
            runtime.block_on(store.commit(id, now.as_micros(), &changes)).expect("it is written");
            let mut count = count.borrow_mut();
            count.commits += 1;
            count.records += changes.len();
            count.octets += changes.iter().filter_map(|change| change.value).map(str::len).sum::<usize>();
            count.time += began.elapsed();
            true
        }));
    }
    let settle = |table: &mut Lab, span| {
        let limit = table.now() + span;
        while table.step(limit).expect("nobody interrupts") {}
    };
    settle(&mut table, Duration::from_secs(60));
    *written.borrow_mut() = Written::default();
    let began = Clock::now();
    for number in 0..MESSAGES {
        let user_data = UserData::text(&format!("message {number}")).expect("it is short");
        let numbers = ["+33639980002", "+33639980001"].map(|text| text.parse().expect("a number"));
        let [from, to] = numbers;
        let request = SmsRequest { pid: ProtocolId::TYPE_0, ..SmsRequest::new(&from, to, user_data) };
        let now = table.now();
        let id = table.bench_mut().core.cellular.send_sms(now, request).expect("it is accepted");
        settle(&mut table, Duration::from_secs(5));
        let state = table.bench().core.cellular.sms_state(id);
        assert!(matches!(state, Some(SmsState::Delivered { .. })), "{state:?}");
    }
    let time = began.elapsed();
    (time, written.take())
}
