//! A tester that takes the network's place for one node: it hears the node's frames, and answers with what the script
//! says, right or wrong, timed to the microsecond.
//!
//! The gateways of the lab are out of reach meanwhile. The tester knows the node's AppKey from the lab file, opens a
//! session with each join-accept, and keeps the windows that the node should use.

mod group;
mod options;
mod session;

use super::node::NodeHandle;
use super::values::{map, narrow, octets, optional};
use crate::context::{Shared, Verb, span};
use crate::trouble::Trouble;
use drivers::blame::Blame;
use group::GroupHandle;
use lab::{Happening, NodeKeys, SeatId};
use options::Options;
use rhai::{Dynamic, Engine, Map};
use session::{Session, TesterWindows};
use std::cell::RefCell;
use std::rc::Rc;
use wire::air::lora::{HeardFrame, Hertz, LoraFrame};
use wire::id::Key;
use wire::lorawan::{
    AppNonce, CfList, DataMessage, DataRate, DevAddr, DevNonce, Direction, DlSettings, Frame, JoinAccept,
    NetId, Region, timing,
};
use wire::time::{Duration, Instant};

/// `lab.tester(node)`.
#[derive(Clone, Debug)]
pub struct TesterHandle {
    context: Shared,
    seat: SeatId,
    keys: NodeKeys,
    state: Rc<RefCell<State>>,
}

#[derive(Clone, Debug, Default)]
struct State {
    /// Records of the trace that were looked at.
    seen: usize,
    /// The node's last frame that the script took.
    last: Option<HeardFrame>,
    last_nonce: Option<DevNonce>,
    joins: u32,
    current: Option<Session>,
    /// The session of a join-accept that the node has not used yet.
    offered: Option<Session>,
}

/// The power of the tester: what a gateway sends.
const EIRP_DBM: i8 = 14;
/// Addresses that the tester gives.
const ADDRESSES: u32 = 0x2600_0000;
const NET_ID: NetId = NetId::from_value(0x000013);

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<TesterHandle>("Tester")
        .register_fn("uplink", uplink)
        .register_fn("carriers", carriers)
        .register_fn("accept", |tester: &mut TesterHandle| accept(tester, Map::new()))
        .register_fn("accept", |tester: &mut TesterHandle, options: Map| accept(tester, options))
        .register_fn("answer", |tester: &mut TesterHandle| answer(tester, Map::new()))
        .register_fn("answer", |tester: &mut TesterHandle, options: Map| answer(tester, options))
        .register_fn("answer_octets", answer_octets)
        .register_fn("personalise", personalise)
        .register_fn("set_windows", set_windows)
        .register_fn("set_fcnt_down", |tester: &mut TesterHandle, next: i64| {
            let next = narrow(next, "a frame counter")?;
            tester.with_session(|session| session.fcnt_down = next)
        })
        .register_fn("set_fcnt_up", |tester: &mut TesterHandle, last: i64| {
            let last = narrow(last, "a frame counter")?;
            tester.with_session(|session| session.fcnt_up = Some(last))
        })
        .register_fn("fcnt_down", |tester: &mut TesterHandle| {
            tester.with_session(|session| i64::from(session.fcnt_down))
        })
        .register_fn("group", |tester: &mut TesterHandle, address: &str, nwk_s_key: &str, app_s_key: &str| {
            GroupHandle::new(tester, address, nwk_s_key, app_s_key)
        })
        .register_fn("leave", |tester: &mut TesterHandle| {
            tester.context.step("the tester leaves, and the gateways are in reach again");
            tester.context.lab().set_lora_coverage(true);
        });
    group::register(engine);
}

/// The data rate of a frame; the slowest for a modulation that the region does not have.
fn rate_of(region: &Region, heard: &HeardFrame) -> DataRate {
    region.data_rate(heard.frame.modulation, Direction::Up).unwrap_or(DataRate(0))
}

fn script_error(message: impl Into<String>) -> Box<rhai::EvalAltResult> {
    Trouble::new(Blame::Script, message.into()).terminal()
}

impl TesterHandle {
    /// Takes the network's place for `node`.
    ///
    /// # Errors
    /// A trouble of the lab when the lab file has no keys for it.
    pub fn new(context: &Shared, node: &NodeHandle) -> Verb<Self> {
        let keys = context.lab().node_keys(node.seat).cloned();
        let missing = || Trouble::new(Blame::Lab, "the lab file has no keys for this node").terminal();
        context.step("a tester takes the network's place");
        context.lab().set_lora_coverage(false);
        context.lab().bench_mut().capture.let_tester_listen();
        let state = State { seen: context.lab().bench().trace().len(), ..State::default() };
        Ok(Self {
            context: context.clone(),
            seat: node.seat,
            keys: keys.ok_or_else(missing)?,
            state: Rc::new(RefCell::new(state)),
        })
    }

    /// The band that the node is built for.
    const fn region(&self) -> &'static Region {
        self.keys.band.region()
    }

    fn with_session<T>(&self, work: impl FnOnce(&mut Session) -> T) -> Verb<T> {
        let mut state = self.state.borrow_mut();
        let session =
            state.current.as_mut().ok_or_else(|| script_error("the node has no session with the tester"))?;
        Ok(work(session))
    }

    /// The node's next frame in the trace, where it is there already.
    fn next_frame(&self) -> Option<HeardFrame> {
        let mut state = self.state.borrow_mut();
        let lab = self.context.lab();
        let records = lab.bench().trace();
        let own = records.iter().enumerate().skip(state.seen).find_map(|(index, record)| {
            if let Happening::Lora { seat: Some(seat), uplink: true, frame } = &record.what
                && *seat == self.seat
            {
                Some((index, frame.clone()))
            } else {
                None
            }
        });
        state.seen = own.as_ref().map_or(records.len(), |(index, _)| index + 1);
        own.map(|(_, frame)| frame)
    }

    fn last(&self) -> Verb<HeardFrame> {
        let last = self.state.borrow().last.clone();
        last.ok_or_else(|| {
            script_error("there is no frame of the node to answer: take one with uplink(seconds)")
        })
    }

    fn transmit(
        &self,
        at: Instant,
        frequency: Hertz,
        data_rate: DataRate,
        eirp_dbm: i8,
        payload: Vec<u8>,
    ) -> Verb<()> {
        let modulation = self.region().modulation(data_rate).ok_or_else(|| {
            script_error(format!("DR{} is no LoRa modulation of {}", data_rate.0, self.keys.band))
        })?;
        let frame = LoraFrame { frequency, modulation, inverted_iq: true, crc: false, eirp_dbm, payload };
        self.context.lab().transmit_stray_at(at, frame);
        Ok(())
    }
}

/// The carriers of certification that the node has sent so far.
fn carriers(tester: &mut TesterHandle) -> rhai::Array {
    let lab = tester.context.lab();
    let own = lab.bench().trace().iter().filter_map(|record| {
        let Happening::Carrier(seat, carrier) = &record.what else { return None };
        (*seat == tester.seat).then_some((record.at, *carrier))
    });
    own.map(|(at, carrier)| {
        Dynamic::from_map(map([
            ("at", Dynamic::from_float(at.as_secs_f64())),
            ("seconds", Dynamic::from_float(carrier.lasts.as_secs_f64())),
            ("frequency", Dynamic::from_int(carrier.frequency.0.into())),
            ("eirp", Dynamic::from_int(carrier.eirp_dbm.into())),
        ]))
    })
    .collect()
}

/// The node's next frame; `()` when none begins within `seconds`.
fn uplink(tester: &mut TesterHandle, seconds: Dynamic) -> Verb<Dynamic> {
    let limit = tester.context.now() + span(&seconds)?;
    let heard = loop {
        if let Some(heard) = tester.next_frame() {
            break heard;
        }
        if !tester.context.advance(limit)? {
            match tester.next_frame() {
                Some(heard) => break heard,
                None => return Ok(Dynamic::UNIT),
            }
        }
    };
    let seen = describe(tester, &heard);
    tester.state.borrow_mut().last = Some(heard);
    Ok(Dynamic::from_map(seen))
}

/// A frame as somebody with the keys sees it.
fn describe(tester: &TesterHandle, heard: &HeardFrame) -> Map {
    let mut seen = map([
        ("at", Dynamic::from_float(heard.started.as_secs_f64())),
        ("ended", Dynamic::from_float(heard.ended.as_secs_f64())),
        ("frequency", Dynamic::from_int(heard.frame.frequency.0.into())),
        (
            "data_rate",
            optional(tester.region().data_rate(heard.frame.modulation, Direction::Up).map(|rate| rate.0)),
        ),
        ("eirp", Dynamic::from_int(heard.frame.eirp_dbm.into())),
        ("octets", Dynamic::from(hex::encode(&heard.frame.payload))),
        ("kind", Dynamic::from("other")),
        ("authentic", Dynamic::FALSE),
    ]);
    let mut state = tester.state.borrow_mut();
    match Frame::parse(&heard.frame.payload) {
        Ok(Frame::JoinRequest(request)) => {
            state.last_nonce = Some(request.request().dev_nonce);
            seen.extend(map([
                ("kind", Dynamic::from("join-request")),
                ("dev_nonce", Dynamic::from(request.request().dev_nonce.to_string())),
                ("dev_eui", Dynamic::from(request.request().dev_eui.to_string())),
                ("app_eui", Dynamic::from(request.request().app_eui.to_string())),
                ("authentic", Dynamic::from_bool(request.is_authentic(&tester.keys.app_key))),
            ]));
        }
        Ok(Frame::Data(data)) => {
            let kind = if data.is_confirmed() { "confirmed" } else { "unconfirmed" };
            seen.extend(map([
                ("kind", Dynamic::from(kind)),
                ("fcnt", Dynamic::from_int(data.fcnt().into())),
                ("dev_addr", Dynamic::from(data.dev_addr().to_string())),
                ("port", optional(data.port())),
                ("f_opts", Dynamic::from(hex::encode(data.f_opts()))),
            ]));
            let offered = state.offered.as_mut().and_then(|session| session.open(&data));
            let message = match offered {
                Some(message) => {
                    state.current = state.offered.take();
                    Some(message)
                }
                None => state.current.as_mut().and_then(|session| session.open(&data)),
            };
            if let Some(message) = message {
                seen.extend(opened(&message));
            }
        }
        Ok(Frame::JoinAccept(_) | Frame::Proprietary(_)) | Err(_) => {}
    }
    seen
}

fn opened(message: &DataMessage) -> Map {
    let payload = message.payload.as_ref().map(|payload| hex::encode(&payload.octets));
    map([
        ("authentic", Dynamic::TRUE),
        ("fcnt", Dynamic::from_int(message.fcnt.into())),
        ("adr", Dynamic::from_bool(message.adr)),
        ("adr_ack_req", Dynamic::from_bool(message.adr_ack_req)),
        ("ack", Dynamic::from_bool(message.ack)),
        ("payload", Dynamic::from(payload.unwrap_or_default())),
        ("mac", Dynamic::from(hex::encode(message.mac_octets()))),
    ])
}

/// Answers the last frame, a join-request, with a join-accept.
fn accept(tester: &mut TesterHandle, options: Map) -> Verb<()> {
    let options = Options::new(
        &options,
        &[
            "window",
            "offset_us",
            "rx1_dr_offset",
            "rx2_data_rate",
            "rx_delay",
            "cf_list",
            "wrong_mic",
            "app_key",
        ],
    )?;
    let last = tester.last()?;
    let nonce = tester.state.borrow().last_nonce;
    let nonce = nonce.ok_or_else(|| script_error("the last frame of the node is no join-request"))?;
    let app_key = options.parsed::<Key>("app_key")?.unwrap_or_else(|| tester.keys.app_key.clone());
    tester.state.borrow_mut().joins += 1;
    let joins = tester.state.borrow().joins;
    let (region, defaults) = (tester.region(), TesterWindows::of(tester.region()));
    let windows = TesterWindows {
        rx_delay: options.number("rx_delay")?.unwrap_or(1),
        rx1_dr_offset: options.number("rx1_dr_offset")?.unwrap_or(0),
        rx2_data_rate: DataRate(options.number("rx2_data_rate")?.unwrap_or(defaults.rx2_data_rate.0)),
        ..defaults
    };
    let accept = JoinAccept {
        app_nonce: AppNonce::from_value(joins),
        net_id: NET_ID,
        dev_addr: DevAddr::from_value(ADDRESSES + joins),
        dl_settings: DlSettings {
            rx1_dr_offset: windows.rx1_dr_offset,
            rx2_data_rate: windows.rx2_data_rate.0,
        },
        rx_delay: windows.rx_delay,
        cf_list: options.frequencies("cf_list")?.map(CfList::new),
    };
    let mut octets = accept.seal(&app_key);
    if options.flag("wrong_mic")?
        && let Some(octet) = octets.last_mut()
    {
        *octet ^= 1;
    }
    let keys = accept.session_keys(&app_key, nonce);
    tester.state.borrow_mut().offered = Some(Session::new(accept.dev_addr, keys, windows));
    let (second, uplink_rate) = (options.is_rx2()?, rate_of(tester.region(), &last));
    let (frequency, data_rate, delay) = if second {
        (region.rx2_frequency, region.rx2_data_rate, timing::JOIN_ACCEPT_DELAY2)
    } else {
        let rate = region.rx1_data_rate(uplink_rate, 0, region.starts_in_dwell()).unwrap_or(uplink_rate);
        (region.rx1_frequency(last.frame.frequency), rate, timing::JOIN_ACCEPT_DELAY1)
    };
    let at = options.shifted(last.ended + delay)?;
    tester.transmit(at, frequency, data_rate, EIRP_DBM, octets)
}

/// Answers the last frame, an uplink, and hands the octets of the downlink back.
fn answer(tester: &mut TesterHandle, options: Map) -> Verb<String> {
    let options = Options::new(&options, session::ANSWER_OPTIONS)?;
    let sealed = tester.with_session(|session| session.seal(&options))??;
    send_answer(tester, &options, sealed.clone())?;
    Ok(hex::encode(sealed))
}

/// As `answer`, with a PHYPayload that is ready.
fn answer_octets(tester: &mut TesterHandle, text: &str, options: Map) -> Verb<()> {
    let options = Options::new(&options, session::ANSWER_OPTIONS)?;
    send_answer(tester, &options, octets(text)?)
}

fn send_answer(tester: &TesterHandle, options: &Options, payload: Vec<u8>) -> Verb<()> {
    let last = tester.last()?;
    let windows = tester.with_session(|session| session.windows)?;
    let uplink_rate = rate_of(tester.region(), &last);
    let delay = Duration::from_secs(u64::from(windows.rx_delay.max(1)));
    let (frequency, data_rate, delay) = if options.is_rx2()? {
        (windows.rx2_frequency, windows.rx2_data_rate, delay + timing::RX2_AFTER_RX1)
    } else {
        let (region, offset) = (tester.region(), windows.rx1_dr_offset);
        let rate = region.rx1_data_rate(uplink_rate, offset, windows.dwell).unwrap_or(uplink_rate);
        (region.rx1_frequency(last.frame.frequency), rate, delay)
    };
    let frequency = options.number("frequency")?.map_or(frequency, Hertz);
    let data_rate = options.number("data_rate")?.map_or(data_rate, DataRate);
    let delay = match options.number::<u64>("delay_ms")? {
        Some(millis) => Duration::from_millis(millis),
        None => delay,
    };
    let at = options.shifted(last.ended + delay)?;
    tester.transmit(at, frequency, data_rate, options.number("eirp")?.unwrap_or(EIRP_DBM), payload)
}

/// Gives the tester the session that the node was personalised with, counters at zero.
fn personalise(tester: &mut TesterHandle, dev_addr: &str, nwk_s_key: &str, app_s_key: &str) -> Verb<()> {
    let session = Session::personalised(tester.region(), dev_addr, nwk_s_key, app_s_key)?;
    let (dev_addr, keys) = session.identity();
    tester.context.lab().bench_mut().capture.know_session(dev_addr, keys.clone());
    tester.state.borrow_mut().current = Some(session);
    Ok(())
}

/// Says where the node should listen from now on.
fn set_windows(tester: &mut TesterHandle, options: Map) -> Verb<()> {
    let options =
        Options::new(&options, &["rx_delay", "rx1_dr_offset", "rx2_data_rate", "rx2_frequency", "dwell"])?;
    tester.with_session(|session| {
        let windows = &mut session.windows;
        windows.rx_delay = options.number("rx_delay")?.unwrap_or(windows.rx_delay);
        windows.rx1_dr_offset = options.number("rx1_dr_offset")?.unwrap_or(windows.rx1_dr_offset);
        windows.rx2_data_rate = options.number("rx2_data_rate")?.map_or(windows.rx2_data_rate, DataRate);
        windows.rx2_frequency = options.number("rx2_frequency")?.map_or(windows.rx2_frequency, Hertz);
        windows.dwell = options.optional_flag("dwell")?.unwrap_or(windows.dwell);
        Ok(())
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_that_does_not_exist_is_named() {
        let given = map([("windw", Dynamic::from_int(2))]);
        let error = *Options::new(&given, session::ANSWER_OPTIONS).unwrap_err();
        let rhai::EvalAltResult::ErrorRuntime(trouble, _) = error else { panic!("{error}") };
        let message = trouble.cast::<Trouble>().message;
        assert!(message.contains("windw") && message.contains("window"), "{message}");
    }
}
