//! What the relay's DTLS server takes, tried with clients that are not ours.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use bytes::BytesMut;
use quietline::relay::dtls::{Dtls, DtlsError, Identity};
use rtc_dtls::{
    config::{ConfigBuilder, HandshakeConfig},
    crypto::Certificate,
    crypto_provider::{RTCCryptoProvider, providers::AwsLcRsProvider},
    endpoint::Endpoint,
    extension::extension_use_srtp::SrtpProtectionProfile::{self, *},
};

const RELAY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9);

fn provider() -> Arc<dyn RTCCryptoProvider> {
    Arc::new(AwsLcRsProvider::new())
}

fn certificate() -> Certificate {
    Certificate::generate_self_signed(vec!["x".to_owned()], provider().crypto()).unwrap()
}

fn client(certificates: Vec<Certificate>, profiles: &[SrtpProtectionProfile]) -> Arc<HandshakeConfig> {
    let config = ConfigBuilder::default()
        .with_crypto_provider(provider())
        .with_certificates(certificates)
        .with_srtp_protection_profiles(profiles.to_vec())
        .with_insecure_skip_verify(true);
    Arc::new(config.build(true, None).unwrap())
}

/// Runs a handshake to its end: what the relay got, and the profile that the client was given.
#[allow(clippy::disallowed_methods, reason = "an Instant can only be had from the clock; nothing here waits")]
fn handshake(
    config: Arc<HandshakeConfig>,
    fingerprint: [u8; 32],
) -> (Result<bool, DtlsError>, Option<SrtpProtectionProfile>) {
    let now = Instant::now();
    let mut server = Dtls::server(&Identity::generate().unwrap(), fingerprint).unwrap();
    let mut client = Endpoint::new(RELAY, Default::default(), None);
    client.connect(now, RELAY, config, None).unwrap();
    let mut connected = Ok(false);
    for _ in 0..10 {
        while let Some(datagram) = client.poll_transmit() {
            match server.receive(now, &datagram.message) {
                Ok(Some(_)) => connected = Ok(true),
                Ok(None) => {}
                Err(error) => return (Err(error), None),
            }
        }
        while let Some(datagram) = server.next_datagram() {
            let _ = client.read(now, RELAY, None, BytesMut::from(&datagram[..]));
        }
    }
    (connected, client.get_connection_state(RELAY).map(|state| state.srtp_protection_profile()))
}

fn fingerprint(certificate: &Certificate) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &certificate.certificate[0]);
    digest.as_ref().try_into().unwrap()
}

#[test]
fn aes_128_gcm_is_chosen_whatever_else_is_offered_first() {
    let certificate = certificate();
    let offered = [
        Srtp_Aes128_Cm_Hmac_Sha1_80,
        Srtp_Aead_Aes_256_Gcm,
        Srtp_Aead_Aes_128_Gcm,
        Srtp_Aes128_Cm_Hmac_Sha1_32,
    ];
    let (connected, profile) =
        handshake(client(vec![certificate.clone()], &offered), fingerprint(&certificate));
    assert_eq!(connected, Ok(true));
    assert_eq!(profile, Some(Srtp_Aead_Aes_128_Gcm));
}

#[test]
fn a_client_without_aes_128_gcm_gets_no_keys() {
    let certificate = certificate();
    for offered in [&[Srtp_Aes128_Cm_Hmac_Sha1_80][..], &[Srtp_Aead_Aes_256_Gcm], &[]] {
        let config = client(vec![certificate.clone()], offered);
        let (connected, _) = handshake(config, fingerprint(&certificate));
        assert_eq!(connected, Err(DtlsError::Handshake), "{offered:?}");
    }
}

#[test]
fn a_client_without_a_certificate_gets_no_keys() {
    let config = client(Vec::new(), &[Srtp_Aead_Aes_128_Gcm]);
    let (connected, _) = handshake(config, [0; 32]);
    assert_ne!(connected, Ok(true));
}

#[test]
fn a_client_with_another_certificate_gets_no_keys() {
    let config = client(vec![certificate()], &[Srtp_Aead_Aes_128_Gcm]);
    let (connected, _) = handshake(config, fingerprint(&certificate()));
    assert_eq!(connected, Err(DtlsError::Handshake));
}

#[test]
#[allow(clippy::disallowed_methods, reason = "an Instant can only be had from the clock; nothing here waits")]
fn a_peer_may_send_only_so_many_handshake_datagrams() {
    let now = Instant::now();
    let mut server = Dtls::server(&Identity::generate().unwrap(), [0; 32]).unwrap();
    // Fragments of a message that never comes: the library would keep each of them.
    let fragment = |n: u8| {
        let mut record = vec![22, 254, 253, 0, 0, 0, 0, 0, 0, 0, n, 0, 12];
        record.extend([1, 0, 1, 0, 0, 0, 0, 0, n, 0, 0, 1]);
        record
    };
    let results: Vec<_> = (0..=255).map(|n| server.receive(now, &fragment(n))).collect();
    assert!(matches!(results[0], Ok(None)));
    assert!(matches!(results[255], Err(DtlsError::TooMany)));
}

#[test]
#[allow(clippy::disallowed_methods, reason = "an Instant can only be had from the clock; nothing here waits")]
fn a_last_flight_that_was_lost_is_sent_again_by_an_association_that_has_settled() {
    let mut now = Instant::now();
    let (ours, theirs) = (Identity::generate().unwrap(), Identity::generate().unwrap());
    let mut server = Dtls::server(&ours, *theirs.fingerprint()).unwrap();
    let mut client = Dtls::client(&theirs, *ours.fingerprint(), now).unwrap();
    for _ in 0..10 {
        while let Some(datagram) = client.next_datagram() {
            server.receive(now, &datagram).unwrap();
        }
        while let Some(datagram) = server.next_datagram().filter(|_| !server.is_complete()) {
            client.receive(now, &datagram).unwrap();
        }
    }
    // What completed the handshake is lost.
    while server.next_datagram().is_some() {}
    assert!(server.is_complete() && !client.is_complete());

    now = client.next_timeout().unwrap();
    client.handle_timeout(now).unwrap();
    while let Some(datagram) = client.next_datagram() {
        assert!(server.receive(now, &datagram).unwrap().is_none());
    }
    let mut keys = None;
    while let Some(datagram) = server.next_datagram() {
        keys = keys.or(client.receive(now, &datagram).unwrap());
    }
    assert!(keys.is_some() && client.is_complete());

    client.close(now);
    let goodbye = client.next_datagram().unwrap();
    assert!(matches!(server.receive(now, &goodbye), Err(DtlsError::Closed)));
}
