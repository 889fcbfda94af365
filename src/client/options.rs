//! What makes an endpoint: who it is, how much of the media path is real, what it says.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    marks::MarkMaker,
    protocols::{DtlsError, Identity},
    ticket::DrillTicket,
};
use crate::{
    audio::{
        Plan, Sender, SenderSettings, TICK,
        codec::{CodecError, Mode},
    },
    e2ee::AuthorityPublicKey,
};

/// Who an endpoint is.
#[derive(Debug, Clone)]
pub enum Role {
    /// An anonymous caller.
    Caller,
    /// Somebody who plays a caller in a drill. On no other line: it stops where the server does not say that it is one.
    Player(DrillTicket),
    /// A member of staff at an enrolled device.
    Staff(StaffDevice),
    /// The same in a drill, and nowhere else.
    Practising(StaffDevice),
}

impl Role {
    /// Where its WebSocket is, below `/ws/`.
    pub(super) fn route(&self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Player(_) => "drill/caller",
            Self::Staff(_) => "staff",
            Self::Practising(_) => "drill/staff",
        }
    }

    /// Whether it is on the line of a drill.
    pub(super) fn is_in_drill(&self) -> bool {
        matches!(self, Self::Player(_) | Self::Practising(_))
    }
}

/// A device of a member of staff. Prints without its key.
#[derive(Clone)]
pub struct StaffDevice {
    /// The staff credential, a compact JWT.
    pub credential: String,
    /// Secret: the seed of the Ed25519 key that the credential names.
    pub key_seed: [u8; 32],
}

impl fmt::Debug for StaffDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StaffDevice(..)")
    }
}

/// How much of the media path is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaLevel {
    /// Everything: Opus both ways, jitter buffer, MLS and SFrame; mouth-to-ear delay is measured with marks in the sound.
    Full,
    /// As `Full`, but what is said was encoded beforehand, marks and all: encoding is most of what a synthetic speaker costs.
    Heard,
    /// MLS and SFrame are real, the Opus frames were encoded once beforehand and what comes is opened, not decoded. The last
    /// 16 bytes of each frame say when it was sent.
    Sealed,
    /// SRTP alone: the payload has a frame's size and says when it was sent. There is no MLS group.
    Packets,
}

/// Where bytes for keys and nonces come from.
pub trait Entropy: Send {
    /// Fills `bytes` from a cryptographic random source.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// The operating system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[allow(clippy::disallowed_methods, reason = "the edge that hands random bytes to the pure endpoint")]
    fn fill(&mut self, bytes: &mut [u8]) {
        // Fails only where the operating system has no random source; then nothing in this process could be trusted.
        if aws_lc_rs::rand::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}

/// What a microphone would give: called for each 10 ms. For `full` endpoints that say something else than their [`Speech`].
pub trait Mouth: Send {
    /// Writes the 10 ms at 48 kHz that end at `now`.
    fn speak(&mut self, now: Instant, pcm: &mut [i16; TICK]);
}

/// What a loudspeaker would get: called for each 10 ms of a `full` endpoint's call.
pub trait Ear: Send {
    /// Takes the 10 ms at 48 kHz that begin at `now`.
    fn hear(&mut self, now: Instant, pcm: &[i16; TICK]);
}

/// What synthetic clients say, over and over: samples for `full` endpoints, Opus frames for `sealed` ones. Cheap to clone.
#[derive(Clone)]
pub struct Speech {
    pub(super) samples: Arc<[i16]>,
    pub(super) frames: Arc<[Box<[u8]>]>,
    /// For `heard` endpoints: frames with marks, by the phase of who says them; see [`Speech::with_marks`].
    pub(super) marked: Arc<[Frames]>,
}

/// Opus frames, one after the other.
type Frames = Box<[Box<[u8]>]>;

impl Speech {
    /// Speech of samples at 48 kHz, one channel; encodes it once. Of less than 20 ms it makes silence.
    ///
    /// # Errors
    /// When libopus has no memory.
    pub fn new(samples: Vec<i16>, mode: Mode) -> Result<Self, CodecError> {
        let mut samples = samples;
        let whole = samples.len().next_multiple_of(2 * TICK).max(2 * TICK);
        samples.resize(whole, 0);
        let mut sender = Sender::new(SenderSettings { mode, complexity: 0, plan: Plan::USUAL })?;
        let mut frames = Vec::with_capacity(whole / TICK / 2);
        for pcm in samples.chunks_exact(TICK) {
            let Some(pcm) = pcm.first_chunk() else { continue };
            if let Some(frame) = sender.push_10ms(pcm)? {
                frames.push(frame.payload.into());
            }
        }
        Ok(Self { samples: samples.into(), frames: frames.into(), marked: Arc::default() })
    }

    /// Encodes it with marks as well, for `heard` endpoints: 24 s of it, once for each of the moments at which they speak.
    ///
    /// # Errors
    /// When libopus has no memory.
    pub fn with_marks(self, mode: Mode) -> Result<Self, CodecError> {
        let phases = (0..PHASES).map(|phase| self.marked_at(PHASE * phase, mode));
        let marked = phases.collect::<Result<Vec<_>, _>>()?;
        Ok(Self { marked: marked.into(), ..self })
    }

    fn marked_at(&self, phase: Duration, mode: Mode) -> Result<Frames, CodecError> {
        let mut sender = Sender::new(SenderSettings { mode, complexity: 0, plan: Plan::USUAL })?;
        let maker = MarkMaker::new();
        let mut frames = Vec::new();
        let ticks = self.samples.chunks_exact(TICK).cycle();
        for (number, pcm) in (1..=(MARKED.as_millis() / 10) as u32).zip(ticks) {
            let Some(mut pcm) = pcm.first_chunk().copied() else { continue };
            maker.mark(Duration::from_millis(10) * number + phase, &mut pcm);
            if let Some(frame) = sender.push_10ms(&pcm)? {
                frames.push(frame.payload.into());
            }
        }
        Ok(frames.into())
    }

    /// What it was made of: samples at 48 kHz.
    pub fn samples(&self) -> Arc<[i16]> {
        self.samples.clone()
    }

    /// Eight seconds of sound with the rhythm and the pitch of a voice, the same each time.
    ///
    /// # Errors
    /// When libopus has no memory.
    pub fn synthetic(mode: Mode) -> Result<Self, CodecError> {
        Self::new(super::marks::voice(8 * 48_000), mode)
    }
}

/// How much of the speech is encoded with marks: a multiple of their period.
const MARKED: Duration = Duration::from_secs(24);
/// On how many moments within 20 ms `heard` endpoints speak, and how far these are apart.
pub(super) const PHASES: u32 = 4;
pub(super) const PHASE: Duration = Duration::from_millis(5);

impl fmt::Debug for Speech {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Speech({} ms)", self.samples.len() / 48)
    }
}

/// DTLS certificates for legs. Browsers make one for each connection; synthetic clients may share some, because the relay
/// tells certificates apart only within one call.
#[derive(Clone)]
pub struct IdentityPool(Arc<Pool>);

struct Pool {
    identities: Vec<Identity>,
    next: AtomicUsize,
}

impl IdentityPool {
    /// Makes `count` certificates, at least 2. The legs that one endpoint opens take them in turn: with 16 no leg meets an
    /// earlier one of its call that the relay still knows.
    ///
    /// # Errors
    /// When the cryptographic library has no certificate to give.
    pub fn generate(count: usize) -> Result<Self, DtlsError> {
        let identities = (0..count.max(2)).map(|_| Identity::generate()).collect::<Result<_, _>>()?;
        Ok(Self(Arc::new(Pool { identities, next: AtomicUsize::new(0) })))
    }

    /// The place from which an endpoint begins to take.
    pub(super) fn start(&self) -> usize {
        self.0.next.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn at(&self, number: usize) -> &Identity {
        &self.0.identities[number % self.0.identities.len()]
    }
}

impl fmt::Debug for IdentityPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityPool({})", self.0.identities.len())
    }
}

/// Everything that makes an endpoint.
pub struct EndpointOptions {
    /// Who it is.
    pub role: Role,
    /// How much of the media path is real.
    pub media: MediaLevel,
    /// The server's origin, as in the `Origin` header (`https://HOST[:PORT]`).
    pub origin: String,
    /// The line's authority (`GET /api/config`).
    pub authority: AuthorityPublicKey,
    /// Seeds what need not be secret: jitter of reconnection, SSRC, transaction ids, phases.
    pub seed: u64,
    /// Where keys and nonces come from.
    pub entropy: Box<dyn Entropy>,
    /// Certificates for the legs.
    pub identities: IdentityPool,
    /// What it says.
    pub speech: Speech,
    /// Says this instead (`full` only). Such sound is not marked.
    pub mouth: Option<Box<dyn Mouth>>,
    /// Hears what is played (`full` only).
    pub ear: Option<Box<dyn Ear>>,
    /// What its encoder is made for (`full` only).
    pub mode: Mode,
    /// What encoding and decoding may cost (`full` only), 0 to 10. A synthetic client takes 0, a person's 9 (and 5 for the
    /// decoder's neural concealment, which 5 and more turn on).
    pub complexity: u8,
    /// The moment from which all endpoints of a process count marks and send times.
    pub clock_zero: Instant,
    /// Staff: answers by itself after so long. None: waits for [`super::Command::Accept`].
    pub answer_after: Option<Duration>,
    /// Staff: done with wrapping up by itself after so long, and available again.
    pub wrap_up: Option<Duration>,
}

impl fmt::Debug for EndpointOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EndpointOptions({:?}, {:?})", self.role, self.media)
    }
}
