//! Plain HTTPS: headers, configuration, pages that are not there.

use crate::gateway::Gateway;

#[tokio::test]
async fn every_answer_carries_the_strict_headers_and_no_cookie() {
    let gateway = Gateway::start();
    for path in ["/", "/console/", "/api/config", "/nothing/here", "/ws/caller"] {
        let answer = gateway.get(path).await;
        for header in [
            "content-security-policy: default-src 'none'; script-src 'self';",
            "require-trusted-types-for 'script'",
            "cache-control: no-store",
            "referrer-policy: no-referrer",
            "x-content-type-options: nosniff",
            "cross-origin-opener-policy: same-origin",
            "cross-origin-resource-policy: same-origin",
            "permissions-policy: microphone=(self)",
        ] {
            assert!(answer.head.contains(header), "{path} lacks {header}\n{}", answer.head);
        }
        for header in ["set-cookie", "strict-transport-security", "\r\nserver:"] {
            assert!(!answer.head.contains(header), "{path} has {header}");
        }
    }
}

#[tokio::test]
async fn the_page_is_told_what_it_must_know() {
    let gateway = Gateway::start_with(&[("QUIETLINE_SERVICE_PHONE", "0300 000 0000")]);
    let answer = gateway.get("/api/config").await;
    let config: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.status, config["phone"].as_str()), (200, Some("0300 000 0000")));
    assert_eq!(config["authority"].as_str().unwrap().len(), 43);
}

#[tokio::test]
async fn a_page_that_is_not_there_still_shows_a_number() {
    let gateway = Gateway::start();
    let answer = gateway.get("/nothing/here").await;
    assert!([404, 503].contains(&answer.status), "{}", answer.status);
    assert!(
        answer.body.contains("tel:03001312789") || answer.head.contains("content-encoding"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn http_2_is_spoken_and_only_tls_1_3() {
    use std::sync::Arc;

    use rustls::{crypto::aws_lc_rs, pki_types::ServerName};
    use tokio_rustls::TlsConnector;

    let gateway = Gateway::start();
    let connect = |config: rustls::ClientConfig| {
        let address = gateway.address();
        async move {
            let stream = tokio::net::TcpStream::connect(address).await.unwrap();
            TlsConnector::from(Arc::new(config))
                .connect(ServerName::try_from("localhost").unwrap(), stream)
                .await
        }
    };
    let mut config = (*gateway.tls()).clone();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let stream = connect(config).await.unwrap();
    let (_, session) = stream.get_ref();
    assert_eq!(session.alpn_protocol(), Some(b"h2".as_slice()));
    assert_eq!(session.negotiated_key_exchange_group().unwrap().name(), rustls::NamedGroup::X25519MLKEM768);

    let old = rustls::ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    assert!(connect(old).await.is_err());
}

#[tokio::test]
async fn metrics_and_health_answer_on_their_own_listener() {
    let gateway = Gateway::start();
    let _caller = crate::socket::waiting(&gateway).await;
    assert!(gateway.internal("/healthz").await.starts_with("HTTP/1.1 200"));
    assert!(gateway.internal("/readyz").await.starts_with("HTTP/1.1 200"));
    let metrics = gateway.internal("/metrics").await;
    for line in
        ["quietline_callers_waiting 1", "quietline_sockets{side=\"caller\"} 1", "quietline_relay_legs 0"]
    {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    assert_ne!(gateway.get("/metrics").await.status, 200, "and nowhere else");
}
