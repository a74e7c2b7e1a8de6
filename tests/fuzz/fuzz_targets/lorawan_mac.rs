//! MAC commands both ways: what was read before the reading stopped is written and read again to the same commands.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::lorawan::mac::{DownlinkCommand, UplinkCommand};

fuzz_target!(|octets: &[u8]| {
    let up = UplinkCommand::read_all(octets);
    let again = UplinkCommand::read_all(&UplinkCommand::write_all(&up.commands));
    assert_eq!((&again.commands, again.stopped), (&up.commands, None));
    let down = DownlinkCommand::read_all(octets);
    let again = DownlinkCommand::read_all(&DownlinkCommand::write_all(&down.commands));
    assert_eq!((&again.commands, again.stopped), (&down.commands, None));
});
