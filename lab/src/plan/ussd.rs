//! `[[ussd]]`: the codes that the operator answers, and the menus behind them.

use super::{PlanError, unique};
use serde::Deserialize;
use toml::Spanned;
use wire::ss::UssdString;

/// `[[ussd]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UssdPlan {
    /// What a device sends, such as `#123#`.
    pub code: Spanned<String>,
    /// The answer; `{msisdn}` and `{imsi}` stand for those of the subscriber.
    pub text: Spanned<String>,
    /// Replies that lead on; without any the text is the whole answer.
    #[serde(default)]
    pub choices: Vec<UssdChoicePlan>,
}

/// A reply to a menu, and what it leads to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UssdChoicePlan {
    /// What the person replies.
    pub reply: Spanned<String>,
    /// The answer.
    pub text: Spanned<String>,
    /// Replies that lead on from there.
    #[serde(default)]
    pub choices: Vec<UssdChoicePlan>,
}

/// Every code once, every reply once in its menu, and texts that fit.
pub(super) fn check(services: &[UssdPlan], errors: &mut Vec<PlanError>) {
    unique(services.iter().map(|service| &service.code), "ussd", errors);
    for service in services {
        check_page(&service.text, &service.choices, errors);
    }
}

fn check_page(text: &Spanned<String>, choices: &[UssdChoicePlan], errors: &mut Vec<PlanError>) {
    if UssdString::new(text.get_ref()).is_none() {
        let message = "a USSD text has at most 182 characters, 80 outside the GSM alphabet".to_owned();
        errors.push(PlanError::new(text.span(), message));
    }
    unique(choices.iter().map(|choice| &choice.reply), "choice", errors);
    for choice in choices {
        check_page(&choice.text, &choice.choices, errors);
    }
}
