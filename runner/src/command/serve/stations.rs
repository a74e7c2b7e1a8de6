//! The Basics Station door of a served lab.

use crate::cli::ServeArgs;
use crate::{console, runtime};
use endpoints::basics_station::{BasicsStationDoor, StationEvent, StationSender, Stations};
use endpoints::{ClientAuthority, Tls};
use lab::plan::Plan;
use lab::{Lab, Visitors};
use simcore::lorawan::UnknownPlan;
use std::net::SocketAddr;
use std::sync::mpsc::channel;
use wire::time::Calendar;

/// Each door with its name.
type Doors = Vec<(&'static str, SocketAddr)>;

/// Opens the door, and the one that speaks TLS where there is to be one, on a thread of its own; their addresses, and the way
/// out.
pub(super) fn open(
    args: &ServeArgs,
    address: SocketAddr,
    plan: &Plan,
    calendar: Calendar,
    visitors: Visitors,
) -> Result<(Doors, StationSender), String> {
    let secure = secure(args)?;
    let outside = plan.gateways.iter().filter(|gateway| gateway.server.is_none());
    let stations: Result<Stations, _> =
        outside.map(|gateway| Ok((gateway.eui.get_ref().0, plan.channel_plan(gateway)?))).collect();
    let stations = stations.map_err(|error: UnknownPlan| error.to_string())?;
    let tunnels = super::tunnels(plan);
    let (opened, result) = channel();
    std::thread::spawn(move || {
        let _ = runtime::block_on(async move {
            let door = match BasicsStationDoor::bind(address, stations, calendar).await {
                Ok(door) => door.with_tunnels(tunnels),
                Err(error) => return drop(opened.send(Err(format!("listen on {address}: {error}")))),
            };
            let door = match secure {
                None => door,
                Some((address, tls)) => match door.with_tls(address, tls).await {
                    Ok(door) => door,
                    Err(error) => return drop(opened.send(Err(format!("listen on {address}: {error}")))),
                },
            };
            let _ =
                opened.send(places(&door).map(|places| (places, door.sender())).map_err(|e| e.to_string()));
            door.run(move |event| visitors.send(move |lab| take_in(lab, event))).await;
        });
    });
    result.recv().map_err(|error| error.to_string())?
}

/// The second address and what is shown there.
fn secure(args: &ServeArgs) -> Result<Option<(SocketAddr, Tls)>, String> {
    let files = (&args.basics_station_certificate, &args.basics_station_key);
    let (Some(address), (Some(certificate), Some(key))) = (args.basics_station_tls, files) else {
        return Ok(None);
    };
    let tls = match &args.basics_station_client_ca {
        Some(authorities) => {
            let revoked = args.basics_station_revoked.as_deref();
            Tls::asking(certificate, key, ClientAuthority { authorities, revoked })
        }
        None => Tls::from_pem(certificate, key),
    };
    let tls = tls.map_err(|error| error.to_string())?;
    Ok(Some((address, tls)))
}

fn places(door: &BasicsStationDoor) -> std::io::Result<Doors> {
    let secure = door.tls_addr()?.map(|address| ("basics-station-tls", address));
    Ok(std::iter::once(("basics-station", door.local_addr()?)).chain(secure).collect())
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
        StationEvent::OutsideTunnel { address, gateway, tunnel } => {
            server.handle_outside_tunnel(now, gateway, &address.to_string(), &tunnel.to_string());
            console::talk(&format!(
                "basics-station: from {address}, not served: outside the tunnel of {gateway}"
            ));
        }
        StationEvent::Refused { address, gateway, why } => {
            server.handle_refused_datagram(now, gateway, &address.to_string(), &why);
            console::talk(&format!("basics-station: from {address}, not served: {why}"));
        }
    }
}
