//! Reading one message: its depth, its form, and the number that an answer must repeat.

use serde::{Deserialize, de::DeserializeOwned};

use crate::proto::Frame;

/// Objects and lists inside each other, at most. The deepest message of the protocol has three.
pub const MAX_DEPTH: usize = 8;

/// A text that is no message. Carries the request's number where it could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub Option<u32>);

/// Reads one message.
pub fn read<R: DeserializeOwned>(text: &str) -> Result<Frame<R>, Malformed> {
    // serde would take a list of the members in order for an object.
    if !text.trim_start().starts_with('{') || depth(text) > MAX_DEPTH {
        return Err(Malformed(None));
    }
    serde_json::from_str(text).map_err(|_| Malformed(number(text)))
}

/// How deep objects and lists are nested, without building anything.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The number of a message that may be nothing else.
pub fn number(text: &str) -> Option<u32> {
    #[derive(Deserialize)]
    struct Numbered {
        id: u32,
    }
    serde_json::from_str::<Numbered>(text).ok().map(|numbered| numbered.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::{caller, staff};

    fn caller(text: &str) -> Result<Frame<caller::Request>, Malformed> {
        read(text)
    }

    #[test]
    fn requests_are_read() {
        assert_eq!(
            caller(r#"{"id":7,"request":{"type":"resume","token":"t","seen":3}}"#),
            Ok(Frame { id: 7, request: caller::Request::Resume { token: "t".into(), seen: 3 } })
        );
        assert!(read::<staff::Request>(r#"{"id":0,"request":{"type":"available"}}"#).is_ok());
    }

    #[test]
    fn what_is_no_message_is_refused_with_its_number_where_there_is_one() {
        for (text, number) in [
            ("", None),
            ("{", None),
            ("[]", None),
            (r#"[1,{"type":"hello"}]"#, None),
            (r#"{"id":1}"#, Some(1)),
            (r#"{"id":-1,"request":{"type":"hello"}}"#, None),
            (r#"{"id":2,"request":{"type":"sing"}}"#, Some(2)),
            (r#"{"id":3,"request":{"type":"resume","token":"t"}}"#, Some(3)),
            (r#"{"id":4,"request":{"type":"leave","how":"left","more":1}}"#, Some(4)),
            (r#"{"id":5,"request":{"type":"hello"},"more":1}"#, Some(5)),
            (r#"{"id":6,"id":7,"request":{"type":"hello"}}"#, None),
        ] {
            assert_eq!(caller(text), Err(Malformed(number)), "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_brackets_in_strings_do_not_count() {
        let deep = format!(r#"{{"id":1,"request":{}1{}}}"#, "[".repeat(8), "]".repeat(8));
        assert_eq!(caller(&deep), Err(Malformed(None)));
        assert_eq!(depth(r#"{"a":"[[[[\"[[["}"#), 1);
        assert_eq!(depth(&"[".repeat(100_000)), 100_000);
    }
}
