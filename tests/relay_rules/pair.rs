//! Two endpoints and the relay between them in simulated time, over networks that lose, reorder, duplicate, and give the
//! endpoints other addresses while they talk.

use super::{repair::ask_for_missing, *};

/// How an endpoint's address changes.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// It knows of it, and nominates the new path as a browser does (RFC 8445).
    Nominated,
    /// A translator on the way forgot its mapping: the endpoint goes on as if nothing were.
    Unnoticed,
}

const SECONDS: u32 = 20;
const FRAMES: u32 = 50 * SECONDS;

#[test]
fn two_endpoints_hear_each_other_through_loss_reordering_duplication_and_other_addresses() {
    for seed in 0..12 {
        for change in [Change::Nominated, Change::Unnoticed] {
            converse(seed, change);
        }
    }
}

fn converse(seed: u64, change: Change) {
    let mut world = World::with_seed(seed);
    world.loss = seed % 4 * 2;
    world.duplication = 5;
    world.jitter = Duration::from_millis(10 * (seed % 5));
    let ends = [world.join(1, 0, A), world.join(1, 1, B)];
    world.run_until(|world| ends.iter().all(|end| world.clients[*end].is_connected()));
    world.run_until(|world| world.count(Count::LegsConnected) == 2);
    for n in 0..FRAMES {
        // One of them moves every four seconds.
        if n % 200 == 150 {
            let mover = ends[(n / 200) as usize % 2];
            world.clients[mover].address = format!("203.0.113.7:{}", 1_000 + n).parse().unwrap();
            let check = world.clients[mover].check(matches!(change, Change::Nominated));
            world.send(mover, check);
        }
        for end in ends {
            let packet = world.clients[end].say(&n.to_be_bytes());
            world.send(end, packet);
            if n % 5 == 0 {
                ask_for_missing(&mut world, end);
            }
        }
        world.run_for(Duration::from_millis(20));
    }
    world.loss = 0;
    world.run_for(Duration::from_secs(1));

    for end in ends {
        let what = || format!("seed {seed}, {change:?}, end {end}");
        let heard: Vec<(u32, u16, u32)> = world.clients[end]
            .heard
            .iter()
            .map(|h| {
                (u32::from_be_bytes(h.payload[..].try_into().unwrap()), h.header.sequence, h.header.timestamp)
            })
            .collect();
        let (first, sequence, timestamp) = heard[0];
        assert!(
            heard.iter().all(|h| h.1.wrapping_sub(sequence) == h.0.wrapping_sub(first) as u16),
            "{}",
            what()
        );
        assert!(
            heard.iter().all(|h| h.2.wrapping_sub(timestamp) == h.0.wrapping_sub(first).wrapping_mul(960))
        );
        let mut frames: Vec<u32> = heard.iter().map(|h| h.0).collect();
        frames.sort_unstable();
        let all = frames.len();
        frames.dedup();
        assert_eq!(frames.len(), all, "a frame was heard twice: {}", what());
        // A nomination that is lost is repeated after a second; an address that changed unnoticed is followed by what is
        // heard from it. What was sent to the old one until then is lost.
        let least = match change {
            Change::Nominated => FRAMES * 94 / 100,
            Change::Unnoticed => FRAMES * 88 / 100,
        };
        assert!(all as u32 >= least, "{all} of {FRAMES}: {}", what());
        assert!(frames.last() >= Some(&(FRAMES - 5)), "not heard at the end: {}", what());
    }
    let kept =
        [Count::Legs, Count::LegsConnected, Count::HandshakesDone, Count::Calls].map(|c| world.count(c));
    assert_eq!(kept, [2, 2, 2, 1], "seed {seed}, {change:?}");
}
