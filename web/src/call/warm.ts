/** First use of the cryptography costs up to half a second in a browser: it is used once while nobody waits for it. */
import { createMember, generateKeys } from '../e2ee/mls';

export async function warmUp(authority: string): Promise<void> {
  const keys = await generateKeys();
  const member = await createMember({ call: new Uint8Array(16), authority, keys, now: Date.now });
  await member.keyPackage();
}
