//! The SMPP door of a served lab: what comes in waits for the pump, what goes out waits for the end of its round.

use crate::runtime;
use endpoints::smpp::{DoorInput, Server, SmppDoor, SmppSender, Timers};
use lab::{Lab, Visitors};
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, channel};

/// The pump's side of the door.
pub(super) struct Smpp {
    address: SocketAddr,
    server: Server,
    inputs: Receiver<DoorInput>,
    sender: SmppSender,
}

impl Smpp {
    /// Opens the door on a thread of its own.
    pub(super) fn open(address: SocketAddr, visitors: Visitors) -> Result<Self, String> {
        let (opened, result) = channel();
        let (input, inputs) = channel();
        std::thread::spawn(move || {
            let _ = runtime::block_on(async move {
                let door = match SmppDoor::bind(address).await {
                    Ok(door) => door,
                    Err(error) => return drop(opened.send(Err(format!("listen on {address}: {error}")))),
                };
                let place = door.local_addr().map_err(|error| error.to_string());
                let _ = opened.send(place.map(|place| (place, door.sender())));
                // The work is in the channel; the visit wakes the pump.
                door.run(move |what| input.send(what).is_ok() && visitors.send(|_| {})).await;
            });
        });
        let (address, sender) = result.recv().map_err(|error| error.to_string())??;
        Ok(Self { address, server: Server::new(Timers::default()), inputs, sender })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Deals with everything that has come in, and with what is due.
    pub(super) fn take_in(&mut self, lab: &mut Lab) {
        let now = lab.now();
        let core = &mut lab.bench_mut().core.cellular;
        while let Ok(input) = self.inputs.try_recv() {
            match input {
                DoorInput::Connected { connection, peer } => {
                    self.server.connected(now, connection, peer.to_string());
                }
                DoorInput::Received { connection, octets } => {
                    self.server.received(core, now, connection, &octets);
                }
                DoorInput::Lost { connection } => self.server.lost(core, now, connection),
            }
        }
        self.server.handle_timeout(core, now);
    }

    /// Sends everything that waits. What it tells of has to be kept by now.
    pub(super) fn flush(&mut self) {
        self.server.take_outgoing().into_iter().for_each(|outgoing| self.sender.send(outgoing));
    }
}
