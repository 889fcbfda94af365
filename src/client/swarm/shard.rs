//! The thread of a swarm: what came goes into endpoints, what is due is done, what they want is carried out.

use std::{
    hint::black_box,
    io,
    sync::mpsc::{Receiver, SyncSender, TryRecvError},
    time::{Duration, Instant},
};

use mio::{Events, Poll, Token};
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike as _,
};
use tokio::sync::mpsc;

use super::{
    Figures, Links, Snapshot, Told,
    udp::{OWN, Receive, SHARED, Udp},
    world::{Entry, World},
};
use crate::client::{
    clock::{clock, wall_ms},
    endpoint::Endpoint,
    event::Command,
    options::EndpointOptions,
    stats::{Histogram, Stats},
    wss::{SocketId, What, Wss},
};

/// What other threads ask of it.
pub(super) enum Order {
    Add(u32, Box<EndpointOptions>, Links),
    Command(u32, Command),
    Write(u32, String),
    Line(u32, bool),
    Remove(u32),
    Snapshot(SyncSender<Snapshot>),
    Figures(u32, SyncSender<Option<Figures>>),
    Stop(SyncSender<Snapshot>),
}

/// See the module.
pub(super) struct Shard {
    poll: Poll,
    orders: Receiver<Order>,
    came: mpsc::Receiver<(SocketId, What)>,
    entries: Vec<Option<Box<Entry>>>,
    /// Figures of endpoints that were removed.
    removed: Stats,
    lateness: Histogram,
    /// Something is left to do, so that the next round must not wait.
    busy: bool,
    world: World,
}

impl Shard {
    pub(super) fn new(
        poll: Poll,
        orders: Receiver<Order>,
        wss: Wss,
        came: mpsc::Receiver<(SocketId, What)>,
        told: SyncSender<Told>,
        sockets: usize,
    ) -> io::Result<Self> {
        let registry = poll.registry().try_clone()?;
        let udp = Udp::open(sockets, &registry)?;
        let world = World::new(udp, wss, registry, told);
        Ok(Self {
            poll,
            orders,
            came,
            entries: Vec::new(),
            removed: Stats::default(),
            lateness: Histogram::default(),
            busy: false,
            world,
        })
    }

    /// Runs until it is told to stop, or nobody is there to tell.
    pub(super) fn run(mut self) {
        let mut receive = self.world.udp.receive();
        let mut events = Events::with_capacity(1_024);
        let mut readable = vec![false; receive.sockets()];
        loop {
            let alarm = self.world.alarms.next();
            let flight = self.world.next_landing();
            let next = [alarm, flight].into_iter().flatten().min();
            let busy = std::mem::take(&mut self.busy);
            let timeout = match busy || readable.contains(&true) {
                true => Some(Duration::ZERO),
                false => next.map(|at| at.saturating_duration_since(clock())),
            };
            // A poll that fails for another reason than a signal would fail for ever.
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return,
                _ => {}
            }
            for event in &events {
                match event.token() {
                    WAKER => {}
                    Token(token) if token >= OWN => self.receive_own((token - OWN) as u32, &mut receive),
                    Token(token) => readable[token - SHARED] = true,
                }
            }
            let Self { entries, world, .. } = &mut self;
            for (at, ready) in readable.iter_mut().enumerate().filter(|(_, ready)| **ready) {
                let now = clock();
                *ready = receive.fetch(at);
                warm(entries, receive.numbers().filter_map(|number| Some(world.udp.owner(number)?.endpoint)));
                for (number, packet) in receive.packets() {
                    if let Some(owner) = world.udp.owner(number) {
                        world.arrived(entries, owner, packet, now);
                    }
                }
            }
            if let Some(answer) = self.take_orders() {
                return self.stop(&answer);
            }
            self.take_signalling();
            self.run_alarms();
            self.land_flights();
            self.world.udp.flush();
            self.world.bury(clock());
        }
    }

    fn take_orders(&mut self) -> Option<Option<SyncSender<Snapshot>>> {
        for _ in 0..MAX_ORDERS {
            let now = clock();
            match self.orders.try_recv() {
                Ok(Order::Add(id, options, links)) => self.add(id, *options, links, now),
                Ok(Order::Command(id, command)) => {
                    self.with(id, |entry, world| {
                        world.act(entry, now, |endpoint| endpoint.command(now, command));
                    });
                }
                Ok(Order::Write(id, text)) => {
                    self.with(id, |entry, world| {
                        world.act(entry, now, |endpoint| {
                            endpoint.write(now, &text);
                        });
                    });
                }
                Ok(Order::Line(id, up)) => {
                    self.with(id, |entry, world| world.line(entry, up, now));
                }
                Ok(Order::Remove(id)) => self.remove(id, now),
                // Whoever asked may be gone.
                Ok(Order::Snapshot(answer)) => drop(answer.send(self.snapshot())),
                Ok(Order::Figures(id, answer)) => drop(answer.send(self.figures(id))),
                Ok(Order::Stop(answer)) => return Some(Some(answer)),
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => return Some(None),
            }
        }
        // The rest has its turn in the next round, which must not wait for anything.
        self.busy = true;
        None
    }

    fn take_signalling(&mut self) {
        for _ in 0..MAX_TEXTS {
            let Ok((id, what)) = self.came.try_recv() else { return };
            let now = clock();
            self.with(id.endpoint, |entry, world| world.told_by_socket(entry, id, what, now));
        }
        self.busy = true;
    }

    fn receive_own(&mut self, number: u32, receive: &mut Receive) {
        let Self { entries, world, .. } = self;
        let Some((socket, owner)) = world.udp.own(number) else { return };
        let now = clock();
        receive.own(&socket, |packet| world.arrived(entries, owner, packet, now));
    }

    fn run_alarms(&mut self) {
        for _ in 0..MAX_ALARMS / TOGETHER {
            let now = clock();
            let mut due = [None; TOGETHER];
            due.fill_with(|| self.world.alarms.take(now));
            warm(&self.entries, due.iter().flatten().map(|(_, id)| *id));
            for (at, id) in due.iter().copied().flatten() {
                let Some(Some(entry)) = self.entries.get_mut(id as usize) else { continue };
                if entry.alarm == Some(at) {
                    let now = clock();
                    entry.alarm = None;
                    self.lateness.record_duration(now.saturating_duration_since(at));
                    self.world.act(entry, now, |endpoint| endpoint.tick(now));
                }
            }
            if due[TOGETHER - 1].is_none() {
                return;
            }
        }
    }

    fn land_flights(&mut self) {
        for _ in 0..MAX_ALARMS {
            if !self.world.land_one(&mut self.entries, clock()) {
                return;
            }
        }
    }

    fn add(&mut self, id: u32, options: EndpointOptions, links: Links, now: Instant) {
        let side = options.role.route();
        let endpoint = Endpoint::new(options, now, wall_ms());
        let entry =
            Entry { id, endpoint, side, links, alarm: None, socket: None, paths: Vec::new(), cut: None };
        let at = id as usize;
        if self.entries.len() <= at {
            self.entries.resize_with(at + 1, || None);
        }
        self.entries[at] = Some(Box::new(entry));
    }

    fn with(&mut self, id: u32, act: impl FnOnce(&mut Entry, &mut World)) {
        if let Some(Some(entry)) = self.entries.get_mut(id as usize) {
            act(entry, &mut self.world);
        }
    }

    fn remove(&mut self, id: u32, now: Instant) {
        let Some(mut entry) = self.entries.get_mut(id as usize).and_then(Option::take) else { return };
        self.world.line(&mut entry, true, now);
        self.world.act(&mut entry, now, Endpoint::stop);
        self.removed.add(entry.endpoint.stats());
        // Its socket says goodbye as it is dropped.
    }

    fn snapshot(&mut self) -> Snapshot {
        let mut total = self.removed.clone();
        let mut endpoints = 0;
        for entry in self.entries.iter_mut().flatten() {
            total.add(entry.endpoint.stats());
            endpoints += 1;
        }
        Snapshot {
            total,
            endpoints,
            lateness_us: self.lateness.clone(),
            impairment_lateness_us: self.world.impairment_lateness.clone(),
            datagrams_refused: self.world.udp.refused + self.world.udp.overflown(),
            events_lost: self.world.events_lost,
            cpu: thread_cpu(),
        }
    }

    fn figures(&mut self, id: u32) -> Option<Figures> {
        let entry = self.entries.get_mut(id as usize)?.as_mut()?;
        Some(Figures { stats: entry.endpoint.stats().clone(), moments: *entry.endpoint.moments() })
    }

    fn stop(mut self, answer: &Option<SyncSender<Snapshot>>) {
        let now = clock();
        for id in 0..self.entries.len() as u32 {
            self.remove(id, now);
        }
        if let Some(answer) = answer {
            // Whoever asked may be gone.
            let _ = answer.send(self.snapshot());
        }
        self.world.wss.stop();
    }
}

/// Has what these endpoints will need fetched into the processor's cache.
fn warm(entries: &[Option<Box<Entry>>], endpoints: impl Iterator<Item = u32> + Clone) {
    for depth in 0..Endpoint::DEPTHS {
        let entries = endpoints.clone().filter_map(|id| entries.get(id as usize)?.as_ref());
        black_box(entries.fold(0, |sum, entry| sum ^ entry.endpoint.warm(depth)));
    }
}

fn thread_cpu() -> Duration {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_THREAD) else { return Duration::ZERO };
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

pub(super) const WAKER: Token = Token(0);
/// How many orders, texts and ticks are dealt with before the network has its turn again.
const MAX_ORDERS: usize = 64;
const MAX_TEXTS: usize = 64;
const MAX_ALARMS: usize = 256;
/// How many endpoints are fetched into the cache together.
const TOGETHER: usize = 32;
