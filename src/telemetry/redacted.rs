//! A value that prints as nothing.

use std::{fmt, ops::Deref};

/// An address, a token, a key or a name: usable, but not printable.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    /// Hides the value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }
}

impl<T> Deref for Redacted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_redacted_does_not_print() {
        assert_eq!(
            format!("{:?} {:#?}", Redacted::new("secret"), Some(Redacted::new(1))).find("secret"),
            None
        );
    }
}
