//! Passkeys (WebAuthn Level 3) of staff in browsers: ceremonies that have begun, kept in memory until they are finished or
//! five minutes old, each finished at most once.
//!
//! User verification (fingerprint, face, PIN) is required; attestation is not asked for, so that no maker or model of an
//! authenticator is learnt. The relying party is the host of the first origin.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{Passkey, PasskeyAuthentication, PasskeyRegistration, Url, Uuid, WebauthnError},
};

use crate::{
    core::{
        ids::{DeviceId, StaffId},
        time::Timestamp,
    },
    node::{Random, registry::InviteToken},
    proto::{ErrorCode, ProtocolError, passkey::Ceremony},
};

/// How long a ceremony may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// Ceremonies at once, at most.
const MOST: usize = 4096;

/// See the module.
pub(super) struct Passkeys {
    webauthn: Option<Webauthn>,
    ceremonies: Mutex<HashMap<String, Begun>>,
}

struct Begun {
    until: Timestamp,
    what: What,
}

enum What {
    Enrolment(Box<(Enrolment, PasskeyRegistration)>),
    SignIn(Box<(DeviceId, Passkey, PasskeyAuthentication)>),
}

/// The browser that is being enrolled.
pub(super) struct Enrolment {
    /// The link.
    pub(super) token: InviteToken,
    /// The person's first name, or what they gave as such.
    pub(super) name: String,
    /// The device's key.
    pub(super) key: [u8; 32],
    /// The key to which its sessions are bound: base64url.
    pub(super) bound_key: String,
    /// The person.
    pub(super) staff: StaffId,
    /// The device.
    pub(super) device: DeviceId,
}

impl Passkeys {
    /// For pages of these origins, the first of which names the relying party.
    pub(super) fn new(origins: &[String]) -> Self {
        let webauthn = build(origins).unwrap_or_else(|error| {
            tracing::error!("passkeys cannot be used under these origins: {error}");
            None
        });
        Self { webauthn, ceremonies: Mutex::default() }
    }

    /// Begins to enrol a browser.
    pub(super) fn begin_enrolment(
        &self,
        enrolment: Enrolment,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Ceremony, ProtocolError> {
        let user = Uuid::from_bytes(*enrolment.staff.as_bytes());
        let (challenge, state) = self
            .webauthn()?
            .start_passkey_registration(user, &enrolment.name, &enrolment.name, None)
            .map_err(|_| failed())?;
        let options = options(&challenge)?;
        self.keep(What::Enrolment(Box::new((enrolment, state))), options, now, random)
    }

    /// Finishes it. The passkey is in our words, to be kept.
    pub(super) fn finish_enrolment(
        &self,
        ceremony: &str,
        passkey: Value,
        now: Timestamp,
    ) -> Result<(Enrolment, String), ProtocolError> {
        let Some(What::Enrolment(begun)) = self.take(ceremony, now) else { return Err(gone()) };
        let (enrolment, state) = *begun;
        let passkey = read(passkey)?;
        let passkey = self
            .webauthn()?
            .finish_passkey_registration(&passkey, &state)
            .map_err(|_| ErrorCode::BadCredential.because("The passkey was not made as it was asked for."))?;
        Ok((enrolment, write(&passkey)?))
    }

    /// Begins to prove the passkey of a device.
    pub(super) fn begin_sign_in(
        &self,
        device: DeviceId,
        passkey: &str,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Ceremony, ProtocolError> {
        let passkey: Passkey = serde_json::from_str(passkey).map_err(|_| failed())?;
        let (challenge, state) = self
            .webauthn()?
            .start_passkey_authentication(std::slice::from_ref(&passkey))
            .map_err(|_| failed())?;
        let options = options(&challenge)?;
        self.keep(What::SignIn(Box::new((device, passkey, state))), options, now, random)
    }

    /// Finishes it: whose device it is, and the passkey where what is kept of it has changed.
    pub(super) fn finish_sign_in(
        &self,
        ceremony: &str,
        answer: Value,
        now: Timestamp,
    ) -> Result<(DeviceId, Option<String>), ProtocolError> {
        let Some(What::SignIn(begun)) = self.take(ceremony, now) else { return Err(gone()) };
        let (device, mut passkey, state) = *begun;
        let answer = read(answer)?;
        let refused = || ErrorCode::BadCredential.because("The passkey was not accepted.");
        let proved =
            self.webauthn()?.finish_passkey_authentication(&answer, &state).map_err(|_| refused())?;
        if !proved.user_verified() {
            return Err(refused());
        }
        let changed = passkey.update_credential(&proved).unwrap_or(false);
        Ok((device, changed.then(|| write(&passkey)).transpose()?))
    }

    fn webauthn(&self) -> Result<&Webauthn, ProtocolError> {
        self.webauthn.as_ref().ok_or_else(|| {
            ErrorCode::Internal.because("Passkeys need a host name; this server is reached by a number.")
        })
    }

    fn keep(
        &self,
        what: What,
        options: Value,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Ceremony, ProtocolError> {
        let mut id = [0; 16];
        random.fill(&mut id).map_err(|_| failed())?;
        let id = DeviceId::from_random(id).to_string();
        let mut ceremonies = self.ceremonies();
        if ceremonies.len() >= MOST {
            ceremonies.retain(|_, begun| begun.until > now);
        }
        if ceremonies.len() >= MOST {
            return Err(ErrorCode::Busy.because("Too many people sign in at this moment; try again."));
        }
        ceremonies.insert(id.clone(), Begun { until: now + PATIENCE, what });
        Ok(Ceremony { ceremony: id, options })
    }

    fn take(&self, ceremony: &str, now: Timestamp) -> Option<What> {
        self.ceremonies().remove(ceremony).filter(|begun| begun.until > now).map(|begun| begun.what)
    }

    fn ceremonies(&self) -> MutexGuard<'_, HashMap<String, Begun>> {
        self.ceremonies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Passkeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passkeys(..)")
    }
}

/// None where the first origin has no host name: a passkey cannot be bound to an address.
fn build(origins: &[String]) -> Result<Option<Webauthn>, WebauthnError> {
    let origins: Vec<Url> = origins.iter().filter_map(|origin| Url::parse(origin).ok()).collect();
    let Some(first) = origins.first() else { return Ok(None) };
    let Some(host) = first.domain() else { return Ok(None) };
    let builder = WebauthnBuilder::new(host, first)?.rp_name("Desk");
    let builder = origins.iter().skip(1).fold(builder, WebauthnBuilder::append_allowed_origin);
    builder.build().map(Some)
}

/// What the page gives to the browser.
fn options(challenge: &impl Serialize) -> Result<Value, ProtocolError> {
    let mut challenge = serde_json::to_value(challenge).map_err(|_| failed())?;
    challenge.get_mut("publicKey").map(Value::take).ok_or_else(failed)
}

fn read<T: DeserializeOwned>(answer: Value) -> Result<T, ProtocolError> {
    serde_json::from_value(answer)
        .map_err(|_| ErrorCode::Malformed.because("This is not what a browser says of a passkey."))
}

fn write(passkey: &Passkey) -> Result<String, ProtocolError> {
    serde_json::to_string(passkey).map_err(|_| failed())
}

fn failed() -> ProtocolError {
    ErrorCode::Internal.because("The server could not ask for a passkey.")
}

fn gone() -> ProtocolError {
    ErrorCode::OutOfOrder.because("This took too long, or was finished before. Begin again.")
}
