//! The authority over the network: `quietline authority approve --server` asks for the requests and brings back what it
//! signed. Whoever holds the authority's key is the authority: the key signs each question, so there is no other secret.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    accounts::{parse, proves_key, refused},
    app::App,
    authority::{credential_requests, take_credentials},
};
use crate::{
    node::audit::Who,
    proto::{
        ErrorCode, ProtocolError,
        office::{CredentialRequests, SignedCredentials},
        rest::{AskAuthority, Taken},
    },
};

/// How far the clock of the authority's machine may be off, ms.
const SKEW_MS: u64 = 60_000;

/// Which devices want a credential.
pub(super) async fn requests(
    app: &App,
    origin: &str,
    body: &[u8],
) -> Result<CredentialRequests, ProtocolError> {
    let AskAuthority { at, signature } = parse(body)?;
    if at.abs_diff(app.now().as_millis()) > SKEW_MS {
        return Err(ErrorCode::BadCredential.because("The clocks differ by more than a minute."));
    }
    let key = URL_SAFE_NO_PAD.decode(app.authority.public_key()).ok().and_then(|key| key.try_into().ok());
    let key = key.ok_or_else(|| ErrorCode::Internal.because("The server has no authority."))?;
    proves_key(&key, &format!("quietline authority v1\n{origin}\n{at}"), &signature)?;
    credential_requests(&app.registry, &*app.authority, app.now()).await.map_err(refused)
}

/// Takes in what it signed. The credentials prove themselves.
pub(super) async fn credentials(app: &App, body: &[u8]) -> Result<Taken, ProtocolError> {
    let SignedCredentials { credentials, .. } = parse(body)?;
    let credentials = credentials.iter().map(String::as_str);
    let took = take_credentials(&app.registry, &*app.authority, credentials, Who::Authority, app.now()).await;
    took.map(|(taken, refused)| Taken { taken, refused }).map_err(refused)
}
