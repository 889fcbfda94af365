//! One leg as the `webrtc` crate carries it: one `RTCPeerConnection`, opened with a description of the relay that was never sent.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use rtc::{
    ice::mdns::MulticastDnsMode,
    interceptor::{
        NackGeneratorBuilder, NackResponderBuilder, ReceiverReportBuilder, SenderReportBuilder, Slot,
    },
    rtp,
    rtp_transceiver::rtp_sender::{
        RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
        RtpCodecKind,
    },
};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
    time::timeout,
};
use webrtc::{
    media_stream::{
        MediaStreamTrack,
        track_local::{TrackLocal, static_rtp::TrackLocalStaticRTP},
        track_remote::{TrackRemote, TrackRemoteEvent},
    },
    peer_connection::{
        MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCCertificate,
        RTCConfigurationBuilder, RTCIceCandidateInit, RTCIceConnectionState, RTCPeerConnectionState,
        RTCSessionDescription, Registry, SettingEngineBuilder, SrtpProtectionProfile,
        crypto::providers::AwsLcRsProvider,
    },
    rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit},
    runtime::TokioRuntime,
};

use super::{description, reporter::Reporter};
use crate::{
    audio,
    client::event::{LegPlan, PathId},
    proto::media::{Candidate, Leg as RelaySide, Transport},
};

/// What a leg tells.
pub(super) enum News {
    Up,
    Frame {
        ssrc: u32,
        sequence: u16,
        timestamp: u32,
        payload: Bytes,
    },
    Report(audio::Report),
    /// An authentic control packet came.
    Heard,
    Lost,
}

/// Tells the endpoint what a leg has to say. What finds no room is gone, as on a network.
#[derive(Clone)]
pub(super) struct Teller {
    path: PathId,
    told: mpsc::Sender<(PathId, News)>,
}

impl Teller {
    pub(super) fn new(path: PathId, told: mpsc::Sender<(PathId, News)>) -> Self {
        Self { path, told }
    }

    pub(super) fn tell(&self, news: News) {
        // Frames that come faster than they are taken are late in any case; a leg that stays mute is noticed by its silence.
        let _ = self.told.try_send((self.path, news));
    }
}

/// A leg that is open, or about to be. Dropping it ends it without a word.
pub(super) struct Leg {
    frames: Option<mpsc::Sender<(u32, Bytes)>>,
    task: JoinHandle<()>,
}

impl Leg {
    /// Begins to connect. What becomes of it is told.
    pub(super) fn open(plan: LegPlan, teller: Teller) -> Self {
        let (frames, wanted) = mpsc::channel(FRAMES);
        let task = tokio::spawn(async move {
            if let Err(_refused) = carry(&plan, wanted, &teller).await {
                teller.tell(News::Lost);
            }
        });
        Self { frames: Some(frames), task }
    }

    /// Sends a frame. One that finds no room is gone: those before it were not taken in time.
    pub(super) fn send(&self, timestamp: u32, payload: &[u8]) {
        if let Some(frames) = &self.frames {
            let _ = frames.try_send((timestamp, Bytes::copy_from_slice(payload)));
        }
    }

    /// Ends it in good order: the relay is told.
    pub(super) async fn close(mut self) {
        self.frames = None;
        // A connection that does not end by itself is ended when it is dropped.
        let _ = timeout(GOODBYE, &mut self.task).await;
    }
}

impl Drop for Leg {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Leg(..)")
    }
}

/// Listens to one connection.
struct Handler {
    teller: Teller,
    /// The relay has answered a check.
    reached: Arc<Notify>,
    /// Another transport is tried instead: what becomes of this connection is nobody's concern.
    given_up: Arc<AtomicBool>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_connection_state_change(&self, state: RTCIceConnectionState) {
        if matches!(state, RTCIceConnectionState::Connected | RTCIceConnectionState::Completed) {
            self.reached.notify_one();
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        if self.given_up.load(Ordering::Relaxed) {
            return;
        }
        use RTCPeerConnectionState::{Closed, Connected, Disconnected, Failed};
        match state {
            Connected => self.teller.tell(News::Up),
            Disconnected | Failed | Closed => self.teller.tell(News::Lost),
            _ => {}
        }
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let teller = self.teller.clone();
        // Ends with the track.
        tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(packet) = event {
                    let rtp::Header { ssrc, sequence_number: sequence, timestamp, .. } = packet.header;
                    teller.tell(News::Frame { ssrc, sequence, timestamp, payload: packet.payload });
                }
            }
        });
    }
}

/// Opens a connection and sends what comes until there is no more.
async fn carry(
    plan: &LegPlan,
    mut wanted: mpsc::Receiver<(u32, Bytes)>,
    teller: &Teller,
) -> webrtc::error::Result<()> {
    let Attempt { connection, track, .. } = reach(plan, teller).await?;
    let mut sequence = plan.ssrc as u16 & 0x3fff;
    while let Some((timestamp, payload)) = wanted.recv().await {
        let header = rtp::Header {
            version: 2,
            payload_type: plan.payload_type,
            sequence_number: sequence,
            timestamp,
            ssrc: plan.ssrc,
            ..Default::default()
        };
        sequence = sequence.wrapping_add(1);
        track.write_rtp(rtp::Packet { header, payload }).await?;
    }
    connection.close().await
}

/// A connection over one transport.
struct Attempt {
    connection: Box<dyn PeerConnection>,
    track: Arc<TrackLocalStaticRTP>,
    reached: Arc<Notify>,
    given_up: Arc<AtomicBool>,
}

/// UDP where it gets through, else TCP. One after the other, because the library takes two candidates with the same address and
/// port for one, whatever their transports, and then finds no pair for what the second answers.
async fn reach(plan: &LegPlan, teller: &Teller) -> webrtc::error::Result<Attempt> {
    let offers = |transport| plan.relay.candidates.iter().any(|candidate| candidate.transport == transport);
    if offers(Transport::Udp) {
        let attempt = connect(plan, Transport::Udp, teller).await?;
        if !offers(Transport::Tcp) || timeout(UDP_PATIENCE, attempt.reached.notified()).await.is_ok() {
            return Ok(attempt);
        }
        attempt.given_up.store(true, Ordering::Relaxed);
        attempt.connection.close().await?;
    }
    connect(plan, Transport::Tcp, teller).await
}

async fn connect(plan: &LegPlan, transport: Transport, teller: &Teller) -> webrtc::error::Result<Attempt> {
    let (reached, given_up) = (Arc::<Notify>::default(), Arc::<AtomicBool>::default());
    let handler = Handler { teller: teller.clone(), reached: reached.clone(), given_up: given_up.clone() };
    let connection = build(plan, transport, handler).await?;
    let track = Arc::new(TrackLocalStaticRTP::new(MediaStreamTrack::new(
        "quietline".into(),
        "voice".into(),
        "voice".into(),
        RtpCodecKind::Audio,
        vec![RTCRtpEncodingParameters {
            rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(plan.ssrc), ..Default::default() },
            codec: opus(),
            ..Default::default()
        }],
    )));
    let direction = |direction| Some(RTCRtpTransceiverInit { direction, ..Default::default() });
    let both = direction(RTCRtpTransceiverDirection::Sendrecv);
    connection.add_transceiver_from_track(track.clone() as Arc<dyn TrackLocal>, both).await?;
    for _ in 1..plan.relay.streams.len() {
        let receive = direction(RTCRtpTransceiverDirection::Recvonly);
        connection.add_transceiver_from_kind(RtpCodecKind::Audio, receive).await?;
    }
    let offer = connection.create_offer(None).await?;
    let answer = description::answer(&plan.relay, &description::sections(&offer.sdp), plan.payload_type)
        .ok_or_else(|| webrtc::error::Error::Other("the leg has too few streams".into()))?;
    connection.set_local_description(offer).await?;
    connection.set_remote_description(RTCSessionDescription::answer(answer)?).await?;
    let candidates = plan.relay.candidates.iter().filter(|candidate| candidate.transport == transport);
    for (at, candidate) in candidates.enumerate() {
        let candidate = description::candidate(candidate, at);
        let init = RTCIceCandidateInit { candidate, sdp_mline_index: Some(0), ..Default::default() };
        connection.add_ice_candidate(init).await?;
    }
    Ok(Attempt { connection, track, reached, given_up })
}

async fn build(
    plan: &LegPlan,
    transport: Transport,
    handler: Handler,
) -> webrtc::error::Result<Box<dyn PeerConnection>> {
    let mut media = MediaEngine::default();
    let codec = RTCRtpCodecParameters { rtp_codec: opus(), payload_type: plan.payload_type };
    media.register_codec(codec, RtpCodecKind::Audio)?;
    let interceptors = Registry::new()
        .with(Slot::from(500), Reporter::new(plan.ssrc, handler.teller.clone()))
        .with(Slot::NackResponder, NackResponderBuilder::new().with_size(HISTORY).build())
        .with(Slot::NackGenerator, NackGeneratorBuilder::new().with_interval(ASK_AGAIN).build())
        .with(Slot::ReceiverReport, ReceiverReportBuilder::new().with_interval(REPORT).build())
        .with(Slot::SenderReport, SenderReportBuilder::new().with_interval(REPORT).build());
    let settings = SettingEngineBuilder::new()
        .with_crypto_provider(Arc::new(AwsLcRsProvider::new()))
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm])
        .with_include_loopback_candidate(true)
        .with_ice_timeouts(Some(SILENCE), Some(GIVE_UP), Some(KEEPALIVE))
        .build();
    let certificate =
        RTCCertificate::from_existing(plan.identity.certificate().clone(), SystemTime::UNIX_EPOCH + EXPIRES);
    let local = local_addresses(&plan.relay, transport);
    let (udp, tcp) = match transport {
        Transport::Udp => (local, Vec::new()),
        Transport::Tcp => (Vec::new(), local),
    };
    let connection = PeerConnectionBuilder::<SocketAddr>::new()
        .with_configuration(RTCConfigurationBuilder::new().with_certificates(vec![certificate]).build())
        .with_media_engine(media)
        .with_setting_engine(settings)
        .with_interceptor_registry(interceptors)
        .with_runtime(Arc::new(TokioRuntime))
        .with_handler(Arc::new(handler))
        .with_udp_addrs(udp)
        .with_tcp_addrs(tcp)
        .build()
        .await?;
    Ok(Box::new(connection))
}

/// The addresses from which this machine reaches the relay's. Asking the routes rather than listing interfaces finds the one
/// that is used, and shows the relay no other.
fn local_addresses(relay: &RelaySide, transport: Transport) -> Vec<SocketAddr> {
    let mut found = Vec::new();
    for Candidate { address, port, .. } in relay.candidates.iter().filter(|c| c.transport == transport) {
        let Ok(remote) = address.parse::<IpAddr>() else { continue };
        let any = match remote {
            IpAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => IpAddr::from(Ipv6Addr::UNSPECIFIED),
        };
        // Connecting a UDP socket sends nothing.
        let local = UdpSocket::bind((any, 0))
            .and_then(|socket| socket.connect((remote, *port)).and_then(|()| socket.local_addr()));
        if let Ok(local) = local {
            let local = SocketAddr::new(local.ip(), 0);
            if !found.contains(&local) {
                found.push(local);
            }
        }
    }
    found
}

fn opus() -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: "audio/opus".into(),
        clock_rate: 48_000,
        channels: 2,
        sdp_fmtp_line: description::OPUS.into(),
        rtcp_feedback: vec![RTCPFeedback { typ: "nack".into(), parameter: String::new() }],
    }
}

/// Where no check is answered over UDP for so long, TCP is tried.
const UDP_PATIENCE: Duration = Duration::from_secs(2);
/// Frames that a leg has yet to send: more than it can take during a handshake.
const FRAMES: usize = 64;
/// Packets that are kept for when the relay asks again; a power of two.
const HISTORY: u16 = 64;
/// How often missing packets are asked for.
const ASK_AGAIN: Duration = Duration::from_millis(40);
const REPORT: Duration = Duration::from_secs(1);
/// The relay answers each check; none for so long means that it is gone.
const SILENCE: Duration = Duration::from_secs(1);
const KEEPALIVE: Duration = Duration::from_millis(300);
/// After the silence. By then the endpoint has long opened another leg.
const GIVE_UP: Duration = Duration::from_secs(20);
const GOODBYE: Duration = Duration::from_secs(1);
/// Nobody looks: the certificate lives as long as the process. The year 2096.
const EXPIRES: Duration = Duration::from_secs(4_000_000_000);
