//! A multicast group of a tester: messages that it sends to all members, right or wrong, at any time.

use super::options::Options;
use super::session::{ANSWER_OPTIONS, Session};
use super::{EIRP_DBM, TesterHandle};
use crate::context::Verb;
use crate::vocabulary::values::octets;
use rhai::{Engine, Map};
use std::cell::RefCell;
use std::rc::Rc;
use wire::air::lora::Hertz;
use wire::lorawan::DataRate;
use wire::time::Duration;

/// From the order to the first symbol, so that a lab in real time is not late.
const AHEAD: Duration = Duration::from_millis(50);

/// `tester.group(address, nwk_s_key, app_s_key)`.
#[derive(Clone, Debug)]
pub struct GroupHandle {
    tester: TesterHandle,
    session: Rc<RefCell<Session>>,
}

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine.register_type_with_name::<GroupHandle>("TesterGroup").register_fn("send", send).register_fn(
        "send_octets",
        |group: &mut GroupHandle, text: &str| {
            transmit(group, &Options::new(&Map::new(), &[])?, octets(text)?)
        },
    );
}

impl GroupHandle {
    /// A group whose counter is at zero.
    ///
    /// # Errors
    /// A trouble of the script when the address or a key is not one.
    pub fn new(tester: &TesterHandle, address: &str, nwk_s_key: &str, app_s_key: &str) -> Verb<Self> {
        let session = Session::personalised(tester.region(), address, nwk_s_key, app_s_key)?;
        let (dev_addr, keys) = session.identity();
        tester.context.lab().bench_mut().capture.know_session(dev_addr, keys.clone());
        Ok(Self { tester: tester.clone(), session: Rc::new(RefCell::new(session)) })
    }
}

/// Sends a message on the parameters of the node's RX2, and hands its octets back.
fn send(group: &mut GroupHandle, options: Map) -> Verb<String> {
    let options = Options::new(&options, ANSWER_OPTIONS)?;
    let sealed = group.session.borrow_mut().seal(&options)?;
    transmit(group, &options, sealed.clone())?;
    Ok(hex::encode(sealed))
}

fn transmit(group: &GroupHandle, options: &Options<'_>, payload: Vec<u8>) -> Verb<()> {
    let windows = group.tester.with_session(|session| session.windows)?;
    let frequency = options.number("frequency")?.map_or(windows.rx2_frequency, Hertz);
    let data_rate = options.number("data_rate")?.map_or(windows.rx2_data_rate, DataRate);
    let at = group.tester.context.now() + AHEAD;
    group.tester.transmit(at, frequency, data_rate, options.number("eirp")?.unwrap_or(EIRP_DBM), payload)
}
