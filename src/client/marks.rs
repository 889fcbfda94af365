//! Sound that synthetic clients make.

/// So many samples at 48 kHz with the rhythm and the pitch of a voice: syllables of four a second, harmonics of a pitch that
/// falls and rises, pauses between phrases.
pub(super) fn voice(samples: usize) -> Vec<i16> {
    let mut phase = 0.0_f32;
    let mut spoken = Vec::with_capacity(samples);
    for at in 0..samples {
        let seconds = at as f32 / 48_000.0;
        let pitch = 140.0 + 30.0 * (seconds * 2.1).sin() + 12.0 * (seconds * 7.3).sin();
        phase = (phase + pitch / 48_000.0).fract();
        let syllable = (seconds * 4.0).fract();
        let envelope = (std::f32::consts::PI * syllable).sin().powi(2);
        let phrase = if (seconds / 2.0).fract() < 0.8 { 1.0 } else { 0.0 };
        let vowel = 1.0 + (seconds * 1.7).sin();
        let tone: f32 = (1..=20)
            .map(|harmonic| {
                let harmonic = harmonic as f32;
                let formant = |centre: f32| (-((harmonic * pitch - centre) / 220.0).powi(2)).exp();
                let level = formant(500.0 + 180.0 * vowel) + 0.6 * formant(1_200.0 + 400.0 * vowel) + 0.02;
                level * (std::f32::consts::TAU * harmonic * phase).sin()
            })
            .sum();
        spoken.push((tone * envelope * phrase * 5_000.0).clamp(-32_000.0, 32_000.0) as i16);
    }
    spoken
}
