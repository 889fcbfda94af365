//! What a counsellor may say of a call when they wrap it up: at most five questions of the operator's, each with answers to choose
//! from, none of them needed. Counted by the hour, kept with no call.

use std::{collections::BTreeMap, str::FromStr};

use serde::{Deserialize, Serialize};

/// Questions at most.
pub const MOST: usize = 5;
/// Answers to one question at most.
const ANSWERS: usize = 12;
/// Characters of a question or an answer at most.
const LENGTH: usize = 60;

/// Texts that are no questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "at most 5 fields, each once and like `Outcome: Supported | Signposted`: 2 to 12 answers, 1 to 60 characters each"
)]
pub struct InvalidFields;

/// The questions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<Field>);

/// A question and its answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The question.
    pub title: String,
    /// What can be chosen.
    pub answers: Vec<String>,
}

/// How often what was chosen, by question and answer as they were called then.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Codes(BTreeMap<String, BTreeMap<String, u32>>);

impl Fields {
    /// The questions of these texts, `Question: answer | answer`.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidFields> {
        let fields = texts.into_iter().map(str::parse).collect::<Result<Vec<Field>, _>>()?;
        let once = |field: &Field| fields.iter().filter(|other| other.title == field.title).count() == 1;
        if fields.len() <= MOST && fields.iter().all(once) { Ok(Self(fields)) } else { Err(InvalidFields) }
    }

    /// The questions, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Field> {
        self.0.iter()
    }

    /// Whether that is an answer to each, or none.
    pub fn allow(&self, chosen: &[Option<u32>]) -> bool {
        let fits = |(field, answer): (&Field, &Option<u32>)| {
            answer.is_none_or(|answer| (answer as usize) < field.answers.len())
        };
        chosen.len() == self.0.len() && self.0.iter().zip(chosen).all(fits)
    }
}

impl FromStr for Field {
    type Err = InvalidFields;

    fn from_str(text: &str) -> Result<Self, InvalidFields> {
        let (title, answers) = text.split_once(':').ok_or(InvalidFields)?;
        let field = Self {
            title: title.trim().to_owned(),
            answers: answers.split('|').map(|answer| answer.trim().to_owned()).collect(),
        };
        let short = |text: &String| (1..=LENGTH).contains(&text.chars().count());
        let once = |answer: &String| field.answers.iter().filter(|other| *other == answer).count() == 1;
        let sound = (2..=ANSWERS).contains(&field.answers.len())
            && short(&field.title)
            && field.answers.iter().all(|answer| short(answer) && once(answer));
        if sound { Ok(field) } else { Err(InvalidFields) }
    }
}

impl Codes {
    /// Counts the answers to these questions; to have chosen none is counted too, under no name.
    pub fn count(&mut self, fields: &Fields, chosen: &[Option<u32>]) {
        for (field, chosen) in fields.iter().zip(chosen) {
            let answer = chosen.and_then(|answer| field.answers.get(answer as usize)).cloned();
            *self.0.entry(field.title.clone()).or_default().entry(answer.unwrap_or_default()).or_default() +=
                1;
        }
    }

    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        for (title, answers) in &other.0 {
            let sums = self.0.entry(title.clone()).or_default();
            for (answer, many) in answers {
                *sums.entry(answer.clone()).or_default() += many;
            }
        }
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The questions that were answered, with how often each answer was chosen; the empty one is none.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, u32>)> {
        self.0.iter().map(|(title, answers)| (title.as_str(), answers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_read_and_what_is_none_is_refused() {
        let fields = Fields::parse(["Outcome: Supported | Signposted", "Risk: Low | High"]).unwrap();
        assert_eq!(fields.iter().map(|field| field.answers.len()).collect::<Vec<_>>(), [2, 2]);
        assert!(fields.allow(&[Some(1), None]));
        assert!(!fields.allow(&[Some(2), None]));
        assert!(!fields.allow(&[None]));
        let long = format!("{}: a | b", "x".repeat(61));
        for texts in [
            vec!["Outcome"],
            vec!["Outcome: one"],
            vec![": a | b"],
            vec!["A: b | "],
            vec!["A: b | b"],
            vec!["A: b | c", "A: d | e"],
            vec![&long],
            vec!["A: b | c", "B: b | c", "C: b | c", "D: b | c", "E: b | c", "F: b | c"],
        ] {
            assert_eq!(Fields::parse(texts.iter().copied()), Err(InvalidFields), "{texts:?}");
        }
    }

    #[test]
    fn answers_are_added_up_by_name() {
        let fields = Fields::parse(["Outcome: Supported | Signposted"]).unwrap();
        let (mut codes, mut other) = (Codes::default(), Codes::default());
        codes.count(&fields, &[Some(1)]);
        other.count(&fields, &[Some(1)]);
        other.count(&fields, &[None]);
        codes.add(&other);
        let counted: Vec<_> = codes.iter().map(|(_, answers)| answers.clone()).collect();
        let expected = BTreeMap::from([(String::new(), 1), ("Signposted".to_owned(), 2)]);
        assert_eq!(counted, [expected]);
    }
}
