//! The network's own truth: every communication of a subscriber with its place, and what it has used.
//!
//! A data connection is written down when it ends, a call when it is over, a short message when the service centre has
//! taken it or the device has. Status reports, refused calls and refused messages are none. The content of a message is
//! never part of it. Volumes are those of the gateway: user packets that crossed the air, router discovery aside. Of each
//! subscriber the last thousand communications are kept; what it has used counts on.

mod log;

use super::CellularCore;
use super::calls::{Call, CallId, CallState, Direction, Party};
use super::gateway::Traffic;
use super::session::Bearer;
use crate::state::{Kept, Parts};
use std::fmt;
use wire::air::cellular::CellId;
use wire::cause::{CcCause, EsmCause};
use wire::id::{Imei, Imsi};
use wire::nas::PdnAddress;
use wire::time::{Duration, Instant};

/// What a communication is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Medium {
    /// A PDN connection.
    Data,
    /// A short message.
    Sms,
    /// A call.
    Voice,
}

impl fmt::Display for Medium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Data => "data",
            Self::Sms => "sms",
            Self::Voice => "voice",
        })
    }
}

/// Over which radio access, as far as the core sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum RadioAccess {
    /// E-UTRAN.
    Eutran,
    /// GSM or UTRAN: the core network is the same.
    GeranOrUtran,
}

impl fmt::Display for RadioAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Eutran => "E-UTRAN",
            Self::GeranOrUtran => "GERAN or UTRAN",
        })
    }
}

/// How a communication ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Closing {
    /// A PDN connection was released.
    Released(EsmCause),
    /// A call was cleared.
    Cleared(CcCause),
    /// A short message was taken.
    Taken,
}

impl fmt::Display for Closing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Released(cause) => write!(f, "released {cause}"),
            Self::Cleared(cause) => write!(f, "cleared {cause}"),
            Self::Taken => f.write_str("taken"),
        }
    }
}

/// Where a communication was, and in which equipment.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// Network and cell in which the mobile was last heard.
    pub cell: CellId,
    /// Radio access; `None` where the mobile was gone already.
    pub access: Option<RadioAccess>,
    /// The equipment.
    pub imei: Imei,
}

/// One communication of a subscriber.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Communication {
    /// Its number among all of the core, in the order of their ends; zero while it runs.
    pub number: u64,
    /// What it is.
    pub medium: Medium,
    /// Who began it; a PDN connection is always the device's.
    pub direction: Direction,
    /// When it began. A call begins with its answer, one that was not answered when it ended.
    pub began: Instant,
    /// When it ended, and how; `None` while it runs.
    pub ended: Option<(Instant, Closing)>,
    /// Where; `None` where the subscriber was never seen.
    pub place: Option<Place>,
    /// Network identifier of the APN, of a PDN connection.
    pub apn: Option<String>,
    /// The address of the device, of a PDN connection.
    pub address: Option<PdnAddress>,
    /// Volume, of a PDN connection.
    pub traffic: Traffic,
    /// The other party, of a call or a short message.
    pub peer: Option<String>,
}

impl Communication {
    /// How long it lasted, or has lasted at `now`.
    #[must_use]
    pub fn lasted(&self, now: Instant) -> Duration {
        self.ended.map_or(now, |(at, _)| at).since(self.began)
    }
}

/// What a subscriber has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Usage {
    /// Packets and octets, IP headers included.
    pub data: Traffic,
    /// Short messages that the service centre took.
    pub sms_mo: u64,
    /// Short messages that the device took.
    pub sms_mt: u64,
    /// Answered calls of the device.
    pub calls_mo: u64,
    /// Answered calls to the device.
    pub calls_mt: u64,
    /// How long the former lasted.
    pub talk_mo: Duration,
    /// How long the latter lasted.
    pub talk_mt: Duration,
}

impl Usage {
    fn add(&mut self, other: Self) {
        self.data.add(other.data);
        self.sms_mo += other.sms_mo;
        self.sms_mt += other.sms_mt;
        self.calls_mo += other.calls_mo;
        self.calls_mt += other.calls_mt;
        self.talk_mo += other.talk_mo;
        self.talk_mt += other.talk_mt;
    }
}

/// Communications and use of every subscriber that has some.
#[derive(Debug, Default)]
pub(super) struct History {
    records: log::Log,
    usage: Kept<Imsi, Usage>,
}

impl History {
    fn push(&mut self, imsi: &Imsi, communication: Communication) {
        self.records.push(imsi, communication);
    }

    pub(super) fn parts(&mut self) -> Parts<'_> {
        vec![("communication", &mut self.records), ("usage", &mut self.usage)]
    }

    /// The communications of a subscriber that ended, oldest end first.
    pub(super) fn of(&self, imsi: &Imsi) -> impl Iterator<Item = &Communication> {
        self.records.of(imsi)
    }
}

impl CellularCore {
    /// The communications of a subscriber that were under way between two instants, both included: those that ended in the
    /// order of their ends, then those that run.
    #[must_use]
    pub fn history(&self, imsi: &Imsi, from: Instant, to: Instant) -> Vec<Communication> {
        let running = self.running_sessions(imsi).chain(self.running_calls(imsi));
        let all = self.history.of(imsi).cloned().chain(running);
        all.filter(|known| known.began <= to && known.ended.is_none_or(|(at, _)| at >= from)).collect()
    }

    /// The call data records of an account: the communications of its fleet that ended between two instants, both
    /// included, in the order of their ends.
    #[must_use]
    pub fn call_data_records(&self, account: &str, from: Instant, to: Instant) -> Vec<(Imsi, Communication)> {
        let ended = |known: &&Communication| known.ended.is_some_and(|(at, _)| (from..=to).contains(&at));
        let of = |imsi: &Imsi| -> Vec<(Imsi, Communication)> {
            self.history.of(imsi).filter(ended).map(|known| (imsi.clone(), known.clone())).collect()
        };
        let mut records: Vec<_> = self.fleet(account).flat_map(|known| of(&known.imsi)).collect();
        records.sort_by_key(|(_, known)| known.number);
        records
    }

    /// What a subscriber has used so far.
    #[must_use]
    pub fn usage(&self, imsi: &Imsi) -> Usage {
        let usage = self.history.usage.get(imsi).copied().unwrap_or_default();
        Usage { data: self.traffic(imsi), ..usage }
    }

    /// What the fleet of an account has used so far.
    #[must_use]
    pub fn usage_of_account(&self, account: &str) -> Usage {
        let mut total = Usage::default();
        self.fleet(account).for_each(|known| total.add(self.usage(&known.imsi)));
        total
    }

    /// The radio access that a registered subscriber uses.
    #[must_use]
    pub fn radio_access(&self, imsi: &Imsi) -> Option<RadioAccess> {
        let registration = self.ue_of(imsi).and_then(|ue| self.registrations.get(&ue))?;
        let evolved = registration.connection.evolved;
        Some(if evolved { RadioAccess::Eutran } else { RadioAccess::GeranOrUtran })
    }

    fn place_of(&self, imsi: &Imsi) -> Option<Place> {
        let (cell, imei) = self.last_seen.get(imsi)?.clone();
        Some(Place { cell, access: self.radio_access(imsi), imei })
    }

    fn running_sessions(&self, imsi: &Imsi) -> impl Iterator<Item = Communication> {
        let registration = self.ue_of(imsi).and_then(|ue| self.registrations.get(&ue));
        let bearers = registration.map(|known| known.bearers.as_slice()).unwrap_or_default();
        bearers.iter().map(|bearer| self.session(imsi, bearer, None))
    }

    fn running_calls(&self, imsi: &Imsi) -> impl Iterator<Item = Communication> {
        let calls = self.ue_of(imsi).map(|ue| self.calls.all_of(ue)).unwrap_or_default();
        let answered = |call: &&Call| call.state == CallState::Active;
        calls
            .into_iter()
            .filter_map(|id| self.calls.all.get(&id))
            .filter(answered)
            .flat_map(|call| self.call_of(imsi, call, None))
    }

    fn session(&self, imsi: &Imsi, bearer: &Bearer, ended: Option<(Instant, Closing)>) -> Communication {
        Communication {
            number: 0,
            medium: Medium::Data,
            direction: Direction::Mo,
            began: bearer.since,
            ended,
            place: self.place_of(imsi),
            apn: Some(bearer.apn.clone()),
            address: Some(bearer.address),
            traffic: bearer.traffic,
            peer: None,
        }
    }

    /// A call as the communication of one of its parties, or of both where a device calls itself.
    fn call_of(&self, imsi: &Imsi, call: &Call, closing: Option<CcCause>) -> Vec<Communication> {
        let is_theirs = |party: &Party| matches!(party, Party::Device { imsi: Some(of), .. } if of == imsi);
        let sides =
            [(&call.caller, &call.callee, Direction::Mo), (&call.callee, &call.caller, Direction::Mt)];
        let theirs = sides.into_iter().filter(|(own, ..)| is_theirs(own));
        let communication = |(_, peer, direction): (&Party, &Party, Direction)| Communication {
            number: 0,
            medium: Medium::Voice,
            direction,
            began: call.connected_at.unwrap_or(self.now),
            ended: closing.map(|cause| (self.now, Closing::Cleared(cause))),
            place: self.place_of(imsi),
            apn: None,
            address: None,
            traffic: Traffic::default(),
            peer: Some(peer.to_string()),
        };
        theirs.map(communication).collect()
    }

    /// A PDN connection ended.
    pub(super) fn record_session(&mut self, imsi: &Imsi, bearer: &Bearer, cause: EsmCause) {
        let communication = self.session(imsi, bearer, Some((self.now, Closing::Released(cause))));
        self.history.push(imsi, communication);
    }

    /// A short message of a subscriber was taken.
    pub(super) fn record_sms(&mut self, imsi: &Imsi, direction: Direction, peer: String) {
        let communication = Communication {
            number: 0,
            medium: Medium::Sms,
            direction,
            began: self.now,
            ended: Some((self.now, Closing::Taken)),
            place: self.place_of(imsi),
            apn: None,
            address: None,
            traffic: Traffic::default(),
            peer: Some(peer),
        };
        self.history.push(imsi, communication);
        let usage = self.history.usage.entry(imsi.clone()).or_default();
        match direction {
            Direction::Mo => usage.sms_mo += 1,
            Direction::Mt => usage.sms_mt += 1,
        }
        self.consumed(imsi, Medium::Sms, direction, 1);
    }

    /// A call that was not refused is over.
    pub(super) fn record_call(&mut self, id: CallId) {
        let Some(call) = self.calls.all.get(&id).cloned() else { return };
        let CallState::Ended { cause, .. } = call.state else { return };
        let lasted = call.connected_at.map(|connected| self.now.since(connected));
        let mut subscribers: Vec<Imsi> = Vec::new();
        for party in [&call.caller, &call.callee] {
            if let Party::Device { imsi: Some(imsi), .. } = party
                && !subscribers.contains(imsi)
            {
                subscribers.push(imsi.clone());
            }
        }
        for imsi in subscribers {
            for communication in self.call_of(&imsi, &call, Some(cause)) {
                let direction = communication.direction;
                self.history.push(&imsi, communication);
                if let Some(lasted) = lasted {
                    self.count_call(&imsi, direction, lasted);
                }
            }
        }
    }

    fn count_call(&mut self, imsi: &Imsi, direction: Direction, lasted: Duration) {
        let usage = self.history.usage.entry(imsi.clone()).or_default();
        let (calls, talk) = match direction {
            Direction::Mo => (&mut usage.calls_mo, &mut usage.talk_mo),
            Direction::Mt => (&mut usage.calls_mt, &mut usage.talk_mt),
        };
        *calls += 1;
        *talk += lasted;
        // A second that has begun counts.
        let seconds = lasted.as_secs() + u64::from(lasted.subsec_nanos() > 0);
        self.consumed(imsi, Medium::Voice, direction, seconds);
    }
}
