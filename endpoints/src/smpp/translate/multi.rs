//! submit_multi: one message, many destinations, and the list of those that it was not accepted for.
//!
//! Spec: SMPP 3.4 clause 4.5. There are no distribution lists.

use super::super::content;
use super::super::pdu::{Flaw, read, status};
use super::{
    Options, check_limits, destination, esm_class, schedule, source, status_of, validity, wishes, written,
};
use rusmpp::CommandStatus;
use rusmpp::pdus::{SubmitMulti, SubmitMultiResp};
use rusmpp::types::COctetString;
use rusmpp::values::{DestAddress, Npi, Ton, UnsuccessSme};
use simcore::cellular::{EsmeSubmit, MessageId, SubmitRefusal};
use wire::id::PhoneNumber;
use wire::sms::ProtocolId;

/// The most destinations of one request.
const MOST: usize = 254;

/// A submit_multi.
#[derive(Debug)]
pub struct Multi {
    destinations: Vec<Destination>,
    /// One for each destination whose number can be read.
    requests: Vec<EsmeSubmit>,
}

#[derive(Debug)]
struct Destination {
    ton: Ton,
    npi: Npi,
    address: COctetString<1, 21>,
    number: Result<PhoneNumber, Flaw>,
}

/// A submit_multi.
///
/// # Errors
/// [`Flaw`] with the status of its answer, where it is not one of single destinations.
pub fn submit_multi(body: &[u8], reference: u8) -> Result<Multi, Flaw> {
    let pdu: SubmitMulti = read(body)?;
    let options = Options::of(pdu.tlvs())?;
    check_limits(pdu.sm_length(), pdu.priority_flag, pdu.sm_default_msg_id)?;
    if u8::from(pdu.replace_if_present_flag) != 0 {
        let text = "replace_if_present_flag: one identity for many takes the place of none";
        return Err(Flaw::new(status::RINVREPFLAG, text));
    }
    let destinations = pdu.dest_address().iter().map(Destination::of).collect::<Result<Vec<_>, _>>()?;
    if !(1..=MOST).contains(&destinations.len()) {
        let text = format!("number_of_dests is {}, and not 1 to {MOST}", destinations.len());
        return Err(Flaw::new(status::RINVNUMDESTS, text));
    }
    let octets = options.payload(pdu.short_message())?;
    let content = options.content(u8::from(pdu.data_coding), esm_class(pdu.esm_class)?, octets)?;
    let (receipt, intermediate) = wishes(u8::from(pdu.registered_delivery))?;
    let from = source(pdu.source_addr_ton, pdu.source_addr.as_str())?;
    let parts = content::read(&content, reference)?;
    let end = options.validity.or(validity(pdu.validity_period.as_str())?);
    let begin = schedule(pdu.schedule_delivery_time.as_str())?;
    let numbers = destinations.iter().filter_map(|destination| destination.number.as_ref().ok());
    let requests = numbers.map(|to| EsmeSubmit {
        from: from.clone(),
        to: to.clone(),
        service_type: pdu.service_type.value().as_str().to_owned(),
        pid: ProtocolId(pdu.protocol_id),
        parts: parts.clone(),
        validity: end,
        schedule: begin,
        receipt,
        intermediate,
        replace: false,
        user_reference: options.user_reference,
        alert: false,
    });
    Ok(Multi { requests: requests.collect(), destinations })
}

impl Destination {
    fn of(address: &DestAddress) -> Result<Self, Flaw> {
        match address {
            DestAddress::SmeAddress(sme) => Ok(Self {
                ton: sme.dest_addr_ton,
                npi: sme.dest_addr_npi,
                address: sme.destination_addr.clone(),
                number: destination(sme.dest_addr_ton, sme.destination_addr.as_str()),
            }),
            DestAddress::DistributionListName(list) => {
                let text = format!("there is no distribution list {:?}", list.dl_name.as_str());
                Err(Flaw::new(status::RINVDLNAME, text))
            }
        }
    }
}

impl Multi {
    /// Whether the message takes several short messages.
    #[must_use]
    pub fn is_split(&self) -> bool {
        self.requests.iter().any(|request| request.parts.len() > 1)
    }

    /// What is wrong with destinations that are no numbers.
    pub fn flaws(&self) -> impl Iterator<Item = &Flaw> {
        self.destinations.iter().filter_map(|destination| destination.number.as_ref().err())
    }

    /// The message to each destination that is a number.
    #[must_use]
    pub fn requests(&self) -> Vec<EsmeSubmit> {
        self.requests.clone()
    }

    /// The answer, with what the service centre said to each request.
    ///
    /// # Errors
    /// The status of the first destination, where there is none that was accepted: such an answer has no body.
    pub fn answer(&self, results: &[Result<MessageId, SubmitRefusal>]) -> Result<SubmitMultiResp, u32> {
        let mut said = results.iter();
        let mut id = None;
        let mut failed = Vec::new();
        for destination in &self.destinations {
            let status = match &destination.number {
                Err(flaw) => flaw.status,
                Ok(_) => match said.next() {
                    Some(Ok(message)) => {
                        id = Some(*message);
                        continue;
                    }
                    Some(Err(refusal)) => status_of(*refusal),
                    None => status::RSYSERR,
                },
            };
            failed.push((destination, status));
        }
        let first = failed.first().map_or(status::RSUBMITFAIL, |(_, status)| *status);
        let unsuccess = |(destination, status): (&Destination, u32)| {
            let Destination { ton, npi, address, .. } = destination;
            UnsuccessSme::new(*ton, *npi, address.clone(), CommandStatus::from(status))
        };
        let failed = failed.into_iter().map(unsuccess).collect();
        id.map(|id| SubmitMultiResp::new(written(id), failed, Vec::new())).ok_or(first)
    }
}
