//! The listening socket and the connections.

use super::server::{ConnectionId, Outgoing};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep, sleep_until};

/// Octets that are read at once.
const CHUNK: usize = 16 * 1024;
/// How long a connection that ends waits for its last octets to leave.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// The pause after a connection that could not be accepted.
const AFTER_FAILURE: Duration = Duration::from_millis(100);
/// Connections at once; more are closed at once.
const CONNECTIONS: usize = 1_000;

/// What comes in at the door.
#[derive(Debug)]
pub enum DoorInput {
    /// Somebody has connected.
    Connected {
        /// The connection.
        connection: ConnectionId,
        /// From where.
        peer: SocketAddr,
    },
    /// Octets.
    Received {
        /// On which connection.
        connection: ConnectionId,
        /// What came.
        octets: Vec<u8>,
    },
    /// The connection is no more.
    Lost {
        /// Which.
        connection: ConnectionId,
    },
}

type Senders = Arc<Mutex<BTreeMap<ConnectionId, UnboundedSender<Outgoing>>>>;

/// A listening socket.
#[derive(Debug)]
pub struct SmppDoor {
    listener: TcpListener,
    senders: Senders,
}

/// The way out, for any thread.
#[derive(Clone, Debug)]
pub struct SmppSender(Senders);

impl SmppSender {
    /// Sends on a connection; nothing happens where it is no more.
    pub fn send(&self, outgoing: Outgoing) {
        let mut senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = outgoing.connection;
        let close = outgoing.close;
        if let Some(sender) = senders.get(&connection) {
            let _ = sender.send(outgoing);
        }
        if close {
            senders.remove(&connection);
        }
    }
}

impl SmppDoor {
    /// Opens the door.
    ///
    /// # Errors
    /// What the system says.
    pub async fn bind(address: SocketAddr) -> std::io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await?, senders: Senders::default() })
    }

    /// Where it listens; tells the port that port 0 became.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The way out.
    #[must_use]
    pub fn sender(&self) -> SmppSender {
        SmppSender(self.senders.clone())
    }

    /// Serves connections for ever; `hand_over` takes what comes in, and says `false` when nobody wants it any more.
    pub async fn run(self, hand_over: impl Fn(DoorInput) -> bool + Clone + Send + Sync + 'static) {
        let mut so_far = 0;
        loop {
            let Ok((stream, peer)) = self.listener.accept().await else {
                // Too many open files, as a rule: it passes, but not at once.
                sleep(AFTER_FAILURE).await;
                continue;
            };
            let _ = stream.set_nodelay(true);
            so_far += 1;
            let connection = ConnectionId(so_far);
            let (sender, outgoing) = unbounded_channel();
            {
                let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
                if senders.len() >= CONNECTIONS {
                    continue;
                }
                senders.insert(connection, sender);
            }
            if !hand_over(DoorInput::Connected { connection, peer }) {
                return;
            }
            let (hand_over, senders) = (hand_over.clone(), self.senders.clone());
            tokio::spawn(async move {
                serve(stream, connection, outgoing, &hand_over).await;
                senders.lock().unwrap_or_else(PoisonError::into_inner).remove(&connection);
                hand_over(DoorInput::Lost { connection });
            });
        }
    }
}

/// Moves octets until either side has had enough. What was read is dealt with before more is read, and what was sent
/// has left.
async fn serve(
    stream: TcpStream,
    connection: ConnectionId,
    outgoing: UnboundedReceiver<Outgoing>,
    hand_over: &impl Fn(DoorInput) -> bool,
) {
    let (reader, writer) = stream.into_split();
    carry(reader, writer, connection, outgoing, hand_over).await;
}

async fn carry(
    mut reader: impl AsyncRead + Unpin,
    mut writer: impl AsyncWrite + Unpin,
    connection: ConnectionId,
    mut outgoing: UnboundedReceiver<Outgoing>,
    hand_over: &impl Fn(DoorInput) -> bool,
) {
    let mut buffer = vec![0; CHUNK];
    let mut pending: VecDeque<u8> = VecDeque::new();
    let (mut in_hand, mut closing, mut gone) = (0_usize, false, false);
    // Whoever does not read its last answer is not waited for.
    let mut end = Instant::now();
    loop {
        if closing && pending.is_empty() {
            let _ = writer.shutdown().await;
            return;
        }
        let may_read = in_hand == 0 && pending.is_empty() && !closing;
        tokio::select! {
            read = reader.read(&mut buffer), if may_read => {
                let Ok(length @ 1..) = read else { return };
                let octets = buffer.get(..length).unwrap_or_default().to_vec();
                in_hand += 1;
                if !hand_over(DoorInput::Received { connection, octets }) {
                    return;
                }
            }
            written = writer.write(pending.as_slices().0), if !pending.is_empty() => {
                match written {
                    Ok(length @ 1..) => drop(pending.drain(..length)),
                    // What the other side said before it went is still to be heard.
                    Ok(0) | Err(_) => {
                        gone = true;
                        pending.clear();
                    }
                }
            }
            more = outgoing.recv(), if !closing => {
                let Some(Outgoing { octets, close, handled, .. }) = more else { return };
                if !gone {
                    pending.extend(octets);
                }
                in_hand = in_hand.saturating_sub(handled);
                closing = close;
                end = Instant::now() + LAST_WORDS;
            }
            () = sleep_until(end), if closing => return,
        }
    }
}
