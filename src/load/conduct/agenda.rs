//! What is to be done when.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    time::{Duration, Instant},
};

use crate::load::plan::{Blow, Change, Plan};

/// Something to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// A caller comes.
    Arrive(usize),
    /// Something happens to a caller.
    Befall(usize, Change),
    /// A caller is back from the dead.
    Return(usize),
    /// A call is over: whoever the plan says hangs up.
    HangUp(usize),
    /// Something happens to many.
    Shock(usize),
}

/// Tasks by moment; those of one moment in the order in which they were put in.
#[derive(Debug, Default)]
pub struct Agenda {
    heap: BinaryHeap<Reverse<(Instant, u64)>>,
    tasks: HashMap<u64, Task>,
    next: u64,
}

impl Agenda {
    /// The arrivals and shocks of a plan that begins at `zero`.
    pub fn of(plan: &Plan, zero: Instant) -> Self {
        let mut agenda = Self::default();
        for (number, call) in plan.calls.iter().enumerate() {
            agenda.put(zero + call.at, Task::Arrive(number));
        }
        for (number, shock) in plan.shocks.iter().enumerate() {
            agenda.put(zero + shock.at, Task::Shock(number));
        }
        agenda
    }

    /// Puts a task in.
    pub fn put(&mut self, at: Instant, task: Task) {
        self.heap.push(Reverse((at, self.next)));
        self.tasks.insert(self.next, task);
        self.next += 1;
    }

    /// The next task that is due.
    pub fn due(&mut self, now: Instant) -> Option<Task> {
        let Reverse((at, number)) = *self.heap.peek()?;
        if at > now {
            return None;
        }
        self.heap.pop();
        self.tasks.remove(&number)
    }

    /// How long until the next task.
    pub fn rest(&self, now: Instant) -> Option<Duration> {
        self.heap.peek().map(|Reverse((at, _))| at.saturating_duration_since(now))
    }

    /// Whether a caller has still to come.
    pub fn expects_callers(&self) -> bool {
        self.tasks.values().any(|task| matches!(task, Task::Arrive(_)))
    }
}

/// A blow in few words, for plots.
pub fn word(blow: &Blow) -> &'static str {
    match blow {
        Blow::GatewayDown => "gateway killed",
        Blow::GatewayUp => "started again",
        Blow::Storm => "all connections lost",
        Blow::Cut(..) => "lines cut",
        Blow::Mended(..) => "mended",
    }
}
