//! The door for real gateways: Semtech's packet forwarder over UDP.
//!
//! Every PUSH_DATA and PULL_DATA is acknowledged before anything else is done with it. Gateways that nobody registered
//! are handed over like all others, as long as they do not flood: the network server refuses and notes them. Not here: authentication, which the
//! protocol does not have. A gateway behind a tunnel is served from the tunnel's addresses only.

mod allowance;
mod forwarder;
mod session;

pub use forwarder::{ForwarderError, ForwarderSender, ForwarderSockets};
pub use session::{DoorEvent, DoorProblem, SendError, Session};

use simcore::lorawan::GatewayDownlink;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::UdpSocket;
use wire::id::Eui64;
use wire::ip::Prefix;
use wire::time::{Duration, Instant};

/// The usual port, on the loopback address.
pub const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 1700);

/// The largest UDP payload.
const MAX_DATAGRAM: usize = 65_507;

/// How long the end of a flood may wait to be told.
const FLOOD_END: Duration = Duration::from_secs(1);

/// Why the door does not open or no longer works.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// The address cannot be listened on.
    #[error("listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// A datagram cannot be sent there; the door goes on.
    #[error("send to {address}")]
    SendTo {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The socket fails.
    #[error("use the socket of the Semtech UDP door")]
    Socket(#[from] std::io::Error),
    /// The downlink cannot be addressed.
    #[error(transparent)]
    Send(#[from] SendError),
}

/// A listening socket and the state of the protocol.
#[derive(Debug)]
pub struct SemtechUdpDoor {
    socket: UdpSocket,
    session: Session,
    buffer: Vec<u8>,
    opened: tokio::time::Instant,
}

impl SemtechUdpDoor {
    /// Opens the door for these gateways; others are told of and not served.
    ///
    /// # Errors
    /// [`DoorError::Bind`].
    pub async fn bind(address: SocketAddr, served: BTreeSet<Eui64>) -> Result<Self, DoorError> {
        let socket = UdpSocket::bind(address).await.map_err(|source| DoorError::Bind { address, source })?;
        let (session, opened) = (Session::new(served), tokio::time::Instant::now());
        Ok(Self { socket, session, buffer: vec![0; MAX_DATAGRAM], opened })
    }

    /// Serves these gateways only from the addresses of their tunnel.
    #[must_use]
    pub fn with_tunnels(self, tunnels: BTreeMap<Eui64, Prefix>) -> Self {
        Self { session: self.session.with_tunnels(tunnels), ..self }
    }

    /// Where it listens; tells the port that port 0 became.
    ///
    /// # Errors
    /// [`DoorError::Socket`].
    pub fn local_addr(&self) -> Result<SocketAddr, DoorError> {
        Ok(self.socket.local_addr()?)
    }

    /// Waits for the next event; acknowledgements go out meanwhile. Nothing is lost when the wait is cancelled.
    ///
    /// # Errors
    /// [`DoorError::Socket`], or [`DoorError::SendTo`] for an acknowledgement that cannot be sent and is given up.
    pub async fn recv(&mut self) -> Result<DoorEvent, DoorError> {
        loop {
            while let Some((address, octets)) = self.session.next_answer() {
                let sent = self.socket.send_to(octets, address).await;
                self.session.answer_sent();
                sent.map_err(|source| DoorError::SendTo { address, source })?;
            }
            if let Some(event) = self.session.poll_event() {
                return Ok(event);
            }
            let received = self.socket.recv_from(&mut self.buffer);
            let received = if self.session.owes() {
                tokio::time::timeout(FLOOD_END, received).await.ok()
            } else {
                Some(received.await)
            };
            let now = Instant::ZERO + self.opened.elapsed();
            match received {
                Some(received) => {
                    let (length, from) = received?;
                    let octets = self.buffer.get(..length).unwrap_or_default();
                    self.session.handle_datagram(now, from, octets);
                }
                None => self.session.handle_timeout(now),
            }
        }
    }

    /// Asks a gateway to send a frame.
    ///
    /// # Errors
    /// [`DoorError::Send`] when the gateway has not pulled yet, [`DoorError::SendTo`] when the system refuses.
    pub async fn send(&mut self, gateway: Eui64, downlink: &GatewayDownlink) -> Result<(), DoorError> {
        let (address, octets) = self.session.pull_resp(gateway, downlink)?;
        let sent = self.socket.send_to(&octets, address).await;
        sent.map_err(|source| DoorError::SendTo { address, source })?;
        self.session.pull_resp_sent(gateway, downlink);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use simcore::lorawan::{TxAck, When};
    use wire::air::lora::{Hertz, Modulation};
    use wire::semtech_udp::{Datagram, Txpk, Version};

    const GATEWAY: Eui64 = Eui64::from_value(0x0016_c001_f150_0001);

    /// The next event that is not about octets.
    async fn event(door: &mut SemtechUdpDoor) -> DoorEvent {
        loop {
            let event = door.recv().await.unwrap();
            if !matches!(event, DoorEvent::Traffic { .. }) {
                return event;
            }
        }
    }

    async fn answer(socket: &UdpSocket) -> Datagram {
        let mut buffer = [0; 2048];
        let length = socket.recv(&mut buffer).await.unwrap();
        Datagram::parse(&buffer[..length]).unwrap()
    }

    async fn forwarder(door: &SemtechUdpDoor) -> UdpSocket {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(door.local_addr().unwrap()).await.unwrap();
        socket
    }

    #[tokio::test]
    async fn a_forwarder_pulls_pushes_and_gets_a_downlink() {
        let mut door =
            SemtechUdpDoor::bind("127.0.0.1:0".parse().unwrap(), BTreeSet::from([GATEWAY])).await.unwrap();
        let (up, down) = (forwarder(&door).await, forwarder(&door).await);
        down.send(&hex_pull()).await.unwrap();
        assert!(
            matches!(event(&mut door).await, DoorEvent::GatewayReachable { gateway, .. } if gateway == GATEWAY)
        );
        assert_eq!(answer(&down).await, Datagram::PullAck { version: Version::V2, token: 0xa1b2 });

        let push = Datagram::PushData {
            version: Version::V2,
            token: 7,
            gateway: GATEWAY,
            body: br#"{"rxpk":[{"tmst":5,"freq":868.1,"stat":1,"datr":"SF7BW125","rssi":-57,"lsnr":7.8,"size":1,"data":"QA=="}]}"#.to_vec(),
        };
        up.send(&push.emit()).await.unwrap();
        let DoorEvent::Uplink(uplink) = event(&mut door).await else { panic!("no uplink") };
        assert_eq!((uplink.gateway, uplink.tmst, uplink.payload.as_slice()), (GATEWAY, 5, [0x40].as_slice()));
        assert_eq!(answer(&up).await, Datagram::PushAck { version: Version::V2, token: 7 });

        let downlink = downlink();
        door.send(GATEWAY, &downlink).await.unwrap();
        let Datagram::PullResp { token: 9, body, .. } = answer(&down).await else { panic!("no PULL_RESP") };
        assert_eq!(Txpk::parse(&body).unwrap().payload, downlink.payload);
        let ack = Datagram::TxAck { token: 9, gateway: GATEWAY, body: Vec::new() };
        down.send(&ack.emit()).await.unwrap();
        let DoorEvent::TxAck { token: 9, ack, .. } = event(&mut door).await else { panic!("no TX_ACK") };
        assert_eq!(ack, TxAck::Accepted);
    }

    #[tokio::test]
    async fn a_forwarder_of_version_one_need_not_say_what_became_of_a_downlink() {
        let mut door =
            SemtechUdpDoor::bind("127.0.0.1:0".parse().unwrap(), BTreeSet::from([GATEWAY])).await.unwrap();
        let down = forwarder(&door).await;
        let pull = Datagram::PullData { version: Version::V1, token: 0xa1b2, gateway: GATEWAY };
        down.send(&pull.emit()).await.unwrap();
        event(&mut door).await;
        answer(&down).await;
        door.send(GATEWAY, &downlink()).await.unwrap();
        assert!(matches!(answer(&down).await, Datagram::PullResp { version: Version::V1, token: 0, .. }));
        // Nothing more comes from the forwarder, so that without a word of its own the door waits for ever.
        let word = tokio::time::timeout(FLOOD_END, event(&mut door)).await;
        let Ok(DoorEvent::TxAck { token: 9, ack, .. }) = word else { panic!("no word of it") };
        assert_eq!(ack, TxAck::Accepted);
    }

    #[tokio::test]
    async fn a_taken_address_is_named() {
        let door =
            SemtechUdpDoor::bind("127.0.0.1:0".parse().unwrap(), BTreeSet::from([GATEWAY])).await.unwrap();
        let address = door.local_addr().unwrap();
        let error = SemtechUdpDoor::bind(address, BTreeSet::new()).await.unwrap_err();
        assert!(error.to_string().contains(&address.to_string()), "{error}");
    }

    #[tokio::test]
    async fn an_acknowledgement_that_cannot_be_sent_is_given_up() {
        let mut door = SemtechUdpDoor::bind("127.0.0.1:0".parse().unwrap(), BTreeSet::new()).await.unwrap();
        // Nobody can be answered at port 0, and anybody can write it into a datagram.
        let nowhere = "127.0.0.1:0".parse().unwrap();
        door.session.handle_datagram(Instant::ZERO, nowhere, &hex_pull());
        assert!(matches!(door.recv().await, Err(DoorError::SendTo { .. })));
        assert!(matches!(event(&mut door).await, DoorEvent::GatewayReachable { .. }));
    }

    fn downlink() -> GatewayDownlink {
        GatewayDownlink {
            token: 9,
            dev_eui: None,
            when: When::AtCounter(1_000_005),
            frequency: Hertz(868_100_000),
            modulation: Modulation { spreading_factor: 7, bandwidth_khz: 125 },
            eirp_dbm: 14,
            inverted_iq: true,
            payload: vec![0x60; 12],
        }
    }

    fn hex_pull() -> Vec<u8> {
        Datagram::PullData { version: Version::V2, token: 0xa1b2, gateway: GATEWAY }.emit()
    }
}
