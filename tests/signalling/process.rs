//! The process: how it starts, refuses to start, and stops.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use nix::sys::signal::Signal;
use quietline::store::{Ledger, Txn, Write, sqlite::Sqlite};
use rustls::pki_types::{CertificateDer, pem::PemObject};

use crate::{
    gateway::{Gateway, command, run},
    socket::{Device, Socket, waiting},
};

#[allow(clippy::disallowed_methods, reason = "a certificate is made for now")]
fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn serve(folder: &std::path::Path) -> Command {
    let mut command = command(folder);
    command.arg("serve").env("QUIETLINE_LOG_LEVEL", "error");
    command
}

/// Asserts that it says one line on stderr, none on stdout, and exits with the code.
fn refuses(command: Command, code: i32, words: &[&str]) {
    let (status, out, error) = run(command);
    assert_eq!((status, out.as_str()), (Some(code), ""), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert_eq!(
        error.matches("(os error").count().min(2),
        usize::from(error.contains("(os error")),
        "{error}"
    );
    for word in words {
        assert!(error.contains(word), "{word:?} is not in {error}");
    }
}

#[tokio::test]
async fn it_says_three_lines_and_keeps_its_secrets_private() {
    let gateway = Gateway::start();
    assert!(gateway.said[0].starts_with("Caller:     https://localhost:"), "{:?}", gateway.said);
    assert!(gateway.said[1].contains("/console/#enrol="));
    let data = gateway.folder.path().join("quietline-data");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for file in ["legs.key", "authority/authority.pem", "lock"] {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
    }
}

#[tokio::test]
async fn a_stop_tells_everybody_and_a_restart_finds_them_again() {
    let gateway = Gateway::start();
    let (mut socket, session) = waiting(&gateway).await;
    gateway.signal(Signal::SIGINT);
    assert_eq!(socket.until("bye").await["why"], "server_stopping");
    socket.closed().await;
    let folder = gateway.stop_after_signal();
    let gateway = Gateway::start_in(folder, &[]);
    let mut again = crate::socket::caller(&gateway).await;
    again.say(serde_json::json!({"type": "resume", "token": session["token"], "seen": 0})).await;
    again.phase("waiting").await;
}

#[tokio::test]
async fn a_second_signal_stops_it_at_once() {
    let mut gateway = Gateway::start();
    // A request that is not finished is waited for, for some seconds.
    let mut unfinished = gateway.connect().await;
    let request = format!(
        "POST /api/caller/leave HTTP/1.1\r\nhost: localhost\r\norigin: {}\r\ncontent-length: 9\r\n\r\n{{",
        gateway.origin()
    );
    tokio::io::AsyncWriteExt::write_all(&mut unfinished, request.as_bytes()).await.unwrap();
    let (mut socket, _) = waiting(&gateway).await;
    gateway.signal(Signal::SIGTERM);
    socket.until("bye").await;
    gateway.signal(Signal::SIGTERM);
    assert_eq!(gateway.wait().code(), Some(1));
    gateway.logged("quietline: stopped at once, by a second signal");
    assert!(!gateway.log().contains("panicked"), "{}", gateway.log());
}

#[tokio::test]
async fn records_that_another_process_changed_end_it_with_one_line_and_everybody_is_told() {
    let mut gateway = Gateway::start();
    let (mut socket, _) = waiting(&gateway).await;
    let ledger = ledger_of(&gateway);
    let (calls, _) = ledger.range("call/").await.unwrap();
    let [call] = calls.as_slice() else { panic!("{calls:?}") };
    let writes = vec![Write::Put { key: call.key.clone(), value: call.value.clone() }];
    ledger.txn(Txn { compares: Vec::new(), writes }).await.unwrap();

    socket.say(serde_json::json!({"type": "leave", "how": "left"})).await;
    assert_eq!(socket.until("bye").await["why"], "server_stopping");
    assert_eq!(gateway.wait().code(), Some(1));
    let said = gateway.logged("quietline: ");
    assert!(said.contains("the line's records were changed by somebody else"), "{said}");
}

fn ledger_of(gateway: &Gateway) -> Sqlite {
    Sqlite::open(&gateway.folder.path().join("quietline-data/ledger.sqlite")).unwrap()
}

#[tokio::test]
async fn what_was_promised_before_a_kill_is_kept_after_it() {
    let mut gateway = Gateway::start();
    let device = Device::enrol(&gateway).await;
    let mut console = device.console(&gateway).await;
    let (mut caller, session) = waiting(&gateway).await;
    console.say(serde_json::json!({"type": "available"})).await;
    let offer = console.phase("ringing").await["state"]["offer"]["id"].clone();
    assert_eq!(console.ask(serde_json::json!({"type": "accept", "offer": offer})).await["type"], "done");
    caller.phase("connected").await;
    let (_, next) = waiting(&gateway).await;

    gateway.signal(Signal::SIGKILL);
    gateway.wait();
    let folder = std::mem::replace(&mut gateway.folder, tempfile::tempdir().unwrap());
    let gateway = Gateway::start_in(folder, &[]);
    let mut console = device.console_in(&gateway, "on_call").await;
    for (session, phase) in [(session, "connected"), (next, "waiting")] {
        let mut again = crate::socket::caller(&gateway).await;
        again.say(serde_json::json!({"type": "resume", "token": session["token"], "seen": 0})).await;
        again.phase(phase).await;
    }
    console.say(serde_json::json!({"type": "ping"})).await;
    console.until("pong").await;
}

/// A call, and the two who are in it.
async fn talking(gateway: &Gateway) -> (Socket, Socket) {
    let device = Device::enrol(gateway).await;
    let mut console = device.console(gateway).await;
    let (mut caller, _) = waiting(gateway).await;
    console.say(serde_json::json!({"type": "available"})).await;
    let offer = console.phase("ringing").await["state"]["offer"]["id"].clone();
    assert_eq!(console.ask(serde_json::json!({"type": "accept", "offer": offer})).await["type"], "done");
    caller.phase("connected").await;
    (caller, console)
}

async fn both_are_there((caller, console): (&mut Socket, &mut Socket)) {
    for socket in [caller, console] {
        socket.say(serde_json::json!({"type": "ping"})).await;
        socket.until("pong").await;
    }
}

#[tokio::test]
async fn a_disk_that_is_full_refuses_what_is_new_and_calls_go_on() {
    let gateway = Gateway::start();
    let (mut caller, mut console) = talking(&gateway).await;
    let join = || serde_json::json!({"type": "join", "key_package": "AAAA"});
    let mut late = crate::socket::visitor(&gateway).await;
    gateway.limit_files(Some(4_096));
    let refused = late.ask(join()).await;
    assert_eq!(crate::socket::code(&refused), "internal");
    assert!(refused["error"]["text"].as_str().unwrap().contains("nothing changed"), "{refused}");
    let said = gateway.logged("the ledger does not take changes; calls go on");
    assert!(said.contains("ledger.sqlite") && said.contains("the disk"), "{said}");
    both_are_there((&mut caller, &mut console)).await;
    let leg = serde_json::json!({"type": "media", "fingerprint": "ab".repeat(32), "payload_type": 111});
    assert_eq!(caller.ask(leg).await["type"], "leg", "the call's media opens as before");

    gateway.limit_files(None);
    loop {
        let answer = late.ask(join()).await;
        if answer["type"] == "done" {
            break;
        }
        assert_eq!(crate::socket::code(&answer), "internal");
    }
    both_are_there((&mut caller, &mut console)).await;
}

#[tokio::test]
async fn a_ledger_that_is_damaged_while_it_is_in_use_ends_no_call_and_is_named_at_the_next_start() {
    let mut gateway = Gateway::start();
    let (mut caller, mut console) = talking(&gateway).await;
    let data = gateway.folder.path().join("quietline-data");
    for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
        let length = usize::try_from(fs::metadata(data.join(name)).unwrap().len()).unwrap();
        // In place: whoever has the file open has this one.
        let mut file = fs::OpenOptions::new().write(true).open(data.join(name)).unwrap();
        std::io::Write::write_all(&mut file, &vec![0xa5; length]).unwrap();
    }
    let mut late = crate::socket::visitor(&gateway).await;
    // Whether it is noticed at once depends on what of the file is read again. Nobody in a call does.
    let answer = late.ask(serde_json::json!({"type": "join", "key_package": "AAAA"})).await;
    assert!(answer["type"] == "done" || crate::socket::code(&answer) == "internal", "{answer}");
    both_are_there((&mut caller, &mut console)).await;
    let leg = serde_json::json!({"type": "media", "fingerprint": "ab".repeat(32), "payload_type": 111});
    assert_eq!(caller.ask(leg).await["type"], "leg", "the call's media opens as before");

    let folder = gateway.kill();
    let mut serve = command(folder.path());
    serve.arg("serve");
    let (status, _, said) = run(serve);
    assert_eq!(status, Some(1), "{said}");
    let last = said.lines().last().unwrap();
    assert!(last.contains("ledger.sqlite") && last.contains("restore a backup"), "{said}");
}

#[tokio::test]
async fn a_backup_of_a_server_that_runs_is_one_from_which_it_goes_on() {
    let gateway = Gateway::start();
    let (_caller, session) = waiting(&gateway).await;
    let folder = gateway.folder.path().to_owned();
    let backup = |file: &str| {
        let mut command = command(&folder);
        command.args(["backup", file]);
        run(command)
    };
    assert_eq!(backup("copy.sqlite"), (Some(0), String::new(), String::new()));
    let files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(files.filter(|name| name.starts_with("copy.")).count(), 1, "nothing is left beside it");
    let (again, _, error) = backup("copy.sqlite");
    assert_eq!((again, error.lines().count()), (Some(1), 1), "never over a file: {error}");
    let folder = gateway.stop();
    let data = folder.path().join("quietline-data");
    for name in ["ledger.sqlite-wal", "ledger.sqlite-shm"] {
        let _gone = fs::remove_file(data.join(name));
    }
    fs::rename(folder.path().join("copy.sqlite"), data.join("ledger.sqlite")).unwrap();
    let gateway = Gateway::start_in(folder, &[]);
    let mut again = crate::socket::caller(&gateway).await;
    again.say(serde_json::json!({"type": "resume", "token": session["token"], "seen": 0})).await;
    again.phase("waiting").await;
}

#[tokio::test]
async fn the_audit_of_a_server_that_runs_is_verified_and_a_change_in_the_file_is_found() {
    let gateway = Gateway::start();
    let (_caller, _console) = talking(&gateway).await;
    let audit = || {
        let mut command = command(gateway.folder.path());
        command.args(["audit", "verify"]);
        run(command)
    };
    let (status, said, error) = audit();
    assert_eq!(status, Some(0), "{error}");
    assert!(said.contains("entries, all sound; head "), "{said}");
    let ledger = ledger_of(&gateway);
    let (entries, _) = ledger.range("audit/").await.unwrap();
    let first = &entries[0];
    let writes = vec![Write::Delete { key: first.key.clone() }];
    ledger.txn(Txn { compares: Vec::new(), writes }).await.unwrap();
    let (status, _, error) = audit();
    assert_eq!(status, Some(1));
    assert!(error.contains("tampered with") && error.contains("entry 1 is missing"), "{error}");
}

#[tokio::test]
async fn a_line_that_is_closed_by_the_operator_takes_nobody_from_then_on() {
    let gateway = Gateway::start();
    let line = |arguments: &[&str]| {
        let mut command = command(gateway.folder.path());
        command.arg("line").args(arguments);
        run(command)
    };
    let mut page = crate::socket::visitor(&gateway).await;
    let set = ["set", "police", "--title", "Police line", "--hours", "always"];
    assert_eq!(line(&set), (Some(0), String::new(), String::new()));
    assert_eq!(page.until("shift").await["lines"][0]["title"], "Police line");
    let force = ["force", "police", "Durham", "--from", "2024-01-01"];
    assert_eq!(line(&force).0, Some(0));
    assert_eq!(page.until("shift").await["lines"][0]["forces"][0], "Durham");
    let (_, listed, _) = line(&["list"]);
    assert_eq!(listed, "police\tPolice line\talways\n\tDurham from 2024-01-01\n");
    let join = |line: &str| serde_json::json!({"type": "join", "key_package": "AAAA", "line": line});
    assert_eq!(page.refused(join("fire")).await, "closed");
    assert_eq!(page.refused(join("not a name")).await, "malformed");
    assert_eq!(page.ask(join("police")).await["type"], "done");
}

#[tokio::test]
async fn a_stop_during_a_call_is_told_to_both_and_ends_nothing() {
    let gateway = Gateway::start();
    let device = Device::enrol(&gateway).await;
    let mut console = device.console(&gateway).await;
    let (mut caller, session) = waiting(&gateway).await;
    console.say(serde_json::json!({"type": "available"})).await;
    let offer = console.phase("ringing").await["state"]["offer"]["id"].clone();
    console.say(serde_json::json!({"type": "accept", "offer": offer})).await;
    caller.phase("connected").await;
    gateway.signal(Signal::SIGTERM);
    for socket in [&mut caller, &mut console] {
        assert_eq!(socket.until("bye").await["why"], "server_stopping");
        assert_eq!(socket.closed().await, Some(1001));
    }
    let gateway = Gateway::start_in(gateway.stop_after_signal(), &[]);
    let mut again = crate::socket::caller(&gateway).await;
    again.say(serde_json::json!({"type": "resume", "token": session["token"], "seen": 0})).await;
    again.phase("connected").await;
}

#[test]
fn a_terminal_that_is_gone_does_not_keep_it_from_serving() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = command(folder.path());
    command.args(["serve", "--listen", "127.0.0.1:0"]).stdout(writer).stderr(Stdio::piped());
    let mut gateway = command.env("QUIETLINE_LOG_LEVEL", "warn").spawn().unwrap();
    let log = BufReader::new(gateway.stderr.take().unwrap()).lines().map_while(Result::ok);
    let said = log.take_while(|line| !line.contains("could not be printed")).collect::<Vec<_>>();
    let serves = gateway.try_wait().unwrap().is_none();
    let _ = gateway.kill();
    gateway.wait().unwrap();
    assert!(serves, "{said:?}");
}

#[tokio::test]
async fn one_data_folder_serves_one_server() {
    let gateway = Gateway::start();
    refuses(serve(gateway.folder.path()), 1, &["quietline-data", "in use by another quietline"]);
}

#[test]
fn a_port_that_is_taken_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = serve(folder.path());
    command.args(["--listen", &address]);
    refuses(command, 1, &[&address, "--listen"]);
}

#[test]
fn a_data_folder_that_cannot_be_written_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let mut command = serve(folder.path());
    command.args(["--data", "file/data"]);
    refuses(command, 1, &["file/data"]);
}

#[test]
fn a_port_of_the_relay_or_of_the_metrics_that_is_taken_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let metrics = taken.local_addr().unwrap();
    let mut command = serve(folder.path());
    command.env("QUIETLINE_INTERNAL_LISTEN", metrics.to_string());
    refuses(command, 1, &[&metrics.to_string(), "internal.listen"]);

    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut command = serve(folder.path());
    command.env("QUIETLINE_RELAY_PORT", &port);
    refuses(command, 1, &["relay", &port]);
}

#[test]
fn a_ledger_or_key_file_that_is_none_is_one_line_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("quietline-data");
    quietline::private_file::make_folder(&data).unwrap();
    quietline::private_file::write(&data.join("legs.key"), b"no key").unwrap();
    refuses(serve(folder.path()), 1, &["legs.key"]);
    fs::remove_file(data.join("legs.key")).unwrap();
    let noise = [0xa5; 5000];
    fs::write(data.join("ledger.sqlite"), noise).unwrap();
    refuses(serve(folder.path()), 1, &["ledger.sqlite", "not a sound quietline ledger"]);
    assert_eq!(fs::read(data.join("ledger.sqlite")).unwrap(), noise);
}

#[test]
fn a_broken_configuration_is_one_line_and_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("q.toml"), "[server]\nlisten = [\n").unwrap();
    let with_config = || {
        let mut command = serve(folder.path());
        command.args(["--config", "q.toml"]);
        command
    };
    refuses(with_config(), 2, &["q.toml, line"]);
    fs::write(folder.path().join("q.toml"), "[calls]\nring = 3\n").unwrap();
    refuses(with_config(), 2, &["q.toml, line 2", "`ring`"]);
    fs::write(folder.path().join("q.toml"), "[calls]\nring_s = \"soon\"\n").unwrap();
    refuses(with_config(), 2, &["q.toml, line 2", "u32"]);
    fs::write(folder.path().join("q.toml"), [0xff, 0xfe]).unwrap();
    refuses(with_config(), 2, &["q.toml"]);
    fs::remove_file(folder.path().join("q.toml")).unwrap();
    refuses(with_config(), 2, &["q.toml"]);
    let mut command = serve(folder.path());
    command.env("QUIETLINE_CALLS_RINGS", "3");
    refuses(command, 2, &["QUIETLINE_CALLS_RINGS"]);
}

#[test]
fn a_bad_certificate_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("c.pem"), "nothing").unwrap();
    let with = |certificate: &str, key: &str| {
        let mut command = serve(folder.path());
        command.env("QUIETLINE_TLS_CERTIFICATE_FILE", certificate).env("QUIETLINE_TLS_KEY_FILE", key);
        command
    };
    refuses(with("c.pem", "c.key"), 1, &["c.pem", "no certificate"]);
    refuses(with("nowhere.pem", "c.key"), 1, &["nowhere.pem"]);
    for name in ["one", "two"] {
        quietline::signalling::dev_ca::ensure(&folder.path().join(name), &[], now_s()).unwrap();
    }
    refuses(with("one/server.pem", "two/server.key"), 1, &["two/server.key", "not the key"]);
    refuses(with("one/server.pem", "c.pem"), 1, &["c.pem", "no private key"]);
}

#[tokio::test]
async fn a_renewed_certificate_serves_new_connections_and_a_broken_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let other = Gateway::start();
    let one = Gateway::start();
    for (from, to) in [(&one, "one"), (&other, "two")] {
        for (file, name) in [("server.pem", "pem"), ("server.key", "key")] {
            let source = from.folder.path().join("certs-dev").join(file);
            fs::copy(source, folder.path().join(format!("{to}.{name}"))).unwrap();
        }
    }
    fs::create_dir(folder.path().join("certs-dev")).unwrap();
    fs::copy(one.folder.path().join("certs-dev/ca.pem"), folder.path().join("certs-dev/ca.pem")).unwrap();
    let gateway = Gateway::start_in(
        folder,
        &[
            ("QUIETLINE_TLS_CERTIFICATE_FILE", "one.pem"),
            ("QUIETLINE_TLS_KEY_FILE", "one.key"),
            ("QUIETLINE_TLS_RELOAD_S", "1"),
        ],
    );
    assert!(gateway.get("/api/config").await.head.contains("strict-transport-security"));

    let path = |name: &str| gateway.folder.path().join(name);
    let replace = |name: &str, content: &[u8]| {
        fs::write(path("fresh"), content).unwrap();
        fs::rename(path("fresh"), path(name)).unwrap();
    };
    replace("one.pem", b"nothing");
    assert!(gateway.logged("the old certificate stays in use").contains("one.pem"));
    assert_eq!(gateway.get("/api/config").await.status, 200);

    replace("one.key", &fs::read(path("two.key")).unwrap());
    replace("one.pem", &fs::read(path("two.pem")).unwrap());
    gateway.logged("a new certificate is in use");
    let authority = CertificateDer::from_pem_file(other.folder.path().join("certs-dev/ca.pem")).unwrap();
    let stream = tokio::net::TcpStream::connect(gateway.address()).await.unwrap();
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    let connector = tokio_rustls::TlsConnector::from(crate::gateway::client_config(authority));
    assert!(connector.connect(name, stream).await.is_ok());
}
