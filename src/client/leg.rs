//! One media leg without sockets or clock: ICE checks towards the relay, DTLS as its client, SRTP both ways, repair both ways.
//!
//! Regular nomination (RFC 8445 8.1.1): a path is chosen after a check on it was answered. Consent (RFC 7675) is asked every
//! 2.5 s, and at once when audio that was flowing pauses, so that a silent relay is told from a silent person within a second.
mod media;

use std::{
    fmt,
    net::SocketAddr,
    ops::Range,
    time::{Duration, Instant},
};

use self::media::{REPORT, Srtp};
use super::{
    chance::Chance,
    event::PathId,
    ice::Names,
    outbox::Outbox,
    protocols::{Dtls, DtlsError, Identity, Kind, SrtpKeys},
    stats::Stats,
};
use crate::{
    audio,
    core::ids::Slot,
    proto::media::{Leg as RelaySide, Stream, Transport, fingerprint_of_hex},
};

/// What a leg is opened with.
pub(super) struct LegOptions<'a> {
    /// The relay's side, as signalling gave it.
    pub leg: &'a RelaySide,
    /// The certificate whose fingerprint signalling was told.
    pub identity: Identity,
    pub payload_type: u8,
    pub chance: Chance,
    /// The first name for a local address that may be used; one is used for each candidate.
    pub first_path: u32,
    /// Milliseconds since 1970 at `now`, for sender reports.
    pub wall_ms: u64,
}

/// Why a leg cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum LegError {
    #[error("the relay offers no UDP address")]
    NoAddress,
    #[error("the relay's fingerprint is not 64 hex digits")]
    Fingerprint,
}

/// What a datagram brought.
#[derive(Debug)]
pub(super) enum Came<'a> {
    Nothing,
    /// The leg is up.
    Up,
    /// A frame of somebody.
    Frame {
        slot: Slot,
        sequence: u16,
        timestamp: u32,
        payload: &'a [u8],
    },
    /// What the relay saw of this leg's own stream in the last second.
    Report(audio::Report),
}

/// See the module.
pub(super) struct Leg {
    names: Names,
    relay: [u8; 32],
    identity: Option<Identity>,
    pairs: Vec<Pair>,
    /// The numbers of their paths.
    paths: Range<u32>,
    /// The pair that is in use.
    selected: Option<Pair>,
    nominated: bool,
    checks: Vec<Check>,
    next_consent: Instant,
    dtls: Option<Dtls>,
    srtp: Option<Box<Srtp>>,
    streams: [Option<Stream>; Slot::COUNT],
    payload_type: u8,
    ssrc: u32,
    index: u64,
    chance: Chance,
    opened: (Instant, u64),
    heard_at: Instant,
    /// When the last packet came that only a relay with this leg's keys can have sent.
    secured_at: Instant,
    flowing: bool,
    asked_since: u32,
    /// The silence since `heard_at` was noticed.
    noticed: bool,
    broken: bool,
}

#[derive(Clone, Copy)]
struct Pair {
    path: PathId,
    to: SocketAddr,
}

struct Check {
    id: [u8; 12],
    pair: Pair,
    nominate: bool,
    sent: u32,
    next: Instant,
}

impl Leg {
    /// Begins to connect.
    pub(super) fn open(options: LegOptions<'_>, now: Instant, out: &mut Outbox) -> Result<Self, LegError> {
        let LegOptions { leg, identity, payload_type, mut chance, first_path, wall_ms } = options;
        let relay = fingerprint_of_hex(&leg.fingerprint).ok_or(LegError::Fingerprint)?;
        let addresses = leg.candidates.iter().filter(|c| c.transport == Transport::Udp);
        let addresses = addresses.filter_map(|c| Some(SocketAddr::new(c.address.parse().ok()?, c.port)));
        let pairs: Vec<Pair> = addresses
            .take(MAX_PAIRS)
            .zip(first_path..)
            .map(|(to, path)| Pair { path: PathId(path), to })
            .collect();
        if pairs.is_empty() {
            return Err(LegError::NoAddress);
        }
        let local = chance.next();
        let names = Names {
            username: format!("{}:{local:016x}", leg.ufrag),
            pwd: leg.pwd.clone(),
            tie_breaker: chance.bytes(),
        };
        let mut opened = Self {
            names,
            relay,
            identity: Some(identity),
            selected: None,
            nominated: false,
            checks: Vec::new(),
            next_consent: now + CONSENT,
            dtls: None,
            srtp: None,
            streams: std::array::from_fn(|at| leg.streams.get(at).copied()),
            payload_type,
            ssrc: chance.next() as u32,
            // Far from a rollover at the start: both ends count it from zero.
            index: chance.next() & 0x3fff,
            chance,
            opened: (now, wall_ms),
            heard_at: now,
            secured_at: now,
            flowing: false,
            asked_since: 0,
            noticed: false,
            broken: false,
            paths: first_path..first_path + pairs.len() as u32,
            pairs,
        };
        for at in 0..opened.pairs.len() {
            let pair = opened.pairs[at];
            out.open_path(pair.path, pair.to);
            opened.check(now + PACE * at as u32, pair, false);
        }
        opened.send_checks(now, out);
        Ok(opened)
    }

    /// How many local addresses it was given.
    pub(super) fn paths(&self) -> u32 {
        self.paths.len() as u32
    }

    pub(super) fn has(&self, path: PathId) -> bool {
        self.paths.contains(&path.0)
    }

    /// Whether packets are missing that may have to be asked for.
    pub(super) fn has_gaps(&self) -> bool {
        self.srtp.as_ref().is_some_and(|srtp| srtp.sources.iter().any(|source| source.next_due().is_some()))
    }

    /// See [`Endpoint::warm`](super::endpoint::Endpoint::warm).
    pub(super) fn warm(&self, depth: usize) -> u64 {
        if depth > 1 {
            return self.srtp.as_ref().map_or(0, |srtp| srtp.warm(depth));
        }
        let path = self.selected.map_or(0, |pair| pair.path.0);
        let stream = self.streams[0].map_or(0, |stream| stream.ssrc);
        u64::from(path ^ stream ^ self.ssrc) ^ self.index ^ u64::from(self.flowing)
    }

    pub(super) fn is_up(&self) -> bool {
        self.srtp.is_some() && self.nominated && !self.broken
    }

    /// Nothing has come from the relay for a second although it should have, or the connection failed.
    pub(super) fn is_lost(&mut self, now: Instant) -> bool {
        let quiet = now.saturating_duration_since(self.heard_at);
        let silent = quiet >= SILENCE && (self.flowing || self.asked_since >= CHECKS);
        // A relay that came back without memory answers checks, but its reports do not come any more.
        let forgotten = self.flowing && now.saturating_duration_since(self.secured_at) >= FORGOTTEN;
        self.noticed = self.is_up() && (silent || forgotten);
        self.broken || self.noticed
    }

    /// Takes a packet, which is opened in place.
    pub(super) fn receive<'a>(
        &mut self,
        now: Instant,
        packet: &'a mut [u8],
        out: &mut Outbox,
        stats: &mut Stats,
    ) -> Came<'a> {
        match Kind::of(packet) {
            Kind::Rtp => self.rtp(now, packet, stats),
            Kind::Rtcp => self.rtcp(now, packet, out, stats),
            Kind::Stun => self.stun(now, packet, out),
            Kind::Dtls => self.handshake(now, packet, out),
            Kind::Unknown => Came::Nothing,
        }
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, now: Instant, out: &mut Outbox, stats: &mut Stats) {
        if let Some(dtls) = &mut self.dtls {
            if dtls.next_timeout().is_some_and(|at| at <= now) && dtls.handle_timeout(now).is_err() {
                self.broken = true;
            }
            self.drain(out);
        }
        if let Some(pair) = self.selected {
            let asked = self.checks.iter().any(|check| check.pair.path == pair.path);
            let paused = self.flowing && now.saturating_duration_since(self.heard_at) >= PAUSE;
            if self.nominated && !asked && (paused || self.next_consent <= now) {
                self.next_consent = now + self.chance.about(CONSENT);
                self.check(now, pair, false);
            }
        }
        self.send_checks(now, out);
        self.report(now, out);
        self.ask_again(now, out, stats);
    }

    /// When [`Leg::tick`] is next due.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let checks = self.checks.iter().map(|check| check.next).min();
        let consent = (self.nominated && self.checks.is_empty()).then_some(self.next_consent);
        let paused = (self.flowing && self.checks.is_empty()).then(|| self.heard_at + PAUSE);
        let silent = (self.flowing && !self.noticed)
            .then(|| (self.heard_at + SILENCE).min(self.secured_at + FORGOTTEN));
        let handshake = self.dtls.as_ref().and_then(Dtls::next_timeout);
        let secured = self.srtp.as_deref().map(Srtp::next_deadline);
        [checks, consent, paused, silent, handshake, secured].into_iter().flatten().min()
    }

    /// Ends it, in good order: the relay is told.
    pub(super) fn close(self, out: &mut Outbox) {
        if let (Some(srtp), Some(pair)) = (&self.srtp, self.selected) {
            out.datagram(pair.path, pair.to, &srtp.goodbye);
        }
        self.abandon(out);
    }

    /// Ends it without a word.
    pub(super) fn abandon(self, out: &mut Outbox) {
        self.pairs.iter().for_each(|pair| out.close_path(pair.path));
    }

    fn check(&mut self, at: Instant, pair: Pair, nominate: bool) {
        let id = self.chance.bytes();
        self.checks.push(Check { id, pair, nominate, sent: 0, next: at });
    }

    fn send_checks(&mut self, now: Instant, out: &mut Outbox) {
        let Self { checks, names, asked_since, .. } = self;
        for check in checks.iter_mut().filter(|check| check.next <= now) {
            let pair = check.pair;
            if let Some(packet) = names.check(check.id, check.nominate) {
                out.datagram(pair.path, pair.to, &packet);
            }
            check.next = now + RETRY * (1 << check.sent.min(4));
            check.sent += 1;
            *asked_since += 1;
        }
        checks.retain(|check| check.sent <= MAX_SENDS);
        if checks.is_empty() && self.selected.is_none() {
            self.broken = true;
        }
    }

    fn heard(&mut self, now: Instant) {
        self.heard_at = now;
        self.asked_since = 0;
        self.noticed = false;
    }

    fn stun<'a>(&mut self, now: Instant, packet: &[u8], out: &mut Outbox) -> Came<'a> {
        let Some(id) = self.names.answered(packet) else { return Came::Nothing };
        let Some(at) = self.checks.iter().position(|check| check.id == id) else { return Came::Nothing };
        let check = self.checks.swap_remove(at);
        let was_up = self.is_up();
        self.heard(now);
        if check.nominate {
            self.nominated = true;
        } else if self.selected.is_none() {
            self.selected = Some(check.pair);
            self.checks.clear();
            self.check(now, check.pair, true);
            self.send_checks(now, out);
            self.begin_handshake(now, out);
        }
        if self.is_up() && !was_up { Came::Up } else { Came::Nothing }
    }

    fn begin_handshake(&mut self, now: Instant, out: &mut Outbox) {
        let Some(identity) = self.identity.take() else { return };
        match Dtls::client(&identity, self.relay, now) {
            Ok(dtls) => self.dtls = Some(dtls),
            Err(_) => self.broken = true,
        }
        self.drain(out);
    }

    fn handshake<'a>(&mut self, now: Instant, packet: &[u8], out: &mut Outbox) -> Came<'a> {
        let Some(dtls) = &mut self.dtls else {
            return Came::Nothing;
        };
        let received = dtls.receive(now, packet);
        self.drain(out);
        match received {
            Ok(None) => Came::Nothing,
            Ok(Some(keys)) => self.secure(now, &keys),
            Err(DtlsError::Closed | _) => {
                self.broken = true;
                Came::Nothing
            }
        }
    }

    fn secure<'a>(&mut self, now: Instant, keys: &SrtpKeys) -> Came<'a> {
        let goodbye = self.dtls.take().map(|mut dtls| {
            dtls.close(now);
            dtls.next_datagram().map(|datagram| datagram.to_vec()).unwrap_or_default()
        });
        let first_report = now + self.chance.about(REPORT);
        match Srtp::new(keys, goodbye.unwrap_or_default(), first_report) {
            Some(srtp) => self.srtp = Some(Box::new(srtp)),
            None => self.broken = true,
        }
        self.heard(now);
        self.secured_at = now;
        if self.is_up() { Came::Up } else { Came::Nothing }
    }

    fn drain(&mut self, out: &mut Outbox) {
        let Some(pair) = self.selected else { return };
        let Some(dtls) = &mut self.dtls else { return };
        while let Some(datagram) = dtls.next_datagram() {
            out.datagram(pair.path, pair.to, &datagram);
        }
    }
}

impl fmt::Debug for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leg").field("up", &self.is_up()).finish_non_exhaustive()
    }
}

/// How many of the relay's addresses are tried.
const MAX_PAIRS: usize = 8;
const PACE: Duration = Duration::from_millis(50);
/// Before the first repeat of a check; doubles each time.
const RETRY: Duration = Duration::from_millis(200);
const MAX_SENDS: u32 = 7;
const CONSENT: Duration = Duration::from_millis(2_500);
/// Audio that was flowing and pauses for so long is a reason to ask whether the relay is there.
const PAUSE: Duration = Duration::from_millis(500);
const SILENCE: Duration = Duration::from_secs(1);
/// The relay reports each second.
const FORGOTTEN: Duration = Duration::from_millis(2_500);
/// So many checks without an answer are a sign that the path is gone.
const CHECKS: u32 = 3;
