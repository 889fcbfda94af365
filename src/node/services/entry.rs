//! What an entry of the directory may say: each text tidied and checked, and everything that is wrong said at once.

use crate::{
    first_name,
    proto::services::{Details, Field, FlawKind},
};

/// Entries of a list at most.
const LONGEST_LIST: usize = 16;
/// Characters of one entry of a list at most.
const LONGEST_WORD: usize = 60;
/// Digits of a telephone number: the short ones of networks, and the longest of E.164.
const DIGITS: std::ops::RangeInclusive<usize> = 3..=15;

/// The entry without needless white space, or all that is wrong with it.
pub(super) fn checked(details: Details) -> Result<Details, Vec<(Option<Field>, FlawKind)>> {
    let mut flaws = Vec::new();
    let mut text = |field, text: &str, most, needed| {
        let tidy = tidy(text);
        if needed && tidy.is_empty() {
            flaws.push((Some(field), FlawKind::Missing));
        }
        flaws.extend(flaw_of(&tidy, most).map(|flaw| (Some(field), flaw)));
        tidy
    };
    let tidied = Details {
        name: text(Field::Name, &details.name, 100, true),
        purpose: text(Field::Purpose, &details.purpose, 400, true),
        areas: Vec::new(),
        families: details.families,
        phone: text(Field::Phone, &details.phone, 30, false),
        text: text(Field::Text, &details.text, 30, false),
        web: text(Field::Web, &details.web, 200, false),
        hours: text(Field::Hours, &details.hours, 120, false),
        languages: Vec::new(),
        cost: text(Field::Cost, &details.cost, 80, false),
        referral: text(Field::Referral, &details.referral, 160, false),
        tags: Vec::new(),
        owner: text(Field::Owner, &details.owner, 80, false),
        review: details.review,
    };
    let mut list = |field, words: &[String]| {
        let tidy: Vec<String> = words.iter().map(|word| tidy(word)).filter(|word| !word.is_empty()).collect();
        if tidy.len() > LONGEST_LIST {
            flaws.push((Some(field), FlawKind::TooMany { most: LONGEST_LIST as u32 }));
        }
        let flaw = tidy.iter().find_map(|word| flaw_of(word, LONGEST_WORD));
        flaws.extend(flaw.map(|flaw| (Some(field), flaw)));
        tidy
    };
    let tidied = Details {
        areas: list(Field::Areas, &details.areas),
        languages: list(Field::Languages, &details.languages),
        tags: list(Field::Tags, &details.tags),
        ..tidied
    };
    for (field, number) in [(Field::Phone, &tidied.phone), (Field::Text, &tidied.text)] {
        if !number.is_empty() && !is_number(number) {
            flaws.push((Some(field), FlawKind::NoNumber));
        }
    }
    if !tidied.web.is_empty() && !is_address(&tidied.web) {
        flaws.push((Some(Field::Web), FlawKind::NoAddress));
    }
    if [&tidied.phone, &tidied.text, &tidied.web].iter().all(|way| way.is_empty()) {
        flaws.push((None, FlawKind::OutOfReach));
    }
    if flaws.is_empty() { Ok(tidied) } else { Err(flaws) }
}

/// By what no two entries may be the same.
pub(super) fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// Without white space around it and with one space where there is some within. Line ends stay, so that they are found.
fn tidy(text: &str) -> String {
    let words = text.trim().split([' ', '\t', '\u{a0}']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

fn flaw_of(text: &str, most: usize) -> Option<FlawKind> {
    if first_name::has_unseen(text) {
        Some(FlawKind::Unseen)
    } else if text.chars().count() > most {
        Some(FlawKind::TooLong { most: most as u32 })
    } else {
        None
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let fits = |byte: u8| byte.is_ascii_digit() || byte == b' ';
    digits.bytes().all(fits) && DIGITS.contains(&digits.bytes().filter(u8::is_ascii_digit).count())
}

/// An address that says where it leads: HTTPS, a host's name, no user and no port, nothing that a reader would not see.
fn is_address(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let label = |label: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(fits) && !label.starts_with('-')
    };
    let named = host.split('.').count() > 1 && host.split('.').all(label);
    let numeric =
        host.split('.').next_back().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    let seen = |byte: u8| byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte);
    named && !numeric && rest.bytes().all(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samaritans() -> Details {
        Details {
            name: " Samaritans ".into(),
            purpose: "To talk  about anything.".into(),
            phone: "116 123".into(),
            ..Details::default()
        }
    }

    fn flaws(change: impl FnOnce(&mut Details)) -> Vec<(Option<Field>, FlawKind)> {
        let mut details = samaritans();
        change(&mut details);
        checked(details).err().unwrap_or_default()
    }

    #[test]
    fn an_entry_is_kept_without_needless_white_space() {
        let tags = vec![" grief ".into(), String::new(), "loss  and grief".into()];
        let kept = checked(Details { tags, ..samaritans() }).unwrap();
        assert_eq!((kept.name.as_str(), kept.purpose.as_str()), ("Samaritans", "To talk about anything."));
        assert_eq!(kept.tags, ["grief", "loss and grief"]);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let found = flaws(|details| {
            details.name = "  ".into();
            details.purpose = "x".repeat(401);
            details.phone = "ask Sam".into();
            details.web = "http://example.org".into();
            details.tags = vec!["two\nlines".into()];
        });
        assert_eq!(
            found,
            [
                (Some(Field::Name), FlawKind::Missing),
                (Some(Field::Purpose), FlawKind::TooLong { most: 400 }),
                (Some(Field::Tags), FlawKind::Unseen),
                (Some(Field::Phone), FlawKind::NoNumber),
                (Some(Field::Web), FlawKind::NoAddress),
            ]
        );
        let many = flaws(|details| details.areas = vec!["Durham".into(); 17]);
        assert_eq!(many, [(Some(Field::Areas), FlawKind::TooMany { most: 16 })]);
        assert_eq!(flaws(|details| details.phone.clear()), [(None, FlawKind::OutOfReach)]);
    }

    #[test]
    fn a_number_can_be_dialled() {
        for number in ["116 123", "+44 1661 844788", "85258", "0800 58 58 58", "111"] {
            assert_eq!(flaws(|details| details.phone = number.into()), [], "{number}");
        }
        for number in ["11", "111 option 2", "+", "0800+1", "1234567890123456", "0300-131", "１１６１２３"]
        {
            let flaw = [(Some(Field::Phone), FlawKind::NoNumber)];
            assert_eq!(flaws(|details| details.phone = number.into()), flaw, "{number}");
        }
    }

    #[test]
    fn an_address_leads_where_it_says() {
        for web in ["https://www.samaritans.org", "https://a.example/x?y=1#z", "https://xn--sn-bja.example/"]
        {
            assert_eq!(flaws(|details| details.web = web.into()), [], "{web}");
        }
        for web in [
            "www.samaritans.org",
            "javascript:alert(1)",
            "https://",
            "https://localhost/",
            "https://samaritans.org@evil.example/",
            "https://evil.example:444/",
            "https://127.0.0.1/",
            "https://a..example/",
            "https://sämaritans.example/",
            "https://a.example/\"x",
            "https://a.example/x y",
        ] {
            let flaw = [(Some(Field::Web), FlawKind::NoAddress)];
            assert_eq!(flaws(|details| details.web = web.into()), flaw, "{web}");
        }
    }
}
