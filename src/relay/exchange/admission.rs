//! Who is let in: connectivity checks, the legs and addresses that they make, and the seats that are cut.

use std::time::Duration;

use super::{Call, Exchange, LegId, PACKETS_PER_SECOND};
use crate::{
    core::ids::{CallId, Slot},
    legtoken::{LegGrant, TokenError},
    relay::{
        bucket::Bucket,
        counters::Count,
        dtls::Dtls,
        leg::{Leg, MAX_PATHS, Name},
        path::{Now, Outbox, Path},
        stun::Check,
    },
};

/// A seat that was cut.
pub(super) struct CutOff {
    call: CallId,
    slot: Slot,
    /// Which tokens it concerns.
    minted_until_ms: u64,
    /// Until when it need be remembered, since 1970.
    until: Duration,
}

impl Exchange {
    /// Ends the legs of a slot whose tokens were minted until `minted_until_ms` (Unix milliseconds), and refuses all such
    /// tokens of that slot from now on, used or not. Whoever takes the seat next has a newer one.
    pub fn cut(&mut self, now: Now, call: CallId, slot: Slot, minted_until_ms: u64, out: &mut impl Outbox) {
        self.cut.retain(|cut| cut.until > now.unix && (cut.call, cut.slot) != (call, slot));
        if self.cut.len() == MAX_CUT {
            self.cut.pop_front();
        }
        self.cut.push_back(CutOff { call, slot, minted_until_ms, until: now.unix + CUT_KEPT });
        let legs = self.call(call).map_or_else(Vec::new, |call| call.legs.clone());
        let is_cut = |leg: &&Leg| leg.grant.slot == slot && leg.grant.minted_ms <= minted_until_ms;
        for id in legs {
            if self.legs.get(id).filter(is_cut).is_some() {
                self.end(now, id, Count::Cut, out);
            }
        }
    }

    pub(super) fn check(&mut self, now: Now, path: Path, packet: &[u8], out: &mut impl Outbox) {
        let Some(mut check) = Check::parse(packet) else { return self.count(Count::DropStunMalformed) };
        let ufrag = check.local_ufrag();
        let known = self.by_name.get(ufrag).copied();
        let (grant, password) = match known.and_then(|id| self.legs.get(id)) {
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
        let unknown = check.unknown_attributes();
        if !unknown.is_empty() {
            if let Some(answer) = check.not_understood(unknown, &password) {
                out.send(path, &answer);
            }
            return self.count(Count::UnknownAttribute);
        }
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
        if self.legs.get_mut(id).is_none_or(|leg| !leg.bucket.take(now.at)) {
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
        if self.placement.known(grant.call).is_some_and(|worker| worker != self.worker) {
            return Err(Count::DropOtherWorker);
        }
        self.cut.retain(|cut| cut.until > now.unix);
        let is_cut = |cut: &CutOff| {
            (cut.call, cut.slot) == (grant.call, grant.slot) && grant.minted_ms <= cut.minted_until_ms
        };
        if self.cut.iter().any(is_cut) {
            return Err(Count::DropCut);
        }
        let restarted = self.call(grant.call).and_then(|call| {
            call.legs.iter().copied().find(|id| {
                self.legs.get(*id).is_some_and(|leg| {
                    leg.grant.slot == grant.slot && leg.grant.fingerprint == grant.fingerprint
                })
            })
        });
        if let Some((id, leg)) = restarted.and_then(|id| Some((id, self.legs.get_mut(id)?))) {
            if leg.names.len() == MAX_NAMES {
                let oldest = leg.names.remove(0);
                self.by_name.remove(&oldest.ufrag);
            }
            self.by_name.insert(name.ufrag.clone(), id);
            leg.grant = grant;
            leg.names.push(name);
            return Ok(id);
        }
        let in_call = self.call(grant.call).map_or(0, |call| call.legs.len());
        if self.legs.len() >= MAX_LEGS || in_call >= MAX_LEGS_OF_CALL {
            return Err(Count::DropFull);
        }
        let dtls = Dtls::server(&self.identity, grant.fingerprint).map_err(|_| Count::HandshakesFailed)?;
        if in_call == 0 && !self.placement.begin(grant.call, self.worker) {
            return Err(Count::DropOtherWorker);
        }
        let ufrag = name.ufrag.clone();
        let call = *self.by_call.entry(grant.call).or_insert_with(|| {
            self.calls.insert(Call {
                id: grant.call,
                streams: [const { None }; Slot::COUNT],
                listeners: [None; Slot::COUNT],
                legs: Vec::new(),
            })
        });
        let id = self.legs.insert(Leg {
            grant,
            call,
            names: vec![name],
            paths: Box::new([None; MAX_PATHS]),
            selected: path,
            nominated: false,
            heard: now.at,
            dtls,
            media: None,
            opened: now.at,
            consent: now.at,
            retire: None,
            bucket: Bucket::new(PACKETS_PER_SECOND, now.at),
            alarm: None,
        });
        self.by_name.insert(ufrag, id);
        if let Some(call) = self.calls.get_mut(call) {
            call.legs.push(id);
        }
        self.count(Count::LegsAdmitted);
        self.measure();
        Ok(id)
    }

    fn call(&self, id: CallId) -> Option<&Call> {
        self.by_call.get(&id).and_then(|key| self.calls.get(*key))
    }

    fn learn(&mut self, now: Now, id: LegId, path: Path, use_candidate: bool, out: &mut impl Outbox) {
        if let Some(other) = self.by_path.insert(path, id).filter(|other| *other != id)
            && let Some(leg) = self.legs.get_mut(other)
        {
            leg.forget(path);
        }
        let Some(leg) = self.legs.get_mut(id) else { return };
        let abandoned = leg.is_abandoned(now.at);
        let evicted = leg.learn(path, now.at);
        if use_candidate || !leg.nominated || abandoned {
            leg.nominated |= use_candidate;
            let moved = std::mem::replace(&mut leg.selected, path) != path;
            if moved {
                leg.heard = now.at;
            }
            self.counters.add(Count::Moved, u64::from(moved && leg.media.is_some()));
        }
        if let Some(evicted) = evicted {
            self.by_path.remove(&evicted);
            out.close(evicted);
        }
    }
}

/// Longer than any token admits.
const CUT_KEPT: Duration = Duration::from_secs(600);
const MAX_CUT: usize = 4_096;
const MAX_LEGS: usize = 20_000;
const MAX_LEGS_OF_CALL: usize = 12;
const MAX_NAMES: usize = 3;
