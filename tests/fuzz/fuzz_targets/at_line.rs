//! What a host types: octets to command lines to commands, and the simulated modem that carries them out.

#![no_main]

use libfuzzer_sys::fuzz_target;
use simdev::modem::{Modem, ModemConfig, Quirks};
use wire::at::command::{Collected, EditingCharacters, LineCollector, commands};
use wire::seed::Seed;
use wire::time::{Calendar, Instant};

fuzz_target!(|octets: &[u8]| {
    let mut collector = LineCollector::default();
    for octet in octets {
        if let Collected::Line(body) = collector.push(*octet, EditingCharacters::default()) {
            // The list ends after the first error.
            let read: Vec<_> = commands(&body).collect();
            assert!(read.iter().rev().skip(1).all(Result::is_ok), "{body:?}");
        }
    }
    type_into_a_modem(octets);
});

fn type_into_a_modem(octets: &[u8]) {
    let config = ModemConfig {
        model: wire::dialect::named("3gpp").expect("the plain family"),
        imei: "356938035643809".parse().expect("an IMEI"),
        defects: [].into(),
        quirks: Quirks::new(),
        voice: true,
    };
    let mut modem = Modem::new(config, None, Calendar::virtual_start(), Seed(1));
    modem.power_on(Instant::ZERO);
    let mut now = Instant::from_micros(2_000_000);
    modem.handle_timeout(now);
    for part in octets.chunks(16) {
        modem.handle_serial(now, part);
        while modem.poll_output().is_some() {}
        if let Some(wakeup) = modem.next_wakeup() {
            now = now.max(wakeup.at);
            modem.handle_timeout(now);
        }
    }
}
