//! The bodies of PULL_RESP (`txpk`) and TX_ACK (`txpk_ack`).

use super::number::{BASE64, RadioModulation, RawDataRate, WrongDataRate, hertz, mhz};
use crate::air::lora::Hertz;
use base64::Engine as _;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use std::fmt;

/// A LoRa radio sends no longer frame.
const LONGEST_FRAME: usize = 255;

/// When the gateway is to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// `imme`: at once.
    Immediately,
    /// `tmst`: when the concentrator's counter has this value.
    AtCounter(u32),
}

/// One frame to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Txpk {
    /// When.
    pub when: When,
    /// Carrier frequency.
    pub frequency: Hertz,
    /// RF chain; 0 can transmit.
    pub rf_chain: u8,
    /// Power in dBm.
    pub power_dbm: i8,
    /// Modulation and data rate.
    pub modulation: RadioModulation,
    /// `ipol`: inverted polarity, true for LoRaWAN downlinks.
    pub inverted_iq: bool,
    /// `ncrc`: no CRC, true for LoRaWAN downlinks.
    pub no_crc: bool,
    /// `size`: how many octets are sent, whatever `data` has.
    pub size: usize,
    /// `data`: the PHYPayload.
    pub payload: Vec<u8>,
}

/// Why a `txpk` is not usable.
#[derive(Debug, thiserror::Error)]
pub enum TxpkError {
    /// Not JSON, or a field is missing or of the wrong type.
    #[error("a txpk field is missing or of the wrong type")]
    Json(#[source] serde_json::Error),
    /// `freq` is no frequency.
    #[error("frequency {0} MHz is out of range")]
    Frequency(f64),
    /// `modu` or `datr`.
    #[error(transparent)]
    DataRate(#[from] WrongDataRate),
    /// `codr` is missing, or none that a LoRa radio has.
    #[error("coding rate \"{0}\" is not 4/5 to 4/8")]
    CodingRate(String),
    /// Neither `imme` nor `tmst`; sending at GPS time is not supported.
    #[error("neither imme nor tmst says when to send")]
    NoTime,
    /// `data` is not base64.
    #[error("data is not base64")]
    Base64(#[source] base64::DecodeError),
    /// No LoRa frame is that long.
    #[error("size is {announced}, data has {got} octets; a LoRa frame has at most 255")]
    Size {
        /// The field `size`.
        announced: u64,
        /// Octets in `data`.
        got: usize,
    },
}

#[derive(Deserialize, Serialize)]
struct RawPullResp {
    txpk: RawTxpk,
}

#[derive(Deserialize, Serialize)]
struct RawTxpk {
    #[serde(default)]
    imme: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    tmst: Option<u32>,
    freq: f64,
    rfch: u8,
    #[serde(default = "usual_power")]
    powe: Number,
    modu: String,
    datr: RawDataRate,
    #[serde(skip_serializing_if = "Option::is_none")]
    codr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fdev: Option<u32>,
    #[serde(default)]
    ipol: bool,
    size: u64,
    #[serde(default)]
    ncrc: bool,
    data: String,
}

/// As `lora_pkt_fwd.c` knows them.
const CODING_RATES: [&str; 7] = ["4/5", "4/6", "2/3", "4/7", "4/8", "2/4", "1/2"];

fn usual_power() -> Number {
    14.into()
}

impl Txpk {
    /// Reads the JSON of a PULL_RESP. What Semtech's forwarder sends nothing without is asked for here: `rfch`, `freq`, `modu`,
    /// `datr`, `codr`, `size`, `data`.
    ///
    /// # Errors
    /// One [`TxpkError`] per way to be wrong.
    pub fn parse(json: &[u8]) -> Result<Self, TxpkError> {
        let RawPullResp { txpk: raw } = serde_json::from_slice(json).map_err(TxpkError::Json)?;
        let payload = BASE64.decode(&raw.data).map_err(TxpkError::Base64)?;
        let got = payload.len();
        let size = u8::try_from(raw.size).ok().filter(|_| got <= LONGEST_FRAME);
        let size = size.ok_or(TxpkError::Size { announced: raw.size, got })?;
        let when = match (raw.imme, raw.tmst) {
            (true, _) => When::Immediately,
            (false, Some(tmst)) => When::AtCounter(tmst),
            (false, None) => return Err(TxpkError::NoTime),
        };
        let modulation = RadioModulation::from_json(Some(&raw.modu), &raw.datr)?;
        let coded = raw.codr.as_deref().is_some_and(|codr| CODING_RATES.contains(&codr));
        if matches!(modulation, RadioModulation::Lora(_)) && !coded {
            return Err(TxpkError::CodingRate(raw.codr.unwrap_or_default()));
        }
        Ok(Self {
            when,
            frequency: hertz(raw.freq).ok_or(TxpkError::Frequency(raw.freq))?,
            rf_chain: raw.rfch,
            power_dbm: raw.powe.as_f64().unwrap_or_default().round() as i8,
            modulation,
            inverted_iq: raw.ipol,
            no_crc: raw.ncrc,
            size: usize::from(size),
            payload,
        })
    }

    /// What goes on the air: Semtech's forwarder sends `size` octets, cut off or filled up with zeros where `data` has more or
    /// fewer (`thread_down` of `lora_pkt_fwd.c`).
    #[must_use]
    pub fn into_octets(self) -> Vec<u8> {
        let mut octets = self.payload;
        octets.resize(self.size, 0);
        octets
    }

    /// The JSON of a PULL_RESP.
    #[must_use]
    pub fn emit(&self) -> Vec<u8> {
        let (imme, tmst) = match self.when {
            When::Immediately => (true, None),
            When::AtCounter(tmst) => (false, Some(tmst)),
        };
        let txpk = RawTxpk {
            imme,
            tmst,
            freq: mhz(self.frequency),
            rfch: self.rf_chain,
            powe: self.power_dbm.into(),
            modu: self.modulation.name().to_owned(),
            datr: self.modulation.datr(),
            codr: self.modulation.coding_rate(),
            fdev: match self.modulation {
                RadioModulation::Lora(_) => None,
                RadioModulation::Fsk { .. } => Some(25_000),
            },
            ipol: self.inverted_iq,
            size: self.size as u64,
            ncrc: self.no_crc,
            data: BASE64.encode(&self.payload),
        };
        serde_json::json!(RawPullResp { txpk }).to_string().into_bytes()
    }
}

/// What a gateway says about a PULL_RESP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TxAckCode {
    /// Accepted: `NONE` or an empty body.
    Accepted,
    /// The time is past or too near.
    TooLate,
    /// The time is too far ahead.
    TooEarly,
    /// Overlaps a frame that is queued.
    CollisionPacket,
    /// Overlaps a beacon that is queued.
    CollisionBeacon,
    /// The RF chain cannot send on this frequency.
    TxFreq,
    /// The power is not in the gateway's table.
    TxPower,
    /// GPS time was asked for and there is none.
    GpsUnlocked,
    /// A word of the forwarder's own.
    Vendor(String),
}

/// The body of a TX_ACK is not JSON of the agreed shape.
#[derive(Debug, thiserror::Error)]
#[error("the body of TX_ACK is not the JSON object that it should be")]
pub struct TxAckError(#[source] serde_json::Error);

#[derive(Deserialize)]
struct RawTxAck {
    txpk_ack: RawVerdict,
}

/// A gateway that only warns (`warn`, protocol 1.5) has sent the frame.
#[derive(Deserialize)]
struct RawVerdict {
    error: Option<String>,
}

/// The words that both ends have agreed on.
const WORDS: [(&str, TxAckCode); 8] = [
    ("NONE", TxAckCode::Accepted),
    ("TOO_LATE", TxAckCode::TooLate),
    ("TOO_EARLY", TxAckCode::TooEarly),
    ("COLLISION_PACKET", TxAckCode::CollisionPacket),
    ("COLLISION_BEACON", TxAckCode::CollisionBeacon),
    ("TX_FREQ", TxAckCode::TxFreq),
    ("TX_POWER", TxAckCode::TxPower),
    ("GPS_UNLOCKED", TxAckCode::GpsUnlocked),
];

impl TxAckCode {
    /// Reads the body of a TX_ACK; empty, blank and zero-padded bodies mean accepted.
    ///
    /// # Errors
    /// [`TxAckError`] when it is not JSON of the agreed shape.
    pub fn parse(body: &[u8]) -> Result<Self, TxAckError> {
        let body = body.trim_ascii();
        if body.iter().all(|octet| *octet == 0) {
            return Ok(Self::Accepted);
        }
        let raw: RawTxAck = serde_json::from_slice(body).map_err(TxAckError)?;
        let Some(word) = raw.txpk_ack.error else { return Ok(Self::Accepted) };
        let known = WORDS.into_iter().find(|(known, _)| *known == word).map(|(_, code)| code);
        Ok(known.unwrap_or(Self::Vendor(word)))
    }

    /// The body of a TX_ACK.
    #[must_use]
    pub fn emit(&self) -> Vec<u8> {
        serde_json::json!({"txpk_ack": {"error": self.to_string()}}).to_string().into_bytes()
    }
}

impl fmt::Display for TxAckCode {
    /// The word on the wire.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Vendor(word) = self {
            return f.write_str(word);
        }
        f.write_str(WORDS.iter().find(|(_, code)| code == self).map_or("NONE", |(word, _)| word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::air::lora::Modulation;

    fn answer_to_p06() -> Txpk {
        Txpk {
            when: When::AtCounter(3_513_348_611),
            frequency: Hertz(868_100_000),
            rf_chain: 0,
            power_dbm: 14,
            modulation: RadioModulation::Lora(Modulation { spreading_factor: 7, bandwidth_khz: 125 }),
            inverted_iq: true,
            no_crc: true,
            size: 12,
            payload: hex::decode("60da1b012620000040619216").unwrap(),
        }
    }

    #[test]
    fn the_answer_to_p06_has_the_agreed_fields() {
        let json: serde_json::Value = serde_json::from_slice(&answer_to_p06().emit()).unwrap();
        let txpk = &json["txpk"];
        let want = [
            ("tmst", serde_json::json!(3_513_348_611_u32)),
            ("freq", serde_json::json!(868.1)),
            ("datr", serde_json::json!("SF7BW125")),
            ("ipol", true.into()),
            ("ncrc", true.into()),
            ("imme", false.into()),
            ("codr", "4/5".into()),
            ("modu", "LORA".into()),
            ("size", 12.into()),
            ("powe", 14.into()),
            ("data", "YNobASYgAABAYZIW".into()),
        ];
        for (field, value) in want {
            assert_eq!(txpk[field], value, "{field}");
        }
        assert_eq!(Txpk::parse(&answer_to_p06().emit()).unwrap(), answer_to_p06());
    }

    #[test]
    fn a_request_without_a_time_is_refused() {
        let json = br#"{"txpk":{"freq":868.1,"rfch":0,"modu":"LORA","datr":"SF7BW125","codr":"4/5","size":1,"data":"4A"}}"#;
        assert!(matches!(Txpk::parse(json), Err(TxpkError::NoTime)));
        let at_once = br#"{"txpk":{"imme":true,"freq":868.1,"rfch":0,"modu":"LORA","datr":"SF7BW125","codr":"4/5","size":1,"data":"4A"}}"#;
        assert_eq!(Txpk::parse(at_once).unwrap().when, When::Immediately);
    }

    #[test]
    fn what_a_forwarder_sends_nothing_without_is_asked_for() {
        let whole = answer_to_p06().emit();
        for field in ["rfch", "freq", "modu", "datr", "codr", "size", "data"] {
            let mut json: serde_json::Value = serde_json::from_slice(&whole).unwrap();
            json["txpk"].as_object_mut().unwrap().remove(field).unwrap();
            let error = Txpk::parse(json.to_string().as_bytes()).expect_err(field);
            let said = matches!(&error, TxpkError::Json(cause) if cause.to_string().contains(field));
            assert!(
                said || (field == "codr" && matches!(error, TxpkError::CodingRate(_))),
                "{field}: {error:?}"
            );
        }
        let odd = String::from_utf8(whole).unwrap().replace("4/5", "5/4");
        assert!(matches!(Txpk::parse(odd.as_bytes()), Err(TxpkError::CodingRate(rate)) if rate == "5/4"));
    }

    #[test]
    fn the_size_says_how_much_is_sent() {
        let rows: [(u64, &[u8]); 4] = [(2, &[0xe0, 1]), (1, &[0xe0]), (4, &[0xe0, 1, 0, 0]), (0, &[])];
        for (size, want) in rows {
            let json = format!(
                r#"{{"txpk":{{"imme":true,"freq":868.1,"rfch":0,"modu":"LORA","datr":"SF7BW125","codr":"4/5","size":{size},"data":"4AE="}}}}"#
            );
            let txpk = Txpk::parse(json.as_bytes()).unwrap();
            assert_eq!((txpk.size as u64, txpk.payload.as_slice()), (size, [0xe0, 1].as_slice()));
            assert_eq!(txpk.into_octets(), want, "size {size}");
        }
        for (size, data) in [(256, "4AE=".to_owned()), (2, BASE64.encode([0xe0; 256]))] {
            let json = format!(
                r#"{{"txpk":{{"imme":true,"freq":868.1,"rfch":0,"modu":"LORA","datr":"SF7BW125","codr":"4/5","size":{size},"data":"{data}"}}}}"#
            );
            assert!(matches!(Txpk::parse(json.as_bytes()), Err(TxpkError::Size { .. })), "size {size}");
        }
    }

    #[test]
    fn the_words_of_tx_ack() {
        let rows: [(&[u8], TxAckCode); 6] = [
            (b"", TxAckCode::Accepted),
            (b"\0", TxAckCode::Accepted),
            (br#"{"txpk_ack":{"error":"NONE"}}"#, TxAckCode::Accepted),
            (br#"{"txpk_ack":{"warn":"TX_POWER","value":20}}"#, TxAckCode::Accepted),
            (br#"{"txpk_ack":{"error":"TOO_LATE"}}"#, TxAckCode::TooLate),
            (br#"{"txpk_ack":{"error":"FULL_QUEUE"}}"#, TxAckCode::Vendor("FULL_QUEUE".to_owned())),
        ];
        for (body, want) in rows {
            assert_eq!(TxAckCode::parse(body).unwrap(), want);
        }
        assert!(TxAckCode::parse(b"{").is_err());
        for (word, code) in WORDS {
            assert_eq!(code.to_string(), word);
            assert_eq!(TxAckCode::parse(&code.emit()).unwrap(), code);
        }
    }
}
