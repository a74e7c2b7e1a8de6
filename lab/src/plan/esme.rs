//! `[[esme]]`: a customer's application at the short message service centre.

use super::error::PlanError;
use super::text::{Secret, Text};
use serde::Deserialize;
use simcore::cellular::EsmeAddress;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::str::FromStr;
use toml::Spanned;

/// The longest system_id, without its NUL (SMPP 3.4 clause 5.2.1).
const SYSTEM_ID: usize = 15;
/// The longest password, without its NUL (SMPP 3.4 clause 5.2.2).
const PASSWORD: usize = 8;

/// `[[esme]]`: who may bind at the SMPP door, and for which addresses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EsmePlan {
    /// The name by which it binds.
    pub system_id: Spanned<String>,
    /// Its password.
    pub password: Secret,
    /// The account whose devices it reaches.
    pub account: Spanned<String>,
    /// Its addresses: numbers, ranges such as `"+33639990000-+33639990099"`, alphanumeric senders.
    pub addresses: Spanned<Vec<Spanned<Text<EsmeAddress>>>>,
    /// Binds at once.
    #[serde(default = "two")]
    pub max_binds: NonZeroUsize,
    /// Messages and receipts that may be unanswered on one bind.
    #[serde(default = "ten")]
    pub window: NonZeroUsize,
    /// Messages that may be submitted in a second.
    #[serde(default = "hundred")]
    pub rate: NonZeroU32,
    /// Messages that may wait for devices.
    #[serde(default = "ten_thousand")]
    pub queue: NonZeroUsize,
    /// Where it is called when something waits for it and it is not bound.
    #[serde(default)]
    pub outbind: Option<OutbindPlan>,
}

/// `outbind` of an `[[esme]]`: an application that waits to be called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutbindPlan {
    /// Its address, such as `"127.0.0.1:2776"`.
    pub address: Text<SocketAddr>,
    /// The password that the service centre shows.
    pub password: Secret,
}

const fn count(number: usize) -> NonZeroUsize {
    match NonZeroUsize::new(number) {
        Some(number) => number,
        None => NonZeroUsize::MIN,
    }
}

fn two() -> NonZeroUsize {
    count(2)
}

fn ten() -> NonZeroUsize {
    count(10)
}

fn ten_thousand() -> NonZeroUsize {
    count(10_000)
}

fn hundred() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(99)
}

/// A password as it fits a bind.
pub(crate) struct Password(pub(crate) String);

impl Password {
    /// What it has to be.
    pub(crate) const EXPECTED: &'static str = "a password of SMPP: 1 to 8 ASCII characters";
}

impl FromStr for Password {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if is_c_octet_string(text, PASSWORD) { Ok(Self(text.to_owned())) } else { Err(()) }
    }
}

fn is_c_octet_string(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len()) && text.bytes().all(|octet| matches!(octet, b' '..=b'~'))
}

/// What cannot be among the ESMEs of one lab.
pub(super) fn check(esmes: &[EsmePlan], country_code: &str, errors: &mut Vec<PlanError>) {
    let mut before: Vec<&EsmeAddress> = Vec::new();
    for esme in esmes {
        let name = esme.system_id.get_ref();
        if !is_c_octet_string(name, SYSTEM_ID) {
            let message = format!("\"{name}\" is not a system_id: 1 to {SYSTEM_ID} ASCII characters");
            errors.push(PlanError::new(esme.system_id.span(), message));
        }
        if esme.addresses.get_ref().is_empty() {
            let message = format!("esme \"{name}\" needs an address from which it sends");
            errors.push(PlanError::new(esme.addresses.span(), message));
        }
        for written in esme.addresses.get_ref() {
            let address = &written.get_ref().0;
            if let Some(other) = before.iter().find(|other| address.overlaps(other, country_code)) {
                let message = format!("address {address} of esme \"{name}\" belongs to {other} already");
                errors.push(PlanError::new(written.span(), message));
            }
            before.push(address);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::Plan;

    const HEAD: &str = "[lab]\nname = \"t\"\n[operator]\nhome = \"208-01\"\nservice_centre = \"+33639989000\"\n[[account]]\nname = \"acme\"\n";

    fn error(esmes: &str) -> (String, String) {
        let source = format!("{HEAD}{esmes}");
        let error = Plan::parse(&source).unwrap_err().remove(0);
        (error.to_string(), source.get(error.span()).unwrap_or_default().to_owned())
    }

    #[test]
    fn what_an_esme_does_not_say_is_modest() {
        let esme = "[[esme]]\nsystem_id = \"app\"\npassword = { env = \"X\" }\naccount = \"acme\"\naddresses = [\"36123\"]\n";
        let plan = Plan::parse(&format!("{HEAD}{esme}")).unwrap();
        let esme = &plan.esmes[0];
        let numbers = (esme.max_binds.get(), esme.window.get(), esme.rate.get(), esme.queue.get());
        assert_eq!(numbers, (2, 10, 100, 10_000));
    }

    #[test]
    fn every_mistake_is_pointed_at() {
        let esme = |system_id: &str, account: &str, addresses: &str, more: &str| {
            format!(
                "[[esme]]\nsystem_id = \"{system_id}\"\npassword = \"secret\"\naccount = \"{account}\"\naddresses = {addresses}\n{more}\n"
            )
        };
        let good = esme("app", "acme", "[\"36000-36999\"]", "");
        let rows = [
            (esme("", "acme", "[\"36123\"]", ""), "is not a system_id", "\"\""),
            (esme("sixteen characte", "acme", "[\"36123\"]", ""), "1 to 15 ASCII", "\"sixteen characte\""),
            (esme("app", "acm", "[\"36123\"]", ""), "did you mean \"acme\"", "\"acm\""),
            (esme("app", "acme", "[]", ""), "needs an address", "[]"),
            (esme("app", "acme", "[\"36123-1\"]", ""), "is not an address of an ESME", "\"36123-1\""),
            (esme("app", "acme", "[\"36123\"]", "window = 0"), "nonzero", "0"),
            (
                esme("app", "acme", "[\"36123\"]", "outbind = { address = \"here\", password = \"x\" }"),
                "invalid socket address",
                "\"here\"",
            ),
            (
                esme("app", "acme", "[\"36123\"]", "outbind = { address = \"127.0.0.1:1\" }"),
                "missing field `password`",
                "{ address = \"127.0.0.1:1\" }",
            ),
            (esme("app", "acme", "[\"36123\"]", "rates = 1"), "did you mean `rate`", "rates"),
            (
                good.clone() + &esme("app", "acme", "[\"1\"]", ""),
                "a second esme is called \"app\"",
                "\"app\"",
            ),
            (good + &esme("b", "acme", "[\"A\", \"36500\"]", ""), "belongs to 36000-36999", "\"36500\""),
        ];
        for (source, message, pointed) in rows {
            let (said, at) = error(&source);
            assert!(said.contains(message), "{source}: {said}");
            assert_eq!(at, pointed, "{source}: {said}");
        }
    }
}
