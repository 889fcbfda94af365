//! Frames of ICE-TCP: one packet in each, behind its length (RFC 4571).

use std::io::{self, Read};

use super::exchange::MAX_PACKET;

/// Takes frames out of a byte stream.
pub struct Frames {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Frames {
    /// Nothing read yet.
    pub fn new() -> Self {
        Self { bytes: vec![0; 2 * (2 + MAX_PACKET)].into(), start: 0, end: 0 }
    }

    /// The next whole frame, in `into`. None where the stream has no more for now.
    ///
    /// # Errors
    /// The stream's own, its end, and a frame that is longer than a packet.
    pub fn take(&mut self, stream: &mut impl Read, into: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            if let [high, low, rest @ ..] = &self.bytes[self.start..self.end] {
                let len = usize::from(u16::from_be_bytes([*high, *low]));
                if len > MAX_PACKET.min(into.len()) {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                if let Some(packet) = rest.get(..len) {
                    into[..len].copy_from_slice(packet);
                    self.start += 2 + len;
                    if len > 0 {
                        return Ok(Some(len));
                    }
                    continue;
                }
            }
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            match stream.read(&mut self.bytes[self.end..]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Default for Frames {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    /// Gives the bytes in pieces, then has no more for now.
    struct Pieces(VecDeque<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(mut piece) = self.0.pop_front() else { return Err(io::ErrorKind::WouldBlock.into()) };
            let count = piece.len().min(buffer.len());
            buffer[..count].copy_from_slice(&piece[..count]);
            if count < piece.len() {
                self.0.push_front(piece.split_off(count));
            }
            Ok(count)
        }
    }

    fn frames(pieces: Vec<Vec<u8>>) -> (Vec<Vec<u8>>, bool) {
        let mut stream = Pieces(pieces.into_iter().filter(|piece| !piece.is_empty()).collect());
        let (mut frames, mut buffer, mut out) = (Frames::new(), [0; MAX_PACKET], Vec::new());
        loop {
            match frames.take(&mut stream, &mut buffer) {
                Ok(Some(len)) => out.push(buffer[..len].to_vec()),
                Ok(None) => return (out, true),
                Err(_) => return (out, false),
            }
        }
    }

    #[test]
    fn a_frame_longer_than_a_packet_ends_the_connection() {
        assert_eq!(frames(vec![vec![0, 1, 7, 0xff, 0xff]]), (vec![vec![7]], false));
    }

    proptest! {
        #[test]
        fn frames_come_out_whole_however_the_stream_is_cut(
            packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..MAX_PACKET), 0..20),
            cuts in prop::collection::vec(1usize..4_000, 1..20),
        ) {
            let stream: Vec<u8> = packets
                .iter()
                .flat_map(|packet| (packet.len() as u16).to_be_bytes().into_iter().chain(packet.iter().copied()))
                .collect();
            let (mut pieces, mut rest, mut cut) = (Vec::new(), &stream[..], cuts.iter().cycle());
            while !rest.is_empty() {
                let (piece, next) = rest.split_at((*cut.next().unwrap()).min(rest.len()));
                pieces.push(piece.to_vec());
                rest = next;
            }
            let expected: Vec<_> = packets.into_iter().filter(|packet| !packet.is_empty()).collect();
            prop_assert_eq!(frames(pieces), (expected, true));
        }

        #[test]
        fn no_bytes_make_the_framing_panic(pieces: Vec<Vec<u8>>) {
            frames(pieces);
        }
    }
}
