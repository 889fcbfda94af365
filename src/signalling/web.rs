//! The pages: files of `web/dist`, built into the binary, compressed beforehand where the build did so.

use std::{borrow::Cow, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::app::App;

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Dist;

/// Whether the pages are in this binary.
pub fn is_complete() -> bool {
    ["index.html", "console/index.html"].into_iter().all(|page| Dist::get(page).is_some())
}

/// Answers any GET that nothing else answers.
pub(super) async fn page(State(app): State<Arc<App>>, uri: Uri, request: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "console" {
        return Redirect::permanent("/console/").into_response();
    }
    let name = match path {
        "" => "index.html".to_owned(),
        folder if folder.ends_with('/') => format!("{folder}index.html"),
        file => file.to_owned(),
    };
    let is_variant = name.ends_with(".br") || name.ends_with(".gz");
    match file(&name, &request).filter(|_| !is_variant) {
        Some(response) => response,
        None if !is_complete() => plain(
            &app,
            StatusCode::SERVICE_UNAVAILABLE,
            "This server was built without its pages. Whoever runs it builds them with \u{201c}make\u{201d}.",
        ),
        None => match file("404.html", &request) {
            Some(mut response) => {
                *response.status_mut() = StatusCode::NOT_FOUND;
                response
            }
            None => plain(&app, StatusCode::NOT_FOUND, "There is nothing at this address."),
        },
    }
}

fn file(name: &str, request: &HeaderMap) -> Option<Response> {
    let plain = Dist::get(name)?;
    let accepted =
        request.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let compressed = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| accepts(accepted, encoding))
        .find_map(|(encoding, extension)| Some((encoding, Dist::get(&format!("{name}.{extension}"))?)));
    let (encoding, EmbeddedFile { data, .. }) = match compressed {
        Some((encoding, file)) => (Some(encoding), file),
        None => (None, plain),
    };
    let mut response = Response::new(match data {
        Cow::Borrowed(embedded) => Body::from(embedded),
        Cow::Owned(read) => Body::from(read),
    });
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

/// Whether a list of encodings (RFC 9110 12.5.3) has this one, and not with a weight of zero.
fn accepts(list: &str, encoding: &str) -> bool {
    list.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding))
            && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        Some("wav") => "audio/wav",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}

/// A page without files: what is wrong, and the telephone number.
fn plain(app: &App, status: StatusCode, text: &str) -> Response {
    let phone = &app.settings.page.phone;
    let digits: String = phone.chars().filter(|digit| digit.is_ascii_digit() || *digit == '+').collect();
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>Page</title><p>{text}</p><p>You can call \
         <a href=\"tel:{digits}\">{}</a> at any time. In an emergency call <a href=\"tel:999\">999</a>.</p></html>\n",
        escape(phone)
    );
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

fn escape(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            other => other.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_negotiated() {
        assert!(accepts("gzip, deflate, br, zstd", "br") && accepts("GZIP;q=0.5", "gzip"));
        assert!(!accepts("gzip, br;q=0", "br") && !accepts("", "br") && !accepts("brotli", "br"));
    }

    #[test]
    fn what_a_person_configured_is_text_on_a_page() {
        assert_eq!(escape("<b>\"&"), "&lt;b&gt;&quot;&amp;");
    }
}
