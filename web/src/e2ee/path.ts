/**
 * Whether this member's secrets and the tree belong together, which RFC 9420 asks of whoever applies a commit's path (section 12.4.2)
 * or joins by a Welcome with a path secret (12.4.3.1). ts-mls 1.6.4 takes the path's public keys as they come: a committer
 * who publishes others than the secrets give would split the group at the next commit.
 */
import type { ClientState } from 'ts-mls/clientState.js';
import { directPath, leafToNodeIndex, leafWidth, toLeafIndex } from 'ts-mls/treemath.js';
import { Refusal } from './api';
import { equal } from './bytes';
import { publicKeyOf } from './suite';

/** Throws unless every node above this member's leaf has the public key of the private key that this member holds for it. */
export async function assertOwnPath({ privatePath, ratchetTree }: ClientState): Promise<void> {
  const { leafIndex, privateKeys } = privatePath;
  for (const index of directPath(leafToNodeIndex(toLeafIndex(leafIndex)), leafWidth(ratchetTree.length))) {
    const node = ratchetTree[index];
    // A blank node has no key, and one that does not know this leaf yet keeps its secret from it.
    if (node?.nodeType !== 'parent' || node.parent.unmergedLeaves.includes(leafIndex)) continue;
    const key = privateKeys[index];
    if (key === undefined || !equal(await publicKeyOf(key), node.parent.hpkePublicKey)) {
      throw new Refusal('malformed', 'a path whose public keys are not those of its secrets');
    }
  }
}
