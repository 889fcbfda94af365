//! Opus, as the media path needs it: the one place that calls libopus, and so the one place with `unsafe`.
//!
//! `opus::Decoder` cannot set the decoder's complexity, which is what turns deep packet-loss concealment on, and has no
//! DRED; `opusic-sys` (libopus 1.6.1, bundled, with its neural weights) has both. Everything unsafe about calling it is
//! in this file: each call passes pointers made from slices together with their own lengths, and each handle is owned by
//! one value, freed once, and never shared between threads at the same time.
#![allow(unsafe_code)]

use std::{
    fmt,
    ptr::{self, NonNull},
};

use opusic_sys as sys;

/// Samples a second of everything in this module; one channel.
pub const RATE: u32 = 48_000;
/// The longest packet that Opus allows, in samples (120 ms, RFC 6716 section 2.1.4).
pub const MAX_PACKET_SAMPLES: usize = 5_760;
/// Samples by which the decoder's output lags behind the encoder's input (6.5 ms with [`Mode::Voice`]).
pub const LOOKAHEAD: usize = 312;

/// What libopus said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The packet is not Opus, or is damaged.
    #[error("the packet is not valid Opus")]
    InvalidPacket,
    /// The room for the samples is too small or of a length that Opus does not know.
    #[error("the number of samples does not fit the packet")]
    BadLength,
    /// Anything else; libopus' own code.
    #[error("libopus failed with code {0}")]
    Failed(i32),
}

fn checked(code: i32) -> Result<usize, CodecError> {
    match code {
        0.. => Ok(code as usize),
        sys::OPUS_INVALID_PACKET => Err(CodecError::InvalidPacket),
        sys::OPUS_BAD_ARG | sys::OPUS_BUFFER_TOO_SMALL => Err(CodecError::BadLength),
        _ => Err(CodecError::Failed(code)),
    }
}

/// Samples at 48 kHz in a packet, by its table of contents; `None` if it is not a packet. Reads no audio.
pub fn packet_samples(packet: &[u8]) -> Option<usize> {
    if packet.is_empty() {
        return None;
    }
    // SAFETY: pointer and length are of one live slice; libopus reads at most `len` bytes.
    let samples = unsafe {
        sys::opus_packet_get_nb_samples(
            packet.as_ptr(),
            packet.len().min(i32::MAX as usize) as i32,
            RATE as i32,
        )
    };
    usize::try_from(samples).ok().filter(|samples| (1..=MAX_PACKET_SAMPLES).contains(samples))
}

/// Whether a packet carries a low-bitrate copy (LBRR) of the frame before it (RFC 6716 section 2.1.7).
pub fn has_lbrr(packet: &[u8]) -> bool {
    // SAFETY: as above; the packet is not empty.
    !packet.is_empty() && unsafe { sys::opus_packet_has_lbrr(packet.as_ptr(), packet.len() as i32) } == 1
}

/// A decoder: 48 kHz, one channel, 16 bits.
pub struct Decoder {
    raw: NonNull<sys::OpusDecoder>,
}

// SAFETY: libopus keeps no thread-local state; the handle is owned by this value and used through `&mut` only.
unsafe impl Send for Decoder {}

impl Decoder {
    /// `complexity` 0 to 10: 5 and more conceals with the neural model, below that by pitch repetition.
    ///
    /// # Errors
    /// When libopus has no memory.
    pub fn new(complexity: u8) -> Result<Self, CodecError> {
        let mut error = 0;
        // SAFETY: `error` lives through the call; a null result is checked.
        let raw = unsafe { sys::opus_decoder_create(RATE as i32, 1, &mut error) };
        let raw = NonNull::new(raw).ok_or(CodecError::Failed(error))?;
        let decoder = Self { raw };
        // SAFETY: the request takes one int.
        checked(unsafe {
            sys::opus_decoder_ctl(
                decoder.raw.as_ptr(),
                sys::OPUS_SET_COMPLEXITY_REQUEST,
                i32::from(complexity.min(10)),
            )
        })?;
        Ok(decoder)
    }

    /// Decodes a packet; returns the samples written to `out`.
    ///
    /// # Errors
    /// `InvalidPacket` for garbage, `BadLength` when `out` is too small. The decoder stays usable.
    pub fn decode(&mut self, packet: &[u8], out: &mut [i16]) -> Result<usize, CodecError> {
        if packet.is_empty() {
            return Err(CodecError::InvalidPacket);
        }
        self.call(packet, out, false)
    }

    /// Decodes, from the packet that *follows* a missing one, the LBRR copy of the missing one. `out.len()` must be the
    /// length of the missing frame. Where the packet has no copy, libopus conceals instead.
    ///
    /// # Errors
    /// As `decode`.
    pub fn decode_lbrr(&mut self, next: &[u8], out: &mut [i16]) -> Result<usize, CodecError> {
        if next.is_empty() {
            return Err(CodecError::InvalidPacket);
        }
        self.call(next, out, true)
    }

    /// Conceals `out.len()` samples, a multiple of 2.5 ms.
    ///
    /// # Errors
    /// `BadLength` for another length.
    pub fn conceal(&mut self, out: &mut [i16]) -> Result<usize, CodecError> {
        self.call(&[], out, false)
    }

    /// Forgets everything heard: for a new sender.
    pub fn reset(&mut self) {
        // SAFETY: the request takes no argument.
        unsafe { sys::opus_decoder_ctl(self.raw.as_ptr(), sys::OPUS_RESET_STATE) };
    }

    /// Bytes of libopus' state.
    pub fn state_bytes() -> usize {
        // SAFETY: a pure function.
        usize::try_from(unsafe { sys::opus_decoder_get_size(1) }).unwrap_or(0)
    }

    fn call(&mut self, packet: &[u8], out: &mut [i16], lbrr: bool) -> Result<usize, CodecError> {
        let data = if packet.is_empty() { ptr::null() } else { packet.as_ptr() };
        // SAFETY: `data` is null with length 0 (conceal), or a live slice with its length; `out` is written for at most
        // `out.len()` samples of one channel.
        checked(unsafe {
            sys::opus_decode(
                self.raw.as_ptr(),
                data,
                packet.len() as i32,
                out.as_mut_ptr(),
                out.len() as i32,
                i32::from(lbrr),
            )
        })
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: made by `opus_decoder_create`, freed once.
        unsafe { sys::opus_decoder_destroy(self.raw.as_ptr()) };
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decoder")
    }
}

/// Deep redundancy (DRED): a packet's neural description of up to a second before it.
pub struct Dred {
    decoder: NonNull<sys::OpusDREDDecoder>,
    parsed: NonNull<sys::OpusDRED>,
}

// SAFETY: as for `Decoder`.
unsafe impl Send for Dred {}

impl Dred {
    /// # Errors
    /// When libopus has no memory.
    pub fn new() -> Result<Self, CodecError> {
        let mut error = 0;
        // SAFETY: `error` lives through the call; null results are checked, and the first is freed when the second fails.
        unsafe {
            let decoder =
                NonNull::new(sys::opus_dred_decoder_create(&mut error)).ok_or(CodecError::Failed(error))?;
            let Some(parsed) = NonNull::new(sys::opus_dred_alloc(&mut error)) else {
                sys::opus_dred_decoder_destroy(decoder.as_ptr());
                return Err(CodecError::Failed(error));
            };
            Ok(Self { decoder, parsed })
        }
    }

    /// Bytes of libopus' state, for reading redundancy and for what was read.
    pub fn state_bytes() -> usize {
        // SAFETY: pure functions.
        let (decoder, parsed) = unsafe { (sys::opus_dred_decoder_get_size(), sys::opus_dred_get_size()) };
        usize::try_from(decoder).unwrap_or(0) + usize::try_from(parsed).unwrap_or(0)
    }

    /// Reads the redundancy of a packet, up to `max_samples` back. Returns how many samples before the packet's own first
    /// sample it covers: 0 when there is none.
    ///
    /// # Errors
    /// `InvalidPacket` for garbage.
    pub fn parse(&mut self, packet: &[u8], max_samples: usize) -> Result<usize, CodecError> {
        if packet.is_empty() {
            return Err(CodecError::InvalidPacket);
        }
        let mut end = 0;
        // SAFETY: handles are live; the slice comes with its length; `end` lives through the call.
        checked(unsafe {
            sys::opus_dred_parse(
                self.decoder.as_ptr(),
                self.parsed.as_ptr(),
                packet.as_ptr(),
                packet.len() as i32,
                max_samples as i32,
                RATE as i32,
                &mut end,
                0,
            )
        })
    }

    /// Decodes `out.len()` samples that begin `offset` samples before the parsed packet's first sample.
    ///
    /// # Errors
    /// `BadLength` for a length that is no frame.
    pub fn decode(&self, decoder: &mut Decoder, offset: usize, out: &mut [i16]) -> Result<usize, CodecError> {
        // SAFETY: handles are live; `out` comes with its length.
        checked(unsafe {
            sys::opus_decoder_dred_decode(
                decoder.raw.as_ptr(),
                self.parsed.as_ptr(),
                offset as i32,
                out.as_mut_ptr(),
                out.len() as i32,
            )
        })
    }
}

impl Drop for Dred {
    fn drop(&mut self) {
        // SAFETY: both made by libopus, freed once.
        unsafe {
            sys::opus_dred_free(self.parsed.as_ptr());
            sys::opus_dred_decoder_destroy(self.decoder.as_ptr());
        }
    }
}

impl fmt::Debug for Dred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dred")
    }
}

/// What an encoder is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// People: SILK, or SILK and CELT, with LBRR copies; what browsers send.
    #[default]
    Voice,
    /// CELT alone, to 8 kHz (wideband): a quarter of the processor time at constant bitrate, 4 ms less delay, and no LBRR. For
    /// synthetic endpoints.
    LowDelay,
}

/// How an encoder is set. Constant bitrate and no DTX always: packet sizes and gaps would betray speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncoderSettings {
    /// What it is for; it stays what it was made for.
    pub mode: Mode,
    /// Bits a second.
    pub bitrate: u32,
    /// 0 to 10.
    pub complexity: u8,
    /// Whether LBRR copies are sent.
    pub lbrr: bool,
    /// Loss that LBRR and the mode decision reckon with, percent.
    pub expected_loss: u8,
    /// DRED, in 10 ms; 0 for none.
    pub dred_10ms: u8,
}

/// An encoder: 48 kHz, one channel.
pub struct Encoder {
    raw: NonNull<sys::OpusEncoder>,
    settings: EncoderSettings,
}

// SAFETY: as for `Decoder`.
unsafe impl Send for Encoder {}

impl Encoder {
    /// # Errors
    /// When libopus has no memory or refuses a setting.
    pub fn new(settings: EncoderSettings) -> Result<Self, CodecError> {
        let application = match settings.mode {
            Mode::Voice => sys::OPUS_APPLICATION_VOIP,
            Mode::LowDelay => sys::OPUS_APPLICATION_RESTRICTED_LOWDELAY,
        };
        let mut error = 0;
        // SAFETY: `error` lives through the call; a null result is checked.
        let raw = unsafe { sys::opus_encoder_create(RATE as i32, 1, application, &mut error) };
        let raw = NonNull::new(raw).ok_or(CodecError::Failed(error))?;
        let mut encoder = Self { raw, settings };
        encoder.set(sys::OPUS_SET_VBR_REQUEST, 0)?;
        encoder.set(sys::OPUS_SET_DTX_REQUEST, 0)?;
        encoder.set(sys::OPUS_SET_SIGNAL_REQUEST, sys::OPUS_SIGNAL_VOICE)?;
        if settings.mode == Mode::LowDelay {
            encoder.set(sys::OPUS_SET_MAX_BANDWIDTH_REQUEST, sys::OPUS_BANDWIDTH_WIDEBAND)?;
        }
        encoder.apply(settings)?;
        Ok(encoder)
    }

    /// The settings in force.
    pub fn settings(&self) -> EncoderSettings {
        self.settings
    }

    /// Changes the settings from the next frame on.
    ///
    /// # Errors
    /// When libopus refuses one.
    pub fn apply(&mut self, settings: EncoderSettings) -> Result<(), CodecError> {
        self.set(sys::OPUS_SET_BITRATE_REQUEST, settings.bitrate as i32)?;
        self.set(sys::OPUS_SET_COMPLEXITY_REQUEST, i32::from(settings.complexity.min(10)))?;
        self.set(sys::OPUS_SET_INBAND_FEC_REQUEST, i32::from(settings.lbrr))?;
        self.set(sys::OPUS_SET_PACKET_LOSS_PERC_REQUEST, i32::from(settings.expected_loss.min(100)))?;
        self.set(sys::OPUS_SET_DRED_DURATION_REQUEST, i32::from(settings.dred_10ms.min(104)))?;
        self.settings = EncoderSettings { mode: self.settings.mode, ..settings };
        Ok(())
    }

    /// Encodes one frame of 2.5 to 120 ms into `packet`; returns its bytes.
    ///
    /// # Errors
    /// `BadLength` when `pcm` is not a frame or `packet` too small.
    pub fn encode(&mut self, pcm: &[i16], packet: &mut [u8]) -> Result<usize, CodecError> {
        // SAFETY: both slices are passed with their lengths.
        checked(unsafe {
            sys::opus_encode(
                self.raw.as_ptr(),
                pcm.as_ptr(),
                pcm.len() as i32,
                packet.as_mut_ptr(),
                packet.len() as i32,
            )
        })
    }

    fn set(&mut self, request: i32, value: i32) -> Result<(), CodecError> {
        // SAFETY: every request passed here takes one int.
        checked(unsafe { sys::opus_encoder_ctl(self.raw.as_ptr(), request, value) }).map(drop)
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: made by `opus_encoder_create`, freed once.
        unsafe { sys::opus_encoder_destroy(self.raw.as_ptr()) };
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").field("settings", &self.settings).finish_non_exhaustive()
    }
}
