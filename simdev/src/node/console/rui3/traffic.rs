//! Joins, uplinks and events of RUI3.

use super::super::super::event::{Done, Downlink, Event, Slot};
use super::super::super::mac::{Refused, When};
use super::super::Desk;
use super::super::at::Ask;
use super::super::notation::number;
use super::super::settings::flag;
use super::{Rui3, Status, show};
use std::ops::RangeInclusive;
use wire::time::Duration;

/// Ports of applications.
const PORTS: RangeInclusive<u8> = 1..=223;
/// The longest payload of a line, digits.
const MOST_DIGITS: usize = 500;
/// LORAMAC_EVENT_INFO_STATUS_RX2_TIMEOUT of LoRaMac-node, which the module prints.
const RX2_TIMEOUT: u8 = 4;

impl Rui3 {
    pub(super) fn join(&mut self, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
        let plan = self.kept.join;
        let values = match ask {
            Ask::Get => {
                let flags = (u8::from(plan.start), u8::from(plan.at_power_up));
                let value = format!("{}:{}:{}:{}", flags.0, flags.1, plan.period, plan.attempts);
                return show(desk, name, &value);
            }
            Ask::Set(values) => values,
            Ask::Run | Ask::Help => "1",
        };
        let Some(plan) = plan.with(values) else { return Status::ParamError };
        self.kept.join = plan;
        if !plan.start {
            self.volatile.next_join = None;
            return Status::Ok;
        }
        if desk.mac.exchange.is_some() || self.volatile.next_join.is_some() {
            return Status::BusyError;
        }
        self.begin_join(desk)
    }

    pub(super) fn begin_join(&mut self, desk: &mut Desk<'_>) -> Status {
        self.volatile.failed_joins = 0;
        self.try_join(desk)
    }

    pub(super) fn try_join(&mut self, desk: &mut Desk<'_>) -> Status {
        if !self.kept.otaa {
            let result = desk.mac.personalise();
            if result.is_ok() {
                desk.mac.tell(Event::Joined);
            }
            return status(result);
        }
        status(desk.join(When::Free))
    }

    /// `AT+SEND=port:data`.
    pub(super) fn send(&mut self, desk: &mut Desk<'_>, _: &str, ask: Ask<'_>) -> Status {
        let Ask::Set(text) = ask else { return Status::ParamError };
        let [port, data] = text.split(':').collect::<Vec<_>>()[..] else { return Status::ParamError };
        let retransmissions = desk.mac.parameters.retransmissions;
        self.transmit(desk, self.kept.confirmed, retransmissions, port, data)
    }

    /// `AT+USEND=port:confirmed:retransmissions:data`.
    pub(super) fn send_unified(&mut self, desk: &mut Desk<'_>, _: &str, ask: Ask<'_>) -> Status {
        let Ask::Set(text) = ask else { return Status::ParamError };
        let [port, confirmed, tries, data] = text.split(':').collect::<Vec<_>>()[..] else {
            return Status::ParamError;
        };
        match (flag(confirmed), number::<u8>(tries).filter(|tries| *tries <= 7)) {
            (Ok(confirmed), Some(tries)) => self.transmit(desk, confirmed, tries, port, data),
            (Ok(_) | Err(_), _) => Status::ParamError,
        }
    }

    fn transmit(
        &mut self,
        desk: &mut Desk<'_>,
        confirmed: bool,
        retransmissions: u8,
        port: &str,
        data: &str,
    ) -> Status {
        let port = number::<u8>(port).filter(|port| PORTS.contains(port));
        let octets = hex::decode(data).ok().filter(|octets| !octets.is_empty());
        let (Some(port), Some(octets)) = (port, octets.filter(|_| data.len() <= MOST_DIGITS)) else {
            return Status::ParamError;
        };
        let due = desk.mac.link_check_due;
        let link_check = self.kept.link_check > 0;
        if link_check {
            desk.mac.link_check_due = Some(desk.now);
        }
        let usual = std::mem::replace(&mut desk.mac.parameters.retransmissions, retransmissions);
        let result = desk.send(confirmed, Some((port, octets)), When::Free);
        desk.mac.parameters.retransmissions = usual;
        if result.is_ok() {
            self.volatile.link_check_out = link_check;
            self.volatile.last_was_confirmed = false;
            if self.kept.link_check == 1 {
                self.kept.link_check = 0;
            }
        } else {
            desk.mac.link_check_due = due;
        }
        status(result)
    }

    /// The end of an uplink is told before the downlink that ended it, as LoRaMac-node confirms before it indicates.
    pub(super) fn tell_host(&mut self, desk: &mut Desk<'_>, event: &Event) {
        match event {
            Event::Joined => {
                self.volatile.next_join = None;
                desk.mac.parameters.network.data_rate = desk.saved.network.data_rate;
                desk.line("+EVT:JOINED");
            }
            Event::JoinFailed => {
                desk.line("+EVT:JOIN_FAILED_RX_TIMEOUT");
                self.volatile.failed_joins += 1;
                let plan = self.kept.join;
                if plan.start && self.volatile.failed_joins <= u16::from(plan.attempts) {
                    let pause = Duration::from_secs(u64::from(plan.period));
                    self.volatile.next_join = Some(desk.now + pause);
                }
            }
            Event::Downlink(downlink) if downlink.ends_exchange => {
                self.volatile.pending = Some(downlink.clone());
            }
            Event::Downlink(downlink) => self.tell_downlink(desk, downlink),
            Event::Done(done) => self.tell_done(desk, *done),
        }
    }

    fn tell_done(&mut self, desk: &mut Desk<'_>, done: Done) {
        match (done.confirmed, done.acknowledged) {
            (true, true) => desk.line("+EVT:SEND_CONFIRMED_OK"),
            (true, false) => desk.line(&format!("+EVT:SEND_CONFIRMED_FAILED({RX2_TIMEOUT})")),
            (false, _) => desk.line("+EVT:TX_DONE"),
        }
        if !done.unasked {
            self.volatile.last_was_confirmed = done.acknowledged;
        }
        let pending = self.volatile.pending.take();
        let answered = pending.as_ref().is_some_and(|downlink| downlink.link.is_some());
        if std::mem::take(&mut self.volatile.link_check_out) && !answered {
            desk.line("+EVT:LINKCHECK:1:0:0:0:0");
        }
        // The answer to a time request came with 1.0.3; this stack cannot ask.
        if std::mem::take(&mut self.volatile.time_asked) {
            desk.line("+EVT:TIMEREQ_FAILED");
        }
        if let Some(downlink) = pending {
            self.tell_downlink(desk, &downlink);
        }
    }

    fn tell_downlink(&mut self, desk: &mut Desk<'_>, downlink: &Downlink) {
        let (rssi, snr) = (downlink.rssi_dbm, downlink.snr());
        if let Some(data) = downlink.data.as_ref().filter(|data| !data.octets.is_empty()) {
            let slot = match downlink.slot {
                Slot::Rx1 => '1',
                Slot::Rx2 => '2',
                Slot::ClassC => 'C',
            };
            let octets = hex::encode(&data.octets);
            let cast = if downlink.group { "MULTICAST" } else { "UNICAST" };
            desk.line(&format!("+EVT:RX_{slot}:{rssi}:{snr}:{cast}:{}:{octets}", data.port));
            self.volatile.last_data = Some(data.clone());
        }
        if let Some(link) = downlink.link {
            desk.line(&format!("+EVT:LINKCHECK:0:{}:{}:{rssi}:{snr}", link.margin, link.gateways));
        }
    }
}

fn status(result: Result<(), Refused>) -> Status {
    match result {
        Ok(()) => Status::Ok,
        Err(Refused::NotJoined) => Status::NoNetworkJoined,
        Err(Refused::Busy | Refused::Paused) => Status::BusyError,
        Err(Refused::DataTooLong(_)) => Status::ParamError,
        Err(Refused::KeysNotInit | Refused::NoFreeChannel(_) | Refused::CounterUsedUp) => Status::Error,
    }
}
