//! Audio: what a leg says goes to the others of its call, sealed for each (RFC 3711).

use super::{Exchange, LegId, MAX_PACKET};
use crate::{
    core::ids::Slot,
    legtoken::LegGrant,
    relay::{
        counters::Count,
        leg::{Hearing, Leg},
        observer::Forwarded,
        path::{Now, Outbox, Path},
        rtp,
        srtp::SrtpError,
        stream::{Place, Source},
    },
};

impl Exchange {
    pub(super) fn rtp(&mut self, now: Now, id: LegId, path: Path, packet: &mut [u8], out: &mut impl Outbox) {
        let Some(leg) = self.legs.get_mut(id) else { return };
        let Some(media) = &mut leg.media else { return self.count(Count::DropTooEarly) };
        let opened = match media.opener.open_rtp(packet) {
            Ok(opened) => opened,
            Err(error) => return self.count(dropped(error)),
        };
        // Only what the leg itself has sent counts: whoever forges its address takes nothing from it.
        if !leg.bucket.take(now.at) {
            return self.count(Count::DropRateLimited);
        }
        self.counters.add(Count::Moved, u64::from(leg.heard_over(path, now.at)));
        let Some(media) = &mut leg.media else { return };
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
        let key = leg.call;
        if asks {
            self.schedule(id);
        }
        let Some(payload) = rtp::without_padding(&packet[header.len..opened.end], header.padding) else {
            return self.count(Count::DropEmpty);
        };
        let Some(call_state) = self.calls.get_mut(key) else { return };
        let Some(stream) = &mut call_state.streams[slot.index()] else { return };
        let Some(place) = stream.accept(source, opened.index, header.timestamp, payload, now.at) else {
            return self.count(Count::DropSuperseded);
        };
        for to in Slot::all().filter(|to| *to != slot) {
            let Some(listener) = call_state.listeners[to.index()].and_then(|id| self.legs.get_mut(id)) else {
                continue;
            };
            out.compose(listener.selected, |wire| {
                let len = seal(listener, slot, stream.ssrc, place, payload, wire)?;
                if let Some(observer) = &self.observer {
                    let payload_type = listener.grant.payload_type;
                    let header =
                        rtp::write_header(payload_type, place.index as u16, place.timestamp, stream.ssrc);
                    let wire = &wire[..len];
                    observer.forwarded(&Forwarded { call, from: slot, to, header: &header, payload, wire });
                }
                self.counters.add(Count::Forwarded, 1);
                self.counters.add(Count::ForwardedBytes, payload.len() as u64);
                Some(len)
            });
        }
    }
}

/// Writes and seals one packet for one listener. None where the packet is from before it began to listen.
pub(super) fn seal(
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
    let header = rtp::write_header(payload_type, place.index as u16, place.timestamp, ssrc);
    let sealed = media.sealer.seal_rtp_into(scratch, &header, payload, index).ok()?;
    hearing.packets = hearing.packets.wrapping_add(1);
    hearing.octets = hearing.octets.wrapping_add(payload.len() as u32);
    Some(sealed)
}

/// What is counted for a packet that SRTP refused.
pub(super) fn dropped(error: SrtpError) -> Count {
    match error {
        SrtpError::Malformed => Count::DropMalformed,
        SrtpError::Replayed => Count::DropReplayed,
        SrtpError::Forged | SrtpError::Crypto => Count::DropForged,
        SrtpError::TooManySources => Count::DropTooManySources,
    }
}
