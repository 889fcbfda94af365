//! Which calls have to be looked at when time passes or somebody becomes free, so that thousands who merely wait, or whose
//! calls are over and not yet forgotten, cost nothing.

use std::collections::BTreeSet;

use super::{
    call::{Call, Phase},
    ids::CallId,
    time::Timestamp,
};

/// An index over the calls, not a record of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Agenda {
    /// Those in which something can run out, or into which somebody is asked.
    busy: BTreeSet<CallId>,
    /// Those that are over, by when they ended.
    over: BTreeSet<(Timestamp, CallId)>,
}

impl Agenda {
    /// The call is as it is now. One that was over stays so; to take that back it is taken out first.
    pub(super) fn put(&mut self, call: &Call) {
        match &call.phase {
            Phase::Ended { at, .. } => {
                self.busy.remove(&call.id);
                self.over.insert((*at, call.id));
            }
            // No place is held, nobody rests, no skill is waited for.
            Phase::Waiting { place }
                if call.link.is_up() && place.declined.is_empty() && call.skill.is_none() =>
            {
                self.busy.remove(&call.id);
            }
            Phase::Waiting { .. } | Phase::Offered { .. } | Phase::Connected(_) => {
                self.busy.insert(call.id);
            }
        }
    }

    pub(super) fn take(&mut self, call: &Call) {
        self.busy.remove(&call.id);
        if let Phase::Ended { at, .. } = call.phase {
            self.over.remove(&(at, call.id));
        }
    }

    /// Every call in which something can run out, but for those that are over: also every call in progress.
    pub(super) fn busy(&self) -> impl Iterator<Item = CallId> + '_ {
        self.busy.iter().copied()
    }

    /// The call that has been over for longest, and when it ended.
    pub(super) fn first_over(&self) -> Option<(Timestamp, CallId)> {
        self.over.first().copied()
    }
}
