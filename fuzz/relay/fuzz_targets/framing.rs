//! Fuzzes the framing of ICE-TCP: however a stream is cut, the same frames come out of it.
#![no_main]

use std::io::{self, Read};

use quietline::relay::{exchange::MAX_PACKET, framing::Frames};

/// Gives so many bytes at a time, and nothing in between.
struct Pieces<'a>(&'a [u8], usize, bool);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.2 = !self.2;
        if self.2 || self.0.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let len = self.1.min(self.0.len()).min(buffer.len());
        buffer[..len].copy_from_slice(&self.0[..len]);
        self.0 = &self.0[len..];
        Ok(len)
    }
}

fn frames(bytes: &[u8], piece: usize) -> (Vec<Vec<u8>>, bool) {
    let (mut stream, mut frames, mut buffer) = (Pieces(bytes, piece, false), Frames::new(), [0; MAX_PACKET]);
    let mut out = Vec::new();
    loop {
        match frames.take(&mut stream, &mut buffer) {
            Ok(Some(len)) => out.push(buffer[..len].to_vec()),
            Ok(None) if stream.0.is_empty() => return (out, true),
            Ok(None) => {}
            Err(_) => return (out, false),
        }
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((piece, stream)) = bytes.split_first() else { return };
    assert_eq!(frames(stream, usize::from(*piece) + 1), frames(stream, usize::MAX));
});
