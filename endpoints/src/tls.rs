//! TLS for the doors that have it: a certificate with its key, whose certificates are asked for, and the handshake.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{Error as PemError, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use tokio_rustls::rustls::{Error as RustlsError, RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;
use tokio_rustls::{TlsAcceptor, rustls};

/// How long the handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What the door shows to whoever connects, and whether it asks for a certificate: TLS 1.2 and 1.3.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

/// Whose certificates whoever connects must show.
#[derive(Clone, Copy, Debug)]
pub struct ClientAuthority<'a> {
    /// A PEM file of the authorities that issue them.
    pub authorities: &'a Path,
    /// A PEM file of the authorities' lists of those that are revoked.
    pub revoked: Option<&'a Path>,
}

/// Why there can be no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that cannot be read as PEM.
    #[error("{path}: expected {expected} in PEM form: {source}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What should be in it.
        expected: &'static str,
        /// What the reader said.
        source: PemError,
    },
    /// A file of certificates without one.
    #[error("{path}: expected a certificate in PEM form, and there is none", path = .0.display())]
    NoCertificate(PathBuf),
    /// Certificate and key do not go together, or are of a kind that is not known.
    #[error("the certificate and its key cannot be used: {0}")]
    Unusable(#[from] RustlsError),
    /// An authority that is none, or a list of revoked certificates that cannot be used.
    #[error("{path}: certificates cannot be checked by this: {why}", path = path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// Reads the certificate, with the chain above it, and its key. Nobody is asked for a certificate.
    ///
    /// # Errors
    /// [`TlsError`] with the file.
    pub fn from_pem(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        Self::of(certificate, key, None)
    }

    /// The same; whoever connects must show a certificate of these authorities that is neither expired nor revoked.
    ///
    /// # Errors
    /// [`TlsError`] with the file.
    pub fn asking(certificate: &Path, key: &Path, authority: ClientAuthority<'_>) -> Result<Self, TlsError> {
        Self::of(certificate, key, Some(authority))
    }

    fn of(certificate: &Path, key: &Path, authority: Option<ClientAuthority<'_>>) -> Result<Self, TlsError> {
        let chain = certificates(certificate)?;
        let key = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key, "a private key"))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?;
        let config = match authority {
            Some(authority) => config.with_client_cert_verifier(verifier(authority)?),
            None => config.with_no_client_auth(),
        };
        Ok(Self(TlsAcceptor::from(Arc::new(config.with_single_cert(chain, key)?))))
    }

    /// Greets whoever has connected.
    ///
    /// # Errors
    /// Why it is no TLS, in words.
    pub(crate) async fn accept(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, String> {
        match timeout(HANDSHAKE, self.0.accept(stream)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no handshake within {} s", HANDSHAKE.as_secs())),
        }
    }
}

fn unreadable(path: &Path, expected: &'static str) -> impl FnOnce(PemError) -> TlsError {
    let path = path.to_owned();
    move |source| TlsError::Unreadable { path, expected, source }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let chain: Vec<_> = read.map_err(unreadable(path, "a certificate"))?;
    if chain.is_empty() { Err(TlsError::NoCertificate(path.to_owned())) } else { Ok(chain) }
}

fn verifier(authority: ClientAuthority<'_>) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let of = |path: &Path, why: String| TlsError::Authority { path: path.to_owned(), why };
    let mut roots = RootCertStore::empty();
    for root in certificates(authority.authorities)? {
        roots.add(root).map_err(|error| of(authority.authorities, error.to_string()))?;
    }
    let lists: Vec<_> = match authority.revoked {
        None => Vec::new(),
        Some(path) => {
            let read = CertificateRevocationListDer::pem_file_iter(path).and_then(Iterator::collect);
            let lists: Vec<_> = read.map_err(unreadable(path, "a list of revoked certificates"))?;
            if lists.is_empty() {
                return Err(of(path, "there is no list of revoked certificates in it".to_owned()));
            }
            lists
        }
    };
    let provider = Arc::new(ring::default_provider());
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).with_crls(lists);
    builder.build().map_err(|error: VerifierBuilderError| {
        of(authority.revoked.unwrap_or(authority.authorities), error.to_string())
    })
}
