//! Keeps the book of a run: what each caller and each counsellor has been told, and what that comes to. Pure: events and their
//! moments go in.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use crate::{
    audio::emodel::mean_opinion_score,
    client::{Event, Fault, Histogram, swarm::Figures},
    core::ids::CallId,
    load::{
        figures::Spread,
        report::{Calls, Setup, reason},
    },
    proto::{ErrorCode, caller::EndedBy},
};

/// A loss that is noticed so long after what struck many at once is still of it.
const STRUCK: Duration = Duration::from_secs(3);

/// See the module.
#[derive(Debug)]
pub struct Book {
    callers: Vec<Caller>,
    staff: Vec<Counsellor>,
    /// Which counsellor is in which call.
    seats: HashMap<CallId, usize>,
    waiting_us: Histogram,
    answer_us: Histogram,
    first_audio_us: Histogram,
    heard_again_us: Histogram,
    /// Each loss: when, and when the other side was heard again.
    losses: Vec<(Instant, Instant)>,
    /// E-model scores of the calls that are over.
    scores: Vec<f64>,
    worst_setup_us: u32,
    came_back: u64,
    doubled: u64,
    in_call: u32,
    most_in_call: u32,
    queued: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Caller {
    came: Option<Instant>,
    waiting: Option<Instant>,
    connected: Option<Instant>,
    heard: bool,
    call: Option<CallId>,
    /// Over, and how: none where one of the two ended it.
    over: Option<Option<&'static str>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counsellor {
    ready: bool,
    /// The server does not believe who this is.
    refused: bool,
    offered: Option<Instant>,
    call: Option<CallId>,
}

/// What the run has to do after a caller was told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Nothing,
    /// The call has begun: its end and what happens in it can be planned.
    Connected,
    /// The caller is done with: nothing more will be heard.
    Over,
}

impl Book {
    /// An empty book for so many.
    pub fn new(callers: usize, staff: usize) -> Self {
        Self {
            callers: vec![Caller::default(); callers],
            staff: vec![Counsellor::default(); staff],
            seats: HashMap::new(),
            waiting_us: Histogram::default(),
            answer_us: Histogram::default(),
            first_audio_us: Histogram::default(),
            heard_again_us: Histogram::default(),
            losses: Vec::new(),
            scores: Vec::new(),
            worst_setup_us: 0,
            came_back: 0,
            doubled: 0,
            in_call: 0,
            most_in_call: 0,
            queued: 0,
        }
    }

    /// A caller tapped the button.
    pub fn came(&mut self, caller: usize, at: Instant) {
        self.callers[caller].came = Some(at);
    }

    /// A caller was told something.
    pub fn caller_told(&mut self, caller: usize, at: Instant, event: &Event) -> Next {
        let entry = &mut self.callers[caller];
        if entry.over.is_some() {
            return Next::Nothing;
        }
        match event {
            Event::Waiting { .. } if entry.waiting.is_none() => {
                entry.waiting = Some(at);
                self.queued += 1;
                if let Some(came) = entry.came {
                    self.waiting_us.record_duration(at.saturating_duration_since(came));
                }
            }
            Event::InCall { call } => {
                if entry.connected.is_some() {
                    self.doubled += u64::from(entry.call != Some(*call));
                    return Next::Nothing;
                }
                if entry.waiting.is_some() {
                    self.queued -= 1;
                }
                entry.waiting.get_or_insert(at);
                (entry.connected, entry.call) = (Some(at), Some(*call));
                self.in_call += 1;
                self.most_in_call = self.most_in_call.max(self.in_call);
                return Next::Connected;
            }
            Event::FirstAudio if !entry.heard => {
                entry.heard = true;
                if let Some(connected) = entry.connected {
                    let took = at.saturating_duration_since(connected);
                    self.first_audio_us.record_duration(took);
                }
                if let Some(came) = entry.came {
                    let setup = at.saturating_duration_since(came).as_micros();
                    self.worst_setup_us = self.worst_setup_us.max(u32::try_from(setup).unwrap_or(u32::MAX));
                }
            }
            Event::Reconnected => self.came_back += 1,
            // A page that was reloaded, or a device that was dead, is welcomed as if it were new.
            Event::Welcome if entry.waiting.is_some() => self.came_back += 1,
            Event::Ended { by } => {
                let why = match by {
                    EndedBy::Lost => Some(reason::LOST),
                    _ if entry.connected.is_some() && !entry.heard => Some(reason::NOTHING_HEARD),
                    _ if entry.connected.is_none() => Some(reason::NOT_ANSWERED),
                    _ => None,
                };
                return self.close(caller, why);
            }
            // A request that came too late, or was sent again after a loss, is refused and does no harm.
            Event::Refused { request: "join" | "greeting", .. } => {
                return self.close(caller, Some(reason::REFUSED));
            }
            Event::Alarm(_) => return self.close(caller, Some(reason::ALARM)),
            Event::Broken(_) => return self.close(caller, Some(reason::BROKEN)),
            Event::TakenOver => return self.close(caller, Some(reason::TAKEN_OVER)),
            _ => {}
        }
        Next::Nothing
    }

    /// A member of staff was told something.
    pub fn staff_told(&mut self, staff: usize, at: Instant, event: &Event) {
        let entry = &mut self.staff[staff];
        match event {
            Event::Available => entry.ready = true,
            Event::Refused { code: ErrorCode::BadCredential, .. } | Event::Broken(Fault::DeviceKey) => {
                entry.refused = true;
            }
            Event::Offered => entry.offered = Some(at),
            Event::OfferGone => entry.offered = None,
            Event::InCall { call } => {
                if let Some(offered) = entry.offered.take() {
                    self.answer_us.record_duration(at.saturating_duration_since(offered));
                }
                if entry.call == Some(*call) {
                    return;
                }
                let another = entry.call.replace(*call).is_some();
                let colleague = self.seats.insert(*call, staff).is_some_and(|seated| seated != staff);
                self.doubled += u64::from(another) + u64::from(colleague);
            }
            Event::WrapUp | Event::Ended { .. } => {
                if let Some(call) = entry.call.take() {
                    self.seats.remove(&call);
                }
            }
            Event::Reconnected => self.came_back += 1,
            _ => {}
        }
    }

    /// What an endpoint of either side measured of a loss.
    pub fn measured_loss(&mut self, figures: &Figures) {
        if let (Some(lost), Some(again)) = (figures.moments.lost, figures.moments.heard_again) {
            self.heard_again_us.record_duration(again.saturating_duration_since(lost));
            self.losses.push((lost, again));
        }
    }

    /// What a caller's endpoint measured, when the call is over.
    pub fn measured(&mut self, figures: &Figures) {
        self.measured_loss(figures);
        let stats = &figures.stats;
        if stats.mouth_to_ear_us.count() > 0 && stats.samples_played > 0 {
            let concealed = stats.samples_concealed as f64 / stats.samples_played as f64;
            self.scores.push(mean_opinion_score(stats.mouth_to_ear_us.mean() / 1_000.0, concealed));
        }
    }

    /// The counsellor who is in the call of that caller.
    pub fn counsellor_of(&self, caller: usize) -> Option<usize> {
        self.seats.get(&self.callers[caller].call?).copied()
    }

    /// Members of staff who have been ready at least once.
    pub fn staff_ready(&self) -> usize {
        self.staff.iter().filter(|staff| staff.ready).count()
    }

    /// Members of staff whom the server does not believe.
    pub fn staff_refused(&self) -> usize {
        self.staff.iter().filter(|staff| staff.refused).count()
    }

    /// Callers who are with a counsellor now.
    pub fn in_call(&self) -> u32 {
        self.in_call
    }

    /// Callers in the queue now.
    pub fn queued(&self) -> u32 {
        self.queued
    }

    /// From a tap to the first audio, the longest so far, milliseconds.
    pub fn worst_setup_ms(&self) -> f64 {
        f64::from(self.worst_setup_us) / 1_000.0
    }

    /// Whether a caller came and is not over.
    pub fn is_open(&self, caller: usize) -> bool {
        self.callers[caller].came.is_some() && self.callers[caller].over.is_none()
    }

    /// Whether a caller is with a counsellor.
    pub fn is_in_call(&self, caller: usize) -> bool {
        self.is_open(caller) && self.callers[caller].connected.is_some()
    }

    /// How many came and are not over.
    pub fn open(&self) -> usize {
        (0..self.callers.len()).filter(|caller| self.is_open(*caller)).count()
    }

    /// Gives up on whoever is not over: the run has ended.
    pub fn give_up(&mut self) {
        for caller in 0..self.callers.len() {
            if self.is_open(caller) {
                let entry = &self.callers[caller];
                let why = match (entry.waiting, entry.connected) {
                    (_, Some(_)) if entry.heard => reason::NOT_OVER,
                    (_, Some(_)) => reason::NOTHING_HEARD,
                    (Some(_), None) => reason::NOT_ANSWERED,
                    (None, None) => reason::NOT_IN_QUEUE,
                };
                self.close(caller, Some(why));
            }
        }
    }

    /// The calls, counted.
    pub fn calls(&self) -> Calls {
        let came = || self.callers.iter().filter(|caller| caller.came.is_some());
        let mut calls = Calls {
            offered: came().count() as u64,
            connected: came().filter(|caller| caller.connected.is_some()).count() as u64,
            ended: came().filter(|caller| caller.over == Some(None)).count() as u64,
            doubled: self.doubled,
            most_at_once: u64::from(self.most_in_call),
            came_back: self.came_back,
            ..Calls::default()
        };
        for why in came().filter_map(|caller| caller.over.flatten()) {
            *calls.failed.entry(why).or_default() += 1;
        }
        calls.lost = calls.failed.get(reason::LOST).copied().unwrap_or(0);
        calls
    }

    /// The times to each step; `possible`: when those who had been struck all at once could come back, if that happened.
    pub fn setup(&self, possible: Option<Instant>) -> Setup {
        let mut setup = Setup::of([
            ("waiting", &self.waiting_us),
            ("answer", &self.answer_us),
            ("first_audio", &self.first_audio_us),
            ("heard_again", &self.heard_again_us),
        ]);
        if let Some(possible) = possible {
            let mut back_us = Histogram::default();
            // A leg is missed up to three seconds after it was cut off.
            let struck =
                |(lost, again): &&(Instant, Instant)| *lost <= possible + STRUCK && *again >= possible;
            for (_, again) in self.losses.iter().filter(struck) {
                back_us.record_duration(again.saturating_duration_since(possible));
            }
            setup.back = Spread::of(&back_us);
        }
        setup
    }

    /// E-model scores of the calls, ascending.
    pub fn scores(&self) -> Vec<f64> {
        let mut scores = self.scores.clone();
        scores.sort_by(f64::total_cmp);
        scores
    }

    fn close(&mut self, caller: usize, why: Option<&'static str>) -> Next {
        let entry = &mut self.callers[caller];
        entry.over = Some(why);
        if entry.connected.is_some() {
            self.in_call -= 1;
        } else if entry.waiting.is_some() {
            self.queued -= 1;
        }
        Next::Over
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Stats;

    /// Any moment will do: only differences count.
    #[allow(clippy::disallowed_methods)]
    fn start() -> Instant {
        Instant::now()
    }

    fn connected(call: u8) -> Event {
        Event::InCall { call: CallId::from_random([call; 16]) }
    }

    #[test]
    fn a_call_that_goes_well_is_timed_and_counted() {
        let (mut book, start) = (Book::new(1, 1), start());
        let at = |ms| start + Duration::from_millis(ms);
        book.staff_told(0, at(0), &Event::Available);
        book.came(0, at(0));
        assert_eq!(book.caller_told(0, at(20), &Event::Waiting { ahead: 0 }), Next::Nothing);
        assert_eq!(book.queued(), 1);
        book.staff_told(0, at(25), &Event::Offered);
        book.staff_told(0, at(65), &connected(1));
        assert_eq!(book.caller_told(0, at(70), &connected(1)), Next::Connected);
        assert_eq!((book.queued(), book.in_call(), book.counsellor_of(0)), (0, 1, Some(0)));
        book.caller_told(0, at(170), &Event::FirstAudio);
        assert_eq!(book.caller_told(0, at(900), &Event::Ended { by: EndedBy::Caller }), Next::Over);
        let (calls, setup) = (book.calls(), book.setup(None));
        assert_eq!((calls.offered, calls.connected, calls.ended, calls.most_at_once), (1, 1, 1, 1));
        assert!(calls.failed.is_empty() && book.in_call() == 0);
        let spread = |spread: Option<crate::load::figures::Spread>| spread.unwrap().max.round();
        assert_eq!(spread(setup.waiting), 20.0);
        assert_eq!(spread(setup.answer), 40.0);
        assert_eq!(spread(setup.first_audio), 100.0);
        assert_eq!(book.worst_setup_ms(), 170.0);
    }

    #[test]
    fn a_second_call_for_a_counsellor_and_a_second_counsellor_for_a_call_are_seen() {
        let (mut book, start) = (Book::new(2, 2), start());
        book.staff_told(0, start, &connected(1));
        book.staff_told(0, start, &connected(1));
        assert_eq!(book.calls().doubled, 0, "a resume says the same again");
        book.staff_told(0, start, &connected(2));
        assert_eq!(book.calls().doubled, 1);
        book.staff_told(1, start, &connected(2));
        assert_eq!(book.calls().doubled, 2);
        book.staff_told(1, start, &Event::WrapUp);
        book.staff_told(1, start, &connected(3));
        assert_eq!(book.calls().doubled, 2, "one after the other is as it should be");
        book.came(0, start);
        book.caller_told(0, start, &connected(1));
        book.caller_told(0, start, &connected(4));
        assert_eq!(book.calls().doubled, 3);
    }

    #[test]
    fn what_does_not_go_well_is_counted_by_its_reason() {
        let (mut book, start) = (Book::new(7, 0), start());
        (0..7).for_each(|caller| book.came(caller, start));
        book.caller_told(0, start, &Event::Refused { request: "join", code: ErrorCode::Busy });
        book.caller_told(1, start, &connected(1));
        book.caller_told(1, start, &Event::FirstAudio);
        book.caller_told(1, start, &Event::Ended { by: EndedBy::Lost });
        book.caller_told(2, start, &Event::Waiting { ahead: 0 });
        book.caller_told(3, start, &connected(2));
        book.caller_told(4, start, &connected(3));
        book.caller_told(4, start, &Event::FirstAudio);
        book.caller_told(6, start, &Event::Broken(Fault::Codec));
        book.give_up();
        let calls = book.calls();
        let failed: Vec<_> = calls.failed.into_iter().collect();
        assert_eq!(
            failed,
            [
                (reason::LOST, 1),
                (reason::NOT_IN_QUEUE, 1),
                (reason::NOT_ANSWERED, 1),
                (reason::NOT_OVER, 1),
                (reason::NOTHING_HEARD, 1),
                (reason::REFUSED, 1),
                (reason::BROKEN, 1),
            ]
            .into_iter()
            .collect::<std::collections::BTreeMap<_, _>>()
            .into_iter()
            .collect::<Vec<_>>()
        );
        assert_eq!((calls.lost, book.in_call(), book.queued(), book.open()), (1, 0, 0, 0));
    }

    #[test]
    fn who_was_struck_with_many_is_timed_from_when_it_was_possible_to_come_back() {
        let (mut book, start) = (Book::new(1, 0), start());
        let at = |ms| start + Duration::from_millis(ms);
        for (lost, again) in [(0, 900), (1_000, 4_000), (1_500, 5_000), (9_000, 9_500)] {
            let mut figures = Figures::default();
            (figures.moments.lost, figures.moments.heard_again) = (Some(at(lost)), Some(at(again)));
            book.measured_loss(&figures);
        }
        let back = book.setup(Some(at(3_000))).back.unwrap();
        assert_eq!((back.count, back.max), (2, 2_000.0));
        assert_eq!(book.setup(None).back, None);
    }

    #[test]
    fn calls_are_scored_by_what_was_heard() {
        let mut book = Book::new(1, 0);
        let mut stats = Stats { samples_played: 48_000, samples_concealed: 480, ..Stats::default() };
        stats.mouth_to_ear_us.record(90_000);
        book.measured(&Figures { stats, ..Figures::default() });
        book.measured(&Figures::default());
        let scores = book.scores();
        assert!(scores.len() == 1 && (3.8..4.4).contains(&scores[0]), "{scores:?}");
    }
}
