//! Authentication and key agreement on the card.
//!
//! Spec: TS 33.102 clause 6.3.3 (what the USIM checks and in which order), annex C.2 (array of sequence numbers, limit
//! on jumps); TS 31.102 clause 7.1 (AUTHENTICATE). The keys never leave the card but as CK, IK and Kc in the answer.

use super::file::AccessCondition;
use super::{SimCard, StatusWord};
use wire::milenage::{Agreement, Autn, Auts, Milenage, Rand, Sqn};

/// The largest jump of SEQ that is accepted (annex C.2.1 and C.3: 2^28).
const LARGEST_JUMP: u64 = 1 << 28;

/// K, OPc, and the highest SEQ that was accepted for each IND.
#[derive(Clone, Debug)]
pub(super) struct Secrets {
    milenage: Milenage,
    accepted: [u64; Sqn::INDICES as usize],
}

/// The outcome of a challenge that is genuine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authenticated {
    /// The network is fresh, and this is what both sides now share.
    Success(Agreement),
    /// The sequence number is not acceptable: the network has to take up the card's.
    SynchronisationFailure(Auts),
}

impl Authenticated {
    /// The answer of AUTHENTICATE (TS 31.102 clause 7.1.2.1): RES, CK, IK, and Kc because the card offers GSM access
    /// (service 27); or AUTS.
    pub(super) fn octets(&self) -> Vec<u8> {
        match self {
            Self::Success(agreement) => {
                let (_, kc) = agreement.gsm();
                let fields = [&agreement.res[..], agreement.ck.expose(), agreement.ik.expose(), &kc];
                with_lengths(vec![0xdb], &fields)
            }
            Self::SynchronisationFailure(auts) => with_lengths(vec![0xdc], &[auts]),
        }
    }
}

/// The answer of AUTHENTICATE in the GSM context: SRES and Kc.
pub(super) fn gsm_octets((sres, kc): &([u8; 4], [u8; 8])) -> Vec<u8> {
    with_lengths(Vec::new(), &[sres, kc])
}

fn with_lengths(mut octets: Vec<u8>, fields: &[&[u8]]) -> Vec<u8> {
    for field in fields {
        octets.push(field.len() as u8);
        octets.extend(*field);
    }
    octets
}

impl Secrets {
    pub(super) const fn new(milenage: Milenage) -> Self {
        Self { milenage, accepted: [0; Sqn::INDICES as usize] }
    }

    fn check(&mut self, rand: &Rand, autn: &Autn) -> Result<Authenticated, StatusWord> {
        let (opened, agreement) =
            self.milenage.open(rand, autn).ok_or(StatusWord::AUTHENTICATION_INCORRECT_MAC)?;
        let highest = self.highest();
        let too_far = opened.sqn.seq().saturating_sub(highest.seq()) > LARGEST_JUMP;
        match self.accepted.get_mut(opened.sqn.ind() as usize) {
            Some(accepted) if !too_far && opened.sqn.seq() > *accepted => {
                *accepted = opened.sqn.seq();
                Ok(Authenticated::Success(agreement))
            }
            Some(_) | None => {
                Ok(Authenticated::SynchronisationFailure(self.milenage.resynchronise(rand, highest)))
            }
        }
    }

    /// SQN_MS: the highest sequence number that was accepted.
    fn highest(&self) -> Sqn {
        let numbers = self.accepted.iter().zip(0..).map(|(seq, ind)| Sqn::new(*seq, ind));
        numbers.max_by_key(|sqn| sqn.seq()).unwrap_or_default()
    }
}

impl SimCard {
    /// AUTHENTICATE in the 3G context.
    ///
    /// # Errors
    /// `9862` when the network does not prove itself; `6982` before PIN1.
    pub fn authenticate(&mut self, rand: &Rand, autn: &Autn) -> Result<Authenticated, StatusWord> {
        let pin = self.require(AccessCondition::Pin);
        let outcome = pin.and_then(|()| self.secrets.check(rand, autn));
        if self.is_watched() {
            let octets = outcome.as_ref().map(Authenticated::octets).map_err(|status| *status);
            self.saw_challenge(rand, Some(autn), octets.as_deref().map_err(|status| *status));
        }
        outcome
    }

    /// AUTHENTICATE in the GSM context: SRES and Kc.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn authenticate_gsm(&self, rand: &Rand) -> Result<([u8; 4], [u8; 8]), StatusWord> {
        let pin = self.require(AccessCondition::Pin);
        let outcome = pin.map(|()| self.secrets.milenage.agree(rand).gsm());
        if self.is_watched() {
            let octets = outcome.as_ref().map(gsm_octets).map_err(|status| *status);
            self.saw_challenge(rand, None, octets.as_deref().map_err(|status| *status));
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::CardProfile;
    use crate::sim::example::{card, profile};
    use wire::milenage::AMF_EPS;

    const RAND: Rand = [0x5a; 16];

    fn milenage() -> Milenage {
        Milenage::derived(&"208010000000001".parse().unwrap())
    }

    fn challenge(seq: u64, ind: u64) -> Autn {
        milenage().challenge(&RAND, Sqn::new(seq, ind), AMF_EPS).0
    }

    fn is_success(answer: Result<Authenticated, StatusWord>) -> bool {
        matches!(answer, Ok(Authenticated::Success(_)))
    }

    /// The sequence number that a card in need of synchronisation tells.
    fn told(answer: Result<Authenticated, StatusWord>) -> Sqn {
        let Ok(Authenticated::SynchronisationFailure(auts)) = answer else { panic!("{answer:?}") };
        milenage().open_auts(&RAND, &auts).unwrap()
    }

    #[test]
    fn a_fresh_challenge_is_answered_and_a_repeated_one_asks_for_synchronisation() {
        let mut card = card();
        let expected = milenage().agree(&RAND);
        assert_eq!(card.authenticate(&RAND, &challenge(1, 1)), Ok(Authenticated::Success(expected)));
        assert_eq!(told(card.authenticate(&RAND, &challenge(1, 1))), Sqn::new(1, 1));
        assert!(is_success(card.authenticate(&RAND, &challenge(2, 1))));
    }

    /// Annex C.2.2: vectors that were fetched earlier may be used later, each index on its own.
    #[test]
    fn every_index_has_its_own_memory() {
        let mut card = card();
        assert!(is_success(card.authenticate(&RAND, &challenge(40, 8))));
        assert!(is_success(card.authenticate(&RAND, &challenge(39, 7))), "older, but of another index");
        assert_eq!(told(card.authenticate(&RAND, &challenge(39, 8))), Sqn::new(40, 8));
        assert_eq!(told(card.authenticate(&RAND, &challenge(39, 7))), Sqn::new(40, 8), "the highest is told");
    }

    #[test]
    fn a_jump_of_more_than_the_limit_is_not_accepted_and_changes_nothing() {
        let mut card = card();
        assert_eq!(told(card.authenticate(&RAND, &challenge(LARGEST_JUMP + 1, 0))).seq(), 0);
        assert!(is_success(card.authenticate(&RAND, &challenge(LARGEST_JUMP, 0))));
    }

    #[test]
    fn a_challenge_of_another_key_is_refused_and_does_not_advance_the_card() {
        let mut card = card();
        let mut bent = challenge(5, 0);
        bent[15] ^= 1;
        assert_eq!(card.authenticate(&RAND, &bent), Err(StatusWord::AUTHENTICATION_INCORRECT_MAC));
        let other = Milenage::derived(&"208010000000009".parse().unwrap());
        let (autn, _) = other.challenge(&RAND, Sqn::new(5, 0), AMF_EPS);
        assert_eq!(card.authenticate(&RAND, &autn), Err(StatusWord::AUTHENTICATION_INCORRECT_MAC));
        assert!(is_success(card.authenticate(&RAND, &challenge(1, 0))));
    }

    #[test]
    fn nothing_is_computed_before_pin1() {
        let mut card = card();
        card.enable_pin1("0000");
        card.reset();
        let refused = StatusWord::SECURITY_STATUS_NOT_SATISFIED;
        assert_eq!(card.authenticate(&RAND, &challenge(1, 0)), Err(refused));
        assert_eq!(card.authenticate_gsm(&RAND), Err(refused));
    }

    #[test]
    fn the_keys_of_the_profile_are_used_and_not_shown() {
        let k = "465b5ce8b199b49faa5f0a2ee238a6bc".parse().unwrap();
        let milenage = Milenage::with_op(k, &"cdc202d5123e20f62b6d676ac72cb318".parse().unwrap());
        let mut card = SimCard::new(CardProfile { milenage: milenage.clone(), ..profile() });
        let rand = hex::decode("23553cbe9637a89d218ae64dae47bf35").unwrap().try_into().unwrap();
        assert_eq!(
            card.authenticate_gsm(&rand).map(|(sres, _)| hex::encode(sres)),
            Ok("46f8416a".to_owned())
        );
        let autn = milenage.challenge(&rand, Sqn::new(1, 0), AMF_EPS).0;
        let Ok(Authenticated::Success(agreement)) = card.authenticate(&rand, &autn) else { panic!() };
        assert_eq!(hex::encode(agreement.res), "a54211d5e3ba50bf");
        let shown = format!("{card:?}");
        assert!(!shown.contains("465b") && !shown.contains("[70, 91, 92"), "the key is shown");
    }
}
