//! All calls of one worker, without sockets or clock: packets and moments go in, packets come out (RFC 8445 lite, RFC 7675).
//!
//! The order of belief: a connectivity check is believed when the token opens and MESSAGE-INTEGRITY holds; only that makes
//! a leg, or teaches it an address. DTLS, RTP and RTCP are looked at only from an address that was learned so, and audio is
//! forwarded only when SRTP has authenticated it.

mod control;

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    counters::{Count, Counters},
    dtls::{Dtls, DtlsError, Identity, SrtpKeys},
    leg::{Bucket, CONSENT, HANDSHAKE, Hearing, KnownPath, Leg, MAX_PATHS, Media, Name, REPORT},
    observer::{Forwarded, Observer},
    path::{Now, Outbox, Path},
    reception::MAX_MISSING,
    rtcp::{self, Item, MAX_COMPOUND, Sent, Writer},
    rtp::{self, FIXED_LEN, Kind},
    srtp::{Opener, RTCP_OVERHEAD, Sealer, SrtpError, TAG_LEN},
    stream::{Place, Source, Stream},
    stun::Check,
    worker_of,
};
use crate::{
    core::ids::{CallId, Slot},
    legtoken::{LegGrant, LegKeys, TokenError, slot_ssrc},
};

/// The calls of one worker.
pub struct Exchange {
    keys: Arc<LegKeys>,
    identity: Identity,
    observer: Option<Arc<dyn Observer>>,
    legs: HashMap<LegId, Leg>,
    by_path: HashMap<Path, LegId>,
    by_name: HashMap<String, LegId>,
    calls: HashMap<CallId, Call>,
    alarms: BinaryHeap<Reverse<(Instant, LegId)>>,
    /// Who was cut not long ago and may not come back with the token they still have.
    cut: VecDeque<CutOff>,
    next_leg: u64,
    next_order: u64,
    connected: u64,
    counters: Counters,
    scratch: Box<[u8; MAX_PACKET]>,
    worker: (usize, usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct LegId(u64);

struct Call {
    streams: [Option<Stream>; Slot::COUNT],
    /// The newest connected leg of each slot.
    listeners: [Option<LegId>; Slot::COUNT],
    legs: Vec<LegId>,
}

struct CutOff {
    call: CallId,
    slot: Slot,
    fingerprint: [u8; 32],
    until: Duration,
}

impl Exchange {
    /// An exchange without calls.
    pub fn new(keys: Arc<LegKeys>, identity: Identity, observer: Option<Arc<dyn Observer>>) -> Self {
        Self {
            keys,
            identity,
            observer,
            legs: HashMap::new(),
            by_path: HashMap::new(),
            by_name: HashMap::new(),
            calls: HashMap::new(),
            alarms: BinaryHeap::with_capacity(1_024),
            cut: VecDeque::new(),
            next_leg: 0,
            next_order: 0,
            connected: 0,
            counters: Counters::new(),
            scratch: Box::new([0; MAX_PACKET]),
            worker: (0, 1),
        }
    }

    /// Carries only the calls that belong to the worker `index` of `workers`.
    pub fn for_worker(self, index: usize, workers: usize) -> Self {
        Self { worker: (index, workers), ..self }
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
        let Some(leg) = self.legs.get_mut(&id) else { return self.count(Count::DropUnknownAddress) };
        if !leg.bucket.take(now.at) {
            return self.count(Count::DropRateLimited);
        }
        match kind {
            Kind::Dtls => self.dtls(now, id, path, packet, out),
            Kind::Rtp => self.rtp(now, id, packet, out),
            Kind::Rtcp => self.rtcp(now, id, packet, out),
            Kind::Stun | Kind::Unknown => self.count(Count::DropUnknownKind),
        }
    }

    /// Whether a leg was seen there.
    pub fn knows(&self, path: Path) -> bool {
        self.by_path.contains_key(&path)
    }

    /// A TCP connection is gone.
    pub fn path_closed(&mut self, path: Path) {
        if let Some(leg) = self.by_path.remove(&path).and_then(|id| self.legs.get_mut(&id)) {
            leg.forget(path);
        }
    }

    /// When [`Exchange::handle_timeout`] is next due.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.alarms.peek().map(|Reverse((at, _))| *at)
    }

    /// Does what is due: handshake repeats, reports, questions for lost packets, expiry.
    pub fn handle_timeout(&mut self, now: Now, out: &mut impl Outbox) {
        while let Some(Reverse((at, id))) = self.alarms.peek().copied() {
            if at > now.at {
                return;
            }
            self.alarms.pop();
            if self.legs.get(&id).is_some_and(|leg| leg.alarm == Some(at)) {
                self.attend(now, id, out);
            }
        }
    }

    /// Ends all legs of a slot, and keeps them from coming back with the tokens they have.
    pub fn cut(&mut self, now: Now, call: CallId, slot: Slot, out: &mut impl Outbox) {
        let legs = self.calls.get(&call).map_or_else(Vec::new, |call| call.legs.clone());
        for id in legs {
            if let Some(leg) = self.legs.get(&id).filter(|leg| leg.grant.slot == slot) {
                if self.cut.len() == MAX_CUT {
                    self.cut.pop_front();
                }
                let until = now.unix + CUT_KEPT;
                self.cut.push_back(CutOff { call, slot, fingerprint: leg.grant.fingerprint, until });
                self.end(now, id, Count::Cut, out);
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

    fn check(&mut self, now: Now, path: Path, packet: &[u8], out: &mut impl Outbox) {
        let Some(mut check) = Check::parse(packet) else { return self.count(Count::DropStunMalformed) };
        let ufrag = check.local_ufrag();
        let known = self.by_name.get(ufrag).copied();
        let (grant, password) = match known.and_then(|id| self.legs.get(&id)) {
            Some(leg) => match leg.names.iter().find(|name| name.ufrag == ufrag) {
                Some(name) => (None, name.pwd.clone()),
                None => return self.count(Count::DropTokenRefused),
            },
            None => match self
                .keys
                .open(ufrag, now.unix.as_secs())
                .and_then(|g| Ok((g, self.keys.password(ufrag)?)))
            {
                Ok((grant, password)) => (Some(grant), password),
                Err(TokenError::Expired) => return self.count(Count::DropTokenExpired),
                Err(_) => return self.count(Count::DropTokenRefused),
            },
        };
        let Some(verified) = check.verify(&password) else { return self.count(Count::DropStunForged) };
        if verified.role_conflict {
            if let Some(answer) = check.role_conflict(&password) {
                out.send(path, &answer);
            }
            return self.count(Count::RoleConflict);
        }
        let id = match (known, grant) {
            (Some(id), None) => id,
            (_, Some(grant)) => {
                let name = Name { ufrag: check.local_ufrag().to_owned(), pwd: password.clone() };
                match self.admit(now, path, grant, name) {
                    Ok(id) => id,
                    Err(count) => return self.count(count),
                }
            }
            (None, None) => return,
        };
        if self.legs.get_mut(&id).is_none_or(|leg| !leg.bucket.take(now.at)) {
            return self.count(Count::DropRateLimited);
        }
        self.learn(now, id, path, verified.use_candidate, out);
        if let Some(answer) = check.success(path.remote, &password) {
            out.send(path, &answer);
        }
        self.schedule(id);
    }

    /// Makes a leg of a grant, or finds the leg that the same client's ICE restart belongs to.
    fn admit(&mut self, now: Now, path: Path, grant: LegGrant, name: Name) -> Result<LegId, Count> {
        let (index, workers) = self.worker;
        if worker_of(grant.call, workers) != index {
            return Err(Count::DropOtherWorker);
        }
        self.cut.retain(|cut| cut.until > now.unix);
        let is_cut = |cut: &CutOff| {
            (cut.call, cut.slot, cut.fingerprint) == (grant.call, grant.slot, grant.fingerprint)
        };
        if self.cut.iter().any(is_cut) {
            return Err(Count::DropCut);
        }
        let restarted = self.calls.get(&grant.call).and_then(|call| {
            call.legs.iter().copied().find(|id| {
                self.legs.get(id).is_some_and(|leg| {
                    leg.grant.slot == grant.slot && leg.grant.fingerprint == grant.fingerprint
                })
            })
        });
        if let Some((id, leg)) = restarted.and_then(|id| Some((id, self.legs.get_mut(&id)?))) {
            if leg.names.len() == MAX_NAMES {
                let oldest = leg.names.remove(0);
                self.by_name.remove(&oldest.ufrag);
            }
            self.by_name.insert(name.ufrag.clone(), id);
            leg.grant = grant;
            leg.names.push(name);
            return Ok(id);
        }
        let in_call = self.calls.get(&grant.call).map_or(0, |call| call.legs.len());
        if self.legs.len() >= MAX_LEGS || in_call >= MAX_LEGS_OF_CALL {
            return Err(Count::DropFull);
        }
        let dtls = Dtls::server(&self.identity, grant.fingerprint).map_err(|_| Count::HandshakesFailed)?;
        let id = LegId(self.next_leg);
        self.next_leg += 1;
        self.by_name.insert(name.ufrag.clone(), id);
        let call = self.calls.entry(grant.call).or_insert_with(|| Call {
            streams: [const { None }; Slot::COUNT],
            listeners: [None; Slot::COUNT],
            legs: Vec::new(),
        });
        call.legs.push(id);
        self.legs.insert(
            id,
            Leg {
                grant,
                names: vec![name],
                paths: [None; MAX_PATHS],
                selected: path,
                nominated: false,
                dtls,
                media: None,
                opened: now.at,
                consent: now.at,
                retire: None,
                bucket: Bucket::new(PACKETS_PER_SECOND, now.at),
                alarm: None,
            },
        );
        self.count(Count::LegsAdmitted);
        self.measure();
        Ok(id)
    }

    fn learn(&mut self, now: Now, id: LegId, path: Path, use_candidate: bool, out: &mut impl Outbox) {
        if let Some(other) = self.by_path.insert(path, id).filter(|other| *other != id)
            && let Some(leg) = self.legs.get_mut(&other)
        {
            leg.forget(path);
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let evicted = leg.learn(path, now.at);
        if use_candidate || !leg.nominated {
            leg.nominated |= use_candidate;
            let moved = std::mem::replace(&mut leg.selected, path) != path;
            self.counters.add(Count::Moved, u64::from(moved && leg.media.is_some()));
        }
        if let Some(evicted) = evicted {
            self.by_path.remove(&evicted);
            out.close(evicted);
        }
    }

    fn dtls(&mut self, now: Now, id: LegId, path: Path, packet: &[u8], out: &mut impl Outbox) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
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
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let (Ok(sealer), Ok(opener)) = (Sealer::new(&keys.seal), Opener::new(&keys.open)) else {
            return self.end(now, id, Count::HandshakesFailed, out);
        };
        leg.media = Some(Media {
            order: self.next_order,
            sealer,
            opener,
            receptions: [const { None }; 4],
            hearing: [None; Slot::COUNT],
            next_report: now.at + REPORT,
            resends: Bucket::new(RESENDS_PER_SECOND, now.at),
        });
        self.next_order += 1;
        self.connected += 1;
        let LegGrant { call: call_id, slot, .. } = leg.grant;
        self.count(Count::HandshakesDone);
        if let Some(call) = self.calls.get_mut(&call_id) {
            // The stream outlives connections, and is made here because forwarding allocates nothing.
            call.streams[slot.index()].get_or_insert_with(|| Stream::new(slot_ssrc(call_id, slot)));
            if let Some(old) = call.listeners[slot.index()].replace(id)
                && let Some(leg) = self.legs.get_mut(&old)
            {
                leg.retire = Some(now.at + OVERLAP);
                self.schedule(old);
            }
        }
        self.measure();
    }

    fn rtp(&mut self, now: Now, id: LegId, packet: &mut [u8], out: &mut impl Outbox) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(media) = &mut leg.media else { return self.count(Count::DropTooEarly) };
        let opened = match media.opener.open_rtp(packet) {
            Ok(opened) => opened,
            Err(error) => return self.count(dropped(error)),
        };
        let header = opened.header;
        if header.payload_type != leg.grant.payload_type {
            return self.count(Count::DropPayloadType);
        }
        let Some((nth, reception)) = media.reception(header.ssrc, opened.index, now.at) else {
            return self.count(Count::DropTooManySources);
        };
        reception.arrived(opened.index, header.timestamp, now.at);
        let asks = reception.next_due().is_some();
        let source = Source { leg: media.order, nth };
        let LegGrant { call, slot, .. } = leg.grant;
        if asks {
            self.schedule(id);
        }
        let Some(payload) = rtp::without_padding(&packet[header.len..opened.end], header.padding) else {
            return self.count(Count::DropEmpty);
        };
        let Some(call_state) = self.calls.get_mut(&call) else { return };
        let Some(stream) = &mut call_state.streams[slot.index()] else { return };
        let Some(place) = stream.accept(source, opened.index, header.timestamp, payload, now.at) else {
            return self.count(Count::DropSuperseded);
        };
        for to in Slot::all().filter(|to| *to != slot) {
            let Some(listener) = call_state.listeners[to.index()].and_then(|id| self.legs.get_mut(&id))
            else {
                continue;
            };
            if let Some(len) = seal(listener, slot, stream.ssrc, place, payload, &mut self.scratch) {
                if let Some(observer) = &self.observer {
                    let header = rtp::write_header(
                        listener.grant.payload_type,
                        place.index as u16,
                        place.timestamp,
                        stream.ssrc,
                    );
                    observer.forwarded(&Forwarded {
                        call,
                        from: slot,
                        to,
                        header: &header,
                        payload,
                        wire: &self.scratch[..len],
                    });
                }
                out.send(listener.selected, &self.scratch[..len]);
                self.counters.add(Count::Forwarded, 1);
                self.counters.add(Count::ForwardedBytes, payload.len() as u64);
            }
        }
    }

    fn attend(&mut self, now: Now, id: LegId, out: &mut impl Outbox) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
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
        for slot in &mut leg.paths {
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
        let Some(mut leg) = self.legs.remove(&id) else { return };
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
        if let Some(call) = self.calls.get_mut(&leg.grant.call) {
            call.legs.retain(|other| *other != id);
            for listener in &mut call.listeners {
                if *listener == Some(id) {
                    *listener = None;
                }
            }
            if call.legs.is_empty() {
                self.calls.remove(&leg.grant.call);
            }
        }
        self.measure();
    }

    fn schedule(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
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

/// Writes and seals one packet for one listener. None where the packet is from before it began to listen.
fn seal(
    listener: &mut Leg,
    from: Slot,
    ssrc: u32,
    place: Place,
    payload: &[u8],
    scratch: &mut [u8; MAX_PACKET],
) -> Option<usize> {
    let payload_type = listener.grant.payload_type;
    let media = listener.media.as_mut()?;
    let hearing = media.hearing[from.index()].get_or_insert(Hearing {
        first: place.index,
        packets: 0,
        octets: 0,
        reported: 0,
    });
    let index = hearing.srtp_index(place.index)?;
    let len = FIXED_LEN + payload.len();
    scratch[..FIXED_LEN].copy_from_slice(&rtp::write_header(
        payload_type,
        place.index as u16,
        place.timestamp,
        ssrc,
    ));
    scratch.get_mut(FIXED_LEN..len)?.copy_from_slice(payload);
    let sealed = media.sealer.seal_rtp(&mut scratch[..], len, index).ok()?;
    hearing.packets = hearing.packets.wrapping_add(1);
    hearing.octets = hearing.octets.wrapping_add(payload.len() as u32);
    Some(sealed)
}

fn dropped(error: SrtpError) -> Count {
    match error {
        SrtpError::Malformed => Count::DropMalformed,
        SrtpError::Replayed => Count::DropReplayed,
        SrtpError::Forged | SrtpError::Crypto => Count::DropForged,
        SrtpError::TooManySources => Count::DropTooManySources,
    }
}

/// The largest packet that is received or sent.
pub const MAX_PACKET: usize = 1_500;
/// Four times what a client sends with frames of 10 ms, every packet repeated.
const PACKETS_PER_SECOND: u32 = 800;
const RESENDS_PER_SECOND: u32 = 200;
/// How long a replaced connection may still be of use while the new one takes over.
const OVERLAP: Duration = Duration::from_secs(2);
/// Longer than any token admits.
const CUT_KEPT: Duration = Duration::from_secs(600);
const MAX_CUT: usize = 4_096;
const MAX_LEGS: usize = 20_000;
const MAX_LEGS_OF_CALL: usize = 12;
const MAX_NAMES: usize = 3;
