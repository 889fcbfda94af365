//! Reading a TOML file that a person wrote: what is wrong with it is said in one line, with its place.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;

/// Why a file cannot be used. Each reads as one line.
#[derive(Debug, thiserror::Error)]
pub enum TomlError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not TOML, or holds an unknown key or a value of the wrong kind.
    #[error("{}, line {line}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What the parser says.
        problem: String,
    },
}

/// What a file says.
///
/// # Errors
/// See [`TomlError`].
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T, TomlError> {
    let text =
        fs::read_to_string(path).map_err(|source| TomlError::Unreadable { path: path.to_owned(), source })?;
    parse(path, &text)
}

/// What the text of a file says.
///
/// # Errors
/// [`TomlError::Content`].
pub fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, TomlError> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        TomlError::Content {
            path: path.to_owned(),
            line: 1 + text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count(),
            problem: one_line(error.message()),
        }
    })
}

/// A text on one line.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let path = Path::new("x.toml");
        let line = |text| parse::<toml::Table>(path, text).unwrap_err().to_string();
        assert!(line("a = 1\nb = \n").starts_with("x.toml, line 2: "), "{}", line("a = 1\nb = \n"));
        assert!(line("ä = 1\n= 2").starts_with("x.toml, line 1: "), "{}", line("ä = 1\n= 2"));
        assert!(read::<toml::Table>(path).unwrap_err().to_string().starts_with("x.toml: "));
        assert!(!line("a = [1,\n2").contains('\n'));
    }
}
