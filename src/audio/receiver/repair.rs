//! Repair: what is heard where a frame is missing. The copy in the next frame, DRED, the decoder's concealment, and at last
//! comfort noise.

use super::{Receiver, TICK, frames_missing};
use crate::audio::{codec::MAX_PACKET_SAMPLES, packets::Held, stats::Repair, stretch::Tolerance};

/// Concealment that goes on for longer than this fades to comfort noise. Samples.
const FADE_AFTER: u32 = 120 * 48;
const FADE_OVER: u32 = 80 * 48;
/// A late frame is waited for with repeated sound for less than so many samples, and what was begun: any longer is a loop.
const GOING_ON: u32 = 15 * 48;
/// What is left of a hole that shrinks, samples: as long as a joint.
const LEAST_HOLE: i64 = 480;
/// How many of the next frames are searched for DRED.
const DRED_SEARCH: usize = 3;

impl Receiver {
    /// Something is missing before `next`: the best that can be had for the first piece of it.
    pub(super) fn repair(&mut self, next: i64, decoded: i64) -> usize {
        let mut gap = next - decoded;
        let left_out = self.left_out(gap);
        if left_out > 0 {
            return self.play_left_out(left_out);
        }
        if self.owed > 0 {
            // Time has gone on already while nothing came.
            let settled = gap.min(self.owed);
            self.owed = 0;
            gap -= settled;
            self.advance(next - gap);
            if gap == 0 {
                return self.play_next();
            }
        }
        let frame = self.timeline.map_or(960, |line| i64::from(line.frame)).max(120);
        let Some(held) = self.packets.frames().first().copied() else { return 0 };
        if gap <= frame && held.lbrr {
            let payload = self.packets.payload(&held, &mut self.scratch);
            let room = self.line.room();
            // The copy is of a whole frame; where part of its time is over, its end is played.
            if let Ok(samples) = self.decoder.decode_lbrr(payload, &mut room[..frame as usize]) {
                let over = samples.saturating_sub(gap as usize);
                room.copy_within(over..samples, 0);
                let joined = samples - over;
                self.line.extend_joined(joined, if over > 0 { self.loosely() } else { Tolerance::NONE });
                return self.repaired(Repair::Lbrr, joined);
            }
        }
        if let Some(samples) = self.dred_piece(gap) {
            self.line.extend(samples);
            return self.repaired(Repair::Dred, samples);
        }
        if gap >= 2 * TICK as i64 && self.unspoken(held) {
            // Where nobody spoke a hole may shrink; the pace gives it back from real sound, unheard. Not by more than half
            // of the delay: the sound after it must not run dry.
            let spare = ((self.delay.target_ms() * 24.0) as i64 / 120 * 120).max(TICK as i64);
            let left_out = (gap - LEAST_HOLE).min(spare);
            self.stats.skipped += left_out as u64;
            self.advance_by(left_out);
            gap -= left_out;
        }
        // Leave what the next frame's copy can give to the copy.
        let piece = if held.lbrr && gap > frame { (gap - frame).min(480) } else { gap.min(480) };
        self.advance_by(piece);
        self.conceal_piece((piece / 120 * 120).max(120) as usize)
    }

    /// Whether nothing was said in what is missing before `next`. An encoder makes copies of the frames in which it heard a
    /// voice, and of no others; where it makes none at all, what came before must do.
    fn unspoken(&self, next: Held) -> bool {
        if self.timeline.is_some_and(|line| line.lbrr) { !next.lbrr } else { self.quiet }
    }

    /// Samples at the beginning of a gap in which the sender sent nothing: nothing is missing there.
    fn left_out(&self, gap: i64) -> i64 {
        match (self.timeline.and_then(|line| line.played), self.packets.frames().first()) {
            (Some(played), Some(held)) => {
                let frame = i64::from(held.samples);
                gap - frame * frames_missing(played, held.sequence, (gap + frame - 1) / frame)
            }
            _ => 0,
        }
    }

    /// Whether the sender had nothing to say in the time that was passed over is known when the next frame has come.
    pub(super) fn explain_silence(&mut self, decoded: i64) {
        let Some(next) = self.packets.frames().first().map(|held| held.start) else { return };
        if self.passed_over > 0 {
            let left_out = self.left_out(next - decoded + self.passed_over);
            self.stats.excuse(left_out.clamp(0, self.passed_over) as u64);
            self.passed_over = 0;
        }
    }

    fn play_left_out(&mut self, samples: i64) -> usize {
        if self.owed > 0 {
            let settled = samples.min(self.owed);
            self.stats.excuse(settled as u64);
            self.owed = 0;
            self.advance_by(settled);
            if settled == samples {
                return self.play_next();
            }
        }
        let piece = (samples - self.owed).min(TICK as i64);
        self.advance_by(piece);
        self.silence(piece as usize)
    }

    /// A frame in which nothing is said: its time passes.
    pub(super) fn play_silent(&mut self, held: Held, decoded: i64) -> usize {
        let samples = (held.end() - decoded).clamp(0, MAX_PACKET_SAMPLES as i64);
        self.pass(held);
        self.silence(samples as usize)
    }

    /// Comfort noise where the sender sends nothing.
    fn silence(&mut self, samples: usize) -> usize {
        let room = &mut self.line.room()[..samples];
        room.fill(0);
        self.comfort.fade_into(room, 1, 1);
        self.line.extend_joined(samples, Tolerance { correlation: -1.0, background: self.inaudible() });
        self.concealed_run = 0;
        self.gone_on = 0;
        self.stats.note(Repair::Silence, samples);
        samples
    }

    fn play_next(&mut self) -> usize {
        match (self.packets.frames().first().copied(), self.decoded()) {
            (Some(held), Some(decoded)) if held.start <= decoded => self.play_frame(held, decoded),
            _ => 0,
        }
    }

    fn repaired(&mut self, how: Repair, samples: usize) -> usize {
        self.advance_by(samples as i64);
        self.concealed_run = 0;
        self.gone_on = 0;
        self.stats.note(how, samples);
        samples
    }

    /// The first 10 ms of the gap from one of the next frames' deep redundancy.
    fn dred_piece(&mut self, gap: i64) -> Option<usize> {
        let decoded = self.decoded()?;
        let dred = self.dred.as_mut()?;
        for held in self.packets.frames().iter().take(DRED_SEARCH) {
            let back = usize::try_from(held.start - decoded).ok()?;
            if back > 48_000 {
                break;
            }
            let reach = match self.dred_of {
                Some((of, reach)) if of == held.start => reach,
                _ => {
                    let payload = self.packets.payload(held, &mut self.scratch);
                    let reach = dred.parse(payload, 48_000).unwrap_or(0);
                    self.dred_of = Some((held.start, reach));
                    reach
                }
            };
            let piece = (gap.min(480) / 120 * 120) as usize;
            if reach >= back && piece > 0 {
                let room = self.line.room();
                if let Ok(samples) = dred.decode(&mut self.decoder, back, &mut room[..piece]) {
                    return Some(samples);
                }
            }
        }
        None
    }

    /// Nothing has come at all: sound goes on, media time waits. A frame that is probably late only is waited for with sound
    /// that was heard already: the decoder then knows nothing of the delay, and goes on without a joint.
    pub(super) fn wait(&mut self) -> usize {
        if self.silent {
            self.owed += TICK as i64;
            return self.silence(TICK);
        }
        if self.gone_on < GOING_ON && self.concealed_run == 0 && self.delay.late_rather_than_lost() {
            let gone_on = self.line.go_on(self.loosely());
            if gone_on > 0 {
                self.gone_on += gone_on as u32;
                self.stats.lengthened += gone_on as u64;
                self.stats.waited += gone_on as u64;
                return gone_on;
            }
        }
        self.owed += TICK as i64;
        self.conceal()
    }

    /// What is put up with at a joint where the alternative is concealment.
    pub(super) fn loosely(&self) -> Tolerance {
        Tolerance { correlation: 0.75, background: self.inaudible() }
    }

    pub(super) fn conceal(&mut self) -> usize {
        self.conceal_piece(TICK)
    }

    fn conceal_piece(&mut self, samples: usize) -> usize {
        let samples = samples.min(TICK);
        let run = self.concealed_run;
        self.concealed_run = run.saturating_add(samples as u32);
        let faded = run >= FADE_AFTER + FADE_OVER;
        let room = &mut self.line.room()[..samples];
        if faded || self.decoder.conceal(room).is_err() {
            room.fill(0);
        }
        if run + samples as u32 > FADE_AFTER {
            self.comfort.fade_into(room, run.saturating_sub(FADE_AFTER), FADE_OVER);
        }
        self.line.extend(samples);
        self.stats.note(if faded { Repair::Comfort } else { Repair::Concealed }, samples);
        samples
    }
}
