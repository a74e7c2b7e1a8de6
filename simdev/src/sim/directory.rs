//! The directories of the card and where a file is.
//!
//! Spec: ETSI TS 102 221 clauses 8.1 and 8.4, TS 31.102 clause 4.7, TS 51.011 clause 10. A file is named by its identifier
//! within a directory; a file of the USIM whose coding is that of the 2G file of the same name is linked there, so that
//! both commands reach the same octets.

/// A directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Directory {
    /// MF 3F00.
    Master,
    /// DF TELECOM 7F10.
    Telecom,
    /// DF GSM 7F20.
    Gsm,
    /// ADF USIM, 7FFF while it is the application that is selected.
    Usim,
}

impl Directory {
    /// The order in which a file is looked for when no directory is named.
    pub(super) const SEARCH: &'static [Self] = &[Self::Usim, Self::Master, Self::Telecom, Self::Gsm];

    /// Its identifier.
    #[must_use]
    pub const fn fid(self) -> u16 {
        match self {
            Self::Master => 0x3f00,
            Self::Telecom => 0x7f10,
            Self::Gsm => 0x7f20,
            Self::Usim => 0x7fff,
        }
    }

    /// The directory with this identifier.
    #[must_use]
    pub fn of_fid(fid: u16) -> Option<Self> {
        Self::SEARCH.iter().copied().find(|directory| directory.fid() == fid)
    }

    /// The directory at the end of a path of identifiers from the master file, `3F00` first or left out.
    #[must_use]
    pub fn of_path(path: &[u8]) -> Option<Self> {
        let (pairs, []) = path.as_chunks::<2>() else { return None };
        let fids: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
        match fids[..] {
            [0x3f00] => Some(Self::Master),
            [fid] | [0x3f00, fid] => Self::of_fid(fid).filter(|directory| *directory != Self::Master),
            _ => None,
        }
    }
}

/// Where a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilePlace {
    /// Its directory.
    pub directory: Directory,
    /// Its identifier there.
    pub fid: u16,
}

impl FilePlace {
    /// A file in a directory.
    #[must_use]
    pub const fn new(directory: Directory, fid: u16) -> Self {
        Self { directory, fid }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_its_directory_or_nowhere() {
        let of = |path: &str| Directory::of_path(&hex::decode(path).unwrap());
        for (path, directory) in [
            ("3F00", Some(Directory::Master)),
            ("3F007F10", Some(Directory::Telecom)),
            ("7F20", Some(Directory::Gsm)),
            ("3F007FFF", Some(Directory::Usim)),
            ("7FFF", Some(Directory::Usim)),
            ("", None),
            ("7F", None),
            ("3F003F00", None),
            ("7F107F20", None),
            ("3F007F107F20", None),
        ] {
            assert_eq!(of(path), directory, "{path}");
        }
    }
}
