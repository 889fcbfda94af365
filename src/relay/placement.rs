//! Which worker carries which call. A call lives wholly in one worker, so that nothing is shared on the packet path; a new
//! one goes to the worker with the fewest.
//!
//! Looked at when a leg is minted or admitted and when a call begins or ends, never for a packet. The first worker that
//! admits a leg of a call which nobody has placed here (a relay that restarted, tokens minted elsewhere) keeps it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::core::ids::CallId;

/// The calls of a relay by worker.
#[derive(Debug)]
pub struct Placement(Mutex<Places>);

#[derive(Debug)]
struct Places {
    by_call: HashMap<CallId, Place>,
    /// Calls that each worker carries, or was given and has not seen yet.
    load: Vec<usize>,
    /// Calls that have no leg, the oldest first; some have got one since.
    without_leg: VecDeque<(CallId, u64)>,
    changes: u64,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    worker: usize,
    /// Whether it counts as load.
    counted: bool,
    /// When it was last without a leg. None while it has one.
    idle_since: Option<u64>,
}

impl Placement {
    /// Nothing on so many workers, at least one.
    pub fn new(workers: usize) -> Self {
        Self(Mutex::new(Places {
            by_call: HashMap::new(),
            load: vec![0; workers.max(1)],
            without_leg: VecDeque::new(),
            changes: 0,
        }))
    }

    /// The worker of a call: the one that has it, or else the least loaded, which has it from now on.
    pub fn worker_of(&self, call: CallId) -> usize {
        let mut places = self.places();
        if let Some(place) = places.by_call.get(&call) {
            return place.worker;
        }
        let worker = (0..places.load.len()).min_by_key(|worker| places.load[*worker]).unwrap_or(0);
        places.idle(call, worker, true);
        worker
    }

    /// Where a call was placed, if it was.
    pub fn known(&self, call: CallId) -> Option<usize> {
        self.places().by_call.get(&call).map(|place| place.worker)
    }

    /// The call has its first leg in a worker. False where it belongs to another one.
    pub fn begin(&self, call: CallId, worker: usize) -> bool {
        let mut places = self.places();
        if places.by_call.get(&call).is_some_and(|place| place.worker != worker) {
            return false;
        }
        let place = Place { worker, counted: true, idle_since: None };
        let was_counted = places.by_call.insert(call, place).is_some_and(|before| before.counted);
        places.load[worker] += usize::from(!was_counted);
        true
    }

    /// The call has no leg any more. Its worker stays the same for whoever has been told of it.
    pub fn end(&self, call: CallId) {
        let mut places = self.places();
        let Some(place) = places.by_call.get(&call).copied().filter(|place| place.idle_since.is_none())
        else {
            return;
        };
        places.load[place.worker] -= usize::from(place.counted);
        places.idle(call, place.worker, false);
    }

    /// A worker has lost all its calls.
    pub fn forget(&self, worker: usize) {
        let mut places = self.places();
        places.by_call.retain(|_, place| place.worker != worker);
        places.load[worker] = 0;
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        // No step leaves it half-done in a way that matters more than the balance between workers.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    /// Remembers a call without a leg, and forgets about those that have been so for longest.
    fn idle(&mut self, call: CallId, worker: usize, counted: bool) {
        self.changes += 1;
        let since = self.changes;
        self.by_call.insert(call, Place { worker, counted, idle_since: Some(since) });
        self.load[worker] += usize::from(counted);
        self.without_leg.push_back((call, since));
        // Clients connect within seconds of being told. One that never does is no load.
        if let Some((call, since)) =
            self.without_leg.len().checked_sub(EXPECTED).map(|at| self.without_leg[at])
            && let Some(place) = self.by_call.get_mut(&call).filter(|place| place.idle_since == Some(since))
            && std::mem::take(&mut place.counted)
        {
            self.load[place.worker] -= 1;
        }
        if self.without_leg.len() > REMEMBERED
            && let Some((call, since)) = self.without_leg.pop_front()
            && self.by_call.get(&call).is_some_and(|place| place.idle_since == Some(since))
        {
            self.by_call.remove(&call);
        }
    }
}

/// How many calls are expected to get their first leg.
const EXPECTED: usize = 256;
/// How many calls without a leg are remembered: more than are begun and ended while a leg token is good.
const REMEMBERED: usize = 16_384;

#[cfg(test)]
mod tests {
    use super::*;

    fn call(n: u32) -> CallId {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&n.to_be_bytes());
        CallId::from_random(id)
    }

    fn load(placement: &Placement) -> Vec<usize> {
        placement.places().load.clone()
    }

    #[test]
    fn a_new_call_goes_to_the_worker_with_the_fewest_and_stays_there() {
        let placement = Placement::new(3);
        let workers: Vec<_> = (0..6).map(|n| placement.worker_of(call(n))).collect();
        assert_eq!(workers, [0, 1, 2, 0, 1, 2]);
        for n in [0, 3] {
            assert!(placement.begin(call(n), 0));
            placement.end(call(n));
        }
        assert_eq!(load(&placement), [0, 2, 2]);
        assert_eq!(placement.worker_of(call(6)), 0);
        assert_eq!(placement.worker_of(call(1)), 1);
        assert_eq!(placement.worker_of(call(3)), 0);
    }

    #[test]
    fn a_call_that_has_a_leg_in_one_worker_is_refused_by_the_others() {
        let placement = Placement::new(2);
        assert!(placement.begin(call(1), 1));
        assert!(!placement.begin(call(1), 0));
        assert_eq!(placement.worker_of(call(1)), 1);
        assert_eq!(load(&placement), [0, 1]);
    }

    #[test]
    fn who_never_connects_is_no_load_and_is_forgotten_in_the_end() {
        let placement = Placement::new(1);
        for n in 0..2 * REMEMBERED as u32 {
            placement.worker_of(call(n));
        }
        assert_eq!(load(&placement), [EXPECTED - 1]);
        assert_eq!(placement.places().by_call.len(), REMEMBERED);
        assert_eq!(placement.known(call(0)), None);
    }

    #[test]
    fn a_worker_that_begins_anew_has_no_calls() {
        let placement = Placement::new(2);
        (0..4).for_each(|n| assert!(placement.begin(call(n), n as usize % 2)));
        placement.forget(1);
        assert_eq!(load(&placement), [2, 0]);
        assert!(placement.begin(call(1), 0));
        placement.end(call(1));
        placement.end(call(1));
        assert_eq!(load(&placement), [2, 0]);
    }
}
