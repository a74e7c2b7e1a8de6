//! A message from a device: whether the operator takes it, and where it goes (TS 23.040 9.2.2.2).

use super::{Content, Recipient, ReportTo, Terms};
use crate::cellular::CellularCore;
use crate::cellular::calls::{Direction, ExternalParty};
use crate::cellular::inject::{Answer, Procedure};
use crate::cellular::note::{Reason, SmsNote, Who};
use crate::cellular::rights::BearerKind;
use wire::cause::RpCause;
use wire::id::Imsi;
use wire::sms::{self, Address, FailureCause, ReportParameters, RpUserData, Submit, SubmitReport, Tpdu};
use wire::time::Duration;

/// A refusal of a SUBMIT.
pub(super) struct Refusal {
    pub(super) cause: RpCause,
    /// TP-FCS of the SUBMIT-REPORT, where the service centre gives one.
    pub(super) failure: Option<FailureCause>,
    reason: Reason,
    peer: Option<String>,
}

impl Refusal {
    const fn new(cause: RpCause, reason: Reason) -> Self {
        Self { cause, failure: None, reason, peer: None }
    }

    const fn with(cause: RpCause, failure: FailureCause, reason: Reason) -> Self {
        Self { cause, failure: Some(failure), reason, peer: None }
    }
}

/// What a device's RP-DATA gets for an answer.
pub(super) enum Decision {
    Accepted,
    Refused(Refusal),
    Silence,
}

impl CellularCore {
    /// Decides on RP-DATA from a device; a refusal is noted.
    pub(super) fn submit(&mut self, imsi: &Imsi, centre: Option<&Address>, tpdu: &RpUserData) -> Decision {
        self.counters.entry(imsi.clone()).or_default().mo_sms.push(self.now);
        let ordered =
            self.ue_of(imsi).and_then(|ue| self.injected(Procedure::MoSms, ue, &Who::Imsi(imsi.clone())));
        let result = match ordered {
            Some(Answer::Rp(cause)) => Err(Refusal::new(cause, Reason::Injected)),
            Some(
                Answer::Emm(_)
                | Answer::EpsOnly(_)
                | Answer::Esm { .. }
                | Answer::Cc(_)
                | Answer::Ss(_)
                | Answer::Silence,
            ) => {
                return Decision::Silence;
            }
            None => self.take_submit(imsi, centre, tpdu),
        };
        match result {
            Ok(()) => Decision::Accepted,
            Err(refusal) => {
                self.note(SmsNote::Refused {
                    imsi: imsi.clone(),
                    direction: Direction::Mo,
                    peer: refusal.peer.clone(),
                    cause: refusal.cause,
                    reason: refusal.reason.clone(),
                });
                Decision::Refused(refusal)
            }
        }
    }

    fn take_submit(
        &mut self,
        imsi: &Imsi,
        centre: Option<&Address>,
        tpdu: &RpUserData,
    ) -> Result<(), Refusal> {
        let cell = self.ue_of(imsi).and_then(|ue| self.served(ue)).map(|(_, cell)| cell);
        if let Some(reason) = cell.and_then(|cell| self.barred(imsi, cell.plmn, BearerKind::Sms)) {
            return Err(Refusal::new(RpCause::OPERATOR_DETERMINED_BARRING, reason));
        }
        let centre = centre.and_then(Address::number);
        if centre.map(|number| self.canonical(&number)) != Some(self.canonical(&self.config.smsc)) {
            return Err(Refusal::new(RpCause::NETWORK_OUT_OF_ORDER, Reason::ForeignServiceCentre));
        }
        let rejected = RpCause::TRANSFER_REJECTED;
        let submit = match tpdu.tpdu(sms::Direction::MobileToNetwork) {
            Ok(Tpdu::Submit(submit)) => submit,
            Ok(
                Tpdu::Command(_)
                | Tpdu::Deliver(_)
                | Tpdu::StatusReport(_)
                | Tpdu::SubmitReport(_)
                | Tpdu::DeliverReport(_),
            ) => return Err(Refusal::with(rejected, FailureCause::TPDU_NOT_SUPPORTED, Reason::Malformed)),
            Err(_) => return Err(Refusal::with(rejected, FailureCause::UNSPECIFIED, Reason::Malformed)),
        };
        let peer = Some(submit.destination.to_string());
        self.accept_submit(imsi, submit).map_err(|refusal| Refusal { peer, ..refusal })
    }

    fn accept_submit(&mut self, imsi: &Imsi, submit: Submit) -> Result<(), Refusal> {
        let rejected = RpCause::TRANSFER_REJECTED;
        let again = self.smsc.last_submit.get(imsi).is_some_and(|last| {
            last.message_reference == submit.message_reference && last.destination == submit.destination
        });
        if submit.reject_duplicates && again {
            return Err(Refusal::with(rejected, FailureCause::DUPLICATE_REJECTED, Reason::Duplicate));
        }
        let Some(to) = submit.destination.number() else {
            return Err(Refusal::with(rejected, FailureCause::INVALID_SME_ADDRESS, Reason::UnassignedNumber));
        };
        let recipient = match self.subscriber_of(&to) {
            Some(subscriber) => Recipient::Subscriber(subscriber.clone()),
            None if let Some(esme) = self.esme_of(&to) => {
                // Nobody else's devices reach a customer's application.
                let sender = self.subscribers.get(imsi);
                let sender = sender.filter(|sender| Some(&*sender.account) == self.account_of_esme(&esme));
                let foreign = || Refusal::new(RpCause::UNASSIGNED_NUMBER, Reason::UnassignedNumber);
                Recipient::Esme { esme, from: sender.ok_or_else(foreign)?.msisdn.clone(), to: to.clone() }
            }
            None if self.behaviour_of(&to) == ExternalParty::Unassigned => {
                return Err(Refusal::new(RpCause::UNASSIGNED_NUMBER, Reason::UnassignedNumber));
            }
            None => {
                let sender = self.subscribers.get(imsi).map(|subscriber| subscriber.msisdn.clone());
                let unknown = || Refusal::new(RpCause::UNIDENTIFIED_SUBSCRIBER, Reason::UnknownImsi);
                Recipient::Application { from: sender.ok_or_else(unknown)?, to: to.clone() }
            }
        };
        let sender = self.subscribers.get(imsi).map(|subscriber| subscriber.msisdn.clone());
        let Some(sender) = sender else {
            return Err(Refusal::new(RpCause::UNIDENTIFIED_SUBSCRIBER, Reason::UnknownImsi));
        };
        self.first_traffic(imsi);
        self.smsc.last_submit.insert(imsi.clone(), submit.clone());
        let submitted = self.calendar.timestamp(self.now);
        let validity = submit.validity.and_then(|validity| validity.span(submitted));
        let device = || ReportTo::Device(imsi.clone(), Box::new(submit.clone()));
        let report_to = submit.status_report_request.then(device);
        let from = Address::from_number(&sender);
        let content = Content::Message { from, pid: submit.pid, user_data: submit.user_data };
        let terms = Terms { validity, not_before: None, report_to };
        self.store(content, sender.as_str(), recipient, to.to_string(), terms);
        self.record_sms(imsi, Direction::Mo, to.to_string());
        Ok(())
    }

    /// The SUBMIT-REPORT of a refusal.
    pub(super) fn submit_report(&self, failure: FailureCause) -> RpUserData {
        let timestamp = self.stamp(self.now);
        let parameters = ReportParameters::default();
        RpUserData::from(Tpdu::from(SubmitReport { failure: Some(failure), timestamp, parameters }))
    }
}

/// How long the service centre takes over a SUBMIT.
pub(super) const DECISION: Duration = Duration::from_millis(300);
