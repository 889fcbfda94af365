//! One client's connection: its credentials, the addresses it was seen at, its DTLS association and its SRTP state.

use std::{
    fmt,
    time::{Duration, Instant},
};

use super::{
    bucket::Bucket,
    dtls::Dtls,
    exchange::CallKey,
    path::Path,
    reception::Reception,
    srtp::{MAX_SOURCES, Opener, Sealer},
};
use crate::{core::ids::Slot, legtoken::LegGrant};

/// One leg.
pub struct Leg {
    pub grant: LegGrant,
    /// Where the exchange keeps its call.
    pub call: CallKey,
    /// The tokens that lead here: the one that opened the leg, then those of ICE restarts.
    pub names: Vec<Name>,
    /// Apart, as are the media: what is looked at for each packet lies close together.
    pub paths: Box<[Option<KnownPath>; MAX_PATHS]>,
    /// Where packets go.
    pub selected: Path,
    /// Whether the client has chosen that path. Until then the path of its latest check serves.
    pub nominated: bool,
    /// When something that SRTP authenticated last came over that path.
    pub heard: Instant,
    pub dtls: Dtls,
    pub media: Option<Box<Media>>,
    pub opened: Instant,
    /// The last valid check on any path.
    pub consent: Instant,
    pub retire: Option<Instant>,
    pub bucket: Bucket,
    /// The alarm that stands in the exchange's heap.
    pub alarm: Option<Instant>,
}

/// A user name and password of the relay's side.
pub struct Name {
    pub ufrag: String,
    pub pwd: String,
}

/// An address at which a valid check was seen.
#[derive(Clone, Copy)]
pub struct KnownPath {
    pub path: Path,
    pub seen: Instant,
}

/// What a leg has once its handshake is done.
pub struct Media {
    /// In which order legs completed their handshakes.
    pub order: u64,
    pub sealer: Sealer,
    pub opener: Opener,
    /// Most clients have one source all their life.
    pub receptions: [Option<Box<Reception>>; MAX_SOURCES],
    /// What was sent of each slot.
    pub hearing: [Option<Hearing>; Slot::COUNT],
    pub next_report: Instant,
    /// How many packets may still be sent again.
    pub resends: Bucket,
}

/// What one listener was sent of one slot.
#[derive(Clone, Copy)]
pub struct Hearing {
    /// The first index. An SRTP receiver begins with rollover count zero wherever the stream is, so indices are sealed
    /// relative to the rollover of this one.
    pub first: u64,
    pub packets: u32,
    pub octets: u32,
    pub reported: u32,
}

impl Hearing {
    /// The index under which a packet is sealed for this listener. None for packets from before it began to listen.
    pub fn srtp_index(&self, index: u64) -> Option<u64> {
        (index >= self.first).then(|| index - (self.first & !0xffff))
    }
}

impl Media {
    /// Something of what sealing for this leg will need: see `Exchange::look_ahead`.
    pub fn look(&self) -> u64 {
        self.hearing.iter().flatten().fold(self.order, |sum, hearing| sum ^ hearing.first)
    }

    /// The reception of a source that has authenticated.
    pub fn reception(&mut self, ssrc: u32, index: u64, now: Instant) -> Option<(usize, &mut Reception)> {
        let at = self.receptions.iter().position(|r| r.as_ref().is_none_or(|r| r.ssrc() == ssrc))?;
        Some((at, self.receptions[at].get_or_insert_with(|| Box::new(Reception::new(ssrc, index, now)))))
    }
}

impl Leg {
    /// Something of what a packet of this leg will need: see `Exchange::look_ahead`.
    pub fn look(&self) -> u64 {
        let retiring = u64::from(self.retire.is_some()) ^ u64::from(self.alarm.is_some());
        u64::from(self.nominated) ^ retiring ^ u64::from(self.media.is_some())
    }

    /// Takes note of a valid check. Gives the path that had to make room.
    pub fn learn(&mut self, path: Path, now: Instant) -> Option<Path> {
        self.consent = now;
        if let Some(known) = self.paths.iter_mut().flatten().find(|known| known.path == path) {
            known.seen = now;
            return None;
        }
        let at = self.paths.iter().position(Option::is_none).or_else(|| {
            let stale = |(_, known): &(usize, &Option<KnownPath>)| {
                known.filter(|known| known.path != self.selected).map(|known| known.seen)
            };
            self.paths.iter().enumerate().filter(|e| stale(e).is_some()).min_by_key(stale).map(|(at, _)| at)
        })?;
        self.paths[at].replace(KnownPath { path, seen: now }).map(|known| known.path)
    }

    /// Forgets a path. If packets went there, they go to the one that was checked last until the client chooses again.
    pub fn forget(&mut self, path: Path) {
        for slot in self.paths.iter_mut() {
            slot.take_if(|known| known.path == path);
        }
        if self.selected == path {
            self.nominated = false;
            if let Some(known) = self.paths.iter().flatten().max_by_key(|known| known.seen) {
                self.selected = known.path;
            }
        }
    }

    /// Takes note of where something that SRTP authenticated came from, and gives whether the leg moved there. A client whose
    /// address changed under it (a NAT that forgot its mapping) knows nothing of it and chooses nothing anew: it is followed
    /// when it is heard from another path that a valid check has taught, and no longer from the chosen one.
    pub fn heard_over(&mut self, path: Path, now: Instant) -> bool {
        let moved = path != self.selected;
        if moved && now.saturating_duration_since(self.heard) < SILENT {
            return false;
        }
        self.selected = path;
        self.heard = now;
        moved
    }

    /// Whether nothing at all has come over the chosen path for longer than checks are apart.
    pub fn is_abandoned(&self, now: Instant) -> bool {
        let checked =
            self.paths.iter().flatten().find(|known| known.path == self.selected).map(|known| known.seen);
        now.saturating_duration_since(checked.map_or(self.heard, |checked| checked.max(self.heard)))
            >= ABANDONED
    }

    /// When the leg next needs attention.
    pub fn next_alarm(&self) -> Instant {
        let missing =
            self.media.iter().flat_map(|m| &m.receptions).flatten().filter_map(|r| r.next_due()).min();
        let mut alarm = self.consent + CONSENT;
        match &self.media {
            Some(media) => alarm = alarm.min(media.next_report),
            None => alarm = alarm.min(self.opened + HANDSHAKE),
        }
        [missing, self.dtls.next_timeout(), self.retire].into_iter().flatten().fold(alarm, Instant::min)
    }
}

impl fmt::Debug for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leg").field("connected", &self.media.is_some()).finish_non_exhaustive()
    }
}

/// How many addresses one leg may have at a time.
pub const MAX_PATHS: usize = 8;
/// A client that sends no valid check for so long is gone (RFC 7675).
pub const CONSENT: Duration = Duration::from_secs(30);
/// A chosen path over which no audio has come for so long is left for one over which it does.
const SILENT: Duration = Duration::from_millis(500);
/// A chosen path over which nothing has come for so long is left for one over which checks do.
const ABANDONED: Duration = Duration::from_secs(6);
/// How long a handshake may take.
pub const HANDSHAKE: Duration = Duration::from_secs(20);
/// How often reports are sent.
pub const REPORT: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_who_joins_late_starts_at_rollover_zero() {
        let hearing = Hearing { first: 3 << 16 | 65_000, packets: 0, octets: 0, reported: 0 };
        assert_eq!(hearing.srtp_index(3 << 16 | 65_000), Some(65_000));
        assert_eq!(hearing.srtp_index(4 << 16 | 1), Some(1 << 16 | 1));
        assert_eq!(hearing.srtp_index(3 << 16 | 64_999), None);
    }
}
