//! What an MLS member and a sealed frame cost: `cargo bench --bench e2ee_members`. Prints; asserts nothing on times.

use std::{
    fs,
    hint::black_box,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use quietline::e2ee::{
    AuthorityKey, Member, MemberOptions, Role, SigningKeys, StaffGrant,
    sframe::{FrameReceiver, FrameSender},
};

const CALLS: u32 = 1_000;
const FRAMES: u32 = 200_000;
/// An Opus frame of 20 ms at 32 kbit/s.
const FRAME: [u8; 80] = [7; 80];

fn main() {
    let authority = AuthorityKey::generate().expect("a key");
    let mut steps = [
        ("KeyPackage", Duration::ZERO),
        ("create and add", Duration::ZERO),
        ("confirm", Duration::ZERO),
        ("join", Duration::ZERO),
    ];
    let mut calls = Vec::new();
    let before = resident();
    for number in 0..CALLS {
        let (mut sam, mut caller) = members(&authority, number);
        let key_package = timed(&mut steps[0].1, || caller.key_package(now()).expect("a KeyPackage"));
        let pending = timed(&mut steps[1].1, || sam.prepare_group(&key_package, now()).expect("a group"));
        timed(&mut steps[2].1, || sam.confirm().expect("an epoch"));
        let welcome = pending.welcome.expect("a Welcome");
        timed(&mut steps[3].1, || caller.join(&welcome, now()).expect("an epoch"));
        calls.push((sam, caller));
    }
    println!(
        "one member in a call of two: {} KiB resident",
        (resident() - before) / u64::from(2 * CALLS) / 1024
    );
    for (step, total) in steps {
        println!("{step}: {:?}", total / CALLS);
    }
    let mut data = Duration::ZERO;
    for (sam, caller) in &mut calls {
        timed(&mut data, || {
            let message = sam.seal(b"words").expect("a message");
            caller.open(&message).expect("data")
        });
    }
    println!("application data, seal and open: {:?}", data / CALLS);
    frames();
}

fn frames() {
    let mut sender = FrameSender::new(&[1; 16], 1, 0).expect("a sender");
    let mut receiver = FrameReceiver::new();
    receiver.install(1, &[1; 16], [(0, 0)]).expect("a key");
    let (mut sealed, mut frame) = (Vec::new(), Vec::new());
    let (mut sealing, mut opening) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..FRAMES {
        timed(&mut sealing, || sender.seal(&FRAME, &mut sealed).expect("a sealed frame"));
        timed(&mut opening, || receiver.open(0, &sealed, 0, &mut frame).expect("a frame"));
        black_box(&frame);
    }
    println!("a frame: seal {:?}, open {:?}", sealing / FRAMES, opening / FRAMES);
}

fn members(authority: &AuthorityKey, number: u32) -> (Member, Member) {
    let seed = |who: u8| {
        let mut seed = [who; 32];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        SigningKeys::from_seed(&seed).expect("keys")
    };
    let (sam, caller) = (seed(1), seed(2));
    let grant = StaffGrant {
        staff: [1; 16],
        name: "Sam".into(),
        role: Role::Counsellor,
        device_key: *sam.public(),
        issued_at: now() / 1000,
        expires_at: now() / 1000 + 3600,
    };
    let credential = Some(authority.issue(&grant).expect("a credential"));
    let member = |keys, credential| {
        let options = MemberOptions {
            call: u128::from(number).to_be_bytes(),
            authority: authority.public(),
            keys,
            credential,
        };
        Member::new(options, now()).expect("a member")
    };
    (member(sam, credential), member(caller, None))
}

#[allow(clippy::disallowed_methods, reason = "a bench measures time")]
fn timed<T>(total: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *total += start.elapsed();
    result
}

#[allow(clippy::disallowed_methods, reason = "openmls compares lifetimes with this clock")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// Bytes of this process in memory.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or_default() * 4096
}
