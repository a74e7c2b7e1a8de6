//! Indicators and the reports of their changes (TS 27.007 8.9 `+CIND`, 8.10 `+CMER`), and the battery (8.4 `+CBC`).
//!
//! `+CIEV` names an indicator by its order number; Quectel's modules name it by its name. Keypad and display events
//! are not supported.

use super::super::Modem;
use super::super::mobile::Stat;
use super::super::outcome::{Flow, Outcome, Refusal};
use super::super::settings::{Field, Setting};
use super::{Entry, Test, action, free};
use crate::sim::SmsStatus;
use std::collections::VecDeque;
use wire::at::command::Form;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    free("+CBC", Test::Text("(0-3),(0-100)"), Modem::battery),
    free("+CIND", Test::Own, Modem::indicators),
    free("+CMER", Test::Own, Modem::event_reporting),
];

/// Name and values, in the order of 27.007 8.9.
const INDICATORS: [(&str, &str); 8] = [
    ("battchg", "(0-5)"),
    ("signal", "(0-5)"),
    ("service", "(0,1)"),
    ("sounder", "(0,1)"),
    ("message", "(0,1)"),
    ("call", "(0,1)"),
    ("roam", "(0,1)"),
    ("smsfull", "(0,1)"),
];

/// Mode, keypad, display, indicators, and what becomes of what was held back.
const EVENTS: Setting = Setting {
    name: "+CMER",
    fields: &[
        Field { allowed: &[0..=3], factory: 0 },
        Field { allowed: &[0..=0], factory: 0 },
        Field { allowed: &[0..=0], factory: 0 },
        Field { allowed: &[0..=2], factory: 0 },
        Field { allowed: &[0..=1], factory: 0 },
    ],
};
const MODE: usize = 0;
const INDICATOR_EVENTS: usize = 3;
const FLUSH: usize = 4;

/// The module of the lab runs on a battery that does not empty.
const BATTERY_LEVEL: u8 = 5;
const BATTERY_PERCENT: u8 = 90;
/// Changes that are kept while mode 0 holds them back.
const MOST_BUFFERED: usize = 32;

/// What the host was told of the indicators.
#[derive(Debug, Default)]
pub(in crate::modem) struct IndicatorReports {
    last: Option<[u8; 8]>,
    buffered: VecDeque<String>,
}

impl Modem {
    pub(super) fn battery(&mut self, _now: Instant, form: &Form) -> Outcome {
        action(form)?;
        self.information(&format!("+CBC: 0,{BATTERY_PERCENT}"));
        Ok(Flow::Done)
    }

    pub(super) fn indicators(&mut self, _now: Instant, form: &Form) -> Outcome {
        let texts: Vec<String> = match form {
            Form::Test => INDICATORS.iter().map(|(name, values)| format!("(\"{name}\",{values})")).collect(),
            Form::Read => self.indicator_values().iter().map(u8::to_string).collect(),
            // None of them can be set by the host.
            Form::Set(_) | Form::Action => return Err(Refusal::NoSuchForm),
        };
        self.information(&format!("+CIND: {}", texts.join(",")));
        Ok(Flow::Done)
    }

    fn indicator_values(&self) -> [u8; 8] {
        let view = self.mobile.registration();
        let messages = self.stored_messages();
        let unread = messages.contains(&SmsStatus::ReceivedUnread);
        [
            BATTERY_LEVEL,
            self.signal_level().map_or(0, bars),
            u8::from(view.is_registered()),
            u8::from(self.next_ring.is_some()),
            u8::from(unread),
            u8::from(self.mobile.has_call()),
            u8::from(view.stat == Stat::Roaming),
            u8::from(self.message_storage_is_full()),
        ]
    }

    pub(super) fn event_reporting(&mut self, _now: Instant, form: &Form) -> Outcome {
        let outcome = self.keep_numbers(&EVENTS, form)?;
        if matches!(form, Form::Set(_)) {
            let values = self.indicator_values();
            self.local.indicators.last = Some(values);
            self.release_indicators();
        }
        Ok(outcome)
    }

    /// What was held back is sent or forgotten, unless it is still to be held back.
    fn release_indicators(&mut self) {
        if self.number(&EVENTS, MODE) == 0 {
            return;
        }
        let buffered = std::mem::take(&mut self.local.indicators.buffered);
        if self.number(&EVENTS, FLUSH) == 1 {
            for text in buffered {
                self.line.report(vec![text]);
            }
        }
    }

    /// Reports what has changed since the last time.
    pub(in crate::modem) fn report_indicators(&mut self) {
        if self.number(&EVENTS, INDICATOR_EVENTS) == 0 {
            return;
        }
        let values = self.indicator_values();
        let last = self.local.indicators.last.replace(values).unwrap_or(values);
        let named = self.config.model.named_indicators;
        for (place, (name, _)) in INDICATORS.iter().enumerate() {
            let (before, after) = (last.get(place), values.get(place));
            let Some(value) = after.filter(|_| before != after) else { continue };
            let text = if named {
                format!("+CIEV: \"{name}\",{value}")
            } else {
                format!("+CIEV: {},{value}", place + 1)
            };
            self.report_indicator(text);
        }
    }

    fn report_indicator(&mut self, text: String) {
        if self.number(&EVENTS, MODE) != 0 {
            self.line.report(vec![text]);
            return;
        }
        let buffered = &mut self.local.indicators.buffered;
        buffered.push_back(text);
        if buffered.len() > MOST_BUFFERED {
            buffered.pop_front();
        }
    }
}

/// The 32 steps of `+CSQ` as five bars.
fn bars(level: u8) -> u8 {
    (u16::from(level.min(31)) * 5).div_ceil(31) as u8
}

#[cfg(test)]
mod tests {
    use super::bars;

    #[test]
    fn bars_grow_with_the_signal() {
        assert_eq!([0, 1, 7, 15, 25, 31, 99].map(bars), [0, 1, 2, 3, 5, 5, 5]);
    }
}
