//! The directory as a table that a spreadsheet opens: CSV (RFC 4180), a row for each entry, lists with `;` between.
//!
//! A cell that a spreadsheet would take for a formula is written with an apostrophe before it, and read without.

use crate::proto::services::{Details, Field, Flaw, FlawKind};

/// The columns, as they are written.
const COLUMNS: [(&str, Field); 14] = [
    ("name", Field::Name),
    ("purpose", Field::Purpose),
    ("areas", Field::Areas),
    ("families", Field::Families),
    ("phone", Field::Phone),
    ("text", Field::Text),
    ("web", Field::Web),
    ("hours", Field::Hours),
    ("languages", Field::Languages),
    ("cost", Field::Cost),
    ("referral", Field::Referral),
    ("tags", Field::Tags),
    ("owner", Field::Owner),
    ("review", Field::Review),
];
/// Before what stands for nothing by itself in a spreadsheet.
const APOSTROPHE: char = '\'';
const FORMULAS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The entries as a table.
pub(super) fn write<'a>(entries: impl Iterator<Item = &'a Details>) -> String {
    let header = COLUMNS.map(|(name, _)| name.to_owned());
    let rows = entries.map(|entry| COLUMNS.map(|(_, field)| cell(entry, field)));
    let lines = std::iter::once(header).chain(rows).map(|cells| cells.map(|cell| quoted(&cell)).join(","));
    lines.map(|line| line + "\r\n").collect()
}

/// The entries of a table with their rows, from 2; or what is wrong with each row.
pub(super) fn read(text: &str) -> Result<Vec<(u32, Details)>, Vec<Flaw>> {
    let rows = rows(text)?;
    let Some(((_, header), rows)) = rows.split_first() else { return Err(vec![whole(FlawKind::NoRows)]) };
    let columns = columns(header)?;
    let (mut entries, mut flaws) = (Vec::new(), Vec::new());
    for (row, cells) in rows {
        if cells.len() == columns.len() {
            let mut details = Details::default();
            for (field, text) in columns.iter().zip(cells) {
                let what = fill(&mut details, *field, plain(text));
                flaws.extend(what.map(|what| Flaw { row: Some(*row), field: Some(*field), what }));
            }
            entries.push((*row, details));
        } else {
            flaws.push(Flaw { row: Some(*row), field: None, what: FlawKind::OtherLength });
        }
    }
    if entries.is_empty() && flaws.is_empty() {
        flaws.push(whole(FlawKind::NoRows));
    }
    if flaws.is_empty() { Ok(entries) } else { Err(flaws) }
}

fn whole(what: FlawKind) -> Flaw {
    Flaw { row: None, field: None, what }
}

/// What each column is of. Those that may be empty may also be missing.
fn columns(header: &[String]) -> Result<Vec<Field>, Vec<Flaw>> {
    let named = |text: &String| {
        let name = text.trim().to_lowercase();
        COLUMNS.iter().find(|(column, _)| *column == name).map(|(_, field)| *field)
    };
    let fields: Vec<Option<Field>> = header.iter().map(named).collect();
    let known: Vec<Field> = fields.iter().flatten().copied().collect();
    let twice = |field: &Field| known.iter().filter(|other| *other == field).count() > 1;
    let mut flaws = Vec::new();
    if known.len() < fields.len() || known.iter().any(twice) {
        flaws.push(Flaw { row: Some(1), field: None, what: FlawKind::StrangeColumn });
    }
    let missing = [Field::Name, Field::Purpose].into_iter().filter(|field| !known.contains(field));
    flaws.extend(missing.map(|field| Flaw { row: Some(1), field: Some(field), what: FlawKind::NoColumn }));
    if flaws.is_empty() { Ok(known) } else { Err(flaws) }
}

fn cell(details: &Details, field: Field) -> String {
    match field {
        Field::Name => details.name.clone(),
        Field::Purpose => details.purpose.clone(),
        Field::Areas => details.areas.join("; "),
        Field::Families => if details.families { "yes" } else { "no" }.to_owned(),
        Field::Phone => details.phone.clone(),
        Field::Text => details.text.clone(),
        Field::Web => details.web.clone(),
        Field::Hours => details.hours.clone(),
        Field::Languages => details.languages.join("; "),
        Field::Cost => details.cost.clone(),
        Field::Referral => details.referral.clone(),
        Field::Tags => details.tags.join("; "),
        Field::Owner => details.owner.clone(),
        Field::Review => details.review.map(|day| day.to_string()).unwrap_or_default(),
    }
}

/// Sets one part of an entry. What is wrong with it, if it cannot be read; what may not be said is told elsewhere.
fn fill(details: &mut Details, field: Field, text: &str) -> Option<FlawKind> {
    let list =
        || text.split(';').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect();
    let owned = || text.to_owned();
    match field {
        Field::Name => details.name = owned(),
        Field::Purpose => details.purpose = owned(),
        Field::Areas => details.areas = list(),
        Field::Families => match text.trim().to_lowercase().as_str() {
            "yes" => details.families = true,
            "no" | "" => details.families = false,
            _ => return Some(FlawKind::NeitherYesNorNo),
        },
        Field::Phone => details.phone = owned(),
        Field::Text => details.text = owned(),
        Field::Web => details.web = owned(),
        Field::Hours => details.hours = owned(),
        Field::Languages => details.languages = list(),
        Field::Cost => details.cost = owned(),
        Field::Referral => details.referral = owned(),
        Field::Tags => details.tags = list(),
        Field::Owner => details.owner = owned(),
        Field::Review => match text.trim() {
            "" => details.review = None,
            day => match day.parse() {
                Ok(day) => details.review = Some(day),
                Err(_) => return Some(FlawKind::NoDay),
            },
        },
    }
    None
}

fn quoted(cell: &str) -> String {
    let guarded = |character: char| FORMULAS.contains(&character) || character == APOSTROPHE;
    let cell = if cell.starts_with(guarded) { format!("{APOSTROPHE}{cell}") } else { cell.to_owned() };
    if cell.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

/// The cell without the apostrophe of a spreadsheet.
fn plain(cell: &str) -> &str {
    let rest = cell.strip_prefix(APOSTROPHE);
    rest.filter(|rest| rest.starts_with(FORMULAS) || rest.starts_with(APOSTROPHE)).unwrap_or(cell)
}

/// The cells of each row that is not empty, with its number from 1. Rows end with CRLF, LF or CR.
fn rows(text: &str) -> Result<Vec<(u32, Vec<String>)>, Vec<Flaw>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (mut rows, mut cells, mut number) = (Vec::new(), Vec::new(), 1);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let cell;
        (cell, rest) = next_cell(rest)
            .ok_or_else(|| vec![Flaw { row: Some(number), field: None, what: FlawKind::Quotes }])?;
        cells.push(cell);
        if let Some(more) = rest.strip_prefix(',') {
            rest = more;
            if !more.is_empty() {
                continue;
            }
            cells.push(String::new());
        }
        rest = rest.strip_prefix('\n').unwrap_or(rest);
        let row = std::mem::take(&mut cells);
        if row.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push((number, row));
        }
        number += 1;
    }
    Ok(rows)
}

/// The first cell, and the rest from the comma or the line's end after it. None where the quotes are wrong.
fn next_cell(text: &str) -> Option<(String, &str)> {
    let Some(mut inside) = text.strip_prefix('"') else {
        let (cell, rest) = text.split_at(text.find([',', '\n']).unwrap_or(text.len()));
        return (!cell.contains('"')).then(|| (cell.to_owned(), rest));
    };
    let mut cell = String::new();
    loop {
        let (before, after) = inside.split_once('"')?;
        cell.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                cell.push('"');
                inside = more;
            }
            None => return (after.is_empty() || after.starts_with([',', '\n'])).then_some((cell, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn flaw(row: u32, field: impl Into<Option<Field>>, what: FlawKind) -> Flaw {
        Flaw { row: Some(row), field: field.into(), what }
    }

    #[test]
    fn a_table_of_a_spreadsheet_is_read() {
        let text = "\u{feff}Name,Purpose ,phone,families,tags\n\
            CALM,\"To talk, \"\"now\"\"\",0800 58 58 58,Yes,men; ;grief\r\n\
            ,,,,\n\
            Cruse,Grief,'+44 808 808 1677,,\n";
        let entries = read(text).unwrap();
        let rows: Vec<u32> = entries.iter().map(|(row, _)| *row).collect();
        assert_eq!(rows, [2, 4]);
        let (calm, cruse) = (&entries[0].1, &entries[1].1);
        assert_eq!((calm.purpose.as_str(), calm.families), ("To talk, \"now\"", true));
        assert_eq!(calm.tags, ["men", "grief"]);
        assert_eq!((cruse.phone.as_str(), cruse.families), ("+44 808 808 1677", false));
    }

    #[test]
    fn what_is_wrong_is_said_by_row() {
        let text = "name,purpose,families,review\nA,a,maybe,2027-02-30\nB,b,no\nC,c,no,2027-02-28\n";
        let expected = vec![
            flaw(2, Field::Families, FlawKind::NeitherYesNorNo),
            flaw(2, Field::Review, FlawKind::NoDay),
            flaw(3, None, FlawKind::OtherLength),
        ];
        assert_eq!(read(text), Err(expected));
        assert_eq!(read("name,purpose\nA,\"a\n"), Err(vec![flaw(2, None, FlawKind::Quotes)]));
        assert_eq!(read("name,purpose\nA,\"a\"b\n"), Err(vec![flaw(2, None, FlawKind::Quotes)]));
        assert_eq!(read(""), Err(vec![whole(FlawKind::NoRows)]));
        assert_eq!(read("name,purpose\n"), Err(vec![whole(FlawKind::NoRows)]));
        let missing = flaw(1, Field::Purpose, FlawKind::NoColumn);
        let strange = flaw(1, None, FlawKind::StrangeColumn);
        assert_eq!(read("name,telephone\nA,1\n"), Err(vec![strange, missing]));
        assert_eq!(read("name,name,purpose\nA,1,x\n"), Err(vec![strange]));
    }

    #[test]
    fn no_cell_is_a_formula_to_a_spreadsheet() {
        let entry = Details { name: "=1+1".into(), phone: "+44 1".into(), ..Details::default() };
        let table = write([&entry].into_iter());
        let row = table.lines().nth(1).unwrap();
        assert!(row.starts_with("'=1+1,") && row.contains(",'+44 1,"), "{row}");
    }

    fn text() -> impl Strategy<Value = String> {
        "[a-zŵâ=+@',\"\n 1-]{0,12}"
    }

    proptest! {
        #[test]
        fn a_table_reads_back_as_it_was_written(
            texts in prop::collection::vec([text(), text(), text(), text()], 1..6),
            families: bool,
        ) {
            let entries: Vec<Details> = texts
                .into_iter()
                .map(|[name, purpose, hours, tag]| Details {
                    name: format!("x{name}"),
                    purpose,
                    hours,
                    tags: Some(tag.trim().to_owned()).filter(|tag| !tag.is_empty()).into_iter().collect(),
                    families,
                    review: "2027-03-29".parse().ok(),
                    ..Details::default()
                })
                .collect();
            let read: Vec<Details> =
                read(&write(entries.iter())).unwrap().into_iter().map(|(_, entry)| entry).collect();
            prop_assert_eq!(read, entries);
        }

        #[test]
        fn whatever_is_sent_is_read_or_refused(text in "[a-z,\"\n\r;=]{0,60}") {
            let _answered = read(&text);
        }
    }
}
