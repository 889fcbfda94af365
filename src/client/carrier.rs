//! What lies between an endpoint and whoever carries its legs.
//!
//! An endpoint made with [`Endpoint::new`](super::Endpoint::new) carries its legs itself: it speaks ICE, DTLS and SRTP, and only
//! datagrams leave it. One made with [`Endpoint::with_carrier`](super::Endpoint::with_carrier) leaves that to somebody else: it asks for a
//! leg ([`Output::OpenLeg`](super::Output::OpenLeg)), hands over frames that are sealed already
//! ([`Output::Frame`](super::Output::Frame)) and is told what comes of it ([`Carried`]). Who may be heard, when another leg is
//! needed and what is sealed stays with the endpoint in both cases.

use std::{
    fmt,
    time::{Duration, Instant},
};

use super::{
    event::{LegPlan, PathId},
    leg::Came,
    outbox::Outbox,
    stats::Stats,
};
use crate::{audio, core::ids::Slot, proto::media::Stream};

/// What became of a leg that somebody else carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried<'a> {
    /// It is up, for the first time or again: frames may be sent.
    Up,
    /// A frame came that SRTP authenticated.
    Frame {
        /// The stream's SSRC.
        ssrc: u32,
        /// RTP sequence number.
        sequence: u16,
        /// RTP timestamp: samples at 48 kHz.
        timestamp: u32,
        /// The sealed frame.
        payload: &'a [u8],
    },
    /// What the relay saw of this endpoint's own stream in the last second.
    Report(audio::Report),
    /// Something else came that only the relay can have sent.
    Heard,
    /// The relay is silent, or the leg could not be opened, or it was closed.
    Lost,
}

/// A leg that somebody else carries, as the endpoint knows it.
pub(super) struct CarriedLeg {
    path: PathId,
    streams: Vec<Stream>,
    up: bool,
    lost: bool,
    /// When something last came that only the relay can have sent. None before.
    heard: Option<Instant>,
    noticed: bool,
}

impl CarriedLeg {
    /// Asks for it.
    pub(super) fn open(plan: LegPlan, out: &mut Outbox) -> Self {
        let (path, streams) = (plan.path, plan.relay.streams.clone());
        out.open_leg(plan);
        Self { path, streams, up: false, lost: false, heard: None, noticed: false }
    }

    pub(super) fn has(&self, path: PathId) -> bool {
        self.path == path
    }

    /// The carrier says so, or nothing comes although it should: the relay reports every second.
    pub(super) fn is_lost(&mut self, now: Instant) -> bool {
        let forgotten = self.heard.is_some_and(|at| now.saturating_duration_since(at) >= FORGOTTEN);
        self.noticed = forgotten;
        self.lost || forgotten
    }

    /// When [`CarriedLeg::is_lost`] may change by itself.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.heard.filter(|_| !self.noticed).map(|at| at + FORGOTTEN)
    }

    /// Takes what the carrier says.
    pub(super) fn came<'a>(&mut self, now: Instant, carried: Carried<'a>, stats: &mut Stats) -> Came<'a> {
        match carried {
            Carried::Up => {
                // From now on silence counts.
                self.heard(now);
                if std::mem::replace(&mut self.up, true) { Came::Nothing } else { Came::Up }
            }
            Carried::Lost => {
                self.lost = true;
                Came::Nothing
            }
            Carried::Heard => {
                self.heard(now);
                Came::Nothing
            }
            Carried::Report(report) => {
                self.heard(now);
                Came::Report(report)
            }
            Carried::Frame { ssrc, sequence, timestamp, payload } => {
                self.heard(now);
                stats.packets_received += 1;
                stats.bytes_received += (payload.len() + OVERHEAD) as u64;
                match self.slot_of(ssrc) {
                    Some(slot) => Came::Frame { slot, sequence, timestamp, payload },
                    None => Came::Nothing,
                }
            }
        }
    }

    /// Sends a frame, once the leg is up.
    pub(super) fn send(&self, payload: &[u8], timestamp: u32, out: &mut Outbox, stats: &mut Stats) {
        if !self.up {
            return;
        }
        out.frame(self.path, timestamp, payload);
        stats.packets_sent += 1;
        stats.bytes_sent += (payload.len() + OVERHEAD) as u64;
    }

    /// Ends it; abruptly, or so that the relay is told.
    pub(super) fn close(&self, abrupt: bool, out: &mut Outbox) {
        out.close_leg(self.path, abrupt);
    }

    fn heard(&mut self, now: Instant) {
        (self.heard, self.lost, self.noticed) = (Some(now), false, false);
    }

    fn slot_of(&self, ssrc: u32) -> Option<Slot> {
        self.streams.iter().find(|stream| stream.ssrc == ssrc).map(|stream| stream.slot)
    }
}

impl fmt::Debug for CarriedLeg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CarriedLeg").field("up", &self.up).field("lost", &self.lost).finish_non_exhaustive()
    }
}

/// The header and the tag of SRTP, which the carrier adds.
const OVERHEAD: usize = 12 + 16;
/// The relay reports each second, to whoever sends and to whoever does not.
const FORGOTTEN: Duration = Duration::from_millis(2_500);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::epoch;

    fn leg() -> CarriedLeg {
        let streams = vec![Stream { slot: Slot::COUNSELLOR, ssrc: 7 }];
        CarriedLeg { path: PathId(1), streams, up: false, lost: false, heard: None, noticed: false }
    }

    fn frame(ssrc: u32) -> Carried<'static> {
        Carried::Frame { ssrc, sequence: 1, timestamp: 2, payload: b"sealed" }
    }

    #[test]
    fn a_leg_is_lost_when_the_carrier_says_so_and_found_when_something_comes() {
        let (mut leg, mut stats) = (leg(), Stats::default());
        assert!(matches!(leg.came(epoch(), Carried::Up, &mut stats), Came::Up));
        assert!(!leg.is_lost(epoch()));
        leg.came(epoch(), Carried::Lost, &mut stats);
        assert!(leg.is_lost(epoch()));
        assert!(matches!(leg.came(epoch(), Carried::Up, &mut stats), Came::Nothing), "it is the same leg");
        assert!(!leg.is_lost(epoch()));
    }

    #[test]
    fn a_leg_over_which_nothing_comes_is_lost() {
        let (mut leg, mut stats) = (leg(), Stats::default());
        assert_eq!(leg.next_deadline(), None, "it is not up");
        leg.came(epoch(), Carried::Up, &mut stats);
        let later = epoch() + Duration::from_secs(1);
        leg.came(later, Carried::Heard, &mut stats);
        assert_eq!(leg.next_deadline(), Some(later + FORGOTTEN));
        assert!(!leg.is_lost(later + FORGOTTEN - Duration::from_millis(1)));
        assert!(leg.is_lost(later + FORGOTTEN));
        assert_eq!(leg.next_deadline(), None, "it was noticed");
        leg.came(later + FORGOTTEN, frame(7), &mut stats);
        assert!(!leg.is_lost(later + FORGOTTEN) && leg.next_deadline().is_some());
    }

    #[test]
    fn only_streams_of_the_call_are_heard() {
        let (mut leg, mut stats) = (leg(), Stats::default());
        let came = leg.came(epoch(), frame(7), &mut stats);
        assert!(matches!(came, Came::Frame { slot: Slot::COUNSELLOR, sequence: 1, timestamp: 2, .. }));
        assert!(matches!(leg.came(epoch(), frame(8), &mut stats), Came::Nothing));
        assert_eq!(stats.packets_received, 2);
    }
}
