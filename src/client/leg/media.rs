//! What goes over a leg that has keys: frames both ways, repair both ways, reports both ways (RFC 3550, RFC 3711, RFC 4585).
//!
//! The packet path allocates nothing once its buffers have grown.

use std::time::{Duration, Instant};

use super::{Came, Leg};
use crate::client::{
    history::History,
    outbox::Outbox,
    protocols::{
        MAX_MISSING, Opener, RTCP_OVERHEAD, Reception, Sealer, SrtpError, SrtpKeys, TAG_LEN,
        rtcp::{self, Item, Sent, Writer},
        rtp,
    },
    reports::Reports,
    stats::Stats,
};

/// The keys of a leg that is up, and what goes by them.
pub(super) struct Srtp {
    sealer: Sealer,
    opener: Opener,
    history: History,
    pub(super) sources: Vec<Reception>,
    reports: Reports,
    next_report: Instant,
    packets: u32,
    octets: u32,
    timestamp: u32,
    /// The closing alert, so that the rest of the association need not be kept.
    pub(super) goodbye: Vec<u8>,
}

impl Srtp {
    /// Begins with the first report due in about `REPORT`, by `next_report`. None: the cryptographic library refuses the keys.
    pub(super) fn new(keys: &SrtpKeys, goodbye: Vec<u8>, next_report: Instant) -> Option<Self> {
        Some(Self {
            sealer: Sealer::new(&keys.seal).ok()?,
            opener: Opener::new(&keys.open).ok()?,
            history: History::default(),
            sources: Vec::new(),
            reports: Reports::default(),
            next_report,
            packets: 0,
            octets: 0,
            timestamp: 0,
            goodbye,
        })
    }

    /// See [`Endpoint::warm`](crate::client::endpoint::Endpoint::warm).
    pub(super) fn warm(&self, depth: usize) -> u64 {
        if depth == 2 {
            return u64::from(self.packets) ^ self.sources.len() as u64;
        }
        u64::from(self.sources.first().map_or(0, Reception::ssrc)) ^ self.history.warm()
    }

    /// When a report or a question for what is missing is next due.
    pub(super) fn next_deadline(&self) -> Instant {
        self.sources.iter().filter_map(Reception::next_due).fold(self.next_report, Instant::min)
    }
}

impl Leg {
    /// Sends a frame. Without a connection it is gone.
    pub(in crate::client) fn send(
        &mut self,
        now: Instant,
        payload: &[u8],
        timestamp: u32,
        out: &mut Outbox,
        stats: &mut Stats,
    ) {
        let Some(pair) = self.selected else { return };
        let Some(srtp) = self.srtp.as_deref_mut() else { return };
        let index = self.index;
        let header = rtp::write_header(self.payload_type, index as u16, timestamp, self.ssrc);
        let len = header.len() + payload.len();
        let seal = |packet: &mut [u8]| srtp.sealer.seal_rtp(packet, len, index).is_ok();
        let sealed = out.compose((pair.path, pair.to), &header, payload, TAG_LEN, seal);
        self.index += 1;
        let Some(sealed) = sealed else { return };
        srtp.history.put(index as u16, now, sealed);
        srtp.packets = srtp.packets.wrapping_add(1);
        srtp.octets = srtp.octets.wrapping_add(payload.len() as u32);
        srtp.timestamp = timestamp;
        stats.packets_sent += 1;
        stats.bytes_sent += sealed.len() as u64;
    }

    pub(super) fn rtp<'a>(&mut self, now: Instant, packet: &'a mut [u8], stats: &mut Stats) -> Came<'a> {
        let Some(srtp) = self.srtp.as_deref_mut() else { return Came::Nothing };
        let bytes = packet.len() as u64;
        let opened = match srtp.opener.open_rtp(packet) {
            Ok(opened) => opened,
            Err(SrtpError::Replayed) => {
                stats.packets_duplicated += 1;
                return Came::Nothing;
            }
            Err(_) => {
                stats.packets_forged += 1;
                return Came::Nothing;
            }
        };
        let header = opened.header;
        let source = match srtp.sources.iter_mut().position(|source| source.ssrc() == header.ssrc) {
            Some(at) => &mut srtp.sources[at],
            None => {
                srtp.sources.push(Reception::new(header.ssrc, opened.index, now));
                let last = srtp.sources.len() - 1;
                &mut srtp.sources[last]
            }
        };
        source.arrived(opened.index, header.timestamp, now);
        stats.packets_received += 1;
        stats.bytes_received += bytes;
        self.heard(now);
        self.secured_at = now;
        self.flowing = true;
        let Some(stream) = self.streams.iter().flatten().find(|stream| stream.ssrc == header.ssrc) else {
            return Came::Nothing;
        };
        match rtp::without_padding(&packet[header.len..opened.end], header.padding) {
            Some(payload) => Came::Frame {
                slot: stream.slot,
                sequence: header.sequence,
                timestamp: header.timestamp,
                payload,
            },
            None => Came::Nothing,
        }
    }

    pub(super) fn rtcp<'a>(
        &mut self,
        now: Instant,
        packet: &mut [u8],
        out: &mut Outbox,
        stats: &mut Stats,
    ) -> Came<'a> {
        let Some(pair) = self.selected else { return Came::Nothing };
        let Some(srtp) = self.srtp.as_deref_mut() else { return Came::Nothing };
        let Ok(len) = srtp.opener.open_rtcp(packet) else {
            stats.packets_forged += 1;
            return Came::Nothing;
        };
        let Srtp { history, sources, reports, .. } = srtp;
        let mut came = Came::Nothing;
        rtcp::read(&packet[..len], |item| match item {
            Item::SenderReport { ssrc, ntp_middle } => {
                if let Some(source) = sources.iter_mut().find(|source| source.ssrc() == ssrc) {
                    source.sender_report(ntp_middle, now);
                }
            }
            Item::Nack { ssrc, sequence } if ssrc == self.ssrc => {
                if let Some(sealed) = history.again(sequence, now) {
                    out.datagram(pair.path, pair.to, sealed);
                    stats.packets_repeated += 1;
                }
            }
            Item::Report(block) if block.ssrc == self.ssrc => came = Came::Report(reports.read(&block, now)),
            Item::Nack { .. } | Item::Report(_) => {}
        });
        self.heard(now);
        self.secured_at = now;
        came
    }

    pub(super) fn report(&mut self, now: Instant, out: &mut Outbox) {
        let Some(pair) = self.selected else { return };
        let Some(srtp) = self.srtp.as_deref_mut().filter(|srtp| srtp.next_report <= now) else { return };
        srtp.next_report = now + self.chance.about(REPORT);
        let (opened, wall_ms) = self.opened;
        let mut buffer = [0; REPORT_LEN];
        let mut writer = Writer::new(&mut buffer);
        let mut reports = srtp.sources.iter_mut().map(|source| source.report(now));
        let first = reports.next();
        if srtp.packets > 0 {
            let ntp = rtcp::ntp(Duration::from_millis(wall_ms) + now.saturating_duration_since(opened));
            srtp.reports.sent(ntp, now);
            let (packets, octets) = (srtp.packets, srtp.octets);
            let sent = Sent { ssrc: self.ssrc, ntp, timestamp: srtp.timestamp, packets, octets };
            writer.sender_report(&sent, first.as_ref());
        } else {
            writer.receiver_report(self.ssrc, first.as_ref());
        }
        for report in reports.take(2) {
            writer.receiver_report(self.ssrc, Some(&report));
        }
        let len = writer.len();
        if let Ok(len) = srtp.sealer.seal_rtcp(&mut buffer, len) {
            out.datagram(pair.path, pair.to, &buffer[..len]);
        }
    }

    pub(super) fn ask_again(&mut self, now: Instant, out: &mut Outbox, stats: &mut Stats) {
        let Some(pair) = self.selected else { return };
        let Some(srtp) = self.srtp.as_deref_mut() else { return };
        let Srtp { sources, sealer, .. } = srtp;
        for source in sources.iter_mut().filter(|source| source.next_due().is_some_and(|due| due <= now)) {
            let mut missing = [0; MAX_MISSING];
            let count = source.take_missing(now, &mut missing);
            if count == 0 {
                continue;
            }
            let mut buffer = [0; REPORT_LEN];
            let mut writer = Writer::new(&mut buffer);
            writer.nack(self.ssrc, source.ssrc(), &missing[..count]);
            let len = writer.len();
            if let Ok(len) = sealer.seal_rtcp(&mut buffer, len) {
                out.datagram(pair.path, pair.to, &buffer[..len]);
                stats.packets_asked += count as u64;
            }
        }
    }
}

/// How often the relay is told what came.
pub(super) const REPORT: Duration = Duration::from_secs(1);
/// A sender report with a block, two more receiver reports, and room for the longest NACK of 32 numbers.
const REPORT_LEN: usize = 52 + 2 * 32 + 12 + 4 * MAX_MISSING + RTCP_OVERHEAD;
