//! Times and limits that all regions share (Regional Parameters 1.0.2rB, common part; LoRaWAN 1.0.2 clauses 3.3, 5).

use crate::time::Duration;

/// From the end of an uplink to RX1, unless RxDelay says otherwise.
pub const RECEIVE_DELAY1: Duration = Duration::from_secs(1);
/// RX2 opens this long after RX1.
pub const RX2_AFTER_RX1: Duration = Duration::from_secs(1);
/// From the end of a join-request to RX1.
pub const JOIN_ACCEPT_DELAY1: Duration = Duration::from_secs(5);
/// From the end of a join-request to RX2.
pub const JOIN_ACCEPT_DELAY2: Duration = Duration::from_secs(6);
/// A receive window opens within this much of its time.
pub const WINDOW_TOLERANCE: Duration = Duration::from_micros(20);
/// Uplinks without a downlink before ADRACKReq is set.
pub const ADR_ACK_LIMIT: u32 = 64;
/// Uplinks after ADR_ACK_LIMIT before the data rate falls.
pub const ADR_ACK_DELAY: u32 = 32;
/// ACK_TIMEOUT is drawn between this and [`ACK_TIMEOUT_MAX`].
pub const ACK_TIMEOUT_MIN: Duration = Duration::from_secs(1);
/// The upper end of ACK_TIMEOUT.
pub const ACK_TIMEOUT_MAX: Duration = Duration::from_secs(3);
/// Transmissions of one confirmed uplink, the first included (clause 18.4).
pub const MAX_CONFIRMED_TRIES: u8 = 8;

/// The delay that an RxDelay or RXTimingSetupReq field stands for: 0 and 1 are both one second.
#[must_use]
pub const fn receive_delay(field: u8) -> Duration {
    let seconds = field & 0x0f;
    Duration::from_secs(if seconds == 0 { 1 } else { seconds as u64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_of_zero_is_one_second_and_high_bits_do_not_count() {
        assert_eq!(receive_delay(0), Duration::from_secs(1));
        assert_eq!(receive_delay(1), Duration::from_secs(1));
        assert_eq!(receive_delay(15), Duration::from_secs(15));
        assert_eq!(receive_delay(0x25), Duration::from_secs(5));
    }
}
