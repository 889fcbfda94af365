//! Somebody tries to find hidden counts out of all that was ever released, by linear programming: how small and how large can
//! each hidden cell be, if rows add up and nothing is negative?

use proptest::{prelude::*, test_runner::TestRunner};

use super::*;

/// Solves `equations` (coefficients and right side) for variables that are not negative, and gives the largest value of one of
/// them; none when there is no end to it. Simplex by Bland's rule, begun with one artificial variable for each equation.
fn largest(equations: &[(Vec<f64>, f64)], variables: usize, target: usize, sign: f64) -> Option<f64> {
    const TINY: f64 = 1e-7;
    let rows = equations.len();
    let width = variables + rows + 1;
    let mut table = vec![vec![0.0; width]; rows];
    for (row, (coefficients, right)) in equations.iter().enumerate() {
        let flip = if *right < 0.0 { -1.0 } else { 1.0 };
        for (column, value) in coefficients.iter().enumerate() {
            table[row][column] = flip * value;
        }
        table[row][variables + row] = 1.0;
        table[row][width - 1] = flip * right;
    }
    let mut basis: Vec<usize> = (variables..variables + rows).collect();
    for phase in [1, 2] {
        let cost = |column: usize| match phase {
            1 => -f64::from(u8::from(column >= variables)),
            _ => sign * f64::from(u8::from(column == target)),
        };
        let enters = if phase == 1 { variables + rows } else { variables };
        loop {
            let gain = |column: usize| -> f64 {
                cost(column) - (0..rows).map(|row| cost(basis[row]) * table[row][column]).sum::<f64>()
            };
            let Some(entering) = (0..enters).find(|column| gain(*column) > TINY) else { break };
            let ratio = |row: usize| table[row][width - 1] / table[row][entering];
            let leaving = (0..rows).filter(|row| table[*row][entering] > TINY).min_by(|one, other| {
                ratio(*one).total_cmp(&ratio(*other)).then(basis[*one].cmp(&basis[*other]))
            })?;
            let pivot = table[leaving][entering];
            table[leaving].iter_mut().for_each(|value| *value /= pivot);
            let chosen = table[leaving].clone();
            for (row, values) in table.iter_mut().enumerate() {
                let factor = values[entering];
                if row != leaving && factor.abs() > 1e-12 {
                    values.iter_mut().zip(&chosen).for_each(|(value, by)| *value -= factor * by);
                }
            }
            basis[leaving] = entering;
        }
        if phase == 1 {
            // Artificial variables that are still in the basis are nought; they leave it where they can.
            for row in 0..rows {
                if basis[row] < variables {
                    continue;
                }
                assert!(table[row][width - 1].abs() < 1e-4, "what was released contradicts itself");
                let Some(entering) = (0..variables).find(|column| table[row][*column].abs() > TINY) else {
                    continue;
                };
                let pivot = table[row][entering];
                table[row].iter_mut().for_each(|value| *value /= pivot);
                let chosen = table[row].clone();
                for (other, values) in table.iter_mut().enumerate() {
                    let factor = values[entering];
                    if other != row {
                        values.iter_mut().zip(&chosen).for_each(|(value, by)| *value -= factor * by);
                    }
                }
                basis[row] = entering;
            }
        }
    }
    let at = basis.iter().position(|column| *column == target);
    Some(at.map_or(0.0, |row| table[row][width - 1]))
}

/// The cells of a row: offered, answered, abandoned, unserved, and those who came while somebody was on shift.
const CELLS: usize = 5;

/// All that the reader knows, as equations; the first row is the total.
fn knowledge(release: &Release) -> Vec<(Vec<f64>, f64)> {
    let rows: Vec<&Shown> =
        std::iter::once(&release.total).chain(release.breakdowns.iter().flatten()).collect();
    let variables = rows.len() * CELLS;
    let mut equations = Vec::new();
    let mut say = |terms: &[(usize, f64)], right: f64| {
        let mut coefficients = vec![0.0; variables];
        terms.iter().for_each(|(at, value)| coefficients[*at] += value);
        equations.push((coefficients, right));
    };
    for (at, row) in rows.iter().enumerate() {
        let cell = |number: usize| at * CELLS + number;
        for (number, shown) in [row.offered, row.answered, row.abandoned, row.unserved].iter().enumerate() {
            if let Some(count) = shown {
                say(&[(cell(number), 1.0)], *count as f64);
            }
        }
        say(&[(cell(0), 1.0), (cell(1), -1.0), (cell(2), -1.0)], 0.0);
        say(&[(cell(0), 1.0), (cell(3), -1.0), (cell(4), -1.0)], 0.0);
    }
    let mut first = 1;
    for breakdown in &release.breakdowns {
        for number in 0..4 {
            let mut terms = vec![(number, -1.0)];
            terms.extend((first..first + breakdown.len()).map(|row| (row * CELLS + number, 1.0)));
            say(&terms, 0.0);
        }
        first += breakdown.len();
    }
    equations
}

/// The first hidden count under ten that the reader can narrow down.
fn told(breakdowns: &[Vec<Row>]) -> Option<String> {
    let release = release(breakdowns);
    let equations = knowledge(&release);
    let total = add_up(&breakdowns[0]);
    let truth: Vec<Row> = std::iter::once(total).chain(breakdowns.iter().flatten().copied()).collect();
    let shown: Vec<Shown> =
        std::iter::once(release.total).chain(release.breakdowns.iter().flatten().copied()).collect();
    let variables = truth.len() * CELLS;
    for (at, (row, shown)) in truth.iter().zip(&shown).enumerate() {
        let cells = [
            (row.offered, shown.offered),
            (row.answered, shown.answered),
            (row.abandoned, shown.abandoned),
            (row.unserved, shown.unserved),
        ];
        for (number, (count, shown)) in cells.into_iter().enumerate() {
            if shown.is_some_and(|shown| shown < SMALLEST || shown != count) {
                return Some(format!("row {at}, cell {number}: {count} is shown as {shown:?}"));
            }
            if shown.is_some() || count >= SMALLEST {
                continue;
            }
            let target = at * CELLS + number;
            let most = largest(&equations, variables, target, 1.0);
            let least = largest(&equations, variables, target, -1.0);
            if most.is_some_and(|most| most < 8.999) || least.is_none_or(|least| least > 0.001) {
                return Some(format!(
                    "row {at}, cell {number} is {count} and between {least:?} and {most:?} in {release:?}"
                ));
            }
        }
    }
    None
}

/// Callers by themselves: their hour, weekday and line, whether they were answered and whether anybody was on shift.
fn tables(callers: &[(usize, usize, usize, bool, bool)]) -> Vec<Vec<Row>> {
    let mut tables = vec![vec![Row::default(); 6], vec![Row::default(); 4], vec![Row::default(); 3]];
    for (hour, day, line, answered, unserved) in callers {
        for (table, at) in [(0, *hour), (1, *day), (2, *line)] {
            let row = &mut tables[table][at];
            row.offered += 1;
            row.answered += u64::from(*answered);
            row.abandoned += u64::from(!answered);
            row.unserved += u64::from(*unserved);
        }
    }
    tables
}

/// Some hours, days and lines have far more callers than others.
fn skewed(many: usize) -> impl Strategy<Value = usize> {
    (0..many * many).prop_map(move |draw| (draw as f64).sqrt() as usize % many)
}

#[test]
fn no_small_count_can_be_had_from_what_is_released() {
    let caller = (
        skewed(6),
        skewed(4),
        skewed(3),
        prop::sample::select(vec![true, true, true, true, false]),
        prop::sample::select(vec![true, false, false, false]),
    );
    let config = ProptestConfig { cases: 25, failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&prop::collection::vec(caller, 0..260), |callers| {
        told(&tables(&callers)).map_or(Ok(()), |told| Err(TestCaseError::fail(told)))
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn hiding_small_counts_alone_gives_them_away() {
    // The reader finds them, so that the test above would.
    let row = |offered| Shown { offered: Some(offered), ..Shown::default() };
    let naive = Release { total: row(60), breakdowns: vec![vec![row(30), row(26), Shown::default()]] };
    let equations = knowledge(&naive);
    let variables = 4 * CELLS;
    let hidden = 3 * CELLS;
    assert_eq!(largest(&equations, variables, hidden, 1.0).map(f64::round), Some(4.0));
    assert_eq!(largest(&equations, variables, hidden, -1.0).map(f64::round), Some(4.0));
}

#[test]
fn one_small_row_takes_the_next_smallest_with_it() {
    let row =
        |offered: u64| Row { offered, answered: offered - offered / 3, abandoned: offered / 3, unserved: 0 };
    let release = release(&[vec![row(90), row(4), row(60), row(45)]]);
    let offered: Vec<_> = release.breakdowns[0].iter().map(|row| row.offered).collect();
    assert_eq!(offered, [Some(90), None, Some(60), None]);
    assert_eq!(release.total.offered, Some(199));
    assert_eq!(list(&[30, 3, 12, 40]), [Some(30), None, None, Some(40)]);
    assert_eq!(list(&[30, 20]), [Some(30), Some(20)]);
    assert_eq!(list(&[30, 0]), [None, None]);
    assert_eq!((alone(9), alone(10)), (None, Some(10)));
}

#[test]
fn fewer_than_ten_callers_are_no_release() {
    let few = Row { offered: 9, answered: 9, abandoned: 0, unserved: 0 };
    let release = release(&[vec![few, Row::default()]]);
    assert_eq!(release.total, Shown::default());
    assert!(release.breakdowns[0].iter().all(|row| *row == Shown::default()));
}
