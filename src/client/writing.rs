//! From written to arrived, by `docs/e2ee.md`: a message is sealed and handed over again until everybody whom it is for has answered
//! that it has come; what comes twice is told once.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    time::{Duration, Instant},
};

use super::written::{self, Message};
use crate::e2ee::VerifiedMember;

/// See the module. Of one session: after a reload nothing is under way.
#[derive(Default)]
pub(super) struct Writing {
    outgoing: Vec<Outgoing>,
    others: Vec<Key>,
    leaf: Option<u32>,
    seen: HashMap<Key, BTreeSet<u64>>,
    last: u64,
}

/// Whether it came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    New,
    Again,
}

/// A member's signature key: it stays over a reload, the leaf need not.
type Key = [u8; 32];

struct Outgoing {
    n: u64,
    data: Vec<u8>,
    /// Who was there and has not answered.
    missing: Vec<Key>,
    tries: usize,
    next: Instant,
}

impl Writing {
    /// A new epoch: nobody who has left is waited for, and what was sealed for the last one may open no more.
    pub(super) fn enter(&mut self, members: &[VerifiedMember], now: Instant) {
        self.leaf = members.iter().find(|member| member.me).map(|member| member.leaf);
        self.others = members.iter().filter(|member| !member.me).map(|member| member.signature_key).collect();
        let others = &self.others;
        self.outgoing.iter_mut().for_each(|sent| sent.missing.retain(|key| others.contains(key)));
        self.outgoing.retain(|sent| !sent.missing.is_empty());
        self.wake(now);
    }

    /// The connection is back: what waits for it goes at once.
    pub(super) fn wake(&mut self, now: Instant) {
        self.outgoing.iter_mut().for_each(|sent| sent.next = now);
    }

    /// Takes something to write to all who are there. False where it cannot be.
    pub(super) fn post(&mut self, now: Instant, wall_ms: u64, text: &str) -> bool {
        let n = wall_ms.max(self.last + 1);
        let Some(data) = written::said(n, text) else { return false };
        if self.others.is_empty() || self.outgoing.len() >= MOST {
            return false;
        }
        self.last = n;
        self.outgoing.push(Outgoing { n, data, missing: self.others.clone(), tries: 0, next: now });
        true
    }

    /// Takes what a member has sealed.
    pub(super) fn take(&mut self, from: &VerifiedMember, message: &Message) -> Came {
        match *message {
            Message::Said { n, .. } => {
                let seen = self.seen.entry(from.signature_key).or_default();
                if !seen.insert(n) {
                    return Came::Again;
                }
                if seen.len() > REMEMBERED {
                    seen.pop_first();
                }
            }
            Message::Got { to, n } if Some(to) == self.leaf => {
                if let Some(sent) = self.outgoing.iter_mut().find(|sent| sent.n == n) {
                    sent.missing.retain(|key| *key != from.signature_key);
                }
                self.outgoing.retain(|sent| !sent.missing.is_empty());
            }
            Message::Got { .. } => {}
        }
        Came::New
    }

    /// The next message to hand over, to be sealed.
    pub(super) fn due(&mut self, now: Instant) -> Option<Vec<u8>> {
        let sent = self.outgoing.iter_mut().find(|sent| sent.next <= now)?;
        sent.next = now + AGAIN[sent.tries.min(AGAIN.len() - 1)];
        sent.tries += 1;
        Some(sent.data.clone())
    }

    /// When [`Writing::due`] next gives something.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.outgoing.iter().map(|sent| sent.next).min()
    }
}

impl fmt::Debug for Writing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Writing({} under way)", self.outgoing.len())
    }
}

/// How long an answer is waited for; the last goes on.
const AGAIN: [Duration; 4] =
    [Duration::from_secs(3), Duration::from_secs(6), Duration::from_secs(12), Duration::from_secs(30)];
/// Messages under way at once.
const MOST: usize = 100;
/// Messages of one sender that are remembered, to tell none twice.
const REMEMBERED: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{client::testing::epoch, e2ee::Identity};

    fn member(leaf: u32, me: bool) -> VerifiedMember {
        VerifiedMember { leaf, identity: Identity::Caller, me, signature_key: [leaf as u8; 32] }
    }

    fn after(seconds: u64) -> Instant {
        epoch() + Duration::from_secs(seconds)
    }

    #[test]
    fn a_message_goes_again_until_everybody_has_answered() {
        let mut writing = Writing::default();
        assert!(!writing.post(after(0), 7, "Hello"), "nobody is there");
        writing.enter(&[member(0, false), member(1, true), member(2, false)], after(0));
        assert!(writing.post(after(0), 7, "Hello"));
        let sent = writing.due(after(0)).unwrap();
        assert!(matches!(written::read(&sent), Some(Message::Said { n: 7, what: Some(_) })));
        assert_eq!(writing.due(after(2)), None);
        assert_eq!(writing.next_deadline(), Some(after(3)));
        assert_eq!(writing.due(after(3)), Some(sent));
        assert_eq!(writing.next_deadline(), Some(after(9)));
        writing.take(&member(0, false), &Message::Got { to: 1, n: 7 });
        writing.take(&member(2, false), &Message::Got { to: 0, n: 7 });
        assert_eq!(writing.next_deadline(), Some(after(9)), "that answer was for somebody else");
        writing.take(&member(2, false), &Message::Got { to: 1, n: 7 });
        assert_eq!(writing.next_deadline(), None);
    }

    #[test]
    fn a_new_epoch_sends_what_is_under_way_and_waits_for_nobody_who_left() {
        let mut writing = Writing::default();
        writing.enter(&[member(0, false), member(1, true)], after(0));
        assert!(writing.post(after(0), 7, "Hello") && writing.post(after(0), 7, "Again"));
        while writing.due(after(0)).is_some() {}
        writing.enter(&[member(0, false), member(1, true), member(2, false)], after(1));
        assert!(writing.due(after(1)).is_some() && writing.due(after(1)).is_some());
        writing.enter(&[member(1, true), member(2, false)], after(2));
        assert_eq!(writing.next_deadline(), None);
    }

    #[test]
    fn what_comes_twice_is_new_once() {
        let mut writing = Writing::default();
        let said = Message::Said { n: 3, what: None };
        assert_eq!(writing.take(&member(0, false), &said), Came::New);
        assert_eq!(writing.take(&member(0, false), &said), Came::Again);
        assert_eq!(writing.take(&member(2, false), &said), Came::New, "of somebody else");
    }
}
