//! Modelled networks for packet traces, seeded, as `docs/networks.md` describes them. No randomness but the seed's.

use std::f64::consts::TAU;

/// One-way delay that every model adds to, milliseconds.
pub const BASE_MS: f64 = 40.0;

/// A network to send packets over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetworkModel {
    /// Its name in `docs/networks.md`.
    pub name: &'static str,
    /// Delay that varies.
    pub jitter: Jitter,
    /// Packets that never come.
    pub loss: Loss,
    /// Stalls, if it has any.
    pub stalls: Option<Stalls>,
    /// Whether packets keep their order: one that is held up holds up the next.
    pub in_order: bool,
    /// How much faster than the receiver's the sender's clock is, parts in a million.
    pub drift_ppm: f64,
}

/// How the delay varies. Milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Jitter {
    /// Not at all.
    None,
    /// Independent, Gaussian, cut at -30 ms.
    Gaussian(f64),
    /// Independent, exponential with this mean.
    Exponential(f64),
    /// Gaussian with this deviation, each packet's correlated with the one before by the second figure.
    Correlated(f64, f64),
}

/// How packets are lost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    /// Not at all.
    None,
    /// Independently, this share.
    Random(f64),
    /// Gilbert-Elliott: this share in all, in bursts of so many on average.
    Bursts(f64, f64),
}

/// A network that delivers nothing for a while, then everything.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stalls {
    /// Mean time from one to the next, milliseconds, exponential.
    pub every_ms: f64,
    /// Shortest and longest, milliseconds, uniform.
    pub lasting_ms: (f64, f64),
}

const STEADY: NetworkModel = NetworkModel {
    name: "clean",
    jitter: Jitter::None,
    loss: Loss::None,
    stalls: None,
    in_order: false,
    drift_ppm: 0.0,
};

/// Every model, by name.
pub const MODELS: &[NetworkModel] = &[
    STEADY,
    NetworkModel { name: "jit20", jitter: Jitter::Gaussian(20.0), ..STEADY },
    NetworkModel { name: "jit60", jitter: Jitter::Correlated(60.0, 0.9), in_order: true, ..STEADY },
    NetworkModel { name: "loss5", jitter: Jitter::Exponential(5.0), loss: Loss::Random(0.05), ..STEADY },
    NetworkModel { name: "loss15", jitter: Jitter::Exponential(5.0), loss: Loss::Random(0.15), ..STEADY },
    NetworkModel { name: "loss30", jitter: Jitter::Exponential(5.0), loss: Loss::Random(0.3), ..STEADY },
    NetworkModel { name: "ge10", jitter: Jitter::Exponential(5.0), loss: Loss::Bursts(0.1, 4.0), ..STEADY },
    NetworkModel {
        name: "lte",
        jitter: Jitter::Correlated(8.0, 0.9),
        loss: Loss::Random(0.005),
        stalls: Some(Stalls { every_ms: 5_000.0, lasting_ms: (120.0, 280.0) }),
        in_order: true,
        ..STEADY
    },
    NetworkModel { name: "drift+500", jitter: Jitter::Exponential(0.3), drift_ppm: 500.0, ..STEADY },
    NetworkModel { name: "drift-500", jitter: Jitter::Exponential(0.3), drift_ppm: -500.0, ..STEADY },
    NetworkModel {
        name: "wifi",
        jitter: Jitter::Exponential(12.0),
        loss: Loss::Bursts(0.02, 2.0),
        stalls: Some(Stalls { every_ms: 20_000.0, lasting_ms: (60.0, 200.0) }),
        in_order: true,
        ..STEADY
    },
];

/// The model of that name.
pub fn model(name: &str) -> Option<&'static NetworkModel> {
    MODELS.iter().find(|model| model.name == name)
}

/// When each packet arrives, milliseconds after the first was sent; `None` for the lost. Packets leave every `frame_ms`.
pub fn arrivals(model: &NetworkModel, packets: usize, frame_ms: f64, seed: u64) -> Vec<Option<f64>> {
    let mut passage = Passage::new(model, packets as f64 * frame_ms, seed);
    (0..packets)
        .map(|number| passage.arrival(number as f64 * frame_ms / (1.0 + model.drift_ppm / 1e6)))
        .collect()
}

/// One direction of a modelled network, asked packet by packet. It ignores the model's drift, which is of a clock.
#[derive(Debug, Clone)]
pub struct Passage {
    model: NetworkModel,
    random: Random,
    stalls: Vec<(f64, f64)>,
    correlated: f64,
    lost: bool,
    last: f64,
}

impl Passage {
    /// A network that stalls, where its model says so, during the first `lasting_ms`.
    pub fn new(model: &NetworkModel, lasting_ms: f64, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let stalls = stalls(model, lasting_ms, &mut random);
        Self { model: *model, random, stalls, correlated: 0.0, lost: false, last: 0.0 }
    }

    /// When a packet arrives that is sent at `sent_ms`; `None` if it is lost. To be told in the order of sending.
    pub fn arrival(&mut self, sent_ms: f64) -> Option<f64> {
        let extra = match self.model.jitter {
            Jitter::None => 0.0,
            Jitter::Gaussian(deviation) => (self.random.gaussian() * deviation).max(10.0 - BASE_MS),
            Jitter::Exponential(mean) => self.random.exponential(mean),
            Jitter::Correlated(deviation, with) => {
                self.correlated =
                    with * self.correlated + (1.0 - with * with).sqrt() * deviation * self.random.gaussian();
                f64::max(self.correlated, 10.0 - BASE_MS)
            }
        };
        let mut arrival = sent_ms + BASE_MS + extra;
        let begun = self.stalls.partition_point(|&(start, _)| start <= arrival);
        if let Some(&(_, end)) = self.stalls[..begun].last().filter(|&&(_, end)| arrival < end) {
            arrival = end;
        }
        if self.model.in_order {
            arrival = arrival.max(self.last);
            self.last = arrival;
        }
        self.lost = match self.model.loss {
            Loss::None => false,
            Loss::Random(share) => self.random.uniform() < share,
            Loss::Bursts(share, length) => {
                let chance = if self.lost { 1.0 - 1.0 / length } else { share / (1.0 - share) / length };
                self.random.uniform() < chance
            }
        };
        (!self.lost).then_some(arrival)
    }
}

fn stalls(model: &NetworkModel, until_ms: f64, random: &mut Random) -> Vec<(f64, f64)> {
    let Some(Stalls { every_ms, lasting_ms: (least, most) }) = model.stalls else { return Vec::new() };
    let mut stalls = Vec::new();
    let mut at = random.exponential(every_ms);
    while at < until_ms {
        let end = at + least + random.uniform() * (most - least);
        stalls.push((at, end));
        at = end + random.exponential(every_ms);
    }
    stalls
}

/// SplitMix64 (Steele, Lea and Flood, 2014): small, and the same everywhere. For models, never for secrets.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A sequence of its own for each seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    /// 0 to 1, 0 left out.
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        ((z >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// Exponential with this mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * self.uniform().ln()
    }

    /// Mean 0, deviation 1 (Box and Muller, 1958).
    fn gaussian(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (TAU * self.uniform()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKETS: usize = 50_000;

    fn delays(name: &str) -> Vec<f64> {
        let model = model(name).unwrap();
        let drift = 1.0 + model.drift_ppm / 1e6;
        arrivals(model, PACKETS, 20.0, 1)
            .iter()
            .enumerate()
            .filter_map(|(number, arrival)| arrival.map(|arrival| arrival - 20.0 * number as f64 / drift))
            .collect()
    }

    #[test]
    fn a_seed_gives_the_same_network_and_another_seed_another() {
        let model = model("lte").unwrap();
        assert_eq!(arrivals(model, 500, 20.0, 7), arrivals(model, 500, 20.0, 7));
        assert_ne!(arrivals(model, 500, 20.0, 7), arrivals(model, 500, 20.0, 8));
    }

    #[test]
    fn losses_come_in_the_share_and_the_bursts_that_are_promised() {
        for (name, share, burst) in [("loss5", 0.05, 1.05), ("loss30", 0.3, 1.43), ("ge10", 0.1, 4.0)] {
            let arrivals = arrivals(model(name).unwrap(), PACKETS, 20.0, 3);
            let lost = arrivals.iter().filter(|arrival| arrival.is_none()).count() as f64;
            let bursts =
                arrivals.windows(2).filter(|pair| pair[0].is_some() && pair[1].is_none()).count() as f64;
            assert!((lost / PACKETS as f64 / share - 1.0).abs() < 0.1, "{name}: {lost}");
            assert!((lost / bursts / burst - 1.0).abs() < 0.1, "{name}: {}", lost / bursts);
        }
    }

    #[test]
    fn delays_are_those_of_the_model() {
        let mean = |delays: &[f64]| delays.iter().sum::<f64>() / delays.len() as f64;
        assert_eq!(delays("clean"), vec![BASE_MS; PACKETS]);
        assert!((mean(&delays("loss5")) - 45.0).abs() < 0.5);
        assert!((mean(&delays("drift+500")) - 40.3).abs() < 0.1);
        let lte = delays("lte");
        let stalled = lte.iter().filter(|&&delay| delay > 160.0).count() as f64 / lte.len() as f64;
        assert!((0.005..0.05).contains(&stalled), "{stalled}");
    }

    #[test]
    fn a_network_in_order_never_overtakes() {
        for name in ["jit60", "lte", "wifi"] {
            let arrivals: Vec<_> =
                arrivals(model(name).unwrap(), 5_000, 20.0, 5).into_iter().flatten().collect();
            assert!(arrivals.is_sorted(), "{name}");
        }
    }
}
