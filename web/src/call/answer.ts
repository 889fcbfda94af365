/** The SDP answer that stands for the relay: ICE-lite, DTLS passive, Opus alone, one stream for each other slot. */
import type { Candidate, Leg, Stream } from '../proto';
import type { OfferFacts } from './offer';

/** Opus as we ask the browser to send it: constant bitrate and no DTX, because frame lengths betray speech. */
const OPUS =
  'minptime=10;maxplaybackrate=48000;useinbandfec=1;usedtx=0;cbr=1;stereo=0;sprop-stereo=0;maxaveragebitrate=32000';

/** Throws a RangeError when the leg does not have a stream for each media section. */
export function answerFor(leg: Leg, offer: OfferFacts): string {
  const sections = offer.mids.map((mid, at) => {
    const stream = leg.streams[at];
    if (!stream) throw new RangeError('the leg has fewer streams than the offer has media sections');
    return section(leg, offer, mid, stream, at === 0);
  });
  const session = [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=group:BUNDLE ${offer.mids.join(' ')}`,
    'a=msid-semantic: WMS *',
  ];
  return [...session, ...sections.flat(), ''].join('\r\n');
}

function section(leg: Leg, offer: OfferFacts, mid: string, stream: Stream, first: boolean): string[] {
  const { payloadType } = offer;
  const name = `slot${stream.slot}`;
  return [
    `m=audio 9 UDP/TLS/RTP/SAVPF ${payloadType}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    first ? 'a=sendrecv' : 'a=sendonly',
    'a=rtcp-mux',
    `a=ice-ufrag:${leg.ufrag}`,
    `a=ice-pwd:${leg.pwd}`,
    `a=fingerprint:sha-256 ${colons(leg.fingerprint)}`,
    'a=setup:passive',
    `a=rtpmap:${payloadType} opus/48000/2`,
    `a=fmtp:${payloadType} ${OPUS}`,
    `a=rtcp-fb:${payloadType} nack`,
    'a=ptime:20',
    `a=msid:${name} ${name}-audio`,
    `a=ssrc:${stream.ssrc} cname:${name}`,
    `a=ssrc:${stream.ssrc} msid:${name} ${name}-audio`,
    ...(first ? [...leg.candidates.map(candidateLine), 'a=end-of-candidates'] : []),
  ];
}

/** Candidates come best first; UDP goes before TCP (RFC 8445 5.1.2: type, then local preference). */
function candidateLine(candidate: Candidate, at: number): string {
  const { transport, address, port } = candidate;
  const local = (transport === 'udp' ? 65535 : 32767) - at;
  const priority = 126 * 2 ** 24 + local * 2 ** 8 + 255;
  const kind = transport === 'udp' ? 'udp' : 'tcp';
  const end = transport === 'tcp' ? ' tcptype passive' : '';
  return `a=candidate:${at + 1} 1 ${kind} ${priority} ${address} ${port} typ host${end}`;
}

function colons(fingerprint: string): string {
  return (fingerprint.match(/../g) ?? []).join(':').toUpperCase();
}
