//! The SFrame header (RFC 9605, section 4.3): a configuration byte, then KID and CTR where they do not fit into it.

/// The longest header: the configuration byte and two fields of eight bytes.
pub(super) const MAX_LEN: usize = 17;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub key_id: u64,
    pub counter: u64,
    /// Bytes that it takes on the wire.
    pub len: usize,
}

impl Header {
    /// Reads the header in front of a frame; `None` where the frame ends within it.
    pub(super) fn read(frame: &[u8]) -> Option<Self> {
        let (&config, rest) = frame.split_first()?;
        let (key_id, after_key) = read_field(config >> 4, rest)?;
        let (counter, body) = read_field(config & 0x0f, after_key)?;
        Some(Self { key_id, counter, len: frame.len() - body.len() })
    }

    /// Writes the shortest header behind what `out` holds.
    pub(super) fn write(key_id: u64, counter: u64, out: &mut Vec<u8>) {
        out.push(nibble(key_id) << 4 | nibble(counter));
        for value in [key_id, counter] {
            if value > 7 {
                out.extend_from_slice(&value.to_be_bytes()[8 - byte_len(value)..]);
            }
        }
    }
}

/// A field's half of the configuration byte: the value itself up to 7, else the flag and its length less one.
fn nibble(value: u64) -> u8 {
    if value > 7 { 8 | (byte_len(value) - 1) as u8 } else { value as u8 }
}

fn byte_len(value: u64) -> usize {
    8 - value.leading_zeros() as usize / 8
}

fn read_field(nibble: u8, bytes: &[u8]) -> Option<(u64, &[u8])> {
    if nibble & 8 == 0 {
        return Some((nibble.into(), bytes));
    }
    let (field, rest) = bytes.split_at_checked((nibble & 7) as usize + 1)?;
    Some((field.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)), rest))
}
