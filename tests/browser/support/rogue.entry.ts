/** What a rogue needs of MLS: the peer without rules that the unit tests have, for a server that misbehaves. */
import { decodeMlsMessage } from '../../../web/node_modules/ts-mls/dist/src/message.js';
import { add } from '../../../web/test/e2ee/rogue';

export { toBase64, toBase64Url, utf8 } from '../../../web/src/e2ee/bytes';
export { generateKeys, sign } from '../../../web/src/e2ee/ed25519';
export { commit, keyPackage, makeGroup } from '../../../web/test/e2ee/rogue';

/** The proposal that adds whoever published `message`, a KeyPackage. */
export function addPublished(message: Uint8Array) {
  const decoded = decodeMlsMessage(message, 0)?.[0];
  if (decoded?.wireformat !== 'mls_key_package') throw new Error('not a KeyPackage');
  return add({ message, keyPackage: decoded.keyPackage } as Parameters<typeof add>[0]);
}
