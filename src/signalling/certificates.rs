//! The server's certificate: read from two PEM files, and read again when they change, without a restart.
//!
//! A file that does not hold together (no certificate, another key, out of date) is refused with one line and the
//! certificate in use stays.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::SystemTime,
};

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

/// Why a certificate cannot be used. Each reads as one line.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{}: cannot write: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{}: {problem}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// The two PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// The certificate in use. Give it to [`server_config`]; call [`Certificates::reload`] from time to time.
#[derive(Debug)]
pub struct Certificates {
    files: CertificateFiles,
    provider: Arc<CryptoProvider>,
    in_use: RwLock<InUse>,
}

#[derive(Debug, Clone)]
struct InUse {
    key: Arc<CertifiedKey>,
    seen: Stamp,
}

/// What tells that a file was written: time of change and length of both.
type Stamp = [(Option<SystemTime>, u64); 2];

impl Certificates {
    /// Reads both files. `now_s`: seconds since 1970, against which validity is checked.
    pub fn load(files: CertificateFiles, now_s: u64) -> Result<Arc<Self>, CertificateError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let seen = files.stamp();
        let key = Arc::new(files.read(&provider, now_s)?);
        Ok(Arc::new(Self { files, provider, in_use: RwLock::new(InUse { key, seen }) }))
    }

    /// Reads both files again if one was written since. Returns whether a new certificate is in use. On an error the old
    /// one stays and the same files are not reported twice.
    pub fn reload(&self, now_s: u64) -> Result<bool, CertificateError> {
        let seen = self.files.stamp();
        if seen == self.in_use.read().unwrap_or_else(PoisonError::into_inner).seen {
            return Ok(false);
        }
        let key = self.files.read(&self.provider, now_s);
        let mut in_use = self.in_use.write().unwrap_or_else(PoisonError::into_inner);
        in_use.seen = seen;
        in_use.key = Arc::new(key?);
        Ok(true)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.in_use.read().unwrap_or_else(PoisonError::into_inner).key.clone())
    }
}

impl CertificateFiles {
    fn stamp(&self) -> Stamp {
        [&self.certificate, &self.key].map(|path| match fs::metadata(path) {
            Ok(metadata) => (metadata.modified().ok(), metadata.len()),
            Err(_) => (None, 0),
        })
    }

    fn read(&self, provider: &CryptoProvider, now_s: u64) -> Result<CertifiedKey, CertificateError> {
        let unusable = |path: &Path, problem: &str| CertificateError::Unusable {
            path: path.to_owned(),
            problem: problem.into(),
        };
        let chain = CertificateDer::pem_slice_iter(&read(&self.certificate)?)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| unusable(&self.certificate, "not a PEM file of certificates"))?;
        let Some(first) = chain.first() else {
            return Err(unusable(&self.certificate, "holds no certificate"));
        };
        let validity = X509Certificate::from_der(first)
            .map(|(_, certificate)| certificate.validity.clone())
            .map_err(|_| unusable(&self.certificate, "holds a certificate that cannot be read"))?;
        let now_s = i64::try_from(now_s).unwrap_or(i64::MAX);
        if validity.not_after.timestamp() <= now_s {
            return Err(unusable(&self.certificate, "the certificate has expired"));
        }
        if validity.not_before.timestamp() > now_s {
            return Err(unusable(&self.certificate, "the certificate is not valid yet"));
        }
        let key = PrivateKeyDer::from_pem_slice(&read(&self.key)?)
            .map_err(|_| unusable(&self.key, "holds no private key in PEM"))?;
        CertifiedKey::from_der(chain, key, provider).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => unusable(&self.key, "is not the key of the certificate"),
            _ => unusable(&self.key, "holds a key that cannot be used"),
        })
    }
}

/// TLS as we speak it: 1.3 only, X25519MLKEM768 before anything else, HTTP/2 before HTTP/1.1.
pub fn server_config(certificates: Arc<Certificates>) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(certificates.provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(certificates);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.max_early_data_size = 0;
    Ok(config)
}

fn read(path: &Path) -> Result<Vec<u8>, CertificateError> {
    fs::read(path).map_err(|source| CertificateError::Unreadable { path: path.to_owned(), source })
}
