//! Reading the configuration: a TOML file, then variables of the environment.

use toml::{Table, Value};

use super::Config;
use crate::toml_file::{TomlError, one_line};

const ENVIRONMENT_PREFIX: &str = "QUIETLINE_";

/// Why there is no configuration. Each reads as one line.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read or understood.
    #[error(transparent)]
    File(#[from] TomlError),
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
