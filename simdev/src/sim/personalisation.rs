//! The files of a fresh card, filled from its profile.
//!
//! Spec: 3GPP TS 31.102 clause 4.2 and TS 51.011 clause 10 for sizes, short identifiers and access conditions; the numbers
//! of records are those of the service. A file that is not listed here does not exist on the card.

mod twins;

use super::directory::Directory;
use super::file::AccessCondition::{Administrative as Adm, Always as Alw, Never as Nev, Pin, Pin2};
use super::file::{AccessCondition, FileDescription, Structure, access_rules};
use super::files::{Files, USIM_AID};
use super::identity::{encode_iccid, encode_imsi};
use super::networks::encode_plmn_list;
use super::phone_book::{RECORD_SIZE, encode_record};
use super::{CardProfile, PhoneBookEntry, alpha};
use wire::id::PhoneNumber;
use wire::sms::Address;

/// Networks in the operator-controlled list.
const OPERATOR_PLMNS: usize = 80;

/// Networks in the user-controlled list, the least that the clause allows.
const USER_PLMNS: usize = 8;

/// Services of the card (TS 31.102 4.2.8): FDN, SDN, SMS, reports, SMSP, GID1, SPN, PLMNwAcT, MSISDN, GSM access, data
/// download via SMS-PP, enabled services, access point control, operator and home lists, PNN, OPL, MWIS, EHPLMN, EPS, NAS configuration,
/// advice of charge.
const SERVICES: [u8; 24] =
    [2, 4, 10, 11, 12, 13, 17, 19, 20, 21, 27, 28, 33, 34, 35, 38, 42, 43, 45, 46, 48, 71, 85, 96];

pub(super) fn files(profile: &CardProfile) -> Files {
    let mut files = Files::default();
    master(profile, &mut files);
    let mut usim = Folder { files: &mut files, directory: Directory::Usim };
    administration(profile, &mut usim);
    identities(profile, &mut usim);
    networks(profile, &mut usim);
    locations(&mut usim);
    numbers(profile, &mut usim);
    messages(profile, &mut usim);
    names(profile, &mut usim);
    twins::add(profile, &mut files);
    files
}

fn master(profile: &CardProfile, files: &mut Files) {
    let mut master = Folder { files, directory: Directory::Master };
    let mut application = vec![0x61, 2 + USIM_AID.len() as u8, 0x4f, USIM_AID.len() as u8];
    application.extend(USIM_AID);
    master.linear(0x2f00, "EF_DIR", Some(0x1e), (Alw, Adm), (38, 1), vec![application]);
    master.plain(0x2fe2, "EF_ICCID", Some(0x02), (Alw, Nev), 10, encode_iccid(&profile.iccid));
    master.plain(0x2f05, "EF_PL", Some(0x05), (Alw, Pin), 4, b"en".to_vec());
    master.linear(0x2f06, "EF_ARR", None, (Alw, Adm), (RULE_SIZE, RULES), access_rules());
}

/// Octets of the longest access rule, and how many there are.
const RULE_SIZE: u8 = 33;
const RULES: u8 = 8;

fn administration(profile: &CardProfile, usim: &mut Folder<'_>) {
    usim.linear(0x6f06, "EF_ARR", Some(0x17), (Alw, Adm), (RULE_SIZE, RULES), access_rules());
    usim.plain(0x6f05, "EF_LI", Some(0x02), (Alw, Pin), 4, b"en".to_vec());
    let mut services = vec![0; 14];
    for service in SERVICES {
        if let Some(octet) = services.get_mut(usize::from((service - 1) / 8)) {
            *octet |= 1 << ((service - 1) % 8);
        }
    }
    usim.plain(0x6f38, "EF_UST", Some(0x04), (Pin, Adm), 14, services);
    usim.plain(0x6f56, "EF_EST", Some(0x05), (Pin, Pin2), 1, vec![0]);
    usim.plain(0x6f57, "EF_ACL", None, (Pin, Pin2), 101, vec![0]);
    usim.plain(0x6fad, "EF_AD", Some(0x03), (Alw, Adm), 4, vec![0, 0, 0, profile.mnc_length]);
    // Fast first search for the home network, and what else a device may be told, is left to the device.
    usim.plain(0x6fe8, "EF_NASCONFIG", None, (Pin, Adm), 32, vec![]);
    usim.plain(0x6f37, "EF_ACMMAX", None, (Pin, Pin2), 3, vec![0; 3]);
    let meter = Structure::Cyclic { record_size: 3, records: 5 };
    let description =
        FileDescription { increase: Pin, ..usim.describe(0x6f39, "EF_ACM", None, (Pin, Pin2), meter) };
    usim.files.add(usim.directory, description, vec![0; 15]);
}

fn identities(profile: &CardProfile, usim: &mut Folder<'_>) {
    usim.plain(0x6f07, "EF_IMSI", Some(0x07), (Pin, Adm), 9, encode_imsi(&profile.imsi));
    // No keys: the key set identifier 07 says so.
    usim.plain(0x6f08, "EF_KEYS", Some(0x08), (Pin, Pin), 33, vec![7]);
    usim.plain(0x6f09, "EF_KEYSPS", Some(0x09), (Pin, Pin), 33, vec![7]);
    usim.plain(0x6f3e, "EF_GID1", None, (Pin, Adm), 4, vec![]);
    let last_digit = profile.imsi.as_str().bytes().last().map_or(0, |byte| byte - b'0');
    let class = 1u16 << last_digit;
    usim.plain(0x6f78, "EF_ACC", Some(0x06), (Pin, Adm), 2, class.to_be_bytes().to_vec());
}

fn networks(profile: &CardProfile, usim: &mut Folder<'_>) {
    let operator = encode_plmn_list(&profile.operator_plmns, OPERATOR_PLMNS);
    usim.plain(0x6f61, "EF_OPLMNWACT", Some(0x11), (Pin, Adm), 5 * OPERATOR_PLMNS, operator);
    let user_update = if profile.customer_plmn_edit { Pin } else { Adm };
    let user = encode_plmn_list(&[], USER_PLMNS);
    usim.plain(0x6f60, "EF_PLMNWACT", Some(0x0a), (Pin, user_update), 5 * USER_PLMNS, user);
    let home: Vec<_> =
        profile.imsi.home(usize::from(profile.mnc_length)).map(|home| (home, 0xc080)).into_iter().collect();
    usim.plain(0x6f62, "EF_HPLMNWACT", Some(0x13), (Pin, Adm), 5, encode_plmn_list(&home, 1));
    usim.plain(0x6f31, "EF_HPPLMN", Some(0x12), (Pin, Adm), 1, vec![profile.hpplmn_period]);
    let equivalent: Vec<u8> = profile.ehplmns.iter().flat_map(|plmn| plmn.to_octets()).collect();
    let size = equivalent.len().max(3);
    usim.plain(0x6fd9, "EF_EHPLMN", Some(0x1d), (Pin, Adm), size, equivalent);
    usim.plain(0x6f7b, "EF_FPLMN", Some(0x0d), (Pin, Pin), 12, vec![]);
}

/// Nothing is registered yet: no temporary identity, no area, status 1 (not updated).
fn locations(usim: &mut Folder<'_>) {
    let location = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0xff, 1];
    usim.plain(0x6f7e, "EF_LOCI", Some(0x0b), (Pin, Pin), 11, location.to_vec());
    let packet = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0xff, 1];
    usim.plain(0x6f73, "EF_PSLOCI", Some(0x0c), (Pin, Pin), 14, packet.to_vec());
    let mut evolved = vec![0xff; 15];
    evolved.extend([0, 0, 1]);
    usim.plain(0x6fe3, "EF_EPSLOCI", Some(0x1e), (Pin, Pin), 18, evolved);
    usim.linear(0x6fe4, "EF_EPSNSC", Some(0x18), (Pin, Pin), (54, 1), vec![]);
}

fn numbers(profile: &CardProfile, usim: &mut Folder<'_>) {
    let own: Vec<_> = profile.msisdn.iter().map(|number| PhoneBookEntry::new(number, "")).collect();
    usim.linear(0x6f40, "EF_MSISDN", None, (Pin, Pin), (RECORD_SIZE, 1), records(&own));
    usim.linear(0x6f3b, "EF_FDN", None, (Pin, Pin2), (RECORD_SIZE, 2), vec![]);
    usim.linear(0x6f49, "EF_SDN", None, (Pin, Adm), (RECORD_SIZE, 10), records(&profile.service_numbers));
    usim.linear(0x6fb7, "EF_ECC", Some(0x01), (Alw, Adm), (4, EMERGENCY_NUMBERS), emergency_records(profile));
}

/// Records of EF_ECC.
const EMERGENCY_NUMBERS: u8 = 5;

/// Number and category, any kind of emergency service (TS 31.102 4.2.21).
fn emergency_records(profile: &CardProfile) -> Vec<Vec<u8>> {
    emergency_numbers(profile).iter().map(|number| [number.as_slice(), &[0x00]].concat()).collect()
}

/// The emergency numbers, each of six digits, swapped in three octets.
fn emergency_numbers(profile: &CardProfile) -> Vec<[u8; 3]> {
    let octets = |number: &PhoneNumber| {
        let mut digits = number.digits().bytes().map(|digit| digit & 0x0f).chain(std::iter::repeat(0x0f));
        let mut octet = || digits.next().unwrap_or(0x0f) | digits.next().unwrap_or(0x0f) << 4;
        [octet(), octet(), octet()]
    };
    profile.emergency_numbers.iter().take(usize::from(EMERGENCY_NUMBERS)).map(octets).collect()
}

fn messages(profile: &CardProfile, usim: &mut Folder<'_>) {
    usim.linear(0x6f3c, "EF_SMS", None, (Pin, Pin), (176, 6), vec![vec![0]; 6]);
    // Present: service centre, protocol, coding, validity of 24 hours; absent: destination.
    let mut parameters = vec![0xe1];
    parameters.extend([0xff; 12]);
    parameters.extend(Address::service_centre_octets(Some(&Address::from_number(&profile.smsc))));
    parameters.resize(25, 0xff);
    parameters.extend([0x00, 0x00, 0xa7]);
    usim.linear(0x6f42, "EF_SMSP", None, (Pin, Pin), (28, 1), vec![parameters]);
    usim.plain(0x6f43, "EF_SMSS", None, (Pin, Pin), 2, vec![]);
    usim.linear(0x6f47, "EF_SMSR", None, (Pin, Pin), (30, 6), vec![vec![0]; 6]);
    // No message waits: the indicator octet says that the indicator is not set for any kind.
    usim.linear(0x6fca, "EF_MWIS", None, (Pin, Pin), (5, 1), vec![vec![0; 5]]);
}

/// The provider's name, and the network's own (TS 24.008 10.5.3.5a) for every area of the home network.
fn names(profile: &CardProfile, usim: &mut Folder<'_>) {
    let mut name = vec![0x01];
    name.extend(alpha::encode(&profile.spn, 16).unwrap_or_default());
    usim.plain(0x6f46, "EF_SPN", None, (Alw, Adm), 17, name);
    usim.linear(0x6fc5, "EF_PNN", Some(0x19), (Alw, Adm), (24, 1), vec![network_name(&profile.spn)]);
    let mut area = profile
        .imsi
        .home(usize::from(profile.mnc_length))
        .map(|home| home.to_octets().to_vec())
        .unwrap_or_default();
    area.extend([0x00, 0x00, 0xff, 0xfe, 0x01]);
    usim.linear(0x6fc6, "EF_OPL", Some(0x1a), (Alw, Adm), (8, 1), vec![area]);
}

/// The full name in packed septets, as in a network's MM INFORMATION.
fn network_name(name: &str) -> Vec<u8> {
    let Some(septets) = wire::sms::gsm7::encode(name).filter(|septets| !septets.is_empty()) else {
        return Vec::new();
    };
    let packed = wire::sms::gsm7::pack(&septets, 0);
    let spare = packed.len() * 8 - septets.len() * 7;
    let mut record = vec![0x43, 1 + packed.len() as u8, 0x80 | spare as u8];
    record.extend(packed);
    record
}

/// An entry that cannot be coded leaves its record empty, so that the others keep their places.
fn records(entries: &[PhoneBookEntry]) -> Vec<Vec<u8>> {
    entries.iter().map(|entry| encode_record(entry).unwrap_or_default()).collect()
}

/// A directory that is being filled.
struct Folder<'a> {
    files: &'a mut Files,
    directory: Directory,
}

impl Folder<'_> {
    fn describe(
        &self,
        fid: u16,
        name: &'static str,
        sfi: Option<u8>,
        (read, update): (AccessCondition, AccessCondition),
        structure: Structure,
    ) -> FileDescription {
        FileDescription { fid, name, structure, sfi, read, update, increase: Nev }
    }

    fn plain(
        &mut self,
        fid: u16,
        name: &'static str,
        sfi: Option<u8>,
        access: (AccessCondition, AccessCondition),
        size: usize,
        content: Vec<u8>,
    ) {
        let structure = Structure::Transparent { size: u16::try_from(size).unwrap_or(u16::MAX) };
        let description = self.describe(fid, name, sfi, access, structure);
        self.files.add(self.directory, description, content);
    }

    fn linear(
        &mut self,
        fid: u16,
        name: &'static str,
        sfi: Option<u8>,
        access: (AccessCondition, AccessCondition),
        (record_size, records): (u8, u8),
        mut content: Vec<Vec<u8>>,
    ) {
        for record in &mut content {
            record.resize(usize::from(record_size), 0xff);
        }
        let structure = Structure::LinearFixed { record_size, records };
        let description = self.describe(fid, name, sfi, access, structure);
        self.files.add(self.directory, description, content.concat());
    }
}
