//! RTP and RTCP headers as they stand in a packet (RFC 3550, RFC 8285), and how packets on one port are told apart (RFC 7983).

/// What the first bytes of a packet say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// STUN (RFC 8489).
    Stun,
    /// DTLS (RFC 9147).
    Dtls,
    /// RTP.
    Rtp,
    /// RTCP.
    Rtcp,
    /// None of these.
    Unknown,
}

impl Kind {
    /// Tells a packet's kind by RFC 7983 and RFC 5761.
    pub fn of(packet: &[u8]) -> Self {
        match *packet {
            [0..=3, ..] => Self::Stun,
            [20..=63, ..] => Self::Dtls,
            [128..=191, 192..=223, ..] => Self::Rtcp,
            [128..=191, _, ..] => Self::Rtp,
            _ => Self::Unknown,
        }
    }
}

/// The fields of an RTP header that the relay reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Padding follows the payload.
    pub padding: bool,
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// Timestamp, in samples at the payload's clock (48 kHz for Opus).
    pub timestamp: u32,
    /// Synchronisation source.
    pub ssrc: u32,
    /// Bytes before the payload: fixed header, contributing sources and header extension.
    pub len: usize,
}

impl Header {
    /// Reads a header. None where the packet is cut short or of another version.
    pub fn parse(packet: &[u8]) -> Option<Self> {
        let fixed: &[u8; FIXED_LEN] = packet.first_chunk()?;
        if fixed[0] >> 6 != 2 {
            return None;
        }
        let mut len = FIXED_LEN + 4 * usize::from(fixed[0] & 0x0f);
        if fixed[0] & 0x10 != 0 {
            let extension: &[u8; 4] = packet.get(len..)?.first_chunk()?;
            len += 4 + 4 * usize::from(u16::from_be_bytes([extension[2], extension[3]]));
        }
        if packet.len() < len {
            return None;
        }
        Some(Self {
            padding: fixed[0] & 0x20 != 0,
            payload_type: fixed[1] & 0x7f,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
            len,
        })
    }
}

/// Writes the bare header under which the relay forwards: no marker, padding, sources or extension.
pub fn write_header(payload_type: u8, sequence: u16, timestamp: u32, ssrc: u32) -> [u8; FIXED_LEN] {
    let mut header = [0; FIXED_LEN];
    header[0] = 0x80;
    header[1] = payload_type & 0x7f;
    header[2..4].copy_from_slice(&sequence.to_be_bytes());
    header[4..8].copy_from_slice(&timestamp.to_be_bytes());
    header[8..].copy_from_slice(&ssrc.to_be_bytes());
    header
}

/// The payload without its padding (RFC 3550 5.1). None where the padding count is wrong or nothing is left.
pub fn without_padding(payload: &[u8], padding: bool) -> Option<&[u8]> {
    let pad = if padding { usize::from(*payload.last()?) } else { 0 };
    if padding && pad == 0 {
        return None;
    }
    payload.get(..payload.len().checked_sub(pad)?).filter(|rest| !rest.is_empty())
}

/// Bytes of an RTP header without sources and extension.
pub const FIXED_LEN: usize = 12;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn kinds_are_told_apart_by_the_first_bytes() {
        for (packet, kind) in [
            (&[][..], Kind::Unknown),
            (&[0, 1], Kind::Stun),
            (&[22, 254], Kind::Dtls),
            (&[128, 200], Kind::Rtcp),
            (&[128, 111], Kind::Rtp),
            (&[128], Kind::Unknown),
            (&[255, 255], Kind::Unknown),
        ] {
            assert_eq!(Kind::of(packet), kind, "{packet:?}");
        }
    }

    #[test]
    fn sources_and_extension_count_as_header() {
        let mut packet = write_header(111, 7, 960, 42).to_vec();
        packet[0] |= 0x10 | 2;
        packet.extend([0; 8]);
        packet.extend([0xbe, 0xde, 0, 1, 0x10, 0x80, 0, 0]);
        packet.extend(b"sealed");
        let header = Header::parse(&packet).unwrap();
        assert_eq!((header.len, header.sequence, header.timestamp, header.ssrc), (28, 7, 960, 42));
    }

    #[test]
    fn padding_is_cut_off_and_a_wrong_count_is_refused() {
        assert_eq!(without_padding(b"abc", false), Some(&b"abc"[..]));
        assert_eq!(without_padding(b"abc\0\x02", true), Some(&b"abc"[..]));
        assert_eq!(without_padding(b"abc\0", true), None);
        assert_eq!(without_padding(b"\x01", true), None);
        assert_eq!(without_padding(b"abc\x09", true), None);
        assert_eq!(without_padding(b"", true), None);
        assert_eq!(without_padding(b"", false), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(packet: Vec<u8>, padding: bool) {
            let _ = Kind::of(&packet);
            if let Some(header) = Header::parse(&packet) {
                prop_assert!(header.len <= packet.len());
            }
            let _ = without_padding(&packet, padding);
        }
    }
}
