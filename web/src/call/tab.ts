/** What a caller's tab keeps of its call, so that a reload comes back to it. Session storage: gone with the tab. */
import type { SignatureKeyPair } from '../e2ee/api';
import { toBase64 } from '../e2ee/bytes';
import type { TabStorage } from './apart';
import { bytesOf } from './wire';

export interface TabCall {
  /** Secret: the resume token. */
  readonly token: string;
  /** The call's id, 32 hex digits. */
  readonly call: string;
  /** Secret: the signature key of this call, which proves that it is the same caller. */
  readonly keys: SignatureKeyPair;
}

const ITEM = 'call';

export class Tab {
  constructor(private readonly storage: TabStorage | undefined) {}

  load(): TabCall | undefined {
    try {
      const { token, call, privateKey, publicKey } = JSON.parse(this.storage?.getItem(ITEM) ?? 'null') ?? {};
      if (typeof token !== 'string' || typeof call !== 'string') return undefined;
      return { token, call, keys: { privateKey: bytesOf(privateKey), publicKey: bytesOf(publicKey) } };
    } catch {
      return undefined;
    }
  }

  /** Where the browser refuses to store, the call works all the same; only a reload would lose it. */
  save({ token, call, keys }: TabCall): void {
    const kept = { token, call, privateKey: toBase64(keys.privateKey), publicKey: toBase64(keys.publicKey) };
    try {
      this.storage?.setItem(ITEM, JSON.stringify(kept));
    } catch {
      this.forget();
    }
  }

  forget(): void {
    try {
      this.storage?.removeItem(ITEM);
    } catch {
      // Storage that cannot be written holds nothing of ours.
    }
  }
}

/** The tab's session storage, or none where the browser forbids it. */
export function tabStorage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
