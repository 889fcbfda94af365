//! Carries a plan out: lets callers come, hang up and be struck, keeps the book of what they are told, samples figures. The
//! only place of this module that reads the clock.

mod agenda;
mod book;
mod crowd;
mod flood;
mod host;
mod tally;

use std::{
    collections::{HashMap, VecDeque},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use agenda::{Agenda, Task};
use book::{Book, Next};
use crowd::{Crowd, Person};
use flood::Flood;
pub use host::Host;
use tally::Tally;

use super::{
    gateway::GatewayError,
    plan::{Blow, Change, Plan},
    progress::Progress,
    report::{Flooded, Report},
    scenario::{Scenario, Side},
    staff::Roster,
};
use crate::client::{Command, socket::Server, swarm::SwarmError};

/// How long staff may take to sign in.
const SIGN_IN_TIME: Duration = Duration::from_secs(60);
/// How long the server may take to take a connection.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// When it is worth a word that they are not all there.
const SLOW: Duration = Duration::from_secs(2);
/// How long the conductor sleeps at most.
const NAP: Duration = Duration::from_millis(20);
/// Callers taken out at once: each is asked what it measured, and the answer waited for.
const MOST_DISMISSED: usize = 8;
/// How long a caller who was back from the dead only now talks on.
const AFTERWARDS: Duration = Duration::from_secs(2);
/// Events taken at once.
const MOST_EVENTS: usize = 4_096;

/// Everything that a run needs.
#[derive(Debug)]
pub struct Run {
    /// What was asked for, checked.
    pub scenario: Scenario,
    /// The same, laid out.
    pub plan: Plan,
    /// Who answers: at least as many as the plan has staff.
    pub roster: Roster,
    /// Where signalling goes.
    pub server: Server,
    /// What is under load, in words.
    pub target: String,
    /// Threads that make load.
    pub threads: u16,
    /// Set from outside to end the run.
    pub stop: Arc<AtomicBool>,
}

/// Why a run could not be carried out. Each reads as one line.
#[derive(Debug, thiserror::Error)]
pub enum ConductError {
    /// The swarms could not be started, or have ended.
    #[error(transparent)]
    Swarm(#[from] SwarmError),
    /// No certificates, sound or network for the clients.
    #[error("synthetic clients could not be made")]
    Material,
    /// Too few members of staff.
    #[error("{needed} members of staff are needed and there are credentials for {there}")]
    Staff {
        /// How many the scenario has.
        needed: usize,
        /// How many there are.
        there: usize,
    },
    /// Nobody answered the connection.
    #[error("the server at {origin} cannot be reached")]
    Unreachable {
        /// Where.
        origin: String,
    },
    /// Staff could not sign in.
    #[error(
        "{there} of {needed} members of staff could sign in; is {origin} a quietline gateway, and are their devices enrolled there?"
    )]
    SignIn {
        /// Where.
        origin: String,
        /// How many the scenario has.
        needed: usize,
        /// How many came.
        there: usize,
    },
    /// The gateway did not come back.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

/// Carries a run out and says what it showed.
///
/// # Errors
/// When it could not begin, or the gateway could not be started again.
pub fn conduct(run: &Run, host: Host, progress: &mut Progress) -> Result<Report, ConductError> {
    let began_unix_s = unix_now();
    let mut conductor = Conductor::new(run, host)?;
    conductor.let_staff_in(progress)?;
    conductor.perform(progress)?;
    let mut report = conductor.finish()?;
    report.began_unix_s = began_unix_s;
    Ok(report)
}

struct Conductor<'a> {
    run: &'a Run,
    crowd: Crowd,
    book: Book,
    host: Host,
    tally: Tally,
    zero: Instant,
    /// Callers whose call is over and whose endpoints have yet to be asked what they measured.
    over: VecDeque<Person>,
    /// Callers whose devices are dead, and until when.
    dead: HashMap<usize, Instant>,
    shocks: Vec<(f64, String)>,
    flooded: Option<Flooded>,
    /// When those whom the last of these struck could come back.
    possible: Option<Instant>,
}

impl<'a> Conductor<'a> {
    fn new(run: &'a Run, host: Host) -> Result<Self, ConductError> {
        let needed = run.plan.staff as usize;
        if run.roster.devices.len() < needed {
            return Err(ConductError::Staff { needed, there: run.roster.devices.len() });
        }
        let zero = now();
        let crowd = Crowd::start(run, zero)?;
        let tally = Tally::begin(run.plan.longest);
        let book = Book::new(run.plan.calls.len(), needed);
        Ok(Self {
            run,
            crowd,
            book,
            host,
            tally,
            zero,
            over: VecDeque::new(),
            dead: HashMap::new(),
            shocks: Vec::new(),
            flooded: None,
            possible: None,
        })
    }

    /// Signs everybody in who answers.
    fn let_staff_in(&mut self, progress: &mut Progress) -> Result<(), ConductError> {
        let (needed, origin) = (self.run.plan.staff as usize, self.run.server.origin().to_owned());
        if TcpStream::connect_timeout(&self.run.server.address(), CONNECT_TIME).is_err() {
            return Err(ConductError::Unreachable { origin });
        }
        for number in 0..needed {
            let person = Person { side: Side::Staff, number };
            self.crowd.add(self.run, person)?;
            self.crowd.command(person, Command::GoAvailable)?;
        }
        while self.book.staff_ready() + self.book.staff_refused() < needed && !self.is_stopped() {
            if now() > self.zero + SIGN_IN_TIME {
                break;
            }
            self.listen(NAP, &mut Agenda::default())?;
            if now() > self.zero + SLOW {
                let there = self.book.staff_ready();
                progress.note(now(), &format!("{there} of {needed} members of staff signed in"));
            }
        }
        match self.book.staff_ready() {
            _ if self.is_stopped() => Ok(()),
            there if there == needed => Ok(()),
            there => Err(ConductError::SignIn { origin, needed, there }),
        }
    }

    fn perform(&mut self, progress: &mut Progress) -> Result<(), ConductError> {
        self.zero = now();
        self.tally.first_call(&self.host, self.crowd.people().len());
        let mut agenda = Agenda::of(&self.run.plan, self.zero);
        let until = self.zero + self.run.plan.longest;
        let flood = self.run.scenario.flood.map(|flood| Flood::begin(self.run, flood, self.zero));
        while now() < until && !self.is_stopped() {
            if !agenda.expects_callers() && self.book.open() == 0 {
                break;
            }
            while let Some(task) = agenda.due(now()) {
                self.carry_out(task, &mut agenda)?;
            }
            let sleep = agenda.rest(now()).unwrap_or(NAP).min(NAP);
            self.listen(sleep, &mut agenda)?;
            self.dismiss(MOST_DISMISSED)?;
            if self.host.look()? {
                self.possible = Some(now());
            }
            let passed = now().saturating_duration_since(self.zero);
            if self.tally.is_due(passed) {
                let line = self.tally.take(passed, &self.crowd, &self.book, &self.host)?;
                progress.note(now(), &line);
            }
        }
        self.flooded = flood.map(Flood::end);
        Ok(())
    }

    fn carry_out(&mut self, task: Task, agenda: &mut Agenda) -> Result<(), ConductError> {
        let caller = |number| Person { side: Side::Caller, number };
        match task {
            Task::Arrive(number) => {
                self.crowd.add(self.run, caller(number))?;
                self.book.came(number, now());
                self.crowd.command(caller(number), Command::Join)
            }
            Task::Befall(number, _) if !self.book.is_in_call(number) => Ok(()),
            Task::Befall(number, change) => match change {
                Change::Reload => self.crowd.command(caller(number), Command::Reload),
                Change::Address => self.crowd.command(caller(number), Command::NewLeg),
                Change::Kill { away } => {
                    let back = now() + away;
                    self.dead.insert(number, back);
                    agenda.put(back, Task::Return(number));
                    self.crowd.command(caller(number), Command::Kill)
                }
            },
            Task::Return(number) => {
                self.dead.remove(&number);
                self.crowd.command(caller(number), Command::Return)
            }
            Task::HangUp(number) if self.dead.contains_key(&number) => {
                agenda.put(self.dead[&number] + AFTERWARDS, Task::HangUp(number));
                Ok(())
            }
            Task::HangUp(number) => {
                let counsellor = match self.run.plan.calls[number].ended_by {
                    Side::Caller => None,
                    Side::Staff => self.book.counsellor_of(number),
                };
                let whoever =
                    counsellor.map_or(caller(number), |number| Person { side: Side::Staff, number });
                self.crowd.command(whoever, Command::HangUp)
            }
            Task::Shock(number) => self.strike(number),
        }
    }

    fn strike(&mut self, number: usize) -> Result<(), ConductError> {
        let shock = &self.run.plan.shocks[number];
        let at = now().saturating_duration_since(self.zero).as_secs_f64();
        self.shocks.push((at, agenda::word(&shock.what).to_owned()));
        match &shock.what {
            Blow::GatewayDown => self.host.kill(),
            Blow::GatewayUp => self.host.start_again(),
            Blow::Storm => {
                self.possible = Some(now());
                for person in self.crowd.people() {
                    self.crowd.command(person, Command::DropSocket)?;
                    self.crowd.command(person, Command::NewLeg)?;
                }
            }
            Blow::Cut(side, whom) | Blow::Mended(side, whom) => {
                let up = matches!(shock.what, Blow::Mended(..));
                self.possible = up.then(now).or(self.possible);
                for number in whom {
                    self.crowd.line(Person { side: *side, number: *number as usize }, up)?;
                }
            }
        }
        Ok(())
    }

    /// Takes what endpoints tell, for at most `wait`.
    fn listen(&mut self, wait: Duration, agenda: &mut Agenda) -> Result<(), ConductError> {
        for (person, at, event) in self.crowd.told(wait, MOST_EVENTS) {
            match person.side {
                Side::Staff => self.book.staff_told(person.number, at, &event),
                Side::Caller => match self.book.caller_told(person.number, at, &event) {
                    Next::Nothing => {}
                    Next::Connected => {
                        let planned = &self.run.plan.calls[person.number];
                        agenda.put(at + planned.length, Task::HangUp(person.number));
                        for churn in &planned.churn {
                            agenda.put(at + churn.after, Task::Befall(person.number, churn.what));
                        }
                    }
                    Next::Over => self.over.push_back(person),
                },
            }
        }
        Ok(())
    }

    /// Takes at most `most` of those out whose call is over.
    fn dismiss(&mut self, most: usize) -> Result<(), ConductError> {
        for person in self.over.drain(..most.min(self.over.len())) {
            if let Some(figures) = self.crowd.figures(person) {
                self.book.measured(&figures);
            }
            self.crowd.remove(person)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Report, ConductError> {
        let lasted = now().saturating_duration_since(self.zero);
        self.tally.take(lasted, &self.crowd, &self.book, &self.host)?;
        self.dismiss(usize::MAX)?;
        for number in 0..self.run.plan.calls.len() {
            if self.book.is_open(number)
                && let Some(figures) = self.crowd.figures(Person { side: Side::Caller, number })
            {
                self.book.measured(&figures);
            }
        }
        for number in 0..self.run.plan.staff as usize {
            if let Some(figures) = self.crowd.figures(Person { side: Side::Staff, number }) {
                self.book.measured_loss(&figures);
            }
        }
        self.book.give_up();
        let stopped = self.is_stopped();
        let snapshots = self.crowd.stop()?;
        let mut report =
            self.tally.report(self.run, &self.book, &self.host, snapshots, lasted, self.possible);
        (report.shocks, report.flooded) = (self.shocks, self.flooded);
        if stopped {
            report.warnings.insert(
                0,
                "The run was stopped before its end; calls that went on then count as failed.".into(),
            );
        }
        Ok(report)
    }

    fn is_stopped(&self) -> bool {
        self.run.stop.load(Ordering::Relaxed)
    }
}

#[allow(clippy::disallowed_methods, reason = "the edge that hands moments to the pure parts of a run")]
fn now() -> Instant {
    Instant::now()
}

#[allow(clippy::disallowed_methods, reason = "a report says when it was made")]
fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
