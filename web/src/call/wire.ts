/** Bytes as the signalling wire carries them, read strictly: what cannot be read is refused, never guessed. */
import { Refusal } from '../e2ee/api';
import { fromBase64 } from '../e2ee/bytes';

/** Standard base64 with padding. Throws Refusal('malformed'). */
export function bytesOf(text: string): Uint8Array {
  const bytes = fromBase64(text);
  if (!bytes) throw new Refusal('malformed', 'not base64');
  return bytes;
}

/** An id's 16 bytes from its 32 hex digits. Throws Refusal('malformed'). */
export function idBytes(id: string): Uint8Array {
  if (!/^[0-9a-f]{32}$/.test(id)) throw new Refusal('malformed', 'not an id');
  return Uint8Array.from({ length: 16 }, (_, at) => Number.parseInt(id.slice(2 * at, 2 * at + 2), 16));
}
