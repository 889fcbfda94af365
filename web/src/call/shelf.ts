/**
 * Where a staff device's record is kept: IndexedDB, one record for each browser. The private keys in it never leave the
 * browser; the credential is public.
 */
import type { SignatureKeyPair } from '../e2ee/api';
import type { Role } from '../proto';

/** What is kept of a device. */
export interface KeptDevice {
  readonly keys: SignatureKeyPair;
  /** The key to which sessions are bound; no script can read it. */
  readonly bound: CryptoKeyPair;
  readonly name: string;
  readonly staff: string;
  readonly device: string;
  readonly role: Role;
  /** Undefined for a role that is in no call, and while the authority has not signed it. */
  readonly credential: string | undefined;
}

/** Where the one record is kept. */
export interface DeviceShelf {
  get(): Promise<KeptDevice | undefined>;
  put(device: KeptDevice): Promise<void>;
  clear(): Promise<void>;
}

const DATABASE = 'quietline';
const STORE = 'device';
const KEY = 'this';

/** The browser's IndexedDB. */
export const indexedDbShelf: DeviceShelf = {
  get: () => transact<KeptDevice | undefined>('readonly', (store) => store.get(KEY)),
  put: async (device) => void (await transact('readwrite', (store) => store.put(device, KEY))),
  clear: async () => void (await transact('readwrite', (store) => store.delete(KEY))),
};

async function transact<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result as T);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
