//! Basic commands and S-registers (V.250 clause 6).

use super::super::Modem;
use super::super::outcome::{Flow, Outcome, Refusal};
use super::super::profile::{Profile, REGISTERS};
use wire::time::Instant;

/// Settings that are accepted and shown but have no effect on this line: name and highest value.
const INERT: &[(&str, u32)] =
    &[("&C", 1), ("&D", 2), ("&K", 6), ("&S", 1), ("L", 3), ("M", 3), ("P", 0), ("T", 0)];

impl Modem {
    pub(in crate::modem) fn basic(&mut self, now: Instant, name: &str, value: u32) -> Outcome {
        match (name, value) {
            ("E", 0 | 1) => self.profile.echo = value == 1,
            ("Q", 0 | 1) => self.profile.quiet = value == 1,
            ("V", 0 | 1) => self.profile.verbose = value == 1,
            ("X", 0..=4) => self.profile.result_set = value,
            ("Z", 0 | 1) => {
                self.end_data(now, None);
                self.mobile.hang_up(now);
                self.stop_ringing();
                self.profile = self.stored(value).clone();
                return Ok(Flow::EndOfLine);
            }
            ("&F", 0) => self.profile = Profile::default(),
            ("&W", 0) => self.stored[0] = self.profile.clone(),
            ("&W", 1) => self.stored[1] = self.profile.clone(),
            ("&V", 0) => self.show_profile(),
            ("I", 0..=9) if !self.config.model.identity.card.is_empty() => self.identify(),
            ("H", 0) => {
                self.end_data(now, None);
                self.hang_up(now);
            }
            ("A", 0) => return self.answer_call(now),
            ("O", 0) => return self.resume_data(),
            _ => return self.set_inert(name, value),
        }
        Ok(Flow::Done)
    }

    /// What `&W` and this number stored.
    fn stored(&self, number: u32) -> &Profile {
        let [first, second] = &self.stored;
        if number == 1 { second } else { first }
    }

    fn set_inert(&mut self, name: &str, value: u32) -> Outcome {
        if !INERT.iter().any(|(known, highest)| *known == name && value <= *highest) {
            return Err(Refusal::NoSuchForm);
        }
        self.profile.inert.insert(name.to_owned(), value);
        Ok(Flow::Done)
    }

    fn show_profile(&mut self) {
        let profile = &self.profile;
        let mut lines = vec![
            format!("E: {}", u8::from(profile.echo)),
            format!("Q: {}", u8::from(profile.quiet)),
            format!("V: {}", u8::from(profile.verbose)),
            format!("X: {}", profile.result_set),
        ];
        lines.extend(profile.inert.iter().map(|(name, value)| format!("{name}: {value}")));
        lines.extend(profile.registers.iter().map(|(number, value)| format!("S{number:02}: {value:03}")));
        for line in lines {
            self.information(&line);
        }
    }

    pub(in crate::modem) fn read_register(&mut self, register: u32) -> Outcome {
        let value = *self.profile.registers.get(&register).ok_or(Refusal::NoSuchForm)?;
        self.information(&format!("{value:03}"));
        Ok(Flow::Done)
    }

    pub(in crate::modem) fn set_register(&mut self, register: u32, value: u32) -> Outcome {
        let known = REGISTERS.iter().any(|row| row.0 == register && (row.2..=row.3).contains(&value));
        let value = u8::try_from(value).ok().filter(|_| known).ok_or(Refusal::NoSuchForm)?;
        self.profile.registers.insert(register, value);
        Ok(Flow::Done)
    }
}
