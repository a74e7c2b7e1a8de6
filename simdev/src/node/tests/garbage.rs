//! Whatever a host types: no console panics, and each answers afterwards as it did before.

use super::*;
use wire::seed::Rng;

/// What a typist might know of the language.
const WORDS: [&str; 48] = [
    "AT",
    "at+",
    "AT+",
    "+",
    "=",
    "?",
    ":",
    ",",
    "\"",
    " ",
    "\r",
    "\n",
    "\r\n",
    "\r\n\r\n",
    "-",
    "0",
    "1",
    "5",
    "255",
    "256",
    "4294967296",
    "99999999999999999999",
    "AB",
    "00:11",
    "DR",
    "BAND",
    "SEND",
    "MSGHEX",
    "CMSG",
    "ID",
    "KEY",
    "CH",
    "NUM",
    "MASK",
    "JOIN",
    "UTX 5",
    "CTX 300",
    "CLASS",
    "DELAY",
    "RX1",
    "LW",
    "mac ",
    "set ",
    "ch ",
    "sys sleep ",
    "\u{8}",
    "é",
    "POWER",
];

fn nonsense(rng: &mut Rng) -> Vec<u8> {
    let mut octets = Vec::new();
    for _ in 0..rng.below(12) {
        if rng.below(4) == 0 {
            octets.extend(rng.octets::<3>());
        } else {
            let word = WORDS[usize::try_from(rng.below(WORDS.len() as u64)).unwrap()];
            octets.extend(word.as_bytes());
        }
    }
    octets
}

/// A command that says who is there, and how every answer to it ends.
fn question(model: NodeModel) -> (&'static str, &'static str) {
    match model {
        NodeModel::Rn2483 | NodeModel::Rn2903 => ("sys get hweui\r\n", "0004A30B001A2B3C\r\n"),
        NodeModel::LoraE5 => ("AT\r\n", "+AT: OK\r\n"),
        NodeModel::Rak3172 | NodeModel::Stm32wl => ("AT\r\n", "\r\nOK\r\n"),
        NodeModel::Murata => ("AT\r", "+OK\r"),
    }
}

#[test]
fn garbage_never_stops_a_console() {
    for model in NodeModel::ALL {
        let mut rng = Seed(7).child(model.name()).rng();
        let mut b = Bench::of(model);
        for _ in 0..4000 {
            let octets = nonsense(&mut rng);
            b.node.handle_serial(b.now, &octets);
            b.run_for(Duration::from_millis(rng.below(3000)));
            b.collect();
            b.lines.clear();
            b.printed.clear();
            b.sent.clear();
        }
        // Ends what is open: a sleep, a line, octets that are still awaited.
        b.node.handle_serial(b.now, &[0; 300]);
        b.run_for(secs(5_000_000));
        for _ in 0..2 {
            b.node.handle_serial(b.now, b"\r\n");
        }
        b.run_for(secs(2));
        b.collect();
        b.printed.clear();
        let (question, answer) = question(model);
        let said = b.typed(question);
        assert!(said.ends_with(answer), "{model}: {said:?}");
    }
}

#[test]
fn answers_do_not_depend_on_how_the_octets_arrive() {
    for model in NodeModel::ALL {
        let (question, _) = question(model);
        let whole = Bench::of(model).typed(&question.repeat(2));
        for cut in 0..question.len() * 2 {
            let mut b = Bench::of(model);
            let text = question.repeat(2);
            let (head, tail) = text.split_at(cut);
            let said = b.typed(head) + &b.typed(tail);
            assert_eq!(said, whole, "{model} cut at {cut}");
        }
    }
}
