//! Every state that small casts can get into, with a crash, a duplicate, a delay and an unknown outcome after every step: two
//! callers and a counsellor, a call into which others come, and (not in CI) three callers and two counsellors.
//!
//! A breadth-first search over states in a canonical form: ids and ticket numbers by their order, times by what is left of
//! them. All spans are a second or two, so that timers run out in every order that is possible. An answer may come at any time
//! and name an offer that is over: that is what delays and duplicates amount to, as ids are only compared and one that is over
//! is like any other that is over. A crash comes before the change was durable, or after it and before
//! anybody was told: then whoever asked asks again.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet, VecDeque},
    fmt::Write as _,
    hash::{DefaultHasher, Hash, Hasher},
};

use super::{
    promises::{Broken, Bug, Watched},
    *,
};
use crate::core::{
    call::Link,
    ids::Slot,
    queue::Ticket,
    talk::{Manner, Wanted},
};

const SECOND: Duration = Duration::from_secs(1);

/// `hold`: for how long a place and a call are held.
fn rules(hold: Duration) -> Rules {
    Rules {
        fields: Default::default(),
        ring: SECOND,
        rest: SECOND,
        skill_wait: SECOND,
        help_escalates: hold,
        hold_call: hold,
        hold_place: hold,
        presence: SECOND,
        misses_allowed: 2,
        max_waiting: 3,
        keep_ended: SECOND,
    }
}

/// Who there is.
#[derive(Debug, Clone)]
struct Cast {
    callers: u8,
    /// Each with a console of that number.
    staff: Vec<Role>,
    /// Whether others come into calls.
    talks: bool,
    hold: Duration,
}

/// A state of the world.
#[derive(Debug, Clone)]
struct World {
    watched: Watched,
    joined: u8,
}

/// An offer that is over.
const OVER: OfferId = OfferId::from_random([0xff; 16]);

/// What was found.
#[derive(Debug, Default)]
struct Found {
    states: usize,
    steps: usize,
    longest: u16,
    /// States that were reached and not gone on from, because there were more than the limit.
    left: usize,
}

#[derive(Debug, Clone)]
enum Step {
    Ask(Command),
    /// An answer that comes in the moment in which the next timer runs out.
    AskLate(Command),
    /// The next timer runs out.
    Wait,
    Crash,
}

fn caller(number: u8) -> [u8; 16] {
    [100 + number; 16]
}

impl World {
    fn new(cast: &Cast, bug: Option<Bug>) -> Self {
        let mut service = Service::new();
        service.line = Line::new(rules(cast.hold));
        Self { watched: Watched::new(service, bug), joined: 0 }
    }

    fn line(&self) -> &Line {
        &self.watched.service.line
    }

    /// Everything that anybody could do now. What is refused is found out by asking.
    fn steps(&self, cast: &Cast) -> Vec<Step> {
        let mut asked = Vec::new();
        if self.joined < cast.callers {
            asked.push(join(caller(self.joined)));
        }
        for call in self.line().calls().filter(|call| !call.is_ended()) {
            let id = call.id;
            asked.push(Command::Leave { call: id, quick: false });
            asked.push(match call.link {
                Link::Up => Command::CallerLost { call: id },
                Link::Lost { .. } => Command::CallerBack { call: id },
            });
            asked.push(Command::AskAnother { call: id, key_package: String::new() });
        }
        let mut late = Vec::new();
        for (number, role) in (0_u8..).zip(&cast.staff) {
            let device = device(number);
            let Some(desk) = self.line().desk(device) else {
                asked.push(sign_in(number, *role));
                continue;
            };
            asked.push(match desk.link {
                Link::Up => Command::DeskLost { device, since: self.watched.service.now },
                Link::Lost { .. } => sign_in(number, *role),
            });
            asked.extend([Command::Available { device }, Command::Unavailable { device }]);
            match desk.duty {
                Duty::Ringing { offer, .. } => {
                    asked.extend([Command::Accept { device, offer }, Command::Pass { device, offer }]);
                    late.push(Command::Accept { device, offer });
                }
                Duty::OnCall { call } => {
                    asked.push(Command::End { device, call });
                    if cast.talks {
                        asked.extend(self.in_talk(device, call));
                    }
                }
                Duty::WrapUp { call, .. } => asked.extend([
                    Command::WrapUpDone { device, call, available: true },
                    Command::WrapUpDone { device, call, available: false },
                ]),
                Duty::Unavailable | Duty::Available { .. } | Duty::Paused { .. } => {}
            }
            asked.extend([Command::Accept { device, offer: OVER }, Command::Pass { device, offer: OVER }]);
        }
        let mut steps: Vec<Step> = asked.into_iter().map(Step::Ask).collect();
        steps.extend(late.into_iter().map(Step::AskLate));
        steps.extend([Step::Wait, Step::Crash]);
        steps
    }

    fn in_talk(&self, device: DeviceId, call: CallId) -> Vec<Command> {
        let Some(talk) = self.line().call(call).and_then(Call::talk) else { return Vec::new() };
        let wanted = Wanted::Next { role: Role::Clinician };
        let mut all = vec![
            Command::Invite { device, call, wanted, manner: Manner::Join },
            Command::Invite { device, call, wanted, manner: Manner::Consult },
            Command::CancelInvite { device, call },
            Command::BringIn { device, call },
            Command::EndConsult { device, call },
            Command::TakeCharge { device, call },
            Command::LeaveCall { device, call },
        ];
        for to in Slot::all() {
            all.push(Command::HandOver { device, call, to });
            all.push(Command::Dismiss { device, call, slot: to });
        }
        // The group as the pages make it: whoever waits is let in, whoever has left is removed.
        if let Some(slot) = talk.party_at(device).map(|party| party.slot) {
            let group = &talk.group;
            if group.is_new(slot) && slot != talk.lead {
                all.push(Command::StaffPackage { device, call, key_package: String::new() });
            }
            let waits: Vec<Slot> =
                Slot::all().filter(|other| *other != slot && group.package(*other).is_some()).collect();
            let left: Vec<Slot> = Slot::all().filter(|slot| group.holds_leaver(*slot)).collect();
            let (added, removed) = if waits.is_empty() { (Vec::new(), left) } else { (waits, Vec::new()) };
            if !(added.is_empty() && removed.is_empty()) {
                all.extend((0..8).map(|epoch| {
                    let (added, removed) = (added.clone(), removed.clone());
                    Command::Commit { call, from: slot, epoch, added, removed }
                }));
            }
        }
        all
    }

    /// Every state that the step can lead to.
    fn take(&self, step: &Step) -> Result<Vec<Self>, Broken> {
        let mut next = Vec::new();
        match step {
            Step::Ask(command) => {
                // What is refused changes nothing, and is not worth a copy of the world.
                if self.watched.refuses(command) {
                    return Ok(Vec::new());
                }
                let mut told = self.clone();
                told.watched.ask(command.clone())?;
                told.joined += u8::from(matches!(command, Command::Join { .. }));
                told.settle()?;
                // The answer is lost, and whoever asked asks again.
                let repeated = told.line().decide(command.clone(), told.watched.service.now);
                if repeated.is_ok_and(|events| !events.is_empty()) {
                    let mut again = told.clone();
                    again.watched.ask(command.clone())?;
                    again.settle()?;
                    next.push(again);
                }
                next.push(told);
            }
            Step::AskLate(command) => {
                let mut after = self.clone();
                if let Some(wake) = self.line().wake_at(self.watched.service.now) {
                    after.watched.service.now = wake;
                    after.watched.ask(command.clone())?;
                    after.settle()?;
                    next.push(after);
                }
            }
            Step::Wait => {
                let mut after = self.clone();
                if let Some(wake) = self.line().wake_at(self.watched.service.now) {
                    after.watched.service.now = wake;
                    after.settle()?;
                    next.push(after);
                }
            }
            // Before the change of a step was durable, or after it and before anybody was told: the state before that step, or
            // after it, with every connection lost.
            Step::Crash => {
                let mut after = self.clone();
                after.watched.service.restart();
                after.settle()?;
                next.push(after);
            }
        }
        Ok(next)
    }

    fn settle(&mut self) -> Result<(), Broken> {
        self.watched.settle()?;
        self.watched.check()
    }

    /// The state as far as it matters for what can happen. Two of a kind may change places, unless they have been ready for
    /// equally long: then their ids decide who is rung first.
    fn canonical(&self, cast: &Cast) -> u128 {
        let ready = |number| match self.line().desk(device(number))?.duty {
            Duty::Available { since } | Duty::Ringing { idle_since: since, .. } => Some(since),
            _ => None,
        };
        let alike = matches!(&cast.staff[..], [one, other] if one == other);
        let turned = alike && (ready(0).is_none() || ready(0) != ready(1));
        let text = self.text(|number| number);
        let text = if turned { text.min(self.text(|number| 1 - number)) } else { text };
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, &text).hash(&mut hasher);
            u128::from(hasher.finish())
        };
        half(0) << 64 | half(1)
    }

    /// The state in words, with another number for each person and their console.
    fn text(&self, numbered: impl Fn(u8) -> u8) -> String {
        let (line, now) = (self.line(), self.watched.service.now);
        let mut text = String::new();
        let at = |device: &DeviceId| numbered(device.as_bytes()[0]);
        let rests = |declined: &BTreeMap<StaffId, Timestamp>| {
            let mut rests: Vec<_> = declined
                .iter()
                .map(|(who, until)| (numbered(who.as_bytes()[0]), until.since(now).as_millis() / 500))
                .collect();
            rests.sort_unstable();
            rests
        };
        // What is left until a moment, in half seconds; what is over is over.
        let left = |at: Timestamp| at.since(now).as_millis() / 500;
        // Who has been gone for longer than any rule asks has been gone for so long.
        let longest = line.rules().hold_call.max(line.rules().hold_place).max(line.rules().presence);
        let lost = |link: Link| match link {
            Link::Up => 0,
            Link::Lost { since } => 1 + now.since(since).min(longest).as_millis() / 500,
        };
        let mut offers: BTreeMap<OfferId, usize> = BTreeMap::new();
        let mut seats: Vec<Timestamp> = line
            .desks()
            .filter_map(|desk| match desk.duty {
                Duty::Available { since } | Duty::Ringing { idle_since: since, .. } => Some(since),
                _ => None,
            })
            .collect();
        seats.sort_unstable();
        // Callers by the order of their tickets: whoever they are, that is all that sets them apart. Of those who have ended
        // only that they are remembered, and for how long still.
        let (mut ended, mut calls): (Vec<&Call>, Vec<&Call>) = line.calls().partition(|call| call.is_ended());
        ended.sort_unstable_by_key(|call| {
            if let Phase::Ended { at, .. } = call.phase { at } else { Timestamp::from_millis(0) }
        });
        calls.sort_unstable_by_key(|call| call.ticket);
        let number = |id: CallId| calls.iter().position(|call| call.id == id);
        let _ = write!(text, "{}", self.joined);
        for call in ended.iter().chain(&calls) {
            if let Phase::Ended { at, .. } = call.phase {
                let _ = write!(text, "e{}", left(at + line.rules().keep_ended));
                continue;
            }
            let _ = write!(text, "|{:?}{}", call.priority, lost(call.link));
            if let Some(offer) = call.offer() {
                let number = offers.len();
                offers.insert(offer.id, number);
                let devices: BTreeSet<u8> = offer.devices.iter().map(at).collect();
                let _ = write!(text, "o{number}{devices:?}{}", left(offer.expires));
            }
            match &call.phase {
                Phase::Waiting { place } | Phase::Offered { place, .. } => {
                    let _ = write!(text, "w{:?}", rests(&place.declined));
                }
                Phase::Connected(talk) => {
                    let _ = write!(text, "c{:?}", talk.lead);
                    for party in &talk.parties {
                        let _ = write!(text, "p{:?}{}{}", party.slot, at(&party.device), party.left);
                    }
                    for slot in Slot::all() {
                        let group = &talk.group;
                        let inside = group.reads_from(slot).is_some();
                        let waits = group.package(slot).is_some();
                        let _ = write!(
                            text,
                            "g{inside}{waits}{}{}",
                            group.holds_leaver(slot),
                            group.is_new(slot)
                        );
                    }
                    if let Some(invitation) = &talk.invitation {
                        let _ = write!(text, "i{:?}{:?}", invitation.manner, rests(&invitation.declined));
                    }
                    let aside =
                        talk.aside.as_ref().map(|aside| (at(&aside.host.device), at(&aside.guest.device)));
                    let _ = write!(text, "a{aside:?}");
                }
                Phase::Ended { .. } => {}
            }
        }
        let mut desks: Vec<&Desk> = line.desks().collect();
        desks.sort_unstable_by_key(|desk| at(&desk.device));
        for desk in desks {
            let _ = write!(text, "#{}{}{}", at(&desk.device), lost(desk.link), desk.misses);
            let turn = |since: Timestamp| seats.iter().position(|other| *other == since);
            let _ = match desk.duty {
                Duty::Available { since } => write!(text, "a{:?}", turn(since)),
                Duty::Ringing { offer, idle_since, .. } => {
                    write!(text, "r{:?}{:?}", offers.get(&offer), turn(idle_since))
                }
                Duty::OnCall { call } => write!(text, "c{:?}", number(call)),
                // Of the call that is over nothing is asked again but whether it was ended or left.
                Duty::WrapUp { by, .. } => write!(text, "w{}", by.is_some()),
                Duty::Unavailable => write!(text, "u"),
                Duty::Paused { why, .. } => write!(text, "p{why:?}"),
            };
        }
        text
    }
}

/// A world that waits to be gone on from, without the room that its maps keep: millions of them wait.
struct Packed {
    calls: Box<[Call]>,
    desks: Box<[Desk]>,
    next_ticket: u64,
    now: Timestamp,
    ids: u64,
    tickets: Box<[(CallId, Ticket)]>,
    ended: Box<[CallId]>,
    forgotten: Box<[CallId]>,
    joined: u8,
    depth: u16,
}

impl Packed {
    fn new(world: &World, depth: u16) -> Self {
        let (service, observer) = (&world.watched.service, &world.watched.observer);
        Self {
            calls: service.line.calls().cloned().collect(),
            desks: service.line.desks().cloned().collect(),
            next_ticket: service.line.next_ticket,
            now: service.now,
            ids: service.ids,
            tickets: observer.tickets.iter().map(|(call, ticket)| (*call, *ticket)).collect(),
            ended: observer.ended.iter().copied().collect(),
            forgotten: observer.forgotten.iter().copied().collect(),
            joined: world.joined,
            depth,
        }
    }

    fn unpack(self, cast: &Cast, bug: Option<Bug>) -> World {
        let mut world = World::new(cast, bug);
        let Watched { service, observer, .. } = &mut world.watched;
        self.calls.into_iter().for_each(|call| service.line.put_call(call));
        self.desks.into_iter().for_each(|desk| service.line.put_desk(desk));
        service.line.next_ticket = self.next_ticket;
        (service.now, service.ids) = (self.now, self.ids);
        observer.tickets = self.tickets.into_iter().collect();
        observer.ended = self.ended.into_iter().collect();
        observer.forgotten = self.forgotten.into_iter().collect();
        world.joined = self.joined;
        world
    }
}

fn sign_in(number: u8, role: Role) -> Command {
    Command::SignIn { device: device(number), staff: staff(number), name: "Sam".to_owned(), role }
}

/// Goes through every state, nearest first, up to `limit` of them or some more. The first promise that is broken ends it.
fn explore(cast: &Cast, bug: Option<Bug>, limit: usize) -> Result<Found, Broken> {
    let start = World::new(cast, bug);
    let mut seen = HashSet::from([start.canonical(cast)]);
    let mut queue = VecDeque::from([Packed::new(&start, 0)]);
    let mut found = Found { states: 1, ..Found::default() };
    while let Some(packed) = queue.pop_front() {
        let depth = packed.depth;
        found.longest = found.longest.max(depth);
        let world = packed.unpack(cast, bug);
        for step in world.steps(cast) {
            let next =
                world.take(&step).map_err(|broken| format!("{broken}, after {depth} steps, by {step:?}"))?;
            for world in next {
                found.steps += 1;
                if seen.insert(world.canonical(cast)) {
                    found.states += 1;
                    if found.states.is_multiple_of(100_000) {
                        println!("{} states, {} still to go through", found.states, queue.len());
                    }
                    queue.push_back(Packed::new(&world, depth + 1));
                }
            }
        }
        if found.states > limit {
            found.left = queue.len();
            break;
        }
    }
    Ok(found)
}

fn cast(callers: u8, counsellors: usize) -> Cast {
    Cast { callers, staff: vec![Role::Counsellor; counsellors], talks: false, hold: SECOND }
}

const LIMIT: usize = 20_000_000;

#[test]
fn every_state_of_two_callers_and_one_counsellor_keeps_the_promises() {
    let found = explore(&Cast { hold: 2 * SECOND, ..cast(2, 1) }, None, LIMIT).unwrap();
    println!("{found:?}");
    assert!(found.states > 1_000 && found.left == 0);
}

#[test]
fn every_state_of_a_call_into_which_a_clinician_comes_keeps_the_promises() {
    let staff = vec![Role::Counsellor, Role::Clinician];
    let cast = Cast { staff, talks: true, ..cast(1, 0) };
    let found = explore(&cast, None, LIMIT).unwrap();
    println!("{found:?}");
    assert_eq!(found.left, 0);
}

#[test]
#[ignore = "many minutes; scripts/prove-the-line.sh runs it"]
fn every_state_of_three_callers_and_two_counsellors_keeps_the_promises() {
    let found = explore(&cast(3, 2), None, LIMIT).unwrap();
    println!("{found:?}");
    assert_eq!(found.left, 0);
}

#[test]
fn the_search_finds_each_deliberate_bug() {
    for bug in Bug::ALL {
        let broken = explore(&cast(2, 2), Some(bug), LIMIT).err();
        println!("{bug:?}: {}", broken.unwrap_or_else(|| panic!("{bug:?} was not found")));
    }
}
