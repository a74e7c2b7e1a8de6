//! MAC answers that wait for an uplink (LoRaWAN 1.0.2 clause 5).
//!
//! They go out in the order of their requests. What does not fit waits for the next uplink. RXParamSetupAns,
//! RXTimingSetupAns and DlChannelAns are sent again in every uplink until a downlink is heard.

use wire::lorawan::mac::UplinkCommand;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waiting {
    answer: UplinkCommand,
    sent: bool,
}

/// The answers, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answers(Vec<Waiting>);

impl Answers {
    pub(super) fn push(&mut self, answer: UplinkCommand) {
        self.0.push(Waiting { answer, sent: false });
    }

    /// How many octets wait.
    pub(super) fn octets(&self) -> usize {
        self.0.iter().map(|waiting| waiting.answer.to_octets().len()).sum()
    }

    /// As many answers as fit into `space` octets.
    pub(super) fn take(&mut self, space: usize) -> Vec<u8> {
        let mut octets = Vec::new();
        for waiting in &mut self.0 {
            let next = waiting.answer.to_octets();
            if octets.len() + next.len() > space {
                break;
            }
            octets.extend(next);
            waiting.sent = true;
        }
        self.0.retain(|waiting| !waiting.sent || is_sticky(waiting.answer));
        octets
    }

    /// A downlink was heard: the network has what was sent.
    pub(super) fn downlink_heard(&mut self) {
        self.0.retain(|waiting| !waiting.sent);
    }

    pub(super) fn reverse(&mut self) {
        self.0.reverse();
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

const fn is_sticky(answer: UplinkCommand) -> bool {
    match answer {
        UplinkCommand::RxParamSetupAns { .. }
        | UplinkCommand::RxTimingSetupAns
        | UplinkCommand::DlChannelAns { .. } => true,
        UplinkCommand::LinkCheckReq
        | UplinkCommand::LinkAdrAns { .. }
        | UplinkCommand::DutyCycleAns
        | UplinkCommand::DevStatusAns { .. }
        | UplinkCommand::NewChannelAns { .. }
        | UplinkCommand::TxParamSetupAns
        | UplinkCommand::PingSlotInfoReq { .. }
        | UplinkCommand::PingSlotChannelAns { .. }
        | UplinkCommand::BeaconTimingReq
        | UplinkCommand::BeaconFreqAns { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: UplinkCommand = UplinkCommand::DevStatusAns { battery: 255, margin: 7 };

    #[test]
    fn sticky_answers_are_repeated_until_a_downlink_is_heard() {
        let mut answers = Answers::default();
        answers.push(STATUS);
        answers.push(UplinkCommand::RxTimingSetupAns);
        assert_eq!(hex::encode(answers.take(15)), "06ff0708");
        assert_eq!(hex::encode(answers.take(15)), "08");
        answers.push(UplinkCommand::DutyCycleAns);
        answers.downlink_heard();
        assert_eq!(hex::encode(answers.take(15)), "04", "what was not sent yet is kept");
        assert!(answers.take(15).is_empty());
    }

    #[test]
    fn what_does_not_fit_waits_and_keeps_its_order() {
        let mut answers = Answers::default();
        for _ in 0..6 {
            answers.push(STATUS);
        }
        answers.push(UplinkCommand::DutyCycleAns);
        assert_eq!(answers.octets(), 19);
        assert_eq!(answers.take(15).len(), 15);
        assert_eq!(hex::encode(answers.take(15)), "06ff0704");
    }
}
