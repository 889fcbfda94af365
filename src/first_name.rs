//! What may be shown to a caller as somebody's name. A leaf: imports nothing of ours.
//!
//! A name is not to pretend: characters that cannot be seen, or that turn the text around them, could make one person's
//! name and role look like another's. `web/src/e2ee` keeps to the same rule.

/// Longest name, in Unicode characters.
pub const MAX_CHARACTERS: usize = 40;

/// The name without the white space around it; none where it cannot be shown: empty, longer than [`MAX_CHARACTERS`], or
/// with a character of the Unicode categories Cc, Cf, Zl, Zp, Co (Cs is in no Rust string).
pub fn shown(text: &str) -> Option<&str> {
    let name = text.trim();
    let fits = (1..=MAX_CHARACTERS).contains(&name.chars().count());
    (fits && !has_unseen(text)).then_some(name)
}

/// Whether one of its characters cannot be seen, or changes how the others are.
pub fn has_unseen(text: &str) -> bool {
    text.chars().any(is_unseen)
}

fn is_unseen(character: char) -> bool {
    character.is_control() || UNSEEN.iter().any(|(first, last)| (*first..=*last).contains(&character))
}

/// The categories Cf, Zl, Zp and Co of Unicode 17.
const UNSEEN: [(char, char); 24] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{2064}'),
    ('\u{2066}', '\u{206f}'),
    ('\u{e000}', '\u{f8ff}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0001}', '\u{e0001}'),
    ('\u{e0020}', '\u{e007f}'),
    ('\u{f0000}', '\u{ffffd}'),
    ('\u{100000}', '\u{10fffd}'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_are_shown_without_the_white_space_around_them() {
        let longest = "\u{1f33f}".repeat(40);
        for name in ["Sam", "Mary-Jane O’Neill", "Siân", "אורי", "美咲", &longest] {
            assert_eq!(shown(&format!("  {name}\u{a0}")), Some(name));
        }
    }

    #[test]
    fn what_cannot_be_seen_or_turns_the_text_around_is_no_name() {
        for name in [
            "",
            "   ",
            &"x".repeat(41),
            "a\nb",
            "Sam\u{7}",
            "Sam\u{85}",
            "Sam\u{202e}rosivrepus",
            "\u{2067}Sam\u{2069}",
            "\u{200f}Sam",
            "S\u{200b}am",
            "S\u{200d}am",
            "\u{feff}Sam",
            "Sam\u{2028}",
            "Sam\u{2029}x",
            "S\u{ad}am",
            "\u{e000}",
            "Sam\u{e0041}",
            "\u{10fffd}",
        ] {
            assert_eq!(shown(name), None, "{name:?}");
        }
    }
}
