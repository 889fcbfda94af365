//! Bytes as a trace and as a WAV file: what is read is what was written, and nothing else is read.

use super::audio::{trace, wav};

/// Reads `bytes` both ways; what can be read must come back the same from what it is written as.
pub fn read(bytes: &[u8]) {
    if let Ok(packets) = trace::parse(bytes) {
        assert_eq!(trace::write(&packets), bytes, "a trace is read and written to the bit");
    }
    if let Ok(samples) = wav::parse(bytes) {
        assert!(samples.len() * 2 <= bytes.len());
        assert_eq!(wav::parse(&wav::write(&samples)), Ok(samples));
    }
}
