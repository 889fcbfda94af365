//! The DTLS server's side of one leg (RFC 6347, RFC 5764) on `rtc-dtls`: client certificate required and pinned, one SRTP
//! profile offered, and a bound on what a peer may make the library keep.
//!
//! `rtc-dtls` keeps fragments and early records without counting them all, so the number of datagrams that it sees in a
//! leg's life is limited here; and a panic in its parsers costs one leg instead of a worker with all its calls.

use std::{
    fmt,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use aws_lc_rs::digest::{SHA256, digest};
use bytes::BytesMut;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use rtc_dtls::{
    cipher_suite::CipherSuiteId,
    config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig},
    crypto::Certificate,
    crypto_provider::{RTCCryptoProvider, providers::AwsLcRsProvider},
    endpoint::{Endpoint, EndpointEvent},
    extension::extension_use_srtp::SrtpProtectionProfile,
};

use super::srtp::{EXPORT_LEN, Master};

/// The certificate of this process: ECDSA P-256, self-signed, made at start and never stored.
#[derive(Clone)]
pub struct Identity {
    certificate: Certificate,
    provider: Arc<dyn RTCCryptoProvider>,
    fingerprint: [u8; 32],
}

impl Identity {
    /// Makes a certificate.
    pub fn generate() -> Result<Self, DtlsError> {
        let provider: Arc<dyn RTCCryptoProvider> = Arc::new(AwsLcRsProvider::new());
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|_| DtlsError::Certificate)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        let certificate = params.self_signed(&key).map_err(|_| DtlsError::Certificate)?;
        let private_key = provider
            .crypto()
            .import_signing_key(
                rtc_dtls::crypto_provider::SignatureScheme::EcdsaP256Sha256,
                &key.serialize_der(),
            )
            .map_err(|_| DtlsError::Certificate)?;
        let fingerprint = sha256(certificate.der());
        let certificate = Certificate::from_signing_key(vec![certificate.der().clone()], private_key);
        Ok(Self { certificate, provider, fingerprint })
    }

    /// SHA-256 of the certificate, as it stands in an SDP answer.
    pub fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// The certificate and its key, for another association of the same family.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn config(
        &self,
        client: bool,
        peer: [u8; 32],
        proven: Arc<AtomicBool>,
    ) -> Result<HandshakeConfig, DtlsError> {
        ConfigBuilder::default()
            .with_crypto_provider(self.provider.clone())
            .with_certificates(vec![self.certificate.clone()])
            .with_cipher_suites(vec![CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_128_Gcm_Sha256])
            .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm])
            .with_client_auth(ClientAuthType::RequireAnyClientCert)
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            // Nobody signs these certificates; what holds is the fingerprint, checked below.
            .with_insecure_skip_verify(true)
            .with_verify_peer_certificate(Some(Arc::new(move |chain, _| {
                match chain.first() {
                    Some(leaf) if sha256(leaf) == peer => {
                        proven.store(true, Ordering::Relaxed);
                        Ok(())
                    }
                    // The library turns any error into a bad_certificate alert.
                    _ => Err(rtc_shared::error::Error::ErrInvalidCertificate),
                }
            })))
            .with_mtu(MTU)
            .build(client, None)
            .map_err(|_| DtlsError::Config)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(redacted)")
    }
}

/// Why a DTLS association is no longer of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DtlsError {
    /// The process's certificate could not be made.
    #[error("a DTLS certificate could not be made")]
    Certificate,
    /// The library refused its configuration.
    #[error("the DTLS configuration was refused")]
    Config,
    /// The handshake failed: no common cipher or SRTP profile, another certificate than the token names, a bad signature.
    #[error("the DTLS handshake failed")]
    Handshake,
    /// The peer closed the association.
    #[error("the DTLS association was closed by the peer")]
    Closed,
    /// More datagrams than any honest handshake needs.
    #[error("too many DTLS datagrams")]
    TooMany,
}

/// Which masters seal and open, seen from this side.
pub struct SrtpKeys {
    /// Seals what this side sends.
    pub seal: Master,
    /// Opens what the peer sends.
    pub open: Master,
}

impl fmt::Debug for SrtpKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SrtpKeys(redacted)")
    }
}

/// One DTLS association.
pub struct Dtls {
    endpoint: Endpoint,
    proven: Arc<AtomicBool>,
    client: bool,
    left: u32,
    complete: bool,
}

impl Dtls {
    /// Waits for the ClientHello of a peer whose certificate has the SHA-256 `peer`.
    pub fn server(identity: &Identity, peer: [u8; 32]) -> Result<Self, DtlsError> {
        let proven = Arc::new(AtomicBool::new(false));
        let config = identity.config(false, peer, proven.clone())?;
        Ok(Self {
            endpoint: Endpoint::new(NOWHERE, Default::default(), Some(Arc::new(config))),
            proven,
            client: false,
            left: MAX_DATAGRAMS,
            complete: false,
        })
    }

    /// Begins a handshake as a client, as a browser does.
    pub fn client(identity: &Identity, peer: [u8; 32], now: Instant) -> Result<Self, DtlsError> {
        let proven = Arc::new(AtomicBool::new(false));
        let config = identity.config(true, peer, proven.clone())?;
        let mut endpoint = Endpoint::new(NOWHERE, Default::default(), None);
        endpoint.connect(now, NOWHERE, Arc::new(config), None).map_err(|_| DtlsError::Handshake)?;
        Ok(Self { endpoint, proven, client: true, left: MAX_DATAGRAMS, complete: false })
    }

    /// Takes a datagram. Gives the SRTP keys when the handshake completes. Call [`Dtls::next_datagram`] afterwards, also
    /// after an error: there may be an alert to send.
    pub fn receive(&mut self, now: Instant, datagram: &[u8]) -> Result<Option<SrtpKeys>, DtlsError> {
        self.left = self.left.checked_sub(1).ok_or(DtlsError::TooMany)?;
        let read = catch_unwind(AssertUnwindSafe(|| {
            self.endpoint.read(now, NOWHERE, None, BytesMut::from(datagram))
        }));
        let events = read.map_err(|_| DtlsError::Handshake)?.map_err(|_| DtlsError::Handshake)?;
        for event in events {
            match event {
                EndpointEvent::HandshakeComplete => {
                    self.complete = true;
                    return self.keys().map(Some);
                }
                EndpointEvent::PeerClosed => return Err(DtlsError::Closed),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Retransmits what is due.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsError> {
        self.endpoint.handle_timeout(NOWHERE, now).or(if self.client {
            Err(DtlsError::Handshake)
        } else {
            // Nothing was received yet, so the library has no association to drive.
            Ok(())
        })
    }

    /// When [`Dtls::handle_timeout`] is next due.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.endpoint.poll_timeout(&NOWHERE)
    }

    /// Tells the peer that the association is over.
    pub fn close(&mut self, now: Instant) {
        // The only failure is to have no association, and then there is nobody to tell.
        let _ = self.endpoint.close(now);
    }

    /// The next datagram to send.
    pub fn next_datagram(&mut self) -> Option<BytesMut> {
        self.endpoint.poll_transmit().map(|transmit| transmit.message)
    }

    /// Whether the handshake is done.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    fn keys(&self) -> Result<SrtpKeys, DtlsError> {
        let state = self.endpoint.get_connection_state(NOWHERE).ok_or(DtlsError::Handshake)?;
        if !self.proven.load(Ordering::Relaxed)
            || state.srtp_protection_profile() != SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm
        {
            return Err(DtlsError::Handshake);
        }
        let exported = state
            .export_keying_material("EXTRACTOR-dtls_srtp", &[], EXPORT_LEN)
            .map_err(|_| DtlsError::Handshake)?;
        let exported: &[u8; EXPORT_LEN] = exported.as_ref().try_into().map_err(|_| DtlsError::Handshake)?;
        let (client, server) = Master::split(exported);
        Ok(if self.client {
            SrtpKeys { seal: client, open: server }
        } else {
            SrtpKeys { seal: server, open: client }
        })
    }
}

impl fmt::Debug for Dtls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dtls").field("complete", &self.complete).finish_non_exhaustive()
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

/// The library tells associations apart by address. Each leg has an endpoint of its own and may move between addresses, so
/// its peer has always this one.
const NOWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);
/// An honest handshake takes about 10 datagrams each way, one with heavy loss several times that.
const MAX_DATAGRAMS: u32 = 200;
/// Fits IPv6's least MTU with its headers.
const MTU: usize = 1_150;
