//! How much one address may use: connections, new callers, attempts to enrol.
//!
//! The address is kept in memory, only while it has a connection or a rate to recover, and never printed.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{core::time::Timestamp, telemetry::Redacted};

/// The limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdmissionLimits {
    /// Connections in all.
    pub connections: u32,
    /// Connections from one address.
    pub connections_per_address: u32,
    /// New callers a minute from one address.
    pub joins_per_minute: u32,
    /// Attempts to enrol a minute from one address.
    pub enrolments_per_minute: u32,
    /// Proofs of a passkey a minute from one address: a whole shift signs in from one.
    pub sign_ins_per_minute: u32,
}

/// Who is connected from where.
#[derive(Debug)]
pub struct Admission {
    limits: AdmissionLimits,
    state: Mutex<State>,
}

/// One admitted connection. It counts until the last clone of its `Arc` is dropped.
#[derive(Debug)]
pub struct Admitted {
    admission: Arc<Admission>,
    from: Source,
}

/// What is limited by rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// A new caller.
    Join,
    /// A new caller of a drill: never counted against those in need who come from the same address.
    Play,
    /// A page's last word over HTTPS.
    Leave,
    /// An attempt to enrol.
    Enrol,
    /// A proof of a passkey that begins.
    SignIn,
}

#[derive(Debug, Default)]
struct State {
    connections: u32,
    by_source: HashMap<Source, Usage>,
}

/// An IPv4 address or an IPv6 /64, which one household or one phone holds.
type Source = Redacted<IpAddr>;

#[derive(Debug)]
struct Usage {
    connections: u32,
    joins: Bucket,
    plays: Bucket,
    leaves: Bucket,
    enrolments: Bucket,
    sign_ins: Bucket,
}

impl Admission {
    /// Nobody is connected.
    pub fn new(limits: AdmissionLimits) -> Arc<Self> {
        Arc::new(Self { limits, state: Mutex::default() })
    }

    /// Admits a connection, or not.
    pub fn connect(self: &Arc<Self>, address: IpAddr, now: Timestamp) -> Option<Arc<Admitted>> {
        let from = source(address);
        let mut state = self.state();
        if state.connections >= self.limits.connections {
            return None;
        }
        let usage = state.by_source.entry(from).or_insert_with(|| Usage::new(&self.limits, now));
        if usage.connections >= self.limits.connections_per_address {
            return None;
        }
        usage.connections += 1;
        state.connections += 1;
        Some(Arc::new(Admitted { admission: self.clone(), from }))
    }

    /// Forgets every address that has no connection and no rate to recover.
    pub fn forget(&self, now: Timestamp) {
        self.state().by_source.retain(|_, usage| usage.connections > 0 || !usage.is_fresh(now));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admitted {
    /// Whether this address may do that now. Counts it if so.
    pub fn may(&self, act: Act, now: Timestamp) -> bool {
        let mut state = self.admission.state();
        let Some(usage) = state.by_source.get_mut(&self.from) else { return false };
        match act {
            Act::Join => usage.joins.take(now),
            Act::Play => usage.plays.take(now),
            Act::Leave => usage.leaves.take(now),
            Act::Enrol => usage.enrolments.take(now),
            Act::SignIn => usage.sign_ins.take(now),
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut state = self.admission.state();
        state.connections = state.connections.saturating_sub(1);
        if let Some(usage) = state.by_source.get_mut(&self.from) {
            usage.connections = usage.connections.saturating_sub(1);
        }
    }
}

impl Usage {
    fn new(limits: &AdmissionLimits, now: Timestamp) -> Self {
        let a_minute = |times: u32| Bucket::new(times, Duration::from_secs(60) / times.max(1), now);
        Self {
            connections: 0,
            joins: a_minute(limits.joins_per_minute),
            plays: a_minute(limits.joins_per_minute),
            leaves: a_minute(limits.joins_per_minute.saturating_mul(4)),
            enrolments: a_minute(limits.enrolments_per_minute),
            sign_ins: a_minute(limits.sign_ins_per_minute),
        }
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        [&self.joins, &self.plays, &self.leaves, &self.enrolments]
            .into_iter()
            .all(|bucket| bucket.is_full(now))
    }
}

/// A token bucket: so many at once, and one more each `every`.
#[derive(Debug, Clone)]
pub struct Bucket {
    span: Duration,
    every: Duration,
    /// When the bucket is full again. Earlier than now: it is full.
    full_at: Timestamp,
}

impl Bucket {
    /// A full bucket.
    pub fn new(at_once: u32, every: Duration, now: Timestamp) -> Self {
        Self { span: every * at_once, every, full_at: now }
    }

    /// Takes one, if there is one.
    pub fn take(&mut self, now: Timestamp) -> bool {
        let full_at = self.full_at.max(now) + self.every;
        let there_is = full_at.since(now) <= self.span;
        if there_is {
            self.full_at = full_at;
        }
        there_is
    }

    fn is_full(&self, now: Timestamp) -> bool {
        self.full_at <= now
    }
}

fn source(address: IpAddr) -> Source {
    Redacted::new(match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);
    const LIMITS: AdmissionLimits = AdmissionLimits {
        connections: 3,
        connections_per_address: 2,
        joins_per_minute: 2,
        enrolments_per_minute: 1,
        sign_ins_per_minute: 1,
    };

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_has_so_many_connections_and_gets_them_back() {
        let admission = Admission::new(LIMITS);
        let first = admission.connect(address("192.0.2.1"), NOW).unwrap();
        let _second = admission.connect(address("::ffff:192.0.2.1"), NOW).unwrap();
        assert!(admission.connect(address("192.0.2.1"), NOW).is_none());
        drop(first);
        assert!(admission.connect(address("192.0.2.1"), NOW).is_some());
    }

    #[test]
    fn the_whole_server_has_so_many_connections() {
        let admission = Admission::new(LIMITS);
        let _all = ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
            .map(|from| admission.connect(address(from), NOW).unwrap());
        assert!(admission.connect(address("192.0.2.4"), NOW).is_none());
    }

    #[test]
    fn a_64_of_ipv6_counts_as_one_address() {
        let admission = Admission::new(LIMITS);
        let _two = ["2001:db8::1", "2001:db8::2"].map(|from| admission.connect(address(from), NOW).unwrap());
        assert!(admission.connect(address("2001:db8::3"), NOW).is_none());
        assert!(admission.connect(address("2001:db8:0:1::3"), NOW).is_some());
    }

    #[test]
    fn acts_are_limited_by_address_and_recover() {
        let admission = Admission::new(LIMITS);
        let one = admission.connect(address("192.0.2.1"), NOW).unwrap();
        let again = admission.connect(address("192.0.2.1"), NOW).unwrap();
        let other = admission.connect(address("192.0.2.2"), NOW).unwrap();
        assert!(one.may(Act::Join, NOW) && again.may(Act::Join, NOW) && !one.may(Act::Join, NOW));
        assert!(other.may(Act::Join, NOW) && one.may(Act::Enrol, NOW) && !one.may(Act::Enrol, NOW));
        assert!(one.may(Act::Join, NOW + Duration::from_secs(30)));
    }

    #[test]
    fn those_who_play_callers_take_nothing_from_those_in_need_at_the_same_address() {
        let admission = Admission::new(LIMITS);
        let one = admission.connect(address("192.0.2.1"), NOW).unwrap();
        while one.may(Act::Play, NOW) {}
        assert!(one.may(Act::Join, NOW) && one.may(Act::Join, NOW) && !one.may(Act::Join, NOW));
    }

    #[test]
    fn an_address_is_forgotten_when_nothing_is_left_of_it() {
        let admission = Admission::new(LIMITS);
        let one = admission.connect(address("192.0.2.1"), NOW).unwrap();
        one.may(Act::Join, NOW);
        drop(one);
        admission.forget(NOW);
        assert_eq!(admission.state().by_source.len(), 1, "its rate must recover first");
        admission.forget(NOW + Duration::from_secs(60));
        assert_eq!(admission.state().by_source.len(), 0);
    }

    #[test]
    fn an_address_is_not_printed() {
        let admission = Admission::new(LIMITS);
        let one = admission.connect(address("192.0.2.1"), NOW).unwrap();
        assert!(!format!("{one:?} {admission:?}").contains("192"));
    }
}
