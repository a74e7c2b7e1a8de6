//! The body of PUSH_DATA: `rxpk` and `stat`.

use super::number::{BASE64, RadioModulation, RawDataRate, WrongDataRate, hertz, mhz};
use crate::air::lora::Hertz;
use base64::Engine as _;
use serde::{Deserialize, Serialize};
use serde_json::Number;

/// `stat` of an rxpk: what the gateway says about the CRC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrcStatus {
    /// 1.
    Ok,
    /// -1.
    Bad,
    /// 0.
    None,
}

/// One received frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Rxpk {
    /// The concentrator's 32-bit microsecond counter at the end of the frame.
    pub tmst: u32,
    /// UTC of reception, where the gateway knows it.
    pub time: Option<String>,
    /// Carrier frequency.
    pub frequency: Hertz,
    /// IF channel.
    pub channel: Option<u8>,
    /// RF chain.
    pub rf_chain: Option<u8>,
    /// CRC of the frame.
    pub crc: CrcStatus,
    /// Modulation and data rate.
    pub modulation: RadioModulation,
    /// RSSI in dBm.
    pub rssi_dbm: i16,
    /// SNR in tenths of a dB; absent for FSK.
    pub snr_decibel_tenths: Option<i16>,
    /// The PHYPayload.
    pub payload: Vec<u8>,
}

/// Why one `rxpk` entry is not usable.
#[derive(Debug, thiserror::Error)]
pub enum RxpkError {
    /// A field is missing or has the wrong type.
    #[error("an rxpk field is missing or of the wrong type")]
    Shape(#[source] serde_json::Error),
    /// `freq` is no frequency.
    #[error("frequency {0} MHz is out of range")]
    Frequency(f64),
    /// `modu` or `datr`.
    #[error(transparent)]
    DataRate(#[from] WrongDataRate),
    /// Neither `rssi` nor `rsig`.
    #[error("neither rssi nor rsig gives a signal strength")]
    NoSignalStrength,
    /// `data` is not base64.
    #[error("data is not base64")]
    Base64(#[source] base64::DecodeError),
    /// `size` is not the length of `data`.
    #[error("size is {announced}, data has {got} octets")]
    Size {
        /// The field `size`.
        announced: u64,
        /// Octets in `data`.
        got: usize,
    },
}

/// The gateway's own statistics; absent fields are `None`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Stat {
    /// As in `2014-01-12 08:59:28 GMT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Latitude, degrees.
    #[serde(rename = "lati", default, skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Longitude, degrees.
    #[serde(rename = "long", default, skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
    /// Altitude, metres.
    #[serde(rename = "alti", default, skip_serializing_if = "Option::is_none")]
    pub altitude: Option<f64>,
    /// Frames received.
    #[serde(rename = "rxnb", default, skip_serializing_if = "Option::is_none")]
    pub received: Option<u32>,
    /// Frames with a good CRC.
    #[serde(rename = "rxok", default, skip_serializing_if = "Option::is_none")]
    pub received_ok: Option<u32>,
    /// Frames forwarded.
    #[serde(rename = "rxfw", default, skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<u32>,
    /// Share of PUSH_DATA that was acknowledged, percent.
    #[serde(rename = "ackr", default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_percent: Option<f64>,
    /// Downlink datagrams received.
    #[serde(rename = "dwnb", default, skip_serializing_if = "Option::is_none")]
    pub downlinks: Option<u32>,
    /// Frames sent.
    #[serde(rename = "txnb", default, skip_serializing_if = "Option::is_none")]
    pub transmitted: Option<u32>,
}

/// What a PUSH_DATA says. Each frame is judged by itself, so that a wrong one does not hide its neighbour.
#[derive(Debug)]
pub struct PushBody {
    /// Frames, each usable or not.
    pub frames: Vec<Result<Rxpk, RxpkError>>,
    /// Statistics, usable or not.
    pub stat: Option<Result<Stat, serde_json::Error>>,
}

/// Why a PUSH_DATA body is not usable at all.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// Not JSON, or `rxpk` is not an array.
    #[error("the body of PUSH_DATA is not the JSON object that it should be")]
    Json(#[source] serde_json::Error),
}

#[derive(Deserialize)]
struct RawPush {
    #[serde(default)]
    rxpk: Vec<serde_json::Value>,
    stat: Option<serde_json::Value>,
}

#[derive(Deserialize, Serialize)]
struct RawRxpk {
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    tmst: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    chan: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rfch: Option<u8>,
    freq: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stat: Option<i8>,
    modu: Option<String>,
    datr: RawDataRate,
    #[serde(skip_serializing_if = "Option::is_none")]
    codr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rssi: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lsnr: Option<f64>,
    #[serde(default, skip_serializing)]
    rsig: Vec<RawAntenna>,
    size: u64,
    data: String,
}

/// One antenna of a gateway that has several.
#[derive(Deserialize)]
struct RawAntenna {
    rssic: f64,
    lsnr: Option<f64>,
}

impl PushBody {
    /// Reads the JSON of a PUSH_DATA.
    ///
    /// # Errors
    /// [`PushError`] when it is not the object that it should be.
    pub fn parse(json: &[u8]) -> Result<Self, PushError> {
        let raw: RawPush = serde_json::from_slice(json).map_err(PushError::Json)?;
        Ok(Self {
            frames: raw.rxpk.into_iter().map(Rxpk::from_value).collect(),
            stat: raw.stat.map(serde_json::from_value),
        })
    }

    /// The JSON of a PUSH_DATA with these frames and statistics.
    #[must_use]
    pub fn emit(frames: &[Rxpk], stat: Option<&Stat>) -> Vec<u8> {
        let mut object = serde_json::Map::new();
        if !frames.is_empty() {
            let frames: Vec<_> = frames.iter().map(|frame| serde_json::json!(frame.raw())).collect();
            object.insert("rxpk".to_owned(), frames.into());
        }
        if let Some(stat) = stat {
            object.insert("stat".to_owned(), serde_json::json!(stat));
        }
        serde_json::Value::Object(object).to_string().into_bytes()
    }
}

impl Rxpk {
    fn from_value(value: serde_json::Value) -> Result<Self, RxpkError> {
        let raw: RawRxpk = serde_json::from_value(value).map_err(RxpkError::Shape)?;
        let payload = BASE64.decode(&raw.data).map_err(RxpkError::Base64)?;
        if raw.size != payload.len() as u64 {
            return Err(RxpkError::Size { announced: raw.size, got: payload.len() });
        }
        let best = raw.rsig.iter().max_by(|a, b| a.rssic.total_cmp(&b.rssic));
        let rssi = raw.rssi.as_ref().and_then(Number::as_f64).or(best.map(|antenna| antenna.rssic));
        let rssi = rssi.ok_or(RxpkError::NoSignalStrength)?;
        let snr = raw.lsnr.or(best.and_then(|antenna| antenna.lsnr));
        Ok(Self {
            tmst: raw.tmst,
            time: raw.time,
            frequency: hertz(raw.freq).ok_or(RxpkError::Frequency(raw.freq))?,
            channel: raw.chan,
            rf_chain: raw.rfch,
            crc: match raw.stat {
                Some(1) => CrcStatus::Ok,
                Some(-1) => CrcStatus::Bad,
                Some(_) | None => CrcStatus::None,
            },
            modulation: RadioModulation::from_json(raw.modu.as_deref(), &raw.datr)?,
            rssi_dbm: rssi.round() as i16,
            snr_decibel_tenths: snr.map(|snr| (snr * 10.0).round() as i16),
            payload,
        })
    }

    fn raw(&self) -> RawRxpk {
        RawRxpk {
            time: self.time.clone(),
            tmst: self.tmst,
            chan: self.channel,
            rfch: self.rf_chain,
            freq: mhz(self.frequency),
            stat: Some(match self.crc {
                CrcStatus::Ok => 1,
                CrcStatus::Bad => -1,
                CrcStatus::None => 0,
            }),
            modu: Some(self.modulation.name().to_owned()),
            datr: self.modulation.datr(),
            codr: self.modulation.coding_rate(),
            rssi: Some(self.rssi_dbm.into()),
            lsnr: self.snr_decibel_tenths.map(|tenths| f64::from(tenths) / 10.0),
            rsig: Vec::new(),
            size: self.payload.len() as u64,
            data: BASE64.encode(&self.payload),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::air::lora::Modulation;

    /// The PUSH_DATA body of the vector P06.
    const P06: &str = r#"{"rxpk":[{"tmst":3512348611,"chan":2,"rfch":0,"freq":868.100000,"stat":1,"modu":"LORA","datr":"SF7BW125","codr":"4/5","rssi":-57,"lsnr":7.8,"size":18,"data":"QNobASaAAQABoNS0pp2Ea6Ee"}]}"#;

    fn p06() -> Rxpk {
        Rxpk {
            tmst: 3_512_348_611,
            time: None,
            frequency: Hertz(868_100_000),
            channel: Some(2),
            rf_chain: Some(0),
            crc: CrcStatus::Ok,
            modulation: RadioModulation::Lora(Modulation { spreading_factor: 7, bandwidth_khz: 125 }),
            rssi_dbm: -57,
            snr_decibel_tenths: Some(78),
            payload: hex::decode("40da1b012680010001a0d4b4a69d846ba11e").unwrap(),
        }
    }

    #[test]
    fn the_body_of_p06_reads_and_writes() {
        let body = PushBody::parse(P06.as_bytes()).unwrap();
        assert!(body.stat.is_none());
        assert_eq!(body.frames.len(), 1);
        assert_eq!(body.frames[0].as_ref().unwrap(), &p06());
        let written: serde_json::Value = serde_json::from_slice(&PushBody::emit(&[p06()], None)).unwrap();
        assert_eq!(written, serde_json::from_str::<serde_json::Value>(P06).unwrap());
    }

    #[test]
    fn unknown_fields_missing_padding_and_several_antennas_are_read() {
        let json = r#"{"rxpk":[{"tmst":1,"freq":868.3,"datr":"SF12BW125","size":1,"data":"4A","new":[1],
            "rsig":[{"ant":0,"rssic":-110,"lsnr":-3.25},{"ant":1,"rssic":-101,"lsnr":2.5}]}],"vendor":{}}"#;
        let body = PushBody::parse(json.as_bytes()).unwrap();
        let frame = body.frames[0].as_ref().unwrap();
        assert_eq!((frame.rssi_dbm, frame.snr_decibel_tenths), (-101, Some(25)));
        assert_eq!(frame.payload, [0xe0]);
        assert_eq!(frame.crc, CrcStatus::None);
    }

    type Check = fn(&RxpkError) -> bool;

    #[test]
    fn a_wrong_frame_does_not_hide_its_neighbour() {
        let good = r#"{"tmst":1,"freq":868.3,"datr":"SF7BW125","rssi":-1,"size":1,"data":"4A=="}"#;
        let rows: [(&str, &str, Check); 6] = [
            (r#""tmst":1,"#, "", |e| matches!(e, RxpkError::Shape(_))),
            ("868.3", "0", |e| matches!(e, RxpkError::Frequency(_))),
            ("SF7", "SF3", |e| matches!(e, RxpkError::DataRate(_))),
            (r#""rssi":-1,"#, "", |e| matches!(e, RxpkError::NoSignalStrength)),
            ("4A==", "4A!=", |e| matches!(e, RxpkError::Base64(_))),
            (r#""size":1"#, r#""size":2"#, |e| matches!(e, RxpkError::Size { announced: 2, got: 1 })),
        ];
        for (from, to, check) in rows {
            let wrong = good.replace(from, to);
            let body = PushBody::parse(format!(r#"{{"rxpk":[{wrong},{good}]}}"#).as_bytes()).unwrap();
            let error = body.frames[0].as_ref().unwrap_err();
            assert!(check(error), "{wrong}: {error:?}");
            assert!(body.frames[1].is_ok());
        }
    }

    #[test]
    fn statistics_may_come_alone() {
        let json = r#"{"stat":{"time":"2014-01-12 08:59:28 GMT","lati":46.24,"long":3.2523,"alti":145,"rxnb":2,"rxok":2,"rxfw":2,"ackr":100.0,"dwnb":2,"txnb":2,"temp":21}}"#;
        let stat = PushBody::parse(json.as_bytes()).unwrap().stat.unwrap().unwrap();
        assert_eq!(stat.latitude, Some(46.24));
        assert_eq!(stat.received, Some(2));
        let again = PushBody::parse(&PushBody::emit(&[], Some(&stat))).unwrap();
        assert_eq!(again.stat.unwrap().unwrap(), stat);
        assert!(PushBody::parse(b"{\"rxpk\":").is_err());
    }
}
