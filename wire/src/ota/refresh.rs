//! REFRESH: the command by which a card tells the terminal what has changed (ETSI TS 102 223 clauses 6.4.7 and 8).

/// What REFRESH asks for (TS 102 223 clause 8.6, TS 31.111 for steering).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefreshKind {
    /// 00: initialise the application, every file may have changed.
    InitialiseFull,
    /// 01: these files have changed.
    FileChange,
    /// 02: initialise the application, these files have changed.
    InitialiseFiles,
    /// 03: initialise the application.
    Initialise,
    /// 04: reset the card.
    UiccReset,
    /// 05: start the application again.
    ApplicationReset,
    /// 06: start the session of the application again.
    SessionReset,
    /// 07: steering of roaming.
    SteeringOfRoaming,
}

impl RefreshKind {
    /// All of them, by qualifier.
    pub const ALL: [Self; 8] = [
        Self::InitialiseFull,
        Self::FileChange,
        Self::InitialiseFiles,
        Self::Initialise,
        Self::UiccReset,
        Self::ApplicationReset,
        Self::SessionReset,
        Self::SteeringOfRoaming,
    ];

    /// The kind of a qualifier.
    #[must_use]
    pub fn of_qualifier(qualifier: u8) -> Option<Self> {
        Self::ALL.get(usize::from(qualifier)).copied()
    }

    /// The objects of the command: details, devices, and the files that it is about, each by the identifier of a file of
    /// the USIM. The outer tag is the card's to add.
    #[must_use]
    pub fn objects(self, files: &[u16]) -> Vec<u8> {
        let mut objects = vec![0x81, 3, 1, 1, self as u8, 0x82, 2, 0x81, 0x82];
        if !files.is_empty() {
            let listed: Vec<u8> = files
                .iter()
                .take(10)
                .flat_map(|fid| {
                    let [high, low] = fid.to_be_bytes();
                    [0x3f, 0x00, 0x7f, 0xff, high, low]
                })
                .collect();
            objects.extend([0x92, listed.len() as u8 + 1, files.len().min(10) as u8]);
            objects.extend(listed);
        }
        objects
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of a REFRESH is D0 09 and these objects; the other was laid out by hand from clause 8.18.
    #[test]
    fn a_refresh_has_the_octets_of_the_example() {
        assert_eq!(hex::encode_upper(RefreshKind::UiccReset.objects(&[])), "810301010482028182");
        let objects = RefreshKind::FileChange.objects(&[0x6f61]);
        assert_eq!(hex::encode_upper(objects), "8103010101820281829207013F007FFF6F61");
        assert_eq!(RefreshKind::of_qualifier(7), Some(RefreshKind::SteeringOfRoaming));
        assert_eq!(RefreshKind::of_qualifier(8), None);
    }
}
