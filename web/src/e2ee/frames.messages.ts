/** What frames.ts and its worker say to each other. */

import type { Sealing } from './api';
import type { EpochKey } from './keyring';

/** Which way a transform goes, and for a receiver whose stream it is. */
export type Direction = { readonly kind: 'send' } | { readonly kind: 'receive'; readonly slot: number };

/** What the worker is asked. */
export type FrameRequest =
  | ({ readonly type: 'epoch'; readonly seal: Sealing } & EpochKey)
  | { readonly type: 'seal'; readonly epoch: bigint }
  | { readonly type: 'stats' };

/** How it answers: to `epoch` that the key is installed, to `seal` that it seals, to `stats` with the counters. */
export type FrameAnswer = Readonly<Record<string, number>> | undefined;

/** What it is told: Chromium's older interface hands over the streams themselves. */
export interface FrameStreams {
  readonly type: 'streams';
  readonly direction: Direction;
  readonly readable: ReadableStream;
  readonly writable: WritableStream;
}

/** What it tells by itself. */
export interface FirstFrame {
  readonly slot: number;
  readonly epoch: bigint;
}
