//! Who a member is: the anonymous caller, or staff by a credential that the authority signed (a JWT, RFC 7519, bound to the
//! leaf's key by `cnf`, RFC 7800).

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use super::{
    authority::{AuthorityPublicKey, parse_public_key},
    refusal::{Refusal, RefusalCode},
};
use crate::first_name;

/// The identity in every caller's credential.
pub const CALLER_IDENTITY: &[u8] = b"quietline caller v1";

const ISSUER: &str = "quietline authority";
const TYPE: &str = "quietline-staff+jwt";
/// Longest credential that is read, in bytes: twice what the longest name makes.
const MAX_CREDENTIAL: usize = 1024;
/// How far the clock of the machine that signed may be ahead, in seconds.
const CLOCK_SKEW: u64 = 60;

/// What a member of staff is to a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Answers calls.
    Counsellor,
    /// Is brought in for clinical advice.
    Clinician,
    /// Supports the others.
    Supervisor,
}

/// Who is behind a leaf, as its credential proves. Prints without the name.
#[derive(Clone, PartialEq, Eq)]
pub enum Identity {
    /// The one anonymous caller.
    Caller,
    /// A member of staff.
    Staff {
        /// What they are.
        role: Role,
        /// What they are called; 1 to 40 characters.
        name: String,
        /// Their staff id.
        staff: [u8; 16],
    },
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caller => f.write_str("Caller"),
            Self::Staff { role, .. } => write!(f, "Staff({role:?}, ..)"),
        }
    }
}

/// What the authority is asked to sign.
#[derive(Clone)]
pub struct StaffGrant {
    /// Their staff id.
    pub staff: [u8; 16],
    /// What callers will see: 1 to 40 characters, all of which can be seen.
    pub name: String,
    /// What callers will see.
    pub role: Role,
    /// The device's Ed25519 public key.
    pub device_key: [u8; 32],
    /// When it is signed, in seconds since 1970.
    pub issued_at: u64,
    /// When it ends, in seconds since 1970.
    pub expires_at: u64,
}

impl fmt::Debug for StaffGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StaffGrant({:?}, {} to {})", self.role, self.issued_at, self.expires_at)
    }
}

/// Why a credential was not signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// The name cannot be shown.
    #[error("a name is 1 to {} characters, all of which can be seen", first_name::MAX_CHARACTERS)]
    Name,
    /// It would never be in force.
    #[error("a credential ends after it is signed")]
    Expiry,
    /// The cryptographic library refused the key.
    #[error("the authority key cannot sign")]
    Sign,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    name: String,
    role: Role,
    iat: u64,
    exp: u64,
    cnf: Confirmation,
}

#[derive(Serialize, Deserialize)]
struct Confirmation {
    jwk: Jwk,
}

#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
}

pub(super) fn issue(grant: &StaffGrant, kid: &str, key: &EncodingKey) -> Result<String, GrantError> {
    let name = first_name::shown(&grant.name).ok_or(GrantError::Name)?;
    if grant.expires_at <= grant.issued_at {
        return Err(GrantError::Expiry);
    }
    let header = Header { typ: Some(TYPE.into()), kid: Some(kid.into()), ..Header::new(Algorithm::EdDSA) };
    let claims = Claims {
        iss: ISSUER.into(),
        sub: grant.staff.iter().map(|byte| format!("{byte:02x}")).collect(),
        name: name.to_owned(),
        role: grant.role,
        iat: grant.issued_at,
        exp: grant.expires_at,
        cnf: Confirmation {
            jwk: Jwk {
                kty: "OKP".into(),
                crv: "Ed25519".into(),
                x: URL_SAFE_NO_PAD.encode(grant.device_key),
            },
        },
    };
    encode(&header, &claims, key).map_err(|_| GrantError::Sign)
}

/// Reads who is behind a leaf.
///
/// `identity` is the content of the leaf's BasicCredential and `signature_key` the leaf's key. With `now` (milliseconds since
/// 1970) a staff credential must be in force; without, its time is not looked at: it is checked when a member is added or a
/// group is joined, and a shift that ends does not end a call.
pub fn identify(
    identity: &[u8],
    signature_key: &[u8],
    authority: &AuthorityPublicKey,
    now: Option<u64>,
) -> Result<Identity, Refusal> {
    if identity == CALLER_IDENTITY {
        return Ok(Identity::Caller);
    }
    verify(identity, signature_key, authority, now)
}

fn verify(
    jwt: &[u8],
    signature_key: &[u8],
    authority: &AuthorityPublicKey,
    now: Option<u64>,
) -> Result<Identity, Refusal> {
    let unsigned = |detail: &str| RefusalCode::UnsignedCredential.because(detail);
    if jwt.len() > MAX_CREDENTIAL {
        return Err(unsigned("the credential is too long"));
    }
    // The library would read the time from the system's clock; `now` is compared below.
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.set_required_spec_claims(&["iss", "sub", "exp"]);
    validation.set_issuer(&[ISSUER]);
    let token = decode::<Claims>(jwt, &authority.decoding_key(), &validation)
        .map_err(|_| unsigned("the authority has not signed the credential"))?;
    let (header, claims) = (token.header, token.claims);
    if header.typ.as_deref() != Some(TYPE) || header.crit.is_some() {
        return Err(unsigned("the token is no staff credential"));
    }
    if header.kid.as_deref() != Some(authority.kid().as_str()) {
        return Err(unsigned("the credential names another authority key"));
    }
    let jwk = &claims.cnf.jwk;
    let bound = parse_public_key(&jwk.x).is_ok_and(|key| key.as_slice() == signature_key);
    if jwk.kty != "OKP" || jwk.crv != "Ed25519" || !bound {
        return Err(unsigned("the credential belongs to another key"));
    }
    let name = first_name::shown(&claims.name)
        .ok_or_else(|| unsigned("the credential's name cannot be shown"))?
        .to_owned();
    let staff =
        parse_staff(&claims.sub).ok_or_else(|| unsigned("the credential's subject is no staff id"))?;
    if let Some(now) = now.map(|milliseconds| milliseconds / 1000)
        && (claims.exp <= now || claims.iat > now.saturating_add(CLOCK_SKEW))
    {
        return Err(RefusalCode::ExpiredCredential.because("the staff credential is not in force"));
    }
    Ok(Identity::Staff { role: claims.role, name, staff })
}

fn parse_staff(text: &str) -> Option<[u8; 16]> {
    if text.len() != 32 || !text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    u128::from_str_radix(text, 16).ok().map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests;
