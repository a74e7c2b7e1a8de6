//! `dtk serve` is killed and started again: what its core knew is known.

use crate::program::{Out, PATIENCE, root};
use crate::serve::{Served, Terminal};
use runner::exit;
use std::time::Instant;

const SEND: &str = "lab.core().send_sms(\"+33639980002\", \"+33639980001\", ";

/// The modem of a lab that has just started, in text mode.
fn woken(served: &Served) -> Terminal {
    let mut modem = served.open("modem-a");
    modem.wake();
    modem.type_in("AT+CMGF=1\r");
    modem.until("OK\r\n");
    modem
}

/// The stored messages once the text is among them.
fn messages_with(modem: &mut Terminal, text: &str) -> String {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        modem.type_in("AT+CMGL=\"ALL\"\r");
        let list = modem.until("OK\r\n");
        if list.contains(text) {
            return list;
        }
    }
    panic!("no {text:?} for {PATIENCE:?}");
}

/// Waits until the network has heard that so many messages were taken: one whose acknowledgement was lost with the lab would
/// be sent again, as by any service centre.
fn until_delivered(served: &Served, count: u32) {
    let began = Instant::now();
    while served.ctl("lab.core().note_count(\"sms-delivered\")") != count.to_string() {
        assert!(began.elapsed() < PATIENCE, "not {count} messages delivered");
    }
}

fn send(served: &Served, text: &str) {
    assert_eq!(served.ctl(&format!("{SEND}\"{text}\").state()")), "enroute");
}

#[test]
fn a_message_for_a_device_that_is_off_outlives_the_program_and_comes_once() {
    let served = Served::start();
    let mut modem = woken(&served);
    modem.type_in("AT+QPOWD=1\r");
    modem.until("POWERED DOWN\r\n");
    send(&served, "accepted before");
    // The lab has no chance to write anything when it is killed: what was told was written before.
    let served = served.killed_and_started_again(&[]);
    let mut modem = woken(&served);
    messages_with(&mut modem, "accepted before");
    send(&served, "accepted after");
    let list = messages_with(&mut modem, "accepted after");
    assert_eq!(list.matches("accepted before").count(), 1, "{list}");
    until_delivered(&served, 2);
    // Once more: the card is a new one, and what was delivered is not delivered to it again.
    let served = served.killed_and_started_again(&[]);
    let mut modem = woken(&served);
    send(&served, "the third");
    let list = messages_with(&mut modem, "the third");
    assert!(!list.contains("accepted"), "{list}");
}

#[test]
fn orders_outlive_the_program_until_it_starts_afresh() {
    let served = Served::start();
    let listed = "lab.core().account(\"acme\").voice_whitelist_numbers()";
    served.ctl("lab.core().account(\"acme\").voice_whitelist([\"3900\", \"+33123456789\"])");
    let before = served.ctl(listed);
    assert!(before.contains("3900"), "{before}");
    let served = served.killed_and_started_again(&[]);
    assert_eq!(served.ctl(listed), before);
    let served = served.killed_and_started_again(&["--fresh"]);
    assert!(!served.ctl(listed).contains("3900"));
}

#[test]
fn policy_steering_and_notes_outlive_the_program() {
    let served = Served::start();
    served.ctl("lab.core().periodic_update(1234); lab.core().steering(15, 1)");
    served.ctl("lab.core().subscriber_of(\"+33639980001\").suspend()");
    let noted = "lab.core().notes().map(|note| note.text)";
    let before = served.ctl(noted);
    assert!(before.contains("suspended"), "{before}");
    let mut served = served.killed_and_started_again(&[]);
    for _ in 0..2 {
        let after = served.ctl(noted);
        let head = before.trim_end().trim_end_matches(']');
        assert!(after.starts_with(head), "{after} does not go on from {before}");
        served = served.killed_and_started_again(&[]);
    }
}

#[test]
fn a_state_of_another_lab_file_is_told_and_left_alone() {
    let served = Served::start();
    let waits = "lab.core().send_sms(\"+33639980002\", \"+33639980004\", \"waits\").state()";
    assert_eq!(served.ctl(waits), "enroute");
    let Served { out, running, .. } = served;
    drop(running);
    let text = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    let changed = text.replace("208010000000003", "208010000000009");
    let file = out.file("other.toml", &changed);
    let serve = ["serve", "--semtech-udp", "127.0.0.1:0", "--lab", &file];
    let ended = out.dtk(&serve).has_code(exit::BAD_USAGE);
    ended.complains(&["208010000000003", "the lab file does not have", "--fresh"]);
    // The file that wrote it still serves it.
    Served::start_in(out, &[]).open("modem-a").wake();
}

#[test]
fn a_store_that_cannot_be_opened_is_named() {
    let out = Out::new();
    let file = out.file("notes.sqlite", &"no database at all, ".repeat(100));
    let ended = out.dtk(&["serve", "--semtech-udp", "127.0.0.1:0", "--db", &file]).has_code(exit::BAD_USAGE);
    ended.complains(&["notes.sqlite", "not a database"]);
}

#[test]
fn a_node_that_starts_anew_draws_another_nonce_and_joins() {
    let mut served = Served::start();
    for _ in 0..3 {
        let mut node = served.open("node-a");
        // Its banner: before that it hears nothing.
        node.until("\r\n");
        node.type_in("mac join otaa\r\n");
        node.until("ok\r\n");
        node.until("accepted\r\n");
        served = served.killed_and_started_again(&[]);
    }
}
