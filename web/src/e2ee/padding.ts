/**
 * Makes Opus packets equally long before they are sealed, so that their lengths do not betray speech, silence or a muted microphone.
 * Constant bitrate is asked for in the SDP, but Firefox does not heed it. The padding is Opus' own (RFC 6716, section 3.2.5): every
 * decoder takes it off by itself.
 */

/** The shortest padded packet, in bytes: longer than a 20 ms frame at 32 kbit/s. */
const SHORTEST = 96;
/** Packets grow by steps of so many bytes. */
const STEP = 32;
/** In the frame count byte of a code 3 packet: the frames differ in length, there is padding. */
const VARIABLE = 0x80;
const PADDED = 0x40;

/** Pads each packet to the length of the longest so far, which only ever grows: one for each sender. */
export class Padding {
  #length = SHORTEST;

  /** A packet that is not Opus is returned as it is; it is sealed all the same. */
  pad(packet: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    while (this.#length < packet.length + 3) this.#length += STEP;
    return padTo(packet, this.#length) ?? packet;
  }
}

/** The same packet with padding up to `length` bytes; undefined where it is malformed or does not fit. */
export function padTo(packet: Uint8Array, length: number): Uint8Array<ArrayBuffer> | undefined {
  const parts = take(packet);
  if (parts === undefined) return undefined;
  const { toc, count, body } = parts;
  const room = length - 2 - body.length;
  if (room < 1) return undefined;
  const lengthBytes = Math.ceil(room / 255);
  const padded = new Uint8Array(length);
  padded[0] = toc | 3;
  padded[1] = count | PADDED;
  padded.fill(255, 2, 1 + lengthBytes);
  padded[1 + lengthBytes] = room - lengthBytes - 254 * (lengthBytes - 1);
  padded.set(body, 2 + lengthBytes);
  return padded;
}

interface Parts {
  readonly toc: number;
  /** The frame count byte of a code 3 packet with the same frames, without its padding bit. */
  readonly count: number;
  /** The frames, with their lengths where they differ, without padding. */
  readonly body: Uint8Array;
}

function take(packet: Uint8Array): Parts | undefined {
  const [toc, second] = packet;
  if (toc === undefined) return undefined;
  switch (toc & 3) {
    case 0:
      return { toc, count: 1, body: packet.subarray(1) };
    case 1:
      return { toc, count: 2, body: packet.subarray(1) };
    case 2:
      return { toc, count: 2 | VARIABLE, body: packet.subarray(1) };
    default: {
      if (second === undefined) return undefined;
      const count = second & ~PADDED;
      if ((second & PADDED) === 0) return { toc, count, body: packet.subarray(2) };
      let at = 2;
      let padding = 0;
      for (;;) {
        const byte = packet[at++];
        if (byte === undefined) return undefined;
        padding += byte === 255 ? 254 : byte;
        if (byte !== 255) break;
      }
      const end = packet.length - padding;
      return end < at ? undefined : { toc, count, body: packet.subarray(at, end) };
    }
  }
}
