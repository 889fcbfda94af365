/** Reading and adjusting the browser's SDP offer for a media leg. Pure text work. */

/** What the signalling server and the answer need of the browser's offer. */
export interface OfferFacts {
  /** The media sections' ids, in order. */
  readonly mids: readonly string[];
  /** The RTP payload type of Opus. */
  readonly payloadType: number;
  /** SHA-256 of the browser's DTLS certificate, 64 lower-case hex digits. */
  readonly fingerprint: string;
}

/** Throws a RangeError when the browser offers no Opus or no SHA-256 fingerprint. */
export function readOffer(sdp: string): OfferFacts {
  const mids = [...sdp.matchAll(/^a=mid:(\S+)/gm)].map((match) => match[1] ?? '');
  const opus = /^a=rtpmap:(\d+) opus\/48000\/2/im.exec(sdp)?.[1];
  const fingerprint = /^a=fingerprint:sha-256 ([0-9a-f:]{95})\s*$/im.exec(sdp)?.[1];
  if (mids.length === 0 || opus === undefined || fingerprint === undefined) {
    throw new RangeError('the offer lacks Opus, a mid or a SHA-256 fingerprint');
  }
  return { mids, payloadType: Number(opus), fingerprint: fingerprint.replaceAll(':', '').toLowerCase() };
}

/**
 * Asks for repair by NACK, which the browsers do not offer for audio by themselves, and drops header extensions, so that
 * audio level never is on the wire. What is sent (constant bitrate, no DTX) follows from the answer.
 */
export function adjustOffer(sdp: string): string {
  const opus = /^a=rtpmap:(\d+) opus\/48000\/2/im.exec(sdp)?.[1];
  const nack = `a=rtcp-fb:${opus} nack`;
  const lines = sdp.split('\r\n').filter((line) => !/^a=extmap(-allow-mixed)?[: ]?/.test(line) && line !== nack);
  return lines.flatMap((line) => (line.startsWith(`a=rtpmap:${opus} `) ? [line, nack] : [line])).join('\r\n');
}
