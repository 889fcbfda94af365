//! A report as one HTML page that needs nothing else: no request, no script.

use std::fmt::Write as _;

use super::{
    Report,
    chart::{Chart, escape},
    plots,
    scale::number,
    table::groups,
};
use crate::load::scenario::Media;

/// The page.
pub fn html(report: &Report) -> String {
    let mut page = String::new();
    let title = escape(&report.scenario.title);
    // Writing to a string does not fail.
    let _ = write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}: quietline load</title>\n<style>{STYLE}</style>\n\
         <main>\n<header>\n<h1>{title}</h1>\n<p>{}</p>\n</header>\n",
        escape(&summary(report))
    );
    for warning in &report.warnings {
        let _ = writeln!(page, "<p class=\"warning\"><strong>Warning.</strong> {}</p>", escape(warning));
    }
    headline(&mut page, report);
    page.push_str("<section class=\"plots\">\n");
    let (empty, charts): (Vec<_>, Vec<_>) = plots::all(report).into_iter().partition(Chart::is_empty);
    for chart in charts {
        let _ = writeln!(page, "<figure><h2>{}</h2>{}</figure>", chart.title, chart.svg());
    }
    page.push_str("</section>\n");
    if !empty.is_empty() {
        // An empty frame would look like a fault.
        let names: Vec<_> = empty
            .iter()
            .map(|chart| format!("{} ({})", chart.title.to_lowercase(), chart.description))
            .collect();
        let _ = writeln!(
            page,
            "<p class=\"missing\">Not measured in this run: {}.</p>",
            escape(&names.join("; "))
        );
    }
    page.push_str("<section class=\"tables\">\n");
    for (group, rows) in groups(report) {
        let _ = write!(page, "<table><caption>{group}</caption><tbody>");
        for (name, value) in rows {
            let inner = if name.starts_with(' ') { " class=\"inner\"" } else { "" };
            let _ = write!(
                page,
                "<tr{inner}><th scope=\"row\">{}</th><td>{}</td></tr>",
                escape(name.trim()),
                escape(&value)
            );
        }
        page.push_str("</tbody></table>\n");
    }
    page.push_str("</section>\n<footer>");
    let _ = writeln!(
        page,
        "<h2>What was asked for</h2><pre>{}</pre><p>quietline {}. Scores are of ITU-T G.107, a planning model: they rank \
         networks and are not what a listener would say. Times under a millisecond hold within 6 %.</p></footer>",
        escape(&toml::to_string(&report.scenario).unwrap_or_default()),
        report.version
    );
    page.push_str("</main>\n</html>\n");
    page
}

/// One sentence on what was run, where and when.
fn summary(report: &Report) -> String {
    let media = match report.scenario.media {
        Media::Full => "full media",
        Media::Heard => "full media, encoded before",
        Media::Sealed => "sealed frames",
        Media::Packets => "packets only",
    };
    format!(
        "{} calls with {media} against {}, {} s, on {}. {}.",
        number(f64::from(report.scenario.calls)),
        report.target,
        number(report.lasted_s),
        report.machine,
        date(report.began_unix_s)
    )
}

/// The figures that are looked for first.
fn headline(page: &mut String, report: &Report) {
    let calls = &report.calls;
    let failed: u64 = calls.failed.values().sum();
    let mut tiles = vec![
        ("connected", format!("{} of {}", number(calls.connected as f64), number(calls.offered as f64))),
        ("failed, lost, doubled", format!("{failed}, {}, {}", calls.lost, calls.doubled)),
    ];
    let spread = |spread: Option<crate::load::figures::Spread>| {
        spread.map(|spread| format!("{} / {} ms", number(spread.p50), number(spread.p99)))
    };
    tiles.extend(spread(report.setup.first_audio).map(|text| ("first audio, p50 / p99", text)));
    tiles.extend(spread(report.one_way).map(|text| ("one way, p50 / p99", text)));
    if let Some(sound) = &report.sound {
        tiles.extend(spread(sound.mouth_to_ear).map(|text| ("mouth to ear, p50 / p99", text)));
        tiles.extend(sound.score_median.map(|score| ("E-model score", format!("{score:.2}"))));
    }
    tiles.push(("lost packets", format!("{} %", number(report.packets.lost_percent))));
    page.push_str("<dl class=\"headline\">");
    for (name, value) in tiles {
        let _ = write!(page, "<div><dt>{name}</dt><dd>{}</dd></div>", escape(&value));
    }
    page.push_str("</dl>\n");
}

/// The moment as people write it, in UTC (days to date by Howard Hinnant's `civil_from_days`).
fn date(unix_s: u64) -> String {
    let (days, seconds) = (unix_s / 86_400, unix_s % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
    let month = if month_shifted < 10 { month_shifted + 3 } else { month_shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", seconds / 3_600, seconds / 60 % 60)
}

const STYLE: &str = include_str!("page.css");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::report::tests::sample_report;

    #[test]
    fn the_page_asks_for_nothing_and_runs_nothing() {
        let page = html(&sample_report());
        for forbidden in ["http:", "https:", "src=", "href=", "<script", "url(", "@import", "onload"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert_eq!(page.matches("<svg").count(), 8);
    }

    #[test]
    fn a_title_cannot_add_markup() {
        let mut report = sample_report();
        report.scenario.title = "<script>alert(1)</script>".into();
        report.warnings.push("<b>".into());
        let page = html(&report);
        assert!(!page.contains("<script>") && !page.contains("<b>"));
    }

    #[test]
    fn moments_are_dates() {
        assert_eq!(date(0), "1970-01-01 00:00 UTC");
        assert_eq!(date(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(date(1_795_327_199), "2026-11-22 05:59 UTC");
    }
}
