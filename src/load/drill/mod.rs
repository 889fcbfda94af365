//! Synthetic callers for a drill: they wait in its queue, speak or write to whoever answers, and leave. Only in a drill: an endpoint
//! stops where the server does not say that it is one ([`crate::client::Role::Player`]).
//!
//! [`cast`] decides what each does when (pure), [`reading`] is what they say. This file drives them and reads the clock.

pub mod cast;
pub mod reading;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use self::{
    cast::{Act, Cast, Cause, Part, Tally},
    reading::{Reading, Takes},
};
use crate::{
    audio::codec::Mode,
    client::{
        Command, DrillTicket, EndpointOptions, IdentityPool, MediaLevel, Role, Speech, SystemEntropy,
        socket::Server,
        swarm::{EndpointId, Links, Swarm, SwarmError, SwarmOptions},
    },
    e2ee::AuthorityPublicKey,
};

/// Callers at most.
pub const MOST_CALLERS: u16 = 50;
/// How long the loop sleeps at most: what is due is done so late.
const NAP: Duration = Duration::from_millis(50);
/// DTLS certificates that all share.
const IDENTITIES: usize = 64;
/// What encoding may cost: a person listens.
const COMPLEXITY: u8 = 4;

/// Everything that a drill's callers need.
#[derive(Debug)]
pub struct Drill {
    /// Where signalling goes.
    pub server: Server,
    /// The line's authority (`GET /api/config`).
    pub authority: AuthorityPublicKey,
    /// What lets them in.
    pub ticket: DrillTicket,
    /// What they do.
    pub part: Part,
    /// What they say. None: the sound with the rhythm of a voice. Those who write say nothing.
    pub takes: Option<Takes>,
    /// The same seed gives the same pauses.
    pub seed: u64,
    /// Set from outside to have all of them leave.
    pub stop: Arc<AtomicBool>,
}

/// Why not all calls went as they should. Each reads as one line.
#[derive(Debug, thiserror::Error)]
pub enum DrillError {
    /// See [`Cause::NoDrill`].
    #[error("no drill is open there, or this is not its ticket; whoever opened the drill has the ticket")]
    NoDrill,
    /// See [`Cause::NotADrill`].
    #[error("{0} does not say that this line is a drill, so no caller went in")]
    NotADrill(String),
    /// See [`Cause::Over`].
    #[error("the drill is over, and its callers with it")]
    Over,
    /// Nobody was ever let in.
    #[error("{0} cannot be reached, or its line for drills cannot")]
    Unreachable(String),
    /// Not everybody's call came to an end of its own.
    #[error("{missing} of {callers} callers had no place in the drill or lost it: {why}")]
    Missing {
        /// How many.
        missing: usize,
        /// Of how many.
        callers: usize,
        /// Of the first of them.
        why: &'static str,
    },
    /// The swarm could not be started, or has ended.
    #[error(transparent)]
    Swarm(#[from] SwarmError),
    /// No certificates or sound for the callers.
    #[error("synthetic callers could not be made")]
    Material,
}

/// Lets the callers come, and goes on until all calls have ended. `say` is told what happens, a line at a time.
///
/// # Errors
/// See [`DrillError`].
pub fn perform(drill: &Drill, say: &mut dyn FnMut(&str)) -> Result<Tally, DrillError> {
    let mut stage = Stage::set(drill)?;
    let mut cast = Cast::new(drill.part.clone(), now());
    let end = loop {
        if drill.stop.load(Ordering::Relaxed) {
            cast.dismiss(now());
        }
        cast.tick(now());
        while let Some(act) = cast.next_act() {
            match act {
                Act::Say(line) => say(&line),
                act => stage.carry_out(act)?,
            }
        }
        if let Some(end) = cast.end() {
            break end;
        }
        stage.listen(&mut cast);
    };
    stage.swarm.stop()?;
    let origin = || drill.server.origin().to_owned();
    Err(match end.cause {
        Some(Cause::NoDrill) => DrillError::NoDrill,
        Some(Cause::NotADrill) => DrillError::NotADrill(origin()),
        Some(Cause::Over) => DrillError::Over,
        None if end.unreachable => DrillError::Unreachable(origin()),
        None => match end.missing {
            None => return Ok(end.tally),
            Some((missing, why)) => DrillError::Missing { missing, callers: drill.part.callers.into(), why },
        },
    })
}

/// The callers' endpoints.
struct Stage<'a> {
    drill: &'a Drill,
    swarm: Swarm,
    callers: HashMap<EndpointId, usize>,
    places: HashMap<usize, EndpointId>,
    identities: IdentityPool,
    silence: Speech,
    takes: Takes,
    zero: Instant,
}

impl<'a> Stage<'a> {
    fn set(drill: &'a Drill) -> Result<Self, DrillError> {
        let takes = match &drill.takes {
            _ if !drill.part.lines.is_empty() => Takes::default(),
            Some(takes) => takes.clone(),
            None => {
                let voice = Speech::synthetic(Mode::Voice).map_err(|_| DrillError::Material)?;
                [voice.samples()].into()
            }
        };
        Ok(Self {
            drill,
            swarm: Swarm::start(SwarmOptions { server: drill.server.clone(), sockets: 1 })?,
            callers: HashMap::new(),
            places: HashMap::new(),
            identities: IdentityPool::generate(IDENTITIES).map_err(|_| DrillError::Material)?,
            silence: Speech::new(Vec::new(), Mode::Voice).map_err(|_| DrillError::Material)?,
            takes,
            zero: now(),
        })
    }

    fn carry_out(&mut self, act: Act) -> Result<(), DrillError> {
        let place = |number: usize| self.places.get(&number).copied();
        match act {
            Act::Enter(number) => {
                let endpoint = self.swarm.add(self.options(number), Links::default())?;
                self.callers.insert(endpoint, number);
                self.places.insert(number, endpoint);
                self.swarm.command(endpoint, Command::Join)?;
            }
            Act::Leave(number) => {
                if let Some(endpoint) = place(number) {
                    self.swarm.command(endpoint, Command::HangUp)?;
                }
            }
            Act::Write(number, text) => {
                if let Some(endpoint) = place(number) {
                    self.swarm.write(endpoint, text)?;
                }
            }
            Act::Gone(number) => {
                if let Some(endpoint) = self.places.remove(&number) {
                    self.callers.remove(&endpoint);
                    self.swarm.remove(endpoint)?;
                }
            }
            Act::Say(_) => {}
        }
        Ok(())
    }

    /// Tells the cast what happened; waits a moment for the first of it.
    fn listen(&self, cast: &mut Cast) {
        let first = self.swarm.events().recv_timeout(NAP);
        for told in first.into_iter().chain(self.swarm.events().try_iter()) {
            if let Some(number) = self.callers.get(&told.endpoint) {
                cast.told(told.at, *number, &told.event);
            }
        }
    }

    fn options(&self, number: usize) -> EndpointOptions {
        let seed = self.drill.seed.wrapping_mul(1_000_003).wrapping_add(number as u64);
        EndpointOptions {
            role: Role::Player(self.drill.ticket.clone()),
            media: MediaLevel::Full,
            origin: self.drill.server.origin().to_owned(),
            authority: self.drill.authority,
            seed,
            entropy: Box::new(SystemEntropy),
            identities: self.identities.clone(),
            speech: self.silence.clone(),
            // Not the speech of the endpoint: that is marked, and somebody listens.
            mouth: Some(Box::new(Reading::new(self.takes.clone(), number, seed))),
            ear: None,
            mode: Mode::Voice,
            complexity: COMPLEXITY,
            clock_zero: self.zero,
            answer_after: None,
            wrap_up: None,
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "the edge that hands moments to the pure parts of a drill")]
fn now() -> Instant {
    Instant::now()
}
