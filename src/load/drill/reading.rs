//! What a synthetic caller says: recordings one after the other, with pauses, over and over.

use std::{fmt, sync::Arc, time::Instant};

use crate::{
    audio::{TICK, network::Random},
    client::Mouth,
};

/// Recordings, samples at 48 kHz. Cheap to clone.
pub type Takes = Arc<[Arc<[i16]>]>;

/// One caller's way through the recordings. Without any it is silent.
pub struct Reading {
    takes: Takes,
    take: usize,
    at: usize,
    /// Ticks of 10 ms that are still silent.
    pause: u32,
    random: Random,
}

impl Reading {
    /// The caller of that number begins with the recording of that number, so that callers do not speak in chorus.
    pub fn new(takes: Takes, number: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let take = number % takes.len().max(1);
        Self { takes, take, at: 0, pause: pause(&mut random), random }
    }
}

impl Mouth for Reading {
    fn speak(&mut self, _now: Instant, pcm: &mut [i16; TICK]) {
        pcm.fill(0);
        let Some(take) = self.takes.get(self.take) else { return };
        if self.pause > 0 {
            self.pause -= 1;
            return;
        }
        let rest = &take[self.at.min(take.len())..];
        let said = rest.len().min(TICK);
        pcm[..said].copy_from_slice(&rest[..said]);
        self.at += said;
        if said == rest.len() {
            (self.take, self.at) = ((self.take + 1) % self.takes.len(), 0);
            self.pause = pause(&mut self.random);
        }
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reading({} of {})", self.take + 1, self.takes.len())
    }
}

/// Two to five seconds, in ticks: as long as somebody waits for an answer.
fn pause(random: &mut Random) -> u32 {
    200 + (random.uniform() * 300.0) as u32
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a mouth is given a moment, and reads nothing from it")]
mod tests {
    use super::*;

    /// What is said in so many ticks: the value of each that is not silent, and after how many silent ones.
    fn said(reading: &mut Reading, ticks: usize) -> Vec<(usize, i16)> {
        let mut said = Vec::new();
        let mut silent = 0;
        for _ in 0..ticks {
            let mut pcm = [7; TICK];
            reading.speak(Instant::now(), &mut pcm);
            if pcm == [0; TICK] {
                silent += 1;
            } else {
                said.push((std::mem::take(&mut silent), pcm[0]));
            }
        }
        said
    }

    fn takes() -> Takes {
        let takes: [Arc<[i16]>; 2] = [[1; 2 * TICK].into(), [2; TICK + 1].into()];
        takes.into()
    }

    #[test]
    fn recordings_are_said_one_after_the_other_with_pauses_over_and_over() {
        let said = said(&mut Reading::new(takes(), 0, 1), 3_000);
        assert_eq!(said.iter().take(6).map(|(_, value)| *value).collect::<Vec<_>>(), [1, 1, 2, 2, 1, 1]);
        for (number, (silent, _)) in said.iter().take(6).enumerate() {
            assert_eq!((200..=500).contains(silent), number % 2 == 0, "{said:?}");
        }
    }

    #[test]
    fn callers_begin_with_recordings_of_their_own_and_the_same_seed_says_the_same() {
        let of = |number, seed| said(&mut Reading::new(takes(), number, seed), 2_000);
        assert_eq!(of(1, 1)[0].1, 2);
        assert_eq!(of(0, 1), of(2, 1));
        assert_ne!(of(0, 1), of(0, 2));
    }

    #[test]
    fn without_recordings_and_with_empty_ones_there_is_silence() {
        assert_eq!(said(&mut Reading::new(Takes::default(), 3, 1), 1_000), []);
        let empty: [Arc<[i16]>; 1] = [[].into()];
        assert_eq!(said(&mut Reading::new(empty.into(), 3, 1), 1_000), []);
    }
}
