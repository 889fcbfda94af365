//! Files that only this user may read: keys, the ledger's folder. A leaf: imports nothing of ours.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// Makes the folder with mode 0700, or takes away what others may do in it when it is there.
pub fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let mut permissions = fs::metadata(path)?.permissions();
    if permissions.mode() & 0o077 != 0 {
        permissions.set_mode(0o700);
        fs::set_permissions(path, permissions)?;
    }
    Ok(())
}

/// Writes the whole file with mode 0600, or leaves what was there.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    replace(path, content, 0o600)
}

/// Writes the whole file with mode 0644, or leaves what was there.
pub fn write_public(path: &Path, content: &[u8]) -> io::Result<()> {
    replace(path, content, 0o644)
}

/// Opens the file for writing with mode 0600, making it when it is not there.
pub fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)
}

fn replace(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let fresh = path.with_file_name(name);
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().create_new(true).write(true).mode(mode).open(&fresh)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_user_may_read_what_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let (inner, mode) =
            (folder.path().join("inner"), |path: &Path| fs::metadata(path).unwrap().permissions().mode());
        fs::create_dir(&inner).unwrap();
        make_folder(&inner).unwrap();
        assert_eq!(mode(&inner) & 0o777, 0o700);
        for content in [b"first".as_slice(), b"second"] {
            write(&inner.join("a.key"), content).unwrap();
            assert_eq!(fs::read(inner.join("a.key")).unwrap(), content);
            assert_eq!(mode(&inner.join("a.key")) & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 1);
    }
}
