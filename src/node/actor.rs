//! The node's one task: takes requests, lets the core decide, makes it durable, tells everybody.
//!
//! Requests that have come in the meantime are carried out together and written in one transaction. When that fails, the
//! state goes back to what it was, and everybody who asked is told so; nobody has heard of what did not happen.

use std::{
    collections::{HashMap, HashSet},
    future,
    sync::Arc,
    time::Duration,
};

use sha2::{Digest, Sha256};
use tokio::{
    select,
    sync::{mpsc, oneshot},
};

use super::{
    Clock, NodeConfig, Random,
    audit::Chain,
    batch::{Batch, Out},
    board::{Boards, RelaySource},
    bookings::{Booking, Shown},
    figures::Held,
    handle::{CallerConn, CallerOutbox, Effect, Gone, Seat, StaffConn, StaffIdentity, StaffOutbox},
    lengths::Lengths,
    limits::{PackageRates, SaidRates},
    log::Logs,
    metrics::{Counters, Snapshot},
    peers::Peers,
    records::{Ledgers, Loaded},
    revocations::Revocations,
    settings::SettingsWatch,
};
use crate::{
    core::{
        call::SessionHash,
        command::{Command, Rejection},
        event::Event,
        figures::Book,
        follow_up::Booked,
        ids::{CallId, DeviceId, OfferId},
        line::Line,
        time::Timestamp,
    },
    proto::{
        ErrorCode, Goodbye, ProtocolError,
        caller::{self, CallerState},
        staff::{self, StaffState},
    },
    store::Ledger,
};

/// Requests that are carried out together at most.
const BATCH: usize = 256;
/// How long to wait, after the ledger failed, before timers and offers are tried again.
pub(super) const RETRY: Duration = Duration::from_secs(1);

/// What the task is asked.
pub(super) enum Job {
    CallerHello { outbox: CallerOutbox, reply: Answer<CallerConn> },
    CallerResume { token: String, seen: u64, outbox: CallerOutbox, reply: Answer<CallerConn> },
    Caller { conn: CallerConn, re: u32, request: caller::Request, booked: Option<Booked> },
    CallerRefused { conn: CallerConn, re: u32, error: ProtocolError },
    CallerGone { conn: CallerConn },
    CallerSeat { conn: CallerConn, reply: Answer<Seat> },
    StaffSignIn { who: StaffIdentity, seen: u64, outbox: StaffOutbox, reply: Answer<StaffConn> },
    Staff { conn: StaffConn, re: u32, request: staff::Request },
    StaffRefused { conn: StaffConn, re: u32, error: ProtocolError },
    Book { conn: StaffConn, re: u32, booking: Booking },
    StaffGone { conn: StaffConn, how: Gone },
    StaffSeat { conn: StaffConn, call: CallId, reply: Answer<Seat> },
    OnShift { reply: oneshot::Sender<bool> },
    Snapshot { reply: oneshot::Sender<Snapshot> },
    Relay { source: RelaySource },
    Stop { reply: oneshot::Sender<()> },
}

/// Whose connection a request came on.
#[derive(PartialEq, Eq, Hash, Clone, Copy)]
enum Conn {
    Caller(CallerConn),
    Staff(StaffConn),
}

impl Job {
    /// The connection that it came on, where there is one already.
    fn conn(&self) -> Option<Conn> {
        match self {
            Self::Caller { conn, .. }
            | Self::CallerRefused { conn, .. }
            | Self::CallerGone { conn }
            | Self::CallerSeat { conn, .. } => Some(Conn::Caller(*conn)),
            Self::Staff { conn, .. }
            | Self::StaffRefused { conn, .. }
            | Self::Book { conn, .. }
            | Self::StaffGone { conn, .. }
            | Self::StaffSeat { conn, .. } => Some(Conn::Staff(*conn)),
            _ => None,
        }
    }
}

type Answer<T> = oneshot::Sender<Result<T, ProtocolError>>;

/// What a console was told last. Its times do not count: they go on by themselves.
#[derive(PartialEq)]
pub(super) struct StaffView {
    pub(super) state: StaffState,
    pub(super) waiting: usize,
    pub(super) head: Option<Timestamp>,
}

pub(super) struct Actor {
    pub(super) line: Line,
    pub(super) logs: Logs,
    pub(super) rates: PackageRates,
    pub(super) said: SaidRates,
    /// The codes of follow-ups, as callers were shown them.
    pub(super) shown: Shown,
    pub(super) callers: Peers<CallerConn, CallId, caller::Message, CallerState>,
    pub(super) consoles: Peers<StaffConn, DeviceId, staff::Message, StaffView>,
    pub(super) batch: Batch,
    pub(super) config: NodeConfig,
    pub(super) revisions: HashMap<String, u64>,
    /// The end of the audit as it was last seen.
    pub(super) chain: Chain,
    /// How many events there have been.
    pub(super) decided: u64,
    pub(super) counters: Counters,
    /// Counts the figures.
    pub(super) book: Book,
    /// Those of their records that were written last.
    pub(super) held: Held,
    pub(super) ledger: Arc<dyn Ledger>,
    shared: Arc<dyn Ledger>,
    pub(super) effects: mpsc::Sender<Effect>,
    /// Set while the ledger does not take what is written: when to try again.
    pub(super) retry_at: Option<Timestamp>,
    /// Whether the pages that have not joined are still to be told what the operator has set.
    pub(super) directory_changed: bool,
    /// The calls for which help is asked, as clinicians and supervisors were told last.
    pub(super) help_shown: Vec<staff::HelpWanted>,
    /// When those who are shown the queue are told how long it is.
    pub(super) lengths: Lengths,
    /// Who watches the wallboard, and what it shows.
    pub(super) boards: Boards,
    /// Devices that may not come in any more.
    pub(super) shut_out: HashSet<DeviceId>,
    /// When a seat was last cut.
    pub(super) cut_at: Timestamp,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    conns: u64,
}

/// Somebody else has changed the node's records: it no longer knows them and must end.
pub(super) struct Conflict;

impl Actor {
    pub(super) fn new(
        loaded: Loaded,
        Ledgers { own, shared }: Ledgers,
        config: NodeConfig,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        effects: mpsc::Sender<Effect>,
    ) -> Self {
        let boards = Boards::new(clock.now(), &loaded.line);
        Self {
            line: loaded.line,
            logs: loaded.logs,
            rates: PackageRates::default(),
            said: SaidRates::default(),
            shown: Shown::default(),
            callers: Peers::new(),
            consoles: Peers::new(),
            batch: Batch::default(),
            config,
            revisions: loaded.revisions,
            chain: loaded.chain,
            decided: 0,
            counters: Counters::default(),
            book: loaded.book,
            held: Held::default(),
            ledger: own,
            shared,
            clock,
            random,
            effects,
            conns: 0,
            retry_at: None,
            directory_changed: false,
            help_shown: Vec::new(),
            lengths: Lengths::default(),
            boards,
            shut_out: HashSet::new(),
            cut_at: Timestamp::from_millis(0),
        }
    }

    /// Serves until it is stopped, or nobody can ask any more.
    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Job>) {
        let mut revocations = Revocations::new(Arc::clone(&self.shared), Arc::clone(&self.clock));
        let mut settings = SettingsWatch::new(Arc::clone(&self.shared), Arc::clone(&self.clock));
        loop {
            let wake = self.wake_at();
            let clock = Arc::clone(&self.clock);
            let timer = async move {
                match wake {
                    Some(at) => clock.until(at).await,
                    None => future::pending().await,
                }
            };
            let mut next = select! {
                job = inbox.recv() => match job {
                    Some(job) => Some(job),
                    None => return,
                },
                devices = revocations.next() => {
                    devices.into_iter().for_each(|device| self.shut_out(device));
                    None
                }
                directory = settings.next() => {
                    if let Err(rejection) = self.give(Command::Configure { directory }) {
                        tracing::error!(%rejection, "what the operator has set was refused");
                    }
                    None
                }
                () = timer => None,
            };
            // What was due before a request came happens before it, however late this task gets to run.
            if wake.is_some_and(|at| at <= self.now()) {
                self.step();
            }
            let (mut jobs, mut stop) = (Vec::new(), None);
            while let Some(job) = next {
                if let Job::Stop { reply } = job {
                    stop = Some(reply);
                    break;
                }
                jobs.push(job);
                next = if jobs.len() < BATCH { inbox.try_recv().ok() } else { None };
            }
            if self.carry_out_all(jobs).await.is_err() || self.settle().await.is_err() {
                return self.say_goodbye();
            }
            if let Some(reply) = stop {
                self.close_book().await;
                self.say_goodbye();
                drop(inbox);
                // Whoever asked may not wait for the answer.
                let _sent = reply.send(());
                return;
            }
        }
    }

    /// When to look again even if nobody asks for anything.
    fn wake_at(&self) -> Option<Timestamp> {
        let line = self.retry_at.or_else(|| self.line.wake_at(self.now()));
        [line, self.lengths.wake_at(), self.boards.wake_at()].into_iter().flatten().min()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Gives the core a command and takes note of what it brings about.
    pub(super) fn give(&mut self, command: Command) -> Result<(), Rejection> {
        let now = self.now();
        let events = self.line.decide(command, now)?;
        self.batch.counters.get_or_insert_with(|| self.counters.clone());
        self.batch.book.get_or_insert_with(|| self.book.clone());
        for event in &events {
            self.decided += 1;
            self.counters.count(&self.line, event);
            self.book.count(&self.line, event, now);
            self.batch.remember(&self.line, event);
            self.note_cuts(event);
            self.directory_changed |= matches!(event, Event::Configured { .. });
            self.line.apply(event);
        }
        self.book.look(&self.line, now);
        Ok(())
    }

    pub(super) fn next_conn(&mut self) -> u64 {
        self.conns += 1;
        self.conns
    }

    pub(super) fn fresh_id(&self) -> Result<[u8; 16], ProtocolError> {
        let mut bytes = [0; 16];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// A fresh resume token: 64 hex digits.
    pub(super) fn fresh_token(&self) -> Result<String, ProtocolError> {
        let mut bytes = [0; 32];
        self.fill(&mut bytes)?;
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    pub(super) fn caller_out(&mut self, conn: CallerConn, message: caller::Message) {
        self.batch.out.push(Out::Caller(conn, message));
    }

    pub(super) fn staff_out(&mut self, conn: StaffConn, message: staff::Message) {
        self.batch.out.push(Out::Staff(conn, message));
    }

    /// How many are before that caller.
    pub(super) fn ahead(&self, call: CallId) -> usize {
        self.line.waiting().into_iter().find(|(id, _)| *id == call).map_or(0, |(_, ahead)| ahead)
    }

    /// Carries out what was asked. What may only happen on top of what is durable waits, with whatever came behind it on
    /// the same connection, until all the rest is done; then all of it waits for one write together, and not each for one
    /// of its own.
    async fn carry_out_all(&mut self, mut jobs: Vec<Job>) -> Result<(), Conflict> {
        while !jobs.is_empty() {
            let (mut waiting, mut behind) = (Vec::new(), HashSet::new());
            for job in jobs {
                let conn = job.conn();
                if self.must_wait(&job) || conn.is_some_and(|conn| behind.contains(&conn)) {
                    behind.extend(conn);
                    waiting.push(job);
                } else {
                    self.carry_out(job);
                }
            }
            if !waiting.is_empty() {
                // Behind this nothing is left to write, so that the first of those who wait does so no longer.
                self.flush().await?;
            }
            jobs = waiting;
        }
        Ok(())
    }

    /// Whether that may only be carried out when what was carried out before is durable: those who come are shown what is,
    /// and the others in a call hear of a change in it before they get a message that it made possible.
    fn must_wait(&self, job: &Job) -> bool {
        let has_changed = |room| self.batch.seen.calls.contains(&self.line.main_of(room));
        match job {
            Job::CallerHello { .. } | Job::CallerResume { .. } | Job::StaffSignIn { .. } => {
                self.batch.is_durable()
            }
            Job::Caller { conn, request: caller::Request::Mls { .. }, .. } => {
                self.callers.key(*conn).is_some_and(has_changed)
            }
            Job::Staff { request: staff::Request::Mls { call, .. }, .. } => has_changed(*call),
            _ => false,
        }
    }

    fn carry_out(&mut self, job: Job) {
        match job {
            Job::CallerHello { outbox, reply } => drop(reply.send(Ok(self.caller_hello(outbox)))),
            Job::CallerResume { token, seen, outbox, reply } => {
                drop(reply.send(self.caller_resume(&token, seen, outbox)));
            }
            Job::StaffSignIn { who, seen, outbox, reply } => {
                drop(reply.send(self.sign_in(who, seen, outbox)));
            }
            Job::Caller { conn, re, request, booked } => self.caller_request(conn, re, request, booked),
            Job::CallerRefused { conn, re, error } => {
                self.caller_out(conn, caller::Message::Error { re: Some(re), error });
            }
            Job::StaffRefused { conn, re, error } => {
                self.staff_out(conn, staff::Message::Error { re: Some(re), error });
            }
            Job::Book { conn, re, booking } => self.book(conn, re, booking),
            Job::Staff { conn, re, request } => self.staff_request(conn, re, request),
            Job::CallerGone { conn } => self.caller_gone(conn),
            Job::StaffGone { conn, how } => self.staff_gone(conn, how),
            Job::CallerSeat { conn, reply } => drop(reply.send(self.caller_seat(conn))),
            Job::StaffSeat { conn, call, reply } => drop(reply.send(self.staff_seat(conn, call))),
            Job::OnShift { reply } => drop(reply.send(self.line.is_on_shift())),
            Job::Snapshot { reply } => {
                drop(reply.send(self.counters.snapshot(&self.line, self.now())));
            }
            Job::Relay { source } => self.boards.watch_relay(source),
            Job::Stop { .. } => {}
        }
    }

    /// Carries out what time has made necessary, makes the offers that can be made, and writes and tells everything.
    async fn settle(&mut self) -> Result<(), Conflict> {
        loop {
            self.step();
            self.flush().await?;
            if !self.drop_broken() {
                return Ok(());
            }
        }
    }

    fn step(&mut self) {
        let now = self.now();
        if self.retry_at.is_some_and(|at| now < at) {
            return;
        }
        self.retry_at = None;
        while let Some(command) = self.line.due(now) {
            if let Err(rejection) = self.give(command) {
                tracing::error!(%rejection, "a timer was refused");
                self.retry_at = Some(now + RETRY);
                return;
            }
        }
        while let Some((call, staff)) = self.line.next_match(now) {
            let Ok(id) = self.fresh_id() else {
                self.retry_at = Some(now + RETRY);
                return;
            };
            let offer = OfferId::from_random(id);
            if let Err(rejection) = self.give(Command::Offer { offer, call, staff }) {
                tracing::error!(%rejection, "an offer was refused");
                self.retry_at = Some(now + RETRY);
                return;
            }
        }
    }

    /// Counts as gone who did not take what they were told. Whether there was anybody.
    fn drop_broken(&mut self) -> bool {
        let (callers, consoles) = (self.callers.take_broken(), self.consoles.take_broken());
        for (conn, slow) in &callers {
            self.counters.slow_peers += u64::from(*slow);
            self.caller_gone(*conn);
        }
        for (conn, slow) in &consoles {
            self.counters.slow_peers += u64::from(*slow);
            self.staff_gone(*conn, Gone::Closed);
        }
        !callers.is_empty() || !consoles.is_empty()
    }

    fn say_goodbye(mut self) {
        let why = if self.config.drill { Goodbye::DrillOver } else { Goodbye::ServerStopping };
        if self.config.drill {
            self.cut_all();
        }
        for conn in self.callers.all() {
            self.callers.tell(conn, caller::Message::Bye { why });
        }
        for conn in self.consoles.all() {
            self.consoles.tell(conn, staff::Message::Bye { why });
        }
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), ProtocolError> {
        self.random.fill(bytes).map_err(|error| {
            tracing::error!(%error, "cannot draw an id");
            ProtocolError { code: ErrorCode::Internal, text: "the server has no randomness".to_owned() }
        })
    }
}

/// The hash under which a resume token is kept.
pub(super) fn session_hash(token: &str) -> SessionHash {
    SessionHash(Sha256::digest(token.as_bytes()).into())
}
