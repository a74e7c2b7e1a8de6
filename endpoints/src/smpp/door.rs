//! The listening sockets and the connections, those to ESMEs that are called among them.

use super::server::{Call, ConnectionId, Outgoing};
use crate::tls::Tls;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

/// Octets that are read at once.
const CHUNK: usize = 16 * 1024;
/// How long a connection that ends waits for its last octets to leave.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// The pause after a connection that could not be accepted.
const AFTER_FAILURE: Duration = Duration::from_millis(100);
/// How long an ESME that is called may take to answer.
const CALL: Duration = Duration::from_secs(10);
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
    /// An ESME that was called has taken the call.
    Called {
        /// The connection.
        connection: ConnectionId,
        /// Whom it was for.
        call: Call,
    },
    /// An ESME that was called has not.
    NotReached {
        /// Whom it was for.
        call: Call,
        /// What the system says.
        problem: String,
    },
    /// Somebody has connected where TLS is spoken, and does not speak it. The connection is no more.
    NoTls {
        /// From where.
        peer: SocketAddr,
        /// What was wrong.
        problem: String,
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

/// One listening socket, or two: the second speaks TLS.
#[derive(Debug)]
pub struct SmppDoor {
    listener: TcpListener,
    secure: Option<(TcpListener, Tls)>,
    senders: Senders,
    calls: UnboundedReceiver<Call>,
    caller: UnboundedSender<Call>,
    /// Connections so far, either way.
    so_far: u64,
}

/// The way out, for any thread.
#[derive(Clone, Debug)]
pub struct SmppSender {
    senders: Senders,
    caller: UnboundedSender<Call>,
}

impl SmppSender {
    /// Sends on a connection; nothing happens where it is no more.
    pub fn send(&self, outgoing: Outgoing) {
        let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = outgoing.connection;
        let close = outgoing.close;
        if let Some(sender) = senders.get(&connection) {
            let _ = sender.send(outgoing);
        }
        if close {
            senders.remove(&connection);
        }
    }

    /// Calls an ESME; what came of it comes in at the door.
    pub fn call(&self, call: Call) {
        let _ = self.caller.send(call);
    }
}

/// A connection that has come about.
enum Arrival {
    Plain(TcpStream, SocketAddr),
    Secure(TcpStream, SocketAddr, Tls),
    Called(Call),
    /// The system would not have it.
    Failed,
}

impl SmppDoor {
    /// Opens the door.
    ///
    /// # Errors
    /// What the system says.
    pub async fn bind(address: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let (caller, calls) = unbounded_channel();
        Ok(Self { listener, secure: None, senders: Senders::default(), calls, caller, so_far: 0 })
    }

    /// Listens for TLS at a second address.
    ///
    /// # Errors
    /// What the system says.
    pub async fn with_tls(self, address: SocketAddr, tls: Tls) -> std::io::Result<Self> {
        let secure = Some((TcpListener::bind(address).await?, tls));
        Ok(Self { secure, ..self })
    }

    /// Where it listens; tells the port that port 0 became.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Where it listens for TLS, where it does.
    ///
    /// # Errors
    /// What the system says.
    pub fn tls_addr(&self) -> std::io::Result<Option<SocketAddr>> {
        self.secure.as_ref().map(|(listener, _)| listener.local_addr()).transpose()
    }

    /// The way out.
    #[must_use]
    pub fn sender(&self) -> SmppSender {
        SmppSender { senders: self.senders.clone(), caller: self.caller.clone() }
    }

    /// Serves connections for ever; `hand_over` takes what comes in, and says `false` when nobody wants it any more,
    /// which ends the connection.
    pub async fn run(mut self, hand_over: impl Fn(DoorInput) -> bool + Clone + Send + Sync + 'static) {
        loop {
            let arrival = self.next().await;
            if matches!(arrival, Arrival::Failed) {
                // Too many open files, as a rule: it passes, but not at once.
                sleep(AFTER_FAILURE).await;
                continue;
            }
            self.so_far += 1;
            let connection = ConnectionId(self.so_far);
            let (sender, outgoing) = unbounded_channel();
            {
                let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
                if senders.len() >= CONNECTIONS {
                    continue;
                }
                senders.insert(connection, sender);
            }
            let (hand_over, senders) = (hand_over.clone(), self.senders.clone());
            tokio::spawn(async move {
                let known = attend(arrival, connection, outgoing, &hand_over).await;
                senders.lock().unwrap_or_else(PoisonError::into_inner).remove(&connection);
                if known {
                    hand_over(DoorInput::Lost { connection });
                }
            });
        }
    }

    async fn next(&mut self) -> Arrival {
        let Self { listener, secure, calls, .. } = self;
        let accept_secure = async {
            match secure {
                Some((listener, tls)) => (listener.accept().await, tls.clone()),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => Arrival::Plain(stream, peer),
                Err(_) => Arrival::Failed,
            },
            (accepted, tls) = accept_secure => match accepted {
                Ok((stream, peer)) => Arrival::Secure(stream, peer, tls),
                Err(_) => Arrival::Failed,
            },
            // There is always one who can send: this.
            call = calls.recv() => call.map_or(Arrival::Failed, Arrival::Called),
        }
    }
}

/// Serves a connection to its end; whether it was handed over as one.
async fn attend(
    arrival: Arrival,
    connection: ConnectionId,
    outgoing: UnboundedReceiver<Outgoing>,
    hand_over: &impl Fn(DoorInput) -> bool,
) -> bool {
    match arrival {
        Arrival::Plain(stream, peer) => {
            let _ = stream.set_nodelay(true);
            if !hand_over(DoorInput::Connected { connection, peer }) {
                return false;
            }
            let (reader, writer) = stream.into_split();
            carry(reader, writer, connection, outgoing, hand_over).await;
        }
        Arrival::Secure(stream, peer, tls) => {
            let _ = stream.set_nodelay(true);
            match tls.accept(stream).await {
                Ok(stream) => {
                    hand_over(DoorInput::Connected { connection, peer });
                    let (reader, writer) = tokio::io::split(stream);
                    carry(reader, writer, connection, outgoing, hand_over).await;
                }
                Err(problem) => {
                    hand_over(DoorInput::NoTls { peer, problem });
                    return false;
                }
            }
        }
        Arrival::Called(call) => match timeout(CALL, TcpStream::connect(call.address)).await {
            Ok(Ok(stream)) => {
                let _ = stream.set_nodelay(true);
                hand_over(DoorInput::Called { connection, call });
                let (reader, writer) = stream.into_split();
                carry(reader, writer, connection, outgoing, hand_over).await;
            }
            failed => {
                let problem = match failed {
                    Ok(Err(error)) => error.to_string(),
                    Ok(Ok(_)) | Err(_) => format!("no answer within {} s", CALL.as_secs()),
                };
                hand_over(DoorInput::NotReached { call, problem });
                return false;
            }
        },
        Arrival::Failed => return false,
    }
    true
}

/// Moves octets until either side has had enough. What was read is dealt with before more is read, and what was sent
/// has left.
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
    // TLS keeps a part of what was written until it is told that nothing follows.
    let mut held = false;
    // Whoever does not read its last answer is not waited for.
    let mut end = Instant::now();
    loop {
        if closing && pending.is_empty() {
            let _ = timeout_at(end, writer.shutdown()).await;
            return;
        }
        let flushing = pending.is_empty();
        let may_read = in_hand == 0 && pending.is_empty() && !held && !closing;
        tokio::select! {
            read = reader.read(&mut buffer), if may_read => {
                let Ok(length @ 1..) = read else { return };
                let octets = buffer.get(..length).unwrap_or_default().to_vec();
                in_hand += 1;
                if !hand_over(DoorInput::Received { connection, octets }) {
                    return;
                }
            }
            written = push(&mut writer, pending.as_slices().0), if held || !flushing => match written {
                Ok(_) if flushing => held = false,
                Ok(length @ 1..) => {
                    drop(pending.drain(..length));
                    held = true;
                }
                // What the other side said before it went is still to be heard.
                Ok(0) | Err(_) => {
                    (gone, held) = (true, false);
                    pending.clear();
                }
            },
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

/// Writes some of the octets; without any, sees to it that nothing written stays behind.
async fn push(writer: &mut (impl AsyncWrite + Unpin), octets: &[u8]) -> std::io::Result<usize> {
    if octets.is_empty() { writer.flush().await.map(|()| 0) } else { writer.write(octets).await }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{BufWriter, duplex, split};

    /// A writer that keeps everything until it is told that nothing follows, as TLS does with what its socket does not take.
    #[tokio::test]
    async fn what_the_writer_keeps_back_leaves_too() {
        let (ours, theirs) = duplex(64);
        let (reader, writer) = split(ours);
        let (sender, outgoing) = unbounded_channel();
        let echo = move |input| match input {
            DoorInput::Received { connection, octets } => {
                sender.send(Outgoing { connection, octets, close: false, handled: 1 }).is_ok()
            }
            DoorInput::Connected { .. }
            | DoorInput::Called { .. }
            | DoorInput::NotReached { .. }
            | DoorInput::NoTls { .. }
            | DoorInput::Lost { .. } => false,
        };
        tokio::spawn(async move {
            carry(reader, BufWriter::new(writer), ConnectionId(1), outgoing, &echo).await;
        });
        let (mut hears, mut says) = split(theirs);
        for word in [[1; 40], [2; 40]] {
            says.write_all(&word).await.unwrap();
            let mut heard = [0; 40];
            let read = timeout(LAST_WORDS, hears.read_exact(&mut heard)).await;
            read.expect("nothing comes").unwrap();
            assert_eq!(heard, word);
        }
    }
}
