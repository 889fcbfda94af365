//! Comfort noise: what is heard when there is nothing to hear, so that silence does not sound like a dead line.

/// Noise at the level of the caller's background, by a small generator that needs no seed from outside: it carries no secret.
#[derive(Debug)]
pub struct ComfortNoise {
    state: u32,
    low: f32,
    level: f32,
}

impl Default for ComfortNoise {
    fn default() -> Self {
        Self { state: 0x9e37_79b9, low: 0.0, level: 0.0 }
    }
}

impl ComfortNoise {
    /// The level to speak at: root mean square of the background.
    pub fn set_level(&mut self, level: f32) {
        self.level = level.min(200.0);
    }

    /// Fades what is in `samples` out, and noise in: `at` samples into a fade of `over` samples.
    pub fn fade_into(&mut self, samples: &mut [i16], at: u32, over: u32) {
        for (i, sample) in samples.iter_mut().enumerate() {
            let share = ((at + i as u32) as f32 / over.max(1) as f32).min(1.0);
            *sample = (f32::from(*sample) * (1.0 - share) + self.next() * share) as i16;
        }
    }

    fn next(&mut self) -> f32 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 17;
        self.state ^= self.state << 5;
        let white = self.state as f32 / u32::MAX as f32 * 2.0 - 1.0;
        // A one-pole low-pass: hiss would be tiring. 5.9 restores the level that the filter takes.
        self.low += 0.1 * (white - self.low);
        self.low * self.level * 5.9
    }
}
