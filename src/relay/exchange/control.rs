//! RTCP: ends at the relay, for each leg by itself. Reports, and what is asked for again (RFC 3550, RFC 4585).

use std::time::Instant;

use super::{
    Call, Exchange, LegId, MAX_PACKET,
    forward::{dropped, seal},
};
use crate::{
    core::ids::Slot,
    legtoken::slot_ssrc,
    relay::{
        counters::Count,
        leg::{Leg, REPORT},
        path::{Now, Outbox, Path},
        reception::MAX_MISSING,
        rtcp::{self, Item, MAX_COMPOUND, Sent, Writer, ntp},
        srtp::RTCP_OVERHEAD,
    },
};

impl Exchange {
    pub(super) fn rtcp(&mut self, now: Now, id: LegId, path: Path, packet: &mut [u8], out: &mut impl Outbox) {
        let Some(leg) = self.legs.get_mut(id) else { return };
        let Some(media) = &mut leg.media else { return self.count(Count::DropTooEarly) };
        let len = match media.opener.open_rtcp(packet) {
            Ok(len) => len,
            Err(error) => return self.count(dropped(error)),
        };
        if !leg.bucket.take(now.at) {
            return self.count(Count::DropRateLimited);
        }
        self.counters.add(Count::Moved, u64::from(leg.heard_over(path, now.at)));
        let Some(call) = self.calls.get(leg.call) else { return };
        let (mut answered, mut missed) = (0, 0);
        rtcp::read(&packet[..len], |item| match item {
            Item::SenderReport { ssrc, ntp_middle } => {
                if let Some(media) = &mut leg.media
                    && let Some(reception) = media.receptions.iter_mut().flatten().find(|r| r.ssrc() == ssrc)
                {
                    reception.sender_report(ntp_middle, now.at);
                }
            }
            Item::Nack { ssrc, sequence } => {
                let sent = resend(leg, call, ssrc, sequence, now.at, &mut self.scratch);
                match sent {
                    Some(len) => {
                        out.send(leg.selected, &self.scratch[..len]);
                        answered += 1;
                    }
                    None => missed += 1,
                }
            }
            // What a listener misses is repaired on its own hop; its sender is told of the other one.
            Item::Report(_) => {}
        });
        self.counters.add(Count::NackAnswered, answered);
        self.counters.add(Count::NackMissed, missed);
    }

    pub(super) fn ask_for_missing(&mut self, now: Now, id: LegId, out: &mut impl Outbox) {
        let Some(leg) = self.legs.get_mut(id) else { return };
        let Some(media) = &mut leg.media else { return };
        let from = slot_ssrc(leg.grant.call, leg.grant.slot);
        for reception in media.receptions.iter_mut().flatten() {
            let mut sequences = [0; MAX_MISSING];
            let count = reception.take_missing(now.at, &mut sequences);
            if count == 0 {
                continue;
            }
            let mut writer = Writer::new(&mut self.scratch[..]);
            writer.receiver_report(from, None);
            writer.nack(from, reception.ssrc(), &sequences[..count]);
            let len = writer.len();
            if let Ok(len) = media.sealer.seal_rtcp(&mut self.scratch[..], len) {
                out.send(leg.selected, &self.scratch[..len]);
                self.counters.add(Count::NackSent, count as u64);
            }
        }
    }

    pub(super) fn report(&mut self, now: Now, id: LegId, out: &mut impl Outbox) {
        let Some(leg) = self.legs.get_mut(id) else { return };
        let Some(media) = leg.media.as_mut().filter(|media| now.at >= media.next_report) else { return };
        // At the same moment of each second as before, also after a stall: the reports of many legs never come together.
        let late = now.at.saturating_duration_since(media.next_report).as_secs() as u32;
        media.next_report += REPORT * (late + 1);
        let Some(call) = self.calls.get(leg.call) else { return };
        // The newest source is the one that feeds; the others have fallen silent.
        let report = media.receptions.iter_mut().flatten().last().map(|reception| reception.report(now.at));
        let mut writer = Writer::new(&mut self.scratch[..MAX_COMPOUND]);
        for (hearing, stream) in media.hearing.iter_mut().zip(&call.streams) {
            let (Some(hearing), Some(stream)) = (hearing, stream) else { continue };
            let Some(timestamp) = stream.timestamp_at(now.at).filter(|_| hearing.packets != hearing.reported)
            else {
                continue;
            };
            hearing.reported = hearing.packets;
            let sent = Sent {
                ssrc: stream.ssrc,
                ntp: ntp(now.unix),
                timestamp,
                packets: hearing.packets,
                octets: hearing.octets,
            };
            writer.sender_report(&sent, None);
        }
        let own = slot_ssrc(leg.grant.call, leg.grant.slot);
        if report.is_some() || writer.is_empty() {
            writer.receiver_report(own, report.as_ref());
        }
        writer.description(own);
        let len = writer.len();
        if let Ok(len) = media.sealer.seal_rtcp(&mut self.scratch[..MAX_COMPOUND + RTCP_OVERHEAD], len) {
            out.send(leg.selected, &self.scratch[..len]);
        }
    }
}

/// Seals a packet of the last 500 ms again. It comes out bit for bit as it was first sent.
fn resend(
    listener: &mut Leg,
    call: &Call,
    ssrc: u32,
    sequence: u16,
    now: Instant,
    scratch: &mut [u8; MAX_PACKET],
) -> Option<usize> {
    let (from, stream) = Slot::all()
        .zip(&call.streams)
        .filter(|(slot, _)| *slot != listener.grant.slot)
        .find_map(|(slot, stream)| Some((slot, stream.as_ref().filter(|stream| stream.ssrc == ssrc)?)))?;
    let media = listener.media.as_mut()?;
    media.hearing[from.index()]?;
    if !media.resends.take(now) {
        return None;
    }
    let (place, payload) = stream.recall(sequence, now)?;
    seal(listener, from, ssrc, place, payload, scratch)
}
