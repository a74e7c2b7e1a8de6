//! What crosses the connections, PDU by PDU, for a capture.
//!
//! Spec: SMPP 3.4 clauses 3.2 and 4. Octets that are no PDU are told apart, so that whoever dissects the rest finds nothing
//! wrong. The password of a bind is masked.

use super::door::DoorInput;
use super::pdu::{Frames, HEADER, Pdu, command};
use super::server::{ConnectionId, Outgoing};
use bytes::BytesMut;
use rusmpp::CommandId;
use rusmpp::decode::DecodeWithKeyOptional as _;
use std::collections::BTreeMap;

/// A PDU, or octets that are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossed {
    /// Where the application is.
    pub peer: String,
    /// Whether the application sent it.
    pub from_application: bool,
    /// From command_length on.
    pub octets: Vec<u8>,
    /// Whether the specification knows it, and its body can be read.
    pub is_pdu: bool,
}

/// Follows the connections.
#[derive(Debug, Default)]
pub struct Wiretap {
    connections: BTreeMap<ConnectionId, Followed>,
}

#[derive(Debug)]
struct Followed {
    peer: String,
    frames: Frames,
    /// Octets of the PDU that has begun.
    begun: Vec<u8>,
    /// No PDU can be told apart any more.
    lost: bool,
}

impl Wiretap {
    /// Something came in at the door.
    pub fn came_in(&mut self, input: &DoorInput) -> Vec<Crossed> {
        match input {
            DoorInput::Connected { connection, peer } => self.follow(*connection, peer.to_string()),
            DoorInput::Called { connection, call } => self.follow(*connection, call.address.to_string()),
            DoorInput::NotReached { .. } | DoorInput::NoTls { .. } => Vec::new(),
            DoorInput::Received { connection, octets } => {
                self.connections.get_mut(connection).map(|known| known.received(octets)).unwrap_or_default()
            }
            DoorInput::Lost { connection } => {
                let followed = self.connections.remove(connection);
                let rest = followed.filter(|followed| !followed.lost && !followed.begun.is_empty());
                rest.map(|followed| followed.no_pdu(followed.begun.clone())).into_iter().collect()
            }
        }
    }

    fn follow(&mut self, connection: ConnectionId, peer: String) -> Vec<Crossed> {
        let followed = Followed { peer, frames: Frames::default(), begun: Vec::new(), lost: false };
        self.connections.insert(connection, followed);
        Vec::new()
    }

    /// Something goes out.
    pub fn goes_out(&mut self, outgoing: &Outgoing) -> Vec<Crossed> {
        let Some(followed) = self.connections.get(&outgoing.connection) else { return Vec::new() };
        let mut frames = Frames::default();
        frames.push(&outgoing.octets);
        let pdus = std::iter::from_fn(|| frames.next_pdu().ok().flatten());
        let crossed = pdus.map(|pdu| followed.crossed(false, &pdu)).collect();
        if outgoing.close {
            self.connections.remove(&outgoing.connection);
        }
        crossed
    }
}

impl Followed {
    fn received(&mut self, octets: &[u8]) -> Vec<Crossed> {
        if self.lost {
            return vec![self.no_pdu(octets.to_vec())];
        }
        self.begun.extend(octets);
        self.frames.push(octets);
        let mut all = Vec::new();
        loop {
            match self.frames.next_pdu() {
                Ok(None) => return all,
                Ok(Some(pdu)) => {
                    self.begun.drain(..(HEADER + pdu.body.len()).min(self.begun.len()));
                    all.push(self.crossed(true, &pdu));
                }
                Err(_) => {
                    self.lost = true;
                    let rest = std::mem::take(&mut self.begun);
                    all.push(self.no_pdu(rest));
                    return all;
                }
            }
        }
    }

    fn crossed(&self, from_application: bool, pdu: &Pdu) -> Crossed {
        let mut body = pdu.body.clone();
        if is_bind(pdu.command) {
            mask_password(&mut body);
        }
        let mut octets = Vec::new();
        let length = u32::try_from(HEADER + body.len()).unwrap_or(u32::MAX);
        for word in [length, pdu.command, pdu.status, pdu.sequence] {
            octets.extend(word.to_be_bytes());
        }
        octets.extend(body);
        Crossed { peer: self.peer.clone(), from_application, octets, is_pdu: is_known(pdu) }
    }

    fn no_pdu(&self, octets: Vec<u8>) -> Crossed {
        Crossed { peer: self.peer.clone(), from_application: true, octets, is_pdu: false }
    }
}

const fn is_bind(command: u32) -> bool {
    matches!(
        command,
        command::BIND_RECEIVER | command::BIND_TRANSMITTER | command::BIND_TRANSCEIVER | command::OUTBIND
    )
}

/// The password stands behind the first NUL and ends with the second.
fn mask_password(body: &mut [u8]) {
    let mut fields = body.split_mut(|octet| *octet == 0).skip(1);
    if let Some(password) = fields.next() {
        password.fill(b'*');
    }
}

/// An answer that refuses has no body, whatever it answers.
fn is_known(pdu: &Pdu) -> bool {
    let key = CommandId::from(pdu.command);
    if matches!(key, CommandId::Other(_)) {
        return false;
    }
    if pdu.body.is_empty() && pdu.command & command::RESPONSE != 0 {
        return true;
    }
    let mut octets = BytesMut::from(&pdu.body[..]);
    let read = rusmpp::Pdu::decode(key, &mut octets, pdu.body.len());
    read.is_ok_and(|read| read.is_some_and(|(_, size)| size == pdu.body.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONNECTION: ConnectionId = ConnectionId(7);
    const BIND: &[u8] = b"\0\0\0\x22\0\0\0\x09\0\0\0\0\0\0\0\x01meter\0secret\0\0\x34\0\0\0";
    const ENQUIRE: &[u8] = b"\0\0\0\x10\0\0\0\x15\0\0\0\0\0\0\0\x02";

    fn connected() -> Wiretap {
        let mut wiretap = Wiretap::default();
        let peer = "192.0.2.1:4000".parse().unwrap();
        assert_eq!(wiretap.came_in(&DoorInput::Connected { connection: CONNECTION, peer }), []);
        wiretap
    }

    fn received(wiretap: &mut Wiretap, octets: &[u8]) -> Vec<(bool, Vec<u8>)> {
        let input = DoorInput::Received { connection: CONNECTION, octets: octets.to_vec() };
        wiretap.came_in(&input).into_iter().map(|crossed| (crossed.is_pdu, crossed.octets)).collect()
    }

    #[test]
    fn a_stream_is_cut_into_pdus_and_a_password_is_masked() {
        let mut wiretap = connected();
        let stream = [BIND, ENQUIRE].concat();
        assert_eq!(received(&mut wiretap, &stream[..30]), []);
        let masked = b"\0\0\0\x22\0\0\0\x09\0\0\0\0\0\0\0\x01meter\0******\0\0\x34\0\0\0".to_vec();
        assert_eq!(received(&mut wiretap, &stream[30..]), [(true, masked), (true, ENQUIRE.to_vec())]);
        let answers = [
            &b"\0\0\0\x14\x80\0\0\x09\0\0\0\0\0\0\0\x01dtk\0"[..],
            b"\0\0\0\x10\x80\0\0\x15\0\0\0\0\0\0\0\x02",
        ];
        let outgoing = Outgoing { connection: CONNECTION, octets: answers.concat(), close: true, handled: 1 };
        let sent = wiretap.goes_out(&outgoing);
        assert!(sent.iter().all(|crossed| crossed.is_pdu && !crossed.from_application));
        assert_eq!(sent.iter().map(|crossed| &crossed.octets[..]).collect::<Vec<_>>(), answers);
        assert_eq!(received(&mut wiretap, ENQUIRE), [], "the connection is over");
    }

    #[test]
    fn what_is_no_pdu_is_said_to_be_none() {
        let rows: &[&[u8]] = &[
            // An unknown command, a body that ends too early, one where none belongs.
            b"\0\0\0\x10\0\0\x12\x34\0\0\0\0\0\0\0\x02",
            b"\0\0\0\x12\0\0\0\x04\0\0\0\0\0\0\0\x02\0\0",
            b"\0\0\0\x11\0\0\0\x15\0\0\0\0\0\0\0\x02\0",
        ];
        let mut wiretap = connected();
        for row in rows {
            assert_eq!(received(&mut wiretap, row), [(false, row.to_vec())]);
        }
        assert_eq!(received(&mut wiretap, ENQUIRE), [(true, ENQUIRE.to_vec())], "the stream goes on");
        let http = b"GET / HTTP/1.1\r\n\r\n";
        assert_eq!(received(&mut wiretap, http), [(false, http.to_vec())]);
        assert_eq!(received(&mut wiretap, ENQUIRE), [(false, ENQUIRE.to_vec())], "and here it does not");
        assert_eq!(wiretap.came_in(&DoorInput::Lost { connection: CONNECTION }), []);
    }

    #[test]
    fn a_pdu_that_the_end_of_the_connection_cut_is_none() {
        let mut wiretap = connected();
        assert_eq!(received(&mut wiretap, &ENQUIRE[..9]), []);
        let [cut] = &wiretap.came_in(&DoorInput::Lost { connection: CONNECTION })[..] else { panic!() };
        assert_eq!((cut.is_pdu, &cut.octets[..], &cut.peer[..]), (false, &ENQUIRE[..9], "192.0.2.1:4000"));
    }
}
