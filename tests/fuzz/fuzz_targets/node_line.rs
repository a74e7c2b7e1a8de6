//! What a host types to a LoRaWAN module: the first octet chooses the module, the rest is typed with the time going on.

#![no_main]

use libfuzzer_sys::fuzz_target;
use simdev::node::{Node, NodeConfig, NodeModel};
use wire::seed::Seed;
use wire::time::Instant;

fuzz_target!(|octets: &[u8]| {
    let Some((choice, typed)) = octets.split_first() else { return };
    let model = NodeModel::ALL[usize::from(*choice) % NodeModel::ALL.len()];
    let usual = NodeConfig::default();
    let config = NodeConfig { model, band: model.only_band().unwrap_or(usual.band), ..usual };
    let mut node = Node::new(config, Seed(1));
    node.power_on(Instant::ZERO);
    let mut now = Instant::from_micros(1_000_000);
    node.handle_timeout(now);
    for part in typed.chunks(16) {
        node.handle_serial(now, part);
        while node.poll_output().is_some() {}
        // A sleep may last for years; what is typed next need not wait for it.
        if let Some(wakeup) = node.next_wakeup().filter(|wakeup| wakeup.at.since(now).as_secs() < 3600) {
            now = now.max(wakeup.at);
            node.handle_timeout(now);
        }
    }
});
