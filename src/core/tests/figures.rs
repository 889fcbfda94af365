//! Every figure is what an account of the same events says that was kept in another way: each caller and each person by
//! themselves, added up at the end.

use std::{cell::Cell, collections::BTreeMap};

use proptest::{prelude::*, test_runner::TestCaseError};

use super::{
    history::{self, Step},
    promises::Watched,
    *,
};
use crate::core::{
    directory::LineName,
    figures::{Book, Heard, Hour, LineHour, StaffHour, Tally, waits::step_of},
    staff::Pause,
};

/// What a history was, for the account that is made of it afterwards.
#[derive(Debug, Clone)]
pub(super) enum Happened {
    Event(Event),
    Restarted,
}

/// Counts, and remembers what it counted.
#[derive(Debug, Clone)]
pub(super) struct Keeper {
    pub(super) book: Book,
    history: Vec<(Timestamp, Happened)>,
}

impl Keeper {
    pub(super) fn new(line: &Line, now: Timestamp) -> Self {
        Self { book: Book::open(line, now), history: Vec::new() }
    }

    pub(super) fn before(&mut self, line: &Line, event: &Event, now: Timestamp) {
        self.book.count(line, event, now);
        self.history.push((now, Happened::Event(event.clone())));
    }

    /// Stopped as one should, and started again: what was counted is in the records.
    pub(super) fn restart(&mut self, line: &Line, now: Timestamp) {
        self.book.close(now);
        let tally = self.book.tally().clone();
        self.book = Book::open(line, self.book.until());
        self.book.add(&tally);
        self.history.push((now, Happened::Restarted));
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Does {
    Nothing,
    Ready,
    Ringing(CallId),
    OnCall(CallId),
    WrapUp,
    Paused,
}

#[derive(Debug, Clone)]
struct Console {
    person: StaffId,
    counsellor: bool,
    connected: bool,
    does: Does,
    /// How long the call was of which it has not said yet how it sounded.
    unsaid: Option<u64>,
}

#[derive(Debug, Clone, Default)]
struct Caller {
    joined: u64,
    nobody_on_shift: bool,
    answered: Option<u64>,
    over: Option<u64>,
    talks: Vec<(u64, Option<u64>)>,
    connected: bool,
    seats: BTreeMap<u8, DeviceId>,
    guest: Option<DeviceId>,
}

/// The other account.
#[derive(Debug, Default)]
struct Account {
    callers: BTreeMap<CallId, Caller>,
    consoles: BTreeMap<DeviceId, Console>,
    reconnections: Vec<u64>,
    /// What consoles said of how calls sounded, and when.
    heard: Vec<(u64, Heard)>,
    /// What must never be.
    broken: Option<String>,
    /// Who did what from when to when.
    spans: Vec<(&'static str, u64, u64)>,
    at: u64,
}

const HOUR: u64 = 3_600_000;

fn overlap(from: u64, until: u64, hour: u64) -> u64 {
    until.min((hour + 1) * HOUR).saturating_sub(from.max(hour * HOUR))
}

impl Account {
    fn of(history: &[(Timestamp, Happened)], now: Timestamp) -> Self {
        let mut account = Self::default();
        for (at, happened) in history {
            account.pass(at.as_millis());
            match happened {
                Happened::Event(event) => account.take(event, at.as_millis()),
                Happened::Restarted => account.restarted(),
            }
        }
        account.pass(now.as_millis());
        account
    }

    /// What everybody did until now.
    fn pass(&mut self, now: u64) {
        let people: std::collections::BTreeSet<StaffId> = self
            .consoles
            .values()
            .filter(|console| console.counsellor)
            .map(|console| console.person)
            .collect();
        for person in people {
            let at = |what: fn(&Console) -> bool| {
                self.consoles.values().any(|console| console.person == person && what(console))
            };
            let does = if at(|console| matches!(console.does, Does::OnCall(_))) {
                "on call"
            } else if at(|console| console.connected && console.does == Does::WrapUp) {
                "wrap-up"
            } else if at(|console| {
                console.connected && matches!(console.does, Does::Ready | Does::Ringing(_))
            }) {
                "available"
            } else if at(|console| console.connected && console.does == Does::Paused) {
                "paused"
            } else {
                continue;
            };
            self.spans.push((does, self.at, now));
        }
        self.at = now;
    }

    fn is_on_shift(&self) -> bool {
        self.consoles.values().any(|console| {
            console.counsellor
                && match console.does {
                    Does::Ready | Does::Ringing(_) => true,
                    Does::OnCall(_) | Does::WrapUp => console.connected,
                    Does::Nothing | Does::Paused => false,
                }
        })
    }

    fn duty(&mut self, device: DeviceId, duty: Duty) {
        let does = match duty {
            Duty::Unavailable => Does::Nothing,
            Duty::Available { .. } => Does::Ready,
            Duty::Ringing { call, .. } => Does::Ringing(call),
            Duty::OnCall { call } => Does::OnCall(call),
            Duty::WrapUp { .. } => Does::WrapUp,
            Duty::Paused { .. } => Does::Paused,
        };
        self.set(device, does);
    }

    fn set(&mut self, device: DeviceId, does: Does) {
        if let Some(console) = self.consoles.get_mut(&device) {
            console.does = does;
        }
    }

    /// Somebody came; it rings nowhere else.
    fn came(&mut self, call: CallId, device: DeviceId) {
        for console in self.consoles.values_mut().filter(|console| console.does == Does::Ringing(call)) {
            console.does = Does::Ready;
        }
        self.set(device, Does::OnCall(call));
    }

    fn all_out(&mut self, call: CallId) {
        for console in self.consoles.values_mut() {
            if console.does == Does::Ringing(call) {
                console.does = Does::Ready;
            } else if console.does == Does::OnCall(call) {
                console.does = Does::WrapUp;
            }
        }
    }

    fn take(&mut self, event: &Event, now: u64) {
        let nobody_on_shift = !self.is_on_shift();
        let mut nobody = Caller::default();
        let caller = match event.call() {
            Some(id) => self.callers.entry(id).or_default(),
            None => &mut nobody,
        };
        match event {
            Event::Joined { ticket, .. } => {
                let joined = ticket.joined.as_millis();
                *caller = Caller { joined, nobody_on_shift, connected: true, ..Caller::default() };
            }
            Event::CallerLost { .. } => caller.connected = false,
            Event::CallerBack { .. } => {
                if !caller.connected && caller.over.is_none() {
                    self.reconnections.push(now);
                }
                caller.connected = true;
            }
            Event::Answered { call, device, at } => {
                caller.answered.get_or_insert(at.as_millis());
                caller.talks.push((at.as_millis(), None));
                caller.seats = BTreeMap::from([(1, *device)]);
                self.came(*call, *device);
            }
            Event::Seated { call, device, slot } => {
                caller.seats.insert(slot.number(), *device);
                self.came(*call, *device);
            }
            Event::Consulted { call, device, .. } => {
                caller.guest = Some(*device);
                self.came(*call, *device);
            }
            Event::BroughtIn { slot, .. } => {
                let guest = caller.guest.take().unwrap();
                caller.seats.insert(slot.number(), guest);
            }
            Event::ConsultEnded { .. } => {
                let guest = caller.guest.take().unwrap();
                self.set(guest, Does::WrapUp);
            }
            Event::Left { slot, .. } => {
                let who = caller.seats.remove(&slot.number()).unwrap();
                self.set(who, Does::WrapUp);
            }
            Event::Ended { call, at, .. } => {
                caller.over = Some(at.as_millis());
                let talked = caller.talks.last().map(|talk| at.as_millis() - talk.0);
                let in_call = |console: &&mut Console| console.does == Does::OnCall(*call);
                self.consoles.values_mut().filter(in_call).for_each(|console| console.unsaid = talked);
                caller.talks.iter_mut().for_each(|talk| talk.1 = talk.1.or(Some(at.as_millis())));
                self.all_out(*call);
            }
            Event::Requeued { call, .. } => {
                caller.talks.iter_mut().for_each(|talk| talk.1 = talk.1.or(Some(now)));
                self.all_out(*call);
            }
            Event::Offered { call, offer } => {
                offer.devices.iter().for_each(|device| self.set(*device, Does::Ringing(*call)));
            }
            Event::Quieted { device, then, .. } => self.duty(*device, *then),
            Event::Withdrawn { then, .. } => {
                then.iter().for_each(|after| self.duty(after.device, after.duty))
            }
            Event::DutyChanged { device, duty } => {
                self.duty(*device, *duty);
                self.consoles.get_mut(device).into_iter().for_each(|console| console.unsaid = None);
            }
            Event::Heard { device, heard } => {
                let unsaid = self.consoles.get_mut(device).and_then(|console| console.unsaid.take());
                let Heard { good_s, gaps_here_s, gaps_there_s, gaps_both_s, late_s } = *heard;
                let said = u64::from(good_s + gaps_here_s + gaps_there_s + gaps_both_s + late_s);
                if unsaid.is_none_or(|ms| said * 1_000 >= ms + 1_000) {
                    self.broken = Some(format!("{said} s were heard of a call of {unsaid:?} ms"));
                }
                self.heard.push((now, *heard));
            }
            Event::SignedIn { device, staff, role, .. } => {
                let does = self.consoles.get(device).map_or(Does::Nothing, |console| console.does);
                let unsaid = self.consoles.get(device).and_then(|console| console.unsaid);
                let counsellor = *role == Role::Counsellor;
                let console = Console { person: *staff, counsellor, connected: true, does, unsaid };
                self.consoles.insert(*device, console);
            }
            Event::DeskLost { device, .. } => {
                if let Some(console) = self.consoles.get_mut(device) {
                    console.connected = false;
                }
            }
            Event::DeskClosed { device } => drop(self.consoles.remove(device)),
            _ => {}
        }
    }

    fn restarted(&mut self) {
        self.consoles.retain(|_, console| console.does != Does::Nothing);
        self.consoles.values_mut().for_each(|console| console.connected = false);
        self.callers.values_mut().for_each(|caller| caller.connected = false);
    }

    fn hours(&self) -> std::ops::RangeInclusive<u64> {
        let first =
            self.spans.iter().map(|span| span.1).chain(self.callers.values().map(|caller| caller.joined));
        first.min().unwrap_or(0) / HOUR..=self.at / HOUR
    }

    fn line_hour(&self, hour: u64) -> LineHour {
        let mut sum = LineHour::default();
        let in_hour = |at: u64| at / HOUR == hour;
        for caller in self.callers.values() {
            if in_hour(caller.joined) {
                sum.offered += 1;
                sum.unserved += u32::from(caller.nobody_on_shift);
                let wait_over = caller.answered.or(caller.over);
                if let Some(answered) = caller.answered {
                    sum.answered += 1;
                    sum.waits.count(Duration::from_millis(answered - caller.joined));
                } else if caller.over.is_some() {
                    sum.abandoned += 1;
                }
                if let Some(until) = wait_over {
                    sum.waited_ms += until - caller.joined;
                    let seconds = (until - caller.joined).div_ceil(1_000) as u32;
                    sum.longest_wait_s = sum.longest_wait_s.max(seconds);
                }
            }
            for (from, until) in &caller.talks {
                if let Some(until) = until {
                    sum.call_ms += overlap(*from, *until, hour);
                    sum.calls += u32::from(in_hour(*until));
                }
            }
        }
        sum.wrap_up_ms = self.time("wrap-up", hour);
        self.heard.iter().filter(|(at, _)| in_hour(*at)).for_each(|(_, heard)| sum.heard.add(heard));
        sum.reconnected = self.reconnections.iter().filter(|at| in_hour(**at)).count() as u32;
        sum
    }

    fn time(&self, what: &str, hour: u64) -> u64 {
        let spans = self.spans.iter().filter(|(does, ..)| *does == what);
        spans.map(|(_, from, until)| overlap(*from, *until, hour)).sum()
    }

    fn staff_hour(&self, hour: u64) -> StaffHour {
        StaffHour {
            on_call_ms: self.time("on call", hour),
            wrap_up_ms: self.time("wrap-up", hour),
            available_ms: self.time("available", hour),
            paused_ms: self.time("paused", hour),
        }
    }

    /// The times to the first answer of all who came in that hour, in order, milliseconds.
    fn answers(&self, hour: u64) -> Vec<u64> {
        let callers = self.callers.values().filter(|caller| caller.joined / HOUR == hour);
        let mut waits: Vec<u64> =
            callers.filter_map(|caller| Some(caller.answered? - caller.joined)).collect();
        waits.sort_unstable();
        waits
    }
}

/// Asserts that what was counted is what the account says, hour by hour.
fn compare(tally: &Tally, account: &Account) -> Result<(), String> {
    if let Some(broken) = &account.broken {
        return Err(broken.clone());
    }
    let line = LineName::default();
    for number in account.hours() {
        let hour = Hour::since_1970(number);
        let counted = tally.lines.get(&(hour, line.clone())).cloned().unwrap_or_default();
        let expected = account.line_hour(number);
        if counted != expected {
            return Err(format!("hour {number}: counted {counted:?}, happened {expected:?}"));
        }
        let (counted, expected) =
            (tally.staff.get(&hour).cloned().unwrap_or_default(), account.staff_hour(number));
        if counted != expected {
            return Err(format!("hour {number}: counted {counted:?}, happened {expected:?}"));
        }
        let waits = &tally.lines.get(&(hour, line.clone())).cloned().unwrap_or_default().waits;
        let answers = account.answers(number);
        for per_cent in [50, 90, 95] {
            let rank = (answers.len() * per_cent).div_ceil(100).max(1);
            let exact = answers.get(rank - 1).map(|ms| step_of(Duration::from_millis(*ms)));
            if waits.centile(per_cent as u32) != exact {
                return Err(format!("hour {number}: centile {per_cent}"));
            }
        }
        let quick = answers.iter().filter(|ms| **ms <= 20_000).count() as u64;
        if waits.within(20) != quick {
            return Err(format!("hour {number}: answered in 20 s"));
        }
    }
    let known = |hour: &Hour| account.hours().any(|number| Hour::since_1970(number) == *hour);
    let strange =
        tally.lines.keys().map(|(hour, _)| hour).chain(tally.staff.keys()).find(|hour| !known(hour));
    strange.map_or(Ok(()), |hour| Err(format!("{hour:?} was counted and is in no history")))
}

/// Goes through a history. How often a console said how its call sounded.
fn check(steps: &[Step]) -> Result<usize, String> {
    let mut world = Watched::new(Service::new(), None);
    let start = world.service.now;
    world.keeper = Some(Keeper::new(&world.service.line, start));
    history::go(&mut world, steps)?;
    let (now, keeper) = (world.service.now, world.keeper.as_mut().unwrap());
    keeper.book.close(now);
    let account = Account::of(&keeper.history, now);
    compare(keeper.book.tally(), &account)?;
    Ok(account.heard.len())
}

#[test]
fn every_figure_is_what_the_events_say_when_they_are_added_up_otherwise() {
    let config = ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() };
    let step = prop_oneof![5 => history::step(), 1 => history::hear()];
    let heard = Cell::new(0);
    let outcome =
        proptest::test_runner::TestRunner::new(config).run(&prop::collection::vec(step, 1..150), |steps| {
            heard.set(heard.get() + check(&steps).map_err(TestCaseError::fail)?);
            Ok(())
        });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert!(heard.get() > 5, "{} said how a call sounded", heard.get());
}

/// A service that counts, some time after the beginning of an hour.
struct Counted {
    service: Service,
    book: Book,
}

impl Counted {
    fn at(ms: u64) -> Self {
        let mut service = Service::new();
        service.now = Timestamp::from_millis(ms);
        let book = Book::open(&service.line, service.now);
        Self { service, book }
    }

    fn give(&mut self, command: Command) {
        let now = self.service.now;
        let events = self.service.line.decide(command, now).unwrap();
        for event in &events {
            self.book.count(&self.service.line, event, now);
            self.service.line.apply(event);
        }
        self.book.look(&self.service.line, now);
    }

    fn join(&mut self) -> CallId {
        let id = self.service.fresh();
        self.give(join(id));
        CallId::from_random(id)
    }

    fn counsellor(&mut self, number: u8) -> DeviceId {
        let (device, staff) = (device(number), staff(number));
        let name = format!("Sam {number}");
        self.give(Command::SignIn { device, staff, name, role: Role::Counsellor });
        self.give(Command::Available { device });
        device
    }

    fn answer(&mut self, device: DeviceId) -> CallId {
        let (call, staff) = self.service.line.next_match(self.service.now).unwrap();
        let offer = OfferId::from_random(self.service.fresh());
        self.give(Command::Offer { offer, call, staff });
        self.give(Command::Accept { device, offer });
        call
    }

    fn pass(&mut self, minutes: u64) {
        self.service.pass(Duration::from_secs(60 * minutes));
    }

    fn line(&self, hour: u64) -> LineHour {
        let key = (Hour::since_1970(hour), LineName::default());
        self.book.tally().lines.get(&key).cloned().unwrap_or_default()
    }

    fn staff(&self, hour: u64) -> StaffHour {
        self.book.tally().staff.get(&Hour::since_1970(hour)).cloned().unwrap_or_default()
    }
}

#[test]
fn a_caller_counts_in_the_hour_in_which_they_came_and_time_in_the_hour_in_which_it_was_spent() {
    let mut counted = Counted::at(HOUR - 60_000);
    let call = counted.join();
    counted.pass(2);
    let sam = counted.counsellor(1);
    counted.answer(sam);
    counted.pass(64);
    counted.give(Command::End { device: sam, call });
    counted.pass(10);
    counted.give(Command::WrapUpDone { device: sam, call, available: true });
    let (zero, one, two) = (counted.line(0), counted.line(1), counted.line(2));
    assert_eq!((zero.offered, zero.unserved, zero.answered, zero.longest_wait_s), (1, 1, 1, 120));
    assert_eq!((zero.calls, one.calls, two.calls), (0, 0, 1));
    assert_eq!((one.call_ms / 60_000, two.call_ms / 60_000, two.wrap_up_ms / 60_000), (59, 5, 10));
    assert_eq!((one.offered, one.answered), (0, 0));
    let busy = (counted.staff(1).on_call_ms, counted.staff(2).on_call_ms, counted.staff(2).wrap_up_ms);
    assert_eq!(busy, (59 * 60_000, 5 * 60_000, 10 * 60_000));
}

#[test]
fn a_caller_whose_counsellor_was_lost_is_answered_once() {
    let mut counted = Counted::at(0);
    let (sam, call) = (counted.counsellor(1), counted.join());
    counted.answer(sam);
    counted.give(Command::DeskLost { device: sam, since: counted.service.now });
    counted.pass(1);
    counted.give(Command::AskAnother { call, key_package: "again".to_owned() });
    let rhian = counted.counsellor(2);
    counted.pass(1);
    counted.answer(rhian);
    counted.give(Command::Leave { call, quick: false });
    let hour = counted.line(0);
    assert_eq!((hour.offered, hour.answered, hour.abandoned, hour.calls), (1, 1, 0, 2));
    assert_eq!((hour.waits.len(), hour.longest_wait_s, hour.call_ms), (1, 0, 60_000));
}

#[test]
fn whoever_is_wrapping_up_when_the_record_is_gone_still_counts_for_the_line() {
    let mut counted = Counted::at(0);
    let (sam, call) = (counted.counsellor(1), counted.join());
    counted.answer(sam);
    counted.give(Command::End { device: sam, call });
    counted.pass(20);
    counted.give(Command::Forget { call });
    counted.pass(5);
    counted.give(Command::Pause { device: sam, why: Pause::Debrief });
    counted.pass(5);
    counted.give(Command::Unavailable { device: sam });
    assert_eq!(counted.line(0).wrap_up_ms, 25 * 60_000);
    assert_eq!(counted.staff(0).paused_ms, 5 * 60_000);
}

#[test]
fn after_a_crash_only_calls_have_gone_on() {
    let mut counted = Counted::at(0);
    let (sam, call) = (counted.counsellor(1), counted.join());
    let _rhian = counted.counsellor(2);
    counted.answer(sam);
    counted.pass(10);
    counted.service.restart();
    let tally = counted.book.tally().clone();
    counted.book = Book::open(&counted.service.line, counted.book.until());
    counted.book.add(&tally);
    counted.pass(10);
    counted.give(Command::CallerBack { call });
    counted.give(Command::DeskAbsent { device: device(2) });
    counted.give(Command::End { device: sam, call });
    let staff = counted.staff(0);
    assert_eq!((staff.on_call_ms, staff.available_ms), (20 * 60_000, 0));
    assert_eq!(counted.line(0).call_ms, 20 * 60_000);
}
