//! Everybody: callers and staff as endpoints, spread over swarms of one thread each.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use super::Run;
use crate::{
    audio::codec::Mode,
    client::{
        Command, EndpointOptions, Event, IdentityPool, MediaLevel, Role, Speech, SystemEntropy,
        swarm::{EndpointId, Figures, Snapshot, Swarm, SwarmOptions},
    },
    load::{
        conduct::ConductError,
        network,
        scenario::{Media, Opus, Side},
    },
};

fn mode(opus: Opus) -> Mode {
    match opus {
        Opus::LowDelay => Mode::LowDelay,
        Opus::Voice => Mode::Voice,
    }
}

/// DTLS certificates that all endpoints share.
const IDENTITIES: usize = 64;
/// UDP sockets that the endpoints of one swarm share: the fewer, the more datagrams one system call takes; two hold what comes
/// in a tenth of a second.
const SOCKETS: usize = 2;
/// Legs see different networks by this factor of the seed.
const STAFF_SEEDS: u64 = 1 << 32;

/// One person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Person {
    /// Which side.
    pub side: Side,
    /// The place in the plan.
    pub number: usize,
}

/// See the module.
#[derive(Debug)]
pub struct Crowd {
    swarms: Vec<Swarm>,
    /// Where a person is, while there is an endpoint.
    places: HashMap<Person, (usize, EndpointId)>,
    people: HashMap<(usize, EndpointId), Person>,
    identities: IdentityPool,
    speech: Speech,
    zero: Instant,
}

impl Crowd {
    /// Starts so many swarms. `zero` is the moment from which send times count.
    pub fn start(run: &Run, zero: Instant) -> Result<Self, ConductError> {
        let mode = mode(run.scenario.opus);
        let mut speech = Speech::synthetic(mode).map_err(|_| ConductError::Material)?;
        if run.scenario.media == Media::Heard {
            speech = speech.with_marks(mode).map_err(|_| ConductError::Material)?;
        }
        let options = SwarmOptions { server: run.server.clone(), sockets: SOCKETS };
        let swarms =
            (0..run.threads.max(1)).map(|_| Swarm::start(options.clone())).collect::<Result<_, _>>()?;
        Ok(Self {
            swarms,
            places: HashMap::new(),
            people: HashMap::new(),
            identities: IdentityPool::generate(IDENTITIES).map_err(|_| ConductError::Material)?,
            speech,
            zero,
        })
    }

    /// Makes the endpoint of a person, who does nothing yet.
    pub fn add(&mut self, run: &Run, person: Person) -> Result<(), ConductError> {
        let number = person.number as u64;
        let (role, network, seed) = match person.side {
            Side::Caller => (Role::Caller, &run.scenario.network.caller, number),
            Side::Staff => {
                let device = run.roster.devices[person.number].clone();
                (Role::Staff(device), &run.scenario.network.staff, STAFF_SEEDS + number)
            }
        };
        let seed = run.scenario.seed.wrapping_mul(1_000_003).wrapping_add(seed);
        let model = network::find(network).map_err(|_| ConductError::Material)?;
        let links = network::links(model, run.plan.longest, seed);
        let options = EndpointOptions {
            role,
            media: match run.scenario.media {
                Media::Full => MediaLevel::Full,
                Media::Heard => MediaLevel::Heard,
                Media::Sealed => MediaLevel::Sealed,
                Media::Packets => MediaLevel::Packets,
            },
            origin: run.server.origin().to_owned(),
            authority: run.roster.authority,
            seed,
            entropy: Box::new(SystemEntropy),
            identities: self.identities.clone(),
            speech: self.speech.clone(),
            mouth: None,
            ear: None,
            mode: mode(run.scenario.opus),
            complexity: 0,
            clock_zero: self.zero,
            answer_after: Some(Duration::ZERO),
            wrap_up: Some(Duration::from_secs_f64(run.scenario.wrap_up_s)),
        };
        let swarm = person.number % self.swarms.len();
        let endpoint = self.swarms[swarm].add(options, links)?;
        self.places.insert(person, (swarm, endpoint));
        self.people.insert((swarm, endpoint), person);
        Ok(())
    }

    /// Gives a command to a person; none that is gone takes it.
    pub fn command(&self, person: Person, command: Command) -> Result<(), ConductError> {
        match self.places.get(&person) {
            Some((swarm, endpoint)) => Ok(self.swarms[*swarm].command(*endpoint, command)?),
            None => Ok(()),
        }
    }

    /// Cuts a person's line, or mends it.
    pub fn line(&self, person: Person, up: bool) -> Result<(), ConductError> {
        match self.places.get(&person) {
            Some((swarm, endpoint)) => Ok(self.swarms[*swarm].line(*endpoint, up)?),
            None => Ok(()),
        }
    }

    /// What a person's endpoint measured.
    pub fn figures(&self, person: Person) -> Option<Figures> {
        let (swarm, endpoint) = self.places.get(&person)?;
        self.swarms[*swarm].figures(*endpoint).ok()
    }

    /// Takes a person out.
    pub fn remove(&mut self, person: Person) -> Result<(), ConductError> {
        if let Some((swarm, endpoint)) = self.places.remove(&person) {
            self.people.remove(&(swarm, endpoint));
            self.swarms[swarm].remove(endpoint)?;
        }
        Ok(())
    }

    /// Everybody who is there.
    pub fn people(&self) -> Vec<Person> {
        self.people.values().copied().collect()
    }

    /// What was told since it was last asked, at most `most`; waits for the first until `until`.
    pub fn told(&self, wait: Duration, most: usize) -> Vec<(Person, Instant, Event)> {
        let mut told = Vec::new();
        let mut take = |swarm: usize, one: crate::client::swarm::Told| {
            if let Some(person) = self.people.get(&(swarm, one.endpoint)) {
                told.push((*person, one.at, one.event));
            }
        };
        // With several swarms the first is waited for, and the others are looked at often.
        if let Some(first) = self.swarms.first() {
            let wait = if self.swarms.len() == 1 { wait } else { wait.min(Duration::from_millis(2)) };
            if let Ok(one) = first.events().recv_timeout(wait) {
                take(0, one);
            }
        }
        for (number, swarm) in self.swarms.iter().enumerate() {
            swarm.events().try_iter().take(most).for_each(|one| take(number, one));
        }
        told
    }

    /// The figures of each swarm.
    pub fn snapshots(&self) -> Result<Vec<Snapshot>, ConductError> {
        Ok(self.swarms.iter().map(Swarm::snapshot).collect::<Result<_, _>>()?)
    }

    /// Ends all. Gives the last figures.
    pub fn stop(self) -> Result<Vec<Snapshot>, ConductError> {
        Ok(self.swarms.into_iter().map(Swarm::stop).collect::<Result<_, _>>()?)
    }
}
