/**
 * What every member rejects (docs/e2ee.md), as pure checks over what ts-mls has decrypted and verified the signature of. Each
 * check throws a `Refusal`; none changes anything.
 */
import type { ClientState } from 'ts-mls/clientState.js';
import type { Commit } from 'ts-mls/commit.js';
import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js';
import { type KeyPackage, verifyKeyPackage } from 'ts-mls/keyPackage.js';
import { type LeafNode, verifyLeafNodeSignatureKeyPackage } from 'ts-mls/leafNode.js';
import type { Proposal } from 'ts-mls/proposal.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { type Identity, Refusal, type RoomKind, type VerifiedMember } from './api';
import { equal } from './bytes';
import { assertInForce, type VerifiedCredential, verifyCredential } from './credential';
import { SUITE } from './suite';

/** Who consults and who is consulted. */
const TWO = 2;

/** What the checks need to know beside the group. */
export interface Line {
  /** The line's authority public key, base64url. */
  readonly authority: string;
  /** What the group is of. */
  readonly room: RoomKind;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The verified members of a tree, by leaf. Rule 3: in a call exactly one of them is an anonymous caller. */
export async function membersOf(
  tree: RatchetTree,
  me: number,
  line: Line,
  options: { readonly inForce: boolean },
): Promise<readonly VerifiedMember[]> {
  const members: VerifiedMember[] = [];
  for (const [leaf, node] of leavesOf(tree)) {
    const credential = await credentialOf(node, line);
    if (options.inForce) assertInForce(credential, line.now());
    const signatureKey = node.signaturePublicKey.slice();
    if (members.some((other) => equal(other.signatureKey, signatureKey))) {
      throw new Refusal('malformed', 'two leaves have the same signature key');
    }
    members.push({ leaf, identity: credential.identity, me: leaf === me, signatureKey });
  }
  assertRoom(
    members.map(({ identity }) => identity),
    line.room,
  );
  return members;
}

/** Rules 2 and 8 for somebody who is to be added; also the KeyPackage's own signatures and lifetime. */
export async function checkKeyPackage(keyPackage: KeyPackage, line: Line, cs: CiphersuiteImpl): Promise<Identity> {
  const leaf = keyPackage.leafNode;
  if (keyPackage.version !== 'mls10' || keyPackage.cipherSuite !== SUITE) {
    throw new Refusal('malformed', 'a KeyPackage of another version or cipher suite');
  }
  const { versions, ciphersuites, credentials } = leaf.capabilities;
  if (!versions.includes('mls10') || !ciphersuites.includes(SUITE) || !credentials.includes('basic')) {
    throw new Refusal('malformed', 'a KeyPackage without the capabilities of this line');
  }
  if (
    !(await verifyKeyPackage(keyPackage, cs.signature)) ||
    !(await verifyLeafNodeSignatureKeyPackage(leaf, cs.signature))
  ) {
    throw new Refusal('malformed', 'a KeyPackage with a wrong signature');
  }
  if (equal(keyPackage.initKey, leaf.hpkePublicKey))
    throw new Refusal('malformed', 'a KeyPackage with one key for two uses');
  const credential = await credentialOf(leaf, line);
  assertInForce(credential, line.now());
  const seconds = BigInt(Math.floor(line.now() / 1000));
  if (leaf.lifetime.notBefore > seconds || leaf.lifetime.notAfter < seconds) {
    throw new Refusal('expired-credential', 'a KeyPackage that is not in force');
  }
  return credential.identity;
}

/** The rules for a commit by the member at `committer`, before it is applied to `state`. Returns whether it removes this member. */
export async function checkCommit(
  state: ClientState,
  committer: number,
  commit: Commit,
  line: Line,
  cs: CiphersuiteImpl,
): Promise<{ readonly removesMe: boolean }> {
  const { adds, removes } = sortProposals(commit);
  checkPath(state, committer, commit);

  const before = new Map<number, LeafNode>(leavesOf(state.ratchetTree));
  const removed = removes.map((leaf) => {
    const node = before.get(leaf);
    if (node === undefined || leaf === committer) throw new Refusal('malformed', 'a Remove of no other member');
    return node;
  });
  for (const add of adds) await checkAdd(add, before, removes, line, cs);
  if (adds.length > 0) await checkSwap(adds, removed, line);
  for (const node of removed) {
    const swapped = adds.some((add) => equal(add.leafNode.signaturePublicKey, node.signaturePublicKey));
    const { identity } = await credentialOf(node, line);
    if (identity.role === 'caller' && !swapped) throw new Refusal('removed-caller', 'a commit that removes the caller');
  }

  const staying = [...before].filter(([leaf]) => !removes.includes(leaf)).map(([, node]) => node);
  const after = await Promise.all(
    [...staying, ...adds.map((add) => add.leafNode)].map(async (node) => (await credentialOf(node, line)).identity),
  );
  assertRoom(after, line.room);
  return { removesMe: removes.includes(state.privatePath.leafIndex) };
}

/** Rule 4: a group whose context admits senders from outside, or asks for anything that this line does not use. */
export function checkContext(state: ClientState, call: Uint8Array): void {
  const { groupId, cipherSuite, version, extensions } = state.groupContext;
  if (!equal(groupId, call)) throw new Refusal('wrong-group', 'a group that is not of this call');
  if (cipherSuite !== SUITE || version !== 'mls10') throw new Refusal('malformed', 'a group of another cipher suite');
  if (extensions.some(({ extensionType }) => extensionType === 'external_senders')) {
    throw new Refusal('external', 'a group that admits senders from outside');
  }
  if (extensions.length > 0) throw new Refusal('context-only', 'a group with context extensions');
}

/** Rule 3, and rule 9 for a consultation. */
function assertRoom(identities: readonly Identity[], room: RoomKind): void {
  const callers = identities.filter(({ role }) => role === 'caller').length;
  if (room === 'consultation') {
    if (callers > 0 || identities.length > TWO) {
      throw new Refusal('not-alone', `a consultation of ${identities.length}, with ${callers} callers`);
    }
    return;
  }
  if (callers !== 1) throw new Refusal('second-caller', `a group with ${callers} callers`);
}

/** Rule 5, and rule 4 for what only outsiders propose. Proposals by reference do not occur: nobody accepts a lone proposal. */
function sortProposals(commit: Commit): { adds: KeyPackage[]; removes: number[] } {
  const adds: KeyPackage[] = [];
  const removes: number[] = [];
  for (const entry of commit.proposals) {
    if (entry.proposalOrRefType !== 'proposal') throw new Refusal('malformed', 'a commit of a proposal by reference');
    const { proposal } = entry;
    if (proposal.proposalType === 'add') adds.push(proposal.add.keyPackage);
    else if (proposal.proposalType === 'remove') removes.push(proposal.remove.removed);
    else throw refusedProposal(proposal);
  }
  return { adds, removes };
}

function refusedProposal(proposal: Proposal): Refusal {
  switch (proposal.proposalType) {
    case 'group_context_extensions':
    case 'reinit':
    case 'psk':
      return new Refusal('context-only', `a proposal of kind ${proposal.proposalType}`);
    case 'external_init':
      return new Refusal('external', 'a commit from outside');
    default:
      return new Refusal('malformed', `a proposal of kind ${proposal.proposalType}`);
  }
}

/** Rules 1 and 6. */
function checkPath(state: ClientState, committer: number, commit: Commit): void {
  if (commit.path === undefined) throw new Refusal('no-path', 'a commit without a path');
  const replaced = new Map(leavesOf(state.ratchetTree)).get(committer);
  const leaf = commit.path.leafNode;
  if (
    replaced === undefined ||
    !equal(replaced.signaturePublicKey, leaf.signaturePublicKey) ||
    !equal(identityOf(replaced), identityOf(leaf))
  ) {
    throw new Refusal('identity-changed', 'a commit that changes who the committer is');
  }
}

async function checkAdd(
  add: KeyPackage,
  before: ReadonlyMap<number, LeafNode>,
  removes: readonly number[],
  line: Line,
  cs: CiphersuiteImpl,
): Promise<void> {
  const identity = await checkKeyPackage(add, line, cs);
  const twin = [...before].find(
    ([leaf, node]) => !removes.includes(leaf) && equal(node.signaturePublicKey, add.leafNode.signaturePublicKey),
  );
  if (twin === undefined) return;
  if (identity.role === 'caller') throw new Refusal('second-caller', 'a second leaf of the caller');
  throw new Refusal('malformed', 'a second leaf of a member');
}

/** Rule 7: who is added in one commit with a removal is the one who was removed. */
async function checkSwap(adds: readonly KeyPackage[], removed: readonly LeafNode[], line: Line): Promise<void> {
  if (removed.length === 0) return;
  for (const add of adds) {
    const old = removed.find((node) => equal(node.signaturePublicKey, add.leafNode.signaturePublicKey));
    if (old === undefined) throw new Refusal('swap-key-changed', 'a swap for another signature key');
    if (!samePerson((await credentialOf(old, line)).identity, (await credentialOf(add.leafNode, line)).identity)) {
      throw new Refusal('identity-changed', 'a swap for another identity');
    }
  }
}

function samePerson(a: Identity, b: Identity): boolean {
  return a.role === 'caller' || b.role === 'caller' ? a.role === b.role : a.staff === b.staff;
}

function credentialOf(leaf: LeafNode, line: Line): Promise<VerifiedCredential> {
  return verifyCredential(identityOf(leaf), leaf.signaturePublicKey, line.authority);
}

function identityOf(leaf: LeafNode): Uint8Array {
  const { credential } = leaf;
  if (credential.credentialType !== 'basic' || !('identity' in credential)) {
    throw new Refusal('unsigned-credential', 'a credential that is not basic');
  }
  return credential.identity;
}

function* leavesOf(tree: RatchetTree): Generator<[number, LeafNode]> {
  for (const [index, node] of tree.entries()) {
    if (node?.nodeType === 'leaf') yield [index / 2, node.leaf];
  }
}
