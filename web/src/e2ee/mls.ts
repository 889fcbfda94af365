/**
 * The page's side of MLS: `Member` of api.ts, kept in a worker. What a member is and does is in group.ts, what it refuses in
 * rules.ts. The page sees no key but the one that it gives and each epoch's base key.
 */
import { workerUrl } from '../trusted';
import { type Epoch, type Identity, type Member, type MemberOptions, type PendingCommit, Refusal } from './api';
import { verifyStaffCredential } from './credential';
import { generateKeys } from './ed25519';
import { WorkerLink } from './link';
import type { EnteredEpoch, MlsAnswer, MlsRequest, Operation } from './mls.messages';
import mlsWorker from './mls.worker.ts?worker&url';

export { generateKeys, verifyStaffCredential };

type Link = WorkerLink<MlsRequest, MlsAnswer>;

let link: Link | undefined;

/** One worker for the page; another one after it broke. */
function worker(): Link {
  if (link === undefined) {
    link = new WorkerLink(new Worker(workerUrl(mlsWorker), { type: 'module' }), 'key agreement');
    link.onFailure = () => {
      link = undefined;
    };
  }
  return link;
}

/** Starts the worker and runs a throw-away group in it, so that the first real one is fast. Call it when the page has loaded. */
export async function warmUp(): Promise<void> {
  await worker().ask({ type: 'warm-up' });
}

/** Makes this page's member. A staff credential that is not good for `keys` is refused here. */
export async function createMember(options: MemberOptions): Promise<Member> {
  const { authority, room = 'call', keys, credential, now } = options;
  const at = worker();
  const answer = await ask(at, { type: 'create', authority, room, keys, credential, now: now() }, 'created');
  return new WorkerMember(at, answer.member, options);
}

/** Reads a KeyPackage's identity and signature key and checks it by the rules. Throws a Refusal. */
export async function inspectKeyPackage(
  keyPackage: Uint8Array,
  authority: string,
  now: number,
): Promise<{ identity: Identity; signatureKey: Uint8Array }> {
  const answer = await ask(worker(), { type: 'inspect', keyPackage, authority, now }, 'inspected');
  return { identity: answer.identity, signatureKey: answer.signatureKey };
}

class WorkerMember implements Member {
  readonly #link: Link;
  readonly #id: number;
  readonly #options: MemberOptions;
  #entered: EnteredEpoch | undefined;
  /** Operations that may enter another epoch and are not answered yet. */
  #entering = 0;

  constructor(at: Link, id: number, options: MemberOptions) {
    this.#link = at;
    this.#id = id;
    this.#options = options;
  }

  get current(): Epoch | undefined {
    return this.#entered?.epoch;
  }

  get epochAuthenticator(): Uint8Array | undefined {
    return this.#entered?.authenticator.slice();
  }

  async keyPackage(): Promise<Uint8Array> {
    return (await this.#operate({ name: 'keyPackage' }, 'bytes')).bytes;
  }

  prepareGroup(firstKeyPackage: Uint8Array): Promise<PendingCommit> {
    return this.#prepare({ name: 'prepareGroup', bytes: firstKeyPackage });
  }

  prepareAdd(keyPackage: Uint8Array): Promise<PendingCommit> {
    return this.#prepare({ name: 'prepareAdd', bytes: keyPackage });
  }

  prepareRemove(leaf: number): Promise<PendingCommit> {
    return this.#prepare({ name: 'prepareRemove', leaf });
  }

  join(welcome: Uint8Array): Promise<Epoch> {
    return this.#enter('join', welcome);
  }

  applyCommit(commit: Uint8Array): Promise<Epoch> {
    return this.#enter('applyCommit', commit);
  }

  async seal(data: Uint8Array): Promise<Uint8Array> {
    return (await this.#operate({ name: 'seal', bytes: data }, 'bytes')).bytes;
  }

  async open(message: Uint8Array): Promise<{ from: number; data: Uint8Array }> {
    const { from, data } = await this.#operate({ name: 'open', bytes: message }, 'opened');
    return { from, data };
  }

  close(): void {
    this.#entered = undefined;
    // A worker that has broken has forgotten already.
    this.#operate({ name: 'close' }, 'done').catch(() => undefined);
  }

  async #prepare(operation: Operation): Promise<PendingCommit> {
    const { pending, epoch, commit, welcome, next } = await this.#operate(operation, 'prepared');
    const before = this.#entered;
    return {
      epoch,
      commit,
      welcome,
      members: next.epoch.members,
      confirm: () => {
        if (this.#entered !== before || this.#entering > 0)
          throw new Refusal('wrong-epoch', 'another commit came first');
        this.#link.assertUp();
        this.#entered = next;
        // The worker takes messages in order, and nothing that it does in between enters another epoch.
        this.#operate({ name: 'confirm', pending }, 'done').catch(() => undefined);
        return next.epoch;
      },
    };
  }

  async #enter(name: 'join' | 'applyCommit', bytes: Uint8Array): Promise<Epoch> {
    this.#entering++;
    try {
      const { entered } = await this.#operate({ name, bytes }, 'entered');
      this.#entered = entered;
      return entered.epoch;
    } catch (error) {
      if (error instanceof Refusal && error.code === 'removed') this.#entered = undefined;
      throw error;
    } finally {
      this.#entering--;
    }
  }

  #operate<T extends MlsAnswer['type']>(operation: Operation, type: T): Promise<MlsAnswer & { type: T }> {
    const { call, now } = this.#options;
    // Before the call is known there is only a KeyPackage to make.
    const known = operation.name === 'keyPackage' || operation.name === 'close' ? undefined : call;
    return ask(
      this.#link,
      {
        type: 'member',
        member: this.#id,
        now: now(),
        call: typeof known === 'function' ? known() : known,
        operation,
      },
      type,
    );
  }
}

async function ask<T extends MlsAnswer['type']>(
  at: Link,
  request: MlsRequest,
  type: T,
): Promise<MlsAnswer & { type: T }> {
  const answer = await at.ask(request);
  if (answer.type !== type) throw new Error('the key agreement answered another question');
  return answer as MlsAnswer & { type: T };
}
