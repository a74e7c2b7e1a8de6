//! `dtk serve`: the simulated lab, live.
//!
//! Every simulated device sits behind a PTY at a stable link, the doors for gateways and for SMPP listen, and expressions
//! come in over a socket. The thread that runs this is the pump; doors and control leave their work for it. What the core
//! knows is kept in the store, and the next start goes on with it.

mod smpp;
mod state;
mod stations;

use self::smpp::Smpp;
use super::{ctl, forwarding};
use crate::capture::CaptureFile;
use crate::cli::ServeArgs;
use crate::loading::{self, LabFile};
use crate::session::Session;
use crate::suite::Kit;
use crate::{console, exit, runtime};
use endpoints::semtech_udp::{DoorEvent, SemtechUdpDoor};
use lab::plan::{GatewayPlan, Plan};
use lab::{Lab, SeatId, SetupError, Style, Visitors, visits};
use serde_json::json;
use simcore::lorawan::{GatewayDownlink, TxAck};
use state::State;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wire::id::Eui64;
use wire::ip::Prefix;
use wire::time::Duration;

/// How long a client may take to send its expression.
const PATIENCE: Duration = Duration::from_secs(2);

/// An expression with the stream that waits for its value.
type Request = (String, UnixStream);

/// Serves the lab until it is interrupted.
#[must_use]
pub fn run(args: &ServeArgs) -> u8 {
    match try_run(args) {
        Ok(code) | Err(code) => code,
    }
}

fn try_run(args: &ServeArgs) -> Result<u8, u8> {
    let file = loading::lab_file(&args.lab)?;
    let kit = Kit::read(&args.lab.suites).unwrap_or_else(|error| {
        console::talk(&format!("warning: {error}; `import` will find nothing"));
        Kit::default()
    });
    let folder = args.lab.out.join("dev");
    let _lock = take_folder(&folder)?;
    let (visitors, visits) = visits();
    let state = State::take_up(args, &file)?;
    let mut lab =
        Lab::build_on(Some(&state.past), &file.plan, state.seed, state.calendar, Style::Offered(visits))
            .map_err(|error| complain_about_start(&error))?;
    let stop = runtime::stop_on_interrupt("the lab is taken down");
    lab.stop_on(stop.clone());
    let (failed, calendar) = (state.failed.clone(), state.calendar);
    lab.keep_with(state.keeper(stop.clone()));
    let stations = args
        .basics_station
        .map(|address| stations::open(args, address, &file.plan, calendar, visitors.clone()))
        .transpose()
        .map_err(|error| complain(&error))?;
    let (downlinks, outgoing) = unbounded_channel();
    let (station, station_sender) = stations.unzip();
    lab.set_outlet(Box::new(move |gateway, downlink| {
        // The way by which the gateway is connected; a packet forwarder unless it is a station.
        let rest = match &station_sender {
            Some(sender) => sender.send(gateway, downlink).err(),
            None => Some(downlink),
        };
        drop(rest.map(|downlink| downlinks.send((gateway, downlink))));
    }));
    let served = file.plan.gateways.iter().map(|gateway| gateway.eui.get_ref().0).collect();
    let door = open_door(args.semtech_udp, served, tunnels(&file.plan), visitors.clone(), outgoing)?;
    forwarding::open(&mut lab, &file.plan, &visitors).map_err(|error| complain(&error))?;
    let mut smpp = Smpp::open(args, visitors.clone()).map_err(|error| complain(&error))?;
    let socket = ctl::socket(&args.lab.out);
    let requests = listen(&socket, visitors).map_err(|error| complain_about(&socket, &error))?;
    let links = make_links(&folder, &file, &lab).map_err(|error| complain_about(&folder, &error))?;
    let mut capture = open_capture(args, &mut lab)?;
    let stations = station.into_iter().flatten();
    let doors: Vec<_> =
        std::iter::once(("semtech-udp", door)).chain(smpp.addresses()).chain(stations).collect();
    announce(args, &file, &links, &doors);
    pump(&mut Session::new(lab, &kit, stop.clone()), &requests, &mut smpp, &stop, capture.as_mut());
    for (_, _, link) in &links {
        let _ = std::fs::remove_file(link);
    }
    let _ = std::fs::remove_file(socket);
    Ok(state::exit_code(&failed))
}

/// Makes the folder of the links ours for as long as the result lives.
fn take_folder(folder: &Path) -> Result<File, u8> {
    std::fs::create_dir_all(folder).map_err(|error| complain_about(folder, &error))?;
    let path = folder.join(".lock");
    let lock = File::create(&path).map_err(|error| complain_about(&path, &error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(complain(&format!(
            "a lab is already served in {}; --out names another folder",
            folder.display()
        ))),
        Err(TryLockError::Error(error)) => Err(complain_about(&path, &error)),
    }
}

fn complain_about(path: &Path, error: &std::io::Error) -> u8 {
    complain(&format!("{}: {error}", path.display()))
}

fn complain(error: &dyn std::fmt::Display) -> u8 {
    console::talk(&format!("error: {error}"));
    exit::BAD_USAGE
}

/// A lab that does not begin; how to leave behind a state that is in its way.
fn complain_about_start(error: &SetupError) -> u8 {
    let hint = if matches!(error, SetupError::State(_)) {
        "; give back what the lab file had, or begin with an empty core by --fresh"
    } else {
        ""
    };
    complain(&format!("{error}{hint}"))
}

/// Runs the lab, and between two steps does what came through the SMPP door and evaluates what was asked. What the door
/// sends leaves at the end of a round, when what it tells of is kept.
fn pump(
    session: &mut Session,
    requests: &Receiver<Request>,
    smpp: &mut Smpp,
    stop: &AtomicBool,
    mut capture: Option<&mut CaptureFile>,
) {
    while !stop.load(Ordering::Relaxed) && session.step(Duration::from_secs(1)) {
        session.with_lab(|lab| smpp.take_in(lab));
        while let Ok((expression, stream)) = requests.try_recv() {
            let answer = match session.evaluate(&expression) {
                Ok(value) => json!({ "value": value }),
                Err(error) => json!({ "error": error }),
            };
            // What is told of the core must not be forgotten after it.
            if session.with_lab(Lab::commit) {
                reply(stream, answer.to_string());
            }
        }
        session.with_lab(|lab| {
            if lab.commit() {
                smpp.flush(lab);
            }
        });
        // A disk that is full must not take the lab down: the capture ends, and says so once.
        capture = capture.take().and_then(|file| match session.with_lab(|lab| file.write(lab.bench_mut())) {
            Ok(()) => Some(file),
            Err(error) => {
                session.with_lab(|lab| lab.bench_mut().run_capture(false));
                console::talk(&format!("the capture ends: {error}"));
                None
            }
        });
    }
}

/// Starts the capture, where one is wanted.
fn open_capture(args: &ServeArgs, lab: &mut Lab) -> Result<Option<CaptureFile>, u8> {
    let Some(path) = &args.capture else { return Ok(None) };
    let start = lab.calendar().timestamp(wire::time::Instant::ZERO);
    let file = CaptureFile::create(path, start).map_err(|error| complain_about(path, &error))?;
    lab.bench_mut().run_capture(true);
    if args.capture_decrypted {
        lab.bench_mut().open_lora_frames();
    }
    Ok(Some(file))
}

/// Answers on a thread of its own: whoever asked may be slow to read, or have gone away.
fn reply(mut stream: UnixStream, answer: String) {
    std::thread::spawn(move || writeln!(stream, "{answer}"));
}

/// Links each device's PTY to a path that stays the same: name, kind, link.
fn make_links(
    folder: &Path,
    file: &LabFile,
    lab: &Lab,
) -> std::io::Result<Vec<(String, &'static str, PathBuf)>> {
    let mut links = Vec::new();
    for (index, device) in file.plan.devices.iter().enumerate() {
        let Some(path) = lab.path(SeatId(index)) else { continue };
        let kind = match device {
            lab::plan::DevicePlan::Modem(_) => "modem",
            lab::plan::DevicePlan::Node(_) => "lora-node",
        };
        let name = device.name().get_ref().clone();
        let link = folder.join(&name);
        // Only a link of an earlier lab gives way; anything else at that path is somebody's file.
        if link.is_symlink() {
            std::fs::remove_file(&link)?;
        }
        std::os::unix::fs::symlink(path, &link)?;
        links.push((name, kind, std::path::absolute(&link)?));
    }
    Ok(links)
}

/// Listens for expressions; each is handed to the pump, which is woken.
fn listen(path: &Path, visitors: Visitors) -> std::io::Result<Receiver<Request>> {
    let _ = std::fs::remove_file(path);
    let listener = UnixListener::bind(path)?;
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            take_request(stream, &sender);
            visitors.send(|_| {});
        }
    });
    Ok(requests)
}

fn take_request(stream: UnixStream, sender: &Sender<Request>) {
    let mut line = String::new();
    // A client that says nothing must not keep the others waiting.
    let _ = stream.set_read_timeout(Some(PATIENCE));
    if BufReader::new(&stream).read_line(&mut line).is_err() {
        return;
    }
    let expression = serde_json::from_str::<serde_json::Value>(&line)
        .ok()
        .and_then(|request| request.get("expression")?.as_str().map(str::to_owned));
    if let Some(expression) = expression {
        let _ = sender.send((expression, stream));
    }
}

/// The gateways whose backhaul is a tunnel, with its addresses.
fn tunnels(plan: &Plan) -> BTreeMap<Eui64, Prefix> {
    let tunnel =
        |gateway: &GatewayPlan| Some((gateway.eui.get_ref().0, gateway.tunnel.as_ref()?.get_ref().0));
    plan.gateways.iter().filter_map(tunnel).collect()
}

/// Opens the Semtech UDP door on a thread of its own; the address it got.
fn open_door(
    address: SocketAddr,
    served: BTreeSet<Eui64>,
    tunnels: BTreeMap<Eui64, Prefix>,
    visitors: Visitors,
    mut outgoing: UnboundedReceiver<(Eui64, GatewayDownlink)>,
) -> Result<SocketAddr, u8> {
    let (opened, result) = channel();
    std::thread::spawn(move || {
        let _ = runtime::block_on(async move {
            let mut door = match SemtechUdpDoor::bind(address, served).await {
                Ok(door) => door.with_tunnels(tunnels),
                Err(error) => return drop(opened.send(Err(error.to_string()))),
            };
            let _ = opened.send(door.local_addr().map_err(|error| error.to_string()));
            loop {
                tokio::select! {
                    event = door.recv() => match event {
                        Ok(event) => visit(&visitors, event),
                        Err(error) => console::talk(&format!("semtech-udp: {error}")),
                    },
                    downlink = outgoing.recv() => {
                        let Some((gateway, downlink)) = downlink else { return };
                        if let Err(error) = door.send(gateway, &downlink).await {
                            console::talk(&format!("semtech-udp: downlink for gateway {gateway} not sent: {error}"));
                            refuse(&visitors, gateway, downlink.token);
                        }
                    }
                }
            }
        });
    });
    match result.recv() {
        Ok(Ok(address)) => Ok(address),
        Ok(Err(error)) => Err(complain(&error)),
        Err(error) => Err(complain(&error)),
    }
}

/// Tells the network server that nobody can be asked for its downlink: it has other gateways, and need not wait for this one.
fn refuse(visitors: &Visitors, gateway: Eui64, token: u16) {
    let word = TxAck::Vendor("GATEWAY_NOT_REACHABLE".to_owned());
    visitors.send(move |lab| {
        let now = lab.now();
        lab.bench_mut().core.lorawan.handle_tx_ack(now, gateway, token, word);
    });
}

/// Leaves what came through the door for the pump.
fn visit(visitors: &Visitors, event: DoorEvent) {
    visitors.send(move |lab| {
        let now = lab.now();
        let bench = lab.bench_mut();
        let server = &mut bench.core.lorawan;
        match event {
            DoorEvent::Uplink(uplink) => bench.outside_uplink(now, uplink),
            DoorEvent::TxAck { gateway, token, ack } => server.handle_tx_ack(now, gateway, token, ack),
            DoorEvent::GatewayReachable { gateway, address } => {
                server.handle_gateway_contact(now, gateway);
                console::talk(&format!("semtech-udp: gateway {gateway} is at {address}"));
            }
            DoorEvent::Statistics { gateway, stat } => server.handle_gateway_stat(now, gateway, *stat),
            DoorEvent::Traffic { gateway, traffic } => {
                server.handle_backhaul(now, gateway, traffic);
                // A forwarder sends something every ten seconds; a station may be quiet.
                if traffic.datagrams_up > 0 {
                    server.handle_keep_alive(now, gateway);
                }
            }
            DoorEvent::Flood { datagrams } => {
                server.handle_flood(now, datagrams);
                console::talk(&format!("semtech-udp: {datagrams} datagrams of strangers dropped"));
            }
            DoorEvent::OutsideTunnel { address, gateway, tunnel } => {
                server.handle_outside_tunnel(now, gateway, &address.to_string(), &tunnel.to_string());
                console::talk(&format!(
                    "semtech-udp: from {address}, not served: outside the tunnel of {gateway}"
                ));
            }
            DoorEvent::Refused { address, gateway, problem } => {
                server.handle_refused_datagram(now, gateway, &address.to_string(), &problem.to_string());
                console::talk(&format!("semtech-udp: datagram from {address} not served: {problem}"));
            }
        }
    });
}

fn announce(
    args: &ServeArgs,
    file: &LabFile,
    links: &[(String, &'static str, PathBuf)],
    doors: &[(&'static str, SocketAddr)],
) {
    if args.lab.json {
        let devices: Vec<_> = links
            .iter()
            .map(|(name, kind, port)| json!({ "name": name, "kind": kind, "port": port.display().to_string() }))
            .collect();
        let door =
            |(name, address): &(_, SocketAddr)| json!({ "name": name, "address": address.to_string() });
        let doors: Vec<_> = doors.iter().map(door).collect();
        return console::result(&json!({ "ready": true, "devices": devices, "doors": doors }).to_string());
    }
    console::result(&format!("lab {} is served, seed {}", file.plan.lab.name, file.seed));
    for (name, kind, link) in links {
        console::result(&format!("  {kind:<10} {name:<12} {}", link.display()));
    }
    for (name, address) in doors {
        console::result(&format!("  door       {name:<12} {address}"));
    }
    console::result("Ctrl-C ends it; `dtk ctl EXPR` speaks to it");
}
