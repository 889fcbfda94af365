//! Tests of the safety words.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

/// What everybody sends, to everybody else, until nobody has anything to say.
fn exchange(members: &mut [SafetyWords]) -> Result<(), Refusal> {
    let mut sent: Vec<(u32, Vec<u8>)> =
        members.iter_mut().map(|member| (member.leaf, member.start())).collect();
    while !sent.is_empty() {
        let (from, data) = sent.remove(0);
        for member in members.iter_mut().filter(|member| member.leaf != from) {
            if let Some(answer) = member.receive(from, &data)? {
                sent.push((member.leaf, answer));
            }
        }
    }
    Ok(())
}

fn members(leaves: &[u32]) -> Vec<SafetyWords> {
    let member = |&leaf: &u32| SafetyWords::new(7, [9; 32], leaf, leaves.iter().copied(), [leaf as u8; 32]);
    leaves.iter().map(member).collect()
}

fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[test]
fn the_list_has_256_sorted_words_that_are_hard_to_confuse() {
    let words: Vec<_> = word_list().collect();
    assert_eq!(words.len(), 256);
    assert!(words.is_sorted());
    assert_eq!(words.iter().collect::<HashSet<_>>().len(), 256);
    for (index, word) in words.iter().enumerate() {
        assert!(
            (4..=8).contains(&word.len()) && word.bytes().all(|letter| letter.is_ascii_lowercase()),
            "{word}"
        );
        for other in &words[..index] {
            assert!(distance(word, other) >= 3, "{word} is near {other}");
        }
    }
}

#[test]
fn two_three_and_four_members_see_the_same_words() {
    for leaves in [&[0, 1][..], &[0, 1, 2], &[0, 2, 3, 5]] {
        let mut members = members(leaves);
        exchange(&mut members).unwrap();
        let words = members[0].words().unwrap();
        assert!(members.iter().all(|member| member.words() == Some(words)), "{leaves:?}");
    }
}

#[test]
fn the_words_of_a_known_epoch_stay_the_same() {
    let mut members = members(&[0, 1]);
    exchange(&mut members).unwrap();
    assert_eq!(members[0].words().unwrap(), KNOWN_WORDS);
}

/// HKDF-SHA-256 with authenticator `09` x 32 and nonces `00` x 32 of leaf 0, `01` x 32 of leaf 1; computed independently.
const KNOWN_WORDS: [&str; 4] = ["mermaid", "domino", "hedgehog", "canary"];

#[test]
fn other_authenticators_and_other_nonces_give_other_words() {
    let words = |authenticator, nonce| {
        let mut members = vec![
            SafetyWords::new(7, [authenticator; 32], 0, [1], [nonce; 32]),
            SafetyWords::new(7, [authenticator; 32], 1, [0], [2; 32]),
        ];
        exchange(&mut members).unwrap();
        members[0].words().unwrap()
    };
    assert_ne!(words(1, 1), words(2, 1));
    assert_ne!(words(1, 1), words(1, 3));
}

#[test]
fn nobody_reveals_before_every_other_member_has_committed() {
    let mut members = members(&[0, 1, 2]);
    members[0].start();
    let (second, third) = (members[1].start(), members[2].start());
    assert_eq!(members[0].receive(1, &second), Ok(None));
    assert!(members[0].receive(2, &third).unwrap().is_some());
    assert_eq!(members[0].words(), None);
}

#[test]
fn a_commitment_that_came_before_the_start_counts() {
    let mut members = members(&[0, 1]);
    let second = members[1].start();
    assert_eq!(
        members[0].receive(1, &second),
        Ok(None),
        "this member has not committed yet, so it does not reveal"
    );
    let first = members[0].start();
    let reveal = members[1].receive(0, &first).unwrap().unwrap();
    assert!(members[0].receive(1, &reveal).unwrap().is_some());
}

#[test]
fn a_reveal_that_does_not_fit_is_an_alarm_and_there_are_no_words() {
    for lie in [
        write(&Message::Reveal { epoch: 7, nonce: STANDARD.encode([77; 32]) }),
        write(&Message::Commit { epoch: 7, commitment: STANDARD.encode([77; 32]) }),
    ] {
        let mut members = members(&[0, 1]);
        members[0].start();
        let honest = members[1].start();
        let reveal = write(&Message::Reveal { epoch: 7, nonce: STANDARD.encode([1; 32]) });
        members[0].receive(1, &honest).unwrap();
        assert_eq!(members[0].receive(1, &lie).unwrap_err().code, RefusalCode::WordsMismatch);
        members[0].receive(1, &reveal).unwrap();
        assert_eq!(members[0].words(), None);
    }
}

#[test]
fn a_reveal_without_a_commitment_is_an_alarm() {
    let mut members = members(&[0, 1]);
    members[0].start();
    let reveal = write(&Message::Reveal { epoch: 7, nonce: STANDARD.encode([1; 32]) });
    assert_eq!(members[0].receive(1, &reveal).unwrap_err().code, RefusalCode::WordsMismatch);
}

#[test]
fn words_of_another_epoch_or_leaf_say_nothing_here() {
    let mut members = members(&[0, 1]);
    members[0].start();
    let honest = members[1].start();
    let other_epoch = write(&Message::Commit { epoch: 8, commitment: STANDARD.encode([1; 32]) });
    assert_eq!(members[0].receive(1, &other_epoch), Ok(None));
    assert_eq!(members[0].receive(5, &honest), Ok(None));
    assert_eq!(members[0].receive(0, &honest), Ok(None), "its own leaf");
    assert!(members[0].receive(1, &honest).unwrap().is_some(), "and it does not count against the right one");
}

#[test]
fn a_commitment_or_nonce_of_another_length_is_an_alarm() {
    for short in [
        &br#"{"t":"words-commit","epoch":7,"commitment":"AAAA"}"#[..],
        br#"{"t":"words-reveal","epoch":7,"nonce":"?"}"#,
    ] {
        let mut members = members(&[0, 1]);
        members[0].start();
        assert_eq!(members[0].receive(1, short).unwrap_err().code, RefusalCode::WordsMismatch);
    }
}

#[test]
fn other_application_data_is_left_alone() {
    let mut members = members(&[0, 1]);
    assert_eq!(members[0].receive(1, br#"{"t":"text","text":"hello"}"#), Ok(None));
    assert_eq!(members[0].receive(1, b"\xff no JSON"), Ok(None));
    let long = format!(r#"{{"t":"text","text":"{}"}}"#, "a".repeat(10_000));
    assert_eq!(members[0].receive(1, long.as_bytes()), Ok(None));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = members(&[0, 1])[0].receive(1, &bytes);
    }

    #[test]
    fn no_json_makes_it_panic(epoch: u64, text in ".{0,60}", kind in "words-commit|words-reveal|text|") {
        let json = serde_json::json!({ "t": kind, "epoch": epoch, "commitment": text, "nonce": text });
        let _ = members(&[0, 1])[0].receive(1, json.to_string().as_bytes());
    }
}
