//! `wire::lorawan` against the crate `lorawan` of the lora-rs project: frames that one seals, the other opens.
//!
//! The two share no code, not even the version of the AES crate. Inputs are drawn from a seed, so that a difference can be
//! repeated. Three quirks of the other codec are kept out of its way: it takes an FPort without FRMPayload for no FPort; it
//! turns addresses and nonces into numbers big endian, so octets are compared; and it cannot seal a join-accept with
//! CFList, for which only its cipher and CMAC are used here.

#![cfg(test)]

use lorawan::creator::{DataPayloadCreator, JoinAcceptCreator, JoinRequestCreator};
use lorawan::default_crypto::DefaultFactory;
use lorawan::keys::{AES128, AppKey, AppSKey, CryptoFactory as _, Decrypter as _, Mac as _, NewSKey};
use lorawan::maccommands::SerializableMacCommand;
use lorawan::parser::{self, CfList as OtherCfList, DataHeader as _, FCtrl, FRMPayload};
use wire::air::lora::Hertz;
use wire::id::{Eui64, Key};
use wire::lorawan::data::PortPayload;
use wire::lorawan::{
    AppNonce, CfList, DataMessage, DevAddr, DevNonce, Direction, DlSettings, FOpts, Frame, JoinAccept,
    JoinRequest, NetId, SessionKeys,
};
use wire::seed::{Rng, Seed};

/// How many frames of each kind.
const FRAMES: usize = 500;
/// The longest FRMPayload of EU868 without repeater, LoRaWAN Regional Parameters 1.0.2rB clause 2.1.6.
const LONGEST_PAYLOAD: u64 = 222;

fn rng(part: &str) -> Rng {
    Seed(1).child("another-codec").child(part).rng()
}

fn join_request(rng: &mut Rng) -> JoinRequest {
    JoinRequest {
        app_eui: Eui64::from_air(rng.octets()),
        dev_eui: Eui64::from_air(rng.octets()),
        dev_nonce: DevNonce::from_wire(rng.octets()),
    }
}

fn join_accept(rng: &mut Rng, with_list: bool) -> JoinAccept {
    let mut frequency = || Hertz(u32::try_from(rng.below(1 << 24)).unwrap() * 100);
    let cf_list = with_list.then(|| CfList::new(std::array::from_fn(|_| frequency())));
    JoinAccept {
        app_nonce: AppNonce::from_wire(rng.octets()),
        net_id: NetId::from_wire(rng.octets()),
        dev_addr: DevAddr::from_wire(rng.octets()),
        dl_settings: DlSettings::from_wire(rng.octets::<1>()[0] & 0x7f),
        rx_delay: rng.octets::<1>()[0] & 0x0f,
        cf_list,
    }
}

/// A frame counter: small, at the seams of the 16-bit half, or anywhere.
fn counter(rng: &mut Rng) -> u32 {
    let number = match rng.below(4) {
        0 => rng.below(0x1_0000),
        1 => rng.between(0xfffe, 0x1_0002),
        2 => rng.between(0xffff_fff0, 0xffff_ffff),
        _ => rng.below(1 << 32),
    };
    u32::try_from(number).unwrap()
}

/// Octets as the payload of a frame, at least one.
fn payload(rng: &mut Rng, longest: u64) -> Vec<u8> {
    let length = usize::try_from(rng.between(1, longest)).unwrap();
    rng.octets::<256>()[..length].to_vec()
}

fn message(rng: &mut Rng, direction: Direction) -> DataMessage {
    let up = direction == Direction::Up;
    let mut message = DataMessage::new(direction, DevAddr::from_wire(rng.octets()), counter(rng));
    message.confirmed = rng.chance(500);
    message.adr = rng.chance(500);
    message.adr_ack_req = up && rng.chance(500);
    message.ack = rng.chance(500);
    message.f_pending = !up && rng.chance(500);
    match rng.below(4) {
        0 => message.f_opts = FOpts::new(payload(rng, 15)).unwrap(),
        1 => message.payload = Some(PortPayload { port: 0, octets: payload(rng, LONGEST_PAYLOAD) }),
        2 => {
            let port = u8::try_from(rng.between(1, 224)).unwrap();
            message.payload = Some(PortPayload { port, octets: payload(rng, LONGEST_PAYLOAD) });
        }
        _ => {
            message.f_opts = FOpts::new(payload(rng, 15)).unwrap();
            let port = u8::try_from(rng.between(1, 224)).unwrap();
            message.payload = Some(PortPayload { port, octets: payload(rng, LONGEST_PAYLOAD - 15) });
        }
    }
    message
}

fn parsed(octets: &[u8]) -> Frame {
    Frame::parse(octets).unwrap_or_else(|error| panic!("{}: {error}", hex::encode(octets)))
}

#[test]
fn join_requests_that_we_seal_are_read_by_the_other() {
    let mut rng = rng("join-request out");
    for _ in 0..FRAMES {
        let (key, request) = (rng.octets::<16>(), join_request(&mut rng));
        let octets = request.seal(&Key::new(key));
        let other = parser::JoinRequestPayload::new(octets.clone()).unwrap();
        assert!(other.validate_mic(&AES128(key)), "{}", hex::encode(&octets));
        assert!(!other.validate_mic(&AES128(rng.octets())), "{}", hex::encode(&octets));
        assert_eq!(other.app_eui().as_ref(), request.app_eui.to_air());
        assert_eq!(other.dev_eui().as_ref(), request.dev_eui.to_air());
        assert_eq!(other.dev_nonce().as_ref(), request.dev_nonce.value().to_le_bytes());
    }
}

#[test]
fn join_requests_that_the_other_seals_are_read_by_us() {
    let mut rng = rng("join-request in");
    for _ in 0..FRAMES {
        let (key, request) = (rng.octets::<16>(), join_request(&mut rng));
        let mut creator = JoinRequestCreator::new();
        creator
            .set_app_eui(&request.app_eui.to_air())
            .set_dev_eui(&request.dev_eui.to_air())
            .set_dev_nonce(&request.dev_nonce.value().to_le_bytes());
        let octets = creator.build(&AppKey::from(key));
        let Frame::JoinRequest(frame) = parsed(octets) else { panic!("{}", hex::encode(octets)) };
        assert!(frame.is_authentic(&Key::new(key)));
        assert!(!frame.is_authentic(&Key::new(rng.octets())));
        assert_eq!(frame.request(), request);
    }
}

#[test]
fn join_accepts_that_we_seal_are_opened_by_the_other() {
    let mut rng = rng("join-accept out");
    for round in 0..FRAMES {
        let (key, accept) = (rng.octets::<16>(), join_accept(&mut rng, round % 2 == 1));
        let octets = accept.seal(&Key::new(key));
        assert_eq!(octets.len(), if accept.cf_list.is_some() { 33 } else { 17 });
        let other = parser::DecryptedJoinAcceptPayload::new(octets, &AppKey::from(key)).unwrap();
        assert_eq!(other.app_nonce().as_ref(), accept.app_nonce.to_wire());
        assert_eq!(other.net_id().as_ref(), accept.net_id.to_wire());
        assert_eq!(other.dev_addr().as_ref(), accept.dev_addr.value().to_le_bytes());
        assert_eq!(other.dl_settings().raw_value(), accept.dl_settings.to_wire());
        assert_eq!(other.dl_settings().rx1_dr_offset(), accept.dl_settings.rx1_dr_offset);
        assert_eq!(other.rx_delay(), accept.rx_delay);
        let frequencies = match other.c_f_list() {
            Some(OtherCfList::DynamicChannel(list)) => Some(list.map(|frequency| Hertz(frequency.value()))),
            Some(OtherCfList::FixedChannel(_)) => panic!("the other codec sees a channel mask"),
            None => None,
        };
        assert_eq!(frequencies, accept.cf_list.map(|list| list.frequencies));
        assert_same_session_keys(&other, &accept, key, rng.octets());
    }
}

type OpenedByTheOther = parser::DecryptedJoinAcceptPayload<Vec<u8>, DefaultFactory>;

fn assert_same_session_keys(
    other: &OpenedByTheOther,
    accept: &JoinAccept,
    app_key: [u8; 16],
    dev_nonce: [u8; 2],
) {
    let ours = accept.session_keys(&Key::new(app_key), DevNonce::from_wire(dev_nonce));
    let dev_nonce = parser::DevNonce::from(dev_nonce);
    let app_key = AppKey::from(app_key);
    assert_eq!(other.derive_newskey(&dev_nonce, &app_key).inner().0, *ours.nwk_s_key.expose());
    assert_eq!(other.derive_appskey(&dev_nonce, &app_key).inner().0, *ours.app_s_key.expose());
}

#[test]
fn join_accepts_that_the_other_seals_are_opened_by_us() {
    let mut rng = rng("join-accept in");
    for _ in 0..FRAMES {
        let (key, accept) = (rng.octets::<16>(), join_accept(&mut rng, false));
        let mut creator = JoinAcceptCreator::with_options([0; 17], DefaultFactory).unwrap();
        creator
            .set_app_nonce(&accept.app_nonce.to_wire())
            .set_net_id(&accept.net_id.to_wire())
            .set_dev_addr(&accept.dev_addr.to_wire())
            .set_dl_settings(accept.dl_settings.to_wire())
            .set_rx_delay(accept.rx_delay);
        let octets = creator.build(&AES128(key)).unwrap();
        let Frame::JoinAccept(frame) = parsed(octets) else { panic!("{}", hex::encode(octets)) };
        assert_eq!(frame.open(&Key::new(key)), Ok(accept));
        assert!(frame.open(&Key::new(rng.octets())).is_err());
    }
}

#[test]
fn join_accepts_with_channels_sealed_by_the_others_cipher_are_opened_by_us() {
    let mut rng = rng("join-accept with channels in");
    for _ in 0..FRAMES {
        let (key, accept) = (rng.octets::<16>(), join_accept(&mut rng, true));
        let octets = sealed_by_the_others_cipher(&accept, &AES128(key));
        let Frame::JoinAccept(frame) = parsed(&octets) else { panic!("{}", hex::encode(octets)) };
        assert_eq!(frame.open(&Key::new(key)), Ok(accept));
    }
}

/// A join-accept of 33 octets, laid out by hand after LoRaWAN 1.0.2 clause 6.2.5.
fn sealed_by_the_others_cipher(accept: &JoinAccept, key: &AES128) -> Vec<u8> {
    let mut octets = vec![0x20];
    octets.extend(&accept.app_nonce.value().to_le_bytes()[..3]);
    octets.extend(&accept.net_id.value().to_le_bytes()[..3]);
    octets.extend(accept.dev_addr.value().to_le_bytes());
    octets.push(accept.dl_settings.rx1_dr_offset << 4 | accept.dl_settings.rx2_data_rate);
    octets.push(accept.rx_delay);
    for frequency in accept.cf_list.unwrap().frequencies {
        octets.extend(&(frequency.0 / 100).to_le_bytes()[..3]);
    }
    octets.push(0);
    let mut mac = DefaultFactory.new_mac(key);
    mac.input(&octets);
    octets.extend(&mac.result()[..4]);
    let cipher = DefaultFactory.new_dec(key);
    for start in [1, 17] {
        let mut block: [u8; 16] = octets[start..start + 16].try_into().unwrap();
        cipher.decrypt_block((&mut block).into());
        octets[start..start + 16].copy_from_slice(&block);
    }
    octets
}

#[test]
fn data_frames_that_we_seal_are_opened_by_the_other() {
    for (name, direction) in [("data up out", Direction::Up), ("data down out", Direction::Down)] {
        let mut rng = rng(name);
        for _ in 0..FRAMES {
            let (nwk, app) = (rng.octets::<16>(), rng.octets::<16>());
            let message = message(&mut rng, direction);
            let keys = SessionKeys { nwk_s_key: Key::new(nwk), app_s_key: Key::new(app) };
            assert_opened_by_the_other(&message, &message.seal(&keys), &AES128(nwk), &AES128(app));
        }
    }
}

fn assert_opened_by_the_other(message: &DataMessage, octets: &[u8], nwk: &AES128, app: &AES128) {
    let shown = hex::encode(octets);
    let other = parser::EncryptedDataPayload::new(octets.to_vec()).unwrap();
    assert!(other.validate_mic(nwk, message.fcnt), "{shown}");
    assert!(
        !other.validate_mic(nwk, message.fcnt ^ 0x1_0000),
        "the MIC covers only half of the counter: {shown}"
    );
    assert!(!other.validate_mic(app, message.fcnt), "{shown}");
    assert_eq!(other.is_uplink(), message.direction == Direction::Up, "{shown}");
    assert_eq!(other.is_confirmed(), message.confirmed, "{shown}");
    let opened = other.decrypt(Some(nwk), Some(app), message.fcnt).unwrap();
    let header = opened.fhdr();
    assert_eq!(header.dev_addr().as_ref(), message.dev_addr.value().to_le_bytes(), "{shown}");
    assert_eq!(u32::from(header.fcnt()), message.fcnt & 0xffff, "{shown}");
    assert_eq!(header.data(), message.f_opts.as_slice(), "{shown}");
    let control = header.fctrl();
    let bits = (control.adr(), control.adr_ack_req(), control.ack(), control.f_pending());
    assert_eq!(bits, (message.adr, message.adr_ack_req, message.ack, message.f_pending), "{shown}");
    assert_eq!(opened.f_port(), message.payload.as_ref().map(|payload| payload.port), "{shown}");
    let body = match opened.frm_payload() {
        FRMPayload::Data(octets) => Some(octets.to_vec()),
        FRMPayload::MACCommands(commands) => Some(commands.data().to_vec()),
        FRMPayload::None => None,
    };
    assert_eq!(body, message.payload.as_ref().map(|payload| payload.octets.clone()), "{shown}");
}

/// Octets for the other codec to put where MAC commands go.
struct Octets(Vec<u8>);

impl SerializableMacCommand for Octets {
    fn payload_bytes(&self) -> &[u8] {
        &self.0[1..]
    }

    fn cid(&self) -> u8 {
        self.0[0]
    }

    fn payload_len(&self) -> usize {
        self.0.len() - 1
    }
}

fn sealed_by_the_other(message: &DataMessage, nwk: [u8; 16], app: [u8; 16]) -> Vec<u8> {
    let mut control = FCtrl::new(u8::from(message.f_pending) << 4, message.direction == Direction::Up);
    if message.adr {
        control.set_adr();
    }
    if message.adr_ack_req {
        control.set_adr_ack_req();
    }
    if message.ack {
        control.set_ack();
    }
    let mut creator = DataPayloadCreator::new();
    creator
        .set_confirmed(message.confirmed)
        .set_uplink(message.direction == Direction::Up)
        .set_dev_addr(&message.dev_addr.to_wire())
        .set_fctrl(&control)
        .set_fcnt(message.fcnt);
    let mac = message.mac_octets();
    let commands = (!mac.is_empty()).then(|| Octets(mac.to_vec()));
    let commands: Vec<&dyn SerializableMacCommand> =
        commands.iter().map(|command| command as &dyn SerializableMacCommand).collect();
    let mut body: &[u8] = &[];
    if let Some(payload) = &message.payload {
        creator.set_f_port(payload.port);
        body = if payload.port == 0 { &[] } else { &payload.octets };
    }
    creator.build(body, &commands, &NewSKey::from(nwk), &AppSKey::from(app)).unwrap().to_vec()
}

#[test]
fn data_frames_that_the_other_seals_are_opened_by_us() {
    for (name, direction) in [("data up in", Direction::Up), ("data down in", Direction::Down)] {
        let mut rng = rng(name);
        for _ in 0..FRAMES {
            let (nwk, app) = (rng.octets(), rng.octets());
            let message = message(&mut rng, direction);
            let octets = sealed_by_the_other(&message, nwk, app);
            let keys = SessionKeys { nwk_s_key: Key::new(nwk), app_s_key: Key::new(app) };
            let Frame::Data(frame) = parsed(&octets) else { panic!("{}", hex::encode(octets)) };
            assert_eq!(frame.open(&keys, message.fcnt).as_ref(), Ok(&message), "{}", hex::encode(&octets));
            assert!(
                frame.open(&keys, message.fcnt ^ 0x1_0000).is_err(),
                "half of the counter is not covered"
            );
            assert_eq!(hex::encode(message.seal(&keys)), hex::encode(&octets), "same message, other octets");
        }
    }
}

#[test]
fn counters_above_sixteen_bits_are_among_the_draws() {
    let mut rng = rng("counters");
    let counters: Vec<u32> = (0..FRAMES).map(|_| counter(&mut rng)).collect();
    assert!(counters.iter().filter(|counter| **counter > 0xffff).count() > FRAMES / 3);
    assert!(counters.iter().filter(|counter| **counter <= 0xffff).count() > FRAMES / 8);
}
