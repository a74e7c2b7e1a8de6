//! What a network tells of itself once a mobile has registered: its name, the time and the zone (EMM INFORMATION of
//! TS 24.301 8.2.13, MM INFORMATION and GMM INFORMATION of TS 24.008 9.2.15a and 9.4.19).

use std::fmt;

/// The elements of the message; a network leaves out what it does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkInformation {
    /// Full name for network.
    pub full_name: Option<String>,
    /// Short name for network.
    pub short_name: Option<String>,
    /// Local time zone, quarters of an hour ahead of UTC, daylight saving time included.
    pub zone: Option<i8>,
    /// Universal time, in whole seconds.
    pub time: Option<jiff::Timestamp>,
    /// Network daylight saving time: by how many hours the zone is adjusted for it, 0 to 2.
    pub daylight_saving: Option<u8>,
}

impl fmt::Display for NetworkInformation {
    /// Every element that is there, with a comma before it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in self.full_name.iter().chain(&self.short_name) {
            write!(f, ", \"{name}\"")?;
        }
        if let Some(time) = self.time {
            write!(f, ", {time}")?;
        }
        if let Some(zone) = self.zone {
            write!(f, ", zone {zone:+03} quarters")?;
        }
        self.daylight_saving.map_or(Ok(()), |hours| write!(f, ", daylight saving {hours} h"))
    }
}
