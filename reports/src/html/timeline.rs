//! The timeline of a test: one line for each event, in the columns time, kind, device, direction, text.

use crate::clean;
use crate::run::{Direction, Event, What};

/// One line of a timeline.
pub(super) struct Line {
    /// Style class: the kind of event.
    pub class: &'static str,
    /// Lab time in seconds, right-aligned.
    pub time: String,
    /// Kind, device and direction, in columns.
    pub head: String,
    /// What happened.
    pub text: String,
    /// Bytes in hexadecimal; empty where there are none.
    pub hex: String,
}

pub(super) fn line(event: &Event) -> Line {
    let time = format!("{:>5}.{:06}", event.at / 1_000_000, event.at % 1_000_000);
    let (class, head, text, hex) = match &event.what {
        What::Serial { device, direction, text } => {
            ("ser", columns("serial", device, arrow(*direction)), text.clone(), None)
        }
        What::Air { device, direction, layer, text, hex } => {
            ("air", columns(layer, device, arrow(*direction)), text.clone(), hex.as_deref())
        }
        What::Note { code, subject, text } => {
            ("note", columns("core", subject, "·"), format!("{code}: {text}"), None)
        }
        What::Step { text } => ("step", columns("step", "", "·"), text.clone(), None),
        What::Measure { name, device, value, unit, reference } => {
            ("meas", columns("measure", device, "="), measured(name, *value, unit, reference), None)
        }
    };
    let hex = hex.map(clean::line).map(|hex| hex.into_owned()).unwrap_or_default();
    Line { class, time, head, text: clean::line(&text).into_owned(), hex }
}

fn columns(kind: &str, who: &str, sign: &str) -> String {
    clean::line(&format!("{kind:<8}{who:<16} {sign}")).into_owned()
}

/// `>` towards the device, as on a terminal that talks to it.
const fn arrow(direction: Direction) -> &'static str {
    match direction {
        Direction::ToDevice => ">",
        Direction::FromDevice => "<",
    }
}

fn measured(name: &str, value: f64, unit: &str, reference: &str) -> String {
    let against = if reference.is_empty() { String::new() } else { format!(" ({reference})") };
    format!("{name} {value} {unit}{against}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let serial = What::Serial {
            device: "modem-a".to_owned(),
            direction: Direction::ToDevice,
            text: "AT\\r".to_owned(),
        };
        let step = What::Step { text: "move to Spain".to_owned() };
        let lines =
            [line(&Event { at: 1_000_042, what: serial }), line(&Event { at: 77_000_000, what: step })];
        assert_eq!(lines[0].time, "    1.000042");
        assert_eq!(lines[1].time, "   77.000000");
        assert_eq!(lines[0].head, "serial  modem-a          >");
        assert_eq!(lines[0].head.chars().count(), lines[1].head.chars().count());
    }
}
