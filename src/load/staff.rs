//! Synthetic members of staff: a folder with a credential and a device key for each.
//!
//! The folder holds `authority.pub` (43 characters of base64url: whom members trust) and, for each member of staff, a file
//! `NAME.json` with `credential` (the JWT that `quietline authority issue` prints) and `device_key` (the 32-byte seed of
//! the Ed25519 key that it names, base64url without padding: secret).

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::{client::StaffDevice, e2ee::AuthorityPublicKey, private_file};

/// The file with the authority's public key.
const AUTHORITY: &str = "authority.pub";

/// Everybody in such a folder.
#[derive(Debug, Clone)]
pub struct Roster {
    /// Whom members trust.
    pub authority: AuthorityPublicKey,
    /// By file name.
    pub devices: Vec<StaffDevice>,
}

/// What is wrong with such a folder. Each reads as one line.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{}: {problem}", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        problem: &'static str,
    },
    /// There is nobody.
    #[error(
        "{} holds no staff credentials; `quietline staff synthetic` makes some, docs/load.md says how they look",
        .0.display()
    )]
    Nobody(PathBuf),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    credential: String,
    device_key: String,
}

impl Roster {
    /// Reads a folder.
    ///
    /// # Errors
    /// The first file that is missing or wrong.
    pub fn read(folder: &Path) -> Result<Self, RosterError> {
        let in_file = |path: &Path| {
            let path = path.to_owned();
            move |source| RosterError::File { path, source }
        };
        let entries = fs::read_dir(folder).map_err(in_file(folder))?;
        let mut files: Vec<PathBuf> = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()
            .map_err(in_file(folder))?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        if files.is_empty() {
            return Err(RosterError::Nobody(folder.to_owned()));
        }
        let path = folder.join(AUTHORITY);
        let text = fs::read_to_string(&path).map_err(in_file(&path))?;
        let authority = text.trim().parse().map_err(|_| RosterError::Content {
            path,
            problem: "not an Ed25519 public key (43 characters of base64url)",
        })?;
        let devices = files.iter().map(|path| {
            let text = fs::read_to_string(path).map_err(in_file(path))?;
            let wrong = |problem| RosterError::Content { path: path.clone(), problem };
            let entry: Entry = serde_json::from_str(&text)
                .map_err(|_| wrong("not a JSON object with `credential` and `device_key`"))?;
            let mut key_seed = [0; 32];
            match URL_SAFE_NO_PAD.decode_slice(&entry.device_key, &mut key_seed) {
                Ok(32) => Ok(StaffDevice { credential: entry.credential, key_seed }),
                _ => Err(wrong("`device_key` is not 32 bytes in base64url")),
            }
        });
        Ok(Self { authority, devices: devices.collect::<Result<_, _>>()? })
    }

    /// Writes a folder that only this user may read.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), RosterError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| RosterError::File { path, source }
        };
        private_file::make_folder(folder).map_err(failed(folder))?;
        let path = folder.join(AUTHORITY);
        private_file::write(&path, format!("{}\n", self.authority).as_bytes()).map_err(failed(&path))?;
        for (number, device) in self.devices.iter().enumerate() {
            let path = folder.join(format!("staff-{:05}.json", number + 1));
            let entry = Entry {
                credential: device.credential.clone(),
                device_key: URL_SAFE_NO_PAD.encode(device.key_seed),
            };
            let text = serde_json::to_vec(&entry).map_err(|error| failed(&path)(error.into()))?;
            private_file::write(&path, &text).map_err(failed(&path))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::e2ee::AuthorityKey;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("staff");
        let device = |number| StaffDevice { credential: format!("a.{number}.c"), key_seed: [number; 32] };
        let authority = AuthorityKey::generate().unwrap().public();
        Roster { authority, devices: vec![device(1), device(2)] }.write(&folder).unwrap();
        let read = Roster::read(&folder).unwrap();
        assert_eq!(read.authority, authority);
        let credentials: Vec<_> = read.devices.iter().map(|device| device.credential.as_str()).collect();
        assert_eq!(credentials, ["a.1.c", "a.2.c"]);
        assert_eq!(read.devices[1].key_seed, [2; 32]);
        assert!(!format!("{read:?}").contains("a.1.c"));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let said = || Roster::read(folder.path()).unwrap_err().to_string();
        assert!(said().contains("holds no staff credentials"));
        fs::write(folder.path().join("sam.json"), "{}").unwrap();
        assert!(said().contains("authority.pub"));
        fs::write(folder.path().join(AUTHORITY), "A".repeat(43)).unwrap();
        assert!(said().contains("sam.json") && said().contains("`device_key`"));
        fs::write(folder.path().join("sam.json"), r#"{"credential":"a","device_key":"short"}"#).unwrap();
        assert!(said().contains("32 bytes"));
    }
}
