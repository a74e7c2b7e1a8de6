//! External short message entities (ESMEs): the customers' applications that are connected to the service centre.
//!
//! Spec: SMPP 3.4 (what an ESME may ask for and what it is told), TS 23.040 (what becomes of a message). The door speaks
//! the protocol; whether a bind, a message or an order is accepted is decided here, and every refusal is a note. What
//! is for an ESME waits in one queue, in order, until the ESME has answered for it; what was not answered when a bind
//! ended is given out again first. Of several binds that receive any may get the next, but while something of a device is
//! unanswered on one of them, nothing newer of that device goes out on another: the order of each device is kept. A message goes only to devices of the ESME's own account, and only these reach it.

mod address;
mod alert;
mod kept;
mod manage;
mod multi;
mod outbind;
mod outgoing;
mod rate;
mod submit;

pub use address::{EsmeAddress, EsmeAddressError};
pub use alert::Alert;
pub use manage::{Cancel, ManageRefusal, Replace};
pub use outbind::Outbind;
pub use outgoing::{DeliveryId, EsmeAnswer, EsmeContent, EsmeDelivery, Receipt, ReceiptKind};
pub use submit::{EsmeSubmit, EsmeTime, ReceiptWish, SubmitRefusal};

use super::CellularCore;
use super::control::ConfigError;
use super::note::EsmeNote;
use super::smsc::MessageId;
use crate::state::Kept;
use address::Numbers;
use alert::Flag;
use outgoing::Outgoing;
use rate::Allowance;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use submit::Submitted;
use wire::id::{Imsi, PhoneNumber};
use wire::time::Instant;

/// What the operator has agreed with an ESME.
#[derive(Clone, PartialEq, Eq)]
pub struct Esme {
    /// The name by which it binds: at most 15 characters.
    pub system_id: String,
    /// Its password: at most 8 characters.
    pub password: String,
    /// The account whose devices it reaches.
    pub account: String,
    /// The addresses from which it sends, the first of them where it names none; messages to those that are numbers go
    /// to it.
    pub addresses: Vec<EsmeAddress>,
    /// How many binds it may have at once.
    pub max_binds: usize,
    /// How many requests may be unanswered on one bind, either way.
    pub window: usize,
    /// Messages that it may submit in a second; as many at once.
    pub rate: u32,
    /// How many of its messages may wait for devices.
    pub queue: usize,
    /// Where it is called when something waits for it and it is not bound.
    pub outbind: Option<Outbind>,
}

impl fmt::Debug for Esme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Esme")
            .field("system_id", &self.system_id)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// Which way messages may pass in a bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindMode {
    /// From the ESME.
    Transmitter,
    /// To the ESME.
    Receiver,
    /// Both.
    Transceiver,
}

impl BindMode {
    /// Whether the ESME may submit.
    #[must_use]
    pub const fn transmits(self) -> bool {
        matches!(self, Self::Transmitter | Self::Transceiver)
    }

    /// Whether the ESME is given messages and receipts.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Self::Receiver | Self::Transceiver)
    }

    /// As the specification calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transmitter => "transmitter",
            Self::Receiver => "receiver",
            Self::Transceiver => "transceiver",
        }
    }
}

/// A bind that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BindId(pub u64);

/// Why a bind was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindRefusal {
    /// No ESME has this system_id.
    UnknownSystemId,
    /// The password is wrong.
    WrongPassword,
    /// As many binds as it may have stand.
    TooManyBinds(usize),
}

/// Why a bind ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnbindCause {
    /// The ESME asked for it.
    Asked,
    /// The connection was cut.
    ConnectionLost,
    /// The ESME did nothing for too long.
    Inactive,
    /// The ESME did not answer a request in time.
    Unanswered,
    /// The octets of the connection made no sense any more.
    Malformed,
}

/// Which ESME, by its system_id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", from = "String")]
pub(super) struct EsmeName(Arc<str>);

impl From<String> for EsmeName {
    fn from(system_id: String) -> Self {
        Self(system_id.into())
    }
}

impl From<EsmeName> for String {
    fn from(name: EsmeName) -> Self {
        name.0.as_ref().to_owned()
    }
}

impl std::borrow::Borrow<str> for EsmeName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EsmeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug)]
struct Bound {
    esme: EsmeName,
    mode: BindMode,
}

#[derive(Debug)]
struct Known {
    agreed: Esme,
    binds: BTreeSet<BindId>,
    outgoing: Outgoing,
    allowance: Allowance,
    /// Messages that wait for a device.
    unfinished: usize,
}

/// Every ESME with what it has submitted.
#[derive(Debug)]
pub(super) struct Esmes {
    all: BTreeMap<EsmeName, Known>,
    numbers: Numbers,
    binds: BTreeMap<BindId, Bound>,
    binds_so_far: u64,
    submitted: Kept<MessageId, Submitted>,
    /// What is not final, by sender and recipient.
    pending: BTreeMap<(EsmeName, String, String), BTreeSet<MessageId>>,
    /// Who waits for a device to be there again.
    pending_alerts: Kept<Imsi, Vec<Flag>>,
}

impl Esmes {
    pub(super) fn new(configured: &[Esme], country_code: &str) -> Result<Self, ConfigError> {
        let mut numbers = Numbers::default();
        let mut all = BTreeMap::new();
        for esme in configured {
            let name = EsmeName::from(esme.system_id.clone());
            for address in &esme.addresses {
                numbers.add(address, &name, country_code).map_err(|address| {
                    ConfigError::EsmeAddressTaken { esme: esme.system_id.clone(), address }
                })?;
            }
            let known = Known {
                agreed: esme.clone(),
                binds: BTreeSet::new(),
                outgoing: Outgoing::default(),
                allowance: Allowance::new(esme.rate),
                unfinished: 0,
            };
            if all.insert(name, known).is_some() {
                return Err(ConfigError::DuplicateEsme(esme.system_id.clone()));
            }
        }
        Ok(Self {
            all,
            numbers,
            binds: BTreeMap::new(),
            binds_so_far: 0,
            submitted: Kept::default(),
            pending: BTreeMap::new(),
            pending_alerts: Kept::default(),
        })
    }

    fn get(&self, name: &EsmeName) -> Option<&Known> {
        self.all.get(name)
    }

    fn get_mut(&mut self, name: &EsmeName) -> Option<&mut Known> {
        self.all.get_mut(name)
    }
}

impl CellularCore {
    /// Binds an ESME that calls from `peer`.
    ///
    /// # Errors
    /// [`BindRefusal`]; it is noted.
    pub fn bind_esme(
        &mut self,
        now: Instant,
        system_id: &str,
        password: &str,
        mode: BindMode,
        peer: &str,
    ) -> Result<BindId, BindRefusal> {
        self.advance(now);
        let result = self.try_bind(system_id, password, mode);
        let (system_id, peer) = (system_id.to_owned(), peer.to_owned());
        self.note(match result {
            Ok(_) => EsmeNote::Bound { system_id, mode, peer },
            Err(refusal) => EsmeNote::BindRefused { system_id, peer, refusal },
        });
        result
    }

    fn try_bind(&mut self, system_id: &str, password: &str, mode: BindMode) -> Result<BindId, BindRefusal> {
        let bind = BindId(self.esmes.binds_so_far + 1);
        let known = self.esmes.all.get_mut(system_id).ok_or(BindRefusal::UnknownSystemId)?;
        if known.agreed.password != password {
            return Err(BindRefusal::WrongPassword);
        }
        if known.binds.len() >= known.agreed.max_binds {
            return Err(BindRefusal::TooManyBinds(known.agreed.max_binds));
        }
        known.binds.insert(bind);
        self.esmes.binds_so_far += 1;
        let esme = EsmeName::from(system_id.to_owned());
        self.esmes.binds.insert(bind, Bound { esme, mode });
        Ok(bind)
    }

    /// Ends a bind. What the ESME has not answered for is given out again, before everything newer.
    pub fn unbind_esme(&mut self, now: Instant, bind: BindId, cause: UnbindCause) {
        self.advance(now);
        let Some(Bound { esme, .. }) = self.esmes.binds.remove(&bind) else { return };
        let Some(known) = self.esmes.get_mut(&esme) else { return };
        known.binds.remove(&bind);
        let unanswered = known.outgoing.take_back(bind);
        let system_id = known.agreed.system_id.clone();
        self.note(EsmeNote::Unbound { system_id, cause, unanswered });
    }

    /// Writes down that octets of an ESME, or of whoever is at `peer`, were not what the protocol asks for.
    pub fn note_esme_protocol(&mut self, now: Instant, bind: Option<BindId>, peer: &str, problem: String) {
        self.advance(now);
        let bound = bind.and_then(|bind| self.esmes.binds.get(&bind)).map(|bound| bound.esme.to_string());
        self.note(EsmeNote::Protocol { who: bound.unwrap_or_else(|| peer.to_owned()), problem });
    }

    /// How many requests may be unanswered on a bind, either way.
    #[must_use]
    pub fn esme_window(&self, bind: BindId) -> usize {
        let bound = self.esmes.binds.get(&bind);
        bound.and_then(|bound| self.esmes.get(&bound.esme)).map_or(0, |known| known.agreed.window)
    }

    /// The ESMEs of the operator.
    pub fn esmes(&self) -> impl Iterator<Item = &Esme> {
        self.esmes.all.values().map(|known| &known.agreed)
    }

    /// How many messages and receipts wait for an ESME or for its answer.
    #[must_use]
    pub fn esme_waiting(&self, system_id: &str) -> usize {
        self.esmes.all.get(system_id).map_or(0, |known| known.outgoing.len())
    }

    /// The ESME that a number belongs to.
    pub(super) fn esme_of(&self, number: &PhoneNumber) -> Option<EsmeName> {
        self.esmes.numbers.owner(&self.canonical(number))
    }

    pub(super) fn account_of_esme(&self, esme: &EsmeName) -> Option<&str> {
        self.esmes.get(esme).map(|known| known.agreed.account.as_str())
    }
}

impl fmt::Display for BindRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownSystemId => f.write_str("no ESME has this system_id"),
            Self::WrongPassword => f.write_str("the password is wrong"),
            Self::TooManyBinds(limit) => write!(f, "{limit} binds stand, which is the limit"),
        }
    }
}

impl fmt::Display for UnbindCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asked => "unbind",
            Self::ConnectionLost => "the connection was cut",
            Self::Inactive => "inactivity timer",
            Self::Unanswered => "response timer: a request was not answered",
            Self::Malformed => "the octets make no sense any more",
        })
    }
}
