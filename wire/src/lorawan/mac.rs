//! MAC commands of LoRaWAN 1.0.2 (clauses 5 and 14), both ways.
//!
//! Several commands follow each other in FOpts or on FPort 0. A command's length is known only from its CID, so an
//! unknown CID ends the reading: what came before it counts, the rest does not. The fields are as on the air; whether a
//! value makes sense is for the receiver to answer.

mod down;
mod up;

pub use down::DownlinkCommand;
pub use up::UplinkCommand;

/// Command identifiers; a request and its answer share one.
pub mod cid {
    /// LinkCheckReq up, LinkCheckAns down.
    pub const LINK_CHECK: u8 = 0x02;
    /// LinkADRReq down, LinkADRAns up.
    pub const LINK_ADR: u8 = 0x03;
    /// DutyCycleReq down, DutyCycleAns up.
    pub const DUTY_CYCLE: u8 = 0x04;
    /// RXParamSetupReq down, RXParamSetupAns up.
    pub const RX_PARAM_SETUP: u8 = 0x05;
    /// DevStatusReq down, DevStatusAns up.
    pub const DEV_STATUS: u8 = 0x06;
    /// NewChannelReq down, NewChannelAns up.
    pub const NEW_CHANNEL: u8 = 0x07;
    /// RXTimingSetupReq down, RXTimingSetupAns up.
    pub const RX_TIMING_SETUP: u8 = 0x08;
    /// TxParamSetupReq down, TxParamSetupAns up.
    pub const TX_PARAM_SETUP: u8 = 0x09;
    /// DlChannelReq down, DlChannelAns up.
    pub const DL_CHANNEL: u8 = 0x0a;
    /// PingSlotInfoReq up, PingSlotInfoAns down.
    pub const PING_SLOT_INFO: u8 = 0x10;
    /// PingSlotChannelReq down, PingSlotChannelAns up.
    pub const PING_SLOT_CHANNEL: u8 = 0x11;
    /// BeaconTimingReq up, BeaconTimingAns down.
    pub const BEACON_TIMING: u8 = 0x12;
    /// BeaconFreqReq down, BeaconFreqAns up.
    pub const BEACON_FREQ: u8 = 0x13;
}

/// Why the reading of MAC commands ended before the octets did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MacError {
    /// Unknown or proprietary: its length cannot be known.
    #[error("MAC command {0:02x} is unknown")]
    UnknownCid(u8),
    /// The octets end inside a command.
    #[error("MAC command {cid:02x} needs {needed} more octets, {left} are left")]
    Truncated {
        /// The command.
        cid: u8,
        /// How many octets follow its CID.
        needed: usize,
        /// How many there are.
        left: usize,
    },
}

/// The commands of one frame, in their order, and why the reading stopped early if it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commands<T> {
    /// What was read.
    pub commands: Vec<T>,
    /// Why the rest was not.
    pub stopped: Option<MacError>,
}

/// Splits `octets` into commands: `length` gives the payload length of a CID, `read` turns CID and payload into a value.
fn read_all<T>(
    mut octets: &[u8],
    length: impl Fn(u8) -> Option<usize>,
    read: impl Fn(u8, &[u8]) -> Option<T>,
) -> Commands<T> {
    let mut commands = Vec::new();
    while let Some((cid, rest)) = octets.split_first() {
        let Some(needed) = length(*cid) else {
            return Commands { commands, stopped: Some(MacError::UnknownCid(*cid)) };
        };
        let Some((payload, after)) = rest.split_at_checked(needed) else {
            let stopped = Some(MacError::Truncated { cid: *cid, needed, left: rest.len() });
            return Commands { commands, stopped };
        };
        commands.extend(read(*cid, payload));
        octets = after;
    }
    Commands { commands, stopped: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    #[test]
    fn garbage_is_read_or_stops_and_what_was_read_writes_the_same() {
        let mut rng = Seed(1).child("mac-commands").rng();
        for _ in 0..5000 {
            let octets: [u8; 24] = rng.octets();
            // Low CIDs come often enough to reach every command.
            let octets = octets.map(|octet| if octet & 1 == 0 { octet & 0x1f } else { octet });
            let up = UplinkCommand::read_all(&octets);
            assert!(UplinkCommand::write_all(&up.commands).len() <= octets.len());
            let again = UplinkCommand::read_all(&UplinkCommand::write_all(&up.commands));
            assert_eq!(again, Commands { commands: up.commands, stopped: None });
            let down = DownlinkCommand::read_all(&octets);
            let again = DownlinkCommand::read_all(&DownlinkCommand::write_all(&down.commands));
            assert_eq!(again, Commands { commands: down.commands, stopped: None });
        }
    }

    #[test]
    fn an_unknown_command_ends_the_reading_and_what_came_before_counts() {
        let read = DownlinkCommand::read_all(&[0x06, 0x80, 0x06]);
        assert_eq!(read.commands, [DownlinkCommand::DevStatusReq]);
        assert_eq!(read.stopped, Some(MacError::UnknownCid(0x80)));
        // DeviceTimeReq is of 1.0.3.
        assert_eq!(UplinkCommand::read_all(&[0x0d]).stopped, Some(MacError::UnknownCid(0x0d)));
        let cut = DownlinkCommand::read_all(&[0x03, 0x51, 0xff]);
        assert_eq!(cut.stopped, Some(MacError::Truncated { cid: 3, needed: 4, left: 2 }));
    }
}
