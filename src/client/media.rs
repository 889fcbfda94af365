//! Keeps one working media leg: opens it, watches it, and when it falls silent opens another beside it and moves over once that
//! one is up (make before break). A second leg with another certificate and another address rather than an ICE restart, as the
//! pages do: it serves for a changed network and for a relay that came back without memory alike.

use std::time::{Duration, Instant};

use super::{
    carrier::{Carried, CarriedLeg},
    chance::Chance,
    connection::retry_delay,
    event::{Event, LegPlan, PathId},
    leg::{Came, Leg as OwnLeg, LegOptions},
    options::IdentityPool,
    outbox::Outbox,
    stats::Stats,
};
use crate::proto::media::{self, LegRequest, hex_of_fingerprint};

/// See the module.
pub(super) struct Media {
    /// Somebody else carries the legs.
    carried: bool,
    identities: IdentityPool,
    next_identity: usize,
    next_path: u32,
    in_use: Option<Leg>,
    coming: Coming,
    attempt: u32,
    legs: u32,
    told_lost: bool,
    /// Frames that came, over any leg.
    frames: u64,
    /// When the leg in use must have brought more frames than these.
    probe: Option<(Instant, u64)>,
    chance: Chance,
}

enum Coming {
    /// None is wanted.
    None,
    /// One is to be asked for.
    Wanted { at: Instant },
    /// Signalling was asked with this certificate.
    Asked { identity: usize },
    /// It connects.
    Connecting { leg: Leg, until: Instant },
}

/// A leg, whoever carries it.
enum Leg {
    Own(Box<OwnLeg>),
    Carried(CarriedLeg),
}

impl Leg {
    /// How many names it was given.
    fn paths(&self) -> u32 {
        match self {
            Self::Own(leg) => leg.paths(),
            Self::Carried(_) => 1,
        }
    }

    fn has(&self, path: PathId) -> bool {
        match self {
            Self::Own(leg) => leg.has(path),
            Self::Carried(leg) => leg.has(path),
        }
    }

    /// Whether packets are missing that this side asks for.
    fn has_gaps(&self) -> bool {
        match self {
            Self::Own(leg) => leg.has_gaps(),
            Self::Carried(_) => false,
        }
    }

    fn warm(&self, depth: usize) -> u64 {
        match self {
            Self::Own(leg) => leg.warm(depth),
            Self::Carried(_) => 0,
        }
    }

    fn send(&mut self, now: Instant, payload: &[u8], timestamp: u32, out: &mut Outbox, stats: &mut Stats) {
        match self {
            Self::Own(leg) => leg.send(now, payload, timestamp, out, stats),
            Self::Carried(leg) => leg.send(payload, timestamp, out, stats),
        }
    }

    fn tick(&mut self, now: Instant, out: &mut Outbox, stats: &mut Stats) {
        if let Self::Own(leg) = self {
            leg.tick(now, out, stats);
        }
    }

    fn is_lost(&mut self, now: Instant) -> bool {
        match self {
            Self::Own(leg) => leg.is_lost(now),
            Self::Carried(leg) => leg.is_lost(now),
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        match self {
            Self::Own(leg) => leg.next_deadline(),
            Self::Carried(leg) => leg.next_deadline(),
        }
    }

    fn close(self, abrupt: bool, out: &mut Outbox) {
        match self {
            Self::Own(leg) if abrupt => leg.abandon(out),
            Self::Own(leg) => leg.close(out),
            Self::Carried(leg) => leg.close(abrupt, out),
        }
    }
}

impl Media {
    /// Wants a first leg at once.
    pub(super) fn new(
        carried: bool,
        identities: IdentityPool,
        first_path: u32,
        chance: Chance,
        now: Instant,
    ) -> Self {
        Self {
            carried,
            next_identity: identities.start(),
            identities,
            next_path: first_path,
            in_use: None,
            coming: Coming::Wanted { at: now },
            attempt: 0,
            legs: 0,
            told_lost: false,
            frames: 0,
            probe: None,
            chance,
        }
    }

    /// The first local address name that no leg of this endpoint has had.
    pub(super) fn next_path(&self) -> u32 {
        self.next_path
    }

    /// The certificate that comes after those of this endpoint's legs so far.
    pub(super) fn next_identity(&self) -> usize {
        self.next_identity
    }

    /// Goes on where an earlier life of this endpoint left off.
    pub(super) fn continue_from(&mut self, identity: usize) {
        self.next_identity = identity;
    }

    /// The request to make now, if a leg is wanted.
    pub(super) fn wanted(&mut self, now: Instant) -> Option<LegRequest> {
        let Coming::Wanted { at } = self.coming else { return None };
        if at > now {
            return None;
        }
        let identity = self.next_identity;
        self.next_identity += 1;
        self.coming = Coming::Asked { identity };
        let fingerprint = hex_of_fingerprint(self.identities.at(identity).fingerprint());
        Some(LegRequest { fingerprint, payload_type: PAYLOAD_TYPE })
    }

    /// Signalling's answer. None: there is none, and it is asked again later.
    pub(super) fn granted(&mut self, now: Instant, wall_ms: u64, leg: Option<&media::Leg>, out: &mut Outbox) {
        let Coming::Asked { identity } = self.coming else { return };
        let mut chance = Chance::new(self.chance.next());
        let opened = leg.and_then(|leg| {
            let identity = self.identities.at(identity).clone();
            let (payload_type, first_path) = (PAYLOAD_TYPE, self.next_path);
            if self.carried {
                let (path, relay, ssrc) = (PathId(first_path), leg.clone(), chance.next() as u32);
                let plan = LegPlan { path, relay, identity, payload_type, ssrc };
                return Some(Leg::Carried(CarriedLeg::open(plan, out)));
            }
            let options = LegOptions { leg, identity, payload_type, chance, first_path, wall_ms };
            OwnLeg::open(options, now, out).ok().map(Box::new).map(Leg::Own)
        });
        match opened {
            Some(leg) => {
                self.next_path += leg.paths();
                self.coming = Coming::Connecting { leg, until: now + ATTEMPT };
            }
            None => self.again(now),
        }
    }

    /// The network may have changed: opens a fresh leg at once, keeping the present one until that is up.
    pub(super) fn refresh(&mut self, now: Instant) {
        if matches!(self.coming, Coming::None | Coming::Wanted { .. }) {
            self.coming = Coming::Wanted { at: now };
        }
    }

    /// Signalling has come back: a leg that could not be asked for without it is asked for now, and not when its wait is over.
    /// A relay that was restarted with it knows no leg any more: one that brings nothing now is soon replaced.
    pub(super) fn can_ask(&mut self, now: Instant) {
        match &mut self.coming {
            Coming::Wanted { at } => {
                *at = now;
                self.attempt = self.attempt.min(1);
            }
            Coming::None if self.in_use.is_some() => self.probe = Some((now + WAKE, self.frames)),
            _ => {}
        }
    }

    /// See [`Endpoint::warm`](super::endpoint::Endpoint::warm).
    pub(super) fn warm(&self, depth: usize) -> u64 {
        self.in_use.as_ref().map_or(0, |leg| leg.warm(depth))
    }

    /// Whether packets are missing on the leg in use.
    pub(super) fn has_gaps(&self) -> bool {
        self.in_use.as_ref().is_some_and(Leg::has_gaps)
    }

    /// Takes a datagram.
    pub(super) fn receive<'a>(
        &mut self,
        now: Instant,
        path: PathId,
        packet: &'a mut [u8],
        out: &mut Outbox,
        stats: &mut Stats,
    ) -> Came<'a> {
        self.take(path, out, stats, move |leg, out, stats| match leg {
            Leg::Own(leg) => leg.receive(now, packet, out, stats),
            Leg::Carried(_) => Came::Nothing,
        })
    }

    /// Takes what the carrier of a leg says.
    pub(super) fn carried<'a>(
        &mut self,
        now: Instant,
        path: PathId,
        carried: Carried<'a>,
        out: &mut Outbox,
        stats: &mut Stats,
    ) -> Came<'a> {
        self.take(path, out, stats, move |leg, _, stats| match leg {
            Leg::Own(_) => Came::Nothing,
            Leg::Carried(leg) => leg.came(now, carried, stats),
        })
    }

    fn take<'a>(
        &mut self,
        path: PathId,
        out: &mut Outbox,
        stats: &mut Stats,
        come: impl FnOnce(&mut Leg, &mut Outbox, &mut Stats) -> Came<'a>,
    ) -> Came<'a> {
        if let Some(leg) = self.in_use.as_mut().filter(|leg| leg.has(path)) {
            let came = come(leg, out, stats);
            if matches!(came, Came::Frame { .. }) {
                self.frames += 1;
                self.attempt = 0;
                self.told_lost = false;
            }
            return came;
        }
        let Coming::Connecting { leg, .. } = &mut self.coming else { return Came::Nothing };
        if !leg.has(path) {
            return Came::Nothing;
        }
        let came = come(leg, out, stats);
        if matches!(came, Came::Up) {
            self.move_over(out, stats);
        }
        came
    }

    /// Sends a frame over whichever leg is in use.
    pub(super) fn send(
        &mut self,
        now: Instant,
        payload: &[u8],
        timestamp: u32,
        out: &mut Outbox,
        stats: &mut Stats,
    ) {
        if let Some(leg) = &mut self.in_use {
            leg.send(now, payload, timestamp, out, stats);
        }
    }

    /// Does what is due. Gives whether the leg in use was found to be silent.
    pub(super) fn tick(&mut self, now: Instant, out: &mut Outbox, stats: &mut Stats) -> bool {
        let mut lost = false;
        if let Some((_, frames)) = self.probe.take_if(|(at, _)| *at <= now)
            && frames == self.frames
        {
            self.refresh(now);
        }
        if let Some(leg) = &mut self.in_use {
            leg.tick(now, out, stats);
            if leg.is_lost(now) {
                lost = self.silent(now, out);
            }
        }
        let Coming::Connecting { leg, until } = &mut self.coming else { return lost };
        leg.tick(now, out, stats);
        if leg.is_lost(now) || *until <= now {
            if let Coming::Connecting { leg, .. } = std::mem::replace(&mut self.coming, Coming::None) {
                leg.close(false, out);
            }
            self.again(now);
        }
        lost
    }

    /// When [`Media::tick`] or [`Media::wanted`] is next due.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let coming = match &self.coming {
            Coming::None | Coming::Asked { .. } => None,
            Coming::Wanted { at } => Some(*at),
            Coming::Connecting { leg, until } => leg.next_deadline().into_iter().chain([*until]).min(),
        };
        let probe = self.probe.map(|(at, _)| at);
        [coming, probe, self.in_use.as_ref().and_then(Leg::next_deadline)].into_iter().flatten().min()
    }

    /// Ends all legs; abruptly, or in good order.
    pub(super) fn close(self, abrupt: bool, out: &mut Outbox) {
        let coming = match self.coming {
            Coming::Connecting { leg, .. } => Some(leg),
            _ => None,
        };
        for leg in self.in_use.into_iter().chain(coming) {
            leg.close(abrupt, out);
        }
    }

    fn move_over(&mut self, out: &mut Outbox, stats: &mut Stats) {
        let Coming::Connecting { leg, .. } = std::mem::replace(&mut self.coming, Coming::None) else {
            return;
        };
        if let Some(old) = self.in_use.replace(leg) {
            old.close(false, out);
        }
        // What was asked of the leg before is not asked of this one.
        self.probe = None;
        stats.legs_replaced += u64::from(self.legs > 0);
        self.legs += 1;
        out.event(Event::LegConnected);
    }

    /// The leg in use is silent. Gives whether that is news.
    fn silent(&mut self, now: Instant, out: &mut Outbox) -> bool {
        let news = !self.told_lost;
        if news {
            self.told_lost = true;
            out.event(Event::LegLost);
        }
        // A fresh leg that is silent too means that more is wrong than the leg: each further one waits longer.
        if matches!(self.coming, Coming::None) {
            if self.attempt == 0 {
                self.attempt = 1;
                self.refresh(now);
            } else {
                self.again(now);
            }
        }
        news
    }

    fn again(&mut self, now: Instant) {
        let wait = retry_delay(self.attempt, &mut self.chance);
        self.attempt = self.attempt.saturating_add(1);
        self.coming = Coming::Wanted { at: now + wait };
    }
}

const PAYLOAD_TYPE: u8 = 111;
/// A leg that has not come up by then is given up and tried anew.
const ATTEMPT: Duration = Duration::from_secs(8);
/// How long a leg may bring nothing when signalling is back.
const WAKE: Duration = Duration::from_millis(300);
