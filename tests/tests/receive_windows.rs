//! Downlinks begin at the microsecond that the standard names, by the count of the gateway and over its wrap: from the
//! node's port through the air, the gateway and the network server, and back.

#![cfg(test)]

#[path = "node_bed/bed.rs"]
mod node_bed;

use lab::Happening;
use node_bed::{Bed, DEVICE};
use simcore::lorawan::Window;
use wire::air::lora::HeardFrame;
use wire::lorawan::mac::DownlinkCommand;
use wire::time::{Duration, Instant};

/// What the counter of a gateway passes: its wrap, and where it stops to fit into a signed number.
const WRAP: u32 = 0;
const HALF: u32 = 1 << 31;

impl Bed {
    fn counter(&self, at: Instant) -> u32 {
        self.lab.bench().gateways[0].gateway.counter(at)
    }

    /// Waits until the gateway's counter reaches `count` after this span.
    fn rest_until_before(&mut self, count: u32, span: Duration) {
        let ahead = u64::from(count.wrapping_sub(self.counter(self.lab.now())));
        let ahead = Duration::from_micros(ahead).max(span);
        self.rest(ahead - span);
    }

    /// The last frame that the node sent, or heard.
    fn last(&self, sent: bool) -> HeardFrame {
        let frame = |what: &Happening| {
            let Happening::Lora { seat: Some(_), uplink, frame } = what else { return None };
            (*uplink == sent).then(|| frame.clone())
        };
        self.lab.bench().trace().iter().rev().find_map(|record| frame(&record.what)).expect("no frame")
    }

    /// The line is typed so long before the counter reaches `count` that this lies in the middle of the delay.
    fn answered_over(&mut self, count: u32, line: &str, window: Window, delay: Duration) {
        self.lab.bench_mut().core.lorawan.set_preferred_window(DEVICE, window).unwrap();
        self.rest_until_before(count, delay / 2 + Duration::from_millis(100));
        self.types(line);
        self.rest(delay + Duration::from_secs(5));
        let (uplink, downlink) = (self.last(true), self.last(false));
        assert_eq!(downlink.started.since(uplink.ended), delay, "{line} {window:?}");
        let (heard, sent) = (self.counter(uplink.ended), self.counter(downlink.started));
        let micros = u32::try_from(delay.as_micros()).unwrap();
        assert_eq!(sent, heard.wrapping_add(micros), "{line}");
        let passed = (1..=micros).contains(&count.wrapping_sub(heard));
        assert!(passed, "{line} {window:?}: the counter did not pass {count} between {heard} and {sent}");
    }
}

#[test]
fn every_window_opens_at_its_microsecond_over_the_wrap_of_the_counter() {
    let mut bed = Bed::new("");
    for (window, seconds) in [(Window::Rx1, 5), (Window::Rx2, 6)] {
        bed.answered_over(WRAP, "mac join otaa", window, Duration::from_secs(seconds));
    }
    for (window, seconds) in [(Window::Rx1, 1), (Window::Rx2, 2)] {
        for count in [WRAP, HALF] {
            bed.answered_over(count, "mac tx cnf 1 00", window, Duration::from_secs(seconds));
        }
    }
    // RXTimingSetupReq with the longest delay; its answer comes with the uplink after it.
    let slow = DownlinkCommand::RxTimingSetupReq { delay: 15 };
    bed.lab.bench_mut().core.lorawan.queue_mac_command(DEVICE, slow).unwrap();
    for _ in 0..2 {
        bed.rest(Duration::from_secs(60));
        bed.types("mac tx uncnf 1 00");
        bed.rest(Duration::from_secs(20));
    }
    for (window, seconds) in [(Window::Rx1, 15), (Window::Rx2, 16)] {
        bed.answered_over(WRAP, "mac tx cnf 1 00", window, Duration::from_secs(seconds));
    }
}
