//! Dial strings: modifiers, and the wish about the own number (V.250 6.3.1, TS 27.007 6.2, TS 22.030 6.5.3).

use wire::nas::Clir;

/// A dial string taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dialled {
    pub(super) number: String,
    /// `I` or `*31#` hides the caller's number, `i` or `#31#` shows it, whatever `+CLIR` says.
    pub(super) clir: Option<Clir>,
}

/// Drops what only a modem on a telephone line needs, and reads the modifiers (TS 27.007 6.2, TS 22.030).
pub(super) fn take_apart(string: &str) -> Dialled {
    let mut clir = None;
    let mut rest = string.trim_start_matches(['T', 't', 'P', 'p']);
    for (prefix, wish) in [("*31#", Clir::Invoked), ("#31#", Clir::Suppressed)] {
        if let Some(number) = rest.strip_prefix(prefix) {
            clir = Some(wish);
            rest = number;
        }
    }
    let mut number = String::new();
    for c in rest.chars() {
        match c {
            'I' => clir = Some(Clir::Invoked),
            'i' => clir = Some(Clir::Suppressed),
            'G' | 'g' | 'W' | 'w' | ',' | '!' | '@' | '-' | '(' | ')' | '.' => {}
            _ => number.push(c),
        }
    }
    Dialled { number, clir }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dial_string_gives_its_number_and_its_wish_for_secrecy() {
        for (string, number, clir) in [
            ("+33639980002", "+33639980002", None),
            ("T0612345678", "0612345678", None),
            ("0612-34(56),W", "06123456", None),
            ("112I", "112", Some(Clir::Invoked)),
            ("112i", "112", Some(Clir::Suppressed)),
            ("*31#0612345678", "0612345678", Some(Clir::Invoked)),
            ("#31#0612345678", "0612345678", Some(Clir::Suppressed)),
        ] {
            assert_eq!(take_apart(string), Dialled { number: number.to_owned(), clir }, "{string}");
        }
    }
}
