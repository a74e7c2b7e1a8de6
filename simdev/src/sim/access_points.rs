//! The access points that the card allows (EF_ACL) while it says that they are limited (EF_EST).
//!
//! Spec: 3GPP TS 31.102 clauses 4.2.47 (EF_EST, service 3), 4.2.48 (EF_ACL): the number of access points, then objects of
//! tag DD with the name in labels as in TS 23.003; an empty name stands for the one that the network chooses.

use super::{SimCard, StatusWord};

const EF_EST: u16 = 0x6f56;
const EF_ACL: u16 = 0x6f57;
/// The third service of the table.
const LIMITED: u8 = 0x04;
const NAME: u8 = 0xdd;

impl SimCard {
    /// Whether a connection to this access point may be asked for; `None` is the network's choice.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn allows_access_point(&self, name: Option<&str>) -> Result<bool, StatusWord> {
        let services = self.read_binary(EF_EST, 0, 1)?;
        if services.first().is_none_or(|services| services & LIMITED == 0) {
            return Ok(true);
        }
        let content = self.read_binary(EF_ACL, 0, 0)?;
        let wanted = name.unwrap_or_default();
        Ok(names(&content).iter().any(|listed| listed.eq_ignore_ascii_case(wanted)))
    }
}

/// As many names as the list says that it has, and as can be read.
fn names(content: &[u8]) -> Vec<String> {
    let Some((count, mut rest)) = content.split_first() else { return Vec::new() };
    let mut names = Vec::new();
    while let [NAME, length, value @ ..] = rest {
        let Some((labels, behind)) = value.split_at_checked(usize::from(*length)) else { break };
        if names.len() >= usize::from(*count) {
            break;
        }
        names.push(name_of(labels));
        rest = behind;
    }
    names
}

fn name_of(mut labels: &[u8]) -> String {
    let mut parts = Vec::new();
    while let [length, rest @ ..] = labels {
        let Some((label, behind)) = rest.split_at_checked(usize::from(*length)) else { break };
        parts.push(String::from_utf8_lossy(label).into_owned());
        labels = behind;
    }
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::PinRef;
    use crate::sim::example::card;

    #[test]
    fn only_listed_access_points_are_allowed_once_the_service_is_on() {
        let mut card = card();
        assert_eq!(card.allows_access_point(Some("iot.example")), Ok(true), "not limited");
        card.verify(PinRef::Pin2, "00000000");
        card.update_binary(EF_EST, 0, &[LIMITED]).unwrap();
        assert_eq!(card.allows_access_point(Some("iot.example")), Ok(false));
        assert_eq!(card.allows_access_point(None), Ok(false));
        // Two names: "iot.example" and the network's choice.
        let list = hex::decode("02dd0c03696f74076578616d706c65dd00").unwrap();
        card.update_binary(EF_ACL, 0, &list).unwrap();
        assert_eq!(card.allows_access_point(Some("IOT.example")), Ok(true));
        assert_eq!(card.allows_access_point(None), Ok(true));
        assert_eq!(card.allows_access_point(Some("other")), Ok(false));
        card.update_binary(EF_ACL, 0, &[1]).unwrap();
        assert_eq!(card.allows_access_point(None), Ok(false), "the count is kept to");
    }

    #[test]
    fn any_list_is_read_without_panic() {
        let mut rng = wire::seed::Seed(3).child("acl").rng();
        for _ in 0..5000 {
            let mut content: Vec<u8> = (0..rng.below(101)).map(|_| rng.below(256) as u8).collect();
            if let Some(tag) = content.get_mut(1) {
                *tag = NAME;
            }
            let _ = names(&content);
        }
    }
}
