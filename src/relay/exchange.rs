//! All calls of one worker, without sockets or clock: packets and moments go in, packets come out (RFC 8445 lite, RFC 7675).
//!
//! The order of belief: a connectivity check is believed when the token opens and MESSAGE-INTEGRITY holds; only that makes
//! a leg, or teaches it an address. DTLS, RTP and RTCP are looked at only from an address that was learned so, and audio is
//! forwarded only when SRTP has authenticated it.

mod admission;
mod ahead;
mod control;
mod forward;

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use slotmap::{SlotMap, new_key_type};

use self::admission::CutOff;
use super::{
    bucket::Bucket,
    counters::{Count, Counters},
    dtls::{DtlsError, Identity, SrtpKeys},
    leg::{CONSENT, HANDSHAKE, KnownPath, Leg, Media, REPORT},
    observer::Observer,
    path::{Now, Outbox, Path},
    placement::Placement,
    rtp::{FIXED_LEN, Kind},
    srtp::{Opener, Sealer, TAG_LEN},
    stream::Stream,
};
use crate::{
    core::ids::{CallId, Slot},
    legtoken::{LegKeys, slot_ssrc},
};

/// The calls of one worker.
pub struct Exchange {
    keys: Arc<LegKeys>,
    identity: Identity,
    observer: Option<Arc<dyn Observer>>,
    legs: SlotMap<LegId, Leg>,
    calls: SlotMap<CallKey, Call>,
    /// The only table that is looked into for each packet.
    by_path: HashMap<Path, LegId, foldhash::fast::RandomState>,
    by_name: HashMap<String, LegId>,
    by_call: HashMap<CallId, CallKey>,
    alarms: BinaryHeap<Reverse<(Instant, LegId)>>,
    /// Which seats were cut not long ago: a token of before does not open them again.
    cut: VecDeque<CutOff>,
    next_order: u64,
    connected: u64,
    counters: Counters,
    scratch: Box<[u8; MAX_PACKET]>,
    /// Which worker this is, of those that share the placement.
    worker: usize,
    placement: Arc<Placement>,
}

new_key_type! {
    /// A leg. The key of a leg that has ended leads to no other.
    struct LegId;
    /// A call, likewise.
    pub(super) struct CallKey;
}

struct Call {
    id: CallId,
    streams: [Option<Stream>; Slot::COUNT],
    /// The newest connected leg of each slot.
    listeners: [Option<LegId>; Slot::COUNT],
    legs: Vec<LegId>,
}

impl Exchange {
    /// An exchange without calls.
    pub fn new(keys: Arc<LegKeys>, identity: Identity, observer: Option<Arc<dyn Observer>>) -> Self {
        Self {
            keys,
            identity,
            observer,
            legs: SlotMap::with_key(),
            calls: SlotMap::with_key(),
            by_path: HashMap::default(),
            by_name: HashMap::new(),
            by_call: HashMap::new(),
            alarms: BinaryHeap::with_capacity(1_024),
            cut: VecDeque::new(),
            next_order: 0,
            connected: 0,
            counters: Counters::new(),
            scratch: Box::new([0; MAX_PACKET]),
            worker: 0,
            placement: Arc::new(Placement::new(1)),
        }
    }

    /// Carries only the calls that belong to the worker `index`.
    pub fn for_worker(self, index: usize, placement: Arc<Placement>) -> Self {
        Self { worker: index, placement, ..self }
    }

    /// An exchange without legs, after one whose state cannot be trusted any more: what was cut stays cut, and the
    /// totals go on.
    pub fn restarted(&mut self) -> Self {
        let mut fresh = Self::new(self.keys.clone(), self.identity.clone(), self.observer.clone());
        fresh.worker = self.worker;
        fresh.placement = self.placement.clone();
        fresh.placement.forget(self.worker);
        fresh.cut = std::mem::take(&mut self.cut);
        fresh.counters = self.counters;
        fresh.count(Count::WorkerRestarts);
        fresh.measure();
        fresh
    }

    /// Takes one packet. It is opened in place.
    pub fn receive(&mut self, now: Now, path: Path, packet: &mut [u8], out: &mut impl Outbox) {
        self.counters.add(Count::PacketsIn, 1);
        if packet.len() > MAX_PACKET - FIXED_LEN - TAG_LEN {
            return self.count(Count::DropTooLarge);
        }
        let kind = Kind::of(packet);
        if kind == Kind::Stun {
            return self.check(now, path, packet, out);
        }
        let Some(id) = self.by_path.get(&path).copied() else { return self.count(Count::DropUnknownAddress) };
        match kind {
            Kind::Dtls => self.dtls(now, id, path, packet, out),
            Kind::Rtp => self.rtp(now, id, path, packet, out),
            Kind::Rtcp => self.rtcp(now, id, path, packet, out),
            Kind::Stun | Kind::Unknown => self.count(Count::DropUnknownKind),
        }
    }

    /// Whether a leg was seen there.
    pub fn knows(&self, path: Path) -> bool {
        self.by_path.contains_key(&path)
    }

    /// A TCP connection is gone.
    pub fn path_closed(&mut self, path: Path) {
        if let Some(leg) = self.by_path.remove(&path).and_then(|id| self.legs.get_mut(id)) {
            leg.forget(path);
        }
    }

    /// When [`Exchange::handle_timeout`] is next due.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.alarms.peek().map(|Reverse((at, _))| *at)
    }

    /// Does what is due: handshake repeats, reports, questions for lost packets, expiry. Of what is left after so many legs
    /// the next call takes care, so that packets have their turn in between.
    pub fn handle_timeout(&mut self, now: Now, out: &mut impl Outbox) {
        for _ in 0..MAX_ALARMS {
            let Some(Reverse((at, id))) =
                self.alarms.peek().copied().filter(|Reverse((at, _))| *at <= now.at)
            else {
                return;
            };
            self.alarms.pop();
            if self.legs.get(id).is_some_and(|leg| leg.alarm == Some(at)) {
                self.attend(now, id, out);
            }
        }
    }

    /// The totals.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    fn count(&mut self, count: Count) {
        self.counters.add(count, 1);
    }

    fn dtls(&mut self, now: Now, id: LegId, path: Path, packet: &[u8], out: &mut impl Outbox) {
        let Some(leg) = self.legs.get_mut(id) else { return };
        let result = leg.dtls.receive(now.at, packet);
        while let Some(datagram) = leg.dtls.next_datagram() {
            out.send(path, &datagram);
        }
        match result {
            Ok(None) => {}
            Ok(Some(keys)) => self.connected(now, id, &keys, out),
            Err(DtlsError::Closed) => self.end(now, id, Count::ClosedByClient, out),
            // After the handshake DTLS carries nothing that matters: what cannot be read is not worth a call.
            Err(_) if leg.media.is_some() => {}
            Err(_) => self.end(now, id, Count::HandshakesFailed, out),
        }
        self.schedule(id);
    }

    fn connected(&mut self, now: Now, id: LegId, keys: &SrtpKeys, out: &mut impl Outbox) {
        let Some(leg) = self.legs.get_mut(id) else { return };
        let (Ok(sealer), Ok(opener)) = (Sealer::new(&keys.seal), Opener::new(&keys.open)) else {
            return self.end(now, id, Count::HandshakesFailed, out);
        };
        leg.media = Some(Box::new(Media {
            order: self.next_order,
            sealer,
            opener,
            receptions: [const { None }; 4],
            hearing: [None; Slot::COUNT],
            next_report: now.at + REPORT,
            resends: Bucket::new(RESENDS_PER_SECOND, now.at),
        }));
        self.next_order += 1;
        self.connected += 1;
        let (key, slot) = (leg.call, leg.grant.slot);
        self.count(Count::HandshakesDone);
        if let Some(call) = self.calls.get_mut(key) {
            // The stream outlives connections, and is made here because forwarding allocates nothing.
            call.streams[slot.index()].get_or_insert_with(|| Stream::new(slot_ssrc(call.id, slot)));
            if let Some(old) = call.listeners[slot.index()].replace(id)
                && let Some(leg) = self.legs.get_mut(old)
            {
                leg.retire = Some(now.at + OVERLAP);
                self.schedule(old);
            }
        }
        self.measure();
    }

    fn attend(&mut self, now: Now, id: LegId, out: &mut impl Outbox) {
        let Some(leg) = self.legs.get_mut(id) else { return };
        leg.alarm = None;
        if now.at >= leg.consent + CONSENT {
            return self.end(now, id, Count::ConsentExpired, out);
        }
        if leg.media.is_none() && now.at >= leg.opened + HANDSHAKE {
            return self.end(now, id, Count::HandshakesFailed, out);
        }
        if leg.retire.is_some_and(|retire| now.at >= retire) {
            return self.end(now, id, Count::Replaced, out);
        }
        for slot in leg.paths.iter_mut() {
            let expired = |known: &mut KnownPath| {
                known.path != leg.selected && now.at.saturating_duration_since(known.seen) >= CONSENT
            };
            if let Some(known) = slot.take_if(expired) {
                self.by_path.remove(&known.path);
                out.close(known.path);
            }
        }
        if leg.dtls.next_timeout().is_some_and(|due| now.at >= due) {
            let failed = leg.dtls.handle_timeout(now.at).is_err();
            while let Some(datagram) = leg.dtls.next_datagram() {
                out.send(leg.selected, &datagram);
            }
            if failed && leg.media.is_none() {
                return self.end(now, id, Count::HandshakesFailed, out);
            }
        }
        self.ask_for_missing(now, id, out);
        self.report(now, id, out);
        self.schedule(id);
    }

    fn end(&mut self, now: Now, id: LegId, why: Count, out: &mut impl Outbox) {
        let Some(mut leg) = self.legs.remove(id) else { return };
        self.count(why);
        self.connected -= u64::from(leg.media.is_some());
        leg.dtls.close(now.at);
        while let Some(datagram) = leg.dtls.next_datagram() {
            out.send(leg.selected, &datagram);
        }
        for name in &leg.names {
            self.by_name.remove(&name.ufrag);
        }
        for known in leg.paths.iter().flatten() {
            self.by_path.remove(&known.path);
            out.close(known.path);
        }
        if let Some(call) = self.calls.get_mut(leg.call) {
            call.legs.retain(|other| *other != id);
            for listener in &mut call.listeners {
                if *listener == Some(id) {
                    *listener = None;
                }
            }
            if call.legs.is_empty() {
                self.by_call.remove(&call.id);
                self.placement.end(call.id);
                self.calls.remove(leg.call);
            }
        }
        self.measure();
    }

    fn schedule(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(id) else { return };
        let next = leg.next_alarm();
        if leg.alarm.is_none_or(|alarm| next < alarm) {
            leg.alarm = Some(next);
            self.alarms.push(Reverse((next, id)));
        }
    }

    fn measure(&mut self) {
        self.counters.set(Count::Legs, self.legs.len() as u64);
        self.counters.set(Count::Calls, self.calls.len() as u64);
        self.counters.set(Count::LegsConnected, self.connected);
    }
}

/// The largest packet that is received or sent.
pub const MAX_PACKET: usize = 1_500;
/// Four times what a client sends with frames of 10 ms, every packet repeated.
const PACKETS_PER_SECOND: u32 = 800;
/// How many legs are attended to at once.
const MAX_ALARMS: usize = 64;
const RESENDS_PER_SECOND: u32 = 200;
/// How long a replaced connection may still be of use while the new one takes over.
const OVERLAP: Duration = Duration::from_secs(2);
