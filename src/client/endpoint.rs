//! One person's side of the service, without sockets or clock: what both sides have in common. `caller.rs` and `staff.rs` hold
//! what each of them does by itself.

mod session;
mod written;

use std::{fmt, time::Instant};

pub(super) use self::session::Session;
use super::{
    arrivals::Arrivals,
    caller::Caller,
    carrier::Carried,
    chance::Chance,
    connection::{Answer, Connection, Failure},
    event::{Command, Event, Output, PathId},
    group::{Act, Group},
    leg::Came,
    options::{EndpointOptions, MediaLevel, Role},
    outbox::Outbox,
    staff::Staff,
    stats::{Moments, Stats},
    voice::Voice,
    wire::{self, Incoming, Side, Tag},
};
use crate::{
    audio::Plan,
    proto::{ErrorCode, Goodbye, caller::EndedBy},
};

/// See the module. Call [`Endpoint::poll`] until it gives nothing after each input.
pub struct Endpoint {
    pub(super) options: EndpointOptions,
    pub(super) started: Instant,
    pub(super) started_wall_ms: u64,
    pub(super) connection: Connection,
    pub(super) who: Who,
    pub(super) session: Option<Session>,
    pub(super) out: Outbox,
    pub(super) moments: Moments,
    pub(super) chance: Chance,
    stats: Stats,
    shown: Stats,
    arrivals: Arrivals,
    /// What names and certificates the next session's legs take.
    legs: (u32, Option<usize>),
    /// Somebody else carries the legs.
    carried: bool,
    speaking: bool,
    dead: bool,
}

/// What each side keeps for itself.
pub(super) enum Who {
    Caller(Caller),
    Staff(Staff),
}

impl Endpoint {
    /// An endpoint that does nothing until its first command. `wall_ms` is the time since 1970 at `now`.
    pub fn new(options: EndpointOptions, now: Instant, wall_ms: u64) -> Self {
        let mut chance = Chance::new(options.seed);
        let who = match &options.role {
            Role::Caller | Role::Player(_) => Who::Caller(Caller::default()),
            Role::Staff(device) | Role::Practising(device) => Who::Staff(Staff::new(device.clone())),
        };
        Self {
            connection: Connection::new(Chance::new(chance.next()), now),
            options,
            started: now,
            started_wall_ms: wall_ms,
            who,
            session: None,
            out: Outbox::default(),
            moments: Moments::default(),
            chance,
            stats: Stats::default(),
            shown: Stats::default(),
            arrivals: Arrivals::default(),
            legs: (0, None),
            carried: false,
            speaking: true,
            dead: false,
        }
    }

    /// The same, but somebody else carries its legs: see [`carrier`](super::carrier).
    pub fn with_carrier(options: EndpointOptions, now: Instant, wall_ms: u64) -> Self {
        Self { carried: true, ..Self::new(options, now, wall_ms) }
    }

    /// Takes a command. One that makes no sense at the moment does nothing.
    pub fn command(&mut self, now: Instant, command: Command) {
        if self.dead && command != Command::Return {
            return;
        }
        match command {
            Command::Connect => self.connect(now),
            Command::Join => self.join(now),
            Command::GoAvailable => self.go_available(now, true),
            Command::GoUnavailable => self.go_available(now, false),
            Command::Accept => self.accept(now),
            Command::Pass => self.pass(now),
            Command::HangUp => self.hang_up(now),
            Command::WrapUpDone { available } => self.wrap_up_done(now, available),
            Command::Reload => {
                self.forget(now, false);
                self.connect(now);
            }
            Command::Kill => {
                self.forget(now, true);
                self.dead = true;
            }
            Command::Return => {
                self.dead = false;
                self.connect(now);
            }
            Command::NewLeg => {
                if let Some(session) = &mut self.session {
                    session.media.refresh(now);
                }
            }
            Command::DropSocket => self.lose_socket(now, true),
            Command::Speak(speaking) => {
                self.speaking = speaking;
                if let Some(voice) = self.session.as_mut().and_then(|session| session.voice.as_mut()) {
                    voice.speak(speaking);
                }
            }
        }
        self.settle(now);
    }

    /// The signalling socket is open.
    pub fn socket_opened(&mut self, now: Instant) {
        self.greet(now);
        self.settle(now);
    }

    /// A text message came on it.
    pub fn socket_text(&mut self, now: Instant, text: &str) {
        self.stats.messages += 1;
        let message = match self.who {
            Who::Caller(_) => wire::from_caller_side(text),
            Who::Staff(_) => wire::from_staff_side(text),
        };
        match message {
            Some(message) => self.take(now, message),
            // Nothing that is not of the protocol can be followed.
            None => self.lose_socket(now, true),
        }
        self.settle(now);
    }

    /// It is closed, or could not be opened.
    pub fn socket_closed(&mut self, now: Instant) {
        self.lose_socket(now, false);
        self.settle(now);
    }

    /// A datagram came to a local address. It is opened in place. Gives whether there may be something to poll for, or a
    /// deadline may have come nearer: for most frames of a call neither is so.
    pub fn datagram(&mut self, now: Instant, path: PathId, packet: &mut [u8]) -> bool {
        let Some(session) = &mut self.session else { return false };
        let came = session.media.receive(now, path, packet, &mut self.out, &mut self.stats);
        self.came(now, came)
    }

    /// The carrier of a leg has something to say of it.
    pub fn carried(&mut self, now: Instant, path: PathId, carried: Carried<'_>) {
        let Some(session) = &mut self.session else { return };
        let came = session.media.carried(now, path, carried, &mut self.out, &mut self.stats);
        self.came(now, came);
        if carried == Carried::Lost {
            self.tick_media(now);
            self.settle(now);
        }
    }

    fn came(&mut self, now: Instant, came: Came<'_>) -> bool {
        let Some(session) = &mut self.session else { return false };
        match came {
            Came::Nothing => true,
            Came::Up => {
                self.moments.leg.get_or_insert(now);
                true
            }
            Came::Frame { slot, sequence, timestamp, payload } => {
                self.arrivals.note(slot, sequence, now);
                let clock_ms = now.saturating_duration_since(self.started).as_millis() as u64;
                let steady = session.heard && session.voice.is_some() && !session.media.has_gaps();
                if session.hear(now, clock_ms, slot, sequence, timestamp, payload, &mut self.stats) {
                    self.heard_something(now);
                }
                !steady
            }
            Came::Report(report) => {
                if let Some(voice) = &mut session.voice {
                    voice.report(report);
                }
                true
            }
        }
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Instant) {
        let side = self.side();
        if self.connection.tick(now, side, &mut self.out) {
            self.socket_is_lost();
        }
        self.tick_media(now);
        self.tick_staff(now);
        self.tick_writing(now);
        self.settle(now);
    }

    /// When [`Endpoint::tick`] is next due.
    pub fn next_deadline(&self) -> Option<Instant> {
        let session = self.session.as_ref();
        let media = session.filter(|session| session.open).and_then(|session| session.media.next_deadline());
        let voice = session.and_then(|session| session.voice.as_ref()).map(Voice::next_tick);
        let writing = session.filter(|_| self.connection.is_up()).and_then(|s| s.writing.next_deadline());
        let deadlines = [self.connection.next_deadline(), media, voice, self.staff_deadline(), writing];
        deadlines.into_iter().flatten().min()
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output<'_>> {
        self.out.poll()
    }

    /// Exchanges where it puts what it wants for another place. Both are to be empty: before it is given something to do, and after
    /// what it wanted has been fetched.
    pub(in crate::client) fn exchange(&mut self, outbox: &mut Outbox) {
        std::mem::swap(&mut self.out, outbox);
    }

    /// Reads what the next packet or tick will need, and gives something that depends on all of it. Thousands of endpoints do not
    /// stay in a processor's cache: read for many of them one after the other, what is fetched from memory overlaps.
    ///
    /// `depth`: how many pointers away from the endpoint, below [`Endpoint::DEPTHS`]. What lies deeper is found only when what points
    /// to it is there.
    pub(in crate::client) fn warm(&self, depth: usize) -> u64 {
        let Some(session) = &self.session else { return 0 };
        match depth {
            0 => {
                let stats = self.stats.packets_sent ^ self.stats.packets_lost;
                stats
                    ^ self.arrivals.lost()
                    ^ u64::from(self.speaking)
                    ^ session.warm()
                    ^ self.connection.warm()
            }
            1 => self.stats.one_way_us.warm() ^ session.warm_deep(depth),
            _ => session.warm_deep(depth),
        }
    }

    /// See [`Endpoint::warm`].
    pub(in crate::client) const DEPTHS: usize = 4;

    /// What was counted so far.
    pub fn stats(&mut self) -> &Stats {
        self.shown.clone_from(&self.stats);
        self.shown.packets_lost += self.arrivals.lost();
        if let Some(voice) = self.session.as_ref().and_then(|session| session.voice.as_ref()) {
            voice.count(&mut self.shown);
        }
        &self.shown
    }

    /// What its encoder follows at present, by what the relay reports (`full`, in a call).
    pub fn plan(&self) -> Option<Plan> {
        self.session.as_ref()?.voice.as_ref()?.plan()
    }

    /// When the steps of the present or last call were reached.
    pub fn moments(&self) -> &Moments {
        &self.moments
    }

    /// Who speaks to the server.
    pub(super) fn side(&self) -> Side {
        match &self.who {
            Who::Caller(_) => Side::Caller,
            Who::Staff(staff) => Side::Staff(staff.call),
        }
    }

    pub(super) fn wall_ms(&self, now: Instant) -> u64 {
        self.started_wall_ms + now.saturating_duration_since(self.started).as_millis() as u64
    }

    pub(super) fn connect(&mut self, now: Instant) {
        self.moments.asked.get_or_insert(now);
        self.connection.start(now, &mut self.out);
    }

    /// The call is over.
    pub(super) fn call_over(&mut self, now: Instant, by: EndedBy) {
        self.drop_session(false);
        self.moments.ended = Some(now);
        self.out.event(Event::Ended { by });
    }

    pub(super) fn refused(&mut self, tag: Tag, code: ErrorCode) {
        self.out.event(Event::Refused { request: tag.name(), code });
    }

    /// Stops for good, as a page that was told to.
    pub(super) fn stop(&mut self) {
        self.drop_session(false);
        self.connection.stop(false, &mut self.out);
    }

    fn take(&mut self, now: Instant, message: Incoming) {
        if let Incoming::Welcome { drill, .. } = message
            && drill != self.options.role.is_in_drill()
        {
            // Before anything else: who plays is never on the real line, nor anybody in need in a drill.
            self.stop_caller();
            return self.out.event(Event::WrongLine);
        }
        let was_up = self.connection.was_up();
        if let Some(answer) = self.connection.received(now, &message, &mut self.out) {
            self.answer(now, answer);
        }
        match message {
            Incoming::Challenge(nonce) => self.sign_in(now, &nonce),
            Incoming::Welcome { .. } => {
                self.moments.welcome.get_or_insert(now);
                if let Some(session) = &mut self.session {
                    session.media.can_ask(now);
                    session.writing.wake(now);
                }
                self.out.event(if was_up { Event::Reconnected } else { Event::Welcome });
                self.welcomed(now);
            }
            Incoming::Session { token, call } => self.keep(token, &call),
            Incoming::Caller(state) => self.enter_caller(now, state),
            Incoming::Staff(state) => self.enter_staff(now, state),
            Incoming::Mls(entry) => {
                self.note_seen(entry.seq);
                let wall_ms = self.wall_ms(now);
                if let Some(group) = self.session.as_mut().and_then(|session| session.group.as_mut()) {
                    group.receive(entry, wall_ms, &mut *self.options.entropy);
                }
            }
            Incoming::Said(said) => {
                let wall_ms = self.wall_ms(now);
                if let Some(group) = self.session.as_mut().and_then(|session| session.group.as_mut()) {
                    group.hear(said, wall_ms, &mut *self.options.entropy);
                }
            }
            Incoming::Bye(why) => self.goodbye(why),
            Incoming::Leg { .. } | Incoming::Done { .. } | Incoming::Error { .. } | Incoming::Pong => {}
        }
    }

    fn goodbye(&mut self, why: Goodbye) {
        let event = match why {
            // The connection is about to be closed, and is opened again.
            Goodbye::ServerStopping => return,
            Goodbye::TakenOver => Event::TakenOver,
            Goodbye::SignedOut => Event::SignedOut,
            Goodbye::DrillOver => {
                self.stop_caller();
                return self.out.event(Event::DrillOver);
            }
        };
        self.stop();
        self.out.event(event);
    }

    fn answer(&mut self, now: Instant, answer: Answer) {
        let wall_ms = self.wall_ms(now);
        let Answer { tag, result } = answer;
        match tag {
            Tag::Media => {
                if let Some(session) = &mut self.session {
                    let leg =
                        result.as_ref().ok().and_then(Option::as_ref).filter(|leg| leg.slot == session.slot);
                    session.media.granted(now, wall_ms, leg, &mut self.out);
                }
            }
            Tag::Commit | Tag::KeyPackage => {
                let result = result.as_ref().map(|_| ()).map_err(|failure| *failure);
                if let Some(group) = self.session.as_mut().and_then(|session| session.group.as_mut()) {
                    let entropy = &mut *self.options.entropy;
                    match tag {
                        Tag::Commit => group.committed(result, wall_ms, entropy),
                        _ => group.published(result, wall_ms, entropy),
                    }
                }
            }
            _ => self.answer_to_role(now, tag, result.as_ref().map(|_| ()).map_err(|failure| *failure)),
        }
        if let Err(Failure::Refused(code)) = result {
            self.refused(tag, code);
        }
    }

    fn lose_socket(&mut self, now: Instant, close: bool) {
        if self.connection.lost(now, &mut self.out, close) {
            self.socket_is_lost();
        }
    }

    fn socket_is_lost(&mut self) {
        self.stats.sockets_lost += 1;
        self.out.event(Event::SocketLost);
    }

    /// What a reload or a crash leaves: keys, token, device.
    fn forget(&mut self, now: Instant, abrupt: bool) {
        if self.session.is_some() {
            self.moments.lost = Some(now);
            self.moments.heard_again = None;
        }
        // A page that is unloaded does not say goodbye to the relay either.
        self.drop_session(true);
        if abrupt {
            self.out.forget();
        }
        self.connection.stop(abrupt, &mut self.out);
        self.forget_role();
    }

    /// Carries out what the group and failed requests ask for, until nothing is left.
    fn settle(&mut self, now: Instant) {
        loop {
            if let Some(answer) = self.connection.next_failed() {
                self.answer(now, answer);
                continue;
            }
            let act =
                self.session.as_mut().and_then(|session| session.group.as_mut()).and_then(Group::next_act);
            match act {
                Some(act) => self.act(now, act),
                None => break,
            }
        }
        // A leg that is wanted at once is asked for at once.
        let side = self.side();
        if let Some(session) = self.session.as_mut().filter(|session| session.open)
            && let Some(request) = session.media.wanted(now).and_then(|leg| side.media(leg))
        {
            self.connection.ask(now, Tag::Media, request, &mut self.out);
        }
    }

    fn act(&mut self, now: Instant, act: Act) {
        let side = self.side();
        let (tag, request) = match act {
            Act::Commit(message) => (Tag::Commit, side.mls(message)),
            Act::Say(message) => (Tag::Application, side.mls(message)),
            Act::Publish(key_package) => (Tag::KeyPackage, side.key_package(key_package)),
            Act::Entered(epoch) => return self.install(now, &epoch),
            Act::Words(words) => return self.out.event(Event::Words(words)),
            Act::Written(from, message) => return self.take_written(now, &from, message),
            Act::Refused(code) => return self.out.event(Event::Alarm(code)),
        };
        if let Some(request) = request {
            self.connection.ask(now, tag, request, &mut self.out);
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({:?})", self.options)
    }
}

impl EndpointOptions {
    /// Whether there is an MLS group at this level.
    pub(super) fn is_encrypted(&self) -> bool {
        self.media != MediaLevel::Packets
    }
}
