//! The SMPP door of a served lab: what comes in waits for the pump, what goes out waits for the end of its round.

use crate::cli::ServeArgs;
use crate::runtime;
use endpoints::smpp::{Crossed, DoorInput, Server, SmppDoor, SmppSender, Timers, Tls, Wiretap};
use lab::{Lab, Visitors};
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, channel};
use wire::nas::Side;

/// The pump's side of the door.
pub(super) struct Smpp {
    address: SocketAddr,
    tls_address: Option<SocketAddr>,
    server: Server,
    inputs: Receiver<DoorInput>,
    sender: SmppSender,
    wiretap: Wiretap,
}

impl Smpp {
    /// Opens the door, and the one that speaks TLS where there is to be one, on a thread of its own.
    pub(super) fn open(args: &ServeArgs, visitors: Visitors) -> Result<Self, String> {
        let address = args.smpp;
        let secure = match (args.smpp_tls, &args.smpp_certificate, &args.smpp_key) {
            (Some(address), Some(certificate), Some(key)) => {
                let tls = Tls::from_pem(certificate, key).map_err(|error| error.to_string())?;
                Some((address, tls))
            }
            _ => None,
        };
        let (opened, result) = channel();
        let (input, inputs) = channel();
        std::thread::spawn(move || {
            let _ = runtime::block_on(async move {
                let door = match bind(address, secure).await {
                    Ok(door) => door,
                    Err(problem) => return drop(opened.send(Err(problem))),
                };
                let places = door.local_addr().and_then(|place| Ok((place, door.tls_addr()?)));
                let _ = opened.send(match places {
                    Ok((place, secure)) => Ok((place, secure, door.sender())),
                    Err(error) => Err(error.to_string()),
                });
                // The work is in the channel; the visit wakes the pump.
                door.run(move |what| input.send(what).is_ok() && visitors.send(|_| {})).await;
            });
        });
        let (address, tls_address, sender) = result.recv().map_err(|error| error.to_string())??;
        let (server, wiretap) = (Server::new(Timers::default()), Wiretap::default());
        Ok(Self { address, tls_address, server, inputs, sender, wiretap })
    }

    /// Each door with its name.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (&'static str, SocketAddr)> + use<> {
        let secure = self.tls_address.map(|address| ("smpp-tls", address));
        std::iter::once(("smpp", self.address)).chain(secure)
    }

    /// Deals with everything that has come in, and with what is due.
    pub(super) fn take_in(&mut self, lab: &mut Lab) {
        let now = lab.now();
        while let Ok(input) = self.inputs.try_recv() {
            if lab.bench_mut().capture.is_running() {
                capture(lab, self.wiretap.came_in(&input));
            }
            let core = &mut lab.bench_mut().core.cellular;
            match input {
                DoorInput::Connected { connection, peer } => {
                    self.server.connected(now, connection, peer.to_string());
                }
                DoorInput::Called { connection, call } => self.server.called(core, now, connection, &call),
                DoorInput::NotReached { call, problem } => {
                    core.note_esme_call(now, &call.system_id, Err(problem));
                }
                DoorInput::NoTls { peer, problem } => {
                    core.note_esme_protocol(now, None, &peer.to_string(), format!("TLS: {problem}"));
                }
                DoorInput::Received { connection, octets } => {
                    self.server.received(core, now, connection, &octets);
                }
                DoorInput::Lost { connection } => self.server.lost(core, now, connection),
            }
        }
        let core = &mut lab.bench_mut().core.cellular;
        self.server.handle_timeout(core, now);
        self.server.take_calls(core, now).into_iter().for_each(|call| self.sender.call(call));
    }

    /// Sends everything that waits. What it tells of has to be kept by now.
    pub(super) fn flush(&mut self, lab: &mut Lab) {
        for outgoing in self.server.take_outgoing() {
            if lab.bench_mut().capture.is_running() {
                capture(lab, self.wiretap.goes_out(&outgoing));
            }
            self.sender.send(outgoing);
        }
    }
}

/// Takes down what crossed a connection.
fn capture(lab: &mut Lab, crossed: Vec<Crossed>) {
    let now = lab.now();
    for Crossed { peer, from_application, octets, is_pdu } in crossed {
        let sender = if from_application { Side::Mobile } else { Side::Network };
        lab.bench_mut().capture.application(now, format!("application at {peer}"), sender, octets, is_pdu);
    }
}

async fn bind(address: SocketAddr, secure: Option<(SocketAddr, Tls)>) -> Result<SmppDoor, String> {
    let listens = |address| move |error| format!("listen on {address}: {error}");
    let door = SmppDoor::bind(address).await.map_err(listens(address))?;
    match secure {
        Some((address, tls)) => door.with_tls(address, tls).await.map_err(listens(address)),
        None => Ok(door),
    }
}
