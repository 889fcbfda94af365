//! The line's authority: the key that says who is staff. It stays offline (or, in development, in a file of the machine).

use std::{
    fmt, fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    str::FromStr,
};

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{DecodingKey, EncodingKey};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};
use sha2::{Digest as _, Sha256};

use super::credential::{self, GrantError, StaffGrant};

/// Why an authority key could not be made, kept or read.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The private key would overwrite another, with which credentials may have been signed.
    #[error("{} exists already; an authority key is never overwritten", .0.display())]
    Exists(PathBuf),
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds no Ed25519 private key.
    #[error("{} holds no Ed25519 private key in PKCS#8 PEM", .0.display())]
    NotAKey(PathBuf),
    /// The cryptographic library failed to make a key.
    #[error("could not make a key")]
    Generate,
}

/// Text that is not 32 bytes in 43 characters of base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an Ed25519 public key is 43 characters of base64url without padding")]
pub struct InvalidPublicKey;

/// The authority's public key: what a member trusts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AuthorityPublicKey([u8; 32]);

impl AuthorityPublicKey {
    /// The key's 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The `kid` of credentials signed with this key: the first 16 hex digits of its SHA-256.
    pub fn kid(&self) -> String {
        Sha256::digest(self.0)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) fn decoding_key(&self) -> DecodingKey {
        DecodingKey::from_ed_der(&self.0)
    }
}

impl FromStr for AuthorityPublicKey {
    type Err = InvalidPublicKey;

    fn from_str(text: &str) -> Result<Self, InvalidPublicKey> {
        parse_public_key(text).map(Self)
    }
}

impl fmt::Display for AuthorityPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for AuthorityPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthorityPublicKey(kid {})", self.kid())
    }
}

/// Reads an Ed25519 public key (the authority's or a device's) from 43 characters of base64url.
pub fn parse_public_key(text: &str) -> Result<[u8; 32], InvalidPublicKey> {
    let mut bytes = [0; 32];
    match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
        Ok(32) => Ok(bytes),
        _ => Err(InvalidPublicKey),
    }
}

/// The authority's private key. Prints only the `kid`.
pub struct AuthorityKey {
    pkcs8: Pkcs8V1Der<'static>,
    public: AuthorityPublicKey,
}

impl AuthorityKey {
    /// The private key's file in an authority's folder.
    pub const PRIVATE_FILE: &str = "authority.pem";
    /// The public key's file in an authority's folder: one line, base64url.
    pub const PUBLIC_FILE: &str = "authority.pub";

    /// Makes a new key from the cryptographic library's random source.
    pub fn generate() -> Result<Self, AuthorityError> {
        Ed25519KeyPair::generate().ok().and_then(|pair| Self::of(&pair)).ok_or(AuthorityError::Generate)
    }

    /// Reads the private key of an authority's folder.
    pub fn load(dir: &Path) -> Result<Self, AuthorityError> {
        let path = dir.join(Self::PRIVATE_FILE);
        let pem = fs::read(&path).map_err(|source| AuthorityError::File { path: path.clone(), source })?;
        PrivatePkcs8KeyDer::from_pem_slice(&pem)
            .ok()
            .and_then(|der| Ed25519KeyPair::from_pkcs8(der.secret_pkcs8_der()).ok())
            .and_then(|pair| Self::of(&pair))
            .ok_or(AuthorityError::NotAKey(path))
    }

    /// Keeps the pair in a folder, which is made if it is missing: the private key readable by its owner alone. Refuses to overwrite.
    pub fn save(&self, dir: &Path) -> Result<(), AuthorityError> {
        fs::create_dir_all(dir).map_err(|source| AuthorityError::File { path: dir.to_owned(), source })?;
        write_new(&dir.join(Self::PRIVATE_FILE), 0o600, &self.to_pem())?;
        write_new(&dir.join(Self::PUBLIC_FILE), 0o644, &format!("{}\n", self.public))
    }

    /// Reads the key of a folder, or makes one there: for a development server that signs on its own machine.
    pub fn load_or_create(dir: &Path) -> Result<Self, AuthorityError> {
        if dir.join(Self::PRIVATE_FILE).exists() {
            return Self::load(dir);
        }
        let key = Self::generate()?;
        key.save(dir)?;
        Ok(key)
    }

    /// The public half.
    pub const fn public(&self) -> AuthorityPublicKey {
        self.public
    }

    /// Signs a staff credential: a compact JWT that binds a name and a role to a device's key.
    pub fn issue(&self, grant: &StaffGrant) -> Result<String, GrantError> {
        credential::issue(grant, &self.public.kid(), &EncodingKey::from_ed_der(self.pkcs8.as_ref()))
    }

    /// Signs a question to the server (`"quietline authority v1\n" ...`). None when the library refuses the key. What it signs
    /// is never a credential: a JWT has no line breaks.
    pub fn sign(&self, said: &[u8]) -> Option<Vec<u8>> {
        let pair = Ed25519KeyPair::from_pkcs8(self.pkcs8.as_ref()).ok()?;
        said.contains(&b'\n').then(|| pair.sign(said).as_ref().to_vec())
    }

    fn of(pair: &Ed25519KeyPair) -> Option<Self> {
        let public = pair.public_key().as_ref().try_into().ok().map(AuthorityPublicKey)?;
        Some(Self { pkcs8: pair.as_der().ok()?, public })
    }

    fn to_pem(&self) -> String {
        // An Ed25519 key is 48 bytes of PKCS#8: 64 characters, one line.
        format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(self.pkcs8.as_ref())
        )
    }
}

impl fmt::Debug for AuthorityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthorityKey(kid {})", self.public.kid())
    }
}

fn write_new(path: &Path, mode: u32, text: &str) -> Result<(), AuthorityError> {
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => AuthorityError::Exists(path.to_owned()),
            _ => AuthorityError::File { path: path.to_owned(), source },
        })
}

#[cfg(test)]
impl AuthorityKey {
    /// A JWS signature over any message, for tokens that are wrong on purpose.
    pub(super) fn sign_for_test(&self, message: &[u8]) -> String {
        let key = EncodingKey::from_ed_der(self.pkcs8.as_ref());
        jsonwebtoken::crypto::sign(message, &key, jsonwebtoken::Algorithm::EdDSA).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_kept_key_is_the_same_when_it_is_read_and_its_owner_alone_may_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let key = AuthorityKey::generate().unwrap();
        key.save(&dir.path().join("made")).unwrap();
        let private = dir.path().join("made").join(AuthorityKey::PRIVATE_FILE);
        assert_eq!(private.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(AuthorityKey::load(&dir.path().join("made")).unwrap().public(), key.public());
        let public = fs::read_to_string(dir.path().join("made").join(AuthorityKey::PUBLIC_FILE)).unwrap();
        assert_eq!(public.trim_end().parse(), Ok(key.public()));
        assert_eq!(public.len(), 44);
    }

    #[test]
    fn a_key_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let first = AuthorityKey::load_or_create(dir.path()).unwrap();
        let error = AuthorityKey::generate().unwrap().save(dir.path()).unwrap_err();
        assert!(matches!(error, AuthorityError::Exists(_)), "{error}");
        assert_eq!(AuthorityKey::load_or_create(dir.path()).unwrap().public(), first.public());
    }

    #[test]
    fn a_missing_and_a_broken_key_file_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let missing = AuthorityKey::load(dir.path()).unwrap_err().to_string();
        assert!(missing.contains("authority.pem"), "{missing}");
        for text in ["", "not a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            fs::write(dir.path().join(AuthorityKey::PRIVATE_FILE), text).unwrap();
            assert!(matches!(AuthorityKey::load(dir.path()), Err(AuthorityError::NotAKey(_))), "{text:?}");
        }
    }

    #[test]
    fn only_43_characters_of_base64url_are_a_public_key() {
        for text in ["", &"A".repeat(42), &"A".repeat(44), &"=".repeat(43), &"+".repeat(43), &"é".repeat(21)]
        {
            assert_eq!(text.parse::<AuthorityPublicKey>(), Err(InvalidPublicKey), "{text:?}");
        }
        assert_eq!("A".repeat(43).parse::<AuthorityPublicKey>().unwrap().as_bytes(), &[0; 32]);
    }
}
