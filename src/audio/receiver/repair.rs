//! Repair: what is heard where a frame is missing. The copy in the next frame, DRED, the decoder's concealment, and at last
//! comfort noise.

use super::{Receiver, TICK};
use crate::audio::stats::Repair;

/// Concealment that goes on for longer than this fades to comfort noise. Samples.
const FADE_AFTER: u32 = 120 * 48;
const FADE_OVER: u32 = 80 * 48;
/// How many of the next frames are searched for DRED.
const DRED_SEARCH: usize = 3;

impl Receiver {
    /// Something is missing before `next`: the best that can be had for the first piece of it.
    pub(super) fn repair(&mut self, next: i64, decoded: i64) -> usize {
        let mut gap = next - decoded;
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
        if gap <= frame && held.lbrr && gap % 120 == 0 {
            let payload = self.packets.payload(&held, &mut self.scratch);
            let room = self.line.room();
            if let Ok(samples) = self.decoder.decode_lbrr(payload, &mut room[..gap as usize]) {
                return self.repaired(Repair::Lbrr, samples);
            }
        }
        if let Some(samples) = self.dred_piece(gap) {
            return self.repaired(Repair::Dred, samples);
        }
        if gap >= 2 * TICK as i64 && self.quiet {
            // In background sound a hole may shrink; the pace gives it back from real sound, unheard. Not by more than half
            // of the delay: the sound after it must not run dry.
            let spare = ((self.delay.target_ms() * 24.0) as i64 / 120 * 120).max(TICK as i64);
            let left_out = (gap - TICK as i64).min(spare);
            self.stats.skipped += left_out as u64;
            self.advance_by(left_out);
            gap -= left_out;
        }
        // Leave what the next frame's copy can give to the copy.
        let piece = if held.lbrr && gap > frame { (gap - frame).min(480) } else { gap.min(480) };
        self.advance_by(piece);
        self.conceal_piece((piece / 120 * 120).max(120) as usize)
    }

    fn play_next(&mut self) -> usize {
        match (self.packets.frames().first().copied(), self.decoded()) {
            (Some(held), Some(decoded)) if held.start <= decoded => self.play_frame(held, decoded),
            _ => 0,
        }
    }

    fn repaired(&mut self, how: Repair, samples: usize) -> usize {
        self.line.extend(samples);
        self.advance_by(samples as i64);
        self.concealed_run = 0;
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

    /// Nothing has come at all: sound goes on, media time waits.
    pub(super) fn wait(&mut self) -> usize {
        self.owed += TICK as i64;
        self.conceal()
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
