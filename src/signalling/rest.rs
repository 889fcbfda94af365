//! Plain HTTPS beside the WebSocket: the page's configuration, enrolment, and a page's last word.

use std::sync::Arc;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use super::{
    admission::Act,
    app::{App, Peer},
    authority::VerifiedStaff,
    headers,
};
use crate::{
    core::ids::{DeviceId, StaffId},
    first_name,
    node::registry::{InviteToken, RegistryError},
    proto::{
        ErrorCode, ProtocolError, caller,
        rest::{Enrol, Enrolled, LeaveCall, PublicConfig},
    },
    telemetry::metrics::ErrorLabel,
};

/// Largest body that is read, bytes.
const BODY_BYTES: usize = 8 * 1024;

pub(super) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let posts = Router::new()
        .route("/api/staff/enrol", post(enrol))
        .route("/api/caller/leave", post(leave))
        .layer(middleware::from_fn_with_state(app.clone(), in_time))
        .layer(middleware::from_fn_with_state(app.clone(), headers::require_origin))
        .layer(DefaultBodyLimit::max(BODY_BYTES));
    Router::new().route("/api/config", get(config)).merge(posts)
}

async fn config(State(app): State<Arc<App>>) -> Json<PublicConfig> {
    Json(PublicConfig { authority: app.authority.public_key(), ..app.settings.page.clone() })
}

async fn enrol(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Enrolled>, Refused> {
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()).unwrap_or_default();
    enrolled(&app, &peer, origin, &body).await.map(Json).map_err(|error| Refused::new(&app, error))
}

async fn enrolled(app: &App, peer: &Peer, origin: &str, body: &[u8]) -> Result<Enrolled, ProtocolError> {
    let now = app.now();
    if !peer.admitted.may(Act::Enrol, now) {
        return Err(ErrorCode::TooFast.because("Too many attempts to enrol; try again in a minute."));
    }
    let Enrol { token, name, device_key, signature } = parse(body)?;
    let name = first_name::shown(&name).ok_or_else(|| {
        ErrorCode::Malformed.because("A first name has 1 to 40 characters, all of which can be seen.")
    })?;
    let key: [u8; 32] = URL_SAFE_NO_PAD
        .decode(device_key)
        .ok()
        .and_then(|key| key.try_into().ok())
        .ok_or_else(|| ErrorCode::Malformed.because("The device key is not 32 bytes in base64url."))?;
    let bad = |text: &str| ErrorCode::BadCredential.because(text);
    let signature = STANDARD.decode(signature).map_err(|_| bad("The signature does not hold."))?;
    UnparsedPublicKey::new(&ED25519, key)
        .verify(format!("quietline enrol v1\n{origin}\n{token}").as_bytes(), &signature)
        .map_err(|_| bad("The signature does not hold."))?;
    let invite: InviteToken = token.parse().map_err(|_| refused(&RegistryError::InviteGone))?;

    let (mut staff, mut device) = ([0; 16], [0; 16]);
    let filled = app.random.fill(&mut staff).and_then(|()| app.random.fill(&mut device));
    filled.map_err(|_| ErrorCode::Internal.because("The server has no randomness."))?;
    let (staff, device) = (StaffId::from_random(staff), DeviceId::from_random(device));
    let enrolled =
        app.registry.redeem_invite(&invite, name, key, staff, device, now).await.map_err(|e| refused(&e))?;
    app.metrics.enrolled.inc();
    tracing::info!(role = ?enrolled.role, "a device was enrolled");
    let verified = VerifiedStaff { staff, name: name.to_owned(), role: enrolled.role, key };
    Ok(Enrolled { staff, device, credential: app.authority.issue(&verified, now) })
}

async fn leave(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    body: Bytes,
) -> Result<StatusCode, Refused> {
    left(&app, &peer, &body).await.map(|()| StatusCode::NO_CONTENT).map_err(|error| Refused::new(&app, error))
}

async fn left(app: &App, peer: &Peer, body: &[u8]) -> Result<(), ProtocolError> {
    if !peer.admitted.may(Act::Leave, app.now()) {
        return Err(ErrorCode::TooFast.because("Too many requests; try again in a minute."));
    }
    let LeaveCall { token, how } = parse(body)?;
    // The node answers into an outbox as it would to a page; nobody reads it, and it is roomy enough for the answer.
    let (outbox, mut answers) = mpsc::channel(64);
    let conn = app.node.caller_resume(&token, u64::MAX, outbox).await?;
    app.node.caller(conn, 0, caller::Request::Leave { how }).await;
    let answered = async {
        while let Some(message) = answers.recv().await {
            match message {
                caller::Message::Done { .. } => return Ok(()),
                caller::Message::Error { error, .. } => return Err(error),
                _ => {}
            }
        }
        Ok(())
    };
    let answered = answered.await;
    app.node.caller_gone(conn).await;
    answered
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ProtocolError> {
    serde_json::from_slice(body).map_err(|_| ErrorCode::Malformed.because("The body is not of the protocol."))
}

fn refused(error: &RegistryError) -> ProtocolError {
    match error {
        RegistryError::InviteGone | RegistryError::KeyTaken => {
            ErrorCode::BadCredential.because(error.to_string())
        }
        RegistryError::BadName => ErrorCode::Malformed.because(error.to_string()),
        RegistryError::UnknownDevice | RegistryError::Store(_) | RegistryError::BadRecord(_) => {
            tracing::error!("the staff registry failed");
            ErrorCode::Internal.because("The server could not enrol this device; the link is still good.")
        }
    }
}

/// A whole request must have arrived and be answered in time.
async fn in_time(
    State(app): State<Arc<App>>,
    request: axum::extract::Request,
    next: middleware::Next,
) -> Response {
    match tokio::time::timeout(app.settings.patience.handshake, next.run(request)).await {
        Ok(response) => response,
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

/// A refused request: a status and the error as JSON.
struct Refused(ProtocolError);

impl Refused {
    fn new(app: &App, error: ProtocolError) -> Self {
        app.metrics.errors.get_or_create(&ErrorLabel { code: error.code.as_str() }).inc();
        Self(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self.0.code {
            ErrorCode::TooFast => StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::BadCredential | ErrorCode::NotAllowed => StatusCode::FORBIDDEN,
            ErrorCode::UnknownSession => StatusCode::NOT_FOUND,
            ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            ErrorCode::Busy => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        (status, Json(self.0)).into_response()
    }
}
