import { describe, expect, test } from 'vitest';
import { answerFor } from '../../src/call/answer';
import { adjustOffer, readOffer } from '../../src/call/offer';
import type { Leg } from '../../src/proto';

const print = Array.from({ length: 32 }, (_, at) => (at + 160).toString(16).toUpperCase()).join(':');

/** What Chromium 156 and Firefox ESR 153 offer, shortened to what matters. */
const chromium = [
  'v=0',
  'o=- 4078177102518349066 2 IN IP4 127.0.0.1',
  'a=group:BUNDLE 0 1 2',
  'a=extmap-allow-mixed',
  ...[0, 1, 2].flatMap((mid) => [
    'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8',
    `a=fingerprint:sha-256 ${print}`,
    `a=mid:${mid}`,
    'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
    'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
    'a=rtpmap:111 opus/48000/2',
    'a=rtcp-fb:111 transport-cc',
    'a=rtpmap:63 red/48000/2',
  ]),
  '',
].join('\r\n');

const firefox = [
  'v=0',
  `a=fingerprint:sha-256 ${print}`,
  'm=audio 9 UDP/TLS/RTP/SAVPF 109 9',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=mid:0',
  'a=rtpmap:109 opus/48000/2',
  '',
].join('\r\n');

const leg: Leg = {
  slot: 0,
  ufrag: 'token',
  pwd: 'password',
  fingerprint: '0123456789abcdef'.repeat(4),
  candidates: [
    { transport: 'udp', address: '192.0.2.1', port: 3478 },
    { transport: 'tcp', address: '192.0.2.1', port: 3478 },
  ],
  streams: [1, 2, 3].map((slot) => ({ slot, ssrc: 100 + slot })),
};

describe('an offer', () => {
  test('tells the fingerprint, the payload type and the sections', () => {
    const fingerprint = print.replaceAll(':', '').toLowerCase();
    expect(readOffer(chromium)).toEqual({ mids: ['0', '1', '2'], payloadType: 111, fingerprint });
    expect(readOffer(firefox)).toEqual({ mids: ['0'], payloadType: 109, fingerprint });
  });

  test('without Opus or a fingerprint is refused', () => {
    expect(() => readOffer(chromium.replaceAll('opus', 'speex'))).toThrow(RangeError);
    expect(() => readOffer(firefox.replace('sha-256', 'sha-1'))).toThrow(RangeError);
  });

  test('loses every header extension, so that audio level is not on the wire', () => {
    expect(adjustOffer(chromium)).not.toContain('extmap');
    expect(adjustOffer(firefox)).not.toContain('extmap');
  });

  test('asks for repair by NACK once in each section', () => {
    const adjusted = adjustOffer(adjustOffer(chromium));
    expect(adjusted.match(/a=rtcp-fb:111 nack\r\n/g)?.length).toBe(3);
  });
});

describe('an answer', () => {
  const answer = answerFor(leg, readOffer(chromium));
  const sections = answer.split('m=audio').slice(1);

  test('has a section for each of the offer, and ends its lines as SDP wants', () => {
    expect(sections.length).toBe(3);
    expect(answer.endsWith('\r\n')).toBe(true);
    expect(answer.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(answer).toContain('a=group:BUNDLE 0 1 2\r\n');
  });

  test('is ICE-lite and lets the browser begin DTLS', () => {
    expect(answer).toContain('a=ice-lite\r\n');
    for (const section of sections) {
      expect(section).toContain('a=setup:passive\r\n');
      expect(section).toContain('a=ice-ufrag:token\r\n');
      expect(section).toContain(`a=fingerprint:sha-256 ${'01:23:45:67:89:AB:CD:EF:'.repeat(4).slice(0, -1)}\r\n`);
    }
  });

  test('binds each section to one slot', () => {
    expect(sections.map((section) => /a=ssrc:(\d+) msid:(\S+)/.exec(section)?.slice(1))).toEqual([
      ['101', 'slot1'],
      ['102', 'slot2'],
      ['103', 'slot3'],
    ]);
    expect(sections.map((section) => /a=(sendrecv|sendonly)/.exec(section)?.[1])).toEqual([
      'sendrecv',
      'sendonly',
      'sendonly',
    ]);
  });

  test('prefers UDP to TCP', () => {
    const priorities = [...answer.matchAll(/a=candidate:\d 1 (udp|tcp) (\d+) /g)].map((match) => [match[1], match[2]]);
    expect(priorities.map(([kind]) => kind)).toEqual(['udp', 'tcp']);
    expect(Number(priorities[0]?.[1])).toBeGreaterThan(Number(priorities[1]?.[1]));
    expect(answer).toContain('tcptype passive');
  });

  test('makes frame lengths constant and negotiates no extension', () => {
    expect(answer).toMatch(/a=fmtp:111 .*usedtx=0;cbr=1/);
    expect(answer).not.toContain('extmap');
  });

  test('is not written for a leg that lacks a stream', () => {
    expect(() => answerFor({ ...leg, streams: leg.streams.slice(1) }, readOffer(chromium))).toThrow(RangeError);
  });
});
