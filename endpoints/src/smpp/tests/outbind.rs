//! An ESME that is called when something waits for it.

use super::dissect;
use super::table::{Submit, Table, bind, config, pdus, request};
use crate::smpp::pdu::{command, status};
use crate::smpp::{Call, ConnectionId};
use simcore::cellular::{CellularCore, Outbind};
use wire::seed::Seed;
use wire::time::Calendar;

const CALLED: ConnectionId = ConnectionId(1_000);

/// A table whose ESME waits to be called, with a receipt for it.
fn with_something_waiting() -> Table {
    let mut config = config();
    let outbind = Outbind { address: "192.0.2.7:2775".parse().unwrap(), password: "core".to_owned() };
    config.esmes[0].outbind = Some(outbind);
    let mut t = Table::new();
    t.core = CellularCore::new(config, Calendar::virtual_start(), Seed(1)).unwrap();
    let connection = t.bound(command::BIND_TRANSMITTER);
    let submit = Submit { registered: 1, validity: "000000000010000R", ..Submit::default() };
    assert_eq!(t.ask(connection, &submit.pdu(1)).status, status::ROK);
    t.pass(30);
    t
}

#[test]
fn an_application_is_called_binds_and_gets_what_waits() {
    let mut t = with_something_waiting();
    let calls = t.server.take_calls(&t.core, t.now);
    assert_eq!(calls, [Call { system_id: "labesme".to_owned(), address: "192.0.2.7:2775".parse().unwrap() }]);
    t.notes();
    t.server.called(&mut t.core, t.now, CALLED, &calls[0]);
    let out = t.round();
    let first = out.iter().find(|outgoing| outgoing.connection == CALLED).unwrap();
    let outbind = pdus(&first.octets).remove(0);
    assert_eq!((outbind.command, outbind.status, outbind.body.as_slice()), (0xb, 0, &b"dtk\0core\0"[..]));
    let mut crossed = vec![(false, first.octets.clone())];
    let bind = bind(command::BIND_RECEIVER, "labesme", "secret");
    crossed.push((true, bind.clone()));
    let (answers, closed) = t.talk(CALLED, &bind);
    let kinds: Vec<_> = answers.iter().map(|pdu| (pdu.command, pdu.status)).collect();
    assert_eq!((kinds, closed), (vec![(0x8000_0001, 0), (command::DELIVER_SM, 0)], false));
    t.send(CALLED, &request(command::DELIVER_SM_RESP, answers[1].sequence, b"\0"));
    assert_eq!(t.core.esme_waiting("labesme"), 0);
    let codes: Vec<_> = t.notes().iter().map(|note| note.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(codes, ["esme-called", "esme-bound", "esme-delivered"]);
    t.pass(600);
    assert_eq!(t.server.take_calls(&t.core, t.now), [], "nothing waits");
    if let Some((seen, complaints)) = dissect::commands(&crossed) {
        assert_eq!((seen, complaints.as_str()), (vec![0xb, 0x1], ""));
    }
}

#[test]
fn one_that_does_not_bind_is_let_go_and_called_again_a_minute_later() {
    let mut t = with_something_waiting();
    let calls = t.server.take_calls(&t.core, t.now);
    t.server.called(&mut t.core, t.now, CALLED, &calls[0]);
    t.round();
    t.pass(30);
    assert_eq!(t.hear(CALLED), (Vec::new(), true), "session-init");
    t.pass(29);
    assert_eq!(t.server.take_calls(&t.core, t.now), []);
    t.pass(1);
    assert_eq!(t.server.take_calls(&t.core, t.now), calls);
}
