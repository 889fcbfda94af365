//! Random histories: nobody is lost, nobody is doubled, nobody is overtaken, and a record ends only explicitly.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::core::{call::Ending, queue::Ticket};

/// Three people; the third has two consoles.
const DESKS: u8 = 4;

fn person_of(desk: u8) -> u8 {
    desk.min(2) + 1
}

#[derive(Debug, Clone)]
enum Step {
    Join,
    CallerLost(usize),
    CallerBack(usize),
    Leave(usize, bool),
    SignIn(u8),
    DeskLost(u8),
    Available(u8),
    Unavailable(u8),
    Accept(u8),
    /// An answer to any offer that ever was.
    AcceptAny(u8, usize),
    Pass(u8),
    End(u8),
    WrapUpDone(u8, bool),
    Advance(u64),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let (call, desk) = (0..64_usize, 0..DESKS);
    prop_oneof![
        4 => Just(Step::Join),
        2 => call.clone().prop_map(Step::CallerLost),
        3 => call.clone().prop_map(Step::CallerBack),
        2 => (call.clone(), any::<bool>()).prop_map(|(call, quick)| Step::Leave(call, quick)),
        4 => desk.clone().prop_map(Step::SignIn),
        2 => desk.clone().prop_map(Step::DeskLost),
        5 => desk.clone().prop_map(Step::Available),
        1 => desk.clone().prop_map(Step::Unavailable),
        5 => desk.clone().prop_map(Step::Accept),
        2 => (desk.clone(), call).prop_map(|(desk, offer)| Step::AcceptAny(desk, offer)),
        2 => desk.clone().prop_map(Step::Pass),
        3 => desk.clone().prop_map(Step::End),
        3 => (desk, any::<bool>()).prop_map(|(desk, available)| Step::WrapUpDone(desk, available)),
        6 => prop_oneof![0..5_u64, 5..30_u64, 30..700_u64].prop_map(Step::Advance),
        1 => Just(Step::Restart),
    ]
}

/// What an observer knows of a history, apart from the line's own state.
#[derive(Default)]
struct Observer {
    tickets: BTreeMap<CallId, Ticket>,
    ended: BTreeSet<CallId>,
    forgotten: BTreeSet<CallId>,
    calls: Vec<CallId>,
    offers: Vec<OfferId>,
}

impl Observer {
    fn see(&mut self, events: &[Event], may_end: impl Fn(CallId, Ending) -> bool) {
        for event in events {
            match event {
                Event::Joined { call, ticket, .. } => {
                    let mut live = self.tickets.iter().filter(|(call, _)| !self.ended.contains(call));
                    assert!(live.all(|(_, other)| other < ticket), "a ticket before an older one");
                    self.tickets.insert(*call, *ticket);
                    self.calls.push(*call);
                }
                Event::Offered { offer, .. } => self.offers.push(offer.id),
                Event::Ended { call, by, .. } => {
                    assert!(self.ended.insert(*call), "ended twice");
                    assert!(may_end(*call, *by), "{call} ended by {by:?} for no reason");
                }
                Event::Forgotten { call } => {
                    assert!(self.ended.contains(call), "forgotten but not ended");
                    self.forgotten.insert(*call);
                }
                _ => {}
            }
        }
    }

    fn check(&self, service: &Service) {
        let line = &service.line;
        line.check().unwrap();
        let present: BTreeSet<CallId> = line.calls().map(|call| call.id).collect();
        let remembered: BTreeSet<CallId> =
            self.calls.iter().filter(|call| !self.forgotten.contains(call)).copied().collect();
        assert_eq!(present, remembered, "somebody is lost");
        for call in line.calls() {
            assert_eq!(
                call.is_ended(),
                self.ended.contains(&call.id),
                "ended without an event, or not ended"
            );
            assert_eq!(call.ticket, self.tickets[&call.id], "another ticket");
            if let Some(offer) = call.offer() {
                assert!(offer.expires > service.now, "an offer outlives its time");
            }
        }
        let waiting: Vec<CallId> = line.queue().iter().map(|(_, call)| call).collect();
        let mut in_line: Vec<CallId> =
            line.calls().filter(|call| call.is_in_line()).map(|call| call.id).collect();
        in_line.sort_by_key(|call| self.tickets[call]);
        assert_eq!(waiting, in_line, "the queue is not who waits");
        let mut busy = BTreeSet::new();
        for desk in line.desks().filter(|desk| desk.call().is_some()) {
            assert!(busy.insert(desk.staff), "a person with two callers");
        }
        for desk in line.desks() {
            let gone = matches!(desk.link, crate::core::call::Link::Lost { since }
                if since + line.rules().presence <= service.now);
            assert!(!(gone && matches!(desk.duty, Duty::Available { .. } | Duty::Ringing { .. })));
        }
    }
}

/// Offers one after another, and sees to it that none passes over an earlier caller who could have had that counsellor.
fn offer_all(service: &mut Service, observer: &mut Observer) {
    while let Some((call, device)) = service.line.next_match(service.now) {
        let staff = service.line.desk(device).unwrap().staff;
        for (_, earlier) in service.line.queue().iter().take_while(|(_, id)| *id != call) {
            let record = service.line.call(earlier).unwrap();
            let Phase::Waiting { place } = &record.phase else { continue };
            let resting = place.declined.get(&staff).is_some_and(|until| *until > service.now);
            assert!(!record.link.is_up() || resting, "{call} overtakes {earlier}");
        }
        let offer = OfferId::from_random(service.fresh());
        let events = service.give(Command::Offer { offer, call, device }).unwrap();
        observer.see(&events, |_, _| false);
    }
    let free = service.line.desks().filter(|desk| {
        matches!(desk.duty, Duty::Available { .. })
            && desk.link.is_up()
            && !service.line.desks().any(|other| other.staff == desk.staff && other.engages())
    });
    for desk in free {
        for call in service.line.calls().filter(|call| call.link.is_up()) {
            let Phase::Waiting { place } = &call.phase else { continue };
            let resting = place.declined.get(&desk.staff).is_some_and(|until| *until > service.now);
            assert!(resting, "{} waits while {} is free", call.id, desk.device);
        }
    }
}

fn run(steps: &[Step]) {
    let mut service = Service::new();
    let mut observer = Observer::default();
    for step in steps {
        let pick = |index: &usize| observer.calls.get(*index % observer.calls.len().max(1)).copied();
        let call_of = |desk: u8| match service.line.desk(device(desk)).map(|desk| desk.duty) {
            Some(Duty::OnCall { call } | Duty::WrapUp { call, .. } | Duty::Ringing { call, .. }) => {
                Some(call)
            }
            _ => None,
        };
        let offer_of = |desk: u8| service.rings_for(device(desk)).map(|(_, offer)| offer);
        let command = match step {
            Step::Join => {
                let id = service.fresh();
                let mut session = [0; 32];
                session[..16].copy_from_slice(&id);
                Some(Command::Join {
                    call: CallId::from_random(id),
                    session: SessionHash(session),
                    key_package: "package".to_owned(),
                })
            }
            Step::CallerLost(index) => pick(index).map(|call| Command::CallerLost { call }),
            Step::CallerBack(index) => pick(index).map(|call| Command::CallerBack { call }),
            Step::Leave(index, quick) => pick(index).map(|call| Command::Leave { call, quick: *quick }),
            Step::SignIn(desk) => Some(Command::SignIn {
                device: device(*desk),
                staff: StaffId::from_random([person_of(*desk); 16]),
                name: "Sam".to_owned(),
                role: Role::Counsellor,
            }),
            Step::DeskLost(desk) => Some(Command::DeskLost { device: device(*desk), since: service.now }),
            Step::Available(desk) => Some(Command::Available { device: device(*desk) }),
            Step::Unavailable(desk) => Some(Command::Unavailable { device: device(*desk) }),
            Step::Accept(desk) => {
                offer_of(*desk).map(|offer| Command::Accept { device: device(*desk), offer })
            }
            Step::AcceptAny(desk, index) => observer
                .offers
                .get(*index % observer.offers.len().max(1))
                .map(|offer| Command::Accept { device: device(*desk), offer: *offer }),
            Step::Pass(desk) => offer_of(*desk).map(|offer| Command::Pass { device: device(*desk), offer }),
            Step::End(desk) => call_of(*desk).map(|call| Command::End { device: device(*desk), call }),
            Step::WrapUpDone(desk, available) => call_of(*desk).map(|call| Command::WrapUpDone {
                device: device(*desk),
                call,
                available: *available,
            }),
            Step::Advance(seconds) => {
                service.pass(Duration::from_secs(*seconds));
                None
            }
            Step::Restart => {
                service.restart();
                None
            }
        };
        if let Some(command) = command {
            let asked = command.clone();
            // A refusal is an answer too: it must only change nothing.
            if let Ok(events) = service.give(command) {
                observer.see(&events, |ended, by| match asked {
                    Command::Leave { call, quick: false } => call == ended && by == Ending::Caller,
                    Command::Leave { call, quick: true } => call == ended && by == Ending::QuickExit,
                    Command::End { call, .. } => {
                        call == ended && matches!(by, Ending::Counsellor | Ending::Lost)
                    }
                    _ => false,
                });
            }
        }
        while let Some(command) = service.line.due(service.now) {
            let before = service.line.clone();
            let events = service.give(command).unwrap();
            observer.see(&events, |call, by| by == Ending::Lost && !before.call(call).unwrap().link.is_up());
        }
        offer_all(&mut service, &mut observer);
        observer.check(&service);
        let wake = service.line.wake_at(service.now);
        assert!(wake.is_none_or(|at| at > service.now), "something is due that `due` does not name");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_lost_doubled_or_overtaken(steps in prop::collection::vec(step(), 1..120)) {
        run(&steps);
    }
}
