//! What the network tells of itself becomes the clock, the names and reports of the zone (TS 27.007 7.3, 8.40, 8.41).

use super::super::Modem;
use super::super::names::names_of;
use super::clock::{REPORTING, UPDATE, zone};
use wire::nas::NetworkInformation;
use wire::plmn::Plmn;
use wire::time::Instant;

/// What was told since power-on.
#[derive(Debug, Default)]
pub(in crate::modem) struct Told {
    /// Of which network, its long name, and its short one where it has one.
    names: Option<(Plmn, String, Option<String>)>,
    /// Quarters of an hour, and hours of daylight saving time in it.
    zone: Option<(i8, u8)>,
}

impl Modem {
    /// Long and short name of a network: what it told itself, else what the modem knows.
    pub(super) fn network_names(&self, plmn: Plmn) -> (String, String) {
        let (long, short) = names_of(plmn);
        match &self.local.told.names {
            Some((told, full, brief)) if *told == plmn => (full.clone(), brief.clone().unwrap_or(short)),
            Some(_) | None => (long, short),
        }
    }

    /// EMM INFORMATION and its like.
    pub(in crate::modem) fn network_told(&mut self, now: Instant, information: &NetworkInformation) {
        let plmn = self.mobile.serving().map(|cell| cell.id.plmn);
        if let (Some(plmn), Some(full)) = (plmn, &information.full_name) {
            self.local.told.names = Some((plmn, full.clone(), information.short_name.clone()));
        }
        if self.number(&UPDATE, 0) == 1 {
            self.follow_network(now, information);
        }
        let Some(quarter_hours) = information.zone else { return };
        let told = (quarter_hours, information.daylight_saving.unwrap_or(0));
        if self.local.told.zone.replace(told) != Some(told) {
            self.report_zone(told, information.time);
        }
    }

    fn follow_network(&mut self, now: Instant, information: &NetworkInformation) {
        if let Some(time) = information.time {
            let here = self.calendar.timestamp(now).as_second();
            self.flash.clock.ahead_by_seconds = time.as_second().saturating_sub(here);
        }
        if let Some(quarter_hours) = information.zone {
            self.flash.clock.quarter_hours = quarter_hours;
        }
    }

    /// `+CTZV` with the zone alone, `+CTZE` with local time, `+CTZEU` with universal time.
    fn report_zone(&mut self, (quarter_hours, daylight_saving): (i8, u8), time: Option<jiff::Timestamp>) {
        let reporting = self.number(&REPORTING, 0);
        let shown = if reporting == 2 { zone(quarter_hours) } else { Some(jiff::tz::Offset::UTC) };
        let time = time.zip(shown).map(|(time, shown)| shown.to_datetime(time));
        let time = time.map_or_else(String::new, |time| time.strftime(",\"%Y/%m/%d,%H:%M:%S\"").to_string());
        let text = match reporting {
            0 => return,
            1 => format!("+CTZV: {quarter_hours:+03}"),
            2 => format!("+CTZE: \"{quarter_hours:+03}\",{daylight_saving}{time}"),
            _ => format!("+CTZEU: \"{quarter_hours:+03}\",{daylight_saving}{time}"),
        };
        self.line.report(vec![text]);
    }
}
