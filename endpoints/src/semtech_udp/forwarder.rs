//! The two sockets of a simulated gateway's packet forwarder.

use simcore::lorawan::Stream;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::UdpSocket;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A PULL_RESP with the longest frame has less than a thousand octets.
const MAX_DATAGRAM: usize = 4096;

/// Why the sockets cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ForwarderError {
    /// The name has no address.
    #[error("find the network server {0}")]
    Resolve(String, #[source] io::Error),
    /// The name is known and has no address.
    #[error("the network server {0} has no address")]
    NoAddress(String),
    /// No socket towards it.
    #[error("open sockets towards the network server {0}")]
    Open(SocketAddr, #[source] io::Error),
}

/// One socket up and one down, both towards the same server, as Semtech's forwarder has them.
#[derive(Debug)]
pub struct ForwarderSockets {
    up: UdpSocket,
    down: UdpSocket,
    outgoing: UnboundedReceiver<(Stream, Vec<u8>)>,
}

/// The way out, for any thread.
#[derive(Clone, Debug)]
pub struct ForwarderSender(UnboundedSender<(Stream, Vec<u8>)>);

impl ForwarderSender {
    /// Leaves a datagram for the sockets; nothing happens where they are no more.
    pub fn send(&self, stream: Stream, octets: Vec<u8>) {
        let _ = self.0.send((stream, octets));
    }
}

impl ForwarderSockets {
    /// Opens both. The server is not asked: whether it is there shows in its answers.
    ///
    /// # Errors
    /// [`ForwarderError`] with the server.
    pub async fn open(host: &str, port: u16) -> Result<(Self, ForwarderSender), ForwarderError> {
        let addresses = tokio::net::lookup_host((host, port)).await;
        let addresses = addresses.map_err(|error| ForwarderError::Resolve(host.to_owned(), error));
        let server = addresses?.next().ok_or_else(|| ForwarderError::NoAddress(host.to_owned()))?;
        let failed = |error| ForwarderError::Open(server, error);
        let (up, down) = (towards(server).await.map_err(failed)?, towards(server).await.map_err(failed)?);
        let (sender, outgoing) = unbounded_channel();
        Ok((Self { up, down, outgoing }, ForwarderSender(sender)))
    }

    /// Sends and receives until every sender is gone. `hand_over` gets each datagram of the server, and what the system
    /// says where nobody listens there or no way leads there; the sockets go on.
    pub async fn run(self, mut hand_over: impl FnMut(io::Result<Vec<u8>>)) {
        let Self { up, down, mut outgoing } = self;
        let (mut up_buffer, mut down_buffer) = (vec![0; MAX_DATAGRAM], vec![0; MAX_DATAGRAM]);
        loop {
            let received = tokio::select! {
                datagram = outgoing.recv() => {
                    let Some((stream, octets)) = datagram else { return };
                    let socket = match stream {
                        Stream::Up => &up,
                        Stream::Down => &down,
                    };
                    if let Err(error) = socket.send(&octets).await {
                        hand_over(Err(error));
                    }
                    continue;
                }
                length = up.recv(&mut up_buffer) => length.map(|length| up_buffer.get(..length)),
                length = down.recv(&mut down_buffer) => length.map(|length| down_buffer.get(..length)),
            };
            hand_over(received.map(|octets| octets.unwrap_or_default().to_vec()));
        }
    }
}

async fn towards(server: SocketAddr) -> io::Result<UdpSocket> {
    let any =
        if server.is_ipv4() { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { IpAddr::V6(Ipv6Addr::UNSPECIFIED) };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_stream_has_a_socket_of_its_own_and_both_are_heard() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = server.local_addr().unwrap().port();
        let (sockets, sender) = ForwarderSockets::open("127.0.0.1", port).await.unwrap();
        let (heard, mut answers) = unbounded_channel();
        let running = tokio::spawn(sockets.run(move |octets| heard.send(octets.unwrap()).unwrap()));
        let mut sources = Vec::new();
        for (stream, word) in [(Stream::Up, b"up"), (Stream::Down, b"dn")] {
            sender.send(stream, word.to_vec());
            let mut buffer = [0; 16];
            let (length, from) = server.recv_from(&mut buffer).await.unwrap();
            assert_eq!(&buffer[..length], word);
            server.send_to(word, from).await.unwrap();
            assert_eq!(answers.recv().await.unwrap(), word);
            sources.push(from);
        }
        drop(sender);
        running.await.unwrap();
        assert_ne!(sources[0], sources[1]);
    }

    #[tokio::test]
    async fn a_server_that_has_no_address_is_named() {
        let error = ForwarderSockets::open("no-such-host.invalid", 1700).await.unwrap_err();
        assert!(error.to_string().contains("no-such-host.invalid"), "{error}");
    }
}
