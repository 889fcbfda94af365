//! What an endpoint says and hears, by its media level: the media clock, the codec, and how long sound took.

use std::{
    fmt,
    time::{Duration, Instant},
};

use super::{
    marks::{MarkFinder, MarkMaker},
    options::{Ear, MediaLevel, Mouth, PHASE, PHASES, Speech},
    stats::Stats,
};
use crate::{
    audio::{
        Frame, Plan, Receiver, ReceiverSettings, Report, Sender, SenderSettings, TICK,
        codec::{CodecError, Mode},
    },
    core::ids::Slot,
};

/// The whole of the sound of one call.
pub(super) struct Voice {
    kind: Kind,
    /// When the next tick is due.
    next: Instant,
    zero: Instant,
    timestamp: u32,
    /// Where in the speech the next tick begins.
    at: usize,
    speaking: bool,
    scratch: Vec<u8>,
}

enum Kind {
    Full(Box<Full>),
    Sealed,
    Packets,
}

struct Full {
    /// None: what is said was encoded beforehand, for the phase of that number.
    sender: Option<Sender>,
    phase: usize,
    timestamp: u32,
    receivers: [Option<Box<Receiver>>; Slot::COUNT],
    complexity: u8,
    maker: MarkMaker,
    finder: MarkFinder,
}

/// The person's own ends, where there are any.
pub(super) struct Ends<'a> {
    pub speech: &'a Speech,
    pub mouth: &'a mut Option<Box<dyn Mouth>>,
    pub ear: &'a mut Option<Box<dyn Ear>>,
}

impl Voice {
    /// A voice whose ticks fall on `phase` within each 20 ms after `zero`, so that endpoints are spread evenly, and that begins
    /// `offset` pieces into the speech.
    pub(super) fn new(
        level: MediaLevel,
        (mode, complexity): (Mode, u8),
        zero: Instant,
        phase: Duration,
        now: Instant,
        offset: usize,
    ) -> Result<Self, CodecError> {
        let encodes = level == MediaLevel::Full;
        let number = (phase.as_millis() / PHASE.as_millis()) as u32 % PHASES;
        let phase = if level == MediaLevel::Heard { PHASE * number } else { phase };
        let kind = match level {
            MediaLevel::Full | MediaLevel::Heard => Kind::Full(Box::new(Full {
                sender: encodes
                    .then(|| Sender::new(SenderSettings { mode, complexity, plan: Plan::USUAL }))
                    .transpose()?,
                phase: number as usize,
                timestamp: 0,
                receivers: Default::default(),
                complexity,
                maker: MarkMaker::new(),
                finder: MarkFinder::new(zero),
            })),
            MediaLevel::Sealed => Kind::Sealed,
            MediaLevel::Packets => Kind::Packets,
        };
        let since = now.saturating_duration_since(zero).as_micros() as u64;
        let frame = FRAME.as_micros() as u64;
        let next = zero + Duration::from_micros((since / frame + 1) * frame) + phase;
        let at = if matches!(level, MediaLevel::Full | MediaLevel::Heard) { offset * TICK } else { offset };
        Ok(Self { kind, next, zero, timestamp: 0, at, speaking: true, scratch: Vec::new() })
    }

    pub(super) fn speak(&mut self, speaking: bool) {
        self.speaking = speaking;
    }

    /// When the next tick is due.
    pub(super) fn next_tick(&self) -> Instant {
        self.next
    }

    /// See [`Endpoint::warm`](super::endpoint::Endpoint::warm).
    pub(super) fn warm(&self) -> u64 {
        u64::from(self.timestamp) ^ u64::from(self.speaking)
    }

    /// See [`Endpoint::warm`](super::endpoint::Endpoint::warm).
    pub(super) fn warm_deep(&self) -> u64 {
        u64::from(self.scratch.iter().step_by(64).fold(0, |sum, byte| sum ^ byte))
    }

    /// Runs the tick that is due, if one is. `send` gets a frame (not yet sealed) and its timestamp, when there is one to send.
    pub(super) fn tick(
        &mut self,
        now: Instant,
        ends: Ends<'_>,
        stats: &mut Stats,
        mut send: impl FnMut(&[u8], u32, &mut Stats),
    ) {
        if self.next > now {
            return;
        }
        let due = self.next;
        let late = now.saturating_duration_since(due);
        stats.ticks_late += u64::from(late > Duration::from_millis(10));
        self.next = due + self.period();
        if late > TOO_LATE {
            // A generator that stood still does not make up for it: what was not said is gone.
            self.next = now + self.period();
        }
        let at = self.at;
        match &mut self.kind {
            Kind::Full(full) => {
                self.at = at + TICK;
                full.tick(due, at, self.speaking, ends, stats, &mut send);
            }
            Kind::Sealed => {
                self.at = at + 1;
                let frames = &ends.speech.frames;
                if self.speaking
                    && let Some(frame) = frames.get(at % frames.len().max(1))
                {
                    self.scratch.clear();
                    self.scratch.extend_from_slice(frame);
                    self.scratch.resize(frame.len().max(STAMP_LEN), 0);
                    stamp(&mut self.scratch, now.saturating_duration_since(self.zero));
                    send(&self.scratch, self.timestamp, stats);
                }
                self.timestamp = self.timestamp.wrapping_add(2 * TICK as u32);
            }
            Kind::Packets => {
                if self.speaking {
                    let mut packet = [0x55; PACKET];
                    stamp(&mut packet, now.saturating_duration_since(self.zero));
                    send(&packet, self.timestamp, stats);
                }
                self.timestamp = self.timestamp.wrapping_add(2 * TICK as u32);
            }
        }
    }

    /// Takes a frame of somebody, opened.
    pub(super) fn hear(
        &mut self,
        arrived: Instant,
        slot: Slot,
        sequence: u16,
        timestamp: u32,
        payload: &[u8],
        stats: &mut Stats,
    ) {
        let arrival = arrived.saturating_duration_since(self.zero);
        match &mut self.kind {
            Kind::Full(full) => {
                let complexity = full.complexity;
                let receiver = &mut full.receivers[slot.index()];
                if receiver.is_none() {
                    // 5 is the decoder's neural concealment; what lies above costs more than a listener notices.
                    let settings = ReceiverSettings { complexity: complexity.min(5), dred: false };
                    *receiver = Receiver::new(settings).ok().map(Box::new);
                }
                if let Some(receiver) = receiver {
                    receiver.insert(Frame { sequence, timestamp, payload, arrival });
                }
            }
            Kind::Sealed | Kind::Packets => {
                if let Some(sent) = stamped(payload) {
                    stats.one_way_us.record_duration(arrival.saturating_sub(sent));
                }
            }
        }
    }

    /// The relay's report of what was sent: the encoder adapts.
    pub(super) fn report(&mut self, report: Report) {
        if let Kind::Full(full) = &mut self.kind
            && let Some(sender) = &mut full.sender
        {
            sender.report(report);
        }
    }

    /// What the encoder follows at present.
    pub(super) fn plan(&self) -> Option<Plan> {
        match &self.kind {
            Kind::Full(full) => full.sender.as_ref().map(Sender::next_plan),
            Kind::Sealed | Kind::Packets => None,
        }
    }

    /// What the receivers counted goes into `stats`.
    pub(super) fn count(&self, stats: &mut Stats) {
        let Kind::Full(full) = &self.kind else { return };
        for receiver in full.receivers.iter().flatten() {
            let heard = receiver.stats();
            stats.frames_late += heard.late;
            stats.samples_played += heard.ticks * TICK as u64;
            stats.samples_concealed += heard.concealed + heard.comfort;
        }
    }

    fn period(&self) -> Duration {
        match self.kind {
            Kind::Full(_) => FRAME / 2,
            Kind::Sealed | Kind::Packets => FRAME,
        }
    }
}

impl Full {
    fn tick(
        &mut self,
        due: Instant,
        at: usize,
        speaking: bool,
        ends: Ends<'_>,
        stats: &mut Stats,
        send: &mut impl FnMut(&[u8], u32, &mut Stats),
    ) {
        let marked = ends.mouth.is_none();
        match &mut self.sender {
            Some(sender) => {
                let mut pcm = [0; TICK];
                match ends.mouth {
                    Some(mouth) => mouth.speak(due, &mut pcm),
                    None => {
                        let samples = &ends.speech.samples;
                        // Speech is whole frames, so that a tick never runs over its end.
                        let start = at % samples.len().max(1);
                        if let Some(from) = samples.get(start..start + TICK) {
                            pcm.copy_from_slice(from);
                        }
                        self.maker.mark(self.finder.since_zero(due), &mut pcm);
                    }
                }
                if !speaking {
                    pcm = [0; TICK];
                }
                // A frame that libopus fails on is lost, as one on the network would be.
                if let Ok(Some(frame)) = sender.push_10ms(&pcm) {
                    send(frame.payload, frame.timestamp, stats);
                }
            }
            None if speaking => self.say_prepared(due, ends.speech, stats, send),
            None => {}
        }
        let mut heard = [0; TICK];
        let mut anyone = false;
        for receiver in self.receivers.iter_mut().flatten() {
            anyone = true;
            let now = self.finder.since_zero(due);
            for (to, from) in heard.iter_mut().zip(receiver.pull_10ms(now)) {
                *to = i16::saturating_add(*to, *from);
            }
        }
        if anyone && marked {
            self.finder.hear(due, &heard, |delay| stats.mouth_to_ear_us.record_duration(delay));
        }
        if let Some(ear) = ends.ear {
            ear.hear(due, &heard);
        }
    }
}

impl Full {
    /// Sends the frame that ends at `due`, if one does.
    fn say_prepared(
        &mut self,
        due: Instant,
        speech: &Speech,
        stats: &mut Stats,
        send: &mut impl FnMut(&[u8], u32, &mut Stats),
    ) {
        let phase = PHASE * self.phase as u32;
        let tick = (self.finder.since_zero(due).saturating_sub(phase).as_millis() / 10) as usize;
        let frames = speech.marked.get(self.phase).map_or(&[][..], |frames| frames);
        if tick.is_multiple_of(2)
            && tick > 0
            && let Some(frame) = frames.get((tick / 2 - 1) % frames.len().max(1))
        {
            send(frame, self.timestamp, stats);
            self.timestamp = self.timestamp.wrapping_add(2 * TICK as u32);
        }
    }
}

impl fmt::Debug for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Full(_) => "Voice(full)",
            Kind::Sealed => "Voice(sealed)",
            Kind::Packets => "Voice(packets)",
        })
    }
}

/// Writes when a frame is sent over its end.
/// `frame` is at least `STAMP_LEN` long.
fn stamp(frame: &mut [u8], since: Duration) {
    let Some(end) = frame.last_chunk_mut::<STAMP_LEN>() else { return };
    end[..8].copy_from_slice(STAMP);
    end[8..].copy_from_slice(&(since.as_micros() as u64).to_be_bytes());
}

fn stamped(frame: &[u8]) -> Option<Duration> {
    let end: &[u8; STAMP_LEN] = frame.last_chunk()?;
    let micros: [u8; 8] = *end.last_chunk()?;
    end.starts_with(STAMP).then(|| Duration::from_micros(u64::from_be_bytes(micros)))
}

const STAMP: &[u8; 8] = b"ql-sent:";
const STAMP_LEN: usize = 16;
/// Bytes of a sealed frame of 20 ms at 32 kbit/s: 80 of Opus, 5 of header, 16 of tag.
const PACKET: usize = 101;
/// A frame of 20 ms.
const FRAME: Duration = Duration::from_millis(20);
const TOO_LATE: Duration = Duration::from_millis(500);
