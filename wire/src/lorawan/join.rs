//! Over-the-air activation: join-request and join-accept (LoRaWAN 1.0.2 clauses 6.2.4 and 6.2.5).
//!
//! A message is a value and is sealed with the AppKey; a frame is what was received. The server seals a join-accept with
//! the inverse cipher, so that a device needs only the forward one.

use super::address::{AppNonce, DevAddr, DevNonce, NetId};
use super::crypto::{self, Mic, ReadyAppKey, SessionKeys};
use super::frame::{FrameError, MHDR_JOIN_ACCEPT, MHDR_JOIN_REQUEST, field};
use crate::air::lora::Hertz;
use crate::id::{Eui64, Key};

/// What a device asks with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinRequest {
    /// The application provider (JoinEUI in later texts).
    pub app_eui: Eui64,
    /// The device.
    pub dev_eui: Eui64,
    /// Random, drawn for this request.
    pub dev_nonce: DevNonce,
}

impl JoinRequest {
    /// The PHYPayload, 23 octets.
    #[must_use]
    pub fn seal(&self, app_key: &Key) -> Vec<u8> {
        let mut octets = vec![MHDR_JOIN_REQUEST];
        octets.extend(self.app_eui.to_air());
        octets.extend(self.dev_eui.to_air());
        octets.extend(self.dev_nonce.to_wire());
        let mic = crypto::join_mic(app_key, &octets);
        octets.extend(mic);
        octets
    }
}

/// A received join-request whose MIC has not been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinRequestFrame {
    octets: [u8; 23],
}

impl JoinRequestFrame {
    pub(super) fn parse(octets: &[u8]) -> Result<Self, FrameError> {
        let octets = octets.try_into().map_err(|_| FrameError::JoinRequestLength(octets.len()))?;
        Ok(Self { octets })
    }

    /// The PHYPayload as received.
    #[must_use]
    pub const fn octets(&self) -> &[u8; 23] {
        &self.octets
    }

    /// What the frame claims.
    #[must_use]
    pub fn request(&self) -> JoinRequest {
        JoinRequest {
            app_eui: Eui64::from_air(field(&self.octets, 1)),
            dev_eui: Eui64::from_air(field(&self.octets, 9)),
            dev_nonce: DevNonce::from_wire(field(&self.octets, 17)),
        }
    }

    /// The MIC as received.
    #[must_use]
    pub fn mic(&self) -> Mic {
        field(&self.octets, 19)
    }

    /// Whether the MIC fits the AppKey.
    #[must_use]
    pub fn is_authentic(&self, app_key: &Key) -> bool {
        self.is_authentic_by(&ReadyAppKey::new(app_key))
    }

    /// Whether the MIC fits the AppKey, which is ready already.
    #[must_use]
    pub fn is_authentic_by(&self, app_key: &ReadyAppKey) -> bool {
        app_key.join_mic(&self.octets[..19]) == self.mic()
    }
}

/// DLSettings of a join-accept or RXParamSetupReq: one octet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DlSettings {
    /// Bits 6 to 4: how many data rates RX1 is below the uplink.
    pub rx1_dr_offset: u8,
    /// Bits 3 to 0: the data rate of RX2.
    pub rx2_data_rate: u8,
}

impl DlSettings {
    /// From the octet; bit 7 is reserved and ignored.
    #[must_use]
    pub const fn from_wire(octet: u8) -> Self {
        Self { rx1_dr_offset: octet >> 4 & 0x07, rx2_data_rate: octet & 0x0f }
    }

    /// The octet; bits that the fields do not have are cut off.
    #[must_use]
    pub const fn to_wire(self) -> u8 {
        (self.rx1_dr_offset & 0x07) << 4 | self.rx2_data_rate & 0x0f
    }
}

/// The optional channel list of a join-accept: sixteen octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CfList {
    /// Channels 3 to 7; zero hertz is an unused entry.
    pub frequencies: [Hertz; 5],
    /// The last octet, CFListType: 0 in EU868 (reserved in the text of 1.0.2).
    pub list_type: u8,
}

impl CfList {
    /// A list of the frequencies of channels 3 to 7.
    #[must_use]
    pub const fn new(frequencies: [Hertz; 5]) -> Self {
        Self { frequencies, list_type: 0 }
    }

    fn from_wire(octets: [u8; 16]) -> Self {
        let frequency = |index: usize| frequency_from_wire(field(&octets, 3 * index));
        Self { frequencies: std::array::from_fn(frequency), list_type: octets[15] }
    }

    fn to_wire(self) -> [u8; 16] {
        let mut octets = [0; 16];
        for (slot, frequency) in octets.chunks_mut(3).zip(self.frequencies) {
            slot.copy_from_slice(&frequency_to_wire(frequency));
        }
        octets[15] = self.list_type;
        octets
    }
}

/// A frequency as three octets of 100 Hz, little endian.
#[must_use]
pub fn frequency_from_wire([low, middle, high]: [u8; 3]) -> Hertz {
    Hertz(u32::from_le_bytes([low, middle, high, 0]) * 100)
}

/// The three octets of a frequency; above 1677.7215 MHz it is the largest that fits.
#[must_use]
pub fn frequency_to_wire(frequency: Hertz) -> [u8; 3] {
    let [low, middle, high, _] = (frequency.0 / 100).min(0x00ff_ffff).to_le_bytes();
    [low, middle, high]
}

/// What the join server answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinAccept {
    /// The server's number; never the same twice for a device.
    pub app_nonce: AppNonce,
    /// The network.
    pub net_id: NetId,
    /// The device's address in the new session.
    pub dev_addr: DevAddr,
    /// RX1DROffset and RX2DataRate.
    pub dl_settings: DlSettings,
    /// RxDelay: bits 3 to 0, seconds; 0 and 1 are both one second.
    pub rx_delay: u8,
    /// Additional channels.
    pub cf_list: Option<CfList>,
}

/// Why an encrypted join-accept is not for the device that tries its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinAcceptError {
    /// It is for another device, or it was damaged.
    #[error("the MIC of the join-accept does not fit the AppKey")]
    WrongMic,
}

impl JoinAccept {
    /// The PHYPayload, encrypted: 17 octets, or 33 with a CFList.
    #[must_use]
    pub fn seal(&self, app_key: &Key) -> Vec<u8> {
        self.seal_by(&ReadyAppKey::new(app_key))
    }

    /// The PHYPayload, by an AppKey that is ready already.
    #[must_use]
    pub fn seal_by(&self, app_key: &ReadyAppKey) -> Vec<u8> {
        let mut octets = Vec::with_capacity(33);
        octets.push(MHDR_JOIN_ACCEPT);
        octets.extend(self.app_nonce.to_wire());
        octets.extend(self.net_id.to_wire());
        octets.extend(self.dev_addr.to_wire());
        octets.push(self.dl_settings.to_wire());
        octets.push(self.rx_delay & 0x0f);
        octets.extend(self.cf_list.iter().flat_map(|list| list.to_wire()));
        let mic = app_key.join_mic(&octets);
        octets.extend(mic);
        app_key.decrypt_blocks(&mut octets[1..]);
        octets
    }

    /// The keys of the session that this join-accept opens for the request with `dev_nonce`.
    #[must_use]
    pub fn session_keys(&self, app_key: &Key, dev_nonce: DevNonce) -> SessionKeys {
        self.session_keys_by(&ReadyAppKey::new(app_key), dev_nonce)
    }

    /// The keys of the session, by an AppKey that is ready already.
    #[must_use]
    pub fn session_keys_by(&self, app_key: &ReadyAppKey, dev_nonce: DevNonce) -> SessionKeys {
        app_key.session_keys(self.app_nonce, self.net_id, dev_nonce)
    }
}

/// A received join-accept, still encrypted: nothing in it says whom it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinAcceptFrame {
    octets: Vec<u8>,
}

impl JoinAcceptFrame {
    pub(super) fn parse(octets: &[u8]) -> Result<Self, FrameError> {
        match octets.len() {
            17 | 33 => Ok(Self { octets: octets.to_vec() }),
            length => Err(FrameError::JoinAcceptLength(length)),
        }
    }

    /// The PHYPayload as received.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Decrypts the frame and checks its MIC.
    ///
    /// # Errors
    /// [`JoinAcceptError::WrongMic`] when it was sealed with another key or damaged.
    pub fn open(&self, app_key: &Key) -> Result<JoinAccept, JoinAcceptError> {
        let mut clear = self.octets.clone();
        if let Some(body) = clear.get_mut(1..) {
            crypto::encrypt_blocks(app_key, body);
        }
        let (message, mic) = clear.split_at(clear.len().saturating_sub(4));
        if crypto::join_mic(app_key, message) != mic {
            return Err(JoinAcceptError::WrongMic);
        }
        Ok(JoinAccept {
            app_nonce: AppNonce::from_wire(field(message, 1)),
            net_id: NetId::from_wire(field(message, 4)),
            dev_addr: DevAddr::from_wire(field(message, 7)),
            dl_settings: DlSettings::from_wire(field::<1>(message, 11)[0]),
            rx_delay: field::<1>(message, 12)[0] & 0x0f,
            cf_list: (message.len() == 29).then(|| CfList::from_wire(field(message, 13))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Frame;
    use super::*;

    const APP_KEY: &str = "2b7e151628aed2a6abf7158809cf4f3c";

    fn join_request(hex: &str) -> JoinRequestFrame {
        match Frame::parse(&hex::decode(hex).unwrap()) {
            Ok(Frame::JoinRequest(frame)) => frame,
            other => panic!("{other:?}"),
        }
    }

    fn join_accept(hex: &str) -> JoinAcceptFrame {
        match Frame::parse(&hex::decode(hex).unwrap()) {
            Ok(Frame::JoinAccept(frame)) => frame,
            other => panic!("{other:?}"),
        }
    }

    fn session_hex(keys: &SessionKeys) -> (String, String) {
        (hex::encode(keys.nwk_s_key.expose()), hex::encode(keys.app_s_key.expose()))
    }

    fn p01() -> JoinRequest {
        JoinRequest {
            app_eui: "70b3d57ed0000001".parse().unwrap(),
            dev_eui: "0004a30b001a2b3c".parse().unwrap(),
            dev_nonce: DevNonce::from_value(0x1234),
        }
    }

    #[test]
    fn p01_join_request() {
        let key = APP_KEY.parse().unwrap();
        let hex = "00010000d07ed5b3703c2b1a000ba304003412343ce745";
        let frame = join_request(hex);
        assert_eq!(frame.request(), p01());
        assert!(frame.is_authentic(&key));
        assert_eq!(frame.mic(), [0x34, 0x3c, 0xe7, 0x45]);
        assert_eq!(hex::encode(p01().seal(&key)), hex);
    }

    #[test]
    fn p02_join_request_with_a_wrong_mic() {
        let frame = join_request("00010000d07ed5b3703c2b1a000ba3040035128cd279cd");
        assert_eq!(frame.request().dev_nonce.value(), 0x1235);
        assert!(!frame.is_authentic(&APP_KEY.parse().unwrap()));
    }

    #[test]
    fn p03_join_accept_without_channel_list() {
        let key: Key = APP_KEY.parse().unwrap();
        let hex = "2073e31c43bb5e4edc0f5a59d8051b901f";
        let accept = join_accept(hex).open(&key).unwrap();
        let want = JoinAccept {
            app_nonce: AppNonce::from_value(0x2a),
            net_id: NetId::from_value(0x13),
            dev_addr: DevAddr::from_value(0x2601_1bda),
            dl_settings: DlSettings::default(),
            rx_delay: 1,
            cf_list: None,
        };
        assert_eq!(accept, want);
        assert_eq!(hex::encode(want.seal(&key)), hex);
        let keys = session_hex(&accept.session_keys(&key, p01().dev_nonce));
        assert_eq!(keys.0, "3ceebcfb2cf10f1377a1c1109852933b");
        assert_eq!(keys.1, "090619fa57c1bfab752d15f6182edfbe");
    }

    #[test]
    fn p04_join_accept_with_channel_list() {
        let key: Key = APP_KEY.parse().unwrap();
        let hex = "200cc5aa9e5665e2bff29aa86e239e494611d350da90f5fad1945ac700142fc953";
        let accept = join_accept(hex).open(&key).unwrap();
        let channels = [867_100_000, 867_300_000, 867_500_000, 867_700_000, 867_900_000].map(Hertz);
        let want = JoinAccept {
            app_nonce: AppNonce::from_value(0x2b),
            net_id: NetId::from_value(0x13),
            dev_addr: DevAddr::from_value(0x2601_1bda),
            dl_settings: DlSettings { rx1_dr_offset: 2, rx2_data_rate: 3 },
            rx_delay: 5,
            cf_list: Some(CfList::new(channels)),
        };
        assert_eq!(accept, want);
        assert_eq!(hex::encode(want.seal(&key)), hex);
        assert_eq!(hex::encode(CfList::new(channels).to_wire()), "184f84e85684b85e84886684586e8400");
        let keys = session_hex(&accept.session_keys(&key, p01().dev_nonce));
        assert_eq!(keys.0, "5b70d14f51b43828904bb305fdc9c87c");
        assert_eq!(keys.1, "59256e497e4a52e972e4c3ffe1d7bb11");
    }

    #[test]
    fn known_answers_of_other_codecs() {
        let key: Key = "0102030405060708090a0b0c0d0e0f10".parse().unwrap();
        let frame = join_request("0001010101010101010202020202020202030309b97b32");
        assert!(frame.is_authentic(&key));
        assert_eq!(frame.request().dev_nonce.value(), 771);
        let accept = JoinAccept {
            app_nonce: AppNonce::from_value(0x01_0101),
            net_id: NetId::from_value(0x02_0202),
            dev_addr: DevAddr::from_value(0x0102_0304),
            dl_settings: DlSettings::default(),
            rx_delay: 0,
            cf_list: None,
        };
        assert_eq!(hex::encode(accept.seal(&key)), "2023cf335489aae3183c0be0baa8dee5f3");
    }

    #[test]
    fn a_join_accept_opens_with_no_other_key() {
        let other = "00000000000000000000000000000001".parse().unwrap();
        let frame = join_accept("2073e31c43bb5e4edc0f5a59d8051b901f");
        assert_eq!(frame.open(&other), Err(JoinAcceptError::WrongMic));
    }
}
