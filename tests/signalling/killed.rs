//! The process is killed at random moments, under load: what it had acknowledged is there when it starts again, and everybody
//! goes on.
//!
//! `QUIETLINE_KILLS` says how often; the seed of the moments is printed, `QUIETLINE_SEED` gives it again.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use nix::sys::signal::Signal;
use quietline::{
    core::{call::Call, ids::CallId, line::Line, rules::Rules, staff::Desk, time::Timestamp},
    store::{Ledger, sqlite::Sqlite},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};

use crate::{
    gateway::Gateway,
    socket::{Device, Socket, try_open},
};

const CALLERS: usize = 12;
const COUNSELLORS: usize = 4;
/// How often it is killed in a test run.
const KILLS: usize = 5;

/// What all clients share.
struct World {
    gateway: watch::Sender<Option<Arc<Gateway>>>,
    data: PathBuf,
    acknowledged: AtomicUsize,
    progress: Notify,
    /// The calls whose callers were told that they are in the queue, and whether they were told that they have left.
    calls: Mutex<Vec<(CallId, bool)>>,
}

/// SplitMix64: the moments and decisions are of a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % sides
    }
}

impl World {
    async fn connect(&self, side: &str) -> Socket {
        let mut gateway = self.gateway.subscribe();
        loop {
            let present = gateway.wait_for(Option::is_some).await.unwrap().clone();
            if let Some(socket) = try_open(present.as_ref().unwrap(), side).await {
                return socket;
            }
            // It was killed meanwhile: wait for the next one.
            let gone = present.unwrap();
            let other = |now: &Option<Arc<Gateway>>| !now.as_ref().is_some_and(|now| Arc::ptr_eq(now, &gone));
            gateway.wait_for(other).await.unwrap();
        }
    }

    fn acknowledged(&self) {
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
        self.progress.notify_waiters();
    }

    async fn after(&self, more: usize) {
        let wanted = self.acknowledged.load(Ordering::Relaxed) + more;
        loop {
            let progress = self.progress.notified();
            if self.acknowledged.load(Ordering::Relaxed) >= wanted {
                return;
            }
            tokio::time::timeout(crate::gateway::PATIENCE, progress).await.expect("everything stands still");
        }
    }

    /// What the records say while no process runs: every call is in one place, and all that was acknowledged is there.
    async fn check(&self) {
        async fn all<T: DeserializeOwned>(ledger: &Sqlite, prefix: &str) -> Vec<T> {
            let (entries, _) = ledger.range(prefix).await.unwrap();
            entries.iter().map(|entry| serde_json::from_slice(&entry.value).unwrap()).collect()
        }
        let ledger = Sqlite::open(&self.data.join("ledger.sqlite")).unwrap();
        let (calls, desks): (Vec<Call>, Vec<Desk>) =
            (all(&ledger, "call/").await, all(&ledger, "desk/").await);
        let line = Line::load(Rules::default(), Default::default(), calls, desks, Timestamp::from_millis(0));
        let line = line.expect("the records agree with each other");
        self.calls.lock().unwrap().retain(|(call, left)| {
            let record = line.call(*call).unwrap_or_else(|| panic!("{call} is lost"));
            assert!(record.is_ended() || !left, "{call} has left and is not ended");
            // Ended calls are forgotten in time; what has ended does not begin again.
            !record.is_ended()
        });
    }
}

/// Callers who come, wait, talk, leave, and come again.
async fn call(world: Arc<World>, mut dice: Dice) {
    let mut session: Option<(String, CallId)> = None;
    loop {
        let mut socket = world.connect("caller").await;
        let mut leaving = None;
        match &session {
            Some((token, _)) => socket.try_say(json!({"type": "resume", "token": token, "seen": 0})).await,
            None => {
                socket.try_say(json!({"type": "hello"})).await;
                socket.try_say(json!({"type": "join", "key_package": "AAAA"})).await
            }
        };
        while let Ok(message) = socket.next_or_close().await {
            match message["type"].as_str().unwrap() {
                "session" => {
                    let call: CallId = message["call"].as_str().unwrap().parse().unwrap();
                    if session.is_none() {
                        world.calls.lock().unwrap().push((call, false));
                    }
                    session = Some((message["token"].as_str().unwrap().to_owned(), call));
                    world.acknowledged();
                }
                "error" => panic!("a caller is told {message}"),
                "done" if leaving == message["re"].as_u64() => {
                    let (_, left) = session.take().unwrap();
                    // Not there: the records have said so already.
                    let mut calls = world.calls.lock().unwrap();
                    calls.iter_mut().filter(|(call, _)| *call == left).for_each(|call| call.1 = true);
                    drop(calls);
                    world.acknowledged();
                    break;
                }
                "state" => {
                    let phase = message["state"]["phase"].as_str().unwrap();
                    let over = phase == "ended";
                    if over {
                        session = None;
                        break;
                    }
                    let leaves = phase == "connected" && dice.roll(3) == 0 || dice.roll(20) == 0;
                    if leaves && leaving.is_none() && session.is_some() {
                        leaving =
                            socket.try_say(json!({"type": "leave", "how": "left"})).await.map(u64::from);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Counsellors who answer, end, wrap up, and are ready again.
async fn answer(world: Arc<World>, device: Device, mut dice: Dice) {
    let mut accepted: Option<Value> = None;
    loop {
        let mut socket = world.connect("staff").await;
        let mut asked: Option<(u64, Value)> = None;
        while let Ok(message) = socket.next_or_close().await {
            let request = match message["type"].as_str().unwrap() {
                "challenge" => {
                    let origin = world.gateway.borrow().as_ref().map(|gateway| gateway.origin());
                    let Some(origin) = origin else { break };
                    Some(device.sign_in(&message, &origin, device.credential.as_ref().unwrap()))
                }
                "done" => {
                    if let Some((_, call)) = asked.take().filter(|(id, _)| message["re"] == *id) {
                        accepted = Some(call);
                    }
                    world.acknowledged();
                    None
                }
                "state" => {
                    let state = &message["state"];
                    let call = match state["phase"].as_str().unwrap() {
                        "on_call" => Some(&state["call"]["id"]),
                        "wrap_up" => Some(&state["call"]),
                        _ => None,
                    };
                    // What was acknowledged is so, until this console itself goes on.
                    if let Some(accepted) = &accepted {
                        assert_eq!(
                            call,
                            Some(accepted),
                            "a counsellor was given a call that is lost: {message}"
                        );
                    }
                    match state["phase"].as_str().unwrap() {
                        "unavailable" => Some(json!({"type": "available"})),
                        "ringing" if dice.roll(8) == 0 => {
                            Some(json!({"type": "pass", "offer": state["offer"]["id"]}))
                        }
                        "ringing" => {
                            let accept = json!({"type": "accept", "offer": state["offer"]["id"]});
                            let call = state["offer"]["call"].clone();
                            asked = socket.try_say(accept).await.map(|id| (u64::from(id), call));
                            None
                        }
                        "on_call" if dice.roll(2) == 0 => {
                            Some(json!({"type": "end", "call": state["call"]["id"]}))
                        }
                        "wrap_up" => {
                            accepted = None;
                            Some(json!({"type": "wrap_up_done", "call": state["call"], "available": true}))
                        }
                        _ => None,
                    }
                }
                _ => None,
            };
            if let Some(request) = request {
                socket.try_say(request).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill_at_any_moment() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let kills = number("QUIETLINE_KILLS").unwrap_or(KILLS as u64);
    let seed = number("QUIETLINE_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    println!("{kills} kills, QUIETLINE_SEED={seed}");
    let mut dice = Dice(seed);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data_text = data.to_str().unwrap().to_owned();
    let environment = [
        ("QUIETLINE_DATA_FOLDER", data_text.as_str()),
        ("QUIETLINE_LIMITS_CONNECTIONS_PER_ADDRESS", "1000"),
        ("QUIETLINE_LIMITS_JOINS_PER_MINUTE", "100000"),
        ("QUIETLINE_LIMITS_ENROLMENTS_PER_MINUTE", "1000"),
        ("QUIETLINE_LOG_LEVEL", "error"),
    ];
    let start = || Gateway::start_in(tempfile::tempdir().unwrap(), &environment);
    let gateway = start();
    let mut devices = Vec::new();
    while devices.len() < COUNSELLORS {
        devices.push(Device::of_somebody_new(&gateway, &data).await);
    }
    let world = Arc::new(World {
        gateway: watch::Sender::new(Some(Arc::new(gateway))),
        data,
        acknowledged: AtomicUsize::new(0),
        progress: Notify::new(),
        calls: Mutex::new(Vec::new()),
    });
    let mut lives = tokio::task::JoinSet::new();
    for index in 0..CALLERS {
        lives.spawn(call(world.clone(), Dice(seed ^ (index as u64 + 1))));
    }
    for (index, device) in devices.into_iter().enumerate() {
        lives.spawn(answer(world.clone(), device, Dice(seed ^ (index as u64 + 1_000))));
    }
    for kill in 0..kills {
        tokio::select! {
            // A life never ends but by a broken promise.
            life = lives.join_next() => life.unwrap().unwrap(),
            () = world.after(1 + usize::try_from(dice.roll(40)).unwrap()) => {}
        }
        let killed = world.gateway.send_replace(None).unwrap();
        killed.signal(Signal::SIGKILL);
        killed.gone().await;
        world.check().await;
        drop(killed);
        let again = tokio::task::spawn_blocking({
            let environment = environment.map(|(name, value)| (name, value.to_owned()));
            move || {
                let environment: Vec<_> =
                    environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
                Gateway::start_in(tempfile::tempdir().unwrap(), &environment)
            }
        });
        world.gateway.send_replace(Some(Arc::new(again.await.unwrap())));
        if kill % 20 == 19 {
            println!("{} kills, {} acknowledged", kill + 1, world.acknowledged.load(Ordering::Relaxed));
        }
    }
    world.after(20).await;
    lives.abort_all();
    println!("{} requests were acknowledged", world.acknowledged.load(Ordering::Relaxed));
}
