//! What one AT round trip costs: script, driver, line, device and back.
//!
//! Floors in the same run: a virtual round trip is to stay under 5 µs; one over a PTY under three times a bare write and
//! read each way over a PTY, with the same octets, without any of our code.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lab::plan::Plan;
use lab::{Lab, Style, visits};
use runner::Session;
use runner::suite::Kit;
use serialport::SerialPort as _;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;
use wire::seed::Seed;
use wire::time::Calendar;

const LAB: &str = r#"
[lab]
name = "bench"
[operator]
home = "208-01"
service_centre = "+33639989000"
[[device]]
kind = "modem"
name = "modem-a"
imei = "356938035643809"
baud = 921600
"#;

/// Round trips in one evaluation, so that the cost of parsing the loop does not count.
const TRIPS: u64 = 1_000;

fn session(style: Style) -> Session {
    let plan = Plan::parse(LAB).expect("the bench's lab file is well-formed");
    let lab =
        Lab::build(&plan, Seed(1), Calendar::virtual_start(), style).expect("a simulated lab can be built");
    let mut session = Session::new(lab, &Kit::default(), Arc::default());
    session.evaluate(r#"sleep(2); lab.modem().at("ATE0")"#).expect("the modem answers after its boot");
    session
}

fn trips(session: &mut Session) {
    let script = format!(r#"let modem = lab.modem(); for trip in 0..{TRIPS} {{ modem.at("AT"); }}"#);
    session.evaluate(&script).expect("AT is answered with OK");
}

fn round_trips(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("AT round trip");
    group.throughput(Throughput::Elements(TRIPS)).sample_size(20).measurement_time(Duration::from_secs(3));
    group.bench_function("script to device and back, virtual lab", |bencher| {
        bencher.iter_batched_ref(|| session(Style::Virtual), trips, criterion::BatchSize::PerIteration);
    });
    let mut over_pty = session(Style::Driven(visits().1));
    group.bench_function("script to device and back, over a PTY", |bencher| {
        bencher.iter(|| trips(&mut over_pty))
    });
    let (mut device, far_end) = serialport::TTYPort::pair().expect("the kernel gives a PTY");
    // The host's end as a plain file: one system call to write, one to read.
    let path = far_end.name().expect("the far end of a PTY has a path");
    let mut host = File::options().read(true).write(true).open(path).expect("the path opens");
    group.bench_function("floor: bare write and read each way over a PTY", |bencher| {
        let mut buffer = [0_u8; 64];
        bencher.iter(|| {
            for _ in 0..TRIPS {
                host.write_all(b"AT\r").expect("the PTY takes three octets");
                let _ = device.read(&mut buffer).expect("the PTY hands them over");
                device.write_all(b"\r\nOK\r\n").expect("the PTY takes six octets");
                let _ = host.read(&mut buffer).expect("the PTY hands them over");
            }
        });
    });
    group.finish();
}

criterion_group!(benches, round_trips);
criterion_main!(benches);
