//! The files of a fresh card, filled from its profile.
//!
//! Spec: 3GPP TS 31.102 clause 4.2 for sizes, short identifiers and access conditions; the numbers of records are those
//! of the service. A file that is not listed here does not exist on the card.

use super::file::AccessCondition::{Administrative as Adm, Always as Alw, Never as Nev, Pin, Pin2};
use super::file::{AccessCondition, FileDescription, Structure, access_rules};
use super::files::{Files, USIM_AID};
use super::identity::{encode_iccid, encode_imsi};
use super::networks::encode_plmn_list;
use super::phone_book::{RECORD_SIZE, encode_record};
use super::{CardProfile, PhoneBookEntry, alpha};
use wire::sms::Address;

/// Networks in the operator-controlled list.
const OPERATOR_PLMNS: usize = 80;

/// Networks in the user-controlled list, the least that the clause allows.
const USER_PLMNS: usize = 8;

/// Services that the card offers (TS 31.102 4.2.8): FDN, SDN, SMS, SMSP, SPN, the network lists, MSISDN, EHPLMN, EPS.
const SERVICES: [u8; 11] = [2, 4, 10, 12, 19, 20, 21, 42, 43, 71, 85];

pub(super) fn files(profile: &CardProfile) -> Files {
    let mut files = Files::default();
    administration(profile, &mut files);
    identities(profile, &mut files);
    networks(profile, &mut files);
    locations(&mut files);
    numbers(profile, &mut files);
    messages(profile, &mut files);
    files
}

fn administration(profile: &CardProfile, files: &mut Files) {
    let mut application = vec![0x61, 2 + USIM_AID.len() as u8, 0x4f, USIM_AID.len() as u8];
    application.extend(USIM_AID);
    linear(files, 0x2f00, "EF_DIR", Some(0x1e), (Alw, Adm), (38, 1), vec![application]);
    let rules = access_rules();
    linear(files, 0x2f06, "EF_ARR", None, (Alw, Adm), (24, 7), rules.clone());
    linear(files, 0x6f06, "EF_ARR", Some(0x17), (Alw, Adm), (24, 7), rules);
    transparent(files, 0x2f05, "EF_PL", Some(0x05), (Alw, Pin), 4, b"en".to_vec());
    transparent(files, 0x6f05, "EF_LI", Some(0x02), (Alw, Pin), 4, b"en".to_vec());
    let mut services = vec![0; 11];
    for service in SERVICES {
        if let Some(octet) = services.get_mut(usize::from((service - 1) / 8)) {
            *octet |= 1 << ((service - 1) % 8);
        }
    }
    transparent(files, 0x6f38, "EF_UST", Some(0x04), (Pin, Adm), 11, services);
    transparent(files, 0x6f56, "EF_EST", Some(0x05), (Pin, Pin2), 1, vec![0]);
    transparent(files, 0x6f57, "EF_ACL", None, (Pin, Pin2), 32, vec![0]);
    transparent(files, 0x6fad, "EF_AD", Some(0x03), (Alw, Adm), 4, vec![0, 0, 0, profile.mnc_length]);
}

fn identities(profile: &CardProfile, files: &mut Files) {
    transparent(files, 0x2fe2, "EF_ICCID", Some(0x02), (Alw, Nev), 10, encode_iccid(&profile.iccid));
    transparent(files, 0x6f07, "EF_IMSI", Some(0x07), (Pin, Adm), 9, encode_imsi(&profile.imsi));
    // No keys: the key set identifier 07 says so.
    transparent(files, 0x6f08, "EF_KEYS", Some(0x08), (Pin, Pin), 33, vec![7]);
    transparent(files, 0x6f09, "EF_KEYSPS", Some(0x09), (Pin, Pin), 33, vec![7]);
    let mut name = vec![0x01];
    name.extend(alpha::encode(&profile.spn, 16).unwrap_or_default());
    transparent(files, 0x6f46, "EF_SPN", None, (Alw, Adm), 17, name);
    let last_digit = profile.imsi.as_str().bytes().last().map_or(0, |byte| byte - b'0');
    let class = 1u16 << last_digit;
    transparent(files, 0x6f78, "EF_ACC", Some(0x06), (Pin, Adm), 2, class.to_be_bytes().to_vec());
}

fn networks(profile: &CardProfile, files: &mut Files) {
    let operator = encode_plmn_list(&profile.operator_plmns, OPERATOR_PLMNS);
    transparent(files, 0x6f61, "EF_OPLMNWACT", Some(0x11), (Pin, Adm), 5 * OPERATOR_PLMNS, operator);
    let user_update = if profile.customer_plmn_edit { Pin } else { Adm };
    let user = encode_plmn_list(&[], USER_PLMNS);
    transparent(files, 0x6f60, "EF_PLMNWACT", Some(0x0a), (Pin, user_update), 5 * USER_PLMNS, user);
    let home: Vec<_> =
        profile.imsi.home(usize::from(profile.mnc_length)).map(|home| (home, 0xc080)).into_iter().collect();
    transparent(files, 0x6f62, "EF_HPLMNWACT", Some(0x13), (Pin, Adm), 5, encode_plmn_list(&home, 1));
    transparent(files, 0x6f31, "EF_HPPLMN", Some(0x12), (Pin, Adm), 1, vec![profile.hpplmn_period]);
    let equivalent: Vec<u8> = profile.ehplmns.iter().flat_map(|plmn| plmn.to_octets()).collect();
    let size = equivalent.len().max(3);
    transparent(files, 0x6fd9, "EF_EHPLMN", Some(0x1d), (Pin, Adm), size, equivalent);
    transparent(files, 0x6f7b, "EF_FPLMN", Some(0x0d), (Pin, Pin), 12, vec![]);
}

/// Nothing is registered yet: no temporary identity, no area, status 1 (not updated).
fn locations(files: &mut Files) {
    let location = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0xff, 1];
    transparent(files, 0x6f7e, "EF_LOCI", Some(0x0b), (Pin, Pin), 11, location.to_vec());
    let packet = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0xff, 1];
    transparent(files, 0x6f73, "EF_PSLOCI", Some(0x0c), (Pin, Pin), 14, packet.to_vec());
    let mut evolved = vec![0xff; 15];
    evolved.extend([0, 0, 1]);
    transparent(files, 0x6fe3, "EF_EPSLOCI", Some(0x1e), (Pin, Pin), 18, evolved);
    linear(files, 0x6fe4, "EF_EPSNSC", Some(0x18), (Pin, Pin), (54, 1), vec![]);
}

fn numbers(profile: &CardProfile, files: &mut Files) {
    let own: Vec<_> = profile.msisdn.iter().map(|number| PhoneBookEntry::new(number, "")).collect();
    linear(files, 0x6f40, "EF_MSISDN", None, (Pin, Pin), (RECORD_SIZE, 1), records(&own));
    linear(files, 0x6f3a, "EF_ADN", None, (Pin, Pin), (RECORD_SIZE, 2), vec![]);
    linear(files, 0x6f3b, "EF_FDN", None, (Pin, Pin2), (RECORD_SIZE, 2), vec![]);
    linear(files, 0x6f49, "EF_SDN", None, (Pin, Adm), (RECORD_SIZE, 10), records(&profile.service_numbers));
    // 112, for any kind of emergency service.
    linear(files, 0x6fb7, "EF_ECC", Some(0x01), (Alw, Adm), (4, 5), vec![vec![0x11, 0xf2, 0xff, 0x00]]);
}

fn messages(profile: &CardProfile, files: &mut Files) {
    linear(files, 0x6f3c, "EF_SMS", None, (Pin, Pin), (176, 6), vec![vec![0]; 6]);
    // Present: service centre, protocol, coding, validity of 24 hours; absent: destination.
    let mut parameters = vec![0xe1];
    parameters.extend([0xff; 12]);
    parameters.extend(Address::service_centre_octets(Some(&Address::from_number(&profile.smsc))));
    parameters.resize(25, 0xff);
    parameters.extend([0x00, 0x00, 0xa7]);
    linear(files, 0x6f42, "EF_SMSP", None, (Pin, Pin), (28, 1), vec![parameters]);
    transparent(files, 0x6f43, "EF_SMSS", None, (Pin, Pin), 2, vec![]);
}

/// An entry that cannot be coded leaves its record empty, so that the others keep their places.
fn records(entries: &[PhoneBookEntry]) -> Vec<Vec<u8>> {
    entries.iter().map(|entry| encode_record(entry).unwrap_or_default()).collect()
}

fn transparent(
    files: &mut Files,
    fid: u16,
    name: &'static str,
    sfi: Option<u8>,
    (read, update): (AccessCondition, AccessCondition),
    size: usize,
    content: Vec<u8>,
) {
    let structure = Structure::Transparent { size: u16::try_from(size).unwrap_or(u16::MAX) };
    files.add(FileDescription { fid, name, structure, sfi, read, update }, content);
}

fn linear(
    files: &mut Files,
    fid: u16,
    name: &'static str,
    sfi: Option<u8>,
    (read, update): (AccessCondition, AccessCondition),
    (record_size, records): (u8, u8),
    mut content: Vec<Vec<u8>>,
) {
    for record in &mut content {
        record.resize(usize::from(record_size), 0xff);
    }
    let structure = Structure::LinearFixed { record_size, records };
    files.add(FileDescription { fid, name, structure, sfi, read, update }, content.concat());
}
