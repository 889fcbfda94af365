//! What happens when: a scenario and its seed become a list of calls, each with its moments. Pure: the same scenario gives
//! the same plan on every machine.

use std::time::Duration;

use super::scenario::{Pattern, Scenario, Side};
use crate::audio::network::Random;

/// A run, laid out.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// By moment of arrival.
    pub calls: Vec<PlannedCall>,
    /// Members of staff.
    pub staff: u32,
    /// What befalls many at once, by moment.
    pub shocks: Vec<Shock>,
    /// When the run ends, whatever still goes on.
    pub longest: Duration,
}

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedCall {
    /// When the caller comes, from the start.
    pub at: Duration,
    /// How long they talk, from the answer.
    pub length: Duration,
    /// Who hangs up.
    pub ended_by: Side,
    /// What happens to the caller on the way, by moment from the answer.
    pub churn: Vec<Churn>,
}

/// Something that happens to one caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Churn {
    /// From the answer.
    pub after: Duration,
    /// What.
    pub what: Change,
}

/// See [`Churn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The page is reloaded.
    Reload,
    /// The network gives another address.
    Address,
    /// The device dies without a word and comes back.
    Kill {
        /// After so long.
        away: Duration,
    },
}

/// Something that happens to many at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Shock {
    /// From the start.
    pub at: Duration,
    /// What.
    pub what: Blow,
}

/// See [`Shock`].
#[derive(Debug, Clone, PartialEq)]
pub enum Blow {
    /// The gateway is killed.
    GatewayDown,
    /// The gateway is started again.
    GatewayUp,
    /// Every connection is lost; all come back at once.
    Storm,
    /// The lines of these callers (by place in [`Plan::calls`]) or members of staff carry nothing.
    Cut(Side, Vec<u32>),
    /// They carry again.
    Mended(Side, Vec<u32>),
}

impl Plan {
    /// Lays a checked scenario out.
    pub fn of(scenario: &Scenario) -> Self {
        let mut random = Random::new(scenario.seed);
        let calls: Vec<PlannedCall> = arrivals(scenario, &mut random)
            .into_iter()
            .map(|at| PlannedCall::draw(scenario, at, &mut random))
            .collect();
        let mut shocks = Vec::new();
        if scenario.arrival.pattern == Pattern::Storm {
            let at = seconds(scenario.arrival.over_s + scenario.arrival.storm_after_s);
            shocks.push(Shock { at, what: Blow::Storm });
        }
        if let Some(outage) = scenario.outage {
            shocks.push(Shock { at: seconds(outage.at_s), what: Blow::GatewayDown });
            shocks.push(Shock { at: seconds(outage.at_s + outage.lasting_s), what: Blow::GatewayUp });
        }
        for cut in &scenario.cut {
            let all = if cut.side == Side::Caller { scenario.calls } else { scenario.staff_count() };
            let whom: Vec<u32> =
                (0..all).filter(|_| cut.share >= 1.0 || random.uniform() < cut.share).collect();
            shocks.push(Shock { at: seconds(cut.at_s), what: Blow::Cut(cut.side, whom.clone()) });
            let mended = Blow::Mended(cut.side, whom);
            shocks.push(Shock { at: seconds(cut.at_s + cut.lasting_s), what: mended });
        }
        shocks.sort_by_key(|shock| shock.at);
        Self { calls, staff: scenario.staff_count(), shocks, longest: seconds(scenario.longest_s) }
    }
}

impl PlannedCall {
    fn draw(scenario: &Scenario, at: Duration, random: &mut Random) -> Self {
        let (shortest, longest) = (scenario.call.shortest_s, scenario.call.longest_s);
        let length = seconds(shortest + random.uniform() * (longest - shortest));
        let ended_by = if random.uniform() < 0.5 { Side::Caller } else { Side::Staff };
        let away = seconds(scenario.churn.away_s);
        let mut churn = Vec::new();
        for (share, what) in [
            (scenario.churn.reload_share, Change::Reload),
            (scenario.churn.address_share, Change::Address),
            (scenario.churn.kill_share, Change::Kill { away }),
        ] {
            // Drawn whether it is used or not, so that one share leaves the moments of the others as they are.
            let (chance, moment) = (random.uniform(), random.uniform());
            if chance <= share {
                churn.push(Churn { after: length.mul_f64(0.2 + 0.6 * moment), what });
            }
        }
        churn.sort_by_key(|churn| churn.after);
        Self { at, length, ended_by, churn }
    }
}

/// Moments of arrival, in order.
fn arrivals(scenario: &Scenario, random: &mut Random) -> Vec<Duration> {
    let over = scenario.arrival.over_s;
    let calls = scenario.calls;
    let mut moments: Vec<f64> = match scenario.arrival.pattern {
        Pattern::AtOnce => vec![0.0; calls as usize],
        Pattern::Steady | Pattern::Storm => {
            (0..calls).map(|call| over * f64::from(call) / f64::from(calls)).collect()
        }
        // Given their number, the moments of a Poisson process are independent and uniform.
        Pattern::Poisson => (0..calls).map(|_| over * random.uniform()).collect(),
    };
    moments.sort_by(f64::total_cmp);
    moments.into_iter().map(seconds).collect()
}

fn seconds(value: f64) -> Duration {
    Duration::from_secs_f64(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::scenario::{Arrival, Churn as Shares, Cut, Outage};

    fn scenario(pattern: Pattern) -> Scenario {
        Scenario {
            calls: 200,
            arrival: Arrival { pattern, over_s: 60.0, storm_after_s: 5.0 },
            churn: Shares { reload_share: 0.5, address_share: 1.0, kill_share: 0.1, away_s: 7.0 },
            ..Scenario::default()
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_plan_and_another_seed_another() {
        let one = scenario(Pattern::Poisson);
        assert_eq!(Plan::of(&one), Plan::of(&one));
        assert_ne!(Plan::of(&one).calls, Plan::of(&Scenario { seed: 2, ..one.clone() }).calls);
    }

    #[test]
    fn callers_come_in_the_pattern_that_is_asked_for() {
        let moments =
            |pattern| Plan::of(&scenario(pattern)).calls.iter().map(|call| call.at).collect::<Vec<_>>();
        assert!(moments(Pattern::AtOnce).iter().all(Duration::is_zero));
        let steady = moments(Pattern::Steady);
        assert!(steady.windows(2).all(|pair| (pair[1] - pair[0]).abs_diff(seconds(0.3)) < seconds(1e-6)));
        let poisson = moments(Pattern::Poisson);
        assert!(poisson.is_sorted() && poisson.last() < Some(&seconds(60.0)));
        let gaps: Vec<f64> = poisson.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let deviation = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!((0.7..1.3).contains(&(deviation.sqrt() / mean)), "gaps are exponential");
    }

    #[test]
    fn churn_befalls_its_share_of_the_calls_while_they_last() {
        let plan = Plan::of(&scenario(Pattern::Steady));
        let count = |what: fn(&Change) -> bool| {
            plan.calls.iter().flat_map(|call| &call.churn).filter(|churn| what(&churn.what)).count()
        };
        assert_eq!(count(|what| *what == Change::Address), 200);
        assert!((70..130).contains(&count(|what| *what == Change::Reload)));
        assert!((5..40).contains(&count(|what| matches!(what, Change::Kill { .. }))));
        for call in &plan.calls {
            assert!(call.churn.is_sorted_by_key(|churn| churn.after));
            assert!(call.churn.iter().all(|churn| churn.after < call.length));
        }
    }

    #[test]
    fn shocks_come_in_order_and_every_cut_is_mended() {
        let scenario = Scenario {
            outage: Some(Outage { at_s: 30.0, lasting_s: 2.0 }),
            cut: vec![Cut { side: Side::Staff, at_s: 10.0, lasting_s: 84.0, share: 0.5 }],
            staff: 100,
            ..scenario(Pattern::Storm)
        };
        let shocks = Plan::of(&scenario).shocks;
        let moments: Vec<_> = shocks.iter().map(|shock| shock.at.as_secs_f64()).collect();
        assert_eq!(moments, [10.0, 30.0, 32.0, 65.0, 94.0]);
        let (Blow::Cut(Side::Staff, cut), Blow::Mended(Side::Staff, mended)) =
            (&shocks[0].what, &shocks[4].what)
        else {
            panic!("{shocks:?}")
        };
        assert!(cut == mended && (25..75).contains(&cut.len()));
    }
}
