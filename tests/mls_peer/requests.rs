//! Reads the fields of a request.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use quietline::e2ee::Refusal;
use serde_json::Value;

/// Why a request failed: a rule was broken, or the request cannot be read.
pub struct Fault {
    pub refusal: Option<&'static str>,
    pub message: String,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self { refusal: Some(refusal.code.as_str()), message: refusal.to_string() }
    }
}

/// A request that makes no sense.
pub fn bad(message: impl ToString) -> Fault {
    Fault { refusal: None, message: message.to_string() }
}

/// One line of input.
pub struct Request(Value);

impl Request {
    pub fn new(value: Value) -> Result<Self, Fault> {
        if value.is_object() { Ok(Self(value)) } else { Err(bad("a request is a JSON object")) }
    }

    pub fn field(&self, name: &str) -> &Value {
        &self.0[name]
    }

    pub fn has(&self, name: &str) -> bool {
        !self.0[name].is_null()
    }

    pub fn text(&self, name: &str) -> Result<&str, Fault> {
        self.0[name].as_str().ok_or_else(|| bad(format!("{name}: no text")))
    }

    pub fn number(&self, name: &str) -> Result<u64, Fault> {
        self.0[name].as_u64().ok_or_else(|| bad(format!("{name}: no number")))
    }

    pub fn leaf(&self, name: &str) -> Result<u32, Fault> {
        u32::try_from(self.number(name)?).map_err(bad)
    }

    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, Fault> {
        STANDARD.decode(self.text(name)?).map_err(|error| bad(format!("{name}: {error}")))
    }

    pub fn bytes32(&self, name: &str) -> Result<[u8; 32], Fault> {
        self.bytes(name)?.try_into().map_err(|_| bad(format!("{name}: not 32 bytes")))
    }
}

/// 16 bytes of 32 hex digits.
pub fn hex16(text: &str) -> Result<[u8; 16], Fault> {
    if text.len() != 32 {
        return Err(bad("an id has 32 hex digits"));
    }
    u128::from_str_radix(text, 16).map(u128::to_be_bytes).map_err(bad)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}
