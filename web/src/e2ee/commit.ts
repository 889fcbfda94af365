/**
 * Makes a Commit that always carries a path (RFC 9420, section 12.4). ts-mls' own `createCommit` leaves the path out when it only
 * adds members, which every quietline member refuses; it also forgets that the Commit consumed a key of the sender's ratchet.
 */
import { applyProposals, type ClientState, nextEpochContext } from 'ts-mls/clientState.js';
import type { Commit } from 'ts-mls/commit.js';
import { createGroupInfoWithRatchetTree } from 'ts-mls/createCommit.js';
import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js';
import { createConfirmationTag, createContentCommitSignature } from 'ts-mls/framedContent.js';
import { type KeyPackage, makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { type EpochSecrets, initializeEpoch } from 'ts-mls/keySchedule.js';
import { encodeMlsMessage } from 'ts-mls/message.js';
import { protect } from 'ts-mls/messageProtection.js';
import { getCommitSecret, type PathSecrets, pathToPathSecrets } from 'ts-mls/pathSecrets.js';
import { mergePrivateKeyPaths, toPrivateKeyPath, updateLeafKey } from 'ts-mls/privateKeyPath.js';
import type { Proposal } from 'ts-mls/proposal.js';
import { emptyPskIndex } from 'ts-mls/pskIndex.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { createSecretTree } from 'ts-mls/secretTree.js';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import { type LeafIndex, leafToNodeIndex, leafWidth, toLeafIndex, toNodeIndex } from 'ts-mls/treemath.js';
import { createUpdatePath, firstCommonAncestor } from 'ts-mls/updatePath.js';
import { encryptGroupInfo, encryptGroupSecrets } from 'ts-mls/welcome.js';

const WIRE_FORMAT = 'mls_private_message';

export interface MadeCommit {
  /** MLSMessage(PrivateMessage). */
  readonly commit: Uint8Array;
  /** MLSMessage(Welcome) for those whom the proposals add; empty if there are none. */
  readonly welcome: Uint8Array;
  /** The new epoch, to be entered when the commit is in force. */
  readonly next: ClientState;
  /** The present epoch with the consumed ratchet key gone: what to go on with until then. */
  readonly base: ClientState;
}

/** Commits `proposals` by value. */
export async function makeCommit(
  state: ClientState,
  proposals: readonly Proposal[],
  cs: CiphersuiteImpl,
): Promise<MadeCommit> {
  const sender = toLeafIndex(state.privatePath.leafIndex);
  const byValue = proposals.map((proposal) => ({ proposalOrRefType: 'proposal' as const, proposal }));
  const applied = await applyProposals(state, byValue, sender, emptyPskIndex, true, cs);
  if (applied.additionalResult.kind !== 'memberCommit') throw new Error('not a proposal that a member commits');
  const added = applied.additionalResult.addedLeafNodes;

  const [tree, path, pathSecrets, leafKey] = await createUpdatePath(
    applied.tree,
    sender,
    state.groupContext,
    state.signaturePrivateKey,
    cs,
    added.map(([leaf]) => leafToNodeIndex(leaf)),
  );
  const secretOfNode = pathToPathSecrets(pathSecrets);
  const privatePath = mergePrivateKeyPaths(
    updateLeafKey(state.privatePath, await cs.hpke.exportPrivateKey(leafKey)),
    await toPrivateKeyPath(secretOfNode, sender, cs),
  );
  const root = pathSecrets.at(-1);
  const commitSecret =
    root === undefined
      ? new Uint8Array(cs.kdf.size)
      : await getCommitSecret(tree, toNodeIndex(root.nodeIndex), root.secret, cs.kdf);

  const signed = await signCommit(state, { proposals: byValue, path }, cs);
  const groupContext = await nextEpochContext(
    state.groupContext,
    WIRE_FORMAT,
    signed.framedContent,
    signed.signature,
    await treeHashRoot(tree, cs.hash),
    state.confirmationTag,
    cs.hash,
  );
  const secrets = await initializeEpoch(
    state.keySchedule.initSecret,
    commitSecret,
    groupContext,
    applied.pskSecret,
    cs.kdf,
  );
  const confirmationTag = await createConfirmationTag(
    secrets.keySchedule.confirmationKey,
    groupContext.confirmedTranscriptHash,
    cs.hash,
  );
  const sealed = await sealCommit(state, signed, confirmationTag, cs);

  const next: ClientState = {
    ...state,
    groupContext,
    ratchetTree: tree,
    secretTree: await createSecretTree(leafWidth(tree.length), secrets.encryptionSecret, cs.kdf),
    keySchedule: secrets.keySchedule,
    privatePath,
    unappliedProposals: {},
    historicalReceiverData: new Map(),
    confirmationTag,
  };
  const welcome =
    added.length === 0
      ? new Uint8Array()
      : await makeWelcome({ ...next, signer: sender }, added, secretOfNode, secrets, cs);
  commitSecret.fill(0);
  secrets.encryptionSecret.fill(0);
  secrets.joinerSecret.fill(0);
  return { commit: sealed.message, welcome, next, base: { ...state, secretTree: sealed.secretTree } };
}

/** A commit's content with the signature of the member whose state this is. */
export function signCommit(state: ClientState, content: Commit, cs: CiphersuiteImpl) {
  return createContentCommitSignature(
    state.groupContext,
    WIRE_FORMAT,
    content,
    { senderType: 'member', leafIndex: state.privatePath.leafIndex },
    new Uint8Array(),
    state.signaturePrivateKey,
    cs.signature,
  );
}

/** A signed commit as MLSMessage(PrivateMessage), and the sender's secret tree without the key that it consumed. */
export async function sealCommit(
  state: ClientState,
  { signature, framedContent }: Awaited<ReturnType<typeof signCommit>>,
  confirmationTag: Uint8Array,
  cs: CiphersuiteImpl,
) {
  const sealed = await protect(
    state.keySchedule.senderDataSecret,
    new Uint8Array(),
    state.groupContext,
    state.secretTree,
    { ...framedContent, auth: { contentType: framedContent.contentType, signature, confirmationTag } },
    state.privatePath.leafIndex,
    state.clientConfig.paddingConfig,
    cs,
  );
  for (const secret of sealed.consumed) secret.fill(0);
  const { privateMessage, tree } = sealed;
  return {
    message: encodeMlsMessage({ version: 'mls10', wireformat: WIRE_FORMAT, privateMessage }),
    secretTree: tree,
  };
}

async function makeWelcome(
  next: ClientState & { signer: LeafIndex },
  added: readonly [LeafIndex, KeyPackage][],
  secretOfNode: PathSecrets,
  epoch: EpochSecrets,
  cs: CiphersuiteImpl,
): Promise<Uint8Array> {
  const tree: RatchetTree = next.ratchetTree;
  const info = await createGroupInfoWithRatchetTree(next.groupContext, next.confirmationTag, next, tree, [], cs);
  const encryptedGroupInfo = await encryptGroupInfo(info, epoch.welcomeSecret, cs);
  const secrets = await Promise.all(
    added.map(async ([leaf, keyPackage]) => {
      const shared = firstCommonAncestor(tree, leaf, next.signer);
      const sealed = await encryptGroupSecrets(
        await cs.hpke.importPublicKey(keyPackage.initKey),
        encryptedGroupInfo,
        {
          joinerSecret: epoch.joinerSecret,
          pathSecret: secretOfNode[shared],
          psks: [],
        },
        cs.hpke,
      );
      return {
        newMember: await makeKeyPackageRef(keyPackage, cs.hash),
        encryptedGroupSecrets: { kemOutput: sealed.enc, ciphertext: sealed.ct },
      };
    }),
  );
  return encodeMlsMessage({
    version: 'mls10',
    wireformat: 'mls_welcome',
    welcome: { cipherSuite: next.groupContext.cipherSuite, secrets, encryptedGroupInfo },
  });
}
