//! Plain HTTPS beside the WebSocket: the page's configuration, enrolment, and a page's last word.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Serialize;
use tokio::sync::mpsc;

use super::{
    accounts::{self, parse},
    admission::Act,
    app::{App, Peer},
    approve, headers,
};
use crate::{
    proto::{
        ErrorCode, ProtocolError, caller,
        rest::{LeaveCall, PublicConfig},
    },
    telemetry::metrics::ErrorLabel,
};

/// Largest body that is read, bytes.
const BODY_BYTES: usize = 8 * 1024;
/// Largest body of the authority's, bytes: some hundred credentials.
const AUTHORITY_BYTES: usize = 512 * 1024;

/// Answers a POST by what its body says.
macro_rules! answers {
    (|$app:ident, $peer:ident, $origin:ident, $body:ident| $answer:expr) => {
        post(
            |State($app): State<Arc<App>>,
             Extension($peer): Extension<Peer>,
             headers: HeaderMap,
             body: Bytes| async move {
                let ($app, $peer, $origin, $body) = (&*$app, &$peer, origin_of(&headers), &*body);
                respond($app, $answer.await)
            },
        )
    };
}

pub(super) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    // Whoever holds the authority's key.
    let of_authority = Router::new()
        .route(
            "/api/authority/requests",
            answers!(|app, _peer, origin, body| approve::requests(app, origin, body)),
        )
        .route(
            "/api/authority/credentials",
            answers!(|app, _peer, _origin, body| approve::credentials(app, body)),
        )
        .layer(DefaultBodyLimit::max(AUTHORITY_BYTES));
    // Staff before they are signed in: each proves itself by a link, a device's key, a passkey.
    let of_staff = Router::new()
        .route(
            "/api/staff/link",
            answers!(|app, peer, _origin, body| accounts::look_at_link(app, peer, body)),
        )
        .route(
            "/api/staff/enrol",
            answers!(|app, peer, origin, body| accounts::enrol_native(app, peer, origin, body)),
        )
        .route(
            "/api/staff/passkey/enrol",
            answers!(|app, peer, origin, body| accounts::begin_enrolment(app, peer, origin, body)),
        )
        .route(
            "/api/staff/passkey/enrolled",
            answers!(|app, _peer, _origin, body| accounts::finish_enrolment(app, body)),
        )
        .route(
            "/api/staff/passkey/sign-in",
            answers!(|app, peer, _origin, body| accounts::begin_sign_in(app, peer, body)),
        )
        .route(
            "/api/staff/passkey/signed-in",
            answers!(|app, _peer, origin, body| accounts::finish_sign_in(app, origin, body)),
        )
        .layer(DefaultBodyLimit::max(BODY_BYTES));
    let posts = Router::new()
        .route("/api/caller/leave", post(leave))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .merge(of_staff)
        .merge(of_authority)
        .layer(middleware::from_fn_with_state(app.clone(), in_time))
        .layer(middleware::from_fn_with_state(app.clone(), headers::require_origin));
    Router::new().route("/api/config", get(config)).merge(posts)
}

fn origin_of(headers: &HeaderMap) -> &str {
    headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()).unwrap_or_default()
}

fn respond<T: Serialize>(app: &App, answer: Result<T, ProtocolError>) -> Result<Json<T>, Refused> {
    answer.map(Json).map_err(|error| Refused::new(app, error))
}

async fn config(State(app): State<Arc<App>>) -> Json<PublicConfig> {
    Json(PublicConfig { authority: app.authority.public_key(), ..app.settings.page.clone() })
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
    let real = app.line.node.clone();
    let (node, conn) = match real.caller_resume(&token, u64::MAX, outbox).await {
        Ok(conn) => (real, conn),
        // It may be of a drill: tokens are drawn, so it is of one line at most.
        Err(error) => {
            let drill = app.drills.line().await.ok_or(error)?.node;
            let (outbox, of_drill) = mpsc::channel(64);
            answers = of_drill;
            let conn = drill.caller_resume(&token, u64::MAX, outbox).await?;
            (drill, conn)
        }
    };
    node.caller(conn, 0, caller::Request::Leave { how }).await;
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
    node.caller_gone(conn).await;
    answered
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
