//! A built gateway and a swarm of native endpoints against it.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use aws_lc_rs::signature::Ed25519KeyPair;
use quietline::{
    audio::codec::Mode,
    client::{
        Command, EndpointOptions, Event, IdentityPool, MediaLevel, Role, Speech, StaffDevice, SystemEntropy,
        socket::Server,
        stats::Stats,
        swarm::{EndpointId, Figures, Links, Swarm, SwarmOptions, Told},
    },
    e2ee::AuthorityPublicKey,
};
use serde_json::Value;

use crate::{
    gateway::{Gateway, PATIENCE},
    socket::enrol_with,
};

/// The name of the one counsellor.
pub const NAME: &str = "Sam";

pub struct Stage {
    pub gateway: Gateway,
    pub swarm: Swarm,
    pub device: StaffDevice,
    authority: AuthorityPublicKey,
    zero: Instant,
    level: MediaLevel,
    /// What was told and not yet asked for.
    told: Vec<Told>,
    seed: u64,
}

impl Stage {
    pub async fn set(level: MediaLevel) -> Self {
        Self::set_with(level, &[]).await
    }

    pub async fn set_with(level: MediaLevel, environment: &[(&str, &str)]) -> Self {
        Self::set_before(Gateway::start_with(environment), level).await
    }

    /// Before that gateway.
    pub async fn set_before(gateway: Gateway, level: MediaLevel) -> Self {
        let config: Value = serde_json::from_str(&gateway.get("/api/config").await.body).unwrap();
        let key_seed = [7; 32];
        let pair = Ed25519KeyPair::from_seed_unchecked(&key_seed).unwrap();
        let enrolled = enrol_with(&gateway, &pair, &gateway.link_token(), NAME).await;
        let enrolled: Value = serde_json::from_str(&enrolled.body).unwrap();
        let device =
            StaffDevice { credential: enrolled["credential"].as_str().unwrap().to_owned(), key_seed };
        let trusted = gateway.folder.path().join("certs-dev/ca.pem");
        Self {
            swarm: swarm(&gateway.origin(), &trusted),
            gateway,
            device,
            authority: config["authority"].as_str().unwrap().parse().unwrap(),
            zero: clock(),
            level,
            told: Vec::new(),
            seed: 1,
        }
    }

    pub fn options(&mut self, role: Role) -> EndpointOptions {
        self.seed += 1;
        EndpointOptions {
            role,
            media: self.level,
            origin: self.gateway.origin(),
            authority: self.authority,
            seed: self.seed,
            entropy: Box::new(SystemEntropy),
            identities: IdentityPool::generate(4).unwrap(),
            speech: Speech::synthetic(Mode::Voice).unwrap(),
            mouth: None,
            ear: None,
            mode: Mode::Voice,
            complexity: 0,
            clock_zero: self.zero,
            answer_after: Some(Duration::from_millis(50)),
            wrap_up: None,
        }
    }

    pub fn caller(&mut self) -> EndpointId {
        let options = self.options(Role::Caller);
        self.swarm.add(options, Links::default()).unwrap()
    }

    pub fn counsellor(&mut self) -> EndpointId {
        let options = self.options(Role::Staff(self.device.clone()));
        self.swarm.add(options, Links::default()).unwrap()
    }

    pub fn does(&self, endpoint: EndpointId, command: Command) {
        self.swarm.command(endpoint, command).unwrap();
    }

    /// A caller and a counsellor who hear each other.
    pub fn call(&mut self) -> (EndpointId, EndpointId) {
        let (caller, counsellor) = (self.caller(), self.counsellor());
        self.does(counsellor, Command::GoAvailable);
        self.until(counsellor, &Event::Available);
        self.does(caller, Command::Join);
        for person in [caller, counsellor] {
            self.until(person, &Event::Connected);
            self.until(person, &Event::FirstAudio);
        }
        (caller, counsellor)
    }

    /// Waits until that was told of the endpoint.
    pub fn until(&mut self, endpoint: EndpointId, event: &Event) {
        self.find(endpoint, &format!("{event:?}"), |told| (told == event).then_some(()));
    }

    /// Waits until something was told of the endpoint, and forgets that it was.
    pub fn find<T>(
        &mut self,
        endpoint: EndpointId,
        what: &str,
        mut wanted: impl FnMut(&Event) -> Option<T>,
    ) -> T {
        let mut at = 0;
        loop {
            while let Some(told) = self.told.get(at) {
                let found = if told.endpoint == endpoint { wanted(&told.event) } else { None };
                if let Some(found) = found {
                    self.told.remove(at);
                    return found;
                }
                at += 1;
            }
            match self.swarm.events().recv_timeout(PATIENCE) {
                Ok(told) => self.told.push(told),
                Err(_) => {
                    panic!("{what} was not told of {endpoint:?}, but {:?}\n{}", self.told, self.gateway.log())
                }
            }
        }
    }

    /// Waits until an endpoint's figures are as wanted.
    pub fn eventually(&mut self, endpoint: EndpointId, wanted: impl Fn(&Figures) -> bool) -> Stats {
        let since = clock();
        loop {
            let figures = self.swarm.figures(endpoint).unwrap();
            if wanted(&figures) {
                return figures.stats;
            }
            assert!(since.elapsed() < PATIENCE, "it did not happen: {figures:?}");
            // Figures change without an event: they are asked for again after the next one, or a while.
            self.told.extend(self.swarm.events().recv_timeout(Duration::from_millis(100)));
        }
    }
}

pub fn swarm(origin: &str, trusted: &Path) -> Swarm {
    let server = Server::new(origin, trusted).unwrap();
    Swarm::start(SwarmOptions { server, sockets: 2 }).unwrap()
}

#[allow(clippy::disallowed_methods, reason = "the test's edge: the zero from which marks count")]
fn clock() -> Instant {
    Instant::now()
}
