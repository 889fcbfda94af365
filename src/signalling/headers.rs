//! The headers of every answer, and the origin that every request but a plain page load must come from.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::app::App;
use crate::proto::ErrorCode;

/// What every answer carries. No answer sets a cookie.
#[derive(Debug, Clone)]
pub(super) struct Headers(Vec<(HeaderName, HeaderValue)>);

impl Headers {
    pub(super) fn new(origins: &[String], strict_transport: bool) -> Self {
        let mut headers: Vec<_> = FIXED
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        if let Ok(policy) = HeaderValue::from_str(&content_security_policy(origins)) {
            headers.push((header::CONTENT_SECURITY_POLICY, policy));
        }
        if strict_transport {
            let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
            headers.push((header::STRICT_TRANSPORT_SECURITY, two_years));
        }
        Self(headers)
    }
}

/// Adds the headers of every answer.
pub(super) async fn add(State(headers): State<Arc<Headers>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in &headers.0 {
        response.headers_mut().insert(name.clone(), value.clone());
    }
    response
}

/// Refuses a request that does not come from a page of ours.
pub(super) async fn require_origin(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    if origin.is_some_and(|origin| app.allows_origin(origin)) {
        return next.run(request).await;
    }
    app.metrics.origins_refused.inc();
    let error = ErrorCode::NotAllowed.because("This request does not come from a page of this service.");
    (StatusCode::FORBIDDEN, Json(error)).into_response()
}

fn content_security_policy(origins: &[String]) -> String {
    // Not every browser takes 'self' to include the WebSocket of the same origin. A source cannot be an IPv6 address
    // (CSP Level 3, section 2.3.1); there 'self' has to do.
    let sockets: String = origins
        .iter()
        .filter_map(|origin| origin.strip_prefix("https://"))
        .filter(|host| !host.starts_with('['))
        .map(|host| format!(" wss://{host}"))
        .collect();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'{sockets}; worker-src 'self'; \
         media-src 'self' blob: mediastream:; img-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types quietline"
    )
}

const FIXED: [(&str, &str); 7] = [
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    (
        "permissions-policy",
        "microphone=(self), accelerometer=(), autoplay=(self), browsing-topics=(), camera=(), display-capture=(), \
         geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), midi=(), payment=(), \
         publickey-credentials-create=(self), \
         publickey-credentials-get=(self), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_sockets_of_our_origins_and_nobody_elses() {
        let policy = content_security_policy(&["https://line.example".into(), "https://[::1]:8443".into()]);
        assert!(policy.contains("connect-src 'self' wss://line.example;"), "{policy}");
        assert!(policy.starts_with("default-src 'none';"));
        assert!(!policy.contains("unsafe") && !policy.contains('*'));
    }

    #[test]
    fn strict_transport_is_for_real_certificates() {
        let has = |strict| {
            Headers::new(&[], strict).0.iter().any(|(name, _)| *name == header::STRICT_TRANSPORT_SECURITY)
        };
        assert!(has(true) && !has(false));
    }
}
