//! A LoRaWAN device stack of others, the crate `lorawan-device`, against `dtk serve` by way of the Semtech UDP door.
//!
//! Its radio ends in this test, which is also the packet forwarder: what the stack sends goes out as PUSH_DATA, and a
//! PULL_RESP reaches the stack when the window that the stack opens has its frequency, data rate and time. The stack's
//! clock is the concentrator's counter; nobody waits for it.
//!
//! `lorawan-device` 0.12 never sets the ADR bit, and of a LinkADRReq it follows the channel mask alone, so the request to
//! move is proved with the codec `lorawan` and a device of a few lines below.

use crate::serve::Served;
use crate::served_gateway::{
    APP_EUI, APP_KEY, DEV_EUI, Forwarder, GATEWAY, PULL_RESP, TX_ACK, join_request, notes,
};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lorawan::creator::DataPayloadCreator;
use lorawan::default_crypto::DefaultFactory;
use lorawan::keys::AppKey;
use lorawan::maccommandcreator::LinkADRAnsCreator;
use lorawan::maccommands::SerializableMacCommand;
use lorawan::parser::{DecryptedJoinAcceptPayload, DevNonce, FCtrl};
use lorawan_device::nb_device::radio::{self, PhyRxTx, RfConfig, RxQuality, TxConfig};
use lorawan_device::nb_device::{Device, Event, Response};
use lorawan_device::region::{self, Region};
use lorawan_device::{DevEui, JoinMode, RngCore, Timings};
use serde_json::Value;
use std::convert::Infallible;

/// The stack's radio.
#[derive(Debug, Default)]
struct Antenna {
    /// When the next frame ends, ms.
    clock: u32,
    sent: Option<(TxConfig, Vec<u8>)>,
    listening: Option<RfConfig>,
    received: Vec<u8>,
}

impl PhyRxTx for Antenna {
    type PhyEvent = Vec<u8>;
    type PhyError = Infallible;
    type PhyResponse = ();
    const MAX_RADIO_POWER: u8 = 14;

    fn get_mut_radio(&mut self) -> &mut Self {
        self
    }

    fn get_received_packet(&mut self) -> &mut [u8] {
        &mut self.received
    }

    fn handle_event(&mut self, event: radio::Event<'_, Self>) -> Result<radio::Response<Self>, Infallible> {
        Ok(match event {
            radio::Event::TxRequest(config, octets) => {
                self.sent = Some((config, octets.to_vec()));
                radio::Response::TxDone(self.clock)
            }
            radio::Event::RxRequest(config) => {
                self.listening = Some(config);
                radio::Response::Rxing
            }
            radio::Event::CancelRx => {
                self.listening = None;
                radio::Response::Idle
            }
            radio::Event::Phy(octets) => {
                self.received = octets;
                radio::Response::RxDone(RxQuality::new(-57, 7))
            }
        })
    }
}

impl Timings for Antenna {
    fn get_rx_window_offset_ms(&self) -> i32 {
        -20
    }

    fn get_rx_window_duration_ms(&self) -> u32 {
        60
    }
}

/// Chance with a beginning.
struct Chance(u32);

impl RngCore for Chance {
    fn next_u32(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.0 >> 8
    }

    fn next_u64(&mut self) -> u64 {
        (u64::from(self.next_u32()) << 32) | u64::from(self.next_u32())
    }

    fn fill_bytes(&mut self, octets: &mut [u8]) {
        octets.iter_mut().for_each(|octet| *octet = self.next_u32().to_le_bytes()[0]);
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), rand_core_06::Error> {
        self.fill_bytes(octets);
        Ok(())
    }
}

type Stack = Device<Antenna, DefaultFactory, Chance, 255>;

fn rate(config: RfConfig) -> String {
    format!("SF{}BW{}", config.bb.sf.factor(), config.bb.bw.hz() / 1000)
}

struct Bench {
    served: Served,
    forwarder: Forwarder,
    stack: Stack,
}

/// How an uplink of the stack ended, and in which window a downlink came.
#[derive(Debug)]
struct Outcome {
    response: Response,
    window: Option<&'static str>,
}

impl Bench {
    fn new() -> Self {
        let served = Served::start();
        let forwarder = Forwarder::new(&served, GATEWAY);
        forwarder.pull();
        let stack = Device::new(region::Configuration::new(Region::EU868), Antenna::default(), Chance(7));
        Self { served, forwarder, stack }
    }

    /// Joins, or sends, and lets the stack's windows open and close; `answered` says whether the network owes an answer.
    fn exchange(&mut self, answered: bool, begin: impl FnOnce(&mut Stack) -> Response) -> Outcome {
        self.stack.get_radio().clock += 20_000;
        let mut response = begin(&mut self.stack);
        let radio = self.stack.get_radio();
        let ended = radio.clock;
        let (config, frame) = radio.sent.take().expect("the stack sends nothing");
        let freq = f64::from(config.rf.frequency) / 1e6;
        self.forwarder.push_at(ended * 1000, freq, &rate(config.rf), &frame);
        let mut downlink = answered.then(|| self.downlink());
        while let Response::TimeoutRequest(opens) = response {
            response = self.stack.handle_event(Event::TimeoutFired).unwrap();
            let Response::TimeoutRequest(closes) = response else { break };
            let listening = self.stack.get_radio().listening.expect("the stack does not listen");
            let fits = |(_, txpk): &(u16, Value)| {
                let start = u32::try_from(txpk["tmst"].as_u64().unwrap()).unwrap() / 1000;
                let same =
                    (txpk["freq"].as_f64().unwrap() * 1e6 - f64::from(listening.frequency)).abs() < 1.0;
                same && txpk["datr"] == rate(listening) && (opens..closes).contains(&start)
            };
            if let Some((token, txpk)) = downlink.take_if(|downlink| fits(downlink)) {
                self.forwarder.send(TX_ACK, token, "");
                let octets = BASE64_STANDARD.decode(txpk["data"].as_str().unwrap()).unwrap();
                let event = Event::RadioEvent(radio::Event::Phy(octets));
                let response = self.stack.handle_event(event).unwrap();
                let first = listening.frequency == config.rf.frequency && rate(listening) == rate(config.rf);
                return Outcome { response, window: Some(if first { "RX1" } else { "RX2" }) };
            }
            response = self.stack.handle_event(Event::TimeoutFired).unwrap();
        }
        assert_eq!(downlink, None, "no window of the stack fits the downlink");
        Outcome { response, window: None }
    }

    fn downlink(&self) -> (u16, Value) {
        let (kind, token, body) = self.forwarder.receive();
        assert_eq!(kind, PULL_RESP, "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        (token, body["txpk"].clone())
    }

    fn join(&mut self) -> Outcome {
        let deveui = DevEui::from(DEV_EUI.to_le_bytes());
        let (appeui, appkey) = (APP_EUI.to_le_bytes().into(), APP_KEY.into());
        self.exchange(true, |stack| stack.join(JoinMode::OTAA { deveui, appeui, appkey }).unwrap())
    }

    fn device(&self, verb: &str) -> String {
        self.served.ctl(&format!("lab.core().node(lab.node(\"node-a\")).{verb}"))
    }

    fn until_accepted(&self, number: &str) {
        let began = std::time::Instant::now();
        while notes(&self.served, "uplink-accepted") != number && began.elapsed() < crate::program::PATIENCE {
        }
        assert_eq!(notes(&self.served, "uplink-accepted"), number);
    }
}

#[test]
fn a_stack_of_others_joins_and_hears_both_windows() {
    let mut b = Bench::new();
    let joined = b.join();
    assert!(matches!(joined.response, Response::JoinSuccess), "{joined:?}");
    // Nothing waits, nothing is asked: no answer.
    let plain = b.exchange(false, |stack| stack.send(b"plain", 5, false).unwrap());
    assert!(matches!(plain.response, Response::RxComplete), "{plain:?}");
    b.until_accepted("1");
    // An acknowledgement in RX1.
    let confirmed = b.exchange(true, |stack| stack.send(b"confirmed", 6, true).unwrap());
    assert!(matches!(confirmed.response, Response::DownlinkReceived(0)), "{confirmed:?}");
    // A payload, in RX2.
    b.device("prefer_window(\"RX2\")");
    b.device("downlink_confirmed(33, \"C0FFEE\")");
    let second = b.exchange(true, |stack| stack.send(b"more", 6, false).unwrap());
    assert!(matches!(second.response, Response::DownlinkReceived(1)), "{second:?}");
    assert_eq!(second.window, Some("RX2"));
    let downlink = b.stack.take_downlink().expect("no payload");
    assert_eq!((downlink.fport, downlink.data.as_slice()), (33, [0xc0, 0xff, 0xee].as_slice()));
    // The stack acknowledges it with its next uplink.
    b.exchange(false, |stack| stack.send(b"last", 7, false).unwrap());
    b.until_accepted("4");
    assert_eq!(notes(&b.served, "downlink-acknowledged"), "1");
    assert_eq!(notes(&b.served, "downlink-sent"), "3");
    assert_eq!(b.device("messages().len()"), "4");
    for refusal in ["uplink-refused-wrong-mic", "uplink-refused-wrong-channel", "join-refused-wrong-mic"] {
        assert_eq!(notes(&b.served, refusal), "0", "{refusal}");
    }
}

#[test]
fn a_second_join_of_the_stack_starts_a_second_session() {
    let mut b = Bench::new();
    for number in ["1", "2"] {
        assert!(matches!(b.join().response, Response::JoinSuccess));
        b.exchange(false, |stack| stack.send(b"x", 1, false).unwrap());
        b.until_accepted(number);
        assert_eq!(notes(&b.served, "session-started"), number);
    }
}

#[test]
fn a_device_with_the_adr_bit_is_moved_and_its_answer_counts() {
    let served = Served::start();
    let forwarder = Forwarder::new(&served, GATEWAY);
    forwarder.pull();
    forwarder.push(10_000_000, &join_request(0x4001));
    let (kind, token, body) = forwarder.receive();
    assert_eq!(kind, PULL_RESP);
    forwarder.send(TX_ACK, token, "");
    let body: Value = serde_json::from_str(&body).unwrap();
    let accept = BASE64_STANDARD.decode(body["txpk"]["data"].as_str().unwrap()).unwrap();
    let app_key = AppKey::from(APP_KEY);
    let accept = DecryptedJoinAcceptPayload::new(accept, &app_key).unwrap();
    let nonce = DevNonce::from(0x4001_u16.to_le_bytes());
    let (nwk, app) = (accept.derive_newskey(&nonce, &app_key), accept.derive_appskey(&nonce, &app_key));
    let uplink = |fcnt: u32, commands: &[&dyn SerializableMacCommand]| {
        let mut creator = DataPayloadCreator::new();
        let adr = FCtrl::new(0x80, true);
        creator
            .set_confirmed(false)
            .set_uplink(true)
            .set_f_port(2)
            .set_dev_addr(accept.dev_addr().to_owned());
        creator.set_fctrl(&adr).set_fcnt(fcnt);
        creator.build(b"adr", commands, &nwk, &app).unwrap().to_vec()
    };
    let accepted = |number: u32| {
        let began = std::time::Instant::now();
        while notes(&served, "uplink-accepted") != number.to_string() {
            assert!(began.elapsed() < crate::program::PATIENCE, "uplink {number} is not accepted");
        }
    };
    // SF9 with 7.8 dB of SNR leaves room. The request comes when the server has heard enough.
    let mut request = None;
    for fcnt in 0..30 {
        forwarder.push_at((fcnt + 2) * 20_000_000, 868.1, "SF9BW125", &uplink(fcnt, &[]));
        accepted(fcnt + 1);
        forwarder.socket.set_read_timeout(Some(std::time::Duration::from_millis(200))).unwrap();
        let mut buffer = [0; 1024];
        if let Ok(length) = forwarder.socket.recv(&mut buffer) {
            assert_eq!(buffer[3], PULL_RESP);
            let body: Value = serde_json::from_slice(&buffer[4..length]).unwrap();
            request = Some((fcnt, BASE64_STANDARD.decode(body["txpk"]["data"].as_str().unwrap()).unwrap()));
            forwarder.send(TX_ACK, u16::from_be_bytes([buffer[1], buffer[2]]), "");
            break;
        }
    }
    forwarder.socket.set_read_timeout(Some(crate::program::PATIENCE)).unwrap();
    let (fcnt, frame) = request.expect("no request came");
    // MHDR, DevAddr, FCtrl, FCnt, then FOpts in clear: LinkADRReq with the data rate in the upper half.
    assert_eq!((frame[0], frame[5] & 0x0f, frame[8]), (0x60, 5, 0x03), "{frame:02x?}");
    let data_rate = frame[9] >> 4;
    assert_eq!(data_rate, 5, "7.8 dB are 20 dB above the floor of SF9: two steps");
    let mut answer = LinkADRAnsCreator::new();
    answer.set_channel_mask_ack(true).set_data_rate_ack(true).set_tx_power_ack(true);
    let next = fcnt + 1;
    forwarder.push_at((next + 2) * 20_000_000, 868.1, "SF7BW125", &uplink(next, &[&answer]));
    accepted(next + 1);
    assert_eq!(notes(&served, "mac-request-applied"), "1");
    assert_eq!(notes(&served, "mac-request-unanswered"), "0");
}
