//! The PIN settings of the service, one by one.

use super::super::example::{PUK1, PUK2, card};
use super::*;
use PinRef::{Pin1, Pin2};

fn left(tries: u8) -> StatusWord {
    StatusWord::verification_failed(tries)
}

/// PIN1 enabled and not presented yet.
fn locked() -> SimCard {
    let mut card = card();
    assert_eq!(card.enable_pin1("0000"), StatusWord::OK);
    card.reset();
    card
}

/// Clause ICX-1.3.2.3a.
#[test]
fn pin1_is_disabled_with_0000_and_can_be_enabled_changed_and_disabled() {
    let mut card = card();
    assert_eq!(card.pin_state(Pin1), PinState::Disabled);
    assert!(card.imsi().is_ok(), "no PIN is asked for");
    assert_eq!(card.verify(Pin1, "0000"), StatusWord::DATA_INVALIDATED);
    assert_eq!(card.change(Pin1, "0000", "1234"), StatusWord::DATA_INVALIDATED);
    assert_eq!(card.disable_pin1("0000"), StatusWord::DATA_INVALIDATED);
    assert_eq!(card.attempts(Pin1), Attempts { pin: 3, puk: 10 }, "none of this costs a try");

    assert_eq!(card.enable_pin1("0000"), StatusWord::OK);
    assert_eq!(card.pin_state(Pin1), PinState::Verified);
    assert_eq!(card.enable_pin1("0000"), StatusWord::CONDITIONS_NOT_SATISFIED);
    card.reset();
    assert_eq!(card.pin_state(Pin1), PinState::Required);
    assert_eq!(card.imsi(), Err(StatusWord::SECURITY_STATUS_NOT_SATISFIED));
    assert!(card.read_binary(0x2fe2, 0, 0).is_ok(), "the card is still named");

    assert_eq!(card.verify(Pin1, "0000"), StatusWord::OK);
    assert!(card.imsi().is_ok());
    assert_eq!(card.change(Pin1, "0000", "98765432"), StatusWord::OK);
    assert_eq!(card.verify(Pin1, "0000"), left(2));
    assert_eq!(card.disable_pin1("98765432"), StatusWord::OK);
    card.reset();
    assert_eq!(card.pin_state(Pin1), PinState::Disabled);
}

/// Clause ICX-1.3.2.3b.
#[test]
fn pin1_blocks_after_three_wrong_tries_and_asks_for_the_puk() {
    let mut card = locked();
    assert_eq!(card.verify(Pin1, "1111"), left(2));
    assert_eq!(card.verify(Pin1, "0000"), StatusWord::OK);
    assert_eq!(card.attempts(Pin1).pin, 3, "the right PIN sets the counter back");
    for tries in [2, 1, 0] {
        assert_eq!(card.verify(Pin1, "1111"), left(tries));
    }
    assert_eq!(card.pin_state(Pin1), PinState::Blocked);
    assert_eq!(card.verify(Pin1, "0000"), StatusWord::AUTHENTICATION_BLOCKED, "the right PIN comes too late");
    assert_eq!(card.verify(Pin1, ""), StatusWord::AUTHENTICATION_BLOCKED);
    card.reset();
    assert_eq!(card.pin_state(Pin1), PinState::Blocked);
    assert_eq!(card.imsi(), Err(StatusWord::SECURITY_STATUS_NOT_SATISFIED));

    assert_eq!(card.unblock(Pin1, PUK1, "2468"), StatusWord::OK);
    assert_eq!(
        (card.pin_state(Pin1), card.attempts(Pin1)),
        (PinState::Verified, Attempts { pin: 3, puk: 10 })
    );
    card.reset();
    assert_eq!(card.verify(Pin1, "2468"), StatusWord::OK);
}

#[test]
fn wrong_tries_to_enable_or_change_count_too() {
    let mut card = card();
    assert_eq!(card.enable_pin1("1111"), left(2));
    assert_eq!(card.enable_pin1("1111"), left(1));
    assert_eq!(card.enable_pin1("1111"), left(0));
    assert_eq!(card.pin_state(Pin1), PinState::Blocked);
    assert_eq!(card.disable_pin1("0000"), StatusWord::AUTHENTICATION_BLOCKED);
    let mut card = locked();
    assert_eq!(card.change(Pin1, "1111", "2222"), left(2));
    assert_eq!(card.change(Pin1, "0000", "12"), StatusWord::INCORRECT_DATA);
    assert_eq!(card.change(Pin1, "0000", "12345x"), StatusWord::INCORRECT_DATA);
    assert_eq!(card.attempts(Pin1).pin, 2, "a new PIN that is none costs no try");
}

/// Clause ICX-1.3.2.3c.
#[test]
fn ten_wrong_puks_kill_the_card_for_ever() {
    let mut card = locked();
    for _ in 0..3 {
        card.verify(Pin1, "1111");
    }
    for tries in (0..10).rev() {
        assert_eq!(card.unblock(Pin1, "00000000", "0000"), left(tries));
    }
    assert_eq!(card.pin_state(Pin1), PinState::Dead);
    assert_eq!(card.unblock(Pin1, PUK1, "0000"), StatusWord::AUTHENTICATION_BLOCKED);
    card.reset();
    assert_eq!((card.pin_state(Pin1), card.attempts(Pin1)), (PinState::Dead, Attempts { pin: 0, puk: 0 }));
    assert_eq!(card.imsi(), Err(StatusWord::SECURITY_STATUS_NOT_SATISFIED));
}

#[test]
fn a_right_puk_sets_its_counter_back_and_a_bad_new_pin_costs_nothing() {
    let mut card = locked();
    assert_eq!(card.unblock(Pin1, "11111111", "0000"), left(9));
    assert_eq!(card.unblock(Pin1, PUK1, "123"), StatusWord::INCORRECT_DATA);
    assert_eq!(card.attempts(Pin1).puk, 9);
    assert_eq!(card.unblock(Pin1, PUK2, "0000"), left(8), "the other PUK is no PUK");
    assert_eq!(card.unblock(Pin1, PUK1, "0000"), StatusWord::OK);
    assert_eq!(card.attempts(Pin1).puk, 10);
}

/// Clause ICX-1.3.2.3d.
#[test]
fn pin2_is_enabled_with_eight_zeros_and_blocks_after_three_wrong_tries() {
    let mut card = card();
    assert_eq!(card.pin_state(Pin2), PinState::Required);
    assert_eq!(card.verify(Pin2, "0000"), left(2), "four zeros are another PIN");
    assert_eq!(card.verify(Pin2, "00000000"), StatusWord::OK);
    assert_eq!(card.change(Pin2, "00000000", "1234"), StatusWord::OK);
    assert_eq!(card.change(Pin2, "1234", "00000000"), StatusWord::OK);
    card.reset();
    assert_eq!(card.pin_state(Pin2), PinState::Required, "a session ends with the reset");
    for tries in [2, 1, 0] {
        assert_eq!(card.verify(Pin2, "0000"), left(tries));
    }
    assert_eq!(card.pin_state(Pin2), PinState::Blocked);
    assert_eq!(card.pin_state(Pin1), PinState::Disabled, "PIN1 is not touched");
    assert!(card.imsi().is_ok());
}

/// Clause ICX-1.3.2.3e.
#[test]
fn puk2_unblocks_pin2() {
    let mut card = card();
    for _ in 0..3 {
        card.verify(Pin2, "0000");
    }
    assert_eq!(card.unblock(Pin2, PUK1, "00000000"), left(9));
    assert_eq!(card.unblock(Pin2, PUK2, "13579"), StatusWord::OK);
    assert_eq!(card.pin_state(Pin2), PinState::Verified);
    card.reset();
    assert_eq!(card.verify(Pin2, "13579"), StatusWord::OK);
}

#[test]
fn a_query_costs_no_try_and_what_cannot_be_carried_is_refused() {
    let mut card = locked();
    for _ in 0..5 {
        assert_eq!(card.verify(Pin1, ""), left(3));
    }
    assert_eq!(card.verify(Pin1, "123456789"), StatusWord::WRONG_LENGTH);
    assert_eq!(card.unblock(Pin1, "123456789", "0000"), StatusWord::WRONG_LENGTH);
    assert_eq!(card.attempts(Pin1), Attempts { pin: 3, puk: 10 });
}

#[test]
fn no_code_shows_in_debug_output() {
    let mut card = card();
    card.change(Pin2, "00000000", "24681357");
    let shown = format!("{card:?}");
    for code in [PUK1, PUK2, "24681357", "[50, 52, 54"] {
        assert!(!shown.contains(code), "{code}");
    }
    assert!(shown.contains("[REDACTED]"));
}

#[test]
fn any_text_is_taken_without_panic() {
    let mut rng = wire::seed::Seed(5).child("pin").rng();
    let mut card = card();
    for _ in 0..3000 {
        let text: String =
            (0..rng.below(12)).map(|_| ['0', '1', 'é', '🔥', '\0'][rng.below(5) as usize]).collect();
        let which = if rng.chance(500) { Pin1 } else { Pin2 };
        card.verify(which, &text);
        card.change(which, &text, &text);
        card.unblock(which, &text, "0000");
        card.enable_pin1(&text);
        card.disable_pin1(&text);
    }
}
