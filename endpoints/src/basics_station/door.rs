//! The listening sockets, one plain and one with TLS, and a task for each connection.

use super::Stations;
use super::message::{eui, id6};
use super::session::{StationEvent, StationSession};
use crate::tls::Tls;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use simcore::lorawan::GatewayDownlink;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::sleep;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use wire::id::Eui64;
use wire::ip::Prefix;
use wire::time::{Calendar, Duration, Instant};

/// Connections at once; more are closed at once.
const CONNECTIONS: usize = 256;
/// How long somebody may take to say who he is.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause after a connection that could not be accepted.
const AFTER_FAILURE: Duration = Duration::from_millis(100);
/// The longest message: a hundred times what a station says.
const LONGEST_MESSAGE: usize = 64 * 1024;

/// A connection below the websocket.
trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

type Socket<W> = WebSocketStream<W>;
type Senders = Arc<Mutex<BTreeMap<Eui64, (u64, UnboundedSender<GatewayDownlink>)>>>;

/// One listening socket, or two: the second speaks TLS.
#[derive(Debug)]
pub struct BasicsStationDoor {
    listener: TcpListener,
    secure: Option<(TcpListener, Tls)>,
    stations: Arc<Stations>,
    tunnels: Arc<BTreeMap<Eui64, Prefix>>,
    calendar: Calendar,
    senders: Senders,
}

/// The way out, for any thread.
#[derive(Clone, Debug)]
pub struct StationSender(Senders);

impl StationSender {
    /// Asks a station to send; gives the downlink back where no station with this EUI is connected.
    ///
    /// # Errors
    /// The downlink.
    pub fn send(&self, gateway: Eui64, downlink: GatewayDownlink) -> Result<(), GatewayDownlink> {
        let senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match senders.get(&gateway) {
            Some((_, sender)) => sender.send(downlink).map_err(|error| error.0),
            None => Err(downlink),
        }
    }
}

/// What a connection needs.
#[derive(Clone)]
struct Shared<F> {
    stations: Arc<Stations>,
    tunnels: Arc<BTreeMap<Eui64, Prefix>>,
    calendar: Calendar,
    senders: Senders,
    opened: tokio::time::Instant,
    hand_over: F,
}

impl BasicsStationDoor {
    /// Opens the door for these gateways.
    ///
    /// # Errors
    /// What the system says.
    pub async fn bind(address: SocketAddr, stations: Stations, calendar: Calendar) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let (stations, senders) = (Arc::new(stations), Senders::default());
        Ok(Self { listener, secure: None, stations, tunnels: Arc::default(), calendar, senders })
    }

    /// Serves these gateways only from the addresses of their tunnel.
    #[must_use]
    pub fn with_tunnels(self, tunnels: BTreeMap<Eui64, Prefix>) -> Self {
        Self { tunnels: Arc::new(tunnels), ..self }
    }

    /// Listens for TLS at a second address.
    ///
    /// # Errors
    /// What the system says.
    pub async fn with_tls(self, address: SocketAddr, tls: Tls) -> io::Result<Self> {
        let secure = Some((TcpListener::bind(address).await?, tls));
        Ok(Self { secure, ..self })
    }

    /// Where it listens; tells the port that port 0 became.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Where it listens for TLS, where it does.
    ///
    /// # Errors
    /// What the system says.
    pub fn tls_addr(&self) -> io::Result<Option<SocketAddr>> {
        self.secure.as_ref().map(|(listener, _)| listener.local_addr()).transpose()
    }

    /// The way out.
    #[must_use]
    pub fn sender(&self) -> StationSender {
        StationSender(self.senders.clone())
    }

    /// Serves stations until `hand_over`, which takes what comes in, says `false`.
    pub async fn run(self, hand_over: impl Fn(StationEvent) -> bool + Clone + Send + Sync + 'static) {
        let Self { listener, secure, stations, tunnels, calendar, senders } = self;
        let opened = tokio::time::Instant::now();
        let shared = Shared { stations, tunnels, calendar, senders, opened, hand_over };
        let open = Arc::new(AtomicUsize::new(0));
        let mut so_far = 0;
        loop {
            let (accepted, tls) = next(&listener, secure.as_ref()).await;
            let Ok((stream, peer)) = accepted else {
                sleep(AFTER_FAILURE).await;
                continue;
            };
            so_far += 1;
            if open.fetch_add(1, Ordering::Relaxed) >= CONNECTIONS {
                open.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
            let _ = stream.set_nodelay(true);
            let (shared, open) = (shared.clone(), open.clone());
            tokio::spawn(async move {
                match tls {
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => shared.serve(stream, peer, so_far, "wss").await,
                        Err(problem) => shared.refuse(peer, None, format!("no TLS: {problem}")),
                    },
                    None => shared.serve(stream, peer, so_far, "ws").await,
                }
                open.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }
}

/// Who comes next, and the TLS that he is to speak.
async fn next(
    listener: &TcpListener,
    secure: Option<&(TcpListener, Tls)>,
) -> (io::Result<(TcpStream, SocketAddr)>, Option<Tls>) {
    let Some((second, tls)) = secure else { return (listener.accept().await, None) };
    tokio::select! {
        plain = listener.accept() => (plain, None),
        secret = second.accept() => (secret, Some(tls.clone())),
    }
}

impl<F: Fn(StationEvent) -> bool> Shared<F> {
    fn now(&self) -> Instant {
        Instant::ZERO + self.opened.elapsed()
    }

    fn refuse(&self, address: SocketAddr, gateway: Option<Eui64>, why: String) {
        (self.hand_over)(StationEvent::Refused { address, gateway, why });
    }

    async fn serve(&self, stream: impl Wire, peer: SocketAddr, number: u64, scheme: &str) {
        let (mut path, mut host) = (String::new(), String::new());
        #[expect(clippy::result_large_err, reason = "the trait wants it")]
        let look = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
            request.uri().path().clone_into(&mut path);
            let named = request.headers().get("host").and_then(|host| host.to_str().ok());
            named.unwrap_or_default().clone_into(&mut host);
            Ok(response)
        };
        let config = WebSocketConfig::default()
            .max_message_size(Some(LONGEST_MESSAGE))
            .max_frame_size(Some(LONGEST_MESSAGE));
        let shaken = tokio_tungstenite::accept_hdr_async_with_config(stream, look, Some(config));
        let socket = match tokio::time::timeout(PATIENCE, shaken).await {
            Ok(Ok(socket)) => socket,
            Ok(Err(error)) => return self.refuse(peer, None, format!("no websocket: {error}")),
            Err(_) => return self.refuse(peer, None, "no websocket within 10 s".to_owned()),
        };
        if path == "/router-info" {
            return self.direct(socket, peer, &format!("{scheme}://{host}")).await;
        }
        let gateway = path.strip_prefix("/router-").and_then(|text| eui(text).ok());
        match gateway {
            Some(gateway) if self.is_outside_tunnel(peer, gateway) => {}
            Some(gateway) if self.stations.contains_key(&gateway) => {
                self.attend(socket, peer, gateway, number).await;
            }
            Some(gateway) => drop((self.hand_over)(StationEvent::Unknown { gateway })),
            None => self.refuse(peer, None, "the path is neither /router-info nor /router-EUI".to_owned()),
        }
    }

    /// Whether somebody comes beside the tunnel of the gateway that he says he is; then that is told.
    fn is_outside_tunnel(&self, address: SocketAddr, gateway: Eui64) -> bool {
        let missed = self.tunnels.get(&gateway).copied().filter(|tunnel| !tunnel.contains(address.ip()));
        if let Some(tunnel) = missed {
            (self.hand_over)(StationEvent::OutsideTunnel { address, gateway, tunnel });
        }
        missed.is_some()
    }

    /// Answers the one question of `/router-info`.
    async fn direct(&self, mut socket: Socket<impl Wire>, peer: SocketAddr, here: &str) {
        let question = tokio::time::timeout(PATIENCE, socket.next()).await;
        let Ok(Some(Ok(Message::Text(text)))) = question else {
            return self.refuse(peer, None, "no question at /router-info".to_owned());
        };
        let asked: Option<Value> = serde_json::from_str(&text).ok();
        let router = asked.as_ref().and_then(|asked| asked.get("router")?.as_str()).unwrap_or_default();
        let answer = match eui(router) {
            Ok(gateway) if self.is_outside_tunnel(peer, gateway) => {
                json!({ "router": id6(gateway), "error": "the gateway is served through its tunnel only" })
            }
            Ok(gateway) if self.stations.contains_key(&gateway) => {
                let uri = format!("{here}/router-{gateway}");
                json!({ "router": id6(gateway), "muxs": "::1", "uri": uri })
            }
            Ok(gateway) => {
                (self.hand_over)(StationEvent::Unknown { gateway });
                json!({ "router": id6(gateway), "error": "the gateway is not registered" })
            }
            Err(error) => {
                self.refuse(peer, None, format!("the question at /router-info has no router: {error}"));
                json!({ "error": "the field router names no gateway" })
            }
        };
        let _ = socket.send(Message::text(answer.to_string())).await;
        let _ = socket.close(None).await;
        // The other side closes in its turn; it has no longer for it than it had for its question.
        let rest = async { while let Some(Ok(_)) = socket.next().await {} };
        let _ = tokio::time::timeout(PATIENCE, rest).await;
    }

    /// Serves a registered station until it goes, or comes again.
    async fn attend(&self, mut socket: Socket<impl Wire>, peer: SocketAddr, gateway: Eui64, number: u64) {
        let Some(plan) = self.stations.get(&gateway).copied() else { return };
        let mut session = StationSession::new(gateway, plan, peer, self.calendar);
        let mut downlinks = self.enter(gateway, number);
        loop {
            let answer = tokio::select! {
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) => session.handle_text(self.now(), &text),
                    Some(Ok(Message::Binary(octets))) => {
                        session.handle_binary(octets.len());
                        None
                    }
                    Some(Ok(Message::Close(_))) | None => break,
                    Some(Ok(_)) => None,
                    Some(Err(error)) => {
                        session.handle_protocol_error(error.to_string());
                        break;
                    }
                },
                downlink = downlinks.recv() => match downlink {
                    Some(downlink) => session.dnmsg(self.now(), &downlink),
                    // The station has come again on another connection.
                    None => break,
                },
            };
            if let Some(text) = answer
                && socket.send(Message::text(text)).await.is_err()
            {
                break;
            }
            self.tell(&mut session);
            if session.is_hopeless() {
                let _ = socket.close(None).await;
                break;
            }
        }
        self.tell(&mut session);
        self.leave(gateway, number);
    }

    /// From now on downlinks for the gateway come on this connection.
    fn enter(&self, gateway: Eui64, number: u64) -> UnboundedReceiver<GatewayDownlink> {
        let (sender, downlinks) = unbounded_channel();
        let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
        senders.insert(gateway, (number, sender));
        downlinks
    }

    /// Unless the station has come again, no downlinks come any more.
    fn leave(&self, gateway: Eui64, number: u64) {
        let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
        if senders.get(&gateway).is_some_and(|(owner, _)| *owner == number) {
            senders.remove(&gateway);
        }
    }

    fn tell(&self, session: &mut StationSession) {
        while let Some(event) = session.poll_event() {
            (self.hand_over)(event);
        }
    }
}

#[cfg(test)]
mod tests;
