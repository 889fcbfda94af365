//! The networks that synthetic clients are reached over: the models of `docs/networks.md`, applied to live datagrams.
//!
//! Each direction of each endpoint has its own seed, so a run can be repeated.

use std::time::{Duration, Instant};

use crate::{
    audio::network::{MODELS, NetworkModel, Passage, model},
    client::swarm::{Fate, Links, Path},
};

/// No model: loopback or the real network alone.
pub const NONE: &str = "none";

/// The model of that name; none for [`NONE`].
///
/// # Errors
/// A name that is not known, or that of a model of clocks, with those that are.
pub fn find(name: &str) -> Result<Option<&'static NetworkModel>, String> {
    if name == NONE {
        return Ok(None);
    }
    let live = |model: &NetworkModel| model.drift_ppm == 0.0;
    if let Some(found) = model(name).filter(|found| live(found)) {
        return Ok(Some(found));
    }
    let names: Vec<_> = MODELS.iter().filter(|model| live(model)).map(|model| model.name).collect();
    Err(format!("there is no network {name}; there are {NONE}, {}", names.join(", ")))
}

/// Both directions between an endpoint and the relay, for a run of at most `lasting`.
pub fn links(model: Option<&NetworkModel>, lasting: Duration, seed: u64) -> Links {
    let one = |seed| {
        model.map(|model| {
            let passage = Passage::new(model, lasting.as_secs_f64() * 1_000.0, seed);
            Box::new(Modelled { passage, began: None }) as Box<dyn Path>
        })
    };
    Links { up: one(seed.wrapping_mul(2)), down: one(seed.wrapping_mul(2).wrapping_add(1)) }
}

/// One direction over a model. Its time begins with the first datagram.
struct Modelled {
    passage: Passage,
    began: Option<Instant>,
}

impl Path for Modelled {
    fn fate(&mut self, now: Instant, _bytes: usize) -> Fate {
        let began = *self.began.get_or_insert(now);
        let sent_ms = now.saturating_duration_since(began).as_secs_f64() * 1_000.0;
        match self.passage.arrival(sent_ms) {
            Some(arrival_ms) => {
                let after = Duration::from_secs_f64((arrival_ms - sent_ms).max(0.0) / 1_000.0);
                Fate::Deliver { after }
            }
            None => Fate::Drop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Any moment will do: nothing here depends on which.
    #[allow(clippy::disallowed_methods)]
    fn start() -> Instant {
        Instant::now()
    }

    fn fates(name: &str, seed: u64) -> Vec<Fate> {
        let mut links = links(find(name).unwrap(), Duration::from_secs(60), seed);
        let (path, start) = (links.up.as_mut().unwrap(), start());
        (0..2_000).map(|packet| path.fate(start + Duration::from_millis(20 * packet), 100)).collect()
    }

    #[test]
    fn a_live_network_delays_and_loses_as_its_model_says() {
        assert!(
            fates("clean", 1).iter().all(|fate| *fate == Fate::Deliver { after: Duration::from_millis(40) })
        );
        let lost = fates("loss15", 1).iter().filter(|fate| **fate == Fate::Drop).count();
        assert!((240..360).contains(&lost), "{lost} of 2000");
        assert_eq!(fates("lte", 3), fates("lte", 3));
        assert_ne!(fates("lte", 3), fates("lte", 4));
    }

    #[test]
    fn both_directions_are_networks_of_their_own() {
        let mut links = links(find("loss30").unwrap(), Duration::from_secs(60), 5);
        let start = start();
        let of = |path: &mut Option<Box<dyn Path>>| -> Vec<Fate> {
            let path = path.as_mut().unwrap();
            (0..100).map(|packet| path.fate(start + Duration::from_millis(20 * packet), 100)).collect()
        };
        assert_ne!(of(&mut links.up), of(&mut links.down));
    }

    #[test]
    fn unknown_networks_and_models_of_clocks_are_refused_with_what_there_is() {
        assert!(find(NONE).unwrap().is_none());
        for name in ["mars", "drift+500"] {
            let error = find(name).unwrap_err();
            assert!(error.contains("lte") && !error.contains("drift-500"), "{error}");
        }
    }
}
