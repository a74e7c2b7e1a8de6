//! Authentication and key agreement: vectors of the home network, challenges of the visited one.
//!
//! Spec: TS 33.102 clauses 6.3.2, 6.3.5, 6.8.1.2 and annex C.1.1.1 (sequence numbers, not time-based), TS 24.301 clauses
//! 5.4.2.2 to 5.4.2.7 (challenge, T3460, failures), TS 24.008 4.3.2 (T3260) and 4.7.7 (T3360). Every attach, GPRS attach and
//! location updating with an IMSI that the operator issued is challenged; an update of a mobile that the network knows is
//! not, since the context of the last challenge still holds, unless the operator wants it. On GSM the challenge is a triplet,
//! elsewhere a quintuplet. A card that answers "MAC failure" and that was not challenged falsely on purpose has another key,
//! and is rejected: its identity is the IMSI, there is no other to try.

use super::CellularCore;
use super::agenda::Timer;
use super::inject::Answer;
use super::mobility::Attach;
use super::note::{AuthenticationNote, Who};
use crate::state::{Durable, Kept};
use std::collections::{BTreeMap, BTreeSet};
use wire::air::cellular::{CellId, Rat, UeId};
use wire::cause::EmmCause;
use wire::id::{Imei, Imsi, Key};
use wire::milenage::{AMF_EPS, AMF_PLAIN, Autn, Auts, Milenage, Rand, Response, Sqn};
use wire::nas::{LocationUpdateType, NasDown, PowerSaving, UpdateType};
use wire::seed::Rng;
use wire::time::Duration;

/// T3460 and T3360.
const T3460: Duration = Duration::from_secs(6);
/// The first challenge and four repeats.
const MOST_TRANSMISSIONS: u8 = 5;
/// The challenge of location updating is not repeated.
const T3260: Duration = Duration::from_secs(12);
/// Challenges of one procedure: as many as a mobile accepts to fail, and one more.
const MOST_CHALLENGES: u8 = 4;

/// What is false about a challenge on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FalseChallenge {
    /// A MAC of another key.
    WrongMac,
    /// A sequence number that the card has seen.
    OldSequenceNumber,
    /// No separation bit: the challenge is not for EPS.
    NotForEps,
    /// No AUTN where a mobile with a USIM must have one: the challenge is for GSM.
    ForGsm,
    /// The challenge is right, and the network expects another response.
    WrongResponse,
}

impl FalseChallenge {
    /// All of them with their names.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("wrong-mac", Self::WrongMac),
        ("old-sequence-number", Self::OldSequenceNumber),
        ("not-for-eps", Self::NotForEps),
        ("for-gsm", Self::ForGsm),
        ("wrong-response", Self::WrongResponse),
    ];

    /// Whether a challenge of this kind can be false so; if not, the order waits for the next one that can.
    const fn fits(self, kind: Kind) -> bool {
        match self {
            Self::WrongMac | Self::OldSequenceNumber => !matches!(kind, Kind::Gsm),
            Self::NotForEps => matches!(kind, Kind::Eps),
            Self::ForGsm => matches!(kind, Kind::Umts),
            Self::WrongResponse => true,
        }
    }

    /// The name in scripts and notes.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|row| row.1 == self).map_or("", |row| row.0)
    }
}

/// What a challenge consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// RAND and AUTN with the separation bit.
    Eps,
    /// RAND and AUTN.
    Umts,
    /// RAND.
    Gsm,
}

/// The procedure that goes on when the card has proved itself.
#[derive(Clone, Debug)]
pub(super) enum Challenged {
    Attach(Attach),
    Update { update: UpdateType, bearers: Vec<u8>, power: PowerSaving },
    Location { imei: Imei, update: LocationUpdateType },
    GprsAttach { imei: Imei },
    Routing { periodic: bool, contexts: Vec<u8> },
}

impl Challenged {
    const fn is_evolved(&self) -> bool {
        matches!(self, Self::Attach(_) | Self::Update { .. })
    }

    /// How long an answer is awaited, and how often the challenge is sent.
    const fn patience(&self) -> (Duration, u8) {
        match self {
            Self::Location { .. } => (T3260, 1),
            Self::Attach(_) | Self::Update { .. } | Self::GprsAttach { .. } | Self::Routing { .. } => {
                (T3460, MOST_TRANSMISSIONS)
            }
        }
    }
}

/// What the home network keeps of one subscriber.
#[derive(Debug)]
pub(super) struct Record {
    milenage: Milenage,
    /// As the card has it.
    original: Milenage,
    last: Sqn,
    falsified: Option<(FalseChallenge, u32)>,
}

impl Record {
    fn new(milenage: Milenage) -> Self {
        Self { original: milenage.clone(), milenage, last: Sqn::default(), falsified: None }
    }

    /// What the next challenge of this kind is to be false about; counts it.
    fn take_falsified(&mut self, kind: Kind) -> Option<FalseChallenge> {
        let (what, left) = self.falsified.filter(|(what, _)| what.fits(kind))?;
        self.falsified = left.checked_sub(1).filter(|left| *left > 0).map(|left| (what, left));
        Some(what)
    }
}

/// Only the sequence number is kept: the keys are the lab file's.
impl Durable for Record {
    fn write(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.last)
    }

    fn read(text: &str, configured: Option<Self>) -> serde_json::Result<Option<Self>> {
        let last = serde_json::from_str(text)?;
        Ok(configured.map(|record| Self { last, ..record }))
    }
}

/// A challenge that waits for its answer.
#[derive(Debug)]
struct Challenge {
    rand: Rand,
    autn: Option<Autn>,
    expected: Option<Response>,
    falsified: bool,
    transmissions: u8,
    /// Challenges of this procedure so far, this one included.
    count: u8,
    synchronised: bool,
    imsi: Imsi,
    cell: CellId,
    request: Challenged,
    ordered: Option<Answer>,
}

/// A vector of the home network, and what is false about it.
struct Vector {
    rand: Rand,
    autn: Option<Autn>,
    expected: Response,
    falsified: Option<FalseChallenge>,
}

/// Authentication centre of the home network, and the challenges that the visited networks wait for.
#[derive(Debug)]
pub(super) struct Authentication {
    pub(super) records: Kept<Imsi, Record>,
    running: BTreeMap<UeId, Challenge>,
    gsm_cells: BTreeSet<CellId>,
    rng: Rng,
}

impl Authentication {
    pub(super) fn new(rng: Rng) -> Self {
        Self { records: Kept::default(), running: BTreeMap::new(), gsm_cells: BTreeSet::new(), rng }
    }

    /// The record of a subscriber; one that was never provisioned has the keys that follow from its IMSI.
    pub(super) fn record(&mut self, imsi: &Imsi) -> &mut Record {
        self.records.entry(imsi.clone()).or_insert_with(|| Record::new(Milenage::derived(imsi)))
    }

    fn vector(&mut self, imsi: &Imsi, kind: Kind) -> Vector {
        let rand: Rand = self.rng.octets();
        let record = self.record(imsi);
        let falsified = record.take_falsified(kind);
        if kind == Kind::Gsm {
            let (sres, _) = record.milenage.agree(&rand).gsm();
            return Vector::of(rand, None, Response::Sres(sres), falsified);
        }
        let fresh = Sqn::new(record.last.seq() + 1, record.last.ind() + 1);
        record.last = fresh;
        let old = falsified == Some(FalseChallenge::OldSequenceNumber);
        let sqn = if old { Sqn::default() } else { fresh };
        let evolved = kind == Kind::Eps && falsified != Some(FalseChallenge::NotForEps);
        let amf = if evolved { AMF_EPS } else { AMF_PLAIN };
        let (mut autn, agreement) = record.milenage.challenge(&rand, sqn, amf);
        if falsified == Some(FalseChallenge::WrongMac) {
            autn[15] ^= 0xff;
        }
        let autn = (falsified != Some(FalseChallenge::ForGsm)).then_some(autn);
        Vector::of(rand, autn, Response::Res(agreement.res), falsified)
    }
}

impl Vector {
    fn of(rand: Rand, autn: Option<Autn>, mut expected: Response, falsified: Option<FalseChallenge>) -> Self {
        if falsified == Some(FalseChallenge::WrongResponse) {
            match &mut expected {
                Response::Res([first, ..]) | Response::Sres([first, ..]) => *first ^= 0xff,
            }
        }
        Self { rand, autn, expected, falsified }
    }
}

impl CellularCore {
    /// The subscriber that a challenge for this mobile is about.
    pub(super) fn identified(&self, ue: UeId) -> Option<Imsi> {
        self.authentication.running.get(&ue).map(|challenge| challenge.imsi.clone())
    }

    /// Gives a subscriber the keys of its card, and forgets its sequence number.
    pub fn provision_keys(&mut self, imsi: &Imsi, milenage: Milenage) {
        self.authentication.records.insert(imsi.clone(), Record::new(milenage));
    }

    /// Gives the home network another K than the card has; `None` gives back the card's.
    pub fn set_subscriber_key(&mut self, imsi: &Imsi, key: Option<Key>) {
        let record = self.authentication.record(imsi);
        record.milenage = match key {
            Some(key) => record.original.with_key(key),
            None => record.original.clone(),
        };
    }

    /// Makes the next `count` challenges of a subscriber false.
    pub fn falsify_challenges(&mut self, imsi: &Imsi, what: FalseChallenge, count: u32) {
        self.authentication.record(imsi).falsified = (count > 0).then_some((what, count));
    }

    /// Says what technology cells have: a cell of GSM is behind another interface, and its mobiles get triplets.
    pub fn plan_cells(&mut self, cells: impl IntoIterator<Item = (CellId, Rat)>) {
        self.authentication.gsm_cells =
            cells.into_iter().filter(|(_, rat)| *rat == Rat::Gsm).map(|(cell, _)| cell).collect();
    }

    /// Challenges a card; the procedure goes on when it has answered.
    pub(super) fn challenge(
        &mut self,
        ue: UeId,
        cell: CellId,
        imsi: &Imsi,
        request: Challenged,
        ordered: Option<Answer>,
    ) {
        let challenge = Challenge {
            rand: [0; 16],
            autn: None,
            expected: None,
            falsified: false,
            transmissions: 0,
            count: 0,
            synchronised: false,
            imsi: imsi.clone(),
            cell,
            request,
            ordered,
        };
        self.next_challenge(ue, challenge);
    }

    fn next_challenge(&mut self, ue: UeId, mut challenge: Challenge) {
        let imsi = challenge.imsi.clone();
        self.counters.entry(imsi.clone()).or_default().authentications.push(self.now);
        let kind = if challenge.request.is_evolved() {
            Kind::Eps
        } else if self.authentication.gsm_cells.contains(&challenge.cell) {
            Kind::Gsm
        } else {
            Kind::Umts
        };
        let Vector { rand, autn, expected, falsified } = self.authentication.vector(&imsi, kind);
        if let Some(what) = falsified {
            self.note(AuthenticationNote::Falsified { imsi, what });
        }
        challenge.rand = rand;
        challenge.autn = autn;
        challenge.expected = Some(expected);
        challenge.falsified = falsified.is_some();
        challenge.transmissions = 0;
        challenge.count += 1;
        self.authentication.running.insert(ue, challenge);
        self.transmit_challenge(ue);
    }

    fn transmit_challenge(&mut self, ue: UeId) {
        let Some(challenge) = self.authentication.running.get_mut(&ue) else { return };
        challenge.transmissions += 1;
        let (span, _) = challenge.request.patience();
        let message = NasDown::AuthenticationRequest { rand: challenge.rand, autn: challenge.autn };
        self.send(ue, message);
        self.agenda.start(self.now + span, Timer::T3460(ue));
    }

    /// T3460, T3360: the challenge is repeated four times, then the procedure is given up without an answer; T3260: at once.
    pub(super) fn challenge_unanswered(&mut self, ue: UeId) {
        let Some(challenge) = self.authentication.running.get(&ue) else { return };
        if challenge.transmissions < challenge.request.patience().1 {
            self.transmit_challenge(ue);
        } else if let Some(challenge) = self.end_challenge(ue) {
            self.note(AuthenticationNote::Unanswered { imsi: challenge.imsi, cell: challenge.cell });
        }
    }

    /// Takes a challenge back: it was answered, or the mobile began something else.
    fn end_challenge(&mut self, ue: UeId) -> Option<Challenge> {
        self.agenda.stop(&Timer::T3460(ue));
        self.authentication.running.remove(&ue)
    }

    pub(super) fn abandon_challenges(&mut self) {
        for ue in self.authentication.running.keys().copied().collect::<Vec<_>>() {
            self.end_challenge(ue);
        }
    }

    pub(super) fn abandon_challenge(&mut self, ue: UeId) {
        self.end_challenge(ue);
    }

    pub(super) fn challenge_answered(&mut self, ue: UeId, res: Response) {
        let Some(challenge) = self.end_challenge(ue) else {
            let who = self.who(ue);
            return self.unexpected(who, "AUTHENTICATION RESPONSE");
        };
        if challenge.expected != Some(res) {
            return self.reject_card(ue, challenge, None);
        }
        let Challenge { imsi, cell, request, ordered, .. } = challenge;
        match request {
            Challenged::Attach(request) => self.attach_authenticated(ue, cell, &imsi, &request, ordered),
            Challenged::Update { update, bearers, power } => {
                self.update_authenticated(ue, cell, update, &bearers, power, ordered);
            }
            Challenged::Location { imei, update } => {
                self.location_authenticated(ue, cell, imsi, imei, update, ordered);
            }
            Challenged::GprsAttach { imei } => self.gprs_authenticated(ue, cell, imsi, imei, ordered),
            Challenged::Routing { periodic, contexts } => {
                self.routing_authenticated(ue, cell, periodic, &contexts, ordered);
            }
        }
    }

    pub(super) fn challenge_failed(&mut self, ue: UeId, cause: EmmCause, auts: Option<Auts>) {
        let Some(mut challenge) = self.end_challenge(ue) else {
            let who = self.who(ue);
            return self.unexpected(who, "AUTHENTICATION FAILURE");
        };
        let (imsi, cell) = (challenge.imsi.clone(), challenge.cell);
        self.note(AuthenticationNote::Failure { imsi: imsi.clone(), cell, cause });
        let again = challenge.count < MOST_CHALLENGES;
        match (cause, auts) {
            (EmmCause::SYNCH_FAILURE, Some(auts)) if !challenge.synchronised => {
                let record = self.authentication.record(&imsi);
                let Some(sqn) = record.milenage.open_auts(&challenge.rand, &auts) else {
                    return self.reject_card(ue, challenge, Some(cause));
                };
                record.last = Sqn::new(sqn.seq(), record.last.ind());
                challenge.synchronised = true;
                self.note(AuthenticationNote::Resynchronised { imsi });
                self.next_challenge(ue, challenge);
            }
            _ if challenge.falsified && again => self.next_challenge(ue, challenge),
            _ => self.reject_card(ue, challenge, Some(cause)),
        }
    }

    fn reject_card(&mut self, ue: UeId, challenge: Challenge, failure: Option<EmmCause>) {
        let Challenge { imsi, cell, .. } = challenge;
        self.note(AuthenticationNote::Rejected { who: Who::Imsi(imsi), cell, failure });
        self.send(ue, NasDown::AuthenticationReject);
    }
}
