//! Where the server is, and whom the client trusts to be it.

use std::{
    fmt, io,
    net::{SocketAddr, ToSocketAddrs as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};

/// Why a server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Not `https://HOST[:PORT]`.
    #[error("{0} is not of the form https://HOST[:PORT]")]
    Origin(String),
    /// The host has no address.
    #[error("{host} has no address: {source}")]
    Address {
        /// The host.
        host: String,
        /// Why.
        source: io::Error,
    },
    /// The certificates that are trusted cannot be read.
    #[error("{} holds no certificates that can be trusted", .0.display())]
    Trust(PathBuf),
    /// The TLS library refused its configuration.
    #[error("TLS cannot be set up")]
    Tls,
}

/// A server, and whom to trust to be it. Cheap to clone.
#[derive(Clone)]
pub struct Server {
    pub(super) origin: Arc<str>,
    pub(super) authority: Arc<str>,
    pub(super) name: ServerName<'static>,
    pub(super) address: SocketAddr,
    pub(super) tls: Arc<ClientConfig>,
}

impl Server {
    /// The certificates that this system trusts.
    pub const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";

    /// The server at `origin` (`https://HOST[:PORT]`), believed when its certificate is signed by one of those in the PEM
    /// file `trusted`. TLS is never switched off. `localhost` and what ends with it is 127.0.0.1, as in browsers.
    ///
    /// # Errors
    /// See [`ServerError`].
    pub fn new(origin: &str, trusted: &Path) -> Result<Self, ServerError> {
        let wrong = || ServerError::Origin(origin.to_owned());
        let authority = origin.strip_prefix("https://").ok_or_else(wrong)?.trim_end_matches('/');
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| wrong())?),
            _ => (authority, 443),
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| wrong())?;
        let address = if bare == "localhost" || bare.ends_with(".localhost") {
            SocketAddr::from(([127, 0, 0, 1], port))
        } else {
            let failed = |source| ServerError::Address { host: bare.to_owned(), source };
            let mut found = (bare, port).to_socket_addrs().map_err(failed)?;
            found.next().ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?
        };
        let origin = format!("https://{authority}");
        Ok(Self { origin: origin.into(), authority: authority.into(), name, address, tls: tls(trusted)? })
    }

    /// The origin, without a slash at its end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The server's name in its certificate.
    pub fn name(&self) -> ServerName<'static> {
        self.name.clone()
    }

    /// How to speak TLS with it.
    pub fn tls(&self) -> Arc<ClientConfig> {
        self.tls.clone()
    }

    /// Where signalling connects.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({})", self.origin)
    }
}

fn tls(trusted: &Path) -> Result<Arc<ClientConfig>, ServerError> {
    let untrusted = || ServerError::Trust(trusted.to_owned());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(trusted).map_err(|_| untrusted())? {
        // One that cannot be read is not trusted; the others are.
        let _ = certificate.map(|certificate| roots.add(certificate));
    }
    if roots.is_empty() {
        return Err(untrusted());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|_| ServerError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
