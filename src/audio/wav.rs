//! WAV files of the one kind that this program hears and writes: 48 kHz, mono, 16 bits.

/// Why a WAV file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WavError {
    /// No RIFF header.
    #[error("this is not a WAV file")]
    NotWav,
    /// It ends too early, or has no sound.
    #[error("the WAV file is cut short, or has no sound in it")]
    CutShort,
    /// Another kind of sound.
    #[error(
        "the WAV file has {rate} Hz, {channels} channels and {bits} bits (format {format}); 48000 Hz, 1 channel and 16 bits of PCM are wanted"
    )]
    WrongKind {
        /// Samples a second.
        rate: u32,
        /// Channels.
        channels: u16,
        /// Bits a sample.
        bits: u16,
        /// The format tag; 1 is PCM.
        format: u16,
    },
}

/// The samples of a WAV file.
///
/// # Errors
/// See `WavError`.
pub fn parse(bytes: &[u8]) -> Result<Vec<i16>, WavError> {
    let mut rest = match bytes {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', rest @ ..] => rest,
        _ => return Err(WavError::NotWav),
    };
    let mut right_kind = false;
    while let [a, b, c, d, l0, l1, l2, l3, body @ ..] = rest {
        let length = u32::from_le_bytes([*l0, *l1, *l2, *l3]) as usize;
        match &[*a, *b, *c, *d] {
            b"fmt " => {
                right_kind = true;
                check_kind(body)?;
            }
            b"data" if right_kind => {
                let data = body.get(..length).ok_or(WavError::CutShort)?;
                return Ok(data.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect());
            }
            _ => {}
        }
        // Chunks are padded to an even length.
        rest = body.get(length.saturating_add(length % 2)..).ok_or(WavError::CutShort)?;
    }
    Err(WavError::CutShort)
}

/// The bytes of a WAV file of these samples.
pub fn write(samples: &[i16]) -> Vec<u8> {
    let data = samples.len() as u32 * 2;
    let mut bytes = Vec::with_capacity(44 + samples.len() * 2);
    bytes.extend(b"RIFF");
    bytes.extend((36 + data).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(48_000_u32.to_le_bytes());
    bytes.extend(96_000_u32.to_le_bytes());
    // Two bytes a sample, 16 bits.
    bytes.extend([2, 0, 16, 0]);
    bytes.extend(b"data");
    bytes.extend(data.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}

fn check_kind(body: &[u8]) -> Result<(), WavError> {
    let field = |at: usize| {
        body.get(at..at + 2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).ok_or(WavError::CutShort)
    };
    let (format, channels, bits) = (field(0)?, field(2)?, field(14)?);
    let rate = u32::from(field(4)?) | u32::from(field(6)?) << 16;
    if (format, channels, bits, rate) == (1, 1, 16, 48_000) {
        Ok(())
    } else {
        Err(WavError::WrongKind { rate, channels, bits, format })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_reads_back_as_it_was_written() {
        let samples = [0, 1, -1, i16::MAX, i16::MIN];
        assert_eq!(parse(&write(&samples)), Ok(samples.to_vec()));
    }

    #[test]
    fn another_kind_of_file_is_refused_by_name() {
        assert_eq!(parse(b"TRC1"), Err(WavError::NotWav));
        let whole = write(&[1, 2, 3]);
        assert_eq!(parse(&whole[..whole.len() - 1]), Err(WavError::CutShort));
        let mut stereo = whole;
        stereo[22] = 2;
        assert_eq!(
            parse(&stereo),
            Err(WavError::WrongKind { rate: 48_000, channels: 2, bits: 16, format: 1 })
        );
    }
}
