//! Emergency calls: which numbers they are, and how they leave from every state (TS 22.101 10.1.1).

use super::super::Mobile;
use super::{CallEnd, DialError};
use wire::id::PhoneNumber;
use wire::time::Instant;

/// Emergency numbers of every mobile, and those of a mobile without a card.
const ALWAYS: &[&str] = &["112", "911"];
const WITHOUT_CARD: &[&str] = &["000", "08", "110", "118", "119", "999"];
/// EF_ECC (TS 31.102 4.2.21).
const EF_ECC: u16 = 0x6fb7;

impl Mobile {
    /// Whether dialling this number is an emergency call.
    pub(crate) fn is_emergency_number(&self, number: &PhoneNumber) -> bool {
        let dialled = number.as_str();
        let without_card = self.card.is_none() && WITHOUT_CARD.contains(&dialled);
        ALWAYS.contains(&dialled)
            || without_card
            || self.card_emergency_numbers().iter().any(|ecc| ecc == dialled)
    }

    /// Readable whatever the state of the card's PIN.
    /// The emergency numbers that this mobile knows with this card.
    pub(crate) fn emergency_numbers(&self) -> Vec<String> {
        let mut numbers: Vec<String> = ALWAYS.iter().map(|number| (*number).to_owned()).collect();
        numbers.extend(self.card_emergency_numbers());
        numbers.sort();
        numbers.dedup();
        numbers
    }

    fn card_emergency_numbers(&self) -> Vec<String> {
        let Some(card) = &self.card else { return Vec::new() };
        (1..=u8::MAX)
            .map_while(|record| card.read_record(EF_ECC, record).ok())
            .filter_map(|octets| digits(&octets))
            .collect()
    }

    /// The call leaves on the cell that the mobile camps on as registered; otherwise any cell is looked for.
    pub(super) fn begin_emergency(&mut self, now: Instant) {
        if self.is_registered() {
            self.emergency_setup(now);
        } else {
            self.search.for_emergency = true;
            self.start_search();
        }
    }

    /// A cell is there: the emergency call that waits for one leaves.
    pub(in crate::modem::mobile) fn emergency_setup(&mut self, now: Instant) {
        let waits = self.calls.list.iter().find(|call| call.emergency && call.transaction.is_none());
        if let Some(id) = waits.map(|call| call.id) {
            self.set_up(now, id);
        }
    }

    /// No cell is there, or the call is not possible for another reason.
    pub(in crate::modem::mobile) fn call_failed(&mut self, error: DialError) {
        let why = if error == DialError::NoService { "no network service" } else { "call not possible" };
        for id in self.calls.list.iter().map(|call| call.id).collect::<Vec<u8>>() {
            self.end_call(id, why, CallEnd::Cleared);
        }
    }
}

/// The emergency number of an EF_ECC record: three octets of swapped digits, F where there is none.
fn digits(record: &[u8]) -> Option<String> {
    let nibbles = record.get(..3)?.iter().flat_map(|octet| [octet & 15, octet >> 4]);
    let number: String =
        nibbles.take_while(|digit| *digit < 10).map(|digit| char::from(b'0' + digit)).collect();
    (!number.is_empty()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emergency_record_is_read_as_31_102_codes_it() {
        assert_eq!(digits(&[0x11, 0xf2, 0xff, 0x00]), Some("112".to_owned()));
        assert_eq!(digits(&[0x99, 0xf9, 0xff]), Some("999".to_owned()));
        assert_eq!(digits(&[0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(digits(&[0x11]), None);
    }
}
