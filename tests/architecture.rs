//! Holds the import rules of the crate: imports go one way, the pure core touches nothing of the outside world, and every
//! file says what it is and stays small enough to read.
//!
//! The source is read as tokens, so that comments and strings never count and nothing needs to compile.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// What a module of the crate may import of the crate, by prefix. A module may always import itself.
const RULES: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("e2ee", &["first_name"]),
    ("audio", &[]),
    ("telemetry", &[]),
    ("config", &["toml_file"]),
    ("first_name", &[]),
    ("private_file", &[]),
    ("toml_file", &[]),
    ("legtoken", &["core::ids"]),
    ("proto", &["core"]),
    ("store", &["core"]),
    ("relay", &["core::ids", "legtoken", "telemetry"]),
    ("node", &["core", "first_name", "store", "proto", "telemetry"]),
    ("signalling", &["core", "first_name", "legtoken", "node", "private_file", "proto", "telemetry"]),
    // The relay's protocols, not its rules: a client speaks them from the other end.
    (
        "client",
        &[
            "audio",
            "core::ids",
            "e2ee",
            "proto",
            "relay::dtls",
            "relay::reception",
            "relay::rtcp",
            "relay::rtp",
            "relay::srtp",
        ],
    ),
    ("softphone", &["client"]),
    ("load", &["audio", "client", "core::ids", "e2ee", "private_file", "proto", "toml_file"]),
    ("cli", &[""]),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// What the pure core may not name: clocks, sockets, files, threads, the environment, a runtime.
const OUTSIDE_WORLD: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "axum",
    "aws_lc_rs",
    "mio",
    "nix",
    "rusqlite",
    "socket2",
    "tokio",
    "tracing",
];

/// Lines in the longest file that is still read in one sitting.
const LONGEST_FILE: usize = 600;

#[test]
fn imports_go_one_way() {
    report(
        source_files("src", "rs").iter().flat_map(|file| violations(&module_of(file), &read(file))).collect(),
    );
}

#[test]
fn every_module_says_what_it_owns() {
    // The tests of a module, in a file beside it, are told by its name.
    let tests = |file: &Path| file.file_name().is_some_and(|name| name == "tests.rs");
    let silent = |file: &PathBuf| !tests(file) && !read(file).trim_start().starts_with("//!");
    let named =
        |file: PathBuf| format!("{} does not begin with a `//!` that says what it owns", file.display());
    report(source_files("src", "rs").into_iter().filter(silent).map(named).collect());
}

#[test]
fn no_file_outgrows_its_reader() {
    let files = [("src", "rs"), ("tests", "rs"), ("tests", "mjs"), ("web/src", "ts"), ("web/src", "tsx")]
        .into_iter()
        .flat_map(|(folder, extension)| source_files(folder, extension));
    let lines = |file: &Path| read(file).lines().count();
    let long = files.filter(|file| lines(file) > LONGEST_FILE);
    report(
        long.map(|file| format!("{} has {} lines; does it have one subject?", file.display(), lines(&file)))
            .collect(),
    );
}

#[test]
fn a_planted_violation_is_found() {
    let refused = [
        ("relay", "use crate::e2ee::Group;"),
        ("relay", "use crate::{core::ids::CallId, audio};"),
        ("relay", "use crate::core::queue::Queue;"),
        ("relay::leg", "use super::super::e2ee;"),
        ("relay", "mod tests { use super::super::audio::Opus; }"),
        ("relay", "fn f() { crate::signalling::serve() }"),
        ("relay", "fn f() { debug!(\"{}\", crate::node::NAME) }"),
        ("relay", "use crate as everything;"),
        ("relay", "use crate::*;"),
        ("core::queue", "use crate::proto::caller;"),
        ("core::queue", "use std::{fmt, net::IpAddr};"),
        ("core::queue", "fn f() -> u64 { std::time::Instant::now().into() }"),
        ("core::queue", "async fn f() { tokio::task::yield_now().await }"),
        ("node", "use crate::config::Config;"),
        ("signalling::staff", "use crate::store::Ledger;"),
        ("legtoken", "use crate::core::staff;"),
        ("main", "use quietline::node;"),
        ("somewhere_new", "fn f() {}"),
    ];
    for (module, source) in refused {
        assert!(!violations(module, source).is_empty(), "{module}: {source}");
    }
}

#[test]
fn what_the_rules_allow_is_not_reported() {
    let allowed = [
        ("relay", "use crate::core::ids::{CallId, Slot}; use crate::legtoken; pub(crate) fn f() {}"),
        ("relay::leg", "use super::session::Session; use self::x::y; use crate::relay::stun;"),
        ("relay", "// use crate::e2ee::Group;\n/// [`crate::audio`]\nconst A: &str = \"crate::e2ee::x\";"),
        ("core::queue", "use std::{collections::BTreeMap, time::Duration}; use super::ids::CallId;"),
        ("core::queue", "mod tests { use super::*; use super::super::ids; }"),
        ("cli::serve", "use crate::{config::Config, node, signalling, store::sqlite};"),
        ("main", "fn main() -> std::process::ExitCode { quietline::cli::run() }"),
    ];
    for (module, source) in allowed {
        assert_eq!(violations(module, source), Vec::<String>::new(), "{module}: {source}");
    }
}

fn report(mut violations: Vec<String>) {
    violations.sort();
    assert!(violations.is_empty(), "\n  {}\n", violations.join("\n  "));
}

/// What `source`, the text of `module` (`relay::leg`), names against the rules.
fn violations(module: &str, source: &str) -> Vec<String> {
    let here: Vec<String> = module.split("::").map(str::to_owned).collect();
    let room = here[0].as_str();
    let Some((_, allowed)) = RULES.iter().find(|(name, _)| *name == room) else {
        return vec![format!(
            "{module} has no import rule: decide what it may import and add it to tests/architecture.rs"
        )];
    };
    let tokens: TokenStream = match source.parse() {
        Ok(tokens) => tokens,
        Err(error) => return vec![format!("{module} cannot be read as Rust: {error}")],
    };
    let mut named = BTreeSet::new();
    collect(tokens, &here, &mut named);
    let permitted = |path: &str| allowed.iter().chain([&room]).any(|prefix| within(path, prefix));
    let inside = named.iter().filter_map(|path| path.strip_prefix("crate::")).filter(|path| !permitted(path));
    let outside =
        named.iter().filter(|path| room == "core" && OUTSIDE_WORLD.iter().any(|world| within(path, world)));
    inside.chain(outside.map(String::as_str)).map(|path| format!("{module} may not import {path}")).collect()
}

fn within(path: &str, prefix: &str) -> bool {
    prefix.is_empty()
        || path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Gathers every path that `tokens`, read inside module `here`, name: absolute ones as `crate::...`.
fn collect(tokens: TokenStream, here: &[String], named: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(word) if word == "mod" => match (tokens.get(at + 1), tokens.get(at + 2)) {
                (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) => {
                    let inner: Vec<String> = here.iter().cloned().chain([name.to_string()]).collect();
                    collect(body.stream(), &inner, named);
                    at += 3;
                }
                _ => at += 1,
            },
            TokenTree::Ident(_) => at = path(&tokens, at, &[], here, named),
            TokenTree::Group(group) => {
                collect(group.stream(), here, named);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Reads one path that begins at `at`, after `before` (inside the braces of a `use`); returns where it ended.
fn path(
    tokens: &[TokenTree],
    mut at: usize,
    before: &[String],
    here: &[String],
    named: &mut BTreeSet<String>,
) -> usize {
    let mut segments = before.to_vec();
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(word)) => segments.push(word.to_string()),
            Some(TokenTree::Group(group))
                if !segments.is_empty() && group.delimiter() == Delimiter::Brace =>
            {
                branches(group, &segments, here, named);
                return at + 1;
            }
            Some(TokenTree::Punct(star)) if star.as_char() == '*' => segments.push("*".to_owned()),
            _ => return at,
        }
        at += 1;
        if !is_path_separator(tokens, at) {
            let renames_the_crate = segments == ["crate"] && is_word(tokens.get(at), "as");
            if renames_the_crate {
                segments.push("*".to_owned());
            }
            named.extend(absolute(&segments, here));
            return at;
        }
        at += 2;
    }
}

/// Reads the branches of `prefix::{a, b::c}`.
fn branches(group: &Group, prefix: &[String], here: &[String], named: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        at = path(&tokens, at, prefix, here, named).max(at + 1);
        while at < tokens.len() && !matches!(&tokens[at], TokenTree::Punct(comma) if comma.as_char() == ',') {
            at += 1;
        }
        at += 1;
    }
}

/// The path from the crate's root, where it can leave its module: `super::x` in `relay::leg` is `crate::relay::x`.
fn absolute(segments: &[String], here: &[String]) -> Option<String> {
    let (first, rest) = segments.split_first()?;
    let supers = segments.iter().take_while(|segment| *segment == "super").count();
    if rest.is_empty() && first != "super" {
        return None;
    }
    let from_root: Vec<&str> = match first.as_str() {
        "crate" | "quietline" => rest.iter().map(String::as_str).collect(),
        "super" => {
            let kept = here.len().checked_sub(supers)?;
            here[..kept].iter().chain(&segments[supers..]).map(String::as_str).collect()
        }
        _ => return Some(segments.join("::")),
    };
    (!from_root.is_empty()).then(|| format!("crate::{}", from_root.join("::")))
}

fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    let colon =
        |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
    colon(tokens.get(at)) && colon(tokens.get(at + 1))
}

fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

/// `src/relay/mod.rs` is `relay`, `src/relay/leg.rs` is `relay::leg`, `src/main.rs` is `main`.
fn module_of(file: &Path) -> String {
    let below = file.strip_prefix(root().join("src")).unwrap().with_extension("");
    let mut names: Vec<_> = below.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    if names.len() > 1 && names.last().is_some_and(|name| name == "mod") {
        names.pop();
    }
    names.join("::")
}

fn source_files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() && entry.file_name().is_some_and(|name| name != "node_modules") {
                folders.push(entry);
            } else if entry.extension().is_some_and(|found| found == extension) {
                found.push(entry);
            }
        }
    }
    found
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
