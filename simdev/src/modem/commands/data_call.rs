//! Settings of circuit-switched data and alternate calls (TS 27.007 6.4 to 6.8). Modules keep them for old programs: there are
//! no such calls here.

use super::super::Modem;
use super::super::outcome::Outcome;
use super::super::settings::{Field, Setting};
use super::{Entry, Test, open};
use wire::at::command::Form;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    open("+CMOD", Test::Own, Modem::call_mode),
    open("+CBST", Test::Own, Modem::bearer_type),
    open("+CRLP", Test::Own, Modem::radio_link_protocol),
    open("+CR", Test::Own, Modem::service_reporting),
];

const MODE: Setting = Setting { name: "+CMOD", fields: &[Field { allowed: &[0..=3], factory: 0 }] };

/// Speed 0 is chosen by itself; 7 is 9600 bit/s asynchronous, 71 the same over V.110.
const BEARER: Setting = Setting {
    name: "+CBST",
    fields: &[
        Field { allowed: &[0..=0, 7..=7, 71..=71], factory: 0 },
        Field { allowed: &[0..=0], factory: 0 },
        Field { allowed: &[0..=3], factory: 1 },
    ],
};

/// Window sizes, acknowledgement timer in tens of milliseconds, attempts.
const LINK: Setting = Setting {
    name: "+CRLP",
    fields: &[
        Field { allowed: &[0..=61], factory: 61 },
        Field { allowed: &[0..=61], factory: 61 },
        Field { allowed: &[39..=255], factory: 48 },
        Field { allowed: &[1..=255], factory: 6 },
    ],
};

const REPORTING: Setting = Setting { name: "+CR", fields: &[Field { allowed: &[0..=1], factory: 0 }] };

impl Modem {
    pub(super) fn call_mode(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.keep_numbers(&MODE, form)
    }

    pub(super) fn bearer_type(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.keep_numbers(&BEARER, form)
    }

    pub(super) fn radio_link_protocol(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.keep_numbers(&LINK, form)
    }

    pub(super) fn service_reporting(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.keep_numbers(&REPORTING, form)
    }
}
