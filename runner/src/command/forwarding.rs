//! Simulated gateways of a live lab that speak to a network server which is not the lab's.

use crate::{console, runtime};
use endpoints::semtech_udp::{ForwarderSender, ForwarderSockets};
use lab::plan::{Plan, ServerUri};
use lab::{Lab, Visitors};
use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::channel;
use wire::id::Eui64;

/// Opens the sockets of every gateway with a server of its own, each on a thread of its own.
///
/// # Errors
/// The gateway and why its server cannot be reached, in words.
pub fn open(lab: &mut Lab, plan: &Plan, visitors: &Visitors) -> Result<(), String> {
    let mut ways = BTreeMap::new();
    for gateway in &plan.gateways {
        let Some(server) = &gateway.server else { continue };
        let (eui, server) = (gateway.eui.get_ref().0, server.get_ref().0.clone());
        ways.insert(eui, forward(eui, server, visitors.clone())?);
    }
    if !ways.is_empty() {
        lab.set_datagram_outlet(Box::new(move |eui, stream, octets| {
            if let Some(way) = ways.get(&eui) {
                way.send(stream, octets);
            }
        }));
    }
    Ok(())
}

/// The thread ends with the lab, which has the only sender.
fn forward(eui: Eui64, server: ServerUri, visitors: Visitors) -> Result<ForwarderSender, String> {
    let (opened, result) = channel();
    std::thread::spawn(move || {
        let _ = runtime::block_on(async move {
            let (sockets, sender) = match ForwarderSockets::open(&server.host, server.port).await {
                Ok(open) => open,
                Err(error) => return drop(opened.send(Err(format!("gateway {eui}: {error}")))),
            };
            let _ = opened.send(Ok(sender));
            // A server that is not there is told once, until it answers again.
            let mut silent = false;
            let hand_over = |received: io::Result<Vec<u8>>| match received {
                Ok(octets) => {
                    silent = false;
                    visitors.send(move |lab| {
                        let now = lab.now();
                        lab.bench_mut().gateway_datagram(now, eui, &octets);
                    });
                }
                Err(error) => {
                    if !std::mem::replace(&mut silent, true) {
                        let what = format!("gateway {eui}: its network server does not answer: {error}");
                        console::talk(&what);
                    }
                }
            };
            sockets.run(hand_over).await;
        });
    });
    result.recv().map_err(|error| error.to_string())?
}
