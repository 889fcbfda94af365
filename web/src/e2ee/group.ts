/**
 * One member of one call's MLS group (RFC 9420), on ts-mls. Owns the group's state and every private key of it; knows of no socket
 * and no page. What it refuses is in rules.ts. Pages run it in a worker, through mls.ts.
 */

import type { ClientConfig } from 'ts-mls/clientConfig.js';
import { type ClientState, createGroup, joinGroup } from 'ts-mls/clientState.js';
import { createApplicationMessage } from 'ts-mls/createMessage.js';
import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js';
import {
  generateKeyPackageWithKey,
  type KeyPackage,
  makeKeyPackageRef,
  type PrivateKeyPackage,
} from 'ts-mls/keyPackage.js';
import { defaultKeyPackageEqualityConfig } from 'ts-mls/keyPackageEqualityConfig.js';
import { mlsExporter } from 'ts-mls/keySchedule.js';
import { decodeMlsMessage, encodeMlsMessage, type MLSMessage } from 'ts-mls/message.js';
import { unprotectPrivateMessage } from 'ts-mls/messageProtection.js';
import { defaultPaddingConfig } from 'ts-mls/paddingConfig.js';
import type { PrivateMessage } from 'ts-mls/privateMessage.js';
import { processPrivateMessage } from 'ts-mls/processMessages.js';
import type { Proposal } from 'ts-mls/proposal.js';
import { emptyPskIndex } from 'ts-mls/pskIndex.js';
import {
  type Epoch,
  type Identity,
  type Member,
  type MemberOptions,
  type PendingCommit,
  Refusal,
  type RefusalCode,
} from './api';
import { equal, utf8 } from './bytes';
import { makeCommit } from './commit';
import { CALLER_IDENTITY, verifyCredential, verifyStaffCredential } from './credential';
import type { EnteredEpoch } from './mls.messages';
import { assertOwnPath } from './path';
import { checkCommit, checkContext, checkKeyPackage, type Line, membersOf } from './rules';
import { SUITE, suite } from './suite';

const EXPORTER_LABEL = 'SFrame 1.0 Base Key';
/** Seconds: a KeyPackage is in force from an hour ago, because clocks differ, for a day. */
const LIFETIME = { before: 3600n, after: 86400n };
/** KeyPackages published and not yet used; a page that reloads its group over and over keeps no more. */
const KEPT_KEY_PACKAGES = 4;
/** Bytes: no message of a call is nearly this long; a bound on what is parsed. */
const MAX_MESSAGE = 65_536;

interface Entered {
  readonly state: ClientState;
  readonly epoch: Epoch;
}

/** A pending commit that says what confirming it would enter. */
export interface Prepared extends PendingCommit {
  readonly next: EnteredEpoch;
}

interface Published {
  readonly ref: Uint8Array;
  readonly keyPackage: KeyPackage;
  readonly secrets: PrivateKeyPackage;
}

/** Makes a member. A staff credential that is not good for `keys` is refused here. */
export async function createGroupMember(options: MemberOptions): Promise<GroupMember> {
  if (options.credential !== undefined) {
    await verifyStaffCredential(options.credential, options.keys.publicKey, options.authority, options.now());
  }
  return new GroupMember(options, await suite());
}

/** See `InspectKeyPackage` of api.ts. */
export async function inspectKeyPackage(
  keyPackage: Uint8Array,
  authority: string,
  now: number,
): Promise<{ identity: Identity; signatureKey: Uint8Array }> {
  const cs = await suite();
  return refusing(async () => {
    const decoded = decodeKeyPackage(keyPackage);
    const identity = await checkKeyPackage(decoded, { authority, room: 'call', now: () => now }, cs);
    return { identity, signatureKey: decoded.leafNode.signaturePublicKey.slice() };
  });
}

export class GroupMember implements Member {
  readonly #options: MemberOptions;
  readonly #line: Line;
  readonly #cs: CiphersuiteImpl;
  readonly #published: Published[] = [];
  /** One operation at a time: each reads the state, awaits, and writes it. */
  #last: Promise<unknown> = Promise.resolve();
  #entered: Entered | undefined;

  constructor(options: MemberOptions, cs: CiphersuiteImpl) {
    this.#options = options;
    this.#line = { authority: options.authority, room: options.room ?? 'call', now: options.now };
    this.#cs = cs;
  }

  close(): void {
    this.#entered = undefined;
    this.#published.length = 0;
  }

  get current(): Epoch | undefined {
    return this.#entered?.epoch;
  }

  get epochAuthenticator(): Uint8Array | undefined {
    return this.#entered?.state.keySchedule.epochAuthenticator.slice();
  }

  keyPackage(): Promise<Uint8Array> {
    return this.#exclusive(async () => {
      const { publicPackage, privatePackage } = await this.#makeKeyPackage();
      const ref = await makeKeyPackageRef(publicPackage, this.#cs.hash);
      this.#published.push({ ref, keyPackage: publicPackage, secrets: privatePackage });
      if (this.#published.length > KEPT_KEY_PACKAGES) this.#published.shift();
      return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage: publicPackage });
    });
  }

  prepareGroup(firstKeyPackage: Uint8Array): Promise<Prepared> {
    return this.#exclusive(async () => {
      const first = decodeKeyPackage(firstKeyPackage);
      const identity = await checkKeyPackage(first, this.#line, this.#cs);
      if (this.#line.room === 'call' && identity.role !== 'caller')
        throw new Refusal('second-caller', 'a call needs a caller');
      const mine = await this.#makeKeyPackage();
      const group = await createGroup(
        this.#call(),
        mine.publicPackage,
        mine.privatePackage,
        [],
        this.#cs,
        this.#clientConfig(),
      );
      return this.#prepare(group, [{ proposalType: 'add', add: { keyPackage: first } }]);
    });
  }

  prepareAdd(keyPackage: Uint8Array): Promise<Prepared> {
    return this.#exclusive(async () => {
      const { state, epoch } = this.#mustBeIn();
      const added = decodeKeyPackage(keyPackage);
      const identity = await checkKeyPackage(added, this.#line, this.#cs);
      const twin = epoch.members.find((member) => equal(member.signatureKey, added.leafNode.signaturePublicKey));
      if (twin?.me) throw new Refusal('malformed', "this page's own KeyPackage");
      if (identity.role === 'caller' && twin === undefined)
        throw new Refusal('second-caller', 'there is a caller already');
      const swap: Proposal[] = twin ? [{ proposalType: 'remove', remove: { removed: twin.leaf } }] : [];
      return this.#prepare(state, [...swap, { proposalType: 'add', add: { keyPackage: added } }]);
    });
  }

  prepareRemove(leaf: number): Promise<Prepared> {
    return this.#exclusive(async () => {
      const { state, epoch } = this.#mustBeIn();
      const leaver = epoch.members.find((member) => member.leaf === leaf);
      if (leaver === undefined || leaver.me) throw new Refusal('malformed', 'a Remove of no other member');
      if (leaver.identity.role === 'caller') throw new Refusal('removed-caller', 'the caller is not removed');
      return this.#prepare(state, [{ proposalType: 'remove', remove: { removed: leaf } }]);
    });
  }

  join(welcome: Uint8Array): Promise<Epoch> {
    return this.#exclusive(async () => {
      const message = decode(welcome);
      if (message.wireformat !== 'mls_welcome') throw new Refusal('malformed', 'not a Welcome');
      const { secrets, cipherSuite } = message.welcome;
      if (cipherSuite !== SUITE) throw new Refusal('malformed', 'a Welcome of another cipher suite');
      const mine = this.#published.find(({ ref }) => secrets.some(({ newMember }) => equal(newMember, ref)));
      if (mine === undefined) throw new Refusal('wrong-group', 'a Welcome that is not for this page');
      const state = await joinGroup(
        message.welcome,
        mine.keyPackage,
        mine.secrets,
        emptyPskIndex,
        this.#cs,
        undefined,
        undefined,
        this.#clientConfig(),
      );
      checkContext(state, this.#call());
      const present = this.#entered;
      if (present !== undefined && state.groupContext.epoch <= present.epoch.epoch) {
        throw new Refusal('wrong-epoch', 'a Welcome to a past epoch');
      }
      const entered = await this.#enter(state, { inForce: true });
      this.#published.length = 0;
      this.#entered = entered;
      return entered.epoch;
    });
  }

  applyCommit(commit: Uint8Array): Promise<Epoch> {
    return this.#exclusive(async () => {
      const before = this.#mustBeIn();
      const { state } = before;
      const message = this.#readPrivateMessage(commit, state);
      if (message.contentType !== 'commit') throw new Refusal('malformed', 'not a commit');
      const opened = await this.#unprotect(message, state);
      const { content } = opened.content;
      if (content.contentType !== 'commit' || content.sender.senderType !== 'member') {
        throw new Refusal('external', 'a commit from no member');
      }
      const { removesMe } = await checkCommit(state, content.sender.leafIndex, content.commit, this.#line, this.#cs);
      if (removesMe) {
        this.#entered = undefined;
        throw new Refusal('removed', 'this page is no longer in the call');
      }
      const result = await processPrivateMessage(state, message, emptyPskIndex, this.#cs);
      if (result.kind !== 'newState') throw new Refusal('malformed', 'not a commit');
      const entered = await this.#enter(result.newState, { inForce: false });
      if (this.#entered !== before) throw new Refusal('wrong-epoch', 'another commit came first');
      this.#entered = entered;
      return entered.epoch;
    });
  }

  seal(data: Uint8Array): Promise<Uint8Array> {
    return this.#exclusive(async () => {
      for (;;) {
        const before = this.#mustBeIn();
        const { privateMessage, newState } = await createApplicationMessage(before.state, data, this.#cs);
        if (this.#advance(before, newState)) {
          return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
        }
      }
    });
  }

  open(message: Uint8Array): Promise<{ from: number; data: Uint8Array }> {
    return this.#exclusive(async () => {
      const before = this.#mustBeIn();
      const sealed = this.#readPrivateMessage(message, before.state);
      if (sealed.contentType !== 'application') throw new Refusal('malformed', 'not application data');
      const { content, tree } = await this.#unprotect(sealed, before.state);
      if (content.content.contentType !== 'application' || content.content.sender.senderType !== 'member') {
        throw new Refusal('external', 'application data from no member');
      }
      this.#advance(before, { ...before.state, secretTree: tree });
      return { from: content.content.sender.leafIndex, data: content.content.applicationData.slice() };
    });
  }

  async #prepare(state: ClientState, proposals: readonly Proposal[]): Promise<Prepared> {
    const { commit, welcome, next, base } = await makeCommit(state, proposals, this.#cs);
    const entered = await this.#enter(next, { inForce: false });
    const present = this.#entered;
    if (present?.state === state) this.#entered = { ...present, state: base };
    const closes = state.groupContext.epoch;
    return {
      epoch: closes,
      commit,
      welcome,
      members: entered.epoch.members,
      next: { epoch: entered.epoch, authenticator: next.keySchedule.epochAuthenticator.slice() },
      confirm: () => {
        const now = this.#entered?.epoch.epoch;
        // A group that was prepared while it rang has no present epoch yet.
        if (now !== (present === undefined ? undefined : closes)) {
          throw new Refusal('wrong-epoch', 'another commit came first');
        }
        this.#entered = entered;
        return entered.epoch;
      },
    };
  }

  async #enter(state: ClientState, options: { inForce: boolean }): Promise<Entered> {
    checkContext(state, this.#call());
    await assertOwnPath(state);
    const { exporterSecret } = state.keySchedule;
    return {
      // Keys of past epochs are of no use: whoever is late with a message sends it again.
      state: { ...state, historicalReceiverData: new Map() },
      epoch: {
        epoch: state.groupContext.epoch,
        members: await membersOf(state.ratchetTree, state.privatePath.leafIndex, this.#line, options),
        baseKey: await mlsExporter(exporterSecret, EXPORTER_LABEL, new Uint8Array(), 16, this.#cs),
      },
    };
  }

  /** Moves on within an epoch, unless a confirmed commit has meanwhile entered the next one; says whether it did. */
  #advance(before: Entered, state: ClientState): boolean {
    if (this.#entered !== before) return false;
    this.#entered = { ...before, state };
    return true;
  }

  #readPrivateMessage(bytes: Uint8Array, state: ClientState): PrivateMessage {
    const message = decode(bytes);
    if (message.wireformat === 'mls_public_message') throw new Refusal('external', 'a message that is not encrypted');
    if (message.wireformat !== 'mls_private_message') throw new Refusal('malformed', 'not a message of the group');
    const { groupId, epoch } = message.privateMessage;
    if (!equal(groupId, state.groupContext.groupId)) throw new Refusal('wrong-group', 'a message of another group');
    if (epoch !== state.groupContext.epoch) throw new Refusal('wrong-epoch', `a message of epoch ${epoch}`);
    return message.privateMessage;
  }

  #unprotect(message: PrivateMessage, state: ClientState) {
    return unprotectPrivateMessage(
      state.keySchedule.senderDataSecret,
      message,
      state.secretTree,
      state.ratchetTree,
      state.groupContext,
      state.clientConfig.keyRetentionConfig,
      this.#cs,
    );
  }

  #makeKeyPackage() {
    const { keys, credential, now } = this.#options;
    const seconds = BigInt(Math.floor(now() / 1000));
    return generateKeyPackageWithKey(
      { credentialType: 'basic', identity: credential === undefined ? CALLER_IDENTITY : utf8(credential) },
      { versions: ['mls10'], ciphersuites: [SUITE], extensions: [], proposals: [], credentials: ['basic'] },
      { notBefore: seconds - LIFETIME.before, notAfter: seconds + LIFETIME.after },
      [],
      { signKey: keys.privateKey, publicKey: keys.publicKey },
      this.#cs,
    );
  }

  #clientConfig(): ClientConfig {
    return {
      authService: {
        validateCredential: async (credential, signatureKey) => {
          if (credential.credentialType !== 'basic' || !('identity' in credential)) return false;
          await verifyCredential(credential.identity, signatureKey, this.#options.authority);
          return true;
        },
      },
      keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
      keyRetentionConfig: { retainKeysForEpochs: 1, retainKeysForGenerations: 32, maximumForwardRatchetSteps: 200 },
      // Lifetimes are checked by rules.ts, by this member's clock.
      lifetimeConfig: { maximumTotalLifetime: LIFETIME.before + LIFETIME.after, validateLifetimeOnReceive: false },
      paddingConfig: defaultPaddingConfig,
    };
  }

  #call(): Uint8Array {
    const { call } = this.#options;
    return typeof call === 'function' ? call() : call;
  }

  #mustBeIn(): Entered {
    if (this.#entered === undefined) throw new Refusal('wrong-epoch', 'this page is in no group');
    return this.#entered;
  }

  #exclusive<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => refusing(operation));
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** Whatever ts-mls throws at a message is a refusal of it; its texts are fixed and carry no secret. */
async function refusing<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const code: RefusalCode = 'malformed';
    throw new Refusal(code, error instanceof Error ? error.message : 'unreadable');
  }
}

function decode(bytes: Uint8Array): MLSMessage {
  if (bytes.length > MAX_MESSAGE) throw new Refusal('malformed', 'a message that is too long');
  const decoded = decodeMlsMessage(bytes.slice(), 0);
  if (decoded === undefined || decoded[1] !== bytes.length) throw new Refusal('malformed', 'not an MLS message');
  return decoded[0];
}

function decodeKeyPackage(bytes: Uint8Array): KeyPackage {
  const message = decode(bytes);
  if (message.wireformat !== 'mls_key_package') throw new Refusal('malformed', 'not a KeyPackage');
  return message.keyPackage;
}
