import { type ClientConfig, defaultClientConfig } from 'ts-mls/clientConfig.js';
import { type ClientState, createGroup, joinGroup } from 'ts-mls/clientState.js';
import type { Commit } from 'ts-mls/commit.js';
import type { Credential } from 'ts-mls/credential.js';
import type { Extension } from 'ts-mls/extension.js';
import { generateKeyPackageWithKey, type KeyPackage, type PrivateKeyPackage } from 'ts-mls/keyPackage.js';
import type { Lifetime } from 'ts-mls/lifetime.js';
import { decodeMlsMessage, encodeMlsMessage } from 'ts-mls/message.js';
import { processPrivateMessage } from 'ts-mls/processMessages.js';
import type { Proposal } from 'ts-mls/proposal.js';
import { emptyPskIndex } from 'ts-mls/pskIndex.js';
import type { SignatureKeyPair } from '../../src/e2ee/api';
import { utf8 } from '../../src/e2ee/bytes';
import { type MadeCommit, makeCommit, sealCommit, signCommit } from '../../src/e2ee/commit';
import { SUITE, suite } from '../../src/e2ee/suite';

/** A member on bare ts-mls that keeps none of the rules, to make messages that the others must refuse. */

export interface Bundle {
  readonly message: Uint8Array;
  readonly keyPackage: KeyPackage;
  readonly secrets: PrivateKeyPackage;
}

export async function keyPackage(
  identity: string | Uint8Array,
  keys: SignatureKeyPair,
  options: { lifetime?: Lifetime; credential?: Credential } = {},
): Promise<Bundle> {
  const seconds = BigInt(Math.floor(Date.now() / 1000));
  const bytes = typeof identity === 'string' ? utf8(identity) : identity;
  const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
    options.credential ?? { credentialType: 'basic', identity: bytes },
    { versions: ['mls10'], ciphersuites: [SUITE], extensions: [], proposals: [], credentials: ['basic', 'x509'] },
    options.lifetime ?? { notBefore: seconds - 3600n, notAfter: seconds + 86400n },
    [],
    { signKey: keys.privateKey, publicKey: keys.publicKey },
    await suite(),
  );
  const message = encodeMlsMessage({
    version: 'mls10',
    wireformat: 'mls_key_package',
    keyPackage: publicPackage,
  });
  return { message, keyPackage: publicPackage, secrets: privatePackage };
}

export async function joinAs(bundle: Bundle, welcome: Uint8Array): Promise<ClientState> {
  const message = decodeMlsMessage(welcome, 0)?.[0];
  if (message?.wireformat !== 'mls_welcome') throw new Error('not a Welcome');
  const cs = await suite();
  return joinGroup(message.welcome, bundle.keyPackage, bundle.secrets, emptyPskIndex, cs);
}

export async function makeGroup(
  bundle: Bundle,
  call: Uint8Array,
  extensions: Extension[] = [],
  config: ClientConfig = defaultClientConfig,
): Promise<ClientState> {
  return createGroup(call, bundle.keyPackage, bundle.secrets, extensions, await suite(), config);
}

/** A sound commit, with a path, of whatever proposals. */
export async function commit(state: ClientState, ...proposals: Proposal[]): Promise<MadeCommit> {
  return makeCommit(state, proposals, await suite());
}

/** A commit that keeps every rule, but for the public keys in its path: they are not those of the secrets that it hands out. */
export async function commitWithForeignPath(state: ClientState, ...proposals: Proposal[]): Promise<MadeCommit> {
  const cs = await suite();
  let leaf = true;
  const deriveKeyPair = async (ikm: Uint8Array) => {
    const pair = await cs.hpke.deriveKeyPair(ikm);
    // The first pair is the committer's own leaf.
    if (leaf) {
      leaf = false;
      return pair;
    }
    return { ...pair, publicKey: (await cs.hpke.generateKeyPair()).publicKey };
  };
  return makeCommit(state, proposals, { ...cs, hpke: { ...cs.hpke, deriveKeyPair } });
}

/** What bare ts-mls makes of a commit. */
export async function applyBare(state: ClientState, commit: Uint8Array): Promise<ClientState> {
  const message = decodeMlsMessage(commit, 0)?.[0];
  if (message?.wireformat !== 'mls_private_message') throw new Error('not a PrivateMessage');
  const result = await processPrivateMessage(state, message.privateMessage, emptyPskIndex, await suite());
  if (result.kind !== 'newState') throw new Error('not a commit');
  return result.newState;
}

export const add = (bundle: Bundle): Proposal => ({
  proposalType: 'add',
  add: { keyPackage: bundle.keyPackage },
});

export const remove = (leaf: number): Proposal => ({
  proposalType: 'remove',
  remove: { removed: leaf },
});

/**
 * Any Commit content at all, truly signed and sealed by the member, but with a confirmation tag of zeros, because no library would
 * finish it: it must be refused for what it says, before anybody looks at the tag.
 */
export async function forge(state: ClientState, content: Commit): Promise<Uint8Array> {
  const cs = await suite();
  return (await sealCommit(state, await signCommit(state, content, cs), new Uint8Array(32), cs)).message;
}

/** The state of somebody who takes another identity, or key, for their own leaf. */
export function disguise(state: ClientState, changes: { identity?: string; keys?: SignatureKeyPair }): ClientState {
  const index = state.privatePath.leafIndex * 2;
  const tree = state.ratchetTree.slice();
  const node = tree[index];
  if (node?.nodeType !== 'leaf') throw new Error('no leaf');
  tree[index] = {
    nodeType: 'leaf',
    leaf: {
      ...node.leaf,
      ...(changes.identity ? { credential: { credentialType: 'basic', identity: utf8(changes.identity) } } : {}),
      ...(changes.keys ? { signaturePublicKey: changes.keys.publicKey } : {}),
    },
  };
  return { ...state, ratchetTree: tree };
}
