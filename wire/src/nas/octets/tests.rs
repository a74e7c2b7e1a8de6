//! Messages whose octets Wireshark has dissected.

use super::*;
use crate::cause::{CcCause, EmmCause, EsmCause};
use crate::nas::{
    Ambr, AttachType, Authentication, BearerModification, BitRate, CallContent, CallMessage, Clir,
    GprsTimer2, GprsTimer3, LocationUpdateType, PdnAddress, PdnGrant, PdnRequest, PdnType, PowerSaving, Qci,
    Reject, TransactionId,
};
use crate::time::Duration;
use std::net::{IpAddr, Ipv4Addr};

fn cell() -> CellId {
    CellId { plmn: "208-01".parse().unwrap(), tac: 100, cell: 1 }
}

fn lte() -> Encoder {
    Encoder::new(Rat::Eutran, cell())
}

fn gsm() -> Encoder {
    Encoder::new(Rat::Gsm, cell())
}

fn up(encoder: &mut Encoder, message: &NasUp) -> String {
    hex::encode_upper(encoder.up(message).octets)
}

fn down(encoder: &mut Encoder, message: &NasDown) -> String {
    hex::encode_upper(encoder.down(message).octets)
}

fn attach_request() -> NasUp {
    NasUp::AttachRequest {
        imsi: Some("208010000000001".parse().unwrap()),
        imei: "867997030000019".parse().unwrap(),
        attach_type: AttachType::Eps,
        pdn: PdnRequest::new(None, PdnType::Ipv4v6),
        guti: None,
        power: PowerSaving::default(),
    }
}

fn grant() -> PdnGrant {
    PdnGrant {
        bearer: 5,
        apn: "iot.example.mnc001.mcc208.gprs".to_owned(),
        address: PdnAddress::Ipv4(Ipv4Addr::new(10, 64, 0, 1)),
        dns: vec![IpAddr::from([10, 10, 10, 10]), IpAddr::from([10, 10, 10, 11])],
        mtu: None,
        cause: None,
        qci: Qci::BEST_EFFORT,
        ambr: None,
    }
}

fn attach_accept() -> NasDown {
    let power =
        PowerSaving { t3324: Some(GprsTimer2(0x04)), t3412_extended: Some(GprsTimer3(0x06)), edrx: None };
    let grant_of_area = MobilityGrant { power, ..MobilityGrant::with_periodic(Duration::from_secs(54 * 60)) };
    NasDown::AttachAccept { pdn: Some(grant()), esm: None, combined: false, grant: grant_of_area }
}

#[test]
fn an_attach_has_the_octets_that_wireshark_read() {
    let mut mobile = lte();
    assert_eq!(up(&mut mobile, &attach_request()), "07417108298010000000001002F0F000040201D031");
    assert_eq!(
        down(&mut mobile, &attach_accept()),
        concat!(
            "0742014906",
            "0002F8100064",
            "003C",
            "5201C10109",
            "1F03696F74076578616D706C65066D6E63303031066D6363323038",
            "0467707273",
            "05010A400001",
            "270F80",
            "000D040A0A0A0A",
            "000D040A0A0A0B",
            "5E0106",
            "6A0104"
        )
    );
    assert_eq!(up(&mut mobile, &NasUp::AttachComplete), "074300035200C2");
    assert_eq!(up(&mut mobile, &NasUp::DetachRequest { switch_off: true }), "074579082980100000000010");
}

#[test]
fn refusals_on_lte_have_the_octets_that_wireshark_read() {
    let reject = |cause: u8| Reject::from(EmmCause(cause));
    let attach = |reject, esm: Option<u8>| NasDown::AttachReject { reject, esm: esm.map(EsmCause) };
    let minutes = |count: u64| Some(Duration::from_secs(count * 60));
    let pdn = |cause, t3396| NasDown::PdnConnectivityReject { pti: 1, cause: EsmCause(cause), t3396 };
    let rows = [
        (attach(reject(11), None), "07440B"),
        (attach(reject(17), None), "074411"),
        (attach(reject(22).with_back_off(minutes(1)), None), "0744165F0121"),
        (attach(reject(19), Some(33)), "0744137800040201D121"),
        (NasDown::TrackingAreaUpdateReject(reject(9)), "074B09"),
        (pdn(33, None), "0201D121"),
        (pdn(26, minutes(5)), "0201D11A3701A5"),
        (NasDown::CmServiceReject(EmmCause(33)), "052221"),
    ];
    for (message, want) in rows {
        assert_eq!(down(&mut lte(), &message), want, "{message}");
    }
}

#[test]
fn gsm_has_messages_of_its_own() {
    let imsi: Imsi = "208010000000001".parse().unwrap();
    let imei: Imei = "867997030000019".parse().unwrap();
    let update = LocationUpdateType::Normal;
    let request = NasUp::LocationUpdatingRequest { imsi, imei, update };
    let mut mobile = gsm();
    assert_eq!(up(&mut mobile, &request), "05087002F810FFFE33082980100000000010", "without an area before");
    down(&mut mobile, &NasDown::LocationUpdatingAccept(MobilityGrant::default()));
    assert_eq!(up(&mut mobile, &request), "05087002F810006433082980100000000010");
    let rows = [
        (NasDown::LocationUpdatingReject(EmmCause(11).into()), "05040B"),
        (NasDown::LocationUpdatingReject(EmmCause(17).into()), "050411"),
        (NasDown::GprsAttachReject(EmmCause(14).into()), "08040E"),
        (NasDown::PdnConnectivityReject { pti: 1, cause: EsmCause(33), t3396: None }, "8A4321"),
    ];
    for (message, want) in rows {
        assert_eq!(down(&mut gsm(), &message), want, "{message}");
    }
}

#[test]
fn calls_have_the_octets_that_wireshark_read() {
    let transaction = TransactionId::new(Side::Mobile, 0).unwrap();
    let message = |content| CallMessage::new(transaction, content);
    let called = "+33639980002".parse().unwrap();
    let setup = CallContent::Setup { called, clir: Clir::Subscription };
    let dialled = "112".parse().unwrap();
    assert_eq!(up(&mut lte(), &NasUp::Call(message(setup))), "03050401A05E07913336990800F2");
    let emergency = NasUp::Call(message(CallContent::EmergencySetup { dialled }));
    assert_eq!(up(&mut gsm(), &emergency), "030E0401A0");
    let rows = [
        (CallContent::ReleaseComplete(CcCause(21)), "832A0802E095"),
        (CallContent::ReleaseComplete(CcCause(8)), "832A0802E088"),
        (CallContent::Disconnect(CcCause(31)), "832502E09F"),
    ];
    for (content, want) in rows {
        assert_eq!(down(&mut lte(), &NasDown::Call(message(content.clone()))), want, "{content}");
    }
}

#[test]
fn short_messages_are_bare_on_gsm_and_carried_on_lte() {
    let ack = NasDown::Sms(vec![0x89, 0x04]);
    assert_eq!(down(&mut gsm(), &ack), "8904");
    assert_eq!(down(&mut lte(), &ack), "0762028904");
    assert_eq!(gsm().down(&ack).framing, Framing::Layer3);
    assert_eq!(lte().down(&ack).framing, Framing::EpsPlain);
}

#[test]
fn a_context_keeps_its_transaction_until_it_ends() {
    let mut mobile = gsm();
    let pdn = PdnRequest::new(Some("a".to_owned()), PdnType::Ipv4);
    let ask = |pti| NasUp::PdnConnectivityRequest { pti, pdn: pdn.clone() };
    assert_eq!(&up(&mut mobile, &ask(9))[..4], "0A41");
    assert_eq!(&up(&mut mobile, &ask(10))[..4], "1A41");
    assert_eq!(&up(&mut mobile, &ask(9))[..4], "0A41", "repeated");
    let accepted = NasDown::PdnGranted { pti: 10, pdn: grant() };
    assert_eq!(&down(&mut mobile, &accepted)[..4], "9A42");
    assert_eq!(up(&mut mobile, &NasUp::PdnDisconnectRequest { pti: 11, bearer: 5 }), "1A4624");
    let gone = NasDown::BearerDeactivated { pti: 11, bearer: 5, cause: EsmCause(36) };
    assert_eq!(down(&mut mobile, &gone), "9A47");
    assert_eq!(&up(&mut mobile, &ask(12))[..4], "1A41", "free again");
}

/// What a network makes of bearer 6: another class, 2 Mbit/s up and 20 Mbit/s down, another DNS server.
fn modification() -> NasDown {
    let rate = |kbits| BitRate::new(kbits).unwrap();
    let ambr = Some(Ambr { down: rate(20_000), up: rate(1_984) });
    let dns = vec![IpAddr::from([10, 10, 10, 12])];
    NasDown::ModifyBearer(BearerModification { bearer: 6, qci: Qci::new(7), ambr, dns })
}

#[test]
fn a_modification_has_the_octets_that_wireshark_read() {
    let (accepted, rejected) = (
        NasUp::BearerModificationAccepted { bearer: 6 },
        NasUp::BearerModificationRejected { bearer: 6, cause: EsmCause::INVALID_BEARER_IDENTITY },
    );
    let mut mobile = lte();
    assert_eq!(down(&mut mobile, &modification()), "6200C95B01075E04FE964E00270880000D040A0A0A0C");
    assert_eq!(up(&mut mobile, &accepted), "6200CA");
    assert_eq!(up(&mut mobile, &rejected), "6200CB2B");
    let mut mobile = gsm();
    assert_eq!(down(&mut mobile, &modification()), "8A4804000B0000006000000000020000270880000D040A0A0A0C");
    assert_eq!(up(&mut mobile, &accepted), "0A49");
    assert_eq!(up(&mut mobile, &rejected), "0A552B");
}

#[test]
fn a_password_is_withheld() {
    let (user, password) = ("meter".to_owned(), "hunter2".to_owned());
    let pdn = PdnRequest {
        authentication: Some(Authentication::Pap { user, password }),
        ..PdnRequest::new(None, PdnType::Ipv4)
    };
    let octets = lte().up(&NasUp::PdnConnectivityRequest { pti: 2, pdn }).octets;
    let text = String::from_utf8_lossy(&octets);
    assert!(text.contains("meter") && text.contains("*******") && !text.contains("hunter2"), "{text}");
}
