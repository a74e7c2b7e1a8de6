//! Lists of networks, and where the device was registered last.
//!
//! Spec: 3GPP TS 31.102 clauses 4.2.5, 4.2.6, 4.2.16, 4.2.17, 4.2.53, 4.2.54, 4.2.84 and 4.2.91; coding of a network as
//! in TS 24.008 clause 10.5.1.13. Access technologies are two octets: `8000` UTRAN, `4000` E-UTRAN, `0080` GSM.

use super::{SimCard, StatusWord};
use wire::nas::Guti;
use wire::plmn::Plmn;

const EF_HPPLMN: u16 = 0x6f31;
const EF_PLMNWACT: u16 = 0x6f60;
const EF_OPLMNWACT: u16 = 0x6f61;
const EF_HPLMNWACT: u16 = 0x6f62;
const EF_FPLMN: u16 = 0x6f7b;
const EF_LOCI: u16 = 0x6f7e;
const EF_EHPLMN: u16 = 0x6fd9;
const EF_EPSLOCI: u16 = 0x6fe3;

/// Update status in EF_EPSLOCI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpsUpdateStatus {
    /// Updated.
    Updated,
    /// Not updated.
    NotUpdated,
    /// Roaming not allowed.
    RoamingNotAllowed,
}

/// Networks with access technologies, filled up with empty entries to `places`; more are cut off.
pub(super) fn encode_plmn_list(list: &[(Plmn, u16)], places: usize) -> Vec<u8> {
    let entry = |(plmn, technologies): &(Plmn, u16)| {
        let [a, b, c] = plmn.to_octets();
        let [high, low] = technologies.to_be_bytes();
        [a, b, c, high, low]
    };
    let empty = std::iter::repeat([0xff, 0xff, 0xff, 0, 0]);
    list.iter().map(entry).chain(empty).take(places).flatten().collect()
}

impl SimCard {
    /// The operator-controlled list, the first one preferred.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn operator_plmns(&self) -> Result<Vec<(Plmn, u16)>, StatusWord> {
        self.plmn_list(EF_OPLMNWACT)
    }

    /// The user-controlled list.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn user_plmns(&self) -> Result<Vec<(Plmn, u16)>, StatusWord> {
        self.plmn_list(EF_PLMNWACT)
    }

    /// The home network with its access technologies.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn home_plmns(&self) -> Result<Vec<(Plmn, u16)>, StatusWord> {
        self.plmn_list(EF_HPLMNWACT)
    }

    /// The equivalent home networks.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn equivalent_home_plmns(&self) -> Result<Vec<Plmn>, StatusWord> {
        Ok(plmns(&self.read_all(EF_EHPLMN)?))
    }

    /// EF_HPPLMN as it is: for most devices units of 6 minutes, 0 for never.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn hpplmn_period(&self) -> Result<u8, StatusWord> {
        Ok(self.read_all(EF_HPPLMN)?.first().copied().unwrap_or(0))
    }

    /// The operator writes its list with its own rights, as remote management does; no customer's command can.
    pub fn set_operator_plmns(&mut self, list: &[(Plmn, u16)]) {
        let places = self.files.content(EF_OPLMNWACT).len() / 5;
        self.files.overwrite(EF_OPLMNWACT, 0, &encode_plmn_list(list, places));
    }

    /// The forbidden networks, the oldest first.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn forbidden_plmns(&self) -> Result<Vec<Plmn>, StatusWord> {
        Ok(plmns(&self.read_all(EF_FPLMN)?))
    }

    /// Adds a forbidden network behind the others; the oldest one goes when there is no place. One that is listed
    /// already stays where it is.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn add_forbidden_plmn(&mut self, plmn: Plmn) -> Result<(), StatusWord> {
        let mut list = self.forbidden_plmns()?;
        if list.contains(&plmn) {
            return Ok(());
        }
        if list.len() >= self.files.content(EF_FPLMN).len() / 3 {
            list.remove(0);
        }
        list.push(plmn);
        self.write_forbidden(&list)
    }

    /// Takes a network off the forbidden list, as after a successful manual registration.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn remove_forbidden_plmn(&mut self, plmn: Plmn) -> Result<(), StatusWord> {
        let mut list = self.forbidden_plmns()?;
        list.retain(|listed| *listed != plmn);
        self.write_forbidden(&list)
    }

    /// Empties the forbidden list.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn clear_forbidden_plmns(&mut self) -> Result<(), StatusWord> {
        self.write_forbidden(&[])
    }

    /// The network of the last registration, from EF_EPSLOCI or else EF_LOCI; `None` on a card that never registered.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn last_registered_plmn(&self) -> Result<Option<Plmn>, StatusWord> {
        let evolved = plmn_at(&self.read_all(EF_EPSLOCI)?, 12);
        Ok(evolved.or(plmn_at(&self.read_all(EF_LOCI)?, 4)))
    }

    /// The update status of EF_EPSLOCI; `None` for a reserved value.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn eps_update_status(&self) -> Result<Option<EpsUpdateStatus>, StatusWord> {
        Ok(match self.read_all(EF_EPSLOCI)?.get(17) {
            Some(0) => Some(EpsUpdateStatus::Updated),
            Some(1) => Some(EpsUpdateStatus::NotUpdated),
            Some(2) => Some(EpsUpdateStatus::RoamingNotAllowed),
            Some(_) | None => None,
        })
    }

    /// Stores network, tracking area and status of a registration in EF_EPSLOCI, and the network in EF_LOCI.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn set_last_registered(
        &mut self,
        plmn: Plmn,
        tracking_area: u16,
        status: EpsUpdateStatus,
    ) -> Result<(), StatusWord> {
        let [a, b, c] = plmn.to_octets();
        let [high, low] = tracking_area.to_be_bytes();
        let (evolved, location) = match status {
            EpsUpdateStatus::Updated => (0, 0),
            EpsUpdateStatus::NotUpdated => (1, 1),
            // EF_LOCI has no such value; not updated is what it has.
            EpsUpdateStatus::RoamingNotAllowed => (2, 1),
        };
        self.update_binary(EF_EPSLOCI, 12, &[a, b, c, high, low, evolved])?;
        // FFFE: the location area is deleted or unknown.
        self.update_binary(EF_LOCI, 4, &[a, b, c, 0xff, 0xfe, 0xff, location])
    }

    /// The temporary identity in EF_EPSLOCI, as a mobile identity of TS 24.301 9.9.3.12.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn guti(&self) -> Result<Option<Guti>, StatusWord> {
        Ok(match self.read_all(EF_EPSLOCI)?.first_chunk::<12>() {
            Some(&[0x0b, 0xf6, a, b, c, high, low, code, t0, t1, t2, t3]) => Plmn::from_octets([a, b, c])
                .map(|plmn| Guti {
                    plmn,
                    group: u16::from_be_bytes([high, low]),
                    code,
                    m_tmsi: u32::from_be_bytes([t0, t1, t2, t3]),
                }),
            Some(_) | None => None,
        })
    }

    /// Stores the temporary identity, or deletes it.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn set_guti(&mut self, guti: Option<Guti>) -> Result<(), StatusWord> {
        let mut octets = [0xff; 12];
        if let Some(guti) = guti {
            let identity = [0x0b, 0xf6].into_iter().chain(guti.plmn.to_octets());
            let identity = identity.chain(guti.group.to_be_bytes()).chain([guti.code]);
            for (place, octet) in octets.iter_mut().zip(identity.chain(guti.m_tmsi.to_be_bytes())) {
                *place = octet;
            }
        }
        self.update_binary(EF_EPSLOCI, 0, &octets)
    }

    fn plmn_list(&self, fid: u16) -> Result<Vec<(Plmn, u16)>, StatusWord> {
        let content = self.read_all(fid)?;
        let entry = |entry: &[u8]| match entry {
            &[a, b, c, high, low] => Some((Plmn::from_octets([a, b, c])?, u16::from_be_bytes([high, low]))),
            _ => None,
        };
        Ok(content.chunks(5).filter_map(entry).collect())
    }

    /// A whole transparent file, which one READ BINARY may be too short for.
    fn read_all(&self, fid: u16) -> Result<Vec<u8>, StatusWord> {
        self.require(self.file(fid).ok_or(StatusWord::FILE_NOT_FOUND)?.read)?;
        Ok(self.files.content(fid).to_vec())
    }

    fn write_forbidden(&mut self, list: &[Plmn]) -> Result<(), StatusWord> {
        let mut octets: Vec<u8> = list.iter().flat_map(|plmn| plmn.to_octets()).collect();
        octets.resize(self.files.content(EF_FPLMN).len(), 0xff);
        self.update_binary(EF_FPLMN, 0, &octets)
    }
}

fn plmns(content: &[u8]) -> Vec<Plmn> {
    content.as_chunks::<3>().0.iter().filter_map(|octets| Plmn::from_octets(*octets)).collect()
}

fn plmn_at(content: &[u8], offset: usize) -> Option<Plmn> {
    content.get(offset..)?.first_chunk::<3>().and_then(|octets| Plmn::from_octets(*octets))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::example::{card, plmn};

    #[test]
    fn a_forbidden_network_is_appended_and_the_oldest_one_goes() {
        let mut card = card();
        for text in ["208-10", "214-01"] {
            card.add_forbidden_plmn(plmn(text)).unwrap();
        }
        assert_eq!(hex::encode_upper(card.read_binary(0x6f7b, 0, 12).unwrap()), "02F80112F410FFFFFFFFFFFF");
        for text in ["214-01", "310-260", "206-10", "901-31"] {
            card.add_forbidden_plmn(plmn(text)).unwrap();
        }
        let list = ["214-01", "310-260", "206-10", "901-31"].map(plmn);
        assert_eq!(card.forbidden_plmns().unwrap(), list, "208-10 had to go, 214-01 is there once");
        card.remove_forbidden_plmn(plmn("310-260")).unwrap();
        assert_eq!(card.forbidden_plmns().unwrap(), [list[0], list[2], list[3]]);
        card.clear_forbidden_plmns().unwrap();
        assert_eq!(card.forbidden_plmns().unwrap(), []);
    }

    #[test]
    fn the_last_registration_is_kept_over_a_reset() {
        let mut card = card();
        assert_eq!(card.last_registered_plmn(), Ok(None));
        assert_eq!(card.eps_update_status(), Ok(Some(EpsUpdateStatus::NotUpdated)));
        card.set_last_registered(plmn("208-01"), 0xfffe, EpsUpdateStatus::NotUpdated).unwrap();
        card.reset();
        assert_eq!(card.last_registered_plmn(), Ok(Some(plmn("208-01"))));
        let content = card.read_binary(0x6fe3, 0, 18).unwrap();
        assert_eq!(hex::encode_upper(content), format!("{}02F810FFFE01", "FF".repeat(12)));
        let location = card.read_binary(0x6f7e, 0, 11).unwrap();
        assert_eq!(hex::encode_upper(location), "FFFFFFFF02F810FFFEFF01");
    }

    /// TS 24.301 9.9.3.12: length, odd/even and type F6, PLMN, group, code, M-TMSI.
    #[test]
    fn the_temporary_identity_is_stored_as_it_travels() {
        let mut card = card();
        assert_eq!(card.guti(), Ok(None));
        let guti = Guti { plmn: plmn("208-01"), group: 0x8001, code: 2, m_tmsi: 0xc0de_0001 };
        card.set_guti(Some(guti)).unwrap();
        let content = card.read_binary(0x6fe3, 0, 12).unwrap();
        assert_eq!(hex::encode_upper(content), "0BF602F810800102C0DE0001");
        assert_eq!(card.guti(), Ok(Some(guti)));
        card.set_guti(None).unwrap();
        assert_eq!(card.guti(), Ok(None));
    }

    #[test]
    fn lists_hold_what_the_profile_says() {
        let card = card();
        assert_eq!(card.home_plmns().unwrap(), [(plmn("208-01"), 0xc080)]);
        assert_eq!(card.operator_plmns().unwrap(), [(plmn("214-03"), 0xc080), (plmn("260-03"), 0xc080)]);
        assert_eq!(card.user_plmns().unwrap(), []);
        assert_eq!(card.equivalent_home_plmns().unwrap(), [plmn("208-01"), plmn("647-00")]);
        assert_eq!(card.hpplmn_period(), Ok(10));
    }
}
