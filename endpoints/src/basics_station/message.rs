//! The JSON messages of a station, and the frames in them.
//!
//! A station takes a frame apart before it tells it; the network server judges octets, so the frame is put together again.

use serde::Deserialize;
use serde::de::Error as _;
use serde_json::{Value, json};
use simcore::lorawan::{GatewayDownlink, GatewayUplink};
use wire::air::lora::Hertz;
use wire::id::Eui64;
use wire::lorawan::{DataRate, Direction, Region};

/// A LoRa radio sends no longer frame.
const LONGEST_FRAME: usize = 255;

/// Stands for the device where there is none: a station tells of no frame whose DevEui is zero (`send_dntxed` of `s2e.c`).
const NO_DEVICE: Eui64 = Eui64::from_value(1);

/// Why a message of a station is not served.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// Not JSON, or a field is missing or of the wrong type.
    #[error("a field is missing or of the wrong type: {0}")]
    Json(#[from] serde_json::Error),
    /// A `msgtype` that is not served.
    #[error("msgtype \"{0}\" is not served")]
    Kind(String),
    /// Something other than a text message.
    #[error("a message is JSON text, not binary")]
    Binary,
    /// Before `version`.
    #[error("a station says version before anything else")]
    NoVersion,
    /// Not an EUI.
    #[error("\"{0}\" is neither an ID6 nor an EUI of eight octets")]
    Eui(String),
    /// Not hexadecimal.
    #[error("{0} is not hexadecimal octets")]
    Hex(&'static str),
    /// The data rate is not LoRa or not defined in the region.
    #[error("DR {0} is not a LoRa data rate of the region")]
    DataRate(u8),
    /// FOpts longer than its length field.
    #[error("FOpts has {0} octets, FCtrl says {1}")]
    FOpts(usize, usize),
    /// No LoRa frame is that long.
    #[error("the frame has {0} octets, a LoRa frame has at most 255")]
    TooLong(usize),
}

/// What a station says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum StationMessage {
    Version { station: String, protocol: u32 },
    Frame { uplink: GatewayUplink, heard: Heard },
    Sent { diid: u64 },
    TimeSync { txtime: Value },
}

/// How a downlink refers to an uplink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) xtime: i64,
    pub(super) rctx: i64,
}

#[derive(Deserialize)]
struct Kind {
    msgtype: String,
}

#[derive(Deserialize)]
struct Version {
    station: String,
    #[serde(default)]
    protocol: u32,
}

#[derive(Deserialize)]
struct Sent {
    diid: Option<u64>,
    /// Its older name; a station says both.
    seqno: Option<u64>,
}

#[derive(Deserialize)]
struct TimeSync {
    txtime: Value,
}

#[derive(Deserialize)]
struct Radio {
    #[serde(rename = "DR")]
    data_rate: u8,
    #[serde(rename = "Freq")]
    frequency: u32,
    upinfo: UpInfo,
}

#[derive(Deserialize)]
struct UpInfo {
    #[serde(default)]
    rctx: i64,
    xtime: i64,
    rssi: f64,
    snr: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct JoinRequest {
    #[serde(rename = "MHdr")]
    mhdr: u8,
    join_eui: String,
    dev_eui: String,
    dev_nonce: u16,
    #[serde(rename = "MIC")]
    mic: i32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DataFrame {
    #[serde(rename = "MHdr")]
    mhdr: u8,
    dev_addr: i32,
    #[serde(rename = "FCtrl")]
    f_ctrl: u8,
    #[serde(rename = "FCnt")]
    f_cnt: u16,
    #[serde(rename = "FOpts")]
    f_opts: String,
    #[serde(rename = "FPort")]
    f_port: i16,
    #[serde(rename = "FRMPayload")]
    payload: String,
    #[serde(rename = "MIC")]
    mic: i32,
}

#[derive(Deserialize)]
struct Proprietary {
    #[serde(rename = "FRMPayload")]
    payload: String,
}

impl MessageError {
    /// Whether no station that is in order says this; a kind that is not served or an FSK frame is no fault of its.
    pub(super) const fn is_malformed(&self) -> bool {
        !matches!(self, Self::Kind(_) | Self::DataRate(_))
    }
}

impl StationMessage {
    /// Reads a message of the station `gateway`.
    pub(super) fn parse(region: &Region, gateway: Eui64, text: &str) -> Result<Self, MessageError> {
        let Kind { msgtype } = serde_json::from_str(text)?;
        let payload = match msgtype.as_str() {
            "version" => {
                let Version { station, protocol } = serde_json::from_str(text)?;
                return Ok(Self::Version { station, protocol });
            }
            "dntxed" => {
                let Sent { diid, seqno } = serde_json::from_str(text)?;
                let diid = diid.or(seqno).ok_or_else(|| serde_json::Error::missing_field("diid"))?;
                return Ok(Self::Sent { diid });
            }
            "timesync" => {
                let TimeSync { txtime } = serde_json::from_str(text)?;
                return Ok(Self::TimeSync { txtime });
            }
            "jreq" => join_request(&serde_json::from_str(text)?)?,
            "updf" => data_frame(&serde_json::from_str(text)?)?,
            "propdf" => {
                let Proprietary { payload } = serde_json::from_str(text)?;
                octets("FRMPayload", &payload)?
            }
            _ => return Err(MessageError::Kind(msgtype)),
        };
        if payload.len() > LONGEST_FRAME {
            return Err(MessageError::TooLong(payload.len()));
        }
        let Radio { data_rate, frequency, upinfo } = serde_json::from_str(text)?;
        let modulation = region
            .modulation(DataRate(data_rate))
            .filter(|_| region.is_defined(DataRate(data_rate), Direction::Up))
            .ok_or(MessageError::DataRate(data_rate))?;
        let uplink = GatewayUplink {
            gateway,
            tmst: upinfo.xtime as u32,
            frequency: Hertz(frequency),
            modulation,
            rssi_dbm: upinfo.rssi.round() as i16,
            snr_decibel_tenths: (upinfo.snr * 10.0).round() as i16,
            payload,
        };
        Ok(Self::Frame { uplink, heard: Heard { xtime: upinfo.xtime, rctx: upinfo.rctx } })
    }
}

fn join_request(request: &JoinRequest) -> Result<Vec<u8>, MessageError> {
    let mut frame = vec![request.mhdr];
    frame.extend(eui(&request.join_eui)?.to_air());
    frame.extend(eui(&request.dev_eui)?.to_air());
    frame.extend(request.dev_nonce.to_le_bytes());
    frame.extend(request.mic.to_le_bytes());
    Ok(frame)
}

fn data_frame(data: &DataFrame) -> Result<Vec<u8>, MessageError> {
    let f_opts = octets("FOpts", &data.f_opts)?;
    let announced = usize::from(data.f_ctrl & 0x0f);
    if f_opts.len() != announced {
        return Err(MessageError::FOpts(f_opts.len(), announced));
    }
    let mut frame = vec![data.mhdr];
    frame.extend(data.dev_addr.to_le_bytes());
    frame.push(data.f_ctrl);
    frame.extend(data.f_cnt.to_le_bytes());
    frame.extend(f_opts);
    frame.extend(u8::try_from(data.f_port).ok());
    frame.extend(octets("FRMPayload", &data.payload)?);
    frame.extend(data.mic.to_le_bytes());
    Ok(frame)
}

fn octets(field: &'static str, text: &str) -> Result<Vec<u8>, MessageError> {
    hex::decode(text).map_err(|_| MessageError::Hex(field))
}

/// Reads an EUI: sixteen hexadecimal digits, with hyphens or without, or an ID6 such as `b827:ebff:fe00:1` and `::1`.
pub(super) fn eui(text: &str) -> Result<Eui64, MessageError> {
    let wrong = || MessageError::Eui(text.chars().take(40).collect());
    if !text.contains(':') {
        let digits = text.replace('-', "");
        let plain = digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let value = plain.then(|| u64::from_str_radix(&digits, 16).ok()).flatten();
        return value.map(Eui64::from_value).ok_or_else(wrong);
    }
    let group = |text: &str| {
        let digits = (1..=4).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        digits.then(|| u64::from_str_radix(text, 16).ok()).flatten().ok_or_else(wrong)
    };
    let groups = |text: &str| -> Result<Vec<u64>, MessageError> {
        if text.is_empty() { Ok(Vec::new()) } else { text.split(':').map(group).collect() }
    };
    let all = match text.split_once("::") {
        None => groups(text)?,
        Some((front, back)) => {
            let (front, back) = (groups(front)?, groups(back)?);
            let missing = 4_usize.checked_sub(front.len() + back.len()).filter(|missing| *missing > 0);
            let zeros = vec![0; missing.ok_or_else(wrong)?];
            [front, zeros, back].concat()
        }
    };
    if all.len() != 4 {
        return Err(wrong());
    }
    Ok(Eui64::from_value(all.into_iter().fold(0, |value, group| value << 16 | group)))
}

/// An EUI as stations write it: `00-00-00-00-11-00-00-01`.
pub(super) fn hyphened(eui: Eui64) -> String {
    let octets = eui.value().to_be_bytes().map(|octet| format!("{octet:02X}"));
    octets.join("-")
}

/// An EUI as four groups.
pub(super) fn id6(eui: Eui64) -> String {
    let value = eui.value();
    [48, 32, 16, 0].map(|shift| format!("{:x}", value >> shift & 0xffff)).join(":")
}

/// The message that asks a station to send in a class A window `delay` seconds after what it heard.
pub(super) fn class_a(
    region: &Region,
    downlink: &GatewayDownlink,
    heard: Heard,
    delay: u32,
    mux_time: f64,
) -> Option<Value> {
    let data_rate = region.data_rate(downlink.modulation, Direction::Down)?;
    let mut message = common(downlink, heard.rctx, mux_time);
    let object = message.as_object_mut()?;
    object.insert("dC".to_owned(), json!(0));
    object.insert("xtime".to_owned(), json!(heard.xtime));
    // RX2 is one second after RX1, whose delay is what a station counts from.
    let (window, rx_delay) = if downlink.frequency == region.rx2_frequency && delay > 1 {
        ("RX2", delay - 1)
    } else {
        ("RX1", delay)
    };
    object.insert("RxDelay".to_owned(), json!(rx_delay));
    object.insert(format!("{window}DR"), json!(data_rate.0));
    object.insert(format!("{window}Freq"), json!(downlink.frequency.0));
    Some(message)
}

/// The message that asks a station to send at once with the antenna `rctx`, class C.
pub(super) fn class_c(
    region: &Region,
    downlink: &GatewayDownlink,
    rctx: i64,
    mux_time: f64,
) -> Option<Value> {
    let data_rate = region.data_rate(downlink.modulation, Direction::Down)?;
    let mut message = common(downlink, rctx, mux_time);
    let object = message.as_object_mut()?;
    object.insert("dC".to_owned(), json!(2));
    object.insert("RX2DR".to_owned(), json!(data_rate.0));
    object.insert("RX2Freq".to_owned(), json!(downlink.frequency.0));
    Some(message)
}

fn common(downlink: &GatewayDownlink, rctx: i64, mux_time: f64) -> Value {
    json!({
        "msgtype": "dnmsg",
        "DevEui": hyphened(downlink.dev_eui.filter(|eui| eui.value() != 0).unwrap_or(NO_DEVICE)),
        "diid": downlink.token,
        "pdu": hex::encode(&downlink.payload),
        "priority": 0,
        "rctx": rctx,
        "MuxTime": mux_time,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::lorawan::eu868::REGION;

    const GATEWAY: Eui64 = Eui64::from_value(0x0016_c001_f150_0001);

    #[test]
    fn euis_are_read_in_every_form() {
        for (text, value) in [
            ("::1", 1),
            ("1::", 1 << 48),
            ("b827:ebff:fe00:1", 0xb827_ebff_fe00_0001),
            ("b827::1", 0xb827_0000_0000_0001),
            ("::", 0),
            ("00-00-00-00-11-00-00-01", 0x1100_0001),
            ("0016C001F1500001", 0x0016_c001_f150_0001),
        ] {
            assert_eq!(eui(text).unwrap(), Eui64::from_value(value), "{text}");
        }
        for text in
            ["", "1", ":", "1:2:3", "1:2:3:4:5", "1:2:3:4::", "1::2::3", "12345::1", "00-11", "g::1", "+1::1"]
        {
            assert!(eui(text).is_err(), "{text}");
        }
        assert_eq!(eui(&id6(GATEWAY)).unwrap(), GATEWAY);
        assert_eq!(hyphened(GATEWAY), "00-16-C0-01-F1-50-00-01");
    }

    #[test]
    fn a_data_frame_is_put_together_as_it_was_on_the_air() {
        // The frame of the vector P06, taken apart by hand.
        let text = r#"{"msgtype":"updf","MHdr":64,"DevAddr":637606874,"FCtrl":128,"FCnt":1,"FOpts":"","FPort":1,
            "FRMPayload":"a0d4b4a69d","MIC":513895300,"RefTime":0.0,"DR":5,"Freq":868100000,
            "upinfo":{"rctx":0,"xtime":40250921680313459,"gpstime":0,"fts":-1,"rssi":-57,"snr":7.75,"rxtime":1.5}}"#;
        let StationMessage::Frame { uplink, heard } = StationMessage::parse(&REGION, GATEWAY, text).unwrap()
        else {
            panic!("no frame")
        };
        assert_eq!(hex::encode(&uplink.payload), "40da1b012680010001a0d4b4a69d846ba11e");
        assert_eq!(heard, Heard { xtime: 40_250_921_680_313_459, rctx: 0 });
        assert_eq!(
            (uplink.rssi_dbm, uplink.snr_decibel_tenths, uplink.frequency),
            (-57, 78, Hertz(868_100_000))
        );
        assert_eq!(uplink.tmst, (40_250_921_680_313_459_i64 & 0xffff_ffff) as u32);
    }

    #[test]
    fn a_frame_that_was_sent_is_named_by_its_new_its_old_or_both_names() {
        for (names, want) in [(r#""seqno":9,"diid":9"#, 9), (r#""seqno":7"#, 7), (r#""seqno":7,"diid":9"#, 9)]
        {
            // The fields and their order are those of s2e.c, send_dntxed.
            let text = format!(
                r#"{{"msgtype":"dntxed",{names},"DR":5,"Freq":868100000,"DevEui":"00-04-A3-0B-00-1A-2B-3C","rctx":0,"xtime":40250921680313459,"txtime":1.5,"gpstime":0}}"#
            );
            let said = StationMessage::parse(&REGION, GATEWAY, &text).unwrap();
            assert_eq!(said, StationMessage::Sent { diid: want }, "{names}");
        }
    }

    #[test]
    fn bad_messages_say_what_is_wrong() {
        let rows = [
            ("", "EOF"),
            ("[]", "invalid"),
            ("{}", "msgtype"),
            (r#"{"msgtype":"rejoin"}"#, "\"rejoin\" is not served"),
            (r#"{"msgtype":"updf"}"#, "MHdr"),
            (r#"{"msgtype":"dntxed","diid":-1}"#, "invalid"),
            (r#"{"msgtype":"dntxed","DevEui":"00-00-00-00-00-00-00-01"}"#, "diid"),
            (r#"{"msgtype":"propdf","FRMPayload":"0"}"#, "FRMPayload is not hexadecimal"),
            (
                r#"{"msgtype":"propdf","FRMPayload":"e0","DR":9,"Freq":868100000,"upinfo":{"xtime":1,"rssi":-1,"snr":1}}"#,
                "DR 9",
            ),
            (
                r#"{"msgtype":"jreq","MHdr":0,"JoinEui":"x","DevEui":"y","DevNonce":1,"MIC":0}"#,
                "neither an ID6",
            ),
            (
                r#"{"msgtype":"updf","MHdr":64,"DevAddr":0,"FCtrl":2,"FCnt":0,"FOpts":"02","FPort":-1,"FRMPayload":"","MIC":0}"#,
                "FOpts has 1",
            ),
        ];
        for (text, want) in rows {
            let error = StationMessage::parse(&REGION, GATEWAY, text).unwrap_err().to_string();
            assert!(error.contains(want), "{text}: {error}");
        }
        let long = format!(r#"{{"msgtype":"propdf","FRMPayload":"{}"}}"#, "e0".repeat(256));
        assert!(matches!(StationMessage::parse(&REGION, GATEWAY, &long), Err(MessageError::TooLong(256))));
    }
}
