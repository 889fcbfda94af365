//! The RTCP that the relay speaks with each leg by itself (RFC 3550, RFC 4585): sender and receiver reports, and NACK.
//! Nothing of what one leg sends reaches another.

use std::time::Duration;

/// One report block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// The source reported on.
    pub ssrc: u32,
    /// Share lost since the last report, of 256.
    pub fraction_lost: u8,
    /// Packets lost in all.
    pub lost: u32,
    /// Extended highest sequence number.
    pub highest: u32,
    /// Interarrival jitter, samples.
    pub jitter: u32,
    /// Middle 32 bits of the last sender report's NTP time.
    pub last_sr: u32,
    /// Since that report, 1/65536 s.
    pub delay_since_last_sr: u32,
}

/// What a sender report says of the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// The sender's SSRC.
    pub ssrc: u32,
    /// NTP time.
    pub ntp: u64,
    /// The RTP timestamp of that moment.
    pub timestamp: u32,
    /// Packets sent.
    pub packets: u32,
    /// Payload bytes sent.
    pub octets: u32,
}

/// What is read of a compound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A sender report of `ssrc`.
    SenderReport {
        /// The sender.
        ssrc: u32,
        /// Middle 32 bits of its NTP time.
        ntp_middle: u32,
    },
    /// A packet of `ssrc` that is asked for again.
    Nack {
        /// The source.
        ssrc: u32,
        /// The sequence number.
        sequence: u16,
    },
    /// What somebody saw of a source.
    Report(Report),
}

/// Reads an authenticated compound and hands each item to `found`. Stops at the first packet that is cut short.
pub fn read(mut compound: &[u8], mut found: impl FnMut(Item)) {
    while let Some(head) = compound.first_chunk::<4>() {
        let len = 4 + 4 * usize::from(u16::from_be_bytes([head[2], head[3]]));
        let Some(packet) = compound.get(..len).filter(|_| head[0] >> 6 == 2) else { return };
        match (head[1], head[0] & 0x1f) {
            (SENDER_REPORT, blocks) => {
                if let (Some(ssrc), Some(ntp_middle)) = (word(packet, 4), word(packet, 10)) {
                    found(Item::SenderReport { ssrc, ntp_middle });
                }
                reports(packet, 28, blocks, &mut found);
            }
            (RECEIVER_REPORT, blocks) => reports(packet, 8, blocks, &mut found),
            (TRANSPORT_FEEDBACK, NACK) => {
                if let Some(ssrc) = word(packet, 8) {
                    packet[12..].chunks_exact(4).take(MAX_NACKS).for_each(|entry| {
                        let first = u16::from_be_bytes([entry[0], entry[1]]);
                        let following = u16::from_be_bytes([entry[2], entry[3]]);
                        found(Item::Nack { ssrc, sequence: first });
                        (0..16).filter(|bit| following >> bit & 1 == 1).for_each(|bit| {
                            found(Item::Nack { ssrc, sequence: first.wrapping_add(bit + 1) });
                        });
                    });
                }
            }
            _ => {}
        }
        compound = &compound[len..];
    }
}

/// Reads the `count` report blocks from `start` on, as many as there are (RFC 3550 6.4.1).
fn reports(packet: &[u8], start: usize, count: u8, found: &mut impl FnMut(Item)) {
    let blocks = packet.get(start..).unwrap_or_default().as_chunks::<BLOCK_LEN>().0;
    for block in blocks.iter().take(usize::from(count)) {
        let [ssrc, loss, highest, jitter, last_sr, delay_since_last_sr] =
            std::array::from_fn(|at| word(block, 4 * at).unwrap_or(0));
        found(Item::Report(Report {
            ssrc,
            fraction_lost: (loss >> 24) as u8,
            // Duplicates make it negative, which says no more than none.
            lost: if loss & 0x80_0000 == 0 { loss & 0x7f_ffff } else { 0 },
            highest,
            jitter,
            last_sr,
            delay_since_last_sr,
        }));
    }
}

/// NTP time (RFC 3550 4) of a time since 1970: seconds since 1900 and their fraction.
pub fn ntp(unix: Duration) -> u64 {
    let seconds = unix.as_secs().wrapping_add(2_208_988_800);
    let fraction = (u64::from(unix.subsec_nanos()) << 32) / 1_000_000_000;
    seconds << 32 | fraction
}

/// A compound that is being written.
pub struct Writer<'a> {
    buffer: &'a mut [u8],
    len: usize,
}

impl<'a> Writer<'a> {
    /// Begins at the start of `buffer`, which has room for [`MAX_COMPOUND`] bytes.
    pub fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, len: 0 }
    }

    /// How long the compound is.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A sender report with at most one report block.
    pub fn sender_report(&mut self, sent: &Sent, report: Option<&Report>) {
        self.head(u8::from(report.is_some()), SENDER_REPORT, 6 + 6 * u16::from(report.is_some()), sent.ssrc);
        self.put(&sent.ntp.to_be_bytes());
        self.put(&sent.timestamp.to_be_bytes());
        self.put(&sent.packets.to_be_bytes());
        self.put(&sent.octets.to_be_bytes());
        report.into_iter().for_each(|report| self.block(report));
    }

    /// A receiver report with at most one report block.
    pub fn receiver_report(&mut self, from: u32, report: Option<&Report>) {
        self.head(u8::from(report.is_some()), RECEIVER_REPORT, 1 + 6 * u16::from(report.is_some()), from);
        report.into_iter().for_each(|report| self.block(report));
    }

    /// A source description with the canonical name that every relay uses: it tells nothing.
    pub fn description(&mut self, of: u32) {
        self.head(1, SOURCE_DESCRIPTION, 3, of);
        // CNAME, five bytes, then the end of the list.
        self.put(&[1, 5, b'r', b'e', b'l', b'a', b'y', 0]);
    }

    /// Asks `ssrc` for packets again. `sequences` are sorted.
    pub fn nack(&mut self, from: u32, ssrc: u32, sequences: &[u16]) {
        let start = self.len;
        self.head(NACK, TRANSPORT_FEEDBACK, 2, from);
        self.put(&ssrc.to_be_bytes());
        let mut rest = sequences;
        let mut words = 2u16;
        while let Some((first, following)) = rest.split_first() {
            let covered = following.iter().take_while(|s| s.wrapping_sub(*first) <= 16).count();
            let mask = following[..covered]
                .iter()
                .map(|s| s.wrapping_sub(*first))
                .filter(|ahead| *ahead > 0)
                .fold(0u16, |mask, ahead| mask | 1 << (ahead - 1));
            self.put(&first.to_be_bytes());
            self.put(&mask.to_be_bytes());
            words += 1;
            rest = &following[covered..];
        }
        self.buffer[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
    }

    fn head(&mut self, count: u8, kind: u8, words: u16, ssrc: u32) {
        self.put(&[0x80 | count, kind]);
        self.put(&words.to_be_bytes());
        self.put(&ssrc.to_be_bytes());
    }

    fn block(&mut self, report: &Report) {
        self.put(&report.ssrc.to_be_bytes());
        self.put(&(u32::from(report.fraction_lost) << 24 | report.lost & 0xff_ffff).to_be_bytes());
        self.put(&report.highest.to_be_bytes());
        self.put(&report.jitter.to_be_bytes());
        self.put(&report.last_sr.to_be_bytes());
        self.put(&report.delay_since_last_sr.to_be_bytes());
    }

    fn put(&mut self, bytes: &[u8]) {
        self.buffer[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }
}

fn word(packet: &[u8], at: usize) -> Option<u32> {
    packet.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// The longest compound that the relay writes: three sender reports, a receiver report and a description.
pub const MAX_COMPOUND: usize = 3 * 52 + 32 + 16;

const BLOCK_LEN: usize = 24;
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const TRANSPORT_FEEDBACK: u8 = 205;
const NACK: u8 = 1;
/// One NACK packet names at most this many groups of 17.
const MAX_NACKS: usize = 16;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn items(compound: &[u8]) -> Vec<Item> {
        let mut items = Vec::new();
        read(compound, |item| items.push(item));
        items
    }

    #[test]
    fn a_compound_reads_back_as_it_was_written() {
        let mut buffer = [0; 500];
        let mut writer = Writer::new(&mut buffer);
        let report = Report {
            ssrc: 5,
            fraction_lost: 1,
            lost: 2,
            highest: 3,
            jitter: 4,
            last_sr: 6,
            delay_since_last_sr: 7,
        };
        let sent = Sent { ssrc: 9, ntp: 0x1111_2222_3333_4444, timestamp: 1, packets: 2, octets: 3 };
        writer.sender_report(&sent, Some(&report));
        writer.receiver_report(9, Some(&report));
        writer.description(9);
        writer.nack(9, 7, &[10, 11, 26, 27, 100]);
        let len = writer.len();
        assert_eq!(len % 4, 0);
        let mut expected = vec![Item::SenderReport { ssrc: 9, ntp_middle: 0x2222_3333 }];
        expected.extend([Item::Report(report); 2]);
        expected.extend([10, 11, 26, 27, 100].map(|sequence| Item::Nack { ssrc: 7, sequence }));
        assert_eq!(items(&buffer[..len]), expected);
    }

    #[test]
    fn the_longest_report_fits_its_buffer() {
        let mut buffer = [0; MAX_COMPOUND];
        let mut writer = Writer::new(&mut buffer);
        let report = Report {
            ssrc: 0,
            fraction_lost: 0,
            lost: 0,
            highest: 0,
            jitter: 0,
            last_sr: 0,
            delay_since_last_sr: 0,
        };
        let sent = Sent { ssrc: 0, ntp: 0, timestamp: 0, packets: 0, octets: 0 };
        (0..3).for_each(|_| writer.sender_report(&sent, Some(&report)));
        writer.receiver_report(0, Some(&report));
        writer.description(0);
        assert_eq!(writer.len(), MAX_COMPOUND);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(compound: Vec<u8>) {
            items(&compound);
        }

        #[test]
        fn no_feedback_makes_the_reader_panic(body: Vec<u8>, kind in 200u8..207, count in 0u8..32) {
            let words = (body.len() / 4) as u16;
            let mut compound = vec![0x80 | count, kind];
            compound.extend(words.to_be_bytes());
            compound.extend(body);
            items(&compound);
        }

        #[test]
        fn every_sequence_number_that_is_asked_for_is_read(mut sequences in prop::collection::vec(any::<u16>(), 1..30)) {
            sequences.sort_unstable();
            sequences.dedup();
            let mut buffer = [0; 500];
            let mut writer = Writer::new(&mut buffer);
            writer.nack(1, 2, &sequences);
            let len = writer.len();
            let read: Vec<_> = items(&buffer[..len]);
            let mut expected: Vec<_> =
                sequences.iter().map(|sequence| Item::Nack { ssrc: 2, sequence: *sequence }).collect();
            if expected.len() > MAX_NACKS { expected.truncate(read.len()); }
            prop_assert_eq!(read, expected);
        }
    }
}
