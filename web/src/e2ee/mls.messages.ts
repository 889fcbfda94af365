/** What mls.ts and its worker say to each other. A request to a member carries the page's clock and, once known, the call id. */
import type { Epoch, Identity, RoomKind, SignatureKeyPair } from './api';

export type MlsRequest =
  | { readonly type: 'warm-up' }
  | { readonly type: 'inspect'; readonly keyPackage: Uint8Array; readonly authority: string; readonly now: number }
  | {
      readonly type: 'create';
      readonly authority: string;
      readonly keys: SignatureKeyPair;
      readonly credential: string | undefined;
      readonly room: RoomKind;
      readonly now: number;
    }
  | {
      readonly type: 'member';
      readonly member: number;
      readonly now: number;
      readonly call: Uint8Array | undefined;
      readonly operation: Operation;
    };

export type Operation =
  | { readonly name: 'keyPackage' }
  | { readonly name: 'confirm'; readonly pending: number }
  | { readonly name: 'prepareRemove'; readonly leaf: number }
  | { readonly name: 'close' }
  | {
      readonly name: 'prepareGroup' | 'prepareAdd' | 'join' | 'applyCommit' | 'seal' | 'open';
      readonly bytes: Uint8Array;
    };

/** An epoch that a member has entered, or would enter. */
export interface EnteredEpoch {
  readonly epoch: Epoch;
  readonly authenticator: Uint8Array;
}

export type MlsAnswer =
  | { readonly type: 'done' }
  | { readonly type: 'inspected'; readonly identity: Identity; readonly signatureKey: Uint8Array }
  | { readonly type: 'created'; readonly member: number }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'opened'; readonly from: number; readonly data: Uint8Array }
  | { readonly type: 'entered'; readonly entered: EnteredEpoch }
  | {
      readonly type: 'prepared';
      readonly pending: number;
      readonly epoch: bigint;
      readonly commit: Uint8Array;
      readonly welcome: Uint8Array;
      readonly next: EnteredEpoch;
    };
