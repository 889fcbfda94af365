//! The key file: one or two lines of 32 bytes in base64, the current key first. Made on first use, readable by its owner.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{KEY_LEN, LegKeys};

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or made.
    #[error("the leg key file {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others than the owner may read it.
    #[error("the leg key file {path} may be read by others: run chmod 600 on it")]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// Not one or two keys.
    #[error(
        "the leg key file {path} must hold one or two lines of 32 bytes in base64 (the current key first)"
    )]
    Malformed {
        /// The file.
        path: PathBuf,
    },
}

impl LegKeys {
    /// Reads the ring from `path`. Where there is no such file it is made with `fresh` (32 random bytes) as its key.
    pub fn load_or_create(path: &Path, fresh: &[u8; KEY_LEN]) -> Result<Self, KeyFileError> {
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Ok(mut file) => {
                let line = STANDARD.encode(fresh) + "\n";
                file.write_all(line.as_bytes())
                    .and_then(|()| file.sync_all())
                    .map_err(|e| io_error(path, e))?;
                Ok(Self::new(fresh, None))
            }
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Self::load(path),
            Err(e) => Err(io_error(path, e)),
        }
    }

    /// Reads the ring from `path`.
    pub fn load(path: &Path) -> Result<Self, KeyFileError> {
        let mode = fs::metadata(path).map_err(|e| io_error(path, e))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Exposed { path: path.into() });
        }
        let text = fs::read_to_string(path).map_err(|e| io_error(path, e))?;
        let keys = text.lines().map(key).collect::<Option<Vec<_>>>();
        match keys.as_deref() {
            Some([current]) => Ok(Self::new(current, None)),
            Some([current, previous]) => Ok(Self::new(current, Some(previous))),
            _ => Err(KeyFileError::Malformed { path: path.into() }),
        }
    }
}

fn key(line: &str) -> Option<[u8; KEY_LEN]> {
    STANDARD.decode(line.trim()).ok()?.try_into().ok()
}

fn io_error(path: &Path, source: io::Error) -> KeyFileError {
    KeyFileError::Io { path: path.into(), source }
}
