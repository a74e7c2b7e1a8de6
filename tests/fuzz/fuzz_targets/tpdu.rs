//! Short messages on every layer: what can be read is written and read again to the same value.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::sms::{Direction, SmscPdu, Tpdu};

fuzz_target!(|octets: &[u8]| {
    for direction in [Direction::NetworkToMobile, Direction::MobileToNetwork] {
        if let Ok(tpdu) = Tpdu::parse(direction, octets) {
            let again = Tpdu::parse(direction, &tpdu.to_octets());
            assert_eq!(again.as_ref(), Ok(&tpdu), "{direction:?}");
            let _ = tpdu.text();
        }
        if let Ok(pdu) = SmscPdu::parse(direction, octets) {
            assert_eq!(SmscPdu::parse(direction, &pdu.to_octets()).as_ref(), Ok(&pdu), "{direction:?}");
        }
        let _ = SmscPdu::parse_record(direction, octets);
    }
});
