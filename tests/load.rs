//! `quietline load` as an operator runs it: small versions of the scenarios in `tests/load/`, against a gateway that it starts
//! itself. Outcomes are asserted, never times: nobody is lost, nobody is given twice.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;
use toml::Table;

/// A scenario of the repository with some values changed, and what running it said.
struct Ran {
    figures: Value,
    page: String,
}

/// `changes` is TOML; each value of it goes over that of the scenario.
fn run(scenario: &str, changes: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/load").join(scenario);
    let mut table: Table = fs::read_to_string(file).unwrap().parse().unwrap();
    lay_over(&mut table, changes.parse().unwrap());
    fs::write(folder.path().join("s.toml"), table.to_string()).unwrap();
    let out = load(&folder, &["--scenario", "s.toml", "--json", "figures.json", "--report", "page.html"]);
    let (said, error) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{error}");
    println!("{said}");
    let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
    Ran { figures: serde_json::from_str(&read("figures.json")).unwrap(), page: read("page.html") }
}

fn load(folder: &TempDir, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quietline"));
    command.arg("load").args(words).current_dir(folder.path());
    // Where throwaway folders are made, so that it can be seen whether they go.
    command.env("TMPDIR", folder.path()).output().unwrap()
}

fn lay_over(table: &mut Table, changes: Table) {
    for (key, change) in changes {
        match (table.get_mut(&key).and_then(toml::Value::as_table_mut), change) {
            (Some(inner), toml::Value::Table(changes)) => lay_over(inner, changes),
            (_, change) => {
                table.insert(key, change);
            }
        }
    }
}

impl Ran {
    fn count(&self, name: &str) -> u64 {
        self.figures["calls"][name].as_u64().unwrap()
    }

    /// Every caller got through and was heard, and every call was ended by one of its two.
    fn nobody_was_lost_or_given_twice(&self, calls: u64) -> &Self {
        let counted = &self.figures["calls"];
        assert_eq!(self.count("offered"), calls, "{counted}");
        assert_eq!(self.count("connected"), calls, "{counted}");
        assert_eq!(self.count("ended"), calls, "{counted}");
        assert_eq!(self.count("lost"), 0, "{counted}");
        assert_eq!(self.count("doubled"), 0, "{counted}");
        assert!(self.figures["packets"]["received"].as_u64().unwrap() > 0);
        assert_eq!(self.figures["packets"]["forged"], 0, "{}", self.figures["packets"]);
        assert!(self.page.starts_with("<!DOCTYPE html>") && self.page.contains("</html>"));
        self
    }
}

#[test]
fn a_morning_peak_loses_nobody_who_waits() {
    let ran = run(
        "morning-peak.toml",
        "calls = 12\nstaff = 5\nwrap_up_s = 0.2\nlongest_s = 90\narrival.over_s = 4\ncall.shortest_s = 2\ncall.longest_s = 4",
    );
    ran.nobody_was_lost_or_given_twice(12);
    assert!(ran.count("most_at_once") <= 5, "there are five counsellors");
}

#[test]
fn a_whole_shift_gives_each_counsellor_one_caller_after_the_other() {
    let ran = run(
        "whole-shift.toml",
        "calls = 40\nstaff = 6\nwrap_up_s = 0.1\nlongest_s = 90\narrival.over_s = 5\n\
         call.shortest_s = 1\ncall.longest_s = 3\nchurn.away_s = 1",
    );
    ran.nobody_was_lost_or_given_twice(40);
}

#[test]
fn everybody_is_back_after_the_gateway_was_killed() {
    let ran = run(
        "reconnect-storm.toml",
        "calls = 30\nlongest_s = 90\narrival.over_s = 2\ncall.shortest_s = 12\ncall.longest_s = 14\n\
         outage.at_s = 5\noutage.lasting_s = 1",
    );
    ran.nobody_was_lost_or_given_twice(30);
    assert!(ran.count("came_back") >= 60, "callers and counsellors");
    let shocks: Vec<_> =
        ran.figures["shocks"].as_array().unwrap().iter().map(|shock| shock[1].clone()).collect();
    assert_eq!(shocks, ["gateway killed", "started again"]);
}

#[test]
fn callers_on_lossy_mobile_networks_stay_in_their_calls() {
    // Sealed frames: real sound for twelve would be the machine's test, not the gateway's.
    let ran = run(
        "lossy-mobile.toml",
        "media = \"sealed\"\ncalls = 6\nlongest_s = 90\narrival.over_s = 1\ncall.shortest_s = 10\n\
         call.longest_s = 12\nchurn.away_s = 1",
    );
    ran.nobody_was_lost_or_given_twice(6);
    let delay = ran.figures["one_way"]["p50"].as_f64().unwrap();
    assert!(delay > 60.0, "the modelled networks take 80 ms: {delay}");
}

#[test]
fn what_is_heard_of_real_sound_is_measured() {
    let ran = run(
        "lossy-mobile.toml",
        "media = \"heard\"\ncalls = 1\nlongest_s = 60\ncall.shortest_s = 12\ncall.longest_s = 12\nnetwork.staff = \"none\"\n\
         churn.address_share = 0\nchurn.reload_share = 0\nchurn.kill_share = 0",
    );
    ran.nobody_was_lost_or_given_twice(1);
    let sound = &ran.figures["sound"];
    assert!((0.0..100.0).contains(&sound["concealed_percent"].as_f64().unwrap()), "{sound}");
    // Found although the jitter buffer stretches what it plays on such a network, and never faster than that.
    let delay = sound["mouth_to_ear"]["p50"].as_f64().unwrap_or_default();
    assert!(delay > 40.0, "the modelled network takes 40 ms: {sound}");
    assert!((1.0..=4.5).contains(&sound["score_median"].as_f64().unwrap()), "{sound}");
}

#[test]
fn a_client_that_floods_takes_nothing_from_the_others() {
    let ran = run(
        "one-floods.toml",
        "calls = 20\nlongest_s = 90\narrival.over_s = 2\ncall.shortest_s = 6\ncall.longest_s = 8\n\
         flood.at_s = 0\nflood.lasting_s = 8",
    );
    ran.nobody_was_lost_or_given_twice(20);
    let flooded = &ran.figures["flooded"];
    for kind in ["messages", "connections", "datagrams"] {
        assert!(flooded[kind].as_u64().unwrap() > 0, "{flooded}");
    }
}

#[test]
fn calls_go_on_after_the_counsellors_lines_were_cut() {
    // Twelve seconds are more than the ten after which both sides count the other as gone.
    let ran = run(
        "line-cut.toml",
        "calls = 6\nlongest_s = 90\ncall.shortest_s = 26\ncall.longest_s = 28\n\
         cut = [{ side = \"staff\", at_s = 3, lasting_s = 2 }, { side = \"staff\", at_s = 8, lasting_s = 12 }]",
    );
    ran.nobody_was_lost_or_given_twice(6);
    assert!(ran.count("came_back") >= 6);
}

#[test]
fn what_it_started_and_made_is_gone_when_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let out = load(&folder, &["--calls", "2", "--length-s", "1"]);
    assert!(out.status.success());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// A gateway that somebody else started.
struct Gateway {
    child: Child,
    origin: String,
    metrics: String,
}

impl Gateway {
    fn start(folder: &TempDir) -> Self {
        let configuration = "server.listen = [\"127.0.0.1:0\"]\ninternal.listen = \"127.0.0.1:0\"\n\
                             relay.listen = [\"127.0.0.1\"]\nrelay.port = 0\ntls.dev_folder = \"certificates\"\n";
        fs::write(folder.path().join("quietline.toml"), configuration).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_quietline"))
            .args(["serve", "--config", "quietline.toml", "--data", "data"])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        let origin = out.map(Result::unwrap).find_map(|line| Some(line.strip_prefix("Caller:")?.to_owned()));
        let (found, metrics) = std::sync::mpsc::channel();
        // Read to its end, so that the gateway never waits for a reader.
        std::thread::spawn(move || {
            for line in log.map_while(Result::ok) {
                if let Some((_, address)) = line.split_once("metrics and health on ") {
                    let _ = found.send(address.trim().to_owned());
                }
            }
        });
        let origin = origin.unwrap().trim().trim_end_matches('/').to_owned();
        Self { child, origin, metrics: metrics.recv().unwrap() + "/metrics" }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes synthetic staff in `data`, with their credentials in `out`.
fn enrol(folder: &TempDir, data: &str, out: &str, count: &str) {
    let made = Command::new(env!("CARGO_BIN_EXE_quietline"))
        .args(["staff", "synthetic", "--count", count, "--out", out, "--data", data])
        .current_dir(folder.path())
        .status();
    assert!(made.unwrap().success());
}

fn says_in_one_line(out: &Output, said: &str) {
    let error = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{error}");
    let last = error.lines().last().unwrap_or_default();
    assert!(last.starts_with("quietline: ") && last.contains(said), "{said}: {error}");
    assert_eq!(error.lines().filter(|line| line.starts_with("quietline:")).count(), 1, "{error}");
}

#[test]
fn a_gateway_that_runs_already_is_put_under_load() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = Gateway::start(&folder);
    enrol(&folder, "data", "staff", "3");
    enrol(&folder, "other", "strangers", "3");
    let run = |staff, calls, more: &[&str]| {
        let target = ["--server", &gateway.origin, "--staff-credentials", staff, "--calls", calls];
        let rest = ["--trust", "certificates/ca.pem", "--length-s", "2", "--json", "f.json"];
        load(&folder, &[&target[..], &rest, more].concat())
    };
    let figures = || -> Value {
        serde_json::from_str(&fs::read_to_string(folder.path().join("f.json")).unwrap()).unwrap()
    };

    let out = run("staff", "3", &["--metrics", &gateway.metrics]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let seen = figures();
    assert_eq!((&seen["calls"]["connected"], &seen["calls"]["ended"]), (&3.into(), &3.into()));
    for figure in ["cpu_s", "relay_cpu_s", "packets_per_relay_cpu_s", "most_mib"] {
        assert!(seen["gateway"][figure].as_f64().unwrap() > 0.0, "{}", seen["gateway"]);
    }

    let out = run("staff", "3", &[]);
    assert!(String::from_utf8_lossy(&out.stdout).contains("not known"));
    assert_eq!((&figures()["calls"]["ended"], &figures()["gateway"]), (&3.into(), &Value::Null));

    says_in_one_line(&run("strangers", "3", &[]), "0 of 3 members of staff could sign in");
    let elsewhere = ["--metrics", "http://198.51.100.7:9/metrics"];
    says_in_one_line(&run("staff", "3", &elsewhere), "not on this machine");
    let wrong = gateway.origin.replace("https://localhost", "http://127.0.0.1");
    says_in_one_line(&run("staff", "3", &["--metrics", &wrong]), "is it its internal.listen?");
    says_in_one_line(&run("staff", "4", &[]), "4 members of staff are needed");
}

#[test]
fn a_gateway_does_not_outlive_a_load_tool_that_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut tool = Command::new(env!("CARGO_BIN_EXE_quietline"))
        .args(["load", "--calls", "1", "--length-s", "60"])
        .env("TMPDIR", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(tool.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.any(|line| line.contains("1 calls up")));
    let place = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let lock = fs::File::open(place.join("data/lock")).unwrap();
    assert!(lock.try_lock().is_err(), "the gateway holds its data while it runs");
    tool.kill().unwrap();
    tool.wait().unwrap();
    // Given when the gateway has ended.
    lock.lock().unwrap();
}

#[test]
fn what_cannot_be_done_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.toml"), "calls = 5\nstaf = 2\n").unwrap();
    enrol(&folder, "data", "staff", "1");
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(folder.path().join("ca.pem"), certificate.cert.pem()).unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("https://localhost:{}", taken.local_addr().unwrap().port());
    drop(taken);
    for (words, said) in [
        (&["--calls", "0"][..], "calls: must be"),
        (&["--scenario", "none.toml"], "none.toml"),
        (&["--scenario", "bad.toml"], "bad.toml, line 2"),
        (&["--caller-network", "mars"], "there is no network mars"),
        (&["--json", "none/x.json", "--calls", "1"], "none/x.json"),
        (
            &["--server", "https://198.51.100.7", "--staff-credentials", "staff", "--trust", "ca.pem"],
            "--i-own-this-server",
        ),
        (
            &["--server", &closed, "--staff-credentials", "staff", "--trust", "ca.pem", "--calls", "1"],
            "cannot be reached",
        ),
        (
            &["--server", &closed, "--staff-credentials", "data", "--trust", "ca.pem", "--calls", "1"],
            "no staff credentials",
        ),
    ] {
        println!("{words:?}");
        says_in_one_line(&load(&folder, words), said);
    }
}
