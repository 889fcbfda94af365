//! The words of a follow-up code: drawn from a list of 1,024, five of them, so 50 bits; read back whatever the case and
//! whatever stands between them.

use std::fmt;

/// The list. Calm things that can be pictured; no two of them differ by one letter only.
const LIST: &str = include_str!("words.txt");
/// Words in the list.
const WORDS: usize = 1024;
/// Words in a code: ten bits each.
pub const LENGTH: usize = 5;
/// Letters that are looked at, of what somebody typed.
const LETTERS: usize = 80;

/// A code as it is shown: words with a space between them. Secret; it is hashed, shown once, and kept nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

/// What somebody typed, as it is hashed: its letters, in lower case.
#[derive(Clone, PartialEq, Eq)]
pub struct Typed(String);

impl Code {
    /// The code of ten bytes from a cryptographic random source: each pair chooses one word.
    pub fn from_random(bytes: [u8; 2 * LENGTH]) -> Self {
        let list: Vec<&str> = LIST.lines().collect();
        let word = |pair: &[u8]| {
            let number = usize::from(u16::from_be_bytes([pair[0], pair[1]])) % WORDS;
            list.get(number).copied().unwrap_or_default()
        };
        Self(bytes.chunks_exact(2).map(word).collect::<Vec<_>>().join(" "))
    }

    /// The words, to be shown to the caller and to whoever books.
    pub fn words(&self) -> &str {
        &self.0
    }

    /// As somebody would type it.
    pub fn typed(&self) -> Typed {
        Typed::read(&self.0)
    }
}

impl Typed {
    /// Reads what somebody typed. Every text is one: whether it is a code, only the ledger knows.
    pub fn read(text: &str) -> Self {
        let letters = text.chars().filter(char::is_ascii_alphabetic).take(LETTERS);
        Self(letters.map(|letter| letter.to_ascii_lowercase()).collect())
    }

    /// What is hashed.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_holds_ten_bits_a_word_and_no_word_twice() {
        let words: BTreeSet<&str> = LIST.lines().collect();
        assert_eq!((LIST.lines().count(), words.len()), (WORDS, WORDS));
        let plain =
            |word: &str| (4..=10).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase());
        assert!(words.iter().all(|word| plain(word)));
    }

    #[test]
    fn no_two_words_are_told_apart_by_one_letter_only() {
        let words: Vec<&[u8]> = LIST.lines().map(str::as_bytes).collect();
        for (at, one) in words.iter().enumerate() {
            for other in words[at + 1..].iter().filter(|other| other.len() == one.len()) {
                assert!(one.iter().zip(*other).filter(|(a, b)| a != b).count() > 1, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn a_code_is_five_words_and_each_of_its_bits_counts() {
        let one = Code::from_random([0, 0, 0, 1, 3, 255, 0, 7, 1, 0]);
        assert_eq!(one.words().split(' ').count(), LENGTH);
        let other = Code::from_random([0, 0, 0, 1, 3, 255, 0, 7, 1, 1]);
        assert_ne!(one, other);
    }

    #[test]
    fn case_spaces_and_hyphens_do_not_matter() {
        let code = Code::from_random([2, 9, 1, 30, 3, 2, 0, 99, 1, 200]);
        let said = code.words();
        for typed in [
            said.to_uppercase(),
            said.replace(' ', "-"),
            said.replace(' ', ""),
            format!("  {}. ", said.replace(' ', " \u{2013}  ")),
        ] {
            assert!(Typed::read(&typed) == code.typed(), "{typed}");
        }
        assert!(Typed::read("something else") != code.typed());
    }

    #[test]
    fn a_text_of_any_length_is_read_in_bounded_room() {
        assert_eq!(Typed::read(&"a".repeat(1_000_000)).as_bytes().len(), LETTERS);
        assert!(Typed::read("").as_bytes().is_empty());
    }

    #[test]
    fn a_code_is_not_printed() {
        let code = Code::from_random([0; 10]);
        assert!(!format!("{code:?} {:?}", code.typed()).contains(code.words()));
    }
}
