//! The receiver: frames in as they arrive, 10 ms of sound out whenever asked.
//!
//! Holds no clock: `now` and arrivals are times since any one moment, the same for both. Allocates only in `new`.
//!
//! The playhead's *transit* (now minus the media time being played) is compared with the estimator's target. Sound is
//! decoded only when it is due; where it is too late or too early against the target, a pitch period is left out or
//! repeated. A hole is filled at the moment at which it must be heard, from the best there is: the frame, the LBRR copy
//! in the next one, DRED, the decoder's concealment, and after a while comfort noise.

mod pace;
mod repair;

use std::time::Duration;

use super::{
    codec::{self, CodecError, Decoder, Dred, MAX_PACKET_SAMPLES},
    comfort::ComfortNoise,
    delay::{Arrival, DelayEstimator},
    packets::{Arrived, Held, Inserted, MAX_PAYLOAD, PacketBuffer},
    stats::{Repair, Stats},
    stretch::Line,
};

/// Samples in a tick of 10 ms.
pub const TICK: usize = 480;
const TICK_MS: f64 = 10.0;
/// A transit this far from the usual means another timeline: a new sender, or a clock set anew. Milliseconds.
const NEW_TIMELINE_MS: f64 = 2_000.0;
/// A sender that counts on by no more than so many, while its timestamp goes back by more than the longest packet, has set
/// its clock anew: no network delays a frame into the past of those sent before it.
const MOST_AHEAD: u16 = 50;
/// One frame as it came from the network (and out of its encryption).
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// RTP sequence number.
    pub sequence: u16,
    /// RTP timestamp: samples at 48 kHz, wraps.
    pub timestamp: u32,
    /// The Opus packet; empty when muted.
    pub payload: &'a [u8],
    /// When it arrived, on the clock of `pull_10ms`.
    pub arrival: Duration,
}

/// How a receiver is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceiverSettings {
    /// The decoder's complexity: 5 conceals with the neural model, 0 is cheapest.
    pub complexity: u8,
    /// Whether DRED is looked for.
    pub dred: bool,
}

impl Default for ReceiverSettings {
    fn default() -> Self {
        Self { complexity: 5, dred: true }
    }
}

/// See the module.
#[derive(Debug)]
pub struct Receiver {
    decoder: Decoder,
    dred: Option<Dred>,
    /// Media time of the frame whose redundancy `dred` holds, and how far back it reaches.
    dred_of: Option<(i64, usize)>,
    packets: PacketBuffer,
    delay: DelayEstimator,
    line: Line,
    comfort: ComfortNoise,
    timeline: Option<Timeline>,
    /// Samples concealed in a row, up to the playhead's end.
    concealed_run: u32,
    /// Samples played without media time going on, since nothing had come.
    owed: i64,
    /// Media time that was passed over since nothing came, since the last frame. Samples.
    passed_over: i64,
    /// Samples repeated in a row while a frame was waited for.
    gone_on: u32,
    /// Ticks until the next change of speed is allowed.
    rest: u32,
    background: f32,
    /// Whether the last frame was background sound.
    quiet: bool,
    /// Whether the last frame said that the sender sends nothing for a while.
    silent: bool,
    scratch: Box<[u8; MAX_PAYLOAD]>,
    out: [i16; TICK],
    stats: Stats,
}

#[derive(Debug, Clone, Copy)]
struct Timeline {
    /// The newest timestamp, wrapped and not.
    newest: (u32, i64),
    newest_sequence: u16,
    /// The sequence number of the frame played last.
    played: Option<u16>,
    /// Media time just after what was decoded; `None` until the first frame is played.
    decoded: Option<i64>,
    /// Whether the sender makes LBRR copies.
    lbrr: bool,
    /// Samples in the sender's frames.
    frame: u32,
    last_arrival_ms: f64,
}

impl Receiver {
    /// A receiver that has heard nothing.
    ///
    /// # Errors
    /// When libopus has no memory.
    pub fn new(settings: ReceiverSettings) -> Result<Self, CodecError> {
        Ok(Self {
            decoder: Decoder::new(settings.complexity)?,
            dred: if settings.dred { Some(Dred::new()?) } else { None },
            dred_of: None,
            packets: PacketBuffer::default(),
            delay: DelayEstimator::default(),
            line: Line::new(MAX_PACKET_SAMPLES + 2 * TICK),
            comfort: ComfortNoise::default(),
            timeline: None,
            concealed_run: 0,
            owed: 0,
            passed_over: 0,
            gone_on: 0,
            rest: 0,
            background: 0.0,
            quiet: true,
            silent: false,
            scratch: Box::new([0; MAX_PAYLOAD]),
            out: [0; TICK],
            stats: Stats::default(),
        })
    }

    /// Takes a frame that arrived. Anything may be passed: garbage, duplicates, frames far too late or early.
    pub fn insert(&mut self, frame: Frame<'_>) {
        self.stats.frames += 1;
        let arrival_ms = ms(frame.arrival);
        let samples = if frame.payload.is_empty() {
            // Muted: as long as the frames before.
            self.stats.empty += 1;
            self.timeline.map_or(960, |line| line.frame)
        } else if let Some(samples) = codec::packet_samples(frame.payload) {
            samples as u32
        } else {
            self.stats.unusable += 1;
            return;
        };
        let newest = self.timeline.map(|line| (line.newest_sequence, line.newest.1 + i64::from(line.frame)));
        let start = self.place(frame, arrival_ms, samples);
        let lbrr = codec::has_lbrr(frame.payload);
        if let Some(line) = &mut self.timeline {
            line.lbrr |= lbrr;
        }
        let missing = newest.map_or(0, |(sequence, end)| {
            frames_missing(sequence, frame.sequence, (start - end) / i64::from(samples))
        });
        self.delay.insert(Arrival { at_ms: arrival_ms, start, samples, lbrr, missing });
        if self
            .timeline
            .and_then(|line| line.decoded)
            .is_some_and(|decoded| start + i64::from(samples) <= decoded)
        {
            self.stats.late += 1;
            return;
        }
        let Frame { sequence, payload, .. } = frame;
        match self.packets.insert(Arrived { start, samples, sequence, lbrr, payload }) {
            Inserted::Kept => {}
            Inserted::Duplicate => self.stats.duplicates += 1,
            Inserted::TooLarge => self.stats.unusable += 1,
        }
    }

    /// The next 10 ms at 48 kHz. Call it every 10 ms; `now` may jitter.
    pub fn pull_10ms(&mut self, now: Duration) -> &[i16; TICK] {
        let now_ms = ms(now);
        self.stats.ticks += 1;
        if self.begin(now_ms) {
            self.keep_pace(now_ms);
            self.fill(TICK);
        }
        let played = self.line.play(&mut self.out);
        self.out[played..].fill(0);
        if let Some(transit) = self.playhead_transit(now_ms + TICK_MS) {
            self.stats.note_delay(transit - self.delay.usual(), self.delay.target_ms());
        }
        &self.out
    }

    /// What happened so far.
    pub fn stats(&self) -> Stats {
        let mut stats = self.stats;
        stats.overflowed = self.packets.overflowed;
        stats.stalls = self.delay.stalls;
        stats
    }

    /// The media time of a timestamp, unwrapped, on the present timeline or a new one.
    fn place(&mut self, frame: Frame<'_>, arrival_ms: f64, samples: u32) -> i64 {
        let Frame { timestamp, sequence, .. } = frame;
        if let Some(line) = &mut self.timeline {
            let start = line.newest.1 + i64::from(timestamp.wrapping_sub(line.newest.0).cast_signed());
            let transit = arrival_ms - start as f64 / 48.0;
            let ahead_of_playhead = line.decoded.is_none_or(|decoded| start - decoded < 48_000 * 10);
            let counts_on = (1..=MOST_AHEAD).contains(&sequence.wrapping_sub(line.newest_sequence));
            let set_back = counts_on && start + (MAX_PACKET_SAMPLES as i64) < line.newest.1;
            if (transit - self.delay.usual()).abs() < NEW_TIMELINE_MS && ahead_of_playhead && !set_back {
                if start > line.newest.1 {
                    line.newest = (timestamp, start);
                    line.newest_sequence = sequence;
                }
                line.frame = samples;
                line.last_arrival_ms = arrival_ms;
                return start;
            }
            self.stats.timelines += 1;
            self.packets.clear();
            self.dred_of = None;
            self.delay = DelayEstimator::default();
            self.owed = 0;
            self.passed_over = 0;
            self.silent = false;
        }
        let start = i64::from(timestamp);
        self.timeline = Some(Timeline {
            newest: (timestamp, start),
            newest_sequence: sequence,
            played: None,
            lbrr: false,
            decoded: None,
            frame: samples,
            last_arrival_ms: arrival_ms,
        });
        start
    }

    /// Whether sound has begun: the first frame is due.
    fn begin(&mut self, now_ms: f64) -> bool {
        let Some(line) = &mut self.timeline else { return false };
        if line.decoded.is_some() {
            return true;
        }
        let Some(first) = self.packets.frames().first() else { return false };
        if now_ms + TICK_MS < first.start as f64 / 48.0 + self.delay.target_transit() {
            return false;
        }
        line.decoded = Some(first.start);
        true
    }

    fn decoded(&self) -> Option<i64> {
        self.timeline.and_then(|line| line.decoded)
    }

    /// Now minus the media time at the playhead, milliseconds.
    fn playhead_transit(&self, now_ms: f64) -> Option<f64> {
        self.decoded().map(|decoded| now_ms - (decoded - self.line.ahead() as i64) as f64 / 48.0)
    }

    /// Decodes or repairs until `wanted` samples are ahead, or nothing more can be had.
    fn fill(&mut self, wanted: usize) {
        while self.line.ahead() < wanted {
            let Some(decoded) = self.decoded() else { return };
            self.packets.forget_before(decoded);
            self.explain_silence(decoded);
            let produced = match self.packets.frames().first().copied() {
                Some(held) if held.start <= decoded => self.play_frame(held, decoded),
                Some(held) => self.repair(held.start, decoded),
                None => self.wait(),
            };
            if produced == 0 {
                return;
            }
        }
    }

    fn play_frame(&mut self, held: Held, decoded: i64) -> usize {
        self.silent = held.is_silent();
        if self.silent {
            return self.play_silent(held, decoded);
        }
        let payload = self.packets.payload(&held, &mut self.scratch);
        let room = self.line.room();
        let result = self.decoder.decode(payload, &mut room[..MAX_PACKET_SAMPLES]);
        self.pass(held);
        match result {
            Ok(samples) => {
                // A frame that begins before the playhead's end (other frame boundaries) is heard from there on.
                let skip = ((decoded - held.start).max(0) as usize).min(samples);
                self.line.room().copy_within(skip..samples, 0);
                self.learn_background(samples - skip);
                self.line.extend(samples - skip);
                self.concealed_run = 0;
                self.gone_on = 0;
                self.stats.note(Repair::None, samples - skip);
                samples - skip
            }
            Err(_) => {
                self.stats.unusable += 1;
                self.conceal()
            }
        }
    }

    /// Media time goes on to the end of a frame, played or not.
    fn pass(&mut self, held: Held) {
        if let Some(line) = &mut self.timeline {
            line.played = Some(held.sequence);
        }
        self.advance(held.end());
        self.packets.forget_before(held.end());
        self.owed = 0;
    }

    fn advance(&mut self, to: i64) {
        if let Some(line) = &mut self.timeline {
            line.decoded = Some(to);
        }
    }

    fn advance_by(&mut self, samples: i64) {
        if let Some(decoded) = self.decoded() {
            self.advance(decoded + samples);
        }
    }

    /// The power under which a change is not heard: that of the background, or of -66 dBFS.
    fn inaudible(&self) -> f32 {
        self.background.max(250.0)
    }

    /// Follows the level of the background: down at once, up slowly.
    fn learn_background(&mut self, samples: usize) {
        let heard = &self.line.room()[..samples];
        if heard.is_empty() {
            return;
        }
        let power = heard.iter().step_by(4).map(|&s| f32::from(s) * f32::from(s)).sum::<f32>()
            / heard.len().div_ceil(4) as f32;
        self.background = if power < self.background { power } else { self.background * 1.01 + 0.5 };
        self.quiet = power <= 4.0 * self.inaudible();
        self.comfort.set_level(self.background.sqrt());
    }
}

/// How many of `room` frames' time between two frames was lost: by sequence number, since a sender that has nothing to say
/// leaves time out but no number. Numbers that make no sense are not believed.
fn frames_missing(from: u16, to: u16, room: i64) -> i64 {
    match i64::from(to.wrapping_sub(from)) - 1 {
        missing if (0..room).contains(&missing) => missing,
        _ => room.max(0),
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
