//! How a sender answers reports, and that the size of its packets says nothing of what is spoken.

use std::f32::consts::TAU;

use super::*;

const GOOD: Report = Report { loss_percent: 0, queueing_ms: 0 };

fn lossy(loss_percent: u8) -> Report {
    Report { loss_percent, queueing_ms: 0 }
}

fn queueing(queueing_ms: u16) -> Report {
    Report { loss_percent: 0, queueing_ms }
}

fn sender(plan: Plan, complexity: u8) -> Sender {
    Sender::new(SenderSettings { complexity, plan, ..SenderSettings::default() }).unwrap()
}

fn sizes(sender: &mut Sender, ticks: usize, mut sound: impl FnMut(usize) -> i16) -> Vec<usize> {
    (0..ticks)
        .filter_map(|tick| {
            let pcm = std::array::from_fn(|i| sound(tick * TICK + i));
            sender.push_10ms(&pcm).unwrap().map(|frame| frame.payload.len())
        })
        .collect()
}

/// Vowels of changing pitch and colour, with pauses and hisses between: three syllables a second.
fn babble(at: usize) -> i16 {
    let time = at as f32 / 48_000.0;
    let syllable = (time * 3.0).fract();
    let pitch = 140.0 + 60.0 * (time * 1.7).sin();
    let colour = 3.0 + 4.0 * (time * 0.9).sin().abs();
    match syllable {
        ..0.6 => {
            let voice: f32 = (1..20)
                .map(|n| (TAU * pitch * time * n as f32).sin() / (1.0 + (n as f32 - colour).abs()))
                .sum();
            (5_000.0 * voice * (syllable / 0.6 * TAU / 2.0).sin()) as i16
        }
        ..0.75 => noise(at) / 8,
        _ => 0,
    }
}

fn noise(at: usize) -> i16 {
    let mixed = (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 48) as u16 as i16
}

fn loudest(at: usize) -> i16 {
    if (at / 37).is_multiple_of(2) { i16::MAX } else { i16::MIN }
}

/// Every row of the table, and the shortest frames.
fn plans() -> Vec<Plan> {
    let shortest = Plan { bitrate: 40_000, frame: FrameLength::Ms10, ..Plan::USUAL };
    ROWS.iter().map(|&(_, plan)| plan).chain([Plan::USUAL, shortest]).collect()
}

#[test]
fn packets_of_a_plan_have_one_size_whatever_is_said() {
    let sounds: [fn(usize) -> i16; 4] = [|_| 0, babble, noise, loudest];
    for plan in plans() {
        for complexity in [0, 9] {
            let mut sender = sender(plan, complexity);
            let wanted = plan.bitrate as usize * plan.frame.samples() / 48_000 / 8;
            for sound in sounds {
                let sizes = sizes(&mut sender, 120, sound);
                assert_eq!(sizes.len(), 120 * TICK / plan.frame.samples(), "one frame in its time: {plan:?}");
                assert!(sizes.iter().all(|size| *size == wanted), "{plan:?}: {sizes:?}, not {wanted}");
            }
        }
    }
}

#[test]
fn a_change_of_plan_changes_the_size_once_whatever_is_said() {
    let changes = |sound: fn(usize) -> i16| {
        let mut sender = sender(Plan::USUAL, 5);
        let mut all = sizes(&mut sender, 24, sound);
        for report in [lossy(9), queueing(200), queueing(400)] {
            sender.report(report);
            all.extend(sizes(&mut sender, 24, sound));
        }
        all
    };
    let in_silence = changes(|_| 0);
    assert_eq!(in_silence, [[80; 12].as_slice(), &[100; 12], &[100; 6], &[120; 4]].concat());
    for sound in [babble as fn(usize) -> i16, noise, loudest] {
        assert_eq!(changes(sound), in_silence);
    }
}

#[test]
fn frames_carry_copies_of_the_one_before_where_there_are_bits_for_it() {
    for plan in plans() {
        let mut sender = sender(plan, 9);
        let mut copies = 0;
        for tick in 0..300 {
            let pcm = std::array::from_fn(|i| babble(tick * TICK + i));
            if let Some(frame) = sender.push_10ms(&pcm).unwrap() {
                copies += u32::from(super::super::codec::has_lbrr(frame.payload));
            }
        }
        // At 16 kbit/s libopus finds a copy dearer than what it saves.
        assert_eq!(copies > 0, plan.bitrate > 16_000, "{plan:?}");
    }
}

#[test]
fn each_row_of_the_table_is_taken_from_its_first_figure_on() {
    let plan = |bitrate, frame, expected_loss| Plan { bitrate, frame, expected_loss };
    let full = plan(16_000, FrameLength::Ms60, 10);
    let filling = plan(20_000, FrameLength::Ms40, 10);
    for (queueing_ms, loss_percent, wanted) in [
        (300, 0, full),
        (u16::MAX, 100, full),
        (299, 0, filling),
        (150, 100, filling),
        (149, 100, plan(40_000, FrameLength::Ms20, 30)),
        (0, 20, plan(40_000, FrameLength::Ms20, 30)),
        (0, 19, plan(40_000, FrameLength::Ms20, 20)),
        (0, 8, plan(40_000, FrameLength::Ms20, 20)),
        (0, 7, plan(36_000, FrameLength::Ms20, 15)),
        (0, 2, plan(36_000, FrameLength::Ms20, 15)),
        (149, 1, Plan::USUAL),
        (0, 0, Plan::USUAL),
    ] {
        let mut sender = sender(Plan::USUAL, 0);
        sender.report(Report { loss_percent, queueing_ms });
        assert_eq!(sender.next_plan(), wanted, "{queueing_ms} ms, {loss_percent} %");
    }
}

#[test]
fn timestamps_and_sequence_follow_the_sound_across_changes_of_frame_length() {
    let mut sender = sender(Plan::USUAL, 0);
    let mut stamps = Vec::new();
    for tick in 0..14 {
        if tick == 3 {
            sender.report(queueing(400));
        }
        if let Some(frame) = sender.push_10ms(&[0; TICK]).unwrap() {
            stamps.push((tick, frame.sequence, frame.timestamp));
        }
    }
    // The frame under way is finished as it was begun.
    assert_eq!(stamps, [(1, 0, 0), (3, 1, 960), (9, 2, 1_920)]);
}

#[test]
fn worse_is_answered_at_once_and_better_with_patience() {
    let mut sender = sender(Plan::USUAL, 0);
    sender.report(lossy(12));
    let careful = sender.next_plan();
    assert_eq!(careful.expected_loss, 20);
    for _ in 1..Sender::PATIENCE {
        sender.report(GOOD);
        assert_eq!(sender.next_plan(), careful);
    }
    sender.report(GOOD);
    assert_eq!(sender.next_plan(), Plan::USUAL);
}

#[test]
fn a_full_path_is_not_given_more_bits_because_it_loses() {
    let mut sender = sender(Plan::USUAL, 0);
    sender.report(queueing(350));
    let least = sender.next_plan();
    // What stood in the queue is gone, and what did not fit in it is reported as lost.
    for _ in 1..Sender::PATIENCE {
        sender.report(lossy(25));
        assert_eq!(sender.next_plan(), least);
    }
    sender.report(lossy(25));
    assert_eq!(sender.next_plan().bitrate, 20_000, "step by step");
}

#[test]
fn better_goes_no_further_than_the_worst_of_the_reports_that_allow_it() {
    let mut sender = sender(Plan::USUAL, 0);
    sender.report(lossy(25));
    sender.report(lossy(10));
    for _ in 1..Sender::PATIENCE {
        sender.report(GOOD);
    }
    assert_eq!(sender.next_plan().expected_loss, 20);
}

#[test]
fn reports_on_the_border_of_two_rows_change_the_plan_once() {
    let mut sender = sender(Plan::USUAL, 0);
    let mut changes = 0;
    for number in 0..600 {
        let before = sender.next_plan();
        sender.report(if number % 4 == 0 { lossy(8) } else { lossy(7) });
        changes += u32::from(sender.next_plan() != before);
    }
    assert_eq!(changes, 1);
}

/// A path that the usual plan fills and a smaller one does not: what the sender does is what it is told of next.
#[test]
fn a_path_too_small_for_the_usual_plan_is_tried_ever_more_seldom() {
    let mut sender = sender(Plan::USUAL, 0);
    let mut changes = Vec::new();
    for second in 0..600 {
        let before = sender.next_plan();
        sender.report(if before.bitrate > 20_000 { queueing(200) } else { GOOD });
        if sender.next_plan() != before {
            changes.push(second);
        }
    }
    assert!(changes.len() < 30, "{changes:?}");
    let last = &changes[changes.len() - 4..];
    assert!(last[3] - last[1] >= i32::from(Sender::MOST_PATIENCE), "{changes:?}");
}

#[test]
fn what_it_was_started_with_is_what_it_comes_back_to() {
    let plan = Plan { bitrate: 24_000, frame: FrameLength::Ms10, expected_loss: 10 };
    let mut sender = sender(plan, 0);
    for _ in 0..10 {
        sender.report(GOOD);
        assert_eq!(sender.next_plan(), plan);
    }
    sender.report(lossy(30));
    assert_ne!(sender.next_plan(), plan);
    for _ in 0..Sender::PATIENCE {
        sender.report(GOOD);
    }
    assert_eq!(sender.next_plan(), plan);
}
