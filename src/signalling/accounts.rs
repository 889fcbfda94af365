//! Staff over plain HTTPS: what a link is for, enrolling a browser with a passkey or a program with its key, and the proof of a
//! passkey that opens a session. Who has a session connects with it and the device's key (`staff`).

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey, VerificationAlgorithm};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde::de::DeserializeOwned;

use super::{
    admission::Act,
    app::{App, Peer},
    authority::VerifiedStaff,
    passkeys::Enrolment,
};
use crate::{
    core::{
        ids::{DeviceId, StaffId},
        time::Timestamp,
    },
    first_name,
    node::{
        audit::Who,
        registry::{
            Device, DeviceKind, Invite, InviteToken, Newcomer, Person, RegistryError, SessionToken, Whom,
        },
    },
    proto::{
        ErrorCode, ProtocolError,
        passkey::{
            BeginEnrolment, BeginSignIn, Ceremony, EnrolledBrowser, FinishEnrolment, FinishSignIn, LinkFor,
            LinkSeen, LookAtLink, SignedIn,
        },
        rest::{Enrol, Enrolled},
    },
};

/// Says what a link is for. Counted as an attempt to enrol, so that links cannot be guessed.
pub(super) async fn look_at_link(app: &App, peer: &Peer, body: &[u8]) -> Result<LinkSeen, ProtocolError> {
    let now = app.now();
    attempt(peer, Act::Enrol, now)?;
    let LookAtLink { token } = parse(body)?;
    let (invite, person) = app.registry.invite(&invite_token(&token)?, now).await.map_err(refused)?;
    Ok(LinkSeen {
        role: invite.role,
        whom: match invite.whom {
            Whom::NewPerson => LinkFor::NewPerson,
            Whom::OneMoreDevice { .. } => LinkFor::OneMoreDevice,
            Whom::Recovery { .. } => LinkFor::Recovery,
        },
        name: person.map(|person| person.name),
        native: invite.native,
    })
}

/// Enrols a program by its key alone.
pub(super) async fn enrol_native(
    app: &App,
    peer: &Peer,
    origin: &str,
    body: &[u8],
) -> Result<Enrolled, ProtocolError> {
    let now = app.now();
    attempt(peer, Act::Enrol, now)?;
    let Enrol { token, name, device_key, signature } = parse(body)?;
    check_name(&name)?;
    let key = device_key_of(&device_key)?;
    proves_key(&key, &format!("quietline enrol v1\n{origin}\n{token}"), &signature)?;
    let token = invite_token(&token)?;
    let (invite, person) = app.registry.invite(&token, now).await.map_err(refused)?;
    let name = shown_name(person.as_ref(), &name)?;
    check_kind(&invite, true)?;
    let (staff, device) = (StaffId::from_random(draw(app)?), DeviceId::from_random(draw(app)?));
    let newcomer = Newcomer { name, key, kind: DeviceKind::Native, staff, device };
    let enrolled = enrol(app, &token, newcomer, now).await?;
    Ok(Enrolled { staff: enrolled.staff, device, credential: enrolled.credential })
}

/// Begins to enrol a browser: the link holds, the page has the device's key, and a passkey is asked for.
pub(super) async fn begin_enrolment(
    app: &App,
    peer: &Peer,
    origin: &str,
    body: &[u8],
) -> Result<Ceremony, ProtocolError> {
    let now = app.now();
    attempt(peer, Act::Enrol, now)?;
    let BeginEnrolment { token, name, device_key, bound_key, signature } = parse(body)?;
    check_name(&name)?;
    let key = device_key_of(&device_key)?;
    if URL_SAFE_NO_PAD.decode(&bound_key).ok().is_none_or(|point| point.len() != 65 || point[0] != 4) {
        return Err(ErrorCode::Malformed.because("The bound key is no point of P-256 in base64url."));
    }
    let said = format!("quietline enrol browser v1\n{origin}\n{token}\n{bound_key}");
    proves_key(&key, &said, &signature)?;
    let token = invite_token(&token)?;
    let (invite, person) = app.registry.invite(&token, now).await.map_err(refused)?;
    let name = shown_name(person.as_ref(), &name)?;
    check_kind(&invite, false)?;
    let staff = match person {
        Some(person) => person.staff,
        None => StaffId::from_random(draw(app)?),
    };
    let device = DeviceId::from_random(draw(app)?);
    let enrolment = Enrolment { token, name, key, bound_key, staff, device };
    app.passkeys.begin_enrolment(enrolment, now, &*app.random)
}

/// Finishes it: the link is used up, and the browser has its first session.
pub(super) async fn finish_enrolment(app: &App, body: &[u8]) -> Result<EnrolledBrowser, ProtocolError> {
    let now = app.now();
    let FinishEnrolment { ceremony, passkey } = parse(body)?;
    let (enrolment, passkey) = app.passkeys.finish_enrolment(&ceremony, passkey, now)?;
    let Enrolment { token, name, key, bound_key, staff, device } = enrolment;
    let kind = DeviceKind::Browser { passkey: Some(passkey), bound_key };
    let newcomer = Newcomer { name, key, kind, staff, device };
    let enrolled = enrol(app, &token, newcomer, now).await?;
    let session = open_session(app, device, None, now).await?;
    Ok(EnrolledBrowser {
        staff: enrolled.staff,
        device,
        name: enrolled.name,
        role: enrolled.role,
        credential: enrolled.credential,
        session,
    })
}

/// Begins the proof of the passkey of a device.
pub(super) async fn begin_sign_in(app: &App, peer: &Peer, body: &[u8]) -> Result<Ceremony, ProtocolError> {
    let now = app.now();
    attempt(peer, Act::SignIn, now)?;
    let BeginSignIn { device } = parse(body)?;
    match app.registry.device(device).await.map_err(refused)? {
        Some(Device { revoked: false, kind: DeviceKind::Browser { passkey: Some(passkey), .. }, .. }) => {
            app.passkeys.begin_sign_in(device, &passkey, now, &*app.random)
        }
        _ => Err(shut_out()),
    }
}

/// Finishes it: with the browser's bound key as well, it opens a session.
pub(super) async fn finish_sign_in(app: &App, origin: &str, body: &[u8]) -> Result<SignedIn, ProtocolError> {
    let now = app.now();
    let FinishSignIn { ceremony, passkey, signature } = parse(body)?;
    let (device, changed) = app.passkeys.finish_sign_in(&ceremony, passkey, now)?;
    let record = app.registry.device(device).await.map_err(refused)?.ok_or_else(shut_out)?;
    proves_browser(&record, &format!("quietline passkey v1\n{origin}\n{ceremony}"), &signature)?;
    Ok(SignedIn { session: open_session(app, device, changed, now).await? })
}

/// Whether the device's key signed that, or why it does not hold.
pub(super) fn proves_key(key: &[u8; 32], said: &str, signature: &str) -> Result<(), ProtocolError> {
    verify(&ED25519, key, said, signature)
}

/// Whether the key that cannot leave that browser signed that, or why it does not hold.
pub(super) fn proves_browser(device: &Device, said: &str, signature: &str) -> Result<(), ProtocolError> {
    let DeviceKind::Browser { bound_key, .. } = &device.kind else { return Err(shut_out()) };
    let key = URL_SAFE_NO_PAD.decode(bound_key).map_err(|_| shut_out())?;
    verify(&ECDSA_P256_SHA256_FIXED, &key, said, signature)
}

fn verify(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    said: &str,
    signature: &str,
) -> Result<(), ProtocolError> {
    let signature = STANDARD.decode(signature).ok();
    signature
        .and_then(|signature| UnparsedPublicKey::new(algorithm, key).verify(said.as_bytes(), &signature).ok())
        .ok_or_else(|| ErrorCode::BadCredential.because("The signature does not hold."))
}

/// A device that does not get in. Unknown and shut out are not told apart.
pub(super) fn shut_out() -> ProtocolError {
    ErrorCode::BadCredential.because("This device is not enrolled here, or was shut out.")
}

/// What a client is told of a refusal by the registry.
pub(super) fn refused(error: RegistryError) -> ProtocolError {
    match error {
        RegistryError::InviteGone | RegistryError::KeyTaken | RegistryError::OtherKind => {
            ErrorCode::BadCredential.because(error.to_string())
        }
        RegistryError::BadName => ErrorCode::Malformed.because(error.to_string()),
        RegistryError::UnknownDevice => shut_out(),
        RegistryError::UnknownPerson | RegistryError::ProposalGone => {
            ErrorCode::OutOfOrder.because(error.to_string())
        }
        RegistryError::Oneself | RegistryError::Alone => ErrorCode::NotAllowed.because(error.to_string()),
        RegistryError::Store(_) | RegistryError::BadRecord(_) => {
            tracing::error!("the staff registry failed");
            ErrorCode::Internal.because("The server could not do this; nothing was changed.")
        }
    }
}

/// 16 random bytes.
pub(super) fn draw(app: &App) -> Result<[u8; 16], ProtocolError> {
    let mut bytes = [0; 16];
    let filled = app.random.fill(&mut bytes);
    filled.map(|()| bytes).map_err(|_| ErrorCode::Internal.because("The server has no randomness."))
}

async fn enrol(
    app: &App,
    token: &InviteToken,
    newcomer: Newcomer,
    now: Timestamp,
) -> Result<Device, ProtocolError> {
    let mut enrolled = app.registry.redeem_invite(token, newcomer, now).await.map_err(refused)?;
    app.metrics.enrolled.inc();
    tracing::info!(role = ?enrolled.role, "a device was enrolled");
    if enrolled.joins_calls() {
        let staff = VerifiedStaff {
            staff: enrolled.staff,
            name: enrolled.name.clone(),
            role: enrolled.role,
            key: enrolled.key,
        };
        if let Some(credential) = app.authority.issue(&staff, now) {
            let taken = app.registry.take_credential(enrolled.device, &credential, Who::Authority, now).await;
            taken.map_err(refused)?;
            enrolled.credential = Some(credential);
        }
    }
    Ok(enrolled)
}

async fn open_session(
    app: &App,
    device: DeviceId,
    passkey: Option<String>,
    now: Timestamp,
) -> Result<String, ProtocolError> {
    let token = SessionToken::from_random(draw(app)?);
    let expires = now + app.settings.session;
    app.registry.open_session(device, passkey, &token, expires, now).await.map_err(refused)?;
    Ok(token.to_string())
}

fn attempt(peer: &Peer, act: Act, now: Timestamp) -> Result<(), ProtocolError> {
    if peer.admitted.may(act, now) {
        Ok(())
    } else {
        Err(ErrorCode::TooFast.because("Too many attempts; try again in a minute."))
    }
}

fn shown_name(known: Option<&Person>, given: &str) -> Result<String, ProtocolError> {
    match known {
        Some(person) => Ok(person.name.clone()),
        None => first_name::shown(given).map(str::to_owned).ok_or_else(|| refused(RegistryError::BadName)),
    }
}

/// A name that cannot be shown is refused before the link is looked at; an empty one may belong to somebody who has a name.
fn check_name(given: &str) -> Result<(), ProtocolError> {
    let holds = given.trim().is_empty() || first_name::shown(given).is_some();
    if holds { Ok(()) } else { Err(refused(RegistryError::BadName)) }
}

fn check_kind(invite: &Invite, native: bool) -> Result<(), ProtocolError> {
    if invite.native == native { Ok(()) } else { Err(refused(RegistryError::OtherKind)) }
}

fn invite_token(text: &str) -> Result<InviteToken, ProtocolError> {
    text.parse().map_err(|_| refused(RegistryError::InviteGone))
}

fn device_key_of(text: &str) -> Result<[u8; 32], ProtocolError> {
    let key = URL_SAFE_NO_PAD.decode(text).ok().and_then(|key| key.try_into().ok());
    key.ok_or_else(|| ErrorCode::Malformed.because("The device key is not 32 bytes in base64url."))
}

pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ProtocolError> {
    serde_json::from_slice(body).map_err(|_| ErrorCode::Malformed.because("The body is not of the protocol."))
}
