//! Authentication and key agreement: vectors of the home network, challenges of the visited one.
//!
//! Spec: TS 33.102 clauses 6.3.2, 6.3.5 and annex C.1.1.1 (sequence numbers, not time-based), TS 24.301 clauses 5.4.2.2 to
//! 5.4.2.7 (challenge, T3460, failures). Every attach with an IMSI that the operator issued is challenged; a tracking
//! area update is not, since the context of the attach still holds. A card that answers "MAC failure" and that was not
//! challenged falsely on purpose has another key, and is rejected: its identity is the IMSI, there is no other to try.

use super::CellularCore;
use super::agenda::Timer;
use super::inject::Answer;
use super::mobility::Attach;
use super::note::{AuthenticationNote, Who};
use crate::state::{Durable, Kept};
use std::collections::BTreeMap;
use wire::air::cellular::{CellId, UeId};
use wire::cause::EmmCause;
use wire::id::{Imsi, Key};
use wire::milenage::{AMF_EPS, AMF_PLAIN, Autn, Auts, Milenage, Rand, Res, Sqn};
use wire::nas::NasDown;
use wire::seed::Rng;
use wire::time::Duration;

const T3460: Duration = Duration::from_secs(6);
/// The first challenge and four repeats.
const MOST_TRANSMISSIONS: u8 = 5;
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
    /// The challenge is right, and the network expects another response.
    WrongResponse,
}

impl FalseChallenge {
    /// All of them with their names.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("wrong-mac", Self::WrongMac),
        ("old-sequence-number", Self::OldSequenceNumber),
        ("not-for-eps", Self::NotForEps),
        ("wrong-response", Self::WrongResponse),
    ];

    /// The name in scripts and notes.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|row| row.1 == self).map_or("", |row| row.0)
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
    autn: Autn,
    expected: Res,
    falsified: bool,
    transmissions: u8,
    /// Challenges of this procedure so far, this one included.
    count: u8,
    synchronised: bool,
    imsi: Imsi,
    cell: CellId,
    request: Attach,
    ordered: Option<Answer>,
}

/// Authentication centre of the home network, and the challenges that the visited networks wait for.
#[derive(Debug)]
pub(super) struct Authentication {
    pub(super) records: Kept<Imsi, Record>,
    running: BTreeMap<UeId, Challenge>,
    rng: Rng,
}

impl Authentication {
    pub(super) fn new(rng: Rng) -> Self {
        Self { records: Kept::default(), running: BTreeMap::new(), rng }
    }

    /// The record of a subscriber; one that was never provisioned has the keys that follow from its IMSI.
    pub(super) fn record(&mut self, imsi: &Imsi) -> &mut Record {
        self.records.entry(imsi.clone()).or_insert_with(|| Record::new(Milenage::derived(imsi)))
    }

    fn vector(&mut self, imsi: &Imsi) -> (Rand, Autn, Res, Option<FalseChallenge>) {
        let rand: Rand = self.rng.octets();
        let record = self.record(imsi);
        let falsified = record.falsified.map(|(what, _)| what);
        record.falsified = record.falsified.and_then(|(what, left)| Some((what, left.checked_sub(1)?)));
        record.falsified = record.falsified.filter(|(_, left)| *left > 0);
        let fresh = Sqn::new(record.last.seq() + 1, record.last.ind() + 1);
        let (sqn, amf) = match falsified {
            Some(FalseChallenge::OldSequenceNumber) => (Sqn::default(), AMF_EPS),
            Some(FalseChallenge::NotForEps) => (fresh, AMF_PLAIN),
            Some(FalseChallenge::WrongMac | FalseChallenge::WrongResponse) | None => (fresh, AMF_EPS),
        };
        record.last = fresh;
        let (mut autn, agreement) = record.milenage.challenge(&rand, sqn, amf);
        let mut expected = agreement.res;
        match falsified {
            Some(FalseChallenge::WrongMac) => autn[15] ^= 0xff,
            Some(FalseChallenge::WrongResponse) => expected[0] ^= 0xff,
            Some(FalseChallenge::OldSequenceNumber | FalseChallenge::NotForEps) | None => {}
        }
        (rand, autn, expected, falsified)
    }
}

impl CellularCore {
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

    /// Challenges the card behind an attach; the attach goes on when it has answered.
    pub(super) fn challenge_attach(
        &mut self,
        ue: UeId,
        cell: CellId,
        imsi: &Imsi,
        request: Attach,
        ordered: Option<Answer>,
    ) {
        let imsi = imsi.clone();
        let (rand, autn) = ([0; 16], [0; 16]);
        let challenge = Challenge {
            rand,
            autn,
            expected: [0; 8],
            falsified: false,
            transmissions: 0,
            count: 0,
            synchronised: false,
            imsi,
            cell,
            request,
            ordered,
        };
        self.next_challenge(ue, challenge);
    }

    fn next_challenge(&mut self, ue: UeId, mut challenge: Challenge) {
        let imsi = challenge.imsi.clone();
        self.counters.entry(imsi.clone()).or_default().authentications.push(self.now);
        let (rand, autn, expected, falsified) = self.authentication.vector(&imsi);
        if let Some(what) = falsified {
            self.note(AuthenticationNote::Falsified { imsi, what });
        }
        challenge.rand = rand;
        challenge.autn = autn;
        challenge.expected = expected;
        challenge.falsified = falsified.is_some();
        challenge.transmissions = 0;
        challenge.count += 1;
        self.authentication.running.insert(ue, challenge);
        self.transmit_challenge(ue);
    }

    fn transmit_challenge(&mut self, ue: UeId) {
        let Some(challenge) = self.authentication.running.get_mut(&ue) else { return };
        challenge.transmissions += 1;
        let message = NasDown::AuthenticationRequest { rand: challenge.rand, autn: challenge.autn };
        self.send(ue, message);
        self.agenda.start(self.now + T3460, Timer::T3460(ue));
    }

    /// T3460: the challenge is repeated four times, then the attach is given up without an answer.
    pub(super) fn challenge_unanswered(&mut self, ue: UeId) {
        let Some(challenge) = self.authentication.running.get(&ue) else { return };
        if challenge.transmissions < MOST_TRANSMISSIONS {
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

    pub(super) fn abandon_challenge(&mut self, ue: UeId) {
        self.end_challenge(ue);
    }

    pub(super) fn challenge_answered(&mut self, ue: UeId, res: Res) {
        let Some(challenge) = self.end_challenge(ue) else {
            let who = self.who(ue);
            return self.unexpected(who, "AUTHENTICATION RESPONSE");
        };
        if res == challenge.expected {
            let Challenge { imsi, cell, request, ordered, .. } = challenge;
            self.attach_authenticated(ue, cell, &imsi, &request, ordered);
        } else {
            self.reject_card(ue, challenge, None);
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
