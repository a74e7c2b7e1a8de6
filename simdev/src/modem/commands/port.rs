//! The serial port: speed, flow control, framing and service class (V.250 6.2.10 to 6.2.12, T.32 8.2).
//!
//! The cable of the lab has the speed and needs no flow control: what is set is kept and shown.

use super::super::Modem;
use super::super::outcome::Outcome;
use super::super::settings::{Field, Setting};
use super::{Entry, Test, free};
use wire::at::command::Form;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    free("+IPR", Test::Own, Modem::port_speed),
    free("+IFC", Test::Own, Modem::flow_control),
    free("+ICF", Test::Own, Modem::framing),
    free("+CMUX", Test::Own, Modem::multiplex),
    free("+FCLASS", Test::Own, Modem::service_class),
];

/// 0 adapts to the speed of the host.
const SPEED: Setting = Setting {
    name: "+IPR",
    fields: &[Field {
        allowed: &[
            0..=0,
            300..=300,
            1200..=1200,
            2400..=2400,
            4800..=4800,
            9600..=9600,
            19_200..=19_200,
            38_400..=38_400,
            57_600..=57_600,
            115_200..=115_200,
            230_400..=230_400,
            460_800..=460_800,
            921_600..=921_600,
        ],
        factory: 0,
    }],
};

/// By the host, by the modem: 0 none, 1 XON and XOFF, 2 RTS and CTS.
const FLOW: Setting = Setting {
    name: "+IFC",
    fields: &[Field { allowed: &[0..=2], factory: 2 }, Field { allowed: &[0..=2], factory: 2 }],
};

/// Format (3 is 8N1) and parity.
const FRAME: Setting = Setting {
    name: "+ICF",
    fields: &[Field { allowed: &[0..=6], factory: 3 }, Field { allowed: &[0..=3], factory: 3 }],
};

/// Data and nothing else: there is no fax.
const SERVICE_CLASS: Setting =
    Setting { name: "+FCLASS", fields: &[Field { allowed: &[0..=0], factory: 0 }] };

impl Modem {
    pub(super) fn port_speed(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.keep_numbers(&SPEED, form)
    }

    pub(super) fn flow_control(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.keep_numbers(&FLOW, form)
    }

    pub(super) fn framing(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.keep_numbers(&FRAME, form)
    }

    pub(super) fn service_class(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.keep_numbers(&SERVICE_CLASS, form)
    }
}
