//! Random histories: nobody is lost, nobody is doubled, nobody is overtaken, and a record ends only explicitly.
//!
//! `QUIETLINE_HISTORIES` says how many, `QUIETLINE_SEED` begins with a seed that was printed before.

use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner},
};

use super::{
    promises::{Broken, Bug, Watched},
    *,
};
use crate::core::{
    figures::Heard,
    ids::Slot,
    staff::Pause,
    talk::{Manner, Wanted},
};

/// Three counsellors, the third with two consoles; a clinician with two; a supervisor.
const DESKS: u8 = 7;
/// How many histories a test run goes through.
const HISTORIES: u32 = 1_000;

fn person_of(desk: u8) -> (u8, Role) {
    match desk {
        0 | 1 => (desk + 1, Role::Counsellor),
        2 | 3 => (3, Role::Counsellor),
        4 | 5 => (4, Role::Clinician),
        _ => (5, Role::Supervisor),
    }
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    Join(bool),
    CallerLost(usize),
    CallerBack(usize),
    Leave(usize, bool),
    AskAnother(usize),
    SignIn(u8),
    DeskLost(u8),
    Available(u8),
    Unavailable(u8),
    Pause(u8),
    Accept(u8),
    /// An answer to any offer that ever was.
    AcceptAny(u8, usize),
    /// An answer that comes in the moment in which the offer runs out.
    AcceptLate(u8),
    Pass(u8),
    End(u8),
    WrapUpDone(u8, bool),
    /// How the call sounded.
    Hear(u8, [u16; 5]),
    Talk(u8, Act),
    Advance(u64),
    Restart,
}

/// What is done in a call of more than two.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    AskHelp,
    TakeHelp,
    Invite(bool, bool),
    Cancel,
    BringIn,
    EndConsult,
    HandOver(u8),
    TakeCharge,
    Leave,
    Dismiss(u8),
    Package,
    Commit,
}

fn act() -> impl Strategy<Value = Act> {
    let slot = 0..4_u8;
    prop_oneof![
        1 => Just(Act::AskHelp),
        1 => Just(Act::TakeHelp),
        6 => (any::<bool>(), any::<bool>()).prop_map(|(join, person)| Act::Invite(join, person)),
        1 => Just(Act::Cancel),
        2 => Just(Act::BringIn),
        1 => Just(Act::EndConsult),
        3 => slot.clone().prop_map(Act::HandOver),
        1 => Just(Act::TakeCharge),
        1 => Just(Act::Leave),
        1 => slot.prop_map(Act::Dismiss),
        3 => Just(Act::Package),
        5 => Just(Act::Commit),
    ]
}

/// A console says how its call sounded.
pub(super) fn hear() -> impl Strategy<Value = Step> {
    (0..DESKS, any::<[u16; 5]>()).prop_map(|(desk, seconds)| Step::Hear(desk, seconds))
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let (call, desk) = (0..64_usize, 0..DESKS);
    prop_oneof![
        4 => any::<bool>().prop_map(Step::Join),
        2 => call.clone().prop_map(Step::CallerLost),
        3 => call.clone().prop_map(Step::CallerBack),
        2 => (call.clone(), any::<bool>()).prop_map(|(call, quick)| Step::Leave(call, quick)),
        1 => call.clone().prop_map(Step::AskAnother),
        6 => desk.clone().prop_map(Step::SignIn),
        2 => desk.clone().prop_map(Step::DeskLost),
        8 => desk.clone().prop_map(Step::Available),
        1 => desk.clone().prop_map(Step::Unavailable),
        1 => desk.clone().prop_map(Step::Pause),
        8 => desk.clone().prop_map(Step::Accept),
        2 => (desk.clone(), call).prop_map(|(desk, offer)| Step::AcceptAny(desk, offer)),
        1 => desk.clone().prop_map(Step::AcceptLate),
        2 => desk.clone().prop_map(Step::Pass),
        2 => desk.clone().prop_map(Step::End),
        3 => (desk.clone(), any::<bool>()).prop_map(|(desk, available)| Step::WrapUpDone(desk, available)),
        12 => (desk, act()).prop_map(|(desk, act)| Step::Talk(desk, act)),
        6 => prop_oneof![0..5_u64, 5..30_u64, 30..700_u64].prop_map(Step::Advance),
        1 => Just(Step::Restart),
    ]
}

/// What somebody at that console would ask, if they did that in the call that they are in.
fn in_talk(world: &Watched, desk: u8, act: Act) -> Option<Command> {
    let (device, line) = (device(desk), &world.service.line);
    let slot = |number| Slot::new(number).unwrap();
    let call = match act {
        Act::TakeHelp => line.calls().find(|call| call.talk().is_some_and(|talk| talk.help.is_some()))?.id,
        _ => line.desk(device)?.call()?,
    };
    let talk = line.call(call)?.talk()?;
    let room = talk.aside_of_guest(device).map_or(call, |aside| aside.id);
    Some(match act {
        Act::AskHelp => Command::AskHelp { device, call },
        Act::TakeHelp => Command::TakeHelp { device, call },
        Act::Invite(join, person) => Command::Invite {
            device,
            call,
            wanted: if person {
                Wanted::Person { staff: staff(4) }
            } else {
                Wanted::Next { role: Role::Clinician }
            },
            manner: if join { Manner::Join } else { Manner::Consult },
        },
        Act::Cancel => Command::CancelInvite { device, call },
        Act::BringIn => Command::BringIn { device, call },
        Act::EndConsult => Command::EndConsult { device, call: room },
        Act::HandOver(to) => Command::HandOver { device, call, to: slot(to) },
        Act::TakeCharge => Command::TakeCharge { device, call },
        Act::Leave => Command::LeaveCall { device, call: room },
        Act::Dismiss(whom) => Command::Dismiss { device, call, slot: slot(whom) },
        Act::Package => Command::StaffPackage { device, call: room, key_package: "fresh".to_owned() },
        Act::Commit => {
            let (_, room_now) = line.room(room)?;
            let (group, from) = (room_now.group(), room_now.seat(device)?);
            let added: Vec<Slot> =
                Slot::all().filter(|slot| *slot != from && group.package(*slot).is_some()).collect();
            let removed = if added.is_empty() {
                Slot::all().filter(|slot| group.holds_leaver(*slot)).collect()
            } else {
                Vec::new()
            };
            let fits = |epoch: &u64| {
                let (added, removed) = (added.clone(), removed.clone());
                let commit = Command::Commit { call: room, from, epoch: *epoch, added, removed };
                line.decide(commit, world.service.now).is_ok()
            };
            let epoch = (0..20).find(fits)?;
            Command::Commit { call: room, from, epoch, added, removed }
        }
    })
}

fn run(steps: &[Step], bug: Option<Bug>) -> Result<(), Broken> {
    go(&mut Watched::new(Service::new(), bug), steps)
}

/// Goes through a history in that world.
pub(super) fn go(world: &mut Watched, steps: &[Step]) -> Result<(), Broken> {
    let mut offers: Vec<OfferId> = Vec::new();
    for step in steps {
        let calls: Vec<CallId> = world.observer.tickets.keys().copied().collect();
        let pick = |index: &usize| calls.get(*index % calls.len().max(1)).copied();
        let line = &world.service.line;
        let call_of = |desk: u8| match line.desk(device(desk)).map(|desk| desk.duty) {
            Some(Duty::OnCall { call } | Duty::WrapUp { call, .. } | Duty::Ringing { call, .. }) => {
                Some(call)
            }
            _ => None,
        };
        let offer_of = |desk: u8| world.service.rings_for(device(desk)).map(|(_, offer)| offer);
        let accept = |desk: u8, offer| Command::Accept { device: device(desk), offer };
        let command = match step {
            Step::Join(first) => {
                let mut command = join(world.service.fresh());
                if let Command::Join { priority, .. } = &mut command
                    && *first
                {
                    *priority = Priority::First;
                }
                Some(command)
            }
            Step::CallerLost(index) => pick(index).map(|call| Command::CallerLost { call }),
            Step::CallerBack(index) => pick(index).map(|call| Command::CallerBack { call }),
            Step::Leave(index, quick) => pick(index).map(|call| Command::Leave { call, quick: *quick }),
            Step::AskAnother(index) => {
                pick(index).map(|call| Command::AskAnother { call, key_package: "fresh".to_owned() })
            }
            Step::SignIn(desk) => {
                let (person, role) = person_of(*desk);
                let name = format!("Sam {person}");
                Some(Command::SignIn { device: device(*desk), staff: staff(person), name, role })
            }
            Step::DeskLost(desk) => {
                Some(Command::DeskLost { device: device(*desk), since: world.service.now })
            }
            Step::Available(desk) => Some(Command::Available { device: device(*desk) }),
            Step::Unavailable(desk) => Some(Command::Unavailable { device: device(*desk) }),
            Step::Pause(desk) => Some(Command::Pause { device: device(*desk), why: Pause::Break }),
            Step::Accept(desk) => offer_of(*desk).map(|offer| accept(*desk, offer)),
            Step::AcceptAny(desk, index) => {
                offers.get(*index % offers.len().max(1)).map(|offer| accept(*desk, *offer))
            }
            Step::AcceptLate(desk) => {
                let command = offer_of(*desk).map(|offer| accept(*desk, offer));
                let offer =
                    call_of(*desk).and_then(|call| line.call(call)?.offer().map(|offer| offer.expires));
                if let Some(expires) = offer {
                    world.service.now = world.service.now.max(expires);
                }
                command
            }
            Step::Pass(desk) => offer_of(*desk).map(|offer| Command::Pass { device: device(*desk), offer }),
            Step::End(desk) => call_of(*desk).map(|call| Command::End { device: device(*desk), call }),
            Step::WrapUpDone(desk, available) => call_of(*desk).map(|call| Command::WrapUpDone {
                device: device(*desk),
                call,
                available: *available,
            }),
            Step::Hear(desk, seconds) => {
                let [good_s, gaps_here_s, gaps_there_s, gaps_both_s, late_s] =
                    seconds.map(|seconds| u32::from(seconds % 200));
                let heard = Heard { good_s, gaps_here_s, gaps_there_s, gaps_both_s, late_s };
                // Mostly it is said where a call is over; elsewhere it is refused.
                let wraps_up = |number: &u8| {
                    let desk = line.desk(device(*number));
                    desk.is_some_and(|desk| matches!(desk.duty, Duty::WrapUp { .. }))
                };
                let desk = (0..DESKS).find(wraps_up).unwrap_or(*desk);
                call_of(desk).map(|call| Command::Hear { device: device(desk), call, heard })
            }
            Step::Talk(desk, act) => in_talk(world, *desk, *act),
            Step::Advance(seconds) => {
                world.service.pass(Duration::from_secs(*seconds));
                None
            }
            Step::Restart => {
                world.service.restart();
                let Service { line, now, .. } = &world.service;
                world.keeper.iter_mut().for_each(|keeper| keeper.restart(line, *now));
                None
            }
        };
        if let Some(command) = command {
            world.ask(command)?;
        }
        world.settle()?;
        world.check()?;
        offers.extend(world.service.line.calls().filter_map(|call| call.offer()).map(|offer| offer.id));
        offers.dedup();
    }
    Ok(())
}

/// Goes through that many random histories. The seed is printed.
fn histories(cases: u32, bug: Option<Bug>) -> Result<(), String> {
    // Given when the test is built: `core` reads no environment, its tests included.
    let seed: u64 = match option_env!("QUIETLINE_SEED") {
        Some(seed) => seed.parse().expect("QUIETLINE_SEED is a number"),
        None => TestRunner::default().rng().random(),
    };
    println!("{cases} histories, QUIETLINE_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let outcome = runner
        .run(&prop::collection::vec(step(), 1..120), |steps| run(&steps, bug).map_err(TestCaseError::fail));
    match outcome {
        Ok(()) => Ok(()),
        Err(TestError::Fail(reason, steps)) => Err(format!("{reason}, by {steps:?}")),
        Err(TestError::Abort(reason)) => Err(reason.to_string()),
    }
}

#[test]
fn nobody_is_lost_doubled_or_overtaken() {
    let cases = option_env!("QUIETLINE_HISTORIES").and_then(|many| many.parse().ok());
    if let Err(broken) = histories(cases.unwrap_or(HISTORIES), None) {
        panic!("{broken}");
    }
}

#[test]
fn random_histories_find_each_deliberate_bug() {
    for bug in Bug::ALL {
        let found = histories(HISTORIES, Some(bug)).err();
        let found = found.unwrap_or_else(|| panic!("{bug:?} was not found"));
        println!(
            "{bug:?}: {}",
            found.lines().next().unwrap_or_default().chars().take(90).collect::<String>()
        );
    }
}
