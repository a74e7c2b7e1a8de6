//! The Basics Station door of a served lab.

use crate::{console, runtime};
use endpoints::basics_station::{BasicsStationDoor, StationEvent, StationSender, Stations};
use lab::plan::Plan;
use lab::{Lab, Visitors};
use simcore::lorawan::UnknownPlan;
use std::net::SocketAddr;
use std::sync::mpsc::channel;
use wire::lorawan::NetId;
use wire::time::Calendar;

/// Opens the door on a thread of its own; its address, and the way out.
pub(super) fn open(
    address: SocketAddr,
    plan: &Plan,
    calendar: Calendar,
    visitors: Visitors,
) -> Result<(SocketAddr, StationSender), String> {
    let outside = plan.gateways.iter().filter(|gateway| gateway.server.is_none());
    let stations: Result<Stations, _> =
        outside.map(|gateway| Ok((gateway.eui.get_ref().0, plan.channel_plan(gateway)?))).collect();
    let stations = stations.map_err(|error: UnknownPlan| error.to_string())?;
    let net_id = NetId::from_value(plan.operator.net_id);
    let (opened, result) = channel();
    std::thread::spawn(move || {
        let _ = runtime::block_on(async move {
            let door = match BasicsStationDoor::bind(address, stations, net_id, calendar).await {
                Ok(door) => door,
                Err(error) => return drop(opened.send(Err(format!("listen on {address}: {error}")))),
            };
            let place = door.local_addr().map_err(|error| error.to_string());
            let _ = opened.send(place.map(|place| (place, door.sender())));
            door.run(move |event| visitors.send(move |lab| take_in(lab, event))).await;
        });
    });
    result.recv().map_err(|error| error.to_string())?
}

fn take_in(lab: &mut Lab, event: StationEvent) {
    let now = lab.now();
    let bench = lab.bench_mut();
    let server = &mut bench.core.lorawan;
    match event {
        StationEvent::Connected { gateway, address, station } => {
            server.handle_gateway_contact(now, gateway);
            console::talk(&format!("basics-station: gateway {gateway} is at {address}: {station}"));
        }
        StationEvent::Unknown { gateway } => server.handle_gateway_contact(now, gateway),
        StationEvent::Uplink(uplink) => bench.outside_uplink(now, uplink),
        StationEvent::TxAck { gateway, token, ack } => server.handle_tx_ack(now, gateway, token, ack),
        StationEvent::Traffic { gateway, traffic } => server.handle_backhaul(now, gateway, traffic),
        StationEvent::Refused { address, gateway, why } => {
            server.handle_refused_datagram(now, gateway, &address.to_string(), &why);
            console::talk(&format!("basics-station: from {address}, not served: {why}"));
        }
    }
}
