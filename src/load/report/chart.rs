//! Charts as SVG text: lines, areas and bars over one pair of axes, with a legend. Colours come from the page's style sheet.

use std::fmt::Write as _;

use super::scale::{Scale, number};

/// One chart.
#[derive(Debug, Clone)]
pub struct Chart {
    /// What is shown, in a few words; the heading, which the page writes.
    pub title: &'static str,
    /// What is to be seen, in a sentence with the figures: for those who do not see it.
    pub description: String,
    /// Under the horizontal axis.
    pub x: Axis,
    /// Over the vertical axis.
    pub y: Axis,
    /// What is drawn, in the order of the legend.
    pub series: Vec<Series>,
    /// Moments or values worth a line across: where, and its word.
    pub marks: Vec<(f64, String)>,
}

/// One axis.
#[derive(Debug, Clone)]
pub struct Axis {
    /// What is counted, with its unit.
    pub label: String,
    /// Its scale.
    pub scale: Scale,
}

/// One line, or the bars.
#[derive(Debug, Clone)]
pub struct Series {
    /// Its name in the legend.
    pub name: &'static str,
    /// How it is drawn.
    pub shape: Shape,
    /// Points by x. A point without a value interrupts the line.
    pub points: Vec<(f64, Option<f64>)>,
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// From point to point.
    Line,
    /// The same, filled down to the axis.
    Area,
    /// A bar from each point to the next one.
    Bars,
}

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 270.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 28.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 44.0;

impl Chart {
    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.series.iter().all(|series| series.points.iter().all(|(_, value)| value.is_none()))
    }

    /// The chart as an `svg` element.
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        // Writing to a string does not fail.
        let _ = write!(
            svg,
            r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{}: {}">"#,
            escape(self.title),
            escape(&self.description)
        );
        self.grid(&mut svg);
        for (at, series) in self.series.iter().enumerate() {
            self.draw(&mut svg, at, series);
        }
        self.marks(&mut svg);
        self.legend(&mut svg);
        svg.push_str("</svg>");
        svg
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + self.x.scale.place(value) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.scale.place(value) * (HEIGHT - TOP - BOTTOM)
    }

    fn grid(&self, svg: &mut String) {
        let (floor, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
        for tick in self.y.scale.ticks(4) {
            let y = self.y(tick);
            let _ = write!(svg, r#"<path class="grid" d="M{LEFT} {y:.1}H{right}"/>"#);
            let _ = write!(
                svg,
                r#"<text class="tick y" x="{}" y="{:.1}">{}</text>"#,
                LEFT - 8.0,
                y + 4.0,
                number(tick)
            );
        }
        for tick in self.x.scale.ticks(7) {
            let x = self.x(tick);
            let _ = write!(svg, r#"<path class="axis" d="M{x:.1} {floor}v5"/>"#);
            let _ = write!(
                svg,
                r#"<text class="tick x" x="{x:.1}" y="{}">{}</text>"#,
                floor + 18.0,
                number(tick)
            );
        }
        let _ = write!(svg, r#"<path class="axis" d="M{LEFT} {floor}H{right}"/>"#);
        let _ = write!(svg, r#"<text class="label y" x="4" y="14">{}</text>"#, escape(&self.y.label));
        let _ = write!(
            svg,
            r#"<text class="label x" x="{right}" y="{}">{}</text>"#,
            HEIGHT - 6.0,
            escape(&self.x.label)
        );
    }

    fn draw(&self, svg: &mut String, at: usize, series: &Series) {
        let floor = HEIGHT - BOTTOM;
        if series.shape == Shape::Bars {
            for pair in series.points.windows(2) {
                let (left, right) = (self.x(pair[0].0), self.x(pair[1].0));
                let Some(value) = pair[0].1.filter(|value| *value > 0.0) else { continue };
                let y = self.y(value);
                let gap = ((right - left) * 0.15).min(1.0);
                let _ = write!(
                    svg,
                    r#"<rect class="bar s{at}" x="{:.1}" y="{y:.1}" width="{:.1}" height="{:.1}"/>"#,
                    left + gap / 2.0,
                    (right - left - gap).max(0.5),
                    (floor - y).max(1.0)
                );
            }
            return;
        }
        for run in series.points.split(|(_, value)| value.is_none()).filter(|run| !run.is_empty()) {
            let place: Vec<(f64, f64)> =
                run.iter().map(|(x, value)| (self.x(*x), self.y(value.unwrap_or(0.0)))).collect();
            let mut path = format!("M{:.1} {:.1}", place[0].0, place[0].1);
            for (x, y) in &place[1..] {
                let _ = write!(path, "L{x:.1} {y:.1}");
            }
            if series.shape == Shape::Area {
                let _ = write!(
                    svg,
                    r#"<path class="area s{at}" d="{path}L{:.1} {floor}L{:.1} {floor}Z"/>"#,
                    place[place.len() - 1].0,
                    place[0].0
                );
            }
            if place.len() == 1 {
                let _ = write!(
                    svg,
                    r#"<circle class="dot s{at}" cx="{:.1}" cy="{:.1}" r="2.5"/>"#,
                    place[0].0, place[0].1
                );
            }
            let _ = write!(svg, r#"<path class="line s{at}" d="{path}"/>"#);
        }
    }

    /// Lines across, with their words beside them, on the side where there is room.
    fn marks(&self, svg: &mut String) {
        let mut row = 0;
        let mut last: Option<f64> = None;
        for (at, word) in &self.marks {
            let x = self.x(*at);
            row = if last.is_some_and(|last| x - last < 90.0) { (row + 1) % 3 } else { 0 };
            last = Some(x);
            let y = TOP + 10.0 + 12.0 * f64::from(row);
            let _ = write!(svg, r#"<path class="mark" d="M{x:.1} {TOP}V{}"/>"#, HEIGHT - BOTTOM);
            let room = x + 7.0 * word.chars().count() as f64 + 6.0 < WIDTH - RIGHT;
            let (x, side) = if room { (x + 4.0, "start") } else { (x - 4.0, "end") };
            let _ = write!(
                svg,
                r#"<text class="word" x="{x:.1}" y="{y:.1}" text-anchor="{side}">{}</text>"#,
                escape(word)
            );
        }
    }

    /// Names beside a piece of their line, in the upper right corner; a single series needs none.
    fn legend(&self, svg: &mut String) {
        let shown: Vec<(usize, &Series)> = self
            .series
            .iter()
            .enumerate()
            .filter(|(_, series)| series.points.iter().any(|p| p.1.is_some()))
            .collect();
        if self.series.len() < 2 {
            return;
        }
        let width = |series: &Series| 40.0 + 6.9 * series.name.chars().count() as f64;
        let mut x = WIDTH - RIGHT - shown.iter().map(|(_, series)| width(series)).sum::<f64>();
        for (at, series) in shown {
            let _ = write!(svg, r#"<path class="line s{at}" d="M{x:.0} 10h20"/>"#);
            let _ = write!(
                svg,
                r#"<text class="name" x="{:.0}" y="14">{}</text>"#,
                x + 25.0,
                escape(series.name)
            );
            x += width(series);
        }
    }
}

/// Text for HTML and for attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: Vec<(f64, Option<f64>)>, shape: Shape) -> Chart {
        Chart {
            title: "Loss",
            description: "at most 3 %".into(),
            x: Axis { label: "time, s".into(), scale: Scale::exactly(10.0) },
            y: Axis { label: "%".into(), scale: Scale::from_zero(4.0) },
            series: vec![Series { name: "lost", shape, points }],
            marks: vec![(5.0, "gateway killed".into())],
        }
    }

    #[test]
    fn a_gap_interrupts_the_line() {
        let points =
            vec![(0.0, Some(1.0)), (1.0, Some(2.0)), (2.0, None), (3.0, Some(1.0)), (4.0, Some(1.0))];
        let svg = chart(points, Shape::Line).svg();
        assert_eq!(svg.matches(r#"class="line s0""#).count(), 2);
        assert!(svg.contains("gateway killed"));
    }

    #[test]
    fn a_chart_without_values_is_empty() {
        for points in [vec![], vec![(1.0, None)]] {
            assert!(chart(points, Shape::Area).is_empty());
        }
        assert!(!chart(vec![(1.0, None), (2.0, Some(0.0))], Shape::Area).is_empty());
    }

    #[test]
    fn text_cannot_leave_its_place() {
        let mut chart = chart(vec![(0.0, Some(1.0))], Shape::Line);
        chart.description = "\"><script>".into();
        assert!(!chart.svg().contains("<script>"));
    }
}
