//! Ways in which a simulated device can misbehave on purpose, so that the kit can be shown to catch them.
//!
//! A device without a defect behaves as its standards say. A defect changes one behaviour and nothing else.

use std::fmt;
use std::str::FromStr;

/// One way to misbehave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Defect {
    /// Asks again for a refused access point name every five seconds and ignores the back-off (TS 24.301 6.5.1.4).
    RetriesRefusedApn,
    /// Acknowledges a short message although the card's memory is full, and keeps it where nobody looks (TS 23.040).
    StoresSeventhSms,
    /// Does not remember that a network answered "PLMN not allowed" and tries it again (TS 23.122 clause 3.1).
    IgnoresPlmnForbidden,
    /// Waits ten seconds where the network asked for T3346 (TS 24.301 5.5.1.2.5, #22).
    IgnoresT3346,
    /// Attaches again ten seconds after the network called it illegal (TS 24.301 5.5.1.2.5, #3).
    IgnoresIllegalUe,
    /// Waits two seconds in place of T3411 before the next attempt (TS 24.301 10.2).
    RetriesTooSoon,
    /// Counts no attempts, so that T3402 never comes (TS 24.301 5.5.1.2.6).
    KeepsNoAttemptCounter,
    /// Sends no periodic tracking area update (TS 24.301 5.3.5).
    SkipsPeriodicUpdate,
    /// Sends packets on a connection that the network has deactivated (TS 24.301 6.4.4.2).
    SendsAfterContextLoss,
    /// Sends packets from an address of its own making (TS 29.061 11.2).
    WrongSourceAddress,
    /// Leaves a challenge unanswered whose network cannot prove itself, and waits for the next (TS 24.301 5.4.2.6, #20).
    IgnoresFalseNetwork,
    /// Shows a message for the card to the host in place of passing it to the card (TS 31.111 7.1.1).
    ShowsCardMessages,
    /// Sends a call without the request to withhold the number (TS 24.081).
    IgnoresClir,
    /// Obeys a reject of a procedure that does not run (TS 24.301 7.4).
    BelievesUnaskedReject,
    /// Shows a short message again that the network repeats (TS 24.011 5.3.2).
    ShowsRepeatedSms,
    /// A LoRaWAN node that joins with a DevNonce it has used before (LoRaWAN 1.0.2 clause 6.2.4).
    ReusesDevNonce,
}

impl Defect {
    /// Every defect, in the order in which they are listed to people.
    pub const ALL: &'static [Self] = &[
        Self::RetriesRefusedApn,
        Self::StoresSeventhSms,
        Self::IgnoresPlmnForbidden,
        Self::ReusesDevNonce,
        Self::IgnoresT3346,
        Self::IgnoresIllegalUe,
        Self::RetriesTooSoon,
        Self::KeepsNoAttemptCounter,
        Self::SkipsPeriodicUpdate,
        Self::SendsAfterContextLoss,
        Self::WrongSourceAddress,
        Self::IgnoresFalseNetwork,
        Self::ShowsCardMessages,
        Self::IgnoresClir,
        Self::BelievesUnaskedReject,
        Self::ShowsRepeatedSms,
    ];

    /// The name in lab files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RetriesRefusedApn => "retries-refused-apn",
            Self::StoresSeventhSms => "stores-seventh-sms",
            Self::IgnoresPlmnForbidden => "ignores-plmn-forbidden",
            Self::IgnoresT3346 => "ignores-t3346",
            Self::IgnoresIllegalUe => "ignores-illegal-ue",
            Self::RetriesTooSoon => "retries-too-soon",
            Self::KeepsNoAttemptCounter => "keeps-no-attempt-counter",
            Self::SkipsPeriodicUpdate => "skips-periodic-update",
            Self::SendsAfterContextLoss => "sends-after-context-loss",
            Self::WrongSourceAddress => "wrong-source-address",
            Self::IgnoresFalseNetwork => "ignores-false-network",
            Self::ShowsCardMessages => "shows-card-messages",
            Self::IgnoresClir => "ignores-clir",
            Self::BelievesUnaskedReject => "believes-unasked-reject",
            Self::ShowsRepeatedSms => "shows-repeated-sms",
            Self::ReusesDevNonce => "reuses-dev-nonce",
        }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no defect has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a defect: expected one of {list}", list = listed())]
pub struct UnknownDefect(String);

fn listed() -> String {
    Defect::ALL.iter().map(|defect| defect.name()).collect::<Vec<_>>().join(", ")
}

impl FromStr for Defect {
    type Err = UnknownDefect;

    fn from_str(text: &str) -> Result<Self, UnknownDefect> {
        Self::ALL
            .iter()
            .copied()
            .find(|defect| defect.name() == text)
            .ok_or_else(|| UnknownDefect(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_defect_is_found_by_its_name() {
        for defect in Defect::ALL {
            assert_eq!(defect.name().parse(), Ok(*defect));
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_list() {
        let error = "forgets-everything".parse::<Defect>().unwrap_err().to_string();
        assert!(
            error.contains("forgets-everything") && error.contains("retries-refused-apn, stores-seventh-sms"),
            "{error}"
        );
    }
}
