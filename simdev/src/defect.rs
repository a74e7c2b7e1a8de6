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
    /// Accepts the modification of a bearer and goes on with what was there before (TS 24.301 6.4.3.3).
    KeepsOldQuality,
    /// A LoRaWAN node that joins with a DevNonce it has used before (LoRaWAN 1.0.2 clause 6.2.4).
    ReusesDevNonce,
    /// Uses the counter of a confirmed uplink that failed for the next one (LoRaWAN 1.0.2 clause 4.3.1.5).
    KeepsCounterAfterFailure,
    /// Takes a downlink with an old counter, and goes on from there (LoRaWAN 1.0.2 clause 4.3.1.5).
    AcceptsOldDownlinks,
    /// Acknowledges a TXPower that the region does not have (LoRaWAN 1.0.2 clause 5.2).
    AcceptsReservedPower,
    /// Replaces its channels by the default ones at the end of the ADR back-off (LoRaWAN 1.0.2 clause 4.3.1.1).
    LosesChannelsInBackOff,
    /// Answers MAC commands in the wrong order (LoRaWAN 1.0.2 clause 5).
    ReversesMacAnswers,
    /// Sends RXParamSetupAns, RXTimingSetupAns and DlChannelAns once only (LoRaWAN 1.0.2 clauses 5.4, 5.7, 5.8).
    ForgetsStickyAnswers,
    /// Minds neither the duty cycle of the bands nor that of the network (LoRaWAN 1.0.2 clauses 5.3 and 7).
    IgnoresDutyCycle,
    /// Joins as often as its host asks (LoRaWAN 1.0.2 clause 7).
    IgnoresJoinBackOff,
    /// Sends a join-request again without a random interval (LoRaWAN 1.0.2 clause 7).
    RetriesInStep,
    /// Takes the first channel that is free, always (LoRaWAN 1.0.2 clause 4.3.3).
    KeepsToOneChannel,
    /// Keeps its data rate in a silent network and never sets ADRACKReq (LoRaWAN 1.0.2 clause 4.3.1.1).
    NeverAsksForAdr,
    /// Sends unconfirmed uplinks once, whatever NbTrans says (LoRaWAN 1.0.2 clause 5.2).
    IgnoresNbTrans,
    /// Applies what it can of a LinkADRReq that it refuses (LoRaWAN 1.0.2 clause 5.2).
    AppliesRefusedLinkAdr,
    /// Sets the ACK bit in every uplink after a confirmed downlink (LoRaWAN 1.0.2 clause 4.3.1.2).
    AcknowledgesForever,
    /// Takes downlinks with a wrong MIC (LoRaWAN 1.0.2 clause 4.4).
    IgnoresDownlinkMic,
    /// Keeps RX1 at one second whatever the join-accept says (LoRaWAN 1.0.2 clause 6.2.5).
    IgnoresRxDelay,
    /// Lets the network change the default channels (LoRaWAN 1.0.2 clause 5.6).
    ChangesDefaultChannels,
    /// Sends on a frequency that the network has not given it (Regional Parameters EU863-870).
    LeavesItsChannels,
    /// Computes MIC and cipher with 16 bits of the counter (LoRaWAN 1.0.2 clause 4.3.1.5).
    CutsCounterTo16Bits,
    /// Opens its receive windows too late for a network that is 20 us early (LoRaWAN 1.0.2 clause 3.3).
    OpensWindowsLate,
    /// Takes a confirmed message to a multicast group, and acknowledges it (LoRaWAN 1.0.2 clause 17.3).
    AcknowledgesMulticast,
    /// Takes a message to a multicast group again (LoRaWAN 1.0.2 clause 17.3).
    IgnoresMulticastCounter,
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
        Self::KeepsOldQuality,
        Self::KeepsCounterAfterFailure,
        Self::AcceptsOldDownlinks,
        Self::AcceptsReservedPower,
        Self::LosesChannelsInBackOff,
        Self::ReversesMacAnswers,
        Self::ForgetsStickyAnswers,
        Self::IgnoresDutyCycle,
        Self::IgnoresJoinBackOff,
        Self::RetriesInStep,
        Self::KeepsToOneChannel,
        Self::NeverAsksForAdr,
        Self::IgnoresNbTrans,
        Self::AppliesRefusedLinkAdr,
        Self::AcknowledgesForever,
        Self::IgnoresDownlinkMic,
        Self::IgnoresRxDelay,
        Self::ChangesDefaultChannels,
        Self::LeavesItsChannels,
        Self::CutsCounterTo16Bits,
        Self::OpensWindowsLate,
        Self::AcknowledgesMulticast,
        Self::IgnoresMulticastCounter,
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
            Self::KeepsOldQuality => "keeps-old-quality",
            Self::ReusesDevNonce => "reuses-dev-nonce",
            Self::KeepsCounterAfterFailure => "keeps-counter-after-failure",
            Self::AcceptsOldDownlinks => "accepts-old-downlinks",
            Self::AcceptsReservedPower => "accepts-reserved-power",
            Self::LosesChannelsInBackOff => "loses-channels-in-back-off",
            Self::ReversesMacAnswers => "reverses-mac-answers",
            Self::ForgetsStickyAnswers => "forgets-sticky-answers",
            Self::IgnoresDutyCycle => "ignores-duty-cycle",
            Self::IgnoresJoinBackOff => "ignores-join-back-off",
            Self::RetriesInStep => "retries-in-step",
            Self::KeepsToOneChannel => "keeps-to-one-channel",
            Self::NeverAsksForAdr => "never-asks-for-adr",
            Self::IgnoresNbTrans => "ignores-nb-trans",
            Self::AppliesRefusedLinkAdr => "applies-refused-link-adr",
            Self::AcknowledgesForever => "acknowledges-forever",
            Self::IgnoresDownlinkMic => "ignores-downlink-mic",
            Self::IgnoresRxDelay => "ignores-rx-delay",
            Self::ChangesDefaultChannels => "changes-default-channels",
            Self::LeavesItsChannels => "leaves-its-channels",
            Self::CutsCounterTo16Bits => "cuts-counter-to-16-bits",
            Self::OpensWindowsLate => "opens-windows-late",
            Self::AcknowledgesMulticast => "acknowledges-multicast",
            Self::IgnoresMulticastCounter => "ignores-multicast-counter",
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
