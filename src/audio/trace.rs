//! Packet traces: what arrived, and when. The format is `TRC1` (docs/audio.md).

use std::time::Duration;

/// One packet of a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct TracePacket {
    /// When it arrived, milliseconds since the first packet was sent.
    pub arrival_ms: f64,
    /// RTP sequence number.
    pub sequence: u16,
    /// RTP timestamp at 48 kHz.
    pub timestamp: u32,
    /// The Opus packet.
    pub payload: Vec<u8>,
}

impl TracePacket {
    /// The arrival as a time since the start.
    pub fn arrival(&self) -> Duration {
        Duration::from_secs_f64(self.arrival_ms.max(0.0) / 1_000.0)
    }
}

/// Why a trace cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TraceError {
    /// The file does not begin with `TRC1`.
    #[error("this is not a packet trace: it does not begin with TRC1")]
    NotATrace,
    /// The file ends within a packet.
    #[error("the trace is cut short in packet {packet} (byte {byte})")]
    CutShort {
        /// Which packet, from 0.
        packet: usize,
        /// Where it begins.
        byte: usize,
    },
    /// An arrival that is no time, or before the one before it.
    #[error("packet {packet} of the trace has an impossible arrival time")]
    BadArrival {
        /// Which packet, from 0.
        packet: usize,
    },
}

/// Bytes of a packet before its payload.
const HEADER: usize = 16;
const MAGIC: &[u8; 4] = b"TRC1";
/// No call lasts so long: twelve days.
const LATEST_MS: f64 = 1e9;

/// Reads a whole trace.
///
/// # Errors
/// See `TraceError`.
pub fn parse(bytes: &[u8]) -> Result<Vec<TracePacket>, TraceError> {
    let mut rest = bytes.strip_prefix(MAGIC.as_slice()).ok_or(TraceError::NotATrace)?;
    let mut packets: Vec<TracePacket> = Vec::new();
    while !rest.is_empty() {
        let cut = || TraceError::CutShort { packet: packets.len(), byte: bytes.len() - rest.len() };
        let (head, tail) = rest.split_at_checked(HEADER).ok_or_else(cut)?;
        let arrival_ms = f64::from_le_bytes(head[..8].try_into().map_err(|_| cut())?);
        let sequence = u16::from_le_bytes([head[8], head[9]]);
        let timestamp = u32::from_le_bytes([head[10], head[11], head[12], head[13]]);
        let length = usize::from(u16::from_le_bytes([head[14], head[15]]));
        let (payload, tail) = tail.split_at_checked(length).ok_or_else(cut)?;
        let before = packets.last().map_or(0.0, |packet| packet.arrival_ms);
        if !(before..=LATEST_MS).contains(&arrival_ms) {
            return Err(TraceError::BadArrival { packet: packets.len() });
        }
        packets.push(TracePacket { arrival_ms, sequence, timestamp, payload: payload.to_vec() });
        rest = tail;
    }
    Ok(packets)
}

/// The bytes of a trace.
pub fn write(packets: &[TracePacket]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    for packet in packets {
        bytes.extend(packet.arrival_ms.to_le_bytes());
        bytes.extend(packet.sequence.to_le_bytes());
        bytes.extend(packet.timestamp.to_le_bytes());
        bytes.extend((packet.payload.len() as u16).to_le_bytes());
        bytes.extend(&packet.payload);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Vec<TracePacket> {
        (0..5)
            .map(|i| TracePacket {
                arrival_ms: 40.0 + 20.0 * f64::from(i),
                sequence: i as u16,
                timestamp: i * 960,
                payload: vec![i as u8; 10 * i as usize],
            })
            .collect()
    }

    #[test]
    fn a_trace_reads_back_as_it_was_written() {
        assert_eq!(parse(&write(&example())).unwrap(), example());
    }

    #[test]
    fn a_damaged_trace_is_refused_and_says_where() {
        let bytes = write(&example());
        assert!(matches!(parse(b"RIFF"), Err(TraceError::NotATrace)));
        assert!(matches!(parse(&bytes[..bytes.len() - 1]), Err(TraceError::CutShort { packet: 4, .. })));
        let mut back = example();
        back[3].arrival_ms = 1.0;
        assert!(matches!(parse(&write(&back)), Err(TraceError::BadArrival { packet: 3 })));
    }
}
