/** What frames.ts and its worker say to each other. */

/** Which way a transform goes, and for a receiver whose stream it is. */
export type Direction = { readonly kind: 'send' } | { readonly kind: 'receive'; readonly slot: number };

export type ToWorker =
  | {
      readonly type: 'epoch';
      readonly id: number;
      readonly epoch: bigint;
      readonly baseKey: Uint8Array;
      readonly myLeaf: number;
      readonly slotOfLeaf: ReadonlyMap<number, number>;
    }
  | { readonly type: 'stats'; readonly id: number }
  /** Chromium's older interface: the streams themselves are handed over. */
  | {
      readonly type: 'streams';
      readonly direction: Direction;
      readonly readable: ReadableStream;
      readonly writable: WritableStream;
    };

export type FromWorker =
  | { readonly type: 'installed'; readonly id: number }
  | { readonly type: 'refused'; readonly id: number }
  | { readonly type: 'stats'; readonly id: number; readonly stats: Readonly<Record<string, number>> }
  | { readonly type: 'first-frame'; readonly slot: number; readonly epoch: bigint };
