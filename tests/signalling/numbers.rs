//! What one node holds, measured on the built binary. Not run by themselves: they take a while and assert nothing of speed but
//! print what they saw. `cargo test --release --test signalling -- --ignored --nocapture numbers`.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    browser::Browser,
    gateway::Gateway,
    socket::{Device, Socket, try_open},
};

const UNLIMITED: [(&str, &str); 7] = [
    ("QUIETLINE_LIMITS_CONNECTIONS_PER_ADDRESS", "100000"),
    ("QUIETLINE_LIMITS_CONNECTIONS", "100000"),
    ("QUIETLINE_LIMITS_JOINS_PER_MINUTE", "1000000"),
    ("QUIETLINE_LIMITS_ENROLMENTS_PER_MINUTE", "1000"),
    ("QUIETLINE_LIMITS_WAITING", "20000"),
    ("QUIETLINE_CALLS_TIMEOUT_S", "3600"),
    ("QUIETLINE_LOG_LEVEL", "error"),
];

/// A caller in the queue, with a KeyPackage of the size that browsers publish.
async fn waiting(gateway: &Gateway) -> Socket {
    let mut socket = try_open(gateway, "caller").await.expect("the gateway is there");
    socket.say(json!({"type": "hello"})).await;
    socket.until("state").await;
    socket.say(json!({"type": "join", "key_package": "AAAA".repeat(900)})).await;
    socket.until("done").await;
    socket
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn numbers_of_five_thousand_who_wait() {
    let gateway = Arc::new(Gateway::start_with(&UNLIMITED));
    let before = gateway.resident_kib();
    let mut callers = Vec::new();
    let began = clock();
    while callers.len() < 5_000 {
        let some = (0..50).map(|_| {
            let gateway = gateway.clone();
            tokio::spawn(async move { waiting(&gateway).await })
        });
        for caller in some.collect::<Vec<_>>() {
            callers.push(caller.await.unwrap());
        }
    }
    let (took, after) = (began.elapsed(), gateway.resident_kib());
    println!(
        "{} wait on open sockets: {} MiB resident ({} MiB before, {} KiB each); they came in {took:.1?}",
        callers.len(),
        after / 1024,
        before / 1024,
        (after - before) / 5_000
    );
}

/// Counsellors who answer and soon end, while callers arrive: from "available" to "ringing" with somebody waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn numbers_of_two_hundred_arrivals_a_second() {
    const COUNSELLORS: usize = 40;
    const ARRIVALS: usize = 2_000;
    /// So that they answer as many in a second as come in it.
    const TALK: Duration = Duration::from_millis(80);
    let gateway = Arc::new(Gateway::start_with(&UNLIMITED));
    let data = gateway.folder.path().join("quietline-data");
    let mut devices = Vec::new();
    while devices.len() < COUNSELLORS {
        devices.push(Device::of_somebody_new(&gateway, &data).await);
    }
    // Opened before, so that handshakes are not what is measured.
    let mut pages = Vec::new();
    for _ in 0..ARRIVALS {
        let mut page = try_open(&gateway, "caller").await.unwrap();
        page.say(json!({"type": "hello"})).await;
        pages.push(page);
    }
    // They begin when so many wait that nobody of them is free without somebody waiting.
    let (begin, begun) = tokio::sync::watch::channel(false);
    let answered = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let mut consoles = Vec::new();
    for (mut talk, device) in (1..).zip(devices) {
        let mut console = device.console(&gateway).await;
        let (answered, mut begun) = (answered.clone(), begun.clone());
        consoles.push(tokio::spawn(async move {
            let mut waits = Vec::new();
            begun.wait_for(|begun| *begun).await.unwrap();
            loop {
                let free = clock();
                console.say(json!({"type": "available"})).await;
                let ringing = tokio::time::timeout(Duration::from_secs(10), console.phase("ringing")).await;
                let Ok(ringing) = ringing else { return waits };
                // Of those only who had somebody waiting when they became free.
                if ringing["state"]["offer"]["waited_s"].as_u64() > Some(0) {
                    waits.push(free.elapsed());
                }
                let offer = &ringing["state"]["offer"];
                console.ask(json!({"type": "accept", "offer": offer["id"]})).await;
                // Each call takes another time, so that they do not fall into step.
                talk = (talk * 7 + 11) % 199;
                tokio::time::sleep(TALK + Duration::from_millis(talk)).await;
                console.ask(json!({"type": "end", "call": offer["call"]})).await;
                console.ask(json!({"type": "pause", "why": "break"})).await;
                answered.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        }));
    }
    let began = clock();
    let mut every = tokio::time::interval(Duration::from_millis(5));
    let mut arrived = Vec::new();
    for (nth, mut page) in pages.into_iter().enumerate() {
        every.tick().await;
        begin.send_replace(nth >= ARRIVALS / 2);
        arrived.push(tokio::spawn(async move {
            let asked = clock();
            page.say(json!({"type": "join", "key_package": "AAAA".repeat(900)})).await;
            page.until("session").await;
            (asked.elapsed(), page)
        }));
    }
    let offered = began.elapsed();
    let mut joins = Vec::new();
    let mut open = Vec::new();
    for page in arrived {
        let (took, page) = page.await.unwrap();
        joins.push(took);
        open.push(page);
    }
    let mut waits = Vec::new();
    for console in consoles {
        waits.extend(console.await.unwrap());
    }
    let percentile = |all: &mut Vec<Duration>, share: usize| {
        all.sort();
        all.get((all.len() * share / 100).min(all.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    println!(
        "{ARRIVALS} arrivals in {offered:.1?}; join to session p50 {:.1?} p99 {:.1?}; free to ringing p50 {:.1?} p99 {:.1?} of {}; {} answered",
        percentile(&mut joins, 50),
        percentile(&mut joins, 99),
        percentile(&mut waits, 50),
        percentile(&mut waits, 99),
        waits.len(),
        answered.load(std::sync::atomic::Ordering::Relaxed),
    );
}

/// A hundred who watch, and callers who come one after the other: from the request to join to each watcher's `wallboard`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn numbers_of_a_hundred_wallboards() {
    const WATCHERS: usize = 100;
    const CALLERS: u64 = 20;
    let gateway = Arc::new(Gateway::start_with(&UNLIMITED));
    let (heard, mut all) = tokio::sync::mpsc::channel(WATCHERS * CALLERS as usize * 2);
    for _ in 0..WATCHERS {
        let mut board = Browser::enrol(&gateway, "supervisor").await.connect(&gateway).await;
        board.ask(json!({"type": "shift", "ask": {"ask": "watch", "on": true}})).await;
        let heard = heard.clone();
        tokio::spawn(async move {
            let mut known = 0;
            loop {
                let waiting = board.until("wallboard").await["board"]["waiting"].as_u64().unwrap();
                if waiting > known {
                    known = waiting;
                    heard.send((waiting, clock())).await.unwrap();
                }
            }
        });
    }
    let mut callers = Vec::new();
    let mut took = Vec::new();
    for number in 1..=CALLERS {
        let mut page = try_open(&gateway, "caller").await.unwrap();
        page.say(json!({"type": "hello"})).await;
        page.until("state").await;
        let asked = clock();
        page.say(json!({"type": "join", "key_package": "AAAA".repeat(900)})).await;
        for _ in 0..WATCHERS {
            let (waiting, at) = all.recv().await.unwrap();
            assert_eq!(waiting, number);
            took.push(at.duration_since(asked));
        }
        callers.push(page);
    }
    took.sort();
    let of = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)];
    println!(
        "{WATCHERS} wallboards: join to wallboard p50 {:.1?} p99 {:.1?} most {:.1?}",
        of(50),
        of(99),
        of(100)
    );
}

#[allow(clippy::disallowed_methods, reason = "the measurement's clock")]
fn clock() -> Instant {
    Instant::now()
}
