//! Commands of makers, served from the rows of the dialect: a new family needs no code here.
//!
//! A question is answered with the first reply whose condition holds, a setting is checked, kept over power cycles and
//! shown, an order switches off or restarts (`wire::dialect`). What a family lacks of the standards is refused as unknown.

use super::super::Modem;
use super::super::outcome::{Flow, Outcome, Refusal};
use std::collections::BTreeMap;
use wire::air::cellular::Rat;
use wire::at::command::{Form, Parameter, Parameters};
use wire::dialect::{
    Applies, Asked, Attempts, Dialect, Does, Field, Iccid, Order, Query, Setting, When, template,
};
use wire::time::Instant;

/// The settings of the maker as the host has changed them; they live in the module's flash.
#[derive(Debug, Default)]
pub(in crate::modem) struct VendorSettings(BTreeMap<(&'static str, &'static str), String>);

impl VendorSettings {
    /// The value of a setting.
    fn value(&self, setting: &Setting) -> &str {
        let key = (setting.name, setting.key.unwrap_or_default());
        self.0.get(&key).map_or(setting.initial, String::as_str)
    }

    /// Whether the setting `name` has this value.
    pub(in crate::modem) fn is(&self, dialect: &Dialect, name: &str, value: &str) -> bool {
        dialect.settings.iter().any(|setting| setting.name == name && self.value(setting) == value)
    }

    /// The technologies that the settings leave to the radio.
    pub(in crate::modem) fn technologies(&self, dialect: &Dialect) -> Vec<Rat> {
        let mut left: Vec<Rat> = dialect.rats.to_vec();
        for setting in dialect.settings {
            let value = self.value(setting);
            if let Some((_, rats)) = setting.technologies.iter().find(|row| row.0 == value) {
                left.retain(|rat| rats.contains(rat));
            }
        }
        left
    }
}

/// Every question of a family.
fn queries(dialect: &'static Dialect) -> impl Iterator<Item = &'static Query> + Clone {
    let card = match &dialect.iccid {
        Iccid::File => None,
        Iccid::Query(query) => Some(query),
    };
    let attempts: &'static [_] = match dialect.attempts {
        Attempts::Standard => &[],
        Attempts::Queries(rows) => rows,
    };
    let attempts = attempts.iter().map(|(_, query, _)| query);
    card.into_iter().chain(attempts).chain(&dialect.radio).chain(dialect.queries)
}

/// The names of all commands of a family's own, for `+CLAC`.
pub(super) fn names(dialect: &'static Dialect) -> Vec<&'static str> {
    let orders = dialect.orders.iter().map(|order| order.name);
    let settings = dialect.settings.iter().map(|setting| setting.name);
    let mut names: Vec<&str> =
        queries(dialect).map(|query| query.name).chain(settings).chain(orders).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The parameters of a set command as a row writes them.
fn written(list: &Parameters) -> String {
    let one = |index: usize| match list.get(index) {
        Parameter::Empty => String::new(),
        Parameter::Bare(text) => text.clone(),
        Parameter::Text(text) => format!("\"{text}\""),
    };
    (0..list.len()).map(one).collect::<Vec<_>>().join(",")
}

/// Whether a command came in the form of a row.
fn has_form(asked: Asked, form: &Form) -> bool {
    match (asked, form) {
        (Asked::Action, Form::Action) | (Asked::Read, Form::Read) => true,
        (Asked::With(wanted), Form::Set(list)) => written(list).eq_ignore_ascii_case(wanted),
        (Asked::Action | Asked::Read | Asked::With(_), _) => false,
    }
}

impl Modem {
    /// Carries a command out if a row of the dialect is about it.
    pub(in crate::modem) fn vendor_command(
        &mut self,
        now: Instant,
        name: &str,
        form: &Form,
    ) -> Option<Outcome> {
        let dialect = self.config.model;
        let orders = dialect.orders.iter().filter(|order| order.name == name);
        if let Some(order) = orders.clone().find(|order| has_form(order.asked, form)) {
            return Some(self.order(order));
        }
        let asked = queries(dialect).filter(|query| query.name == name);
        if let Some(query) = asked.clone().find(|query| has_form(query.asked, form)) {
            return Some(self.reply(query));
        }
        let settings: Vec<&Setting> =
            dialect.settings.iter().filter(|setting| setting.name == name).collect();
        if !settings.is_empty() {
            return Some(self.setting_of_maker(now, &settings, form));
        }
        if dialect.absent.contains(&name) {
            return Some(Err(Refusal::NoSuchForm));
        }
        // A test of what exists is answered; another form of it may be a standard's.
        let ours = orders.count() + asked.count() > 0 && super::entry(name).is_none();
        ours.then_some(match form {
            Form::Test => Ok(Flow::Done),
            Form::Set(_) => Err(Refusal::Parameter),
            Form::Read | Form::Action => Err(Refusal::NoSuchForm),
        })
    }

    /// Reports that a card was put in or taken out, as far as the family does and the host has asked for it.
    pub(in crate::modem) fn report_card_motion(&mut self, inserted: bool) {
        let dialect = self.config.model;
        let Some(swap) = &dialect.hot_swap else { return };
        if swap.enabled_by.is_none_or(|(name, value)| self.vendor.is(dialect, name, value)) {
            for line in if inserted { swap.inserted } else { swap.removed } {
                self.line.report(vec![(*line).to_owned()]);
            }
        }
    }

    fn order(&mut self, order: &'static Order) -> Outcome {
        Ok(match order.does {
            Does::SwitchOff => Flow::PowerDown(order.reports),
            Does::Restart => Flow::Restart,
            Does::RestartInFull => {
                self.flash.functionality = super::super::Functionality::Full;
                Flow::Restart
            }
        })
    }

    fn reply(&mut self, query: &Query) -> Outcome {
        if query.needs_card {
            self.card_or_error()?;
        }
        let rat = self.mobile.registration().cell.map(|cell| cell.rat);
        let holds = |when: When| match when {
            When::Always => true,
            When::On(wanted) => rat == Some(wanted),
            When::NoService => rat.is_none(),
        };
        let reply = query.replies.iter().find(|reply| holds(reply.when)).ok_or(Refusal::NoSuchForm)?;
        for line in reply.lines {
            let line = self.filled(line);
            self.information(&line);
        }
        Ok(Flow::Done)
    }

    /// A template with the values of this moment.
    pub(in crate::modem) fn filled(&mut self, line: &str) -> String {
        template::fill(line, |name| self.vendor_value(name))
    }

    fn setting_of_maker(&mut self, now: Instant, settings: &[&'static Setting], form: &Form) -> Outcome {
        match form {
            Form::Test => {
                for setting in settings.iter().filter(|setting| !setting.test.is_empty()) {
                    self.information(&format!("{}: {}", setting.name, setting.test));
                }
                Ok(Flow::Done)
            }
            Form::Read => {
                let [setting] = settings else { return Err(Refusal::NoSuchForm) };
                self.show_setting(setting)
            }
            Form::Set(list) => {
                let (first, chosen) = match settings {
                    [only] if only.key.is_none() => (0, *only),
                    _ => {
                        let key = list.required_text(0)?;
                        let wanted = |setting: &&&'static Setting| {
                            setting.key.is_some_and(|known| known.eq_ignore_ascii_case(key))
                        };
                        (1, *settings.iter().find(wanted).ok_or(Refusal::Parameter)?)
                    }
                };
                if first == 1 && list.len() == 1 {
                    return self.show_setting(chosen);
                }
                self.change_setting(now, chosen, list, first)
            }
            Form::Action => Err(Refusal::NoSuchForm),
        }
    }

    fn show_setting(&mut self, setting: &Setting) -> Outcome {
        let line = format!("{}{}", setting.shown, self.vendor.value(setting));
        self.information(&line);
        Ok(Flow::Done)
    }

    fn change_setting(
        &mut self,
        now: Instant,
        setting: &'static Setting,
        list: &Parameters,
        first: usize,
    ) -> Outcome {
        if list.len() > first + setting.fields.len() {
            return Err(Refusal::Parameter);
        }
        for (place, field) in setting.fields.iter().enumerate() {
            let given = first + place;
            if given >= list.len() && place >= setting.kept {
                break;
            }
            let fits = match field {
                Field::Number(least, most) => (*least..=*most).contains(&list.required_number(given)?),
                Field::Hex => list.characters(given).is_some_and(is_hexadecimal),
            };
            if !fits {
                return Err(Refusal::Parameter);
            }
        }
        let kept = (first..list.len()).take(setting.fields.len());
        let kept = if setting.kept == setting.fields.len() || setting.key.is_none() {
            kept.collect::<Vec<_>>()
        } else {
            kept.take(setting.kept).collect()
        };
        let value: Vec<&str> = kept.into_iter().filter_map(|index| list.characters(index)).collect();
        let key = (setting.name, setting.key.unwrap_or_default());
        self.vendor.0.insert(key, value.join(","));
        if setting.applies == Applies::AtOnce {
            let technologies = self.vendor.technologies(self.config.model);
            self.mobile.use_technologies(now, technologies);
        }
        Ok(Flow::Done)
    }
}

fn is_hexadecimal(text: &str) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    !digits.is_empty() && digits.len() <= 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}
