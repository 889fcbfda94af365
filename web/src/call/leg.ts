/**
 * One media leg: one RTCPeerConnection to the relay, with the frame encryption attached before any offer exists and no track
 * until someone hands it one. It never gathers for anyone: the relay is ICE-lite and learns addresses from checks, so this
 * browser's candidates do not leave the page.
 */
import type { FrameCrypto } from '../e2ee/api';
import { FRAME_CRYPTO_CONFIGURATION } from '../e2ee/frames';
import type { Leg, LegRequest } from '../proto';
import { answerFor } from './answer';
import { adjustOffer, readOffer } from './offer';
import type { Sample } from './watchdog';

export type LegState = 'connecting' | 'up' | 'broken' | 'closed';

export interface LegOptions {
  /** This page's seat. */
  readonly slot: number;
  readonly frames: FrameCrypto;
  /** Asks signalling for the relay's side. */
  readonly ask: (request: LegRequest) => Promise<Leg>;
  readonly changed: () => void;
}

/** The seats other than `slot`, in the order of a leg's media sections. */
export function otherSlots(slot: number): number[] {
  return [0, 1, 2, 3].filter((other) => other !== slot);
}

export class MediaLeg {
  protected readonly connection: RTCPeerConnection;
  private readonly sender: RTCRtpSender;
  /** What comes from the other seats. */
  readonly tracks: readonly MediaStreamTrack[];

  constructor(private readonly options: LegOptions) {
    const { frames, slot } = options;
    // Each connection makes its own certificate: to the relay, one certificate is one leg.
    const configuration: RTCConfiguration = {
      bundlePolicy: 'max-bundle',
      rtcpMuxPolicy: 'require',
      iceServers: [],
      ...FRAME_CRYPTO_CONFIGURATION,
    };
    this.connection = new RTCPeerConnection(configuration);
    const transceivers = otherSlots(slot).map((other, at) => {
      const transceiver = this.connection.addTransceiver('audio', { direction: at === 0 ? 'sendrecv' : 'recvonly' });
      if (at === 0) frames.attachSender(transceiver.sender);
      frames.attachReceiver(transceiver.receiver, other);
      return transceiver;
    });
    const [first] = transceivers;
    if (!first) throw new RangeError('a leg has at least one other seat');
    this.sender = first.sender;
    this.tracks = transceivers.map((transceiver) => transceiver.receiver.track);
    this.connection.onconnectionstatechange = () => options.changed();
    this.connection.oniceconnectionstatechange = () => options.changed();
  }

  /** Negotiates with the relay; the connection then comes up by itself. */
  async open(): Promise<void> {
    const offer = await this.connection.createOffer();
    await this.connection.setLocalDescription({ type: 'offer', sdp: adjustOffer(offer.sdp ?? '') });
    const facts = readOffer(this.connection.localDescription?.sdp ?? '');
    const leg = await this.options.ask({ fingerprint: facts.fingerprint, payload_type: facts.payloadType });
    if (this.connection.signalingState === 'closed') return;
    const expected = otherSlots(this.options.slot);
    if (leg.slot !== this.options.slot || !leg.streams.every((stream, at) => stream.slot === expected[at])) {
      throw new RangeError('the leg is for another seat');
    }
    await this.connection.setRemoteDescription({ type: 'answer', sdp: answerFor(leg, facts) });
  }

  get state(): LegState {
    const { connectionState, iceConnectionState } = this.connection;
    if (connectionState === 'closed') return 'closed';
    if (connectionState === 'failed' || iceConnectionState === 'failed') return 'broken';
    if (connectionState === 'disconnected' || iceConnectionState === 'disconnected') return 'broken';
    return connectionState === 'connected' ? 'up' : 'connecting';
  }

  /** Sends `track`, or nothing. Only for a track whose frames the worker can seal. */
  async send(track: MediaStreamTrack | null): Promise<void> {
    if (this.state !== 'closed') await this.sender.replaceTrack(track);
  }

  /** The counters that a watchdog judges. */
  async sample(at: number): Promise<Sample> {
    let packets = 0;
    let answers = 0;
    let asked = 0;
    for (const stat of (await this.connection.getStats()).values()) {
      if (stat.type === 'inbound-rtp') packets += stat.packetsReceived ?? 0;
      if (stat.type === 'remote-inbound-rtp') answers += stat.roundTripTimeMeasurements ?? 0;
      // Pairs that never worked (UDP, where it is blocked) are asked in vain all the time.
      if (stat.type === 'candidate-pair' && stat.state === 'succeeded') {
        answers += stat.responsesReceived ?? 0;
        asked += (stat.requestsSent ?? 0) + (stat.consentRequestsSent ?? 0);
      }
    }
    return { at, packets, answers, asked, broken: this.state === 'broken' };
  }

  close(): void {
    this.connection.onconnectionstatechange = null;
    this.connection.oniceconnectionstatechange = null;
    this.connection.close();
  }
}
