//! Reading the configuration: a TOML file, then variables of the environment.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::Config;

const ENVIRONMENT_PREFIX: &str = "QUIETLINE_";

/// Why there is no configuration. Each reads as one line.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML, or holds an unknown key or a value of the wrong kind.
    #[error("{}, line {line}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What the parser says.
        problem: String,
    },
    /// A variable of the environment names no key, or its value is of the wrong kind.
    #[error("environment variable {name}: {problem}")]
    Environment {
        /// The variable.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// Values that do not go together.
    #[error("configuration key {key}: {problem}")]
    Invalid {
        /// `section.key`.
        key: &'static str,
        /// What is wrong.
        problem: String,
    },
}

impl Config {
    /// What the file's text says.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| ConfigError::File {
            path: path.to_owned(),
            line: 1 + text[..error.span().map_or(0, |span| span.start.min(text.len()))].matches('\n').count(),
            problem: one_line(error.message()),
        })
    }

    /// With every variable of ours applied.
    pub(super) fn with_environment(
        self,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut config = self;
        for (name, text) in environment {
            if let Some(changed) = config.with_variable(&name, &text)? {
                config = changed;
            }
        }
        Ok(config)
    }

    /// The configuration with one variable applied; none when the variable is not of ours.
    fn with_variable(&self, name: &str, text: &str) -> Result<Option<Self>, ConfigError> {
        let Some(path) = name.strip_prefix(ENVIRONMENT_PREFIX) else { return Ok(None) };
        let problem = |problem: String| ConfigError::Environment { name: name.to_owned(), problem };
        let mut table = Table::try_from(self).map_err(|error| problem(one_line(&error.to_string())))?;
        let path = path.to_ascii_lowercase();
        let Some((section, key)) = path.split_once('_').filter(|(section, _)| table.contains_key(*section))
        else {
            return Ok(None);
        };
        let value = table
            .get_mut(section)
            .and_then(|section| section.get_mut(key))
            .ok_or_else(|| problem(format!("there is no key {section}.{key}")))?;
        *value = match value {
            Value::Integer(_) => {
                Value::Integer(text.parse().map_err(|_| problem("not a whole number".into()))?)
            }
            Value::Boolean(_) => {
                Value::Boolean(text.parse().map_err(|_| problem("not true or false".into()))?)
            }
            Value::Array(_) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Value::Array(items.map(|item| Value::String(item.to_owned())).collect())
            }
            _ => Value::String(text.to_owned()),
        };
        table.try_into().map(Some).map_err(|error: toml::de::Error| problem(one_line(error.message())))
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
