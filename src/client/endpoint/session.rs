//! One call as an endpoint lives it: its leg, its keys, its voice.

use std::time::{Duration, Instant};

use super::Endpoint;
use crate::{
    client::{
        arrivals::Arrivals,
        chance::Chance,
        event::{Event, Fault, Hearer},
        frames::{Frames, Held},
        group::Group,
        media::Media,
        options::EndpointOptions,
        seats::slots_of_leaves,
        stats::Stats,
        voice::{Ends, Voice},
        wire::Tag,
        writing::Writing,
    },
    core::ids::Slot,
    e2ee::{Epoch, RefusalCode, sframe::Dropped},
    proto::staff::Participant,
};

/// One call as either side lives it. A reload forgets all of it.
pub(in crate::client) struct Session {
    pub slot: Slot,
    /// None where the media level has no encryption.
    pub group: Option<Group>,
    pub media: Media,
    /// Whether the leg may be asked for.
    pub open: bool,
    /// The call is answered: from now on the microphone may be heard.
    pub answered: bool,
    frames: Frames,
    pub(super) voice: Option<Voice>,
    participants: Vec<Participant>,
    pub(super) writing: Writing,
    pub(super) heard: bool,
}

impl Endpoint {
    /// A new session of a call. Its legs take names and certificates that no earlier one had.
    pub(in crate::client) fn begin_session(
        &mut self,
        now: Instant,
        slot: Slot,
        group: Option<Group>,
    ) -> &mut Session {
        self.drop_session(false);
        let (first_path, identity) = self.legs;
        let chance = Chance::new(self.chance.next());
        let mut media = Media::new(self.carried, self.options.identities.clone(), first_path, chance, now);
        if let Some(identity) = identity {
            media.continue_from(identity);
        }
        self.arrivals = Arrivals::default();
        self.session.insert(Session {
            slot,
            group,
            media,
            open: false,
            answered: false,
            frames: Frames::default(),
            voice: None,
            participants: Vec::new(),
            writing: Writing::default(),
            heard: false,
        })
    }

    /// Ends the session; abruptly, or with a goodbye to the relay.
    pub(in crate::client) fn drop_session(&mut self, abrupt: bool) {
        let Some(session) = self.session.take() else { return };
        self.stats.packets_lost += self.arrivals.lost();
        self.arrivals = Arrivals::default();
        if let Some(voice) = &session.voice {
            voice.count(&mut self.stats);
        }
        self.legs = (session.media.next_path(), Some(session.media.next_identity()));
        session.media.close(abrupt, &mut self.out);
        let of_call = |tag| matches!(tag, Tag::Media | Tag::Commit | Tag::Application | Tag::KeyPackage);
        self.connection.forget(of_call);
    }

    /// Takes the server's list of who is in the call.
    pub(in crate::client) fn seat(&mut self, now: Instant, participants: &[Participant]) {
        let wall_ms = self.wall_ms(now);
        let Some(session) = &mut self.session else { return };
        session.participants = participants.to_vec();
        if let Some(group) = &mut session.group {
            group.seat(participants, wall_ms, &mut *self.options.entropy);
        }
    }

    /// The call is answered.
    pub(in crate::client) fn answered(&mut self, now: Instant) {
        self.moments.connected.get_or_insert(now);
        if let Some(session) = &mut self.session {
            session.answered = true;
        }
        self.begin_voice(now);
    }

    pub(super) fn heard_something(&mut self, now: Instant) {
        if self.moments.lost.is_some() && self.moments.heard_again.is_none() {
            self.moments.heard_again = Some(now);
        }
        let Some(session) = self.session.as_mut().filter(|session| !session.heard) else { return };
        session.heard = true;
        self.moments.first_audio.get_or_insert(now);
        self.out.event(Event::FirstAudio);
    }

    /// The voice begins when the call is answered: ticks before that would say nothing.
    fn begin_voice(&mut self, now: Instant) {
        let options = &self.options;
        let Some(session) = self.session.as_mut().filter(|session| session.voice.is_none()) else { return };
        // Whole milliseconds, so that a thread with thousands of endpoints wakes up once for all that are due in one.
        let phase = Duration::from_millis(self.chance.next() % 20);
        let offset = self.chance.next() as usize % 400;
        let (level, zero) = (options.media, options.clock_zero);
        match Voice::new(level, (options.mode, options.complexity), zero, phase, now, offset) {
            Ok(mut voice) => {
                voice.speak(self.speaking);
                session.voice = Some(voice);
            }
            Err(_) => self.out.event(Event::Broken(Fault::Codec)),
        }
    }

    pub(super) fn tick_media(&mut self, now: Instant) {
        let side = self.side();
        let Some(session) = self.session.as_mut().filter(|session| session.open) else { return };
        if let Some(request) = session.media.wanted(now).and_then(|leg| side.media(leg)) {
            self.connection.ask(now, Tag::Media, request, &mut self.out);
        }
        if session.media.tick(now, &mut self.out, &mut self.stats) {
            self.moments.lost = Some(now);
            self.moments.heard_again = None;
        }
        let Session { media, voice, frames, answered, group, .. } = session;
        let Some(voice) = voice else { return };
        let EndpointOptions { speech, mouth, ear, .. } = &mut self.options;
        let (out, encrypted, answered) = (&mut self.out, group.is_some(), *answered);
        // A generator that was held up may owe more than one tick.
        for _ in 0..MAX_TICKS {
            if voice.next_tick() > now {
                break;
            }
            let ends = Ends { speech, mouth, ear };
            voice.tick(now, ends, &mut self.stats, |frame, timestamp, stats| {
                if !answered {
                    return;
                }
                if !encrypted {
                    media.send(now, frame, timestamp, out, stats);
                } else if let Some(sealed) = frames.seal(frame) {
                    media.send(now, sealed, timestamp, out, stats);
                }
            });
        }
    }

    pub(super) fn install(&mut self, now: Instant, epoch: &Epoch) {
        let Some(session) = &mut self.session else { return };
        let slots = slots_of_leaves(&epoch.members, &session.participants, session.slot);
        let held = match session.frames.install(epoch, &slots, now) {
            Ok(held) => held,
            Err(_) => return self.out.event(Event::Alarm(RefusalCode::Malformed)),
        };
        session.writing.enter(&epoch.members, now);
        self.moments.keyed.get_or_insert(now);
        self.out.event(Event::Keyed { epoch: epoch.epoch });
        let hearers = epoch.members.iter().map(|member| match &member.identity {
            _ if member.me => Hearer::Me,
            identity => Hearer::of(identity),
        });
        self.out.event(Event::WhoCanHear(hearers.collect()));
        let clock_ms = now.saturating_duration_since(self.started).as_millis() as u64;
        let mut heard = false;
        for Held { slot, sequence, timestamp, arrived, frame } in held {
            heard |= session.hear(arrived, clock_ms, slot, sequence, timestamp, &frame, &mut self.stats);
        }
        if heard {
            self.heard_something(now);
        }
    }
}

impl Session {
    /// See [`Endpoint::warm`].
    pub(super) fn warm(&self) -> u64 {
        let voice = self.voice.as_ref().map_or(0, Voice::warm);
        u64::from(self.open) ^ u64::from(self.group.is_some()) ^ voice
    }

    /// See [`Endpoint::warm`].
    pub(super) fn warm_deep(&self, depth: usize) -> u64 {
        let voice = self.voice.as_ref().filter(|_| depth == 1).map_or(0, Voice::warm_deep);
        voice ^ self.media.warm(depth)
    }

    /// Takes a sealed frame. Gives whether it was authentic.
    #[allow(clippy::too_many_arguments, reason = "the fields of one packet")]
    pub(super) fn hear(
        &mut self,
        arrived: Instant,
        clock_ms: u64,
        slot: Slot,
        sequence: u16,
        timestamp: u32,
        payload: &[u8],
        stats: &mut Stats,
    ) -> bool {
        let frame = if self.group.is_some() {
            let may_come = self.frames.may_come(payload);
            match self.frames.open(slot, payload, clock_ms) {
                Ok(frame) => frame,
                Err(Dropped::UnknownKey) if may_come => {
                    let frame = payload.to_vec();
                    self.frames.hold(Held { slot, sequence, timestamp, arrived, frame });
                    return false;
                }
                Err(_) => {
                    stats.frames_refused += 1;
                    return false;
                }
            }
        } else {
            payload
        };
        if let Some(voice) = &mut self.voice {
            voice.hear(arrived, slot, sequence, timestamp, frame, stats);
        }
        true
    }
}

/// How many ticks of the media clock are made up for at once.
const MAX_TICKS: usize = 50;
