//! A station that comes over TLS, beside those that come without and those that only try.

use super::*;
use std::path::Path;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{WebPkiSupportedAlgorithms, ring};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

/// Takes every certificate: whose it is, is not what is tested.
#[derive(Debug)]
struct Trusting(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        tokio_rustls::rustls::crypto::verify_tls12_signature(message, cert, signed, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        tokio_rustls::rustls::crypto::verify_tls13_signature(message, cert, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

/// A websocket over TLS.
async fn connect(to: SocketAddr, path: String) -> super::super::Socket<impl Wire> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(Trusting(provider.signature_verification_algorithms));
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    let stream = TcpStream::connect(to).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    client_async(format!("ws://{to}{path}"), stream).await.unwrap().0
}

async fn text(socket: &mut super::super::Socket<impl Wire>) -> Value {
    let said = socket.next().await.unwrap().unwrap();
    serde_json::from_str(said.to_text().unwrap()).unwrap()
}

#[tokio::test]
async fn a_station_over_tls_is_sent_on_to_tls_and_served() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("tests/labs/tls");
    let tls = Tls::from_pem(&folder.join("door.pem"), &folder.join("door.key")).unwrap();
    let stations = Stations::from([(GOOD, ChannelPlan::Eu868Eight)]);
    let free = "127.0.0.1:0".parse().unwrap();
    let (net_id, calendar) = (NetId::from_value(0x13), Calendar::virtual_start());
    let door = BasicsStationDoor::bind(free, stations, net_id, calendar).await.unwrap();
    let door = door.with_tls(free, tls).await.unwrap();
    let (address, secure) = (door.local_addr().unwrap(), door.tls_addr().unwrap().unwrap());
    let (sender, events) = unbounded_channel();
    tokio::spawn(door.run(move |event| sender.send(event).is_ok()));
    let mut door = Opened { address, events };

    let mut info = connect(secure, "/router-info".to_owned()).await;
    info.send(Message::text(format!(r#"{{"router":"{GOOD}"}}"#))).await.unwrap();
    assert_eq!(text(&mut info).await["uri"], format!("wss://{secure}/router-{GOOD}"));
    let mut station = connect(secure, format!("/router-{GOOD}")).await;
    station.send(Message::text(VERSION)).await.unwrap();
    assert_eq!(text(&mut station).await["msgtype"], "router_config");

    // Without TLS at the address of TLS.
    let mut plain = TcpStream::connect(secure).await.unwrap();
    plain.write_all(b"GET /router-info HTTP/1.1\r\n\r\n").await.unwrap();
    let why = door.refusal().await;
    assert!(why.starts_with("no TLS: "), "{why}");
    // Without TLS at the other one.
    expect_served(&mut door.station(GOOD).await).await;
}
