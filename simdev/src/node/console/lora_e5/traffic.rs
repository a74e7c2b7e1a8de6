//! Joins, uplinks and events of the LoRa-E5.

use super::super::super::event::{Done, Downlink, Event, Slot};
use super::super::super::mac::{Refused, When};
use super::super::Desk;
use super::super::notation::{dev_addr, with_colons};
use super::{LoraE5, Mode, Refusal, Words};
use wire::lorawan::NetId;

impl LoraE5 {
    pub(super) fn join(
        &mut self,
        desk: &mut Desk<'_>,
        name: &'static str,
        words: &Words<'_>,
    ) -> Result<(), Refusal> {
        if self.kept.mode != Mode::Otaa {
            return Err(Refusal::WrongMode);
        }
        let forced = match words.values.first() {
            None => false,
            Some(word) if word.eq_ignore_ascii_case("FORCE") => true,
            Some(_) => return Err(Refusal::Parameter),
        };
        if desk.mac.joined && !forced {
            desk.line("+JOIN: Joined already");
            return Ok(());
        }
        match desk.join(When::Now) {
            Ok(()) => {
                self.under_way = Some(name);
                desk.line("+JOIN: Start");
                desk.line(if forced { "+JOIN: FORCE" } else { "+JOIN: NORMAL" });
            }
            Err(refused) => explain(desk, name, refused),
        }
        Ok(())
    }

    /// `AT+MSG`, `AT+CMSG`: text. `AT+MSGHEX`, `AT+CMSGHEX`: hexadecimal octets, with spaces between them or not.
    pub(super) fn send(
        &mut self,
        desk: &mut Desk<'_>,
        name: &'static str,
        words: &Words<'_>,
    ) -> Result<(), Refusal> {
        if self.kept.mode == Mode::Test {
            return Err(Refusal::WrongMode);
        }
        let octets = if name.ends_with("HEX") {
            let digits: String = words.whole.chars().filter(|letter| *letter != ' ').collect();
            hex::decode(digits).map_err(|_| Refusal::Parameter)?
        } else {
            words.whole.as_bytes().to_vec()
        };
        let confirmed = name.starts_with('C');
        let data = (!octets.is_empty()).then_some((self.kept.port, octets));
        match desk.send(confirmed, data, When::Now) {
            Ok(()) => {
                self.under_way = Some(name);
                desk.line(&format!("+{name}: Start"));
                if confirmed {
                    desk.line(&format!("+{name}: Wait ACK"));
                }
            }
            Err(refused) => explain(desk, name, refused),
        }
        Ok(())
    }

    pub(super) fn tell_host(&mut self, desk: &mut Desk<'_>, event: &Event) {
        match event {
            Event::Joined => {
                self.under_way = None;
                let address = with_colons(&dev_addr(desk.mac.parameters.dev_addr));
                let net_id = desk.mac.net_id.map_or(0, NetId::value);
                desk.line("+JOIN: Network joined");
                desk.line(&format!("+JOIN: NetID {net_id:06X} DevAddr {address}"));
                desk.line("+JOIN: Done");
            }
            Event::JoinFailed => {
                self.under_way = None;
                desk.line("+JOIN: Join failed");
                desk.line("+JOIN: Done");
            }
            Event::Downlink(downlink) => match self.under_way {
                Some(name) if downlink.slot != Slot::ClassC || downlink.ends_exchange => {
                    downlink_lines(desk, name, downlink);
                }
                Some(_) | None => self.tell_class_c(desk, downlink),
            },
            Event::Done(done) => self.tell_done(desk, *done),
        }
        if self.kept.mode == Mode::Abp {
            // The counters of a session without join outlive the power.
            (desk.saved.fcnt_up, desk.saved.fcnt_down) =
                (desk.mac.parameters.fcnt_up, desk.mac.parameters.fcnt_down);
        }
    }

    /// Without an acknowledgement there is only `Done`.
    fn tell_done(&mut self, desk: &mut Desk<'_>, done: Done) {
        if !done.unasked
            && let Some(name) = self.under_way.take()
        {
            desk.line(&format!("+{name}: Done"));
        }
    }
}

/// What is told of a downlink, before `Done`.
pub(super) fn downlink_lines(desk: &mut Desk<'_>, name: &str, downlink: &Downlink) {
    if downlink.more_pending {
        desk.line(&format!("+{name}: FPENDING"));
    }
    if let Some(link) = downlink.link {
        desk.line(&format!("+{name}: Link {}, {}", link.margin, link.gateways));
    }
    if downlink.ack && name.starts_with('C') {
        desk.line(&format!("+{name}: ACK Received"));
    }
    if let Some(data) = &downlink.data {
        let octets = hex::encode_upper(&data.octets);
        desk.line(&format!("+{name}: PORT: {}; RX: \"{octets}\"", data.port));
    }
    let window = match downlink.slot {
        Slot::Rx1 => 1,
        Slot::Rx2 => 2,
        Slot::ClassC => 0,
    };
    let snr = f32::from(downlink.snr_tenths) / 10.0;
    desk.line(&format!("+{name}: RXWIN{window}, RSSI {}, SNR {snr:.1}", downlink.rssi_dbm));
}

fn explain(desk: &mut Desk<'_>, name: &str, refused: Refused) {
    let reason = match refused {
        Refused::NotJoined => "Please join network first".to_owned(),
        Refused::Busy | Refused::Paused => "LoRaWAN modem is busy".to_owned(),
        Refused::NoFreeChannel(Some(at)) => format!("No band in {}ms", at.since(desk.now).as_millis()),
        Refused::NoFreeChannel(None) | Refused::KeysNotInit => "No free channel".to_owned(),
        Refused::DataTooLong(0) => "DR error".to_owned(),
        Refused::DataTooLong(most) => format!("Length error {most}"),
        Refused::CounterUsedUp => "Please join network first".to_owned(),
    };
    desk.line(&format!("+{name}: {reason}"));
}
