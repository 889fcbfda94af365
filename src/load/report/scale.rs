//! Scales and their ticks: round numbers, not too many, words with units for them.

/// Maps values to a length on paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Smallest value.
    pub from: f64,
    /// Largest value.
    pub to: f64,
    /// Whether each decade takes the same room.
    pub log: bool,
}

impl Scale {
    /// From 0 to a round number that holds `most`.
    pub fn from_zero(most: f64) -> Self {
        let most = if most.is_finite() && most > 0.0 { most } else { 1.0 };
        let step = round_step(most / 4.0);
        Self { from: 0.0, to: (most / step - 1e-9).ceil().max(1.0) * step, log: false }
    }

    /// From 0 to `to` exactly.
    pub fn exactly(to: f64) -> Self {
        Self { from: 0.0, to: if to > 0.0 { to } else { 1.0 }, log: false }
    }

    /// Decades that hold `least` and `most`, both over 0.
    pub fn decades(least: f64, most: f64) -> Self {
        let (least, most) = (least.max(1e-3), most.max(least.max(1e-3)));
        let from = 10_f64.powf(least.log10().floor());
        let to = 10_f64.powf((most.log10() - 1e-9).ceil());
        Self { from, to: if to > from { to } else { from * 10.0 }, log: true }
    }

    /// Where a value lies, 0 to 1.
    pub fn place(&self, value: f64) -> f64 {
        let share = if self.log {
            (value.max(self.from) / self.from).ln() / (self.to / self.from).ln()
        } else {
            (value - self.from) / (self.to - self.from)
        };
        share.clamp(0.0, 1.0)
    }

    /// The values that get a mark and a word: about `wanted`, or the decades.
    pub fn ticks(&self, wanted: u32) -> Vec<f64> {
        if self.log {
            let decades = (self.to / self.from).log10().round() as i32;
            let every: &[f64] = if decades <= 2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
            let ticks = (0..=decades)
                .flat_map(|decade| every.iter().map(move |digit| digit * self.from * 10_f64.powi(decade)));
            return ticks.filter(|tick| *tick <= self.to * 1.000_001).collect();
        }
        let step = round_step((self.to - self.from) / f64::from(wanted));
        let count = ((self.to - self.from) / step + 1e-9).floor() as u32;
        (0..=count).map(|number| self.from + f64::from(number) * step).collect()
    }
}

/// Seconds in the unit that suits a run of that length: the factor, and the unit's name.
pub fn time_unit(longest_s: f64) -> (f64, &'static str) {
    if longest_s <= 300.0 {
        (1.0, "s")
    } else if longest_s <= 7_200.0 {
        (60.0, "min")
    } else {
        (3_600.0, "h")
    }
}

/// A number as people write it: at most three figures that count, thousands apart.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size < 1e-9 {
        return "0".into();
    }
    if size >= 1_000.0 {
        let whole = format!("{:.0}", size);
        let mut text = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        return if value < 0.0 { format!("-{text}") } else { text };
    }
    let decimals = if size >= 100.0 {
        0
    } else if size >= 10.0 {
        1
    } else if size >= 0.1 {
        2
    } else {
        3
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// 1, 2 or 5 times a power of ten, at least `least`.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let digit = least / power;
    let round = [1.0, 2.0, 5.0].into_iter().find(|round| digit <= round * 1.000_001).unwrap_or(10.0);
    round * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_few_and_round() {
        for most in [0.02, 0.7, 1.0, 3.0, 9.99, 47.0, 100.0, 1_234.0, 98_765.0] {
            let scale = Scale::from_zero(most);
            let ticks = scale.ticks(4);
            assert!((2..=7).contains(&ticks.len()), "{most}: {ticks:?}");
            assert!(scale.to >= most && scale.to <= 2.5 * most, "{most}: {scale:?}");
            assert!((ticks.last().unwrap() - scale.to).abs() < 1e-9 * scale.to, "{most}: {ticks:?}");
        }
        assert_eq!(Scale::from_zero(47.0).ticks(4), [0.0, 20.0, 40.0, 60.0]);
        assert_eq!(Scale::from_zero(f64::NAN).to, 1.0);
    }

    #[test]
    fn decades_hold_what_is_shown() {
        let scale = Scale::decades(3.0, 800.0);
        assert_eq!((scale.from, scale.to), (1.0, 1_000.0));
        assert_eq!(scale.ticks(4), [1.0, 10.0, 100.0, 1_000.0]);
        assert!((scale.place(10.0) - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!(Scale::decades(10.0, 10.0).ticks(4), [10.0, 20.0, 50.0, 100.0]);
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (0.05, "0.05"),
            (1.0, "1"),
            (2.5, "2.5"),
            (12.34, "12.3"),
            (999.4, "999"),
            (1_234.0, "1,234"),
            (1_234_567.0, "1,234,567"),
            (-1_500.0, "-1,500"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
