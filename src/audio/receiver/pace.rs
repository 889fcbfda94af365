//! The pace: where the playhead is against the target, and what is left out or repeated to bring it there.

use super::{Receiver, TICK, TICK_MS};
use crate::audio::{delay::DelayEstimator, stretch::Tolerance};

/// A playhead this far behind the target jumps instead of hurrying. Milliseconds.
const JUMP_MS: f64 = 500.0;
/// How late the playhead may be before it is moved, milliseconds: wider than the tick by which a move can shift the frames.
const EXCESS_MS: f64 = 12.0;
/// How early the playhead may be in speech, milliseconds: less is put right in the next pause, where nobody hears it. Should a frame be
/// late before, it is waited for then.
const EARLY_MS: f64 = TICK_MS;
/// The least delay that is worth a change of its own, milliseconds.
const LEAST_GAIN_MS: f64 = 2.5;
/// Where the playhead is early, at most this share of time is changed: one long change is heard less than many short ones.
/// Where it is late it returns by a change in every tick: what is heard late is heard wrong for as long as that lasts.
const EASY_RATE: f64 = 0.6;
/// In a stall, sound is slowed down when less than this share of the target is left: most stalls are over before,
/// and a frame that is late then is waited for anyway.
const STARVING_SHARE: f64 = 0.1;

impl Receiver {
    /// Leaves out or repeats a little, so that the playhead comes to the target.
    pub(super) fn keep_pace(&mut self, now_ms: f64) {
        let Some(transit) = self.playhead_transit(now_ms) else { return };
        let target = self.delay.target_transit();
        // A frame that begins within a tick is needed when the tick is pulled, so much before its own time.
        let early = (self.line.ahead() % TICK) as f64 / 48.0;
        let excess = transit - early - target;
        if excess > JUMP_MS {
            self.jump(now_ms);
            return;
        }
        self.rest = self.rest.saturating_sub(1);
        let starving = !self.silent
            && self.delay.stalling(self.overdue_ms(now_ms))
            && self.buffered_ms() < STARVING_SHARE * self.delay.target_ms();
        if starving && excess < 2.0 * self.delay.target_ms() {
            self.fill(TICK);
            let tolerance = Tolerance { correlation: 0.75, background: self.inaudible() };
            self.stats.lengthened += self.line.lengthen(TICK, tolerance) as u64;
            return;
        }
        if self.rest > 0 {
            return;
        }
        // In background sound a change is inaudible; in speech it needs a good match.
        let tolerance = Tolerance { correlation: 0.9, background: self.inaudible() };
        let late = excess - (self.delay.return_transit() - target);
        if late > EXCESS_MS && self.decodable_ahead() >= 2 * TICK {
            self.fill(2 * TICK);
            // Beyond the next tick's edge each piece costs a whole tick of what is to spare.
            let most = self.line.ahead() % TICK + TICK * (late / 10.0) as usize;
            let changed = self.line.shorten(most, tolerance);
            self.stats.shortened += changed as u64;
        } else if excess < if self.quiet { -DelayEstimator::SLACK_MS } else { -EARLY_MS } {
            self.fill(TICK);
            let most = ((-excess * 48.0) as usize).clamp(240, 720);
            let changed = self.line.lengthen(most, tolerance);
            self.stats.lengthened += changed as u64;
            // Where nobody hears it there is no need to rest.
            self.rest = if self.quiet { 0 } else { pause_after(changed) };
        } else if self.quiet && excess > 0.0 && self.decodable_ahead() >= 2 * TICK {
            // Where nobody hears it the target is met at once. And where frames begin on ticks again, less delay serves as well.
            let most = if excess > TICK_MS { excess.min(TICK_MS) } else { early };
            if most >= LEAST_GAIN_MS {
                self.fill(2 * TICK);
                let unheard = Tolerance { correlation: f32::INFINITY, background: self.inaudible() };
                self.stats.shortened += self.line.shorten((most * 48.0) as usize, unheard) as u64;
            }
        }
    }

    /// How much later than usual the next frame is, milliseconds: something beyond jitter holds the network up.
    fn overdue_ms(&self, now_ms: f64) -> f64 {
        self.timeline.map_or(0.0, |line| {
            now_ms - (line.newest.1 + i64::from(line.frame)) as f64 / 48.0 - self.delay.usual()
        })
    }

    /// Decoded and undecoded sound ahead of the playhead, holes included, milliseconds.
    fn buffered_ms(&self) -> f64 {
        let newest = self.packets.frames().last().map_or(0, |held| held.end());
        let undecoded = self.decoded().map_or(0, |decoded| (newest - decoded).max(0));
        (undecoded as f64 + self.line.ahead() as f64) / 48.0
    }

    /// Samples that can be had without repairing anything.
    fn decodable_ahead(&self) -> usize {
        let Some(mut at) = self.decoded() else { return 0 };
        let mut samples = self.line.ahead();
        for held in self.packets.frames() {
            if held.start > at {
                break;
            }
            samples += (held.end() - at).max(0) as usize;
            at = at.max(held.end());
        }
        samples
    }

    /// Goes to where the target says, leaving out what is before. What is missing there is repaired as any hole.
    fn jump(&mut self, now_ms: f64) {
        let wanted = ((now_ms - self.delay.target_transit()) * 48.0) as i64;
        let Some(decoded) = self.decoded() else { return };
        let first = self.packets.frames().iter().map(|held| held.start).find(|&start| start >= wanted);
        // Holes are filled in pieces of 2.5 ms. Where nothing has come, time goes on with nothing.
        let from = first.unwrap_or(decoded);
        let nothing_came = first.is_none() && self.packets.frames().is_empty();
        let to = from - (from - wanted) / 120 * 120;
        if to > decoded {
            self.stats.skipped += (to - decoded) as u64;
            let last = self.packets.frames().iter().rfind(|held| held.end() <= to).map(|held| held.sequence);
            if let Some(line) = &mut self.timeline {
                line.played = last.or(line.played);
            }
            if nothing_came {
                self.passed_over += to - decoded;
            }
            self.advance(to);
            self.packets.forget_before(to);
            self.owed = 0;
        }
    }
}

/// Ticks to rest after a change of so many samples.
fn pause_after(changed: usize) -> u32 {
    (changed as f64 / TICK as f64 / EASY_RATE) as u32
}
