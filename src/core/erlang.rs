//! How many people it takes: Erlang C (callers wait for as long as it takes) and Erlang A (callers who wait leave after a time
//! that is exponentially distributed). Calls arrive at random at a steady rate, and last exponentially distributed times.
//!
//! A.K. Erlang, *Solution of some problems in the theory of probabilities of significance in automatic telephone exchanges*
//! (1917); C. Palm, *Research on telephone traffic carried by full availability groups* (1957); O. Garnett, A. Mandelbaum,
//! M. Reiman, *Designing a call center with impatient customers* (2002).
#[cfg(test)]
mod tests;

/// Nobody plans for more people at once than this.
pub const MOST: u32 = 500;

/// What there is to do in an hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Callers in an hour.
    pub callers_per_hour: f64,
    /// How long a call takes with its wrap-up, seconds.
    pub handling_s: f64,
    /// How long somebody who waits does so before they leave, on average, seconds; nobody leaves when there is none.
    pub patience_s: Option<f64>,
}

/// How it goes with so many people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// The share of callers who wait at all.
    pub waits: f64,
    /// The share of callers who are answered within the target.
    pub in_time: f64,
    /// The share of callers who leave.
    pub leaves: f64,
    /// How long a caller waits on average, whether answered or not, seconds.
    pub mean_wait_s: f64,
    /// The share of their time in which those who answer are busy.
    pub occupancy: f64,
}

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Within so many seconds...
    pub within_s: f64,
    /// ...at least this share of callers is answered,
    pub in_time: f64,
    /// and those who answer are busy for no more than this share of their time.
    pub occupancy: f64,
}

impl Load {
    /// The work that is offered: how many people it keeps busy, in erlangs.
    pub fn erlangs(&self) -> f64 {
        self.callers_per_hour * self.handling_s / 3_600.0
    }

    /// How it goes with `people`. None when ever more callers would wait.
    pub fn outlook(&self, people: u32, within_s: f64) -> Option<Outlook> {
        if self.erlangs() <= 0.0 {
            let idle = Outlook { waits: 0.0, in_time: 1.0, leaves: 0.0, mean_wait_s: 0.0, occupancy: 0.0 };
            return (people > 0).then_some(idle);
        }
        match self.patience_s {
            None => self.patient(people, within_s),
            Some(patience_s) if people > 0 => Some(self.impatient(people, within_s, patience_s)),
            Some(_) => None,
        }
    }

    /// The fewest people with whom the target is met, and how it goes with them. None when it takes more than `MOST`.
    pub fn people_for(&self, target: &Target) -> Option<(u32, Outlook)> {
        // With fewer not even so many callers can be answered.
        let fewest = (self.erlangs() * target.in_time).min(f64::from(MOST)) as u32;
        (fewest.max(1)..=MOST).find_map(|people| {
            let outlook = self.outlook(people, target.within_s)?;
            let met = outlook.in_time >= target.in_time && outlook.occupancy <= target.occupancy;
            met.then_some((people, outlook))
        })
    }

    fn patient(&self, people: u32, within_s: f64) -> Option<Outlook> {
        let (work, servers) = (self.erlangs(), f64::from(people));
        if work >= servers {
            return None;
        }
        let lost = erlang_b(work, people);
        let waits = lost / (1.0 - work / servers * (1.0 - lost));
        let rate = (servers - work) / self.handling_s;
        Some(Outlook {
            waits,
            in_time: 1.0 - waits * (-rate * within_s).exp(),
            leaves: 0.0,
            mean_wait_s: waits / rate,
            occupancy: work / servers,
        })
    }

    /// By the steady state of how many callers there are, each state's share out of that of the one before.
    fn impatient(&self, people: u32, within_s: f64, patience_s: f64) -> Outlook {
        let arrivals = self.callers_per_hour / 3_600.0;
        let (serves, leaves) = (f64::from(people) / self.handling_s, 1.0 / patience_s);
        // Relative to the state in which all are busy and nobody waits.
        let below = 1.0 / erlang_b(self.erlangs(), people);
        let (mut share, mut waiting, mut states) = (1.0, 0_u32, Vec::new());
        while share > 1e-14 || arrivals > serves + f64::from(waiting) * leaves {
            states.push(share);
            waiting += 1;
            share *= arrivals / (serves + f64::from(waiting) * leaves);
        }
        let whole = below - 1.0 + states.iter().sum::<f64>();
        let queue: f64 =
            (0_u32..).zip(&states).map(|(many, share)| f64::from(many) * share).sum::<f64>() / whole;
        let left = leaves * queue / arrivals;
        let late = (0_u32..)
            .zip(&states)
            .map(|(before, share)| share / whole * answered_after(before, serves, leaves, within_s));
        let waits = states.iter().sum::<f64>() / whole;
        let answered_late: f64 = late.sum();
        Outlook {
            waits,
            in_time: (1.0 - left - answered_late).clamp(0.0, 1.0),
            leaves: left,
            mean_wait_s: queue / arrivals,
            occupancy: self.erlangs() * (1.0 - left) / f64::from(people),
        }
    }
}

/// The share of callers who find all of so many people busy when nobody waits (Erlang B), by its recursion.
fn erlang_b(work: f64, people: u32) -> f64 {
    (1..=people).fold(1.0, |lost, people| {
        let offered = work * lost;
        offered / (f64::from(people) + offered)
    })
}

/// The probability that somebody who finds everybody busy and so many waiting before them is answered, and later than
/// `within_s`.
///
/// Those before them go one after the other, answered or not, at the rate `serves + others * leaves`, which falls as they become
/// fewer; then the caller is next. Meanwhile the caller may leave too, at the rate `leaves`.
fn answered_after(before: u32, serves: f64, leaves: f64, within_s: f64) -> f64 {
    // At each step the caller stays with (serves + others * leaves) / (serves + (others + 1) * leaves): of the product all cancel
    // but the first and the last.
    let steps = before + 1;
    let stays = serves / (serves + f64::from(steps) * leaves);
    // Given that, a step takes an exponential time with the rate `serves + (others + 1) * leaves`.
    stays * steps_last(steps, serves / leaves, leaves, within_s)
}

/// The probability that exponential times with the rates `leaves * (ratio + 1)`, ..., `leaves * (ratio + steps)` take longer
/// than `within_s` together.
fn steps_last(steps: u32, ratio: f64, leaves: f64, within_s: f64) -> f64 {
    // The order of the steps does not matter to their sum. Taken the slowest first they are those of a linear birth process,
    // whose count by then has the negative binomial weights binomial(ratio + k, k) * x^(ratio + 1) * (1 - x)^k.
    let x = (-leaves * within_s).exp();
    let mut weight = ((ratio + 1.0) * -leaves * within_s).exp();
    let mut sum = 0.0;
    for k in 0..steps {
        sum += weight;
        weight *= (ratio + f64::from(k) + 1.0) / (f64::from(k) + 1.0) * (1.0 - x);
    }
    sum.min(1.0)
}
