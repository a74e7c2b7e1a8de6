//! DF TELECOM and DF GSM: what a 2G mobile reads.
//!
//! Spec: TS 51.011 clause 10. Where the coding is that of the USIM's file, the place is another name of it.

use super::super::CardProfile;
use super::super::directory::{Directory, FilePlace};
use super::super::file::AccessCondition::{Administrative as Adm, Always as Alw, Pin};
use super::super::file::{FileDescription, Structure};
use super::super::files::Files;
use super::super::phone_book::RECORD_SIZE;
use super::{Folder, emergency_numbers};

/// Files that both generations code alike, and the directory in which 2G looks for them.
const LINKS: &[(Directory, u16)] = &[
    (Directory::Telecom, 0x6f06),
    (Directory::Telecom, 0x6f3b),
    (Directory::Telecom, 0x6f3c),
    (Directory::Telecom, 0x6f40),
    (Directory::Telecom, 0x6f42),
    (Directory::Telecom, 0x6f43),
    (Directory::Telecom, 0x6f47),
    (Directory::Telecom, 0x6f49),
    (Directory::Gsm, 0x6f06),
    (Directory::Gsm, 0x6f07),
    (Directory::Gsm, 0x6f31),
    (Directory::Gsm, 0x6f37),
    (Directory::Gsm, 0x6f39),
    (Directory::Gsm, 0x6f3e),
    (Directory::Gsm, 0x6f46),
    (Directory::Gsm, 0x6f60),
    (Directory::Gsm, 0x6f61),
    (Directory::Gsm, 0x6f62),
    (Directory::Gsm, 0x6f78),
    (Directory::Gsm, 0x6f7b),
    (Directory::Gsm, 0x6f7e),
    (Directory::Gsm, 0x6fad),
    (Directory::Gsm, 0x6fc5),
    (Directory::Gsm, 0x6fc6),
];

/// Services of the 2G table (TS 51.011 10.3.7), two bits each: CHV1 disabling, ADN, FDN, SMS, advice of charge, PLMNsel,
/// MSISDN, SMSP, LND, GID1, SPN, SDN, data download via SMS-PP.
const SERVICES: [u8; 13] = [1, 2, 3, 4, 5, 7, 9, 12, 13, 14, 17, 18, 26];

pub(super) fn add(profile: &CardProfile, files: &mut Files) {
    for (directory, fid) in LINKS {
        files.link(FilePlace::new(*directory, *fid), FilePlace::new(Directory::Usim, *fid));
    }
    let mut telecom = Folder { files, directory: Directory::Telecom };
    telecom.linear(0x6f3a, "EF_ADN", None, (Pin, Pin), (RECORD_SIZE, 2), vec![]);
    let ring = Structure::Cyclic { record_size: RECORD_SIZE, records: 5 };
    let last_dialled: FileDescription = telecom.describe(0x6f44, "EF_LND", None, (Pin, Pin), ring);
    telecom.files.add(Directory::Telecom, last_dialled, vec![]);
    gsm(profile, &mut Folder { files, directory: Directory::Gsm });
}

fn gsm(profile: &CardProfile, gsm: &mut Folder<'_>) {
    let mut services = vec![0; 14];
    for service in SERVICES {
        if let Some(octet) = services.get_mut(usize::from((service - 1) / 4)) {
            *octet |= 3 << ((service - 1) % 4 * 2);
        }
    }
    gsm.plain(0x6f38, "EF_SST", None, (Pin, Adm), 14, services);
    // English.
    gsm.plain(0x6f05, "EF_LP", None, (Alw, Pin), 4, vec![0x01]);
    gsm.plain(0x6f20, "EF_KC", None, (Pin, Pin), 9, no_key());
    gsm.plain(0x6f52, "EF_KCGPRS", None, (Pin, Pin), 9, no_key());
    let update = if profile.customer_plmn_edit { Pin } else { Adm };
    gsm.plain(0x6f30, "EF_PLMNSEL", None, (Pin, update), 24, vec![]);
    let packet = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0xff, 1];
    gsm.plain(0x6f53, "EF_LOCIGPRS", None, (Pin, Pin), 14, packet.to_vec());
    gsm.plain(0x6f74, "EF_BCCH", None, (Pin, Pin), 16, vec![]);
    // Phase 2, with the download of profiles.
    gsm.plain(0x6fae, "EF_PHASE", None, (Alw, Adm), 1, vec![3]);
    gsm.plain(0x6fb7, "EF_ECC", None, (Alw, Adm), 15, emergency_numbers(profile).concat());
}

/// A cipher key with the sequence number that says that there is none.
fn no_key() -> Vec<u8> {
    let mut key = vec![0xff; 8];
    key.push(7);
    key
}
