/**
 * Frame encryption for a page's peer connections: attaches the worker to senders and receivers and hands it the epochs' keys. The
 * interface is `FrameCrypto` of api.ts. Peer connections must be made with `FRAME_CRYPTO_CONFIGURATION`.
 */
import { workerUrl } from '../trusted';
import type { FrameCrypto, Sealing } from './api';
import type { Direction, FirstFrame, FrameAnswer, FrameRequest, FrameStreams } from './frames.messages';
import frameWorker from './frames.worker.ts?worker&url';
import { WorkerLink } from './link';

/** Chromium's older interface needs its flag when the connection is made; with it, an untransformed frame is never sent. */
export const FRAME_CRYPTO_CONFIGURATION = { encodedInsertableStreams: true } as RTCConfiguration;

type Attach = (end: RTCRtpSender | RTCRtpReceiver, direction: Direction, worker: Worker) => void;

interface LegacyEnd {
  createEncodedStreams?(): { readable: ReadableStream; writable: WritableStream };
}

let spare: FrameCrypto | undefined;

/** Starts a worker for the next `createFrameCrypto`. Call it when the page has loaded, so that a call needs no request. */
export function prepareFrameCrypto(): void {
  spare ??= startFrameCrypto();
}

/** `undefined` where the browser has no encrypted transform: then there is no call, and the page gives the telephone number. */
export function createFrameCrypto(): FrameCrypto | undefined {
  const made = spare ?? startFrameCrypto();
  spare = undefined;
  return made;
}

function startFrameCrypto(): FrameCrypto | undefined {
  const attach = findInterface();
  if (attach === undefined || typeof Worker === 'undefined' || globalThis.crypto?.subtle === undefined)
    return undefined;
  const frameCrypto = new WorkerFrameCrypto(attach, new Worker(workerUrl(frameWorker), { type: 'module' }));
  // A spare one that breaks is of no use; whoever takes it sets this anew.
  frameCrypto.onFailure = () => {
    if (spare === frameCrypto) spare = undefined;
  };
  return frameCrypto;
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
      const message: FrameStreams = { type: 'streams', direction, readable, writable };
      worker.postMessage(message, [readable, writable]);
    };
  }
  return undefined;
}

class WorkerFrameCrypto implements FrameCrypto {
  readonly #attach: Attach;
  readonly #link: WorkerLink<FrameRequest, FrameAnswer, FirstFrame>;
  onFirstFrame: ((slot: number, epoch: bigint) => void) | undefined;
  onFailure: (() => void) | undefined;

  constructor(attach: Attach, worker: Worker) {
    this.#attach = attach;
    this.#link = new WorkerLink(worker, 'frame encryption');
    this.#link.onNotice = ({ slot, epoch }) => this.onFirstFrame?.(slot, epoch);
    this.#link.onFailure = () => this.onFailure?.();
  }

  attachSender(sender: RTCRtpSender): void {
    this.#link.assertUp();
    this.#attach(sender, { kind: 'send' }, this.#link.worker);
  }

  attachReceiver(receiver: RTCRtpReceiver, slot: number): void {
    this.#link.assertUp();
    this.#attach(receiver, { kind: 'receive', slot }, this.#link.worker);
  }

  async setEpoch(
    epoch: bigint,
    baseKey: Uint8Array,
    myLeaf: number,
    slotOfLeaf: ReadonlyMap<number, number>,
    seal: Sealing = 'now',
  ): Promise<void> {
    await this.#link.ask({ type: 'epoch', epoch, baseKey, myLeaf, slotOfLeaf, seal });
  }

  async sealWith(epoch: bigint): Promise<void> {
    await this.#link.ask({ type: 'seal', epoch });
  }

  async stats(): Promise<Readonly<Record<string, number>>> {
    return (await this.#link.ask({ type: 'stats' })) ?? {};
  }

  close(): void {
    this.#link.close();
  }
}
