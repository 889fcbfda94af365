//! What people write in a call, as an endpoint without a face reads and writes it. The format is in `docs/e2ee.md`.

use std::fmt;

use serde::Deserialize;
use serde_json::json;

/// Every message is as long as one of these, in bytes.
const LENGTHS: [usize; 3] = [512, 2048, 4096];
const VERSION: u32 = 1;
/// Characters of a text at most.
const TEXT_LIMIT: usize = 1_000;
/// The greatest whole number that a page can count to.
const GREATEST: u64 = (1 << 53) - 1;

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

/// Opened application data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message {
    /// Somebody has written something.
    Said {
        /// Names it among those of its sender.
        n: u64,
        /// What. None: a card, a hold or a plan, which an endpoint without a face has no use for.
        what: Option<Written>,
    },
    /// The one in leaf `to` is told that `n` of theirs has come.
    Got { to: u32, n: u64 },
}

impl Message {
    pub(super) fn number(&self) -> u64 {
        let (Self::Said { n, .. } | Self::Got { n, .. }) = self;
        *n
    }
}

#[derive(Deserialize)]
struct Fields {
    t: String,
    v: u32,
    n: u64,
    to: Option<u32>,
    kind: Option<String>,
    text: Option<String>,
    tap: Option<Tap>,
}

/// Reads opened application data. None for anything of another form, version or kind.
pub(super) fn read(data: &[u8]) -> Option<Message> {
    if !LENGTHS.contains(&data.len()) {
        return None;
    }
    let fields: Fields = serde_json::from_slice(data).ok()?;
    if fields.v != VERSION || fields.n > GREATEST {
        return None;
    }
    let n = fields.n;
    match (fields.t.as_str(), fields.kind.as_deref()) {
        ("got", _) => Some(Message::Got { to: fields.to?, n }),
        ("said", Some("text")) => {
            let text = fields.text.filter(|text| is_text(text))?;
            Some(Message::Said { n, what: Some(Written::Text(text)) })
        }
        ("said", Some("tap")) => Some(Message::Said { n, what: Some(Written::Tap(fields.tap?)) }),
        ("said", Some("card" | "hold" | "plan")) => Some(Message::Said { n, what: None }),
        _ => None,
    }
}

/// The bytes to seal of something typed. None where [`can_be_written`] says no.
pub(super) fn said(n: u64, text: &str) -> Option<Vec<u8>> {
    let fields = json!({ "t": "said", "v": VERSION, "n": n, "kind": "text", "text": text });
    padded(&fields).filter(|_| is_text(text))
}

/// The bytes to seal of the answer that it has come.
pub(super) fn got(to: u32, n: u64) -> Vec<u8> {
    padded(&json!({ "t": "got", "v": VERSION, "to": to, "n": n })).unwrap_or_default()
}

fn padded(fields: &serde_json::Value) -> Option<Vec<u8>> {
    let mut data = fields.to_string().into_bytes();
    let length = LENGTHS.into_iter().find(|length| data.len() <= *length)?;
    data.resize(length, b' ');
    Some(data)
}

/// Whether that can be written in a call as it stands: 1 to 1,000 characters, nothing hidden, no white space at its ends.
pub fn can_be_written(text: &str) -> bool {
    is_text(text)
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

    fn bytes(json: &str, length: usize) -> Vec<u8> {
        let mut data = json.as_bytes().to_vec();
        data.resize(length, b' ');
        data
    }

    fn wrote(what: Written) -> Option<Message> {
        Some(Message::Said { n: 7, what: Some(what) })
    }

    #[test]
    fn text_taps_and_answers_are_read_and_nothing_else() {
        let text = r#"{"t":"said","v":1,"n":7,"kind":"text","text":"Hello,\nSam"}"#;
        let tap = r#"{"t":"said","v":1,"n":7,"kind":"tap","tap":"cannot_talk"}"#;
        assert_eq!(read(&bytes(text, 512)), wrote(Written::Text("Hello,\nSam".to_owned())));
        assert_eq!(read(&bytes(tap, 2048)), wrote(Written::Tap(Tap::CannotTalk)));
        let got = r#"{"t":"got","v":1,"to":3,"n":7}"#;
        assert_eq!(read(&bytes(got, 512)), Some(Message::Got { to: 3, n: 7 }));
        let hold = r#"{"t":"said","v":1,"n":7,"kind":"hold","held":true}"#;
        assert_eq!(read(&bytes(hold, 512)), Some(Message::Said { n: 7, what: None }));
        for other in [
            r#"{"t":"got","v":1,"n":7}"#,
            r#"{"t":"said","v":1,"kind":"tap","tap":"yes"}"#,
            r#"{"t":"said","v":1,"n":9007199254740992,"kind":"tap","tap":"yes"}"#,
            r#"{"t":"said","v":2,"n":7,"kind":"tap","tap":"yes"}"#,
            r#"{"t":"said","v":1,"n":7,"kind":"tap","tap":"maybe"}"#,
            r#"{"t":"said","v":1,"n":7,"kind":"song"}"#,
            r#"{"t":"said","v":1,"n":7,"kind":"text","text":""}"#,
            r#"{"t":"said","v":1,"n":7,"kind":"text","text":" a"}"#,
            r#"{"t":"said","v":1,"n":7,"kind":"text","text":"a\u202eb"}"#,
            r#"{"t":"said","v":1,"n":7,"kind":"text","text":"a\u0007b"}"#,
            r#"{"t":"words-commit","epoch":1,"commitment":"AAAA"}"#,
            "[]",
        ] {
            assert_eq!(read(&bytes(other, 512)), None, "{other}");
        }
        assert_eq!(read(&bytes(text, 600)), None);
        let long = format!(r#"{{"t":"said","v":1,"n":7,"kind":"text","text":"{}"}}"#, "a".repeat(1_001));
        assert_eq!(read(&bytes(&long, 2048)), None);
    }

    #[test]
    fn what_is_written_can_be_read_and_says_nothing_by_its_length() {
        let text = "I can't \"talk\" here.\n\u{1f61e}";
        let data = said(7, text).unwrap();
        assert_eq!((data.len(), read(&data)), (512, wrote(Written::Text(text.to_owned()))));
        assert_eq!((got(3, 7).len(), read(&got(3, 7))), (512, Some(Message::Got { to: 3, n: 7 })));
        assert!(said(7, &"\u{1f61e}".repeat(1_000)).is_some());
        for wrong in ["", " a", "a\tb", &"a".repeat(1_001)] {
            assert!(said(7, wrong).is_none() && !can_be_written(wrong), "{wrong}");
        }
    }

    #[test]
    fn what_is_written_is_not_printed() {
        assert!(!format!("{:?}", Written::Text("secret".to_owned())).contains("secret"));
    }
}
