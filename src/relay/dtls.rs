//! The DTLS server's side of one leg (RFC 6347, RFC 5764) on `rtc-dtls`: client certificate required and pinned, one SRTP
//! profile offered, and a bound on what a peer may make the library keep.
//!
//! `rtc-dtls` keeps fragments and early records without counting them all, so the number of datagrams that it sees in a
//! leg's life is limited here; and a panic in its parsers costs one leg instead of a worker with all its calls.

use std::{
    collections::VecDeque,
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
    state::State,
};

use super::{
    bucket::Bucket,
    srtp::{EXPORT_LEN, Master},
};

/// The certificate of this process: ECDSA P-256, self-signed, made at start and never stored.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    certificate: Certificate,
    provider: Arc<dyn RTCCryptoProvider>,
    fingerprint: [u8; 32],
    /// For associations whose handshake is over: it admits nobody.
    resumption: Arc<HandshakeConfig>,
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
        let nobody = config(&certificate, &provider, true, [0; 32], Arc::default())?;
        Ok(Self(Arc::new(Inner { certificate, provider, fingerprint, resumption: Arc::new(nobody) })))
    }

    /// SHA-256 of the certificate, as it stands in an SDP answer.
    pub fn fingerprint(&self) -> &[u8; 32] {
        &self.0.fingerprint
    }

    /// The certificate and its key, for another association of the same family.
    pub fn certificate(&self) -> &Certificate {
        &self.0.certificate
    }

    fn config(
        &self,
        client: bool,
        peer: [u8; 32],
        proven: Arc<AtomicBool>,
    ) -> Result<HandshakeConfig, DtlsError> {
        config(&self.0.certificate, &self.0.provider, client, peer, proven)
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
    association: Association,
    identity: Identity,
    /// What is still to be sent by an association that has settled.
    outgoing: VecDeque<BytesMut>,
    /// The flight that completed the handshake, as it was sent.
    last_flight: Box<[BytesMut]>,
    client: bool,
    /// How many datagrams the library may still be shown in this handshake.
    left: u32,
    /// How many datagrams are still answered, once it is over.
    answers: Option<Bucket>,
    complete: bool,
}

enum Association {
    /// With all that the library keeps of a handshake: tens of kilobytes. The flag says that the peer has shown its certificate.
    Whole(Box<Endpoint>, Arc<AtomicBool>),
    /// What is needed to read and write an alert, as the library serializes it: some hundred bytes.
    Settled(Box<[u8]>),
}

impl Dtls {
    /// Waits for the ClientHello of a peer whose certificate has the SHA-256 `peer`.
    pub fn server(identity: &Identity, peer: [u8; 32]) -> Result<Self, DtlsError> {
        let proven = Arc::new(AtomicBool::new(false));
        let config = identity.config(false, peer, proven.clone())?;
        let endpoint = Endpoint::new(NOWHERE, Default::default(), Some(Arc::new(config)));
        Ok(Self::new(identity, false, endpoint, proven))
    }

    /// Begins a handshake as a client, as a browser does.
    pub fn client(identity: &Identity, peer: [u8; 32], now: Instant) -> Result<Self, DtlsError> {
        let proven = Arc::new(AtomicBool::new(false));
        let config = identity.config(true, peer, proven.clone())?;
        let mut endpoint = Endpoint::new(NOWHERE, Default::default(), None);
        endpoint.connect(now, NOWHERE, Arc::new(config), None).map_err(|_| DtlsError::Handshake)?;
        Ok(Self::new(identity, true, endpoint, proven))
    }

    fn new(identity: &Identity, client: bool, endpoint: Endpoint, proven: Arc<AtomicBool>) -> Self {
        Self {
            association: Association::Whole(Box::new(endpoint), proven),
            identity: identity.clone(),
            outgoing: VecDeque::new(),
            last_flight: Box::default(),
            client,
            left: MAX_DATAGRAMS,
            answers: None,
            complete: false,
        }
    }

    /// Takes a datagram. Gives the SRTP keys when the handshake completes. Call [`Dtls::next_datagram`] afterwards, also
    /// after an error: there may be an alert to send.
    pub fn receive(&mut self, now: Instant, datagram: &[u8]) -> Result<Option<SrtpKeys>, DtlsError> {
        match &mut self.answers {
            Some(answers) => answers.take(now).then_some(()).ok_or(DtlsError::TooMany)?,
            None => self.left = self.left.checked_sub(1).ok_or(DtlsError::TooMany)?,
        }
        if matches!(self.association, Association::Settled(_)) && datagram.first() != Some(&ALERT) {
            // The peer repeats its last flight (RFC 6347 4.2.4): ours was lost. As it never came, it may come as it was.
            self.outgoing.extend(self.last_flight.iter().cloned());
            return Ok(None);
        }
        let client = self.client;
        let (endpoint, proven) = self.whole(now)?;
        let read =
            catch_unwind(AssertUnwindSafe(|| endpoint.read(now, NOWHERE, None, BytesMut::from(datagram))));
        let result = match read {
            Ok(Ok(events)) => outcome(events, endpoint, proven, client),
            _ => Err(DtlsError::Handshake),
        };
        if matches!(result, Ok(Some(_))) {
            self.complete = true;
            // From here on the leg's address may be forged by anybody who has seen it: what is answered has a rate, so that an
            // honest goodbye is still heard afterwards.
            self.answers = Some(Bucket::new(ANSWERS_PER_SECOND, now));
        }
        if self.complete {
            self.settle();
        }
        result
    }

    /// Frees what the handshake needed: it is over. Alerts are read and written as before.
    fn settle(&mut self) {
        let Association::Whole(endpoint, _) = &mut self.association else { return };
        let sent = self.outgoing.len();
        while let Some(transmit) = endpoint.poll_transmit() {
            self.outgoing.push_back(transmit.message);
        }
        if self.last_flight.is_empty() && !self.client {
            self.last_flight = self.outgoing.iter().skip(sent).cloned().collect();
        }
        // After a close there is no state any more, and nothing to free.
        if let Some(Ok(state)) = endpoint.get_connection_state(NOWHERE).map(State::marshal_binary) {
            self.association = Association::Settled(state.into());
        }
    }

    /// Retransmits what is due.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsError> {
        let Association::Whole(endpoint, _) = &mut self.association else { return Ok(()) };
        endpoint.handle_timeout(NOWHERE, now).or(if self.client {
            Err(DtlsError::Handshake)
        } else {
            // Nothing was received yet, so the library has no association to drive.
            Ok(())
        })
    }

    /// When [`Dtls::handle_timeout`] is next due.
    pub fn next_timeout(&self) -> Option<Instant> {
        match &self.association {
            Association::Whole(endpoint, _) => endpoint.poll_timeout(&NOWHERE),
            Association::Settled(_) => None,
        }
    }

    /// Tells the peer that the association is over.
    pub fn close(&mut self, now: Instant) {
        // The only failure is to have no association, and then there is nobody to tell.
        let _ = self.whole(now).map(|(endpoint, _)| endpoint.close(now));
    }

    /// The next datagram to send.
    pub fn next_datagram(&mut self) -> Option<BytesMut> {
        let Association::Whole(endpoint, _) = &mut self.association else { return self.outgoing.pop_front() };
        self.outgoing.pop_front().or_else(|| endpoint.poll_transmit().map(|transmit| transmit.message))
    }

    /// Whether the handshake is done.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The association as the library works with it.
    fn whole(&mut self, now: Instant) -> Result<(&mut Endpoint, &AtomicBool), DtlsError> {
        if let Association::Settled(state) = &self.association {
            let mut resumed = State::new(self.identity.0.provider.clone(), self.client);
            resumed.unmarshal_binary(state).map_err(|_| DtlsError::Handshake)?;
            let mut endpoint = Endpoint::new(NOWHERE, Default::default(), None);
            // The library resumes by this call only, and takes the role from the state.
            endpoint
                .connect(now, NOWHERE, self.identity.0.resumption.clone(), Some(resumed))
                .map_err(|_| DtlsError::Handshake)?;
            self.association = Association::Whole(Box::new(endpoint), Arc::new(AtomicBool::new(true)));
        }
        match &mut self.association {
            Association::Whole(endpoint, proven) => Ok((endpoint, proven)),
            Association::Settled(_) => Err(DtlsError::Handshake),
        }
    }
}

fn config(
    certificate: &Certificate,
    provider: &Arc<dyn RTCCryptoProvider>,
    client: bool,
    peer: [u8; 32],
    proven: Arc<AtomicBool>,
) -> Result<HandshakeConfig, DtlsError> {
    ConfigBuilder::default()
        .with_crypto_provider(provider.clone())
        .with_certificates(vec![certificate.clone()])
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

/// What the library's events mean.
fn outcome(
    events: Vec<EndpointEvent>,
    endpoint: &Endpoint,
    proven: &AtomicBool,
    client: bool,
) -> Result<Option<SrtpKeys>, DtlsError> {
    for event in events {
        match event {
            EndpointEvent::HandshakeComplete => return keys(endpoint, proven, client).map(Some),
            EndpointEvent::PeerClosed => return Err(DtlsError::Closed),
            _ => {}
        }
    }
    Ok(None)
}

fn keys(endpoint: &Endpoint, proven: &AtomicBool, client: bool) -> Result<SrtpKeys, DtlsError> {
    let state = endpoint.get_connection_state(NOWHERE).ok_or(DtlsError::Handshake)?;
    if !proven.load(Ordering::Relaxed)
        || state.srtp_protection_profile() != SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm
    {
        return Err(DtlsError::Handshake);
    }
    let exported = state
        .export_keying_material("EXTRACTOR-dtls_srtp", &[], EXPORT_LEN)
        .map_err(|_| DtlsError::Handshake)?;
    let exported: &[u8; EXPORT_LEN] = exported.as_ref().try_into().map_err(|_| DtlsError::Handshake)?;
    let (of_client, of_server) = Master::split(exported);
    Ok(if client {
        SrtpKeys { seal: of_client, open: of_server }
    } else {
        SrtpKeys { seal: of_server, open: of_client }
    })
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
/// The content type of a record with an alert (RFC 5246 6.2.1).
const ALERT: u8 = 21;
/// An honest handshake takes about 10 datagrams each way, one with heavy loss several times that.
const MAX_DATAGRAMS: u32 = 200;
/// A peer whose last flight was lost repeats its own after a second, and closes once.
const ANSWERS_PER_SECOND: u32 = 10;
/// Fits IPv6's least MTU with its headers.
const MTU: usize = 1_150;
