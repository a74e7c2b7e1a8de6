//! What a modem sends: the driver's channel makes the same of a stream however it is cut, and ends every command.

#![no_main]

use drivers::at::{AtChannel, AtEvent, Command, Output};
use libfuzzer_sys::fuzz_target;
use wire::time::{Duration, Instant};

const LINES: [&str; 4] = ["AT+CMGR=1", "AT+COPS=?", "ATD112;", "AT+CREG?"];

fn outputs(line: &str, parts: &[&[u8]]) -> Vec<Output> {
    let wait = Duration::from_secs(1);
    let mut channel = AtChannel::default();
    let command = Command::with_text(line, "0001", wait);
    channel.send(Instant::ZERO, command).expect("nothing runs yet");
    for part in parts {
        channel.handle_input(Instant::from_micros(1), part);
    }
    channel.handle_timeout(Instant::ZERO + wait);
    std::iter::from_fn(|| channel.poll_output()).collect()
}

fuzz_target!(|octets: &[u8]| {
    let [choice, cut, stream @ ..] = octets else { return };
    let line = LINES[usize::from(*choice) % LINES.len()];
    let (head, tail) = stream.split_at(usize::from(*cut).min(stream.len()));
    let whole = outputs(line, &[stream]);
    assert_eq!(whole, outputs(line, &[head, tail]));
    let ends = |output: &&Output| {
        matches!(output, Output::Event(AtEvent::Done { .. } | AtEvent::Failed { .. }))
    };
    assert_eq!(whole.iter().filter(ends).count(), 1, "a command ends once");
});
