//! The pictures of a report, as SVG text: self-contained, without fonts, scripts or identifiers, so that they stand alone
//! as files and inside the HTML page alike.
//!
//! A picture without data is still a picture, which says so. Every axis names its unit, and nothing is told by colour
//! alone. `plotters` stays behind this module.

mod canvas;
mod field;
mod figures;
mod histogram;
mod join_timing;
mod palette;
mod verdicts;

use crate::run::Run;
pub use canvas::ChartError;

/// One picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// File name without its ending.
    pub name: &'static str,
    /// Heading for a person.
    pub title: &'static str,
    /// What the picture shows and how to read it.
    pub caption: &'static str,
    /// The picture: one `svg` element.
    pub svg: String,
}

struct Kind {
    name: &'static str,
    title: &'static str,
    caption: &'static str,
    draw: fn(&Run) -> Result<String, ChartError>,
}

/// The pictures of every run.
const KINDS: [Kind; 4] = [
    Kind {
        name: "verdicts",
        title: "Verdicts by family",
        caption: "Number of tests of each family, stacked by verdict; the words beside a bar give its parts.",
        draw: verdicts::draw,
    },
    Kind {
        name: "attach-time",
        title: "Attach time",
        caption: "Lab time from the search for networks to ATTACH COMPLETE; refused attaches are left out.",
        draw: |run| histogram::draw(run, &histogram::ATTACH_TIME),
    },
    Kind {
        name: "sms-latency",
        title: "SMS latency",
        caption: "Lab time from handing a message in to its delivery; MO is from the device, MT is to the device.",
        draw: |run| histogram::draw(run, &histogram::SMS_LATENCY),
    },
    Kind {
        name: "join-timing",
        title: "LoRaWAN join timing",
        caption: "Start of each join-accept after the end of its join-request, as the difference from the nominal opening \
                  of its receive window (RX1 5 s, RX2 6 s). The band is the allowed ±20 µs.",
        draw: join_timing::draw,
    },
];

/// The pictures of a run with a field of LoRaWAN nodes.
const OF_FIELDS: [Kind; 3] = [
    Kind {
        name: "backhaul",
        title: "Backhaul of LoRaWAN gateways",
        caption: "Octets of outer IP packets a day for each gateway: frames, acknowledgements, keep-alive and statistics, \
                  in the IPsec tunnel. The dashed line is the share of a day in the plan.",
        draw: field::backhaul,
    },
    Kind {
        name: "lost-uplinks",
        title: "Lost uplinks and collisions",
        caption: "Above: uplinks that no gateway forwarded, stacked by cause; where gateways differ, the cause that was \
                  nearest to success. Below: receptions that another frame destroyed, each gateway counted by itself.",
        draw: field::losses,
    },
    Kind {
        name: "packet-error-rate",
        title: "Packet error rate by data rate",
        caption: "Share of the uplinks sent at each data rate that no gateway forwarded; each transmission counts, \
                  repetitions too.",
        draw: field::error_rate,
    },
];

/// All pictures of a run; those of a field only where one ran.
///
/// # Errors
/// The name of the picture with what the drawing library said.
pub fn all(run: &Run) -> Result<Vec<Chart>, (&'static str, ChartError)> {
    let of_fields = OF_FIELDS.iter().filter(|_| field::has_run(run));
    KINDS
        .iter()
        .chain(of_fields)
        .map(|kind| match (kind.draw)(run) {
            Ok(svg) => Ok(Chart { name: kind.name, title: kind.title, caption: kind.caption, svg }),
            Err(cause) => Err((kind.name, cause)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::varied;
    use quick_xml::Reader;
    use quick_xml::events::Event;

    fn is_well_formed(svg: &str) -> bool {
        let mut reader = Reader::from_str(svg);
        loop {
            match reader.read_event() {
                Ok(Event::Eof) => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    }

    fn without_tests() -> Run {
        let mut run = varied();
        run.tests.clear();
        run
    }

    #[test]
    fn every_picture_is_well_formed_repeatable_and_needs_nothing_from_outside() {
        for run in [varied(), without_tests()] {
            let charts = all(&run).unwrap();
            assert_eq!(charts, all(&run).unwrap());
            for chart in charts {
                assert!(is_well_formed(&chart.svg), "{}", chart.name);
                assert!(chart.svg.starts_with("<svg "), "{}", chart.name);
                assert_eq!(chart.svg.matches("http").count(), 1, "{}: only the name space", chart.name);
                assert!(!chart.svg.contains("NaN") && !chart.svg.contains("inf"), "{}", chart.name);
            }
        }
    }

    #[test]
    fn pictures_of_a_field_are_drawn_where_one_ran() {
        let names = |run: &Run| all(run).unwrap().iter().map(|chart| chart.name).collect::<Vec<_>>();
        assert!(names(&varied()).contains(&"backhaul"));
        assert_eq!(names(&without_tests()), ["verdicts", "attach-time", "sms-latency", "join-timing"]);
    }

    #[test]
    fn a_picture_without_data_says_so() {
        for chart in all(&without_tests()).unwrap() {
            assert!(chart.svg.contains("no data"), "{}", chart.name);
        }
        for chart in all(&varied()).unwrap() {
            assert!(!chart.svg.contains("no data"), "{}", chart.name);
        }
    }

    #[test]
    fn axes_name_their_units() {
        let charts = all(&varied()).unwrap();
        let units = [
            ("verdicts", "tests"),
            ("attach-time", "[s]"),
            ("sms-latency", "[s]"),
            ("join-timing", "[µs]"),
            ("backhaul", "[MB]"),
            ("lost-uplinks", "uplinks a day"),
            ("packet-error-rate", "[%]"),
        ];
        for (name, unit) in units {
            let chart = charts.iter().find(|chart| chart.name == name).unwrap();
            assert!(chart.svg.contains(unit), "{name}");
        }
    }
}
