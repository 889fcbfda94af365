//! A copy of the ledger as it is at one moment.

use std::{
    fs,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags};

use super::errors::typed;
use crate::store::StoreError;

/// Writes everything that is committed to a file that is not there yet, and looks whether the file is sound. Leaves that file
/// and nothing beside it.
pub(super) fn write(connection: &Connection, to: &Path) -> Result<(), StoreError> {
    let mut made = fs::OpenOptions::new();
    made.write(true).create_new(true).mode(0o600).open(to).map_err(|error| unwritable(to, &error))?;
    let done = copy(connection, to).and_then(|()| check(to));
    if done.is_err() {
        // Half a backup is none. What cannot be removed now is refused by whoever opens it.
        let _removed = fs::remove_file(to);
    }
    done
}

fn copy(connection: &Connection, to: &Path) -> Result<(), StoreError> {
    let name = to.to_str().ok_or_else(|| StoreError::Unwritable {
        path: to.display().to_string(),
        reason: "its name is not UTF-8".to_owned(),
    })?;
    connection.execute("VACUUM INTO ?1", [name]).map_err(|error| typed(to, &error))?;
    let folder = match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    for path in [to, &folder] {
        fs::File::open(path).and_then(|file| file.sync_all()).map_err(|error| unwritable(path, &error))?;
    }
    Ok(())
}

/// Whether the file is sound, without changing it: opened as a ledger it would get side files.
fn check(file: &Path) -> Result<(), StoreError> {
    let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let found: Result<String, _> = Connection::open_with_flags(file, read_only)
        .and_then(|copy| copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)));
    match found.map_err(|error| typed(file, &error))? {
        sound if sound == "ok" => Ok(()),
        reason => Err(StoreError::Corrupt { path: file.display().to_string(), reason }),
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unwritable { path: path.display().to_string(), reason: error.to_string() }
}
