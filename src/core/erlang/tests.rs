//! Against what others have published, and against a simulation of the same people.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::*;

fn close(got: f64, expected: f64, by: f64) {
    assert!((got - expected).abs() <= by, "{got} is not {expected}");
}

#[test]
fn erlang_c_is_as_published() {
    // pyworkforce's manual: 100 calls in 30 minutes of 3 minutes, 14 people, 20 s.
    let load = Load { callers_per_hour: 200.0, handling_s: 180.0, patience_s: None };
    let outlook = load.outlook(14, 20.0).unwrap();
    close(outlook.waits, 0.174_131_933_595_049_8, 1e-12);
    close(outlook.in_time, 0.888_350_019_179_466_9, 1e-12);
    close(outlook.occupancy, 0.714_285_714_285_714_3, 1e-12);
    // Westbay Engineers, "The Erlang-C formula": 360 calls in half an hour of 4 minutes, 55 people, 15 s.
    let load = Load { callers_per_hour: 720.0, handling_s: 240.0, patience_s: None };
    let outlook = load.outlook(55, 15.0).unwrap();
    close(outlook.occupancy, 0.873, 0.000_5);
    close(outlook.waits, 0.239, 0.000_5);
    close(outlook.mean_wait_s, 8.2, 0.05);
    close(outlook.in_time, 0.846, 0.000_5);
}

#[test]
fn erlang_a_is_as_published() {
    // Garnett, Mandelbaum, Reiman (2002), table 1: 48 calls a minute of one minute, 50 people, patience of two minutes.
    let load = Load { callers_per_hour: 2_880.0, handling_s: 60.0, patience_s: None };
    let patient = load.outlook(50, 20.0).unwrap();
    close(patient.mean_wait_s, 20.8, 0.05);
    close(patient.occupancy, 0.96, 0.005);
    let impatient = Load { patience_s: Some(120.0), ..load }.outlook(50, 20.0).unwrap();
    close(impatient.leaves, 0.031, 0.000_5);
    close(impatient.mean_wait_s, 3.7, 0.05);
    close(impatient.occupancy, 0.93, 0.005);
}

#[test]
fn callers_of_endless_patience_are_those_of_erlang_c() {
    let patient = Load { callers_per_hour: 12.0, handling_s: 2_400.0, patience_s: None };
    let nearly = Load { patience_s: Some(1e8), ..patient };
    let (one, other) = (patient.outlook(10, 20.0).unwrap(), nearly.outlook(10, 20.0).unwrap());
    close(one.waits, other.waits, 1e-4);
    close(one.in_time, other.in_time, 1e-4);
    close(one.mean_wait_s, other.mean_wait_s, 0.1);
}

#[test]
fn more_work_takes_no_fewer_people_and_no_more_than_it_takes() {
    let target = Target { within_s: 20.0, in_time: 0.9, occupancy: 0.85 };
    for patience_s in [None, Some(180.0)] {
        let mut last = 1;
        for callers in 0..60 {
            let load = Load { callers_per_hour: f64::from(callers), handling_s: 2_340.0, patience_s };
            let (people, outlook) = load.people_for(&target).unwrap();
            assert!(people >= last && outlook.in_time >= 0.9 && outlook.occupancy <= 0.85);
            let fewer = (people > 1).then(|| load.outlook(people - 1, 20.0)).flatten();
            assert!(fewer.is_none_or(|fewer| fewer.in_time < 0.9 || fewer.occupancy > 0.85));
            last = people;
        }
    }
    let endless = Load { callers_per_hour: 1e6, handling_s: 3_600.0, patience_s: None };
    assert_eq!(endless.people_for(&target), None);
    assert_eq!(endless.outlook(10, 20.0), None);
}

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn exponential(&mut self, mean: f64) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let uniform = ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
        -mean * (1.0 - uniform).ln()
    }
}

/// One caller after the other: who comes, waits for the first who is free, and leaves when patience ends before.
fn simulate(load: &Load, people: u32, within_s: f64, callers: u32) -> Outlook {
    let mut chance = Chance(20_261_122);
    let micros = |seconds: f64| (seconds * 1e6) as u64;
    let mut free: BinaryHeap<Reverse<u64>> = (0..people).map(|_| Reverse(0)).collect();
    let mut now = 0.0;
    let (mut waited, mut in_time, mut left, mut busy, mut waits) = (0.0, 0_u32, 0_u32, 0.0, 0_u32);
    for _ in 0..callers {
        now += chance.exponential(3_600.0 / load.callers_per_hour);
        let patience = load.patience_s.map_or(f64::INFINITY, |mean| chance.exponential(mean));
        let Reverse(next) = *free.peek().unwrap();
        // First come, first served: whoever is before them has taken their place in `free` already, or has left.
        let wait = (next as f64 / 1e6 - now).max(0.0);
        waits += u32::from(wait > 0.0);
        waited += wait.min(patience);
        if wait > patience {
            left += 1;
            continue;
        }
        in_time += u32::from(wait <= within_s);
        let handling = chance.exponential(load.handling_s);
        busy += handling;
        free.pop();
        free.push(Reverse(micros(now + wait + handling)));
    }
    let share = |many: u32| f64::from(many) / f64::from(callers);
    Outlook {
        waits: share(waits),
        in_time: share(in_time),
        leaves: share(left),
        mean_wait_s: waited / f64::from(callers),
        occupancy: busy / (now * f64::from(people)),
    }
}

#[test]
fn a_simulation_of_the_same_people_comes_to_the_same() {
    let crisis_line = Load { callers_per_hour: 9.0, handling_s: 2_340.0, patience_s: Some(240.0) };
    let busy_centre = Load { callers_per_hour: 2_880.0, handling_s: 60.0, patience_s: Some(120.0) };
    let patient = Load { callers_per_hour: 9.0, handling_s: 2_340.0, patience_s: None };
    for (load, people) in [(crisis_line, 5), (crisis_line, 8), (busy_centre, 50), (patient, 9)] {
        let (expected, seen) = (load.outlook(people, 20.0).unwrap(), simulate(&load, people, 20.0, 400_000));
        close(seen.waits, expected.waits, 0.01);
        close(seen.in_time, expected.in_time, 0.01);
        close(seen.leaves, expected.leaves, 0.005);
        close(seen.occupancy, expected.occupancy, 0.01);
        close(seen.mean_wait_s, expected.mean_wait_s, 0.05 * expected.mean_wait_s.max(10.0));
    }
}
