//! What people write in a call, as an endpoint without a face reads it: text and taps, told as an event. It answers none of it,
//! because nobody has read it; whoever wrote it sees that it has not arrived. The format is in `docs/e2ee.md`.

use std::fmt;

use serde::Deserialize;

/// Every message is as long as one of these, in bytes.
const LENGTHS: [usize; 3] = [512, 2048, 4096];
const VERSION: u32 = 1;
/// Characters of a text at most.
const TEXT_LIMIT: usize = 1_000;

/// What somebody in the call has written. Prints without it.
#[derive(Clone, PartialEq, Eq)]
pub enum Written {
    /// Typed.
    Text(String),
    /// Said with one tap.
    Tap(Tap),
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Written(..)")
    }
}

/// What can be said with one tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tap {
    /// Yes.
    Yes,
    /// No.
    No,
    /// I can't talk.
    CannotTalk,
    /// Please keep talking.
    KeepTalking,
}

#[derive(Deserialize)]
struct Fields {
    t: String,
    v: u32,
    kind: Option<String>,
    text: Option<String>,
    tap: Option<Tap>,
}

/// Reads opened application data. None for anything of another form, version or kind.
pub(super) fn read(data: &[u8]) -> Option<Written> {
    if !LENGTHS.contains(&data.len()) {
        return None;
    }
    let fields: Fields = serde_json::from_slice(data).ok()?;
    if fields.t != "said" || fields.v != VERSION {
        return None;
    }
    match fields.kind.as_deref()? {
        "text" => fields.text.filter(|text| is_text(text)).map(Written::Text),
        "tap" => fields.tap.map(Written::Tap),
        _ => None,
    }
}

/// Whether that is text as the format allows: nothing hidden, no white space at its ends.
fn is_text(text: &str) -> bool {
    let turns = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let hidden = |c: char| (c.is_control() && c != '\n') || turns(c);
    !text.is_empty() && text.chars().count() <= TEXT_LIMIT && text.trim() == text && !text.chars().any(hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn padded(json: &str, length: usize) -> Vec<u8> {
        let mut data = json.as_bytes().to_vec();
        data.resize(length, b' ');
        data
    }

    #[test]
    fn text_and_taps_are_read_and_nothing_else() {
        let text = r#"{"t":"said","v":1,"n":7,"kind":"text","text":"Hello,\nSam"}"#;
        let tap = r#"{"t":"said","v":1,"n":7,"kind":"tap","tap":"cannot_talk"}"#;
        assert_eq!(read(&padded(text, 512)), Some(Written::Text("Hello,\nSam".to_owned())));
        assert_eq!(read(&padded(tap, 2048)), Some(Written::Tap(Tap::CannotTalk)));
        for other in [
            r#"{"t":"got","v":1,"to":0,"n":7}"#,
            r#"{"t":"said","v":2,"n":7,"kind":"tap","tap":"yes"}"#,
            r#"{"t":"said","v":1,"n":7,"kind":"tap","tap":"maybe"}"#,
            r#"{"t":"said","v":1,"n":7,"kind":"hold","held":true}"#,
            r#"{"t":"said","v":1,"n":7,"kind":"text","text":""}"#,
            r#"{"t":"said","v":1,"n":7,"kind":"text","text":" a"}"#,
            r#"{"t":"said","v":1,"n":7,"kind":"text","text":"a\u202eb"}"#,
            r#"{"t":"said","v":1,"n":7,"kind":"text","text":"a\u0007b"}"#,
            r#"{"t":"words-commit","epoch":1,"commitment":"AAAA"}"#,
            "[]",
        ] {
            assert_eq!(read(&padded(other, 512)), None, "{other}");
        }
        assert_eq!(read(&padded(text, 600)), None);
        let long = format!(r#"{{"t":"said","v":1,"n":7,"kind":"text","text":"{}"}}"#, "a".repeat(1_001));
        assert_eq!(read(&padded(&long, 2048)), None);
    }

    #[test]
    fn what_is_written_is_not_printed() {
        assert!(!format!("{:?}", Written::Text("secret".to_owned())).contains("secret"));
    }
}
