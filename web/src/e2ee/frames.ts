/**
 * Frame encryption for a page's peer connections: attaches the worker to senders and receivers and hands it the epochs' keys. The
 * interface is `FrameCrypto` of api.ts. Peer connections must be made with `FRAME_CRYPTO_CONFIGURATION`.
 */
import { workerUrl } from '../trusted';
import type { FrameCrypto } from './api';
import type { Direction, FromWorker, ToWorker } from './frames.messages';
import frameWorker from './frames.worker.ts?worker&url';

/** Chromium's older interface needs its flag when the connection is made; with it, an untransformed frame is never sent. */
export const FRAME_CRYPTO_CONFIGURATION = { encodedInsertableStreams: true } as RTCConfiguration;

/** Long enough for a page in the background; the worker answers within milliseconds. */
const ANSWER_MS = 10_000;

type Attach = (end: RTCRtpSender | RTCRtpReceiver, direction: Direction, worker: Worker) => void;

interface LegacyEnd {
  createEncodedStreams?(): { readable: ReadableStream; writable: WritableStream };
}

/** `undefined` where the browser has no encrypted transform: then there is no call, and the page gives the telephone number. */
export function createFrameCrypto(): FrameCrypto | undefined {
  const attach = findInterface();
  if (attach === undefined || typeof Worker === 'undefined' || globalThis.crypto?.subtle === undefined)
    return undefined;
  return new WorkerFrameCrypto(attach, new Worker(workerUrl(frameWorker), { type: 'module' }));
}

function findInterface(): Attach | undefined {
  if ('RTCRtpScriptTransform' in globalThis) {
    return (end, direction, worker) => {
      end.transform = new RTCRtpScriptTransform(worker, direction);
    };
  }
  if ('RTCRtpSender' in globalThis && 'createEncodedStreams' in RTCRtpSender.prototype) {
    return (end, direction, worker) => {
      const streams = (end as LegacyEnd).createEncodedStreams?.();
      if (streams === undefined) throw new Error('the peer connection has no encoded streams');
      const { readable, writable } = streams;
      worker.postMessage({ type: 'streams', direction, readable, writable } satisfies ToWorker, [readable, writable]);
    };
  }
  return undefined;
}

interface Waiting {
  resolve(answer: FromWorker): void;
  reject(error: Error): void;
}

class WorkerFrameCrypto implements FrameCrypto {
  readonly #attach: Attach;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #failure: Error | undefined;
  onFirstFrame: ((slot: number, epoch: bigint) => void) | undefined;
  onFailure: (() => void) | undefined;

  constructor(attach: Attach, worker: Worker) {
    this.#attach = attach;
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data);
    worker.onerror = () => this.#fail(new Error('the frame encryption stopped'));
    worker.onmessageerror = () => this.#fail(new Error('the frame encryption cannot be understood'));
  }

  attachSender(sender: RTCRtpSender): void {
    this.#mustWork();
    this.#attach(sender, { kind: 'send' }, this.#worker);
  }

  attachReceiver(receiver: RTCRtpReceiver, slot: number): void {
    this.#mustWork();
    this.#attach(receiver, { kind: 'receive', slot }, this.#worker);
  }

  async setEpoch(
    epoch: bigint,
    baseKey: Uint8Array,
    myLeaf: number,
    slotOfLeaf: ReadonlyMap<number, number>,
  ): Promise<void> {
    const answer = await this.#ask((id) => ({ type: 'epoch', id, epoch, baseKey, myLeaf, slotOfLeaf }));
    if (answer.type !== 'installed') throw new Error('the frame encryption did not take the key');
  }

  async stats(): Promise<Readonly<Record<string, number>>> {
    const answer = await this.#ask((id) => ({ type: 'stats', id }));
    return answer.type === 'stats' ? answer.stats : {};
  }

  close(): void {
    this.onFailure = undefined;
    this.#fail(new Error('the frame encryption is closed'));
  }

  #ask(message: (id: number) => ToWorker): Promise<FromWorker> {
    return new Promise((resolve, reject) => {
      this.#mustWork();
      const id = this.#nextId++;
      const timer = setTimeout(() => this.#fail(new Error('the frame encryption does not answer')), ANSWER_MS);
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(id);
      };
      this.#waiting.set(id, {
        resolve: (answer) => {
          done();
          resolve(answer);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
      this.#worker.postMessage(message(id));
    });
  }

  #receive(message: FromWorker): void {
    if (message.type === 'first-frame') this.onFirstFrame?.(message.slot, message.epoch);
    else this.#waiting.get(message.id)?.resolve(message);
  }

  /** Ends the worker, and with it every transform: no frame passes any more. */
  #fail(failure: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#worker.terminate();
    for (const waiting of [...this.#waiting.values()]) waiting.reject(failure);
    this.onFailure?.();
  }

  #mustWork(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
