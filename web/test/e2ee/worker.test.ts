import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Member } from '../../src/e2ee/api';
import { utf8 } from '../../src/e2ee/bytes';
import { generateKeys } from '../../src/e2ee/ed25519';
import { type Authority, authority, CALL, refusal, SUB } from './people';

/** mls.ts with its worker's code behind a pair of ports: what crosses is cloned as between threads. */
class PortWorker {
  static readonly all: PortWorker[] = [];
  readonly #channel = new MessageChannel();
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror: (() => void) | null = null;
  onmessageerror: (() => void) | null = null;
  terminated = false;

  constructor(readonly url: URL) {
    PortWorker.all.push(this);
    const scope = { postMessage: (data: unknown) => this.#channel.port2.postMessage(data), onmessage: null as unknown };
    vi.stubGlobal('self', Object.assign(scope, { location: new URL('https://line.example/') }));
    this.#channel.port1.onmessage = (event) => this.onmessage?.(event as unknown as MessageEvent);
    const loaded = import('../../src/e2ee/mls.worker');
    this.#channel.port2.onmessage = async (event) => {
      await loaded;
      (scope.onmessage as (event: unknown) => void)(event);
    };
  }

  postMessage(data: unknown): void {
    this.#channel.port1.postMessage(data);
  }

  terminate(): void {
    this.terminated = true;
    this.#channel.port1.close();
  }
}

let line: Authority;
let mls: typeof import('../../src/e2ee/mls');

beforeEach(async () => {
  vi.resetModules();
  vi.stubGlobal('Worker', PortWorker);
  vi.stubGlobal('self', { location: new URL('https://line.example/') });
  PortWorker.all.length = 0;
  line = await authority();
  mls = await import('../../src/e2ee/mls');
});
afterEach(() => {
  for (const worker of PortWorker.all) worker.terminate();
  vi.unstubAllGlobals();
});

async function pair(): Promise<{
  counsellor: Member;
  person: Member;
  personKeys: Awaited<ReturnType<typeof generateKeys>>;
}> {
  const [keys, personKeys] = [await generateKeys(), await generateKeys()];
  const credential = await line.issue(keys.publicKey);
  const options = { authority: line.publicKey, now: Date.now };
  const counsellor = await mls.createMember({ ...options, call: CALL, keys, credential });
  let call: Uint8Array | undefined;
  const person = await mls.createMember({
    ...options,
    keys: personKeys,
    call: () => {
      if (call === undefined) throw new Error('not known yet');
      return call;
    },
  });
  const pending = await counsellor.prepareGroup(await person.keyPackage());
  expect(pending.confirm()).toBe(counsellor.current);
  call = CALL;
  await person.join(pending.welcome);
  return { counsellor, person, personKeys };
}

describe('a member that lives in a worker', () => {
  test('is as good as one that does not, and one worker serves the page', async () => {
    await mls.warmUp();
    const { counsellor, person } = await pair();
    expect(person.current?.baseKey).toEqual(counsellor.current?.baseKey);
    expect(person.epochAuthenticator).toEqual(counsellor.epochAuthenticator);
    expect(person.current?.members.map(({ identity }) => identity)).toEqual([
      { role: 'counsellor', name: 'Priya', staff: SUB },
      { role: 'caller' },
    ]);
    expect(await person.open(await counsellor.seal(utf8('hello')))).toEqual({ from: 0, data: utf8('hello') });
    expect(await counsellor.open(await person.seal(utf8('back')))).toEqual({ from: 1, data: utf8('back') });
    expect(PortWorker.all).toHaveLength(1);
  });

  test('tells refusals by their code', async () => {
    const { counsellor, person } = await pair();
    expect(await refusal(person.applyCommit(utf8('nonsense')))).toBe('malformed');
    const { publicKey } = await generateKeys();
    expect(await refusal(mls.inspectKeyPackage(utf8('x'), line.publicKey, Date.now()))).toBe('malformed');
    const keys = await generateKeys();
    const credential = await line.issue(publicKey);
    const options = { call: CALL, authority: line.publicKey, keys, credential, now: Date.now };
    expect(await refusal(mls.createMember(options))).toBe('unsigned-credential');
    await person.open(await counsellor.seal(utf8('still here')));
  });

  test('swaps a leaf, and the page that was replaced is told', async () => {
    const { counsellor, person, personKeys } = await pair();
    const reloaded = await mls.createMember({ call: CALL, authority: line.publicKey, keys: personKeys, now: Date.now });
    const pending = await counsellor.prepareAdd(await reloaded.keyPackage());
    pending.confirm();
    await reloaded.join(pending.welcome);
    expect(reloaded.current?.baseKey).toEqual(counsellor.current?.baseKey);
    expect(await refusal(person.applyCommit(pending.commit))).toBe('removed');
    expect(person.current).toBeUndefined();
    await counsellor.open(await reloaded.seal(utf8('back')));
  });

  test('does not confirm a commit after another one came, nor while one is being applied', async () => {
    const { counsellor, person } = await pair();
    const keys = await generateKeys();
    const credential = await line.issue(keys.publicKey, { sub: 'a'.repeat(32) });
    const third = await mls.createMember({ call: CALL, authority: line.publicKey, keys, credential, now: Date.now });
    const keyPackage = await third.keyPackage();
    const [losing, winning] = [await counsellor.prepareAdd(keyPackage), await person.prepareAdd(keyPackage)];
    const applying = counsellor.applyCommit(winning.commit);
    expect(() => losing.confirm()).toThrowError(expect.objectContaining({ code: 'wrong-epoch' }));
    winning.confirm();
    await applying;
    expect(() => losing.confirm()).toThrowError(expect.objectContaining({ code: 'wrong-epoch' }));
    await counsellor.open(await person.seal(utf8('together')));
  });

  test('is forgotten when it is closed', async () => {
    const { counsellor } = await pair();
    counsellor.close();
    expect(counsellor.current).toBeUndefined();
    await expect(counsellor.seal(utf8('late'))).rejects.toThrow('closed');
  });

  test('fails whoever waits when the worker breaks, and the next member gets a new one', async () => {
    const { counsellor } = await pair();
    const waiting = counsellor.seal(utf8('hello'));
    PortWorker.all[0]?.onerror?.();
    await expect(waiting).rejects.toThrow('the key agreement stopped');
    await expect(counsellor.seal(utf8('hello'))).rejects.toThrow('the key agreement stopped');
    expect(PortWorker.all[0]?.terminated).toBe(true);
    vi.resetModules();
    await mls.warmUp();
    expect(PortWorker.all).toHaveLength(2);
  });
});

describe('the URL of a worker', () => {
  test('passes only for a script of this build', async () => {
    vi.stubEnv('DEV', false);
    const { workerUrl } = await import('../../src/trusted');
    expect(String(workerUrl('/assets/mls.worker-A_b-1.js'))).toBe('https://line.example/assets/mls.worker-A_b-1.js');
    for (const bad of [
      'https://evil.example/assets/x.js',
      '//evil.example/assets/x.js',
      'blob:https://line.example/1',
      'data:text/javascript,1',
      '/assets/x.js?y',
      '/assets/x.js#y',
      '/assets/../api/x.js',
      '/api/config',
    ]) {
      expect(() => workerUrl(bad)).toThrow('not a script of this site');
    }
    vi.unstubAllEnvs();
  });
});
