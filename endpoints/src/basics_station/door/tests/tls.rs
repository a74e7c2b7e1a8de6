//! A station that comes over TLS, beside those that come without and those that only try.

use super::*;
use crate::ClientAuthority;
use std::path::{Path, PathBuf};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{WebPkiSupportedAlgorithms, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
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

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("tests/labs/tls").join(name)
}

/// A client that shows this certificate, where it has one.
fn connector(certificate: Option<&str>) -> TlsConnector {
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(Trusting(provider.signature_verification_algorithms));
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.dangerous().with_custom_certificate_verifier(verifier);
    let config = match certificate {
        None => config.with_no_client_auth(),
        Some(name) => {
            let chain = CertificateDer::pem_file_iter(file(name)).unwrap().map(Result::unwrap).collect();
            let key = PrivateKeyDer::from_pem_file(file("station.key")).unwrap();
            config.with_client_auth_cert(chain, key).unwrap()
        }
    };
    TlsConnector::from(Arc::new(config))
}

/// A websocket over TLS.
async fn connect(to: SocketAddr, path: String) -> super::super::Socket<impl Wire> {
    connect_as(to, path, None).await.unwrap()
}

/// The same, with a certificate; `None` where the door does not want it.
async fn connect_as(
    to: SocketAddr,
    path: String,
    certificate: Option<&str>,
) -> Option<super::super::Socket<impl Wire>> {
    let stream = TcpStream::connect(to).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = connector(certificate).connect(name, stream).await.ok()?;
    // In TLS 1.3 a client learns what the door thinks of its certificate only when it reads.
    client_async(format!("ws://{to}{path}"), stream).await.ok().map(|(socket, _)| socket)
}

async fn text(socket: &mut super::super::Socket<impl Wire>) -> Value {
    let said = socket.next().await.unwrap().unwrap();
    serde_json::from_str(said.to_text().unwrap()).unwrap()
}

/// A door with a second address for TLS.
async fn opened(tls: Tls) -> (Opened, SocketAddr) {
    let stations = Stations::from([(GOOD, ChannelPlan::Eu868Eight)]);
    let free = "127.0.0.1:0".parse().unwrap();
    let calendar = Calendar::virtual_start();
    let door = BasicsStationDoor::bind(free, stations, calendar).await.unwrap();
    let door = door.with_tls(free, tls).await.unwrap();
    let (address, secure) = (door.local_addr().unwrap(), door.tls_addr().unwrap().unwrap());
    let (sender, events) = unbounded_channel();
    tokio::spawn(door.run(move |event| sender.send(event).is_ok()));
    (Opened { address, events }, secure)
}

#[tokio::test]
async fn a_station_over_tls_is_sent_on_to_tls_and_served() {
    let tls = Tls::from_pem(&file("door.pem"), &file("door.key")).unwrap();
    let (mut door, secure) = opened(tls).await;
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

/// @clause ICA-1.4.3a
/// @refuses ICA-1.4.3a
#[tokio::test]
async fn a_station_needs_a_certificate_of_the_authority_that_is_neither_expired_nor_revoked() {
    let (authorities, revoked) = (file("gateways.pem"), file("revoked.crl"));
    let authority = ClientAuthority { authorities: &authorities, revoked: Some(&revoked) };
    let tls = Tls::asking(&file("door.pem"), &file("door.key"), authority).unwrap();
    let (mut door, secure) = opened(tls).await;
    let path = || format!("/router-{GOOD}");
    let mut station = connect_as(secure, path(), Some("station.pem")).await.unwrap();
    station.send(Message::text(VERSION)).await.unwrap();
    assert_eq!(text(&mut station).await["msgtype"], "router_config");
    let rows = [
        (None, "no certificates"),
        (Some("foreign.pem"), "UnknownIssuer"),
        (Some("expired.pem"), "expired"),
        (Some("revoked.pem"), "Revoked"),
    ];
    for (certificate, words) in rows {
        let socket = connect_as(secure, path(), certificate).await;
        assert!(socket.is_none(), "{certificate:?} was served");
        let why = door.refusal().await;
        assert!(why.starts_with("no TLS: ") && why.contains(words), "{certificate:?}: {why}");
    }
    station.send(Message::text(r#"{"msgtype":"timesync","txtime":1}"#)).await.unwrap();
    assert_eq!(text(&mut station).await["msgtype"], "timesync", "the served station did not notice");
}

#[test]
fn what_certificates_cannot_be_checked_by_is_named() {
    let asking = |authorities: &str, revoked: Option<&str>| {
        let (authorities, revoked) = (file(authorities), revoked.map(file));
        let authority = ClientAuthority { authorities: &authorities, revoked: revoked.as_deref() };
        Tls::asking(&file("door.pem"), &file("door.key"), authority).unwrap_err().to_string()
    };
    let rows = [
        (asking("none.pem", None), "none.pem: expected a certificate in PEM form"),
        (asking("station.key", None), "station.key: expected a certificate in PEM form, and there is none"),
        (asking("gateways.pem", Some("none.crl")), "none.crl: expected a list of revoked certificates"),
        (asking("gateways.pem", Some("door.pem")), "door.pem: certificates cannot be checked by this"),
    ];
    for (why, words) in rows {
        assert!(why.contains(words), "{why}");
    }
}
