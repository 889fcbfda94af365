//! Totals for whoever may not see small numbers: no count of callers under ten, and none that what is shown gives away.
//!
//! A release is a total and some breakdowns of it: by hour, by weekday, by line. In each row stand callers offered, answered,
//! abandoned and unserved. Whoever reads it knows that rows add up to the total, that offered is answered and abandoned, that
//! nobody unserved was not offered, and that nothing is below zero. It is safe when every hidden count under ten could still be
//! anything from nought to nine. So further cells are hidden until that holds:
//!
//! - A row with fewer than ten offered is hidden whole. Rows hidden whole are two at least, and ten callers together.
//! - A row where answered or abandoned is under ten hides both. Over all rows in which both are hidden, each adds up to ten at
//!   least, and what is hidden of it fits into the others without any one of them.
//! - Unserved is hidden in the same way, and wherever offered is.
//! - Where that cannot be, the column is hidden everywhere, its total too.
#[cfg(test)]
mod tests;

/// Counts below this are hidden.
pub const SMALLEST: u64 = 10;

/// Counts of callers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Row {
    /// Who came.
    pub offered: u64,
    /// Of these, who were answered.
    pub answered: u64,
    /// Of these, who left before.
    pub abandoned: u64,
    /// Of those who came, who came while nobody was on shift.
    pub unserved: u64,
}

/// What may be shown of a row; none is hidden.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shown {
    /// Who came.
    pub offered: Option<u64>,
    /// Of these, who were answered.
    pub answered: Option<u64>,
    /// Of these, who left before.
    pub abandoned: Option<u64>,
    /// Of those who came, who came while nobody was on shift.
    pub unserved: Option<u64>,
}

/// A total and its breakdowns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The total.
    pub total: Shown,
    /// The breakdowns, as they were given.
    pub breakdowns: Vec<Vec<Shown>>,
}

/// A count that stands for itself, added up with no other.
pub fn alone(count: u64) -> Option<u64> {
    (count >= SMALLEST).then_some(count)
}

/// One list of counts whose sum is known to be shown: what of it may be shown.
pub fn list(counts: &[u64]) -> Vec<Option<u64>> {
    let mut hidden: Vec<bool> = counts.iter().map(|count| *count < SMALLEST).collect();
    while count(&hidden) > 0 && (count(&hidden) < 2 || sum_where(counts, &hidden) < SMALLEST) {
        let Some(next) = smallest(counts, |row| !hidden[row]) else { break };
        hidden[next] = true;
    }
    counts.iter().zip(hidden).map(|(count, hidden)| (!hidden).then_some(*count)).collect()
}

/// What may be shown of these breakdowns of one total.
pub fn release(breakdowns: &[Vec<Row>]) -> Release {
    let total = breakdowns.first().map(|rows| add_up(rows)).unwrap_or_default();
    let mut hiding: Vec<Hiding> = breakdowns.iter().map(|rows| Hiding::of(rows)).collect();
    let mut shows = Columns {
        offered: total.offered >= SMALLEST,
        split: total.answered.min(total.abandoned) >= SMALLEST,
        unserved: total.unserved >= SMALLEST,
    };
    for (rows, hiding) in breakdowns.iter().zip(&mut hiding) {
        shows.offered &= hiding.hide_rows(rows);
        shows.split &= hiding.hide_split(rows);
        shows.unserved &= hiding.hide_unserved(rows);
    }
    // A total that may not be shown is not to be had by adding up either.
    shows.split &= shows.offered;
    shows.unserved &= shows.offered;
    let show = |row: &Row, offered: bool, split: bool, unserved: bool| Shown {
        offered: (shows.offered && offered).then_some(row.offered),
        answered: (shows.split && split).then_some(row.answered),
        abandoned: (shows.split && split).then_some(row.abandoned),
        unserved: (shows.unserved && unserved).then_some(row.unserved),
    };
    let shown = |(rows, hiding): (&Vec<Row>, &Hiding)| {
        let cells = rows.iter().enumerate();
        cells.map(|(at, row)| show(row, !hiding.rows[at], !hiding.split[at], !hiding.unserved[at])).collect()
    };
    Release {
        total: show(&total, true, true, true),
        breakdowns: breakdowns.iter().zip(&hiding).map(shown).collect(),
    }
}

/// Which columns are shown at all.
struct Columns {
    offered: bool,
    split: bool,
    unserved: bool,
}

/// What is hidden of a breakdown, by row.
struct Hiding {
    /// Everything.
    rows: Vec<bool>,
    /// Answered and abandoned.
    split: Vec<bool>,
    /// Unserved.
    unserved: Vec<bool>,
}

impl Hiding {
    fn of(rows: &[Row]) -> Self {
        Self {
            rows: rows.iter().map(|row| row.offered < SMALLEST).collect(),
            split: rows.iter().map(|row| row.answered.min(row.abandoned) < SMALLEST).collect(),
            unserved: rows.iter().map(|row| row.unserved < SMALLEST).collect(),
        }
    }

    /// Hides further rows until none can be told. Whether that is so.
    fn hide_rows(&mut self, rows: &[Row]) -> bool {
        let offered: Vec<u64> = rows.iter().map(|row| row.offered).collect();
        loop {
            let many = count(&self.rows);
            if many == 0 || (many >= 2 && sum_where(&offered, &self.rows) >= SMALLEST) {
                break;
            }
            let Some(next) = smallest(&offered, |row| !self.rows[row]) else { return false };
            self.rows[next] = true;
        }
        for (row, hidden) in self.rows.iter().enumerate() {
            self.split[row] |= hidden;
            self.unserved[row] |= hidden;
        }
        true
    }

    /// Hides answered and abandoned of further rows until none can be told. Whether that is so.
    fn hide_split(&mut self, rows: &[Row]) -> bool {
        let column = |of: fn(&Row) -> u64| rows.iter().map(of).collect::<Vec<u64>>();
        let (offered, answered, abandoned) =
            (column(|row| row.offered), column(|row| row.answered), column(|row| row.abandoned));
        loop {
            let safe = |counts: &[u64]| self.fits(&self.split, counts, &offered);
            if count(&self.split) == 0 || (safe(&answered) && safe(&abandoned)) {
                return true;
            }
            let Some(next) = smallest(&offered, |row| !self.split[row]) else { return false };
            self.split[next] = true;
        }
    }

    /// Hides unserved of further rows until none can be told. Whether that is so.
    fn hide_unserved(&mut self, rows: &[Row]) -> bool {
        let offered: Vec<u64> = rows.iter().map(|row| row.offered).collect();
        let unserved: Vec<u64> = rows.iter().map(|row| row.unserved).collect();
        while count(&self.unserved) > 0 && !self.fits(&self.unserved, &unserved, &offered) {
            let Some(next) = smallest(&unserved, |row| !self.unserved[row]) else { return false };
            self.unserved[next] = true;
        }
        true
    }

    /// Whether each small one of the hidden counts, none of which exceeds the offered of its row, could be nought or nine.
    fn fits(&self, hidden: &[bool], counts: &[u64], offered: &[u64]) -> bool {
        let sum = sum_where(counts, hidden);
        if count(hidden) < 2 || sum < SMALLEST {
            return false;
        }
        let whole = sum_where(offered, &self.rows);
        let single: Vec<bool> = hidden.iter().zip(&self.rows).map(|(hidden, row)| *hidden && !row).collect();
        let room = whole + sum_where(offered, &single);
        let mut small = (0..counts.len()).filter(|row| hidden[*row] && counts[*row] < SMALLEST);
        // Of rows that are hidden whole another can hold all that they hold together.
        small.all(|row| self.rows[row] || room - offered[row] >= sum)
    }
}

fn add_up(rows: &[Row]) -> Row {
    rows.iter().fold(Row::default(), |sum, row| Row {
        offered: sum.offered + row.offered,
        answered: sum.answered + row.answered,
        abandoned: sum.abandoned + row.abandoned,
        unserved: sum.unserved + row.unserved,
    })
}

fn count(hidden: &[bool]) -> usize {
    hidden.iter().filter(|hidden| **hidden).count()
}

fn sum_where(counts: &[u64], hidden: &[bool]) -> u64 {
    counts.iter().zip(hidden).filter(|(_, hidden)| **hidden).map(|(count, _)| count).sum()
}

fn smallest(counts: &[u64], among: impl Fn(usize) -> bool) -> Option<usize> {
    (0..counts.len()).filter(|row| among(*row)).min_by_key(|row| counts[*row])
}
