//! LoRa frames of a capture: as each gateway hears and sends them, and on demand what is in them.
//!
//! A frame is taken down in LoRaTap; one that no LoRaWAN parser reads is malformed. What is in a data frame is a packet of
//! its own, since the frame itself stays as it was on the air.

use super::sessions::Clear;
use super::{Capture, Packet, Plane, Whose};
use simcore::lorawan::{GatewayDownlink, GatewayUplink};
use wire::air::lora::{HeardFrame, LoraFrame};
use wire::id::{Eui64, Key};
use wire::lorawan::mac::{DownlinkCommand, MacError, UplinkCommand};
use wire::lorawan::{DevAddr, Direction, Frame, SessionKeys, loratap};
use wire::nas::Side;
use wire::time::Instant;

/// What a header cannot say of a frame that was sent.
const SENT: &str = "sent; the signal strength is the transmitter's";

impl Capture {
    /// Opens frames of this device from now on: its sessions follow from its join-requests and their answers.
    pub(crate) fn follow(&mut self, dev_eui: Eui64, app_key: Key) {
        self.sessions.get_or_insert_default().follow(dev_eui, app_key);
    }

    /// Opens frames of a session that no join on the air began; nothing happens where frames are not opened.
    pub fn know_session(&mut self, dev_addr: DevAddr, keys: SessionKeys) {
        if let Some(sessions) = &mut self.sessions {
            sessions.know(dev_addr, keys);
        }
    }

    /// The lines of Wireshark's table `encryption_keys_lorawan`, the latest session first; none unless frames are opened.
    #[must_use]
    pub fn lora_keys(&self) -> Vec<String> {
        let sessions = self.sessions.iter().flat_map(|sessions| sessions.latest_first());
        sessions.map(|(dev_addr, keys)| loratap::wireshark_keys(dev_addr, keys)).collect()
    }

    /// Whether somebody beside the nodes takes the place of the gateways.
    pub(crate) const fn tester_listens(&self) -> bool {
        self.tester
    }

    /// Somebody beside the nodes takes the place of the gateways, and hears what the nodes send.
    pub const fn let_tester_listen(&mut self) {
        self.tester = true;
    }

    /// A gateway has heard a frame, which has just ended.
    pub(crate) fn lora_heard(&mut self, at: Instant, gateway: Eui64, heard: &HeardFrame) {
        self.lora(at, format!("gateway {gateway}"), heard, None);
    }

    /// A frame begins.
    pub(crate) fn lora_sent(&mut self, at: Instant, by: String, frame: &LoraFrame) {
        let (frame, rssi_dbm) = (frame.clone(), i16::from(frame.eirp_dbm));
        let sent = HeardFrame { frame, started: at, ended: at, rssi_dbm, snr_decibel_tenths: 0 };
        self.lora(at, by, &sent, Some(SENT.to_owned()));
    }

    /// A gateway outside has heard a frame.
    pub(crate) fn outside_uplink(&mut self, at: Instant, uplink: &GatewayUplink) {
        let frame = LoraFrame {
            frequency: uplink.frequency,
            modulation: uplink.modulation,
            inverted_iq: false,
            crc: true,
            eirp_dbm: 0,
            payload: uplink.payload.clone(),
        };
        let (rssi_dbm, snr_decibel_tenths) = (uplink.rssi_dbm, uplink.snr_decibel_tenths);
        let heard = HeardFrame { frame, started: at, ended: at, rssi_dbm, snr_decibel_tenths };
        self.lora_heard(at, uplink.gateway, &heard);
    }

    /// A gateway outside is to send a frame.
    pub(crate) fn outside_downlink(&mut self, at: Instant, gateway: Eui64, downlink: &GatewayDownlink) {
        let frame = LoraFrame {
            frequency: downlink.frequency,
            modulation: downlink.modulation,
            inverted_iq: true,
            crc: false,
            eirp_dbm: downlink.eirp_dbm,
            payload: downlink.payload.clone(),
        };
        self.lora_sent(at, format!("gateway {gateway}, handed over"), &frame);
    }

    fn lora(&mut self, at: Instant, by: String, heard: &HeardFrame, remark: Option<String>) {
        if !self.is_running() {
            return;
        }
        let sender = if heard.frame.inverted_iq { Side::Network } else { Side::Mobile };
        let whose = Whose::Named(by);
        let frame = match read(&heard.frame.payload) {
            Ok(frame) => frame,
            Err(why) => {
                let (plane, octets) = (Plane::Malformed, heard.frame.payload.clone());
                let remark = Some(format!("no frame of LoRaWAN 1.0.2: {why}"));
                return self.push(Packet { at, plane, whose, sender, remark, octets });
            }
        };
        let (plane, octets) = (Plane::Lora, loratap::packet(heard));
        self.push(Packet { at, plane, whose: whose.clone(), sender, remark, octets });
        if let Some(clear) = self.sessions.as_mut().and_then(|sessions| sessions.open(&frame)) {
            let remark = Some(words(&clear));
            let octets = clear.octets;
            self.push(Packet { at, plane: Plane::LoraClear, whose, sender, remark, octets });
        }
    }
}

/// A frame whose header can be read to its end, the MAC commands in it included.
fn read(octets: &[u8]) -> Result<Frame, String> {
    let frame = Frame::parse(octets).map_err(|error| error.to_string())?;
    let stopped = match &frame {
        Frame::Data(data) if data.direction() == Direction::Up => {
            UplinkCommand::read_all(data.f_opts()).stopped
        }
        Frame::Data(data) => DownlinkCommand::read_all(data.f_opts()).stopped,
        Frame::JoinRequest(_) | Frame::JoinAccept(_) | Frame::Proprietary(_) => None,
    };
    match stopped {
        Some(cut @ MacError::Truncated { .. }) => Err(cut.to_string()),
        Some(MacError::UnknownCid(_)) | None => Ok(frame),
    }
}

fn words(clear: &Clear) -> String {
    let way = match clear.direction {
        Direction::Up => "from",
        Direction::Down => "for",
    };
    format!("{way} {}, FCnt {}, FPort {}", clear.dev_addr, clear.fcnt, clear.port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::air::lora::{Hertz, Modulation};
    use wire::lorawan::{
        AppNonce, DataMessage, DevNonce, DlSettings, FOpts, JoinAccept, JoinRequest, NetId, PortPayload,
    };

    const DEV_EUI: u64 = 0x0004_a30b_001c_0530;

    fn app_key() -> Key {
        "2b7e151628aed2a6abf7158809cf4f3c".parse().unwrap()
    }

    fn heard(payload: Vec<u8>, inverted_iq: bool) -> HeardFrame {
        let frame = LoraFrame {
            frequency: Hertz(868_100_000),
            modulation: Modulation { spreading_factor: 7, bandwidth_khz: 125 },
            inverted_iq,
            crc: !inverted_iq,
            eirp_dbm: 14,
            payload,
        };
        HeardFrame {
            frame,
            started: Instant::ZERO,
            ended: Instant::ZERO,
            rssi_dbm: -57,
            snr_decibel_tenths: 78,
        }
    }

    fn accept() -> JoinAccept {
        JoinAccept {
            app_nonce: AppNonce::from_value(1),
            net_id: NetId::from_value(0x13),
            dev_addr: DevAddr::from_value(0x2600_0001),
            dl_settings: DlSettings::default(),
            rx_delay: 1,
            cf_list: None,
        }
    }

    fn message(fcnt: u32, port: u8) -> DataMessage {
        let payload = Some(PortPayload { port, octets: b"hello".to_vec() });
        DataMessage { payload, ..DataMessage::new(Direction::Up, accept().dev_addr, fcnt) }
    }

    #[test]
    fn a_frame_is_taken_down_as_it_is_and_opened_only_on_demand() {
        let nonce = DevNonce::from_value(7);
        let keys = accept().session_keys(&app_key(), nonce);
        let request = JoinRequest {
            app_eui: Eui64::from_value(1),
            dev_eui: Eui64::from_value(DEV_EUI),
            dev_nonce: nonce,
        };
        // DevStatusAns without its octets.
        let cut = DataMessage { f_opts: FOpts::new(vec![0x06]).unwrap(), ..message(1, 1) };
        let frames = [
            (request.seal(&app_key()), false),
            (accept().seal(&app_key()), true),
            (message(0, 1).seal(&keys), false),
            (message(70_000, 0).seal(&keys), false),
            (vec![0x40, 1, 2], false),
            (cut.seal(&keys), false),
        ];
        for on_demand in [false, true] {
            let mut capture = Capture::running();
            if on_demand {
                capture.follow(Eui64::from_value(DEV_EUI), app_key());
            }
            for (payload, down) in &frames {
                let heard = heard(payload.clone(), *down);
                if *down {
                    capture.lora_sent(Instant::ZERO, "gateway".to_owned(), &heard.frame);
                } else {
                    capture.lora_heard(Instant::ZERO, Eui64::from_value(5), &heard);
                }
            }
            let packets = capture.take();
            let (clear, others): (Vec<_>, Vec<_>) =
                packets.into_iter().partition(|packet| packet.plane == Plane::LoraClear);
            let planes: Vec<_> = others.iter().map(|packet| (packet.plane, packet.sender)).collect();
            assert_eq!(
                planes,
                [
                    (Plane::Lora, Side::Mobile),
                    (Plane::Lora, Side::Network),
                    (Plane::Lora, Side::Mobile),
                    (Plane::Lora, Side::Mobile),
                    (Plane::Malformed, Side::Mobile),
                    (Plane::Malformed, Side::Mobile)
                ]
            );
            assert_eq!(others[0].octets, loratap::packet(&heard(frames[0].0.clone(), false)));
            assert_eq!(others[4].octets, [0x40, 1, 2]);
            let clear: Vec<_> =
                clear.into_iter().map(|packet| (packet.remark.unwrap(), packet.octets)).collect();
            let want = ["from 26000001, FCnt 0, FPort 1", "from 26000001, FCnt 70000, FPort 0"];
            let want: Vec<_> = want.iter().map(|words| ((*words).to_owned(), b"hello".to_vec())).collect();
            assert_eq!(clear, if on_demand { want } else { Vec::new() });
            let lines = capture.lora_keys();
            assert_eq!(lines.len(), usize::from(on_demand));
            assert!(lines.iter().all(|line| *line == loratap::wireshark_keys(accept().dev_addr, &keys)));
        }
    }

    #[test]
    fn a_session_without_a_join_has_to_be_told() {
        let keys = SessionKeys { nwk_s_key: app_key(), app_s_key: app_key() };
        let mut capture = Capture::running();
        capture.know_session(accept().dev_addr, keys.clone());
        capture.lora_heard(Instant::ZERO, Eui64::from_value(5), &heard(message(3, 9).seal(&keys), false));
        assert_eq!(capture.take().len(), 1, "frames are not opened");
        capture.follow(Eui64::from_value(DEV_EUI), app_key());
        capture.know_session(accept().dev_addr, keys.clone());
        capture.lora_heard(Instant::ZERO, Eui64::from_value(5), &heard(message(3, 9).seal(&keys), false));
        let mut bent = message(3, 9).seal(&keys);
        *bent.last_mut().unwrap() ^= 1;
        capture.lora_heard(Instant::ZERO, Eui64::from_value(5), &heard(bent, false));
        let planes: Vec<_> = capture.take().iter().map(|packet| packet.plane).collect();
        assert_eq!(planes, [Plane::Lora, Plane::LoraClear, Plane::Lora], "a wrong MIC stays closed");
    }
}
