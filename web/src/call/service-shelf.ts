/**
 * Where a console keeps the directory of services, so that it is searched without a connection too: IndexedDB. It says where
 * anybody can turn to, and nothing of any caller; it is public, and of no use to whoever takes the computer.
 */
import type { ServiceEntry } from '../proto';

/** The directory as it was last heard of. */
export interface KeptServices {
  readonly version: number;
  readonly entries: readonly ServiceEntry[];
}

/** Where it is kept. What cannot be kept is only in memory. */
export interface ServiceShelf {
  get(): Promise<KeptServices | undefined>;
  put(services: KeptServices): Promise<void>;
}

const DATABASE = 'quietline-services';
const STORE = 'services';
const KEY = 'list';

/** The browser's IndexedDB. */
export const indexedDbServices: ServiceShelf = {
  get: () => transact<KeptServices | undefined>('readonly', (store) => store.get(KEY)),
  put: async (services) => void (await transact('readwrite', (store) => store.put(services, KEY))),
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
